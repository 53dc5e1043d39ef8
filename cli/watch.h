/*
 * --watch: a hot folder. What comes in and has settled goes through the same batches as a named folder; what fails is
 * moved aside with the reason beside it; what is no fault of the document ends the watch and moves nothing.
 */
#ifndef KYSO_WATCH_H
#define KYSO_WATCH_H

#include "kyso.h"

#include <stdatomic.h>

struct watch {
	const struct run *run;
	sign_watch       *at; /* NULL: this run watches nothing */
	const char       *root;
	char             *failed;   /* root/failed */
	const char       *skip[3];  /* folders that are ours; borrowed by `at` */
	const char       *valid_to; /* NULL: what is valid stays */
	bool              pairs;    /* a detached signature takes its document along */
	bool              told;     /* that it watches */
	atomic_bool       halted;   /* no document is to blame, so nothing more is begun; then `halt` says why */
	sign_error        halt;
	time_t            refreshed;
	uint64_t          moved_failed, moved_valid;
	void (*fault)(void *user, const char *path, const sign_error *err);
	void             *user; /* of fault */
};

/* --watch without a folder takes the configuration's; contradictions are said. 0, or an exit code. */
int       watch_check(struct run *run);
/* Does nothing without --watch. */
sign_code watch_open(struct watch *w, const struct run *run, sign_walk_mode mode, sign_error *err);
void      watch_close(struct watch *w);
/* The next file that has settled; false when none has, at a stop, and after a halt. */
bool      watch_next(struct watch *w, sign_walk_item *item);
/* Until there is something to do: SIGN_OK; or why the watch ends (SIGN_E_INTERRUPTED: it was asked to). */
sign_code watch_wait(struct watch *w, sign_error *err);
/* Is it time to ask again whether key, trust and revocation are as they were? */
bool      watch_is_stale(struct watch *w);
/* A file needs no more. */
void      watch_done(struct watch *w, const char *path);
/*
 * A file that ended with `err`: it stays, comes again, goes aside with the reason, or halts the watch. With `notes`
 * (verify) it goes aside with those.
 */
void watch_settle(
    struct watch *w, const char *path, sign_code code, const sign_error *err, const sign_note *notes, size_t count);
/* A valid one goes where --valid-to says. */
void      watch_valid(struct watch *w, const char *path);
/* Counts for the status line: waiting to settle, in hand. */
void      watch_counts(struct watch *w, uint64_t *settling, uint64_t *in_hand);
/* $XDG_STATE_HOME/kyso/VERB-XXXXXXXX.journal of the watched folder; malloc'ed, NULL without memory or a home. */
char     *watch_journal(const struct run *run, const char *verb);

#endif
