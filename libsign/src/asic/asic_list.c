/*
 * The documents of a container, one for each entry, and what is odd about names and the mimetype entry. Nothing here
 * decides: oddities are notes, what must be refused the ZIP room has refused. Floor: asic.
 */
#include "asic_reader.h"

#include <stdlib.h>
#include <string.h>

sign_code
ks_asic_note(ks_asic_reader *r, ks_note_code code, const char *subject, sign_error *err)
{
	size_t same = 0;

	for (size_t i = 0; i < r->f->note_count; i++)
		same += r->f->notes[i].code == code;
	return same < KS_ASIC_MAX_NOTES ? ks_facts_note(r->f, code, subject, err) : SIGN_OK;
}

/* As a person can see it: bytes that are not UTF-8 show as \xNN. Writes the text and its NUL, tells the room taken. */
static size_t
show_name(const ks_zip_entry *e, bool readable, char *text)
{
	size_t n = 0;

	for (size_t i = 0; i < e->name_len; i++) {
		if (readable || (unsigned char)e->name[i] < 0x80) {
			text[n++] = e->name[i];
			continue;
		}
		memcpy(text + n, "\\x", 2);
		ks_hex(KS_BYTES(e->name + i, 1), text + n + 2, 3);
		n += 4;
	}
	text[n++] = '\0';
	return n;
}

/* Room for all names in one piece: a million small ones would each be rounded up. */
static char *
reserve_names(ks_asic_reader *r)
{
	size_t room = 1;

	for (size_t i = 0; i < ks_zip_count(r->zip); i++) {
		const ks_zip_entry *e = ks_zip_at(r->zip, i);

		room += 1 + (size_t)e->name_len * (ks_utf8_valid(e->name, e->name_len) ? 1 : 4);
	}
	return ks_arena_alloc(r->f->arena, room);
}

static sign_code
list_documents(ks_asic_reader *r, sign_error *err)
{
	size_t count = ks_zip_count(r->zip);
	char  *name = reserve_names(r);

	r->f->documents = ks_arena_alloc(r->f->arena, (count > 0 ? count : 1) * sizeof(*r->f->documents));
	if (r->f->documents == NULL || name == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		const ks_zip_entry *e = ks_zip_at(r->zip, i);
		ks_entry_kind       kind = ks_asic_kind(e);
		size_t              taken = show_name(e, ks_utf8_valid(e->name, e->name_len), name);

		/* design.md 17: entries under META-INF/ need no cover once they are recognised and used; see asic_read.c */
		r->f->documents[i] = (ks_document){ name, e->size_bytes, (uint32_t)i, false,
			kind != KS_ENTRY_MIMETYPE && kind != KS_ENTRY_FOLDER, false };
		if (!e->utf8)
			KS_TRY(ks_asic_note(r, KS_NOTE_NAME_NOT_UTF8, name, err));
		if (e->large_extra)
			KS_TRY(ks_asic_note(r, KS_NOTE_ZIP_EXTRA, name, err));
		name += taken;
	}
	r->f->document_count = count;
	return SIGN_OK;
}

/* Missing files follow by ks_arena_push, which takes the capacity to be a power of two: rare, so made only then. */
sign_code
ks_asic_grow_documents(ks_asic_reader *r, sign_error *err)
{
	size_t       room = 4;
	ks_document *grown;

	if (r->documents_grown)
		return SIGN_OK;
	while (room < r->f->document_count)
		room *= 2;
	grown = ks_arena_alloc(r->f->arena, room * sizeof(*grown));
	if (grown == NULL)
		return ks_fail_memory(err);
	memcpy(grown, r->f->documents, r->f->document_count * sizeof(*grown));
	r->f->documents = grown;
	r->documents_grown = true;
	return SIGN_OK;
}

/* ---- names that a case-blind or normalising file system takes for one ------------------------------------------ */

typedef struct { uint64_t hash; uint32_t entry; } folded;

static uint64_t
hash_text(const char *text, size_t len, bool lower)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (lower && c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		h = (h ^ (unsigned char)c) * 0x100000001b3u;
	}
	return h;
}

static uint64_t
hash_folded(const ks_zip_entry *e)
{
	KS_AUTO(ks_auto_mem) char *fold = NULL;
	bool ascii = true;

	for (size_t i = 0; i < e->name_len && ascii; i++)
		ascii = (unsigned char)e->name[i] < 0x80;
	if (!ascii)
		fold = ks_name_fold(e->name, e->name_len);
	return fold == NULL ? hash_text(e->name, e->name_len, ascii) : hash_text(fold, strlen(fold), false);
}

static bool
fold_equal(const ks_zip_entry *a, const ks_zip_entry *b)
{
	KS_AUTO(ks_auto_mem) char *fold_a = ks_name_fold(a->name, a->name_len);
	KS_AUTO(ks_auto_mem) char *fold_b = ks_name_fold(b->name, b->name_len);

	return fold_a != NULL && fold_b != NULL && strcmp(fold_a, fold_b) == 0;
}

static int
by_hash(const void *a, const void *b)
{
	const folded *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->entry < y->entry ? -1 : x->entry > y->entry;
}

/* Sorted hashes, 16 bytes an entry and only while this runs; equal neighbours are folded again to be sure. */
static sign_code
note_collisions(ks_asic_reader *r, sign_error *err)
{
	size_t count = ks_zip_count(r->zip);
	KS_AUTO(ks_auto_mem) folded *names = calloc(count + 1, sizeof(*names));

	if (names == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < count; i++)
		names[i] = (folded){ hash_folded(ks_zip_at(r->zip, i)), (uint32_t)i };
	qsort(names, count, sizeof(*names), by_hash);
	for (size_t i = 1; i < count; i++) {
		if (names[i].hash != names[i - 1].hash ||
		    !fold_equal(ks_zip_at(r->zip, names[i - 1].entry), ks_zip_at(r->zip, names[i].entry)))
			continue;
		KS_TRY(ks_asic_note(r, KS_NOTE_NAME_COLLISION, r->f->documents[names[i].entry].name, err));
	}
	return SIGN_OK;
}

/* A type that says something odd is a note; one that is damaged (its CRC differs) makes the archive damaged. */
static sign_code
check_mimetype_whole(ks_asic_reader *r, size_t index, sign_error *err)
{
	KS_AUTO(ks_buf_clear) ks_buf text = KS_BUF(KS_BLOCK_BYTES);
	sign_error seen = SIGN_ERROR_INIT;
	sign_code  rc = ks_zip_slurp(r->zip, index, text.max, &text, &seen);

	if (rc == SIGN_OK || rc == SIGN_E_LIMIT) /* too long to be a type: told as odd */
		return SIGN_OK;
	if (err != NULL)
		*err = seen;
	return rc;
}

/* EN 319 162-1 A.1: first, stored, no extra field, the media type and nothing else. Graded on reading (attacks.md Z8). */
static sign_code
note_mimetype(ks_asic_reader *r, sign_error *err)
{
	size_t              index = ks_zip_find(r->zip, "mimetype", 8);
	const char         *media = r->f->media_type;
	const ks_zip_entry *e;
	bool                simple;

	if (ks_zip_comment(r->zip).len > 0)
		KS_TRY(ks_asic_note(r, KS_NOTE_ZIP_COMMENT, NULL, err));
	if (index == SIZE_MAX)
		return ks_asic_note(r, KS_NOTE_MIMETYPE_MISSING, NULL, err);
	KS_TRY(check_mimetype_whole(r, index, err));
	e = ks_zip_at(r->zip, index);
	if (e->header_offset != 0)
		KS_TRY(ks_asic_note(r, KS_NOTE_MIMETYPE_NOT_FIRST, NULL, err));
	if (e->method != 0)
		KS_TRY(ks_asic_note(r, KS_NOTE_MIMETYPE_COMPRESSED, NULL, err));
	if (e->local_extra)
		KS_TRY(ks_asic_note(r, KS_NOTE_MIMETYPE_EXTRA, NULL, err));
	if (!ks_asic_media_known(media, &simple) || strlen(media) != e->size_bytes)
		KS_TRY(ks_asic_note(r, KS_NOTE_MIMETYPE_CONTENT, media, err));
	return SIGN_OK;
}

/* attacks.md Z8: a suffix that contradicts the type. The type decides; people go by the suffix. */
static sign_code
note_suffix(ks_asic_reader *r, sign_error *err)
{
	const char *name = ks_zip_file(r->zip)->name;
	bool        simple = false;

	if (!ks_asic_suffix_known(name, &simple) || simple == (r->f->form == SIGN_FORM_ASICS_CADES))
		return SIGN_OK;
	return ks_asic_note(r, KS_NOTE_SUFFIX, simple ? "ASiC-E" : "ASiC-S", err);
}

sign_code
ks_asic_list(ks_asic_reader *r, sign_error *err)
{
	KS_TRY(list_documents(r, err));
	KS_TRY(note_mimetype(r, err));
	KS_TRY(note_suffix(r, err));
	return note_collisions(r, err);
}
