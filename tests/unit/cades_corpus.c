/*
 * Signatures made by peers: each row of the corpus's table with a CMS, bare or in a container, gives what stands there.
 * Trust and time-stamps are not looked at here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cades_support.h"
#include "zip.h"

struct row {
	char path[256], kind[32], special[512], integrity[256];
};

static bool
next_row(FILE *table, struct row *row)
{
	char  line[4096];
	char *fields[4], *at = line;

	if (fgets(line, sizeof(line), table) == NULL)
		return false;
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		fields[i] = strsep(&at, "\t");
		cr_assert_not_null(fields[i], "a short row");
	}
	snprintf(row->path, sizeof(row->path), "%s", fields[0]);
	snprintf(row->kind, sizeof(row->kind), "%s", fields[1]);
	snprintf(row->special, sizeof(row->special), "%s", fields[2]);
	snprintf(row->integrity, sizeof(row->integrity), "%s", fields[3]);
	return true;
}

/* The document that "content=" names; data NULL if none. */
static void
content_of(const char *folder, const struct row *row, ks_buf *out)
{
	const char *named = strstr(row->special, "content=");
	char        path[768];

	*out = KS_BUF(0);
	if (named == NULL)
		return;
	named += strlen("content=");
	snprintf(path, sizeof(path), "%s/%.*s", folder, (int)strcspn(named, "; "), named);
	slurp(path, out);
}

/* "sigs=good/all"; the table counts counter-signatures too. */
static void
check_counts(const struct row *row, const struct read *r)
{
	const char *sigs = strstr(row->integrity, "sigs=");
	size_t      good = 0, all = 0, want_good, want_all;

	for (size_t i = 0; i < r->f->signature_count; i++) {
		const ks_signature *s = &r->f->signatures[i];

		cr_expect_null(s->format_fault == NULL || strstr(row->integrity, "broken") ? NULL : s->format_fault,
		    "%s: %s", row->path, s->format_fault);
		all++;
		good += s->value_holds == KS_HOLDS_YES && s->content_holds == KS_HOLDS_YES;
	}
	if (sigs == NULL) {
		cr_expect(strncmp(row->integrity, "indeterminate", 13) == 0, "%s: what is %s?", row->path, row->integrity);
		cr_expect_eq(r->f->signatures[0].value_holds, KS_HOLDS_UNKNOWN, "%s: value without a key", row->path);
		cr_expect_null(r->f->signatures[0].signer, "%s: a signer from nowhere", row->path);
		return;
	}
	cr_assert_eq(sscanf(sigs, "sigs=%zu/%zu", &want_good, &want_all), 2);
	cr_expect_eq(good, want_good, "%s: %zu good of %zu, expected %s", row->path, good, all, row->integrity);
	cr_expect_eq(all, want_all, "%s: %zu of %zu, expected %s", row->path, good, all, row->integrity);
}

static void
check_row(const char *folder, const struct row *row)
{
	KS_AUTO(ks_buf_clear) ks_buf cms = KS_BUF(0);
	KS_AUTO(ks_buf_clear) ks_buf content = KS_BUF(0);
	char        path[768];
	struct read r;

	snprintf(path, sizeof(path), "%s/%s", folder, row->path);
	slurp(path, &cms);
	content_of(folder, row, &content);
	read_cms(&r, ks_buf_bytes(&cms), ks_buf_bytes(&content));
	cr_expect_eq(r.rc, SIGN_OK, "%s: %s", row->path, r.err.detail);
	if (r.rc == SIGN_OK)
		check_counts(row, &r);
	read_clear(&r);
}

/* ---- the signatures inside containers: sound CMS over one of the entries, whatever the manifests then say ---- */

static bool
ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), e = strlen(end);

	return n >= e && strcmp(name + n - e, end) == 0;
}

/* Does some entry other than the signature make every signature in it hold? */
static bool
some_entry_fits(const ks_zip *zip, sign_bytes cms)
{
	for (size_t i = 0; i < ks_zip_count(zip); i++) {
		KS_AUTO(ks_buf_clear) ks_buf entry = KS_BUF((size_t)16 << 20);
		struct read r;
		bool        good = true;

		if (ks_zip_at(zip, i)->is_folder || ks_zip_slurp(zip, i, entry.max, &entry, NULL) != SIGN_OK)
			continue;
		read_cms(&r, cms, entry.len > 0 ? ks_buf_bytes(&entry) : KS_BYTES("", 0));
		for (size_t k = 0; r.rc == SIGN_OK && k < r.f->signature_count; k++)
			good = good && r.f->signatures[k].value_holds == KS_HOLDS_YES &&
			    r.f->signatures[k].content_holds == KS_HOLDS_YES && r.f->signatures[k].format_fault == NULL;
		good = good && r.rc == SIGN_OK && r.f->signature_count > 0;
		read_clear(&r);
		if (good)
			return true;
	}
	return false;
}

static size_t
check_container(const char *folder, const struct row *row)
{
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;
	sign_error err = SIGN_ERROR_INIT;
	char       path[768];
	size_t     found = 0;

	snprintf(path, sizeof(path), "%s/%s", folder, row->path);
	cr_assert_eq(ks_file_open(path, &file, &err), SIGN_OK);
	if (ks_zip_open(file, &zip, &err) != SIGN_OK)
		return 0; /* the zip room's tests say why */
	for (size_t i = 0; i < ks_zip_count(zip); i++) {
		KS_AUTO(ks_buf_clear) ks_buf cms = KS_BUF(KS_CMS_MAX_BYTES);
		/* a manifest's own faults are not the signature's; the last two have faults in the CMS itself */
		bool want = strstr(row->path, "emptyCertStore") == NULL && strstr(row->path, "cades-invalid-digest-algo") == NULL &&
		    strstr(row->path, "containerWithCounterSig") == NULL;

		if (!ends_with(ks_zip_at(zip, i)->name, ".p7s"))
			continue;
		cr_assert_eq(ks_zip_slurp(zip, i, cms.max, &cms, &err), SIGN_OK, "%s: %s", row->path, err.detail);
		cr_expect_eq(some_entry_fits(zip, ks_buf_bytes(&cms)), want, "%s: %s", row->path, ks_zip_at(zip, i)->name);
		found++;
	}
	return found;
}

Test(corpus, signatures_give_the_expected_facts)
{
	const char *folder = corpus_folder();
	char        path[512];
	struct row  row;
	size_t      bare = 0, inside = 0;
	FILE       *table;

	if (folder == NULL)
		cr_skip_test("no corpus here");
	snprintf(path, sizeof(path), "%s/expected.tsv", folder);
	table = fopen(path, "r");
	cr_assert_not_null(table, "%s", path);
	while (next_row(table, &row)) {
		if (strcmp(row.kind, "cades") == 0) {
			check_row(folder, &row);
			bare++;
		} else if (strcmp(row.kind, "asice-cades") == 0 || strcmp(row.kind, "asics-cades") == 0) {
			inside += check_container(folder, &row);
		}
	}
	fclose(table);
	cr_expect_gt(bare, 15, "only %zu bare signatures", bare);
	cr_expect_gt(inside, 12, "only %zu signatures in containers", inside);
}

/* Facts of single files that the table has no column for. */
static const struct { const char *file; ks_note_code note; ks_ess_state ess; size_t stamps, archives, counters; } known[] = {
	{ "cades/BER_reordered_prova.txt.p7m",         KS_NOTE_ATTRS_NOT_DER,                 KS_ESS_MATCH,  0, 0, 0 },
	{ "cades/C-B-B-basic.p7m",                     KS_NOTE_NONE,                          KS_ESS_MATCH,  0, 0, 0 },
	{ "cades/Test.bin.sig",                        KS_NOTE_NO_SIGNING_CERT_ATTR,          KS_ESS_ABSENT, 0, 0, 0 },
	{ "cades/CAdESDoubleLTA.p7m",                  KS_NOTE_ARCHIVE_NOT_EXAMINED,          KS_ESS_MATCH,  1, 2, 0 },
	{ "cades/cadesLTAwithATv2.sig",                KS_NOTE_ARCHIVE_NOT_EXAMINED,          KS_ESS_MATCH,  1, 1, 0 },
	{ "cades/counterSig.p7m",                      KS_NOTE_TIMESTAMP_NOT_EXAMINED,        KS_ESS_MATCH,  1, 0, 1 },
	{ "cades/cades-t-copied-sigtst.p7m",           KS_NOTE_TIMESTAMP_NOT_EXAMINED,        KS_ESS_MATCH,  1, 0, 0 },
};
ParameterizedTestParameters(corpus, single_files)
{
	static size_t rows[COUNT_OF(known)];

	return rows_of(rows, COUNT_OF(known));
}
ParameterizedTest(size_t *index, corpus, single_files)
{
	KS_AUTO(ks_buf_clear) ks_buf cms = KS_BUF(0);
	const char         *folder = corpus_folder();
	const ks_signature *s;
	char                path[512];
	struct read         r;

	if (folder == NULL)
		cr_skip_test("no corpus here");
	snprintf(path, sizeof(path), "%s/%s", folder, known[*index].file);
	slurp(path, &cms);
	read_cms(&r, ks_buf_bytes(&cms), KS_BYTES(NULL, 0));
	cr_assert_eq(r.rc, SIGN_OK, "%s", known[*index].file);
	s = &r.f->signatures[0];
	cr_expect(known[*index].note == KS_NOTE_NONE || has_note(s, known[*index].note), "%s: note", known[*index].file);
	cr_expect_eq(s->ess, known[*index].ess, "%s: ess %d", known[*index].file, (int)s->ess);
	cr_expect_eq(s->timestamp_count, known[*index].stamps, "%s: %zu", known[*index].file, s->timestamp_count);
	cr_expect_eq(s->archive_stamp_count, known[*index].archives, "%s: %zu", known[*index].file, s->archive_stamp_count);
	cr_expect_eq(s->countersignature_count, known[*index].counters, "%s", known[*index].file);
	read_clear(&r);
}
