/*
 * The progress line: on stderr, only when it is a terminal, at most a few times a second.
 */
#ifndef KYSO_PROGRESS_H
#define KYSO_PROGRESS_H

#include "kyso.h"

struct progress {
	bool            on, shown;
	uint64_t        total; /* 0: not known */
	uint64_t        files, bytes, failed;
	struct timespec begun, drawn;
};

void progress_begin(struct progress *p, const struct run *run, uint64_t total);
/* One file is done. */
void progress_add(struct progress *p, uint64_t bytes, bool failed);
/* Take the line away before something else is printed; the next progress_add() brings it back. */
void progress_hide(struct progress *p);
/* Seconds since progress_begin(). */
double progress_seconds(const struct progress *p);

#endif
