/*
 * Which run this is: its identity, whether an earlier one goes on, and from which session on rows count. Floor: batch.
 */
#include "batch_journal.h"

#include "crypt.h"

#include <libsign/libsign.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define IDENTITY_MAX_BYTES ((size_t)64 << 20) /* roots come from a command line */

/* ---- identity ------------------------------------------------------------------------------------------------------- */

/* Each part with its length before it, so that no two lists of parts look alike. */
static sign_code
add_part(ks_buf *all, const char *part, sign_error *err)
{
	size_t len = strlen(part);

	KS_TRY(ks_buf_addf(all, err, "%zu:", len));
	return ks_buf_add(all, part, len, err);
}

/* The same folder by another name is the same root. What is not there keeps the name it was called by. */
static sign_code
add_root(ks_buf *all, const journal_root *root, sign_error *err)
{
	KS_AUTO(ks_auto_mem) char *real = realpath(root->typed, NULL);

	return add_part(all, real != NULL ? real : root->typed, err);
}

static sign_code
make_identity(const sign_journal *j, const sign_journal_run *run, ks_digest *identity, sign_error *err)
{
	KS_AUTO(ks_buf_clear) ks_buf all = KS_BUF(IDENTITY_MAX_BYTES);
	KS_AUTO(ks_auto_crypt) ks_crypt *cx = NULL;

	KS_TRY(add_part(&all, run->verb, err));
	KS_TRY(add_part(&all, run->options, err));
	KS_TRY(add_part(&all, run->certificate != NULL ? run->certificate : "", err));
	KS_TRY(add_part(&all, j->has_output ? "output" : "", err));
	for (size_t i = 0; i < j->root_count + j->has_output; i++)
		KS_TRY(add_root(&all, &j->roots[i], err));
	KS_TRY(ks_crypt_new(&cx, err));
	return ks_digest_bytes(cx, SIGN_DIGEST_SHA256, ks_buf_bytes(&all), identity, err);
}

/*
 * Rows that were not synced are believed until the machine is started anew: a power cut may have taken their outputs. The
 * kernel names each start.
 */
static int64_t
this_boot(void)
{
	char                   text[40] = "", hex[17];
	size_t                 n = 0;
	KS_AUTO(ks_auto_fd) int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 32)
		return -1;
	for (const char *at = text; *at != '\0' && n < 15; at++)
		if (*at != '-')
			hex[n++] = *at;
	hex[n] = '\0';
	return strtoll(hex, NULL, 16) | 1; /* never 0 */
}

/* ---- the run's row -------------------------------------------------------------------------------------------------- */

/* Of an earlier session of the same run. */
struct earlier {
	bool    found, ended;
	int64_t run, session, round, begun;
};

static sign_code
find_earlier(sign_journal *j, const ks_digest *identity, struct earlier *e, sign_error *err)
{
	KS_AUTO(ks_auto_statement) sqlite3_stmt *s = NULL;
	int rc;

	KS_TRY(ks_journal_prepare(j->path, j->writer,
	    "SELECT run, session, round, begun, ended IS NOT NULL FROM run WHERE identity = ?", &s, err));
	sqlite3_bind_blob(s, 1, identity->bytes, identity->len, SQLITE_STATIC);
	rc = sqlite3_step(s);
	if (rc == SQLITE_DONE)
		return SIGN_OK;
	if (rc != SQLITE_ROW)
		return journal_fault(j->path, j->writer, rc, err);
	*e = (struct earlier){ true, sqlite3_column_int(s, 4) != 0, sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1),
		sqlite3_column_int64(s, 2), sqlite3_column_int64(s, 3) };
	return SIGN_OK;
}

/* round 0: every row counts. A fresh run counts its own, and those of the one that it goes on from. */
static void
choose_round(sign_journal *j, const sign_journal_run *run, struct earlier *e, int64_t now)
{
	bool goes_on = e->found && !e->ended &&
	    (!run->fresh || (e->round > 0 && (run->keep_seconds == 0 || now - e->begun <= (int64_t)run->keep_seconds)));

	j->session = e->session + 1;
	j->fresh = run->fresh;
	j->round = !run->fresh ? 0 : goes_on ? e->round : j->session;
	j->continues = goes_on;
	if (!goes_on)
		e->begun = now;
}

static sign_code
write_run(sign_journal *j, const sign_journal_run *run, const ks_digest *identity, const struct earlier *e, int64_t now,
    sign_error *err)
{
	KS_AUTO(ks_auto_statement) sqlite3_stmt *s = NULL;
	int rc;

	KS_TRY(ks_journal_prepare(j->path, j->writer,
	    "INSERT INTO run VALUES(?1, ?2, ?3, ?4, ?5, 'kyso ' || ?6, ?7, ?8, ?9, ?10, NULL) "
	    "ON CONFLICT(identity) DO UPDATE SET tool = excluded.tool, session = excluded.session, round = excluded.round, "
	    "begun = excluded.begun, continued = excluded.continued, ended = NULL",
	    &s, err));
	if (e->found)
		sqlite3_bind_int64(s, 1, e->run);
	sqlite3_bind_blob(s, 2, identity->bytes, identity->len, SQLITE_STATIC);
	sqlite3_bind_text(s, 3, run->verb, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 4, run->options, -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 5, run->certificate != NULL ? run->certificate : "", -1, SQLITE_STATIC);
	sqlite3_bind_text(s, 6, sign_version(), -1, SQLITE_STATIC);
	sqlite3_bind_int64(s, 7, j->session);
	sqlite3_bind_int64(s, 8, j->round);
	sqlite3_bind_int64(s, 9, e->begun);
	sqlite3_bind_int64(s, 10, now);
	rc = sqlite3_step(s);
	if (rc != SQLITE_DONE)
		return journal_fault(j->path, j->writer, rc, err);
	j->run = e->found ? e->run : sqlite3_last_insert_rowid(j->writer);
	return SIGN_OK;
}

static sign_code
write_roots(sign_journal *j, sign_error *err)
{
	KS_AUTO(ks_auto_statement) sqlite3_stmt *s = NULL;
	int rc;

	KS_TRY(ks_journal_prepare(j->path, j->writer, "INSERT OR REPLACE INTO root VALUES(?, ?, ?, ?)", &s, err));
	for (size_t i = 0; i < j->root_count + j->has_output; i++) {
		KS_AUTO(ks_auto_mem) char *real = realpath(j->roots[i].typed, NULL);
		const char *path = real != NULL ? real : j->roots[i].typed;

		sqlite3_bind_int64(s, 1, j->run);
		sqlite3_bind_int64(s, 2, (int64_t)i);
		sqlite3_bind_int(s, 3, i == j->root_count);
		sqlite3_bind_blob(s, 4, path, (int)strlen(path), SQLITE_TRANSIENT);
		rc = sqlite3_step(s);
		if (rc != SQLITE_DONE)
			return journal_fault(j->path, j->writer, rc, err);
		sqlite3_reset(s);
	}
	return SIGN_OK;
}

static sign_code
begin_locked(sign_journal *j, const sign_journal_run *run, sign_error *err)
{
	struct earlier e = { 0 };
	ks_digest      identity;
	int64_t        now = (int64_t)time(NULL);

	KS_TRY(ks_journal_roots(j, run, err));
	KS_TRY(make_identity(j, run, &identity, err));
	if (run->durability != SIGN_DURABILITY_NONE)
		KS_TRY(ks_journal_exec(j->path, j->writer, "PRAGMA synchronous = FULL", err));
	j->this_boot = this_boot();
	j->boot = run->durability == SIGN_DURABILITY_NONE ? j->this_boot : 0;
	KS_TRY(ks_journal_exec(j->path, j->writer, "BEGIN IMMEDIATE", err));
	KS_TRY(find_earlier(j, &identity, &e, err));
	choose_round(j, run, &e, now);
	KS_TRY(write_run(j, run, &identity, &e, now, err));
	KS_TRY(write_roots(j, err));
	KS_TRY(ks_journal_exec(j->path, j->writer, "COMMIT", err));
	return ks_journal_prepare_items(j, err);
}

sign_code
sign_journal_begin(sign_journal *j, const sign_journal_run *run, sign_error *err)
{
	KS_TRY(begin_locked(j, run, err));
	j->begun = true;
	return SIGN_OK;
}

bool
sign_journal_continues(const sign_journal *j)
{
	return j->continues;
}
