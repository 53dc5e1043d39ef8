/*
 * Certificates: one in DER, and a file with many in any form. What parses keeps its bytes and shows clean text.
 */
#include "fuzz.h"

#include "base_text.h"
#include "crypt_cert.h"

#include <string.h>

static void
look_at(const ks_cert *cert)
{
	const char *const texts[] = { cert->subject, cert->issuer, cert->subject_cn, cert->subject_o, cert->subject_email,
		cert->issuer_cn, cert->serial_hex };

	for (size_t i = 0; i < KS_COUNT(texts); i++)
		FUZZ_CHECK(texts[i] != NULL && ks_utf8_valid(texts[i], strlen(texts[i])));
	FUZZ_CHECK(cert->issuer_der.data >= cert->der.data && cert->issuer_der.len <= cert->der.len);
}

static sign_code
on_cert(void *user, ks_cert *cert, sign_error *err)
{
	(void)user;
	(void)err;
	look_at(cert);
	return SIGN_OK;
}

static sign_code
on_crl(void *user, sign_bytes der, sign_error *err)
{
	(void)user;
	(void)err;
	FUZZ_CHECK(der.len > 0);
	return SIGN_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	KS_AUTO(ks_auto_cert) ks_cert *cert = NULL;
	sign_error err = SIGN_ERROR_INIT;
	sign_error all = SIGN_ERROR_INIT;
	sign_code  rc = ks_cert_parse(KS_BYTES(data, size), &cert, &err);

	FUZZ_TOLD(rc, err);
	if (rc == SIGN_OK) {
		look_at(cert);
		FUZZ_CHECK(ks_bytes_equal(cert->der, KS_BYTES(data, size)));
	}
	rc = ks_cert_read_all(KS_BYTES(data, size), "fuzz.pem", on_cert, on_crl, NULL, &all);
	FUZZ_TOLD(rc, all);
	return 0;
}
