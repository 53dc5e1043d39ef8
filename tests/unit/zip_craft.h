/*
 * A ZIP builder for tests that can lie about everything. Zero means honest: an entry of zeros but for name and data
 * is a well-formed stored one.
 */
#ifndef ZIP_CRAFT_H
#define ZIP_CRAFT_H

#include "zip_private.h"

typedef struct {
	const char *name, *local_name; /* local_name NULL: the same */
	size_t      name_len;          /* 0: strlen */
	const char *data;
	size_t      len;       /* 0: strlen(data) */
	bool        deflate;   /* data is deflated */
	size_t      zeros;     /* data is this many zero bytes instead */
	unsigned    method_is, local_method_is; /* + 1; 0: honest */
	unsigned    flags, local_flags_xor;
	unsigned    descriptor; /* 12, 16, 20 or 24 bytes behind the data; sets bit 3, local numbers 0 */
	bool        no_descriptor; /* bit 3 set, nothing behind */
	bool        truthful;   /* with a descriptor: local numbers are right nevertheless */
	uint32_t    descriptor_xor, local_crc_xor, crc_xor; /* crc_xor: in every place */
	int         size_add, local_size_add, local_packed_add, packed_add;
	const char *extra, *local_extra;
	size_t      extra_len, local_extra_len;
	const char *after; /* hidden bytes behind */
	size_t      after_len;
	uint32_t    attributes;
	unsigned    disk;
	int         offset_add;
	bool        saturate, local_saturate; /* 0xFFFFFFFF in the sizes */
	const char *comment;
} craft_entry;

#define CRAFT_MAX 6
typedef struct {
	craft_entry entries[CRAFT_MAX];
	const char *before; /* in front of everything; offsets honest */
	const char *gap;    /* before the directory */
	const char *comment;
	size_t      comment_len;
	const char *after;
	int         count_add, count_here_add, size_add, offset_add, comment_add;
	unsigned    disk;
	bool        zip64, saturate;
	int         zip64_offset_add, zip64_count_add, zip64_length_add, locator_disks_add;
	bool        reversed; /* the directory lists the last entry first */
} craft_archive;

/* Bytes into `out`, whose maximum is large enough. */
void craft(const craft_archive *archive, ks_buf *out);

#endif
