/*
 * Items of a journal: recording results in the thread of the ordered sink, and looking back from the thread of the source,
 * each with its own connection. Floor: batch.
 */
#include "batch_journal.h"

#include "base_text.h"
#include "report_page.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Columns of an item, in the order of the table; from 1, as parameters are. */
enum column {
	C_RUN = 1, C_ROOT, C_PATH, C_STATE, C_CODE, C_VERDICT, C_EXIT, C_WHY, C_SUBJECT, C_PLACE, C_DETAIL, C_SIZE, C_MTIME,
	C_DIGEST, C_OUTPUT_ROOT, C_OUTPUT, C_OUTPUT_SIZE, C_SIGNATURE, C_BOOT, C_SESSION, C_STARTED, C_FINISHED
};

#define VALUES "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22)"

/* A failure keeps what was known of the document and its output: a look can still tell that it was signed once. */
#define PUT_FAILED                                                                                                    \
	"INSERT INTO item " VALUES " ON CONFLICT DO UPDATE SET state=excluded.state, code=excluded.code, "               \
	"verdict=excluded.verdict, exit=excluded.exit, why=excluded.why, subject=excluded.subject, "                     \
	"place=excluded.place, detail=excluded.detail, session=excluded.session, started_ms=excluded.started_ms, "       \
	"finished_ms=excluded.finished_ms"
#define LOOK                                                                                                          \
	"SELECT state, verdict, exit, size, mtime_ns, digest, output_root, output, output_size, boot FROM item "         \
	"WHERE run = ?1 AND root = ?2 AND path = ?3 AND session >= ?4"
enum look_column { L_STATE, L_VERDICT, L_EXIT, L_SIZE, L_MTIME, L_DIGEST, L_OUTPUT_ROOT, L_OUTPUT, L_OUTPUT_SIZE, L_BOOT };

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t
mtime_of(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* Has this run rows that count? A first run need not look. */
static sign_code
open_reader(sign_journal *j, sign_error *err)
{
	KS_AUTO(ks_auto_statement) sqlite3_stmt *s = NULL;
	int rc;

	if (j->round == j->session)
		return SIGN_OK;
	KS_TRY(ks_journal_connect(j->path, j->real, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW, &j->reader, err));
	KS_TRY(ks_journal_prepare(j->path, j->reader, "SELECT 1 FROM item WHERE run = ? LIMIT 1", &s, err));
	sqlite3_bind_int64(s, 1, j->run);
	rc = sqlite3_step(s);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return journal_fault(j->path, j->reader, rc, err);
	j->any_rows = rc == SQLITE_ROW;
	return ks_journal_prepare(j->path, j->reader, LOOK, &j->look, err);
}

sign_code
ks_journal_prepare_items(sign_journal *j, sign_error *err)
{
	KS_TRY(ks_journal_prepare(j->path, j->writer, "INSERT OR REPLACE INTO item " VALUES, &j->put_done, err));
	KS_TRY(ks_journal_prepare(j->path, j->writer, PUT_FAILED, &j->put_failed, err));
	return open_reader(j, err);
}

/* ---- recording ------------------------------------------------------------------------------------------------------ */

sign_code
ks_journal_commit(sign_journal *j, sign_error *err)
{
	if (j->open_rows == 0)
		return SIGN_OK;
	j->open_rows = 0;
	return ks_journal_exec(j->path, j->writer, "COMMIT", err);
}

static void
bind_bytes(sqlite3_stmt *s, enum column column, sign_bytes bytes)
{
	if (bytes.len > 0)
		sqlite3_bind_blob(s, column, bytes.data, (int)bytes.len, SQLITE_STATIC);
}

static void
bind_text(sqlite3_stmt *s, enum column column, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	if (ks_utf8_valid(text, strlen(text)))
		sqlite3_bind_text(s, column, text, -1, SQLITE_STATIC);
	else /* other programs that read the journal trust a text to be one */
		sqlite3_bind_blob(s, column, text, (int)strlen(text), SQLITE_STATIC);
}

static journal_state
state_of(const sign_batch_result *result)
{
	if (result->code == SIGN_OK || result->report != NULL)
		return JOURNAL_DONE;
	return result->code == SIGN_E_ALREADY ? JOURNAL_ADOPTED : JOURNAL_FAILED;
}

/* What the check said, or why there was none. */
static void
bind_outcome(sqlite3_stmt *s, const sign_batch_result *result)
{
	const ks_reason *reason = result->report != NULL ? ks_report_first_reason(result->report) : NULL;

	sqlite3_bind_int(s, C_STATE, (int)state_of(result));
	sqlite3_bind_int(s, C_CODE, (int)result->code);
	if (result->report != NULL) {
		sqlite3_bind_int(s, C_VERDICT, (int)sign_report_verdict(result->report));
		sqlite3_bind_int(s, C_EXIT, sign_report_exit(result->report));
	}
	if (reason != NULL) {
		bind_text(s, C_WHY, ks_words_why(reason->why)->name);
		bind_text(s, C_SUBJECT, reason->subject);
		bind_text(s, C_DETAIL, reason->detail);
	} else if (state_of(result) == JOURNAL_FAILED) {
		bind_text(s, C_SUBJECT, result->error->subject);
		bind_text(s, C_PLACE, result->error->where);
		bind_text(s, C_DETAIL, result->error->detail);
	}
}

/*
 * The document as it was read. In place, the document that a later run meets is what we wrote: that is asked of the file
 * system, and there is no digest of it.
 */
static void
bind_input(sqlite3_stmt *s, const sign_batch_result *result)
{
	struct stat st;
	bool        in_place = result->output != NULL && strcmp(result->path, result->output) == 0;

	if (in_place && stat(result->path, &st) == 0) {
		sqlite3_bind_int64(s, C_SIZE, (int64_t)st.st_size);
		sqlite3_bind_int64(s, C_MTIME, mtime_of(&st));
		return;
	}
	sqlite3_bind_int64(s, C_SIZE, (int64_t)result->size_bytes);
	sqlite3_bind_int64(s, C_MTIME, result->mtime_ns);
	bind_bytes(s, C_DIGEST, result->digest);
}

/* An output that an earlier run left is measured: nobody told its size. */
static void
bind_output(sign_journal *j, sqlite3_stmt *s, const sign_batch_result *result, const char *absolute)
{
	struct stat st;
	const char *rest;
	uint64_t    bytes = result->output_bytes;

	sqlite3_bind_int(s, C_OUTPUT_ROOT, ks_journal_shorten(j, absolute, true, &rest));
	sqlite3_bind_blob(s, C_OUTPUT, rest, (int)strlen(rest), SQLITE_STATIC);
	if (state_of(result) == JOURNAL_FAILED)
		return;
	if (state_of(result) == JOURNAL_ADOPTED)
		bytes = stat(result->output, &st) == 0 ? (uint64_t)st.st_size : 0;
	sqlite3_bind_int64(s, C_OUTPUT_SIZE, (int64_t)bytes);
	bind_bytes(s, C_SIGNATURE, result->signature);
}

static sign_code
put(sign_journal *j, sqlite3_stmt *s, sign_error *err)
{
	int rc;

	if (j->open_rows == 0) {
		KS_TRY(ks_journal_exec(j->path, j->writer, "BEGIN IMMEDIATE", err));
		j->open_since_ms = now_ms();
	}
	j->open_rows++;
	rc = sqlite3_step(s);
	if (rc != SQLITE_DONE)
		return journal_fault(j->path, j->writer, rc, err);
	j->recorded++;
	if (j->open_rows >= JOURNAL_ROWS_A_COMMIT || now_ms() - j->open_since_ms >= JOURNAL_COMMIT_MS)
		return ks_journal_commit(j, err);
	return SIGN_OK;
}

static sign_code
record_locked(sign_journal *j, const sign_batch_result *result, sign_error *err)
{
	sqlite3_stmt *s = state_of(result) == JOURNAL_FAILED ? j->put_failed : j->put_done;
	KS_AUTO(ks_auto_mem) char *path = ks_journal_absolute(j->cwd, result->path);
	KS_AUTO(ks_auto_mem) char *output = result->output != NULL ? ks_journal_absolute(j->cwd, result->output) : NULL;
	const char *rest;
	sign_code   code;

	if (path == NULL || (result->output != NULL && output == NULL))
		return ks_fail_memory(err);
	sqlite3_bind_int64(s, C_RUN, j->run);
	sqlite3_bind_int(s, C_ROOT, ks_journal_shorten(j, path, false, &rest));
	sqlite3_bind_blob(s, C_PATH, rest, (int)strlen(rest), SQLITE_STATIC);
	bind_outcome(s, result);
	bind_input(s, result);
	if (output != NULL)
		bind_output(j, s, result, output);
	sqlite3_bind_int64(s, C_BOOT, j->boot);
	sqlite3_bind_int64(s, C_SESSION, j->session);
	sqlite3_bind_int64(s, C_STARTED, result->started_ns / 1000000);
	sqlite3_bind_int64(s, C_FINISHED, result->finished_ns / 1000000);
	code = put(j, s, err);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s); /* what they point to is ours, and goes now */
	return code;
}

sign_code
sign_journal_record(sign_journal *j, const sign_batch_result *result, sign_error *err)
{
	sign_code code = SIGN_OK;

	pthread_mutex_lock(&j->write_lock);
	if (!j->off)
		code = record_locked(j, result, err);
	if (code != SIGN_OK)
		j->off = true;
	pthread_mutex_unlock(&j->write_lock);
	return code;
}

sign_code
sign_journal_flush(sign_journal *j, sign_error *err)
{
	sign_code code = SIGN_OK;

	pthread_mutex_lock(&j->write_lock);
	if (!j->off)
		code = ks_journal_commit(j, err);
	if (code != SIGN_OK)
		j->off = true;
	pthread_mutex_unlock(&j->write_lock);
	return code;
}

/* ---- looking -------------------------------------------------------------------------------------------------------- */

/* One read transaction for many looks costs fewer locks; not for all, or the log could never be emptied. */
static sign_code
begin_look(sign_journal *j, sign_error *err)
{
	if (j->open_looks++ % JOURNAL_LOOKS != 0)
		return SIGN_OK;
	return ks_journal_exec(j->path, j->reader, j->open_looks == 1 ? "BEGIN" : "COMMIT; BEGIN", err);
}

static bool
is_same_output(const sign_journal *j, sqlite3_stmt *s, const char *output)
{
	KS_AUTO(ks_auto_mem) char *absolute = ks_journal_absolute(j->cwd, output);
	const char *rest;

	if (absolute == NULL || ks_journal_shorten(j, absolute, true, &rest) != sqlite3_column_int(s, L_OUTPUT_ROOT))
		return false;
	return (size_t)sqlite3_column_bytes(s, L_OUTPUT) == strlen(rest) &&
	       (rest[0] == '\0' || memcmp(sqlite3_column_blob(s, L_OUTPUT), rest, strlen(rest)) == 0);
}

/* Is the output there, and as long as when it was written? What it holds is asked by whoever has a doubt. */
static bool
is_output_there(const sign_journal *j, sqlite3_stmt *s, const char *output)
{
	struct stat st;

	return sqlite3_column_type(s, L_OUTPUT_SIZE) == SQLITE_INTEGER && is_same_output(j, s, output) && stat(output, &st) == 0 &&
	       S_ISREG(st.st_mode) && st.st_size == sqlite3_column_int64(s, L_OUTPUT_SIZE);
}

/* `s` stands on the row; `st` is the document now. */
static sign_known
weigh(const sign_journal *j, sqlite3_stmt *s, const struct stat *st, const char *output)
{
	int64_t boot = sqlite3_column_int64(s, L_BOOT);
	int64_t mtime = sqlite3_column_int64(s, L_MTIME);
	bool    same = mtime != 0 && mtime == mtime_of(st) && sqlite3_column_int64(s, L_SIZE) == st->st_size;
	bool    done = sqlite3_column_int(s, L_STATE) != JOURNAL_FAILED;

	if (boot != 0 && (boot != j->this_boot || boot == -1))
		return SIGN_KNOWN_NOT;
	if (output == NULL)
		return done && same ? SIGN_KNOWN_DONE : SIGN_KNOWN_NOT;
	if (!is_output_there(j, s, output))
		return SIGN_KNOWN_NOT;
	return done && same ? SIGN_KNOWN_DONE : SIGN_KNOWN_CHANGED;
}

/*
 * The digests that two readings made, when both are known, tell whether it is the same document: then it was not changed, and
 * something else is wrong with the output.
 */
static bool
is_same_digest(sqlite3_stmt *s, sign_bytes digest)
{
	return digest.len > 0 && (size_t)sqlite3_column_bytes(s, L_DIGEST) == digest.len &&
	       memcmp(sqlite3_column_blob(s, L_DIGEST), digest.data, digest.len) == 0;
}

/* `digest`: of the document now, if it was made; NULL if not. */
static sign_code
look_locked(sign_journal *j, const char *path, const char *output, const sign_bytes *digest, sign_journal_memory *memory,
    sign_error *err)
{
	KS_AUTO(ks_auto_mem) char *absolute = ks_journal_absolute(j->cwd, path);
	struct stat st;
	const char *rest;
	int         rc;
	sqlite3_stmt *s = j->look;

	if (absolute == NULL)
		return ks_fail_memory(err);
	if (stat(path, &st) != 0)
		return SIGN_OK;
	KS_TRY(begin_look(j, err));
	sqlite3_bind_int64(s, 1, j->run);
	sqlite3_bind_int(s, 2, ks_journal_shorten(j, absolute, false, &rest));
	sqlite3_bind_blob(s, 3, rest, (int)strlen(rest), SQLITE_STATIC);
	sqlite3_bind_int64(s, 4, j->round);
	rc = sqlite3_step(s);
	if (rc == SQLITE_ROW) {
		memory->known = weigh(j, s, &st, output);
		memory->verdict = (sign_verdict)sqlite3_column_int(s, L_VERDICT);
		memory->exit = sqlite3_column_int(s, L_EXIT);
		if (digest != NULL && is_same_digest(s, *digest))
			memory->known = SIGN_KNOWN_NOT;
	}
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SIGN_OK : journal_fault(j->path, j->reader, rc, err);
}

static sign_code
look(sign_journal *j, const char *path, const char *output, const sign_bytes *digest, sign_journal_memory *memory,
    sign_error *err)
{
	sign_code code = SIGN_OK;

	*memory = (sign_journal_memory){ SIGN_KNOWN_NOT, SIGN_VERDICT_NONE, 0 };
	pthread_mutex_lock(&j->look_lock);
	if (j->any_rows)
		code = look_locked(j, path, output, digest, memory, err);
	if (code != SIGN_OK) {
		j->any_rows = false;
		memory->known = SIGN_KNOWN_NOT;
	}
	pthread_mutex_unlock(&j->look_lock);
	return code;
}

sign_code
sign_journal_look(sign_journal *j, const char *path, const char *output, sign_journal_memory *memory, sign_error *err)
{
	return look(j, path, output, NULL, memory, err);
}

sign_code
sign_journal_explain(sign_journal *j, const sign_batch_result *result, sign_error *err)
{
	sign_journal_memory memory;
	sign_error          ignored = SIGN_ERROR_INIT;

	if (result->code != SIGN_E_EXISTS || result->output == NULL ||
	    look(j, result->path, result->output, &result->digest, &memory, &ignored) != SIGN_OK ||
	    memory.known != SIGN_KNOWN_CHANGED)
		return result->code;
	return ks_fail(err, SIGN_E_CHANGED_SINCE, result->path);
}
