/*
 * Keys: every wrapping opens with its passphrase, asked for once; what is wrong says which way; what may not sign is
 * refused before it does.
 */
#include "crypt_key.h"
#include "crypt_support.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PIN "mau-2026"

typedef struct {
	const char *pin;
	size_t      len;
	unsigned    asked;
	sign_code   answer;
} asker;

static sign_code
ask(void *user, const sign_secret_request *request, char *secret, size_t cap, size_t *len, sign_error *err)
{
	asker *a = user;

	cr_expect_str_eq(request->token, "");
	a->asked++;
	if (a->answer != SIGN_OK)
		return ks_fail(err, a->answer, "test");
	*len = a->len != 0 ? a->len : strlen(a->pin);
	cr_assert_leq(*len, cap);
	memcpy(secret, a->pin, *len);
	return SIGN_OK;
}

/* Open a file of a folder; pin NULL: nobody to ask. */
static sign_code
open_key(const char *folder, const char *file, const char *cert, asker *a, sign_key **key, sign_error *err)
{
	char             path[4096], cert_path[4096];
	sign_key_options options = SIGN_KEY_OPTIONS_INIT;

	snprintf(path, sizeof(path), "file:%s/%s", folder, file);
	if (a->pin != NULL || a->answer != SIGN_OK) {
		options.ask = ask;
		options.ask_user = a;
	}
	if (cert != NULL) {
		snprintf(cert_path, sizeof(cert_path), "%s/%s", folder, cert);
		options.cert_path = cert_path;
	}
	return sign_key_open(path, &options, key, err);
}

/* The samples, as only their owner may read them: git keeps no modes. */
static char *
sample_folder(void)
{
	char *folder = test_folder();

	test_run("cp -r '%s'. '%s' && chmod -R go-rwx '%s'", SAMPLES, folder, folder);
	return folder;
}

/* ---- the samples ---- */

static const struct {
	const char *label, *file, *cert, *pin;
	sign_code   want;
	unsigned    asked;
	const char *name, *note;
} samples[] = {
	{ "PKCS#12", "person.p12", NULL, PIN, SIGN_OK, 1, "Nguyễn Văn Mẫu", "" },
	{ "PEM, encrypted", "person.pem", NULL, PIN, SIGN_OK, 1, "Nguyễn Văn Mẫu", "" },
	{ "PEM, open", "person-plain.pem", NULL, PIN, SIGN_OK, 0, "Nguyễn Văn Mẫu", "" },
	{ "PKCS#12 of the old kind", "old.p12", NULL, PIN, SIGN_OK, 1, "Nguyễn Văn Mẫu", "old-encryption" },
	{ "RSA-4096", "person-rsa4096.p12", NULL, PIN, SIGN_OK, 1, "Nguyễn Văn Mẫu", "" },
	{ "P-256", "agency-ec.p12", NULL, PIN, SIGN_OK, 1, "SỞ MẪU", "" },
	{ "P-384", "person-p384.pem", NULL, PIN, SIGN_OK, 1, "Nguyễn Văn Mẫu", "" },
	{ "P-521", "person-p521.p12", NULL, PIN, SIGN_OK, 1, "Nguyễn Văn Mẫu", "" },
	{ "certificate named", "keys/agency.key", "agency.crt", NULL, SIGN_OK, 0, "SỞ MẪU", "" },
	{ "certificate named beats the one inside", "mismatch.pem", "person.crt", PIN, SIGN_OK, 1, "Nguyễn Văn Mẫu", "" },
	{ "wrong PIN, PKCS#12", "person.p12", NULL, "nope", SIGN_E_PIN_WRONG, 1, NULL, NULL },
	{ "wrong PIN, PEM", "person.pem", NULL, "nope", SIGN_E_PIN_WRONG, 1, NULL, NULL },
	{ "wrong PIN, old PKCS#12", "old.p12", NULL, "nope", SIGN_E_PIN_WRONG, 1, NULL, NULL },
	{ "empty PIN", "person.p12", NULL, "", SIGN_E_PIN_WRONG, 1, NULL, NULL },
	{ "no PIN, PKCS#12", "person.p12", NULL, NULL, SIGN_E_PIN_MISSING, 0, NULL, NULL },
	{ "no PIN, PEM", "person.pem", NULL, NULL, SIGN_E_PIN_MISSING, 0, NULL, NULL },
	{ "someone else's certificate", "mismatch.pem", NULL, PIN, SIGN_E_KEY_MISMATCH, 1, NULL, NULL },
	{ "someone else's certificate named", "person.p12", "agency.crt", PIN, SIGN_E_KEY_MISMATCH, 1, NULL, NULL },
	{ "certificate named is a key", "person.p12", "keys/person.key", PIN, SIGN_E_FORMAT, 1, NULL, NULL },
	{ "certificate named is not there", "person.p12", "nobody.crt", PIN, SIGN_E_NOT_FOUND, 1, NULL, NULL },
	{ "no certificate", "keys/person.key", NULL, NULL, SIGN_E_CERT_MISSING, 0, NULL, NULL },
	{ "Ed25519", "ed25519.p12", NULL, PIN, SIGN_E_KEY_ALGORITHM, 1, NULL, NULL },
	{ "RSA-1024", "weak.pem", NULL, PIN, SIGN_E_KEY_ALGORITHM, 1, NULL, NULL },
	{ "not a key", "README.md", NULL, PIN, SIGN_E_KEY_FORMAT, 0, NULL, NULL },
	{ "a certificate", "person.crt", NULL, PIN, SIGN_E_KEY_FORMAT, 0, NULL, NULL },
	{ "a CRL", "trust/crls/root.crl", NULL, PIN, SIGN_E_KEY_FORMAT, 0, NULL, NULL },
	{ "a bag", "chain.p7b", NULL, PIN, SIGN_E_KEY_FORMAT, 0, NULL, NULL },
	{ "not there", "nobody.p12", NULL, PIN, SIGN_E_NOT_FOUND, 0, NULL, NULL },
	{ "a folder", "trust", NULL, PIN, SIGN_E_IS_FOLDER, 0, NULL, NULL },
};

ROWS(crypt_key, opens, samples)
{
	char      *folder = sample_folder();
	asker      a = { .pin = samples[*row].pin };
	sign_key  *key = NULL;
	sign_error err = SIGN_ERROR_INIT;
	sign_code  got = open_key(folder, samples[*row].file, samples[*row].cert, &a, &key, &err);

	cr_expect_eq(got, samples[*row].want, "%s: %d %s", samples[*row].label, (int)got, err.detail);
	cr_expect_eq(err.code, got, "%s: error and result disagree", samples[*row].label);
	cr_expect_eq(a.asked, samples[*row].asked, "%s: asked %u times", samples[*row].label, a.asked);
	cr_expect_eq(key != NULL, got == SIGN_OK);
	if (key != NULL && samples[*row].name != NULL) {
		cr_expect_str_eq(sign_cert_name(sign_key_cert(key)), samples[*row].name);
		cr_expect_str_eq(sign_key_note(key), samples[*row].note, "%s", samples[*row].label);
		cr_expect(strncmp(key->name, "file:", 5) != 0 && strstr(key->name, samples[*row].file) != NULL);
		cr_expect_str_eq(key->fingerprint, sign_cert_fingerprint(sign_key_cert(key)));
	}
	sign_key_free(key);
	test_folder_remove(folder);
}

Test(crypt_key, chain_is_ordered_and_ends_below_the_root)
{
	char       *folder = sample_folder();
	asker       a = { .pin = NULL };
	sign_key   *key = NULL;
	sign_error  err = SIGN_ERROR_INIT;

	test_run("cd '%s' && cat agency.crt root.crt other-root.crt issuing.crt person.crt > all.crt", folder);
	cr_assert_eq(open_key(folder, "keys/person.key", "all.crt", &a, &key, &err), SIGN_OK, "%s", err.detail);
	cr_assert_not_null(key->chain[0]);
	cr_expect_str_eq(key->chain[0]->subject_cn, "kyso sample issuing CA");
	cr_expect_null(key->chain[1]);
	sign_key_free(key);
	test_folder_remove(folder);
}

/* ---- wrappings made by other hands ---- */

static const struct {
	const char *label, *make; /* in a folder with the samples; makes k */
	const char *pin;
	sign_code   want;
	unsigned    asked;
	const char *note;
} wrappings[] = {
	{ "PKCS#8 DER", "openssl pkcs8 -topk8 -nocrypt -in keys/person.key -outform DER -out k", NULL, SIGN_OK, 0, "" },
	{ "PKCS#8 DER, encrypted", "openssl pkcs8 -topk8 -in keys/person.key -passout pass:x -outform DER -out k", "x", SIGN_OK,
	    1, "" },
	{ "PKCS#8 DER, wrong PIN", "openssl pkcs8 -topk8 -in keys/person.key -passout pass:x -outform DER -out k", "y",
	    SIGN_E_PIN_WRONG, 1, NULL },
	{ "PKCS#8, 3DES of PKCS#12", "openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES -in keys/person.key -passout pass:x -out k", "x",
	    SIGN_OK, 1, "old-encryption" },
	{ "PKCS#8, MD5 and DES",
	    "openssl pkcs8 -topk8 -v1 PBE-MD5-DES -provider legacy -provider default -in keys/person.key -passout pass:x -out k",
	    "x", SIGN_OK, 1, "old-encryption" },
	{ "PKCS#8, MD5 and DES, wrong PIN",
	    "openssl pkcs8 -topk8 -v1 PBE-MD5-DES -provider legacy -provider default -in keys/person.key -passout pass:x -out k",
	    "y", SIGN_E_PIN_WRONG, 1, NULL },
	{ "RSA, traditional", "openssl rsa -traditional -in keys/person.key -out k", NULL, SIGN_OK, 0, "" },
	{ "RSA, traditional, encrypted", "openssl rsa -traditional -aes256 -in keys/person.key -passout pass:xyzw -out k",
	    "xyzw", SIGN_OK, 1, "" },
	{ "RSA, traditional, wrong PIN", "openssl rsa -traditional -aes256 -in keys/person.key -passout pass:xyzw -out k", "y",
	    SIGN_E_PIN_WRONG, 1, NULL },
	{ "RSA, traditional DER", "openssl rsa -traditional -in keys/person.key -outform DER -out k", NULL, SIGN_OK, 0, "" },
	{ "text and parameters before the key", "{ openssl x509 -text -in issuing.crt; cat keys/person.key; } > k", NULL,
	    SIGN_OK, 0, "" },
	{ "lines that end as on Windows", "sed 's/$/\\r/' person-plain.pem > k", NULL, SIGN_OK, 0, "" },
	{ "PKCS#12, empty passphrase",
	    "openssl pkcs12 -export -inkey keys/person.key -in person.crt -passout pass: -out k", "x", SIGN_OK, 0, "" },
	{ "PKCS#12, no MAC", "openssl pkcs12 -export -nomac -inkey keys/person.key -in person.crt -passout pass:x -out k", "x",
	    SIGN_OK, 1, "" },
	{ "PKCS#12, no MAC, wrong PIN",
	    "openssl pkcs12 -export -nomac -inkey keys/person.key -in person.crt -passout pass:x -out k", "y", SIGN_E_PIN_WRONG, 1,
	    NULL },
	{ "PKCS#12, nothing encrypted",
	    "openssl pkcs12 -export -nomac -keypbe NONE -certpbe NONE -inkey keys/person.key -in person.crt -passout pass:x -out k",
	    "x", SIGN_OK, 0, "" },
	{ "PKCS#12, passphrase with accents",
	    "openssl pkcs12 -export -inkey keys/person.key -in person.crt -passout 'pass:Mật khẩu' -out k", "Mật khẩu", SIGN_OK, 1,
	    "" },
	{ "old PKCS#12, passphrase with accents",
	    "openssl pkcs12 -export -legacy -inkey keys/person.key -in person.crt -passout 'pass:Mật khẩu' -out k", "Mật khẩu",
	    SIGN_OK, 1, "old-encryption" },
	{ "old PKCS#12, accents spread bytewise",
	    "openssl pkcs12 -export -legacy -inkey keys/person.key -in person.crt -out k "
	    "-passout \"pass:$(printf 'Mật' | iconv -f latin1 -t utf8)\"", "Mật", SIGN_OK, 1, "old-encryption" },
	{ "3DES throughout", "openssl pkcs12 -export -inkey keys/person.key -in person.crt -passout pass:x -out k "
	                     "-keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1", "x", SIGN_OK, 1, "old-encryption" },
	{ "PKCS#12 without a key", "openssl pkcs12 -export -nokeys -in person.crt -passout pass:x -out k", "x",
	    SIGN_E_KEY_FORMAT, 1, NULL },
	{ "PKCS#12 cut", "head -c 900 person.p12 > k", "x", SIGN_E_KEY_FORMAT, 0, NULL },
	{ "PEM cut", "head -c 900 person.pem > k", "x", SIGN_E_KEY_FORMAT, 0, NULL },
	{ "PEM base64 broken", "sed '5s/./!/' keys/person.key > k", "x", SIGN_E_KEY_FORMAT, 0, NULL },
	{ "PEM with a damaged certificate", "{ cat keys/person.key; sed '5s/./!/' person.crt; } > k", "x", SIGN_E_KEY_FORMAT, 0,
	    NULL },
	{ "empty", ": > k", "x", SIGN_E_KEY_FORMAT, 0, NULL },
	{ "large", "head -c 2000000 /dev/zero > k", "x", SIGN_E_LIMIT, 0, NULL },
	{ "DSA", "openssl dsaparam -genkey 1024 2>/dev/null | openssl dsa -out k 2>/dev/null", "x", SIGN_E_KEY_ALGORITHM, 0,
	    NULL },
	{ "brainpool", "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:brainpoolP256r1 -out k", "x",
	    SIGN_E_KEY_ALGORITHM, 0, NULL },
	{ "secp256k1", "openssl ecparam -genkey -name secp256k1 -noout -out k", "x", SIGN_E_KEY_ALGORITHM, 0, NULL },
	{ "curve spelt out", "openssl ecparam -genkey -name prime256v1 -param_enc explicit -noout -out k", "x",
	    SIGN_E_KEY_ALGORITHM, 0, NULL },
};

ROWS(crypt_key, wrapping, wrappings)
{
	char      *folder = sample_folder();
	asker      a = { .pin = wrappings[*row].pin };
	sign_key  *key = NULL;
	sign_error err = SIGN_ERROR_INIT;
	sign_code  got;

	test_run("cd '%s' && { %s; } 2>&1 >/dev/null | grep -v '^writing' | cat && chmod 600 k && cp person.crt k.crt", folder,
	    wrappings[*row].make);
	got = open_key(folder, "k", NULL, &a, &key, &err);
	cr_expect_eq(got, wrappings[*row].want, "%s: %d %s (%s)", wrappings[*row].label, (int)got, err.detail, err.origin);
	cr_expect_eq(err.code, got, "%s: error and result disagree", wrappings[*row].label);
	cr_expect_eq(a.asked, wrappings[*row].asked, "%s: asked %u times", wrappings[*row].label, a.asked);
	if (key != NULL) {
		cr_expect_str_eq(sign_key_note(key), wrappings[*row].note, "%s: %s", wrappings[*row].label, sign_key_note(key));
		/* the key lives in the ordinary context and signs */
		cr_expect_eq(sign_key_check(key, 1800000000, &err), SIGN_OK, "%s: %d %s", wrappings[*row].label, (int)err.code,
		    err.detail);
	}
	sign_key_free(key);
	test_folder_remove(folder);
}

static const struct {
	const char *label, *pin;
	size_t      len;
	sign_code   answer, want;
} answers[] = {
	{ "the PIN", PIN, 0, SIGN_OK, SIGN_OK },
	{ "a NUL and more after it", PIN "\0x", sizeof(PIN) + 1, SIGN_OK, SIGN_E_PIN_WRONG },
	{ "none", NULL, 0, SIGN_E_PIN_MISSING, SIGN_E_PIN_MISSING },
	{ "given up", NULL, 0, SIGN_E_INTERRUPTED, SIGN_E_INTERRUPTED },
};

ROWS(crypt_key, what_was_answered, answers)
{
	char      *folder = sample_folder();
	asker      a = { .pin = answers[*row].pin, .len = answers[*row].len, .answer = answers[*row].answer };
	sign_key  *key = NULL;
	sign_error err = SIGN_ERROR_INIT;

	cr_expect_eq(open_key(folder, "person.p12", NULL, &a, &key, &err), answers[*row].want, "%s", answers[*row].label);
	cr_expect_eq(err.code, answers[*row].want);
	cr_expect_eq(a.asked, 1);
	sign_key_free(key);
	test_folder_remove(folder);
}

static const struct {
	mode_t      mode;
	sign_code   want;
	const char *note;
} modes[] = {
	{ 0600, SIGN_OK, "" },
	{ 0400, SIGN_OK, "" },
	{ 0640, SIGN_OK, "" },
	{ 0644, SIGN_OK, "old-encryption world-readable" },
	{ 0620, SIGN_E_KEY_UNSAFE, NULL },
	{ 0602, SIGN_E_KEY_UNSAFE, NULL },
	{ 0666, SIGN_E_KEY_UNSAFE, NULL },
};

ROWS(crypt_key, who_may_write_it, modes)
{
	char       path[4096], *folder = sample_folder();
	asker      a = { .pin = PIN };
	sign_key  *key = NULL;
	sign_error err = SIGN_ERROR_INIT;

	snprintf(path, sizeof(path), "%s/old.p12", folder);
	cr_assert_eq(chmod(path, modes[*row].mode), 0);
	cr_expect_eq(open_key(folder, "old.p12", NULL, &a, &key, &err), modes[*row].want, "%04o", modes[*row].mode);
	cr_expect_eq(a.asked, modes[*row].want == SIGN_OK ? 1 : 0, "asked before the file was looked at");
	if (key != NULL && strchr(modes[*row].note, ' ') != NULL)
		cr_expect_str_eq(sign_key_note(key), modes[*row].note);
	sign_key_free(key);
	test_folder_remove(folder);
}

static const struct {
	const char *label, *files; /* made beside keys/person.key */
	sign_code   want;
} siblings[] = {
	{ "crt", "cp person.crt keys/person.crt", SIGN_OK },
	{ "cer in DER", "openssl x509 -in person.crt -outform DER -out keys/person.cer", SIGN_OK },
	{ "pem", "cp person.crt keys/person.pem", SIGN_OK },
	{ "crt that is none, then pem", "cp README.md keys/person.crt; cp person.crt keys/person.pem", SIGN_OK },
	{ "someone else's", "cp agency.crt keys/person.crt", SIGN_E_KEY_MISMATCH },
	{ "other stem", "cp person.crt keys/nobody.crt", SIGN_E_CERT_MISSING },
	{ "a folder", "mkdir keys/person.crt", SIGN_E_CERT_MISSING },
};

ROWS(crypt_key, certificate_beside_it, siblings)
{
	char      *folder = sample_folder();
	asker      a = { .pin = NULL };
	sign_key  *key = NULL;
	sign_error err = SIGN_ERROR_INIT;
	sign_code  got;

	test_run("cd '%s' && %s", folder, siblings[*row].files);
	got = open_key(folder, "keys/person.key", NULL, &a, &key, &err);
	cr_expect_eq(got, siblings[*row].want, "%s: %d %s", siblings[*row].label, (int)got, err.detail);
	sign_key_free(key);
	test_folder_remove(folder);
}

/* The module that a token needs is never guessed; a build without tokens says that it is one. */
Test(crypt_key, tokens_are_named_not_guessed)
{
	sign_key  *key = NULL;
	sign_error err = SIGN_ERROR_INIT;
	sign_code  got = sign_key_open("pkcs11:token=x;object=y", NULL, &key, &err);

	cr_expect_eq(got, SIGN_E_TOKEN_MODULE, "%d", (int)got);
	cr_expect_eq(err.code, got);
	cr_expect_null(key);
	sign_key_free(NULL);
}

/* ---- what may sign, and when ---- */

#define T2026 1790000000
#define T2021 1630000000
#define T2019 1570000000
#define T2035 2060000000
#define T2050 2540000000

static const struct {
	const char *file;
	time_t      now;
	sign_code   want;
} checks[] = {
	{ "person.p12", T2026, SIGN_OK },
	{ "person.p12", T2019, SIGN_E_CERT_NOT_YET },
	{ "person.p12", T2050, SIGN_E_CERT_EXPIRED },
	{ "person.p12", T2035, SIGN_OK },                     /* RSA-3072 with PSS has no end in the table */
	{ "person-rsa2048.p12", T2026, SIGN_OK },
	{ "person-rsa2048.p12", T2035, SIGN_E_KEY_ALGORITHM }, /* RSA-2048 until 2029 */
	{ "agency-ec.p12", T2035, SIGN_OK },
	{ "expired.p12", T2026, SIGN_E_CERT_EXPIRED },
	{ "expired.p12", T2021, SIGN_OK },
	{ "notyet.p12", T2026, SIGN_E_CERT_NOT_YET },
	{ "wrong-usage.p12", T2026, SIGN_E_KEY_USAGE },
	{ "wrong-eku.p12", T2026, SIGN_E_KEY_USAGE },
};

ROWS(crypt_key, may_sign, checks)
{
	char      *folder = sample_folder();
	asker      a = { .pin = PIN };
	sign_key  *key = NULL;
	sign_error err = SIGN_ERROR_INIT;
	sign_code  got;

	cr_assert_eq(open_key(folder, checks[*row].file, NULL, &a, &key, &err), SIGN_OK, "%s", checks[*row].file);
	got = sign_key_check(key, checks[*row].now, &err);
	cr_expect_eq(got, checks[*row].want, "%s: %d %s", checks[*row].file, (int)got, err.detail);
	cr_expect_eq(err.code, got);
	sign_key_free(key);
	test_folder_remove(folder);
}

static const struct {
	const char *file;
	sign_scheme ask_scheme;
	sign_digest ask_digest;
	sign_code   want;
	sign_scheme scheme;
	sign_digest digest;
} uses[] = {
	{ "person.p12", SIGN_SCHEME_NONE, SIGN_DIGEST_NONE, SIGN_OK, SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA256 },
	{ "person.p12", SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_NONE, SIGN_OK, SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA256 },
	{ "person.p12", SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA512, SIGN_OK, SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA512 },
	{ "agency-ec.p12", SIGN_SCHEME_NONE, SIGN_DIGEST_NONE, SIGN_OK, SIGN_SCHEME_ECDSA, SIGN_DIGEST_SHA256 },
	{ "person-p384.p12", SIGN_SCHEME_NONE, SIGN_DIGEST_NONE, SIGN_OK, SIGN_SCHEME_ECDSA, SIGN_DIGEST_SHA384 },
	{ "person-p521.p12", SIGN_SCHEME_NONE, SIGN_DIGEST_NONE, SIGN_OK, SIGN_SCHEME_ECDSA, SIGN_DIGEST_SHA512 },
	{ "person-p521.p12", SIGN_SCHEME_ECDSA, SIGN_DIGEST_SHA256, SIGN_OK, SIGN_SCHEME_ECDSA, SIGN_DIGEST_SHA256 },
	{ "person.p12", SIGN_SCHEME_ECDSA, SIGN_DIGEST_NONE, SIGN_E_KEY_ALGORITHM, 0, 0 },
	{ "agency-ec.p12", SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_NONE, SIGN_E_KEY_ALGORITHM, 0, 0 },
	{ "agency-ec.p12", SIGN_SCHEME_EDDSA, SIGN_DIGEST_NONE, SIGN_E_KEY_ALGORITHM, 0, 0 },
	{ "person.p12", SIGN_SCHEME_NONE, SIGN_DIGEST_SHA1, SIGN_E_KEY_ALGORITHM, 0, 0 },
	{ "person.p12", SIGN_SCHEME_NONE, SIGN_DIGEST_MD5, SIGN_E_KEY_ALGORITHM, 0, 0 },
	{ "person.p12", SIGN_SCHEME_NONE, SIGN_DIGEST_SHA3_256, SIGN_E_KEY_ALGORITHM, 0, 0 },
};

/* Sign twice and verify; then a digest of another length. */
static void
use(ks_signer *s, ks_crypt *cx, const char *label)
{
	uint8_t    value[KS_SIGNATURE_MAX_BYTES];
	size_t     len = 0;
	ks_digest  digest;
	sign_error err = SIGN_ERROR_INIT;

	for (uint8_t i = 0; i < 2; i++) {
		cr_assert_eq(ks_digest_bytes(cx, s->digest, KS_BYTES(&i, 1), &digest, NULL), SIGN_OK);
		cr_assert_eq(ks_signer_sign(s, KS_BYTES(digest.bytes, digest.len), value, sizeof(value), &len, &err), SIGN_OK);
		cr_expect_eq(ks_cert_verify_value(cx, s->key->cert, s->scheme, s->digest, s->digest, digest.len,
		    KS_BYTES(digest.bytes, digest.len), KS_BYTES(value, len), NULL), SIGN_OK, "%s", label);
	}
	cr_expect_eq(ks_signer_sign(s, KS_BYTES(digest.bytes, digest.len - 1u), value, sizeof(value), &len, &err),
	    SIGN_E_CRYPTO);
	cr_expect_eq(len, 0);
	cr_expect_eq(ks_signer_sign(s, KS_BYTES(digest.bytes, digest.len), value, 16, &len, &err), SIGN_E_CRYPTO, "no room");
	cr_expect_eq(len, 0);
}

ROWS(crypt_key, signer_chooses_and_signs, uses)
{
	char      *folder = sample_folder();
	asker      a = { .pin = PIN };
	sign_key  *key = NULL;
	ks_signer  s;
	sign_error err = SIGN_ERROR_INIT;
	sign_code  got;
	KS_AUTO(ks_auto_crypt) ks_crypt *cx = NULL;

	cr_assert_eq(ks_crypt_new(&cx, NULL), SIGN_OK);
	cr_assert_eq(open_key(folder, uses[*row].file, NULL, &a, &key, &err), SIGN_OK);
	got = ks_signer_open(&s, key, cx, uses[*row].ask_scheme, uses[*row].ask_digest, &err);
	cr_expect_eq(got, uses[*row].want, "%s: %d %s", uses[*row].file, (int)got, err.detail);
	cr_expect_eq(err.code, got);
	if (got == SIGN_OK) {
		cr_expect_eq(s.scheme, uses[*row].scheme);
		cr_expect_eq(s.digest, uses[*row].digest);
		cr_expect_eq(ks_signer_check(&s, T2026, NULL), SIGN_OK);
		cr_expect_eq(ks_signer_check(&s, T2035, NULL),
		    s.scheme == SIGN_SCHEME_RSA_PKCS1 ? SIGN_E_KEY_ALGORITHM : SIGN_OK, "PKCS#1 v1.5 until 2029");
		use(&s, cx, uses[*row].file);
	}
	ks_signer_close(&s);
	sign_key_free(key);
	test_folder_remove(folder);
}
