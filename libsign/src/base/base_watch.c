/*
 * Watching folders: the walk through what is there, then the events of what comes. Floor: base; implements
 * sign_watch_* of <libsign/watch.h>. What a settled file is worth is for others.
 */
#include "base_watch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- making ---------------------------------------------------------------------------------------------------- */

static bool
same_folder(const char *a, const char *b)
{
	struct stat at_a, at_b;

	return stat(a, &at_a) == 0 && stat(b, &at_b) == 0 && at_a.st_dev == at_b.st_dev && at_a.st_ino == at_b.st_ino;
}

/* The watch comes before the reading, so that nothing falls between. */
static sign_code
on_enter(void *user, const char *path, const char *relative, bool *enter, sign_error *err)
{
	sign_watch *w = user;

	if (*relative != '\0')
		for (const char *const *skip = w->options.skip; skip != NULL && *skip != NULL; skip++)
			if (same_folder(path, *skip)) {
				*enter = false;
				return SIGN_OK;
			}
	return ks_watch_folder(w, path, relative, w->walk_root, enter, err);
}

SIGN_API sign_code
sign_watch_new(const sign_watch_options *options, sign_watch **watch, sign_error *err)
{
	sign_watch *w = calloc(1, sizeof(*w));
	sign_code   code = SIGN_OK;

	*watch = NULL;
	if (w == NULL)
		return ks_fail_memory(err);
	w->options = *options;
	w->last_job = &w->first_job;
	TAILQ_INIT(&w->settling);
	TAILQ_INIT(&w->ready);
	pthread_mutex_init(&w->lock, NULL);
	w->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	w->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (w->inotify < 0 || w->wake < 0)
		code = errno == EMFILE
			   ? ks_fail_why(err, SIGN_E_LIMIT, "inotify", NULL, "fs.inotify.max_user_instances")
			   : ks_fail_errno(err, SIGN_E_INTERNAL, "inotify");
	if (code == SIGN_OK)
		code = sign_walk_new(&w->options.walk, &w->walk, err);
	if (code != SIGN_OK) {
		sign_watch_free(w);
		return code;
	}
	ks_walk_on_folder(w->walk, on_enter, w);
	*watch = w;
	return SIGN_OK;
}

static void
next_job(sign_watch *w, watch_job **job)
{
	*job = w->first_job;
	if (*job != NULL && (w->first_job = (*job)->next) == NULL)
		w->last_job = &w->first_job;
}

static void
free_job(watch_job *job)
{
	free(job->path);
	free(job->relative);
	free(job);
}

SIGN_API void
sign_watch_free(sign_watch *watch)
{
	watch_job *job;

	if (watch == NULL)
		return;
	sign_walk_free(watch->walk);
	for (next_job(watch, &job); job != NULL; next_job(watch, &job))
		free_job(job);
	ks_watch_files_clear(watch);
	ks_watch_folders_clear(watch);
	for (size_t i = 0; i < watch->root_count; i++)
		free(watch->roots[i]);
	free(watch->roots);
	free(watch->item_path);
	free(watch->item_relative);
	if (watch->inotify >= 0)
		close(watch->inotify);
	if (watch->wake >= 0)
		close(watch->wake);
	pthread_mutex_destroy(&watch->lock);
	free(watch);
}

static sign_code
add_root(sign_watch *w, const char *folder, sign_error *err)
{
	char **roots = realloc(w->roots, (w->root_count + 1) * sizeof(*roots));
	char  *root = strdup(folder);
	bool   there;

	if (roots != NULL)
		w->roots = roots;
	if (roots == NULL || root == NULL) {
		free(root);
		return ks_fail_memory(err);
	}
	roots[w->root_count++] = root;
	KS_TRY(ks_watch_folder(w, folder, "", root, &there, err));
	return ks_watch_queue_walk(w, folder, "", root, err);
}

SIGN_API sign_code
sign_watch_add(sign_watch *watch, const char *folder, sign_error *err)
{
	sign_code code;

	pthread_mutex_lock(&watch->lock);
	code = add_root(watch, folder, err);
	pthread_mutex_unlock(&watch->lock);
	return code;
}

/* ---- waiting --------------------------------------------------------------------------------------------------- */

static bool
is_walking(const sign_watch *w)
{
	return w->walk_root != NULL || w->first_job != NULL;
}

static void
rescan(sign_watch *w)
{
	sign_error none;

	w->lost = false;
	w->rescans++;
	for (size_t i = 0; i < w->root_count; i++)
		if (ks_watch_queue_walk(w, w->roots[i], "", w->roots[i], &none) != SIGN_OK)
			w->lost = true;
}

/* Take in all that is known without waiting. */
static void
catch_up(sign_watch *w)
{
	ks_watch_drain(w);
	ks_watch_ripen(w);
	if (w->lost && !is_walking(w) && w->settling_count < WATCH_MAX_SETTLING / 2)
		rescan(w);
}

static int
timeout_ms(const sign_watch *w)
{
	const watch_file *f = TAILQ_FIRST(&w->settling);
	int64_t           left;

	if (f == NULL)
		return w->remote ? WATCH_REMOTE_MS : -1;
	left = f->due_ms - ks_watch_now_ms();
	return left <= 0 ? 0 : left > WATCH_REMOTE_MS ? WATCH_REMOTE_MS : (int)left;
}

static bool
was_woken(sign_watch *w)
{
	uint64_t n;

	return read(w->wake, &n, sizeof(n)) == (ssize_t)sizeof(n);
}

static sign_code
wait_locked(sign_watch *w, sign_error *err)
{
	for (;;) {
		struct pollfd ready[2] = { { w->inotify, POLLIN, 0 }, { w->wake, POLLIN, 0 } };
		int           timeout, n;

		catch_up(w);
		if (w->gone != NULL)
			return ks_fail(err, SIGN_E_NOT_FOUND, w->gone);
		if (was_woken(w) || is_walking(w) || !TAILQ_EMPTY(&w->ready))
			return SIGN_OK;
		timeout = timeout_ms(w);
		pthread_mutex_unlock(&w->lock);
		n = poll(ready, 2, timeout);
		pthread_mutex_lock(&w->lock);
		if (n < 0 && errno != EINTR)
			return ks_fail_errno(err, SIGN_E_INTERNAL, "poll");
		w->lost = w->lost || (n == 0 && timeout == WATCH_REMOTE_MS && w->remote);
	}
}

SIGN_API sign_code
sign_watch_wait(sign_watch *watch, sign_error *err)
{
	sign_code code;

	pthread_mutex_lock(&watch->lock);
	code = wait_locked(watch, err);
	pthread_mutex_unlock(&watch->lock);
	return code;
}

SIGN_API void
sign_watch_wake(sign_watch *watch)
{
	static const uint64_t one = 1;
	int                   number = errno; /* a signal handler leaves no trace */

	if (write(watch->wake, &one, sizeof(one)) < 0) {
		/* full: it is awake */
	}
	errno = number;
}

/* ---- handing out ----------------------------------------------------------------------------------------------- */

static sign_code
set_item(
    sign_watch *w, sign_watch_item *item, const char *path, const char *relative, const char *root, sign_error *err)
{
	free(w->item_path);
	free(w->item_relative);
	w->item_path = strdup(path);
	w->item_relative = strdup(relative);
	if (w->item_path == NULL || w->item_relative == NULL) {
		ks_watch_release(w, path, true);
		return ks_fail_memory(err);
	}
	*item = (sign_watch_item){ w->item_path, w->item_relative, root };
	return SIGN_OK;
}

/* One step of the walk: *item is filled when it met a settled file. */
static sign_code
walk_on(sign_watch *w, sign_watch_item *item, sign_error *err)
{
	sign_walk_item found;
	sign_code      code = sign_walk_next(w->walk, &found, err);
	const char    *name;
	sign_error     none;

	if (code != SIGN_OK) {
		if (found.path != NULL &&
		    set_item(w, item, found.path, found.relative, w->walk_root, &none) != SIGN_OK)
			return ks_fail_memory(err);
		return code;
	}
	if (found.path == NULL) {
		w->walk_root = NULL;
		return SIGN_OK;
	}
	name = strrchr(found.path, '/');
	if (!ks_watch_is_unfinished(name != NULL ? name + 1 : found.path) &&
	    ks_watch_meet(w, found.path, found.relative, w->walk_root))
		return set_item(w, item, found.path, found.relative, w->walk_root, err);
	return SIGN_OK;
}

static sign_code
start_job(sign_watch *w, sign_error *err)
{
	watch_job *job;
	sign_code  code;

	next_job(w, &job);
	w->walk_root = job->root;
	code = ks_walk_add_beneath(w->walk, job->path, job->relative, err);
	free_job(job);
	if (code != SIGN_OK)
		w->lost = true;
	return code;
}

static sign_code
next_locked(sign_watch *w, sign_watch_item *item, sign_error *err)
{
	watch_file *f;

	catch_up(w);
	if ((f = ks_watch_take(w)) != NULL)
		return set_item(w, item, f->path, f->relative, f->root, err);
	while (item->path == NULL && is_walking(w)) {
		if (w->walk_root == NULL)
			KS_TRY(start_job(w, err));
		KS_TRY(walk_on(w, item, err));
	}
	return SIGN_OK;
}

SIGN_API sign_code
sign_watch_next(sign_watch *watch, sign_watch_item *item, sign_error *err)
{
	sign_code code;

	*item = (sign_watch_item){ NULL, NULL, NULL };
	pthread_mutex_lock(&watch->lock);
	code = next_locked(watch, item, err);
	pthread_mutex_unlock(&watch->lock);
	return code;
}

SIGN_API void
sign_watch_done(sign_watch *watch, const char *path, bool again)
{
	pthread_mutex_lock(&watch->lock);
	ks_watch_release(watch, path, again);
	pthread_mutex_unlock(&watch->lock);
}

SIGN_API void
sign_watch_look(sign_watch *watch, sign_watch_counts *counts)
{
	pthread_mutex_lock(&watch->lock);
	*counts = (sign_watch_counts){ watch->folder_count, watch->settling_count, watch->in_hand, watch->rescans };
	pthread_mutex_unlock(&watch->lock);
}
