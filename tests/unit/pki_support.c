/* The small authority: see pki_support.h. */
#include "pki_support.h"

#include <dirent.h>
#include <ftw.h>
#include <openssl/asn1.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEYS_MAX 128

static EVP_PKEY *keys[KEYS_MAX];

static void
free_keys(void)
{
	for (size_t i = 0; i < KEYS_MAX; i++)
		EVP_PKEY_free(keys[i]);
}

EVP_PKEY *
test_key(int number)
{
	static bool registered;

	cr_assert(number > 0 && number < KEYS_MAX);
	if (!registered)
		atexit(free_keys);
	registered = true;
	if (keys[number] == NULL)
		keys[number] = EVP_EC_gen("P-256");
	cr_assert_not_null(keys[number]);
	return keys[number];
}

static X509_NAME *
make_name(const char *cn, const char *org, bool printable)
{
	X509_NAME *name = X509_NAME_new();
	int        type = printable ? V_ASN1_PRINTABLESTRING : V_ASN1_UTF8STRING;

	cr_assert(X509_NAME_add_entry_by_txt(name, "C", V_ASN1_PRINTABLESTRING, (const unsigned char *)"VN", -1, -1, 0));
	if (org != NULL)
		cr_assert(X509_NAME_add_entry_by_txt(name, "O", type, (const unsigned char *)org, -1, -1, 0));
	cr_assert(X509_NAME_add_entry_by_txt(name, "CN", type, (const unsigned char *)cn, -1, -1, 0));
	return name;
}

static ASN1_OCTET_STRING *
key_id(int number)
{
	ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
	unsigned char      bytes[20] = { 0 };

	bytes[0] = (unsigned char)number;
	cr_assert(ASN1_OCTET_STRING_set(id, bytes, sizeof(bytes)));
	return id;
}

static X509_EXTENSION *
make_aki(int number)
{
	AUTHORITY_KEYID *aki = AUTHORITY_KEYID_new();
	X509_EXTENSION  *ext;

	aki->keyid = key_id(number);
	ext = X509V3_EXT_i2d(NID_authority_key_identifier, 0, aki);
	AUTHORITY_KEYID_free(aki);
	cr_assert_not_null(ext);
	return ext;
}

static X509_EXTENSION *
make_unknown(void)
{
	ASN1_OBJECT       *oid = OBJ_txt2obj("1.3.6.1.4.1.99999.1", 1);
	ASN1_OCTET_STRING *value = key_id(1);
	X509_EXTENSION    *ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);

	ASN1_OBJECT_free(oid);
	ASN1_OCTET_STRING_free(value);
	cr_assert_not_null(ext);
	return ext;
}

static X509_EXTENSION *
make_text(int nid, const char *text)
{
	X509V3_CTX      ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, NULL, NULL, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, text);
	cr_assert_not_null(ext, "extension %s", text);
	return ext;
}

static void
put(X509 *x, X509_EXTENSION *ext)
{
	cr_assert(X509_add_ext(x, ext, -1));
	X509_EXTENSION_free(ext);
}

static void
put_extensions(X509 *x, const cert_spec *spec)
{
	const struct { int nid; const char *text; } texts[] = { { NID_basic_constraints, spec->bc },
		{ NID_key_usage, spec->ku }, { NID_ext_key_usage, spec->eku }, { NID_name_constraints, spec->nc },
		{ NID_subject_alt_name, spec->san }, { NID_crl_distribution_points, spec->cdp } };

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (texts[i].text != NULL)
			put(x, make_text(texts[i].nid, texts[i].text));
	if (spec->ski != 0) {
		ASN1_OCTET_STRING *id = key_id(spec->ski);

		put(x, X509V3_EXT_i2d(NID_subject_key_identifier, 0, id));
		ASN1_OCTET_STRING_free(id);
	}
	if (spec->aki != 0)
		put(x, make_aki(spec->aki));
	if (spec->critical)
		put(x, make_unknown());
}

ks_cert *
test_cert(const cert_spec *spec)
{
	X509          *x = X509_new();
	X509_NAME     *subject = make_name(spec->subject, spec->org, spec->printable);
	X509_NAME     *issuer = make_name(spec->issuer, NULL, false);
	bool           usual = spec->from == 0 && spec->until == 0;
	unsigned char *der = NULL;
	ks_cert       *cert = NULL;
	sign_error     err = SIGN_ERROR_INIT;
	int            len;

	cr_assert(X509_set_version(x, X509_VERSION_3));
	ASN1_INTEGER_set(X509_get_serialNumber(x), spec->serial != 0 ? spec->serial : 1000 + spec->key);
	X509_set_subject_name(x, subject);
	X509_set_issuer_name(x, issuer);
	ASN1_TIME_set(X509_getm_notBefore(x), NOW + (usual ? -1000 : spec->from) * DAY);
	ASN1_TIME_set(X509_getm_notAfter(x), NOW + (usual ? 1000 : spec->until) * DAY);
	cr_assert(X509_set_pubkey(x, test_key(spec->key)));
	put_extensions(x, spec);
	cr_assert(X509_sign(x, test_key(spec->issuer_key), EVP_sha256()) > 0);
	len = i2d_X509(x, &der);
	cr_assert(len > 0);
	cr_assert_eq(ks_cert_parse(KS_BYTES(der, (size_t)len), &cert, &err), SIGN_OK, "%s: %s %s", spec->id, err.origin,
	    err.detail);
	OPENSSL_free(der);
	X509_NAME_free(subject);
	X509_NAME_free(issuer);
	X509_free(x);
	return cert;
}

static void
add_row(X509_CRL *crl, const crl_row *row)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	ASN1_TIME    *date = ASN1_TIME_set(NULL, NOW + row->date * DAY);

	ASN1_INTEGER_set(serial, row->serial);
	cr_assert(X509_REVOKED_set_serialNumber(entry, serial));
	cr_assert(X509_REVOKED_set_revocationDate(entry, date));
	if (row->reason >= 0) {
		ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();

		ASN1_ENUMERATED_set(reason, row->reason);
		cr_assert(X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0));
		ASN1_ENUMERATED_free(reason);
	}
	if (row->other_issuer) {
		GENERAL_NAMES *names = sk_GENERAL_NAME_new_null();
		GENERAL_NAME  *name = GENERAL_NAME_new();

		GENERAL_NAME_set0_value(name, GEN_DIRNAME, make_name("someone else", NULL, false));
		sk_GENERAL_NAME_push(names, name);
		cr_assert(X509_REVOKED_add1_ext_i2d(entry, NID_certificate_issuer, names, 1, 0));
		GENERAL_NAMES_free(names);
	}
	if (row->critical) {
		X509_EXTENSION *ext = make_unknown();

		cr_assert(X509_REVOKED_add_ext(entry, ext, -1));
		X509_EXTENSION_free(ext);
	}
	cr_assert(X509_CRL_add0_revoked(crl, entry));
	ASN1_INTEGER_free(serial);
	ASN1_TIME_free(date);
}

static void
put_crl(X509_CRL *crl, X509_EXTENSION *ext)
{
	cr_assert(X509_CRL_add_ext(crl, ext, -1));
	X509_EXTENSION_free(ext);
}

sign_bytes
test_crl_many(const crl_spec *spec, long first, size_t count)
{
	X509_CRL      *crl = X509_CRL_new();
	X509_NAME     *issuer = make_name(spec->issuer, NULL, false);
	ASN1_TIME     *from = ASN1_TIME_set(NULL, NOW + spec->from * DAY);
	ASN1_TIME     *until = ASN1_TIME_set(NULL, NOW + spec->until * DAY);
	unsigned char *der = NULL;
	uint8_t       *copy;
	int            len;

	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, issuer);
	X509_CRL_set1_lastUpdate(crl, from);
	if (spec->until != 0)
		X509_CRL_set1_nextUpdate(crl, until);
	for (size_t i = 0; i < COUNT_OF(spec->rows) && spec->rows[i].serial != 0; i++)
		add_row(crl, &spec->rows[i]);
	for (size_t i = 0; i < count; i++)
		/* from the highest to the lowest, so that the index has something to sort */
		add_row(crl, &(crl_row){ first + 2 * (long)(count - 1 - i), -5, 1, false, false });
	if (spec->aki != 0)
		put_crl(crl, make_aki(spec->aki));
	if (spec->idp != NULL)
		put_crl(crl, make_text(NID_issuing_distribution_point, spec->idp));
	if (spec->critical)
		put_crl(crl, make_unknown());
	if (spec->delta) {
		ASN1_INTEGER *base = ASN1_INTEGER_new();

		ASN1_INTEGER_set(base, 1);
		cr_assert(X509_CRL_add1_ext_i2d(crl, NID_delta_crl, base, 1, 0));
		ASN1_INTEGER_free(base);
	}
	cr_assert(X509_CRL_sign(crl, test_key(spec->key), EVP_sha256()) > 0);
	len = i2d_X509_CRL(crl, &der);
	cr_assert(len > 0);
	copy = malloc((size_t)len);
	memcpy(copy, der, (size_t)len);
	OPENSSL_free(der);
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	X509_NAME_free(issuer);
	X509_CRL_free(crl);
	return KS_BYTES(copy, (size_t)len);
}

sign_bytes
test_crl(const crl_spec *spec)
{
	return test_crl_many(spec, 0, 0);
}

/* ---- folders ---- */

static char folder[64];

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

static void
remove_folder(void)
{
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *
test_folder(void)
{
	if (folder[0] == '\0') {
		strcpy(folder, "/tmp/kyso-pki-XXXXXX");
		cr_assert_not_null(mkdtemp(folder));
		atexit(remove_folder);
	}
	return folder;
}

char *
test_path(const char *name)
{
	static char paths[16][256];
	static size_t next;
	char       *path = paths[next++ % COUNT_OF(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", test_folder(), name);
	return path;
}

void
test_write(const char *path, sign_bytes bytes)
{
	FILE *out = fopen(path, "wb");

	cr_assert_not_null(out, "%s", path);
	cr_assert_eq(fwrite(bytes.data, 1, bytes.len, out), bytes.len);
	fclose(out);
}

void
test_write_cert(const char *path, const ks_cert *cert)
{
	FILE *out = fopen(path, "ab");

	cr_assert_not_null(out, "%s", path);
	cr_assert(PEM_write_X509(out, cert->x509));
	fclose(out);
}

bool
test_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static size_t files_seen;

static int
count_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)path;
	(void)st;
	(void)at;
	files_seen += kind == FTW_F;
	return 0;
}

size_t
test_count_files(const char *path)
{
	files_seen = 0;
	nftw(path, count_one, 16, FTW_PHYS);
	return files_seen;
}

void
test_pin(const char *id, const ks_cert *cert)
{
	const ks_known_ca *list = NULL;
	size_t             count = 0;

	cr_assert_eq(ks_known_load(&list, &count, NULL), SIGN_OK);
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].id, id) == 0) {
			/* the list lies on the heap; each test runs in a process of its own */
			memcpy((uint8_t *)(uintptr_t)list[i].sha256, cert->sha256, 32);
			return;
		}
	cr_assert_fail("no known authority %s", id);
}
