/*
 * Hidden names of outputs: what a killed process left is taken away by the next one for the same result, and what a living
 * one holds is left alone.
 */
#include "base.h"
#include "base_file.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static char    folder[] = "/tmp/kyso-unit-XXXXXX";
static uint8_t block[KS_BLOCK_BYTES], other_block[KS_BLOCK_BYTES];

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

TestSuite(base_hidden, .init = set_up, .fini = tear_down);

static size_t
hidden_here(void)
{
	DIR   *dir = opendir(".");
	size_t n = 0;

	for (struct dirent *e; (e = readdir(dir)) != NULL;)
		n += strncmp(e->d_name, ".kyso-", 6) == 0;
	closedir(dir);
	return n;
}

static ks_output *
begin(const char *path, unsigned flags, uint8_t *lent)
{
	ks_output *out = NULL;

	cr_assert_eq(ks_output_open(path, flags, lent, KS_BLOCK_BYTES, &out, NULL), SIGN_OK);
	cr_assert_eq(ks_output_write(out, path, strlen(path), NULL), SIGN_OK);
	cr_assert_eq(ks_output_prepare(out, NULL), SIGN_OK);
	return out;
}

/* A process that ends while its output has a hidden name. What a kill leaves: nothing was freed. */
static void
leave_behind(const char *path)
{
	ks_output *out = NULL;
	int        status;
	pid_t      pid = fork();

	cr_assert_geq(pid, 0);
	if (pid == 0) /* Criterion's asserts are not for this process */
		_exit(ks_output_open(path, KS_OUTPUT_NAMED | KS_OUTPUT_FORCE, block, sizeof(block), &out, NULL) != SIGN_OK);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_eq(status, 0);
	cr_assert_eq(hidden_here(), 1);
}

static const struct {
	const char *label, *path;
	unsigned    flags;
	bool        there; /* the output, before */
	size_t      left;
} rows[] = {
	{ "again",                        "a",   KS_OUTPUT_NAMED,                   false, 0 },
	{ "again, forced",                "a",   KS_OUTPUT_NAMED | KS_OUTPUT_FORCE, true,  0 },
	{ "nameless, forced",             "a",   KS_OUTPUT_FORCE,                   true,  0 },
	{ "as a path",                    "./a", KS_OUTPUT_NAMED,                   false, 0 },
	{ "another output takes nothing", "b",   KS_OUTPUT_NAMED,                   false, 1 },
	{ "nameless needs no name",       "a",   0,                                 false, 1 },
};
ParameterizedTestParameters(base_hidden, the_killed_are_cleaned_up_after)
{
	static size_t index[COUNT_OF(rows)];

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, COUNT_OF(rows));
}
ParameterizedTest(size_t *row, base_hidden, the_killed_are_cleaned_up_after)
{
	if (rows[*row].there)
		cr_assert_eq(ks_output_publish_one(begin(rows[*row].path, 0, block), KS_SYNC_NONE, NULL), SIGN_OK);
	leave_behind("a");
	cr_expect_eq(ks_output_publish_one(begin(rows[*row].path, rows[*row].flags, block), KS_SYNC_NONE, NULL), SIGN_OK,
	    "%s", rows[*row].label);
	cr_expect_eq(access(rows[*row].path, F_OK), 0, "%s", rows[*row].label);
	cr_expect_eq(hidden_here(), rows[*row].left, "%s: %zu hidden files", rows[*row].label, hidden_here());
	cr_expect_eq(ks_output_adopt("./a", KS_SYNC_NONE, NULL), SIGN_OK);
	cr_expect_eq(hidden_here(), 0, "%s: something is left", rows[*row].label);
}

Test(base_hidden, the_living_are_left_alone)
{
	ks_output *first = begin("a", KS_OUTPUT_NAMED, block);
	ks_output *second = begin("a", KS_OUTPUT_NAMED, other_block);
	sign_error err = SIGN_ERROR_INIT;

	cr_expect_eq(hidden_here(), 2);
	cr_expect_eq(ks_output_adopt("a", KS_SYNC_NONE, NULL), SIGN_OK);
	cr_expect_eq(hidden_here(), 2, "it took what is in use");
	ks_output_free(second);
	cr_expect_eq(hidden_here(), 1, "the second took the first one's with it");
	second = begin("a", KS_OUTPUT_NAMED, other_block);
	cr_expect_eq(ks_output_publish_one(first, KS_SYNC_NONE, &err), SIGN_OK, "%s", err.detail);
	cr_expect_eq(ks_output_publish_one(second, KS_SYNC_NONE, &err), SIGN_E_EXISTS);
	cr_expect_eq(hidden_here(), 0);
}

Test(base_hidden, a_link_in_its_place_is_not_followed)
{
	FILE *f = fopen("precious", "we");

	cr_assert_not_null(f);
	fclose(f);
	leave_behind("a");
	cr_assert_eq(system("for f in .kyso-*; do rm \"$f\"; ln -s precious \"$f\"; done"), 0);
	cr_expect_eq(ks_output_adopt("a", KS_SYNC_NONE, NULL), SIGN_OK);
	cr_expect_eq(ks_output_publish_one(begin("a", KS_OUTPUT_NAMED, block), KS_SYNC_NONE, NULL), SIGN_OK);
	cr_expect_eq(access("precious", F_OK), 0);
}

static const struct {
	const char *label, *path;
	ks_sync     sync;
	sign_code   want;
} adoptions[] = {
	{ "there",                    "a",           KS_SYNC_EACH,  SIGN_OK },
	{ "as a path",                "./a",         KS_SYNC_GROUP, SIGN_OK },
	{ "nothing to bring to disk", "b",           KS_SYNC_NONE,  SIGN_OK },
	{ "missing",                  "b",           KS_SYNC_GROUP, SIGN_E_NOT_FOUND },
	{ "no such folder",           "folder/a",    KS_SYNC_EACH,  SIGN_E_NOT_FOUND },
};
ParameterizedTestParameters(base_hidden, what_is_adopted_is_synced)
{
	static size_t index[COUNT_OF(adoptions)];

	for (size_t i = 0; i < COUNT_OF(adoptions); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, COUNT_OF(adoptions));
}
ParameterizedTest(size_t *row, base_hidden, what_is_adopted_is_synced)
{
	sign_error err = SIGN_ERROR_INIT;
	sign_code  got;

	cr_assert_eq(ks_output_publish_one(begin("a", 0, block), KS_SYNC_NONE, NULL), SIGN_OK);
	got = ks_output_adopt(adoptions[*row].path, adoptions[*row].sync, &err);
	cr_expect_eq(got, adoptions[*row].want, "%s: %d %s", adoptions[*row].label, (int)got, err.subject);
}
