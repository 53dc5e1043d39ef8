/*
 * Digests: known answers, several in one pass, names (FIPS 180-4, FIPS 202).
 */
#include "base_text.h"
#include "crypt_support.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

static const struct {
	sign_digest d;
	const char *abc; /* of the three letters */
} answers[] = {
	{ SIGN_DIGEST_MD5, "900150983cd24fb0d6963f7d28e17f72" },
	{ SIGN_DIGEST_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ SIGN_DIGEST_SHA224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7" },
	{ SIGN_DIGEST_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ SIGN_DIGEST_SHA384,
	    "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7" },
	{ SIGN_DIGEST_SHA512,
	    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e"
	    "2a9ac94fa54ca49f" },
	{ SIGN_DIGEST_SHA3_224, "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf" },
	{ SIGN_DIGEST_SHA3_256, "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532" },
	{ SIGN_DIGEST_SHA3_384,
	    "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25" },
	{ SIGN_DIGEST_SHA3_512,
	    "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a5"
	    "6592f8274eec53f0" },
};

static const char *
hex(const ks_digest *digest)
{
	static char text[2 * SIGN_DIGEST_MAX_BYTES + 1];

	ks_hex(KS_BYTES(digest->bytes, digest->len), text, sizeof(text));
	return text;
}

ROWS(crypt_digest, known_answer, answers)
{
	KS_AUTO(ks_auto_crypt) ks_crypt *cx = NULL;
	sign_digest d = answers[*row].d;
	ks_digest   got;
	const char *uri = ks_digest_uri(d);

	cr_assert_eq(ks_crypt_new(&cx, NULL), SIGN_OK);
	for (int again = 0; again < 3; again++) { /* the context is used again */
		cr_assert_eq(ks_digest_bytes(cx, d, KS_BYTES("abc", 3), &got, NULL), SIGN_OK);
		cr_expect_str_eq(hex(&got), answers[*row].abc, "%s", sign_digest_name(d));
	}
	cr_expect_eq(got.len, ks_digest_size(d));
	cr_expect_eq(ks_digest_from_oid(ks_digest_oid(d)), d);
	cr_assert_not_null(uri);
	cr_expect_eq(ks_digest_from_uri(uri, strlen(uri)), d);
	cr_expect_eq(ks_digest_from_uri(uri, strlen(uri) - 1), SIGN_DIGEST_NONE, "cut: %s", uri);
}

Test(crypt_digest, several_in_one_pass_equal_one_by_one)
{
	KS_AUTO(ks_auto_crypt) ks_crypt *cx = NULL;
	ks_hasher     h, other;
	ks_digest     all[SIGN_DIGEST_COUNT], one;
	ks_digest_set set = KS_DIGEST_BIT(SIGN_DIGEST_SHA256) | KS_DIGEST_BIT(SIGN_DIGEST_SHA512) |
	    KS_DIGEST_BIT(SIGN_DIGEST_SHA3_256);
	uint8_t       data[100000];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 31 >> 3);
	cr_assert_eq(ks_crypt_new(&cx, NULL), SIGN_OK);
	cr_assert_eq(ks_hasher_start(&h, cx, set, NULL), SIGN_OK);
	/* another one between, begun and given up */
	cr_assert_eq(ks_hasher_start(&other, cx, set, NULL), SIGN_OK);
	for (size_t at = 0, step = 1; at < sizeof(data); at += step, step = step * 3 % 9973 + 1) {
		size_t len = sizeof(data) - at < step ? sizeof(data) - at : step;

		cr_assert_eq(ks_hasher_add(&h, data + at, len, NULL), SIGN_OK);
		cr_assert_eq(ks_hasher_add(&other, data, len, NULL), SIGN_OK);
	}
	ks_hasher_clear(&other);
	cr_assert_eq(ks_hasher_finish(&h, all, NULL), SIGN_OK);
	for (unsigned d = 0; d < SIGN_DIGEST_COUNT; d++) {
		if ((set & KS_DIGEST_BIT(d)) == 0) {
			cr_expect_eq(all[d].len, 0, "%u was not asked for", d);
			continue;
		}
		cr_assert_eq(ks_digest_bytes(cx, (sign_digest)d, KS_BYTES(data, sizeof(data)), &one, NULL), SIGN_OK);
		cr_expect(ks_bytes_equal(KS_BYTES(all[d].bytes, all[d].len), KS_BYTES(one.bytes, one.len)), "%u", d);
	}
}

Test(crypt_digest, more_contexts_than_are_kept)
{
	KS_AUTO(ks_auto_crypt) ks_crypt *cx = NULL;
	ks_hasher h[9];
	ks_digest out[SIGN_DIGEST_COUNT], empty;

	cr_assert_eq(ks_crypt_new(&cx, NULL), SIGN_OK);
	cr_assert_eq(ks_digest_bytes(cx, SIGN_DIGEST_SHA256, KS_BYTES(NULL, 0), &empty, NULL), SIGN_OK);
	cr_expect_str_eq(hex(&empty), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < KS_COUNT(h); i++)
			cr_assert_eq(ks_hasher_start(&h[i], cx, KS_DIGEST_BIT(SIGN_DIGEST_SHA256), NULL), SIGN_OK);
		for (size_t i = 0; i < KS_COUNT(h); i++) {
			cr_assert_eq(ks_hasher_finish(&h[i], out, NULL), SIGN_OK);
			cr_expect_arr_eq(out[SIGN_DIGEST_SHA256].bytes, empty.bytes, 32);
		}
	}
}

Test(crypt_digest, unknown_ones)
{
	KS_AUTO(ks_auto_crypt) ks_crypt *cx = NULL;
	ks_digest  got;
	sign_error err = SIGN_ERROR_INIT;

	cr_assert_eq(ks_crypt_new(&cx, NULL), SIGN_OK);
	cr_expect_eq(ks_digest_bytes(cx, SIGN_DIGEST_NONE, KS_BYTES("abc", 3), &got, &err), SIGN_E_CRYPTO);
	cr_expect_eq(err.code, SIGN_E_CRYPTO);
	cr_expect_eq(got.len, 0);
	cr_expect_eq(ks_digest_from_oid("2.16.840.1.101.3.4.2"), SIGN_DIGEST_NONE);
	cr_expect_eq(ks_digest_from_oid(""), SIGN_DIGEST_NONE);
	cr_expect_eq(ks_digest_size(SIGN_DIGEST_NONE), 0);
	cr_expect_eq(ks_digest_size(SIGN_DIGEST_COUNT), 0);
	cr_expect_null(ks_digest_uri(SIGN_DIGEST_NONE));
	cr_expect_null(ks_digest_oid(SIGN_DIGEST_COUNT));
}

Test(crypt_names, every_value_has_its_own_word)
{
	for (unsigned a = SIGN_DIGEST_NONE + 1; a < SIGN_DIGEST_COUNT; a++)
		for (unsigned b = SIGN_DIGEST_NONE; b < a; b++)
			cr_expect_str_neq(sign_digest_name((sign_digest)a), sign_digest_name((sign_digest)b));
	for (unsigned a = SIGN_SUB_NONE + 1; a < SIGN_SUB_COUNT; a++)
		for (unsigned b = SIGN_SUB_NONE; b < a; b++)
			cr_expect_str_neq(sign_sub_name((sign_sub)a), sign_sub_name((sign_sub)b));
	for (unsigned a = SIGN_FORM_UNKNOWN + 1; a <= SIGN_FORM_TIMESTAMP_TOKEN; a++)
		for (unsigned b = SIGN_FORM_UNKNOWN; b < a; b++)
			cr_expect_str_neq(sign_form_name((sign_form)a), sign_form_name((sign_form)b), "%u %u", a, b);
}

Test(crypt_names, words_that_scripts_rely_on)
{
	cr_expect_str_eq(sign_verdict_name(SIGN_VERDICT_PASSED), "TOTAL-PASSED");
	cr_expect_str_eq(sign_verdict_name(SIGN_VERDICT_FAILED), "TOTAL-FAILED");
	cr_expect_str_eq(sign_verdict_name(SIGN_VERDICT_INDETERMINATE), "INDETERMINATE");
	cr_expect_str_eq(sign_verdict_name(SIGN_VERDICT_NONE), "NONE");
	cr_expect_str_eq(sign_sub_name(SIGN_SUB_HASH_FAILURE), "HASH_FAILURE");
	cr_expect_str_eq(sign_sub_name(SIGN_SUB_NONE), "");
	cr_expect_str_eq(sign_form_name(SIGN_FORM_ASICE_CADES), "asice-cades");
	cr_expect_str_eq(sign_form_name(SIGN_FORM_PDF_SIGNED), "pdf-signed");
	cr_expect_str_eq(sign_role_name(SIGN_ROLE_AGENCY), "agency");
	cr_expect_str_eq(sign_scheme_name(SIGN_SCHEME_RSA_PSS), "RSA-PSS");
	cr_expect_str_eq(sign_digest_name(SIGN_DIGEST_NONE), "?");
	cr_expect_str_eq(sign_digest_name((sign_digest)99), "?");
	cr_expect_str_eq(sign_verdict_name((sign_verdict)99), "NONE");
}
