/*
 * Containers built here and bent in every way that must not pass: one row a rule (attacks.md Z6-Z9, C3; EN 319 162-1).
 */
#include <stdlib.h>
#include <string.h>

#include "asic_support.h"

#define P7S1  "META-INF/signature001.p7s"
#define P7S2  "META-INF/signature002.p7s"
#define MAN1  "META-INF/ASiCManifest001.xml"
#define MAN2  "META-INF/ASiCManifest002.xml"
#define ODF   "<manifest:manifest xmlns:manifest=\"" KS_ASIC_NS_ODF "\"/>"
#define TST1  "META-INF/timestamp001.tst"
#define ERS1  "META-INF/evidencerecord001.ers"
#define ERX1  "META-INF/evidencerecord001.xml"
#define ERM1  "META-INF/ASiCEvidenceRecordManifest001.xml"
#define ARM   "META-INF/ASiCArchiveManifest.xml"
#define ERX   "<e:EvidenceRecord xmlns:e=\"" KS_ASIC_NS_ERS "\" Version=\"1.0\"><e:x/></e:EvidenceRecord>"

/* A sound container of two documents and two signers, the second stating the first; bend() changes the parts. */
typedef struct {
	part         parts[24];
	size_t       count;
	ks_crypt    *cx;
	ks_buf       bufs[4];  /* manifest 1, signature 1, manifest 2, signature 2 */
	ks_buf       extra[2]; /* for bend() */
	const char  *file;
} kit;
enum { AT_MIME, AT_A, AT_B, AT_MAN1, AT_SIG1, AT_MAN2, AT_SIG2, AT_END };

static void
put(kit *k, const char *name, sign_bytes bytes)
{
	cr_assert_lt(k->count, COUNT_OF(k->parts));
	k->parts[k->count++] = (part){ name, bytes };
}

static void
drop(kit *k, size_t at)
{
	memmove(k->parts + at, k->parts + at + 1, (k->count - at - 1) * sizeof(*k->parts));
	k->count--;
}

/* The digest of the first signature's value, as its reader finds it. */
static ks_digest
value_digest(kit *k)
{
	ks_facts     *f = NULL;
	ks_digest     digest;
	ks_digest_set needed;
	sign_bytes    content;
	size_t        first, count;

	cr_assert_eq(ks_facts_new("x", &f, NULL), SIGN_OK);
	cr_assert_eq(ks_cades_read(k->cx, f, ks_buf_bytes(&k->bufs[1]), P7S1, &first, &count, &needed, &content, NULL), SIGN_OK);
	cr_assert_eq(ks_digest_bytes(k->cx, SIGN_DIGEST_SHA256, f->signatures[0].value, &digest, NULL), SIGN_OK);
	ks_facts_free(f);
	return digest;
}

static void
start(kit *k)
{
	ks_digest first;

	*k = (kit){ .file = "k.asice" };
	cr_assert_eq(ks_crypt_new(&k->cx, NULL), SIGN_OK);
	put(k, "mimetype", TEXT(KS_ASIC_MIME_E));
	put(k, "c\u00f4ng v\u0103n 100%.txt", TEXT("first document"));
	put(k, "phu luc/b.txt", TEXT(""));
	make_manifest(k->cx, P7S1, k->parts + AT_A, 2, NULL, 0, &k->bufs[0]);
	sign_detached(k->cx, "person-plain.pem", ks_buf_bytes(&k->bufs[0]), &k->bufs[1]);
	first = value_digest(k);
	make_manifest(k->cx, P7S2, k->parts + AT_A, 2, &first, 1, &k->bufs[2]);
	sign_detached(k->cx, "person-plain.pem", ks_buf_bytes(&k->bufs[2]), &k->bufs[3]);
	put(k, MAN1, ks_buf_bytes(&k->bufs[0]));
	put(k, P7S1, ks_buf_bytes(&k->bufs[1]));
	put(k, MAN2, ks_buf_bytes(&k->bufs[2]));
	put(k, P7S2, ks_buf_bytes(&k->bufs[3]));
}

static void
finish(kit *k)
{
	for (size_t i = 0; i < COUNT_OF(k->bufs); i++)
		ks_buf_clear(&k->bufs[i]);
	for (size_t i = 0; i < COUNT_OF(k->extra); i++)
		ks_buf_clear(&k->extra[i]);
	ks_crypt_free(k->cx);
}

static void none(kit *k) { (void)k; }
static void changed(kit *k) { k->parts[AT_A].bytes = TEXT("First document"); }
static void removed(kit *k) { drop(k, AT_B); }
static void renamed(kit *k) { k->parts[AT_B].name = "phu luc/c.txt"; }
static void renamed_to_uri(kit *k) { k->parts[AT_A].name = "c%C3%B4ng%20v%C4%83n%20100%25.txt"; }
static void added(kit *k) { put(k, "extra.txt", TEXT("nobody signed this")); }
static void added_meta(kit *k) { put(k, "META-INF/readme.txt", TEXT("nobody signed this")); }
static void added_odf(kit *k) { put(k, "META-INF/manifest.xml", TEXT(ODF)); }
static void false_odf(kit *k) { put(k, "META-INF/manifest.xml", TEXT("a document in hiding")); }
static void added_xades(kit *k) { put(k, "META-INF/signatures0.xml", TEXT("<ds:Signature xmlns:ds=\"" KS_ASIC_NS_DS "\"/>")); }

#define NAMES(file, more) "<a:ASiCManifest xmlns:a=\"" KS_ASIC_NS "\" xmlns:d=\"" KS_ASIC_NS_DS "\"><a:SigReference URI=\"" file \
	"\"/><a:DataObjectReference URI=\"" P7S1 "\"><d:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>" \
	"<d:DigestValue>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=</d:DigestValue></a:DataObjectReference>" more \
	"</a:ASiCManifest>"

static sign_bytes
token(kit *k)
{
	make_token(k->cx, &k->extra[0]);
	return ks_buf_bytes(&k->extra[0]);
}

static sign_bytes
record(kit *k)
{
	make_record(token(k), &k->extra[1]);
	return ks_buf_bytes(&k->extra[1]);
}

/* One byte more at the end of what was made last. */
static sign_bytes
longer(ks_buf *buf)
{
	cr_assert_eq(ks_buf_add(buf, "!", 1, NULL), SIGN_OK);
	return ks_buf_bytes(buf);
}

static void added_token(kit *k) { put(k, TST1, token(k)); put(k, ARM, TEXT(NAMES(TST1, ""))); }
static void token_below(kit *k) { put(k, "META-INF/x/y.tst", token(k)); put(k, ARM, TEXT(NAMES("META-INF/x/y.tst", ""))); }
static void token_alone(kit *k) { put(k, TST1, token(k)); }
static void token_of_asics(kit *k) { put(k, "META-INF/timestamp.tst", token(k)); }
static void token_of_text(kit *k) { put(k, TST1, TEXT("MZ program")); put(k, ARM, TEXT(NAMES(TST1, ""))); }
static void token_of_nothing(kit *k) { put(k, TST1, TEXT("")); put(k, ARM, TEXT(NAMES(TST1, ""))); }
static void token_longer(kit *k) { (void)token(k); put(k, TST1, longer(&k->extra[0])); put(k, ARM, TEXT(NAMES(TST1, ""))); }
static void token_is_signature(kit *k) { put(k, TST1, k->parts[AT_SIG1].bytes); put(k, ARM, TEXT(NAMES(TST1, ""))); }
static void token_of_broken(kit *k) { put(k, TST1, token(k)); put(k, ARM, TEXT(NAMES(TST1, "<x/>"))); }
static void orphan_token_manifest(kit *k) { put(k, ARM, TEXT(NAMES(TST1, ""))); }
static void added_record(kit *k) { put(k, ERS1, record(k)); put(k, ERM1, TEXT(NAMES(ERS1, ""))); }
static void record_alone(kit *k) { put(k, ERS1, record(k)); }
static void record_of_text(kit *k) { put(k, ERS1, TEXT("record")); put(k, ERM1, TEXT(NAMES(ERS1, ""))); }
static void record_longer(kit *k) { (void)record(k); put(k, ERS1, longer(&k->extra[1])); put(k, ERM1, TEXT(NAMES(ERS1, ""))); }
static void record_is_token(kit *k) { put(k, ERS1, token(k)); put(k, ERM1, TEXT(NAMES(ERS1, ""))); }
static void record_by_suffix(kit *k) { put(k, ERX1, record(k)); put(k, ERM1, TEXT(NAMES(ERX1, ""))); }
static void xml_record(kit *k) { put(k, ERX1, TEXT(ERX)); put(k, ERM1, TEXT(NAMES(ERX1, ""))); }
static void xml_record_alone(kit *k) { put(k, ERX1, TEXT(ERX)); }
static void xml_record_longer(kit *k) { put(k, ERX1, TEXT(ERX "program")); put(k, ERM1, TEXT(NAMES(ERX1, ""))); }
static void xml_record_of_other(kit *k) { put(k, ERX1, TEXT("<EvidenceRecord/>")); put(k, ERM1, TEXT(NAMES(ERX1, ""))); }
static void odf_elsewhere(kit *k) { put(k, "META-INF/x/manifest.xml", TEXT(ODF)); }
static void empty_xades(kit *k) { put(k, "META-INF/signatures0.xml", TEXT("<a:XAdESSignatures xmlns:a=\"" KS_ASIC_NS "\"/>")); }
static void no_manifest(kit *k) { drop(k, AT_MAN2); }
static void no_signature(kit *k) { drop(k, AT_SIG2); }
static void no_signatures(kit *k) { k->count = AT_MAN1; }
static void swapped_manifests(kit *k)
{
	sign_bytes one = k->parts[AT_MAN1].bytes;

	k->parts[AT_MAN1].bytes = k->parts[AT_MAN2].bytes; /* by name they are exchanged, by SigReference they are not */
	k->parts[AT_MAN2].bytes = one;
}
static void odd_manifest_name(kit *k) { k->parts[AT_MAN1].name = "META-INF/list.xml"; }
static void manifest_twice(kit *k) { put(k, "META-INF/ASiCManifest003.xml", k->parts[AT_MAN1].bytes); }
static void signature_twice(kit *k) { k->parts[AT_SIG2].bytes = k->parts[AT_SIG1].bytes; }
static void not_cms(kit *k) { k->parts[AT_SIG2].bytes = TEXT("this is no signature"); }
static void manifest_changed(kit *k)
{
	k->extra[0] = KS_BUF((size_t)1 << 16);
	cr_assert_eq(ks_buf_add(&k->extra[0], k->bufs[2].data, k->bufs[2].len, NULL), SIGN_OK);
	cr_assert_eq(ks_buf_add(&k->extra[0], "\n", 1, NULL), SIGN_OK);
	k->parts[AT_MAN2].bytes = ks_buf_bytes(&k->extra[0]);
}
static void
resign(kit *k, const char *manifest)
{
	sign_detached(k->cx, "person-plain.pem", TEXT(manifest), &k->extra[0]);
	k->parts[AT_MAN2].bytes = TEXT(manifest);
	k->parts[AT_SIG2].bytes = ks_buf_bytes(&k->extra[0]);
}
#define SIGNED(refs) "<a:ASiCManifest xmlns:a=\"" KS_ASIC_NS "\" xmlns:d=\"" KS_ASIC_NS_DS "\"><a:SigReference URI=\"" P7S2 \
	"\"/>" refs "</a:ASiCManifest>"
#define EMPTY(name) "<a:DataObjectReference URI=\"" name "\"><d:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#" \
	"sha256\"/><d:DigestValue>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=</d:DigestValue></a:DataObjectReference>"
static void partial(kit *k) { resign(k, SIGNED(EMPTY("phu%20luc/b.txt"))); }
static void file_twice(kit *k) { resign(k, SIGNED(EMPTY("phu%20luc/b.txt") EMPTY("phu luc/b.txt"))); }
static void missing_twice(kit *k) { resign(k, SIGNED(EMPTY("x") EMPTY("y") EMPTY("x"))); }
static void missing_two(kit *k) { resign(k, SIGNED(EMPTY("x") EMPTY("y"))); }
static void critical(kit *k)
{
	resign(k, SIGNED(EMPTY("phu%20luc/b.txt") "<a:ASiCManifestExtensions><a:Extension Critical=\"true\"><x/></a:Extension>"
	    "</a:ASiCManifestExtensions>"));
}
static void false_earlier(kit *k)
{
	ks_digest other = { { 7 }, 32 };

	make_manifest(k->cx, P7S2, k->parts + AT_A, 2, &other, 1, &k->extra[1]);
	sign_detached(k->cx, "person-plain.pem", ks_buf_bytes(&k->extra[1]), &k->extra[0]);
	k->parts[AT_MAN2].bytes = ks_buf_bytes(&k->extra[1]);
	k->parts[AT_SIG2].bytes = ks_buf_bytes(&k->extra[0]);
}
static void case_collision(kit *k) { put(k, "PHU LUC/B.TXT", TEXT("")); }
static void nfd_collision(kit *k) { put(k, "co\u0302ng va\u0306n 100%.txt", TEXT("")); }
static void media_newline(kit *k) { k->parts[AT_MIME].bytes = TEXT(KS_ASIC_MIME_E "\n"); }
static void media_text(kit *k) { k->parts[AT_MIME].bytes = TEXT("text/plain"); }
static void media_missing(kit *k) { drop(k, AT_MIME); }
static void media_last(kit *k)
{
	part mime = k->parts[AT_MIME];

	drop(k, AT_MIME);
	put(k, mime.name, mime.bytes);
}

/* good: signatures that hold; all: signatures found; uncovered: documents needing cover that no edge reaches */
static const struct {
	const char  *label;
	void       (*bend)(kit *);
	size_t       good, all, uncovered, missing;
	bool         fault; /* of the whole container */
	ks_note_code note;
} rows_e[] = {
	{ "sound",                         none,                  2, 2, 0, 0, false, KS_NOTE_NONE },
	{ "a document changed",            changed,               0, 2, 0, 0, false, KS_NOTE_NONE },
	{ "a document removed",            removed,               0, 2, 0, 1, false, KS_NOTE_NONE },
	{ "a document renamed",            renamed,               0, 2, 1, 1, false, KS_NOTE_NONE },
	{ "a document named as its URI",   renamed_to_uri,        0, 2, 1, 1, false, KS_NOTE_NONE },
	{ "a document added",              added,                 2, 2, 1, 0, false, KS_NOTE_NONE },
	{ "a file added in META-INF",      added_meta,            2, 2, 1, 0, false, KS_NOTE_UNKNOWN_META },
	{ "OpenDocument manifest",         added_odf,             2, 2, 0, 0, false, KS_NOTE_NONE },
	{ "what poses as such",            false_odf,             2, 2, 1, 0, false, KS_NOTE_UNKNOWN_META },
	{ "an OpenDocument manifest elsewhere", odf_elsewhere,    2, 2, 1, 0, false, KS_NOTE_UNKNOWN_META },
	{ "an XML signature beside",       added_xades,           2, 2, 1, 0, false, KS_NOTE_XML_SIGNATURE_NOT_EXAMINED },
	{ "a frame for XML signatures",    empty_xades,           2, 2, 1, 0, false, KS_NOTE_UNKNOWN_META },
	{ "an archive token",              added_token,           2, 2, 0, 0, false, KS_NOTE_ARCHIVE_NOT_EXAMINED },
	{ "a manifest whose token is gone", orphan_token_manifest, 2, 2, 1, 0, false, KS_NOTE_UNKNOWN_META },
	{ "a token in a folder, named",    token_below,           2, 2, 0, 0, false, KS_NOTE_ARCHIVE_NOT_EXAMINED },
	{ "a token that nobody names",     token_alone,           2, 2, 1, 0, false, KS_NOTE_UNKNOWN_META },
	{ "the token's name in ASiC-S",    token_of_asics,        2, 2, 1, 0, false, KS_NOTE_UNKNOWN_META },
	{ "text that poses as a token",    token_of_text,         2, 2, 2, 0, false, KS_NOTE_UNKNOWN_META },
	{ "an empty token",                token_of_nothing,      2, 2, 2, 0, false, KS_NOTE_UNKNOWN_META },
	{ "a token with bytes behind",     token_longer,          2, 2, 2, 0, false, KS_NOTE_UNKNOWN_META },
	{ "a signature that poses as a token", token_is_signature, 2, 2, 2, 0, false, KS_NOTE_UNKNOWN_META },
	{ "a token named by a broken manifest", token_of_broken,  2, 2, 2, 0, false, KS_NOTE_UNKNOWN_META },
	{ "an evidence record",            added_record,          2, 2, 0, 0, false, KS_NOTE_EVIDENCE_RECORD_NOT_EXAMINED },
	{ "a record that nobody names",    record_alone,          2, 2, 1, 0, false, KS_NOTE_UNKNOWN_META },
	{ "text that poses as a record",   record_of_text,        2, 2, 2, 0, false, KS_NOTE_UNKNOWN_META },
	{ "a record with bytes behind",    record_longer,         2, 2, 2, 0, false, KS_NOTE_UNKNOWN_META },
	{ "a token that poses as a record", record_is_token,      2, 2, 2, 0, false, KS_NOTE_UNKNOWN_META },
	{ "a record in DER named .xml",    record_by_suffix,      2, 2, 2, 0, false, KS_NOTE_UNKNOWN_META },
	{ "an evidence record in XML",     xml_record,            2, 2, 0, 0, false, KS_NOTE_EVIDENCE_RECORD_NOT_EXAMINED },
	{ "the same, named by nobody",     xml_record_alone,      2, 2, 1, 0, false, KS_NOTE_UNKNOWN_META },
	{ "the same, with text behind",    xml_record_longer,     2, 2, 2, 0, false, KS_NOTE_UNKNOWN_META },
	{ "a root that only sounds like it", xml_record_of_other, 2, 2, 2, 0, false, KS_NOTE_UNKNOWN_META },
	{ "a signature without manifest",  no_manifest,           1, 2, 0, 0, false, KS_NOTE_NONE },
	{ "a manifest without signature",  no_signature,          1, 1, 1, 0, false, KS_NOTE_UNKNOWN_META },
	{ "no signature",                  no_signatures,         0, 0, 2, 0, false, KS_NOTE_NONE },
	{ "manifests under each other's name", swapped_manifests, 2, 2, 0, 0, false, KS_NOTE_NONE },
	{ "a manifest under any name",     odd_manifest_name,     2, 2, 0, 0, false, KS_NOTE_NONCONFORMANT_MANIFEST_NAME },
	{ "two manifests for one signature", manifest_twice,      0, 2, 0, 0, true,  KS_NOTE_NONE },
	{ "a signature under two names",   signature_twice,       1, 2, 0, 0, false, KS_NOTE_NONE },
	{ "a signature file of text",      not_cms,               1, 2, 0, 0, false, KS_NOTE_NONE },
	{ "a manifest changed",            manifest_changed,      1, 2, 0, 0, false, KS_NOTE_NONE },
	{ "a signature of one document",   partial,               2, 2, 0, 0, false, KS_NOTE_NONE },
	{ "a document listed twice",       file_twice,            1, 2, 0, 0, false, KS_NOTE_NONE },
	{ "a missing one listed twice",    missing_twice,         1, 2, 0, 2, false, KS_NOTE_NONE },
	{ "two missing",                   missing_two,           1, 2, 0, 2, false, KS_NOTE_NONE },
	{ "a critical extension",          critical,              1, 2, 0, 0, false, KS_NOTE_NONE },
	{ "an earlier signature that is not there", false_earlier, 2, 2, 0, 0, false, KS_NOTE_NONE },
	{ "names equal but for case",      case_collision,        2, 2, 1, 0, false, KS_NOTE_NAME_COLLISION },
	{ "names equal but for NFC",       nfd_collision,         2, 2, 1, 0, false, KS_NOTE_NAME_COLLISION },
	{ "media type with newline",       media_newline,         2, 2, 0, 0, false, KS_NOTE_MIMETYPE_CONTENT },
	{ "media type of text",            media_text,            2, 2, 0, 0, false, KS_NOTE_MIMETYPE_CONTENT },
	{ "no media type",                 media_missing,         2, 2, 0, 0, false, KS_NOTE_MIMETYPE_MISSING },
	{ "media type last",               media_last,            2, 2, 0, 0, false, KS_NOTE_MIMETYPE_NOT_FIRST },
};

static size_t
count_uncovered(const ks_facts *f)
{
	size_t n = 0;

	for (size_t d = 0; d < f->document_count; d++) {
		bool reached = false;

		for (size_t s = 0; s < f->signature_count; s++)
			for (size_t e = 0; e < f->signatures[s].edge_count; e++)
				reached = reached || f->signatures[s].edges[e].document == d;
		n += f->documents[d].needs_cover && !f->documents[d].missing && !reached;
	}
	return n;
}

ParameterizedTestParameters(asic_extended, bent)
{
	static size_t rows[COUNT_OF(rows_e)];

	return rows_of(rows, COUNT_OF(rows_e));
}
ParameterizedTest(size_t *row, asic_extended, bent)
{
	const char *label = rows_e[*row].label;
	size_t      good = 0, missing = 0;
	reading     r;
	kit         k;

	start(&k);
	rows_e[*row].bend(&k);
	read_container(&r, write_container(k.file, k.parts, k.count), false);
	cr_assert_eq(r.rc, SIGN_OK, "%s: %d %s", label, (int)r.rc, r.err.detail);
	for (size_t i = 0; i < r.f->signature_count; i++)
		good += signature_good(r.f, &r.f->signatures[i]);
	for (size_t i = 0; i < r.f->document_count; i++)
		missing += r.f->documents[i].missing;
	cr_expect_eq(good, rows_e[*row].good, "%s: %zu good", label, good);
	cr_expect_eq(r.f->signature_count, rows_e[*row].all, "%s: %zu signatures", label, r.f->signature_count);
	cr_expect_eq(count_uncovered(r.f), rows_e[*row].uncovered, "%s: %zu uncovered", label, count_uncovered(r.f));
	cr_expect_eq(missing, rows_e[*row].missing, "%s: %zu missing", label, missing);
	cr_expect_eq(r.f->format_fault != NULL, rows_e[*row].fault, "%s: container", label);
	if (rows_e[*row].note != KS_NOTE_NONE)
		cr_expect(has_note(r.f, rows_e[*row].note), "%s: no note", label);
	else
		cr_expect_eq(r.f->note_count, 0, "%s: note %d", label, (int)(r.f->note_count > 0 ? r.f->notes[0].code : 0));
	reading_clear(&r);
	finish(&k);
}

static const struct { const char *label; void (*bend)(kit *); size_t covers; bool broken; } orders[] = {
	{ "the second states the first", none,            1, false },
	{ "which is not there",          false_earlier,   0, true },
	{ "which was taken out",         no_manifest,     0, false }, /* the list went with the manifest */
};
ParameterizedTestParameters(asic_extended, order_is_proven)
{
	static size_t rows[COUNT_OF(orders)];

	return rows_of(rows, COUNT_OF(orders));
}
ParameterizedTest(size_t *row, asic_extended, order_is_proven)
{
	const ks_signature *second;
	reading r;
	kit     k;

	start(&k);
	orders[*row].bend(&k);
	read_container(&r, write_container(k.file, k.parts, k.count), false);
	cr_assert_eq(r.rc, SIGN_OK);
	second = &r.f->signatures[1];
	cr_expect_eq(second->covers_count, orders[*row].covers, "%s", orders[*row].label);
	cr_expect_eq(second->covers_broken, orders[*row].broken, "%s", orders[*row].label);
	if (second->covers_count == 1)
		cr_expect_eq(second->covers[0], 0);
	cr_expect_eq(r.f->signatures[0].covers_count, 0);
	reading_clear(&r);
	finish(&k);
}

/* ---- what is wrong with a manifest is said, also when it no longer tells which signature it serves ---------------- */

static const struct { const char *label, *name, *xml, *fault; } broken[] = {
	{ "DOCTYPE",        MAN2, "<!DOCTYPE x>" SIGNED(""), "the manifest has a document type declaration" },
	{ "entity",         MAN2, "<a:ASiCManifest xmlns:a=\"" KS_ASIC_NS "\">&x;</a:ASiCManifest>", "the manifest uses an entity" },
	{ "another encoding", MAN2, "\xFF\xFE<\0a\0", "the manifest is not XML in UTF-8" },
	{ "declared as another", MAN2, "<?xml version='1.0' encoding='latin1'?><x/>", "the manifest is not XML in UTF-8" },
	{ "empty",          MAN2, "", "the manifest" },
	{ "cut short",      MAN2, "<a:ASiCManifest xmlns:a=\"" KS_ASIC_NS "\">", "the manifest is not well-formed XML" },
	{ "another root",   MAN2, "<x/>", "not a manifest" },
	{ "another namespace", MAN2, "<ASiCManifest xmlns=\"urn:x\"/>", "not a manifest" },
	{ "a name nobody can tell", "META-INF/x.xml", "<x/>", "no manifest names this signature file" },
};
ParameterizedTestParameters(asic_extended, manifest_is_blamed)
{
	static size_t rows[COUNT_OF(broken)];

	return rows_of(rows, COUNT_OF(broken));
}
ParameterizedTest(size_t *row, asic_extended, manifest_is_blamed)
{
	const char *fault;
	reading     r;
	kit         k;

	start(&k);
	k.parts[AT_MAN2] = (part){ broken[*row].name, TEXT(broken[*row].xml) };
	read_container(&r, write_container(k.file, k.parts, k.count), false);
	cr_assert_eq(r.rc, SIGN_OK, "%s: %s", broken[*row].label, r.err.detail);
	cr_assert_eq(r.f->signature_count, 2);
	cr_expect(signature_good(r.f, &r.f->signatures[0]), "%s", broken[*row].label);
	fault = r.f->signatures[1].format_fault;
	cr_assert_not_null(fault, "%s", broken[*row].label);
	cr_expect_not_null(strstr(fault, broken[*row].fault), "%s: %s", broken[*row].label, fault);
	cr_expect_eq(count_uncovered(r.f), 1, "%s: the manifest serves nobody", broken[*row].label);
	cr_expect(has_note(r.f, KS_NOTE_UNKNOWN_META), "%s", broken[*row].label);
	reading_clear(&r);
	finish(&k);
}

/* attacks.md Z8: the suffix that people see against the type that decides. */
static const struct { const char *label, *file; bool noted; } suffixes[] = {
	{ "ASiC-E as such", "k.asice", false }, { "ASiC-E as BDOC", "k.bdoc", false }, { "ASiC-E as ASiC-S", "k.asics", true },
	{ "the same in capitals", "K.SCS", true }, { "no suffix of ours", "k.zip", false },
};
ParameterizedTestParameters(asic_extended, suffix_is_compared)
{
	static size_t rows[COUNT_OF(suffixes)];

	return rows_of(rows, COUNT_OF(suffixes));
}
ParameterizedTest(size_t *row, asic_extended, suffix_is_compared)
{
	reading r;
	kit     k;

	start(&k);
	read_container(&r, write_container(suffixes[*row].file, k.parts, k.count), false);
	cr_assert_eq(r.rc, SIGN_OK);
	cr_expect_eq(has_note(r.f, KS_NOTE_SUFFIX), suffixes[*row].noted, "%s", suffixes[*row].label);
	cr_expect_eq(r.f->form, SIGN_FORM_ASICE_CADES, "%s", suffixes[*row].label);
	reading_clear(&r);
	finish(&k);
}

/* `info` once more, with `inner` as its counter-signature; both are SignerInfo TLVs. */
static void
put_inside(sign_bytes info, sign_bytes inner, ks_buf *out)
{
	static const uint8_t type[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x06 };
	ks_tlv tlv;
	size_t marks[3];

	cr_assert(ks_tlv_next(&info, &tlv));
	cr_assert_eq(ks_der_begin(out, 0x30, &marks[0], NULL), SIGN_OK);
	cr_assert_eq(ks_buf_add(out, tlv.content.data, tlv.content.len, NULL), SIGN_OK);
	cr_assert_eq(ks_der_begin(out, 0xa1, &marks[1], NULL), SIGN_OK);
	cr_assert_eq(ks_der_begin(out, 0x30, &marks[2], NULL), SIGN_OK);
	cr_assert_eq(ks_buf_add(out, type, sizeof(type), NULL), SIGN_OK);
	cr_assert_eq(ks_der_put(out, 0x31, inner, NULL), SIGN_OK);
	for (size_t i = 3; i > 0; i--)
		cr_assert_eq(ks_der_end(out, marks[i - 1], NULL), SIGN_OK);
}

/* attacks.md C8, Z10: taken out and hung into the second as a counter-signature, the first is no longer here. */
Test(asic_extended, a_signature_moved_into_a_countersignature_is_gone)
{
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	KS_AUTO(ks_buf_clear) ks_buf info = KS_BUF((size_t)1 << 20);
	ks_cms  one, two;
	reading r;
	kit     k;

	start(&k);
	k.extra[0] = KS_BUF((size_t)1 << 20);
	cr_assert_eq(ks_cms_read(arena, ks_buf_bytes(&k.bufs[1]), "x", &one, NULL), SIGN_OK);
	cr_assert_eq(ks_cms_read(arena, ks_buf_bytes(&k.bufs[3]), "x", &two, NULL), SIGN_OK);
	put_inside(two.signers[0].whole, one.signers[0].whole, &info);
	cr_assert_eq(ks_cms_build(&k.extra[0], SIGN_DIGEST_SHA256, two.certs, two.cert_count, ks_buf_bytes(&info), NULL), SIGN_OK);
	k.parts[AT_SIG2].bytes = ks_buf_bytes(&k.extra[0]);
	drop(&k, AT_SIG1);
	drop(&k, AT_MAN1);
	read_container(&r, write_container(k.file, k.parts, k.count), false);
	cr_assert_eq(r.rc, SIGN_OK);
	cr_assert_eq(r.f->signature_count, 2);
	cr_expect(signature_good(r.f, &r.f->signatures[0]));
	cr_expect_eq(r.f->signatures[0].covers_count, 0);
	cr_expect(r.f->signatures[0].covers_broken);
	cr_expect(r.f->signatures[1].is_countersignature);
	cr_expect_eq(r.f->signatures[1].edge_count, 0);
	reading_clear(&r);
	finish(&k);
}

Test(asic_extended, outline_reads_no_document)
{
	reading r;
	kit     k;

	start(&k);
	read_container(&r, write_container(k.file, k.parts, k.count), true);
	cr_assert_eq(r.rc, SIGN_OK);
	cr_assert_eq(r.f->signature_count, 2);
	cr_expect_eq(r.f->signatures[0].edge_count, 2);
	cr_expect_eq(r.f->signatures[0].edges[0].state, KS_EDGE_NONE);
	cr_expect_eq(r.f->signatures[0].content_holds, KS_HOLDS_YES, "the manifest is no document");
	reading_clear(&r);
	finish(&k);
}

/* ---- ASiC-S ---------------------------------------------------------------------------------------------------- */

static void
start_simple(kit *k)
{
	*k = (kit){ .file = "k.asics" };
	cr_assert_eq(ks_crypt_new(&k->cx, NULL), SIGN_OK);
	put(k, "mimetype", TEXT(KS_ASIC_MIME_S));
	put(k, "letter.txt", TEXT("the document"));
	sign_detached(k->cx, "person-plain.pem", k->parts[1].bytes, &k->bufs[1]);
	put(k, "META-INF/signature.p7s", ks_buf_bytes(&k->bufs[1]));
}

static void s_changed(kit *k) { k->parts[1].bytes = TEXT("the Document"); }
static void s_renamed(kit *k) { k->parts[1].name = "other.txt"; } /* ASiC-S does not sign the name */
static void s_removed(kit *k) { drop(k, 1); }
static void s_nested(kit *k) { k->parts[1].name = "folder/letter.txt"; }
static void s_second(kit *k) { put(k, "second.txt", TEXT("x")); }
static void s_signature_elsewhere(kit *k) { k->parts[2].name = "META-INF/signature001.p7s"; }
static void s_two_signatures(kit *k) { put(k, "META-INF/signature001.p7s", k->parts[2].bytes); }
static void s_manifest(kit *k)
{
	make_manifest(k->cx, "META-INF/signature.p7s", k->parts + 1, 1, NULL, 0, &k->extra[0]);
	put(k, MAN1, ks_buf_bytes(&k->extra[0]));
}
static void s_token(kit *k) { put(k, "META-INF/timestamp.tst", token(k)); }
static void s_token_other_name(kit *k) { put(k, TST1, token(k)); }
static void s_token_named(kit *k) { added_token(k); }
static void s_token_of_text(kit *k) { put(k, "META-INF/timestamp.tst", TEXT("x")); }
static void s_record(kit *k) { put(k, "META-INF/evidencerecord.ers", record(k)); }
static void s_record_other_name(kit *k) { put(k, ERS1, record(k)); }
static void s_record_of_text(kit *k) { put(k, "META-INF/evidencerecord.ers", TEXT("x")); }

static const struct {
	const char  *label;
	void       (*bend)(kit *);
	size_t       good, all, uncovered;
	bool         fault;
	ks_note_code note;
} rows_s[] = {
	{ "sound",                    none,                  1, 1, 0, false, KS_NOTE_NONE },
	{ "the document changed",     s_changed,             0, 1, 0, false, KS_NOTE_NONE },
	{ "the document renamed",     s_renamed,             1, 1, 0, false, KS_NOTE_NONE },
	{ "the document removed",     s_removed,             0, 1, 0, true,  KS_NOTE_NONE },
	{ "the document in a folder", s_nested,              0, 1, 1, true,  KS_NOTE_NONE },
	{ "a second document",        s_second,              0, 1, 2, true,  KS_NOTE_NONE },
	{ "signature of another name", s_signature_elsewhere, 1, 1, 0, false, KS_NOTE_NONE },
	{ "two signature files",      s_two_signatures,      1, 1, 1, false, KS_NOTE_UNKNOWN_META },
	{ "a manifest",               s_manifest,            1, 1, 1, false, KS_NOTE_UNKNOWN_META },
	{ "a token",                  s_token,               1, 1, 0, false, KS_NOTE_ARCHIVE_NOT_EXAMINED },
	{ "a token of another name",  s_token_other_name,    1, 1, 1, false, KS_NOTE_UNKNOWN_META },
	{ "the same, named",          s_token_named,         1, 1, 0, false, KS_NOTE_ARCHIVE_NOT_EXAMINED },
	{ "text as a token",          s_token_of_text,       1, 1, 1, false, KS_NOTE_UNKNOWN_META },
	{ "an evidence record",       s_record,              1, 1, 0, false, KS_NOTE_EVIDENCE_RECORD_NOT_EXAMINED },
	{ "one of another name",      s_record_other_name,   1, 1, 1, false, KS_NOTE_UNKNOWN_META },
	{ "text as a record",         s_record_of_text,      1, 1, 1, false, KS_NOTE_UNKNOWN_META },
};
ParameterizedTestParameters(asic_simple, bent)
{
	static size_t rows[COUNT_OF(rows_s)];

	return rows_of(rows, COUNT_OF(rows_s));
}
ParameterizedTest(size_t *row, asic_simple, bent)
{
	const char *label = rows_s[*row].label;
	size_t      good = 0;
	reading     r;
	kit         k;

	start_simple(&k);
	rows_s[*row].bend(&k);
	read_container(&r, write_container(k.file, k.parts, k.count), false);
	cr_assert_eq(r.rc, SIGN_OK, "%s: %d %s", label, (int)r.rc, r.err.detail);
	cr_expect_eq(r.f->form, SIGN_FORM_ASICS_CADES, "%s", label);
	for (size_t i = 0; i < r.f->signature_count; i++)
		good += signature_good(r.f, &r.f->signatures[i]);
	cr_expect_eq(good, rows_s[*row].good, "%s: %zu good", label, good);
	cr_expect_eq(r.f->signature_count, rows_s[*row].all, "%s: %zu signatures", label, r.f->signature_count);
	cr_expect_eq(count_uncovered(r.f), rows_s[*row].uncovered, "%s: %zu uncovered", label, count_uncovered(r.f));
	cr_expect_eq(r.f->format_fault != NULL, rows_s[*row].fault, "%s: container", label);
	cr_expect_eq(has_note(r.f, KS_NOTE_UNKNOWN_META), rows_s[*row].note == KS_NOTE_UNKNOWN_META, "%s: note", label);
	cr_expect(rows_s[*row].note == KS_NOTE_NONE || has_note(r.f, rows_s[*row].note), "%s: no note", label);
	reading_clear(&r);
	finish(&k);
}
