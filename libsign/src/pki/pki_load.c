/*
 * Filling the trust set from files and folders: PEM, DER, p7b and CRLs. What cannot be read is an error. Floor: pki.
 */
#include "pki_private.h"

#include "base_file.h"

#include <errno.h>
#include <sys/stat.h>

struct reading {
	const char    *path;
	ks_pki_cert_fn each;
	ks_pki_crl_fn  each_crl;
	void          *user;
	size_t         found;
};

static sign_code
got_cert(void *user, ks_cert *cert, sign_error *err)
{
	struct reading *r = user;

	r->found++;
	if (r->each == NULL)
		return ks_fail_why(err, SIGN_E_NOT_CERT, r->path, NULL, "a certificate where only CRLs are expected");
	return r->each(r->user, cert, err);
}

static sign_code
got_crl(void *user, sign_bytes der, sign_error *err)
{
	struct reading *r = user;

	r->found++;
	if (r->each_crl == NULL)
		return ks_fail_why(err, SIGN_E_NOT_CERT, r->path, NULL, "a CRL where only certificates are expected");
	return r->each_crl(r->user, der, err);
}

sign_code
ks_pki_read_file(const char *path, ks_pki_cert_fn each, ks_pki_crl_fn each_crl, void *user, sign_error *err)
{
	KS_AUTO(ks_buf_clear) ks_buf file = KS_BUF(KS_TRUST_FILE_BYTES);
	struct reading r = { path, each, each_crl, user, 0 };
	sign_code      code;

	KS_TRY(ks_file_slurp(path, KS_TRUST_FILE_BYTES, &file, err));
	if (ks_crl_looks_like(ks_buf_bytes(&file)))
		code = got_crl(&r, ks_buf_bytes(&file), err);
	else
		code = ks_cert_read_all(ks_buf_bytes(&file), path, got_cert, got_crl, &r, err);
	if (code == SIGN_OK && r.found == 0)
		return ks_fail_why(err, SIGN_E_NOT_CERT, path, NULL, "holds no certificate and no CRL");
	if (code != SIGN_E_FORMAT)
		return code;
	if (err != NULL) /* no document of a sender's: what was named for trust is something else, or damaged */
		err->code = SIGN_E_NOT_CERT;
	return SIGN_E_NOT_CERT;
}

struct loading {
	ks_trust   *trust;
	const char *file;
	bool        anchors;   /* the file lies beneath a folder named anchors */
	bool        crls_only;
};

static sign_code
load_cert(void *user, ks_cert *cert, sign_error *err)
{
	struct loading *l = user;

	return ks_trust_add_cert_from(l->trust, cert, l->anchors || ks_link_self_signed(cert), l->file, err);
}

static sign_code
load_crl(void *user, sign_bytes der, sign_error *err)
{
	struct loading *l = user;

	return ks_trust_add_crl(l->trust, der, l->file, err);
}

static sign_code
load_file(struct loading *l, const char *path, sign_error *err)
{
	l->file = path;
	return ks_pki_read_file(path, l->crls_only ? NULL : load_cert, load_crl, l, err);
}

static sign_code
load_entry(void *user, const ks_folder_entry *entry, bool anchors, sign_error *err)
{
	struct loading *l = user;

	l->anchors = anchors;
	return load_file(l, entry->path, err);
}

static sign_code
load_path(struct loading *l, const char *path, sign_error *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return ks_fail_errno(err, SIGN_E_READ, path);
	if (!S_ISDIR(st.st_mode))
		return load_file(l, path, err);
	return ks_pki_each_file(path, load_entry, l, err);
}

sign_code
ks_trust_add_path(ks_trust *trust, const char *path, sign_error *err)
{
	struct loading l = { trust, path, false, false };

	return load_path(&l, path, err);
}

sign_code
ks_trust_add_crl_path(ks_trust *trust, const char *path, sign_error *err)
{
	struct loading l = { trust, path, false, true };

	return load_path(&l, path, err);
}
