/* What adding, removing and checking share about the layout of a store folder. Floor: pki. */
#ifndef KS_PKI_STORE_PARTS_H
#define KS_PKI_STORE_PARTS_H

#include "pki_private.h"

/* Every regular file of a store that is read: of the folder, anchors/ and crls/, and what lies below them. */
typedef sign_code (*ks_store_file_fn)(void *user, const ks_folder_entry *entry, bool anchors, sign_error *err);
sign_code ks_store_each_file(const char *folder, ks_store_file_fn each, void *user, sign_error *err);

/* "ca-phuc-vu-cac-co-quan-1f2e3d4c": from a name, and the first four bytes of a digest. */
#define KS_STORE_SLUG 64
void ks_store_slug(const char *name, const uint8_t digest[4], char slug[KS_STORE_SLUG]);

/* Display name of the known authority that `cert` names (as itself or as its issuer) and does not match; NULL if none. */
const char *ks_store_pretends(const ks_trust *store, ks_cert *const *company, size_t count, const ks_cert *cert);

#endif
