/*
 * Keys that somebody else holds: a hash goes out, a signature value comes back and is checked before anyone sees it.
 * Floor: crypt.
 */
#include "crypt_key_parts.h"

#include <pthread.h>
#include <string.h>

typedef struct {
	sign_callback   fn;
	void           *user;
	bool            serial;
	pthread_mutex_t lock;
} remote;

/* One worker's use of it. */
typedef struct {
	ks_crypt   *cx;
	sign_scheme scheme;
	sign_digest digest;
} use;

static sign_code
attach(sign_key *key, ks_crypt *cx, sign_scheme scheme, sign_digest d, void **state, sign_error *err)
{
	use *u = malloc(sizeof(*u));

	(void)key;
	if (u == NULL)
		return ks_fail_memory(err);
	*u = (use){ cx, scheme, d };
	*state = u;
	return SIGN_OK;
}

static void
detach(sign_key *key, void *state)
{
	(void)key;
	free(state);
}

static sign_code
call(remote *r, const use *u, sign_bytes digest, uint8_t *value, size_t cap, size_t *len, sign_error *err)
{
	sign_code rc;

	if (r->serial)
		pthread_mutex_lock(&r->lock);
	rc = r->fn(r->user, u->scheme, u->digest, digest, value, cap, len, err);
	if (r->serial)
		pthread_mutex_unlock(&r->lock);
	return rc;
}

static sign_code
sign_remotely(sign_key *key, void *state, sign_bytes digest, uint8_t *value, size_t cap, size_t *len, sign_error *err)
{
	const use *u = state;
	sign_code  rc = call(key->impl, u, digest, value, cap, len, err);

	if (rc == SIGN_OK && *len > cap)
		rc = ks_fail_why(err, SIGN_E_CRYPTO, key->name, NULL, "a signature value of %zu bytes", *len);
	if (rc == SIGN_OK && ks_cert_verify_value(u->cx, key->cert, u->scheme, u->digest, u->digest, (int)digest.len,
				 digest, KS_BYTES(value, *len), NULL) != SIGN_OK)
		rc = ks_fail(err, SIGN_E_KEY_MISMATCH, key->name);
	if (rc == SIGN_OK)
		return SIGN_OK;
	*len = 0;
	/* The callback is the caller's: whatever it left in err, the code must be there. */
	return err != NULL && err->code != rc ? ks_fail(err, rc, key->name) : rc;
}

static void
release(sign_key *key)
{
	remote *r = key->impl;

	if (r == NULL)
		return;
	pthread_mutex_destroy(&r->lock);
	free(r);
	key->impl = NULL;
}

static const struct ks_key_ops ops = { attach, sign_remotely, detach, release };

/* ---- making one ---- */

static sign_code
read_certs(sign_key *key, sign_bytes cert, const sign_bytes chain[], size_t count, sign_error *err)
{
	KS_AUTO(ks_cert_list_clear) ks_cert_list above = { NULL, 0 };

	KS_TRY(ks_cert_parse(cert, &key->cert, err));
	KS_TRY(ks_key_allowed(key->cert->key_type, key->cert->key_bits, key->cert->curve, key->name, err));
	for (size_t i = 0; i < count; i++) {
		KS_AUTO(ks_auto_cert) ks_cert *c = NULL;

		KS_TRY(ks_cert_parse(chain[i], &c, err));
		KS_TRY(ks_cert_list_add(&above, c, err));
	}
	return ks_key_build_chain(&above, key->cert, &key->chain, err);
}

sign_code
sign_key_from_callback(sign_bytes cert, const sign_bytes chain[], size_t count, const char *name, sign_callback fn,
    void *user, unsigned flags, sign_key **out, sign_error *err)
{
	KS_AUTO(ks_auto_key) sign_key *key = calloc(1, sizeof(*key));
	remote *r;

	*out = NULL;
	if (key == NULL || (key->name = strdup(name)) == NULL || (r = calloc(1, sizeof(*r))) == NULL)
		return ks_fail_memory(err);
	*r = (remote){ .fn = fn, .user = user, .serial = (flags & SIGN_CALLBACK_SERIAL) != 0 };
	pthread_mutex_init(&r->lock, NULL);
	key->impl = r;
	key->ops = &ops;
	KS_TRY(read_certs(key, cert, chain, count, err));
	if ((key->fingerprint = strdup(key->cert->fingerprint)) == NULL)
		return ks_fail_memory(err);
	*out = KS_MOVE(key);
	return SIGN_OK;
}
