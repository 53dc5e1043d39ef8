/*
 * Containers made by peers: each ASiC-with-CAdES row of the corpus's table gives the counts that stand there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asic_support.h"

typedef struct { char path[256], kind[64], integrity[256]; } corpus_row;

static bool
next_row(FILE *table, corpus_row *out)
{
	char  line[4096];
	char *fields[4], *at = line;

	if (fgets(line, sizeof(line), table) == NULL)
		return false;
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		fields[i] = strsep(&at, "\t");
		cr_assert_not_null(fields[i], "a short row");
	}
	snprintf(out->path, sizeof(out->path), "%s", fields[0]);
	snprintf(out->kind, sizeof(out->kind), "%s", fields[1]);
	snprintf(out->integrity, sizeof(out->integrity), "%s", fields[3]);
	return true;
}

/* The table counts counter-signatures too. */
static void
check_row(const char *folder, const corpus_row *row)
{
	const char *sigs = strstr(row->integrity, "sigs=");
	size_t      good = 0, all = 0, want_good = 0, want_all = 1;
	char        path[768];
	reading     r;

	snprintf(path, sizeof(path), "%s/%s", folder, row->path);
	read_container(&r, path, false);
	cr_assert_eq(r.rc, SIGN_OK, "%s: %d %s %s", row->path, (int)r.rc, r.err.where, r.err.detail);
	if (sigs != NULL)
		cr_assert_eq(sscanf(sigs, "sigs=%zu/%zu", &want_good, &want_all), 2);
	for (size_t i = 0; i < r.f->signature_count; i++) {
		const ks_signature *s = &r.f->signatures[i];

		all++;
		good += s->is_countersignature ? s->format_fault == NULL && s->value_holds == KS_HOLDS_YES &&
		        s->content_holds == KS_HOLDS_YES : signature_good(r.f, s);
	}
	cr_expect_eq(good, want_good, "%s: %zu good of %zu, expected %s; %s", row->path, good, all, row->integrity,
	    r.f->signature_count > 0 && r.f->signatures[0].format_fault != NULL ? r.f->signatures[0].format_fault : "");
	cr_expect_eq(all, want_all, "%s: %zu of %zu, expected %s", row->path, good, all, row->integrity);
	for (size_t i = 0; i < r.f->document_count; i++) { /* some have a folder entry META-INF/ */
		const char *name = r.f->documents[i].name;

		cr_expect(!r.f->documents[i].needs_cover || name[strlen(name) - 1] != '/', "%s: %s", row->path, name);
	}
	reading_clear(&r);
}

Test(asic_corpus, peers_containers)
{
	const char *folder = corpus_folder();
	char        table_path[512];
	FILE       *table;
	size_t      checked = 0;
	corpus_row  row;

	if (folder == NULL)
		cr_skip_test("no corpus here");
	snprintf(table_path, sizeof(table_path), "%s/expected.tsv", folder);
	table = fopen(table_path, "r");
	cr_assert_not_null(table);
	while (next_row(table, &row)) {
		bool cades = strcmp(row.kind, "asice-cades") == 0 || strcmp(row.kind, "asics-cades") == 0;

		if (!cades && strstr(row.path, "/cades-lt-with-er.sce") == NULL)
			continue;
		check_row(folder, &row);
		checked++;
	}
	fclose(table);
	cr_expect_geq(checked, 20, "only %zu rows", checked);
}
