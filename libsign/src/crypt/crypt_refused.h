/*
 * Remembering which PINs a token refused, so that an unattended run never tries one twice. Floor: crypt, private.
 */
#ifndef KS_CRYPT_REFUSED_H
#define KS_CRYPT_REFUSED_H

#include "crypt_key.h"

/* A token's identity in the file: 64 hex digits. */
#define KS_REFUSED_TOKEN_TEXT 65

/* SIGN_E_PIN_REFUSED if `secret` is recorded for this token; SIGN_E_* if the file cannot be read or made. */
sign_code ks_refused_check(
    const char *path, const char token[KS_REFUSED_TOKEN_TEXT], const ks_secret *secret, sign_error *err);
/* On disk when it returns. */
sign_code ks_refused_add(
    const char *path, const char token[KS_REFUSED_TOKEN_TEXT], const ks_secret *secret, sign_error *err);
/* The token accepted a PIN: what was refused before says no more. */
sign_code ks_refused_forget(const char *path, const char token[KS_REFUSED_TOKEN_TEXT], sign_error *err);

#endif
