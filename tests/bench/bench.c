/*
 * bench KYSO KEYS WORK: prints, from one run, how fast kyso signs and verifies beside the machine's floor and beside a
 * shell loop of `openssl cms`; peak memory; and one 4 GiB document. Rounds are interleaved, medians are printed, outputs
 * stay until the end (deleting thousands of files slows the disk for those that follow).
 */
#include "bench.h"

#include <openssl/pem.h>

#include <stdarg.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct setup {
	const char *kyso, *keys, *work;
	size_t      count, doc_bytes;
	unsigned    rounds;
	int         big, token, office;
};

struct key_row {
	const char *label, *file;
};
static const struct key_row keys[] = {
	{ "RSA-2048", "bench-rsa2048.pem" },
	{ "RSA-3072", "bench-rsa3072.pem" },
	{ "P-256", "bench-p256.pem" },
};

static char *
text(const char *fmt, ...)
{
	va_list args;
	char   *t = NULL;

	va_start(args, fmt);
	if (vasprintf(&t, fmt, args) < 0)
		bench_die("vasprintf");
	va_end(args);
	return t;
}

static void
make_folder(const char *path)
{
	if (mkdir(path, 0777) != 0)
		bench_die(path);
}

/* Sizes of an office's folder: median 100 KiB, mean about 130 KiB. */
static size_t
mixed_bytes(size_t i)
{
	static const struct { unsigned percent; size_t kib; } rows[] = { { 15, 20 }, { 30, 60 }, { 15, 100 }, { 20, 130 }, { 18, 250 },
		{ 2, 1024 } };
	unsigned at = (unsigned)(i * 37 % 100);

	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		if (at < rows[r].percent)
			return rows[r].kib * 1024 + i % 1000;
		at -= rows[r].percent;
	}
	return 100 * 1024;
}

static void
make_documents(const struct setup *s)
{
	size_t         max = s->doc_bytes > 0 ? s->doc_bytes : (size_t)2 << 20;
	unsigned char *bytes = malloc(max);
	char          *folder = text("%s/docs", s->work);
	uint64_t       x = 88172645463325252u;

	if (bytes == NULL)
		bench_die("malloc");
	make_folder(folder);
	for (size_t k = 0; k + 8 <= max; k += 8) { /* xorshift: incompressible, the same every run */
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		memcpy(bytes + k, &x, 8);
	}
	for (size_t i = 0; i < s->count; i++) {
		char  *path = text("%s/doc-%06zu.bin", folder, i);
		int    fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
		size_t len = s->doc_bytes > 0 ? s->doc_bytes : mixed_bytes(i);

		memcpy(bytes, &i, len < sizeof(i) ? len : sizeof(i));
		if (fd < 0 || write(fd, bytes, len) != (ssize_t)len)
			bench_die(path);
		close(fd);
		free(path);
	}
	free(folder);
	free(bytes);
}

static EVP_PKEY *
load_key(const struct setup *s, const struct key_row *row)
{
	char     *path = text("%s/%s", s->keys, row->file);
	FILE     *f = fopen(path, "re");
	EVP_PKEY *key = f != NULL ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;

	if (key == NULL)
		bench_die(path);
	fclose(f);
	free(path);
	return key;
}

/* One kyso run; fresh folder a round. Returns documents per second. */
static double
kyso_sign(const struct setup *s, const struct key_row *row, const char *form, unsigned jobs, const char *out, long *peak)
{
	char  *docs = text("%s/docs", s->work);
	char  *key = text("%s/%s", s->keys, row->file);
	char  *threads = text("%u", jobs);
	char  *argv[] = { (char *)s->kyso, "sign", docs, "-o", (char *)out, "-k", key, "-f", (char *)form, "-j", threads,
		"--durability", "none", "-q", NULL };
	double seconds;

	make_folder(out);
	if (bench_process(argv, &seconds, peak) != 0)
		bench_die("kyso sign");
	free(docs);
	free(key);
	free(threads);
	return (double)s->count / seconds;
}

static double
kyso_verify(const struct setup *s, unsigned jobs, const char *folder, long *peak)
{
	char  *trust = text("%s/trust", s->keys);
	char  *threads = text("%u", jobs);
	char  *argv[] = { (char *)s->kyso, "verify", (char *)folder, "--trust", trust, "-j", threads, "-q", NULL };
	double seconds;

	if (bench_process(argv, &seconds, peak) != 0)
		bench_die("kyso verify");
	free(trust);
	free(threads);
	return (double)s->count / seconds;
}

/* `xargs -P2 openssl cms -sign -cades` over a tenth of the documents: it is slow. */
static double
shell_loop(const struct setup *s, const struct key_row *row, const char *out)
{
	size_t count = s->count / 10;
	char  *command = text("cd %s/docs && ls | head -%zu | xargs -P2 -I{} openssl cms -sign -cades -binary -outform DER "
	                      "-md sha256 -in {} -signer %s/%s -inkey %s/%s -out %s/{}.p7s",
	     s->work, count, s->keys, row->file, s->keys, row->file, out);
	char  *argv[] = { "sh", "-c", command, NULL };
	double seconds;
	long   peak;

	make_folder(out);
	if (bench_process(argv, &seconds, &peak) != 0)
		bench_die("openssl cms");
	free(command);
	return (double)count / seconds;
}

static double
floor_rate(const struct setup *s, EVP_PKEY *key, unsigned threads, const char *out, int verify, int key_only)
{
	char        *docs = text("%s/docs", s->work);
	struct floor f = { .key = key, .folder = docs, .out = out, .count = s->count, .extra_bytes = 6 * 1024, .threads = threads,
		.verify = verify, .key_only = key_only };
	double       seconds;

	if (out != NULL)
		make_folder(out);
	seconds = floor_run(&f);
	free(docs);
	return (double)s->count / seconds;
}

struct results {
	double floor[BENCH_ROUNDS_MAX], raw[BENCH_ROUNDS_MAX], asice[BENCH_ROUNDS_MAX], p7s[BENCH_ROUNDS_MAX],
	    loop[BENCH_ROUNDS_MAX], verify[BENCH_ROUNDS_MAX], verify_floor[BENCH_ROUNDS_MAX];
	long   peak;
};

static void
one_round(const struct setup *s, const struct key_row *row, EVP_PKEY *key, unsigned jobs, unsigned round, struct results *r)
{
	char *base = text("%s/%s-%u-%u", s->work, row->label, jobs, round);
	char *out = text("%s-asice", base);
	char *p7s = text("%s-p7s", base);
	char *floor_out = text("%s-floor", base);
	char *loop = text("%s-loop", base);
	long  peak = 0;

	r->floor[round] = floor_rate(s, key, jobs, floor_out, 0, 0);
	r->asice[round] = kyso_sign(s, row, "asice", jobs, out, &peak);
	r->peak = peak > r->peak ? peak : r->peak;
	r->p7s[round] = kyso_sign(s, row, "p7s", jobs, p7s, &peak);
	r->loop[round] = shell_loop(s, row, loop);
	r->raw[round] = floor_rate(s, key, jobs, NULL, 0, 1);
	r->verify[round] = kyso_verify(s, jobs, out, &peak);
	r->peak = peak > r->peak ? peak : r->peak;
	r->verify_floor[round] = floor_rate(s, key, jobs, NULL, 1, 0);
	free(base);
	free(out);
	free(p7s);
	free(floor_out);
	free(loop);
}

static void
bench_key(const struct setup *s, const struct key_row *row, unsigned jobs)
{
	EVP_PKEY      *key = load_key(s, row);
	struct results r = { .peak = 0 };
	double         floor, asice, p7s, loop, raw, verify, verify_floor;

	for (unsigned i = 0; i < s->rounds; i++)
		one_round(s, row, key, jobs, i, &r);
	floor = bench_median(r.floor, s->rounds);
	asice = bench_median(r.asice, s->rounds);
	p7s = bench_median(r.p7s, s->rounds);
	loop = bench_median(r.loop, s->rounds);
	raw = bench_median(r.raw, s->rounds);
	verify = bench_median(r.verify, s->rounds);
	verify_floor = bench_median(r.verify_floor, s->rounds);
	printf("%-9s %u  %7.0f %7.0f %5.2f %7.0f %5.2f  %7.0f %6.0f %5.1fx %5.1fx  %7.0f %7.0f %5.2f  %5.1f\n", row->label, jobs,
	    asice, floor, asice / floor, raw, asice / raw, p7s, loop, asice / loop, p7s / loop, verify, verify_floor,
	    verify / verify_floor, (double)r.peak / 1024);
	fflush(stdout);
	EVP_PKEY_free(key);
}

static void
bench_big(const struct setup *s)
{
	char  *doc = text("%s/big.bin", s->work);
	char  *out = text("%s/big.bin.asice", s->work);
	char  *copy = text("%s/big.copy", s->work);
	char  *key = text("%s/%s", s->keys, keys[0].file);
	char  *trust = text("%s/trust", s->keys);
	char  *make[] = { "sh", "-c", text("openssl rand -out %s 1073741824 && cat %s %s %s %s > %s.4 && mv %s.4 %s", doc, doc, doc,
	                                  doc, doc, doc, doc, doc), NULL };
	char  *hash[] = { "openssl", "dgst", "-sha256", doc, NULL };
	char  *cp[] = { "cp", "--reflink=never", "--sparse=never", doc, copy, NULL };
	char  *sign[] = { (char *)s->kyso, "sign", doc, "-o", out, "-k", key, "--durability", "none", "-q", NULL };
	char  *verify[] = { (char *)s->kyso, "verify", out, "--trust", trust, "-q", NULL };
	double t_hash, t_cp, t_sign, t_verify;
	long   peak, peak_sign, peak_verify;

	if (bench_process(make, &t_hash, &peak) != 0 || bench_process(hash, &t_hash, &peak) != 0 ||
	    bench_process(cp, &t_cp, &peak) != 0 || bench_process(sign, &t_sign, &peak_sign) != 0 ||
	    bench_process(hash, &t_hash, &peak) != 0 || bench_process(verify, &t_verify, &peak_verify) != 0)
		bench_die("4 GiB");
	printf("4 GiB: sign %.1f s, peak %.1f MiB; verify %.1f s, peak %.1f MiB; openssl dgst %.1f s; cp %.1f s; "
	       "sign / slower of both %.2f; verify / dgst %.2f\n",
	    t_sign, (double)peak_sign / 1024, t_verify, (double)peak_verify / 1024, t_hash, t_cp,
	    t_sign / (t_hash > t_cp ? t_hash : t_cp), t_verify / t_hash);
}

/* Nothing but the token: its rate has little to do with the other rows. */
static void
bench_token(const struct setup *s)
{
#ifdef KYSO_PKCS11
	token_run(&(struct token){ s->kyso, s->work, s->count, s->rounds });
#else
	(void)s;
	puts("built without tokens");
#endif
}

static void
bench_more(const struct setup *s)
{
	struct more m = { s->kyso, s->keys, s->work, keys[0].file, load_key(s, &keys[0]), s->count, s->rounds };

	small_run(&m);
	durable_run(&m);
	EVP_PKEY_free(m.pkey);
}

static void
bench_office(const struct setup *s)
{
	struct more m = { s->kyso, s->keys, s->work, keys[2].file, load_key(s, &keys[2]), s->count, 1 };

	office_run(&m);
	EVP_PKEY_free(m.pkey);
}

int
main(int argc, char **argv)
{
	struct setup s = { .count = 1000, .doc_bytes = 100 * 1024, .rounds = 5 };

	if (argc < 4) {
		fprintf(stderr, "usage: bench KYSO KEYS WORK [DOCUMENTS [BYTES [ROUNDS [big|token|office]]]]\n");
		return 64;
	}
	s.kyso = argv[1];
	s.keys = argv[2];
	s.work = argv[3];
	if (argc > 4)
		s.count = strtoul(argv[4], NULL, 10);
	if (argc > 5)
		s.doc_bytes = strtoul(argv[5], NULL, 10);
	if (argc > 6)
		s.rounds = (unsigned)strtoul(argv[6], NULL, 10);
	s.big = argc > 7 && strcmp(argv[7], "big") == 0;
	s.token = argc > 7 && strcmp(argv[7], "token") == 0;
	s.office = argc > 7 && strcmp(argv[7], "office") == 0;
	if (s.count < 10 || (s.doc_bytes == 0 && !s.office) || s.rounds == 0 || s.rounds > BENCH_ROUNDS_MAX)
		return 64;
	make_documents(&s);
	printf("%zu documents of %zu bytes, medians of %u interleaved rounds; rates in documents a second\n", s.count, s.doc_bytes,
	    s.rounds);
	if (s.big) {
		bench_big(&s);
		return 0;
	}
	if (s.office) {
		bench_office(&s);
		return 0;
	}
	if (s.token) {
		bench_token(&s);
		return 0;
	}
	printf("key       j    asice   floor ratio     raw ratio      p7s   loop asice   p7s   verify   floor ratio  peak MiB\n");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		for (unsigned jobs = 1; jobs <= 2; jobs++)
			bench_key(&s, &keys[i], jobs);
	bench_more(&s);
	return 0;
}
