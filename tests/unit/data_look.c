/*
 * What is known about the data: every file that the library carries has a version and a date; modules are only looked for.
 */
#include "base.h"

#include <libsign/data.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <string.h>
#include <unistd.h>

static const struct { const char *label, *name; sign_code want; } rows[] = {
	{ "algorithms",      "algorithms.json",        SIGN_OK },
	{ "authorities",     "ca.json",                SIGN_OK },
	{ "modules",         "modules.json",           SIGN_OK },
	{ "a policy",        "policies/official.json", SIGN_OK },
	{ "not there",       "missing.json",           SIGN_E_NOT_FOUND },
	{ "without suffix",  "algorithms",             SIGN_E_NOT_FOUND },
	{ "empty",           "",                       SIGN_E_NOT_FOUND },
};

ParameterizedTestParameters(data_look, tells_version_and_date)
{
	static size_t at[KS_COUNT(rows)];

	for (size_t i = 0; i < KS_COUNT(rows); i++)
		at[i] = i;
	return cr_make_param_array(size_t, at, KS_COUNT(rows));
}

ParameterizedTest(size_t *row, data_look, tells_version_and_date)
{
	sign_error     err = SIGN_ERROR_INIT;
	sign_data_info info;
	sign_code      got = sign_data_look(rows[*row].name, &info, &err);

	if (rows[*row].name[0] == '\0') { /* a folder, where one is installed; else nothing */
		cr_expect_neq(got, SIGN_OK, "%s", rows[*row].label);
		return;
	}
	cr_expect_eq(got, rows[*row].want, "%s: %d %s", rows[*row].label, (int)got, err.detail);
	cr_expect_eq(err.code, got, "%s: error and result disagree", rows[*row].label);
	cr_expect_eq(info.version[0] != '\0' && strlen(info.date) == 10, got == SIGN_OK, "%s", rows[*row].label);
}

Test(data_look, names_every_file_once)
{
	size_t count = 0;

	for (const char *name; (name = sign_data_name(count)) != NULL; count++) {
		sign_error     err = SIGN_ERROR_INIT;
		sign_data_info info;

		cr_expect_eq(sign_data_look(name, &info, &err), SIGN_OK, "%s: %s", name, err.detail);
		for (size_t i = 0; i < count; i++)
			cr_expect_str_neq(sign_data_name(i), name);
	}
	cr_expect_geq(count, 5);
}

static bool
on_module(void *user, const char *name, const char *path)
{
	int *left = user;

	cr_expect_neq(name[0], '\0');
	cr_expect_eq(access(path, F_OK), 0, "%s is not there", path);
	cr_expect_gt(*left, 0, "called after it said false");
	return --*left > 0;
}

Test(data_look, finds_only_modules_that_are_there)
{
	for (int most = 1; most < 3; most++) {
		sign_error err = SIGN_ERROR_INIT;
		int        left = most;

		cr_expect_eq(sign_modules_find(on_module, &left, &err), SIGN_OK, "%s", err.detail);
	}
}
