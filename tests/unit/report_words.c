/*
 * Foreign text made harmless, errors as sentences at every length, names shortened between characters.
 */
#include "report_words.h"

#include "base_text.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

static const struct { const char *label, *text, *want; } escapes[] = {
	{ "plain", "letter.pdf", "letter.pdf" },
	{ "accented", "công văn số 12.pdf", "công văn số 12.pdf" },
	{ "decomposed", "cong\xcc\x80", "cong\xcc\x80" },
	{ "escape sequence", "a\033[31mb", "a\\x1b[31mb" },
	{ "new line", "a\nb", "a\\x0ab" },
	{ "carriage return", "valid\rnot", "valid\\x0dnot" },
	{ "backspace", "a\bb", "a\\x08b" },
	{ "DEL", "a\x7f", "a\\x7f" },
	{ "C1 control (CSI)", "a\xc2\x9b" "31m", "a\\u{009b}31m" },
	{ "right-to-left override", "fdp\xe2\x80\xae" "exe", "fdp\\u{202e}exe" },
	{ "embedding", "\xe2\x80\xaa", "\\u{202a}" },
	{ "isolate", "\xe2\x81\xa6x\xe2\x81\xa9", "\\u{2066}x\\u{2069}" },
	{ "direction marks", "\xe2\x80\x8e\xe2\x80\x8f", "\\u{200e}\\u{200f}" },
	{ "Arabic letter mark", "\xd8\x9c", "\\u{061c}" },
	{ "zero width space", "a\xe2\x80\x8b" "b", "a\\u{200b}b" },
	{ "zero width joiner", "a\xe2\x80\x8d" "b", "a\\u{200d}b" },
	{ "byte order mark", "\xef\xbb\xbf" "a", "\\u{feff}a" },
	{ "line separator", "\xe2\x80\xa8", "\\u{2028}" },
	{ "soft hyphen", "a\xc2\xad", "a\\u{00ad}" },
	{ "tag character", "\xf3\xa0\x81\x81", "\\u{e0041}" },
	{ "stray continuation", "a\x80", "a\\x80" },
	{ "cut character", "a\xe1\xba", "a\\xe1\\xba" },
	{ "overlong slash", "\xc0\xaf", "\\xc0\\xaf" },
	{ "surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80" },
	{ "beyond Unicode", "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80" },
	{ "Latin-1", "C\xf4ng", "C\\xf4ng" },
	{ "empty", "", "" },
};

ParameterizedTestParameters(report_escape, is_harmless)
{
	static size_t list[KS_COUNT(escapes)];

	for (size_t i = 0; i < KS_COUNT(escapes); i++)
		list[i] = i;
	return cr_make_param_array(size_t, list, KS_COUNT(escapes));
}

ParameterizedTest(size_t *row, report_escape, is_harmless)
{
	char safe[256];

	sign_text_escape(escapes[*row].text, safe, sizeof(safe));
	cr_expect_str_eq(safe, escapes[*row].want, "%s: %s", escapes[*row].label, safe);
	/* at every length: valid, terminated, and a start of the whole */
	for (size_t cap = 1; cap <= strlen(escapes[*row].want) + 1; cap++) {
		char cut[256];

		memset(cut, 'X', sizeof(cut));
		sign_text_escape(escapes[*row].text, cut, cap);
		cr_expect_lt(strlen(cut), cap, "%s: %zu", escapes[*row].label, cap);
		cr_expect(ks_utf8_valid(cut, strlen(cut)), "%s: cut inside a character at %zu", escapes[*row].label, cap);
		cr_expect_eq(strncmp(cut, escapes[*row].want, strlen(cut)), 0, "%s: %zu", escapes[*row].label, cap);
		cr_expect_eq(cut[cap], 'X', "%s: wrote past %zu", escapes[*row].label, cap);
	}
}

static const struct { const char *label, *text; size_t columns; const char *want; } shortened[] = {
	{ "fits", "letter.pdf", 10, "letter.pdf" },
	{ "one too long", "letter.pdf", 9, "lett….pdf" },
	{ "accented", "Quyết định số 1.pdf", 11, "Quyết…1.pdf" },
	{ "wide", "文文文文文文", 7, "文…文" },
	{ "one column", "letter", 1, "…" },
};

ParameterizedTestParameters(report_shorten, keeps_both_ends)
{
	static size_t list[KS_COUNT(shortened)];

	for (size_t i = 0; i < KS_COUNT(shortened); i++)
		list[i] = i;
	return cr_make_param_array(size_t, list, KS_COUNT(shortened));
}

ParameterizedTest(size_t *row, report_shorten, keeps_both_ends)
{
	char out[128];

	ks_text_shorten(shortened[*row].text, shortened[*row].columns, out, sizeof(out));
	cr_expect_str_eq(out, shortened[*row].want, "%s: %s", shortened[*row].label, out);
	cr_expect_leq(ks_text_columns(out), shortened[*row].columns);
	for (size_t cap = 1; cap < sizeof(out); cap++) {
		ks_text_shorten(shortened[*row].text, shortened[*row].columns, out, cap);
		cr_expect_lt(strlen(out), cap);
		cr_expect(ks_utf8_valid(out, strlen(out)), "%s: cap %zu", shortened[*row].label, cap);
	}
}

/* Marks without width could pile up past any buffer. */
Test(report_shorten, piled_marks)
{
	char text[1024] = "a", out[64];

	for (size_t i = 1; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xcc\x80", 3);
	ks_text_shorten(text, 10, out, sizeof(out));
	cr_expect_lt(strlen(out), sizeof(out));
	cr_expect(ks_utf8_valid(out, strlen(out)));
}

/* ---- errors ---- */

static const struct { sign_code code; int exit; const char *name, *text; } errors[] = {
	{ SIGN_OK, 0, "SIGN_OK", "Done." },
	{ SIGN_E_USAGE, 64, "SIGN_E_USAGE", NULL },
	{ SIGN_E_NOT_FOUND, 7, "SIGN_E_NOT_FOUND", "\"a.pdf\" does not exist. Check the name." },
	{ SIGN_E_DIGEST, 4, "SIGN_E_DIGEST",
	    "\"a.pdf\" was changed after it was signed, in META-INF/x.p7s. Ask the sender for the original." },
	{ SIGN_E_SIGNATURE, 4, "SIGN_E_SIGNATURE", NULL },
	{ SIGN_E_FORMAT, 5, "SIGN_E_FORMAT",
	    "\"a.pdf\" is damaged or breaks the rules of its form, in META-INF/x.p7s: two sizes. Ask the sender for the original." },
	{ SIGN_E_LIMIT, 5, "SIGN_E_LIMIT", NULL },
	{ SIGN_E_NAME, 5, "SIGN_E_NAME", NULL },
	{ SIGN_E_UNSUPPORTED, 7, "SIGN_E_UNSUPPORTED", NULL },
	{ SIGN_E_NOT_SIGNED, 3, "SIGN_E_NOT_SIGNED", NULL },
	{ SIGN_E_NOT_COVERED, 3, "SIGN_E_NOT_COVERED", NULL },
	{ SIGN_E_PIN_WRONG, 8, "SIGN_E_PIN_WRONG", NULL },
	{ SIGN_E_CERT_EXPIRED, 8, "SIGN_E_CERT_EXPIRED", NULL },
	{ SIGN_E_PIN_LOCKED, 8, "SIGN_E_PIN_LOCKED", NULL },
	{ SIGN_E_PIN_FINAL, 8, "SIGN_E_PIN_FINAL", NULL },
	{ SIGN_E_PIN_REFUSED, 8, "SIGN_E_PIN_REFUSED", NULL },
	{ SIGN_E_TOKEN_MISSING, 8, "SIGN_E_TOKEN_MISSING", NULL },
	{ SIGN_E_TOKEN_REMOVED, 8, "SIGN_E_TOKEN_REMOVED", NULL },
	{ SIGN_E_TOKEN_MODULE, 8, "SIGN_E_TOKEN_MODULE", NULL },
	{ SIGN_E_INTERRUPTED, 9, "SIGN_E_INTERRUPTED", NULL },
	{ SIGN_E_CONFIG, 10, "SIGN_E_CONFIG", NULL },
	{ SIGN_E_LOCKED, 10, "SIGN_E_LOCKED", NULL },
	{ SIGN_E_ALREADY, 0, "SIGN_E_ALREADY", NULL },
	{ SIGN_E_ROLE, 3, "SIGN_E_ROLE", NULL },
	{ SIGN_E_DATA, 10, "SIGN_E_DATA", NULL },
	{ SIGN_E_ROLE_KEY, 8, "SIGN_E_ROLE_KEY", NULL },
	{ SIGN_E_SIGNED_BY_OTHER, 7, "SIGN_E_SIGNED_BY_OTHER", NULL },
	{ SIGN_E_ROLE_UNPROVEN, 3, "SIGN_E_ROLE_UNPROVEN", NULL },
	{ SIGN_E_NO_CONTENT, 7, "SIGN_E_NO_CONTENT", NULL },
	{ SIGN_E_JOURNAL, 7, "SIGN_E_JOURNAL", NULL },
	{ SIGN_E_BUSY, 7, "SIGN_E_BUSY", "Another kyso is working with \"a.pdf\". Wait until it has finished, or stop it first." },
	{ SIGN_E_CHANGED_SINCE, 7, "SIGN_E_CHANGED_SINCE",
	    "\"a.pdf\" was changed after it was signed. Look at it, then sign it anew with --again --force." },
};

ParameterizedTestParameters(report_error, has_words)
{
	static size_t list[KS_COUNT(errors)];

	for (size_t i = 0; i < KS_COUNT(errors); i++)
		list[i] = i;
	return cr_make_param_array(size_t, list, KS_COUNT(errors));
}

ParameterizedTest(size_t *row, report_error, has_words)
{
	sign_error err = { errors[*row].code, "a.pdf", "META-INF/x.p7s", "two sizes", "x.c:1" };
	char       whole[2048], cut[2048];

	sign_error_text(&err, whole, sizeof(whole));
	cr_expect_eq(sign_code_exit(err.code), errors[*row].exit, "%s: exit %d", errors[*row].name, sign_code_exit(err.code));
	cr_expect_str_eq(sign_code_name(err.code), errors[*row].name);
	if (errors[*row].text != NULL)
		cr_expect_str_eq(whole, errors[*row].text, "%s", whole);
	cr_expect_null(strpbrk(whole, "[]{}"), "%s", whole);
	for (size_t cap = 1; cap <= strlen(whole) + 1; cap++) {
		memset(cut, 'X', sizeof(cut));
		sign_error_text(&err, cut, cap);
		cr_expect_lt(strlen(cut), cap);
		cr_expect_eq(strncmp(cut, whole, strlen(cut)), 0, "cap %zu: %s", cap, cut);
		cr_expect_eq(cut[cap], 'X');
	}
}

/* Every code has a row of its own: a new one without words would say "unknown error". */
Test(report_error, every_code_is_known)
{
	static const struct { int first, last; } ranges[] = { { 0, 1 }, { 10, 14 }, { 20, 28 }, { 30, 39 }, { 50, 68 }, { 70, 80 }, { 90, 92 } };

	for (size_t r = 0; r < KS_COUNT(ranges); r++) {
		for (int c = ranges[r].first; c <= ranges[r].last; c++) {
			const ks_words *words = ks_words_code((sign_code)c);

			cr_expect(c == SIGN_E_INTERNAL || strcmp(words->name, "SIGN_E_INTERNAL") != 0, "code %d has no words", c);
		}
	}
	cr_expect_eq(sign_code_exit((sign_code)999), 7);
}

Test(report_error, every_reason_and_note_has_words)
{
	for (int w = KS_WHY_NONE + 1; w < KS_WHY_COUNT; w++)
		cr_expect(ks_words_why((ks_why)w)->name != NULL && ks_words_why((ks_why)w)->sentence[0] != '\0', "reason %d", w);
	for (int n = KS_NOTE_NONE + 1; n < KS_NOTE_COUNT; n++)
		cr_expect(ks_words_note((ks_note_code)n)->name != NULL && ks_words_note((ks_note_code)n)->sentence[0] != '\0',
		    "note %d", n);
	cr_expect_str_eq(ks_words_why((ks_why)-1)->sentence, "");
	cr_expect_str_eq(ks_words_note(KS_NOTE_COUNT)->sentence, "");
}

/* What a document says is never a format or a place. */
Test(report_error, foreign_text_is_not_interpreted)
{
	sign_error err = { SIGN_E_NOT_FOUND, "%s%n{detail}[x]", "", "DETAIL", "" };
	char       text[512];

	sign_error_text(&err, text, sizeof(text));
	cr_expect_str_eq(text, "\"%s%n{detail}[x]\" does not exist. Check the name.", "%s", text);
}

Test(report_error, long_names_are_shortened_in_the_middle)
{
	sign_error err = SIGN_ERROR_INIT;
	char       text[1024];

	err.code = SIGN_E_NOT_FOUND;
	for (size_t i = 0; i + 3 < sizeof(err.subject); i += 3)
		memcpy(err.subject + i, "ế", 4);
	memcpy(err.subject, "start", 5);
	sign_error_text(&err, text, sizeof(text));
	cr_expect(strstr(text, "…") != NULL);
	cr_expect(ks_utf8_valid(text + 10, strlen(text + 10)));
	cr_expect_lt(strlen(text), 300);
}
