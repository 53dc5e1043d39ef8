/*
 * A journal as a page to print and to file: A4, no scripts, nothing fetched, everything foreign escaped. Floor: batch.
 */
#include "batch_journal_page.h"

#include <string.h>

#define STYLE                                                                                                         \
	"@page{size:A4;margin:18mm 14mm}"                                                                            \
	"*{box-sizing:border-box}"                                                                                   \
	"body{font:10.5pt/1.4 \"Times New Roman\",\"Liberation Serif\",\"Noto Serif\",serif;color:#111;margin:0 auto;"    \
	"max-width:182mm;padding:6mm 0}"                                                                             \
	"@media print{body{padding:0;max-width:none}}"                                                               \
	"h1{font-size:17pt;margin:0;text-align:center}"                                                              \
	"p.file{margin:1mm 0 7mm;text-align:center;color:#444;overflow-wrap:anywhere}"                               \
	"h2{font-size:12.5pt;margin:7mm 0 2mm;border-bottom:.6pt solid #111;padding-bottom:1mm}"                     \
	"table{border-collapse:collapse;width:100%;table-layout:fixed}"                                              \
	"td,th{text-align:left;vertical-align:top;padding:1.2mm 1.6mm;overflow-wrap:anywhere}"                       \
	"table.facts{margin-bottom:4mm}"                                                                             \
	"table.facts td,table.facts th{padding-top:.5mm;padding-bottom:.5mm}"                                                                             \
	"table.facts th{width:32mm;font-weight:normal;color:#444;padding-left:0}"                                    \
	"table.items{font-size:9pt}"                                                                                 \
	"table.items th,table.items td{border:.4pt solid #999}"                                                      \
	"table.items thead{display:table-header-group}"                                                              \
	"table.items th{background:#eee;-webkit-print-color-adjust:exact;print-color-adjust:exact}"                  \
	"table.items tbody{break-inside:avoid}"                                                                      \
	"tr.d td{padding-top:0;border-top-style:none}"                                                               \
	"tr.t td{border-bottom-style:none}tr.t td.n:first-child{border-bottom-style:solid}"                          \
	"td.z{white-space:nowrap}"                                                                                   \
	"h2::first-letter,th::first-letter{text-transform:uppercase}"                                                \
	"td.n{text-align:right}"                                                                                     \
	"tr.bad td.w{font-weight:bold;color:#a00000}"                                                                \
	"code{font:7pt/1.3 \"Liberation Mono\",\"DejaVu Sans Mono\",monospace;color:#444;overflow-wrap:anywhere}"      \
	"strong.bad{color:#a00000}"

/* HTML's own characters, after control and direction characters were made visible. */
static void
put_safe(journal_pen *pen, const char *foreign)
{
	static const struct {
		char        c;
		const char *entity;
	} known[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" } };
	char safe[JOURNAL_WORDS_BYTES];

	sign_text_escape(foreign, safe, sizeof(safe));
	for (const char *at = safe; *at != '\0';) {
		size_t len = strcspn(at, "&<>\"'");

		ks_pen_putf(pen, "%.*s", (int)len, at);
		at += len;
		for (size_t i = 0; *at != '\0' && i < KS_COUNT(known); i++) {
			if (known[i].c != *at)
				continue;
			ks_pen_put(pen, known[i].entity);
			at++;
			break;
		}
	}
}

static void
html_begin(journal_pen *pen)
{
	/* a word of the catalogue tells which language it is in */
	ks_pen_putf(pen,
	    "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
	    strcmp(_("journal"), "journal") == 0 ? "en" : "vi");
	put_safe(pen, _("Journal of signing and verifying"));
	ks_pen_put(pen, "</title>\n<style>" STYLE "</style>\n</head>\n<body>\n<h1>");
	put_safe(pen, _("Journal of signing and verifying"));
	ks_pen_put(pen, "</h1>\n<p class=\"file\">");
	put_safe(pen, pen->journal);
	ks_pen_put(pen, "</p>\n");
}

static void
put_fact(journal_pen *pen, const char *label, const char *value, bool bad)
{
	ks_pen_put(pen, "<tr><th>");
	put_safe(pen, label);
	ks_pen_put(pen, bad ? "</th><td><strong class=\"bad\">" : "</th><td>");
	put_safe(pen, value);
	ks_pen_put(pen, bad ? "</strong></td></tr>\n" : "</td></tr>\n");
}

static void
put_heads(journal_pen *pen)
{
	const struct {
		const char *width, *text;
	} heads[] = {
		{ "10mm", _("No.") }, { "", _("document") }, { "19mm", _("bytes") }, { "46mm", _("result") }, { "44mm", _("time") },
	};

	ks_pen_put(pen, "<table class=\"items\"><colgroup>");
	for (size_t i = 0; i < KS_COUNT(heads); i++)
		ks_pen_putf(pen, heads[i].width[0] != '\0' ? "<col style=\"width:%s\">" : "<col>%s", heads[i].width);
	ks_pen_put(pen, "</colgroup>\n<thead><tr>");
	for (size_t i = 0; i < KS_COUNT(heads); i++) {
		ks_pen_put(pen, "<th>");
		put_safe(pen, heads[i].text);
		ks_pen_put(pen, "</th>");
	}
	ks_pen_put(pen, "</tr></thead>\n");
}

static void
html_run(journal_pen *pen, const journal_run_view *run)
{
	char text[JOURNAL_WORDS_BYTES];

	ks_pen_put(pen, "<h2>");
	put_safe(pen, ks_run_verb(run));
	ks_pen_put(pen, "</h2>\n<table class=\"facts\">\n");
	ks_run_state(run, text);
	put_fact(pen, _("time"), text, run->ended == 0);
	ks_run_counts(run, text);
	put_fact(pen, _("documents"), text, run->failed > 0 || run->verdicts[SIGN_VERDICT_FAILED] > 0);
	for (size_t i = 0; run->roots[i] != NULL; i++)
		put_fact(pen, i == 0 ? _("from") : "", run->roots[i], false);
	if (run->output != NULL)
		put_fact(pen, _("into"), run->output, false);
	if (run->certificate[0] != '\0')
		put_fact(pen, _("certificate"), run->certificate, false);
	put_fact(pen, _("options"), run->options, false);
	put_fact(pen, _("program"), run->tool, false);
	ks_pen_put(pen, "</table>\n");
	put_heads(pen);
}

/* The digest by which a paper copy can be matched with its file. */
static void
put_digest(journal_pen *pen, const char *label, sign_bytes bytes)
{
	char hex[2 * SIGN_DIGEST_MAX_BYTES + 1];

	if (bytes.len == 0 || bytes.len > SIGN_DIGEST_MAX_BYTES)
		return;
	ks_hex(bytes, hex, sizeof(hex));
	ks_pen_put(pen, "<code>");
	put_safe(pen, label);
	ks_pen_putf(pen, " %s</code><br>", hex);
}

/* Below the root where possible: the root stands above the table. */
static const char *
short_name(const journal_run_view *run, const char *path)
{
	for (size_t i = 0; run->roots[i] != NULL; i++) {
		size_t len = strlen(run->roots[i]);

		if (strncmp(path, run->roots[i], len) == 0 && path[len] == '/')
			return path + len + 1;
	}
	return path;
}

static void
html_item(journal_pen *pen, const journal_run_view *run, const journal_item_view *item)
{
	char text[JOURNAL_WORDS_BYTES], when[KS_TIME_TEXT];
	bool digests = item->digest.len > 0 || item->signature.len > 0;

	ks_pen_putf(pen, "<tbody><tr class=\"%s%s\"><td class=\"n\"%s>%llu</td><td>", digests ? "t" : "",
	    ks_item_is_bad(item) ? " bad" : "", digests ? " rowspan=\"2\"" : "", (unsigned long long)pen->items + 1);
	put_safe(pen, short_name(run, item->path));
	ks_pen_putf(pen, "</td><td class=\"n\">%lld</td><td class=\"w\">", (long long)item->size_bytes);
	put_safe(pen, ks_item_word(run, item));
	ks_item_reason(item, text);
	if (text[0] != '\0') {
		ks_pen_put(pen, "<br>");
		put_safe(pen, text);
	}
	ks_ms_local(item->finished_ms, when);
	ks_pen_putf(pen, "</td><td class=\"z\">%s</td></tr>", when);
	if (digests) {
		ks_pen_put(pen, "<tr class=\"d\"><td colspan=\"4\">");
		put_digest(pen, _("document"), item->digest);
		put_digest(pen, _("signature"), item->signature);
		ks_pen_put(pen, "</td></tr>");
	}
	ks_pen_put(pen, "</tbody>\n");
}

static void
html_run_end(journal_pen *pen, const journal_run_view *run)
{
	(void)run;
	ks_pen_put(pen, "</table>\n");
}

static void
html_end(journal_pen *pen)
{
	ks_pen_put(pen, "</body>\n</html>\n");
}

const journal_shape ks_journal_html = { html_begin, html_run, html_item, html_run_end, html_end, true, false };
