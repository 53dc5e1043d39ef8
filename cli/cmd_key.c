/*
 * kyso key list, kyso key check.
 */
#include "key.h"
#include "reports.h"

#include <stdlib.h>
#include <string.h>

/* ---- list ---- */

static void
list_text(FILE *out, const struct key_choice *choice, const sign_cert *cert, const sign_error *err)
{
	char from[DATE_TEXT], until[DATE_TEXT], sentence[2048];

	put_safe(out, choice->name);
	if (choice->as != SIGN_ROLE_UNKNOWN)
		fprintf(out, " (%s)", role_text(choice->as));
	if (strcmp(choice->name, choice->uri) != 0) {
		fputs(": ", out);
		put_safe(out, choice->uri);
	}
	putc('\n', out);
	if (cert == NULL && err->code == SIGN_E_PIN_MISSING) {
		fprintf(out, "  %s\n", _("locked; kyso key check asks for its PIN and tells whose it is"));
		return;
	}
	if (cert == NULL) {
		sign_error_text(err, sentence, sizeof(sentence));
		fputs("  ", out);
		put_safe(out, sentence);
		putc('\n', out);
		return;
	}
	date_text(sign_cert_not_before(cert), from);
	date_text(sign_cert_not_after(cert), until);
	fprintf(out, "  %s ", _("holder"));
	put_safe(out, sign_cert_name(cert));
	fprintf(out, "\n  %s ", _("issuer"));
	put_safe(out, sign_cert_issuer_name(cert));
	fprintf(out, "\n  %s %s\n  %s %s - %s\n  SHA-256 %s\n", _("key"), sign_cert_key(cert), _("valid"), from, until,
	    sign_cert_fingerprint(cert));
}

static void
json_pair(FILE *out, const char *name, const char *value)
{
	fprintf(out, ",\"%s\":", name);
	json_string(out, value);
}

static void
json_moment(FILE *out, const char *name, time_t when)
{
	char      text[40] = "";
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		text[0] = '\0';
	json_pair(out, name, text);
}

static void
list_json(FILE *out, const struct key_choice *choice, const sign_cert *cert, const sign_error *err)
{
	fputs("{\"name\":", out);
	json_string(out, choice->name);
	json_pair(out, "uri", choice->uri);
	json_pair(out, "as", sign_role_name(choice->as));
	if (cert == NULL) {
		json_pair(out, "error", sign_code_name(err->code));
	} else {
		json_pair(out, "holder", sign_cert_subject(cert));
		json_pair(out, "issuer", sign_cert_issuer(cert));
		json_pair(out, "key", sign_cert_key(cert));
		json_moment(out, "notBefore", sign_cert_not_before(cert));
		json_moment(out, "notAfter", sign_cert_not_after(cert));
		json_pair(out, "fingerprint", sign_cert_fingerprint(cert));
	}
	fputs("}", out);
}

typedef void (*list_fn)(FILE *out, const struct key_choice *choice, const sign_cert *cert, const sign_error *err);

static char *
render(list_fn fn, const struct key_choice *choice, const sign_cert *cert, const sign_error *err)
{
	char  *text = NULL;
	size_t len = 0;
	FILE  *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	fn(out, choice, cert, err);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* A key whose PIN nobody gave is listed all the same, with its certificate where that lies open. */
static int
list_one(const struct run *run, struct outlets *o, const char *name)
{
	AUTO(auto_key) sign_key *key = NULL;
	AUTO(auto_trust) sign_trust *holder = NULL;
	AUTO(auto_text) char *text = NULL;
	AUTO(auto_text) char *json = NULL;
	struct key_choice choice;
	sign_error        err = SIGN_ERROR_INIT;
	const sign_cert  *cert = NULL;
	sign_code         code = key_choose(run, name, &choice, &err);

	if (code != SIGN_OK)
		return say_error(run, &err);
	code = key_open(run, &choice, NULL, &key, &err);
	if (code == SIGN_OK)
		cert = sign_key_cert(key);
	else if (code == SIGN_E_PIN_MISSING)
		cert = key_peek(&choice, &holder);
	text = render(list_text, &choice, cert, &err);
	json = render(list_json, &choice, cert, &err);
	if (text == NULL || json == NULL) {
		set_error(&err, SIGN_E_MEMORY, "", "");
		return say_error(run, &err);
	}
	outlets_text(o, text, text);
	outlets_json(o, json, json);
	return code == SIGN_E_PIN_MISSING ? 0 : sign_code_exit(code);
}

int
cmd_key_list(struct run *run)
{
	struct outlets  o;
	sign_config_key key;
	int             rc = outlets_open(&o, run, true);

	for (size_t i = 0; i < run->set.path_count && rc != EXIT_USAGE; i++)
		rc = worse(rc, list_one(run, &o, run->set.paths[i]));
	for (size_t i = 0; run->set.path_count == 0 && rc != EXIT_USAGE && sign_config_key_at(run->config, i, &key); i++)
		rc = worse(rc, list_one(run, &o, key.name));
	if (rc == 0 && run->set.path_count == 0 && sign_config_key_count(run->config) == 0 && run->set.quiet == 0)
		say(_("no key is configured; name a key file, or add a [key NAME] to kyso.conf"));
	rc = worse(rc, outlets_close(&o, run));
	outlets_clear(&o);
	return rc;
}

/* ---- check ---- */

int
cmd_key_check(struct run *run)
{
	AUTO(auto_key) sign_key *key = NULL;
	AUTO(auto_trust) sign_trust *trust = NULL;
	AUTO(auto_text) char *prompt = NULL;
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
	if (code == SIGN_OK && asprintf(&prompt, _("PIN or passphrase of the key %s:"), choice.name) < 0) {
		prompt = NULL;
		code = set_error(&err, SIGN_E_MEMORY, "", "");
	}
	if (code == SIGN_OK)
		code = key_open(run, &choice, prompt, &key, &err);
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
