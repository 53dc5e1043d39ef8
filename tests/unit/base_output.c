/*
 * Outputs appear whole or not at all; folders are walked lazily and safely.
 */
#include "base.h"
#include "base_file.h"

#include <libsign/batch.h>

#include <criterion/criterion.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char    folder[] = "/tmp/kyso-unit-XXXXXX";
static uint8_t block[KS_BLOCK_BYTES];

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

TestSuite(base_output, .init = set_up, .fini = tear_down);
TestSuite(base_walk, .init = set_up, .fini = tear_down);

static size_t
files_here(void)
{
	DIR   *dir = opendir(".");
	size_t n = 0;

	for (struct dirent *e; (e = readdir(dir)) != NULL;)
		n += e->d_name[0] != '.' || strncmp(e->d_name, ".kyso", 5) == 0;
	closedir(dir);
	return n;
}

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
}

static void
expect_no_trace(unsigned flags)
{
	ks_output *out = NULL;

	cr_assert_eq(ks_output_open("a", flags, block, sizeof(block), &out, NULL), SIGN_OK);
	cr_assert_eq(ks_output_write(out, "text", 4, NULL), SIGN_OK);
	cr_expect_neq(access("a", F_OK), 0);
	ks_output_free(out);
	cr_expect_eq(files_here(), 0, "a trace is left");
}

Test(base_output, nothing_shows_before_publishing)
{
	expect_no_trace(0);
	expect_no_trace(KS_OUTPUT_NAMED);
}

static void
expect_replacing_only_by_force(unsigned flags)
{
	KS_AUTO(ks_buf_clear) ks_buf got = KS_BUF(0);
	sign_error err = SIGN_ERROR_INIT;
	ks_output *out = NULL;

	cr_assert_eq(ks_output_open("r", flags, block, sizeof(block), &out, &err), SIGN_OK);
	cr_assert_eq(ks_output_prepare(out, NULL), SIGN_OK);
	put("r", "came in between");
	cr_expect_eq(ks_output_publish_one(out, KS_SYNC_EACH, &err), SIGN_E_EXISTS);
	cr_assert_eq(ks_output_open("r", flags | KS_OUTPUT_FORCE, block, sizeof(block), &out, &err), SIGN_OK);
	cr_assert_eq(ks_output_write(out, "new", 3, NULL), SIGN_OK);
	cr_assert_eq(ks_output_prepare(out, NULL), SIGN_OK);
	cr_expect_eq(ks_output_publish_one(out, KS_SYNC_EACH, &err), SIGN_OK);
	cr_assert_eq(ks_file_slurp("r", 100, &got, NULL), SIGN_OK);
	cr_expect(got.len == 3 && memcmp(got.data, "new", 3) == 0);
	cr_expect_eq(files_here(), 1);
	unlink("r");
}

Test(base_output, a_name_taken_meanwhile_is_kept)
{
	expect_replacing_only_by_force(0);
	expect_replacing_only_by_force(KS_OUTPUT_NAMED);
}

Test(base_output, patch_reaches_flushed_and_buffered_bytes)
{
	KS_AUTO(ks_buf_clear) ks_buf got = KS_BUF(0);
	static char big[3 * KS_BLOCK_BYTES];
	ks_output  *out = NULL;

	memset(big, 'x', sizeof(big));
	cr_assert_eq(ks_output_open("a", 0, block, sizeof(block), &out, NULL), SIGN_OK);
	cr_assert_eq(ks_output_write(out, "0123456789", 10, NULL), SIGN_OK);
	cr_assert_eq(ks_output_patch(out, 2, "AB", 2, NULL), SIGN_OK);
	cr_assert_eq(ks_output_write(out, big, sizeof(big), NULL), SIGN_OK);
	cr_assert_eq(ks_output_patch(out, 4, "CD", 2, NULL), SIGN_OK);
	cr_assert_eq(ks_output_write(out, "end", 3, NULL), SIGN_OK);
	cr_assert_eq(ks_output_offset(out), 13 + sizeof(big));
	cr_assert_eq(ks_output_prepare(out, NULL), SIGN_OK);
	cr_assert_eq(ks_output_publish_one(out, KS_SYNC_EACH, NULL), SIGN_OK);
	cr_assert_eq(ks_file_slurp("a", 1 << 20, &got, NULL), SIGN_OK);
	cr_expect_eq(got.len, 13 + sizeof(big));
	cr_expect_arr_eq(got.data, "01ABCD6789x", 11);
	cr_expect_arr_eq(got.data + got.len - 4, "xend", 4);
}

Test(base_output, never_replaces_unless_forced)
{
	sign_error err = SIGN_ERROR_INIT;
	ks_output *out = NULL;

	put("a", "old");
	cr_expect_eq(ks_output_open("a", 0, block, sizeof(block), &out, &err), SIGN_E_EXISTS);
	cr_assert_eq(ks_output_open("b", 0, block, sizeof(block), &out, &err), SIGN_OK);
	cr_assert_eq(ks_output_prepare(out, NULL), SIGN_OK);
	put("b", "came in between");
	cr_expect_eq(ks_output_publish_one(out, KS_SYNC_NONE, &err), SIGN_E_EXISTS);
	cr_assert_eq(ks_output_open("a", KS_OUTPUT_FORCE, block, sizeof(block), &out, &err), SIGN_OK);
	cr_assert_eq(ks_output_write(out, "new", 3, NULL), SIGN_OK);
	cr_assert_eq(ks_output_prepare(out, NULL), SIGN_OK);
	cr_expect_eq(ks_output_publish_one(out, KS_SYNC_GROUP, &err), SIGN_OK);
	cr_expect_eq(files_here(), 2);
}

Test(base_output, a_folder_or_a_missing_folder_is_an_error)
{
	sign_error err = SIGN_ERROR_INIT;
	ks_output *out = NULL;

	mkdir("d", 0755);
	cr_expect_eq(ks_output_open("d", KS_OUTPUT_FORCE, block, sizeof(block), &out, &err), SIGN_E_IS_FOLDER);
	cr_expect_eq(ks_output_open("none/a", 0, block, sizeof(block), &out, &err), SIGN_E_NOT_FOUND);
	put("f", "");
	cr_expect_eq(ks_output_open("f/a", 0, block, sizeof(block), &out, &err), SIGN_E_NOT_FOUND);
}

Test(base_output, beneath_follows_no_link)
{
	sign_error err = SIGN_ERROR_INIT;
	ks_output *out = NULL;
	int        fd;

	mkdir("root", 0755);
	mkdir("outside", 0755);
	cr_assert_eq(symlink("../outside", "root/link"), 0);
	fd = open("root", O_RDONLY | O_DIRECTORY);
	cr_expect_eq(ks_output_open_beneath(fd, "link/a", 0, block, sizeof(block), &out, &err), SIGN_E_NAME);
	cr_assert_eq(ks_output_open_beneath(fd, "x/y/a", 0, block, sizeof(block), &out, &err), SIGN_OK);
	cr_assert_eq(ks_output_prepare(out, NULL), SIGN_OK);
	cr_expect_eq(ks_output_publish_one(out, KS_SYNC_NONE, &err), SIGN_OK);
	cr_expect_eq(access("root/x/y/a", F_OK), 0);
	cr_assert_eq(symlink("../outside/b", "root/b"), 0);
	cr_expect_eq(ks_output_open_beneath(fd, "b", 0, block, sizeof(block), &out, &err), SIGN_E_EXISTS);
	close(fd);
}

Test(base_output, a_group_tells_each_fault)
{
	ks_output *outs[3] = { NULL };
	sign_code  codes[3];
	sign_error errs[3] = { SIGN_ERROR_INIT, SIGN_ERROR_INIT, SIGN_ERROR_INIT };
	const char *names[3] = { "a", "b", "c" };

	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(ks_output_open(names[i], 0, block, sizeof(block), &outs[i], NULL), SIGN_OK);
		cr_assert_eq(ks_output_prepare(outs[i], NULL), SIGN_OK);
	}
	put("b", "in the way");
	cr_expect_eq(ks_output_publish(outs, 3, KS_SYNC_GROUP, codes, errs), SIGN_E_EXISTS);
	cr_expect_eq(codes[0], SIGN_OK);
	cr_expect_eq(codes[1], SIGN_E_EXISTS);
	cr_expect_eq(codes[2], SIGN_OK);
	cr_expect_eq(files_here(), 3);
}

Test(base_output, a_source_notices_change)
{
	sign_source *source = NULL;
	sign_error   err = SIGN_ERROR_INIT;
	char         buf[16];
	size_t       got;

	put("a", "four");
	cr_assert_eq(sign_source_open("a", &source, &err), SIGN_OK);
	cr_assert_eq(source->read(source, buf, sizeof(buf), &got, &err), SIGN_OK);
	cr_assert_eq(got, 4);
	put("a", "longer now");
	cr_expect_eq(source->read(source, buf, sizeof(buf), &got, &err), SIGN_E_CHANGED);
	sign_source_free(source);
	cr_expect_eq(sign_source_open(".", &source, &err), SIGN_E_IS_FOLDER);
	cr_expect_eq(sign_source_open("/dev/zero", &source, &err), SIGN_E_NOT_REGULAR);
	cr_expect_eq(sign_source_open("none", &source, &err), SIGN_E_NOT_FOUND);
}

/* ---- walking ------------------------------------------------------------------------------------------------------ */

static char found[4096];

static void
walk(const sign_walk_options *options, const char *path)
{
	sign_walk     *w = NULL;
	sign_walk_item item;
	sign_code      code;

	found[0] = '\0';
	cr_assert_eq(sign_walk_new(options, &w, NULL), SIGN_OK);
	cr_assert_eq(sign_walk_add(w, path, NULL), SIGN_OK);
	while ((code = sign_walk_next(w, &item, NULL)) != SIGN_OK || item.path != NULL) {
		cr_assert_not_null(item.path);
		strcat(found, code == SIGN_OK ? item.relative : "!");
		strcat(found, " ");
	}
	sign_walk_free(w);
}

static void
make_tree(void)
{
	mkdir("t", 0755);
	mkdir("t/sub", 0755);
	put("t/b.pdf", "");
	put("t/a.txt", "");
	put("t/a.txt.p7s", "");
	put("t/c.asice", "");
	put("t/.hidden", "");
	put("t/~$lock.docx", "");
	put("t/Thumbs.db", "");
	put("t/sub/d.pdf", "");
	cr_assert_eq(symlink(".", "t/loop"), 0);
}

Test(base_walk, each_mode_takes_its_files)
{
	static const char *const only_pdf[] = { "*.pdf", NULL };
	sign_walk_options        o = SIGN_WALK_OPTIONS_INIT;

	make_tree();
	walk(&o, "t");
	cr_expect_str_eq(found, "a.txt b.pdf ");
	o.recursive = true;
	walk(&o, "t");
	cr_expect_str_eq(found, "a.txt b.pdf sub/d.pdf ");
	o.include = only_pdf;
	walk(&o, "t");
	cr_expect_str_eq(found, "b.pdf sub/d.pdf ");
	o.include = NULL;
	o.exclude = only_pdf;
	walk(&o, "t");
	cr_expect_str_eq(found, "a.txt ");
	o.exclude = NULL;
	o.mode = SIGN_WALK_ADD;
	walk(&o, "t");
	cr_expect_str_eq(found, "a.txt.p7s c.asice ");
	o.mode = SIGN_WALK_VERIFY;
	walk(&o, "t");
	cr_expect_str_eq(found, "a.txt.p7s b.pdf c.asice sub/d.pdf ");
}

Test(base_walk, named_files_are_always_taken)
{
	sign_walk_options o = SIGN_WALK_OPTIONS_INIT;

	make_tree();
	walk(&o, "t/c.asice");
	cr_expect_str_eq(found, "c.asice ");
	walk(&o, "t/none");
	cr_expect_str_eq(found, "none ");
}
