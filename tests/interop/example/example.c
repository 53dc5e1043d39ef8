/* The smallest useful program with libsign: sign a document, then judge the result.
 * Usage: example KEY PIN-FILE TRUST DOCUMENT; writes DOCUMENT.asice and prints the report. */
#include <libsign/libsign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sign_code
ask_file(void *path, const char *what, char *secret, size_t cap_bytes, size_t *len, sign_error *err)
{
	FILE *f = fopen(path, "r");

	(void)what;
	if (f == NULL || cap_bytes == 0 || fgets(secret, (int)cap_bytes, f) == NULL) {
		err->code = SIGN_E_PIN_MISSING;
		*len = 0;
	} else {
		*len = strcspn(secret, "\n");
	}
	if (f != NULL)
		fclose(f);
	return err->code;
}

int
main(int argc, char **argv)
{
	sign_error err = SIGN_ERROR_INIT;
	sign_key_options ask = SIGN_KEY_OPTIONS_INIT;
	sign_options how = SIGN_OPTIONS_INIT;
	sign_verify_options judge = SIGN_VERIFY_OPTIONS_INIT;
	sign_worker *worker = NULL;
	sign_key *key = NULL;
	sign_trust *trust = NULL;
	sign_verifier *verifier = NULL;
	sign_report *report = NULL;
	char *output = NULL, *text = NULL, said[1024];
	sign_code rc = SIGN_E_USAGE;

	if (argc != 5)
		return 64;
	ask.ask = ask_file;
	ask.ask_user = argv[2];
	output = sign_output_name(argv[4], how.form);
	if (output != NULL && (rc = sign_worker_new(&worker, &err)) == SIGN_OK &&
	    (rc = sign_key_open(argv[1], &ask, &key, &err)) == SIGN_OK &&
	    (rc = sign_key_check(key, time(NULL), &err)) == SIGN_OK &&
	    (rc = sign_document(worker, key, argv[4], output, &how, &err)) == SIGN_OK &&
	    (rc = sign_trust_new(&trust, &err)) == SIGN_OK &&
	    (rc = sign_trust_add_path(trust, argv[3], &err)) == SIGN_OK &&
	    (rc = sign_verifier_new(trust, &judge, &verifier, &err)) == SIGN_OK)
		rc = sign_verify(worker, verifier, output, NULL, &report, &err);
	if (report != NULL && sign_report_render(report, SIGN_REPORT_TEXT, 80, false, &text, &err) == SIGN_OK)
		fputs(text, stdout);
	if (rc != SIGN_OK && report == NULL) {
		sign_error_text(&err, said, sizeof(said));
		fprintf(stderr, "example: %s\n", said);
	}
	free(text);
	free(output);
	sign_report_free(report);
	sign_verifier_free(verifier);
	sign_trust_free(trust);
	sign_key_free(key);
	sign_worker_free(worker);
	return sign_code_exit(rc);
}
