/*
 * Paths as a journal keeps them: absolute, and short: which root, and what follows. Floor: batch.
 *
 * The file system is asked once a root and never an item: a row's path is a key, and what it leads to is told by size and
 * time.
 */
#include "batch_journal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Does a segment "." begin at `at`? */
static bool
is_dot(const char *at)
{
	return at[0] == '.' && (at[1] == '/' || at[1] == '\0');
}

char *
ks_journal_absolute(const char *cwd, const char *path)
{
	size_t cwd_len = path[0] == '/' ? 0 : strlen(cwd);
	char  *out = malloc(cwd_len + strlen(path) + 2);
	size_t n = cwd_len;

	if (out == NULL)
		return NULL;
	memcpy(out, cwd, cwd_len);
	while (n > 0 && out[n - 1] == '/') /* the root folder */
		n--;
	for (const char *at = path; *at != '\0';) {
		size_t len;

		at += strspn(at, "/");
		len = strcspn(at, "/");
		if (len > 0 && !is_dot(at)) {
			out[n++] = '/';
			memcpy(out + n, at, len);
			n += len;
		}
		at += len;
	}
	if (n == 0)
		out[n++] = '/';
	out[n] = '\0';
	return out;
}

static sign_code
take_root(sign_journal *j, journal_root *root, const char *path, sign_error *err)
{
	root->typed = ks_journal_absolute(j->cwd, path);
	if (root->typed == NULL)
		return ks_fail_memory(err);
	root->len = strlen(root->typed);
	return SIGN_OK;
}

sign_code
ks_journal_roots(sign_journal *j, const sign_journal_run *run, sign_error *err)
{
	size_t count = 0;

	while (run->roots != NULL && run->roots[count] != NULL)
		count++;
	j->cwd = getcwd(NULL, 0);
	if (j->cwd == NULL)
		return ks_fail_errno(err, SIGN_E_READ, ".");
	j->roots = calloc(count + 1, sizeof(*j->roots));
	if (j->roots == NULL)
		return ks_fail_memory(err);
	for (; j->root_count < count; j->root_count++)
		KS_TRY(take_root(j, &j->roots[j->root_count], run->roots[j->root_count], err));
	j->has_output = run->output != NULL;
	return j->has_output ? take_root(j, &j->roots[count], run->output, err) : SIGN_OK;
}

/* What follows the root in `path`: "" for the root itself, NULL when it lies elsewhere. */
static const char *
below(const journal_root *root, const char *path)
{
	if (strncmp(path, root->typed, root->len) != 0)
		return NULL;
	if (path[root->len] == '\0' || root->len == 1) /* itself; anything is below "/" */
		return path + root->len;
	return path[root->len] == '/' ? path + root->len + 1 : NULL;
}

int
ks_journal_shorten(const sign_journal *j, const char *absolute, bool is_output, const char **rest)
{
	size_t first = is_output && j->has_output ? j->root_count : 0;
	size_t end = is_output && j->has_output ? j->root_count + 1 : j->root_count;

	for (size_t i = first; i < end; i++) {
		*rest = below(&j->roots[i], absolute);
		if (*rest != NULL)
			return (int)i;
	}
	*rest = absolute;
	return -1;
}
