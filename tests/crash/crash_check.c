/*
 * What must hold after a run that was killed, and after the one that finished its work.
 */
#include "crash.h"

#include <jansson.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- results between runs -------------------------------------------------------------------------------------- */

static int64_t
mtime_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

void
crash_items_begin(const struct crash_lab *lab, const struct crash_scenario *s, struct crash_items *items)
{
	bool from_containers = s->kind == CRASH_ADD || s->kind == CRASH_IN_PLACE || s->kind == CRASH_VERIFY;

	items->count = lab->names.count;
	items->items = calloc(items->count, sizeof(*items->items));
	if (items->items == NULL)
		harness_die("calloc");
	for (size_t i = 0; i < items->count; i++) {
		struct crash_item *item = &items->items[i];
		const char        *name = lab->names.names[i];

		item->document = i;
		item->input = harness_text("in/%s%s", name, from_containers ? ".asice" : "");
		if (s->kind == CRASH_BUNDLE)
			item->output = harness_text("%s", s->out);
		else if (s->kind != CRASH_VERIFY)
			item->output = harness_text("%s/%s%s", s->out, name, s->suffix);
	}
}

void
crash_items_free(struct crash_items *items)
{
	for (size_t i = 0; i < items->count; i++) {
		free(items->items[i].input);
		free(items->items[i].output);
	}
	free(items->items);
}

/* In place a result is a container that is no longer the file we put there: that one has two names. */
static bool
is_made(const struct crash_scenario *s, const struct stat *st)
{
	return s->kind != CRASH_IN_PLACE || st->st_nlink == 1;
}

char *
crash_items_look(const struct crash_lab *lab, const struct crash_scenario *s, struct crash_items *items)
{
	for (size_t i = 0; i < items->count; i++) {
		struct crash_item *item = &items->items[i];
		struct stat        st;
		char              *path;
		bool               there;

		if (item->output == NULL)
			continue;
		path = harness_text("%s/%s", lab->folder, item->output);
		there = lstat(path, &st) == 0 && is_made(s, &st);
		free(path);
		if (item->inode != 0 && !there)
			return harness_text("%s was there and is gone", item->output);
		if (item->inode != 0 && (item->inode != st.st_ino || item->mtime_ns != mtime_ns(&st)))
			return harness_text("%s was finished and was made again", item->output);
		if (there) {
			item->inode = st.st_ino;
			item->mtime_ns = mtime_ns(&st);
		}
	}
	return NULL;
}

/* ---- nothing else is there ------------------------------------------------------------------------------------- */

static bool
is_expected(const struct crash_scenario *s, const struct crash_items *items, const char *name)
{
	if (s->journal != NULL && strcmp(name, s->journal) == 0)
		return true;
	for (size_t i = 0; i < items->count; i++)
		if (strcmp(name, items->items[i].input) == 0 ||
		    (items->items[i].output != NULL && strcmp(name, items->items[i].output) == 0))
			return true;
	return false;
}

static char *
check_no_stray(const struct crash_lab *lab, const struct crash_scenario *s, const struct crash_items *items)
{
	struct harness_list list;
	char *wrong = NULL;

	harness_list(lab->folder, &list);
	for (size_t i = 0; i < list.count && wrong == NULL; i++)
		if (!is_expected(s, items, list.names[i]))
			wrong = harness_text("stray file %s", list.names[i]);
	harness_list_free(&list);
	return wrong;
}

/* ---- every output holds its document --------------------------------------------------------------------------- */

/* Stored, not compressed: the document's bytes lie in the container as they are. */
static char *
check_contents(const struct crash_lab *lab, const struct crash_scenario *s, const struct crash_items *items)
{
	if (s->kind == CRASH_VERIFY || strcmp(s->suffix, ".p7s") == 0)
		return NULL;
	for (size_t i = 0; i < items->count; i++) {
		const char *name = lab->names.names[items->items[i].document];
		char       *output = harness_text("%s/%s", lab->folder, items->items[i].output);
		char       *document = harness_text("%s/%s", lab->docs, name);
		size_t      output_len, document_len;
		char       *in = harness_slurp(document, &document_len);
		char       *out = harness_slurp(output, &output_len);
		bool        holds = memmem(out, output_len, in, document_len) != NULL;

		free(in);
		free(out);
		free(output);
		free(document);
		if (!holds)
			return harness_text("%s does not hold %s", items->items[i].output, name);
	}
	return NULL;
}

/* ---- every signature is good, and there is one, not two -------------------------------------------------------- */

static char *
check_report_line(const struct crash_scenario *s, const char *line, size_t len)
{
	json_error_t fault;
	json_t      *report = json_loadb(line, len, 0, &fault);
	const char  *verdict = json_string_value(json_object_get(report, "verdict"));
	size_t       signatures = json_array_size(json_object_get(report, "signatures"));
	char        *wrong = NULL;

	if (report == NULL || verdict == NULL)
		wrong = harness_text("the report is not JSON: %s", fault.text);
	else if (strcmp(verdict, "TOTAL-PASSED") != 0)
		wrong = harness_text("%s: %s", json_string_value(json_object_get(report, "name")), verdict);
	else if (signatures != s->signatures)
		wrong = harness_text("%s: %zu signatures, not %zu", json_string_value(json_object_get(report, "name")),
		    signatures, s->signatures);
	json_decref(report);
	return wrong;
}

static char *
check_report(const struct crash_scenario *s, const char *path, size_t want)
{
	char  *report = harness_slurp(path, NULL);
	char  *wrong = NULL;
	size_t lines = 0;

	for (char *line = report, *end; wrong == NULL && (end = strchr(line, '\n')) != NULL; line = end + 1, lines++)
		wrong = check_report_line(s, line, (size_t)(end - line));
	if (wrong == NULL && lines != want)
		wrong = harness_text("%zu reports, not %zu", lines, want);
	free(report);
	return wrong;
}

static char *
check_verdicts(const struct crash_lab *lab, const struct crash_scenario *s, const struct crash_items *items)
{
	const char *argv[] = { lab->kyso, "verify", "-r", "--trust", lab->trust, "--report", "jsonl",
		s->kind == CRASH_VERIFY ? "in" : s->out, NULL };
	struct harness_run run = { .argv = argv, .folder = lab->folder, .out = lab->out, .err = lab->err };

	harness_run(&run);
	if (run.exit != 0)
		return harness_text("verify: exit %d, signal %d, not 0", run.exit, run.signal);
	return check_report(s, lab->out, s->kind == CRASH_BUNDLE ? 1 : items->count);
}

/* ---- the journal says the same --------------------------------------------------------------------------------- */

static char *
check_journal(const struct crash_lab *lab, const struct crash_scenario *s, const struct crash_items *items)
{
	const char *argv[] = { lab->kyso, "show", "--report", "json", s->journal, NULL };
	struct harness_run run = { .argv = argv, .folder = lab->folder, .out = lab->out, .err = lab->err };
	json_error_t fault;
	json_t      *report, *last, *counts;
	size_t       done;
	char        *wrong = NULL;

	if (s->journal == NULL)
		return NULL;
	harness_run(&run);
	if (run.exit != 0)
		return harness_text("show %s: exit %d, signal %d", s->journal, run.exit, run.signal);
	report = json_load_file(lab->out, 0, &fault);
	last = json_object_get(report, "runs");
	counts = json_object_get(json_array_get(last, json_array_size(last) - 1), "counts");
	done = (size_t)(json_integer_value(json_object_get(counts, "done")) +
	    json_integer_value(json_object_get(counts, "adopted")));
	if (counts == NULL)
		wrong = harness_text("%s: the report is not understood: %s", s->journal, fault.text);
	else if (done != items->count || json_integer_value(json_object_get(counts, "failed")) != 0)
		wrong = harness_text("%s: %zu done, not %zu", s->journal, done, items->count);
	json_decref(report);
	return wrong;
}

char *
crash_check_end(const struct crash_lab *lab, const struct crash_scenario *s, struct crash_items *items)
{
	char *wrong = crash_items_look(lab, s, items);

	for (size_t i = 0; i < items->count && wrong == NULL; i++)
		if (items->items[i].output != NULL && items->items[i].inode == 0)
			wrong = harness_text("%s was not made", items->items[i].output);
	if (wrong == NULL)
		wrong = check_no_stray(lab, s, items);
	if (wrong == NULL)
		wrong = check_contents(lab, s, items);
	if (wrong == NULL)
		wrong = check_verdicts(lab, s, items);
	if (wrong == NULL)
		wrong = check_journal(lab, s, items);
	return wrong;
}
