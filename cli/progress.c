/*
 * The progress line: files and bytes a second, failures, and the time left when the number of files is known. A
 * thread waits for SIGUSR1 and says the same on a line of its own, so that it is answered while one large document
 * takes its time.
 */
#include "progress.h"

#include "watch.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define REDRAW_SECONDS 0.2
#define QUIET_SECONDS  1.0 /* a short run shows none */

static double
seconds_between(const struct timespec *from, const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

static double
seconds_since(const struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return seconds_between(from, &now);
}

/* "1:02:03", "2:03" */
static void
time_left(double seconds, char text[32])
{
	unsigned long long left = seconds < 1e9 ? (unsigned long long)seconds : 1000000000;

	if (left >= 3600)
		snprintf(text, 32, "%llu:%02llu:%02llu", left / 3600, left / 60 % 60, left % 60);
	else
		snprintf(text, 32, "%llu:%02llu", left / 60, left % 60);
}

/* With the lock held: what both lines say. */
static void
put_numbers(FILE *out, struct progress *p)
{
	double seconds = seconds_since(&p->based);
	double files_a_second = seconds > 0 ? (double)(p->files - p->base_files) / seconds : 0;
	char   rate[BYTES_TEXT], left[32];

	bytes_text(seconds > 0 ? (uint64_t)((double)(p->bytes - p->base_bytes) / seconds) : 0, rate);
	fprintf(out, "%llu", (unsigned long long)p->files);
	if (p->total > 0)
		fprintf(out, "/%llu", (unsigned long long)p->total);
	fprintf(out, _("  %.0f files/s  %s/s  failed: %llu"), files_a_second, rate, (unsigned long long)p->failed);
	if (p->total > p->files && files_a_second > 0) {
		time_left((double)(p->total - p->files) / files_a_second, left);
		fprintf(out, _("  left: %s"), left);
	}
}

/* ---- SIGUSR1 --------------------------------------------------------------------------------------------------- */

static void
put_status(struct progress *p)
{
	uint64_t settling = 0, in_hand = 0;

	if (p->watch != NULL && p->watch->at != NULL)
		watch_counts(p->watch, &settling, &in_hand);
	pthread_mutex_lock(&p->lock);
	flockfile(stderr);
	if (p->shown)
		fputs("\r\033[K", stderr);
	fputs("kyso: ", stderr);
	put_numbers(stderr, p);
	if (p->watch != NULL && p->watch->at != NULL)
		fprintf(stderr, _("  waiting: %llu  in work: %llu"), (unsigned long long)settling,
		    (unsigned long long)in_hand);
	if (p->last[0] != '\0') {
		fputs(_("  last: "), stderr);
		put_safe(stderr, p->last);
	}
	putc('\n', stderr);
	fflush(stderr);
	p->shown = false;
	funlockfile(stderr);
	pthread_mutex_unlock(&p->lock);
}

static void
only_usr1(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGUSR1);
}

void
progress_hold_signal(void)
{
	sigset_t usr1;

	only_usr1(&usr1);
	pthread_sigmask(SIG_BLOCK, &usr1, NULL);
}

static bool
is_ending(struct progress *p)
{
	bool ending;

	pthread_mutex_lock(&p->lock);
	ending = p->ending;
	pthread_mutex_unlock(&p->lock);
	return ending;
}

static void *
answer(void *user)
{
	struct progress *p = user;
	sigset_t         usr1;
	int              number;

	only_usr1(&usr1);
	while (sigwait(&usr1, &number) == 0 && !is_ending(p))
		put_status(p);
	return NULL;
}

/* ---- the life of a run ----------------------------------------------------------------------------------------- */

void
progress_begin(struct progress *p, const struct run *run, uint64_t total, struct watch *watch)
{
	memset(p, 0, sizeof(*p));
	p->on = isatty(STDERR_FILENO) && run->set.quiet == 0;
	p->total = total;
	p->watch = watch;
	clock_gettime(CLOCK_MONOTONIC, &p->begun);
	p->drawn = p->based = p->begun;
	pthread_mutex_init(&p->lock, NULL);
	p->asked = pthread_create(&p->answers, NULL, answer, p) == 0;
}

void
progress_end(struct progress *p)
{
	progress_hide(p);
	if (!p->asked)
		return;
	pthread_mutex_lock(&p->lock);
	p->ending = true;
	pthread_mutex_unlock(&p->lock);
	pthread_kill(p->answers, SIGUSR1);
	pthread_join(p->answers, NULL);
	p->asked = false;
}

double
progress_seconds(struct progress *p)
{
	return seconds_since(&p->begun);
}

static void
draw(struct progress *p)
{
	fputs("\r\033[K", stderr);
	put_numbers(stderr, p);
	fflush(stderr);
	p->shown = true;
}

void
progress_add(struct progress *p, const char *path, uint64_t bytes, bool failed)
{
	struct timespec now;

	pthread_mutex_lock(&p->lock);
	p->files++;
	p->bytes += bytes;
	p->failed += failed;
	copy_text(p->last, sizeof(p->last), path);
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (p->on && seconds_between(&p->begun, &now) >= QUIET_SECONDS &&
	    seconds_between(&p->drawn, &now) >= REDRAW_SECONDS) {
		p->drawn = now;
		draw(p);
	}
	pthread_mutex_unlock(&p->lock);
}

void
progress_rebase(struct progress *p)
{
	pthread_mutex_lock(&p->lock);
	clock_gettime(CLOCK_MONOTONIC, &p->based);
	p->base_files = p->files;
	p->base_bytes = p->bytes;
	pthread_mutex_unlock(&p->lock);
}

void
progress_hide(struct progress *p)
{
	if (!p->on)
		return;
	pthread_mutex_lock(&p->lock);
	if (p->shown)
		fputs("\r\033[K", stderr);
	fflush(stderr);
	p->shown = false;
	pthread_mutex_unlock(&p->lock);
}
