/*
 * All certificates of a file: PEM with many, DER, or a certs-only SignedData (.p7b). Floor: crypt. Kinds are told by their
 * bytes, never by the file's name.
 */
#include "crypt_cert_parts.h"
#include "crypt_der.h"
#include "crypt_openssl.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#define MAX_FILE_BYTES ((size_t)256 << 20)

typedef struct {
	const char *name;
	sign_code (*each)(void *user, ks_cert *cert, sign_error *);
	sign_code (*each_crl)(void *user, sign_bytes der, sign_error *);
	void  *user;
	size_t found;
} scan;

/* The file's name is what a person can act on: a certificate's own error is told under it. */
static sign_code
add_cert(scan *s, sign_bytes der, sign_error *err)
{
	KS_AUTO(ks_auto_cert) ks_cert *cert = NULL;
	sign_error why = SIGN_ERROR_INIT;

	if (ks_cert_parse(der, &cert, &why) != SIGN_OK)
		return ks_fail_from(err, why.code, why.origin, s->name, NULL, "%s", why.detail);
	s->found++;
	return s->each != NULL ? s->each(s->user, cert, err) : SIGN_OK;
}

static sign_code
add_crl(scan *s, sign_bytes der, sign_error *err)
{
	s->found++;
	return s->each_crl != NULL ? s->each_crl(s->user, der, err) : SIGN_OK;
}

static sign_code
add_bag_certs(scan *s, CMS_ContentInfo *cms, sign_error *err)
{
	STACK_OF(X509) *certs = CMS_get1_certs(cms);
	sign_code rc = SIGN_OK;

	for (int i = 0; rc == SIGN_OK && i < sk_X509_num(certs); i++) {
		uint8_t *der = NULL;
		int      len = i2d_X509(sk_X509_value(certs, i), &der);

		rc = len > 0 ? add_cert(s, KS_BYTES(der, (size_t)len), err)
		             : ks_fail_openssl(err, SIGN_E_FORMAT, s->name, "certificate");
		OPENSSL_free(der);
	}
	sk_X509_pop_free(certs, X509_free);
	return rc;
}

static sign_code
add_bag_crls(scan *s, CMS_ContentInfo *cms, sign_error *err)
{
	STACK_OF(X509_CRL) *crls = CMS_get1_crls(cms);
	sign_code rc = SIGN_OK;

	for (int i = 0; rc == SIGN_OK && i < sk_X509_CRL_num(crls); i++) {
		uint8_t *der = NULL;
		int      len = i2d_X509_CRL(sk_X509_CRL_value(crls, i), &der);

		rc = len > 0 ? add_crl(s, KS_BYTES(der, (size_t)len), err) : ks_fail_openssl(err, SIGN_E_FORMAT, s->name, "CRL");
		OPENSSL_free(der);
	}
	sk_X509_CRL_pop_free(crls, X509_CRL_free);
	return rc;
}

/* RFC 5652 5.1: SignedData used as a bag. Who signed it, if anybody, is not asked: the bag proves nothing. */
static sign_code
scan_bag(scan *s, sign_bytes bytes, sign_error *err)
{
	const uint8_t   *p = bytes.data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)bytes.len);
	sign_code        rc;

	if (cms == NULL || OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed) {
		CMS_ContentInfo_free(cms);
		return ks_fail_openssl(err, SIGN_E_FORMAT, s->name, "certificate bag");
	}
	rc = add_bag_certs(s, cms, err);
	if (rc == SIGN_OK)
		rc = add_bag_crls(s, cms, err);
	CMS_ContentInfo_free(cms);
	ks_openssl_drain();
	return rc;
}

/* OpenSSL's own "TRUSTED CERTIFICATE" has its trust settings after the certificate; ours come from elsewhere. */
static sign_code
add_trusted(scan *s, sign_bytes der, sign_error *err)
{
	ks_der first;

	if (!ks_der_take(&der, &first))
		return ks_fail_why(err, SIGN_E_FORMAT, s->name, NULL, "certificate");
	return add_cert(s, first.whole, err);
}

static sign_code
scan_block(scan *s, const char *label, sign_bytes der, sign_error *err)
{
	if (strcmp(label, PEM_STRING_X509) == 0 || strcmp(label, PEM_STRING_X509_OLD) == 0)
		return add_cert(s, der, err);
	if (strcmp(label, PEM_STRING_X509_TRUSTED) == 0)
		return add_trusted(s, der, err);
	if (strcmp(label, PEM_STRING_X509_CRL) == 0)
		return add_crl(s, der, err);
	if (strcmp(label, PEM_STRING_PKCS7) == 0 || strcmp(label, PEM_STRING_CMS) == 0)
		return scan_bag(s, der, err);
	return SIGN_OK; /* keys, parameters: others' business */
}

static sign_code
scan_pem(scan *s, sign_bytes file, sign_error *err)
{
	KS_AUTO(ks_auto_bio) BIO *bio = BIO_new_mem_buf(file.data, (int)file.len);
	sign_code rc = SIGN_OK;

	if (bio == NULL)
		return ks_fail_memory(err);
	while (rc == SIGN_OK) {
		char    *label = NULL, *header = NULL;
		uint8_t *der = NULL;
		long     len = 0;

		/* Blocks that may be private keys pass through here: the secure heap, where there is one. */
		if (PEM_read_bio_ex(bio, &label, &header, &der, &len, PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE) != 1)
			break;
		rc = scan_block(s, label, KS_BYTES(der, (size_t)len), err);
		OPENSSL_secure_free(label);
		OPENSSL_secure_free(header);
		OPENSSL_secure_clear_free(der, (size_t)len);
	}
	if (rc == SIGN_OK && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return ks_fail_openssl(err, SIGN_E_FORMAT, s->name, "PEM");
	ks_openssl_drain();
	return rc;
}

static sign_code
scan_der(scan *s, sign_bytes file, sign_error *err)
{
	sign_bytes rest = file;
	ks_der     outer, first;

	/* A bag begins with its type, and may be BER with an indefinite length. */
	if (file.len > 2 && file.data[0] == 0x30 && file.data[1] == 0x80)
		return scan_bag(s, file, err);
	if (!ks_der_take_tag(&rest, 0x30, &outer))
		return ks_fail_why(err, SIGN_E_FORMAT, s->name, NULL, "neither PEM nor DER");
	if (ks_der_peek(outer.content) == 0x06)
		return scan_bag(s, file, err);
	rest = outer.content;
	if (!ks_der_take_tag(&rest, 0x30, &first))
		return ks_fail_why(err, SIGN_E_FORMAT, s->name, NULL, "no certificate");
	/* RFC 5280 5.1: in a list, thisUpdate follows algorithm and issuer; in a certificate these are never followed by a
	 * bare time, as the validity is a sequence. */
	rest = first.content;
	if (ks_der_peek(rest) == 0x02 && !ks_der_take(&rest, &first))
		return ks_fail_why(err, SIGN_E_FORMAT, s->name, NULL, "no certificate");
	if (ks_der_skip(&rest, 0x30, 2) && (ks_der_peek(rest) == 0x17 || ks_der_peek(rest) == 0x18))
		return add_crl(s, file, err);
	return add_cert(s, file, err);
}

sign_code
ks_cert_scan(sign_bytes file, const char *name, sign_code (*each)(void *user, ks_cert *cert, sign_error *),
    sign_code (*each_crl)(void *user, sign_bytes der, sign_error *), void *user, size_t *found, sign_error *err)
{
	scan s = { name, each, each_crl, user, 0 };

	*found = 0;
	if (file.len > MAX_FILE_BYTES)
		return ks_fail_why(err, SIGN_E_LIMIT, name, NULL, "%zu bytes", file.len);
	/* A byte order mark before the first line would hide it. */
	if (file.len >= 3 && memcmp(file.data, "\xEF\xBB\xBF", 3) == 0)
		file = KS_BYTES(file.data + 3, file.len - 3);
	if (file.len > 0 && memmem(file.data, file.len, "-----BEGIN ", 11) != NULL)
		KS_TRY(scan_pem(&s, file, err));
	else
		KS_TRY(scan_der(&s, file, err));
	*found = s.found;
	return SIGN_OK;
}

sign_code
ks_cert_read_all(sign_bytes file, const char *name, sign_code (*each)(void *user, ks_cert *cert, sign_error *),
    sign_code (*each_crl)(void *user, sign_bytes der, sign_error *), void *user, sign_error *err)
{
	size_t found;

	KS_TRY(ks_cert_scan(file, name, each, each_crl, user, &found, err));
	if (found == 0)
		return ks_fail_why(err, SIGN_E_FORMAT, name, NULL, "no certificate");
	return SIGN_OK;
}
