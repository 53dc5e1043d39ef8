/*
 * SignerInfos into facts: rules of form, which certificate the signer bound himself to, whether the value holds over the
 * signed attributes, what came along unsigned. It says what is so, never that a signature is valid. Floor: cades.
 */
#include <string.h>

#include "cades_internal.h"

/* One CMS being read: certificates are parsed once for all its signers. */
struct reading {
	ks_crypt     *cx;
	ks_facts     *f;
	const ks_cms *cms;
	ks_cert     **certs; /* own references, handed back by release_certs */
	size_t        cert_count;
};

static void
release_certs(struct reading *r)
{
	for (size_t i = 0; i < r->cert_count; i++)
		ks_cert_free(r->certs[i]);
	r->cert_count = 0;
}

static sign_code
keep_cert(ks_arena *arena, ks_cert ***certs, size_t *count, ks_cert *cert, sign_error *err)
{
	ks_cert **slot = ks_arena_push(arena, certs, count, sizeof(*slot));

	if (slot == NULL) {
		ks_cert_free(cert);
		return ks_fail_memory(err);
	}
	*slot = cert;
	return SIGN_OK;
}

/* A certificate that does not parse is left out: if it was the signer's, there is no signing certificate, and that is said. */
static sign_code
add_cert(ks_crypt *cx, ks_arena *arena, sign_bytes der, ks_cert ***certs, size_t *count, sign_error *err)
{
	sign_error parse_err = SIGN_ERROR_INIT;
	ks_cert   *cert = NULL;
	sign_code  rc = ks_cert_cached(cx, der, &cert, &parse_err);

	if (rc == SIGN_E_MEMORY)
		return ks_fail_memory(err);
	return rc == SIGN_OK ? keep_cert(arena, certs, count, cert, err) : SIGN_OK;
}

/* ---- which certificate ---- */

/* RFC 5035 4: issuerSerial, where it stands, must name the same certificate as the hash does. */
static bool
serial_matches(const ks_ess *ess, const ks_cert *cert)
{
	return ess->serial.len == 0 ||
	    (ks_bytes_equal(ess->serial, cert->serial_der) && ks_cms_name_equal(ess->issuer, cert->issuer_der));
}

static sign_code
hash_matches(struct reading *r, const ks_ess *ess, const ks_cert *cert, bool *matches, sign_error *err)
{
	ks_digest hash;

	*matches = false;
	if (ess->alg == SIGN_DIGEST_NONE || ess->hash.len != ks_digest_size(ess->alg))
		return SIGN_OK;
	if (ess->alg == SIGN_DIGEST_SHA256) {
		*matches = memcmp(ess->hash.data, cert->sha256, sizeof(cert->sha256)) == 0;
		return SIGN_OK;
	}
	KS_TRY(ks_digest_bytes(r->cx, ess->alg, cert->der, &hash, err));
	*matches = memcmp(ess->hash.data, hash.bytes, ess->hash.len) == 0;
	return SIGN_OK;
}

/*
 * The certificate that the signer identifier names and the signed reference confirms. If the reference names another one,
 * the identified certificate is still shown, with KS_ESS_MISMATCH; no other certificate is ever tried (surprises.md 5).
 */
static sign_code
identify(struct reading *r, ks_signature *s, const ks_cms_signer *cs, const ks_ess *ess, sign_error *err)
{
	ks_cert *named = NULL, *bound = NULL;
	bool     matches;

	for (size_t i = 0; i < r->cert_count && bound == NULL; i++) {
		ks_cert *cert = r->certs[i];

		if (!ks_cms_sid_names(cs, cert))
			continue;
		if (named == NULL)
			named = cert;
		if (!ess->present)
			break;
		KS_TRY(hash_matches(r, ess, cert, &matches, err));
		if (!matches)
			continue;
		if (serial_matches(ess, cert))
			bound = cert;
		else
			s->ess_serial_differs = true;
	}
	if (ess->present)
		s->ess = bound != NULL ? KS_ESS_MATCH : KS_ESS_MISMATCH;
	if (bound == NULL)
		bound = named;
	if (bound != NULL)
		s->signer = ks_cert_ref(bound);
	/* for people, when the certificate is missing or another; it costs as much as the rest of the reading */
	s->sid = s->signer == NULL || s->ess == KS_ESS_MISMATCH ? ks_cms_sid_text(r->f->arena, cs) : "";
	return s->sid != NULL ? SIGN_OK : ks_fail_memory(err);
}

static sign_code
find_signer(struct reading *r, ks_signature *s, const ks_cms_signer *cs, sign_error *err)
{
	ks_ess ess;

	if (!ks_cades_ess_read(cs, &ess)) { /* malformed: the rules of form have said so; nothing in it confirms anything */
		ess.alg = SIGN_DIGEST_NONE;
		ess.serial.len = 0;
	}
	KS_TRY(identify(r, s, cs, &ess, err));
	if (!ess.present && cs->has_signed_attrs)
		KS_TRY(ks_signature_note(r->f, s, KS_NOTE_NO_SIGNING_CERT_ATTR, NULL, err));
	if (ess.v1)
		KS_TRY(ks_signature_note(r->f, s, KS_NOTE_ESS_V1, NULL, err));
	/* attacks.md C6: the hash alone would do, yet a signer whose two names disagree is not believed */
	s->ess_serial_differs = s->ess_serial_differs && s->ess == KS_ESS_MISMATCH;
	if (s->ess_serial_differs)
		KS_TRY(ks_signature_note(r->f, s, KS_NOTE_ISSUER_SERIAL_DIFFERS, NULL, err));
	return SIGN_OK;
}

/* ---- the value ---- */

static sign_code
check_value(struct reading *r, ks_signature *s, const ks_cms_signer *cs, sign_error *err)
{
	KS_AUTO(ks_buf_clear) ks_buf attrs = KS_BUF(2 * KS_CMS_MAX_BYTES);
	sign_digest alg = cs->scheme_digest != SIGN_DIGEST_NONE ? cs->scheme_digest : cs->digest_alg;
	sign_error  verify_err = SIGN_ERROR_INIT;
	sign_bytes  data;
	ks_digest   digest;
	sign_code   rc;

	if (s->signer == NULL || !cs->has_signed_attrs || cs->scheme == SIGN_SCHEME_NONE || cs->fault != NULL)
		return SIGN_OK;
	/* RFC 5652 5.4: digested as SET OF in DER, not with the [0] tag; RFC 8419 3: EdDSA signs the octets themselves */
	KS_TRY(ks_cms_signed_attrs_der(cs, &attrs, err));
	data = ks_buf_bytes(&attrs);
	if (cs->scheme != SIGN_SCHEME_EDDSA) {
		if (alg == SIGN_DIGEST_NONE)
			return SIGN_OK;
		KS_TRY(ks_digest_bytes(r->cx, alg, data, &digest, err));
		data = KS_BYTES(digest.bytes, digest.len);
	}
	rc = ks_cert_verify_value(r->cx, s->signer, cs->scheme, alg, cs->mgf1_digest, cs->pss_salt, data, cs->value,
	    &verify_err);
	if (rc == SIGN_E_MEMORY)
		return ks_fail_memory(err);
	if (rc == SIGN_OK)
		s->value_holds = KS_HOLDS_YES;
	else if (rc == SIGN_E_SIGNATURE)
		s->value_holds = KS_HOLDS_NO;
	return SIGN_OK;
}

/* ---- what came along ---- */

static sign_code
push_bytes(ks_arena *arena, sign_bytes **items, size_t *count, sign_bytes item, sign_error *err)
{
	sign_bytes *slot = ks_arena_push(arena, items, count, sizeof(*slot));

	if (slot == NULL)
		return ks_fail_memory(err);
	*slot = item;
	return SIGN_OK;
}

static sign_code
take_time_stamps(struct reading *r, ks_signature *s, const ks_cms_attr *attr, sign_error *err)
{
	sign_bytes rest = attr->values;
	ks_tlv     token;

	while (ks_tlv_next(&rest, &token))
		KS_TRY(push_bytes(r->f->arena, &s->timestamps, &s->timestamp_count, token.whole, err));
	return SIGN_OK;
}

/* certificate-values (EN 319 122-1 A.1.1.2): SEQUENCE OF Certificate; never a candidate for the signer, only for chains. */
static sign_code
take_certificate_values(struct reading *r, ks_signature *s, const ks_cms_attr *attr, sign_error *err)
{
	ks_tlv list, cert;

	if (!ks_cades_single(attr, &list) || list.tag != 0x30)
		return SIGN_OK;
	while (s->cert_count < KS_CMS_MAX_CERTS && ks_tlv_expect(&list.content, 0x30, &cert))
		KS_TRY(add_cert(r->cx, r->f->arena, cert.whole, &s->certs, &s->cert_count, err));
	return SIGN_OK;
}

/* revocation-values (A.1.2.2): SEQUENCE { [0] SEQUENCE OF CertificateList, ... }. Basic responses in [1] are not whole
 * OCSPResponses, and are left to the version that examines long-term evidence. */
static sign_code
take_revocation_values(struct reading *r, ks_signature *s, const ks_cms_attr *attr, sign_error *err)
{
	ks_tlv values, field, list, crl;

	if (!ks_cades_single(attr, &values) || values.tag != 0x30 || !ks_tlv_expect(&values.content, 0xa0, &field) ||
	    !ks_tlv_expect(&field.content, 0x30, &list))
		return SIGN_OK;
	while (s->crl_count < KS_CMS_MAX_CRLS && ks_tlv_expect(&list.content, 0x30, &crl))
		KS_TRY(push_bytes(r->f->arena, &s->crls, &s->crl_count, crl.whole, err));
	return SIGN_OK;
}

enum unsigned_kind { TIME_STAMP, COUNTERSIGNATURE, ARCHIVE, EVIDENCE, CERTIFICATES, REVOCATION };
static const struct { const char *oid; enum unsigned_kind kind; } unsigned_kinds[] = {
	{ KS_OID_SIGNATURE_TIME_STAMP, TIME_STAMP },
	{ KS_OID_COUNTERSIGNATURE,     COUNTERSIGNATURE },
	{ KS_OID_ARCHIVE_V1,           ARCHIVE },
	{ KS_OID_ARCHIVE_V2,           ARCHIVE },
	{ KS_OID_ARCHIVE_V3,           ARCHIVE },
	{ KS_OID_LONG_TERM_VALIDATION, ARCHIVE },
	{ KS_OID_EVIDENCE_INTERNAL,    EVIDENCE },
	{ KS_OID_EVIDENCE_EXTERNAL,    EVIDENCE },
	{ KS_OID_CERTIFICATE_VALUES,   CERTIFICATES },
	{ KS_OID_REVOCATION_VALUES,    REVOCATION },
};

static sign_code
take_unsigned(struct reading *r, ks_signature *s, const ks_cms_attr *attr, sign_error *err)
{
	size_t k = 0;

	while (k < KS_COUNT(unsigned_kinds) && strcmp(unsigned_kinds[k].oid, attr->oid) != 0)
		k++;
	if (k == KS_COUNT(unsigned_kinds))
		return SIGN_OK;
	switch (unsigned_kinds[k].kind) {
	case TIME_STAMP:
		KS_TRY(ks_signature_note(r->f, s, KS_NOTE_TIMESTAMP_NOT_EXAMINED, NULL, err));
		return take_time_stamps(r, s, attr, err);
	case COUNTERSIGNATURE:
		s->countersignature_count += attr->value_count;
		if (!s->is_countersignature) /* read when every signer has its place; a second storey is not */
			return SIGN_OK;
		return ks_signature_note(r->f, s, KS_NOTE_COUNTERSIGNATURE_NOT_EXAMINED, NULL, err);
	case ARCHIVE:
		s->archive_stamp_count += attr->value_count;
		return ks_signature_note(r->f, s, KS_NOTE_ARCHIVE_NOT_EXAMINED, NULL, err);
	case EVIDENCE:
		return ks_signature_note(r->f, s, KS_NOTE_EVIDENCE_RECORD_NOT_EXAMINED, NULL, err);
	case CERTIFICATES:
		return take_certificate_values(r, s, attr, err);
	case REVOCATION:
		return take_revocation_values(r, s, attr, err);
	}
	return SIGN_OK;
}

/* Copies of the shared lists, since unsigned attributes of this signer may add to them. */
static sign_code
take_carried(struct reading *r, ks_signature *s, const ks_cms_signer *cs, sign_error *err)
{
	ks_arena *arena = r->f->arena;

	for (size_t i = 0; i < r->cert_count; i++)
		KS_TRY(keep_cert(arena, &s->certs, &s->cert_count, ks_cert_ref(r->certs[i]), err));
	for (size_t i = 0; i < r->cms->crl_count; i++)
		KS_TRY(push_bytes(arena, &s->crls, &s->crl_count, r->cms->crls[i], err));
	for (size_t i = 0; i < r->cms->ocsp_count; i++)
		KS_TRY(push_bytes(arena, &s->ocsps, &s->ocsp_count, r->cms->ocsps[i], err));
	for (size_t i = 0; i < cs->unsigned_count; i++)
		KS_TRY(take_unsigned(r, s, &cs->unsigned_attrs[i], err));
	return SIGN_OK;
}

/* ---- one signer ---- */

static sign_code
note_encoding(struct reading *r, ks_signature *s, const ks_cms_signer *cs, sign_error *err)
{
	const ks_facts *f = r->f;

	if (cs->has_signed_attrs && !cs->signed_attrs_sorted)
		KS_TRY(ks_signature_note(r->f, s, KS_NOTE_ATTRS_NOT_DER, NULL, err));
	if (!r->cms->der)
		KS_TRY(ks_signature_note(r->f, s, KS_NOTE_NOT_DER, NULL, err));
	if (r->cms->trailing_bytes > 0)
		KS_TRY(ks_signature_note(r->f, s, KS_NOTE_TRAILING_DATA, NULL, err));
	for (size_t i = 0; i + 1 < f->signature_count; i++)
		if (s->value.len > 0 && ks_bytes_equal(f->signatures[i].value, s->value))
			return ks_signature_note(r->f, s, KS_NOTE_DUPLICATE_SIGNATURE, f->signatures[i].id, err);
	return SIGN_OK;
}

/* What signatures and counter-signatures have in common. */
static sign_code
state_signer(struct reading *r, ks_signature *s, const ks_cms_signer *cs, sign_error *err)
{
	ks_tlv digest;

	s->digest_alg = cs->digest_alg;
	s->scheme = cs->scheme;
	s->scheme_digest = cs->scheme_digest;
	s->mgf1_digest = cs->mgf1_digest;
	s->value = cs->value;
	s->format_fault = ks_cades_fault(s->is_countersignature ? NULL : r->cms, cs);
	if (ks_cades_single(ks_cms_attr_find(cs->attrs, cs->attr_count, KS_OID_MESSAGE_DIGEST), &digest) &&
	    digest.tag == 0x04)
		s->message_digest = digest.content;
	KS_TRY(find_signer(r, s, cs, err));
	KS_TRY(check_value(r, s, cs, err));
	KS_TRY(ks_cades_claims_read(r->f, s, cs, err));
	KS_TRY(note_encoding(r, s, cs, err));
	return take_carried(r, s, cs, err);
}

static sign_code
read_signer(struct reading *r, const char *file, size_t index, sign_error *err)
{
	ks_signature *s = ks_facts_add_signature(r->f, file, err);

	if (s == NULL)
		return SIGN_E_MEMORY;
	s->signer_index = index;
	return state_signer(r, s, &r->cms->signers[index], err);
}

/* ---- counter-signatures ---- */

/* RFC 5652 11.4: what it signs are the octets of the value it stands beside. */
static sign_code
bind_to_value(struct reading *r, ks_signature *s, sign_bytes value, sign_error *err)
{
	ks_digest digests[SIGN_DIGEST_COUNT];

	memset(digests, 0, sizeof(digests));
	if (s->digest_alg == SIGN_DIGEST_NONE)
		return SIGN_OK;
	KS_TRY(ks_digest_bytes(r->cx, s->digest_alg, value, &digests[s->digest_alg], err));
	ks_cades_bind(s, digests);
	return SIGN_OK;
}

/* One value of the attribute. What is no SignerInfo is told as a broken counter-signature, never passed over. */
static sign_code
read_countersignature(struct reading *r, const char *file, size_t parent, size_t index, sign_bytes info, sign_error *err)
{
	sign_error    seen = SIGN_ERROR_INIT;
	ks_cms_signer cs;
	sign_code     rc = ks_cms_read_signer(r->f->arena, info, file, &cs, &seen);
	ks_signature *s;

	if (rc == SIGN_E_MEMORY)
		return ks_fail_memory(err);
	s = ks_facts_add_signature(r->f, file, err);
	if (s == NULL)
		return SIGN_E_MEMORY;
	s->signer_index = index;
	s->is_countersignature = true;
	s->countersigns = parent;
	if (rc != SIGN_OK) {
		s->format_fault = KS_N_("the counter-signature is not a SignerInfo (RFC 5652 11.4)");
		return SIGN_OK;
	}
	KS_TRY(state_signer(r, s, &cs, err));
	return bind_to_value(r, s, r->f->signatures[parent].value, err);
}

/* All of one signature, as long as there is room: anyone can add more, so more than enough is noted and not read. */
static sign_code
read_countersignatures(struct reading *r, const char *file, size_t parent, const ks_cms_signer *cs, size_t *room,
    sign_error *err)
{
	size_t index = 0;

	for (size_t i = 0; i < cs->unsigned_count; i++) {
		sign_bytes values = cs->unsigned_attrs[i].values;
		ks_tlv     info;

		if (strcmp(cs->unsigned_attrs[i].oid, KS_OID_COUNTERSIGNATURE) != 0)
			continue;
		for (; ks_tlv_next(&values, &info); index++, (*room)--) {
			if (*room == 0)
				return ks_signature_note(r->f, &r->f->signatures[parent],
				    KS_NOTE_COUNTERSIGNATURE_NOT_EXAMINED, NULL, err);
			KS_TRY(read_countersignature(r, file, parent, index, info.whole, err));
		}
	}
	return SIGN_OK;
}

static sign_code
read_all_countersignatures(struct reading *r, const char *file, size_t first, sign_error *err)
{
	size_t room = KS_CADES_MAX_COUNTERSIGNATURES;

	for (size_t i = 0; i < first && room > 0; i++)
		room -= r->f->signatures[i].is_countersignature;
	for (size_t i = 0; i < r->cms->signer_count; i++)
		KS_TRY(read_countersignatures(r, file, first + i, &r->cms->signers[i], &room, err));
	return SIGN_OK;
}

/* ---- the whole ---- */

static sign_code
read_all(struct reading *r, const char *file, ks_digest_set *needed, sign_error *err)
{
	const ks_cms *cms = r->cms;
	size_t        first = r->f->signature_count;

	if (first + cms->signer_count > KS_CADES_MAX_SIGNATURES)
		return ks_fail_why(err, SIGN_E_LIMIT, r->f->name, file, "more than %u signatures", KS_CADES_MAX_SIGNATURES);
	for (size_t i = 0; i < cms->cert_count; i++)
		KS_TRY(add_cert(r->cx, r->f->arena, cms->certs[i], &r->certs, &r->cert_count, err));
	for (size_t i = 0; i < cms->signer_count; i++) {
		KS_TRY(read_signer(r, file, i, err));
		if (cms->signers[i].digest_alg != SIGN_DIGEST_NONE)
			*needed |= KS_DIGEST_BIT(cms->signers[i].digest_alg);
	}
	return read_all_countersignatures(r, file, first, err);
}

sign_code
ks_cades_read(ks_crypt *cx, ks_facts *f, sign_bytes bytes, const char *file, size_t *first, size_t *count,
    ks_digest_set *needed, sign_bytes *content, sign_error *err)
{
	ks_cms         cms;
	struct reading r = { .cx = cx, .f = f, .cms = &cms };
	sign_code      rc;

	*first = f->signature_count;
	*count = 0;
	*needed = 0;
	*content = KS_BYTES(NULL, 0);
	KS_TRY(ks_cms_read(f->arena, bytes, file, &cms, err));
	rc = read_all(&r, file, needed, err);
	release_certs(&r);
	if (rc != SIGN_OK)
		return rc;
	*count = cms.signer_count;
	if (cms.attached) /* empty content is still content: never a NULL */
		*content = cms.content.len > 0 ? cms.content : KS_BYTES("", 0);
	return SIGN_OK;
}

void
ks_cades_bind(ks_signature *s, const ks_digest digests[SIGN_DIGEST_COUNT])
{
	const ks_digest *actual = &digests[s->digest_alg];

	if (s->digest_alg == SIGN_DIGEST_NONE || actual->len == 0 || s->message_digest.len == 0)
		return;
	s->content_holds = ks_bytes_equal(s->message_digest, KS_BYTES(actual->bytes, actual->len)) ? KS_HOLDS_YES
	                                                                                           : KS_HOLDS_NO;
}

sign_bytes
ks_cades_stated_digest(const ks_signature *s)
{
	return s->message_digest;
}
