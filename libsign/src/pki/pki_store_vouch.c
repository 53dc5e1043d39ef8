/*
 * Who vouches for what is added to a store: a pin, a fingerprint, a person, or for intermediates an anchor above them; for a
 * CRL the certificate that signed it. Floor: pki. Decides; writes nothing.
 */
#include "pki_store_parts.h"

#include "base_text.h"

#include <string.h>

static sign_code
parse_fingerprint(const ks_store_adding *a, uint8_t wanted[32], sign_error *err)
{
	size_t len = 0;

	if (!ks_hex_parse(a->options->fingerprint, wanted, 32, &len) || len != 32)
		return ks_fail_why(err, SIGN_E_USAGE, a->file, NULL, "a fingerprint has 64 hex digits (SHA-256)");
	for (size_t i = 0; i < a->cert_count; i++)
		if (memcmp(a->certs[i]->sha256, wanted, 32) == 0)
			return SIGN_OK;
	if (a->cert_count == 1) {
		char text[65];

		ks_hex(KS_BYTES(a->certs[0]->sha256, 32), text, sizeof(text));
		return ks_fail_why(err, SIGN_E_TRUST, a->certs[0]->subject_cn, "fingerprint", "it is %s", text);
	}
	return ks_fail_why(err, SIGN_E_TRUST, a->file, "fingerprint", "it is that of no certificate in the file");
}

static bool
is_confirmed(const ks_store_adding *a, const ks_store_item *item)
{
	sign_trust_question question = { (const sign_cert *)(const void *)item->cert, item->anchor,
		item->pretends != NULL ? item->pretends : "" };

	return a->options->confirm != NULL && a->options->confirm(a->options->confirm_user, &question);
}

static void
look_at(const ks_store_adding *a, ks_store_item *item)
{
	item->known = ks_known_of(item->cert);
	item->anchor = a->options->as_anchor || ks_link_self_signed(item->cert);
	item->pretends = ks_store_pretends(a->store, a->certs, a->cert_count, item->cert);
	item->already = item->anchor ? ks_trust_is_anchor(a->store, item->cert) :
	                               ks_trust_find(a->store, item->cert->sha256) != NULL;
}

/* The store as it will be, but for what still has to be vouched for as an anchor. */
static sign_code
hope(ks_store_adding *a, sign_error *err)
{
	KS_TRY(ks_trust_new(&a->hoped, err));
	for (size_t i = 0; i < a->store->anchor_count; i++)
		KS_TRY(ks_trust_add_cert(a->hoped, a->store->anchors[i].cert, true, err));
	for (size_t i = 0; i < a->store->other_count; i++)
		KS_TRY(ks_trust_add_cert(a->hoped, a->store->others[i].cert, false, err));
	for (size_t i = 0; i < a->count; i++)
		if (a->items[i].cert != NULL)
			KS_TRY(ks_trust_add_cert(a->hoped, a->items[i].cert, a->items[i].anchor, err));
	return ks_pki_new(a->hoped, &a->pki, err);
}

/* An intermediate believes nobody new: it is enough that an anchor, which was vouched for, stands above it. */
static sign_code
is_issued_under_anchor(ks_store_adding *a, const ks_store_item *item, bool *yes, sign_error *err)
{
	const ks_path *path;

	*yes = false;
	if (item->anchor)
		return SIGN_OK;
	if (a->pki == NULL)
		KS_TRY(hope(a, err));
	KS_TRY(ks_pki_path(a->pki, item->cert, NULL, 0, time(NULL), &path, err));
	*yes = path->state == KS_PATH_FOUND;
	return SIGN_OK;
}

static sign_code
vouch_for(ks_store_adding *a, ks_store_item *item, const uint8_t *wanted, sign_error *err)
{
	bool named = wanted != NULL && memcmp(item->cert->sha256, wanted, 32) == 0;
	bool issued = false;
	char text[65];

	if (item->known != NULL || item->already || named)
		return SIGN_OK;
	/* A name can be copied by anyone: only the exact fingerprint, typed on purpose, overrules this (domain.md 0.10). */
	if (item->pretends != NULL)
		return ks_fail_why(err, SIGN_E_TRUST, item->cert->subject_cn, "impersonation",
		    "claims the name of %s and is not its certificate", item->pretends);
	KS_TRY(is_issued_under_anchor(a, item, &issued, err));
	if (issued || is_confirmed(a, item))
		return SIGN_OK;
	ks_hex(KS_BYTES(item->cert->sha256, 32), text, sizeof(text));
	return ks_fail_why(err, SIGN_E_TRUST_CONFIRM, item->cert->subject_cn, NULL, "%s", text);
}

/* Anchors first: what they issued needs no more vouching. */
static sign_code
vouch_for_certs(ks_store_adding *a, const uint8_t *wanted, sign_error *err)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->items[i].cert != NULL)
			look_at(a, &a->items[i]);
	for (int anchors = 1; anchors >= 0; anchors--)
		for (size_t i = 0; i < a->count; i++)
			if (a->items[i].cert != NULL && a->items[i].anchor == (anchors == 1))
				KS_TRY(vouch_for(a, &a->items[i], wanted, err));
	return SIGN_OK;
}

static bool
crl_signed_by(const ks_crl *crl, const ks_cert *cert)
{
	return ks_crl_names(crl, cert) && ks_crl_verify(crl, cert) == NULL;
}

static bool
crl_is_signed(const ks_store_adding *a, const ks_crl *crl)
{
	for (size_t i = 0; i < a->store->anchor_count; i++)
		if (crl_signed_by(crl, a->store->anchors[i].cert))
			return true;
	for (size_t i = 0; i < a->store->other_count; i++)
		if (crl_signed_by(crl, a->store->others[i].cert))
			return true;
	for (size_t i = 0; i < a->cert_count; i++)
		if (crl_signed_by(crl, a->certs[i]))
			return true;
	return false;
}

static bool
crl_same_scope(const ks_crl *a, const ks_crl *b)
{
	return ks_bytes_equal(a->issuer_der, b->issuer_der) && ks_bytes_equal(a->aki, b->aki) &&
	    ks_bytes_equal(a->idp_der, b->idp_der);
}

/* Of several CRLs in one file that say the same, the newest is written, the first of equals. */
static bool
crl_outdone(const ks_store_adding *a, const ks_store_item *item)
{
	for (size_t i = 0; i < a->count; i++) {
		const ks_crl *other = a->items[i].crl;

		if (other == NULL || &a->items[i] == item || !crl_same_scope(item->crl, other))
			continue;
		if (other->this_update > item->crl->this_update ||
		    (other->this_update == item->crl->this_update && &a->items[i] < item))
			return true;
	}
	return false;
}

/* A CRL as new as this one makes it needless; an older one is replaced if it lies under the same name. */
static sign_code
vouch_for_crl(const ks_store_adding *a, ks_store_item *item, sign_error *err)
{
	if (!crl_is_signed(a, item->crl))
		return ks_fail_why(err, SIGN_E_TRUST, a->file, item->crl->issuer_text,
		    "no certificate of the store signed this CRL");
	item->already = crl_outdone(a, item);
	for (size_t i = 0; i < a->store->crl_count; i++) {
		const ks_crl *old = a->store->crls[i];

		if (crl_same_scope(item->crl, old) && crl_is_signed(a, old) && old->this_update >= item->crl->this_update)
			item->already = true;
	}
	item->replace = true;
	return SIGN_OK;
}

sign_code
ks_store_vouch(ks_store_adding *a, sign_error *err)
{
	uint8_t wanted[32];
	bool    has_wanted = a->options->fingerprint != NULL;

	if (has_wanted)
		KS_TRY(parse_fingerprint(a, wanted, err));
	KS_TRY(vouch_for_certs(a, has_wanted ? wanted : NULL, err));
	for (size_t i = 0; i < a->count; i++)
		if (a->items[i].crl != NULL)
			KS_TRY(vouch_for_crl(a, &a->items[i], err));
	return SIGN_OK;
}
