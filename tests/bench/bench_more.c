/*
 * Rows beside the main table: one small container in a process of its own, and batches whose results are on disk when they
 * are reported, beside a floor with the same syncs.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define SMALL_RUNS 41

static double
median_of_process(char *const argv[])
{
	double seconds[SMALL_RUNS];
	long   peak;

	for (size_t i = 0; i < SMALL_RUNS; i++)
		if (bench_process(argv, &seconds[i], &peak) != 0)
			bench_die(argv[0]);
	return bench_median(seconds, SMALL_RUNS);
}

void
small_run(const struct more *m)
{
	char *command = NULL;
	char  doc[4096], container[4096], cms[4096], trust[4096], root[4096];
	char *kyso[] = { (char *)m->kyso, "verify", container, "--trust", trust, "-q", NULL };
	char *peer[] = { "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", cms, "-content", doc, "-CAfile", root,
		"-purpose", "any", NULL };
	double seconds, ours, theirs;
	long   peak;

	snprintf(doc, sizeof(doc), "%s/docs/doc-000000.bin", m->work);
	snprintf(container, sizeof(container), "%s/small.asice", m->work);
	snprintf(cms, sizeof(cms), "%s/small.p7s", m->work);
	snprintf(trust, sizeof(trust), "%s/trust", m->keys);
	snprintf(root, sizeof(root), "%s/roots.pem", m->work);
	if (asprintf(&command, "%s sign %s -o %s -k %s/%s -q && %s sign %s -f p7s -o %s -k %s/%s -q && "
	        "cat %s/anchors/* %s/*.crt > %s", m->kyso, doc, container, m->keys, m->key, m->kyso, doc, cms, m->keys, m->key,
	        trust, trust, root) < 0)
		bench_die("asprintf");
	char *make[] = { "sh", "-c", command, NULL };
	if (bench_process(make, &seconds, &peak) != 0)
		bench_die("small container");
	ours = median_of_process(kyso);
	theirs = median_of_process(peer);
	printf("one small container: kyso verify %.1f ms, openssl cms -verify %.1f ms, ratio %.2f\n", ours * 1e3, theirs * 1e3,
	    ours / theirs);
	free(command);
}

static double
durable_kyso(const struct more *m, const char *out)
{
	char   docs[4096], key[4096];
	char  *argv[] = { (char *)m->kyso, "sign", docs, "-o", (char *)out, "-k", key, "-j", "2", "--durability", "group", "-q", NULL };
	double seconds;
	long   peak;

	snprintf(docs, sizeof(docs), "%s/docs", m->work);
	snprintf(key, sizeof(key), "%s/%s", m->keys, m->key);
	if (mkdir(out, 0777) != 0 || bench_process(argv, &seconds, &peak) != 0)
		bench_die("kyso sign --durability group");
	return (double)m->count / seconds;
}

static double
durable_floor(const struct more *m, const char *out)
{
	char         docs[4096];
	struct floor f = { .key = m->pkey, .folder = docs, .out = out, .count = m->count, .extra_bytes = 6 * 1024, .threads = 2,
		.synced = 1 };

	snprintf(docs, sizeof(docs), "%s/docs", m->work);
	if (mkdir(out, 0777) != 0)
		bench_die(out);
	return (double)m->count / floor_run(&f);
}

void
durable_run(const struct more *m)
{
	double ours[BENCH_ROUNDS_MAX], least[BENCH_ROUNDS_MAX];
	char   out[4096];

	for (unsigned i = 0; i < m->rounds; i++) {
		snprintf(out, sizeof(out), "%s/durable-floor-%u", m->work, i);
		least[i] = durable_floor(m, out);
		snprintf(out, sizeof(out), "%s/durable-%u", m->work, i);
		ours[i] = durable_kyso(m, out);
	}
	printf("durability group, 2 threads, journal: %.0f, floor with the same syncs %.0f, ratio %.2f\n",
	    bench_median(ours, m->rounds), bench_median(least, m->rounds),
	    bench_median(ours, m->rounds) / bench_median(least, m->rounds));
}

static double
office_step(const struct more *m, char *const argv[], const char *what)
{
	double seconds;
	long   peak;

	if (bench_process(argv, &seconds, &peak) != 0)
		bench_die(what);
	printf("%s: %zu documents in %.1f s, %.0f a second, peak %.1f MiB\n", what, m->count, seconds, (double)m->count / seconds,
	    (double)peak / 1024);
	fflush(stdout);
	return seconds;
}

void
office_run(const struct more *m)
{
	char docs[4096], key[4096], out[4096], trust[4096], floor_out[4096];
	char *sign[] = { (char *)m->kyso, "sign", docs, "-o", out, "-k", key, "--durability", "none", "-q", NULL };
	char *verify[] = { (char *)m->kyso, "verify", out, "--trust", trust, "-q", NULL };
	struct floor f = { .key = m->pkey, .folder = docs, .count = m->count, .extra_bytes = 6 * 1024, .threads = 2 };
	double least, signing, judging;

	snprintf(docs, sizeof(docs), "%s/docs", m->work);
	snprintf(key, sizeof(key), "%s/%s", m->keys, m->key);
	snprintf(out, sizeof(out), "%s/signed", m->work);
	snprintf(trust, sizeof(trust), "%s/trust", m->keys);
	snprintf(floor_out, sizeof(floor_out), "%s/floor", m->work);
	if (mkdir(out, 0777) != 0 || mkdir(floor_out, 0777) != 0)
		bench_die(out);
	signing = office_step(m, sign, "sign");
	judging = office_step(m, verify, "verify");
	f.out = floor_out;
	least = floor_run(&f);
	printf("floor of signing %.1f s, ratio %.2f; ", least, least / signing);
	f.out = NULL;
	f.verify = 1;
	least = floor_run(&f);
	printf("floor of verifying %.1f s, ratio %.2f\n", least, least / judging);
}
