/*
 * `show` for people: what is inside a file and who says to have signed it, with nothing judged. Floor: report.
 */
#include "report_show.h"
#include "report_page.h"
#include "base_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LABEL_COLUMNS   12
#define MAX_FILES_SHOWN 40

static const char *
form_words(sign_form form)
{
	static const struct {
		sign_form   form;
		const char *words;
	} rows[] = {
		{ SIGN_FORM_UNKNOWN, N_("a document that carries no signature") },
		{ SIGN_FORM_ASICE_CADES, N_("ASiC-E container with CAdES signatures") },
		{ SIGN_FORM_ASICS_CADES, N_("ASiC-S container with a CAdES signature") },
		{ SIGN_FORM_CADES_DETACHED, N_("detached CMS signature") },
		{ SIGN_FORM_CADES_ATTACHED, N_("CMS signature with its document inside") },
		{ SIGN_FORM_ASIC_UNSIGNED, N_("container without any signature") },
		{ SIGN_FORM_PDF_SIGNED, N_("PDF signature, not yet examined") },
		{ SIGN_FORM_ASICE_XADES, N_("ASiC-E container with XAdES signatures, not yet examined") },
		{ SIGN_FORM_ASICS_XADES, N_("ASiC-S container with a XAdES signature, not yet examined") },
		{ SIGN_FORM_ASICS_TST, N_("ASiC-S container with time-stamp tokens only, not yet examined") },
		{ SIGN_FORM_ASICE_TST, N_("ASiC-E container with time-stamp tokens only, not yet examined") },
		{ SIGN_FORM_ASIC_ER, N_("container with evidence records only, not yet examined") },
		{ SIGN_FORM_OPENDOCUMENT_SIGNED, N_("OpenDocument signature, not yet examined") },
		{ SIGN_FORM_XADES, N_("XML signature, not yet examined") },
		{ SIGN_FORM_DDOC, N_("DigiDoc (.ddoc) file, not examined: the format is obsolete") },
		{ SIGN_FORM_EDXML, N_("edXML packet, not yet examined") },
		{ SIGN_FORM_EVIDENCE_RECORD, N_("evidence record, not yet examined") },
		{ SIGN_FORM_TIMESTAMP_TOKEN, N_("time-stamp token, not yet examined") },
	};

	for (size_t i = 0; i < KS_COUNT(rows); i++)
		if (rows[i].form == form)
			return _(rows[i].words);
	return sign_form_name(form);
}

static sign_code
put_head(ks_page *page, const char *name, const char *words, sign_error *err)
{
	char safe[KS_PAGE_NAME_BYTES];

	return ks_buf_addf(&page->out, err, "%s: %s\n", ks_page_name(name, page->width, safe), words);
}

/* "  label     text", the text wrapped in its column: the label takes the place of blanks that the paragraph began with. */
static sign_code
put_row(ks_page *page, const char *label, const char *text, sign_error *err)
{
	size_t   start = page->out.len + 2;
	size_t   len = strlen(label);
	size_t   columns = ks_text_columns(label);
	uint8_t *at;

	KS_TRY(ks_page_paragraph(page, text, err));
	if (columns + 3 > page->label || page->out.len < start + columns)
		return SIGN_OK;
	KS_TRY(ks_buf_reserve(&page->out, len, err));
	at = page->out.data + start;
	memmove(at + len, at + columns, page->out.len - start - columns);
	memcpy(at, label, len);
	page->out.len += len - columns;
	return SIGN_OK;
}

static sign_code
put_field(ks_page *page, const char *label, const char *foreign, sign_error *err)
{
	char safe[KS_PAGE_NAME_BYTES];
	char line[KS_PAGE_NAME_BYTES + 128];

	if (foreign == NULL || foreign[0] == '\0')
		return SIGN_OK;
	snprintf(line, sizeof(line), "%s: %s", label, ks_page_name(foreign, 200, safe));
	return ks_page_paragraph(page, line, err);
}

static sign_code
put_file(ks_page *page, const ks_document *d, sign_error *err)
{
	char safe[KS_PAGE_NAME_BYTES];
	char line[KS_PAGE_NAME_BYTES + 128];

	ks_page_name(d->name, 60, safe);
	if (d->missing)
		snprintf(line, sizeof(line), _("%s: named by a signature, not there"), safe);
	else
		snprintf(line, sizeof(line), _("%s (%llu bytes)"), safe, (unsigned long long)d->size_bytes);
	return put_row(page, _("file"), line, err);
}

/* What a person would open; the container's own parts are told by the signatures. */
static sign_code
put_files(ks_page *page, const ks_facts *facts, sign_error *err)
{
	size_t shown = 0;
	size_t more = 0;
	char   line[128];

	for (size_t i = 0; i < facts->document_count; i++) {
		const ks_document *d = &facts->documents[i];

		if (!d->needs_cover && !d->missing)
			continue;
		if (shown == MAX_FILES_SHOWN) {
			more++;
			continue;
		}
		KS_TRY(put_file(page, d, err));
		shown++;
	}
	if (more == 0)
		return SIGN_OK;
	snprintf(line, sizeof(line), _("… and %zu more"), more);
	return put_row(page, "", line, err);
}

static sign_code
put_claims(ks_page *page, const ks_signature *s, sign_error *err)
{
	char when[KS_TIME_TEXT];
	char line[256];

	if (s->has_signing_time) {
		ks_time_local(s->signing_time, when);
		snprintf(line, sizeof(line), _("claimed time: %s"), when);
		KS_TRY(ks_page_paragraph(page, line, err));
	}
	KS_TRY(put_field(page, _("title"), s->title, err));
	KS_TRY(put_field(page, _("place"), s->place, err));
	KS_TRY(put_field(page, _("meaning"), ks_page_commitment(s->commitment), err));
	KS_TRY(put_field(page, _("signed without the person's signature because"), s->override_reason, err));
	snprintf(line, sizeof(line), "%s, %s", sign_scheme_name(s->scheme), sign_digest_name(s->digest_alg));
	return put_field(page, _("algorithm"), line, err);
}

static sign_code
put_signature(ks_page *page, const ks_facts *facts, const ks_signature *s, sign_error *err)
{
	char safe[KS_PAGE_NAME_BYTES];
	char label[64];
	char line[KS_PAGE_NAME_BYTES + 128];

	snprintf(label, sizeof(label), "%.20s", s->id);
	snprintf(line, sizeof(line), s->is_countersignature ? _("counter-signature in %s") : _("signature in %s"),
	    ks_page_name(s->file, 60, safe));
	KS_TRY(put_row(page, label, line, err));
	if (s->is_countersignature)
		KS_TRY(put_field(page, _("confirms signature"), facts->signatures[s->countersigns].id, err));
	if (s->format_fault != NULL)
		KS_TRY(put_field(page, _("broken"), ks_words_translate(s->format_fault), err));
	if (s->signer != NULL) {
		KS_TRY(put_field(page, _("signed by"), s->signer->subject, err));
		KS_TRY(put_field(page, _("issuer"), s->signer->issuer, err));
	} else {
		KS_TRY(put_field(page, _("signer, certificate not inside"), s->sid, err));
	}
	return put_claims(page, s, err);
}

static sign_code
put_notes(ks_page *page, const ks_note *notes, size_t count, sign_error *err)
{
	char text[KS_PAGE_NAME_BYTES];

	for (size_t i = 0; i < count; i++) {
		ks_page_note(&notes[i], text, sizeof(text));
		KS_TRY(put_row(page, _("note"), text, err));
	}
	return SIGN_OK;
}

static sign_code
put_facts(ks_page *page, const ks_facts *facts, sign_error *err)
{
	KS_TRY(put_head(page, facts->name, form_words(facts->form), err));
	KS_TRY(put_files(page, facts, err));
	for (size_t i = 0; i < facts->signature_count; i++) {
		KS_TRY(put_signature(page, facts, &facts->signatures[i], err));
		KS_TRY(put_notes(page, facts->signatures[i].notes, facts->signatures[i].note_count, err));
	}
	KS_TRY(put_notes(page, facts->notes, facts->note_count, err));
	if (facts->signature_count > 0)
		KS_TRY(put_row(page, "", _("Nothing was judged here: run kyso verify."), err));
	return SIGN_OK;
}

static sign_code
give_text(ks_page *page, char **text, sign_error *err)
{
	KS_TRY(ks_buf_add(&page->out, "", 1, err));
	*text = (char *)KS_MOVE(page->out.data);
	return SIGN_OK;
}

sign_code
ks_report_show(const ks_facts *facts, sign_report_format format, unsigned width, bool colour, char **text, sign_error *err)
{
	ks_page   page = { .out = KS_BUF(KS_PAGE_MAX_BYTES), .width = width != 0 ? width : 80, .label = LABEL_COLUMNS,
		.colour = colour };
	sign_code code;

	*text = NULL;
	if (format == SIGN_REPORT_JSON || format == SIGN_REPORT_JSONL)
		return ks_report_show_json(facts, format == SIGN_REPORT_JSONL, text, err);
	code = format == SIGN_REPORT_LINE ? put_head(&page, facts->name, form_words(facts->form), err)
	                                  : put_facts(&page, facts, err);
	if (code == SIGN_OK)
		code = give_text(&page, text, err);
	ks_buf_clear(&page.out);
	return code;
}

sign_code
ks_report_show_form(const char *name, sign_form form, uint64_t size_bytes, sign_report_format format, char **text,
    sign_error *err)
{
	ks_page   page = { .out = KS_BUF(KS_PAGE_MAX_BYTES), .width = 80, .label = LABEL_COLUMNS };
	sign_code code;

	*text = NULL;
	if (format == SIGN_REPORT_JSON || format == SIGN_REPORT_JSONL)
		return ks_report_show_form_json(name, form, size_bytes, format == SIGN_REPORT_JSONL, text, err);
	code = put_head(&page, name, form_words(form), err);
	if (code == SIGN_OK)
		code = give_text(&page, text, err);
	ks_buf_clear(&page.out);
	return code;
}
