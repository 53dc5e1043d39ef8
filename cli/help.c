/*
 * Help: the first screen, the overview and the page of each command, all drawn from the tables, 80 columns wide.
 */
#include "options.h"

#include <string.h>

#define HELP_WIDTH  80
#define HELP_COLUMN 26

static const char *const group_titles[GROUP_COUNT] = {
	[GROUP_SIGN] = N_("Signing"),
	[GROUP_KEY] = N_("Key"),
	[GROUP_OUTPUT] = N_("Output"),
	[GROUP_FILES] = N_("Files"),
	[GROUP_JUDGE] = N_("Judging"),
	[GROUP_STORE] = N_("Store"),
	[GROUP_GENERAL] = N_("General"),
};

static void
put_entry(FILE *out, const char *left, const char *text)
{
	if (text_columns(left) + 1 < HELP_COLUMN)
		put_padded(out, left, HELP_COLUMN);
	else
		fprintf(out, "%s\n%*s", left, HELP_COLUMN, "");
	put_wrapped(out, text, HELP_COLUMN, HELP_COLUMN, HELP_WIDTH);
}

static void
put_option(FILE *out, const struct option_row *row)
{
	char left[128];
	char letter[8] = "    ";

	if (row->short_name != 0)
		snprintf(letter, sizeof(letter), "-%c, ", row->short_name);
	snprintf(left, sizeof(left), "  %s--%s%s%s", letter, row->long_name, row->arg != NULL ? " " : "",
	    row->arg != NULL ? _(row->arg) : "");
	put_entry(out, left, _(row->help));
}

static void
put_group(FILE *out, const struct option_row *rows, enum option_group group)
{
	bool titled = false;

	for (; rows->long_name != NULL; rows++) {
		if (rows->group != group)
			continue;
		if (!titled)
			fprintf(out, "\n%s\n", _(group_titles[group]));
		titled = true;
		put_option(out, rows);
	}
}

static const char *
args_text(const struct command *command)
{
	return *command->args != '\0' ? _(command->args) : "";
}

void
help_command(FILE *out, const struct command *command)
{
	const char *sub = command->sub != NULL ? command->sub : "";

	fprintf(out, _("Usage: kyso %s%s%s [OPTION...]%s%s\n"), command->verb, *sub != '\0' ? " " : "", sub,
	    *command->args != '\0' ? " " : "", args_text(command));
	put_wrapped(out, _(command->summary), 0, 0, HELP_WIDTH);
	for (int group = 0; group < GROUP_COUNT; group++)
		put_group(out, command->rows, (enum option_group)group);
	if (command->example != NULL)
		fprintf(out, _("\nExample\n  %s\n"), command->example);
	fprintf(out, _("\nManual: man kyso-%s\n"), command->verb);
}

void
help_short(FILE *out)
{
	fputs(_("kyso signs official documents, and judges those that arrive.\n"), out);
	fprintf(out, "\n%s\n", _("Every day"));
	put_entry(out, "  kyso sign PATH...", _("sign documents, or every document in a folder"));
	put_entry(out, "  kyso verify PATH...", _("check who signed what, and whether it still holds"));
	put_entry(out, "  kyso show PATH...", _("show what is inside, judging no trust"));
	put_entry(out, "  kyso extract FILE", _("check, then write the documents out safely"));
	fprintf(out, "\n%s\n", _("For example"));
	fputs("  kyso sign -k clerk.p12 letter.pdf\n  kyso verify letter.pdf.asice\n\n", out);
	fputs(_("All commands: kyso help. About one: kyso help sign.\n"), out);
}

void
help_overview(FILE *out)
{
	fputs(_("Usage: kyso COMMAND [OPTION...] [PATH...]\n"), out);
	fprintf(out, "\n%s\n", _("Commands"));
	for (const struct command *c = commands; c->verb != NULL; c++) {
		char left[128];

		snprintf(left, sizeof(left), "  %s%s%s %s", c->verb, c->sub != NULL ? " " : "", c->sub != NULL ? c->sub : "",
		    args_text(c));
		put_entry(out, left, _(c->summary));
	}
	put_entry(out, _("  help [COMMAND]"), _("show the options of a command"));
	put_entry(out, "  version", _("show the version"));
	fprintf(out, "\n%s\n", _("Exit codes (the highest wins)"));
	fputs(_("   0  all well\n"
	        "   2  not enough evidence\n"
	        "   3  no signature, an uncovered file, or a role missing\n"
	        "   4  not valid\n"
	        "   5  malformed or dangerous\n"
	        "   7  reading, writing, or not supported\n"
	        "   8  key, passphrase or PIN\n"
	        "   9  interrupted; the same command goes on\n"
	        "  10  configuration\n"
	        "  64  the command line\n"),
	    out);
	fputs(_("\nManual: man kyso\n"), out);
}

void
options_dump(FILE *out)
{
	for (const struct command *c = commands; c->verb != NULL; c++)
		for (const struct option_row *row = c->rows; row->long_name != NULL; row++) {
			fprintf(out, "%s%s%s\t--%s\t", c->verb, c->sub != NULL ? " " : "", c->sub != NULL ? c->sub : "",
			    row->long_name);
			if (row->short_name != 0)
				fprintf(out, "-%c", row->short_name);
			fprintf(out, "\t%s\n", row->arg != NULL ? row->arg : "");
		}
}
