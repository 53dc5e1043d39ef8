/*
 * Writing JSON: values that may lack memory are noticed where they are put, and one failure marks the whole. Floor: report.
 */
#ifndef KS_REPORT_WRITER_H
#define KS_REPORT_WRITER_H

#include "base.h"
#include "facts.h"

#include <jansson.h>

typedef struct {
	json_t *object; /* an object or array */
	bool    failed;
} ks_writer;

/* UTF-8 as it is; anything else escaped, since JSON cannot hold it; NULL is "". */
json_t *ks_writer_text(const char *text);
/* UTC, RFC 3339. */
json_t *ks_writer_time(time_t when);
void    ks_writer_put(ks_writer *w, const char *key, json_t *value);
void    ks_writer_add(ks_writer *w, json_t *value);
/* The finished value, or NULL if anything failed. */
json_t *ks_writer_finish(ks_writer *w);
/* Notes as [{code, subject}]. */
json_t *ks_writer_notes(const ks_note *notes, size_t count);
/* To text with a final newline, releasing `root` (NULL: SIGN_E_MEMORY). */
sign_code ks_writer_dump(json_t *root, bool one_line, char **text, sign_error *err);

#endif
