/** @file
 * The journal of a batch: one SQLite file that remembers what became of each document, so that the same command goes on
 * where it stopped. The outputs are the truth and the journal an index: lost, it costs time and never a document.
 *
 * Paths are kept as bytes, whatever their encoding. The "output digest" of a document is the SHA-256 of the signature that
 * was made for it (the CMS in the container or .p7s), not of the whole output, whose bytes are not read again.
 */
#ifndef LIBSIGN_JOURNAL_H
#define LIBSIGN_JOURNAL_H

#include <libsign/batch.h>

SIGN_BEGIN_DECLS

/** The name of a signing journal in the folder it is about. */
#define SIGN_JOURNAL_NAME ".kyso-sign.journal"

typedef struct sign_journal sign_journal;

/** What makes two runs the same one. Everything is borrowed for the call; texts are UTF-8 but for paths. */
typedef struct {
	const char        *verb;        /**< "sign" or "verify" */
	const char        *options;     /**< JSON: the options that change what comes out */
	const char *const *roots;       /**< the paths that were named, NULL-terminated; made absolute here */
	const char        *output;      /**< folder of the outputs; NULL: beside the documents, or none */
	const char        *certificate; /**< fingerprint of the signing certificate; NULL when judging */
	sign_durability    durability;  /**< NONE: the journal is not synced either */
	/**
	 * Every finished run starts anew (judging; signing again what is signed); only one that was interrupted is continued.
	 * Otherwise what was done in any earlier run of this identity counts as done.
	 */
	bool               fresh;
	/** With `fresh`: an interrupted run is continued only this long after its beginning, in seconds; 0: always. */
	unsigned           keep_seconds;
} sign_journal_run;
#define SIGN_JOURNAL_RUN_INIT { NULL, NULL, NULL, NULL, NULL, SIGN_DURABILITY_GROUP, false, 0 }

/** Is this file a journal of kyso, of any version? By its content; false for what cannot be read. */
SIGN_API bool sign_journal_is(const char *path);

/**
 * Open or create a journal and take its lock, so that nobody else works with it.
 *
 * @param journal  [out] yours: sign_journal_close()
 * @retval SIGN_E_BUSY     another process has it
 * @retval SIGN_E_JOURNAL  damaged, of another version, or no journal: it is not touched. Moved away, nothing is lost
 * @retval SIGN_E_PERMISSION, SIGN_E_DISK_FULL, SIGN_E_WRITE, SIGN_E_NOT_FOUND  it cannot be written there
 */
SIGN_API sign_code sign_journal_open(const char *path, sign_journal **journal, sign_error *err) SIGN_MUST_CHECK;

/** Begin a run, or continue it. Once for each journal that was opened. Errors as sign_journal_open(). */
SIGN_API sign_code sign_journal_begin(sign_journal *journal, const sign_journal_run *run, sign_error *err) SIGN_MUST_CHECK;

/** Did the run that begins go on from an earlier one that did not come to its end? */
SIGN_API bool sign_journal_continues(const sign_journal *journal);

typedef enum {
	SIGN_KNOWN_NOT = 0, /**< to be done; it may be done all the same, which the output tells */
	SIGN_KNOWN_DONE,    /**< done before: the document has its size and time of then, and the output is there */
	SIGN_KNOWN_CHANGED, /**< done before, and the document looks changed since; reading it decides */
} sign_known;

/** What was recorded of a document that is known. */
typedef struct {
	sign_known   known;
	sign_verdict verdict; /**< judging: of then */
	int          exit;    /**< judging: the exit code of then */
} sign_journal_memory;

/**
 * Was this done before? Costs a look into the index and two stat(2); reads neither document nor output. With
 * sign_batch_options.next in mind: by one thread at a time, while another may be in sign_journal_record().
 * @param output  NULL when judging
 * @return SIGN_OK; else the journal is damaged, which is told once: from then on nothing is known
 */
SIGN_API sign_code sign_journal_look(sign_journal *journal, const char *path, const char *output,
    sign_journal_memory *memory, sign_error *err) SIGN_MUST_CHECK;

/**
 * A result of SIGN_E_EXISTS looked at again: the output was made here and the document has been changed since?
 * @param err  [out] filled when the answer is SIGN_E_CHANGED_SINCE; may be result->error's copy
 * @return SIGN_E_CHANGED_SINCE, else result->code
 */
SIGN_API sign_code sign_journal_explain(sign_journal *journal, const sign_batch_result *result, sign_error *err)
    SIGN_MUST_CHECK;

/**
 * Record how one document ended: from sign_batch_options.done, that is after its output is durable, so that the journal never
 * claims what is not on disk. Rows are committed some hundreds at a time, or when the oldest is 250 ms old.
 * @return SIGN_OK; else the journal could not be written (a full disk), which is told once: the run goes on without it
 */
SIGN_API sign_code sign_journal_record(sign_journal *journal, const sign_batch_result *result, sign_error *err)
    SIGN_MUST_CHECK;

/**
 * Commit now what was recorded: before a wait, however long. From the thread of sign_batch_options.done, or when no batch runs.
 * @return as sign_journal_record()
 */
SIGN_API sign_code sign_journal_flush(sign_journal *journal, sign_error *err) SIGN_MUST_CHECK;

/**
 * Commit, and release in any case. A journal that was created and received nothing is removed.
 * @param finished  the run came to its end: the source was dry
 * @param err       [out] why the last rows could not be written; may be NULL
 */
SIGN_API sign_code sign_journal_close(sign_journal *journal, bool finished, sign_error *err) SIGN_MUST_CHECK;

/* ---- reports ------------------------------------------------------------------------------------------------------ */

typedef enum {
	SIGN_JOURNAL_TEXT = 0, /**< runs, counts and what failed */
	SIGN_JOURNAL_TEXT_ALL, /**< and every document */
	SIGN_JOURNAL_JSON,     /**< one indented object; UTC, English codes */
	SIGN_JOURNAL_JSONL,    /**< the same on one line */
	SIGN_JOURNAL_CSV,      /**< RFC 4180 with a byte order mark, columns in the user's language; no cell is a formula */
	SIGN_JOURNAL_HTML,     /**< a page to print, in the user's language; no scripts, nothing fetched */
} sign_journal_format;

/** Take a piece of the report; false ends it (SIGN_E_WRITE). */
typedef bool (*sign_journal_put)(void *user, const char *text, size_t len);

/**
 * Report on every run in a journal, also while another process works with it; any number of documents in little memory.
 * @retval SIGN_E_JOURNAL  damaged, of another version, or no journal; part of the report may have been put
 */
SIGN_API sign_code sign_journal_report(const char *path, sign_journal_format format, sign_journal_put put, void *user,
    sign_error *err) SIGN_MUST_CHECK;

SIGN_END_DECLS
#endif
