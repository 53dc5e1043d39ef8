/*
 * Keys behind a callback: what comes back is believed only if the certificate confirms it, and errors pass through.
 */
#include "crypt_key.h"
#include "crypt_support.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define NOW ((time_t)1800000000)

typedef enum { ANSWERS, FAILS, FAILS_SILENTLY, ANSWERS_NONSENSE, ANSWERS_TOO_MUCH, ANSWERS_NOTHING } mood;

typedef struct {
	EVP_PKEY   *pkey;
	mood        mood;
	atomic_int  inside, most;
	sign_scheme scheme;
	sign_digest digest;
} service;

static sign_code
answer(service *s, sign_scheme scheme, sign_digest alg, sign_bytes digest, uint8_t *value, size_t cap, size_t *len)
{
	KS_AUTO(ks_auto_pkey_ctx) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(s->pkey, NULL);
	const EVP_MD *md = alg == SIGN_DIGEST_SHA256 ? EVP_sha256() : EVP_sha384();

	cr_assert_eq(EVP_PKEY_sign_init(ctx), 1);
	if (scheme == SIGN_SCHEME_RSA_PSS)
		cr_assert_eq(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING), 1);
	cr_assert_eq(EVP_PKEY_CTX_set_signature_md(ctx, md), 1);
	if (scheme == SIGN_SCHEME_RSA_PSS)
		cr_assert_eq(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST), 1);
	*len = cap;
	cr_assert_eq(EVP_PKEY_sign(ctx, value, len, digest.data, digest.len), 1);
	return SIGN_OK;
}

static sign_code
serve(void *user, sign_scheme scheme, sign_digest alg, sign_bytes digest, uint8_t *value, size_t cap, size_t *len,
    sign_error *err)
{
	service  *s = user;
	int       inside = atomic_fetch_add(&s->inside, 1) + 1;
	sign_code rc = SIGN_OK;

	if (inside > atomic_load(&s->most))
		atomic_store(&s->most, inside);
	s->scheme = scheme;
	s->digest = alg;
	if (s->mood == ANSWERS)
		rc = answer(s, scheme, alg, digest, value, cap, len);
	else if (s->mood == FAILS)
		rc = ks_fail_why(err, SIGN_E_TOKEN_REMOVED, "the service", NULL, "no answer");
	else if (s->mood == FAILS_SILENTLY)
		rc = SIGN_E_READ;
	else if (s->mood == ANSWERS_NONSENSE)
		memset(value, 7, *len = 384);
	else
		*len = s->mood == ANSWERS_TOO_MUCH ? cap + 1 : 0;
	atomic_fetch_sub(&s->inside, 1);
	return rc;
}

static EVP_PKEY *
sample_key(const char *name)
{
	char      path[4096];
	FILE     *f;
	EVP_PKEY *pkey;

	snprintf(path, sizeof(path), "%skeys/%s.key", SAMPLES, name);
	f = fopen(path, "re");
	cr_assert_not_null(f, "%s", path);
	pkey = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	return pkey;
}

static const struct {
	const char *label, *cert, *key;
	mood        mood;
	sign_code   open, check;
	const char *subject;
} rows[] = {
	{ "RSA", "person", "person", ANSWERS, SIGN_OK, SIGN_OK, "" },
	{ "ECDSA", "person-ec", "person-ec", ANSWERS, SIGN_OK, SIGN_OK, "" },
	{ "P-384", "person-p384", "person-p384", ANSWERS, SIGN_OK, SIGN_OK, "" },
	{ "another key", "person", "agency", ANSWERS, SIGN_OK, SIGN_E_KEY_MISMATCH, "the service" },
	{ "another kind of key", "person", "person-ec", ANSWERS, SIGN_OK, SIGN_E_KEY_MISMATCH, "the service" },
	{ "fails with its own words", "person", "person", FAILS, SIGN_OK, SIGN_E_TOKEN_REMOVED, "the service" },
	{ "fails without a word", "person", "person", FAILS_SILENTLY, SIGN_OK, SIGN_E_READ, "the service" },
	{ "nonsense", "person", "person", ANSWERS_NONSENSE, SIGN_OK, SIGN_E_KEY_MISMATCH, "the service" },
	{ "more than fits", "person", "person", ANSWERS_TOO_MUCH, SIGN_OK, SIGN_E_CRYPTO, "the service" },
	{ "nothing", "person", "person", ANSWERS_NOTHING, SIGN_OK, SIGN_E_KEY_MISMATCH, "the service" },
	{ "weak", "weak", "person", ANSWERS, SIGN_E_KEY_ALGORITHM, SIGN_OK, "the service" },
	{ "Ed25519", "ed25519", "person", ANSWERS, SIGN_E_KEY_ALGORITHM, SIGN_OK, "the service" },
};

ROWS(crypt_callback, believed_when_confirmed, rows)
{
	KS_AUTO(ks_buf_clear) ks_buf cert = test_sample_der(rows[*row].cert);
	KS_AUTO(ks_buf_clear) ks_buf issuer = test_sample_der("issuing");
	KS_AUTO(ks_buf_clear) ks_buf root = test_sample_der("root");
	sign_bytes chain[] = { ks_buf_bytes(&root), ks_buf_bytes(&issuer) };
	service    s = { .pkey = sample_key(rows[*row].key), .mood = rows[*row].mood };
	sign_key  *key = NULL;
	sign_error err = SIGN_ERROR_INIT;
	sign_code got = sign_key_from_callback(
	    ks_buf_bytes(&cert), chain, KS_COUNT(chain), "the service", serve, &s, 0, &key, &err);

	cr_expect_eq(got, rows[*row].open, "%s: %d %s", rows[*row].label, (int)got, err.detail);
	if (key != NULL) {
		cr_expect_not_null(key->chain[0], "%s: the issuer", rows[*row].label);
		cr_expect_null(key->chain[1], "%s: the root stays out", rows[*row].label);
		cr_expect_eq(sign_key_check(key, NOW, &err), rows[*row].check, "%s: %d %s", rows[*row].label,
		    (int)err.code, err.detail);
	}
	cr_expect_str_eq(err.subject, rows[*row].subject, "%s: %s", rows[*row].label, err.subject);
	sign_key_free(key);
	EVP_PKEY_free(s.pkey);
}

Test(crypt_callback, certificates_must_parse)
{
	KS_AUTO(ks_buf_clear) ks_buf cert = test_sample_der("person");
	sign_bytes nonsense = KS_BYTES("nonsense", 8);
	sign_key  *key = NULL;
	sign_error err = SIGN_ERROR_INIT;

	cr_expect_neq(sign_key_from_callback(nonsense, NULL, 0, "x", serve, NULL, 0, &key, &err), SIGN_OK);
	cr_expect_neq(err.code, SIGN_OK);
	cr_expect_neq(
	    sign_key_from_callback(ks_buf_bytes(&cert), &nonsense, 1, "x", serve, NULL, 0, &key, &err), SIGN_OK);
	cr_expect_null(key);
}

/* The scheme that was asked for is what the callback hears. */
Test(crypt_callback, scheme_goes_out)
{
	KS_AUTO(ks_buf_clear) ks_buf cert = test_sample_der("person");
	KS_AUTO(ks_auto_crypt) ks_crypt *cx = NULL;
	service   s = { .pkey = sample_key("person"), .mood = ANSWERS };
	sign_key *key = NULL;
	ks_signer signer;
	uint8_t   digest[48] = { 1 }, value[KS_SIGNATURE_MAX_BYTES];
	size_t    len = 0;

	cr_assert_eq(ks_crypt_new(&cx, NULL), SIGN_OK);
	cr_assert_eq(sign_key_from_callback(ks_buf_bytes(&cert), NULL, 0, "x", serve, &s, 0, &key, NULL), SIGN_OK);
	cr_assert_eq(ks_signer_open(&signer, key, cx, SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA384, NULL), SIGN_OK);
	cr_expect_eq(ks_signer_sign(&signer, KS_BYTES(digest, 48), value, sizeof(value), &len, NULL), SIGN_OK);
	cr_expect_eq(s.scheme, SIGN_SCHEME_RSA_PSS);
	cr_expect_eq(s.digest, SIGN_DIGEST_SHA384);
	cr_expect_eq(len, 384);
	ks_signer_close(&signer);
	sign_key_free(key);
	EVP_PKEY_free(s.pkey);
}

/* ---- threads ---- */

static void *
check_often(void *user)
{
	for (int i = 0; i < 20; i++)
		cr_expect_eq(sign_key_check(user, NOW, NULL), SIGN_OK);
	return NULL;
}

Test(crypt_callback, serial_means_one_at_a_time)
{
	KS_AUTO(ks_buf_clear) ks_buf cert = test_sample_der("person-ec");
	service   s = { .pkey = sample_key("person-ec"), .mood = ANSWERS };
	sign_key *key = NULL;
	pthread_t id[4];

	cr_assert_eq(
	    sign_key_from_callback(ks_buf_bytes(&cert), NULL, 0, "x", serve, &s, SIGN_CALLBACK_SERIAL, &key, NULL),
	    SIGN_OK);
	for (size_t i = 0; i < KS_COUNT(id); i++)
		cr_assert_eq(pthread_create(&id[i], NULL, check_often, key), 0);
	for (size_t i = 0; i < KS_COUNT(id); i++)
		pthread_join(id[i], NULL);
	cr_expect_eq(atomic_load(&s.most), 1, "%d calls at once", atomic_load(&s.most));
	sign_key_free(key);
	EVP_PKEY_free(s.pkey);
}
