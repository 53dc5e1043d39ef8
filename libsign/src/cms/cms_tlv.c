/*
 * Walking BER by tag, length and value over the original bytes, so that what was signed is never re-encoded. Floor: cms.
 * Lengths are checked against what is there before anything is followed; nesting is bounded. Meaning is left to others.
 */
#include "cms.h"

#include <stdio.h>
#include <string.h>

#include "cms_internal.h"

enum { TAG_HIGH = 0x1f, TAG_CONSTRUCTED = 0x20, LENGTH_LONG = 0x80 };

/* One identifier and length. head_len: octets of both. An indefinite length has *len 0 and needs a constructed tag (X.690 8.1.3.2). */
static bool
read_header(sign_bytes in, ks_tlv *tlv, size_t *head_len, size_t *len)
{
	size_t octets;

	if (in.len < 2 || in.data[0] == 0 || (in.data[0] & TAG_HIGH) == TAG_HIGH)
		return false;
	tlv->tag = in.data[0];
	tlv->indefinite = in.data[1] == LENGTH_LONG;
	*head_len = 2;
	*len = 0;
	if (tlv->indefinite)
		return (tlv->tag & TAG_CONSTRUCTED) != 0;
	if (in.data[1] < LENGTH_LONG) {
		*len = in.data[1];
		return *len <= in.len - 2;
	}
	octets = in.data[1] & 0x7fu;
	if (octets > sizeof(uint64_t) || octets > in.len - 2)
		return false;
	for (size_t i = 0; i < octets; i++) {
		if (*len > SIZE_MAX >> 8)
			return false;
		*len = *len << 8 | in.data[2 + i];
	}
	*head_len += octets;
	return *len <= in.len - *head_len;
}

/* Where do the end-of-contents octets of an indefinite value lie? Linear: what is definite is stepped over whole. */
static bool
find_end(sign_bytes in, unsigned depth, size_t *content_len)
{
	size_t at = 0;

	if (depth >= KS_CMS_MAX_DEPTH)
		return false;
	for (;;) {
		sign_bytes left = { in.data + at, in.len - at };
		ks_tlv     tlv;
		size_t     head, len;

		if (left.len >= 2 && left.data[0] == 0 && left.data[1] == 0) {
			*content_len = at;
			return true;
		}
		if (!read_header(left, &tlv, &head, &len))
			return false;
		if (tlv.indefinite) {
			if (!find_end(KS_BYTES(left.data + head, left.len - head), depth + 1, &len))
				return false;
			len += 2;
		}
		at += head + len;
	}
}

bool
ks_tlv_next(sign_bytes *rest, ks_tlv *tlv)
{
	size_t head, len, total;

	if (!read_header(*rest, tlv, &head, &len))
		return false;
	if (tlv->indefinite && !find_end(KS_BYTES(rest->data + head, rest->len - head), 0, &len))
		return false;
	total = head + len + (tlv->indefinite ? 2 : 0);
	tlv->content = KS_BYTES(rest->data + head, len);
	tlv->whole = KS_BYTES(rest->data, total);
	*rest = KS_BYTES(rest->data + total, rest->len - total);
	return true;
}

bool
ks_tlv_expect(sign_bytes *rest, uint8_t tag, ks_tlv *tlv)
{
	return rest->len > 0 && rest->data[0] == tag && ks_tlv_next(rest, tlv);
}

/* X.690 10.1: the shortest definite form. */
static bool
length_is_minimal(const ks_tlv *tlv)
{
	size_t len = tlv->content.len, octets = 0;

	if (tlv->indefinite)
		return false;
	for (size_t left = len; left > 0; left >>= 8)
		octets++;
	return tlv->whole.len - len == (len < LENGTH_LONG ? 2 : 2 + octets);
}

/* X.690 10.2: string types are primitive; SEQUENCE, SET, EXTERNAL and EMBEDDED PDV are constructed, nothing else is. */
static bool
form_is_der(uint8_t tag)
{
	bool constructed = (tag & TAG_CONSTRUCTED) != 0;

	if ((tag & 0xc0) != 0)
		return true;
	switch (tag & TAG_HIGH) {
	case 0x10:
	case 0x11:
	case 0x08:
	case 0x0b:
		return constructed;
	default:
		return !constructed;
	}
}

struct opaque {
	const sign_bytes *ranges;
	size_t            count;
};

static bool
is_opaque(const struct opaque *opaque, const uint8_t *start)
{
	for (size_t i = 0; i < opaque->count; i++) {
		const sign_bytes *range = &opaque->ranges[i];

		if (range->len > 0 && start >= range->data && start < range->data + range->len)
			return true;
	}
	return false;
}

static bool
walk_der(sign_bytes in, const struct opaque *opaque, unsigned depth)
{
	ks_tlv tlv;

	if (depth >= KS_CMS_MAX_DEPTH)
		return false;
	while (in.len > 0) {
		if (!ks_tlv_next(&in, &tlv))
			return false;
		if (is_opaque(opaque, tlv.whole.data))
			continue;
		if (!length_is_minimal(&tlv) || !form_is_der(tlv.tag))
			return false;
		if ((tlv.tag & TAG_CONSTRUCTED) != 0 && !walk_der(tlv.content, opaque, depth + 1))
			return false;
	}
	return true;
}

bool
ks_tlv_is_der(sign_bytes whole)
{
	return ks_tlv_is_der_but(whole, NULL, 0);
}

bool
ks_tlv_is_der_but(sign_bytes whole, const sign_bytes *ranges, size_t count)
{
	const struct opaque opaque = { ranges, count };

	return whole.len > 0 && walk_der(whole, &opaque, 0);
}

/* Decimal text of an arc; up to 128 bits, since arcs under 2.25 are UUIDs (X.667). */
static bool
put_arc(unsigned __int128 arc, char *text, size_t cap, size_t *at)
{
	char   digits[40];
	size_t n = 0;

	do {
		digits[n++] = (char)('0' + (int)(arc % 10));
		arc /= 10;
	} while (arc > 0);
	if (*at + n + 2 > cap)
		return false;
	if (*at > 0)
		text[(*at)++] = '.';
	while (n > 0)
		text[(*at)++] = digits[--n];
	text[*at] = '\0';
	return true;
}

bool
ks_tlv_oid(sign_bytes content, char *dotted, size_t cap)
{
	const unsigned __int128 top = ~(unsigned __int128)0 >> 7;
	unsigned __int128       arc = 0;
	size_t                  at = 0;
	bool                    fresh = true;

	if (content.len == 0 || cap == 0)
		return false;
	dotted[0] = '\0';
	for (size_t i = 0; i < content.len; i++) {
		uint8_t octet = content.data[i];

		if ((fresh && octet == 0x80) || arc > top) /* X.690 8.19.2: no leading 0x80 */
			return false;
		arc = arc << 7 | (octet & 0x7fu);
		fresh = (octet & 0x80) == 0;
		if (!fresh)
			continue;
		if (at == 0) { /* the first two arcs share a subidentifier (8.19.4) */
			unsigned first = arc < 40 ? 0 : arc < 80 ? 1 : 2;

			if (!put_arc(first, dotted, cap, &at))
				return false;
			arc -= (unsigned __int128)first * 40;
		}
		if (!put_arc(arc, dotted, cap, &at))
			return false;
		arc = 0;
	}
	return fresh;
}
