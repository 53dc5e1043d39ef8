/* What adding and checking share about a store. Floor: pki. */
#ifndef KS_PKI_STORE_PARTS_H
#define KS_PKI_STORE_PARTS_H

#include "pki_private.h"

/* "ca-phuc-vu-cac-co-quan-1f2e3d4c": from a name, and the first four bytes of a digest. */
#define KS_STORE_SLUG 64
void ks_store_slug(const char *name, const uint8_t digest[4], char slug[KS_STORE_SLUG]);

/* Display name of the known authority that `cert` names (as itself or as its issuer) and does not match; NULL if none. */
const char *ks_store_pretends(const ks_trust *store, ks_cert *const *company, size_t count, const ks_cert *cert);

#endif
