/*
 * The sentences: one row per code, filled where they are shown, in the reader's language. Floor: report.
 *
 * A sentence has places {subject}, {where} and {detail}; a part in [brackets] is left out when a place in it is empty.
 */
#ifndef KS_REPORT_WORDS_H
#define KS_REPORT_WORDS_H

#include "validate_verdict.h"

#include <libintl.h>

#define KS_TEXT_DOMAIN "kyso"
#define N_(text) (text)                           /* translated later */
#define _(text)  dgettext(KS_TEXT_DOMAIN, (text)) /* translated here */

typedef struct {
	const char *name;     /* stable, for machines: "HASH_DOCUMENT" */
	const char *sentence; /* English, the msgid */
	const char *hint;     /* what to do; "" if there is nothing */
	const char *tag;      /* for the head line of a document, in capitals; NULL: none */
} ks_words;

const ks_words *ks_words_code(sign_code code);    /* never NULL */
int             ks_words_exit(sign_code code);
const ks_words *ks_words_why(ks_why why);         /* never NULL */
const ks_words *ks_words_note(ks_note_code code); /* never NULL */

typedef struct { const char *subject, *where, *detail; } ks_places;

/* Append the filled, translated sentence to text[*used...], cut between UTF-8 characters; always ends with a NUL. */
void ks_words_fill(const char *sentence, const ks_places *places, char *text, size_t cap, size_t *used);

/* translated, or "" for "" (the empty msgid is the catalogue's header) */
const char *ks_words_translate(const char *msgid);

#define KS_NAME_COLUMNS 60 /* longer names are shortened in the middle inside sentences */

/* Columns that text takes on a terminal; invalid UTF-8 counts by byte. */
size_t ks_text_columns(const char *text);
/* At most `columns` wide, the middle replaced by an ellipsis; cut between characters. */
void ks_text_shorten(const char *text, size_t columns, char *out, size_t cap);
/* Bytes of the UTF-8 character at `s` (1 for an invalid byte), at most `left`. */
size_t ks_text_step(const char *s, size_t left);

#endif
