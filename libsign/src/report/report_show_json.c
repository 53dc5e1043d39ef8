/*
 * `show` for programs: what is inside a file, nothing judged. Keys as in the verdict's JSON. Floor: report.
 */
#include "report_show.h"
#include "report_writer.h"

static json_t *
files(const ks_facts *facts)
{
	ks_writer list = { json_array(), false };

	for (size_t i = 0; i < facts->document_count; i++) {
		const ks_document *d = &facts->documents[i];
		ks_writer          w = { json_object(), false };

		ks_writer_put(&w, "name", ks_writer_text(d->name));
		ks_writer_put(&w, "size", json_integer((json_int_t)d->size_bytes));
		ks_writer_put(&w, "missing", json_boolean(d->missing));
		ks_writer_put(&w, "needsCover", json_boolean(d->needs_cover));
		ks_writer_add(&list, ks_writer_finish(&w));
	}
	return ks_writer_finish(&list);
}

static json_t *
covered_files(const ks_facts *facts, const ks_signature *s)
{
	ks_writer list = { json_array(), false };

	for (size_t i = 0; i < s->edge_count; i++)
		ks_writer_add(&list, ks_writer_text(facts->documents[s->edges[i].document].name));
	return ks_writer_finish(&list);
}

static json_t *
signer(const ks_signature *s)
{
	ks_writer w = { json_object(), false };

	if (s->signer == NULL) {
		ks_writer_put(&w, "identifier", ks_writer_text(s->sid));
		return ks_writer_finish(&w);
	}
	ks_writer_put(&w, "subject", ks_writer_text(s->signer->subject));
	ks_writer_put(&w, "issuer", ks_writer_text(s->signer->issuer));
	ks_writer_put(&w, "serial", ks_writer_text(s->signer->serial_hex));
	ks_writer_put(&w, "notBefore", ks_writer_time(s->signer->not_before));
	ks_writer_put(&w, "notAfter", ks_writer_time(s->signer->not_after));
	return ks_writer_finish(&w);
}

static json_t *
signature(const ks_facts *facts, const ks_signature *s)
{
	ks_writer w = { json_object(), false };

	ks_writer_put(&w, "id", ks_writer_text(s->id));
	ks_writer_put(&w, "file", ks_writer_text(s->file));
	ks_writer_put(&w, "formatFault", s->format_fault != NULL ? ks_writer_text(s->format_fault) : json_null());
	ks_writer_put(&w, "signer", signer(s));
	ks_writer_put(&w, "claimedTime", s->has_signing_time ? ks_writer_time(s->signing_time) : json_null());
	ks_writer_put(&w, "title", ks_writer_text(s->title));
	ks_writer_put(&w, "place", ks_writer_text(s->place));
	ks_writer_put(&w, "commitment", ks_writer_text(s->commitment));
	ks_writer_put(&w, "overrideReason", ks_writer_text(s->override_reason));
	ks_writer_put(&w, "scheme", json_string(sign_scheme_name(s->scheme)));
	ks_writer_put(&w, "digest", json_string(sign_digest_name(s->digest_alg)));
	ks_writer_put(&w, "coversFiles", covered_files(facts, s));
	ks_writer_put(&w, "counterSignatureOf",
	    s->is_countersignature ? ks_writer_text(facts->signatures[s->countersigns].id) : json_null());
	ks_writer_put(&w, "notes", ks_writer_notes(s->notes, s->note_count));
	return ks_writer_finish(&w);
}

static json_t *
signatures(const ks_facts *facts)
{
	ks_writer list = { json_array(), false };

	for (size_t i = 0; i < facts->signature_count; i++)
		ks_writer_add(&list, signature(facts, &facts->signatures[i]));
	return ks_writer_finish(&list);
}

sign_code
ks_report_show_json(const ks_facts *facts, bool one_line, char **text, sign_error *err)
{
	ks_writer w = { json_object(), false };

	ks_writer_put(&w, "name", ks_writer_text(facts->name));
	ks_writer_put(&w, "form", json_string(sign_form_name(facts->form)));
	ks_writer_put(&w, "mediaType", ks_writer_text(facts->media_type));
	ks_writer_put(&w, "judged", json_false());
	ks_writer_put(&w, "files", files(facts));
	ks_writer_put(&w, "signatures", signatures(facts));
	ks_writer_put(&w, "notes", ks_writer_notes(facts->notes, facts->note_count));
	return ks_writer_dump(ks_writer_finish(&w), one_line, text, err);
}

sign_code
ks_report_show_form_json(const char *name, sign_form form, uint64_t size_bytes, bool one_line, char **text, sign_error *err)
{
	ks_writer w = { json_object(), false };

	ks_writer_put(&w, "name", ks_writer_text(name));
	ks_writer_put(&w, "form", json_string(sign_form_name(form)));
	ks_writer_put(&w, "size", json_integer((json_int_t)size_bytes));
	ks_writer_put(&w, "judged", json_false());
	ks_writer_put(&w, "examined", json_boolean(form <= SIGN_FORM_LAST_READ));
	return ks_writer_dump(ks_writer_finish(&w), one_line, text, err);
}
