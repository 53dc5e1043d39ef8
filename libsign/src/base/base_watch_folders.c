/*
 * Folders under watch: one inotify watch each, and what their events mean. Floor: base.
 */
#include "base_watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/vfs.h>
#include <unistd.h>

/* IN_CREATE brings folders, and files that got their name by link(2), as our own outputs do. */
#define EVENTS (IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR | IN_EXCL_UNLINK)

/* ---- the table ------------------------------------------------------------------------------------------------- */

/* Where `wd` is, or would be. */
static size_t
place_of(const sign_watch *w, int wd)
{
	size_t low = 0, high = w->folder_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (w->folders[middle].wd < wd)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static watch_folder *
find_folder(const sign_watch *w, int wd)
{
	size_t i = place_of(w, wd);

	return i < w->folder_count && w->folders[i].wd == wd ? &w->folders[i] : NULL;
}

static void
clear_folder(watch_folder *f)
{
	free(f->path);
	free(f->relative);
}

static void
forget(sign_watch *w, watch_folder *f)
{
	size_t i = (size_t)(f - w->folders);

	clear_folder(f);
	memmove(f, f + 1, (w->folder_count - i - 1) * sizeof(*f));
	w->folder_count--;
}

static sign_code
remember(sign_watch *w, watch_folder found, sign_error *err)
{
	size_t        i = place_of(w, found.wd);
	watch_folder *known = find_folder(w, found.wd);

	if (known != NULL) { /* moved, or met twice: the last name is the one it has */
		clear_folder(known);
		*known = found;
		return SIGN_OK;
	}
	if (w->folder_count == w->folder_cap) {
		size_t        cap = w->folder_cap > 0 ? w->folder_cap * 2 : 16;
		watch_folder *more = realloc(w->folders, cap * sizeof(*more));

		if (more == NULL) {
			clear_folder(&found);
			return ks_fail_memory(err);
		}
		w->folders = more;
		w->folder_cap = cap;
	}
	memmove(w->folders + i + 1, w->folders + i, (w->folder_count - i) * sizeof(found));
	w->folders[i] = found;
	w->folder_count++;
	return SIGN_OK;
}

void
ks_watch_folders_clear(sign_watch *w)
{
	for (size_t i = 0; i < w->folder_count; i++)
		clear_folder(&w->folders[i]);
	free(w->folders);
}

/* ---- watching -------------------------------------------------------------------------------------------------- */

static uint32_t
mask_of(const sign_watch *w, bool is_root)
{
	uint32_t mask = EVENTS;

	if (is_root)
		mask |= IN_MOVE_SELF;
	else
		mask |= IN_DONT_FOLLOW;
	return w->options.walk.recursive ? mask | IN_MOVED_FROM : mask;
}

/* Where other machines write, no event comes. */
static bool
is_remote(const char *path)
{
	static const uint32_t types[] = { 0x6969 /* NFS */, 0x517B /* SMB */, 0xFE534D42 /* SMB2 */,
		0xFF534D42 /* CIFS */, 0x65735546 /* FUSE */, 0x01021997 /* 9P */, 0x00C36400 /* Ceph */,
		0x5346414F /* AFS */ };
	struct statfs fs;

	if (statfs(path, &fs) != 0)
		return false;
	for (size_t i = 0; i < KS_COUNT(types); i++)
		if ((uint32_t)fs.f_type == types[i])
			return true;
	return false;
}

sign_code
ks_watch_folder(sign_watch *w, const char *path, const char *relative, const char *root, bool *there, sign_error *err)
{
	watch_folder found = { .root = root };

	*there = false;
	if (w->folder_count >= WATCH_MAX_FOLDERS)
		return ks_fail_why(err, SIGN_E_LIMIT, path, NULL, "%d", WATCH_MAX_FOLDERS);
	found.wd = inotify_add_watch(w->inotify, path, mask_of(w, *relative == '\0'));
	if (found.wd < 0 && *relative != '\0' && (errno == ENOENT || errno == ENOTDIR))
		return SIGN_OK; /* it went as it came */
	if (found.wd < 0 && errno == ENOSPC)
		return ks_fail_why(err, SIGN_E_LIMIT, path, NULL, "fs.inotify.max_user_watches");
	if (found.wd < 0)
		return ks_fail_errno(err, SIGN_E_READ, path);
	found.path = strdup(path);
	found.relative = strdup(relative);
	if (found.path == NULL || found.relative == NULL) {
		clear_folder(&found);
		return ks_fail_memory(err);
	}
	KS_TRY(remember(w, found, err));
	w->remote = w->remote || (*relative == '\0' && is_remote(path));
	*there = true;
	return SIGN_OK;
}

sign_code
ks_watch_queue_walk(sign_watch *w, const char *path, const char *relative, const char *root, sign_error *err)
{
	watch_job *job = calloc(1, sizeof(*job));

	if (job != NULL) {
		job->path = strdup(path);
		job->relative = strdup(relative);
		job->root = root;
	}
	if (job == NULL || job->path == NULL || job->relative == NULL) {
		if (job != NULL) {
			free(job->path);
			free(job->relative);
		}
		free(job);
		return ks_fail_memory(err);
	}
	*w->last_job = job;
	w->last_job = &job->next;
	return SIGN_OK;
}

/* ---- events ---------------------------------------------------------------------------------------------------- */

/* A folder was moved away: its watches would go with it, under names that are no longer true. */
static void
release_below(sign_watch *w, const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < w->folder_count; i++) {
		const watch_folder *f = &w->folders[i];

		if (strncmp(f->path, path, len) == 0 && (f->path[len] == '\0' || f->path[len] == '/'))
			inotify_rm_watch(w->inotify, f->wd); /* IN_IGNORED follows and takes the row away */
	}
}

static void
on_folder(sign_watch *w, uint32_t mask, const char *path, const char *relative, const char *root)
{
	sign_error none;

	if (!w->options.walk.recursive)
		return;
	if ((mask & IN_MOVED_FROM) != 0)
		release_below(w, path);
	else if (ks_watch_queue_walk(w, path, relative, root, &none) != SIGN_OK)
		w->lost = true;
}

/* What happens to "x" happens to its "x.p7s", if it has one. */
static void
on_file(sign_watch *w, const char *name, const char *path, const char *relative, const char *root)
{
	KS_AUTO(ks_auto_mem) char *signature = NULL;
	KS_AUTO(ks_auto_mem) char *signature_relative = NULL;

	if (ks_watch_is_unfinished(name))
		return;
	if (ks_walk_takes(&w->options.walk, &w->counts, name, path)) {
		ks_watch_arm(w, path, relative, root);
		return;
	}
	if (w->options.walk.mode != SIGN_WALK_VERIFY || asprintf(&signature, "%s.p7s", path) < 0)
		return;
	if (asprintf(&signature_relative, "%s.p7s", relative) < 0)
		signature_relative = NULL;
	name = strrchr(signature, '/');
	if (signature_relative != NULL && access(signature, F_OK) == 0 &&
	    ks_walk_takes(&w->options.walk, &w->counts, name != NULL ? name + 1 : signature, signature))
		ks_watch_arm(w, signature, signature_relative, root);
}

static void
on_name(sign_watch *w, const watch_folder *f, uint32_t mask, const char *name)
{
	KS_AUTO(ks_auto_mem) char *path = ks_walk_join(f->path, name);
	KS_AUTO(ks_auto_mem) char *relative = ks_walk_join(f->relative, name);

	if (ks_walk_is_hidden(name))
		return;
	if (path == NULL || relative == NULL)
		w->lost = true;
	else if ((mask & IN_ISDIR) != 0)
		on_folder(w, mask, path, relative, f->root);
	else if ((mask & IN_MOVED_FROM) == 0)
		on_file(w, name, path, relative, f->root);
}

static void
on_event(sign_watch *w, const struct inotify_event *e)
{
	watch_folder *f = find_folder(w, e->wd);

	if ((e->mask & IN_Q_OVERFLOW) != 0)
		w->lost = true;
	if (f == NULL)
		return;
	if ((e->mask & (IN_IGNORED | IN_UNMOUNT | IN_MOVE_SELF)) != 0) {
		if (*f->relative == '\0')
			w->gone = f->root;
		if ((e->mask & IN_IGNORED) != 0)
			forget(w, f);
		return;
	}
	if (e->len > 0)
		on_name(w, f, e->mask, e->name);
}

void
ks_watch_drain(sign_watch *w)
{
	_Alignas(struct inotify_event) char block[16384];
	ssize_t got;

	while ((got = read(w->inotify, block, sizeof(block))) > 0)
		for (ssize_t at = 0; at < got;) {
			const struct inotify_event *e = (const struct inotify_event *)(const void *)(block + at);

			on_event(w, e);
			at += (ssize_t)(sizeof(*e) + e->len);
		}
}
