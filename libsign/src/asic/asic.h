/*
 * ASiC containers (EN 319 162-1): mimetype, manifests, coverage; reading into facts, writing with a signer. Floor: asic.
 */
#ifndef KS_ASIC_H
#define KS_ASIC_H

#include "base.h"
#include "cades.h"
#include "crypt_pump.h"
#include "facts.h"
#include "zip.h"

#define KS_ASIC_MIME_E "application/vnd.etsi.asic-e+zip"
#define KS_ASIC_MIME_S "application/vnd.etsi.asic-s+zip"
#define KS_ASIC_NS     "http://uri.etsi.org/02918/v1.2.1#"
#define KS_ASIC_MAX_MANIFEST_BYTES ((uint64_t)512 << 20)
#define KS_ASIC_MAX_MANIFESTS 1000u

/* What kind of container is it? From names and mimetype alone; media type copied to `media` (may be ""). */
sign_form ks_asic_detect(const ks_zip *zip, char media[128]);

/*
 * Read a CAdES container into facts, two steps inside: structure (signatures, manifests → digests needed), then one pass
 * over every document computing all of them. Form and media type are set.
 */
sign_code ks_asic_read(ks_crypt *cx, const ks_zip *zip, ks_facts *facts, sign_error *err);
/* As above, without reading the documents: edges stay NONE, for `show`. */
sign_code ks_asic_outline(ks_crypt *cx, const ks_zip *zip, ks_facts *facts, sign_error *err);

/* ---- writing ---- */
typedef struct {
	const char *name;   /* entry name */
	const char *media_type; /* NULL: not stated */
	ks_digest   digest;
} ks_asic_ref;
/* Manifest bytes for one signer: SigReference, refs in order, and our non-critical extension listing the digests of the
 * values of earlier signatures (count 0: none). Deterministic. */
sign_code ks_asic_manifest_build(const char *signature_entry, sign_digest alg, const ks_asic_ref *refs, size_t ref_count,
    const ks_digest *earlier, size_t earlier_count, ks_buf *out, sign_error *err);

/* The same in pieces, for any number of documents: the references are asked for one by one, in order. */
typedef struct {
	const char *signature_entry;
	sign_digest alg;
	void (*ref_at)(const void *refs, size_t index, ks_asic_ref *ref);
	const void *refs;
	size_t      ref_count;
	const ks_digest *earlier;
	size_t      earlier_count;
} ks_asic_manifest_plan;
sign_code ks_asic_manifest_write(const ks_asic_manifest_plan *plan, ks_tee tee, void *user, sign_error *err);

/* SIGN_E_NAME if this document name may not be an entry of ours (design.md 17: what we refuse to read we refuse to sign):
 * name faults, "mimetype", anything under META-INF/ (any case), not UTF-8. */
sign_code ks_asic_check_document_name(const char *name, sign_error *err);

#endif
