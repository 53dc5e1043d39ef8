/*
 * One SignerInfo (RFC 5652 5.3) as slices of the input: identifier, algorithms, attributes, value; and the octets that
 * were signed. What the attributes mean is left to the cades room. Floor: cms.
 */
#include "cms.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base_text.h"
#include "cms_internal.h"

#define BAD(what) ks_fail_why(err, SIGN_E_FORMAT, name, NULL, "%s", (what))

/* Attribute ::= SEQUENCE { attrType OID, attrValues SET OF ANY } */
static sign_code
read_attribute(sign_bytes *rest, const char *name, ks_cms_attr *attr, sign_error *err)
{
	ks_tlv     seq, oid, set, value;
	sign_bytes values;

	if (!ks_tlv_expect(rest, 0x30, &seq) || !ks_tlv_expect(&seq.content, 0x06, &oid) ||
	    !ks_tlv_oid(oid.content, attr->oid, sizeof(attr->oid)) || !ks_tlv_expect(&seq.content, 0x31, &set) ||
	    seq.content.len > 0)
		return BAD("attribute");
	attr->whole = seq.whole;
	attr->values = set.content;
	for (values = set.content; values.len > 0; attr->value_count++)
		if (!ks_tlv_next(&values, &value))
			return BAD(KS_N_("attribute value"));
	return SIGN_OK;
}

static sign_code
read_attributes(ks_arena *arena, sign_bytes content, const char *name, ks_cms_attr **attrs, size_t *count,
    sign_error *err)
{
	while (content.len > 0) {
		ks_cms_attr *attr;

		if (*count >= KS_CMS_MAX_ATTRIBUTES)
			return ks_fail_why(err, SIGN_E_LIMIT, name, NULL, "more than %u attributes", KS_CMS_MAX_ATTRIBUTES);
		attr = ks_arena_push(arena, attrs, count, sizeof(*attr));
		if (attr == NULL)
			return ks_fail_memory(err);
		KS_TRY(read_attribute(&content, name, attr, err));
	}
	return SIGN_OK;
}

/* SignerIdentifier: issuerAndSerialNumber, or [0] subjectKeyIdentifier. */
static sign_code
read_sid(sign_bytes *rest, const char *name, ks_cms_signer *s, sign_error *err)
{
	ks_tlv sid, issuer, serial;

	if (ks_tlv_expect(rest, 0x80, &sid)) {
		s->sid_ski = sid.content; /* an empty one occurs; it names nobody */
		return SIGN_OK;
	}
	if (!ks_tlv_expect(rest, 0x30, &sid) || !ks_tlv_expect(&sid.content, 0x30, &issuer) ||
	    !ks_tlv_expect(&sid.content, 0x02, &serial) || serial.content.len == 0 || sid.content.len > 0)
		return BAD(KS_N_("signer identifier"));
	s->sid_issuer = issuer.whole;
	s->sid_serial = serial.content;
	return SIGN_OK;
}

/* AlgorithmIdentifier: its OID as text, and what follows the OID. */
static sign_code
read_algorithm(sign_bytes *rest, const char *name, char oid[64], sign_bytes *whole, sign_bytes *params, sign_error *err)
{
	ks_tlv seq, id, param;

	if (!ks_tlv_expect(rest, 0x30, &seq) || !ks_tlv_expect(&seq.content, 0x06, &id) ||
	    !ks_tlv_oid(id.content, oid, 64))
		return BAD(KS_N_("algorithm identifier"));
	*whole = seq.whole;
	*params = seq.content;
	if (seq.content.len > 0 && (!ks_tlv_next(&seq.content, &param) || seq.content.len > 0))
		return BAD(KS_N_("algorithm parameters"));
	return SIGN_OK;
}

/* Is the received order DER, and each attribute DER inside (RFC 5652 5.3: signedAttributes MUST be DER)? */
static void
check_signed_attrs(ks_cms_signer *s)
{
	s->signed_attrs_sorted = true;
	s->signed_attrs_der = true;
	for (size_t i = 0; i < s->attr_count; i++) {
		if (!ks_tlv_is_der(s->attrs[i].whole))
			s->signed_attrs_der = false;
		if (i > 0 && ks_cms_compare(s->attrs[i - 1].whole, s->attrs[i].whole) > 0)
			s->signed_attrs_sorted = false;
	}
}

static sign_code
read_head(ks_tlv *info, const char *name, ks_cms_signer *s, sign_error *err)
{
	ks_tlv     version;
	sign_bytes params;

	if (!ks_tlv_expect(&info->content, 0x02, &version) || version.content.len != 1)
		return BAD(KS_N_("SignerInfo version"));
	s->version = version.content.data[0];
	KS_TRY(read_sid(&info->content, name, s, err));
	if (s->version != (s->sid_issuer.len > 0 ? 1 : 3))
		s->fault = KS_N_("the SignerInfo version does not go with its signer identifier (RFC 5652 5.3)");
	KS_TRY(read_algorithm(&info->content, name, s->digest_oid, &s->digest_algorithm, &params, err));
	s->digest_alg = ks_digest_from_oid(s->digest_oid);
	if (!ks_cms_no_params(params) && s->fault == NULL)
		s->fault = KS_N_("digestAlgorithm has parameters (RFC 5754 2)");
	return SIGN_OK;
}

sign_code
ks_cms_read_signer(ks_arena *arena, sign_bytes whole, const char *name, ks_cms_signer *s, sign_error *err)
{
	ks_tlv     info, tlv;
	sign_bytes rest = whole, params;

	*s = (ks_cms_signer){ .whole = whole };
	if (!ks_tlv_expect(&rest, 0x30, &info) || rest.len > 0)
		return BAD("SignerInfo");
	KS_TRY(read_head(&info, name, s, err));
	if (ks_tlv_expect(&info.content, 0xa0, &tlv)) {
		s->has_signed_attrs = true;
		s->signed_attrs_raw = tlv.content;
		KS_TRY(read_attributes(arena, tlv.content, name, &s->attrs, &s->attr_count, err));
		check_signed_attrs(s);
	}
	KS_TRY(read_algorithm(&info.content, name, s->sig_oid, &s->sig_algorithm, &params, err));
	ks_cms_read_scheme(s, params);
	if (!ks_tlv_next(&info.content, &tlv))
		return BAD(KS_N_("signature value"));
	KS_TRY(ks_cms_octets(arena, &tlv, name, &s->value, err));
	if (ks_tlv_expect(&info.content, 0xa1, &tlv))
		KS_TRY(read_attributes(arena, tlv.content, name, &s->unsigned_attrs, &s->unsigned_count, err));
	if (info.content.len > 0)
		return BAD(KS_N_("SignerInfo has more than it may"));
	return SIGN_OK;
}

sign_code
ks_cms_signed_attrs_der(const ks_cms_signer *s, ks_buf *out, sign_error *err)
{
	sign_bytes members[KS_CMS_MAX_ATTRIBUTES];
	size_t     mark;

	KS_TRY(ks_der_begin(out, 0x31, &mark, err));
	if (s->signed_attrs_sorted) {
		KS_TRY(ks_buf_add(out, s->signed_attrs_raw.data, s->signed_attrs_raw.len, err));
	} else {
		for (size_t i = 0; i < s->attr_count; i++)
			members[i] = s->attrs[i].whole;
		KS_TRY(ks_cms_sort_set(members, s->attr_count, out, err));
	}
	return ks_der_end(out, mark, err);
}

const ks_cms_attr *
ks_cms_attr_find(const ks_cms_attr *attrs, size_t count, const char *oid)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(attrs[i].oid, oid) == 0)
			return &attrs[i];
	return NULL;
}

static X509_NAME *
name_from_der(sign_bytes der)
{
	const unsigned char *p = der.data;
	X509_NAME           *name;

	if (der.len == 0 || der.len > 65536)
		return NULL;
	name = d2i_X509_NAME(NULL, &p, (long)der.len);
	if (name == NULL)
		ERR_clear_error();
	return name;
}

static void
auto_name(X509_NAME **name)
{
	X509_NAME_free(*name);
}

bool
ks_cms_name_equal(sign_bytes name_a, sign_bytes name_b)
{
	KS_AUTO(auto_name) X509_NAME *a = NULL;
	KS_AUTO(auto_name) X509_NAME *b = NULL;

	if (name_a.len == 0 || name_b.len == 0)
		return false;
	if (ks_bytes_equal(name_a, name_b))
		return true;
	a = name_from_der(name_a);
	b = name_from_der(name_b);
	return a != NULL && b != NULL && X509_NAME_cmp(a, b) == 0;
}

bool
ks_cms_sid_names(const ks_cms_signer *s, const ks_cert *cert)
{
	if (s->sid_issuer.len == 0)
		return s->sid_ski.len > 0 && ks_bytes_equal(s->sid_ski, cert->ski);
	return ks_bytes_equal(s->sid_serial, cert->serial_der) && ks_cms_name_equal(s->sid_issuer, cert->issuer_der);
}

static char *
name_text(ks_arena *arena, sign_bytes der)
{
	KS_AUTO(auto_name) X509_NAME *name = name_from_der(der);
	BIO  *bio;
	char *text = NULL, *chars;
	long  len;

	if (name == NULL)
		return ks_arena_strdup(arena, "?");
	bio = BIO_new(BIO_s_mem());
	if (bio != NULL && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
		len = BIO_get_mem_data(bio, &chars);
		text = len > 0 ? ks_arena_strndup(arena, chars, (size_t)len) : ks_arena_strdup(arena, "");
	}
	BIO_free(bio);
	ERR_clear_error();
	return text;
}

char *
ks_cms_sid_text(ks_arena *arena, const ks_cms_signer *s)
{
	char        hex[2 * 64 + 1];
	bool        by_key = s->sid_issuer.len == 0;
	sign_bytes  id = by_key ? s->sid_ski : s->sid_serial;
	const char *issuer;

	if (id.len > 64) /* shown, not compared: enough to recognise it */
		id.len = 64;
	ks_hex(id, hex, sizeof(hex));
	if (by_key)
		return ks_arena_printf(arena, "key identifier %s", hex);
	issuer = name_text(arena, s->sid_issuer);
	return issuer == NULL ? NULL : ks_arena_printf(arena, "%s, serial %s", issuer, hex);
}
