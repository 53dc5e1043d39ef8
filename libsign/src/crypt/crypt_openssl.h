/*
 * What the rooms that own OpenSSL types share: error conversion, prefetched digests, releases for KS_AUTO. Floor: crypt;
 * included by crypt, pki and cms only.
 */
#ifndef KS_CRYPT_OPENSSL_H
#define KS_CRYPT_OPENSSL_H

#include "crypt.h"
#include "crypt_cert.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/*
 * `return ks_fail_openssl(err, SIGN_E_CRYPTO, subject, "start the digest");` empties OpenSSL's error queue, so that no
 * stale entry explains a later failure, and becomes SIGN_E_MEMORY if the queue says that memory was the reason.
 */
#define ks_fail_openssl(err, code, subject, doing) ks_fail_openssl_from((err), (code), KS_ORIGIN, (subject), (doing))
sign_code ks_fail_openssl_from(sign_error *err, sign_code code, const char *origin, const char *subject,
    const char *doing);
/* Empty OpenSSL's error queue; true if memory was short. For failures that are answers, not errors. */
bool ks_openssl_drain(void);

/* The prefetched algorithm; NULL if this OpenSSL does not offer it. */
const EVP_MD *ks_crypt_md(const ks_crypt *cx, sign_digest d);
/* From OpenSSL's numbers: NID_sha256 and friends; NONE if unknown. */
sign_digest ks_digest_from_nid(int nid);

/*
 * What a public key is, and whether we touch it at all: RSA over 16,384 bits (SIGN_E_LIMIT), RSA exponents that are
 * even, 1 or longer than 256 bits (SIGN_E_FORMAT). An unknown kind of key is KS_KEY_NONE with SIGN_OK.
 * curve: as people write it ("P-256"), static or from OpenSSL's own table; "" if not EC.
 */
#define KS_RSA_MAX_BITS          16384u
#define KS_RSA_MAX_EXPONENT_BITS 256
#define KS_CURVE_TEXT            64
sign_code ks_pkey_describe(const EVP_PKEY *pkey, const char *name, ks_key_type *type, unsigned *bits,
    char curve[KS_CURVE_TEXT], sign_error *err);

KS_AUTO_DEFINE(ks_auto_bio, BIO, BIO_free_all)
KS_AUTO_DEFINE(ks_auto_pkey, EVP_PKEY, EVP_PKEY_free)
KS_AUTO_DEFINE(ks_auto_pkey_ctx, EVP_PKEY_CTX, EVP_PKEY_CTX_free)
KS_AUTO_DEFINE(ks_auto_md_ctx, EVP_MD_CTX, EVP_MD_CTX_free)
KS_AUTO_DEFINE(ks_auto_x509, X509, X509_free)
KS_AUTO_DEFINE(ks_auto_bn, BIGNUM, BN_free)

#endif
