/*
 * Outputs that appear whole or not at all: a nameless or hidden file in the target folder, gathered writes, and publishing
 * in groups (data synced → renamed → folders synced). Floor: base.
 */
#include "base_file.h"
#include "base_text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYNCFS_MIN_FILES      8
#define SYNCFS_MAX_MEAN_BYTES ((uint64_t)32 * 1024)

struct ks_output {
	char    *path;       /* as the caller named it, for sentences */
	int      folder;     /* leaf and temp are names in it */
	char    *leaf;
	char    *temp;       /* NULL: the file has no name yet (O_TMPFILE) */
	int      fd;
	unsigned flags;
	uint8_t *block; /* lent by the caller until prepare */
	size_t   block_bytes, block_len;
	uint64_t flushed; /* bytes that have left the block */
	bool     prepared;
	int      held;       /* a lock on the file that is being replaced; -1: none */
};

/* ---- hidden names ----------------------------------------------------------------------------------------------- */

/*
 * ".kyso-1f2e3d4c5b6a7988.tmp": hidden, in the folder where the result will be. The same result has the same hidden name
 * (FNV-1a), and whoever uses it holds a lock on the file: so a process that was killed leaves nothing that the next one for
 * the same result does not take away, and living ones leave each other alone.
 */
static char *
usual_temp(const char *leaf)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	char    *temp = NULL;

	for (; *leaf != '\0'; leaf++)
		hash = (hash ^ (uint8_t)*leaf) * UINT64_C(0x100000001b3);
	return asprintf(&temp, ".kyso-%016llx.tmp", (unsigned long long)hash) < 0 ? NULL : temp;
}

/* One that nobody uses, for when the usual one is taken by the living. */
static char *
random_temp(void)
{
	uint8_t random[8];
	char    hex[2 * sizeof(random) + 1];
	char   *temp = NULL;

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return NULL;
	ks_hex(KS_BYTES(random, sizeof(random)), hex, sizeof(hex));
	return asprintf(&temp, ".kyso-%s.tmp", hex) < 0 ? NULL : temp;
}

static bool
is_name_of(int folder, const char *name, int fd)
{
	struct stat named, open_one;

	return fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &open_one) == 0 &&
	       named.st_dev == open_one.st_dev && named.st_ino == open_one.st_ino;
}

/* Unlink a hidden file that no living process holds. A file system without locks keeps it, for there nobody can tell. */
static void
remove_left_behind(int folder, const char *temp)
{
	int fd = openat(folder, temp, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_name_of(folder, temp, fd))
		unlinkat(folder, temp, 0);
	close(fd);
}

/* Give the output a hidden name by `make`, which sets errno: the usual one if that can be had. */
static int
take_hidden_name(ks_output *o, int (*make)(ks_output *o, const char *temp))
{
	for (int attempt = 0; attempt < 3; attempt++) {
		char *temp = attempt < 2 ? usual_temp(o->leaf) : random_temp();

		if (temp == NULL) {
			errno = ENOMEM;
			return -1;
		}
		if (make(o, temp) == 0) {
			o->temp = temp; /* from here on free() removes it */
			return 0;
		}
		if (errno == EEXIST && attempt == 0) {
			remove_left_behind(o->folder, temp);
			errno = EEXIST;
		}
		free(temp); /* keeps errno */
		if (errno != EEXIST)
			break;
	}
	return -1;
}

static int
make_hidden_file(ks_output *o, const char *temp)
{
	mode_t mode = (o->flags & KS_OUTPUT_PRIVATE) != 0 ? 0600 : 0666;

	o->fd = openat(o->folder, temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (o->fd < 0)
		return -1;
	flock(o->fd, LOCK_EX | LOCK_NB);
	if (is_name_of(o->folder, temp, o->fd))
		return 0;
	close(o->fd); /* taken for one left behind, in the moment before the lock */
	o->fd = -1;
	errno = EEXIST;
	return -1;
}

/*
 * A file without a name (O_TMPFILE) leaves nothing behind whatever kills us; it gets its name by link(2), which never
 * replaces. File systems that lack it (NFS, FAT) get a hidden name.
 */
static sign_code
create(ks_output *o, sign_error *err)
{
	mode_t mode = (o->flags & KS_OUTPUT_PRIVATE) != 0 ? 0600 : 0666;

	if ((o->flags & KS_OUTPUT_NAMED) == 0 && access("/proc/self/fd", X_OK) == 0)
		o->fd = openat(o->folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
	if (o->fd >= 0)
		return SIGN_OK;
	return take_hidden_name(o, make_hidden_file) == 0 ? SIGN_OK : ks_fail_errno(err, SIGN_E_WRITE, o->path);
}

/* `folder` is taken over; `leaf` is a single name in it. */
static sign_code
open_in(int folder, const char *leaf, const char *path, unsigned flags, void *block, size_t block_bytes, ks_output **out,
    sign_error *err)
{
	KS_AUTO(ks_auto_output) ks_output *o = calloc(1, sizeof(*o));
	struct stat st;

	if (o == NULL) {
		close(folder);
		return ks_fail_memory(err);
	}
	o->folder = folder;
	o->held = -1;
	o->fd = -1;
	o->flags = flags;
	o->block = block;
	o->block_bytes = block_bytes;
	if (fstatat(folder, leaf, &st, AT_SYMLINK_NOFOLLOW) == 0 && ((flags & KS_OUTPUT_FORCE) == 0 || S_ISDIR(st.st_mode)))
		return ks_fail(err, S_ISDIR(st.st_mode) ? SIGN_E_IS_FOLDER : SIGN_E_EXISTS, path);
	o->path = strdup(path);
	o->leaf = strdup(leaf);
	if (o->path == NULL || o->leaf == NULL)
		return ks_fail_memory(err);
	KS_TRY(create(o, err));
	*out = KS_MOVE(o);
	return SIGN_OK;
}

sign_code
ks_output_open(const char *path, unsigned flags, void *block, size_t block_bytes, ks_output **out, sign_error *err)
{
	const char *slash = strrchr(path, '/');
	KS_AUTO(ks_auto_mem) char *parent = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path + 1));
	int folder;

	*out = NULL;
	if (parent == NULL)
		return ks_fail_memory(err);
	folder = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return ks_fail_errno(err, SIGN_E_WRITE, parent);
	return open_in(folder, slash == NULL ? path : slash + 1, path, flags, block, block_bytes, out, err);
}

sign_code
ks_output_open_beneath(int root_fd, const char *relative, unsigned flags, void *block, size_t block_bytes, ks_output **out,
    sign_error *err)
{
	KS_AUTO(ks_auto_mem) char *copy = strdup(relative);
	int   folder = openat(root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char *segment = copy;
	char *slash;
	int   next;

	*out = NULL;
	if (folder < 0)
		return ks_fail_errno(err, SIGN_E_WRITE, relative);
	while (segment != NULL && (slash = strchr(segment, '/')) != NULL) {
		*slash = '\0';
		if (mkdirat(folder, segment, 0777) != 0 && errno != EEXIST) {
			close(folder);
			return ks_fail_errno(err, SIGN_E_WRITE, relative);
		}
		next = openat(folder, segment, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(folder);
		if (next < 0) /* a symbolic link, or a file where a folder should be */
			return ks_fail(err, SIGN_E_NAME, relative);
		folder = next;
		segment = slash + 1;
	}
	if (segment == NULL) {
		close(folder);
		return ks_fail_memory(err);
	}
	return open_in(folder, segment, relative, flags, block, block_bytes, out, err);
}

static sign_code
write_all(ks_output *out, const uint8_t *data, size_t len, uint64_t offset, sign_error *err)
{
	ssize_t put;

	while (len > 0) {
		put = pwrite(out->fd, data, len, (off_t)offset);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return ks_fail_errno(err, SIGN_E_WRITE, out->path);
		data += put;
		len -= (size_t)put;
		offset += (uint64_t)put;
	}
	return SIGN_OK;
}

static sign_code
flush(ks_output *out, sign_error *err)
{
	KS_TRY(write_all(out, out->block, out->block_len, out->flushed, err));
	out->flushed += out->block_len;
	out->block_len = 0;
	return SIGN_OK;
}

sign_code
ks_output_write(ks_output *out, const void *data, size_t len, sign_error *err)
{
	if (len > out->block_bytes - out->block_len)
		KS_TRY(flush(out, err));
	if (len > out->block_bytes) {
		KS_TRY(write_all(out, data, len, out->flushed, err));
		out->flushed += len;
		return SIGN_OK;
	}
	if (len > 0)
		memcpy(out->block + out->block_len, data, len);
	out->block_len += len;
	return SIGN_OK;
}

sign_code
ks_output_patch(ks_output *out, uint64_t offset, const void *data, size_t len, sign_error *err)
{
	if (offset >= out->flushed && offset - out->flushed <= out->block_len &&
	    len <= out->block_len - (size_t)(offset - out->flushed)) {
		memcpy(out->block + (offset - out->flushed), data, len);
		return SIGN_OK;
	}
	KS_TRY(flush(out, err));
	return write_all(out, data, len, offset, err);
}

/* What the kernel would not copy for us (another file system, a buffer), through our own hands. */
static sign_code
copy_by_hand(ks_output *out, const ks_file *file, uint64_t offset, uint64_t len, sign_error *err)
{
	KS_AUTO(ks_auto_mem) uint8_t *buf = malloc(KS_BLOCK_BYTES);

	if (buf == NULL)
		return ks_fail_memory(err);
	while (len > 0) {
		size_t part = len < KS_BLOCK_BYTES ? (size_t)len : KS_BLOCK_BYTES;

		KS_TRY(ks_file_read_at(file, offset, buf, part, err));
		KS_TRY(ks_output_write(out, buf, part, err));
		offset += part;
		len -= part;
	}
	return SIGN_OK;
}

sign_code
ks_output_copy(ks_output *out, const ks_file *file, uint64_t offset, uint64_t len, sign_error *err)
{
	off_t   from = (off_t)offset;
	off_t   to;
	ssize_t put;

	if (file->fd < 0 || len < KS_BLOCK_BYTES)
		return copy_by_hand(out, file, offset, len, err);
	KS_TRY(flush(out, err));
	to = (off_t)out->flushed;
	while (len > 0) {
		put = copy_file_range(file->fd, &from, out->fd, &to, len > ((size_t)1 << 30) ? (size_t)1 << 30 : (size_t)len, 0);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0 && (errno == EXDEV || errno == ENOSYS || errno == EINVAL || errno == EOPNOTSUPP))
			return copy_by_hand(out, file, (uint64_t)from, len, err);
		if (put < 0)
			return ks_fail_errno(err, SIGN_E_WRITE, out->path);
		if (put == 0)
			return ks_fail(err, SIGN_E_CHANGED, file->name);
		len -= (uint64_t)put;
		out->flushed += (uint64_t)put;
	}
	return SIGN_OK;
}

void
ks_output_keep(ks_output *out, int fd)
{
	out->held = fd;
}

uint64_t
ks_output_offset(const ks_output *out)
{
	return out->flushed + out->block_len;
}

const char *
ks_output_path(const ks_output *out)
{
	return out->path;
}

sign_code
ks_output_prepare(ks_output *out, sign_error *err)
{
	KS_TRY(flush(out, err));
	out->block = NULL;
	out->block_bytes = 0;
	out->prepared = true;
	return SIGN_OK;
}

void
ks_output_free(ks_output *out)
{
	if (out == NULL)
		return;
	if (out->fd >= 0) {
		if (out->temp != NULL)
			unlinkat(out->folder, out->temp, 0); /* before the lock goes: the name may be another's then */
		close(out->fd);
	}
	if (out->held >= 0)
		close(out->held);
	close(out->folder);
	free(out->temp);
	free(out->leaf);
	free(out->path);
	free(out);
}

/* ---- publishing ----------------------------------------------------------------------------------------------- */

/* Link the nameless file under `name`, which must not exist. */
static int
link_as(ks_output *out, const char *name)
{
	char self[32];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", out->fd);
	return linkat(AT_FDCWD, self, out->folder, name, AT_SYMLINK_FOLLOW);
}

static int
name_nameless(ks_output *out)
{
	int rc = link_as(out, out->leaf);

	if (rc == 0 || errno != EEXIST || (out->flags & KS_OUTPUT_FORCE) == 0)
		return rc;
	/* only rename(2) replaces in one step, so it needs a name to rename */
	flock(out->fd, LOCK_EX | LOCK_NB);
	if (take_hidden_name(out, link_as) != 0)
		return -1;
	return renameat(out->folder, out->temp, out->folder, out->leaf);
}

static int
name_hidden(ks_output *out)
{
	int rc;

	if ((out->flags & KS_OUTPUT_FORCE) != 0)
		return renameat(out->folder, out->temp, out->folder, out->leaf);
	rc = renameat2(out->folder, out->temp, out->folder, out->leaf, RENAME_NOREPLACE);
	if (rc == 0 || (errno != EINVAL && errno != ENOSYS))
		return rc;
	rc = linkat(out->folder, out->temp, out->folder, out->leaf, 0); /* a file system without the flag */
	if (rc == 0)
		unlinkat(out->folder, out->temp, 0);
	return rc;
}

static sign_code
give_name(ks_output *out, sign_error *err)
{
	if ((out->temp == NULL ? name_nameless(out) : name_hidden(out)) != 0)
		return ks_fail_errno(err, SIGN_E_WRITE, out->path);
	close(out->fd);
	out->fd = -1; /* free() leaves it alone from now on */
	return SIGN_OK;
}

static bool
same_folder(const char *a, const char *b)
{
	const char *sa = strrchr(a, '/');
	const char *sb = strrchr(b, '/');
	size_t      la = sa != NULL ? (size_t)(sa - a) : 0;
	size_t      lb = sb != NULL ? (size_t)(sb - b) : 0;

	return la == lb && (sa == NULL) == (sb == NULL) && memcmp(a, b, la) == 0;
}

/*
 * Many small files cost less in one syncfs(2) than in a journal commit each; large ones are waited for by themselves, so that
 * a foreign copy of gigabytes on the same file system does not hold them up.
 */
static bool
is_for_syncfs(ks_output *outs[], size_t count)
{
	uint64_t total = 0;

	for (size_t i = 0; i < count; i++) {
		if (!same_folder(outs[0]->path, outs[i]->path)) /* another folder may be another file system */
			return false;
		total += outs[i]->flushed;
	}
	return count >= SYNCFS_MIN_FILES && total / count <= SYNCFS_MAX_MEAN_BYTES;
}

static void
sync_data(ks_output *outs[], size_t count, sign_code codes[], sign_error errs[])
{
	if (is_for_syncfs(outs, count) && syncfs(outs[0]->fd) == 0)
		return;
	/* Start all write-back first, so that the disk works on the whole group while we wait for the first. */
	for (size_t i = 0; i < count && count > 1; i++)
		sync_file_range(outs[i]->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	for (size_t i = 0; i < count; i++)
		if (fdatasync(outs[i]->fd) != 0)
			codes[i] = ks_fail_errno(errs != NULL ? &errs[i] : NULL, SIGN_E_WRITE, outs[i]->path);
}

/* Each folder once: groups come folder by folder, so comparing with the last one synced is enough. */
static void
sync_folders(ks_output *outs[], size_t count, sign_code codes[], sign_error errs[])
{
	const char *last = NULL;
	sign_code   last_code = SIGN_OK;

	for (size_t i = 0; i < count; i++) {
		if (codes[i] != SIGN_OK)
			continue;
		if (last == NULL || !same_folder(last, outs[i]->path)) {
			last = outs[i]->path;
			last_code = fsync(outs[i]->folder) == 0 ? SIGN_OK
			    : ks_fail_errno(errs != NULL ? &errs[i] : NULL, SIGN_E_WRITE, last);
		} else if (last_code != SIGN_OK) {
			ks_fail(errs != NULL ? &errs[i] : NULL, last_code, outs[i]->path);
		}
		codes[i] = last_code;
	}
}

sign_code
ks_output_publish(ks_output *outs[], size_t count, ks_sync sync, sign_code codes[], sign_error errs[])
{
	sign_code first = SIGN_OK;

	for (size_t i = 0; i < count; i++) {
		assert(outs[i]->prepared);
		codes[i] = SIGN_OK;
	}
	if (sync != KS_SYNC_NONE)
		sync_data(outs, count, codes, errs);
	for (size_t i = 0; i < count; i++)
		if (codes[i] == SIGN_OK)
			codes[i] = give_name(outs[i], errs != NULL ? &errs[i] : NULL);
	if (sync != KS_SYNC_NONE)
		sync_folders(outs, count, codes, errs);
	for (size_t i = 0; i < count; i++) {
		if (first == SIGN_OK)
			first = codes[i];
		ks_output_free(outs[i]);
		outs[i] = NULL;
	}
	return first;
}

sign_code
ks_output_publish_one(ks_output *out, ks_sync sync, sign_error *err)
{
	sign_code code = SIGN_OK;
	sign_error local = SIGN_ERROR_INIT;

	ks_output_publish(&out, 1, sync, &code, &local);
	if (code != SIGN_OK && err != NULL)
		*err = local;
	return code;
}

/* ---- outputs of earlier runs -------------------------------------------------------------------------------------- */

static void
tidy(const char *folder, const char *leaf)
{
	KS_AUTO(ks_auto_mem) char *temp = usual_temp(leaf);
	int fd = temp != NULL ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd < 0)
		return;
	remove_left_behind(fd, temp);
	close(fd);
}

static bool
is_synced(const char *path, int (*sync)(int fd))
{
	int  fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	bool done = fd >= 0 && sync(fd) == 0;
	int  saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return done;
}

sign_code
ks_output_adopt(const char *path, ks_sync sync, sign_error *err)
{
	const char *slash = strrchr(path, '/');
	KS_AUTO(ks_auto_mem) char *folder = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path + 1));

	if (folder == NULL)
		return ks_fail_memory(err);
	tidy(folder, slash == NULL ? path : slash + 1);
	if (sync != KS_SYNC_NONE && (!is_synced(path, fdatasync) || !is_synced(folder, fsync)))
		return ks_fail_errno(err, SIGN_E_WRITE, path);
	return SIGN_OK;
}
