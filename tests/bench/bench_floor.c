/*
 * The floor: what the machine cannot avoid for a job, done by the plainest code there is, on the same files.
 */
#include "bench.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct share {
	const struct floor *f;
	unsigned            index;
	pthread_t           id;
	unsigned char       value[1024];
	size_t              value_len;
};

static size_t
read_all(const char *path, unsigned char **buf, size_t *cap)
{
	int         fd = open(path, O_RDONLY);
	struct stat st;
	size_t      size;

	if (fd < 0 || fstat(fd, &st) != 0)
		bench_die(path);
	size = (size_t)st.st_size;
	if (size > *cap) {
		*cap = size;
		*buf = realloc(*buf, size + (1 << 20));
		if (*buf == NULL)
			bench_die("realloc");
	}
	if (read(fd, *buf, size) != (ssize_t)size)
		bench_die(path);
	close(fd);
	return size;
}

/* Outputs written and not yet named: a group of 32 when they are to be synced, else one. */
struct pending {
	int    fds[32];
	size_t numbers[32];
	size_t count;
};

static void
name_output(const char *folder, size_t i)
{
	char temp[4096];
	char path[4096];

	snprintf(temp, sizeof(temp), "%s/.out-%06zu.tmp", folder, i);
	snprintf(path, sizeof(path), "%s/out-%06zu.bin", folder, i);
	if (rename(temp, path) != 0)
		bench_die(path);
}

/* Data, names, folder: the least that makes a group durable. */
static void
name_pending(const struct floor *f, struct pending *p)
{
	int folder;

	for (size_t i = 0; i < p->count && f->synced; i++)
		sync_file_range(p->fds[i], 0, 0, SYNC_FILE_RANGE_WRITE);
	for (size_t i = 0; i < p->count; i++) {
		if (f->synced && fdatasync(p->fds[i]) != 0)
			bench_die("fdatasync");
		close(p->fds[i]);
		name_output(f->out, p->numbers[i]);
	}
	if (f->synced && p->count > 0) {
		folder = open(f->out, O_RDONLY | O_DIRECTORY);
		if (folder < 0 || fsync(folder) != 0)
			bench_die(f->out);
		close(folder);
	}
	p->count = 0;
}

static void
write_output(const struct floor *f, struct pending *p, size_t i, const unsigned char *buf, size_t len)
{
	char temp[4096];
	int  fd;

	snprintf(temp, sizeof(temp), "%s/.out-%06zu.tmp", f->out, i);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL, 0644);
	if (fd < 0 || write(fd, buf, len) != (ssize_t)len)
		bench_die(temp);
	p->fds[p->count] = fd;
	p->numbers[p->count++] = i;
	if (!f->synced || p->count == sizeof(p->fds) / sizeof(p->fds[0]))
		name_pending(f, p);
}

static EVP_PKEY_CTX *
prepare_key(const struct floor *f)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(f->key, NULL);

	if (ctx == NULL || (f->verify ? EVP_PKEY_verify_init(ctx) : EVP_PKEY_sign_init(ctx)) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) != 1)
		bench_die("EVP_PKEY_CTX");
	return ctx;
}

static void *
run_share(void *user)
{
	struct share       *s = user;
	const struct floor *f = s->f;
	EVP_PKEY_CTX       *ctx = f->sign == NULL ? prepare_key(f) : NULL;
	EVP_MD             *md = EVP_MD_fetch(NULL, "SHA256", NULL);
	unsigned char      *buf = NULL;
	size_t              cap = 0;
	unsigned char       digest[32] = { 1 };
	struct pending      pending = { .count = 0 };
	char                path[4096];

	for (size_t i = s->index; i < f->count; i += f->threads) {
		size_t len = 0;
		size_t value_len = sizeof(s->value);

		if (!f->key_only) {
			snprintf(path, sizeof(path), "%s/doc-%06zu.bin", f->folder, i);
			len = read_all(path, &buf, &cap);
			if (EVP_Digest(buf, len, digest, NULL, md, NULL) != 1)
				bench_die("EVP_Digest");
		}
		if (f->sign != NULL) {
			f->sign(f->sign_user, s->index, digest);
		} else if (f->verify) {
			EVP_PKEY_verify(ctx, s->value, s->value_len, digest, sizeof(digest)); /* fails; costs the same */
		} else if (EVP_PKEY_sign(ctx, s->value, &value_len, digest, sizeof(digest)) != 1) {
			bench_die("EVP_PKEY_sign");
		}
		if (!f->key_only && f->out != NULL)
			write_output(f, &pending, i, buf, (f->detached ? 0 : len) + f->extra_bytes);
	}
	name_pending(f, &pending);
	free(buf);
	EVP_MD_free(md);
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

/* A well-formed value for verifying: of another digest, so that the check runs to its end. */
static void
make_value(struct share *s)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(s->f->key, NULL);
	unsigned char digest[32] = { 2 };

	s->value_len = sizeof(s->value);
	if (ctx == NULL || EVP_PKEY_sign_init(ctx) != 1 || EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) != 1 ||
	    EVP_PKEY_sign(ctx, s->value, &s->value_len, digest, sizeof(digest)) != 1)
		bench_die("EVP_PKEY_sign");
	EVP_PKEY_CTX_free(ctx);
}

double
floor_run(const struct floor *f)
{
	struct share *shares = calloc(f->threads, sizeof(*shares));
	double        start;

	if (shares == NULL)
		bench_die("calloc");
	for (unsigned i = 0; i < f->threads; i++) {
		shares[i].f = f;
		shares[i].index = i;
		if (f->sign == NULL)
			make_value(&shares[i]);
	}
	start = bench_now();
	for (unsigned i = 1; i < f->threads; i++)
		if (pthread_create(&shares[i].id, NULL, run_share, &shares[i]) != 0)
			bench_die("pthread_create");
	run_share(&shares[0]);
	for (unsigned i = 1; i < f->threads; i++)
		pthread_join(shares[i].id, NULL);
	free(shares);
	return bench_now() - start;
}
