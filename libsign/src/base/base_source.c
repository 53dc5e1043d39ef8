/*
 * Sources: a document to read block by block, from a file, a range of one, or memory. Floor: base.
 */
#include "base.h"
#include "base_file.h"

#include <stdlib.h>
#include <string.h>

struct memory_source {
	sign_source base;
	char       *name;
	sign_bytes  bytes;
	size_t      at;
};

static sign_code
memory_read(sign_source *source, void *buf, size_t cap, size_t *got, sign_error *err)
{
	struct memory_source *m = (struct memory_source *)source;
	size_t                left = m->bytes.len - m->at;

	(void)err;
	*got = left < cap ? left : cap;
	if (*got > 0)
		memcpy(buf, m->bytes.data + m->at, *got);
	m->at += *got;
	return SIGN_OK;
}

static sign_code
memory_rewind(sign_source *source, sign_error *err)
{
	(void)err;
	((struct memory_source *)source)->at = 0;
	return SIGN_OK;
}

static void
memory_free(sign_source *source)
{
	free(((struct memory_source *)source)->name);
	free(source);
}

sign_code
sign_source_memory(const char *name, sign_bytes bytes, sign_source **source, sign_error *err)
{
	struct memory_source *m = calloc(1, sizeof(*m));

	*source = NULL;
	if (m == NULL || (m->name = strdup(name)) == NULL) {
		free(m);
		return ks_fail_memory(err);
	}
	m->base = (sign_source){ m->name, bytes.len, memory_read, memory_rewind, memory_free };
	m->bytes = bytes;
	*source = &m->base;
	return SIGN_OK;
}

void
sign_source_free(sign_source *source)
{
	if (source != NULL)
		source->free(source);
}

struct range_source {
	sign_source    base;
	char          *name;
	const ks_file *file;
	ks_file       *owned; /* file, when the source owns it */
	uint64_t       start, len, at;
};

static sign_code
range_read(sign_source *source, void *buf, size_t cap, size_t *got, sign_error *err)
{
	struct range_source *r = (struct range_source *)source;
	uint64_t             left = r->len - r->at;
	size_t               want = left < cap ? (size_t)left : cap;

	*got = 0;
	if (want == 0)
		return r->owned != NULL ? ks_file_unchanged(r->owned, err) : SIGN_OK;
	KS_TRY(ks_file_read_at(r->file, r->start + r->at, buf, want, err));
	r->at += want;
	*got = want;
	return SIGN_OK;
}

static sign_code
range_rewind(sign_source *source, sign_error *err)
{
	(void)err;
	((struct range_source *)source)->at = 0;
	return SIGN_OK;
}

static void
range_free(sign_source *source)
{
	struct range_source *r = (struct range_source *)source;

	ks_file_free(r->owned);
	free(r->name);
	free(r);
}

sign_code
ks_file_source(const ks_file *file, const char *name, uint64_t offset, uint64_t len, sign_source **source, sign_error *err)
{
	struct range_source *r;
	uint64_t             end;

	*source = NULL;
	if (__builtin_add_overflow(offset, len, &end) || end > file->size_bytes)
		return ks_fail(err, SIGN_E_FORMAT, file->name);
	r = calloc(1, sizeof(*r));
	if (r == NULL || (r->name = strdup(name)) == NULL) {
		free(r);
		return ks_fail_memory(err);
	}
	r->base = (sign_source){ r->name, len, range_read, range_rewind, range_free };
	r->file = file;
	r->start = offset;
	r->len = len;
	*source = &r->base;
	return SIGN_OK;
}

const ks_file *
ks_source_file(const sign_source *source)
{
	return source->read == range_read ? ((const struct range_source *)source)->owned : NULL;
}

sign_code
sign_source_open(const char *path, sign_source **source, sign_error *err)
{
	KS_AUTO(ks_auto_file) ks_file *file = NULL;

	*source = NULL;
	KS_TRY(ks_file_open(path, &file, err));
	KS_TRY(ks_file_source(file, path, 0, file->size_bytes, source, err));
	((struct range_source *)*source)->owned = KS_MOVE(file);
	return SIGN_OK;
}
