/*
 * Batches of signing and of judging: what each worker does with one job. Floor: batch.
 */
#include "batch_engine.h"
#include "flow.h"

#include <libsign/batch.h>

struct sealing {
	sign_key            *key;
	const sign_options  *options;
	bool                 add;
	const sign_verifier *verifier;
};

static void
run_seal(void *user, sign_worker *worker, struct batch_job *job)
{
	const struct sealing *s = user;

	job->code = s->add ? ks_flow_add(worker, s->key, job->path, job->content, job->output, s->options, s->verifier,
	                         &job->warned, &job->out, &job->trace, &job->error)
	                   : ks_flow_sign(worker, s->key, job->path, job->output, s->options, &job->out, &job->trace,
	                         &job->error);
}

/* What is wrong with the key is wrong for every document. */
static bool
is_key_fault(sign_code code)
{
	return code >= SIGN_E_CRYPTO && code < SIGN_E_ROLE;
}

sign_code
sign_batch_sign(sign_key *key, const sign_options *options, bool add, const sign_verifier *verifier,
    const sign_batch_options *batch, sign_error *err)
{
	struct sealing    sealing = { key, options, add, verifier };
	struct batch_work work = {
		.run = run_seal,
		.user = &sealing,
		.sync = ks_flow_sync(options->durability),
		.grouped = options->durability == SIGN_DURABILITY_GROUP,
		.is_fatal = is_key_fault,
	};

	return ks_batch_run(&work, batch, err);
}

static void
run_verify(void *user, sign_worker *worker, struct batch_job *job)
{
	ks_flow_opened opened = { NULL, NULL, NULL, NULL };

	job->code = ks_flow_open(job->path, job->content, &opened, &job->error);
	if (job->code == SIGN_OK) {
		job->trace.size_bytes = opened.file->size_bytes;
		job->trace.mtime_ns = opened.content == NULL ? opened.file->mtime_ns : 0; /* of two files, none */
		job->code = ks_flow_judge(worker, user, &opened, &job->report, &job->error);
	}
	ks_flow_opened_clear(&opened);
	if (job->code == SIGN_OK)
		job->code = ks_flow_outcome(job->report, job->path, &job->error);
}

sign_code
sign_batch_verify(const sign_verifier *verifier, const sign_batch_options *batch, sign_error *err)
{
	struct batch_work work = { .run = run_verify, .user = (void *)verifier };

	return ks_batch_run(&work, batch, err);
}
