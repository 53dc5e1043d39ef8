/*
 * The private key in a file: PEM (PKCS#8, encrypted or not; the traditional forms), DER of the same, or PKCS#12. Floor:
 * crypt. Structure is checked before the passphrase is asked for, so that afterwards a failure means a wrong passphrase.
 */
#include "crypt_cert_parts.h"
#include "crypt_der.h"
#include "crypt_key_parts.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

sign_code
ks_cert_list_add(void *list, ks_cert *cert, sign_error *err)
{
	ks_cert_list *l = list;

	if (l->count == KS_KEY_MAX_CERTS)
		return ks_fail_why(err, SIGN_E_LIMIT, cert->subject_cn, NULL, "more than %zu certificates", KS_KEY_MAX_CERTS);
	if (l->items == NULL && (l->items = calloc(KS_KEY_MAX_CERTS, sizeof(ks_cert *))) == NULL)
		return ks_fail_memory(err);
	l->items[l->count++] = ks_cert_ref(cert);
	return SIGN_OK;
}

void
ks_cert_list_clear(ks_cert_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		ks_cert_free(list->items[i]);
	free(list->items);
	*list = (ks_cert_list){ NULL, 0 };
}

void
ks_key_content_clear(ks_key_content *content)
{
	EVP_PKEY_free(content->pkey);
	content->pkey = NULL;
	ks_cert_list_clear(&content->certs);
}

/* ---- PKCS#8 and the traditional forms, from DER ---- */

static sign_code
take_pkcs8(const PKCS8_PRIV_KEY_INFO *p8, const char *name, ks_key_content *content, sign_error *err)
{
	content->pkey = EVP_PKCS82PKEY(p8);
	return content->pkey != NULL ? SIGN_OK : ks_fail_openssl(err, SIGN_E_KEY_FORMAT, name, "private key");
}

static sign_code
read_pkcs8(sign_bytes der, const char *name, ks_key_content *content, sign_error *err)
{
	const uint8_t       *p = der.data;
	PKCS8_PRIV_KEY_INFO *p8 = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, (long)der.len);
	sign_code            rc;

	if (p8 == NULL)
		return ks_fail_openssl(err, SIGN_E_KEY_FORMAT, name, "private key");
	rc = take_pkcs8(p8, name, content, err);
	PKCS8_PRIV_KEY_INFO_free(p8);
	return rc;
}

/* RFC 8018: PBES2 is what is made today; the older schemes may need the legacy provider. */
static sign_code
decrypt_pkcs8(const X509_SIG *sealed, ks_key_asker *asker, PKCS8_PRIV_KEY_INFO **p8, bool *old, sign_error *err)
{
	const X509_ALGOR  *alg = NULL;
	const ASN1_OBJECT *oid = NULL;
	const ks_secret   *secret = &asker->secret;
	KS_AUTO(ks_legacy_close) ks_legacy legacy = { NULL, NULL, NULL };

	X509_SIG_get0(sealed, &alg, NULL);
	X509_ALGOR_get0(&oid, NULL, NULL, alg);
	*old = OBJ_obj2nid(oid) != NID_pbes2;
	KS_TRY(ks_key_ask(asker, err));
	*p8 = PKCS8_decrypt_ex(sealed, secret->data, (int)secret->len, NULL, NULL);
	if (*p8 == NULL && *old) {
		ks_openssl_drain();
		KS_TRY(ks_legacy_open(&legacy, asker->name, err));
		*p8 = PKCS8_decrypt_ex(sealed, secret->data, (int)secret->len, legacy.ctx, NULL);
	}
	return *p8 != NULL ? SIGN_OK : ks_fail_openssl(err, SIGN_E_PIN_WRONG, asker->name, "encrypted private key");
}

static sign_code
read_encrypted_pkcs8(sign_bytes der, ks_key_asker *asker, ks_key_content *content, sign_error *err)
{
	const uint8_t       *p = der.data;
	X509_SIG            *sealed = d2i_X509_SIG(NULL, &p, (long)der.len);
	PKCS8_PRIV_KEY_INFO *p8 = NULL;
	sign_code            rc;

	if (sealed == NULL)
		return ks_fail_openssl(err, SIGN_E_KEY_FORMAT, asker->name, "encrypted private key");
	rc = decrypt_pkcs8(sealed, asker, &p8, &content->old_encryption, err);
	X509_SIG_free(sealed);
	if (rc == SIGN_OK)
		rc = take_pkcs8(p8, asker->name, content, err);
	PKCS8_PRIV_KEY_INFO_free(p8);
	return rc;
}

static sign_code
read_traditional(sign_bytes der, int type, sign_code otherwise, const char *name, ks_key_content *content,
    sign_error *err)
{
	const uint8_t *p = der.data;

	content->pkey = d2i_PrivateKey(type, NULL, &p, (long)der.len);
	return content->pkey != NULL ? SIGN_OK : ks_fail_openssl(err, otherwise, name, "private key");
}

/* ---- PEM ---- */

static int
give_secret(char *buf, int cap, int writing, void *user)
{
	const ks_secret *secret = user;

	(void)writing;
	if (cap < 0 || secret->len > (size_t)cap)
		return -1;
	memcpy(buf, secret->data, secret->len);
	return (int)secret->len;
}

/* RFC 1421 headers, as OpenSSL wrote keys before PKCS#8: decrypts in place. */
static sign_code
decrypt_traditional(char *header, uint8_t *der, long *len, ks_key_asker *asker, bool *encrypted, sign_error *err)
{
	EVP_CIPHER_INFO info;
	EVP_CIPHER     *offered;

	if (PEM_get_EVP_CIPHER_INFO(header, &info) != 1)
		return ks_fail_openssl(err, SIGN_E_KEY_FORMAT, asker->name, "encryption header");
	*encrypted = info.cipher != NULL;
	if (!*encrypted)
		return SIGN_OK;
	offered = EVP_CIPHER_fetch(NULL, EVP_CIPHER_get0_name(info.cipher), NULL);
	if (offered == NULL)
		return ks_fail_openssl(err, SIGN_E_UNSUPPORTED, asker->name, EVP_CIPHER_get0_name(info.cipher));
	EVP_CIPHER_free(offered);
	KS_TRY(ks_key_ask(asker, err));
	if (PEM_do_header(&info, der, len, give_secret, &asker->secret) != 1)
		return ks_fail_openssl(err, SIGN_E_PIN_WRONG, asker->name, "encrypted private key");
	return SIGN_OK;
}

/* A block of a kind that holds a private key; *taken stays false for all others. */
static sign_code
read_block(const char *label, char *header, uint8_t *der, long len, ks_key_asker *asker, ks_key_content *content,
    bool *taken, sign_error *err)
{
	int  type = strcmp(label, PEM_STRING_RSA) == 0 ? EVP_PKEY_RSA : EVP_PKEY_EC;
	bool encrypted = false;

	*taken = true;
	if (strcmp(label, PEM_STRING_PKCS8INF) == 0)
		return read_pkcs8(KS_BYTES(der, (size_t)len), asker->name, content, err);
	if (strcmp(label, PEM_STRING_PKCS8) == 0)
		return read_encrypted_pkcs8(KS_BYTES(der, (size_t)len), asker, content, err);
	if (strcmp(label, PEM_STRING_DSA) == 0)
		return ks_fail_why(err, SIGN_E_KEY_ALGORITHM, asker->name, NULL, "DSA");
	if (strcmp(label, "OPENSSH PRIVATE KEY") == 0)
		return ks_fail_why(err, SIGN_E_KEY_FORMAT, asker->name, NULL, "OpenSSH's own form");
	*taken = strcmp(label, PEM_STRING_RSA) == 0 || strcmp(label, PEM_STRING_ECPRIVATEKEY) == 0;
	if (!*taken)
		return SIGN_OK;
	KS_TRY(decrypt_traditional(header, der, &len, asker, &encrypted, err));
	/* One wrong passphrase in 256 leaves plausible padding: after decryption, what does not decode was not opened. */
	return read_traditional(KS_BYTES(der, (size_t)len), type, encrypted ? SIGN_E_PIN_WRONG : SIGN_E_KEY_FORMAT,
	    asker->name, content, err);
}

static sign_code
read_pem_key(sign_bytes file, ks_key_asker *asker, ks_key_content *content, sign_error *err)
{
	KS_AUTO(ks_auto_bio) BIO *bio = BIO_new_mem_buf(file.data, (int)file.len);
	bool      taken = false;
	sign_code rc = SIGN_OK;

	if (bio == NULL)
		return ks_fail_memory(err);
	while (rc == SIGN_OK && !taken) {
		char    *label = NULL, *header = NULL;
		uint8_t *der = NULL;
		long     len = 0;

		if (PEM_read_bio_ex(bio, &label, &header, &der, &len, PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE) != 1) {
			if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
				return ks_fail_openssl(err, SIGN_E_KEY_FORMAT, asker->name, "PEM");
			ks_openssl_drain();
			return ks_fail_why(err, SIGN_E_KEY_FORMAT, asker->name, NULL, "no private key in it");
		}
		rc = read_block(label, header, der, len, asker, content, &taken, err);
		OPENSSL_secure_free(label);
		OPENSSL_secure_free(header);
		OPENSSL_secure_clear_free(der, (size_t)len);
	}
	return rc;
}

/* Certificates beside the key in the same file. */
static sign_code
read_pem_certs(sign_bytes file, const char *name, ks_key_content *content, sign_error *err)
{
	sign_error why = SIGN_ERROR_INIT;
	size_t     found;
	sign_code  rc = ks_cert_scan(file, name, ks_cert_list_add, NULL, &content->certs, &found, &why);

	if (rc == SIGN_E_FORMAT)
		rc = SIGN_E_KEY_FORMAT;
	return rc == SIGN_OK ? SIGN_OK : ks_fail_from(err, rc, why.origin, name, NULL, "%s", why.detail);
}

/* ---- which of them is it ---- */

static sign_code
read_der_key(sign_bytes file, ks_key_asker *asker, ks_key_content *content, sign_error *err)
{
	static const uint8_t pfx_version[] = { 0x02, 0x01, 0x03 }; /* RFC 7292 4 */
	sign_bytes           rest = file;
	ks_der               outer, first;

	/* Windows and Java write PKCS#12 with indefinite lengths. */
	if (file.len > 5 && file.data[0] == 0x30 && file.data[1] == 0x80 && memcmp(file.data + 2, pfx_version, 3) == 0)
		return ks_key_read_p12(file, asker, content, err);
	if (!ks_der_take_tag(&rest, 0x30, &outer) || rest.len != 0)
		return ks_fail_why(err, SIGN_E_KEY_FORMAT, asker->name, NULL, "neither PEM, DER nor PKCS#12");
	rest = outer.content;
	if (!ks_der_take(&rest, &first))
		return ks_fail_why(err, SIGN_E_KEY_FORMAT, asker->name, NULL, "no private key in it");
	if (ks_bytes_equal(first.whole, KS_BYTES(pfx_version, sizeof(pfx_version))) && ks_der_peek(rest) == 0x30)
		return ks_key_read_p12(file, asker, content, err);
	if (first.tag == 0x30 && ks_der_peek(rest) == 0x04)
		return read_encrypted_pkcs8(file, asker, content, err);
	if (first.tag == 0x02 && ks_der_peek(rest) == 0x30)
		return read_pkcs8(file, asker->name, content, err);
	if (first.tag == 0x02 && ks_der_peek(rest) == 0x02)
		return read_traditional(file, EVP_PKEY_RSA, SIGN_E_KEY_FORMAT, asker->name, content, err);
	if (first.tag == 0x02 && ks_der_peek(rest) == 0x04)
		return read_traditional(file, EVP_PKEY_EC, SIGN_E_KEY_FORMAT, asker->name, content, err);
	return ks_fail_why(err, SIGN_E_KEY_FORMAT, asker->name, NULL, "no private key in it");
}

sign_code
ks_key_read(sign_bytes file, ks_key_asker *asker, ks_key_content *content, sign_error *err)
{
	if (file.len >= 3 && memcmp(file.data, "\xEF\xBB\xBF", 3) == 0)
		file = KS_BYTES(file.data + 3, file.len - 3);
	if (file.len == 0 || memmem(file.data, file.len, "-----BEGIN ", 11) == NULL)
		return read_der_key(file, asker, content, err);
	KS_TRY(read_pem_key(file, asker, content, err));
	return read_pem_certs(file, asker->name, content, err);
}
