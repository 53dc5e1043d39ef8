/*
 * An archive opened and every entry read to its end. What is given is never more than what the directory declared.
 */
#include "fuzz.h"

#include "zip.h"

#include <string.h>

static void
read_entry(const ks_zip *zip, size_t index)
{
	KS_AUTO(ks_auto_source) sign_source *source = NULL;
	static uint8_t block[KS_BLOCK_BYTES];
	sign_error     err = SIGN_ERROR_INIT;
	uint64_t       total = 0;
	size_t         got = 0;
	sign_code      rc = ks_zip_source(zip, index, &source, &err);

	while (rc == SIGN_OK) {
		rc = source->read(source, block, sizeof(block), &got, &err);
		if (rc != SIGN_OK || got == 0)
			break;
		total += got;
		FUZZ_CHECK(total <= ks_zip_at(zip, index)->size_bytes);
	}
	FUZZ_TOLD(rc, err);
	FUZZ_CHECK(rc != SIGN_OK || total == ks_zip_at(zip, index)->size_bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;
	sign_error err = SIGN_ERROR_INIT;
	sign_code  rc;

	FUZZ_CHECK(ks_file_memory("fuzz.zip", KS_BYTES(data, size), &file, NULL) == SIGN_OK);
	rc = ks_zip_open(file, &zip, &err);
	FUZZ_TOLD(rc, err);
	if (rc != SIGN_OK)
		return 0;
	for (size_t i = 0; i < ks_zip_count(zip); i++) {
		const ks_zip_entry *e = ks_zip_at(zip, i);

		FUZZ_CHECK(strlen(e->name) == e->name_len);
		FUZZ_CHECK(ks_zip_find(zip, e->name, e->name_len) == i); /* one name, one entry (attacks.md Z3) */
		read_entry(zip, i);
	}
	return 0;
}
