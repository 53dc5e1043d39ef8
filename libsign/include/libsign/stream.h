/** @file
 * Documents that flow: they can be larger than memory, so they are read a block at a time.
 */
#ifndef LIBSIGN_STREAM_H
#define LIBSIGN_STREAM_H

#include <libsign/error.h>

SIGN_BEGIN_DECLS

typedef struct sign_source sign_source;

/** A document to read: a file, a container entry, a buffer. Implement it to feed your own. */
struct sign_source {
	const char *name;       /**< as a person would call it; used in sentences */
	uint64_t    size_bytes; /**< announced size; UINT64_MAX if unknown */
	/** Up to `cap_bytes`; `*got` 0 at the end. */
	sign_code (*read)(sign_source *, void *buf, size_t cap_bytes, size_t *got, sign_error *);
	sign_code (*rewind)(sign_source *, sign_error *);
	void (*free)(sign_source *);
};

/** Open a regular file; refuses folders, devices and pipes. Release with sign_source_free(). */
SIGN_API sign_code sign_source_open(const char *path, sign_source **source, sign_error *err) SIGN_MUST_CHECK;
/** Read from memory; `bytes` is borrowed and must outlive the source. */
SIGN_API sign_code sign_source_memory(const char *name, sign_bytes bytes, sign_source **source, sign_error *err)
    SIGN_MUST_CHECK;
SIGN_API void sign_source_free(sign_source *source);

SIGN_END_DECLS
#endif
