/*
 * A journal from its lock to its end: who may write it, what is made in a new one, how it is closed. Floor: batch.
 */
#include "batch_journal.h"

#include "base_text.h"

#include <libsign/libsign.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the lock ------------------------------------------------------------------------------------------------------- */

/* The folder resolved, the name as it is: SQLite, told to follow no links, then meets at most the last, and refuses it. */
static char *
resolve_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	KS_AUTO(ks_auto_mem) char *folder = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path + 1));
	KS_AUTO(ks_auto_mem) char *real = folder != NULL ? realpath(folder, NULL) : NULL;
	char *joined = NULL;

	if (real == NULL || asprintf(&joined, "%s/%s", real, slash != NULL ? slash + 1 : path) < 0)
		return NULL;
	return joined;
}

/*
 * A descriptor of its own: closing it drops the record locks that SQLite holds on the same file, so it is closed last.
 * Whoever ended a run that recorded nothing may have removed the file meanwhile; then the name leads to another one, and we
 * try again.
 */
static sign_code
take_lock(sign_journal *j, sign_error *err)
{
	struct stat by_name, by_lock;

	for (int tries = 0; tries < 100; tries++) {
		j->lock = open(j->real, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666);
		if (j->lock < 0)
			return errno == ELOOP ? ks_fail_why(err, SIGN_E_JOURNAL, j->path, NULL, "a symbolic link")
			                      : ks_fail_errno(err, SIGN_E_WRITE, j->path);
		if (flock(j->lock, LOCK_EX | LOCK_NB) != 0)
			return errno == EWOULDBLOCK ? ks_fail(err, SIGN_E_BUSY, j->path) : ks_fail_errno(err, SIGN_E_WRITE, j->path);
		if (fstat(j->lock, &by_lock) != 0)
			return ks_fail_errno(err, SIGN_E_WRITE, j->path);
		if (!S_ISREG(by_lock.st_mode))
			return ks_fail(err, SIGN_E_NOT_REGULAR, j->path);
		if (lstat(j->real, &by_name) == 0 && by_name.st_ino == by_lock.st_ino && by_name.st_dev == by_lock.st_dev) {
			j->created = by_lock.st_size == 0; /* also what a run left that was killed right here */
			return SIGN_OK;
		}
		close(j->lock);
		j->lock = -1;
	}
	return ks_fail(err, SIGN_E_BUSY, j->path);
}

/* ---- opening -------------------------------------------------------------------------------------------------------- */

static sign_code
make_tables(sign_journal *j, sign_error *err)
{
	KS_AUTO(ks_auto_mem) char *sql = NULL;

	if (asprintf(&sql, "PRAGMA page_size = 8192; BEGIN IMMEDIATE; %s; INSERT INTO meta VALUES('kyso %s', unixepoch()); "
	                   "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
	        JOURNAL_SCHEMA, sign_version(), JOURNAL_APPLICATION, JOURNAL_VERSION) < 0) {
		sql = NULL;
		return ks_fail_memory(err);
	}
	return ks_journal_exec(j->path, j->writer, sql, err);
}

/*
 * The tables are made before the log is switched on, so that the file itself says from the beginning what it is. With NORMAL
 * the log is synced when it is emptied only; with FULL at each commit (sign_journal_begin()).
 */
static sign_code
open_writer(sign_journal *j, sign_error *err)
{
	struct stat st;

	KS_TRY(ks_journal_connect(j->path, j->real, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, &j->writer, err));
	/* who was killed while making the tables left them half made: reading takes them back, and the file is new again */
	KS_TRY(ks_journal_exec(j->path, j->writer, "PRAGMA user_version", err));
	if (fstat(j->lock, &st) == 0 && st.st_size == 0)
		j->created = true;
	if (j->created)
		KS_TRY(make_tables(j, err));
	else
		KS_TRY(ks_journal_check(j->path, j->writer,
		    fstat(j->lock, &st) == 0 && st.st_size <= JOURNAL_CHECKED_BYTES, err));
	return ks_journal_exec(j->path, j->writer, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", err);
}

static void
forget(sign_journal *j)
{
	sqlite3_finalize(j->put_done);
	sqlite3_finalize(j->put_failed);
	sqlite3_finalize(j->look);
	sqlite3_close(j->reader);
	sqlite3_close(j->writer);
	for (size_t i = 0; j->roots != NULL && i <= j->root_count; i++)
		free(j->roots[i].typed);
	free(j->roots);
	free(j->cwd);
	free(j->path);
	free(j->real);
	if (j->lock >= 0)
		close(j->lock);
	pthread_mutex_destroy(&j->write_lock);
	pthread_mutex_destroy(&j->look_lock);
	free(j);
}

/* Remove a new file that nothing was written to. */
static void
forget_unused(sign_journal *j)
{
	if (j->created && j->lock >= 0 && j->real != NULL && j->recorded == 0) {
		sqlite3_close(KS_MOVE(j->writer));
		unlink(j->real);
	}
	forget(j);
}

sign_code
sign_journal_open(const char *path, sign_journal **journal, sign_error *err)
{
	sign_journal *j = calloc(1, sizeof(*j));
	sign_code     code;

	*journal = NULL;
	if (j == NULL)
		return ks_fail_memory(err);
	j->lock = -1;
	pthread_mutex_init(&j->write_lock, NULL);
	pthread_mutex_init(&j->look_lock, NULL);
	j->path = strdup(path);
	errno = 0;
	j->real = resolve_folder(path);
	if (j->path == NULL)
		code = ks_fail_memory(err);
	else if (j->real == NULL)
		code = ks_fail_errno(err, SIGN_E_WRITE, path);
	else
		code = take_lock(j, err);
	if (code == SIGN_OK && !j->created && !sign_journal_is(j->real))
		code = ks_fail_why(err, SIGN_E_JOURNAL, path, NULL, "not a journal of kyso");
	if (code == SIGN_OK)
		code = open_writer(j, err);
	if (code != SIGN_OK)
		forget_unused(j);
	else
		*journal = j;
	return code;
}

/* ---- closing -------------------------------------------------------------------------------------------------------- */

static sign_code
write_end(sign_journal *j, bool finished, sign_error *err)
{
	char sql[128];

	if (!j->begun || j->off)
		return SIGN_OK;
	KS_TRY(ks_journal_commit(j, err));
	if (!finished)
		return SIGN_OK;
	snprintf(sql, sizeof(sql), "UPDATE run SET ended = unixepoch() WHERE run = %lld", (long long)j->run);
	return ks_journal_exec(j->path, j->writer, sql, err);
}

sign_code
sign_journal_close(sign_journal *j, bool finished, sign_error *err)
{
	sign_code code;

	if (j == NULL)
		return SIGN_OK;
	code = write_end(j, finished, err);
	sqlite3_finalize(KS_MOVE(j->put_done));
	sqlite3_finalize(KS_MOVE(j->put_failed));
	sqlite3_finalize(KS_MOVE(j->look));
	sqlite3_close(KS_MOVE(j->reader));
	/* one file again, readable in a folder where nothing can be written; a report in the making prevents it, which is fine */
	sqlite3_exec(j->writer, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	forget_unused(j);
	return code;
}
