/*
 * What cmd_sign.c and its helpers share: one run of signing.
 */
#ifndef KYSO_SEAL_H
#define KYSO_SEAL_H

#include "feed.h"
#include "journal.h"
#include "key.h"
#include "progress.h"
#include "reports.h"
#include "watch.h"

struct seal {
	struct run         *run;
	struct feed         feed;
	struct outlets      outlets;
	struct progress     progress;
	struct journal      journal;
	struct watch        watch;
	struct survey       survey;
	struct key_choice   choice;
	sign_options        options;
	bool                add, many;
	bool                into_folder; /* -o names a folder */
	bool                by_suffix;   /* no --form: the configuration's form.SUFFIX counts */
	sign_form           usual_form;
	char               *output;      /* of the item in hand */
	sign_walk_item      waiting;     /* of another form than the batch: opens the next one; path NULL: none */
	void               *claims;      /* tsearch() tree: which document is written to which output (seal_claim.c) */
	size_t              claim_count;
	uint64_t            sealed, already, failed, bytes, warned;
	int                 exit;
	pthread_mutex_t     lock; /* faults of the walk come from the thread of next, results from that of done */
};

/* ---- seal_plan.c: what the options ask for, and where each output goes ---- */
int       seal_options(struct seal *seal); /* options and configuration; an exit code */
int       seal_check(struct seal *seal);   /* contradictions; an exit code */
/* The form of one document: --form, else the configuration's for its suffix, else the usual one. */
sign_form seal_form(const struct seal *seal, const char *path);
/* The output of an item into seal->output; makes its folder when `make`. */
sign_code seal_output(struct seal *seal, const sign_walk_item *item, bool make, sign_error *err);
/* "Sign 3 documents (248 MB) with key NAME, role agency, expires 12/03/2027. PIN:"; malloc'ed. */
char     *seal_prompt(const void *user, const sign_cert *cert); /* user: the seal */
/* --dry-run: with which key, in which role, and how often a PIN will be asked for. */
void      seal_show_plan(const struct seal *seal, FILE *out);

/* ---- seal_claim.c ---- */
void      seal_claim_ahead(void *user, const sign_walk_item *item); /* `user`: the struct seal; while the names are surveyed */
/* May this document be written to seal->output? SIGN_E_CLASH if another would be too; *twice if it was handed on before. */
sign_code seal_claim(struct seal *seal, const sign_walk_item *item, bool *twice, sign_error *err);
void      seal_tell_twice(struct seal *seal, const char *path);
/* SIGN_E_CONTAINER for what is signed already and was named by itself, unless --add or --again says that it is meant. */
sign_code seal_check_kind(const struct seal *seal, const sign_walk_item *item, sign_error *err);
void      seal_claims_clear(struct seal *seal);

/* ---- seal_journal.c ---- */
sign_code seal_journal_open(struct seal *seal, sign_error *err); /* before the key */
sign_code seal_journal_begin(struct seal *seal, const sign_key *key, sign_error *err);
/* Done by an earlier run: told and counted here. With seal->output made. */
bool      seal_knows(struct seal *seal, const sign_walk_item *item);

/* ---- seal_tell.c: results, faults and the summary ---- */
void seal_tell(struct seal *seal, const char *path, const char *output, sign_code code, const sign_error *err, bool warned);
void seal_tell_empty(struct seal *seal); /* the paths that gave nothing */
void seal_summary(struct seal *seal);

#endif
