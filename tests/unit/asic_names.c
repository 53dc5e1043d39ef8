/*
 * Names in and out of manifests, kinds of entries, base64: one row a rule (design.md 17, RFC 3986, RFC 4648).
 */
#include <string.h>

#include "asic_support.h"

/* want NULL: refused */
static const struct { const char *label, *uri, *want; } uris[] = {
	{ "plain",                 "letter.pdf",              "letter.pdf" },
	{ "in a folder",           "a/b/c.txt",               "a/b/c.txt" },
	{ "encoded space",         "a%20b.txt",               "a b.txt" },
	{ "plus stays plus",       "a+b.txt",                 "a+b.txt" },
	{ "encoded plus",          "a%2Bb.txt",               "a+b.txt" },
	{ "decoded once",          "a%2520b.txt",             "a%20b.txt" },
	{ "raw UTF-8",             "c\u00f4ng v\u0103n.pdf",  "c\u00f4ng v\u0103n.pdf" },
	{ "encoded UTF-8",         "c%C3%B4ng.pdf",           "c\u00f4ng.pdf" },
	{ "bad escape is literal", "100%.txt",                "100%.txt" },
	{ "encoded hash",          "a%23b.txt",               "a#b.txt" },
	{ "encoded question",      "a%3Fb.txt",               "a?b.txt" },
	{ "digit before colon",    "12:30.txt",               "12:30.txt" },
	{ "colon in a folder",     "a/b:c.txt",               "a/b:c.txt" },
	{ "scheme",                "file:a.txt",              NULL },
	{ "web address",           "http://host/a.txt",       NULL },
	{ "drive",                 "C:a.txt",                 NULL },
	{ "authority",             "//host/a.txt",            NULL },
	{ "query",                 "a.txt?x",                 NULL },
	{ "fragment",              "a.txt#x",                 NULL },
	{ "absolute",              "/etc/passwd",             NULL },
	{ "encoded absolute",      "%2Fetc/passwd",           NULL },
	{ "climbs out",            "../a.txt",                NULL },
	{ "encoded climb",         "a/%2E%2E/b.txt",          NULL },
	{ "dot",                   "./a.txt",                 NULL },
	{ "empty segment",         "a//b.txt",                NULL },
	{ "empty",                 "",                        NULL },
	{ "backslash",             "a\\b.txt",                NULL },
	{ "encoded backslash",     "a%5Cb.txt",               NULL },
	{ "encoded NUL",           "a%00b.txt",               NULL },
	{ "encoded newline",       "a%0Ab.txt",               NULL },
	{ "a folder",              "a/",                      NULL },
};
ParameterizedTestParameters(asic_uri, means_an_entry)
{
	static size_t rows[COUNT_OF(uris)];

	return rows_of(rows, COUNT_OF(uris));
}
ParameterizedTest(size_t *row, asic_uri, means_an_entry)
{
	char        name[256];
	size_t      len = 0;
	const char *uri = uris[*row].uri, *want = uris[*row].want;
	const char *fault = ks_asic_uri_name(uri, strlen(uri), name, &len);

	cr_expect_eq(fault == NULL, want != NULL, "%s: %s", uris[*row].label, fault != NULL ? fault : "accepted");
	if (fault == NULL && want != NULL)
		cr_expect(len == strlen(want) && memcmp(name, want, len) == 0, "%s: \"%.*s\"", uris[*row].label, (int)len, name);
}

static const struct { const char *label, *name; sign_code want; } names[] = {
	{ "plain",                  "letter.pdf",              SIGN_OK },
	{ "accented",               "c\u00f4ng v\u0103n.pdf",  SIGN_OK },
	{ "percent",                "100%.txt",                SIGN_OK },
	{ "in a folder",            "phu luc/1.xlsx",          SIGN_OK },
	{ "only begins like it",    "mimetype.txt",            SIGN_OK },
	{ "mimetype below",         "a/mimetype",              SIGN_OK },
	{ "climbs out",             "../letter.pdf",           SIGN_E_NAME },
	{ "absolute",               "/etc/passwd",             SIGN_E_NAME },
	{ "empty",                  "",                        SIGN_E_NAME },
	{ "a folder",               "a/",                      SIGN_E_NAME },
	{ "backslash",              "a\\b",                    SIGN_E_NAME },
	{ "control",                "a\nb",                    SIGN_E_NAME },
	{ "override to the left",   "a\u202egpj.exe",          SIGN_E_NAME },
	{ "isolate",                "a\u2066b.pdf",            SIGN_E_NAME },
	{ "mark",                   "a\u200fb.pdf",            SIGN_E_NAME },
	{ "Arabic mark",            "a\u061cb.pdf",            SIGN_E_NAME },
	{ "not UTF-8",              "a\xFF.txt",               SIGN_E_NAME },
	{ "poses as media type",    "mimetype",                SIGN_E_NAME },
	{ "in other case",          "MimeType",                SIGN_E_NAME },
	{ "poses as metadata",      "META-INF/x.p7s",          SIGN_E_NAME },
	{ "metadata in other case", "meta-inf/x.txt",          SIGN_E_NAME },
	{ "where the folder is",    "META-INF",                SIGN_E_NAME },
};
ParameterizedTestParameters(asic_name, is_checked)
{
	static size_t rows[COUNT_OF(names)];

	return rows_of(rows, COUNT_OF(names));
}
ParameterizedTest(size_t *row, asic_name, is_checked)
{
	sign_error err = SIGN_ERROR_INIT;
	sign_code  got = ks_asic_check_document_name(names[*row].name, &err);

	cr_expect_eq(got, names[*row].want, "%s: %d %s", names[*row].label, (int)got, err.detail);
	cr_expect_eq(err.code, got, "%s: error and result disagree", names[*row].label);
}

/* want NULL: refused */
static const struct { const char *label, *text, *want; } base64[] = {
	{ "empty: no digest is", "",       NULL },
	{ "one byte",          "Zg==",     "f" },
	{ "two bytes",         "Zm8=",     "fo" },
	{ "three bytes",       "Zm9v",     "foo" },
	{ "four bytes",        "Zm9vYg==", "foob" },
	{ "no padding",        "Zg",       NULL },
	{ "short padding",     "Zg=",      NULL },
	{ "only padding",      "====",     NULL },
	{ "padding inside",    "Zg==Zg==", NULL },
	{ "one digit",         "Z===",     NULL },
	{ "spare bits, one",   "Zh==",     NULL },
	{ "spare bits, two",   "Zm9=",     NULL },
	{ "other alphabet",    "Zm9-",     NULL },
	{ "white space",       "Zm 9",     NULL },
	{ "more than allowed", "Zm9vYmFyZm9v", NULL },
};
ParameterizedTestParameters(asic_base64, is_strict)
{
	static size_t rows[COUNT_OF(base64)];

	return rows_of(rows, COUNT_OF(base64));
}
ParameterizedTest(size_t *row, asic_base64, is_strict)
{
	const char *text = base64[*row].text, *want = base64[*row].want;
	uint8_t     out[8];
	size_t      len = 0;
	bool        ok = ks_base64_decode(text, strlen(text), out, sizeof(out), &len);
	KS_AUTO(ks_buf_clear) ks_buf again = KS_BUF(64);

	cr_assert_eq(ok, want != NULL, "%s", base64[*row].label);
	if (!ok)
		return;
	cr_expect(len == strlen(want) && memcmp(out, want, len) == 0, "%s", base64[*row].label);
	cr_assert_eq(ks_base64_encode(&again, KS_BYTES(out, len), NULL), SIGN_OK);
	cr_expect(again.len == strlen(text) && (again.len == 0 || memcmp(again.data, text, again.len) == 0), "%s: back",
	    base64[*row].label);
}

static const struct { const char *name; bool folder; ks_entry_kind want; } kinds[] = {
	{ "letter.pdf",                            false, KS_ENTRY_DATA },
	{ "mimetype",                              false, KS_ENTRY_MIMETYPE },
	{ "MIMETYPE",                              false, KS_ENTRY_DATA },
	{ "a/mimetype",                            false, KS_ENTRY_DATA },
	{ "META-INF/",                             true,  KS_ENTRY_FOLDER },
	{ "META-INF/signature.p7s",                false, KS_ENTRY_CMS },
	{ "META-INF/signatureAAA.p7s",             false, KS_ENTRY_CMS },
	{ "meta-inf/signature.p7s",                false, KS_ENTRY_DATA },
	{ "a/META-INF/signature.p7s",              false, KS_ENTRY_DATA },
	{ "META-INF/other.p7s",                    false, KS_ENTRY_META },
	{ "META-INF/signatureManifest.p7s",        false, KS_ENTRY_META },
	{ "META-INF/signatures0.xml",              false, KS_ENTRY_XML_SIGNATURE },
	{ "META-INF/signatures/signatures0.xml",   false, KS_ENTRY_XML_SIGNATURE },
	{ "META-INF/ASiCManifestsignature.xml",    false, KS_ENTRY_XML },
	{ "META-INF/ASiCManifest001.xml",          false, KS_ENTRY_XML },
	{ "META-INF/timestamp001.tst",             false, KS_ENTRY_TOKEN },
	{ "META-INF/evidencerecord001.ers",        false, KS_ENTRY_EVIDENCE },
	{ "META-INF/evidencerecord.xml",           false, KS_ENTRY_EVIDENCE },
	{ "META-INF/ASiCEvidenceRecordManifest.xml", false, KS_ENTRY_XML },
	{ "META-INF/readme.txt",                   false, KS_ENTRY_META },
};
ParameterizedTestParameters(asic_kind, is_told_by_name)
{
	static size_t rows[COUNT_OF(kinds)];

	return rows_of(rows, COUNT_OF(kinds));
}
ParameterizedTest(size_t *row, asic_kind, is_told_by_name)
{
	ks_zip_entry e = { .name = kinds[*row].name, .is_folder = kinds[*row].folder };

	e.name_len = (uint16_t)strlen(kinds[*row].name);
	cr_expect_eq(ks_asic_kind(&e), kinds[*row].want, "%s: %d", kinds[*row].name, (int)ks_asic_kind(&e));
}
