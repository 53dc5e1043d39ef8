/*
 * kyso doctor: what is wrong on this machine, and how to mend it. Nothing is changed, no PIN of a token is used.
 */
#include "doctor.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *const health_names[] = { "ok", "warn", "fail" };

void
iso_date(time_t when, char text[DATE_TEXT])
{
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL || strftime(text, DATE_TEXT, "%Y-%m-%d", &tm) == 0)
		text[0] = '\0';
}

static void
put_pair(FILE *out, const char *name, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	fprintf(out, ",\"%s\":", name);
	json_string(out, value);
}

static void
tell_json(struct doctor *d, const struct finding *f)
{
	AUTO(auto_text) char *text = NULL;
	size_t len = 0;
	FILE  *out = open_memstream(&text, &len);

	if (out == NULL)
		return;
	fprintf(out, "{\"id\":\"%s\",\"state\":\"%s\"", f->id, health_names[f->health]);
	put_pair(out, "subject", f->subject);
	put_pair(out, "detail", f->detail);
	fprintf(out, ",\"exitCode\":%d}", f->health == HEALTH_FAIL ? f->exit : 0);
	if (fclose(out) == 0)
		outlets_json(&d->outlets, text, text);
}

static char *
text_of(const struct finding *f, const char *sentence)
{
	static const char *const marks[] = { N_("ok"), N_("warning"), N_("ERROR") };
	AUTO(auto_text) char *safe = safe_text(sentence);
	char  *text = NULL;
	size_t len = 0;
	FILE  *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	put_padded(out, _(marks[f->health]), 9);
	put_padded(out, f->id, 16);
	fputs(safe != NULL ? safe : "", out);
	putc('\n', out);
	if (f->health != HEALTH_OK && f->mend != NULL && *f->mend != '\0') {
		fprintf(out, "%25s→ ", "");
		put_safe(out, f->mend);
		putc('\n', out);
	}
	return fclose(out) == 0 ? text : NULL;
}

void
tell_finding(struct doctor *d, const struct finding *f, const char *fmt, ...)
{
	AUTO(auto_text) char *sentence = NULL;
	AUTO(auto_text) char *text = NULL;
	va_list args;
	int     made;

	va_start(args, fmt);
	made = vasprintf(&sentence, fmt, args);
	va_end(args);
	if (made < 0)
		sentence = NULL;
	d->counts[f->health]++;
	if (f->health == HEALTH_FAIL)
		d->exit = worse(d->exit, f->exit);
	tell_json(d, f);
	if (f->health == HEALTH_OK && d->run->set.quiet > 0)
		return;
	text = text_of(f, sentence != NULL ? sentence : "");
	if (text != NULL)
		outlets_text(&d->outlets, text, text);
}

void
tell_error(struct doctor *d, const char *id, enum health health, const char *subject, const sign_error *err)
{
	char           text[2048];
	struct finding f = { id, health, sign_code_exit(err->code), subject, sign_code_name(err->code), NULL };

	/* a file that is missing is a key that is missing */
	if (strncmp(id, "key.", 4) == 0 || strncmp(id, "token.", 6) == 0)
		f.exit = sign_code_exit(SIGN_E_KEY_NOT_FOUND);
	sign_error_text(err, text, sizeof(text));
	tell_finding(d, &f, "%s", text);
}

static void
summary(const struct doctor *d)
{
	FILE *out = d->outlets.machine_stdout ? stderr : stdout;

	if (d->run->set.quiet > 0)
		return;
	if (d->counts[HEALTH_FAIL] + d->counts[HEALTH_WARN] == 0)
		fputs(_("All well.\n"), out);
	else
		fprintf(out, _("Errors: %llu. Warnings: %llu.\n"), (unsigned long long)d->counts[HEALTH_FAIL],
		    (unsigned long long)d->counts[HEALTH_WARN]);
}

int
cmd_doctor(struct run *run)
{
	struct doctor d = { .run = run };
	int           rc;

	if (run->set.path_count > 0)
		return say_usage(run->command, _("kyso doctor takes no paths"));
	rc = outlets_open(&d.outlets, run, true);
	if (rc == 0) {
		doctor_machine(&d);
		if (run->config != NULL) {
			doctor_keys(&d);
			doctor_trust(&d);
		}
		summary(&d);
	}
	rc = worse(worse(rc, d.exit), outlets_close(&d.outlets, run));
	outlets_clear(&d.outlets);
	return rc;
}
