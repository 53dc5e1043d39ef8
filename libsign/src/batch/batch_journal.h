/*
 * The journal's inside, shared by its files: one connection that writes, one that looks, and the lock. Floor: batch; SQLite
 * stays here.
 *
 * Everything that a row says is a hint for speed: a row is believed only while document and output look as they did, and
 * whatever is not believed is asked of the output itself.
 */
#ifndef KS_BATCH_JOURNAL_H
#define KS_BATCH_JOURNAL_H

#include "base.h"

#include <libsign/journal.h>

#include <pthread.h>
#include <sqlite3.h>

#define JOURNAL_APPLICATION   0x4b59534f /* "KYSO", in the file's header at offset 68 */
#define JOURNAL_VERSION       1
#define JOURNAL_ROWS_A_COMMIT 512
#define JOURNAL_COMMIT_MS     250
#define JOURNAL_CHECKED_BYTES ((int64_t)64 << 20) /* larger ones are not read through before use */
#define JOURNAL_LOOKS         512                 /* looks in one read transaction, so that the log can be emptied */

typedef enum { JOURNAL_FAILED = 0, JOURNAL_DONE, JOURNAL_ADOPTED } journal_state;

/* A root as the user typed it, absolute, for shortening paths; and how long it is. The last one is the output's folder. */
typedef struct {
	char  *typed;
	size_t len;
} journal_root;

struct sign_journal {
	char         *path, *real; /* as named; with its folder resolved */
	int           lock;
	bool          created, begun, off, continues, fresh;
	sqlite3      *writer, *reader;
	sqlite3_stmt *put_done, *put_failed, *look;
	int64_t       run, session, round;
	int64_t       boot;        /* of this machine; 0 when rows outlive a power cut */
	int64_t       this_boot;
	bool          any_rows;    /* recorded before; else looking is idle */
	char         *cwd;
	journal_root *roots;
	size_t        root_count;  /* named ones; roots[root_count] is the output's folder, if there is one */
	bool          has_output;
	pthread_mutex_t write_lock, look_lock;
	unsigned      open_rows, open_looks; /* in the transaction in hand */
	int64_t       open_since_ms;
	uint64_t      recorded;
};

/*
 * The tables, in the order of their names and exactly as SQLite keeps them. Paths are blobs, for they need not be UTF-8;
 * `root` is the number of a root, -1 for an absolute path. A run has a session for each time that it was begun or
 * continued, and a round: the session from which on rows count.
 */
#define JOURNAL_ITEM                                                                                                  \
	"CREATE TABLE item(run INTEGER NOT NULL, root INTEGER NOT NULL, path BLOB NOT NULL, state INTEGER NOT NULL, "    \
	"code INTEGER NOT NULL, verdict INTEGER, exit INTEGER, why TEXT, subject TEXT, place TEXT, detail TEXT, "        \
	"size INTEGER, mtime_ns INTEGER, digest BLOB, output_root INTEGER, output BLOB, output_size INTEGER, "           \
	"signature BLOB, boot INTEGER, session INTEGER NOT NULL, started_ms INTEGER, finished_ms INTEGER, "              \
	"PRIMARY KEY(run, root, path)) WITHOUT ROWID"
#define JOURNAL_META "CREATE TABLE meta(tool TEXT NOT NULL, created INTEGER NOT NULL)"
#define JOURNAL_ROOT                                                                                                  \
	"CREATE TABLE root(run INTEGER NOT NULL, number INTEGER NOT NULL, output INTEGER NOT NULL, path BLOB NOT NULL, " \
	"PRIMARY KEY(run, number)) WITHOUT ROWID"
#define JOURNAL_RUN                                                                                                   \
	"CREATE TABLE run(run INTEGER PRIMARY KEY, identity BLOB NOT NULL UNIQUE, verb TEXT NOT NULL, "                  \
	"options TEXT NOT NULL, certificate TEXT NOT NULL, tool TEXT NOT NULL, session INTEGER NOT NULL, "               \
	"round INTEGER NOT NULL, begun INTEGER NOT NULL, continued INTEGER NOT NULL, ended INTEGER)"
#define JOURNAL_SCHEMA JOURNAL_ITEM ";" JOURNAL_META ";" JOURNAL_ROOT ";" JOURNAL_RUN
#define JOURNAL_ITEM_COLUMNS                                                                                          \
	"run, root, path, state, code, verdict, exit, why, subject, place, detail, size, mtime_ns, digest, output_root," \
	" output, output_size, signature, boot, session, started_ms, finished_ms"

/* ---- batch_journal_open.c ---- */
/* What an answer of SQLite means; fills err. `path` is the journal as the user knows it. */
sign_code ks_journal_fault(const char *path, sqlite3 *db, int rc, const char *origin, sign_error *err);
#define journal_fault(path, db, rc, err) ks_journal_fault((path), (db), (rc), KS_ORIGIN, (err))
sign_code ks_journal_exec(const char *path, sqlite3 *db, const char *sql, sign_error *err);
sign_code ks_journal_prepare(const char *path, sqlite3 *db, const char *sql, sqlite3_stmt **statement, sign_error *err);
/* A connection with every safety on; `flags` as sqlite3_open_v2(). */
sign_code ks_journal_connect(const char *path, const char *file, int flags, sqlite3 **db, sign_error *err);
/* Ours, of this version, with the tables that we make and no others? `thoroughly` reads it through. */
sign_code ks_journal_check(const char *path, sqlite3 *db, bool thoroughly, sign_error *err);
void      ks_auto_statement(sqlite3_stmt **statement);
void      ks_auto_db(sqlite3 **db);

/* ---- batch_journal_paths.c ---- */
/* "a/./b" → "/home/u/a/b": without asking the file system; ".." stays. malloc'ed, NULL without memory. */
char     *ks_journal_absolute(const char *cwd, const char *path);
sign_code ks_journal_roots(sign_journal *j, const sign_journal_run *run, sign_error *err);
/* Which root an absolute path lies beneath, and the rest of it; -1 and the whole path for none. */
int       ks_journal_shorten(const sign_journal *j, const char *absolute, bool is_output, const char **rest);

/* ---- batch_journal_item.c ---- */
sign_code ks_journal_prepare_items(sign_journal *j, sign_error *err);
sign_code ks_journal_commit(sign_journal *j, sign_error *err);

#endif
