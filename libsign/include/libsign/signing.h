/** @file
 * Signing documents: one at a time with a worker, or whole folders with batch.h.
 */
#ifndef LIBSIGN_SIGNING_H
#define LIBSIGN_SIGNING_H

#include <libsign/key.h>
#include <libsign/stream.h>

SIGN_BEGIN_DECLS

/**
 * One thread's working state: prefetched algorithms, buffers, caches. Make one per thread; everything else (keys,
 * verifiers) may be shared between threads.
 */
typedef struct sign_worker sign_worker;
SIGN_API sign_code sign_worker_new(sign_worker **worker, sign_error *err) SIGN_MUST_CHECK;
SIGN_API void      sign_worker_free(sign_worker *worker);

typedef enum {
	SIGN_DURABILITY_GROUP = 0, /**< synced in groups before they appear: done means on disk */
	SIGN_DURABILITY_EACH,      /**< each file synced by itself */
	SIGN_DURABILITY_NONE,      /**< left to the system */
} sign_durability;

/** How and what to sign. Born from SIGN_OPTIONS_INIT; texts are UTF-8, borrowed, NULL if not wanted. */
typedef struct {
	sign_form       form;       /**< SIGN_FORM_ASICE_CADES, _ASICS_CADES or _CADES_DETACHED */
	sign_scheme     scheme;     /**< NONE: by key */
	sign_digest     digest;     /**< NONE: by key (SHA-256; P-384 SHA-384, P-521 SHA-512) */
	sign_role       role;       /**< AGENCY: see sign_add(); COPY and APPENDIX are written as the claimed role */
	const char     *title;      /**< claimed role of the signer ("Phó Giám đốc"), at most 256 bytes */
	const char     *place;      /**< claimed place of signing */
	const char     *commitment; /**< "origin", "receipt", "delivery", "sender", "approval" or "creation" */
	const char     *override_reason; /**< why the agency signs without the person's signature; becomes a signed attribute */
	time_t          signing_time; /**< 0: now, or SOURCE_DATE_EPOCH where set */
	bool            deflate;    /**< compress documents in containers */
	bool            force;      /**< replace an existing output */
	bool            again;      /**< sign even what this certificate has signed already */
	sign_durability durability;
} sign_options;
#define SIGN_OPTIONS_INIT                                                                                             \
	{                                                                                                             \
		SIGN_FORM_ASICE_CADES, SIGN_SCHEME_NONE, SIGN_DIGEST_NONE, SIGN_ROLE_UNKNOWN, NULL, NULL, NULL, NULL, \
		    0, false, false, false, SIGN_DURABILITY_GROUP                                                     \
	}

/** The usual output name: "a.pdf" → "a.pdf.asice" (".asics", ".p7s"). malloc'ed; NULL without memory. */
SIGN_API char *sign_output_name(const char *path, sign_form form);

/**
 * Sign one document in one pass over it; any size. The output appears whole or not at all.
 *
 * @retval SIGN_E_EXISTS   the output is there and holds something else (never replaced without options.force)
 * @retval SIGN_E_ALREADY  the output is there, and this certificate has signed these very bytes in it: nothing to do
 * @retval SIGN_E_CHANGED  the document changed while it was read
 * @retval SIGN_E_NAME     its name cannot be an entry of a container
 * @retval SIGN_E_ROLE     options.role is AGENCY: a document that the person has not signed (use sign_add())
 */
SIGN_API sign_code sign_document(sign_worker *worker, sign_key *key, const char *path, const char *output,
    const sign_options *options, sign_error *err) SIGN_MUST_CHECK;

/**
 * Several documents in one ASiC-E container, one signature over all. `next` gives path and entry name until it returns
 * false; both are borrowed until the following call. At least one document (SIGN_E_NOTHING).
 */
typedef bool (*sign_next_document)(void *user, const char **path, const char **entry_name);
SIGN_API sign_code sign_bundle(sign_worker *worker, sign_key *key, sign_next_document next, void *user,
    const char *output, const sign_options *options, sign_error *err) SIGN_MUST_CHECK;

typedef struct sign_verifier sign_verifier; /* verify.h */

/**
 * Add a parallel signer to a container or .p7s. What was there stays byte for byte: in ASiC-E every entry, in ASiC-S and
 * .p7s every earlier signature.
 *
 * @param output    another file, or the same path: then options.force must be set (--in-place)
 * @param content   for a .p7s: its document; NULL: the same name without ".p7s"
 * @param verifier  needed for role AGENCY: the person's signature must be TOTAL-PASSED, or lack only a revocation answer
 *                  (Decree 30/2020, article 32.2d); NULL otherwise
 * @param warned    [out] may be NULL: set when the person's signature was accepted without a revocation answer
 * @retval SIGN_E_ROLE     no acceptable signature of a person, and no options.override_reason
 * @retval SIGN_E_ALREADY  this certificate has signed the same bytes; nothing is written
 */
SIGN_API sign_code sign_add(sign_worker *worker, sign_key *key, const char *path, const char *content, const char *output,
    const sign_options *options, const sign_verifier *verifier, bool *warned, sign_error *err) SIGN_MUST_CHECK;

SIGN_END_DECLS
#endif
