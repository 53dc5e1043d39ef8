/*
 * Read a CAdES container into facts (EN 319 162-1 4.3.3, 4.4.3). Structure first: what lies under META-INF/, signatures,
 * manifests, so that all digests needed are known; then one pass over the documents. Floor: asic.
 *
 * What makes the archive itself unsafe is an error; what breaks a rule of one signature is a fault of that signature; what
 * nobody can account for keeps needs_cover, so that no judge can pass it in silence.
 */
#include "asic_reader.h"

#include <stdlib.h>
#include <string.h>

#define ROOT_PEEK_BYTES ((size_t)64 * 1024)

/* ---- what lies under META-INF/ --------------------------------------------------------------------------------- */

/* The beginning of an entry, as much as a root element needs. */
static sign_code
peek(ks_asic_reader *r, size_t entry, sign_bytes *head, sign_error *err)
{
	KS_AUTO(ks_auto_source) sign_source *source = NULL;
	size_t filled = 0;
	size_t got = 0;

	KS_TRY(ks_zip_source(r->zip, entry, &source, err));
	do {
		KS_TRY(source->read(source, r->block + filled, ROOT_PEEK_BYTES - filled, &got, err));
		filled += got;
	} while (got > 0 && filled < ROOT_PEEK_BYTES);
	*head = KS_BYTES(r->block, filled);
	return SIGN_OK;
}

/* What is meant to be a manifest, if its root cannot be read: its reader then says what is wrong with it. */
static bool
is_named_manifest(const ks_zip_entry *e)
{
	return memmem(e->name, e->name_len, "ASiCManifest", 12) != NULL;
}

/* XML is told by its root: names lie, and peers write many (surprises: manifest names seen). */
static sign_code
settle_xml(ks_asic_reader *r, ks_asic_meta *meta, sign_error *err)
{
	const ks_zip_entry *e = ks_zip_at(r->zip, meta->entry);
	bool                signature = meta->kind == KS_ENTRY_XML_SIGNATURE;
	char                ns[128], name[64];
	sign_bytes          head;

	KS_TRY(peek(r, meta->entry, &head, err));
	meta->kind = is_named_manifest(e) ? KS_ENTRY_MANIFEST : KS_ENTRY_META;
	if (!ks_xml_root(head, ns, name))
		return SIGN_OK;
	if (ks_asic_manifest_ns(ns) && strcmp(name, "ASiCManifest") == 0)
		meta->kind = KS_ENTRY_MANIFEST;
	else if (strcmp(ns, KS_ASIC_NS_ODF) == 0 && strcmp(name, "manifest") == 0 && strcmp(e->name, KS_ASIC_ODF_NAME) == 0)
		meta->kind = KS_ENTRY_ODF_MANIFEST;
	else if ((signature || ks_asic_manifest_ns(ns) || strcmp(ns, KS_ASIC_NS_DS) == 0) && !is_named_manifest(e) &&
	    ks_asic_holds_xml_signature(r->zip, meta->entry))
		meta->kind = KS_ENTRY_XML_SIGNATURE;
	return SIGN_OK;
}

/* What a name promises, the content has to keep. */
static sign_code
settle_kind(ks_asic_reader *r, ks_asic_meta *meta, sign_error *err)
{
	bool is = true;

	if (meta->kind == KS_ENTRY_XML || meta->kind == KS_ENTRY_XML_SIGNATURE)
		return settle_xml(r, meta, err);
	if (meta->kind == KS_ENTRY_TOKEN)
		KS_TRY(ks_asic_is_token(r, meta->entry, &is, err));
	if (meta->kind == KS_ENTRY_EVIDENCE)
		KS_TRY(ks_asic_is_record(r, meta->entry, &is, err));
	if (!is)
		meta->kind = KS_ENTRY_META;
	return SIGN_OK;
}

static sign_code
collect_meta(ks_asic_reader *r, sign_error *err)
{
	for (size_t i = 0; i < ks_zip_count(r->zip); i++) {
		ks_entry_kind kind = ks_asic_kind(ks_zip_at(r->zip, i));
		ks_asic_meta *meta;

		if (kind == KS_ENTRY_DATA || kind == KS_ENTRY_MIMETYPE || kind == KS_ENTRY_FOLDER)
			continue;
		if (r->meta_count >= KS_ASIC_MAX_META)
			return ks_fail_why(err, SIGN_E_LIMIT, r->f->name, "META-INF", "more than %u entries",
			    KS_ASIC_MAX_META);
		meta = ks_arena_push(r->f->arena, &r->metas, &r->meta_count, sizeof(*meta));
		if (meta == NULL)
			return ks_fail_memory(err);
		*meta = (ks_asic_meta){ i, kind, false };
		KS_TRY(settle_kind(r, meta, err));
	}
	return SIGN_OK;
}

/* ---- signature files ------------------------------------------------------------------------------------------- */

/* ASiC-S has one, META-INF/signature.p7s; an only one under another name is read too. SIZE_MAX: all are to be read. */
static size_t
only_signature(const ks_asic_reader *r)
{
	size_t named = ks_zip_find(r->zip, "META-INF/signature.p7s", 22);

	if (r->f->form != SIGN_FORM_ASICS_CADES)
		return SIZE_MAX;
	for (size_t i = 0; i < r->meta_count && named == SIZE_MAX; i++)
		if (r->metas[i].kind == KS_ENTRY_CMS)
			named = r->metas[i].entry;
	return named;
}

static sign_code
slurp(ks_asic_reader *r, size_t entry, uint64_t *total, sign_bytes *bytes, sign_error *err)
{
	KS_AUTO(ks_buf_clear) ks_buf buf = KS_BUF(KS_CMS_MAX_BYTES);

	*total += ks_zip_at(r->zip, entry)->size_bytes;
	if (*total > KS_ASIC_MAX_SIGNATURE_BYTES)
		return ks_fail_at(err, SIGN_E_LIMIT, r->f->name, r->f->documents[entry].name);
	KS_TRY(ks_zip_slurp(r->zip, entry, buf.max, &buf, err));
	*bytes = ks_arena_copy(r->f->arena, ks_buf_bytes(&buf));
	if (bytes->data == NULL && buf.len > 0)
		return ks_fail_memory(err);
	return SIGN_OK;
}

/* A file that is no CMS at all is a signature nobody can check: it is told as one, beside those that can be. */
static sign_code
read_cms(ks_asic_reader *r, ks_asic_cms *cms, sign_bytes bytes, sign_error *err)
{
	const char   *name = r->f->documents[cms->entry].name;
	sign_error    seen = SIGN_ERROR_INIT;
	size_t        before = r->f->signature_count;
	ks_signature *s;
	sign_code     rc;

	rc = ks_cades_read(r->cx, r->f, bytes, name, &cms->first, &cms->count, &cms->needed, &cms->content, &seen);
	if (rc == SIGN_OK)
		return SIGN_OK;
	if (rc != SIGN_E_FORMAT) {
		if (err != NULL)
			*err = seen;
		return rc;
	}
	if (r->f->signature_count == before && ks_facts_add_signature(r->f, name, err) == NULL)
		return SIGN_E_MEMORY;
	cms->first = before;
	cms->count = r->f->signature_count - before;
	cms->content = KS_BYTES(NULL, 0);
	for (s = r->f->signatures + before; s < r->f->signatures + r->f->signature_count; s++)
		ks_asic_fault(s, KS_N_("the signature file is not a CMS SignedData (RFC 5652 5.1)"));
	return SIGN_OK;
}

static sign_code
read_signatures(ks_asic_reader *r, sign_error *err)
{
	size_t   only = only_signature(r);
	uint64_t total = 0;

	for (size_t i = 0; i < r->meta_count; i++) {
		sign_bytes   bytes;
		ks_asic_cms *cms;

		if (r->metas[i].kind != KS_ENTRY_CMS || (only != SIZE_MAX && r->metas[i].entry != only))
			continue;
		if (r->cms_count >= KS_CMS_MAX_SIGNERS)
			return ks_fail_why(err, SIGN_E_LIMIT, r->f->name, NULL, "more than %u signatures", KS_CMS_MAX_SIGNERS);
		cms = ks_arena_push(r->f->arena, &r->cms, &r->cms_count, sizeof(*cms));
		if (cms == NULL)
			return ks_fail_memory(err);
		*cms = (ks_asic_cms){ .entry = r->metas[i].entry, .manifest = SIZE_MAX };
		KS_TRY(slurp(r, cms->entry, &total, &bytes, err));
		KS_TRY(read_cms(r, cms, bytes, err));
		if (cms->content.data != NULL) /* something to compare it by, whatever its signers use */
			cms->needed |= KS_DIGEST_BIT(SIGN_DIGEST_SHA256);
		r->metas[i].used = cms->count > 0; /* without a signer it is no signature, and nobody vouches for it */
		if (r->f->signature_count > KS_CMS_MAX_SIGNERS)
			return ks_fail_why(err, SIGN_E_LIMIT, r->f->name, NULL, "more than %u signatures", KS_CMS_MAX_SIGNERS);
	}
	return SIGN_OK;
}

/* attacks.md C3: content inside a detached signature must be the very bytes it is detached from. */
static sign_code
check_content(ks_asic_reader *r, const ks_asic_cms *cms, const ks_digest digests[SIGN_DIGEST_COUNT], sign_error *err)
{
	const ks_digest *outside = &digests[SIGN_DIGEST_SHA256];
	ks_digest        inside;
	bool             same;

	if (cms->content.data == NULL)
		return SIGN_OK;
	KS_TRY(ks_digest_bytes(r->cx, SIGN_DIGEST_SHA256, cms->content, &inside, err));
	same = ks_bytes_equal(KS_BYTES(inside.bytes, inside.len), KS_BYTES(outside->bytes, outside->len));
	for (size_t i = cms->first; i < cms->first + cms->count; i++) {
		ks_signature *s = &r->f->signatures[i];

		if (same)
			KS_TRY(ks_signature_note(r->f, s, KS_NOTE_ECONTENT_PRESENT, s->file, err));
		else
			ks_asic_fault(s, KS_N_("the content inside the signature differs from what it stands beside (RFC 5652 5.2)"));
	}
	return SIGN_OK;
}

/* ---- ASiC-E: signature → manifest → documents ------------------------------------------------------------------ */

/*
 * Why has a signature file no manifest? If one is too broken to tell which file it serves, that is what a person has to hear.
 */
static const char *
lacks_manifest(const ks_asic_reader *r)
{
	for (size_t i = 0; i < r->manifest_count; i++) {
		const ks_asic_manifest *m = &r->manifests[i];

		if (m->fault != NULL && m->cms == SIZE_MAX && m->meta == SIZE_MAX)
			return m->fault;
	}
	return KS_N_("no manifest names this signature file (EN 319 162-1 4.4.3.2)");
}

static void
fault_signers(ks_asic_reader *r, const ks_asic_cms *cms, const char *fault)
{
	for (size_t i = cms->first; i < cms->first + cms->count; i++)
		ks_asic_fault(&r->f->signatures[i], fault);
}

static sign_code
bind_extended(ks_asic_reader *r, const ks_asic_cms *cms, sign_error *err)
{
	const ks_asic_manifest *m;

	if (cms->manifest >= r->manifest_count) { /* SIZE_MAX: none */
		fault_signers(r, cms, lacks_manifest(r));
		return SIGN_OK;
	}
	m = r->manifests + cms->manifest;
	if (m->fault != NULL)
		fault_signers(r, cms, m->fault);
	for (size_t i = cms->first; i < cms->first + cms->count; i++) {
		ks_signature *s = &r->f->signatures[i];

		ks_cades_bind(s, m->digests);
		s->edges = m->edges;
		s->edge_count = m->edge_count;
	}
	return check_content(r, cms, m->digests, err);
}

static sign_code
read_extended(ks_asic_reader *r, bool documents, sign_error *err)
{
	KS_TRY(ks_asic_bind_manifests(r, err));
	if (documents)
		KS_TRY(ks_asic_hash_documents(r, err));
	for (size_t i = 0; i < r->cms_count; i++)
		KS_TRY(bind_extended(r, &r->cms[i], err));
	return ks_asic_bind_earlier(r, err);
}

/* ---- ASiC-S: signature → the one document ---------------------------------------------------------------------- */

/* EN 319 162-1 4.3.3.2: one data object, at the root. SIZE_MAX if that rule is broken. */
static size_t
only_document(ks_asic_reader *r)
{
	size_t found = SIZE_MAX;
	size_t count = 0;

	for (size_t i = 0; i < ks_zip_count(r->zip); i++) {
		if (ks_asic_kind(ks_zip_at(r->zip, i)) != KS_ENTRY_DATA)
			continue;
		found = i;
		count++;
	}
	if (count == 1 && memchr(ks_zip_at(r->zip, found)->name, '/', ks_zip_at(r->zip, found)->name_len) == NULL)
		return found;
	r->f->format_fault = count == 0 ? KS_N_("the container has no document (EN 319 162-1 4.3.3.2)") :
	    count > 1 ? KS_N_("the container has more than one document (EN 319 162-1 4.3.3.2)") :
	    KS_N_("the document is not at the root of the container (EN 319 162-1 4.3.3.2)");
	return SIZE_MAX;
}

static sign_code
add_only_edge(ks_asic_reader *r, ks_signature *s, size_t document, const ks_digest digests[SIGN_DIGEST_COUNT],
    sign_error *err)
{
	sign_bytes       stated = ks_cades_stated_digest(s);
	const ks_digest *actual = &digests[s->digest_alg];

	if (stated.len == 0 || stated.len != ks_digest_size(s->digest_alg))
		return SIGN_OK;
	s->edges = ks_arena_alloc(r->f->arena, sizeof(*s->edges));
	if (s->edges == NULL)
		return ks_fail_memory(err);
	s->edge_count = 1;
	s->edges[0] = (ks_edge){ stated.data, (uint32_t)document, (uint8_t)s->digest_alg, KS_EDGE_NONE };
	if (actual->len > 0)
		s->edges[0].state = ks_bytes_equal(KS_BYTES(actual->bytes, actual->len), stated) ? KS_EDGE_HOLDS :
		    KS_EDGE_DIFFERS;
	return SIGN_OK;
}

static sign_code
read_simple(ks_asic_reader *r, bool documents, sign_error *err)
{
	ks_digest digests[SIGN_DIGEST_COUNT];
	size_t    document = only_document(r);

	memset(digests, 0, sizeof(digests));
	KS_TRY(ks_asic_bind_manifests(r, err)); /* those of tokens; none serves a signature here */
	if (document == SIZE_MAX || r->cms_count == 0)
		return SIGN_OK;
	if (documents)
		KS_TRY(ks_asic_hash_entry(r, document, r->cms[0].needed, digests, err));
	for (size_t i = r->cms[0].first; i < r->cms[0].first + r->cms[0].count; i++) {
		if (documents)
			ks_cades_bind(&r->f->signatures[i], digests);
		KS_TRY(add_only_edge(r, &r->f->signatures[i], document, digests, err));
	}
	return documents ? check_content(r, &r->cms[0], digests, err) : SIGN_OK;
}

/* ---- leftovers ------------------------------------------------------------------------------------------------- */

/* EN 319 162-1 4.3.3.2: in ASiC-S a token or an evidence record of this very name speaks of the one document. */
static bool
has_fixed_name(const ks_asic_reader *r, const ks_asic_meta *meta)
{
	static const char *const names[] = {
		"META-INF/timestamp.tst", "META-INF/evidencerecord.ers", "META-INF/evidencerecord.xml",
	};
	const char *name = ks_zip_at(r->zip, meta->entry)->name;

	for (size_t i = 0; i < KS_COUNT(names) && r->f->form == SIGN_FORM_ASICS_CADES; i++)
		if (strcmp(name, names[i]) == 0)
			return meta->kind == KS_ENTRY_TOKEN || meta->kind == KS_ENTRY_EVIDENCE;
	return false;
}

static ks_note_code
leftover_note(ks_entry_kind kind, bool used)
{
	if (kind == KS_ENTRY_XML_SIGNATURE)
		return KS_NOTE_XML_SIGNATURE_NOT_EXAMINED;
	if (!used)
		return KS_NOTE_UNKNOWN_META;
	return kind == KS_ENTRY_TOKEN    ? KS_NOTE_ARCHIVE_NOT_EXAMINED :
	       kind == KS_ENTRY_EVIDENCE ? KS_NOTE_EVIDENCE_RECORD_NOT_EXAMINED : KS_NOTE_NONE;
}

/*
 * What was recognised and used needs no cover; what nobody refers to is noted and keeps needing it. That holds for an XML
 * signature beside CAdES ones too: it is not examined, so it must not stand in a container that passes.
 */
static sign_code
settle_meta(ks_asic_reader *r, sign_error *err)
{
	for (size_t i = 0; i < r->meta_count; i++) {
		const ks_asic_meta *meta = &r->metas[i];
		ks_document        *document = &r->f->documents[meta->entry];
		bool                used = meta->used || meta->kind == KS_ENTRY_ODF_MANIFEST || has_fixed_name(r, meta);
		ks_note_code        note = leftover_note(meta->kind, used);

		document->needs_cover = !used;
		document->unexamined = meta->kind == KS_ENTRY_XML_SIGNATURE;
		if (note != KS_NOTE_NONE)
			KS_TRY(ks_asic_note(r, note, document->name, err));
	}
	return SIGN_OK;
}

static sign_code
note_duplicates(ks_asic_reader *r, sign_error *err)
{
	for (size_t i = 1; i < r->f->signature_count; i++) {
		ks_signature *s = &r->f->signatures[i];

		for (size_t k = 0; k < i && s->value.len > 0; k++) {
			if (!ks_bytes_equal(r->f->signatures[k].value, s->value))
				continue;
			KS_TRY(ks_signature_note(r->f, s, KS_NOTE_DUPLICATE_SIGNATURE, r->f->signatures[k].id, err));
			break;
		}
	}
	return SIGN_OK;
}

static sign_code
read_container(ks_asic_reader *r, bool documents, sign_error *err)
{
	char media[128];

	r->f->form = ks_asic_detect(r->zip, media);
	r->f->media_type = ks_arena_strdup(r->f->arena, media);
	if (r->f->media_type == NULL)
		return ks_fail_memory(err);
	KS_TRY(ks_asic_list(r, err));
	KS_TRY(collect_meta(r, err));
	KS_TRY(read_signatures(r, err));
	if (r->f->form == SIGN_FORM_ASICS_CADES)
		KS_TRY(read_simple(r, documents, err));
	else
		KS_TRY(read_extended(r, documents, err));
	KS_TRY(settle_meta(r, err));
	return note_duplicates(r, err);
}

static sign_code
read_with_block(ks_crypt *cx, const ks_zip *zip, ks_facts *facts, bool documents, sign_error *err)
{
	KS_AUTO(ks_auto_mem) uint8_t *block = malloc(KS_ASIC_BLOCK_BYTES);
	ks_asic_reader r = { .cx = cx, .zip = zip, .f = facts, .block = block };

	if (block == NULL)
		return ks_fail_memory(err);
	return read_container(&r, documents, err);
}

sign_code
ks_asic_read(ks_crypt *cx, const ks_zip *zip, ks_facts *facts, sign_error *err)
{
	return read_with_block(cx, zip, facts, true, err);
}

sign_code
ks_asic_outline(ks_crypt *cx, const ks_zip *zip, ks_facts *facts, sign_error *err)
{
	return read_with_block(cx, zip, facts, false, err);
}
