/*
 * What the files of this room share: numbers of the format (APPNOTE 4.3-4.5), the open archive, extra fields, names.
 */
#ifndef KS_ZIP_PRIVATE_H
#define KS_ZIP_PRIVATE_H

#include <string.h>

#include "zip.h"

#define ZIP_LOCAL_SIG      0x04034b50u
#define ZIP_CENTRAL_SIG    0x02014b50u
#define ZIP_END_SIG        0x06054b50u
#define ZIP_DESCRIPTOR_SIG 0x08074b50u
#define ZIP_END64_SIG      0x06064b50u
#define ZIP_LOCATOR_SIG    0x07064b50u

#define ZIP_LOCAL_BYTES   30u
#define ZIP_CENTRAL_BYTES 46u
#define ZIP_END_BYTES     22u
#define ZIP_END64_BYTES   56u
#define ZIP_LOCATOR_BYTES 20u
#define ZIP_LOCAL64_BYTES 20u /* id, length, two sizes */

#define ZIP_FLAG_DESCRIPTOR 0x0008u
#define ZIP_FLAG_UTF8       0x0800u
#define ZIP_STORED          0u
#define ZIP_DEFLATED        8u
#define ZIP_EXTRA_ZIP64     0x0001u
#define ZIP_EXTRA_PATH      0x7075u
#define ZIP_EXTRA_LARGE_BYTES 64u
#define ZIP_EXTRA_TOTAL_BYTES 1024u /* of all extra fields of one header, and the comment */
#define ZIP_FULL16          0xFFFFu
#define ZIP_FULL32          0xFFFFFFFFu

static inline uint16_t
zip_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t
zip_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t
zip_le64(const uint8_t *p)
{
	return (uint64_t)zip_le32(p) | (uint64_t)zip_le32(p + 4) << 32;
}

static inline void
zip_put16(uint8_t *p, uint64_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void
zip_put32(uint8_t *p, uint64_t v)
{
	zip_put16(p, v);
	zip_put16(p + 2, v >> 16);
}

static inline void
zip_put64(uint8_t *p, uint64_t v)
{
	zip_put32(p, v);
	zip_put32(p + 4, v >> 32);
}

/* A name from the file as C text, for errors; cut to fit. */
typedef struct {
	char text[128];
} zip_spot;
zip_spot ks_zip_spot_of(const void *name, size_t len);

/* An error about one entry; `why` is a printf format. */
#define zip_fail(err, code, zip, entry, ...)                    \
	ks_fail_from((err), (code), KS_ORIGIN, (zip)->file->name, \
	    ks_zip_spot_of((entry)->name, (entry)->name_len).text, __VA_ARGS__)

/* ---- names: a set that answers "twice?", "file and folder?" and "which?" in about one step --------------------- */

typedef sign_bytes (*zip_name_fn)(const void *owner, uint32_t id);
typedef struct {
	uint32_t   *slots; /* id + 1; 0 is free */
	size_t      cap, used;
	uint64_t    lookups, probes;
	const void *owner;
	zip_name_fn name;
} zip_names;
void        ks_zip_names_clear(zip_names *names);
bool        ks_zip_names_reserve(zip_names *names, size_t count); /* false: no memory */
/* Room for one more was reserved. NULL, or what is wrong with the name. */
const char *ks_zip_names_add(zip_names *names, uint32_t id);
/* Is a folder above `id` a file in the set? Folders shared with `previous`, asked before, are not asked again. */
const char *ks_zip_names_clash(zip_names *names, uint32_t id, sign_bytes previous);
uint32_t    ks_zip_names_find(const zip_names *names, sign_bytes name); /* exact; UINT32_MAX if absent */

/* ---- extra fields --------------------------------------------------------------------------------------------- */

typedef struct {
	sign_bytes zip64, path;
	bool       has_zip64, has_path;
	bool       has_large; /* an unknown field over ZIP_EXTRA_LARGE_BYTES: harmless, yet a place to hide something */
} zip_extra;
const char *ks_zip_extra_parse(sign_bytes bytes, zip_extra *extra);
/* Does the Info-ZIP Unicode path, if there is one, say the same name as the header? */
const char *ks_zip_extra_path_fault(const zip_extra *extra, sign_bytes name);
/* Replace saturated fields by their 64-bit values; offset NULL in a local header. */
const char *ks_zip_extra_sizes(const zip_extra *extra, uint64_t *size, uint64_t *packed, uint64_t *offset);

/* ---- the open archive ----------------------------------------------------------------------------------------- */

struct ks_zip {
	const ks_file *file;
	ks_zip_limits  limits;
	uint8_t       *tail; /* the last bytes of the file, read once */
	uint64_t       tail_at;
	size_t         tail_len;
	uint8_t       *directory; /* in the tail, or memory of its own; once open, only the names, back to back */
	uint8_t       *directory_own;
	uint64_t       directory_at;
	size_t         directory_len;
	ks_zip_entry  *entries;
	size_t         count;
	bool           in_order; /* the directory lists the entries as they lie in the file */
	zip_names      names;
	sign_bytes     comment;
};

static inline size_t
zip_record_length(const uint8_t *record)
{
	return (size_t)ZIP_CENTRAL_BYTES + zip_le16(record + 28) + zip_le16(record + 30) + zip_le16(record + 32);
}

static inline uint64_t
zip_entry_end(const ks_zip_entry *e)
{
	return e->data_offset + e->packed_bytes + e->descriptor_bytes;
}

static inline bool
zip_ratio_is_bomb(const ks_zip_limits *limits, uint64_t size, uint64_t packed)
{
	return size > limits->ratio_floor_bytes && size / limits->max_ratio > packed;
}

/* Steps of opening, in this order. */
sign_code ks_zip_end_read(ks_zip *zip, sign_error *err);
sign_code ks_zip_directory_read(ks_zip *zip, sign_error *err);
sign_code ks_zip_local_check(ks_zip *zip, sign_error *err);
/* Indices of the entries as they lie in the file; malloc'ed; NULL when memory is gone. */
uint32_t *ks_zip_physical_order(const ks_zip *zip);
/* Everything but the look into archives inside. */
sign_code ks_zip_open_structure(const ks_file *file, ks_zip_limits limits, ks_zip **zip, sign_error *err);
sign_code ks_zip_nested_check(const ks_zip *zip, sign_error *err);

#endif
