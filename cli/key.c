/*
 * Choosing and opening keys: names from the configuration, else URIs and paths.
 */
#include "key.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_CONFIGURED 1000

static const char *
or_null(const char *text)
{
	return *text != '\0' ? text : NULL;
}

static bool
find_configured(const struct run *run, const char *name, struct key_choice *choice)
{
	sign_config_key key;

	for (size_t i = 0; sign_config_key_at(run->config, i, &key); i++) {
		if (strcmp(key.name, name) != 0)
			continue;
		*choice = (struct key_choice){ key.name, key.uri, or_null(key.cert), or_null(key.pin_file),
			or_null(key.module), key.as };
		return true;
	}
	return false;
}

/* "file:x" and "x" are paths; anything else with a scheme is the library's to judge. */
static const char *
path_of(const char *uri)
{
	if (strncmp(uri, "file:", 5) == 0)
		return uri + 5;
	if (strncmp(uri, "pkcs11:", 7) == 0)
		return NULL;
	return strchr(uri, ':') == NULL || strchr(uri, '/') != NULL ? uri : NULL;
}

/* Neither configured nor there: the nearest name, if one is near; what looks like a path is told to be none. */
static sign_code
fail_unknown(const struct run *run, const char *wanted, sign_error *err)
{
	const char     *names[MAX_CONFIGURED + 1];
	size_t          n = 0;
	sign_config_key key;
	const char     *near;
	bool            path = strchr(wanted, '/') != NULL || strchr(wanted, '.') != NULL || strchr(wanted, ':') != NULL;

	while (n < MAX_CONFIGURED && sign_config_key_at(run->config, n, &key))
		names[n++] = key.name;
	names[n] = NULL;
	near = sign_nearest_word(wanted, names);
	set_error(err, SIGN_E_KEY_NOT_FOUND, wanted,
	    path ? N_("no such file") : N_("neither a configured name nor a file"));
	copy_text(err->where, sizeof(err->where), near != NULL ? near : "");
	return err->code;
}

/* No key was named, and there is not exactly one: the names that would do. */
static sign_code
fail_unnamed(const struct run *run, sign_error *err)
{
	char            names[sizeof(err->detail)] = "";
	size_t          used = 0;
	sign_config_key key;

	for (size_t i = 0; sign_config_key_at(run->config, i, &key); i++) {
		size_t len = strlen(key.name) + (i > 0 ? 2 : 0);

		if (used + len + sizeof(", ...") > sizeof(names)) {
			snprintf(names + used, sizeof(names) - used, ", ...");
			break;
		}
		snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "", key.name);
		used += len;
	}
	return set_error(err, SIGN_E_KEY_UNNAMED, "", names);
}

sign_code
key_choose(const struct run *run, const char *wanted, struct key_choice *choice, sign_error *err)
{
	sign_config_key only;
	const char     *path;

	memset(choice, 0, sizeof(*choice));
	wanted = setting_text(run, wanted, "key");
	if (wanted == NULL && sign_config_key_count(run->config) == 1 && sign_config_key_at(run->config, 0, &only))
		wanted = only.name;
	if (wanted == NULL)
		return fail_unnamed(run, err);
	if (!find_configured(run, wanted, choice)) {
		path = path_of(wanted);
		if (path != NULL && access(path, F_OK) != 0)
			return fail_unknown(run, wanted, err);
		*choice = (struct key_choice){ wanted, wanted, NULL, NULL, NULL, SIGN_ROLE_UNKNOWN };
	}
	if (run->set.cert != NULL)
		choice->cert = run->set.cert;
	if (run->set.pin_file != NULL)
		choice->pin_file = run->set.pin_file;
	return SIGN_OK;
}

/* ---- modules of tokens ---- */

bool
key_is_token(const struct key_choice *choice)
{
	return strncmp(choice->uri, "pkcs11:", 7) == 0;
}

/* The one that every configured token names. */
static const char *
shared_module(const struct run *run)
{
	const char     *only = NULL;
	sign_config_key key;

	for (size_t i = 0; sign_config_key_at(run->config, i, &key); i++) {
		if (*key.module == '\0')
			continue;
		if (only != NULL && strcmp(only, key.module) != 0)
			return NULL;
		only = key.module;
	}
	return only;
}

sign_code
key_module(const struct run *run, const struct key_choice *choice, char **module, sign_error *err)
{
	const char *name = run->set.module != NULL ? run->set.module : choice->module;

	*module = NULL;
	if (name == NULL)
		name = shared_module(run);
	if (name == NULL)
		return SIGN_OK;
	/* a name alone is p11-kit's to find, among what the system has installed */
	*module = *name == '/' || strchr(name, '/') == NULL ? strdup(name) : realpath(name, NULL);
	if (*module != NULL)
		return SIGN_OK;
	return errno == ENOMEM ? set_error(err, SIGN_E_MEMORY, "", "")
	                       : set_error(err, SIGN_E_TOKEN_MODULE, name, strerror(errno));
}

/* The library's advice comes in code words (sign_key_note). */
static void
say_notes(const struct key_choice *choice, const char *notes)
{
	static const struct {
		const char *code, *text;
	} known[] = {
		{ "old-encryption",
		    N_("the key file is encrypted in an old way that is easily broken; export it again") },
		{ "world-readable", N_("every user of this machine can read the key file; protect it: chmod 600") },
	};

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strstr(notes, known[i].code) != NULL)
			say("%s: %s", choice->name, _(known[i].text));
}

sign_code
key_open(const struct run *run, const struct key_choice *choice, pin_prompt prompt, const void *prompt_user,
    sign_key **key, sign_error *err)
{
	struct pin       pin = { run, choice->pin_file, run->set.pin_fd, prompt, prompt_user };
	sign_key_options options = SIGN_KEY_OPTIONS_INIT;
	AUTO(auto_text) char *module = NULL;
	AUTO(auto_text) char *refusals = key_is_token(choice) ? pin_refusals_path() : NULL;
	sign_code        code = SIGN_OK;

	options.ask = pin_ask;
	options.ask_user = &pin;
	options.cert_path = choice->cert;
	options.final_try = run->set.final_try;
	options.unattended = pin_is_unattended(&pin);
	options.refusals = refusals;
	if (key_is_token(choice))
		code = key_module(run, choice, &module, err);
	/* without a place to remember a refusal, a service would lock the token one restart after the other */
	if (code == SIGN_OK && key_is_token(choice) && options.unattended && refusals == NULL)
		code = set_error(err, SIGN_E_WRITE, "refused-pins", "XDG_STATE_HOME");
	options.module = module;
	if (code == SIGN_OK)
		code = sign_key_open(choice->uri, &options, key, err);
	if (code == SIGN_OK && run->set.quiet == 0)
		say_notes(choice, sign_key_note(*key));
	return code;
}

/* "clerk.p12" → "clerk.crt", where the library would look too. */
static char *
sibling_cert(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(path, '.');
	char       *name = NULL;
	int         stem = dot != NULL && (slash == NULL || dot > slash) ? (int)(dot - path) : (int)strlen(path);

	return asprintf(&name, "%.*s.crt", stem, path) >= 0 ? name : NULL;
}

/* The certificate that is no CA: the holder's. */
static const sign_cert *
holder_in(const char *path, sign_trust **set)
{
	sign_error       err = SIGN_ERROR_INIT;
	sign_trust_entry entry;

	if (path == NULL || access(path, R_OK) != 0 || sign_trust_new(set, &err) != SIGN_OK)
		return NULL;
	if (sign_trust_add_path(*set, path, &err) == SIGN_OK)
		for (size_t i = 0; sign_trust_at(*set, i, 0, &entry); i++)
			if (!sign_cert_is_ca(entry.cert))
				return entry.cert;
	sign_trust_free(*set);
	*set = NULL;
	return NULL;
}

const sign_cert *
key_peek(const struct key_choice *choice, sign_trust **holder)
{
	const char      *path = path_of(choice->uri);
	AUTO(auto_text) char *sibling = path != NULL ? sibling_cert(path) : NULL;
	const sign_cert *cert = holder_in(choice->cert, holder);

	if (cert == NULL)
		cert = holder_in(sibling, holder);
	if (cert == NULL && path != NULL && strlen(path) > 4 && strcmp(path + strlen(path) - 4, ".pem") == 0)
		cert = holder_in(path, holder);
	return cert;
}

const char *
role_text(sign_role role)
{
	switch (role) {
	case SIGN_ROLE_PERSON:
		return _("person");
	case SIGN_ROLE_AGENCY:
		return _("agency");
	case SIGN_ROLE_APPENDIX:
		return _("agency, for an appendix");
	case SIGN_ROLE_COPY:
		return _("agency, for a copy");
	case SIGN_ROLE_UNKNOWN:
		break;
	}
	return "";
}
