/*
 * The public parts of a token's private key, and comparing them with a certificate. Floor: crypt. A private RSA
 * object shows its modulus; an EC one shows nothing, but its public object (same CKA_ID) shows the point.
 */
#include "crypt_p11_match.h"
#include "crypt_der.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <string.h>

/* ---- reading ---- */

/* PKCS#11 2.40 2.3.3: CKA_EC_POINT is an OCTET STRING around the point; some tokens give the point itself. */
static void
unwrap_point(ks_buf *point)
{
	sign_bytes rest = ks_buf_bytes(point);
	ks_der     octets;

	if (point->len > 2 && ks_der_take_tag(&rest, 0x04, &octets) && rest.len == 0 && octets.content.len > 0) {
		memmove(point->data, octets.content.data, octets.content.len);
		point->len = octets.content.len;
	}
}

static void
read_point(const ks_p11_token *token, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, ks_p11_public *public)
{
	KS_AUTO(ks_buf_clear) ks_buf id = KS_BUF(0);
	CK_OBJECT_CLASS  class = CKO_PUBLIC_KEY;
	CK_ATTRIBUTE     match[2] = { { CKA_CLASS, &class, sizeof(class) } };
	CK_OBJECT_HANDLE found[KS_P11_MAX_OBJECTS];
	size_t           count = 0;

	if (!ks_p11_bytes(token, session, object, CKA_ID, &id))
		return;
	match[1] = (CK_ATTRIBUTE){ CKA_ID, id.data, id.len };
	if (ks_p11_find(token, session, match, KS_COUNT(match), found, &count, NULL) != SIGN_OK || count != 1)
		return;
	if (ks_p11_bytes(token, session, found[0], CKA_EC_POINT, &public->point))
		unwrap_point(&public->point);
}

void
ks_p11_public_read(const ks_p11_token *token, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, ks_p11_public *public)
{
	CK_ATTRIBUTE type = { CKA_KEY_TYPE, &public->type, sizeof(public->type) };

	if (token->f->C_GetAttributeValue(session, object, &type, 1) != CKR_OK)
		public->type = CKK_VENDOR_DEFINED;
	if (public->type == CKK_RSA)
		ks_p11_bytes(token, session, object, CKA_MODULUS, &public->modulus);
	else if (public->type == CKK_EC)
		read_point(token, session, object, public);
}

void
ks_p11_public_clear(ks_p11_public *public)
{
	ks_buf_clear(&public->modulus);
	ks_buf_clear(&public->point);
}

/* ---- comparing ---- */

static ks_p11_match
match_modulus(const ks_p11_public *public, const ks_cert *cert)
{
	BIGNUM *of_cert = NULL;
	BIGNUM *of_token = BN_bin2bn(public->modulus.data, (int)public->modulus.len, NULL);
	bool    same = of_token != NULL && EVP_PKEY_get_bn_param(cert->pkey, OSSL_PKEY_PARAM_RSA_N, &of_cert) == 1 &&
	    BN_cmp(of_cert, of_token) == 0;

	BN_free(of_cert);
	BN_free(of_token);
	return same ? KS_P11_BELONGS : KS_P11_DIFFERS;
}

static ks_p11_match
match_point(const ks_p11_public *public, const ks_cert *cert)
{
	unsigned char *encoded = NULL;
	size_t         len = EVP_PKEY_get1_encoded_public_key(cert->pkey, &encoded);
	ks_p11_match   match = KS_P11_POSSIBLE; /* one of them may be compressed */

	if (len > 0 && len == public->point.len)
		match = memcmp(encoded, public->point.data, len) == 0 ? KS_P11_BELONGS : KS_P11_DIFFERS;
	OPENSSL_free(encoded);
	return match;
}

ks_p11_match
ks_p11_match_key(const ks_p11_public *public, const ks_cert *cert)
{
	bool rsa = cert->key_type == KS_KEY_RSA || cert->key_type == KS_KEY_RSA_PSS;
	bool ec = cert->key_type == KS_KEY_EC;

	if (cert->pkey == NULL || (public->type == CKK_RSA && !rsa) || (public->type == CKK_EC && !ec))
		return KS_P11_DIFFERS;
	if (public->modulus.len > 0)
		return match_modulus(public, cert);
	return public->point.len > 0 ? match_point(public, cert) : KS_P11_POSSIBLE;
}
