/*
 * Looking through whole files in constant memory: for texts, for PDF signatures, for XML signatures and packets. A scan
 * errs towards "signed": a document wrongly passed over is seen by its user, a signature called unsigned is not. Floor:
 * open.
 */
#include "open_private.h"

#include "xml.h"

#include <stdlib.h>
#include <string.h>

#define SCAN_BLOCK_BYTES ((size_t)256 * 1024)
#define SCAN_XML_BYTES   ((uint64_t)1 << 30)

#define NS_DS  "http://www.w3.org/2000/09/xmldsig#"
#define NS_ERS "urn:ietf:params:xml:ns:ers"

/* Hand the file to `each` a block at a time; each sets *done to stop early. */
typedef sign_code (*block_fn)(void *user, const uint8_t *data, size_t len, bool *done, sign_error *err);

static sign_code
each_block(const ks_file *file, block_fn each, void *user, sign_error *err)
{
	KS_AUTO(ks_auto_mem) uint8_t *block = malloc(SCAN_BLOCK_BYTES);
	bool done = false;

	if (block == NULL)
		return ks_fail_memory(err);
	for (uint64_t at = 0; at < file->size_bytes && !done;) {
		uint64_t left = file->size_bytes - at;
		size_t   len = left < SCAN_BLOCK_BYTES ? (size_t)left : SCAN_BLOCK_BYTES;

		KS_TRY(ks_file_read_at(file, at, block, len, err));
		KS_TRY(each(user, block, len, &done, err));
		at += len;
	}
	return SIGN_OK;
}

/* ---- texts ----------------------------------------------------------------------------------------------------- */

#define MAX_TEXT 64

typedef struct {
	const char *const *texts;
	size_t             count;
	uint8_t            seam[2 * MAX_TEXT]; /* the end of the last block and the start of this */
	size_t             kept;
	bool               found;
} text_scan;

static bool
find_texts(const text_scan *s, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < s->count; i++)
		if (memmem(data, len, s->texts[i], strlen(s->texts[i])) != NULL)
			return true;
	return false;
}

static sign_code
scan_block_for_texts(void *user, const uint8_t *data, size_t len, bool *done, sign_error *err)
{
	text_scan *s = user;
	size_t     head = len < MAX_TEXT ? len : MAX_TEXT;
	size_t     total;

	(void)err;
	memcpy(s->seam + s->kept, data, head);
	total = s->kept + head;
	s->found = find_texts(s, data, len) || find_texts(s, s->seam, total);
	*done = s->found;
	if (len >= MAX_TEXT) {
		memcpy(s->seam, data + len - MAX_TEXT, MAX_TEXT);
		s->kept = MAX_TEXT;
	} else { /* the last block of the file */
		s->kept = 0;
	}
	return SIGN_OK;
}

sign_code
ks_open_scan_texts(const ks_file *file, const char *const texts[], size_t count, bool *found, sign_error *err)
{
	text_scan s = { .texts = texts, .count = count };

	KS_TRY(each_block(file, scan_block_for_texts, &s, err));
	*found = s.found;
	return SIGN_OK;
}

/* ---- PDF ------------------------------------------------------------------------------------------------------- */

/*
 * ISO 32000-1 12.8.1: a signature dictionary has /ByteRange and /Contents, is of /Type /Sig or /DocTimeStamp, and names a
 * /SubFilter. It is patched in place once signed, so it never hides in an object stream. Names are compared after
 * decoding #xx (7.3.5), since a viewer would.
 */
typedef struct {
	bool   in_name, after_type; /* after_type: the last name was /Type and only white space followed */
	char   name[32];
	size_t len;
	int    hex;      /* digits of #xx still to come */
	int    hex_value;
	bool   byte_range, contents, kind;
} pdf_scan;

static void
pdf_name_ends(pdf_scan *s)
{
	bool after_type = s->after_type;

	s->in_name = s->after_type = false;
	s->name[s->len] = '\0';
	if (strcmp(s->name, "ByteRange") == 0)
		s->byte_range = true;
	else if (strcmp(s->name, "Contents") == 0)
		s->contents = true;
	else if (strcmp(s->name, "SubFilter") == 0)
		s->kind = true;
	else if (strcmp(s->name, "Type") == 0)
		s->after_type = true;
	else if (after_type && (strcmp(s->name, "Sig") == 0 || strcmp(s->name, "DocTimeStamp") == 0))
		s->kind = true;
}

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void
pdf_name_byte(pdf_scan *s, uint8_t c)
{
	if (s->hex > 0 && hex_digit(c) >= 0) {
		s->hex_value = s->hex_value * 16 + hex_digit(c);
		if (--s->hex > 0)
			return;
		c = (uint8_t)s->hex_value;
	} else if (c == '#') {
		s->hex = 2;
		s->hex_value = 0;
		return;
	}
	if (s->len + 1 < sizeof(s->name))
		s->name[s->len++] = (char)c;
}

static bool
pdf_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\0';
}

static sign_code
scan_block_for_pdf(void *user, const uint8_t *data, size_t len, bool *done, sign_error *err)
{
	pdf_scan *s = user;

	(void)err;
	for (size_t i = 0; i < len; i++) {
		uint8_t c = data[i];

		if (s->in_name && (pdf_space(c) || strchr("/[]<>(){}%", c) != NULL))
			pdf_name_ends(s);
		if (s->in_name) {
			pdf_name_byte(s, c);
		} else if (c == '/') {
			s->in_name = true;
			s->len = 0;
			s->hex = 0;
		} else if (!pdf_space(c)) {
			const uint8_t *slash = memchr(data + i, '/', len - i);

			s->after_type = false;
			i = slash == NULL ? len : (size_t)(slash - data) - 1;
		}
	}
	*done = s->byte_range && s->contents && s->kind;
	return SIGN_OK;
}

sign_code
ks_open_scan_pdf(const ks_file *file, bool *is_signed, sign_error *err)
{
	pdf_scan s = { .in_name = false };

	KS_TRY(each_block(file, scan_block_for_pdf, &s, err));
	if (s.in_name)
		pdf_name_ends(&s);
	*is_signed = s.byte_range && s.contents && s.kind;
	return SIGN_OK;
}

/* ---- XML ------------------------------------------------------------------------------------------------------- */

typedef struct {
	ks_xml_parser *parser;
	sign_form      form;
} xml_scan;

/* A packet's namespaces (QCVN 102:2016, and what older software wrote). */
static bool
is_packet_ns(const char *ns)
{
	static const char *const known[] = {
		"http://www.mic.gov.vn/TBT/QCVN_102_2016", "http://www.go.vn/eDoc", "http://www.e-doc.vn/Schema/",
	};

	for (size_t i = 0; i < KS_COUNT(known); i++)
		if (strcmp(ns, known[i]) == 0)
			return true;
	return false;
}

/* A packet is told before the signatures inside it, an enveloped signature wherever it stands. */
static sign_code
on_start(void *user, const char *ns, const char *name, const ks_xml_attr *attrs, size_t count, sign_error *err)
{
	xml_scan *s = user;

	(void)attrs;
	(void)count;
	(void)err;
	if (is_packet_ns(ns))
		s->form = SIGN_FORM_EDXML;
	else if (s->form == SIGN_FORM_UNKNOWN && strcmp(ns, NS_DS) == 0 && strcmp(name, "Signature") == 0)
		s->form = SIGN_FORM_XADES;
	return SIGN_OK;
}

static sign_code
on_end(void *user, const char *ns, const char *name, sign_error *err)
{
	(void)user;
	(void)ns;
	(void)name;
	(void)err;
	return SIGN_OK;
}

static sign_code
on_text(void *user, const char *text, size_t len, sign_error *err)
{
	(void)user;
	(void)text;
	(void)len;
	(void)err;
	return SIGN_OK;
}

static sign_code
scan_block_for_xml(void *user, const uint8_t *data, size_t len, bool *done, sign_error *err)
{
	xml_scan *s = user;

	KS_TRY(ks_xml_parser_feed(s->parser, data, len, err));
	*done = s->form == SIGN_FORM_EDXML;
	return SIGN_OK;
}

static sign_code
scan_elements(const ks_file *file, sign_form *form, sign_error *err)
{
	static const ks_xml_handlers handlers = { on_start, on_end, on_text, NULL };
	KS_AUTO(ks_auto_xml_parser) ks_xml_parser *parser = NULL;
	xml_scan s = { NULL, SIGN_FORM_UNKNOWN };

	KS_TRY(ks_xml_parser_new(&handlers, &s, file->name, SCAN_XML_BYTES, &parser, err));
	s.parser = parser;
	KS_TRY(each_block(file, scan_block_for_xml, &s, err));
	if (s.form != SIGN_FORM_EDXML)
		KS_TRY(ks_xml_parser_finish(parser, err));
	*form = s.form;
	return SIGN_OK;
}

static sign_form
form_of_root(const char *ns, const char *name)
{
	if (is_packet_ns(ns) || strcmp(name, "edXML") == 0 || strcmp(name, "EdXMLEnvelope") == 0)
		return SIGN_FORM_EDXML;
	if (strcmp(name, "SignedDoc") == 0)
		return SIGN_FORM_DDOC;
	if (strcmp(ns, NS_ERS) == 0)
		return SIGN_FORM_EVIDENCE_RECORD;
	if (strcmp(ns, NS_DS) == 0 || strcmp(name, "XAdESSignatures") == 0 || strcmp(name, "document-signatures") == 0 ||
	    strncmp(ns, "http://uri.etsi.org/01903/", 26) == 0)
		return SIGN_FORM_XADES;
	return SIGN_FORM_UNKNOWN;
}

sign_code
ks_open_scan_xml(const ks_file *file, sign_bytes head, sign_form *form, sign_error *err)
{
	static const char *const marks[] = { NS_DS };
	char       ns[128], name[64];
	bool       found = false;
	sign_error seen = SIGN_ERROR_INIT;
	sign_code  rc;

	*form = ks_xml_root(head, ns, name) ? form_of_root(ns, name) : SIGN_FORM_UNKNOWN;
	if (*form != SIGN_FORM_UNKNOWN)
		return SIGN_OK;
	rc = scan_elements(file, form, &seen);
	if (rc == SIGN_OK)
		return SIGN_OK;
	if (rc != SIGN_E_FORMAT && rc != SIGN_E_LIMIT) {
		if (err != NULL)
			*err = seen;
		return rc;
	}
	/* Damaged, hostile or too deep to parse: a signature in it is still told, and then not examined. */
	KS_TRY(ks_open_scan_texts(file, marks, KS_COUNT(marks), &found, err));
	*form = found ? SIGN_FORM_XADES : SIGN_FORM_UNKNOWN;
	return SIGN_OK;
}
