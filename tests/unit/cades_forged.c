/*
 * Signatures that must not pass: attacks.md C1 to C7 and the rules of RFC 5652 11. Each forgery is really signed by the
 * sample key, so that only the rule in question is broken and only the check for it can refuse it.
 */
#include <stdlib.h>
#include <string.h>

#include "cades_support.h"

#define LETTER KS_BYTES("to whom it may concern\n", 23)
#define LIT(s) KS_BYTES(s, sizeof(s) - 1)

enum { MAX = 16 };

/* The attributes of a sound signature, and room to change them before they are signed. */
struct forgery {
	struct pen pen;
	ks_buf     sound;
	ks_arena  *arena;
	sign_bytes members[MAX];
	size_t     count;
	sign_bytes content_type, message_digest, signing_time, signing_cert;
	sign_bytes other_serial; /* signing-certificate-v2 whose issuerSerial has another serial number */
};

static sign_bytes
member(const ks_cms *cms, const char *oid)
{
	const ks_cms_attr *attr = ks_cms_attr_find(cms->signers[0].attrs, cms->signers[0].attr_count, oid);

	cr_assert_not_null(attr, "%s", oid);
	return attr->whole;
}

static void
forgery_open(struct forgery *f, const char *key)
{
	ks_cms cms;

	*f = (struct forgery){ .sound = KS_BUF(1u << 20), .arena = ks_arena_new() };
	pen_open(&f->pen, key, SIGN_SCHEME_NONE);
	pen_sign(&f->pen, LETTER, &f->sound);
	cr_assert_eq(ks_cms_read(f->arena, ks_buf_bytes(&f->sound), "t", &cms, NULL), SIGN_OK);
	f->content_type = member(&cms, "1.2.840.113549.1.9.3");
	f->message_digest = member(&cms, "1.2.840.113549.1.9.4");
	f->signing_time = member(&cms, "1.2.840.113549.1.9.5");
	f->signing_cert = member(&cms, "1.2.840.113549.1.9.16.2.47");
	f->other_serial = ks_arena_copy(f->arena, f->signing_cert);
	((uint8_t *)(uintptr_t)f->other_serial.data)[f->other_serial.len - 1] ^= 1; /* the serial number stands last */
}

static void
forgery_close(struct forgery *f)
{
	ks_arena_free(f->arena);
	ks_buf_clear(&f->sound);
	pen_close(&f->pen);
}

/* SET OF with the members sorted, or as they stand. */
static void
put_set(const struct forgery *f, bool sorted, ks_buf *out)
{
	size_t mark;

	cr_assert_eq(ks_der_begin(out, 0x31, &mark, NULL), SIGN_OK);
	if (sorted)
		cr_assert_eq(ks_cms_sort_set(f->members, f->count, out, NULL), SIGN_OK);
	for (size_t i = 0; !sorted && i < f->count; i++)
		cr_assert_eq(ks_buf_add(out, f->members[i].data, f->members[i].len, NULL), SIGN_OK);
	cr_assert_eq(ks_der_end(out, mark, NULL), SIGN_OK);
}

/* Sign the members (in DER order, as RFC 5652 5.4 says) and write them down in the order that `sorted` says. */
static void
forge(struct forgery *f, bool sorted, sign_bytes cert, ks_buf *out)
{
	KS_AUTO(ks_buf_clear) ks_buf signed_set = KS_BUF(65536), shown = KS_BUF(65536), info = KS_BUF(65536);
	uint8_t    value[KS_SIGNATURE_MAX_BYTES];
	size_t     value_len;
	sign_bytes certs[1] = { cert.len > 0 ? cert : f->pen.key->cert->der };
	sign_bytes rest;
	ks_digest  digest;
	ks_tlv     set;

	put_set(f, true, &signed_set);
	put_set(f, sorted, &shown);
	digest = pen_digest(&f->pen, ks_buf_bytes(&signed_set));
	cr_assert_eq(ks_signer_sign(&f->pen.signer, KS_BYTES(digest.bytes, digest.len), value, sizeof(value), &value_len, NULL),
	    SIGN_OK);
	rest = ks_buf_bytes(&shown);
	cr_assert(ks_tlv_next(&rest, &set));
	cr_assert_eq(ks_cms_build_signer(&info, f->pen.key->cert, f->pen.signer.digest, f->pen.signer.scheme, set.content,
	    KS_BYTES(value, value_len), NULL), SIGN_OK);
	cr_assert_eq(ks_cms_build(out, f->pen.signer.digest, certs, 1, ks_buf_bytes(&info), NULL), SIGN_OK);
}

/* ---- the attributes ---- */

#define CT "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"
#define MD "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"
#define ST "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05"
#define AP "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x34"
#define S1 "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0c"
#define S2 "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f"
#define ID_DATA   "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
#define ID_SIGNED "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"
#define SHA256_BODY "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"
#define SHA512_BODY "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03"
#define RSA256_BODY "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"

/* c d t s: the sound content-type, message-digest, signing-time, signing-certificate-v2; i: the latter with another serial
 * number; x: the row's own. */
enum { SOUND, NOTED, FAULTY, UNBOUND };
static const struct { const char *label, *order; sign_bytes own; int want; ks_note_code note; bool as_it_stands; } attributes[] = {
	{ "as ours", "cdts", {0}, SOUND, 0, false },
	{ "not in SET order", "sdtc", {0}, NOTED, KS_NOTE_ATTRS_NOT_DER, true },
	{ "no signing-time", "cds", {0}, NOTED, KS_NOTE_SIGNING_TIME_MISSING, false },
	{ "no signing-certificate", "cdt", {0}, UNBOUND, KS_NOTE_NO_SIGNING_CERT_ATTR, false },
	{ "issuerSerial of another (C6)", "cdti", {0}, UNBOUND, KS_NOTE_ISSUER_SERIAL_DIFFERS, false },
	{ "no content-type", "dts", {0}, FAULTY, 0, false },
	{ "no message-digest", "cts", {0}, FAULTY, 0, false },
	{ "message-digest twice (C5)", "cddts", {0}, FAULTY, 0, false },
	{ "two message-digests (C5)", "cdtsx", LIT("\x30\x10" MD "\x31\x03\x04\x01\x00"), FAULTY, 0, false },
	{ "two content-types", "cdtsx", LIT("\x30\x18" CT "\x31\x0b" ID_SIGNED), FAULTY, 0, false },
	{ "signing-time twice", "cdtts", {0}, FAULTY, 0, false },
	{ "signing-certificate twice", "cdtss", {0}, FAULTY, 0, false },
	{ "message-digest with two values", "ctsx", LIT("\x30\x13" MD "\x31\x06\x04\x01\x00\x04\x01\x01"), FAULTY, 0, false },
	{ "message-digest with no value", "ctsx", LIT("\x30\x0d" MD "\x31\x00"), FAULTY, 0, false },
	{ "message-digest is empty", "ctsx", LIT("\x30\x0f" MD "\x31\x02\x04\x00"), FAULTY, 0, false },
	{ "message-digest is no OCTET STRING", "ctsx", LIT("\x30\x10" MD "\x31\x03\x02\x01\x00"), FAULTY, 0, false },
	{ "content-type is another", "dtsx", LIT("\x30\x18" CT "\x31\x0b" ID_SIGNED), FAULTY, 0, false },
	{ "content-type is no OID", "dtsx", LIT("\x30\x0f" CT "\x31\x02\x05\x00"), FAULTY, 0, false },
	{ "an unknown attribute", "cdtsx", LIT("\x30\x09\x06\x03\x2a\x03\x04\x31\x02\x05\x00"), SOUND, 0, false },
	{ "an unknown attribute without value", "cdtsx", LIT("\x30\x07\x06\x03\x2a\x03\x04\x31\x00"), FAULTY, 0, false },
	{ "inner length not minimal", "cdtsx", LIT("\x30\x0a\x06\x03\x2a\x03\x04\x31\x81\x02\x05\x00"), FAULTY, 0, false },
	{ "signing-time is text", "cdsx", LIT("\x30\x12" ST "\x31\x05\x0c\x03now"), FAULTY, 0, false },
	{ "signing-time on 31 April", "cdsx", LIT("\x30\x1c" ST "\x31\x0f\x17\x0d" "260431000000Z"), FAULTY, 0, false },
	{ "signing-time with an offset", "cdsx", LIT("\x30\x20" ST "\x31\x13\x17\x11" "260430000000+0700"), FAULTY, 0, false },
	{ "signing-time without seconds", "cdsx", LIT("\x30\x1a" ST "\x31\x0d\x17\x0b" "2604300000Z"), FAULTY, 0, false },
	{ "GeneralizedTime before 2050", "cdsx", LIT("\x30\x1e" ST "\x31\x11\x18\x0f" "20260430000000Z"), SOUND, 0, false },
	{ "signing-certificate v1 beside v2", "cdtsx", LIT("\x30\x19" S1 "\x31\x0a\x30\x08\x30\x06\x30\x04\x04\x02zz"), FAULTY, 0, false },
	{ "signing-certificate v1 of another", "cdtx", LIT("\x30\x19" S1 "\x31\x0a\x30\x08\x30\x06\x30\x04\x04\x02zz"), UNBOUND,
	    KS_NOTE_ESS_V1, false },
	{ "signing-certificate-v2 of another", "cdtx", LIT("\x30\x19" S2 "\x31\x0a\x30\x08\x30\x06\x30\x04\x04\x02zz"), UNBOUND, 0, false },
	{ "signing-certificate-v2 is empty", "cdtx", LIT("\x30\x13" S2 "\x31\x04\x30\x02\x30\x00"), FAULTY, 0, false },
	{ "signing-certificate-v2 has no hash", "cdtx", LIT("\x30\x15" S2 "\x31\x06\x30\x04\x30\x02\x30\x00"), FAULTY, 0, false },
	{ "CMSAlgorithmProtection agrees", "cdtsx",
	    LIT("\x30\x2d" AP "\x31\x20\x30\x1e\x30\x0b" SHA256_BODY "\xa1\x0f" RSA256_BODY "\x05\x00"), FAULTY, 0, false },
	{ "CMSAlgorithmProtection agrees, rightly encoded", "cdtsx",
	    LIT("\x30\x2b" AP "\x31\x1e\x30\x1c\x30\x0b" SHA256_BODY "\xa1\x0d" RSA256_BODY), SOUND, 0, false },
	{ "CMSAlgorithmProtection names another digest (C7)", "cdtsx",
	    LIT("\x30\x2b" AP "\x31\x1e\x30\x1c\x30\x0b" SHA512_BODY "\xa1\x0d" RSA256_BODY), FAULTY, 0, false },
	{ "CMSAlgorithmProtection names no signature", "cdtsx", LIT("\x30\x1c" AP "\x31\x0f\x30\x0d\x30\x0b" SHA256_BODY), FAULTY, 0, false },
};
ParameterizedTestParameters(forged, attributes_are_judged)
{
	static size_t rows[COUNT_OF(attributes)];

	return rows_of(rows, COUNT_OF(attributes));
}
ParameterizedTest(size_t *row, forged, attributes_are_judged)
{
	KS_AUTO(ks_buf_clear) ks_buf out = KS_BUF(1u << 20);
	const char         *label = attributes[*row].label;
	const ks_signature *s;
	struct forgery      f;
	struct read         r;
	int                 want = attributes[*row].want;

	forgery_open(&f, "person");
	for (const char *c = attributes[*row].order; *c != '\0'; c++)
		f.members[f.count++] = *c == 'c' ? f.content_type : *c == 'd' ? f.message_digest : *c == 't' ? f.signing_time :
		    *c == 's' ? f.signing_cert : *c == 'i' ? f.other_serial : attributes[*row].own;
	forge(&f, !attributes[*row].as_it_stands, KS_BYTES(NULL, 0), &out);
	read_cms(&r, ks_buf_bytes(&out), LETTER);
	cr_assert_eq(r.rc, SIGN_OK, "%s: %s", label, r.err.detail);
	s = &r.f->signatures[0];
	cr_expect_eq(all_good(&r), want == SOUND || want == NOTED, "%s: %s", label, s->format_fault);
	cr_expect_eq(s->format_fault != NULL, want == FAULTY, "%s: %s", label, s->format_fault);
	cr_expect_eq(s->value_holds, KS_HOLDS_YES, "%s: the value itself holds", label);
	if (want == UNBOUND)
		cr_expect_neq(s->ess, KS_ESS_MATCH, "%s", label);
	cr_expect_eq(s->ess_serial_differs, attributes[*row].note == KS_NOTE_ISSUER_SERIAL_DIFFERS, "%s", label);
	if (attributes[*row].note != KS_NOTE_NONE)
		cr_expect(has_note(s, attributes[*row].note), "%s: note", label);
	read_clear(&r);
	forgery_close(&f);
}

/* ---- C1, C2: no signed attributes ---- */

/* The SignerInfo without its signed attributes. */
static void
strip_attributes(const ks_cms_signer *s, ks_buf *info)
{
	sign_bytes rest = s->whole;
	ks_tlv     seq, part;
	size_t     mark;

	cr_assert(ks_tlv_next(&rest, &seq));
	cr_assert_eq(ks_der_begin(info, 0x30, &mark, NULL), SIGN_OK);
	while (ks_tlv_next(&seq.content, &part))
		if (part.tag != 0xa0)
			cr_assert_eq(ks_buf_add(info, part.whole.data, part.whole.len, NULL), SIGN_OK);
	cr_assert_eq(ks_der_end(info, mark, NULL), SIGN_OK);
}

/* SignedData with `content` inside. */
static void
put_attached(const ks_cms *cms, sign_bytes infos, sign_bytes content, ks_buf *out)
{
	size_t outer[3], set, mark;

	cr_assert_eq(ks_der_begin(out, 0x30, &outer[0], NULL), SIGN_OK);
	cr_assert_eq(ks_buf_add(out, ID_SIGNED, 11, NULL), SIGN_OK);
	cr_assert_eq(ks_der_begin(out, 0xa0, &outer[1], NULL), SIGN_OK);
	cr_assert_eq(ks_der_begin(out, 0x30, &outer[2], NULL), SIGN_OK);
	cr_assert_eq(ks_buf_add(out, "\x02\x01\x01\x31\x0d\x30\x0b" SHA256_BODY, 18, NULL), SIGN_OK);
	cr_assert_eq(ks_der_begin(out, 0x30, &set, NULL), SIGN_OK);
	cr_assert_eq(ks_buf_add(out, ID_DATA, 11, NULL), SIGN_OK);
	cr_assert_eq(ks_der_begin(out, 0xa0, &mark, NULL), SIGN_OK);
	cr_assert_eq(ks_der_put(out, 0x04, content, NULL), SIGN_OK);
	cr_assert_eq(ks_der_end(out, mark, NULL), SIGN_OK);
	cr_assert_eq(ks_der_end(out, set, NULL), SIGN_OK);
	cr_assert_eq(ks_der_begin(out, 0xa0, &set, NULL), SIGN_OK);
	for (size_t i = 0; i < cms->cert_count; i++)
		cr_assert_eq(ks_buf_add(out, cms->certs[i].data, cms->certs[i].len, NULL), SIGN_OK);
	cr_assert_eq(ks_der_end(out, set, NULL), SIGN_OK);
	cr_assert_eq(ks_der_put(out, 0x31, infos, NULL), SIGN_OK);
	for (size_t i = 3; i > 0; i--)
		cr_assert_eq(ks_der_end(out, outer[i - 1], NULL), SIGN_OK);
}

/* attacks.md, "The forged-attributes message": openssl says yes to it, detached or attached; we say FORMAT_FAILURE. */
Test(forged, attributes_as_content_are_refused)
{
	KS_AUTO(ks_buf_clear) ks_buf sound = KS_BUF(1u << 20), set = KS_BUF(65536), detached = KS_BUF(1u << 20);
	KS_AUTO(ks_buf_clear) ks_buf attached = KS_BUF(1u << 20), info = KS_BUF(65536);
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	struct pen  pen;
	struct read r;
	ks_cms      cms;

	pen_open(&pen, "person", SIGN_SCHEME_NONE);
	pen_sign(&pen, LETTER, &sound);
	cr_assert_eq(ks_cms_read(arena, ks_buf_bytes(&sound), "t", &cms, NULL), SIGN_OK);
	cr_assert_eq(ks_cms_signed_attrs_der(&cms.signers[0], &set, NULL), SIGN_OK);
	strip_attributes(&cms.signers[0], &info);
	cr_assert_eq(ks_cms_build(&detached, SIGN_DIGEST_SHA256, cms.certs, cms.cert_count, ks_buf_bytes(&info), NULL), SIGN_OK);
	put_attached(&cms, ks_buf_bytes(&info), ks_buf_bytes(&set), &attached);
	spill(temp_path("forged.p7s"), ks_buf_bytes(&detached));
	spill(temp_path("set"), ks_buf_bytes(&set));
	cr_expect(run("openssl cms -verify -binary -inform DER -in '%s' -content '%s' -CAfile '%s' -purpose any -out /dev/null",
	    temp_path("forged.p7s"), temp_path("set"), SAMPLE("trust/anchors/root.crt")), "the forgery is not the real one");
	read_cms(&r, ks_buf_bytes(&detached), ks_buf_bytes(&set));
	cr_expect_not(all_good(&r));
	cr_assert_not_null(r.f->signatures[0].format_fault);
	cr_expect_not_null(strstr(r.f->signatures[0].format_fault, "no signed attributes"));
	cr_expect_eq(r.f->signatures[0].content_holds, KS_HOLDS_UNKNOWN);
	read_clear(&r);
	read_cms(&r, ks_buf_bytes(&attached), KS_BYTES(NULL, 0));
	cr_expect(ks_bytes_equal(r.content, ks_buf_bytes(&set)));
	cr_expect_not(all_good(&r));
	cr_expect_not_null(r.f->signatures[0].format_fault);
	read_clear(&r);
	pen_close(&pen);
}

/* C4: SignedData without signers is no signature, and no error. */
Test(forged, no_signer_is_no_signature)
{
	KS_AUTO(ks_buf_clear) ks_buf cms = KS_BUF(0);
	struct read r;

	cr_assert(run("openssl crl2pkcs7 -nocrl -certfile '%s' -outform DER -out '%s'", SAMPLE("person.crt"), temp_path("c.p7b")));
	slurp(temp_path("c.p7b"), &cms);
	read_cms(&r, ks_buf_bytes(&cms), LETTER);
	cr_expect_eq(r.rc, SIGN_OK);
	cr_expect_eq(r.f->signature_count, 0);
	cr_expect_not(all_good(&r));
	read_clear(&r);
}

/* C7: the value holds with the hash that signatureAlgorithm names, the message-digest is made with another. */
Test(forged, two_hash_algorithms_are_refused)
{
	KS_AUTO(ks_buf_clear) ks_buf cms = KS_BUF(1u << 20);
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	const ks_signature *s;
	struct pen          pen;
	struct read         r;
	ks_cms              sound;
	sign_bytes          algorithm;

	pen_open(&pen, "person", SIGN_SCHEME_NONE);
	pen_sign(&pen, LETTER, &cms);
	pen_close(&pen);
	cr_assert_eq(ks_cms_read(arena, ks_buf_bytes(&cms), "t", &sound, NULL), SIGN_OK);
	algorithm = sound.signers[0].digest_algorithm;
	cms.data[(size_t)(algorithm.data - cms.data) + algorithm.len - 1] = 3; /* id-sha256 becomes id-sha512 */
	read_cms(&r, ks_buf_bytes(&cms), LETTER);
	s = &r.f->signatures[0];
	cr_expect_eq(s->digest_alg, SIGN_DIGEST_SHA512);
	cr_expect_eq(s->value_holds, KS_HOLDS_YES);
	cr_assert_not_null(s->format_fault);
	cr_expect_not_null(strstr(s->format_fault, "digestAlgorithm differs"));
	read_clear(&r);
}

/* An algorithm that nobody here knows says nothing: the value stays unknown, which the judge never lets pass. */
Test(forged, unknown_algorithms_leave_the_value_unknown)
{
	for (int digest = 0; digest < 2; digest++) {
		KS_AUTO(ks_buf_clear) ks_buf cms = KS_BUF(1u << 20);
		KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
		struct pen  pen;
		struct read r;
		ks_cms      sound;
		sign_bytes  algorithm;
		size_t      last;

		pen_open(&pen, digest ? "person-ec" : "person", SIGN_SCHEME_NONE);
		pen_sign(&pen, LETTER, &cms);
		pen_close(&pen);
		cr_assert_eq(ks_cms_read(arena, ks_buf_bytes(&cms), "t", &sound, NULL), SIGN_OK);
		algorithm = digest ? sound.signers[0].digest_algorithm : sound.signers[0].sig_algorithm;
		last = (size_t)(algorithm.data - cms.data) + algorithm.len - (digest ? 1 : 3); /* RSA has a NULL after its OID */
		cms.data[last] = 0x7f;
		read_cms(&r, ks_buf_bytes(&cms), LETTER);
		cr_assert_eq(r.rc, SIGN_OK);
		cr_expect_eq(digest ? (int)r.f->signatures[0].digest_alg : (int)r.f->signatures[0].scheme, 0);
		cr_expect_eq(digest ? r.f->signatures[0].content_holds : r.f->signatures[0].value_holds, KS_HOLDS_UNKNOWN);
		cr_expect_not(all_good(&r));
		read_clear(&r);
	}
}

/* ---- C6: another certificate with the same key ---- */

Test(forged, another_certificate_with_the_same_key_is_noticed)
{
	KS_AUTO(ks_buf_clear) ks_buf der = KS_BUF(0), out = KS_BUF(1u << 20);
	const ks_signature *s;
	struct forgery      f;
	struct read         r;

	forgery_open(&f, "person");
	cr_assert(run("openssl req -new -key '%s' -subj '/CN=Impostor' -out '%s'", SAMPLE("keys/person.key"), temp_path("csr")));
	cr_assert(run("openssl x509 -req -in '%s' -CA '%s' -CAkey '%s' -set_serial 0x%s -days 3650 -outform DER -out '%s'",
	    temp_path("csr"), SAMPLE("issuing.crt"), SAMPLE("keys/issuing.key"), f.pen.key->cert->serial_hex, temp_path("der")));
	slurp(temp_path("der"), &der);
	f.members[f.count++] = f.content_type;
	f.members[f.count++] = f.message_digest;
	f.members[f.count++] = f.signing_time;
	f.members[f.count++] = f.signing_cert;
	forge(&f, true, ks_buf_bytes(&der), &out);
	read_cms(&r, ks_buf_bytes(&out), LETTER);
	cr_assert_eq(r.rc, SIGN_OK);
	s = &r.f->signatures[0];
	cr_expect_null(s->format_fault);
	cr_expect_eq(s->value_holds, KS_HOLDS_YES, "the key is the same");
	cr_expect_eq(s->ess, KS_ESS_MISMATCH);
	cr_assert_not_null(s->signer, "shown, though not believed");
	cr_expect_str_eq(s->signer->subject_cn, "Impostor");
	cr_expect_not(all_good(&r));
	read_clear(&r);
	forgery_close(&f);
}

/* ---- the same signature twice ---- */

Test(forged, a_copied_signature_is_noted)
{
	KS_AUTO(ks_buf_clear) ks_buf one = KS_BUF(1u << 20), infos = KS_BUF(65536), two = KS_BUF(1u << 20);
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	struct pen  pen;
	struct read r;
	ks_cms      cms;

	pen_open(&pen, "person", SIGN_SCHEME_NONE);
	pen_sign(&pen, LETTER, &one);
	cr_assert_eq(ks_cms_read(arena, ks_buf_bytes(&one), "t", &cms, NULL), SIGN_OK);
	for (int i = 0; i < 2; i++)
		cr_assert_eq(ks_buf_add(&infos, cms.signers[0].whole.data, cms.signers[0].whole.len, NULL), SIGN_OK);
	cr_assert_eq(ks_cms_build(&two, SIGN_DIGEST_SHA256, cms.certs, cms.cert_count, ks_buf_bytes(&infos), NULL), SIGN_OK);
	read_cms(&r, ks_buf_bytes(&two), LETTER);
	cr_assert_eq(r.f->signature_count, 2);
	cr_expect_not(has_note(&r.f->signatures[0], KS_NOTE_DUPLICATE_SIGNATURE));
	cr_expect(has_note(&r.f->signatures[1], KS_NOTE_DUPLICATE_SIGNATURE));
	read_clear(&r);
	pen_close(&pen);
}

/* ---- every octet ---- */

static bool
lies_in(size_t at, const ks_buf *whole, sign_bytes part)
{
	return at >= (size_t)(part.data - whole->data) && at < (size_t)(part.data - whole->data) + part.len;
}

/*
 * Each octet set to two other values: nothing stays good, but for what is carried unsigned: the issuer's certificate
 * (RFC 5652 5.1).
 */
Test(forged, no_protected_octet_can_change)
{
	KS_AUTO(ks_buf_clear) ks_buf cms = KS_BUF(1u << 20);
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	struct pen  pen;
	struct read r;
	ks_cms      sound;

	pen_open(&pen, "person-ec", SIGN_SCHEME_NONE);
	pen_sign(&pen, LETTER, &cms);
	pen_close(&pen);
	cr_assert_eq(ks_cms_read(arena, ks_buf_bytes(&cms), "t", &sound, NULL), SIGN_OK);
	cr_assert_eq(sound.cert_count, 2);
	for (size_t i = 0; i < 2 * cms.len; i++) {
		size_t  at = i / 2;
		uint8_t was = cms.data[at];
		bool    must_fail = !lies_in(at, &cms, sound.certs[1]);

		cms.data[at] = (uint8_t)(i % 2 == 0 ? was ^ 1 : was + 0x55);
		read_cms(&r, ks_buf_bytes(&cms), LETTER);
		if (must_fail)
			cr_expect_not(all_good(&r), "octet %zu set to %02x passes", at, cms.data[at]);
		read_clear(&r);
		cms.data[at] = was;
	}
}

Test(forged, cut_at_every_octet)
{
	KS_AUTO(ks_buf_clear) ks_buf cms = KS_BUF(1u << 20);
	struct pen  pen;
	struct read r;

	pen_open(&pen, "person-ec", SIGN_SCHEME_NONE);
	pen_sign(&pen, LETTER, &cms);
	pen_close(&pen);
	for (size_t len = 0; len < cms.len; len++) {
		uint8_t *copy = malloc(len + 1);

		memcpy(copy, cms.data, len);
		read_cms(&r, KS_BYTES(copy, len), LETTER);
		cr_expect_eq(r.rc, SIGN_E_FORMAT, "%zu octets: %d", len, (int)r.rc);
		read_clear(&r);
		free(copy);
	}
}
