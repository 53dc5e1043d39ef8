/*
 * The progress line: files and bytes a second, failures, and the time left when the number of files is known.
 */
#include "progress.h"

#include <string.h>
#include <unistd.h>

#define REDRAW_SECONDS 0.2
#define QUIET_SECONDS  1.0 /* a short run shows none */

static double
seconds_between(const struct timespec *from, const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

void
progress_begin(struct progress *p, const struct run *run, uint64_t total)
{
	memset(p, 0, sizeof(*p));
	p->on = isatty(STDERR_FILENO) && run->set.quiet == 0;
	p->total = total;
	clock_gettime(CLOCK_MONOTONIC, &p->begun);
	p->drawn = p->begun;
}

double
progress_seconds(const struct progress *p)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return seconds_between(&p->begun, &now);
}

static void
draw(struct progress *p, double seconds)
{
	char   rate[BYTES_TEXT];
	double files_a_second = (double)p->files / seconds;

	bytes_text((uint64_t)((double)p->bytes / seconds), rate);
	fprintf(stderr, "\r\033[K%llu", (unsigned long long)p->files);
	if (p->total > 0)
		fprintf(stderr, "/%llu", (unsigned long long)p->total);
	fprintf(stderr, _("  %.0f files/s  %s/s  failed: %llu"), files_a_second, rate, (unsigned long long)p->failed);
	if (p->total > p->files && files_a_second > 0) {
		uint64_t left = (uint64_t)((double)(p->total - p->files) / files_a_second);

		fprintf(stderr, _("  left: %llu:%02llu"), (unsigned long long)(left / 60), (unsigned long long)(left % 60));
	}
	fflush(stderr);
	p->shown = true;
}

void
progress_add(struct progress *p, uint64_t bytes, bool failed)
{
	struct timespec now;

	p->files++;
	p->bytes += bytes;
	p->failed += failed;
	if (!p->on)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (seconds_between(&p->begun, &now) < QUIET_SECONDS || seconds_between(&p->drawn, &now) < REDRAW_SECONDS)
		return;
	p->drawn = now;
	draw(p, seconds_between(&p->begun, &now));
}

void
progress_hide(struct progress *p)
{
	if (!p->shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	p->shown = false;
}
