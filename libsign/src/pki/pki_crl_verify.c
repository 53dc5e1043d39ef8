/*
 * Whose list is this: the issuer's name, its right to sign lists, and the signature. Floor: pki.
 */
#include "pki_private.h"

#include <openssl/err.h>

bool
ks_crl_names(const ks_crl *crl, const ks_cert *issuer)
{
	return ks_bytes_equal(crl->issuer_der, issuer->subject_der) ||
	    X509_NAME_cmp(crl->issuer, X509_get_subject_name(issuer->x509)) == 0;
}

/* ASN1_item_verify encodes what it checks; an ANY that holds the finished bytes encodes to these very bytes. */
static bool
value_holds(const ks_crl *crl, EVP_PKEY *key)
{
	ASN1_STRING     *tbs = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
	ASN1_BIT_STRING *value = ASN1_BIT_STRING_new();
	ASN1_TYPE       *any = ASN1_TYPE_new();
	bool             holds = false;

	if (tbs != NULL && value != NULL && any != NULL && ASN1_STRING_set(tbs, crl->tbs.data, (int)crl->tbs.len) == 1 &&
	    ASN1_STRING_set(value, crl->value.data, (int)crl->value.len) == 1) {
		value->flags |= ASN1_STRING_FLAG_BITS_LEFT;
		ASN1_TYPE_set(any, V_ASN1_SEQUENCE, tbs);
		tbs = NULL;
		holds = ASN1_item_verify(ASN1_ITEM_rptr(ASN1_ANY), crl->algorithm, value, any, key) == 1;
	}
	ASN1_STRING_free(tbs);
	ASN1_BIT_STRING_free(value);
	ASN1_TYPE_free(any);
	ERR_clear_error();
	return holds;
}

const char *
ks_crl_verify(const ks_crl *crl, const ks_cert *issuer)
{
	if (crl->fault != NULL)
		return crl->fault;
	if (crl->indirect)
		return KS_N_("an indirect CRL, which speaks for other issuers");
	if (issuer->has_ku && (issuer->ku & KS_KU_CRL_SIGN) == 0)
		return KS_N_("its issuer may not sign CRLs");
	if (crl->aki.len > 0 && issuer->ski.len > 0 && !ks_bytes_equal(crl->aki, issuer->ski))
		return KS_N_("signed with another key of this issuer's name");
	if (issuer->pkey == NULL || !value_holds(crl, issuer->pkey))
		return KS_N_("its signature does not hold");
	return NULL;
}
