/*
 * Who writes which output: a path that was named twice is one document, and two documents that would be written to one output
 * are both refused, before either is signed. And what is signed already is no document, unless that is meant.
 */
#include "seal.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct claim {
	char *output; /* of several ways to name it, one */
	char *input;  /* who came first */
	char *other;  /* another document that would be written there; NULL: none is known */
	bool  taken;  /* handed on, by the first */
};

static int
by_output(const void *a, const void *b)
{
	return strcmp(((const struct claim *)a)->output, ((const struct claim *)b)->output);
}

static void
free_claim(void *node)
{
	struct claim *c = node;

	if (c == NULL)
		return;
	free(c->output);
	free(c->input);
	free(c->other);
	free(c);
}

void
seal_claims_clear(struct seal *seal)
{
	tdestroy(seal->claims, free_claim);
	seal->claims = NULL;
	seal->claim_count = 0;
}

/* Beside their documents, "a.asice" and "./a.asice" are one; names in the folder of -o are all made in the same way. */
static char *
one_name(const struct seal *seal)
{
	const char *output = seal->output;
	const char *slash = strrchr(output, '/');
	AUTO(auto_text) char *folder = slash != NULL ? strndup(output, (size_t)(slash - output + 1)) : strdup(".");
	AUTO(auto_text) char *real = folder != NULL && !seal->into_folder ? realpath(folder, NULL) : NULL;
	char *name = NULL;

	if (real == NULL)
		return folder != NULL ? strdup(output) : NULL;
	return asprintf(&name, "%s/%s", real, slash != NULL ? slash + 1 : output) >= 0 ? name : NULL;
}

/* The claim on seal->output, made for `input` if nobody has it yet; NULL without memory. */
static struct claim *
claim_of(struct seal *seal, const char *input)
{
	struct claim  *mine = calloc(1, sizeof(*mine));
	struct claim **kept = NULL;
	struct claim  *found;

	if (mine != NULL && (mine->output = one_name(seal)) != NULL && (mine->input = strdup(input)) != NULL)
		kept = tsearch(mine, &seal->claims, by_output);
	found = kept != NULL ? *kept : NULL;
	if (found == mine)
		seal->claim_count += mine != NULL;
	else
		free_claim(mine);
	return found;
}

/* Within one folder no two outputs are equal; only what is named side by side, or in a list, can clash. */
static bool
may_clash(const struct seal *seal)
{
	return seal->run->set.bundle == NULL && (seal->run->set.path_count > 1 || seal->run->set.files_from != NULL);
}

void
seal_claim_ahead(void *user, const sign_walk_item *item)
{
	struct seal  *seal = user;
	sign_error    err = SIGN_ERROR_INIT;
	struct claim *c;

	if (!may_clash(seal) || seal_output(seal, item, false, &err) != SIGN_OK)
		return; /* what cannot be written is told when its turn comes */
	c = claim_of(seal, item->path);
	if (c != NULL && c->other == NULL && !same_file(c->input, item->path))
		c->other = strdup(item->path);
}

static sign_code
fail_clash(sign_error *err, const char *path, const char *other, const char *output)
{
	set_error(err, SIGN_E_CLASH, path, output);
	copy_text(err->where, sizeof(err->where), other);
	return SIGN_E_CLASH;
}

sign_code
seal_claim(struct seal *seal, const sign_walk_item *item, bool *twice, sign_error *err)
{
	struct claim *c;
	bool          same;

	*twice = false;
	/* past what was looked at ahead the library refuses the second of two; only with --force must we remember them all */
	if (!may_clash(seal) || (seal->claim_count >= SURVEY_MAX && !seal->options.force))
		return SIGN_OK;
	c = claim_of(seal, item->path);
	if (c == NULL)
		return set_error(err, SIGN_E_MEMORY, "", "");
	same = strcmp(c->input, item->path) == 0 || same_file(c->input, item->path);
	if (c->other != NULL || !same)
		return fail_clash(err, item->path, same ? c->other : c->input, seal->output);
	*twice = c->taken;
	c->taken = true;
	return SIGN_OK;
}

void
seal_tell_twice(struct seal *seal, const char *path)
{
	pthread_mutex_lock(&seal->lock);
	feed_known(&seal->feed);
	progress_hide(&seal->progress);
	if (seal->run->set.quiet == 0)
		say(_("%s: named twice; it is one document"), path);
	pthread_mutex_unlock(&seal->lock);
}

/* By its name, then by what is in it: a text that is called x.p7s is a text. */
static bool
is_signed_container(const char *path)
{
	static const char *const suffixes[] = { ".asice", ".sce", ".asics", ".scs", ".p7s", ".p7m", ".bdoc", ".edoc", ".adoc" };
	size_t                   len = strlen(path);
	sign_error               err = SIGN_ERROR_INIT;
	sign_form                form;

	for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
		size_t n = strlen(suffixes[i]);

		if (len > n && strcasecmp(path + len - n, suffixes[i]) == 0)
			return sign_detect(path, &form, &err) == SIGN_OK && form != SIGN_FORM_UNKNOWN &&
			    form != SIGN_FORM_ASIC_UNSIGNED;
	}
	return false;
}

sign_code
seal_check_kind(const struct seal *seal, const sign_walk_item *item, sign_error *err)
{
	if (seal->add || seal->run->set.again || !item->named || !is_signed_container(item->path))
		return SIGN_OK;
	return set_error(err, SIGN_E_CONTAINER, item->path, "");
}
