/*
 * SignedData into facts, with everything that hangs on it: attributes, certificates, counter-signatures. What can be read
 * can be added to, and then holds one signer more.
 */
#include "fuzz.h"

#include "cades.h"

#include <string.h>

/* A SignerInfo with a version and nothing else: enough for the splice, which looks at no signer. */
static const uint8_t stub[] = { 0x30, 0x03, 0x02, 0x01, 0x01 };

static void
append(const ks_cms *cms)
{
	KS_AUTO(ks_buf_clear) ks_buf out = KS_BUF((size_t)1 << 26);
	sign_bytes rest;
	ks_tlv     tlv;

	FUZZ_CHECK(ks_cms_append(cms, SIGN_DIGEST_SHA256, NULL, 0, KS_BYTES(stub, sizeof(stub)), &out, NULL) == SIGN_OK);
	rest = ks_buf_bytes(&out);
	FUZZ_CHECK(ks_tlv_expect(&rest, 0x30, &tlv) && rest.len == 0);
	FUZZ_CHECK(memmem(out.data, out.len, stub, sizeof(stub)) != NULL);
}

static void
read_facts(ks_crypt *cx, sign_bytes input)
{
	KS_AUTO(ks_auto_facts) ks_facts *f = NULL;
	sign_error    err = SIGN_ERROR_INIT;
	ks_digest     digests[SIGN_DIGEST_COUNT];
	ks_digest_set needed;
	sign_bytes    content;
	size_t        first, count;
	sign_code     rc;

	FUZZ_CHECK(ks_facts_new("fuzz", &f, NULL) == SIGN_OK);
	rc = ks_cades_read(cx, f, input, "fuzz.p7s", &first, &count, &needed, &content, &err);
	FUZZ_TOLD(rc, err);
	if (rc != SIGN_OK)
		return;
	memset(digests, 0, sizeof(digests));
	digests[SIGN_DIGEST_SHA256].len = 32;
	for (size_t i = 0; i < f->signature_count; i++) {
		FUZZ_CHECK(f->signatures[i].is_countersignature == (i >= count));
		FUZZ_CHECK(!f->signatures[i].is_countersignature || f->signatures[i].countersigns < count);
	}
	for (size_t i = first; i < first + count; i++) {
		const ks_signature *s = &f->signatures[i];

		ks_cades_bind(&f->signatures[i], digests);
		FUZZ_CHECK(s->content_holds != KS_HOLDS_YES ||
		    (s->digest_alg == SIGN_DIGEST_SHA256 && ks_bytes_equal(s->message_digest, KS_BYTES(digests[s->digest_alg].bytes, 32))));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static ks_crypt *cx;
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	sign_error err = SIGN_ERROR_INIT;
	ks_cms     cms;
	sign_code  rc;

	if (cx == NULL)
		FUZZ_CHECK(ks_crypt_new(&cx, NULL) == SIGN_OK);
	(void)ks_cms_sniff(KS_BYTES(data, size));
	rc = ks_cms_read(arena, KS_BYTES(data, size), "fuzz.p7s", &cms, &err);
	FUZZ_TOLD(rc, err);
	if (rc == SIGN_OK)
		append(&cms);
	read_facts(cx, KS_BYTES(data, size));
	return 0;
}
