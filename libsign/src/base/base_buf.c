/*
 * Growable buffers with a maximum, arenas, and the small releases that KS_AUTO uses. Floor: base.
 */
#include "base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
ks_auto_mem(void *p)
{
	free(*(void **)p);
}

void
ks_auto_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

void
ks_auto_source(sign_source **source)
{
	sign_source_free(*source);
}

bool
ks_bytes_equal(sign_bytes a, sign_bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

void
ks_buf_clear(ks_buf *buf)
{
	free(buf->data);
	buf->data = NULL;
	buf->len = buf->cap = 0;
}

sign_code
ks_buf_reserve(ks_buf *buf, size_t more, sign_error *err)
{
	size_t   need;
	size_t   cap;
	uint8_t *data;

	if (__builtin_add_overflow(buf->len, more, &need) || need > buf->max)
		return ks_fail_why(err, SIGN_E_LIMIT, NULL, NULL, "%zu bytes", buf->max);
	if (need <= buf->cap)
		return SIGN_OK;
	cap = buf->cap < 256 ? 256 : buf->cap;
	while (cap < need)
		cap = cap > buf->max / 2 ? buf->max : cap * 2;
	data = realloc(buf->data, cap);
	if (data == NULL)
		return ks_fail_memory(err);
	buf->data = data;
	buf->cap = cap;
	return SIGN_OK;
}

sign_code
ks_buf_add(ks_buf *buf, const void *data, size_t len, sign_error *err)
{
	if (len == 0)
		return SIGN_OK;
	KS_TRY(ks_buf_reserve(buf, len, err));
	memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	return SIGN_OK;
}

sign_code
ks_buf_addf(ks_buf *buf, sign_error *err, const char *fmt, ...)
{
	va_list args;
	int     len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0)
		return ks_fail(err, SIGN_E_INTERNAL, NULL);
	KS_TRY(ks_buf_reserve(buf, (size_t)len + 1, err));
	va_start(args, fmt);
	vsnprintf((char *)buf->data + buf->len, (size_t)len + 1, fmt, args);
	va_end(args);
	buf->len += (size_t)len;
	return SIGN_OK;
}

/* ---- arena ---------------------------------------------------------------------------------------------------- */

#define ARENA_CHUNK_BYTES ((size_t)8 * 1024)
#define ARENA_ALIGN       _Alignof(max_align_t)

struct chunk {
	struct chunk *next;
	size_t        used, cap;
	_Alignas(max_align_t) uint8_t bytes[];
};
struct ks_arena {
	struct chunk *chunks;
};

ks_arena *
ks_arena_new(void)
{
	return calloc(1, sizeof(ks_arena));
}

void
ks_arena_free(ks_arena *arena)
{
	struct chunk *next;

	if (arena == NULL)
		return;
	for (struct chunk *c = arena->chunks; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	free(arena);
}

void *
ks_arena_alloc(ks_arena *arena, size_t bytes)
{
	struct chunk *c = arena->chunks;
	size_t        size, cap;
	void         *p;

	if (__builtin_add_overflow(bytes, ARENA_ALIGN - 1, &size))
		return NULL;
	size &= ~(ARENA_ALIGN - 1);
	if (c == NULL || c->cap - c->used < size) {
		cap = size > ARENA_CHUNK_BYTES ? size : ARENA_CHUNK_BYTES;
		if (cap > SIZE_MAX - sizeof(struct chunk) || (c = malloc(sizeof(struct chunk) + cap)) == NULL)
			return NULL;
		c->cap = cap;
		c->used = 0;
		c->next = arena->chunks;
		arena->chunks = c;
	}
	p = c->bytes + c->used;
	c->used += size;
	memset(p, 0, bytes);
	return p;
}

char *
ks_arena_strndup(ks_arena *arena, const char *text, size_t len)
{
	char *copy = len < SIZE_MAX ? ks_arena_alloc(arena, len + 1) : NULL;

	if (copy != NULL && len > 0)
		memcpy(copy, text, len);
	return copy;
}

char *
ks_arena_strdup(ks_arena *arena, const char *text)
{
	return ks_arena_strndup(arena, text, strlen(text));
}

sign_bytes
ks_arena_copy(ks_arena *arena, sign_bytes bytes)
{
	uint8_t *copy = ks_arena_alloc(arena, bytes.len > 0 ? bytes.len : 1);

	if (copy == NULL)
		return KS_BYTES(NULL, bytes.len);
	if (bytes.len > 0)
		memcpy(copy, bytes.data, bytes.len);
	return KS_BYTES(copy, bytes.len);
}

char *
ks_arena_printf(ks_arena *arena, const char *fmt, ...)
{
	va_list args;
	int     len;
	char   *text;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0 || (text = ks_arena_alloc(arena, (size_t)len + 1)) == NULL)
		return NULL;
	va_start(args, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, args);
	va_end(args);
	return text;
}

void *
ks_arena_push(ks_arena *arena, void *items_ptr, size_t *count, size_t size)
{
	void  **items = items_ptr;
	size_t  n = *count;
	size_t  bytes;
	void   *grown;

	/* capacity is 4, 8, 16, ...: full exactly when count is 0 or such a power */
	if (n == 0 || (n >= 4 && (n & (n - 1)) == 0)) {
		if (__builtin_mul_overflow(n == 0 ? 4 : n * 2, size, &bytes) || (grown = ks_arena_alloc(arena, bytes)) == NULL)
			return NULL;
		if (n > 0)
			memcpy(grown, *items, n * size);
		*items = grown;
	}
	*count = n + 1;
	return (uint8_t *)*items + n * size;
}
