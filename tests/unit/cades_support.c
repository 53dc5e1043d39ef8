/*
 * Helpers of the cades tests.
 */
#include "cades_support.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

const char *
temp_path(const char *name)
{
	static char     paths[4][160];
	static unsigned turn;
	char           *path = paths[turn++ % COUNT_OF(paths)];

	if (temp_folder[0] == '\0') {
		strcpy(temp_folder, "/tmp/kyso-unit-XXXXXX");
		cr_assert_not_null(mkdtemp(temp_folder));
		atexit(remove_temp);
	}
	snprintf(path, sizeof(paths[0]), "%s/%s", temp_folder, name);
	return path;
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

struct criterion_test_params
rows_of(size_t *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, count);
}

void
slurp(const char *path, ks_buf *out)
{
	sign_error err = SIGN_ERROR_INIT;

	*out = KS_BUF((size_t)64 << 20);
	cr_assert_eq(ks_file_slurp(path, out->max, out, &err), SIGN_OK, "%s: %s", path, err.detail);
}

void
spill(const char *path, sign_bytes bytes)
{
	FILE *file = fopen(path, "wb");

	cr_assert_not_null(file, "%s", path);
	cr_assert_eq(fwrite(bytes.data, 1, bytes.len, file), bytes.len);
	cr_assert_eq(fclose(file), 0);
}

bool
run(const char *fmt, ...)
{
	char    command[2048];
	va_list args;
	int     n, status;

	va_start(args, fmt);
	n = vsnprintf(command, sizeof(command) - 32, fmt, args);
	va_end(args);
	cr_assert(n > 0 && (size_t)n < sizeof(command) - 32);
	strcat(command, " >/dev/null 2>&1");
	status = system(command);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static sign_code
tell_pin(void *user, const sign_secret_request *request, char *secret, size_t cap_bytes, size_t *len, sign_error *err)
{
	static const char pin[] = "mau-2026";

	(void)user;
	(void)request;
	(void)err;
	cr_assert_geq(cap_bytes, sizeof(pin) - 1);
	memcpy(secret, pin, sizeof(pin) - 1);
	*len = sizeof(pin) - 1;
	return SIGN_OK;
}

void
pen_open(struct pen *pen, const char *name, sign_scheme scheme)
{
	sign_key_options options = SIGN_KEY_OPTIONS_INIT;
	sign_error       err = SIGN_ERROR_INIT;
	char             path[512];

	*pen = (struct pen){ 0 };
	options.ask = tell_pin;
	snprintf(path, sizeof(path), SAMPLE("%s.pem"), name);
	cr_assert_eq(ks_crypt_new(&pen->cx, &err), SIGN_OK);
	cr_assert_eq(sign_key_open(path, &options, &pen->key, &err), SIGN_OK, "%s: %d %s", path, (int)err.code, err.detail);
	cr_assert_eq(ks_signer_open(&pen->signer, pen->key, pen->cx, scheme, SIGN_DIGEST_NONE, &err), SIGN_OK, "%s: %d",
	    path, (int)err.code);
}

void
pen_close(struct pen *pen)
{
	ks_signer_close(&pen->signer);
	sign_key_free(pen->key);
	ks_crypt_free(pen->cx);
}

ks_digest
pen_digest(struct pen *pen, sign_bytes content)
{
	ks_digest digest;

	cr_assert_eq(ks_digest_bytes(pen->cx, pen->signer.digest, content, &digest, NULL), SIGN_OK);
	return digest;
}

void
pen_sign(struct pen *pen, sign_bytes content, ks_buf *out)
{
	ks_cades_claims claims = { .signing_time = SIGNED_AT };
	sign_error      err = SIGN_ERROR_INIT;
	ks_digest       digest = pen_digest(pen, content);

	cr_assert_eq(ks_cades_sign(&pen->signer, &claims, KS_BYTES(digest.bytes, digest.len), out, &err), SIGN_OK, "%d %s",
	    (int)err.code, err.detail);
}

static void
bind_all(struct read *r, sign_bytes content)
{
	ks_hasher hasher;
	ks_digest digests[SIGN_DIGEST_COUNT] = { 0 };

	if (content.data == NULL || r->needed == 0)
		return;
	cr_assert_eq(ks_hasher_start(&hasher, r->cx, r->needed, &r->err), SIGN_OK);
	cr_assert_eq(ks_hasher_add(&hasher, content.data, content.len, &r->err), SIGN_OK);
	cr_assert_eq(ks_hasher_finish(&hasher, digests, &r->err), SIGN_OK);
	for (size_t i = 0; i < r->count; i++)
		ks_cades_bind(&r->f->signatures[i], digests);
}

void
read_cms(struct read *r, sign_bytes cms, sign_bytes content)
{
	size_t first;

	*r = (struct read){ .err = SIGN_ERROR_INIT };
	cr_assert_eq(ks_crypt_new(&r->cx, &r->err), SIGN_OK);
	cr_assert_eq(ks_facts_new("test", &r->f, &r->err), SIGN_OK);
	r->rc = ks_cades_read(r->cx, r->f, cms, "test.p7s", &first, &r->count, &r->needed, &r->content, &r->err);
	cr_assert_eq(r->err.code, r->rc, "error and result disagree");
	if (r->rc == SIGN_OK) {
		cr_assert_eq(first, 0);
		for (size_t i = 0; i < r->f->signature_count; i++) /* counter-signatures come after all others */
			cr_assert_eq(r->f->signatures[i].is_countersignature, i >= r->count);
		bind_all(r, content.data != NULL ? content : r->content);
	}
}

void
read_clear(struct read *r)
{
	ks_facts_free(r->f);
	ks_crypt_free(r->cx);
}

bool
has_note(const ks_signature *s, ks_note_code code)
{
	for (size_t i = 0; i < s->note_count; i++)
		if (s->notes[i].code == code)
			return true;
	return false;
}

bool
all_good(const struct read *r)
{
	if (r->rc != SIGN_OK || r->f->signature_count == 0)
		return false;
	for (size_t i = 0; i < r->f->signature_count; i++) {
		const ks_signature *s = &r->f->signatures[i];

		if (s->format_fault != NULL || s->value_holds != KS_HOLDS_YES || s->content_holds != KS_HOLDS_YES ||
		    s->signer == NULL || s->ess != KS_ESS_MATCH)
			return false;
	}
	return true;
}
