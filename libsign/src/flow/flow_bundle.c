/*
 * Several documents in one container under one signature. Every document is read once; what is kept of each is its name
 * and digest. Floor: flow.
 */
#include "flow.h"
#include "asic.h"
#include "base_text.h"
#include "cades.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MANIFEST_NAME  "META-INF/ASiCManifest001.xml"
#define SIGNATURE_NAME "META-INF/signature001.p7s"

/* What is kept of a document; its digest has the signer's length. A container may hold a million. */
struct kept {
	const char    *name;
	const uint8_t *digest;
};

struct bundle {
	sign_worker        *w;
	ks_signer          *signer;
	const sign_options *o;
	const char         *output;
	ks_cades_claims     claims;
	sign_next_document  next;
	void               *user;
	ks_arena           *arena;
	struct kept        *refs;
	size_t              count;
	const struct kept **sorted; /* by name */
};

/* zip NULL: only digest it. */
static sign_code
add_document(struct bundle *b, ks_zip_writer *zip, const char *path, const char *name, sign_error *err)
{
	KS_AUTO(ks_auto_source) sign_source *source = NULL;
	struct kept *ref;
	ks_digest    digest;

	KS_TRY(ks_asic_check_document_name(name, err));
	KS_TRY(ks_flow_check_not_input(path, b->output, err));
	KS_TRY(sign_source_open(path, &source, err));
	if (zip != NULL)
		KS_TRY(ks_zip_writer_begin(zip, name, b->o->deflate, source->size_bytes, err));
	KS_TRY(ks_flow_pump(b->w, source, b->signer->digest, zip, &digest, err));
	if (zip != NULL)
		KS_TRY(ks_zip_writer_end(zip, err));
	ref = ks_arena_push(b->arena, &b->refs, &b->count, sizeof(*ref));
	if (ref == NULL || (ref->name = ks_arena_strdup(b->arena, name)) == NULL)
		return ks_fail_memory(err);
	ref->digest = ks_arena_copy(b->arena, KS_BYTES(digest.bytes, digest.len)).data;
	return ref->digest != NULL ? SIGN_OK : ks_fail_memory(err);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp((*(const struct kept *const *)a)->name, (*(const struct kept *const *)b)->name);
}

/* The documents sorted by name. Two with one name could not be told apart by a reader: refused, as reading them is. */
static sign_code
sort_names(struct bundle *b, sign_error *err)
{
	b->sorted = ks_arena_alloc(b->arena, (b->count + 1) * sizeof(*b->sorted));
	if (b->sorted == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < b->count; i++)
		b->sorted[i] = &b->refs[i];
	qsort(b->sorted, b->count, sizeof(*b->sorted), by_name);
	for (size_t i = 1; i < b->count; i++)
		if (strcmp(b->sorted[i - 1]->name, b->sorted[i]->name) == 0)
			return ks_fail_why(err, SIGN_E_NAME, b->sorted[i]->name, NULL, "is there twice");
	return SIGN_OK;
}

static sign_code
digest_of_ref(void *user, const char *name, sign_digest alg, ks_digest *digest, sign_error *err)
{
	struct bundle      *b = user;
	struct kept         wanted = { name, NULL };
	const struct kept  *key = &wanted;
	const struct kept **found = bsearch(&key, b->sorted, b->count, sizeof(*b->sorted), by_name);

	if (found == NULL || alg != b->signer->digest)
		return ks_fail(err, SIGN_E_NOT_FOUND, name);
	digest->len = (uint8_t)ks_digest_size(alg);
	memcpy(digest->bytes, (*found)->digest, digest->len);
	return SIGN_OK;
}

/* The output is there: the same documents, signed by this certificate, are success; anything else is not replaced. */
static sign_code
check_output(struct bundle *b, const sign_key *key, const char *output, sign_error *err)
{
	const char *path, *name;

	if (access(output, F_OK) != 0)
		return SIGN_OK;
	if (b->o->force) /* the documents are asked for once: whether they are the same does not matter then */
		return ks_flow_check_output(b->w, key, output, b->o, 0, NULL, NULL, err);
	while (b->next(b->user, &path, &name))
		KS_TRY(add_document(b, NULL, path, name, err));
	KS_TRY(sort_names(b, err));
	KS_TRY(ks_flow_check_output(b->w, key, output, b->o, b->count, digest_of_ref, b, err));
	return ks_fail(err, SIGN_E_CHANGED, output); /* it went away meanwhile, and the documents were asked for already */
}

static void
ref_at(const void *refs, size_t index, ks_asic_ref *ref)
{
	const struct bundle *b = refs;

	ref->name = b->refs[index].name;
	ref->digest.len = (uint8_t)ks_digest_size(b->signer->digest);
	memcpy(ref->digest.bytes, b->refs[index].digest, ref->digest.len);
}

/* The manifest is made twice, piece by piece: once for its size and digest, once into the archive. */
struct measured {
	ks_hasher hasher;
	uint64_t  size_bytes;
};

static sign_code
measure(void *user, const void *data, size_t len, sign_error *err)
{
	struct measured *m = user;

	m->size_bytes += len;
	return ks_hasher_add(&m->hasher, data, len, err);
}

static sign_code
into_entry(void *user, const void *data, size_t len, sign_error *err)
{
	return ks_zip_writer_write(user, data, len, err);
}

static sign_code
write_manifest(struct bundle *b, ks_zip_writer *zip, ks_digest *digest, sign_error *err)
{
	ks_asic_manifest_plan plan = { SIGNATURE_NAME, b->signer->digest, ref_at, b, b->count, NULL, 0 };
	struct measured       m = { .size_bytes = 0 };
	ks_digest             digests[SIGN_DIGEST_COUNT];
	sign_code             code;

	KS_TRY(ks_hasher_start(&m.hasher, b->w->cx, KS_DIGEST_BIT(b->signer->digest), err));
	code = ks_asic_manifest_write(&plan, measure, &m, err);
	if (code != SIGN_OK) {
		ks_hasher_clear(&m.hasher);
		return code;
	}
	KS_TRY(ks_hasher_finish(&m.hasher, digests, err));
	*digest = digests[b->signer->digest];
	KS_TRY(ks_zip_writer_begin(zip, MANIFEST_NAME, false, m.size_bytes, err));
	KS_TRY(ks_asic_manifest_write(&plan, into_entry, zip, err));
	return ks_zip_writer_end(zip, err);
}

static sign_code
write_bundle(struct bundle *b, ks_zip_writer *zip, sign_error *err)
{
	const char *path, *name;
	ks_digest   manifest;

	KS_TRY(ks_zip_writer_add(zip, "mimetype", KS_BYTES(KS_ASIC_MIME_E, strlen(KS_ASIC_MIME_E)), err));
	while (b->next(b->user, &path, &name))
		KS_TRY(add_document(b, zip, path, name, err));
	if (b->count == 0)
		return ks_fail(err, SIGN_E_NOTHING, NULL);
	KS_TRY(write_manifest(b, zip, &manifest, err));
	b->w->signature.len = 0;
	KS_TRY(ks_cades_sign(b->signer, &b->claims, KS_BYTES(manifest.bytes, manifest.len), &b->w->signature, err));
	KS_TRY(ks_zip_writer_add(zip, SIGNATURE_NAME, ks_buf_bytes(&b->w->signature), err));
	return ks_zip_writer_finish(zip, err);
}

sign_code
sign_bundle(sign_worker *w, sign_key *key, sign_next_document next, void *user, const char *output, const sign_options *o,
    sign_error *err)
{
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	KS_AUTO(ks_auto_output) ks_output *out = NULL;
	KS_AUTO(ks_auto_zip_writer) ks_zip_writer *zip = NULL;
	struct bundle b = { .w = w, .o = o, .output = output, .next = next, .user = user, .arena = arena };

	if (arena == NULL)
		return ks_fail_memory(err);
	if (o->form != SIGN_FORM_ASICE_CADES)
		return ks_fail_why(err, SIGN_E_USAGE, output, NULL, "%s", sign_form_name(o->form));
	if (o->role == SIGN_ROLE_AGENCY && o->override_reason == NULL)
		return ks_fail(err, SIGN_E_ROLE, output);
	KS_TRY(ks_flow_claims(o, &b.claims, err));
	KS_TRY(ks_flow_signer(w, key, o, &b.signer, err));
	KS_TRY(check_output(&b, key, output, err));
	KS_TRY(ks_output_open(output, ks_flow_output_flags(o), w->write_block, FLOW_WRITE_BYTES, &out, err));
	KS_TRY(ks_zip_writer_new(out, ks_flow_time(o), &zip, err));
	KS_TRY(write_bundle(&b, zip, err));
	KS_TRY(ks_output_prepare(out, err));
	return ks_output_publish_one(KS_MOVE(out), ks_flow_sync(o->durability), err);
}
