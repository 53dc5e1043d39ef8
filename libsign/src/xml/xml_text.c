/*
 * Small things around XML: escaping what we write, and the name of a document element for finding out what a file is.
 */
#include <stdio.h>
#include <string.h>

#include "base_text.h"
#include "xml.h"

#define HEAD_BYTES ((size_t)64 * 1024)

static const char *
escape_of(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	/* XML 1.0 2.11 and 3.3.3 would read these back as something else, by where they stand. */
	case '\t':
		return "&#9;";
	case '\n':
		return "&#10;";
	case '\r':
		return "&#13;";
	default:
		return NULL;
	}
}

/* XML 1.0 2.2: no control characters, and neither U+FFFE nor U+FFFF. */
static bool
is_forbidden(const unsigned char *at, size_t left)
{
	if (at[0] < 0x20)
		return at[0] != '\t' && at[0] != '\n' && at[0] != '\r';
	return left >= 3 && at[0] == 0xEF && at[1] == 0xBF && at[2] >= 0xBE;
}

sign_code
ks_xml_escape(ks_buf *out, const char *text, size_t len, sign_error *err)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t               plain = 0;

	if (len > 0 && !ks_utf8_valid(text, len))
		return ks_fail_why(err, SIGN_E_FORMAT, NULL, NULL, "text is not UTF-8");
	for (size_t i = 0; i < len; i++) {
		if (is_forbidden(at + i, len - i))
			return ks_fail_why(err, SIGN_E_FORMAT, NULL, NULL, "a character that XML cannot hold");
		const char *escape = escape_of(at[i]);
		if (escape == NULL)
			continue;
		KS_TRY(ks_buf_add(out, text + plain, i - plain, err));
		KS_TRY(ks_buf_add(out, escape, strlen(escape), err));
		plain = i + 1;
	}
	return plain < len ? ks_buf_add(out, text + plain, len - plain, err) : SIGN_OK;
}

typedef struct {
	char *ns, *name;
	bool  found;
} root_name;

/* A name that does not fit is none that we know. */
static sign_code
on_root(void *user, const char *ns, const char *name, const ks_xml_attr *attrs, size_t attr_count, sign_error *err)
{
	root_name *root = user;

	(void)attrs;
	(void)attr_count;
	if (strlen(ns) < 128 && strlen(name) < 64) {
		snprintf(root->ns, 128, "%s", ns);
		snprintf(root->name, 64, "%s", name);
		root->found = true;
	}
	return ks_fail(err, SIGN_E_INTERRUPTED, NULL); /* enough seen */
}

bool
ks_xml_root(sign_bytes head, char ns[128], char name[64])
{
	const ks_xml_handlers handlers = { .start = on_root };
	root_name             root = { ns, name, false };
	KS_AUTO(ks_auto_xml_parser) ks_xml_parser *parser = NULL;
	size_t len = head.len < HEAD_BYTES ? head.len : HEAD_BYTES;

	ns[0] = name[0] = '\0';
	if (ks_xml_parser_new(&handlers, &root, "", HEAD_BYTES, &parser, NULL) != SIGN_OK)
		return false;
	if (ks_xml_parser_feed(parser, head.data, len, NULL) == SIGN_OK)
		(void)ks_xml_parser_finish(parser, NULL);
	return root.found;
}
