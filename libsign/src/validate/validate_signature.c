/*
 * One signature through the building blocks of EN 319 102-1 5.3: format, signing certificate, chain, digests and value,
 * acceptance. Floor: validate. Each step adds findings; the heaviest decides; nothing passes that was not seen to hold.
 */
#include "validate_steps.h"

#include <string.h>

/* More reasons of one kind than a reader can use are counted by the file list, not repeated here. */
#define MAX_FILE_REASONS 8

static const char *
text_or_empty(const char *text)
{
	return text != NULL ? text : "";
}

sign_code
ks_trial_find(ks_trial *t, ks_weight weight, sign_verdict verdict, sign_sub sub, ks_why why, const char *subject,
    const char *detail, sign_error *err)
{
	ks_finding *f = ks_arena_push(t->c->arena, &t->found, &t->found_count, sizeof(*f));

	if (f == NULL)
		return ks_fail_memory(err);
	f->weight = weight;
	f->verdict = verdict;
	f->sub = sub;
	f->reason.why = why;
	f->reason.subject = ks_copy_text(t->c->arena, subject);
	f->reason.detail = ks_copy_text(t->c->arena, detail);
	if (f->reason.subject == NULL || f->reason.detail == NULL)
		return ks_fail_memory(err);
	return SIGN_OK;
}

static sign_code
check_format(ks_trial *t, sign_error *err)
{
	const char *fault = t->c->facts->format_fault != NULL ? t->c->facts->format_fault : t->s->format_fault;

	t->format_ok = fault == NULL;
	if (t->format_ok)
		return SIGN_OK;
	/* attacks.md C1, C2: the most important broken rule has a sentence of its own. */
	return ks_trial_fail(t, KS_WEIGHT_FORMAT, SIGN_SUB_FORMAT_FAILURE,
	    strstr(fault, "no signed attributes") != NULL ? KS_WHY_NO_SIGNED_ATTRS : KS_WHY_FORMAT, t->s->file, fault, err);
}

/* EN 319 102-1 5.2.3. RFC 5035: the key is that of the certificate the signed attribute names, and no other. */
static sign_code
check_certificate(ks_trial *t, sign_error *err)
{
	const ks_signature *s = t->s;

	if (s->signer == NULL && s->format_fault != NULL && text_or_empty(s->sid)[0] == '\0')
		return SIGN_OK; /* so broken that it names nobody: that was said */
	if (s->signer == NULL || s->ess == KS_ESS_MISMATCH)
		return ks_trial_doubt(t, KS_WEIGHT_CERT, SIGN_SUB_NO_SIGNING_CERTIFICATE_FOUND,
		    s->signer == NULL ? KS_WHY_NO_CERT : KS_WHY_CERT_REF_MISMATCH, s->sid, NULL, err);
	t->cert_ok = true;
	if (s->ess == KS_ESS_ABSENT && !t->c->judge->policy->allow_no_signing_cert_attr)
		return ks_trial_doubt(t, KS_WEIGHT_CONSTRAINTS, SIGN_SUB_SIG_CONSTRAINTS_FAILURE, KS_WHY_NO_CERT_REF,
		    s->signer->subject_cn, NULL, err);
	return SIGN_OK;
}

static const char *
edge_name(const ks_trial *t, const ks_edge *edge)
{
	const ks_facts *f = t->c->facts;

	return edge->document < f->document_count ? f->documents[edge->document].name : "";
}

/* Each document the signer stated a digest of. Counts what does not hold. */
static sign_code
check_edges(ks_trial *t, size_t *differs, size_t *missing, sign_error *err)
{
	for (size_t i = 0; i < t->s->edge_count; i++) {
		const ks_edge *edge = &t->s->edges[i];

		if (edge->state == KS_EDGE_HOLDS)
			continue;
		if (edge->state == KS_EDGE_DIFFERS) {
			if ((*differs)++ < MAX_FILE_REASONS)
				KS_TRY(ks_trial_fail(t, KS_WEIGHT_HASH, SIGN_SUB_HASH_FAILURE, KS_WHY_HASH_DOCUMENT,
				    edge_name(t, edge), NULL, err));
		} else if ((*missing)++ < MAX_FILE_REASONS) {
			KS_TRY(ks_trial_doubt(t, KS_WEIGHT_DATA, SIGN_SUB_SIGNED_DATA_NOT_FOUND, KS_WHY_DATA_MISSING,
			    edge_name(t, edge), NULL, err));
		}
	}
	return SIGN_OK;
}

/* RFC 5652 11.4: a counter-signature signs the value it stands beside, and states no document's digest. */
static sign_code
check_countersigned(ks_trial *t, sign_error *err)
{
	t->content_ok = t->s->content_holds == KS_HOLDS_YES;
	if (t->s->content_holds == KS_HOLDS_NO)
		return ks_trial_fail(t, KS_WEIGHT_HASH, SIGN_SUB_HASH_FAILURE, KS_WHY_COUNTERSIGNS_OTHER, t->s->file, NULL, err);
	if (t->s->content_holds == KS_HOLDS_UNKNOWN)
		return ks_trial_doubt(t, KS_WEIGHT_CRYPTO, SIGN_SUB_CRYPTO_CONSTRAINTS_FAILURE, KS_WHY_UNLISTED_ALGORITHM,
		    t->out->algorithm, NULL, err);
	return SIGN_OK;
}

/* What the signature signs is there and is what its signer saw. */
static sign_code
check_content(ks_trial *t, sign_error *err)
{
	const ks_signature *s = t->s;
	size_t              differs = 0, missing = 0;

	if (s->is_countersignature)
		return check_countersigned(t, err);
	KS_TRY(check_edges(t, &differs, &missing, err));
	if (s->content_holds == KS_HOLDS_NO && differs == 0)
		KS_TRY(ks_trial_fail(t, KS_WEIGHT_HASH, SIGN_SUB_HASH_FAILURE, KS_WHY_HASH_CONTENT, s->file, NULL, err));
	/* a broken rule of form that hid what it signs was said, and nobody has to look for a document */
	if (s->content_holds == KS_HOLDS_UNKNOWN && missing == 0 && s->format_fault == NULL)
		KS_TRY(ks_trial_doubt(t, KS_WEIGHT_DATA, SIGN_SUB_SIGNED_DATA_NOT_FOUND, KS_WHY_CONTENT_MISSING, s->file,
		    NULL, err));
	if (s->content_holds == KS_HOLDS_YES && s->edge_count == 0)
		KS_TRY(ks_trial_doubt(t, KS_WEIGHT_DATA, SIGN_SUB_SIGNED_DATA_NOT_FOUND, KS_WHY_NOTHING_COVERED, s->file,
		    NULL, err));
	if (s->covers_broken)
		KS_TRY(ks_trial_doubt(t, KS_WEIGHT_DATA, SIGN_SUB_SIGNED_DATA_NOT_FOUND,
		    KS_WHY_EARLIER_SIGNATURE_MISSING, s->file, NULL, err));
	t->content_ok = s->content_holds == KS_HOLDS_YES && s->edge_count > 0 && differs == 0 && missing == 0;
	return SIGN_OK;
}

static sign_code
check_value(ks_trial *t, sign_error *err)
{
	if (!t->cert_ok)
		return SIGN_OK; /* no key to say anything about: NO_SIGNING_CERTIFICATE_FOUND was found */
	if (t->s->value_holds == KS_HOLDS_NO)
		return ks_trial_fail(t, KS_WEIGHT_VALUE, SIGN_SUB_SIG_CRYPTO_FAILURE, KS_WHY_VALUE,
		    t->s->signer->subject_cn, NULL, err);
	if (t->s->value_holds != KS_HOLDS_YES && t->s->format_fault != NULL)
		return SIGN_OK; /* not checked, because of the broken rule that was said; no algorithm is to blame */
	if (t->s->value_holds != KS_HOLDS_YES)
		return ks_trial_doubt(t, KS_WEIGHT_CRYPTO, SIGN_SUB_CRYPTO_CONSTRAINTS_FAILURE,
		    KS_WHY_UNLISTED_ALGORITHM, t->out->algorithm, NULL, err);
	t->value_ok = true;
	return SIGN_OK;
}

/* A clock that is provably wrong cannot prove that a signature came too early. */
static void
excuse_by_clock(ks_trial *t)
{
	bool wrong = false;

	for (size_t i = 0; i < t->found_count; i++)
		wrong = wrong || t->found[i].reason.why == KS_WHY_CLOCK;
	for (size_t i = 0; wrong && i < t->found_count; i++) {
		ks_finding *f = &t->found[i];

		if (f->weight != KS_WEIGHT_NOT_YET)
			continue;
		f->weight = KS_WEIGHT_EXPIRED;
		f->verdict = SIGN_VERDICT_INDETERMINATE;
		f->sub = SIGN_SUB_OUT_OF_BOUNDS_NO_POE;
	}
}

/* Stable, by weight: there are a handful. */
static void
sort_findings(ks_finding *found, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		ks_finding moving = found[i];
		size_t     j = i;

		for (; j > 0 && found[j - 1].weight > moving.weight; j--)
			found[j] = found[j - 1];
		found[j] = moving;
	}
}

/* One certificate may be named by several findings with the same words (the same CA on two paths of reasoning). */
static bool
said_already(const struct sign_report_signature *out, const ks_reason *reason)
{
	for (size_t i = 0; i < out->reason_count; i++) {
		const ks_reason *said = &out->reasons[i];

		if (said->why == reason->why && strcmp(said->subject, reason->subject) == 0 &&
		    strcmp(said->detail, reason->detail) == 0)
			return true;
	}
	return false;
}

static sign_code
conclude(ks_trial *t, sign_error *err)
{
	struct sign_report_signature *out = t->out;

	excuse_by_clock(t);
	sort_findings(t->found, t->found_count);
	for (size_t i = 0; i < t->found_count; i++) {
		if (said_already(out, &t->found[i].reason))
			continue;
		ks_reason *reason = ks_arena_push(t->c->arena, &out->reasons, &out->reason_count, sizeof(*reason));
		if (reason == NULL)
			return ks_fail_memory(err);
		*reason = t->found[i].reason;
	}
	if (t->found_count > 0 && t->found[0].weight != KS_WEIGHT_INFORMATION) {
		out->verdict = t->found[0].verdict;
		out->sub = t->found[0].sub;
		return SIGN_OK;
	}
	if (!t->format_ok || !t->cert_ok || !t->content_ok || !t->value_ok || !t->chain_ok)
		return ks_fail_at(err, SIGN_E_INTERNAL, t->c->facts->name, t->s->file);
	out->verdict = SIGN_VERDICT_PASSED;
	return SIGN_OK;
}

sign_code
ks_judge_signature(const ks_case *c, const ks_signature *s, struct sign_report_signature *out, sign_error *err)
{
	ks_trial t = { .c = c, .s = s, .out = out };

	KS_TRY(ks_copy_claims(c, s, out, err));
	KS_TRY(check_format(&t, err));
	KS_TRY(check_certificate(&t, err));
	KS_TRY(check_content(&t, err));
	KS_TRY(check_value(&t, err));
	if (t.cert_ok)
		KS_TRY(ks_judge_chain(&t, err));
	if (text_or_empty(s->override_reason)[0] != '\0')
		KS_TRY(ks_trial_find(&t, KS_WEIGHT_INFORMATION, SIGN_VERDICT_PASSED, SIGN_SUB_NONE, KS_WHY_OVERRIDE,
		    s->override_reason, NULL, err));
	out->intact = t.format_ok && t.cert_ok && t.content_ok && t.value_ok;
	return conclude(&t, err);
}
