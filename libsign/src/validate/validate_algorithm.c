/*
 * The algorithm table with its dates, asked at the judged time: the signature's digests, scheme and key, the digests of the
 * documents, and the signatures on the certificates below the anchor (EN 319 102-1 5.2.8). Floor: validate. A claimed time
 * proves nothing, so what is weak now is weak; without proof of an earlier time the answer is ..._NO_POE.
 */
#include "validate_steps.h"

#include "base_text.h"

#include <string.h>

static const char *
scheme_text(sign_scheme scheme)
{
	return scheme == SIGN_SCHEME_RSA_PKCS1 ? "PKCS#1 v1.5" : sign_scheme_name(scheme);
}

const char *
ks_algorithm_text(ks_arena *arena, const ks_signature *s)
{
	const char *digest = sign_digest_name(s->digest_alg);

	if (s->signer == NULL)
		return ks_arena_printf(arena, "%s, %s", scheme_text(s->scheme), digest);
	if (s->signer->key_type == KS_KEY_EC)
		return ks_arena_printf(arena, "EC %s, %s, %s", s->signer->curve, scheme_text(s->scheme), digest);
	if (s->signer->key_type == KS_KEY_ED25519 || s->signer->key_type == KS_KEY_ED448)
		return ks_arena_printf(arena, "%s, %s", scheme_text(s->scheme), digest);
	return ks_arena_printf(arena, "%s %u, %s, %s", s->signer->key_type == KS_KEY_DSA ? "DSA" : "RSA",
	    s->signer->key_bits, scheme_text(s->scheme), digest);
}

/* `until` from the table: 0 is never listed; a past date is too weak now. */
static sign_code
weigh(ks_trial *t, int64_t until, ks_why weak, const char *name, sign_error *err)
{
	char day[KS_TIME_TEXT];

	if (until == 0)
		return ks_trial_doubt(t, KS_WEIGHT_CRYPTO, SIGN_SUB_CRYPTO_CONSTRAINTS_FAILURE,
		    KS_WHY_UNLISTED_ALGORITHM, name, NULL, err);
	if (until > (int64_t)t->c->judge->now)
		return SIGN_OK;
	ks_time_utc((time_t)until, day);
	day[strcspn(day, "T")] = '\0';
	return ks_trial_doubt(t, KS_WEIGHT_CRYPTO, SIGN_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, weak, name, day, err);
}

sign_code
ks_judge_digest(ks_trial *t, sign_digest d, sign_error *err)
{
	if (d == SIGN_DIGEST_NONE)
		return SIGN_OK;
	return weigh(t, ks_algorithms_digest_until(t->c->algorithms, d), KS_WHY_WEAK_DIGEST, sign_digest_name(d), err);
}

static sign_code
weigh_key(ks_trial *t, sign_scheme scheme, const ks_cert *key, sign_error *err)
{
	const char *name = ks_arena_printf(t->c->arena, "%s %u", sign_scheme_name(scheme), key->key_bits);

	if (name == NULL)
		return ks_fail_memory(err);
	return weigh(t, ks_algorithms_key_until(t->c->algorithms, scheme, key->key_bits), KS_WHY_WEAK_KEY, name, err);
}

/* Every digest the statement rests on: weak in one place is weak. */
static sign_code
weigh_digests(ks_trial *t, const ks_path *path, sign_error *err)
{
	const ks_signature *s = t->s;
	ks_digest_set       used = KS_DIGEST_BIT(s->digest_alg) | KS_DIGEST_BIT(s->scheme_digest) |
	    KS_DIGEST_BIT(s->mgf1_digest);

	for (size_t i = 0; i < s->edge_count; i++) {
		if (s->edges[i].alg < SIGN_DIGEST_COUNT)
			used |= KS_DIGEST_BIT(s->edges[i].alg);
	}
	for (size_t i = 0; path != NULL && i + 1 < path->length; i++) {
		used |= KS_DIGEST_BIT(path->chain[i]->sig_digest);
		/* a digest outside our table (RIPEMD-160, SM3) is one that no list accepts */
		if (path->chain[i]->sig_digest == SIGN_DIGEST_NONE && path->chain[i]->sig_scheme != SIGN_SCHEME_EDDSA)
			KS_TRY(ks_trial_doubt(t, KS_WEIGHT_CRYPTO, SIGN_SUB_CRYPTO_CONSTRAINTS_FAILURE,
			    KS_WHY_UNLISTED_ALGORITHM, path->chain[i]->subject_cn, NULL, err));
	}
	for (int d = SIGN_DIGEST_NONE + 1; d < SIGN_DIGEST_COUNT; d++) {
		if ((used & KS_DIGEST_BIT(d)) != 0)
			KS_TRY(ks_judge_digest(t, (sign_digest)d, err));
	}
	return SIGN_OK;
}

sign_code
ks_judge_algorithms(ks_trial *t, const ks_path *path, sign_error *err)
{
	if (t->s->signer == NULL)
		return SIGN_OK;
	KS_TRY(weigh_digests(t, path, err));
	KS_TRY(weigh_key(t, t->s->scheme, t->s->signer, err));
	for (size_t i = 0; path != NULL && i + 1 < path->length; i++)
		KS_TRY(weigh_key(t, path->chain[i]->sig_scheme, path->chain[i + 1], err));
	return SIGN_OK;
}
