/*
 * kyso verify: judge one path and show the whole verdict, or many and show what is not valid.
 */
#include "feed.h"
#include "journal.h"
#include "progress.h"
#include "reports.h"

#include <stdlib.h>
#include <string.h>

struct judging {
	struct run     *run;
	struct feed     feed;
	struct outlets  outlets;
	struct progress progress;
	struct journal  journal;
	struct watch    watch;
	bool            many;
	uint64_t        verdicts[4]; /* by sign_verdict */
	uint64_t        uncovered;   /* exit 3 without TOTAL-FAILED: role, coverage, nothing signed in a container */
	uint64_t        broken;      /* no report: malformed, unreadable, not supported */
	uint64_t        unsigned_documents;
	int             exit;
	pthread_mutex_t lock;
};

/* ---- one result ---- */

static void
tell_rendered(struct judging *j, const sign_report *report, sign_report_format format)
{
	AUTO(auto_text) char *plain = NULL;
	AUTO(auto_text) char *coloured = NULL;
	sign_error err = SIGN_ERROR_INIT;

	if (sign_report_render(report, format, j->run->width, false, &plain, &err) != SIGN_OK ||
	    (j->run->colour &&
	        sign_report_render(report, format, j->run->width, true, &coloured, &err) != SIGN_OK)) {
		j->exit = worse(j->exit, say_error(j->run, &err));
		return;
	}
	outlets_text(&j->outlets, coloured != NULL ? coloured : plain, plain);
}

static void
tell_machines(struct judging *j, const sign_report *report)
{
	AUTO(auto_text) char *indented = NULL;
	AUTO(auto_text) char *line = NULL;
	sign_error err = SIGN_ERROR_INIT;

	if (!outlets_want(&j->outlets, SIGN_REPORT_JSON) && !outlets_want(&j->outlets, SIGN_REPORT_JSONL))
		return;
	if (sign_report_render(report, SIGN_REPORT_JSON, 0, false, &indented, &err) != SIGN_OK ||
	    sign_report_render(report, SIGN_REPORT_JSONL, 0, false, &line, &err) != SIGN_OK) {
		j->exit = worse(j->exit, say_error(j->run, &err));
		return;
	}
	outlets_json(&j->outlets, indented, line);
}

/* Alone or not valid: the block. Valid among many: a line, unless asked for more or less. */
static void
tell_report(struct judging *j, const sign_report *report)
{
	int exit_code = sign_report_exit(report);
	int verbose = j->run->set.verbose;

	j->exit = worse(j->exit, exit_code);
	j->verdicts[sign_report_verdict(report)]++;
	if (exit_code == 3)
		j->uncovered++;
	if (exit_code != 0 || (!j->many && j->run->set.quiet == 0) || verbose > 0)
		tell_rendered(j, report, SIGN_REPORT_TEXT);
	else if (j->run->set.quiet == 0)
		tell_rendered(j, report, SIGN_REPORT_LINE);
	tell_machines(j, report);
}

static void
tell_fault(struct judging *j, const char *path, const sign_error *err)
{
	AUTO(auto_text) char *json = json_fault(path, err);

	j->broken += err->code != SIGN_E_NOT_SIGNED; /* that has a count of its own */
	j->exit = worse(j->exit, say_error(j->run, err));
	if (json != NULL)
		outlets_json(&j->outlets, json, json);
}

/* A document that nobody signed, met in a folder: counted, a fault only with --all. Named by itself it is one. */
static bool
is_passing_document(const struct judging *j, const sign_batch_result *result)
{
	return result->code == SIGN_E_NOT_SIGNED && !result->named && !j->run->set.all;
}

/* What is not valid goes aside with both reports, and what could not be judged with the reason. */
static void
settle(struct judging *j, const sign_batch_result *result, bool passing)
{
	AUTO(auto_text) char *text = NULL;
	AUTO(auto_text) char *json = NULL;
	sign_error err = SIGN_ERROR_INIT;
	sign_note  notes[2] = { { ".report.txt", NULL }, { ".report.json", NULL } };

	if (passing)
		watch_done(&j->watch, result->path);
	else if (result->report == NULL)
		watch_settle(&j->watch, result->path, result->code, result->error, NULL, 0);
	else if (sign_report_exit(result->report) == 0)
		watch_valid(&j->watch, result->path);
	else if (sign_report_render(result->report, SIGN_REPORT_TEXT, 0, false, &text, &err) == SIGN_OK &&
	         sign_report_render(result->report, SIGN_REPORT_JSON, 0, false, &json, &err) == SIGN_OK) {
		notes[0].text = text;
		notes[1].text = json;
		watch_settle(&j->watch, result->path, result->code, result->error, notes, COUNT_OF(notes));
	} else {
		watch_settle(&j->watch, result->path, err.code, &err, NULL, 0);
	}
}

static void
on_done(void *user, const sign_batch_result *result)
{
	struct judging *j = user;
	bool            passing = is_passing_document(j, result);
	sign_batch_result told;
	sign_error        err;

	pthread_mutex_lock(&j->lock);
	progress_hide(&j->progress);
	if (!passing)
		journal_record(&j->journal, result, &told, &err);
	if (!passing)
		feed_taken(&j->feed, result->number);
	if (result->code == SIGN_E_NOT_SIGNED)
		j->unsigned_documents++;
	if (result->report != NULL)
		tell_report(j, result->report);
	else if (!passing)
		tell_fault(j, result->path, result->error);
	if (j->watch.at != NULL)
		settle(j, result, passing);
	progress_add(&j->progress, result->path, result->size_bytes, result->code != SIGN_OK && !passing);
	pthread_mutex_unlock(&j->lock);
}

/* ---- the run ---- */

static void
on_walk_fault(void *user, const char *path, const sign_error *err)
{
	struct judging *j = user;

	pthread_mutex_lock(&j->lock);
	progress_hide(&j->progress);
	tell_fault(j, path, err);
	journal_record_fault(&j->journal, path, err);
	pthread_mutex_unlock(&j->lock);
}

/* Judged before the run was interrupted, and unchanged: its verdict counts, and the journal has its reasons. */
static void
tell_known(struct judging *j, const char *path, const sign_journal_memory *memory)
{
	static const char *const words[] = { "", N_("valid"), N_("not enough evidence"), N_("NOT VALID") };
	AUTO(auto_text) char *name = safe_text(path);
	AUTO(auto_text) char *line = NULL;
	AUTO(auto_text) char *json = json_known(path, memory);
	sign_verdict verdict = memory->verdict <= SIGN_VERDICT_FAILED ? memory->verdict : SIGN_VERDICT_NONE;

	j->exit = worse(j->exit, memory->exit);
	j->verdicts[verdict]++;
	if (memory->exit == 3)
		j->uncovered++;
	if (name == NULL || json == NULL || verdict == SIGN_VERDICT_NONE ||
	    asprintf(&line, _("%s: %s (judged before; the journal has the reasons)\n"), name, _(words[verdict])) < 0)
		line = NULL;
	if (line != NULL && (j->run->set.quiet == 0 || memory->exit != 0))
		outlets_text(&j->outlets, line, line);
	if (json != NULL)
		outlets_json(&j->outlets, json, json);
}

static bool
knows(struct judging *j, const char *path)
{
	sign_journal_memory memory;

	if (!journal_knows(&j->journal, path, NULL, &memory))
		return false;
	if (j->watch.at != NULL) { /* what has to be moved is judged again: its reasons go with it */
		if (memory.exit != 0 || j->watch.valid_to != NULL)
			return false;
		watch_done(&j->watch, path);
		return true;
	}
	pthread_mutex_lock(&j->lock);
	progress_hide(&j->progress);
	feed_known(&j->feed);
	tell_known(j, path, &memory);
	progress_add(&j->progress, path, 0, memory.exit != 0);
	pthread_mutex_unlock(&j->lock);
	return true;
}

static bool
next_item(void *user, sign_batch_item *item)
{
	struct judging *j = user;
	sign_walk_item  found;

	do {
		if (!feed_next(&j->feed, &found))
			return false;
	} while (knows(j, found.path));
	feed_given(&j->feed);
	*item = (sign_batch_item){ found.path, NULL, j->run->set.content, found.named };
	return true;
}

static void
tell_empty(struct judging *j)
{
	for (size_t i = 0; i < j->feed.root_count; i++) {
		const struct root *root = &j->feed.roots[i];
		sign_error         err = SIGN_ERROR_INIT;

		if (root->taken > 0 || root->fault)
			continue;
		set_error(&err, SIGN_E_NOTHING, root->path, "");
		tell_fault(j, root->path, &err);
		j->broken--; /* a path, not a file */
	}
}

static void
put_count(FILE *out, const char *what, uint64_t n)
{
	if (n > 0)
		fprintf(out, "%s: %llu\n", what, (unsigned long long)n);
}

/* Worst first. */
static void
summary(const struct judging *j)
{
	FILE *out = j->outlets.machine_stdout ? stderr : stdout;

	if (!j->many || j->run->set.quiet > 0)
		return;
	put_count(out, _("malformed, unreadable or not supported"), j->broken);
	put_count(out, _("NOT VALID"), j->verdicts[SIGN_VERDICT_FAILED]);
	put_count(out, _("not enough evidence"), j->verdicts[SIGN_VERDICT_INDETERMINATE]);
	put_count(out, _("of all these, with a file nobody signed or a role missing"), j->uncovered);
	put_count(out, _("valid"), j->verdicts[SIGN_VERDICT_PASSED]);
	put_count(out, _("documents without signature"), j->unsigned_documents);
}

static sign_code
run_batch(struct judging *j, const sign_verifier *verifier, sign_error *err)
{
	sign_batch_options batch = SIGN_BATCH_OPTIONS_INIT;

	batch.next = next_item;
	batch.done = on_done;
	batch.user = j;
	batch.stop = &stop_requested;
	batch.jobs = jobs_setting(j->run);
	return sign_batch_verify(verifier, &batch, err);
}

/* Certificates and revocation lists that came since. */
static sign_code
look_again(struct judging *j, sign_trust **trust, sign_verifier **verifier, sign_error *err)
{
	sign_code code;

	sign_verifier_free(*verifier);
	*verifier = NULL;
	sign_trust_free(*trust);
	*trust = NULL;
	code = open_trust(j->run, trust, err);
	return code == SIGN_OK ? open_verifier(j->run, *trust, NULL, verifier, err) : code;
}

/* What is there; and, watching, one batch for each time that something came. */
static sign_code
run_batches(struct judging *j, sign_trust **trust, sign_verifier **verifier, sign_error *err)
{
	struct survey survey = { 0, 0, false };
	sign_code     code = SIGN_OK;

	if (j->many && !j->run->set.watch)
		code = feed_survey(j->run, SIGN_WALK_VERIFY, &survey, NULL, NULL, err);
	if (code != SIGN_OK)
		return code;
	progress_begin(&j->progress, j->run, survey.complete ? survey.files : 0, &j->watch);
	code = run_batch(j, *verifier, err);
	while (code == SIGN_OK && j->watch.at != NULL) {
		progress_hide(&j->progress);
		journal_flush(&j->journal);
		code = watch_wait(&j->watch, err);
		if (code == SIGN_OK && watch_is_stale(&j->watch))
			code = look_again(j, trust, verifier, err);
		progress_rebase(&j->progress);
		if (code == SIGN_OK)
			code = run_batch(j, *verifier, err);
	}
	return code;
}

static sign_code
open_watch(struct judging *j, sign_error *err)
{
	sign_code code = watch_open(&j->watch, j->run, SIGN_WALK_VERIFY, err);

	j->watch.fault = on_walk_fault;
	j->watch.user = j;
	j->feed.watch = &j->watch;
	return code;
}

/* What changes a verdict, as far as options say it. */
static char *
options_json(const struct run *run)
{
	const struct settings *set = &run->set;
	char                  *text = NULL, at[32];
	size_t                 len = 0;
	FILE                  *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	snprintf(at, sizeof(at), "%lld", (long long)set->at);
	fputs("{", out);
	json_member(out, "policy", setting_text(run, set->policy, "policy"));
	json_member(out, "revocation", set->revocation == -1 ? sign_config_get(run->config, "revocation")
	                               : set->revocation == 0 ? "required" : "if-available");
	json_member(out, "at", set->at != 0 ? at : NULL);
	json_member(out, "content", set->content);
	json_member_list(out, "expect", &set->expect);
	json_member_list(out, "trust", &set->trust);
	json_member_list(out, "crl", &set->crl);
	fputs("}", out);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* An interrupted run is continued for a day: later, revocations may have come that its first verdicts did not see. */
#define KEEP_SECONDS (24 * 60 * 60)

static sign_code
begin_journal(struct judging *j, sign_error *err)
{
	AUTO(auto_text) char *options = NULL;
	const struct settings *set = &j->run->set;
	sign_journal_run       what = SIGN_JOURNAL_RUN_INIT;
	const char           **roots;
	sign_code              code = journal_place(&j->journal, j->run, NULL, err);

	if (code == SIGN_OK)
		code = journal_open(&j->journal, err);
	if (code != SIGN_OK || j->journal.at == NULL)
		return code;
	options = options_json(j->run);
	roots = calloc(set->path_count + 2, sizeof(*roots));
	if (options == NULL || roots == NULL) {
		free(roots);
		return set_error(err, SIGN_E_MEMORY, "", "");
	}
	memcpy(roots, set->paths, set->path_count * sizeof(*roots));
	roots[set->path_count] = set->files_from;
	what.verb = "verify";
	what.options = options;
	what.roots = roots;
	what.fresh = !set->watch; /* a watch judges what comes, once */
	what.keep_seconds = set->watch ? 0 : KEEP_SECONDS;
	code = journal_begin(&j->journal, &what, err);
	free(roots);
	return code;
}

static void
run_all(struct judging *j)
{
	AUTO(auto_trust) sign_trust *trust = NULL;
	AUTO(auto_verifier) sign_verifier *verifier = NULL;
	sign_error err = SIGN_ERROR_INIT;
	sign_code  code = open_trust(j->run, &trust, &err);

	if (code == SIGN_OK)
		code = open_verifier(j->run, trust, NULL, &verifier, &err);
	if (code == SIGN_OK)
		code = begin_journal(j, &err);
	if (code == SIGN_OK)
		code = feed_open(&j->feed, j->run, SIGN_WALK_VERIFY, &err);
	if (code == SIGN_OK && j->run->set.watch)
		code = open_watch(j, &err);
	j->feed.fault = on_walk_fault;
	j->feed.user = j;
	if (code == SIGN_OK)
		code = run_batches(j, &trust, &verifier, &err);
	progress_end(&j->progress);
	journal_close(&j->journal, code == SIGN_OK && stop_requested == 0);
	if (code != SIGN_OK && code != SIGN_E_INTERRUPTED) {
		j->exit = worse(j->exit, say_error(j->run, &err));
		return;
	}
	if (stop_requested == 0 && !j->run->set.allow_empty)
		tell_empty(j);
	summary(j);
	if (stop_requested != 0) {
		say(j->run->set.journal != NULL ? _("stopped; what was judged is in the journal. The same command goes on with the rest")
		                                : _("stopped; not everything was judged. Run the same command again"));
		j->exit = worse(j->exit, sign_code_exit(SIGN_E_INTERRUPTED));
	}
}

static int
check(const struct run *run)
{
	const struct settings *set = &run->set;

	if (set->path_count == 0 && set->files_from == NULL)
		return say_usage(run->command, _("name the files to check"));
	if (set->content != NULL && is_many(run))
		return say_usage(run->command, _("--content goes with one signature file"));
	if (set->nul_separated && set->files_from == NULL)
		return say_usage(run->command, _("-0 goes with --files-from"));
	return 0;
}

int
cmd_verify(struct run *run)
{
	AUTO(auto_text) char *journal = NULL;
	struct judging j = { .run = run };
	int            rc = watch_check(run);

	if (rc == 0)
		rc = check(run);

	if (rc == 0 && run->set.watch && run->set.journal == NULL) {
		journal = watch_journal(run, "verify");
		run->set.journal = journal;
	}
	j.many = rc == 0 && is_many(run);
	if (rc == 0)
		rc = outlets_open(&j.outlets, run, j.many);
	if (rc != 0) {
		outlets_clear(&j.outlets);
		return rc;
	}
	pthread_mutex_init(&j.lock, NULL);
	run_all(&j);
	watch_close(&j.watch);
	feed_close(&j.feed);
	j.exit = worse(j.exit, outlets_close(&j.outlets, run));
	outlets_clear(&j.outlets);
	pthread_mutex_destroy(&j.lock);
	return j.exit;
}
