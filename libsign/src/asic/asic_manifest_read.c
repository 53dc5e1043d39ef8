/*
 * The manifest reader (EN 319 162-1 A.4): a strict grammar over SAX events, constant memory whatever the number of
 * references. It knows no container: what it meets goes to callbacks. A broken rule is a fault of the one signature that
 * the manifest serves, not an error; only memory, limits and what a callback reports are errors. Floor: asic.
 */
#include "asic_private.h"

#include <stdlib.h>
#include <string.h>

typedef enum {
	AT_START = 0, IN_MANIFEST, IN_SIGNATURE, IN_REF, IN_METHOD, IN_VALUE, IN_REF_EXTENSIONS, IN_EXTENSIONS,
	IN_REF_EXTENSION, IN_EXTENSION, IN_EARLIER, IN_EARLIER_METHOD, IN_EARLIER_VALUE,
	IN_SKIPPED, /* inside an extension that we need not understand */
} place;
typedef enum { SPACE_ASIC, SPACE_DS, SPACE_EARLIER } space;

#define MAX_URI_BYTES   (3u * KS_ZIP_MAX_NAME_BYTES)
#define MAX_VALUE_CHARS 96 /* base64 of the longest digest is 88 */

struct ks_manifest_reader {
	ks_manifest_events events;
	void              *user;
	ks_xml_parser     *parser;
	const char        *fault;
	bool               unwanted;
	bool               failed; /* a callback reported an error, which is not a fault */

	char        ns[64];       /* of the root; every asic element must be in it */
	place       stack[KS_XML_MAX_DEPTH + 1];
	size_t      depth;        /* places on the stack; the last is where we are */
	bool        closed;       /* the root has ended */
	unsigned    stage;        /* of the manifest: 1 signature, 2 references, 3 extensions */
	unsigned    ref_stage;    /* of a reference or a pair: 1 method, 2 value, 3 extensions */
	size_t      refs;
	bool        rootfile, nested, critical, understood, has_earlier;

	sign_digest alg;
	char        value[MAX_VALUE_CHARS];
	size_t      value_len;
	char        name[MAX_URI_BYTES];
	size_t      name_len;
};

static const ks_xml_attr *
find_attr(const ks_xml_attr *attrs, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (attrs[i].ns[0] == '\0' && strcmp(attrs[i].name, name) == 0)
			return &attrs[i];
	return NULL;
}

static bool
value_is(const ks_xml_attr *attr, const char *text)
{
	return attr->value_len == strlen(text) && memcmp(attr->value, text, attr->value_len) == 0;
}

/* xs:boolean: -1 if it is none */
static int
truth(const ks_xml_attr *attr)
{
	if (value_is(attr, "true") || value_is(attr, "1"))
		return 1;
	return value_is(attr, "false") || value_is(attr, "0") ? 0 : -1;
}

static const char *
take_uri(ks_manifest_reader *r, const ks_xml_attr *attrs, size_t count)
{
	const ks_xml_attr *uri = find_attr(attrs, count, "URI");

	if (uri == NULL)
		return KS_N_("a reference has no URI (EN 319 162-1 A.4)");
	if (uri->value_len > sizeof(r->name))
		return KS_N_("a reference is longer than a name can be");
	return ks_asic_uri_name(uri->value, uri->value_len, r->name, &r->name_len);
}

/* ---- what each element demands on entering; a fault or NULL ---------------------------------------------------- */

typedef const char *(*enter_fn)(ks_manifest_reader *, const ks_xml_attr *, size_t);

static const char *
enter_signature(ks_manifest_reader *r, const ks_xml_attr *attrs, size_t count)
{
	if (r->stage != 0)
		return KS_N_("the manifest names more than one signature (EN 319 162-1 A.4)");
	r->stage = 1;
	return take_uri(r, attrs, count);
}

static const char *
enter_ref(ks_manifest_reader *r, const ks_xml_attr *attrs, size_t count)
{
	const ks_xml_attr *rootfile = find_attr(attrs, count, "Rootfile");
	int                is_root = rootfile == NULL ? 0 : truth(rootfile);

	if (r->stage == 0 || r->stage > 2 || (r->stage == 2 && r->nested))
		return KS_N_("a reference stands in the wrong place (EN 319 162-1 A.4)");
	r->stage = 2;
	r->ref_stage = 0;
	if (is_root < 0 || (is_root == 1 && r->rootfile))
		return KS_N_("more than one root file, or Rootfile is no boolean (EN 319 162-1 A.4)");
	r->rootfile = r->rootfile || is_root == 1;
	return take_uri(r, attrs, count);
}

/* One signing product closes SigReference only after the references. No reader can take them for anything else. */
static const char *
enter_nested_ref(ks_manifest_reader *r, const ks_xml_attr *attrs, size_t count)
{
	const char *fault;

	r->nested = false;
	fault = enter_ref(r, attrs, count);
	r->nested = true;
	return fault;
}

static const char *
enter_method(ks_manifest_reader *r, const ks_xml_attr *attrs, size_t count)
{
	const ks_xml_attr *alg = find_attr(attrs, count, "Algorithm");

	if (r->ref_stage != 0 && r->stack[r->depth - 1] == IN_REF)
		return KS_N_("a reference has a second digest method (EN 319 162-1 A.4)");
	if (r->ref_stage == 1)
		return KS_N_("a digest method without its value");
	r->ref_stage = 1;
	if (alg == NULL)
		return KS_N_("a digest method without algorithm (XMLDSig 4.4.3.5)");
	r->alg = ks_digest_from_uri(alg->value, alg->value_len);
	return r->alg == SIGN_DIGEST_NONE ? KS_N_("a digest algorithm is unknown") : NULL;
}

static const char *
enter_value(ks_manifest_reader *r, const ks_xml_attr *attrs, size_t count)
{
	(void)attrs;
	(void)count;
	if (r->ref_stage != 1)
		return KS_N_("a digest value stands in the wrong place (EN 319 162-1 A.4)");
	r->ref_stage = 2;
	r->value_len = 0;
	return NULL;
}

static const char *
enter_ref_extensions(ks_manifest_reader *r, const ks_xml_attr *attrs, size_t count)
{
	(void)attrs;
	(void)count;
	if (r->ref_stage != 2)
		return KS_N_("extensions of a reference stand in the wrong place (EN 319 162-1 A.4)");
	r->ref_stage = 3;
	return NULL;
}

static const char *
enter_extensions(ks_manifest_reader *r, const ks_xml_attr *attrs, size_t count)
{
	(void)attrs;
	(void)count;
	if (r->stage != 2)
		return KS_N_("extensions of the manifest stand in the wrong place (EN 319 162-1 A.4)");
	r->stage = 3;
	return NULL;
}

static const char *
enter_extension(ks_manifest_reader *r, const ks_xml_attr *attrs, size_t count)
{
	const ks_xml_attr *critical = find_attr(attrs, count, "Critical");
	int                is_critical = critical == NULL ? -1 : truth(critical);

	if (is_critical < 0)
		return KS_N_("an extension does not say whether it is critical (EN 319 162-1 A.4)");
	r->critical = is_critical == 1;
	r->understood = false;
	return NULL;
}

static const char *
enter_earlier(ks_manifest_reader *r, const ks_xml_attr *attrs, size_t count)
{
	(void)attrs;
	(void)count;
	if (r->has_earlier)
		return KS_N_("earlier signatures are listed twice");
	r->has_earlier = r->understood = true;
	r->ref_stage = 0;
	return NULL;
}

static const struct {
	place       from;
	space       space;
	const char *name;
	place       to;
	enter_fn    enter;
} steps[] = {
	{ IN_MANIFEST, SPACE_ASIC, "SigReference", IN_SIGNATURE, enter_signature },
	{ IN_MANIFEST, SPACE_ASIC, "DataObjectReference", IN_REF, enter_ref },
	{ IN_SIGNATURE, SPACE_ASIC, "DataObjectReference", IN_REF, enter_nested_ref },
	{ IN_MANIFEST, SPACE_ASIC, "ASiCManifestExtensions", IN_EXTENSIONS, enter_extensions },
	{ IN_REF, SPACE_DS, "DigestMethod", IN_METHOD, enter_method },
	{ IN_REF, SPACE_DS, "DigestValue", IN_VALUE, enter_value },
	{ IN_REF, SPACE_ASIC, "DataObjectReferenceExtensions", IN_REF_EXTENSIONS, enter_ref_extensions },
	{ IN_REF_EXTENSIONS, SPACE_ASIC, "Extension", IN_REF_EXTENSION, enter_extension },
	{ IN_EXTENSIONS, SPACE_ASIC, "Extension", IN_EXTENSION, enter_extension },
	{ IN_EXTENSION, SPACE_EARLIER, "EarlierSignatures", IN_EARLIER, enter_earlier },
	{ IN_EARLIER, SPACE_DS, "DigestMethod", IN_EARLIER_METHOD, enter_method },
	{ IN_EARLIER, SPACE_DS, "DigestValue", IN_EARLIER_VALUE, enter_value },
};

static bool
in_space(const ks_manifest_reader *r, space s, const char *ns)
{
	switch (s) {
	case SPACE_ASIC:
		return strcmp(ns, r->ns) == 0;
	case SPACE_DS:
		return strcmp(ns, KS_ASIC_NS_DS) == 0;
	case SPACE_EARLIER:
		return strcmp(ns, KS_ASIC_NS_EARLIER) == 0;
	}
	return false;
}

/* ---- SAX ------------------------------------------------------------------------------------------------------- */

/* A fault stops the parser with a code of its own; what the parser then reports is dropped for the fault. */
static sign_code
stop(ks_manifest_reader *r, const char *fault, sign_error *err)
{
	if (fault == NULL)
		return SIGN_OK;
	r->fault = fault;
	return ks_fail_why(err, SIGN_E_FORMAT, NULL, NULL, "%s", fault);
}

static sign_code
told(ks_manifest_reader *r, sign_code rc, const char *fault, sign_error *err)
{
	if (rc != SIGN_OK) {
		r->failed = true;
		return rc;
	}
	return stop(r, fault, err);
}

static const char *
enter_root(ks_manifest_reader *r, const char *ns, const char *name)
{
	size_t len = strlen(ns);

	if (strcmp(name, "ASiCManifest") != 0 || !ks_asic_manifest_ns(ns) || len >= sizeof(r->ns))
		return KS_N_("not a manifest (EN 319 162-1 A.4)");
	memcpy(r->ns, ns, len + 1);
	r->stack[r->depth++] = IN_MANIFEST;
	return NULL;
}

static const char *
enter_unknown(ks_manifest_reader *r, place at)
{
	if (at == IN_SKIPPED || ((at == IN_EXTENSION || at == IN_REF_EXTENSION) && !r->critical)) {
		r->stack[r->depth++] = IN_SKIPPED;
		return NULL;
	}
	if (at == IN_EXTENSION || at == IN_REF_EXTENSION)
		return KS_N_("a critical extension is unknown (EN 319 162-1 A.4)");
	return KS_N_("an element stands where none may (EN 319 162-1 A.4)");
}

static sign_code
on_start(void *user, const char *ns, const char *name, const ks_xml_attr *attrs, size_t count, sign_error *err)
{
	ks_manifest_reader *r = user;
	place               at = r->depth == 0 ? AT_START : r->stack[r->depth - 1];
	const char         *fault = NULL;

	if (r->depth >= KS_XML_MAX_DEPTH)
		return stop(r, KS_N_("the manifest is nested too deeply"), err);
	if (at == AT_START)
		return stop(r, enter_root(r, ns, name), err);
	for (size_t i = 0; i < KS_COUNT(steps); i++) {
		if (steps[i].from != at || strcmp(steps[i].name, name) != 0 || !in_space(r, steps[i].space, ns))
			continue;
		fault = steps[i].enter(r, attrs, count);
		if (fault != NULL)
			return stop(r, fault, err);
		r->stack[r->depth++] = steps[i].to;
		if (steps[i].to == IN_SIGNATURE) {
			bool      wanted = true;
			sign_code rc = r->events.signature(r->user, r->name, r->name_len, &wanted, &fault, err);

			KS_TRY(told(r, rc, fault, err));
			r->unwanted = !wanted;
			return wanted ? SIGN_OK : ks_fail(err, SIGN_E_FORMAT, NULL); /* stops the parser; settle() knows */
		}
		return SIGN_OK;
	}
	return stop(r, enter_unknown(r, at), err);
}

/* A pair of method and value is complete. */
static sign_code
end_value(ks_manifest_reader *r, place at, sign_error *err)
{
	uint8_t     digest[SIGN_DIGEST_MAX_BYTES];
	size_t      len = 0;
	const char *fault = NULL;
	sign_code   rc;

	if (!ks_base64_decode(r->value, r->value_len, digest, sizeof(digest), &len))
		return stop(r, KS_N_("a digest value is not base64 (RFC 4648)"), err);
	if (len != ks_digest_size(r->alg))
		return stop(r, KS_N_("a digest value has another length than its algorithm's"), err);
	if (at == IN_VALUE) {
		r->refs++;
		rc = r->events.reference(r->user, r->name, r->name_len, r->alg, KS_BYTES(digest, len), &fault, err);
	} else {
		rc = r->events.earlier(r->user, r->alg, KS_BYTES(digest, len), &fault, err);
	}
	return told(r, rc, fault, err);
}

static sign_code
on_end(void *user, const char *ns, const char *name, sign_error *err)
{
	ks_manifest_reader *r = user;
	place               at = r->stack[--r->depth];

	(void)ns;
	(void)name;
	switch (at) {
	case IN_VALUE:
	case IN_EARLIER_VALUE:
		return end_value(r, at, err);
	case IN_REF:
		return stop(r, r->ref_stage < 2 ? KS_N_("a reference has no digest (EN 319 162-1 A.4)") : NULL, err);
	case IN_EARLIER:
		return stop(r, r->ref_stage != 2 ? KS_N_("earlier signatures are listed without a digest") : NULL, err);
	case IN_EXTENSION:
	case IN_REF_EXTENSION:
		return stop(r, r->critical && !r->understood ? KS_N_("a critical extension is unknown (EN 319 162-1 A.4)") : NULL,
		    err);
	case IN_MANIFEST:
		r->closed = true;
		return stop(r, r->refs == 0 ? KS_N_("the manifest names no document (EN 319 162-1 A.4)") : NULL, err);
	default:
		return SIGN_OK;
	}
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static sign_code
on_text(void *user, const char *text, size_t len, sign_error *err)
{
	ks_manifest_reader *r = user;
	place               at = r->depth == 0 ? AT_START : r->stack[r->depth - 1];

	if (at == IN_SKIPPED || ((at == IN_EXTENSION || at == IN_REF_EXTENSION) && !r->critical))
		return SIGN_OK;
	for (size_t i = 0; i < len; i++) {
		if (is_space(text[i]))
			continue;
		if (at != IN_VALUE && at != IN_EARLIER_VALUE)
			return stop(r, KS_N_("text stands where none may (EN 319 162-1 A.4)"), err);
		if (r->value_len >= sizeof(r->value))
			return stop(r, KS_N_("a digest value has another length than its algorithm's"), err);
		r->value[r->value_len++] = text[i];
	}
	return SIGN_OK;
}

/* A comment can split a value so that two readers see two digests (attacks.md X4). */
static sign_code
on_comment(void *user, sign_error *err)
{
	ks_manifest_reader *r = user;
	place               at = r->depth == 0 ? AT_START : r->stack[r->depth - 1];
	bool                inside = at == IN_VALUE || at == IN_EARLIER_VALUE;

	return stop(r, inside ? KS_N_("a comment stands inside a digest value") : NULL, err);
}

/* ---- the reader ------------------------------------------------------------------------------------------------ */

sign_code
ks_manifest_reader_new(const ks_manifest_events *events, void *user, const char *name, ks_manifest_reader **out,
    sign_error *err)
{
	static const ks_xml_handlers handlers = { on_start, on_end, on_text, on_comment };
	KS_AUTO(ks_auto_manifest_reader) ks_manifest_reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return ks_fail_memory(err);
	r->events = *events;
	r->user = user;
	KS_TRY(ks_xml_parser_new(&handlers, r, name, KS_ASIC_MAX_MANIFEST_BYTES, &r->parser, err));
	*out = KS_MOVE(r);
	return SIGN_OK;
}

/* What the parser met, as a fault of the manifest. */
static const char *
unread_fault(const char *detail)
{
	static const struct { const char *part, *fault; } known[] = {
		{ "document type", KS_N_("the manifest has a document type declaration") },
		{ "entity",        KS_N_("the manifest uses an entity") },
		{ "UTF-8",         KS_N_("the manifest is not XML in UTF-8") },
		{ "too early",     KS_N_("the manifest ends too early") },
	};

	for (size_t i = 0; i < KS_COUNT(known); i++)
		if (strstr(detail, known[i].part) != NULL)
			return known[i].fault;
	return KS_N_("the manifest is not well-formed XML");
}

/* Broken XML is a fault of this manifest; anything else that stopped the parser is an error. */
static sign_code
settle(ks_manifest_reader *r, sign_code rc, const sign_error *seen, sign_error *err)
{
	if (rc == SIGN_OK || r->fault != NULL || r->unwanted)
		return SIGN_OK;
	if (rc == SIGN_E_FORMAT && !r->failed) {
		r->fault = unread_fault(seen->detail);
		return SIGN_OK;
	}
	if (err != NULL)
		*err = *seen;
	return rc;
}

sign_code
ks_manifest_reader_feed(ks_manifest_reader *r, const void *data, size_t len, sign_error *err)
{
	sign_error seen = SIGN_ERROR_INIT;

	if (r->fault != NULL || r->unwanted)
		return SIGN_OK;
	return settle(r, ks_xml_parser_feed(r->parser, data, len, &seen), &seen, err);
}

sign_code
ks_manifest_reader_finish(ks_manifest_reader *r, sign_error *err)
{
	sign_error seen = SIGN_ERROR_INIT;

	if (r->fault != NULL || r->unwanted)
		return SIGN_OK;
	KS_TRY(settle(r, ks_xml_parser_finish(r->parser, &seen), &seen, err));
	if (r->fault == NULL && !r->closed)
		r->fault = KS_N_("the manifest ends too early");
	return SIGN_OK;
}

const char *
ks_manifest_reader_fault(const ks_manifest_reader *r)
{
	return r->fault;
}

bool
ks_manifest_reader_nested(const ks_manifest_reader *r)
{
	return r->nested;
}

void
ks_manifest_reader_free(ks_manifest_reader *r)
{
	if (r == NULL)
		return;
	ks_xml_parser_free(r->parser);
	free(r);
}
