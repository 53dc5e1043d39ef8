/*
 * The keys of the configuration: there, fit, not about to expire; tokens and the state of their PINs. A file is
 * opened if its passphrase lies in the configured file or none is needed; a token is only looked at.
 */
#include "doctor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DAY        ((time_t)24 * 60 * 60)
#define SOON_DAYS  60
#define MEND_RENEW _("ask the authority for a new certificate before that day, and add its key to kyso.conf")

static void
auto_tokens(sign_tokens **tokens)
{
	sign_tokens_free(*tokens);
}

/* ---- certificates ---------------------------------------------------------------------------------------------- */

static void
check_dates(struct doctor *d, const char *name, const sign_cert *cert)
{
	time_t         now = time(NULL);
	time_t         end = sign_cert_not_after(cert);
	char           until[DATE_TEXT], iso[DATE_TEXT];
	struct finding f = { "key.dates", HEALTH_OK, sign_code_exit(SIGN_E_CERT_EXPIRED), name, iso, MEND_RENEW };

	date_text(end, until);
	iso_date(end, iso);
	if (end <= now) {
		f.health = HEALTH_FAIL;
		f.mend = _("ask the authority for a new certificate, and add its key to kyso.conf");
		tell_finding(d, &f, _("the certificate of the key %s expired on %s"), name, until);
	} else if (sign_cert_not_before(cert) > now) {
		f.health = HEALTH_FAIL;
		date_text(sign_cert_not_before(cert), until);
		iso_date(sign_cert_not_before(cert), iso);
		f.mend = _("wait for that day; if it is past, set the clock of this machine");
		tell_finding(d, &f, _("the certificate of the key %s is not valid before %s"), name, until);
	} else if (end - now < (time_t)SOON_DAYS * DAY) {
		f.health = HEALTH_WARN;
		tell_finding(d, &f, _("the certificate of the key %s expires on %s, in %lld days"), name, until,
		    (long long)((end - now) / DAY));
	} else {
		tell_finding(d, &f, _("the certificate of the key %s (%s) is valid until %s"), name,
		    sign_cert_name(cert), until);
	}
}

/* ---- tokens ---------------------------------------------------------------------------------------------------- */

static void
check_pin(struct doctor *d, const char *name, const sign_token *token)
{
	struct finding f = { "token.pin", HEALTH_OK, sign_code_exit(SIGN_E_PIN_LOCKED), name,
		sign_pin_state_name(token->pin), NULL };

	switch (token->pin) {
	case SIGN_PIN_LOCKED:
		f.health = HEALTH_FAIL;
		f.mend = _("unlock it with its PUK, or have the authority do so");
		tell_finding(d, &f, _("the PIN of the token %s is locked"), token->label);
		return;
	case SIGN_PIN_FINAL:
		f.health = HEALTH_WARN;
		f.mend = _("find the right PIN first; kyso key check --final-try uses the last try");
		tell_finding(d, &f, _("one try is left for the PIN of the token %s"), token->label);
		return;
	case SIGN_PIN_LOW:
		f.health = HEALTH_WARN;
		f.mend = _("the next right PIN clears this; who entered a wrong one?");
		tell_finding(d, &f, _("a wrong PIN was entered for the token %s"), token->label);
		return;
	case SIGN_PIN_UNSET:
	case SIGN_PIN_EXPIRED:
		f.health = HEALTH_FAIL;
		f.mend = _("set it with the program that came with the token");
		tell_finding(d, &f, _("the PIN of the token %s has to be set first"), token->label);
		return;
	case SIGN_PIN_NONE:
	case SIGN_PIN_READY:
		break;
	}
	tell_finding(d, &f, _("the PIN of the token %s is ready"), token->label);
}

static void
check_token(struct doctor *d, const struct key_choice *choice)
{
	AUTO(auto_text) char *module = NULL;
	AUTO(auto_tokens) sign_tokens *tokens = NULL;
	sign_error     err = SIGN_ERROR_INIT;
	sign_token     token;
	sign_token_key key = { NULL, NULL, NULL };
	struct finding f = { "token.present", HEALTH_OK, 0, choice->name, NULL, NULL };

	if (key_module(d->run, choice, &module, &err) != SIGN_OK ||
	    sign_tokens_open(module, &tokens, &err) != SIGN_OK) {
		tell_error(d, "token.module", HEALTH_FAIL, choice->name, &err);
		return;
	}
	if (sign_tokens_find(tokens, choice->uri, &token, &key, &err) != SIGN_OK) {
		tell_error(d, "token.present", HEALTH_FAIL, choice->name, &err);
		return;
	}
	f.detail = token.serial;
	tell_finding(d, &f, _("the token %s of the key %s is plugged in"), token.label, choice->name);
	check_pin(d, choice->name, &token);
	if (key.cert != NULL)
		check_dates(d, choice->name, key.cert);
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

static const char *
path_of(const char *uri)
{
	return strncmp(uri, "file:", 5) == 0 ? uri + 5 : uri;
}

static void
check_rights(struct doctor *d, const struct key_choice *choice)
{
	const char    *files[] = { path_of(choice->uri), choice->pin_file };
	struct finding f = { "key.rights", HEALTH_WARN, 0, choice->name, NULL, NULL };
	struct stat    st;

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		AUTO(auto_text) char *mend = NULL;

		if (files[i] == NULL || stat(files[i], &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & 077) == 0)
			continue;
		if (asprintf(&mend, "chmod 600 %s", files[i]) < 0)
			mend = NULL;
		f.detail = files[i];
		f.mend = mend;
		tell_finding(d, &f, _("others can read \"%s\""), files[i]);
	}
}

static void
check_file(struct doctor *d, const struct key_choice *choice)
{
	AUTO(auto_key) sign_key *key = NULL;
	AUTO(auto_trust) sign_trust *holder = NULL;
	sign_error       err = SIGN_ERROR_INIT;
	struct finding   f = { "key.fit", HEALTH_OK, 0, choice->name, NULL, NULL };
	const sign_cert *cert;
	int              quiet = d->run->set.quiet;
	sign_code        code;

	check_rights(d, choice);
	d->run->set.quiet = 1; /* what key_open() would remark is told by us */
	code = key_open(d->run, choice, NULL, NULL, &key, &err);
	d->run->set.quiet = quiet;
	if (code == SIGN_E_PIN_MISSING) {
		cert = key_peek(choice, &holder);
		f.detail = sign_code_name(code);
		tell_finding(d, &f,
		    _("the key %s is locked by its passphrase; kyso key check asks for it and looks inside"),
		    choice->name);
		if (cert != NULL)
			check_dates(d, choice->name, cert);
		return;
	}
	if (code == SIGN_OK) {
		check_dates(d, choice->name, sign_key_cert(key));
		code = sign_key_check(key, time(NULL), &err);
	}
	if (code == SIGN_E_CERT_EXPIRED || code == SIGN_E_CERT_NOT_YET)
		return; /* told by its dates */
	if (code != SIGN_OK)
		tell_error(d, "key.fit", HEALTH_FAIL, choice->name, &err);
	else
		tell_finding(d, &f, _("the key %s opens, and its certificate may sign documents"), choice->name);
}

void
doctor_keys(struct doctor *d)
{
	sign_config_key key;
	struct finding none = { "key.configured", HEALTH_WARN, 0, NULL, NULL,
		_("kyso setup finds keys and adds them") };

	if (sign_config_key_count(d->run->config) == 0)
		tell_finding(d, &none, "%s", _("no key is configured; this machine can only verify"));
	for (size_t i = 0; sign_config_key_at(d->run->config, i, &key); i++) {
		struct key_choice choice;
		sign_error        err = SIGN_ERROR_INIT;

		if (key_choose(d->run, key.name, &choice, &err) != SIGN_OK)
			tell_error(d, "key.fit", HEALTH_FAIL, key.name, &err);
		else if (key_is_token(&choice))
			check_token(d, &choice);
		else
			check_file(d, &choice);
	}
}
