/*
 * kyso extract: judge one file, show the verdict, and write out what it covers. What may be written is the library's rule;
 * no option changes it.
 */
#include "reports.h"

#include <stdlib.h>
#include <string.h>

struct extraction {
	const struct run *run;
	struct outlets    outlets;
	const char       *folder;
	int               exit;
};

static void
on_file(void *user, const char *name, sign_code code, const sign_error *err)
{
	struct extraction *x = user;
	AUTO(auto_text) char *safe = safe_text(name);
	AUTO(auto_text) char *folder = safe_text(x->folder);
	AUTO(auto_text) char *line = NULL;

	if (code != SIGN_OK) {
		x->exit = worse(x->exit, say_error(x->run, err));
		return;
	}
	if (x->run->set.quiet > 0 || safe == NULL || folder == NULL)
		return;
	if (asprintf(&line, "%s → %s/%s\n", safe, folder, safe) < 0)
		line = NULL;
	else
		outlets_text(&x->outlets, line, line);
}

static sign_code
tell_report(struct extraction *x, const sign_report *report, sign_error *err)
{
	AUTO(auto_text) char *text = NULL;
	AUTO(auto_text) char *coloured = NULL;
	AUTO(auto_text) char *indented = NULL;
	AUTO(auto_text) char *line = NULL;
	sign_code code = sign_report_render(report, SIGN_REPORT_TEXT, x->run->width, false, &text, err);

	if (code == SIGN_OK && x->run->colour)
		code = sign_report_render(report, SIGN_REPORT_TEXT, x->run->width, true, &coloured, err);
	if (code == SIGN_OK)
		code = sign_report_render(report, SIGN_REPORT_JSON, 0, false, &indented, err);
	if (code == SIGN_OK)
		code = sign_report_render(report, SIGN_REPORT_JSONL, 0, false, &line, err);
	if (code != SIGN_OK)
		return code;
	if (x->run->set.quiet == 0 || sign_report_exit(report) != 0)
		outlets_text(&x->outlets, coloured != NULL ? coloured : text, text);
	outlets_json(&x->outlets, indented, line);
	x->exit = worse(x->exit, sign_report_exit(report));
	return SIGN_OK;
}

static sign_code
extract(struct extraction *x, sign_error *err)
{
	AUTO(auto_trust) sign_trust *trust = NULL;
	AUTO(auto_verifier) sign_verifier *verifier = NULL;
	AUTO(auto_worker) sign_worker *worker = NULL;
	AUTO(auto_report) sign_report *report = NULL;
	const struct run *run = x->run;
	sign_code         code = open_trust(run, &trust, err);
	sign_code         told;

	if (code == SIGN_OK)
		code = open_verifier(run, trust, NULL, &verifier, err);
	if (code == SIGN_OK)
		code = sign_worker_new(&worker, err);
	if (code == SIGN_OK)
		code = sign_extract(worker, verifier, run->set.paths[0], x->folder, run->set.require_valid, on_file, x, &report,
		    err);
	if (report == NULL)
		return code;
	told = tell_report(x, report, err);
	return told != SIGN_OK || code != SIGN_E_NOT_PASSED ? (told != SIGN_OK ? told : code) : SIGN_OK;
}

int
cmd_extract(struct run *run)
{
	struct extraction x = { .run = run, .folder = run->set.output != NULL ? run->set.output : "." };
	sign_error        err = SIGN_ERROR_INIT;
	AUTO(auto_text) char *json = NULL;
	int rc;

	if (run->set.path_count != 1)
		return say_usage(run->command, _("name one file to extract from"));
	rc = outlets_open(&x.outlets, run, false);
	if (rc == 0 && extract(&x, &err) != SIGN_OK) {
		rc = say_error(run, &err);
		json = json_fault(run->set.paths[0], &err);
		if (json != NULL)
			outlets_json(&x.outlets, json, json);
	}
	rc = worse(rc, x.exit);
	if (rc != EXIT_USAGE)
		rc = worse(rc, outlets_close(&x.outlets, run));
	outlets_clear(&x.outlets);
	return rc;
}
