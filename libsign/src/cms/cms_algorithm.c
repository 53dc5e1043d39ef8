/*
 * AlgorithmIdentifiers of signatures: which scheme and hashes an OID means, and how we write ours. One table serves
 * reading and writing. Whether an algorithm is still acceptable is the judge's business. Floor: cms.
 */
#include "cms.h"

#include <string.h>

#include "cms_internal.h"

#define OID_RSA_PSS "1.2.840.113549.1.1.10"
#define OID_MGF1    "1.2.840.113549.1.1.8"

enum { PSS_MAX_SALT = 512 };

/* digest NONE: the SignerInfo's digestAlgorithm applies (or none, EdDSA). The first row of a pair is the one we write. */
static const struct { const char *oid; sign_scheme scheme; sign_digest digest; } schemes[] = {
	{ "1.2.840.113549.1.1.11",   SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA256 },
	{ "1.2.840.113549.1.1.12",   SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA384 },
	{ "1.2.840.113549.1.1.13",   SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA512 },
	{ "1.2.840.113549.1.1.1",    SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_NONE },
	{ "1.2.840.113549.1.1.4",    SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_MD5 },
	{ "1.2.840.113549.1.1.5",    SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA1 },
	{ "1.3.14.3.2.29",           SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA1 },
	{ "1.2.840.113549.1.1.14",   SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA224 },
	{ "2.16.840.1.101.3.4.3.13", SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA3_224 },
	{ "2.16.840.1.101.3.4.3.14", SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA3_256 },
	{ "2.16.840.1.101.3.4.3.15", SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA3_384 },
	{ "2.16.840.1.101.3.4.3.16", SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA3_512 },
	{ "1.2.840.10045.4.3.2",     SIGN_SCHEME_ECDSA,     SIGN_DIGEST_SHA256 },
	{ "1.2.840.10045.4.3.3",     SIGN_SCHEME_ECDSA,     SIGN_DIGEST_SHA384 },
	{ "1.2.840.10045.4.3.4",     SIGN_SCHEME_ECDSA,     SIGN_DIGEST_SHA512 },
	{ "1.2.840.10045.4.1",       SIGN_SCHEME_ECDSA,     SIGN_DIGEST_SHA1 },
	{ "1.2.840.10045.4.3.1",     SIGN_SCHEME_ECDSA,     SIGN_DIGEST_SHA224 },
	{ "2.16.840.1.101.3.4.3.9",  SIGN_SCHEME_ECDSA,     SIGN_DIGEST_SHA3_224 },
	{ "2.16.840.1.101.3.4.3.10", SIGN_SCHEME_ECDSA,     SIGN_DIGEST_SHA3_256 },
	{ "2.16.840.1.101.3.4.3.11", SIGN_SCHEME_ECDSA,     SIGN_DIGEST_SHA3_384 },
	{ "2.16.840.1.101.3.4.3.12", SIGN_SCHEME_ECDSA,     SIGN_DIGEST_SHA3_512 },
	{ "1.2.840.10045.2.1",       SIGN_SCHEME_ECDSA,     SIGN_DIGEST_NONE },
	{ "1.3.101.112",             SIGN_SCHEME_EDDSA,     SIGN_DIGEST_NONE },
	{ "1.3.101.113",             SIGN_SCHEME_EDDSA,     SIGN_DIGEST_NONE },
	{ "1.2.840.10040.4.1",       SIGN_SCHEME_DSA,       SIGN_DIGEST_NONE },
	{ "1.2.840.10040.4.3",       SIGN_SCHEME_DSA,       SIGN_DIGEST_SHA1 },
	{ "2.16.840.1.101.3.4.3.1",  SIGN_SCHEME_DSA,       SIGN_DIGEST_SHA224 },
	{ "2.16.840.1.101.3.4.3.2",  SIGN_SCHEME_DSA,       SIGN_DIGEST_SHA256 },
	{ "2.16.840.1.101.3.4.3.3",  SIGN_SCHEME_DSA,       SIGN_DIGEST_SHA384 },
	{ "2.16.840.1.101.3.4.3.4",  SIGN_SCHEME_DSA,       SIGN_DIGEST_SHA512 },
};

bool
ks_cms_no_params(sign_bytes params)
{
	ks_tlv tlv;

	return params.len == 0 || (ks_tlv_expect(&params, 0x05, &tlv) && tlv.content.len == 0 && params.len == 0);
}

/* The digest of an AlgorithmIdentifier whose parameters are absent or NULL (RFC 5754 2); NONE for anything else. */
static sign_digest
digest_of(sign_bytes algorithm)
{
	char   oid[64];
	ks_tlv outer, tlv;

	if (!ks_tlv_expect(&algorithm, 0x30, &outer) || algorithm.len > 0)
		return SIGN_DIGEST_NONE;
	if (!ks_tlv_expect(&outer.content, 0x06, &tlv) || !ks_tlv_oid(tlv.content, oid, sizeof(oid)))
		return SIGN_DIGEST_NONE;
	return ks_cms_no_params(outer.content) ? ks_digest_from_oid(oid) : SIGN_DIGEST_NONE;
}

/* MaskGenAlgorithm: MGF1 with a hash; NONE for anything else. */
static sign_digest
mgf1_digest_of(sign_bytes algorithm)
{
	char   oid[64];
	ks_tlv outer, tlv;

	if (!ks_tlv_expect(&algorithm, 0x30, &outer) || algorithm.len > 0 ||
	    !ks_tlv_expect(&outer.content, 0x06, &tlv) || !ks_tlv_oid(tlv.content, oid, sizeof(oid)) ||
	    strcmp(oid, OID_MGF1) != 0)
		return SIGN_DIGEST_NONE;
	return digest_of(outer.content);
}

/* A small non-negative INTEGER; -1 for anything else. */
static int
small_integer(sign_bytes in)
{
	ks_tlv tlv;

	if (!ks_tlv_expect(&in, 0x02, &tlv) || in.len > 0 || tlv.content.len == 0 || tlv.content.len > 2 ||
	    (tlv.content.data[0] & 0x80) != 0)
		return -1;
	return tlv.content.len == 1 ? tlv.content.data[0] : tlv.content.data[0] << 8 | tlv.content.data[1];
}

/* RSASSA-PSS-params (RFC 4055 3.1). Left-out fields mean SHA-1, MGF1 with SHA-1, salt 20, trailer 1. */
static bool
read_pss(ks_cms_signer *s, sign_bytes params)
{
	ks_tlv seq, tlv;

	s->scheme_digest = SIGN_DIGEST_SHA1;
	s->mgf1_digest = SIGN_DIGEST_SHA1;
	s->pss_salt = 20;
	if (!ks_tlv_expect(&params, 0x30, &seq) || params.len > 0)
		return false;
	if (ks_tlv_expect(&seq.content, 0xa0, &tlv))
		s->scheme_digest = digest_of(tlv.content);
	if (ks_tlv_expect(&seq.content, 0xa1, &tlv))
		s->mgf1_digest = mgf1_digest_of(tlv.content);
	if (ks_tlv_expect(&seq.content, 0xa2, &tlv))
		s->pss_salt = small_integer(tlv.content);
	if (ks_tlv_expect(&seq.content, 0xa3, &tlv) && small_integer(tlv.content) != 1)
		return false;
	return seq.content.len == 0 && s->scheme_digest != SIGN_DIGEST_NONE && s->mgf1_digest != SIGN_DIGEST_NONE &&
	    s->pss_salt >= 0 && s->pss_salt <= PSS_MAX_SALT;
}

void
ks_cms_read_scheme(ks_cms_signer *s, sign_bytes params)
{
	s->pss_salt = -1;
	if (strcmp(s->sig_oid, OID_RSA_PSS) == 0) {
		s->scheme = SIGN_SCHEME_RSA_PSS;
		if (!read_pss(s, params) && s->fault == NULL)
			s->fault = KS_N_("RSASSA-PSS parameters are missing or malformed (RFC 4055 3.1)");
		return;
	}
	for (size_t i = 0; i < KS_COUNT(schemes); i++) {
		if (strcmp(s->sig_oid, schemes[i].oid) == 0) {
			s->scheme = schemes[i].scheme;
			s->scheme_digest = schemes[i].digest;
			/* RFC 5754 3.2, 3.3, RFC 8419 3.1: NULL or nothing; which of them differs between writers */
			if (!ks_cms_no_params(params) && s->fault == NULL)
				s->fault = KS_N_("signatureAlgorithm has parameters that it may not have (RFC 5754 3)");
			return;
		}
	}
}

/* AlgorithmIdentifier { oid } or { oid, NULL }. */
static sign_code
put_algorithm(ks_buf *out, const char *oid, bool with_null, sign_error *err)
{
	size_t mark;

	KS_TRY(ks_der_begin(out, 0x30, &mark, err));
	KS_TRY(ks_der_oid(out, oid, err));
	if (with_null)
		KS_TRY(ks_der_put(out, 0x05, KS_BYTES(NULL, 0), err));
	return ks_der_end(out, mark, err);
}

sign_code
ks_cms_put_digest_algorithm(ks_buf *out, sign_digest digest, sign_error *err)
{
	const char *oid = ks_digest_oid(digest);

	if (oid == NULL)
		return ks_fail_why(err, SIGN_E_KEY_ALGORITHM, NULL, NULL, "no digest algorithm");
	return put_algorithm(out, oid, false, err); /* RFC 5754 2: parameters are left out */
}

/* RFC 4055 3.1: hash, MGF1 with the same hash, salt as long as the hash; the hashes inside carry NULL (RFC 4055 2.1). */
static sign_code
put_pss(ks_buf *out, sign_digest digest, sign_error *err)
{
	uint8_t salt = (uint8_t)ks_digest_size(digest);
	size_t  algorithm, params, field, mgf;

	KS_TRY(ks_der_begin(out, 0x30, &algorithm, err));
	KS_TRY(ks_der_oid(out, OID_RSA_PSS, err));
	KS_TRY(ks_der_begin(out, 0x30, &params, err));
	KS_TRY(ks_der_begin(out, 0xa0, &field, err));
	KS_TRY(put_algorithm(out, ks_digest_oid(digest), true, err));
	KS_TRY(ks_der_end(out, field, err));
	KS_TRY(ks_der_begin(out, 0xa1, &field, err));
	KS_TRY(ks_der_begin(out, 0x30, &mgf, err));
	KS_TRY(ks_der_oid(out, OID_MGF1, err));
	KS_TRY(put_algorithm(out, ks_digest_oid(digest), true, err));
	KS_TRY(ks_der_end(out, mgf, err));
	KS_TRY(ks_der_end(out, field, err));
	KS_TRY(ks_der_begin(out, 0xa2, &field, err));
	KS_TRY(ks_der_put(out, 0x02, KS_BYTES(&salt, 1), err));
	KS_TRY(ks_der_end(out, field, err));
	KS_TRY(ks_der_end(out, params, err));
	return ks_der_end(out, algorithm, err);
}

sign_code
ks_cms_put_signature_algorithm(ks_buf *out, sign_scheme scheme, sign_digest digest, sign_error *err)
{
	if (digest < SIGN_DIGEST_SHA256 || digest > SIGN_DIGEST_SHA512)
		return ks_fail_why(err, SIGN_E_KEY_ALGORITHM, NULL, NULL, "%s", sign_digest_name(digest));
	if (scheme == SIGN_SCHEME_RSA_PSS)
		return put_pss(out, digest, err);
	for (size_t i = 0; i < KS_COUNT(schemes); i++)
		if (schemes[i].scheme == scheme && schemes[i].digest == digest) /* RFC 5754 3.2: RSA has NULL, 3.3: ECDSA nothing */
			return put_algorithm(out, schemes[i].oid, scheme == SIGN_SCHEME_RSA_PKCS1, err);
	return ks_fail_why(err, SIGN_E_KEY_ALGORITHM, NULL, NULL, "%s", sign_scheme_name(scheme));
}
