/*
 * An LD_PRELOAD library that writes down what reaches the file system, in order, into the file KYSO_RECORD. A line a call:
 *
 *   BEGIN END SAID CALL INODE PARENT NAME
 *
 * BEGIN and END are numbers in one sequence, SAID is how many bytes stdout (a file) held at the end, INODE is the file that
 * was written, synced or named, PARENT the folder in which it got NAME. order.c judges the record. What is written to a
 * journal goes into KYSO_RECORD.journal as well: "BEGIN LENGTH\n" and the bytes.
 */
#undef _FILE_OFFSET_BITS /* open and open64 are two functions here */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define JOURNAL_NAME ".journal"

/* Opened before main() runs; the lock gives out numbers and keeps lines whole. */
static struct {
	int             record, journal;
	unsigned long   next;
	pthread_mutex_t lock;
} state = { -1, -1, 1, PTHREAD_MUTEX_INITIALIZER };

static void __attribute__((constructor))
begin_record(void)
{
	const char *path = getenv("KYSO_RECORD");
	char        journal[4096];

	if (path == NULL || snprintf(journal, sizeof(journal), "%s.journal", path) >= (int)sizeof(journal))
		return;
	state.record = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	state.journal = (int)syscall(SYS_openat, AT_FDCWD, journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static unsigned long
number(void)
{
	unsigned long n;

	pthread_mutex_lock(&state.lock);
	n = state.next++;
	pthread_mutex_unlock(&state.lock);
	return n;
}

static unsigned long
inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) ? st.st_ino : 0;
}

static unsigned long
inode_at(int folder, const char *path, int flags)
{
	struct stat st;

	return fstatat(folder, path, &st, flags) == 0 ? st.st_ino : 0;
}

static unsigned long
parent_of(int folder, const char *path)
{
	const char *slash = strrchr(path, '/');
	char        parent[4096];

	if (slash == NULL)
		return inode_at(folder, ".", 0);
	snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path + 1), path);
	return inode_at(folder, parent, 0);
}

static void
put(unsigned long begun, const char *call, unsigned long inode, unsigned long parent, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct stat said;
	char        line[4096];
	int         len;
	int         saved = errno;

	if (state.record < 0 || inode == 0)
		return;
	if (fstat(STDOUT_FILENO, &said) != 0 || !S_ISREG(said.st_mode))
		said.st_size = 0;
	pthread_mutex_lock(&state.lock);
	len = snprintf(line, sizeof(line), "%lu %lu %lu %s %lu %lu %s\n", begun, state.next++, (unsigned long)said.st_size,
	    call, inode, parent, slash != NULL ? slash + 1 : path);
	if (syscall(SYS_write, state.record, line, (size_t)len) != len)
		abort();
	pthread_mutex_unlock(&state.lock);
	errno = saved;
}

static bool
is_journal(int fd)
{
	char    self[32], path[4096];
	ssize_t len;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	len = readlink(self, path, sizeof(path) - 1);
	path[len < 0 ? 0 : len] = '\0';
	return strstr(path, JOURNAL_NAME) != NULL;
}

/* The bytes that a journal is given: a row in them is a claim. */
static void
put_journal(unsigned long begun, const void *bytes, size_t len)
{
	char         head[64];
	struct iovec parts[2] = { { head, 0 }, { (void *)bytes, len } };

	parts[0].iov_len = (size_t)snprintf(head, sizeof(head), "%lu %zu\n", begun, len);
	pthread_mutex_lock(&state.lock);
	if (writev(state.journal, parts, 2) != (ssize_t)(parts[0].iov_len + len))
		abort();
	pthread_mutex_unlock(&state.lock);
}

/* ---- the calls ------------------------------------------------------------------------------------------------- */

#define REAL(name)                                              \
	static __typeof__(name) *real;                          \
	if (real == NULL)                                       \
		*(void **)&real = dlsym(RTLD_NEXT, #name)

#define WRITES(name, params, args)                              \
	ssize_t name params                                     \
	{                                                       \
		unsigned long begun = number();                 \
		ssize_t       rc;                               \
		REAL(name);                                     \
		if (state.record >= 0 && is_journal(fd))        \
			put_journal(begun, buf, len);           \
		rc = real args;                                 \
		if (rc > 0 && fd != STDOUT_FILENO && fd != STDERR_FILENO) \
			put(begun, "write", inode_of(fd), 0, "-"); \
		return rc;                                      \
	}
WRITES(write, (int fd, const void *buf, size_t len), (fd, buf, len))
WRITES(pwrite, (int fd, const void *buf, size_t len, off_t at), (fd, buf, len, at))
WRITES(pwrite64, (int fd, const void *buf, size_t len, off64_t at), (fd, buf, len, at))

ssize_t
copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t len, unsigned flags)
{
	unsigned long begun = number();
	ssize_t       rc;

	REAL(copy_file_range);
	rc = real(from, from_at, to, to_at, len, flags);
	if (rc > 0)
		put(begun, "write", inode_of(to), 0, "-");
	return rc;
}

#define SYNCS(name, call)                                       \
	int name(int fd)                                        \
	{                                                       \
		unsigned long begun = number();                 \
		int           rc;                               \
		REAL(name);                                     \
		rc = real(fd);                                  \
		if (rc == 0)                                    \
			put(begun, call, inode_of(fd), 0, "-"); \
		return rc;                                      \
	}
SYNCS(fdatasync, "sync")
SYNCS(fsync, "sync")
SYNCS(syncfs, "syncall")

/* The file is looked up after it has its new name. */
#define NAMES(name, params, args, folder_, path_)                                                          \
	int name params                                                                                    \
	{                                                                                                  \
		unsigned long begun = number();                                                            \
		int           rc;                                                                          \
		REAL(name);                                                                                \
		rc = real args;                                                                            \
		if (rc == 0)                                                                               \
			put(begun, "name", inode_at(folder_, path_, AT_SYMLINK_NOFOLLOW), parent_of(folder_, path_), path_); \
		return rc;                                                                                 \
	}
NAMES(linkat, (int from_at, const char *from, int at, const char *to, int flags), (from_at, from, at, to, flags), at, to)
NAMES(link, (const char *from, const char *to), (from, to), AT_FDCWD, to)
NAMES(rename, (const char *from, const char *to), (from, to), AT_FDCWD, to)
NAMES(renameat, (int from_at, const char *from, int at, const char *to), (from_at, from, at, to), at, to)
NAMES(renameat2, (int from_at, const char *from, int at, const char *to, unsigned flags),
    (from_at, from, at, to, flags), at, to)

#define FOLDERS(name, params, args, folder_)                                                               \
	int name params                                                                                    \
	{                                                                                                  \
		unsigned long begun = number();                                                            \
		int           rc;                                                                          \
		REAL(name);                                                                                \
		rc = real args;                                                                            \
		if (rc == 0)                                                                               \
			put(begun, "folder", inode_at(folder_, path, 0), parent_of(folder_, path), path);  \
		return rc;                                                                                 \
	}
FOLDERS(mkdir, (const char *path, mode_t mode), (path, mode), AT_FDCWD)
FOLDERS(mkdirat, (int at, const char *path, mode_t mode), (at, path, mode), at)
