/*
 * The plan of a signing run: options over configuration, what contradicts, and the name of each output.
 */
#include "seal.h"

#include "options.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- options ---- */

static const struct option_word *
words_of(const struct run *run, const char *name)
{
	for (const struct option_row *row = run->command->rows; row->long_name != NULL; row++)
		if (strcmp(row->long_name, name) == 0)
			return row->words;
	return NULL;
}

/* The option if given, else the configured word, else `fallback`. The configuration was checked when it was read. */
static int
word_setting(const struct run *run, int given, const char *name, int fallback)
{
	const char               *set = sign_config_get(run->config, name);
	const struct option_word *words = words_of(run, name);

	if (given != -1)
		return given;
	for (; set != NULL && words != NULL && words->name != NULL; words++)
		if (strcmp(words->name, set) == 0)
			return words->value;
	return fallback;
}

int
seal_options(struct seal *seal)
{
	const struct run      *run = seal->run;
	const struct settings *set = &run->set;
	const char            *compress = sign_config_get(run->config, "compress");
	sign_options          *o = &seal->options;
	int                    form = word_setting(run, set->form, "form", SIGN_FORM_ASICE_CADES);

	if (form == FORM_NOT_YET) {
		say(_("this version does not sign in that form yet; it writes asice, asics and p7s"));
		return sign_code_exit(SIGN_E_UNSUPPORTED);
	}
	*o = (sign_options)SIGN_OPTIONS_INIT;
	o->form = (sign_form)form;
	o->scheme = (sign_scheme)word_setting(run, set->scheme, "scheme", SIGN_SCHEME_NONE);
	o->digest = (sign_digest)word_setting(run, set->digest, "digest", SIGN_DIGEST_NONE);
	o->durability = (sign_durability)word_setting(run, set->durability, "durability", SIGN_DURABILITY_GROUP);
	o->title = setting_text(run, set->title, "title");
	o->place = setting_text(run, set->place, "place");
	o->commitment = set->commitment;
	o->override_reason = set->override_reason;
	o->deflate = set->compress || (compress != NULL && strcmp(compress, "yes") == 0);
	o->force = set->force || set->in_place;
	o->again = set->again;
	seal->usual_form = o->form;
	seal->by_suffix = set->form == -1 && !set->add && set->bundle == NULL;
	seal->add = set->add;
	seal->many = is_many(run);
	seal->into_folder = set->output != NULL && (seal->many || is_folder(set->output) ||
	    (*set->output != '\0' && set->output[strlen(set->output) - 1] == '/'));
	return 0;
}

/* ---- contradictions ---- */

/* `path` as the system resolves it; of one that is not there yet, the nearest folder above it that is. */
static char *
resolved(const char *path)
{
	AUTO(auto_text) char *copy = strdup(path);
	char *real = NULL;

	while (copy != NULL && (real = realpath(*copy != '\0' ? copy : ".", NULL)) == NULL && *copy != '\0') {
		char *slash = strrchr(copy, '/');

		if (slash == NULL)
			*copy = '\0';
		else
			slash[slash == copy && slash[1] != '\0'] = '\0';
	}
	return real;
}

/* Does `inner` lie in `outer`, or equal it? */
static bool
lies_in(const char *inner, const char *outer)
{
	AUTO(auto_text) char *in = resolved(inner);
	AUTO(auto_text) char *out = resolved(outer);
	size_t len;

	if (in == NULL || out == NULL)
		return false;
	len = strlen(out);
	return strncmp(in, out, len) == 0 && (in[len] == '/' || in[len] == '\0' || len == 1);
}

/* Outputs of --add are containers themselves: written into a folder being walked they might be walked again. */
static bool
feeds_itself(const struct settings *set)
{
	if (!set->add || set->output == NULL)
		return false;
	for (size_t i = 0; i < set->path_count; i++)
		if (is_folder(set->paths[i]) && lies_in(set->output, set->paths[i]))
			return true;
	return false;
}

static bool
is_commitment(const char *word)
{
	static const char *const known[] = { "origin", "receipt", "delivery", "sender", "approval", "creation" };

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strcmp(word, known[i]) == 0)
			return true;
	return false;
}

int
seal_check(struct seal *seal)
{
	const struct command  *c = seal->run->command;
	const struct settings *set = &seal->run->set;
	struct stat            st;

	if (set->path_count == 0 && set->files_from == NULL)
		return say_usage(c, _("name the documents to sign"));
	if (set->bundle != NULL && (set->add || set->output != NULL || seal->options.form != SIGN_FORM_ASICE_CADES))
		return say_usage(c, _("--bundle makes one new asice container: not with --add, -o or another --form"));
	if (set->in_place && !set->add)
		return say_usage(c, _("--in-place goes with --add"));
	if (set->add && (set->output == NULL) == !set->in_place)
		return say_usage(c, _("--add needs either -o or --in-place"));
	if (set->nul_separated && set->files_from == NULL)
		return say_usage(c, _("-0 goes with --files-from"));
	if (set->commitment != NULL && !is_commitment(set->commitment))
		return say_usage(c, _("--commitment does not take \"%s\""), set->commitment);
	if (set->override_reason != NULL && *set->override_reason == '\0')
		return say_usage(c, _("--override needs a reason"));
	if (set->output != NULL && *set->output == '\0')
		return say_usage(c, _("-o needs a name"));
	if (set->output != NULL && strcmp(set->output, "-") == 0)
		return say_usage(c, _("signatures are not written to standard output; -o needs a file or folder"));
	if (set->output != NULL && seal->into_folder && stat(set->output, &st) == 0 && !S_ISDIR(st.st_mode))
		return say_usage(c, _("-o must name a folder for several documents; \"%s\" is a file"), set->output);
	if (feeds_itself(set))
		return say_usage(c, _("-o lies in a folder whose containers are being signed; name another folder"));
	return 0;
}

/* ---- outputs ---- */

static char *
joined(const char *folder, const char *name)
{
	char  *path = NULL;
	size_t len = strlen(folder);

	return asprintf(&path, "%s%s%s", folder, len > 0 && folder[len - 1] == '/' ? "" : "/", name) >= 0 ? path : NULL;
}

sign_form
seal_form(const struct seal *seal, const char *path)
{
	const char               *slash = strrchr(path, '/');
	const char               *dot = strrchr(slash != NULL ? slash : path, '.');
	const struct option_word *words = words_of(seal->run, "form");
	const char               *set;
	char                      name[32];

	if (!seal->by_suffix || dot == NULL || snprintf(name, sizeof(name), "form.%s", dot + 1) >= (int)sizeof(name))
		return seal->usual_form;
	for (char *c = name; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z') /* "A.PDF" is a pdf; only ASCII, whatever the locale */
			*c = (char)(*c - 'A' + 'a');
	set = sign_config_get(seal->run->config, name);
	for (; set != NULL && words != NULL && words->name != NULL; words++)
		if (strcmp(words->name, set) == 0)
			return (sign_form)words->value;
	return seal->usual_form;
}

static char *
output_name(const struct seal *seal, const sign_walk_item *item)
{
	const struct settings *set = &seal->run->set;
	AUTO(auto_text) char *name = NULL;

	if (set->in_place)
		return strdup(item->path);
	if (set->output != NULL && !seal->into_folder)
		return strdup(set->output);
	if (set->output == NULL)
		return sign_output_name(item->path, seal_form(seal, item->path));
	name = seal->add ? strdup(item->relative) : sign_output_name(item->relative, seal_form(seal, item->path));
	return name != NULL ? joined(set->output, name) : NULL;
}

static sign_code
make_parent(const char *path, sign_error *err)
{
	AUTO(auto_text) char *folder = strdup(path);
	char *slash = folder != NULL ? strrchr(folder, '/') : NULL;

	if (folder == NULL)
		return set_error(err, SIGN_E_MEMORY, "", "");
	if (slash == NULL || slash == folder)
		return SIGN_OK;
	*slash = '\0';
	return make_folders(folder, err);
}

sign_code
seal_output(struct seal *seal, const sign_walk_item *item, bool make, sign_error *err)
{
	sign_code code = SIGN_OK;

	free(seal->output);
	seal->output = output_name(seal, item);
	if (seal->output == NULL)
		return set_error(err, SIGN_E_MEMORY, "", "");
	if (!seal->run->set.in_place && same_file(seal->output, item->path))
		return set_error(err, SIGN_E_USAGE, seal->output, seal->add ? "--in-place" : "-o");
	if (seal->run->set.force && !seal->run->set.in_place && is_precious(seal->run, seal->choice.uri, seal->output))
		return set_error(err, SIGN_E_USAGE, seal->output, "-o");
	if (seal->into_folder && make && access(item->path, F_OK) == 0)
		code = make_parent(seal->output, err);
	return code;
}

/* ---- the prompt: the act of signing, in words ---- */

static void
put_subject(FILE *out, const struct seal *seal)
{
	const struct survey *s = &seal->survey;
	char                 size[BYTES_TEXT];

	bytes_text(s->bytes, size);
	if (seal->run->set.watch)
		fprintf(out, _("Sign whatever comes into %s"), seal->run->set.paths[0]);
	else if (s->complete)
		fprintf(out, plural("Sign %llu document (%s)", "Sign %llu documents (%s)", s->files),
		    (unsigned long long)s->files, size);
	else if (s->files >= SURVEY_MAX)
		fprintf(out, _("Sign more than %d documents"), SURVEY_MAX);
	else
		fputs(_("Sign the documents of the list"), out);
}

char *
seal_prompt(const void *user, const sign_cert *cert)
{
	AUTO(auto_trust) sign_trust *holder = NULL;
	const struct seal *seal = user;
	char            *text = NULL;
	size_t           len = 0;
	FILE            *out = open_memstream(&text, &len);
	char             until[DATE_TEXT];

	if (out == NULL)
		return NULL;
	if (cert == NULL)
		cert = key_peek(&seal->choice, &holder);
	put_subject(out, seal);
	fprintf(out, _(" with the key %s"), cert != NULL ? sign_cert_name(cert) : seal->choice.name);
	if (seal->options.role != SIGN_ROLE_UNKNOWN)
		fprintf(out, _(", role %s"), role_text(seal->options.role));
	if (cert != NULL) {
		date_text(sign_cert_not_after(cert), until);
		fprintf(out, _(", valid until %s"), until);
	}
	fputs(". PIN:", out);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* ---- the plan ---- */

/* One login serves the whole run. */
static void
put_pin(FILE *out, const struct seal *seal)
{
	const struct settings *set = &seal->run->set;

	if (set->pin_fd >= 0)
		fprintf(out, _("PIN: read once, from file descriptor %d.\n"), set->pin_fd);
	else if (seal->choice.pin_file != NULL) {
		fputs(_("PIN: read once, from "), out);
		put_safe(out, seal->choice.pin_file);
		fputs(".\n", out);
	} else {
		fputs(_("PIN: asked for once, unless the key has none.\n"), out);
	}
}

void
seal_show_plan(const struct seal *seal, FILE *out)
{
	AUTO(auto_trust) sign_trust *holder = NULL;
	const sign_cert *cert;
	char             until[DATE_TEXT];

	if (seal->run->set.quiet > 0)
		return;
	if (seal->choice.name == NULL) {
		fputs(_("Key: none is chosen yet (-k KEY).\n"), out);
		return;
	}
	cert = key_peek(&seal->choice, &holder);
	fputs(_("Key: "), out);
	put_safe(out, seal->choice.name);
	if (cert != NULL) {
		date_text(sign_cert_not_after(cert), until);
		fputs(", ", out);
		put_safe(out, sign_cert_name(cert));
		fprintf(out, _(", valid until %s"), until);
	}
	if (seal->options.role != SIGN_ROLE_UNKNOWN)
		fprintf(out, _(", role %s"), role_text(seal->options.role));
	fputs(".\n", out);
	put_pin(out, seal);
}
