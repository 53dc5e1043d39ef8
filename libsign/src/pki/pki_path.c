/*
 * From a certificate to an anchor: depth-first over trust and company, every link verified before it is followed, the work
 * bounded whatever came along (attacks.md C14). All alternatives are tried, not only the first. Floor: pki.
 */
#include "pki_cache.h"

#include <openssl/evp.h>
#include <string.h>

#define LINK_CHECKS_MAX  64 /* signature checks in one search */
#define CHAIN_CHECKS_MAX 8  /* complete chains handed to the constraint check */
#define ISSUERS_MAX      32 /* issuers of one name that are tried, best first */

struct search {
	const ks_trust *trust;
	ks_cert *const *extra;
	size_t          extra_count;
	time_t          when;
	unsigned        links_left, chains_left;
	ks_cert        *stack[KS_PATH_MAX];
	size_t          depth;
	ks_path         best;
	bool            done;
};

/* Which of two outcomes tells the reader more. A found chain beats every fault that another attempt met. */
static int
rank(const ks_path *path)
{
	switch (path->state) {
	case KS_PATH_FOUND:
		return path->validity_holds ? 8 : 7;
	case KS_PATH_IMPERSONATION:
		return 6;
	case KS_PATH_BROKEN:
		return 5;
	case KS_PATH_CLAIMS_KNOWN:
		return 4;
	case KS_PATH_UNTRUSTED_ROOT:
		return 3;
	case KS_PATH_MISSING_ISSUER:
		return 2;
	case KS_PATH_NONE:
		break;
	}
	return 0;
}

static void
judge_validity(ks_path *path, time_t when, bool anchored)
{
	size_t judged = anchored ? path->length - 1 : path->length;

	/* RFC 5280 6.1: the anchor is a name and a key; its dates are not part of the path. */
	path->validity_holds = true;
	for (size_t i = 0; i < judged; i++)
		if (when < path->chain[i]->not_before || when > path->chain[i]->not_after) {
			path->validity_holds = false;
			path->expired_at = i;
			path->not_yet = when < path->chain[i]->not_before;
			return;
		}
}

/* Record how this attempt ended, if that is better than what is known. */
static void
offer(struct search *s, ks_path_state state, const char *fault, const char *known_name)
{
	ks_path path = { .state = state, .length = s->depth, .fault = fault, .known_name = known_name };

	memcpy(path.chain, s->stack, s->depth * sizeof(path.chain[0]));
	judge_validity(&path, s->when, state == KS_PATH_FOUND);
	if (state != KS_PATH_FOUND)
		path.wanted_issuer = path.chain[path.length - 1]->issuer;
	if (rank(&path) > rank(&s->best) || (rank(&path) == rank(&s->best) && path.length > s->best.length &&
	                                     state == KS_PATH_MISSING_ISSUER))
		s->best = path;
	s->done = state == KS_PATH_FOUND && path.validity_holds;
}

static bool
on_stack(const struct search *s, const ks_cert *cert)
{
	for (size_t i = 0; i < s->depth; i++) {
		if (memcmp(s->stack[i]->sha256, cert->sha256, sizeof(cert->sha256)) == 0)
			return true;
		/* Another certificate for the same name and key leads round in a circle as well. */
		if (ks_bytes_equal(s->stack[i]->subject_der, cert->subject_der) && s->stack[i]->pkey != NULL &&
		    cert->pkey != NULL && EVP_PKEY_eq(s->stack[i]->pkey, cert->pkey) == 1)
			return true;
	}
	return false;
}

struct issuers {
	struct { ks_cert *cert; int score; } list[ISSUERS_MAX];
	size_t count;
};

static int
score(const struct search *s, const ks_cert *cert, const ks_cert *issuer)
{
	bool valid = s->when >= issuer->not_before && s->when <= issuer->not_after;

	return ks_link_key(cert, issuer) * 4 + (ks_trust_is_anchor(s->trust, issuer) ? 2 : 0) + (valid ? 1 : 0);
}

/* Keep the best ISSUERS_MAX, best first; equals stay in the order met (trust before company). */
static void
consider(struct search *s, struct issuers *found, const ks_cert *cert, ks_cert *issuer)
{
	size_t at;
	int    points;

	if (!ks_link_names(cert, issuer) || on_stack(s, issuer))
		return;
	for (size_t i = 0; i < found->count; i++)
		if (memcmp(found->list[i].cert->sha256, issuer->sha256, sizeof(issuer->sha256)) == 0)
			return;
	points = score(s, cert, issuer);
	at = found->count;
	while (at > 0 && found->list[at - 1].score < points)
		at--;
	if (at == ISSUERS_MAX)
		return;
	if (found->count < ISSUERS_MAX)
		found->count++;
	memmove(&found->list[at + 1], &found->list[at], (found->count - at - 1) * sizeof(found->list[0]));
	found->list[at].cert = issuer;
	found->list[at].score = points;
}

static void
gather_issuers(struct search *s, const ks_cert *cert, struct issuers *found)
{
	found->count = 0;
	for (size_t i = 0; i < s->trust->anchor_count; i++)
		consider(s, found, cert, s->trust->anchors[i].cert);
	for (size_t i = 0; i < s->trust->other_count; i++)
		consider(s, found, cert, s->trust->others[i].cert);
	for (size_t i = 0; i < s->extra_count; i++)
		consider(s, found, cert, s->extra[i]);
}

/* The chain reached an anchor: do its constraints hold as well? */
static sign_code
complete(struct search *s, sign_error *err)
{
	const char *fault = NULL;

	if (s->chains_left == 0) {
		offer(s, KS_PATH_BROKEN, KS_N_("too many chains to try"), NULL);
		return SIGN_OK;
	}
	s->chains_left--;
	KS_TRY(ks_link_chain_fault(s->stack, s->depth, &fault, err));
	offer(s, fault == NULL ? KS_PATH_FOUND : KS_PATH_BROKEN, fault, NULL);
	return SIGN_OK;
}

/* No issuer at hand signed the last certificate: say what that means. */
static void
dead_end(struct search *s, const ks_cert *last, bool self_signed)
{
	const ks_known_ca *pin = ks_known_of(last);
	const ks_known_ca *named = pin == NULL ? ks_known_by_subject(last->issuer_cn) : NULL;

	if (named != NULL)
		offer(s, KS_PATH_CLAIMS_KNOWN, NULL, named->name);
	else if (self_signed)
		offer(s, KS_PATH_UNTRUSTED_ROOT, NULL, pin != NULL ? pin->name : NULL);
	else
		offer(s, KS_PATH_MISSING_ISSUER, NULL, NULL);
}

/* `issuer` has the right name and did not sign: impostor, damage, or simply another key of that name. */
static void
refuse_link(struct search *s, const ks_cert *cert, const ks_cert *issuer)
{
	const ks_known_ca *pin = ks_known_of(issuer);

	if (ks_link_key(cert, issuer) < 0)
		return;
	if (pin != NULL)
		offer(s, KS_PATH_IMPERSONATION, NULL, pin->name);
	else
		offer(s, KS_PATH_BROKEN, KS_N_("a certificate is not signed by the key of the issuer it names"), NULL);
}

static sign_code extend(struct search *s, sign_error *err);

static sign_code
follow(struct search *s, ks_cert *issuer, sign_error *err)
{
	const char *fault = ks_link_ca_fault(issuer, ks_trust_is_anchor(s->trust, issuer));

	if (fault == NULL && s->depth == KS_PATH_MAX)
		fault = KS_N_("the chain is too long");
	if (fault != NULL) {
		offer(s, KS_PATH_BROKEN, fault, NULL);
		return SIGN_OK;
	}
	s->stack[s->depth++] = issuer;
	KS_TRY(extend(s, err));
	s->depth--;
	return SIGN_OK;
}

/* Try every issuer of the last certificate on the stack. Recursion is bounded by KS_PATH_MAX and LINK_CHECKS_MAX. */
static sign_code
extend(struct search *s, sign_error *err)
{
	const ks_cert *last = s->stack[s->depth - 1];
	struct issuers issuers;
	bool           followed = false;

	if (ks_trust_is_anchor(s->trust, last))
		return complete(s, err);
	gather_issuers(s, last, &issuers);
	for (size_t i = 0; i < issuers.count && !s->done; i++) {
		if (s->links_left == 0) {
			offer(s, KS_PATH_BROKEN, KS_N_("too many certificates to try"), NULL);
			return SIGN_OK;
		}
		s->links_left--;
		if (!ks_link_signed(last, issuers.list[i].cert)) {
			refuse_link(s, last, issuers.list[i].cert);
			continue;
		}
		followed = true;
		KS_TRY(follow(s, issuers.list[i].cert, err));
	}
	if (!followed)
		dead_end(s, last, ks_link_self_signed(last));
	return SIGN_OK;
}

sign_code
ks_pki_path(ks_pki *pki, ks_cert *cert, ks_cert *const *candidates, size_t count, time_t when, const ks_path **path,
    sign_error *err)
{
	struct search s = { .trust = pki->trust, .extra = candidates, .when = when, .links_left = LINK_CHECKS_MAX,
		.chains_left = CHAIN_CHECKS_MAX, .depth = 1 };
	ks_path_slot *slot;

	*path = NULL;
	s.extra_count = count < KS_PATH_CANDIDATES ? count : KS_PATH_CANDIDATES;
	slot = ks_cache_path(pki, cert, candidates, s.extra_count, when);
	if (slot == NULL) {
		s.stack[0] = cert;
		KS_TRY(extend(&s, err));
		KS_TRY(ks_cache_path_add(pki, cert, candidates, s.extra_count, &s.best, when, &slot, err));
	}
	*path = &slot->path;
	return SIGN_OK;
}
