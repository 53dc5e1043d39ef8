/*
 * Files, samples and throw-away certificates for the tests of crypt.
 */
#include "crypt_support.h"
#include "base_file.h"

#include <criterion/criterion.h>
#include <openssl/rsa.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ks_buf
test_read(const char *path)
{
	ks_buf     bytes = KS_BUF((size_t)64 << 20);
	sign_error err = SIGN_ERROR_INIT;

	cr_assert_eq(ks_file_slurp(path, bytes.max, &bytes, &err), SIGN_OK, "%s: %d", path, (int)err.code);
	return bytes;
}

static sign_code
keep_first(void *user, ks_cert *cert, sign_error *err)
{
	ks_cert **first = user;

	(void)err;
	if (*first == NULL)
		*first = ks_cert_ref(cert);
	return SIGN_OK;
}

ks_cert *
test_sample_cert(const char *name)
{
	char       path[4096];
	ks_cert   *cert = NULL;
	sign_error err = SIGN_ERROR_INIT;

	snprintf(path, sizeof(path), "%s%s.crt", SAMPLES, name);
	KS_AUTO(ks_buf_clear) ks_buf bytes = test_read(path);
	cr_assert_eq(ks_cert_read_all(ks_buf_bytes(&bytes), name, keep_first, NULL, &cert, &err), SIGN_OK, "%s: %s", name,
	    err.detail);
	return cert;
}

ks_buf
test_sample_der(const char *name)
{
	KS_AUTO(ks_auto_cert) ks_cert *cert = test_sample_cert(name);
	ks_buf der = KS_BUF((size_t)1 << 20);

	cr_assert_eq(ks_buf_add(&der, cert->der.data, cert->der.len, NULL), SIGN_OK);
	return der;
}

EVP_PKEY *
test_key(const char *kind)
{
	const char *param = strchr(kind, ':');
	char        name[16];
	EVP_PKEY   *pkey = NULL;

	snprintf(name, sizeof(name), "%.*s", param != NULL ? (int)(param - kind) : (int)strlen(kind), kind);
	KS_AUTO(ks_auto_pkey_ctx) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, name, NULL);
	cr_assert(ctx != NULL && EVP_PKEY_keygen_init(ctx) == 1, "%s", kind);
	if (strncmp(name, "RSA", 3) == 0)
		cr_assert_eq(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, atoi(param + 1)), 1);
	if (strcmp(name, "EC") == 0)
		cr_assert_eq(EVP_PKEY_CTX_set_group_name(ctx, param + 1), 1);
	cr_assert_eq(EVP_PKEY_generate(ctx, &pkey), 1, "%s", kind);
	return pkey;
}

X509 *
test_x509(EVP_PKEY *pkey, EVP_PKEY *signer)
{
	X509         *x = X509_new();
	X509_NAME    *name = X509_get_subject_name(x);
	bool          intrinsic = EVP_PKEY_is_a(signer, "ED25519") || EVP_PKEY_is_a(signer, "ED448");

	cr_assert_eq(X509_set_version(x, X509_VERSION_3), 1);
	cr_assert_eq(ASN1_INTEGER_set(X509_get_serialNumber(x), 7), 1);
	cr_assert_eq(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const uint8_t *)"Test", -1, -1, 0), 1);
	cr_assert_eq(X509_set_issuer_name(x, name), 1);
	cr_assert(ASN1_TIME_set_string(X509_getm_notBefore(x), "20200101000000Z"));
	cr_assert(ASN1_TIME_set_string(X509_getm_notAfter(x), "20491231235959Z"));
	cr_assert_eq(X509_set_pubkey(x, pkey), 1);
	cr_assert_gt(X509_sign(x, signer, intrinsic ? NULL : EVP_sha256()), 0);
	return x;
}

ks_buf
test_der(X509 *x509)
{
	ks_buf   der = KS_BUF((size_t)1 << 20);
	uint8_t *bytes = NULL;
	int      len = i2d_X509(x509, &bytes);

	cr_assert_gt(len, 0);
	cr_assert_eq(ks_buf_add(&der, bytes, (size_t)len, NULL), SIGN_OK);
	OPENSSL_free(bytes);
	return der;
}

char *
test_folder(void)
{
	char *folder = strdup("/tmp/kyso-crypt-XXXXXX");

	cr_assert_not_null(mkdtemp(folder));
	return folder;
}

void
test_folder_remove(char *folder)
{
	test_run("rm -rf '%s'", folder);
	free(folder);
}

void
test_run(const char *fmt, ...)
{
	char    command[4096];
	va_list args;

	va_start(args, fmt);
	vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	cr_assert_eq(system(command), 0, "%s", command);
}
