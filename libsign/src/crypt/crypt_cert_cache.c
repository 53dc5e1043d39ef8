/*
 * A worker's parsed certificates, found again by their bytes: a batch meets the same signer thousands of times. Floor:
 * crypt. The cache is small and bounded; strangers' certificates can only push others out.
 */
#include "crypt_context.h"

#include <string.h>

#define MIX UINT64_C(0x9E3779B97F4A7C15)

/* Spreads, no more: a collision costs a comparison, since the bytes decide. */
static uint64_t
hash_bytes(sign_bytes bytes)
{
	uint64_t hash = bytes.len * MIX, word;
	size_t   i = 0;

	for (; bytes.len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, bytes.data + i, sizeof(word));
		hash = (hash ^ word) * MIX;
		hash ^= hash >> 32;
	}
	for (; i < bytes.len; i++)
		hash = (hash ^ bytes.data[i]) * MIX;
	return hash ^ hash >> 29;
}

sign_code
ks_cert_cached(ks_crypt *cx, sign_bytes der, ks_cert **out, sign_error *err)
{
	uint64_t      hash;
	ks_cert_slot *set, *oldest;
	ks_cert      *cert;

	if (der.len > KS_CERT_CACHE_MAX_BYTES)
		return ks_cert_parse(der, out, err);
	hash = hash_bytes(der);
	oldest = set = cx->certs[hash % KS_CERT_CACHE_SETS];
	cx->clock++;
	for (ks_cert_slot *slot = set; slot < set + KS_CERT_CACHE_WAYS; slot++) {
		if (slot->cert != NULL && slot->hash == hash && ks_bytes_equal(slot->cert->der, der)) {
			slot->used = cx->clock;
			*out = ks_cert_ref(slot->cert);
			return SIGN_OK;
		}
		if (slot->used < oldest->used)
			oldest = slot;
	}
	KS_TRY(ks_cert_parse(der, &cert, err));
	ks_cert_free(oldest->cert);
	*oldest = (ks_cert_slot){ ks_cert_ref(cert), hash, cx->clock };
	*out = cert;
	return SIGN_OK;
}

void
ks_cert_cache_clear(ks_crypt *cx)
{
	for (size_t set = 0; set < KS_CERT_CACHE_SETS; set++) {
		for (size_t way = 0; way < KS_CERT_CACHE_WAYS; way++) {
			ks_cert_free(cx->certs[set][way].cert);
			cx->certs[set][way] = (ks_cert_slot){ NULL, 0, 0 };
		}
	}
}
