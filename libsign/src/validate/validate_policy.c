/*
 * Policies read from JSON: names, what evidence is asked for, and role rules. Floor: validate. What the rules mean for a
 * document is decided in validate_roles.c; matching one certificate against one rule is validate_match.c.
 */
#include "validate_policy.h"

#include "base_text.h"
#include "data.h"

#include <stdio.h>
#include <string.h>

typedef struct {
	ks_policy  *policy;
	const char *file; /* for errors */
} reading;

static sign_code
bad(const reading *r, const char *key, sign_error *err)
{
	return ks_fail_why(err, SIGN_E_DATA, r->file, key, "value not understood");
}

/* An absent key leaves *out as it was; a present one must be a string. */
static sign_code
read_text(const reading *r, json_t *object, const char *key, const char **out, sign_error *err)
{
	json_t *value = json_object_get(object, key);

	if (value == NULL)
		return SIGN_OK;
	if (!json_is_string(value))
		return bad(r, key, err);
	*out = ks_arena_strdup(r->policy->arena, json_string_value(value));
	if (*out == NULL)
		return ks_fail_memory(err);
	return SIGN_OK;
}

static sign_code
read_bool(const reading *r, json_t *object, const char *key, bool *out, sign_error *err)
{
	json_t *value = json_object_get(object, key);

	if (value == NULL)
		return SIGN_OK;
	if (!json_is_boolean(value))
		return bad(r, key, err);
	*out = json_is_true(value);
	return SIGN_OK;
}

/* One word of a short list; a key that must be there is refused when it is not. */
static sign_code
read_word(const reading *r, json_t *object, const char *key, const char *const words[], bool required, size_t *out,
    sign_error *err)
{
	json_t     *value = json_object_get(object, key);
	const char *text = json_string_value(value);

	if (value == NULL && !required)
		return SIGN_OK;
	if (text == NULL)
		return bad(r, key, err);
	for (size_t i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0) {
			*out = i;
			return SIGN_OK;
		}
	}
	return bad(r, key, err);
}

/* A pin is exactly one SHA-256; kept as plain lower-case hex, so that comparing is strcmp. */
static sign_code
read_pin(const reading *r, json_t *object, const char **out, sign_error *err)
{
	const char *text = NULL;
	uint8_t     pin[32];
	size_t      len = 0;
	char        hex[65];

	KS_TRY(read_text(r, object, "fingerprint", &text, err));
	if (text == NULL)
		return SIGN_OK;
	if (!ks_hex_parse(text, pin, sizeof(pin), &len) || len != sizeof(pin))
		return bad(r, "fingerprint", err);
	ks_hex(KS_BYTES(pin, len), hex, sizeof(hex));
	*out = ks_arena_strdup(r->policy->arena, hex);
	if (*out == NULL)
		return ks_fail_memory(err);
	return SIGN_OK;
}

static sign_code
read_rule(const reading *r, json_t *object, ks_role_rule *rule, sign_error *err)
{
	static const char *const keys[] = { "role", "cn", "cnCase", "o", "ou", "email", "fingerprint", "comment", NULL };
	static const char *const roles[] = { "person", "agency", NULL };
	static const char *const cases[] = { "any", "upper", "mixed", NULL };
	size_t role = 0, letter_case = 0;

	if (!json_is_object(object))
		return bad(r, "roles", err);
	KS_TRY(ks_data_only_keys(object, keys, r->file, err));
	KS_TRY(read_word(r, object, "role", roles, true, &role, err));
	KS_TRY(read_word(r, object, "cnCase", cases, false, &letter_case, err));
	KS_TRY(read_text(r, object, "cn", &rule->cn, err));
	KS_TRY(read_text(r, object, "o", &rule->o, err));
	KS_TRY(read_text(r, object, "ou", &rule->ou, err));
	KS_TRY(read_text(r, object, "email", &rule->email, err));
	KS_TRY(read_text(r, object, "comment", &rule->comment, err));
	KS_TRY(read_pin(r, object, &rule->fingerprint, err));
	rule->role = role == 0 ? SIGN_ROLE_PERSON : SIGN_ROLE_AGENCY;
	rule->cn_case = (ks_letter_case)letter_case;
	/* A rule that asks for nothing would give every stranger a role. */
	if (rule->cn == NULL && rule->o == NULL && rule->ou == NULL && rule->email == NULL && rule->fingerprint == NULL)
		return ks_fail_why(err, SIGN_E_DATA, r->file, "roles", "a rule without a pattern");
	return SIGN_OK;
}

static sign_code
read_rules(const reading *r, json_t *root, sign_error *err)
{
	json_t   *list = json_object_get(root, "roles");
	ks_policy *p = r->policy;
	size_t     count = json_array_size(list);

	if (list == NULL)
		return SIGN_OK;
	if (!json_is_array(list) || count > KS_POLICY_MAX_RULES)
		return bad(r, "roles", err);
	if (count == 0)
		return SIGN_OK;
	p->rules = ks_arena_alloc(p->arena, count * sizeof(*p->rules));
	if (p->rules == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < count; i++)
		KS_TRY(read_rule(r, json_array_get(list, i), &p->rules[i], err));
	p->rule_count = count;
	return SIGN_OK;
}

static sign_code
read_policy(const reading *r, json_t *root, sign_error *err)
{
	static const char *const keys[] = { "name", "version", "date", "title", "revocation", "allowNoSigningCertAttribute",
		"rolesRequired", "roles", "comment", NULL };
	static const char *const rules[] = { "required", "if-available", NULL };
	ks_policy *p = r->policy;
	size_t     revocation = 0;

	if (!json_is_object(root))
		return bad(r, "", err);
	KS_TRY(ks_data_only_keys(root, keys, r->file, err));
	p->version = p->date = p->title = "";
	KS_TRY(read_text(r, root, "name", &p->name, err));
	KS_TRY(read_text(r, root, "version", &p->version, err));
	KS_TRY(read_text(r, root, "date", &p->date, err));
	KS_TRY(read_text(r, root, "title", &p->title, err));
	KS_TRY(read_word(r, root, "revocation", rules, false, &revocation, err));
	KS_TRY(read_bool(r, root, "allowNoSigningCertAttribute", &p->allow_no_signing_cert_attr, err));
	KS_TRY(read_bool(r, root, "rolesRequired", &p->roles_required, err));
	KS_TRY(read_rules(r, root, err));
	p->revocation = (ks_revocation_rule)revocation;
	if (p->name == NULL || p->name[0] == '\0')
		return bad(r, "name", err);
	if (p->roles_required && p->rule_count == 0)
		return ks_fail_why(err, SIGN_E_DATA, r->file, "roles", "rolesRequired without rules");
	return SIGN_OK;
}

static bool
is_path(const char *name)
{
	size_t len = strlen(name);

	return strchr(name, '/') != NULL || (len > 5 && strcmp(name + len - 5, ".json") == 0);
}

static sign_code
load_json(const char *name, json_t **root, sign_error *err)
{
	char      file[128], known[100];
	sign_code code = SIGN_E_NOT_FOUND;

	if (is_path(name))
		return ks_data_load_path(name, root, err);
	if (name[0] != '\0' && (size_t)snprintf(file, sizeof(file), "policies/%s.json", name) < sizeof(file))
		code = ks_data_load(file, root, err);
	if (code != SIGN_E_NOT_FOUND)
		return code;
	ks_data_names("policies", known, sizeof(known));
	return ks_fail_why(err, SIGN_E_POLICY, name, NULL, "%s", known);
}

sign_code
ks_policy_load(const char *name_or_path, ks_policy **policy, sign_error *err)
{
	KS_AUTO(ks_auto_json) json_t *root = NULL;
	KS_AUTO(ks_auto_arena) ks_arena *arena = NULL;
	reading r = { NULL, name_or_path };

	*policy = NULL;
	KS_TRY(load_json(name_or_path, &root, err));
	arena = ks_arena_new();
	if (arena == NULL)
		return ks_fail_memory(err);
	r.policy = ks_arena_alloc(arena, sizeof(*r.policy));
	if (r.policy == NULL)
		return ks_fail_memory(err);
	r.policy->arena = arena;
	KS_TRY(read_policy(&r, root, err));
	*policy = r.policy;
	arena = NULL; /* the policy owns it now */
	return SIGN_OK;
}

void
ks_policy_free(ks_policy *policy)
{
	if (policy != NULL)
		ks_arena_free(policy->arena);
}
