/*
 * Walking paths lazily: named files, and folders a block of names at a time, so that a folder of a million files
 * starts at once and costs the memory of one block. Floor: base; implements sign_walk_* of <libsign/batch.h>.
 */
#include "base_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define WALK_BLOCK_NAMES 4096 /* sorted among themselves; a folder with more comes in several sorted runs */
#define WALK_MAX_DEPTH   64

struct folder {
	struct folder *parent;
	DIR           *dir;
	char          *path, *relative; /* relative: below the root, "" for the root itself */
	char         **names;           /* the block in hand */
	size_t         count, at;
	size_t         depth;
};
struct pending {
	struct pending *next;
	char           *relative; /* of a folder below its root; NULL: it is a root or a file */
	char            path[];
};
struct sign_walk {
	sign_walk_options options;
	sign_walk_counts  counts;
	struct pending   *first, **last;
	struct folder    *folder;
	char             *path, *relative; /* of the item handed out */
	ks_walk_enter     enter;
	void             *enter_user;
};

sign_code
sign_walk_new(const sign_walk_options *options, sign_walk **walk, sign_error *err)
{
	*walk = calloc(1, sizeof(**walk));
	if (*walk == NULL)
		return ks_fail_memory(err);
	(*walk)->options = *options;
	(*walk)->last = &(*walk)->first;
	return SIGN_OK;
}

static void
drop_names(struct folder *f)
{
	for (size_t i = f->at; i < f->count; i++)
		free(f->names[i]);
	f->count = f->at = 0;
}

static void
leave_folder(sign_walk *walk)
{
	struct folder *f = walk->folder;

	walk->folder = f->parent;
	drop_names(f);
	free(f->names);
	if (f->dir != NULL)
		closedir(f->dir);
	free(f->path);
	free(f->relative);
	free(f);
}

void
sign_walk_free(sign_walk *walk)
{
	struct pending *p;

	if (walk == NULL)
		return;
	while (walk->folder != NULL)
		leave_folder(walk);
	while ((p = walk->first) != NULL) {
		walk->first = p->next;
		free(p->relative);
		free(p);
	}
	free(walk->path);
	free(walk->relative);
	free(walk);
}

static sign_code
queue(sign_walk *walk, const char *path, const char *relative, sign_error *err)
{
	size_t          len = strlen(path);
	struct pending *p = malloc(sizeof(*p) + len + 1);

	if (p == NULL)
		return ks_fail_memory(err);
	p->relative = relative != NULL ? strdup(relative) : NULL;
	if (relative != NULL && p->relative == NULL) {
		free(p);
		return ks_fail_memory(err);
	}
	memcpy(p->path, path, len + 1);
	p->next = NULL;
	*walk->last = p;
	walk->last = &p->next;
	return SIGN_OK;
}

sign_code
sign_walk_add(sign_walk *walk, const char *path, sign_error *err)
{
	return queue(walk, path, NULL, err);
}

sign_code
ks_walk_add_beneath(sign_walk *walk, const char *path, const char *relative, sign_error *err)
{
	return queue(walk, path, relative, err);
}

void
ks_walk_on_folder(sign_walk *walk, ks_walk_enter fn, void *user)
{
	walk->enter = fn;
	walk->enter_user = user;
}

void
sign_walk_passed_over(const sign_walk *walk, sign_walk_counts *counts)
{
	*counts = walk->counts;
}

/* ---- which names are taken ------------------------------------------------------------------------------------- */

static bool
has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name);
	size_t s = strlen(suffix);

	return n > s && strcasecmp(name + n - s, suffix) == 0;
}

/* By name alone: a folder of a million files is not opened to see. What is inside decides when it is read. */
static bool
is_container_name(const char *name)
{
	static const char *const suffixes[] = { ".asice", ".sce", ".asics", ".scs", ".p7s", ".p7m", ".bdoc", ".edoc",
		".adoc", ".ddoc", ".edxml" };

	for (size_t i = 0; i < KS_COUNT(suffixes); i++)
		if (has_suffix(name, suffixes[i]))
			return true;
	return false;
}

bool
ks_walk_is_hidden(const char *name)
{
	return name[0] == '.' || strncmp(name, "~$", 2) == 0 || strcasecmp(name, "Thumbs.db") == 0 ||
	       strcasecmp(name, "desktop.ini") == 0 || strcmp(name, "__MACOSX") == 0;
}

static bool
matches_any(const char *const *globs, const char *name)
{
	for (; *globs != NULL; globs++)
		if (fnmatch(*globs, name, 0) == 0)
			return true;
	return false;
}

/* Does "x.p7s" lie beside x? Then x is judged with its signature, not counted as unsigned. */
static bool
has_detached_signature(const char *path)
{
	KS_AUTO(ks_auto_mem) char *signature = NULL;

	return asprintf(&signature, "%s.p7s", path) >= 0 && access(signature, F_OK) == 0;
}

bool
ks_walk_takes(const sign_walk_options *o, sign_walk_counts *counts, const char *name, const char *path)
{
	bool container = is_container_name(name);

	if ((o->include != NULL && !matches_any(o->include, name)) ||
	    (o->exclude != NULL && matches_any(o->exclude, name))) {
		counts->filtered++;
		return false;
	}
	if ((o->mode == SIGN_WALK_SIGN && container) || (o->mode == SIGN_WALK_ADD && !container)) {
		counts->wrong_kind++;
		return false;
	}
	return o->mode != SIGN_WALK_VERIFY || container || !has_detached_signature(path);
}

/* ---- folders --------------------------------------------------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static sign_code
enter_folder(sign_walk *walk, const char *path, const char *relative, sign_error *err)
{
	struct folder *f;
	bool           enter = true;

	if (walk->enter != NULL)
		KS_TRY(walk->enter(walk->enter_user, path, relative, &enter, err));
	if (!enter)
		return SIGN_OK;
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		return ks_fail_memory(err);
	f->parent = walk->folder;
	f->depth = f->parent != NULL ? f->parent->depth + 1 : 0;
	walk->folder = f;
	f->path = strdup(path);
	f->relative = strdup(relative);
	f->names = calloc(WALK_BLOCK_NAMES, sizeof(*f->names));
	if (f->path == NULL || f->relative == NULL || f->names == NULL) {
		leave_folder(walk);
		return ks_fail_memory(err);
	}
	f->dir = opendir(path);
	if (f->dir == NULL) {
		int number = errno;

		leave_folder(walk);
		errno = number;
		return ks_fail_errno(err, SIGN_E_READ, path);
	}
	return SIGN_OK;
}

static sign_code
read_block(sign_walk *walk, struct folder *f, sign_error *err)
{
	struct dirent *entry;

	f->count = f->at = 0;
	errno = 0;
	while (f->count < WALK_BLOCK_NAMES && (entry = readdir(f->dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (ks_walk_is_hidden(entry->d_name)) {
			walk->counts.hidden +=
			    strncmp(entry->d_name, ".kyso-", 6) != 0; /* our own are nobody's documents */
			continue;
		}
		if ((f->names[f->count] = strdup(entry->d_name)) == NULL)
			return ks_fail_memory(err);
		f->count++;
		errno = 0;
	}
	if (errno != 0)
		return ks_fail_errno(err, SIGN_E_READ, f->path);
	qsort(f->names, f->count, sizeof(*f->names), by_name);
	return SIGN_OK;
}

static sign_code
set_item(sign_walk *walk, sign_walk_item *item, char *path, char *relative, bool named, sign_error *err)
{
	free(walk->path);
	free(walk->relative);
	walk->path = path;
	walk->relative = relative;
	if (path == NULL || relative == NULL)
		return ks_fail_memory(err);
	*item = (sign_walk_item){ path, relative, named };
	return SIGN_OK;
}

char *
ks_walk_join(const char *folder, const char *name)
{
	size_t len = strlen(folder);
	char  *path = NULL;

	if (asprintf(&path, "%s%s%s", folder, len == 0 || folder[len - 1] == '/' ? "" : "/", name) < 0)
		return NULL;
	return path;
}

/* One name of the folder in hand: a file to hand out (item->path set), a folder to enter, or something passed over.
 */
static sign_code
take_name(sign_walk *walk, struct folder *f, const char *name, sign_walk_item *item, sign_error *err)
{
	KS_AUTO(ks_auto_mem) char *path = ks_walk_join(f->path, name);
	KS_AUTO(ks_auto_mem) char *relative = ks_walk_join(f->relative, name);
	struct stat st;

	if (path == NULL || relative == NULL)
		return ks_fail_memory(err);
	if (lstat(path, &st) != 0) {
		sign_code code = ks_fail_errno(err, SIGN_E_READ, path);

		set_item(walk, item, KS_MOVE(path), KS_MOVE(relative), false, NULL);
		return code;
	}
	if (S_ISDIR(st.st_mode)) {
		sign_code code = SIGN_OK;

		if (!walk->options.recursive)
			return SIGN_OK;
		if (f->depth + 1 >= WALK_MAX_DEPTH)
			code = ks_fail_why(err, SIGN_E_LIMIT, path, NULL, "%d", WALK_MAX_DEPTH);
		else
			code = enter_folder(walk, path, relative, err);
		if (code != SIGN_OK)
			set_item(walk, item, KS_MOVE(path), KS_MOVE(relative), false, NULL);
		return code;
	}
	if (!S_ISREG(st.st_mode)) {
		walk->counts.special++;
		return SIGN_OK;
	}
	if (!ks_walk_takes(&walk->options, &walk->counts, name, path))
		return SIGN_OK;
	return set_item(walk, item, KS_MOVE(path), KS_MOVE(relative), false, err);
}

static sign_code
next_in_folder(sign_walk *walk, sign_walk_item *item, sign_error *err)
{
	struct folder *f = walk->folder;
	sign_code      code;
	char          *name;

	if (f->at == f->count) {
		code = read_block(walk, f, err);
		if (code != SIGN_OK) {
			set_item(walk, item, strdup(f->path), strdup(f->relative), false, NULL);
			leave_folder(walk);
			return code;
		}
		if (f->count == 0) {
			leave_folder(walk);
			return SIGN_OK;
		}
	}
	name = f->names[f->at++];
	code = take_name(walk, f, name, item, err);
	free(name);
	return code;
}

static sign_code
next_named(sign_walk *walk, sign_walk_item *item, sign_error *err)
{
	struct pending *p = walk->first;
	const char     *slash = strrchr(p->path, '/');
	struct stat     st;
	sign_code       code;

	walk->first = p->next;
	if (walk->first == NULL)
		walk->last = &walk->first;
	if (stat(p->path, &st) == 0 && S_ISDIR(st.st_mode)) {
		code = enter_folder(walk, p->path, p->relative != NULL ? p->relative : "", err);
		if (code != SIGN_OK)
			set_item(walk, item, strdup(p->path), strdup(""), true, NULL);
	} else { /* missing and unreadable ones too: whoever opens it says why */
		code = set_item(walk, item, strdup(p->path), strdup(slash != NULL ? slash + 1 : p->path), true, err);
	}
	free(p->relative);
	free(p);
	return code;
}

sign_code
sign_walk_next(sign_walk *walk, sign_walk_item *item, sign_error *err)
{
	*item = (sign_walk_item){ NULL, NULL, false };
	while (item->path == NULL) {
		if (walk->folder != NULL)
			KS_TRY(next_in_folder(walk, item, err));
		else if (walk->first != NULL)
			KS_TRY(next_named(walk, item, err));
		else
			break;
	}
	return SIGN_OK;
}
