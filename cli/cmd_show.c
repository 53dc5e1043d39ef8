/*
 * kyso show: what is inside a file. It judges nothing, so it answers only 0, 5 (malformed) or 7 (anything else).
 */
#include "feed.h"
#include "reports.h"

#include <stdlib.h>
#include <string.h>

static int
exit_of(int exit_code)
{
	return exit_code == 0 || exit_code == 5 ? exit_code : 7;
}

static sign_code
show_text(const struct run *run, struct outlets *o, sign_worker *worker, const char *path, sign_error *err)
{
	AUTO(auto_text) char *plain = NULL;
	AUTO(auto_text) char *coloured = NULL;
	sign_code code = sign_show(worker, path, SIGN_REPORT_TEXT, run->width, false, &plain, err);

	if (code == SIGN_OK && run->colour)
		code = sign_show(worker, path, SIGN_REPORT_TEXT, run->width, true, &coloured, err);
	if (code == SIGN_OK)
		outlets_text(o, coloured != NULL ? coloured : plain, plain);
	return code;
}

static sign_code
show_json(struct outlets *o, sign_worker *worker, const char *path, sign_error *err)
{
	AUTO(auto_text) char *indented = NULL;
	AUTO(auto_text) char *line = NULL;
	sign_code code = sign_show(worker, path, SIGN_REPORT_JSON, 0, false, &indented, err);

	if (code == SIGN_OK)
		code = sign_show(worker, path, SIGN_REPORT_JSONL, 0, false, &line, err);
	if (code == SIGN_OK)
		outlets_json(o, indented, line);
	return code;
}

/* ---- journals ---------------------------------------------------------------------------------------------------- */

static bool
put_piece(void *user, const char *text, size_t len)
{
	struct outlet *out = user;

	return fwrite(text, 1, len, out->stream) == len;
}

static sign_journal_format
journal_format(const struct run *run, const struct outlet *out)
{
	switch ((int)out->format) {
	case SIGN_REPORT_JSON:
		return SIGN_JOURNAL_JSON;
	case SIGN_REPORT_JSONL:
		return SIGN_JOURNAL_JSONL;
	case (int)OUTLET_CSV:
		return SIGN_JOURNAL_CSV;
	case (int)OUTLET_HTML:
		return SIGN_JOURNAL_HTML;
	default:
		return run->set.verbose > 0 ? SIGN_JOURNAL_TEXT_ALL : SIGN_JOURNAL_TEXT;
	}
}

/* Straight into each outlet: a journal may have more lines than memory. */
static int
show_journal(const struct run *run, struct outlets *o, const char *path)
{
	int rc = 0;

	for (size_t i = 0; i < o->count; i++) {
		struct outlet *out = &o->at[i];
		sign_error     err = SIGN_ERROR_INIT;

		if (out->format == SIGN_REPORT_JSON && out->items++ > 0 && o->list)
			fputs(",\n", out->stream);
		if (sign_journal_report(path, journal_format(run, out), put_piece, out, &err) != SIGN_OK)
			rc = worse(rc, exit_of(say_error(run, &err)));
	}
	return rc;
}

/* ---- everything else ------------------------------------------------------------------------------------------------ */

static int
show_one(const struct run *run, struct outlets *o, sign_worker *worker, const char *path)
{
	sign_error err = SIGN_ERROR_INIT;
	sign_code  code = SIGN_OK;
	AUTO(auto_text) char *json = NULL;

	if (sign_journal_is(path))
		return show_journal(run, o, path);
	if (outlets_want(o, OUTLET_CSV) || outlets_want(o, OUTLET_HTML))
		return exit_of(say_usage(run->command, _("csv and html are reports of a journal, and \"%s\" is none"), path));
	if (outlets_want(o, SIGN_REPORT_TEXT))
		code = show_text(run, o, worker, path, &err);
	if (code == SIGN_OK && (outlets_want(o, SIGN_REPORT_JSON) || outlets_want(o, SIGN_REPORT_JSONL)))
		code = show_json(o, worker, path, &err);
	if (code == SIGN_OK)
		return 0;
	json = json_fault(path, &err);
	if (json != NULL)
		outlets_json(o, json, json);
	return exit_of(say_error(run, &err));
}

int
cmd_show(struct run *run)
{
	AUTO(auto_worker) sign_worker *worker = NULL;
	struct outlets o;
	sign_error     err = SIGN_ERROR_INIT;
	int            rc;

	if (run->set.path_count == 0)
		return say_usage(run->command, _("name the files to show"));
	rc = outlets_open(&o, run, is_many(run));
	if (rc == 0 && sign_worker_new(&worker, &err) != SIGN_OK)
		rc = exit_of(say_error(run, &err));
	for (size_t i = 0; i < run->set.path_count && worker != NULL && stop_requested == 0; i++)
		rc = worse(rc, show_one(run, &o, worker, run->set.paths[i]));
	if (worker != NULL)
		rc = worse(rc, outlets_close(&o, run));
	outlets_clear(&o);
	return rc;
}
