/*
 * Reading a journal from its beginning to its end, in the order of runs and paths, while another process may be writing it.
 * Floor: batch.
 */
#include "batch_journal_page.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PEN_BYTES ((size_t)32 * 1024)
#define MAX_ROOTS 1000 /* told of a run; its items are whole all the same */

/* ---- the pen -------------------------------------------------------------------------------------------------------- */

static void
flush(journal_pen *pen)
{
	if (pen->code == SIGN_OK && pen->text.len > 0 && !pen->put(pen->user, (const char *)pen->text.data, pen->text.len))
		pen->code = ks_fail(pen->err, SIGN_E_WRITE, pen->journal);
	pen->text.len = 0;
}

void
ks_pen_put(journal_pen *pen, const char *text)
{
	if (pen->code == SIGN_OK)
		pen->code = ks_buf_add(&pen->text, text, strlen(text), pen->err);
	if (pen->text.len >= PEN_BYTES)
		flush(pen);
}

void
ks_pen_putf(journal_pen *pen, const char *fmt, ...)
{
	KS_AUTO(ks_auto_mem) char *text = NULL;
	va_list args;
	int     n;

	va_start(args, fmt);
	n = vasprintf(&text, fmt, args);
	va_end(args);
	if (n < 0) {
		text = NULL;
		pen->code = pen->code == SIGN_OK ? ks_fail_memory(pen->err) : pen->code;
		return;
	}
	ks_pen_put(pen, text);
}

/* ---- opening for reading -------------------------------------------------------------------------------------------- */

/* A journal at rest in a folder where nothing can be written, not even the locks of a log: read as the plain file it is. */
static sign_code
connect_at_rest(const char *path, sqlite3 **db, sign_error *err)
{
	KS_AUTO(ks_auto_mem) char *encoded = ks_uri_encode(path, strlen(path));
	KS_AUTO(ks_auto_mem) char *uri = NULL;
	KS_AUTO(ks_auto_mem) char *log = NULL;

	if (encoded == NULL || asprintf(&uri, "file:%s?immutable=1", encoded) < 0 || asprintf(&log, "%s-wal", path) < 0)
		return ks_fail_memory(err);
	if (access(log, F_OK) == 0) /* without its log it would tell only a part */
		return ks_fail(err, SIGN_E_PERMISSION, path);
	return ks_journal_connect(path, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, db, err);
}

static sign_code
connect(const char *path, sqlite3 **db, sign_error *err)
{
	KS_AUTO(ks_auto_db) sqlite3 *made = NULL;
	sign_code code;

	if (access(path, R_OK) != 0)
		return ks_fail_errno(err, SIGN_E_READ, path);
	if (!sign_journal_is(path))
		return ks_fail_why(err, SIGN_E_JOURNAL, path, NULL, "not a journal of kyso");
	KS_TRY(ks_journal_connect(path, path, SQLITE_OPEN_READONLY, &made, err));
	code = ks_journal_check(path, made, true, err);
	if (code == SIGN_E_PERMISSION) {
		sqlite3_close(KS_MOVE(made));
		KS_TRY(connect_at_rest(path, &made, err));
		code = ks_journal_check(path, made, true, err);
	}
	if (code == SIGN_OK)
		*db = KS_MOVE(made);
	return code;
}

/* ---- views ---------------------------------------------------------------------------------------------------------- */

static const char *
text_at(sqlite3_stmt *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s, column);

	return text != NULL ? text : "";
}

static sign_bytes
bytes_at(sqlite3_stmt *s, int column)
{
	const void *data = sqlite3_column_blob(s, column);

	return KS_BYTES(data, data != NULL ? (size_t)sqlite3_column_bytes(s, column) : 0);
}

static char *
copy_at(sqlite3_stmt *s, int column)
{
	sign_bytes bytes = bytes_at(s, column);

	return strndup(bytes.len > 0 ? (const char *)bytes.data : "", bytes.len);
}

/* root and rest → a path; a rest without root is absolute. NULL: without memory. */
static char *
joined_at(sqlite3_stmt *s, int root, int rest)
{
	KS_AUTO(ks_auto_mem) char *folder = copy_at(s, root);
	KS_AUTO(ks_auto_mem) char *name = copy_at(s, rest);
	char *path = NULL;
	bool  slash;

	if (folder == NULL || name == NULL)
		return NULL;
	slash = folder[0] != '\0' && name[0] != '\0' && folder[strlen(folder) - 1] != '/';
	return asprintf(&path, "%s%s%s", folder, slash ? "/" : "", name) < 0 ? NULL : path;
}

static void
clear_run(journal_run_view *run)
{
	for (size_t i = 0; run->roots != NULL && run->roots[i] != NULL; i++)
		free(run->roots[i]);
	free(run->roots);
	free(run->output);
}

/* Rows of rounds before the last one that was judged say nothing of today; what was signed stays signed. */
#define COUNTING "run = ?1 AND (session >= ?2)"

static int64_t
first_session(const journal_run_view *run)
{
	return run->judging ? run->round : 0;
}

static sign_code
count_items(const char *path, sqlite3 *db, journal_run_view *run, sign_error *err)
{
	KS_AUTO(ks_auto_statement) sqlite3_stmt *s = NULL;
	int rc;

	KS_TRY(ks_journal_prepare(path, db,
	    "SELECT state, verdict, count(*), sum(size) FROM item WHERE " COUNTING " GROUP BY state, verdict", &s, err));
	sqlite3_bind_int64(s, 1, run->run);
	sqlite3_bind_int64(s, 2, first_session(run));
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		uint64_t n = (uint64_t)sqlite3_column_int64(s, 2);
		int      verdict = sqlite3_column_int(s, 1);
		int      state = sqlite3_column_int(s, 0);

		*(state == JOURNAL_DONE ? &run->done : state == JOURNAL_ADOPTED ? &run->adopted : &run->failed) += n;
		if (state == JOURNAL_DONE && verdict > 0 && verdict < 4)
			run->verdicts[verdict] += n;
		if (state != JOURNAL_FAILED)
			run->bytes += (uint64_t)sqlite3_column_int64(s, 3);
	}
	return rc == SQLITE_DONE ? SIGN_OK : journal_fault(path, db, rc, err);
}

static sign_code
read_roots(const char *path, sqlite3 *db, journal_run_view *run, sign_error *err)
{
	KS_AUTO(ks_auto_statement) sqlite3_stmt *s = NULL;
	size_t count = 0;
	int    rc;

	run->roots = calloc(MAX_ROOTS + 1, sizeof(*run->roots));
	if (run->roots == NULL)
		return ks_fail_memory(err);
	KS_TRY(ks_journal_prepare(path, db, "SELECT output, path FROM root WHERE run = ?1 ORDER BY number", &s, err));
	sqlite3_bind_int64(s, 1, run->run);
	while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
		bool  is_output = sqlite3_column_int(s, 0) != 0;
		char *text = is_output || count < MAX_ROOTS ? copy_at(s, 1) : NULL;

		if (text == NULL && count == MAX_ROOTS)
			continue;
		if (text == NULL)
			return ks_fail_memory(err);
		if (is_output) {
			free(run->output);
			run->output = text;
		} else {
			run->roots[count++] = text;
		}
	}
	return rc == SQLITE_DONE ? SIGN_OK : journal_fault(path, db, rc, err);
}

static sign_code
put_items(journal_pen *pen, sqlite3 *db, const journal_shape *shape, const journal_run_view *run, const char *which)
{
	KS_AUTO(ks_auto_statement) sqlite3_stmt *s = NULL;
	KS_AUTO(ks_auto_mem) char *sql = NULL;
	int rc = SQLITE_DONE;

	if (asprintf(&sql, "SELECT r.path, i.path, i.state, i.code, i.verdict, i.exit, i.why, i.subject, i.place, i.detail, "
	                   "i.size, i.mtime_ns, i.digest, o.path, i.output, i.signature, i.started_ms, i.finished_ms FROM item i "
	                   "LEFT JOIN root r ON r.run = i.run AND r.number = i.root "
	                   "LEFT JOIN root o ON o.run = i.run AND o.number = i.output_root "
	                   "WHERE i.run = ?1 AND i.session >= ?2 AND %s ORDER BY i.run, i.root, i.path", which) < 0) {
		sql = NULL;
		return ks_fail_memory(pen->err);
	}
	KS_TRY(ks_journal_prepare(pen->journal, db, sql, &s, pen->err));
	sqlite3_bind_int64(s, 1, run->run);
	sqlite3_bind_int64(s, 2, first_session(run));
	while (pen->code == SIGN_OK && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		KS_AUTO(ks_auto_mem) char *path = joined_at(s, 0, 1);
		KS_AUTO(ks_auto_mem) char *output = sqlite3_column_type(s, 14) != SQLITE_NULL ? joined_at(s, 13, 14) : NULL;
		int verdict = sqlite3_column_int(s, 4);
		int state = sqlite3_column_int(s, 2);
		bool well = state == JOURNAL_DONE || state == JOURNAL_ADOPTED;
		journal_item_view item = { path, output, well ? (journal_state)state : JOURNAL_FAILED,
			(sign_code)sqlite3_column_int(s, 3), verdict > 0 && verdict < 4 ? (sign_verdict)verdict : SIGN_VERDICT_NONE,
			sqlite3_column_int(s, 5), text_at(s, 6), text_at(s, 7), text_at(s, 8), text_at(s, 9), sqlite3_column_int64(s, 10),
			sqlite3_column_int64(s, 11), sqlite3_column_int64(s, 16), sqlite3_column_int64(s, 17), bytes_at(s, 12), bytes_at(s, 15) };

		if (path == NULL)
			return ks_fail_memory(pen->err);
		shape->item(pen, run, &item);
		pen->items++;
	}
	return pen->code != SIGN_OK || rc == SQLITE_DONE ? pen->code : journal_fault(pen->journal, db, rc, pen->err);
}

#define BAD "(i.state = 0 OR coalesce(i.exit, 0) > 0)"

static sign_code
put_run(journal_pen *pen, sqlite3 *db, const journal_shape *shape, journal_run_view *run)
{
	KS_TRY(count_items(pen->journal, db, run, pen->err));
	KS_TRY(read_roots(pen->journal, db, run, pen->err));
	pen->items = 0;
	shape->run(pen, run);
	KS_TRY(pen->code);
	KS_TRY(put_items(pen, db, shape, run, shape->worst_first || shape->only_bad ? BAD : "1"));
	if (shape->worst_first && !shape->only_bad)
		KS_TRY(put_items(pen, db, shape, run, "NOT " BAD));
	shape->run_end(pen, run);
	pen->runs++;
	return pen->code;
}

static sign_code
put_runs(journal_pen *pen, sqlite3 *db, const journal_shape *shape)
{
	KS_AUTO(ks_auto_statement) sqlite3_stmt *s = NULL;
	int rc = SQLITE_DONE;

	KS_TRY(ks_journal_prepare(pen->journal, db,
	    "SELECT run, round, begun, continued, coalesce(ended, 0), verb, options, certificate, tool FROM run ORDER BY run", &s,
	    pen->err));
	while (pen->code == SIGN_OK && (rc = sqlite3_step(s)) == SQLITE_ROW) {
		KS_AUTO(clear_run) journal_run_view run = { .run = sqlite3_column_int64(s, 0), .round = sqlite3_column_int64(s, 1),
			.begun = sqlite3_column_int64(s, 2), .continued = sqlite3_column_int64(s, 3), .ended = sqlite3_column_int64(s, 4),
			.verb = text_at(s, 5), .options = text_at(s, 6), .certificate = text_at(s, 7), .tool = text_at(s, 8) };

		run.judging = strcmp(run.verb, "verify") == 0;
		KS_TRY(put_run(pen, db, shape, &run));
	}
	return pen->code != SIGN_OK || rc == SQLITE_DONE ? pen->code : journal_fault(pen->journal, db, rc, pen->err);
}

sign_code
sign_journal_report(const char *path, sign_journal_format format, sign_journal_put put, void *user, sign_error *err)
{
	static const journal_shape *const shapes[] = {
		[SIGN_JOURNAL_TEXT] = &ks_journal_text,
		[SIGN_JOURNAL_TEXT_ALL] = &ks_journal_text_all,
		[SIGN_JOURNAL_JSON] = &ks_journal_json,
		[SIGN_JOURNAL_JSONL] = &ks_journal_jsonl,
		[SIGN_JOURNAL_CSV] = &ks_journal_csv,
		[SIGN_JOURNAL_HTML] = &ks_journal_html,
	};
	KS_AUTO(ks_auto_db) sqlite3 *db = NULL;
	journal_pen pen = { .put = put, .user = user, .journal = path, .text = KS_BUF((size_t)64 << 20), .err = err };
	sign_code   code;

	if ((size_t)format >= KS_COUNT(shapes))
		return ks_fail(err, SIGN_E_USAGE, path);
	KS_TRY(connect(path, &db, err));
	KS_TRY(ks_journal_exec(path, db, "BEGIN", err)); /* one state for all of it */
	shapes[format]->begin(&pen);
	code = put_runs(&pen, db, shapes[format]);
	if (code == SIGN_OK) {
		shapes[format]->end(&pen);
		flush(&pen);
		code = pen.code;
	}
	ks_buf_clear(&pen.text);
	return code;
}
