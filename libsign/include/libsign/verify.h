/** @file
 * Judging signatures: what is trusted, by which policy, and the verdict; looking inside; extracting what was judged.
 */
#ifndef LIBSIGN_VERIFY_H
#define LIBSIGN_VERIFY_H

#include <libsign/report.h>
#include <libsign/signing.h>
#include <libsign/trust.h>

SIGN_BEGIN_DECLS

/** Born from SIGN_VERIFY_OPTIONS_INIT; everything is borrowed for the call that takes it. */
typedef struct {
	const char        *policy;   /**< "default", "official" or the path of a JSON file; NULL: "default" */
	int                revocation; /**< -1: as the policy says, 0: required, 1: if available */
	time_t             at;       /**< 0: now; else a what-if time that proves nothing */
	const char *const *expect;   /**< NULL-terminated: a name glob, an e-mail address or a fingerprint (>= 16 hex digits) each; may be NULL */
} sign_verify_options;
#define SIGN_VERIFY_OPTIONS_INIT { NULL, -1, 0, NULL }

/**
 * Before signing: is the key's certificate, or a CA above it, revoked as far as the CRLs of `trust` tell?
 *
 * @param chain_complete  [out] whether the chain ends at an anchor of `trust`; recipients will need it to
 * @retval SIGN_E_CERT_REVOKED  revoked or on hold; err->subject names it, err->detail the day
 */
SIGN_API sign_code sign_key_check_trust(const sign_key *key, const sign_trust *trust, time_t now, bool *chain_complete,
    sign_error *err) SIGN_MUST_CHECK;

/**
 * Does the key's certificate read as what it signs as? A copy and an appendix are the agency's.
 *
 * @param policy  whose rules read the certificate; NULL: "official"
 * @param as      the role it is to sign in
 * @param read    [out] the role that recipients will read; SIGN_ROLE_UNKNOWN is no error
 * @retval SIGN_E_ROLE_KEY  it reads as another role; err->detail is sign_role_name() of that
 */
SIGN_API sign_code sign_key_check_role(const sign_key *key, const char *policy, sign_role as, sign_role *read,
    sign_error *err) SIGN_MUST_CHECK;

/**
 * What to judge by. Shared by threads, never changed.
 * @param trust  anchors, intermediates and CRLs; borrowed: must outlive the verifier
 */
SIGN_API sign_code sign_verifier_new(const sign_trust *trust, const sign_verify_options *options, sign_verifier **verifier,
    sign_error *err) SIGN_MUST_CHECK;
SIGN_API void sign_verifier_free(sign_verifier *verifier);

/**
 * Judge every signature in a container, .p7s or .p7m (ETSI EN 319 102-1).
 *
 * @param content  the document of a detached signature; NULL: "x" beside "x.p7s" if it is there
 * @param report   [out] yours, sign_report_free(). Set with SIGN_OK and SIGN_E_NOT_PASSED, NULL with any other result
 *
 * @retval SIGN_OK            at least one signature, all TOTAL-PASSED, every file covered, the policy content
 * @retval SIGN_E_NOT_PASSED  the check ran and something did not pass: read *report
 * @retval SIGN_E_NOT_SIGNED  an ordinary document that carries no signature
 * @retval SIGN_E_UNSUPPORTED recognised, not examined by this version; err->detail names the form
 * @retval SIGN_E_FORMAT, SIGN_E_NAME, SIGN_E_LIMIT  malformed or dangerous
 */
SIGN_API sign_code sign_verify(sign_worker *worker, const sign_verifier *verifier, const char *path, const char *content,
    sign_report **report, sign_error *err) SIGN_MUST_CHECK;

/** The same over a buffer (a mail attachment, a database field); `name` is used in sentences. */
SIGN_API sign_code sign_verify_memory(sign_worker *worker, const sign_verifier *verifier, const char *name, sign_bytes data,
    const sign_bytes *content, sign_report **report, sign_error *err) SIGN_MUST_CHECK;

/** The form of a file, by its content. */
SIGN_API sign_code sign_detect(const char *path, sign_form *form, sign_error *err) SIGN_MUST_CHECK;

/** What is inside, no trust judged: rendered as sign_report_render() does. */
SIGN_API sign_code sign_show(sign_worker *worker, const char *path, sign_report_format format, unsigned width, bool colour,
    char **text, sign_error *err) SIGN_MUST_CHECK;

/** One per file: SIGN_OK written, or why not (SIGN_E_NOT_COVERED, SIGN_E_DIGEST, SIGN_E_EXISTS, SIGN_E_NAME...). */
typedef void (*sign_extracted_fn)(void *user, const char *name, sign_code code, const sign_error *err);

/**
 * Judge, then write the documents out beneath `folder` (made if missing). TOTAL-PASSED is written; INDETERMINATE with
 * intact coverage is written unless `require_valid`; a failed or uncovered file is never written. Each file is digested
 * again while it is written and appears only if it is what was judged. Nothing outside the folder, nothing replaced.
 *
 * @param report  [out] as sign_verify()
 * @retval SIGN_OK            all files written, verdict passed
 * @retval SIGN_E_NOT_PASSED  some file was not written, or the verdict is not TOTAL-PASSED: see the report and `each`
 */
SIGN_API sign_code sign_extract(sign_worker *worker, const sign_verifier *verifier, const char *path, const char *folder,
    bool require_valid, sign_extracted_fn each, void *user, sign_report **report, sign_error *err) SIGN_MUST_CHECK;

SIGN_END_DECLS
#endif
