/*
 * Revocation as CRLs tell it (RFC 5280 5 and 6.3), from trust and from the signature.
 */
#include "pki_support.h"

#include "pki_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CA     "critical,CA:TRUE"
#define CA_USE "critical,keyCertSign,cRLSign"
#define PERSON 4242
#define URL    "http://ca.example/part1.crl"

static const cert_spec root = { .id = "root", .subject = "root", .key = 1, .issuer = "root", .issuer_key = 1, .bc = CA,
	.ku = CA_USE, .ski = 1 };
static const cert_spec issuing = { .id = "issuing", .subject = "issuing", .key = 3, .issuer = "root", .issuer_key = 1,
	.bc = CA, .ku = CA_USE, .ski = 3, .aki = 1 };
static const cert_spec issuing_no_crl = { .id = "issuing", .subject = "issuing", .key = 3, .issuer = "root",
	.issuer_key = 1, .bc = CA, .ku = "critical,keyCertSign", .ski = 3, .aki = 1 };
static const cert_spec person = { .id = "person", .subject = "person", .key = 10, .issuer = "issuing", .issuer_key = 3,
	.aki = 3, .serial = PERSON, .cdp = "URI:" URL };
static const cert_spec responder = { .id = "responder", .subject = "responder", .key = 11, .issuer = "issuing",
	.issuer_key = 3, .aki = 3, .serial = PERSON, .eku = "OCSPSigning" };

#define HEAD(name) .id = name, .issuer = "issuing", .key = 3, .from = -1, .until = 30
static const crl_spec specs[] = {
	{ HEAD("good"), .aki = 3, .rows = { { 1, -5, -1, false, false }, { 9, -5, 1, false, false } } },
	{ HEAD("empty") },
	{ HEAD("revoked"), .rows = { { 1, -5, -1, false, false }, { PERSON, -5, 1, false, false } } },
	{ HEAD("revoked-plain"), .rows = { { PERSON, -5, -1, false, false } } },
	{ HEAD("revoked-later"), .rows = { { PERSON, 5, 1, false, false } } },
	{ HEAD("revoked-twice"), .rows = { { PERSON, -2, 4, false, false }, { PERSON, -7, 1, false, false } } },
	{ HEAD("hold"), .rows = { { PERSON, -5, 6, false, false } } },
	{ HEAD("lifted"), .rows = { { PERSON, -5, 8, false, false } } },
	{ .id = "hold-old", .issuer = "issuing", .key = 3, .from = -9, .until = -2, .rows = { { PERSON, -10, 6, false, false } } },
	{ .id = "stale", .issuer = "issuing", .key = 3, .from = -60, .until = -30 },
	{ .id = "stale-revoked", .issuer = "issuing", .key = 3, .from = -60, .until = -30,
	    .rows = { { PERSON, -90, 1, false, false } } },
	{ .id = "no-next", .issuer = "issuing", .key = 3, .from = -1, .until = 0 },
	{ .id = "future", .issuer = "issuing", .key = 3, .from = 3, .until = 30 },
	{ .id = "future-revoked", .issuer = "issuing", .key = 3, .from = 3, .until = 30, .rows = { { PERSON, -1, 1, false, false } } },
	{ .id = "before-cert", .issuer = "issuing", .key = 3, .from = -2000, .until = 30 },
	{ .id = "other-issuer", .issuer = "root", .key = 1, .from = -1, .until = 30, .rows = { { PERSON, -5, 1, false, false } } },
	{ .id = "wrong-key", .issuer = "issuing", .key = 4, .from = -1, .until = 30 },
	{ .id = "wrong-key-revoked", .issuer = "issuing", .key = 4, .from = -1, .until = 30, .rows = { { PERSON, -5, 1, false, false } } },
	{ HEAD("other-aki"), .aki = 4 },
	{ HEAD("indirect"), .idp = "critical,indirectCRL:TRUE" },
	{ HEAD("entry-issuer"), .rows = { { 7, -5, -1, true, false }, { PERSON, -5, -1, false, false } } },
	{ HEAD("delta"), .delta = true, .rows = { { PERSON, -5, 1, false, false } } },
	{ HEAD("critical"), .critical = true },
	{ HEAD("entry-critical"), .rows = { { 7, -5, -1, false, true } } },
	{ HEAD("only-user"), .idp = "critical,onlyuser:TRUE" },
	{ HEAD("only-ca"), .idp = "critical,onlyCA:TRUE" },
	{ HEAD("only-ca-revoked"), .idp = "critical,onlyCA:TRUE", .rows = { { PERSON, -5, 1, false, false } } },
	{ HEAD("only-attribute"), .idp = "critical,onlyAA:TRUE" },
	{ HEAD("some-reasons"), .idp = "critical,onlysomereasons:keyCompromise" },
	{ HEAD("my-part"), .idp = "critical,fullname:URI:" URL },
	{ HEAD("other-part"), .idp = "critical,fullname:URI:http://ca.example/part2.crl" },
	{ HEAD("other-part-revoked"), .idp = "critical,fullname:URI:http://ca.example/part2.crl",
	    .rows = { { PERSON, -5, 1, false, false } } },
};

static sign_bytes
crl_named(const char *id, size_t len)
{
	for (size_t i = 0; i < COUNT_OF(specs); i++)
		if (strlen(specs[i].id) == len && strncmp(specs[i].id, id, len) == 0)
			return test_crl(&specs[i]);
	cr_assert_fail("no CRL %s", id);
	return KS_BYTES(NULL, 0);
}

static size_t
crls_named(const char *ids, sign_bytes *crls, size_t cap)
{
	size_t count = 0;

	while (*ids != '\0') {
		size_t len = strcspn(ids, " ");

		cr_assert(count < cap);
		crls[count++] = crl_named(ids, len);
		ids += len + strspn(ids + len, " ");
	}
	return count;
}

struct world {
	ks_trust      *trust;
	ks_pki        *pki;
	ks_cert       *chain[3];
	const ks_path *path;
};

static void
open_world(struct world *w, const cert_spec *leaf, const cert_spec *ca, const char *trusted)
{
	sign_bytes crls[8];
	size_t     count = crls_named(trusted, crls, COUNT_OF(crls));

	w->chain[0] = test_cert(leaf);
	w->chain[1] = test_cert(ca);
	w->chain[2] = test_cert(&root);
	cr_assert_eq(ks_trust_new(&w->trust, NULL), SIGN_OK);
	cr_assert_eq(ks_trust_add_cert(w->trust, w->chain[2], true, NULL), SIGN_OK);
	for (size_t i = 0; i < count; i++) {
		cr_assert_eq(ks_trust_add_crl(w->trust, crls[i], "store/x.crl", NULL), SIGN_OK);
		free((void *)(uintptr_t)crls[i].data);
	}
	cr_assert_eq(ks_pki_new(w->trust, &w->pki, NULL), SIGN_OK);
	cr_assert_eq(ks_pki_path(w->pki, w->chain[0], &w->chain[1], 1, NOW, &w->path, NULL), SIGN_OK);
	cr_assert_eq(w->path->state, KS_PATH_FOUND);
}

static void
close_world(struct world *w)
{
	ks_pki_free(w->pki);
	ks_trust_free(w->trust);
	for (size_t i = 0; i < COUNT_OF(w->chain); i++)
		ks_cert_free(w->chain[i]);
}

static const struct {
	const char  *label, *trusted, *carried;
	ks_rev_state want;
	int          revoked_at; /* days from NOW, 0: not looked at */
	const char  *fault;      /* part of it, or NULL */
} rows[] = {
	{ "none at all", "", "", KS_REV_NONE, 0, NULL },
	{ "good", "good", "", KS_REV_GOOD, 0, NULL },
	{ "good, nobody revoked", "empty", "", KS_REV_GOOD, 0, NULL },
	{ "good, carried", "", "good", KS_REV_GOOD, 0, NULL },
	{ "revoked", "revoked", "", KS_REV_REVOKED, -5, NULL },
	{ "revoked, carried", "", "revoked", KS_REV_REVOKED, -5, NULL },
	{ "revoked without reason", "revoked-plain", "", KS_REV_REVOKED, -5, NULL },
	{ "a carried good one does not hide it", "revoked", "good", KS_REV_REVOKED, -5, NULL },
	{ "revoked after the time of judgement", "revoked-later", "", KS_REV_GOOD, 0, NULL },
	{ "listed twice: the earlier date", "revoked-twice", "", KS_REV_REVOKED, -7, NULL },
	{ "on hold", "hold", "", KS_REV_ON_HOLD, -5, NULL },
	{ "hold in an old list only", "hold-old", "", KS_REV_ON_HOLD, -10, NULL },
	{ "hold lifted by a newer list", "hold-old good", "", KS_REV_GOOD, 0, NULL },
	{ "hold newer than a stale good one", "hold stale", "", KS_REV_ON_HOLD, -5, NULL },
	{ "hold lifts no revocation", "hold stale-revoked", "", KS_REV_REVOKED, -90, NULL },
	{ "removeFromCRL lists nothing", "lifted", "", KS_REV_GOOD, 0, NULL },
	{ "stale", "stale", "", KS_REV_STALE, 0, NULL },
	{ "stale beside good", "stale good", "", KS_REV_GOOD, 0, NULL },
	{ "stale yet revoked", "stale-revoked good", "", KS_REV_REVOKED, -90, NULL },
	{ "no nextUpdate", "no-next", "", KS_REV_STALE, 0, "next" },
	{ "from the future", "future", "", KS_REV_NONE, 0, "after the time" },
	{ "from the future, revoked before", "future-revoked", "", KS_REV_REVOKED, -1, NULL },
	{ "older than the certificate", "before-cert", "", KS_REV_STALE, 0, "before the certificate" },
	{ "another issuer lists the serial", "other-issuer", "", KS_REV_NONE, 0, NULL },
	{ "wrong key", "wrong-key", "", KS_REV_BAD, 0, "signature" },
	{ "wrong key claims a revocation", "wrong-key-revoked", "", KS_REV_BAD, 0, "signature" },
	{ "wrong key beside good", "wrong-key-revoked good", "", KS_REV_GOOD, 0, NULL },
	{ "wrong key does not refresh a stale one", "stale", "wrong-key", KS_REV_STALE, 0, NULL },
	{ "names another key", "other-aki", "", KS_REV_BAD, 0, "another key" },
	{ "indirect", "indirect", "", KS_REV_BAD, 0, "indirect" },
	{ "indirect by an entry", "entry-issuer", "", KS_REV_BAD, 0, "indirect" },
	{ "delta", "delta", "", KS_REV_NONE, 0, NULL },
	{ "delta beside good", "delta good", "", KS_REV_GOOD, 0, NULL },
	{ "unknown critical extension", "critical", "", KS_REV_BAD, 0, "critical" },
	{ "unknown critical in another entry", "entry-critical", "", KS_REV_BAD, 0, "critical" },
	{ "only user certificates", "only-user", "", KS_REV_GOOD, 0, NULL },
	{ "only authorities", "only-ca", "", KS_REV_NONE, 0, NULL },
	{ "only authorities, yet lists it", "only-ca-revoked", "", KS_REV_REVOKED, -5, NULL },
	{ "only attributes", "only-attribute", "", KS_REV_NONE, 0, NULL },
	{ "only some reasons", "some-reasons", "", KS_REV_NONE, 0, NULL },
	{ "its own distribution point", "my-part", "", KS_REV_GOOD, 0, NULL },
	{ "another distribution point", "other-part", "", KS_REV_NONE, 0, NULL },
	{ "another point, yet lists it", "other-part-revoked", "", KS_REV_REVOKED, -5, NULL },
};

ROWS(pki_crl, tells, rows)
{
	struct world w;
	sign_bytes   carried[8];
	size_t       count = crls_named(rows[*row].carried, carried, COUNT_OF(carried));
	const char  *label = rows[*row].label;
	sign_error   err = SIGN_ERROR_INIT;
	ks_rev       rev, again;

	open_world(&w, &person, &issuing, rows[*row].trusted);
	cr_assert_eq(ks_pki_revocation(w.pki, w.path, 0, carried, count, NOW, &rev, &err), SIGN_OK, "%s", label);
	cr_expect_eq(rev.state, rows[*row].want, "%s: state %d, %s", label, (int)rev.state, rev.fault);
	if (rows[*row].revoked_at != 0)
		cr_expect_eq(rev.revoked_at, NOW + rows[*row].revoked_at * DAY, "%s: date", label);
	if (rows[*row].fault != NULL)
		cr_expect(rev.fault != NULL && strstr(rev.fault, rows[*row].fault) != NULL, "%s: says %s", label, rev.fault);
	cr_expect_eq(rev.before_cert, strcmp(rows[*row].trusted, "before-cert") == 0, "%s", label);
	if (rev.state == KS_REV_GOOD) {
		cr_expect_not_null(rev.source, "%s", label);
		cr_expect_eq(rev.digest, SIGN_DIGEST_SHA256, "%s", label);
	}
	if (rev.state == KS_REV_BAD)
		cr_expect_eq(rev.this_update, 0, "%s: an unverified date", label);
	cr_assert_eq(ks_pki_revocation(w.pki, w.path, 0, carried, count, NOW, &again, &err), SIGN_OK);
	cr_expect_eq(again.state, rev.state, "%s: another answer the second time", label);
	for (size_t i = 0; i < count; i++)
		free((void *)(uintptr_t)carried[i].data);
	close_world(&w);
}

Test(pki_crl, issuer_without_crl_sign)
{
	struct world w;
	ks_rev       rev;

	open_world(&w, &person, &issuing_no_crl, "good");
	cr_assert_eq(ks_pki_revocation(w.pki, w.path, 0, NULL, 0, NOW, &rev, NULL), SIGN_OK);
	cr_expect_eq(rev.state, KS_REV_BAD);
	close_world(&w);
}

Test(pki_crl, anchors_are_exempt_and_authorities_are_not)
{
	struct world w;
	ks_rev       rev;

	open_world(&w, &person, &issuing, "good other-issuer");
	cr_assert_eq(ks_pki_revocation(w.pki, w.path, 2, NULL, 0, NOW, &rev, NULL), SIGN_OK);
	cr_expect_eq(rev.state, KS_REV_EXEMPT);
	cr_assert_eq(ks_pki_revocation(w.pki, w.path, 1, NULL, 0, NOW, &rev, NULL), SIGN_OK);
	cr_expect_eq(rev.state, KS_REV_GOOD, "the root's list answers for the issuing authority");
	cr_expect_str_eq(rev.source, "store/x.crl");
	cr_expect_neq(ks_pki_revocation(w.pki, w.path, 3, NULL, 0, NOW, &rev, NULL), SIGN_OK, "past the chain");
	close_world(&w);
}

Test(pki_crl, responder_needs_its_mark)
{
	struct world w;
	ks_rev       rev;

	open_world(&w, &responder, &issuing, "revoked");
	cr_assert_eq(ks_pki_revocation(w.pki, w.path, 0, NULL, 0, NOW, &rev, NULL), SIGN_OK);
	cr_expect_eq(rev.state, KS_REV_REVOKED, "OCSPSigning alone exempts nobody");
	close_world(&w);
}

Test(pki_crl, rubbish_along_the_way_is_no_answer)
{
	struct world w;
	ks_rev       rev;
	sign_bytes   carried[3] = { KS_BYTES("rubbish", 7), KS_BYTES("", 0), KS_BYTES("\x30\x84\xff\xff\xff\xff", 6) };

	open_world(&w, &person, &issuing, "");
	cr_assert_eq(ks_pki_revocation(w.pki, w.path, 0, carried, 3, NOW, &rev, NULL), SIGN_OK);
	cr_expect_eq(rev.state, KS_REV_NONE);
	close_world(&w);
}

/* More carried lists than a worker remembers, each asked twice. */
Test(pki_crl, many_carried)
{
	struct world w;
	ks_rev       rev;

	open_world(&w, &person, &issuing, "");
	for (int round = 0; round < 40; round++) {
		sign_bytes crl = crl_named(round % 2 == 0 ? "good" : "revoked", round % 2 == 0 ? 4 : 7);

		for (int twice = 0; twice < 2; twice++) {
			cr_assert_eq(ks_pki_revocation(w.pki, w.path, 0, &crl, 1, NOW, &rev, NULL), SIGN_OK);
			cr_expect_eq(rev.state, round % 2 == 0 ? KS_REV_GOOD : KS_REV_REVOKED);
			cr_expect_str_eq(rev.source, "in the signature");
		}
		free((void *)(uintptr_t)crl.data);
	}
	close_world(&w);
}

/* Each byte of a CRL set to two other values: never a list that verifies, never a crash. */
Test(pki_crl, mutation)
{
	ks_cert   *ca = test_cert(&issuing);
	sign_bytes der = crl_named("revoked", 7);
	uint8_t   *bytes = (uint8_t *)(uintptr_t)der.data;

	for (size_t i = 0; i < 2 * der.len; i++) {
		uint8_t      flip = i % 2 == 0 ? 0x01 : 0xff;
		ks_crl      *crl = NULL;
		ks_crl_entry entry;

		bytes[i / 2] ^= flip;
		if (ks_crl_parse(der, "x", NULL, &crl, NULL) == SIGN_OK) {
			(void)ks_crl_find(crl, KS_BYTES("\x10\x92", 2), &entry);
			cr_expect_not_null(ks_crl_verify(crl, ca), "byte %zu", i / 2);
		}
		ks_crl_free(crl);
		bytes[i / 2] ^= flip;
	}
	for (size_t len = 0; len < der.len; len++) {
		ks_crl *crl = NULL;

		cr_expect_eq(ks_crl_parse(KS_BYTES(bytes, len), "x", NULL, &crl, NULL), SIGN_E_FORMAT, "cut at %zu", len);
		ks_crl_free(crl);
	}
	free(bytes);
	ks_cert_free(ca);
}

/* RFC 5280 5.1.1.2: the algorithm outside is not signed, so it must be the one inside. */
Test(pki_crl, two_algorithms)
{
	static const uint8_t ecdsa_sha256[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 };
	sign_bytes der = crl_named("good", 4);
	uint8_t   *bytes = (uint8_t *)(uintptr_t)der.data, *at = NULL;
	ks_crl    *crl = NULL;

	for (size_t i = 0; i + sizeof(ecdsa_sha256) <= der.len; i++)
		if (memcmp(bytes + i, ecdsa_sha256, sizeof(ecdsa_sha256)) == 0)
			at = bytes + i;
	cr_assert_not_null(at);
	at[sizeof(ecdsa_sha256) - 1] = 0x03;
	cr_expect_eq(ks_crl_parse(der, "x", NULL, &crl, NULL), SIGN_E_FORMAT);
	ks_crl_free(crl);
	free(bytes);
}

/* 100,000 entries: every second serial is listed. */
Test(pki_crl, hundred_thousand, .timeout = 60)
{
	const size_t count = 100000;
	ks_cert     *ca = test_cert(&issuing);
	sign_bytes   der = test_crl_many(&(crl_spec){ HEAD("many") }, 100000, count);
	ks_crl      *crl = NULL;
	ks_crl_entry entry;
	size_t       wrong = 0;

	cr_assert_eq(ks_crl_parse(der, "x", NULL, &crl, NULL), SIGN_OK);
	cr_assert_eq(crl->count, count);
	for (unsigned i = 0; i < 2 * count; i += 17) {
		unsigned      serial = 100000 + i;
		const uint8_t bytes[3] = { (uint8_t)(serial >> 16), (uint8_t)(serial >> 8), (uint8_t)serial };

		wrong += ks_crl_find(crl, KS_BYTES(bytes, 3), &entry) != (i % 2 == 0);
	}
	cr_expect_eq(wrong, 0);
	cr_expect_null(ks_crl_verify(crl, ca));
	ks_crl_free(crl);
	free((void *)(uintptr_t)der.data);
	ks_cert_free(ca);
}

/* ---- the bytes of a serial ---- */

static const struct { const char *label; uint8_t bytes[4]; size_t len; bool want; } serials[] = {
	{ "as listed", { 0x10, 0x92 }, 2, true },
	{ "with a zero too many", { 0x00, 0x10, 0x92 }, 3, true },
	{ "longer", { 0x10, 0x92, 0x00 }, 3, false },
	{ "shorter", { 0x10 }, 1, false },
	{ "one more", { 0x10, 0x93 }, 2, false },
	{ "one less", { 0x10, 0x91 }, 2, false },
	{ "negative", { 0xef, 0x6e }, 2, false },
	{ "empty", { 0 }, 0, false },
};

ROWS(pki_crl, finds_serial, serials)
{
	sign_bytes   der = crl_named("revoked", 7);
	ks_crl      *crl = NULL;
	ks_crl_entry entry;

	cr_assert_eq(ks_crl_parse(der, "x", NULL, &crl, NULL), SIGN_OK);
	cr_expect_eq(ks_crl_find(crl, KS_BYTES(serials[*row].bytes, serials[*row].len), &entry), serials[*row].want, "%s",
	    serials[*row].label);
	ks_crl_free(crl);
	free((void *)(uintptr_t)der.data);
}

/* Told by the first fields; what only begins like one, or lies about its lengths, is none and is not read past its end. */
static const struct { const char *label, *path; bool yes; } files[] = {
	{ "a CRL in DER",            KS_SOURCE_DIR "/keys-sample/trust/crls/issuing.crl",    true },
	{ "a certificate in PEM",    KS_SOURCE_DIR "/keys-sample/root.crt",                  false },
	{ "lengths beyond its ends", KS_SOURCE_DIR "/tests/vectors/looks-like-a-crl.der",    false },
	{ "a signature",             KS_SOURCE_DIR "/tests/vectors/ec.p7s",                  false },
};
ROWS(pki_crl, is_told_apart, files)
{
	KS_AUTO(ks_buf_clear) ks_buf file = KS_BUF(1u << 20);
	uint8_t *exact;

	cr_assert_eq(ks_file_slurp(files[*row].path, file.max, &file, NULL), SIGN_OK, "%s", files[*row].path);
	exact = malloc(file.len); /* so that a sanitizer sees one octet too many */
	cr_assert_not_null(exact);
	memcpy(exact, file.data, file.len);
	cr_expect_eq(ks_crl_looks_like(KS_BYTES(exact, file.len)), files[*row].yes, "%s", files[*row].label);
	free(exact);
}
