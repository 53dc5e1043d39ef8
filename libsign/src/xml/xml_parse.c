/*
 * The push parser: libxml2's SAX2 interface with every door shut (standards.md 4.4 rules 1-4). No DTD, so no entities
 * but the five of XML itself; no network, no file, no second encoding. All state is in the parser: nothing is global,
 * and what libxml2 has to say goes into the caller's error instead of to stderr.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>

#include "xml_guard.h"

struct ks_xml_parser {
	ks_xml_handlers  on;
	void            *user;
	char            *name;
	uint64_t         max_bytes, fed;
	xmlParserCtxtPtr ctxt;
	ks_xml_guard     guard;
	unsigned         depth;
	bool             has_root, finished;
	ks_buf           values; /* attribute values of one tag, NUL-terminated */
	ks_xml_attr      attrs[KS_XML_MAX_ATTRS];
	sign_code        failed; /* sticky: nothing is called back after it */
	sign_error      *err;    /* of the call under way */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Callbacks come while libxml2 still parses; the first failure is kept and the parser told to stop. */
static void
stop(ks_xml_parser *p, sign_code code)
{
	p->failed = code;
	xmlStopParser(p->ctxt);
}

static void
refuse(ks_xml_parser *p, sign_code code, const char *why)
{
	if (p->failed == SIGN_OK)
		stop(p, ks_fail_why(p->err, code, p->name, NULL, "%s", why));
}

static void
done(ks_xml_parser *p, sign_code code)
{
	if (code != SIGN_OK)
		stop(p, code);
}

static const char *
text_of(const xmlChar *text)
{
	return text != NULL ? (const char *)text : "";
}

/* The XML declaration was read; the encoding it names is kept here or there, by whether libxml2 had to act on it. */
static void
on_document(void *user)
{
	ks_xml_parser *p = user;
	const xmlChar *named = p->ctxt->encoding;

	if (named == NULL && p->ctxt->input != NULL)
		named = p->ctxt->input->encoding;
	if (named != NULL && strcasecmp((const char *)named, "UTF-8") != 0)
		refuse(p, SIGN_E_FORMAT, "encoding other than UTF-8");
}

/*
 * One value, copied with a NUL behind. libxml2 hands a literal "&" out as "&#38;" while it does not replace entities,
 * and no other reference is left in a value.
 */
static sign_code
copy_value(ks_xml_parser *p, const char *from, const char *to, ks_xml_attr *attr)
{
	static const char amp[] = "&#38;";
	size_t            start = p->values.len;

	KS_TRY(ks_buf_reserve(&p->values, (size_t)(to - from) + 1, p->err));
	while (from < to) {
		p->values.data[p->values.len++] = (uint8_t)*from;
		from += (size_t)(to - from) >= sizeof amp - 1 && memcmp(from, amp, sizeof amp - 1) == 0
			    ? sizeof amp - 1
			    : 1;
	}
	attr->value_len = p->values.len - start;
	p->values.data[p->values.len++] = '\0';
	attr->value = (const char *)p->values.data + start;
	return SIGN_OK;
}

/* libxml2: five pointers an attribute: name, prefix, namespace, begin and end of the value. */
static sign_code
copy_attrs(ks_xml_parser *p, size_t count, const xmlChar **from)
{
	size_t total = 0;

	p->values.len = 0;
	for (size_t i = 0; i < count; i++)
		total += (size_t)(from[i * 5 + 4] - from[i * 5 + 3]) + 1;
	/* All at once, so that no value moves when the next one comes. */
	KS_TRY(ks_buf_reserve(&p->values, total, p->err));
	for (size_t i = 0; i < count; i++, from += 5) {
		p->attrs[i].name = text_of(from[0]);
		p->attrs[i].ns = text_of(from[2]);
		KS_TRY(copy_value(p, (const char *)from[3], (const char *)from[4], &p->attrs[i]));
	}
	return SIGN_OK;
}

static void
on_start(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *ns, int ns_count,
    const xmlChar **namespaces, int attr_count, int defaulted, const xmlChar **attrs)
{
	ks_xml_parser *p = user;
	sign_code      rc;

	(void)prefix;
	(void)namespaces;
	(void)defaulted; /* defaults come from a DTD, and there is none */
	if (p->failed != SIGN_OK)
		return;
	if (++p->depth > KS_XML_MAX_DEPTH) {
		refuse(p, SIGN_E_LIMIT, "elements nested too deep");
		return;
	}
	if (attr_count < 0 || ns_count < 0 || attr_count + ns_count > KS_XML_MAX_ATTRS) {
		refuse(p, SIGN_E_LIMIT, "too many attributes in one element");
		return;
	}
	p->has_root = true;
	rc = copy_attrs(p, (size_t)attr_count, attrs);
	if (rc == SIGN_OK && p->on.start != NULL)
		rc = p->on.start(p->user, text_of(ns), text_of(name), p->attrs, (size_t)attr_count, p->err);
	done(p, rc);
}

static void
on_end(void *user, const xmlChar *name, const xmlChar *prefix, const xmlChar *ns)
{
	ks_xml_parser *p = user;

	(void)prefix;
	if (p->failed != SIGN_OK)
		return;
	p->depth--;
	if (p->on.end != NULL)
		done(p, p->on.end(p->user, text_of(ns), text_of(name), p->err));
}

/* At most KS_XML_MAX_TEXT_BYTES at a time, cut between characters. */
static void
on_text(void *user, const xmlChar *chars, int count)
{
	ks_xml_parser *p = user;
	const char    *text = (const char *)chars;
	size_t         left = count > 0 ? (size_t)count : 0;

	while (left > 0 && p->failed == SIGN_OK && p->on.text != NULL) {
		size_t len = left;
		if (len > KS_XML_MAX_TEXT_BYTES) {
			len = KS_XML_MAX_TEXT_BYTES;
			while (len > 1 && ((uint8_t)text[len] & 0xC0) == 0x80)
				len--;
		}
		done(p, p->on.text(p->user, text, len, p->err));
		text += len;
		left -= len;
	}
}

static void
on_comment(void *user, const xmlChar *value)
{
	ks_xml_parser *p = user;

	(void)value;
	if (p->failed == SIGN_OK && p->on.comment != NULL)
		done(p, p->on.comment(p->user, p->err));
}

static void
on_pi(void *user, const xmlChar *target, const xmlChar *value)
{
	(void)target;
	on_comment(user, value);
}

/* The scanner refused it already; this is the second lock on the same door. */
static void
on_dtd(void *user, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	(void)name;
	(void)external;
	(void)system;
	refuse(user, SIGN_E_FORMAT, "document type declaration");
}

static xmlEntityPtr
on_entity(void *user, const xmlChar *name)
{
	(void)name;
	refuse(user, SIGN_E_FORMAT, "entity reference");
	return NULL;
}

static void
on_reference(void *user, const xmlChar *name)
{
	(void)on_entity(user, name);
}

static xmlParserInputPtr
on_external(void *user, const xmlChar *public_id, const xmlChar *system_id)
{
	(void)public_id;
	(void)system_id;
	refuse(user, SIGN_E_FORMAT, "external entity");
	return NULL;
}

/* Namespace faults are only "errors" to libxml2, yet a prefix bound to nothing has no meaning we could sign. */
static void
on_error(void *user, xmlErrorPtr error)
{
	ks_xml_parser *p = user;

	if (error->level < XML_ERR_ERROR || p->failed != SIGN_OK)
		return;
	if (error->code == XML_ERR_NO_MEMORY) {
		stop(p, ks_fail_memory(p->err));
		return;
	}
	stop(p, ks_fail_why(p->err, SIGN_E_FORMAT, p->name, NULL, "not well-formed XML at line %d (libxml2 %d)",
		    error->line, error->code));
}

static void
initialise(void)
{
	xmlInitParser();
}

static void
say_nothing(void *user, const char *fmt, ...)
{
	(void)user;
	(void)fmt;
}

/*
 * Out of memory, libxml2 passes our handler by and writes to stderr. For a call it is hushed, in this thread alone, and speaks
 * to whom it spoke before afterwards: the process may use it for itself.
 */
struct voice {
	xmlGenericErrorFunc say;
	void               *user;
};

static struct voice
hush(void)
{
	struct voice before = { xmlGenericError, xmlGenericErrorContext };

	xmlSetGenericErrorFunc(NULL, say_nothing);
	return before;
}

static void
unhush(struct voice before)
{
	xmlSetGenericErrorFunc(before.user, before.say);
}

static sign_code
make_context(ks_xml_parser *p, sign_error *err)
{
	xmlSAXHandler sax = {
		.initialized = XML_SAX2_MAGIC,
		.startDocument = on_document,
		.startElementNs = on_start,
		.endElementNs = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.cdataBlock = on_text,
		.comment = on_comment,
		.processingInstruction = on_pi,
		.internalSubset = on_dtd,
		.externalSubset = on_dtd,
		.getEntity = on_entity,
		.getParameterEntity = on_entity,
		.resolveEntity = on_external,
		.reference = on_reference,
		.serror = on_error,
	};
	struct voice before;

	before = hush();
	p->ctxt = xmlCreatePushParserCtxt(&sax, p, NULL, 0, NULL);
	unhush(before);
	if (p->ctxt == NULL || xmlCtxtUseOptions(p->ctxt, XML_PARSE_NONET) != 0)
		return ks_fail_memory(err);
	return SIGN_OK;
}

sign_code
ks_xml_parser_new(const ks_xml_handlers *handlers, void *user, const char *name, uint64_t max_bytes,
    ks_xml_parser **parser, sign_error *err)
{
	KS_AUTO(ks_auto_xml_parser) ks_xml_parser *p = calloc(1, sizeof *p);

	*parser = NULL;
	pthread_once(&once, initialise);
	if (p == NULL)
		return ks_fail_memory(err);
	p->on = *handlers;
	p->user = user;
	p->max_bytes = max_bytes;
	p->values = KS_BUF(2 * KS_XML_MAX_TAG_BYTES);
	p->name = strdup(name);
	if (p->name == NULL)
		return ks_fail_memory(err);
	KS_TRY(make_context(p, err));
	*parser = KS_MOVE(p);
	return SIGN_OK;
}

void
ks_xml_parser_free(ks_xml_parser *p)
{
	if (p == NULL)
		return;
	if (p->ctxt != NULL && p->ctxt->myDoc != NULL) {
		xmlFreeDoc(p->ctxt->myDoc);
		p->ctxt->myDoc = NULL;
	}
	xmlFreeParserCtxt(p->ctxt);
	ks_buf_clear(&p->values);
	free(p->name);
	free(p);
}

/* Once failed, always failed; who asks again with a cleared error gets it filled anew. */
static sign_code
failed_before(const ks_xml_parser *p, sign_error *err)
{
	if (err != NULL && err->code == SIGN_OK)
		return ks_fail(err, p->failed, p->name);
	return p->failed;
}

static void
push(ks_xml_parser *p, const char *data, size_t len, bool last)
{
	struct voice before = hush();
	int          rc = xmlParseChunk(p->ctxt, data, (int)len, last);

	unhush(before);
	if (p->failed == SIGN_OK && (rc != 0 || (last && !p->ctxt->wellFormed)))
		refuse(p, SIGN_E_FORMAT, "not well-formed XML");
}

sign_code
ks_xml_parser_feed(ks_xml_parser *p, const void *data, size_t len, sign_error *err)
{
	const uint8_t *at = data;
	bool           limit = false;

	if (p->failed != SIGN_OK)
		return failed_before(p, err);
	p->err = err;
	if (len > p->max_bytes - p->fed)
		refuse(p, SIGN_E_LIMIT, "XML is too long");
	else
		p->fed += len;
	while (len > 0 && p->failed == SIGN_OK) {
		size_t      piece = len < KS_BLOCK_BYTES ? len : KS_BLOCK_BYTES;
		const char *fault = ks_xml_guard_scan(&p->guard, at, piece, &limit);
		if (fault != NULL)
			refuse(p, limit ? SIGN_E_LIMIT : SIGN_E_FORMAT, fault);
		else
			push(p, (const char *)at, piece, false);
		at += piece;
		len -= piece;
	}
	p->err = NULL;
	return p->failed;
}

sign_code
ks_xml_parser_finish(ks_xml_parser *p, sign_error *err)
{
	if (p->failed != SIGN_OK)
		return failed_before(p, err);
	p->err = err;
	if (!p->finished)
		push(p, NULL, 0, true);
	p->finished = true;
	if (p->failed == SIGN_OK && (!p->has_root || p->depth != 0))
		refuse(p, SIGN_E_FORMAT, "XML ends too early");
	p->err = NULL;
	return p->failed;
}
