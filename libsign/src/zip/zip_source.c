/*
 * Reading one entry as a stream: stored bytes go straight from the file into the caller's buffer, deflated ones
 * through zlib. The declared size is a hard end, the checksum and the exact use of the packed bytes are checked with
 * the last byte.
 */
#include <stdlib.h>

#include <libdeflate.h>
#include <zlib.h>

#include "zip_private.h"

typedef struct {
	sign_source         base;
	const ks_zip       *zip;
	const ks_zip_entry *entry;
	uint64_t            given;   /* unfolded bytes handed out */
	uint64_t            fetched; /* packed bytes read from the file */
	uint32_t            crc;
	bool                checked;
	bool                inflating; /* z is initialised */
	bool                stream_end;
	z_stream            z;
	uint8_t            *block; /* packed bytes ahead of z */
} entry_source;

#define lie(err, s, ...) \
	zip_fail((err), SIGN_E_FORMAT, (s)->zip, (s)->entry, __VA_ARGS__)

/* The next `len` packed bytes, from the tail if it holds them. */
static sign_code
fetch(entry_source *s, void *buf, size_t len, sign_error *err)
{
	uint64_t at = s->entry->data_offset + s->fetched;

	s->fetched += len;
	if (at < s->zip->tail_at)
		return ks_file_read_at(s->zip->file, at, buf, len, err);
	memcpy(buf, s->zip->tail + (at - s->zip->tail_at), len);
	return SIGN_OK;
}

static sign_code
check_crc(entry_source *s, sign_error *err)
{
	s->checked = true;
	return s->crc == s->entry->crc ? SIGN_OK : lie(err, s, KS_N_("checksum does not match"));
}

static sign_code
read_stored(entry_source *s, uint8_t *buf, size_t cap, size_t *got, sign_error *err)
{
	uint64_t rest = s->entry->size_bytes - s->given;
	size_t   len = rest < cap ? (size_t)rest : cap;

	KS_TRY(fetch(s, buf, len, err));
	*got = len;
	return SIGN_OK;
}

static sign_code
inflate_start(entry_source *s, sign_error *err)
{
	if (s->inflating)
		return SIGN_OK;
	uint64_t packed = s->entry->packed_bytes;
	s->block = malloc(packed < KS_BLOCK_BYTES ? (size_t)packed + 1 : KS_BLOCK_BYTES);
	if (s->block == NULL || inflateInit2(&s->z, -MAX_WBITS) != Z_OK)
		return ks_fail_memory(err);
	s->inflating = true;
	return SIGN_OK;
}

/* Unfold until `len` bytes are there or the stream ends. */
static sign_code
inflate_some(entry_source *s, uint8_t *buf, size_t len, size_t *got, sign_error *err)
{
	s->z.next_out = buf;
	s->z.avail_out = (uInt)len;
	while (s->z.avail_out > 0 && !s->stream_end) {
		uint64_t rest = s->entry->packed_bytes - s->fetched;
		if (s->z.avail_in == 0 && rest > 0) {
			size_t more = rest < KS_BLOCK_BYTES ? (size_t)rest : KS_BLOCK_BYTES;
			KS_TRY(fetch(s, s->block, more, err));
			s->z.next_in = s->block;
			s->z.avail_in = (uInt)more;
		}
		int rc = inflate(&s->z, Z_NO_FLUSH);
		if (rc == Z_MEM_ERROR)
			return ks_fail_memory(err);
		if (rc != Z_OK && rc != Z_STREAM_END)
			return lie(err, s, KS_N_("compressed data damaged"));
		s->stream_end = rc == Z_STREAM_END;
	}
	*got = len - s->z.avail_out;
	return SIGN_OK;
}

/* After the last declared byte the stream must end, and with it the packed bytes. */
static sign_code
inflate_finish(entry_source *s, sign_error *err)
{
	uint8_t extra;
	size_t  got = 0;

	KS_TRY(inflate_some(s, &extra, 1, &got, err));
	if (got != 0)
		return lie(err, s, KS_N_("unfolds to more than its declared size"));
	if (s->z.avail_in != 0 || s->fetched != s->entry->packed_bytes)
		return lie(err, s, KS_N_("hidden bytes after the compressed data"));
	return SIGN_OK;
}

static sign_code
read_deflated(entry_source *s, uint8_t *buf, size_t cap, size_t *got, sign_error *err)
{
	uint64_t rest = s->entry->size_bytes - s->given;
	size_t   len = rest < cap ? (size_t)rest : cap;

	len = len < UINT32_MAX ? len : UINT32_MAX;
	KS_TRY(inflate_start(s, err));
	KS_TRY(inflate_some(s, buf, len, got, err));
	if (*got < len)
		return lie(err, s, KS_N_("unfolds to less than its declared size"));
	return *got == rest ? inflate_finish(s, err) : SIGN_OK;
}

static sign_code
source_read(sign_source *source, void *buf, size_t cap, size_t *got, sign_error *err)
{
	entry_source *s = (entry_source *)source;
	size_t        len = 0;

	*got = 0;
	if (s->checked || cap == 0)
		return s->checked && s->crc != s->entry->crc ? check_crc(s, err) : SIGN_OK;
	if (s->entry->method == ZIP_STORED)
		KS_TRY(read_stored(s, buf, cap, &len, err));
	else
		KS_TRY(read_deflated(s, buf, cap, &len, err));
	s->crc = libdeflate_crc32(s->crc, buf, len);
	s->given += len;
	if (s->given == s->entry->size_bytes)
		KS_TRY(check_crc(s, err));
	*got = len;
	return SIGN_OK;
}

static sign_code
source_rewind(sign_source *source, sign_error *err)
{
	entry_source *s = (entry_source *)source;

	(void)err;
	if (s->inflating)
		inflateReset(&s->z);
	s->z.avail_in = 0;
	s->given = s->fetched = 0;
	s->crc = 0;
	s->checked = s->stream_end = false;
	return SIGN_OK;
}

static void
source_free(sign_source *source)
{
	entry_source *s = (entry_source *)source;

	if (s->inflating)
		inflateEnd(&s->z);
	free(s->block);
	free(s);
}

static entry_source *
make_source(const ks_zip *zip, size_t index)
{
	entry_source *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->zip = zip;
	s->entry = &zip->entries[index];
	s->base = (sign_source){ s->entry->name, s->entry->size_bytes, source_read, source_rewind, source_free };
	return s;
}

sign_code
ks_zip_source(const ks_zip *zip, size_t index, sign_source **source, sign_error *err)
{
	entry_source *s = make_source(zip, index);

	*source = s != NULL ? &s->base : NULL;
	return s != NULL ? SIGN_OK : ks_fail_memory(err);
}

sign_code
ks_zip_slurp(const ks_zip *zip, size_t index, size_t max_bytes, ks_buf *out, sign_error *err)
{
	const ks_zip_entry *e = &zip->entries[index];
	size_t              got = 0, start = out->len, size = (size_t)e->size_bytes;
	uint8_t             none;

	if (e->size_bytes > max_bytes)
		return zip_fail(err, SIGN_E_LIMIT, zip, e, "%llu bytes, at most %zu", (unsigned long long)e->size_bytes,
		    max_bytes);
	KS_TRY(ks_buf_reserve(out, size, err));
	entry_source *s = make_source(zip, index);
	KS_AUTO(ks_auto_source) sign_source *source = s != NULL ? &s->base : NULL;
	if (s == NULL)
		return ks_fail_memory(err);
	/* The last byte brings the check; an empty entry is asked for one byte to get it. */
	do {
		void  *to = size > 0 ? out->data + out->len : &none;
		size_t room = size > 0 ? size - (out->len - start) : 1;
		KS_TRY(source_read(&s->base, to, room, &got, err));
		out->len += got;
	} while (got > 0 && out->len - start < size);
	return SIGN_OK;
}
