/*
 * The state of one container while it is read, shared by the steps: list, structure, manifests, hashing. Floor: asic,
 * private.
 *
 * Documents of the facts are the entries of the archive in their order, one for one, so that an entry's index is its
 * document's; files that manifests name and the archive lacks follow behind.
 */
#ifndef KS_ASIC_READER_H
#define KS_ASIC_READER_H

#include "asic_private.h"

#define KS_ASIC_MAX_MISSING 100000u   /* files named by manifests and not there */
#define KS_ASIC_MAX_EDGES   10000000u /* references of all manifests together */

typedef struct {
	size_t        entry;
	ks_entry_kind kind;
	bool          used; /* a signature that was read, or what a sound manifest names, or the manifest itself */
} ks_asic_meta;

/* One .p7s; its signatures are facts->signatures[first .. first + count). */
typedef struct {
	size_t        entry, first, count;
	ks_digest_set needed;
	sign_bytes    content;  /* encapsulated content; data NULL if there is none */
	size_t        manifest; /* SIZE_MAX: none names it */
} ks_asic_cms;

typedef struct { sign_digest alg; sign_bytes digest; } ks_asic_stated;

typedef struct {
	size_t          entry;
	size_t          cms;      /* the .p7s it serves; SIZE_MAX: none */
	size_t          meta;     /* the token or evidence record it serves; SIZE_MAX: none */
	bool            nested;
	const char     *fault;
	ks_edge        *edges;    /* arena, final size; shared by the signers of one .p7s */
	size_t          edge_count;
	ks_asic_stated *earlier;
	size_t          earlier_count;
	ks_digest       digests[SIGN_DIGEST_COUNT]; /* of its raw bytes */
} ks_asic_manifest;

typedef struct {
	ks_crypt         *cx;
	const ks_zip     *zip;
	ks_facts         *f;
	uint8_t          *block; /* KS_ASIC_BLOCK_BYTES, for everything that streams */
	ks_asic_meta     *metas;      size_t meta_count;
	ks_asic_cms      *cms;        size_t cms_count;
	ks_asic_manifest *manifests;  size_t manifest_count;
	size_t            edge_total;
	bool              documents_grown;
	uint64_t          evidence_bytes; /* of tokens and evidence records looked into */
} ks_asic_reader;

/* Documents, and what is odd about the archive's names and its mimetype entry (asic_list.c). */
sign_code ks_asic_list(ks_asic_reader *r, sign_error *err);
/* To be called before ks_facts_add_document. */
sign_code ks_asic_grow_documents(ks_asic_reader *r, sign_error *err);
sign_code ks_asic_note(ks_asic_reader *r, ks_note_code code, const char *subject, sign_error *err);
/* Has this entry the form of a time-stamp token, of an evidence record, to its last byte? (asic_evidence.c) */
sign_code ks_asic_is_token(ks_asic_reader *r, size_t entry, bool *is, sign_error *err);
sign_code ks_asic_is_record(ks_asic_reader *r, size_t entry, bool *is, sign_error *err);
/* Parse every manifest and bind it to the .p7s it names (asic_bind.c). */
sign_code ks_asic_bind_manifests(ks_asic_reader *r, sign_error *err);
/* Which earlier signatures do the manifests state the value of? (asic_bind.c) */
sign_code ks_asic_bind_earlier(ks_asic_reader *r, sign_error *err);
/* One pass over every document that a sound manifest names (asic_hash.c). */
sign_code ks_asic_hash_entry(ks_asic_reader *r, size_t entry, ks_digest_set set, ks_digest digests[SIGN_DIGEST_COUNT],
    sign_error *err);
sign_code ks_asic_hash_documents(ks_asic_reader *r, sign_error *err);

static inline void
ks_asic_fault(ks_signature *s, const char *fault)
{
	if (s->format_fault == NULL) /* the first broken rule decides */
		s->format_fault = fault;
}

#endif
