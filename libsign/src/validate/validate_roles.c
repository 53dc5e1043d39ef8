/*
 * Who signed in which role, and in which order (Decree 30/2020/ND-CP art. 5, 13, 25, 32; domain.md 3.2). Floor: validate.
 * Every file asks for a person's and an agency's signature, or for the agency's alone where that signature says that it is
 * a copy or an appendix. Only a signature that is not TOTAL-FAILED fills a role; the signatures' own verdicts stay.
 *
 * Expected signers (--expect-signer): a SHA-256 prefix of 16 or more hex digits, a mail address, or a glob on the common
 * name. Each must fit a TOTAL-PASSED signature.
 */
#include "validate_match.h"
#include "validate_steps.h"

#include <stdlib.h>
#include <string.h>

#define MAX_FILE_REASONS 8

/* What `kyso sign --as copy|appendix` writes as claimed title; on an agency's certificate it marks the role. */
static sign_role
role_of(const ks_policy *policy, const ks_cert *cert, const char *title)
{
	sign_role role = ks_policy_role(policy, cert);

	if (role != SIGN_ROLE_AGENCY || title == NULL)
		return role;
	if (ks_match_same(title, "SAO Y"))
		return SIGN_ROLE_COPY;
	if (ks_match_same(title, "PHỤ LỤC"))
		return SIGN_ROLE_APPENDIX;
	return role;
}

static bool
fills(const struct sign_report_signature *s, sign_role role)
{
	return !s->is_countersignature && s->verdict != SIGN_VERDICT_FAILED && s->role == role;
}

/* ---- each file has its roles ---- */

typedef struct { bool person, agency, alone; } roles_seen;

static roles_seen
roles_over(const sign_report *r, const struct sign_report_file *f)
{
	roles_seen seen = { false, false, false };

	for (size_t i = 0; i < f->signed_by_count; i++) {
		const struct sign_report_signature *s = &r->signatures[f->signed_by[i]];

		seen.person = seen.person || fills(s, SIGN_ROLE_PERSON);
		seen.agency = seen.agency || fills(s, SIGN_ROLE_AGENCY);
		seen.alone = seen.alone || fills(s, SIGN_ROLE_COPY) || fills(s, SIGN_ROLE_APPENDIX);
	}
	return seen;
}

static roles_seen
roles_anywhere(const sign_report *r)
{
	roles_seen seen = { false, false, false };

	for (size_t i = 0; i < r->signature_count; i++) {
		const struct sign_report_signature *s = &r->signatures[i];

		seen.person = seen.person || fills(s, SIGN_ROLE_PERSON);
		seen.agency = seen.agency || fills(s, SIGN_ROLE_AGENCY);
		seen.alone = seen.alone || fills(s, SIGN_ROLE_COPY) || fills(s, SIGN_ROLE_APPENDIX);
	}
	return seen;
}

static bool
has_roles(roles_seen seen)
{
	return seen.alone || (seen.person && seen.agency);
}

/* A role that nobody fills is said once; one that only some files lack is said for them. */
static sign_code
check_files(sign_report *r, roles_seen anywhere, sign_error *err)
{
	size_t named = 0;

	for (size_t i = 0; i < r->file_count && named < MAX_FILE_REASONS; i++) {
		const struct sign_report_file *f = &r->files[i];
		roles_seen                     seen = roles_over(r, f);

		if (!f->needs_cover || f->missing || f->signed_by_count == 0 || has_roles(seen))
			continue;
		if (!seen.person && (anywhere.person || anywhere.alone) && ++named > 0)
			KS_TRY(ks_report_reason(r, KS_WHY_ROLE_PERSON_MISSING, f->name, NULL, err));
		if (!seen.agency && (anywhere.agency || anywhere.alone) && ++named > 0)
			KS_TRY(ks_report_reason(r, KS_WHY_ROLE_AGENCY_MISSING, f->name, NULL, err));
	}
	return SIGN_OK;
}

static sign_code
check_unknown(sign_report *r, sign_error *err)
{
	for (size_t i = 0; i < r->signature_count; i++) {
		const struct sign_report_signature *s = &r->signatures[i];

		if (fills(s, SIGN_ROLE_UNKNOWN))
			KS_TRY(ks_report_reason(r, KS_WHY_ROLE_UNKNOWN, s->chain_length > 0 ? s->chain[0].name : s->id,
			    NULL, err));
	}
	return SIGN_OK;
}

/* ---- order ---- */

static bool
covers(const struct sign_report_signature *later, size_t earlier)
{
	return later->covers_signature_count > 0 && bsearch(&earlier, later->covers_signatures,
	    later->covers_signature_count, sizeof(earlier), ks_compare_index) != NULL;
}

typedef enum { ORDER_WRONG = 0, ORDER_CLAIMED, ORDER_SHOWN } order;

/* Art. 32.2c: the agency signs what the person has signed. Coverage shows it; else the two clocks claim it. */
static order
order_of(const sign_report *r, size_t person, size_t agency)
{
	const struct sign_report_signature *p = &r->signatures[person], *a = &r->signatures[agency];

	if (covers(a, person))
		return ORDER_SHOWN;
	if (covers(p, agency))
		return ORDER_WRONG;
	if (p->has_claimed_time && a->has_claimed_time && a->claimed_time < p->claimed_time)
		return ORDER_WRONG;
	return ORDER_CLAIMED;
}

static sign_code
check_order(sign_report *r, sign_error *err)
{
	for (size_t a = 0; a < r->signature_count; a++) {
		order best = ORDER_WRONG;
		bool  any_person = false;

		if (!fills(&r->signatures[a], SIGN_ROLE_AGENCY))
			continue;
		for (size_t p = 0; p < r->signature_count; p++) {
			if (!fills(&r->signatures[p], SIGN_ROLE_PERSON))
				continue;
			any_person = true;
			order this_order = order_of(r, p, a);
			best = this_order > best ? this_order : best;
		}
		r->signatures[a].role_claimed_order_only = any_person && best == ORDER_CLAIMED;
		if (any_person && best == ORDER_WRONG)
			KS_TRY(ks_report_reason(r, KS_WHY_ROLE_ORDER, r->signatures[a].chain[0].name, NULL, err));
	}
	return SIGN_OK;
}

sign_code
ks_judge_roles(const ks_case *c, sign_error *err)
{
	sign_report     *r = c->report;
	const ks_policy *policy = c->judge->policy;

	r->roles_examined = policy->roles_required;
	for (size_t i = 0; i < r->signature_count; i++) {
		const ks_signature *s = &c->facts->signatures[i];

		if (r->signatures[i].chain_length > 0 && !s->is_countersignature) /* the signer was identified */
			r->signatures[i].role = role_of(policy, s->signer, s->title);
	}
	if (!policy->roles_required || r->signature_count == 0)
		return SIGN_OK;
	roles_seen seen = roles_anywhere(r);
	if (!has_roles(seen) && !seen.person)
		KS_TRY(ks_report_reason(r, KS_WHY_ROLE_PERSON_MISSING, NULL, NULL, err));
	if (!has_roles(seen) && !seen.agency)
		KS_TRY(ks_report_reason(r, KS_WHY_ROLE_AGENCY_MISSING, NULL, NULL, err));
	if (!has_roles(seen))
		KS_TRY(check_unknown(r, err));
	KS_TRY(check_files(r, seen, err));
	return check_order(r, err);
}

/* ---- expected signers ---- */

static bool
is_expected(const char *pattern, const ks_cert *cert)
{
	if (ks_match_is_fingerprint(pattern))
		return ks_match_fingerprint(pattern, cert);
	if (strchr(pattern, '@') != NULL)
		return cert->email_count == 1 && ks_match_same(pattern, cert->subject_email);
	return cert->cn_count == 1 && ks_match_glob(pattern, cert->subject_cn);
}

sign_code
ks_judge_expected(const ks_case *c, sign_error *err)
{
	for (const char *const *pattern = c->judge->expect; pattern != NULL && *pattern != NULL; pattern++) {
		bool seen = false;

		for (size_t i = 0; i < c->report->signature_count && !seen; i++)
			seen = c->report->signatures[i].verdict == SIGN_VERDICT_PASSED &&
			    !c->report->signatures[i].is_countersignature &&
			    is_expected(*pattern, c->facts->signatures[i].signer);
		if (!seen)
			KS_TRY(ks_report_reason(c->report, KS_WHY_EXPECTED_SIGNER_MISSING, *pattern, NULL, err));
	}
	return SIGN_OK;
}
