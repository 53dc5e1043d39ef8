/*
 * Extra fields of local and central headers (APPNOTE 4.5): well-formed, Zip64 sizes, and the Info-ZIP Unicode path
 * that may not say another name than the header. All other fields are other tools' business: walked over, and noticed
 * when they are large.
 */
#include "zip_private.h"

zip_spot
ks_zip_spot_of(const void *name, size_t len)
{
	zip_spot spot;

	len = len < sizeof spot.text ? len : sizeof spot.text - 1;
	if (len > 0)
		memcpy(spot.text, name, len);
	spot.text[len] = '\0';
	return spot;
}

/* What common writers put there (APPNOTE 4.5.2, 4.6.1; Info-ZIP; Java; OPC padding). */
static bool
is_known(unsigned id)
{
	static const uint16_t known[] = {
		ZIP_EXTRA_ZIP64, ZIP_EXTRA_PATH, 0x000a, 0x000d, 0x5455, 0x5855, 0x6375, 0x7855, 0x7875, 0xa220, 0xcafe,
	};

	for (size_t i = 0; i < KS_COUNT(known); i++)
		if (known[i] == id)
			return true;
	return false;
}

const char *
ks_zip_extra_parse(sign_bytes bytes, zip_extra *extra)
{
	const uint8_t *p = bytes.data;
	size_t         left = bytes.len;

	*extra = (zip_extra){ 0 };
	while (left > 0) {
		if (left < 4 || zip_le16(p + 2) > left - 4)
			return KS_N_("extra field cut short");
		unsigned   id = zip_le16(p);
		sign_bytes data = { p + 4, zip_le16(p + 2) };
		if ((id == ZIP_EXTRA_ZIP64 && extra->has_zip64) || (id == ZIP_EXTRA_PATH && extra->has_path))
			return KS_N_("extra field there twice");
		if (id == ZIP_EXTRA_ZIP64) {
			extra->zip64 = data;
			extra->has_zip64 = true;
		} else if (id == ZIP_EXTRA_PATH) {
			extra->path = data;
			extra->has_path = true;
		}
		extra->has_large = extra->has_large || (data.len > ZIP_EXTRA_LARGE_BYTES && !is_known(id));
		p += 4 + data.len;
		left -= 4 + data.len;
	}
	return NULL;
}

const char *
ks_zip_extra_path_fault(const zip_extra *extra, sign_bytes name)
{
	if (!extra->has_path)
		return NULL;
	/* APPNOTE 4.6.9: version, CRC of the header's name, then the name that a reader would show instead. */
	if (extra->path.len < 5 || extra->path.len - 5 != name.len ||
	    memcmp(extra->path.data + 5, name.data, name.len) != 0)
		return KS_N_("a second name in the extra field");
	return NULL;
}

/* All fields in their fixed places, as some writers do although nothing is saturated: then they must agree. */
static const char *
sizes_full(sign_bytes zip64, uint64_t *fields[3])
{
	static const char lies[] = "Zip64 field disagrees";
	const uint8_t    *p = zip64.data;

	if (zip64.len != 16 && zip64.len != 24 && zip64.len != 28)
		return KS_N_("Zip64 field of a wrong length");
	if (zip64.len == 28 && zip_le32(p + 24) != 0)
		return KS_N_("split archive");
	for (size_t i = 0; i < 3 && fields[i] != NULL; i++) {
		bool saturated = *fields[i] == ZIP_FULL32;
		if (zip64.len / 8 <= i) {
			if (saturated)
				return lies;
			continue;
		}
		if (!saturated && *fields[i] != zip_le64(p + 8 * i))
			return lies;
		*fields[i] = zip_le64(p + 8 * i);
	}
	return NULL;
}

const char *
ks_zip_extra_sizes(const zip_extra *extra, uint64_t *size, uint64_t *packed, uint64_t *offset)
{
	uint64_t      *fields[3] = { size, packed, offset };
	const uint8_t *p = extra->zip64.data;
	size_t         needed = 0;

	for (size_t i = 0; i < 3; i++)
		needed += fields[i] != NULL && *fields[i] == ZIP_FULL32 ? 8 : 0;
	if (!extra->has_zip64)
		return needed > 0 ? KS_N_("Zip64 field missing") : NULL;
	/* APPNOTE 4.5.3: only the saturated fields, in this order. */
	if (extra->zip64.len != needed)
		return sizes_full(extra->zip64, fields);
	for (size_t i = 0; i < 3; i++) {
		if (fields[i] == NULL || *fields[i] != ZIP_FULL32)
			continue;
		*fields[i] = zip_le64(p);
		p += 8;
	}
	return NULL;
}
