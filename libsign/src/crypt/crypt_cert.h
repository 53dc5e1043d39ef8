/*
 * A certificate as plain facts, parsed once from its DER and then immutable. Floor: crypt.
 */
#ifndef KS_CRYPT_CERT_H
#define KS_CRYPT_CERT_H

#include "crypt.h"

typedef enum { KS_KEY_NONE = 0, KS_KEY_RSA, KS_KEY_RSA_PSS, KS_KEY_EC, KS_KEY_ED25519, KS_KEY_ED448, KS_KEY_DSA } ks_key_type;

enum { /* key usage bits, RFC 5280 4.2.1.3 */
	KS_KU_DIGITAL_SIGNATURE = 1, KS_KU_NON_REPUDIATION = 2, KS_KU_KEY_ENCIPHERMENT = 4, KS_KU_DATA_ENCIPHERMENT = 8,
	KS_KU_KEY_AGREEMENT = 16, KS_KU_CERT_SIGN = 32, KS_KU_CRL_SIGN = 64,
};

/* Reference-counted (atomically), shared between a worker's cache, trust and facts. Strings are UTF-8. */
typedef struct {
	sign_bytes  der;            /* the exact bytes */
	uint8_t     sha256[32];     /* fingerprint of der */
	char       *subject, *issuer; /* RFC 4514 with UTF-8 kept, most specific first: "CN=...,O=...,C=VN" */
	char       *subject_cn, *subject_o, *subject_email, *issuer_cn; /* "" if absent; subject_cn falls back to subject */
	unsigned    cn_count;       /* common names of the subject; 0: subject_cn is only a stand-in */
	unsigned    email_count;    /* different addresses in subject and subjectAltName; subject_email is one of them */
	sign_bytes  subject_der, issuer_der; /* Name, as in the certificate (slices of der) */
	char       *serial_hex;     /* lower case, no leading zeros beyond a full byte */
	sign_bytes  serial_der;     /* INTEGER content octets (slice of der) */
	time_t      not_before, not_after;
	ks_key_type key_type;
	unsigned    key_bits;       /* RSA modulus, EC field, 255 */
	char       *curve;          /* "P-256", "brainpoolP256r1", ...; "" if not EC; explicit parameters are refused */
	sign_digest sig_digest;     /* of the signature on this certificate; NONE if intrinsic (EdDSA) or unknown */
	sign_scheme sig_scheme;
	bool        has_ku;
	unsigned    ku;             /* KS_KU_* */
	bool        has_eku, eku_critical;
	char      **eku;            /* dotted OIDs, NULL-terminated (NULL if none) */
	bool        is_ca;          /* basicConstraints cA */
	int         path_len;       /* -1: none */
	sign_bytes  ski, aki;       /* key identifiers (slices); len 0 if absent */
	bool        self_issued;    /* subject == issuer */
	char      **crl_urls, **ocsp_urls, **ca_issuer_urls; /* NULL-terminated, NULL if none */
	bool        unknown_critical; /* carries a critical extension that OpenSSL does not know, or a broken one */
	bool        extensions_broken; /* an extension does not decode or contradicts another */
	char       *key_text;       /* "RSA 3072", "EC P-256" */
	char        fingerprint[65]; /* sha256 in hex */
	ks_arena   *arena;          /* everything above that is not in x509 */
	void       *x509;           /* X509 *, for pki and cms only */
	void       *pkey;           /* EVP_PKEY *, public */
	int         refs;
} ks_cert;

/* Parse one DER certificate (max 64 KiB). Trailing bytes are SIGN_E_FORMAT. `der` is copied. */
sign_code ks_cert_parse(sign_bytes der, ks_cert **out, sign_error *err);
/* As above, through the worker's cache keyed by the DER bytes: the same bytes cost a look-up. Returns a new reference. */
sign_code ks_cert_cached(ks_crypt *cx, sign_bytes der, ks_cert **out, sign_error *err);
ks_cert  *ks_cert_ref(ks_cert *cert);
void      ks_cert_free(ks_cert *cert); /* drops one reference */
KS_AUTO_DEFINE(ks_auto_cert, ks_cert, ks_cert_free)

/* "RSA", "RSA-PSS", "EC", "Ed25519", "Ed448", "DSA", or "?". */
const char *ks_key_type_name(ks_key_type type);

/* All certificates of a file: PEM (many), DER, or p7b (certs-only SignedData, PEM or DER). Calls `each` (which takes its own
 * reference) per certificate, in file order. CRLs among them (PEM "X509 CRL") are handed to each_crl as DER if not NULL. */
sign_code ks_cert_read_all(sign_bytes file, const char *name,
    sign_code (*each)(void *user, ks_cert *cert, sign_error *), sign_code (*each_crl)(void *user, sign_bytes der, sign_error *),
    void *user, sign_error *err);

/*
 * Does `value` sign `digest_or_data` under the certificate's key?
 *   scheme RSA_PKCS1/PSS/ECDSA/DSA: `data` is the digest made with `d`; EDDSA: the whole message.
 *   pss_salt: -1 auto-recovered; >=0 exact. mgf1 digest must be given for PSS.
 * SIGN_OK holds; SIGN_E_SIGNATURE does not hold (also wrong key type for the scheme); other codes: could not tell.
 */
sign_code ks_cert_verify_value(ks_crypt *cx, const ks_cert *cert, sign_scheme scheme, sign_digest d, sign_digest mgf1,
    int pss_salt, sign_bytes data, sign_bytes value, sign_error *err);

#endif
