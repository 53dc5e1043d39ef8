/*
 * kyso: first no core dumps (a PIN may be in memory), then the stop flag, the language, the configuration, and the
 * command.
 */
#include "options.h"
#include "progress.h"

#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

volatile int stop_requested;
void (*volatile wake_on_stop)(void);

static void
on_stop(int signal_number)
{
	(void)signal_number;
	stop_requested = 1;
	if (wake_on_stop != NULL)
		wake_on_stop();
}

/* No SA_RESTART: a wait for a PIN or a list ends. SA_RESETHAND: who asks twice is obeyed at once. */
static void
catch_stops(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = on_stop, .sa_flags = (int)SA_RESETHAND };
	struct sigaction before;

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) /* nohup stays */
			sigaction(signals[i], &action, NULL);
	/* a closed pipe is a failed write, told like any other */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file past its limit too */
}

static void
forbid_core_dumps(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none); /* pin.c adds to it once there is a secret */
}

unsigned
terminal_width(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_col < 40 ? 80 : size.ws_col < 200 ? size.ws_col : 200;
}

static bool
may_colour(void)
{
	const char *none = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	return (none == NULL || *none == '\0') && isatty(STDOUT_FILENO) && terminal != NULL &&
	       strcmp(terminal, "dumb") != 0;
}

/* The command that `verb` and `next` name; *words is how many of them it takes. */
static const struct command *
find_command(const char *verb, const char *next, int *words)
{
	for (const struct command *c = commands; c->verb != NULL; c++) {
		if (strcmp(c->verb, verb) != 0)
			continue;
		if (c->sub != NULL && (next == NULL || strcmp(c->sub, next) != 0))
			continue;
		*words = c->sub != NULL ? 2 : 1;
		return c;
	}
	return NULL;
}

static int
say_second_word(const char *verb, const char *const words[])
{
	char   all[256] = "";
	size_t used = 0;

	for (size_t i = 0; words[i] != NULL && used < sizeof(all); i++)
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s", i > 0 ? ", " : "", words[i]);
	return say_usage(NULL, _("kyso %s needs a second word: %s"), verb, all);
}

static int
say_unknown_command(const char *verb, const char *next)
{
	const char *words[32];
	size_t      n = 0;
	bool        verb_known = false;
	const char *near;

	for (const struct command *c = commands; c->verb != NULL; c++)
		verb_known = verb_known || strcmp(c->verb, verb) == 0;
	for (const struct command *c = commands; c->verb != NULL && n + 3 < COUNT_OF(words); c++)
		if (!verb_known || strcmp(c->verb, verb) == 0)
			words[n++] = verb_known ? c->sub : c->verb;
	if (!verb_known) {
		words[n++] = "help";
		words[n++] = "version";
	}
	words[n] = NULL;
	if (verb_known && next == NULL)
		return say_second_word(verb, words);
	if (verb[0] == '-')
		return say_usage(NULL, _("the command comes first, then its options: kyso COMMAND %s ..."), verb);
	near = sign_nearest_word(verb_known ? next : verb, words);
	if (near != NULL)
		return say_usage(NULL, _("unknown command \"%s\"; did you mean %s?"), verb_known ? next : verb, near);
	return say_usage(NULL, _("unknown command \"%s\""), verb_known ? next : verb);
}

/*
 * How many words before the command belong to --lang and the other options that every command has: `kyso --lang vi
 * verify`. They are put behind the command's words, where its table reads them.
 */
static int
leading_words(int argc, char **argv)
{
	static const char *const with_value[] = { "--lang", "--profile" };
	static const char *const alone[] = { "-q", "--quiet", "-v", "--verbose" };
	int                      at = 1;

	while (at < argc) {
		int before = at;

		for (size_t i = 0; i < COUNT_OF(with_value); i++) {
			size_t len = strlen(with_value[i]);

			if (at < argc && strncmp(argv[at], with_value[i], len) == 0 && argv[at][len] == '=')
				at++;
			else if (at + 1 < argc && strcmp(argv[at], with_value[i]) == 0)
				at += 2;
		}
		for (size_t i = 0; i < COUNT_OF(alone); i++)
			at += at < argc && strcmp(argv[at], alone[i]) == 0;
		if (at == before)
			break;
	}
	return at - 1;
}

static int
say_help(int argc, char **argv)
{
	int         at = 2 + leading_words(argc - 1, argv + 1); /* help --lang vi sign */
	const char *verb = argc > at ? argv[at] : NULL;
	bool        found = false;
	int         words;

	if (verb == NULL || verb[0] == '-') {
		help_overview(stdout);
		return 0;
	}
	if (argc > at + 1 && find_command(verb, argv[at + 1], &words) != NULL) {
		help_command(stdout, find_command(verb, argv[at + 1], &words));
		return 0;
	}
	for (const struct command *c = commands; c->verb != NULL; c++) {
		if (strcmp(c->verb, verb) != 0)
			continue;
		if (found)
			putchar('\n');
		help_command(stdout, c);
		found = true;
	}
	return found ? 0 : say_unknown_command(verb, NULL);
}

static int
say_version(void)
{
	printf("kyso %s\n", sign_version());
	return 0;
}

static int
complete_bash(void)
{
	completion_bash(stdout);
	return 0;
}

static int
dump_options(void)
{
	options_dump(stdout);
	return 0;
}

/* Verbs without options of their own; the last two are for the build and the tests. */
static const struct {
	const char *name;
	int (*run)(void);
} plain_verbs[] = {
	{ "version", say_version },
	{ "--version", say_version },
	{ "__complete", complete_bash },
	{ "__options", dump_options },
};

/* `config_fault` is why there is no configuration; it must not keep anyone from the help that may mend it. */
static int
run_command(
    const struct command *command, const sign_config *config, const sign_error *config_fault, int argc, char **argv)
{
	struct run run = { .command = command,
		.config = config,
		.config_fault = config_fault,
		.colour = may_colour(),
		.width = terminal_width(STDOUT_FILENO) };
	int        rc;

	if (run.width == 0)
		run.width = 80;
	settings_init(&run.set);
	rc = options_parse(&run, argc, argv);
	if (rc == 0 && run.set.lang != NULL && strcmp(run.set.lang, "en") != 0 && strcmp(run.set.lang, "vi") != 0)
		rc = say_usage(command, _("--lang is en or vi, not \"%s\""), run.set.lang);
	if (rc == 0 && run.set.help)
		help_command(stdout, command);
	else if (rc == 0 && config == NULL && command->run != cmd_doctor)
		rc = say_error(&run, config_fault);
	else if (rc == 0)
		rc = command->run(&run);
	rc = worse(rc, finish_stdout(&run));
	settings_clear(&run.set);
	return rc;
}

/* argv with the words of the command first; malloc'ed, NULL without memory. */
static char **
command_first(int argc, char **argv, int leading)
{
	char **moved = calloc((size_t)argc + 1, sizeof(*moved));
	int    words = 0;
	int    left = argc - 1 - leading;

	if (moved == NULL)
		return NULL;
	if (left > 0 && find_command(argv[1 + leading], left > 1 ? argv[2 + leading] : NULL, &words) == NULL)
		words = left; /* help, version, a misspelt one: as it was written */
	moved[0] = argv[0];
	memcpy(moved + 1, argv + 1 + leading, (size_t)words * sizeof(*moved));
	memcpy(moved + 1 + words, argv + 1, (size_t)leading * sizeof(*moved));
	memcpy(moved + 1 + words + leading, argv + 1 + leading + words, (size_t)(left - words) * sizeof(*moved));
	return moved;
}

static int
dispatch(const sign_config *config, const sign_error *config_fault, int argc, char **argv)
{
	const struct command *command;
	int                   words = 0;

	if (argc < 2 || leading_words(argc, argv) == argc - 1) {
		help_short(stdout);
		return 0;
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return say_help(argc, argv);
	for (size_t i = 0; i < COUNT_OF(plain_verbs); i++)
		if (strcmp(argv[1], plain_verbs[i].name) == 0)
			return plain_verbs[i].run();
	command = find_command(argv[1], argc > 2 ? argv[2] : NULL, &words);
	if (command == NULL && argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0))
		return say_help(3, (char *[]){ argv[0], argv[2], argv[1], NULL });
	if (command == NULL)
		return say_unknown_command(argv[1], argc > 2 && argv[2][0] != '-' ? argv[2] : NULL);
	return run_command(command, config, config_fault, argc - words, argv + words);
}

int
main(int argc, char **argv)
{
	sign_error   err = SIGN_ERROR_INIT;
	sign_config *config = NULL;
	const char  *lang = options_peek(argc, argv, "lang");
	char       **words = command_first(argc, argv, leading_words(argc, argv));
	int          rc;

	forbid_core_dumps();
	catch_stops();
	progress_hold_signal();
	setlocale(LC_ALL, "");
	if (sign_config_load(options_peek(argc, argv, "profile"), &config, &err) == SIGN_OK && lang == NULL)
		lang = sign_config_get(config, "lang");
	sign_language_set(lang);
	if (words == NULL)
		set_error(&err, SIGN_E_MEMORY, "", "");
	rc = words != NULL ? dispatch(config, &err, argc, words) : say_error(&(struct run){ 0 }, &err);
	free(words);
	sign_config_free(config);
	return rc;
}
