/*
 * Removing from a store, by the beginning of a fingerprint or by a file's name inside it. Floor: pki.
 */
#include "pki_private.h"

#include "base_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX_MIN_DIGITS 8 /* the sentence says so too */
#define MATCH_MAX         16 /* copies of one certificate in one store */

struct removing {
	const char *wanted;         /* hex digits, lower case */
	size_t      wanted_len;
	char       *paths[MATCH_MAX];
	size_t      count;
	uint8_t     sha256[32];     /* of the certificate that matched */
	bool        ambiguous, shared;
	/* while one file is read */
	bool        here, others;
};

static void
clear_removing(struct removing *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->paths[i]);
}

static sign_code
look_at_cert(void *user, ks_cert *cert, sign_error *err)
{
	struct removing *r = user;
	char             text[65];

	(void)err;
	ks_hex(KS_BYTES(cert->sha256, 32), text, sizeof(text));
	if (strncmp(text, r->wanted, r->wanted_len) != 0) {
		r->others = true;
		return SIGN_OK;
	}
	r->ambiguous = r->ambiguous || ((r->count > 0 || r->here) && memcmp(r->sha256, cert->sha256, 32) != 0);
	memcpy(r->sha256, cert->sha256, 32);
	r->here = true;
	return SIGN_OK;
}

static sign_code
look_at_crl(void *user, sign_bytes der, sign_error *err)
{
	struct removing *r = user;

	(void)der;
	(void)err;
	r->others = true;
	return SIGN_OK;
}

static sign_code
look_at_file(void *user, const ks_folder_entry *entry, bool anchors, sign_error *err)
{
	struct removing *r = user;

	(void)anchors;
	r->here = r->others = false;
	/* A damaged file must not stand in the way of removing another; it is removed by its own name. */
	(void)ks_pki_read_file(entry->path, look_at_cert, look_at_crl, r, NULL);
	if (!r->here)
		return SIGN_OK;
	r->shared = r->shared || r->others;
	if (r->count == MATCH_MAX)
		return ks_fail_why(err, SIGN_E_LIMIT, entry->path, NULL, "more than %d copies", MATCH_MAX);
	r->paths[r->count] = strdup(entry->path);
	if (r->paths[r->count] == NULL)
		return ks_fail_memory(err);
	r->count++;
	return SIGN_OK;
}

/* The removal has to survive a power cut as much as the adding did. */
static sign_code
unlink_durably(const char *path, sign_error *err)
{
	KS_AUTO(ks_auto_mem) char *folder = strdup(path);
	KS_AUTO(ks_auto_fd) int fd = -1;
	char *slash;

	if (folder == NULL)
		return ks_fail_memory(err);
	if (unlink(path) != 0)
		return ks_fail_errno(err, SIGN_E_WRITE, path);
	slash = strrchr(folder, '/');
	if (slash != NULL)
		*slash = '\0';
	fd = open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		return ks_fail_errno(err, SIGN_E_WRITE, path);
	return SIGN_OK;
}

/* Hex digits without separators, lower case; false if it is anything else. */
static bool
as_digits(const char *which, char digits[65], size_t *len)
{
	*len = 0;
	for (const char *c = which; *c != '\0'; c++) {
		if (*c == ':' || *c == ' ')
			continue;
		if (strchr("0123456789abcdefABCDEF", *c) == NULL || *len == 64)
			return false;
		digits[(*len)++] = (char)(*c >= 'A' && *c <= 'F' ? *c - 'A' + 'a' : *c);
	}
	digits[*len] = '\0';
	return *len > 0;
}

static sign_code
remove_by_fingerprint(const char *folder, const char *digits, size_t len, sign_error *err)
{
	KS_AUTO(clear_removing) struct removing r = { .wanted = digits, .wanted_len = len };

	if (len < PREFIX_MIN_DIGITS)
		return ks_fail_why(err, SIGN_E_USAGE, digits, NULL, "give at least 8 hex digits");
	KS_TRY(ks_pki_each_file(folder, look_at_file, &r, err));
	if (r.count == 0)
		return ks_fail_at(err, SIGN_E_NOT_FOUND, digits, folder);
	if (r.ambiguous)
		return ks_fail_why(err, SIGN_E_USAGE, digits, folder, "it fits several certificates");
	if (r.shared)
		return ks_fail_why(err, SIGN_E_TRUST, r.paths[0], NULL, "the file holds more than this certificate");
	for (size_t i = 0; i < r.count; i++)
		KS_TRY(unlink_durably(r.paths[i], err));
	return SIGN_OK;
}

struct finding {
	const char *wanted;
	size_t      folder_len;
	char       *path;
	bool        several; /* a bare name may be that of files in two folders */
};

static sign_code
look_at_name(void *user, const ks_folder_entry *entry, bool anchors, sign_error *err)
{
	struct finding *f = user;

	bool            exact = strchr(f->wanted, '/') != NULL && strcmp(entry->path + f->folder_len + 1, f->wanted) == 0;

	(void)anchors;
	if (!exact && strcmp(entry->name, f->wanted) != 0)
		return SIGN_OK;
	f->several = f->path != NULL;
	free(f->path);
	f->path = strdup(entry->path);
	return f->path != NULL ? SIGN_OK : ks_fail_memory(err);
}

/* Only what the walk itself finds can be removed, so no name leads out of the folder. */
static sign_code
remove_by_name(const char *folder, const char *name, sign_error *err)
{
	struct finding f = { name, strlen(folder), NULL, false };
	KS_AUTO(ks_auto_mem) char *path = NULL;
	sign_code rc = ks_pki_each_file(folder, look_at_name, &f, err);

	path = f.path;
	if (rc != SIGN_OK)
		return rc;
	if (path == NULL)
		return ks_fail_at(err, SIGN_E_NOT_FOUND, name, folder);
	if (f.several)
		return ks_fail_why(err, SIGN_E_USAGE, name, folder, "it fits several files");
	return unlink_durably(path, err);
}

sign_code
sign_trust_store_remove(const char *folder, const char *which, sign_error *err)
{
	char   digits[65];
	size_t len = 0;

	if (as_digits(which, digits, &len))
		return remove_by_fingerprint(folder, digits, len, err);
	return remove_by_name(folder, which, err);
}
