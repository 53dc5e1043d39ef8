/*
 * Our own SignedData in DER, and adding a signer to somebody else's without touching a byte of what it holds: members
 * are copied as they stand and only the lengths round them change. Floor: cms.
 */
#include "cms.h"

#include <stdlib.h>
#include <string.h>

#include "cms_internal.h"

int
ks_cms_compare(sign_bytes a, sign_bytes b)
{
	size_t both = a.len < b.len ? a.len : b.len;
	int    order = both > 0 ? memcmp(a.data, b.data, both) : 0;

	if (order != 0 || a.len == b.len)
		return order;
	return a.len < b.len ? -1 : 1; /* a TLV is never a prefix of another, so padding never decides between two of them */
}

static int
compare_members(const void *a, const void *b)
{
	return ks_cms_compare(*(const sign_bytes *)a, *(const sign_bytes *)b);
}

sign_code
ks_cms_sort_set(const sign_bytes *members, size_t count, ks_buf *out, sign_error *err)
{
	sign_bytes sorted[KS_CMS_MAX_ATTRIBUTES];

	if (count > KS_COUNT(sorted))
		return ks_fail_why(err, SIGN_E_LIMIT, NULL, NULL, "more than %u attributes", KS_CMS_MAX_ATTRIBUTES);
	if (count > 0)
		memcpy(sorted, members, count * sizeof(*members));
	qsort(sorted, count, sizeof(*sorted), compare_members);
	for (size_t i = 0; i < count; i++)
		KS_TRY(ks_buf_add(out, sorted[i].data, sorted[i].len, err));
	return SIGN_OK;
}

static sign_code
put_small_integer(ks_buf *out, uint8_t value, sign_error *err)
{
	return ks_der_put(out, 0x02, KS_BYTES(&value, 1), err);
}

sign_code
ks_cms_build_signer(ks_buf *out, const ks_cert *cert, sign_digest digest, sign_scheme scheme, sign_bytes attrs,
    sign_bytes value, sign_error *err)
{
	size_t info, sid;

	KS_TRY(ks_der_begin(out, 0x30, &info, err));
	KS_TRY(put_small_integer(out, 1, err)); /* RFC 5652 5.3: version 1 with issuerAndSerialNumber */
	KS_TRY(ks_der_begin(out, 0x30, &sid, err));
	KS_TRY(ks_buf_add(out, cert->issuer_der.data, cert->issuer_der.len, err));
	KS_TRY(ks_der_put(out, 0x02, cert->serial_der, err));
	KS_TRY(ks_der_end(out, sid, err));
	KS_TRY(ks_cms_put_digest_algorithm(out, digest, err));
	KS_TRY(ks_der_put(out, 0xa0, attrs, err));
	KS_TRY(ks_cms_put_signature_algorithm(out, scheme, digest, err));
	KS_TRY(ks_der_put(out, 0x04, value, err));
	return ks_der_end(out, info, err);
}

/* The opening of ContentInfo down into SignedData; marks in the order they are closed in reverse. */
static sign_code
open_signed_data(ks_buf *out, size_t marks[3], sign_error *err)
{
	KS_TRY(ks_der_begin(out, 0x30, &marks[0], err));
	KS_TRY(ks_der_oid(out, KS_OID_SIGNED_DATA, err));
	KS_TRY(ks_der_begin(out, 0xa0, &marks[1], err));
	return ks_der_begin(out, 0x30, &marks[2], err);
}

static sign_code
close_signed_data(ks_buf *out, const size_t marks[3], sign_error *err)
{
	KS_TRY(ks_der_end(out, marks[2], err));
	KS_TRY(ks_der_end(out, marks[1], err));
	return ks_der_end(out, marks[0], err);
}

sign_code
ks_cms_build(ks_buf *out, sign_digest digest, const sign_bytes *certs, size_t cert_count, sign_bytes signer_infos,
    sign_error *err)
{
	size_t marks[3], set;

	KS_TRY(open_signed_data(out, marks, err));
	KS_TRY(put_small_integer(out, 1, err));
	KS_TRY(ks_der_begin(out, 0x31, &set, err));
	KS_TRY(ks_cms_put_digest_algorithm(out, digest, err));
	KS_TRY(ks_der_end(out, set, err));
	KS_TRY(ks_der_begin(out, 0x30, &set, err));
	KS_TRY(ks_der_oid(out, KS_OID_DATA, err));
	KS_TRY(ks_der_end(out, set, err));
	KS_TRY(ks_der_begin(out, 0xa0, &set, err));
	for (size_t i = 0; i < cert_count; i++)
		KS_TRY(ks_buf_add(out, certs[i].data, certs[i].len, err));
	KS_TRY(ks_der_end(out, set, err));
	KS_TRY(ks_der_put(out, 0x31, signer_infos, err));
	return close_signed_data(out, marks, err);
}

/* ---- splice ---- */

/* The parts of a SignedData that ks_cms_read has already followed to their ends. */
struct parts {
	ks_tlv version, digests, content, certs, crls, signers;
	bool   has_certs, has_crls;
};

static bool
split(const ks_cms *cms, struct parts *p)
{
	sign_bytes rest = cms->input;
	ks_tlv     outer, oid, wrap, data;

	if (!ks_tlv_next(&rest, &outer) || !ks_tlv_next(&outer.content, &oid) || !ks_tlv_next(&outer.content, &wrap) ||
	    !ks_tlv_next(&wrap.content, &data))
		return false;
	if (!ks_tlv_next(&data.content, &p->version) || !ks_tlv_next(&data.content, &p->digests) ||
	    !ks_tlv_next(&data.content, &p->content))
		return false;
	p->has_certs = ks_tlv_expect(&data.content, 0xa0, &p->certs);
	p->has_crls = ks_tlv_expect(&data.content, 0xa1, &p->crls);
	return ks_tlv_expect(&data.content, 0x31, &p->signers);
}

static sign_code
append_digest(ks_buf *out, sign_bytes set, sign_digest digest, sign_error *err)
{
	size_t mark;

	KS_TRY(ks_der_begin(out, 0x31, &mark, err));
	KS_TRY(ks_buf_add(out, set.data, set.len, err));
	if (ks_digest_oid(digest) == NULL || !ks_cms_lists_digest(set, ks_digest_oid(digest)))
		KS_TRY(ks_cms_put_digest_algorithm(out, digest, err));
	return ks_der_end(out, mark, err);
}

static bool
holds_cert(const ks_cms *cms, sign_bytes cert)
{
	for (size_t i = 0; i < cms->cert_count; i++)
		if (ks_bytes_equal(cms->certs[i], cert))
			return true;
	return false;
}

static sign_code
append_certs(ks_buf *out, const ks_cms *cms, const struct parts *p, const sign_bytes *certs, size_t count, sign_error *err)
{
	size_t mark;

	KS_TRY(ks_der_begin(out, 0xa0, &mark, err));
	if (p->has_certs)
		KS_TRY(ks_buf_add(out, p->certs.content.data, p->certs.content.len, err));
	for (size_t i = 0; i < count; i++)
		if (!holds_cert(cms, certs[i]))
			KS_TRY(ks_buf_add(out, certs[i].data, certs[i].len, err));
	return ks_der_end(out, mark, err);
}

sign_code
ks_cms_append(const ks_cms *cms, sign_digest digest, const sign_bytes *certs, size_t cert_count,
    sign_bytes signer_info, ks_buf *out, sign_error *err)
{
	struct parts p;
	size_t       marks[3], set;

	if (!split(cms, &p))
		return ks_fail(err, SIGN_E_FORMAT, NULL);
	KS_TRY(open_signed_data(out, marks, err));
	KS_TRY(ks_buf_add(out, p.version.whole.data, p.version.whole.len, err));
	KS_TRY(append_digest(out, p.digests.content, digest, err));
	KS_TRY(ks_buf_add(out, p.content.whole.data, p.content.whole.len, err));
	KS_TRY(append_certs(out, cms, &p, certs, cert_count, err));
	if (p.has_crls)
		KS_TRY(ks_buf_add(out, p.crls.whole.data, p.crls.whole.len, err));
	KS_TRY(ks_der_begin(out, 0x31, &set, err));
	KS_TRY(ks_buf_add(out, p.signers.content.data, p.signers.content.len, err));
	KS_TRY(ks_buf_add(out, signer_info.data, signer_info.len, err));
	KS_TRY(ks_der_end(out, set, err));
	return close_signed_data(out, marks, err);
}
