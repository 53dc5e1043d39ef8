/*
 * kyso sign: plan, say what is about to be signed, open the key, run the batch, tell.
 */
#include "seal.h"

#include <stdlib.h>
#include <string.h>

/* ---- the batch's ends ---- */

static void
on_walk_fault(void *user, const char *path, const sign_error *err)
{
	struct seal *seal = user;

	pthread_mutex_lock(&seal->lock);
	seal_tell(seal, path, NULL, err->code, err, false);
	journal_record_fault(&seal->journal, path, err);
	pthread_mutex_unlock(&seal->lock);
}

/* Where it goes, if it may go there. */
static sign_code
place_item(struct seal *seal, const sign_walk_item *item, bool make, bool *twice, sign_error *err)
{
	sign_code code = seal_check_kind(seal, item, err);

	*twice = false;
	if (code == SIGN_OK)
		code = seal_output(seal, item, make, err);
	return code == SIGN_OK ? seal_claim(seal, item, twice, err) : code;
}

/* One item of this batch's form; another form ends the batch, and the item waits for the next. */
static bool
next_item(void *user, sign_batch_item *item)
{
	struct seal   *seal = user;
	sign_walk_item found = seal->waiting;

	while (found.path != NULL || feed_next(&seal->feed, &found)) {
		sign_error err = SIGN_ERROR_INIT;
		bool       twice;

		if (seal_form(seal, found.path) != seal->options.form) {
			seal->waiting = found;
			return false;
		}
		seal->waiting.path = NULL;
		if (place_item(seal, &found, true, &twice, &err) != SIGN_OK) {
			on_walk_fault(seal, found.path, &err);
			watch_settle(&seal->watch, found.path, err.code, &err, NULL, 0);
			seal->feed.roots[seal->feed.root_at].fault = true;
		} else if (twice) {
			seal_tell_twice(seal, found.path);
		} else if (!seal_knows(seal, &found)) {
			feed_given(&seal->feed);
			*item = (sign_batch_item){ found.path, seal->output, NULL, found.named };
			return true;
		}
		found.path = NULL;
	}
	return false;
}

static void
on_done(void *user, const sign_batch_result *result)
{
	struct seal      *seal = user;
	sign_batch_result told;
	sign_error        err;

	pthread_mutex_lock(&seal->lock);
	if (result->code == SIGN_OK)
		seal->bytes += result->size_bytes;
	journal_record(&seal->journal, result, &told, &err);
	seal_tell(seal, told.path, told.output, told.code, told.error, told.warned);
	watch_settle(&seal->watch, told.path, told.code, told.error, NULL, 0);
	progress_add(&seal->progress, told.path, told.size_bytes, told.code != SIGN_OK && told.code != SIGN_E_ALREADY);
	pthread_mutex_unlock(&seal->lock);
}

/* ---- without a key ---- */

static void
dry_run(struct seal *seal)
{
	sign_walk_item item;

	while (feed_next(&seal->feed, &item)) {
		sign_error   err = SIGN_ERROR_INIT;
		sign_source *source = NULL;
		sign_code    code = sign_source_open(item.path, &source, &err);
		bool         twice = false;

		sign_source_free(source);
		if (code == SIGN_OK)
			code = place_item(seal, &item, false, &twice, &err);
		if (twice) {
			seal_tell_twice(seal, item.path);
			continue;
		}
		feed_given(&seal->feed);
		seal_tell(seal, item.path, code == SIGN_OK ? seal->output : NULL, code, &err, false);
	}
}

/* Nothing there to sign: say why for each path, and never ask for a PIN. */
static void
explain_nothing(struct seal *seal)
{
	sign_walk_item item;

	while (feed_next(&seal->feed, &item)) {
		sign_error   err = SIGN_ERROR_INIT;
		sign_source *source = NULL;
		sign_code    code = sign_source_open(item.path, &source, &err);

		sign_source_free(source);
		if (code == SIGN_OK) /* it came into being since */
			code = set_error(&err, SIGN_E_CHANGED, item.path, "");
		feed_given(&seal->feed);
		seal_tell(seal, item.path, NULL, code, &err, false);
	}
}

/* ---- one container for all ---- */

/*
 * A bundle is whole or not at all: what cannot be walked is handed on as a document, so that the library stumbles over it, and
 * so does an interruption (the empty path is nowhere).
 */
struct bundle {
	struct seal *seal;
	char        *fault; /* a path that could not be walked */
};

static void
on_bundle_fault(void *user, const char *path, const sign_error *err)
{
	struct bundle *b = user;

	(void)err;
	free(b->fault);
	b->fault = strdup(path);
}

static bool
next_document(void *user, const char **path, const char **entry_name)
{
	struct bundle *b = user;
	sign_walk_item item;
	bool           found = feed_next(&b->seal->feed, &item);

	if (b->fault != NULL || stop_requested != 0) {
		*path = *entry_name = b->fault != NULL ? b->fault : "";
		return true;
	}
	if (!found)
		return false;
	feed_given(&b->seal->feed);
	*path = item.path;
	*entry_name = item.relative;
	return true;
}

static void
run_bundle(struct seal *seal, sign_key *key)
{
	AUTO(auto_worker) sign_worker *worker = NULL;
	struct bundle bundle = { seal, NULL };
	sign_error    err = SIGN_ERROR_INIT;
	const char   *output = seal->run->set.bundle;
	sign_code     code = sign_worker_new(&worker, &err);

	seal->feed.fault = on_bundle_fault;
	seal->feed.user = &bundle;
	if (code == SIGN_OK)
		code = sign_bundle(worker, key, next_document, &bundle, output, &seal->options, &err);
	if (code != SIGN_OK && stop_requested != 0)
		code = set_error(&err, SIGN_E_INTERRUPTED, output, "");
	seal_tell(seal, output, output, code, &err, false);
	if (code == SIGN_OK) {
		seal->bytes = seal->survey.bytes;
		seal->sealed = seal->feed.given;
	}
	free(bundle.fault);
	seal->feed.fault = on_walk_fault;
	seal->feed.user = seal;
}

/* ---- the run ---- */

/* A mistaken key would show only at the recipient; --override says that it is meant. */
static sign_code
check_role(const struct seal *seal, const sign_key *key, sign_error *err)
{
	const char *policy = setting_text(seal->run, seal->run->set.policy, "policy");
	sign_role   read = SIGN_ROLE_UNKNOWN;

	if (seal->options.override_reason != NULL)
		return SIGN_OK;
	return sign_key_check_role(key, policy, seal->options.role, &read, err);
}

static sign_code
open_key(struct seal *seal, const sign_trust *trust, sign_key **key, sign_error *err)
{
	bool      complete = false;
	sign_code code;

	code = key_open(seal->run, &seal->choice, seal_prompt, seal, key, err);
	if (code == SIGN_OK)
		code = check_role(seal, *key, err);
	if (code == SIGN_OK)
		code = sign_key_check(*key, time(NULL), err);
	return code == SIGN_OK ? sign_key_check_trust(*key, trust, time(NULL), &complete, err) : code;
}

/* The person's signature has to be judged before the agency's is added (Decree 30/2020, article 32.2d). */
static sign_code
open_judge(struct seal *seal, sign_trust **trust, sign_verifier **verifier, sign_error *err)
{
	sign_code code;

	code = open_trust(seal->run, trust, err); /* also tells whether our own certificate is revoked */
	if (code != SIGN_OK || !seal->add || seal->options.role != SIGN_ROLE_AGENCY)
		return code;
	return open_verifier(seal->run, *trust, "official", verifier, err);
}

static sign_code
run_batch(struct seal *seal, sign_key *key, const sign_verifier *verifier, sign_error *err)
{
	sign_batch_options batch = SIGN_BATCH_OPTIONS_INIT;
	sign_code          code;

	batch.next = next_item;
	batch.done = on_done;
	batch.user = seal;
	batch.stop = &stop_requested;
	batch.jobs = jobs_setting(seal->run);
	do {
		if (seal->waiting.path != NULL)
			seal->options.form = seal_form(seal, seal->waiting.path);
		code = sign_batch_sign(key, &seal->options, seal->add, verifier, &batch, err);
	} while (code == SIGN_OK && seal->waiting.path != NULL && stop_requested == 0);
	return code;
}

/* A watch may last longer than a certificate, and revocation lists are renewed beside it. */
static sign_code
look_again(struct seal *seal, sign_key *key, sign_trust **trust, sign_verifier **verifier, sign_error *err)
{
	bool      complete;
	sign_code code;

	sign_verifier_free(*verifier);
	*verifier = NULL;
	sign_trust_free(*trust);
	*trust = NULL;
	code = open_judge(seal, trust, verifier, err);
	if (code == SIGN_OK)
		code = sign_key_check(key, time(NULL), err);
	return code == SIGN_OK ? sign_key_check_trust(key, *trust, time(NULL), &complete, err) : code;
}

/* What is there; and, watching, one batch for each time that something came. */
static sign_code
run_batches(struct seal *seal, sign_key *key, sign_trust **trust, sign_verifier **verifier, sign_error *err)
{
	sign_code code = run_batch(seal, key, *verifier, err);

	while (code == SIGN_OK && seal->watch.at != NULL) {
		progress_hide(&seal->progress);
		journal_flush(&seal->journal);
		code = watch_wait(&seal->watch, err);
		if (code == SIGN_OK && watch_is_stale(&seal->watch))
			code = look_again(seal, key, trust, verifier, err);
		progress_rebase(&seal->progress);
		if (code == SIGN_OK)
			code = run_batch(seal, key, *verifier, err);
	}
	return code;
}

static void
run_with_key(struct seal *seal)
{
	AUTO(auto_key) sign_key *key = NULL;
	AUTO(auto_trust) sign_trust *trust = NULL;
	AUTO(auto_verifier) sign_verifier *verifier = NULL;
	sign_error err = SIGN_ERROR_INIT;
	uint64_t   failed;
	sign_code  code = open_judge(seal, &trust, &verifier, &err);

	if (code == SIGN_OK)
		code = seal_journal_open(seal, &err);
	if (code == SIGN_OK)
		code = open_key(seal, trust, &key, &err);
	if (code == SIGN_OK)
		code = seal_journal_begin(seal, key, &err);
	if (code != SIGN_OK) {
		seal->exit = worse(seal->exit, say_error(seal->run, &err));
		journal_close(&seal->journal, false);
		return;
	}
	progress_begin(&seal->progress, seal->run, seal->survey.complete ? seal->survey.files : 0, &seal->watch);
	failed = seal->failed;
	if (seal->run->set.bundle != NULL)
		run_bundle(seal, key);
	else if ((code = run_batches(seal, key, &trust, &verifier, &err)) != SIGN_OK && code != SIGN_E_INTERRUPTED) {
		progress_hide(&seal->progress);
		/* a fault of the key ends the batch; if a document told it already, once is enough */
		seal->exit = worse(seal->exit, seal->failed == failed ? say_error(seal->run, &err) : sign_code_exit(code));
	}
	progress_end(&seal->progress);
	journal_close(&seal->journal, code == SIGN_OK && stop_requested == 0);
}

static void
run_all(struct seal *seal)
{
	if (seal->run->set.dry_run)
		dry_run(seal);
	else if (!seal->run->set.watch && seal->survey.complete && seal->survey.files == 0)
		explain_nothing(seal);
	else
		run_with_key(seal);
	/* without an item nothing was begun: a key that did not open is all there is to say */
	if (stop_requested == 0 && (seal->feed.started || seal->exit == 0))
		seal_tell_empty(seal);
	if (seal->feed.started)
		seal_summary(seal);
	if (seal->run->set.dry_run && seal->feed.started)
		seal_show_plan(seal, seal->outlets.machine_stdout ? stderr : stdout);
	if (stop_requested != 0) {
		say(_("stopped; what is done is done. The same command goes on with the rest"));
		seal->exit = worse(seal->exit, sign_code_exit(SIGN_E_INTERRUPTED));
	}
}

static sign_code
begin(struct seal *seal, sign_error *err)
{
	const struct run *run = seal->run;
	sign_walk_mode    mode = seal->add ? SIGN_WALK_ADD : SIGN_WALK_SIGN;
	sign_code         code = SIGN_OK;

	code = key_choose(run, run->set.key, &seal->choice, err);
	if (run->set.dry_run && code != SIGN_OK && setting_text(run, run->set.key, "key") == NULL)
		code = SIGN_OK; /* the plan says that none is chosen */
	if (code == SIGN_OK) {
		seal->options.role = run->set.role != -1 ? (sign_role)run->set.role : seal->choice.as;
		if (run->set.override_reason != NULL && !run->set.dry_run && seal->options.role != SIGN_ROLE_AGENCY)
			code = set_error(err, SIGN_E_USAGE, "--override", "--as agency");
	}
	if (code == SIGN_OK && run->set.bundle != NULL && is_precious(run, seal->choice.uri, run->set.bundle))
		code = set_error(err, SIGN_E_USAGE, run->set.bundle, "--bundle");
	if (code == SIGN_OK && !run->set.watch)
		code = feed_survey(run, mode, &seal->survey, seal_claim_ahead, seal, err);
	if (code == SIGN_OK)
		code = feed_open(&seal->feed, run, mode, err);
	if (code == SIGN_OK && run->set.watch) {
		code = watch_open(&seal->watch, run, mode, err);
		seal->watch.fault = on_walk_fault;
		seal->watch.user = seal;
		seal->feed.watch = &seal->watch;
	}
	seal->feed.fault = on_walk_fault;
	seal->feed.user = seal;
	return code;
}

int
cmd_sign(struct run *run)
{
	struct seal seal = { .run = run };
	sign_error  err = SIGN_ERROR_INIT;
	int         rc = watch_check(run);

	if (rc == 0)
		rc = seal_options(&seal);
	if (rc == 0)
		rc = seal_check(&seal);
	if (rc == 0)
		rc = outlets_open(&seal.outlets, run, true);
	if (rc != 0) {
		outlets_clear(&seal.outlets);
		return rc;
	}
	pthread_mutex_init(&seal.lock, NULL);
	if (begin(&seal, &err) == SIGN_OK)
		run_all(&seal);
	else
		seal.exit = say_error(run, &err);
	watch_close(&seal.watch);
	feed_close(&seal.feed);
	seal.exit = worse(seal.exit, outlets_close(&seal.outlets, run));
	outlets_clear(&seal.outlets);
	pthread_mutex_destroy(&seal.lock);
	seal_claims_clear(&seal);
	free(seal.output);
	return seal.exit;
}
