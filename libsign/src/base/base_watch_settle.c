/*
 * Files that came in: they wait until nothing changes them any more, are handed out once, and are known as long as
 * somebody has them in hand. Floor: base.
 */
#include "base_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHORTEST_TURN_MS 100

int64_t
ks_watch_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool
ks_watch_is_unfinished(const char *name)
{
	static const char *const suffixes[] = { ".part", ".partial", ".tmp", ".temp", ".crdownload", ".download",
		".filepart", ".opdownload", "~" };
	size_t len = strlen(name);

	for (size_t i = 0; i < KS_COUNT(suffixes); i++) {
		size_t n = strlen(suffixes[i]);

		if (len > n && strcasecmp(name + len - n, suffixes[i]) == 0)
			return true;
	}
	return false;
}

/* ---- looking --------------------------------------------------------------------------------------------------- */

static int64_t
nanoseconds(struct timespec at)
{
	return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

/* The document of "x.p7s", malloc'ed; NULL: this name is not a detached signature's, or memory is gone. */
static char *
document_of(const sign_watch *w, const char *path)
{
	size_t len = strlen(path);

	if (w->options.walk.mode != SIGN_WALK_VERIFY || len < 5 || strcasecmp(path + len - 4, ".p7s") != 0)
		return NULL;
	return strndup(path, len - 4);
}

static watch_look
look_at(const sign_watch *w, const char *path)
{
	KS_AUTO(ks_auto_mem) char *document = document_of(w, path);
	watch_look  look = { .there = false };
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		look.there = true;
		look.size = st.st_size;
		look.mtime_ns = nanoseconds(st.st_mtim);
		look.ctime_ns = nanoseconds(st.st_ctim);
	}
	if (document != NULL && lstat(document, &st) == 0) {
		look.pair_there = true;
		look.pair_size = st.st_size;
		look.pair_mtime_ns = nanoseconds(st.st_mtim);
		look.pair_ctime_ns = nanoseconds(st.st_ctim);
	}
	return look;
}

static bool
same_look(const watch_look *a, const watch_look *b)
{
	return a->there == b->there && a->size == b->size && a->mtime_ns == b->mtime_ns &&
	       a->ctime_ns == b->ctime_ns && a->pair_there == b->pair_there && a->pair_size == b->pair_size &&
	       a->pair_mtime_ns == b->pair_mtime_ns && a->pair_ctime_ns == b->pair_ctime_ns;
}

/*
 * Has anybody got it open for writing? The kernel tells by refusing a read lease (fcntl(2)), to the file's owner and
 * on local file systems; elsewhere the times alone decide. SIGURG, which is ignored unless somebody wants it, in
 * place of the SIGIO that would end the process if a writer came in just then.
 */
static bool
one_is_written(const char *path)
{
	int  fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	bool busy;

	if (fd < 0)
		return errno == EWOULDBLOCK; /* a file server lent it to a client */
	busy = fcntl(fd, F_SETSIG, SIGURG) == 0 && fcntl(fd, F_SETLEASE, F_RDLCK) != 0 && errno == EAGAIN;
	fcntl(fd, F_SETLEASE, F_UNLCK);
	close(fd);
	return busy;
}

static bool
is_written(const sign_watch *w, const char *path, const watch_look *look)
{
	KS_AUTO(ks_auto_mem) char *document = look->pair_there ? document_of(w, path) : NULL;

	return one_is_written(path) || (document != NULL && one_is_written(document));
}

static unsigned
patience_ms(const sign_watch *w, const char *path, const watch_look *look)
{
	KS_AUTO(ks_auto_mem) char *document = document_of(w, path);

	return document != NULL && !look->pair_there ? w->options.settle_ms * WATCH_PATIENCE : w->options.settle_ms;
}

/* By its change time, which nobody can set: old enough to be settled without waiting? A time in the future tells
 * nothing. */
static bool
is_old(const sign_watch *w, const char *path, const watch_look *look)
{
	struct timespec now;
	int64_t         last = look->ctime_ns > look->pair_ctime_ns ? look->ctime_ns : look->pair_ctime_ns;

	clock_gettime(CLOCK_REALTIME, &now);
	return nanoseconds(now) - last >= (int64_t)patience_ms(w, path, look) * 1000000;
}

/* ---- the files that are known ---------------------------------------------------------------------------------- */

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const watch_file *)a)->path, ((const watch_file *)b)->path);
}

static watch_file *
find(const sign_watch *w, const char *path)
{
	watch_file wanted = { .path = (char *)path };
	void      *node = tfind(&wanted, &w->files, by_path);

	return node != NULL ? *(watch_file **)node : NULL;
}

static void
free_file(void *p)
{
	watch_file *f = p;

	free(f->path);
	free(f->relative);
	free(f);
}

static watch_file *
new_file(sign_watch *w, const char *path, const char *relative, const char *root)
{
	watch_file *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->path = strdup(path);
	f->relative = strdup(relative);
	f->root = root;
	if (f->path == NULL || f->relative == NULL || tsearch(f, &w->files, by_path) == NULL) {
		free_file(f);
		return NULL;
	}
	return f;
}

static void
drop(sign_watch *w, watch_file *f)
{
	tdelete(f, &w->files, by_path);
	free_file(f);
}

static void
leave_queue(sign_watch *w, watch_file *f)
{
	if (f->state == WATCH_SETTLING)
		TAILQ_REMOVE(&w->settling, f, entry);
	else
		TAILQ_REMOVE(&w->ready, f, entry);
	w->settling_count--;
}

/* To the end of the queue: all wait equally long, so it stays sorted by time. */
static void
settle(sign_watch *w, watch_file *f)
{
	unsigned turn = w->options.settle_ms > SHORTEST_TURN_MS ? w->options.settle_ms : SHORTEST_TURN_MS;

	f->state = WATCH_SETTLING;
	f->touched = false;
	f->due_ms = ks_watch_now_ms() + turn;
	TAILQ_INSERT_TAIL(&w->settling, f, entry);
	w->settling_count++;
}

void
ks_watch_arm(sign_watch *w, const char *path, const char *relative, const char *root)
{
	watch_file *f = find(w, path);
	watch_look  look = look_at(w, path);

	if (f != NULL && f->state == WATCH_IN_HAND) {
		f->touched = true;
		return;
	}
	if (!look.there && f == NULL)
		return;
	if (f != NULL)
		leave_queue(w, f);
	else if (w->settling_count < WATCH_MAX_SETTLING)
		f = new_file(w, path, relative, root);
	if (f == NULL) {
		w->lost = true;
		return;
	}
	f->look = look;
	f->quiet_ms = 0;
	settle(w, f);
}

bool
ks_watch_meet(sign_watch *w, const char *path, const char *relative, const char *root)
{
	watch_look  look = look_at(w, path);
	watch_file *f;

	if (!look.there || find(w, path) != NULL)
		return false;
	if (!is_old(w, path, &look) || is_written(w, path, &look)) {
		ks_watch_arm(w, path, relative, root);
		return false;
	}
	f = new_file(w, path, relative, root);
	if (f == NULL) {
		w->lost = true;
		return false;
	}
	f->state = WATCH_IN_HAND;
	w->in_hand++;
	return true;
}

static void
look_again(sign_watch *w, watch_file *f)
{
	watch_look look = look_at(w, f->path);
	unsigned   turn = w->options.settle_ms;

	leave_queue(w, f);
	if (!look.there) {
		drop(w, f);
		return;
	}
	f->quiet_ms = same_look(&look, &f->look) && !is_written(w, f->path, &look) ? f->quiet_ms + turn : 0;
	f->look = look;
	if (f->quiet_ms < patience_ms(w, f->path, &look) || (turn == 0 && is_written(w, f->path, &look))) {
		settle(w, f);
		return;
	}
	f->state = WATCH_READY;
	TAILQ_INSERT_TAIL(&w->ready, f, entry);
	w->settling_count++;
}

void
ks_watch_ripen(sign_watch *w)
{
	int64_t     now = ks_watch_now_ms();
	watch_file *f;

	while ((f = TAILQ_FIRST(&w->settling)) != NULL && f->due_ms <= now)
		look_again(w, f);
}

watch_file *
ks_watch_take(sign_watch *w)
{
	watch_file *f = TAILQ_FIRST(&w->ready);

	if (f == NULL)
		return NULL;
	leave_queue(w, f);
	f->state = WATCH_IN_HAND;
	w->in_hand++;
	return f;
}

void
ks_watch_release(sign_watch *w, const char *path, bool again)
{
	watch_file *f = find(w, path);
	watch_look  look;

	if (f == NULL || f->state != WATCH_IN_HAND)
		return;
	w->in_hand--;
	look = look_at(w, path);
	if ((!again && !f->touched) || !look.there) {
		drop(w, f);
		return;
	}
	f->look = look;
	f->quiet_ms = 0;
	settle(w, f);
}

void
ks_watch_files_clear(sign_watch *w)
{
	tdestroy(w->files, free_file);
	w->files = NULL;
}
