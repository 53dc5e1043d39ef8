/*
 * The verdict for programs: stable keys, English codes, UTC times, never translated (kyso-report(5)). Floor: report.
 * Text that is not UTF-8 is given escaped, since JSON cannot hold it.
 */
#include "report_words.h"
#include "report_page.h"

#include "base_text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* jansson's *_new functions take NULL and answer -1, so a value without memory is noticed where it is put. */
static json_t *
text(const char *t)
{
	char safe[4096];

	if (t == NULL || t[0] == '\0')
		return json_string("");
	if (ks_utf8_valid(t, strlen(t)))
		return json_string(t);
	sign_text_escape(t, safe, sizeof(safe));
	return json_string(safe);
}

static json_t *
moment(time_t when)
{
	char utc[KS_TIME_TEXT];

	ks_time_utc(when, utc);
	return json_string(utc);
}

/* Everything is collected, and one failure marks the whole. */
typedef struct { json_t *object; bool failed; } writer;

static void
put(writer *w, const char *key, json_t *value)
{
	if (json_object_set_new(w->object, key, value) != 0)
		w->failed = true;
}

static void
add(writer *w, json_t *list, json_t *value)
{
	if (json_array_append_new(list, value) != 0)
		w->failed = true;
}

static json_t *
finish(writer *w)
{
	if (!w->failed && w->object != NULL)
		return w->object;
	json_decref(w->object);
	return NULL;
}

static const char *
revocation_name(ks_rev_state state)
{
	static const char *const names[] = {
		[KS_REV_NONE] = "none", [KS_REV_GOOD] = "good", [KS_REV_REVOKED] = "revoked", [KS_REV_ON_HOLD] = "on-hold",
		[KS_REV_EXEMPT] = "exempt", [KS_REV_STALE] = "stale", [KS_REV_BAD] = "bad",
	};

	return (size_t)state < KS_COUNT(names) ? names[state] : "none";
}

static json_t *
revocation(const ks_rev *rev)
{
	writer w = { json_object(), false };

	put(&w, "state", json_string(revocation_name(rev->state)));
	if (rev->state == KS_REV_REVOKED || rev->state == KS_REV_ON_HOLD)
		put(&w, "revokedAt", moment(rev->revoked_at));
	if (rev->this_update != 0)
		put(&w, "thisUpdate", moment(rev->this_update));
	if (rev->next_update != 0)
		put(&w, "nextUpdate", moment(rev->next_update));
	put(&w, "source", text(rev->source));
	if (rev->fault != NULL && rev->fault[0] != '\0')
		put(&w, "fault", text(rev->fault));
	return finish(&w);
}

static json_t *
certificate(const ks_report_cert *c, bool with_revocation)
{
	writer w = { json_object(), false };

	put(&w, "subject", text(c->subject));
	put(&w, "name", text(c->name));
	put(&w, "organisation", text(c->organisation));
	put(&w, "email", text(c->email));
	put(&w, "issuer", text(c->issuer));
	put(&w, "issuerName", text(c->issuer_name));
	put(&w, "serial", text(c->serial));
	put(&w, "sha256", text(c->fingerprint));
	put(&w, "notBefore", moment(c->not_before));
	put(&w, "notAfter", moment(c->not_after));
	put(&w, "key", text(c->key));
	if (with_revocation) {
		put(&w, "anchor", json_boolean(c->anchor));
		put(&w, "revocation", revocation(&c->revocation));
	}
	return finish(&w);
}

static json_t *
reasons(const ks_reason *list, size_t count)
{
	json_t *array = json_array();
	writer  outer = { array, false };

	for (size_t i = 0; i < count; i++) {
		writer w = { json_object(), false };

		put(&w, "code", json_string(ks_words_why(list[i].why)->name));
		put(&w, "subject", text(list[i].subject));
		put(&w, "detail", text(list[i].detail));
		add(&outer, array, finish(&w));
	}
	return finish(&outer);
}

static json_t *
notes(const ks_note *list, size_t count)
{
	json_t *array = json_array();
	writer  outer = { array, false };

	for (size_t i = 0; i < count; i++) {
		writer w = { json_object(), false };

		put(&w, "code", json_string(ks_words_note(list[i].code)->name));
		put(&w, "subject", text(list[i].subject));
		add(&outer, array, finish(&w));
	}
	return finish(&outer);
}

static json_t *
covered_files(const sign_report *r, const struct sign_report_signature *s)
{
	json_t *array = json_array();
	writer  w = { array, false };

	for (size_t i = 0; i < s->covers_document_count; i++)
		add(&w, array, text(r->files[s->covers_documents[i]].name));
	return finish(&w);
}

/* Signatures by their id, as people see them. */
static json_t *
ids(const sign_report *r, const size_t *list, size_t count)
{
	json_t *array = json_array();
	writer  w = { array, false };

	for (size_t i = 0; i < count; i++)
		add(&w, array, text(r->signatures[list[i]].id));
	return finish(&w);
}

static json_t *
chain(const struct sign_report_signature *s)
{
	json_t *array = json_array();
	writer  w = { array, false };

	for (size_t i = 0; i < s->chain_length; i++)
		add(&w, array, certificate(&s->chain[i], true));
	return finish(&w);
}

static json_t *
signer_revocation(const struct sign_report_signature *s)
{
	const ks_rev none = { .state = KS_REV_NONE, .reason = -1, .source = "", .fault = "" };
	json_t      *object = revocation(s->chain_length > 0 ? &s->chain[0].revocation : &none);
	writer       w = { object, false };

	put(&w, "checked", json_boolean(s->revocation_checked));
	return finish(&w);
}

static json_t *
signature(const sign_report *r, const struct sign_report_signature *s)
{
	writer w = { json_object(), false };

	put(&w, "id", text(s->id));
	put(&w, "file", text(s->file));
	put(&w, "verdict", json_string(sign_verdict_name(s->verdict)));
	put(&w, "subIndication", json_string(sign_sub_name(s->sub)));
	put(&w, "intact", json_boolean(s->intact));
	put(&w, "role", json_string(sign_role_name(s->role)));
	put(&w, "orderClaimedOnly", json_boolean(s->role_claimed_order_only));
	put(&w, "signer", s->chain_length > 0 ? certificate(&s->chain[0], false) : json_null());
	put(&w, "claimedTime", s->has_claimed_time ? moment(s->claimed_time) : json_null());
	put(&w, "title", text(s->title));
	put(&w, "place", text(s->place));
	put(&w, "commitment", text(s->commitment));
	put(&w, "overrideReason", text(s->override_reason));
	put(&w, "algorithm", text(s->algorithm));
	put(&w, "level", text(s->level));
	put(&w, "system", text(s->system));
	put(&w, "pretends", text(s->pretends));
	put(&w, "revocation", signer_revocation(s));
	put(&w, "chainComplete", json_boolean(s->chain_complete));
	put(&w, "chain", chain(s));
	put(&w, "coversFiles", covered_files(r, s));
	put(&w, "coversSignatures", ids(r, s->covers_signatures, s->covers_signature_count));
	put(&w, "counterSignatureOf", s->is_countersignature ? text(r->signatures[s->countersigns].id) : json_null());
	put(&w, "reasons", reasons(s->reasons, s->reason_count));
	put(&w, "notes", notes(s->notes, s->note_count));
	return finish(&w);
}

static json_t *
file(const sign_report *r, const struct sign_report_file *f)
{
	writer w = { json_object(), false };

	put(&w, "name", text(f->name));
	put(&w, "size", json_integer((json_int_t)f->size_bytes));
	put(&w, "needsCover", json_boolean(f->needs_cover));
	put(&w, "covered", json_boolean(sign_file_covered(f)));
	put(&w, "changed", json_boolean(f->changed));
	put(&w, "missing", json_boolean(f->missing));
	put(&w, "signedBy", ids(r, f->signed_by, f->signed_by_count));
	return finish(&w);
}

static json_t *
signatures(const sign_report *r)
{
	json_t *array = json_array();
	writer  w = { array, false };

	for (size_t i = 0; i < r->signature_count; i++)
		add(&w, array, signature(r, &r->signatures[i]));
	return finish(&w);
}

static json_t *
files(const sign_report *r)
{
	json_t *array = json_array();
	writer  w = { array, false };

	for (size_t i = 0; i < r->file_count; i++)
		add(&w, array, file(r, &r->files[i]));
	return finish(&w);
}

static json_t *
document(const sign_report *r)
{
	writer w = { json_object(), false }, policy = { json_object(), false }, data = { json_object(), false };

	put(&policy, "name", text(r->policy_name));
	put(&policy, "version", text(r->policy_version));
	put(&policy, "title", text(r->policy_title));
	put(&policy, "rolesExamined", json_boolean(r->roles_examined));
	put(&data, "algorithms", text(r->algorithms_version));
	put(&data, "ca", text(r->ca_version));
	put(&data, "policy", text(r->policy_data));
	put(&w, "name", text(r->name));
	put(&w, "form", json_string(sign_form_name(r->form)));
	put(&w, "verdict", json_string(sign_verdict_name(r->verdict)));
	put(&w, "subIndication", json_string(sign_sub_name(r->sub)));
	put(&w, "exitCode", json_integer(r->exit_code));
	put(&w, "policy", finish(&policy));
	put(&w, "judgedAt", moment(r->judged_at));
	put(&w, "whatIf", json_boolean(r->what_if));
	put(&w, "uncovered", json_integer((json_int_t)r->uncovered_count));
	put(&w, "reasons", reasons(r->reasons, r->reason_count));
	put(&w, "signatures", signatures(r));
	put(&w, "files", files(r));
	put(&w, "notes", notes(r->notes, r->note_count));
	put(&w, "data", finish(&data));
	return finish(&w);
}

sign_code
ks_report_json(const sign_report *r, bool one_line, char **out, sign_error *err)
{
	json_t *root = document(r);

	*out = root != NULL ? json_dumps(root, one_line ? JSON_COMPACT : JSON_INDENT(2)) : NULL;
	json_decref(root);
	return *out != NULL ? SIGN_OK : ks_fail_memory(err);
}
