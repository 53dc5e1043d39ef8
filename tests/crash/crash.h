/*
 * The parts of the crash test: what is run, what came of it.
 */
#ifndef CRASH_H
#define CRASH_H

#include "harness.h"

#define CRASH_WORDS 20

/* What a command makes, for each document. */
enum crash_kind {
	CRASH_SIGN,     /* a container or .p7s for each */
	CRASH_ADD,      /* containers with a signature more, in another folder */
	CRASH_IN_PLACE, /* the same, replaced */
	CRASH_BUNDLE,   /* one container for all */
	CRASH_VERIFY,   /* nothing */
};

struct crash_scenario {
	const char     *label;
	enum crash_kind kind;
	const char     *suffix;   /* of outputs */
	const char     *out;      /* their folder */
	const char     *journal;  /* where it lies; NULL: none is kept */
	size_t          signatures; /* in each output, in the end */
	bool            old_disk; /* a file system without nameless files */
	bool            watches;  /* never ends by itself, and with 9 */
	const char     *words[CRASH_WORDS]; /* after "kyso"; "KEYS/" at the beginning of a word is the keys' folder */
};
extern const struct crash_scenario crash_scenarios[];
extern const size_t                crash_scenario_count;

struct crash_lab {
	char *shim; /* NULL: kills by time only */
	char *kyso, *keys;
	char *docs, *containers;        /* folders of the untouched inputs */
	char *folder;                   /* where a run lives: "in", "out" and so on below it */
	char *out, *err;                /* what the run said */
	char *trust;
	struct harness_list names;      /* of the documents, relative */
};

/* Make a lab in `folder`, which is emptied, with a copy of the keys. */
void crash_open_lab(struct crash_lab *lab, const char *kyso, const char *keys, const char *folder);
void crash_close_lab(struct crash_lab *lab);

/* What a result is, between runs: a result that is there may never be made again. */
struct crash_item {
	char    *input, *output; /* below lab->folder */
	size_t   document;       /* in lab->names */
	uint64_t inode;          /* 0: not made yet */
	int64_t  mtime_ns;
};
struct crash_items {
	struct crash_item *items;
	size_t             count;
};

void crash_items_begin(const struct crash_lab *lab, const struct crash_scenario *s, struct crash_items *items);
/* Second names of the untouched files: making them costs nothing, and a file changed in place shows. */
void crash_lay_out(const struct crash_lab *lab, const struct crash_scenario *s, const struct crash_items *items);
/*
 * Start it with more environment and one more word (NULL: none); run->kill_after is heeded. What watches is stopped when every
 * output is there, and stopping as it should counts as exit 0.
 */
void crash_start(const struct crash_lab *lab, const struct crash_scenario *s, const char *const *env, const char *extra,
    struct harness_run *run);
void crash_items_free(struct crash_items *items);
/* Look at every output again. NULL, or what is wrong: malloc'ed. */
char *crash_items_look(const struct crash_lab *lab, const struct crash_scenario *s, struct crash_items *items);
/* After the last run: everything is there, right, and nothing else is. */
char *crash_check_end(const struct crash_lab *lab, const struct crash_scenario *s, struct crash_items *items);

#endif
