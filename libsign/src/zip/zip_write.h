/*
 * The writer's state, shared by zip_write.c and zip_take.c.
 */
#ifndef KS_ZIP_WRITE_H
#define KS_ZIP_WRITE_H

#define ZLIB_CONST
#include <zlib.h>

#include "zip_private.h"

struct ks_zip_writer {
	ks_output *out;
	uint32_t   dos_time;
	uint64_t   count;
	uint64_t   unfolded; /* sum of all sizes */
	ks_buf     directory;
	zip_names  names; /* ids are offsets of records in the directory */
	uint8_t   *comment; /* of the archive taken over */
	size_t     comment_len;
	bool       open, finished;

	/* the open entry */
	size_t   record; /* its offset in the directory */
	uint64_t header_at, announced, written, packed;
	size_t   name_len;
	uint32_t crc;
	unsigned method;
	bool     zip64; /* its local header has room for wide sizes */

	bool     deflating; /* z is initialised */
	z_stream z;
	uint8_t *block;
};

/* Enter the name of the record at this offset; SIGN_E_NAME if it cannot be told from another. */
sign_code ks_zip_writer_name(ks_zip_writer *w, uint32_t record, sign_error *err);

#endif
