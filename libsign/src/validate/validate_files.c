/*
 * The files of a document with who signed them: coverage first (design.md 4). Floor: validate. A container may hold a
 * million files, so names and digests stay the facts', signers are counted before memory is taken, and each step is linear
 * in the edges.
 */
#include "validate_steps.h"

#include <stdlib.h>

static void
add_file(const ks_document *d, struct sign_report_file *f)
{
	*f = (struct sign_report_file){
		.name = d->name,
		.size_bytes = d->size_bytes,
		.entry = d->entry,
		.missing = d->missing,
		.needs_cover = d->needs_cover,
		.unexamined = d->unexamined,
	};
}

/* The last signature seen for a file, plus one, so that a manifest naming it twice is one signer. */
static sign_code
count_signers(const ks_case *c, uint32_t *last, size_t *all, sign_error *err)
{
	const ks_facts *facts = c->facts;

	for (size_t i = 0; i < facts->signature_count; i++) {
		const ks_signature *s = &facts->signatures[i];

		for (size_t e = 0; e < s->edge_count; e++) {
			const ks_edge *edge = &s->edges[e];

			if (edge->document >= facts->document_count)
				return ks_fail_at(err, SIGN_E_INTERNAL, facts->name, s->file);
			struct sign_report_file *f = &c->report->files[edge->document];
			if (edge->state == KS_EDGE_DIFFERS)
				f->changed = true;
			if (edge->state == KS_EDGE_HOLDS && last[edge->document] != i + 1) {
				last[edge->document] = (uint32_t)(i + 1);
				f->signed_by_count++;
				(*all)++;
			}
		}
	}
	return SIGN_OK;
}

/* One piece of memory for all lists; each file gets its part, to be filled in order of the signatures. */
static sign_code
share_out(const ks_case *c, uint32_t *last, size_t all, sign_error *err)
{
	size_t *lists = ks_arena_alloc(c->arena, (all > 0 ? all : 1) * sizeof(*lists));

	if (lists == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < c->facts->document_count; i++) {
		struct sign_report_file *f = &c->report->files[i];

		last[i] = 0;
		f->signed_by = f->signed_by_count > 0 ? lists : NULL;
		lists += f->signed_by_count;
		f->signed_by_count = 0;
	}
	return SIGN_OK;
}

/* The digest that extract compares while it writes is from a signature that did not fail (attacks.md Z11). */
static void
list_signers(const ks_case *c, uint32_t *last)
{
	const ks_facts *facts = c->facts;

	for (size_t i = 0; i < facts->signature_count; i++) {
		const ks_signature                 *s = &facts->signatures[i];
		const struct sign_report_signature *judged = &c->report->signatures[i];

		for (size_t e = 0; e < s->edge_count; e++) {
			const ks_edge           *edge = &s->edges[e];
			struct sign_report_file *f = &c->report->files[edge->document];

			if (edge->state != KS_EDGE_HOLDS || last[edge->document] == i + 1)
				continue;
			last[edge->document] = (uint32_t)(i + 1);
			f->signed_by[f->signed_by_count++] = i;
			if (judged->verdict != SIGN_VERDICT_FAILED && f->edge_for_extract == NULL)
				f->edge_for_extract = edge;
		}
	}
}

/* The other direction: what each signature covers. */
static sign_code
list_covered(const ks_case *c, sign_error *err)
{
	for (size_t i = 0; i < c->facts->signature_count; i++) {
		const ks_signature           *s = &c->facts->signatures[i];
		struct sign_report_signature *out = &c->report->signatures[i];

		if (s->edge_count == 0)
			continue;
		out->covers_documents = ks_arena_alloc(c->arena, s->edge_count * sizeof(*out->covers_documents));
		if (out->covers_documents == NULL)
			return ks_fail_memory(err);
		for (size_t e = 0; e < s->edge_count; e++) {
			if (s->edges[e].state == KS_EDGE_HOLDS)
				out->covers_documents[out->covers_document_count++] = s->edges[e].document;
		}
	}
	return SIGN_OK;
}

static bool
lacks_every_content(const ks_facts *facts)
{
	for (size_t i = 0; i < facts->signature_count; i++)
		if (!facts->signatures[i].is_countersignature && facts->signatures[i].content_holds != KS_HOLDS_UNKNOWN)
			return false;
	return facts->document_count == 0;
}

/* Every file that a person would open must be covered by a signature that did not fail. */
static sign_code
judge_coverage(const ks_case *c, sign_error *err)
{
	const size_t max_named = 8;
	sign_report *r = c->report;
	size_t       asked = 0, named = 0;

	for (size_t i = 0; i < r->file_count; i++) {
		struct sign_report_file *f = &r->files[i];

		if (f->changed)
			f->edge_for_extract = NULL; /* one signer saw other bytes: nobody's word is enough */
		if (!f->needs_cover)
			continue;
		asked++;
		if (f->missing || f->edge_for_extract != NULL)
			continue; /* what is not here is its signatures' matter: SIGNED_DATA_NOT_FOUND */
		r->uncovered_count++;
		if (f->signed_by_count == 0 && !f->changed && r->signature_count > 0 && named++ < max_named)
			KS_TRY(ks_report_reason(r, f->unexamined ? KS_WHY_SIGNATURE_NOT_EXAMINED :
			    KS_WHY_NOT_COVERED, f->name, NULL, err));
	}
	/* surprises.md 12: signatures over nothing that a reader would call the document; unless it was not given at all,
	 * which each signature says for itself. */
	if (asked == 0 && r->signature_count > 0 && !lacks_every_content(c->facts))
		return ks_report_reason(r, KS_WHY_NOTHING_COVERED, r->name, NULL, err);
	return SIGN_OK;
}

sign_code
ks_judge_files(const ks_case *c, sign_error *err)
{
	size_t                         count = c->facts->document_count, all = 0;
	KS_AUTO(ks_auto_mem) uint32_t *last = calloc(count > 0 ? count : 1, sizeof(*last));

	if (last == NULL)
		return ks_fail_memory(err);
	c->report->files = ks_arena_alloc(c->arena, (count > 0 ? count : 1) * sizeof(*c->report->files));
	if (c->report->files == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < count; i++)
		add_file(&c->facts->documents[i], &c->report->files[i]);
	c->report->file_count = count;
	KS_TRY(count_signers(c, last, &all, err));
	KS_TRY(share_out(c, last, all, err));
	list_signers(c, last);
	KS_TRY(list_covered(c, err));
	return judge_coverage(c, err);
}
