/*
 * An LD_PRELOAD library that makes one call of a program go wrong, or ends the program at it. What, when and how stands in
 * KYSO_FAULT; how often each call was made is appended to the file KYSO_FAULT_COUNT names.
 *
 *   KYSO_FAULT=CALL:N:ACTION[:PATH]
 *     CALL    open tmpfile read pread write pwrite fdatasync fsync link rename unlink copy alloc, or any (all but alloc)
 *     N       the N-th such call from the start of main(); N+ that one and all later
 *     ACTION  the name of an error; short (half is done); kill, killafter (SIGKILL before or after it);
 *             and for the file that the call is about: grow, shrink, touch, vanish, replace. none only counts
 *     PATH    only calls about files whose path contains this
 *
 * KYSO_OLD_DISK=1 takes away what NFS and FAT lack: files without a name, and renaming that never replaces.
 */
#undef _FILE_OFFSET_BITS /* open and open64 are two functions here */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* glibc's own doors to its allocator, for use while malloc is ours */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

enum call { OPEN, TMPFILE, READ, PREAD, WRITE, PWRITE, FDATASYNC, FSYNC, LINK, RENAME, UNLINK, COPY, ALLOC, CALLS };
#define ANY CALLS
static const char *const call_names[] = { "open", "tmpfile", "read", "pread", "write", "pwrite", "fdatasync", "fsync", "link",
	"rename", "unlink", "copy", "alloc", "any" };

enum action { NONE, ERROR, SHORT, KILL, KILL_AFTER, GROW, SHRINK, TOUCH, VANISH, REPLACE };
static const struct {
	const char *name;
	enum action action;
	int         error;
} actions[] = {
	{ "none", NONE, 0 },
	{ "EIO", ERROR, EIO }, { "ENOSPC", ERROR, ENOSPC }, { "EACCES", ERROR, EACCES }, { "EMFILE", ERROR, EMFILE },
	{ "ENOMEM", ERROR, ENOMEM }, { "EROFS", ERROR, EROFS }, { "EDQUOT", ERROR, EDQUOT }, { "EINTR", ERROR, EINTR },
	{ "EOPNOTSUPP", ERROR, EOPNOTSUPP }, { "short", SHORT, 0 }, { "kill", KILL, 0 }, { "killafter", KILL_AFTER, 0 },
	{ "grow", GROW, 0 }, { "shrink", SHRINK, 0 }, { "touch", TOUCH, 0 }, { "vanish", VANISH, 0 }, { "replace", REPLACE, 0 },
};

/* Set before main() runs, read-only then, but for the counters. */
static struct {
	bool          on, old_disk;
	enum call     call;
	unsigned long n;
	bool          later;
	enum action   action;
	int           error;
	char          path[256];
	atomic_ulong  matched;          /* calls that KYSO_FAULT is about */
	atomic_ulong  counts[CALLS];
} plan;

static void
give_up(const char *what)
{
	dprintf(2, "shim: %s\n", what);
	_exit(126);
}

static void
read_plan(void)
{
	const char *text = getenv("KYSO_FAULT");
	char        call[32], action[32], later = 0;
	size_t      i;

	plan.old_disk = getenv("KYSO_OLD_DISK") != NULL;
	if (text == NULL)
		return;
	if (sscanf(text, "%31[^:]:%lu", call, &plan.n) != 2 || (text = strchr(text, ':')) == NULL)
		give_up("KYSO_FAULT is not CALL:N:ACTION");
	text += 1 + strspn(text + 1, "0123456789");
	if (*text == '+')
		later = *text++;
	plan.later = later != 0;
	if (sscanf(text, ":%31[^:]:%255s", action, plan.path) < 1)
		give_up("KYSO_FAULT has no action");
	for (i = 0; i <= CALLS && strcmp(call_names[i], call) != 0; i++)
		;
	if (i > CALLS)
		give_up("KYSO_FAULT names no call");
	plan.call = (enum call)i;
	for (i = 0; i < sizeof(actions) / sizeof(*actions) && strcmp(actions[i].name, action) != 0; i++)
		;
	if (i == sizeof(actions) / sizeof(*actions))
		give_up("KYSO_FAULT names no action");
	plan.action = actions[i].action;
	plan.error = actions[i].error;
	plan.on = true;
}

/* ---- is it this call? ------------------------------------------------------------------------------------------ */

static bool
about_path(int fd, const char *path)
{
	char    self[32], real[4096];
	ssize_t len;

	if (plan.path[0] == '\0')
		return true;
	if (path != NULL)
		return strstr(path, plan.path) != NULL;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	len = readlink(self, real, sizeof(real) - 1);
	real[len < 0 ? 0 : len] = '\0';
	return strstr(real, plan.path) != NULL;
}

/* The file that a descriptor is open on is changed under the program's hands. */
static void
meddle(int fd)
{
	struct stat st;
	char        self[32], path[4096], other[4200];
	ssize_t     len;
	int         file;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	len = readlink(self, path, sizeof(path) - 1);
	if (len < 0 || stat(self, &st) != 0)
		give_up("the file to change has no name");
	path[len] = '\0';
	snprintf(other, sizeof(other), "%s.other", path);
	file = (int)syscall(SYS_openat, AT_FDCWD, plan.action == REPLACE ? other : path,
	    O_WRONLY | (plan.action == REPLACE ? O_CREAT : 0), 0644);
	if (file < 0)
		give_up("the file to change cannot be opened");
	if ((plan.action == GROW && syscall(SYS_pwrite64, file, "more", 4, st.st_size) != 4) ||
	    (plan.action == SHRINK && ftruncate(file, st.st_size / 2) != 0) ||
	    (plan.action == TOUCH && syscall(SYS_pwrite64, file, "changed", 7, st.st_size / 2) != 7) ||
	    (plan.action == VANISH && unlink(path) != 0) ||
	    (plan.action == REPLACE && (ftruncate(file, st.st_size) != 0 || syscall(SYS_rename, other, path) != 0)))
		give_up("the file could not be changed");
	close(file);
}

/* Does the plan say that this call goes wrong? Kills, and meddles, at once. */
static bool
strikes(enum call call, int fd, const char *path)
{
	unsigned long n;

	if (!plan.on)
		return false;
	plan.counts[call]++;
	if (plan.call != call && (plan.call != ANY || call == ALLOC))
		return false;
	if (call != ALLOC && !about_path(fd, path))
		return false;
	n = ++plan.matched;
	if (plan.action == NONE || (n != plan.n && !(plan.later && n > plan.n)))
		return false;
	if (plan.action == KILL)
		kill(getpid(), SIGKILL);
	if (plan.action >= GROW)
		meddle(fd);
	return plan.action < GROW;
}

/* After the real call, when strikes() was true. */
static void
after(void)
{
	if (plan.action == KILL_AFTER)
		kill(getpid(), SIGKILL);
}

/* ---- the program's beginning and end --------------------------------------------------------------------------- */

static int (*real_main)(int, char **, char **);

static void
tell_counts(void)
{
	const char   *path = getenv("KYSO_FAULT_COUNT");
	unsigned long any = 0;
	FILE         *out;

	plan.on = false;
	for (int i = 0; i < ALLOC; i++)
		any += plan.counts[i];
	out = path != NULL ? fopen(path, "ae") : NULL;
	if (out == NULL)
		return;
	fprintf(out, "matched %lu\nany %lu\n", plan.matched, any);
	for (int i = 0; i < CALLS; i++)
		fprintf(out, "%s %lu\n", call_names[i], plan.counts[i]);
	fclose(out);
}

/* Only what main() does is counted: the loader and the constructors of libraries are not the program's to mend. */
static int
counted_main(int argc, char **argv, char **env)
{
	int rc;

	read_plan();
	rc = real_main(argc, argv, env);
	tell_counts();
	return rc;
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
    void (*loader_fini)(void), void *stack_end);
int
__libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
    void (*loader_fini)(void), void *stack_end)
{
	int (*real)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void), void *);

	*(void **)&real = dlsym(RTLD_NEXT, "__libc_start_main");
	real_main = main;
	return real(counted_main, argc, argv, init, fini, loader_fini, stack_end);
}

/* ---- the calls ------------------------------------------------------------------------------------------------- */

/* A function of glibc behind ours. */
#define REAL(name)                                              \
	static __typeof__(name) *real;                          \
	if (real == NULL)                                       \
		*(void **)&real = dlsym(RTLD_NEXT, #name)

/* One call with a result below 0 for failure; half_ is its length when only half is to be done. */
#define RUN(call_, fd_, path_, real_call)                       \
	do {                                                    \
		__typeof__(real_call) rc_;                      \
		bool struck_ = strikes((call_), (fd_), (path_)); \
		if (struck_ && plan.action == ERROR) {          \
			errno = plan.error;                     \
			return -1;                              \
		}                                               \
		rc_ = (real_call);                              \
		if (struck_)                                    \
			after();                                \
		return rc_;                                     \
	} while (0)

#define BYTES(name, call_, params, args)                        \
	ssize_t name params                                     \
	{                                                       \
		bool struck;                                    \
		ssize_t rc;                                     \
		REAL(name);                                     \
		struck = strikes((call_), fd, NULL);            \
		if (struck && plan.action == ERROR) {           \
			errno = plan.error;                     \
			return -1;                              \
		}                                               \
		if (struck && plan.action == SHORT && len > 1)  \
			len /= 2;                               \
		rc = real args;                                 \
		if (struck)                                     \
			after();                                \
		return rc;                                      \
	}
BYTES(read, READ, (int fd, void *buf, size_t len), (fd, buf, len))
BYTES(pread, PREAD, (int fd, void *buf, size_t len, off_t at), (fd, buf, len, at))
BYTES(pread64, PREAD, (int fd, void *buf, size_t len, off64_t at), (fd, buf, len, at))
BYTES(write, WRITE, (int fd, const void *buf, size_t len), (fd, buf, len))
BYTES(pwrite, PWRITE, (int fd, const void *buf, size_t len, off_t at), (fd, buf, len, at))
BYTES(pwrite64, PWRITE, (int fd, const void *buf, size_t len, off64_t at), (fd, buf, len, at))

#define OPENS(name, params, args, path_)                                                      \
	int name params                                                                       \
	{                                                                                     \
		mode_t mode = 0;                                                              \
		va_list more;                                                                 \
		REAL(name);                                                                   \
		va_start(more, flags);                                                        \
		if ((flags & (O_CREAT | O_TMPFILE)) != 0)                                     \
			mode = va_arg(more, mode_t);                                          \
		va_end(more);                                                                 \
		if (plan.old_disk && (flags & O_TMPFILE) == O_TMPFILE) {                      \
			errno = EOPNOTSUPP;                                                   \
			return -1;                                                            \
		}                                                                             \
		RUN((flags & O_TMPFILE) == O_TMPFILE ? TMPFILE : OPEN, -1, (path_), real args); \
	}
OPENS(open, (const char *path, int flags, ...), (path, flags, mode), path)
OPENS(open64, (const char *path, int flags, ...), (path, flags, mode), path)
OPENS(openat, (int folder, const char *path, int flags, ...), (folder, path, flags, mode), path)
OPENS(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode), path)

#define STREAMS(type, name, params, args)                                  \
	type *name params                                                  \
	{                                                                  \
		bool  struck;                                              \
		type *stream;                                              \
		REAL(name);                                                \
		struck = strikes(OPEN, -1, path);                          \
		if (struck && plan.action == ERROR) {                      \
			errno = plan.error;                                \
			return NULL;                                       \
		}                                                          \
		stream = real args;                                        \
		if (struck)                                                \
			after();                                           \
		return stream;                                             \
	}
STREAMS(FILE, fopen, (const char *path, const char *mode), (path, mode))
STREAMS(FILE, fopen64, (const char *path, const char *mode), (path, mode))
STREAMS(DIR, opendir, (const char *path), (path))

int
fdatasync(int fd)
{
	REAL(fdatasync);
	RUN(FDATASYNC, fd, NULL, real(fd));
}

int
fsync(int fd)
{
	REAL(fsync);
	RUN(FSYNC, fd, NULL, real(fd));
}

int
unlinkat(int folder, const char *path, int flags)
{
	REAL(unlinkat);
	RUN(UNLINK, -1, path, real(folder, path, flags));
}

int
linkat(int from_folder, const char *from, int folder, const char *to, int flags)
{
	REAL(linkat);
	RUN(LINK, -1, to, real(from_folder, from, folder, to, flags));
}

int
rename(const char *from, const char *to)
{
	REAL(rename);
	RUN(RENAME, -1, to, real(from, to));
}

int
renameat(int from_folder, const char *from, int folder, const char *to)
{
	REAL(renameat);
	RUN(RENAME, -1, to, real(from_folder, from, folder, to));
}

int
renameat2(int from_folder, const char *from, int folder, const char *to, unsigned flags)
{
	REAL(renameat2);
	if (plan.old_disk && flags != 0) {
		errno = EINVAL;
		return -1;
	}
	RUN(RENAME, -1, to, real(from_folder, from, folder, to, flags));
}

ssize_t
copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t len, unsigned flags)
{
	REAL(copy_file_range);
	RUN(COPY, to, NULL, real(from, from_at, to, to_at, len, flags));
}

/* ---- memory ---------------------------------------------------------------------------------------------------- */

static bool
denied(void)
{
	if (!strikes(ALLOC, -1, NULL))
		return false;
	errno = ENOMEM;
	return plan.action == ERROR;
}

void *
malloc(size_t size)
{
	return denied() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return denied() ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	return denied() ? NULL : __libc_realloc(old, size);
}
