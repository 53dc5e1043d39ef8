/*
 * Tokens for the tests of crypt.
 */
#include "crypt_p11_support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

char *
token_new(const char *names)
{
	char *folder = test_folder();
	char  command[4096], path[4096];
	int   status;

	snprintf(command, sizeof(command), "%s/tests/p11/make-token '%s' %s '%s' %s %s", KS_SOURCE_DIR, folder, SAMPLES,
	    "KYSO Mẫu", TOKEN_PIN, names != NULL ? names : "person person-ec");
	status = system(command);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		const char *ci = getenv("CI");

		cr_assert(ci == NULL || strcmp(ci, "true") != 0, "SoftHSM and pkcs11-tool are needed");
		cr_skip_test("no SoftHSM here");
	}
	cr_assert_eq(status, 0, "%s", command);
	snprintf(path, sizeof(path), "%s/softhsm2.conf", folder);
	setenv("SOFTHSM2_CONF", path, 1);
	snprintf(path, sizeof(path), "%s/log", folder);
	setenv("P11FAKE_LOG", path, 1);
	setenv("P11FAKE_PIN", TOKEN_PIN, 1);
	token_faults("");
	return folder;
}

void
token_free(char *folder)
{
	test_folder_remove(folder);
}

void
token_faults(const char *faults)
{
	setenv("P11FAKE", faults, 1);
}

unsigned
token_count(const char *folder, const char *line)
{
	char     path[4096], text[64];
	unsigned count = 0;
	FILE    *f;

	snprintf(path, sizeof(path), "%s/log", folder);
	f = fopen(path, "re");
	while (f != NULL && fgets(text, sizeof(text), f) != NULL) {
		text[strcspn(text, "\n")] = '\0';
		count += strcmp(text, line) == 0;
	}
	if (f != NULL)
		fclose(f);
	return count;
}

static sign_code
ask(void *user, const sign_secret_request *request, char *secret, size_t cap, size_t *len, sign_error *err)
{
	token_asker *a = user;

	a->asked++;
	a->last = *request;
	cr_expect_str_eq(request->token, "KYSO Mẫu");
	snprintf(a->holder, sizeof(a->holder), "%s", request->cert != NULL ? sign_cert_name(request->cert) : "");
	*len = 0;
	if (request->pin_pad)
		return SIGN_OK;
	if (a->pin == NULL)
		return ks_fail(err, SIGN_E_PIN_MISSING, "test");
	*len = strlen(a->pin);
	cr_assert_leq(*len, cap);
	memcpy(secret, a->pin, *len);
	return SIGN_OK;
}

sign_key_options
token_options(token_asker *asker)
{
	sign_key_options options = SIGN_KEY_OPTIONS_INIT;

	options.ask = ask;
	options.ask_user = asker;
	options.module = P11FAKE;
	return options;
}
