/*
 * Counter-signatures (RFC 5652 11.4), made here and spoiled one rule at a time: facts of their own, which never touch those
 * of the signature that they stand in (attacks.md C8).
 */
#include <stdlib.h>
#include <string.h>

#include "cades_support.h"

#define LETTER KS_BYTES("to whom it may concern\n", 23)
#define CS     "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x06"
#define CT     "\x30\x18\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03\x31\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"

enum { MAX = 16 };

/* A letter signed by a person, whose value the agency countersigns. */
struct scene {
	struct pen person, agency;
	ks_buf     letter, counter; /* ContentInfo; SignerInfo */
	ks_arena  *arena;
	ks_cms     cms;
};

/*
 * A SignerInfo by `pen` over `content`, without content-type; with `extra` as one more signed attribute and `unsigned_attrs`
 * as content of [1].
 */
static void
countersign(struct scene *s, struct pen *pen, sign_bytes content, sign_bytes extra, sign_bytes unsigned_attrs, ks_buf *out)
{
	KS_AUTO(ks_buf_clear) ks_buf plain = KS_BUF(1u << 20), set = KS_BUF(65536), info = KS_BUF(65536);
	uint8_t    value[KS_SIGNATURE_MAX_BYTES];
	size_t     value_len, count = 0, mark;
	sign_bytes members[MAX], rest;
	ks_digest  digest;
	ks_tlv     tlv;
	ks_cms     cms;

	pen_sign(pen, content, &plain);
	cr_assert_eq(ks_cms_read(s->arena, ks_buf_bytes(&plain), "t", &cms, NULL), SIGN_OK);
	for (size_t i = 0; i < cms.signers[0].attr_count; i++)
		if (strcmp(cms.signers[0].attrs[i].oid, "1.2.840.113549.1.9.3") != 0)
			members[count++] = cms.signers[0].attrs[i].whole;
	if (extra.len > 0)
		members[count++] = extra;
	cr_assert_eq(ks_der_begin(&set, 0x31, &mark, NULL), SIGN_OK);
	cr_assert_eq(ks_cms_sort_set(members, count, &set, NULL), SIGN_OK);
	cr_assert_eq(ks_der_end(&set, mark, NULL), SIGN_OK);
	digest = pen_digest(pen, ks_buf_bytes(&set));
	cr_assert_eq(ks_signer_sign(&pen->signer, KS_BYTES(digest.bytes, digest.len), value, sizeof(value), &value_len, NULL), SIGN_OK);
	rest = ks_buf_bytes(&set);
	cr_assert(ks_tlv_next(&rest, &tlv));
	cr_assert_eq(ks_cms_build_signer(&info, pen->key->cert, pen->signer.digest, pen->signer.scheme, tlv.content,
	    KS_BYTES(value, value_len), NULL), SIGN_OK);
	rest = ks_buf_bytes(&info);
	cr_assert(ks_tlv_next(&rest, &tlv));
	cr_assert_eq(ks_der_begin(out, 0x30, &mark, NULL), SIGN_OK);
	cr_assert_eq(ks_buf_add(out, tlv.content.data, tlv.content.len, NULL), SIGN_OK);
	if (unsigned_attrs.len > 0)
		cr_assert_eq(ks_der_put(out, 0xa1, unsigned_attrs, NULL), SIGN_OK);
	cr_assert_eq(ks_der_end(out, mark, NULL), SIGN_OK);
}

/* Attribute { countersignature, SET OF values } */
static void
put_attribute(ks_buf *out, sign_bytes values)
{
	size_t mark;

	cr_assert_eq(ks_der_begin(out, 0x30, &mark, NULL), SIGN_OK);
	cr_assert_eq(ks_buf_add(out, CS, sizeof(CS) - 1, NULL), SIGN_OK);
	cr_assert_eq(ks_der_put(out, 0x31, values, NULL), SIGN_OK);
	cr_assert_eq(ks_der_end(out, mark, NULL), SIGN_OK);
}

/* The letter's CMS with `values` as counter-signatures of its signature, and the agency's certificate if wanted. */
static void
attach(const struct scene *s, sign_bytes values, bool with_cert, ks_buf *out)
{
	KS_AUTO(ks_buf_clear) ks_buf infos = KS_BUF(1u << 24), attribute = KS_BUF(1u << 24);
	sign_bytes rest = s->cms.signers[0].whole;
	sign_bytes certs[2] = { s->person.key->cert->der, s->agency.key->cert->der };
	ks_tlv     info;
	size_t     mark;

	cr_assert(ks_tlv_next(&rest, &info));
	put_attribute(&attribute, values);
	cr_assert_eq(ks_der_begin(&infos, 0x30, &mark, NULL), SIGN_OK);
	cr_assert_eq(ks_buf_add(&infos, info.content.data, info.content.len, NULL), SIGN_OK);
	cr_assert_eq(ks_der_put(&infos, 0xa1, ks_buf_bytes(&attribute), NULL), SIGN_OK);
	cr_assert_eq(ks_der_end(&infos, mark, NULL), SIGN_OK);
	cr_assert_eq(ks_cms_build(out, SIGN_DIGEST_SHA256, certs, with_cert ? 2 : 1, ks_buf_bytes(&infos), NULL), SIGN_OK);
}

static void
scene_open(struct scene *s)
{
	*s = (struct scene){ .letter = KS_BUF(1u << 20), .counter = KS_BUF(65536), .arena = ks_arena_new() };
	pen_open(&s->person, "person", SIGN_SCHEME_NONE);
	pen_open(&s->agency, "agency", SIGN_SCHEME_NONE);
	pen_sign(&s->person, LETTER, &s->letter);
	cr_assert_eq(ks_cms_read(s->arena, ks_buf_bytes(&s->letter), "t", &s->cms, NULL), SIGN_OK);
}

static void
scene_close(struct scene *s)
{
	ks_buf_clear(&s->letter);
	ks_buf_clear(&s->counter);
	ks_arena_free(s->arena);
	pen_close(&s->person);
	pen_close(&s->agency);
}

/* ---- one counter-signature ---- */

static void
sound(struct scene *s)
{
	countersign(s, &s->agency, s->cms.signers[0].value, KS_BYTES(NULL, 0), KS_BYTES(NULL, 0), &s->counter);
}
static void
by_the_same_signer(struct scene *s)
{
	countersign(s, &s->person, s->cms.signers[0].value, KS_BYTES(NULL, 0), KS_BYTES(NULL, 0), &s->counter);
}
static void
over_the_document(struct scene *s)
{
	countersign(s, &s->agency, LETTER, KS_BYTES(NULL, 0), KS_BYTES(NULL, 0), &s->counter);
}
static void
over_the_attributes(struct scene *s)
{
	countersign(s, &s->agency, s->cms.signers[0].signed_attrs_raw, KS_BYTES(NULL, 0), KS_BYTES(NULL, 0), &s->counter);
}
static void
with_content_type(struct scene *s)
{
	countersign(s, &s->agency, s->cms.signers[0].value, KS_BYTES(CT, sizeof(CT) - 1), KS_BYTES(NULL, 0), &s->counter);
}
static void
value_changed(struct scene *s)
{
	sound(s);
	s->counter.data[s->counter.len - 1] ^= 1;
}
static void
attribute_changed(struct scene *s)
{
	ks_cms_signer cs;
	ks_tlv        value;

	sound(s);
	cr_assert_eq(ks_cms_read_signer(s->arena, ks_buf_bytes(&s->counter), "t", &cs, NULL), SIGN_OK);
	sign_bytes rest = ks_cms_attr_find(cs.attrs, cs.attr_count, "1.2.840.113549.1.9.5")->values;
	cr_assert(ks_tlv_next(&rest, &value));
	s->counter.data[(size_t)(value.content.data - s->counter.data) + 1] ^= 1; /* another year */
}
static void
version_changed(struct scene *s)
{
	ks_cms_signer cs;
	sign_bytes    rest;
	ks_tlv        info;

	sound(s);
	cr_assert_eq(ks_cms_read_signer(s->arena, ks_buf_bytes(&s->counter), "t", &cs, NULL), SIGN_OK);
	rest = cs.whole;
	cr_assert(ks_tlv_next(&rest, &info));
	s->counter.data[(size_t)(info.content.data - s->counter.data) + 2] = 3;
}
static void
an_ordinary_signature(struct scene *s)
{
	cr_assert_eq(ks_buf_add(&s->counter, s->cms.signers[0].whole.data, s->cms.signers[0].whole.len, NULL), SIGN_OK);
}
static void
no_signer_info(struct scene *s)
{
	cr_assert_eq(ks_buf_add(&s->counter, "\x02\x01\x00", 3, NULL), SIGN_OK);
}
static void
half_a_signer_info(struct scene *s)
{
	cr_assert_eq(ks_buf_add(&s->counter, "\x30\x03\x02\x01\x01", 5, NULL), SIGN_OK);
}

static const struct {
	const char *label;
	void      (*make)(struct scene *);
	bool        cert, sound_form;
	ks_holds    value, content;
} counters[] = {
	{ "sound",                  sound,                 true,  true,  KS_HOLDS_YES,     KS_HOLDS_YES },
	{ "by the same signer",     by_the_same_signer,    false, true,  KS_HOLDS_YES,     KS_HOLDS_YES },
	{ "without certificate",    sound,                 false, true,  KS_HOLDS_UNKNOWN, KS_HOLDS_YES },
	{ "over the document",      over_the_document,     true,  true,  KS_HOLDS_YES,     KS_HOLDS_NO },
	{ "over the attributes",    over_the_attributes,   true,  true,  KS_HOLDS_YES,     KS_HOLDS_NO },
	{ "with a content-type",    with_content_type,     true,  false, KS_HOLDS_YES,     KS_HOLDS_YES },
	{ "value changed",          value_changed,         true,  true,  KS_HOLDS_NO,      KS_HOLDS_YES },
	{ "attribute changed",      attribute_changed,     true,  true,  KS_HOLDS_NO,      KS_HOLDS_YES },
	{ "version changed",        version_changed,       true,  false, KS_HOLDS_UNKNOWN, KS_HOLDS_YES },
	{ "an ordinary signature",  an_ordinary_signature, true,  false, KS_HOLDS_YES,     KS_HOLDS_NO },
	{ "not a SignerInfo",       no_signer_info,        true,  false, KS_HOLDS_UNKNOWN, KS_HOLDS_UNKNOWN },
	{ "half a SignerInfo",      half_a_signer_info,    true,  false, KS_HOLDS_UNKNOWN, KS_HOLDS_UNKNOWN },
};
ParameterizedTestParameters(counter, has_facts_of_its_own)
{
	static size_t rows[COUNT_OF(counters)];

	return rows_of(rows, COUNT_OF(counters));
}
ParameterizedTest(size_t *row, counter, has_facts_of_its_own)
{
	KS_AUTO(ks_buf_clear) ks_buf cms = KS_BUF(1u << 20);
	const char         *label = counters[*row].label;
	const ks_signature *parent, *s;
	struct scene        scene;
	struct read         r;

	scene_open(&scene);
	counters[*row].make(&scene);
	attach(&scene, ks_buf_bytes(&scene.counter), counters[*row].cert, &cms);
	read_cms(&r, ks_buf_bytes(&cms), LETTER);
	cr_assert_eq(r.rc, SIGN_OK, "%s: %s", label, r.err.detail);
	cr_assert_eq(r.f->signature_count, 2, "%s", label);
	cr_expect_eq(r.count, 1, "%s: %zu signatures for the document", label, r.count);
	parent = &r.f->signatures[0];
	s = &r.f->signatures[1];
	cr_expect_null(parent->format_fault, "%s: %s", label, parent->format_fault);
	cr_expect_eq(parent->value_holds, KS_HOLDS_YES, "%s: the signature suffers", label);
	cr_expect_eq(parent->content_holds, KS_HOLDS_YES, "%s: the signature suffers", label);
	cr_expect_not(parent->is_countersignature, "%s", label);
	cr_expect(s->is_countersignature, "%s", label);
	cr_expect_eq(s->countersigns, 0, "%s", label);
	cr_expect_eq(s->edge_count, 0, "%s: it covers a document", label);
	cr_expect_eq(s->format_fault == NULL, counters[*row].sound_form, "%s: %s", label, s->format_fault);
	cr_expect_eq(s->value_holds, counters[*row].value, "%s: value %d", label, (int)s->value_holds);
	cr_expect_eq(s->content_holds, counters[*row].content, "%s: content %d", label, (int)s->content_holds);
	read_clear(&r);
	scene_close(&scene);
}

/* ---- many, and one within another ---- */

Test(counter, one_within_another_is_noted_and_not_read)
{
	KS_AUTO(ks_buf_clear) ks_buf cms = KS_BUF(1u << 20), inner = KS_BUF(65536), outer = KS_BUF(65536);
	struct scene scene;
	struct read  r;

	scene_open(&scene);
	sound(&scene);
	put_attribute(&inner, ks_buf_bytes(&scene.counter));
	countersign(&scene, &scene.agency, scene.cms.signers[0].value, KS_BYTES(NULL, 0), ks_buf_bytes(&inner), &outer);
	attach(&scene, ks_buf_bytes(&outer), true, &cms);
	read_cms(&r, ks_buf_bytes(&cms), LETTER);
	cr_assert_eq(r.f->signature_count, 2);
	cr_expect(all_good(&r));
	cr_expect(has_note(&r.f->signatures[1], KS_NOTE_COUNTERSIGNATURE_NOT_EXAMINED));
	cr_expect_not(has_note(&r.f->signatures[0], KS_NOTE_COUNTERSIGNATURE_NOT_EXAMINED));
	read_clear(&r);
	scene_close(&scene);
}

/* A hundred are read, what is more is noted; nobody can make a good document unreadable by adding to it. */
static const struct { const char *label; size_t count, read; bool noted; } floods[] = {
	{ "two", 2, 2, false },
	{ "as many as are read", 100, 100, false },
	{ "one too many", 101, 100, true },
	{ "thousands", 3000, 100, true },
};
ParameterizedTestParameters(counter, a_flood_is_cut)
{
	static size_t rows[COUNT_OF(floods)];

	return rows_of(rows, COUNT_OF(floods));
}
ParameterizedTest(size_t *row, counter, a_flood_is_cut)
{
	KS_AUTO(ks_buf_clear) ks_buf cms = KS_BUF(1u << 24), values = KS_BUF(1u << 24);
	struct scene scene;
	struct read  r;

	scene_open(&scene);
	sound(&scene);
	for (size_t i = 0; i < floods[*row].count; i++)
		cr_assert_eq(ks_buf_add(&values, scene.counter.data, scene.counter.len, NULL), SIGN_OK);
	attach(&scene, ks_buf_bytes(&values), true, &cms);
	read_cms(&r, ks_buf_bytes(&cms), LETTER);
	cr_assert_eq(r.rc, SIGN_OK, "%s: %s", floods[*row].label, r.err.detail);
	cr_expect(all_good(&r), "%s", floods[*row].label);
	cr_expect_eq(r.f->signature_count, 1 + floods[*row].read, "%s: %zu", floods[*row].label, r.f->signature_count);
	cr_expect_eq(has_note(&r.f->signatures[0], KS_NOTE_COUNTERSIGNATURE_NOT_EXAMINED), floods[*row].noted, "%s",
	    floods[*row].label);
	read_clear(&r);
	scene_close(&scene);
}

/* Added to, the CMS keeps them; and a counter-signature by the same certificate is no reason to call it signed. */
Test(counter, is_no_earlier_signature)
{
	KS_AUTO(ks_buf_clear) ks_buf cms = KS_BUF(1u << 20), two = KS_BUF(1u << 20);
	ks_cades_claims claims = { .signing_time = SIGNED_AT };
	struct scene    scene;
	struct read     r;
	ks_digest       digest;

	scene_open(&scene);
	over_the_document(&scene);
	attach(&scene, ks_buf_bytes(&scene.counter), true, &cms);
	digest = pen_digest(&scene.agency, LETTER);
	cr_assert_eq(ks_cades_add(&scene.agency.signer, &claims, KS_BYTES(digest.bytes, digest.len), ks_buf_bytes(&cms), "t",
	    &two, &r.err), SIGN_OK);
	read_cms(&r, ks_buf_bytes(&two), LETTER);
	cr_expect_eq(r.count, 2);
	cr_assert_eq(r.f->signature_count, 3);
	cr_expect_eq(r.f->signatures[2].countersigns, 0);
	cr_expect_eq(r.f->signatures[1].content_holds, KS_HOLDS_YES);
	cr_expect_eq(r.f->signatures[2].content_holds, KS_HOLDS_NO);
	read_clear(&r);
	scene_close(&scene);
}
