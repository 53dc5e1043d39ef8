/*
 * Kinds of DER told from a file's first bytes, lengths unverified: which CMS is it, is it an evidence record? Judging the
 * structure is left to the reader of that form. Floor: open.
 */
#include "open_private.h"

#include "cms.h"

#include <string.h>

/* Step into the element at the front, whose content may go on past the head. *length: UINT64_MAX if indefinite. */
static bool
step_into(sign_bytes *at, uint8_t tag, uint64_t *length)
{
	size_t octets = 0;

	if (at->len < 2 || at->data[0] != tag)
		return false;
	*length = at->data[1];
	if (at->data[1] == 0x80) {
		*length = UINT64_MAX;
	} else if (at->data[1] > 0x80) {
		octets = at->data[1] & 0x7Fu;
		if (octets > 8 || at->len < 2 + octets)
			return false;
		*length = 0;
		for (size_t i = 0; i < octets; i++)
			*length = *length << 8 | at->data[2 + i];
	}
	at->data += 2 + octets;
	at->len -= 2 + octets;
	return true;
}

/* OBJECT IDENTIFIER at the front, as dotted text. */
static bool
take_oid(sign_bytes *at, char *dotted, size_t cap)
{
	ks_tlv tlv;

	return ks_tlv_expect(at, 0x06, &tlv) && ks_tlv_oid(tlv.content, dotted, cap);
}

bool
ks_open_der_is_record(sign_bytes head)
{
	char     oid[64];
	ks_tlv   version;
	uint64_t length;

	/* RFC 4998 4: version INTEGER 1, digestAlgorithms SEQUENCE OF AlgorithmIdentifier. A private key of version 1 has
	 * the identifier itself where the record has the list. */
	return step_into(&head, 0x30, &length) && ks_tlv_expect(&head, 0x02, &version) && version.content.len == 1 &&
	    version.content.data[0] == 1 && step_into(&head, 0x30, &length) && step_into(&head, 0x30, &length) &&
	    take_oid(&head, oid, sizeof(oid)) && ks_digest_from_oid(oid) != SIGN_DIGEST_NONE;
}

bool
ks_open_cms_head_read(sign_bytes head, ks_open_cms_head *out)
{
	char       oid[64];
	ks_tlv     part;
	uint64_t   length;
	sign_bytes inside;

	if (!step_into(&head, 0x30, &length) || !take_oid(&head, oid, sizeof(oid)) ||
	    strcmp(oid, "1.2.840.113549.1.7.2") != 0)
		return false;
	if (!step_into(&head, 0xA0, &length) || !step_into(&head, 0x30, &length) || !ks_tlv_expect(&head, 0x02, &part) ||
	    !ks_tlv_expect(&head, 0x31, &part) || !step_into(&head, 0x30, &length))
		return false;
	inside = head;
	if (!take_oid(&head, out->content_oid, sizeof(out->content_oid)))
		return false;
	/* RFC 5652 5.2: eContent [0] or nothing. The certificates that may follow are [0] too, but of the outer sequence:
	 * past the length of this one, or past its end-of-contents octets. */
	out->attached = head.len > 0 && head.data[0] == 0xA0 && inside.len - head.len < length;
	return true;
}
