/*
 * Feeding a batch. Roots enter the walk one after the other, so that each item's root is known and a list may be longer than
 * memory.
 */
#include "feed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_PATH_BYTES 65536
#define LOOK_UP_MS     200 /* how long a silent list keeps us from noticing a stop */

bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool
is_many(const struct run *run)
{
	return run->set.path_count != 1 || run->set.files_from != NULL || is_folder(run->set.paths[0]);
}

unsigned
jobs_setting(const struct run *run)
{
	const char *configured = sign_config_get(run->config, "jobs");

	if (run->set.jobs >= 0)
		return (unsigned)run->set.jobs;
	if (!is_many(run))
		return 1;
	return configured != NULL ? (unsigned)strtoul(configured, NULL, 10) : 0;
}

/*
 * On disk before anything in it is told as done: its name is when the folder above is, or, where that may not be read, when the
 * whole file system is.
 */
static bool
make_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	AUTO(auto_text) char *parent = slash != NULL ? strndup(path, (size_t)(slash - path + 1)) : strdup(".");
	bool unreadable;
	int  fd, rc;

	if (mkdir(path, 0777) != 0)
		return errno == EEXIST && is_folder(path);
	fd = parent != NULL ? open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	unreadable = fd < 0 && errno == EACCES;
	if (unreadable)
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	rc = unreadable ? syncfs(fd) : fsync(fd);
	close(fd);
	return rc == 0;
}

sign_code
make_folders(const char *path, sign_error *err)
{
	AUTO(auto_text) char *copy = strdup(path);

	if (copy == NULL)
		return set_error(err, SIGN_E_MEMORY, "", "");
	for (char *at = copy + 1; at[-1] != '\0'; at++) {
		char kept = *at;

		if (kept != '/' && kept != '\0')
			continue;
		*at = '\0';
		if (!make_folder(copy))
			return errno == EEXIST ? set_error(err, SIGN_E_EXISTS, copy, "") : set_errno(err, SIGN_E_WRITE, copy);
		if (kept == '\0')
			break;
		*at = kept;
	}
	return SIGN_OK;
}

static sign_code
open_walk(const struct run *run, sign_walk_mode mode, sign_walk **walk, sign_error *err)
{
	sign_walk_options options = SIGN_WALK_OPTIONS_INIT;

	options.include = run->set.include.items;
	options.exclude = run->set.exclude.items;
	options.recursive = run->set.recursive;
	options.mode = mode;
	return sign_walk_new(&options, walk, err);
}

static sign_code
open_list(struct feed *feed, const char *name, sign_error *err)
{
	if (name == NULL)
		return SIGN_OK;
	if (is_folder(name))
		return set_error(err, SIGN_E_IS_FOLDER, name, "");
	feed->list = strcmp(name, "-") == 0 ? dup(STDIN_FILENO) : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (feed->list < 0)
		return set_errno(err, SIGN_E_READ, name);
	feed->line = malloc(MAX_PATH_BYTES);
	feed->block = malloc(MAX_PATH_BYTES);
	return feed->line != NULL && feed->block != NULL ? SIGN_OK : set_error(err, SIGN_E_MEMORY, "", "");
}

sign_code
feed_open(struct feed *feed, const struct run *run, sign_walk_mode mode, sign_error *err)
{
	const struct settings *set = &run->set;
	sign_code              code;

	memset(feed, 0, sizeof(*feed));
	feed->list = -1;
	pthread_mutex_init(&feed->lock, NULL);
	feed->run = run;
	feed->root_count = set->path_count + (set->files_from != NULL);
	feed->roots = calloc(feed->root_count + 1, sizeof(*feed->roots));
	if (feed->roots == NULL)
		return set_error(err, SIGN_E_MEMORY, "", "");
	for (size_t i = 0; i < set->path_count; i++)
		feed->roots[i].path = set->paths[i];
	if (set->files_from != NULL)
		feed->roots[set->path_count].path = set->files_from;
	code = open_walk(run, mode, &feed->walk, err);
	return code == SIGN_OK ? open_list(feed, set->files_from, err) : code;
}

void
feed_close(struct feed *feed)
{
	sign_walk_free(feed->walk);
	if (feed->block != NULL)
		close(feed->list);
	free(feed->line);
	free(feed->block);
	free(feed->roots);
	pthread_mutex_destroy(&feed->lock);
}

static void
tell_fault(struct feed *feed, const char *path, const sign_error *err)
{
	feed->roots[feed->root_at].fault = true;
	feed->fault(feed->user, path, err);
}

/*
 * More of the list; false at its end, on a fault, or when we are to stop. A signal may reach another thread, so a list that
 * says nothing is waited for in short turns.
 */
static bool
more_bytes(struct feed *feed)
{
	struct pollfd ready = { .fd = feed->list, .events = POLLIN };
	sign_error    err = SIGN_ERROR_INIT;
	ssize_t       got = -1;

	while (stop_requested == 0) {
		if (poll(&ready, 1, LOOK_UP_MS) <= 0)
			continue;
		got = read(feed->list, feed->block, MAX_PATH_BYTES);
		if (got >= 0 || (errno != EINTR && errno != EAGAIN))
			break;
	}
	if (got < 0 && stop_requested == 0) {
		set_errno(&err, SIGN_E_READ, feed->run->set.files_from);
		tell_fault(feed, feed->run->set.files_from, &err);
	}
	feed->block_at = 0;
	feed->block_len = got > 0 ? (size_t)got : 0;
	return got > 0;
}

/* A path that is too long, or that a NUL would cut: the list was meant for -0, or is none. */
static bool
line_is_path(struct feed *feed, size_t len)
{
	sign_error err = SIGN_ERROR_INIT;

	if (len + 1 < MAX_PATH_BYTES && strlen(feed->line) == len)
		return true;
	set_error(&err, len + 1 < MAX_PATH_BYTES ? SIGN_E_USAGE : SIGN_E_LIMIT, feed->run->set.files_from, "-0");
	tell_fault(feed, feed->run->set.files_from, &err);
	return false;
}

/* The next path of the list into feed->line; false at its end. Empty lines say nothing. */
static bool
next_line(struct feed *feed)
{
	char   end = feed->run->set.nul_separated ? '\0' : '\n';
	size_t n = 0;

	while (feed->block_at < feed->block_len || more_bytes(feed)) {
		char c = feed->block[feed->block_at++];

		if (c == end && n > 0)
			break;
		if (c != end && n + 1 < MAX_PATH_BYTES)
			feed->line[n++] = c;
		if (n + 1 == MAX_PATH_BYTES)
			break;
	}
	feed->line[n] = '\0';
	return n > 0 && stop_requested == 0 && line_is_path(feed, n);
}

/* Queue the next root, or the next path of the list. */
static bool
more_roots(struct feed *feed)
{
	sign_error  err = SIGN_ERROR_INIT;
	const char *path;
	bool        in_list = feed->started && feed->root_at == feed->run->set.path_count;

	if (!in_list && feed->started && feed->root_at + 1 >= feed->root_count)
		return false;
	if (!in_list) {
		pthread_mutex_lock(&feed->lock);
		feed->root_at = feed->started ? feed->root_at + 1 : 0;
		feed->roots[feed->root_at].first = feed->given;
		feed->started = true;
		pthread_mutex_unlock(&feed->lock);
	}
	path = feed->root_at < feed->run->set.path_count ? feed->roots[feed->root_at].path : NULL;
	if (path == NULL) {
		if (!next_line(feed))
			return false;
		path = feed->line;
	}
	if (sign_walk_add(feed->walk, path, &err) == SIGN_OK)
		return true;
	tell_fault(feed, path, &err);
	return false;
}

bool
feed_next(struct feed *feed, sign_walk_item *item)
{
	sign_error err = SIGN_ERROR_INIT;

	if (feed->watch != NULL) {
		feed->started = true;
		feed->roots[0].fault = true; /* an empty folder is what is expected */
		return watch_next(feed->watch, item);
	}
	if (feed->root_count == 0)
		return false;
	if (!feed->started && !more_roots(feed))
		return false;
	while (stop_requested == 0) {
		sign_code code = sign_walk_next(feed->walk, item, &err);

		if (code == SIGN_OK && item->path != NULL)
			return true;
		if (code != SIGN_OK)
			tell_fault(feed, item->path != NULL ? item->path : "", &err);
		if (code == SIGN_E_MEMORY)
			return false;
		if (code == SIGN_OK && !more_roots(feed))
			return false;
	}
	return false;
}

void
feed_given(struct feed *feed)
{
	feed->given++;
	feed->roots[feed->root_at].items++;
}

void
feed_known(struct feed *feed)
{
	pthread_mutex_lock(&feed->lock);
	feed->roots[feed->root_at].items++;
	feed->roots[feed->root_at].taken++;
	pthread_mutex_unlock(&feed->lock);
}

void
feed_taken(struct feed *feed, uint64_t number)
{
	pthread_mutex_lock(&feed->lock);
	while (feed->root_done < feed->root_at && feed->roots[feed->root_done + 1].first <= number)
		feed->root_done++;
	feed->roots[feed->root_done].taken++;
	pthread_mutex_unlock(&feed->lock);
}

/* The names only: nothing is opened. What cannot be walked is told by the run itself. */
sign_code
feed_survey(const struct run *run, sign_walk_mode mode, struct survey *survey, survey_fn each, void *user, sign_error *err)
{
	sign_walk     *walk = NULL;
	sign_walk_item item;
	sign_code      code = open_walk(run, mode, &walk, err);

	*survey = (struct survey){ 0, 0, run->set.files_from == NULL };
	for (size_t i = 0; i < run->set.path_count && code == SIGN_OK; i++)
		code = sign_walk_add(walk, run->set.paths[i], err);
	while (code == SIGN_OK && survey->files < SURVEY_MAX && stop_requested == 0) {
		struct stat st;

		if (sign_walk_next(walk, &item, err) == SIGN_E_MEMORY) {
			code = SIGN_E_MEMORY;
			break;
		}
		if (item.path == NULL)
			break;
		if (stat(item.path, &st) != 0 || !S_ISREG(st.st_mode))
			continue;
		survey->files++;
		survey->bytes += (uint64_t)st.st_size;
		if (each != NULL)
			each(user, &item);
	}
	survey->complete = survey->complete && survey->files < SURVEY_MAX;
	sign_walk_free(walk);
	return code;
}
