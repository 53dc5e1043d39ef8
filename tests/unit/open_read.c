/*
 * The table of forms: bare signatures with their document beside them, inside them, or not at hand; forms that are named
 * and not read.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdlib.h>
#include <string.h>

#include "cades.h"
#include "cms.h"
#include "crypt_key.h"
#include "open.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(s)     KS_BYTES((s), strlen(s))
#define DOCUMENT    "the document"

static void
sign_detached(ks_crypt *cx, sign_bytes content, ks_buf *out)
{
	sign_key_options options = SIGN_KEY_OPTIONS_INIT;
	ks_cades_claims  claims = { .signing_time = 1700000000 };
	sign_error       err = SIGN_ERROR_INIT;
	sign_key        *key = NULL;
	ks_signer        signer;
	ks_digest        digest;

	cr_assert_eq(sign_key_open(KS_SOURCE_DIR "/keys-sample/person-plain.pem", &options, &key, &err), SIGN_OK, "%s",
	    err.detail);
	cr_assert_eq(ks_signer_open(&signer, key, cx, SIGN_SCHEME_NONE, SIGN_DIGEST_NONE, &err), SIGN_OK);
	cr_assert_eq(ks_digest_bytes(cx, signer.digest, content, &digest, &err), SIGN_OK);
	cr_assert_eq(ks_cades_sign(&signer, &claims, KS_BYTES(digest.bytes, digest.len), out, &err), SIGN_OK);
	ks_signer_close(&signer);
	sign_key_free(key);
}

static void
add(ks_buf *out, const void *data, size_t len)
{
	cr_assert_eq(ks_buf_add(out, data, len, NULL), SIGN_OK);
}

/* The same signature with its content inside, in BER with indefinite lengths, as stream writers make it. */
static void
attach(sign_bytes cms, sign_bytes content, ks_buf *out)
{
	static const uint8_t encap[] = { 0x30, 0x0B, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01 };
	static const uint8_t zeros[6] = { 0 };
	const uint8_t *signed_data = cms.data + 4 + 11 + 4 + 4; /* past ContentInfo, its OID, [0], SignedData */
	const uint8_t *at = memmem(cms.data, cms.len, encap, sizeof(encap));
	uint8_t        len = (uint8_t)content.len;

	cr_assert_not_null(at);
	add(out, "\x30\x80", 2);
	add(out, cms.data + 4, 11);
	add(out, "\xA0\x80\x30\x80", 4);
	add(out, signed_data, (size_t)(at - signed_data));
	add(out, "\x30\x80", 2);
	add(out, encap + 2, 11);
	add(out, "\xA0\x80\x24\x80\x04", 5);
	add(out, &len, 1);
	add(out, content.data, content.len);
	add(out, zeros, 6);
	at += sizeof(encap);
	add(out, at, cms.len - (size_t)(at - cms.data));
	add(out, zeros, 6);
}

/* inside, beside: NULL for none. document: its name in the facts, NULL for none. */
static const struct {
	const char   *label, *file, *inside, *beside;
	ks_holds      content;
	ks_edge_state edge;
	const char   *document;
	bool          fault, note;
} rows[] = {
	{ "detached",                "a.txt.p7s", NULL, DOCUMENT, KS_HOLDS_YES, KS_EDGE_HOLDS, "beside.txt", false, false },
	{ "detached, changed",       "a.txt.p7s", NULL, "the Document", KS_HOLDS_NO, KS_EDGE_DIFFERS, "beside.txt", false, false },
	{ "detached, emptied",       "a.txt.p7s", NULL, "",       KS_HOLDS_NO,  KS_EDGE_DIFFERS, "beside.txt", false, false },
	{ "detached, not at hand",   "a.txt.p7s", NULL, NULL,     KS_HOLDS_UNKNOWN, KS_EDGE_NONE, NULL, false, false },
	{ "attached",                "a.txt.p7m", DOCUMENT, NULL, KS_HOLDS_YES, KS_EDGE_HOLDS, "a.txt", false, false },
	{ "attached, long name",     "x/b.pdf.PKCS7", DOCUMENT, NULL, KS_HOLDS_YES, KS_EDGE_HOLDS, "b.pdf", false, false },
	{ "attached, no suffix",     "letter",    DOCUMENT, NULL, KS_HOLDS_YES, KS_EDGE_HOLDS, "letter.content", false, false },
	{ "attached, only suffix",   ".p7m",      DOCUMENT, NULL, KS_HOLDS_YES, KS_EDGE_HOLDS, ".p7m.content", false, false },
	{ "attached, changed",       "a.p7m",     "the Document", NULL, KS_HOLDS_NO, KS_EDGE_DIFFERS, "a", false, false },
	{ "inside and beside",       "a.p7m",     DOCUMENT, DOCUMENT, KS_HOLDS_YES, KS_EDGE_HOLDS, "beside.txt", false, true },
	{ "inside differs",          "a.p7m",     "the Document", DOCUMENT, KS_HOLDS_YES, KS_EDGE_HOLDS, "beside.txt", true, false },
	{ "beside differs",          "a.p7m",     DOCUMENT, "the Document", KS_HOLDS_NO, KS_EDGE_DIFFERS, "beside.txt", true, false },
};
ParameterizedTestParameters(open_read, bare_signatures)
{
	static size_t numbers[COUNT_OF(rows)];

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		numbers[i] = i;
	return cr_make_param_array(size_t, numbers, COUNT_OF(rows));
}
ParameterizedTest(size_t *row, open_read, bare_signatures)
{
	KS_AUTO(ks_auto_crypt) ks_crypt *cx = NULL;
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	KS_AUTO(ks_auto_file) ks_file *beside = NULL;
	KS_AUTO(ks_auto_facts) ks_facts *f = NULL;
	KS_AUTO(ks_buf_clear) ks_buf cms = KS_BUF(65536);
	KS_AUTO(ks_buf_clear) ks_buf whole = KS_BUF(65536);
	const char         *label = rows[*row].label;
	ks_zip             *zip = NULL;
	sign_error          err = SIGN_ERROR_INIT;
	const ks_signature *s;

	cr_assert_eq(ks_crypt_new(&cx, &err), SIGN_OK);
	sign_detached(cx, TEXT(DOCUMENT), &cms);
	if (rows[*row].inside != NULL)
		attach(ks_buf_bytes(&cms), TEXT(rows[*row].inside), &whole);
	else
		add(&whole, cms.data, cms.len);
	cr_assert_eq(ks_file_memory(rows[*row].file, ks_buf_bytes(&whole), &file, &err), SIGN_OK);
	if (rows[*row].beside != NULL)
		cr_assert_eq(ks_file_memory("folder/beside.txt", TEXT(rows[*row].beside), &beside, &err), SIGN_OK);

	cr_assert_eq(ks_open_read(cx, file, beside, &f, &zip, &err), SIGN_OK, "%s: %s", label, err.detail);
	cr_expect_null(zip);
	cr_expect_eq(f->form, rows[*row].inside != NULL ? SIGN_FORM_CADES_ATTACHED : SIGN_FORM_CADES_DETACHED, "%s", label);
	cr_assert_eq(f->signature_count, 1, "%s", label);
	s = &f->signatures[0];
	cr_expect_eq(s->value_holds, KS_HOLDS_YES, "%s", label);
	cr_expect_eq(s->content_holds, rows[*row].content, "%s: %d", label, (int)s->content_holds);
	cr_expect_eq(s->format_fault != NULL, rows[*row].fault, "%s", label);
	cr_expect_eq(s->note_count > 0 && s->notes[s->note_count - 1].code == KS_NOTE_ECONTENT_PRESENT, rows[*row].note, "%s",
	    label);
	cr_assert_eq(f->document_count, rows[*row].document != NULL, "%s", label);
	cr_assert_eq(s->edge_count, rows[*row].document != NULL, "%s", label);
	if (rows[*row].document != NULL) {
		cr_expect_str_eq(f->documents[0].name, rows[*row].document, "%s", label);
		cr_expect_eq(f->documents[0].entry, KS_NO_ENTRY);
		cr_expect(f->documents[0].needs_cover && !f->documents[0].missing, "%s", label);
		cr_expect_eq(s->edges[0].state, rows[*row].edge, "%s", label);
	}
}

Test(open_read, content_comes_out_as_it_went_in)
{
	KS_AUTO(ks_auto_crypt) ks_crypt *cx = NULL;
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	KS_AUTO(ks_auto_file) ks_file *attached = NULL;
	KS_AUTO(ks_auto_file) ks_file *detached = NULL;
	KS_AUTO(ks_auto_facts) ks_facts *f = NULL;
	KS_AUTO(ks_buf_clear) ks_buf cms = KS_BUF(65536);
	KS_AUTO(ks_buf_clear) ks_buf whole = KS_BUF(65536);
	sign_bytes content = { NULL, 0 };
	sign_error err = SIGN_ERROR_INIT;

	cr_assert_eq(ks_crypt_new(&cx, &err), SIGN_OK);
	sign_detached(cx, TEXT(DOCUMENT), &cms);
	attach(ks_buf_bytes(&cms), TEXT(DOCUMENT), &whole);
	cr_assert_eq(ks_file_memory("a.p7m", ks_buf_bytes(&whole), &attached, &err), SIGN_OK);
	cr_assert_eq(ks_file_memory("a.p7s", ks_buf_bytes(&cms), &detached, &err), SIGN_OK);
	cr_assert_eq(ks_open_attached_content(attached, arena, &content, &err), SIGN_OK);
	cr_expect(ks_bytes_equal(content, TEXT(DOCUMENT)));
	cr_expect_eq(ks_open_attached_content(detached, arena, &content, &err), SIGN_E_CONTENT_MISSING);
	err = (sign_error)SIGN_ERROR_INIT;
	cr_assert_eq(ks_open_outline(cx, attached, &f, &err), SIGN_OK);
	cr_expect_eq(f->signatures[0].content_holds, KS_HOLDS_UNKNOWN, "an outline reads no document");
	cr_expect_eq(f->signatures[0].edges[0].state, KS_EDGE_NONE);
	cr_expect_eq(f->documents[0].size_bytes, strlen(DOCUMENT));
}

static const struct { const char *name, *data; sign_code want; const char *detail; } refused[] = {
	{ "a.txt", "a letter", SIGN_E_NOT_SIGNED, "" },
	{ "a.pdf", "%PDF-1.7 <</Type/Sig/ByteRange[0 1 2 3]/Contents<00>>>", SIGN_E_UNSUPPORTED, "pdf-signed" },
	{ "a.xml", "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/>", SIGN_E_UNSUPPORTED, "xades" },
	{ "a.p7s", "-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n", SIGN_E_FORMAT, NULL },
	{ "a.asice", "a letter", SIGN_E_FORMAT, NULL },
};
ParameterizedTestParameters(open_read, refuses)
{
	static size_t numbers[COUNT_OF(refused)];

	for (size_t i = 0; i < COUNT_OF(refused); i++)
		numbers[i] = i;
	return cr_make_param_array(size_t, numbers, COUNT_OF(refused));
}
ParameterizedTest(size_t *row, open_read, refuses)
{
	KS_AUTO(ks_auto_crypt) ks_crypt *cx = NULL;
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	ks_facts  *f = NULL;
	ks_zip    *zip = NULL;
	sign_error err = SIGN_ERROR_INIT;
	sign_code  got;

	cr_assert_eq(ks_crypt_new(&cx, &err), SIGN_OK);
	cr_assert_eq(ks_file_memory(refused[*row].name, TEXT(refused[*row].data), &file, &err), SIGN_OK);
	got = ks_open_read(cx, file, NULL, &f, &zip, &err);
	cr_expect_eq(got, refused[*row].want, "%s: %d", refused[*row].name, (int)got);
	cr_expect_eq(err.code, got, "%s: error and result disagree", refused[*row].name);
	cr_expect_str_eq(err.subject, refused[*row].name);
	if (refused[*row].detail != NULL)
		cr_expect_str_eq(err.detail, refused[*row].detail, "%s", refused[*row].name);
	cr_expect_null(f);
	cr_expect_null(zip);
}
