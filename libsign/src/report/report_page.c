/*
 * Laying out text for people: cells by display width, wrapped paragraphs, escaped names, reasons as sentences. Floor: report.
 * Everything that came from a document or certificate passes ks_page_name() on its way here.
 */
#include "report_page.h"

#include "base_text.h"

#include <stdio.h>
#include <string.h>

#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define RED    "\033[31m"
#define PLAIN  "\033[0m"

sign_code
ks_page_put(ks_page *page, const char *text, sign_error *err)
{
	return ks_buf_add(&page->out, text, strlen(text), err);
}

static sign_code
put_spaces(ks_page *page, size_t count, sign_error *err)
{
	for (size_t i = 0; i < count; i++)
		KS_TRY(ks_buf_add(&page->out, " ", 1, err));
	return SIGN_OK;
}

sign_code
ks_page_cell(ks_page *page, const char *text, size_t columns, sign_error *err)
{
	size_t taken = ks_text_columns(text);

	KS_TRY(ks_page_put(page, text, err));
	return put_spaces(page, taken < columns ? columns - taken : 1, err);
}

sign_code
ks_page_verdict(ks_page *page, sign_verdict verdict, const char *word, sign_error *err)
{
	const char *colour = verdict == SIGN_VERDICT_PASSED ? GREEN : verdict == SIGN_VERDICT_FAILED ? RED : YELLOW;

	if (!page->colour)
		return ks_page_put(page, word, err);
	KS_TRY(ks_page_put(page, colour, err));
	KS_TRY(ks_page_put(page, word, err));
	return ks_page_put(page, PLAIN, err);
}

sign_code
ks_page_paragraph(ks_page *page, const char *text, sign_error *err)
{
	size_t column = 0, room = page->width > page->label + 20 ? page->width - page->label : 20;

	while (*text != '\0') {
		char   word[KS_PAGE_NAME_BYTES];
		size_t len = strcspn(text, " "), taken;

		len = len < sizeof(word) ? len : sizeof(word) - 1;
		memcpy(word, text, len);
		word[len] = '\0';
		taken = ks_text_columns(word);
		if (column == 0) {
			KS_TRY(put_spaces(page, page->label, err));
		} else if (column + 1 + taken > room) {
			KS_TRY(ks_page_put(page, "\n", err));
			KS_TRY(put_spaces(page, page->label, err));
			column = 0;
		} else {
			KS_TRY(ks_page_put(page, " ", err));
			column++;
		}
		KS_TRY(ks_page_put(page, word, err));
		column += taken;
		text += len;
		text += strspn(text, " ");
	}
	return column > 0 ? ks_page_put(page, "\n", err) : SIGN_OK;
}

sign_code
ks_page_facts(ks_page *page, const char *const facts[], size_t count, sign_error *err)
{
	char   line[4 * KS_PAGE_NAME_BYTES] = "";
	size_t room = page->width > page->label + 20 ? page->width - page->label : 20;

	for (size_t i = 0; i < count; i++) {
		size_t used = strlen(line);

		if (facts[i][0] == '\0')
			continue;
		if (used > 0 && ks_text_columns(line) + 2 + ks_text_columns(facts[i]) > room) {
			snprintf(line + used, sizeof(line) - used, ",");
			KS_TRY(ks_page_paragraph(page, line, err));
			used = 0;
		}
		snprintf(line + used, sizeof(line) - used, "%s%s", used > 0 ? ", " : "", facts[i]);
	}
	return ks_page_paragraph(page, line, err);
}

const char *
ks_page_name(const char *foreign, size_t columns, char safe[KS_PAGE_NAME_BYTES])
{
	char whole[4 * KS_PAGE_NAME_BYTES];

	sign_text_escape(foreign != NULL ? foreign : "", whole, sizeof(whole));
	ks_text_shorten(whole, columns, safe, KS_PAGE_NAME_BYTES);
	return safe;
}

/* The judge writes moments as "2026-11-20T02:12:05Z" and days as "2012-08-01"; people read 20/11/2026. */
static void
local_detail(const char *detail, char *text, size_t cap)
{
	time_t when;
	size_t len = strlen(detail);

	if (len == 20 && detail[10] == 'T' && detail[19] == 'Z' && ks_time_parse(detail, &when, NULL) == SIGN_OK) {
		char local[KS_TIME_TEXT];

		ks_time_local(when, local);
		ks_text_shorten(local, KS_TIME_TEXT, text, cap);
	} else if (len == 10 && detail[4] == '-' && detail[7] == '-') {
		const char day[] = { detail[8], detail[9], '/', detail[5], detail[6], '/', detail[0], detail[1], detail[2],
			detail[3], '\0' };

		ks_page_name(day, sizeof(day), text);
	} else {
		ks_page_name(ks_words_translate(detail), KS_NAME_COLUMNS, text);
	}
}

static const char *
nonnull(const char *text)
{
	return text != NULL ? text : "";
}

void
ks_page_reason(const ks_reason *reason, bool with_hint, char *text, size_t cap)
{
	const ks_words *words = ks_words_why(reason->why);
	char            subject[KS_PAGE_NAME_BYTES], detail[KS_PAGE_NAME_BYTES];
	ks_places       places = { subject, "", detail };
	size_t          used = 0;

	ks_page_name(reason->subject, KS_NAME_COLUMNS, subject);
	local_detail(nonnull(reason->detail), detail, sizeof(detail));
	ks_words_fill(words->sentence, &places, text, cap, &used);
	if (!with_hint || words->hint[0] == '\0' || used + 1 >= cap)
		return;
	text[used++] = ' ';
	text[used] = '\0';
	ks_words_fill(words->hint, &places, text, cap, &used);
}

void
ks_page_note(const ks_note *note, char *text, size_t cap)
{
	char      subject[KS_PAGE_NAME_BYTES];
	ks_places places = { subject, "", "" };
	size_t    used = 0;

	ks_page_name(note->subject, KS_NAME_COLUMNS, subject);
	ks_words_fill(ks_words_note(note->code)->sentence, &places, text, cap, &used);
}
