/*
 * Reading and splicing SignedData (RFC 5652). The messages are put together here, octet by octet, so that each row is a
 * rule broken in one place.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "base_file.h"
#include "cms.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* DER from a text: hexadecimal octets, and TT{...} for a constructed element with its length filled in; TT<...> indefinite. */
static void
compose(const char **text, ks_buf *out)
{
	while (**text != '\0' && **text != '}' && **text != '>') {
		char     hex[3] = { 0 };
		unsigned octet;
		size_t   mark;
		uint8_t  byte;

		if (**text == ' ') {
			(*text)++;
			continue;
		}
		memcpy(hex, *text, 2);
		octet = (unsigned)strtoul(hex, NULL, 16);
		*text += 2;
		byte = (uint8_t)octet;
		if (**text == '{') {
			(*text)++;
			cr_assert_eq(ks_der_begin(out, byte, &mark, NULL), SIGN_OK);
			compose(text, out);
			cr_assert_eq(ks_der_end(out, mark, NULL), SIGN_OK);
			(*text)++;
		} else if (**text == '<') {
			(*text)++;
			cr_assert_eq(ks_buf_add(out, (uint8_t[]){ byte, 0x80 }, 2, NULL), SIGN_OK);
			compose(text, out);
			cr_assert_eq(ks_buf_add(out, "\0\0", 2, NULL), SIGN_OK);
			(*text)++;
		} else {
			cr_assert_eq(ks_buf_add(out, &byte, 1, NULL), SIGN_OK);
		}
	}
}

#define SIGNED  "06{2a864886f70d010702}"
#define DATA    "06{2a864886f70d010701}"
#define SHA256  "30{06{608648016503040201}}"
#define RSA256  "30{06{2a864886f70d01010b}0500}"
#define ATTR(o, v) "30{06{2a864886f70d0109" o "}31{" v "}}"
#define ATTRS   "a0{" ATTR("04", "04{00}") ATTR("03", DATA) "}"
#define SID     "30{30{}020107}"
#define SIGNER  "30{020101" SID SHA256 ATTRS RSA256 "04{5a5a}}"
#define MESSAGE(body) "30{" SIGNED "a0{30{" body "}}}"
#define HEAD    "020101 31{" SHA256 "}"

enum { ATTACHED = 1, NOT_DER = 2, UNSORTED = 4, INNER_NOT_DER = 8 };
static const struct { const char *label, *text; sign_code want; size_t signers; unsigned flags; } messages[] = {
	{ "one signer",            MESSAGE(HEAD "30{" DATA "} 31{" SIGNER "}"), SIGN_OK, 1, 0 },
	{ "two signers",           MESSAGE(HEAD "30{" DATA "} 31{" SIGNER SIGNER "}"), SIGN_OK, 2, 0 },
	{ "no signer (C4)",        MESSAGE(HEAD "30{" DATA "} 31{}"), SIGN_OK, 0, 0 },
	{ "attached",              MESSAGE(HEAD "30{" DATA "a0{04{414243}}} 31{" SIGNER "}"), SIGN_OK, 1, ATTACHED },
	{ "attached in pieces",    MESSAGE(HEAD "30{" DATA "a0{24<04{41}24{04{42}04{43}}>}} 31{" SIGNER "}"), SIGN_OK, 1, ATTACHED },
	{ "indefinite outside",    "30<" SIGNED "a0<30<" HEAD "30{" DATA "} 31{" SIGNER "}>>>", SIGN_OK, 1, NOT_DER },
	{ "certificates, CRLs",    MESSAGE(HEAD "30{" DATA "} a0{30{}a1{}} a1{30{}} 31{" SIGNER "}"), SIGN_OK, 1, 0 },
	{ "key identifier",        MESSAGE(HEAD "30{" DATA "} 31{30{020103 80{0102}" SHA256 ATTRS RSA256 "04{5a}}}"), SIGN_OK, 1, 0 },
	{ "empty key identifier",  MESSAGE(HEAD "30{" DATA "} 31{30{020103 80{}" SHA256 ATTRS RSA256 "04{5a}}}"), SIGN_OK, 1, 0 },
	{ "attributes unsorted",   MESSAGE(HEAD "30{" DATA "} 31{30{020101" SID SHA256 "a0{" ATTR("03", DATA) ATTR("04", "04{00}")
	    "}" RSA256 "04{5a}}}"), SIGN_OK, 1, UNSORTED },
	{ "attribute not DER",     MESSAGE(HEAD "30{" DATA "} 31{30{020101" SID SHA256 "a0{" ATTR("04", "24{04{00}}") ATTR("03", DATA)
	    "}" RSA256 "04{5a}}}"), SIGN_OK, 1, INNER_NOT_DER | NOT_DER },
	{ "unsigned attributes",   MESSAGE(HEAD "30{" DATA "} 31{30{020101" SID SHA256 ATTRS RSA256 "04{5a}a1{" ATTR("06", "30{}") "}}}"),
	    SIGN_OK, 1, 0 },
	{ "nothing",               "", SIGN_E_FORMAT, 0, 0 },
	{ "text",                  "48656c6c6f", SIGN_E_FORMAT, 0, 0 },
	{ "id-data outside",       "30{" DATA "a0{30{" HEAD "30{" DATA "} 31{" SIGNER "}}}}", SIGN_E_FORMAT, 0, 0 },
	{ "no [0] outside",        "30{" SIGNED "30{" HEAD "30{" DATA "} 31{" SIGNER "}}}", SIGN_E_FORMAT, 0, 0 },
	{ "two contents",          "30{" SIGNED "a0{30{" HEAD "30{" DATA "}31{}}30{}}}", SIGN_E_FORMAT, 0, 0 },
	{ "no version",            MESSAGE("31{" SHA256 "} 30{" DATA "} 31{" SIGNER "}"), SIGN_E_FORMAT, 0, 0 },
	{ "no content info",       MESSAGE(HEAD "31{" SIGNER "}"), SIGN_E_FORMAT, 0, 0 },
	{ "eContent no octets",    MESSAGE(HEAD "30{" DATA "a0{30{}}} 31{" SIGNER "}"), SIGN_E_FORMAT, 0, 0 },
	{ "eContent twice",        MESSAGE(HEAD "30{" DATA "a0{04{41}04{42}}} 31{" SIGNER "}"), SIGN_E_FORMAT, 0, 0 },
	{ "piece no octets",       MESSAGE(HEAD "30{" DATA "a0{24{0500}}} 31{" SIGNER "}"), SIGN_E_FORMAT, 0, 0 },
	{ "no signer set",         MESSAGE(HEAD "30{" DATA "}"), SIGN_E_FORMAT, 0, 0 },
	{ "after the signers",     MESSAGE(HEAD "30{" DATA "} 31{" SIGNER "} 0500"), SIGN_E_FORMAT, 0, 0 },
	{ "signer no sequence",    MESSAGE(HEAD "30{" DATA "} 31{0500}"), SIGN_E_FORMAT, 0, 0 },
	{ "signer without value",  MESSAGE(HEAD "30{" DATA "} 31{30{020101" SID SHA256 ATTRS RSA256 "}}"), SIGN_E_FORMAT, 0, 0 },
	{ "signer with more",      MESSAGE(HEAD "30{" DATA "} 31{30{020101" SID SHA256 ATTRS RSA256 "04{5a}0500}}"), SIGN_E_FORMAT, 0, 0 },
	{ "signed after unsigned", MESSAGE(HEAD "30{" DATA "} 31{30{020101" SID SHA256 RSA256 "04{5a}" ATTRS "}}"), SIGN_E_FORMAT, 0, 0 },
	{ "serial missing",        MESSAGE(HEAD "30{" DATA "} 31{30{020101 30{30{}}" SHA256 ATTRS RSA256 "04{5a}}}"), SIGN_E_FORMAT, 0, 0 },
	{ "attribute without set", MESSAGE(HEAD "30{" DATA "} 31{30{020101" SID SHA256 "a0{30{" DATA "}}" RSA256 "04{5a}}}"), SIGN_E_FORMAT, 0, 0 },
	{ "two parameters",        MESSAGE(HEAD "30{" DATA "} 31{30{020101" SID "30{06{608648016503040201}05000500}" ATTRS RSA256 "04{5a}}}"),
	    SIGN_E_FORMAT, 0, 0 },
};
ParameterizedTestParameters(cms, read)
{
	static size_t rows[COUNT_OF(messages)];

	for (size_t i = 0; i < COUNT_OF(messages); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, COUNT_OF(messages));
}
ParameterizedTest(size_t *row, cms, read)
{
	KS_AUTO(ks_buf_clear) ks_buf in = KS_BUF(65536);
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	const char *text = messages[*row].text, *label = messages[*row].label;
	unsigned    flags = messages[*row].flags;
	sign_error  err = SIGN_ERROR_INIT;
	sign_code   rc;
	ks_cms      cms;

	compose(&text, &in);
	cr_assert_eq(*text, '\0', "%s: the row is written wrongly", label);
	rc = ks_cms_read(arena, ks_buf_bytes(&in), "t", &cms, &err);
	cr_assert_eq(rc, messages[*row].want, "%s: %d %s", label, (int)rc, err.detail);
	cr_assert_eq(err.code, rc, "%s: error and result disagree", label);
	if (rc != SIGN_OK)
		return;
	cr_expect_eq(cms.signer_count, messages[*row].signers, "%s: %zu", label, cms.signer_count);
	cr_expect_eq(cms.attached, (flags & ATTACHED) != 0, "%s: attached", label);
	cr_expect_eq(cms.der, (flags & NOT_DER) == 0, "%s: der", label);
	if (cms.attached)
		cr_expect(ks_bytes_equal(cms.content, KS_BYTES("ABC", 3)), "%s: content", label);
	for (size_t i = 0; i < cms.signer_count; i++) {
		cr_expect_eq(cms.signers[i].signed_attrs_sorted, (flags & UNSORTED) == 0, "%s: order", label);
		cr_expect_eq(cms.signers[i].signed_attrs_der, (flags & INNER_NOT_DER) == 0, "%s: inner", label);
		cr_expect_eq(cms.signers[i].attr_count, 2, "%s: attributes", label);
		cr_expect_eq(cms.signers[i].scheme, SIGN_SCHEME_RSA_PKCS1, "%s: scheme", label);
		cr_expect_eq(cms.signers[i].digest_alg, SIGN_DIGEST_SHA256, "%s: digest", label);
	}
}

/* Every length but the whole is refused, and nothing is read past the end (each copy is its own allocation). */
/* ---- rules that do not hinder reading on, but make the signature one of bad form ---- */

#define SIGNER_OF(version, sid, digest, algorithm) "30{0201" version sid digest ATTRS algorithm "04{5a5a}}"
#define WITH(version, digests, signer) MESSAGE("0201" version "31{" digests "}30{" DATA "}31{" signer "}")
#define SHA256_NULL  "30{06{608648016503040201}0500}"
#define SHA256_OTHER "30{06{608648016503040201}0400}"
#define SHA512       "30{06{608648016503040203}}"
#define RSA256_BARE  "30{06{2a864886f70d01010b}}"
#define RSA256_OTHER "30{06{2a864886f70d01010b}0401ff}"
#define RSA256_LONG  "30{06{2a864886f70d01010b}050100}"
#define ECDSA256     "30{06{2a8648ce3d040302}}"
#define ECDSA256_SEQ "30{06{2a8648ce3d040302}30{}}"
#define KEY_ID       "80{0102}"

static const struct { const char *label, *message; bool whole_sound, signer_sound, listed; } rules[] = {
	{ "as we write it", WITH("01", SHA256, SIGNER), true, true, true },
	{ "SignedData version 3", WITH("03", SHA256, SIGNER), true, true, true },
	{ "SignedData version 5", WITH("05", SHA256, SIGNER), true, true, true },
	{ "SignedData version 0", WITH("00", SHA256, SIGNER), false, true, true },
	{ "SignedData version 2", WITH("02", SHA256, SIGNER), false, true, true },
	{ "SignedData version 6", WITH("06", SHA256, SIGNER), false, true, true },
	{ "SignedData version -1", WITH("ff", SHA256, SIGNER), false, true, true },
	{ "digest with NULL", WITH("01", SHA256_NULL, SIGNER), true, true, true },
	{ "digest with parameters", WITH("01", SHA256_OTHER, SIGNER), false, true, true },
	{ "two digests", WITH("01", SHA512 SHA256, SIGNER), true, true, true },
	{ "no digest", WITH("01", "", SIGNER), true, true, false },
	{ "another digest", WITH("01", SHA512, SIGNER), true, true, false },
	{ "digest that is an OID", WITH("01", "06{608648016503040201}", SIGNER), false, true, false },
	{ "digest without an OID", WITH("01", "30{0500}", SIGNER), false, true, false },
	{ "digest and something else", WITH("01", SHA256 "0500", SIGNER), false, true, true },
	{ "signer by key, version 3", WITH("03", SHA256, SIGNER_OF("03", KEY_ID, SHA256, RSA256)), true, true, true },
	{ "signer by key, version 1", WITH("03", SHA256, SIGNER_OF("01", KEY_ID, SHA256, RSA256)), true, false, true },
	{ "signer by issuer, version 3", WITH("03", SHA256, SIGNER_OF("03", SID, SHA256, RSA256)), true, false, true },
	{ "signer version 0", WITH("01", SHA256, SIGNER_OF("00", SID, SHA256, RSA256)), true, false, true },
	{ "signer's digest with NULL", WITH("01", SHA256, SIGNER_OF("01", SID, SHA256_NULL, RSA256)), true, true, true },
	{ "signer's digest with parameters", WITH("01", SHA256, SIGNER_OF("01", SID, SHA256_OTHER, RSA256)), true, false, true },
	{ "RSA without NULL", WITH("01", SHA256, SIGNER_OF("01", SID, SHA256, RSA256_BARE)), true, true, true },
	{ "RSA with parameters", WITH("01", SHA256, SIGNER_OF("01", SID, SHA256, RSA256_OTHER)), true, false, true },
	{ "RSA with a NULL that holds something", WITH("01", SHA256, SIGNER_OF("01", SID, SHA256, RSA256_LONG)), true, false, true },
	{ "ECDSA", WITH("01", SHA256, SIGNER_OF("01", SID, SHA256, ECDSA256)), true, true, true },
	{ "ECDSA with parameters", WITH("01", SHA256, SIGNER_OF("01", SID, SHA256, ECDSA256_SEQ)), true, false, true },
};
ParameterizedTestParameters(cms, rules)
{
	static size_t rows[COUNT_OF(rules)];

	for (size_t i = 0; i < COUNT_OF(rules); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, COUNT_OF(rules));
}
ParameterizedTest(size_t *row, cms, rules)
{
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	KS_AUTO(ks_buf_clear) ks_buf     der = KS_BUF(1u << 20);
	const char                      *text = rules[*row].message, *label = rules[*row].label;
	ks_cms                           cms;

	compose(&text, &der);
	cr_assert_eq(ks_cms_read(arena, ks_buf_bytes(&der), "t", &cms, NULL), SIGN_OK, "%s", label);
	cr_assert_eq(cms.signer_count, 1, "%s", label);
	cr_expect_eq(cms.fault == NULL, rules[*row].whole_sound, "%s: %s", label, cms.fault);
	cr_expect_eq(cms.signers[0].fault == NULL, rules[*row].signer_sound, "%s: %s", label, cms.signers[0].fault);
	cr_expect_eq(ks_cms_lists_digest(cms.digest_algorithms, cms.signers[0].digest_oid), rules[*row].listed, "%s", label);
}

Test(cms, cut_at_every_octet)
{
	KS_AUTO(ks_buf_clear) ks_buf in = KS_BUF(65536);
	const char *text = MESSAGE(HEAD "30{" DATA "} a0{30{}} 31{" SIGNER SIGNER "}");

	compose(&text, &in);
	for (size_t len = 0; len < in.len; len++) {
		KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
		uint8_t   *copy = malloc(len + 1);
		sign_error err = SIGN_ERROR_INIT;
		ks_cms     cms;

		memcpy(copy, in.data, len);
		cr_expect_eq(ks_cms_read(arena, KS_BYTES(copy, len), "t", &cms, &err), SIGN_E_FORMAT, "%zu octets pass", len);
		free(copy);
	}
}

static size_t
count_of(const char *unit, const char *before, const char *after, size_t times, sign_code *rc)
{
	KS_AUTO(ks_buf_clear) ks_buf text = KS_BUF(8u << 20);
	KS_AUTO(ks_buf_clear) ks_buf in = KS_BUF(8u << 20);
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	const char *at;
	ks_cms      cms;

	cr_assert_eq(ks_buf_add(&text, before, strlen(before), NULL), SIGN_OK);
	for (size_t i = 0; i < times; i++)
		cr_assert_eq(ks_buf_add(&text, unit, strlen(unit), NULL), SIGN_OK);
	cr_assert_eq(ks_buf_add(&text, after, strlen(after) + 1, NULL), SIGN_OK);
	at = (const char *)text.data;
	compose(&at, &in);
	*rc = ks_cms_read(arena, ks_buf_bytes(&in), "t", &cms, NULL);
	return cms.signer_count;
}

static const struct { const char *label, *unit, *before, *after; size_t limit; } limits[] = {
	{ "signers", SIGNER, "30{" SIGNED "a0{30{" HEAD "30{" DATA "} 31{", "}}}}", KS_CMS_MAX_SIGNERS },
	{ "certificates", "30{}", "30{" SIGNED "a0{30{" HEAD "30{" DATA "} a0{", "}31{}}}}", KS_CMS_MAX_CERTS },
	{ "CRLs", "30{}", "30{" SIGNED "a0{30{" HEAD "30{" DATA "} a1{", "}31{}}}}", KS_CMS_MAX_CRLS },
	{ "attributes", ATTR("03", DATA), "30{" SIGNED "a0{30{" HEAD "30{" DATA "} 31{30{020101" SID SHA256 "a0{",
	    "}" RSA256 "04{5a}}}}}}", KS_CMS_MAX_ATTRIBUTES },
};
ParameterizedTestParameters(cms, limits_are_kept)
{
	static size_t rows[COUNT_OF(limits)];

	for (size_t i = 0; i < COUNT_OF(limits); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, COUNT_OF(limits));
}
ParameterizedTest(size_t *row, cms, limits_are_kept)
{
	sign_code rc;

	(void)count_of(limits[*row].unit, limits[*row].before, limits[*row].after, limits[*row].limit, &rc);
	cr_expect_eq(rc, SIGN_OK, "%s: %d", limits[*row].label, (int)rc);
	(void)count_of(limits[*row].unit, limits[*row].before, limits[*row].after, limits[*row].limit + 1, &rc);
	cr_expect_eq(rc, SIGN_E_LIMIT, "%s: %d", limits[*row].label, (int)rc);
}

/* RSASSA-PSS parameters (RFC 4055 3.1): digest, MGF1 digest and salt; fault: what is not understood. */
#define PSS(p)  "30{06{2a864886f70d01010a}" p "}"
#define NULLSHA256 "30{06{608648016503040201}0500}"
#define MGF1(h) "30{06{2a864886f70d010108}" h "}"
static const struct { const char *label, *algorithm; sign_scheme scheme; sign_digest digest, mgf1; int salt; bool fault; } schemes[] = {
	{ "explicit", PSS("30{a0{" NULLSHA256 "}a1{" MGF1(SHA256) "}a2{020120}}"), SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA256,
	    SIGN_DIGEST_SHA256, 32, false },
	{ "all left out", PSS("30{}"), SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA1, SIGN_DIGEST_SHA1, 20, false },
	{ "another MGF1 hash", PSS("30{a0{" SHA256 "}a2{020100}}"), SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA256, SIGN_DIGEST_SHA1, 0, false },
	{ "no parameters", PSS(""), SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA1, SIGN_DIGEST_SHA1, 20, true },
	{ "NULL", PSS("0500"), SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA1, SIGN_DIGEST_SHA1, 20, true },
	{ "trailer 2", PSS("30{a0{" SHA256 "}a3{020102}}"), SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA256, SIGN_DIGEST_SHA1, 20, true },
	{ "negative salt", PSS("30{a2{0201ff}}"), SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA1, SIGN_DIGEST_SHA1, -1, true },
	{ "huge salt", PSS("30{a2{02027fff}}"), SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA1, SIGN_DIGEST_SHA1, 32767, true },
	{ "not MGF1", PSS("30{a1{" SHA256 "}}"), SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA1, SIGN_DIGEST_NONE, 20, true },
	{ "unknown hash", PSS("30{a0{30{06{2a0304}}}}"), SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_NONE, SIGN_DIGEST_SHA1, 20, true },
	{ "fields out of order", PSS("30{a2{020114}a0{" SHA256 "}}"), SIGN_SCHEME_RSA_PSS, SIGN_DIGEST_SHA1, SIGN_DIGEST_SHA1, 20, true },
	{ "rsaEncryption", "30{06{2a864886f70d010101}0500}", SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_NONE, SIGN_DIGEST_NONE, -1, false },
	{ "SHA3-256 with RSA", "30{06{60864801650304030e}0500}", SIGN_SCHEME_RSA_PKCS1, SIGN_DIGEST_SHA3_256, SIGN_DIGEST_NONE, -1, false },
	{ "ecdsa-with-SHA384", "30{06{2a8648ce3d040303}}", SIGN_SCHEME_ECDSA, SIGN_DIGEST_SHA384, SIGN_DIGEST_NONE, -1, false },
	{ "Ed25519", "30{06{2b6570}}", SIGN_SCHEME_EDDSA, SIGN_DIGEST_NONE, SIGN_DIGEST_NONE, -1, false },
	{ "unknown", "30{06{2a0304}}", SIGN_SCHEME_NONE, SIGN_DIGEST_NONE, SIGN_DIGEST_NONE, -1, false },
};
ParameterizedTestParameters(cms, signature_algorithms)
{
	static size_t rows[COUNT_OF(schemes)];

	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, COUNT_OF(schemes));
}
ParameterizedTest(size_t *row, cms, signature_algorithms)
{
	KS_AUTO(ks_buf_clear) ks_buf in = KS_BUF(65536);
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	const char *label = schemes[*row].label;
	char       *whole = ks_arena_printf(arena, "30{" SIGNED "a0{30{" HEAD "30{" DATA "} 31{30{020101" SID SHA256 ATTRS
	    "%s 04{5a}}}}}}", schemes[*row].algorithm);
	const char *text = whole;
	ks_cms      cms;

	compose(&text, &in);
	cr_assert_eq(ks_cms_read(arena, ks_buf_bytes(&in), "t", &cms, NULL), SIGN_OK, "%s", label);
	cr_expect_eq(cms.signers[0].scheme, schemes[*row].scheme, "%s: scheme", label);
	cr_expect_eq(cms.signers[0].scheme_digest, schemes[*row].digest, "%s: digest", label);
	cr_expect_eq(cms.signers[0].mgf1_digest, schemes[*row].mgf1, "%s: mgf1", label);
	cr_expect_eq(cms.signers[0].pss_salt, schemes[*row].salt, "%s: salt %d", label, cms.signers[0].pss_salt);
	cr_expect_eq(cms.signers[0].fault != NULL, schemes[*row].fault, "%s: fault", label);
}

/* ---- splice: what was there stays, octet for octet ---- */

#define NEW_CERT "30{0401aa}"
#define NEW_INFO "30{020101 0402beef}"
static const struct { const char *label, *before, *after; } splices[] = {
	{ "another signer", MESSAGE(HEAD "30{" DATA "} a0{30{}} 31{" SIGNER "}"),
	    MESSAGE(HEAD "30{" DATA "} a0{30{}" NEW_CERT "} 31{" SIGNER NEW_INFO "}") },
	{ "certificate there already", MESSAGE(HEAD "30{" DATA "} a0{" NEW_CERT "30{}} 31{" SIGNER "}"),
	    MESSAGE(HEAD "30{" DATA "} a0{" NEW_CERT "30{}} 31{" SIGNER NEW_INFO "}") },
	{ "no certificates before", MESSAGE(HEAD "30{" DATA "} 31{" SIGNER "}"),
	    MESSAGE(HEAD "30{" DATA "} a0{" NEW_CERT "} 31{" SIGNER NEW_INFO "}") },
	{ "CRLs stay, unsorted certificates stay", MESSAGE(HEAD "30{" DATA "} a0{30{0402ffff}30{0401ab}} a1{30{}} 31{" SIGNER "}"),
	    MESSAGE(HEAD "30{" DATA "} a0{30{0402ffff}30{0401ab}" NEW_CERT "} a1{30{}} 31{" SIGNER NEW_INFO "}") },
	{ "digest with NULL is the same digest", MESSAGE("020101 31{" NULLSHA256 "} 30{" DATA "} 31{}"),
	    MESSAGE("020101 31{" NULLSHA256 "} 30{" DATA "} a0{" NEW_CERT "} 31{" NEW_INFO "}") },
	{ "another digest", MESSAGE("020103 31{30{06{2b0e03021a}}} 30{" DATA "} 31{}"),
	    MESSAGE("020103 31{30{06{2b0e03021a}}" SHA256 "} 30{" DATA "} a0{" NEW_CERT "} 31{" NEW_INFO "}") },
	{ "indefinite wrappers become definite, members stay", "30<" SIGNED "a0<30<020101 31<" SHA256 "> 30<" DATA "> a0<30<0401ab>> 31<"
	    SIGNER ">>>>", MESSAGE(HEAD "30<" DATA "> a0{30<0401ab>" NEW_CERT "} 31{" SIGNER NEW_INFO "}") },
};
ParameterizedTestParameters(cms, append)
{
	static size_t rows[COUNT_OF(splices)];

	for (size_t i = 0; i < COUNT_OF(splices); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, COUNT_OF(splices));
}
ParameterizedTest(size_t *row, cms, append)
{
	KS_AUTO(ks_buf_clear) ks_buf before = KS_BUF(65536), after = KS_BUF(65536), cert = KS_BUF(64), info = KS_BUF(64);
	KS_AUTO(ks_buf_clear) ks_buf out = KS_BUF(65536);
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	const char *texts[] = { splices[*row].before, splices[*row].after, NEW_CERT, NEW_INFO };
	ks_buf     *bufs[] = { &before, &after, &cert, &info };
	sign_error  err = SIGN_ERROR_INIT;
	sign_bytes  certs[1];
	ks_cms      cms;

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		compose(&texts[i], bufs[i]);
	cr_assert_eq(ks_cms_read(arena, ks_buf_bytes(&before), "t", &cms, &err), SIGN_OK, "%s", err.detail);
	certs[0] = ks_buf_bytes(&cert);
	cr_assert_eq(ks_cms_append(&cms, SIGN_DIGEST_SHA256, certs, 1, ks_buf_bytes(&info), &out, &err), SIGN_OK);
	cr_expect(ks_bytes_equal(ks_buf_bytes(&out), ks_buf_bytes(&after)), "%s", splices[*row].label);
}

Test(cms, a_set_is_sorted_by_its_octets)
{
	KS_AUTO(ks_buf_clear) ks_buf out = KS_BUF(64);
	const sign_bytes members[] = { { (const uint8_t *)"\x04\x02zz", 4 }, { (const uint8_t *)"\x04\x01z", 3 },
		{ (const uint8_t *)"\x02\x01\x05", 3 }, { (const uint8_t *)"\x04\x01y", 3 } };

	cr_assert_eq(ks_cms_sort_set(members, COUNT_OF(members), &out, NULL), SIGN_OK);
	cr_expect(ks_bytes_equal(ks_buf_bytes(&out), KS_BYTES("\x02\x01\x05\x04\x01y\x04\x01z\x04\x02zz", 13)));
}

static const struct { const char *label, *head; size_t len; bool cms; } heads[] = {
	{ "DER",        "\x30\x82\x05\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0", 16, true },
	{ "BER",        "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 13, true },
	{ "PEM",        "-----BEGIN CMS-----\n", 20, true },
	{ "PKCS7 PEM",  "\n-----BEGIN PKCS7-----\n", 23, true },
	{ "certificate PEM", "-----BEGIN CERTIFICATE-----\n", 28, false },
	{ "id-data",    "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", 13, false },
	{ "cut short",  "\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07", 12, false },
	{ "ZIP",        "PK\x03\x04", 4, false },
	{ "lying length", "\x30\xff\x06", 3, false },
	{ "nothing",    "", 0, false },
};
ParameterizedTestParameters(cms, sniff)
{
	static size_t rows[COUNT_OF(heads)];

	for (size_t i = 0; i < COUNT_OF(heads); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, COUNT_OF(heads));
}
ParameterizedTest(size_t *row, cms, sniff)
{
	cr_expect_eq(ks_cms_sniff(KS_BYTES(heads[*row].head, heads[*row].len)), heads[*row].cms, "%s", heads[*row].label);
}
