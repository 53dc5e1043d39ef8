/*
 * Local headers against the directory (APPNOTE 4.3.7, 4.3.9), in the order in which they lie: entries touch each
 * other from offset 0 to the directory, so nothing overlaps and nothing is hidden (attacks.md Z1, Z4). A reader that
 * streams local headers and one that follows the directory must see the same archive.
 */
#include <stdlib.h>

#include "zip_private.h"

#define WINDOW_BYTES ((size_t)4096)

/* A sliding view of the file: from the tail where it reaches, else from a block read ahead. */
typedef struct {
	const ks_zip *zip;
	uint8_t      *own;
	size_t        cap, len;
	uint64_t      at;
} window;

static void
window_clear(window *w)
{
	free(w->own);
}

static sign_code
refill(window *w, uint64_t at, size_t need, sign_error *err)
{
	uint64_t ahead = w->zip->directory_at - at;
	size_t   want = need > WINDOW_BYTES ? need : WINDOW_BYTES;

	want = want < ahead ? want : (size_t)ahead;
	if (want > w->cap) {
		uint8_t *grown = realloc(w->own, want);
		if (grown == NULL)
			return ks_fail_memory(err);
		w->own = grown;
		w->cap = want;
	}
	w->at = at;
	w->len = want;
	return ks_file_read_at(w->zip->file, at, w->own, want, err);
}

/* `need` bytes at `at`, or *bytes NULL if the directory begins before they end. */
static sign_code
view(window *w, uint64_t at, size_t need, const uint8_t **bytes, sign_error *err)
{
	const ks_zip *zip = w->zip;

	*bytes = NULL;
	if (at > zip->directory_at || zip->directory_at - at < need)
		return SIGN_OK;
	if (at >= zip->tail_at) {
		*bytes = zip->tail + (at - zip->tail_at);
		return SIGN_OK;
	}
	if (at < w->at || at - w->at > w->len || w->len - (at - w->at) < need)
		KS_TRY(refill(w, at, need, err));
	*bytes = w->own + (at - w->at);
	return SIGN_OK;
}

typedef struct {
	uint64_t  size, packed;
	uint32_t  crc;
	zip_extra extra;
} local_header;

/* With bit 3 the header may say 0 for "see below", or the truth; without it only the truth. */
static bool
tells(uint64_t local, uint64_t central, bool later)
{
	return local == central || (later && local == 0);
}

static const char *
header_fault(const uint8_t *p, const ks_zip_entry *e, size_t name_len, size_t extra_len, local_header *local)
{
	bool        later = (e->flags & ZIP_FLAG_DESCRIPTOR) != 0;
	const char *fault;

	if (name_len != e->name_len || memcmp(p + ZIP_LOCAL_BYTES, e->name, name_len) != 0)
		return KS_N_("two names: header and directory disagree");
	if (zip_le16(p + 6) != e->flags)
		return KS_N_("flags of header and directory disagree");
	if (zip_le16(p + 8) != e->method)
		return KS_N_("methods of header and directory disagree");
	local->crc = zip_le32(p + 14);
	local->packed = zip_le32(p + 18);
	local->size = zip_le32(p + 22);
	fault = ks_zip_extra_parse(KS_BYTES(p + ZIP_LOCAL_BYTES + name_len, extra_len), &local->extra);
	if (fault == NULL)
		fault = ks_zip_extra_path_fault(&local->extra, KS_BYTES(e->name, e->name_len));
	if (fault == NULL)
		fault = ks_zip_extra_sizes(&local->extra, &local->size, &local->packed, NULL);
	if (fault != NULL)
		return fault;
	if (!tells(local->size, e->size_bytes, later) || !tells(local->packed, e->packed_bytes, later))
		return KS_N_("sizes of header and directory disagree");
	return tells(local->crc, e->crc, later) ? NULL : KS_N_("checksums of header and directory disagree");
}

static sign_code
check_header(window *w, ks_zip_entry *e, local_header *local, sign_error *err)
{
	const ks_zip  *zip = w->zip;
	const uint8_t *p;

	*local = (local_header){ 0 };
	KS_TRY(view(w, e->header_offset, ZIP_LOCAL_BYTES, &p, err));
	if (p == NULL || zip_le32(p) != ZIP_LOCAL_SIG)
		return zip_fail(err, SIGN_E_FORMAT, zip, e, KS_N_("no header where the directory says"));
	size_t name_len = zip_le16(p + 26), extra_len = zip_le16(p + 28);
	size_t header_len = ZIP_LOCAL_BYTES + name_len + extra_len;
	KS_TRY(view(w, e->header_offset, header_len, &p, err));
	if (p == NULL)
		return zip_fail(err, SIGN_E_FORMAT, zip, e, KS_N_("header runs into the directory"));
	const char *fault = header_fault(p, e, name_len, extra_len, local);
	if (fault != NULL)
		return zip_fail(err, SIGN_E_FORMAT, zip, e, "%s", fault);
	e->local_extra = extra_len > 0;
	e->large_extra = e->large_extra || local->extra.has_large || extra_len > ZIP_EXTRA_TOTAL_BYTES;
	e->data_offset = e->header_offset + header_len;
	if (e->packed_bytes > zip->directory_at - e->data_offset)
		return zip_fail(err, SIGN_E_FORMAT, zip, e, KS_N_("data runs into the directory"));
	return SIGN_OK;
}

/*
 * What stands between the data and the next header is a data descriptor or nothing. APPNOTE 4.3.9: signature
 * optional, sizes of 8 bytes with Zip64 and of 4 without; a streaming reader decides by Zip64, so the other width is
 * a lie.
 */
static bool
descriptor_fits(const uint8_t *p, size_t len, const ks_zip_entry *e, bool zip64)
{
	if (len == 16 || len == 24) {
		if (zip_le32(p) != ZIP_DESCRIPTOR_SIG)
			return false;
		p += 4;
		len -= 4;
	}
	if (zip_le32(p) != e->crc)
		return false;
	if (len == 12)
		return zip_le32(p + 4) == e->packed_bytes && zip_le32(p + 8) == e->size_bytes;
	return zip64 && zip_le64(p + 4) == e->packed_bytes && zip_le64(p + 12) == e->size_bytes;
}

static sign_code
check_end(window *w, ks_zip_entry *e, const local_header *local, uint64_t next, sign_error *err)
{
	uint64_t       end = e->data_offset + e->packed_bytes;
	bool           zip64 = local->extra.has_zip64 || e->size_bytes >= ZIP_FULL32 || e->packed_bytes >= ZIP_FULL32;
	const uint8_t *p = NULL;

	if (end > next)
		return zip_fail(err, SIGN_E_FORMAT, w->zip, e, KS_N_("overlaps the next entry"));
	uint64_t gap = next - end;
	if ((e->flags & ZIP_FLAG_DESCRIPTOR) == 0) {
		if (gap != 0)
			return zip_fail(err, SIGN_E_FORMAT, w->zip, e, KS_N_("hidden bytes after it"));
		return SIGN_OK;
	}
	if (gap != 12 && gap != 16 && gap != 20 && gap != 24)
		return zip_fail(err, SIGN_E_FORMAT, w->zip, e, KS_N_("hidden bytes after it"));
	KS_TRY(view(w, end, (size_t)gap, &p, err));
	if (p == NULL || !descriptor_fits(p, (size_t)gap, e, zip64))
		return zip_fail(err, SIGN_E_FORMAT, w->zip, e, KS_N_("data descriptor disagrees"));
	e->descriptor_bytes = (uint8_t)gap;
	return SIGN_OK;
}

static int
by_offset(const void *a, const void *b, void *archive)
{
	const ks_zip *zip = *(const ks_zip *const *)archive;
	uint64_t      x = zip->entries[*(const uint32_t *)a].header_offset;
	uint64_t      y = zip->entries[*(const uint32_t *)b].header_offset;

	return x < y ? -1 : x > y;
}

uint32_t *
ks_zip_physical_order(const ks_zip *zip)
{
	uint32_t *order = malloc((zip->count > 0 ? zip->count : 1) * sizeof *order);

	if (order == NULL)
		return NULL;
	for (size_t i = 0; i < zip->count; i++)
		order[i] = (uint32_t)i;
	if (!zip->in_order)
		qsort_r(order, zip->count, sizeof *order, by_offset, &zip);
	return order;
}

sign_code
ks_zip_local_check(ks_zip *zip, sign_error *err)
{
	KS_AUTO(window_clear) window w = { .zip = zip };
	KS_AUTO(ks_auto_mem) uint32_t *order = zip->in_order ? NULL : ks_zip_physical_order(zip);
	uint64_t     at = 0;
	local_header local;

	if (!zip->in_order && order == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < zip->count; i++) {
		ks_zip_entry *e = &zip->entries[order != NULL ? order[i] : i];
		uint64_t      next = zip->directory_at;
		if (e->header_offset != at)
			return zip_fail(err, SIGN_E_FORMAT, zip, e,
			    e->header_offset < at ? KS_N_("overlaps another entry") : KS_N_("hidden bytes before it"));
		if (i + 1 < zip->count)
			next = zip->entries[order != NULL ? order[i + 1] : i + 1].header_offset;
		KS_TRY(check_header(&w, e, &local, err));
		KS_TRY(check_end(&w, e, &local, next, err));
		at = next;
	}
	if (at != zip->directory_at)
		return ks_fail_why(err, SIGN_E_FORMAT, zip->file->name, NULL, "hidden bytes before the directory");
	return SIGN_OK;
}
