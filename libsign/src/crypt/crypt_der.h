/*
 * As much DER as is needed to find the parts of a certificate in its own bytes and to tell key files apart. Floor: crypt,
 * private; the full walk with BER lives in cms.
 */
#ifndef KS_CRYPT_DER_H
#define KS_CRYPT_DER_H

#include "base.h"

typedef struct {
	uint8_t    tag;
	sign_bytes content, whole;
} ks_der;
/* Take the next element off the front of *rest. false: not definite-length DER, or longer than what is there. */
bool ks_der_take(sign_bytes *rest, ks_der *element);
/* The same, if its tag is this one; *rest is untouched otherwise. */
bool ks_der_take_tag(sign_bytes *rest, uint8_t tag, ks_der *element);
/* Pass over `count` elements with this tag; false if there is another before. */
bool ks_der_skip(sign_bytes *rest, uint8_t tag, unsigned count);
/* Tag of the next element, 0 at the end. */
uint8_t ks_der_peek(sign_bytes rest);

#endif
