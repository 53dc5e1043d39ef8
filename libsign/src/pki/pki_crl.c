/*
 * Is a certificate revoked, as the CRLs at hand know it? Nothing is fetched; what was missing shows in the state.
 * RFC 5280 6.3 without deltas and indirect CRLs, judged at a given time. Floor: pki.
 */
#include "pki_cache.h"

#include <openssl/objects.h>
#include <string.h>

#define REASON_HOLD 6

/*
 * The best answer so far. A hold is kept apart, because a newer list without it lifts it (RFC 5280 5.3.1): the newest one
 * that holds the certificate is compared with the newest one that covers the certificate and does not.
 */
struct answer {
	ks_rev rev;
	ks_rev hold;     /* state ON_HOLD once there is one */
	bool   clean;
	time_t clean_at;
};

static int
rank(ks_rev_state state)
{
	switch (state) {
	case KS_REV_REVOKED:
		return 5;
	case KS_REV_GOOD:
		return 4;
	case KS_REV_STALE:
		return 3;
	case KS_REV_BAD:
		return 2;
	case KS_REV_NONE:
	case KS_REV_ON_HOLD:
	case KS_REV_EXEMPT:
		break;
	}
	return 1;
}

/* Between answers of one kind: the earliest revocation, else the newest word. */
static bool
is_better(const ks_rev *a, const ks_rev *b)
{
	if (rank(a->state) != rank(b->state))
		return rank(a->state) > rank(b->state);
	if (a->state == KS_REV_REVOKED)
		return a->revoked_at < b->revoked_at;
	return a->this_update > b->this_update;
}

static void
offer(struct answer *answer, const ks_rev *rev)
{
	if (is_better(rev, &answer->rev))
		answer->rev = *rev;
}

static bool
name_in(const GENERAL_NAMES *names, char *const *urls)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_URI)
			continue;
		for (size_t u = 0; urls != NULL && urls[u] != NULL; u++)
			if ((size_t)ASN1_STRING_length(name->d.uniformResourceIdentifier) == strlen(urls[u]) &&
			    memcmp(ASN1_STRING_get0_data(name->d.uniformResourceIdentifier), urls[u], strlen(urls[u])) == 0)
				return true;
	}
	return false;
}

/* RFC 5280 5.2.5 and 6.3.3 (b)(2): does this CRL speak about such certificates, about all reasons? */
static bool
covers(const ks_crl *crl, const ks_cert *cert)
{
	const ISSUING_DIST_POINT *idp = crl->idp;

	if (idp == NULL)
		return true;
	if (idp->onlyattr > 0 || idp->onlysomereasons != NULL || (idp->onlyuser > 0 && cert->is_ca) ||
	    (idp->onlyCA > 0 && !cert->is_ca))
		return false;
	/* A part of a CRL in several parts covers only the certificates that point to it. */
	return idp->distpoint == NULL ||
	    (idp->distpoint->type == 0 && name_in(idp->distpoint->name.fullname, cert->crl_urls));
}

/* A verified CRL that does not list the serial. */
static void
judge_unlisted(struct answer *answer, const ks_crl *crl, const ks_cert *cert, time_t when, ks_rev *rev)
{
	if (!covers(crl, cert))
		return;
	if (crl->this_update > when + KS_CRL_SKEW_S) {
		rev->state = KS_REV_NONE;
		rev->fault = KS_N_("issued after the time of judgement");
	} else if (crl->this_update < cert->not_before) {
		/* EN 319 102-1 5.2.4: what was said before the certificate existed says nothing about it. */
		rev->state = KS_REV_STALE;
		rev->before_cert = true;
		rev->fault = KS_N_("issued before the certificate");
	} else if (crl->next_update == 0 || crl->next_update < when) {
		rev->state = KS_REV_STALE;
		rev->fault = crl->next_update == 0 ? KS_N_("does not say when the next is due") : NULL;
	} else {
		rev->state = KS_REV_GOOD;
	}
	if (rev->state != KS_REV_NONE && (!answer->clean || crl->this_update > answer->clean_at)) {
		answer->clean = true;
		answer->clean_at = crl->this_update;
	}
	offer(answer, rev);
}

static void
judge_crl(struct answer *answer, ks_crl_memo *memo, const ks_crl *crl, const ks_cert *cert, const ks_cert *issuer,
    time_t when)
{
	ks_rev rev = { .state = KS_REV_BAD, .reason = -1, .this_update = crl->this_update,
		.next_update = crl->next_update, .digest = crl->digest,
		.source = crl->origin != NULL ? crl->origin : "in the signature" };
	ks_crl_entry entry;

	if (crl->delta || !ks_crl_names(crl, issuer))
		return;
	rev.fault = ks_cache_crl_fault(memo, crl, issuer);
	if (rev.fault != NULL) {
		/* Unverified: its dates and claims are nobody's word. */
		rev.this_update = rev.next_update = 0;
		rev.digest = SIGN_DIGEST_NONE;
		offer(answer, &rev);
		return;
	}
	if (!ks_crl_find(crl, cert->serial_der, &entry) || entry.revoked_at > when + KS_CRL_SKEW_S) {
		judge_unlisted(answer, crl, cert, when, &rev);
		return;
	}
	/* Serials are unique to an issuer: listed is listed, however old or special the list (RFC 5280 4.1.2.2). */
	rev.state = entry.reason == REASON_HOLD ? KS_REV_ON_HOLD : KS_REV_REVOKED;
	rev.revoked_at = entry.revoked_at;
	rev.reason = entry.reason;
	if (rev.state == KS_REV_REVOKED)
		offer(answer, &rev);
	else if (answer->hold.state != KS_REV_ON_HOLD || rev.this_update > answer->hold.this_update)
		answer->hold = rev;
}

static const ks_rev *
final_answer(const struct answer *answer)
{
	bool lifted = answer->clean && answer->clean_at > answer->hold.this_update;

	if (answer->hold.state == KS_REV_ON_HOLD && answer->rev.state != KS_REV_REVOKED && !lifted)
		return &answer->hold;
	return &answer->rev;
}

static bool
is_exempt(const ks_pki *pki, const ks_cert *cert)
{
	/* RFC 6960 4.2.2.2.1: ocsp-nocheck is for responders, and none of them stands in the path of a signer. */
	return ks_trust_is_anchor(pki->trust, cert);
}

static sign_code
judge_carried(ks_pki *pki, struct answer *answer, const ks_cert *cert, const ks_cert *issuer, const sign_bytes *carried,
    size_t count, time_t when, sign_error *err)
{
	for (size_t i = 0; i < count; i++) {
		ks_carried_slot *slot = NULL;
		sign_error       why = SIGN_ERROR_INIT;
		sign_code        rc = ks_cache_carried(pki, carried[i], &slot, &why);

		if (rc == SIGN_E_FORMAT || rc == SIGN_E_LIMIT)
			continue; /* no CRL, so no answer: the state stays what the others say */
		if (rc != SIGN_OK) {
			if (err != NULL)
				*err = why;
			return rc;
		}
		judge_crl(answer, &slot->memo, slot->crl, cert, issuer, when);
	}
	return SIGN_OK;
}

static sign_code
judge_all(ks_pki *pki, struct answer *answer, const ks_cert *cert, const ks_cert *issuer, const sign_bytes *carried,
    size_t count, time_t when, sign_error *err)
{
	KS_TRY(judge_carried(pki, answer, cert, issuer, carried, count, when, err));
	for (size_t i = 0; i < pki->trust->crl_count; i++)
		judge_crl(answer, &pki->trust_memo[i], pki->trust->crls[i], cert, issuer, when);
	return SIGN_OK;
}

sign_code
ks_pki_revocation(ks_pki *pki, const ks_path *path, size_t index, const sign_bytes *carried, size_t carried_count,
    time_t when, ks_rev *rev, sign_error *err)
{
	struct answer answer = { .rev = { .state = KS_REV_NONE, .reason = -1 } };

	*rev = answer.rev;
	if (index >= path->length)
		return ks_fail(err, SIGN_E_INTERNAL, NULL);
	if (is_exempt(pki, path->chain[index])) {
		rev->state = KS_REV_EXEMPT;
		return SIGN_OK;
	}
	if (index + 1 == path->length)
		return SIGN_OK; /* no issuer, so nobody whose word could count */
	KS_TRY(judge_all(pki, &answer, path->chain[index], path->chain[index + 1], carried, carried_count, when, err));
	*rev = *final_answer(&answer);
	return SIGN_OK;
}
