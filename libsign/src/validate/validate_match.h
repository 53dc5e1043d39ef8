/* Does a text or a certificate fit a pattern? Shared by role rules and expected signers. Floor: validate. */
#ifndef KS_VALIDATE_MATCH_H
#define KS_VALIDATE_MATCH_H

#include "base.h"
#include "crypt_cert.h"

/* Glob on case-folded, NFC text. Text that is not UTF-8 matches nothing. */
bool ks_match_glob(const char *pattern, const char *text);
/* Equal but for case and normal form. */
bool ks_match_same(const char *a, const char *b);
/* The certificate's SHA-256 starts with these hex digits (colons allowed, at least 16 digits). */
bool ks_match_fingerprint(const char *hex, const ks_cert *cert);
bool ks_match_is_fingerprint(const char *text);

#endif
