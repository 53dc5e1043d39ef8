/*
 * What one worker remembers: paths by certificate, company and time, carried CRLs by their bytes, and which key each CRL
 * was verified with. A batch from one signer then costs look-ups. No locks: a ks_pki belongs to one worker. Floor: pki.
 */
#include "pki_cache.h"

#include <stdlib.h>
#include <string.h>

sign_code
ks_pki_new(const ks_trust *trust, ks_pki **out, sign_error *err)
{
	ks_pki *pki = calloc(1, sizeof(*pki));

	*out = NULL;
	if (pki == NULL)
		return ks_fail_memory(err);
	pki->trust = trust;
	pki->trust_memo = calloc(trust->crl_count + 1, sizeof(pki->trust_memo[0]));
	if (pki->trust_memo == NULL) {
		ks_pki_free(pki);
		return ks_fail_memory(err);
	}
	*out = pki;
	return SIGN_OK;
}

static void
clear_slot(ks_path_slot *slot)
{
	for (size_t i = 0; i < slot->path.length; i++)
		ks_cert_free(slot->path.chain[i]);
	for (size_t i = 0; i < slot->candidate_count; i++)
		ks_cert_free(slot->candidates[i]);
	free(slot->candidates);
	ks_cert_free(slot->cert);
	*slot = (ks_path_slot){ 0 };
}

static void
clear_carried(ks_pki *pki, ks_carried_slot *slot)
{
	if (slot->crl != NULL)
		pki->carried_bytes -= slot->crl->len;
	ks_crl_free(slot->crl);
	*slot = (ks_carried_slot){ 0 };
}

void
ks_pki_free(ks_pki *pki)
{
	if (pki == NULL)
		return;
	for (size_t i = 0; i < KS_PATH_CACHE; i++)
		clear_slot(&pki->paths[i]);
	for (size_t i = 0; i < KS_CARRIED_CACHE; i++)
		clear_carried(pki, &pki->carried[i]);
	free(pki->trust_memo);
	free(pki);
}

static bool
slot_matches(const ks_path_slot *slot, const ks_cert *cert, ks_cert *const *candidates, size_t count, time_t when)
{
	if (slot->cert == NULL || slot->when != when || slot->candidate_count != count ||
	    memcmp(slot->cert->sha256, cert->sha256, sizeof(cert->sha256)) != 0)
		return false;
	for (size_t i = 0; i < count; i++)
		if (memcmp(slot->candidates[i]->sha256, candidates[i]->sha256, sizeof(cert->sha256)) != 0)
			return false;
	return true;
}

/*
 * The company is part of the question: a path found with the intermediate of one document must not answer for another
 * that came without it, or verdicts would depend on the order of a batch.
 */
ks_path_slot *
ks_cache_path(ks_pki *pki, const ks_cert *cert, ks_cert *const *candidates, size_t count, time_t when)
{
	for (size_t i = 0; i < KS_PATH_CACHE; i++)
		if (slot_matches(&pki->paths[i], cert, candidates, count, when)) {
			pki->paths[i].used = ++pki->tick;
			return &pki->paths[i];
		}
	return NULL;
}

sign_code
ks_cache_path_add(ks_pki *pki, ks_cert *cert, ks_cert *const *candidates, size_t count, const ks_path *path, time_t when,
    ks_path_slot **out, sign_error *err)
{
	ks_cert     **copy = count > 0 ? malloc(count * sizeof(copy[0])) : NULL;
	ks_path_slot *oldest = &pki->paths[0];

	if (count > 0 && copy == NULL)
		return ks_fail_memory(err);
	for (size_t i = 1; i < KS_PATH_CACHE; i++)
		if (pki->paths[i].used < oldest->used)
			oldest = &pki->paths[i];
	/* New references first: the old slot may hold the last ones to the same certificates. */
	for (size_t i = 0; i < count; i++)
		copy[i] = ks_cert_ref(candidates[i]);
	for (size_t i = 0; i < path->length; i++)
		(void)ks_cert_ref(path->chain[i]);
	(void)ks_cert_ref(cert);
	clear_slot(oldest);
	*oldest = (ks_path_slot){ cert, when, copy, count, *path, ++pki->tick };
	*out = oldest;
	return SIGN_OK;
}

static ks_carried_slot *
carried_slot_for(ks_pki *pki, size_t bytes)
{
	for (;;) {
		ks_carried_slot *empty = NULL, *oldest = NULL;

		for (size_t i = 0; i < KS_CARRIED_CACHE; i++) {
			ks_carried_slot *s = &pki->carried[i];

			if (s->crl == NULL)
				empty = s;
			else if (oldest == NULL || s->used < oldest->used)
				oldest = s;
		}
		if (oldest == NULL || (empty != NULL && pki->carried_bytes + bytes <= KS_CARRIED_BYTES))
			return empty;
		clear_carried(pki, oldest);
	}
}

sign_code
ks_cache_carried(ks_pki *pki, sign_bytes der, ks_carried_slot **out, sign_error *err)
{
	KS_AUTO(ks_auto_crl) ks_crl *crl = NULL;

	for (size_t i = 0; i < KS_CARRIED_CACHE; i++) {
		ks_carried_slot *s = &pki->carried[i];

		if (s->crl != NULL && ks_bytes_equal(der, KS_BYTES(s->crl->der, s->crl->len))) {
			s->used = ++pki->tick;
			*out = s;
			return SIGN_OK;
		}
	}
	KS_TRY(ks_crl_parse(der, "", NULL, &crl, err));
	*out = carried_slot_for(pki, crl->len);
	pki->carried_bytes += crl->len;
	(*out)->crl = KS_MOVE(crl);
	(*out)->used = ++pki->tick;
	return SIGN_OK;
}

const char *
ks_cache_crl_fault(ks_crl_memo *memo, const ks_crl *crl, const ks_cert *issuer)
{
	if (!memo->set || memcmp(memo->issuer, issuer->sha256, sizeof(memo->issuer)) != 0) {
		memo->fault = ks_crl_verify(crl, issuer);
		memcpy(memo->issuer, issuer->sha256, sizeof(memo->issuer));
		memo->set = true;
	}
	return memo->fault;
}
