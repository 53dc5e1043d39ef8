/*
 * What became of each document, and of the run: lines for people, objects for programs.
 */
#include "seal.h"

#include <stdlib.h>

static const char *
outcome_name(const struct seal *seal, sign_code code)
{
	if (code == SIGN_OK)
		return seal->run->set.dry_run ? "would-sign" : "signed";
	return code == SIGN_E_ALREADY ? "already-signed" : "failed";
}

static void
tell_json(struct seal *seal, const char *path, const char *output, sign_code code, const sign_error *err, bool warned)
{
	AUTO(auto_text) char *text = NULL;
	size_t len = 0;
	FILE  *out = open_memstream(&text, &len);

	if (out == NULL)
		return;
	fputs("{\"name\":", out);
	json_string(out, path);
	fprintf(out, ",\"outcome\":\"%s\",\"output\":", outcome_name(seal, code));
	json_string(out, output != NULL ? output : "");
	fprintf(out, ",\"exitCode\":%d", code == SIGN_E_ALREADY ? 0 : sign_code_exit(code));
	if (warned)
		fputs(",\"warning\":\"revocation-not-checked\"", out);
	if (code != SIGN_OK && code != SIGN_E_ALREADY) {
		fprintf(out, ",\"error\":\"%s\",\"subject\":", sign_code_name(code));
		json_string(out, err->subject);
		fputs(",\"where\":", out);
		json_string(out, err->where);
		fputs(",\"detail\":", out);
		json_string(out, err->detail);
	}
	fputs("}", out);
	if (fclose(out) == 0)
		outlets_json(&seal->outlets, text, text);
}

/* One document has its line; of many only with --verbose, and those that failed on stderr. */
static void
tell_text(struct seal *seal, const char *path, const char *output, sign_code code)
{
	AUTO(auto_text) char *from = safe_text(path);
	AUTO(auto_text) char *to = safe_text(output != NULL ? output : "");
	AUTO(auto_text) char *line = NULL;
	const struct settings *set = &seal->run->set;
	int made;

	if ((seal->many && set->verbose == 0 && !set->dry_run) || set->quiet > 0 || from == NULL || to == NULL)
		return;
	if (code == SIGN_E_ALREADY && seal->add)
		made = asprintf(&line, _("%s: already signed by this certificate; nothing was written\n"), from);
	else if (code == SIGN_E_ALREADY)
		made = asprintf(&line, _("%s: already signed in %s\n"), from, to);
	else
		made = asprintf(&line, "%s → %s\n", from, to);
	if (made < 0)
		line = NULL;
	else
		outlets_text(&seal->outlets, line, line);
}

/* What is there already may be replaced, where that was not asked for yet. */
static int
say_fault(const struct seal *seal, const sign_error *err)
{
	sign_error told = *err;

	if (err->code == SIGN_E_EXISTS && !seal->options.force)
		set_exists(&told, err->subject, seal->run->command);
	return say_error(seal->run, &told);
}

void
seal_tell(struct seal *seal, const char *path, const char *output, sign_code code, const sign_error *err, bool warned)
{
	progress_hide(&seal->progress);
	if (code == SIGN_E_ALREADY && seal->add && !seal->run->set.in_place)
		output = NULL; /* the container itself holds the signature */
	if (code == SIGN_OK)
		seal->sealed++;
	else if (code == SIGN_E_ALREADY)
		seal->already++;
	else
		seal->failed++;
	if (code == SIGN_OK || code == SIGN_E_ALREADY)
		tell_text(seal, path, output, code);
	else
		seal->exit = worse(seal->exit, say_fault(seal, err));
	if (warned) {
		seal->warned++;
		if (seal->run->set.quiet == 0)
			say(_("%s: the person's certificate was accepted without a revocation answer"), path);
	}
	tell_json(seal, path, output, code, err, warned);
}

void
seal_tell_empty(struct seal *seal)
{
	for (size_t i = 0; i < seal->feed.root_count; i++) {
		const struct root *root = &seal->feed.roots[i];
		sign_error         err = SIGN_ERROR_INIT;

		if (root->items > 0 || root->fault)
			continue;
		set_error(&err, SIGN_E_NOTHING, root->path, "");
		seal_tell(seal, root->path, NULL, SIGN_E_NOTHING, &err, false);
		seal->failed--; /* a path, not a document */
	}
}

static void
put_passed_over(FILE *out, const struct seal *seal)
{
	sign_walk_counts counts;
	const struct {
		uint64_t    n;
		const char *what;
	} kinds[] = {
		{ 0, seal->add ? _("documents") : _("containers (sign them with --add)") },
		{ 0, _("hidden") },
		{ 0, _("not asked for") },
		{ 0, _("links and devices") },
	};
	uint64_t n[COUNT_OF(kinds)];
	bool     first = true;

	sign_walk_passed_over(seal->feed.walk, &counts);
	n[0] = counts.wrong_kind;
	n[1] = counts.hidden;
	n[2] = counts.filtered;
	n[3] = counts.special;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (n[i] == 0)
			continue;
		fprintf(out, "%s%s %llu", first ? _("Passed over: ") : ", ", kinds[i].what, (unsigned long long)n[i]);
		first = false;
	}
	if (!first)
		fputs(".\n", out);
}

/* Counts, and where the outputs are. To stderr when stdout belongs to a program. */
void
seal_summary(struct seal *seal)
{
	FILE *out = seal->outlets.machine_stdout ? stderr : stdout;
	char  size[BYTES_TEXT];

	progress_hide(&seal->progress);
	if (!seal->many || seal->run->set.quiet > 0)
		return;
	bytes_text(seal->bytes, size);
	if (seal->run->set.dry_run)
		fprintf(out, plural("Would sign %llu document.\n", "Would sign %llu documents.\n", seal->sealed),
		    (unsigned long long)seal->sealed);
	else
		fprintf(out, plural("Signed %llu document (%s) in %.1f s.\n", "Signed %llu documents (%s) in %.1f s.\n",
		    seal->sealed), (unsigned long long)seal->sealed, size, progress_seconds(&seal->progress));
	if (seal->already > 0)
		fprintf(out, _("Already signed: %llu.\n"), (unsigned long long)seal->already);
	if (seal->failed > 0)
		fprintf(out, _("FAILED: %llu.\n"), (unsigned long long)seal->failed);
	put_passed_over(out, seal);
	if (seal->sealed == 0 || seal->run->set.dry_run)
		return;
	fputs(_("Outputs: "), out);
	if (seal->run->set.output != NULL || seal->run->set.bundle != NULL)
		put_safe(out, seal->run->set.output != NULL ? seal->run->set.output : seal->run->set.bundle);
	else
		fputs(seal->run->set.in_place ? _("in place") : _("beside the documents"), out);
	putc('\n', out);
}
