/** @file
 * Watching folders: which files came in and are whole, and moving one aside with a note beside it.
 */
#ifndef LIBSIGN_WATCH_H
#define LIBSIGN_WATCH_H

#include <libsign/batch.h>

SIGN_BEGIN_DECLS

/** Borrowed for as long as the watch lives. */
typedef struct {
	sign_walk_options  walk; /**< which names count, and whether folders below are watched too */
	/**
	 * A file is taken once its size and times did not change for this long and nobody has it open for writing. A
	 * "x.p7s" settles together with the "x" beside it (SIGN_WALK_VERIFY), and waits six times as long for one
	 * that is missing.
	 */
	unsigned           settle_ms;
	const char *const *skip; /**< folders that are not descended into, NULL-terminated; NULL: none */
} sign_watch_options;
#define SIGN_WATCH_OPTIONS_INIT { SIGN_WALK_OPTIONS_INIT, 2000, NULL }

/** A file that is ready. Texts live until the next call of sign_watch_next(). */
typedef struct {
	const char *path, *relative; /**< as sign_walk_item */
	const char *root;            /**< the watched folder, as it was named */
} sign_watch_item;

/**
 * Folders under watch, by inotify: what lies there already is found by walking once, what comes later by its event.
 * Passed over are what a walk passes over, empty files, and names of files that are still being fetched (x.part,
 * x.tmp, x.crdownload, x~, ...): they count once they are written or renamed. Memory grows with the files that are
 * not settled yet, never with those that were handed out; lost events lead to another walk, so that a file may be
 * handed out again.
 */
typedef struct sign_watch sign_watch;
SIGN_API sign_code sign_watch_new(const sign_watch_options *options, sign_watch **watch, sign_error *err)
    SIGN_MUST_CHECK;
SIGN_API void      sign_watch_free(sign_watch *watch);

/**
 * Watch a folder (the path is copied), and walk through it.
 * @retval SIGN_E_NOT_FOUND, SIGN_E_PERMISSION, SIGN_E_READ  it cannot be watched
 * @retval SIGN_E_LIMIT      the system allows no more watches (fs.inotify.max_user_watches, max_user_instances)
 */
SIGN_API sign_code sign_watch_add(sign_watch *watch, const char *folder, sign_error *err) SIGN_MUST_CHECK;

/**
 * Wait until a file may be ready, or sign_watch_wake() was called. By one thread, while none is in sign_watch_next().
 * @retval SIGN_OK           look with sign_watch_next()
 * @retval SIGN_E_NOT_FOUND  a watched folder is gone
 */
SIGN_API sign_code sign_watch_wait(sign_watch *watch, sign_error *err) SIGN_MUST_CHECK;
/** End a wait, or the one that comes next. From any thread and from signal handlers. */
SIGN_API void sign_watch_wake(sign_watch *watch);

/**
 * The next file that is ready; never waits. One that was handed out is not handed out again before sign_watch_done().
 * @param item  [out] item->path NULL: none is ready now
 * @return SIGN_OK, or why something could not be walked or watched (item->path names it); go on calling
 */
SIGN_API sign_code sign_watch_next(sign_watch *watch, sign_watch_item *item, sign_error *err) SIGN_MUST_CHECK;
/** A file that was handed out is dealt with, or (`again`) to be handed out once more. From any thread. */
SIGN_API void sign_watch_done(sign_watch *watch, const char *path, bool again);

typedef struct {
	uint64_t folders;  /**< under watch */
	uint64_t settling; /**< files that are not settled, or settled and not handed out yet */
	uint64_t in_hand;  /**< handed out and not done */
	uint64_t rescans;  /**< walks that lost events made necessary */
} sign_watch_counts;
/** From any thread. */
SIGN_API void sign_watch_look(sign_watch *watch, sign_watch_counts *counts);

/** A text to lie beside a file that was moved: named as the file with `suffix` appended. */
typedef struct {
	const char *suffix, *text;
} sign_note;

/**
 * Move a file to folder/relative, making the folders, and write its notes beside it. Nothing is ever replaced: a name
 * that is taken, or would have a taken note, gets ".1", ".2", ... The move is a rename: within one file system.
 *
 * @param relative  a path below `folder`: no "..", not absolute
 * @param moved     [out] where it is now; yours, free(); NULL: it was not moved
 * @retval SIGN_E_NOT_FOUND  it is gone
 * @retval SIGN_E_NAME       `relative` leaves the folder
 * @return else why it could not be moved (*moved NULL), or a note not written (*moved set)
 */
SIGN_API sign_code sign_move_aside(const char *path, const char *folder, const char *relative, const sign_note *notes,
    size_t count, char **moved, sign_error *err) SIGN_MUST_CHECK;

SIGN_END_DECLS
#endif
