/*
 * What the benchmark's parts share: a job to measure, its floor, a process to time.
 */
#ifndef BENCH_H
#define BENCH_H

#include <openssl/evp.h>

#include <stddef.h>
#include <stdint.h>

#define BENCH_ROUNDS_MAX 25

/* Seconds of wall clock, monotonic. */
double bench_now(void);
double bench_median(double *values, size_t count);
void   bench_die(const char *what) __attribute__((noreturn));

/* The machine's own minimum for a job: key operation + SHA-256 + reading + creating, writing and renaming the output. */
struct floor {
	EVP_PKEY   *key;
	const char *folder;       /* documents "doc-%06zu.bin" */
	const char *out;          /* outputs; NULL: none (verifying) */
	size_t      count;
	size_t      extra_bytes;  /* output size beyond the document's */
	unsigned    threads;
	int         verify;       /* public-key operation instead of the private one */
	int         key_only;     /* nothing but the key operation */
	int         detached;     /* the output holds extra_bytes alone */
	int         synced;       /* outputs are synced in groups before they get their names, folders after */
	void (*sign)(void *user, unsigned thread, const unsigned char digest[32]); /* instead of `key`; NULL: the key signs */
	void       *sign_user;
};
/* Seconds for all documents. */
double floor_run(const struct floor *f);

/* Run argv to its end with output to /dev/null; *seconds and *peak_kib tell wall clock and peak memory. Returns the exit code. */
int bench_process(char *const argv[], double *seconds, long *peak_kib);

/* Tokens: prints rows of their own (bench_token.c); the documents are in work/docs. */
struct token {
	const char *kyso, *work;
	size_t      count;
	unsigned    rounds;
};
void token_run(const struct token *t);

/* One small container, and durable batches (bench_more.c). */
struct more {
	const char *kyso, *keys, *work, *key; /* key: a file in keys */
	EVP_PKEY   *pkey;                     /* the same key */
	size_t      count;
	unsigned    rounds;
};
void small_run(const struct more *m);
void durable_run(const struct more *m);
/* The whole of work/docs once: signed, verified, beside the floor. */
void office_run(const struct more *m);

#endif
