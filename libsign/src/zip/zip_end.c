/*
 * The end of an archive: end record, comment, Zip64 locator and record (APPNOTE 4.3.14-16). One read of the tail
 * serves this, a small directory and the small entries before it. The last end record must reach the end of the file
 * exactly, and no other may: readers differ in which of two they believe.
 */
#include <stdlib.h>

#include "zip_private.h"

/* The longest comment and every record that may stand before it, rounded up. */
#define TAIL_BYTES ((size_t)66 * 1024)

typedef struct {
	uint64_t count, size, at; /* of the directory */
} directory_place;

static sign_code
read_tail(ks_zip *zip, sign_error *err)
{
	uint64_t size = zip->file->size_bytes;

	if (size < ZIP_END_BYTES)
		return ks_fail_why(err, SIGN_E_FORMAT, zip->file->name, NULL, "too short for a ZIP archive");
	zip->tail_len = size < TAIL_BYTES ? (size_t)size : TAIL_BYTES;
	zip->tail_at = size - zip->tail_len;
	zip->tail = malloc(zip->tail_len);
	if (zip->tail == NULL)
		return ks_fail_memory(err);
	return ks_file_read_at(zip->file, zip->tail_at, zip->tail, zip->tail_len, err);
}

static bool
reaches_end(const ks_zip *zip, size_t at)
{
	return at + ZIP_END_BYTES + zip_le16(zip->tail + at + 20) == zip->tail_len;
}

/* Another end record before `end` whose comment would reach the end of the file as well? */
static bool
has_rival(const ks_zip *zip, size_t end)
{
	const uint8_t *p = zip->tail, *stop = zip->tail + end;

	while (p < stop && (p = memchr(p, 'P', (size_t)(stop - p))) != NULL) {
		size_t at = (size_t)(p - zip->tail);
		if (zip_le32(p) == ZIP_END_SIG && reaches_end(zip, at))
			return true;
		p++;
	}
	return false;
}

static sign_code
find_end(ks_zip *zip, size_t *end, sign_error *err)
{
	size_t at = zip->tail_len - ZIP_END_BYTES;

	while (at > 0 && zip_le32(zip->tail + at) != ZIP_END_SIG)
		at--;
	if (zip_le32(zip->tail + at) != ZIP_END_SIG)
		return ks_fail_why(err, SIGN_E_FORMAT, zip->file->name, NULL, "no end record of a ZIP archive");
	if (!reaches_end(zip, at))
		return ks_fail_why(err, SIGN_E_FORMAT, zip->file->name, NULL, "bytes after the end record");
	if (has_rival(zip, at))
		return ks_fail_why(err, SIGN_E_FORMAT, zip->file->name, NULL, "two end records");
	zip->comment = KS_BYTES(zip->tail + at + ZIP_END_BYTES, zip->tail_len - at - ZIP_END_BYTES);
	if (zip->comment.len > KS_ZIP_MAX_COMMENT_BYTES)
		return ks_fail_why(err, SIGN_E_LIMIT, zip->file->name, NULL, "comment of %zu bytes, at most %u",
		    zip->comment.len, KS_ZIP_MAX_COMMENT_BYTES);
	*end = at;
	return SIGN_OK;
}

static bool
agrees(uint64_t narrow, uint64_t full, uint64_t wide)
{
	return narrow == full || narrow == wide;
}

/* `end` is the end record; moves it to the Zip64 record if there is one, for the directory must end there. */
static const char *
read_zip64(const ks_zip *zip, size_t *end, directory_place *place)
{
	const uint8_t *eocd = zip->tail + *end;

	if (*end < ZIP_LOCATOR_BYTES || zip_le32(eocd - ZIP_LOCATOR_BYTES) != ZIP_LOCATOR_SIG)
		return NULL;
	const uint8_t *locator = eocd - ZIP_LOCATOR_BYTES;
	if (*end < ZIP_LOCATOR_BYTES + ZIP_END64_BYTES)
		return KS_N_("Zip64 end record missing");
	size_t         at = *end - ZIP_LOCATOR_BYTES - ZIP_END64_BYTES;
	const uint8_t *record = zip->tail + at;
	if (zip_le64(locator + 8) != zip->tail_at + at || zip_le32(record) != ZIP_END64_SIG ||
	    zip_le64(record + 4) != ZIP_END64_BYTES - 12)
		return KS_N_("Zip64 end record is not where its locator says");
	if (zip_le32(locator + 4) != 0 || zip_le32(locator + 16) > 1 || zip_le64(record + 16) != 0)
		return KS_N_("split archive");
	directory_place wide = { zip_le64(record + 32), zip_le64(record + 40), zip_le64(record + 48) };
	if (zip_le64(record + 24) != wide.count || !agrees(place->count, ZIP_FULL16, wide.count) ||
	    !agrees(place->size, ZIP_FULL32, wide.size) || !agrees(place->at, ZIP_FULL32, wide.at))
		return KS_N_("Zip64 end record disagrees");
	*place = wide;
	*end = at;
	return NULL;
}

static sign_code
check_place(const ks_zip *zip, const directory_place *place, uint64_t end, sign_error *err)
{
	const char *name = zip->file->name;

	if (place->count > zip->limits.max_entries)
		return ks_fail_why(err, SIGN_E_LIMIT, name, NULL, "%llu entries, at most %llu",
		    (unsigned long long)place->count, (unsigned long long)zip->limits.max_entries);
	if (place->size > zip->limits.max_directory_bytes)
		return ks_fail_why(err, SIGN_E_LIMIT, name, NULL, "directory of %llu bytes, at most %llu",
		    (unsigned long long)place->size, (unsigned long long)zip->limits.max_directory_bytes);
	if (place->at > end || end - place->at != place->size)
		return ks_fail_why(err, SIGN_E_FORMAT, name, NULL, "directory is not where the end record says");
	if (place->count * ZIP_CENTRAL_BYTES > place->size)
		return ks_fail_why(err, SIGN_E_FORMAT, name, NULL, "fewer entries than the end record says");
	return SIGN_OK;
}

sign_code
ks_zip_end_read(ks_zip *zip, sign_error *err)
{
	size_t end = 0;

	KS_TRY(read_tail(zip, err));
	KS_TRY(find_end(zip, &end, err));
	const uint8_t  *eocd = zip->tail + end;
	directory_place place = { zip_le16(eocd + 10), zip_le32(eocd + 12), zip_le32(eocd + 16) };
	if (zip_le32(eocd + 4) != 0 || zip_le16(eocd + 8) != place.count)
		return ks_fail_why(err, SIGN_E_FORMAT, zip->file->name, NULL, "split archive");
	const char *fault = read_zip64(zip, &end, &place);
	if (fault != NULL)
		return ks_fail_why(err, SIGN_E_FORMAT, zip->file->name, NULL, "%s", fault);
	KS_TRY(check_place(zip, &place, zip->tail_at + end, err));
	zip->directory_at = place.at;
	zip->directory_len = (size_t)place.size;
	zip->count = (size_t)place.count;
	return SIGN_OK;
}
