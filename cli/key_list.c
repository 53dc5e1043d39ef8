/*
 * kyso key list: the configured keys, and what lies on the tokens of the modules that are known. No PIN is asked for,
 * and no token is logged in to.
 */
#include "key.h"
#include "reports.h"

#include <stdlib.h>
#include <string.h>

/* One key to show; what is not known is NULL. */
struct shown {
	const struct key_choice *choice; /* NULL: found on a token */
	const char              *uri;
	const sign_cert         *cert;
	const sign_token        *token;
	const sign_error        *err;
};

static const char *
pin_text(sign_pin_state state)
{
	switch (state) {
	case SIGN_PIN_READY:
		return _("PIN ready");
	case SIGN_PIN_LOW:
		return _("few tries of the PIN are left");
	case SIGN_PIN_FINAL:
		return _("one try of the PIN is left");
	case SIGN_PIN_LOCKED:
		return _("PIN LOCKED");
	case SIGN_PIN_UNSET:
		return _("no PIN set yet");
	case SIGN_PIN_EXPIRED:
		return _("the PIN has to be changed");
	case SIGN_PIN_NONE:
		break;
	}
	return _("no PIN needed");
}

/* ---- for people ---- */

static void
put_cert(FILE *out, const sign_cert *cert)
{
	char from[DATE_TEXT], until[DATE_TEXT];

	date_text(sign_cert_not_before(cert), from);
	date_text(sign_cert_not_after(cert), until);
	fprintf(out, "  %s ", _("holder"));
	put_safe(out, sign_cert_name(cert));
	fprintf(out, "\n  %s ", _("issuer"));
	put_safe(out, sign_cert_issuer_name(cert));
	fprintf(out, "\n  %s %s\n  %s %s - %s\n  SHA-256 %s\n", _("key"), sign_cert_key(cert), _("validity"), from, until,
	    sign_cert_fingerprint(cert));
}

static void
put_error(FILE *out, const struct shown *key)
{
	char sentence[2048];

	if (key->err->code == SIGN_E_PIN_MISSING) {
		fprintf(out, "  %s\n", _("locked; kyso key check asks for its PIN and tells whose it is"));
		return;
	}
	sign_error_text(key->err, sentence, sizeof(sentence));
	fputs("  ", out);
	put_safe(out, sentence);
	putc('\n', out);
}

static void
key_text(FILE *out, const struct shown *key)
{
	const struct key_choice *choice = key->choice;

	if (choice != NULL) {
		put_safe(out, choice->name);
		if (choice->as != SIGN_ROLE_UNKNOWN)
			fprintf(out, " (%s)", role_text(choice->as));
	}
	if (choice == NULL || strcmp(choice->name, choice->uri) != 0) {
		fputs(choice != NULL ? ": " : "", out);
		put_safe(out, key->uri);
	}
	putc('\n', out);
	if (key->cert != NULL)
		put_cert(out, key->cert);
	else
		put_error(out, key);
	if (choice != NULL && key->token != NULL) {
		fprintf(out, "  %s ", _("token"));
		put_safe(out, key->token->label);
		fprintf(out, ", %s\n", pin_text(key->token->pin));
	}
}

static void
token_text(FILE *out, const sign_token *token)
{
	fprintf(out, "%s ", _("token"));
	put_safe(out, token->label);
	fputs(", ", out);
	put_safe(out, token->manufacturer);
	putc(' ', out);
	put_safe(out, token->model);
	fprintf(out, ", %s ", _("serial number"));
	put_safe(out, token->serial);
	fprintf(out, ": %s%s\n", pin_text(token->pin), token->pin_pad ? _(", typed on the reader") : "");
	if (token->key_count == 0)
		fprintf(out, "  %s\n", _("no certificate is seen on it without a PIN"));
}

/* ---- for programs ---- */

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
key_json(FILE *out, const struct shown *key)
{
	fputs("{\"name\":", out);
	json_string(out, key->choice != NULL ? key->choice->name : key->uri);
	json_pair(out, "uri", key->uri);
	if (key->choice != NULL)
		json_pair(out, "as", sign_role_name(key->choice->as));
	if (key->token != NULL) {
		json_pair(out, "token", key->token->label);
		json_pair(out, "serial", key->token->serial);
		json_pair(out, "pin", sign_pin_state_name(key->token->pin));
		fprintf(out, ",\"pinPad\":%s", key->token->pin_pad ? "true" : "false");
	}
	if (key->cert == NULL) {
		json_pair(out, "error", sign_code_name(key->err->code));
	} else {
		json_pair(out, "holder", sign_cert_subject(key->cert));
		json_pair(out, "issuer", sign_cert_issuer(key->cert));
		json_pair(out, "key", sign_cert_key(key->cert));
		json_moment(out, "notBefore", sign_cert_not_before(key->cert));
		json_moment(out, "notAfter", sign_cert_not_after(key->cert));
		json_pair(out, "sha256", sign_cert_fingerprint(key->cert));
	}
	fputs("}", out);
}

/* ---- one key ---- */

static char *
render(void (*write)(FILE *out, const struct shown *key), const struct shown *key)
{
	char  *text = NULL;
	size_t len = 0;
	FILE  *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	write(out, key);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int
show(const struct run *run, struct outlets *o, const struct shown *key)
{
	AUTO(auto_text) char *text = render(key_text, key);
	AUTO(auto_text) char *json = render(key_json, key);
	sign_error err = SIGN_ERROR_INIT;

	if (text == NULL || json == NULL) {
		set_error(&err, SIGN_E_MEMORY, "", "");
		return say_error(run, &err);
	}
	outlets_text(o, text, text);
	outlets_json(o, json, json);
	return key->err == NULL || key->err->code == SIGN_E_PIN_MISSING ? 0 : sign_code_exit(key->err->code);
}

static void
auto_tokens(sign_tokens **tokens)
{
	sign_tokens_free(*tokens);
}

static int
list_token_key(const struct run *run, struct outlets *o, const struct key_choice *choice)
{
	AUTO(auto_text) char *module = NULL;
	AUTO(auto_tokens) sign_tokens *tokens = NULL;
	sign_error     err = SIGN_ERROR_INIT;
	sign_token     token;
	sign_token_key key = { NULL, NULL, NULL };
	struct shown   shown = { choice, choice->uri, NULL, NULL, NULL };
	sign_code      code = key_module(run, choice, &module, &err);

	if (code == SIGN_OK)
		code = sign_tokens_open(module, &tokens, &err);
	if (code == SIGN_OK)
		code = sign_tokens_find(tokens, choice->uri, &token, &key, &err);
	if (code == SIGN_OK)
		shown.token = &token;
	if (code == SIGN_OK && key.cert == NULL)
		set_error(&err, SIGN_E_PIN_MISSING, choice->name, "");
	shown.cert = key.cert;
	if (key.cert == NULL)
		shown.err = &err;
	return show(run, o, &shown);
}

/* A key whose PIN nobody gave is listed all the same, with its certificate where that lies open. */
static int
list_one(const struct run *run, struct outlets *o, const char *name)
{
	AUTO(auto_key) sign_key *key = NULL;
	AUTO(auto_trust) sign_trust *holder = NULL;
	struct key_choice choice;
	sign_error        err = SIGN_ERROR_INIT;
	struct shown      shown = { &choice, NULL, NULL, NULL, &err };
	sign_code         code = key_choose(run, name, &choice, &err);

	if (code != SIGN_OK)
		return say_error(run, &err);
	if (key_is_token(&choice))
		return list_token_key(run, o, &choice);
	shown.uri = choice.uri;
	code = key_open(run, &choice, NULL, NULL, &key, &err);
	if (code == SIGN_OK)
		shown.cert = sign_key_cert(key);
	else if (code == SIGN_E_PIN_MISSING)
		shown.cert = key_peek(&choice, &holder);
	return show(run, o, &shown);
}

/* ---- all that is plugged in ---- */

static int
list_module(const struct run *run, struct outlets *o, const char *name)
{
	AUTO(auto_text) char *module = NULL;
	AUTO(auto_tokens) sign_tokens *tokens = NULL;
	struct key_choice any = { .name = "", .uri = "pkcs11:", .module = name };
	sign_error        err = SIGN_ERROR_INIT;
	sign_token        token;
	sign_token_key    key;
	int               rc = 0;
	sign_code         code = key_module(run, &any, &module, &err);

	if (code == SIGN_OK)
		code = sign_tokens_open(module, &tokens, &err);
	if (code != SIGN_OK)
		return say_error(run, &err);
	for (size_t t = 0; sign_tokens_at(tokens, t, &token); t++) {
		AUTO(auto_text) char *head = NULL;
		size_t len = 0;
		FILE  *out = open_memstream(&head, &len);

		if (out != NULL) {
			token_text(out, &token);
			if (fclose(out) == 0)
				outlets_text(o, head, head);
		}
		for (size_t k = 0; sign_tokens_key_at(tokens, t, k, &key); k++)
			rc = worse(rc, show(run, o, &(struct shown){ NULL, key.uri, key.cert, &token, NULL }));
	}
	return rc;
}

/* Each module once: --module, else those of the configured keys. */
static int
list_modules(const struct run *run, struct outlets *o)
{
	sign_config_key key, before;
	int             rc = 0;

	if (run->set.module != NULL)
		return list_module(run, o, run->set.module);
	for (size_t i = 0; sign_config_key_at(run->config, i, &key); i++) {
		bool known = *key.module == '\0';

		for (size_t b = 0; b < i && !known && sign_config_key_at(run->config, b, &before); b++)
			known = strcmp(before.module, key.module) == 0;
		if (!known)
			rc = worse(rc, list_module(run, o, key.module));
	}
	return rc;
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
	if (run->set.path_count == 0 && rc != EXIT_USAGE)
		rc = worse(rc, list_modules(run, &o));
	if (rc == 0 && run->set.path_count == 0 && run->set.module == NULL && sign_config_key_count(run->config) == 0 &&
	    run->set.quiet == 0)
		say(_("no key is configured; name a key file or --module, or add a [key NAME] to kyso.conf"));
	rc = worse(rc, outlets_close(&o, run));
	outlets_clear(&o);
	return rc;
}
