/*
 * Names in and out of manifests: which entry a URI means, which names we may write, and strict base64. Floor: asic.
 * What we refuse to read we refuse to sign (design.md 17).
 */
#include "asic_private.h"

#include <openssl/evp.h>

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
		return KS_N_("a reference names another host (RFC 3986 4.2)");
	if (has_scheme(uri, len))
		return KS_N_("a reference has a scheme (RFC 3986 4.2)");
	if (memchr(uri, '?', len) != NULL || memchr(uri, '#', len) != NULL)
		return KS_N_("a reference has a query or fragment (RFC 3986 4.2)");
	if (!ks_uri_decode(uri, len, name, name_len)) {
		memcpy(name, uri, len);
		*name_len = len;
	}
	if (ks_name_fault(name, *name_len, false) != NULL)
		return KS_N_("a reference leaves the container or cannot be told apart (EN 319 162-1 A.4)");
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

/* What OpenSSL decodes leniently must encode back to the very text, or two texts would mean one digest (RFC 4648 3.5). */
bool
ks_base64_decode(const char *text, size_t len, uint8_t *out, size_t cap, size_t *out_len)
{
	uint8_t bytes[KS_BASE64_MAX_BYTES + 3];
	char    again[(KS_BASE64_MAX_BYTES + 2) / 3 * 4 + 1];
	size_t  padding = len >= 1 && text[len - 1] == '=' ? (len >= 2 && text[len - 2] == '=' ? 2 : 1) : 0;

	if (len == 0 || len % 4 != 0 || len >= sizeof(again) || len / 4 * 3 - padding > cap ||
	    EVP_DecodeBlock(bytes, (const uint8_t *)text, (int)len) != (int)(len / 4 * 3))
		return false;
	*out_len = len / 4 * 3 - padding;
	if (EVP_EncodeBlock((uint8_t *)again, bytes, (int)*out_len) != (int)len || memcmp(again, text, len) != 0)
		return false;
	memcpy(out, bytes, *out_len);
	return true;
}

sign_code
ks_base64_encode(ks_buf *out, sign_bytes bytes, sign_error *err)
{
	size_t len = (bytes.len + 2) / 3 * 4;

	if (bytes.len > KS_BASE64_MAX_BYTES)
		return ks_fail(err, SIGN_E_LIMIT, NULL);
	KS_TRY(ks_buf_reserve(out, len + 1, err)); /* EVP_EncodeBlock ends with a NUL */
	EVP_EncodeBlock(out->data + out->len, bytes.data, (int)bytes.len);
	out->len += len;
	return SIGN_OK;
}
