/*
 * What is known about the data itself: versions in force, and which modules of tokens are installed. Floor: data;
 * implements <libsign/data.h>.
 */
#include "data.h"
#include "data_embedded.h"

#include <libsign/data.h>

#include <glob.h>
#include <stdio.h>
#include <string.h>

SIGN_API const char *
sign_data_name(size_t index)
{
	for (const ks_data_file *f = ks_data_embedded; f->name != NULL; f++)
		if (index-- == 0)
			return f->name;
	return NULL;
}

SIGN_API sign_code
sign_data_look(const char *name, sign_data_info *info, sign_error *err)
{
	KS_AUTO(ks_auto_json) json_t *root = NULL;
	const char *version, *date;

	*info = (sign_data_info){ "", "", "" };
	KS_TRY(ks_data_load(name, &root, err));
	version = json_string_value(json_object_get(root, "version"));
	date = json_string_value(json_object_get(root, "date"));
	if (version == NULL || date == NULL)
		return ks_fail_why(
		    err, SIGN_E_DATA, name, NULL, "%s", version == NULL ? "no \"version\"" : "no \"date\"");
	snprintf(info->version, sizeof(info->version), "%s", version);
	snprintf(info->date, sizeof(info->date), "%s", date);
	if (!ks_data_path(name, info->source, sizeof(info->source)))
		info->source[0] = '\0';
	return SIGN_OK;
}

/* The first file that one of the patterns names: true, and *more is what the caller says. */
static bool
try_pattern(const char *pattern, const char *name, sign_module_fn found, void *user, bool *more)
{
	glob_t hits;
	bool   any = glob(pattern, GLOB_NOSORT, NULL, &hits) == 0 && hits.gl_pathc > 0;

	if (any)
		*more = found(user, name, hits.gl_pathv[0]);
	globfree(&hits);
	return any;
}

SIGN_API sign_code
sign_modules_find(sign_module_fn found, void *user, sign_error *err)
{
	static const char *const known[] = { "version", "date", "comment", "modules", NULL };
	KS_AUTO(ks_auto_json) json_t *root = NULL;
	json_t *module, *pattern;
	size_t  i, p;
	bool    more = true;

	KS_TRY(ks_data_load("modules.json", &root, err));
	KS_TRY(ks_data_only_keys(root, known, "modules.json", err));
	json_array_foreach (json_object_get(root, "modules"), i, module) {
		const char *name = json_string_value(json_object_get(module, "name"));
		bool        done = false;

		if (name == NULL || !json_is_array(json_object_get(module, "paths")))
			return ks_fail_why(err, SIGN_E_DATA, "modules.json", NULL, "module %zu: name and paths", i);
		json_array_foreach (json_object_get(module, "paths"), p, pattern) {
			if (!json_is_string(pattern))
				return ks_fail_why(err, SIGN_E_DATA, "modules.json", NULL, "module %zu: paths", i);
			done = done || try_pattern(json_string_value(pattern), name, found, user, &more);
		}
		if (!more)
			return SIGN_OK;
	}
	return SIGN_OK;
}
