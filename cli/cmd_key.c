/*
 * kyso key check: may this key sign documents today?
 */
#include "key.h"
#include "reports.h"

#include <stdlib.h>
#include <string.h>

/* For a token its holder, once the certificate on it is seen. */
static char *
check_prompt(const void *user, const sign_cert *cert)
{
	const struct key_choice *choice = user;
	char                    *text = NULL;
	int                      made;

	made = asprintf(&text, _("PIN or passphrase of the key %s:"), cert != NULL ? sign_cert_name(cert) : choice->name);
	return made >= 0 ? text : NULL;
}

int
cmd_key_check(struct run *run)
{
	AUTO(auto_key) sign_key *key = NULL;
	AUTO(auto_trust) sign_trust *trust = NULL;
	bool              complete = false;
	struct key_choice choice;
	sign_error        err = SIGN_ERROR_INIT;
	const char       *wanted = run->set.key;
	sign_code         code;
	char              until[DATE_TEXT];

	if (run->set.path_count > 1 || (run->set.path_count == 1 && wanted != NULL))
		return say_usage(run->command, _("one key at a time"));
	if (run->set.path_count == 1)
		wanted = run->set.paths[0];
	code = key_choose(run, wanted, &choice, &err);
	if (code == SIGN_OK)
		code = key_open(run, &choice, check_prompt, &choice, &key, &err);
	if (code == SIGN_OK)
		code = sign_key_check(key, time(NULL), &err);
	if (code == SIGN_OK)
		code = open_trust(run, &trust, &err);
	if (code == SIGN_OK)
		code = sign_key_check_trust(key, trust, time(NULL), &complete, &err);
	if (code != SIGN_OK)
		return say_error(run, &err);
	if (run->set.quiet > 0)
		return 0;
	date_text(sign_cert_not_after(sign_key_cert(key)), until);
	put_safe(stdout, choice.name);
	printf(": %s\n", _("fit to sign documents"));
	fputs("  ", stdout);
	put_safe(stdout, sign_cert_name(sign_key_cert(key)));
	printf(_(", %s, until %s\n"), sign_cert_key(sign_key_cert(key)), until);
	return 0;
}
