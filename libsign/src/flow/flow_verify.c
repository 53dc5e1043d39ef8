/*
 * Judging: open → facts → verdict. The worker keeps path and revocation results for the verifier in hand. Floor: flow.
 */
#include "flow.h"
#include "open.h"

#include <libsign/trust.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static void
free_texts(char **texts)
{
	for (char **t = texts; t != NULL && *t != NULL; t++)
		free(*t);
	free(texts);
}

static sign_code
copy_texts(const char *const *from, char ***to, sign_error *err)
{
	size_t n = 0;

	*to = NULL;
	if (from == NULL)
		return SIGN_OK;
	while (from[n] != NULL)
		n++;
	*to = calloc(n + 1, sizeof(**to));
	if (*to == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < n; i++)
		if (((*to)[i] = strdup(from[i])) == NULL)
			return ks_fail_memory(err);
	return SIGN_OK;
}

/* Meant as a fingerprint, and too short to be one: as a name it would fit nobody, and nobody would see why. */
static sign_code
check_expected(const char *const *patterns, sign_error *err)
{
	for (; patterns != NULL && *patterns != NULL; patterns++) {
		size_t len = strlen(*patterns);

		if (len >= 8 && len < 16 && strspn(*patterns, "0123456789abcdefABCDEF") == len)
			return ks_fail_why(err, SIGN_E_USAGE, *patterns, NULL, "a fingerprint takes at least 16 hex digits");
	}
	return SIGN_OK;
}

static void
auto_verifier(sign_verifier **v)
{
	sign_verifier_free(*v);
}

sign_code
sign_verifier_new(const sign_trust *trust, const sign_verify_options *o, sign_verifier **verifier, sign_error *err)
{
	static atomic_uint_fast64_t counter;
	KS_AUTO(auto_verifier) sign_verifier *v = calloc(1, sizeof(*v));

	*verifier = NULL;
	if (v == NULL)
		return ks_fail_memory(err);
	v->number = atomic_fetch_add(&counter, 1) + 1;
	v->trust = trust;
	v->at = o->at;
	KS_TRY(ks_policy_load(o->policy != NULL ? o->policy : "default", &v->policy, err));
	if (o->revocation >= 0)
		v->policy->revocation = o->revocation == 0 ? KS_REVOCATION_REQUIRED : KS_REVOCATION_IF_AVAILABLE;
	KS_TRY(check_expected(o->expect, err));
	KS_TRY(copy_texts(o->expect, &v->expect, err));
	*verifier = KS_MOVE(v);
	return SIGN_OK;
}

void
sign_verifier_free(sign_verifier *v)
{
	if (v == NULL)
		return;
	ks_policy_free(v->policy);
	free_texts(v->expect);
	free(v);
}

void
ks_flow_opened_clear(ks_flow_opened *opened)
{
	ks_facts_free(opened->facts);
	ks_zip_free(opened->zip);
	ks_file_free(opened->content);
	ks_file_free(opened->file);
	memset(opened, 0, sizeof(*opened));
}

/* "x" beside "x.p7s" is its document, unless another was given. */
static sign_code
open_content(const char *path, const char *content, ks_file **file, sign_error *err)
{
	size_t len = strlen(path);
	KS_AUTO(ks_auto_mem) char *stem = NULL;

	*file = NULL;
	if (content != NULL)
		return ks_file_open(content, file, err);
	if (len <= 4 || strcasecmp(path + len - 4, ".p7s") != 0)
		return SIGN_OK;
	stem = strndup(path, len - 4);
	if (stem == NULL)
		return ks_fail_memory(err);
	return access(stem, F_OK) == 0 ? ks_file_open(stem, file, err) : SIGN_OK;
}

sign_code
ks_flow_open(const char *path, const char *content, ks_flow_opened *opened, sign_error *err)
{
	KS_TRY(ks_file_open(path, &opened->file, err));
	return open_content(path, content, &opened->content, err);
}

static sign_code
pki_for(sign_worker *w, const sign_verifier *v, sign_error *err)
{
	if (w->pki != NULL && w->pki_verifier == v->number)
		return SIGN_OK;
	ks_pki_free(KS_MOVE(w->pki));
	KS_TRY(ks_pki_new(v->trust, &w->pki, err));
	w->pki_verifier = v->number;
	return SIGN_OK;
}

sign_code
ks_flow_judge_facts(sign_worker *w, const sign_verifier *v, const ks_facts *facts, sign_report **report, sign_error *err)
{
	ks_judge judge = {
		.policy = v->policy,
		.trust = v->trust,
		.now = v->at != 0 ? v->at : time(NULL),
		.what_if = v->at != 0,
		.expect = (const char *const *)v->expect,
	};

	*report = NULL;
	KS_TRY(pki_for(w, v, err));
	judge.pki = w->pki;
	return ks_validate(&judge, facts, report, err);
}

sign_code
ks_flow_judge(sign_worker *w, const sign_verifier *v, ks_flow_opened *opened, sign_report **report, sign_error *err)
{
	*report = NULL;
	KS_TRY(ks_open_read(w->cx, opened->file, opened->content, &opened->facts, &opened->zip, err));
	/* what was read must still be what lies there */
	KS_TRY(ks_file_unchanged(opened->file, err));
	if (opened->content != NULL)
		KS_TRY(ks_file_unchanged(opened->content, err));
	return ks_flow_judge_facts(w, v, opened->facts, report, err);
}

sign_code
ks_flow_outcome(const sign_report *report, const char *name, sign_error *err)
{
	if (sign_report_exit(report) == 0 && sign_report_verdict(report) == SIGN_VERDICT_PASSED)
		return SIGN_OK;
	return ks_fail(err, SIGN_E_NOT_PASSED, name);
}

sign_code
sign_verify(sign_worker *w, const sign_verifier *v, const char *path, const char *content, sign_report **report,
    sign_error *err)
{
	KS_AUTO(ks_flow_opened_clear) ks_flow_opened opened = { NULL, NULL, NULL, NULL };

	*report = NULL;
	KS_TRY(ks_flow_open(path, content, &opened, err));
	KS_TRY(ks_flow_judge(w, v, &opened, report, err));
	return ks_flow_outcome(*report, path, err);
}

sign_code
sign_verify_memory(sign_worker *w, const sign_verifier *v, const char *name, sign_bytes data, const sign_bytes *content,
    sign_report **report, sign_error *err)
{
	KS_AUTO(ks_flow_opened_clear) ks_flow_opened opened = { NULL, NULL, NULL, NULL };

	*report = NULL;
	KS_TRY(ks_file_memory(name, data, &opened.file, err));
	if (content != NULL)
		KS_TRY(ks_file_memory(name, *content, &opened.content, err));
	KS_TRY(ks_flow_judge(w, v, &opened, report, err));
	return ks_flow_outcome(*report, name, err);
}

sign_code
sign_detect(const char *path, sign_form *form, sign_error *err)
{
	KS_AUTO(ks_auto_file) ks_file *file = NULL;

	*form = SIGN_FORM_UNKNOWN;
	KS_TRY(ks_file_open(path, &file, err));
	return ks_open_detect(file, form, err);
}
