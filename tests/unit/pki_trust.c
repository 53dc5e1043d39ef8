/*
 * Filling the trust set, and recognising the known authorities.
 */
#include "pki_support.h"

#include "pki_private.h"

#include <libsign/trust.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAMPLE KS_SOURCE_DIR "/keys-sample/"
#define CA     "critical,CA:TRUE"

static const cert_spec root = { .id = "root", .subject = "root", .key = 1, .issuer = "root", .issuer_key = 1, .bc = CA };
static const cert_spec issuing = { .id = "issuing", .subject = "issuing", .key = 3, .issuer = "root", .issuer_key = 1,
	.bc = CA };
static const crl_spec list = { .id = "list", .issuer = "root", .key = 1, .from = -1, .until = 30 };

/* What stands at `name` in the test's folder before a row begins. */
enum content { CERT_PEM, CERT_DER, TWO_PEM, CRL_DER, CRL_PEM, MIXED_PEM, RUBBISH, CUT_PEM, EMPTY, FOLDER, TEXT, LINK_NOWHERE, LINK_UP };

static void
put_pem_crl(const char *path)
{
	sign_bytes           der = test_crl(&list);
	const unsigned char *p = der.data;
	X509_CRL            *crl = d2i_X509_CRL(NULL, &p, (long)der.len);
	BIO                 *out = BIO_new_file(path, "ab");

	cr_assert(PEM_write_bio_X509_CRL(out, crl));
	BIO_free(out);
	X509_CRL_free(crl);
	free((void *)(uintptr_t)der.data);
}

static void
put_content(const char *path, enum content what)
{
	KS_AUTO(ks_auto_cert) ks_cert *ca = test_cert(&root);
	KS_AUTO(ks_auto_cert) ks_cert *sub = test_cert(&issuing);
	sign_bytes crl = test_crl(&list);

	switch (what) {
	case TWO_PEM:
		test_write_cert(path, sub); /* fall through */
	case CERT_PEM:
		test_write_cert(path, ca);
		break;
	case CERT_DER:
		test_write(path, sub->der);
		break;
	case CRL_DER:
		test_write(path, crl);
		break;
	case MIXED_PEM:
		test_write_cert(path, sub); /* fall through */
	case CRL_PEM:
		put_pem_crl(path);
		break;
	case RUBBISH:
		test_write(path, KS_BYTES("\x30\x82\x01\x00 not a certificate", 22));
		break;
	case CUT_PEM:
		test_write_cert(path, ca);
		cr_assert_eq(truncate(path, 200), 0);
		break;
	case EMPTY:
		test_write(path, KS_BYTES("", 0));
		break;
	case TEXT:
		test_write(path, KS_BYTES("see the other file\n", 19));
		break;
	case FOLDER:
		cr_assert_eq(mkdir(path, 0755), 0);
		break;
	case LINK_NOWHERE:
		cr_assert_eq(symlink("/nonexistent/x.pem", path), 0);
		break;
	case LINK_UP:
		cr_assert_eq(symlink(".", path), 0);
		break;
	}
	free((void *)(uintptr_t)crl.data);
}

static const struct {
	const char  *label, *name;
	enum content content;
	const char  *path; /* what is loaded, below the folder */
	sign_code    want;
	size_t       anchors, others, crls;
} loads[] = {
	{ "pem", "x.pem", CERT_PEM, "x.pem", SIGN_OK, 1, 0, 0 },
	{ "der", "x.der", CERT_DER, "x.der", SIGN_OK, 0, 1, 0 },
	{ "many", "x.pem", TWO_PEM, "x.pem", SIGN_OK, 1, 1, 0 },
	{ "any name when named", "roots", TWO_PEM, "roots", SIGN_OK, 1, 1, 0 },
	{ "crl", "x.crl", CRL_DER, "x.crl", SIGN_OK, 0, 0, 1 },
	{ "crl in pem", "x.crl", CRL_PEM, "x.crl", SIGN_OK, 0, 0, 1 },
	{ "certificate and crl", "x.pem", MIXED_PEM, "x.pem", SIGN_OK, 0, 1, 1 },
	{ "rubbish", "x.pem", RUBBISH, "x.pem", SIGN_E_NOT_CERT, 0, 0, 0 },
	{ "cut short", "x.pem", CUT_PEM, "x.pem", SIGN_E_NOT_CERT, 0, 0, 0 },
	{ "empty file", "x.pem", EMPTY, "x.pem", SIGN_E_NOT_CERT, 0, 0, 0 },
	{ "text", "x.pem", TEXT, "x.pem", SIGN_E_NOT_CERT, 0, 0, 0 },
	{ "no such file", "x.pem", CERT_PEM, "y.pem", SIGN_E_NOT_FOUND, 0, 0, 0 },
	{ "empty folder", "sub", FOLDER, "sub", SIGN_OK, 0, 0, 0 },
	{ "folder", "x.CRT", CERT_DER, "", SIGN_OK, 0, 1, 0 },
	{ "anchors folder", "anchors/x.crt", CERT_DER, "", SIGN_OK, 1, 0, 0 },
	{ "the anchors folder itself", "anchors/x.crt", CERT_DER, "anchors/", SIGN_OK, 1, 0, 0 },
	{ "below anchors", "anchors/deeper/x.crt", CERT_DER, "", SIGN_OK, 1, 0, 0 },
	{ "not quite anchors", "my-anchors/x.crt", CERT_DER, "", SIGN_OK, 0, 1, 0 },
	{ "deeper", "a/b/c/x.pem", CERT_PEM, "", SIGN_OK, 1, 0, 0 },
	{ "too deep", "a/b/c/d/e/f/g/h/i/x.pem", CERT_PEM, "", SIGN_E_LIMIT, 0, 0, 0 },
	{ "other names are passed over", "readme.txt", TEXT, "", SIGN_OK, 0, 0, 0 },
	{ "hidden files are passed over", ".x.pem", RUBBISH, "", SIGN_OK, 0, 0, 0 },
	{ "rubbish in a folder", "a/x.cer", RUBBISH, "", SIGN_E_NOT_CERT, 0, 0, 0 },
	{ "link to nothing in a folder", "x.pem", LINK_NOWHERE, "", SIGN_E_NOT_FOUND, 0, 0, 0 },
	{ "folder that leads round in a circle", "round", LINK_UP, "", SIGN_OK, 0, 0, 0 },
	{ "folder named like a file", "x.pem/y.pem", CERT_PEM, "", SIGN_OK, 1, 0, 0 },
};

static void
make_folders(const char *name)
{
	for (const char *slash = strchr(name, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		char part[128] = "";

		memcpy(part, name, (size_t)(slash - name));
		cr_assert_eq(mkdir(test_path(part), 0755), 0);
	}
}

ROWS(pki_trust, loads, loads)
{
	KS_AUTO(ks_auto_trust) ks_trust *trust = NULL;
	sign_error  err = SIGN_ERROR_INIT;
	const char *label = loads[*row].label;

	make_folders(loads[*row].name);
	put_content(test_path(loads[*row].name), loads[*row].content);
	cr_assert_eq(sign_trust_new(&trust, &err), SIGN_OK);
	cr_expect_eq(sign_trust_add_path(trust, test_path(loads[*row].path), &err), loads[*row].want, "%s: %d %s %s", label,
	    (int)err.code, err.subject, err.detail);
	cr_expect_eq(err.code, loads[*row].want, "%s: error and result disagree", label);
	if (loads[*row].want != SIGN_OK)
		return;
	cr_expect_eq(ks_trust_anchor_count(trust), loads[*row].anchors, "%s: anchors", label);
	cr_expect_eq(ks_trust_intermediate_count(trust), loads[*row].others, "%s: intermediates", label);
	cr_expect_eq(sign_trust_crl_count(trust), loads[*row].crls, "%s: CRLs", label);
}

static const struct { const char *label; enum content content; sign_code want; } crl_loads[] = {
	{ "der", CRL_DER, SIGN_OK },
	{ "pem", CRL_PEM, SIGN_OK },
	{ "a certificate", CERT_PEM, SIGN_E_NOT_CERT },
	{ "a certificate beside it", MIXED_PEM, SIGN_E_NOT_CERT },
	{ "rubbish", RUBBISH, SIGN_E_NOT_CERT },
};

ROWS(pki_trust, takes_crls_alone, crl_loads)
{
	KS_AUTO(ks_auto_trust) ks_trust *trust = NULL;
	sign_error err = SIGN_ERROR_INIT;

	put_content(test_path("x.crl"), crl_loads[*row].content);
	cr_assert_eq(sign_trust_new(&trust, &err), SIGN_OK);
	cr_expect_eq(sign_trust_add_crl_path(trust, test_path("x.crl"), &err), crl_loads[*row].want, "%s",
	    crl_loads[*row].label);
	cr_expect_eq(sign_trust_count(trust), 0, "%s: a certificate slipped in", crl_loads[*row].label);
}

Test(pki_trust, listing)
{
	KS_AUTO(ks_auto_trust) ks_trust *trust = NULL;
	sign_error       err = SIGN_ERROR_INIT;
	sign_trust_entry entry;
	sign_trust_crl   crl;

	cr_assert_eq(sign_trust_new(&trust, &err), SIGN_OK);
	cr_assert_eq(sign_trust_add_path(trust, SAMPLE "trust", &err), SIGN_OK, "%s %s", err.subject, err.detail);
	cr_assert_eq(sign_trust_add_path(trust, SAMPLE "trust", &err), SIGN_OK, "twice");
	cr_assert_eq(sign_trust_count(trust), 2);
	cr_assert(sign_trust_at(trust, 0, NOW, &entry));
	cr_expect(entry.anchor);
	cr_expect_not(entry.expired);
	cr_expect_not_null(strstr(entry.file, "trust/anchors/root.crt"));
	cr_expect_str_eq(entry.known_name, "", "the sample root is nobody's");
	cr_assert(sign_trust_at(trust, 1, NOW + 40000 * DAY, &entry));
	cr_expect_not(entry.anchor);
	cr_expect(entry.expired);
	cr_expect_not(sign_trust_at(trust, 2, NOW, &entry));
	cr_expect_null(entry.cert);
	cr_expect_eq(sign_trust_crl_count(trust), 2);
	cr_assert(sign_trust_crl_at(trust, 0, &crl));
	cr_expect(strstr(crl.issuer, "CN=") != NULL && crl.next_update > crl.this_update);
	cr_expect_not(sign_trust_crl_at(trust, 2, &crl));
}

Test(pki_trust, the_stronger_word_counts)
{
	KS_AUTO(ks_auto_trust) ks_trust *trust = NULL;
	KS_AUTO(ks_auto_cert) ks_cert *sub = test_cert(&issuing);
	KS_AUTO(ks_auto_cert) ks_cert *ca = test_cert(&root);

	cr_assert_eq(ks_trust_new(&trust, NULL), SIGN_OK);
	cr_assert_eq(ks_trust_add_cert(trust, sub, false, NULL), SIGN_OK);
	cr_assert_eq(ks_trust_add_cert(trust, ca, false, NULL), SIGN_OK);
	cr_expect_not(ks_trust_is_anchor(trust, sub));
	cr_assert_eq(ks_trust_add_cert(trust, sub, true, NULL), SIGN_OK);
	cr_expect(ks_trust_is_anchor(trust, sub));
	cr_assert_eq(ks_trust_add_cert(trust, sub, false, NULL), SIGN_OK);
	cr_expect(ks_trust_is_anchor(trust, sub));
	cr_expect_eq(ks_trust_anchor_count(trust), 1);
	cr_expect_eq(ks_trust_intermediate_count(trust), 1);
	cr_expect_eq(ks_trust_intermediate_at(trust, 0), ca);
	cr_expect_null(ks_trust_intermediate_at(trust, 1));
	cr_expect_null(ks_trust_anchor_at(trust, 1));
}

/* ---- the sample keys end where they should ---- */

static const struct { const char *label, *file; ks_path_state want; ks_rev_state revoked; bool valid; } samples[] = {
	{ "person", "person.crt", KS_PATH_FOUND, KS_REV_GOOD, true },
	{ "agency", "agency.crt", KS_PATH_FOUND, KS_REV_GOOD, true },
	{ "revoked", "revoked.crt", KS_PATH_FOUND, KS_REV_REVOKED, true },
	{ "expired", "expired.crt", KS_PATH_FOUND, KS_REV_NONE, false },
	{ "not yet", "notyet.crt", KS_PATH_FOUND, KS_REV_NONE, false },
	{ "weak", "weak.crt", KS_PATH_FOUND, KS_REV_GOOD, true },
	{ "another root", "other-person.crt", KS_PATH_MISSING_ISSUER, KS_REV_NONE, true },
};

static sign_code
take_first(void *user, ks_cert *cert, sign_error *err)
{
	ks_cert **first = user;

	(void)err;
	if (*first == NULL)
		*first = ks_cert_ref(cert);
	return SIGN_OK;
}

ROWS(pki_trust, sample_keys, samples)
{
	KS_AUTO(ks_auto_trust) ks_trust *trust = NULL;
	KS_AUTO(ks_auto_pki) ks_pki *pki = NULL;
	KS_AUTO(ks_auto_cert) ks_cert *cert = NULL;
	sign_error     err = SIGN_ERROR_INIT;
	const ks_path *path = NULL;
	ks_rev         rev;
	char           file[512];

	snprintf(file, sizeof(file), "%s%s", SAMPLE, samples[*row].file);
	cr_assert_eq(ks_pki_read_file(file, take_first, NULL, &cert, &err), SIGN_OK, "%s", err.detail);
	cr_assert_eq(ks_trust_new(&trust, &err), SIGN_OK);
	cr_assert_eq(ks_trust_add_path(trust, SAMPLE "trust", &err), SIGN_OK);
	cr_assert_eq(ks_pki_new(trust, &pki, &err), SIGN_OK);
	cr_assert_eq(ks_pki_path(pki, cert, NULL, 0, NOW, &path, &err), SIGN_OK);
	cr_expect_eq(path->state, samples[*row].want, "%s: state %d %s", samples[*row].label, (int)path->state, path->fault);
	cr_expect_eq(path->validity_holds, samples[*row].valid, "%s: validity", samples[*row].label);
	cr_assert_eq(ks_pki_revocation(pki, path, 0, NULL, 0, NOW, &rev, &err), SIGN_OK);
	if (samples[*row].valid)
		cr_expect_eq(rev.state, samples[*row].revoked, "%s: revocation %d %s", samples[*row].label, (int)rev.state,
		    rev.fault);
}

/* ---- known authorities ---- */

Test(pki_known, six_pins)
{
	const ks_known_ca *list_of = NULL;
	size_t             count = 0, vgca = 0;

	cr_assert_eq(ks_known_load(&list_of, &count, NULL), SIGN_OK);
	cr_assert_eq(count, 6);
	for (size_t i = 0; i < count; i++) {
		vgca += strcmp(list_of[i].system, "VGCA") == 0;
		cr_expect_eq(ks_known_by_fingerprint(list_of[i].sha256), &list_of[i], "%s", list_of[i].id);
		cr_expect_neq(list_of[i].url[0], '\0', "%s", list_of[i].id);
	}
	cr_expect_eq(vgca, 5);
	cr_expect_not_null(strstr(ks_known_version(), "2026-"));
	cr_expect_null(ks_known_by_fingerprint((const uint8_t[32]){ 0 }));
}

static const struct { const char *label, *cn, *id; } names[] = {
	{ "exact", "RootCA chuyên dùng Chính phủ G2", "vgca-root-g2" },
	{ "case", "ROOTCA CHUYÊN DÙNG CHÍNH PHỦ g2", "vgca-root-g2" },
	{ "blanks", "  RootCA  chuyên dùng\tChính phủ G2 ", "vgca-root-g2" },
	{ "NEAC", "Vietnam National Root CA", "neac-root" },
	{ "decomposed accents", "CA phu\u0323c vu\u0323 ca\u0301c co\u031b quan \u0110a\u0309ng G2", "vgca-party-g2" },
	{ "another generation", "RootCA chuyên dùng Chính phủ G3", "a family" },
	{ "no generation", "rootca  chuyên dùng chính phủ", "a family" },
	{ "another body of the state", "CA phục vụ các cơ quan Nhà nước G1", "a family" },
	{ "cut off", "RootCA chuyên dùng Chính", NULL },
	{ "in the middle", "New RootCA chuyên dùng Chính phủ", NULL },
	{ "without accents", "RootCA chuyen dung Chinh phu G2", NULL },
	{ "longer", "RootCA chuyên dùng Chính phủ G2 (test)", "a family" },
	{ "not text", "\xff\xfe", NULL },
	{ "empty", "", NULL },
};

ROWS(pki_known, by_subject, names)
{
	const ks_known_ca *ca = ks_known_by_subject(names[*row].cn);

	const char        *id = ca == NULL ? "none" : ca->id[0] != '\0' ? ca->id : "a family";

	cr_expect_str_eq(id, names[*row].id != NULL ? names[*row].id : "none", "%s: %s", names[*row].label, id);
	cr_expect(ca == NULL || ca->name[0] != '\0', "%s", names[*row].label);
}
