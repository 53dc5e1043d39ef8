/*
 * Does a value sign a digest under a certificate's key? Floor: crypt. Preparing the operation costs as much as a small
 * one itself, so a worker keeps prepared ones by certificate and parameters.
 */
#include "crypt_context.h"

#include <openssl/rsa.h>
#include <string.h>

/* Larger salts than any digest are legal (RFC 8017 9.1.1) but only so far as the key has room; this bounds the number. */
#define MAX_PSS_SALT 2048

static bool
key_fits(ks_key_type key, sign_scheme scheme)
{
	switch (scheme) {
	case SIGN_SCHEME_RSA_PKCS1: return key == KS_KEY_RSA;
	case SIGN_SCHEME_RSA_PSS:   return key == KS_KEY_RSA || key == KS_KEY_RSA_PSS;
	case SIGN_SCHEME_ECDSA:     return key == KS_KEY_EC;
	case SIGN_SCHEME_EDDSA:     return key == KS_KEY_ED25519 || key == KS_KEY_ED448;
	case SIGN_SCHEME_DSA:       return key == KS_KEY_DSA;
	case SIGN_SCHEME_NONE:      return false;
	}
	return false;
}

/* RFC 8032: the whole message at once; there is no digest to prepare. */
static sign_code
verify_eddsa(const ks_cert *cert, sign_bytes message, sign_bytes value, sign_error *err)
{
	KS_AUTO(ks_auto_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx == NULL)
		return ks_fail_memory(err);
	if (EVP_DigestVerifyInit_ex(ctx, NULL, NULL, NULL, NULL, cert->pkey, NULL) != 1)
		return ks_fail_openssl(err, SIGN_E_CRYPTO, cert->subject_cn, "EdDSA");
	if (EVP_DigestVerify(ctx, value.data, value.len, message.data, message.len) != 1)
		return ks_fail_openssl(err, SIGN_E_SIGNATURE, cert->subject_cn, "EdDSA");
	return SIGN_OK;
}

static bool
set_rsa(const ks_crypt *cx, const ks_verifier *v, EVP_PKEY_CTX *ctx)
{
	int salt = v->pss_salt < 0 ? RSA_PSS_SALTLEN_AUTO : v->pss_salt;

	if (v->scheme == SIGN_SCHEME_RSA_PKCS1)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
		    EVP_PKEY_CTX_set_signature_md(ctx, cx->md[v->digest]) == 1;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, cx->md[v->digest]) == 1 &&
	    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, cx->md[v->mgf1]) == 1 && EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, salt) == 1;
}

static sign_code
prepare(const ks_crypt *cx, const ks_verifier *v, EVP_PKEY_CTX **out, sign_error *err)
{
	const char *name = sign_scheme_name(v->scheme);
	bool        rsa = v->scheme == SIGN_SCHEME_RSA_PKCS1 || v->scheme == SIGN_SCHEME_RSA_PSS;
	KS_AUTO(ks_auto_pkey_ctx) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, v->cert->pkey, NULL);

	if (ctx == NULL || EVP_PKEY_verify_init(ctx) != 1)
		return ks_fail_openssl(err, SIGN_E_CRYPTO, v->cert->subject_cn, name);
	/* A PSS key may forbid these parameters (RFC 4055 3.1): then this is not its signature. */
	if (rsa && !set_rsa(cx, v, ctx))
		return ks_fail_openssl(err, SIGN_E_SIGNATURE, v->cert->subject_cn, name);
	*out = KS_MOVE(ctx);
	return SIGN_OK;
}

static void
verifier_clear(ks_verifier *v)
{
	EVP_PKEY_CTX_free(v->ctx);
	ks_cert_free(v->cert);
	memset(v, 0, sizeof(*v));
}

void
ks_verifiers_clear(ks_crypt *cx)
{
	for (size_t i = 0; i < KS_VERIFIER_SLOTS; i++)
		verifier_clear(&cx->verifiers[i]);
}

static sign_code
find_verifier(ks_crypt *cx, const ks_verifier *wanted, EVP_PKEY_CTX **ctx, sign_error *err)
{
	ks_verifier *slot = &cx->verifiers[(wanted->cert->sha256[0] ^ wanted->scheme << 3 ^ wanted->digest) % KS_VERIFIER_SLOTS];

	if (slot->cert != wanted->cert || slot->scheme != wanted->scheme || slot->digest != wanted->digest ||
	    slot->mgf1 != wanted->mgf1 || slot->pss_salt != wanted->pss_salt) {
		EVP_PKEY_CTX *fresh = NULL;

		KS_TRY(prepare(cx, wanted, &fresh, err));
		verifier_clear(slot);
		*slot = *wanted;
		slot->cert = ks_cert_ref(wanted->cert);
		slot->ctx = fresh;
	}
	*ctx = slot->ctx;
	return SIGN_OK;
}

sign_code
ks_cert_verify_value(ks_crypt *cx, const ks_cert *cert, sign_scheme scheme, sign_digest d, sign_digest mgf1, int pss_salt,
    sign_bytes data, sign_bytes value, sign_error *err)
{
	ks_verifier   wanted = { .cert = (ks_cert *)cert, .scheme = scheme, .digest = d };
	EVP_PKEY_CTX *ctx = NULL;

	if (!key_fits(cert->key_type, scheme))
		return ks_fail_why(err, SIGN_E_SIGNATURE, cert->subject_cn, NULL, "%s under %s", sign_scheme_name(scheme),
		    cert->key_text);
	if (scheme == SIGN_SCHEME_EDDSA)
		return verify_eddsa(cert, data, value, err);
	if (ks_crypt_md(cx, d) == NULL)
		return ks_fail_why(err, SIGN_E_CRYPTO, cert->subject_cn, NULL, "%s", sign_digest_name(d));
	if (data.len != ks_digest_size(d))
		return ks_fail_why(err, SIGN_E_SIGNATURE, cert->subject_cn, NULL, "%zu bytes of %s", data.len,
		    sign_digest_name(d));
	if (scheme == SIGN_SCHEME_RSA_PSS) {
		if (ks_crypt_md(cx, mgf1) == NULL)
			return ks_fail_why(err, SIGN_E_CRYPTO, cert->subject_cn, NULL, "MGF1 with %s", sign_digest_name(mgf1));
		if (pss_salt > MAX_PSS_SALT)
			return ks_fail_why(err, SIGN_E_SIGNATURE, cert->subject_cn, NULL, "salt of %d bytes", pss_salt);
		wanted.mgf1 = mgf1;
		wanted.pss_salt = pss_salt < 0 ? -1 : pss_salt;
	}
	KS_TRY(find_verifier(cx, &wanted, &ctx, err));
	/* 0 and negative answers alike: a malformed value does not hold. Short memory is told apart from it. */
	if (EVP_PKEY_verify(ctx, value.data, value.len, data.data, data.len) != 1)
		return ks_fail_openssl(err, SIGN_E_SIGNATURE, cert->subject_cn, sign_scheme_name(scheme));
	return SIGN_OK;
}
