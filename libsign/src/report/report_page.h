/*
 * A page of text being written: columns by display width, words wrapped, colours, foreign text made harmless. Floor: report.
 */
#ifndef KS_REPORT_PAGE_H
#define KS_REPORT_PAGE_H

#include "report_words.h"

#define KS_PAGE_MAX_BYTES  ((size_t)1 << 30)
#define KS_PAGE_NAME_BYTES ((size_t)1024) /* one escaped foreign text */

typedef struct {
	ks_buf   out;
	unsigned width;   /* columns */
	size_t   label;   /* columns of "  1 person  ": where the second column begins */
	bool     colour;
} ks_page;

sign_code ks_page_put(ks_page *page, const char *text, sign_error *err);
/* Our own words, padded with spaces to `columns`; longer ones are followed by one space. */
sign_code ks_page_cell(ks_page *page, const char *text, size_t columns, sign_error *err);
/* A line in the second column: wrapped at the width, further lines indented alike. */
sign_code ks_page_paragraph(ks_page *page, const char *text, sign_error *err);
/* Facts with commas between, in the second column: a line is broken between two of them, where that is enough. Empty: left out. */
sign_code ks_page_facts(ks_page *page, const char *const facts[], size_t count, sign_error *err);
/* A verdict's word in its colour. */
sign_code ks_page_verdict(ks_page *page, sign_verdict verdict, const char *word, sign_error *err);

/* Escaped for a terminal and at most `columns` wide; returns `safe`. */
const char *ks_page_name(const char *foreign, size_t columns, char safe[KS_PAGE_NAME_BYTES]);
/* Sentence and hint of a reason, filled with escaped texts and local dates. */
void ks_page_reason(const ks_reason *reason, bool with_hint, char *text, size_t cap);
/* Sentence of a note. */
void ks_page_note(const ks_note *note, char *text, size_t cap);

/*
 * What the head line says after the name, from `column` on: verdict, roles or the gap, policy, what-if. Shared by block and
 * line; in a block (page->label is set) policy and what-if go to a second line where the width asks for it.
 */
sign_code ks_page_headline(ks_page *page, const sign_report *r, size_t column, sign_error *err);
/* What decides a verdict that is not passed; NULL for one that is. */
const ks_reason *ks_report_first_reason(const sign_report *r);
const char *ks_page_role(sign_role role); /* translated label */
const char *ks_page_commitment(const char *commitment); /* the word translated, an object identifier as it is */
const char *ks_page_verdict_word(sign_verdict verdict); /* translated, small letters */

sign_code ks_report_block(ks_page *page, const sign_report *r, sign_error *err); /* report_text.c */
sign_code ks_report_line(ks_page *page, const sign_report *r, sign_error *err);  /* report_line.c */
sign_code ks_report_json(const sign_report *r, bool one_line, char **out, sign_error *err); /* report_json.c */

#endif
