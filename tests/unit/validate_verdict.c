/*
 * Facts in, verdict out: EN 319 102-1 table 5 by rows, then coverage, roles and expected signers. One row, one change to a
 * world where everything holds.
 */
#include "validate_world.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#define SIG(n) (&w->facts->signatures[n])

static void value_broken(world *w) { SIG(0)->value_holds = KS_HOLDS_NO; }
static void value_unknown(world *w) { SIG(0)->value_holds = KS_HOLDS_UNKNOWN; }
static void
unknown_algorithms(world *w)
{
	value_unknown(w);
	SIG(0)->digest_alg = SIG(0)->scheme_digest = SIGN_DIGEST_NONE;
	SIG(0)->scheme = SIGN_SCHEME_NONE;
}
static void content_broken(world *w) { SIG(0)->content_holds = KS_HOLDS_NO; }
static void content_missing(world *w) { SIG(0)->content_holds = KS_HOLDS_UNKNOWN; SIG(0)->edge_count = 0; }
static void content_unknown(world *w) { SIG(0)->content_holds = KS_HOLDS_UNKNOWN; }
static void edge_differs(world *w) { SIG(0)->edges[0].state = KS_EDGE_DIFFERS; }
static void edge_missing(world *w) { SIG(0)->edges[0].state = KS_EDGE_MISSING; w->facts->documents[0].missing = true; }
static void edge_unset(world *w) { SIG(0)->edges[0].state = KS_EDGE_NONE; }
static void no_edges(world *w) { SIG(0)->edge_count = 0; }
static void format(world *w) { SIG(0)->format_fault = "two message-digests"; }
static void no_attrs(world *w) { SIG(0)->format_fault = "no signed attributes (EN 319 122-1 6.3)"; }
static void container(world *w) { w->facts->format_fault = "two objects"; }
static void no_signer(world *w) { ks_cert_free(SIG(0)->signer); SIG(0)->signer = NULL; SIG(0)->value_holds = KS_HOLDS_UNKNOWN; }
static void no_signer_changed(world *w) { no_signer(w); edge_differs(w); }
static void ess_mismatch(world *w) { SIG(0)->ess = KS_ESS_MISMATCH; }
static void ess_absent(world *w) { SIG(0)->ess = KS_ESS_ABSENT; }
static void covers_broken(world *w) { SIG(0)->covers_broken = true; }
static void sha1(world *w) { SIG(0)->digest_alg = SIG(0)->scheme_digest = SIGN_DIGEST_SHA1; }
static void sha1_edge(world *w) { SIG(0)->edges[0].alg = SIGN_DIGEST_SHA1; }
static void md5_mgf(world *w) { SIG(0)->mgf1_digest = SIGN_DIGEST_MD5; }
static void eddsa(world *w) { SIG(0)->scheme = SIGN_SCHEME_EDDSA; }
static void claimed_old(world *w) { SIG(0)->signing_time = NOW - 200 * DAY; }
static void no_time(world *w) { SIG(0)->has_signing_time = false; }
static void sha1_claimed_old(world *w) { sha1(w); SIG(0)->signing_time = 1000000000; }
static void unsigned_file(world *w) { ks_facts_add_document(w->facts, "b.pdf", NULL)->needs_cover = true; }
static void format_unread(world *w) { format(w); value_unknown(w); SIG(0)->content_holds = KS_HOLDS_UNKNOWN; SIG(0)->edge_count = 0; }
static void format_nobody(world *w) { no_signer(w); format_unread(w); SIG(0)->sid = NULL; }
static void no_signer_named(world *w) { no_signer(w); SIG(0)->ess = KS_ESS_MISMATCH; }
static void xades_beside(world *w) { unsigned_file(w); w->facts->documents[1].unexamined = true; }
static void meta_file(world *w) { ks_facts_add_document(w->facts, "mimetype", NULL)->needs_cover = false; }
static void only_meta(world *w) { w->facts->documents[0].needs_cover = false; }
static void not_signed(world *w) { ks_cert_free(SIG(0)->signer); w->facts->signature_count = 0; }
static void not_signed_bad(world *w) { not_signed(w); container(w); }
static void changed_and_unsigned(world *w) { edge_differs(w); unsigned_file(w); }
static void second_failed(world *w) { SIG(1)->value_holds = KS_HOLDS_NO; }
static void second_only(world *w) { second_failed(w); SIG(0)->edge_count = 1; unsigned_file(w); SIG(1)->edges[0].document = 1; }

typedef struct {
	const char  *label;
	unsigned     plan;
	void       (*change)(world *);
	sign_verdict verdict;
	sign_sub     sub;
	int          exit;
	ks_why       why;      /* first reason of the first signature */
	ks_why       document; /* first reason of the document */
} verdict_row;

#define PASSED SIGN_VERDICT_PASSED
#define FAILED SIGN_VERDICT_FAILED
#define INDET  SIGN_VERDICT_INDETERMINATE
#define SUB(s) SIGN_SUB_##s
#define WHY(s) KS_WHY_##s

static const verdict_row rows[] = {
	{ "all holds", 0, NULL, PASSED, SUB(NONE), 0, 0, 0 },
	{ "two signers", TWO, NULL, PASSED, SUB(NONE), 0, 0, 0 },
	{ "no key usage extension", NO_KU, NULL, PASSED, SUB(NONE), 0, 0, 0 },
	{ "mail among its purposes", MAIL_EKU, NULL, PASSED, SUB(NONE), 0, 0, 0 },
	{ "what-if", WHAT_IF, NULL, PASSED, SUB(NONE), 0, 0, 0 },
	{ "no claimed time", 0, no_time, PASSED, SUB(NONE), 0, 0, 0 },
	{ "a file that needs no cover", 0, meta_file, PASSED, SUB(NONE), 0, 0, 0 },

	{ "format", 0, format, FAILED, SUB(FORMAT_FAILURE), 4, WHY(FORMAT), 0 },
	{ "no signed attributes (C1, C2)", 0, no_attrs, FAILED, SUB(FORMAT_FAILURE), 4, WHY(NO_SIGNED_ATTRS), 0 },
	{ "format, so that nothing was checked", 0, format_unread, FAILED, SUB(FORMAT_FAILURE), 4, WHY(FORMAT), WHY(NOT_COVERED) },
	{ "container rule", TWO, container, FAILED, SUB(FORMAT_FAILURE), 4, WHY(FORMAT), 0 },
	{ "document changed", 0, edge_differs, FAILED, SUB(HASH_FAILURE), 4, WHY(HASH_DOCUMENT), 0 },
	{ "manifest changed", 0, content_broken, FAILED, SUB(HASH_FAILURE), 4, WHY(HASH_CONTENT), 0 },
	{ "value", 0, value_broken, FAILED, SUB(SIG_CRYPTO_FAILURE), 4, WHY(VALUE), 0 },
	{ "value outranks no chain", NO_ANCHOR, value_broken, FAILED, SUB(SIG_CRYPTO_FAILURE), 4, WHY(VALUE), 0 },
	{ "value outranks revoked", REVOKED, value_broken, FAILED, SUB(SIG_CRYPTO_FAILURE), 4, WHY(VALUE), 0 },
	{ "change outranks no revocation", NO_CRL, edge_differs, FAILED, SUB(HASH_FAILURE), 4, WHY(HASH_DOCUMENT), 0 },
	{ "change outranks no certificate", 0, no_signer_changed, FAILED, SUB(HASH_FAILURE), 4, WHY(HASH_DOCUMENT), 0 },
	{ "one of two failed", TWO, second_failed, FAILED, SUB(SIG_CRYPTO_FAILURE), 4, 0, 0 },
	{ "changed, and a file unsigned", 0, changed_and_unsigned, FAILED, SUB(HASH_FAILURE), 4, WHY(HASH_DOCUMENT), WHY(NOT_COVERED) },
	{ "a file only under a failed signature", TWO, second_only, FAILED, SUB(SIG_CRYPTO_FAILURE), 4, 0, 0 },
	{ "not yet valid", NOT_YET, NULL, FAILED, SUB(NOT_YET_VALID), 4, WHY(NOT_YET), 0 },
	{ "not signed, container broken", 0, not_signed_bad, FAILED, SUB(FORMAT_FAILURE), 4, 0, WHY(FORMAT) },

	{ "digest and scheme unknown", 0, unknown_algorithms, INDET, SUB(CRYPTO_CONSTRAINTS_FAILURE), 2, WHY(UNLISTED_ALGORITHM), 0 },
	{ "value could not be checked", 0, value_unknown, INDET, SUB(CRYPTO_CONSTRAINTS_FAILURE), 2, WHY(UNLISTED_ALGORITHM), 0 },
	{ "no certificate", 0, no_signer, INDET, SUB(NO_SIGNING_CERTIFICATE_FOUND), 2, WHY(NO_CERT), 0 },
	{ "another certificate (C6)", 0, ess_mismatch, INDET, SUB(NO_SIGNING_CERTIFICATE_FOUND), 2, WHY(CERT_REF_MISMATCH), 0 },
	{ "no certificate, though one is named", 0, no_signer_named, INDET, SUB(NO_SIGNING_CERTIFICATE_FOUND), 2, WHY(NO_CERT), 0 },
	{ "no certificate reference", 0, ess_absent, INDET, SUB(SIG_CONSTRAINTS_FAILURE), 2, WHY(NO_CERT_REF), 0 },
	{ "no certificate reference, allowed", ALLOW_NO_ESS, ess_absent, PASSED, SUB(NONE), 0, 0, 0 },
	{ "file missing", 0, edge_missing, INDET, SUB(SIGNED_DATA_NOT_FOUND), 2, WHY(DATA_MISSING), 0 },
	{ "missing outranks no chain", NO_ANCHOR, edge_missing, INDET, SUB(SIGNED_DATA_NOT_FOUND), 2, WHY(DATA_MISSING), 0 },
	{ "edge never computed", 0, edge_unset, INDET, SUB(SIGNED_DATA_NOT_FOUND), 3, WHY(DATA_MISSING), WHY(NOT_COVERED) },
	{ "content not given", 0, content_missing, INDET, SUB(SIGNED_DATA_NOT_FOUND), 3, WHY(CONTENT_MISSING), WHY(NOT_COVERED) },
	{ "content never computed", 0, content_unknown, INDET, SUB(SIGNED_DATA_NOT_FOUND), 2, WHY(CONTENT_MISSING), 0 },
	{ "nothing covered", 0, no_edges, INDET, SUB(SIGNED_DATA_NOT_FOUND), 3, WHY(NOTHING_COVERED), WHY(NOT_COVERED) },
	{ "only files nobody opens are covered", 0, only_meta, INDET, SUB(NONE), 3, 0, WHY(NOTHING_COVERED) },
	{ "an earlier signature was removed (Z10)", 0, covers_broken, INDET, SUB(SIGNED_DATA_NOT_FOUND), 2, WHY(EARLIER_SIGNATURE_MISSING), 0 },

	{ "no anchors", NO_ANCHOR, NULL, INDET, SUB(NO_CERTIFICATE_CHAIN_FOUND), 2, WHY(NO_TRUST), 0 },
	{ "issuer missing", NO_CA, NULL, INDET, SUB(NO_CERTIFICATE_CHAIN_FOUND), 2, WHY(CHAIN_MISSING), 0 },
	{ "root not trusted", UNTRUSTED_ROOT, NULL, INDET, SUB(NO_CERTIFICATE_CHAIN_FOUND), 2, WHY(CHAIN_UNTRUSTED), 0 },
	{ "expired", EXPIRED, NULL, INDET, SUB(OUT_OF_BOUNDS_NO_POE), 2, WHY(EXPIRED), 0 },
	{ "expired, claimed time inside: proves nothing", EXPIRED, claimed_old, INDET, SUB(OUT_OF_BOUNDS_NO_POE), 2, WHY(EXPIRED), 0 },
	{ "CA expired", CA_EXPIRED, NULL, INDET, SUB(OUT_OF_BOUNDS_NO_POE), 2, WHY(CA_EXPIRED), 0 },
	{ "revoked", REVOKED, NULL, INDET, SUB(REVOKED_NO_POE), 2, WHY(REVOKED), 0 },
	{ "revoked, claimed time before: proves nothing", REVOKED, claimed_old, INDET, SUB(REVOKED_NO_POE), 2, WHY(REVOKED), 0 },
	{ "revoked outranks expired", REVOKED | EXPIRED, NULL, INDET, SUB(REVOKED_NO_POE), 2, WHY(REVOKED), 0 },
	{ "revoked under if-available", REVOKED | IF_AVAILABLE, NULL, INDET, SUB(REVOKED_NO_POE), 2, WHY(REVOKED), 0 },
	{ "CA revoked", CA_REVOKED, NULL, INDET, SUB(REVOKED_CA_NO_POE), 2, WHY(CA_REVOKED), 0 },
	{ "on hold", HOLD, NULL, INDET, SUB(TRY_LATER), 2, WHY(ON_HOLD), 0 },
	{ "on hold under if-available", HOLD | IF_AVAILABLE, NULL, INDET, SUB(TRY_LATER), 2, WHY(ON_HOLD), 0 },
	{ "no revocation answer", NO_CRL, NULL, INDET, SUB(TRY_LATER), 2, WHY(REVOCATION_UNKNOWN), 0 },
	{ "no answer for the CA", NO_ROOT_CRL, NULL, INDET, SUB(TRY_LATER), 2, WHY(REVOCATION_UNKNOWN), 0 },
	{ "no answer under if-available", NO_CRL | IF_AVAILABLE, NULL, PASSED, SUB(NONE), 0, WHY(REVOCATION_UNKNOWN), 0 },
	{ "stale answer", STALE, NULL, INDET, SUB(TRY_LATER), 2, WHY(REVOCATION_STALE), 0 },
	{ "answer older than the certificate", OLD_CRL, NULL, INDET, SUB(TRY_LATER), 2, WHY(REVOCATION_OLDER), 0 },
	{ "stale under if-available", STALE | IF_AVAILABLE, NULL, PASSED, SUB(NONE), 0, WHY(REVOCATION_STALE), 0 },
	{ "clock behind", FUTURE_CRL, NULL, INDET, SUB(TRY_LATER), 2, WHY(CLOCK), 0 },
	{ "clock behind under if-available", FUTURE_CRL | IF_AVAILABLE, NULL, INDET, SUB(TRY_LATER), 2, WHY(CLOCK), 0 },
	{ "clock behind explains not yet valid", FUTURE_CRL | NOT_YET, NULL, INDET, SUB(TRY_LATER), 2, WHY(CLOCK), 0 },
	{ "--at before the CRL says nothing of the clock", FUTURE_CRL | WHAT_IF, NULL, INDET, SUB(TRY_LATER), 2, WHY(REVOCATION_UNKNOWN), 0 },
	{ "key usage", WRONG_KU, NULL, INDET, SUB(CHAIN_CONSTRAINTS_FAILURE), 2, WHY(KEY_USAGE), 0 },
	{ "key usage outranks no revocation", WRONG_KU | NO_CRL, NULL, INDET, SUB(CHAIN_CONSTRAINTS_FAILURE), 2, WHY(KEY_USAGE), 0 },
	{ "for servers only", SERVER_EKU, NULL, INDET, SUB(CHAIN_CONSTRAINTS_FAILURE), 2, WHY(KEY_USAGE), 0 },
	{ "weak key", WEAK_KEY, NULL, INDET, SUB(CRYPTO_CONSTRAINTS_FAILURE_NO_POE), 2, WHY(WEAK_KEY), 0 },
	{ "SHA-1", 0, sha1, INDET, SUB(CRYPTO_CONSTRAINTS_FAILURE_NO_POE), 2, WHY(WEAK_DIGEST), 0 },
	{ "SHA-1, claimed in 2001: proves nothing", 0, sha1_claimed_old, INDET, SUB(CRYPTO_CONSTRAINTS_FAILURE_NO_POE), 2, WHY(WEAK_DIGEST), 0 },
	{ "SHA-1 for the document alone", 0, sha1_edge, INDET, SUB(CRYPTO_CONSTRAINTS_FAILURE_NO_POE), 2, WHY(WEAK_DIGEST), 0 },
	{ "SHA-1 on the revocation list", SHA1_CRL, NULL, INDET, SUB(CRYPTO_CONSTRAINTS_FAILURE_NO_POE), 2, WHY(WEAK_DIGEST), 0 },
	{ "MD5 inside PSS", 0, md5_mgf, INDET, SUB(CRYPTO_CONSTRAINTS_FAILURE_NO_POE), 2, WHY(WEAK_DIGEST), 0 },
	{ "EdDSA is not listed", 0, eddsa, INDET, SUB(CRYPTO_CONSTRAINTS_FAILURE), 2, WHY(UNLISTED_ALGORITHM), 0 },

	{ "file nobody signed (Z6)", 0, unsigned_file, INDET, SUB(NONE), 3, 0, WHY(NOT_COVERED) },
	{ "a XAdES signature beside", 0, xades_beside, INDET, SUB(NONE), 3, 0, WHY(SIGNATURE_NOT_EXAMINED) },
	{ "unsigned file outranks no revocation", NO_CRL, unsigned_file, INDET, SUB(TRY_LATER), 3, WHY(REVOCATION_UNKNOWN), WHY(NOT_COVERED) },
	{ "no signature (C4)", 0, not_signed, INDET, SUB(NONE), 3, 0, WHY(NOT_SIGNED) },
	{ "no signature, official", OFFICIAL, not_signed, INDET, SUB(NONE), 3, 0, WHY(NOT_SIGNED) },
};

ParameterizedTestParameters(validate_verdict, is_reached)
{
	static size_t list[KS_COUNT(rows)];

	for (size_t i = 0; i < KS_COUNT(rows); i++)
		list[i] = i;
	return cr_make_param_array(size_t, list, KS_COUNT(rows));
}

ParameterizedTest(size_t *index, validate_verdict, is_reached)
{
	const verdict_row *row = &rows[*index];
	world              w;
	sign_report       *r = NULL;
	sign_error         err = SIGN_ERROR_INIT;

	world_make(&w, row->plan);
	if (row->change != NULL)
		row->change(&w);
	cr_assert_eq(ks_validate(&w.judge, w.facts, &r, &err), SIGN_OK, "%s: error %d %s %s", row->label, (int)err.code,
	    err.origin, err.detail);
	ks_why why = r->signature_count > 0 && r->signatures[0].reason_count > 0 ? r->signatures[0].reasons[0].why : KS_WHY_NONE;
	ks_why document = r->reason_count > 0 ? r->reasons[0].why : KS_WHY_NONE;
	cr_expect_eq(r->verdict, row->verdict, "%s: verdict %d", row->label, (int)r->verdict);
	cr_expect_eq(r->sub, row->sub, "%s: sub-indication %s", row->label, sign_sub_name(r->sub));
	cr_expect_eq(r->exit_code, row->exit, "%s: exit %d", row->label, r->exit_code);
	cr_expect_eq(why, row->why, "%s: reason %d", row->label, (int)why);
	cr_expect_eq(document, row->document, "%s: document reason %d", row->label, (int)document);
	ks_report_free(r);
	world_clear(&w);
}

Test(validate_verdict, outlives_the_facts)
{
	world        w;
	sign_report *r = NULL;
	sign_error   err = SIGN_ERROR_INIT;

	world_make(&w, TWO);
	cr_assert_eq(ks_validate(&w.judge, w.facts, &r, &err), SIGN_OK);
	world_clear(&w);
	cr_expect_str_eq(r->name, "x.asice");
	cr_expect_str_eq(r->signatures[0].chain[0].name, "Nguyễn Văn Mẫu");
	cr_expect_str_eq(r->signatures[0].algorithm, "EC P-256, ECDSA, SHA-256");
	cr_expect_str_eq(r->signatures[0].chain[0].revocation.source, "test.crl");
	cr_expect(r->signatures[0].revocation_checked);
	cr_expect_eq(r->signatures[0].chain_length, 3);
	cr_expect(r->signatures[0].chain[2].anchor);
	cr_expect_eq(r->files[0].signed_by_count, 2);
	cr_expect_not_null(r->files[0].edge_for_extract);
	cr_expect_eq(r->files[0].edge_for_extract->digest[0], 1);
	ks_report_free(r);
}

/* A file that one signer saw differently is never handed out, whoever else vouches for it. */
Test(validate_verdict, disputed_file_is_not_extracted)
{
	world        w;
	sign_report *r = NULL;
	sign_error   err = SIGN_ERROR_INIT;

	world_make(&w, TWO);
	w.facts->signatures[1].edges[0].state = KS_EDGE_DIFFERS;
	cr_assert_eq(ks_validate(&w.judge, w.facts, &r, &err), SIGN_OK);
	cr_expect(r->files[0].changed);
	cr_expect_null(r->files[0].edge_for_extract);
	cr_expect_eq(r->exit_code, 4);
	ks_report_free(r);
	world_clear(&w);
}

/* An edge to a document that does not exist is a reader's mistake, and an error rather than a verdict. */
Test(validate_verdict, edge_outside_is_an_error)
{
	world        w;
	sign_report *r = NULL;
	sign_error   err = SIGN_ERROR_INIT;

	world_make(&w, 0);
	w.facts->signatures[0].edges[0].document = 7;
	cr_expect_eq(ks_validate(&w.judge, w.facts, &r, &err), SIGN_E_INTERNAL);
	cr_expect_null(r);
	world_clear(&w);
}

/* What a broken rule of form kept from being checked is not blamed on an algorithm, a document or a certificate. */
static const struct { const char *label; void (*change)(world *); size_t reasons; } alone[] = {
	{ "nothing checked", format_unread, 1 },
	{ "nobody named", format_nobody, 1 },
	{ "certificate missing as well", no_signer, 1 },
};

ParameterizedTestParameters(validate_verdict, fault_stands_alone)
{
	static size_t list[KS_COUNT(alone)];

	for (size_t i = 0; i < KS_COUNT(alone); i++)
		list[i] = i;
	return cr_make_param_array(size_t, list, KS_COUNT(alone));
}

ParameterizedTest(size_t *index, validate_verdict, fault_stands_alone)
{
	world        w;
	sign_report *r = NULL;

	world_make(&w, 0);
	alone[*index].change(&w);
	cr_assert_eq(ks_validate(&w.judge, w.facts, &r, NULL), SIGN_OK);
	cr_expect_eq(r->signatures[0].reason_count, alone[*index].reasons, "%s: %zu reasons", alone[*index].label,
	    r->signatures[0].reason_count);
	ks_report_free(r);
	world_clear(&w);
}

/* ---- notes of the judge ---- */

static void an_hour_ahead(world *w) { SIG(0)->signing_time = NOW + 7 * 3600; }
static void ten_minutes_ahead(world *w) { SIG(0)->signing_time = NOW + 600; }
static void a_minute_ahead(world *w) { SIG(0)->signing_time = NOW + 60; }
static void before_cert(world *w) { SIG(0)->signing_time = w->person->not_before - 1; }
static void at_begin(world *w) { SIG(0)->signing_time = w->person->not_before; }
static void after_cert(world *w) { SIG(0)->signing_time = w->person->not_after + 1; }
static void
no_reference(world *w)
{
	ess_absent(w);
	cr_assert_eq(ks_signature_note(w->facts, SIG(0), KS_NOTE_NO_SIGNING_CERT_ATTR, NULL, NULL), SIGN_OK);
}

static const struct { const char *label; unsigned plan; void (*change)(world *); ks_note_code note; size_t notes; } noted[] = {
	{ "nothing odd", 0, NULL, KS_NOTE_NONE, 0 },
	{ "within the skew", 0, a_minute_ahead, KS_NOTE_NONE, 0 },
	{ "ahead", 0, ten_minutes_ahead, KS_NOTE_TIME_AHEAD, 1 },
	{ "ahead under --at", WHAT_IF, ten_minutes_ahead, KS_NOTE_NONE, 0 },
	{ "ahead as local time is", 0, an_hour_ahead, KS_NOTE_LOCAL_TIME_AS_UTC, 1 },
	{ "before the certificate", 0, before_cert, KS_NOTE_TIME_OUTSIDE_CERT, 1 },
	{ "in its first second", 0, at_begin, KS_NOTE_NONE, 0 },
	{ "after the certificate, ahead too", 0, after_cert, KS_NOTE_TIME_AHEAD, 2 },
	{ "no reference, not allowed", 0, no_reference, KS_NOTE_NONE, 0 },
	{ "no reference, allowed", ALLOW_NO_ESS, no_reference, KS_NOTE_NO_SIGNING_CERT_ATTR, 1 },
};

ParameterizedTestParameters(validate_notes, are_made)
{
	static size_t list[KS_COUNT(noted)];

	for (size_t i = 0; i < KS_COUNT(noted); i++)
		list[i] = i;
	return cr_make_param_array(size_t, list, KS_COUNT(noted));
}

ParameterizedTest(size_t *index, validate_notes, are_made)
{
	world                               w;
	sign_report                        *r = NULL;
	const struct sign_report_signature *s;

	world_make(&w, noted[*index].plan);
	if (noted[*index].change != NULL)
		noted[*index].change(&w);
	cr_assert_eq(ks_validate(&w.judge, w.facts, &r, NULL), SIGN_OK);
	s = &r->signatures[0];
	cr_expect_eq(s->note_count, noted[*index].notes, "%s: %zu notes", noted[*index].label, s->note_count);
	if (s->note_count > 0)
		cr_expect_eq(s->notes[0].code, noted[*index].note, "%s: note %d", noted[*index].label, (int)s->notes[0].code);
	ks_report_free(r);
	world_clear(&w);
}

Test(validate_verdict, states_its_data)
{
	world        w;
	sign_report *r = NULL;

	world_make(&w, OFFICIAL);
	cr_assert_eq(ks_validate(&w.judge, w.facts, &r, NULL), SIGN_OK);
	cr_expect_neq(r->algorithms_version[0], '\0');
	cr_expect_not_null(strstr(r->ca_version, "2026-"), "%s", r->ca_version);
	cr_expect_not_null(strstr(r->policy_data, "official 1, 2026-"), "%s", r->policy_data);
	ks_report_free(r);
	world_clear(&w);
}
