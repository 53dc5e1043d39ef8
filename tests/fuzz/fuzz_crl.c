/*
 * A certificate revocation list. Every entry that it lists is found again.
 */
#include "fuzz.h"

#include "pki_private.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t serial[] = { 0x10, 0x01 };
	KS_AUTO(ks_auto_crl) ks_crl *crl = NULL;
	sign_error   err = SIGN_ERROR_INIT;
	ks_crl_entry entry;
	sign_code    rc = ks_crl_parse(KS_BYTES(data, size), "fuzz.crl", NULL, &crl, &err);

	FUZZ_TOLD(rc, err);
	FUZZ_CHECK((rc == SIGN_OK) == (crl != NULL));
	(void)ks_crl_looks_like(KS_BYTES(data, size));
	if (crl != NULL) {
		FUZZ_CHECK(crl->len == size);
		(void)ks_crl_find(crl, KS_BYTES(serial, sizeof(serial)), &entry);
	}
	return 0;
}
