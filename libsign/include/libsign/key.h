/** @file
 * Keys that sign: PKCS#12 and PEM files, tokens (PKCS#11), and callbacks, behind one type.
 */
#ifndef LIBSIGN_KEY_H
#define LIBSIGN_KEY_H

#include <libsign/error.h>

SIGN_BEGIN_DECLS

typedef struct sign_key  sign_key;
typedef struct sign_cert sign_cert;

/** What a token reveals about its PIN. */
typedef enum {
	SIGN_PIN_NONE = 0, /**< none is needed, or nothing is known (a key file) */
	SIGN_PIN_READY,
	SIGN_PIN_LOW,      /**< a wrong one was entered since the last right one */
	SIGN_PIN_FINAL,    /**< one more wrong one, and the token locks itself */
	SIGN_PIN_LOCKED,
	SIGN_PIN_UNSET,    /**< the token has none yet */
	SIGN_PIN_EXPIRED,  /**< has to be changed before it serves */
} sign_pin_state;

/** Who asks for a secret, and why it matters; lives as long as the call. */
typedef struct {
	const char      *what;    /**< the key as the user named it */
	const char      *token;   /**< label of the token; "" for a file */
	const sign_cert *cert;    /**< whose key it is, if that can be seen before it is opened; else NULL */
	sign_pin_state   state;
	bool             final_try; /**< the token locks itself if this one is wrong */
	bool             pin_pad; /**< it is typed on the reader: tell the person, give nothing */
} sign_secret_request;

/**
 * Asked for a passphrase or PIN. Write at most `cap_bytes` bytes to `secret` (no NUL needed) and set `*len`; the library
 * wipes the buffer. Return SIGN_E_PIN_MISSING if there is none to give.
 */
typedef sign_code (*sign_secret_fn)(void *user, const sign_secret_request *request, char *secret, size_t cap_bytes,
    size_t *len, sign_error *err);

typedef struct {
	sign_secret_fn ask;      /**< called at most once per key, only if it is encrypted; NULL: SIGN_E_PIN_MISSING */
	void          *ask_user;
	const char    *cert_path; /**< PEM/DER with the certificate (and chain) when it is not in the key file or on the
	                               token; NULL: look there, then (files) in a file of the same name ending .crt, .cer or
	                               .pem */
	const char    *module;    /**< tokens: path of the PKCS#11 module, or a file name in p11-kit's module folder */
	bool           final_try; /**< tokens: a PIN may be tried although it is the last try */
	bool           unattended; /**< tokens: nobody types; a PIN in `refusals` is not tried again (SIGN_E_PIN_REFUSED) */
	const char    *refusals;  /**< tokens: file (0600, made when needed) that remembers, as salted and stretched digests,
	                               the PINs that were refused while unattended; a PIN accepted later clears its token.
	                               NULL: nothing is remembered */
} sign_key_options;
#define SIGN_KEY_OPTIONS_INIT { NULL, NULL, NULL, NULL, false, false, NULL }

/**
 * Open a key: "file:clerk.p12", "file:key.pem", a plain path, or "pkcs11:token=...;id=...;object=..." (RFC 7512).
 *
 * Old PKCS#12 encryptions (RC2, 3DES) are read in a private library context. A key file that others can write is refused
 * (SIGN_E_KEY_UNSAFE).
 *
 * Tokens: the module comes from the options alone; a URI that names another, carries a PIN (pin-value, pin-source) or an
 * attribute that is not known, or fits several tokens or keys, is SIGN_E_USAGE. One login serves all threads; a wrong PIN is
 * tried once. A key that wants its PIN for each signature (CKA_ALWAYS_AUTHENTICATE) keeps it until it is freed, and wipes it
 * then. The module may be used in the process that opened it only, not in one forked from it.
 *
 * @param key  [out] yours, release with sign_key_free(); may be used by several threads at once
 * @retval SIGN_E_PIN_WRONG      the passphrase does not open it (asked once, no retry); detail: what the token says is left
 * @retval SIGN_E_PIN_MISSING    it is encrypted and no passphrase was given
 * @retval SIGN_E_PIN_LOCKED, SIGN_E_PIN_FINAL, SIGN_E_PIN_REFUSED  tokens: the PIN was not tried
 * @retval SIGN_E_KEY_FORMAT     not a key file, or damaged
 * @retval SIGN_E_KEY_NOT_FOUND  no such key on the token
 * @retval SIGN_E_KEY_MISMATCH   no certificate in it belongs to the private key
 * @retval SIGN_E_CERT_MISSING   no certificate found
 * @retval SIGN_E_KEY_ALGORITHM  a key type that kyso does not sign with (DSA, Ed25519, RSA below 2048 or above 8192, curves
 *                               other than P-256, P-384 and P-521)
 * @retval SIGN_E_TOKEN_MODULE, SIGN_E_TOKEN_MISSING, SIGN_E_TOKEN_REMOVED  see there
 * @retval SIGN_E_UNSUPPORTED    an encryption that this machine's OpenSSL does not offer
 */
SIGN_API sign_code sign_key_open(const char *uri, const sign_key_options *options, sign_key **key, sign_error *err)
    SIGN_MUST_CHECK;

/**
 * "Hash out, signature in": make the signature value over `digest`, which `alg` made.
 *
 * @param signature  [out] as CMS carries it: RSA (PKCS#1 v1.5 or PSS with MGF1 of the same digest and a salt of its length,
 *                   as `scheme` says) as long as the modulus; ECDSA the DER of Ecdsa-Sig-Value. At most cap_bytes (1024)
 * @return SIGN_OK, or a code of your own choice with err filled; SIGN_E_TOKEN_REMOVED and the other codes of keys end a
 *         batch, any other fails the one document
 */
typedef sign_code (*sign_callback)(void *user, sign_scheme scheme, sign_digest alg, sign_bytes digest, uint8_t *signature,
    size_t cap_bytes, size_t *len, sign_error *err);

#define SIGN_CALLBACK_SERIAL 1u /**< never two calls at once; without it, several threads may call together */

/**
 * A key that lies elsewhere: an HSM, a signing service, another process. Each value that comes back is checked against the
 * certificate, so that a mistake over there never reaches a document (SIGN_E_KEY_MISMATCH).
 *
 * @param cert   the signing certificate, DER; copied, like everything but `user`
 * @param chain  `count` certificates above it, DER, any order
 * @param name   what errors call the key
 * @param user   handed to `fn`; must live until sign_key_free()
 */
SIGN_API sign_code sign_key_from_callback(sign_bytes cert, const sign_bytes chain[], size_t count, const char *name,
    sign_callback fn, void *user, unsigned flags, sign_key **key, sign_error *err) SIGN_MUST_CHECK;

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

/** What a module shows without any PIN: its tokens, and the certificates on them that are somebody's own. */
typedef struct sign_tokens sign_tokens;

/** Texts are UTF-8 as the token gives them (escape before showing); they live as long as the list. */
typedef struct {
	const char    *label, *serial, *manufacturer, *model;
	const char    *uri;     /**< "pkcs11:token=...;serial=..." */
	sign_pin_state pin;
	bool           pin_pad; /**< the PIN is typed on the reader */
	size_t         key_count;
} sign_token;

typedef struct {
	const char      *uri;   /**< for sign_key_open(), ready to paste */
	const char      *label; /**< of the certificate; "" if it has none */
	const sign_cert *cert;
} sign_token_key;

/**
 * @param module  as in sign_key_options
 * @retval SIGN_E_TOKEN_MODULE  it cannot be loaded, or the library was built without tokens
 */
SIGN_API sign_code sign_tokens_open(const char *module, sign_tokens **tokens, sign_error *err) SIGN_MUST_CHECK;
SIGN_API void      sign_tokens_free(sign_tokens *tokens);
/** false past the end */
SIGN_API bool sign_tokens_at(const sign_tokens *tokens, size_t index, sign_token *token);
SIGN_API bool sign_tokens_key_at(const sign_tokens *tokens, size_t token, size_t index, sign_token_key *key);
/**
 * The token that a URI names, and the certificate of its key as far as it is seen without a PIN (else key->cert is NULL).
 * @retval SIGN_E_TOKEN_MISSING, SIGN_E_USAGE  as sign_key_open()
 */
SIGN_API sign_code sign_tokens_find(const sign_tokens *tokens, const char *uri, sign_token *token, sign_token_key *key,
    sign_error *err) SIGN_MUST_CHECK;
/** Stable machine name: "none", "ready", "low", "final-try", "locked", "unset", "expired". */
SIGN_API const char *sign_pin_state_name(sign_pin_state state);

SIGN_END_DECLS
#endif
