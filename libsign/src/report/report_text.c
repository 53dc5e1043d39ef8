/*
 * The block of design.md 5: head line, files with who signed them, signatures with time, system and revocation, and for
 * everything that is not passed one sentence and the next step. Floor: report. Decides nothing.
 */
#include "report_page.h"

#include "base_text.h"

#include <stdio.h>
#include <string.h>

#define VERDICT_COLUMNS  14 /* "không hợp lệ", "chưa đủ căn cứ" */
#define MAX_FILES_SHOWN  40 /* a bundle of thousands is counted, its exceptions named */
#define MAX_REASONS_SHOWN 6
#define LINE_BYTES       ((size_t)8192)

static size_t
larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* "1 person" */
static const char *
label_of(const struct sign_report_signature *s, char text[64])
{
	snprintf(text, 64, "%.20s %s", s->id, s->is_countersignature ? _("counter") : ks_page_role(s->role));
	return text;
}

static size_t
label_columns(const sign_report *r)
{
	size_t columns = larger(9, ks_text_columns(_("files")));
	char   text[64];

	for (size_t i = 0; i < r->signature_count; i++)
		columns = larger(columns, ks_text_columns(label_of(&r->signatures[i], text)));
	return 2 + columns + 1;
}

/* ---- files ---- */

static bool
is_sound(const struct sign_report_file *f)
{
	return f->edge_for_extract != NULL && !f->changed && !f->missing;
}

/* "1 and 2", "1, 2 and 3" */
static sign_code
put_signers(ks_page *page, const sign_report *r, const struct sign_report_file *f, sign_error *err)
{
	for (size_t i = 0; i < f->signed_by_count; i++) {
		char safe[KS_PAGE_NAME_BYTES];

		if (i > 0)
			KS_TRY(ks_page_put(page, i + 1 == f->signed_by_count ? _(" and ") : ", ", err));
		KS_TRY(ks_page_put(page, ks_page_name(r->signatures[f->signed_by[i]].id, 20, safe), err));
	}
	return SIGN_OK;
}

static sign_code
put_file_state(ks_page *page, const sign_report *r, const struct sign_report_file *f, sign_error *err)
{
	if (f->missing)
		return ks_page_verdict(page, SIGN_VERDICT_INDETERMINATE, _("signed, but NOT HERE"), err);
	if (f->changed)
		return ks_page_verdict(page, SIGN_VERDICT_FAILED, _("CHANGED after signing"), err);
	if (f->unexamined && f->signed_by_count == 0)
		return ks_page_verdict(page, SIGN_VERDICT_INDETERMINATE, _("a signature, not yet examined"), err);
	if (f->signed_by_count == 0)
		return ks_page_verdict(page, SIGN_VERDICT_INDETERMINATE, _("nobody signed it"), err);
	if (f->edge_for_extract == NULL) {
		KS_TRY(ks_page_put(page, _("only under a signature that is not valid: "), err));
		return put_signers(page, r, f, err);
	}
	KS_TRY(ks_page_put(page, _("unchanged, signed by "), err));
	return put_signers(page, r, f, err);
}

static bool
is_shown(const struct sign_report_file *f, bool exceptions_only)
{
	if (!f->needs_cover && !f->missing && !f->changed)
		return false;
	return !exceptions_only || !is_sound(f);
}

static size_t
name_columns(const ks_page *page, const sign_report *r, bool exceptions_only)
{
	char   safe[KS_PAGE_NAME_BYTES];
	size_t columns = 0, most = page->width > page->label + 40 ? page->width - page->label - 28 : 20, shown = 0;

	for (size_t i = 0; i < r->file_count && shown < MAX_FILES_SHOWN; i++) {
		if (!is_shown(&r->files[i], exceptions_only))
			continue;
		columns = larger(columns, ks_text_columns(ks_page_name(r->files[i].name, most, safe)));
		shown++;
	}
	return columns;
}

static sign_code
put_count(ks_page *page, const char *sentence, size_t count, sign_error *err)
{
	char      number[32], text[256] = "";
	ks_places places = { number, "", "" };
	size_t    used = 0;

	snprintf(number, sizeof(number), "%zu", count);
	ks_words_fill(sentence, &places, text, sizeof(text), &used);
	return ks_page_paragraph(page, text, err);
}

/* The label stands before the first row only. */
static sign_code
put_row_start(ks_page *page, bool first, sign_error *err)
{
	KS_TRY(ks_page_put(page, "  ", err));
	return ks_page_cell(page, first ? _("files") : "", page->label - 2, err);
}

static sign_code
put_files(ks_page *page, const sign_report *r, sign_error *err)
{
	size_t shown = 0, counted = 0, over = 0, all = 0;

	for (size_t i = 0; i < r->file_count; i++)
		all += is_shown(&r->files[i], false);
	bool   exceptions = all > MAX_FILES_SHOWN;
	size_t columns = name_columns(page, r, exceptions);

	for (size_t i = 0; i < r->file_count; i++) {
		const struct sign_report_file *f = &r->files[i];
		char                           safe[KS_PAGE_NAME_BYTES];

		counted += exceptions && is_shown(f, false) && is_sound(f);
		if (!is_shown(f, exceptions))
			continue;
		if (shown == MAX_FILES_SHOWN) {
			over++;
			continue;
		}
		KS_TRY(put_row_start(page, shown == 0, err));
		KS_TRY(ks_page_cell(page, ks_page_name(f->name, columns, safe), columns + 4, err));
		KS_TRY(put_file_state(page, r, f, err));
		KS_TRY(ks_page_put(page, "\n", err));
		shown++;
	}
	if (over > 0)
		KS_TRY(put_count(page, N_("and {subject} more that are not in order"), over, err));
	if (counted > 0)
		KS_TRY(put_count(page, N_("{subject} files unchanged and signed"), counted, err));
	return SIGN_OK;
}

/* ---- one signature ---- */

static sign_code
put_signer(ks_page *page, const struct sign_report_signature *s, sign_error *err)
{
	size_t columns = page->width > page->label + VERDICT_COLUMNS + 20 ? page->width - page->label - VERDICT_COLUMNS : 20;
	char   label[64], who[2 * KS_PAGE_NAME_BYTES], name[KS_PAGE_NAME_BYTES], safe[KS_PAGE_NAME_BYTES];

	KS_TRY(ks_page_put(page, "  ", err));
	KS_TRY(ks_page_cell(page, ks_page_name(label_of(s, label), page->label - 3, safe), page->label - 2, err));
	if (s->chain_length == 0) {
		KS_TRY(ks_page_cell(page, _("signer not identified"), columns, err));
	} else {
		const ks_report_cert *c = &s->chain[0];
		bool two = c->organisation[0] != '\0' && strcmp(c->organisation, c->name) != 0;

		snprintf(who, sizeof(who), "%s%s%s", ks_page_name(c->name, columns - 1, name), two ? ", " : "",
		    two ? ks_page_name(c->organisation, columns - 1, safe) : "");
		ks_text_shorten(who, columns - 1, name, sizeof(name));
		KS_TRY(ks_page_cell(page, name, columns, err));
	}
	KS_TRY(ks_page_verdict(page, s->verdict, ks_page_verdict_word(s->verdict), err));
	return ks_page_put(page, "\n", err);
}

/* "not revoked (list of 20/11/2026)": the date of the answer that was used. */
static void
revocation_words(const struct sign_report_signature *s, char *text, size_t cap)
{
	const ks_rev *rev = s->chain_length > 0 ? &s->chain[0].revocation : NULL;
	const char   *sentence = N_("revocation not checked");
	char          day[KS_TIME_TEXT] = "";
	ks_places     places = { day, "", "" };
	size_t        used = 0;

	if (rev != NULL && s->revocation == KS_REV_EXEMPT) {
		sentence = N_("trusted by itself");
	} else if (rev != NULL && s->revocation == KS_REV_GOOD) {
		ks_date_local(rev->this_update, day);
		sentence = N_("not revoked (list of {subject})");
	} else if (rev != NULL && s->revocation == KS_REV_REVOKED) {
		ks_date_local(rev->revoked_at, day);
		sentence = N_("REVOKED on {subject}");
	} else if (rev != NULL && s->revocation == KS_REV_ON_HOLD) {
		ks_date_local(rev->revoked_at, day);
		sentence = N_("SUSPENDED since {subject}");
	}
	ks_words_fill(sentence, &places, text, cap, &used);
}

/* attacks.md S1: a time that only the signer's machine stated is never shown without saying so. */
static sign_code
put_circumstances(ks_page *page, const struct sign_report_signature *s, sign_error *err)
{
	char        when[KS_TIME_TEXT], stated[256], safe[KS_PAGE_NAME_BYTES], revocation[256] = "";
	const char *facts[] = { stated, safe, revocation };
	const char *system = s->system != NULL && s->system[0] != '\0' ? s->system : "";

	if (system[0] == '\0' && s->chain_complete)
		system = s->chain[0].issuer_name;
	if (s->pretends != NULL && s->pretends[0] != '\0') /* its name would pass for the real one's: domain.md 0.10 */
		system = _("NOT the authority whose name it bears");
	if (s->has_claimed_time)
		ks_time_local(s->claimed_time, when);
	if (s->chain_complete)
		revocation_words(s, revocation, sizeof(revocation));
	snprintf(stated, sizeof(stated), "%s%s%s", s->has_claimed_time ? when : _("no signing time stated"),
	    s->has_claimed_time ? " " : "", s->has_claimed_time ? _("(claimed)") : "");
	ks_page_name(system, 40, safe);
	return ks_page_facts(page, facts, KS_COUNT(facts), err);
}

/* attacks.md C8: whoever reads the name must see at once that it stands for no file. */
static sign_code
put_countersigned(ks_page *page, const sign_report *r, const struct sign_report_signature *s, sign_error *err)
{
	char      safe[KS_PAGE_NAME_BYTES], line[2 * KS_PAGE_NAME_BYTES] = "";
	ks_places places = { safe, "", "" };
	size_t    used = 0;

	if (!s->is_countersignature)
		return SIGN_OK;
	ks_page_name(r->signatures[s->countersigns].id, 20, safe);
	ks_words_fill(N_("counter-signature of {subject}: it confirms that signature and signs no file"), &places, line,
	    sizeof(line), &used);
	return ks_page_paragraph(page, line, err);
}

static sign_code
put_claims(ks_page *page, const struct sign_report_signature *s, sign_error *err)
{
	const struct { const char *sentence, *text; } claims[] = {
		{ N_("title: {subject} (claimed)"), s->title },
		{ N_("place: {subject} (claimed)"), s->place },
		{ N_("meaning: {subject} (claimed)"), ks_page_commitment(s->commitment) },
	};

	for (size_t i = 0; i < KS_COUNT(claims); i++) {
		char      safe[KS_PAGE_NAME_BYTES], line[2 * KS_PAGE_NAME_BYTES] = "";
		ks_places places = { safe, "", "" };
		size_t    used = 0;

		if (claims[i].text == NULL || claims[i].text[0] == '\0')
			continue;
		ks_page_name(claims[i].text, KS_NAME_COLUMNS, safe);
		ks_words_fill(claims[i].sentence, &places, line, sizeof(line), &used);
		KS_TRY(ks_page_paragraph(page, line, err));
	}
	if (s->role_claimed_order_only)
		KS_TRY(ks_page_paragraph(page, _("That the person signed first is claimed, not shown."), err));
	return SIGN_OK;
}

/* The deciding sentence with its next step and codes; the others shortly. */
static sign_code
put_reasons(ks_page *page, const struct sign_report_signature *s, sign_error *err)
{
	for (size_t i = 0; i < s->reason_count && i < MAX_REASONS_SHOWN; i++) {
		bool decides = i == 0 && s->verdict != SIGN_VERDICT_PASSED;
		char line[LINE_BYTES] = "", text[LINE_BYTES / 2] = "";

		ks_page_reason(&s->reasons[i], decides, text, sizeof(text));
		snprintf(line, sizeof(line), "%s%s", decides && s->intact ? _("Unchanged since it was signed. ") : "", text);
		if (decides) {
			size_t used = strlen(line);

			snprintf(line + used, sizeof(line) - used, " [%s%s%s]", sign_verdict_name(s->verdict),
			    s->sub != SIGN_SUB_NONE ? "/" : "", sign_sub_name(s->sub));
		}
		KS_TRY(ks_page_paragraph(page, line, err));
	}
	return SIGN_OK;
}

static sign_code
put_notes(ks_page *page, const ks_note *notes, size_t count, sign_error *err)
{
	for (size_t i = 0; i < count && i < MAX_REASONS_SHOWN; i++) {
		char line[LINE_BYTES] = "", text[LINE_BYTES / 2] = "";

		ks_page_note(&notes[i], text, sizeof(text));
		if (text[0] == '\0')
			continue;
		snprintf(line, sizeof(line), "%s%s", _("Note: "), text);
		KS_TRY(ks_page_paragraph(page, line, err));
	}
	return SIGN_OK;
}

/* ---- the document ---- */

static sign_code
put_document_reasons(ks_page *page, const sign_report *r, sign_error *err)
{
	for (size_t i = 0; i < r->reason_count && i < MAX_REASONS_SHOWN; i++) {
		char line[LINE_BYTES] = "";

		ks_page_reason(&r->reasons[i], i == 0 || r->reasons[i].why != r->reasons[i - 1].why, line, sizeof(line));
		KS_TRY(ks_page_paragraph(page, line, err));
	}
	return SIGN_OK;
}

sign_code
ks_report_block(ks_page *page, const sign_report *r, sign_error *err)
{
	char safe[KS_PAGE_NAME_BYTES];

	page->label = label_columns(r);
	KS_TRY(ks_page_put(page, ks_page_name(r->name, page->width, safe), err));
	KS_TRY(ks_page_put(page, ": ", err));
	KS_TRY(ks_page_headline(page, r, ks_text_columns(safe) + 2, err));
	KS_TRY(ks_page_put(page, "\n", err));
	KS_TRY(put_files(page, r, err));
	for (size_t i = 0; i < r->signature_count; i++) {
		const struct sign_report_signature *s = &r->signatures[i];

		KS_TRY(put_signer(page, s, err));
		KS_TRY(put_countersigned(page, r, s, err));
		KS_TRY(put_circumstances(page, s, err));
		KS_TRY(put_claims(page, s, err));
		KS_TRY(put_reasons(page, s, err));
		KS_TRY(put_notes(page, s->notes, s->note_count, err));
	}
	KS_TRY(put_document_reasons(page, r, err));
	return put_notes(page, r->notes, r->note_count, err);
}
