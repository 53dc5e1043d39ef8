/*
 * CMS SignedData (RFC 5652): TLV walk over original bytes, reading under limits, building our own DER, splicing into
 * foreign bytes without re-encoding them. Knows nothing of CAdES attributes' meaning. Floor: cms.
 */
#ifndef KS_CMS_H
#define KS_CMS_H

#include "base.h"
#include "crypt.h"
#include "crypt_cert.h"

#define KS_CMS_MAX_BYTES        ((size_t)16 << 20) /* a detached signature file */
#define KS_CMS_MAX_SIGNERS      1000u /* a container with more is refused (SIGN_E_LIMIT) */
#define KS_CMS_MAX_CERTS        1000u
#define KS_CMS_MAX_CRLS         64u /* as many as pki keeps parsed: each is read once */
#define KS_CMS_MAX_ATTRIBUTES   64u
#define KS_CMS_MAX_DEPTH        32u

/* ---- DER/BER walk (cms_tlv.c) ---- */
typedef struct {
	uint8_t    tag;       /* identifier octet; high tag numbers are refused */
	bool       indefinite;
	sign_bytes content;   /* without the end-of-contents octets */
	sign_bytes whole;     /* identifier to last octet */
} ks_tlv;
/* Take the next TLV off the front of *rest. false: malformed, too deep, or longer than what is there. */
bool ks_tlv_next(sign_bytes *rest, ks_tlv *tlv);
bool ks_tlv_expect(sign_bytes *rest, uint8_t tag, ks_tlv *tlv);
bool ks_tlv_is_der(sign_bytes whole); /* definite, minimal lengths all the way down (structure only) */
/* Dotted text of an OBJECT IDENTIFIER's content; false if malformed or longer than cap. */
bool ks_tlv_oid(sign_bytes content, char *dotted, size_t cap);

/* ---- DER building (cms_der.c): fill a ks_buf front to back ---- */
sign_code ks_der_oid(ks_buf *out, const char *dotted, sign_error *err);
sign_code ks_der_put(ks_buf *out, uint8_t tag, sign_bytes content, sign_error *err);
sign_code ks_der_begin(ks_buf *out, uint8_t tag, size_t *mark, sign_error *err);  /* nests */
sign_code ks_der_end(ks_buf *out, size_t mark, sign_error *err);                  /* fixes the length, moving content if it must */

/* ---- reading (cms_read.c) ---- */
typedef struct { char oid[64]; sign_bytes whole, values; size_t value_count; } ks_cms_attr; /* values: content of the SET */
typedef struct {
	sign_bytes  whole;          /* the SignerInfo TLV */
	unsigned    version;
	sign_bytes  sid_issuer, sid_serial, sid_ski; /* issuer Name TLV + serial INTEGER content, or key id */
	sign_digest digest_alg;     /* NONE if unknown */
	char        digest_oid[64];
	bool        has_signed_attrs;
	sign_bytes  signed_attrs_raw;  /* content octets of [0] as received */
	bool        signed_attrs_sorted; /* received order is DER SET OF order */
	bool        signed_attrs_der;    /* the inner encoding is DER */
	ks_cms_attr *attrs;          size_t attr_count;
	ks_cms_attr *unsigned_attrs; size_t unsigned_count;
	char        sig_oid[64];
	sign_scheme scheme;         /* NONE if unknown */
	sign_digest scheme_digest, mgf1_digest; /* what signatureAlgorithm names; NONE for rsaEncryption (the digestAlgorithm applies) */
	int         pss_salt;       /* -1 when not PSS */
	sign_bytes  value;
	sign_bytes  digest_algorithm, sig_algorithm; /* the AlgorithmIdentifier TLVs */
	const char *fault;          /* a rule broken that does not hinder reading on (static text with its clause); NULL if none */
} ks_cms_signer;
typedef struct {
	ks_arena   *arena;          /* borrowed: everything below lives there or points into the input */
	sign_bytes  input;          /* the ContentInfo TLV (kept by the caller as long as this) */
	size_t      trailing_bytes; /* after the ContentInfo */
	unsigned    version;
	bool        der;            /* as far as the signers made it: content, certificates and CRLs aside */
	sign_bytes  digest_algorithms; /* content octets of the SET */
	const char *fault;          /* a rule of the whole broken that does not hinder reading on; NULL if none */
	char        content_oid[64];
	bool        attached;
	sign_bytes  content;        /* eContent octets (joined if constructed) */
	sign_bytes *certs; size_t cert_count;   /* Certificate TLVs, in order */
	sign_bytes *crls;  size_t crl_count;    /* CertificateList TLVs */
	sign_bytes *ocsps; size_t ocsp_count;   /* OCSPResponse TLVs (RFC 5940) */
	ks_cms_signer *signers; size_t signer_count;
} ks_cms;
/* `input` must outlive cms. PEM is accepted (decoded into the arena). SIGN_E_FORMAT names the broken part in err->detail. */
sign_code ks_cms_read(ks_arena *arena, sign_bytes input, const char *name, ks_cms *cms, sign_error *err);
/* One SignerInfo TLV by itself: what a counter-signature is (RFC 5652 11.4). `s` is overwritten. */
sign_code ks_cms_read_signer(ks_arena *arena, sign_bytes whole, const char *name, ks_cms_signer *s, sign_error *err);
/* Does a DigestAlgorithmIdentifiers set (its content octets) name this algorithm? */
bool      ks_cms_lists_digest(sign_bytes set, const char *oid);
/* Does it look like CMS SignedData (first bytes)? For detection. *attached is told only with a large enough head. */
bool      ks_cms_sniff(sign_bytes head);
/* The content octets to digest for a signer: SET OF, tag 0x31, DER order (RFC 5652 5.4). */
sign_code ks_cms_signed_attrs_der(const ks_cms_signer *s, ks_buf *out, sign_error *err);
/* Is `cert` the one that the signer identifier names? Names are compared byte by byte, then as RFC 5280 7.1 does. */
bool      ks_cms_sid_names(const ks_cms_signer *s, const ks_cert *cert);
bool      ks_cms_name_equal(sign_bytes name_a, sign_bytes name_b); /* two Name TLVs */
/* The identifier for people: "CN=...,C=VN, serial 1a2b" or "key identifier 0c0f..."; NULL when memory is gone. */
char     *ks_cms_sid_text(ks_arena *arena, const ks_cms_signer *s);
/* The first attribute of that type; NULL if none. */
const ks_cms_attr *ks_cms_attr_find(const ks_cms_attr *attrs, size_t count, const char *oid);

/* ---- building (cms_build.c, cms_algorithm.c) ---- */
/* AlgorithmIdentifiers as we write them: digests without parameters; RSA with NULL, PSS explicit, ECDSA with nothing. */
sign_code ks_cms_put_digest_algorithm(ks_buf *out, sign_digest digest, sign_error *err);
sign_code ks_cms_put_signature_algorithm(ks_buf *out, sign_scheme scheme, sign_digest digest, sign_error *err);
/* One SignerInfo TLV by issuerAndSerialNumber: attrs = content of the SET (DER-sorted attribute TLVs). */
sign_code ks_cms_build_signer(ks_buf *out, const ks_cert *cert, sign_digest digest, sign_scheme scheme, sign_bytes attrs,
    sign_bytes value, sign_error *err);
/* Sort attribute TLVs (each in its own slice of `attrs`) into DER SET OF order, appended to out. */
sign_code ks_cms_sort_set(const sign_bytes *members, size_t count, ks_buf *out, sign_error *err);
/* Detached ContentInfo{SignedData{v1, {digest}, id-data, [0]certs, signers}}. */
sign_code ks_cms_build(ks_buf *out, sign_digest digest, const sign_bytes *certs, size_t cert_count, sign_bytes signer_infos,
    sign_error *err);
/*
 * Splice: the same ContentInfo with `signer_info` (and certificates not yet there, and its digest algorithm) appended to
 * its sets; every byte that was there stays as it was, only outer lengths change. Indefinite outer wrappers become definite.
 */
sign_code ks_cms_append(const ks_cms *cms, sign_digest digest, const sign_bytes *certs, size_t cert_count,
    sign_bytes signer_info, ks_buf *out, sign_error *err);

#endif
