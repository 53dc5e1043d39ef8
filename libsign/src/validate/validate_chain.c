/*
 * X.509 validation at the judged time: path, validity, what the certificate may be used for, revocation by policy
 * (EN 319 102-1 5.2.4-5.2.6). Floor: validate; the path itself is built by pki. Trusts nothing that the path does not
 * end at, and reads no time from the signature.
 */
#include "validate_steps.h"

#include "base_text.h"

#include <string.h>

#define DAY_SECONDS ((time_t)24 * 3600)

/* ---- the path ---- */

static sign_code
doubt_path(ks_trial *t, const ks_path *path, sign_error *err)
{
	const ks_cert *last = path->length > 0 ? path->chain[path->length - 1] : t->s->signer;
	sign_sub       none = SIGN_SUB_NO_CERTIFICATE_CHAIN_FOUND;

	if (path->state == KS_PATH_IMPERSONATION)
		return ks_trial_doubt(t, KS_WEIGHT_CHAIN, none, KS_WHY_IMPERSONATION, path->known_name, path->fault, err);
	if (path->state == KS_PATH_CLAIMS_KNOWN)
		return ks_trial_doubt(t, KS_WEIGHT_CHAIN, none, KS_WHY_CLAIMS_KNOWN, path->known_name,
		    path->wanted_issuer, err);
	if (ks_trust_anchor_count(t->c->judge->trust) == 0)
		return ks_trial_doubt(t, KS_WEIGHT_CHAIN, none, KS_WHY_NO_TRUST, path->wanted_issuer, NULL, err);
	if (path->state == KS_PATH_MISSING_ISSUER)
		return ks_trial_doubt(t, KS_WEIGHT_CHAIN, none, KS_WHY_CHAIN_MISSING, path->wanted_issuer, NULL, err);
	if (path->state == KS_PATH_UNTRUSTED_ROOT)
		return ks_trial_doubt(t, KS_WEIGHT_CHAIN, none, KS_WHY_CHAIN_UNTRUSTED, last->subject, NULL, err);
	return ks_trial_doubt(t, KS_WEIGHT_CHAIN, SIGN_SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, KS_WHY_CHAIN_BROKEN,
	    last->subject, path->fault, err);
}

static sign_code
check_dates(ks_trial *t, const ks_path *path, sign_error *err)
{
	char day[KS_TIME_TEXT];

	if (path->validity_holds)
		return SIGN_OK;
	if (path->expired_at >= path->length)
		return ks_fail(err, SIGN_E_INTERNAL, t->s->file);
	const ks_cert *cert = path->chain[path->expired_at];
	ks_time_utc(path->not_yet ? cert->not_before : cert->not_after, day);
	/* 5.5.4: the signature existed at the judged time at the latest; before the certificate began that is a failure. */
	if (path->not_yet && path->expired_at == 0)
		return ks_trial_fail(t, KS_WEIGHT_NOT_YET, SIGN_SUB_NOT_YET_VALID, KS_WHY_NOT_YET, cert->subject_cn, day, err);
	return ks_trial_doubt(t, KS_WEIGHT_EXPIRED, SIGN_SUB_OUT_OF_BOUNDS_NO_POE,
	    path->not_yet ? KS_WHY_NOT_YET : path->expired_at == 0 ? KS_WHY_EXPIRED : KS_WHY_CA_EXPIRED, cert->subject_cn,
	    day, err);
}

/* ---- what the certificate is for ---- */

/* Purposes that say "not for documents": a certificate with nothing else is refused (RFC 5280 4.2.1.12). */
static bool
is_other_purpose(const char *oid)
{
	static const char *const other[] = {
		"1.3.6.1.5.5.7.3.1", /* serverAuth */
		"1.3.6.1.5.5.7.3.3", /* codeSigning */
		"1.3.6.1.5.5.7.3.8", /* timeStamping */
		"1.3.6.1.5.5.7.3.9", /* OCSPSigning */
	};

	for (size_t i = 0; i < KS_COUNT(other); i++) {
		if (strcmp(oid, other[i]) == 0)
			return true;
	}
	return false;
}

static bool
may_sign_documents(const ks_cert *cert)
{
	if (cert->has_ku && (cert->ku & (KS_KU_DIGITAL_SIGNATURE | KS_KU_NON_REPUDIATION)) == 0)
		return false;
	if (!cert->has_eku || cert->eku == NULL)
		return !cert->has_eku;
	for (size_t i = 0; cert->eku[i] != NULL; i++) {
		if (!is_other_purpose(cert->eku[i]))
			return true;
	}
	return false;
}

static sign_code
check_usage(ks_trial *t, sign_error *err)
{
	const ks_cert *cert = t->s->signer;

	if (!may_sign_documents(cert))
		KS_TRY(ks_trial_doubt(t, KS_WEIGHT_USAGE, SIGN_SUB_CHAIN_CONSTRAINTS_FAILURE, KS_WHY_KEY_USAGE,
		    cert->subject_cn, NULL, err));
	if (cert->unknown_critical)
		KS_TRY(ks_trial_doubt(t, KS_WEIGHT_USAGE, SIGN_SUB_CHAIN_CONSTRAINTS_FAILURE, KS_WHY_CRITICAL_EXTENSION,
		    cert->subject_cn, NULL, err));
	return SIGN_OK;
}

/* ---- revocation ---- */

static sign_code
doubt_revoked(ks_trial *t, const ks_cert *cert, bool is_signer, const ks_rev *rev, sign_error *err)
{
	char day[KS_TIME_TEXT];

	ks_time_utc(rev->revoked_at, day);
	if (rev->state == KS_REV_ON_HOLD)
		return ks_trial_doubt(t, KS_WEIGHT_REVOKED, SIGN_SUB_TRY_LATER, KS_WHY_ON_HOLD, cert->subject_cn, day, err);
	return ks_trial_doubt(t, KS_WEIGHT_REVOKED, is_signer ? SIGN_SUB_REVOKED_NO_POE : SIGN_SUB_REVOKED_CA_NO_POE,
	    is_signer ? KS_WHY_REVOKED : KS_WHY_CA_REVOKED, cert->subject_cn, day, err);
}

/* No answer, or an old one: the policy decides whether that is a doubt or only something to be shown. */
static sign_code
weigh_unanswered(ks_trial *t, const ks_cert *cert, const ks_rev *rev, sign_error *err)
{
	bool   asked = t->c->judge->policy->revocation == KS_REVOCATION_REQUIRED;
	ks_why why = rev->state != KS_REV_STALE ? KS_WHY_REVOCATION_UNKNOWN :
	             rev->before_cert           ? KS_WHY_REVOCATION_OLDER : KS_WHY_REVOCATION_STALE;
	char   day[KS_TIME_TEXT] = "";

	if (why == KS_WHY_REVOCATION_OLDER)
		ks_time_utc(rev->this_update, day);
	else if (why == KS_WHY_REVOCATION_STALE && rev->next_update != 0)
		ks_time_utc(rev->next_update, day);
	if (asked)
		return ks_trial_doubt(t, KS_WEIGHT_REVOCATION, SIGN_SUB_TRY_LATER, why, cert->subject_cn,
		    rev->state == KS_REV_STALE ? day : cert->issuer_cn, err);
	return ks_trial_find(t, KS_WEIGHT_INFORMATION, SIGN_VERDICT_PASSED, SIGN_SUB_NONE, why, cert->subject_cn,
	    rev->state == KS_REV_STALE ? day : cert->issuer_cn, err);
}

/*
 * design.md 6: a CA's verified statement from tomorrow or later proves that this machine's clock is behind, and then no
 * date can be judged. Under --at the reader chose the time, so it proves nothing about the clock.
 */
static sign_code
check_clock(ks_trial *t, const ks_rev *rev, sign_error *err)
{
	char day[KS_TIME_TEXT];

	/* pki gives no date of a list that does not verify; one from the future is "no answer" with its date */
	if (rev->state == KS_REV_BAD || t->c->judge->what_if || rev->this_update <= t->c->judge->now + DAY_SECONDS)
		return SIGN_OK;
	ks_time_utc(rev->this_update, day);
	return ks_trial_doubt(t, KS_WEIGHT_CLOCK, SIGN_SUB_TRY_LATER, KS_WHY_CLOCK, rev->source, day, err);
}

static sign_code
weigh_answer(ks_trial *t, const ks_path *path, size_t index, const ks_rev *rev, sign_error *err)
{
	const ks_cert *cert = path->chain[index];

	KS_TRY(check_clock(t, rev, err));
	switch (rev->state) {
	case KS_REV_GOOD:
		if (rev->digest == SIGN_DIGEST_NONE)
			return ks_trial_doubt(t, KS_WEIGHT_CRYPTO, SIGN_SUB_CRYPTO_CONSTRAINTS_FAILURE,
			    KS_WHY_UNLISTED_ALGORITHM, cert->issuer_cn, NULL, err);
		return ks_judge_digest(t, rev->digest, err); /* the answer is no better than its own signature */
	case KS_REV_EXEMPT:
		return SIGN_OK;
	case KS_REV_REVOKED:
	case KS_REV_ON_HOLD:
		return doubt_revoked(t, cert, index == 0, rev, err);
	case KS_REV_BAD:
		/* EN 319 102-1 table 5: revocation data that fail are a chain failure, whatever the policy asks for. */
		return ks_trial_doubt(t, KS_WEIGHT_REVOCATION, SIGN_SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
		    KS_WHY_REVOCATION_BAD, cert->issuer_cn, rev->fault, err);
	case KS_REV_NONE:
	case KS_REV_STALE:
		break;
	}
	return weigh_unanswered(t, cert, rev, err);
}

static sign_code
keep_answer(ks_trial *t, size_t index, const ks_rev *rev, sign_error *err)
{
	ks_rev *kept = &t->out->chain[index].revocation;

	*kept = *rev;
	kept->source = ks_copy_text(t->c->arena, rev->source);
	kept->fault = ks_copy_text(t->c->arena, rev->fault);
	if (kept->source == NULL || kept->fault == NULL)
		return ks_fail_memory(err);
	if (index == 0)
		t->out->revocation = rev->state;
	return SIGN_OK;
}

static sign_code
check_revocation(ks_trial *t, const ks_path *path, sign_error *err)
{
	const ks_judge *judge = t->c->judge;
	bool            all = true;

	t->out->chain[path->length - 1].revocation.state = KS_REV_EXEMPT; /* the anchor: its word is the trust itself */
	if (path->length == 1)
		t->out->revocation = KS_REV_EXEMPT;
	for (size_t i = 0; i + 1 < path->length; i++) {
		ks_rev rev = { .state = KS_REV_NONE, .reason = -1 };

		KS_TRY(ks_pki_revocation(judge->pki, path, i, t->s->crls, t->s->crl_count, judge->now, &rev, err));
		KS_TRY(keep_answer(t, i, &rev, err));
		KS_TRY(weigh_answer(t, path, i, &rev, err));
		all = all && (rev.state == KS_REV_GOOD || rev.state == KS_REV_EXEMPT || rev.state == KS_REV_REVOKED ||
		    rev.state == KS_REV_ON_HOLD);
	}
	t->out->revocation_checked = all;
	return SIGN_OK;
}

/* ---- together ---- */

static sign_code
keep_chain(ks_trial *t, const ks_path *path, sign_error *err)
{
	size_t length = path->length > 0 ? path->length : 1;
	bool   found = path->state == KS_PATH_FOUND;

	t->out->chain = ks_arena_alloc(t->c->arena, length * sizeof(*t->out->chain));
	if (t->out->chain == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < length; i++)
		KS_TRY(ks_copy_cert(t->c->arena, path->length > 0 ? path->chain[i] : t->s->signer,
		    found && i + 1 == path->length, &t->out->chain[i], err));
	t->out->chain_length = length;
	t->out->chain_complete = found;
	return SIGN_OK;
}

static sign_code
name_system(ks_trial *t, const ks_path *path, sign_error *err)
{
	for (size_t i = path->length; i-- > 0;) {
		const ks_known_ca *known = ks_known_by_fingerprint(path->chain[i]->sha256);

		if (known == NULL || known->system == NULL)
			continue;
		t->out->system = ks_copy_text(t->c->arena, known->system);
		if (t->out->system == NULL)
			return ks_fail_memory(err);
		break;
	}
	return SIGN_OK;
}

/*
 * domain.md 0.10: somebody typed the fingerprint of a certificate that bears a known authority's name. It is trusted as he
 * asked, and whoever reads the verdict still learns that it is not that authority.
 */
static sign_code
note_pretenders(ks_trial *t, const ks_path *path, sign_error *err)
{
	for (size_t i = path->length > 1 ? 1 : 0; i < path->length; i++) {
		const char   *name = ks_trust_pretends(t->c->judge->trust, path->chain[i]);
		const ks_note note = { KS_NOTE_CERT_PRETENDS, path->chain[i]->subject_cn };

		if (name == NULL)
			continue;
		t->out->pretends = ks_copy_text(t->c->arena, name);
		if (t->out->pretends == NULL)
			return ks_fail_memory(err);
		KS_TRY(ks_copy_notes(t->c->arena, &note, 1, &t->out->notes, &t->out->note_count, err));
	}
	return SIGN_OK;
}

sign_code
ks_judge_chain(ks_trial *t, sign_error *err)
{
	const ks_path *path = NULL;

	KS_TRY(ks_pki_path(t->c->judge->pki, t->s->signer, t->s->certs, t->s->cert_count, t->c->judge->now, &path, err));
	KS_TRY(keep_chain(t, path, err));
	KS_TRY(check_usage(t, err));
	if (path->state != KS_PATH_FOUND) {
		KS_TRY(doubt_path(t, path, err));
		return ks_judge_algorithms(t, NULL, err);
	}
	if (path->length == 0)
		return ks_fail(err, SIGN_E_INTERNAL, t->s->file);
	KS_TRY(name_system(t, path, err));
	KS_TRY(note_pretenders(t, path, err));
	KS_TRY(check_dates(t, path, err));
	KS_TRY(check_revocation(t, path, err));
	KS_TRY(ks_judge_algorithms(t, path, err));
	t->chain_ok = true;
	return SIGN_OK;
}
