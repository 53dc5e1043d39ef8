/*
 * The neutral model that readers fill and the judge reads: plain structs, no behaviour. Floor: facts.
 *
 * A reader states what is there and what holds arithmetically; it never says "valid". All memory is the arena's; the
 * certificates are references, dropped by ks_facts_free.
 */
#ifndef KS_FACTS_H
#define KS_FACTS_H

#include "base.h"
#include "crypt.h"
#include "crypt_cert.h"

/* Oddities that do not decide. The report prints them; subject says which entry or attribute. */
typedef enum {
	KS_NOTE_NONE = 0,
	KS_NOTE_MIMETYPE_MISSING, KS_NOTE_MIMETYPE_NOT_FIRST, KS_NOTE_MIMETYPE_COMPRESSED, KS_NOTE_MIMETYPE_EXTRA,
	KS_NOTE_MIMETYPE_CONTENT,       /* newline, BOM or another media type */
	KS_NOTE_ZIP_COMMENT,            /* present, or contradicts mimetype */
	KS_NOTE_NAME_COLLISION,         /* two names equal but for case or NFC */
	KS_NOTE_NAME_NOT_UTF8,
	KS_NOTE_UNKNOWN_META,           /* a META-INF entry that nothing refers to */
	KS_NOTE_ATTRS_NOT_DER,          /* signedAttrs not sorted; digested in DER form */
	KS_NOTE_NOT_DER,                /* BER outside the signed attributes */
	KS_NOTE_ECONTENT_PRESENT,       /* detached, yet carries the same content inside */
	KS_NOTE_TIMESTAMP_NOT_EXAMINED, KS_NOTE_COUNTERSIGNATURE_NOT_EXAMINED, /* inside another, or too many */
	KS_NOTE_ARCHIVE_NOT_EXAMINED,
	KS_NOTE_EVIDENCE_RECORD_NOT_EXAMINED,
	KS_NOTE_SIGNING_TIME_MISSING, KS_NOTE_ISSUER_SERIAL_DIFFERS, KS_NOTE_ESS_V1,
	KS_NOTE_NO_SIGNING_CERT_ATTR,
	KS_NOTE_TRAILING_DATA,          /* bytes after the CMS that are not part of it */
	KS_NOTE_DUPLICATE_SIGNATURE,    /* the same signature value twice */
	KS_NOTE_NONCONFORMANT_MANIFEST_NAME,
	KS_NOTE_LOCAL_TIME_AS_UTC,      /* claimed time about 7 h ahead (domain.md 0.5) */
	KS_NOTE_PDF_ACTIVE_CONTENT,
	KS_NOTE_COUNTERSIGNATURE_FAILED, /* subject: its number; the signatures themselves are judged without it */
	KS_NOTE_MIME_TYPE_AND_HINTS,    /* mime-type beside content-hints (EN 319 122-1 forbids it) */
	KS_NOTE_XML_SIGNATURE_NOT_EXAMINED, /* a XAdES signature file beside CAdES ones */
	KS_NOTE_ZIP_EXTRA,              /* an entry with large extra fields that no reader needs */
	KS_NOTE_SUFFIX,                 /* ".asics" on ASiC-E, or the reverse */
	KS_NOTE_TIME_AHEAD,             /* claimed time later than now */
	KS_NOTE_TIME_OUTSIDE_CERT,      /* claimed time before or after the signer's certificate; subject: which bound */
	KS_NOTE_CERT_PRETENDS,          /* a trusted certificate with the name of a known authority that it is not */
	KS_NOTE_COUNT
} ks_note_code;
typedef struct { ks_note_code code; const char *subject; } ks_note;

#define KS_NO_ENTRY UINT32_MAX
/* A document: something a signature can cover and a person would open. 24 bytes, since there may be a million. */
typedef struct {
	const char *name;        /* UTF-8, as shown and extracted; non-UTF-8 names are shown with escapes */
	uint64_t    size_bytes;
	uint32_t    entry;       /* index in the container; KS_NO_ENTRY outside one */
	bool        missing;     /* named by a manifest, not in the container */
	bool        needs_cover; /* false: mimetype, empty folders, META-INF entries that were recognised and used */
	bool        unexamined;  /* holds signatures of a form that is not examined beside those that are */
} ks_document;

typedef enum { KS_EDGE_NONE = 0, KS_EDGE_HOLDS, KS_EDGE_DIFFERS, KS_EDGE_MISSING } ks_edge_state;
/* proof → object: one signature covers one document. 16 bytes, since there may be a million. */
typedef struct {
	const uint8_t *digest;  /* the digest the signer stated; ks_digest_size(alg) bytes (arena) */
	uint32_t       document; /* index into documents */
	uint8_t        alg;     /* sign_digest */
	uint8_t        state;   /* ks_edge_state */
} ks_edge;

typedef enum { KS_ESS_ABSENT = 0, KS_ESS_MATCH, KS_ESS_MISMATCH } ks_ess_state;
typedef enum { KS_HOLDS_UNKNOWN = 0, KS_HOLDS_YES, KS_HOLDS_NO } ks_holds;

/* One SignerInfo (later: one ds:Signature, one PDF signature). */
typedef struct {
	const char *file;          /* entry or file that holds it */
	const char *id;            /* "1", "2", ... in order of reading over the whole input */
	size_t      signer_index;  /* within its file; of a counter-signature: within the signature that it stands in */
	/*
	 * RFC 5652 11.4: unsigned data in another signature, over that one's value and nothing else. It covers no document,
	 * plays no role, expects nobody, and whether it holds decides nothing but its own verdict.
	 */
	bool        is_countersignature;
	size_t      countersigns;  /* index of that other signature; only with is_countersignature */

	/* format: the first broken rule decides; NULL = sound. A short English phrase with its clause; report translates by code */
	const char *format_fault;

	sign_digest digest_alg;    /* of the SignerInfo */
	sign_scheme scheme;
	sign_digest scheme_digest, mgf1_digest; /* the hash inside signatureAlgorithm */
	sign_bytes  value;         /* signature value */
	ks_holds    value_holds;   /* over the signed attributes, with the signer's key */
	ks_holds    content_holds; /* message-digest against what it signs (document or manifest) */
	sign_bytes  message_digest; /* as the signer stated it (made with digest_alg); len 0 if absent or malformed */

	ks_cert    *signer;        /* the candidate named by sid and matching ESS; NULL if none */
	ks_cert   **certs;         /* every certificate that came along */
	size_t      cert_count;
	const char *sid;           /* what the signer identifier names, for people when the certificate is missing */
	ks_ess_state ess;
	bool        ess_serial_differs;

	bool        has_signing_time;
	time_t      signing_time;  /* a claim */
	const char *title, *place, *commitment, *override_reason; /* claims; NULL if absent. commitment: its name ("approval"), or a dotted OID */
	bool        has_policy;    /* signature-policy-identifier present (EPES) */

	sign_bytes *crls;          /* CertificateList DER carried along */
	size_t      crl_count;
	sign_bytes *ocsps;         /* OCSPResponse DER carried along (RFC 5940) */
	size_t      ocsp_count;
	sign_bytes *timestamps;    /* signature-time-stamp tokens (ContentInfo DER), not examined in this version */
	size_t      timestamp_count;
	size_t      countersignature_count, archive_stamp_count;

	ks_edge    *edges;
	size_t      edge_count;
	/* signatures whose value this one states a digest of (our manifest extension), by index, when the digest holds */
	size_t     *covers;
	size_t      covers_count;
	bool        covers_broken; /* a stated digest matches no signature here */

	ks_note    *notes;
	size_t      note_count;
} ks_signature;

typedef struct {
	ks_arena    *arena;
	const char  *name;        /* of the input */
	sign_form    form;
	const char  *media_type;  /* of the container, "" if none */
	ks_document *documents;
	size_t       document_count;
	ks_signature *signatures;
	size_t       signature_count;
	ks_note     *notes;       /* of the container */
	size_t       note_count;
	/* Container rule broken: every signature is FORMAT_FAILURE (two objects in ASiC-S, two manifests naming one p7s...) */
	const char  *format_fault;
	int          refs;        /* atomic; see ks_facts_ref */
} ks_facts;

sign_code ks_facts_new(const char *name, ks_facts **facts, sign_error *err);
/* A verdict shows names and digests where they lie: a million of them are not copied. From then on they never change. */
ks_facts *ks_facts_ref(const ks_facts *facts);
void      ks_facts_free(ks_facts *facts); /* drops one reference */
KS_AUTO_DEFINE(ks_auto_facts, ks_facts, ks_facts_free)
ks_signature *ks_facts_add_signature(ks_facts *f, const char *file, sign_error *err); /* NULL: memory; pointers to earlier ones move */
ks_document  *ks_facts_add_document(ks_facts *f, const char *name, sign_error *err);
sign_code     ks_facts_note(ks_facts *f, ks_note_code code, const char *subject, sign_error *err);
sign_code     ks_signature_note(ks_facts *f, ks_signature *s, ks_note_code code, const char *subject, sign_error *err);

#endif
