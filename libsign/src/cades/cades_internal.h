/*
 * Shared between the files of the cades room only: attribute names and the steps of reading.
 */
#ifndef KS_CADES_INTERNAL_H
#define KS_CADES_INTERNAL_H

#include "cades.h"

#define KS_OID_DATA                  "1.2.840.113549.1.7.1"
#define KS_OID_CONTENT_TYPE          "1.2.840.113549.1.9.3"
#define KS_OID_MESSAGE_DIGEST        "1.2.840.113549.1.9.4"
#define KS_OID_SIGNING_TIME          "1.2.840.113549.1.9.5"
#define KS_OID_COUNTERSIGNATURE      "1.2.840.113549.1.9.6"
#define KS_OID_ALGORITHM_PROTECTION  "1.2.840.113549.1.9.52"
#define KS_OID_CONTENT_HINTS         "1.2.840.113549.1.9.16.2.4"
#define KS_OID_SIGNING_CERT          "1.2.840.113549.1.9.16.2.12"
#define KS_OID_SIGNATURE_TIME_STAMP  "1.2.840.113549.1.9.16.2.14"
#define KS_OID_POLICY                "1.2.840.113549.1.9.16.2.15"
#define KS_OID_COMMITMENT            "1.2.840.113549.1.9.16.2.16"
#define KS_OID_SIGNER_LOCATION       "1.2.840.113549.1.9.16.2.17"
#define KS_OID_SIGNER_ATTRIBUTES     "1.2.840.113549.1.9.16.2.18"
#define KS_OID_CONTENT_TIME_STAMP    "1.2.840.113549.1.9.16.2.20"
#define KS_OID_CERTIFICATE_VALUES    "1.2.840.113549.1.9.16.2.23"
#define KS_OID_REVOCATION_VALUES     "1.2.840.113549.1.9.16.2.24"
#define KS_OID_ARCHIVE_V1            "1.2.840.113549.1.9.16.2.27"
#define KS_OID_SIGNING_CERT_V2       "1.2.840.113549.1.9.16.2.47"
#define KS_OID_ARCHIVE_V2            "1.2.840.113549.1.9.16.2.48"
#define KS_OID_EVIDENCE_INTERNAL     "1.2.840.113549.1.9.16.2.49"
#define KS_OID_EVIDENCE_EXTERNAL     "1.2.840.113549.1.9.16.2.50"
#define KS_OID_LONG_TERM_VALIDATION  "0.4.0.1733.2.2"
#define KS_OID_ARCHIVE_V3            "0.4.0.1733.2.4"
#define KS_OID_MIME_TYPE             "0.4.0.1733.2.1"
#define KS_OID_SIGNER_ATTRIBUTES_V2  "0.4.0.19122.1.1"
#define KS_OID_ROLE                  "2.5.4.72"
#define KS_OID_DESCRIPTION           "2.5.4.13"

#define KS_CADES_MAX_SIGNATURES 10000u /* over all files of one input */
#define KS_CADES_MAX_COUNTERSIGNATURES 100u /* over all files of one input; more are noted, not read */
#define KS_CADES_MAX_TEXT       256u   /* bytes of one claimed text */

/* The attribute's only value as one TLV; false if there is none, more than one, or something after it. */
bool ks_cades_single(const ks_cms_attr *attr, ks_tlv *value);

/* ---- cades_ess.c ---- */
typedef struct {
	bool        present, v1;
	sign_digest alg;            /* NONE: one we do not know */
	sign_bytes  hash;
	sign_bytes  issuer, serial; /* Name TLV, INTEGER content; len 0 if left out */
} ks_ess;
/* signing-certificate (v1 or v2) of a signer, its first reference. false: malformed. Absent is fine. */
bool      ks_cades_ess_read(const ks_cms_signer *s, ks_ess *ess);
sign_code ks_cades_ess_put(ks_buf *out, ks_crypt *cx, const ks_cert *cert, sign_digest alg, sign_error *err);

/* ---- cades_time.c ---- */
sign_code ks_cades_time_put(ks_buf *out, time_t when, sign_error *err);
bool      ks_cades_time_read(const ks_tlv *value, time_t *when);

/* ---- cades_rules.c ---- */
/* The first rule of form that this SignerInfo breaks; NULL if it is sound. `cms` NULL: it is a counter-signature. */
const char *ks_cades_fault(const ks_cms *cms, const ks_cms_signer *s);

/* ---- cades_claims.c ---- */
sign_code ks_cades_claims_read(ks_facts *f, ks_signature *s, const ks_cms_signer *cs, sign_error *err);

#endif
