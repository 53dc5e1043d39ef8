/*
 * The manifest grammar (EN 319 162-1 A.4): what is written reads back, and each broken rule has a row.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asic_support.h"

#define HEAD   "<a:ASiCManifest xmlns:a=\"" KS_ASIC_NS "\" xmlns:d=\"" KS_ASIC_NS_DS "\">"
#define SIG    "<a:SigReference URI=\"META-INF/signature001.p7s\" MimeType=\"application/pkcs7-signature\"/>"
#define SHA256 "<d:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>"
#define DIGEST "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define VALUE  "<d:DigestValue>" DIGEST "</d:DigestValue>"
#define REF(name) "<a:DataObjectReference URI=\"" name "\">" SHA256 VALUE "</a:DataObjectReference>"
#define EXT(critical, inner) "<a:ASiCManifestExtensions><a:Extension Critical=\"" critical "\">" inner \
	"</a:Extension></a:ASiCManifestExtensions>"
#define OURS(inner) "<e:EarlierSignatures xmlns:e=\"" KS_ASIC_NS_EARLIER "\">" inner "</e:EarlierSignatures>"
#define TAIL   "</a:ASiCManifest>"

/* What was met, as text: "s:name r:name e" */
typedef struct {
	char   trace[512];
	size_t references;
	bool   unwanted; /* say so when asked */
} seen;

static sign_code
on_signature(void *user, const char *name, size_t len, bool *wanted, const char **fault, sign_error *err)
{
	seen  *s = user;
	size_t n = strlen(s->trace);

	(void)fault;
	(void)err;
	*wanted = !s->unwanted;
	snprintf(s->trace + n, sizeof(s->trace) - n, "s:%.*s ", (int)len, name);
	return SIGN_OK;
}

static sign_code
on_reference(void *user, const char *name, size_t len, sign_digest alg, sign_bytes digest, const char **fault,
    sign_error *err)
{
	seen  *s = user;
	size_t n = strlen(s->trace);

	if (len == 4 && memcmp(name, "gone", 4) == 0)
		return ks_fail_memory(err);
	if (len == 3 && memcmp(name, "bad", 3) == 0)
		*fault = "as the test wants";
	cr_expect_eq(digest.len, ks_digest_size(alg));
	s->references++;
	if (s->references < 8)
		snprintf(s->trace + n, sizeof(s->trace) - n, "r:%.*s ", (int)len, name);
	return SIGN_OK;
}

static sign_code
on_earlier(void *user, sign_digest alg, sign_bytes digest, const char **fault, sign_error *err)
{
	seen *s = user;

	(void)fault;
	(void)err;
	cr_expect_eq(digest.len, ks_digest_size(alg));
	strncat(s->trace, "e ", sizeof(s->trace) - strlen(s->trace) - 1);
	return SIGN_OK;
}

static ks_manifest_reader *
parse(const char *text, size_t len, size_t step, seen *s, sign_code *rc, sign_error *err)
{
	static const ks_manifest_events events = { on_signature, on_reference, on_earlier };
	ks_manifest_reader *r = NULL;

	*rc = ks_manifest_reader_new(&events, s, "test", &r, err);
	cr_assert_eq(*rc, SIGN_OK);
	for (size_t at = 0; at < len && *rc == SIGN_OK; at += step)
		*rc = ks_manifest_reader_feed(r, text + at, len - at < step ? len - at : step, err);
	if (*rc == SIGN_OK)
		*rc = ks_manifest_reader_finish(r, err);
	return r;
}

/* want NULL: a fault */
static const struct { const char *label, *text, *want; } manifests[] = {
	{ "one file",            HEAD SIG REF("a.txt") TAIL,            "s:META-INF/signature001.p7s r:a.txt " },
	{ "two files",           HEAD SIG REF("a.txt") REF("b/c") TAIL, "s:META-INF/signature001.p7s r:a.txt r:b/c " },
	{ "white space",         "<?xml version=\"1.0\"?>\n" HEAD "\n " SIG "\r\n\t" REF("a") " \n" TAIL "\n",
	                                                                "s:META-INF/signature001.p7s r:a " },
	{ "white space in the value", HEAD SIG "<a:DataObjectReference URI=\"a\">" SHA256 "<d:DigestValue>\n47DEQpj8HBSa+/TI"
	  "\n mW+5JCeuQeRkm5NMpJWZG3hSuFU=\n</d:DigestValue></a:DataObjectReference>" TAIL, "s:META-INF/signature001.p7s r:a " },
	{ "comment between",     HEAD "<!-- x -->" SIG REF("a") TAIL,   "s:META-INF/signature001.p7s r:a " },
	{ "default namespace",   "<ASiCManifest xmlns=\"" KS_ASIC_NS "\"><SigReference URI=\"META-INF/s\"/><DataObjectReference "
	  "URI=\"a\"><DigestMethod xmlns=\"" KS_ASIC_NS_DS "\" Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"/>"
	  "<DigestValue xmlns=\"" KS_ASIC_NS_DS "\">" DIGEST "</DigestValue></DataObjectReference></ASiCManifest>",
	                                                                "s:META-INF/s r:a " },
	{ "older namespace",     "<ASiCManifest xmlns=\"http://uri.etsi.org/2918/v1.2.1#\"><SigReference URI=\"s\"/>"
	  "<DataObjectReference URI=\"a\"><d:DigestMethod xmlns:d=\"" KS_ASIC_NS_DS "\" Algorithm=\"http://www.w3.org/2001/04/"
	  "xmlenc#sha256\"/><d:DigestValue xmlns:d=\"" KS_ASIC_NS_DS "\">" DIGEST "</d:DigestValue></DataObjectReference>"
	  "</ASiCManifest>",                                            "s:s r:a " },
	{ "byte-order mark",     "\xEF\xBB\xBF<?xml version=\"1.0\"?>" HEAD SIG REF("a") TAIL, "s:META-INF/signature001.p7s r:a " },
	{ "references inside SigReference", HEAD "<a:SigReference URI=\"META-INF/s.p7s\">" REF("a") REF("b")
	  "</a:SigReference>" TAIL,                                     "s:META-INF/s.p7s r:a r:b " },
	{ "root file",           HEAD SIG "<a:DataObjectReference URI=\"a\" Rootfile=\"true\">" SHA256 VALUE
	  "</a:DataObjectReference>" TAIL,                              "s:META-INF/signature001.p7s r:a " },
	{ "unknown extension",   HEAD SIG REF("a") EXT("false", "<x xmlns=\"urn:x\">text<y/></x>") TAIL,
	                                                                "s:META-INF/signature001.p7s r:a " },
	{ "unknown extension of a reference", HEAD SIG "<a:DataObjectReference URI=\"a\">" SHA256 VALUE
	  "<a:DataObjectReferenceExtensions><a:Extension Critical=\"0\"><x xmlns=\"urn:x\"/></a:Extension>"
	  "</a:DataObjectReferenceExtensions></a:DataObjectReference>" TAIL, "s:META-INF/signature001.p7s r:a " },
	{ "ours",                HEAD SIG REF("a") EXT("false", OURS(SHA256 VALUE SHA256 VALUE)) TAIL,
	                                                                "s:META-INF/signature001.p7s r:a e e " },
	{ "ours, critical",      HEAD SIG REF("a") EXT("true", OURS(SHA256 VALUE)) TAIL, "s:META-INF/signature001.p7s r:a e " },

	{ "empty",               "",                                    NULL },
	{ "not XML",             "PK\3\4",                              NULL },
	{ "cut off",             HEAD SIG REF("a"),                     NULL },
	{ "two documents",       HEAD SIG REF("a") TAIL HEAD SIG REF("a") TAIL, NULL },
	{ "other root",          "<x/>",                                NULL },
	{ "other namespace",     "<a:ASiCManifest xmlns:a=\"urn:x\"/>", NULL },
	{ "DTD",                 "<!DOCTYPE a [<!ENTITY e \"x\">]>" HEAD SIG REF("a") TAIL, NULL },
	{ "no signature",        HEAD REF("a") TAIL,                    NULL },
	{ "two signatures",      HEAD SIG SIG REF("a") TAIL,            NULL },
	{ "signature last",      HEAD REF("a") SIG TAIL,                NULL },
	{ "no file",             HEAD SIG TAIL,                         NULL },
	{ "SigReference of another namespace", HEAD "<d:SigReference URI=\"s\"/>" REF("a") TAIL, NULL },
	{ "nested and beside",   HEAD "<a:SigReference URI=\"s\">" REF("a") "</a:SigReference>" REF("b") TAIL, NULL },
	{ "no URI",              HEAD SIG "<a:DataObjectReference>" SHA256 VALUE "</a:DataObjectReference>" TAIL, NULL },
	{ "URI of another namespace", HEAD SIG "<a:DataObjectReference a:URI=\"a\">" SHA256 VALUE "</a:DataObjectReference>"
	  TAIL,                                                         NULL },
	{ "climbing URI",        HEAD SIG REF("../a") TAIL,             NULL },
	{ "signature URI with scheme", HEAD "<a:SigReference URI=\"file:s\"/>" REF("a") TAIL, NULL },
	{ "no method",           HEAD SIG "<a:DataObjectReference URI=\"a\">" VALUE "</a:DataObjectReference>" TAIL, NULL },
	{ "no value",            HEAD SIG "<a:DataObjectReference URI=\"a\">" SHA256 "</a:DataObjectReference>" TAIL, NULL },
	{ "two methods",         HEAD SIG "<a:DataObjectReference URI=\"a\">" SHA256 SHA256 VALUE "</a:DataObjectReference>" TAIL,
	                                                                NULL },
	{ "two values",          HEAD SIG "<a:DataObjectReference URI=\"a\">" SHA256 VALUE VALUE "</a:DataObjectReference>" TAIL,
	                                                                NULL },
	{ "two pairs",           HEAD SIG "<a:DataObjectReference URI=\"a\">" SHA256 VALUE SHA256 VALUE
	  "</a:DataObjectReference>" TAIL,                              NULL },
	{ "value first",         HEAD SIG "<a:DataObjectReference URI=\"a\">" VALUE SHA256 "</a:DataObjectReference>" TAIL, NULL },
	{ "method without algorithm", HEAD SIG "<a:DataObjectReference URI=\"a\"><d:DigestMethod/>" VALUE
	  "</a:DataObjectReference>" TAIL,                              NULL },
	{ "unknown algorithm",   HEAD SIG "<a:DataObjectReference URI=\"a\"><d:DigestMethod Algorithm=\"urn:x\"/>" VALUE
	  "</a:DataObjectReference>" TAIL,                              NULL },
	{ "child in the method", HEAD SIG "<a:DataObjectReference URI=\"a\"><d:DigestMethod Algorithm=\"http://www.w3.org/2001/"
	  "04/xmlenc#sha256\"><x/></d:DigestMethod>" VALUE "</a:DataObjectReference>" TAIL, NULL },
	{ "short digest",        HEAD SIG "<a:DataObjectReference URI=\"a\">" SHA256 "<d:DigestValue>Zm9v</d:DigestValue>"
	  "</a:DataObjectReference>" TAIL,                              NULL },
	{ "no digest",           HEAD SIG "<a:DataObjectReference URI=\"a\">" SHA256 "<d:DigestValue/></a:DataObjectReference>"
	  TAIL,                                                         NULL },
	{ "long digest",         HEAD SIG "<a:DataObjectReference URI=\"a\">" SHA256 "<d:DigestValue>" DIGEST DIGEST DIGEST
	  "</d:DigestValue></a:DataObjectReference>" TAIL,              NULL },
	{ "not base64",          HEAD SIG "<a:DataObjectReference URI=\"a\">" SHA256 "<d:DigestValue>47DEQpj8HBSa-/TImW+5JCeuQeRkm"
	  "5NMpJWZG3hSuFU=</d:DigestValue></a:DataObjectReference>" TAIL, NULL },
	{ "comment in the value", HEAD SIG "<a:DataObjectReference URI=\"a\">" SHA256 "<d:DigestValue>47DEQpj8HBSa<!-- -->+/TImW"
	  "+5JCeuQeRkm5NMpJWZG3hSuFU=</d:DigestValue></a:DataObjectReference>" TAIL, NULL },
	{ "text between",        HEAD SIG "x" REF("a") TAIL,            NULL },
	{ "unknown element",     HEAD SIG "<a:Other/>" REF("a") TAIL,   NULL },
	{ "two root files",      HEAD SIG "<a:DataObjectReference URI=\"a\" Rootfile=\"true\">" SHA256 VALUE
	  "</a:DataObjectReference><a:DataObjectReference URI=\"b\" Rootfile=\"1\">" SHA256 VALUE "</a:DataObjectReference>" TAIL,
	                                                                NULL },
	{ "Rootfile is no boolean", HEAD SIG "<a:DataObjectReference URI=\"a\" Rootfile=\"yes\">" SHA256 VALUE
	  "</a:DataObjectReference>" TAIL,                              NULL },
	{ "critical extension",  HEAD SIG REF("a") EXT("true", "<x xmlns=\"urn:x\"/>") TAIL, NULL },
	{ "critical, empty",     HEAD SIG REF("a") EXT("1", "") TAIL,   NULL },
	{ "critical extension of a reference", HEAD SIG "<a:DataObjectReference URI=\"a\">" SHA256 VALUE
	  "<a:DataObjectReferenceExtensions><a:Extension Critical=\"true\"><x xmlns=\"urn:x\"/></a:Extension>"
	  "</a:DataObjectReferenceExtensions></a:DataObjectReference>" TAIL, NULL },
	{ "ours on a reference, critical", HEAD SIG "<a:DataObjectReference URI=\"a\">" SHA256 VALUE
	  "<a:DataObjectReferenceExtensions><a:Extension Critical=\"true\">" OURS(SHA256 VALUE) "</a:Extension>"
	  "</a:DataObjectReferenceExtensions></a:DataObjectReference>" TAIL, NULL },
	{ "Critical is missing", HEAD SIG REF("a") "<a:ASiCManifestExtensions><a:Extension/></a:ASiCManifestExtensions>" TAIL,
	                                                                NULL },
	{ "Critical is no boolean", HEAD SIG REF("a") EXT("maybe", "") TAIL, NULL },
	{ "extensions first",    HEAD SIG EXT("false", "") REF("a") TAIL, NULL },
	{ "extensions twice",    HEAD SIG REF("a") EXT("false", "") EXT("false", "") TAIL, NULL },
	{ "ours, twice",         HEAD SIG REF("a") EXT("false", OURS(SHA256 VALUE) OURS(SHA256 VALUE)) TAIL, NULL },
	{ "ours, empty",         HEAD SIG REF("a") EXT("false", OURS("")) TAIL, NULL },
	{ "ours, half a pair",   HEAD SIG REF("a") EXT("false", OURS(SHA256 VALUE SHA256)) TAIL, NULL },
	{ "ours, short digest",  HEAD SIG REF("a") EXT("false", OURS(SHA256 "<d:DigestValue>Zm9v</d:DigestValue>")) TAIL, NULL },
	{ "refused by its owner", HEAD SIG REF("bad") REF("a") TAIL,    NULL },
};
ParameterizedTestParameters(asic_manifest, keeps_the_grammar)
{
	static size_t rows[COUNT_OF(manifests)];

	return rows_of(rows, COUNT_OF(manifests));
}
ParameterizedTest(size_t *row, asic_manifest, keeps_the_grammar)
{
	static const size_t steps[] = { 1, 7, 100000 };
	const char *text = manifests[*row].text, *want = manifests[*row].want;

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		seen        s = { "", 0, false };
		sign_error  err = SIGN_ERROR_INIT;
		sign_code   rc;
		ks_manifest_reader *r = parse(text, strlen(text), steps[i], &s, &rc, &err);
		const char *fault = ks_manifest_reader_fault(r);

		cr_expect_eq(rc, SIGN_OK, "%s: %d", manifests[*row].label, (int)rc);
		cr_expect_eq(err.code, SIGN_OK, "%s: a fault is no error", manifests[*row].label);
		cr_expect_eq(fault == NULL, want != NULL, "%s: %s", manifests[*row].label, fault != NULL ? fault : "accepted");
		if (want != NULL)
			cr_expect_str_eq(s.trace, want, "%s", manifests[*row].label);
		ks_manifest_reader_free(r);
	}
}

Test(asic_manifest, is_left_alone_when_not_wanted)
{
	const char *text = HEAD SIG "<a:Nonsense>" REF("../..");
	seen        s = { "", 0, true };
	sign_error  err = SIGN_ERROR_INIT;
	sign_code   rc;
	ks_manifest_reader *r = parse(text, strlen(text), 5, &s, &rc, &err);

	cr_expect_eq(rc, SIGN_OK);
	cr_expect_null(ks_manifest_reader_fault(r));
	cr_expect_str_eq(s.trace, "s:META-INF/signature001.p7s ");
	ks_manifest_reader_free(r);
}

Test(asic_manifest, passes_on_an_error)
{
	const char *text = HEAD SIG REF("gone") TAIL;
	seen        s = { "", 0, false };
	sign_error  err = SIGN_ERROR_INIT;
	sign_code   rc;
	ks_manifest_reader *r = parse(text, strlen(text), 100000, &s, &rc, &err);

	cr_expect_eq(rc, SIGN_E_MEMORY);
	cr_expect_eq(err.code, SIGN_E_MEMORY, "error and result disagree");
	cr_expect_null(ks_manifest_reader_fault(r));
	ks_manifest_reader_free(r);
}

Test(asic_manifest, of_many_files_reads_back)
{
	enum { FILES = 20000 };
	ks_asic_ref *refs = calloc(FILES, sizeof(*refs));
	char       (*names)[32] = calloc(FILES, sizeof(*names));
	ks_digest    earlier[2] = { { { 1 }, 32 }, { { 2 }, 32 } };
	KS_AUTO(ks_buf_clear) ks_buf out = KS_BUF((size_t)16 << 20);
	KS_AUTO(ks_buf_clear) ks_buf again = KS_BUF((size_t)16 << 20);
	seen         s = { "", 0, false };
	sign_error   err = SIGN_ERROR_INIT;
	sign_code    rc;
	ks_manifest_reader *r;

	for (size_t i = 0; i < FILES; i++) {
		snprintf(names[i], sizeof(names[i]), "100%% v\u0103n b\u1ea3n+%zu.txt", i);
		refs[i] = (ks_asic_ref){ names[i], "text/plain", { { (uint8_t)i }, 32 } };
	}
	cr_assert_eq(ks_asic_manifest_build("META-INF/signature002.p7s", SIGN_DIGEST_SHA256, refs, FILES, earlier, 2, &out,
	    &err), SIGN_OK, "%s", err.detail);
	cr_assert_eq(ks_asic_manifest_build("META-INF/signature002.p7s", SIGN_DIGEST_SHA256, refs, FILES, earlier, 2, &again,
	    &err), SIGN_OK);
	cr_expect(ks_bytes_equal(ks_buf_bytes(&out), ks_buf_bytes(&again)), "the same input gives the same bytes");
	r = parse((const char *)out.data, out.len, 65536, &s, &rc, &err);
	cr_expect_eq(rc, SIGN_OK);
	cr_expect_null(ks_manifest_reader_fault(r), "%s", ks_manifest_reader_fault(r));
	cr_expect_eq(s.references, FILES);
	cr_expect(strncmp(s.trace, "s:META-INF/signature002.p7s r:100% v\u0103n b\u1ea3n+0.txt ", 50) == 0, "%s", s.trace);
	cr_expect(strstr(s.trace, " e e ") != NULL, "%s", s.trace);
	ks_manifest_reader_free(r);
	free(names);
	free(refs);
}

static const struct { const char *label, *name; sign_digest alg; size_t refs; uint8_t len; sign_code want; } builds[] = {
	{ "plain",            "a.txt",        SIGN_DIGEST_SHA256, 1, 32, SIGN_OK },
	{ "no file",          "a.txt",        SIGN_DIGEST_SHA256, 0, 32, SIGN_E_NOTHING },
	{ "no digest",        "a.txt",        SIGN_DIGEST_SHA256, 1, 0,  SIGN_E_INTERNAL },
	{ "no algorithm",     "a.txt",        SIGN_DIGEST_NONE,   1, 32, SIGN_E_CRYPTO },
	{ "poses as metadata", "META-INF/x",  SIGN_DIGEST_SHA256, 1, 32, SIGN_E_NAME },
	{ "climbs out",       "../a",         SIGN_DIGEST_SHA256, 1, 32, SIGN_E_NAME },
};
ParameterizedTestParameters(asic_manifest, refuses_to_write)
{
	static size_t rows[COUNT_OF(builds)];

	return rows_of(rows, COUNT_OF(builds));
}
ParameterizedTest(size_t *row, asic_manifest, refuses_to_write)
{
	ks_asic_ref ref = { builds[*row].name, NULL, { { 0 }, builds[*row].len } };
	sign_error  err = SIGN_ERROR_INIT;
	KS_AUTO(ks_buf_clear) ks_buf out = KS_BUF(4096);
	sign_code   got = ks_asic_manifest_build("META-INF/signature001.p7s", builds[*row].alg, &ref, builds[*row].refs, NULL, 0,
	    &out, &err);

	cr_expect_eq(got, builds[*row].want, "%s: %d", builds[*row].label, (int)got);
	cr_expect_eq(err.code, got, "%s: error and result disagree", builds[*row].label);
}
