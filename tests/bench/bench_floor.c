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

static void
write_renamed(const char *folder, size_t i, const unsigned char *buf, size_t len)
{
	char temp[4096];
	char path[4096];
	int  fd;

	snprintf(temp, sizeof(temp), "%s/.out-%06zu.tmp", folder, i);
	snprintf(path, sizeof(path), "%s/out-%06zu.bin", folder, i);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL, 0644);
	if (fd < 0 || write(fd, buf, len) != (ssize_t)len)
		bench_die(temp);
	close(fd);
	if (rename(temp, path) != 0)
		bench_die(path);
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
			write_renamed(f->out, i, buf, (f->detached ? 0 : len) + f->extra_bytes);
	}
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
