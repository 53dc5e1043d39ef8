/*
 * The trust set: anchors, intermediates and CRLs, each once. Built by one thread, then only read. Floor: pki.
 */
#include "pki_private.h"

#include <stdlib.h>
#include <string.h>

sign_code
ks_trust_new(ks_trust **trust, sign_error *err)
{
	const ks_known_ca *list;
	size_t             count;

	*trust = NULL;
	/* A damaged list of pins would make an impostor look unknown: fail here, once, rather than pass over it. */
	KS_TRY(ks_known_load(&list, &count, err));
	*trust = calloc(1, sizeof(**trust));
	return *trust != NULL ? SIGN_OK : ks_fail_memory(err);
}

static void
free_items(ks_trust_item *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		ks_cert_free(items[i].cert);
		free(items[i].file);
	}
	free(items);
}

void
ks_trust_free(ks_trust *trust)
{
	if (trust == NULL)
		return;
	free_items(trust->anchors, trust->anchor_count);
	free_items(trust->others, trust->other_count);
	for (size_t i = 0; i < trust->crl_count; i++)
		ks_crl_free(trust->crls[i]);
	free(trust->crls);
	free(trust);
}

/* Room for one more element; *items is unchanged on failure. */
static sign_code
grow(void *items_ptr, size_t count, size_t *cap, size_t max, size_t size, sign_error *err)
{
	void **items = items_ptr;
	size_t wanted = *cap == 0 ? 8 : *cap * 2;
	void  *larger;

	if (count < *cap)
		return SIGN_OK;
	if (count >= max)
		return ks_fail_why(err, SIGN_E_LIMIT, NULL, NULL, "more than %zu trusted items", max);
	larger = realloc(*items, wanted * size);
	if (larger == NULL)
		return ks_fail_memory(err);
	*items = larger;
	*cap = wanted;
	return SIGN_OK;
}

static ks_trust_item *
find_item(ks_trust_item *items, size_t count, const uint8_t sha256[32])
{
	for (size_t i = 0; i < count; i++)
		if (memcmp(items[i].cert->sha256, sha256, 32) == 0)
			return &items[i];
	return NULL;
}

ks_cert *
ks_trust_find(const ks_trust *trust, const uint8_t sha256[32])
{
	const ks_trust_item *item = find_item(trust->anchors, trust->anchor_count, sha256);

	if (item == NULL)
		item = find_item(trust->others, trust->other_count, sha256);
	return item != NULL ? item->cert : NULL;
}

/* An intermediate met again as an anchor becomes one; its first place is kept. */
static sign_code
promote(ks_trust *trust, ks_trust_item *item, sign_error *err)
{
	KS_TRY(grow(&trust->anchors, trust->anchor_count, &trust->anchor_cap, KS_TRUST_MAX_CERTS, sizeof(*item), err));
	trust->anchors[trust->anchor_count++] = *item;
	trust->other_count--;
	memmove(item, item + 1, (size_t)(trust->others + trust->other_count - item) * sizeof(*item));
	return SIGN_OK;
}

static sign_code
append_item(ks_trust *trust, ks_cert *cert, bool anchor, const char *file, sign_error *err)
{
	KS_AUTO(ks_auto_mem) char *copy = NULL;
	ks_trust_item item = { NULL, NULL, ks_known_of(cert) };

	if (anchor)
		KS_TRY(grow(&trust->anchors, trust->anchor_count, &trust->anchor_cap, KS_TRUST_MAX_CERTS, sizeof(item), err));
	else
		KS_TRY(grow(&trust->others, trust->other_count, &trust->other_cap, KS_TRUST_MAX_CERTS, sizeof(item), err));
	copy = strdup(file);
	if (copy == NULL)
		return ks_fail_memory(err);
	item.cert = ks_cert_ref(cert);
	item.file = KS_MOVE(copy);
	if (anchor)
		trust->anchors[trust->anchor_count++] = item;
	else
		trust->others[trust->other_count++] = item;
	return SIGN_OK;
}

sign_code
ks_trust_add_cert_from(ks_trust *trust, ks_cert *cert, bool anchor, const char *file, sign_error *err)
{
	ks_trust_item *other;

	if (find_item(trust->anchors, trust->anchor_count, cert->sha256) != NULL)
		return SIGN_OK;
	other = find_item(trust->others, trust->other_count, cert->sha256);
	if (other != NULL)
		return anchor ? promote(trust, other, err) : SIGN_OK;
	return append_item(trust, cert, anchor, file, err);
}

sign_code
ks_trust_add_cert(ks_trust *trust, ks_cert *cert, bool anchor, sign_error *err)
{
	return ks_trust_add_cert_from(trust, cert, anchor, "", err);
}

sign_code
ks_trust_add_crl(ks_trust *trust, sign_bytes der, const char *origin, sign_error *err)
{
	const char *name = origin != NULL ? origin : "";

	for (size_t i = 0; i < trust->crl_count; i++)
		if (ks_bytes_equal(der, KS_BYTES(trust->crls[i]->der, trust->crls[i]->len)))
			return SIGN_OK;
	KS_TRY(grow(&trust->crls, trust->crl_count, &trust->crl_cap, KS_TRUST_MAX_CRLS, sizeof(trust->crls[0]), err));
	KS_TRY(ks_crl_parse(der, name, name, &trust->crls[trust->crl_count], err));
	trust->crl_count++;
	return SIGN_OK;
}

size_t
ks_trust_anchor_count(const ks_trust *trust)
{
	return trust->anchor_count;
}

size_t
ks_trust_intermediate_count(const ks_trust *trust)
{
	return trust->other_count;
}

size_t
ks_trust_crl_count(const ks_trust *trust)
{
	return trust->crl_count;
}

ks_cert *
ks_trust_anchor_at(const ks_trust *trust, size_t i)
{
	return i < trust->anchor_count ? trust->anchors[i].cert : NULL;
}

ks_cert *
ks_trust_intermediate_at(const ks_trust *trust, size_t i)
{
	return i < trust->other_count ? trust->others[i].cert : NULL;
}

bool
ks_trust_is_anchor(const ks_trust *trust, const ks_cert *cert)
{
	return find_item(trust->anchors, trust->anchor_count, cert->sha256) != NULL;
}

/* ---- the public face ---- */

sign_code
sign_trust_new(sign_trust **trust, sign_error *err)
{
	return ks_trust_new(trust, err);
}

void
sign_trust_free(sign_trust *trust)
{
	ks_trust_free(trust);
}

sign_code
sign_trust_add_path(sign_trust *trust, const char *path, sign_error *err)
{
	return ks_trust_add_path(trust, path, err);
}

sign_code
sign_trust_add_crl_path(sign_trust *trust, const char *path, sign_error *err)
{
	return ks_trust_add_crl_path(trust, path, err);
}

size_t
sign_trust_count(const sign_trust *trust)
{
	return trust->anchor_count + trust->other_count;
}

bool
sign_trust_at(const sign_trust *trust, size_t index, time_t now, sign_trust_entry *entry)
{
	bool                 anchor = index < trust->anchor_count;
	const ks_trust_item *item;
	const char          *pretends;

	*entry = (sign_trust_entry){ NULL, "", "", "", "", false, false };
	if (index >= sign_trust_count(trust))
		return false;
	item = anchor ? &trust->anchors[index] : &trust->others[index - trust->anchor_count];
	entry->cert = (const sign_cert *)(const void *)item->cert;
	entry->file = item->file;
	entry->known_name = item->known != NULL ? item->known->name : "";
	entry->known_system = item->known != NULL ? item->known->system : "";
	pretends = ks_trust_pretends(trust, item->cert);
	entry->pretends = pretends != NULL ? pretends : "";
	entry->anchor = anchor;
	entry->expired = item->cert->not_after < now;
	return true;
}

size_t
sign_trust_crl_count(const sign_trust *trust)
{
	return trust->crl_count;
}

bool
sign_trust_crl_at(const sign_trust *trust, size_t index, sign_trust_crl *crl)
{
	const ks_crl *c;

	*crl = (sign_trust_crl){ "", "", 0, 0, 0 };
	if (index >= trust->crl_count)
		return false;
	c = trust->crls[index];
	*crl = (sign_trust_crl){ c->origin, c->issuer_text, c->this_update, c->next_update, c->count };
	return true;
}
