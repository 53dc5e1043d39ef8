/*
 * Digests, algorithm table and the per-worker crypto context. Floor: crypt; OpenSSL types stay in this room and pki/cms.
 *
 * A ks_crypt belongs to one worker (thread): it holds prefetched algorithms, digest contexts and parsed certificates, so
 * that the hot path takes no shared lock and fetches nothing by name.
 */
#ifndef KS_CRYPT_H
#define KS_CRYPT_H

#include "base.h"

typedef struct ks_crypt ks_crypt;
sign_code ks_crypt_new(ks_crypt **out, sign_error *err);
void      ks_crypt_free(ks_crypt *cx);
KS_AUTO_DEFINE(ks_auto_crypt, ks_crypt, ks_crypt_free)

/* A set of digest algorithms: bit (1u << sign_digest). */
typedef uint32_t ks_digest_set;
#define KS_DIGEST_BIT(d) ((ks_digest_set)1u << (d))

typedef struct {
	uint8_t bytes[SIGN_DIGEST_MAX_BYTES];
	uint8_t len; /* 0: not computed */
} ks_digest;

size_t      ks_digest_size(sign_digest d);                       /* bytes; 0 for NONE */
sign_digest ks_digest_from_oid(const char *dotted);              /* "2.16.840.1.101.3.4.2.1" */
const char *ks_digest_oid(sign_digest d);
sign_digest ks_digest_from_uri(const char *uri, size_t len);     /* XML digest URIs */
const char *ks_digest_uri(sign_digest d);                        /* NULL if it has none */

/* One-shot. */
sign_code ks_digest_bytes(ks_crypt *cx, sign_digest d, sign_bytes data, ks_digest *out, sign_error *err);

/* Several digests over one pass. Lives in a caller's struct; start, add..., finish, or clear. */
typedef struct {
	ks_crypt     *cx;
	ks_digest_set set;
	void         *ctx[SIGN_DIGEST_COUNT];
} ks_hasher;
sign_code ks_hasher_start(ks_hasher *h, ks_crypt *cx, ks_digest_set set, sign_error *err);
sign_code ks_hasher_add(ks_hasher *h, const void *data, size_t len, sign_error *err);
sign_code ks_hasher_finish(ks_hasher *h, ks_digest out[SIGN_DIGEST_COUNT], sign_error *err); /* also clears */
void      ks_hasher_clear(ks_hasher *h);

/* ---- the algorithm table (standards.md 5.7): data, with dates -------------------------------------------------- */

/*
 * Until when is an algorithm reliable? *until = INT64_MAX for no end; 0 for never/unlisted.
 * Key: the greatest row <= actual size. The table is read once from algorithms.json (data room order) and immutable.
 */
typedef struct ks_algorithms ks_algorithms;
sign_code ks_algorithms_load(const ks_algorithms **table, sign_error *err); /* process-wide, thread-safe, cached */
int64_t   ks_algorithms_digest_until(const ks_algorithms *t, sign_digest d);
int64_t   ks_algorithms_key_until(const ks_algorithms *t, sign_scheme s, unsigned key_bits);
const char *ks_algorithms_version(const ks_algorithms *t); /* "TS 119 312 v1.5.1, 2024-10-13" */

#endif
