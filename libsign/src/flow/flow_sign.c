/*
 * Sealing one document: one pass over it, hashing and copying at once, then manifest and signature. Floor: flow.
 */
#include "flow.h"
#include "asic.h"
#include "base_text.h"
#include "cades.h"
#include "crypt_pump.h"
#include "facts.h"
#include "open.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_MANIFEST  "META-INF/ASiCManifest001.xml"
#define FIRST_SIGNATURE "META-INF/signature001.p7s"
#define ONLY_SIGNATURE  "META-INF/signature.p7s"

char *
sign_output_name(const char *path, sign_form form)
{
	const char *suffix = form == SIGN_FORM_CADES_DETACHED ? ".p7s" : form == SIGN_FORM_ASICS_CADES ? ".asics" : ".asice";
	char       *name = NULL;

	return asprintf(&name, "%s%s", path, suffix) < 0 ? NULL : name;
}

ks_sync
ks_flow_sync(sign_durability durability)
{
	return durability == SIGN_DURABILITY_NONE ? KS_SYNC_NONE
	     : durability == SIGN_DURABILITY_EACH ? KS_SYNC_EACH
	                                          : KS_SYNC_GROUP;
}

unsigned
ks_flow_output_flags(const sign_options *o)
{
	return o->force ? KS_OUTPUT_FORCE : 0;
}

time_t
ks_flow_time(const sign_options *o)
{
	return o->signing_time != 0 ? o->signing_time : ks_time_signing();
}

#define CLAIM_MAX_BYTES 256 /* cades refuses longer ones; said here as what it is, a wrong option */

static sign_code
check_claim(const char *option, const char *text, sign_error *err)
{
	if (text == NULL)
		return SIGN_OK;
	if (text[0] == '\0' || !ks_utf8_valid(text, strlen(text)))
		return ks_fail_why(err, SIGN_E_USAGE, option, NULL, "%s", text[0] == '\0' ? "is empty" : "is not UTF-8");
	if (strlen(text) > CLAIM_MAX_BYTES)
		return ks_fail_why(err, SIGN_E_USAGE, option, NULL, "is longer than %d bytes", CLAIM_MAX_BYTES);
	return SIGN_OK;
}

sign_code
ks_flow_claims(const sign_options *o, ks_cades_claims *claims, sign_error *err)
{
	memset(claims, 0, sizeof(*claims));
	KS_TRY(check_claim("--title", o->title, err));
	KS_TRY(check_claim("--place", o->place, err));
	KS_TRY(check_claim("--override", o->override_reason, err));
	claims->signing_time = ks_flow_time(o);
	claims->title = o->title;
	claims->place = o->place;
	claims->commitment = o->commitment != NULL ? ks_cades_commitment_oid(o->commitment) : NULL;
	claims->override_reason = o->override_reason;
	if (o->commitment != NULL && claims->commitment == NULL)
		return ks_fail_why(err, SIGN_E_USAGE, "--commitment", NULL, "%s", o->commitment);
	/* On an agency's certificate these titles mark what is signed (validate_roles.c reads them back). */
	if (o->title != NULL && (o->role == SIGN_ROLE_COPY || o->role == SIGN_ROLE_APPENDIX))
		return ks_fail_why(err, SIGN_E_USAGE, "--title", NULL, "a copy and an appendix have a title of their own");
	if (o->role == SIGN_ROLE_COPY)
		claims->title = "SAO Y";
	if (o->role == SIGN_ROLE_APPENDIX)
		claims->title = "PHỤ LỤC";
	return SIGN_OK;
}

const char *
ks_flow_entry_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static sign_code
into_entry(void *user, const void *data, size_t len, sign_error *err)
{
	return ks_zip_writer_write(user, data, len, err);
}

sign_code
ks_flow_pump(sign_worker *w, sign_source *source, sign_digest alg, ks_zip_writer *zip, ks_digest *digest, sign_error *err)
{
	ks_digest digests[SIGN_DIGEST_COUNT];

	KS_TRY(ks_pump_digests(w->cx, source, KS_DIGEST_BIT(alg), w->read_block, FLOW_READ_BYTES,
	    zip != NULL ? into_entry : NULL, zip, digests, err));
	*digest = digests[alg];
	return SIGN_OK;
}

/* ---- is it there already? ------------------------------------------------------------------------------------- */

static bool
signed_all(const ks_facts *facts, const ks_signature *s, size_t document_count, ks_flow_digest_fn digest_of, void *user,
    sign_error *err)
{
	if (s->edge_count != document_count)
		return false;
	for (size_t i = 0; i < s->edge_count; i++) {
		const ks_edge *e = &s->edges[i];
		ks_digest      digest;

		if (e->state != KS_EDGE_HOLDS ||
		    digest_of(user, facts->documents[e->document].name, (sign_digest)e->alg, &digest, err) != SIGN_OK ||
		    digest.len != ks_digest_size((sign_digest)e->alg) || memcmp(digest.bytes, e->digest, digest.len) != 0)
			return false;
	}
	return true;
}

/* What lies at `output`: signed by this certificate over exactly these documents, or by somebody else at all? */
struct found {
	bool same;
	char other[128]; /* name of another signer, "" if none */
};

static void
look_at(const ks_facts *facts, const sign_key *key, size_t document_count, ks_flow_digest_fn digest_of, void *user,
    struct found *found)
{
	sign_error ignored = SIGN_ERROR_INIT;

	for (size_t i = 0; i < facts->signature_count; i++) {
		const ks_signature *s = &facts->signatures[i];
		bool                ours = s->signer != NULL && ks_bytes_equal(s->signer->der, key->cert->der);

		if (!ours)
			snprintf(found->other, sizeof(found->other), "%s", s->signer != NULL ? s->signer->subject_cn : "?");
		else if (facts->format_fault == NULL && s->format_fault == NULL && s->ess == KS_ESS_MATCH &&
		    s->value_holds == KS_HOLDS_YES && s->content_holds == KS_HOLDS_YES &&
		    signed_all(facts, s, document_count, digest_of, user, &ignored))
			found->same = true;
	}
}

/* Every signature of `earlier` is among those of `facts`, by its value. */
static bool
holds_all(const ks_facts *facts, const ks_facts *earlier)
{
	for (size_t i = 0; i < earlier->signature_count; i++) {
		bool there = false;

		for (size_t k = 0; k < facts->signature_count && !there; k++)
			there = ks_bytes_equal(facts->signatures[k].value, earlier->signatures[i].value);
		if (!there)
			return false;
	}
	return true;
}

static void
look_at_output(sign_worker *w, const sign_key *key, const char *output, size_t document_count, ks_flow_digest_fn digest_of,
    void *user, const ks_facts *earlier, struct found *found)
{
	KS_AUTO(ks_flow_opened_clear) ks_flow_opened opened = { NULL, NULL, NULL, NULL };
	sign_error ignored = SIGN_ERROR_INIT;
	sign_code  code;

	/* a .p7s is read with the document it lies beside; a container carries its own */
	code = ks_flow_open(output, NULL, &opened, &ignored);
	if (code == SIGN_OK)
		code = ks_open_read(w->cx, opened.file, opened.content, &opened.facts, &opened.zip, &ignored);
	if (code == SIGN_OK)
		look_at(opened.facts, key, document_count, digest_of, user, found);
	else if (code != SIGN_E_NOT_SIGNED && code != SIGN_E_FORMAT) /* what we cannot read may be signed by anybody */
		snprintf(found->other, sizeof(found->other), "?");
	if (code == SIGN_OK && earlier != NULL) {
		found->same = found->same && holds_all(opened.facts, earlier);
		if (holds_all(earlier, opened.facts))
			found->other[0] = '\0'; /* all that is there will be there again */
	}
}

bool
ks_flow_is_signed(sign_worker *w, const sign_key *key, const char *output, size_t document_count,
    ks_flow_digest_fn digest_of, void *user, const ks_facts *earlier)
{
	struct found found = { false, "" };

	look_at_output(w, key, output, document_count, digest_of, user, earlier, &found);
	return found.same;
}

sign_code
ks_flow_check_output(sign_worker *w, const sign_key *key, const char *output, const sign_options *o, size_t document_count,
    ks_flow_digest_fn digest_of, void *user, sign_error *err)
{
	struct found found = { false, "" };

	if (access(output, F_OK) != 0)
		return SIGN_OK;
	look_at_output(w, key, output, document_count, digest_of, user, NULL, &found);
	if (found.same && !o->again && !o->force) {
		KS_TRY(ks_output_adopt(output, ks_flow_sync(o->durability), err));
		return ks_fail(err, SIGN_E_ALREADY, output);
	}
	/* replacing would destroy what another has signed: never, not even by force */
	if (found.other[0] != '\0')
		return ks_fail_why(err, SIGN_E_SIGNED_BY_OTHER, output, NULL, "%s", found.other);
	return o->force ? SIGN_OK : ks_fail(err, SIGN_E_EXISTS, output);
}

sign_code
ks_flow_check_replaced(sign_worker *w, const sign_key *key, const char *output, const ks_facts *kept, sign_error *err)
{
	struct found found = { false, "" };

	if (access(output, F_OK) != 0)
		return SIGN_OK;
	look_at_output(w, key, output, 0, NULL, NULL, kept, &found);
	return found.other[0] == '\0' ? SIGN_OK : ks_fail_why(err, SIGN_E_SIGNED_BY_OTHER, output, NULL, "%s", found.other);
}

sign_code
ks_flow_check_not_input(const char *input, const char *output, sign_error *err)
{
	struct stat in, out;

	if (stat(output, &out) == 0 && stat(input, &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
		return ks_fail_why(err, SIGN_E_USAGE, output, NULL, "the output is the document itself");
	return SIGN_OK;
}

struct one_document {
	sign_worker   *w;
	const char    *path;
	ks_flow_trace *trace;
};

static sign_code
digest_of_file(void *user, const char *name, sign_digest alg, ks_digest *digest, sign_error *err)
{
	struct one_document *d = user;
	KS_AUTO(ks_auto_source) sign_source *source = NULL;

	(void)name;
	KS_TRY(sign_source_open(d->path, &source, err));
	KS_TRY(ks_flow_pump(d->w, source, alg, NULL, digest, err));
	d->trace->digest = *digest;
	return SIGN_OK;
}

/* ---- one document, three forms -------------------------------------------------------------------------------- */

struct seal {
	sign_worker        *w;
	ks_signer          *signer;
	const sign_options *o;
	ks_cades_claims     claims;
	sign_source        *source;
	const char         *name;   /* of the document, inside a container */
	ks_output          *out;
	ks_digest           digest; /* of the document, once read */
};

/* The one pass: the document is digested and, for containers, goes into the archive at once. */
static sign_code
read_document(struct seal *s, ks_zip_writer *zip, sign_error *err)
{
	if (zip != NULL)
		KS_TRY(ks_zip_writer_begin(zip, s->name, s->o->deflate, s->source->size_bytes, err));
	KS_TRY(ks_flow_pump(s->w, s->source, s->signer->digest, zip, &s->digest, err));
	return zip != NULL ? ks_zip_writer_end(zip, err) : SIGN_OK;
}

static sign_code
sign_digest_of(struct seal *s, const ks_digest *digest, sign_error *err)
{
	s->w->signature.len = 0;
	return ks_cades_sign(s->signer, &s->claims, KS_BYTES(digest->bytes, digest->len), &s->w->signature, err);
}

static sign_code
write_asice(struct seal *s, ks_zip_writer *zip, sign_error *err)
{
	ks_asic_ref ref = { s->name, NULL, { { 0 }, 0 } };
	ks_digest   manifest;
	ks_buf     *xml = &s->w->manifest;

	KS_TRY(ks_zip_writer_add(zip, "mimetype", KS_BYTES(KS_ASIC_MIME_E, strlen(KS_ASIC_MIME_E)), err));
	KS_TRY(read_document(s, zip, err));
	ref.digest = s->digest;
	xml->len = 0;
	KS_TRY(ks_asic_manifest_build(FIRST_SIGNATURE, s->signer->digest, &ref, 1, NULL, 0, xml, err));
	KS_TRY(ks_digest_bytes(s->w->cx, s->signer->digest, ks_buf_bytes(xml), &manifest, err));
	KS_TRY(sign_digest_of(s, &manifest, err));
	KS_TRY(ks_zip_writer_add(zip, FIRST_MANIFEST, ks_buf_bytes(xml), err));
	return ks_zip_writer_add(zip, FIRST_SIGNATURE, ks_buf_bytes(&s->w->signature), err);
}

static sign_code
write_asics(struct seal *s, ks_zip_writer *zip, sign_error *err)
{
	KS_TRY(ks_zip_writer_add(zip, "mimetype", KS_BYTES(KS_ASIC_MIME_S, strlen(KS_ASIC_MIME_S)), err));
	KS_TRY(read_document(s, zip, err));
	KS_TRY(sign_digest_of(s, &s->digest, err));
	return ks_zip_writer_add(zip, ONLY_SIGNATURE, ks_buf_bytes(&s->w->signature), err);
}

static sign_code
write_container(struct seal *s, sign_code (*fill)(struct seal *, ks_zip_writer *, sign_error *), sign_error *err)
{
	KS_AUTO(ks_auto_zip_writer) ks_zip_writer *zip = NULL;

	KS_TRY(ks_zip_writer_new(s->out, s->claims.signing_time, &zip, err));
	KS_TRY(fill(s, zip, err));
	return ks_zip_writer_finish(zip, err);
}

static sign_code
write_form(struct seal *s, sign_error *err)
{
	switch (s->o->form) {
	case SIGN_FORM_ASICE_CADES:
		return write_container(s, write_asice, err);
	case SIGN_FORM_ASICS_CADES:
		return write_container(s, write_asics, err);
	case SIGN_FORM_CADES_DETACHED:
		KS_TRY(read_document(s, NULL, err));
		KS_TRY(sign_digest_of(s, &s->digest, err));
		return ks_output_write(s->out, s->w->signature.data, s->w->signature.len, err);
	default:
		return ks_fail_why(err, SIGN_E_UNSUPPORTED, s->name, NULL, "%s", sign_form_name(s->o->form));
	}
}

/*
 * What we refuse to read we refuse to sign. A container inside an ASiC-S or a signature under a signature is fine; the
 * agency's signature on a bare document is not (Decree 30/2020, article 32.2d).
 */
static sign_code
check_request(const struct seal *s, const char *path, sign_error *err)
{
	if (s->o->form != SIGN_FORM_CADES_DETACHED)
		KS_TRY(ks_asic_check_document_name(s->name, err));
	if (s->o->role == SIGN_ROLE_AGENCY && s->o->override_reason == NULL)
		return ks_fail(err, SIGN_E_ROLE, path);
	return SIGN_OK;
}

sign_code
ks_flow_trace_output(sign_worker *w, const ks_output *sealed, ks_flow_trace *trace, sign_error *err)
{
	trace->output_bytes = ks_output_offset(sealed);
	return ks_digest_bytes(w->cx, SIGN_DIGEST_SHA256, ks_buf_bytes(&w->signature), &trace->signature, err);
}

sign_code
ks_flow_sign(sign_worker *w, sign_key *key, const char *path, const char *output, const sign_options *o, ks_output **out,
    ks_flow_trace *trace, sign_error *err)
{
	KS_AUTO(ks_auto_source) sign_source *source = NULL;
	KS_AUTO(ks_auto_output) ks_output *sealed = NULL;
	struct one_document document = { w, path, trace };
	struct seal         s = { .w = w, .o = o, .name = ks_flow_entry_name(path) };

	*out = NULL;
	*trace = (ks_flow_trace){ 0 };
	KS_TRY(ks_flow_signer(w, key, o, &s.signer, err));
	KS_TRY(ks_flow_claims(o, &s.claims, err));
	KS_TRY(check_request(&s, path, err));
	KS_TRY(sign_source_open(path, &source, err));
	trace->size_bytes = source->size_bytes;
	trace->mtime_ns = ks_source_file(source)->mtime_ns;
	KS_TRY(ks_flow_check_not_input(path, output, err));
	KS_TRY(ks_flow_check_output(w, key, output, o, 1, digest_of_file, &document, err));
	KS_TRY(ks_output_open(output, ks_flow_output_flags(o), w->write_block, FLOW_WRITE_BYTES, &sealed, err));
	s.source = source;
	s.out = sealed;
	KS_TRY(write_form(&s, err));
	KS_TRY(ks_output_prepare(sealed, err));
	trace->digest = s.digest;
	KS_TRY(ks_flow_trace_output(w, sealed, trace, err));
	*out = KS_MOVE(sealed);
	return SIGN_OK;
}

sign_code
sign_document(sign_worker *w, sign_key *key, const char *path, const char *output, const sign_options *o, sign_error *err)
{
	ks_output    *out = NULL;
	ks_flow_trace trace;

	KS_TRY(ks_flow_sign(w, key, path, output, o, &out, &trace, err));
	return ks_output_publish_one(out, ks_flow_sync(o->durability), err);
}
