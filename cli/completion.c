/*
 * Bash completion, written from the tables when the command is built. Values of word options are completed too; paths are
 * left to bash.
 */
#include "options.h"

#include <string.h>

static void
put_case(FILE *out, const struct command *command)
{
	fprintf(out, "\t\"%s%s%s\") options=\"", command->verb, command->sub != NULL ? " " : "",
	    command->sub != NULL ? command->sub : "");
	for (const struct option_row *row = command->rows; row->long_name != NULL; row++) {
		if (row->short_name != 0)
			fprintf(out, "-%c ", row->short_name);
		fprintf(out, "--%s%s", row->long_name, row[1].long_name != NULL ? " " : "");
	}
	fputs("\" ;;\n", out);
}

/* The first row of this name tells its words: they are the same in all tables. */
static bool
is_first(const struct command *command, const struct option_row *row)
{
	for (const struct command *c = commands; c->verb != NULL; c++)
		for (const struct option_row *r = c->rows; r->long_name != NULL; r++) {
			if (c == command && r == row)
				return true;
			if (strcmp(r->long_name, row->long_name) == 0)
				return false;
		}
	return true;
}

static void
put_words(FILE *out)
{
	for (const struct command *c = commands; c->verb != NULL; c++)
		for (const struct option_row *row = c->rows; row->long_name != NULL; row++) {
			if (row->words == NULL || !is_first(c, row))
				continue;
			fprintf(out, "\t--%s) values=\"", row->long_name);
			for (size_t i = 0; row->words[i].name != NULL; i++)
				fprintf(out, "%s%s", i > 0 ? " " : "", row->words[i].name);
			fputs("\" ;;\n", out);
		}
	fputs("\t--lang) values=\"en vi\" ;;\n\t--report) values=\"text json jsonl\" ;;\n"
	      "\t--policy) values=\"default official\" ;;\n\t--store) values=\"system user\" ;;\n",
	    out);
}

/* Each verb once, or the second words of `verb`. */
static void
put_verbs(FILE *out, const char *verb)
{
	const char *last = "";

	for (const struct command *c = commands; c->verb != NULL; c++) {
		if (verb != NULL && strcmp(c->verb, verb) == 0)
			fprintf(out, "%s ", c->sub);
		if (verb == NULL && strcmp(c->verb, last) != 0)
			fprintf(out, "%s ", c->verb);
		last = c->verb;
	}
}

void
completion_bash(FILE *out)
{
	const char *last = "";

	fputs("# bash completion for kyso, made from its option tables\n"
	      "_kyso()\n{\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\tlocal verb=${COMP_WORDS[1]} options= values= words=\n\n"
	      "\tCOMPREPLY=()\n"
	      "\tif ((COMP_CWORD == 1)); then\n\t\twords=\"",
	    out);
	put_verbs(out, NULL);
	fputs("help version\"\n\telif ((COMP_CWORD == 2)); then\n\t\tcase $verb in\n", out);
	for (const struct command *c = commands; c->verb != NULL; c++) {
		if (c->sub != NULL && strcmp(c->verb, last) != 0) {
			fprintf(out, "\t\t%s) words=\"", c->verb);
			put_verbs(out, c->verb);
			fputs("\" ;;\n", out);
		}
		last = c->verb;
	}
	fputs("\t\thelp) words=\"", out);
	put_verbs(out, NULL);
	fputs("\" ;;\n\t\tesac\n\tfi\n"
	      "\tif [[ $words ]]; then\n\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n\t\treturn\n\tfi\n\n"
	      "\tcase $prev in\n",
	    out);
	put_words(out);
	fputs("\tesac\n"
	      "\tif [[ $values ]]; then\n\t\tCOMPREPLY=($(compgen -W \"$values\" -- \"$cur\"))\n\t\treturn\n\tfi\n\n"
	      "\tcase $verb in key | trust) verb+=\" ${COMP_WORDS[2]}\" ;; esac\n"
	      "\tcase $verb in\n",
	    out);
	for (const struct command *c = commands; c->verb != NULL; c++)
		put_case(out, c);
	fputs("\tesac\n"
	      "\tif [[ $cur == -* ]]; then\n\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n\tfi\n}\n"
	      "complete -o default -F _kyso kyso\n",
	    out);
}
