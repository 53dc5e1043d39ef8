/*
 * Input files: opened once, read at any offset, watched for change; making folders. Floor: base.
 */
#include "base_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t
mtime_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

sign_code
ks_file_open(const char *path, ks_file **file, sign_error *err)
{
	KS_AUTO(ks_auto_file) ks_file *f = calloc(1, sizeof(*f));
	struct stat st;

	*file = NULL;
	if (f == NULL)
		return ks_fail_memory(err);
	/* O_NONBLOCK: a pipe in place of a file must not hang us before fstat tells */
	f->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (f->fd < 0)
		return ks_fail_errno(err, SIGN_E_READ, path);
	if (fstat(f->fd, &st) != 0)
		return ks_fail_errno(err, SIGN_E_READ, path);
	if (S_ISDIR(st.st_mode))
		return ks_fail(err, SIGN_E_IS_FOLDER, path);
	if (!S_ISREG(st.st_mode))
		return ks_fail(err, SIGN_E_NOT_REGULAR, path);
	f->size_bytes = (uint64_t)st.st_size;
	f->mtime_ns = mtime_ns(&st);
	f->named = st.st_nlink > 0;
	f->name = strdup(path);
	if (f->name == NULL)
		return ks_fail_memory(err);
	*file = KS_MOVE(f);
	return SIGN_OK;
}

sign_code
ks_file_memory(const char *name, sign_bytes bytes, ks_file **file, sign_error *err)
{
	ks_file *f = calloc(1, sizeof(*f));

	*file = NULL;
	if (f == NULL || (f->name = strdup(name)) == NULL) {
		free(f);
		return ks_fail_memory(err);
	}
	f->fd = -1;
	f->memory = bytes;
	f->size_bytes = bytes.len;
	*file = f;
	return SIGN_OK;
}

void
ks_file_free(ks_file *file)
{
	if (file == NULL)
		return;
	if (file->fd >= 0)
		close(file->fd);
	free(file->name);
	free(file);
}

sign_code
ks_file_read_at(const ks_file *file, uint64_t offset, void *buf, size_t len, sign_error *err)
{
	uint8_t *at = buf;
	uint64_t end;
	ssize_t  got;

	if (__builtin_add_overflow(offset, len, &end))
		return ks_fail(err, SIGN_E_FORMAT, file->name);
	if (file->fd < 0) {
		if (end > file->memory.len)
			return ks_fail(err, SIGN_E_CHANGED, file->name);
		if (len > 0)
			memcpy(buf, file->memory.data + offset, len);
		return SIGN_OK;
	}
	while (len > 0) {
		got = pread(file->fd, at, len, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ks_fail_errno(err, SIGN_E_READ, file->name);
		if (got == 0)
			return ks_fail(err, SIGN_E_CHANGED, file->name);
		at += got;
		offset += (uint64_t)got;
		len -= (size_t)got;
	}
	return SIGN_OK;
}

sign_code
ks_file_unchanged(const ks_file *file, sign_error *err)
{
	struct stat st;

	if (file->fd < 0)
		return SIGN_OK;
	if (fstat(file->fd, &st) != 0)
		return ks_fail_errno(err, SIGN_E_READ, file->name);
	if ((uint64_t)st.st_size != file->size_bytes || mtime_ns(&st) != file->mtime_ns || (file->named && st.st_nlink == 0))
		return ks_fail(err, SIGN_E_CHANGED, file->name);
	return SIGN_OK;
}

/* Does the name still mean the file that was opened? Whoever held it before us may have given it to another. */
static bool
is_still_named(const ks_file *file)
{
	struct stat named, open_one;

	return stat(file->name, &named) == 0 && fstat(file->fd, &open_one) == 0 && named.st_dev == open_one.st_dev &&
	       named.st_ino == open_one.st_ino;
}

sign_code
ks_file_hold(const ks_file *file, int *fd, sign_error *err)
{
	sign_code code = SIGN_OK; /* without locks nobody can be kept out */

	*fd = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
	if (*fd < 0)
		return ks_fail_errno(err, SIGN_E_READ, file->name);
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0) {
		if (is_still_named(file))
			return SIGN_OK;
		code = ks_fail(err, SIGN_E_CHANGED, file->name);
	} else if (errno == EWOULDBLOCK) {
		code = ks_fail(err, SIGN_E_BUSY, file->name);
	}
	close(*fd);
	*fd = -1;
	return code;
}

sign_code
ks_file_slurp(const char *path, size_t max_bytes, ks_buf *out, sign_error *err)
{
	KS_AUTO(ks_auto_file) ks_file *file = NULL;

	*out = KS_BUF(max_bytes);
	KS_TRY(ks_file_open(path, &file, err));
	if (file->size_bytes > max_bytes)
		return ks_fail_why(err, SIGN_E_LIMIT, path, NULL, "%zu bytes", max_bytes);
	if (file->size_bytes == 0)
		return SIGN_OK;
	KS_TRY(ks_buf_reserve(out, (size_t)file->size_bytes, err));
	KS_TRY(ks_file_read_at(file, 0, out->data, (size_t)file->size_bytes, err));
	out->len = (size_t)file->size_bytes;
	return SIGN_OK;
}

/* The name of a new folder is on disk when the folder above it is. Where that may not be read, the whole file system is. */
static bool
sync_name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	KS_AUTO(ks_auto_mem) char *parent = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path + 1));
	int  fd = parent != NULL ? open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	bool unreadable = fd < 0 && errno == EACCES;
	int  rc;

	if (unreadable)
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	rc = unreadable ? syncfs(fd) : fsync(fd);
	close(fd);
	return rc == 0;
}

/* Whether it is a folder in the end is asked by the caller. */
static bool
make_one(const char *path)
{
	return mkdir(path, 0777) == 0 ? sync_name_of(path) : errno == EEXIST;
}

sign_code
ks_folder_make(const char *path, sign_error *err)
{
	KS_AUTO(ks_auto_mem) char *copy = strdup(path);
	struct stat st;

	if (copy == NULL)
		return ks_fail_memory(err);
	if (copy[0] == '\0')
		return ks_fail(err, SIGN_E_NOT_FOUND, path);
	for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (!make_one(copy))
			return ks_fail_errno(err, SIGN_E_WRITE, copy);
		*slash = '/';
	}
	if (!make_one(copy) || stat(copy, &st) != 0)
		return ks_fail_errno(err, SIGN_E_WRITE, path);
	if (!S_ISDIR(st.st_mode))
		return ks_fail(err, SIGN_E_EXISTS, path);
	return SIGN_OK;
}
