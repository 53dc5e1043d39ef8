/*
 * Private keys: PEM and PKCS#12 today; tokens and callbacks implement the same table later. Floor: crypt.
 */
#ifndef KS_CRYPT_KEY_H
#define KS_CRYPT_KEY_H

#include "crypt.h"
#include "crypt_cert.h"

#include <stdatomic.h>

#include <libsign/key.h> /* sign_key, sign_key_options, sign_secret_fn */

/*
 * Secrets live in OpenSSL's secure heap (ordinary memory where none was set up) and are cleansed on release. The buffer
 * always holds KS_SECRET_MAX_BYTES and a NUL after the secret.
 */
#define KS_SECRET_MAX_BYTES ((size_t)1024)
typedef struct { char *data; size_t len; } ks_secret;
sign_code ks_secret_new(ks_secret *s, sign_error *err); /* empty */
void      ks_secret_clear(ks_secret *s);

#define KS_KEY_NOTE_OLD_ENCRYPTION "old-encryption" /* RC2, 3DES, DES: export it again */
#define KS_KEY_NOTE_WORLD_READABLE "world-readable" /* every user of this machine can read the file */

struct sign_key {
	atomic_int refs;            /* open signers beside the caller: a worker may outlive its key */
	char      *name;            /* as the user named it */
	ks_cert   *cert;            /* the signing certificate */
	ks_cert  **chain;           /* further certificates that came with it, NULL-terminated; without self-signed ones when built */
	char      *fingerprint;     /* hex SHA-256 of cert */
	char       note[128];       /* advice: KS_KEY_NOTE_* words with a space between; "" if none */
	const struct ks_key_ops *ops;
	void      *impl;
};

/*
 * Sign a digest (or, for a later form, let a token do it). `state` is the calling worker's own, made by ops->attach:
 * a prepared EVP_PKEY_CTX for files, a session for tokens; never NULL once attached. Signature value as CMS wants it (ECDSA: DER).
 */
struct ks_key_ops {
	sign_code (*attach)(sign_key *key, ks_crypt *cx, sign_scheme scheme, sign_digest d, void **state, sign_error *);
	sign_code (*sign)(sign_key *key, void *state, sign_bytes digest, uint8_t *value, size_t cap, size_t *len, sign_error *);
	void (*detach)(sign_key *key, void *state);
	void (*free)(sign_key *key);
};

/* A worker's handle on a key with scheme and digest fixed. One per worker. */
typedef struct ks_signer {
	sign_key   *key;   /* a reference of its own: a worker may outlive the caller's */
	ks_crypt   *cx;    /* borrowed */
	sign_scheme scheme; /* never NONE */
	sign_digest digest; /* RSA: SHA-256 unless asked; EC by curve: P-256 SHA-256, P-384 SHA-384, P-521 SHA-512 */
	void       *state;
} ks_signer;
/* scheme NONE and digest NONE choose by key. Refuses what is not allowed for new signatures (SIGN_E_KEY_ALGORITHM). */
sign_code ks_signer_open(ks_signer *s, sign_key *key, ks_crypt *cx, sign_scheme scheme, sign_digest digest, sign_error *err);
sign_code ks_signer_sign(ks_signer *s, sign_bytes digest, uint8_t *value, size_t cap, size_t *len, sign_error *err);
void      ks_signer_close(ks_signer *s); /* after a failed open, or twice: nothing happens */
#define KS_SIGNATURE_MAX_BYTES 1024

/*
 * Before the first signature (design.md 10): not expired, not too early, key usage has digitalSignature or
 * nonRepudiation (no KU extension: fine), EKU if present allows documents (anyExtendedKeyUsage, emailProtection,
 * clientAuth or document signing 1.3.6.1.5.5.7.3.36; a certificate for serverAuth/codeSigning/timeStamping/OCSPSigning
 * only is refused), private key matches, algorithm allowed at `now`.
 */
sign_code ks_key_check(const sign_key *key, time_t now, sign_error *err);
/* Is this use of it reliable at `now` by the algorithm table? SIGN_E_KEY_ALGORITHM with the algorithm and the date. */
sign_code ks_signer_check(const ks_signer *s, time_t now, sign_error *err);

#endif
