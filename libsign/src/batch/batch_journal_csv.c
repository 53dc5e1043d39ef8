/*
 * A journal as a table for a spreadsheet: RFC 4180, with the byte order mark by which Excel knows UTF-8. Floor: batch.
 *
 * A name is whatever its sender chose. A cell that begins like a formula gets an apostrophe in front, which a spreadsheet
 * takes as "text follows"; control characters are escaped, so that a record is a line.
 */
#include "batch_journal_page.h"

#include <stdio.h>
#include <string.h>

static bool
is_formula(const char *text)
{
	return text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
}

static void
put_cell(journal_pen *pen, const char *foreign, bool first)
{
	char safe[JOURNAL_WORDS_BYTES];

	sign_text_escape(foreign, safe, sizeof(safe));
	ks_pen_put(pen, first ? "\"" : ",\"");
	ks_pen_put(pen, is_formula(safe) ? "'" : "");
	for (const char *at = safe; *at != '\0';) {
		size_t len = strcspn(at, "\"");

		ks_pen_putf(pen, "%.*s%s", (int)len, at, at[len] == '"' ? "\"\"" : "");
		at += len + (at[len] == '"');
	}
	ks_pen_put(pen, "\"");
}

static void
csv_begin(journal_pen *pen)
{
	const char *const heads[] = { _("run"), _("act"), _("document"), _("result"), _("code"), _("reason"), _("bytes"),
		_("modified"), _("digest of the document"), _("output"), _("SHA-256 of the signature"), _("started"), _("finished") };

	ks_pen_put(pen, "\xEF\xBB\xBF");
	for (size_t i = 0; i < KS_COUNT(heads); i++)
		put_cell(pen, heads[i], i == 0);
	ks_pen_put(pen, "\r\n");
}

static void
put_hex(journal_pen *pen, sign_bytes bytes)
{
	char hex[2 * SIGN_DIGEST_MAX_BYTES + 1] = "";

	if (bytes.len <= SIGN_DIGEST_MAX_BYTES)
		ks_hex(bytes, hex, sizeof(hex));
	put_cell(pen, hex, false);
}

static void
put_time(journal_pen *pen, int64_t ms)
{
	char when[KS_TIME_TEXT];

	ks_ms_local(ms, when);
	put_cell(pen, when, false);
}

static void
csv_item(journal_pen *pen, const journal_run_view *run, const journal_item_view *item)
{
	char text[JOURNAL_WORDS_BYTES];

	snprintf(text, sizeof(text), "%lld", (long long)run->run);
	put_cell(pen, text, true);
	put_cell(pen, ks_run_verb(run), false);
	put_cell(pen, item->path, false);
	put_cell(pen, ks_item_word(run, item), false);
	put_cell(pen, sign_code_name(item->code), false);
	ks_item_reason(item, text);
	put_cell(pen, text, false);
	snprintf(text, sizeof(text), "%lld", (long long)item->size_bytes);
	put_cell(pen, text, false);
	put_time(pen, item->mtime_ns / 1000000);
	put_hex(pen, item->digest);
	put_cell(pen, item->output != NULL ? item->output : "", false);
	put_hex(pen, item->signature);
	put_time(pen, item->started_ms);
	put_time(pen, item->finished_ms);
	ks_pen_put(pen, "\r\n");
}

static void
csv_run(journal_pen *pen, const journal_run_view *run)
{
	(void)pen;
	(void)run;
}

static void
csv_end(journal_pen *pen)
{
	(void)pen;
}

const journal_shape ks_journal_csv = { csv_begin, csv_run, csv_item, csv_run, csv_end, false, false };
