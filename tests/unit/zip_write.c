/*
 * What the writer writes is read back by our reader, by libzip with its consistency checks and by unzip; equal input
 * gives equal bytes; what the reader would refuse is not written; archives taken over keep their bytes.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "zip_craft.h"

/* The peer's header has the name of ours, so what is needed of libzip stands here. */
struct zip *zip_open(const char *path, int flags, int *code);
int64_t     zip_get_num_entries(struct zip *archive, uint32_t flags);
void        zip_discard(struct zip *archive);
#define PEER_RDONLY    16
#define PEER_CHECKCONS 4

#define WHEN ((time_t)1763605925) /* 2025-11-20T02:32:05Z */

static uint8_t block[KS_BLOCK_BYTES];
static char    folder[128];

static void
setup(void)
{
	const char *base = getenv("TMPDIR");

	snprintf(folder, sizeof folder, "%s/kyso-zip-XXXXXX", base != NULL ? base : "/tmp");
	cr_assert_not_null(mkdtemp(folder));
}

static void
teardown(void)
{
	char command[256];

	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	cr_expect_eq(system(command), 0);
}

TestSuite(zip_write, .init = setup, .fini = teardown);

static const char *
in_folder(const char *name, char path[256])
{
	snprintf(path, 256, "%s/%s", folder, name);
	return path;
}

static void
open_writer(const char *path, ks_output **out, ks_zip_writer **w)
{
	cr_assert_eq(ks_output_open(path, 0, block, sizeof block, out, NULL), SIGN_OK);
	cr_assert_eq(ks_zip_writer_new(*out, WHEN, w, NULL), SIGN_OK);
}

static void
publish(ks_output **out, ks_zip_writer *w)
{
	sign_error err = SIGN_ERROR_INIT;

	cr_assert_eq(ks_zip_writer_finish(w, &err), SIGN_OK, "%s", err.detail);
	cr_assert_eq(ks_output_prepare(*out, &err), SIGN_OK);
	cr_assert_eq(ks_output_publish_one(KS_MOVE(*out), KS_SYNC_NONE, &err), SIGN_OK);
}

static void
add(ks_zip_writer *w, const char *name, const char *text)
{
	sign_error err = SIGN_ERROR_INIT;

	cr_assert_eq(
	    ks_zip_writer_add(w, name, KS_BYTES(text, strlen(text)), &err), SIGN_OK, "%s: %s", name, err.detail);
}

static void
stream(ks_zip_writer *w, const char *name, bool deflate, const char *text)
{
	sign_error err = SIGN_ERROR_INIT;
	size_t     len = strlen(text);

	cr_assert_eq(ks_zip_writer_begin(w, name, deflate, len, &err), SIGN_OK, "%s: %s", name, err.detail);
	cr_assert_eq(ks_zip_writer_write(w, text, len / 2, &err), SIGN_OK);
	cr_assert_eq(ks_zip_writer_write(w, text + len / 2, len - len / 2, &err), SIGN_OK);
	cr_assert_eq(ks_zip_writer_end(w, &err), SIGN_OK, "%s: %s", name, err.detail);
}

static void
expect_entry(const ks_zip *zip, const char *name, const char *text)
{
	KS_AUTO(ks_buf_clear) ks_buf out = KS_BUF(1 << 20);
	size_t     at = ks_zip_find(zip, name, strlen(name));
	sign_error err = SIGN_ERROR_INIT;

	cr_assert_neq(at, SIZE_MAX, "%s is missing", name);
	cr_assert_str_eq(ks_zip_at(zip, at)->name, name);
	cr_assert_eq(ks_zip_slurp(zip, at, 1 << 20, &out, &err), SIGN_OK, "%s: %s", name, err.detail);
	cr_expect(ks_bytes_equal(ks_buf_bytes(&out), KS_BYTES(text, strlen(text))), "%s reads otherwise", name);
}

static void
expect_peers_agree(const char *path, size_t count)
{
	char command[512];
	int  code = 0;
	struct zip *peer = zip_open(path, PEER_RDONLY | PEER_CHECKCONS, &code);

	cr_assert_not_null(peer, "libzip: %d", code);
	cr_expect_eq((size_t)zip_get_num_entries(peer, 0), count);
	zip_discard(peer);
	snprintf(command, sizeof command,
	    "unzip -tqq '%s' && python3 -c 'import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\n"
	    "sys.exit(z.testzip() is not None or len(z.namelist()) != int(sys.argv[2]))' '%s' %zu",
	    path, path, count);
	cr_expect_eq(system(command), 0, "unzip or Python refuses");
}

static void
write_sample(const char *path)
{
	KS_AUTO(ks_auto_output) ks_output *out = NULL;
	KS_AUTO(ks_auto_zip_writer) ks_zip_writer *w = NULL;

	open_writer(path, &out, &w);
	add(w, "mimetype", "application/vnd.etsi.asic-e+zip");
	stream(w, "c\xc3\xb4ng v\xc4\x83n.txt", false, "stored text");
	stream(w, "folder/deflated.txt", true, "text text text text text text text text");
	stream(w, "empty", false, "");
	stream(w, "empty deflated", true, "");
	add(w, "META-INF/signature001.p7s", "");
	publish(&out, w);
}

Test(zip_write, is_read_back_by_us_and_by_peers)
{
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;
	char       path[256];
	sign_error err = SIGN_ERROR_INIT;

	write_sample(in_folder("a.asice", path));
	cr_assert_eq(ks_file_open(path, &file, &err), SIGN_OK);
	cr_assert_eq(ks_zip_open(file, &zip, &err), SIGN_OK, "%s: %s", err.where, err.detail);
	cr_assert_eq(ks_zip_count(zip), 6);
	expect_entry(zip, "mimetype", "application/vnd.etsi.asic-e+zip");
	expect_entry(zip, "c\xc3\xb4ng v\xc4\x83n.txt", "stored text");
	expect_entry(zip, "folder/deflated.txt", "text text text text text text text text");
	expect_entry(zip, "empty", "");
	expect_entry(zip, "empty deflated", "");
	expect_entry(zip, "META-INF/signature001.p7s", "");
	cr_expect_eq(ks_zip_find(zip, "folder", 6), SIZE_MAX);
	cr_expect_eq(ks_zip_find(zip, "empty/", 6), SIZE_MAX, "a file asked for as a folder");
	cr_expect_eq(ks_zip_at(zip, 0)->flags, 0);
	cr_expect_not(ks_zip_at(zip, 0)->local_extra);
	cr_expect_eq(ks_zip_at(zip, 1)->flags, ZIP_FLAG_UTF8);
	expect_peers_agree(path, 6);
}

Test(zip_write, magic_bytes_of_a_container)
{
	/* EN 319 162-1 A.1: the media type can be read at offset 38. */
	KS_AUTO(ks_buf_clear) ks_buf bytes = KS_BUF(1 << 20);
	char path[256];

	write_sample(in_folder("a.asice", path));
	cr_assert_eq(ks_file_slurp(path, 1 << 20, &bytes, NULL), SIGN_OK);
	cr_expect_eq(memcmp(bytes.data, "PK\3\4\x0a\0\0\0\0\0", 10), 0);
	cr_expect_eq(memcmp(bytes.data + 30, "mimetypeapplication/vnd.etsi.asic-e+zip", 39), 0);
	/* 2025-11-20 02:32:04 in MS-DOS form, UTC */
	cr_expect_eq(zip_le16(bytes.data + 12), 45u << 9 | 11u << 5 | 20u);
	cr_expect_eq(zip_le16(bytes.data + 10), 2u << 11 | 32u << 5 | 2u);
}

Test(zip_write, same_bytes_in_every_time_zone)
{
	KS_AUTO(ks_buf_clear) ks_buf first = KS_BUF(1 << 20);
	KS_AUTO(ks_buf_clear) ks_buf second = KS_BUF(1 << 20);
	char path[256];

	setenv("TZ", "Asia/Ho_Chi_Minh", 1);
	tzset();
	write_sample(in_folder("a.asice", path));
	cr_assert_eq(ks_file_slurp(path, 1 << 20, &first, NULL), SIGN_OK);
	setenv("TZ", "America/New_York", 1);
	tzset();
	write_sample(in_folder("b.asice", path));
	cr_assert_eq(ks_file_slurp(path, 1 << 20, &second, NULL), SIGN_OK);
	cr_expect(ks_bytes_equal(ks_buf_bytes(&first), ks_buf_bytes(&second)));
}

static const struct {
	const char *label, *first, *second;
	sign_code   want, at_end;
} names[] = {
	{ "two files", "a", "b", SIGN_OK, SIGN_OK },
	{ "a folder's name begins like a file's", "a", "ab/c", SIGN_OK, SIGN_OK },
	{ "twice", "a", "a", SIGN_E_NAME, SIGN_OK },
	{ "file, then below it", "a", "a/b", SIGN_E_NAME, SIGN_OK },
	{ "below, then file", "a/b", "a", SIGN_OK, SIGN_E_NAME },
	{ "climbs out", "a", "../b", SIGN_E_NAME, SIGN_OK },
	{ "absolute", "a", "/b", SIGN_E_NAME, SIGN_OK },
	{ "a folder", "a", "b/", SIGN_E_NAME, SIGN_OK },
	{ "empty", "a", "", SIGN_E_NAME, SIGN_OK },
	{ "not UTF-8", "a", "\x82\xa0", SIGN_E_NAME, SIGN_OK },
	{ "too long", "a", (const char[4098]){ [0 ... 4096] = 'x' }, SIGN_E_LIMIT, SIGN_OK },
};

ParameterizedTestParameters(zip_write, name)
{
	static size_t index[KS_COUNT(names)];

	for (size_t i = 0; i < KS_COUNT(names); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, KS_COUNT(names));
}

ParameterizedTest(size_t *row, zip_write, name)
{
	KS_AUTO(ks_auto_output) ks_output *out = NULL;
	KS_AUTO(ks_auto_zip_writer) ks_zip_writer *w = NULL;
	const char *label = names[*row].label;
	char        path[256];
	sign_error  err = SIGN_ERROR_INIT;

	open_writer(in_folder("a.zip", path), &out, &w);
	add(w, names[*row].first, "1");
	sign_code got = ks_zip_writer_add(w, names[*row].second, KS_BYTES("2", 1), &err);
	cr_expect_eq(got, names[*row].want, "%s: %d %s", label, (int)got, err.detail);
	cr_expect_eq(err.code, got, "%s: error and result disagree", label);
	if (got == SIGN_OK)
		cr_expect_eq(
		    ks_zip_writer_finish(w, &err), names[*row].at_end, "%s: at the end: %s", label, err.detail);
	ks_output_free(KS_MOVE(out));
}

Test(zip_write, announced_size_is_kept)
{
	KS_AUTO(ks_auto_output) ks_output *out = NULL;
	KS_AUTO(ks_auto_zip_writer) ks_zip_writer *w = NULL;
	char path[256];

	open_writer(in_folder("a.zip", path), &out, &w);
	cr_assert_eq(ks_zip_writer_begin(w, "a", false, 3, NULL), SIGN_OK);
	cr_expect_eq(ks_zip_writer_write(w, "four", 4, NULL), SIGN_E_CHANGED, "more than announced");
	cr_expect_eq(ks_zip_writer_write(w, "tw", 2, NULL), SIGN_OK);
	cr_expect_eq(ks_zip_writer_end(w, NULL), SIGN_E_CHANGED, "fewer than announced");
}

Test(zip_write, does_not_write_what_the_reader_calls_a_bomb)
{
	KS_AUTO(ks_auto_output) ks_output *out = NULL;
	KS_AUTO(ks_auto_zip_writer) ks_zip_writer *w = NULL;
	KS_AUTO(ks_auto_mem) uint8_t *zeros = calloc(1, 2 << 20);
	char path[256];

	open_writer(in_folder("a.zip", path), &out, &w);
	cr_assert_eq(ks_zip_writer_begin(w, "a", true, 2 << 20, NULL), SIGN_OK);
	cr_assert_eq(ks_zip_writer_write(w, zeros, 2 << 20, NULL), SIGN_OK);
	cr_expect_eq(ks_zip_writer_end(w, NULL), SIGN_E_LIMIT);
}

/* ---- taking over ---------------------------------------------------------------------------------------------- */

static bool
keep_not_b(void *user, size_t index)
{
	return strcmp(ks_zip_at(user, index)->name, "b.txt") != 0;
}

static const struct {
	const char   *label;
	bool          all;
	craft_archive archive;
} taken[] = {
	{ "all", true, { .entries = { { .name = "a", .data = "1" }, { .name = "b.txt", .data = "2" } } } },
	{ "all, comment", true,
	    { .entries = { { .name = "a", .data = "1" } }, .comment = "mimetype=x", .comment_len = 10 } },
	{ "all, Zip64 end", true, { .entries = { { .name = "a", .data = "1" } }, .zip64 = true } },
	{ "all, any order", true,
	    { .entries = { { .name = "a", .data = "1" }, { .name = "c", .data = "3" } }, .reversed = true } },
	{ "nothing there", true, { .comment = NULL } },
	{ "first out", false,
	    { .entries = { { .name = "b.txt", .data = "2" },
		  { .name = "a", .data = "1", .extra = "UT\2\0xx", .extra_len = 6 } } } },
	{ "middle out", false,
	    { .entries = { { .name = "a", .data = "1" },
		  { .name = "b.txt", .data = "2222", .deflate = true, .descriptor = 16 },
		  { .name = "c", .data = "3333333", .deflate = true, .descriptor = 12 },
		  { .name = "d", .data = "4" } } } },
	{ "middle out, any order", false,
	    { .entries = { { .name = "a", .data = "1" }, { .name = "b.txt", .data = "2222" },
		  { .name = "c", .data = "3" } },
		.reversed = true } },
	{ "last out", false, { .entries = { { .name = "a", .data = "1" }, { .name = "b.txt", .data = "2" } } } },
	{ "only one, out", false, { .entries = { { .name = "b.txt", .data = "2" } } } },
	{ "Zip64 field with an offset", false,
	    { .entries = { { .name = "b.txt", .data = "2" },
		  { .name = "a",
		      .data = "first",
		      .extra = "\x01\0\x18\0\x05\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\x24\0\0\0\0\0\0\0",
		      .extra_len = 28 } } } },
};

ParameterizedTestParameters(zip_write, take)
{
	static size_t index[KS_COUNT(taken)];

	for (size_t i = 0; i < KS_COUNT(taken); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, KS_COUNT(taken));
}

/* Header to end of each kept entry, byte by byte. */
static void
expect_raw_equal(const char *label, const ks_zip *was, const ks_zip *is, sign_bytes old_bytes)
{
	for (size_t i = 0; i < ks_zip_count(was); i++) {
		const ks_zip_entry *e = ks_zip_at(was, i);
		size_t at = ks_zip_find(is, e->name, e->name_len);
		if (at == SIZE_MAX) {
			cr_expect_str_eq(e->name, "b.txt", "%s: lost", label);
			continue;
		}
		size_t  len = (size_t)(zip_entry_end(e) - e->header_offset);
		uint8_t raw[512];
		cr_assert_lt(len, sizeof raw);
		cr_assert_eq(
		    ks_file_read_at(ks_zip_file(is), ks_zip_at(is, at)->header_offset, raw, len, NULL), SIGN_OK);
		cr_expect_eq(
		    memcmp(raw, old_bytes.data + e->header_offset, len), 0, "%s: %s changed", label, e->name);
	}
}

ParameterizedTest(size_t *row, zip_write, take)
{
	KS_AUTO(ks_buf_clear) ks_buf bytes = KS_BUF(1 << 16);
	KS_AUTO(ks_auto_file) ks_file *old_file = NULL;
	KS_AUTO(ks_auto_zip) ks_zip *was = NULL;
	KS_AUTO(ks_auto_output) ks_output *out = NULL;
	KS_AUTO(ks_auto_zip_writer) ks_zip_writer *w = NULL;
	KS_AUTO(ks_auto_file) ks_file *new_file = NULL;
	KS_AUTO(ks_auto_zip) ks_zip *is = NULL;
	const char *label = taken[*row].label;
	char        path[256];
	sign_error  err = SIGN_ERROR_INIT;

	craft(&taken[*row].archive, &bytes);
	cr_assert_eq(ks_file_memory("old.zip", ks_buf_bytes(&bytes), &old_file, &err), SIGN_OK);
	cr_assert_eq(ks_zip_open(old_file, &was, &err), SIGN_OK, "%s: %s", label, err.detail);
	open_writer(in_folder("new.zip", path), &out, &w);
	cr_assert_eq(ks_zip_writer_take(w, was, taken[*row].all ? NULL : keep_not_b, was, &err), SIGN_OK, "%s: %s",
	    label, err.detail);
	if (ks_zip_count(was) > 0 && strcmp(ks_zip_at(was, 0)->name, "a") == 0)
		cr_expect_eq(ks_zip_writer_add(w, "a", KS_BYTES("", 0), NULL), SIGN_E_NAME,
		    "%s: a name taken over, again", label);
	ks_zip_writer_free(KS_MOVE(w));
	ks_output_free(KS_MOVE(out));

	open_writer(path, &out, &w);
	cr_assert_eq(ks_zip_writer_take(w, was, taken[*row].all ? NULL : keep_not_b, was, &err), SIGN_OK, "%s: %s",
	    label, err.detail);
	add(w, "META-INF/new", "added");
	publish(&out, w);
	cr_assert_eq(ks_file_open(path, &new_file, &err), SIGN_OK);
	cr_assert_eq(ks_zip_open(new_file, &is, &err), SIGN_OK, "%s: %s: %s", label, err.where, err.detail);
	expect_raw_equal(label, was, is, ks_buf_bytes(&bytes));
	expect_entry(is, "META-INF/new", "added");
	cr_expect(ks_bytes_equal(ks_zip_comment(was), ks_zip_comment(is)), "%s: comment lost", label);
	cr_expect_eq(ks_zip_find(is, "b.txt", 5) != SIZE_MAX,
	    taken[*row].all && ks_zip_find(was, "b.txt", 5) != SIZE_MAX, "%s", label);
}

/* ---- large ---------------------------------------------------------------------------------------------------- */

Test(zip_write, more_entries_than_sixteen_bits_count, .timeout = 60)
{
	KS_AUTO(ks_auto_output) ks_output *out = NULL;
	KS_AUTO(ks_auto_zip_writer) ks_zip_writer *w = NULL;
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;
	char       path[256], name[64];
	sign_error err = SIGN_ERROR_INIT;

	open_writer(in_folder("many.zip", path), &out, &w);
	for (size_t i = 0; i < 70000; i++) {
		snprintf(name, sizeof name, "folder %zu/%zu.txt", i % 7, i);
		add(w, name, "x");
	}
	publish(&out, w);
	cr_assert_eq(ks_file_open(path, &file, &err), SIGN_OK);
	cr_assert_eq(ks_zip_open(file, &zip, &err), SIGN_OK, "%s: %s", err.where, err.detail);
	cr_expect_eq(ks_zip_count(zip), 70000);
	expect_entry(zip, "folder 6/69999.txt", "x");
	expect_entry(zip, "folder 0/0.txt", "x");
	expect_peers_agree(path, 70000);
}

#define BIG (((uint64_t)4 << 30) + 5)

static void
put_at(int fd, uint64_t at, const ks_buf *bytes)
{
	cr_assert_eq(pwrite(fd, bytes->data, bytes->len, (off_t)at), (ssize_t)bytes->len);
}

/* One header of an entry of BIG bytes named "b.txt" or of an empty one behind it: everything wide where it must be.
 */
static void
header(ks_buf *out, const char *name, uint64_t size, uint64_t offset, bool central)
{
	uint8_t  h[ZIP_CENTRAL_BYTES + 32] = { 0 };
	uint8_t *sizes = h + (central ? 16 : 14);
	size_t   len = central ? ZIP_CENTRAL_BYTES : ZIP_LOCAL_BYTES, wide = 0;
	uint8_t *extra = h + len;

	zip_put32(h, central ? ZIP_CENTRAL_SIG : ZIP_LOCAL_SIG);
	zip_put32(sizes + 4, size < ZIP_FULL32 ? size : ZIP_FULL32);
	zip_put32(sizes + 8, size < ZIP_FULL32 ? size : ZIP_FULL32);
	for (int i = 0; size >= ZIP_FULL32 && i < 2; i++, wide += 8)
		zip_put64(extra + 4 + wide, size);
	if (central) {
		zip_put32(h + 42, offset < ZIP_FULL32 ? offset : ZIP_FULL32);
		if (offset >= ZIP_FULL32) {
			zip_put64(extra + 4 + wide, offset);
			wide += 8;
		}
	}
	zip_put16(extra, ZIP_EXTRA_ZIP64);
	zip_put16(extra + 2, wide);
	zip_put16(sizes + 12, strlen(name));
	zip_put16(sizes + 14, wide > 0 ? wide + 4 : 0);
	cr_assert_eq(ks_buf_add(out, h, len, NULL), SIGN_OK);
	cr_assert_eq(ks_buf_add(out, name, strlen(name), NULL), SIGN_OK);
	cr_assert_eq(ks_buf_add(out, extra, wide > 0 ? wide + 4 : 0, NULL), SIGN_OK);
}

/* An archive of more than 4 GiB that takes up a few blocks: the data of its first entry is a hole. */
static void
write_sparse(const char *path, int64_t lie)
{
	KS_AUTO(ks_buf_clear) ks_buf first = KS_BUF(4096);
	KS_AUTO(ks_buf_clear) ks_buf rest = KS_BUF(4096);
	uint8_t  end[ZIP_END64_BYTES + ZIP_LOCATOR_BYTES + ZIP_END_BYTES] = { 0 };
	uint8_t *locator = end + ZIP_END64_BYTES, *last = locator + ZIP_LOCATOR_BYTES;
	int      fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	header(&first, "b.txt", BIG, 0, false);
	uint64_t second = first.len + BIG;
	header(&rest, "c.txt", 0, second, false);
	uint64_t directory = second + rest.len;
	header(&rest, "b.txt", BIG, 0, true);
	header(&rest, "c.txt", 0, second + (uint64_t)lie, true);
	uint64_t at = second + rest.len;
	zip_put32(end, ZIP_END64_SIG);
	zip_put64(end + 4, ZIP_END64_BYTES - 12);
	zip_put64(end + 24, 2);
	zip_put64(end + 32, 2);
	zip_put64(end + 40, at - directory);
	zip_put64(end + 48, directory);
	zip_put32(locator, ZIP_LOCATOR_SIG);
	zip_put64(locator + 8, at);
	zip_put32(locator + 16, 1);
	zip_put32(last, ZIP_END_SIG);
	memset(last + 8, 0xFF, 12);
	cr_assert_eq(ks_buf_add(&rest, end, sizeof end, NULL), SIGN_OK);
	put_at(fd, 0, &first);
	put_at(fd, second, &rest);
	close(fd);
}

Test(zip_write, wide_sizes_and_offsets)
{
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;
	KS_AUTO(ks_auto_output) ks_output *out = NULL;
	KS_AUTO(ks_auto_zip_writer) ks_zip_writer *w = NULL;
	KS_AUTO(ks_auto_file) ks_file *kept_file = NULL;
	KS_AUTO(ks_auto_zip) ks_zip *kept = NULL;
	char       path[256];
	sign_error err = SIGN_ERROR_INIT;

	write_sparse(in_folder("big.zip", path), 0);
	cr_assert_eq(ks_file_open(path, &file, &err), SIGN_OK);
	cr_assert_eq(ks_zip_open(file, &zip, &err), SIGN_OK, "%s: %s", err.where, err.detail);
	cr_expect_eq(ks_zip_at(zip, 0)->size_bytes, BIG);
	cr_expect_gt(ks_zip_at(zip, 1)->header_offset, BIG);
	expect_entry(zip, "c.txt", "");
	/* Left out, the large one takes 4 GiB from the wide offset of the other. */
	open_writer(in_folder("kept.zip", path), &out, &w);
	cr_assert_eq(ks_zip_writer_take(w, zip, keep_not_b, zip, &err), SIGN_OK, "%s", err.detail);
	add(w, "d.txt", "4");
	publish(&out, w);
	cr_assert_eq(ks_file_open(path, &kept_file, &err), SIGN_OK);
	cr_assert_eq(ks_zip_open(kept_file, &kept, &err), SIGN_OK, "%s: %s", err.where, err.detail);
	expect_entry(kept, "c.txt", "");
	expect_entry(kept, "d.txt", "4");
	expect_peers_agree(path, 2);
}

Test(zip_write, wide_offset_that_lies)
{
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;
	char path[256];

	write_sparse(in_folder("big.zip", path), -1);
	cr_assert_eq(ks_file_open(path, &file, NULL), SIGN_OK);
	cr_expect_eq(ks_zip_open(file, &zip, NULL), SIGN_E_FORMAT);
}

/* Really writes more than 4 GiB, so only where it was asked for. */
Test(zip_write, entry_beyond_four_gigabytes, .timeout = 600)
{
	KS_AUTO(ks_auto_output) ks_output *out = NULL;
	KS_AUTO(ks_auto_zip_writer) ks_zip_writer *w = NULL;
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;
	KS_AUTO(ks_auto_mem) uint8_t *zeros = calloc(1, 1 << 20);
	char       path[256];
	sign_error err = SIGN_ERROR_INIT;

	if (getenv("KYSO_TEST_LARGE") == NULL)
		return;
	open_writer(in_folder("big.zip", path), &out, &w);
	cr_assert_eq(ks_zip_writer_begin(w, "big", false, BIG, &err), SIGN_OK);
	for (uint64_t left = BIG, piece; left > 0; left -= piece) {
		piece = left < 1 << 20 ? left : 1 << 20;
		cr_assert_eq(ks_zip_writer_write(w, zeros, piece, &err), SIGN_OK);
	}
	cr_assert_eq(ks_zip_writer_end(w, &err), SIGN_OK);
	add(w, "behind", "text");
	publish(&out, w);
	cr_assert_eq(ks_file_open(path, &file, &err), SIGN_OK);
	cr_assert_eq(ks_zip_open(file, &zip, &err), SIGN_OK, "%s: %s", err.where, err.detail);
	cr_expect_eq(ks_zip_at(zip, 0)->size_bytes, BIG);
	expect_entry(zip, "behind", "text");
	expect_peers_agree(path, 2);
}
