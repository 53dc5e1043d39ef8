/* The memory of one worker: see pki_cache.c. Floor: pki. */
#ifndef KS_PKI_CACHE_H
#define KS_PKI_CACHE_H

#include "pki_private.h"

#define KS_CARRIED_CACHE 64
#define KS_CARRIED_BYTES ((size_t)8 << 20) /* together; a single larger one is kept alone */

/* Did this issuer's key verify the CRL? */
typedef struct {
	bool        set;
	uint8_t     issuer[32];
	const char *fault; /* static; NULL: it holds */
} ks_crl_memo;

typedef struct {
	ks_cert  *cert; /* NULL: free */
	time_t    when;
	ks_cert **candidates;
	size_t    candidate_count;
	ks_path   path; /* with references to chain[] */
	uint64_t  used;
} ks_path_slot;

typedef struct {
	ks_crl     *crl; /* NULL: free */
	ks_crl_memo memo;
	uint64_t    used;
} ks_carried_slot;

struct ks_pki {
	const ks_trust *trust;
	ks_path_slot    paths[KS_PATH_CACHE];
	ks_crl_memo    *trust_memo; /* by index of the trust's CRLs */
	ks_carried_slot carried[KS_CARRIED_CACHE];
	size_t          carried_bytes;
	uint64_t        tick;
};

ks_path_slot *ks_cache_path(ks_pki *pki, const ks_cert *cert, ks_cert *const *candidates, size_t count, time_t when);
/* Takes references to everything; the slot least recently used makes room. */
sign_code ks_cache_path_add(ks_pki *pki, ks_cert *cert, ks_cert *const *candidates, size_t count, const ks_path *path,
    time_t when, ks_path_slot **out, sign_error *err);
/* The parsed form of a CRL that came along; valid until the next call. SIGN_E_FORMAT if it is none. */
sign_code   ks_cache_carried(ks_pki *pki, sign_bytes der, ks_carried_slot **out, sign_error *err);
const char *ks_cache_crl_fault(ks_crl_memo *memo, const ks_crl *crl, const ks_cert *issuer);

#endif
