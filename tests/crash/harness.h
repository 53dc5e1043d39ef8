/*
 * What the crash and fault tests share: running the program and ending it early, folders of documents, numbers by chance.
 */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HARNESS_HANGS 120 /* seconds after which a run counts as hanging */

void  harness_die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
char *harness_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same numbers from the same seed, on every machine. */
uint64_t harness_random(uint64_t *state);
uint64_t harness_below(uint64_t *state, uint64_t limit);

double harness_now(void); /* seconds, monotonic */

/* Command, environment and folder of a run, and how it ended. Its output lies in files in the current folder. */
struct harness_run {
	const char *const *argv;      /* NULL-terminated */
	const char *const *env;       /* "NAME=VALUE" added to ours, NULL-terminated; NULL: none */
	const char        *folder;    /* to start in */
	double             kill_after; /* seconds until SIGKILL; 0: never */
	bool             (*enough)(void *user); /* asked again and again; true: SIGTERM. NULL: it ends by itself */
	void              *user;
	const char        *out, *err; /* files that take stdout and stderr */
	int                exit;      /* -1: ended by signal */
	int                signal;
	double             seconds;
};
void harness_run(struct harness_run *run);

/* The whole of a file, NUL behind it; free() it. */
char *harness_slurp(const char *path, size_t *len);
void  harness_write(const char *path, const void *bytes, size_t len);
/* Bytes that cannot be compressed, the same for the same seed. */
void  harness_document(const char *path, size_t len, uint64_t seed);
void  harness_folder(const char *path); /* with its parents; may be there */
void  harness_remove(const char *path); /* with all that is in it; may be missing */

/* A folder of files, and of folders of files, that others may not read: git keeps no modes, and kyso would remark it. */
void  harness_private_copy(const char *from, const char *to);

/* Every file below a folder, relative to it, sorted. */
struct harness_list {
	char **names;
	size_t count;
};
void harness_list(const char *folder, struct harness_list *list);
void harness_list_free(struct harness_list *list);

#endif
