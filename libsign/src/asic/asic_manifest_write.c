/*
 * The manifest we write (EN 319 162-1 A.4): byte-exact text of our own, since the signature is over these bytes as they
 * stand. One line a reference, so that two manifests compare with diff. Floor: asic.
 */
#include "asic_private.h"

#include <stdlib.h>
#include <string.h>

#define MANIFEST_PIECE_BYTES ((size_t)32 * 1024) /* a manifest of a million lines is not held whole */

static sign_code
put_uri(ks_buf *out, const char *name, sign_error *err)
{
	KS_AUTO(ks_auto_mem) char *uri = ks_uri_encode(name, strlen(name));

	if (uri == NULL)
		return ks_fail_memory(err);
	return ks_buf_addf(out, err, " URI=\"%s\"", uri);
}

static sign_code
put_digest(ks_buf *out, const char *alg_uri, const ks_digest *digest, sign_error *err)
{
	if (digest->len == 0)
		return ks_fail_why(err, SIGN_E_INTERNAL, NULL, NULL, "a digest was not computed");
	KS_TRY(ks_buf_addf(out, err, "<ds:DigestMethod Algorithm=\"%s\"/><ds:DigestValue>", alg_uri));
	KS_TRY(ks_base64_encode(out, KS_BYTES(digest->bytes, digest->len), err));
	return ks_buf_addf(out, err, "</ds:DigestValue>");
}

static sign_code
put_reference(ks_buf *out, const char *alg_uri, const ks_asic_ref *ref, sign_error *err)
{
	KS_TRY(ks_asic_check_document_name(ref->name, err));
	KS_TRY(ks_buf_addf(out, err, "<asic:DataObjectReference"));
	KS_TRY(put_uri(out, ref->name, err));
	if (ref->media_type != NULL) {
		KS_TRY(ks_buf_addf(out, err, " MimeType=\""));
		KS_TRY(ks_xml_escape(out, ref->media_type, strlen(ref->media_type), err));
		KS_TRY(ks_buf_addf(out, err, "\""));
	}
	KS_TRY(ks_buf_addf(out, err, ">"));
	KS_TRY(put_digest(out, alg_uri, &ref->digest, err));
	return ks_buf_addf(out, err, "</asic:DataObjectReference>\n");
}

/* Not critical: others may ignore it, and lose only the proof of order (design.md 4.8). */
static sign_code
put_earlier(ks_buf *out, const char *alg_uri, const ks_digest *earlier, size_t count, sign_error *err)
{
	KS_TRY(ks_buf_addf(out, err, "<asic:ASiCManifestExtensions><asic:Extension Critical=\"false\">"
	    "<EarlierSignatures xmlns=\"%s\">", KS_ASIC_NS_EARLIER));
	for (size_t i = 0; i < count; i++)
		KS_TRY(put_digest(out, alg_uri, &earlier[i], err));
	return ks_buf_addf(out, err, "</EarlierSignatures></asic:Extension></asic:ASiCManifestExtensions>\n");
}

static sign_code
put_head(ks_buf *out, const char *signature_entry, sign_error *err)
{
	KS_TRY(ks_buf_addf(out, err, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<asic:ASiCManifest xmlns:asic=\"%s\" xmlns:ds=\"%s\">\n<asic:SigReference", KS_ASIC_NS, KS_ASIC_NS_DS));
	KS_TRY(put_uri(out, signature_entry, err));
	/* DSS tells a signature's manifest from a token's by this attribute. */
	return ks_buf_addf(out, err, " MimeType=\"application/pkcs7-signature\"/>\n");
}

static sign_code
check_request(const ks_asic_manifest_plan *plan, sign_error *err)
{
	if (ks_digest_uri(plan->alg) == NULL)
		return ks_fail_why(err, SIGN_E_CRYPTO, plan->signature_entry, NULL, "%s has no name in XML",
		    sign_digest_name(plan->alg));
	if (plan->ref_count == 0)
		return ks_fail_why(err, SIGN_E_NOTHING, plan->signature_entry, NULL, "a manifest names at least one document");
	if (plan->earlier_count > KS_ASIC_MAX_EARLIER)
		return ks_fail_why(err, SIGN_E_LIMIT, plan->signature_entry, NULL, "more than %u earlier signatures",
		    KS_ASIC_MAX_EARLIER);
	return SIGN_OK;
}

static sign_code
drain(ks_buf *piece, ks_tee tee, void *user, sign_error *err)
{
	KS_TRY(tee(user, piece->data, piece->len, err));
	piece->len = 0;
	return SIGN_OK;
}

sign_code
ks_asic_manifest_write(const ks_asic_manifest_plan *plan, ks_tee tee, void *user, sign_error *err)
{
	KS_AUTO(ks_buf_clear) ks_buf piece = KS_BUF(2 * MANIFEST_PIECE_BYTES + (size_t)KS_ASIC_MAX_EARLIER * 256);
	const char *alg_uri = ks_digest_uri(plan->alg);

	KS_TRY(check_request(plan, err));
	KS_TRY(put_head(&piece, plan->signature_entry, err));
	for (size_t i = 0; i < plan->ref_count; i++) {
		ks_asic_ref ref = { NULL, NULL, { { 0 }, 0 } };

		plan->ref_at(plan->refs, i, &ref);
		KS_TRY(put_reference(&piece, alg_uri, &ref, err));
		if (piece.len >= MANIFEST_PIECE_BYTES)
			KS_TRY(drain(&piece, tee, user, err));
	}
	if (plan->earlier_count > 0)
		KS_TRY(put_earlier(&piece, alg_uri, plan->earlier, plan->earlier_count, err));
	KS_TRY(ks_buf_addf(&piece, err, "</asic:ASiCManifest>\n"));
	return drain(&piece, tee, user, err);
}

static void
ref_of_array(const void *refs, size_t index, ks_asic_ref *ref)
{
	*ref = ((const ks_asic_ref *)refs)[index];
}

static sign_code
into_buf(void *user, const void *data, size_t len, sign_error *err)
{
	return ks_buf_add(user, data, len, err);
}

sign_code
ks_asic_manifest_build(const char *signature_entry, sign_digest alg, const ks_asic_ref *refs, size_t ref_count,
    const ks_digest *earlier, size_t earlier_count, ks_buf *out, sign_error *err)
{
	ks_asic_manifest_plan plan = { signature_entry, alg, ref_of_array, refs, ref_count, earlier, earlier_count };

	return ks_asic_manifest_write(&plan, into_buf, out, err);
}
