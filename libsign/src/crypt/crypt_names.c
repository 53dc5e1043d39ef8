/*
 * The words of types.h: stable names of digests, schemes, forms, roles and verdicts. Floor: crypt. They are for machines
 * and for experts; sentences for people are made in report.
 */
#include "crypt.h"

#include <libsign/key.h>

/* Text by index; a hole or an index past the end is `otherwise`. */
static const char *
pick(const char *const names[], size_t count, size_t index, const char *otherwise)
{
	return index < count && names[index] != NULL ? names[index] : otherwise;
}

const char *
sign_digest_name(sign_digest digest)
{
	static const char *const names[SIGN_DIGEST_COUNT] = {
		[SIGN_DIGEST_MD5] = "MD5",           [SIGN_DIGEST_SHA1] = "SHA-1",
		[SIGN_DIGEST_SHA224] = "SHA-224",    [SIGN_DIGEST_SHA256] = "SHA-256",
		[SIGN_DIGEST_SHA384] = "SHA-384",    [SIGN_DIGEST_SHA512] = "SHA-512",
		[SIGN_DIGEST_SHA3_224] = "SHA3-224", [SIGN_DIGEST_SHA3_256] = "SHA3-256",
		[SIGN_DIGEST_SHA3_384] = "SHA3-384", [SIGN_DIGEST_SHA3_512] = "SHA3-512",
	};

	return pick(names, KS_COUNT(names), (size_t)digest, "?");
}

const char *
sign_scheme_name(sign_scheme scheme)
{
	static const char *const names[] = {
		[SIGN_SCHEME_RSA_PKCS1] = "RSA", [SIGN_SCHEME_RSA_PSS] = "RSA-PSS", [SIGN_SCHEME_ECDSA] = "ECDSA",
		[SIGN_SCHEME_EDDSA] = "EdDSA",   [SIGN_SCHEME_DSA] = "DSA",
	};

	return pick(names, KS_COUNT(names), (size_t)scheme, "?");
}

const char *
sign_form_name(sign_form form)
{
	static const char *const names[] = {
		[SIGN_FORM_UNKNOWN] = "unknown",
		[SIGN_FORM_ASICE_CADES] = "asice-cades",
		[SIGN_FORM_ASICS_CADES] = "asics-cades",
		[SIGN_FORM_CADES_DETACHED] = "cades-detached",
		[SIGN_FORM_CADES_ATTACHED] = "cades-attached",
		[SIGN_FORM_ASIC_UNSIGNED] = "asic-unsigned",
		[SIGN_FORM_PDF_SIGNED] = "pdf-signed",
		[SIGN_FORM_ASICE_XADES] = "asice-xades",
		[SIGN_FORM_ASICS_XADES] = "asics-xades",
		[SIGN_FORM_ASICS_TST] = "asics-timestamp",
		[SIGN_FORM_ASICE_TST] = "asice-timestamp",
		[SIGN_FORM_ASIC_ER] = "asic-evidence-record",
		[SIGN_FORM_OPENDOCUMENT_SIGNED] = "opendocument-signed",
		[SIGN_FORM_XADES] = "xades",
		[SIGN_FORM_DDOC] = "ddoc",
		[SIGN_FORM_EDXML] = "edxml",
		[SIGN_FORM_EVIDENCE_RECORD] = "evidence-record",
		[SIGN_FORM_TIMESTAMP_TOKEN] = "timestamp-token",
	};

	return pick(names, KS_COUNT(names), (size_t)form, "unknown");
}

const char *
sign_role_name(sign_role role)
{
	static const char *const names[] = {
		[SIGN_ROLE_UNKNOWN] = "unknown",   [SIGN_ROLE_PERSON] = "person", [SIGN_ROLE_AGENCY] = "agency",
		[SIGN_ROLE_APPENDIX] = "appendix", [SIGN_ROLE_COPY] = "copy",
	};

	return pick(names, KS_COUNT(names), (size_t)role, "unknown");
}

const char *
sign_verdict_name(sign_verdict verdict)
{
	static const char *const names[] = {
		[SIGN_VERDICT_NONE] = "NONE",
		[SIGN_VERDICT_PASSED] = "TOTAL-PASSED",
		[SIGN_VERDICT_INDETERMINATE] = "INDETERMINATE",
		[SIGN_VERDICT_FAILED] = "TOTAL-FAILED",
	};

	return pick(names, KS_COUNT(names), (size_t)verdict, "NONE");
}

#define SUB(name) [SIGN_SUB_##name] = #name

const char *
sign_sub_name(sign_sub sub)
{
	static const char *const names[SIGN_SUB_COUNT] = {
		SUB(FORMAT_FAILURE),
		SUB(HASH_FAILURE),
		SUB(SIG_CRYPTO_FAILURE),
		SUB(SIGNED_DATA_NOT_FOUND),
		SUB(REVOKED),
		SUB(EXPIRED),
		SUB(NOT_YET_VALID),
		SUB(NO_SIGNING_CERTIFICATE_FOUND),
		SUB(NO_CERTIFICATE_CHAIN_FOUND),
		SUB(CERTIFICATE_CHAIN_GENERAL_FAILURE),
		SUB(CHAIN_CONSTRAINTS_FAILURE),
		SUB(OUT_OF_BOUNDS_NO_POE),
		SUB(OUT_OF_BOUNDS_NOT_REVOKED),
		SUB(REVOKED_NO_POE),
		SUB(REVOKED_CA_NO_POE),
		SUB(REVOCATION_OUT_OF_BOUNDS_NO_POE),
		SUB(CRYPTO_CONSTRAINTS_FAILURE),
		SUB(CRYPTO_CONSTRAINTS_FAILURE_NO_POE),
		SUB(TRY_LATER),
		SUB(NO_POE),
		SUB(TIMESTAMP_ORDER_FAILURE),
		SUB(SIG_CONSTRAINTS_FAILURE),
		SUB(POLICY_PROCESSING_ERROR),
		SUB(POLICY_ROLE_MISSING),
	};

	return pick(names, KS_COUNT(names), (size_t)sub, "");
}

const char *
sign_pin_state_name(sign_pin_state state)
{
	static const char *const names[] = {
		[SIGN_PIN_NONE] = "none",     [SIGN_PIN_READY] = "ready",   [SIGN_PIN_LOW] = "low",
		[SIGN_PIN_FINAL] = "final-try", [SIGN_PIN_LOCKED] = "locked", [SIGN_PIN_UNSET] = "unset",
		[SIGN_PIN_EXPIRED] = "expired",
	};

	return pick(names, KS_COUNT(names), (size_t)state, "?");
}
