/*
 * Keys that lie about: on tokens of the modules that are installed, in files where people keep them. Nothing is
 * opened with a PIN, and nothing is changed.
 */
#include "setup.h"

#include "feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define PEM_LOOK_BYTES 65536

static char *
copy(const char *text)
{
	return strdup(text != NULL ? text : "");
}

static void
clear_candidate(struct candidate *c)
{
	free(c->uri);
	free(c->module);
	free(c->place);
	free(c->holder);
	free(c->issuer);
	free(c->name);
}

void
setup_clear(struct setup *s)
{
	for (size_t i = 0; i < s->key_count; i++)
		clear_candidate(&s->keys[i]);
	for (size_t i = 0; i < s->authority_count; i++) {
		free(s->authorities[i].file);
		free(s->authorities[i].name);
	}
	free(s->key_name);
}

bool
setup_is_agency(const char *holder)
{
	bool letters = false;

	for (; *holder != '\0'; holder++) {
		if (*holder >= 'a' && *holder <= 'z')
			return false;
		letters = letters || (*holder >= 'A' && *holder <= 'Z');
	}
	return letters;
}

/* A value that the configuration can hold as it is: one line, and no comment begins in it. */
static bool
is_writable_value(const char *value)
{
	return strpbrk(value, "\r\n") == NULL && strstr(value, " ;") == NULL && strstr(value, "\t;") == NULL;
}

/* "clerk 2026.p12" → "clerk-2026" */
static char *
proposed_name(const char *text)
{
	size_t len = strcspn(text, ".");
	char  *name = strndup(text, len < 40 ? len : 40);
	char  *to = name;

	if (name == NULL)
		return NULL;
	for (const char *at = name; *at != '\0'; at++) {
		char c = *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at;

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			*to++ = c;
		else if (to > name && to[-1] != '-')
			*to++ = '-';
	}
	while (to > name && to[-1] == '-')
		to--;
	*to = '\0';
	if (*name != '\0')
		return name;
	free(name);
	return strdup("key");
}

static void
add_key(
    struct setup *s, const char *uri, const char *module, const char *place, const char *named, const sign_cert *cert)
{
	struct candidate *c = &s->keys[s->key_count];

	if (s->key_count == MAX_FOUND || !is_writable_value(uri) || !is_writable_value(module))
		return;
	for (size_t i = 0; i < s->key_count; i++)
		if (strcmp(s->keys[i].uri, uri) == 0)
			return;
	*c = (struct candidate){ copy(uri), copy(module), copy(place), copy(cert != NULL ? sign_cert_name(cert) : ""),
		copy(cert != NULL ? sign_cert_issuer_name(cert) : ""), proposed_name(named),
		cert != NULL ? sign_cert_not_after(cert) : 0 };
	if (c->uri == NULL || c->module == NULL || c->place == NULL || c->holder == NULL || c->issuer == NULL ||
	    c->name == NULL)
		clear_candidate(c);
	else
		s->key_count++;
}

/* ---- tokens ---------------------------------------------------------------------------------------------------- */

static bool
on_module(void *user, const char *name, const char *path)
{
	struct setup  *s = user;
	sign_tokens   *tokens = NULL;
	sign_error     err = SIGN_ERROR_INIT;
	sign_token     token;
	sign_token_key key;

	fprintf(stderr, _("  module %s (%s)"), name, path);
	if (sign_tokens_open(path, &tokens, &err) != SIGN_OK) {
		char text[1024];

		sign_error_text(&err, text, sizeof(text));
		fputs(": ", stderr);
		put_safe(stderr, text);
		putc('\n', stderr);
		return true;
	}
	if (!sign_tokens_at(tokens, 0, &token))
		fprintf(stderr, ": %s", _("no token is plugged in"));
	putc('\n', stderr);
	for (size_t t = 0; sign_tokens_at(tokens, t, &token); t++)
		for (size_t k = 0; sign_tokens_key_at(tokens, t, k, &key); k++) {
			char place[128];

			snprintf(place, sizeof(place), _("token %s"), token.label);
			add_key(s, key.uri, path, place, token.label, key.cert);
		}
	sign_tokens_free(tokens);
	return true;
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

static bool
ends_in(const char *name, const char *suffix)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len > n && strcasecmp(name + len - n, suffix) == 0;
}

static bool
holds_private_key(const char *path)
{
	AUTO(auto_text) char *text = calloc(1, PEM_LOOK_BYTES);
	FILE *in = text != NULL ? fopen(path, "re") : NULL;
	bool  found = false;

	if (in == NULL)
		return false;
	if (fread(text, 1, PEM_LOOK_BYTES - 1, in) > 0)
		found = strstr(text, "PRIVATE KEY-----") != NULL;
	fclose(in);
	explicit_bzero(text, PEM_LOOK_BYTES);
	return found;
}

static void
look_for_key(struct setup *s, const char *path)
{
	AUTO(auto_trust) sign_trust *holder = NULL;
	AUTO(auto_text) char *place = NULL;
	const char       *slash = strrchr(path, '/');
	struct key_choice choice = { .name = path, .uri = path };

	if (!ends_in(path, ".p12") && !ends_in(path, ".pfx") && !(ends_in(path, ".pem") && holds_private_key(path)))
		return;
	if (asprintf(&place, _("file %s"), path) < 0)
		place = NULL;
	if (place != NULL)
		add_key(s, path, "", place, slash != NULL ? slash + 1 : path, key_peek(&choice, &holder));
}

static void
look_for_authorities(struct setup *s, const char *path)
{
	static const char *const suffixes[] = { ".crt", ".cer", ".pem", ".der", ".p7b" };
	AUTO(auto_trust) sign_trust *trust = NULL;
	sign_error       err;
	sign_trust_entry entry;
	bool             fits = false;

	for (size_t i = 0; i < COUNT_OF(suffixes); i++)
		fits = fits || ends_in(path, suffixes[i]);
	if (!fits || s->authority_count == MAX_FOUND || sign_trust_new(&trust, &err) != SIGN_OK ||
	    sign_trust_add_path(trust, path, &err) != SIGN_OK)
		return;
	for (size_t i = 0; sign_trust_at(trust, i, time(NULL), &entry); i++) {
		struct authority *a = &s->authorities[s->authority_count];

		if (*entry.known_name == '\0')
			continue;
		*a = (struct authority){ strdup(path), strdup(entry.known_name) };
		if (a->file != NULL && a->name != NULL) {
			s->authority_count++;
			return;
		}
		free(a->file);
		free(a->name);
	}
}

static void
look_in(struct setup *s, const char *path)
{
	sign_walk_options options = SIGN_WALK_OPTIONS_INIT;
	sign_walk        *walk = NULL;
	sign_walk_item    item;
	sign_error        err;
	sign_code         code;

	options.mode = SIGN_WALK_VERIFY;
	if (access(path, R_OK) != 0 || sign_walk_new(&options, &walk, &err) != SIGN_OK)
		return;
	code = sign_walk_add(walk, path, &err);
	while (code != SIGN_E_MEMORY && stop_requested == 0) {
		AUTO(auto_text) char *real = NULL;

		code = sign_walk_next(walk, &item, &err);
		if (item.path == NULL)
			break;
		real = code == SIGN_OK ? realpath(item.path, NULL) : NULL;
		if (real == NULL)
			continue;
		look_for_key(s, real);
		look_for_authorities(s, real);
	}
	sign_walk_free(walk);
}

void
setup_find(struct setup *s)
{
	static const char *const folders[] = { "", "/.config/kyso", "/Documents", "/Desktop", "/Downloads",
		"/T\xc3\xa0i li\xe1\xbb\x87u", "/T\xe1\xba\xa3i xu\xe1\xbb\x91ng", "/keys" };
	const struct settings *set = &s->run->set;
	const char            *home = getenv("HOME");
	sign_error             err = SIGN_ERROR_INIT;

	fputs(_("Looking for keys:\n"), stderr);
	if (set->module != NULL)
		on_module(s, _("named"), set->module);
	if (sign_modules_find(on_module, s, &err) != SIGN_OK)
		say_error(s->run, &err);
	for (size_t i = 0; i < set->path_count; i++)
		look_in(s, set->paths[i]);
	for (size_t i = 0; home != NULL && *home == '/' && i < COUNT_OF(folders); i++) {
		AUTO(auto_text) char *folder = NULL;

		if (asprintf(&folder, "%s%s", home, folders[i]) < 0)
			folder = NULL;
		if (folder != NULL && is_folder(folder))
			look_in(s, folder);
	}
	look_in(s, ".");
}
