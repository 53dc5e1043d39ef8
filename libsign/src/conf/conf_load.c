/*
 * Reading the configuration: the system's file, then the user's, then a profile on top; locks of the system's file
 * hold against the rest. libinih splits lines; everything is checked here. Floor: conf.
 */
#include "conf.h"

#include "base_file.h"
#include "base_text.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum { LAYER_SYSTEM = 0, LAYER_USER, LAYER_COUNT } layer;

/* One `name = value`; profile NULL: above all sections. */
struct setting {
	const char *profile, *name, *value;
	layer       from;
};
struct named_key {
	const char *name, *uri, *cert, *pin_file, *as, *module;
};
struct sign_config {
	ks_arena         *arena;
	const char       *profile; /* in force, or NULL */
	struct setting   *settings;
	size_t            setting_count;
	struct named_key *keys;
	size_t            key_count;
	const char       *folders[LAYER_COUNT]; /* of the files; NULL: no such layer */
	const char       *trust[LAYER_COUNT];
};

/* One file being read. */
struct reading {
	sign_config *config;
	layer        from;
	const char  *path, *folder;
	const char  *text; /* what is left of it */
	unsigned     line;
	bool         profile_seen;
	sign_code    code; /* the first fault */
	sign_error  *err;
};

static sign_code
fail_line(struct reading *r, sign_code code, const char *word, const char *why)
{
	char where[128];

	if (r->code != SIGN_OK)
		return r->code;
	/* of a long path the end tells more */
	snprintf(where, sizeof(where), "%s:%u", strlen(r->path) < 100 ? r->path : "kyso.conf", r->line);
	r->code = ks_fail_why(r->err, code, word, where, "%s", why != NULL ? why : "");
	return r->code;
}

/*
 * libinih's view of a file: one line at a time, counted (its Debian build tells no line numbers), without indentation (which
 * it would take for a continuation). A line that does not fit is a fault, not two lines.
 */
static char *
next_line(char *buf, int cap, void *user)
{
	struct reading *r = user;
	size_t          len = strcspn(r->text, "\n");
	const char     *end = r->text + len;

	if (*r->text == '\0' || r->code != SIGN_OK)
		return NULL;
	r->line++;
	while (*r->text == ' ' || *r->text == '\t')
		r->text++;
	len = (size_t)(end - r->text);
	if (len + 2 > (size_t)cap) {
		fail_line(r, SIGN_E_CONFIG, "", "a shorter line");
		return NULL;
	}
	memcpy(buf, r->text, len);
	buf[len] = '\n';
	buf[len + 1] = '\0';
	r->text = *end == '\n' ? end + 1 : end;
	return buf;
}

/* The rest of `section` after "word ", or NULL if it is another section. */
static const char *
section_name(const char *section, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(section, word, len) != 0 || section[len] != ' ')
		return NULL;
	section += len;
	section += strspn(section, " ");
	return *section != '\0' ? section : NULL;
}

static struct named_key *
find_key(sign_config *config, const char *name)
{
	for (size_t i = 0; i < config->key_count; i++)
		if (strcmp(config->keys[i].name, name) == 0)
			return &config->keys[i];
	return NULL;
}

static sign_code
set_key(struct reading *r, const char *key_name, const char *name, const char *value)
{
	struct named_key *key = find_key(r->config, key_name);

	if (key == NULL) {
		if (r->config->key_count == KS_CONF_MAX_KEYS)
			return fail_line(r, SIGN_E_LIMIT, key_name, "1000 keys");
		key = ks_arena_push(r->config->arena, &r->config->keys, &r->config->key_count, sizeof(*key));
		if (key == NULL || (key->name = ks_arena_strdup(r->config->arena, key_name)) == NULL)
			return r->code = ks_fail_memory(r->err);
		key->uri = key->cert = key->pin_file = key->as = key->module = "";
	}
	if (strcmp(name, "uri") == 0)
		key->uri = value;
	else if (strcmp(name, "cert") == 0)
		key->cert = value;
	else if (strcmp(name, "pin-file") == 0)
		key->pin_file = value;
	else if (strcmp(name, "module") == 0)
		key->module = value;
	else
		key->as = value;
	return SIGN_OK;
}

static sign_code
set_setting(struct reading *r, const char *profile, const char *name, const char *value)
{
	sign_config    *config = r->config;
	struct setting *s;

	if (r->from == LAYER_USER && sign_config_locked(config, name))
		return fail_line(r, SIGN_E_LOCKED, name, NULL);
	if (config->setting_count == KS_CONF_MAX_SETTINGS)
		return fail_line(r, SIGN_E_LIMIT, name, "1000 settings");
	s = ks_arena_push(config->arena, &config->settings, &config->setting_count, sizeof(*s));
	if (s == NULL || (s->name = ks_arena_strdup(config->arena, name)) == NULL)
		return r->code = ks_fail_memory(r->err);
	if (profile != NULL && (s->profile = ks_arena_strdup(config->arena, profile)) == NULL)
		return r->code = ks_fail_memory(r->err);
	s->value = value;
	s->from = r->from;
	return SIGN_OK;
}

/* A lock on a name that no setting has would lock nothing, unnoticed. */
static sign_code
check_lock(struct reading *r, const char *value)
{
	char  word[64];
	size_t len;

	for (value += strspn(value, " ,\t"); *value != '\0'; value += strspn(value, " ,\t")) {
		len = strcspn(value, " ,\t");
		snprintf(word, sizeof(word), "%.*s", (int)(len < sizeof(word) ? len : sizeof(word) - 1), value);
		if (strcmp(word, "lock") == 0 || ks_conf_setting(word, false) == NULL)
			return fail_line(r, SIGN_E_CONFIG, word, ks_conf_nearest(word, false));
		value += len;
	}
	return SIGN_OK;
}

static sign_code
take(struct reading *r, const char *section, const char *name, const char *text)
{
	const char       *key_name = section_name(section, "key");
	const char       *profile = section_name(section, "profile");
	const ks_setting *setting;
	const char       *value, *fault;

	if (*section != '\0' && key_name == NULL && profile == NULL)
		return fail_line(r, SIGN_E_CONFIG, section, "[profile NAME], [key NAME]");
	setting = ks_conf_setting(name, key_name != NULL);
	if (setting == NULL || (setting->system_only && (r->from != LAYER_SYSTEM || profile != NULL)))
		return fail_line(r, SIGN_E_CONFIG, name, setting == NULL ? ks_conf_nearest(name, key_name != NULL) : NULL);
	value = ks_conf_value(r->config->arena, setting, text, r->folder, &fault);
	if (value == NULL && fault != NULL)
		return fail_line(r, SIGN_E_CONFIG, *text != '\0' ? text : name, fault);
	if (value == NULL)
		return r->code = ks_fail_memory(r->err);
	if (setting->system_only)
		KS_TRY(check_lock(r, value));
	if (key_name != NULL)
		return set_key(r, key_name, name, value);
	return set_setting(r, profile, name, value);
}

static int
on_line(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;

	return r->code == SIGN_OK && take(r, section, name, value) == SIGN_OK;
}

/* The line that libinih did not understand; its own count is of the lines that it was given. */
static sign_code
fail_unread(struct reading *r, const ks_buf *content, unsigned number)
{
	const char *at = (const char *)content->data;
	char        line[512];

	r->line = number;
	for (unsigned n = 1; n < number && *at != '\0'; n++) {
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	at += strspn(at, " \t");
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\r\n"), at);
	return fail_line(r, SIGN_E_CONFIG, line, "name = value");
}

static sign_code
read_layer(sign_config *config, layer from, sign_error *err)
{
	KS_AUTO(ks_buf_clear) ks_buf content = KS_BUF(KS_CONF_MAX_BYTES);
	struct reading r = { config, from, NULL, config->folders[from], NULL, 0, false, SIGN_OK, err };
	sign_code      code;
	int            wrong;

	if (r.folder == NULL)
		return SIGN_OK;
	r.path = ks_arena_printf(config->arena, "%s/kyso.conf", r.folder);
	if (r.path == NULL)
		return ks_fail_memory(err);
	code = ks_file_slurp(r.path, KS_CONF_MAX_BYTES - 1, &content, err);
	if (code == SIGN_E_NOT_FOUND) {
		if (err != NULL)
			*err = (sign_error)SIGN_ERROR_INIT;
		return SIGN_OK;
	}
	KS_TRY(code);
	if (content.len > 0 && memchr(content.data, '\0', content.len) != NULL)
		return fail_line(&r, SIGN_E_CONFIG, "", "text without NUL bytes");
	if (content.len > 0 && !ks_utf8_valid((const char *)content.data, content.len))
		return fail_line(&r, SIGN_E_CONFIG, "", "UTF-8");
	KS_TRY(ks_buf_add(&content, "", 1, err));
	r.text = (const char *)content.data;
	wrong = ini_parse_stream(next_line, &r, on_line, &r);
	if (wrong < 0 && r.code == SIGN_OK)
		return ks_fail_memory(err);
	if (wrong > 0 && r.code == SIGN_OK)
		return fail_unread(&r, &content, (unsigned)wrong);
	return r.code;
}

/* A setting in force: later layers win, and within a layer the profile. The last of equals stands. */
static const char *
find(const sign_config *config, const char *name, layer first, layer last)
{
	const char *value = NULL;
	int         best = -1;

	for (size_t i = 0; i < config->setting_count; i++) {
		const struct setting *s = &config->settings[i];
		bool                  in_profile = s->profile != NULL;
		int                   rank = (in_profile ? LAYER_COUNT : 0) + (int)s->from;

		if (s->from < first || s->from > last || strcmp(s->name, name) != 0)
			continue;
		if (in_profile && (config->profile == NULL || strcmp(s->profile, config->profile) != 0))
			continue;
		if (rank >= best) {
			best = rank;
			value = s->value;
		}
	}
	return value;
}

static sign_code
find_profile(sign_config *config, const char *profile, sign_error *err)
{
	const char *names[KS_CONF_MAX_SETTINGS + 1];
	size_t      count = 0;

	if (profile == NULL)
		return SIGN_OK;
	config->profile = ks_arena_strdup(config->arena, profile);
	if (config->profile == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < config->setting_count; i++) {
		if (config->settings[i].profile == NULL)
			continue;
		if (strcmp(config->settings[i].profile, profile) == 0)
			return SIGN_OK;
		names[count++] = config->settings[i].profile;
	}
	names[count] = NULL;
	profile = sign_nearest_word(config->profile, names);
	return ks_fail_why(err, SIGN_E_CONFIG, config->profile, "[profile NAME]", "%s", profile != NULL ? profile : "");
}

/* `trust =` replaces its layer's own folder; a locked trust leaves the user none. */
static sign_code
find_trust(sign_config *config, sign_error *err)
{
	for (int i = 0; i < LAYER_COUNT; i++) {
		if (config->folders[i] == NULL || (i == LAYER_USER && sign_config_locked(config, "trust")))
			continue;
		config->trust[i] = find(config, "trust", (layer)i, (layer)i);
		if (config->trust[i] == NULL)
			config->trust[i] = ks_arena_printf(config->arena, "%s/trust", config->folders[i]);
		if (config->trust[i] == NULL)
			return ks_fail_memory(err);
	}
	return SIGN_OK;
}

static sign_code
check_keys(const sign_config *config, sign_error *err)
{
	for (size_t i = 0; i < config->key_count; i++)
		if (config->keys[i].uri[0] == '\0')
			return ks_fail_why(err, SIGN_E_CONFIG, config->keys[i].name, "[key NAME]", "uri = ...");
	return SIGN_OK;
}

static void
auto_config(sign_config **config)
{
	sign_config_free(*config);
}

sign_code
ks_conf_load(const char *system_folder, const char *user_folder, const char *profile, sign_config **config,
    sign_error *err)
{
	KS_AUTO(auto_config) sign_config *c = calloc(1, sizeof(*c));
	const char *given[LAYER_COUNT] = { system_folder, user_folder };

	*config = NULL;
	if (c == NULL || (c->arena = ks_arena_new()) == NULL)
		return ks_fail_memory(err);
	for (int i = 0; i < LAYER_COUNT; i++) {
		if (given[i] != NULL && (c->folders[i] = ks_arena_strdup(c->arena, given[i])) == NULL)
			return ks_fail_memory(err);
		KS_TRY(read_layer(c, (layer)i, err));
	}
	KS_TRY(find_profile(c, profile, err));
	KS_TRY(check_keys(c, err));
	KS_TRY(find_trust(c, err));
	*config = KS_MOVE(c);
	return SIGN_OK;
}

SIGN_API sign_code
sign_config_load(const char *profile, sign_config **config, sign_error *err)
{
	KS_AUTO(ks_auto_mem) char *folder = NULL;
	const char *base = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	int         made = 0;

	*config = NULL;
	/* the XDG rule: a relative $XDG_CONFIG_HOME is ignored, so that no current folder is ever read by itself */
	if (base != NULL && base[0] == '/')
		made = asprintf(&folder, "%s/kyso", base);
	else if (home != NULL && home[0] == '/')
		made = asprintf(&folder, "%s/.config/kyso", home);
	if (made < 0) {
		folder = NULL;
		return ks_fail_memory(err);
	}
	return ks_conf_load(KS_SYSCONFDIR, folder, profile, config, err);
}

SIGN_API void
sign_config_free(sign_config *config)
{
	if (config == NULL)
		return;
	ks_arena_free(config->arena);
	free(config);
}

SIGN_API const char *
sign_config_get(const sign_config *config, const char *name)
{
	return find(config, name, LAYER_SYSTEM, LAYER_USER);
}

SIGN_API bool
sign_config_locked(const sign_config *config, const char *name)
{
	const char *lock = find(config, "lock", LAYER_SYSTEM, LAYER_SYSTEM);
	size_t      len = strlen(name);

	while (lock != NULL && *lock != '\0') {
		size_t word = strcspn(lock, " ,\t");

		if (word == len && strncmp(lock, name, len) == 0)
			return true;
		lock += word;
		lock += strspn(lock, " ,\t");
	}
	return false;
}

SIGN_API size_t
sign_config_key_count(const sign_config *config)
{
	return config->key_count;
}

static sign_role
role_from(const char *as)
{
	static const sign_role all[] = { SIGN_ROLE_PERSON, SIGN_ROLE_AGENCY, SIGN_ROLE_APPENDIX, SIGN_ROLE_COPY };
	static const char *const names[] = { "person", "agency", "appendix", "copy" };

	for (size_t i = 0; i < KS_COUNT(names); i++)
		if (strcmp(as, names[i]) == 0)
			return all[i];
	return SIGN_ROLE_UNKNOWN;
}

SIGN_API bool
sign_config_key_at(const sign_config *config, size_t index, sign_config_key *key)
{
	const struct named_key *k;

	if (index >= config->key_count)
		return false;
	k = &config->keys[index];
	*key = (sign_config_key){ k->name, k->uri, k->cert, k->pin_file, role_from(k->as), k->module };
	return true;
}

SIGN_API const char *
sign_config_trust_folder(const sign_config *config, size_t index)
{
	size_t seen = 0;

	for (int i = 0; i < LAYER_COUNT; i++)
		if (config->trust[i] != NULL && seen++ == index)
			return config->trust[i];
	return NULL;
}

SIGN_API const char *
sign_config_folder(const sign_config *config, size_t index)
{
	size_t seen = 0;

	for (int i = 0; i < LAYER_COUNT; i++)
		if (config->folders[i] != NULL && seen++ == index)
			return config->folders[i];
	return NULL;
}
