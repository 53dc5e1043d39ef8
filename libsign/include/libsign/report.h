/** @file
 * What a verification found: one verdict object, rendered for people or programs, or read field by field.
 */
#ifndef LIBSIGN_REPORT_H
#define LIBSIGN_REPORT_H

#include <libsign/error.h>

SIGN_BEGIN_DECLS

typedef struct sign_report           sign_report;
typedef struct sign_report_signature sign_report_signature;
typedef struct sign_report_file      sign_report_file;

SIGN_API void sign_report_free(sign_report *report);

/** The document's verdict: the worst over its signatures (counter-signatures aside), its coverage and, with a role policy, its roles. */
SIGN_API sign_verdict sign_report_verdict(const sign_report *report);
SIGN_API sign_sub     sign_report_sub(const sign_report *report);
/** The exit code `kyso verify` gives for it: 0, 2, 3 or 4. */
SIGN_API int          sign_report_exit(const sign_report *report);
SIGN_API const char  *sign_report_name(const sign_report *report);
SIGN_API sign_form    sign_report_form(const sign_report *report);

SIGN_API size_t sign_report_signature_count(const sign_report *report);
/** NULL past the end; lives as long as the report, as do all texts below ("" when absent, never NULL). */
SIGN_API const sign_report_signature *sign_report_signature_at(const sign_report *report, size_t index);
SIGN_API sign_verdict sign_signature_verdict(const sign_report_signature *s);
SIGN_API sign_sub     sign_signature_sub(const sign_report_signature *s);
SIGN_API bool         sign_signature_intact(const sign_report_signature *s); /**< bytes and value hold; says nothing of trust */
/**
 * The index of the signature that this one countersigns; SIZE_MAX for an ordinary signature. A counter-signature covers no
 * file, fills no role, and its verdict is not part of the document's: anyone can add one.
 */
SIGN_API size_t       sign_signature_countersigns(const sign_report_signature *s);
SIGN_API sign_role    sign_signature_role(const sign_report_signature *s);
SIGN_API const char  *sign_signature_signer(const sign_report_signature *s); /**< common name */
SIGN_API const char  *sign_signature_fingerprint(const sign_report_signature *s); /**< SHA-256 of the signer's certificate */
SIGN_API const char  *sign_signature_title(const sign_report_signature *s);
SIGN_API bool         sign_signature_claimed_time(const sign_report_signature *s, time_t *when); /**< a claim, not proof */

SIGN_API size_t sign_report_file_count(const sign_report *report);
SIGN_API const sign_report_file *sign_report_file_at(const sign_report *report, size_t index);
SIGN_API const char *sign_file_name(const sign_report_file *f);
/** Covered by at least one signature, and unchanged for every signature that covers it. */
SIGN_API bool        sign_file_covered(const sign_report_file *f);

/** How text is shaped. */
typedef enum {
	SIGN_REPORT_TEXT = 0,  /**< the block of design.md 5 */
	SIGN_REPORT_LINE,      /**< one line a file */
	SIGN_REPORT_JSON,      /**< one indented object */
	SIGN_REPORT_JSONL,     /**< one object on one line */
} sign_report_format;

/**
 * Render the report. Text is in the language of sign_language_set() and escaped for terminals; JSON is UTF-8, English
 * codes, UTC times. Schema: kyso-report(5).
 * @param width   columns of the terminal for text (0: 80)
 * @param colour  ANSI colours for the verdicts
 * @param text    [out] NUL-terminated, yours, free()
 */
SIGN_API sign_code sign_report_render(const sign_report *report, sign_report_format format, unsigned width, bool colour,
    char **text, sign_error *err) SIGN_MUST_CHECK;

SIGN_END_DECLS
#endif
