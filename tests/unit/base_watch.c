/*
 * Watching folders: what is handed out, when, and how often; moving aside.
 */
#include "base.h"
#include "base_file.h"

#include <libsign/watch.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SETTLE_MS 150

static char in[] = "/tmp/kyso-watch-XXXXXX";

static void
begin(void)
{
	cr_assert_not_null(mkdtemp(in));
	cr_assert_eq(chdir(in), 0);
	cr_assert_eq(mkdir("in", 0700), 0);
}

static void
end(void)
{
	char command[64];

	cr_assert_eq(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -rf %s", in);
	cr_assert_eq(system(command), 0);
}

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	cr_assert_not_null(f, "%s", path);
	fputs(text, f);
	fclose(f);
}

static sign_watch *
watch(sign_walk_mode mode, const char *const *skip)
{
	sign_watch_options options = SIGN_WATCH_OPTIONS_INIT;
	sign_watch        *w = NULL;
	sign_error         err = SIGN_ERROR_INIT;

	options.walk.recursive = true;
	options.walk.mode = mode;
	options.settle_ms = SETTLE_MS;
	options.skip = skip;
	cr_assert_eq(sign_watch_new(&options, &w, &err), SIGN_OK);
	cr_assert_eq(sign_watch_add(w, "in", &err), SIGN_OK);
	return w;
}

/* The next file within `ms`, or NULL. */
static const char *
next_within(sign_watch *w, unsigned ms, sign_watch_item *item)
{
	sign_error err = SIGN_ERROR_INIT;

	for (unsigned waited = 0; waited <= ms; waited += 20) {
		cr_assert_eq(sign_watch_next(w, item, &err), SIGN_OK, "%s", err.subject);
		if (item->path != NULL)
			return item->path;
		usleep(20000);
	}
	return NULL;
}

/* ---- which files are handed out -------------------------------------------------------------------------------- */

static void
write_it(const char *path)
{
	put(path, "text");
}

static void
write_nothing(const char *path)
{
	put(path, "");
}

static void
rename_it(const char *path)
{
	put("outside", "text");
	cr_assert_eq(rename("outside", path), 0);
}

static void
link_nameless(const char *path)
{
	int  fd = open(".", O_TMPFILE | O_WRONLY, 0600);
	char self[32];

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, "text", 4), 4);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	cr_assert_eq(linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW), 0);
	close(fd);
}

static void
finish_fetching(const char *path)
{
	char part[64];

	snprintf(part, sizeof(part), "%s.part", path);
	put(part, "text");
	usleep(2 * SETTLE_MS * 1000);
	cr_assert_eq(rename(part, path), 0);
}

static void
make_folder(const char *path)
{
	cr_assert_eq(mkdir("outside.d", 0700), 0);
	put("outside.d/x.pdf", "text");
	cr_assert_eq(rename("outside.d", "in/moved"), 0);
	(void)path;
}

static void
make_deep(const char *path)
{
	cr_assert_eq(system("mkdir -p in/a/b/c"), 0);
	put(path, "text");
}

static void
link_symbolically(const char *path)
{
	put("outside", "text");
	cr_assert_eq(symlink("../outside", path), 0);
}

static const struct {
	const char *label, *path;
	void (*make)(const char *path);
	sign_walk_mode mode;
	bool           out;
} rows[] = {
	{ "written", "in/a.pdf", write_it, SIGN_WALK_SIGN, true },
	{ "renamed into it", "in/a.pdf", rename_it, SIGN_WALK_SIGN, true },
	{ "linked into it, as our outputs are", "in/a.pdf", link_nameless, SIGN_WALK_SIGN, true },
	{ "fetched under another name", "in/a.pdf", finish_fetching, SIGN_WALK_SIGN, true },
	{ "in a folder that is moved in", "in/moved/x.pdf", make_folder, SIGN_WALK_SIGN, true },
	{ "in folders that are made", "in/a/b/c/x.pdf", make_deep, SIGN_WALK_SIGN, true },
	{ "a container to verify", "in/a.asice", write_it, SIGN_WALK_VERIFY, true },
	{ "a container to add to", "in/a.asice", write_it, SIGN_WALK_ADD, true },
	{ "empty", "in/a.pdf", write_nothing, SIGN_WALK_SIGN, false },
	{ "hidden", "in/.a.pdf", write_it, SIGN_WALK_SIGN, false },
	{ "a lock file of an office program", "in/~$a.docx", write_it, SIGN_WALK_SIGN, false },
	{ "being fetched", "in/a.pdf.part", write_it, SIGN_WALK_SIGN, false },
	{ "being fetched, loudly", "in/a.pdf.CRDOWNLOAD", write_it, SIGN_WALK_SIGN, false },
	{ "a backup", "in/a.txt~", write_it, SIGN_WALK_SIGN, false },
	{ "a container to sign", "in/a.asice", write_it, SIGN_WALK_SIGN, false },
	{ "a document to add to", "in/a.pdf", write_it, SIGN_WALK_ADD, false },
	{ "a symbolic link", "in/a.pdf", link_symbolically, SIGN_WALK_SIGN, false },
	{ "skipped folder", "in/failed/a.pdf", write_it, SIGN_WALK_SIGN, false },
};

static void
check_row(size_t i, bool before)
{
	static const char *const skip[] = { "in/failed", NULL };
	sign_watch     *w;
	sign_watch_item item;
	const char     *got;

	cr_assert_eq(mkdir("in/failed", 0700), 0);
	w = before ? NULL : watch(rows[i].mode, skip);
	if (w != NULL)
		cr_assert_null(next_within(w, 0, &item));
	rows[i].make(rows[i].path);
	if (w == NULL)
		w = watch(rows[i].mode, skip);
	got = next_within(w, rows[i].out ? 3000 : 3 * SETTLE_MS, &item);
	if (rows[i].out)
		cr_expect_str_eq(got != NULL ? got : "nothing", rows[i].path, "%s: %s", rows[i].label, got);
	else
		cr_expect_null(got, "%s: %s", rows[i].label, got);
	if (got != NULL) {
		cr_expect_str_eq(item.relative, rows[i].path + 3, "%s", rows[i].label);
		cr_expect_str_eq(item.root, "in", "%s", rows[i].label);
		sign_watch_done(w, got, false);
	}
	cr_expect_null(next_within(w, 2 * SETTLE_MS, &item), "%s: handed out twice", rows[i].label);
	sign_watch_free(w);
}

ParameterizedTestParameters(base_watch, takes_what_comes)
{
	static size_t at[KS_COUNT(rows)];

	for (size_t i = 0; i < KS_COUNT(rows); i++)
		at[i] = i;
	return cr_make_param_array(size_t, at, KS_COUNT(rows));
}

ParameterizedTest(size_t *row, base_watch, takes_what_comes, .init = begin, .fini = end)
{
	check_row(*row, false);
}

ParameterizedTestParameters(base_watch, takes_what_is_there)
{
	static size_t at[KS_COUNT(rows)];

	for (size_t i = 0; i < KS_COUNT(rows); i++)
		at[i] = i;
	return cr_make_param_array(size_t, at, KS_COUNT(rows));
}

ParameterizedTest(size_t *row, base_watch, takes_what_is_there, .init = begin, .fini = end)
{
	check_row(*row, true);
}

/* ---- when ------------------------------------------------------------------------------------------------------ */

Test(base_watch, waits_for_a_growing_file, .init = begin, .fini = end)
{
	sign_watch     *w = watch(SIGN_WALK_SIGN, NULL);
	sign_watch_item item;

	for (int i = 0; i < 8; i++) { /* closed each time, and changed again */
		FILE *f = fopen("in/a.pdf", "a");

		fputs("more", f);
		fclose(f);
		cr_assert_null(next_within(w, SETTLE_MS / 2, &item), "taken after %d writes", i);
	}
	cr_expect_not_null(next_within(w, 3000, &item));
	sign_watch_free(w);
}

Test(base_watch, waits_while_somebody_writes, .init = begin, .fini = end)
{
	int             fd = open("in/a.pdf", O_WRONLY | O_CREAT, 0600);
	sign_watch     *w = watch(SIGN_WALK_SIGN, NULL);
	sign_watch_item item;

	cr_assert_eq(write(fd, "half", 4), 4);
	cr_expect_null(next_within(w, 4 * SETTLE_MS, &item), "half a file was taken");
	cr_assert_eq(write(fd, "whole", 5), 5);
	close(fd);
	cr_expect_not_null(next_within(w, 3000, &item));
	sign_watch_free(w);
}

Test(base_watch, a_signature_waits_for_its_document, .init = begin, .fini = end)
{
	sign_watch     *w = watch(SIGN_WALK_VERIFY, NULL);
	sign_watch_item item;

	put("in/a.pdf.p7s", "signature");
	cr_assert_null(next_within(w, 3 * SETTLE_MS, &item));
	put("in/a.pdf", "text");
	cr_assert_not_null(next_within(w, 3000, &item));
	cr_expect_str_eq(item.path, "in/a.pdf.p7s");
	sign_watch_done(w, item.path, false);
	cr_expect_null(next_within(w, 2 * SETTLE_MS, &item), "the document counts with its signature");
	put("in/b.pdf.p7s", "no document ever comes");
	cr_expect_not_null(next_within(w, 4000, &item));
	sign_watch_free(w);
}

/* ---- how often ------------------------------------------------------------------------------------------------- */

Test(base_watch, a_file_in_hand_is_not_handed_out, .init = begin, .fini = end)
{
	sign_watch       *w = watch(SIGN_WALK_SIGN, NULL);
	sign_watch_item   item;
	sign_watch_counts counts;

	put("in/a.pdf", "text");
	cr_assert_not_null(next_within(w, 3000, &item));
	put("in/a.pdf", "other text");
	cr_expect_null(next_within(w, 3 * SETTLE_MS, &item));
	sign_watch_look(w, &counts);
	cr_expect_eq(counts.in_hand, 1);
	sign_watch_done(w, "in/a.pdf", false);
	cr_expect_not_null(next_within(w, 3000, &item), "a change while in hand is lost");
	sign_watch_done(w, "in/a.pdf", true);
	cr_expect_not_null(next_within(w, 3000, &item), "asked for again");
	sign_watch_done(w, "in/a.pdf", false);
	cr_expect_null(next_within(w, 2 * SETTLE_MS, &item));
	sign_watch_look(w, &counts);
	cr_expect_eq(counts.in_hand + counts.settling, 0);
	sign_watch_free(w);
}

Test(base_watch, finds_what_a_flood_of_events_lost, .init = begin, .fini = end)
{
	sign_watch       *w = watch(SIGN_WALK_SIGN, NULL);
	sign_watch_item   item;
	sign_watch_counts counts;
	char              path[32];
	int               found = 0;

	cr_assert_null(next_within(w, 0, &item));
	for (int i = 0; i < 9000; i++) { /* two events each: more than the queue of 16,384 */
		snprintf(path, sizeof(path), "in/%d", i);
		put(path, "x");
	}
	while (next_within(w, 4 * SETTLE_MS, &item) != NULL) {
		sign_watch_done(w, item.path, false);
		found++;
	}
	cr_expect_geq(found, 9000);
	sign_watch_look(w, &counts);
	cr_expect_leq(counts.rescans, 2);
	sign_watch_free(w);
}

Test(base_watch, follows_a_folder_that_is_renamed, .init = begin, .fini = end)
{
	sign_watch     *w;
	sign_watch_item item;

	cr_assert_eq(mkdir("in/a", 0700), 0);
	w = watch(SIGN_WALK_SIGN, NULL);
	cr_assert_null(next_within(w, 0, &item));
	cr_assert_eq(rename("in/a", "in/b"), 0);
	cr_assert_null(next_within(w, 60, &item));
	put("in/b/x.pdf", "text");
	cr_assert_not_null(next_within(w, 3000, &item));
	cr_expect_str_eq(item.path, "in/b/x.pdf");
	cr_assert_eq(rename("in/b", "away"), 0);
	cr_assert_null(next_within(w, 60, &item));
	put("away/y.pdf", "text");
	cr_expect_null(next_within(w, 3 * SETTLE_MS, &item), "it is no longer watched");
	sign_watch_free(w);
}

/* ---- waiting --------------------------------------------------------------------------------------------------- */

static void *
wake_soon(void *user)
{
	usleep(50000);
	sign_watch_wake(user);
	return NULL;
}

Test(base_watch, is_woken, .init = begin, .fini = end, .timeout = 10)
{
	sign_watch     *w = watch(SIGN_WALK_SIGN, NULL);
	sign_error      err = SIGN_ERROR_INIT;
	sign_watch_item item;
	pthread_t       thread;

	cr_assert_null(next_within(w, 0, &item));
	sign_watch_wake(w); /* before the wait */
	cr_expect_eq(sign_watch_wait(w, &err), SIGN_OK);
	pthread_create(&thread, NULL, wake_soon, w);
	cr_expect_eq(sign_watch_wait(w, &err), SIGN_OK);
	pthread_join(thread, NULL);
	put("in/a.pdf", "text");
	cr_expect_eq(sign_watch_wait(w, &err), SIGN_OK);
	cr_expect_not_null(next_within(w, 0, &item), "a wait ends when a file is ready");
	sign_watch_free(w);
}

Test(base_watch, says_when_the_folder_is_gone, .init = begin, .fini = end, .timeout = 10)
{
	static const char *const how[] = { "rmdir in", "mv in elsewhere" };

	for (size_t i = 0; i < KS_COUNT(how); i++) {
		sign_watch     *w = watch(SIGN_WALK_SIGN, NULL);
		sign_error      err = SIGN_ERROR_INIT;
		sign_watch_item item;

		cr_assert_null(next_within(w, 0, &item));
		cr_assert_eq(system(how[i]), 0);
		cr_expect_eq(sign_watch_wait(w, &err), SIGN_E_NOT_FOUND, "%s", how[i]);
		cr_expect_str_eq(err.subject, "in");
		sign_watch_free(w);
		cr_assert_eq(system("mkdir -p in"), 0);
	}
}

Test(base_watch, refuses_what_is_no_folder, .init = begin, .fini = end)
{
	static const struct { const char *path; sign_code want; } bad[] = {
		{ "missing", SIGN_E_NOT_FOUND }, { "file", SIGN_E_NOT_FOUND },
	};
	sign_watch *w = watch(SIGN_WALK_SIGN, NULL);

	put("file", "text");
	for (size_t i = 0; i < KS_COUNT(bad); i++) {
		sign_error err = SIGN_ERROR_INIT;

		cr_expect_eq(sign_watch_add(w, bad[i].path, &err), bad[i].want, "%s: %d", bad[i].path, (int)err.code);
		cr_expect_eq(err.code, bad[i].want);
	}
	sign_watch_free(w);
}

/* ---- aside ----------------------------------------------------------------------------------------------------- */

static const struct {
	const char *label, *taken, *relative, *want;
	sign_code   code;
} asides[] = {
	{ "plain", NULL, "a.pdf", "failed/a.pdf", SIGN_OK },
	{ "deep", NULL, "x/y/a.pdf", "failed/x/y/a.pdf", SIGN_OK },
	{ "a name that no container takes", NULL, "a\\b\n.pdf", "failed/a\\b\n.pdf", SIGN_OK },
	{ "taken", "failed/a.pdf", "a.pdf", "failed/a.pdf.1", SIGN_OK },
	{ "its note is taken", "failed/a.pdf.reason.txt", "a.pdf", "failed/a.pdf.1", SIGN_OK },
	{ "climbs out", NULL, "../a.pdf", NULL, SIGN_E_NAME },
	{ "absolute", NULL, "/a.pdf", NULL, SIGN_E_NAME },
	{ "empty", NULL, "", NULL, SIGN_E_NAME },
	{ "folder", NULL, "x/", NULL, SIGN_E_NAME },
};

ParameterizedTestParameters(base_aside, moves)
{
	static size_t at[KS_COUNT(asides)];

	for (size_t i = 0; i < KS_COUNT(asides); i++)
		at[i] = i;
	return cr_make_param_array(size_t, at, KS_COUNT(asides));
}

ParameterizedTest(size_t *row, base_aside, moves, .init = begin, .fini = end)
{
	static const sign_note notes[] = { { ".reason.txt", "why" } };
	KS_AUTO(ks_auto_mem) char *moved = NULL;
	sign_error  err = SIGN_ERROR_INIT;
	sign_code   code;
	char        note[128];
	const char *taken = asides[*row].taken;

	put("in/a.pdf", "text");
	if (taken != NULL) {
		cr_assert_eq(mkdir("failed", 0700), 0);
		put(taken, "earlier");
	}
	code = sign_move_aside("in/a.pdf", "failed", asides[*row].relative, notes, 1, &moved, &err);
	cr_expect_eq(code, asides[*row].code, "%s: %d %s", asides[*row].label, (int)code, err.detail);
	cr_expect_eq(access("in/a.pdf", F_OK) == 0, asides[*row].want == NULL, "%s", asides[*row].label);
	if (asides[*row].want == NULL) {
		cr_expect_null(moved);
		return;
	}
	cr_assert_not_null(moved);
	cr_expect_str_eq(moved, asides[*row].want, "%s: %s", asides[*row].label, moved);
	snprintf(note, sizeof(note), "%s.reason.txt", moved);
	cr_expect_eq(access(note, F_OK), 0, "%s: no note", asides[*row].label);
	if (taken != NULL) {
		KS_AUTO(ks_buf_clear) ks_buf text = KS_BUF(0);

		cr_assert_eq(ks_file_slurp(taken, 100, &text, &err), SIGN_OK);
		cr_expect_eq(text.len, strlen("earlier"), "%s: what was there was replaced", asides[*row].label);
	}
}

Test(base_aside, links_are_not_followed, .init = begin, .fini = end)
{
	char      *moved = NULL;
	sign_error err = SIGN_ERROR_INIT;

	put("in/a.pdf", "text");
	cr_assert_eq(system("mkdir failed outside; ln -s ../outside failed/x"), 0);
	cr_expect_neq(sign_move_aside("in/a.pdf", "failed", "x/a.pdf", NULL, 0, &moved, &err), SIGN_OK);
	cr_expect_null(moved);
	cr_expect_eq(access("in/a.pdf", F_OK), 0);
	cr_expect_eq(sign_move_aside("in/missing", "other", "missing", NULL, 0, &moved, &err), SIGN_E_NOT_FOUND);
	cr_expect_neq(access("other", F_OK), 0, "a folder was made for nothing");
}
