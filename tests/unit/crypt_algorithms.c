/*
 * The algorithm table (standards.md 5.7): its dates, the rule for sizes between rows, and damaged files.
 */
#include "crypt_algorithms.h"
#include "crypt_support.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#define D2012 INT64_C(1343779200) /* 2012-08-01 */
#define D2019 INT64_C(1569888000) /* 2019-10-01 */
#define D2021 INT64_C(1633046400) /* 2021-10-01 */
#define D2029 INT64_C(1861920000) /* 2029-01-01 */

static const struct {
	sign_scheme s;
	unsigned    bits;
	int64_t     until;
} key_rows[] = {
	{ SIGN_SCHEME_RSA_PKCS1, 512, 0 },
	{ SIGN_SCHEME_RSA_PKCS1, 1024, D2019 },
	{ SIGN_SCHEME_RSA_PKCS1, 1899, D2019 },
	{ SIGN_SCHEME_RSA_PKCS1, 1900, D2029 },
	{ SIGN_SCHEME_RSA_PKCS1, 2048, D2029 },
	{ SIGN_SCHEME_RSA_PKCS1, 4096, D2029 },
	{ SIGN_SCHEME_RSA_PSS, 2999, D2029 },
	{ SIGN_SCHEME_RSA_PSS, 3000, INT64_MAX },
	{ SIGN_SCHEME_RSA_PSS, 16384, INT64_MAX },
	{ SIGN_SCHEME_ECDSA, 159, 0 },
	{ SIGN_SCHEME_ECDSA, 192, D2012 },
	{ SIGN_SCHEME_ECDSA, 224, D2021 },
	{ SIGN_SCHEME_ECDSA, 256, INT64_MAX },
	{ SIGN_SCHEME_ECDSA, 521, INT64_MAX },
	{ SIGN_SCHEME_EDDSA, 255, 0 },
	{ SIGN_SCHEME_NONE, 4096, 0 },
};

ROWS(crypt_algorithms, key_until, key_rows)
{
	const ks_algorithms *t = NULL;

	cr_assert_eq(ks_algorithms_load(&t, NULL), SIGN_OK);
	cr_expect_eq(ks_algorithms_key_until(t, key_rows[*row].s, key_rows[*row].bits), key_rows[*row].until, "%s %u",
	    sign_scheme_name(key_rows[*row].s), key_rows[*row].bits);
}

Test(crypt_algorithms, digest_until)
{
	const ks_algorithms *t = NULL, *again = NULL;

	cr_assert_eq(ks_algorithms_load(&t, NULL), SIGN_OK);
	cr_assert_eq(ks_algorithms_load(&again, NULL), SIGN_OK);
	cr_expect_eq(t, again, "read once");
	cr_expect_eq(ks_algorithms_digest_until(t, SIGN_DIGEST_SHA1), D2012);
	cr_expect_eq(ks_algorithms_digest_until(t, SIGN_DIGEST_SHA224), D2029);
	cr_expect_eq(ks_algorithms_digest_until(t, SIGN_DIGEST_SHA256), INT64_MAX);
	cr_expect_eq(ks_algorithms_digest_until(t, SIGN_DIGEST_SHA3_224), 0, "not listed");
	cr_expect_eq(ks_algorithms_digest_until(t, SIGN_DIGEST_NONE), 0);
	cr_expect_eq(ks_algorithms_digest_until(t, SIGN_DIGEST_COUNT), 0);
	cr_expect_str_eq(ks_algorithms_version(t), "TS 119 312 v1.5.1, 2024-10-13");
}

#define HEAD "\"version\":\"v\",\"date\":\"2024-10-13\","
static const struct {
	const char *label, *json;
	sign_code   want;
} files[] = {
	{ "smallest", "{" HEAD "\"digests\":[],\"keys\":[]}", SIGN_OK },
	{ "with rows", "{" HEAD "\"digests\":[{\"name\":\"SHA-1\",\"until\":\"2012-08-01\"}],"
	               "\"keys\":[{\"scheme\":\"RSA\",\"bits\":1024,\"until\":null}]}", SIGN_OK },
	{ "no version", "{\"date\":\"2024-10-13\",\"digests\":[],\"keys\":[]}", SIGN_E_DATA },
	{ "no date", "{\"version\":\"v\",\"digests\":[],\"keys\":[]}", SIGN_E_DATA },
	{ "no such day", "{\"version\":\"v\",\"date\":\"2024-02-30\",\"digests\":[],\"keys\":[]}", SIGN_E_DATA },
	{ "no digests", "{" HEAD "\"keys\":[]}", SIGN_E_DATA },
	{ "no keys", "{" HEAD "\"digests\":[]}", SIGN_E_DATA },
	{ "digests no list", "{" HEAD "\"digests\":{},\"keys\":[]}", SIGN_E_DATA },
	{ "unknown key", "{" HEAD "\"digest\":[],\"digests\":[],\"keys\":[]}", SIGN_E_DATA },
	{ "unknown digest", "{" HEAD "\"digests\":[{\"name\":\"SHA-255\",\"until\":null}],\"keys\":[]}", SIGN_E_DATA },
	{ "until forgotten", "{" HEAD "\"digests\":[{\"name\":\"SHA-1\"}],\"keys\":[]}", SIGN_E_DATA },
	{ "until misspelt", "{" HEAD "\"digests\":[{\"name\":\"SHA-1\",\"until\":null,\"untli\":1}],\"keys\":[]}",
	    SIGN_E_DATA },
	{ "until a number", "{" HEAD "\"digests\":[{\"name\":\"SHA-1\",\"until\":2012}],\"keys\":[]}", SIGN_E_DATA },
	{ "until with a time", "{" HEAD "\"digests\":[{\"name\":\"SHA-1\",\"until\":\"2012-08-01T00:00\"}],\"keys\":[]}",
	    SIGN_E_DATA },
	{ "row a word", "{" HEAD "\"digests\":[\"SHA-1\"],\"keys\":[]}", SIGN_E_DATA },
	{ "unknown scheme", "{" HEAD "\"digests\":[],\"keys\":[{\"scheme\":\"RSB\",\"bits\":1,\"until\":null}]}", SIGN_E_DATA },
	{ "no bits", "{" HEAD "\"digests\":[],\"keys\":[{\"scheme\":\"RSA\",\"until\":null}]}", SIGN_E_DATA },
	{ "bits negative", "{" HEAD "\"digests\":[],\"keys\":[{\"scheme\":\"RSA\",\"bits\":-1,\"until\":null}]}", SIGN_E_DATA },
};

ROWS(crypt_algorithms, file_is_checked, files)
{
	KS_AUTO(ks_auto_mem) ks_algorithms *t = NULL;
	KS_AUTO(ks_auto_json) json_t *root = json_loads(files[*row].json, 0, NULL);
	sign_error err = SIGN_ERROR_INIT;
	sign_code  got;

	cr_assert_not_null(root, "%s", files[*row].label);
	got = ks_algorithms_read(root, &t, &err);
	cr_expect_eq(got, files[*row].want, "%s: %d %s", files[*row].label, (int)got, err.detail);
	cr_expect_eq(err.code, got, "%s: error and result disagree", files[*row].label);
	cr_expect_eq(t != NULL, got == SIGN_OK, "%s", files[*row].label);
}
