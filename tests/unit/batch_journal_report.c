/*
 * Reports of a journal: complete, and harmless whatever a document is called.
 */
#include "batch_journal.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <jansson.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOURNAL "x.journal"

static char folder[] = "/tmp/kyso-unit-XXXXXX";

static void
set_up(void)
{
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
	setenv("TZ", "Asia/Ho_Chi_Minh", 1);
	sign_language_set("en");
}

static void
tear_down(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	cr_assert_eq(system(command), 0);
}

TestSuite(batch_journal_report, .init = set_up, .fini = tear_down);

typedef struct {
	char  *data;
	size_t len;
	size_t limit; /* refuse after this many bytes; 0: never */
} text;

static bool
take(void *user, const char *piece, size_t len)
{
	text *t = user;

	if (t->limit > 0 && t->len + len > t->limit)
		return false;
	t->data = realloc(t->data, t->len + len + 1);
	cr_assert_not_null(t->data);
	memcpy(t->data + t->len, piece, len);
	t->len += len;
	t->data[t->len] = '\0';
	return true;
}

static const char *const roots[] = { "/office/in", NULL };

static void
record(sign_journal *j, const char *path, const char *output, sign_code code)
{
	static const uint8_t digest[32] = { 0xd1, 0x9e };
	sign_error           err = { code, "", "", "", "" };
	sign_batch_result    r = { .path = path, .output = output, .code = code, .error = &err, .size_bytes = 1234,
		.mtime_ns = 1790000000123456789, .started_ns = 1790000001000000000, .finished_ns = 1790000002000000000 };

	snprintf(err.subject, sizeof(err.subject), "%s", path);
	if (code == SIGN_OK) {
		r.digest = KS_BYTES(digest, 32);
		r.output_bytes = 4321;
	}
	cr_assert_eq(sign_journal_record(j, &r, NULL), SIGN_OK);
}

static void
fill(const char *const paths[], size_t count, sign_code code)
{
	sign_journal_run run = { "sign", "{\"form\":\"asice-cades\"}", roots, "/office/out", "aabb", SIGN_DURABILITY_NONE, false, 0 };
	sign_journal    *j = NULL;

	cr_assert_eq(sign_journal_open(JOURNAL, &j, NULL), SIGN_OK);
	cr_assert_eq(sign_journal_begin(j, &run, NULL), SIGN_OK);
	for (size_t i = 0; i < count; i++)
		record(j, paths[i], "/office/out/x.asice", code);
	cr_assert_eq(sign_journal_close(j, true, NULL), SIGN_OK);
}

static void
report(sign_journal_format format, text *t)
{
	sign_error err = SIGN_ERROR_INIT;

	cr_assert_eq(sign_journal_report(JOURNAL, format, take, t, &err), SIGN_OK, "%d %s", (int)err.code, err.detail);
}

/* ---- names that attack the reader ------------------------------------------------------------------------------------ */

static const struct { const char *label, *name, *csv, *html; } hostile[] = {
	{ "formula",        "/=1+1.pdf", "/=1+1.pdf", "/=1+1.pdf" },
	{ "quote",          "/office/in/a\"b.pdf", "a\"\"b.pdf", "a&quot;b.pdf" },
	{ "comma",          "/office/in/a,b.pdf", "/office/in/a,b.pdf\"", "a,b.pdf" },
	{ "new line",       "/office/in/a\nb.pdf", "a\\x0ab.pdf", "a\\x0ab.pdf" },
	{ "element",        "/office/in/<script>alert(1)</script>", "<script>", "&lt;script&gt;alert(1)&lt;" },
	{ "entity",         "/office/in/a&lt;b.pdf", "a&lt;b.pdf", "a&amp;lt;b.pdf" },
	{ "terminal",       "/office/in/a\033[31mb.pdf", "a\\x1b[31mb.pdf", "a\\x1b[31mb.pdf" },
	{ "right to left",  "/office/in/fdp\xe2\x80\xae.exe", "fdp\\u{202e}.exe", "fdp\\u{202e}.exe" },
	{ "not UTF-8",      "/office/in/C\xf4ng.pdf", "C\\xf4ng.pdf", "C\\xf4ng.pdf" },
	{ "Vietnamese",     "/office/in/Quyết định.pdf", "Quyết định.pdf", "Quyết định.pdf" },
};

ParameterizedTestParameters(batch_journal_report, names_are_harmless)
{
	static size_t rows[KS_COUNT(hostile)];

	for (size_t i = 0; i < KS_COUNT(hostile); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, KS_COUNT(hostile));
}

ParameterizedTest(size_t *row, batch_journal_report, names_are_harmless)
{
	const char *const paths[] = { hostile[*row].name };
	text csv = { NULL, 0, 0 }, html = { NULL, 0, 0 }, json = { NULL, 0, 0 }, plain = { NULL, 0, 0 };
	json_t *root;

	fill(paths, 1, SIGN_OK);
	report(SIGN_JOURNAL_CSV, &csv);
	cr_expect_eq(memcmp(csv.data, "\xEF\xBB\xBF\"", 4), 0);
	cr_expect_not_null(strstr(csv.data, hostile[*row].csv), "%s: %s", hostile[*row].label, csv.data);
	cr_expect_eq(strstr(strstr(csv.data, "\r\n") + 2, "\r\n") - csv.data, (ptrdiff_t)csv.len - 2, "%s: a record is a line",
	    hostile[*row].label);
	report(SIGN_JOURNAL_HTML, &html);
	cr_expect_not_null(strstr(html.data, hostile[*row].html), "%s: %s", hostile[*row].label, html.data);
	cr_expect_null(strstr(html.data, "<script"), "%s", hostile[*row].label);
	report(SIGN_JOURNAL_JSON, &json);
	root = json_loads(json.data, 0, NULL);
	cr_expect_not_null(root, "%s: %s", hostile[*row].label, json.data);
	json_decref(root);
	report(SIGN_JOURNAL_TEXT_ALL, &plain);
	cr_expect_null(strchr(plain.data, '\033'));
	free(csv.data);
	free(html.data);
	free(json.data);
	free(plain.data);
}

/* A path is absolute and so no formula; what a fault names is not. */
Test(batch_journal_report, no_cell_is_a_formula)
{
	static const char *const starts[] = { "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)" };
	sign_journal_run run = { "sign", "{}", roots, NULL, "", SIGN_DURABILITY_NONE, false, 0 };
	sign_journal    *j = NULL;
	text             csv = { NULL, 0, 0 };

	cr_assert_eq(sign_journal_open(JOURNAL, &j, NULL), SIGN_OK);
	cr_assert_eq(sign_journal_begin(j, &run, NULL), SIGN_OK);
	record(j, "/a", NULL, SIGN_E_USAGE);
	cr_assert_eq(sign_journal_close(j, true, NULL), SIGN_OK);
	for (size_t i = 0; i < KS_COUNT(starts); i++) {
		KS_AUTO(ks_auto_mem) char *statement = sqlite3_mprintf("UPDATE item SET path = CAST(%Q AS BLOB), root = -1, subject = %Q, output = "
		                                                      "CAST(%Q AS BLOB)", starts[i], starts[i], starts[i]);
		char    *copy = strdup(statement);
		sqlite3 *db = NULL;

		sqlite3_free(KS_MOVE(statement));
		cr_assert_eq(sqlite3_open(JOURNAL, &db), SQLITE_OK);
		cr_assert_eq(sqlite3_exec(db, copy, NULL, NULL, NULL), SQLITE_OK);
		sqlite3_close(db);
		free(copy);
		csv = (text){ NULL, 0, 0 };
		report(SIGN_JOURNAL_CSV, &csv);
		for (const char *cell = strchr(csv.data, '"'); cell != NULL; cell = strstr(cell + 1, ",\""))
			cr_expect_null(strchr("=+-@", cell[cell[0] == ',' ? 2 : 1]), "%s: %.20s", starts[i], cell);
		cr_expect_not_null(strstr(csv.data, "\"'"), "%s", starts[i]);
		free(csv.data);
	}
}

/* ---- what is told ------------------------------------------------------------------------------------------------------ */

Test(batch_journal_report, counts_and_reasons)
{
	static const char *const good[] = { "/office/in/a.pdf", "/office/in/b.pdf" };
	static const char *const bad[] = { "/office/in/c.pdf" };
	text    plain = { NULL, 0, 0 }, json = { NULL, 0, 0 }, line = { NULL, 0, 0 };
	json_t *root, *run, *item;

	fill(good, 2, SIGN_OK);
	fill(bad, 1, SIGN_E_CHANGED_SINCE);
	report(SIGN_JOURNAL_TEXT, &plain);
	cr_expect_not_null(strstr(plain.data, "FAILED 1, signed 2"), "%s", plain.data);
	cr_expect_not_null(strstr(plain.data, "was changed after it was signed"), "%s", plain.data);
	cr_expect_null(strstr(plain.data, "a.pdf"), "only what failed: %s", plain.data);
	report(SIGN_JOURNAL_JSON, &json);
	root = json_loads(json.data, 0, NULL);
	run = json_array_get(json_object_get(root, "runs"), 0);
	cr_expect_eq(json_array_size(json_object_get(root, "runs")), 1, "the same command is the same run");
	cr_expect_eq(json_integer_value(json_object_get(json_object_get(run, "counts"), "done")), 2);
	cr_expect_eq(json_integer_value(json_object_get(json_object_get(run, "counts"), "failed")), 1);
	cr_expect_str_eq(json_string_value(json_object_get(json_object_get(run, "options"), "form")), "asice-cades");
	item = json_array_get(json_object_get(run, "items"), 0);
	cr_expect_str_eq(json_string_value(json_object_get(item, "path")), "/office/in/a.pdf");
	cr_expect_eq(strncmp(json_string_value(json_object_get(item, "digest")), "d19e00", 6), 0);
	item = json_array_get(json_object_get(run, "items"), 2);
	cr_expect_str_eq(json_string_value(json_object_get(item, "code")), "SIGN_E_CHANGED_SINCE");
	json_decref(root);
	report(SIGN_JOURNAL_JSONL, &line);
	cr_expect_eq(strchr(line.data, '\n') - line.data, (ptrdiff_t)line.len - 1, "one line");
	free(plain.data);
	free(json.data);
	free(line.data);
}

/* A mutex in the journal is held by its run, not by who reads. */
Test(batch_journal_report, while_a_run_is_at_work)
{
	sign_journal_run run = { "sign", "{}", roots, NULL, "", SIGN_DURABILITY_GROUP, false, 0 };
	sign_journal    *j = NULL;
	text             plain = { NULL, 0, 0 };

	cr_assert_eq(sign_journal_open(JOURNAL, &j, NULL), SIGN_OK);
	cr_assert_eq(sign_journal_begin(j, &run, NULL), SIGN_OK);
	for (int i = 0; i < 600; i++) {
		char path[32];

		snprintf(path, sizeof(path), "/a%03d", i);
		record(j, path, NULL, SIGN_OK);
	}
	report(SIGN_JOURNAL_TEXT, &plain);
	cr_expect_not_null(strstr(plain.data, "NOT FINISHED"), "%s", plain.data);
	cr_expect_not_null(strstr(plain.data, "signed 512"), "what is committed: %s", plain.data);
	cr_assert_eq(sign_journal_close(j, true, NULL), SIGN_OK);
	free(plain.data);
}

Test(batch_journal_report, what_is_no_journal)
{
	sign_error err = SIGN_ERROR_INIT;
	text       t = { NULL, 0, 0 };
	FILE      *f = fopen("x", "we");

	fputs("SQLite format 3, nearly", f);
	fclose(f);
	cr_expect_eq(sign_journal_report("x", SIGN_JOURNAL_CSV, take, &t, &err), SIGN_E_JOURNAL);
	cr_expect_eq(sign_journal_report("nowhere", SIGN_JOURNAL_CSV, take, &t, &err), SIGN_E_NOT_FOUND);
	cr_expect_eq(sign_journal_report("x", (sign_journal_format)77, take, &t, &err), SIGN_E_USAGE);
	cr_expect_not(sign_journal_is("x"));
	cr_expect_not(sign_journal_is("."));
	cr_expect_not(sign_journal_is("nowhere"));
	cr_expect_eq(t.len, 0);
}

Test(batch_journal_report, a_reader_that_stops)
{
	static const char *const paths[] = { "/office/in/a.pdf" };
	sign_error err = SIGN_ERROR_INIT;
	text       t = { NULL, 0, 10 };

	fill(paths, 1, SIGN_OK);
	cr_expect(sign_journal_is(JOURNAL));
	cr_expect_eq(sign_journal_report(JOURNAL, SIGN_JOURNAL_HTML, take, &t, &err), SIGN_E_WRITE);
	cr_expect_eq(err.code, SIGN_E_WRITE);
	free(t.data);
}
