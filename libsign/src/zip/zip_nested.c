/*
 * A look into archives inside an archive, for the one kind of bomb that is honest at the surface: a few kilobytes
 * hold copies of an archive that holds copies of an archive. We never unfold the inner ones, but whoever receives the
 * container will (attacks.md Z1). Looked at are runs of identical deflated entries that shrank although archives
 * should not; what they declare inside counts towards the ratio. Ordinary containers have no such run and pay
 * nothing.
 */
#include "zip_private.h"

#define SHRUNK          4u /* times; an honest archive is packed already */
#define MAX_INNER_BYTES ((size_t)1 << 20)
#define MAX_LOOKS       16u

static bool
identical(const ks_zip_entry *a, const ks_zip_entry *b)
{
	return a->method == b->method && a->crc == b->crc && a->size_bytes == b->size_bytes &&
	    a->packed_bytes == b->packed_bytes;
}

static size_t
run_length(const ks_zip *zip, size_t first)
{
	size_t end = first + 1;

	while (end < zip->count && identical(&zip->entries[first], &zip->entries[end]))
		end++;
	return end - first;
}

/* What the archive in entry `index` says it unfolds to; 0 if it is none or one we would refuse. */
static sign_code
declared_inside(const ks_zip *zip, size_t index, uint64_t *bytes, sign_error *err)
{
	KS_AUTO(ks_buf_clear) ks_buf content = KS_BUF(MAX_INNER_BYTES);
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	KS_AUTO(ks_auto_zip) ks_zip *inner = NULL;
	sign_error local = SIGN_ERROR_INIT;

	*bytes = 0;
	KS_TRY(ks_zip_slurp(zip, index, MAX_INNER_BYTES, &content, err));
	if (content.len < ZIP_END_BYTES || zip_le32(content.data) != ZIP_LOCAL_SIG)
		return SIGN_OK;
	KS_TRY(ks_file_memory(zip->file->name, ks_buf_bytes(&content), &file, err));
	sign_code rc = ks_zip_open_structure(file, KS_ZIP_LIMITS_INIT, &inner, &local);
	if (rc == SIGN_E_MEMORY)
		return ks_fail_memory(err);
	if (rc == SIGN_E_LIMIT)
		*bytes = UINT32_MAX;
	for (size_t i = 0; rc == SIGN_OK && i < inner->count; i++)
		*bytes += inner->entries[i].size_bytes; /* the sum was checked when it was opened */
	return SIGN_OK;
}

sign_code
ks_zip_nested_check(const ks_zip *zip, sign_error *err)
{
	uint64_t total = 0, inside = 0;
	size_t   run = 1;
	unsigned looks = 0;

	for (size_t i = 0; i < zip->count && looks < MAX_LOOKS; i += run) {
		const ks_zip_entry *e = &zip->entries[i];
		run = run_length(zip, i);
		if (run < 2 || e->method != ZIP_DEFLATED || e->size_bytes > MAX_INNER_BYTES ||
		    e->size_bytes / SHRUNK < e->packed_bytes)
			continue;
		looks++;
		KS_TRY(declared_inside(zip, i, &inside, err));
		if (__builtin_mul_overflow(inside, (uint64_t)run, &inside) ||
		    __builtin_add_overflow(total, inside, &total) ||
		    zip_ratio_is_bomb(&zip->limits, total, zip->file->size_bytes))
			return zip_fail(err, SIGN_E_LIMIT, zip, e,
			    "archives inside unfold to more than %llu times its size",
			    (unsigned long long)zip->limits.max_ratio);
	}
	return SIGN_OK;
}
