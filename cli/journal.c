/*
 * Keeping a journal beside the work. Whatever goes wrong with it after the run has begun is said once and stops nothing.
 */
#include "journal.h"
#include "feed.h"
#include "reports.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

sign_code
journal_place(struct journal *j, const struct run *run, const char *folder, sign_error *err)
{
	const char *named = run->set.journal;
	size_t      len = folder != NULL ? strlen(folder) : 0;

	*j = (struct journal){ run, NULL, NULL };
	if (run->set.no_journal || (named == NULL && folder == NULL))
		return SIGN_OK;
	if (named != NULL)
		j->path = strdup(named);
	else if (asprintf(&j->path, "%s%s%s", folder, len > 0 && folder[len - 1] == '/' ? "" : "/", SIGN_JOURNAL_NAME) < 0)
		j->path = NULL;
	return j->path != NULL ? SIGN_OK : set_error(err, SIGN_E_MEMORY, "", "");
}

bool
journal_has_folder(const struct journal *j)
{
	const char *slash = j->path != NULL ? strrchr(j->path, '/') : NULL;
	AUTO(auto_text) char *folder = slash != NULL ? strndup(j->path, (size_t)(slash - j->path + 1)) : NULL;

	return j->path != NULL && (slash == NULL || (folder != NULL && is_folder(folder)));
}

/* What was done is done, and what is to be done needs no journal. */
static void
go_without(struct journal *j, const sign_error *err)
{
	say(_("no journal is kept from here on; the work goes on without it"));
	say_error(j->run, err);
	if (sign_journal_close(j->at, false, NULL) != SIGN_OK) {
		/* said already: it cannot be written */
	}
	j->at = NULL;
	free(j->path);
	j->path = NULL;
}

/* Who is in the way, or what must not be written over, is told before anything is done. */
static sign_code
weigh(struct journal *j, sign_code code, const sign_error *err)
{
	if (code == SIGN_OK || code == SIGN_E_BUSY || code == SIGN_E_JOURNAL || j->run->set.journal != NULL)
		return code;
	go_without(j, err);
	return SIGN_OK;
}

sign_code
journal_open(struct journal *j, sign_error *err)
{
	if (j->path == NULL || j->at != NULL)
		return SIGN_OK;
	return weigh(j, sign_journal_open(j->path, &j->at, err), err);
}

sign_code
journal_begin(struct journal *j, const sign_journal_run *what, sign_error *err)
{
	if (j->at == NULL)
		return SIGN_OK;
	return weigh(j, sign_journal_begin(j->at, what, err), err);
}

bool
journal_knows(struct journal *j, const char *path, const char *output, sign_journal_memory *memory)
{
	sign_error err = SIGN_ERROR_INIT;

	if (j->at == NULL)
		return false;
	if (sign_journal_look(j->at, path, output, memory, &err) != SIGN_OK)
		say_error(j->run, &err); /* once: from then on nothing is known, and every output is asked */
	return memory->known == SIGN_KNOWN_DONE;
}

static void
record(struct journal *j, const sign_batch_result *result)
{
	sign_error err = SIGN_ERROR_INIT;

	if (j->at != NULL && sign_journal_record(j->at, result, &err) != SIGN_OK) {
		say(_("no journal is kept from here on; the work goes on without it"));
		say_error(j->run, &err);
	}
}

void
journal_record(struct journal *j, const sign_batch_result *result, sign_batch_result *told, sign_error *err)
{
	*told = *result;
	if (j->at != NULL && result->code == SIGN_E_EXISTS) {
		*err = *result->error;
		told->code = sign_journal_explain(j->at, result, err);
		told->error = err;
	}
	record(j, told);
}

void
journal_record_fault(struct journal *j, const char *path, const sign_error *err)
{
	sign_batch_result result = { .path = path, .code = err->code, .error = err };
	struct timespec   now;

	clock_gettime(CLOCK_REALTIME, &now);
	result.started_ns = result.finished_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	if (*path != '\0')
		record(j, &result);
}

void
journal_flush(struct journal *j)
{
	sign_error err = SIGN_ERROR_INIT;

	if (j->at != NULL && sign_journal_flush(j->at, &err) != SIGN_OK)
		say_error(j->run, &err); /* once: from then on none is kept */
}

void
journal_close(struct journal *j, bool finished)
{
	sign_error err = SIGN_ERROR_INIT;

	if (sign_journal_close(j->at, finished, &err) != SIGN_OK) {
		say(_("the journal lacks the last documents; the same command finds them again"));
		say_error(j->run, &err);
	}
	free(j->path);
	*j = (struct journal){ j->run, NULL, NULL };
}

/* ---- what a run is called --------------------------------------------------------------------------------------------- */

void
json_member(FILE *out, const char *key, const char *text)
{
	if (text == NULL)
		return;
	fprintf(out, "%s\"%s\":", ftell(out) > 1 ? "," : "", key);
	json_string(out, text);
}

void
json_member_list(FILE *out, const char *key, const struct text_list *list)
{
	if (list->count == 0)
		return;
	fprintf(out, "%s\"%s\":[", ftell(out) > 1 ? "," : "", key);
	for (size_t i = 0; i < list->count; i++) {
		fputs(i > 0 ? "," : "", out);
		json_string(out, list->items[i]);
	}
	fputs("]", out);
}
