/*
 * A certificate parsed once into plain facts (RFC 5280). Floor: crypt. What the facts mean for trust is pki's business;
 * here only what cannot be a certificate, or whose key is dangerous to touch, is refused.
 */
#include "crypt_cert.h"
#include "base_text.h"
#include "crypt_cert_parts.h"
#include "crypt_der.h"
#include "crypt_openssl.h"

#include <libsign/key.h>

#include <openssl/core_names.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#define MAX_CERT_BYTES ((size_t)64 * 1024)

/* RFC 5280 4.1: where serial, issuer and subject lie in the certificate's own bytes. */
static bool
find_slices(ks_cert *cert)
{
	sign_bytes rest = cert->der, body;
	ks_der     outer, tbs, part;

	if (!ks_der_take_tag(&rest, 0x30, &outer) || rest.len != 0)
		return false;
	rest = outer.content;
	if (!ks_der_take_tag(&rest, 0x30, &tbs))
		return false;
	body = tbs.content;
	ks_der_take_tag(&body, 0xa0, &part); /* version, absent in v1 */
	if (!ks_der_take_tag(&body, 0x02, &part))
		return false;
	cert->serial_der = part.content;
	if (!ks_der_skip(&body, 0x30, 1) || !ks_der_take_tag(&body, 0x30, &part)) /* after the algorithm */
		return false;
	cert->issuer_der = part.whole;
	if (!ks_der_skip(&body, 0x30, 1) || !ks_der_take_tag(&body, 0x30, &part)) /* after the validity */
		return false;
	cert->subject_der = part.whole;
	return cert->serial_der.len > 0;
}

static bool
read_serial(ks_cert *cert)
{
	sign_bytes bytes = cert->serial_der;

	while (bytes.len > 1 && bytes.data[0] == 0)
		bytes = KS_BYTES(bytes.data + 1, bytes.len - 1);
	cert->serial_hex = ks_arena_alloc(cert->arena, 2 * bytes.len + 1);
	if (cert->serial_hex != NULL)
		ks_hex(bytes, cert->serial_hex, 2 * bytes.len + 1);
	return cert->serial_hex != NULL;
}

static bool
read_time(const ASN1_TIME *time, time_t *out)
{
	struct tm tm;

	if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1)
		return false;
	*out = timegm(&tm);
	return true;
}

/* Which digest and scheme signed this certificate; unknown ones stay NONE and no policy accepts them. */
static void
read_signature_algorithm(ks_cert *cert)
{
	int md = NID_undef, pk = NID_undef;

	if (X509_get_signature_info(cert->x509, &md, &pk, NULL, NULL) != 1)
		ks_openssl_drain();
	cert->sig_digest = ks_digest_from_nid(md);
	switch (pk) {
	case NID_rsaEncryption:          cert->sig_scheme = SIGN_SCHEME_RSA_PKCS1; break;
	case NID_rsassaPss:              cert->sig_scheme = SIGN_SCHEME_RSA_PSS; break;
	case NID_X9_62_id_ecPublicKey:   cert->sig_scheme = SIGN_SCHEME_ECDSA; break;
	case NID_ED25519: case NID_ED448: cert->sig_scheme = SIGN_SCHEME_EDDSA; break;
	case NID_dsa:                    cert->sig_scheme = SIGN_SCHEME_DSA; break;
	default:                         cert->sig_scheme = SIGN_SCHEME_NONE;
	}
}

/* RFC 5480 2.1.1: the curve is named; explicit parameters are how CVE-2022-0778 came in, so they are refused by sight. */
static bool
has_explicit_curve(const X509 *x509)
{
	X509_ALGOR       *alg = NULL;
	const ASN1_OBJECT *oid = NULL;
	int               type = V_ASN1_UNDEF;

	if (X509_PUBKEY_get0_param(NULL, NULL, NULL, &alg, X509_get_X509_PUBKEY(x509)) != 1)
		return false;
	X509_ALGOR_get0(&oid, &type, NULL, alg);
	return OBJ_obj2nid(oid) == NID_X9_62_id_ecPublicKey && type != V_ASN1_OBJECT;
}

static sign_code
read_key(ks_cert *cert, sign_error *err)
{
	char curve[KS_CURVE_TEXT];

	if (has_explicit_curve(cert->x509))
		return ks_fail_why(err, SIGN_E_FORMAT, cert->subject, NULL, "explicit curve parameters");
	cert->pkey = X509_get0_pubkey(cert->x509);
	if (cert->pkey == NULL && ks_openssl_drain())
		return ks_fail_memory(err);
	if (cert->pkey != NULL)
		KS_TRY(ks_pkey_describe(cert->pkey, cert->subject, &cert->key_type, &cert->key_bits, curve, err));
	else
		curve[0] = '\0';
	cert->curve = ks_arena_strdup(cert->arena, curve);
	if (cert->key_type == KS_KEY_EC)
		cert->key_text = ks_arena_printf(cert->arena, "EC %s", curve);
	else
		cert->key_text = ks_arena_strdup(cert->arena, ks_key_type_name(cert->key_type));
	if (cert->key_type == KS_KEY_RSA || cert->key_type == KS_KEY_RSA_PSS || cert->key_type == KS_KEY_DSA)
		cert->key_text = ks_arena_printf(cert->arena, "%s %u", ks_key_type_name(cert->key_type), cert->key_bits);
	return cert->curve == NULL || cert->key_text == NULL ? ks_fail_memory(err) : SIGN_OK;
}

static sign_code
fill(ks_cert *cert, sign_error *err)
{
	const uint8_t *p = cert->der.data;
	X509          *x509;

	cert->x509 = x509 = d2i_X509(NULL, &p, (long)cert->der.len);
	if (x509 == NULL)
		return ks_fail_openssl(err, SIGN_E_FORMAT, "certificate", "certificate");
	if (p != cert->der.data + cert->der.len || !find_slices(cert))
		return ks_fail_why(err, SIGN_E_FORMAT, "certificate", NULL, "bytes after or between its parts");
	if (SHA256(cert->der.data, cert->der.len, cert->sha256) == NULL) /* fetches, and so may want memory */
		return ks_fail_openssl(err, SIGN_E_CRYPTO, "certificate", "digest");
	ks_hex(KS_BYTES(cert->sha256, sizeof(cert->sha256)), cert->fingerprint, sizeof(cert->fingerprint));
	KS_TRY(ks_cert_read_names(cert, err));
	if (!read_time(X509_get0_notBefore(x509), &cert->not_before) ||
	    !read_time(X509_get0_notAfter(x509), &cert->not_after))
		return ks_fail_openssl(err, SIGN_E_FORMAT, cert->subject, "validity");
	if (!read_serial(cert))
		return ks_fail_memory(err);
	KS_TRY(read_key(cert, err));
	KS_TRY(ks_cert_read_extensions(cert, err));
	read_signature_algorithm(cert);
	ks_openssl_drain();
	return SIGN_OK;
}

sign_code
ks_cert_parse(sign_bytes der, ks_cert **out, sign_error *err)
{
	if (der.len > MAX_CERT_BYTES)
		return ks_fail_why(err, SIGN_E_LIMIT, "certificate", NULL, "%zu bytes", der.len);
	if (der.len == 0)
		return ks_fail_why(err, SIGN_E_FORMAT, "certificate", NULL, "empty");
	KS_AUTO(ks_auto_cert) ks_cert *cert = calloc(1, sizeof(*cert));
	if (cert == NULL)
		return ks_fail_memory(err);
	cert->refs = 1;
	cert->path_len = -1;
	cert->arena = ks_arena_new();
	if (cert->arena == NULL)
		return ks_fail_memory(err);
	cert->der = ks_arena_copy(cert->arena, der);
	if (cert->der.data == NULL)
		return ks_fail_memory(err);
	KS_TRY(fill(cert, err));
	*out = KS_MOVE(cert);
	return SIGN_OK;
}

ks_cert *
ks_cert_ref(ks_cert *cert)
{
	__atomic_add_fetch(&cert->refs, 1, __ATOMIC_RELAXED);
	return cert;
}

void
ks_cert_free(ks_cert *cert)
{
	if (cert == NULL || __atomic_sub_fetch(&cert->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	X509_free(cert->x509);
	ks_arena_free(cert->arena);
	free(cert);
}

/* ---- the public view: sign_cert is a name for ks_cert that cannot be looked into ---- */

static const ks_cert *
inside(const sign_cert *cert)
{
	return (const ks_cert *)cert;
}

const char *
sign_cert_subject(const sign_cert *cert)
{
	return inside(cert)->subject;
}

const char *
sign_cert_name(const sign_cert *cert)
{
	return inside(cert)->subject_cn;
}

const char *
sign_cert_organisation(const sign_cert *cert)
{
	return inside(cert)->subject_o;
}

const char *
sign_cert_issuer(const sign_cert *cert)
{
	return inside(cert)->issuer;
}

const char *
sign_cert_issuer_name(const sign_cert *cert)
{
	return inside(cert)->issuer_cn[0] != '\0' ? inside(cert)->issuer_cn : inside(cert)->issuer;
}

const char *
sign_cert_serial(const sign_cert *cert)
{
	return inside(cert)->serial_hex;
}

const char *
sign_cert_key(const sign_cert *cert)
{
	return inside(cert)->key_text;
}

time_t
sign_cert_not_before(const sign_cert *cert)
{
	return inside(cert)->not_before;
}

time_t
sign_cert_not_after(const sign_cert *cert)
{
	return inside(cert)->not_after;
}

const char *
sign_cert_fingerprint(const sign_cert *cert)
{
	return inside(cert)->fingerprint;
}

sign_bytes
sign_cert_der(const sign_cert *cert)
{
	return inside(cert)->der;
}

bool
sign_cert_is_ca(const sign_cert *cert)
{
	return inside(cert)->is_ca;
}
