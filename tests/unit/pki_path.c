/*
 * Paths to an anchor: what is found, what is refused and why (RFC 5280 6.1, attacks.md C14, design.md 7).
 */
#include "pki_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CA       "critical,CA:TRUE"
#define CA_USE   "critical,keyCertSign,cRLSign"
#define USE      "critical,digitalSignature,nonRepudiation"
#define KNOWN_CN "CA phục vụ các cơ quan Nhà nước G2"

/* Keys: 1 root, 2 other root, 3 issuing, 4 an impostor or namesake, 10 up: people. */
static const cert_spec specs[] = {
	{ .id = "root", .subject = "root", .key = 1, .issuer = "root", .issuer_key = 1, .bc = CA, .ku = CA_USE, .ski = 1 },
	{ .id = "root-old", .subject = "root", .key = 1, .issuer = "root", .issuer_key = 1, .bc = CA, .ku = CA_USE, .ski = 1,
	    .from = -900, .until = -10 },
	{ .id = "root2", .subject = "root2", .key = 2, .issuer = "root2", .issuer_key = 2, .bc = CA, .ku = CA_USE, .ski = 2 },
	{ .id = "root2-by-root", .subject = "root2", .key = 2, .issuer = "root", .issuer_key = 1, .bc = CA, .ku = CA_USE,
	    .ski = 2, .aki = 1 },
	{ .id = "root-by-root2", .subject = "root", .key = 1, .issuer = "root2", .issuer_key = 2, .bc = CA, .ku = CA_USE,
	    .ski = 1, .aki = 2 },
	{ .id = "issuing", .subject = "issuing", .key = 3, .issuer = "root", .issuer_key = 1, .bc = CA ",pathlen:0",
	    .ku = CA_USE, .ski = 3, .aki = 1 },
	{ .id = "issuing-old", .subject = "issuing", .key = 3, .issuer = "root", .issuer_key = 1, .bc = CA, .ku = CA_USE,
	    .ski = 3, .aki = 1, .from = -900, .until = -10, .serial = 77 },
	{ .id = "issuing-noski", .subject = "issuing", .key = 3, .issuer = "root", .issuer_key = 1, .bc = CA, .ku = CA_USE,
	    .aki = 1 },
	{ .id = "issuing-by-2", .subject = "issuing", .key = 3, .issuer = "root2", .issuer_key = 2, .bc = CA, .ku = CA_USE,
	    .ski = 3, .aki = 2 },
	{ .id = "issuing-namesake", .subject = "issuing", .key = 4, .issuer = "root", .issuer_key = 1, .bc = CA,
	    .ku = CA_USE, .ski = 4, .aki = 1 },
	{ .id = "issuing-printable", .subject = "Issuing ", .printable = true, .key = 3, .issuer = "root", .issuer_key = 1,
	    .bc = CA, .ku = CA_USE, .ski = 3, .aki = 1 },
	{ .id = "issuing-leaf", .subject = "issuing", .key = 3, .issuer = "root", .issuer_key = 1, .bc = "CA:FALSE",
	    .ku = CA_USE, .ski = 3, .aki = 1 },
	{ .id = "issuing-plain", .subject = "issuing", .key = 3, .issuer = "root", .issuer_key = 1, .ski = 3, .aki = 1 },
	{ .id = "issuing-nosign", .subject = "issuing", .key = 3, .issuer = "root", .issuer_key = 1, .bc = CA, .ku = USE,
	    .ski = 3, .aki = 1 },
	{ .id = "issuing-critical", .subject = "issuing", .key = 3, .issuer = "root", .issuer_key = 1, .bc = CA,
	    .ku = CA_USE, .ski = 3, .aki = 1, .critical = true },
	{ .id = "issuing-forged", .subject = "issuing", .key = 3, .issuer = "root", .issuer_key = 4, .bc = CA, .ku = CA_USE,
	    .ski = 3, .aki = 1 },
	{ .id = "issuing-gov", .subject = "issuing", .key = 3, .issuer = "root", .issuer_key = 1, .bc = CA, .ku = CA_USE,
	    .ski = 3, .aki = 1, .nc = "critical,permitted;email:.gov.vn" },
	{ .id = "below", .subject = "below", .key = 5, .issuer = "issuing", .issuer_key = 3, .bc = CA, .ku = CA_USE,
	    .ski = 5, .aki = 3 },
	{ .id = "loop-a", .subject = "loop a", .key = 6, .issuer = "loop b", .issuer_key = 7, .bc = CA, .ku = CA_USE },
	{ .id = "loop-b", .subject = "loop b", .key = 7, .issuer = "loop a", .issuer_key = 6, .bc = CA, .ku = CA_USE },

	{ .id = "person", .subject = "person", .key = 10, .issuer = "issuing", .issuer_key = 3, .ku = USE, .aki = 3 },
	{ .id = "person-noaki", .subject = "person", .key = 10, .issuer = "issuing", .issuer_key = 3, .ku = USE },
	{ .id = "person-forged", .subject = "person", .key = 10, .issuer = "issuing", .issuer_key = 4, .ku = USE, .aki = 3 },
	{ .id = "person-late", .subject = "person", .key = 10, .issuer = "issuing", .issuer_key = 3, .ku = USE, .aki = 3,
	    .from = -100, .until = -1 },
	{ .id = "person-early", .subject = "person", .key = 10, .issuer = "issuing", .issuer_key = 3, .ku = USE, .aki = 3,
	    .from = 1, .until = 100 },
	{ .id = "person-critical", .subject = "person", .key = 10, .issuer = "issuing", .issuer_key = 3, .ku = USE,
	    .aki = 3, .critical = true },
	{ .id = "person-gov", .subject = "person", .key = 10, .issuer = "issuing", .issuer_key = 3, .ku = USE, .aki = 3,
	    .san = "email:a@so.gov.vn" },
	{ .id = "person-com", .subject = "person", .key = 10, .issuer = "issuing", .issuer_key = 3, .ku = USE, .aki = 3,
	    .san = "email:a@evil.example" },
	{ .id = "person-below", .subject = "person", .key = 10, .issuer = "below", .issuer_key = 5, .ku = USE, .aki = 5 },
	{ .id = "person-loop", .subject = "person", .key = 10, .issuer = "loop a", .issuer_key = 6, .ku = USE },
	{ .id = "person-by-person", .subject = "clerk", .key = 11, .issuer = "person", .issuer_key = 10, .ku = USE },
	{ .id = "alone", .subject = "alone", .key = 12, .issuer = "alone", .issuer_key = 12, .ku = USE },

	{ .id = "known", .subject = KNOWN_CN, .key = 20, .issuer = "root", .issuer_key = 1, .bc = CA, .ku = CA_USE,
	    .ski = 20, .aki = 1 },
	{ .id = "known-fake", .subject = KNOWN_CN, .key = 4, .issuer = KNOWN_CN, .issuer_key = 4, .bc = CA, .ku = CA_USE },
	{ .id = "official", .subject = "official", .key = 10, .issuer = KNOWN_CN, .issuer_key = 20, .ku = USE, .aki = 20 },
	{ .id = "copied", .subject = "official", .key = 10, .issuer = KNOWN_CN, .issuer_key = 4, .ku = USE },
	{ .id = "copied-aki", .subject = "official", .key = 10, .issuer = KNOWN_CN, .issuer_key = 4, .ku = USE, .aki = 20 },
	{ .id = "copied-own-aki", .subject = "official", .key = 10, .issuer = KNOWN_CN, .issuer_key = 4, .ku = USE,
	    .aki = 4 },
	{ .id = "copied-loosely", .subject = "official", .key = 10, .issuer = "ca  phục vụ các CƠ QUAN nhà nước g2",
	    .issuer_key = 4, .ku = USE },
	{ .id = "gen1", .subject = "an older name", .key = 21, .issuer = "root", .issuer_key = 1, .bc = CA, .ku = CA_USE,
	    .ski = 21, .aki = 1 },
	{ .id = "gen1-copied", .subject = "official", .key = 10, .issuer = "an older name", .issuer_key = 4, .ku = USE },
};

/* ECDSA is not deterministic, so every certificate is made once and shared between pins, trust and company. */
static ks_cert *made[COUNT_OF(specs)];

static void
free_made(void)
{
	for (size_t i = 0; i < COUNT_OF(specs); i++)
		ks_cert_free(made[i]);
}

static ks_cert *
cert_named(const char *id, size_t len)
{
	static bool registered;

	if (!registered)
		atexit(free_made);
	registered = true;
	for (size_t i = 0; i < COUNT_OF(specs); i++)
		if (strlen(specs[i].id) == len && strncmp(specs[i].id, id, len) == 0) {
			if (made[i] == NULL)
				made[i] = test_cert(&specs[i]);
			return ks_cert_ref(made[i]);
		}
	cr_assert_fail("no certificate %s", id);
	return NULL;
}

/* "a b c" → certificates */
static size_t
certs_named(const char *ids, ks_cert **certs, size_t cap)
{
	size_t count = 0;

	while (*ids != '\0') {
		size_t len = strcspn(ids, " ");

		cr_assert(count < cap);
		certs[count++] = cert_named(ids, len);
		ids += len + strspn(ids + len, " ");
	}
	return count;
}

static void
free_certs(ks_cert **certs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ks_cert_free(certs[i]);
}

static const struct {
	const char   *label, *cert, *anchors, *others, *candidates;
	ks_path_state want;
	size_t        length;
	const char   *fault;   /* part of fault, wanted_issuer or known_name; NULL: not looked at */
	int           expired; /* index out of its validity, -1: validity holds */
} rows[] = {
	{ "plain", "person", "root", "issuing", "", KS_PATH_FOUND, 3, NULL, -1 },
	{ "intermediate came along", "person", "root", "", "issuing", KS_PATH_FOUND, 3, NULL, -1 },
	{ "no key identifiers", "person-noaki", "root", "issuing", "", KS_PATH_FOUND, 3, NULL, -1 },
	{ "name in another string type and case", "person", "root", "issuing-printable", "", KS_PATH_FOUND, 3, NULL, -1 },
	{ "intermediate is the anchor", "person", "issuing", "", "", KS_PATH_FOUND, 2, NULL, -1 },
	{ "certificate is the anchor", "person", "person", "", "", KS_PATH_FOUND, 1, NULL, -1 },
	{ "nothing trusted", "person", "", "", "", KS_PATH_MISSING_ISSUER, 1, "issuing", -1 },
	{ "nothing trusted, company", "person", "", "", "issuing", KS_PATH_MISSING_ISSUER, 2, "root", -1 },
	{ "missing intermediate", "person", "root", "", "", KS_PATH_MISSING_ISSUER, 1, "issuing", -1 },
	{ "root came along untrusted", "person", "root2", "", "issuing root", KS_PATH_UNTRUSTED_ROOT, 3, NULL, -1 },
	{ "self-signed signer", "alone", "root", "", "", KS_PATH_UNTRUSTED_ROOT, 1, NULL, -1 },
	{ "namesake with another key", "person", "root", "issuing-namesake", "", KS_PATH_MISSING_ISSUER, 1, "issuing", -1 },
	{ "namesake, key not named", "person-noaki", "root", "issuing-namesake", "", KS_PATH_BROKEN, 1, "not signed", -1 },
	{ "namesake beside the right one", "person-noaki", "root", "issuing-namesake issuing", "", KS_PATH_FOUND, 3, NULL, -1 },
	{ "signature of another key", "person-forged", "root", "issuing", "", KS_PATH_BROKEN, 1, "not signed", -1 },
	{ "forged intermediate", "person", "root", "", "issuing-forged", KS_PATH_BROKEN, 2, "not signed", -1 },
	{ "forged beside the right one", "person", "root", "", "issuing-forged issuing", KS_PATH_FOUND, 3, NULL, -1 },
	{ "loop", "person-loop", "root", "", "loop-a loop-b", KS_PATH_MISSING_ISSUER, 3, "loop a", -1 },
	{ "path length exceeded", "person-below", "root", "issuing below", "", KS_PATH_BROKEN, 4, "path length", -1 },
	{ "path length, free alternative", "person-below", "root root2", "issuing below issuing-by-2", "", KS_PATH_FOUND, 4,
	    NULL, -1 },
	{ "name permitted", "person-gov", "root", "issuing-gov", "", KS_PATH_FOUND, 3, NULL, -1 },
	{ "name not permitted", "person-com", "root", "issuing-gov", "", KS_PATH_BROKEN, 3, "name constraints", -1 },
	{ "issuer with CA:FALSE", "person", "root", "issuing-leaf", "", KS_PATH_BROKEN, 1, "not that of an authority", -1 },
	{ "issuer without constraints", "person", "root", "issuing-plain", "", KS_PATH_BROKEN, 1, "authority", -1 },
	{ "issuer without keyCertSign", "person", "root", "issuing-nosign", "", KS_PATH_BROKEN, 1, "may not sign", -1 },
	{ "a person as issuer", "person-by-person", "root", "issuing", "person", KS_PATH_BROKEN, 1, "authority", -1 },
	{ "a person as anchor and issuer", "person-by-person", "person", "", "", KS_PATH_BROKEN, 1, "authority", -1 },
	{ "unknown critical in issuer", "person", "root", "issuing-critical", "", KS_PATH_BROKEN, 3, "critical", -1 },
	{ "unknown critical in signer", "person-critical", "root", "issuing", "", KS_PATH_BROKEN, 3, "critical", -1 },
	{ "expired intermediate", "person", "root", "issuing-old", "", KS_PATH_FOUND, 3, NULL, 1 },
	{ "expired, valid alternative", "person", "root", "issuing-old issuing", "", KS_PATH_FOUND, 3, NULL, -1 },
	{ "expired names its key, valid does not", "person", "root", "issuing-old issuing-noski", "", KS_PATH_FOUND, 3, NULL, -1 },
	{ "expired, valid came along", "person", "root", "issuing-old", "issuing", KS_PATH_FOUND, 3, NULL, -1 },
	{ "expired signer", "person-late", "root", "issuing", "", KS_PATH_FOUND, 3, NULL, 0 },
	{ "signer not valid yet", "person-early", "root", "issuing", "", KS_PATH_FOUND, 3, NULL, 0 },
	{ "expired anchor is still an anchor", "person", "root-old", "issuing", "", KS_PATH_FOUND, 3, NULL, -1 },
	{ "cross-signed", "person", "root2", "issuing", "root-by-root2", KS_PATH_FOUND, 4, NULL, -1 },
	{ "cross-signed root", "person", "root", "", "issuing-by-2 root2 root2-by-root", KS_PATH_FOUND, 4, NULL, -1 },
	{ "two hierarchies", "person", "root2", "", "issuing issuing-by-2", KS_PATH_FOUND, 3, NULL, -1 },

	{ "known, genuine", "official", "root", "known", "", KS_PATH_FOUND, 3, NULL, -1 },
	{ "known, not at hand", "official", "root", "", "", KS_PATH_CLAIMS_KNOWN, 1, "Nhà nước", -1 },
	{ "known, loosely written", "copied-loosely", "root", "", "", KS_PATH_CLAIMS_KNOWN, 1, "Nhà nước", -1 },
	{ "copied, not at hand", "copied", "root", "issuing", "", KS_PATH_CLAIMS_KNOWN, 1, "Nhà nước", -1 },
	{ "copied", "copied", "root", "known", "", KS_PATH_IMPERSONATION, 1, "Nhà nước", -1 },
	{ "copied, pin came along", "copied", "root2", "", "known", KS_PATH_IMPERSONATION, 1, "Nhà nước", -1 },
	{ "copied with the key's name", "copied-aki", "root", "known", "", KS_PATH_IMPERSONATION, 1, "Nhà nước", -1 },
	{ "copied with another key's name", "copied-own-aki", "root", "known", "", KS_PATH_CLAIMS_KNOWN, 1, "Nhà nước", -1 },
	{ "with its own false CA", "copied", "root", "known", "known-fake", KS_PATH_IMPERSONATION, 1, "Nhà nước", -1 },
	{ "false CA, pin not at hand", "copied", "root", "", "known-fake", KS_PATH_CLAIMS_KNOWN, 2, "Nhà nước", -1 },
	{ "false CA named as anchor", "copied", "known-fake", "known", "", KS_PATH_FOUND, 2, NULL, -1 },
	{ "pin without a listed name", "gen1-copied", "root", "gen1", "", KS_PATH_IMPERSONATION, 1, "G1", -1 },
};

static void
trust_in(ks_trust *trust, const char *ids, bool anchor)
{
	ks_cert *certs[16];
	size_t   count = certs_named(ids, certs, COUNT_OF(certs));

	for (size_t i = 0; i < count; i++)
		cr_assert_eq(ks_trust_add_cert(trust, certs[i], anchor, NULL), SIGN_OK);
	free_certs(certs, count);
}

static void
pin_known(void)
{
	KS_AUTO(ks_auto_cert) ks_cert *known = cert_named("known", 5);
	KS_AUTO(ks_auto_cert) ks_cert *gen1 = cert_named("gen1", 4);

	test_pin("vgca-state-g2", known);
	test_pin("vgca-state-g1", gen1);
}

static const char *
said(const ks_path *path)
{
	if (path->known_name != NULL)
		return path->known_name;
	return path->fault != NULL ? path->fault : path->wanted_issuer != NULL ? path->wanted_issuer : "";
}

ROWS(pki_path, is_found_or_refused, rows)
{
	KS_AUTO(ks_auto_trust) ks_trust *trust = NULL;
	KS_AUTO(ks_auto_pki) ks_pki *pki = NULL;
	sign_error     err = SIGN_ERROR_INIT;
	ks_cert       *extra[16], *cert;
	const ks_path *path = NULL, *again = NULL;
	const char    *label = rows[*row].label;
	size_t         count;

	pin_known();
	cr_assert_eq(ks_trust_new(&trust, &err), SIGN_OK);
	trust_in(trust, rows[*row].anchors, true);
	trust_in(trust, rows[*row].others, false);
	cert = cert_named(rows[*row].cert, strlen(rows[*row].cert));
	count = certs_named(rows[*row].candidates, extra, COUNT_OF(extra));
	cr_assert_eq(ks_pki_new(trust, &pki, &err), SIGN_OK);
	cr_assert_eq(ks_pki_path(pki, cert, extra, count, NOW, &path, &err), SIGN_OK, "%s: %s", label, err.origin);
	cr_expect_eq(path->state, rows[*row].want, "%s: state %d, %s", label, (int)path->state, said(path));
	cr_expect_eq(path->length, rows[*row].length, "%s: length %zu", label, path->length);
	cr_expect(rows[*row].fault == NULL || strstr(said(path), rows[*row].fault) != NULL, "%s: says %s", label, said(path));
	if (path->state == KS_PATH_FOUND)
		cr_expect_eq(path->validity_holds, rows[*row].expired < 0, "%s: validity", label);
	if (rows[*row].expired >= 0)
		cr_expect_eq(path->expired_at, (size_t)rows[*row].expired, "%s: at %zu", label, path->expired_at);
	cr_assert_eq(ks_pki_path(pki, cert, extra, count, NOW, &again, &err), SIGN_OK);
	cr_expect_eq(again, path, "%s: not remembered", label);
	free_certs(extra, count);
	ks_cert_free(cert);
}

/* ---- the same certificate in other company, and at another time, is another question ---- */

Test(pki_path, remembers_the_company_and_the_time)
{
	KS_AUTO(ks_auto_trust) ks_trust *trust = NULL;
	KS_AUTO(ks_auto_pki) ks_pki *pki = NULL;
	KS_AUTO(ks_auto_cert) ks_cert *person = cert_named("person", 6);
	KS_AUTO(ks_auto_cert) ks_cert *issuing = cert_named("issuing", 7);
	const ks_path *path = NULL;

	cr_assert_eq(ks_trust_new(&trust, NULL), SIGN_OK);
	trust_in(trust, "root", true);
	cr_assert_eq(ks_pki_new(trust, &pki, NULL), SIGN_OK);
	cr_assert_eq(ks_pki_path(pki, person, &issuing, 1, NOW, &path, NULL), SIGN_OK);
	cr_expect_eq(path->state, KS_PATH_FOUND);
	cr_assert_eq(ks_pki_path(pki, person, NULL, 0, NOW, &path, NULL), SIGN_OK);
	cr_expect_eq(path->state, KS_PATH_MISSING_ISSUER, "an answer leaked from one document to the next");
	cr_assert_eq(ks_pki_path(pki, person, &issuing, 1, NOW + 2000 * DAY, &path, NULL), SIGN_OK);
	cr_expect_eq(path->state, KS_PATH_FOUND);
	cr_expect_not(path->validity_holds);
}

Test(pki_path, answers_outlive_255_others)
{
	KS_AUTO(ks_auto_trust) ks_trust *trust = NULL;
	KS_AUTO(ks_auto_pki) ks_pki *pki = NULL;
	KS_AUTO(ks_auto_cert) ks_cert *person = cert_named("person", 6);
	const ks_path *first = NULL, *path = NULL;

	cr_assert_eq(ks_trust_new(&trust, NULL), SIGN_OK);
	cr_assert_eq(ks_pki_new(trust, &pki, NULL), SIGN_OK);
	cr_assert_eq(ks_pki_path(pki, person, NULL, 0, NOW, &first, NULL), SIGN_OK);
	for (int i = 1; i < KS_PATH_CACHE; i++)
		cr_assert_eq(ks_pki_path(pki, person, NULL, 0, NOW + i, &path, NULL), SIGN_OK);
	cr_expect_eq(first->chain[0], person);
	for (int i = 0; i < 3 * KS_PATH_CACHE; i++)
		cr_assert_eq(ks_pki_path(pki, person, NULL, 0, NOW + 1000 + i, &path, NULL), SIGN_OK);
	cr_expect_eq(path->state, KS_PATH_MISSING_ISSUER);
}

/* ---- attacks.md C14: the work is bounded whatever came along ---- */

/* Twelve authorities, each below the one before, the first below an anchor. */
Test(pki_path, too_deep)
{
	KS_AUTO(ks_auto_trust) ks_trust *trust = NULL;
	KS_AUTO(ks_auto_pki) ks_pki *pki = NULL;
	ks_cert       *levels[12], *root = cert_named("root", 4);
	const ks_path *path = NULL;
	char           names[13][16] = { "root" };

	for (int i = 0; i < 12; i++) {
		snprintf(names[i + 1], sizeof(names[0]), "level %d", i);
		levels[i] = test_cert(&(cert_spec){ .id = "level", .subject = names[i + 1], .key = 30 + i, .issuer = names[i],
		    .issuer_key = i == 0 ? 1 : 29 + i, .bc = CA, .ku = CA_USE });
	}
	cr_assert_eq(ks_trust_new(&trust, NULL), SIGN_OK);
	cr_assert_eq(ks_trust_add_cert(trust, root, true, NULL), SIGN_OK);
	cr_assert_eq(ks_pki_new(trust, &pki, NULL), SIGN_OK);
	cr_assert_eq(ks_pki_path(pki, levels[KS_PATH_MAX - 2], levels, 12, NOW, &path, NULL), SIGN_OK);
	cr_expect_eq(path->state, KS_PATH_FOUND, "ten are allowed");
	cr_assert_eq(ks_pki_path(pki, levels[KS_PATH_MAX - 1], levels, 12, NOW, &path, NULL), SIGN_OK);
	cr_expect_eq(path->state, KS_PATH_BROKEN, "eleven are not");
	cr_expect_str_eq(path->fault, "the chain is too long");
	free_certs(levels, 12);
	ks_cert_free(root);
}

/* Six keys of one name that all certify each other: hundreds of orders, of which at most 64 links are tried. */
Test(pki_path, explosion, .timeout = 20)
{
	KS_AUTO(ks_auto_trust) ks_trust *trust = NULL;
	KS_AUTO(ks_auto_pki) ks_pki *pki = NULL;
	ks_cert       *mesh[30], *leaf;
	const ks_path *path = NULL;
	size_t         count = 0;

	for (int i = 0; i < 6; i++)
		for (int j = 0; j < 6; j++)
			if (i != j)
				mesh[count++] = test_cert(&(cert_spec){ .id = "mesh", .subject = "mesh", .key = 50 + i,
				    .issuer = "mesh", .issuer_key = 50 + j, .bc = CA, .ku = CA_USE, .ski = 50 + i,
				    .aki = 50 + j });
	leaf = test_cert(&(cert_spec){ .id = "leaf", .subject = "leaf", .key = 10, .issuer = "mesh", .issuer_key = 50,
	    .aki = 50 });
	cr_assert_eq(ks_trust_new(&trust, NULL), SIGN_OK);
	cr_assert_eq(ks_pki_new(trust, &pki, NULL), SIGN_OK);
	cr_assert_eq(ks_pki_path(pki, leaf, mesh, count, NOW, &path, NULL), SIGN_OK);
	cr_assert_eq(path->state, KS_PATH_BROKEN);
	cr_expect_str_eq(path->fault, "too many certificates to try");
	free_certs(mesh, count);
	ks_cert_free(leaf);
}
