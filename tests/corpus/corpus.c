/*
 * One test a row: the number of signatures, how many are intact, refusals; and for what this version does not examine,
 * that it says so by name. Nothing ever passes here, since nothing is trusted.
 */
#include "corpus_rows.h"

#include <libsign/libsign.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum group { GROUP_READ, GROUP_LATER, GROUP_ZIP, GROUP_OTHER };

/* Kinds whose facts are given now, kinds that are named and refused, malformed archives, and files that are neither. */
static enum group
group_of(const struct corpus_row *row)
{
	static const char *const read[] = { "asice-cades", "asics-cades", "cades" };
	static const char *const later[] = { "asice-xades", "asics-xades", "asics-tst", "xades", "xades-attacks", "xmldsig",
		"evidence-records" };

	for (size_t i = 0; i < sizeof(read) / sizeof(read[0]); i++)
		if (strcmp(row->kind, read[i]) == 0)
			return strstr(row->path, "tstNoMimeType") != NULL ? GROUP_LATER : GROUP_READ;
	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		if (strcmp(row->kind, later[i]) == 0)
			return GROUP_LATER;
	if (strcmp(row->kind, "malformed-zip") == 0)
		return GROUP_ZIP;
	return strstr(row->path, "cades-lt-with-er") == row->path + strlen("asic-evidence-records/") &&
	        strstr(row->path, "xades") == NULL
	    ? GROUP_READ
	    : GROUP_OTHER;
}

struct outcome {
	sign_code    code;
	sign_error   err;
	sign_report *report;
};

static void
judge(const struct corpus_row *row, struct outcome *out)
{
	sign_verify_options options = SIGN_VERIFY_OPTIONS_INIT;
	sign_worker        *worker = NULL;
	sign_trust         *trust = NULL;
	sign_verifier      *verifier = NULL;
	char                path[4096];
	char                content[4096];

	*out = (struct outcome){ SIGN_OK, SIGN_ERROR_INIT, NULL };
	snprintf(path, sizeof(path), "%s/%s", corpus_folder(), row->path);
	snprintf(content, sizeof(content), "%s/%s", corpus_folder(), row->content);
	cr_assert_eq(sign_worker_new(&worker, NULL), SIGN_OK);
	cr_assert_eq(sign_trust_new(&trust, NULL), SIGN_OK);
	cr_assert_eq(sign_verifier_new(trust, &options, &verifier, NULL), SIGN_OK);
	out->code = sign_verify(worker, verifier, path, row->content[0] != '\0' ? content : NULL, &out->report, &out->err);
	sign_verifier_free(verifier);
	sign_trust_free(trust);
	sign_worker_free(worker);
}

static void
count_signatures(const sign_report *report, int *good, int *all)
{
	*all = (int)sign_report_signature_count(report);
	*good = 0;
	for (int i = 0; i < *all; i++)
		*good += sign_signature_intact(sign_report_signature_at(report, (size_t)i)) ? 1 : 0;
}

static bool
is_refusal(sign_code code)
{
	return code == SIGN_E_FORMAT || code == SIGN_E_NAME || code == SIGN_E_LIMIT;
}

static void
expect_read(const struct corpus_row *row, const struct outcome *out)
{
	int good = 0;
	int all = 0;

	if (out->report == NULL) {
		cr_expect_fail("%s: no facts: %s %s %s", row->path, sign_code_name(out->code), out->err.where, out->err.detail);
		return;
	}
	count_signatures(out->report, &good, &all);
	if (row->has_sigs) {
		cr_expect_eq(good, row->good, "%s: %d of %d intact, expected %s", row->path, good, all, row->expected);
		cr_expect_eq(all, row->all, "%s: %d signatures, expected %s", row->path, all, row->expected);
	} else {
		cr_expect(strncmp(row->expected, "indeterminate", 13) == 0, "%s: a row with no counts: %s", row->path, row->expected);
		cr_expect_eq(good, 0, "%s: %d intact, expected %s", row->path, good, row->expected);
		cr_expect_gt(all, 0, "%s: no signature, expected %s", row->path, row->expected);
	}
}

static void
expect_zip(const struct corpus_row *row, const struct outcome *out)
{
	if (strncmp(row->expected, "refused", 7) == 0 || strcmp(row->expected, "malformed") == 0 ||
	    strncmp(row->expected, "malformed;", 10) == 0)
		cr_expect(is_refusal(out->code), "%s: %s, expected %s", row->path, sign_code_name(out->code), row->expected);
	else if (strncmp(row->expected, "intact", 6) == 0) /* XAdES inside: the archive opens, the form is named */
		cr_expect_eq(out->code, SIGN_E_UNSUPPORTED, "%s: %s %s", row->path, sign_code_name(out->code), out->err.detail);
	else
		cr_expect(is_refusal(out->code) || out->code == SIGN_E_NOT_SIGNED || out->code == SIGN_E_NOT_PASSED,
		    "%s: %s, expected %s", row->path, sign_code_name(out->code), row->expected);
}

static void
expect_later(const struct corpus_row *row, const struct outcome *out)
{
	if (strncmp(row->expected, "refused", 7) == 0 || strncmp(row->expected, "malformed", 9) == 0)
		cr_expect(is_refusal(out->code) || out->code == SIGN_E_UNSUPPORTED, "%s: %s", row->path, sign_code_name(out->code));
	else {
		cr_expect_eq(out->code, SIGN_E_UNSUPPORTED, "%s: %s %s %s", row->path, sign_code_name(out->code), out->err.where,
		    out->err.detail);
		cr_expect_neq(out->err.detail[0], '\0', "%s: the form is not named", row->path);
	}
	cr_expect_eq(sign_code_exit(SIGN_E_UNSUPPORTED), 7);
}

ParameterizedTestParameters(corpus, gives_the_expected_facts)
{
	static size_t indices[CORPUS_MAX_ROWS];
	size_t        count;

	corpus_rows(&count);
	for (size_t i = 0; i < count; i++)
		indices[i] = i;
	/* an empty table would be a test that cannot fail: the next test sees to that */
	return cr_make_param_array(size_t, indices, count);
}

ParameterizedTest(size_t *index, corpus, gives_the_expected_facts, .timeout = 60)
{
	size_t                   count;
	const struct corpus_row *row = &corpus_rows(&count)[*index];
	struct outcome           out;

	judge(row, &out);
	cr_expect_neq(out.code, SIGN_OK, "%s: passes although nothing is trusted", row->path);
	switch (group_of(row)) {
	case GROUP_READ:
		expect_read(row, &out);
		break;
	case GROUP_LATER:
		expect_later(row, &out);
		break;
	case GROUP_ZIP:
		expect_zip(row, &out);
		break;
	case GROUP_OTHER: /* documents, OpenDocument, bare XML: never valid, never a crash */
		break;
	}
	sign_report_free(out.report);
}

Test(corpus, is_there)
{
	size_t count;

	corpus_rows(&count);
	if (count == 0 && getenv("CI") == NULL)
		cr_skip("no corpus at %s", corpus_folder());
	cr_expect_gt(count, 150, "the corpus at %s has %zu rows", corpus_folder(), count);
}
