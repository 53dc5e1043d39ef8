/** @file
 * Whom to believe: anchors, intermediates and CRLs, and the folder that keeps them (design.md, decision 7).
 */
#ifndef LIBSIGN_TRUST_H
#define LIBSIGN_TRUST_H

#include <libsign/error.h>
#include <libsign/key.h>

SIGN_BEGIN_DECLS

/** A set of certificates and CRLs. Fill it, then share it: once nobody adds any more, any number of threads may read it. */
typedef struct ks_trust sign_trust;

/**
 * An empty set: nothing is trusted.
 * @param trust  [out] yours, release with sign_trust_free()
 * @retval SIGN_E_DATA  the list of known authorities (ca.json) is damaged
 */
SIGN_API sign_code sign_trust_new(sign_trust **trust, sign_error *err) SIGN_MUST_CHECK;
SIGN_API void sign_trust_free(sign_trust *trust);

/**
 * Add a file (PEM with many, DER, p7b, CRL) or a folder of them (.crt .cer .pem .der .p7b .p7c .crl, and folders below).
 * A self-signed certificate and every one under a folder named "anchors" is an anchor; others are intermediates.
 *
 * @retval SIGN_E_NOT_FOUND  no such file or folder
 * @retval SIGN_E_NOT_CERT   a file is damaged or holds no certificate: nothing is passed over silently
 * @retval SIGN_E_LIMIT      a file is over 64 MiB, folders are too deep, or there are too many certificates
 */
SIGN_API sign_code sign_trust_add_path(sign_trust *trust, const char *path, sign_error *err) SIGN_MUST_CHECK;
/** Add CRLs alone (PEM or DER), from a file or a folder; certificates among them are SIGN_E_NOT_CERT. */
SIGN_API sign_code sign_trust_add_crl_path(sign_trust *trust, const char *path, sign_error *err) SIGN_MUST_CHECK;

/** One certificate of the set; texts live as long as it. */
typedef struct {
	const sign_cert *cert;
	const char *file;         /**< where it came from; "" if it was given as bytes */
	const char *known_name;   /**< display name of the authority whose pin it matches; "" if none */
	const char *known_system; /**< "VGCA", "NEAC"; "" if none */
	const char *pretends;     /**< name of the known authority that it names and does not match, to be shown as a warning */
	bool        anchor;       /**< trusted by itself; otherwise it only helps to build chains */
	bool        expired;      /**< its notAfter lies before `now` */
} sign_trust_entry;

/** Anchors and intermediates together. */
SIGN_API size_t sign_trust_count(const sign_trust *trust);
/** Anchors come first. @return false past the end */
SIGN_API bool sign_trust_at(const sign_trust *trust, size_t index, time_t now, sign_trust_entry *entry);

/** One CRL of the set, as it describes itself: whether it verifies is decided where it is used. */
typedef struct {
	const char *file;
	const char *issuer;      /**< RFC 4514 name */
	time_t      this_update;
	time_t      next_update; /**< 0 if it does not say */
	size_t      entry_count;
} sign_trust_crl;
SIGN_API size_t sign_trust_crl_count(const sign_trust *trust);
SIGN_API bool   sign_trust_crl_at(const sign_trust *trust, size_t index, sign_trust_crl *crl);

/* ---- the store: a folder with one PEM file a certificate, anchors/ and crls/ ---- */

/** What a person has to answer before a certificate without a pin is believed. Escape the texts before showing them. */
typedef struct {
	const sign_cert *cert;      /**< subject, issuer, dates, fingerprint */
	bool             anchor;    /**< would be trusted by itself */
	const char      *pretends;  /**< name of the known authority that it names and does not match; "" if none */
} sign_trust_question;
/** @return true only for a deliberate, typed yes */
typedef bool (*sign_trust_confirm_fn)(void *user, const sign_trust_question *question);

/** What became of one certificate or CRL; texts live during the call. */
typedef struct {
	const sign_cert *cert;       /**< NULL for a CRL */
	const char      *file;       /**< its place in the store */
	const char      *known_name; /**< the pin it matched; "" if none */
	const char      *pretends;   /**< as in sign_trust_question: to be shown as a warning */
	bool             anchor;
	bool             already;    /**< it was there before; nothing was written */
} sign_trust_added;

typedef struct {
	const char *fingerprint; /**< SHA-256 in hex (":" and spaces allowed) of a certificate in the file; NULL: none given */
	sign_trust_confirm_fn confirm; /**< asked when there is neither pin nor fingerprint; NULL: SIGN_E_TRUST_CONFIRM */
	void       *confirm_user;
	bool        as_anchor;   /**< trust the certificates by themselves even if not self-signed */
	void (*added)(void *user, const sign_trust_added *item); /**< told once for each; may be NULL */
	void       *added_user;
} sign_trust_add_options;
#define SIGN_TRUST_ADD_OPTIONS_INIT { NULL, NULL, NULL, false, NULL, NULL }

/**
 * Put the certificates and CRLs of a file into a store, all or none. Recognised by the shipped fingerprints; without one an
 * anchor needs options->fingerprint or the confirmation. So does an intermediate, unless its chain ends at an anchor of the
 * store, or at one of the file that is believed itself: it only helps to build chains, and adds nobody to trust. A CRL must
 * be signed by a certificate of the store or file.
 *
 * @param folder   made when missing (not made when nothing is accepted)
 * @param options  NULL: the initial value
 * @retval SIGN_OK              all are in the store now; also when they were there before
 * @retval SIGN_E_TRUST_CONFIRM neither pin, fingerprint nor yes; err->detail is the fingerprint
 * @retval SIGN_E_NOT_CERT      the file is something else, or damaged
 * @retval SIGN_E_TRUST         it names a known authority whose certificate or signature it does not match, and no fingerprint
 *                              vouches for it; or the fingerprint is not that of any certificate in the file; or a CRL that
 *                              no certificate in the store signed
 */
SIGN_API sign_code sign_trust_store_add(const char *folder, const char *file, const sign_trust_add_options *options,
    sign_error *err) SIGN_MUST_CHECK;

/**
 * Remove a certificate by the beginning of its fingerprint (8 hex digits or more), or any file of the store by its name
 * ("x.pem", "crls/x.crl").
 * @retval SIGN_E_NOT_FOUND  nothing matches
 * @retval SIGN_E_USAGE      shorter than 8 digits, or it fits several certificates
 * @retval SIGN_E_TRUST      the file holds other certificates as well: name the file
 */
SIGN_API sign_code sign_trust_store_remove(const char *folder, const char *which, sign_error *err) SIGN_MUST_CHECK;

typedef enum { SIGN_TRUST_INFO = 0, SIGN_TRUST_WARNING, SIGN_TRUST_ERROR } sign_trust_severity;
typedef enum {
	SIGN_TRUST_PIN_MATCHES = 1,   /**< info; detail: the known authority */
	SIGN_TRUST_FILE_IGNORED,      /**< info: not a name that is read */
	SIGN_TRUST_FILE_DAMAGED,      /**< error; detail: the reason */
	SIGN_TRUST_FILE_WRITABLE,     /**< error: others than its owner can change this file or folder */
	SIGN_TRUST_FILE_LINK,         /**< warning: a symbolic link */
	SIGN_TRUST_CERT_EXPIRED,      /**< warning; detail: the date */
	SIGN_TRUST_CERT_NOT_YET,      /**< warning; detail: the date */
	SIGN_TRUST_CERT_NOT_CA,       /**< warning: cannot issue certificates */
	SIGN_TRUST_CERT_PRETENDS,     /**< warning: names a known authority that it does not match; detail: its name */
	SIGN_TRUST_ISSUER_MISSING,    /**< warning; detail: the issuer that is not in the store */
	SIGN_TRUST_CRL_STALE,         /**< warning; detail: when the next was due */
	SIGN_TRUST_CRL_NO_ISSUER,     /**< warning: its issuer is not in the store; detail: the issuer */
	SIGN_TRUST_CRL_UNVERIFIED,    /**< error: its issuer's key does not verify it, or its form is not accepted */
} sign_trust_code;
typedef struct {
	sign_trust_severity severity;
	sign_trust_code     code;
	const char         *file;    /**< the file or folder */
	const char         *subject; /**< whom it is about; "" if nobody */
	const char         *detail;
} sign_trust_finding;
typedef void (*sign_trust_finding_fn)(void *user, const sign_trust_finding *finding);

/** Stable name of a finding, e.g. "cert-expired". */
SIGN_API const char *sign_trust_code_name(sign_trust_code code);

/**
 * Look at every file of a store. Texts of a finding live during the call.
 * @retval SIGN_OK       looked at, and no finding is an error
 * @retval SIGN_E_TRUST  looked at, and at least one finding is an error
 */
SIGN_API sign_code sign_trust_store_check(const char *folder, time_t now, sign_trust_finding_fn found, void *user,
    sign_error *err) SIGN_MUST_CHECK;

SIGN_END_DECLS
#endif
