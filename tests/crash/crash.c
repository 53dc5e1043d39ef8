/*
 * crash KYSO KEYS WORK [--shim SHIM] [--runs N] [--seed S] [--only RUN] [--scenario LABEL]
 *
 * Starts kyso on a folder, kills it (SIGKILL) at a moment by chance or just before or after a system call, and gives the same
 * command again, sometimes killed again, until it ends by itself. Then every document must be signed exactly once, nothing
 * that was finished made again, nothing strange lie about. A run that fails keeps its folder, and says how to repeat it.
 */
#include "crash.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KILLS_MAX 4

static const char *const calls[] = { "any", "open", "tmpfile", "pread", "pwrite", "fdatasync", "fsync", "link", "rename",
	"unlink", "copy" };
#define CALLS (sizeof(calls) / sizeof(*calls))

/* One uninterrupted run of a scenario: its time, and how often it makes each call. */
struct measure {
	bool          known;
	double        seconds;
	unsigned long counts[CALLS];
};

struct options {
	unsigned long runs, only; /* only: number of a run, 0 for all */
	uint64_t      seed;
	const char   *scenario;   /* its label; NULL: all */
};

/* ---- measuring ------------------------------------------------------------------------------------------------- */

/* Start it with a fault, or killed after a time. */
static void
start(const struct crash_lab *lab, const struct crash_scenario *s, const char *fault, double kill_after,
    struct harness_run *run)
{
	char       *preload = lab->shim != NULL ? harness_text("LD_PRELOAD=%s", lab->shim) : NULL;
	const char *env[4] = { NULL };
	size_t      n = 0;

	if (preload != NULL && (fault != NULL || s->old_disk))
		env[n++] = preload;
	if (fault != NULL)
		env[n++] = fault;
	if (s->old_disk)
		env[n++] = "KYSO_OLD_DISK=1";
	run->kill_after = kill_after;
	crash_start(lab, s, env, NULL, run);
	free(preload);
}

static void
read_counts(const char *path, struct measure *m)
{
	char  word[32];
	unsigned long n;
	FILE *in = fopen(path, "re");

	while (in != NULL && fscanf(in, "%31s %lu", word, &n) == 2)
		for (size_t i = 0; i < CALLS; i++)
			if (strcmp(calls[i], word) == 0)
				m->counts[i] = n;
	if (in != NULL)
		fclose(in);
}

static void
measure(const struct crash_lab *lab, const struct crash_scenario *s, struct measure *m)
{
	struct crash_items items;
	struct harness_run run = { 0 };
	char *counts = harness_text("%s.counts", lab->folder);
	char *variable = harness_text("KYSO_FAULT_COUNT=%s", counts);

	crash_items_begin(lab, s, &items);
	if (lab->shim != NULL) {
		crash_lay_out(lab, s, &items);
		unlink(counts);
		putenv(variable);
		start(lab, s, "KYSO_FAULT=any:1:none", 0, &run);
		unsetenv("KYSO_FAULT_COUNT");
		read_counts(counts, m);
		if (m->counts[0] == 0)
			harness_die("%s counts nothing", lab->shim);
	}
	crash_lay_out(lab, s, &items);
	start(lab, s, NULL, 0, &run);
	if (run.exit != 0)
		harness_die("%s: not killed, and yet exit %d; see %s", s->label, run.exit, lab->err);
	m->seconds = run.seconds;
	m->known = true;
	crash_items_free(&items);
	free(counts);
	free(variable);
}

/* ---- one run: killed, and finished ----------------------------------------------------------------------------- */

/* Kill it once, somehow; what was done is added to the story. */
static void
kill_once(const struct crash_lab *lab, const struct crash_scenario *s, const struct measure *m, uint64_t *random,
    struct harness_run *run, char **story)
{
	size_t call = harness_below(random, CALLS);
	double after = 0.0002 + m->seconds * 1.05 * (double)harness_below(random, 100000) / 100000;
	char  *fault = NULL;
	char  *longer;

	if (lab->shim != NULL && harness_below(random, 2) == 0 && m->counts[call] > 0) {
		unsigned long n = harness_below(random, m->counts[call]) + 1;

		fault = harness_text("KYSO_FAULT=%s:%lu:%s", calls[call], n,
		    harness_below(random, 2) == 0 ? "kill" : "killafter");
		start(lab, s, fault, 0, run);
		longer = harness_text("%s, %s", *story, fault);
	} else {
		start(lab, s, NULL, after, run);
		longer = harness_text("%s, after %.4f s", *story, after);
	}
	free(*story);
	free(fault);
	*story = longer;
}

/* How it ended, when it should not have, and what it said about that. */
static char *
told(const struct crash_lab *lab, const struct harness_run *run)
{
	char *said = harness_slurp(lab->err, NULL);
	char *text = harness_text("exit %d, signal %d: %.300s", run->exit, run->signal, said);

	free(said);
	return text;
}

/* The outputs are the truth: without the journal nothing is repeated either. */
static void
lose_journal(const struct crash_lab *lab, const struct crash_scenario *s, char **story)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char *longer = harness_text("%s, journal lost", *story);

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(*suffixes); i++) {
		char *path = harness_text("%s/%s%s", lab->folder, s->journal, suffixes[i]);

		unlink(path);
		free(path);
	}
	free(*story);
	*story = longer;
}

static char *
one_run(const struct crash_lab *lab, const struct crash_scenario *s, const struct measure *m, uint64_t *random, char **story,
    unsigned long *killed)
{
	struct crash_items items;
	struct harness_run run = { 0 };
	size_t kills = 1;
	char  *wrong = NULL;

	crash_items_begin(lab, s, &items);
	crash_lay_out(lab, s, &items);
	while (kills < KILLS_MAX && harness_below(random, 3) == 0)
		kills++;
	for (size_t i = 0; i < kills && wrong == NULL; i++) {
		if (s->journal != NULL && harness_below(random, 4) == 0)
			lose_journal(lab, s, story);
		kill_once(lab, s, m, random, &run, story);
		*killed += run.signal == SIGKILL;
		if (run.signal != SIGKILL && run.exit != 0)
			wrong = told(lab, &run);
		else
			wrong = crash_items_look(lab, s, &items);
	}
	for (int again = 0; again < 2 && wrong == NULL; again++) { /* the second time there is nothing to do */
		start(lab, s, NULL, 0, &run);
		if (run.exit != 0)
			wrong = told(lab, &run);
		else
			wrong = crash_check_end(lab, s, &items);
	}
	crash_items_free(&items);
	return wrong;
}

/* ---- all runs -------------------------------------------------------------------------------------------------- */

static void
keep(const struct crash_lab *lab, unsigned long number)
{
	char *kept = harness_text("%s-%lu", lab->folder, number);

	harness_remove(kept);
	if (rename(lab->folder, kept) != 0)
		harness_die("%s", kept);
	printf("  kept in %s\n", kept);
	free(kept);
}

static bool
is_wanted(const struct crash_lab *lab, const struct options *o, const struct crash_scenario *s)
{
	return (o->scenario == NULL || strcmp(o->scenario, s->label) == 0) && (lab->shim != NULL || !s->old_disk);
}

static int
run_all(const struct crash_lab *lab, const struct options *o)
{
	struct measure *measures = calloc(crash_scenario_count, sizeof(*measures));
	unsigned long   failed = 0, killed = 0, done = 0;

	if (measures == NULL)
		harness_die("calloc");
	for (unsigned long i = 0; i < o->runs; i++) {
		uint64_t random = o->seed * 1000003 + i;
		size_t   which = i % crash_scenario_count;
		char    *story = harness_text("%s", crash_scenarios[which].label);
		char    *wrong = NULL;

		if ((o->only == 0 || o->only == i + 1) && is_wanted(lab, o, &crash_scenarios[which])) {
			if (!measures[which].known)
				measure(lab, &crash_scenarios[which], &measures[which]);
			wrong = one_run(lab, &crash_scenarios[which], &measures[which], &random, &story, &killed);
			done++;
		}
		if (wrong != NULL) {
			printf("FAILED run %lu (%s): %s\n  repeat: --seed %llu --runs %lu --only %lu\n", i + 1, story, wrong,
			    (unsigned long long)o->seed, i + 1, i + 1);
			keep(lab, i + 1);
			failed++;
		}
		fflush(stdout);
		free(wrong);
		free(story);
	}
	harness_remove(lab->folder);
	free(measures);
	printf("%lu runs were killed %lu times; seed %llu\n", done, killed, (unsigned long long)o->seed);
	printf("%lu passed, %lu failed\n", done - failed, failed);
	return failed > 0 || killed == 0;
}

int
main(int argc, char **argv)
{
	struct crash_lab lab = { .shim = NULL };
	int              rc;
	struct options   o = { 25, 0, (uint64_t)(harness_now() * 1e6) % 1000000, NULL };

	if (argc < 4)
		harness_die("usage: crash KYSO KEYS WORK [--shim SHIM] [--runs N] [--seed S] [--only RUN] "
		            "[--scenario LABEL]");
	for (int i = 4; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--shim") == 0)
			lab.shim = realpath(argv[i + 1], NULL);
		else if (strcmp(argv[i], "--runs") == 0)
			o.runs = strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0)
			o.seed = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--only") == 0)
			o.only = strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--scenario") == 0)
			o.scenario = argv[i + 1];
		else
			harness_die("unknown option %s", argv[i]);
	}
	crash_open_lab(&lab, argv[1], argv[2], argv[3]);
	rc = run_all(&lab, &o);
	crash_close_lab(&lab);
	return rc;
}
