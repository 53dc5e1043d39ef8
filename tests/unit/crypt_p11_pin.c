/*
 * PINs of tokens: tried once or not at all, the token's own word about what is left, and what is remembered of a refusal.
 */
#include "crypt_p11_support.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KEY TOKEN "id=%01"

static const struct {
	const char    *label, *pin, *faults;
	bool           final_try;
	sign_code      want;
	unsigned       asked, logins;
	sign_pin_state state; /* as the question had it */
	const char    *detail;
} pins[] = {
	{ "right", TOKEN_PIN, "", false, SIGN_OK, 1, 1, SIGN_PIN_READY, "" },
	{ "right, few left", TOKEN_PIN, "low", false, SIGN_OK, 1, 1, SIGN_PIN_LOW, "" },
	{ "right, last try allowed", TOKEN_PIN, "final", true, SIGN_OK, 1, 1, SIGN_PIN_FINAL, "" },
	{ "last try not allowed", TOKEN_PIN, "final", false, SIGN_E_PIN_FINAL, 0, 0, SIGN_PIN_NONE, "" },
	{ "locked", TOKEN_PIN, "locked", false, SIGN_E_PIN_LOCKED, 0, 0, SIGN_PIN_NONE, "" },
	{ "locked, last try allowed", TOKEN_PIN, "locked", true, SIGN_E_PIN_LOCKED, 0, 0, SIGN_PIN_NONE, "" },
	{ "never set", TOKEN_PIN, "unset", false, SIGN_E_PIN_MISSING, 0, 0, SIGN_PIN_NONE,
	    "no PIN has been set on this token yet" },
	{ "wrong, then few left", "135791", "", false, SIGN_E_PIN_WRONG, 1, 1, SIGN_PIN_READY, "few tries are left" },
	{ "wrong, then one left", "135791", "then-final", false, SIGN_E_PIN_WRONG, 1, 1, SIGN_PIN_READY,
	    "one try is left" },
	{ "wrong, then locked", "135791", "then-locked", false, SIGN_E_PIN_LOCKED, 1, 1, SIGN_PIN_READY,
	    "that was the last try" },
	{ "shorter than the token allows", "1", "", false, SIGN_E_PIN_WRONG, 1, 0, SIGN_PIN_READY, "4-255" },
	{ "empty", "", "", false, SIGN_E_PIN_MISSING, 1, 0, SIGN_PIN_READY, "" },
	{ "none given", NULL, "", false, SIGN_E_PIN_MISSING, 1, 0, SIGN_PIN_READY, "" },
	{ "given up", TOKEN_PIN, "cancel", false, SIGN_E_PIN_MISSING, 1, 1, SIGN_PIN_READY, "CKR_FUNCTION_CANCELED" },
};

ROWS(crypt_p11_pin, tried_once, pins)
{
	char            *folder = token_new("person");
	token_asker      a = { .pin = pins[*row].pin };
	sign_key_options options = token_options(&a);
	sign_key        *key = NULL;
	sign_error       err = SIGN_ERROR_INIT;
	sign_code        got;

	options.final_try = pins[*row].final_try;
	token_faults(pins[*row].faults);
	got = sign_key_open(KEY, &options, &key, &err);
	cr_expect_eq(got, pins[*row].want, "%s: %d %s %s", pins[*row].label, (int)got, err.where, err.detail);
	cr_expect_eq(err.code, got, "%s: error and result disagree", pins[*row].label);
	cr_expect_eq(a.asked, pins[*row].asked, "%s: asked %u times", pins[*row].label, a.asked);
	cr_expect_eq(token_count(folder, "login"), pins[*row].logins, "%s: %u logins", pins[*row].label,
	    token_count(folder, "login"));
	cr_expect_eq(a.last.state, pins[*row].state, "%s: %d", pins[*row].label, (int)a.last.state);
	cr_expect_str_eq(err.detail, pins[*row].detail, "%s", pins[*row].label);
	if (a.asked > 0)
		cr_expect_str_eq(a.holder, "Nguyễn Văn Mẫu", "the prompt knows whose key it is: %s", a.holder);
	sign_key_free(key);
	token_free(folder);
}

static const struct {
	const char *label, *faults, *typed;
	bool        anyone; /* there is someone to tell */
	sign_code   want;
	unsigned    pads;
} pads[] = {
	{ "right", "pinpad", TOKEN_PIN, true, SIGN_OK, 1 },
	{ "right, nobody to tell", "pinpad", TOKEN_PIN, false, SIGN_OK, 1 },
	{ "wrong", "pinpad", "135791", true, SIGN_E_PIN_WRONG, 1 },
	{ "locked", "pinpad,locked", TOKEN_PIN, true, SIGN_E_PIN_LOCKED, 0 },
};

ROWS(crypt_p11_pin, typed_on_the_reader, pads)
{
	char            *folder = token_new("person");
	token_asker      a = { .pin = "never used" };
	sign_key_options options = token_options(&a);
	sign_key        *key = NULL;
	sign_error       err = SIGN_ERROR_INIT;
	sign_code        got;

	setenv("P11FAKE_PIN", pads[*row].typed, 1);
	if (!pads[*row].anyone)
		options.ask = NULL;
	token_faults(pads[*row].faults);
	got = sign_key_open(KEY, &options, &key, &err);
	cr_expect_eq(got, pads[*row].want, "%s: %d %s", pads[*row].label, (int)got, err.detail);
	cr_expect_eq(token_count(folder, "login pad"), pads[*row].pads, "%s", pads[*row].label);
	cr_expect_eq(token_count(folder, "login"), 0, "a PIN was sent to the module");
	if (a.asked > 0)
		cr_expect(a.last.pin_pad);
	sign_key_free(key);
	token_free(folder);
}

/* A key that wants its PIN each time: the kept PIN is the one that logged in; one refusal stops all workers. */
Test(crypt_p11_pin, refused_for_one_signature)
{
	char            *folder = token_new("person");
	token_asker      a = { .pin = TOKEN_PIN };
	sign_key_options options = token_options(&a);
	sign_key        *key = NULL;
	sign_error       err = SIGN_ERROR_INIT;

	token_faults("always");
	cr_assert_eq(sign_key_open(KEY, &options, &key, &err), SIGN_OK, "%d", (int)err.code);
	setenv("P11FAKE_PIN", "changed", 1);
	for (int i = 0; i < 3; i++)
		cr_expect_eq(sign_key_check(key, 1800000000, &err), SIGN_E_PIN_WRONG, "%d", (int)err.code);
	cr_expect_eq(token_count(folder, "login context"), 1, "tried %u times", token_count(folder, "login context"));
	sign_key_free(key);
	token_free(folder);
}

/* ---- refusals ---- */

static sign_code
try_pin(const char *pin, const char *record, bool unattended)
{
	token_asker      a = { .pin = pin };
	sign_key_options options = token_options(&a);
	sign_key        *key = NULL;
	sign_error       err = SIGN_ERROR_INIT;
	sign_code        rc;

	options.refusals = record;
	options.unattended = unattended;
	rc = sign_key_open(KEY, &options, &key, &err);
	cr_expect_eq(err.code, rc);
	sign_key_free(key);
	return rc;
}

Test(crypt_p11_pin, refusal_is_remembered)
{
	char       *folder = token_new("person");
	char        record[4096];
	struct stat st;

	snprintf(record, sizeof(record), "%s/state/kyso/refused-pins", folder);
	cr_expect_eq(try_pin("135791", record, true), SIGN_E_PIN_WRONG);
	cr_expect_eq(token_count(folder, "login"), 1);
	cr_assert_eq(stat(record, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0600);
	/* again, and again: the token is not asked */
	cr_expect_eq(try_pin("135791", record, true), SIGN_E_PIN_REFUSED);
	cr_expect_eq(try_pin("135791", record, true), SIGN_E_PIN_REFUSED);
	cr_expect_eq(token_count(folder, "login"), 1);
	/* another PIN may be tried; a person may try what he likes */
	cr_expect_eq(try_pin("135792", record, true), SIGN_E_PIN_WRONG);
	cr_expect_eq(try_pin("135791", record, false), SIGN_E_PIN_WRONG);
	cr_expect_eq(token_count(folder, "login"), 3);
	test_run("! grep -q 13579 '%s'", record);
	test_run("test $(wc -l < '%s') = 2", record);
	/* a PIN that is accepted ends what was remembered of this token */
	test_run("echo 'something else' >> '%s'", record);
	cr_expect_eq(try_pin(TOKEN_PIN, record, true), SIGN_OK);
	test_run("test \"$(cat '%s')\" = 'something else'", record);
	cr_expect_eq(try_pin("135791", record, true), SIGN_E_PIN_WRONG);
	token_free(folder);
}

static const struct {
	const char *label, *prepare;
	sign_code   want;
	unsigned    logins;
} records[] = {
	{ "not there yet", "true", SIGN_OK, 1 },
	{ "empty", "mkdir state; : > state/refused", SIGN_OK, 1 },
	{ "damaged lines", "mkdir state; printf '1 abc def\\n\\n1 zz\\0\\n%%200s\\n' x > state/refused", SIGN_OK, 1 },
	{ "a folder in its place", "mkdir -p state/refused", SIGN_E_IS_FOLDER, 0 },
	{ "a link in its place", "mkdir state; ln -s /etc/passwd state/refused", SIGN_E_WRITE, 0 },
	{ "a file for its folder", ": > state", SIGN_E_NOT_FOUND, 0 },
	{ "far too long", "mkdir state; head -c 300000 /dev/zero > state/refused", SIGN_E_LIMIT, 0 },
};

/* Where a refusal could not be written down, no PIN is tried. */
ROWS(crypt_p11_pin, record, records)
{
	char     *folder = token_new("person");
	char      record[4096];
	sign_code got;

	test_run("cd '%s' && %s", folder, records[*row].prepare);
	snprintf(record, sizeof(record), "%s/state/refused", folder);
	got = try_pin(TOKEN_PIN, record, true);
	if (records[*row].want == SIGN_OK)
		cr_expect_eq(got, SIGN_OK, "%s: %d", records[*row].label, (int)got);
	else
		cr_expect_neq(got, SIGN_OK, "%s", records[*row].label);
	cr_expect_eq(token_count(folder, "login"), records[*row].logins, "%s", records[*row].label);
	token_free(folder);
}
