/*
 * The vectors of tests/vectors through the public API, trusting the sample authority: each has the verdict that its note
 * states, and counter-signatures have theirs beside it.
 */
#include <libsign/libsign.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VECTOR(name) KS_SOURCE_DIR "/tests/vectors/" name

enum { NO_COUNTER = SIGN_VERDICT_NONE };
static const struct {
	const char  *file, *content, *policy;
	sign_verdict want;
	size_t       signatures; /* counter-signatures included */
	int          counter;    /* verdict of the last signature, when it is a counter-signature */
	bool         noted;
} vectors[] = {
	{ VECTOR("two-signers.asice"), NULL, "official", SIGN_VERDICT_PASSED, 2, NO_COUNTER, false },
	{ VECTOR("two-signers.asics"), NULL, "official", SIGN_VERDICT_PASSED, 2, NO_COUNTER, false },
	{ VECTOR("two-signers.p7s"), VECTOR("qd.txt"), "official", SIGN_VERDICT_PASSED, 2, NO_COUNTER, false },
	{ VECTOR("two-signers.p7s"), VECTOR("letter.txt"), "official", SIGN_VERDICT_FAILED, 2, NO_COUNTER, false },
	{ VECTOR("pss.p7s"), VECTOR("qd.txt"), "default", SIGN_VERDICT_PASSED, 1, NO_COUNTER, false },
	{ VECTOR("ec.p7s"), VECTOR("qd.txt"), "default", SIGN_VERDICT_PASSED, 1, NO_COUNTER, false },
	{ VECTOR("counter-signed.p7s"), VECTOR("letter.txt"), "default", SIGN_VERDICT_PASSED, 2, SIGN_VERDICT_PASSED, false },
	/* the agency's counter-signature is not the agency's signature */
	{ VECTOR("counter-signed.p7s"), VECTOR("letter.txt"), "official", SIGN_VERDICT_INDETERMINATE, 2, SIGN_VERDICT_PASSED, false },
	{ VECTOR("counter-signed.p7s"), VECTOR("qd.txt"), "default", SIGN_VERDICT_FAILED, 2, SIGN_VERDICT_PASSED, false },
	{ VECTOR("counter-other.p7s"), VECTOR("letter.txt"), "default", SIGN_VERDICT_PASSED, 2, SIGN_VERDICT_FAILED, true },
};

static sign_report *
judge(size_t row)
{
	sign_verify_options options = SIGN_VERIFY_OPTIONS_INIT;
	sign_error          err = SIGN_ERROR_INIT;
	sign_worker        *worker = NULL;
	sign_trust         *trust = NULL;
	sign_verifier      *verifier = NULL;
	sign_report        *report = NULL;
	sign_code           code;

	options.policy = vectors[row].policy;
	cr_assert_eq(sign_worker_new(&worker, NULL), SIGN_OK);
	cr_assert_eq(sign_trust_new(&trust, NULL), SIGN_OK);
	cr_assert_eq(sign_trust_add_path(trust, KS_SOURCE_DIR "/keys-sample/trust", &err), SIGN_OK, "%s", err.detail);
	cr_assert_eq(sign_verifier_new(trust, &options, &verifier, NULL), SIGN_OK);
	code = sign_verify(worker, verifier, vectors[row].file, vectors[row].content, &report, &err);
	cr_assert_not_null(report, "%s: %s %s", vectors[row].file, sign_code_name(code), err.detail);
	cr_expect_eq(code == SIGN_OK, vectors[row].want == SIGN_VERDICT_PASSED, "%s: %s", vectors[row].file, sign_code_name(code));
	sign_verifier_free(verifier);
	sign_trust_free(trust);
	sign_worker_free(worker);
	return report;
}

ParameterizedTestParameters(vectors, have_the_noted_verdict)
{
	static size_t rows[sizeof(vectors) / sizeof(vectors[0])];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, sizeof(rows) / sizeof(rows[0]));
}

ParameterizedTest(size_t *row, vectors, have_the_noted_verdict)
{
	const char                  *file = vectors[*row].file;
	sign_report                 *report = judge(*row);
	size_t                       count = sign_report_signature_count(report);
	const sign_report_signature *last = sign_report_signature_at(report, count - 1);
	char                        *text = NULL;

	cr_expect_eq(sign_report_verdict(report), vectors[*row].want, "%s: %s", file,
	    sign_verdict_name(sign_report_verdict(report)));
	cr_expect_eq(count, vectors[*row].signatures, "%s: %zu signatures", file, count);
	cr_expect_eq(sign_signature_countersigns(last), vectors[*row].counter == NO_COUNTER ? SIZE_MAX : 0, "%s", file);
	if (vectors[*row].counter != NO_COUNTER) {
		cr_expect_eq((int)sign_signature_verdict(last), vectors[*row].counter, "%s: counter-signature", file);
		cr_expect_eq(sign_signature_role(last), SIGN_ROLE_UNKNOWN, "%s: a role", file);
	}
	cr_assert_eq(sign_report_render(report, SIGN_REPORT_JSON, 0, false, &text, NULL), SIGN_OK);
	cr_expect_eq(strstr(text, "COUNTERSIGNATURE_FAILED") != NULL, vectors[*row].noted, "%s: %s", file, text);
	free(text);
	sign_report_free(report);
}
