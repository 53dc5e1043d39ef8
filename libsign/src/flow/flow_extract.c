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

#define EXTRACT_GROUP       64
#define EXTRACT_GROUP_BYTES ((uint64_t)64 << 20)

struct extract {
	sign_worker       *w;
	ks_flow_opened    *opened;
	const sign_report *report;
	ks_arena          *arena;   /* attached content */
	int                folder;
	bool               require_valid;
	sign_extracted_fn  each;
	void              *user;
	sign_code          worst;   /* the first fault of a file */
	char             **twins;   /* folded names that occur more than once, sorted */
	bool              *twin_seen; /* was the first of them met? */
	size_t             twin_count;
	ks_output         *outs[EXTRACT_GROUP]; /* written, not yet visible */
	const char        *names[EXTRACT_GROUP];
	size_t             group_count;
	uint64_t           group_bytes;
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

/* ".bashrc", ".ssh/authorized_keys": nobody sees them come, and programs obey them. */
static bool
is_hidden(const char *name)
{
	return name[0] == '.' || strstr(name, "/.") != NULL;
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
	if (f->edge_for_extract == NULL && f->signed_by_count > 0)
		return ks_fail(err, SIGN_E_SIGNATURE, f->name); /* every signature over it failed */
	if (f->edge_for_extract == NULL)
		return ks_fail(err, SIGN_E_NOT_COVERED, f->name);
	if (fault != NULL || !ks_utf8_valid(f->name, strlen(f->name)))
		return ks_fail_why(err, SIGN_E_NAME, f->name, NULL, "%s", fault != NULL ? fault : "is not UTF-8");
	if (is_hidden(f->name))
		return ks_fail_why(err, SIGN_E_NAME, f->name, NULL, "is a hidden file");
	if (x->require_valid && sign_report_verdict(x->report) != SIGN_VERDICT_PASSED)
		return ks_fail(err, SIGN_E_NOT_PASSED, f->name);
	return SIGN_OK;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Keep, of all folded names, one of each that occurs twice; usually none. */
static void
keep_twins(struct extract *x)
{
	size_t kept = 0;

	qsort(x->twins, x->twin_count, sizeof(*x->twins), by_text);
	for (size_t i = 0; i < x->twin_count; i++) {
		bool again = i + 1 < x->twin_count && strcmp(x->twins[i], x->twins[i + 1]) == 0;
		bool known = kept > 0 && strcmp(x->twins[kept - 1], x->twins[i]) == 0;

		if (again && !known)
			x->twins[kept++] = x->twins[i];
		else
			free(x->twins[i]);
	}
	x->twin_count = kept;
}

/* Names equal but for case or NFC: the second is refused, since on many disks it would be the first. */
static sign_code
find_twins(struct extract *x, sign_error *err)
{
	x->twins = calloc(x->report->file_count + 1, sizeof(*x->twins));
	if (x->twins == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < x->report->file_count; i++) {
		const char *name = x->report->files[i].name;

		if ((x->twins[x->twin_count] = ks_name_fold(name, strlen(name))) != NULL)
			x->twin_count++;
	}
	keep_twins(x);
	x->twin_seen = calloc(x->twin_count + 1, sizeof(*x->twin_seen));
	return x->twin_seen != NULL ? SIGN_OK : ks_fail_memory(err);
}

/* The first of twins is let through and marked; whoever comes later is refused. */
static bool
is_second_twin(struct extract *x, size_t index)
{
	const char *name = x->report->files[index].name;
	KS_AUTO(ks_auto_mem) char *folded = x->twin_count > 0 ? ks_name_fold(name, strlen(name)) : NULL;
	char **found;
	bool   seen;

	if (folded == NULL)
		return false;
	found = bsearch(&folded, x->twins, x->twin_count, sizeof(*x->twins), by_text);
	if (found == NULL)
		return false;
	seen = x->twin_seen[found - x->twins];
	x->twin_seen[found - x->twins] = true;
	return seen;
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
prepare_file(struct extract *x, size_t index, ks_output **out, sign_error *err)
{
	const struct sign_report_file *f = &x->report->files[index];
	KS_AUTO(ks_auto_source) sign_source *source = NULL;
	KS_AUTO(ks_auto_output) ks_output *written = NULL;

	KS_TRY(check_may_write(x, f, err));
	if (is_second_twin(x, index))
		return ks_fail_why(err, SIGN_E_NAME, f->name, NULL, "differs from another only by case or accents' form");
	KS_TRY(open_document(x, f, &source, err));
	KS_TRY(ks_output_open_beneath(x->folder, f->name, 0, x->w->write_block, FLOW_WRITE_BYTES, &written, err));
	KS_TRY(copy_checked(x, f, source, written, err));
	KS_TRY(ks_output_prepare(written, err));
	*out = KS_MOVE(written);
	return SIGN_OK;
}

static void
tell(struct extract *x, const char *name, sign_code code, const sign_error *error)
{
	if (x->each != NULL)
		x->each(x->user, name, code, error);
	if (code != SIGN_OK && x->worst == SIGN_OK)
		x->worst = code;
}

/* Written files appear in groups, synced together. */
static void
publish(struct extract *x)
{
	sign_code  codes[EXTRACT_GROUP];
	sign_error errors[EXTRACT_GROUP];

	for (size_t i = 0; i < x->group_count; i++)
		errors[i] = (sign_error)SIGN_ERROR_INIT;
	ks_output_publish(x->outs, x->group_count, KS_SYNC_GROUP, codes, errors);
	for (size_t i = 0; i < x->group_count; i++)
		tell(x, x->names[i], codes[i], &errors[i]);
	x->group_count = 0;
	x->group_bytes = 0;
}

static sign_code
extract_all(struct extract *x, sign_error *err)
{
	KS_TRY(find_twins(x, err));
	for (size_t i = 0; i < x->report->file_count; i++) {
		const struct sign_report_file *f = &x->report->files[i];
		sign_error                     error = SIGN_ERROR_INIT;
		ks_output                     *out = NULL;
		sign_code                      code;

		if (!f->needs_cover && f->signed_by_count == 0)
			continue;
		code = prepare_file(x, i, &out, &error);
		if (code != SIGN_OK) {
			tell(x, f->name, code, &error);
			continue;
		}
		x->outs[x->group_count] = out;
		x->names[x->group_count++] = f->name;
		x->group_bytes += f->size_bytes;
		if (x->group_count == EXTRACT_GROUP || x->group_bytes >= EXTRACT_GROUP_BYTES)
			publish(x);
	}
	publish(x);
	return SIGN_OK;
}

sign_code
sign_extract(sign_worker *w, const sign_verifier *v, const char *path, const char *folder, bool require_valid,
    sign_extracted_fn each, void *user, sign_report **report, sign_error *err)
{
	KS_AUTO(ks_flow_opened_clear) ks_flow_opened opened = { NULL, NULL, NULL, NULL };
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	KS_AUTO(ks_auto_fd) int fd = -1;
	struct extract x = { .w = w, .opened = &opened, .arena = arena, .require_valid = require_valid, .each = each,
		.user = user };
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
	code = extract_all(&x, err);
	for (size_t i = 0; i < x.twin_count; i++)
		free(x.twins[i]);
	free(x.twins);
	free(x.twin_seen);
	if (code != SIGN_OK) {
		sign_report_free(KS_MOVE(*report));
		return code;
	}
	if (x.worst != SIGN_OK || sign_report_exit(*report) != 0)
		return ks_fail(err, SIGN_E_NOT_PASSED, path);
	return SIGN_OK;
}
