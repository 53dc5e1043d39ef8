/*
 * Taking over an existing archive: what others wrote keeps its bytes, header, data, descriptor and directory record
 * alike (design.md 4.3). Only offsets in directory records change, and only when entries before them were left out.
 */
#include <assert.h>
#include <stdlib.h>

#include "zip_write.h"

typedef bool (*keep_fn)(void *user, size_t index);

#define LEFT_OUT UINT64_MAX

/* Copy the kept entries as they lie, whole runs at once; offsets[i] tells where entry i went. */
static sign_code
copy_kept(ks_zip_writer *w, const ks_zip *zip, keep_fn keep, void *user, uint64_t *offsets, sign_error *err)
{
	KS_AUTO(ks_auto_mem) uint32_t *order = ks_zip_physical_order(zip);
	uint64_t from = 0, to = 0, moved = 0; /* the run not yet copied; bytes before it */

	if (order == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < zip->count; i++) {
		const ks_zip_entry *e = &zip->entries[order[i]];
		offsets[order[i]] = LEFT_OUT;
		if (!keep(user, order[i]))
			continue;
		if (e->header_offset != to) {
			KS_TRY(ks_output_copy(w->out, zip->file, from, to - from, err));
			moved += to - from;
			from = e->header_offset;
		}
		offsets[order[i]] = moved + (e->header_offset - from);
		to = zip_entry_end(e);
	}
	return ks_output_copy(w->out, zip->file, from, to - from, err);
}

/* Where a record's Zip64 field holds the offset; NULL if nowhere. Checked anew: the file may have changed. */
static uint8_t *
wide_offset(uint8_t *record)
{
	uint8_t *p = record + ZIP_CENTRAL_BYTES + zip_le16(record + 28);
	size_t   left = zip_le16(record + 30);
	size_t   at = (zip_le32(record + 24) == ZIP_FULL32 ? 8u : 0) + (zip_le32(record + 20) == ZIP_FULL32 ? 8u : 0);

	while (left >= 4 && zip_le16(p) != ZIP_EXTRA_ZIP64) {
		size_t field = 4 + (size_t)zip_le16(p + 2);
		left = field < left ? left - field : 0;
		p += field;
	}
	if (left < 4 || zip_le16(p + 2) > left - 4)
		return NULL;
	/* The full form has both sizes before the offset, the compact one only those that are saturated. */
	if (zip_le16(p + 2) >= 24)
		at = 16;
	else if (zip_le32(record + 42) != ZIP_FULL32 || at + 8 > zip_le16(p + 2))
		return NULL;
	return p + 4 + at;
}

/* An offset only shrinks, so it fits wherever it stood. */
static void
move_record(uint8_t *record, uint64_t offset)
{
	uint8_t *wide = wide_offset(record);

	if (zip_le32(record + 42) != ZIP_FULL32)
		zip_put32(record + 42, offset);
	if (wide != NULL)
		zip_put64(wide, offset);
}

/* The original records, read again since opening ended the names in its own copy. */
static sign_code
take_records(ks_zip_writer *w, const ks_zip *zip, const uint64_t *offsets, sign_error *err)
{
	uint8_t *d;
	size_t   from = 0, to = 0;

	KS_TRY(ks_buf_reserve(&w->directory, zip->directory_len + 1, err));
	d = w->directory.data;
	KS_TRY(ks_file_read_at(zip->file, zip->directory_at, d, zip->directory_len, err));
	for (size_t i = 0; i < zip->count; i++) {
		size_t left = zip->directory_len - from;
		size_t len = left < ZIP_CENTRAL_BYTES ? SIZE_MAX : zip_record_length(d + from);
		if (len > left || zip_le16(d + from + 28) != zip->entries[i].name_len)
			return ks_fail(err, SIGN_E_CHANGED, zip->file->name);
		if (offsets == NULL || offsets[i] != LEFT_OUT) {
			memmove(d + to, d + from, len);
			if (offsets != NULL && offsets[i] != zip->entries[i].header_offset)
				move_record(d + to, offsets[i]);
			w->directory.len = to + len;
			KS_TRY(ks_zip_writer_name(w, (uint32_t)to, err));
			w->count++;
			w->unfolded += zip->entries[i].size_bytes;
			to += len;
		}
		from += len;
	}
	return SIGN_OK;
}

static sign_code
take_comment(ks_zip_writer *w, const ks_zip *zip, sign_error *err)
{
	if (zip->comment.len == 0)
		return SIGN_OK;
	w->comment = malloc(zip->comment.len);
	if (w->comment == NULL)
		return ks_fail_memory(err);
	memcpy(w->comment, zip->comment.data, zip->comment.len);
	w->comment_len = zip->comment.len;
	return SIGN_OK;
}

sign_code
ks_zip_writer_take(ks_zip_writer *w, const ks_zip *zip, keep_fn keep, void *user, sign_error *err)
{
	assert(w->count == 0 && !w->open && ks_output_offset(w->out) == 0);
	KS_TRY(take_comment(w, zip, err));
	if (keep == NULL) {
		KS_TRY(ks_output_copy(w->out, zip->file, 0, zip->directory_at, err));
		return take_records(w, zip, NULL, err);
	}
	KS_AUTO(ks_auto_mem) uint64_t *offsets = calloc(zip->count > 0 ? zip->count : 1, sizeof *offsets);
	if (offsets == NULL)
		return ks_fail_memory(err);
	KS_TRY(copy_kept(w, zip, keep, user, offsets, err));
	return take_records(w, zip, offsets, err);
}
