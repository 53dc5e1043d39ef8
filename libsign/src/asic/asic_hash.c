/*
 * One pass over every document that a sound manifest names: each is read once, whatever the number of signers and digest
 * algorithms, through one buffer. Floor: asic.
 */
#include "asic_reader.h"
#include "crypt_pump.h"

#include <stdlib.h>
#include <string.h>

sign_code
ks_asic_hash_entry(ks_asic_reader *r, size_t entry, ks_digest_set set, ks_digest digests[SIGN_DIGEST_COUNT],
    sign_error *err)
{
	KS_AUTO(ks_auto_source) sign_source *source = NULL;

	KS_TRY(ks_zip_source(r->zip, entry, &source, err));
	return ks_pump_digests(r->cx, source, set, r->block, KS_ASIC_BLOCK_BYTES, NULL, NULL, digests, err);
}

/* Which edges end at an entry: items[starts[entry] .. starts[entry + 1]). Twelve bytes a reference while this runs. */
typedef struct { uint32_t manifest, edge; } edge_at;
typedef struct {
	uint32_t *starts;
	edge_at  *items;
} edge_index;

static void
edge_index_clear(edge_index *x)
{
	free(x->starts);
	free(x->items);
}

static sign_code
index_edges(ks_asic_reader *r, size_t entries, edge_index *x, sign_error *err)
{
	x->starts = calloc(entries + 2, sizeof(*x->starts));
	x->items = malloc((r->edge_total + 1) * sizeof(*x->items));
	if (x->starts == NULL || x->items == NULL)
		return ks_fail_memory(err);
	/* Counting sort: counts two places on, sums one place on, and filling moves each sum to its final place. */
	for (size_t m = 0; m < r->manifest_count; m++)
		for (size_t i = 0; i < r->manifests[m].edge_count; i++)
			if (r->manifests[m].edges[i].document < entries)
				x->starts[r->manifests[m].edges[i].document + 2]++;
	for (size_t i = 2; i < entries + 2; i++)
		x->starts[i] += x->starts[i - 1];
	for (size_t m = 0; m < r->manifest_count; m++)
		for (size_t i = 0; i < r->manifests[m].edge_count; i++) {
			uint32_t document = r->manifests[m].edges[i].document;

			if (document < entries)
				x->items[x->starts[document + 1]++] = (edge_at){ (uint32_t)m, (uint32_t)i };
		}
	return SIGN_OK;
}

static sign_code
settle_entry(ks_asic_reader *r, size_t entry, const edge_at *items, size_t count, sign_error *err)
{
	ks_digest     digests[SIGN_DIGEST_COUNT];
	ks_digest_set set = 0;

	for (size_t i = 0; i < count; i++)
		set |= KS_DIGEST_BIT(r->manifests[items[i].manifest].edges[items[i].edge].alg);
	memset(digests, 0, sizeof(digests));
	KS_TRY(ks_asic_hash_entry(r, entry, set, digests, err));
	for (size_t i = 0; i < count; i++) {
		ks_edge         *edge = &r->manifests[items[i].manifest].edges[items[i].edge];
		const ks_digest *actual = &digests[edge->alg];
		bool             holds = actual->len > 0 &&
		    ks_bytes_equal(KS_BYTES(actual->bytes, actual->len), KS_BYTES(edge->digest, ks_digest_size(edge->alg)));

		edge->state = holds ? KS_EDGE_HOLDS : KS_EDGE_DIFFERS;
	}
	return SIGN_OK;
}

sign_code
ks_asic_hash_documents(ks_asic_reader *r, sign_error *err)
{
	KS_AUTO(edge_index_clear) edge_index x = { NULL, NULL };
	size_t entries = ks_zip_count(r->zip);

	KS_TRY(index_edges(r, entries, &x, err));
	for (size_t i = 0; i < entries; i++) {
		size_t count = x.starts[i + 1] - x.starts[i];

		if (count > 0)
			KS_TRY(settle_entry(r, i, x.items + x.starts[i], count, err));
	}
	return SIGN_OK;
}
