/*
 * Trust anchors, path building, CRL checks: pure functions of what is given; what was missing is said. Floor: pki.
 */
#ifndef KS_PKI_H
#define KS_PKI_H

#include "base.h"
#include "crypt.h"
#include "crypt_cert.h"

#include <libsign/trust.h> /* sign_trust is ks_trust */

/* ---- trust (pki_trust.c) ---- immutable once built, shared by all workers */
typedef struct ks_trust ks_trust;
sign_code ks_trust_new(ks_trust **trust, sign_error *err);
void      ks_trust_free(ks_trust *trust);
KS_AUTO_DEFINE(ks_auto_trust, ks_trust, ks_trust_free)
/*
 * A file (PEM with many, DER, p7b, CRL) or a folder of them (recursive; .crt .cer .pem .der .p7b .p7c .crl; anything under
 * anchors/ is an anchor even if not self-signed; self-signed = anchor; others = intermediates). An unreadable or damaged
 * file is an error, never skipped silently. An empty folder is fine.
 */
sign_code ks_trust_add_path(ks_trust *trust, const char *path, sign_error *err);
sign_code ks_trust_add_cert(ks_trust *trust, ks_cert *cert, bool anchor, sign_error *err); /* takes its own reference */
sign_code ks_trust_add_crl(ks_trust *trust, sign_bytes der, const char *origin, sign_error *err);
sign_code ks_trust_add_crl_path(ks_trust *trust, const char *path, sign_error *err); /* --crl FILE|DIR */
size_t    ks_trust_anchor_count(const ks_trust *trust);
size_t    ks_trust_intermediate_count(const ks_trust *trust);
size_t    ks_trust_crl_count(const ks_trust *trust);
ks_cert  *ks_trust_anchor_at(const ks_trust *trust, size_t i);
ks_cert  *ks_trust_intermediate_at(const ks_trust *trust, size_t i);
bool      ks_trust_is_anchor(const ks_trust *trust, const ks_cert *cert);

/* ---- known CAs (pki_known.c): fingerprints and names as data (ca.json), never trusted by themselves ---- */
typedef struct { const char *id, *name, *system; uint8_t sha256[32]; const char *subject, *url; } ks_known_ca;
sign_code ks_known_load(const ks_known_ca **list, size_t *count, sign_error *err); /* cached, thread-safe */
const ks_known_ca *ks_known_by_fingerprint(const uint8_t sha256[32]);
/* Folding case and spaces: an authority's whole name, or the beginning of a name that only those with a pin may bear. */
const ks_known_ca *ks_known_by_subject(const char *subject_cn);
/* Display name of the known authority that `cert` names (as itself or as its issuer) and does not match; NULL if none. */
const char *ks_trust_pretends(const ks_trust *trust, const ks_cert *cert);
const char *ks_known_version(void); /* "1, 2026-11-24"; "" if the list is damaged */

/* ---- per-worker cache ---- */
typedef struct ks_pki ks_pki; /* trust + time + parsed carried CRLs + results by certificate */
sign_code ks_pki_new(const ks_trust *trust, ks_pki **out, sign_error *err);
void      ks_pki_free(ks_pki *pki);
KS_AUTO_DEFINE(ks_auto_pki, ks_pki, ks_pki_free)

/* ---- one path (pki_path.c) ---- */
typedef enum {
	KS_PATH_NONE = 0,
	KS_PATH_FOUND,          /* signatures, CA flags, path lengths, name constraints, key usage of CAs all hold */
	KS_PATH_MISSING_ISSUER, /* ends at a certificate whose issuer is not at hand: wanted_issuer */
	KS_PATH_UNTRUSTED_ROOT, /* ends at a self-signed certificate that is not an anchor */
	KS_PATH_BROKEN,         /* a constraint or signature fails: fault */
	KS_PATH_IMPERSONATION,  /* names a known CA whose pinned certificate is at hand, whose key it names, and that did not sign it */
	KS_PATH_CLAIMS_KNOWN,   /* names a known CA whose certificate is not at hand */
} ks_path_state;
#define KS_PATH_MAX 10
typedef struct {
	ks_path_state state;
	ks_cert      *chain[KS_PATH_MAX]; /* signer first, anchor last when FOUND; references owned by the cache */
	size_t        length;
	const char   *fault;           /* short English phrase for BROKEN */
	const char   *wanted_issuer;   /* RFC 4514 name */
	const char   *known_name;      /* for IMPERSONATION and CLAIMS_KNOWN: the known CA's display name */
	bool          validity_holds;  /* every non-anchor certificate valid at the asked time (anchors: pinned; dates not judged) */
	size_t        expired_at;      /* index of the first certificate out of its validity; meaningful if !validity_holds */
	bool          not_yet;         /* it is too early rather than too late */
} ks_path;
/*
 * Candidates: certificates that came with the signature (the first KS_PATH_CANDIDATES are looked at). Prefers a path whose
 * validity holds at `when`. The links of chain[] are verified in every state, so a BROKEN or unfinished chain may be shown.
 * Cached: *path lives for the next KS_PATH_CACHE - 1 calls on this ks_pki, and at most as long as it.
 */
#define KS_PATH_CANDIDATES 64
#define KS_PATH_CACHE      256
sign_code ks_pki_path(ks_pki *pki, ks_cert *cert, ks_cert *const *candidates, size_t count, time_t when,
    const ks_path **path, sign_error *err);

/* ---- revocation by CRL (pki_crl.c) ---- */
typedef enum {
	KS_REV_NONE = 0,   /* no usable answer: wanted */
	KS_REV_GOOD,
	KS_REV_REVOKED,
	KS_REV_ON_HOLD,    /* certificateHold */
	KS_REV_EXEMPT,     /* anchor, or id-pkix-ocsp-nocheck */
	KS_REV_STALE,      /* only answers past their nextUpdate at `when` */
	KS_REV_BAD,        /* an answer that names this issuer does not verify or is not acceptable (indirect, wrong key): fault */
} ks_rev_state;
typedef struct {
	ks_rev_state state;
	time_t       revoked_at;          /* REVOKED, ON_HOLD */
	int          reason;              /* CRLReason, -1 none */
	time_t       this_update, next_update; /* of the answer used; next 0 if absent */
	const char  *source;              /* file or "in the signature" */
	bool         before_cert;         /* STALE: made before the certificate began (thisUpdate < notBefore) */
	const char  *fault;               /* also for STALE, and for NONE when the only answer was made after `when` */
	sign_digest  digest;              /* of the answer's signature, for the algorithm table; NONE if intrinsic or no answer */
} ks_rev;
/*
 * What counts. REVOKED and ON_HOLD: any CRL that the issuer's key verifies lists the serial with a date <= when, be it stale,
 * newer than `when`, or of another scope (a hold yields to a newer CRL that no longer lists it). GOOD: such a CRL covers
 * the certificate, thisUpdate <= when (5 minutes of skew) and nextUpdate >= when. A verified CRL from after `when`
 * gives NONE with this_update set, from which the judge can tell that its clock is wrong.
 * Strings live as long as the ks_pki's trust, or are static.
 */
/* Is path->chain[index] revoked, as known at `when`? carried: CRL DERs that came with the signature (may be 0). */
sign_code ks_pki_revocation(ks_pki *pki, const ks_path *path, size_t index, const sign_bytes *carried, size_t carried_count,
    time_t when, ks_rev *rev, sign_error *err);

#endif
