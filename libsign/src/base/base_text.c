/*
 * Text: UTF-8, entry names, percent-encoding, hexadecimal. Unicode tables are libunistring's. Floor: base.
 */
#include "base_text.h"

#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>

bool
ks_utf8_valid(const char *text, size_t len)
{
	return u8_check((const uint8_t *)text, len) == NULL;
}

static const char *
segment_fault(const char *segment, size_t len)
{
	if (len == 0)
		return KS_N_("has an empty part");
	if (len == 1 && segment[0] == '.')
		return KS_N_("has a part \".\"");
	if (len == 2 && segment[0] == '.' && segment[1] == '.')
		return KS_N_("climbs out of its folder");
	return NULL;
}

/*
 * Characters that turn the direction of text (attacks.md Z2: U+202E makes "gpj.exe" read "exe.jpg"): U+061C, U+200E,
 * U+200F, U+202A-202E, U+2066-2069, by their UTF-8 bytes.
 */
static bool
turns_direction(const char *name, size_t left)
{
	const uint8_t *c = (const uint8_t *)name;

	if (left >= 2 && c[0] == 0xD8 && c[1] == 0x9C)
		return true;
	if (left < 3 || c[0] != 0xE2)
		return false;
	return (c[1] == 0x80 && (c[2] == 0x8E || c[2] == 0x8F || (c[2] >= 0xAA && c[2] <= 0xAE))) ||
	    (c[1] == 0x81 && c[2] >= 0xA6 && c[2] <= 0xA9);
}

const char *
ks_name_fault(const char *name, size_t len, bool folder_ok)
{
	size_t start = 0;

	if (len == 0)
		return KS_N_("is empty");
	if (name[0] == '/')
		return KS_N_("is absolute");
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7F)
			return KS_N_("has a control character");
		if (name[i] == '\\')
			return KS_N_("has a backslash");
		if (turns_direction(name + i, len - i))
			return KS_N_("turns the direction of writing");
	}
	if (name[len - 1] == '/') {
		if (!folder_ok)
			return KS_N_("names a folder");
		len--;
	}
	for (size_t i = 0; i <= len; i++) {
		const char *fault;

		if (i < len && name[i] != '/')
			continue;
		fault = segment_fault(name + start, i - start);
		if (fault != NULL)
			return fault;
		start = i + 1;
	}
	return NULL;
}

/* ASCII folds to itself in small letters and is NFC: most names need no table. NULL on no memory, or if it is not ASCII. */
static char *
fold_ascii(const char *name, size_t len)
{
	char *text = malloc(len + 1);

	for (size_t i = 0; text != NULL && i < len; i++) {
		if ((unsigned char)name[i] >= 0x80) {
			free(text);
			return NULL;
		}
		text[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
	}
	if (text != NULL)
		text[len] = '\0';
	return text;
}

char *
ks_name_fold(const char *name, size_t len)
{
	size_t   folded_len = 0;
	uint8_t *folded;
	char    *text = fold_ascii(name, len);

	if (text != NULL)
		return text;
	if (!ks_utf8_valid(name, len))
		return NULL;
	folded = u8_casefold((const uint8_t *)name, len, NULL, UNINORM_NFC, NULL, &folded_len);
	if (folded == NULL)
		return NULL;
	text = malloc(folded_len + 1);
	if (text != NULL) {
		memcpy(text, folded, folded_len);
		text[folded_len] = '\0';
	}
	free(folded);
	return text;
}

char *
ks_uri_encode(const char *name, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";
	char             *uri;
	char             *at;

	if (len > (SIZE_MAX - 1) / 3 || (uri = malloc(len * 3 + 1)) == NULL)
		return NULL;
	at = uri;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("-._~/", c) != NULL) {
			*at++ = (char)c;
		} else {
			*at++ = '%';
			*at++ = hex[c >> 4];
			*at++ = hex[c & 15];
		}
	}
	*at = '\0';
	return uri;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool
ks_uri_decode(const char *uri, size_t len, char *out, size_t *out_len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (uri[i] != '%') {
			out[n++] = uri[i];
			continue;
		}
		if (len - i < 3 || hex_value(uri[i + 1]) < 0 || hex_value(uri[i + 2]) < 0)
			return false;
		out[n++] = (char)(hex_value(uri[i + 1]) << 4 | hex_value(uri[i + 2]));
		i += 2;
	}
	*out_len = n;
	return true;
}

void
ks_hex(sign_bytes bytes, char *text, size_t cap)
{
	static const char digits[] = "0123456789abcdef";
	size_t            n = 0;

	for (size_t i = 0; i < bytes.len && n + 2 < cap; i++) {
		text[n++] = digits[bytes.data[i] >> 4];
		text[n++] = digits[bytes.data[i] & 15];
	}
	text[n] = '\0';
}

bool
ks_hex_parse(const char *text, uint8_t *out, size_t cap, size_t *len)
{
	size_t n = 0;

	while (*text != '\0') {
		if (n > 0 && (*text == ':' || *text == ' '))
			text++;
		if (hex_value(text[0]) < 0 || hex_value(text[1]) < 0 || n == cap)
			return false;
		out[n++] = (uint8_t)(hex_value(text[0]) << 4 | hex_value(text[1]));
		text += 2;
	}
	*len = n;
	return n > 0;
}
