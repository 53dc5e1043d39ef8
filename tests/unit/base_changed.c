/*
 * A file that is not the same at the end of reading as at its beginning is noticed; one that only looks unusual is not accused.
 */
#include "base.h"
#include "base_file.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static char folder[] = "/tmp/kyso-unit-XXXXXX";

static void
set_up(void)
{
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
}

static void
tear_down(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	cr_assert_eq(system(command), 0);
}

TestSuite(base_changed, .init = set_up, .fini = tear_down);

static const struct {
	const char *label, *before, *meanwhile; /* shell commands */
	sign_code   want;
} rows[] = {
	{ "left alone",             ":",                   ":",                            SIGN_OK },
	{ "read by others",         ":",                   "cat a > b",                    SIGN_OK },
	{ "a second name",          ":",                   "ln a b",                       SIGN_OK },
	{ "moved",                  ":",                   "mv a b",                       SIGN_OK },
	{ "one of two names gone",  "ln a b",              "rm b",                         SIGN_OK },
	{ "other permissions",      ":",                   "chmod 400 a",                  SIGN_OK },
	{ "grows",                  ":",                   "echo more >> a",               SIGN_E_CHANGED },
	{ "shrinks",                ":",                   "truncate -s 2 a",              SIGN_E_CHANGED },
	{ "emptied",                ":",                   ": > a",                        SIGN_E_CHANGED },
	{ "other bytes, same size", "touch -d 2020-01-01 a", "printf five > a",            SIGN_E_CHANGED },
	{ "vanishes",               ":",                   "rm a",                         SIGN_E_CHANGED },
	{ "replaced",               ":",                   "printf four > b && mv b a",    SIGN_E_CHANGED },
};
ParameterizedTestParameters(base_changed, change_is_noticed)
{
	static size_t index[COUNT_OF(rows)];

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, COUNT_OF(rows));
}
ParameterizedTest(size_t *row, base_changed, change_is_noticed)
{
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	sign_error err = SIGN_ERROR_INIT;
	sign_code  got;

	cr_assert_eq(system("printf four > a"), 0);
	cr_assert_eq(system(rows[*row].before), 0);
	cr_assert_eq(ks_file_open("a", &file, &err), SIGN_OK);
	cr_assert_eq(system(rows[*row].meanwhile), 0);
	got = ks_file_unchanged(file, &err);
	cr_expect_eq(got, rows[*row].want, "%s: %d", rows[*row].label, (int)got);
	cr_expect_eq(err.code, got, "%s: error and result disagree", rows[*row].label);
}

Test(base_changed, a_file_that_never_had_a_name_is_fine)
{
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	char path[64];
	int  fd = open(".", O_TMPFILE | O_RDWR, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, "four", 4), 4);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	cr_assert_eq(ks_file_open(path, &file, NULL), SIGN_OK);
	cr_expect_eq(ks_file_unchanged(file, NULL), SIGN_OK);
	close(fd);
}
