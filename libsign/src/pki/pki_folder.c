/*
 * Walking a trust folder by name, in order, and telling what each entry is and whether anchors lie there. Floor: pki.
 */
#include "pki_private.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

bool
ks_pki_name_is_read(const char *name)
{
	static const char *const suffixes[] = { ".crt", ".cer", ".pem", ".der", ".p7b", ".p7c", ".crl" };
	const char              *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && i < KS_COUNT(suffixes); i++)
		if (strcasecmp(dot, suffixes[i]) == 0)
			return true;
	return false;
}

sign_code
ks_pki_join(const char *folder, const char *name, char **path, sign_error *err)
{
	if (asprintf(path, "%s/%s", folder, name) < 0) {
		*path = NULL;
		return ks_fail_memory(err);
	}
	return SIGN_OK;
}

static int
skip_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static sign_code
visit(const char *folder, const char *name, sign_code (*each)(void *, const ks_folder_entry *, sign_error *), void *user,
    sign_error *err)
{
	KS_AUTO(ks_auto_mem) char *path = NULL;
	ks_folder_entry entry = { NULL, name, false, false, false, 0, 0 };
	struct stat     own, target;

	KS_TRY(ks_pki_join(folder, name, &path, err));
	entry.path = path;
	if (lstat(path, &own) != 0)
		return ks_fail_errno(err, SIGN_E_READ, path);
	entry.link = S_ISLNK(own.st_mode);
	/* A link that leads nowhere is neither file nor folder; whoever wants to read it gets the error. */
	if (stat(path, &target) != 0)
		return entry.link ? each(user, &entry, err) : ks_fail_errno(err, SIGN_E_READ, path);
	entry.folder = S_ISDIR(target.st_mode);
	entry.regular = S_ISREG(target.st_mode);
	entry.mode = target.st_mode & 07777;
	entry.owner = target.st_uid;
	return each(user, &entry, err);
}

sign_code
ks_pki_folder_each(const char *folder, sign_code (*each)(void *, const ks_folder_entry *, sign_error *), void *user,
    sign_error *err)
{
	struct dirent **names = NULL;
	int             count = scandir(folder, &names, skip_hidden, by_bytes);
	sign_code       rc = SIGN_OK;

	if (count < 0)
		return ks_fail_errno(err, SIGN_E_READ, folder);
	for (int i = 0; i < count; i++) {
		if (rc == SIGN_OK)
			rc = visit(folder, names[i]->d_name, each, user, err);
		free(names[i]);
	}
	free(names);
	return rc;
}

struct visiting {
	ks_pki_file_fn each;
	void          *user;
	bool           anchors;
	unsigned       depth;
};

static sign_code
visit_below(void *user, const ks_folder_entry *entry, sign_error *err)
{
	struct visiting *v = user;
	struct visiting  below = *v;

	if (!entry->folder)
		return ks_pki_name_is_read(entry->name) ? v->each(v->user, entry, v->anchors, err) : SIGN_OK;
	if (entry->link)
		return SIGN_OK; /* a linked folder could lead round in a circle */
	if (++below.depth > KS_FOLDER_DEPTH)
		return ks_fail_why(err, SIGN_E_LIMIT, entry->path, NULL, "folders deeper than %d", KS_FOLDER_DEPTH);
	below.anchors = v->anchors || strcmp(entry->name, "anchors") == 0;
	return ks_pki_folder_each(entry->path, visit_below, &below, err);
}

/* Is the last segment of the path "anchors"? Then `--trust .../anchors` means what it says. */
static bool
ends_in_anchors(const char *path)
{
	size_t len = strlen(path);

	while (len > 0 && path[len - 1] == '/')
		len--;
	return len >= 7 && strncmp(path + len - 7, "anchors", 7) == 0 && (len == 7 || path[len - 8] == '/');
}

sign_code
ks_pki_each_file(const char *folder, ks_pki_file_fn each, void *user, sign_error *err)
{
	struct visiting v = { each, user, ends_in_anchors(folder), 0 };

	return ks_pki_folder_each(folder, visit_below, &v, err);
}
