/*
 * Adding to a store: one file a certificate or CRL, all or none, once somebody vouched for them (pki_store_vouch.c).
 * Floor: pki.
 */
#include "pki_store_parts.h"

#include "base_file.h"
#include "base_text.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ADD_MAX 1000

static void
clear_adding(ks_store_adding *a)
{
	for (size_t i = 0; i < a->count; i++) {
		ks_cert_free(a->items[i].cert);
		ks_crl_free(a->items[i].crl);
		free(a->items[i].path);
	}
	free(a->items);
	free(a->certs);
	ks_pki_free(a->pki);
	ks_trust_free(a->hoped);
	ks_trust_free(a->store);
}

static sign_code
new_item(ks_store_adding *a, ks_store_item **item, sign_error *err)
{
	if (a->count == ADD_MAX)
		return ks_fail_why(err, SIGN_E_LIMIT, a->file, NULL, "more than %d certificates and CRLs", ADD_MAX);
	if (a->count == a->cap) {
		size_t       cap = a->cap == 0 ? 8 : a->cap * 2;
		ks_store_item *items = realloc(a->items, cap * sizeof(items[0]));

		if (items == NULL)
			return ks_fail_memory(err);
		a->items = items;
		a->cap = cap;
	}
	*item = &a->items[a->count++];
	**item = (ks_store_item){ 0 };
	return SIGN_OK;
}

static sign_code
take_cert(void *user, ks_cert *cert, sign_error *err)
{
	ks_store_adding *a = user;
	ks_store_item   *item = NULL;

	for (size_t i = 0; i < a->count; i++)
		if (a->items[i].cert != NULL && memcmp(a->items[i].cert->sha256, cert->sha256, 32) == 0)
			return SIGN_OK;
	KS_TRY(new_item(a, &item, err));
	item->cert = ks_cert_ref(cert);
	return SIGN_OK;
}

static sign_code
take_crl(void *user, sign_bytes der, sign_error *err)
{
	ks_store_adding *a = user;
	ks_store_item   *item = NULL;

	KS_TRY(new_item(a, &item, err));
	return ks_crl_parse(der, a->file, a->file, &item->crl, err);
}

static sign_code
read_all(ks_store_adding *a, sign_error *err)
{
	struct stat st;

	KS_TRY(ks_trust_new(&a->store, err));
	if (stat(a->folder, &st) == 0)
		KS_TRY(ks_trust_add_path(a->store, a->folder, err));
	else if (errno != ENOENT)
		return ks_fail_errno(err, SIGN_E_READ, a->folder);
	KS_TRY(ks_pki_read_file(a->file, take_cert, take_crl, a, err));
	a->certs = calloc(a->count + 1, sizeof(a->certs[0]));
	if (a->certs == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < a->count; i++)
		if (a->items[i].cert != NULL)
			a->certs[a->cert_count++] = a->items[i].cert;
	return SIGN_OK;
}

/* ---- writing ---- */

static sign_code
crl_tag(const ks_crl *crl, uint8_t tag[4], sign_error *err)
{
	uint8_t     digest[EVP_MAX_MD_SIZE];
	unsigned    len = 0;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool        done = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(ctx, crl->issuer_der.data, crl->issuer_der.len) == 1 &&
	    EVP_DigestUpdate(ctx, crl->aki.data, crl->aki.len) == 1 &&
	    EVP_DigestUpdate(ctx, crl->idp_der.data, crl->idp_der.len) == 1 && EVP_DigestFinal_ex(ctx, digest, &len) == 1;

	EVP_MD_CTX_free(ctx);
	if (!done)
		return ks_fail_at(err, SIGN_E_CRYPTO, crl->issuer_text, "name the CRL");
	memcpy(tag, digest, 4);
	return SIGN_OK;
}

/* The common name of an RFC 4514 text, or all of it: good enough for a file name. malloc'ed. */
static char *
short_name(const char *text)
{
	const char *cn = strstr(text, "CN=");
	size_t      len = 0;

	if (cn == NULL)
		return strdup(text);
	for (cn += 3; cn[len] != '\0' && cn[len] != ','; len++)
		if (cn[len] == '\\' && cn[len + 1] != '\0')
			len++;
	return strndup(cn, len);
}

static sign_code
choose_path(const ks_store_adding *a, ks_store_item *item, sign_error *err)
{
	const char *part = item->cert == NULL ? "crls/" : item->anchor ? "anchors/" : "";
	KS_AUTO(ks_auto_mem) char *name = NULL;
	uint8_t tag[4];
	char    slug[KS_STORE_SLUG];

	if (item->cert != NULL)
		memcpy(tag, item->cert->sha256, sizeof(tag));
	else
		KS_TRY(crl_tag(item->crl, tag, err));
	name = item->cert != NULL ? strdup(item->cert->subject_cn) : short_name(item->crl->issuer_text);
	if (name == NULL)
		return ks_fail_memory(err);
	ks_store_slug(name, tag, slug);
	if (asprintf(&item->path, "%s/%s%s%s", a->folder, part, slug, item->cert != NULL ? ".pem" : ".crl") < 0) {
		item->path = NULL;
		return ks_fail_memory(err);
	}
	return SIGN_OK;
}

static sign_code
pem_of(const ks_cert *cert, ks_buf *text, sign_error *err)
{
	BIO      *out = BIO_new(BIO_s_mem());
	char     *data = NULL;
	long      len = 0;
	sign_code rc;

	if (out != NULL && PEM_write_bio_X509(out, cert->x509) == 1 && (len = BIO_get_mem_data(out, &data)) > 0)
		rc = ks_buf_add(text, data, (size_t)len, err);
	else
		rc = ks_fail_at(err, SIGN_E_CRYPTO, cert->subject_cn, "write PEM");
	BIO_free(out);
	return rc;
}

/* A folder of the store that others can write would let them choose whom to trust; made ones are 0755 at any umask. */
static sign_code
make_folder(const char *folder, const char *part, sign_error *err)
{
	KS_AUTO(ks_auto_mem) char *path = NULL;
	struct stat st;

	KS_TRY(ks_pki_join(folder, part, &path, err));
	if (lstat(path, &st) == 0) {
		/* A linked part is not walked when the store is read: what went there would be kept and never found. */
		if (S_ISLNK(st.st_mode))
			return ks_fail_why(err, SIGN_E_TRUST, path, NULL, "a symbolic link in place of a folder");
		return S_ISDIR(st.st_mode) ? SIGN_OK : ks_fail(err, SIGN_E_EXISTS, path);
	}
	KS_TRY(ks_folder_make(path, err));
	if (chmod(path, 0755) != 0)
		return ks_fail_errno(err, SIGN_E_WRITE, path);
	return SIGN_OK;
}

static sign_code
prepare_item(const ks_store_item *item, void *block, ks_output **out, sign_error *err)
{
	KS_AUTO(ks_buf_clear) ks_buf text = KS_BUF((size_t)1 << 20);
	sign_bytes bytes;

	if (item->cert != NULL) {
		KS_TRY(pem_of(item->cert, &text, err));
		bytes = ks_buf_bytes(&text);
	} else {
		bytes = KS_BYTES(item->crl->der, item->crl->len);
	}
	KS_TRY(ks_output_open(item->path, item->replace ? KS_OUTPUT_FORCE : 0, block, KS_BLOCK_BYTES, out, err));
	KS_TRY(ks_output_write(*out, bytes.data, bytes.len, err));
	return ks_output_prepare(*out, err);
}

/* Everything is written before anything is published: a full disk leaves the store as it was. */
static sign_code
write_items(const ks_store_adding *a, ks_output **outs, size_t *prepared, sign_error *err)
{
	KS_AUTO(ks_auto_mem) void *block = malloc(KS_BLOCK_BYTES);

	if (block == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < a->count; i++) {
		const ks_store_item *item = &a->items[i];

		if (item->already)
			continue;
		KS_TRY(make_folder(a->folder, ".", err));
		if (item->cert == NULL || item->anchor)
			KS_TRY(make_folder(a->folder, item->cert == NULL ? "crls" : "anchors", err));
		KS_TRY(prepare_item(item, block, &outs[*prepared], err));
		(*prepared)++;
	}
	return SIGN_OK;
}

/* An anchor that was an intermediate lies in one place only, so that removing it by name removes it. */
static sign_code
drop_intermediate(const ks_store_adding *a, const ks_store_item *item, sign_error *err)
{
	KS_AUTO(ks_auto_mem) char *path = NULL;

	if (item->cert == NULL || !item->anchor)
		return SIGN_OK;
	KS_TRY(ks_pki_join(a->folder, strrchr(item->path, '/') + 1, &path, err));
	if (unlink(path) != 0 && errno != ENOENT)
		return ks_fail_errno(err, SIGN_E_WRITE, path);
	return SIGN_OK;
}

/* The umask may have kept a file from the people whose documents it judges, or opened it to writing. */
static sign_code
settle_items(const ks_store_adding *a, sign_error *err)
{
	for (size_t i = 0; i < a->count; i++) {
		if (a->items[i].already)
			continue;
		if (chmod(a->items[i].path, 0644) != 0)
			return ks_fail_errno(err, SIGN_E_WRITE, a->items[i].path);
		KS_TRY(drop_intermediate(a, &a->items[i], err));
	}
	return SIGN_OK;
}

static sign_code
publish_items(const ks_store_adding *a, sign_error *err)
{
	KS_AUTO(ks_auto_mem) ks_output **outs = calloc(a->count + 1, sizeof(outs[0]));
	KS_AUTO(ks_auto_mem) sign_code *codes = calloc(a->count + 1, sizeof(codes[0]));
	KS_AUTO(ks_auto_mem) sign_error *errs = calloc(a->count + 1, sizeof(errs[0]));
	size_t    prepared = 0;
	sign_code rc;

	if (outs == NULL || codes == NULL || errs == NULL)
		return ks_fail_memory(err);
	rc = write_items(a, outs, &prepared, err);
	if (rc != SIGN_OK) {
		for (size_t i = 0; i < a->count; i++)
			ks_output_free(outs[i]);
		return rc;
	}
	rc = prepared > 0 ? ks_output_publish(outs, prepared, KS_SYNC_GROUP, codes, errs) : SIGN_OK;
	for (size_t i = 0; i < prepared && rc != SIGN_OK; i++)
		if (codes[i] != SIGN_OK) {
			if (err != NULL)
				*err = errs[i];
			return codes[i];
		}
	return rc == SIGN_OK ? settle_items(a, err) : rc;
}

static void
tell(const ks_store_adding *a)
{
	for (size_t i = 0; a->options->added != NULL && i < a->count; i++) {
		const ks_store_item *item = &a->items[i];
		sign_trust_added   added = { (const sign_cert *)(const void *)item->cert, item->path,
			item->known != NULL ? item->known->name : "", item->pretends != NULL ? item->pretends : "", item->anchor,
			item->already };

		a->options->added(a->options->added_user, &added);
	}
}

sign_code
sign_trust_store_add(const char *folder, const char *file, const sign_trust_add_options *options, sign_error *err)
{
	static const sign_trust_add_options none = SIGN_TRUST_ADD_OPTIONS_INIT;
	KS_AUTO(clear_adding) ks_store_adding a = { .folder = folder, .file = file,
		.options = options != NULL ? options : &none };

	KS_TRY(read_all(&a, err));
	KS_TRY(ks_store_vouch(&a, err));
	for (size_t i = 0; i < a.count; i++)
		KS_TRY(choose_path(&a, &a.items[i], err));
	KS_TRY(publish_items(&a, err));
	tell(&a);
	return SIGN_OK;
}
