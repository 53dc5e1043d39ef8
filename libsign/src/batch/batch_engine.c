/*
 * Source → workers → ordered sink, with a bounded ring between. Floor: batch.
 */
#include "batch_engine.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct engine {
	const struct batch_work   *work;
	const sign_batch_options  *options;
	struct batch_job          *ring;
	size_t                     slots;
	uint64_t                   taken, delivered; /* jobs taken from the source; results handed to the sink */
	bool                       ended;            /* the source is dry, or we stop */
	bool                       interrupted;
	bool                       delivering;       /* one thread at a time calls the sink */
	sign_code                  fatal;
	sign_error                 fatal_error;
	pthread_mutex_t            lock;
	pthread_cond_t             room;             /* a slot became free, or the end came */
};

/* A worker's own: prepared outputs that wait for their group. */
struct group {
	struct batch_job *jobs[BATCH_GROUP_ITEMS];
	size_t            count;
	uint64_t          bytes;
};

struct thread {
	struct engine *engine;
	sign_worker   *worker;
	struct group   group;
	pthread_t      id;
};

static void
clear_job(struct batch_job *job)
{
	free(job->path);
	free(job->output);
	free(job->content);
	sign_report_free(job->report);
	ks_output_free(job->out);
	memset(job, 0, sizeof(*job));
}

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- delivering: called and returning with the lock held ------------------------------------------------------------ */

static void
deliver_one(struct engine *e, struct batch_job *job)
{
	sign_batch_result result = {
		.number = job->number, .path = job->path, .output = job->output, .named = job->named,
		.size_bytes = job->trace.size_bytes, .code = job->code, .error = &job->error, .report = job->report,
		.warned = job->warned, .output_bytes = job->trace.output_bytes, .mtime_ns = job->trace.mtime_ns,
		.digest = KS_BYTES(job->trace.digest.bytes, job->trace.digest.len),
		.signature = KS_BYTES(job->trace.signature.bytes, job->trace.signature.len),
		.started_ns = job->started_ns, .finished_ns = now_ns(),
	};

	pthread_mutex_unlock(&e->lock);
	e->options->done(e->options->user, &result);
	clear_job(job);
	pthread_mutex_lock(&e->lock);
	e->delivered++;
	pthread_cond_broadcast(&e->room);
}

static void
deliver(struct engine *e)
{
	if (e->delivering)
		return;
	e->delivering = true;
	while (e->delivered < e->taken && e->ring[e->delivered % e->slots].done)
		deliver_one(e, &e->ring[e->delivered % e->slots]);
	e->delivering = false;
}

static void
mark_done(struct engine *e, struct batch_job *job)
{
	job->done = true;
	if (e->work->is_fatal != NULL && e->work->is_fatal(job->code) && e->fatal == SIGN_OK) {
		e->fatal = job->code;
		e->fatal_error = job->error;
		e->ended = true;
		pthread_cond_broadcast(&e->room);
	}
}

/* ---- groups ------------------------------------------------------------------------------------------------------- */

static void
publish_group(struct thread *t)
{
	struct engine *e = t->engine;
	ks_output     *outs[BATCH_GROUP_ITEMS];
	sign_code      codes[BATCH_GROUP_ITEMS];
	sign_error     errors[BATCH_GROUP_ITEMS];

	if (t->group.count == 0)
		return;
	for (size_t i = 0; i < t->group.count; i++) {
		outs[i] = KS_MOVE(t->group.jobs[i]->out);
		errors[i] = (sign_error)SIGN_ERROR_INIT;
	}
	ks_output_publish(outs, t->group.count, e->work->sync, codes, errors);
	pthread_mutex_lock(&e->lock);
	for (size_t i = 0; i < t->group.count; i++) {
		t->group.jobs[i]->code = codes[i];
		t->group.jobs[i]->error = errors[i];
		mark_done(e, t->group.jobs[i]);
	}
	deliver(e);
	pthread_mutex_unlock(&e->lock);
	t->group.count = 0;
	t->group.bytes = 0;
}

static void
finish_job(struct thread *t, struct batch_job *job)
{
	struct engine *e = t->engine;

	if (job->out != NULL) {
		t->group.jobs[t->group.count++] = job;
		t->group.bytes += job->trace.size_bytes;
		if (!e->work->grouped || t->group.count == BATCH_GROUP_ITEMS || t->group.bytes >= BATCH_GROUP_BYTES)
			publish_group(t);
		return;
	}
	pthread_mutex_lock(&e->lock);
	mark_done(e, job);
	deliver(e);
	pthread_mutex_unlock(&e->lock);
}

/* ---- taking jobs --------------------------------------------------------------------------------------------------- */

static char *
copy_text(const char *text, bool *failed)
{
	char *copy = text != NULL ? strdup(text) : NULL;

	*failed = *failed || (text != NULL && copy == NULL);
	return copy;
}

/* With the lock held: the next job, or NULL when there is none to take. */
static struct batch_job *
take_locked(struct engine *e)
{
	struct batch_job *job = &e->ring[e->taken % e->slots];
	sign_batch_item   item = { NULL, NULL, NULL, false };
	bool              failed = false;

	if (e->options->stop != NULL && *e->options->stop != 0) {
		e->interrupted = true;
		e->ended = true;
	}
	if (e->ended || !e->options->next(e->options->user, &item)) {
		e->ended = true;
		pthread_cond_broadcast(&e->room);
		return NULL;
	}
	job->number = e->taken++;
	job->started_ns = now_ns();
	job->path = copy_text(item.path, &failed);
	job->output = copy_text(item.output, &failed);
	job->content = copy_text(item.content, &failed);
	job->named = item.named;
	if (failed)
		job->code = ks_fail_memory(&job->error);
	return job;
}

static struct batch_job *
take(struct thread *t)
{
	struct engine    *e = t->engine;
	struct batch_job *job;

	pthread_mutex_lock(&e->lock);
	while (!e->ended && e->taken - e->delivered == e->slots) {
		if (t->group.count > 0) { /* the ring may be full of what we ourselves hold back */
			pthread_mutex_unlock(&e->lock);
			publish_group(t);
			pthread_mutex_lock(&e->lock);
			continue;
		}
		pthread_cond_wait(&e->room, &e->lock);
	}
	job = take_locked(e);
	pthread_mutex_unlock(&e->lock);
	return job;
}

static void *
thread_main(void *user)
{
	struct thread    *t = user;
	struct batch_job *job;

	while ((job = take(t)) != NULL) {
		if (job->code == SIGN_OK)
			t->engine->work->run(t->engine->work->user, t->worker, job);
		finish_job(t, job);
	}
	publish_group(t);
	return NULL;
}

/* ---- setting up ---------------------------------------------------------------------------------------------------- */

static unsigned
job_count(const sign_batch_options *options)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	if (options->jobs > 0)
		return options->jobs < BATCH_MAX_JOBS ? options->jobs : BATCH_MAX_JOBS;
	return online > 0 && online < BATCH_MAX_JOBS ? (unsigned)online : 1;
}

static sign_code
run_threads(struct engine *e, struct thread *threads, unsigned jobs, sign_error *err)
{
	unsigned started = 1;

	/* This thread is the first worker; the others help. If the system gives fewer, the work is done with those. */
	for (unsigned i = 1; i < jobs; i++, started++)
		if (pthread_create(&threads[i].id, NULL, thread_main, &threads[i]) != 0)
			break;
	thread_main(&threads[0]);
	for (unsigned i = 1; i < started; i++)
		pthread_join(threads[i].id, NULL);
	/* whoever delivered last may have left before the final jobs were marked */
	pthread_mutex_lock(&e->lock);
	deliver(e);
	pthread_mutex_unlock(&e->lock);
	if (e->fatal != SIGN_OK) {
		if (err != NULL)
			*err = e->fatal_error;
		return e->fatal;
	}
	return e->interrupted ? ks_fail(err, SIGN_E_INTERRUPTED, NULL) : SIGN_OK;
}

static sign_code
make_workers(struct engine *e, struct thread *threads, unsigned jobs, sign_error *err)
{
	for (unsigned i = 0; i < jobs; i++) {
		threads[i].engine = e;
		KS_TRY(sign_worker_new(&threads[i].worker, err));
	}
	return SIGN_OK;
}

sign_code
ks_batch_run(const struct batch_work *work, const sign_batch_options *options, sign_error *err)
{
	unsigned      jobs = job_count(options);
	struct engine e = { .work = work, .options = options, .slots = (size_t)jobs * BATCH_SLOTS_PER_WORKER,
		.fatal_error = SIGN_ERROR_INIT };
	struct thread *threads = calloc(jobs, sizeof(*threads));
	sign_code      code;

	e.ring = calloc(e.slots, sizeof(*e.ring));
	if (threads == NULL || e.ring == NULL) {
		code = ks_fail_memory(err);
	} else {
		pthread_mutex_init(&e.lock, NULL);
		pthread_cond_init(&e.room, NULL);
		code = make_workers(&e, threads, jobs, err);
		if (code == SIGN_OK)
			code = run_threads(&e, threads, jobs, err);
		pthread_cond_destroy(&e.room);
		pthread_mutex_destroy(&e.lock);
		for (unsigned i = 0; i < jobs; i++)
			sign_worker_free(threads[i].worker);
	}
	for (size_t i = 0; e.ring != NULL && i < e.slots; i++)
		clear_job(&e.ring[i]);
	free(e.ring);
	free(threads);
	return code;
}
