/*
 * Running the program and ending it early, folders of documents, numbers by chance.
 */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void
harness_die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "%s%s\n", errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
	exit(2);
}

char *
harness_text(const char *fmt, ...)
{
	va_list args;
	char   *text = NULL;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		harness_die("vasprintf");
	va_end(args);
	return text;
}

/* splitmix64: every seed is good, also 0 and its neighbours */
uint64_t
harness_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t
harness_below(uint64_t *state, uint64_t limit)
{
	return harness_random(state) % limit;
}

double
harness_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- running --------------------------------------------------------------------------------------------------- */

static void
become(const struct harness_run *run)
{
	int out = open(run->out, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	int err = open(run->err, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	int in = open("/dev/null", O_RDONLY);

	if (in < 0 || out < 0 || err < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 ||
	    chdir(run->folder) != 0)
		_exit(127);
	for (size_t i = 0; run->env != NULL && run->env[i] != NULL; i++)
		putenv((char *)run->env[i]);
	alarm(HARNESS_HANGS); /* outlives execve: a program that hangs ends by SIGALRM */
	execv(run->argv[0], (char *const *)run->argv);
	_exit(127);
}

static void
stop_when_enough(const struct harness_run *run, pid_t pid)
{
	static const struct timespec first = { 0, 300000000 }; /* it has to come to its watching, too */
	static const struct timespec tick = { 0, 20000000 };
	double    limit = harness_now() + HARNESS_HANGS;
	siginfo_t ended = { .si_pid = 0 };

	nanosleep(&first, NULL);
	while (!run->enough(run->user) && harness_now() < limit &&
	       waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0)
		nanosleep(&tick, NULL);
	kill(pid, SIGTERM);
}

void
harness_run(struct harness_run *run)
{
	struct timespec until = { (time_t)run->kill_after,
		(long)((run->kill_after - (double)(time_t)run->kill_after) * 1e9) };
	double began = harness_now();
	int    status;
	pid_t  pid = fork();

	if (pid < 0)
		harness_die("fork");
	if (pid == 0)
		become(run);
	if (run->enough != NULL) {
		stop_when_enough(run, pid);
	} else if (run->kill_after > 0) {
		nanosleep(&until, NULL);
		kill(pid, SIGKILL); /* still our child, for nobody has waited for it */
	}
	if (waitpid(pid, &status, 0) != pid)
		harness_die("waitpid");
	run->seconds = harness_now() - began;
	run->exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	run->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (run->exit == 127 || run->exit == 126)
		harness_die("%s could not be run; see %s", run->argv[0], run->err);
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

char *
harness_slurp(const char *path, size_t *len)
{
	int         fd = open(path, O_RDONLY);
	struct stat st;
	char       *bytes;

	if (fd < 0 || fstat(fd, &st) != 0)
		harness_die("%s", path);
	bytes = malloc((size_t)st.st_size + 1);
	if (bytes == NULL || read(fd, bytes, (size_t)st.st_size) != st.st_size)
		harness_die("%s", path);
	close(fd);
	bytes[st.st_size] = '\0';
	if (len != NULL)
		*len = (size_t)st.st_size;
	return bytes;
}

void
harness_write(const char *path, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
		harness_die("%s", path);
	close(fd);
}

void
harness_document(const char *path, size_t len, uint64_t seed)
{
	uint8_t *bytes = malloc(len + 8);

	if (bytes == NULL)
		harness_die("malloc");
	for (size_t i = 0; i < len; i += 8) {
		uint64_t word = harness_random(&seed);

		memcpy(bytes + i, &word, 8);
	}
	harness_write(path, bytes, len);
	free(bytes);
}

void
harness_folder(const char *path)
{
	char *copy = harness_text("%s/", path);

	for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0777) != 0 && errno != EEXIST)
			harness_die("%s", copy);
		*slash = '/';
	}
	free(copy);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void
harness_remove(const char *path)
{
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
		harness_die("%s", path);
}

/* nftw() hands its callback nothing of ours */
static struct harness_list *found;
static size_t               found_below;

static int
find_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)at;
	if (kind == FTW_D || kind == FTW_DP)
		return 0;
	found->names = realloc(found->names, (found->count + 1) * sizeof(*found->names));
	if (found->names == NULL)
		harness_die("realloc");
	found->names[found->count++] = harness_text("%s", path + found_below);
	return 0;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
harness_list(const char *folder, struct harness_list *list)
{
	*list = (struct harness_list){ NULL, 0 };
	found = list;
	found_below = strlen(folder) + 1;
	if (nftw(folder, find_one, 16, FTW_PHYS) != 0)
		harness_die("%s", folder);
	if (list->count > 0)
		qsort(list->names, list->count, sizeof(*list->names), by_text);
}

void
harness_list_free(struct harness_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->names[i]);
	free(list->names);
	*list = (struct harness_list){ NULL, 0 };
}

void
harness_private_copy(const char *from, const char *to)
{
	struct harness_list list;
	mode_t              mask = umask(077);

	harness_list(from, &list);
	harness_folder(to);
	for (size_t i = 0; i < list.count; i++) {
		char  *old = harness_text("%s/%s", from, list.names[i]);
		char  *new = harness_text("%s/%s", to, list.names[i]);
		char  *slash = strrchr(new, '/');
		size_t len;
		char  *bytes = harness_slurp(old, &len);

		*slash = '\0';
		harness_folder(new);
		*slash = '/';
		harness_write(new, bytes, len);
		free(bytes);
		free(old);
		free(new);
	}
	harness_list_free(&list);
	umask(mask);
}
