/*
 * Signature values: each scheme holds where it should and nowhere else.
 */
#include "crypt_support.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <openssl/rsa.h>
#include <string.h>

static const struct {
	const char *key;
	sign_scheme scheme;
	sign_digest d, mgf1;
	int         salt; /* made with */
} rows[] = {
	{ "RSA:2048", SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA256, SIGN_DIGEST_NONE, 0 },
	{ "RSA:2048", SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA1, SIGN_DIGEST_NONE, 0 },
	{ "RSA:2048", SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA3_256, SIGN_DIGEST_NONE, 0 },
	{ "RSA:2048", SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA256, SIGN_DIGEST_SHA256, 32 },
	{ "RSA:2048", SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA512, SIGN_DIGEST_SHA1, 20 },
	{ "RSA:2048", SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA3_384, SIGN_DIGEST_SHA3_384, 48 },
	{ "RSA-PSS:2048", SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA256, SIGN_DIGEST_SHA256, 32 },
	{ "EC:P-256", SIGN_SCHEME_ECDSA, SIGN_DIGEST_SHA256, SIGN_DIGEST_NONE, 0 },
	{ "EC:P-384", SIGN_SCHEME_ECDSA, SIGN_DIGEST_SHA3_384, SIGN_DIGEST_NONE, 0 },
	{ "EC:P-521", SIGN_SCHEME_ECDSA, SIGN_DIGEST_SHA512, SIGN_DIGEST_NONE, 0 },
	{ "EC:brainpoolP256r1", SIGN_SCHEME_ECDSA, SIGN_DIGEST_SHA256, SIGN_DIGEST_NONE, 0 },
	{ "EC:brainpoolP512r1", SIGN_SCHEME_ECDSA, SIGN_DIGEST_SHA512, SIGN_DIGEST_NONE, 0 },
	{ "ED25519", SIGN_SCHEME_EDDSA, SIGN_DIGEST_SHA512, SIGN_DIGEST_NONE, 0 },
	{ "ED448", SIGN_SCHEME_EDDSA, SIGN_DIGEST_SHA512, SIGN_DIGEST_NONE, 0 },
};

typedef struct {
	ks_crypt *cx;
	ks_cert  *cert;
	ks_digest digest;
	uint8_t   value[1024];
	size_t    len;
} made;

static void
make_value(size_t row, EVP_PKEY *pkey, made *m)
{
	m->len = sizeof(m->value);
	if (rows[row].scheme == SIGN_SCHEME_EDDSA) {
		KS_AUTO(ks_auto_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

		cr_assert_eq(EVP_DigestSignInit_ex(ctx, NULL, NULL, NULL, NULL, pkey, NULL), 1);
		cr_assert_eq(EVP_DigestSign(ctx, m->value, &m->len, m->digest.bytes, m->digest.len), 1);
		return;
	}
	KS_AUTO(ks_auto_pkey_ctx) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	cr_assert_eq(EVP_PKEY_sign_init(ctx), 1);
	if (rows[row].scheme == SIGN_SCHEME_RSA_PSS)
		cr_assert_eq(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING), 1);
	cr_assert_eq(EVP_PKEY_CTX_set_signature_md(ctx, ks_crypt_md(m->cx, rows[row].d)), 1);
	if (rows[row].scheme == SIGN_SCHEME_RSA_PSS) {
		cr_assert_eq(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, rows[row].salt), 1);
		cr_assert_eq(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, ks_crypt_md(m->cx, rows[row].mgf1)), 1);
	}
	cr_assert_eq(EVP_PKEY_sign(ctx, m->value, &m->len, m->digest.bytes, m->digest.len), 1);
}

static void
make(size_t row, made *m)
{
	KS_AUTO(ks_auto_pkey) EVP_PKEY *pkey = test_key(rows[row].key);
	KS_AUTO(ks_auto_x509) X509 *x509 = test_x509(pkey, pkey);
	KS_AUTO(ks_buf_clear) ks_buf der = test_der(x509);

	memset(m, 0, sizeof(*m));
	cr_assert_eq(ks_crypt_new(&m->cx, NULL), SIGN_OK);
	cr_assert_eq(ks_cert_parse(ks_buf_bytes(&der), &m->cert, NULL), SIGN_OK);
	cr_assert_eq(ks_digest_bytes(m->cx, rows[row].d, KS_BYTES("document", 8), &m->digest, NULL), SIGN_OK);
	make_value(row, pkey, m);
}

static void
unmake(made *m)
{
	ks_crypt_free(m->cx);
	ks_cert_free(m->cert);
}

static sign_code
verify(const made *m, sign_scheme scheme, sign_digest d, sign_digest mgf1, int salt, sign_error *err)
{
	return ks_cert_verify_value(m->cx, m->cert, scheme, d, mgf1, salt, KS_BYTES(m->digest.bytes, m->digest.len),
	    KS_BYTES(m->value, m->len), err);
}

ROWS(crypt_verify, holds_only_unchanged, rows)
{
	made m;

	make(*row, &m);
	for (int again = 0; again < 3; again++) { /* the prepared operation is used again, after a failure too */
		sign_error err = SIGN_ERROR_INIT;

		cr_expect_eq(verify(&m, rows[*row].scheme, rows[*row].d, rows[*row].mgf1, rows[*row].salt, &err), SIGN_OK,
		    "%s %s", rows[*row].key, err.detail);
		m.value[m.len / 2] ^= 1;
		cr_expect_eq(verify(&m, rows[*row].scheme, rows[*row].d, rows[*row].mgf1, rows[*row].salt, &err),
		    SIGN_E_SIGNATURE, "%s: value", rows[*row].key);
		cr_expect_eq(err.code, SIGN_E_SIGNATURE);
		m.value[m.len / 2] ^= 1;
		m.digest.bytes[3] ^= 1;
		cr_expect_eq(verify(&m, rows[*row].scheme, rows[*row].d, rows[*row].mgf1, rows[*row].salt, &err),
		    SIGN_E_SIGNATURE, "%s: digest", rows[*row].key);
		m.digest.bytes[3] ^= 1;
	}
	unmake(&m);
}

ROWS(crypt_verify, holds_under_no_other_scheme_or_digest, rows)
{
	made m;

	make(*row, &m);
	for (unsigned s = SIGN_SCHEME_NONE; s <= SIGN_SCHEME_DSA; s++)
		if (s != rows[*row].scheme)
			cr_expect_neq(verify(&m, (sign_scheme)s, rows[*row].d, SIGN_DIGEST_SHA256, -1, NULL), SIGN_OK, "%s as %u",
			    rows[*row].key, s);
	for (unsigned d = SIGN_DIGEST_NONE; rows[*row].scheme != SIGN_SCHEME_EDDSA && d < SIGN_DIGEST_COUNT; d++) {
		/* ECDSA values do not name their digest: one of the same length is the same number. */
		if (d == rows[*row].d || (rows[*row].scheme == SIGN_SCHEME_ECDSA && ks_digest_size((sign_digest)d) ==
		        ks_digest_size(rows[*row].d)))
			continue;
		cr_expect_neq(verify(&m, rows[*row].scheme, (sign_digest)d, rows[*row].mgf1, rows[*row].salt, NULL), SIGN_OK,
		    "%s with %u", rows[*row].key, d);
	}
	unmake(&m);
}

static const struct {
	const char *label;
	size_t      row;
	sign_digest mgf1;
	int         salt;
	sign_code   want;
} pss[] = {
	{ "as made", 3, SIGN_DIGEST_SHA256, 32, SIGN_OK },
	{ "salt recovered", 3, SIGN_DIGEST_SHA256, -1, SIGN_OK },
	{ "salt shorter", 3, SIGN_DIGEST_SHA256, 20, SIGN_E_SIGNATURE },
	{ "salt longer", 3, SIGN_DIGEST_SHA256, 33, SIGN_E_SIGNATURE },
	{ "no salt", 3, SIGN_DIGEST_SHA256, 0, SIGN_E_SIGNATURE },
	{ "salt beyond the key", 3, SIGN_DIGEST_SHA256, 1000, SIGN_E_SIGNATURE },
	{ "salt beyond reason", 3, SIGN_DIGEST_SHA256, INT32_MAX, SIGN_E_SIGNATURE },
	{ "other mask", 3, SIGN_DIGEST_SHA1, 32, SIGN_E_SIGNATURE },
	{ "no mask", 3, SIGN_DIGEST_NONE, 32, SIGN_E_CRYPTO },
	{ "two digests, as made", 4, SIGN_DIGEST_SHA1, 20, SIGN_OK },
	{ "two digests made one", 4, SIGN_DIGEST_SHA512, 20, SIGN_E_SIGNATURE },
};

ROWS(crypt_verify, pss_parameters_are_exact, pss)
{
	made      m;
	sign_code got;

	make(pss[*row].row, &m);
	got = verify(&m, SIGN_SCHEME_RSA_PSS, rows[pss[*row].row].d, pss[*row].mgf1, pss[*row].salt, NULL);
	cr_expect_eq(got, pss[*row].want, "%s: %d", pss[*row].label, (int)got);
	unmake(&m);
}

static const struct {
	const char *label;
	size_t      row;
	const char *value;
	size_t      len;
} junk[] = {
	{ "RSA, nothing", 0, "", 0 },
	{ "RSA, one byte", 0, "\x01", 1 },
	{ "PSS, nothing", 3, "", 0 },
	{ "ECDSA, nothing", 7, "", 0 },
	{ "ECDSA, zeros", 7, "\x30\x06\x02\x01\x00\x02\x01\x00", 8 },
	{ "ECDSA, no sequence", 7, "abcdefgh", 8 },
	{ "ECDSA, negative", 7, "\x30\x06\x02\x01\xff\x02\x01\xff", 8 },
	{ "EdDSA, nothing", 12, "", 0 },
	{ "EdDSA, short", 12, "abc", 3 },
};

ROWS(crypt_verify, junk_does_not_hold, junk)
{
	made m;

	make(junk[*row].row, &m);
	cr_expect_eq(ks_cert_verify_value(m.cx, m.cert, rows[junk[*row].row].scheme, rows[junk[*row].row].d,
	    rows[junk[*row].row].mgf1, -1, KS_BYTES(m.digest.bytes, m.digest.len),
	    KS_BYTES(junk[*row].value, junk[*row].len), NULL), SIGN_E_SIGNATURE, "%s", junk[*row].label);
	unmake(&m);
}

/* BER or padded forms of a good ECDSA value are other bytes: accepted, they would let two files be "the same". */
Test(crypt_verify, ecdsa_value_is_der)
{
	made    m;
	uint8_t longer[256];

	make(7, &m);
	memcpy(longer, m.value, m.len);
	longer[m.len] = 0;
	cr_expect_eq(ks_cert_verify_value(m.cx, m.cert, SIGN_SCHEME_ECDSA, SIGN_DIGEST_SHA256, SIGN_DIGEST_NONE, -1,
	    KS_BYTES(m.digest.bytes, m.digest.len), KS_BYTES(longer, m.len + 1), NULL), SIGN_E_SIGNATURE);
	longer[0] = 0x30;
	longer[1] = 0x81;
	memcpy(longer + 2, m.value + 1, m.len - 1);
	cr_expect_eq(ks_cert_verify_value(m.cx, m.cert, SIGN_SCHEME_ECDSA, SIGN_DIGEST_SHA256, SIGN_DIGEST_NONE, -1,
	    KS_BYTES(m.digest.bytes, m.digest.len), KS_BYTES(longer, m.len + 1), NULL), SIGN_E_SIGNATURE);
	unmake(&m);
}

Test(crypt_verify, other_certificate_with_the_same_slot_does_not_help)
{
	made a, b;

	make(7, &a);
	make(7, &b);
	/* through one worker, so that prepared operations could be mixed up */
	for (int i = 0; i < 4; i++) {
		cr_expect_eq(ks_cert_verify_value(a.cx, a.cert, SIGN_SCHEME_ECDSA, SIGN_DIGEST_SHA256, SIGN_DIGEST_NONE, -1,
		    KS_BYTES(a.digest.bytes, 32), KS_BYTES(a.value, a.len), NULL), SIGN_OK);
		cr_expect_eq(ks_cert_verify_value(a.cx, b.cert, SIGN_SCHEME_ECDSA, SIGN_DIGEST_SHA256, SIGN_DIGEST_NONE, -1,
		    KS_BYTES(a.digest.bytes, 32), KS_BYTES(a.value, a.len), NULL), SIGN_E_SIGNATURE);
		cr_expect_eq(ks_cert_verify_value(a.cx, b.cert, SIGN_SCHEME_ECDSA, SIGN_DIGEST_SHA256, SIGN_DIGEST_NONE, -1,
		    KS_BYTES(b.digest.bytes, 32), KS_BYTES(b.value, b.len), NULL), SIGN_OK);
	}
	unmake(&a);
	unmake(&b);
}
