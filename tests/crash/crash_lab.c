/*
 * The folder of the crash tests: documents, the same as containers, and starting kyso on second names of them.
 */
#include "crash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DOCUMENTS 45

/* none is empty: a watch waits for something to be in a file */
static const size_t sizes[] = { 2, 1, 700, 9000, 10240, 102400, 300001, 40, 65536, 1048579, 5000, 131072 };

/* ---- the documents --------------------------------------------------------------------------------------------- */

static char *
document_path(const struct crash_lab *lab, size_t i)
{
	switch (i % 4) {
	case 0:
		return harness_text("%s/%02zu.bin", lab->docs, i);
	case 1:
		return harness_text("%s/công văn %02zu.pdf", lab->docs, i);
	case 2:
		return harness_text("%s/sub/%02zu.txt", lab->docs, i);
	default:
		return harness_text("%s/sub/sâu/%02zu %%20.bin", lab->docs, i);
	}
}

static void
make_parent(char *path)
{
	char *slash = strrchr(path, '/');

	*slash = '\0';
	harness_folder(path);
	*slash = '/';
}

static void
make_documents(struct crash_lab *lab)
{
	char       *key = harness_text("%s/person-plain.pem", lab->keys);
	const char *argv[] = { lab->kyso, "sign", "-r", "--durability", "none", "--no-journal", "-k", key, "-o",
		lab->containers, lab->docs, NULL };
	struct harness_run run = { .argv = argv, .folder = "/", .out = lab->out, .err = lab->err };

	for (size_t i = 0; i < DOCUMENTS; i++) {
		char *path = document_path(lab, i);

		make_parent(path);
		harness_document(path, sizes[i % (sizeof(sizes) / sizeof(*sizes))], i);
		free(path);
	}
	harness_run(&run);
	if (run.exit != 0)
		harness_die("the containers could not be made; see %s", lab->err);
	harness_list(lab->docs, &lab->names);
	free(key);
}

void
crash_lay_out(const struct crash_lab *lab, const struct crash_scenario *s, const struct crash_items *items)
{
	const char *from = s->kind == CRASH_SIGN || s->kind == CRASH_BUNDLE ? lab->docs : lab->containers;

	harness_remove(lab->folder);
	for (size_t i = 0; i < items->count; i++) {
		char *old = harness_text("%s/%s", from, items->items[i].input + strlen("in/"));
		char *new = harness_text("%s/%s", lab->folder, items->items[i].input);

		make_parent(new);
		if (link(old, new) != 0)
			harness_die("%s", new);
		free(old);
		free(new);
	}
}

/* ---- one start of kyso ----------------------------------------------------------------------------------------- */

/* Every output of a run that watches, for harness_run.enough. */
struct wanted {
	const struct crash_lab      *lab;
	const struct crash_scenario *scenario;
};

static bool
all_there(void *user)
{
	const struct wanted *w = user;
	bool all = true;

	for (size_t i = 0; i < w->lab->names.count && all; i++) {
		char *path = harness_text("%s/%s/%s%s", w->lab->folder, w->scenario->out, w->lab->names.names[i],
		    w->scenario->suffix);

		all = access(path, F_OK) == 0;
		free(path);
	}
	return all;
}

void
crash_start(const struct crash_lab *lab, const struct crash_scenario *s, const char *const *env, const char *extra,
    struct harness_run *run)
{
	const char *argv[CRASH_WORDS + 3] = { lab->kyso };
	char       *made[CRASH_WORDS] = { NULL };
	struct wanted wanted = { lab, s };
	size_t      n = 1;

	for (size_t i = 0; s->words[i] != NULL; i++) {
		if (strncmp(s->words[i], "KEYS/", 5) == 0)
			made[i] = harness_text("%s/%s", lab->keys, s->words[i] + 5);
		argv[n++] = made[i] != NULL ? made[i] : s->words[i];
	}
	argv[n] = extra;
	*run = (struct harness_run){ .argv = argv, .env = env, .folder = lab->folder, .kill_after = run->kill_after,
		.out = lab->out, .err = lab->err };
	if (s->watches && run->kill_after <= 0) {
		run->enough = all_there;
		run->user = &wanted;
	}
	harness_run(run);
	run->argv = run->env = NULL;
	run->user = NULL;
	if (s->watches && run->exit == 9)
		run->exit = 0;
	for (size_t i = 0; i < CRASH_WORDS; i++)
		free(made[i]);
}

/* ---- the lab --------------------------------------------------------------------------------------------------- */

static char *
absolute(const char *path)
{
	char *real = realpath(path, NULL);

	if (real == NULL)
		harness_die("%s", path);
	return real;
}

void
crash_open_lab(struct crash_lab *lab, const char *kyso, const char *keys, const char *folder)
{
	char *work;

	harness_remove(folder);
	harness_folder(folder);
	work = absolute(folder);
	lab->kyso = absolute(kyso);
	lab->keys = harness_text("%s/keys", work);
	harness_private_copy(keys, lab->keys);
	lab->docs = harness_text("%s/docs", work);
	lab->containers = harness_text("%s/containers", work);
	lab->folder = harness_text("%s/run", work);
	lab->out = harness_text("%s/stdout", work);
	lab->err = harness_text("%s/stderr", work);
	lab->trust = harness_text("%s/trust", lab->keys);
	setenv("HOME", work, 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("LANGUAGE", "en", 1);
	unsetenv("XDG_CONFIG_HOME");
	unsetenv("XDG_STATE_HOME");
	unsetenv("SOURCE_DATE_EPOCH");
	make_documents(lab);
	free(work);
}

void
crash_close_lab(struct crash_lab *lab)
{
	char *const texts[] = { lab->shim, lab->kyso, lab->keys, lab->docs, lab->containers, lab->folder, lab->out, lab->err,
		lab->trust };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		free(texts[i]);
	harness_list_free(&lab->names);
}
