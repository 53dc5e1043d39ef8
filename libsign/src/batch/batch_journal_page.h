/*
 * A journal read for people and programs: runs and items one at a time, handed to the shape that was asked for. Floor:
 * batch.
 */
#ifndef KS_BATCH_JOURNAL_PAGE_H
#define KS_BATCH_JOURNAL_PAGE_H

#include "batch_journal.h"

#include "base_text.h"
#include "report_page.h"

#define JOURNAL_WORDS_BYTES 4096 /* one sentence, or one escaped name */

/* The report on its way out, a block at a time. The first fault is kept and ends the writing. */
typedef struct {
	sign_journal_put put;
	void            *user;
	const char      *journal; /* its name */
	ks_buf           text;
	sign_code        code;
	sign_error      *err;
	uint64_t         runs, items; /* so far; items of the run in hand */
} journal_pen;
void ks_pen_put(journal_pen *pen, const char *text);
void ks_pen_putf(journal_pen *pen, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Texts are never NULL; what a hostile journal says is as foreign as any document. */
typedef struct {
	int64_t     run, round, begun, continued, ended; /* ended 0: it did not come to its end */
	const char *verb, *options, *certificate, *tool;
	bool        judging;
	uint64_t    done, adopted, failed, bytes;
	uint64_t    verdicts[4]; /* judging, by sign_verdict */
	char      **roots;       /* NULL-terminated; of a few only, when there are many */
	char       *output;      /* folder, or NULL */
} journal_run_view;

typedef struct {
	char         *path, *output; /* absolute; output NULL: none */
	journal_state state;
	sign_code     code;
	sign_verdict  verdict;
	int           exit;
	const char   *why, *subject, *place, *detail;
	int64_t       size_bytes, mtime_ns, started_ms, finished_ms;
	sign_bytes    digest, signature;
} journal_item_view;

typedef struct {
	void (*begin)(journal_pen *pen);
	void (*run)(journal_pen *pen, const journal_run_view *run);
	void (*item)(journal_pen *pen, const journal_run_view *run, const journal_item_view *item);
	void (*run_end)(journal_pen *pen, const journal_run_view *run);
	void (*end)(journal_pen *pen);
	bool worst_first;
	bool only_bad;
} journal_shape;
extern const journal_shape ks_journal_text, ks_journal_text_all, ks_journal_json, ks_journal_jsonl, ks_journal_csv,
    ks_journal_html;

/* ---- words shared by the shapes; in the user's language ---- */
bool        ks_item_is_bad(const journal_item_view *item);
const char *ks_item_word(const journal_run_view *run, const journal_item_view *item); /* "signed", "valid", "FAILED" */
/* Why it did not end well, as a sentence, without anything that could drive a terminal; "" if it ended well. */
void        ks_item_reason(const journal_item_view *item, char text[JOURNAL_WORDS_BYTES]);
/* "signed 120, already signed 2, FAILED 1" */
void        ks_run_counts(const journal_run_view *run, char text[JOURNAL_WORDS_BYTES]);
/* "finished 20/11/2026 09:12:05 +07:00", "not finished; begun ..." */
void        ks_run_state(const journal_run_view *run, char text[JOURNAL_WORDS_BYTES]);
const char *ks_run_verb(const journal_run_view *run);
void        ks_ms_local(int64_t ms, char text[KS_TIME_TEXT]); /* "" for 0 */

#endif
