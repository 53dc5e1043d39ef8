/*
 * Signatures of ours: the openssl command accepts each kind of key, our reader gives back what was claimed, and a second
 * signer leaves the first one's octets alone.
 */
#include <stdio.h>
#include <string.h>

#include "cades_support.h"

#define LETTER KS_BYTES("công văn số 123/SM-VP\n", 25)

/* The peer's verdict on `cms` over `content`, with the sample root alone as anchor. */
static bool
openssl_accepts(sign_bytes cms, sign_bytes content)
{
	spill(temp_path("sig.p7s"), cms);
	spill(temp_path("content"), content);
	return run("openssl cms -verify -cades -binary -inform DER -in '%s' -content '%s' -CAfile '%s' -purpose any -out /dev/null",
	    temp_path("sig.p7s"), temp_path("content"), SAMPLE("trust/anchors/root.crt"));
}

static const struct { const char *key; sign_scheme scheme; sign_digest digest; bool repeatable; } kinds[] = {
	{ "person-rsa2048", SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA256, true },
	{ "person-rsa2048", SIGN_SCHEME_RSA_PSS,   SIGN_DIGEST_SHA256, false },
	{ "person",         SIGN_SCHEME_NONE,      SIGN_DIGEST_SHA256, true },
	{ "person",         SIGN_SCHEME_RSA_PSS,   SIGN_DIGEST_SHA256, false },
	{ "person-rsa4096", SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA256, true },
	{ "person-rsa4096", SIGN_SCHEME_RSA_PSS,   SIGN_DIGEST_SHA256, false },
	{ "person-ec",      SIGN_SCHEME_ECDSA,     SIGN_DIGEST_SHA256, false },
	{ "person-p384",    SIGN_SCHEME_ECDSA,     SIGN_DIGEST_SHA384, false },
	{ "person-p521",    SIGN_SCHEME_NONE,      SIGN_DIGEST_SHA512, false },
};
ParameterizedTestParameters(sign, round_trip)
{
	static size_t rows[COUNT_OF(kinds)];

	return rows_of(rows, COUNT_OF(kinds));
}
ParameterizedTest(size_t *row, sign, round_trip)
{
	KS_AUTO(ks_buf_clear) ks_buf out = KS_BUF(1u << 20), again = KS_BUF(1u << 20);
	const char *label = kinds[*row].key;
	struct pen  pen;
	struct read r;

	pen_open(&pen, label, kinds[*row].scheme);
	cr_expect_eq(pen.signer.digest, kinds[*row].digest, "%s", label);
	pen_sign(&pen, LETTER, &out);
	pen_sign(&pen, LETTER, &again);
	cr_expect(ks_tlv_is_der(ks_buf_bytes(&out)), "%s: not DER", label);
	cr_expect(openssl_accepts(ks_buf_bytes(&out), LETTER), "%s: refused by openssl", label);
	cr_expect_not(openssl_accepts(ks_buf_bytes(&out), KS_BYTES("x", 1)), "%s: openssl takes any content", label);
	if (kinds[*row].repeatable)
		cr_expect(ks_bytes_equal(ks_buf_bytes(&out), ks_buf_bytes(&again)), "%s: differs from run to run", label);
	read_cms(&r, ks_buf_bytes(&out), LETTER);
	cr_assert(all_good(&r), "%s: %s", label, r.err.detail);
	cr_expect_eq(r.f->signature_count, 1);
	cr_expect_eq(r.f->signatures[0].note_count, 0, "%s: a note on our own", label);
	cr_expect_eq(r.f->signatures[0].cert_count, 2, "%s: signer and issuing CA, no anchor", label);
	cr_expect(ks_bytes_equal(r.f->signatures[0].certs[0]->der, pen.key->cert->der), "%s: signer first", label);
	cr_expect_not(r.f->signatures[0].ess_serial_differs, "%s", label);
	read_clear(&r);
	read_cms(&r, ks_buf_bytes(&out), KS_BYTES("another", 7));
	cr_expect_eq(r.f->signatures[0].content_holds, KS_HOLDS_NO, "%s", label);
	read_clear(&r);
	pen_close(&pen);
}

#define FULL 256
static const struct { const char *label; ks_cades_claims claims; sign_code want; } acts[] = {
	{ "nothing but the time", { .signing_time = SIGNED_AT }, SIGN_OK },
	{ "everything", { SIGNED_AT, "Phó Giám đốc", "Tuyên Quang", "1.2.840.113549.1.9.16.6.5", "thay mặt" }, SIGN_OK },
	{ "reason without title", { .signing_time = SIGNED_AT, .override_reason = "r" }, SIGN_OK },
	{ "last UTCTime", { .signing_time = 2524607999 }, SIGN_OK },
	{ "first GeneralizedTime", { .signing_time = 2524608000 }, SIGN_OK },
	{ "the epoch", { .signing_time = 0 }, SIGN_OK },
	{ "before 1950", { .signing_time = -631152001 }, SIGN_OK },
	{ "year 10000", { .signing_time = 253402300800 }, SIGN_E_USAGE },
	{ "empty title", { .signing_time = SIGNED_AT, .title = "" }, SIGN_E_USAGE },
	{ "title not UTF-8", { .signing_time = SIGNED_AT, .title = "\xff" }, SIGN_E_USAGE },
	{ "empty place", { .signing_time = SIGNED_AT, .place = "" }, SIGN_E_USAGE },
	{ "commitment no OID", { .signing_time = SIGNED_AT, .commitment = "approval" }, SIGN_E_USAGE },
};
ParameterizedTestParameters(sign, claims)
{
	static size_t rows[COUNT_OF(acts)];

	return rows_of(rows, COUNT_OF(acts));
}
static void
same_text(const char *label, const char *got, const char *want)
{
	cr_expect_eq(got == NULL, want == NULL, "%s: a text is %s", label, got == NULL ? "lost" : "invented");
	if (got != NULL && want != NULL)
		cr_expect_str_eq(got, want, "%s", label);
}
ParameterizedTest(size_t *row, sign, claims)
{
	KS_AUTO(ks_buf_clear) ks_buf out = KS_BUF(1u << 20);
	const ks_cades_claims *claims = &acts[*row].claims;
	const char            *label = acts[*row].label;
	const ks_signature    *s;
	sign_error             err = SIGN_ERROR_INIT;
	ks_digest              digest;
	sign_code              rc;
	struct pen             pen;
	struct read            r;

	pen_open(&pen, "person-ec", SIGN_SCHEME_NONE);
	digest = pen_digest(&pen, LETTER);
	rc = ks_cades_sign(&pen.signer, claims, KS_BYTES(digest.bytes, digest.len), &out, &err);
	pen_close(&pen);
	cr_assert_eq(rc, acts[*row].want, "%s: %d", label, (int)rc);
	cr_expect_eq(err.code, rc, "%s: error and result disagree", label);
	if (rc != SIGN_OK) {
		cr_expect_eq(out.len, 0, "%s: half a signature", label);
		return;
	}
	cr_expect(openssl_accepts(ks_buf_bytes(&out), LETTER), "%s: refused by openssl", label);
	read_cms(&r, ks_buf_bytes(&out), LETTER);
	cr_assert(all_good(&r), "%s", label);
	s = &r.f->signatures[0];
	cr_expect(s->has_signing_time && s->signing_time == claims->signing_time, "%s: time", label);
	same_text(label, s->title, claims->title);
	same_text(label, s->place, claims->place);
	same_text(label, s->commitment, claims->commitment == NULL ? NULL :
	    ks_cades_commitment_name(claims->commitment) != NULL ? ks_cades_commitment_name(claims->commitment) :
	                                                           claims->commitment);
	same_text(label, s->override_reason, claims->override_reason);
	read_clear(&r);
}

Test(sign, a_text_is_limited)
{
	KS_AUTO(ks_buf_clear) ks_buf out = KS_BUF(1u << 20);
	char            text[FULL + 2] = "";
	ks_cades_claims claims = { .signing_time = SIGNED_AT, .title = text };
	ks_digest       digest;
	struct pen      pen;

	pen_open(&pen, "person-ec", SIGN_SCHEME_NONE);
	digest = pen_digest(&pen, LETTER);
	memset(text, 'a', FULL);
	cr_expect_eq(ks_cades_sign(&pen.signer, &claims, KS_BYTES(digest.bytes, digest.len), &out, NULL), SIGN_OK);
	text[FULL] = 'a';
	cr_expect_eq(ks_cades_sign(&pen.signer, &claims, KS_BYTES(digest.bytes, digest.len), &out, NULL), SIGN_E_LIMIT);
	pen_close(&pen);
}

/* The nesting of signer-attributes-v2 and signer-location, octet by octet (standards.md 2.2). */
Test(sign, claims_are_nested_as_the_standard_says)
{
	KS_AUTO(ks_buf_clear) ks_buf out = KS_BUF(1u << 20);
	ks_cades_claims claims = { .signing_time = SIGNED_AT, .title = "T", .place = "P" };
	ks_digest       digest;
	struct pen      pen;

	pen_open(&pen, "person-ec", SIGN_SCHEME_NONE);
	digest = pen_digest(&pen, LETTER);
	cr_assert_eq(ks_cades_sign(&pen.signer, &claims, KS_BYTES(digest.bytes, digest.len), &out, NULL), SIGN_OK);
	cr_expect_not_null(memmem(out.data, out.len,
	    "\x06\x07\x04\x00\x81\x95\x32\x01\x01\x31\x12\x30\x10\xa0\x0e\x30\x0c\x30\x0a\x06\x03\x55\x04\x48\x31\x03\x0c\x01T", 29));
	cr_expect_not_null(memmem(out.data, out.len, "\x31\x07\x30\x05\xa1\x03\x0c\x01P", 9));
	pen_close(&pen);
}

Test(sign, commitments_have_names)
{
	cr_expect_str_eq(ks_cades_commitment_oid("approval"), "1.2.840.113549.1.9.16.6.5");
	cr_expect_str_eq(ks_cades_commitment_name("1.2.840.113549.1.9.16.6.6"), "creation");
	cr_expect_null(ks_cades_commitment_oid("approve"));
	cr_expect_null(ks_cades_commitment_name("1.2.840.113549.1.9.16.6.7"));
}

/* ---- a second signer ---- */

static sign_code
add(struct pen *pen, sign_bytes content, sign_bytes existing, ks_buf *out)
{
	ks_cades_claims claims = { .signing_time = SIGNED_AT };
	sign_error      err = SIGN_ERROR_INIT;
	ks_digest       digest = pen_digest(pen, content);
	sign_code       rc = ks_cades_add(&pen->signer, &claims, KS_BYTES(digest.bytes, digest.len), existing, "t.p7s", out, &err);

	cr_expect_eq(err.code, rc, "error and result disagree");
	return rc;
}

static const struct { const char *first, *second; } pairs[] = {
	{ "person", "agency" }, { "person-ec", "agency-ec" }, { "person-p521", "agency" }, { "person", "person-p384" },
};
ParameterizedTestParameters(add, second_signer)
{
	static size_t rows[COUNT_OF(pairs)];

	return rows_of(rows, COUNT_OF(pairs));
}
ParameterizedTest(size_t *row, add, second_signer)
{
	KS_AUTO(ks_buf_clear) ks_buf one = KS_BUF(1u << 20), two = KS_BUF(1u << 20), three = KS_BUF(1u << 20);
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	struct pen  first, second;
	struct read r;
	ks_cms      before, after;

	pen_open(&first, pairs[*row].first, SIGN_SCHEME_NONE);
	pen_open(&second, pairs[*row].second, SIGN_SCHEME_NONE);
	pen_sign(&first, LETTER, &one);
	cr_assert_eq(add(&second, LETTER, ks_buf_bytes(&one), &two), SIGN_OK);
	cr_expect(openssl_accepts(ks_buf_bytes(&two), LETTER), "refused by openssl");
	read_cms(&r, ks_buf_bytes(&two), LETTER);
	cr_expect(all_good(&r));
	cr_expect_eq(r.f->signature_count, 2);
	read_clear(&r);
	cr_assert_eq(ks_cms_read(arena, ks_buf_bytes(&one), "1", &before, NULL), SIGN_OK);
	cr_assert_eq(ks_cms_read(arena, ks_buf_bytes(&two), "2", &after, NULL), SIGN_OK);
	cr_expect(ks_bytes_equal(before.signers[0].whole, after.signers[0].whole), "the first signer's octets changed");
	for (size_t i = 0; i < before.cert_count; i++)
		cr_expect(ks_bytes_equal(before.certs[i], after.certs[i]), "certificate %zu changed", i);
	cr_expect_eq(after.cert_count, before.cert_count + 1, "the shared issuer came twice");
	cr_expect_eq(add(&first, LETTER, ks_buf_bytes(&two), &three), SIGN_E_ALREADY);
	cr_expect_eq(add(&second, LETTER, ks_buf_bytes(&two), &three), SIGN_E_ALREADY);
	cr_expect_eq(three.len, 0, "written, though refused");
	pen_close(&first);
	pen_close(&second);
}

/* A broken signature by the same certificate does not count as done. */
Test(add, a_broken_signature_is_not_already_signed)
{
	KS_AUTO(ks_buf_clear) ks_buf one = KS_BUF(1u << 20), two = KS_BUF(1u << 20);
	struct pen pen;

	pen_open(&pen, "person", SIGN_SCHEME_NONE);
	pen_sign(&pen, LETTER, &one);
	one.data[one.len - 1] ^= 1;
	cr_expect_eq(add(&pen, LETTER, ks_buf_bytes(&one), &two), SIGN_OK);
	pen_close(&pen);
}

Test(add, what_may_not_be_added_to)
{
	KS_AUTO(ks_buf_clear) ks_buf attached = KS_BUF(0), trailing = KS_BUF(1u << 20), out = KS_BUF(1u << 20);
	struct pen pen;

	pen_open(&pen, "person", SIGN_SCHEME_NONE);
	spill(temp_path("letter"), LETTER);
	cr_assert(run("openssl cms -sign -cades -binary -nodetach -in '%s' -signer '%s' -inkey '%s' -outform DER -out '%s'",
	    temp_path("letter"), SAMPLE("agency.crt"), SAMPLE("keys/agency.key"), temp_path("a.p7m")));
	slurp(temp_path("a.p7m"), &attached);
	cr_expect_eq(add(&pen, LETTER, ks_buf_bytes(&attached), &out), SIGN_E_FORMAT, "attached");
	pen_sign(&pen, LETTER, &trailing);
	cr_assert_eq(ks_buf_add(&trailing, "x", 1, NULL), SIGN_OK);
	cr_expect_eq(add(&pen, LETTER, ks_buf_bytes(&trailing), &out), SIGN_E_FORMAT, "trailing bytes");
	cr_expect_eq(add(&pen, LETTER, KS_BYTES("no CMS", 6), &out), SIGN_E_FORMAT, "no CMS");
	cr_expect_eq(out.len, 0);
	pen_close(&pen);
}

/* EN 319 122-1 5.5.2: an archive time-stamp v2 covers the whole SignedData. */
Test(add, refused_under_an_archive_time_stamp_v2)
{
	KS_AUTO(ks_buf_clear) ks_buf stamped = KS_BUF(0), out = KS_BUF(1u << 20);
	const char *folder = corpus_folder();
	char        path[512];
	struct pen  pen;

	if (folder == NULL)
		cr_skip_test("no corpus here");
	snprintf(path, sizeof(path), "%s/cades/cadesLTAwithATv2.sig", folder);
	slurp(path, &stamped);
	pen_open(&pen, "person", SIGN_SCHEME_NONE);
	cr_expect_eq(add(&pen, LETTER, ks_buf_bytes(&stamped), &out), SIGN_E_FORMAT);
	pen_close(&pen);
}
