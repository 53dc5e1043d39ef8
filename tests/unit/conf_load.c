/*
 * The configuration: layers, profiles, keys, locks, and what is refused with which word.
 */
#include "conf.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct box {
	char top[64], system[96], user[96];
};

static void
box_open(struct box *b)
{
	strcpy(b->top, "/tmp/kyso-conf-XXXXXX");
	cr_assert_not_null(mkdtemp(b->top));
	snprintf(b->system, sizeof(b->system), "%s/system", b->top);
	snprintf(b->user, sizeof(b->user), "%s/user", b->top);
	cr_assert_eq(mkdir(b->system, 0700), 0);
	cr_assert_eq(mkdir(b->user, 0700), 0);
}

static void
put(const char *folder, const char *text, size_t len)
{
	char  path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/kyso.conf", folder);
	f = fopen(path, "w");
	cr_assert_not_null(f);
	cr_assert_eq(fwrite(text, 1, len, f), len);
	cr_assert_eq(fclose(f), 0);
}

static void
box_close(struct box *b)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/kyso.conf", b->system);
	unlink(path);
	snprintf(path, sizeof(path), "%s/kyso.conf", b->user);
	unlink(path);
	rmdir(b->system);
	rmdir(b->user);
	rmdir(b->top);
}

static sign_code
load(const char *system, const char *user, const char *profile, sign_config **config, sign_error *err)
{
	struct box b;
	sign_code  code;

	box_open(&b);
	if (system != NULL)
		put(b.system, system, strlen(system));
	if (user != NULL)
		put(b.user, user, strlen(user));
	code = ks_conf_load(b.system, b.user, profile, config, err);
	box_close(&b);
	return code;
}

/* ---- what holds ---- */

static const struct {
	const char *label, *system, *user, *profile, *name, *want;
} settings[] = {
	{ "nothing", NULL, NULL, NULL, "lang", NULL },
	{ "system", "lang = vi\n", NULL, NULL, "lang", "vi" },
	{ "user over system", "lang = vi\n", "lang = en\n", NULL, "lang", "en" },
	{ "the last of equals", "lang = vi\nlang = en\n", NULL, NULL, "lang", "en" },
	{ "profile of the system over the user", "[profile a]\nlang = vi\n", "lang = en\n", "a", "lang", "vi" },
	{ "profile of the user on top", "[profile a]\nlang = vi\n", "[profile a]\nlang = en\n", "a", "lang", "en" },
	{ "another profile says nothing", "[profile a]\nlang = vi\n[profile b]\njobs = 1\n", NULL, "b", "lang", NULL },
	{ "a profile not asked for", "[profile a]\nlang = vi\n", NULL, NULL, "lang", NULL },
	{ "suffix", "form.pdf = asics\n", NULL, NULL, "form.pdf", "asics" },
	{ "indented line is a line", "lang = vi\n  jobs = 2\n", NULL, NULL, "jobs", "2" },
	{ "comments and blanks", "; a\n# b\n\n lang=vi ; c\n", NULL, NULL, "lang", "vi" },
	{ "CR LF", "lang = vi\r\njobs = 3\r\n", NULL, NULL, "jobs", "3" },
	{ "no end of line", "lang = vi", NULL, NULL, "lang", "vi" },
	{ "byte order mark", "\xEF\xBB\xBFlang = vi\n", NULL, NULL, "lang", "vi" },
	{ "accents", "title = Ph\u00f3 Gi\u00e1m \u0111\u1ed1c\n", NULL, NULL, "title", "Ph\u00f3 Gi\u00e1m \u0111\u1ed1c" },
	{ "policy by name stays", "policy = official\n", NULL, NULL, "policy", "official" },
	{ "absolute path stays", "policy = /x/p.json\n", NULL, NULL, "policy", "/x/p.json" },
	{ "home", "crl = ~/crls\n", NULL, NULL, "crl", "/home/mau/crls" },
};
ParameterizedTestParameters(conf, setting_holds)
{
	static size_t rows[KS_COUNT(settings)];
	for (size_t i = 0; i < KS_COUNT(settings); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, KS_COUNT(settings));
}
ParameterizedTest(size_t *row, conf, setting_holds)
{
	sign_config *config = NULL;
	sign_error   err = SIGN_ERROR_INIT;
	const char  *got;

	setenv("HOME", "/home/mau", 1);
	cr_assert_eq(load(settings[*row].system, settings[*row].user, settings[*row].profile, &config, &err), SIGN_OK,
	    "%s: %s %s %s", settings[*row].label, err.subject, err.where, err.detail);
	cr_expect_eq(err.code, SIGN_OK, "%s", settings[*row].label);
	got = sign_config_get(config, settings[*row].name);
	if (settings[*row].want == NULL)
		cr_expect_null(got, "%s: %s", settings[*row].label, got);
	else
		cr_expect_str_eq(got, settings[*row].want, "%s", settings[*row].label);
	sign_config_free(config);
}

/* ---- what is refused ---- */

static const struct {
	const char *label, *system, *user, *profile;
	sign_code   want;
	const char *subject, *line, *detail; /* line: how `where` ends; NULL: not asked */
} faults[] = {
	{ "unknown key", "lang = vi\nlnag = vi\n", NULL, NULL, SIGN_E_CONFIG, "lnag", "kyso.conf:2", "lang" },
	{ "unknown key, nothing near", "zzzzzz = 1\n", NULL, NULL, SIGN_E_CONFIG, "zzzzzz", "kyso.conf:1", "" },
	{ "unknown section", "[colours]\nlang = vi\n", NULL, NULL, SIGN_E_CONFIG, "colours", "kyso.conf:2", NULL },
	{ "key section without name", "[key]\nuri = x\n", NULL, NULL, SIGN_E_CONFIG, "key", NULL, NULL },
	{ "unknown word", "form = asise\n", NULL, NULL, SIGN_E_CONFIG, "asise", "kyso.conf:1", "asice" },
	{ "a form not yet", "form = pdf\n", NULL, NULL, SIGN_E_CONFIG, "pdf", NULL, NULL },
	{ "unknown language", "lang = fr\n", NULL, NULL, SIGN_E_CONFIG, "fr", NULL, NULL },
	{ "no value", "lang =\n", NULL, NULL, SIGN_E_CONFIG, "lang", NULL, NULL },
	{ "no equals sign", "lang = vi\n  just words\nlang = en\n", NULL, NULL, SIGN_E_CONFIG, "just words", "kyso.conf:2",
	    "name = value" },
	{ "no equals sign at the end", "\nlang = vi\njust words", NULL, NULL, SIGN_E_CONFIG, "just words", "kyso.conf:3",
	    "name = value" },
	{ "open bracket", "[key a\nuri = x\n", NULL, NULL, SIGN_E_CONFIG, NULL, NULL, NULL },
	{ "number", "jobs = many\n", NULL, NULL, SIGN_E_CONFIG, "many", NULL, "0-1024" },
	{ "negative number", "jobs = -1\n", NULL, NULL, SIGN_E_CONFIG, "-1", NULL, NULL },
	{ "too large a number", "jobs = 1025\n", NULL, NULL, SIGN_E_CONFIG, "1025", NULL, NULL },
	{ "setting in a key section", "[key a]\nuri = x\nlang = vi\n", NULL, NULL, SIGN_E_CONFIG, "lang", "kyso.conf:3", NULL },
	{ "uri outside a key section", "uri = x\n", NULL, NULL, SIGN_E_CONFIG, "uri", NULL, NULL },
	{ "key without uri", "[key a]\nas = person\n", NULL, NULL, SIGN_E_CONFIG, "a", NULL, "uri = ..." },
	{ "unknown role", "[key a]\nuri = x\nas = king\n", NULL, NULL, SIGN_E_CONFIG, "king", NULL, NULL },
	{ "unknown profile", "[profile box]\nlang = vi\n", NULL, "bix", SIGN_E_CONFIG, "bix", NULL, "box" },
	{ "not UTF-8", "title = \xFF\xFE\n", NULL, NULL, SIGN_E_CONFIG, NULL, NULL, "UTF-8" },
	{ "lock of nothing", "lock = polcy\n", NULL, NULL, SIGN_E_CONFIG, "polcy", NULL, "policy" },
	{ "lock by the user", NULL, "lock = policy\n", NULL, SIGN_E_CONFIG, "lock", NULL, NULL },
	{ "lock in a profile", "[profile a]\nlock = policy\n", NULL, NULL, SIGN_E_CONFIG, "lock", NULL, NULL },
	{ "locked", "lock = trust, policy\n", "policy = x\n", NULL, SIGN_E_LOCKED, "policy", "kyso.conf:1", NULL },
	{ "locked, by a profile of the user", "lock = trust policy\n", "[profile a]\ntrust = /x\n", NULL, SIGN_E_LOCKED, "trust",
	    NULL, NULL },
};
ParameterizedTestParameters(conf, fault_is_told)
{
	static size_t rows[KS_COUNT(faults)];
	for (size_t i = 0; i < KS_COUNT(faults); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, KS_COUNT(faults));
}
ParameterizedTest(size_t *row, conf, fault_is_told)
{
	sign_config *config = NULL;
	sign_error   err = SIGN_ERROR_INIT;
	const char  *line = faults[*row].line;
	size_t       len = line != NULL ? strlen(line) : 0;

	cr_expect_eq(load(faults[*row].system, faults[*row].user, faults[*row].profile, &config, &err), faults[*row].want,
	    "%s: %d", faults[*row].label, (int)err.code);
	cr_expect_null(config, "%s", faults[*row].label);
	cr_expect_eq(err.code, faults[*row].want, "%s: error and result disagree", faults[*row].label);
	if (faults[*row].subject != NULL)
		cr_expect_str_eq(err.subject, faults[*row].subject, "%s", faults[*row].label);
	if (faults[*row].detail != NULL)
		cr_expect_str_eq(err.detail, faults[*row].detail, "%s", faults[*row].label);
	if (line != NULL)
		cr_expect(strlen(err.where) > len && strcmp(err.where + strlen(err.where) - len, line) == 0, "%s: %s",
		    faults[*row].label, err.where);
}

/* A line that does not fit would come as two lines from the parser. */
Test(conf, long_line_is_refused)
{
	char         text[1024] = "title = ";
	sign_config *config = NULL;
	sign_error   err = SIGN_ERROR_INIT;

	memset(text + 8, 'x', 1000);
	cr_expect_eq(load(text, NULL, NULL, &config, &err), SIGN_E_CONFIG);
	cr_expect_str_eq(err.detail, "a shorter line");
}

Test(conf, nul_byte_is_refused)
{
	static const char text[] = "lang = vi\0lock = x\n";
	sign_config      *config = NULL;
	sign_error        err = SIGN_ERROR_INIT;
	struct box        b;

	box_open(&b);
	put(b.system, text, sizeof(text) - 1);
	cr_expect_eq(ks_conf_load(b.system, NULL, NULL, &config, &err), SIGN_E_CONFIG);
	cr_expect_null(config);
	box_close(&b);
}

Test(conf, folder_in_place_of_the_file_is_refused)
{
	char         path[128];
	sign_config *config = NULL;
	sign_error   err = SIGN_ERROR_INIT;
	struct box   b;

	box_open(&b);
	snprintf(path, sizeof(path), "%s/kyso.conf", b.system);
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_expect_eq(ks_conf_load(b.system, b.user, NULL, &config, &err), SIGN_E_IS_FOLDER);
	rmdir(path);
	box_close(&b);
}

/* ---- keys, locks, trust ---- */

Test(conf, keys_of_both_files)
{
	sign_config    *config = NULL;
	sign_error      err = SIGN_ERROR_INIT;
	sign_config_key key;

	cr_assert_eq(load("[key so-mau]\nuri = file:/k/a.p12\nas = agency\npin-file = /k/pin\n",
	                 "[key so-mau]\nuri = /k/b.p12\n[key  hai ba]\nuri = pkcs11:token=a;object=b\n", NULL, &config, &err),
	    SIGN_OK);
	cr_assert_eq(sign_config_key_count(config), 2);
	cr_assert(sign_config_key_at(config, 0, &key));
	cr_expect_str_eq(key.name, "so-mau");
	cr_expect_str_eq(key.uri, "/k/b.p12");
	cr_expect_str_eq(key.pin_file, "/k/pin");
	cr_expect_str_eq(key.cert, "");
	cr_expect_eq(key.as, SIGN_ROLE_AGENCY);
	cr_assert(sign_config_key_at(config, 1, &key));
	cr_expect_str_eq(key.name, "hai ba");
	cr_expect_str_eq(key.uri, "pkcs11:token=a;object=b");
	cr_expect_eq(key.as, SIGN_ROLE_UNKNOWN);
	cr_expect_not(sign_config_key_at(config, 2, &key));
	sign_config_free(config);
}

Test(conf, relative_paths_start_at_the_file)
{
	struct box      b;
	sign_config    *config = NULL;
	sign_error      err = SIGN_ERROR_INIT;
	sign_config_key key;
	char            want[160];
	static const char text[] = "trust = anchors\npolicy = mine.json\n[key a]\nuri = file:a.p12\n";

	box_open(&b);
	put(b.user, text, sizeof(text) - 1);
	cr_assert_eq(ks_conf_load(b.system, b.user, NULL, &config, &err), SIGN_OK);
	snprintf(want, sizeof(want), "%s/anchors", b.user);
	cr_expect_str_eq(sign_config_trust_folder(config, 1), want);
	snprintf(want, sizeof(want), "%s/trust", b.system);
	cr_expect_str_eq(sign_config_trust_folder(config, 0), want);
	cr_expect_null(sign_config_trust_folder(config, 2));
	snprintf(want, sizeof(want), "%s/mine.json", b.user);
	cr_expect_str_eq(sign_config_get(config, "policy"), want);
	cr_assert(sign_config_key_at(config, 0, &key));
	snprintf(want, sizeof(want), "file:%s/a.p12", b.user);
	cr_expect_str_eq(key.uri, want);
	sign_config_free(config);
	box_close(&b);
}

/* A locked trust is the system's alone: a store in somebody's home must not loosen it. */
Test(conf, locked_trust_leaves_the_user_no_store)
{
	sign_config *config = NULL;
	sign_error   err = SIGN_ERROR_INIT;

	cr_assert_eq(load("lock = trust\ntrust = /x\n", "lang = vi\n", NULL, &config, &err), SIGN_OK);
	cr_expect_str_eq(sign_config_trust_folder(config, 0), "/x");
	cr_expect_null(sign_config_trust_folder(config, 1));
	cr_expect(sign_config_locked(config, "trust"));
	cr_expect_not(sign_config_locked(config, "trus"));
	cr_expect_not(sign_config_locked(config, "policy"));
	sign_config_free(config);
}

/* ---- the nearest word ---- */

static const struct {
	const char *label, *word, *want;
} words[] = {
	{ "itself", "verify", "verify" },
	{ "swapped", "verfiy", "verify" },
	{ "one missing", "verfy", "verify" },
	{ "one more", "verrify", "verify" },
	{ "one wrong", "vorify", "verify" },
	{ "two wrong in six", "vorofy", "verify" },
	{ "three wrong in six", "vorofo", NULL },
	{ "short, swapped", "sgin", "sign" },
	{ "nothing near", "xyzzy", NULL },
	{ "empty", "", NULL },
	{ "one letter", "v", NULL },
	{ "longer than any word",
	    "verifyverifyverifyverifyverifyverifyverifyverifyverifyverifyverifyverifyverify", NULL },
};
ParameterizedTestParameters(conf, nearest_word)
{
	static size_t rows[KS_COUNT(words)];
	for (size_t i = 0; i < KS_COUNT(words); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, KS_COUNT(words));
}
ParameterizedTest(size_t *row, conf, nearest_word)
{
	static const char *const known[] = { "sign", "verify", "show", NULL };
	const char              *got = sign_nearest_word(words[*row].word, known);

	if (words[*row].want == NULL)
		cr_expect_null(got, "%s: %s", words[*row].label, got);
	else
		cr_expect(got != NULL && strcmp(got, words[*row].want) == 0, "%s: %s", words[*row].label,
		    got != NULL ? got : "nothing");
}
