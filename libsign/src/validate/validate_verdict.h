/*
 * The one verdict object: filled by the judge, rendered by report, read through the public getters.
 */
#ifndef KS_VALIDATE_VERDICT_H
#define KS_VALIDATE_VERDICT_H

#include "base.h"
#include "facts.h"
#include "pki.h"

#include <libsign/report.h>

/* Why: one code per reason, so that sentences are made where they are shown. Several can apply; the first decides. */
typedef enum {
	KS_WHY_NONE = 0,
	KS_WHY_FORMAT,              /* detail: the broken rule */
	KS_WHY_NO_SIGNED_ATTRS,
	KS_WHY_HASH_DOCUMENT,       /* subject: the file that differs */
	KS_WHY_HASH_CONTENT,        /* message-digest differs */
	KS_WHY_VALUE,               /* signature value does not verify */
	KS_WHY_DATA_MISSING,        /* subject: the file that is not there */
	KS_WHY_CONTENT_MISSING,     /* detached, and no document was given */
	KS_WHY_NO_CERT, KS_WHY_CERT_REF_MISMATCH, KS_WHY_NO_CERT_REF,
	KS_WHY_NO_TRUST,            /* no anchors at all */
	KS_WHY_CHAIN_MISSING,       /* subject: the missing issuer */
	KS_WHY_CHAIN_UNTRUSTED, KS_WHY_CHAIN_BROKEN,
	KS_WHY_IMPERSONATION, KS_WHY_CLAIMS_KNOWN,
	KS_WHY_EXPIRED, KS_WHY_NOT_YET, KS_WHY_CA_EXPIRED,
	KS_WHY_REVOKED, KS_WHY_CA_REVOKED, KS_WHY_ON_HOLD,
	KS_WHY_REVOCATION_UNKNOWN, KS_WHY_REVOCATION_STALE, KS_WHY_REVOCATION_BAD,
	KS_WHY_KEY_USAGE,
	KS_WHY_WEAK_DIGEST, KS_WHY_WEAK_KEY, KS_WHY_UNLISTED_ALGORITHM, /* subject: the algorithm; detail: since when */
	KS_WHY_CLOCK,               /* this machine's clock is wrong */
	KS_WHY_ROLE_PERSON_MISSING, KS_WHY_ROLE_AGENCY_MISSING, KS_WHY_ROLE_UNKNOWN, KS_WHY_ROLE_ORDER,
	KS_WHY_NOT_COVERED, KS_WHY_NOT_SIGNED, KS_WHY_EXPECTED_SIGNER_MISSING,
	KS_WHY_OVERRIDE,            /* the agency signed by override: subject the reason */
	KS_WHY_NOTHING_COVERED,     /* sound in itself, but it states the digest of no document */
	KS_WHY_EARLIER_SIGNATURE_MISSING, /* it covers a signature that is no longer here */
	KS_WHY_COUNTERSIGNS_OTHER,  /* a counter-signature made over another signature than the one it stands in */
	KS_WHY_CRITICAL_EXTENSION,  /* the signer's certificate demands what we do not understand */
	KS_WHY_SIGNATURE_NOT_EXAMINED, /* subject: the file that holds a signature of a form that is not examined */
	KS_WHY_REVOCATION_OLDER,    /* the only answer was made before the certificate; detail: when */
	KS_WHY_COUNT
} ks_why;
typedef struct { ks_why why; const char *subject, *detail; } ks_reason;

typedef struct {
	const char *subject, *name, *issuer, *issuer_name, *serial, *fingerprint, *key;
	const char *organisation, *email;
	time_t      not_before, not_after;
	ks_rev      revocation;     /* strings copied */
	bool        anchor;
} ks_report_cert;

struct sign_report_signature {
	const char  *id, *file;
	sign_verdict verdict;
	sign_sub     sub;
	ks_reason   *reasons; size_t reason_count; /* the first decides */
	bool         intact;        /* format, digests and value hold: "nobody changed it since", whoever signed */
	sign_role    role;
	bool         role_claimed_order_only; /* its place in the order is claimed, not shown by coverage */
	const char  *algorithm;     /* "RSA 2048, PKCS#1 v1.5, SHA-256" */
	sign_digest  digest; sign_scheme scheme;
	bool         has_claimed_time; time_t claimed_time;
	const char  *title, *place, *commitment, *override_reason;
	const char  *level;         /* "CAdES-B-B", "CMS" ... what the form shows, not what was proven */
	ks_report_cert *chain; size_t chain_length; /* signer first; length 0 if no certificate */
	bool         chain_complete;
	const char  *system;        /* known CA system, e.g. "VGCA", or "" */
	const char  *pretends;      /* known authority whose name a CA of the chain bears without being it, or "" */
	ks_rev_state revocation;    /* of the signer */
	bool         revocation_checked; /* whole chain answered */
	uint32_t    *covers_documents; size_t covers_document_count;
	size_t      *covers_signatures; size_t covers_signature_count;
	bool         is_countersignature; size_t countersigns; /* index; judged by itself, decides nothing else */
	ks_note     *notes; size_t note_count;
};

/* 48 bytes, since there may be a million. */
struct sign_report_file {
	const char *name;           /* the facts' */
	uint64_t    size_bytes;
	const ks_edge *edge_for_extract; /* the facts': alg + digest that a not-failed signature states; NULL if none */
	size_t     *signed_by;      /* signatures that state a digest of it which holds */
	uint32_t    signed_by_count;
	uint32_t    entry;          /* KS_NO_ENTRY: not in a container */
	bool        missing, changed, needs_cover;
	bool        unexamined;     /* holds signatures of a form that is not examined */
};

struct sign_report {
	ks_arena    *arena;
	ks_facts    *facts;         /* a reference: what files point into; NULL in a report made by hand */
	const char  *name;
	sign_form    form;
	const char  *policy_name, *policy_title, *policy_version;
	time_t       judged_at; bool what_if;
	sign_verdict verdict;       /* of the document: the worst over signatures, roles, coverage */
	sign_sub     sub;
	ks_reason   *reasons; size_t reason_count; /* document-level: roles, coverage, expected signers, not signed */
	bool         roles_examined;
	struct sign_report_signature *signatures; size_t signature_count;
	struct sign_report_file *files; size_t file_count;
	size_t       uncovered_count;
	ks_note     *notes; size_t note_count;
	const char  *algorithms_version, *ca_version, *policy_data; /* data that was used: version and date of each */
	int          exit_code;     /* design.md 5: 0, 2, 3 or 4 */
};

void ks_report_free(sign_report *report);

#endif
