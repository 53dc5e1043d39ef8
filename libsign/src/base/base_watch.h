/*
 * The inside of a watch, shared by its files: folders and their events (base_watch_folders.c), files that settle
 * (base_watch_settle.c), and the whole (base_watch.c). Everything is called with the lock held. Floor: base.
 */
#ifndef KS_BASE_WATCH_H
#define KS_BASE_WATCH_H

#include "base_walk.h"

#include <libsign/watch.h>

#include <pthread.h>
#include <sys/queue.h>

#define WATCH_MAX_SETTLING 65536 /* more at once are found by another walk */
#define WATCH_MAX_FOLDERS  1000000
#define WATCH_PATIENCE     6     /* how many times longer a signature without its document waits */
#define WATCH_REMOTE_MS    60000 /* between walks where no event tells what other machines did */

/* What a file looks like, and for a "x.p7s" also the x beside it. Two equal looks: nothing happened between. */
typedef struct {
	bool    there, pair_there;
	int64_t size, mtime_ns, ctime_ns;
	int64_t pair_size, pair_mtime_ns, pair_ctime_ns;
} watch_look;

typedef enum { WATCH_SETTLING = 0, WATCH_READY, WATCH_IN_HAND } watch_state;

typedef struct watch_file {
	TAILQ_ENTRY(watch_file) entry; /* of settling or ready */
	char       *path, *relative;
	const char *root;
	watch_state state;
	bool        touched;  /* in hand, and something happened to it since */
	watch_look  look;
	int64_t     due_ms;   /* when it is looked at again */
	unsigned    quiet_ms; /* unchanged for so long */
} watch_file;
TAILQ_HEAD(watch_queue, watch_file);

typedef struct {
	int         wd;
	char       *path, *relative;
	const char *root;
} watch_folder;

/* A folder to be walked through yet. */
typedef struct watch_job {
	struct watch_job *next;
	char             *path, *relative;
	const char       *root;
} watch_job;

struct sign_watch {
	sign_watch_options options;
	sign_walk_counts   counts; /* of what events named and we pass over */
	int                inotify, wake;
	char             **roots;
	size_t             root_count;
	bool               remote; /* a root lies on a network file system */
	const char        *gone;   /* a root that is no more */
	watch_folder      *folders; /* sorted by wd */
	size_t             folder_count, folder_cap;
	sign_walk         *walk;
	const char        *walk_root; /* of the job in hand; NULL: nothing is being walked */
	watch_job         *first_job, **last_job;
	void              *files; /* tsearch() tree of watch_file by path */
	struct watch_queue settling, ready;
	size_t             settling_count, in_hand;
	bool               lost; /* events were: walk again */
	uint64_t           rescans;
	char              *item_path, *item_relative;
	pthread_mutex_t    lock;
};

/* ---- base_watch_folders.c -------------------------------------------------------------------------------------- */
/* Watch one folder; *there false: it is gone already. */
sign_code ks_watch_folder(sign_watch *w, const char *path, const char *relative, const char *root, bool *there,
    sign_error *err);
void      ks_watch_folders_clear(sign_watch *w);
/* Take in what happened; never waits. */
void      ks_watch_drain(sign_watch *w);
sign_code ks_watch_queue_walk(
    sign_watch *w, const char *path, const char *relative, const char *root, sign_error *err);

/* ---- base_watch_settle.c --------------------------------------------------------------------------------------- */
int64_t     ks_watch_now_ms(void);
/* Something happened to a file: it has to settle (anew). */
void        ks_watch_arm(sign_watch *w, const char *path, const char *relative, const char *root);
/* A file that a walk met: true if it is settled and now in hand. */
bool        ks_watch_meet(sign_watch *w, const char *path, const char *relative, const char *root);
/* Move what has settled to the ready ones. */
void        ks_watch_ripen(sign_watch *w);
/* The next ready one, now in hand; NULL if there is none. */
watch_file *ks_watch_take(sign_watch *w);
void        ks_watch_release(sign_watch *w, const char *path, bool again);
void        ks_watch_files_clear(sign_watch *w);
/* "x.part", "x~": being fetched or edited still. */
bool        ks_watch_is_unfinished(const char *name);

#endif
