/*
 * Settings: what the options say, else the configuration, within the locks of the system's file; and the trust and the
 * verifier that follow from them.
 */
#include "options.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
list_add(struct text_list *list, const char *text)
{
	const char **items = realloc(list->items, (list->count + 2) * sizeof(*items));

	if (items == NULL)
		return false;
	items[list->count++] = text;
	items[list->count] = NULL;
	list->items = items;
	return true;
}

void
settings_init(struct settings *set)
{
	memset(set, 0, sizeof(*set));
	set->role = set->form = set->scheme = set->digest = set->durability = -1;
	set->revocation = set->jobs = set->pin_fd = set->settle = -1;
}

void
settings_clear(struct settings *set)
{
	free(set->include.items);
	free(set->exclude.items);
	free(set->trust.items);
	free(set->crl.items);
	free(set->expect.items);
	free(set->reports.items);
}

const char *
setting_text(const struct run *run, const char *option, const char *name)
{
	return option != NULL ? option : sign_config_get(run->config, name);
}

sign_code
check_lock(const struct run *run, const char *name, const char *given, sign_error *err)
{
	const char *set = sign_config_get(run->config, name);

	if (given == NULL || !sign_config_locked(run->config, name) || (set != NULL && strcmp(set, given) == 0))
		return SIGN_OK;
	return set_error(err, SIGN_E_LOCKED, name, given);
}

static sign_code
add_configured_stores(const struct run *run, sign_trust *trust, sign_error *err)
{
	const char *folder;

	for (size_t i = 0; (folder = sign_config_trust_folder(run->config, i)) != NULL; i++) {
		sign_code code;

		if (access(folder, F_OK) != 0)
			continue; /* a store that nobody made yet trusts nobody */
		code = sign_trust_add_path(trust, folder, err);
		if (code != SIGN_OK)
			return code;
	}
	return SIGN_OK;
}

static sign_code
add_crls(const struct run *run, sign_trust *trust, sign_error *err)
{
	const char *configured = sign_config_get(run->config, "crl");
	sign_code   code = SIGN_OK;

	if (configured != NULL)
		code = sign_trust_add_crl_path(trust, configured, err);
	for (size_t i = 0; i < run->set.crl.count && code == SIGN_OK; i++)
		code = sign_trust_add_crl_path(trust, run->set.crl.items[i], err);
	return code;
}

sign_code
open_trust(const struct run *run, sign_trust **trust, sign_error *err)
{
	AUTO(auto_trust) sign_trust *t = NULL;
	sign_code code;

	*trust = NULL;
	code = check_lock(run, "trust", NULL, err);
	for (size_t i = 0; i < run->set.trust.count && code == SIGN_OK; i++)
		code = check_lock(run, "trust", run->set.trust.items[i], err);
	if (code == SIGN_OK)
		code = sign_trust_new(&t, err);
	for (size_t i = 0; i < run->set.trust.count && code == SIGN_OK; i++)
		code = sign_trust_add_path(t, run->set.trust.items[i], err);
	if (code == SIGN_OK && run->set.trust.count == 0)
		code = add_configured_stores(run, t, err);
	if (code == SIGN_OK)
		code = add_crls(run, t, err);
	if (code != SIGN_OK)
		return code;
	*trust = t;
	t = NULL;
	return SIGN_OK;
}

sign_code
open_verifier(const struct run *run, const sign_trust *trust, const char *policy, sign_verifier **verifier, sign_error *err)
{
	static const char *const rules[] = { "required", "if-available" };
	sign_verify_options      options = SIGN_VERIFY_OPTIONS_INIT;
	const char              *asked = run->set.revocation >= 0 ? rules[run->set.revocation] : NULL;
	const char              *rule = setting_text(run, asked, "revocation");
	sign_code                code;

	*verifier = NULL;
	code = check_lock(run, "policy", run->set.policy, err);
	if (code == SIGN_OK)
		code = check_lock(run, "revocation", asked, err);
	if (code != SIGN_OK)
		return code;
	options.policy = setting_text(run, run->set.policy, "policy");
	if (options.policy == NULL)
		options.policy = policy;
	if (rule != NULL)
		options.revocation = strcmp(rule, rules[1]) == 0;
	options.at = run->set.at;
	options.expect = run->set.expect.items;
	return sign_verifier_new(trust, &options, verifier, err);
}

/* ---- what --force may not replace ---- */

bool
same_file(const char *a, const char *b)
{
	struct stat at_a, at_b;

	return stat(a, &at_a) == 0 && stat(b, &at_b) == 0 && at_a.st_dev == at_b.st_dev && at_a.st_ino == at_b.st_ino;
}

static bool
is_same_as(const char *output, const char *path)
{
	if (path != NULL && strncmp(path, "file:", 5) == 0)
		path += 5;
	return path != NULL && same_file(output, path);
}

bool
is_precious(const struct run *run, const char *key_uri, const char *output)
{
	const struct settings *set = &run->set;

	for (size_t i = 0; i < set->path_count; i++)
		if (is_same_as(output, set->paths[i]))
			return true;
	return is_same_as(output, key_uri) || is_same_as(output, set->key) || is_same_as(output, set->cert) ||
	       is_same_as(output, set->pin_file) || is_same_as(output, set->content);
}
