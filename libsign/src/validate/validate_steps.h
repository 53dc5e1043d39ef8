/*
 * What the steps of one judgement share: the case (a document), the trial (one signature) and its findings. Floor: validate.
 */
#ifndef KS_VALIDATE_STEPS_H
#define KS_VALIDATE_STEPS_H

#include "validate.h"

/*
 * Order of weight. The lightest number decides: a broken signature outranks anything unknown about its chain (EN 319 102-1
 * 5.3.4, standards.md 5.2 step 5), and what no later evidence can mend stands before what may be fetched.
 */
typedef enum {
	KS_WEIGHT_FORMAT = 1,
	KS_WEIGHT_HASH,
	KS_WEIGHT_VALUE,
	KS_WEIGHT_NOT_YET,
	KS_WEIGHT_CERT,
	KS_WEIGHT_DATA,
	KS_WEIGHT_CHAIN,
	KS_WEIGHT_CLOCK,
	KS_WEIGHT_REVOKED,
	KS_WEIGHT_EXPIRED,
	KS_WEIGHT_USAGE,
	KS_WEIGHT_CRYPTO,
	KS_WEIGHT_CONSTRAINTS,
	KS_WEIGHT_REVOCATION,
	KS_WEIGHT_INFORMATION, /* shown, decides nothing */
} ks_weight;

typedef struct {
	ks_weight    weight;
	sign_verdict verdict;
	sign_sub     sub;
	ks_reason    reason;
} ks_finding;

typedef struct {
	const ks_judge      *judge;
	const ks_facts      *facts;
	sign_report         *report;
	ks_arena            *arena; /* the report's */
	const ks_algorithms *algorithms;
} ks_case;

typedef struct {
	const ks_case                *c;
	const ks_signature           *s;
	struct sign_report_signature *out;
	ks_finding                   *found;
	size_t                        found_count;
	/* What must have been seen to hold before anything passes; set only where it was checked. */
	bool format_ok, cert_ok, content_ok, value_ok, chain_ok;
} ks_trial;

/* Texts are copied; NULL is "". */
sign_code ks_trial_find(ks_trial *t, ks_weight weight, sign_verdict verdict, sign_sub sub, ks_why why, const char *subject,
    const char *detail, sign_error *err);
#define ks_trial_fail(t, weight, sub, why, subject, detail, err) \
	ks_trial_find((t), (weight), SIGN_VERDICT_FAILED, (sub), (why), (subject), (detail), (err))
#define ks_trial_doubt(t, weight, sub, why, subject, detail, err) \
	ks_trial_find((t), (weight), SIGN_VERDICT_INDETERMINATE, (sub), (why), (subject), (detail), (err))

/* The whole of one signature (validate_signature.c); fills *out. */
sign_code ks_judge_signature(const ks_case *c, const ks_signature *s, struct sign_report_signature *out, sign_error *err);
/* X.509 validation at the judged time (validate_chain.c). */
sign_code ks_judge_chain(ks_trial *t, sign_error *err);
/* The algorithm table at the judged time (validate_algorithm.c). */
sign_code ks_judge_algorithms(ks_trial *t, const ks_path *path, sign_error *err);
sign_code ks_judge_digest(ks_trial *t, sign_digest d, sign_error *err); /* NONE: nothing to weigh */
const char *ks_algorithm_text(ks_arena *arena, const ks_signature *s); /* NULL: memory */
/* Files with their coverage, from the judged signatures (validate_files.c). */
sign_code ks_judge_files(const ks_case *c, sign_error *err);
/* Roles and expected signers: document-level reasons (validate_roles.c). */
sign_code ks_judge_roles(const ks_case *c, sign_error *err);
sign_code ks_judge_expected(const ks_case *c, sign_error *err);

/* A document-level reason; texts copied, NULL is "". */
sign_code ks_report_reason(sign_report *report, ks_why why, const char *subject, const char *detail, sign_error *err);
/* What the verdict shows of a signature, copied from the facts (validate_copy.c). */
sign_code ks_copy_claims(const ks_case *c, const ks_signature *s, struct sign_report_signature *out, sign_error *err);
sign_code ks_copy_cert(ks_arena *arena, const ks_cert *cert, bool anchor, ks_report_cert *out, sign_error *err);
sign_code ks_copy_notes(ks_arena *arena, const ks_note *notes, size_t count, ks_note **out, size_t *out_count,
    sign_error *err);
const char *ks_copy_text(ks_arena *arena, const char *text); /* NULL is ""; returns NULL only without memory */
int ks_compare_index(const void *a, const void *b); /* size_t, ascending: covers_signatures is kept in this order */

#endif
