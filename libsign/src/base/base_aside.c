/*
 * Moving a file aside, with a note beside it, replacing nothing. Floor: base; implements sign_move_aside() of
 * <libsign/watch.h>.
 */
#include "base_file.h"

#include <libsign/watch.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_NUMBER 100000

/* A name on disk may hold anything; only what leaves the folder is refused. */
static bool
stays_inside(const char *relative)
{
	const char *at = relative;

	for (;;) {
		size_t len = strcspn(at, "/");

		if (len == 0 || (len == 1 && at[0] == '.') || (len == 2 && at[0] == '.' && at[1] == '.'))
			return false;
		if (at[len] == '\0')
			return true;
		at += len + 1;
	}
}

/* Open the folder of `relative`, making what is missing and following no links below `folder`. */
static sign_code
open_parent(const char *folder, const char *relative, int *fd, sign_error *err)
{
	const char *slash;

	KS_TRY(ks_folder_make(folder, err));
	*fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (*fd >= 0 && (slash = strchr(relative, '/')) != NULL) {
		KS_AUTO(ks_auto_mem) char *name = strndup(relative, (size_t)(slash - relative));
		int next = -1;

		if (name != NULL && (mkdirat(*fd, name, 0777) == 0 || errno == EEXIST))
			next = openat(*fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(*fd);
		*fd = next;
		relative = slash + 1;
	}
	return *fd >= 0 ? SIGN_OK : ks_fail_errno(err, SIGN_E_WRITE, folder);
}

static int
move_here(const char *path, int fd, const char *name)
{
	int rc = renameat2(AT_FDCWD, path, fd, name, RENAME_NOREPLACE);

	if (rc == 0 || (errno != EINVAL && errno != ENOSYS))
		return rc;
	rc = linkat(AT_FDCWD, path, fd, name, 0); /* a file system without the flag */
	return rc == 0 ? unlink(path) : rc;
}

static bool
has_note(int fd, const char *name, const sign_note *notes, size_t count)
{
	struct stat st;

	for (size_t i = 0; i < count; i++) {
		KS_AUTO(ks_auto_mem) char *note = NULL;

		if (asprintf(&note, "%s%s", name, notes[i].suffix) < 0)
			note = NULL;
		if (note != NULL && fstatat(fd, note, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return true;
	}
	return false;
}

/* Under the first free name; *name is malloc'ed. */
static sign_code
move_free(
    const char *path, int fd, const char *leaf, const sign_note *notes, size_t count, char **name, sign_error *err)
{
	for (int n = 0; n < MAX_NUMBER; n++) {
		KS_AUTO(ks_auto_mem) char *wanted = NULL;
		char number[16] = "";

		if (n > 0)
			snprintf(number, sizeof(number), ".%d", n);
		if (asprintf(&wanted, "%s%s", leaf, number) < 0) {
			wanted = NULL;
			return ks_fail_memory(err);
		}
		if (has_note(fd, wanted, notes, count))
			continue;
		if (move_here(path, fd, wanted) == 0) {
			*name = KS_MOVE(wanted);
			return SIGN_OK;
		}
		if (errno != EEXIST)
			return ks_fail_errno(err, SIGN_E_WRITE, path);
	}
	return ks_fail(err, SIGN_E_EXISTS, leaf);
}

static sign_code
write_note(int fd, const char *name, const sign_note *note, sign_error *err)
{
	KS_AUTO(ks_auto_mem) uint8_t *block = malloc(KS_BLOCK_BYTES);
	KS_AUTO(ks_auto_mem) char *full = NULL;
	KS_AUTO(ks_auto_output) ks_output *out = NULL;

	if (asprintf(&full, "%s%s", name, note->suffix) < 0)
		full = NULL;
	if (block == NULL || full == NULL)
		return ks_fail_memory(err);
	KS_TRY(ks_output_open_beneath(fd, full, 0, block, KS_BLOCK_BYTES, &out, err));
	KS_TRY(ks_output_write(out, note->text, strlen(note->text), err));
	KS_TRY(ks_output_prepare(out, err));
	return ks_output_publish_one(KS_MOVE(out), KS_SYNC_EACH, err);
}

SIGN_API sign_code
sign_move_aside(const char *path, const char *folder, const char *relative, const sign_note *notes, size_t count,
    char **moved, sign_error *err)
{
	KS_AUTO(ks_auto_fd) int fd = -1;
	KS_AUTO(ks_auto_mem) char *name = NULL;
	const char *slash = strrchr(relative, '/');
	const char *leaf = slash != NULL ? slash + 1 : relative;
	size_t      len = strlen(folder);

	*moved = NULL;
	if (!stays_inside(relative))
		return ks_fail(err, SIGN_E_NAME, relative);
	if (access(path, F_OK) != 0) /* before a folder is made for nothing */
		return ks_fail_errno(err, SIGN_E_READ, path);
	KS_TRY(open_parent(folder, relative, &fd, err));
	KS_TRY(move_free(path, fd, leaf, notes, count, &name, err));
	if (asprintf(moved, "%s%s%.*s%s", folder, len > 0 && folder[len - 1] == '/' ? "" : "/",
		(int)(leaf - relative), relative, name) < 0) {
		*moved = NULL;
		return ks_fail_memory(err);
	}
	for (size_t i = 0; i < count; i++)
		KS_TRY(write_note(fd, name, &notes[i], err));
	return SIGN_OK;
}
