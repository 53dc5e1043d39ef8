/*
 * order KYSO KEYS WORK RECORDER
 *
 * Proves the order of writes: runs kyso under the recorder, then replays the record and asks of every moment what a power cut
 * would leave. A file system may keep a name any time after it was given and may lose it until its folder is synced; it
 * may lose data until they are synced. So, unless durability is none:
 *   data are synced before the file gets its name, and not written afterwards;
 *   a result is told, on stdout or in the journal, only when name, data and every folder made on the way are synced.
 */
#include "crash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct event {
	unsigned long begun, ended, said, inode, parent;
	char          call[16], name[256];
};

struct record {
	struct event *events;
	size_t        count;
	char         *journal, *said;
	size_t        journal_len;
};

static void
read_record(const char *path, const char *said, struct record *r)
{
	char  *journal = harness_text("%s.journal", path);
	char  *line = NULL;
	size_t size = 0;
	FILE  *in = fopen(path, "re");

	*r = (struct record){ NULL, 0, NULL, NULL, 0 };
	if (in == NULL)
		harness_die("%s", path);
	while (getline(&line, &size, in) > 0) {
		struct event *e;

		r->events = realloc(r->events, (r->count + 1) * sizeof(*r->events));
		if (r->events == NULL)
			harness_die("realloc");
		e = &r->events[r->count++];
		if (sscanf(line, "%lu %lu %lu %15s %lu %lu %255[^\n]", &e->begun, &e->ended, &e->said, e->call, &e->inode,
		        &e->parent, e->name) != 7)
			harness_die("the record has a strange line: %s", line);
	}
	fclose(in);
	free(line);
	r->journal = harness_slurp(journal, &r->journal_len);
	r->said = harness_slurp(said, NULL);
	free(journal);
}

/* ---- what is on disk when -------------------------------------------------------------------------------------- */

/* The end of the first sync of `inode`, or of all, that began after `moment`; 0: none. */
static unsigned long
synced_after(const struct record *r, unsigned long inode, unsigned long moment)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct event *e = &r->events[i];

		if (e->begun > moment &&
		    (strcmp(e->call, "syncall") == 0 || (strcmp(e->call, "sync") == 0 && e->inode == inode)))
			return e->ended;
	}
	return 0;
}

static unsigned long
last_write(const struct record *r, unsigned long inode)
{
	unsigned long last = 0;

	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->events[i].call, "write") == 0 && r->events[i].inode == inode && r->events[i].ended > last)
			last = r->events[i].ended;
	return last;
}

/* When the name that `named` gave is on disk, with every folder above it that this run made; 0: never. */
static unsigned long
name_on_disk(const struct record *r, const struct event *named)
{
	unsigned long moment = synced_after(r, named->parent, named->ended);

	for (size_t i = 0; i < r->count && moment != 0; i++) {
		const struct event *e = &r->events[i];
		unsigned long       above;

		if (strcmp(e->call, "folder") != 0 || e->inode != named->parent)
			continue;
		above = name_on_disk(r, e);
		moment = above == 0 ? 0 : above > moment ? above : moment;
	}
	return moment;
}

/* ---- what was told when ---------------------------------------------------------------------------------------- */

/* Was the line of the result on stdout before `moment` ended? Its place is known, and how much stdout held at each event. */
static bool
said_before(const struct record *r, const char *name, unsigned long moment)
{
	const char   *at = strstr(r->said, name);
	unsigned long place = at != NULL ? (unsigned long)(at - r->said) : 0;

	for (size_t i = 0; i < r->count && at != NULL; i++)
		if (r->events[i].ended <= moment && r->events[i].said > place)
			return true;
	return false;
}

static bool
journaled_before(const struct record *r, const char *name, unsigned long moment)
{
	const char *at = r->journal;

	while (at < r->journal + r->journal_len) {
		char         *end;
		unsigned long begun = strtoul(at, &end, 10);
		unsigned long len = strtoul(end, &end, 10);

		if (begun < moment && memmem(end + 1, len, name, strlen(name)) != NULL)
			return true;
		at = end + 1 + len;
	}
	return false;
}

/* ---- rules ----------------------------------------------------------------------------------------------------- */

static bool
is_result(const struct event *e)
{
	return strcmp(e->call, "name") == 0 && strstr(e->name, ".kyso-") == NULL && strstr(e->name, ".journal") == NULL;
}

static unsigned
judge_name(const struct record *r, const struct event *e, bool synced, const char *label)
{
	unsigned long written = last_write(r, e->inode);
	unsigned long data = synced_after(r, e->inode, written);
	unsigned long named = name_on_disk(r, e);
	const char   *wrong = NULL;

	if (written == 0)
		wrong = "nothing was written to it, as far as was seen";
	else if (written > e->begun)
		wrong = "was written to after it had its name";
	else if (synced && (data == 0 || data > e->begun))
		wrong = "had its name before its data were synced";
	else if (synced && named == 0)
		wrong = "has a name, or a folder, that was never synced";
	else if (synced && is_result(e) && said_before(r, e->name, named))
		wrong = "was told on stdout before its name was synced";
	else if (synced && is_result(e) && journaled_before(r, e->name, named))
		wrong = "was in the journal before its name was synced";
	if (wrong != NULL)
		printf("FAILED %s: %s %s\n", label, e->name, wrong);
	return wrong != NULL;
}

/* Results that were there and are told as done: on disk before that, for the run that made them may have been killed. */
static unsigned
judge_found(const struct record *r, const struct crash_lab *lab, const struct crash_items *items, const char *label)
{
	unsigned failed = 0;

	for (size_t i = 0; i < items->count; i++) {
		char         *path = harness_text("%s/%s", lab->folder, items->items[i].output);
		char         *slash = strrchr(path, '/');
		struct stat   file, folder;
		unsigned long data, name;

		if (stat(path, &file) != 0)
			harness_die("%s", path);
		*slash = '\0';
		if (stat(path, &folder) != 0)
			harness_die("%s", path);
		data = synced_after(r, file.st_ino, 0);
		name = synced_after(r, folder.st_ino, 0);
		if (data == 0 || name == 0 || said_before(r, slash + 1, data > name ? data : name)) {
			printf("FAILED %s: %s counted as done, and %s was not synced\n", label, items->items[i].output,
			    data == 0 ? "it" : "its folder");
			failed++;
		}
		free(path);
	}
	return failed;
}

static void
free_record(struct record *r)
{
	free(r->events);
	free(r->journal);
	free(r->said);
}

/* ---- runs ------------------------------------------------------------------------------------------------------ */

static bool
has_word(const struct crash_scenario *s, const char *word)
{
	for (size_t i = 0; s->words[i] != NULL; i++)
		if (strcmp(s->words[i], word) == 0)
			return true;
	return false;
}

static void
record(const struct crash_lab *lab, const struct crash_scenario *s, const char *preload, const char *extra, struct record *r)
{
	char *path = harness_text("%s.record", lab->folder);
	char *variable = harness_text("KYSO_RECORD=%s", path);
	char *journal = harness_text("%s.journal", path);
	const char *env[] = { preload, variable, NULL };
	struct harness_run run = { 0 };

	unlink(path);
	unlink(journal);
	crash_start(lab, s, env, extra, &run);
	if (run.exit != 0)
		harness_die("%s: exit %d; see %s", s->label, run.exit, lab->err);
	read_record(path, lab->out, r);
	free(path);
	free(variable);
	free(journal);
}

static unsigned
one_scenario(const struct crash_lab *lab, const struct crash_scenario *s, const char *preload)
{
	struct crash_items items;
	struct record      r;
	bool     synced = !has_word(s, "none");
	size_t   results = 0, syncs = 0;
	unsigned failed = 0;

	crash_items_begin(lab, s, &items);
	crash_lay_out(lab, s, &items);
	record(lab, s, preload, "-v", &r);
	for (size_t i = 0; i < r.count; i++) {
		results += is_result(&r.events[i]);
		syncs += strncmp(r.events[i].call, "sync", 4) == 0;
		if (strcmp(r.events[i].call, "name") == 0 && strstr(r.events[i].name, ".journal") == NULL)
			failed += judge_name(&r, &r.events[i], synced, s->label);
	}
	if (results != (s->kind == CRASH_BUNDLE ? 1 : items.count)) {
		printf("FAILED %s: %zu results were seen, not %zu\n", s->label, results, items.count);
		failed++;
	}
	if (!synced && s->journal == NULL && syncs > 0) {
		printf("FAILED %s: %zu syncs, and none were asked for\n", s->label, syncs);
		failed++;
	}
	free_record(&r);
	if (synced) { /* once more, as after a kill between name and sync */
		record(lab, s, preload, "--no-journal", &r);
		failed += judge_found(&r, lab, &items, s->label);
		free_record(&r);
	}
	crash_items_free(&items);
	return failed;
}

int
main(int argc, char **argv)
{
	struct crash_lab lab = { .shim = NULL };
	unsigned failed = 0, passed = 0;
	char    *recorder, *preload;

	if (argc != 5)
		harness_die("usage: order KYSO KEYS WORK RECORDER");
	recorder = realpath(argv[4], NULL);
	if (recorder == NULL)
		harness_die("%s", argv[4]);
	preload = harness_text("LD_PRELOAD=%s", recorder);
	crash_open_lab(&lab, argv[1], argv[2], argv[3]);
	for (size_t i = 0; i < crash_scenario_count; i++) {
		unsigned wrong;

		if (crash_scenarios[i].old_disk || crash_scenarios[i].watches || crash_scenarios[i].kind == CRASH_VERIFY)
			continue;
		wrong = one_scenario(&lab, &crash_scenarios[i], preload);
		failed += wrong > 0;
		passed += wrong == 0;
	}
	crash_close_lab(&lab);
	free(recorder);
	free(preload);
	printf("%u passed, %u failed\n", passed, failed);
	return failed > 0;
}
