/*
 * Writing an archive in one pass (APPNOTE 4.3). Each entry's directory record is made when the entry begins and
 * completed when it ends; sizes and checksum are patched into the local header, which costs nothing while it is still
 * in the output's block. Bytes depend on names, contents and the given time only.
 */
#include <assert.h>
#include <stdlib.h>

#include <libdeflate.h>

#include "base_text.h"
#include "zip_write.h"

#define MADE_BY_UNIX     (3u << 8 | 45u)
#define REGULAR_FILE     (0100644u << 16)
#define VERSION_STORED   10u
#define VERSION_DEFLATED 20u
#define VERSION_ZIP64    45u
#define CENTRAL64_MAX    28u /* id, length, three numbers */

/* MS-DOS date and time (APPNOTE 4.4.6), of UTC: local time would make the bytes depend on TZ. */
static uint32_t
dos_time(time_t when)
{
	struct tm t;

	if (gmtime_r(&when, &t) == NULL || t.tm_year < 80)
		return 1u << 21 | 1u << 16; /* 1980-01-01 */
	if (t.tm_year > 207)
		return 127u << 25 | 12u << 21 | 31u << 16 | 23u << 11 | 59u << 5 | 29u;
	return (uint32_t)(t.tm_year - 80) << 25 | (uint32_t)(t.tm_mon + 1) << 21 | (uint32_t)t.tm_mday << 16 |
	    (uint32_t)t.tm_hour << 11 | (uint32_t)t.tm_min << 5 | (uint32_t)(t.tm_sec < 60 ? t.tm_sec : 59) / 2;
}

static sign_bytes
record_name(const void *owner, uint32_t id)
{
	const ks_zip_writer *w = owner;

	return KS_BYTES(w->directory.data + id + ZIP_CENTRAL_BYTES, zip_le16(w->directory.data + id + 28));
}

sign_code
ks_zip_writer_new(ks_output *out, time_t when, ks_zip_writer **writer, sign_error *err)
{
	ks_zip_writer *w = calloc(1, sizeof *w);

	*writer = NULL;
	if (w == NULL)
		return ks_fail_memory(err);
	w->out = out;
	w->dos_time = dos_time(when);
	w->directory = KS_BUF(KS_ZIP_MAX_DIRECTORY_BYTES);
	w->names.owner = w;
	w->names.name = record_name;
	*writer = w;
	return SIGN_OK;
}

void
ks_zip_writer_free(ks_zip_writer *w)
{
	if (w == NULL)
		return;
	if (w->deflating)
		deflateEnd(&w->z);
	free(w->block);
	free(w->comment);
	ks_zip_names_clear(&w->names);
	ks_buf_clear(&w->directory);
	free(w);
}

sign_code
ks_zip_writer_name(ks_zip_writer *w, uint32_t record, sign_error *err)
{
	sign_bytes name;

	if (!ks_zip_names_reserve(&w->names, w->names.used + 1))
		return ks_fail_memory(err);
	const char *fault = ks_zip_names_add(&w->names, record);
	if (fault == NULL)
		fault = ks_zip_names_clash(&w->names, record, KS_BYTES(NULL, 0));
	if (fault == NULL)
		return SIGN_OK;
	name = record_name(w, record);
	return ks_fail_why(
	    err, SIGN_E_NAME, ks_output_path(w->out), ks_zip_spot_of(name.data, name.len).text, "%s", fault);
}

static sign_code
check_name(const ks_zip_writer *w, const char *name, size_t len, sign_error *err)
{
	const char *subject = ks_output_path(w->out);
	const char *fault = ks_name_fault(name, len, false);

	if (fault != NULL)
		return ks_fail_why(err, SIGN_E_NAME, subject, name, "%s", fault);
	if (!ks_utf8_valid(name, len))
		return ks_fail_why(err, SIGN_E_NAME, subject, name, "name is not UTF-8");
	if (len > KS_ZIP_MAX_NAME_BYTES)
		return ks_fail_why(
		    err, SIGN_E_LIMIT, subject, name, "name of %zu bytes, at most %u", len, KS_ZIP_MAX_NAME_BYTES);
	if (w->count >= KS_ZIP_MAX_ENTRIES)
		return ks_fail_why(err, SIGN_E_LIMIT, subject, name, "at most %u entries", KS_ZIP_MAX_ENTRIES);
	return SIGN_OK;
}

static uint16_t
name_flags(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] > 0x7F)
			return ZIP_FLAG_UTF8;
	return 0;
}

/* The directory record up to its name; numbers that are known only at the end stay 0. */
static sign_code
start_record(ks_zip_writer *w, const char *name, size_t len, unsigned method, sign_error *err)
{
	uint8_t r[ZIP_CENTRAL_BYTES] = { 0 };

	zip_put32(r, ZIP_CENTRAL_SIG);
	zip_put16(r + 4, MADE_BY_UNIX);
	zip_put16(r + 6, method == ZIP_DEFLATED ? VERSION_DEFLATED : VERSION_STORED);
	zip_put16(r + 8, name_flags(name, len));
	zip_put16(r + 10, method);
	zip_put32(r + 12, w->dos_time);
	zip_put16(r + 28, len);
	zip_put32(r + 38, REGULAR_FILE);
	w->record = w->directory.len;
	KS_TRY(ks_buf_add(&w->directory, r, sizeof r, err));
	KS_TRY(ks_buf_add(&w->directory, name, len, err));
	return ks_zip_writer_name(w, (uint32_t)w->record, err);
}

/* Bytes 4 to 30 of a local header are bytes 6 to 32 of its directory record, extra length apart. */
static sign_code
write_local(ks_zip_writer *w, const char *name, size_t len, sign_error *err)
{
	uint8_t        h[ZIP_LOCAL_BYTES + ZIP_LOCAL64_BYTES];
	const uint8_t *record = w->directory.data + w->record;

	zip_put32(h, ZIP_LOCAL_SIG);
	memcpy(h + 4, record + 6, ZIP_LOCAL_BYTES - 4);
	zip_put32(h + 14, w->crc);
	zip_put32(h + 18, w->zip64 ? ZIP_FULL32 : w->packed);
	zip_put32(h + 22, w->zip64 ? ZIP_FULL32 : w->announced);
	zip_put16(h + 28, w->zip64 ? ZIP_LOCAL64_BYTES : 0);
	if (w->zip64)
		zip_put16(h + 4, VERSION_ZIP64);
	KS_TRY(ks_output_write(w->out, h, ZIP_LOCAL_BYTES, err));
	KS_TRY(ks_output_write(w->out, name, len, err));
	if (!w->zip64)
		return SIGN_OK;
	zip_put16(h, ZIP_EXTRA_ZIP64);
	zip_put16(h + 2, 16);
	zip_put64(h + 4, w->announced);
	zip_put64(h + 12, w->packed);
	return ks_output_write(w->out, h, ZIP_LOCAL64_BYTES, err);
}

static sign_code
open_entry(ks_zip_writer *w, const char *name, unsigned method, uint64_t size, uint32_t crc, sign_error *err)
{
	size_t len = strlen(name);

	assert(!w->open && !w->finished);
	KS_TRY(check_name(w, name, len, err));
	KS_TRY(start_record(w, name, len, method, err));
	w->open = true;
	w->method = method;
	w->header_at = ks_output_offset(w->out);
	w->name_len = len;
	w->announced = size;
	w->written = 0;
	w->crc = crc;
	w->packed = method == ZIP_STORED ? size : 0;
	/* Deflate adds five bytes a block of 16 KiB at worst: what might reach the limit gets room for wide sizes. */
	w->zip64 = size >= ZIP_FULL32 || (method == ZIP_DEFLATED && size + size / 1024 + 64 >= ZIP_FULL32);
	return write_local(w, name, len, err);
}

static sign_code
start_deflate(ks_zip_writer *w, sign_error *err)
{
	if (w->deflating)
		return deflateReset(&w->z) == Z_OK ? SIGN_OK : ks_fail(err, SIGN_E_INTERNAL, ks_output_path(w->out));
	w->block = malloc(KS_BLOCK_BYTES);
	if (w->block == NULL ||
	    deflateInit2(&w->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return ks_fail_memory(err);
	w->deflating = true;
	return SIGN_OK;
}

sign_code
ks_zip_writer_begin(ks_zip_writer *w, const char *name, bool deflate, uint64_t size_bytes, sign_error *err)
{
	KS_TRY(open_entry(w, name, deflate ? ZIP_DEFLATED : ZIP_STORED, size_bytes, 0, err));
	return deflate ? start_deflate(w, err) : SIGN_OK;
}

static sign_code
deflate_some(ks_zip_writer *w, const void *data, size_t len, int flush, sign_error *err)
{
	w->z.next_in = data;
	w->z.avail_in = (uInt)len;
	do {
		w->z.next_out = w->block;
		w->z.avail_out = (uInt)KS_BLOCK_BYTES;
		if (deflate(&w->z, flush) == Z_STREAM_ERROR)
			return ks_fail(err, SIGN_E_INTERNAL, ks_output_path(w->out));
		size_t made = KS_BLOCK_BYTES - w->z.avail_out;
		KS_TRY(ks_output_write(w->out, w->block, made, err));
		w->packed += made;
	} while (w->z.avail_out == 0);
	return SIGN_OK;
}

static sign_code
fail_changed(const ks_zip_writer *w, sign_error *err)
{
	sign_bytes name = record_name(w, (uint32_t)w->record);

	return ks_fail_why(err, SIGN_E_CHANGED, ks_output_path(w->out), ks_zip_spot_of(name.data, name.len).text,
	    "announced %llu bytes", (unsigned long long)w->announced);
}

sign_code
ks_zip_writer_write(ks_zip_writer *w, const void *data, size_t len, sign_error *err)
{
	const uint8_t *p = data;

	assert(w->open);
	if (len > w->announced - w->written)
		return fail_changed(w, err);
	w->crc = libdeflate_crc32(w->crc, p, len);
	w->written += len;
	if (w->method == ZIP_STORED)
		return ks_output_write(w->out, p, len, err);
	while (len > 0) {
		size_t piece = len < (1u << 30) ? len : 1u << 30;
		KS_TRY(deflate_some(w, p, piece, Z_NO_FLUSH, err));
		p += piece;
		len -= piece;
	}
	return SIGN_OK;
}

static sign_code
patch_local(ks_zip_writer *w, sign_error *err)
{
	uint8_t n[16];

	zip_put32(n, w->crc);
	zip_put32(n + 4, w->packed);
	zip_put32(n + 8, w->announced);
	if (!w->zip64)
		return ks_output_patch(w->out, w->header_at + 14, n, w->method == ZIP_STORED ? 4 : 12, err);
	KS_TRY(ks_output_patch(w->out, w->header_at + 14, n, 4, err));
	zip_put64(n, w->announced);
	zip_put64(n + 8, w->packed);
	return ks_output_patch(w->out, w->header_at + ZIP_LOCAL_BYTES + w->name_len + 4, n, 16, err);
}

/* A number of the directory record: as it is, or saturated and behind, in the Zip64 field (APPNOTE 4.5.3). */
static void
put_number(uint8_t *record, size_t at, uint64_t value, uint8_t *extra, size_t *extra_len)
{
	zip_put32(record + at, value < ZIP_FULL32 ? value : ZIP_FULL32);
	if (value < ZIP_FULL32)
		return;
	zip_put64(extra + *extra_len, value);
	*extra_len += 8;
}

static sign_code
close_entry(ks_zip_writer *w, sign_error *err)
{
	uint8_t  extra[CENTRAL64_MAX];
	size_t   extra_len = 4;
	uint8_t *record = w->directory.data + w->record;

	zip_put32(record + 16, w->crc);
	put_number(record, 24, w->announced, extra, &extra_len);
	put_number(record, 20, w->packed, extra, &extra_len);
	put_number(record, 42, w->header_at, extra, &extra_len);
	if (w->zip64 || extra_len > 4)
		zip_put16(record + 6, VERSION_ZIP64);
	w->open = false;
	w->count++;
	if (extra_len == 4)
		return SIGN_OK;
	zip_put16(record + 30, extra_len);
	zip_put16(extra, ZIP_EXTRA_ZIP64);
	zip_put16(extra + 2, extra_len - 4);
	return ks_buf_add(&w->directory, extra, extra_len, err);
}

static sign_code
fail_bomb(const ks_zip_writer *w, const char *where, sign_error *err)
{
	return ks_fail_why(err, SIGN_E_LIMIT, ks_output_path(w->out), where, "unfolds to more than %u times its size",
	    KS_ZIP_MAX_RATIO);
}

sign_code
ks_zip_writer_end(ks_zip_writer *w, sign_error *err)
{
	const ks_zip_limits limits = KS_ZIP_LIMITS_INIT;

	assert(w->open);
	if (w->written != w->announced)
		return fail_changed(w, err);
	if (w->method == ZIP_DEFLATED)
		KS_TRY(deflate_some(w, NULL, 0, Z_FINISH, err));
	if (zip_ratio_is_bomb(&limits, w->announced, w->packed)) {
		sign_bytes name = record_name(w, (uint32_t)w->record);
		return fail_bomb(w, ks_zip_spot_of(name.data, name.len).text, err);
	}
	w->unfolded += w->announced;
	KS_TRY(patch_local(w, err));
	return close_entry(w, err);
}

sign_code
ks_zip_writer_add(ks_zip_writer *w, const char *name, sign_bytes data, sign_error *err)
{
	/* Everything is known: the header is right at once, and nothing needs patching. */
	KS_TRY(open_entry(w, name, ZIP_STORED, data.len, libdeflate_crc32(0, data.data, data.len), err));
	if (data.len > 0)
		KS_TRY(ks_output_write(w->out, data.data, data.len, err));
	w->unfolded += data.len;
	return close_entry(w, err);
}

/* A file written after an entry in the folder of its name shows only now. */
static sign_code
check_clashes(ks_zip_writer *w, sign_error *err)
{
	sign_bytes     previous = { NULL, 0 };
	const uint8_t *r = w->directory.data;

	for (size_t at = 0; at < w->directory.len; at += zip_record_length(r + at)) {
		const char *fault = ks_zip_names_clash(&w->names, (uint32_t)at, previous);
		previous = record_name(w, (uint32_t)at);
		if (fault != NULL)
			return ks_fail_why(err, SIGN_E_NAME, ks_output_path(w->out),
			    ks_zip_spot_of(previous.data, previous.len).text, "%s", fault);
	}
	return SIGN_OK;
}

static sign_code
write_end64(ks_zip_writer *w, uint64_t at, sign_error *err)
{
	uint8_t r[ZIP_END64_BYTES + ZIP_LOCATOR_BYTES] = { 0 };

	zip_put32(r, ZIP_END64_SIG);
	zip_put64(r + 4, ZIP_END64_BYTES - 12);
	zip_put16(r + 12, MADE_BY_UNIX);
	zip_put16(r + 14, VERSION_ZIP64);
	zip_put64(r + 24, w->count);
	zip_put64(r + 32, w->count);
	zip_put64(r + 40, w->directory.len);
	zip_put64(r + 48, at);
	zip_put32(r + ZIP_END64_BYTES, ZIP_LOCATOR_SIG);
	zip_put64(r + ZIP_END64_BYTES + 8, at + w->directory.len);
	zip_put32(r + ZIP_END64_BYTES + 16, 1);
	return ks_output_write(w->out, r, sizeof r, err);
}

static sign_code
write_end(ks_zip_writer *w, uint64_t at, sign_error *err)
{
	uint8_t  r[ZIP_END_BYTES] = { 0 };
	uint64_t count = w->count < ZIP_FULL16 ? w->count : ZIP_FULL16;

	if (w->count >= ZIP_FULL16 || at >= ZIP_FULL32)
		KS_TRY(write_end64(w, at, err));
	zip_put32(r, ZIP_END_SIG);
	zip_put16(r + 8, count);
	zip_put16(r + 10, count);
	zip_put32(r + 12, w->directory.len);
	zip_put32(r + 16, at < ZIP_FULL32 ? at : ZIP_FULL32);
	zip_put16(r + 20, w->comment_len);
	KS_TRY(ks_output_write(w->out, r, sizeof r, err));
	return w->comment_len > 0 ? ks_output_write(w->out, w->comment, w->comment_len, err) : SIGN_OK;
}

sign_code
ks_zip_writer_finish(ks_zip_writer *w, sign_error *err)
{
	const ks_zip_limits limits = KS_ZIP_LIMITS_INIT;
	uint64_t            at = ks_output_offset(w->out);

	assert(!w->open && !w->finished);
	w->finished = true;
	KS_TRY(check_clashes(w, err));
	if (zip_ratio_is_bomb(&limits, w->unfolded, at))
		return fail_bomb(w, NULL, err);
	if (w->directory.len > 0)
		KS_TRY(ks_output_write(w->out, w->directory.data, w->directory.len, err));
	return write_end(w, at, err);
}
