/*
 * The journal of a signing run: where it lies, what makes two runs the same one, and the documents that need no second look.
 */
#include "seal.h"

#include <stdlib.h>
#include <string.h>

/* The folder that the run is about: of the outputs, else the first that was named. Single documents keep no journal. */
static const char *
journal_folder(const struct seal *seal)
{
	const struct settings *set = &seal->run->set;

	if (!seal->many || set->bundle != NULL)
		return NULL;
	if (seal->into_folder)
		return set->output;
	for (size_t i = 0; i < set->path_count; i++)
		if (is_folder(set->paths[i]))
			return set->paths[i];
	return NULL;
}

sign_code
seal_journal_open(struct seal *seal, sign_error *err)
{
	sign_code code = journal_place(&seal->journal, seal->run, seal->run->set.dry_run ? NULL : journal_folder(seal), err);

	/* before the PIN is asked for; a folder that is yet to be made holds nobody else */
	if (code == SIGN_OK && !seal->run->set.dry_run && journal_has_folder(&seal->journal))
		code = journal_open(&seal->journal, err);
	return code;
}

/* All that changes what comes out, but for the documents themselves. */
static char *
options_json(const struct seal *seal)
{
	const sign_options *o = &seal->options;
	char               *text = NULL;
	size_t              len = 0;
	FILE               *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	fputs("{", out);
	json_member(out, "form", seal->add ? NULL : sign_form_name(seal->usual_form));
	json_member(out, "add", seal->add ? seal->run->set.in_place ? "in-place" : "copy" : NULL);
	json_member(out, "scheme", o->scheme != SIGN_SCHEME_NONE ? sign_scheme_name(o->scheme) : NULL);
	json_member(out, "digest", o->digest != SIGN_DIGEST_NONE ? sign_digest_name(o->digest) : NULL);
	json_member(out, "role", o->role != SIGN_ROLE_UNKNOWN ? sign_role_name(o->role) : NULL);
	json_member(out, "title", o->title);
	json_member(out, "place", o->place);
	json_member(out, "commitment", o->commitment);
	json_member(out, "override", o->override_reason);
	json_member(out, "compress", o->deflate ? "yes" : NULL);
	fputs("}", out);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

sign_code
seal_journal_begin(struct seal *seal, const sign_key *key, sign_error *err)
{
	AUTO(auto_text) char *options = NULL;
	const struct settings *set = &seal->run->set;
	const char           **roots;
	sign_journal_run       what = SIGN_JOURNAL_RUN_INIT;
	sign_code              code = SIGN_OK;

	if (seal->journal.path == NULL)
		return SIGN_OK;
	if (seal->into_folder)
		code = make_folders(set->output, err);
	if (code == SIGN_OK)
		code = journal_open(&seal->journal, err);
	if (code != SIGN_OK)
		return code;
	options = options_json(seal);
	roots = calloc(set->path_count + 2, sizeof(*roots));
	if (options == NULL || roots == NULL) {
		free(roots);
		return set_error(err, SIGN_E_MEMORY, "", "");
	}
	memcpy(roots, set->paths, set->path_count * sizeof(*roots));
	roots[set->path_count] = set->files_from;
	what.verb = "sign";
	what.options = options;
	what.roots = roots;
	what.output = seal->into_folder ? set->output : NULL;
	what.certificate = sign_cert_fingerprint(sign_key_cert(key));
	what.durability = seal->options.durability;
	what.fresh = set->again;
	code = journal_begin(&seal->journal, &what, err);
	free(roots);
	return code;
}

bool
seal_knows(struct seal *seal, const sign_walk_item *item)
{
	sign_journal_memory memory;
	sign_error          none = SIGN_ERROR_INIT;

	if (!journal_knows(&seal->journal, item->path, seal->output, &memory))
		return false;
	pthread_mutex_lock(&seal->lock);
	feed_known(&seal->feed);
	if (seal->watch.at == NULL) { /* else it was told by the run that signed it, and each walk meets it again */
		seal_tell(seal, item->path, seal->output, SIGN_E_ALREADY, &none, false);
		progress_add(&seal->progress, item->path, 0, false);
	}
	watch_done(&seal->watch, item->path);
	pthread_mutex_unlock(&seal->lock);
	return true;
}
