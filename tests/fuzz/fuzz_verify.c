/*
 * The whole verifier over memory, trusting the sample authority: any file, alone and as signature of a fixed document. The
 * result code and the report never contradict each other, and every shape of the report can be made.
 */
#include "fuzz.h"

#include <libsign/libsign.h>

static const char document[] = "Quyết định số 01/QĐ-SM";

static sign_worker   *worker;
static sign_verifier *verifier;

static void
set_up(void)
{
	sign_verify_options options = SIGN_VERIFY_OPTIONS_INIT;
	sign_trust         *trust = NULL; /* lives as long as the process */

	if (verifier != NULL)
		return;
	options.policy = "official";
	FUZZ_CHECK(sign_worker_new(&worker, NULL) == SIGN_OK);
	FUZZ_CHECK(sign_trust_new(&trust, NULL) == SIGN_OK);
	FUZZ_CHECK(sign_trust_add_path(trust, KS_SOURCE_DIR "/keys-sample/trust", NULL) == SIGN_OK);
	FUZZ_CHECK(sign_verifier_new(trust, &options, &verifier, NULL) == SIGN_OK);
}

static void
render(const sign_report *report)
{
	static const sign_report_format formats[] = { SIGN_REPORT_TEXT, SIGN_REPORT_LINE, SIGN_REPORT_JSON, SIGN_REPORT_JSONL };

	for (size_t i = 0; i < KS_COUNT(formats); i++) {
		char *text = NULL;

		FUZZ_CHECK(sign_report_render(report, formats[i], 0, false, &text, NULL) == SIGN_OK && text != NULL);
		free(text);
	}
}

static void
judge(sign_bytes data, const sign_bytes *content)
{
	sign_report *report = NULL;
	sign_error   err = SIGN_ERROR_INIT;
	sign_code    rc = sign_verify_memory(worker, verifier, "fuzz", data, content, &report, &err);

	FUZZ_TOLD(rc, err);
	FUZZ_CHECK((rc == SIGN_OK || rc == SIGN_E_NOT_PASSED) == (report != NULL));
	if (report == NULL)
		return;
	FUZZ_CHECK((rc == SIGN_OK) == (sign_report_verdict(report) == SIGN_VERDICT_PASSED && sign_report_exit(report) == 0));
	render(report);
	sign_report_free(report);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const sign_bytes content = KS_BYTES(document, sizeof(document) - 1);

	set_up();
	judge(KS_BYTES(data, size), NULL);
	judge(KS_BYTES(data, size), &content);
	return 0;
}
