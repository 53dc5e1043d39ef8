/*
 * The commands and their option tables. One table a command feeds parsing, --help, completion and the check of the man
 * pages, so that they cannot disagree.
 */
#ifndef KYSO_OPTIONS_H
#define KYSO_OPTIONS_H

#include "kyso.h"

enum option_group {
	GROUP_SIGN,
	GROUP_KEY,
	GROUP_OUTPUT,
	GROUP_FILES,
	GROUP_JUDGE,
	GROUP_STORE,
	GROUP_GENERAL,
	GROUP_COUNT
};

enum option_kind {
	OPT_FLAG,   /* bool */
	OPT_MORE,   /* int, counts up */
	OPT_TEXT,   /* const char * */
	OPT_LIST,   /* struct text_list */
	OPT_WORD,   /* int, from `words` */
	OPT_NUMBER, /* int, 0 to 1024 */
	OPT_TIME,   /* time_t, and its text just before */
};

struct option_word {
	const char *name; /* NULL ends the list */
	int         value;
};

struct option_row {
	const char               *long_name; /* NULL ends the table */
	char                      short_name; /* 0: none */
	const char               *arg;        /* N_(), NULL: takes none */
	const char               *help;       /* N_() */
	enum option_group         group;
	enum option_kind          kind;
	size_t                    offset; /* in struct settings */
	const struct option_word *words;
};

struct command {
	const char              *verb, *sub; /* "key", "list"; sub NULL: the verb has none */
	command_fn               run;
	const char              *args;    /* "PATH..." */
	const char              *summary; /* N_() */
	const struct option_row *rows;
	const char              *example; /* a line to paste; NULL: none */
};
extern const struct command commands[]; /* verb NULL ends */

/* Form words: forms this version cannot write are negative, so that they are refused by name and not as unknown. */
#define FORM_NOT_YET (-2)

/* Parse argv after the verbs into run->set; 0, or the exit code when an error was said. */
int options_parse(struct run *run, int argc, char **argv);
/* `--name VALUE` or `--name=VALUE` before "--", without judging anything: needed before texts can be shown. */
const char *options_peek(int argc, char **argv, const char *name);

/* ---- help.c ---- */
void help_short(FILE *out);
void help_overview(FILE *out);
void help_command(FILE *out, const struct command *command);
void options_dump(FILE *out); /* "verb sub\t--long\t-s\tARG" a line, untranslated */

/* ---- completion.c ---- */
void completion_bash(FILE *out);

#endif
