/*
 * The manifest we write (EN 319 162-1 A.4): byte-exact text of our own, since the signature is over these bytes as they
 * stand. One line a reference, so that two manifests compare with diff. Floor: asic.
 */
#include "asic_private.h"

#include <stdlib.h>
#include <string.h>

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

sign_code
ks_asic_manifest_build(const char *signature_entry, sign_digest alg, const ks_asic_ref *refs, size_t ref_count,
    const ks_digest *earlier, size_t earlier_count, ks_buf *out, sign_error *err)
{
	const char *alg_uri = ks_digest_uri(alg);

	if (alg_uri == NULL)
		return ks_fail_why(err, SIGN_E_CRYPTO, signature_entry, NULL, "%s has no name in XML",
		    sign_digest_name(alg));
	if (ref_count == 0)
		return ks_fail_why(err, SIGN_E_NOTHING, signature_entry, NULL, "a manifest names at least one document");
	if (earlier_count > KS_ASIC_MAX_EARLIER)
		return ks_fail_why(err, SIGN_E_LIMIT, signature_entry, NULL, "more than %u earlier signatures",
		    KS_ASIC_MAX_EARLIER);
	KS_TRY(ks_buf_addf(out, err, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<asic:ASiCManifest xmlns:asic=\"%s\" xmlns:ds=\"%s\">\n<asic:SigReference", KS_ASIC_NS, KS_ASIC_NS_DS));
	KS_TRY(put_uri(out, signature_entry, err));
	/* DSS tells a signature's manifest from a token's by this attribute. */
	KS_TRY(ks_buf_addf(out, err, " MimeType=\"application/pkcs7-signature\"/>\n"));
	for (size_t i = 0; i < ref_count; i++)
		KS_TRY(put_reference(out, alg_uri, &refs[i], err));
	if (earlier_count > 0)
		KS_TRY(put_earlier(out, alg_uri, earlier, earlier_count, err));
	return ks_buf_addf(out, err, "</asic:ASiCManifest>\n");
}
