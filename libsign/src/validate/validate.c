/*
 * The judge's outer frame: every signature, then the files, then roles and expected signers, then the document's verdict
 * and exit code (design.md 5). Floor: validate. Opens nothing, fetches nothing, asks no clock.
 */
#include "validate_steps.h"

#include <assert.h>

sign_code
ks_report_reason(sign_report *report, ks_why why, const char *subject, const char *detail, sign_error *err)
{
	ks_reason *reason = ks_arena_push(report->arena, &report->reasons, &report->reason_count, sizeof(*reason));

	if (reason == NULL)
		return ks_fail_memory(err);
	reason->why = why;
	reason->subject = ks_copy_text(report->arena, subject);
	reason->detail = ks_copy_text(report->arena, detail);
	if (reason->subject == NULL || reason->detail == NULL)
		return ks_fail_memory(err);
	return SIGN_OK;
}

static sign_code
start_report(const ks_judge *judge, const ks_facts *facts, const ks_algorithms *table, sign_report *r, sign_error *err)
{
	struct { const char **to, *from; } texts[] = {
		{ &r->name, facts->name }, { &r->policy_name, judge->policy->name },
		{ &r->policy_title, judge->policy->title }, { &r->policy_version, judge->policy->version },
		{ &r->algorithms_version, ks_algorithms_version(table) }, { &r->ca_version, ks_known_version() },
	};

	for (size_t i = 0; i < KS_COUNT(texts); i++) {
		*texts[i].to = ks_copy_text(r->arena, texts[i].from);
		if (*texts[i].to == NULL)
			return ks_fail_memory(err);
	}
	r->policy_data = ks_arena_printf(r->arena, judge->policy->date[0] != '\0' ? "%s %s, %s" : "%s %s%s", r->policy_name,
	    r->policy_version, judge->policy->date);
	if (r->policy_data == NULL)
		return ks_fail_memory(err);
	r->form = facts->form;
	r->judged_at = judge->now;
	r->what_if = judge->what_if;
	return ks_copy_notes(r->arena, facts->notes, facts->note_count, &r->notes, &r->note_count, err);
}

static sign_code
judge_signatures(const ks_case *c, sign_error *err)
{
	size_t count = c->facts->signature_count;

	if (count == 0)
		return SIGN_OK;
	c->report->signatures = ks_arena_alloc(c->arena, count * sizeof(*c->report->signatures));
	if (c->report->signatures == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < count; i++)
		KS_TRY(ks_judge_signature(c, &c->facts->signatures[i], &c->report->signatures[i], err));
	c->report->signature_count = count;
	return SIGN_OK;
}

/*
 * attacks.md C8: counter-signatures are unsigned data, which anyone can add, spoil or take away. A bad one must not turn a
 * good document into a bad one, nor a good one help a bad document; but a broken one is said where nobody can miss it.
 */
static sign_code
note_countersignatures(const ks_case *c, sign_error *err)
{
	sign_report *r = c->report;

	for (size_t i = 0; i < r->signature_count; i++) {
		const ks_note note = { KS_NOTE_COUNTERSIGNATURE_FAILED, r->signatures[i].id };

		if (r->signatures[i].is_countersignature && r->signatures[i].verdict == SIGN_VERDICT_FAILED)
			KS_TRY(ks_copy_notes(c->arena, &note, 1, &r->notes, &r->note_count, err));
	}
	return SIGN_OK;
}

static sign_code
judge_unsigned(const ks_case *c, sign_error *err)
{
	if (c->facts->signature_count > 0)
		return SIGN_OK;
	if (c->facts->format_fault != NULL)
		KS_TRY(ks_report_reason(c->report, KS_WHY_FORMAT, c->facts->name, c->facts->format_fault, err));
	return ks_report_reason(c->report, KS_WHY_NOT_SIGNED, c->facts->name, NULL, err);
}

static bool
is_role_reason(ks_why why)
{
	return why == KS_WHY_ROLE_PERSON_MISSING || why == KS_WHY_ROLE_AGENCY_MISSING || why == KS_WHY_ROLE_UNKNOWN ||
	    why == KS_WHY_ROLE_ORDER;
}

/* The first of the worst signatures, so that the document speaks of what decides. */
static const struct sign_report_signature *
worst_signature(const sign_report *r)
{
	const struct sign_report_signature *worst = NULL;

	for (size_t i = 0; i < r->signature_count; i++) {
		if (r->signatures[i].is_countersignature)
			continue;
		if (worst == NULL || r->signatures[i].verdict > worst->verdict)
			worst = &r->signatures[i];
	}
	return worst;
}

/* design.md 5: 4 failed, 3 no signature, uncovered or role missing, 2 indeterminate; the highest wins. */
static void
conclude(sign_report *r)
{
	const struct sign_report_signature *worst = worst_signature(r);

	if (worst != NULL && worst->verdict == SIGN_VERDICT_FAILED) {
		r->verdict = SIGN_VERDICT_FAILED;
		r->sub = worst->sub;
		r->exit_code = 4;
	} else if (worst == NULL && r->reason_count > 0 && r->reasons[0].why == KS_WHY_FORMAT) {
		r->verdict = SIGN_VERDICT_FAILED;
		r->sub = SIGN_SUB_FORMAT_FAILURE;
		r->exit_code = 4;
	} else if (worst == NULL || r->reason_count > 0 || r->uncovered_count > 0) {
		r->verdict = SIGN_VERDICT_INDETERMINATE;
		r->exit_code = 3;
		for (size_t i = 0; i < r->reason_count && r->sub == SIGN_SUB_NONE; i++)
			r->sub = is_role_reason(r->reasons[i].why) ? SIGN_SUB_POLICY_ROLE_MISSING : SIGN_SUB_NONE;
		if (r->sub == SIGN_SUB_NONE && worst != NULL)
			r->sub = worst->sub;
	} else if (worst->verdict == SIGN_VERDICT_PASSED) {
		r->verdict = SIGN_VERDICT_PASSED;
		r->exit_code = 0;
	} else {
		r->verdict = SIGN_VERDICT_INDETERMINATE;
		r->sub = worst->sub;
		r->exit_code = 2;
	}
}

void
ks_report_free(sign_report *report)
{
	if (report == NULL)
		return;
	ks_facts_free(report->facts);
	ks_arena_free(report->arena);
}

sign_code
ks_validate(const ks_judge *judge, const ks_facts *facts, sign_report **verdict, sign_error *err)
{
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	const ks_algorithms *table = NULL;

	assert(judge->policy != NULL && judge->trust != NULL && judge->pki != NULL);
	*verdict = NULL;
	KS_TRY(ks_algorithms_load(&table, err));
	if (arena == NULL)
		return ks_fail_memory(err);
	sign_report *r = ks_arena_alloc(arena, sizeof(*r));
	if (r == NULL)
		return ks_fail_memory(err);
	r->arena = arena;
	ks_case c = { judge, facts, r, arena, table };
	KS_TRY(start_report(judge, facts, table, r, err));
	KS_TRY(judge_signatures(&c, err));
	KS_TRY(note_countersignatures(&c, err));
	KS_TRY(judge_unsigned(&c, err));
	KS_TRY(ks_judge_files(&c, err));
	KS_TRY(ks_judge_roles(&c, err));
	KS_TRY(ks_judge_expected(&c, err));
	conclude(r);
	r->facts = ks_facts_ref(facts);
	arena = NULL; /* the verdict owns it now */
	*verdict = r;
	return SIGN_OK;
}
