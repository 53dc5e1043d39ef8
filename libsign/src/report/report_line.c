/*
 * One line a file, for many files: name, verdict, who in which role, and the first reason; and the entry that picks the
 * shape. Floor: report.
 */
#include "report_page.h"

static bool
has_broken_countersignature(const sign_report *r)
{
	for (size_t i = 0; i < r->note_count; i++)
		if (r->notes[i].code == KS_NOTE_COUNTERSIGNATURE_FAILED)
			return true;
	return false;
}

/* What decides: the first document-level reason, else that of the first signature with the document's verdict. */
const ks_reason *
ks_report_first_reason(const sign_report *r)
{
	if (r->verdict == SIGN_VERDICT_PASSED)
		return NULL;
	for (size_t i = 0; i < r->signature_count && r->verdict == SIGN_VERDICT_FAILED; i++) {
		const struct sign_report_signature *s = &r->signatures[i];

		if (!s->is_countersignature && s->verdict == SIGN_VERDICT_FAILED && s->reason_count > 0)
			return &s->reasons[0];
	}
	if (r->reason_count > 0)
		return &r->reasons[0];
	for (size_t i = 0; i < r->signature_count; i++) {
		const struct sign_report_signature *s = &r->signatures[i];

		if (!s->is_countersignature && s->verdict == r->verdict && s->reason_count > 0)
			return &s->reasons[0];
	}
	return NULL;
}

sign_code
ks_report_line(ks_page *page, const sign_report *r, sign_error *err)
{
	const ks_reason *reason = ks_report_first_reason(r);
	char             safe[KS_PAGE_NAME_BYTES], text[4 * KS_PAGE_NAME_BYTES] = "";

	KS_TRY(ks_page_put(page, ks_page_name(r->name, KS_PAGE_NAME_BYTES / 4, safe), err));
	KS_TRY(ks_page_put(page, ": ", err));
	KS_TRY(ks_page_headline(page, r, 0, err));
	for (size_t i = 0; i < r->signature_count && i < 8; i++) {
		const struct sign_report_signature *s = &r->signatures[i];

		if (s->is_countersignature) /* who signed the document is told here, and nobody else */
			continue;
		KS_TRY(ks_page_put(page, "; ", err));
		KS_TRY(ks_page_put(page, ks_page_role(s->role), err));
		KS_TRY(ks_page_put(page, " ", err));
		KS_TRY(ks_page_put(page, s->chain_length > 0 ? ks_page_name(s->chain[0].name, KS_NAME_COLUMNS, safe) : "?",
		    err));
	}
	if (reason != NULL) {
		ks_page_reason(reason, false, text, sizeof(text));
		KS_TRY(ks_page_put(page, "; ", err));
		KS_TRY(ks_page_put(page, text, err));
	}
	if (has_broken_countersignature(r)) {
		KS_TRY(ks_page_put(page, "; ", err));
		KS_TRY(ks_page_put(page, _("a counter-signature is not valid"), err));
	}
	return ks_page_put(page, "\n", err);
}

sign_code
sign_report_render(const sign_report *report, sign_report_format format, unsigned width, bool colour, char **text,
    sign_error *err)
{
	KS_AUTO(ks_buf_clear) ks_buf out = KS_BUF(KS_PAGE_MAX_BYTES);
	ks_page page = { .out = out, .width = width == 0 ? 80 : width < 60 ? 60 : width, .colour = colour };
	sign_code rc;

	*text = NULL;
	if (format == SIGN_REPORT_JSON || format == SIGN_REPORT_JSONL)
		return ks_report_json(report, format == SIGN_REPORT_JSONL, text, err);
	rc = format == SIGN_REPORT_LINE ? ks_report_line(&page, report, err) : ks_report_block(&page, report, err);
	if (rc == SIGN_OK)
		rc = ks_buf_add(&page.out, "", 1, err);
	out = page.out; /* released here unless it is handed over */
	if (rc != SIGN_OK)
		return rc;
	*text = (char *)KS_MOVE(out.data);
	return SIGN_OK;
}
