/*
 * What a new file of a store is called, and which certificates only claim to be known. Floor: pki.
 */
#include "pki_store_parts.h"

#include "base_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Letters that Vietnamese writes with marks, by their plain letter; đ has no decomposition. */
static const struct { const char *marked; char plain; } vietnamese[] = {
	{ "àáảãạăằắẳẵặâầấẩẫậ", 'a' }, { "èéẻẽẹêềếểễệ", 'e' }, { "ìíỉĩị", 'i' }, { "òóỏõọôồốổỗộơờớởỡợ", 'o' },
	{ "ùúủũụưừứửữự", 'u' }, { "ỳýỷỹỵ", 'y' }, { "đ", 'd' },
};

/* The plain letter of the UTF-8 character at `text`, or 0; *len is the character's length. */
static char
plain_letter(const char *text, size_t *len)
{
	unsigned char first = (unsigned char)text[0];
	char          one[5] = "";

	*len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (*len == 1)
		return (first >= 'a' && first <= 'z') || (first >= '0' && first <= '9') ? (char)first : 0;
	memcpy(one, text, strnlen(text, *len));
	*len = strnlen(text, *len);
	for (size_t i = 0; i < KS_COUNT(vietnamese); i++)
		if (strstr(vietnamese[i].marked, one) != NULL)
			return vietnamese[i].plain;
	return 0;
}

void
ks_store_slug(const char *name, const uint8_t digest[4], char slug[KS_STORE_SLUG])
{
	KS_AUTO(ks_auto_mem) char *folded = ks_name_fold(name, strlen(name));
	const size_t room = KS_STORE_SLUG - 1 - 9;
	size_t       out = 0, len = 0;

	/* Only letters and digits survive, so nothing a certificate says can leave the folder or hide a file. */
	for (const char *in = folded != NULL ? folded : ""; *in != '\0' && out < room; in += len) {
		char letter = plain_letter(in, &len);

		if (letter != 0)
			slug[out++] = letter;
		else if (out > 0 && slug[out - 1] != '-')
			slug[out++] = '-';
	}
	if (out > 0 && slug[out - 1] != '-')
		slug[out++] = '-';
	if (out == 0) {
		memcpy(slug, "ca-", 3);
		out = 3;
	}
	ks_hex(KS_BYTES(digest, 4), slug + out, KS_STORE_SLUG - out);
}

/* The pinned certificate that is at hand and whose name `cert` takes in vain. */
static const ks_known_ca *
impersonated_by(const ks_cert *cert, const ks_cert *other)
{
	const ks_known_ca *pin = ks_known_of(other);

	if (pin == NULL)
		return NULL;
	if (ks_bytes_equal(cert->subject_der, other->subject_der) && memcmp(cert->sha256, other->sha256, 32) != 0)
		return pin;
	return ks_link_impersonates(cert, other) ? pin : NULL;
}

const char *
ks_store_pretends(const ks_trust *store, ks_cert *const *company, size_t count, const ks_cert *cert)
{
	const ks_known_ca *named;

	if (ks_known_of(cert) != NULL)
		return NULL;
	named = ks_known_by_subject(cert->subject_cn);
	for (size_t i = 0; named == NULL && i < store->anchor_count; i++)
		named = impersonated_by(cert, store->anchors[i].cert);
	for (size_t i = 0; named == NULL && i < store->other_count; i++)
		named = impersonated_by(cert, store->others[i].cert);
	for (size_t i = 0; named == NULL && i < count; i++)
		named = impersonated_by(cert, company[i]);
	return named != NULL ? named->name : NULL;
}

const char *
ks_trust_pretends(const ks_trust *trust, const ks_cert *cert)
{
	return ks_store_pretends(trust, NULL, 0, cert);
}
