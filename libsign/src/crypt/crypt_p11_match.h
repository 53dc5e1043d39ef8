/*
 * Does a certificate belong to a private key that cannot be seen? By the public parts that the token shows. Floor: crypt,
 * private.
 */
#ifndef KS_CRYPT_P11_MATCH_H
#define KS_CRYPT_P11_MATCH_H

#include "crypt_p11.h"

typedef struct {
	CK_KEY_TYPE type;
	ks_buf      modulus; /* RSA */
	ks_buf      point;   /* EC: the encoded point */
} ks_p11_public;
void ks_p11_public_read(
    const ks_p11_token *token, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, ks_p11_public *public);
void ks_p11_public_clear(ks_p11_public *public);

/* In the order of trust; what is possible is proven by a test signature. */
typedef enum { KS_P11_DIFFERS = 0, KS_P11_POSSIBLE, KS_P11_BELONGS } ks_p11_match;
ks_p11_match ks_p11_match_key(const ks_p11_public *public, const ks_cert *cert);

#endif
