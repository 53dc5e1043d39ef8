/*
 * What every room uses: error making, scope-bound release, small helpers. Floor: base.
 */
#ifndef KS_BASE_H
#define KS_BASE_H

#include <libsign/error.h>
#include <libsign/stream.h>
#include <libsign/types.h>

#define KS_AUTO(free_fn) __attribute__((cleanup(free_fn)))
#define KS_TRY(call)                               \
	do {                                       \
		sign_code try_rc_ = (call);        \
		if (try_rc_ != SIGN_OK)            \
			return try_rc_;            \
	} while (0)
#define KS_MOVE(p)                            \
	({                                    \
		__typeof__(p) moved_ = (p);   \
		(p) = NULL;                   \
		moved_;                       \
	})
#define KS_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define KS_N_(text) (text) /* a phrase that is shown to people: collected for the catalogue, translated by report */

#define KS_BLOCK_BYTES ((size_t)64 * 1024)

/* Define the wrapper KS_AUTO needs for a type whose release takes the pointer: KS_AUTO_FREE(ks_buf, ks_buf_free) → ks_auto_... */
#define KS_AUTO_DEFINE(fn, type, release)          \
	static inline void fn(type **p)            \
	{                                          \
		release(*p);                       \
	}
void ks_auto_mem(void *p);                  /* for any malloc'ed pointer */
void ks_auto_fd(int *fd);                   /* close when >= 0 */
void ks_auto_source(sign_source **source);

/*
 * Make an error where the fault is seen, and return its code: `return ks_fail(err, SIGN_E_FORMAT, name);`
 * `err` may be NULL. ks_fail_at adds the spot, ks_fail_why the spot and a printf-made fact; NULL for none.
 */
#define KS_ORIGIN_STR_(x) #x
#define KS_ORIGIN_STR(x)  KS_ORIGIN_STR_(x)
#define KS_ORIGIN         __FILE_NAME__ ":" KS_ORIGIN_STR(__LINE__)
#ifdef __clang_analyzer__ /* it looks into one file at a time and must be told that a failure is never SIGN_OK */
#define KS_NOT_OK(call) ({ sign_code not_ok_ = (call); if (not_ok_ == SIGN_OK) __builtin_unreachable(); not_ok_; })
#else
#define KS_NOT_OK(call) (call)
#endif
#define ks_fail(err, code, subject)            KS_NOT_OK(ks_fail_from((err), (code), KS_ORIGIN, (subject), NULL, NULL))
#define ks_fail_at(err, code, subject, where)  KS_NOT_OK(ks_fail_from((err), (code), KS_ORIGIN, (subject), (where), NULL))
#define ks_fail_why(err, code, subject, where, ...) \
	KS_NOT_OK(ks_fail_from((err), (code), KS_ORIGIN, (subject), (where), __VA_ARGS__))
#define ks_fail_memory(err) KS_NOT_OK(ks_fail_from((err), SIGN_E_MEMORY, KS_ORIGIN, NULL, NULL, NULL))
#define ks_fail_errno(err, fallback, subject)  KS_NOT_OK(ks_fail_errno_from((err), (fallback), KS_ORIGIN, (subject)))
sign_code ks_fail_from(sign_error *err, sign_code code, const char *origin, const char *subject, const char *where,
    const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* From errno: ENOENT, EACCES, EISDIR, ENOSPC/EROFS/EDQUOT, EEXIST have codes of their own; else `fallback` with strerror. */
sign_code ks_fail_errno_from(sign_error *err, sign_code fallback, const char *origin, const char *subject);

#define KS_BYTES(p, n) ((sign_bytes){ (const uint8_t *)(p), (n) })
bool ks_bytes_equal(sign_bytes a, sign_bytes b);

/* Growable buffer, born with its maximum. Zero-initialise with KS_BUF(max); release with ks_buf_clear (KS_AUTO-ready). */
typedef struct {
	uint8_t *data;
	size_t   len, cap, max;
} ks_buf;
#define KS_BUF(max_bytes) ((ks_buf){ NULL, 0, 0, (max_bytes) })
void      ks_buf_clear(ks_buf *buf);
sign_code ks_buf_reserve(ks_buf *buf, size_t more, sign_error *err); /* SIGN_E_LIMIT past max */
sign_code ks_buf_add(ks_buf *buf, const void *data, size_t len, sign_error *err);
sign_code ks_buf_addf(ks_buf *buf, sign_error *err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static inline sign_bytes
ks_buf_bytes(const ks_buf *buf)
{
	return KS_BYTES(buf->data, buf->len);
}

/* Arena: everything allocated from it goes at once. Not thread-safe; one per document. NULL only when memory is gone. */
typedef struct ks_arena ks_arena;
ks_arena *ks_arena_new(void);
void      ks_arena_free(ks_arena *arena);
void     *ks_arena_alloc(ks_arena *arena, size_t bytes); /* zeroed, aligned for any type */
char     *ks_arena_strdup(ks_arena *arena, const char *text);
char     *ks_arena_strndup(ks_arena *arena, const char *text, size_t len);
sign_bytes ks_arena_copy(ks_arena *arena, sign_bytes bytes); /* .data NULL when memory is gone (and len > 0) */
char     *ks_arena_printf(ks_arena *arena, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
KS_AUTO_DEFINE(ks_auto_arena, ks_arena, ks_arena_free)

/*
 * Grow an arena array by one: *items holds *count elements of `size` bytes, capacity doubles. Returns the new zeroed
 * element or NULL. Capacity is derived from count (powers of two), so callers keep only pointer and count.
 */
void *ks_arena_push(ks_arena *arena, void *items_ptr, size_t *count, size_t size);

#endif
