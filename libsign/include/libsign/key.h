/** @file
 * Keys that sign: PKCS#12 and PEM files today, tokens and callbacks behind the same type later.
 */
#ifndef LIBSIGN_KEY_H
#define LIBSIGN_KEY_H

#include <libsign/error.h>

SIGN_BEGIN_DECLS

typedef struct sign_key  sign_key;
typedef struct sign_cert sign_cert;

/**
 * Asked for a passphrase or PIN. Write at most `cap_bytes` bytes to `secret` (no NUL needed) and set `*len`; the library
 * wipes the buffer. Return SIGN_E_PIN_MISSING if there is none to give.
 * @param what  the key as the user named it, for the prompt
 */
typedef sign_code (*sign_secret_fn)(void *user, const char *what, char *secret, size_t cap_bytes, size_t *len,
    sign_error *err);

typedef struct {
	sign_secret_fn ask;      /**< called at most once per key, only if it is encrypted; NULL: SIGN_E_PIN_MISSING */
	void          *ask_user;
	const char    *cert_path; /**< PEM/DER with the certificate (and chain) when it is not in the key file; NULL: look in
	                               the key file, then in a file of the same name ending .crt, .cer or .pem */
} sign_key_options;
#define SIGN_KEY_OPTIONS_INIT { NULL, NULL, NULL }

/**
 * Open a key: "file:clerk.p12", "file:key.pem" or a plain path. Old PKCS#12 encryptions (RC2, 3DES) are read in a
 * private library context. A key file that others can write is refused (SIGN_E_KEY_UNSAFE).
 *
 * @param key  [out] yours, release with sign_key_free(); may be used by several threads at once
 * @retval SIGN_E_PIN_WRONG      the passphrase does not open it (asked once, no retry)
 * @retval SIGN_E_PIN_MISSING    it is encrypted and no passphrase was given
 * @retval SIGN_E_KEY_FORMAT     not a key file, or damaged
 * @retval SIGN_E_KEY_MISMATCH   no certificate in it belongs to the private key
 * @retval SIGN_E_CERT_MISSING   no certificate found
 * @retval SIGN_E_KEY_ALGORITHM  a key type that kyso does not sign with (DSA, Ed25519, RSA below 2048 or above 8192, curves
 *                               other than P-256, P-384 and P-521)
 * @retval SIGN_E_UNSUPPORTED    a "pkcs11:" URI, or an encryption that this machine's OpenSSL does not offer
 */
SIGN_API sign_code sign_key_open(const char *uri, const sign_key_options *options, sign_key **key, sign_error *err)
    SIGN_MUST_CHECK;
SIGN_API void sign_key_free(sign_key *key);

/** May this key sign documents at `now`? Dates, key usage, algorithm, and one test signature (SIGN_E_CERT_*, SIGN_E_KEY_*). */
SIGN_API sign_code sign_key_check(sign_key *key, time_t now, sign_error *err) SIGN_MUST_CHECK;

/** The signing certificate; lives as long as the key. */
SIGN_API const sign_cert *sign_key_cert(const sign_key *key);
/**
 * Advice about the key file: code words with a space between, "" if there is none. "old-encryption": RC2, 3DES or DES,
 * export it again; "world-readable": every user of this machine can read it.
 */
SIGN_API const char *sign_key_note(const sign_key *key);

/** Getters; texts are UTF-8 from the certificate (escape before showing), "" when absent; they live as long as `cert`. */
SIGN_API const char *sign_cert_subject(const sign_cert *cert);
SIGN_API const char *sign_cert_name(const sign_cert *cert); /**< common name, else the subject */
SIGN_API const char *sign_cert_organisation(const sign_cert *cert);
SIGN_API const char *sign_cert_issuer(const sign_cert *cert);
SIGN_API const char *sign_cert_issuer_name(const sign_cert *cert);
SIGN_API const char *sign_cert_serial(const sign_cert *cert); /**< hex */
SIGN_API const char *sign_cert_key(const sign_cert *cert);    /**< "RSA 3072", "EC P-256" */
SIGN_API time_t      sign_cert_not_before(const sign_cert *cert);
SIGN_API time_t      sign_cert_not_after(const sign_cert *cert);
SIGN_API const char *sign_cert_fingerprint(const sign_cert *cert); /**< SHA-256 of the DER, 64 hex digits */
SIGN_API sign_bytes  sign_cert_der(const sign_cert *cert);
SIGN_API bool        sign_cert_is_ca(const sign_cert *cert);

SIGN_END_DECLS
#endif
