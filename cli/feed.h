/*
 * The items of a run: the paths of the command line, then --files-from, walked lazily; and which of the named paths gave
 * nothing.
 */
#ifndef KYSO_FEED_H
#define KYSO_FEED_H

#include "kyso.h"
#include "watch.h"

#include <pthread.h>

/* A path named on the command line; the list of --files-from counts as one. */
struct root {
	const char *path;
	uint64_t    first; /* number of its first item */
	uint64_t    items; /* handed out */
	uint64_t    taken; /* signed or judged: counted by feed_taken() */
	bool        fault; /* could not be walked: said already */
};

struct feed {
	const struct run *run;
	struct watch     *watch; /* NULL: walk the paths; else take what comes */
	sign_walk        *walk;
	int               list; /* descriptor of the list, -1 none */
	char             *line; /* one path of the list */
	char             *block; /* what was read of it, [block_at, block_len) still to be taken */
	size_t            block_at, block_len;
	struct root      *roots;
	size_t            root_count, root_at; /* root_at: of the item handed out last; root_count before the first */
	size_t            root_done;           /* of the item reported last */
	uint64_t          given;
	bool              started;
	pthread_mutex_t   lock; /* next and done run in different threads */
	/* told about each path that cannot be walked; in the thread of next */
	void (*fault)(void *user, const char *path, const sign_error *err);
	void             *user;
};

sign_code feed_open(struct feed *feed, const struct run *run, sign_walk_mode mode, sign_error *err);
void      feed_close(struct feed *feed);
/* The next item, borrowed until the following call; false at the end. */
bool      feed_next(struct feed *feed, sign_walk_item *item);
/* The item was handed on as number feed->given: count it. */
void      feed_given(struct feed *feed);
/* The item needs no work: it counts, and takes no number. */
void      feed_known(struct feed *feed);
/* Item `number` was signed or judged. Numbers come in order. */
void      feed_taken(struct feed *feed, uint64_t number);

/* What a run is about to do, as far as it can be known cheaply. */
struct survey {
	uint64_t files, bytes;
	bool     complete; /* false: a list, or more than SURVEY_MAX files */
};
#define SURVEY_MAX 10000
/* `each`, which may be NULL, is told of every file that is counted. */
typedef void (*survey_fn)(void *user, const sign_walk_item *item);
sign_code feed_survey(const struct run *run, sign_walk_mode mode, struct survey *survey, survey_fn each, void *user,
    sign_error *err);

/* More than one result may come: several paths, a folder, or a list. */
bool is_many(const struct run *run);
bool is_folder(const char *path);
/* --jobs, else the configuration's, else 0 (a thread for each processor); one document needs one thread. */
unsigned jobs_setting(const struct run *run);
/* Make a folder and its parents. */
sign_code make_folders(const char *path, sign_error *err);

#endif
