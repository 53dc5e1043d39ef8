/*
 * The head line: verdict, what it rests on, the policy's name, and whether the time was chosen. Floor: report. Says what the
 * verdict object holds and nothing more: "authority not examined" without a role policy, "revocation NOT checked" where so.
 */
#include "report_page.h"

#include "base_text.h"

#include <stdio.h>
#include <string.h>

const char *
ks_page_role(sign_role role)
{
	switch (role) {
	case SIGN_ROLE_PERSON:
		return _("person");
	case SIGN_ROLE_AGENCY:
		return _("agency");
	case SIGN_ROLE_APPENDIX:
		return _("appendix");
	case SIGN_ROLE_COPY:
		return _("copy");
	case SIGN_ROLE_UNKNOWN:
		break;
	}
	return _("signer");
}

/* EN 319 122-1 5.2.3: what the signer says that signing means. */
const char *
ks_page_commitment(const char *commitment)
{
	static const char *const known[] = { N_("origin"), N_("receipt"), N_("delivery"), N_("sender"), N_("approval"),
		N_("creation") };

	for (size_t i = 0; commitment != NULL && i < KS_COUNT(known); i++)
		if (strcmp(known[i], commitment) == 0)
			return _(known[i]);
	return commitment;
}

const char *
ks_page_verdict_word(sign_verdict verdict)
{
	switch (verdict) {
	case SIGN_VERDICT_PASSED:
		return _("valid");
	case SIGN_VERDICT_FAILED:
		return _("not valid");
	case SIGN_VERDICT_INDETERMINATE:
	case SIGN_VERDICT_NONE:
		break;
	}
	return _("not proven");
}

static const char *
headline_word(sign_verdict verdict)
{
	switch (verdict) {
	case SIGN_VERDICT_PASSED:
		return _("VALID");
	case SIGN_VERDICT_FAILED:
		return _("NOT VALID");
	case SIGN_VERDICT_INDETERMINATE:
	case SIGN_VERDICT_NONE:
		break;
	}
	return _("NOT ENOUGH EVIDENCE");
}

static bool
has_role(const sign_report *r, sign_role role)
{
	for (size_t i = 0; i < r->signature_count; i++) {
		if (r->signatures[i].role == role && r->signatures[i].verdict == SIGN_VERDICT_PASSED)
			return true;
	}
	return false;
}

static bool
revocation_unchecked(const sign_report *r)
{
	for (size_t i = 0; i < r->signature_count; i++) {
		if (!r->signatures[i].is_countersignature && !r->signatures[i].revocation_checked)
			return true;
	}
	return false;
}

/* Why it passed. */
static const char *
passed_words(const sign_report *r)
{
	if (!r->roles_examined)
		return _("signatures valid; authority not examined");
	if (has_role(r, SIGN_ROLE_PERSON) && has_role(r, SIGN_ROLE_AGENCY))
		return _("both signatures present");
	if (has_role(r, SIGN_ROLE_COPY))
		return _("the agency's signature on a copy");
	if (has_role(r, SIGN_ROLE_APPENDIX))
		return _("the agency's signature on an appendix");
	return _("roles present");
}

/* What is missing in the document as a whole, in capitals; NULL when the signatures themselves are the matter. */
static const char *
gap_words(const sign_report *r)
{
	for (size_t i = 0; i < r->reason_count; i++) {
		const char *tag = ks_words_why(r->reasons[i].why)->tag;

		if (tag != NULL)
			return ks_words_translate(tag);
	}
	return NULL;
}

/* " (official documents), as if it were 01/01/2031": what the verdict rests on; "" if it is neither a policy nor a what-if. */
static void
basis_words(const sign_report *r, char *text, size_t cap)
{
	static const char *const shipped[] = { N_("official documents") }; /* titles of our own policies, for the catalogue */
	char      safe[KS_PAGE_NAME_BYTES], when[KS_TIME_TEXT];
	ks_places places = { when, "", "" };
	size_t    used = 0;

	(void)shipped;
	text[0] = '\0';
	if (r->policy_title != NULL && r->policy_title[0] != '\0')
		snprintf(text, cap, " (%s)", ks_page_name(ks_words_translate(r->policy_title), KS_NAME_COLUMNS, safe));
	if (!r->what_if) /* design.md 17: --at is a what-if, and says so wherever a verdict is shown */
		return;
	used = strlen(text);
	ks_time_local(r->judged_at, when);
	ks_words_fill(N_(", as if it were {subject}"), &places, text, cap, &used);
}

sign_code
ks_page_headline(ks_page *page, const sign_report *r, size_t column, sign_error *err)
{
	const char *word = headline_word(r->verdict);
	const char *more = r->verdict == SIGN_VERDICT_PASSED ? passed_words(r) : gap_words(r);
	bool        unchecked = r->verdict == SIGN_VERDICT_PASSED && revocation_unchecked(r);
	char        rest[KS_PAGE_NAME_BYTES], basis[2 * KS_PAGE_NAME_BYTES];
	const char *tail = basis;

	snprintf(rest, sizeof(rest), "%s%s%s%s", more != NULL ? ", " : "", more != NULL ? more : "", unchecked ? "; " : "",
	    unchecked ? _("revocation NOT checked") : "");
	basis_words(r, basis, sizeof(basis));
	KS_TRY(ks_page_verdict(page, r->verdict, word, err));
	KS_TRY(ks_page_put(page, rest, err));
	column += ks_text_columns(word) + ks_text_columns(rest) + ks_text_columns(basis);
	if (page->label > 0 && column > page->width && basis[0] != '\0') {
		KS_TRY(ks_page_put(page, "\n  ", err));
		tail += strspn(basis, " ,");
	}
	return ks_page_put(page, tail, err);
}
