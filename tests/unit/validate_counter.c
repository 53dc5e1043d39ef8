/*
 * Counter-signatures under the judge: each has a verdict of its own, and whatever it is, the document's verdict, roles,
 * coverage and expected signers are what they are without it (attacks.md C8).
 */
#include "validate_world.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#define SIG(n) (&w->facts->signatures[n])

/* By `signer`, over the value of signature 0; sound until a row changes it. Always the last one. */
static ks_signature *
add_counter(world *w, ks_cert *signer)
{
	ks_signature *s = ks_facts_add_signature(w->facts, "META-INF/signature001.p7s", NULL);

	cr_assert_not_null(s);
	s->digest_alg = s->scheme_digest = SIGN_DIGEST_SHA256;
	s->scheme = signer->key_type == KS_KEY_EC ? SIGN_SCHEME_ECDSA : SIGN_SCHEME_RSA_PKCS1;
	s->value_holds = s->content_holds = KS_HOLDS_YES;
	s->signer = ks_cert_ref(signer);
	s->sid = "serial 1";
	s->ess = KS_ESS_MATCH;
	s->is_countersignature = true;
	s->countersigns = 0;
	return s;
}

static void counter_sound(ks_signature *c) { (void)c; }
static void counter_value(ks_signature *c) { c->value_holds = KS_HOLDS_NO; }
static void counter_value_unknown(ks_signature *c) { c->value_holds = KS_HOLDS_UNKNOWN; }
static void counter_other(ks_signature *c) { c->content_holds = KS_HOLDS_NO; }
static void counter_digest_unknown(ks_signature *c) { c->content_holds = KS_HOLDS_UNKNOWN; c->digest_alg = SIGN_DIGEST_NONE; }
static void counter_format(ks_signature *c) { c->format_fault = "a counter-signature has a content-type (RFC 5652 11.4)"; }
static void counter_no_cert(ks_signature *c) { ks_cert_free(c->signer); c->signer = NULL; c->value_holds = KS_HOLDS_UNKNOWN; }
static void counter_ess(ks_signature *c) { c->ess = KS_ESS_MISMATCH; }
static void counter_sha1(ks_signature *c) { c->digest_alg = c->scheme_digest = SIGN_DIGEST_SHA1; }
static void counter_says_copy(ks_signature *c) { c->title = "SAO Y"; }

static const struct {
	const char  *label;
	void       (*change)(ks_signature *);
	sign_verdict verdict;
	sign_sub     sub;
	ks_why       why;
	bool         intact;
} counters[] = {
	{ "sound", counter_sound, SIGN_VERDICT_PASSED, SIGN_SUB_NONE, KS_WHY_NONE, true },
	{ "value broken", counter_value, SIGN_VERDICT_FAILED, SIGN_SUB_SIG_CRYPTO_FAILURE, KS_WHY_VALUE, false },
	{ "value not examined", counter_value_unknown, SIGN_VERDICT_INDETERMINATE, SIGN_SUB_CRYPTO_CONSTRAINTS_FAILURE,
	    KS_WHY_UNLISTED_ALGORITHM, false },
	{ "over another value", counter_other, SIGN_VERDICT_FAILED, SIGN_SUB_HASH_FAILURE, KS_WHY_COUNTERSIGNS_OTHER, false },
	{ "unknown digest", counter_digest_unknown, SIGN_VERDICT_INDETERMINATE, SIGN_SUB_CRYPTO_CONSTRAINTS_FAILURE,
	    KS_WHY_UNLISTED_ALGORITHM, false },
	{ "form", counter_format, SIGN_VERDICT_FAILED, SIGN_SUB_FORMAT_FAILURE, KS_WHY_FORMAT, false },
	{ "no certificate", counter_no_cert, SIGN_VERDICT_INDETERMINATE, SIGN_SUB_NO_SIGNING_CERTIFICATE_FOUND, KS_WHY_NO_CERT, false },
	{ "another certificate", counter_ess, SIGN_VERDICT_INDETERMINATE, SIGN_SUB_NO_SIGNING_CERTIFICATE_FOUND,
	    KS_WHY_CERT_REF_MISMATCH, false },
	{ "weak digest", counter_sha1, SIGN_VERDICT_INDETERMINATE, SIGN_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, KS_WHY_WEAK_DIGEST, true },
	{ "claims to be a copy", counter_says_copy, SIGN_VERDICT_PASSED, SIGN_SUB_NONE, KS_WHY_NONE, true },
};

static size_t
broken_notes(const sign_report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->note_count; i++)
		n += r->notes[i].code == KS_NOTE_COUNTERSIGNATURE_FAILED;
	return n;
}

static sign_report *
judge(world *w)
{
	sign_report *r = NULL;
	sign_error   err = SIGN_ERROR_INIT;

	cr_assert_eq(ks_validate(&w->judge, w->facts, &r, &err), SIGN_OK, "%s %s", err.subject, err.detail);
	return r;
}

/* What the document is worth without it. */
static const struct { const char *label; unsigned plan; bool broken; int exit; } documents[] = {
	{ "a good document", 0, false, 0 },
	{ "a good one with both signatures", TWO | OFFICIAL, false, 0 },
	{ "one whose agency is missing", OFFICIAL, false, 3 },
	{ "one whose revocation is unknown", NO_CRL, false, 2 },
	{ "a changed one", 0, true, 4 },
};

enum { COUNTERS = KS_COUNT(counters), DOCUMENTS = KS_COUNT(documents) };
ParameterizedTestParameters(validate_counter, decides_nothing_but_itself)
{
	static size_t list[COUNTERS * DOCUMENTS];

	for (size_t i = 0; i < KS_COUNT(list); i++)
		list[i] = i;
	return cr_make_param_array(size_t, list, KS_COUNT(list));
}
ParameterizedTest(size_t *index, validate_counter, decides_nothing_but_itself)
{
	size_t      d = *index / COUNTERS, k = *index % COUNTERS;
	const char *label = counters[k].label;
	world       w;

	world_make(&w, documents[d].plan);
	if (documents[d].broken)
		w.facts->signatures[0].edges[0].state = KS_EDGE_DIFFERS;
	counters[k].change(add_counter(&w, w.agency));
	sign_report *r = judge(&w);
	const struct sign_report_signature *s = &r->signatures[r->signature_count - 1];

	cr_expect_eq(r->exit_code, documents[d].exit, "%s with %s: exit %d", documents[d].label, label, r->exit_code);
	cr_expect_eq(r->verdict == SIGN_VERDICT_PASSED, documents[d].exit == 0, "%s with %s", documents[d].label, label);
	cr_expect(s->is_countersignature && s->countersigns == 0, "%s", label);
	cr_expect_eq(s->role, SIGN_ROLE_UNKNOWN, "%s: a role", label);
	cr_expect_eq(s->covers_document_count, 0, "%s", label);
	cr_expect_eq(broken_notes(r), s->verdict == SIGN_VERDICT_FAILED ? 1 : 0, "%s: %zu notes", label, broken_notes(r));
	if ((documents[d].plan & NO_CRL) == 0) {
		cr_expect_eq(s->verdict, counters[k].verdict, "%s: verdict %d", label, (int)s->verdict);
		cr_expect_eq(s->sub, counters[k].sub, "%s: %s", label, sign_sub_name(s->sub));
		cr_expect_eq(s->reason_count > 0 ? s->reasons[0].why : KS_WHY_NONE, counters[k].why, "%s: %d", label,
		    s->reason_count > 0 ? (int)s->reasons[0].why : 0);
	}
	cr_expect_eq(s->intact, counters[k].intact, "%s: intact", label);
	ks_report_free(r);
	world_clear(&w);
}

/* An agency that only countersigns has not signed: expected, it is missing; with its own signature it is not. */
Test(validate_counter, is_no_expected_signer)
{
	for (int signs = 0; signs < 2; signs++) {
		world w;

		world_make(&w, signs ? TWO : 0);
		add_counter(&w, w.agency);
		const char *expect[] = { w.agency->subject_cn, NULL };
		w.judge.expect = expect;
		sign_report *r = judge(&w);
		cr_expect_eq(r->signatures[r->signature_count - 1].verdict, SIGN_VERDICT_PASSED);
		cr_expect_eq(r->verdict == SIGN_VERDICT_PASSED, signs == 1);
		cr_expect_eq(r->reason_count, signs == 1 ? 0 : 1);
		cr_expect(signs == 1 || r->reasons[0].why == KS_WHY_EXPECTED_SIGNER_MISSING);
		ks_report_free(r);
		world_clear(&w);
	}
}

Test(validate_counter, covers_no_document)
{
	world w;

	world_make(&w, 0);
	w.facts->signatures[0].edge_count = 0;
	add_counter(&w, w.agency);
	sign_report *r = judge(&w);
	cr_expect_eq(r->uncovered_count, 1);
	cr_expect_eq(r->files[0].signed_by_count, 0);
	cr_expect_null(r->files[0].edge_for_extract);
	cr_expect_eq(r->exit_code, 3);
	ks_report_free(r);
	world_clear(&w);
}
