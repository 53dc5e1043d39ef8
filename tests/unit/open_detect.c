/*
 * Which kind of file is it? Snippets, one row a kind and its near misses; then every file of the corpus.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "open.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define NS_DS       "http://www.w3.org/2000/09/xmldsig#"
#define BYTES(s)    s, sizeof(s) - 1

#define PDF(body) "%PDF-1.7\n1 0 obj << /Type /Page /Contents 2 0 R >> endobj\n" body "\n%%EOF\n"
#define CMS_HEAD  "\x30\x80\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02\xA0\x80\x30\x80\x02\x01\x01\x31\x0F\x30\x0D\x06\x09" \
	"\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
#define ID_DATA   "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01"
#define SHA256_ID "\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"
#define ER_HEAD   "\x30\x82\x01\x00\x02\x01\x01"
#define LOCAL(name) "PK\3\4\x0A\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0" name

static const struct {
	const char *label, *name;
	const char *data;
	size_t      len;
	sign_form   form;
	sign_code   want;
} files[] = {
	{ "empty",               "a.txt",   BYTES(""),                  SIGN_FORM_UNKNOWN, SIGN_OK },
	{ "two bytes",           "a.ddoc",  BYTES("PK"),                SIGN_FORM_UNKNOWN, SIGN_OK },
	{ "text",                "a.txt",   BYTES("a letter"),          SIGN_FORM_UNKNOWN, SIGN_OK },
	{ "text named container", "a.asice", BYTES("a letter"),         SIGN_FORM_UNKNOWN, SIGN_E_FORMAT },
	{ "empty named container", "a.asics", BYTES(""),                SIGN_FORM_UNKNOWN, SIGN_E_FORMAT },
	{ "damaged archive",     "a.zip",   BYTES(LOCAL("a.txt   ")),   SIGN_FORM_UNKNOWN, SIGN_OK },
	{ "damaged container",   "a.zip",   BYTES(LOCAL("mimetype") "application/vnd.etsi.asic-e+zip"), SIGN_FORM_UNKNOWN,
	                                                                                    SIGN_E_FORMAT },
	{ "damaged, by name",    "a.sce",   BYTES(LOCAL("a.txt   ")),   SIGN_FORM_UNKNOWN, SIGN_E_FORMAT },
	{ "damaged, signature",  "a.zip",   BYTES("PK\3\4 META-INF/signature.p7s"), SIGN_FORM_UNKNOWN, SIGN_E_FORMAT },

	{ "PDF",                 "a.pdf",   BYTES(PDF("")),             SIGN_FORM_UNKNOWN, SIGN_OK },
	{ "PDF signed",          "a.pdf",   BYTES(PDF("<</Type/Sig/ByteRange[0 1 2 3]/Contents<00>>>")), SIGN_FORM_PDF_SIGNED,
	                                                                                    SIGN_OK },
	{ "PDF, spaces",         "a.pdf",   BYTES(PDF("<< /ByteRange [ 0 1 2 3 ] /Contents <00> /Type\n /Sig >>")),
	                                                                SIGN_FORM_PDF_SIGNED, SIGN_OK },
	{ "PDF, SubFilter",      "a.pdf",   BYTES(PDF("<</SubFilter/ETSI.CAdES.detached/ByteRange[0 1 2 3]/Contents<00>>>")),
	                                                                SIGN_FORM_PDF_SIGNED, SIGN_OK },
	{ "PDF, stamped",        "a.pdf",   BYTES(PDF("<</Type/DocTimeStamp/ByteRange[0 1 2 3]/Contents<00>>>")),
	                                                                SIGN_FORM_PDF_SIGNED, SIGN_OK },
	{ "PDF, names in hex",   "a.pdf",   BYTES(PDF("<</Type/S#69g/Byte#52ange[0 1 2 3]/Contents<00>>>")),
	                                                                SIGN_FORM_PDF_SIGNED, SIGN_OK },
	{ "PDF, mark not first", "a",       BYTES("junk\n" PDF("<</Type/Sig/ByteRange[0 1 2 3]/Contents<00>>>")),
	                                                                SIGN_FORM_PDF_SIGNED, SIGN_OK },
	{ "PDF in XML",          "a.xml",   BYTES("<a>%PDF-1.7<Signature xmlns=\"" NS_DS "\"/></a>"), SIGN_FORM_XADES, SIGN_OK },
	{ "PDF in CMS",          "a.p7m",   BYTES(CMS_HEAD "\x30\x20" ID_DATA "\xA0\x13\x04\x11%PDF-1.7"), SIGN_FORM_CADES_ATTACHED,
	                                                                                    SIGN_OK },
	{ "PDF, empty field",    "a.pdf",   BYTES(PDF("<</FT/Sig/T(sign here)>>")), SIGN_FORM_UNKNOWN, SIGN_OK },
	{ "PDF, other names",    "a.pdf",   BYTES(PDF("<</Type/Signature/ByteRanges[0]>>")), SIGN_FORM_UNKNOWN, SIGN_OK },
	{ "PDF, type apart",     "a.pdf",   BYTES(PDF("<</Type 1/Sig/ByteRange[0 1]>>")), SIGN_FORM_UNKNOWN, SIGN_OK },

	{ "CMS detached",        "a.p7s",   BYTES(CMS_HEAD "\x30\x0B" ID_DATA "\xA0\x80\x30"), SIGN_FORM_CADES_DETACHED, SIGN_OK },
	{ "CMS attached",        "a.p7m",   BYTES(CMS_HEAD "\x30\x11" ID_DATA "\xA0\x04\x04\x02hi"), SIGN_FORM_CADES_ATTACHED,
	                                                                                    SIGN_OK },
	{ "BER detached",        "a.p7s",   BYTES(CMS_HEAD "\x30\x80" ID_DATA "\0\0\xA0\x80"), SIGN_FORM_CADES_DETACHED, SIGN_OK },
	{ "BER attached",        "a.p7m",   BYTES(CMS_HEAD "\x30\x80" ID_DATA "\xA0\x80\x24\x80"), SIGN_FORM_CADES_ATTACHED,
	                                                                                    SIGN_OK },
	{ "time-stamp token",    "a.tst",   BYTES(CMS_HEAD "\x30\x80\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x04\xA0\x80"),
	                                                                SIGN_FORM_TIMESTAMP_TOKEN, SIGN_OK },
	{ "PEM, broken",         "a.p7s",   BYTES("-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n"), SIGN_FORM_CADES_DETACHED,
	                                                                                    SIGN_OK },
	{ "encrypted CMS",       "a.p7m",   BYTES("\x30\x80\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03\xA0\x80"),
	                                                                SIGN_FORM_UNKNOWN, SIGN_OK },
	{ "evidence record",     "a.ers",   BYTES(ER_HEAD "\x30\x0F" SHA256_ID "\x30\x00"), SIGN_FORM_EVIDENCE_RECORD, SIGN_OK },
	{ "private key",         "a.der",   BYTES(ER_HEAD SHA256_ID),   SIGN_FORM_UNKNOWN, SIGN_OK },
	{ "other version",       "a.ers",   BYTES("\x30\x82\x01\x00\x02\x01\x02\x30\x0F" SHA256_ID), SIGN_FORM_UNKNOWN, SIGN_OK },

	{ "XML",                 "a.xml",   BYTES("<a><b/></a>"),       SIGN_FORM_UNKNOWN, SIGN_OK },
	{ "XML signature",       "a.xml",   BYTES("<s:Signature xmlns:s=\"" NS_DS "\"/>"), SIGN_FORM_XADES, SIGN_OK },
	{ "XML signature inside", "a.xml",  BYTES("<a><b><Signature xmlns=\"" NS_DS "\"/></b></a>"), SIGN_FORM_XADES, SIGN_OK },
	{ "namespace spelt out", "a.xml",   BYTES("<a><Signature xmlns=\"http:&#47;/www.w3.org/2000/09/xmldsig&#x23;\"/></a>"),
	                                                                SIGN_FORM_XADES, SIGN_OK },
	{ "same name elsewhere", "a.xml",   BYTES("<a><Signature/></a>"), SIGN_FORM_UNKNOWN, SIGN_OK },
	{ "namespace in text",   "a.xml",   BYTES("<a>" NS_DS "</a>"),  SIGN_FORM_UNKNOWN, SIGN_OK },
	{ "broken, with signature", "a.xml", BYTES("<a><Signature xmlns=\"" NS_DS "\"></b>"), SIGN_FORM_XADES, SIGN_OK },
	{ "DTD, with signature", "a.xml",   BYTES("<!DOCTYPE a><a><Signature xmlns=\"" NS_DS "\"/></a>"), SIGN_FORM_XADES, SIGN_OK },
	{ "HTML",                "a.html",  BYTES("<!DOCTYPE html><p>letter<br></html>"), SIGN_FORM_UNKNOWN, SIGN_OK },
	{ "DDOC",                "a.ddoc",  BYTES("<SignedDoc format=\"DIGIDOC-XML\"/>"), SIGN_FORM_DDOC, SIGN_OK },
	{ "edXML",               "a.edxml", BYTES("<edXML xmlns=\"http://www.mic.gov.vn/TBT/QCVN_102_2016\"/>"), SIGN_FORM_EDXML,
	                                                                                    SIGN_OK },
	{ "edXML named .edoc",   "a.edoc",  BYTES("<edXML xmlns=\"http://www.mic.gov.vn/TBT/QCVN_102_2016\"/>"), SIGN_FORM_EDXML,
	                                                                                    SIGN_OK },
	{ "edXML in an envelope", "a.xml",  BYTES("<Envelope><Signature xmlns=\"" NS_DS "\"/><h xmlns=\"http://www.e-doc.vn/Schema/\"/>"
	  "</Envelope>"),                                               SIGN_FORM_EDXML, SIGN_OK },
	{ "XML evidence record", "a.xml",   BYTES("<EvidenceRecord xmlns=\"urn:ietf:params:xml:ns:ers\"/>"),
	                                                                SIGN_FORM_EVIDENCE_RECORD, SIGN_OK },
};
ParameterizedTestParameters(open_detect, by_content)
{
	static size_t rows[COUNT_OF(files)];

	for (size_t i = 0; i < COUNT_OF(files); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, COUNT_OF(files));
}
ParameterizedTest(size_t *row, open_detect, by_content)
{
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	sign_form  form = SIGN_FORM_UNKNOWN;
	sign_error err = SIGN_ERROR_INIT;
	sign_code  got;

	cr_assert_eq(ks_file_memory(files[*row].name, KS_BYTES(files[*row].data, files[*row].len), &file, &err), SIGN_OK);
	got = ks_open_detect(file, &form, &err);
	cr_expect_eq(got, files[*row].want, "%s: %d %s", files[*row].label, (int)got, err.detail);
	cr_expect_eq(err.code, got, "%s: error and result disagree", files[*row].label);
	if (got == SIGN_OK)
		cr_expect_eq(form, files[*row].form, "%s: %s", files[*row].label, sign_form_name(form));
}

/* A name split by a block's edge is still found. */
Test(open_detect, across_blocks)
{
	static const char signature[] = "<</Type/Sig/ByteRange[0 1 2 3]/Contents<00>>>";
	size_t   block = (size_t)256 * 1024;
	uint8_t *data = malloc(2 * block);

	for (size_t shift = 0; shift < sizeof(signature) + 2; shift++) {
		KS_AUTO(ks_auto_file) ks_file *file = NULL;
		sign_form form = SIGN_FORM_UNKNOWN;

		memset(data, 'x', 2 * block);
		memcpy(data, "%PDF-1.7\n", 9);
		memcpy(data + block - shift, signature, sizeof(signature) - 1);
		cr_assert_eq(ks_file_memory("a.pdf", KS_BYTES(data, 2 * block), &file, NULL), SIGN_OK);
		cr_assert_eq(ks_open_detect(file, &form, NULL), SIGN_OK);
		cr_expect_eq(form, SIGN_FORM_PDF_SIGNED, "shifted by %zu", shift);

		memset(data, 'x', 2 * block);
		memcpy(data, "PK\3\4", 4);
		memcpy(data + block - (shift < 18 ? shift : 18), "META-INF/signature", 18);
		ks_file_free(KS_MOVE(file));
		cr_assert_eq(ks_file_memory("a.zip", KS_BYTES(data, 2 * block), &file, NULL), SIGN_OK);
		cr_expect_eq(ks_open_detect(file, &form, NULL), SIGN_E_FORMAT, "shifted by %zu", shift);
	}
	free(data);
}

/* ---- the corpus ------------------------------------------------------------------------------------------------ */

static const struct { const char *kind; sign_form forms[3]; } kinds[] = {
	{ "asice-cades",   { SIGN_FORM_ASICE_CADES, SIGN_FORM_ASICE_TST } },
	{ "asics-cades",   { SIGN_FORM_ASICS_CADES } },
	{ "asice-xades",   { SIGN_FORM_ASICE_XADES } },
	{ "asics-xades",   { SIGN_FORM_ASICS_XADES } },
	{ "asics-tst",     { SIGN_FORM_ASICS_TST, SIGN_FORM_ASICS_XADES, SIGN_FORM_ASICE_TST } },
	{ "asic-evidence-records", { SIGN_FORM_ASIC_ER, SIGN_FORM_ASICE_CADES, SIGN_FORM_ASICE_XADES } },
	{ "evidence-records", { SIGN_FORM_EVIDENCE_RECORD } },
	{ "cades",         { SIGN_FORM_CADES_ATTACHED, SIGN_FORM_CADES_DETACHED } },
	{ "xades",         { SIGN_FORM_XADES } },
	{ "xades-attacks", { SIGN_FORM_XADES } },
	{ "xmldsig",       { SIGN_FORM_XADES } },
	{ "document",      { SIGN_FORM_UNKNOWN } },
	{ "malformed-xml", { SIGN_FORM_UNKNOWN } },
};

/* Files whose form is not that of their kind. SIGN_E_*: detection itself refuses. */
static const struct { const char *path; sign_form form; sign_code want; } exceptions[] = {
	{ "asice-cades/tstNoMimeType.asice", SIGN_FORM_ASICE_TST, SIGN_OK },
	{ "asics-tst/1xTST-and-XAdES-signature.asics", SIGN_FORM_ASICS_XADES, SIGN_OK },
	{ "asics-tst/test-invalid.asics", SIGN_FORM_ASICE_TST, SIGN_OK },
	{ "asic-evidence-records/asic-xades-ers.scs", SIGN_FORM_ASICS_XADES, SIGN_OK },
	{ "asic-evidence-records/cades-lt-with-er.sce", SIGN_FORM_ASICE_CADES, SIGN_OK },
	{ "asic-evidence-records/xades-lt-with-er.sce", SIGN_FORM_ASICE_XADES, SIGN_OK },
	{ "cades/Test.bin", SIGN_FORM_PDF_SIGNED, SIGN_OK }, /* a document that carries a signature of its own */
	{ "malformed-zip/2-mimetypes.asice", SIGN_FORM_UNKNOWN, SIGN_E_NAME },
	{ "malformed-zip/KS-19_IB-3721_bdoc21-TM-2fil-samename-1sig3.bdoc", SIGN_FORM_UNKNOWN, SIGN_E_NAME },
	{ "malformed-zip/asice-relative.asice", SIGN_FORM_UNKNOWN, SIGN_E_NAME },
	{ "malformed-zip/dot.asice", SIGN_FORM_UNKNOWN, SIGN_E_NAME },
	{ "malformed-zip/malformed-container.asice", SIGN_FORM_UNKNOWN, SIGN_E_FORMAT },
	{ "malformed-zip/malformed-container.asics", SIGN_FORM_UNKNOWN, SIGN_E_FORMAT },
	{ "malformed-zip/compression-ratio-51.91-with-1-datafile.asice", SIGN_FORM_ASICE_XADES, SIGN_OK },
	{ "malformed-zip/zip-bomb.asice", SIGN_FORM_UNKNOWN, SIGN_E_LIMIT },
	{ "malformed-zip/incorrectMimetype.bdoc", SIGN_FORM_ASIC_UNSIGNED, SIGN_OK },
	{ "malformed-zip/no-signature.asics", SIGN_FORM_ASIC_UNSIGNED, SIGN_OK }, /* its signatures.xml is an empty frame */
	{ "malformed-zip/tooShortToVerifyIfIsZip.ddoc", SIGN_FORM_UNKNOWN, SIGN_OK },
	{ "malformed-zip/zip64.zip", SIGN_FORM_UNKNOWN, SIGN_OK },
	{ "malformed-zip/bogus.zip", SIGN_FORM_UNKNOWN, SIGN_OK },
	{ "opendocument/document.odt", SIGN_FORM_UNKNOWN, SIGN_OK },
	{ "opendocument/libreoffice.odt", SIGN_FORM_OPENDOCUMENT_SIGNED, SIGN_OK },
	{ "opendocument/open-document-signed.odt", SIGN_FORM_OPENDOCUMENT_SIGNED, SIGN_OK },
};

static bool
form_fits(const char *path, const char *kind, sign_code rc, sign_form form)
{
	for (size_t i = 0; i < COUNT_OF(exceptions); i++)
		if (strcmp(exceptions[i].path, path) == 0)
			return rc == exceptions[i].want && (rc != SIGN_OK || form == exceptions[i].form);
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (strcmp(kinds[i].kind, kind) != 0)
			continue;
		for (size_t k = 0; k < COUNT_OF(kinds[i].forms); k++)
			if (rc == SIGN_OK && form == kinds[i].forms[k] && (k == 0 || form != SIGN_FORM_UNKNOWN))
				return true;
		return false;
	}
	/* damaged archives of no kind: never taken for something that is read and signed */
	return rc != SIGN_OK || form == SIGN_FORM_UNKNOWN;
}

Test(open_corpus, every_file_has_its_form)
{
	const char *folder = getenv("KYSO_CORPUS");
	const char *ci = getenv("CI");
	char        line[4096], path[4608];
	size_t      checked = 0;
	FILE       *table;

	if (folder == NULL)
		folder = KS_SOURCE_DIR "/../shared/corpus";
	if (access(folder, R_OK) != 0) {
		cr_assert(ci == NULL || strcmp(ci, "true") != 0, "no corpus at %s", folder);
		cr_skip_test("no corpus here");
	}
	snprintf(path, sizeof(path), "%s/expected.tsv", folder);
	table = fopen(path, "r");
	cr_assert_not_null(table);
	cr_assert_not_null(fgets(line, sizeof(line), table));
	while (fgets(line, sizeof(line), table) != NULL) {
		KS_AUTO(ks_auto_file) ks_file *file = NULL;
		sign_error  err = SIGN_ERROR_INIT;
		sign_form   form = SIGN_FORM_UNKNOWN;
		char       *at = line;
		const char *name = strsep(&at, "\t");
		const char *kind = strsep(&at, "\t");
		sign_code   rc;

		cr_assert_not_null(kind);
		snprintf(path, sizeof(path), "%s/%s", folder, name);
		cr_assert_eq(ks_file_open(path, &file, &err), SIGN_OK, "%s", path);
		rc = ks_open_detect(file, &form, &err);
		cr_expect(form_fits(name, kind, rc, form), "%s: %s, %d %s", name, sign_form_name(form), (int)rc, err.detail);
		checked++;
	}
	fclose(table);
	cr_expect_geq(checked, 150);
}
