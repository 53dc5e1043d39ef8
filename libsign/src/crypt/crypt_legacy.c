/*
 * Old encryptions (RC2, DES) live in OpenSSL's legacy provider. It is loaded into a context of its own for the moment of
 * opening a key, so that the rest of the process never negotiates with it. Floor: crypt.
 */
#include "crypt_key_parts.h"

#include <openssl/provider.h>

void
ks_legacy_close(ks_legacy *l)
{
	if (l->legacy != NULL)
		OSSL_PROVIDER_unload(l->legacy);
	if (l->standard != NULL)
		OSSL_PROVIDER_unload(l->standard);
	OSSL_LIB_CTX_free(l->ctx);
	*l = (ks_legacy){ NULL, NULL, NULL };
}

sign_code
ks_legacy_open(ks_legacy *l, const char *name, sign_error *err)
{
	*l = (ks_legacy){ NULL, NULL, NULL };
	l->ctx = OSSL_LIB_CTX_new();
	if (l->ctx == NULL)
		return ks_fail_memory(err);
	l->standard = OSSL_PROVIDER_load(l->ctx, "default");
	l->legacy = OSSL_PROVIDER_load(l->ctx, "legacy");
	if (l->standard != NULL && l->legacy != NULL)
		return SIGN_OK;
	ks_legacy_close(l);
	return ks_fail_openssl(err, SIGN_E_UNSUPPORTED, name, "old encryption without OpenSSL's legacy provider");
}

sign_code
ks_legacy_rehome(EVP_PKEY **pkey, const char *name, sign_error *err)
{
	PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(*pkey);
	EVP_PKEY            *here = p8 != NULL ? EVP_PKCS82PKEY(p8) : NULL;

	PKCS8_PRIV_KEY_INFO_free(p8); /* cleanses the key bytes */
	if (here == NULL)
		return ks_fail_openssl(err, SIGN_E_KEY_FORMAT, name, "private key");
	EVP_PKEY_free(*pkey);
	*pkey = here;
	return SIGN_OK;
}
