/*
 * The table of forms that are read: containers through the asic room, bare CMS here with the document beside it or inside
 * it. Floor: open.
 */
#include "open_private.h"

#include "asic.h"
#include "cades.h"
#include "crypt_pump.h"
#include "cms.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HASH_BLOCK_BYTES ((size_t)256 * 1024)

typedef struct {
	ks_crypt      *cx;
	const ks_file *file;
	const ks_file *content;   /* of a detached signature; may be NULL */
	bool           documents; /* read and digest them */
	ks_facts      *f;
	size_t         signer_count; /* signatures over the document; counter-signatures follow them */
	const ks_zip  *zip;       /* of a container */
} job;

/* ---- containers ------------------------------------------------------------------------------------------------ */

static sign_code
read_container(job *j, sign_error *err)
{
	if (j->content != NULL)
		return ks_fail_why(err, SIGN_E_USAGE, j->file->name, NULL, "a container holds its documents");
	return j->documents ? ks_asic_read(j->cx, j->zip, j->f, err) : ks_asic_outline(j->cx, j->zip, j->f, err);
}

/* ---- bare CMS -------------------------------------------------------------------------------------------------- */

/* The file in the arena: what was judged is what is extracted. */
static sign_code
load(const ks_file *file, uint64_t max_bytes, ks_arena *arena, sign_bytes *bytes, sign_error *err)
{
	uint8_t *data;

	if (file->size_bytes > max_bytes)
		return ks_fail_why(err, SIGN_E_LIMIT, file->name, NULL, "%llu MiB",
		    (unsigned long long)(max_bytes >> 20));
	data = ks_arena_alloc(arena, (size_t)file->size_bytes + 1);
	if (data == NULL)
		return ks_fail_memory(err);
	KS_TRY(ks_file_read_at(file, 0, data, (size_t)file->size_bytes, err));
	*bytes = KS_BYTES(data, (size_t)file->size_bytes);
	return SIGN_OK;
}

static const char *
base_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash == NULL ? name : slash + 1;
}

/* What the document inside "letter.pdf.p7m" is called. */
static const char *
attached_name(ks_arena *arena, const char *file)
{
	static const char *const suffixes[] = { ".p7m", ".p7s", ".p7", ".pkcs7", ".sig", ".cms", ".pem", ".der" };
	const char *name = base_name(file);
	size_t      len = strlen(name);

	for (size_t i = 0; i < KS_COUNT(suffixes); i++) {
		size_t n = strlen(suffixes[i]);

		if (len > n && strcasecmp(name + len - n, suffixes[i]) == 0)
			return ks_arena_strndup(arena, name, len - n);
	}
	return ks_arena_printf(arena, "%s.content", name);
}

static sign_code
add_document(job *j, const char *name, uint64_t size_bytes, sign_error *err)
{
	ks_document *d;

	if (name == NULL)
		return ks_fail_memory(err);
	d = ks_facts_add_document(j->f, name, err);
	if (d == NULL)
		return SIGN_E_MEMORY;
	d->size_bytes = size_bytes;
	d->entry = KS_NO_ENTRY;
	d->missing = false;
	d->needs_cover = true;
	return SIGN_OK;
}

/* Digests of the document, read once: the file beside it, or the bytes inside. */
static sign_code
hash_document(job *j, sign_bytes inside, ks_digest_set set, ks_digest digests[SIGN_DIGEST_COUNT], sign_error *err)
{
	KS_AUTO(ks_auto_source) sign_source *source = NULL;
	KS_AUTO(ks_auto_mem) uint8_t *block = malloc(HASH_BLOCK_BYTES);

	if (block == NULL)
		return ks_fail_memory(err);
	if (j->content == NULL)
		KS_TRY(sign_source_memory(j->file->name, inside, &source, err));
	else
		KS_TRY(ks_file_source(j->content, j->content->name, 0, j->content->size_bytes, &source, err));
	KS_TRY(ks_pump_digests(j->cx, source, set, block, HASH_BLOCK_BYTES, NULL, NULL, digests, err));
	return j->content != NULL ? ks_file_unchanged(j->content, err) : SIGN_OK;
}

static sign_code
add_edge(job *j, ks_signature *s, const ks_digest digests[SIGN_DIGEST_COUNT], sign_error *err)
{
	sign_bytes       stated = ks_cades_stated_digest(s);
	const ks_digest *actual = &digests[s->digest_alg];

	if (stated.len == 0 || stated.len != ks_digest_size(s->digest_alg))
		return SIGN_OK;
	s->edges = ks_arena_alloc(j->f->arena, sizeof(*s->edges));
	if (s->edges == NULL)
		return ks_fail_memory(err);
	s->edge_count = 1;
	s->edges[0] = (ks_edge){ stated.data, 0, (uint8_t)s->digest_alg, KS_EDGE_NONE };
	if (actual->len > 0)
		s->edges[0].state = ks_bytes_equal(KS_BYTES(actual->bytes, actual->len), stated) ? KS_EDGE_HOLDS :
		    KS_EDGE_DIFFERS;
	return SIGN_OK;
}

/* attacks.md C3: a document beside an attached signature must be the one inside. */
static sign_code
compare_inside(job *j, sign_bytes inside, const ks_digest *outside, sign_error *err)
{
	ks_digest mine;
	bool      same;

	KS_TRY(ks_digest_bytes(j->cx, SIGN_DIGEST_SHA256, inside, &mine, err));
	same = ks_bytes_equal(KS_BYTES(mine.bytes, mine.len), KS_BYTES(outside->bytes, outside->len));
	for (size_t i = 0; i < j->signer_count; i++) {
		ks_signature *s = &j->f->signatures[i];

		if (same)
			KS_TRY(ks_signature_note(j->f, s, KS_NOTE_ECONTENT_PRESENT, s->file, err));
		else if (s->format_fault == NULL)
			s->format_fault = KS_N_("the content inside the signature differs from what it stands beside (RFC 5652 5.2)");
	}
	return SIGN_OK;
}

static sign_code
bind_document(job *j, sign_bytes inside, ks_digest_set needed, sign_error *err)
{
	ks_digest digests[SIGN_DIGEST_COUNT];
	bool      both = j->content != NULL && inside.data != NULL;

	memset(digests, 0, sizeof(digests));
	if (j->content != NULL)
		KS_TRY(add_document(j, base_name(j->content->name), j->content->size_bytes, err));
	else
		KS_TRY(add_document(j, attached_name(j->f->arena, j->file->name), inside.len, err));
	if (j->documents)
		KS_TRY(hash_document(j, inside, needed | (both ? KS_DIGEST_BIT(SIGN_DIGEST_SHA256) : 0), digests, err));
	for (size_t i = 0; i < j->signer_count; i++) {
		if (j->documents)
			ks_cades_bind(&j->f->signatures[i], digests);
		KS_TRY(add_edge(j, &j->f->signatures[i], digests, err));
	}
	return j->documents && both ? compare_inside(j, inside, &digests[SIGN_DIGEST_SHA256], err) : SIGN_OK;
}

static sign_code
read_cms(job *j, uint64_t max_bytes, sign_error *err)
{
	sign_bytes    bytes, inside;
	ks_digest_set needed;
	size_t        first;

	KS_TRY(load(j->file, max_bytes, j->f->arena, &bytes, err));
	KS_TRY(ks_file_unchanged(j->file, err));
	KS_TRY(ks_cades_read(j->cx, j->f, bytes, base_name(j->file->name), &first, &j->signer_count, &needed, &inside, err));
	if (j->content == NULL && inside.data == NULL)
		return SIGN_OK; /* its document is not at hand: content_holds stays unknown */
	return bind_document(j, inside, needed, err);
}

static sign_code
read_detached(job *j, sign_error *err)
{
	return read_cms(j, KS_CMS_MAX_BYTES, err);
}

static sign_code
read_attached(job *j, sign_error *err)
{
	return read_cms(j, KS_OPEN_MAX_ATTACHED_BYTES, err);
}

/* ---- the table ------------------------------------------------------------------------------------------------- */

static const struct {
	sign_form form;
	sign_code (*read)(job *j, sign_error *err);
} readers[] = {
	{ SIGN_FORM_ASICE_CADES, read_container },
	{ SIGN_FORM_ASICS_CADES, read_container },
	{ SIGN_FORM_ASIC_UNSIGNED, read_container },
	{ SIGN_FORM_CADES_DETACHED, read_detached },
	{ SIGN_FORM_CADES_ATTACHED, read_attached },
};

static sign_code
run(job *j, ks_facts **facts, ks_zip **opened, sign_error *err)
{
	KS_AUTO(ks_auto_facts) ks_facts *f = NULL;
	KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;
	sign_form form = SIGN_FORM_UNKNOWN;
	size_t    row = 0;

	KS_TRY(ks_open_classify(j->file, &form, &zip, err));
	if (form == SIGN_FORM_UNKNOWN)
		return ks_fail(err, SIGN_E_NOT_SIGNED, j->file->name);
	while (row < KS_COUNT(readers) && readers[row].form != form)
		row++;
	if (row == KS_COUNT(readers))
		return ks_fail_why(err, SIGN_E_UNSUPPORTED, j->file->name, NULL, "%s", sign_form_name(form));
	KS_TRY(ks_facts_new(j->file->name, &f, err));
	f->form = form;
	j->f = f;
	j->zip = zip;
	KS_TRY(readers[row].read(j, err));
	if (opened != NULL)
		*opened = KS_MOVE(zip);
	*facts = KS_MOVE(f);
	return SIGN_OK;
}

sign_code
ks_open_read(ks_crypt *cx, const ks_file *file, const ks_file *content, ks_facts **facts, ks_zip **zip, sign_error *err)
{
	job j = { .cx = cx, .file = file, .content = content, .documents = true };

	return run(&j, facts, zip, err);
}

sign_code
ks_open_outline(ks_crypt *cx, const ks_file *file, ks_facts **facts, sign_error *err)
{
	job j = { .cx = cx, .file = file };

	return run(&j, facts, NULL, err);
}

sign_code
ks_open_attached_content(const ks_file *file, ks_arena *arena, sign_bytes *content, sign_error *err)
{
	sign_bytes bytes;
	ks_cms     cms;

	KS_TRY(load(file, KS_OPEN_MAX_ATTACHED_BYTES, arena, &bytes, err));
	KS_TRY(ks_cms_read(arena, bytes, file->name, &cms, err));
	if (!cms.attached)
		return ks_fail(err, SIGN_E_CONTENT_MISSING, file->name);
	*content = cms.content;
	return SIGN_OK;
}
