/** @file
 * Many documents: source of items → workers → one ordered sink. Memory does not depend on how many there are.
 */
#ifndef LIBSIGN_BATCH_H
#define LIBSIGN_BATCH_H

#include <libsign/verify.h>

SIGN_BEGIN_DECLS

/* ---- where items come from --------------------------------------------------------------------------------------- */

typedef enum {
	SIGN_WALK_SIGN = 0, /**< documents; containers and signatures are passed over */
	SIGN_WALK_ADD,      /**< containers; documents are passed over */
	SIGN_WALK_VERIFY,   /**< everything; "x" beside "x.p7s" counts with its signature */
} sign_walk_mode;

typedef struct {
	const char *const *include; /**< globs on the file's name, NULL-terminated; NULL: all */
	const char *const *exclude;
	bool               recursive;
	sign_walk_mode     mode;
} sign_walk_options;
#define SIGN_WALK_OPTIONS_INIT { NULL, NULL, false, SIGN_WALK_SIGN }

typedef struct {
	const char *path;     /**< to open */
	const char *relative; /**< below the root it was found under; the file's name for a path that was named itself */
	bool        named;    /**< given by itself, not found in a folder */
} sign_walk_item;

/**
 * Walks paths lazily: named files as they come, folders a block of names at a time, sorted within the block. Hidden, lock
 * and system files are passed over; symbolic links in folders are not followed. A missing path is reported through
 * sign_walk_next() and does not end the walk.
 */
typedef struct sign_walk sign_walk;
SIGN_API sign_code sign_walk_new(const sign_walk_options *options, sign_walk **walk, sign_error *err) SIGN_MUST_CHECK;
SIGN_API void      sign_walk_free(sign_walk *walk);
/** Queue a path (copied). May be called between calls of next, so that lists can be longer than memory. */
SIGN_API sign_code sign_walk_add(sign_walk *walk, const char *path, sign_error *err) SIGN_MUST_CHECK;
/**
 * @param item  [out] borrowed until the next call; item->path NULL: the queue is empty
 * @return SIGN_OK, or why one path could not be walked (item->path names it); go on calling
 */
SIGN_API sign_code sign_walk_next(sign_walk *walk, sign_walk_item *item, sign_error *err) SIGN_MUST_CHECK;
/** How many files were passed over: hidden and system files, containers (or, adding, documents), filtered, links and devices. */
typedef struct {
	uint64_t hidden, wrong_kind, filtered, special;
} sign_walk_counts;
SIGN_API void sign_walk_passed_over(const sign_walk *walk, sign_walk_counts *counts);

/* ---- the engine -------------------------------------------------------------------------------------------------- */

/** One job. Strings are copied by the engine when `next` returns. */
typedef struct {
	const char *path;
	const char *output;  /**< signing: where; verifying: NULL */
	const char *content; /**< of a detached signature; may be NULL */
	bool        named;   /**< given by itself: a document without signature is then a fault, not a count */
} sign_batch_item;

/** How one job ended. Borrowed during the call of `done`. */
typedef struct {
	uint64_t           number;  /**< 0, 1, 2, ... in the order of the source */
	const char        *path, *output;
	bool               named;
	uint64_t           size_bytes; /**< of the input */
	sign_code          code;
	const sign_error  *error;
	const sign_report *report;  /**< verifying: with SIGN_OK and SIGN_E_NOT_PASSED; else NULL */
	bool               warned;  /**< see sign_add() */
	uint64_t           output_bytes; /**< of what was written; 0: nothing was */
	int64_t            mtime_ns;   /**< of the input, when it was opened; 0: not known, or two files (a detached signature) */
	sign_bytes         digest;     /**< of the document, by the signature's algorithm; empty if it was not made */
	sign_bytes         signature;  /**< SHA-256 of the signature (CMS) that was made; empty if none was */
	int64_t            started_ns, finished_ns; /**< since 1970, UTC */
} sign_batch_result;

typedef struct {
	/** The next job, or false at the end. Called by one thread at a time, never after it returned false. */
	bool (*next)(void *user, sign_batch_item *item);
	/** Called in the order of the source, by one thread at a time, when the result is final (and durable). */
	void (*done)(void *user, const sign_batch_result *result);
	void    *user;
	unsigned jobs;       /**< threads; 0: as many as there are processors */
	const volatile int *stop; /**< becomes non-zero: finish what is in hand, take no more; may be NULL */
} sign_batch_options;
#define SIGN_BATCH_OPTIONS_INIT { NULL, NULL, NULL, 0, NULL }

/**
 * Sign every item (sign_document()), or with `verifier`/`add` add a signature to every item (sign_add()).
 * @return SIGN_OK when the batch ran to its end, whatever became of single items; SIGN_E_INTERRUPTED when stopped;
 *         a key error (SIGN_E_PIN_*, SIGN_E_CRYPTO) that ended it
 */
SIGN_API sign_code sign_batch_sign(sign_key *key, const sign_options *options, bool add, const sign_verifier *verifier,
    const sign_batch_options *batch, sign_error *err) SIGN_MUST_CHECK;
/** Verify every item. Returns as above. */
SIGN_API sign_code sign_batch_verify(const sign_verifier *verifier, const sign_batch_options *batch, sign_error *err)
    SIGN_MUST_CHECK;

SIGN_END_DECLS
#endif
