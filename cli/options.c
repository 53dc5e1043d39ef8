/*
 * Parsing the command line from the tables. An unknown option is an error that names the nearest one.
 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ROWS 64

static size_t
row_count(const struct option_row *rows)
{
	size_t n = 0;

	while (rows[n].long_name != NULL)
		n++;
	return n;
}

static const char *
nearest_option(const struct option_row *rows, const char *name)
{
	const char *words[MAX_ROWS + 1];
	size_t      n = 0;

	for (; n < MAX_ROWS && rows[n].long_name != NULL; n++)
		words[n] = rows[n].long_name;
	words[n] = NULL;
	return sign_nearest_word(name, words);
}

/* What getopt stumbled over: a long option as written, or a short one. */
static int
say_unknown(const struct run *run, const char *written, int letter)
{
	char        name[64];
	const char *near;

	if (letter != 0)
		return say_usage(run->command, _("unknown option -%c"), letter);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(written + 2, "="), written + 2);
	near = nearest_option(run->command->rows, name);
	if (near != NULL)
		return say_usage(run->command, _("unknown option --%s; did you mean --%s?"), name, near);
	return say_usage(run->command, _("unknown option --%s"), name);
}

static int
say_bad_value(const struct run *run, const struct option_row *row, const char *value)
{
	const char *words[16];
	size_t      n = 0;
	const char *near = NULL;

	if (row->words != NULL) {
		for (; row->words[n].name != NULL && n + 1 < COUNT_OF(words); n++)
			words[n] = row->words[n].name;
		words[n] = NULL;
		near = sign_nearest_word(value, words);
	}
	if (near != NULL)
		return say_usage(run->command, _("--%s does not take \"%s\"; did you mean %s?"), row->long_name, value, near);
	return say_usage(run->command, _("--%s does not take \"%s\": %s"), row->long_name, value, _(row->help));
}

static bool
set_number(const char *value, int *number)
{
	char *end = NULL;
	long  n;

	errno = 0;
	n = strtol(value, &end, 10);
	if (errno != 0 || end == value || *end != '\0' || n < 0 || n > 1024)
		return false;
	*number = (int)n;
	return true;
}

static bool
set_word(const struct option_word *words, const char *value, int *number)
{
	for (; words->name != NULL; words++)
		if (strcmp(words->name, value) == 0) {
			*number = words->value;
			return true;
		}
	return false;
}

static int
apply(struct run *run, const struct option_row *row, const char *value)
{
	char *field = (char *)&run->set + row->offset;
	bool  ok = true;

	switch (row->kind) {
	case OPT_FLAG:
		*(bool *)field = true;
		break;
	case OPT_MORE:
		++*(int *)field;
		break;
	case OPT_TEXT:
		*(const char **)field = value;
		break;
	case OPT_LIST:
		if (!list_add((struct text_list *)field, value)) {
			sign_error err = SIGN_ERROR_INIT;

			set_error(&err, SIGN_E_MEMORY, "", "");
			return say_error(run, &err);
		}
		break;
	case OPT_WORD:
		ok = set_word(row->words, value, (int *)field);
		break;
	case OPT_NUMBER:
		ok = set_number(value, (int *)field);
		break;
	case OPT_TIME:
		ok = parse_time(value, (time_t *)field);
		break;
	}
	return ok ? 0 : say_bad_value(run, row, value);
}

/* getopt's own tables; `val` of row i is 256 + i, so that letters and rows cannot be confused. */
static void
make_tables(const struct option_row *rows, struct option longs[], char *shorts)
{
	size_t n = row_count(rows);

	*shorts++ = ':';
	for (size_t i = 0; i < n; i++) {
		longs[i] = (struct option){ rows[i].long_name, rows[i].arg != NULL ? required_argument : no_argument, NULL,
			256 + (int)i };
		if (rows[i].short_name == 0)
			continue;
		*shorts++ = rows[i].short_name;
		if (rows[i].arg != NULL)
			*shorts++ = ':';
	}
	*shorts = '\0';
	longs[n] = (struct option){ NULL, 0, NULL, 0 };
}

static const struct option_row *
row_of(const struct option_row *rows, int found)
{
	if (found >= 256)
		return &rows[found - 256];
	for (; rows->long_name != NULL; rows++)
		if (rows->short_name == found)
			return rows;
	return NULL;
}

int
options_parse(struct run *run, int argc, char **argv)
{
	const struct option_row *rows = run->command->rows;
	struct option            longs[MAX_ROWS + 1];
	char                     shorts[2 * MAX_ROWS + 2];
	int                      found, rc;

	make_tables(rows, longs, shorts);
	opterr = 0;
	optind = 1;
	while ((found = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct option_row *row;

		if (found == ':') {
			row = row_of(rows, optopt);
			return say_usage(run->command, _("--%s needs a value: %s"), row != NULL ? row->long_name : "?",
			    row != NULL ? _(row->arg) : "");
		}
		if (found == '?' && optopt >= 256)
			return say_usage(run->command, _("--%s takes no value"), longs[optopt - 256].name);
		row = found == '?' ? NULL : row_of(rows, found);
		if (row == NULL)
			return say_unknown(run, argv[optind - 1], optopt);
		rc = apply(run, row, optarg);
		if (rc != 0)
			return rc;
	}
	run->set.paths = argv + optind;
	run->set.path_count = (size_t)(argc - optind);
	return 0;
}

const char *
options_peek(int argc, char **argv, const char *name)
{
	size_t      len = strlen(name);
	const char *value = NULL;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strncmp(argv[i], "--", 2) != 0 || strncmp(argv[i] + 2, name, len) != 0)
			continue;
		if (argv[i][2 + len] == '=')
			value = argv[i] + 3 + len;
		else if (argv[i][2 + len] == '\0' && i + 1 < argc)
			value = argv[++i];
	}
	return value;
}
