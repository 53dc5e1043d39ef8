/*
 * What the files of this room share: the trust set, parsed CRLs and the small checks between certificates. Floor: pki.
 */
#ifndef KS_PKI_PRIVATE_H
#define KS_PKI_PRIVATE_H

#include "pki.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#define KS_TRUST_MAX_CERTS  ((size_t)10000)
#define KS_TRUST_MAX_CRLS   ((size_t)2000)
#define KS_TRUST_FILE_BYTES ((size_t)64 << 20)
#define KS_CRL_MAX_BYTES    ((size_t)64 << 20)
#define KS_CRL_SKEW_S       300

/* ---- CRLs (pki_crl_parse.c, pki_crl_verify.c): own bytes and an index of 4 bytes an entry; immutable after parsing ---- */
typedef struct ks_crl {
	uint8_t    *der;
	size_t      len;
	char       *origin;       /* file, or NULL: came with the signature */
	sign_bytes  tbs;          /* slices of der */
	sign_bytes  issuer_der, idp_der, aki;
	X509_NAME  *issuer;
	char       *issuer_text;
	X509_ALGOR *algorithm;
	sign_bytes  value;        /* signature */
	sign_digest digest;
	time_t      this_update, next_update;
	bool        delta, indirect;
	const char *fault;        /* sound bytes, but a rule forbids using it: an unknown critical extension, MD5 */
	ISSUING_DIST_POINT *idp;  /* NULL: covers everything of its issuer */
	uint32_t   *entries;      /* offsets in der of revokedCertificates' members, sorted by serial */
	size_t      count;
} ks_crl;
/* Copies `der`. SIGN_E_FORMAT when the bytes are not a CRL, `name` is for the error; *out is NULL then. */
sign_code ks_crl_parse(sign_bytes der, const char *name, const char *origin, ks_crl **out, sign_error *err);
/* By its first fields, for telling files apart. */
bool      ks_crl_looks_like(sign_bytes file);
void      ks_crl_free(ks_crl *crl);
KS_AUTO_DEFINE(ks_auto_crl, ks_crl, ks_crl_free)
typedef struct { time_t revoked_at; int reason; } ks_crl_entry;
/* The entry for a serial (INTEGER content octets), or false. An entry that only lifts a hold (removeFromCRL) is none. */
bool ks_crl_find(const ks_crl *crl, sign_bytes serial, ks_crl_entry *entry);
/* NULL when `issuer` may sign CRLs and its key verifies this one, else the fault. */
const char *ks_crl_verify(const ks_crl *crl, const ks_cert *issuer);
bool ks_crl_names(const ks_crl *crl, const ks_cert *issuer); /* RFC 5280 7.1 comparison of the names */

/* ---- the trust set ---- */
typedef struct {
	ks_cert           *cert;
	char              *file;  /* "" if given as bytes */
	const ks_known_ca *known; /* its pin, or NULL */
} ks_trust_item;
struct ks_trust {
	ks_trust_item *anchors, *others;
	size_t         anchor_count, anchor_cap, other_count, other_cap;
	ks_crl       **crls;
	size_t         crl_count, crl_cap;
};
sign_code ks_trust_add_cert_from(ks_trust *trust, ks_cert *cert, bool anchor, const char *file, sign_error *err);
ks_cert  *ks_trust_find(const ks_trust *trust, const uint8_t sha256[32]);

/* ---- files and folders (pki_load.c, pki_folder.c) ---- */
/* The certificates and CRLs of one file; either callback may be NULL: finding one then is SIGN_E_NOT_CERT. */
typedef sign_code (*ks_pki_cert_fn)(void *user, ks_cert *cert, sign_error *err);
typedef sign_code (*ks_pki_crl_fn)(void *user, sign_bytes der, sign_error *err);
sign_code ks_pki_read_file(const char *path, ks_pki_cert_fn each, ks_pki_crl_fn each_crl, void *user, sign_error *err);

typedef struct {
	const char *path;  /* folder, "/" and the name */
	const char *name;
	bool        link, folder, regular; /* of what it is or, for a link, of what it leads to */
	unsigned    mode;  /* permission bits of what it leads to */
	unsigned    owner; /* user id of what it leads to */
} ks_folder_entry;
/* Each entry but hidden ones, sorted by name; `each` may descend by calling this again. */
sign_code ks_pki_folder_each(const char *folder,
    sign_code (*each)(void *user, const ks_folder_entry *entry, sign_error *err), void *user, sign_error *err);
bool ks_pki_name_is_read(const char *name); /* one of the suffixes that a folder is searched for */
/* Each file with such a name in the folder and below; `anchors`: it lies beneath a folder of that name. */
typedef sign_code (*ks_pki_file_fn)(void *user, const ks_folder_entry *entry, bool anchors, sign_error *err);
sign_code ks_pki_each_file(const char *folder, ks_pki_file_fn each, void *user, sign_error *err);
sign_code ks_pki_join(const char *folder, const char *name, char **path, sign_error *err); /* malloc'ed */
#define KS_FOLDER_DEPTH 8

/* ---- between two certificates (pki_link.c); all leave OpenSSL's error queue empty ---- */
bool ks_link_names(const ks_cert *cert, const ks_cert *issuer);  /* issuer's subject is cert's issuer */
/* 1: cert's AKI is the issuer's SKI; 0: one of them is absent; -1: they differ */
int  ks_link_key(const ks_cert *cert, const ks_cert *issuer);
bool ks_link_signed(const ks_cert *cert, const ks_cert *issuer); /* the signature holds under issuer's key */
bool ks_link_self_signed(const ks_cert *cert);
const char *ks_link_ca_fault(const ks_cert *issuer, bool anchor); /* NULL: may issue certificates */
/*
 * Path length, name constraints and critical extensions of a chain whose links were verified (RFC 5280 6.1); dates are not
 * looked at. *fault is NULL when all hold.
 */
sign_code ks_link_chain_fault(ks_cert *const *chain, size_t length, const char **fault, sign_error *err);
/*
 * Does cert name a known authority, `ca` being that authority's pinned certificate, without being signed by it?
 * (design.md 7; domain.md 0.10). Costs one signature check.
 */
bool ks_link_impersonates(const ks_cert *cert, const ks_cert *ca);

const ks_known_ca *ks_known_of(const ks_cert *cert); /* by fingerprint */

#endif
