/*
 * Files: random-access input, atomic outputs in groups, walking folders. Floor: base; the only room that knows POSIX.
 */
#ifndef KS_BASE_FILE_H
#define KS_BASE_FILE_H

#include "base.h"

/* ---- input ---------------------------------------------------------------------------------------------------- */

/* A regular file or a buffer, read at any offset. Opened once; what was judged is what is extracted. */
typedef struct {
	char       *name;       /* as a person would call it */
	int         fd;         /* -1 for a buffer */
	sign_bytes  memory;     /* for a buffer; borrowed */
	uint64_t    size_bytes; /* at opening */
	int64_t     mtime_ns;   /* at opening, to notice changes */
	bool        named;      /* it had a name then: without one later, it was removed or replaced */
} ks_file;
sign_code ks_file_open(const char *path, ks_file **file, sign_error *err);
sign_code ks_file_memory(const char *name, sign_bytes bytes, ks_file **file, sign_error *err);
void      ks_file_free(ks_file *file);
KS_AUTO_DEFINE(ks_auto_file, ks_file, ks_file_free)
/* Exactly `len` bytes at `offset`; less is SIGN_E_CHANGED (the file shrank). */
sign_code ks_file_read_at(const ks_file *file, uint64_t offset, void *buf, size_t len, sign_error *err);
/* SIGN_E_CHANGED if size or mtime differ from when it was opened, or its last name is gone. */
sign_code ks_file_unchanged(const ks_file *file, sign_error *err);
/*
 * Keep others of us from replacing the file until the returned descriptor is closed (flock): SIGN_E_BUSY if somebody does
 * already, SIGN_E_CHANGED if its name means another file by now. *fd is -1 where the file system knows no locks.
 */
sign_code ks_file_hold(const ks_file *file, int *fd, sign_error *err);
/* A source over [offset, offset+len); borrows the file. */
sign_code ks_file_source(const ks_file *file, const char *name, uint64_t offset, uint64_t len, sign_source **source,
    sign_error *err);
/* The file that sign_source_open() opened, NULL for any other source. */
const ks_file *ks_source_file(const sign_source *source);
/* The whole of a small file, at most `max_bytes` (else SIGN_E_LIMIT). */
sign_code ks_file_slurp(const char *path, size_t max_bytes, ks_buf *out, sign_error *err);

/* ---- output --------------------------------------------------------------------------------------------------- */

typedef enum { KS_SYNC_GROUP = 0, KS_SYNC_EACH, KS_SYNC_NONE } ks_sync;

/*
 * An output without a name, or under a hidden one, in its target folder. Freed unpublished, it leaves no trace.
 * Writes are gathered in a block that the caller lends (at least KS_BLOCK_BYTES; it must outlive prepare), so that a
 * small container is one write(2).
 */
typedef struct ks_output ks_output;
#define KS_OUTPUT_FORCE   1u /* may replace an existing file */
#define KS_OUTPUT_PRIVATE 2u /* mode 0600 */
#define KS_OUTPUT_NAMED   4u /* with a hidden name from the start, as on file systems that know no nameless files */
sign_code ks_output_open(const char *path, unsigned flags, void *block, size_t block_bytes, ks_output **out,
    sign_error *err);
/*
 * The same for `relative` beneath an open folder, making the folders between and following no symbolic links (openat per
 * segment, O_NOFOLLOW). `relative` has passed ks_name_fault.
 */
sign_code ks_output_open_beneath(int root_fd, const char *relative, unsigned flags, void *block, size_t block_bytes,
    ks_output **out, sign_error *err);
sign_code ks_output_write(ks_output *out, const void *data, size_t len, sign_error *err);
/* Overwrite bytes written before, at an absolute offset. */
sign_code ks_output_patch(ks_output *out, uint64_t offset, const void *data, size_t len, sign_error *err);
/* Append [offset, offset+len) of `file`, in the kernel where it can (copy_file_range). */
sign_code ks_output_copy(ks_output *out, const ks_file *file, uint64_t offset, uint64_t len, sign_error *err);
/* The output closes `fd` (ks_file_hold) when it is published or dropped. */
void      ks_output_keep(ks_output *out, int fd);
uint64_t  ks_output_offset(const ks_output *out); /* bytes written so far */
sign_code ks_output_prepare(ks_output *out, sign_error *err); /* flush; the lent block is free again */
const char *ks_output_path(const ks_output *out);             /* the final name */
void      ks_output_free(ks_output *out);
KS_AUTO_DEFINE(ks_auto_output, ks_output, ks_output_free)

/*
 * Prepared outputs become visible together: data synced → renamed → folders synced. Takes ownership of `count` outputs;
 * codes[i]/errs[i] tell how each fared (errs may be NULL). Returns SIGN_OK when all are published, else the first fault.
 */
sign_code ks_output_publish(ks_output *outs[], size_t count, ks_sync sync, sign_code codes[], sign_error errs[]);
/* One output, taking ownership (also when it fails). */
sign_code ks_output_publish_one(ks_output *out, ks_sync sync, sign_error *err);
/*
 * The output at `path` was made by an earlier run, which may have been killed between any two steps of publishing: take away
 * its hidden name, and bring data and name to disk. Cheap for what is there already.
 */
sign_code ks_output_adopt(const char *path, ks_sync sync, sign_error *err);

/* ---- folders -------------------------------------------------------------------------------------------------- */

/* Make `path` and its parents (mode 0777 & ~umask), on disk before it returns: nothing in it could be durable otherwise. */
sign_code ks_folder_make(const char *path, sign_error *err);

#endif
