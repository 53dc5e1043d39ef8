/*
 * kyso setup: finds keys, lets a person choose by number, asks for the rest, and writes the configuration. Questions
 * go to stderr, answers come from stdin, one a line; an empty one takes what stands in brackets.
 */
#include "setup.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define MAX_TRIES 5

/* ---- asking ---------------------------------------------------------------------------------------------------- */

/* One answer without its end; malloc'ed. NULL at the end of the answers, or when asked to stop. */
static char *
ask(const char *question, const char *usual)
{
	char   *line = NULL;
	size_t  cap = 0;
	ssize_t len;

	fprintf(stderr, "%s [%s]: ", question, usual);
	fflush(stderr);
	len = stop_requested == 0 ? getline(&line, &cap, stdin) : -1;
	if (!isatty(STDIN_FILENO))
		putc('\n', stderr);
	if (len < 0 || stop_requested != 0) {
		free(line);
		return NULL;
	}
	while (len > 0 && strchr("\r\n \t", line[len - 1]) != NULL)
		line[--len] = '\0';
	if (len > 0)
		return line;
	free(line);
	return strdup(usual);
}

/* A number up to `most`; -1: no answer came. */
static int
choose(const char *question, int least, int most, int usual)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", usual);
	for (int tries = 0; tries < MAX_TRIES; tries++) {
		AUTO(auto_text) char *answer = ask(question, number);
		char *end = NULL;
		long  n;

		if (answer == NULL)
			return -1;
		n = strtol(answer, &end, 10);
		if (end != answer && *end == '\0' && n >= least && n <= most)
			return (int)n;
		fprintf(stderr, _("A number from %d to %d, please.\n"), least, most);
	}
	return -1;
}

/* 1 yes, 0 no, -1 no answer. */
static int
ask_yes(const char *question)
{
	static const char *const yes[] = { "y", "yes", "c", "co", "c\xc3\xb3", "1", "true" };
	static const char *const no[] = { "n", "no", "k", "kh", "khong", "kh\xc3\xb4ng", "0", "false" };

	for (int tries = 0; tries < MAX_TRIES; tries++) {
		AUTO(auto_text) char *answer = ask(question, _("yes"));

		if (answer == NULL)
			return -1;
		for (size_t i = 0; i < COUNT_OF(yes); i++)
			if (strcasecmp(answer, yes[i]) == 0)
				return 1;
		for (size_t i = 0; i < COUNT_OF(no); i++)
			if (strcasecmp(answer, no[i]) == 0)
				return 0;
		fprintf(stderr, "%s\n", _("Yes or no, please."));
	}
	return -1;
}

/* ---- the questions, in their order; false: no answer came ------------------------------------------------------ */

static bool
ask_language(struct setup *s)
{
	const char *usual = s->run->set.lang;
	const char *locale = getenv("LANG");
	int         n;

	if (usual == NULL && s->run->config != NULL)
		usual = sign_config_get(s->run->config, "lang");
	if (usual == NULL) /* the offices that this is for speak it */
		usual = locale != NULL && strncmp(locale, "en", 2) == 0 ? "en" : "vi";
	fputs("1  Ti\xe1\xba\xbfng Vi\xe1\xbb\x87t\n2  English\n", stderr);
	n = choose("Ng\xc3\xb4n ng\xe1\xbb\xaf / Language", 1, 2, strcmp(usual, "en") == 0 ? 2 : 1);
	s->lang = n == 2 ? "en" : "vi";
	sign_language_set(s->lang);
	return n > 0;
}

static void
show_key(size_t number, const struct candidate *c)
{
	char until[DATE_TEXT];

	fprintf(stderr, "%zu  ", number);
	put_safe(stderr, *c->holder != '\0' ? c->holder : _("(locked; whose it is shows once it is opened)"));
	if (c->until != 0) {
		date_text(c->until, until);
		fprintf(stderr, c->until > time(NULL) ? _(", valid until %s") : _(", EXPIRED on %s"), until);
	}
	if (*c->issuer != '\0') {
		fputs(", ", stderr);
		put_safe(stderr, c->issuer);
	}
	fputs("\n   ", stderr);
	put_safe(stderr, c->place);
	putc('\n', stderr);
}

static bool
ask_key(struct setup *s)
{
	int n;

	if (s->key_count == 0) {
		fputs(_("No key was found: plug the token in, or name the key file: kyso setup FILE. Without one "
		        "this machine can verify.\n"),
		    stderr);
		return true;
	}
	fputs(_("\nWhich key signs?\n0  none; this machine only verifies\n"), stderr);
	for (size_t i = 0; i < s->key_count; i++)
		show_key(i + 1, &s->keys[i]);
	n = choose(_("Key"), 0, (int)s->key_count, 1);
	if (n > 0)
		s->key = &s->keys[n - 1];
	return n >= 0;
}

static bool
ask_key_name(struct setup *s)
{
	for (int tries = 0; s->key != NULL && tries < MAX_TRIES; tries++) {
		free(s->key_name);
		s->key_name = ask(_("A short name for it, as in kyso sign -k NAME"), s->key->name);
		if (s->key_name == NULL)
			return false;
		if (strpbrk(s->key_name, "[];=:/# \t") == NULL && strlen(s->key_name) <= 64)
			return true;
		fputs(_("One word, please: letters, digits and hyphens.\n"), stderr);
	}
	return s->key == NULL;
}

static bool
ask_role(struct setup *s)
{
	static const char *const roles[] = { NULL, "person", "agency" };
	int n;

	if (s->key == NULL)
		return true;
	fputs(
	    _("\nIn which role does it sign?\n0  say it each time\n1  person (leader, clerk)\n2  agency\n"), stderr);
	n = choose(_("Role"), 0, 2, setup_is_agency(s->key->holder) ? 2 : *s->key->holder != '\0' ? 1 : 0);
	if (n >= 0)
		s->as = roles[n];
	return n >= 0;
}

static bool
ask_policy(struct setup *s)
{
	int n;

	fputs(_("\nBy which policy are signatures judged?\n"
	        "1  official documents: a person's signature, then the agency's (Decree 30/2020)\n"
	        "2  default: every signature valid, authority not examined\n"), stderr);
	n = choose(_("Policy"), 1, 2, 1);
	s->policy = n == 2 ? "default" : "official";
	return n > 0;
}

static bool
ask_form(struct setup *s)
{
	static const char *const forms[] = { "asice", "asics", "p7s" };
	int n;

	fputs(_("\nIn which form are documents signed?\n1  asice: document and signatures in one container\n"
	        "2  asics: the same, for one document only\n3  p7s: the signature in a file of its own\n"), stderr);
	n = choose(_("Form"), 1, 3, 1);
	if (n > 0)
		s->form = forms[n - 1];
	return n > 0;
}

/* The user's store; NULL if the system allows none. */
static const char *
own_store(const struct setup *s)
{
	const char *folder, *last = NULL;
	size_t      i = 0;

	while ((folder = sign_config_trust_folder(s->run->config, i)) != NULL) {
		last = folder;
		i++;
	}
	return i > 1 ? last : NULL;
}

/* *add: the authorities that were found are wanted. */
static bool
ask_trust(struct setup *s, bool *add)
{
	int answer;

	*add = false;
	if (s->authority_count == 0 || own_store(s) == NULL)
		return true;
	fputs(_("\nCertificates of known authorities, by their published fingerprints:\n"), stderr);
	for (size_t i = 0; i < s->authority_count; i++) {
		fputs("   ", stderr);
		put_safe(stderr, s->authorities[i].name);
		fputs(" (", stderr);
		put_safe(stderr, s->authorities[i].file);
		fputs(")\n", stderr);
	}
	answer = ask_yes(_("Trust them"));
	*add = answer == 1;
	return answer >= 0;
}

/* ---- the end --------------------------------------------------------------------------------------------------- */

static int
add_authorities(const struct setup *s)
{
	sign_error err = SIGN_ERROR_INIT;
	int        rc = 0;

	for (size_t i = 0; i < s->authority_count; i++)
		if (sign_trust_store_add(own_store(s), s->authorities[i].file, NULL, &err) != SIGN_OK)
			rc = worse(rc, say_error(s->run, &err));
	return rc;
}

static int
finish(const struct setup *s, bool add_trust)
{
	AUTO(auto_text) char *path = setup_path();
	AUTO(auto_text) char *before = NULL;
	AUTO(auto_text) char *after = NULL;
	sign_error err = SIGN_ERROR_INIT;
	int        answer;

	if (path == NULL) {
		set_error(&err, SIGN_E_NOT_FOUND, "$HOME", "");
		return say_error(s->run, &err);
	}
	if (setup_texts(s, path, &before, &after, &err) != SIGN_OK)
		return say_error(s->run, &err);
	if (s->run->set.dry_run) {
		fputs(after, stdout);
		return 0;
	}
	fprintf(stderr, *before != '\0' ? _("\n%s is there already; with the new lines it would be:\n\n")
	                                : _("\n%s will be:\n\n"), path);
	put_safe_lines(stderr, after);
	answer = ask_yes(_("\nWrite it"));
	if (answer != 1) {
		say(_("nothing was written"));
		return answer == 0 ? 0 : sign_code_exit(SIGN_E_INTERRUPTED);
	}
	if (setup_write(path, after, &err) != SIGN_OK)
		return say_error(s->run, &err);
	fprintf(stderr, _("Written: %s\n"), path);
	if (s->key != NULL)
		fprintf(stderr, _("Try it: kyso key check %s\n"), s->key_name);
	fputs(_("What else is amiss: kyso doctor\n"), stderr);
	return add_trust ? add_authorities(s) : 0;
}

int
cmd_setup(struct run *run)
{
	AUTO(setup_clear) struct setup s = { .run = run };
	bool add_trust = false;

	if (ask_language(&s)) {
		setup_find(&s);
		if (ask_key(&s) && ask_key_name(&s) && ask_role(&s) && ask_policy(&s) && ask_form(&s) &&
		    ask_trust(&s, &add_trust))
			return finish(&s, add_trust);
	}
	say(_("nothing was written"));
	return sign_code_exit(SIGN_E_INTERRUPTED);
}
