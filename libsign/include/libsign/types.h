/** @file
 * The small vocabulary that every other header speaks: bytes, digests, times and the export marks.
 */
#ifndef LIBSIGN_TYPES_H
#define LIBSIGN_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
#define SIGN_BEGIN_DECLS extern "C" {
#define SIGN_END_DECLS   }
#else
#define SIGN_BEGIN_DECLS
#define SIGN_END_DECLS
#endif

#define SIGN_API        __attribute__((visibility("default")))
#define SIGN_MUST_CHECK __attribute__((warn_unused_result))

SIGN_BEGIN_DECLS

/** A borrowed run of bytes; `data` may be NULL only when `len` is 0. */
typedef struct {
	const uint8_t *data;
	size_t         len;
} sign_bytes;

/** Digest algorithms. Which of them a policy accepts, and until when, is data (algorithms.json). */
typedef enum {
	SIGN_DIGEST_NONE = 0,
	SIGN_DIGEST_MD5,
	SIGN_DIGEST_SHA1,
	SIGN_DIGEST_SHA224,
	SIGN_DIGEST_SHA256,
	SIGN_DIGEST_SHA384,
	SIGN_DIGEST_SHA512,
	SIGN_DIGEST_SHA3_224,
	SIGN_DIGEST_SHA3_256,
	SIGN_DIGEST_SHA3_384,
	SIGN_DIGEST_SHA3_512,
	SIGN_DIGEST_COUNT
} sign_digest;

#define SIGN_DIGEST_MAX_BYTES 64

/** How a signature value is made from a digest. */
typedef enum {
	SIGN_SCHEME_NONE = 0, /**< when signing: choose by key (RSA: PKCS#1 v1.5; EC: ECDSA) */
	SIGN_SCHEME_RSA_PKCS1,
	SIGN_SCHEME_RSA_PSS,
	SIGN_SCHEME_ECDSA,
	SIGN_SCHEME_EDDSA, /**< verified only */
	SIGN_SCHEME_DSA,   /**< verified only */
} sign_scheme;

/** The forms a file can have. Forms after SIGN_FORM_LAST_READ are recognised and named, but not examined. */
typedef enum {
	SIGN_FORM_UNKNOWN = 0, /**< an ordinary document that carries no signature we know of */
	SIGN_FORM_ASICE_CADES, /**< ASiC-E with CAdES (EN 319 162-1) */
	SIGN_FORM_ASICS_CADES, /**< ASiC-S with CAdES */
	SIGN_FORM_CADES_DETACHED, /**< bare detached CMS, .p7s */
	SIGN_FORM_CADES_ATTACHED, /**< CMS with its content inside, .p7m */
	SIGN_FORM_ASIC_UNSIGNED,  /**< an ASiC container, or another ZIP, without any signature */
	SIGN_FORM_LAST_READ = SIGN_FORM_ASIC_UNSIGNED,
	SIGN_FORM_PDF_SIGNED,   /**< a PDF that carries a signature */
	SIGN_FORM_ASICE_XADES,
	SIGN_FORM_ASICS_XADES,
	SIGN_FORM_ASICS_TST,    /**< ASiC-S with time-stamp tokens only */
	SIGN_FORM_ASICE_TST,    /**< ASiC-E with time-stamp tokens only */
	SIGN_FORM_ASIC_ER,      /**< a container with evidence records only */
	SIGN_FORM_OPENDOCUMENT_SIGNED,
	SIGN_FORM_XADES,        /**< bare XML signature */
	SIGN_FORM_DDOC,
	SIGN_FORM_EDXML,
	SIGN_FORM_EVIDENCE_RECORD,
	SIGN_FORM_TIMESTAMP_TOKEN,
} sign_form;

/** The role in which a signature is made or was found to be made (Decree 30/2020). */
typedef enum {
	SIGN_ROLE_UNKNOWN = 0,
	SIGN_ROLE_PERSON,   /**< the authorised person */
	SIGN_ROLE_AGENCY,   /**< the agency */
	SIGN_ROLE_APPENDIX, /**< the agency, on an appendix that is a file of its own */
	SIGN_ROLE_COPY,     /**< the agency, on a copy (sao y) */
} sign_role;

/** What a verification concluded. Zero is "nothing concluded", so a forgotten field never reads as valid. */
typedef enum {
	SIGN_VERDICT_NONE = 0,
	SIGN_VERDICT_PASSED,        /**< TOTAL-PASSED: intact, trusted, in time */
	SIGN_VERDICT_INDETERMINATE, /**< INDETERMINATE: evidence is missing, e.g. no revocation answer */
	SIGN_VERDICT_FAILED,        /**< TOTAL-FAILED: broken, whatever else we might learn */
} sign_verdict;

/** Sub-indications of EN 319 102-1, and one of ours (POLICY_ROLE_MISSING). */
typedef enum {
	SIGN_SUB_NONE = 0,
	SIGN_SUB_FORMAT_FAILURE,
	SIGN_SUB_HASH_FAILURE,
	SIGN_SUB_SIG_CRYPTO_FAILURE,
	SIGN_SUB_SIGNED_DATA_NOT_FOUND,
	SIGN_SUB_REVOKED,
	SIGN_SUB_EXPIRED,
	SIGN_SUB_NOT_YET_VALID,
	SIGN_SUB_NO_SIGNING_CERTIFICATE_FOUND,
	SIGN_SUB_NO_CERTIFICATE_CHAIN_FOUND,
	SIGN_SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE,
	SIGN_SUB_CHAIN_CONSTRAINTS_FAILURE,
	SIGN_SUB_OUT_OF_BOUNDS_NO_POE,
	SIGN_SUB_OUT_OF_BOUNDS_NOT_REVOKED,
	SIGN_SUB_REVOKED_NO_POE,
	SIGN_SUB_REVOKED_CA_NO_POE,
	SIGN_SUB_REVOCATION_OUT_OF_BOUNDS_NO_POE,
	SIGN_SUB_CRYPTO_CONSTRAINTS_FAILURE,
	SIGN_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
	SIGN_SUB_TRY_LATER,
	SIGN_SUB_NO_POE,
	SIGN_SUB_TIMESTAMP_ORDER_FAILURE,
	SIGN_SUB_SIG_CONSTRAINTS_FAILURE,
	SIGN_SUB_POLICY_PROCESSING_ERROR,
	SIGN_SUB_POLICY_ROLE_MISSING,
	SIGN_SUB_COUNT
} sign_sub;

/** Name of a digest as people write it ("SHA-256"); "?" if unknown. */
SIGN_API const char *sign_digest_name(sign_digest digest);
/** Name of a scheme ("RSA", "RSA-PSS", "ECDSA", "EdDSA", "DSA"); "?" if unknown. */
SIGN_API const char *sign_scheme_name(sign_scheme scheme);
/** Stable machine name of a form ("asice-cades", "pdf-signed", ...). */
SIGN_API const char *sign_form_name(sign_form form);
/** Stable machine name of a role ("person", "agency", "appendix", "copy", "unknown"). */
SIGN_API const char *sign_role_name(sign_role role);
/** "TOTAL-PASSED", "TOTAL-FAILED", "INDETERMINATE" or "NONE" (EN 319 102-1 5.1.3). */
SIGN_API const char *sign_verdict_name(sign_verdict verdict);
/** The sub-indication as EN 319 102-1 spells it; "" for none. */
SIGN_API const char *sign_sub_name(sign_sub sub);

SIGN_END_DECLS
#endif
