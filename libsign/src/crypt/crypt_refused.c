/*
 * The record of refused PINs: one line a refusal, "1 TOKEN SALT DIGEST" in hex. A service manager may hand over the
 * same PIN as a new file with every start, so it is the PIN that is recognised, by a salted and stretched digest, and
 * not the file. Floor: crypt.
 */
#include "crypt_refused.h"
#include "base_file.h"
#include "base_text.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_FILE_BYTES ((size_t)256 * 1024)
/* A PIN is short: guessing it from its digest has to cost. A tenth of a second, only for tokens that refused one. */
#define STRETCH        600000
#define SALT_BYTES     16
#define DIGEST_BYTES   32
#define TOKEN_CHARS    (KS_REFUSED_TOKEN_TEXT - 1)
#define SALT_AT        (2 + TOKEN_CHARS + 1)
#define DIGEST_AT      (SALT_AT + 2 * SALT_BYTES + 1)
#define LINE_CHARS     (DIGEST_AT + 2 * DIGEST_BYTES)

static sign_code
stretch(const ks_secret *secret, const uint8_t salt[SALT_BYTES], uint8_t digest[DIGEST_BYTES], sign_error *err)
{
	if (PKCS5_PBKDF2_HMAC(
		secret->data, (int)secret->len, salt, SALT_BYTES, STRETCH, EVP_sha256(), DIGEST_BYTES, digest) != 1)
		return ks_fail_why(err, SIGN_E_CRYPTO, "PIN", NULL, "PBKDF2");
	return SIGN_OK;
}

/* Open for appending, made with its folder if it is not there: a refusal must have its place before a PIN is tried. */
static sign_code
open_record(const char *path, int *fd, sign_error *err)
{
	const char *slash = strrchr(path, '/');
	KS_AUTO(ks_auto_mem) char *folder = slash != NULL && slash != path ? strndup(path, (size_t)(slash - path)) : NULL;

	if (folder != NULL)
		KS_TRY(ks_folder_make(folder, err));
	*fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	return *fd >= 0 ? SIGN_OK : ks_fail_errno(err, SIGN_E_WRITE, path);
}

/* ---- reading ---- */

/* The next line that is about `token`, or NULL; lines that we did not write are passed over. */
static const char *
next_line(const char **text, const char *end, const char token[KS_REFUSED_TOKEN_TEXT])
{
	while (*text < end) {
		const char *line = *text;
		const char *stop = memchr(line, '\n', (size_t)(end - line));

		if (stop == NULL)
			stop = end;
		*text = stop < end ? stop + 1 : end;
		if (stop - line == LINE_CHARS && memcmp(line, "1 ", 2) == 0 && memcmp(line + 2, token, TOKEN_CHARS) == 0)
			return line;
	}
	return NULL;
}

static bool
take_hex(const char *line, size_t at, uint8_t *out, size_t bytes)
{
	char   text[2 * DIGEST_BYTES + 1];
	size_t len = 0;

	memcpy(text, line + at, 2 * bytes);
	text[2 * bytes] = '\0';
	return ks_hex_parse(text, out, bytes, &len) && len == bytes;
}

static sign_code
check_lines(sign_bytes file, const char *path, const char token[KS_REFUSED_TOKEN_TEXT], const ks_secret *secret,
    sign_error *err)
{
	const char *text = (const char *)file.data;
	const char *end = text + file.len;
	const char *line;
	uint8_t     salt[SALT_BYTES], kept[DIGEST_BYTES], digest[DIGEST_BYTES];

	while (file.len > 0 && (line = next_line(&text, end, token)) != NULL) {
		if (!take_hex(line, SALT_AT, salt, SALT_BYTES) || !take_hex(line, DIGEST_AT, kept, DIGEST_BYTES))
			continue;
		KS_TRY(stretch(secret, salt, digest, err));
		if (CRYPTO_memcmp(kept, digest, DIGEST_BYTES) == 0)
			return ks_fail_why(err, SIGN_E_PIN_REFUSED, "", NULL, "%s", path);
	}
	return SIGN_OK;
}

sign_code
ks_refused_check(const char *path, const char token[KS_REFUSED_TOKEN_TEXT], const ks_secret *secret, sign_error *err)
{
	KS_AUTO(ks_buf_clear) ks_buf file = KS_BUF(MAX_FILE_BYTES);
	KS_AUTO(ks_auto_fd) int fd = -1;

	KS_TRY(open_record(path, &fd, err));
	KS_TRY(ks_file_slurp(path, MAX_FILE_BYTES, &file, err));
	return check_lines(ks_buf_bytes(&file), path, token, secret, err);
}

/* ---- writing ---- */

sign_code
ks_refused_add(const char *path, const char token[KS_REFUSED_TOKEN_TEXT], const ks_secret *secret, sign_error *err)
{
	KS_AUTO(ks_auto_fd) int fd = -1;
	uint8_t salt[SALT_BYTES], digest[DIGEST_BYTES];
	char    salt_hex[2 * SALT_BYTES + 1], digest_hex[2 * DIGEST_BYTES + 1], line[LINE_CHARS + 2];

	KS_TRY(open_record(path, &fd, err));
	if (RAND_bytes(salt, SALT_BYTES) != 1)
		return ks_fail_why(err, SIGN_E_CRYPTO, path, NULL, "random bytes");
	KS_TRY(stretch(secret, salt, digest, err));
	ks_hex(KS_BYTES(salt, SALT_BYTES), salt_hex, sizeof(salt_hex));
	ks_hex(KS_BYTES(digest, DIGEST_BYTES), digest_hex, sizeof(digest_hex));
	snprintf(line, sizeof(line), "1 %s %s %s\n", token, salt_hex, digest_hex);
	/* one write: lines of two processes do not mix */
	if (write(fd, line, strlen(line)) != (ssize_t)strlen(line) || fsync(fd) != 0)
		return ks_fail_errno(err, SIGN_E_WRITE, path);
	return SIGN_OK;
}

static bool
is_about(const char *line, size_t len, const char token[KS_REFUSED_TOKEN_TEXT])
{
	const char *at = line;

	return next_line(&at, line + len, token) != NULL;
}

sign_code
ks_refused_forget(const char *path, const char token[KS_REFUSED_TOKEN_TEXT], sign_error *err)
{
	KS_AUTO(ks_buf_clear) ks_buf file = KS_BUF(MAX_FILE_BYTES);
	KS_AUTO(ks_auto_mem) uint8_t *block = malloc(KS_BLOCK_BYTES);
	ks_output *out = NULL;
	sign_code  rc = ks_file_slurp(path, MAX_FILE_BYTES, &file, err);
	bool       known = rc == SIGN_OK && file.len > 0 && memmem(file.data, file.len, token, TOKEN_CHARS) != NULL;

	if (rc == SIGN_E_NOT_FOUND || (rc == SIGN_OK && !known)) {
		if (err != NULL)
			*err = (sign_error)SIGN_ERROR_INIT;
		return SIGN_OK;
	}
	KS_TRY(rc);
	if (block == NULL)
		return ks_fail_memory(err);
	KS_TRY(ks_output_open(path, KS_OUTPUT_FORCE | KS_OUTPUT_PRIVATE, block, KS_BLOCK_BYTES, &out, err));
	for (size_t at = 0; at < file.len && rc == SIGN_OK;) {
		const char *line = (const char *)file.data + at;
		const char *stop = memchr(line, '\n', file.len - at);
		size_t      len = stop != NULL ? (size_t)(stop - line) + 1 : file.len - at;

		if (!is_about(line, len, token))
			rc = ks_output_write(out, line, len, err);
		at += len;
	}
	if (rc == SIGN_OK)
		rc = ks_output_prepare(out, err);
	if (rc == SIGN_OK)
		return ks_output_publish_one(out, KS_SYNC_EACH, err);
	ks_output_free(out);
	return rc;
}
