/*
 * Certificates as facts (RFC 5280): the samples, hostile ones made here, the worker's cache, and files with many.
 */
#include "crypt_support.h"

#include <libsign/key.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <string.h>

Test(crypt_cert, facts_of_a_person)
{
	KS_AUTO(ks_auto_cert) ks_cert *c = test_sample_cert("person");
	const sign_cert *seen = (const sign_cert *)c;

	cr_expect_str_eq(c->subject_cn, "Nguyễn Văn Mẫu");
	cr_expect_str_eq(c->subject_o, "SỞ MẪU");
	cr_expect_str_eq(c->subject_email, "nvmau@somau.gov.vn");
	cr_expect_str_eq(c->subject, "emailAddress=nvmau@somau.gov.vn,CN=Nguyễn Văn Mẫu,OU=Văn phòng,O=SỞ MẪU,C=VN");
	cr_expect_str_eq(c->issuer_cn, "kyso sample issuing CA");
	cr_expect_str_eq(c->serial_hex, "1001");
	cr_expect_eq(c->not_before, 1577836800, "2020-01-01");
	cr_expect_eq(c->not_after, 2524607999, "2049-12-31");
	cr_expect_eq(c->key_type, KS_KEY_RSA);
	cr_expect_eq(c->key_bits, 3072);
	cr_expect_str_eq(c->curve, "");
	cr_expect_eq(c->sig_digest, SIGN_DIGEST_SHA256);
	cr_expect_eq(c->sig_scheme, SIGN_SCHEME_RSA_PKCS1);
	cr_expect(c->has_ku && c->ku == (KS_KU_DIGITAL_SIGNATURE | KS_KU_NON_REPUDIATION), "%u", c->ku);
	cr_expect(!c->has_eku && c->eku == NULL);
	cr_expect(!c->is_ca && c->path_len == -1 && !c->self_issued && !c->unknown_critical && !c->extensions_broken);
	cr_expect_eq(c->ski.len, 20);
	cr_expect_eq(c->aki.len, 20);
	cr_expect_str_eq(c->crl_urls[0], "http://pki.example/issuing.crl");
	cr_expect_null(c->crl_urls[1]);
	cr_expect_str_eq(c->ca_issuer_urls[0], "http://pki.example/issuing.crt");
	cr_expect_null(c->ocsp_urls);
	cr_expect_str_eq(sign_cert_key(seen), "RSA 3072");
	cr_expect_str_eq(sign_cert_name(seen), c->subject_cn);
	cr_expect_eq(strlen(sign_cert_fingerprint(seen)), 64);
	cr_expect(!sign_cert_is_ca(seen));
	cr_expect_str_eq(sign_cert_subject(seen), c->subject);
	cr_expect_str_eq(sign_cert_organisation(seen), "SỞ MẪU");
	cr_expect_str_eq(sign_cert_issuer(seen), "CN=kyso sample issuing CA,O=KYSO MẪU,C=VN");
	cr_expect_str_eq(sign_cert_issuer_name(seen), "kyso sample issuing CA");
	cr_expect_str_eq(sign_cert_serial(seen), "1001");
	cr_expect(sign_cert_not_before(seen) == c->not_before && sign_cert_not_after(seen) == c->not_after);
	cr_expect(ks_bytes_equal(sign_cert_der(seen), c->der));
	/* slices point into the certificate's own bytes */
	cr_expect(c->issuer_der.data > c->der.data && c->subject_der.data > c->issuer_der.data &&
	    c->subject_der.data + c->subject_der.len < c->der.data + c->der.len);
	cr_expect_eq(c->issuer_der.data[0], 0x30);
	cr_expect_arr_eq(c->serial_der.data, "\x10\x01", 2);
}

static const struct {
	const char *name;
	ks_key_type type;
	unsigned    bits;
	const char *curve, *text;
	bool        ca;
	int         path_len;
} samples[] = {
	{ "root", KS_KEY_RSA, 3072, "", "RSA 3072", true, -1 },
	{ "issuing", KS_KEY_RSA, 3072, "", "RSA 3072", true, 0 },
	{ "person-ec", KS_KEY_EC, 256, "P-256", "EC P-256", false, -1 },
	{ "person-p384", KS_KEY_EC, 384, "P-384", "EC P-384", false, -1 },
	{ "person-p521", KS_KEY_EC, 521, "P-521", "EC P-521", false, -1 },
	{ "ed25519", KS_KEY_ED25519, 255, "", "Ed25519", false, -1 },
	{ "weak", KS_KEY_RSA, 1024, "", "RSA 1024", false, -1 },
};

ROWS(crypt_cert, key_and_constraints, samples)
{
	KS_AUTO(ks_auto_cert) ks_cert *c = test_sample_cert(samples[*row].name);

	cr_expect_eq(c->key_type, samples[*row].type, "%s", samples[*row].name);
	cr_expect_eq(c->key_bits, samples[*row].bits, "%s: %u", samples[*row].name, c->key_bits);
	cr_expect_str_eq(c->curve, samples[*row].curve);
	cr_expect_str_eq(c->key_text, samples[*row].text);
	cr_expect_eq(c->is_ca, samples[*row].ca);
	cr_expect_eq(c->path_len, samples[*row].path_len);
	cr_expect_eq(c->self_issued, strcmp(samples[*row].name, "root") == 0);
}

Test(crypt_cert, extended_usage)
{
	KS_AUTO(ks_auto_cert) ks_cert *c = test_sample_cert("wrong-eku");

	cr_assert(c->has_eku && c->eku != NULL);
	cr_expect_str_eq(c->eku[0], "1.3.6.1.5.5.7.3.1");
	cr_expect_null(c->eku[1]);
	cr_expect(!c->eku_critical);
}

/* ---- bytes that are no certificate ---- */

static const struct {
	const char *label;
	size_t      cut, grow; /* bytes off the end; bytes appended */
	sign_code   want;
} lengths[] = {
	{ "whole", 0, 0, SIGN_OK },
	{ "one byte short", 1, 0, SIGN_E_FORMAT },
	{ "half", 600, 0, SIGN_E_FORMAT },
	{ "one byte more", 0, 1, SIGN_E_FORMAT },
	{ "too large", 0, 64 * 1024, SIGN_E_LIMIT },
	{ "nothing", SIZE_MAX, 0, SIGN_E_FORMAT },
};

ROWS(crypt_cert, length_is_exact, lengths)
{
	KS_AUTO(ks_buf_clear) ks_buf der = test_sample_der("person");
	KS_AUTO(ks_auto_cert) ks_cert *c = NULL;
	sign_error err = SIGN_ERROR_INIT;
	sign_code  got;

	cr_assert_eq(ks_buf_reserve(&der, lengths[*row].grow, NULL), SIGN_OK);
	memset(der.data + der.len, 0, lengths[*row].grow);
	der.len = lengths[*row].cut == SIZE_MAX ? 0 : der.len - lengths[*row].cut + lengths[*row].grow;
	got = ks_cert_parse(ks_buf_bytes(&der), &c, &err);
	cr_expect_eq(got, lengths[*row].want, "%s: %d %s", lengths[*row].label, (int)got, err.detail);
	cr_expect_eq(err.code, got);
	cr_expect_eq(c != NULL, got == SIGN_OK);
}

Test(crypt_cert, no_flipped_byte_crashes_or_leaks)
{
	KS_AUTO(ks_buf_clear) ks_buf der = test_sample_der("person-ec");

	for (size_t i = 0; i < der.len; i++) {
		for (unsigned bit = 0; bit < 8; bit += 3) {
			ks_cert   *c = NULL;
			sign_error err = SIGN_ERROR_INIT;

			der.data[i] ^= (uint8_t)(1u << bit);
			if (ks_cert_parse(ks_buf_bytes(&der), &c, &err) == SIGN_OK)
				cr_expect(c->subject[0] != '\0' && c->serial_hex[0] != '\0');
			else
				cr_expect_neq(err.code, SIGN_OK, "byte %zu", i);
			ks_cert_free(c);
			der.data[i] ^= (uint8_t)(1u << bit);
		}
	}
}

/* ---- keys that are only work (attacks.md C14) ---- */

static EVP_PKEY *
rsa_public(int bits, const char *exponent_hex)
{
	KS_AUTO(ks_auto_pkey_ctx) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM         *n = BN_new(), *e = NULL;
	EVP_PKEY       *pkey = NULL;
	OSSL_PARAM     *params;

	cr_assert(BN_rand(n, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD) == 1 && BN_hex2bn(&e, exponent_hex) > 0);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
	params = OSSL_PARAM_BLD_to_param(build);
	cr_assert(EVP_PKEY_fromdata_init(ctx) == 1 && EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) == 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_free(n);
	BN_free(e);
	return pkey;
}

static const struct {
	const char *label;
	int         bits;
	const char *exponent;
	sign_code   want;
} rsa_keys[] = {
	{ "ordinary", 2048, "010001", SIGN_OK },
	{ "three", 2048, "03", SIGN_OK },
	{ "long, of 256 bits", 2048, "F000000000000000000000000000000000000000000000000000000000000001", SIGN_OK },
	{ "largest", 16384, "010001", SIGN_OK },
	{ "modulus too large", 16385, "010001", SIGN_E_LIMIT },
	{ "exponent even", 2048, "010000", SIGN_E_FORMAT },
	{ "exponent one", 2048, "01", SIGN_E_FORMAT },
	{ "exponent two", 2048, "02", SIGN_E_FORMAT },
	{ "exponent of 260 bits", 2048, "F0000000000000000000000000000000000000000000000000000000000000001", SIGN_E_FORMAT },
};

ROWS(crypt_cert, rsa_key_is_safe_to_touch, rsa_keys)
{
	KS_AUTO(ks_auto_pkey) EVP_PKEY *signer = test_key("EC:P-256");
	KS_AUTO(ks_auto_pkey) EVP_PKEY *pkey = rsa_public(rsa_keys[*row].bits, rsa_keys[*row].exponent);
	KS_AUTO(ks_auto_x509) X509 *x509 = test_x509(pkey, signer);
	KS_AUTO(ks_buf_clear) ks_buf der = test_der(x509);
	KS_AUTO(ks_auto_cert) ks_cert *c = NULL;
	sign_code got = ks_cert_parse(ks_buf_bytes(&der), &c, NULL);

	cr_expect_eq(got, rsa_keys[*row].want, "%s: %d", rsa_keys[*row].label, (int)got);
}

Test(crypt_cert, explicit_curve_is_refused)
{
	KS_AUTO(ks_auto_pkey) EVP_PKEY *signer = test_key("EC:P-256");
	KS_AUTO(ks_auto_cert) ks_cert *c = NULL;
	sign_error err = SIGN_ERROR_INIT;

	cr_assert_eq(EVP_PKEY_set_utf8_string_param(signer, OSSL_PKEY_PARAM_EC_ENCODING, "explicit"), 1);
	KS_AUTO(ks_auto_x509) X509 *x509 = test_x509(signer, signer);
	KS_AUTO(ks_buf_clear) ks_buf der = test_der(x509);
	cr_assert_gt(der.len, 400, "the parameters are spelt out");
	cr_expect_eq(ks_cert_parse(ks_buf_bytes(&der), &c, &err), SIGN_E_FORMAT);
	cr_expect_str_eq(err.detail, "explicit curve parameters");
}

/* ---- names that try something ---- */

static ks_cert *
named(int type, const char *value, int len)
{
	KS_AUTO(ks_auto_pkey) EVP_PKEY *signer = test_key("ED25519");
	KS_AUTO(ks_auto_x509) X509 *x509 = test_x509(signer, signer);
	X509_NAME *name = X509_NAME_new();
	ks_cert   *c = NULL;

	cr_assert_eq(X509_NAME_add_entry_by_NID(name, NID_commonName, type, (const uint8_t *)value, len, -1, 0), 1);
	cr_assert_eq(X509_set_subject_name(x509, name), 1);
	cr_assert_gt(X509_sign(x509, signer, NULL), 0);
	X509_NAME_free(name);
	KS_AUTO(ks_buf_clear) ks_buf der = test_der(x509);
	cr_assert_eq(ks_cert_parse(ks_buf_bytes(&der), &c, NULL), SIGN_OK);
	return c;
}

static const struct {
	const char *label;
	int         type;
	const char *value;
	int         len;
	const char *cn;
} names[] = {
	{ "accented", V_ASN1_UTF8STRING, "Sở Mẫu", -1, "Sở Mẫu" },
	{ "wide characters", V_ASN1_BMPSTRING, "\x00S\x1e\xdf", 4, "Sở" },
	{ "a NUL inside", V_ASN1_UTF8STRING, "bank\0.evil", 10, "bank\xEF\xBF\xBD.evil" },
	{ "comma and quote", V_ASN1_UTF8STRING, "a,b\"c", -1, "a,b\"c" },
};

ROWS(crypt_cert, name_is_text, names)
{
	KS_AUTO(ks_auto_cert) ks_cert *c = named(names[*row].type, names[*row].value, names[*row].len);

	cr_expect_str_eq(c->subject_cn, names[*row].cn, "%s: %s", names[*row].label, c->subject_cn);
}

/* X.690 8.23: what a string type does not allow makes the whole name no name. */
Test(crypt_cert, name_that_is_not_what_it_says)
{
	KS_AUTO(ks_buf_clear) ks_buf der = test_sample_der("person");
	KS_AUTO(ks_auto_cert) ks_cert *c = NULL;
	uint8_t *at = memmem(der.data, der.len, "Nguyễn", strlen("Nguyễn"));

	cr_assert_not_null(at);
	memset(at, 0xff, 2);
	cr_expect_eq(ks_cert_parse(ks_buf_bytes(&der), &c, NULL), SIGN_E_FORMAT);
	memcpy(at, "\xc0\xaf", 2); /* an overlong "/" */
	cr_expect_eq(ks_cert_parse(ks_buf_bytes(&der), &c, NULL), SIGN_E_FORMAT);
	memcpy(at, "Ng", 2);
	cr_expect_eq(ks_cert_parse(ks_buf_bytes(&der), &c, NULL), SIGN_OK);
}

/* ---- the cache ---- */

Test(crypt_cert, same_bytes_same_object)
{
	KS_AUTO(ks_auto_crypt) ks_crypt *cx = NULL;
	KS_AUTO(ks_buf_clear) ks_buf person = test_sample_der("person"), agency = test_sample_der("agency");
	ks_cert *a = NULL, *b = NULL, *c = NULL;

	cr_assert_eq(ks_crypt_new(&cx, NULL), SIGN_OK);
	cr_assert_eq(ks_cert_cached(cx, ks_buf_bytes(&person), &a, NULL), SIGN_OK);
	cr_assert_eq(ks_cert_cached(cx, ks_buf_bytes(&person), &b, NULL), SIGN_OK);
	cr_assert_eq(ks_cert_cached(cx, ks_buf_bytes(&agency), &c, NULL), SIGN_OK);
	cr_expect_eq(a, b);
	cr_expect_neq(a, c);
	ks_cert_free(a);
	ks_cert_free(b);
	ks_cert_free(c);
}

Test(crypt_cert, many_strangers_push_each_other_out_only)
{
	KS_AUTO(ks_auto_crypt) ks_crypt *cx = NULL;
	KS_AUTO(ks_buf_clear) ks_buf der = test_sample_der("person-ec");

	cr_assert_eq(ks_crypt_new(&cx, NULL), SIGN_OK);
	for (unsigned i = 0; i < 700; i++) {
		ks_cert *c = NULL;

		der.data[der.len - 1] = (uint8_t)i; /* the signature value is not asked for here */
		der.data[der.len - 2] = (uint8_t)(i >> 8);
		cr_assert_eq(ks_cert_cached(cx, ks_buf_bytes(&der), &c, NULL), SIGN_OK);
		cr_expect(ks_bytes_equal(c->der, ks_buf_bytes(&der)), "%u", i);
		ks_cert_free(c);
	}
	der.data[0] = 0x31;
	ks_cert *none = NULL;
	cr_expect_eq(ks_cert_cached(cx, ks_buf_bytes(&der), &none, NULL), SIGN_E_FORMAT);
	cr_expect_null(none);
}

/* ---- files with many ---- */

typedef struct {
	size_t certs, crls, stop_after;
	char   first[64];
} tally;

static sign_code
count_cert(void *user, ks_cert *cert, sign_error *err)
{
	tally *t = user;

	if (t->certs++ == 0)
		snprintf(t->first, sizeof(t->first), "%s", cert->subject_cn);
	return t->stop_after != 0 && t->certs == t->stop_after ? ks_fail(err, SIGN_E_INTERRUPTED, "test") : SIGN_OK;
}

static sign_code
count_crl(void *user, sign_bytes der, sign_error *err)
{
	(void)err;
	cr_expect_eq(der.data[0], 0x30);
	((tally *)user)->crls++;
	return SIGN_OK;
}

static const struct {
	const char *label, *file;
	sign_code   want;
	size_t      certs, crls;
} files[] = {
	{ "one PEM", "person.crt", SIGN_OK, 1, 0 },
	{ "key and two certificates", "person.pem", SIGN_OK, 2, 0 },
	{ "bag", "chain.p7b", SIGN_OK, 2, 0 },
	{ "CRL", "trust/crls/issuing.crl", SIGN_OK, 0, 1 },
	{ "key alone", "keys/person.key", SIGN_E_FORMAT, 0, 0 },
	{ "PKCS#12", "person.p12", SIGN_E_FORMAT, 0, 0 },
	{ "words", "README.md", SIGN_E_FORMAT, 0, 0 },
};

ROWS(crypt_cert, file_kinds, files)
{
	char       path[4096];
	tally      t = { 0 };
	sign_error err = SIGN_ERROR_INIT;
	sign_code  got;

	snprintf(path, sizeof(path), "%s%s", SAMPLES, files[*row].file);
	KS_AUTO(ks_buf_clear) ks_buf bytes = test_read(path);
	got = ks_cert_read_all(ks_buf_bytes(&bytes), files[*row].file, count_cert, count_crl, &t, &err);
	cr_expect_eq(got, files[*row].want, "%s: %d %s", files[*row].label, (int)got, err.detail);
	cr_expect_eq(err.code, got);
	cr_expect(t.certs == files[*row].certs && t.crls == files[*row].crls, "%s: %zu %zu", files[*row].label, t.certs,
	    t.crls);
}

/* The same through memory: DER, a byte order mark, damage. */
static const struct {
	const char *label, *prefix, *file, *suffix;
	size_t      cut;
	sign_code   want;
	size_t      certs;
} wrapped[] = {
	{ "byte order mark", "\xEF\xBB\xBF", "person.crt", "", 0, SIGN_OK, 1 },
	{ "text around", "subject=x\n", "person.crt", "\nend\n", 0, SIGN_OK, 1 },
	{ "cut in the base64", "", "person.crt", "", 300, SIGN_E_FORMAT, 0 },
	{ "second one cut", "", "person.pem", "", 300, SIGN_E_FORMAT, 1 },
	{ "bag cut", "", "chain.p7b", "", 10, SIGN_E_FORMAT, 0 },
	{ "block of something else", "", "keys/person.key", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", 0,
	    SIGN_E_FORMAT, 0 },
	{ "nothing", "", "person.crt", "", SIZE_MAX, SIGN_E_FORMAT, 0 },
};

ROWS(crypt_cert, file_damage, wrapped)
{
	char       path[4096];
	tally      t = { 0 };
	sign_error err = SIGN_ERROR_INIT;
	sign_code  got;

	snprintf(path, sizeof(path), "%s%s", SAMPLES, wrapped[*row].file);
	KS_AUTO(ks_buf_clear) ks_buf file = test_read(path);
	KS_AUTO(ks_buf_clear) ks_buf all = KS_BUF((size_t)1 << 20);
	cr_assert_eq(ks_buf_add(&all, wrapped[*row].prefix, strlen(wrapped[*row].prefix), NULL), SIGN_OK);
	cr_assert_eq(ks_buf_add(&all, file.data, file.len, NULL), SIGN_OK);
	cr_assert_eq(ks_buf_add(&all, wrapped[*row].suffix, strlen(wrapped[*row].suffix), NULL), SIGN_OK);
	all.len = wrapped[*row].cut == SIZE_MAX ? 0 : all.len - wrapped[*row].cut;
	got = ks_cert_read_all(ks_buf_bytes(&all), "x", count_cert, count_crl, &t, &err);
	cr_expect_eq(got, wrapped[*row].want, "%s: %d %s", wrapped[*row].label, (int)got, err.detail);
	cr_expect_eq(t.certs, wrapped[*row].certs, "%s: %zu", wrapped[*row].label, t.certs);
}

Test(crypt_cert, der_and_a_caller_who_stops)
{
	KS_AUTO(ks_buf_clear) ks_buf der = test_sample_der("agency"), pem = test_read(SAMPLES "person.pem");
	tally      t = { 0 }, stop = { .stop_after = 1 };
	sign_error err = SIGN_ERROR_INIT;

	cr_assert_eq(ks_cert_read_all(ks_buf_bytes(&der), "x", count_cert, NULL, &t, NULL), SIGN_OK);
	cr_expect_str_eq(t.first, "SỞ MẪU");
	cr_expect_eq(ks_cert_read_all(ks_buf_bytes(&pem), "x", count_cert, NULL, &stop, &err), SIGN_E_INTERRUPTED);
	cr_expect_eq(stop.certs, 1);
}
