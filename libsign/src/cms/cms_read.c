/*
 * ContentInfo and SignedData (RFC 5652 3, 5.1) as slices of the input, BER tolerated, every count and size under a limit.
 * A structure that cannot be followed to its end is an error for the whole input; nothing is guessed. Floor: cms.
 */
#include "cms.h"

#include <openssl/evp.h>
#include <string.h>

#include "cms_internal.h"

#define BAD(what) ks_fail_why(err, SIGN_E_FORMAT, name, NULL, "%s", (what))

#define OID_OCSP_RESPONSE "1.3.6.1.5.5.7.16.2" /* RFC 5940 2.1 */

static const uint8_t SIGNED_DATA_OID[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 };

/* ---- PEM ---- */

static bool
starts_with(sign_bytes text, const char *prefix)
{
	size_t len = strlen(prefix);

	return text.len >= len && memcmp(text.data, prefix, len) == 0;
}

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static sign_bytes
skip_space(sign_bytes text)
{
	while (text.len > 0 && is_space(text.data[0]))
		text = KS_BYTES(text.data + 1, text.len - 1);
	return text;
}

static const char *const pem_begins[] = {
	"-----BEGIN CMS-----", "-----BEGIN PKCS7-----", "-----BEGIN PKCS #7 SIGNED DATA-----",
};

static const char *
pem_begin(sign_bytes text)
{
	for (size_t i = 0; i < KS_COUNT(pem_begins); i++)
		if (starts_with(text, pem_begins[i]))
			return pem_begins[i];
	return NULL;
}

static sign_code
decode_base64(ks_arena *arena, sign_bytes body, const char *name, sign_bytes *der, sign_error *err)
{
	EVP_ENCODE_CTX *ctx = EVP_ENCODE_CTX_new();
	uint8_t        *out = ks_arena_alloc(arena, body.len / 4 * 3 + 64);
	int             got = 0, last = 0;
	bool            ok;

	if (ctx == NULL || out == NULL) {
		EVP_ENCODE_CTX_free(ctx);
		return ks_fail_memory(err);
	}
	EVP_DecodeInit(ctx);
	ok = EVP_DecodeUpdate(ctx, out, &got, body.data, (int)body.len) >= 0 && EVP_DecodeFinal(ctx, out + got, &last) == 1;
	EVP_ENCODE_CTX_free(ctx);
	if (!ok)
		return BAD("PEM");
	*der = KS_BYTES(out, (size_t)got + (size_t)last);
	return SIGN_OK;
}

/* PEM to DER. What follows the END line other than white space is trailing data. */
static sign_code
unwrap_pem(ks_arena *arena, const char *name, sign_bytes *input, size_t *trailing, sign_error *err)
{
	sign_bytes     text = skip_space(*input), body;
	const char    *begin = pem_begin(text);
	const uint8_t *end, *line;

	*trailing = 0;
	if (begin == NULL)
		return SIGN_OK;
	if (text.len > 2 * KS_CMS_MAX_BYTES)
		return ks_fail_why(err, SIGN_E_LIMIT, name, NULL, "more than %zu bytes", 2 * KS_CMS_MAX_BYTES);
	body = KS_BYTES(text.data + strlen(begin), text.len - strlen(begin));
	end = memmem(body.data, body.len, "-----END ", 9);
	if (end == NULL)
		return BAD(KS_N_("PEM without an end"));
	line = memchr(end, '\n', body.len - (size_t)(end - body.data));
	if (line != NULL)
		*trailing = skip_space(KS_BYTES(line, body.len - (size_t)(line - body.data))).len;
	body.len = (size_t)(end - body.data);
	return decode_base64(arena, body, name, input, err);
}

/* ---- octets ---- */

/* Total of the primitive pieces of an OCTET STRING; copied to `to` unless NULL. */
static bool
join_octets(const ks_tlv *tlv, uint8_t *to, size_t *len, unsigned depth)
{
	sign_bytes rest = tlv->content;
	ks_tlv     piece;

	if (depth >= KS_CMS_MAX_DEPTH)
		return false;
	if (tlv->tag == 0x04) {
		if (to != NULL && rest.len > 0)
			memcpy(to + *len, rest.data, rest.len);
		*len += rest.len;
		return true;
	}
	if (tlv->tag != 0x24)
		return false;
	while (rest.len > 0)
		if (!ks_tlv_next(&rest, &piece) || !join_octets(&piece, to, len, depth + 1))
			return false;
	return true;
}

sign_code
ks_cms_octets(ks_arena *arena, const ks_tlv *tlv, const char *name, sign_bytes *octets, sign_error *err)
{
	uint8_t *joined;
	size_t   len = 0, again = 0;

	if (tlv->tag == 0x04) {
		*octets = tlv->content;
		return SIGN_OK;
	}
	if (!join_octets(tlv, NULL, &len, 0))
		return BAD("OCTET STRING");
	joined = ks_arena_alloc(arena, len + 1);
	if (joined == NULL)
		return ks_fail_memory(err);
	(void)join_octets(tlv, joined, &again, 0);
	*octets = KS_BYTES(joined, len);
	return SIGN_OK;
}

/* ---- SignedData ---- */

static sign_code
push(ks_arena *arena, sign_bytes **items, size_t *count, sign_bytes item, sign_error *err)
{
	sign_bytes *slot = ks_arena_push(arena, items, count, sizeof(*slot));

	if (slot == NULL)
		return ks_fail_memory(err);
	*slot = item;
	return SIGN_OK;
}

/* What may be BER in a DER signature, since others made it: content, certificates, CRLs. */
enum { OPAQUE_CONTENT, OPAQUE_CERTS, OPAQUE_CRLS, OPAQUES };

/* EncapsulatedContentInfo. *inside: its [0]. */
static sign_code
read_content(ks_cms *cms, sign_bytes *rest, const char *name, sign_bytes *inside, sign_error *err)
{
	ks_tlv info, oid, wrap, octets;

	if (!ks_tlv_expect(rest, 0x30, &info) || !ks_tlv_expect(&info.content, 0x06, &oid) ||
	    !ks_tlv_oid(oid.content, cms->content_oid, sizeof(cms->content_oid)))
		return BAD("encapContentInfo");
	if (info.content.len == 0)
		return SIGN_OK;
	if (!ks_tlv_expect(&info.content, 0xa0, &wrap) || info.content.len > 0 || !ks_tlv_next(&wrap.content, &octets) ||
	    wrap.content.len > 0)
		return BAD("eContent");
	*inside = wrap.whole;
	cms->attached = true;
	return ks_cms_octets(cms->arena, &octets, name, &cms->content, err);
}

/* CertificateSet: certificates are kept; attribute certificates and other kinds are stepped over. */
static sign_code
read_certs(ks_cms *cms, sign_bytes set, const char *name, sign_error *err)
{
	ks_tlv tlv;

	for (size_t n = 0; set.len > 0; n++) {
		if (n >= KS_CMS_MAX_CERTS)
			return ks_fail_why(err, SIGN_E_LIMIT, name, NULL, "more than %u certificates", KS_CMS_MAX_CERTS);
		if (!ks_tlv_next(&set, &tlv))
			return BAD("certificates");
		if (tlv.tag == 0x30)
			KS_TRY(push(cms->arena, &cms->certs, &cms->cert_count, tlv.whole, err));
	}
	return SIGN_OK;
}

/* RevocationInfoChoices: CRLs, and OCSP responses as [1] OtherRevocationInfoFormat (RFC 5652 10.2.1, RFC 5940). */
static sign_code
read_crls(ks_cms *cms, sign_bytes set, const char *name, sign_error *err)
{
	char   dotted[64];
	ks_tlv tlv, oid, response;

	for (size_t n = 0; set.len > 0; n++) {
		if (n >= KS_CMS_MAX_CRLS)
			return ks_fail_why(err, SIGN_E_LIMIT, name, NULL, "more than %u CRLs", KS_CMS_MAX_CRLS);
		if (!ks_tlv_next(&set, &tlv))
			return BAD("crls");
		if (tlv.tag == 0x30)
			KS_TRY(push(cms->arena, &cms->crls, &cms->crl_count, tlv.whole, err));
		if (tlv.tag == 0xa1 && ks_tlv_expect(&tlv.content, 0x06, &oid) &&
		    ks_tlv_oid(oid.content, dotted, sizeof(dotted)) && strcmp(dotted, OID_OCSP_RESPONSE) == 0 &&
		    ks_tlv_expect(&tlv.content, 0x30, &response) && tlv.content.len == 0)
			KS_TRY(push(cms->arena, &cms->ocsps, &cms->ocsp_count, response.whole, err));
	}
	return SIGN_OK;
}

static sign_code
read_signers(ks_cms *cms, sign_bytes set, const char *name, sign_error *err)
{
	ks_tlv tlv;

	while (set.len > 0) {
		ks_cms_signer *s;

		if (cms->signer_count >= KS_CMS_MAX_SIGNERS)
			return ks_fail_why(err, SIGN_E_LIMIT, name, NULL, "more than %u signers", KS_CMS_MAX_SIGNERS);
		if (!ks_tlv_next(&set, &tlv))
			return BAD("signerInfos");
		s = ks_arena_push(cms->arena, &cms->signers, &cms->signer_count, sizeof(*s));
		if (s == NULL)
			return ks_fail_memory(err);
		KS_TRY(ks_cms_read_signer(cms->arena, tlv.whole, name, s, err));
	}
	return SIGN_OK;
}

bool
ks_cms_lists_digest(sign_bytes set, const char *oid)
{
	char   dotted[64];
	ks_tlv seq, id;

	while (ks_tlv_next(&set, &seq))
		if (ks_tlv_expect(&seq.content, 0x06, &id) && ks_tlv_oid(id.content, dotted, sizeof(dotted)) &&
		    strcmp(dotted, oid) == 0)
			return true;
	return false;
}

/* DigestAlgorithmIdentifiers ::= SET OF AlgorithmIdentifier; parameters are left out or NULL (RFC 5754 2). */
static const char *
digests_fault(sign_bytes set)
{
	char   dotted[64];
	ks_tlv seq, id;

	while (set.len > 0)
		if (!ks_tlv_expect(&set, 0x30, &seq) || !ks_tlv_expect(&seq.content, 0x06, &id) ||
		    !ks_tlv_oid(id.content, dotted, sizeof(dotted)) || !ks_cms_no_params(seq.content))
			return KS_N_("digestAlgorithms is malformed (RFC 5652 5.1)");
	return NULL;
}

/* RFC 5652 5.1: which version goes with which content is often got wrong, and decides nothing; that it is one of these does not. */
static const char *
version_fault(unsigned version)
{
	return version == 1 || (version >= 3 && version <= 5) ? NULL : KS_N_("there is no such SignedData version (RFC 5652 5.1)");
}

static sign_code
read_signed_data(ks_cms *cms, sign_bytes body, const char *name, sign_bytes opaque[OPAQUES], sign_error *err)
{
	ks_tlv version, digests, set;

	if (!ks_tlv_expect(&body, 0x02, &version) || version.content.len != 1)
		return BAD(KS_N_("SignedData version"));
	cms->version = version.content.data[0];
	if (!ks_tlv_expect(&body, 0x31, &digests))
		return BAD("digestAlgorithms");
	cms->digest_algorithms = digests.content;
	cms->fault = version_fault(cms->version);
	if (cms->fault == NULL)
		cms->fault = digests_fault(digests.content);
	KS_TRY(read_content(cms, &body, name, &opaque[OPAQUE_CONTENT], err));
	if (ks_tlv_expect(&body, 0xa0, &set)) {
		opaque[OPAQUE_CERTS] = set.content;
		KS_TRY(read_certs(cms, set.content, name, err));
	}
	if (ks_tlv_expect(&body, 0xa1, &set)) {
		opaque[OPAQUE_CRLS] = set.content;
		KS_TRY(read_crls(cms, set.content, name, err));
	}
	if (!ks_tlv_expect(&body, 0x31, &set))
		return BAD("signerInfos");
	KS_TRY(read_signers(cms, set.content, name, err));
	return body.len == 0 ? SIGN_OK : BAD(KS_N_("SignedData has more than it may"));
}

sign_code
ks_cms_read(ks_arena *arena, sign_bytes input, const char *name, ks_cms *cms, sign_error *err)
{
	char       type[64];
	ks_tlv     outer, oid, wrap, data;
	sign_bytes opaque[OPAQUES] = { { NULL, 0 } };

	*cms = (ks_cms){ .arena = arena };
	KS_TRY(unwrap_pem(arena, name, &input, &cms->trailing_bytes, err));
	if (!ks_tlv_expect(&input, 0x30, &outer))
		return BAD(KS_N_("not CMS, or cut short"));
	cms->input = outer.whole;
	cms->trailing_bytes += input.len;
	if (!ks_tlv_expect(&outer.content, 0x06, &oid) || !ks_tlv_oid(oid.content, type, sizeof(type)) ||
	    strcmp(type, KS_OID_SIGNED_DATA) != 0)
		return BAD(KS_N_("not CMS SignedData"));
	if (!ks_tlv_expect(&outer.content, 0xa0, &wrap) || outer.content.len > 0 ||
	    !ks_tlv_expect(&wrap.content, 0x30, &data) || wrap.content.len > 0)
		return BAD("ContentInfo");
	KS_TRY(read_signed_data(cms, data.content, name, opaque, err));
	if (cms->input.len - cms->content.len > KS_CMS_MAX_BYTES) /* the content's own size is its reader's concern */
		return ks_fail_why(err, SIGN_E_LIMIT, name, NULL, "more than %zu bytes", KS_CMS_MAX_BYTES);
	cms->der = ks_tlv_is_der_but(cms->input, opaque, OPAQUES);
	return SIGN_OK;
}

bool
ks_cms_sniff(sign_bytes head)
{
	size_t at;

	if (pem_begin(skip_space(head)) != NULL)
		return true;
	if (head.len < 2 || head.data[0] != 0x30)
		return false;
	at = 2 + (head.data[1] > 0x80 ? head.data[1] & 0x7fu : 0u);
	return head.len >= at + sizeof(SIGNED_DATA_OID) &&
	    memcmp(head.data + at, SIGNED_DATA_OID, sizeof(SIGNED_DATA_OID)) == 0;
}
