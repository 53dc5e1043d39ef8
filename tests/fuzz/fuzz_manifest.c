/*
 * A manifest, in two pieces so that what lies on the seam is met too; and the root of an XML document. A name that comes out
 * is one that stays inside its folder.
 */
#include "fuzz.h"

#include "asic_private.h"

static sign_code
on_name(const char *name, size_t len)
{
	FUZZ_CHECK(len > 0 && ks_name_fault(name, len, false) == NULL);
	return SIGN_OK;
}

static sign_code
on_signature(void *user, const char *name, size_t len, bool *wanted, const char **fault, sign_error *err)
{
	(void)user;
	(void)fault;
	(void)err;
	*wanted = true;
	return on_name(name, len);
}

static sign_code
on_reference(void *user, const char *name, size_t len, sign_digest alg, sign_bytes digest, const char **fault, sign_error *err)
{
	(void)user;
	(void)fault;
	(void)err;
	FUZZ_CHECK(alg == SIGN_DIGEST_NONE || digest.len == ks_digest_size(alg));
	return on_name(name, len);
}

static sign_code
on_earlier(void *user, sign_digest alg, sign_bytes digest, const char **fault, sign_error *err)
{
	(void)user;
	(void)fault;
	(void)err;
	FUZZ_CHECK(digest.len == ks_digest_size(alg));
	return SIGN_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const ks_manifest_events events = { on_signature, on_reference, on_earlier };
	KS_AUTO(ks_auto_manifest_reader) ks_manifest_reader *r = NULL;
	sign_error err = SIGN_ERROR_INIT;
	size_t     seam = size > 0 ? data[size - 1] * size / 256 : 0;
	char       ns[128], name[64];
	sign_code  rc;

	(void)ks_xml_root(KS_BYTES(data, size), ns, name);
	FUZZ_CHECK(ks_manifest_reader_new(&events, NULL, "fuzz.xml", &r, NULL) == SIGN_OK);
	rc = ks_manifest_reader_feed(r, data, seam, &err);
	if (rc == SIGN_OK)
		rc = ks_manifest_reader_feed(r, data + seam, size - seam, &err);
	if (rc == SIGN_OK)
		rc = ks_manifest_reader_finish(r, &err);
	FUZZ_TOLD(rc, err);
	return 0;
}
