/*
 * The set of an archive's names: open addressing over 32-bit ids, keyed by the name without its closing slash, so
 * that "a" and "a/" meet. Names come from hostile files: a set whose names were made to collide is refused, not
 * searched.
 */
#include <stdlib.h>

#include "zip_private.h"

/* At half load a probe longer than this has a chance of about 1e-21 a name; a hostile file reaches it at once. */
#define MAX_PROBES_ONE  256u
#define MAX_PROBES_EACH 8u
#define MAX_PROBES_FREE 4096u

static const char collides[] = "names made to collide";

static inline uint64_t
hash_step(uint64_t hash, uint8_t byte)
{
	return (hash ^ byte) * 0x100000001b3u;
}

static inline size_t
slot_of(uint64_t hash, size_t cap)
{
	hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15u;
	return (size_t)(hash >> 32) & (cap - 1);
}

static uint64_t
hash_of(sign_bytes key)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < key.len; i++)
		hash = hash_step(hash, key.data[i]);
	return hash;
}

static sign_bytes
key_of(sign_bytes name)
{
	if (name.len > 0 && name.data[name.len - 1] == '/')
		name.len--;
	return name;
}

static bool
same(sign_bytes a, sign_bytes b)
{
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* The slot holding `key`, or the free one where it belongs; SIZE_MAX if the search is too long. */
static size_t
seek(const zip_names *names, sign_bytes key, uint64_t hash, uint64_t *probes)
{
	size_t at = slot_of(hash, names->cap);

	for (size_t i = 0; i < MAX_PROBES_ONE; i++, at = (at + 1) & (names->cap - 1)) {
		++*probes;
		if (names->slots[at] == 0 || same(key_of(names->name(names->owner, names->slots[at] - 1)), key))
			return at;
	}
	return SIZE_MAX;
}

static bool
too_long(const zip_names *names)
{
	return names->probes > MAX_PROBES_FREE + MAX_PROBES_EACH * names->lookups;
}

void
ks_zip_names_clear(zip_names *names)
{
	free(names->slots);
	names->slots = NULL;
	names->cap = names->used = 0;
}

static void
rehash(zip_names *names, const uint32_t *old, size_t old_cap)
{
	for (size_t i = 0; i < old_cap; i++) {
		if (old[i] == 0)
			continue;
		sign_bytes key = key_of(names->name(names->owner, old[i] - 1));
		size_t     at = slot_of(hash_of(key), names->cap);
		while (names->slots[at] != 0)
			at = (at + 1) & (names->cap - 1);
		names->slots[at] = old[i];
	}
}

bool
ks_zip_names_reserve(zip_names *names, size_t count)
{
	size_t cap = names->cap > 0 ? names->cap : 16;

	while (cap < count * 2)
		cap *= 2;
	if (cap == names->cap)
		return true;
	KS_AUTO(ks_auto_mem) uint32_t *old = names->slots;
	size_t    old_cap = names->cap;
	uint32_t *slots = calloc(cap, sizeof *slots);
	if (slots == NULL) {
		old = NULL;
		return false;
	}
	names->slots = slots;
	names->cap = cap;
	rehash(names, old, old_cap);
	return true;
}

const char *
ks_zip_names_add(zip_names *names, uint32_t id)
{
	sign_bytes name = names->name(names->owner, id);
	sign_bytes key = key_of(name);
	size_t     at = seek(names, key, hash_of(key), &names->probes);

	names->lookups++;
	if (at == SIZE_MAX || too_long(names))
		return collides;
	if (names->slots[at] != 0) {
		sign_bytes other = names->name(names->owner, names->slots[at] - 1);
		return other.len == name.len ? KS_N_("there twice") : KS_N_("both a file and a folder");
	}
	names->slots[at] = id + 1;
	names->used++;
	return NULL;
}

static const char *
folder_fault(zip_names *names, sign_bytes folder, uint64_t hash)
{
	size_t at = seek(names, folder, hash, &names->probes);

	names->lookups++;
	if (at == SIZE_MAX || too_long(names))
		return collides;
	if (names->slots[at] == 0)
		return NULL;
	return names->name(names->owner, names->slots[at] - 1).len == folder.len ? KS_N_("both a file and a folder") : NULL;
}

const char *
ks_zip_names_clash(zip_names *names, uint32_t id, sign_bytes previous)
{
	sign_bytes name = key_of(names->name(names->owner, id));
	uint64_t   hash = hash_of(KS_BYTES(NULL, 0));
	bool       shared = true;

	for (size_t i = 0; i < name.len; i++) {
		shared = shared && i < previous.len && previous.data[i] == name.data[i];
		const char *fault =
		    name.data[i] == '/' && !shared ? folder_fault(names, KS_BYTES(name.data, i), hash) : NULL;
		if (fault != NULL)
			return fault;
		hash = hash_step(hash, name.data[i]);
	}
	return NULL;
}

uint32_t
ks_zip_names_find(const zip_names *names, sign_bytes name)
{
	uint64_t   probes = 0;
	sign_bytes key = key_of(name);
	size_t     at = names->cap > 0 ? seek(names, key, hash_of(key), &probes) : SIZE_MAX;

	if (at == SIZE_MAX || names->slots[at] == 0)
		return UINT32_MAX;
	return same(names->name(names->owner, names->slots[at] - 1), name) ? names->slots[at] - 1 : UINT32_MAX;
}
