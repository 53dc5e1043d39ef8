/*
 * The central directory (APPNOTE 4.3.12): every record parsed in place and checked by itself; names unique, inside
 * their folder, and never a file where another entry needs a folder. What local headers say is zip_local.c's
 * question.
 */
#include <stdlib.h>
#include <sys/stat.h>

#include "base_text.h"
#include "zip_private.h"

/* Encryption, patched data, strong encryption, masked headers: APPNOTE 4.4.4 bits 0, 5, 6, 13. */
#define REFUSED_FLAGS (1u << 0 | 1u << 5 | 1u << 6 | 1u << 13)
#define MAX_FOLDER_PACKED_BYTES 16u

static sign_bytes
entry_name(const void *owner, uint32_t id)
{
	const ks_zip *zip = owner;

	return KS_BYTES(zip->entries[id].name, zip->entries[id].name_len);
}

static bool
is_ascii(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] > 0x7F)
			return false;
	return true;
}

static sign_code
check_name(const ks_zip *zip, ks_zip_entry *e, sign_error *err)
{
	if (e->name_len > KS_ZIP_MAX_NAME_BYTES)
		return zip_fail(err, SIGN_E_LIMIT, zip, e, "name of %u bytes, at most %u",
		    e->name_len, KS_ZIP_MAX_NAME_BYTES);
	const char *fault = ks_name_fault(e->name, e->name_len, true);
	if (fault != NULL)
		return zip_fail(err, SIGN_E_NAME, zip, e, "%s", fault);
	e->utf8 = (e->flags & ZIP_FLAG_UTF8) != 0 || is_ascii(e->name, e->name_len);
	if ((e->flags & ZIP_FLAG_UTF8) != 0 && !ks_utf8_valid(e->name, e->name_len))
		return zip_fail(err, SIGN_E_NAME, zip, e, KS_N_("name is not UTF-8"));
	e->is_folder = e->name[e->name_len - 1] == '/';
	return SIGN_OK;
}

/*
 * The upper half of the external attributes is a Unix mode, whoever made the entry says it is: some readers do not
 * ask. Info-ZIP marks what it read from a pipe as a FIFO, and every reader writes that as a file.
 */
static const char *
mode_fault(uint32_t attributes, const ks_zip_entry *e)
{
	switch (attributes >> 16 & S_IFMT) {
	case 0:
	case S_IFREG:
	case S_IFIFO:
		return (attributes & 0x10) != 0 && !e->is_folder ? KS_N_("a file marked as a folder") : NULL;
	case S_IFDIR:
		return e->is_folder ? NULL : KS_N_("a file marked as a folder");
	case S_IFLNK:
		return KS_N_("symbolic link");
	default:
		return KS_N_("device or socket");
	}
}

static const char *
kind_fault(const ks_zip_entry *e, uint32_t attributes, unsigned disk)
{
	if ((e->flags & REFUSED_FLAGS) != 0)
		return (e->flags & 1u << 5) != 0 ? KS_N_("patch instead of data") : KS_N_("encrypted");
	if (e->method != ZIP_STORED && e->method != ZIP_DEFLATED)
		return KS_N_("compression method other than stored and deflate");
	if (disk != 0)
		return KS_N_("split archive");
	if (e->method == ZIP_STORED && e->size_bytes != e->packed_bytes)
		return KS_N_("stored, but with two sizes");
	/* Java deflates its folders: two bytes that unfold to nothing. */
	if (e->is_folder && (e->size_bytes != 0 || e->packed_bytes > MAX_FOLDER_PACKED_BYTES))
		return KS_N_("a folder with content");
	return mode_fault(attributes, e);
}

static sign_code
parse_record(ks_zip *zip, const uint8_t *p, size_t left, ks_zip_entry *e, size_t *used, sign_error *err)
{
	zip_extra extra;

	if (left < ZIP_CENTRAL_BYTES || zip_le32(p) != ZIP_CENTRAL_SIG)
		return ks_fail_why(err, SIGN_E_FORMAT, zip->file->name, NULL, "damaged directory");
	e->name_len = zip_le16(p + 28);
	size_t extra_len = zip_le16(p + 30);
	*used = (size_t)ZIP_CENTRAL_BYTES + e->name_len + extra_len + zip_le16(p + 32);
	if (*used > left)
		return ks_fail_why(err, SIGN_E_FORMAT, zip->file->name, NULL, "damaged directory");
	e->name = (const char *)p + ZIP_CENTRAL_BYTES;
	e->flags = zip_le16(p + 8);
	unsigned method = zip_le16(p + 10);
	e->method = method <= UINT8_MAX ? (uint8_t)method : UINT8_MAX;
	e->crc = zip_le32(p + 16);
	e->packed_bytes = zip_le32(p + 20);
	e->size_bytes = zip_le32(p + 24);
	e->header_offset = zip_le32(p + 42);
	KS_TRY(check_name(zip, e, err));
	const char *fault = ks_zip_extra_parse(KS_BYTES(p + ZIP_CENTRAL_BYTES + e->name_len, extra_len), &extra);
	if (fault == NULL)
		fault = ks_zip_extra_path_fault(&extra, KS_BYTES(e->name, e->name_len));
	if (fault == NULL)
		fault = ks_zip_extra_sizes(&extra, &e->size_bytes, &e->packed_bytes, &e->header_offset);
	if (fault == NULL)
		fault = kind_fault(e, zip_le32(p + 38), zip_le16(p + 34));
	if (fault != NULL)
		return zip_fail(err, SIGN_E_FORMAT, zip, e, "%s", fault);
	e->large_extra = extra.has_large || extra_len + zip_le16(p + 32) > ZIP_EXTRA_TOTAL_BYTES;
	if (zip_ratio_is_bomb(&zip->limits, e->size_bytes, e->packed_bytes))
		return zip_fail(err, SIGN_E_LIMIT, zip, e, "unfolds to more than %llu times its size",
		    (unsigned long long)zip->limits.max_ratio);
	return SIGN_OK;
}

static sign_code
load(ks_zip *zip, sign_error *err)
{
	if (zip->directory_at >= zip->tail_at) {
		zip->directory = zip->tail + (zip->directory_at - zip->tail_at);
	} else {
		zip->directory_own = malloc(zip->directory_len + 1);
		if (zip->directory_own == NULL)
			return ks_fail_memory(err);
		zip->directory = zip->directory_own;
		KS_TRY(ks_file_read_at(zip->file, zip->directory_at, zip->directory, zip->directory_len, err));
	}
	zip->entries = calloc(zip->count > 0 ? zip->count : 1, sizeof *zip->entries);
	if (zip->entries == NULL)
		return ks_fail_memory(err);
	return SIGN_OK;
}

static sign_code
check_names(ks_zip *zip, sign_error *err)
{
	sign_bytes previous = { NULL, 0 };

	zip->names.owner = zip;
	zip->names.name = entry_name;
	if (!ks_zip_names_reserve(&zip->names, zip->count))
		return ks_fail_memory(err);
	for (size_t i = 0; i < zip->count; i++) {
		const char *fault = ks_zip_names_add(&zip->names, (uint32_t)i);
		if (fault != NULL)
			return zip_fail(err, SIGN_E_NAME, zip, &zip->entries[i], "%s", fault);
	}
	for (size_t i = 0; i < zip->count; i++) {
		const char *fault = ks_zip_names_clash(&zip->names, (uint32_t)i, previous);
		if (fault != NULL)
			return zip_fail(err, SIGN_E_NAME, zip, &zip->entries[i], "%s", fault);
		previous = entry_name(zip, (uint32_t)i);
	}
	return SIGN_OK;
}

sign_code
ks_zip_directory_read(ks_zip *zip, sign_error *err)
{
	size_t   at = 0, used = 0;
	uint64_t unfolded = 0;

	KS_TRY(load(zip, err));
	zip->in_order = true;
	for (size_t i = 0; i < zip->count; i++, at += used) {
		ks_zip_entry *e = &zip->entries[i];
		KS_TRY(parse_record(zip, zip->directory + at, zip->directory_len - at, e, &used, err));
		if (__builtin_add_overflow(unfolded, e->size_bytes, &unfolded))
			return zip_fail(err, SIGN_E_LIMIT, zip, e, KS_N_("size out of range"));
		if (i > 0 && e->header_offset <= zip->entries[i - 1].header_offset)
			zip->in_order = false;
	}
	if (at != zip->directory_len)
		return ks_fail_why(
		    err, SIGN_E_FORMAT, zip->file->name, NULL, "more entries than the end record says");
	if (zip_ratio_is_bomb(&zip->limits, unfolded, zip->file->size_bytes))
		return ks_fail_why(err, SIGN_E_LIMIT, zip->file->name, NULL,
		    "unfolds to more than %llu times its size", (unsigned long long)zip->limits.max_ratio);
	return check_names(zip, err);
}
