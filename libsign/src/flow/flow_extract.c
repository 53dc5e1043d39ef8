/*
 * Extracting: judge, then write out exactly the bytes that were judged. Each file is digested again on its way into a
 * hidden file and appears only if the digest is the one its signature states (attacks.md Z2, Z11). Floor: flow.
 */
#include "flow.h"
#include "base_text.h"
#include "crypt_pump.h"
#include "open.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

struct extract {
	sign_worker       *w;
	ks_flow_opened    *opened;
	const sign_report *report;
	ks_arena          *arena;   /* attached content */
	int                folder;
	bool               require_valid;
	char             **folded;  /* names written so far, for case and NFC collisions; sorted on demand */
	size_t             folded_count;
};

static sign_code
open_document(struct extract *x, const struct sign_report_file *f, sign_source **source, sign_error *err)
{
	sign_bytes content;

	if (x->opened->zip != NULL)
		return ks_zip_source(x->opened->zip, f->entry, source, err);
	KS_TRY(ks_open_attached_content(x->opened->file, x->arena, &content, err));
	return sign_source_memory(f->name, content, source, err);
}

/* What may be written at all (design.md 5): intact, covered by a signature that did not fail. No option changes that. */
static sign_code
check_may_write(const struct extract *x, const struct sign_report_file *f, sign_error *err)
{
	const char *fault = ks_name_fault(f->name, strlen(f->name), false);

	if (f->missing)
		return ks_fail(err, SIGN_E_NOT_FOUND, f->name);
	if (f->changed)
		return ks_fail(err, SIGN_E_DIGEST, f->name);
	if (f->edge_for_extract == NULL)
		return ks_fail(err, SIGN_E_NOT_COVERED, f->name);
	if (fault != NULL || !ks_utf8_valid(f->name, strlen(f->name)))
		return ks_fail_why(err, SIGN_E_NAME, f->name, NULL, "%s", fault != NULL ? fault : "is not UTF-8");
	if (x->require_valid && sign_report_verdict(x->report) != SIGN_VERDICT_PASSED)
		return ks_fail(err, SIGN_E_NOT_PASSED, f->name);
	return SIGN_OK;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names equal but for case or NFC: the second is refused, since on many disks it would be the first. */
static sign_code
find_collisions(struct extract *x, sign_error *err)
{
	x->folded = calloc(x->report->file_count + 1, sizeof(*x->folded));
	if (x->folded == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < x->report->file_count; i++) {
		const char *name = x->report->files[i].name;

		if ((x->folded[x->folded_count] = ks_name_fold(name, strlen(name))) != NULL)
			x->folded_count++;
	}
	qsort(x->folded, x->folded_count, sizeof(*x->folded), by_text);
	return SIGN_OK;
}

static bool
collides(const struct extract *x, size_t index)
{
	const char *name = x->report->files[index].name;
	KS_AUTO(ks_auto_mem) char *folded = ks_name_fold(name, strlen(name));
	char *const *found;

	if (folded == NULL)
		return false;
	found = bsearch(&folded, x->folded, x->folded_count, sizeof(*x->folded), by_text);
	if (found == NULL || !((found > x->folded && strcmp(found[-1], folded) == 0) ||
	        (found + 1 < x->folded + x->folded_count && strcmp(found[1], folded) == 0)))
		return false;
	for (size_t i = 0; i < index; i++) { /* rare: only when there is a collision at all */
		KS_AUTO(ks_auto_mem) char *other = ks_name_fold(x->report->files[i].name, strlen(x->report->files[i].name));

		if (other != NULL && strcmp(other, folded) == 0)
			return true;
	}
	return false;
}

static sign_code
into_file(void *user, const void *data, size_t len, sign_error *err)
{
	return ks_output_write(user, data, len, err);
}

static sign_code
copy_checked(struct extract *x, const struct sign_report_file *f, sign_source *source, ks_output *out, sign_error *err)
{
	const ks_edge *edge = f->edge_for_extract;
	ks_digest      digests[SIGN_DIGEST_COUNT];

	KS_TRY(ks_pump_digests(x->w->cx, source, KS_DIGEST_BIT(edge->alg), x->w->read_block, FLOW_READ_BYTES, into_file, out,
	    digests, err));
	if (digests[edge->alg].len != ks_digest_size((sign_digest)edge->alg) ||
	    memcmp(digests[edge->alg].bytes, edge->digest, digests[edge->alg].len) != 0)
		return ks_fail(err, SIGN_E_CHANGED, f->name);
	return SIGN_OK;
}

static sign_code
extract_file(struct extract *x, size_t index, sign_error *err)
{
	const struct sign_report_file *f = &x->report->files[index];
	KS_AUTO(ks_auto_source) sign_source *source = NULL;
	KS_AUTO(ks_auto_output) ks_output *out = NULL;

	KS_TRY(check_may_write(x, f, err));
	if (collides(x, index))
		return ks_fail_why(err, SIGN_E_NAME, f->name, NULL, "differs from another only by case or accents' form");
	KS_TRY(open_document(x, f, &source, err));
	KS_TRY(ks_output_open_beneath(x->folder, f->name, 0, x->w->write_block, FLOW_WRITE_BYTES, &out, err));
	KS_TRY(copy_checked(x, f, source, out, err));
	KS_TRY(ks_output_prepare(out, err));
	return ks_output_publish_one(KS_MOVE(out), KS_SYNC_EACH, err);
}

static sign_code
extract_all(struct extract *x, sign_extracted_fn each, void *user, sign_error *err)
{
	sign_code worst = SIGN_OK;

	KS_TRY(find_collisions(x, err));
	for (size_t i = 0; i < x->report->file_count; i++) {
		sign_error local = SIGN_ERROR_INIT;
		sign_code  code;

		if (!x->report->files[i].needs_cover && x->report->files[i].signed_by_count == 0)
			continue;
		code = extract_file(x, i, &local);
		if (each != NULL)
			each(user, x->report->files[i].name, code, &local);
		if (code != SIGN_OK && worst == SIGN_OK) {
			worst = code;
			if (err != NULL)
				*err = local;
		}
	}
	return worst;
}

sign_code
sign_extract(sign_worker *w, const sign_verifier *v, const char *path, const char *folder, bool require_valid,
    sign_extracted_fn each, void *user, sign_report **report, sign_error *err)
{
	KS_AUTO(ks_flow_opened_clear) ks_flow_opened opened = { NULL, NULL, NULL, NULL };
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	KS_AUTO(ks_auto_fd) int fd = -1;
	struct extract x = { .w = w, .opened = &opened, .arena = arena, .require_valid = require_valid };
	sign_code code;

	*report = NULL;
	if (arena == NULL)
		return ks_fail_memory(err);
	KS_TRY(ks_flow_open(path, NULL, &opened, err));
	KS_TRY(ks_flow_judge(w, v, &opened, report, err));
	if (opened.facts->form == SIGN_FORM_CADES_DETACHED) {
		sign_report_free(KS_MOVE(*report));
		return ks_fail(err, SIGN_E_NO_CONTENT, path);
	}
	x.report = *report;
	code = ks_folder_make(folder, err);
	if (code == SIGN_OK && (fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		code = ks_fail_errno(err, SIGN_E_WRITE, folder);
	if (code != SIGN_OK) {
		sign_report_free(KS_MOVE(*report));
		return code;
	}
	x.folder = fd;
	code = extract_all(&x, each, user, err);
	for (size_t i = 0; i < x.folded_count; i++)
		free(x.folded[i]);
	free(x.folded);
	if (code != SIGN_OK || sign_report_exit(*report) != 0)
		return ks_fail(err, SIGN_E_NOT_PASSED, path);
	return SIGN_OK;
}
