/*
 * What the tests of crypt share: files, sample certificates, and certificates made on the spot.
 */
#ifndef CRYPT_SUPPORT_H
#define CRYPT_SUPPORT_H

#include "crypt.h"
#include "crypt_cert.h"
#include "crypt_openssl.h"

#define SAMPLES KS_SOURCE_DIR "/keys-sample/"

/* Rows travel by index (style.md 10). */
#define ROWS(suite, test, table)                                        \
	ParameterizedTestParameters(suite, test)                        \
	{                                                               \
		static size_t rows_[KS_COUNT(table)];                    \
		for (size_t i_ = 0; i_ < KS_COUNT(table); i_++)         \
			rows_[i_] = i_;                                  \
		return cr_make_param_array(size_t, rows_, KS_COUNT(table)); \
	}                                                               \
	ParameterizedTest(size_t *row, suite, test)

/* The whole file; data is malloc'ed. Aborts the test if it cannot be read. */
ks_buf     test_read(const char *path);
/* The certificate of a sample, parsed; NAME.crt. */
ks_cert   *test_sample_cert(const char *name);
/* DER of that. */
ks_buf     test_sample_der(const char *name);

/* A key pair: "RSA:2048", "RSA-PSS:2048", "EC:P-256", "ED25519", "ED448". */
EVP_PKEY  *test_key(const char *kind);
/* A self-signed certificate over `pkey` (any public key), signed by `signer` with SHA-256 or intrinsically. */
X509      *test_x509(EVP_PKEY *pkey, EVP_PKEY *signer);
ks_buf     test_der(X509 *x509);

/* A folder of this test's own, and its end. */
char      *test_folder(void);
void       test_folder_remove(char *folder);
/* Run a shell command; the test fails if it does. */
void       test_run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
