/*
 * Manifests are bound to signatures by what SigReference says, never by their names or by being the only one
 * (standards.md 1.3: a reader that skips this can be shown another list of files). Floor: asic.
 */
#include "asic_reader.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* A file that manifests name and the archive lacks; several manifests may name it. */
typedef struct {
	const char *name;
	size_t      len;
	uint32_t    document;
	size_t      manifest; /* the last that named it */
} missing;

typedef struct {
	ks_asic_reader   *r;
	ks_asic_manifest *m;
	size_t            index;    /* of m */
	uint8_t          *seen;     /* a bit an entry: this manifest has named it */
	void             *missing;  /* tree of missing, over all manifests; its nodes live in the arena */
	size_t            missing_count;
	ks_edge          *edges;    /* arena; room for as many as the manifest's size allows */
	size_t            edge_count, edge_cap;
} binder;

static void
keep_node(void *node)
{
	(void)node; /* the arena's */
}

static void
binder_clear(binder *b)
{
	free(b->seen);
	tdestroy(b->missing, keep_node);
}

static int
by_name(const void *a, const void *b)
{
	const missing *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->name, y->name, x->len);
}

static size_t
find_meta(const ks_asic_reader *r, size_t entry)
{
	for (size_t i = 0; i < r->meta_count; i++)
		if (r->metas[i].entry == entry)
			return i;
	return SIZE_MAX;
}

static sign_code
on_signature(void *user, const char *name, size_t len, bool *wanted, const char **fault, sign_error *err)
{
	binder *b = user;
	size_t  entry = ks_zip_find(b->r->zip, name, len);
	size_t  meta = entry == SIZE_MAX ? SIZE_MAX : find_meta(b->r, entry);

	(void)fault;
	(void)err;
	*wanted = false;
	if (meta == SIZE_MAX)
		return SIGN_OK;
	if (b->r->metas[meta].kind == KS_ENTRY_TOKEN || b->r->metas[meta].kind == KS_ENTRY_EVIDENCE) {
		b->m->meta = meta;
		*wanted = true; /* what is no sound manifest to its end vouches for nothing */
		return SIGN_OK;
	}
	for (size_t i = 0; i < b->r->cms_count && b->r->f->form == SIGN_FORM_ASICE_CADES; i++) {
		ks_asic_cms *cms = &b->r->cms[i];

		if (cms->entry != entry)
			continue;
		if (cms->manifest != SIZE_MAX)
			b->r->f->format_fault = KS_N_("two manifests name one signature file (EN 319 162-1 A.4)");
		cms->manifest = b->index;
		b->m->cms = i;
		*wanted = true;
	}
	return SIGN_OK;
}

/* The document of a file that is not there: made on first mention. *again: this manifest has named it before. */
static sign_code
find_missing(binder *b, const char *name, size_t len, uint32_t *document, bool *again, sign_error *err)
{
	missing      key = { name, len, 0, 0 };
	missing    **found = tfind(&key, &b->missing, by_name);
	missing     *node;
	ks_document *doc;

	if (found != NULL) {
		*again = (*found)->manifest == b->index;
		(*found)->manifest = b->index;
		*document = (*found)->document;
		return SIGN_OK;
	}
	if (++b->missing_count > KS_ASIC_MAX_MISSING)
		return ks_fail_why(err, SIGN_E_LIMIT, b->r->f->name, NULL, "more than %u missing files",
		    KS_ASIC_MAX_MISSING);
	node = ks_arena_alloc(b->r->f->arena, sizeof(*node));
	key.name = ks_arena_strndup(b->r->f->arena, name, len);
	if (node == NULL || key.name == NULL)
		return ks_fail_memory(err);
	*node = (missing){ key.name, len, (uint32_t)b->r->f->document_count, b->index };
	KS_TRY(ks_asic_grow_documents(b->r, err));
	doc = ks_facts_add_document(b->r->f, key.name, err);
	if (doc == NULL)
		return SIGN_E_MEMORY;
	doc->missing = doc->needs_cover = true;
	if (tsearch(node, &b->missing, by_name) == NULL)
		return ks_fail_memory(err);
	*document = node->document;
	*again = false;
	return SIGN_OK;
}

/* A reference takes more than this in any spelling, so a manifest of so many bytes rarely needs more room. */
#define REFERENCE_BYTES 160u

static sign_code
reserve_edges(binder *b, size_t cap, sign_error *err)
{
	ks_edge *edges = ks_arena_alloc(b->r->f->arena, cap * sizeof(*edges));

	if (edges == NULL)
		return ks_fail_memory(err);
	if (b->edge_count > 0)
		memcpy(edges, b->edges, b->edge_count * sizeof(*edges));
	b->edges = edges;
	b->edge_cap = cap;
	return SIGN_OK;
}

static sign_code
add_edge(binder *b, ks_edge edge, sign_error *err)
{
	if (b->r->edge_total >= KS_ASIC_MAX_EDGES)
		return ks_fail_why(err, SIGN_E_LIMIT, b->r->f->name, NULL, "more than %u references", KS_ASIC_MAX_EDGES);
	if (b->edge_count == b->edge_cap)
		KS_TRY(reserve_edges(b, b->edge_cap * 2, err));
	b->edges[b->edge_count++] = edge;
	b->r->edge_total++;
	return SIGN_OK;
}

static sign_code
on_reference(void *user, const char *name, size_t len, sign_digest alg, sign_bytes digest, const char **fault,
    sign_error *err)
{
	binder    *b = user;
	size_t     entry = ks_zip_find(b->r->zip, name, len);
	uint32_t   document = (uint32_t)entry;
	bool       again = false;
	sign_bytes kept;

	if (b->m->cms == SIZE_MAX) /* what a token or an evidence record covers is not examined in this version */
		return SIGN_OK;
	kept = ks_arena_copy(b->r->f->arena, digest);
	if (kept.data == NULL)
		return ks_fail_memory(err);
	if (entry == SIZE_MAX) {
		KS_TRY(find_missing(b, name, len, &document, &again, err));
	} else {
		again = (b->seen[entry / 8] >> (entry % 8) & 1) != 0;
		b->seen[entry / 8] = (uint8_t)(b->seen[entry / 8] | 1u << (entry % 8));
	}
	if (again) {
		*fault = KS_N_("the manifest names a file twice (EN 319 162-1 A.4)");
		return SIGN_OK;
	}
	return add_edge(b, (ks_edge){ kept.data, document, (uint8_t)alg,
	    entry == SIZE_MAX ? KS_EDGE_MISSING : KS_EDGE_NONE }, err);
}

static sign_code
on_earlier(void *user, sign_digest alg, sign_bytes digest, const char **fault, sign_error *err)
{
	binder         *b = user;
	ks_asic_stated *stated;
	sign_bytes      kept;

	if (b->m->cms == SIZE_MAX)
		return SIGN_OK;
	kept = ks_arena_copy(b->r->f->arena, digest);
	if (b->m->earlier_count >= KS_ASIC_MAX_EARLIER) {
		*fault = KS_N_("too many earlier signatures are listed");
		return SIGN_OK;
	}
	stated = ks_arena_push(b->r->f->arena, &b->m->earlier, &b->m->earlier_count, sizeof(*stated));
	if (kept.data == NULL || stated == NULL)
		return ks_fail_memory(err);
	*stated = (ks_asic_stated){ alg, kept };
	return SIGN_OK;
}

/* Parse and digest the raw bytes in one go: what is parsed is what was signed. */
static sign_code
stream(binder *b, ks_manifest_reader *reader, ks_hasher *h, sign_error *err)
{
	KS_AUTO(ks_auto_source) sign_source *source = NULL;
	size_t got = 0;

	KS_TRY(ks_zip_source(b->r->zip, b->m->entry, &source, err));
	do {
		KS_TRY(source->read(source, b->r->block, KS_ASIC_BLOCK_BYTES, &got, err));
		if (got == 0)
			break;
		KS_TRY(ks_hasher_add(h, b->r->block, got, err));
		KS_TRY(ks_manifest_reader_feed(reader, b->r->block, got, err));
	} while (got > 0);
	return ks_manifest_reader_finish(reader, err);
}

static sign_code
digest_and_parse(binder *b, ks_manifest_reader *reader, sign_error *err)
{
	ks_digest_set set = 0;
	ks_hasher     h;
	sign_code     rc;

	for (size_t i = 0; i < b->r->cms_count; i++)
		set |= b->r->cms[i].needed;
	KS_TRY(ks_hasher_start(&h, b->r->cx, set, err));
	rc = stream(b, reader, &h, err);
	if (rc != SIGN_OK) {
		ks_hasher_clear(&h);
		return rc;
	}
	return ks_hasher_finish(&h, b->m->digests, err);
}

static sign_code
read_manifest(binder *b, sign_error *err)
{
	static const ks_manifest_events events = { on_signature, on_reference, on_earlier };
	KS_AUTO(ks_auto_manifest_reader) ks_manifest_reader *reader = NULL;
	uint64_t size = ks_zip_at(b->r->zip, b->m->entry)->size_bytes;
	uint64_t room = size / REFERENCE_BYTES < ks_zip_count(b->r->zip) ? size / REFERENCE_BYTES : ks_zip_count(b->r->zip);

	b->edge_count = 0;
	KS_TRY(reserve_edges(b, (size_t)room + 4, err));
	memset(b->seen, 0, ks_zip_count(b->r->zip) / 8 + 1);
	KS_TRY(ks_manifest_reader_new(&events, b, b->r->f->name, &reader, err));
	KS_TRY(digest_and_parse(b, reader, err));
	b->m->nested = ks_manifest_reader_nested(reader);
	b->m->fault = ks_manifest_reader_fault(reader);
	if (b->m->fault != NULL) { /* a broken list covers nothing */
		b->r->edge_total -= b->edge_count;
		b->m->earlier_count = 0;
		return SIGN_OK;
	}
	b->m->edges = b->edges;
	b->m->edge_count = b->edge_count;
	return SIGN_OK;
}

/* A manifest is used when it serves something; one that is broken makes its signature fail, and binds nothing else. */
static void
settle_use(ks_asic_reader *r, ks_asic_meta *own, const ks_asic_manifest *m)
{
	own->used = m->cms != SIZE_MAX || (m->meta != SIZE_MAX && m->fault == NULL);
	if (own->used && m->meta != SIZE_MAX)
		r->metas[m->meta].used = true;
}

static sign_code
note_manifest(ks_asic_reader *r, const ks_asic_manifest *m, sign_error *err)
{
	const char *name = r->f->documents[m->entry].name;

	if (m->nested || strstr(name, "ASiCManifest") == NULL)
		return ks_asic_note(r, KS_NOTE_NONCONFORMANT_MANIFEST_NAME, name, err);
	return SIGN_OK;
}

sign_code
ks_asic_bind_manifests(ks_asic_reader *r, sign_error *err)
{
	KS_AUTO(binder_clear) binder b = { .r = r, .seen = calloc(ks_zip_count(r->zip) / 8 + 1, 1) };

	if (b.seen == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < r->meta_count; i++) {
		if (r->metas[i].kind != KS_ENTRY_MANIFEST)
			continue;
		if (r->manifest_count >= KS_ASIC_MAX_MANIFESTS)
			return ks_fail_why(err, SIGN_E_LIMIT, r->f->name, NULL, "more than %u manifests",
			    KS_ASIC_MAX_MANIFESTS);
		b.index = r->manifest_count;
		b.m = ks_arena_push(r->f->arena, &r->manifests, &r->manifest_count, sizeof(*b.m));
		if (b.m == NULL)
			return ks_fail_memory(err);
		b.m->entry = r->metas[i].entry;
		b.m->cms = b.m->meta = SIZE_MAX;
		KS_TRY(read_manifest(&b, err));
		settle_use(r, &r->metas[i], b.m);
		if (b.m->cms != SIZE_MAX)
			KS_TRY(note_manifest(r, b.m, err));
	}
	return SIGN_OK;
}

/* ---- earlier signatures ---------------------------------------------------------------------------------------- */

/* Digests of all signature values with one algorithm, made when the first manifest asks. */
static sign_code
digest_values(ks_asic_reader *r, sign_digest alg, ks_digest **values, sign_error *err)
{
	if (*values != NULL)
		return SIGN_OK;
	*values = ks_arena_alloc(r->f->arena, r->f->signature_count * sizeof(**values));
	if (*values == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < r->f->signature_count; i++)
		KS_TRY(ks_digest_bytes(r->cx, alg, r->f->signatures[i].value, &(*values)[i], err));
	return SIGN_OK;
}

/* The signature in another .p7s whose value has this digest; SIZE_MAX if there is none. */
static size_t
find_value(const ks_asic_reader *r, const ks_asic_cms *own, const ks_digest *values, sign_bytes digest)
{
	for (size_t i = 0; i < r->f->signature_count; i++) {
		/* a counter-signature is unsigned data: moved into one, a signature is no longer here */
		if ((i >= own->first && i < own->first + own->count) || r->f->signatures[i].is_countersignature)
			continue;
		if (ks_bytes_equal(KS_BYTES(values[i].bytes, values[i].len), digest))
			return i;
	}
	return SIZE_MAX;
}

static sign_code
bind_earlier(ks_asic_reader *r, const ks_asic_manifest *m, ks_digest *values[SIGN_DIGEST_COUNT], sign_error *err)
{
	const ks_asic_cms *own = &r->cms[m->cms];
	size_t            *covers = ks_arena_alloc(r->f->arena, m->earlier_count * sizeof(*covers));
	size_t             count = 0;

	if (covers == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < m->earlier_count; i++) {
		KS_TRY(digest_values(r, m->earlier[i].alg, &values[m->earlier[i].alg], err));
		covers[count] = find_value(r, own, values[m->earlier[i].alg], m->earlier[i].digest);
		count += covers[count] != SIZE_MAX;
	}
	for (size_t i = own->first; i < own->first + own->count; i++) {
		r->f->signatures[i].covers = covers;
		r->f->signatures[i].covers_count = count;
		r->f->signatures[i].covers_broken = count < m->earlier_count;
	}
	return SIGN_OK;
}

sign_code
ks_asic_bind_earlier(ks_asic_reader *r, sign_error *err)
{
	ks_digest *values[SIGN_DIGEST_COUNT] = { NULL };

	for (size_t i = 0; i < r->manifest_count; i++)
		if (r->manifests[i].cms != SIZE_MAX && r->manifests[i].earlier_count > 0)
			KS_TRY(bind_earlier(r, &r->manifests[i], values, err));
	return SIGN_OK;
}
