/*
 * Making, growing and releasing facts. No behaviour beyond that: what a fact means is the reader's to state and the
 * judge's to weigh. Floor: facts.
 */
#include "facts.h"

#include <stdlib.h>

sign_code
ks_facts_new(const char *name, ks_facts **facts, sign_error *err)
{
	KS_AUTO(ks_auto_facts) ks_facts *f = calloc(1, sizeof(*f));

	*facts = NULL;
	if (f == NULL)
		return ks_fail_memory(err);
	f->refs = 1;
	f->arena = ks_arena_new();
	if (f->arena == NULL)
		return ks_fail_memory(err);
	f->name = ks_arena_strdup(f->arena, name);
	f->media_type = "";
	if (f->name == NULL)
		return ks_fail_memory(err);
	*facts = KS_MOVE(f);
	return SIGN_OK;
}

ks_facts *
ks_facts_ref(const ks_facts *facts)
{
	ks_facts *own = (ks_facts *)(uintptr_t)facts; /* only the count changes, and nobody reads that */

	__atomic_add_fetch(&own->refs, 1, __ATOMIC_RELAXED);
	return own;
}

void
ks_facts_free(ks_facts *facts)
{
	if (facts == NULL || __atomic_sub_fetch(&facts->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	for (size_t i = 0; i < facts->signature_count; i++) {
		ks_signature *s = &facts->signatures[i];

		ks_cert_free(s->signer);
		for (size_t c = 0; c < s->cert_count; c++)
			ks_cert_free(s->certs[c]);
	}
	ks_arena_free(facts->arena);
	free(facts);
}

ks_signature *
ks_facts_add_signature(ks_facts *f, const char *file, sign_error *err)
{
	char         *name = ks_arena_strdup(f->arena, file);
	char         *id = ks_arena_printf(f->arena, "%zu", f->signature_count + 1);
	ks_signature *s = NULL;

	if (name != NULL && id != NULL)
		s = ks_arena_push(f->arena, &f->signatures, &f->signature_count, sizeof(*s));
	if (s == NULL) {
		(void)ks_fail_memory(err);
		return NULL;
	}
	s->file = name;
	s->id = id;
	return s;
}

ks_document *
ks_facts_add_document(ks_facts *f, const char *name, sign_error *err)
{
	char        *copy = ks_arena_strdup(f->arena, name);
	ks_document *d = NULL;

	if (copy != NULL)
		d = ks_arena_push(f->arena, &f->documents, &f->document_count, sizeof(*d));
	if (d == NULL) {
		(void)ks_fail_memory(err);
		return NULL;
	}
	d->name = copy;
	d->entry = KS_NO_ENTRY;
	d->needs_cover = true;
	return d;
}

static sign_code
add_note(ks_arena *arena, ks_note **notes, size_t *count, ks_note_code code, const char *subject, sign_error *err)
{
	char    *copy = ks_arena_strdup(arena, subject != NULL ? subject : "");
	ks_note *note = NULL;

	if (copy != NULL)
		note = ks_arena_push(arena, notes, count, sizeof(*note));
	if (note == NULL)
		return ks_fail_memory(err);
	note->code = code;
	note->subject = copy;
	return SIGN_OK;
}

sign_code
ks_facts_note(ks_facts *f, ks_note_code code, const char *subject, sign_error *err)
{
	return add_note(f->arena, &f->notes, &f->note_count, code, subject, err);
}

sign_code
ks_signature_note(ks_facts *f, ks_signature *s, ks_note_code code, const char *subject, sign_error *err)
{
	return add_note(f->arena, &s->notes, &s->note_count, code, subject, err);
}
