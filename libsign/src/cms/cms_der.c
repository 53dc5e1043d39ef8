/*
 * Writing DER front to back into a buffer. Lengths are filled in when an element ends, moving its content by the few
 * octets a long length takes; elements are small, so this is cheaper than measuring first. Floor: cms.
 */
#include "cms.h"

#include <string.h>

sign_code
ks_der_begin(ks_buf *out, uint8_t tag, size_t *mark, sign_error *err)
{
	uint8_t head[2] = { tag, 0 };

	KS_TRY(ks_buf_add(out, head, sizeof(head), err));
	*mark = out->len;
	return SIGN_OK;
}

/* Octets of a DER length after the first; 0 for the short form. */
static size_t
length_octets(size_t len)
{
	size_t octets = 0;

	if (len < 0x80)
		return 0;
	for (; len > 0; len >>= 8)
		octets++;
	return octets;
}

static void
write_length(uint8_t *at, size_t len, size_t octets)
{
	if (octets == 0) {
		at[0] = (uint8_t)len;
		return;
	}
	at[0] = (uint8_t)(0x80u | octets);
	for (size_t i = octets; i > 0; i--) {
		at[i] = (uint8_t)(len & 0xff);
		len >>= 8;
	}
}

sign_code
ks_der_end(ks_buf *out, size_t mark, sign_error *err)
{
	size_t len = out->len - mark;
	size_t octets = length_octets(len);

	if (octets > 0) {
		KS_TRY(ks_buf_reserve(out, octets, err));
		memmove(out->data + mark + octets, out->data + mark, len);
		out->len += octets;
	}
	write_length(out->data + mark - 1, len, octets);
	return SIGN_OK;
}

sign_code
ks_der_put(ks_buf *out, uint8_t tag, sign_bytes content, sign_error *err)
{
	uint8_t head[2 + sizeof(size_t)] = { tag };
	size_t  octets = length_octets(content.len);

	write_length(head + 1, content.len, octets);
	KS_TRY(ks_buf_add(out, head, 2 + octets, err));
	return ks_buf_add(out, content.data, content.len, err);
}

/* One subidentifier, base 128, most significant group first (X.690 8.19.2). */
static sign_code
put_subidentifier(uint64_t arc, uint8_t *octets, size_t cap, size_t *at)
{
	size_t groups = 1;

	for (uint64_t left = arc >> 7; left > 0; left >>= 7)
		groups++;
	if (groups > cap - *at)
		return SIGN_E_LIMIT;
	for (size_t i = groups; i > 0; i--) {
		octets[*at + i - 1] = (uint8_t)((arc & 0x7f) | (i == groups ? 0 : 0x80));
		arc >>= 7;
	}
	*at += groups;
	return SIGN_OK;
}

/* Read one decimal arc and the dot after it. */
static bool
take_arc(const char **text, uint64_t *arc)
{
	const char *p = *text;

	*arc = 0;
	if (*p < '0' || *p > '9' || (*p == '0' && p[1] >= '0' && p[1] <= '9'))
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(*arc, 10u, arc) || __builtin_add_overflow(*arc, (unsigned)(*p - '0'), arc))
			return false;
	if (*p == '.' && p[1] != '\0')
		p++;
	else if (*p != '\0')
		return false;
	*text = p;
	return true;
}

sign_code
ks_der_oid(ks_buf *out, const char *dotted, sign_error *err)
{
	uint8_t     octets[64];
	size_t      len = 0;
	const char *p = dotted;
	uint64_t    first, arc;

	if (!take_arc(&p, &first) || first > 2 || !take_arc(&p, &arc) || (first < 2 && arc > 39) ||
	    __builtin_add_overflow(arc, first * 40, &arc))
		return ks_fail_why(err, SIGN_E_USAGE, dotted, NULL, "not an object identifier");
	for (;;) {
		if (put_subidentifier(arc, octets, sizeof(octets), &len) != SIGN_OK)
			return ks_fail_why(err, SIGN_E_LIMIT, dotted, NULL, "object identifier too long");
		if (*p == '\0')
			break;
		if (!take_arc(&p, &arc))
			return ks_fail_why(err, SIGN_E_USAGE, dotted, NULL, "not an object identifier");
	}
	return ks_der_put(out, 0x06, KS_BYTES(octets, len), err);
}
