/*
 * --report FORMAT[:FILE], repeatable: where results go. Files appear whole, by rename; one that is there is replaced only with
 * --force.
 */
#ifndef KYSO_REPORTS_H
#define KYSO_REPORTS_H

#include "kyso.h"

/* Formats that only a journal has; beyond those of a report. */
#define OUTLET_CSV  ((sign_report_format)100)
#define OUTLET_HTML ((sign_report_format)101)

struct outlet {
	sign_report_format format; /* TEXT, JSON, JSONL or, of a journal, OUTLET_CSV or OUTLET_HTML */
	FILE              *stream; /* stdout, or the temporary file */
	char              *path, *temp; /* NULL for stdout */
	uint64_t           items;
};
#define MAX_OUTLETS 8
struct outlets {
	struct outlet at[MAX_OUTLETS];
	size_t        count;
	bool          list; /* JSON is an array: several items may come */
	bool          machine_stdout; /* stdout belongs to a program: people's words go to stderr */
};

/* Open what --report says; without any, text on stdout. 0, or the exit code of what was said. */
int outlets_open(struct outlets *o, const struct run *run, bool list);
/* People's text, to every text outlet: `shown` (perhaps coloured) on stdout, `plain` into files. */
void outlets_text(struct outlets *o, const char *shown, const char *plain);
/* One object, indented and on one line, to every JSON outlet of either kind. */
void outlets_json(struct outlets *o, const char *indented, const char *line);
bool outlets_want(const struct outlets *o, sign_report_format format);
/* Finish arrays and bring the files under their names; an exit code. Files of an interrupted run appear too: they are true. */
int outlets_close(struct outlets *o, const struct run *run);
/* Remove what was not closed. */
void outlets_clear(struct outlets *o);

/* A JSON string; bytes that are not UTF-8 become U+FFFD. */
void json_string(FILE *out, const char *text);
/* {"name":...,"verdict":...,"exitCode":N,"known":true}: judged before, and only remembered. */
char *json_known(const char *path, const sign_journal_memory *memory);
/* {"name":...,"error":"SIGN_E_...","subject":...,"where":...,"detail":...,"exitCode":N}: a file that gave no report. */
char *json_fault(const char *path, const sign_error *err);

#endif
