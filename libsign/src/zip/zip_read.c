/*
 * Opening an archive: the steps of the strict check in their order, and the getters. Floor: zip. Immutable once open,
 * so any number of threads may read entries of one archive.
 */
#include <stdlib.h>

#include "zip_private.h"

void
ks_zip_free(ks_zip *zip)
{
	if (zip == NULL)
		return;
	ks_zip_names_clear(&zip->names);
	free(zip->entries);
	free(zip->directory_own);
	free(zip->tail);
	free(zip);
}

/* A folder that unfolds to nothing may still have bytes behind it; no caller ever reads a folder, so look now. */
static sign_code
check_folders(const ks_zip *zip, sign_error *err)
{
	KS_AUTO(ks_buf_clear) ks_buf nothing = KS_BUF(1);

	for (size_t i = 0; i < zip->count; i++)
		if (zip->entries[i].is_folder && zip->entries[i].packed_bytes > 0)
			KS_TRY(ks_zip_slurp(zip, i, 0, &nothing, err));
	return SIGN_OK;
}

/*
 * Of the directory only the names are needed from here on. They move to its front, each with a NUL behind it: a record is
 * longer than that, so a name never reaches the next one before that has moved. What is left over goes back.
 */
static void
keep_names(ks_zip *zip)
{
	uint8_t *end = zip->directory, *kept;

	for (size_t i = 0; i < zip->count; i++) {
		ks_zip_entry *e = &zip->entries[i];

		memmove(end, e->name, e->name_len);
		e->name = (const char *)end;
		end += e->name_len;
		*end++ = 0;
	}
	if (zip->directory_own == NULL || (kept = realloc(zip->directory_own, (size_t)(end - zip->directory) + 1)) == NULL)
		return;
	zip->directory_own = zip->directory = kept;
	for (size_t i = 0; i < zip->count; i++) {
		zip->entries[i].name = (const char *)kept;
		kept += (size_t)zip->entries[i].name_len + 1;
	}
}

sign_code
ks_zip_open_structure(const ks_file *file, ks_zip_limits limits, ks_zip **zip, sign_error *err)
{
	KS_AUTO(ks_auto_zip) ks_zip *z = calloc(1, sizeof *z);

	if (z == NULL)
		return ks_fail_memory(err);
	z->file = file;
	z->limits = limits;
	KS_TRY(ks_zip_end_read(z, err));
	KS_TRY(ks_zip_directory_read(z, err));
	KS_TRY(ks_zip_local_check(z, err));
	keep_names(z);
	KS_TRY(check_folders(z, err));
	*zip = KS_MOVE(z);
	return SIGN_OK;
}

sign_code
ks_zip_open_limited(const ks_file *file, ks_zip_limits limits, ks_zip **zip, sign_error *err)
{
	KS_AUTO(ks_auto_zip) ks_zip *z = NULL;

	*zip = NULL;
	KS_TRY(ks_zip_open_structure(file, limits, &z, err));
	KS_TRY(ks_zip_nested_check(z, err));
	*zip = KS_MOVE(z);
	return SIGN_OK;
}

sign_code
ks_zip_open(const ks_file *file, ks_zip **zip, sign_error *err)
{
	return ks_zip_open_limited(file, KS_ZIP_LIMITS_INIT, zip, err);
}

const ks_file *
ks_zip_file(const ks_zip *zip)
{
	return zip->file;
}

size_t
ks_zip_count(const ks_zip *zip)
{
	return zip->count;
}

const ks_zip_entry *
ks_zip_at(const ks_zip *zip, size_t index)
{
	return &zip->entries[index];
}

size_t
ks_zip_find(const ks_zip *zip, const char *name, size_t len)
{
	uint32_t id = ks_zip_names_find(&zip->names, KS_BYTES(name, len));

	return id == UINT32_MAX ? SIZE_MAX : id;
}

sign_bytes
ks_zip_comment(const ks_zip *zip)
{
	return zip->comment;
}
