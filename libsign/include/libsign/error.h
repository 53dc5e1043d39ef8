/** @file
 * One caller-owned error value: no allocation, no hidden thread state, one per document in a batch.
 */
#ifndef LIBSIGN_ERROR_H
#define LIBSIGN_ERROR_H

#include <libsign/types.h>

SIGN_BEGIN_DECLS

/** Result of every fallible call. Numbers are stable; scripts see the names (sign_code_name()). */
typedef enum {
	SIGN_OK = 0,
	SIGN_E_NOT_PASSED = 1, /**< the check ran and did not pass: read the report */

	SIGN_E_USAGE = 10,     /**< an option or argument contradicts another or is not understood */
	SIGN_E_MEMORY,         /**< out of memory */
	SIGN_E_NOTHING,        /**< the path holds nothing to sign or check */
	SIGN_E_INTERRUPTED,    /**< stopped on request */
	SIGN_E_INTERNAL,       /**< a library we call answered what it never should */

	SIGN_E_NOT_FOUND = 20, /**< no such file or folder */
	SIGN_E_PERMISSION,     /**< may not be read or written */
	SIGN_E_IS_FOLDER,      /**< a folder where a file is needed */
	SIGN_E_NOT_REGULAR,    /**< a device, pipe or socket where a file is needed */
	SIGN_E_READ,           /**< reading failed */
	SIGN_E_WRITE,          /**< writing failed */
	SIGN_E_DISK_FULL,      /**< no space, or read-only */
	SIGN_E_EXISTS,         /**< the output is there already */
	SIGN_E_CHANGED,        /**< the document changed while it was being read */
	SIGN_E_CLASH,          /**< two documents would be written to this one output */

	SIGN_E_FORMAT = 30,    /**< the bytes are not the form they claim to be, or break its rules */
	SIGN_E_LIMIT,          /**< larger, deeper or more than a limit allows */
	SIGN_E_NAME,           /**< a name that escapes its folder or cannot be told apart */
	SIGN_E_UNSUPPORTED,    /**< recognised, but not examined by this version */
	SIGN_E_DIGEST,         /**< a digest differs: the bytes were changed after signing */
	SIGN_E_SIGNATURE,      /**< a signature value does not verify */
	SIGN_E_NOT_SIGNED,     /**< nothing in it is signed */
	SIGN_E_NOT_COVERED,    /**< no signature covers this file */
	SIGN_E_CONTENT_MISSING, /**< a detached signature without its document */
	SIGN_E_NO_CONTENT,     /**< a detached signature holds no document to write out */
	SIGN_E_CONTAINER,      /**< it is signed already: a signer is added to it, or it is signed as a document on purpose */
	SIGN_E_NOT_CERT,       /**< neither a certificate nor a revocation list, or a damaged one */

	SIGN_E_CRYPTO = 50,    /**< an algorithm is not available or failed */
	SIGN_E_PIN_WRONG,      /**< the passphrase or PIN is wrong */
	SIGN_E_PIN_MISSING,    /**< a passphrase or PIN is needed and none was given */
	SIGN_E_KEY_NOT_FOUND,  /**< no such key */
	SIGN_E_KEY_FORMAT,     /**< not a key file, or a damaged one */
	SIGN_E_KEY_MISMATCH,   /**< the private key does not belong to the certificate */
	SIGN_E_KEY_UNSAFE,     /**< others can write the key file */
	SIGN_E_KEY_USAGE,      /**< the certificate may not be used to sign documents */
	SIGN_E_KEY_ALGORITHM,  /**< the key's algorithm or size is not allowed for signing */
	SIGN_E_CERT_MISSING,   /**< the key has no certificate */
	SIGN_E_CERT_EXPIRED,   /**< the certificate has expired */
	SIGN_E_CERT_NOT_YET,   /**< the certificate is not valid yet */
	SIGN_E_CERT_REVOKED,   /**< the certificate is revoked */
	SIGN_E_PIN_LOCKED,     /**< the token has locked its PIN */
	SIGN_E_PIN_FINAL,      /**< one try is left for the PIN, and nobody said that it may be used */
	SIGN_E_PIN_REFUSED,    /**< the token refused this very PIN before; it was not tried again */
	SIGN_E_TOKEN_MISSING,  /**< no such token is plugged in */
	SIGN_E_TOKEN_REMOVED,  /**< the token was pulled out, or answers no more */
	SIGN_E_TOKEN_MODULE,   /**< the PKCS#11 module of the token is not known or cannot be loaded */
	SIGN_E_KEY_UNNAMED,    /**< no key was named, and there is none or more than one to choose from */

	SIGN_E_ROLE = 70,      /**< the agency may sign only what the person signed (Decree 30/2020, art. 32) */
	SIGN_E_ALREADY,        /**< this certificate has signed these bytes already */
	SIGN_E_TRUST,          /**< a trust store or certificate is not acceptable */
	SIGN_E_TRUST_CONFIRM,  /**< adding this certificate needs --fingerprint or a typed confirmation */
	SIGN_E_CONFIG,         /**< the configuration is wrong */
	SIGN_E_LOCKED,         /**< the system's configuration forbids this */
	SIGN_E_DATA,           /**< a data file (algorithms, CAs, policies) is damaged */
	SIGN_E_ROLE_KEY,       /**< the certificate reads as another role than the one it is to sign in */
	SIGN_E_SIGNED_BY_OTHER, /**< the output is there and somebody else has signed it: add a signature, do not replace */
	SIGN_E_ROLE_UNPROVEN,  /**< a person signed, but the signature is not proven: the agency waits */
	SIGN_E_POLICY,         /**< there is no policy of this name */

	SIGN_E_JOURNAL = 90,   /**< the journal is damaged, of another version, or no journal */
	SIGN_E_BUSY,           /**< another process is working in this folder */
	SIGN_E_CHANGED_SINCE,  /**< the document was changed after it was signed */
} sign_code;

/** What went wrong. Born from SIGN_ERROR_INIT; filled once by the call that fails. */
typedef struct {
	sign_code code;
	char      subject[512]; /**< the document or thing it is about, as a person would call it */
	char      where[128];   /**< the spot, e.g. "META-INF/signature001.p7s"; "" if none */
	char      detail[128];  /**< the fact its sentence needs: a date, a limit, an algorithm; "" if none */
	char      origin[48];   /**< "cades_read.c:118", for a bug report */
} sign_error;

#define SIGN_ERROR_INIT { SIGN_OK, "", "", "", "" }

/** Stable name of a code, e.g. "SIGN_E_DIGEST". */
SIGN_API const char *sign_code_name(sign_code code);

/**
 * The sentence for a person, in the language of sign_language_set(), e.g.
 * "\"a.pdf\" was changed after it was signed." and, after a space, what to do.
 *
 * @param text  [out] at least one byte; cut between UTF-8 characters. Not escaped for terminals: see
 *              sign_text_escape().
 */
SIGN_API void sign_error_text(const sign_error *err, char *text, size_t cap_bytes);

/** The documented exit code of `kyso` for a code (design: 0 2 3 4 5 6 7 8 9 10 64). */
SIGN_API int sign_code_exit(sign_code code);

/**
 * Choose the language of all sentences: "en", "vi", or NULL for the locale's.
 * Process-wide (gettext): call it once, before threads start.
 */
SIGN_API void sign_language_set(const char *lang);

/** Copy `text` so that a terminal or log shows it harmlessly: control, BiDi and invalid bytes become \xNN or \u{NNNN}. */
SIGN_API void sign_text_escape(const char *text, char *safe, size_t cap_bytes);

SIGN_END_DECLS
#endif
