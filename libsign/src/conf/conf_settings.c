/*
 * The settings that a configuration may hold, and what their values look like. One table serves reading, checking and
 * the suggestion for a misspelt name. Floor: conf.
 */
#include "conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const langs[] = { "en", "vi", NULL };
static const char *const forms[] = { "asice", "asics", "p7s", NULL };
static const char *const schemes[] = { "auto", "pkcs1", "pss", "ecdsa", NULL };
static const char *const digests[] = { "auto", "sha256", "sha384", "sha512", NULL };
static const char *const revocations[] = { "required", "if-available", NULL };
static const char *const durabilities[] = { "group", "each", "none", NULL };
static const char *const roles[] = { "person", "agency", "appendix", "copy", NULL };
static const char *const yes_no[] = { "yes", "no", NULL };

static const ks_setting settings[] = {
	{ "lang", KS_VALUE_WORD, langs, false, false },
	{ "key", KS_VALUE_TEXT, NULL, false, false },
	{ "form", KS_VALUE_WORD, forms, false, false },
	{ "form.", KS_VALUE_WORD, forms, false, false }, /* form.pdf, form.xlsx, ... */
	{ "scheme", KS_VALUE_WORD, schemes, false, false },
	{ "digest", KS_VALUE_WORD, digests, false, false },
	{ "title", KS_VALUE_TEXT, NULL, false, false },
	{ "place", KS_VALUE_TEXT, NULL, false, false },
	{ "compress", KS_VALUE_WORD, yes_no, false, false },
	{ "durability", KS_VALUE_WORD, durabilities, false, false },
	{ "jobs", KS_VALUE_NUMBER, NULL, false, false },
	{ "watch", KS_VALUE_PATH, NULL, false, false },
	{ "output", KS_VALUE_PATH, NULL, false, false },
	{ "valid-to", KS_VALUE_PATH, NULL, false, false },
	{ "settle", KS_VALUE_NUMBER, NULL, false, false },
	{ "trust", KS_VALUE_PATH, NULL, false, false },
	{ "crl", KS_VALUE_PATH, NULL, false, false },
	{ "policy", KS_VALUE_POLICY, NULL, false, false },
	{ "revocation", KS_VALUE_WORD, revocations, false, false },
	{ "lock", KS_VALUE_TEXT, NULL, true, false },
	{ "uri", KS_VALUE_PATH, NULL, false, true },
	{ "cert", KS_VALUE_PATH, NULL, false, true },
	{ "pin-file", KS_VALUE_PATH, NULL, false, true },
	{ "module", KS_VALUE_MODULE, NULL, false, true },
	{ "as", KS_VALUE_WORD, roles, false, true },
};

const ks_setting *
ks_conf_setting(const char *name, bool key_section)
{
	for (size_t i = 0; i < KS_COUNT(settings); i++) {
		const ks_setting *s = &settings[i];
		size_t            len = strlen(s->name);

		if (s->key_section != key_section)
			continue;
		if (strcmp(name, s->name) == 0 && s->name[len - 1] != '.')
			return s;
		if (s->name[len - 1] == '.' && strncmp(name, s->name, len) == 0 && name[len] != '\0')
			return s;
	}
	return NULL;
}

const char *
ks_conf_nearest(const char *name, bool key_section)
{
	const char *words[KS_COUNT(settings) + 1];
	size_t      count = 0;

	for (size_t i = 0; i < KS_COUNT(settings); i++)
		if (settings[i].key_section == key_section)
			words[count++] = settings[i].name;
	words[count] = NULL;
	return sign_nearest_word(name, words);
}

/* "pkcs11:..." and other URIs stay; "file:" keeps its mark and has its path resolved. */
static const char *
resolve(ks_arena *arena, const char *value, const char *folder)
{
	const char *home = getenv("HOME");
	const char *mark = "";

	if (strncmp(value, "file:", 5) == 0) {
		mark = "file:";
		value += 5;
	} else if (strncmp(value, "pkcs11:", 7) == 0) {
		return ks_arena_strdup(arena, value);
	}
	if (strncmp(value, "~/", 2) == 0 && home != NULL)
		return ks_arena_printf(arena, "%s%s/%s", mark, home, value + 2);
	if (value[0] == '/' || folder == NULL)
		return ks_arena_printf(arena, "%s%s", mark, value);
	return ks_arena_printf(arena, "%s%s/%s", mark, folder, value);
}

static bool
is_policy_path(const char *value)
{
	size_t len = strlen(value);

	return strchr(value, '/') != NULL || (len > 5 && strcmp(value + len - 5, ".json") == 0);
}

static const char *
word_fault(ks_arena *arena, const char *value, const char *const *words)
{
	const char *near = sign_nearest_word(value, words);
	const char *all = "";

	if (near != NULL)
		return near;
	for (size_t i = 0; words[i] != NULL && all != NULL; i++)
		all = ks_arena_printf(arena, "%s%s%s", all, i > 0 ? ", " : "", words[i]);
	return all;
}

static bool
is_number(const char *value)
{
	char *end = NULL;
	long  n;

	errno = 0;
	n = strtol(value, &end, 10);
	return errno == 0 && end != value && *end == '\0' && n >= 0 && n <= 1024;
}

static bool
is_word(const char *value, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (strcmp(value, words[i]) == 0)
			return true;
	return false;
}

const char *
ks_conf_value(ks_arena *arena, const ks_setting *setting, const char *value, const char *folder, const char **fault)
{
	*fault = NULL;
	if (*value == '\0') {
		*fault = "a value";
		return NULL;
	}
	if (setting->kind == KS_VALUE_WORD && !is_word(value, setting->words)) {
		*fault = word_fault(arena, value, setting->words);
		return NULL;
	}
	if (setting->kind == KS_VALUE_NUMBER && !is_number(value)) {
		*fault = "0-1024";
		return NULL;
	}
	if (setting->kind == KS_VALUE_PATH || (setting->kind == KS_VALUE_POLICY && is_policy_path(value)) ||
	    (setting->kind == KS_VALUE_MODULE && strchr(value, '/') != NULL))
		return resolve(arena, value, folder);
	return ks_arena_strdup(arena, value);
}
