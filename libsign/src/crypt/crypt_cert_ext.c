/*
 * Extensions of a certificate (RFC 5280 4.2) as plain facts. Floor: crypt. A broken extension does not hide the
 * certificate, so that people can be told whose it is; it is marked, and pki refuses paths through it.
 */
#include "crypt_cert_parts.h"
#include "crypt_openssl.h"

#include <string.h>

#define MAX_URLS 16
#define MAX_EKUS 64

KS_AUTO_DEFINE(auto_eku, EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free)

static void
read_key_usage(ks_cert *cert)
{
	static const struct {
		uint32_t theirs;
		unsigned ours;
	} bits[] = {
		{ KU_DIGITAL_SIGNATURE, KS_KU_DIGITAL_SIGNATURE },
		{ KU_NON_REPUDIATION, KS_KU_NON_REPUDIATION },
		{ KU_KEY_ENCIPHERMENT, KS_KU_KEY_ENCIPHERMENT },
		{ KU_DATA_ENCIPHERMENT, KS_KU_DATA_ENCIPHERMENT },
		{ KU_KEY_AGREEMENT, KS_KU_KEY_AGREEMENT },
		{ KU_KEY_CERT_SIGN, KS_KU_CERT_SIGN },
		{ KU_CRL_SIGN, KS_KU_CRL_SIGN },
	};
	uint32_t usage = X509_get_key_usage(cert->x509);

	/* Without the extension OpenSSL answers "everything": all bits set. */
	cert->has_ku = usage != UINT32_MAX;
	for (size_t i = 0; cert->has_ku && i < KS_COUNT(bits); i++)
		if ((usage & bits[i].theirs) != 0)
			cert->ku |= bits[i].ours;
}

static sign_code
read_extended_usage(ks_cert *cert, sign_error *err)
{
	int critical = -1, count;
	KS_AUTO(auto_eku) EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(cert->x509, NID_ext_key_usage, &critical, NULL);

	cert->has_eku = critical != -1;
	cert->eku_critical = critical == 1;
	if (usages == NULL) {
		cert->extensions_broken = cert->extensions_broken || cert->has_eku;
		return SIGN_OK;
	}
	count = sk_ASN1_OBJECT_num(usages);
	if (count > MAX_EKUS)
		return ks_fail_why(err, SIGN_E_LIMIT, cert->subject, NULL, "%d extended key usages", count);
	cert->eku = ks_arena_alloc(cert->arena, (size_t)(count + 1) * sizeof(char *));
	if (cert->eku == NULL)
		return ks_fail_memory(err);
	for (int i = 0; i < count; i++) {
		char dotted[128];

		/* An OID longer than any in use is shown cut; it then equals none we know. */
		OBJ_obj2txt(dotted, sizeof(dotted), sk_ASN1_OBJECT_value(usages, i), 1);
		if ((cert->eku[i] = ks_arena_strdup(cert->arena, dotted)) == NULL)
			return ks_fail_memory(err);
	}
	return SIGN_OK;
}

/* Append a URI to a NULL-terminated list; other kinds of names, NULs inside and more than MAX_URLS are passed over. */
static sign_code
add_url(ks_cert *cert, char ***list, const GENERAL_NAME *name, sign_error *err)
{
	const ASN1_STRING *uri;
	size_t             count = 0, len;

	if (name == NULL || name->type != GEN_URI)
		return SIGN_OK;
	uri = name->d.uniformResourceIdentifier;
	len = (size_t)ASN1_STRING_length(uri);
	if (len == 0 || memchr(ASN1_STRING_get0_data(uri), '\0', len) != NULL)
		return SIGN_OK;
	if (*list == NULL && (*list = ks_arena_alloc(cert->arena, (MAX_URLS + 1) * sizeof(char *))) == NULL)
		return ks_fail_memory(err);
	while ((*list)[count] != NULL)
		count++;
	if (count == MAX_URLS)
		return SIGN_OK;
	(*list)[count] = ks_arena_strndup(cert->arena, (const char *)ASN1_STRING_get0_data(uri), len);
	return (*list)[count] != NULL ? SIGN_OK : ks_fail_memory(err);
}

/* RFC 5280 4.2.1.13 */
static sign_code
read_crl_urls(ks_cert *cert, sign_error *err)
{
	CRL_DIST_POINTS *points = X509_get_ext_d2i(cert->x509, NID_crl_distribution_points, NULL, NULL);
	sign_code        rc = SIGN_OK;

	for (int i = 0; rc == SIGN_OK && i < sk_DIST_POINT_num(points); i++) {
		const DIST_POINT *point = sk_DIST_POINT_value(points, i);

		if (point->distpoint == NULL || point->distpoint->type != 0)
			continue;
		for (int n = 0; rc == SIGN_OK && n < sk_GENERAL_NAME_num(point->distpoint->name.fullname); n++)
			rc = add_url(cert, &cert->crl_urls, sk_GENERAL_NAME_value(point->distpoint->name.fullname, n), err);
	}
	CRL_DIST_POINTS_free(points);
	return rc;
}

/* RFC 5280 4.2.2.1 */
static sign_code
read_authority_urls(ks_cert *cert, sign_error *err)
{
	AUTHORITY_INFO_ACCESS *accesses = X509_get_ext_d2i(cert->x509, NID_info_access, NULL, NULL);
	sign_code              rc = SIGN_OK;

	for (int i = 0; rc == SIGN_OK && i < sk_ACCESS_DESCRIPTION_num(accesses); i++) {
		const ACCESS_DESCRIPTION *access = sk_ACCESS_DESCRIPTION_value(accesses, i);
		int                       method = OBJ_obj2nid(access->method);

		if (method == NID_ad_OCSP)
			rc = add_url(cert, &cert->ocsp_urls, access->location, err);
		else if (method == NID_ad_ca_issuers)
			rc = add_url(cert, &cert->ca_issuer_urls, access->location, err);
	}
	AUTHORITY_INFO_ACCESS_free(accesses);
	return rc;
}

static sign_bytes
octets(const ASN1_OCTET_STRING *string)
{
	if (string == NULL)
		return KS_BYTES(NULL, 0);
	return KS_BYTES(ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string));
}

sign_code
ks_cert_read_extensions(ks_cert *cert, sign_error *err)
{
	uint32_t flags = X509_get_extension_flags(cert->x509); /* decodes them all, once, before the object is shared */

	cert->extensions_broken = (flags & EXFLAG_INVALID) != 0;
	read_key_usage(cert);
	cert->is_ca = (flags & EXFLAG_BCONS) != 0 && (flags & EXFLAG_CA) != 0;
	if (cert->is_ca) {
		long len = X509_get_pathlen(cert->x509);

		cert->path_len = len < 0 ? -1 : len > INT16_MAX ? INT16_MAX : (int)len;
	}
	cert->ski = octets(X509_get0_subject_key_id(cert->x509));
	cert->aki = octets(X509_get0_authority_key_id(cert->x509));
	KS_TRY(read_extended_usage(cert, err));
	KS_TRY(read_crl_urls(cert, err));
	KS_TRY(read_authority_urls(cert, err));
	cert->unknown_critical = (flags & EXFLAG_CRITICAL) != 0 || cert->extensions_broken;
	return SIGN_OK;
}
