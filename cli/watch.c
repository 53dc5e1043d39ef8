/*
 * Hot folders. Which files have settled is the library's to say; here is what becomes of them afterwards, and when a
 * watch has to end.
 */
#include "watch.h"

#include "feed.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAILED_FOLDER  "failed"
#define SETTLE_SECONDS 2
#define STALE_SECONDS  60 /* between two looks at certificate dates, trust and revocation lists */

/* ---- settings -------------------------------------------------------------------------------------------------- */

/* The folders of a profile count only here: `kyso sign --profile x a.pdf` writes beside a.pdf as ever. */
static void
take_configured(struct run *run)
{
	static const char *path; /* as argv, it outlives the run */
	struct settings   *set = &run->set;

	path = sign_config_get(run->config, "watch");
	if (set->path_count == 0 && path != NULL) {
		set->paths = (char **)&path;
		set->path_count = 1;
	}
	if (set->output == NULL)
		set->output = sign_config_get(run->config, "output");
	if (set->valid_to == NULL)
		set->valid_to = sign_config_get(run->config, "valid-to");
}

int
watch_check(struct run *run)
{
	struct settings *set = &run->set;

	if (!set->watch && (set->settle != -1 || set->valid_to != NULL))
		return say_usage(run->command, _("--settle and --valid-to go with --watch"));
	if (!set->watch)
		return 0;
	take_configured(run);
	if (set->path_count == 0)
		return say_usage(
		    run->command, _("--watch needs a folder, on the command line or as watch = in the profile"));
	if (set->path_count > 1 || set->files_from != NULL)
		return say_usage(run->command, _("--watch watches one folder"));
	if (set->bundle != NULL || set->in_place || set->dry_run || set->force || set->again ||
	    set->content != NULL || set->at != 0)
		return say_usage(run->command, _("--watch does not go with --bundle, --in-place, --dry-run, --force, "
						 "--again, --content or --at"));
	return 0;
}

static unsigned
settle_ms(const struct run *run)
{
	const char *configured = sign_config_get(run->config, "settle");

	if (run->set.settle >= 0)
		return (unsigned)run->set.settle * 1000;
	return (configured != NULL ? (unsigned)strtoul(configured, NULL, 10) : SETTLE_SECONDS) * 1000;
}

static char *
joined(const char *folder, const char *name)
{
	size_t len = strlen(folder);
	char  *path = NULL;

	if (asprintf(&path, "%s%s%s", folder, len > 0 && folder[len - 1] == '/' ? "" : "/", name) < 0)
		return NULL;
	return path;
}

/* FNV-1a: a short name for the journal of one folder. */
static uint32_t
hash_of(uint32_t hash, const char *text)
{
	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * UINT32_C(16777619);
	return hash;
}

char *
watch_journal(const struct run *run, const char *verb)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	AUTO(auto_text) char *real = realpath(run->set.paths[0], NULL);
	AUTO(auto_text) char *folder = NULL;
	sign_error  none;
	uint32_t    hash = hash_of(UINT32_C(2166136261), real != NULL ? real : run->set.paths[0]);
	char       *path = NULL;
	int         made = -1;

	if (state != NULL && state[0] == '/')
		made = asprintf(&folder, "%s/kyso", state);
	else if (home != NULL && home[0] == '/')
		made = asprintf(&folder, "%s/.local/state/kyso", home);
	if (made < 0) {
		folder = NULL;
		return NULL;
	}
	if (make_folders(folder, &none) != SIGN_OK) {
		/* the journal, which cannot be made there, says why */
	}
	return asprintf(&path, "%s/%s-%08x.journal", folder, verb, hash) >= 0 ? path : NULL;
}

/* ---- the watch ------------------------------------------------------------------------------------------------- */

static sign_watch *waiting; /* for the signal handler; set while one is open */

static void
wake(void)
{
	if (waiting != NULL)
		sign_watch_wake(waiting);
}

sign_code
watch_open(struct watch *w, const struct run *run, sign_walk_mode mode, sign_error *err)
{
	sign_watch_options options = SIGN_WATCH_OPTIONS_INIT;
	sign_code          code;

	*w = (struct watch){ .run = run, .pairs = mode == SIGN_WALK_VERIFY, .halt = SIGN_ERROR_INIT };
	if (!run->set.watch)
		return SIGN_OK;
	w->root = run->set.paths[0];
	w->valid_to = run->set.valid_to;
	w->failed = joined(w->root, FAILED_FOLDER);
	if (w->failed == NULL)
		return set_error(err, SIGN_E_MEMORY, "", "");
	w->skip[0] = w->failed;
	w->skip[1] = run->set.output != NULL ? run->set.output : w->valid_to;
	options.walk =
	    (sign_walk_options){ run->set.include.items, run->set.exclude.items, run->set.recursive, mode };
	options.settle_ms = settle_ms(run);
	options.skip = w->skip;
	code = sign_watch_new(&options, &w->at, err);
	if (code == SIGN_OK)
		code = sign_watch_add(w->at, w->root, err);
	if (code != SIGN_OK)
		return code;
	w->refreshed = time(NULL);
	waiting = w->at;
	wake_on_stop = wake;
	setvbuf(stdout, NULL, _IOLBF, 0); /* whoever reads along sees each document as it is done */
	return SIGN_OK;
}

void
watch_close(struct watch *w)
{
	wake_on_stop = NULL;
	waiting = NULL;
	sign_watch_free(w->at);
	free(w->failed);
	w->at = NULL;
	w->failed = NULL;
}

/* The first reason stands; the flag is set last, for the thread of watch_next() goes by it. */
static void
halt(struct watch *w, const sign_error *err)
{
	if (!w->halted)
		w->halt = *err;
	w->halted = true;
}

bool
watch_next(struct watch *w, sign_walk_item *item)
{
	sign_error err = SIGN_ERROR_INIT;

	if (!w->told && w->run->set.quiet == 0)
		say(_("watching %s; stop it with SIGTERM or Ctrl-C, SIGUSR1 shows how far it is"), w->root);
	w->told = true;
	while (stop_requested == 0 && !w->halted) {
		sign_watch_item found;
		sign_code       code = sign_watch_next(w->at, &found, &err);

		if (code != SIGN_OK && code != SIGN_E_LIMIT && code != SIGN_E_MEMORY) {
			w->fault(w->user, found.path != NULL ? found.path : w->root, &err);
			continue;
		}
		if (code != SIGN_OK) /* a folder that nobody watches would look like one into which nothing comes */
			halt(w, &err);
		if (code != SIGN_OK || found.path == NULL)
			return false;
		*item = (sign_walk_item){ found.path, found.relative, false };
		return true;
	}
	return false;
}

sign_code
watch_wait(struct watch *w, sign_error *err)
{
	if (w->halted) {
		*err = w->halt;
		return w->halt.code;
	}
	if (stop_requested == 0) {
		sign_code code = sign_watch_wait(w->at, err);

		if (code != SIGN_OK)
			return code;
	}
	return stop_requested == 0 ? SIGN_OK : set_error(err, SIGN_E_INTERRUPTED, w->root, "");
}

bool
watch_is_stale(struct watch *w)
{
	time_t now = time(NULL);

	if (now >= w->refreshed && now - w->refreshed < STALE_SECONDS)
		return false;
	w->refreshed = now;
	return true;
}

void
watch_counts(struct watch *w, uint64_t *settling, uint64_t *in_hand)
{
	sign_watch_counts counts;

	sign_watch_look(w->at, &counts);
	*settling = counts.settling;
	*in_hand = counts.in_hand;
}

/* ---- what becomes of a file ------------------------------------------------------------------------------------ */

enum fate { STAYS, COMES_AGAIN, GOES_ASIDE, HALTS };

static enum fate
fate_of(const char *path, sign_code code)
{
	switch (code) {
	case SIGN_OK:
	case SIGN_E_ALREADY:
	case SIGN_E_NOT_FOUND: /* somebody took it away */
		return STAYS;
	case SIGN_E_CHANGED:
		return COMES_AGAIN;
	case SIGN_E_MEMORY:
	case SIGN_E_INTERNAL:
	case SIGN_E_INTERRUPTED:
	case SIGN_E_WRITE:
	case SIGN_E_DISK_FULL:
	case SIGN_E_DATA:
	case SIGN_E_CONFIG:
	case SIGN_E_LOCKED:
	case SIGN_E_BUSY:
		return HALTS;
	case SIGN_E_PERMISSION: /* to read it, or to write what comes of it? */
		return access(path, R_OK) == 0 ? HALTS : GOES_ASIDE;
	default: /* the key's faults end the batch by themselves (sign_batch_sign) */
		return code >= SIGN_E_CRYPTO && code < SIGN_E_ROLE ? HALTS : GOES_ASIDE;
	}
}

static const char *
relative_to(const char *root, const char *path)
{
	size_t len = strlen(root);

	if (strncmp(path, root, len) != 0)
		return path;
	path += len;
	return path + strspn(path, "/");
}

/* The document of a detached signature goes where its signature goes. */
static char *
document_of(const char *path)
{
	size_t len = strlen(path);
	char  *document = len > 4 && strcmp(path + len - 4, ".p7s") == 0 ? strndup(path, len - 4) : NULL;

	if (document != NULL && access(document, F_OK) != 0) {
		free(document);
		document = NULL;
	}
	return document;
}

static bool
move(struct watch *w, const char *path, const char *folder, const sign_note *notes, size_t count)
{
	AUTO(auto_text) char *document = w->pairs ? document_of(path) : NULL;
	AUTO(auto_text) char *moved = NULL;
	AUTO(auto_text) char *document_moved = NULL;
	sign_error err = SIGN_ERROR_INIT;
	sign_code  code = sign_move_aside(path, folder, relative_to(w->root, path), notes, count, &moved, &err);

	if (code != SIGN_OK)
		say_error(w->run, &err);
	if (moved != NULL && document != NULL &&
	    sign_move_aside(document, folder, relative_to(w->root, document), NULL, 0, &document_moved, &err) !=
		SIGN_OK)
		say_error(w->run, &err);
	if (moved != NULL && w->run->set.quiet == 0 && folder == w->failed)
		say(_("%s was moved to %s"), path, moved);
	return moved != NULL;
}

/* The sentence, then what a report of it needs. */
static char *
reason_text(const sign_error *err)
{
	AUTO(auto_text) char *sentence = malloc(2048);
	AUTO(auto_text) char *safe = NULL;
	char      *text = NULL;
	char       when[64] = "";
	time_t     now = time(NULL);
	struct tm  tm;

	if (sentence == NULL)
		return NULL;
	sign_error_text(err, sentence, 2048);
	safe = safe_text(sentence);
	if (localtime_r(&now, &tm) == NULL || strftime(when, sizeof(when), "%d/%m/%Y %H:%M:%S %z", &tm) == 0)
		when[0] = '\0';
	if (safe == NULL ||
	    asprintf(&text, _("%s\n\nCode: %s\nTime: %s\n"), safe, sign_code_name(err->code), when) < 0)
		return NULL;
	return text;
}

static void
go_aside(struct watch *w, const char *path, const sign_error *err, const sign_note *notes, size_t count)
{
	AUTO(auto_text) char *text = notes == NULL ? reason_text(err) : NULL;
	const sign_note reason = { ".reason.txt", text != NULL ? text : sign_code_name(err->code) };

	w->moved_failed +=
	    notes != NULL ? move(w, path, w->failed, notes, count) : move(w, path, w->failed, &reason, 1);
}

void
watch_done(struct watch *w, const char *path)
{
	if (w->at != NULL)
		sign_watch_done(w->at, path, false);
}

void
watch_settle(
    struct watch *w, const char *path, sign_code code, const sign_error *err, const sign_note *notes, size_t count)
{
	enum fate fate = notes != NULL ? GOES_ASIDE : fate_of(path, code);

	if (w->at == NULL)
		return;
	if (fate == GOES_ASIDE)
		go_aside(w, path, err, notes, count);
	else if (fate == HALTS)
		halt(w, err);
	sign_watch_done(w->at, path, fate == COMES_AGAIN);
}

void
watch_valid(struct watch *w, const char *path)
{
	if (w->at == NULL)
		return;
	if (w->valid_to != NULL)
		w->moved_valid += move(w, path, w->valid_to, NULL, 0);
	sign_watch_done(w->at, path, false);
}
