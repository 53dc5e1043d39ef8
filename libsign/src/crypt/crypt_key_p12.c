/*
 * PKCS#12 (RFC 7292): key and certificates under one passphrase, old encryptions included. Floor: crypt. An empty
 * passphrase is tried before anybody is asked; the MAC tells a wrong passphrase from a damaged file.
 */
#include "crypt_key_parts.h"

#include <openssl/pkcs12.h>
#include <string.h>

/* Some programs ask for hundreds of thousands of rounds; beyond this a file only burns time. */
#define MAX_MAC_ROUNDS 10000000

KS_AUTO_DEFINE(auto_p12, PKCS12, PKCS12_free)

/* The context decides where the contents are decrypted and where the key lives at first. */
static sign_code
parse(sign_bytes file, OSSL_LIB_CTX *ctx, const char *name, PKCS12 **out, sign_error *err)
{
	KS_AUTO(ks_auto_bio) BIO *bio = BIO_new_mem_buf(file.data, (int)file.len);
	PKCS12 *p12 = PKCS12_init_ex(NID_pkcs7_data, ctx, NULL);

	if (bio == NULL || p12 == NULL) {
		PKCS12_free(p12);
		return ks_fail_memory(err);
	}
	*out = d2i_PKCS12_bio(bio, &p12); /* releases p12 when it fails */
	return *out != NULL ? SIGN_OK : ks_fail_openssl(err, SIGN_E_KEY_FORMAT, name, "PKCS#12");
}

/* Encryptions of RFC 7292 appendix C (RC2, RC4, 3DES) are named by OIDs under 1.2.840.113549.1.12.1, in the clear. */
static bool
looks_old(sign_bytes file)
{
	static const uint8_t arc[] = { 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x0C, 0x01 };

	return memmem(file.data, file.len, arc, sizeof(arc)) != NULL;
}

static sign_code
check_mac_kind(const PKCS12 *p12, const char *name, sign_error *err)
{
	const X509_ALGOR   *alg = NULL;
	const ASN1_OBJECT  *oid = NULL;
	const ASN1_INTEGER *rounds = NULL;
	char                dotted[64];
	int64_t             count = 1;

	PKCS12_get0_mac(NULL, &alg, NULL, &rounds, p12);
	X509_ALGOR_get0(&oid, NULL, NULL, alg);
	if (rounds != NULL && (ASN1_INTEGER_get_int64(&count, rounds) != 1 || count < 1 || count > MAX_MAC_ROUNDS)) {
		ks_openssl_drain();
		return ks_fail_why(err, SIGN_E_LIMIT, name, NULL, "MAC rounds");
	}
	if (EVP_get_digestbyobj(oid) != NULL)
		return SIGN_OK;
	OBJ_obj2txt(dotted, sizeof(dotted), oid, 1);
	return ks_fail_why(err, SIGN_E_UNSUPPORTED, name, NULL, "PKCS#12 MAC %s", dotted);
}

/* The passphrase that the MAC accepts; *pass points into the asker, into `spread`, or is "" or NULL. */
static sign_code
find_passphrase(PKCS12 *p12, ks_key_asker *asker, ks_secret *spread, const char **pass, sign_error *err)
{
	*pass = NULL;
	if (PKCS12_verify_mac(p12, NULL, 0) == 1)
		return SIGN_OK;
	*pass = "";
	if (PKCS12_verify_mac(p12, "", 0) == 1)
		return SIGN_OK;
	ks_openssl_drain();
	KS_TRY(ks_key_ask(asker, err));
	*pass = asker->secret.data;
	if (PKCS12_verify_mac(p12, *pass, (int)asker->secret.len) == 1)
		return SIGN_OK;
	KS_TRY(ks_secret_bytewise(&asker->secret, spread, err));
	*pass = spread->data;
	if (*pass != NULL && PKCS12_verify_mac(p12, *pass, (int)spread->len) == 1)
		return SIGN_OK;
	return ks_fail_openssl(err, SIGN_E_PIN_WRONG, asker->name, "PKCS#12");
}

static sign_code
add_x509(X509 *x509, ks_key_content *content, sign_error *err)
{
	KS_AUTO(ks_auto_cert) ks_cert *cert = NULL;
	uint8_t  *der = NULL;
	int       len = i2d_X509(x509, &der);
	sign_code rc;

	if (len <= 0)
		return ks_fail_openssl(err, SIGN_E_KEY_FORMAT, "certificate", "certificate");
	rc = ks_cert_parse(KS_BYTES(der, (size_t)len), &cert, err);
	OPENSSL_free(der);
	return rc == SIGN_OK ? ks_cert_list_add(&content->certs, cert, err) : rc;
}

static sign_code
unpack(PKCS12 *p12, const char *pass, const char *name, ks_key_content *content, sign_error *err)
{
	X509           *own = NULL;
	STACK_OF(X509) *others = NULL;
	sign_code       rc = SIGN_OK;

	/* OpenSSL 3.0 unpacks nothing under a passphrase unless a MAC confirms it. Where the file has none, the object in
	 * memory gets one made with what was typed, and the contents decide. */
	if (pass != NULL && !PKCS12_mac_present(p12) && PKCS12_set_mac(p12, pass, -1, NULL, 0, 1, EVP_sha256()) != 1)
		return ks_fail_openssl(err, SIGN_E_CRYPTO, name, "PKCS#12");
	if (PKCS12_parse(p12, pass, &content->pkey, &own, &others) != 1)
		return ks_fail_openssl(err, SIGN_E_KEY_FORMAT, name, "PKCS#12 contents");
	if (own != NULL)
		rc = add_x509(own, content, err);
	for (int i = 0; rc == SIGN_OK && i < sk_X509_num(others); i++)
		rc = add_x509(sk_X509_value(others, i), content, err);
	X509_free(own);
	sk_X509_pop_free(others, X509_free);
	if (rc == SIGN_OK && content->pkey == NULL)
		rc = ks_fail_why(err, SIGN_E_KEY_FORMAT, name, NULL, "no private key in it");
	return rc;
}

static sign_code
unpack_old(sign_bytes file, const char *pass, const char *name, ks_key_content *content, sign_error *err)
{
	KS_AUTO(ks_legacy_close) ks_legacy legacy = { NULL, NULL, NULL };
	KS_AUTO(auto_p12) PKCS12 *p12 = NULL; /* released before its context */
	sign_code rc;

	KS_TRY(ks_legacy_open(&legacy, name, err));
	KS_TRY(parse(file, legacy.ctx, name, &p12, err));
	rc = unpack(p12, pass, name, content, err);
	if (rc == SIGN_OK)
		rc = ks_legacy_rehome(&content->pkey, name, err);
	if (rc != SIGN_OK)
		ks_key_content_clear(content); /* nothing of the private context outlives it */
	content->old_encryption = rc == SIGN_OK;
	return rc;
}

static sign_code
open_with(PKCS12 *p12, sign_bytes file, const char *pass, const char *name, ks_key_content *content, sign_error *err)
{
	sign_error ignored = SIGN_ERROR_INIT;

	if (unpack(p12, pass, name, content, &ignored) == SIGN_OK) {
		content->old_encryption = looks_old(file); /* 3DES needs no other provider, but is no better for it */
		return SIGN_OK;
	}
	ks_key_content_clear(content);
	return unpack_old(file, pass, name, content, err);
}

sign_code
ks_key_read_p12(sign_bytes file, ks_key_asker *asker, ks_key_content *content, sign_error *err)
{
	KS_AUTO(auto_p12) PKCS12 *p12 = NULL;
	KS_AUTO(ks_secret_clear) ks_secret spread = { NULL, 0 };
	sign_error  ignored = SIGN_ERROR_INIT;
	const char *pass = NULL;

	KS_TRY(parse(file, NULL, asker->name, &p12, err));
	if (PKCS12_mac_present(p12)) {
		KS_TRY(check_mac_kind(p12, asker->name, err));
		KS_TRY(find_passphrase(p12, asker, &spread, &pass, err));
		return open_with(p12, file, pass, asker->name, content, err);
	}
	/* Without a MAC only the contents can tell. */
	if (open_with(p12, file, NULL, asker->name, content, &ignored) == SIGN_OK)
		return SIGN_OK;
	KS_TRY(ks_key_ask(asker, err));
	if (open_with(p12, file, asker->secret.data, asker->name, content, &ignored) != SIGN_OK)
		return ks_fail(err, ignored.code == SIGN_E_MEMORY ? SIGN_E_MEMORY : SIGN_E_PIN_WRONG, asker->name);
	return SIGN_OK;
}
