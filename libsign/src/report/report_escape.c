/*
 * Foreign text made harmless, and measured: what a document or a certificate says must not drive a terminal, reorder a
 * line or hide in it (attacks.md S4). Floor: report.
 */
#include "report_words.h"

#include <stdio.h>
#include <string.h>
#include <unistr.h>
#include <uniwidth.h>

/* Characters that are not seen but act: controls, direction marks, zero width, separators, tags (UAX #9, UTS #39). */
static bool
acts_unseen(ucs4_t c)
{
	static const struct { ucs4_t first, last; } ranges[] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x034f, 0x034f }, { 0x061c, 0x061c },
		{ 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
		{ 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 },
		{ 0xfff0, 0xfffb }, { 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < KS_COUNT(ranges); i++) {
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	}
	return false;
}

/* One character; 0 when the bytes are not UTF-8. */
static size_t
character(const char *s, size_t left, ucs4_t *c)
{
	int n = u8_mbtoucr(c, (const uint8_t *)s, left);

	return n > 0 ? (size_t)n : 0;
}

size_t
ks_text_step(const char *s, size_t left)
{
	ucs4_t c;
	size_t n = character(s, left, &c);

	return n > 0 ? n : 1;
}

void
sign_text_escape(const char *text, char *safe, size_t cap_bytes)
{
	size_t left = strlen(text), used = 0;
	char   unit[16];

	while (left > 0) {
		ucs4_t c = 0;
		size_t n = character(text, left, &c), len;

		if (n == 0 || (n == 1 && acts_unseen(c)))
			len = (size_t)snprintf(unit, sizeof(unit), "\\x%02x", (unsigned)(unsigned char)text[0]);
		else if (acts_unseen(c))
			len = (size_t)snprintf(unit, sizeof(unit), "\\u{%04x}", (unsigned)c);
		else
			memcpy(unit, text, len = n);
		if (used + len >= cap_bytes)
			break;
		memcpy(safe + used, unit, len);
		used += len;
		n = n > 0 ? n : 1;
		text += n;
		left -= n;
	}
	safe[used] = '\0';
}

static size_t
character_columns(const char *s, size_t left)
{
	ucs4_t c;

	if (character(s, left, &c) == 0)
		return 1;
	int width = uc_width(c, "UTF-8");
	return width > 0 ? (size_t)width : 0;
}

size_t
ks_text_columns(const char *text)
{
	size_t left = strlen(text), columns = 0;

	while (left > 0) {
		size_t n = ks_text_step(text, left);

		columns += character_columns(text, left);
		text += n;
		left -= n;
	}
	return columns;
}

/* Bytes of the longest start of `text` that is at most `columns` wide. */
static size_t
start_within(const char *text, size_t columns)
{
	size_t at = 0, len = strlen(text), used = 0;

	while (at < len) {
		used += character_columns(text + at, len - at);
		if (used > columns)
			break;
		at += ks_text_step(text + at, len - at);
	}
	return at;
}

/* The start of `len` bytes, cut between characters to at most `max`. */
static size_t
bytes_within(const char *text, size_t len, size_t max)
{
	size_t at = 0;

	while (at < len) {
		size_t n = ks_text_step(text + at, len - at);

		if (at + n > max)
			break;
		at += n;
	}
	return at;
}

void
ks_text_shorten(const char *text, size_t columns, char *out, size_t cap)
{
	const char  ellipsis[] = "…";
	size_t      len = strlen(text), all = ks_text_columns(text), head, tail;

	if (cap <= sizeof(ellipsis)) {
		if (cap > 0)
			out[0] = '\0';
		return;
	}
	if (all <= columns && len < cap) {
		memcpy(out, text, len + 1);
		return;
	}
	size_t keep = columns > 1 ? columns - 1 : 0;
	size_t half = cap / 2 > strlen(ellipsis) ? cap / 2 - strlen(ellipsis) : 0; /* bytes: marks may pile up without width */
	head = bytes_within(text, start_within(text, (keep + 1) / 2), half);
	tail = start_within(text, all > keep / 2 ? all - keep / 2 : 0);
	while (tail < len && (ks_text_columns(text + tail) > keep / 2 || len - tail > half))
		tail += ks_text_step(text + tail, len - tail);
	tail = tail < head ? head : tail;
	snprintf(out, cap, "%.*s%s%s", (int)head, text, ellipsis, text + tail);
}
