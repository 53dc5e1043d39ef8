/*
 * What the signer says about the act: time, title, place, commitment. Claims, signed but not proven; a text that cannot be
 * shown whole and faithfully is left out. Floor: cades.
 */
#include <string.h>

#include "base_text.h"
#include "cades_internal.h"

enum { CLAIM_MAX_BYTES = 4096 };

static const struct { const char *name, *oid; } commitments[] = {
	{ "origin",   "1.2.840.113549.1.9.16.6.1" },
	{ "receipt",  "1.2.840.113549.1.9.16.6.2" },
	{ "delivery", "1.2.840.113549.1.9.16.6.3" },
	{ "sender",   "1.2.840.113549.1.9.16.6.4" },
	{ "approval", "1.2.840.113549.1.9.16.6.5" },
	{ "creation", "1.2.840.113549.1.9.16.6.6" },
};

const char *
ks_cades_commitment_oid(const char *name)
{
	for (size_t i = 0; i < KS_COUNT(commitments); i++)
		if (strcmp(commitments[i].name, name) == 0)
			return commitments[i].oid;
	return NULL;
}

const char *
ks_cades_commitment_name(const char *oid)
{
	for (size_t i = 0; i < KS_COUNT(commitments); i++)
		if (strcmp(commitments[i].oid, oid) == 0)
			return commitments[i].name;
	return NULL;
}

/* One code point as UTF-8; 0 for what is none, or a NUL, which would hide what follows it. */
static size_t
put_utf8(uint32_t c, char *to)
{
	if (c == 0 || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
		return 0;
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* Big-endian characters of 1 (Latin-1), 2 (UTF-16) or 4 octets to UTF-8. *out stays NULL if one is not a character. */
static sign_code
widen(ks_arena *arena, sign_bytes text, size_t width, const char **out, sign_error *err)
{
	char  *wide = ks_arena_alloc(arena, text.len * 4 + 1);
	size_t n = 0;

	if (wide == NULL)
		return ks_fail_memory(err);
	if (text.len % width != 0)
		return SIGN_OK;
	for (size_t i = 0; i < text.len; i += width) {
		uint32_t c = 0;
		size_t   added;

		for (size_t k = 0; k < width; k++)
			c = c << 8 | text.data[i + k];
		if (width == 2 && c >= 0xd800 && c < 0xdc00 && text.len - i >= 4) {
			uint32_t low = (uint32_t)text.data[i + 2] << 8 | text.data[i + 3];

			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			}
		}
		added = put_utf8(c, wide + n);
		if (added == 0)
			return SIGN_OK;
		n += added;
	}
	*out = wide;
	return SIGN_OK;
}

/* A DirectoryString (X.520) as UTF-8; *out stays NULL if it is none, too long, or cannot be shown faithfully. */
static sign_code
directory_string(ks_arena *arena, const ks_tlv *tlv, const char **out, sign_error *err)
{
	sign_bytes text = tlv->content;

	if (text.len == 0 || text.len > CLAIM_MAX_BYTES)
		return SIGN_OK;
	switch (tlv->tag) {
	case 0x0c: /* UTF8String */
	case 0x13: /* PrintableString */
	case 0x16: /* IA5String, seen in the wild */
		if (memchr(text.data, 0, text.len) != NULL || !ks_utf8_valid((const char *)text.data, text.len))
			return SIGN_OK;
		*out = ks_arena_strndup(arena, (const char *)text.data, text.len);
		return *out != NULL ? SIGN_OK : ks_fail_memory(err);
	case 0x14: /* TeletexString, in practice Latin-1 */
		return widen(arena, text, 1, out, err);
	case 0x1e: /* BMPString */
		return widen(arena, text, 2, out, err);
	case 0x1c: /* UniversalString */
		return widen(arena, text, 4, out, err);
	default:
		return SIGN_OK;
	}
}

/* SignerLocation: [1] localityName, explicit since DirectoryString is a CHOICE. */
static sign_code
read_place(ks_facts *f, ks_signature *s, const ks_cms_attr *attr, sign_error *err)
{
	ks_tlv value, field, text;

	if (!ks_cades_single(attr, &value) || value.tag != 0x30)
		return SIGN_OK;
	while (ks_tlv_next(&value.content, &field))
		if (field.tag == 0xa1 && s->place == NULL && ks_tlv_next(&field.content, &text))
			KS_TRY(directory_string(f->arena, &text, &s->place, err));
	return SIGN_OK;
}

/* One claimed Attribute: SEQUENCE { OID, SET OF DirectoryString }; its first value counts. */
static sign_code
read_claimed(ks_facts *f, ks_signature *s, sign_bytes attribute, sign_error *err)
{
	char   oid[64];
	ks_tlv type, set, text;

	if (!ks_tlv_expect(&attribute, 0x06, &type) || !ks_tlv_oid(type.content, oid, sizeof(oid)) ||
	    !ks_tlv_expect(&attribute, 0x31, &set) || !ks_tlv_next(&set.content, &text))
		return SIGN_OK;
	if (strcmp(oid, KS_OID_ROLE) == 0 && s->title == NULL)
		return directory_string(f->arena, &text, &s->title, err);
	if (strcmp(oid, KS_OID_DESCRIPTION) == 0 && s->override_reason == NULL)
		return directory_string(f->arena, &text, &s->override_reason, err);
	return SIGN_OK;
}

/* SEQUENCE { [0] { SEQUENCE OF Attribute } }; certified and asserted roles ([1], [2]) are not read as claims. */
static sign_code
read_signer_attributes(ks_facts *f, ks_signature *s, const ks_cms_attr *attr, sign_error *err)
{
	ks_tlv value, choice, list, attribute;

	if (!ks_cades_single(attr, &value) || value.tag != 0x30)
		return SIGN_OK;
	while (ks_tlv_next(&value.content, &choice))
		if (choice.tag == 0xa0 && ks_tlv_expect(&choice.content, 0x30, &list))
			while (ks_tlv_expect(&list.content, 0x30, &attribute))
				KS_TRY(read_claimed(f, s, attribute.content, err));
	return SIGN_OK;
}

static sign_code
read_commitment(ks_facts *f, ks_signature *s, const ks_cms_attr *attr, sign_error *err)
{
	char        oid[64];
	const char *name;
	sign_bytes  values;
	ks_tlv      value, id;

	if (attr == NULL)
		return SIGN_OK;
	values = attr->values; /* several occur; the first is told */
	if (!ks_tlv_expect(&values, 0x30, &value) || !ks_tlv_expect(&value.content, 0x06, &id) ||
	    !ks_tlv_oid(id.content, oid, sizeof(oid)))
		return SIGN_OK;
	name = ks_cades_commitment_name(oid);
	s->commitment = ks_arena_strdup(f->arena, name != NULL ? name : oid);
	return s->commitment != NULL ? SIGN_OK : ks_fail_memory(err);
}

static const ks_cms_attr *
find(const ks_cms_signer *cs, const char *oid)
{
	return ks_cms_attr_find(cs->attrs, cs->attr_count, oid);
}

sign_code
ks_cades_claims_read(ks_facts *f, ks_signature *s, const ks_cms_signer *cs, sign_error *err)
{
	ks_tlv value;

	s->has_signing_time = ks_cades_single(find(cs, KS_OID_SIGNING_TIME), &value) &&
	    ks_cades_time_read(&value, &s->signing_time);
	if (!s->has_signing_time && cs->has_signed_attrs)
		KS_TRY(ks_signature_note(f, s, KS_NOTE_SIGNING_TIME_MISSING, NULL, err));
	s->has_policy = find(cs, KS_OID_POLICY) != NULL;
	KS_TRY(read_place(f, s, find(cs, KS_OID_SIGNER_LOCATION), err));
	KS_TRY(read_commitment(f, s, find(cs, KS_OID_COMMITMENT), err));
	KS_TRY(read_signer_attributes(f, s, find(cs, KS_OID_SIGNER_ATTRIBUTES_V2), err));
	KS_TRY(read_signer_attributes(f, s, find(cs, KS_OID_SIGNER_ATTRIBUTES), err));
	if (find(cs, KS_OID_CONTENT_TIME_STAMP) != NULL)
		KS_TRY(ks_signature_note(f, s, KS_NOTE_TIMESTAMP_NOT_EXAMINED, "content-time-stamp", err));
	if (find(cs, KS_OID_MIME_TYPE) != NULL && find(cs, KS_OID_CONTENT_HINTS) != NULL)
		KS_TRY(ks_signature_note(f, s, KS_NOTE_MIME_TYPE_AND_HINTS, NULL, err));
	return SIGN_OK;
}
