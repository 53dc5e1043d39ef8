/*
 * The engine under every batch: a source, workers, an ordered sink. Knows nothing of signing or judging. Floor: batch.
 *
 * Jobs live in a ring of slots, so memory is bounded whatever the source holds. A worker takes one job at a time, works
 * without any lock, and marks the slot done; results leave in the order of the source. Outputs that become visible in
 * groups are kept by the worker until its group is full, the source ends, or the ring is full (back-pressure).
 */
#ifndef KS_BATCH_ENGINE_H
#define KS_BATCH_ENGINE_H

#include "base.h"
#include "base_file.h"
#include "flow.h"

#include <libsign/batch.h>

#define BATCH_SLOTS_PER_WORKER 64
#define BATCH_GROUP_ITEMS      32
#define BATCH_GROUP_BYTES      ((uint64_t)32 << 20)
#define BATCH_MAX_JOBS         256

/* One job and how it ended. */
struct batch_job {
	uint64_t     number;
	char        *path, *output, *content;
	bool         named;
	ks_flow_trace trace; /* sizes, times and digests, for a journal */
	int64_t      started_ns;
	sign_code    code;
	sign_error   error;
	sign_report *report;
	bool         warned;
	ks_output   *out;  /* prepared, not yet published */
	bool         done; /* may be handed to the sink */
};

struct batch_work {
	/* Do the job: fill code, error, size, report, out. Runs without locks. */
	void (*run)(void *user, sign_worker *worker, struct batch_job *job);
	void   *user;
	ks_sync sync;
	bool    grouped; /* outputs are published in groups */
	bool (*is_fatal)(sign_code code); /* does this code end the whole batch? NULL: none does */
};

sign_code ks_batch_run(const struct batch_work *work, const sign_batch_options *options, sign_error *err);

#endif
