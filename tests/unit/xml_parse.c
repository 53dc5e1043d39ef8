/*
 * The push parser: what reaches the handlers, in whatever pieces the bytes arrive, and what is refused: DOCTYPE,
 * entities, other encodings, depth, floods (standards.md 4.4 rules 1-4, attacks.md X1).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "base_file.h"
#include "xml.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"

/* ---- a trace of what was called back -------------------------------------------------------------------------- */

typedef struct {
	char   text[4096];
	size_t len, stop_after, calls, longest;
	bool   in_text;
} trace;

static void
say(trace *t, const char *what, size_t len)
{
	if (t->len + len < sizeof t->text) {
		memcpy(t->text + t->len, what, len);
		t->len += len;
	}
}

static void
say_text(trace *t, const char *text)
{
	say(t, text, strlen(text));
	t->in_text = false;
}

static sign_code
count(trace *t, sign_error *err)
{
	if (t->stop_after > 0 && ++t->calls >= t->stop_after)
		return ks_fail(err, SIGN_E_INTERRUPTED, "stopped");
	return SIGN_OK;
}

static sign_code
on_start(void *user, const char *ns, const char *name, const ks_xml_attr *attrs, size_t attr_count, sign_error *err)
{
	trace *t = user;

	say_text(t, "<{");
	say_text(t, ns);
	say_text(t, "}");
	say_text(t, name);
	for (size_t i = 0; i < attr_count; i++) {
		say_text(t, " {");
		say_text(t, attrs[i].ns);
		say_text(t, "}");
		say_text(t, attrs[i].name);
		say_text(t, "=");
		cr_assert_eq(strlen(attrs[i].value), attrs[i].value_len, "a value without its NUL");
		say_text(t, attrs[i].value);
	}
	say_text(t, ">");
	return count(t, err);
}

static sign_code
on_end(void *user, const char *ns, const char *name, sign_error *err)
{
	(void)ns;
	say_text(user, "</");
	say_text(user, name);
	say_text(user, ">");
	return count(user, err);
}

static sign_code
on_text(void *user, const char *text, size_t len, sign_error *err)
{
	trace *t = user;

	t->longest = len > t->longest ? len : t->longest;
	if (!t->in_text)
		say(t, "|", 1);
	say(t, text, len);
	t->in_text = true;
	(void)err;
	return SIGN_OK;
}

static sign_code
on_comment(void *user, sign_error *err)
{
	say_text(user, "<!>");
	return count(user, err);
}

static const ks_xml_handlers handlers = { on_start, on_end, on_text, on_comment };

static sign_code
parse(const char *data, size_t len, size_t piece, trace *t, sign_error *err)
{
	KS_AUTO(ks_auto_xml_parser) ks_xml_parser *parser = NULL;

	KS_TRY(ks_xml_parser_new(&handlers, t, "doc.xml", (uint64_t)64 << 20, &parser, err));
	for (size_t at = 0; at < len; at += piece)
		KS_TRY(ks_xml_parser_feed(parser, data + at, len - at < piece ? len - at : piece, err));
	return ks_xml_parser_finish(parser, err);
}

/* ---- rows ----------------------------------------------------------------------------------------------------- */

static const struct {
	const char *label;
	sign_code   want;
	const char *doc, *calls;
	size_t      len; /* 0: strlen */
} rows[] = {
	{ "plain", SIGN_OK, HEAD "<a><b/>x</a>", "<{}a><{}b></b>|x</a>", 0 },
	{ "no declaration", SIGN_OK, "<a/>", "<{}a></a>", 0 },
	{ "white space in front", SIGN_OK, "\n <a/>\n", "<{}a></a>", 0 },
	{ "byte order mark", SIGN_OK, "\xef\xbb\xbf" HEAD "<a/>", "<{}a></a>", 0 },
	{ "namespaces", SIGN_OK, "<p:a xmlns:p='urn:p' xmlns='urn:d' p:x='1' y='2'><b/></p:a>",
	    "<{urn:p}a {urn:p}x=1 {}y=2><{urn:d}b></b></a>", 0 },
	{ "the five entities", SIGN_OK, "<a x='&lt;&amp;&gt;&quot;&apos;'>&lt;&amp;&gt;</a>",
	    "<{}a {}x=<&>\"'>|<&></a>", 0 },
	{ "character references", SIGN_OK, "<a x='&#38;&#x26;&#xE0;'>&#38;&#x41;</a>", "<{}a {}x=&&\xc3\xa0>|&A</a>",
	    0 },
	{ "an escape that looks like one", SIGN_OK, "<a x='&amp;#38;&amp;amp;'/>", "<{}a {}x=&#38;&amp;></a>", 0 },
	{ "CDATA", SIGN_OK, "<a><![CDATA[<!DOCTYPE x> ]]]>]]&gt;</a>", "<{}a>|<!DOCTYPE x> ]]]></a>", 0 },
	{ "comment and PI", SIGN_OK, "<!-- <!DOCTYPE x> --><a><?p <!DOCTYPE?><!-- - --></a>", "<!><{}a><!><!></a>",
	    0 },
	{ "accented", SIGN_OK, "<a>c\xc3\xb4ng v\xc4\x83n</a>", "<{}a>|c\xc3\xb4ng v\xc4\x83n</a>", 0 },
	{ "encoding in small letters", SIGN_OK, "<?xml version='1.0' encoding='utf-8'?><a/>", "<{}a></a>", 0 },

	{ "empty", SIGN_E_FORMAT, "", NULL, 0 },
	{ "only a declaration", SIGN_E_FORMAT, HEAD, NULL, 0 },
	{ "not XML", SIGN_E_FORMAT, "PK\3\4", NULL, 0 },
	{ "open end", SIGN_E_FORMAT, "<a><b></b>", NULL, 0 },
	{ "wrong end", SIGN_E_FORMAT, "<a><b></a></b>", NULL, 0 },
	{ "cut tag", SIGN_E_FORMAT, "<a><b", NULL, 0 },
	{ "cut comment", SIGN_E_FORMAT, "<a/><!-- ", NULL, 0 },
	{ "two roots", SIGN_E_FORMAT, "<a/><b/>", NULL, 0 },
	{ "text behind the root", SIGN_E_FORMAT, "<a/>x", NULL, 0 },
	{ "attribute twice", SIGN_E_FORMAT, "<a x='1' x='2'/>", NULL, 0 },
	{ "attribute twice by namespace", SIGN_E_FORMAT, "<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>", NULL, 0 },
	{ "prefix bound to nothing", SIGN_E_FORMAT, "<p:a/>", NULL, 0 },
	{ "markup in a value", SIGN_E_FORMAT, "<a x='<'/>", NULL, 0 }, /* XML 1.0 3.1 */
	{ "control character", SIGN_E_FORMAT, "<a>\x01</a>", NULL, 0 },
	{ "NUL", SIGN_E_FORMAT, "<a>x\0y</a>", NULL, 10 },
	{ "reference to NUL", SIGN_E_FORMAT, "<a>&#0;</a>", NULL, 0 },

	{ "DOCTYPE", SIGN_E_FORMAT, "<!DOCTYPE a><a/>", NULL, 0 },
	{ "DOCTYPE with a file", SIGN_E_FORMAT, "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", NULL, 0 },
	{ "DOCTYPE with entities", SIGN_E_FORMAT, "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", NULL, 0 },
	{ "DOCTYPE after a comment", SIGN_E_FORMAT, HEAD "<!-- x --><!DOCTYPE a><a/>", NULL, 0 },
	{ "entity that nobody declared", SIGN_E_FORMAT, "<a>&e;</a>", NULL, 0 },
	{ "the same in a value", SIGN_E_FORMAT, "<a x='&e;'/>", NULL, 0 },
	{ "the same, not standalone", SIGN_E_FORMAT, "<?xml version='1.0' standalone='no'?><a>&e;</a>", NULL, 0 },

	{ "Latin 1 declared", SIGN_E_FORMAT, "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe4</a>", NULL, 0 },
	{ "ASCII declared", SIGN_E_FORMAT, "<?xml version='1.0' encoding='US-ASCII'?><a/>", NULL, 0 },
	{ "UTF-16 declared", SIGN_E_FORMAT, "<?xml version='1.0' encoding='UTF-16'?><a/>", NULL, 0 },
	{ "UTF-7 declared", SIGN_E_FORMAT, "<?xml version='1.0' encoding='UTF-7'?><a/>", NULL, 0 },
	{ "UTF-16 LE", SIGN_E_FORMAT, "\xff\xfe<\0a\0/\0>\0", NULL, 10 },
	{ "UTF-16 BE", SIGN_E_FORMAT, "\xfe\xff\0<\0a\0/\0>", NULL, 10 },
	{ "UTF-16 LE without mark", SIGN_E_FORMAT, "<\0a\0/\0>\0", NULL, 8 },
	{ "UTF-32 BE", SIGN_E_FORMAT, "\0\0\0<\0\0\0a\0\0\0/\0\0\0>", NULL, 16 },
	{ "UTF-32 LE", SIGN_E_FORMAT, "<\0\0\0a\0\0\0/\0\0\0>\0\0\0", NULL, 16 },
	{ "EBCDIC", SIGN_E_FORMAT, "\x4c\x6f\xa7\x94\x93", NULL, 0 },
	{ "half a mark", SIGN_E_FORMAT, "\xef\xbb<a/>", NULL, 0 },
	{ "not UTF-8 in text", SIGN_E_FORMAT, "<a>\xe4</a>", NULL, 0 },
	{ "not UTF-8 in a value", SIGN_E_FORMAT, "<a x='\xe4'/>", NULL, 0 },
	{ "not UTF-8 in a comment", SIGN_E_FORMAT, "<a><!-- \xe4 --></a>", NULL, 0 },
	{ "not UTF-8 in a name", SIGN_E_FORMAT, "<a\xe4/>", NULL, 0 },
	{ "overlong", SIGN_E_FORMAT, "<a>\xc0\xbc</a>", NULL, 0 },
	{ "surrogate", SIGN_E_FORMAT, "<a>\xed\xa0\x80</a>", NULL, 0 },
	{ "not UTF-8 in CDATA", SIGN_E_FORMAT, "<a><![CDATA[\xe4]]></a>", NULL, 0 },
};

ParameterizedTestParameters(xml_parse, rows)
{
	static size_t index[KS_COUNT(rows)];

	for (size_t i = 0; i < KS_COUNT(rows); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, KS_COUNT(rows));
}

ParameterizedTest(size_t *row, xml_parse, rows)
{
	static const size_t pieces[] = { 1, 2, 3, 5, 7, 16, SIZE_MAX / 2 };
	const char         *label = rows[*row].label, *doc = rows[*row].doc;
	size_t              len = rows[*row].len > 0 ? rows[*row].len : strlen(doc);

	for (size_t i = 0; i < KS_COUNT(pieces); i++) {
		trace      t = { .len = 0 };
		sign_error err = SIGN_ERROR_INIT;
		sign_code got = parse(doc, len, pieces[i], &t, &err);
		cr_expect_eq(
		    got, rows[*row].want, "%s, pieces of %zu: %d %s", label, pieces[i], (int)got, err.detail);
		cr_expect_eq(err.code, got, "%s: error and result disagree", label);
		if (rows[*row].calls != NULL)
			cr_expect_str_eq(t.text, rows[*row].calls, "%s, pieces of %zu: %s", label, pieces[i], t.text);
	}
}

/* ---- limits and floods ---------------------------------------------------------------------------------------- */

enum {
	DEEP,
	JUST_DEEP_ENOUGH,
	MANY_ATTRS,
	JUST_ENOUGH_ATTRS,
	MANY_NAMESPACES,
	LONG_TAG,
	LONG_VALUE,
	LONG_NAME,
	MANY_LONG,
	FLOODS
};

static const struct {
	const char *label;
	sign_code   want;
} floods[FLOODS] = {
	[DEEP] = { "too deep", SIGN_E_LIMIT },
	[JUST_DEEP_ENOUGH] = { "just deep enough", SIGN_OK },
	[MANY_ATTRS] = { "too many attributes", SIGN_E_LIMIT },
	[JUST_ENOUGH_ATTRS] = { "just enough attributes", SIGN_OK },
	[MANY_NAMESPACES] = { "too many namespaces", SIGN_E_LIMIT },
	[LONG_TAG] = { "a megabyte of attributes", SIGN_E_LIMIT },
	[LONG_VALUE] = { "a megabyte of value", SIGN_E_LIMIT },
	[LONG_NAME] = { "a megabyte of name", SIGN_E_LIMIT },
	[MANY_LONG] = { "long text", SIGN_OK },
};

/* `text` so many times, "#" in it standing for the number. */
static void
repeat(ks_buf *doc, const char *text, size_t times)
{
	size_t before = strcspn(text, "#");

	for (size_t i = 0; i < times; i++) {
		cr_assert_eq(ks_buf_add(doc, text, before, NULL), SIGN_OK);
		if (text[before] == '#')
			cr_assert_eq(ks_buf_addf(doc, NULL, "%zu%s", i, text + before + 1), SIGN_OK);
	}
}

static void
flood(size_t kind, ks_buf *doc)
{
	size_t n = kind == DEEP ? KS_XML_MAX_DEPTH + 1 : KS_XML_MAX_DEPTH;

	switch (kind) {
	case DEEP:
	case JUST_DEEP_ENOUGH:
		repeat(doc, "<a>", n);
		repeat(doc, "</a>", n);
		return;
	case MANY_ATTRS:
	case JUST_ENOUGH_ATTRS:
	case MANY_NAMESPACES:
		repeat(doc, "<a", 1);
		repeat(doc, kind == MANY_NAMESPACES ? " xmlns:a#='u'" : " a#=''",
		    kind == JUST_ENOUGH_ATTRS ? KS_XML_MAX_ATTRS : KS_XML_MAX_ATTRS + 1);
		repeat(doc, "/>", 1);
		return;
	case LONG_TAG:
		repeat(doc, "<a", 1);
		repeat(doc, " a#=''", 100000);
		repeat(doc, "/>", 1);
		return;
	case LONG_VALUE:
		repeat(doc, "<a b='", 1);
		repeat(doc, "aaaaaaaaaa", 100000);
		repeat(doc, "'/>", 1);
		return;
	case LONG_NAME:
		repeat(doc, "<a", 1);
		repeat(doc, "aaaaaaaaaa", 100000);
		repeat(doc, "/>", 1);
		return;
	default:
		repeat(doc, "<a>", 1);
		repeat(doc, "<b x='#'/>\xc4\x83\xc4\x83\xc4\x83", 500000);
		repeat(doc, "\xc4\x83\xc4\x83\xc4\x83\xc4\x83", 500000);
		repeat(doc, "</a>", 1);
	}
}

ParameterizedTestParameters(xml_parse, floods)
{
	static size_t index[FLOODS];

	for (size_t i = 0; i < FLOODS; i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, FLOODS);
}

ParameterizedTest(size_t *row, xml_parse, floods, .timeout = 30)
{
	KS_AUTO(ks_buf_clear) ks_buf doc = KS_BUF((size_t)64 << 20);
	trace           t = { .len = 0 };
	sign_error      err = SIGN_ERROR_INIT;
	struct timespec begin, end;

	flood(*row, &doc);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	sign_code got = parse((const char *)doc.data, doc.len, *row == MANY_LONG ? 1000 : doc.len, &t, &err);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	cr_expect_eq(got, floods[*row].want, "%s: %d %s", floods[*row].label, (int)got, err.detail);
	cr_expect_leq(t.longest, KS_XML_MAX_TEXT_BYTES);
	if (floods[*row].want != SIGN_OK)
		cr_expect_lt(end.tv_sec - begin.tv_sec, 2, "%s: took too long", floods[*row].label);
}

Test(xml_parse, length_is_limited)
{
	KS_AUTO(ks_auto_xml_parser) ks_xml_parser *parser = NULL;
	trace      t = { .len = 0 };
	sign_error err = SIGN_ERROR_INIT;

	cr_assert_eq(ks_xml_parser_new(&handlers, &t, "doc.xml", 8, &parser, &err), SIGN_OK);
	cr_expect_eq(ks_xml_parser_feed(parser, "<a></a>", 7, &err), SIGN_OK);
	cr_expect_eq(ks_xml_parser_feed(parser, "\n\n", 2, &err), SIGN_E_LIMIT);
	cr_expect_eq(ks_xml_parser_finish(parser, &err), SIGN_E_LIMIT, "a failure is for good");
	cr_expect_eq(err.code, SIGN_E_LIMIT);
}

Test(xml_parse, a_handler_stops_it)
{
	for (size_t after = 1; after <= 5; after++) {
		trace       t = { .stop_after = after };
		sign_error  err = SIGN_ERROR_INIT;
		const char *doc = "<a><b/><!-- --><c/></a>";
		cr_expect_eq(parse(doc, strlen(doc), 3, &t, &err), SIGN_E_INTERRUPTED, "after %zu calls", after);
		cr_expect_eq(err.code, SIGN_E_INTERRUPTED);
		cr_expect_eq(t.calls, after, "called back after it said stop");
	}
}

Test(xml_parse, files_of_the_peers)
{
	static const char *const files[] = { "external_file.xml", "xml-bomb-attr.xml", "xmlbomb.xml" };
	const char *env = getenv("KYSO_CORPUS"), *ci = getenv("CI");

	for (size_t i = 0; i < KS_COUNT(files); i++) {
		KS_AUTO(ks_buf_clear) ks_buf doc = KS_BUF(1 << 20);
		char       path[4096];
		trace      t = { .len = 0 };
		sign_error err = SIGN_ERROR_INIT;
		snprintf(path, sizeof path, "%s/malformed-xml/%s",
		    env != NULL ? env : KS_SOURCE_DIR "/../shared/corpus", files[i]);
		sign_code got = ks_file_slurp(path, 1 << 20, &doc, &err);
		if (got == SIGN_E_NOT_FOUND && (ci == NULL || strcmp(ci, "true") != 0))
			cr_skip_test("no corpus: %s", path);
		cr_assert_eq(got, SIGN_OK, "%s: %s", path, err.detail);
		got = parse((const char *)doc.data, doc.len, 64, &t, &err);
		cr_expect_eq(got, SIGN_E_FORMAT, "%s: %d %s", files[i], (int)got, err.detail);
		cr_expect_eq(t.len, 0, "%s: something was called back", files[i]);
	}
}

/* ---- attribute values, escaping, the document element -----------------------------------------------------------
 */

static const struct {
	const char *label, *text, *want;
	sign_code   code;
} texts[] = {
	{ "plain", "abc", "abc", SIGN_OK },
	{ "nothing", "", "", SIGN_OK },
	{ "markup", "<a b=\"c\">&amp;</a>", "&lt;a b=&quot;c&quot;&gt;&amp;amp;&lt;/a&gt;", SIGN_OK },
	{ "white space", "a\tb\nc\rd", "a&#9;b&#10;c&#13;d", SIGN_OK },
	{ "Vietnamese", "c\xc3\xb4ng v\xc4\x83n", "c\xc3\xb4ng v\xc4\x83n", SIGN_OK },
	{ "control", "a\x01", "", SIGN_E_FORMAT },
	{ "not UTF-8", "\xe4", "", SIGN_E_FORMAT },
	{ "U+FFFF", "\xef\xbf\xbf", "", SIGN_E_FORMAT },
	{ "U+FFFE", "\xef\xbf\xbe", "", SIGN_E_FORMAT },
	{ "U+FFFD", "\xef\xbf\xbd", "\xef\xbf\xbd", SIGN_OK },
};

Test(xml_parse, escaped_text_comes_back)
{
	for (size_t i = 0; i < KS_COUNT(texts); i++) {
		KS_AUTO(ks_buf_clear) ks_buf out = KS_BUF(4096);
		KS_AUTO(ks_buf_clear) ks_buf doc = KS_BUF(4096);
		trace      t = { .len = 0 };
		sign_error err = SIGN_ERROR_INIT;
		sign_code  got = ks_xml_escape(&out, texts[i].text, strlen(texts[i].text), &err);
		cr_assert_eq(got, texts[i].code, "%s: %d", texts[i].label, (int)got);
		if (got != SIGN_OK)
			continue;
		cr_expect(ks_bytes_equal(ks_buf_bytes(&out), KS_BYTES(texts[i].want, strlen(texts[i].want))), "%s",
		    texts[i].label);
		cr_assert_eq(
		    ks_buf_addf(&doc, &err, "<a x=\"%.*s\"/>", (int)out.len, (const char *)out.data), SIGN_OK);
		cr_assert_eq(parse((const char *)doc.data, doc.len, doc.len, &t, &err), SIGN_OK, "%s: %s",
		    texts[i].label, err.detail);
		t.text[t.len] = '\0';
		cr_expect_not_null(strstr(t.text, "{}x="));
		cr_expect_eq(strncmp(strstr(t.text, "{}x=") + 4, texts[i].text, strlen(texts[i].text)), 0, "%s: %s",
		    texts[i].label, t.text);
	}
}

static const struct {
	const char *label, *head, *ns, *name;
	bool        found;
} roots[] = {
	{ "manifest", HEAD "<asic:ASiCManifest xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\"><asic:SigRef",
	    "http://uri.etsi.org/02918/v1.2.1#", "ASiCManifest", true },
	{ "no namespace", "<!-- x --><a><b>", "", "a", true },
	{ "cut in the first tag", "<a b='", "", "", false },
	{ "broken behind it", "<a></b>", "", "a", true },
	{ "not XML", "%PDF-1.7", "", "", false },
	{ "nothing", "", "", "", false },
	{ "DOCTYPE", "<!DOCTYPE a><a/>", "", "", false },
};

Test(xml_parse, document_element)
{
	for (size_t i = 0; i < KS_COUNT(roots); i++) {
		char ns[128] = "x", name[64] = "x";
		bool found = ks_xml_root(KS_BYTES(roots[i].head, strlen(roots[i].head)), ns, name);
		cr_expect_eq(found, roots[i].found, "%s", roots[i].label);
		cr_expect_str_eq(ns, roots[i].ns, "%s: %s", roots[i].label, ns);
		cr_expect_str_eq(name, roots[i].name, "%s: %s", roots[i].label, name);
	}
}
