/*
 * Every lie an archive can tell (standards.md 8.3, attacks.md Z1-Z5, Z12), each crafted byte by byte, beside its
 * honest sibling that must open.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "zip_craft.h"

#define PLAIN       { .name = "a.txt", .data = "first" }
#define SECOND      { .name = "b.txt", .data = "second" }
#define MODE(m)     ((uint32_t)(m) << 16)
#define X(text)     .extra = (text), .extra_len = sizeof(text) - 1
#define LX(text)    .local_extra = (text), .local_extra_len = sizeof(text) - 1
/* Zip64 field with size 5, packed 5 */
#define Z64_5_5     "\x01\0\x10\0\x05\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0"
#define Z64_5_6     "\x01\0\x10\0\x05\0\0\0\0\0\0\0\x06\0\0\0\0\0\0\0"
#define Z64_FULL    "\x01\0\x18\0\x05\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define END_RECORD  "PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

enum { AT_OPEN, AT_READ };

static const struct {
	const char   *label;
	sign_code     want;
	int           when; /* the archive opens; reading entry 0 fails */
	craft_archive archive;
} rows[] = {
	{ "plain", SIGN_OK, 0, { .entries = { PLAIN, SECOND } } },
	{ "empty archive", SIGN_OK, 0, { .comment = NULL } },
	{ "deflated", SIGN_OK, 0, { .entries = { { .name = "a", .data = "aaaaaaaaaaaa", .deflate = true } } } },
	{ "comment", SIGN_OK, 0, { .entries = { PLAIN }, .comment = "mimetype=x", .comment_len = 10 } },
	{ "entry comment", SIGN_OK, 0, { .entries = { { .name = "a", .comment = "hello" } } } },
	{ "directory in another order", SIGN_OK, 0,
	    { .entries = { PLAIN, SECOND, { .name = "c" } }, .reversed = true } },
	{ "name in an old code page", SIGN_OK, 0, { .entries = { { .name = "\x82\xa0.pdf" } } } },
	{ "UTF-8 name", SIGN_OK, 0, { .entries = { { .name = "c\xc3\xb4ng v\xc4\x83n", .flags = 0x800 } } } },
	{ "folder", SIGN_OK, 0, { .entries = { { .name = "d/" }, { .name = "d/x", .data = "x" } } } },
	{ "folder, deflated by Java", SIGN_OK, 0, { .entries = { { .name = "d/", .deflate = true } } } },
	{ "read from a pipe", SIGN_OK, 0, { .entries = { { .name = "-", .attributes = MODE(0010600) } } } },

	{ "descriptor 16", SIGN_OK, 0,
	    { .entries = { { .name = "a", .data = "aaa", .deflate = true, .descriptor = 16 }, SECOND } } },
	{ "descriptor 12", SIGN_OK, 0,
	    { .entries = { { .name = "a", .data = "aaa", .deflate = true, .descriptor = 12 }, SECOND } } },
	{ "descriptor, stored", SIGN_OK, 0, { .entries = { { .name = "a", .data = "aaa", .descriptor = 16 } } } },
	{ "descriptor, truth before", SIGN_OK, 0,
	    { .entries = { { .name = "a", .data = "aaa", .descriptor = 16, .truthful = true } } } },
	{ "descriptor 24, Zip64", SIGN_OK, 0,
	    { .entries = { { .name = "a",
		  .data = "first",
		  .descriptor = 24,
		  .local_saturate = true,
		  LX(Z64_5_5) } } } },
	{ "descriptor 20, Zip64", SIGN_OK, 0,
	    { .entries = { { .name = "a",
		  .data = "first",
		  .descriptor = 20,
		  .local_saturate = true,
		  LX(Z64_5_5) } } } },
	{ "descriptor 24 without Zip64", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .data = "aaa", .descriptor = 24 } } } },
	{ "descriptor missing", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .data = "aaa", .no_descriptor = true } } } },
	{ "descriptor lies", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .data = "aaa", .descriptor = 16, .descriptor_xor = 1 } } } },
	{ "descriptor lies, short", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .data = "aaa", .descriptor = 12, .descriptor_xor = 1 } } } },
	{ "descriptor and more", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .data = "aaa", .descriptor = 12, .after = "hide", .after_len = 4 } } } },
	{ "descriptor and less truth", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a",
		  .data = "aaa",
		  .descriptor = 16,
		  .truthful = true,
		  .local_size_add = 1 } } } },

	{ "not a ZIP", SIGN_E_FORMAT, 0, { .before = "%PDF-1.7 and nothing else in here", .comment_add = 9 } },
	{ "junk in front, offsets honest", SIGN_E_FORMAT, 0, { .entries = { PLAIN }, .before = "#!/bin/sh\n" } },
	{ "bytes after the end", SIGN_E_FORMAT, 0, { .entries = { PLAIN }, .after = "x" } },
	{ "cut comment", SIGN_E_FORMAT, 0, { .entries = { PLAIN }, .comment_add = 4 } },
	{ "hidden between entries", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .data = "a", .after = "hidden", .after_len = 6 }, SECOND } } },
	{ "gap before the directory", SIGN_E_FORMAT, 0, { .entries = { PLAIN }, .gap = "hidden" } },
	{ "overlap", SIGN_E_FORMAT, 0, { .entries = { PLAIN, { .name = "b", .data = "b", .offset_add = -3 } } } },
	{ "two records for one header", SIGN_E_FORMAT, 0,
	    { .entries = { PLAIN, { .name = "b", .offset_add = -40 } } } },
	{ "offset past the directory", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", .offset_add = 100000 } } } },
	{ "end record in the comment", SIGN_E_FORMAT, 0,
	    { .entries = { PLAIN }, .comment = END_RECORD, .comment_len = sizeof END_RECORD - 1 } },
	{ "end record in the data, reaching the end", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a",
		  .data = "PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x45\0",
		  .len = 22 } } } },
	{ "archive in the data", SIGN_OK, 0, { .entries = { { .name = "a", .data = END_RECORD, .len = 22 } } } },
	{ "count too high", SIGN_E_FORMAT, 0, { .entries = { PLAIN }, .count_add = 1 } },
	{ "count too low", SIGN_E_FORMAT, 0, { .entries = { PLAIN, SECOND }, .count_add = -1 } },
	{ "two counts", SIGN_E_FORMAT, 0, { .entries = { PLAIN }, .count_here_add = 1 } },
	{ "directory size lies", SIGN_E_FORMAT, 0, { .entries = { PLAIN }, .size_add = -1 } },
	{ "directory offset lies", SIGN_E_FORMAT, 0, { .entries = { PLAIN }, .offset_add = 1 } },
	{ "split archive", SIGN_E_FORMAT, 0, { .entries = { PLAIN }, .disk = 1 } },
	{ "entry on another disk", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", .disk = 1 } } } },
	{ "comment over the limit", SIGN_E_LIMIT, 0,
	    { .entries = { PLAIN }, .comment = (const char[1025]){ "x" }, .comment_len = 1025 } },

	{ "Zip64", SIGN_OK, 0, { .entries = { PLAIN }, .zip64 = true, .saturate = true } },
	{ "Zip64, nothing saturated", SIGN_OK, 0, { .entries = { PLAIN }, .zip64 = true } },
	{ "saturated without Zip64", SIGN_E_LIMIT, 0, { .entries = { PLAIN }, .saturate = true } },
	{ "Zip64 locator lies", SIGN_E_FORMAT, 0, { .entries = { PLAIN }, .zip64 = true, .zip64_offset_add = -1 } },
	{ "Zip64 count lies", SIGN_E_FORMAT, 0, { .entries = { PLAIN }, .zip64 = true, .zip64_count_add = 1 } },
	{ "Zip64 count lies, saturated", SIGN_E_FORMAT, 0,
	    { .entries = { PLAIN }, .zip64 = true, .saturate = true, .zip64_count_add = 1 } },
	{ "Zip64 count absurd", SIGN_E_LIMIT, 0,
	    { .entries = { PLAIN }, .zip64 = true, .saturate = true, .zip64_count_add = -2 } },
	{ "Zip64 record longer", SIGN_E_FORMAT, 0, { .entries = { PLAIN }, .zip64 = true, .zip64_length_add = 4 } },
	{ "Zip64 on three disks", SIGN_E_FORMAT, 0, { .entries = { PLAIN }, .zip64 = true, .locator_disks_add = 2 } },
	{ "Zip64 sizes", SIGN_OK, 0,
	    { .entries = { { .name = "a",
		  .data = "first",
		  .saturate = true,
		  .local_saturate = true,
		  X(Z64_5_5),
		  LX(Z64_5_5) } } } },
	{ "Zip64 sizes, central full", SIGN_OK, 0, { .entries = { { .name = "a", .data = "first", X(Z64_FULL) } } } },
	{ "Zip64 sizes, local only", SIGN_OK, 0, { .entries = { { .name = "a", .data = "first", LX(Z64_5_5) } } } },
	{ "Zip64 sizes disagree", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a",
		  .data = "first",
		  .saturate = true,
		  .local_saturate = true,
		  X(Z64_5_5),
		  LX(Z64_5_6) } } } },
	{ "Zip64 field says otherwise", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .data = "first", X(Z64_5_6) } } } },
	{ "Zip64 field missing", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .data = "first", .saturate = true } } } },
	{ "Zip64 field too short", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .data = "first", .saturate = true, X("\x01\0\x04\0\x05\0\0\0") } } } },
	{ "Zip64 field twice", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .data = "first", X(Z64_5_5 Z64_5_5) } } } },

	{ "extra field", SIGN_OK, 0, { .entries = { { .name = "a", X("\x0a\0\x02\0xx"), LX("UT\x01\0x") } } } },
	{ "extra field cut", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", X("\x0a\0\x03\0xx") } } } },
	{ "local extra field cut", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", LX("\x0a\0\x03") } } } },
	{ "Unicode path agrees", SIGN_OK, 0, { .entries = { { .name = "a", X("up\x06\0\x01\0\0\0\0a") } } } },
	{ "Unicode path disagrees", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", X("up\x06\0\x01\0\0\0\0b") } } } },
	{ "local Unicode path disagrees", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", LX("up\x06\0\x01\0\0\0\0b") } } } },
	{ "Unicode path cut", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", X("up\x02\0\x01\0") } } } },

	{ "local name differs", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", .local_name = "b" } } } },
	{ "local name longer", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", .local_name = "ab" } } } },
	{ "local method differs", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .data = "aaa", .local_method_is = 9 } } } },
	{ "local flags differ", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", .local_flags_xor = 0x800 } } } },
	{ "local descriptor bit differs", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .local_flags_xor = 8 } } } },
	{ "local size differs", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .data = "aaa", .local_size_add = 1 } } } },
	{ "local packed size differs", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .data = "aaa", .local_packed_add = -1 } } } },
	{ "local size zero", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .data = "aaa", .local_size_add = -3 } } } },
	{ "local checksum differs", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .data = "aaa", .local_crc_xor = 1 } } } },
	{ "stored with two sizes", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .data = "aaa", .size_add = 1 } } } },
	{ "packed size into the directory", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .data = "aaa", .size_add = 9000, .packed_add = 9000 } } } },

	{ "encrypted", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", .flags = 1 } } } },
	{ "strongly encrypted", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", .flags = 0x40 } } } },
	{ "patched data", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", .flags = 0x20 } } } },
	{ "masked headers", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", .flags = 0x2000 } } } },
	{ "bzip2", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", .method_is = 13 } } } },
	{ "zstd", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", .method_is = 94 } } } },
	{ "method beyond a byte", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", .method_is = 257 } } } },
	{ "symbolic link", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .data = "b", .attributes = MODE(0120777) } } } },
	{ "character device", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", .attributes = MODE(0020666) } } } },
	{ "block device", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", .attributes = MODE(0060666) } } } },
	{ "socket", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", .attributes = MODE(0140666) } } } },
	{ "file marked as a folder", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "a", .attributes = MODE(0040755) } } } },
	{ "file marked as a DOS folder", SIGN_E_FORMAT, 0, { .entries = { { .name = "a", .attributes = 0x10 } } } },
	{ "folder with content", SIGN_E_FORMAT, 0, { .entries = { { .name = "d/", .data = "x" } } } },
	{ "folder with hidden content", SIGN_E_FORMAT, 0,
	    { .entries = { { .name = "d/", .data = "x", .deflate = true, .size_add = -1 } } } },

	{ "same name twice", SIGN_E_NAME, 0, { .entries = { PLAIN, PLAIN } } },
	{ "same name, other case", SIGN_OK, 0, { .entries = { PLAIN, { .name = "A.txt" } } } },
	{ "file and folder", SIGN_E_NAME, 0, { .entries = { { .name = "a" }, { .name = "a/b" } } } },
	{ "folder and file", SIGN_E_NAME, 0, { .entries = { { .name = "a/b/c" }, { .name = "a/b" } } } },
	{ "file and empty folder", SIGN_E_NAME, 0, { .entries = { { .name = "a" }, { .name = "a/" } } } },
	{ "file deep above", SIGN_E_NAME, 0,
	    { .entries = { { .name = "x/a" }, { .name = "x/b" }, { .name = "x/a/c/d" } } } },
	{ "climbs out", SIGN_E_NAME, 0, { .entries = { { .name = "../a" } } } },
	{ "climbs inside", SIGN_E_NAME, 0, { .entries = { { .name = "a/../../b" } } } },
	{ "absolute", SIGN_E_NAME, 0, { .entries = { { .name = "/etc/passwd" } } } },
	{ "backslash", SIGN_E_NAME, 0, { .entries = { { .name = "C:\\w" } } } },
	{ "dot", SIGN_E_NAME, 0, { .entries = { { .name = "." } } } },
	{ "empty segment", SIGN_E_NAME, 0, { .entries = { { .name = "a//b" } } } },
	{ "no name", SIGN_E_NAME, 0, { .entries = { { .name = "" } } } },
	{ "NUL in the name", SIGN_E_NAME, 0, { .entries = { { .name = "a\0b", .name_len = 3 } } } },
	{ "text turned round (Z2)", SIGN_E_NAME, 0, { .entries = { { .name = "a\xe2\x80\xaegpj.exe", .flags = 0x800 } } } },
	{ "text turned round, not said to be UTF-8", SIGN_E_NAME, 0, { .entries = { { .name = "a\xe2\x81\xa7" } } } },
	{ "control character", SIGN_E_NAME, 0, { .entries = { { .name = "a\x1b[2J" } } } },
	{ "says UTF-8, is not", SIGN_E_NAME, 0, { .entries = { { .name = "\x82\xa0", .flags = 0x800 } } } },
	{ "name over the limit", SIGN_E_LIMIT, 0,
	    { .entries = { { .name = (const char[4097]){ "x" }, .name_len = 4097 } } } },

	{ "bomb by declared size", SIGN_E_LIMIT, 0,
	    { .entries = { { .name = "a", .zeros = 2 << 20, .deflate = true } } } },
	{ "high ratio below the floor", SIGN_OK, 0,
	    { .entries = { { .name = "a", .zeros = 1 << 20, .deflate = true } } } },
	{ "bomb in pieces", SIGN_E_LIMIT, 0,
	    { .entries = { { .name = "a", .zeros = 1 << 20, .deflate = true },
		  { .name = "b", .zeros = 1 << 20, .deflate = true } } } },
	{ "bomb hidden by a lie", SIGN_E_FORMAT, AT_READ,
	    { .entries = { { .name = "a", .zeros = 4 << 20, .deflate = true, .size_add = 10 - (4 << 20) } } } },
	{ "more than declared by one", SIGN_E_FORMAT, AT_READ,
	    { .entries = { { .name = "a", .data = "aaaa", .deflate = true, .size_add = -1 } } } },
	{ "less than declared", SIGN_E_FORMAT, AT_READ,
	    { .entries = { { .name = "a", .data = "aaaa", .deflate = true, .size_add = 1 } } } },
	{ "nothing declared, something there", SIGN_E_FORMAT, AT_READ,
	    { .entries = { { .name = "a", .data = "aaaa", .deflate = true, .size_add = -4 } } } },
	{ "bytes behind the deflate stream", SIGN_E_FORMAT, AT_READ,
	    { .entries = { { .name = "a",
		  .data = "aaaa",
		  .deflate = true,
		  .after = "hidden",
		  .after_len = 6,
		  .packed_add = 6 } } } },
	{ "not a deflate stream", SIGN_E_FORMAT, AT_READ,
	    { .entries = { { .name = "a", .data = "\xff\xff\xff\xff", .method_is = 9 } } } },
	{ "stored, wrong checksum", SIGN_E_FORMAT, AT_READ,
	    { .entries = { { .name = "a", .data = "aaaa", .crc_xor = 1 } } } },
	{ "deflated, wrong checksum", SIGN_E_FORMAT, AT_READ,
	    { .entries = { { .name = "a", .data = "aaaa", .deflate = true, .crc_xor = 1 } } } },
	{ "empty, wrong checksum", SIGN_E_FORMAT, AT_READ,
	    { .entries = { { .name = "a", .data = "", .crc_xor = 1 } } } },
};

ParameterizedTestParameters(zip_hostile, is_judged)
{
	static size_t index[KS_COUNT(rows)];

	for (size_t i = 0; i < KS_COUNT(rows); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, KS_COUNT(rows));
}

/* All entries to their ends; the first error, else SIGN_OK. */
static sign_code
read_all(const ks_zip *zip, sign_error *err)
{
	for (size_t i = 0; i < ks_zip_count(zip); i++) {
		KS_AUTO(ks_buf_clear) ks_buf out = KS_BUF((size_t)8 << 20);
		KS_TRY(ks_zip_slurp(zip, i, (size_t)8 << 20, &out, err));
		cr_assert_eq(out.len, ks_zip_at(zip, i)->size_bytes);
	}
	return SIGN_OK;
}

ParameterizedTest(size_t *row, zip_hostile, is_judged)
{
	KS_AUTO(ks_buf_clear) ks_buf bytes = KS_BUF((size_t)16 << 20);
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;
	sign_error  err = SIGN_ERROR_INIT;
	const char *label = rows[*row].label;
	sign_code   want = rows[*row].want;

	craft(&rows[*row].archive, &bytes);
	cr_assert_eq(ks_file_memory("crafted.zip", ks_buf_bytes(&bytes), &file, &err), SIGN_OK);
	sign_code got = ks_zip_open(file, &zip, &err);
	if (rows[*row].when == AT_READ || want == SIGN_OK) {
		cr_assert_eq(got, SIGN_OK, "%s: opening: %d %s", label, (int)got, err.detail);
		got = read_all(zip, &err);
	} else {
		cr_expect_null(zip, "%s: an archive and an error", label);
	}
	cr_expect_eq(got, want, "%s: %d, %s: %s", label, (int)got, err.where, err.detail);
	cr_expect_eq(err.code, got, "%s: error and result disagree", label);
	if (want != SIGN_OK)
		cr_expect_neq(err.detail[0], '\0', "%s: no reason given", label);
}

Test(zip_hostile, a_caller_who_counts_bytes_sees_the_lie)
{
	const craft_archive archive = { .entries = { { .name = "a", .data = "aaaa", .crc_xor = 1 } } };
	KS_AUTO(ks_buf_clear) ks_buf bytes = KS_BUF(4096);
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;
	KS_AUTO(ks_auto_source) sign_source *source = NULL;
	char   buf[4];
	size_t got = 0;

	craft(&archive, &bytes);
	cr_assert_eq(ks_file_memory("crafted.zip", ks_buf_bytes(&bytes), &file, NULL), SIGN_OK);
	cr_assert_eq(ks_zip_open(file, &zip, NULL), SIGN_OK);
	cr_assert_eq(ks_zip_source(zip, 0, &source, NULL), SIGN_OK);
	cr_expect_eq(source->read(source, buf, sizeof buf, &got, NULL), SIGN_E_FORMAT);
	cr_expect_eq(got, 0);
	cr_expect_eq(source->read(source, buf, sizeof buf, &got, NULL), SIGN_E_FORMAT, "asking again must not help");
}

/* No byte of an archive may be cut off or doubled without an error. */
Test(zip_hostile, every_truncation_is_refused)
{
	const craft_archive archive = { .entries = { PLAIN, { .name = "d/", .deflate = true },
		{ .name = "b", .data = "bbbbbbbb", .deflate = true, .descriptor = 16 } }, .zip64 = true };
	KS_AUTO(ks_buf_clear) ks_buf bytes = KS_BUF(4096);

	craft(&archive, &bytes);
	for (size_t len = 0; len <= bytes.len; len++) {
		/* Memory of exactly this size, so that ASan sees a read past it. */
		KS_AUTO(ks_auto_mem) uint8_t *copy = malloc(len + 1);
		KS_AUTO(ks_auto_file) ks_file *file = NULL;
		KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;
		memcpy(copy, bytes.data, len);
		cr_assert_eq(ks_file_memory("cut.zip", KS_BYTES(copy, len), &file, NULL), SIGN_OK);
		sign_code got = ks_zip_open(file, &zip, NULL);
		cr_expect_eq(got, len == bytes.len ? SIGN_OK : SIGN_E_FORMAT, "%zu bytes: %d", len, (int)got);
	}
}

/* Any single changed byte: an error, or the same names and contents as before. */
Test(zip_hostile, no_changed_byte_changes_what_is_read)
{
	const craft_archive archive = {
		.entries = { PLAIN, { .name = "b", .data = "bbbbbbbb", .deflate = true, .descriptor = 16 } }
	};
	KS_AUTO(ks_buf_clear) ks_buf bytes = KS_BUF(4096);
	static const char *const contents[] = { "first", "bbbbbbbb" };
	static const uint8_t     masks[] = { 1, 8, 0x80, 0xFF };

	craft(&archive, &bytes);
	for (size_t k = 0; k < bytes.len * KS_COUNT(masks); k++) {
		KS_AUTO(ks_auto_file) ks_file *file = NULL;
		KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;
		bytes.data[k / KS_COUNT(masks)] ^= masks[k % KS_COUNT(masks)];
		cr_assert_eq(ks_file_memory("flip.zip", ks_buf_bytes(&bytes), &file, NULL), SIGN_OK);
		sign_code rc = ks_zip_open(file, &zip, NULL);
		for (size_t i = 0; rc == SIGN_OK && i < ks_zip_count(zip); i++) {
			KS_AUTO(ks_buf_clear) ks_buf out = KS_BUF(4096);
			rc = ks_zip_slurp(zip, i, 4096, &out, NULL);
			if (rc == SIGN_OK)
				cr_expect(
				    ks_bytes_equal(ks_buf_bytes(&out), KS_BYTES(contents[i], strlen(contents[i]))),
				    "byte %zu", k / 4);
		}
		if (rc == SIGN_OK)
			cr_expect_eq(ks_zip_count(zip), 2, "byte %zu", k / 4);
		bytes.data[k / KS_COUNT(masks)] ^= masks[k % KS_COUNT(masks)];
	}
}

static const struct {
	const char   *label;
	ks_zip_limits limits;
	sign_code     want;
} limit_rows[] = {
	{ "just enough", { 2, 2 * 51, 1 << 20, 100 }, SIGN_OK },
	{ "one entry too many", { 1, 1000, 1 << 20, 100 }, SIGN_E_LIMIT },
	{ "directory too large", { 2, 2 * 51 - 1, 1 << 20, 100 }, SIGN_E_LIMIT },
	{ "no floor for the ratio", { 2, 1000, 0, 100 }, SIGN_OK },
};

Test(zip_hostile, limits_bind)
{
	const craft_archive archive = { .entries = { PLAIN, SECOND } };
	KS_AUTO(ks_buf_clear) ks_buf bytes = KS_BUF(4096);
	KS_AUTO(ks_auto_file) ks_file *file = NULL;

	craft(&archive, &bytes);
	cr_assert_eq(ks_file_memory("limits.zip", ks_buf_bytes(&bytes), &file, NULL), SIGN_OK);
	for (size_t i = 0; i < KS_COUNT(limit_rows); i++) {
		KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;
		sign_error err = SIGN_ERROR_INIT;
		cr_expect_eq(ks_zip_open_limited(file, limit_rows[i].limits, &zip, &err), limit_rows[i].want,
		    "%s: %s", limit_rows[i].label, err.detail);
	}
}

Test(zip_hostile, slurp_keeps_its_limit)
{
	const craft_archive archive = { .entries = { PLAIN, { .name = "d", .data = "deflated", .deflate = true } } };
	KS_AUTO(ks_buf_clear) ks_buf bytes = KS_BUF(4096);
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;

	craft(&archive, &bytes);
	cr_assert_eq(ks_file_memory("limits.zip", ks_buf_bytes(&bytes), &file, NULL), SIGN_OK);
	cr_assert_eq(ks_zip_open(file, &zip, NULL), SIGN_OK);
	for (size_t i = 0; i < 2; i++) {
		size_t size = (size_t)ks_zip_at(zip, i)->size_bytes;
		KS_AUTO(ks_buf_clear) ks_buf exact = KS_BUF(size);
		KS_AUTO(ks_buf_clear) ks_buf small = KS_BUF(size - 1);
		cr_expect_eq(ks_zip_slurp(zip, i, size, &exact, NULL), SIGN_OK);
		cr_expect_eq(exact.len, size);
		cr_expect_eq(ks_zip_slurp(zip, i, size - 1, &small, NULL), SIGN_E_LIMIT);
		cr_expect_eq(ks_zip_slurp(zip, i, size, &small, NULL), SIGN_E_LIMIT, "the buffer's own maximum");
	}
}

Test(zip_hostile, a_source_can_be_read_again)
{
	const craft_archive archive = { .entries = { { .name = "d", .data = "deflated deflated", .deflate = true } } };
	KS_AUTO(ks_buf_clear) ks_buf bytes = KS_BUF(4096);
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;
	KS_AUTO(ks_auto_source) sign_source *source = NULL;
	char   text[32];
	size_t got = 0;

	craft(&archive, &bytes);
	cr_assert_eq(ks_file_memory("again.zip", ks_buf_bytes(&bytes), &file, NULL), SIGN_OK);
	cr_assert_eq(ks_zip_open(file, &zip, NULL), SIGN_OK);
	cr_assert_eq(ks_zip_source(zip, 0, &source, NULL), SIGN_OK);
	for (int round = 0; round < 3; round++) {
		/* the first time only in part */
		cr_assert_eq(source->read(source, text, round == 0 ? 4 : sizeof text, &got, NULL), SIGN_OK);
		cr_expect_eq(got, round == 0 ? 4 : 17);
		cr_expect_eq(memcmp(text, "deflated deflated", got), 0);
		cr_assert_eq(source->rewind(source, NULL), SIGN_OK);
	}
}

/* Extra fields that no reader needs are room to hide something in; they are not refused, they are noticed. */
#define FIELD(id, length) [0] = (id) & 0xff, [1] = (id) >> 8, [2] = (length) & 0xff, [3] = (length) >> 8
static const uint8_t at_bound[4 + 64] = { FIELD(0x9999, 64) }, over[4 + 65] = { FIELD(0x9999, 65) };
static const uint8_t padding[4 + 200] = { FIELD(0xa220, 200) }, flood[4 + 1021] = { FIELD(0xa220, 1021) };
#define BOTH(field) { .entries = { { .name = "a", .data = "x", .extra = (const char *)(field), .extra_len = sizeof(field) } } }
#define LOCAL(field) \
	{ .entries = { { .name = "a", .data = "x", .local_extra = (const char *)(field), .local_extra_len = sizeof(field) } } }
static const struct {
	const char   *label;
	bool          large;
	craft_archive archive;
} extras[] = {
	{ "none", false, { .entries = { PLAIN } } },
	{ "unknown, 64 bytes", false, BOTH(at_bound) },
	{ "unknown, 65 bytes, in the directory", true, BOTH(over) },
	{ "unknown, 65 bytes, in the header", true, LOCAL(over) },
	{ "padding of office programs", false, LOCAL(padding) },
	{ "known, over a kilobyte", true, LOCAL(flood) },
	{ "known, over a kilobyte, in the directory", true, BOTH(flood) },
};

ParameterizedTestParameters(zip_extra, large_is_noticed)
{
	static size_t index[KS_COUNT(extras)];

	for (size_t i = 0; i < KS_COUNT(extras); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, KS_COUNT(extras));
}

ParameterizedTest(size_t *row, zip_extra, large_is_noticed)
{
	KS_AUTO(ks_buf_clear) ks_buf bytes = KS_BUF((size_t)1 << 20);
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;
	sign_error err = SIGN_ERROR_INIT;

	craft(&extras[*row].archive, &bytes);
	cr_assert_eq(ks_file_memory("crafted.zip", ks_buf_bytes(&bytes), &file, &err), SIGN_OK);
	cr_assert_eq(ks_zip_open(file, &zip, &err), SIGN_OK, "%s: %s", extras[*row].label, err.detail);
	cr_expect_eq(ks_zip_at(zip, 0)->large_extra, extras[*row].large, "%s", extras[*row].label);
}
