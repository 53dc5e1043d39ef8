/*
 * Opening a key by its name: the file and who may write it, the private key in it, its certificate, and the chain above
 * that. Floor: crypt.
 */
#include "base_file.h"
#include "crypt_cert_parts.h"
#include "crypt_key_parts.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_KEY_FILE_BYTES ((size_t)1 << 20)
#define MAX_CHAIN          10u

/* ---- the certificate and what is above it ---- */

/* A renewed certificate may share the key with its predecessor: the one that lasts longest is the one in use. */
ks_cert *
ks_key_find_cert(const ks_cert_list *certs, const EVP_PKEY *pkey)
{
	ks_cert *best = NULL;

	for (size_t i = 0; i < certs->count; i++) {
		ks_cert *c = certs->items[i];

		if (c->pkey != NULL && EVP_PKEY_eq(c->pkey, pkey) == 1 && (best == NULL || c->not_after > best->not_after))
			best = c;
	}
	ks_openssl_drain(); /* keys of different kinds leave entries */
	return best != NULL ? ks_cert_ref(best) : NULL;
}

static bool
issued(const ks_cert *issuer, const ks_cert *subject)
{
	bool yes = issuer->pkey != NULL && X509_check_issued(issuer->x509, subject->x509) == X509_V_OK &&
	    X509_verify(subject->x509, issuer->pkey) == 1;

	ks_openssl_drain();
	return yes;
}

static bool
on_chain(ks_cert *const *chain, size_t count, const ks_cert *cert)
{
	for (size_t i = 0; i < count; i++)
		if (ks_bytes_equal(chain[i]->der, cert->der))
			return true;
	return false;
}

sign_code
ks_key_build_chain(const ks_cert_list *certs, ks_cert *leaf, ks_cert ***out, sign_error *err)
{
	ks_cert **chain = calloc(MAX_CHAIN + 1, sizeof(ks_cert *));
	ks_cert  *top = leaf;
	size_t    count = 0;

	if (chain == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < certs->count && count < MAX_CHAIN && !top->self_issued; i++) {
		ks_cert *c = certs->items[i];

		if (c->self_issued || ks_bytes_equal(c->der, leaf->der) || on_chain(chain, count, c) || !issued(c, top))
			continue;
		chain[count++] = top = ks_cert_ref(c);
		i = SIZE_MAX; /* look again from the first for the issuer's issuer */
	}
	*out = chain;
	return SIGN_OK;
}

/* ---- files ---- */

static void
wipe(ks_buf *buf)
{
	if (buf->data != NULL)
		OPENSSL_cleanse(buf->data, buf->cap);
	ks_buf_clear(buf);
}

/* The mode of the file that was opened, not of a name that may point elsewhere by now. */
static sign_code
check_mode(const ks_file *file, const char *name, bool *world_readable, sign_error *err)
{
	struct stat st;

	if (fstat(file->fd, &st) != 0)
		return ks_fail_errno(err, SIGN_E_READ, name);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return ks_fail_why(err, SIGN_E_KEY_UNSAFE, name, NULL, "%04o", (unsigned)(st.st_mode & 07777));
	*world_readable = (st.st_mode & S_IROTH) != 0;
	return SIGN_OK;
}

static sign_code
read_key_file(const char *path, ks_key_asker *asker, ks_key_content *content, bool *world_readable, sign_error *err)
{
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	KS_AUTO(wipe) ks_buf bytes = KS_BUF(MAX_KEY_FILE_BYTES);

	KS_TRY(ks_file_open(path, &file, err));
	KS_TRY(check_mode(file, asker->name, world_readable, err));
	if (file->size_bytes > MAX_KEY_FILE_BYTES)
		return ks_fail_why(err, SIGN_E_LIMIT, asker->name, NULL, "%zu bytes", MAX_KEY_FILE_BYTES);
	/* One piece from the start: growing would leave copies behind. */
	KS_TRY(ks_buf_reserve(&bytes, (size_t)file->size_bytes, err));
	KS_TRY(ks_file_read_at(file, 0, bytes.data, (size_t)file->size_bytes, err));
	bytes.len = (size_t)file->size_bytes;
	return ks_key_read(ks_buf_bytes(&bytes), asker, content, err);
}

sign_code
ks_key_read_cert_file(const char *path, ks_cert_list *certs, sign_error *err)
{
	KS_AUTO(wipe) ks_buf bytes = KS_BUF(MAX_KEY_FILE_BYTES); /* a sibling .pem may hold another key */

	KS_TRY(ks_file_slurp(path, MAX_KEY_FILE_BYTES, &bytes, err));
	return ks_cert_read_all(ks_buf_bytes(&bytes), path, ks_cert_list_add, NULL, certs, err);
}

/* "clerk.key" → "clerk.crt", "clerk.cer", "clerk.pem", the first that is there and holds certificates. */
static sign_code
read_sibling(const char *path, ks_cert_list *certs, sign_error *err)
{
	static const char *const endings[] = { ".crt", ".cer", ".pem" };
	const char *base = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
	const char *dot = strrchr(base, '.');
	size_t      stem = dot != NULL && dot != base ? (size_t)(dot - path) : strlen(path);
	KS_AUTO(ks_auto_mem) char *sibling = malloc(stem + sizeof(".xxx"));

	if (sibling == NULL)
		return ks_fail_memory(err);
	memcpy(sibling, path, stem);
	for (size_t i = 0; i < KS_COUNT(endings); i++) {
		sign_error why = SIGN_ERROR_INIT;
		sign_code  rc;

		memcpy(sibling + stem, endings[i], sizeof(".xxx"));
		if (strcmp(sibling, path) == 0)
			continue;
		rc = ks_key_read_cert_file(sibling, certs, &why);
		if (rc == SIGN_OK)
			return SIGN_OK;
		if (rc == SIGN_E_NOT_FOUND || rc == SIGN_E_FORMAT || rc == SIGN_E_IS_FOLDER)
			continue;
		return ks_fail_from(err, rc, why.origin, why.subject, NULL, "%s", why.detail);
	}
	return SIGN_OK;
}

/* A certificate file that was named decides alone; otherwise the key file, and only then a file beside it. */
static sign_code
find_cert(const char *path, ks_key_asker *asker, ks_key_content *content, ks_cert **cert, sign_error *err)
{
	KS_AUTO(ks_cert_list_clear) ks_cert_list named = { NULL, 0 };

	if (asker->options->cert_path != NULL) {
		KS_TRY(ks_key_read_cert_file(asker->options->cert_path, &named, err));
		*cert = ks_key_find_cert(&named, content->pkey);
		for (size_t i = 0; i < named.count; i++)
			KS_TRY(ks_cert_list_add(&content->certs, named.items[i], err));
		return *cert != NULL ? SIGN_OK : ks_fail(err, SIGN_E_KEY_MISMATCH, asker->name);
	}
	*cert = ks_key_find_cert(&content->certs, content->pkey);
	if (*cert != NULL)
		return SIGN_OK;
	KS_TRY(read_sibling(path, &content->certs, err));
	*cert = ks_key_find_cert(&content->certs, content->pkey);
	if (*cert != NULL)
		return SIGN_OK;
	return ks_fail(err, content->certs.count > 0 ? SIGN_E_KEY_MISMATCH : SIGN_E_CERT_MISSING, asker->name);
}

/* ---- all of it ---- */

static void
write_note(sign_key *key, bool old_encryption, bool world_readable)
{
	snprintf(key->note, sizeof(key->note), "%s%s%s", old_encryption ? KS_KEY_NOTE_OLD_ENCRYPTION : "",
	    old_encryption && world_readable ? " " : "", world_readable ? KS_KEY_NOTE_WORLD_READABLE : "");
}

/* Of a private key SIGN_E_LIMIT and SIGN_E_FORMAT mean the same: not one to sign with. */
static sign_code
check_private_key(const EVP_PKEY *pkey, const char *name, sign_error *err)
{
	char        curve[KS_CURVE_TEXT];
	ks_key_type type;
	unsigned    bits;
	sign_error  why = SIGN_ERROR_INIT;
	sign_code   rc = ks_pkey_describe(pkey, name, &type, &bits, curve, &why);

	if (rc == SIGN_E_LIMIT || rc == SIGN_E_FORMAT)
		rc = SIGN_E_KEY_ALGORITHM;
	if (rc != SIGN_OK)
		return ks_fail_from(err, rc, why.origin, name, NULL, "%s", why.detail);
	return ks_key_allowed(type, bits, curve, name, err);
}

static sign_code
open_file(const char *path, ks_key_asker *asker, sign_key **out, sign_error *err)
{
	KS_AUTO(ks_key_content_clear) ks_key_content content = { NULL, { NULL, 0 }, false };
	KS_AUTO(ks_auto_key) sign_key *key = calloc(1, sizeof(*key));
	bool world_readable = false;

	if (key == NULL || (key->name = strdup(asker->name)) == NULL)
		return ks_fail_memory(err);
	KS_TRY(read_key_file(path, asker, &content, &world_readable, err));
	KS_TRY(check_private_key(content.pkey, asker->name, err));
	KS_TRY(find_cert(path, asker, &content, &key->cert, err));
	KS_TRY(ks_key_build_chain(&content.certs, key->cert, &key->chain, err));
	if ((key->fingerprint = strdup(sign_cert_fingerprint(sign_key_cert(key)))) == NULL)
		return ks_fail_memory(err);
	write_note(key, content.old_encryption, world_readable);
	key->ops = &ks_key_evp_ops;
	key->impl = KS_MOVE(content.pkey);
	*out = KS_MOVE(key);
	return SIGN_OK;
}

sign_code
sign_key_open(const char *uri, const sign_key_options *options, sign_key **key, sign_error *err)
{
	static const sign_key_options defaults = SIGN_KEY_OPTIONS_INIT;
	ks_key_asker                  asker = { .name = uri, .options = options != NULL ? options : &defaults };
	sign_code                     rc;

	*key = NULL;
	if (strncmp(uri, "pkcs11:", strlen("pkcs11:")) == 0) {
		rc = ks_key_open_token(&asker, key, err);
	} else {
		asker.name += strncmp(uri, "file:", strlen("file:")) == 0 ? strlen("file:") : 0;
		rc = open_file(asker.name, &asker, key, err);
	}
	ks_secret_clear(&asker.secret);
	return rc;
}
