/*
 * Keys held by OpenSSL: the operation is prepared once per worker and then only run. Floor: crypt. The key itself is
 * shared; OpenSSL's own blinding is all the locking there is.
 */
#include "crypt_context.h"
#include "crypt_key_parts.h"

#include <openssl/rsa.h>

/* PSS as standards.md 2.4 wants it: salt as long as the digest, MGF1 with the same digest. */
static bool
set_scheme(EVP_PKEY_CTX *ctx, sign_scheme scheme, const EVP_MD *md)
{
	if (scheme == SIGN_SCHEME_RSA_PKCS1 && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1)
		return false;
	if (scheme == SIGN_SCHEME_RSA_PSS && EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) != 1)
		return false;
	if (EVP_PKEY_CTX_set_signature_md(ctx, md) != 1)
		return false;
	return scheme != SIGN_SCHEME_RSA_PSS ||
	    (EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) == 1 &&
	        EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static sign_code
evp_attach(sign_key *key, ks_crypt *cx, sign_scheme scheme, sign_digest d, void **state, sign_error *err)
{
	KS_AUTO(ks_auto_pkey_ctx) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->impl, NULL);
	const EVP_MD *md = ks_crypt_md(cx, d);

	if (md == NULL)
		return ks_fail_why(err, SIGN_E_CRYPTO, key->name, NULL, "%s", sign_digest_name(d));
	if (ctx == NULL || EVP_PKEY_sign_init(ctx) != 1 || !set_scheme(ctx, scheme, md))
		return ks_fail_openssl(err, SIGN_E_CRYPTO, key->name, sign_scheme_name(scheme));
	*state = KS_MOVE(ctx);
	return SIGN_OK;
}

static sign_code
evp_sign(sign_key *key, void *state, sign_bytes digest, uint8_t *value, size_t cap, size_t *len, sign_error *err)
{
	*len = cap;
	if (EVP_PKEY_sign(state, value, len, digest.data, digest.len) != 1) {
		*len = 0;
		return ks_fail_openssl(err, SIGN_E_CRYPTO, key->name, "sign");
	}
	return SIGN_OK;
}

static void
evp_detach(sign_key *key, void *state)
{
	(void)key;
	EVP_PKEY_CTX_free(state);
}

static void
evp_free(sign_key *key)
{
	EVP_PKEY_free(key->impl);
	key->impl = NULL;
}

const struct ks_key_ops ks_key_evp_ops = { evp_attach, evp_sign, evp_detach, evp_free };
