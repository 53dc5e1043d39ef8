/*
 * Roles (Decree 30/2020 art. 5, 13, 25, 32), their order, expected signers, and the rules that read a role from a
 * certificate's subject.
 */
#include "validate_world.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIG(n) (&w->facts->signatures[n])

static void
swap_signer(world *w, size_t index, ks_cert *cert)
{
	ks_cert_free(SIG(index)->signer);
	SIG(index)->signer = ks_cert_ref(cert);
}

static void drop_second(world *w) { ks_cert_free(SIG(1)->signer); w->facts->signature_count = 1; }
static void agency_alone(world *w) { drop_second(w); swap_signer(w, 0, w->agency); }
static void copy(world *w) { agency_alone(w); SIG(0)->title = "Sao y"; }
static void appendix(world *w) { agency_alone(w); SIG(0)->title = "PHỤ LỤC"; }
static void other_title(world *w) { agency_alone(w); SIG(0)->title = "SAO YY"; }
static void person_says_copy(world *w) { drop_second(w); SIG(0)->title = "SAO Y"; }
static void person_failed(world *w) { SIG(0)->value_holds = KS_HOLDS_NO; }
static void unknown(world *w) { drop_second(w); swap_signer(w, 0, w->ca); }
static void not_covered_ok(world *w) { SIG(1)->covers_count = 0; }
static void times_reversed(world *w) { SIG(1)->covers_count = 0; SIG(1)->signing_time = NOW - 5 * DAY; }
static void covered_beats_times(world *w) { SIG(1)->signing_time = NOW - 5 * DAY; }
static void no_times(world *w) { SIG(1)->covers_count = 0; SIG(1)->has_signing_time = false; }

static void
person_covers_agency(world *w)
{
	SIG(0)->covers = SIG(1)->covers; /* index 0 */
	SIG(0)->covers_count = 1;
	SIG(0)->covers[0] = 1;
	SIG(1)->covers_count = 0;
}

static void
add_file(world *w, size_t signature)
{
	ks_facts_add_document(w->facts, "b.pdf", NULL)->needs_cover = true;
	SIG(signature)->edges[1] = SIG(signature)->edges[0];
	SIG(signature)->edges[1].document = 1;
	SIG(signature)->edge_count = 2;
}

static void second_file_agency_only(world *w) { add_file(w, 1); }
static void second_file_person_only(world *w) { add_file(w, 0); }
static void second_file_both(world *w) { add_file(w, 0); SIG(1)->edges[1] = SIG(0)->edges[1]; SIG(1)->edge_count = 2; }
static void split(world *w) { ks_facts_add_document(w->facts, "b.pdf", NULL)->needs_cover = true; SIG(1)->edges[0].document = 1; }
static void copy_and_plain(world *w) { split(w); swap_signer(w, 0, w->agency); SIG(0)->title = "SAO Y"; SIG(1)->covers_count = 0; }

static const struct {
	const char *label;
	unsigned    plan;
	void      (*change)(world *);
	int         exit;
	sign_sub    sub;
	ks_why      document;
} rows[] = {
	{ "person then agency", 0, NULL, 0, SIGN_SUB_NONE, 0 },
	{ "order only claimed", 0, not_covered_ok, 0, SIGN_SUB_NONE, 0 },
	{ "no time to compare", 0, no_times, 0, SIGN_SUB_NONE, 0 },
	{ "coverage beats the clocks", 0, covered_beats_times, 0, SIGN_SUB_NONE, 0 },
	{ "agency first by the clocks", 0, times_reversed, 3, SIGN_SUB_POLICY_ROLE_MISSING, KS_WHY_ROLE_ORDER },
	{ "agency first by coverage", 0, person_covers_agency, 3, SIGN_SUB_POLICY_ROLE_MISSING, KS_WHY_ROLE_ORDER },
	{ "no agency", 0, drop_second, 3, SIGN_SUB_POLICY_ROLE_MISSING, KS_WHY_ROLE_AGENCY_MISSING },
	{ "no person", 0, agency_alone, 3, SIGN_SUB_POLICY_ROLE_MISSING, KS_WHY_ROLE_PERSON_MISSING },
	{ "a copy", 0, copy, 0, SIGN_SUB_NONE, 0 },
	{ "an appendix", 0, appendix, 0, SIGN_SUB_NONE, 0 },
	{ "another title is no copy", 0, other_title, 3, SIGN_SUB_POLICY_ROLE_MISSING, KS_WHY_ROLE_PERSON_MISSING },
	{ "a person cannot make a copy", 0, person_says_copy, 3, SIGN_SUB_POLICY_ROLE_MISSING, KS_WHY_ROLE_AGENCY_MISSING },
	{ "neither", 0, unknown, 3, SIGN_SUB_POLICY_ROLE_MISSING, KS_WHY_ROLE_PERSON_MISSING },
	{ "a failed signature fills no role", 0, person_failed, 4, SIGN_SUB_SIG_CRYPTO_FAILURE, KS_WHY_ROLE_PERSON_MISSING },
	{ "a doubted one does", NO_CRL, NULL, 2, SIGN_SUB_TRY_LATER, 0 },
	{ "missing role outranks a doubt", NO_CRL, drop_second, 3, SIGN_SUB_POLICY_ROLE_MISSING, KS_WHY_ROLE_AGENCY_MISSING },
	{ "both on both files", 0, second_file_both, 0, SIGN_SUB_NONE, 0 },
	{ "second file without the person", 0, second_file_agency_only, 3, SIGN_SUB_POLICY_ROLE_MISSING, KS_WHY_ROLE_PERSON_MISSING },
	{ "second file without the agency", 0, second_file_person_only, 3, SIGN_SUB_POLICY_ROLE_MISSING, KS_WHY_ROLE_AGENCY_MISSING },
	{ "one role a file", 0, split, 3, SIGN_SUB_POLICY_ROLE_MISSING, KS_WHY_ROLE_AGENCY_MISSING },
	{ "a copy does not excuse its neighbour", 0, copy_and_plain, 3, SIGN_SUB_POLICY_ROLE_MISSING, KS_WHY_ROLE_PERSON_MISSING },
};

ParameterizedTestParameters(validate_roles, are_asked_for)
{
	static size_t list[KS_COUNT(rows)];

	for (size_t i = 0; i < KS_COUNT(rows); i++)
		list[i] = i;
	return cr_make_param_array(size_t, list, KS_COUNT(rows));
}

ParameterizedTest(size_t *index, validate_roles, are_asked_for)
{
	world        w;
	sign_report *r = NULL;
	sign_error   err = SIGN_ERROR_INIT;

	world_make(&w, OFFICIAL | TWO | rows[*index].plan);
	if (rows[*index].change != NULL)
		rows[*index].change(&w);
	cr_assert_eq(ks_validate(&w.judge, w.facts, &r, &err), SIGN_OK);
	cr_expect_eq(r->exit_code, rows[*index].exit, "%s: exit %d", rows[*index].label, r->exit_code);
	cr_expect_eq(r->sub, rows[*index].sub, "%s: %s", rows[*index].label, sign_sub_name(r->sub));
	ks_why why = r->reason_count > 0 ? r->reasons[0].why : KS_WHY_NONE;
	cr_expect_eq(why, rows[*index].document, "%s: reason %d", rows[*index].label, (int)why);
	cr_expect(r->roles_examined);
	ks_report_free(r);
	world_clear(&w);
}

Test(validate_roles, claimed_order_is_marked)
{
	world        w;
	sign_report *r = NULL;
	sign_error   err = SIGN_ERROR_INIT;

	world_make(&w, OFFICIAL | TWO);
	cr_assert_eq(ks_validate(&w.judge, w.facts, &r, &err), SIGN_OK);
	cr_expect_not(r->signatures[1].role_claimed_order_only);
	ks_report_free(r);
	w.facts->signatures[1].covers_count = 0;
	w.facts->signatures[1].override_reason = "urgent";
	cr_assert_eq(ks_validate(&w.judge, w.facts, &r, &err), SIGN_OK);
	cr_expect(r->signatures[1].role_claimed_order_only);
	cr_expect_eq(r->signatures[1].verdict, SIGN_VERDICT_PASSED);
	cr_expect_eq(r->signatures[1].reasons[0].why, KS_WHY_OVERRIDE);
	cr_expect_str_eq(r->signatures[1].override_reason, "urgent");
	ks_report_free(r);
	world_clear(&w);
}

/* ---- expected signers ---- */

static const struct { const char *label, *pattern; unsigned plan; int exit; } expected[] = {
	{ "name", "Nguyễn Văn Mẫu", 0, 0 },
	{ "glob", "nguyễn*mẫu", 0, 0 },
	{ "mail address", "MAU@so-mau.gov.vn", 0, 0 },
	{ "another name", "Trần*", 0, 3 },
	{ "part of a name", "Nguyễn", 0, 3 },
	{ "another address", "x@so-mau.gov.vn", 0, 3 },
	{ "address is no glob", "*@so-mau.gov.vn", 0, 3 },
	{ "another fingerprint", "0123456789abcdef", 0, 3 },
	{ "right name, no revocation answer", "Nguyễn Văn Mẫu", NO_CRL, 3 },
	{ "right name, not trusted", "*", NO_ANCHOR, 3 },
	{ "nothing fits nothing", "", 0, 3 },
};

ParameterizedTestParameters(validate_expected, is_demanded)
{
	static size_t list[KS_COUNT(expected)];

	for (size_t i = 0; i < KS_COUNT(expected); i++)
		list[i] = i;
	return cr_make_param_array(size_t, list, KS_COUNT(expected));
}

ParameterizedTest(size_t *index, validate_expected, is_demanded)
{
	world        w;
	sign_report *r = NULL;
	sign_error   err = SIGN_ERROR_INIT;
	const char  *patterns[] = { expected[*index].pattern, NULL };

	world_make(&w, expected[*index].plan);
	w.judge.expect = patterns;
	cr_assert_eq(ks_validate(&w.judge, w.facts, &r, &err), SIGN_OK);
	cr_expect_eq(r->exit_code, expected[*index].exit, "%s: exit %d", expected[*index].label, r->exit_code);
	ks_report_free(r);
	world_clear(&w);
}

Test(validate_expected, fingerprint_prefix)
{
	world        w;
	sign_report *r = NULL;
	sign_error   err = SIGN_ERROR_INIT;
	char         hex[17];

	world_make(&w, 0);
	for (size_t i = 0; i < 8; i++)
		snprintf(hex + 2 * i, 3, "%02X", w.person->sha256[i]);
	w.judge.expect = (const char *[]){ hex, NULL };
	cr_assert_eq(ks_validate(&w.judge, w.facts, &r, &err), SIGN_OK);
	cr_expect_eq(r->exit_code, 0);
	ks_report_free(r);
	world_clear(&w);
}

/* ---- role rules of the shipped policy ---- */

static const struct { const char *label, *subject[12]; sign_role want; } subjects[] = {
	{ "agency", { "O", "BỘ TÀI CHÍNH", "L", "Hà Nội", "CN", "CỤC THUẾ" }, SIGN_ROLE_AGENCY },
	{ "sample agency", { "C", "VN", "O", "UBND TỈNH MẪU", "CN", "SỞ MẪU" }, SIGN_ROLE_AGENCY },
	{ "person", { "O", "Bộ Mẫu", "OU", "Vụ Một", "CN", "Trần Thị Ví Dụ", "emailAddress", "vidu@mau.gov.vn" }, SIGN_ROLE_PERSON },
	{ "person in capitals with an address", { "O", "BỘ MẪU", "CN", "TRẦN VÍ DỤ", "emailAddress", "a@mau.gov.vn" }, SIGN_ROLE_PERSON },
	{ "person without an address", { "O", "Bộ Mẫu", "OU", "Vụ Một", "CN", "Trần Ví Dụ" }, SIGN_ROLE_PERSON },
	{ "capitals with a unit", { "O", "BỘ MẪU", "OU", "VỤ MỘT", "CN", "TRẦN VÍ DỤ" }, SIGN_ROLE_UNKNOWN },
	{ "capitals without organisation", { "CN", "TRẦN VÍ DỤ" }, SIGN_ROLE_UNKNOWN },
	{ "small letters alone", { "CN", "Trần Ví Dụ", "O", "Bộ Mẫu" }, SIGN_ROLE_UNKNOWN },
	{ "one small letter is no agency", { "O", "BỘ MẪU", "CN", "SỞ MẫU" }, SIGN_ROLE_UNKNOWN },
	{ "no letters", { "O", "BỘ MẪU", "CN", "12345" }, SIGN_ROLE_UNKNOWN },
	{ "an address elsewhere", { "CN", "TRẦN VÍ DỤ", "O", "X", "emailAddress", "a@example.com" }, SIGN_ROLE_UNKNOWN },
	{ "an address that only contains it", { "CN", "A B", "O", "X", "emailAddress", "a@b.gov.vn.evil.com" }, SIGN_ROLE_UNKNOWN },
	{ "no common name", { "C", "VN", "O", "SỞ MẪU" }, SIGN_ROLE_UNKNOWN },
	{ "a name turned round", { "O", "SỞ MẪU", "CN", "\u202eUẪM ỞS" }, SIGN_ROLE_UNKNOWN },
	{ "a name with an invisible blank", { "O", "UBND", "CN", "SỞ\u200bMẪU" }, SIGN_ROLE_UNKNOWN },
	{ "a name of two lines", { "O", "UBND", "CN", "SỞ\rMẪU" }, SIGN_ROLE_UNKNOWN },
	{ "two common names", { "C", "VN", "O", "SỞ MẪU", "CN", "Nguyễn Văn Mẫu", "CN", "SỞ MẪU" }, SIGN_ROLE_UNKNOWN },
	{ "two common names, the other order", { "O", "SỞ MẪU", "CN", "SỞ MẪU", "CN", "Nguyễn Văn Mẫu", "OU", "X" }, SIGN_ROLE_UNKNOWN },
	{ "two addresses in one", { "CN", "A B", "O", "X", "emailAddress", "a@evil.com, b@mau.gov.vn" }, SIGN_ROLE_UNKNOWN },
	{ "two addresses without a blank", { "CN", "A B", "O", "X", "emailAddress", "a@evil.com,b@mau.gov.vn" }, SIGN_ROLE_UNKNOWN },
	{ "a second @", { "CN", "A B", "O", "X", "emailAddress", "a@evil.com@mau.gov.vn" }, SIGN_ROLE_UNKNOWN },
	{ "no @", { "CN", "A B", "O", "X", "emailAddress", "mau.gov.vn" }, SIGN_ROLE_UNKNOWN },
	{ "nobody @", { "CN", "A B", "O", "X", "emailAddress", "@mau.gov.vn" }, SIGN_ROLE_UNKNOWN },
	{ "two address attributes", { "CN", "A B", "O", "X", "emailAddress", "a@evil.com", "emailAddress", "b@mau.gov.vn" },
	    SIGN_ROLE_UNKNOWN },
	{ "an agency with an address that is no text", { "O", "UBND TỈNH MẪU", "CN", "SỞ MẪU", "emailAddress", "x y" }, SIGN_ROLE_UNKNOWN },
	{ "a unit hidden in a value", { "CN", "SỞ, OU=x", "O", "BỘ" }, SIGN_ROLE_UNKNOWN },
	{ "a unit written inside the name", { "CN", "SỞ,OU=X", "O", "BỘ" }, SIGN_ROLE_AGENCY },
};

ParameterizedTestParameters(validate_policy, reads_roles)
{
	static size_t list[KS_COUNT(subjects)];

	for (size_t i = 0; i < KS_COUNT(subjects); i++)
		list[i] = i;
	return cr_make_param_array(size_t, list, KS_COUNT(subjects));
}

ParameterizedTest(size_t *index, validate_policy, reads_roles)
{
	KS_AUTO(ks_auto_policy) ks_policy *policy = NULL;
	KS_AUTO(ks_auto_cert) ks_cert *cert = world_cert(subjects[*index].subject);
	sign_error err = SIGN_ERROR_INIT;

	cr_assert_eq(ks_policy_load("official", &policy, &err), SIGN_OK);
	cr_expect_eq(ks_policy_role(policy, cert), subjects[*index].want, "%s: %s is %d", subjects[*index].label,
	    cert->subject, (int)ks_policy_role(policy, cert));
}

/* ---- policy files ---- */

static const struct { const char *label, *json; sign_code want; const char *where; } policies[] = {
	{ "least", "{\"name\":\"x\"}", SIGN_OK, "" },
	{ "if available", "{\"name\":\"x\",\"revocation\":\"if-available\"}", SIGN_OK, "" },
	{ "a rule", "{\"name\":\"x\",\"rolesRequired\":true,\"roles\":[{\"role\":\"agency\",\"cn\":\"*\"}]}", SIGN_OK, "" },
	{ "no name", "{}", SIGN_E_DATA, "name" },
	{ "unknown key", "{\"name\":\"x\",\"revokation\":\"required\"}", SIGN_E_DATA, NULL },
	{ "unknown key in a rule", "{\"name\":\"x\",\"roles\":[{\"role\":\"agency\",\"cn\":\"*\",\"c\":\"VN\"}]}", SIGN_E_DATA, NULL },
	{ "unknown word", "{\"name\":\"x\",\"revocation\":\"never\"}", SIGN_E_DATA, "revocation" },
	{ "unknown role", "{\"name\":\"x\",\"roles\":[{\"role\":\"king\",\"cn\":\"*\"}]}", SIGN_E_DATA, "role" },
	{ "no role", "{\"name\":\"x\",\"roles\":[{\"cn\":\"*\"}]}", SIGN_E_DATA, "role" },
	{ "a rule for everybody", "{\"name\":\"x\",\"roles\":[{\"role\":\"agency\"}]}", SIGN_E_DATA, "roles" },
	{ "roles without rules", "{\"name\":\"x\",\"rolesRequired\":true}", SIGN_E_DATA, "roles" },
	{ "roles no list", "{\"name\":\"x\",\"roles\":{}}", SIGN_E_DATA, "roles" },
	{ "text for a flag", "{\"name\":\"x\",\"rolesRequired\":\"yes\"}", SIGN_E_DATA, "rolesRequired" },
	{ "short pin", "{\"name\":\"x\",\"roles\":[{\"role\":\"agency\",\"fingerprint\":\"00ff\"}]}", SIGN_E_DATA, "fingerprint" },
	{ "a list", "[]", SIGN_E_DATA, NULL },
	{ "not JSON", "{", SIGN_E_DATA, NULL },
};

ParameterizedTestParameters(validate_policy, file_is_checked)
{
	static size_t list[KS_COUNT(policies)];

	for (size_t i = 0; i < KS_COUNT(policies); i++)
		list[i] = i;
	return cr_make_param_array(size_t, list, KS_COUNT(policies));
}

ParameterizedTest(size_t *index, validate_policy, file_is_checked)
{
	char       path[] = "/tmp/kyso-policy-XXXXXX.json";
	int        fd = mkstemps(path, 5);
	ks_policy *policy = NULL;
	sign_error err = SIGN_ERROR_INIT;
	size_t     len = strlen(policies[*index].json);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, policies[*index].json, len), (ssize_t)len);
	close(fd);
	sign_code got = ks_policy_load(path, &policy, &err);
	unlink(path);
	cr_expect_eq(got, policies[*index].want, "%s: %d %s %s", policies[*index].label, (int)got, err.where, err.detail);
	cr_expect_eq(err.code, got, "%s: error and result disagree", policies[*index].label);
	cr_expect_eq(policy != NULL, got == SIGN_OK, "%s", policies[*index].label);
	if (policies[*index].where != NULL)
		cr_expect_str_eq(err.where, policies[*index].where, "%s: %s", policies[*index].label, err.where);
	ks_policy_free(policy);
}

Test(validate_policy, unknown_name)
{
	ks_policy *policy = NULL;
	sign_error err = SIGN_ERROR_INIT;

	cr_expect_neq(ks_policy_load("no-such-policy", &policy, &err), SIGN_OK);
	cr_expect_neq(ks_policy_load("", &policy, &err), SIGN_OK);
	cr_expect_null(policy);
}
