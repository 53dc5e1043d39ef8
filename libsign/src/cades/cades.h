/*
 * CAdES B-B (EN 319 122-1): signed attributes made and judged for form, SignerInfos turned into facts. Floor: cades.
 */
#ifndef KS_CADES_H
#define KS_CADES_H

#include "base.h"
#include "cms.h"
#include "crypt.h"
#include "crypt_cert.h"
#include "crypt_key.h"
#include "facts.h"

/* What a signer says about the act. Texts UTF-8, NULL if absent. */
typedef struct {
	time_t      signing_time;
	const char *title;      /* claimed role, signer-attributes-v2 {2.5.4.72}; each <= 256 bytes */
	const char *place;      /* signer-location localityName */
	const char *commitment; /* dotted OID of commitment-type-indication */
	const char *override_reason; /* claimed attribute 2.5.4.13 (description) in signer-attributes-v2 */
} ks_cades_claims;

/* OID of a commitment name ("origin", "receipt", "delivery", "sender", "approval", "creation"); NULL if unknown. */
const char *ks_cades_commitment_oid(const char *name);
const char *ks_cades_commitment_name(const char *oid);

/* One detached signature over `content_digest` (made with signer->digest). Appends the ContentInfo to out. */
sign_code ks_cades_sign(ks_signer *signer, const ks_cades_claims *claims, sign_bytes content_digest, ks_buf *out,
    sign_error *err);
/* Parallel signer added to an existing detached CMS (bytes kept: ks_cms_append). Refused (SIGN_E_FORMAT) under an
 * archive-time-stamp v2, and (SIGN_E_ALREADY) if this certificate has signed the same digest in it. */
sign_code ks_cades_add(ks_signer *signer, const ks_cades_claims *claims, sign_bytes content_digest, sign_bytes existing,
    const char *name, ks_buf *out, sign_error *err);

/*
 * Read one CMS into facts: a ks_signature per SignerInfo and, after these, one per counter-signature in them, with
 * everything known that does not need the content:
 * format faults (C1 C2 C4 C5 C7, cardinality of standards.md 2.2), certificate identification with ESS (C6),
 * value_holds, claims, notes, carried evidence. Zero signers adds none. `bytes` must live in f->arena or outlive it.
 *   first  [out] index of the first signature added;  count [out] how many SignerInfos (the counter-signatures that follow
 *          them are complete and are not for the caller to bind);  needed [out] digests the content needs
 *   attached content, if any, is returned in *content (len 0, data NULL if detached).
 * An input that is not CMS at all returns SIGN_E_FORMAT; per-signer faults are facts.
 */
sign_code ks_cades_read(ks_crypt *cx, ks_facts *f, sign_bytes bytes, const char *file, size_t *first, size_t *count,
    ks_digest_set *needed, sign_bytes *content, sign_error *err);
/* Second step: now the digests of what it signs are known (indexed by algorithm). Sets content_holds. */
void ks_cades_bind(ks_signature *s, const ks_digest digests[SIGN_DIGEST_COUNT]);
/* The message-digest a signature states (arena bytes; len 0 if its form is broken). */
sign_bytes ks_cades_stated_digest(const ks_signature *s);

#endif
