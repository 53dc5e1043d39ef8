/*
 * An error as a sentence with its next step, its name and its exit code. Floor: report. Allocates nothing: it must work
 * when memory is gone.
 */
#include "report_words.h"


const char *
sign_code_name(sign_code code)
{
	return ks_words_code(code)->name;
}

int
sign_code_exit(sign_code code)
{
	return ks_words_exit(code);
}

void
sign_error_text(const sign_error *err, char *text, size_t cap_bytes)
{
	const ks_words *words = ks_words_code(err->code);
	char            subject[sizeof(err->subject)];
	ks_places       places = { subject, err->where, ks_words_translate(err->detail) };
	size_t          used = 0;

	ks_text_shorten(err->subject, KS_NAME_COLUMNS, subject, sizeof(subject));
	ks_words_fill(words->sentence, &places, text, cap_bytes, &used);
	if (words->hint[0] == '\0' || used + 1 >= cap_bytes)
		return;
	text[used++] = ' ';
	text[used] = '\0';
	ks_words_fill(words->hint, &places, text, cap_bytes, &used);
}
