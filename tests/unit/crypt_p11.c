/*
 * Keys on tokens: which URI finds which key, every scheme a token signs with, workers that share few sessions, and tokens
 * that are pulled out or answer nonsense.
 */
#include "crypt_p11_support.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOW ((time_t)1800000000)

/* ---- URIs ---- */

static const struct {
	const char *label, *uri, *faults;
	sign_code   want;
	unsigned    asked;
	const char *key;
} uris[] = {
	{ "by id", TOKEN "id=%01", "", SIGN_OK, 1, "RSA 3072" },
	{ "by label", TOKEN "object=person-ec", "", SIGN_OK, 1, "EC P-256" },
	{ "by both", TOKEN "id=%02;object=person-ec;type=private", "", SIGN_OK, 1, "EC P-256" },
	{ "as certificate", TOKEN "object=person;type=cert", "", SIGN_OK, 1, "RSA 3072" },
	{ "public parts hidden", TOKEN "id=%02", "no-public", SIGN_OK, 1, "EC P-256" },
	{ "one session only", TOKEN "id=%01", "sessions=1", SIGN_OK, 1, "RSA 3072" },
	{ "two keys", TOKEN, "", SIGN_E_USAGE, 1, NULL },
	{ "no such id", TOKEN "id=%09", "", SIGN_E_KEY_NOT_FOUND, 1, NULL },
	{ "no such label", TOKEN "object=nobody", "", SIGN_E_KEY_NOT_FOUND, 1, NULL },
	{ "id of one, label of the other", TOKEN "id=%01;object=person-ec", "", SIGN_E_KEY_NOT_FOUND, 1, NULL },
	{ "a CA's certificate", TOKEN "object=issuing", "", SIGN_E_KEY_NOT_FOUND, 1, NULL },
	{ "no such token", "pkcs11:token=other;id=%01", "", SIGN_E_TOKEN_MISSING, 0, NULL },
	{ "no such serial number", TOKEN "serial=0000;id=%01", "", SIGN_E_TOKEN_MISSING, 0, NULL },
	{ "a PIN in it", TOKEN "id=%01?pin-value=" TOKEN_PIN, "", SIGN_E_USAGE, 0, NULL },
	{ "a PIN file in it", TOKEN "id=%01?pin-source=file:/etc/passwd", "", SIGN_E_USAGE, 0, NULL },
	{ "a module of its own", TOKEN "id=%01?module-path=/tmp/evil.so", "", SIGN_E_USAGE, 0, NULL },
	{ "another module's name", TOKEN "id=%01?module-name=evil", "", SIGN_E_USAGE, 0, NULL },
	{ "the module's name", TOKEN "id=%01?module-name=p11fake", "", SIGN_OK, 1, "RSA 3072" },
	{ "the module itself", TOKEN "id=%01?module-path=" P11FAKE, "", SIGN_OK, 1, "RSA 3072" },
	{ "a public key", TOKEN "id=%01;type=public", "", SIGN_E_USAGE, 0, NULL },
	{ "an unknown attribute", TOKEN "id=%01;colour=red", "", SIGN_E_USAGE, 0, NULL },
	{ "broken escape", TOKEN "id=%zz", "", SIGN_E_USAGE, 0, NULL },
	{ "certificates of absurd size", TOKEN "id=%01", "huge", SIGN_E_CERT_MISSING, 1, NULL },
};

ROWS(crypt_p11, uri, uris)
{
	char            *folder = token_new(NULL);
	token_asker      a = { .pin = TOKEN_PIN };
	sign_key_options options = token_options(&a);
	sign_key        *key = NULL;
	sign_error       err = SIGN_ERROR_INIT;
	sign_code        got;

	token_faults(uris[*row].faults);
	got = sign_key_open(uris[*row].uri, &options, &key, &err);
	cr_expect_eq(
	    got, uris[*row].want, "%s: %d %s %s (%s)", uris[*row].label, (int)got, err.where, err.detail, err.origin);
	cr_expect_eq(err.code, got, "%s: error and result disagree", uris[*row].label);
	cr_expect_eq(a.asked, uris[*row].asked, "%s: asked %u times", uris[*row].label, a.asked);
	cr_expect_eq(token_count(folder, "login"), uris[*row].asked, "%s", uris[*row].label);
	cr_expect_null(strstr(err.subject, TOKEN_PIN), "the PIN is in the error");
	if (key != NULL) {
		cr_expect_str_eq(sign_cert_key(sign_key_cert(key)), uris[*row].key);
		cr_expect_not_null(key->chain[0], "%s: the issuer is on the token", uris[*row].label);
		cr_expect_eq(sign_key_check(key, NOW, &err), SIGN_OK, "%s: %d %s", uris[*row].label, (int)err.code,
		    err.detail);
	}
	sign_key_free(key);
	token_free(folder);
}

static const struct {
	const char *label, *module;
	sign_code   want;
} modules[] = {
	{ "not there", "/nowhere/module.so", SIGN_E_TOKEN_MODULE },
	{ "no library", KS_SOURCE_DIR "/CMakeLists.txt", SIGN_E_TOKEN_MODULE },
	{ "a library of another kind", "/lib/x86_64-linux-gnu/libc.so.6", SIGN_E_TOKEN_MODULE },
	{ "a path from here", "lib/module.so", SIGN_E_TOKEN_MODULE },
	{ "an unknown name", "no-such-module.so", SIGN_E_TOKEN_MODULE },
	{ "none", NULL, SIGN_E_TOKEN_MODULE },
};

ROWS(crypt_p11, module, modules)
{
	sign_key_options options = SIGN_KEY_OPTIONS_INIT;
	sign_key        *key = NULL;
	sign_tokens     *tokens = NULL;
	sign_error       err = SIGN_ERROR_INIT;

	options.module = modules[*row].module;
	cr_expect_eq(sign_key_open(TOKEN, &options, &key, &err), modules[*row].want, "%s", modules[*row].label);
	cr_expect_eq(err.code, modules[*row].want);
	cr_expect_null(key);
	err = (sign_error)SIGN_ERROR_INIT;
	cr_expect_eq(
	    sign_tokens_open(modules[*row].module, &tokens, &err), modules[*row].want, "%s", modules[*row].label);
	cr_expect_null(tokens);
}

/* ---- certificates ---- */

static const struct {
	const char *label, *names, *uri, *cert;
	sign_code   want;
} certs[] = {
	{ "named file", "person", TOKEN "id=%01", "person.crt", SIGN_OK },
	{ "someone else's file", "person", TOKEN "id=%01", "agency.crt", SIGN_E_KEY_MISMATCH },
	{ "a file for another kind of key", "person", TOKEN "id=%01", "person-ec.crt", SIGN_E_KEY_MISMATCH },
	{ "an EC file for another EC key", "person-ec", TOKEN "id=%01", "agency-ec.crt", SIGN_E_KEY_MISMATCH },
	{ "no such file", "person", TOKEN "id=%01", "nobody.crt", SIGN_E_NOT_FOUND },
	{ "weak key", "weak", TOKEN "id=%01", NULL, SIGN_E_KEY_ALGORITHM },
	{ "the only key", "person-ec", "pkcs11:", NULL, SIGN_OK },
};

ROWS(crypt_p11, certificate, certs)
{
	char            *folder = token_new(certs[*row].names);
	char             path[4096];
	token_asker      a = { .pin = TOKEN_PIN };
	sign_key_options options = token_options(&a);
	sign_key        *key = NULL;
	sign_error       err = SIGN_ERROR_INIT;
	sign_code        got;

	snprintf(path, sizeof(path), "%s%s", SAMPLES, certs[*row].cert != NULL ? certs[*row].cert : "");
	options.cert_path = certs[*row].cert != NULL ? path : NULL;
	got = sign_key_open(certs[*row].uri, &options, &key, &err);
	cr_expect_eq(got, certs[*row].want, "%s: %d %s %s (%s)", certs[*row].label, (int)got, err.where, err.detail,
	    err.origin);
	cr_expect_eq(err.code, got);
	sign_key_free(key);
	token_free(folder);
}

/* The token's certificate under the right id may still be another key's: the test signature tells. */
Test(crypt_p11, certificate_of_another_key_with_hidden_parts)
{
	char            *folder = token_new("person-ec");
	char             path[4096];
	token_asker      a = { .pin = TOKEN_PIN };
	sign_key_options options = token_options(&a);
	sign_key        *key = NULL;
	sign_error       err = SIGN_ERROR_INIT;

	snprintf(path, sizeof(path), "%sagency-ec.crt", SAMPLES);
	options.cert_path = path;
	token_faults("no-public");
	cr_expect_eq(sign_key_open(TOKEN, &options, &key, &err), SIGN_E_KEY_MISMATCH, "%d", (int)err.code);
	cr_expect_null(key);
	token_free(folder);
}

/* ---- schemes ---- */

static const struct {
	const char *name;
	sign_scheme scheme;
	sign_digest digest;
	const char *faults;
	sign_code   attach, sign;
} schemes[] = {
	{ "person-rsa2048", SIGN_SCHEME_NONE, SIGN_DIGEST_NONE, "", SIGN_OK, SIGN_OK },
	{ "person", SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA384, "", SIGN_OK, SIGN_OK },
	{ "person", SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA512, "", SIGN_OK, SIGN_OK },
	{ "person", SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA256, "", SIGN_OK, SIGN_OK },
	{ "person", SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA384, "", SIGN_OK, SIGN_OK },
	{ "person", SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA512, "", SIGN_OK, SIGN_OK },
	{ "person-ec", SIGN_SCHEME_NONE, SIGN_DIGEST_NONE, "", SIGN_OK, SIGN_OK },
	{ "person-ec", SIGN_SCHEME_ECDSA, SIGN_DIGEST_SHA512, "", SIGN_OK, SIGN_OK },
	{ "person-p384", SIGN_SCHEME_NONE, SIGN_DIGEST_NONE, "", SIGN_OK, SIGN_OK },
	{ "person-p521", SIGN_SCHEME_NONE, SIGN_DIGEST_NONE, "", SIGN_OK, SIGN_OK },
	{ "person-ec", SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_NONE, "", SIGN_E_KEY_ALGORITHM, SIGN_OK },
	{ "person", SIGN_SCHEME_ECDSA, SIGN_DIGEST_NONE, "", SIGN_E_KEY_ALGORITHM, SIGN_OK },
	{ "person", SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_NONE, "no-pss", SIGN_E_KEY_ALGORITHM, SIGN_OK },
	{ "person", SIGN_SCHEME_NONE, SIGN_DIGEST_NONE, "short", SIGN_OK, SIGN_E_CRYPTO },
	{ "person-ec", SIGN_SCHEME_NONE, SIGN_DIGEST_NONE, "short", SIGN_OK, SIGN_E_CRYPTO },
	{ "person", SIGN_SCHEME_NONE, SIGN_DIGEST_NONE, "remove=0", SIGN_OK, SIGN_E_TOKEN_REMOVED },
	{ "person", SIGN_SCHEME_NONE, SIGN_DIGEST_NONE, "remove=0,vague", SIGN_OK, SIGN_E_TOKEN_REMOVED },
};

static sign_key *
open_key(const char *uri, token_asker *a)
{
	sign_key_options options = token_options(a);
	sign_key        *key = NULL;
	sign_error       err = SIGN_ERROR_INIT;

	cr_assert_eq(sign_key_open(uri, &options, &key, &err), SIGN_OK, "%d %s %s", (int)err.code, err.where, err.detail);
	return key;
}

static sign_code
sign_text(ks_signer *s, const char *text, sign_error *err)
{
	ks_digest digest;
	uint8_t   value[KS_SIGNATURE_MAX_BYTES];
	size_t    len = 0;
	sign_code rc;

	cr_assert_eq(ks_digest_bytes(s->cx, s->digest, KS_BYTES(text, strlen(text)), &digest, err), SIGN_OK);
	rc = ks_signer_sign(s, KS_BYTES(digest.bytes, digest.len), value, sizeof(value), &len, err);
	if (rc != SIGN_OK)
		return rc;
	return ks_cert_verify_value(s->cx, s->key->cert, s->scheme, s->digest, s->digest, digest.len,
	    KS_BYTES(digest.bytes, digest.len), KS_BYTES(value, len), err);
}

ROWS(crypt_p11, scheme, schemes)
{
	char       *folder = token_new(schemes[*row].name);
	token_asker a = { .pin = TOKEN_PIN };
	sign_key   *key = open_key(TOKEN, &a);
	ks_crypt   *cx = NULL;
	ks_signer   s;
	sign_error  err = SIGN_ERROR_INIT;
	sign_code   got;

	cr_assert_eq(ks_crypt_new(&cx, &err), SIGN_OK);
	token_faults(schemes[*row].faults);
	got = ks_signer_open(&s, key, cx, schemes[*row].scheme, schemes[*row].digest, &err);
	cr_expect_eq(got, schemes[*row].attach, "row %zu: %d %s", *row, (int)got, err.detail);
	for (int i = 0; i < 3 && got == SIGN_OK; i++)
		cr_expect_eq(sign_text(&s, "text", &err), schemes[*row].sign, "row %zu: %d %s", *row, (int)err.code,
		    err.detail);
	ks_signer_close(&s);
	ks_crypt_free(cx);
	sign_key_free(key);
	token_free(folder);
}

/* ---- several workers ---- */

#define WORKERS 4
#define EACH    20u

typedef struct {
	sign_key   *key;
	pthread_t   id;
	unsigned    done;
	sign_code   code;
	sign_error  err;
} job;

static void *
work(void *user)
{
	job      *j = user;
	ks_crypt *cx = NULL;
	ks_signer s = { .state = NULL };

	j->err = (sign_error)SIGN_ERROR_INIT;
	j->code = ks_crypt_new(&cx, &j->err);
	if (j->code == SIGN_OK)
		j->code = ks_signer_open(&s, j->key, cx, SIGN_SCHEME_NONE, SIGN_DIGEST_NONE, &j->err);
	while (j->code == SIGN_OK && j->done < EACH) {
		j->code = sign_text(&s, "text", &j->err);
		j->done += j->code == SIGN_OK;
	}
	ks_signer_close(&s);
	ks_crypt_free(cx);
	return NULL;
}

static const struct {
	const char *label, *faults;
	unsigned    sessions, contexts, total; /* total 0: stopped on the way */
} crews[] = {
	{ "a session each", "", WORKERS, 0, WORKERS * EACH },
	{ "one session for all", "sessions=1", 1, 0, WORKERS * EACH },
	{ "two sessions", "sessions=2", 2, 0, WORKERS * EACH },
	{ "PIN for each signature", "always", WORKERS, WORKERS * EACH, WORKERS * EACH },
	{ "PIN for each signature, one session", "always,sessions=1", 1, WORKERS * EACH, WORKERS * EACH },
	{ "PIN pad for each signature", "always,pinpad", WORKERS, WORKERS * EACH, WORKERS * EACH },
	{ "pulled out", "remove=30", WORKERS, 0, 0 },
};

ROWS(crypt_p11, crew, crews)
{
	char       *folder = token_new("person-rsa2048");
	token_asker a = { .pin = TOKEN_PIN };
	job         jobs[WORKERS] = { 0 };
	unsigned    total = 0;
	sign_key   *key;

	token_faults(crews[*row].faults);
	key = open_key(TOKEN, &a);
	for (size_t i = 0; i < WORKERS; i++) {
		jobs[i].key = key;
		cr_assert_eq(pthread_create(&jobs[i].id, NULL, work, &jobs[i]), 0);
	}
	for (size_t i = 0; i < WORKERS; i++) {
		pthread_join(jobs[i].id, NULL);
		total += jobs[i].done;
		cr_expect_eq(jobs[i].code, crews[*row].total != 0 ? SIGN_OK : SIGN_E_TOKEN_REMOVED, "%s: %d %s",
		    crews[*row].label, (int)jobs[i].code, jobs[i].err.detail);
	}
	if (crews[*row].total != 0)
		cr_expect_eq(total, crews[*row].total, "%s: %u", crews[*row].label, total);
	else
		cr_expect(total >= 30 && total < 30 + WORKERS, "%u signatures after the token left", total);
	/* a worker that ends early leaves its session to the next */
	cr_expect_leq(token_count(folder, "session"), crews[*row].sessions, "%s", crews[*row].label);
	cr_expect_eq(
	    token_count(folder, "login") + token_count(folder, "login pad"), 1, "%s: one login", crews[*row].label);
	cr_expect_eq(token_count(folder, "login context"), crews[*row].contexts, "%s: %u", crews[*row].label,
	    token_count(folder, "login context"));
	cr_expect_eq(a.asked, 1);
	sign_key_free(key);
	token_free(folder);
}

/* Two keys of one process share a login: the second asks for nothing, and outlives the first. */
Test(crypt_p11, second_key_needs_no_login)
{
	char       *folder = token_new(NULL);
	token_asker a = { .pin = TOKEN_PIN };
	sign_key   *first = open_key(TOKEN "id=%01", &a);
	sign_key   *second = open_key(TOKEN "id=%02", &a);
	sign_error  err = SIGN_ERROR_INIT;

	cr_expect_eq(a.asked, 1, "asked %u times", a.asked);
	cr_expect_eq(token_count(folder, "login"), 1);
	sign_key_free(first);
	cr_expect_eq(sign_key_check(second, NOW, &err), SIGN_OK, "%d %s", (int)err.code, err.detail);
	sign_key_free(second);
	token_free(folder);
}

/* A login is never inherited: a forked child gets an error, and the parent's key goes on. */
Test(crypt_p11, fork_is_refused)
{
	char       *folder = token_new("person-rsa2048");
	token_asker a = { .pin = TOKEN_PIN };
	sign_key   *key = open_key(TOKEN, &a);
	sign_error  err = SIGN_ERROR_INIT;
	pid_t       child = fork();
	int         status = 0;

	if (child == 0) {
		bool refused = sign_key_check(key, NOW, &err) == SIGN_E_CRYPTO;

		sign_key_free(key); /* must not close the parent's sessions */
		_exit(refused ? 0 : 1);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a child signed with its parent's login");
	cr_expect_eq(sign_key_check(key, NOW, &err), SIGN_OK, "%d %s", (int)err.code, err.detail);
	sign_key_free(key);
	token_free(folder);
}

/* ---- what lies on tokens ---- */

Test(crypt_p11, list)
{
	char          *folder = token_new(NULL);
	sign_tokens   *tokens = NULL;
	sign_token     token;
	sign_token_key key;
	sign_error     err = SIGN_ERROR_INIT;
	token_asker    a = { .pin = TOKEN_PIN };
	unsigned       seen = 0;

	token_faults("low,pinpad");
	cr_assert_eq(sign_tokens_open(P11FAKE, &tokens, &err), SIGN_OK, "%d %s", (int)err.code, err.detail);
	token_faults("");
	cr_assert(sign_tokens_at(tokens, 0, &token), "the blank slot of SoftHSM does not count");
	cr_expect_not(sign_tokens_at(tokens, 1, &(sign_token){ 0 }));
	cr_expect_str_eq(token.label, "KYSO Mẫu");
	cr_expect_eq(token.pin, SIGN_PIN_LOW);
	cr_expect(token.pin_pad);
	cr_expect_eq(token.key_count, 2, "%zu", token.key_count);
	for (size_t i = 0; sign_tokens_key_at(tokens, 0, i, &key); i++) {
		sign_key *opened = open_key(key.uri, &a);

		cr_expect_str_eq(
		    sign_cert_fingerprint(sign_key_cert(opened)), sign_cert_fingerprint(key.cert), "%s", key.uri);
		sign_key_free(opened);
		seen++;
	}
	cr_expect_eq(seen, 2);
	cr_expect_not(sign_tokens_key_at(tokens, 1, 0, &key));
	cr_expect_eq(sign_tokens_find(tokens, TOKEN "id=%02", &token, &key, &err), SIGN_OK);
	cr_expect_str_eq(key.label, "person-ec");
	cr_expect_eq(sign_tokens_find(tokens, TOKEN, &token, &key, &err), SIGN_OK);
	cr_expect_null(key.cert, "the URI fits two keys");
	cr_expect_eq(sign_tokens_find(tokens, TOKEN "object=issuing", &token, &key, &err), SIGN_OK);
	cr_expect_null(key.cert, "a CA signs no documents");
	cr_expect_eq(sign_tokens_find(tokens, "pkcs11:token=other", &token, &key, &err), SIGN_E_TOKEN_MISSING);
	cr_expect_eq(sign_tokens_find(tokens, TOKEN "id=%02?pin-value=1", &token, &key, &err), SIGN_E_USAGE);
	sign_tokens_free(tokens);
	sign_tokens_free(NULL);
	token_free(folder);
}
