/*
 * Looks at the bytes before libxml2 does: only UTF-8 may start a document, a DOCTYPE is refused where it stands, and
 * one tag may not grow without end, since libxml2 compares all attributes of a tag with each other. Everything else
 * is the parser's business: what this scanner takes for markup wrongly, the parser refuses.
 */
#include <string.h>

#include "xml_guard.h"

enum {
	IN_TEXT,
	AFTER_LT,   /* "<" */
	IN_BANG,    /* "<!", deciding */
	IN_TAG,
	IN_SINGLE,  /* a value in '' */
	IN_DOUBLE,  /* a value in "" */
	IN_COMMENT, /* to "-->" */
	IN_CDATA,   /* to "]]>" */
	IN_PI,      /* to "?>" */
};

static const char doctype[] = "document type declaration";
static const char too_long[] = "one tag is too long";

/* XML 1.0 appendix F: other encodings show in the first bytes; a declared one shows when the parser has read it. */
static const char *
first_byte_fault(ks_xml_guard *g, uint8_t c)
{
	static const uint8_t mark[] = { 0xEF, 0xBB, 0xBF };
	size_t at = g->seen++;

	if (at == 0 && c == mark[0]) {
		g->bom = true;
		return NULL;
	}
	if (g->bom && at < sizeof mark)
		return c == mark[at] ? NULL : "not UTF-8";
	if (at == (g->bom ? sizeof mark : 0))
		return c == '<' || c == ' ' || c == '\t' || c == '\r' || c == '\n' ? NULL : "not XML in UTF-8";
	return c != 0 ? NULL : "not XML in UTF-8";
}

static int
after_bang(ks_xml_guard *g, uint8_t c)
{
	static const char comment[] = "--", cdata[] = "[CDATA[";
	size_t at = g->matched++;

	if (at == 0 && c != '-' && c != '[')
		return -1;
	if (at == 0) {
		g->comment = c == '-';
		return IN_BANG;
	}
	const char *opener = g->comment ? comment : cdata;
	if (c != (uint8_t)opener[at])
		return -1;
	if (opener[at + 1] != '\0')
		return IN_BANG;
	g->matched = 0;
	return g->comment ? IN_COMMENT : IN_CDATA;
}

/* Until `end` has gone by: its first byte may repeat, as in "--->" or "]]]>". */
static int
until(ks_xml_guard *g, uint8_t c, const char *end, int state)
{
	size_t len = strlen(end);

	if (c == (uint8_t)end[g->matched])
		g->matched++;
	else if (c != (uint8_t)end[0])
		g->matched = 0;
	else if (g->matched < len - 1)
		g->matched = 1;
	if (g->matched < len)
		return state;
	g->matched = 0;
	return IN_TEXT;
}

static int
in_tag(uint8_t c)
{
	switch (c) {
	case '>':
		return IN_TEXT;
	case '\'':
		return IN_SINGLE;
	case '"':
		return IN_DOUBLE;
	default:
		return IN_TAG;
	}
}

static int
step(ks_xml_guard *g, uint8_t c)
{
	switch (g->state) {
	case AFTER_LT:
		g->matched = 0;
		return c == '!' ? IN_BANG : c == '?' ? IN_PI : in_tag(c);
	case IN_BANG:
		return after_bang(g, c);
	case IN_TAG:
		return in_tag(c);
	case IN_SINGLE:
		return c == '\'' ? IN_TAG : IN_SINGLE;
	case IN_DOUBLE:
		return c == '"' ? IN_TAG : IN_DOUBLE;
	case IN_COMMENT:
		return until(g, c, "-->", IN_COMMENT);
	case IN_CDATA:
		return until(g, c, "]]>", IN_CDATA);
	case IN_PI:
		return until(g, c, "?>", IN_PI);
	default:
		g->tag_bytes = 0;
		return c == '<' ? AFTER_LT : IN_TEXT;
	}
}

const char *
ks_xml_guard_scan(ks_xml_guard *g, const uint8_t *data, size_t len, bool *limit)
{
	*limit = false;
	for (size_t i = 0; i < len; i++) {
		const char *fault = g->seen < 5 ? first_byte_fault(g, data[i]) : NULL;
		if (fault != NULL)
			return fault;
		if (g->state == IN_TEXT && data[i] != '<') {
			if (g->seen < 5)
				continue;
			const uint8_t *lt = memchr(data + i, '<', len - i);
			if (lt == NULL)
				return NULL;
			i = (size_t)(lt - data);
		}
		g->state = step(g, data[i]);
		if (g->state < 0)
			return doctype;
		bool in_markup = g->state != IN_TEXT && g->state != IN_CDATA && g->state != IN_COMMENT;
		if (in_markup && ++g->tag_bytes > KS_XML_MAX_TAG_BYTES) {
			*limit = true;
			return too_long;
		}
	}
	return NULL;
}
