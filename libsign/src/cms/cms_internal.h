/*
 * Shared between the files of the cms room only.
 */
#ifndef KS_CMS_INTERNAL_H
#define KS_CMS_INTERNAL_H

#include "cms.h"

#define KS_OID_DATA        "1.2.840.113549.1.7.1"
#define KS_OID_SIGNED_DATA "1.2.840.113549.1.7.2"

/* As ks_tlv_is_der, without looking at elements that begin within one of `opaque`: what is carried, not said. */
bool ks_tlv_is_der_but(sign_bytes whole, const sign_bytes *opaque, size_t count);

/* The octets of an OCTET STRING, joined in the arena if it is constructed. SIGN_E_FORMAT unless `tlv` is one. */
sign_code ks_cms_octets(ks_arena *arena, const ks_tlv *tlv, const char *name, sign_bytes *octets, sign_error *err);

/* Parameters of an AlgorithmIdentifier (what follows its OID) that are left out or NULL. */
bool ks_cms_no_params(sign_bytes params);

/* Scheme, digests and salt from a signatureAlgorithm (the OID and what follows it) into the signer. */
void ks_cms_read_scheme(ks_cms_signer *s, sign_bytes params);

/* DER SET OF order (X.690 11.6): as octet strings, the shorter padded with zeros. */
int ks_cms_compare(sign_bytes a, sign_bytes b);

#endif
