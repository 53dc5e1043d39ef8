/*
 * Finding and reading data files, with the order of design.md 13: /etc, then the shipped folder, then the copy inside the
 * library. Floor: data.
 */
#include "data.h"
#include "data_embedded.h"
#include "base_file.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KS_DATA_MAX_BYTES ((size_t)16 << 20)

static const char *const folders[] = { KS_SYSCONFDIR "/data", KS_DATADIR };

static sign_code
parse(const char *name, const void *bytes, size_t len, json_t **root, sign_error *err)
{
	json_error_t why;

	*root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &why);
	if (*root == NULL)
		return ks_fail_why(err, SIGN_E_DATA, name, NULL, "line %d: %s", why.line, why.text);
	if (!json_is_object(*root)) {
		json_decref(KS_MOVE(*root));
		return ks_fail_why(err, SIGN_E_DATA, name, NULL, "not an object");
	}
	return SIGN_OK;
}

sign_code
ks_data_load_path(const char *path, json_t **root, sign_error *err)
{
	KS_AUTO(ks_buf_clear) ks_buf text = KS_BUF(0);

	*root = NULL;
	KS_TRY(ks_file_slurp(path, KS_DATA_MAX_BYTES, &text, err));
	return parse(path, text.data != NULL ? (const char *)text.data : "", text.len, root, err);
}

bool
ks_data_path(const char *name, char *path, size_t cap)
{
	for (size_t i = 0; i < KS_COUNT(folders); i++)
		if ((size_t)snprintf(path, cap, "%s/%s", folders[i], name) < cap && access(path, F_OK) == 0)
			return true;
	return false;
}

sign_code
ks_data_load(const char *name, json_t **root, sign_error *err)
{
	char path[4096];

	*root = NULL;
	if (ks_data_path(name, path, sizeof(path)))
		return ks_data_load_path(path, root, err);
	for (const ks_data_file *f = ks_data_embedded; f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			return parse(name, f->bytes, f->len, root, err);
	return ks_fail(err, SIGN_E_NOT_FOUND, name);
}

/* ---- which there are ---- */

typedef struct {
	char  *text;
	size_t cap, used;
} names;

static bool
has_name(const names *n, const char *name, size_t len)
{
	for (const char *at = n->text; *at != '\0'; at += strcspn(at, ","), at += strspn(at, ", "))
		if (strcspn(at, ",") == len && strncmp(at, name, len) == 0)
			return true;
	return false;
}

/* One file may lie in several folders: it is one name. */
static void
add_name(names *n, const char *file)
{
	size_t len = strlen(file);

	if (len <= 5 || strcmp(file + len - 5, ".json") != 0 || has_name(n, file, len - 5))
		return;
	if (n->used + 2 + (len - 5) + 1 > n->cap)
		return;
	n->used += (size_t)snprintf(n->text + n->used, n->cap - n->used, "%s%.*s", n->used > 0 ? ", " : "", (int)(len - 5), file);
}

void
ks_data_names(const char *folder, char *text, size_t cap)
{
	names  n = { text, cap, 0 };
	size_t len = strlen(folder);

	text[0] = '\0';
	for (const ks_data_file *f = ks_data_embedded; f->name != NULL; f++)
		if (strncmp(f->name, folder, len) == 0 && f->name[len] == '/')
			add_name(&n, f->name + len + 1);
	for (size_t i = 0; i < KS_COUNT(folders); i++) {
		char           path[4096];
		DIR           *dir;
		struct dirent *entry;

		if ((size_t)snprintf(path, sizeof(path), "%s/%s", folders[i], folder) >= sizeof(path) || (dir = opendir(path)) == NULL)
			continue;
		while ((entry = readdir(dir)) != NULL)
			add_name(&n, entry->d_name);
		closedir(dir);
	}
}

sign_code
ks_data_only_keys(json_t *object, const char *const known[], const char *file, sign_error *err)
{
	const char *key;
	json_t     *value;

	json_object_foreach (object, key, value) {
		bool found = false;

		for (size_t i = 0; known[i] != NULL; i++)
			found = found || strcmp(known[i], key) == 0;
		if (!found)
			return ks_fail_why(err, SIGN_E_DATA, file, NULL, "unknown key \"%s\"", key);
	}
	return SIGN_OK;
}
