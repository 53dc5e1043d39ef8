/*
 * SQLite with every safety on: connections, statements, what its answers mean, and the check that a file is a journal of
 * ours. Floor: batch.
 */
#include "batch_journal.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BUSY_MS         2000               /* a report that is being made holds nothing for longer */
#define MAX_VALUE_BYTES (1 << 20)          /* of one text or blob: a path is 4 KiB at most */
#define CACHE_KIB       "1024"
#define MAGIC           "SQLite format 3"  /* and its NUL: the first 16 bytes */

void
ks_auto_statement(sqlite3_stmt **statement)
{
	sqlite3_finalize(*statement);
}

void
ks_auto_db(sqlite3 **db)
{
	sqlite3_close(*db);
}

sign_code
ks_journal_fault(const char *path, sqlite3 *db, int rc, const char *origin, sign_error *err)
{
	static const struct {
		int       rc;
		sign_code code;
	} known[] = {
		{ SQLITE_NOMEM, SIGN_E_MEMORY },
		{ SQLITE_FULL, SIGN_E_DISK_FULL },
		{ SQLITE_READONLY, SIGN_E_PERMISSION },
		{ SQLITE_PERM, SIGN_E_PERMISSION },
		{ SQLITE_AUTH, SIGN_E_PERMISSION },
		{ SQLITE_CANTOPEN, SIGN_E_PERMISSION },
		{ SQLITE_BUSY, SIGN_E_BUSY },
		{ SQLITE_LOCKED, SIGN_E_BUSY },
		{ SQLITE_IOERR, SIGN_E_WRITE },
	};
	sign_code code = SIGN_E_JOURNAL;

	for (size_t i = 0; i < KS_COUNT(known); i++)
		if (known[i].rc == (rc & 0xff)) /* the low byte is the kind, the others its variety */
			code = known[i].code;
	return ks_fail_from(err, code, origin, path, NULL, "%s", db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
}

sign_code
ks_journal_exec(const char *path, sqlite3 *db, const char *sql, sign_error *err)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? SIGN_OK : journal_fault(path, db, rc, err);
}

sign_code
ks_journal_prepare(const char *path, sqlite3 *db, const char *sql, sqlite3_stmt **statement, sign_error *err)
{
	int rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);

	return rc == SQLITE_OK ? SIGN_OK : journal_fault(path, db, rc, err);
}

/* A journal may have been made by someone else: it runs nothing, and no value in it is large. */
static sign_code
make_safe(const char *path, sqlite3 *db, sign_error *err)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES);
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_busy_timeout(db, BUSY_MS);
	return ks_journal_exec(path, db, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -" CACHE_KIB, err);
}

sign_code
ks_journal_connect(const char *path, const char *file, int flags, sqlite3 **db, sign_error *err)
{
	KS_AUTO(ks_auto_db) sqlite3 *made = NULL;
	int rc = sqlite3_open_v2(file, &made, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);

	if (rc != SQLITE_OK)
		return journal_fault(path, made, rc, err);
	KS_TRY(make_safe(path, made, err));
	*db = KS_MOVE(made);
	return SIGN_OK;
}

/* ---- is it one of ours? --------------------------------------------------------------------------------------------- */

bool
sign_journal_is(const char *path)
{
	uint8_t head[72];
	KS_AUTO(ks_auto_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return fd >= 0 && pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) && memcmp(head, MAGIC, sizeof(MAGIC)) == 0 &&
	       head[68] == (JOURNAL_APPLICATION >> 24 & 0xff) && head[69] == (JOURNAL_APPLICATION >> 16 & 0xff) &&
	       head[70] == (JOURNAL_APPLICATION >> 8 & 0xff) && head[71] == (JOURNAL_APPLICATION & 0xff);
}

/* The first value of a query, which has one. */
static sign_code
ask(const char *path, sqlite3 *db, const char *sql, int64_t *number, bool *equal, const char *text, sign_error *err)
{
	KS_AUTO(ks_auto_statement) sqlite3_stmt *s = NULL;
	const char *got;
	int         rc;

	KS_TRY(ks_journal_prepare(path, db, sql, &s, err));
	rc = sqlite3_step(s);
	if (rc != SQLITE_ROW)
		return journal_fault(path, db, rc, err);
	if (number != NULL)
		*number = sqlite3_column_int64(s, 0);
	if (equal == NULL)
		return SIGN_OK;
	got = (const char *)sqlite3_column_text(s, 0);
	*equal = got != NULL && strcmp(got, text) == 0;
	return SIGN_OK;
}

sign_code
ks_journal_check(const char *path, sqlite3 *db, bool thoroughly, sign_error *err)
{
	int64_t version = 0;
	bool    same = false;

	KS_TRY(ask(path, db, "PRAGMA user_version", &version, NULL, NULL, err));
	if (version != JOURNAL_VERSION)
		return ks_fail_why(err, SIGN_E_JOURNAL, path, NULL, "version %lld", (long long)version);
	KS_TRY(ask(path, db,
	    "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name)", NULL, &same, JOURNAL_SCHEMA, err));
	if (!same)
		return ks_fail_why(err, SIGN_E_JOURNAL, path, NULL, "unknown tables");
	if (!thoroughly)
		return SIGN_OK;
	KS_TRY(ask(path, db, "PRAGMA quick_check(1)", NULL, &same, "ok", err));
	return same ? SIGN_OK : ks_fail_why(err, SIGN_E_JOURNAL, path, NULL, "damaged");
}
