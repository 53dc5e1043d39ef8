/*
 * Helpers of the asic tests.
 */
#include "asic_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char temp_folder[64];

static void
remove_temp(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", temp_folder);
	if (system(command) != 0)
		fprintf(stderr, "%s stays behind\n", temp_folder);
}

struct criterion_test_params
rows_of(size_t *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, count);
}

const char *
corpus_folder(void)
{
	const char *folder = getenv("KYSO_CORPUS");
	const char *ci = getenv("CI");

	if (folder == NULL)
		folder = KS_SOURCE_DIR "/../shared/corpus";
	if (access(folder, R_OK) == 0)
		return folder;
	cr_assert(ci == NULL || strcmp(ci, "true") != 0, "no corpus at %s", folder);
	return NULL;
}

const char *
write_container(const char *file_name, const part *parts, size_t count)
{
	static char     path[256];
	static uint8_t  block[KS_BLOCK_BYTES];
	ks_output      *out = NULL;
	ks_zip_writer  *w = NULL;
	sign_error      err = SIGN_ERROR_INIT;

	if (temp_folder[0] == '\0') {
		strcpy(temp_folder, "/tmp/kyso-unit-XXXXXX");
		cr_assert_not_null(mkdtemp(temp_folder));
		atexit(remove_temp);
	}
	snprintf(path, sizeof(path), "%s/%s", temp_folder, file_name);
	cr_assert_eq(ks_output_open(path, KS_OUTPUT_FORCE, block, sizeof(block), &out, &err), SIGN_OK);
	cr_assert_eq(ks_zip_writer_new(out, 1700000000, &w, &err), SIGN_OK);
	for (size_t i = 0; i < count; i++)
		cr_assert_eq(ks_zip_writer_add(w, parts[i].name, parts[i].bytes, &err), SIGN_OK, "%s: %s", parts[i].name,
		    err.detail);
	cr_assert_eq(ks_zip_writer_finish(w, &err), SIGN_OK);
	ks_zip_writer_free(w);
	cr_assert_eq(ks_output_prepare(out, &err), SIGN_OK);
	cr_assert_eq(ks_output_publish_one(out, KS_SYNC_NONE, &err), SIGN_OK, "%s", err.detail);
	return path;
}

void
sign_detached(ks_crypt *cx, const char *key_name, sign_bytes content, ks_buf *out)
{
	sign_key_options options = SIGN_KEY_OPTIONS_INIT;
	ks_cades_claims  claims = { .signing_time = 1700000000 };
	sign_error       err = SIGN_ERROR_INIT;
	sign_key        *key = NULL;
	ks_signer        signer;
	ks_digest        digest;
	char             path[512];

	snprintf(path, sizeof(path), "%s%s", SAMPLE(""), key_name);
	cr_assert_eq(sign_key_open(path, &options, &key, &err), SIGN_OK, "%s: %s", path, err.detail);
	cr_assert_eq(ks_signer_open(&signer, key, cx, SIGN_SCHEME_NONE, SIGN_DIGEST_NONE, &err), SIGN_OK);
	cr_assert_eq(ks_digest_bytes(cx, signer.digest, content, &digest, &err), SIGN_OK);
	*out = KS_BUF((size_t)1 << 20);
	cr_assert_eq(ks_cades_sign(&signer, &claims, KS_BYTES(digest.bytes, digest.len), out, &err), SIGN_OK);
	ks_signer_close(&signer);
	sign_key_free(key);
}

void
make_manifest(ks_crypt *cx, const char *signature, const part *parts, size_t count, const ks_digest *earlier,
    size_t earlier_count, ks_buf *out)
{
	ks_asic_ref refs[16];
	sign_error  err = SIGN_ERROR_INIT;

	cr_assert_leq(count, COUNT_OF(refs));
	for (size_t i = 0; i < count; i++) {
		refs[i] = (ks_asic_ref){ .name = parts[i].name };
		cr_assert_eq(ks_digest_bytes(cx, SIGN_DIGEST_SHA256, parts[i].bytes, &refs[i].digest, &err), SIGN_OK);
	}
	*out = KS_BUF((size_t)1 << 20);
	cr_assert_eq(ks_asic_manifest_build(signature, SIGN_DIGEST_SHA256, refs, count, earlier, earlier_count, out, &err),
	    SIGN_OK, "%s", err.detail);
}

#define TST_INFO   "1.2.840.113549.1.9.16.1.4"
#define SHA256_OID "2.16.840.1.101.3.4.2.1"
#define CHECK(call) cr_assert_eq((call), SIGN_OK)

static void
put_algorithm(ks_buf *out)
{
	size_t mark;

	CHECK(ks_der_begin(out, 0x30, &mark, NULL));
	CHECK(ks_der_oid(out, SHA256_OID, NULL));
	CHECK(ks_der_end(out, mark, NULL));
}

static void
put_tst_info(ks_buf *out)
{
	static const uint8_t one[] = { 1 }, imprint[32] = { 7 };
	size_t info, mark;

	CHECK(ks_der_begin(out, 0x30, &info, NULL));
	CHECK(ks_der_put(out, 0x02, KS_BYTES(one, 1), NULL));
	CHECK(ks_der_oid(out, "1.2.3.4", NULL));
	CHECK(ks_der_begin(out, 0x30, &mark, NULL));
	put_algorithm(out);
	CHECK(ks_der_put(out, 0x04, KS_BYTES(imprint, sizeof(imprint)), NULL));
	CHECK(ks_der_end(out, mark, NULL));
	CHECK(ks_der_put(out, 0x02, KS_BYTES(one, 1), NULL));
	CHECK(ks_der_put(out, 0x18, TEXT("20260430000000Z"), NULL));
	CHECK(ks_der_end(out, info, NULL));
}

/* Its signer is a sample key's, over something else: form is all that these tests are about. */
void
make_token(ks_crypt *cx, ks_buf *out)
{
	static const uint8_t three[] = { 3 };
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	KS_AUTO(ks_buf_clear) ks_buf detached = KS_BUF(0);
	size_t marks[5];
	ks_cms cms;

	sign_detached(cx, "person-plain.pem", TEXT("x"), &detached);
	CHECK(ks_cms_read(arena, ks_buf_bytes(&detached), "x", &cms, NULL));
	*out = KS_BUF((size_t)1 << 20);
	CHECK(ks_der_begin(out, 0x30, &marks[0], NULL));
	CHECK(ks_der_oid(out, "1.2.840.113549.1.7.2", NULL));
	CHECK(ks_der_begin(out, 0xa0, &marks[1], NULL));
	CHECK(ks_der_begin(out, 0x30, &marks[2], NULL));
	CHECK(ks_der_put(out, 0x02, KS_BYTES(three, 1), NULL));
	CHECK(ks_der_put(out, 0x31, cms.digest_algorithms, NULL));
	CHECK(ks_der_begin(out, 0x30, &marks[3], NULL));
	CHECK(ks_der_oid(out, TST_INFO, NULL));
	CHECK(ks_der_begin(out, 0xa0, &marks[4], NULL));
	{
		KS_AUTO(ks_buf_clear) ks_buf info = KS_BUF(1000);

		put_tst_info(&info);
		CHECK(ks_der_put(out, 0x04, ks_buf_bytes(&info), NULL));
	}
	CHECK(ks_der_end(out, marks[4], NULL));
	CHECK(ks_der_end(out, marks[3], NULL));
	CHECK(ks_der_put(out, 0x31, cms.signers[0].whole, NULL));
	for (size_t i = 3; i > 0; i--)
		CHECK(ks_der_end(out, marks[i - 1], NULL));
}

void
make_record(sign_bytes token, ks_buf *out)
{
	static const uint8_t one[] = { 1 };
	size_t marks[4];

	*out = KS_BUF((size_t)1 << 20);
	CHECK(ks_der_begin(out, 0x30, &marks[0], NULL));
	CHECK(ks_der_put(out, 0x02, KS_BYTES(one, 1), NULL));
	CHECK(ks_der_begin(out, 0x30, &marks[1], NULL));
	put_algorithm(out);
	CHECK(ks_der_end(out, marks[1], NULL));
	for (size_t i = 1; i < 4; i++) /* sequence, chain, archive time-stamp */
		CHECK(ks_der_begin(out, 0x30, &marks[i], NULL));
	CHECK(ks_buf_add(out, token.data, token.len, NULL));
	for (size_t i = 4; i > 0; i--)
		CHECK(ks_der_end(out, marks[i - 1], NULL));
}

void
read_container(reading *r, const char *path, bool outline)
{
	*r = (reading){ .err = SIGN_ERROR_INIT };
	cr_assert_eq(ks_crypt_new(&r->cx, &r->err), SIGN_OK);
	cr_assert_eq(ks_facts_new(path, &r->f, &r->err), SIGN_OK);
	cr_assert_eq(ks_file_open(path, &r->file, &r->err), SIGN_OK, "%s", path);
	r->rc = ks_zip_open(r->file, &r->zip, &r->err);
	if (r->rc == SIGN_OK)
		r->rc = (outline ? ks_asic_outline : ks_asic_read)(r->cx, r->zip, r->f, &r->err);
	cr_assert_eq(r->err.code, r->rc, "%s: error and result disagree", path);
}

void
reading_clear(reading *r)
{
	ks_facts_free(r->f);
	ks_zip_free(r->zip);
	ks_file_free(r->file);
	ks_crypt_free(r->cx);
}

bool
has_note(const ks_facts *f, ks_note_code code)
{
	for (size_t i = 0; i < f->note_count; i++)
		if (f->notes[i].code == code)
			return true;
	return false;
}

const ks_document *
document_of(const ks_facts *f, const char *name)
{
	for (size_t i = 0; i < f->document_count; i++)
		if (strcmp(f->documents[i].name, name) == 0)
			return &f->documents[i];
	return NULL;
}

bool
signature_good(const ks_facts *f, const ks_signature *s)
{
	bool good = f->format_fault == NULL && s->format_fault == NULL && s->value_holds == KS_HOLDS_YES &&
	    s->content_holds == KS_HOLDS_YES && s->edge_count > 0;

	for (size_t i = 0; i < s->edge_count; i++)
		good = good && s->edges[i].state == KS_EDGE_HOLDS;
	return good;
}
