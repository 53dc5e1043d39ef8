/*
 * See zip_craft.h: writes what it is told, header by header.
 */
#include <stdlib.h>

#include <libdeflate.h>
#include <zlib.h>

#include "zip_craft.h"

typedef struct {
	uint64_t at, size, packed;
	uint32_t crc;
	unsigned flags, method;
	size_t   name_len;
} craft_facts;

static void
add(ks_buf *out, const void *data, size_t len)
{
	if (len > 0 && ks_buf_add(out, data, len, NULL) != SIGN_OK)
		abort();
}

static void
add_text(ks_buf *out, const char *text)
{
	if (text != NULL)
		add(out, text, strlen(text));
}

static void
put(ks_buf *out, uint64_t v, unsigned bytes)
{
	uint8_t b[8];

	zip_put64(b, v);
	add(out, b, bytes);
}

static uint8_t *
pack(const uint8_t *data, size_t len, bool deflated, size_t *packed)
{
	z_stream z = { 0 };
	size_t   cap = len + len / 1000 + 64;
	uint8_t *out = malloc(cap);

	if (out == NULL)
		abort();
	*packed = len;
	if (!deflated) {
		memcpy(out, data, len);
		return out;
	}
	if (deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)len;
	z.next_out = out;
	z.avail_out = (uInt)cap;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	*packed = cap - z.avail_out;
	deflateEnd(&z);
	return out;
}

static uint8_t *
content(const craft_entry *e, size_t *len)
{
	uint8_t *data;

	*len = e->zeros > 0 ? e->zeros : e->len > 0 ? e->len : e->data != NULL ? strlen(e->data) : 0;
	data = calloc(1, *len + 1);
	if (data == NULL)
		abort();
	if (e->zeros == 0 && *len > 0)
		memcpy(data, e->data, *len);
	return data;
}

static void
add_descriptor(const craft_entry *e, const craft_facts *f, ks_buf *out)
{
	unsigned width = e->descriptor >= 20 ? 8 : 4;

	if (e->descriptor == 16 || e->descriptor == 24)
		put(out, ZIP_DESCRIPTOR_SIG, 4);
	put(out, f->crc ^ e->descriptor_xor, 4);
	put(out, f->packed, width);
	put(out, f->size, width);
}

static void
add_entry(const craft_entry *e, craft_facts *f, ks_buf *out)
{
	size_t   len, packed;
	KS_AUTO(ks_auto_mem) uint8_t *data = content(e, &len);
	KS_AUTO(ks_auto_mem) uint8_t *bytes = pack(data, len, e->deflate, &packed);
	bool     later = e->descriptor > 0 || e->no_descriptor, hide = later && !e->truthful;

	*f = (craft_facts){ out->len, (uint64_t)((int64_t)len + e->size_add),
		(uint64_t)((int64_t)packed + e->packed_add), libdeflate_crc32(0, data, len) ^ e->crc_xor,
		e->flags | (later ? 8u : 0),
		e->method_is > 0 ? e->method_is - 1
		: e->deflate     ? 8u
				 : 0,
		e->name_len > 0 ? e->name_len : strlen(e->name) };
	const char *name = e->local_name != NULL ? e->local_name : e->name;
	size_t      name_len = e->local_name != NULL ? strlen(name) : f->name_len;
	put(out, ZIP_LOCAL_SIG, 4);
	put(out, 20, 2);
	put(out, f->flags ^ e->local_flags_xor, 2);
	put(out, e->local_method_is > 0 ? e->local_method_is - 1 : f->method, 2);
	put(out, 0x21, 4);
	put(out, hide ? 0 : f->crc ^ e->local_crc_xor, 4);
	put(out, e->local_saturate ? ZIP_FULL32 : hide ? 0 : f->packed + (uint64_t)e->local_packed_add, 4);
	put(out, e->local_saturate ? ZIP_FULL32 : hide ? 0 : f->size + (uint64_t)e->local_size_add, 4);
	put(out, name_len, 2);
	put(out, e->local_extra_len, 2);
	add(out, name, name_len);
	add(out, e->local_extra, e->local_extra_len);
	add(out, bytes, packed);
	if (e->descriptor > 0)
		add_descriptor(e, f, out);
	add(out, e->after, e->after_len);
}

static void
add_record(const craft_entry *e, const craft_facts *f, ks_buf *out)
{
	put(out, ZIP_CENTRAL_SIG, 4);
	put(out, 0x0314, 2);
	put(out, 20, 2);
	put(out, f->flags, 2);
	put(out, f->method, 2);
	put(out, 0x21, 4);
	put(out, f->crc, 4);
	put(out, e->saturate ? ZIP_FULL32 : f->packed, 4);
	put(out, e->saturate ? ZIP_FULL32 : f->size, 4);
	put(out, f->name_len, 2);
	put(out, e->extra_len, 2);
	put(out, e->comment != NULL ? strlen(e->comment) : 0, 2);
	put(out, e->disk, 2);
	put(out, 0, 2);
	put(out, e->attributes, 4);
	put(out, f->at + (uint64_t)(int64_t)e->offset_add, 4);
	add(out, e->name, f->name_len);
	add(out, e->extra, e->extra_len);
	add_text(out, e->comment);
}

static void
add_zip64(const craft_archive *a, uint64_t count, uint64_t at, uint64_t size, ks_buf *out)
{
	uint64_t here = out->len;

	put(out, ZIP_END64_SIG, 4);
	put(out, 44 + (uint64_t)(int64_t)a->zip64_length_add, 8);
	put(out, 45, 2);
	put(out, 45, 2);
	put(out, 0, 8);
	put(out, count + (uint64_t)(int64_t)a->zip64_count_add, 8);
	put(out, count + (uint64_t)(int64_t)a->zip64_count_add, 8);
	put(out, size, 8);
	put(out, at, 8);
	put(out, ZIP_LOCATOR_SIG, 4);
	put(out, 0, 4);
	put(out, here + (uint64_t)(int64_t)a->zip64_offset_add, 8);
	put(out, 1 + (uint64_t)(int64_t)a->locator_disks_add, 4);
}

void
craft(const craft_archive *a, ks_buf *out)
{
	craft_facts facts[CRAFT_MAX];
	size_t      n = 0;

	add_text(out, a->before);
	for (; n < CRAFT_MAX && a->entries[n].name != NULL; n++)
		add_entry(&a->entries[n], &facts[n], out);
	add_text(out, a->gap);
	uint64_t at = out->len + (uint64_t)(int64_t)a->offset_add;
	size_t   start = out->len;
	for (size_t i = 0; i < n; i++) {
		size_t k = a->reversed ? n - 1 - i : i;
		add_record(&a->entries[k], &facts[k], out);
	}
	uint64_t size = out->len - start + (uint64_t)(int64_t)a->size_add;
	uint64_t count = n + (uint64_t)(int64_t)a->count_add;
	if (a->zip64)
		add_zip64(a, count, at, size, out);
	put(out, ZIP_END_SIG, 4);
	put(out, a->disk, 4);
	put(out, a->saturate ? ZIP_FULL16 : count + (uint64_t)(int64_t)a->count_here_add, 2);
	put(out, a->saturate ? ZIP_FULL16 : count, 2);
	put(out, a->saturate ? ZIP_FULL32 : size, 4);
	put(out, a->saturate ? ZIP_FULL32 : at, 4);
	put(out, a->comment_len + (uint64_t)(int64_t)a->comment_add, 2);
	add(out, a->comment, a->comment_len);
	add_text(out, a->after);
}
