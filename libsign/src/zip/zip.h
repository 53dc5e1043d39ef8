/*
 * ZIP archives: reading hostile ones strictly, writing ours in one pass. Floor: zip.
 *
 * The reader parses end record, Zip64, central directory and every local header itself and accounts for every byte of the
 * file (attacks.md Z1-Z5): entries lie back to back from offset 0 to the directory, headers agree, nothing is hidden.
 * Inflating is zlib's work. What is odd but harmless is a note; what could make two readers disagree is refused.
 */
#ifndef KS_ZIP_H
#define KS_ZIP_H

#include "base.h"
#include "base_file.h"

/* Named limits (design.md 17, standards.md 8.3). Tests lower them through ks_zip_limits. */
#define KS_ZIP_MAX_ENTRIES         1000000u
#define KS_ZIP_MAX_DIRECTORY_BYTES ((uint64_t)256 << 20)
#define KS_ZIP_RATIO_FLOOR_BYTES   ((uint64_t)1 << 20) /* the ratio is asked only above this unpacked size */
#define KS_ZIP_MAX_RATIO           100u
#define KS_ZIP_MAX_COMMENT_BYTES   1024u
#define KS_ZIP_MAX_NAME_BYTES      4096u

typedef struct {
	uint64_t max_entries, max_directory_bytes, ratio_floor_bytes, max_ratio;
} ks_zip_limits;
#define KS_ZIP_LIMITS_INIT                                                                      \
	((ks_zip_limits){ KS_ZIP_MAX_ENTRIES, KS_ZIP_MAX_DIRECTORY_BYTES, KS_ZIP_RATIO_FLOOR_BYTES, \
	    KS_ZIP_MAX_RATIO })

typedef struct ks_zip ks_zip;

/* Compact: <= 64 bytes, since there may be a million. Name is not NUL-terminated for hashing but one NUL follows. */
typedef struct {
	const char *name;
	uint64_t    size_bytes, packed_bytes;
	uint64_t    header_offset, data_offset;
	uint32_t    crc;
	uint16_t    name_len;
	uint16_t    flags;
	uint8_t     method;    /* 0 stored, 8 deflate */
	bool        is_folder; /* name ends in "/", size 0 */
	bool        utf8;      /* flag 0x800, or plain ASCII */
	bool        local_extra; /* the local header carries an extra field */
	bool        large_extra; /* an unknown extra field over 64 bytes, or over 1 KiB of extra fields and comment */
	uint8_t     descriptor_bytes; /* what follows the data: 0, 12, 16, 20 or 24 */
} ks_zip_entry;

/*
 * Open and check the whole structure. The file is borrowed and must outlive the archive.
 *   SIGN_E_FORMAT      not a ZIP, damaged, or headers disagree (err->where: entry, err->detail: what)
 *   SIGN_E_NAME        escaping, duplicate (byte-equal) or undecodable entry name
 *   SIGN_E_LIMIT       too many entries, too large a directory, or a bomb (declared sizes)
 *   SIGN_E_UNSUPPORTED is never used: encryption, other methods, splits, symlinks and devices are SIGN_E_FORMAT
 */
sign_code ks_zip_open(const ks_file *file, ks_zip **zip, sign_error *err);
sign_code ks_zip_open_limited(const ks_file *file, ks_zip_limits limits, ks_zip **zip, sign_error *err);
void      ks_zip_free(ks_zip *zip);
KS_AUTO_DEFINE(ks_auto_zip, ks_zip, ks_zip_free)

const ks_file      *ks_zip_file(const ks_zip *zip);
size_t              ks_zip_count(const ks_zip *zip);
const ks_zip_entry *ks_zip_at(const ks_zip *zip, size_t index);
/* Exact bytes; SIZE_MAX if absent. */
size_t              ks_zip_find(const ks_zip *zip, const char *name, size_t len);
sign_bytes          ks_zip_comment(const ks_zip *zip);

/*
 * Stream an entry: inflates, stops at the declared size, checks CRC (SIGN_E_FORMAT on any lie). Borrows zip. The read that
 * reaches the last byte is the one that fails, so a caller who counts bytes instead of waiting for got 0 is safe too.
 */
sign_code ks_zip_source(const ks_zip *zip, size_t index, sign_source **source, sign_error *err);
/* A whole small entry, at most max_bytes. */
sign_code ks_zip_slurp(const ks_zip *zip, size_t index, size_t max_bytes, ks_buf *out, sign_error *err);

/* ---- writing -------------------------------------------------------------------------------------------------- */

/*
 * One pass into an output: sizes and CRC are patched into a local header once known (no data descriptors). Names are
 * UTF-8 (bit 11 set when not ASCII). `when` gives every entry's DOS time, in UTC, so that bytes do not depend on TZ.
 * Zip64 where needed: an entry announced >= 4 GiB-1 gets the local extra field; > 65,535 entries a Zip64 end record.
 */
typedef struct ks_zip_writer ks_zip_writer;
sign_code ks_zip_writer_new(ks_output *out, time_t when, ks_zip_writer **w, sign_error *err); /* out is borrowed */
void      ks_zip_writer_free(ks_zip_writer *w);
KS_AUTO_DEFINE(ks_auto_zip_writer, ks_zip_writer, ks_zip_writer_free)
/*
 * size_bytes: the announced size; one byte more is SIGN_E_CHANGED at once, fewer are at end. A name the reader would
 * refuse (escaping, not UTF-8, twice, a file where a folder is) is SIGN_E_NAME. Nothing may be open.
 */
sign_code ks_zip_writer_begin(ks_zip_writer *w, const char *name, bool deflate, uint64_t size_bytes, sign_error *err);
sign_code ks_zip_writer_write(ks_zip_writer *w, const void *data, size_t len, sign_error *err);
sign_code ks_zip_writer_end(ks_zip_writer *w, sign_error *err); /* SIGN_E_LIMIT if it deflated beyond our own ratio limit */
sign_code ks_zip_writer_add(ks_zip_writer *w, const char *name, sign_bytes data, sign_error *err); /* stored */
/*
 * Take over an existing archive: copy its bytes up to the directory as they are (in the kernel), keep its directory
 * records; entries for which keep(user, index) is false are left out, then the kept ones are copied raw one by one.
 * keep NULL: all. To be called before anything else is written. The archive's comment is kept: it may be all that names
 * the container's type (EN 319 162-1 A.1).
 */
sign_code ks_zip_writer_take(ks_zip_writer *w, const ks_zip *zip, bool (*keep)(void *user, size_t index), void *user,
    sign_error *err);
/* Directory and end record. SIGN_E_LIMIT if the whole unfolds beyond the reader's ratio, SIGN_E_NAME on a late clash. */
sign_code ks_zip_writer_finish(ks_zip_writer *w, sign_error *err);

#endif
