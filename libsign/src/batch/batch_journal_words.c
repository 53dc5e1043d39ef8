/*
 * What a journal's rows mean in a person's language, and the text report. Floor: batch.
 */
#include "batch_journal_page.h"

#include <stdio.h>
#include <string.h>

void
ks_ms_local(int64_t ms, char text[KS_TIME_TEXT])
{
	text[0] = '\0';
	if (ms > 0)
		ks_time_local((time_t)(ms / 1000), text);
}

const char *
ks_run_verb(const journal_run_view *run)
{
	return run->judging ? _("verifying") : _("signing");
}

bool
ks_item_is_bad(const journal_item_view *item)
{
	return item->state == JOURNAL_FAILED || item->exit > 0;
}

const char *
ks_item_word(const journal_run_view *run, const journal_item_view *item)
{
	if (item->state == JOURNAL_FAILED)
		return _("FAILED");
	if (item->state == JOURNAL_ADOPTED)
		return _("signed already");
	return run->judging ? ks_page_verdict_word(item->verdict) : _("signed");
}

static ks_why
why_by_name(const char *name)
{
	for (int why = KS_WHY_NONE + 1; why < KS_WHY_COUNT; why++)
		if (strcmp(ks_words_why((ks_why)why)->name, name) == 0)
			return (ks_why)why;
	return KS_WHY_NONE;
}

static void
copy_text(char *out, size_t cap, const char *text)
{
	snprintf(out, cap, "%s", text);
}

void
ks_item_reason(const journal_item_view *item, char text[JOURNAL_WORDS_BYTES])
{
	sign_error err = SIGN_ERROR_INIT;
	char       plain[JOURNAL_WORDS_BYTES];

	text[0] = '\0';
	if (item->why[0] != '\0') {
		ks_reason reason = { why_by_name(item->why), item->subject, item->detail };

		ks_page_reason(&reason, false, text, JOURNAL_WORDS_BYTES);
	} else if (item->state == JOURNAL_FAILED) {
		err.code = item->code;
		copy_text(err.subject, sizeof(err.subject), item->subject);
		copy_text(err.where, sizeof(err.where), item->place);
		copy_text(err.detail, sizeof(err.detail), item->detail);
		sign_error_text(&err, plain, sizeof(plain));
		sign_text_escape(plain, text, JOURNAL_WORDS_BYTES);
	}
}

static void
add_count(char *text, const char *word, uint64_t n)
{
	size_t len = strlen(text);

	if (n > 0)
		snprintf(text + len, JOURNAL_WORDS_BYTES - len, "%s%s %llu", len > 0 ? ", " : "", word, (unsigned long long)n);
}

void
ks_run_counts(const journal_run_view *run, char text[JOURNAL_WORDS_BYTES])
{
	text[0] = '\0';
	add_count(text, _("FAILED"), run->failed);
	for (int v = SIGN_VERDICT_FAILED; run->judging && v >= SIGN_VERDICT_PASSED; v--)
		add_count(text, ks_page_verdict_word((sign_verdict)v), run->verdicts[v]);
	if (!run->judging)
		add_count(text, _("signed"), run->done);
	add_count(text, _("signed already"), run->adopted);
	if (text[0] == '\0')
		copy_text(text, JOURNAL_WORDS_BYTES, _("none yet"));
}

void
ks_run_state(const journal_run_view *run, char text[JOURNAL_WORDS_BYTES])
{
	char begun[KS_TIME_TEXT], last[KS_TIME_TEXT];

	ks_time_local((time_t)run->begun, begun);
	ks_time_local((time_t)(run->ended != 0 ? run->ended : run->continued), last);
	if (run->ended != 0)
		snprintf(text, JOURNAL_WORDS_BYTES, _("begun %s, finished %s"), begun, last);
	else
		snprintf(text, JOURNAL_WORDS_BYTES, _("begun %s, last continued %s, NOT FINISHED: the same command goes on with the rest"),
		    begun, last);
}

/* ---- text ----------------------------------------------------------------------------------------------------------- */

#define LABEL_COLUMNS 14

static void
put_row(journal_pen *pen, const char *label, const char *foreign)
{
	char safe[JOURNAL_WORDS_BYTES];

	sign_text_escape(foreign, safe, sizeof(safe));
	ks_pen_put(pen, "  ");
	ks_pen_put(pen, label);
	for (size_t n = ks_text_columns(label); n < LABEL_COLUMNS; n++)
		ks_pen_put(pen, " ");
	ks_pen_put(pen, safe);
	ks_pen_put(pen, "\n");
}

static void
text_begin(journal_pen *pen)
{
	char safe[JOURNAL_WORDS_BYTES];

	sign_text_escape(pen->journal, safe, sizeof(safe));
	ks_pen_putf(pen, "%s: %s\n", safe, _("journal"));
}

static void
text_run(journal_pen *pen, const journal_run_view *run)
{
	char text[JOURNAL_WORDS_BYTES];

	ks_run_state(run, text);
	put_row(pen, ks_run_verb(run), text);
	ks_run_counts(run, text);
	put_row(pen, _("documents"), text);
	for (size_t i = 0; run->roots[i] != NULL; i++)
		put_row(pen, i == 0 ? _("from") : "", run->roots[i]);
	if (run->output != NULL)
		put_row(pen, _("into"), run->output);
	if (run->certificate[0] != '\0')
		put_row(pen, _("certificate"), run->certificate);
	put_row(pen, _("options"), run->options);
	put_row(pen, _("program"), run->tool);
}

static void
text_item(journal_pen *pen, const journal_run_view *run, const journal_item_view *item)
{
	char safe[JOURNAL_WORDS_BYTES], when[KS_TIME_TEXT];

	sign_text_escape(item->path, safe, sizeof(safe));
	ks_ms_local(item->finished_ms, when);
	ks_pen_putf(pen, "  %s: %s  %s", safe, ks_item_word(run, item), when);
	ks_item_reason(item, safe);
	ks_pen_putf(pen, "%s%s\n", safe[0] != '\0' ? "\n    " : "", safe);
}

static void
text_run_end(journal_pen *pen, const journal_run_view *run)
{
	(void)run;
	ks_pen_put(pen, "\n");
}

static void
text_end(journal_pen *pen)
{
	(void)pen;
}

const journal_shape ks_journal_text = { text_begin, text_run, text_item, text_run_end, text_end, true, true };
const journal_shape ks_journal_text_all = { text_begin, text_run, text_item, text_run_end, text_end, true, false };
