/*
 * Checks between a certificate and its issuer, and over a whole chain. OpenSSL judges path length, name constraints and
 * critical extensions; trust, dates and revocation are decided elsewhere. Floor: pki.
 */
#include "pki_private.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <string.h>

bool
ks_link_names(const ks_cert *cert, const ks_cert *issuer)
{
	if (ks_bytes_equal(cert->issuer_der, issuer->subject_der))
		return true;
	/* RFC 5280 7.1: PrintableString and UTF8String, case and inner blanks do not make another name. */
	return X509_NAME_cmp(X509_get_issuer_name(cert->x509), X509_get_subject_name(issuer->x509)) == 0;
}

int
ks_link_key(const ks_cert *cert, const ks_cert *issuer)
{
	if (cert->aki.len == 0 || issuer->ski.len == 0)
		return 0;
	return ks_bytes_equal(cert->aki, issuer->ski) ? 1 : -1;
}

bool
ks_link_signed(const ks_cert *cert, const ks_cert *issuer)
{
	bool holds = issuer->pkey != NULL && X509_verify(cert->x509, issuer->pkey) == 1;

	ERR_clear_error();
	return holds;
}

bool
ks_link_self_signed(const ks_cert *cert)
{
	return cert->self_issued && ks_link_signed(cert, cert);
}

const char *
ks_link_ca_fault(const ks_cert *issuer, bool anchor)
{
	/* 3: a self-signed version 1 certificate, which had no way to say that it is a CA; only an anchor may be one. */
	bool old_root = anchor && X509_check_ca(issuer->x509) == 3;

	if (!issuer->is_ca && !old_root)
		return KS_N_("an issuing certificate is not that of an authority");
	if (issuer->has_ku && (issuer->ku & KS_KU_CERT_SIGN) == 0)
		return KS_N_("an issuing certificate may not sign certificates");
	return NULL;
}

static const char *
fault_text(int code)
{
	switch (code) {
	case X509_V_ERR_PATH_LENGTH_EXCEEDED:
		return KS_N_("more authorities follow than a certificate allows (path length)");
	case X509_V_ERR_PERMITTED_VIOLATION:
	case X509_V_ERR_EXCLUDED_VIOLATION:
		return KS_N_("a name lies outside what an authority may issue (name constraints)");
	case X509_V_ERR_SUBTREE_MINMAX:
	case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
	case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
	case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
		return KS_N_("name constraints of a kind that cannot be checked");
	case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
		return KS_N_("a critical extension that is not understood");
	case X509_V_ERR_INVALID_EXTENSION:
		return KS_N_("an extension is malformed");
	default:
		return X509_verify_cert_error_string(code);
	}
}

static STACK_OF(X509) *
middle_of(ks_cert *const *chain, size_t length)
{
	STACK_OF(X509) *middle = sk_X509_new_null();

	for (size_t i = 1; middle != NULL && i + 1 < length; i++)
		if (sk_X509_push(middle, chain[i]->x509) <= 0) {
			sk_X509_free(middle);
			return NULL;
		}
	return middle;
}

static sign_code
run_check(X509_STORE *store, X509_STORE_CTX *ctx, STACK_OF(X509) *middle, ks_cert *const *chain, size_t length,
    const char **fault, sign_error *err)
{
	X509_VERIFY_PARAM *param;

	if (X509_STORE_add_cert(store, chain[length - 1]->x509) != 1 ||
	    X509_STORE_CTX_init(ctx, store, chain[0]->x509, middle) != 1)
		return ks_fail_at(err, SIGN_E_CRYPTO, chain[0]->subject, "prepare the chain check");
	param = X509_STORE_CTX_get0_param(ctx);
	/* Dates are ours to judge, at the best proven time; algorithms too (level 0). An anchor need not be self-signed. */
	if (X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN) != 1 ||
	    X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY) != 1)
		return ks_fail_at(err, SIGN_E_CRYPTO, chain[0]->subject, "prepare the chain check");
	X509_VERIFY_PARAM_set_auth_level(param, 0);
	X509_VERIFY_PARAM_set_depth(param, KS_PATH_MAX);
	if (X509_verify_cert(ctx) != 1) {
		int code = X509_STORE_CTX_get_error(ctx);

		if (code == X509_V_ERR_OUT_OF_MEM)
			return ks_fail_memory(err);
		*fault = code != X509_V_OK ? fault_text(code) : KS_N_("the chain check did not finish");
	}
	return SIGN_OK;
}

sign_code
ks_link_chain_fault(ks_cert *const *chain, size_t length, const char **fault, sign_error *err)
{
	X509_STORE     *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *middle = middle_of(chain, length);
	sign_code       rc;

	*fault = NULL;
	if (store == NULL || ctx == NULL || middle == NULL)
		rc = ks_fail_memory(err);
	else
		rc = run_check(store, ctx, middle, chain, length, fault, err);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_free(middle);
	ERR_clear_error();
	return rc;
}

bool
ks_link_impersonates(const ks_cert *cert, const ks_cert *ca)
{
	return ks_link_names(cert, ca) && memcmp(cert->sha256, ca->sha256, 32) != 0 && ks_link_key(cert, ca) >= 0 &&
	    !ks_link_signed(cert, ca);
}
