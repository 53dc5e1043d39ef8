/*
 * Sign one document and judge the result with libsign.
 *   cc sign_verify.c $(pkg-config --cflags --libs libsign) -o sign_verify
 *   ./sign_verify key.pem trust/ letter.pdf        (an unencrypted key; its certificate is in the same file)
 */
#include <libsign/libsign.h>

#include <stdio.h>
#include <stdlib.h>

static int
fail(const sign_error *err)
{
	char text[1024];

	sign_error_text(err, text, sizeof(text));
	fprintf(stderr, "%s\n", text);
	return sign_code_exit(err->code);
}

int
main(int argc, char **argv)
{
	sign_error err = SIGN_ERROR_INIT;
	sign_options sign = SIGN_OPTIONS_INIT;
	sign_key_options open = SIGN_KEY_OPTIONS_INIT;
	sign_verify_options judge = SIGN_VERIFY_OPTIONS_INIT;
	sign_worker *worker = NULL;
	sign_key *key = NULL;
	sign_trust *trust = NULL;
	sign_verifier *verifier = NULL;
	sign_report *report = NULL;
	char *output = argc == 4 ? sign_output_name(argv[3], sign.form) : NULL;
	char *text = NULL;
	sign_code code = output != NULL ? sign_worker_new(&worker, &err) : SIGN_E_USAGE;

	if (code == SIGN_OK && (code = sign_key_open(argv[1], &open, &key, &err)) == SIGN_OK)
		code = sign_document(worker, key, argv[3], output, &sign, &err);
	if ((code == SIGN_OK || code == SIGN_E_ALREADY) && (code = sign_trust_new(&trust, &err)) == SIGN_OK &&
	    (code = sign_trust_add_path(trust, argv[2], &err)) == SIGN_OK &&
	    (code = sign_verifier_new(trust, &judge, &verifier, &err)) == SIGN_OK)
		code = sign_verify(worker, verifier, output, NULL, &report, &err);
	if (report != NULL && sign_report_render(report, SIGN_REPORT_TEXT, 80, false, &text, &err) == SIGN_OK)
		fputs(text, stdout);
	free(text);
	free(output);
	sign_report_free(report);
	sign_verifier_free(verifier);
	sign_trust_free(trust);
	sign_key_free(key);
	sign_worker_free(worker);
	return code == SIGN_OK ? 0 : code == SIGN_E_USAGE ? 64 : fail(&err);
}
