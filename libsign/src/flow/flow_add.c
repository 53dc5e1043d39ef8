/*
 * Adding a parallel signer to what others signed: every byte that was there stays. Documents are digested once; where an
 * earlier signature has stated a digest that holds, that one serves. Floor: flow.
 */
#include "flow.h"
#include "asic.h"
#include "base_text.h"
#include "cades.h"
#include "open.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define MAX_SIGNERS 999 /* three digits, as DSS writes them */

struct add {
	sign_worker        *w;
	sign_key           *key;
	ks_signer          *signer;
	const sign_options *o;
	ks_cades_claims     claims;
	const char         *path;
	ks_flow_opened     *opened;
	ks_output          *out;
};

/* ---- may it be signed? ---------------------------------------------------------------------------------------- */

static bool
covers_all_files(const sign_report *r, size_t signature)
{
	for (size_t i = 0; i < r->file_count; i++) {
		const struct sign_report_file *f = &r->files[i];
		bool covered = !f->needs_cover;

		for (size_t k = 0; k < f->signed_by_count; k++)
			covered = covered || f->signed_by[k] == signature;
		if (!covered || f->changed)
			return false;
	}
	return true;
}

static bool
lacks_only_revocation(const struct sign_report_signature *s)
{
	return s->verdict == SIGN_VERDICT_INDETERMINATE && s->sub == SIGN_SUB_TRY_LATER && s->reason_count > 0 &&
	       (s->reasons[0].why == KS_WHY_REVOCATION_UNKNOWN || s->reasons[0].why == KS_WHY_REVOCATION_STALE);
}

/* Decree 30/2020, article 32.2d: the agency signs only what the authorised person has signed. */
static sign_code
check_person_signed(struct add *a, const sign_verifier *v, bool *warned, sign_error *err)
{
	KS_AUTO(ks_auto_report) sign_report *r = NULL;
	const struct sign_report_signature *unproven = NULL;
	bool found = false;

	if (a->o->role != SIGN_ROLE_AGENCY || a->o->override_reason != NULL)
		return SIGN_OK;
	if (v == NULL)
		return ks_fail(err, SIGN_E_ROLE, a->path);
	KS_TRY(ks_flow_judge_facts(a->w, v, a->opened->facts, &r, err));
	for (size_t i = 0; i < r->signature_count && !found; i++) {
		const struct sign_report_signature *s = &r->signatures[i];

		if (s->role != SIGN_ROLE_PERSON || !covers_all_files(r, i))
			continue;
		found = s->verdict == SIGN_VERDICT_PASSED || lacks_only_revocation(s);
		if (found && s->verdict != SIGN_VERDICT_PASSED && warned != NULL)
			*warned = true;
		if (s->verdict == SIGN_VERDICT_INDETERMINATE)
			unproven = s;
	}
	if (found)
		return SIGN_OK;
	return unproven == NULL ? ks_fail(err, SIGN_E_ROLE, a->path)
	                        : ks_fail_why(err, SIGN_E_ROLE_UNPROVEN, a->path, NULL, "%s", sign_sub_name(unproven->sub));
}

/* A signature on top of a broken one would vouch for changed bytes. */
static sign_code
check_still_holds(const struct add *a, sign_error *err)
{
	const ks_facts *f = a->opened->facts;

	if (f->format_fault != NULL)
		return ks_fail_why(err, SIGN_E_FORMAT, a->path, NULL, "%s", f->format_fault);
	for (size_t i = 0; i < f->signature_count; i++) {
		const ks_signature *s = &f->signatures[i];

		if (s->is_countersignature) /* it vouches for no document, and anyone can have put it there */
			continue;
		if (s->format_fault != NULL)
			return ks_fail_why(err, SIGN_E_FORMAT, a->path, s->file, "%s", s->format_fault);
		if (s->value_holds == KS_HOLDS_NO)
			return ks_fail_at(err, SIGN_E_SIGNATURE, a->path, s->file);
		if (s->content_holds == KS_HOLDS_NO)
			return ks_fail_at(err, SIGN_E_DIGEST, a->path, s->file);
		for (size_t k = 0; k < s->edge_count; k++)
			if (s->edges[k].state == KS_EDGE_DIFFERS)
				return ks_fail_at(err, SIGN_E_DIGEST, a->path, f->documents[s->edges[k].document].name);
	}
	return SIGN_OK;
}

/* ---- digests of the documents, with the new signer's algorithm --------------------------------------------------- */

/* Digests that earlier signatures stated and that hold, by document; len 0 where there is none. */
static void
take_known_digests(const struct add *a, ks_digest *digests)
{
	const ks_facts *f = a->opened->facts;
	size_t          len = ks_digest_size(a->signer->digest);

	for (size_t i = 0; i < f->signature_count; i++) {
		for (size_t k = 0; k < f->signatures[i].edge_count; k++) {
			const ks_edge *e = &f->signatures[i].edges[k];

			if (e->state == KS_EDGE_HOLDS && e->alg == a->signer->digest) {
				memcpy(digests[e->document].bytes, e->digest, len);
				digests[e->document].len = (uint8_t)len;
			}
		}
	}
}

static sign_code
collect_refs(struct add *a, ks_asic_ref **refs, size_t *count, sign_error *err)
{
	const ks_facts *f = a->opened->facts;
	ks_digest      *digests = ks_arena_alloc(f->arena, (f->document_count + 1) * sizeof(*digests));

	*refs = ks_arena_alloc(f->arena, (f->document_count + 1) * sizeof(**refs));
	*count = 0;
	if (digests == NULL || *refs == NULL)
		return ks_fail_memory(err);
	take_known_digests(a, digests);
	for (size_t i = 0; i < f->document_count; i++) {
		const ks_document *d = &f->documents[i];

		if (d->missing || d->entry == KS_NO_ENTRY || strncasecmp(d->name, "META-INF/", 9) == 0 || !d->needs_cover)
			continue;
		KS_TRY(ks_asic_check_document_name(d->name, err));
		if (digests[i].len == 0) {
			KS_AUTO(ks_auto_source) sign_source *source = NULL;

			KS_TRY(ks_zip_source(a->opened->zip, d->entry, &source, err));
			KS_TRY(ks_flow_pump(a->w, source, a->signer->digest, NULL, &digests[i], err));
		}
		(*refs)[(*count)++] = (ks_asic_ref){ d->name, NULL, digests[i] };
	}
	return *count > 0 ? SIGN_OK : ks_fail(err, SIGN_E_NOTHING, a->path);
}

/* ---- was it added by an earlier run? ----------------------------------------------------------------------------- */

struct known_refs {
	const struct add  *a;
	const ks_asic_ref *refs;
	size_t             count;
};

static sign_code
digest_of_ref(void *user, const char *name, sign_digest alg, ks_digest *digest, sign_error *err)
{
	const struct known_refs *known = user;

	for (size_t i = 0; i < known->count && alg == known->a->signer->digest; i++) {
		if (strcmp(known->refs[i].name, name) != 0)
			continue;
		*digest = known->refs[i].digest;
		return SIGN_OK;
	}
	return ks_fail(err, SIGN_E_NOT_FOUND, name);
}

/* The output is there and holds our signature over these very documents: nothing to do (design.md 9). */
static sign_code
check_not_added_yet(struct add *a, const char *output, sign_error *err)
{
	struct known_refs known = { a, NULL, 0 };
	ks_asic_ref      *refs;

	if (a->o->force || a->o->again || access(output, F_OK) != 0 || a->opened->zip == NULL)
		return SIGN_OK;
	KS_TRY(collect_refs(a, &refs, &known.count, err));
	known.refs = refs;
	if (!ks_flow_is_signed(a->w, a->key, output, known.count, digest_of_ref, &known, a->opened->facts))
		return SIGN_OK;
	KS_TRY(ks_output_adopt(output, ks_flow_sync(a->o->durability), err));
	return ks_fail(err, SIGN_E_ALREADY, output);
}

/* ---- ASiC-E: a manifest and a signature more --------------------------------------------------------------------- */

static bool
states_digest(const ks_facts *f, const ks_signature *s, const ks_asic_ref *ref, sign_digest alg)
{
	for (size_t k = 0; k < s->edge_count; k++) {
		const ks_edge *e = &s->edges[k];

		if (e->alg == alg && e->state == KS_EDGE_HOLDS && strcmp(f->documents[e->document].name, ref->name) == 0)
			return memcmp(e->digest, ref->digest.bytes, ref->digest.len) == 0;
	}
	return false;
}

/* Same certificate over the same bytes: nothing to do, unless it is asked for again. */
static sign_code
check_not_signed_yet(const struct add *a, const ks_asic_ref *refs, size_t count, sign_error *err)
{
	const ks_facts *f = a->opened->facts;

	for (size_t i = 0; i < f->signature_count && !a->o->again; i++) {
		const ks_signature *s = &f->signatures[i];
		bool                all = s->signer != NULL && ks_bytes_equal(s->signer->der, a->key->cert->der) &&
		    s->edge_count == count;

		for (size_t k = 0; k < count && all; k++)
			all = states_digest(f, s, &refs[k], a->signer->digest);
		if (all)
			return ks_fail(err, SIGN_E_ALREADY, a->path);
	}
	return SIGN_OK;
}

static sign_code
free_number(const struct add *a, char manifest[64], char signature[64], sign_error *err)
{
	for (unsigned n = 1; n <= MAX_SIGNERS; n++) {
		snprintf(manifest, 64, "META-INF/ASiCManifest%03u.xml", n);
		snprintf(signature, 64, "META-INF/signature%03u.p7s", n);
		if (ks_zip_find(a->opened->zip, manifest, strlen(manifest)) == SIZE_MAX &&
		    ks_zip_find(a->opened->zip, signature, strlen(signature)) == SIZE_MAX)
			return SIGN_OK;
	}
	return ks_fail_why(err, SIGN_E_LIMIT, a->path, NULL, "%d", MAX_SIGNERS);
}

/* Counter-signatures are left out: who takes them away again breaks nothing. */
static sign_code
earlier_values(const struct add *a, ks_digest **earlier, size_t *count, sign_error *err)
{
	const ks_facts *f = a->opened->facts;

	*earlier = ks_arena_alloc(f->arena, (f->signature_count + 1) * sizeof(**earlier));
	if (*earlier == NULL)
		return ks_fail_memory(err);
	*count = 0;
	for (size_t i = 0; i < f->signature_count; i++)
		if (!f->signatures[i].is_countersignature)
			KS_TRY(ks_digest_bytes(a->w->cx, a->signer->digest, f->signatures[i].value, &(*earlier)[(*count)++], err));
	return SIGN_OK;
}

static sign_code
add_asice(struct add *a, sign_error *err)
{
	KS_AUTO(ks_auto_zip_writer) ks_zip_writer *zip = NULL;
	ks_asic_ref *refs;
	ks_digest   *earlier;
	ks_digest    digest;
	size_t       count = 0;
	size_t       earlier_count = 0;
	char         manifest[64];
	char         signature[64];
	sign_worker *w = a->w;

	KS_TRY(collect_refs(a, &refs, &count, err));
	KS_TRY(check_not_signed_yet(a, refs, count, err));
	KS_TRY(free_number(a, manifest, signature, err));
	KS_TRY(earlier_values(a, &earlier, &earlier_count, err));
	w->manifest.len = w->signature.len = 0;
	KS_TRY(ks_asic_manifest_build(signature, a->signer->digest, refs, count, earlier, earlier_count, &w->manifest, err));
	KS_TRY(ks_digest_bytes(w->cx, a->signer->digest, ks_buf_bytes(&w->manifest), &digest, err));
	KS_TRY(ks_cades_sign(a->signer, &a->claims, KS_BYTES(digest.bytes, digest.len), &w->signature, err));
	KS_TRY(ks_zip_writer_new(a->out, a->claims.signing_time, &zip, err));
	KS_TRY(ks_zip_writer_take(zip, a->opened->zip, NULL, NULL, err));
	KS_TRY(ks_zip_writer_add(zip, manifest, ks_buf_bytes(&w->manifest), err));
	KS_TRY(ks_zip_writer_add(zip, signature, ks_buf_bytes(&w->signature), err));
	return ks_zip_writer_finish(zip, err);
}

/* ---- ASiC-S and .p7s: a SignerInfo more -------------------------------------------------------------------------- */

static bool
is_not_signature(void *user, size_t index)
{
	return index != *(const size_t *)user;
}

static sign_code
add_asics(struct add *a, sign_error *err)
{
	static const char name[] = "META-INF/signature.p7s";
	KS_AUTO(ks_auto_zip_writer) ks_zip_writer *zip = NULL;
	KS_AUTO(ks_buf_clear) ks_buf old = KS_BUF(KS_CMS_MAX_BYTES);
	ks_asic_ref *refs;
	size_t       count;
	size_t       index = ks_zip_find(a->opened->zip, name, strlen(name));

	if (index == SIZE_MAX)
		return ks_fail_why(err, SIGN_E_FORMAT, a->path, NULL, "%s", name);
	KS_TRY(collect_refs(a, &refs, &count, err));
	KS_TRY(ks_zip_slurp(a->opened->zip, index, KS_CMS_MAX_BYTES, &old, err));
	a->w->signature.len = 0;
	KS_TRY(ks_cades_add(a->signer, &a->claims, KS_BYTES(refs[0].digest.bytes, refs[0].digest.len), ks_buf_bytes(&old),
	    a->path, &a->w->signature, err));
	KS_TRY(ks_zip_writer_new(a->out, a->claims.signing_time, &zip, err));
	KS_TRY(ks_zip_writer_take(zip, a->opened->zip, is_not_signature, &index, err));
	KS_TRY(ks_zip_writer_add(zip, name, ks_buf_bytes(&a->w->signature), err));
	return ks_zip_writer_finish(zip, err);
}

static sign_code
add_p7s(struct add *a, sign_error *err)
{
	KS_AUTO(ks_auto_source) sign_source *source = NULL;
	KS_AUTO(ks_buf_clear) ks_buf old = KS_BUF(KS_CMS_MAX_BYTES);
	ks_digest digest;

	if (a->opened->content == NULL)
		return ks_fail(err, SIGN_E_CONTENT_MISSING, a->path);
	KS_TRY(ks_file_source(a->opened->content, a->opened->content->name, 0, a->opened->content->size_bytes, &source, err));
	KS_TRY(ks_flow_pump(a->w, source, a->signer->digest, NULL, &digest, err));
	KS_TRY(ks_file_unchanged(a->opened->content, err));
	KS_TRY(ks_file_slurp(a->path, KS_CMS_MAX_BYTES, &old, err));
	a->w->signature.len = 0;
	KS_TRY(ks_cades_add(a->signer, &a->claims, KS_BYTES(digest.bytes, digest.len), ks_buf_bytes(&old), a->path,
	    &a->w->signature, err));
	return ks_output_write(a->out, a->w->signature.data, a->w->signature.len, err);
}

static sign_code
add_form(struct add *a, sign_error *err)
{
	switch (a->opened->facts->form) {
	case SIGN_FORM_ASICE_CADES:
		return add_asice(a, err);
	case SIGN_FORM_ASICS_CADES:
		return add_asics(a, err);
	case SIGN_FORM_CADES_DETACHED:
		return add_p7s(a, err);
	default:
		return ks_fail_why(err, SIGN_E_UNSUPPORTED, a->path, NULL, "%s", sign_form_name(a->opened->facts->form));
	}
}

/* Signed already, in place perhaps by a run that was killed before it was on disk. */
/*
 * What lies at the output: the container itself (then it is ours alone until it is replaced, or another's signature that is
 * added meanwhile would be lost), nothing, or something whose signatures all stay. Never the document.
 */
static sign_code
check_place(struct add *a, const char *output, int *held, sign_error *err)
{
	*held = -1;
	if (a->opened->content != NULL)
		KS_TRY(ks_flow_check_not_input(a->opened->content->name, output, err));
	if (ks_flow_check_not_input(a->path, output, NULL) != SIGN_OK)
		return ks_file_hold(a->opened->file, held, err);
	return a->o->force ? ks_flow_check_replaced(a->w, a->key, output, a->opened->facts, err) : SIGN_OK;
}

static sign_code
add_unless_signed(struct add *a, sign_error *err)
{
	sign_code code = add_form(a, err);

	if (code == SIGN_E_ALREADY)
		KS_TRY(ks_output_adopt(a->path, ks_flow_sync(a->o->durability), err));
	return code;
}

sign_code
ks_flow_add(sign_worker *w, sign_key *key, const char *path, const char *content, const char *output,
    const sign_options *o, const sign_verifier *verifier, bool *warned, ks_output **out, ks_flow_trace *trace,
    sign_error *err)
{
	KS_AUTO(ks_flow_opened_clear) ks_flow_opened opened = { NULL, NULL, NULL, NULL };
	KS_AUTO(ks_auto_output) ks_output *sealed = NULL;
	KS_AUTO(ks_auto_fd) int held = -1;
	struct add a = { .w = w, .key = key, .o = o, .path = path, .opened = &opened };

	*out = NULL;
	*trace = (ks_flow_trace){ 0 };
	if (warned != NULL)
		*warned = false;
	KS_TRY(ks_flow_signer(w, key, o, &a.signer, err));
	KS_TRY(ks_flow_claims(o, &a.claims, err));
	KS_TRY(ks_flow_open(path, content, &opened, err));
	trace->size_bytes = opened.file->size_bytes;
	trace->mtime_ns = opened.content == NULL ? opened.file->mtime_ns : 0; /* two files: one time cannot speak for both */
	KS_TRY(ks_open_read(w->cx, opened.file, opened.content, &opened.facts, &opened.zip, err));
	KS_TRY(check_still_holds(&a, err));
	KS_TRY(check_person_signed(&a, verifier, warned, err));
	KS_TRY(check_not_added_yet(&a, output, err));
	KS_TRY(check_place(&a, output, &held, err));
	KS_TRY(ks_output_open(output, ks_flow_output_flags(o), w->write_block, FLOW_WRITE_BYTES, &sealed, err));
	ks_output_keep(sealed, held);
	held = -1;
	a.out = sealed;
	KS_TRY(add_unless_signed(&a, err));
	KS_TRY(ks_file_unchanged(opened.file, err));
	KS_TRY(ks_output_prepare(sealed, err));
	KS_TRY(ks_flow_trace_output(w, sealed, trace, err));
	*out = KS_MOVE(sealed);
	return SIGN_OK;
}

sign_code
sign_add(sign_worker *w, sign_key *key, const char *path, const char *content, const char *output, const sign_options *o,
    const sign_verifier *verifier, bool *warned, sign_error *err)
{
	ks_output    *out = NULL;
	ks_flow_trace trace;

	KS_TRY(ks_flow_add(w, key, path, content, output, o, verifier, warned, &out, &trace, err));
	return ks_output_publish_one(out, ks_flow_sync(o->durability), err);
}
