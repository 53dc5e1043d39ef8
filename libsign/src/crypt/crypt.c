/*
 * The per-worker crypto context and digests. Floor: crypt. Algorithms are fetched once when the context is made; digest
 * contexts are lent to hashers and come back, so hashing a document takes no lock and allocates nothing.
 */
#include "crypt_context.h"

#include <openssl/err.h>
#include <string.h>

bool
ks_openssl_drain(void)
{
	bool          memory = false;
	unsigned long e;

	while ((e = ERR_get_error()) != 0)
		if (ERR_GET_REASON(e) == ERR_R_MALLOC_FAILURE)
			memory = true;
	return memory;
}

sign_code
ks_fail_openssl_from(sign_error *err, sign_code code, const char *origin, const char *subject, const char *doing)
{
	if (ks_openssl_drain())
		code = SIGN_E_MEMORY;
	return ks_fail_from(err, code, origin, subject, NULL, "%s", doing);
}

sign_code
ks_crypt_new(ks_crypt **out, sign_error *err)
{
	KS_AUTO(ks_auto_crypt) ks_crypt *cx = calloc(1, sizeof(*cx));

	if (cx == NULL)
		return ks_fail_memory(err);
	for (unsigned d = SIGN_DIGEST_NONE + 1; d < SIGN_DIGEST_COUNT; d++) {
		/* By its dotted name, which every provider knows. One that is absent is missed only by who asks for it. */
		cx->md[d] = EVP_MD_fetch(NULL, ks_digest_oid((sign_digest)d), NULL);
		if (cx->md[d] == NULL && ks_openssl_drain())
			return ks_fail_memory(err);
	}
	if (cx->md[SIGN_DIGEST_SHA256] == NULL)
		return ks_fail_openssl(err, SIGN_E_CRYPTO, NULL, sign_digest_name(SIGN_DIGEST_SHA256));
	*out = KS_MOVE(cx);
	return SIGN_OK;
}

void
ks_crypt_free(ks_crypt *cx)
{
	if (cx == NULL)
		return;
	ks_verifiers_clear(cx);
	ks_cert_cache_clear(cx);
	for (unsigned d = 0; d < SIGN_DIGEST_COUNT; d++) {
		while (cx->idle_count[d] > 0)
			EVP_MD_CTX_free(cx->idle[d][--cx->idle_count[d]]);
		EVP_MD_free(cx->md[d]);
	}
	free(cx);
}

const EVP_MD *
ks_crypt_md(const ks_crypt *cx, sign_digest d)
{
	return d > SIGN_DIGEST_NONE && d < SIGN_DIGEST_COUNT ? cx->md[d] : NULL;
}

/* ---- digest contexts, lent and given back ---- */

static void
give_back(ks_crypt *cx, sign_digest d, EVP_MD_CTX *ctx)
{
	if (ctx == NULL)
		return;
	if (cx->idle_count[d] < KS_CRYPT_IDLE_MAX)
		cx->idle[d][cx->idle_count[d]++] = ctx;
	else
		EVP_MD_CTX_free(ctx);
}

static sign_code
borrow(ks_crypt *cx, sign_digest d, EVP_MD_CTX **out, sign_error *err)
{
	EVP_MD_CTX *ctx;

	if (ks_crypt_md(cx, d) == NULL)
		return ks_fail_why(err, SIGN_E_CRYPTO, NULL, NULL, "%s", sign_digest_name(d));
	ctx = cx->idle_count[d] > 0 ? cx->idle[d][--cx->idle_count[d]] : EVP_MD_CTX_new();
	if (ctx == NULL)
		return ks_fail_memory(err);
	/* The same algorithm as before: OpenSSL only resets the state. */
	if (EVP_DigestInit_ex2(ctx, cx->md[d], NULL) != 1) {
		EVP_MD_CTX_free(ctx);
		return ks_fail_openssl(err, SIGN_E_CRYPTO, NULL, "start a digest");
	}
	*out = ctx;
	return SIGN_OK;
}

static sign_code
finish(EVP_MD_CTX *ctx, ks_digest *out, sign_error *err)
{
	unsigned len = 0;

	_Static_assert(SIGN_DIGEST_MAX_BYTES >= EVP_MAX_MD_SIZE, "a digest fits");
	if (EVP_DigestFinal_ex(ctx, out->bytes, &len) != 1)
		return ks_fail_openssl(err, SIGN_E_CRYPTO, NULL, "finish a digest");
	out->len = (uint8_t)len;
	return SIGN_OK;
}

sign_code
ks_digest_bytes(ks_crypt *cx, sign_digest d, sign_bytes data, ks_digest *out, sign_error *err)
{
	EVP_MD_CTX *ctx = NULL;
	sign_code   rc;

	out->len = 0;
	KS_TRY(borrow(cx, d, &ctx, err));
	if (EVP_DigestUpdate(ctx, data.data, data.len) != 1)
		rc = ks_fail_openssl(err, SIGN_E_CRYPTO, NULL, "continue a digest");
	else
		rc = finish(ctx, out, err);
	give_back(cx, d, ctx);
	return rc;
}

/* ---- several digests over one pass ---- */

sign_code
ks_hasher_start(ks_hasher *h, ks_crypt *cx, ks_digest_set set, sign_error *err)
{
	memset(h, 0, sizeof(*h));
	h->cx = cx;
	h->set = set;
	for (unsigned d = SIGN_DIGEST_NONE + 1; d < SIGN_DIGEST_COUNT; d++) {
		EVP_MD_CTX *ctx = NULL;
		sign_code   rc;

		if ((set & KS_DIGEST_BIT(d)) == 0)
			continue;
		rc = borrow(cx, (sign_digest)d, &ctx, err);
		if (rc != SIGN_OK) {
			ks_hasher_clear(h);
			return rc;
		}
		h->ctx[d] = ctx;
	}
	return SIGN_OK;
}

sign_code
ks_hasher_add(ks_hasher *h, const void *data, size_t len, sign_error *err)
{
	for (unsigned d = SIGN_DIGEST_NONE + 1; d < SIGN_DIGEST_COUNT; d++)
		if (h->ctx[d] != NULL && EVP_DigestUpdate(h->ctx[d], data, len) != 1)
			return ks_fail_openssl(err, SIGN_E_CRYPTO, NULL, "continue a digest");
	return SIGN_OK;
}

sign_code
ks_hasher_finish(ks_hasher *h, ks_digest out[SIGN_DIGEST_COUNT], sign_error *err)
{
	sign_code rc = SIGN_OK;

	for (unsigned d = 0; d < SIGN_DIGEST_COUNT; d++) {
		out[d].len = 0;
		if (h->ctx[d] != NULL && rc == SIGN_OK)
			rc = finish(h->ctx[d], &out[d], err);
	}
	ks_hasher_clear(h);
	return rc;
}

void
ks_hasher_clear(ks_hasher *h)
{
	for (unsigned d = 0; d < SIGN_DIGEST_COUNT; d++) {
		if (h->ctx[d] != NULL)
			give_back(h->cx, (sign_digest)d, h->ctx[d]);
		h->ctx[d] = NULL;
	}
	h->set = 0;
}
