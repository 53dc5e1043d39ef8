/*
 * CAdES B-B made over a digest that was computed elsewhere: signed attributes in DER, one digest of them, one key
 * operation, and certificates copied as they are. Also a further signer beside those in an existing CMS. Floor: cades.
 */
#include <assert.h>
#include <string.h>

#include "base_text.h"
#include "cades_internal.h"

enum { MAX_ATTRIBUTES = 8, MAX_CERTS = 32, ATTRIBUTES_BYTES = 128 * 1024 };

/* Attributes one after another in one buffer; `ends` tells where each stops, for sorting. */
struct attributes {
	ks_buf bytes;
	size_t ends[MAX_ATTRIBUTES];
	size_t count;
	size_t seq, set; /* marks of the open one */
};

static sign_code
attribute_begin(struct attributes *a, const char *oid, sign_error *err)
{
	KS_TRY(ks_der_begin(&a->bytes, 0x30, &a->seq, err));
	KS_TRY(ks_der_oid(&a->bytes, oid, err));
	return ks_der_begin(&a->bytes, 0x31, &a->set, err);
}

static sign_code
attribute_end(struct attributes *a, sign_error *err)
{
	KS_TRY(ks_der_end(&a->bytes, a->set, err));
	KS_TRY(ks_der_end(&a->bytes, a->seq, err));
	assert(a->count < MAX_ATTRIBUTES);
	a->ends[a->count++] = a->bytes.len;
	return SIGN_OK;
}

/* A claimed text becomes a UTF8String (EN 319 122-1 5.2.5, 5.2.6). */
static sign_code
check_text(const char *text, const char *what, sign_error *err)
{
	size_t len = strlen(text);

	if (len == 0 || !ks_utf8_valid(text, len))
		return ks_fail_why(err, SIGN_E_USAGE, what, NULL, "empty, or not UTF-8");
	if (len > KS_CADES_MAX_TEXT)
		return ks_fail_why(err, SIGN_E_LIMIT, what, NULL, "more than %u bytes", KS_CADES_MAX_TEXT);
	return SIGN_OK;
}

static sign_code
put_text(ks_buf *out, const char *text, sign_error *err)
{
	return ks_der_put(out, 0x0c, KS_BYTES(text, strlen(text)), err);
}

/* SignerLocation ::= SEQUENCE { ..., [1] localityName, ... } */
static sign_code
add_place(struct attributes *a, const char *place, sign_error *err)
{
	size_t seq, field;

	if (place == NULL)
		return SIGN_OK;
	KS_TRY(check_text(place, "place", err));
	KS_TRY(attribute_begin(a, KS_OID_SIGNER_LOCATION, err));
	KS_TRY(ks_der_begin(&a->bytes, 0x30, &seq, err));
	KS_TRY(ks_der_begin(&a->bytes, 0xa1, &field, err));
	KS_TRY(put_text(&a->bytes, place, err));
	KS_TRY(ks_der_end(&a->bytes, field, err));
	KS_TRY(ks_der_end(&a->bytes, seq, err));
	return attribute_end(a, err);
}

static sign_code
put_claimed(ks_buf *out, const char *oid, const char *text, const char *what, sign_error *err)
{
	size_t seq, set;

	if (text == NULL)
		return SIGN_OK;
	KS_TRY(check_text(text, what, err));
	KS_TRY(ks_der_begin(out, 0x30, &seq, err));
	KS_TRY(ks_der_oid(out, oid, err));
	KS_TRY(ks_der_begin(out, 0x31, &set, err));
	KS_TRY(put_text(out, text, err));
	KS_TRY(ks_der_end(out, set, err));
	return ks_der_end(out, seq, err);
}

/* SignerAttributeV2 ::= SEQUENCE { [0] { SEQUENCE OF Attribute } }: title and the reason for an override are claimed. */
static sign_code
add_signer_attributes(struct attributes *a, const ks_cades_claims *claims, sign_error *err)
{
	size_t seq, choice, list;

	if (claims->title == NULL && claims->override_reason == NULL)
		return SIGN_OK;
	KS_TRY(attribute_begin(a, KS_OID_SIGNER_ATTRIBUTES_V2, err));
	KS_TRY(ks_der_begin(&a->bytes, 0x30, &seq, err));
	KS_TRY(ks_der_begin(&a->bytes, 0xa0, &choice, err));
	KS_TRY(ks_der_begin(&a->bytes, 0x30, &list, err));
	KS_TRY(put_claimed(&a->bytes, KS_OID_ROLE, claims->title, "title", err));
	KS_TRY(put_claimed(&a->bytes, KS_OID_DESCRIPTION, claims->override_reason, "override", err));
	KS_TRY(ks_der_end(&a->bytes, list, err));
	KS_TRY(ks_der_end(&a->bytes, choice, err));
	KS_TRY(ks_der_end(&a->bytes, seq, err));
	return attribute_end(a, err);
}

static sign_code
add_commitment(struct attributes *a, const char *oid, sign_error *err)
{
	size_t seq;

	if (oid == NULL)
		return SIGN_OK;
	KS_TRY(attribute_begin(a, KS_OID_COMMITMENT, err));
	KS_TRY(ks_der_begin(&a->bytes, 0x30, &seq, err));
	KS_TRY(ks_der_oid(&a->bytes, oid, err));
	KS_TRY(ks_der_end(&a->bytes, seq, err));
	return attribute_end(a, err);
}

/* The attributes of every signature of ours (EN 319 122-1 6.3, level B-B). */
static sign_code
add_required(struct attributes *a, const ks_signer *signer, const ks_cades_claims *claims, sign_bytes content_digest,
    sign_error *err)
{
	KS_TRY(attribute_begin(a, KS_OID_CONTENT_TYPE, err));
	KS_TRY(ks_der_oid(&a->bytes, KS_OID_DATA, err));
	KS_TRY(attribute_end(a, err));
	KS_TRY(attribute_begin(a, KS_OID_SIGNING_TIME, err));
	KS_TRY(ks_cades_time_put(&a->bytes, claims->signing_time, err));
	KS_TRY(attribute_end(a, err));
	KS_TRY(attribute_begin(a, KS_OID_MESSAGE_DIGEST, err));
	KS_TRY(ks_der_put(&a->bytes, 0x04, content_digest, err));
	KS_TRY(attribute_end(a, err));
	KS_TRY(attribute_begin(a, KS_OID_SIGNING_CERT_V2, err));
	KS_TRY(ks_cades_ess_put(&a->bytes, signer->cx, signer->key->cert, signer->digest, err));
	return attribute_end(a, err);
}

/* Sorted into a SET OF (RFC 5652 5.3: DER). `set` holds tag, length and members. */
static sign_code
build_signed_attributes(const ks_signer *signer, const ks_cades_claims *claims, sign_bytes content_digest,
    struct attributes *a, ks_buf *set, sign_error *err)
{
	sign_bytes members[MAX_ATTRIBUTES];
	size_t     start = 0, mark;

	KS_TRY(add_required(a, signer, claims, content_digest, err));
	KS_TRY(add_place(a, claims->place, err));
	KS_TRY(add_signer_attributes(a, claims, err));
	KS_TRY(add_commitment(a, claims->commitment, err));
	for (size_t i = 0; i < a->count; i++) {
		members[i] = KS_BYTES(a->bytes.data + start, a->ends[i] - start);
		start = a->ends[i];
	}
	KS_TRY(ks_der_begin(set, 0x31, &mark, err));
	KS_TRY(ks_cms_sort_set(members, a->count, set, err));
	return ks_der_end(set, mark, err);
}

/* Attributes, their digest, the key operation, the SignerInfo. */
static sign_code
make_signer_info(ks_signer *signer, const ks_cades_claims *claims, sign_bytes content_digest, ks_buf *info,
    sign_error *err)
{
	struct attributes a = { .bytes = KS_BUF(ATTRIBUTES_BYTES) };
	KS_AUTO(ks_buf_clear) ks_buf set = KS_BUF(ATTRIBUTES_BYTES);
	uint8_t    value[KS_SIGNATURE_MAX_BYTES];
	size_t     value_len = 0;
	ks_digest  digest;
	sign_bytes whole;
	ks_tlv     tlv;
	sign_code  rc;

	assert(content_digest.len == ks_digest_size(signer->digest));
	rc = build_signed_attributes(signer, claims, content_digest, &a, &set, err);
	ks_buf_clear(&a.bytes);
	if (rc != SIGN_OK)
		return rc;
	whole = ks_buf_bytes(&set);
	KS_TRY(ks_digest_bytes(signer->cx, signer->digest, whole, &digest, err));
	KS_TRY(ks_signer_sign(signer, KS_BYTES(digest.bytes, digest.len), value, sizeof(value), &value_len, err));
	if (!ks_tlv_next(&whole, &tlv))
		return ks_fail(err, SIGN_E_INTERNAL, signer->key->name);
	return ks_cms_build_signer(info, signer->key->cert, signer->digest, signer->scheme, tlv.content,
	    KS_BYTES(value, value_len), err);
}

/* The signer's certificate first, then its chain without what signed itself (EN 319 122-1 6.3: the anchor need not be there). */
static sign_code
list_certs(const sign_key *key, sign_bytes certs[MAX_CERTS], size_t *count, sign_error *err)
{
	certs[0] = key->cert->der;
	*count = 1;
	for (size_t i = 0; key->chain != NULL && key->chain[i] != NULL; i++) {
		if (key->chain[i]->self_issued || ks_bytes_equal(key->chain[i]->der, key->cert->der))
			continue;
		if (*count == MAX_CERTS)
			return ks_fail_why(err, SIGN_E_LIMIT, key->name, NULL, "more than %d certificates", MAX_CERTS);
		certs[(*count)++] = key->chain[i]->der;
	}
	return SIGN_OK;
}

sign_code
ks_cades_sign(ks_signer *signer, const ks_cades_claims *claims, sign_bytes content_digest, ks_buf *out, sign_error *err)
{
	KS_AUTO(ks_buf_clear) ks_buf info = KS_BUF(ATTRIBUTES_BYTES + 65536);
	sign_bytes certs[MAX_CERTS];
	size_t     cert_count;

	KS_TRY(list_certs(signer->key, certs, &cert_count, err));
	KS_TRY(make_signer_info(signer, claims, content_digest, &info, err));
	return ks_cms_build(out, signer->digest, certs, cert_count, ks_buf_bytes(&info), err);
}

/* ---- a further signer ---- */

/*
 * What must hold of the CMS that is added to. Archive time-stamps v1 and v2 and evidence records cover the whole
 * SignedData, so that an addition would break them (EN 319 122-1 5.5.2, design.md 17); v3 lists what it covers.
 */
static sign_code
check_extensible(const ks_cms *cms, const char *name, sign_error *err)
{
	static const char *const closing[] = { KS_OID_ARCHIVE_V1, KS_OID_ARCHIVE_V2, KS_OID_EVIDENCE_INTERNAL,
		KS_OID_EVIDENCE_EXTERNAL };

	if (cms->attached)
		return ks_fail_why(err, SIGN_E_FORMAT, name, NULL, "it carries its content inside");
	if (cms->trailing_bytes > 0)
		return ks_fail_why(err, SIGN_E_FORMAT, name, NULL, "bytes follow the CMS");
	if (strcmp(cms->content_oid, KS_OID_DATA) != 0)
		return ks_fail_why(err, SIGN_E_FORMAT, name, NULL, "its content is not id-data");
	for (size_t i = 0; i < cms->signer_count; i++)
		for (size_t k = 0; k < KS_COUNT(closing); k++)
			if (ks_cms_attr_find(cms->signers[i].unsigned_attrs, cms->signers[i].unsigned_count, closing[k]) != NULL)
				return ks_fail_why(err, SIGN_E_FORMAT, name, NULL, "an archive time-stamp closes it");
	return SIGN_OK;
}

/* Only a signature that holds counts as done: a broken one by the same certificate must not stop the real one. */
static sign_code
check_not_signed(const ks_signer *signer, const ks_facts *f, sign_bytes content_digest, const char *name, sign_error *err)
{
	for (size_t i = 0; i < f->signature_count; i++) {
		const ks_signature *s = &f->signatures[i];

		if (!s->is_countersignature && s->format_fault == NULL && s->value_holds == KS_HOLDS_YES && s->ess == KS_ESS_MATCH &&
		    s->signer != NULL && ks_bytes_equal(s->signer->der, signer->key->cert->der) &&
		    s->digest_alg == signer->digest && ks_bytes_equal(s->message_digest, content_digest))
			return ks_fail(err, SIGN_E_ALREADY, name);
	}
	return SIGN_OK;
}

sign_code
ks_cades_add(ks_signer *signer, const ks_cades_claims *claims, sign_bytes content_digest, sign_bytes existing,
    const char *name, ks_buf *out, sign_error *err)
{
	KS_AUTO(ks_auto_facts) ks_facts *f = NULL;
	KS_AUTO(ks_buf_clear) ks_buf info = KS_BUF(ATTRIBUTES_BYTES + 65536);
	sign_bytes    certs[MAX_CERTS], content;
	size_t        cert_count, first, count;
	ks_digest_set needed;
	ks_cms        cms;

	KS_TRY(ks_facts_new(name, &f, err));
	KS_TRY(ks_cms_read(f->arena, existing, name, &cms, err));
	KS_TRY(check_extensible(&cms, name, err));
	KS_TRY(ks_cades_read(signer->cx, f, existing, name, &first, &count, &needed, &content, err));
	KS_TRY(check_not_signed(signer, f, content_digest, name, err));
	KS_TRY(list_certs(signer->key, certs, &cert_count, err));
	KS_TRY(make_signer_info(signer, claims, content_digest, &info, err));
	return ks_cms_append(&cms, signer->digest, certs, cert_count, ks_buf_bytes(&info), out, err);
}
