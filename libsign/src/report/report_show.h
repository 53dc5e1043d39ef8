/*
 * Showing facts without judging them: what is inside a file, who claims to have signed it. Floor: report.
 */
#ifndef KS_REPORT_SHOW_H
#define KS_REPORT_SHOW_H

#include "base.h"
#include "facts.h"

#include <libsign/report.h>

/* From an outline of facts (documents not hashed). */
sign_code ks_report_show(const ks_facts *facts, sign_report_format format, unsigned width, bool colour, char **text,
    sign_error *err);
/* For what is recognised but not read, and for ordinary documents: the form in words. */
sign_code ks_report_show_form(const char *name, sign_form form, uint64_t size_bytes, sign_report_format format, char **text,
    sign_error *err);

/* The same for programs (report_show_json.c). */
sign_code ks_report_show_json(const ks_facts *facts, bool one_line, char **text, sign_error *err);
sign_code ks_report_show_form_json(const char *name, sign_form form, uint64_t size_bytes, bool one_line, char **text,
    sign_error *err);

#endif
