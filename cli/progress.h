/*
 * The progress line: on stderr, only when it is a terminal, at most a few times a second. And the status line that
 * SIGUSR1 asks for, whatever stderr is.
 */
#ifndef KYSO_PROGRESS_H
#define KYSO_PROGRESS_H

#include "kyso.h"

#include <pthread.h>

struct watch;

#define LAST_BYTES 512

struct progress {
	bool            on, shown, asked; /* asked: the thread that answers SIGUSR1 runs */
	bool            ending;
	uint64_t        total; /* 0: not known */
	uint64_t        files, bytes, failed;
	uint64_t        base_files, base_bytes; /* when `based`: rates count from there */
	struct timespec begun, based, drawn;
	char            last[LAST_BYTES];
	struct watch   *watch; /* NULL: none */
	pthread_mutex_t lock;
	pthread_t       answers;
};

/* SIGUSR1 is kept for the thread that answers it; at the very beginning, before there is any other thread. */
void progress_hold_signal(void);
void progress_begin(struct progress *p, const struct run *run, uint64_t total, struct watch *watch);
/* One file is done. */
void progress_add(struct progress *p, const char *path, uint64_t bytes, bool failed);
/* Work begins after a wait: rates are those from here on. */
void progress_rebase(struct progress *p);
/* Take the line away before something else is printed; the next progress_add() brings it back. */
void progress_hide(struct progress *p);
/* Seconds since progress_begin(). */
double progress_seconds(struct progress *p);
/* Also without a progress_begin(). */
void progress_end(struct progress *p);

#endif
