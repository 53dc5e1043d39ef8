/*
 * Writing JSON (jansson). Its *_new functions take NULL and answer -1, so a value without memory is noticed where it is
 * put. Floor: report.
 */
#include "report_writer.h"
#include "report_words.h"

#include "base_text.h"

#include <stdlib.h>
#include <string.h>

json_t *
ks_writer_text(const char *text)
{
	KS_AUTO(ks_auto_mem) char *safe = NULL;
	size_t cap;

	if (text == NULL || text[0] == '\0')
		return json_string("");
	if (ks_utf8_valid(text, strlen(text)))
		return json_string(text);
	cap = strlen(text) * 12 + 1; /* "\u{10FFFF}" is the longest escape of a character */
	safe = malloc(cap);
	if (safe == NULL)
		return NULL;
	sign_text_escape(text, safe, cap);
	return json_string(safe);
}

json_t *
ks_writer_time(time_t when)
{
	char utc[KS_TIME_TEXT];

	ks_time_utc(when, utc);
	return json_string(utc);
}

void
ks_writer_put(ks_writer *w, const char *key, json_t *value)
{
	if (json_object_set_new(w->object, key, value) != 0)
		w->failed = true;
}

void
ks_writer_add(ks_writer *w, json_t *value)
{
	if (json_array_append_new(w->object, value) != 0)
		w->failed = true;
}

json_t *
ks_writer_finish(ks_writer *w)
{
	if (!w->failed && w->object != NULL)
		return w->object;
	json_decref(w->object);
	return NULL;
}

json_t *
ks_writer_notes(const ks_note *notes, size_t count)
{
	ks_writer list = { json_array(), false };

	for (size_t i = 0; i < count; i++) {
		ks_writer w = { json_object(), false };

		ks_writer_put(&w, "code", json_string(ks_words_note(notes[i].code)->name));
		ks_writer_put(&w, "subject", ks_writer_text(notes[i].subject));
		ks_writer_add(&list, ks_writer_finish(&w));
	}
	return ks_writer_finish(&list);
}

sign_code
ks_writer_dump(json_t *root, bool one_line, char **text, sign_error *err)
{
	KS_AUTO(ks_auto_mem) char *dumped = NULL;
	size_t len;

	*text = NULL;
	if (root == NULL)
		return ks_fail_memory(err);
	dumped = json_dumps(root, one_line ? JSON_COMPACT : JSON_INDENT(2));
	json_decref(root);
	if (dumped == NULL)
		return ks_fail_memory(err);
	len = strlen(dumped);
	*text = malloc(len + 2);
	if (*text == NULL)
		return ks_fail_memory(err);
	memcpy(*text, dumped, len);
	memcpy(*text + len, "\n", 2);
	return SIGN_OK;
}
