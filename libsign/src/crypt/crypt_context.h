/*
 * The inside of ks_crypt: what one worker keeps so that its hot path fetches nothing. Floor: crypt, private.
 */
#ifndef KS_CRYPT_CONTEXT_H
#define KS_CRYPT_CONTEXT_H

#include "crypt_openssl.h"

/* Digest contexts that wait to be used again; one document rarely needs more than two of a kind at once. */
#define KS_CRYPT_IDLE_MAX 4u

/* Certificates by their bytes: sets of a few ways, the longest unused goes. Large ones are not worth their memory. */
#define KS_CERT_CACHE_SETS      32u
#define KS_CERT_CACHE_WAYS      4u
#define KS_CERT_CACHE_MAX_BYTES ((size_t)8 * 1024)
typedef struct {
	ks_cert *cert;
	uint64_t hash, used;
} ks_cert_slot;

/* Prepared verifications by certificate and parameters. */
#define KS_VERIFIER_SLOTS 64u
typedef struct {
	ks_cert      *cert; /* a reference, so that the address stays this certificate's */
	sign_scheme   scheme;
	sign_digest   digest, mgf1;
	int           pss_salt;
	EVP_PKEY_CTX *ctx;
} ks_verifier;

struct ks_crypt {
	EVP_MD       *md[SIGN_DIGEST_COUNT];
	EVP_MD_CTX   *idle[SIGN_DIGEST_COUNT][KS_CRYPT_IDLE_MAX];
	unsigned      idle_count[SIGN_DIGEST_COUNT];
	uint64_t      clock; /* counts look-ups, to find the longest unused */
	ks_cert_slot  certs[KS_CERT_CACHE_SETS][KS_CERT_CACHE_WAYS];
	ks_verifier   verifiers[KS_VERIFIER_SLOTS];
};

void ks_cert_cache_clear(ks_crypt *cx);
void ks_verifiers_clear(ks_crypt *cx);

#endif
