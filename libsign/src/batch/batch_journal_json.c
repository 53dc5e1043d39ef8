/*
 * A journal for programs: JSON, an item a line. English codes, UTC, bytes in hex; paths that are not UTF-8 are escaped as in
 * every other report. Floor: batch.
 */
#include "batch_journal_page.h"

#include "report_writer.h"

#include <stdlib.h>
#include <string.h>

static void
put_json(journal_pen *pen, json_t *value)
{
	char *text = value != NULL ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	json_decref(value);
	if (text == NULL)
		pen->code = pen->code == SIGN_OK ? ks_fail_memory(pen->err) : pen->code;
	else
		ks_pen_put(pen, text);
	free(text);
}

static void
put_member(journal_pen *pen, const char *key, json_t *value)
{
	ks_pen_putf(pen, "\"%s\":", key);
	put_json(pen, value);
}

static json_t *
time_or_null(int64_t seconds)
{
	return seconds > 0 ? ks_writer_time((time_t)seconds) : json_null();
}

static json_t *
hex_or_null(sign_bytes bytes)
{
	char hex[2 * SIGN_DIGEST_MAX_BYTES + 1];

	if (bytes.len == 0 || bytes.len > SIGN_DIGEST_MAX_BYTES)
		return json_null();
	ks_hex(bytes, hex, sizeof(hex));
	return json_string(hex);
}

static json_t *
counts_of(const journal_run_view *run)
{
	ks_writer w = { json_object(), false };

	ks_writer_put(&w, "done", json_integer((json_int_t)run->done));
	ks_writer_put(&w, "adopted", json_integer((json_int_t)run->adopted));
	ks_writer_put(&w, "failed", json_integer((json_int_t)run->failed));
	ks_writer_put(&w, "bytes", json_integer((json_int_t)run->bytes));
	for (int v = SIGN_VERDICT_PASSED; run->judging && v <= SIGN_VERDICT_FAILED; v++)
		ks_writer_put(&w, sign_verdict_name((sign_verdict)v), json_integer((json_int_t)run->verdicts[v]));
	return ks_writer_finish(&w);
}

static json_t *
roots_of(const journal_run_view *run)
{
	ks_writer list = { json_array(), false };

	for (size_t i = 0; run->roots[i] != NULL; i++)
		ks_writer_add(&list, ks_writer_text(run->roots[i]));
	return ks_writer_finish(&list);
}

/* What we wrote is an object; whatever else stands there is told as a text. */
static json_t *
options_of(const journal_run_view *run)
{
	json_t *parsed = json_loads(run->options, 0, NULL);

	return parsed != NULL ? parsed : ks_writer_text(run->options);
}

static json_t *
run_of(const journal_run_view *run)
{
	ks_writer w = { json_object(), false };

	ks_writer_put(&w, "verb", ks_writer_text(run->verb));
	ks_writer_put(&w, "options", options_of(run));
	ks_writer_put(&w, "certificate", ks_writer_text(run->certificate));
	ks_writer_put(&w, "tool", ks_writer_text(run->tool));
	ks_writer_put(&w, "begun", time_or_null(run->begun));
	ks_writer_put(&w, "continued", time_or_null(run->continued));
	ks_writer_put(&w, "ended", time_or_null(run->ended));
	ks_writer_put(&w, "roots", roots_of(run));
	ks_writer_put(&w, "output", run->output != NULL ? ks_writer_text(run->output) : json_null());
	ks_writer_put(&w, "counts", counts_of(run));
	return ks_writer_finish(&w);
}

static json_t *
item_of(const journal_run_view *run, const journal_item_view *item)
{
	static const char *const states[] = { "failed", "done", "adopted" };
	ks_writer w = { json_object(), false };

	ks_writer_put(&w, "path", ks_writer_text(item->path));
	ks_writer_put(&w, "state", json_string(states[item->state]));
	ks_writer_put(&w, "code", json_string(sign_code_name(item->code)));
	if (run->judging && item->state == JOURNAL_DONE) {
		ks_writer_put(&w, "verdict", json_string(sign_verdict_name(item->verdict)));
		ks_writer_put(&w, "exitCode", json_integer(item->exit));
	}
	if (item->why[0] != '\0')
		ks_writer_put(&w, "reason", ks_writer_text(item->why));
	if (ks_item_is_bad(item)) {
		ks_writer_put(&w, "subject", ks_writer_text(item->subject));
		ks_writer_put(&w, "where", ks_writer_text(item->place));
		ks_writer_put(&w, "detail", ks_writer_text(item->detail));
	}
	ks_writer_put(&w, "size", json_integer(item->size_bytes));
	ks_writer_put(&w, "mtimeNs", json_integer(item->mtime_ns));
	ks_writer_put(&w, "digest", hex_or_null(item->digest));
	if (item->output != NULL)
		ks_writer_put(&w, "output", ks_writer_text(item->output));
	ks_writer_put(&w, "signatureSha256", hex_or_null(item->signature));
	ks_writer_put(&w, "startedMs", json_integer(item->started_ms));
	ks_writer_put(&w, "finishedMs", json_integer(item->finished_ms));
	return ks_writer_finish(&w);
}

/* ---- a line each, or all on one -------------------------------------------------------------------------------------- */

static void
json_begin(journal_pen *pen)
{
	ks_pen_put(pen, "{");
	put_member(pen, "journal", ks_writer_text(pen->journal));
	ks_pen_putf(pen, ",\"version\":%d,\"runs\":[", JOURNAL_VERSION);
}

/* The run's object, left open for its items. */
static void
put_open_run(journal_pen *pen, const journal_run_view *run)
{
	json_t *object = run_of(run);
	char   *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	if (text == NULL) {
		pen->code = pen->code == SIGN_OK ? ks_fail_memory(pen->err) : pen->code;
		return;
	}
	text[strlen(text) - 1] = '\0';
	ks_pen_put(pen, text);
	ks_pen_put(pen, ",\"items\":[");
	free(text);
}

static void
json_run(journal_pen *pen, const journal_run_view *run)
{
	ks_pen_put(pen, pen->runs > 0 ? ",\n " : "\n ");
	put_open_run(pen, run);
}

static void
jsonl_run(journal_pen *pen, const journal_run_view *run)
{
	ks_pen_put(pen, pen->runs > 0 ? "," : "");
	put_open_run(pen, run);
}

static void
json_item(journal_pen *pen, const journal_run_view *run, const journal_item_view *item)
{
	ks_pen_put(pen, pen->items > 0 ? ",\n  " : "\n  ");
	put_json(pen, item_of(run, item));
}

static void
jsonl_item(journal_pen *pen, const journal_run_view *run, const journal_item_view *item)
{
	ks_pen_put(pen, pen->items > 0 ? "," : "");
	put_json(pen, item_of(run, item));
}

static void
json_run_end(journal_pen *pen, const journal_run_view *run)
{
	(void)run;
	ks_pen_put(pen, "]}");
}

static void
json_end(journal_pen *pen)
{
	ks_pen_put(pen, "]}\n");
}

const journal_shape ks_journal_json = { json_begin, json_run, json_item, json_run_end, json_end, false, false };
const journal_shape ks_journal_jsonl = { json_begin, jsonl_run, jsonl_item, json_run_end, json_end, false, false };
