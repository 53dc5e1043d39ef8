/*
 * The algorithm table from a parsed file, for tests of damaged ones. Floor: crypt, private.
 */
#ifndef KS_CRYPT_ALGORITHMS_H
#define KS_CRYPT_ALGORITHMS_H

#include "crypt.h"
#include "data.h"

/* *out: yours, free(). */
sign_code ks_algorithms_read(json_t *root, ks_algorithms **out, sign_error *err);

#endif
