/* What the files about stores share: adding, vouching, checking. Floor: pki. */
#ifndef KS_PKI_STORE_PARTS_H
#define KS_PKI_STORE_PARTS_H

#include "pki_private.h"

/* "ca-phuc-vu-cac-co-quan-1f2e3d4c": from a name, and the first four bytes of a digest. */
#define KS_STORE_SLUG 64
void ks_store_slug(const char *name, const uint8_t digest[4], char slug[KS_STORE_SLUG]);

/* Display name of the known authority that `cert` names (as itself or as its issuer) and does not match; NULL if none. */
const char *ks_store_pretends(const ks_trust *store, ks_cert *const *company, size_t count, const ks_cert *cert);

/* One thing to be written. */
typedef struct {
	ks_cert           *cert; /* NULL: a CRL */
	ks_crl            *crl;
	const ks_known_ca *known;
	const char        *pretends;
	char              *path;
	bool               anchor, already, replace;
} ks_store_item;

/* One file on its way into a store. */
typedef struct {
	const char                   *folder, *file;
	const sign_trust_add_options *options;
	ks_trust                     *store;   /* as it is now */
	ks_trust                     *hoped;   /* with the anchors that were vouched for, and what else the file holds */
	ks_pki                       *pki;     /* over `hoped` */
	ks_store_item                *items;
	ks_cert                     **certs;   /* those of the file, for who signed whom */
	size_t                        count, cap, cert_count;
} ks_store_adding;

/*
 * Fill known, anchor, pretends, already and replace of each item, or refuse: SIGN_E_TRUST_CONFIRM, SIGN_E_TRUST or SIGN_E_USAGE
 * as sign_trust_store_add() says.
 */
sign_code ks_store_vouch(ks_store_adding *a, sign_error *err);

#endif
