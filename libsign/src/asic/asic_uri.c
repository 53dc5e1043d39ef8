/*
 * Names in and out of manifests: which entry a URI means, which names we may write, and strict base64. Floor: asic.
 * What we refuse to read we refuse to sign (design.md 17).
 */
#include "asic_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* RFC 3986 3.1: does the reference begin with a scheme and its colon? "12:30.txt" does not, "C:x" and "mailto:x" do. */
static bool
has_scheme(const char *uri, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = uri[i];
		bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		bool later = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';

		if (c == ':')
			return i > 0;
		if (!alpha && (i == 0 || !later))
			return false;
	}
	return false;
}

const char *
ks_asic_uri_name(const char *uri, size_t len, char *name, size_t *name_len)
{
	/* Looked for in the raw text: an encoded "#" or "?" is part of a name, a bare one is not. */
	if (len >= 2 && uri[0] == '/' && uri[1] == '/')
		return "a reference names another host (RFC 3986 4.2)";
	if (has_scheme(uri, len))
		return "a reference has a scheme (RFC 3986 4.2)";
	if (memchr(uri, '?', len) != NULL || memchr(uri, '#', len) != NULL)
		return "a reference has a query or fragment (RFC 3986 4.2)";
	if (!ks_uri_decode(uri, len, name, name_len)) {
		memcpy(name, uri, len);
		*name_len = len;
	}
	if (ks_name_fault(name, *name_len, false) != NULL)
		return "a reference leaves the container or cannot be told apart (EN 319 162-1 A.4)";
	return NULL;
}

sign_code
ks_asic_check_document_name(const char *name, sign_error *err)
{
	size_t      len = strlen(name);
	const char *fault = ks_name_fault(name, len, false);

	if (fault != NULL)
		return ks_fail_why(err, SIGN_E_NAME, name, NULL, "%s", fault);
	if (!ks_utf8_valid(name, len))
		return ks_fail_why(err, SIGN_E_NAME, name, NULL, "is not UTF-8");
	if (len > KS_ZIP_MAX_NAME_BYTES)
		return ks_fail_why(err, SIGN_E_NAME, name, NULL, "is longer than %u bytes", KS_ZIP_MAX_NAME_BYTES);
	/* In any case: a reader on a case-blind file system must not see a document as metadata. */
	if (strcasecmp(name, "mimetype") == 0)
		return ks_fail_why(err, SIGN_E_NAME, name, NULL, "is reserved for the media type");
	if (strncasecmp(name, "META-INF/", 9) == 0 || strcasecmp(name, "META-INF") == 0)
		return ks_fail_why(err, SIGN_E_NAME, name, NULL, "is reserved for signatures");
	return SIGN_OK;
}

static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

sign_code
ks_base64_encode(ks_buf *out, sign_bytes bytes, sign_error *err)
{
	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t   left = bytes.len - i;
		uint32_t bits = (uint32_t)bytes.data[i] << 16;
		char     four[4];

		if (left > 1)
			bits |= (uint32_t)bytes.data[i + 1] << 8;
		if (left > 2)
			bits |= bytes.data[i + 2];
		four[0] = base64_digits[bits >> 18];
		four[1] = base64_digits[bits >> 12 & 63];
		four[2] = left > 1 ? base64_digits[bits >> 6 & 63] : '=';
		four[3] = left > 2 ? base64_digits[bits & 63] : '=';
		KS_TRY(ks_buf_add(out, four, sizeof(four), err));
	}
	return SIGN_OK;
}

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool
ks_base64_decode(const char *text, size_t len, uint8_t *out, size_t cap, size_t *out_len)
{
	size_t padding = len >= 1 && text[len - 1] == '=' ? (len >= 2 && text[len - 2] == '=' ? 2 : 1) : 0;
	size_t digits = len - padding;
	size_t n = 0;

	if (len % 4 != 0 || len / 4 * 3 - padding > cap)
		return false;
	for (size_t i = 0; i < digits; i += 4) {
		size_t   group = digits - i < 4 ? digits - i : 4;
		uint32_t bits = 0;

		for (size_t k = 0; k < 4; k++) {
			int value = k < group ? base64_value(text[i + k]) : 0;

			if (value < 0)
				return false;
			bits = bits << 6 | (uint32_t)value;
		}
		for (size_t k = 0; k + 1 < group; k++)
			out[n++] = (uint8_t)(bits >> (16 - 8 * k));
		/* RFC 4648 3.5: spare bits are zero, or two texts would mean one digest */
		if ((group == 2 && (bits & 0xFFFF) != 0) || (group == 3 && (bits & 0xFF) != 0))
			return false;
	}
	*out_len = n;
	return true;
}
