/*
 * sweep KYSO KEYS WORK SHIM [--full] [--only TARGET] [--verbose]
 *
 * Makes the n-th call of each kind fail, for every n that a small run of kyso has (of allocations a sample, all with --full),
 * in signing, adding, judging and extracting. Whatever fails, the end is an error that is told, with a documented exit code
 * and nothing half-written; or, if kyso could do without the call, exactly what comes out without the fault. A document
 * that is not valid is never called valid.
 */
#include "harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORDS       16
#define SAMPLES     25  /* of the allocations of one target and row */
#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

enum kind { SEAL, JUDGE_GOOD, JUDGE_BAD, EXTRACT };

static const struct target {
	const char *label;
	enum kind   kind;
	const char *output; /* what the run makes */
	const char *words[WORDS];
} targets[] = {
	{ "asice", SEAL, "out/doc.bin.asice", { "sign", "-k", "keys/person-plain.pem", "-o", "out/", "doc.bin" } },
	{ "p7s", SEAL, "out/doc.bin.p7s", { "sign", "-f", "p7s", "-k", "keys/person-plain.pem", "-o", "out/", "doc.bin" } },
	{ "asics, forced", SEAL, "out/doc.bin.asics",
	    { "sign", "-f", "asics", "--force", "-k", "keys/person-plain.pem", "-o", "out/", "doc.bin" } },
	{ "folder", SEAL, "out/inner.bin.asice", { "sign", "-j1", "-k", "keys/person-plain.pem", "-o", "out", "docs" } },
	{ "add", SEAL, "out/good.asice",
	    { "sign", "--add", "-k", "keys/agency-ec.pem", "--pin-file", "keys/pin.txt", "-o", "out/", "good.asice" } },
	{ "bundle", SEAL, "out/b.asice",
	    { "sign", "-k", "keys/person-plain.pem", "--bundle", "out/b.asice", "doc.bin", "docs" } },
	{ "verify", JUDGE_GOOD, NULL, { "verify", "--trust", "keys/trust", "good.asice" } },
	{ "verify folder", JUDGE_GOOD, NULL, { "verify", "-j1", "--trust", "keys/trust", "containers" } },
	{ "verify revoked", JUDGE_BAD, NULL, { "verify", "--trust", "keys/trust", "revoked.asice" } },
	{ "verify changed", JUDGE_BAD, NULL, { "verify", "--trust", "keys/trust", "changed.asice" } },
	{ "verify strange", JUDGE_BAD, NULL, { "verify", "--trust", "keys/other-trust", "good.asice" } },
	{ "extract", EXTRACT, "out/doc.bin", { "extract", "--trust", "keys/trust", "-o", "out", "good.asice" } },
};

static const struct fault {
	const char *call, *action;
	bool        later;   /* and every call after it */
	bool        harmless; /* kyso has to cope */
} faults[] = {
	{ "open", "EMFILE", false, false },   { "open", "EACCES", false, false },      { "tmpfile", "EACCES", false, false },
	{ "tmpfile", "ENOSPC", false, false }, { "tmpfile", "EOPNOTSUPP", false, true }, { "read", "EIO", false, false },
	{ "pread", "EIO", false, false },     { "pread", "EIO", true, false },         { "pread", "EINTR", false, true },
	{ "pread", "short", false, true },    { "read", "EINTR", false, true },        { "read", "short", false, true },
	{ "pwrite", "EIO", false, false },    { "pwrite", "ENOSPC", false, false },    { "pwrite", "ENOSPC", true, false },
	{ "pwrite", "EDQUOT", true, false },  { "pwrite", "EINTR", false, true },      { "pwrite", "short", false, true },
	{ "fdatasync", "EIO", false, false }, { "fsync", "EIO", false, false },        { "link", "EIO", false, false },
	{ "link", "ENOSPC", false, false },   { "rename", "EIO", false, false },       { "copy", "EIO", false, false },
	{ "copy", "ENOSPC", false, false },   { "copy", "EOPNOTSUPP", false, true },   { "copy", "short", false, true },
	{ "alloc", "ENOMEM", false, false },  { "alloc", "ENOMEM", true, false },
};

struct lab {
	char *kyso, *work, *preload, *out, *err, *counts;
	bool  full, verbose;
	const char *only;
	unsigned long runs, unharmed, failed;
};

/* ---- running --------------------------------------------------------------------------------------------------- */

static char *
in_work(const struct lab *lab, const char *name)
{
	return harness_text("%s/%s", lab->work, name);
}

static void
run(const struct lab *lab, const char *const *words, const char *fault, struct harness_run *r)
{
	const char *argv[WORDS + 2] = { lab->kyso };
	char       *variable = fault != NULL ? harness_text("KYSO_FAULT=%s", fault) : NULL;
	const char *env[] = { lab->preload, variable, NULL };

	for (size_t i = 0; words[i] != NULL; i++)
		argv[i + 1] = words[i];
	*r = (struct harness_run){ .argv = argv, .env = fault != NULL ? env : NULL, .folder = lab->work, .out = lab->out,
		.err = lab->err };
	harness_run(r);
	r->argv = r->env = NULL;
	free(variable);
}

/* The folder "out" as a target needs it: empty, or with the output that is forced. */
static void
begin(const struct lab *lab, const struct target *t)
{
	char *out = in_work(lab, "out");
	char *output = t->output != NULL ? in_work(lab, t->output) : NULL;

	harness_remove(out);
	harness_folder(out);
	for (size_t i = 0; t->words[i] != NULL; i++)
		if (strcmp(t->words[i], "--force") == 0)
			harness_write(output, "old", 3);
	free(output);
	free(out);
}

/* ---- what may come out ----------------------------------------------------------------------------------------- */

static bool
is_forced(const struct target *t)
{
	return strcmp(t->label, "asics, forced") == 0;
}

/* NULL, or what is wrong with what lies in "out": a whole output (`there`) or nothing, never hidden files. */
static char *
look_at_outputs(const struct lab *lab, const struct target *t, bool *there)
{
	char *out = in_work(lab, "out");
	char *output = in_work(lab, t->output);
	char *wrong = NULL;
	struct harness_list list;
	size_t len;

	harness_list(out, &list);
	for (size_t i = 0; i < list.count && wrong == NULL; i++)
		if (strncmp(list.names[i], ".kyso-", 6) == 0 && strstr(list.names[i], ".journal") == NULL)
			wrong = harness_text("%s is left behind", list.names[i]);
	harness_list_free(&list);
	*there = access(output, F_OK) == 0;
	if (*there && is_forced(t)) { /* the old one untouched is as good as none */
		free(harness_slurp(output, &len));
		*there = len != 3;
	}
	free(output);
	free(out);
	return wrong;
}

static char *
check_whole(const struct lab *lab, const struct target *t)
{
	const char *verify[] = { "verify", "--trust", "keys/trust", t->output, NULL };
	char *document = in_work(lab, "doc.bin");
	char *output = in_work(lab, t->output);
	struct harness_run r;
	size_t a_len, b_len;
	char  *a, *b;
	bool   same;

	if (t->kind != EXTRACT) {
		if (strstr(t->output, ".p7s") != NULL) { /* a .p7s lies beside its document, for judging */
			char *beside = in_work(lab, "out/doc.bin");

			if (access(beside, F_OK) != 0 && link(document, beside) != 0)
				harness_die("%s", beside);
			free(beside);
		}
		free(document);
		free(output);
		run(lab, verify, NULL, &r);
		return r.exit == 0 ? NULL : harness_text("what was written is not valid: %d", r.exit);
	}
	a = harness_slurp(document, &a_len);
	b = harness_slurp(output, &b_len);
	same = a_len == b_len && memcmp(a, b, a_len) == 0;
	free(a);
	free(b);
	free(document);
	free(output);
	return same ? NULL : harness_text("what was extracted differs");
}

static bool
is_documented(int code)
{
	static const int codes[] = { 2, 3, 4, 5, 6, 7, 8, 10 };

	for (size_t i = 0; i < COUNT_OF(codes); i++)
		if (code == codes[i])
			return true;
	return false;
}

/* An error is told in sentences of ours, a line each, and not in a stream of them. */
static char *
check_told(const struct lab *lab)
{
	char  *err = harness_slurp(lab->err, NULL);
	char  *wrong = NULL;
	size_t lines = 0;

	for (char *line = err, *end; (end = strchr(line, '\n')) != NULL; line = end + 1, lines++)
		if (strncmp(line, "kyso: ", 6) != 0 && wrong == NULL)
			wrong = harness_text("stderr says \"%.*s\"", (int)(end - line), line);
	if (wrong == NULL && (lines == 0 || lines > 3))
		wrong = harness_text("%zu sentences on stderr", lines);
	free(err);
	return wrong;
}

static bool
says(const char *path, const char *text)
{
	char *said = harness_slurp(path, NULL);
	bool  found = strstr(said, text) != NULL;

	free(said);
	return found;
}

static char *
check_seal(const struct lab *lab, const struct target *t, const struct fault *f, const struct harness_run *r)
{
	bool  there = false;
	char *wrong = look_at_outputs(lab, t, &there);

	if (wrong == NULL && r->exit != 0 && !(t->kind == EXTRACT && says(lab->out, ": NOT ENOUGH EVIDENCE")))
		wrong = check_told(lab);
	if (wrong == NULL && r->exit == 0 && !there)
		wrong = harness_text("exit 0, and no output");
	/* after its name was given, only the sync of the folder may fail: the output is there, whole, and not told as done */
	if (wrong == NULL && r->exit != 0 && there && strcmp(f->call, "fsync") != 0 && strcmp(f->call, "alloc") != 0)
		wrong = harness_text("exit %d, and an output", r->exit);
	if (wrong == NULL && there)
		wrong = check_whole(lab, t);
	return wrong;
}

static char *
check_judgement(const struct lab *lab, const struct target *t, const struct harness_run *r, const char *reference)
{
	char *said = harness_slurp(lab->out, NULL);
	char *err = harness_slurp(lab->err, NULL);
	char *wrong = NULL;

	if (r->exit == 0 && t->kind == JUDGE_BAD)
		wrong = harness_text("exit 0 for what is not valid");
	else if (r->exit == 0 && strcmp(said, reference) != 0)
		wrong = harness_text("exit 0, and another report");
	else if (r->exit != 0 && strstr(said, ": VALID") != NULL && t->kind == JUDGE_BAD)
		wrong = harness_text("exit %d, and called valid", r->exit);
	else if (r->exit != 0 && *said == '\0' && *err == '\0')
		wrong = harness_text("exit %d, and nothing said", r->exit);
	free(said);
	free(err);
	return wrong;
}

static char *
check(const struct lab *lab, const struct target *t, const struct fault *f, const struct harness_run *r,
    const char *reference)
{
	if (r->signal != 0)
		return harness_text("ended by signal %d%s", r->signal, r->signal == 14 ? " (it hung)" : "");
	if (r->exit != 0 && !is_documented(r->exit))
		return harness_text("exit %d", r->exit);
	if (f->harmless && r->exit != (t->kind == JUDGE_BAD ? r->exit : 0))
		return harness_text("exit %d, and it had to cope", r->exit);
	if (says(lab->err, "untime error") || says(lab->err, "Assertion"))
		return harness_text("an assertion");
	if (t->kind == SEAL || t->kind == EXTRACT)
		return check_seal(lab, t, f, r);
	return check_judgement(lab, t, r, reference);
}

/* ---- sweeping -------------------------------------------------------------------------------------------------- */

static unsigned long
count_of(const struct lab *lab, const char *call)
{
	char  word[32];
	unsigned long n, found = 0;
	FILE *in = fopen(lab->counts, "re");

	while (in != NULL && fscanf(in, "%31s %lu", word, &n) == 2)
		if (strcmp(word, call) == 0)
			found = n;
	if (in != NULL)
		fclose(in);
	return found;
}

static void
one(struct lab *lab, const struct target *t, const struct fault *f, unsigned long n, const char *reference)
{
	char *fault = harness_text("%s:%lu%s:%s", f->call, n, f->later ? "+" : "", f->action);
	char *wrong;
	struct harness_run r;

	begin(lab, t);
	run(lab, t->words, fault, &r);
	wrong = check(lab, t, f, &r, reference);
	lab->runs++;
	lab->unharmed += r.exit == 0;
	if (r.exit == 0 && !f->harmless && lab->verbose)
		printf("unharmed %s: %s\n", t->label, fault);
	if (wrong != NULL) {
		lab->failed++;
		printf("FAILED %s: KYSO_FAULT=%s: %s\n", t->label, fault, wrong);
		fflush(stdout);
	}
	free(wrong);
	free(fault);
}

static void
sweep(struct lab *lab, const struct target *t)
{
	char *variable = harness_text("KYSO_FAULT_COUNT=%s", lab->counts);
	char *reference;
	struct harness_run r;

	begin(lab, t);
	unlink(lab->counts);
	putenv(variable);
	run(lab, t->words, "any:1:none", &r);
	unsetenv("KYSO_FAULT_COUNT");
	if ((r.exit == 0) == (t->kind == JUDGE_BAD) || count_of(lab, "alloc") == 0)
		harness_die("%s: exit %d without a fault, or nothing counted; see %s", t->label, r.exit, lab->err);
	reference = harness_slurp(lab->out, NULL);
	for (size_t i = 0; i < COUNT_OF(faults); i++) {
		unsigned long count = count_of(lab, faults[i].call);
		unsigned long step = strcmp(faults[i].call, "alloc") == 0 && !lab->full ? count / SAMPLES + 1 : 1;

		/* a sample begins elsewhere in each row, so that rows together see more */
		for (unsigned long n = 1 + i % step; n <= count; n += step)
			one(lab, t, &faults[i], n, reference);
	}
	free(reference);
	free(variable);
}

/* ---- the lab --------------------------------------------------------------------------------------------------- */

static void
make(const struct lab *lab, const char *label, const char *const *words, int want)
{
	struct harness_run r;

	run(lab, words, NULL, &r);
	if (r.exit != want)
		harness_die("%s: exit %d; see %s", label, r.exit, lab->err);
}

static void
make_inputs(const struct lab *lab)
{
	static const char *const good[] = { "sign", "-k", "keys/person-plain.pem", "-o", "good.asice", "doc.bin", NULL };
	static const char *const revoked[] = { "sign", "-k", "keys/revoked.pem", "--pin-file", "keys/pin.txt", "-o",
		"revoked.asice", "doc.bin", NULL };
	static const char *const folder[] = { "sign", "--no-journal", "-k", "keys/person-plain.pem", "-o", "containers",
		"docs", NULL };
	char  *doc = in_work(lab, "doc.bin"), *docs = in_work(lab, "docs"), *inner = in_work(lab, "docs/inner.bin");
	char  *path = in_work(lab, "good.asice"), *changed = in_work(lab, "changed.asice");
	size_t len;
	char  *bytes;

	harness_document(doc, 30000, 1);
	harness_folder(docs);
	harness_document(inner, 300, 2);
	make(lab, "good", good, 0);
	make(lab, "revoked", revoked, 0);
	make(lab, "folder", folder, 0);
	bytes = harness_slurp(path, &len);
	bytes[len / 2] ^= 1; /* inside the document, which is most of it */
	harness_write(changed, bytes, len);
	free(bytes);
	free(doc);
	free(docs);
	free(inner);
	free(path);
	free(changed);
}

static char *
absolute(const char *path)
{
	char *real = realpath(path, NULL);

	if (real == NULL)
		harness_die("%s", path);
	return real;
}

static void
open_lab(struct lab *lab, char **argv)
{
	char *keys, *shim = absolute(argv[4]);

	harness_remove(argv[3]);
	harness_folder(argv[3]);
	lab->kyso = absolute(argv[1]);
	lab->work = absolute(argv[3]);
	lab->preload = harness_text("LD_PRELOAD=%s", shim);
	lab->out = in_work(lab, "stdout");
	lab->err = in_work(lab, "stderr");
	lab->counts = in_work(lab, "counts");
	keys = in_work(lab, "keys");
	harness_private_copy(argv[2], keys);
	setenv("HOME", lab->work, 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("LANGUAGE", "en", 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_STATE_HOME");
	unsetenv("SOURCE_DATE_EPOCH");
	make_inputs(lab);
	free(keys);
	free(shim);
}

int
main(int argc, char **argv)
{
	struct lab lab = { 0 };

	if (argc < 5)
		harness_die("usage: sweep KYSO KEYS WORK SHIM [--full] [--only TARGET] [--verbose]");
	for (int i = 5; i < argc; i++) {
		lab.full = lab.full || strcmp(argv[i], "--full") == 0;
		lab.verbose = lab.verbose || strcmp(argv[i], "--verbose") == 0;
		if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
			lab.only = argv[++i];
	}
	open_lab(&lab, argv);
	for (size_t i = 0; i < COUNT_OF(targets); i++)
		if (lab.only == NULL || strcmp(lab.only, targets[i].label) == 0)
			sweep(&lab, &targets[i]);
	printf("%lu faults, %lu of them without consequence\n", lab.runs, lab.unharmed);
	printf("%lu passed, %lu failed\n", lab.runs - lab.failed, lab.failed);
	return lab.failed > 0 || lab.runs == 0;
}
