/*
 * The rules of form for one SignerInfo (RFC 5652 11, EN 319 122-1 6.3): what must be there, once, with one value, and what
 * must agree with what. They need neither content nor key. A broken rule is FORMAT_FAILURE, whatever the value says.
 * Floor: cades.
 */
#include <string.h>

#include "cades_internal.h"

/* Attributes that have one value; the message names the first that does not. */
static const struct { const char *oid, *fault; } single_valued[] = {
	{ KS_OID_CONTENT_TYPE,         KS_N_("content-type has not exactly one value (RFC 5652 11.1)") },
	{ KS_OID_MESSAGE_DIGEST,       KS_N_("message-digest has not exactly one value (RFC 5652 11.2)") },
	{ KS_OID_SIGNING_TIME,         KS_N_("signing-time has not exactly one value (RFC 5652 11.3)") },
	{ KS_OID_SIGNING_CERT,         KS_N_("signing-certificate has not exactly one value (RFC 5035 5)") },
	{ KS_OID_SIGNING_CERT_V2,      KS_N_("signing-certificate-v2 has not exactly one value (RFC 5035 3)") },
	{ KS_OID_ALGORITHM_PROTECTION, KS_N_("CMSAlgorithmProtection has not exactly one value (RFC 6211 2)") },
	{ KS_OID_POLICY,               KS_N_("signature-policy-identifier has not exactly one value (EN 319 122-1 5.2.9)") },
	{ KS_OID_SIGNER_LOCATION,      KS_N_("signer-location has not exactly one value (EN 319 122-1 5.2.5)") },
	{ KS_OID_SIGNER_ATTRIBUTES,    KS_N_("signer-attributes has not exactly one value (EN 319 122-1 5.2.6)") },
	{ KS_OID_SIGNER_ATTRIBUTES_V2, KS_N_("signer-attributes-v2 has not exactly one value (EN 319 122-1 5.2.6)") },
};

bool
ks_cades_single(const ks_cms_attr *attr, ks_tlv *value)
{
	sign_bytes rest;

	if (attr == NULL || attr->value_count != 1)
		return false;
	rest = attr->values;
	return ks_tlv_next(&rest, value) && rest.len == 0;
}

/* RFC 5652 5.3 and attacks.md C5: each attribute once; only content-time-stamps may repeat (EN 319 122-1 6.3). */
static const char *
cardinality_fault(const ks_cms_signer *s)
{
	for (size_t i = 0; i < s->attr_count; i++) {
		const ks_cms_attr *attr = &s->attrs[i];

		if (attr->value_count == 0)
			return KS_N_("a signed attribute without a value (RFC 5652 5.3)");
		for (size_t k = 0; k < KS_COUNT(single_valued); k++)
			if (attr->value_count != 1 && strcmp(attr->oid, single_valued[k].oid) == 0)
				return single_valued[k].fault;
		if (strcmp(attr->oid, KS_OID_CONTENT_TIME_STAMP) == 0)
			continue;
		if (ks_cms_attr_find(attr + 1, s->attr_count - i - 1, attr->oid) != NULL)
			return KS_N_("a signed attribute occurs twice (RFC 5652 5.3)");
	}
	return NULL;
}

static const char *
content_type_fault(const ks_cms *cms, const ks_cms_signer *s)
{
	const ks_cms_attr *attr = ks_cms_attr_find(s->attrs, s->attr_count, KS_OID_CONTENT_TYPE);
	char               oid[64];
	ks_tlv             value;

	if (cms == NULL) /* there is no content type for counter-signatures */
		return attr != NULL ? KS_N_("a counter-signature has a content-type (RFC 5652 11.4)") : NULL;
	if (attr == NULL)
		return KS_N_("no content-type attribute (RFC 5652 11.1)");
	if (!ks_cades_single(attr, &value) || value.tag != 0x06 || !ks_tlv_oid(value.content, oid, sizeof(oid)))
		return KS_N_("content-type is not an object identifier (RFC 5652 11.1)");
	if (strcmp(oid, cms->content_oid) != 0)
		return KS_N_("content-type differs from eContentType (RFC 5652 11.1)");
	return NULL;
}

static const char *
message_digest_fault(const ks_cms_signer *s)
{
	const ks_cms_attr *attr = ks_cms_attr_find(s->attrs, s->attr_count, KS_OID_MESSAGE_DIGEST);
	ks_tlv             value;

	if (attr == NULL)
		return KS_N_("no message-digest attribute (RFC 5652 11.2)");
	if (!ks_cades_single(attr, &value) || value.tag != 0x04 || value.content.len == 0)
		return KS_N_("message-digest is not an OCTET STRING (RFC 5652 11.2)");
	return NULL;
}

static const char *
signing_certificate_fault(const ks_cms_signer *s)
{
	ks_ess ess;

	if (ks_cms_attr_find(s->attrs, s->attr_count, KS_OID_SIGNING_CERT) != NULL &&
	    ks_cms_attr_find(s->attrs, s->attr_count, KS_OID_SIGNING_CERT_V2) != NULL)
		return KS_N_("signing-certificate beside signing-certificate-v2 (EN 319 122-1 6.3)");
	if (!ks_cades_ess_read(s, &ess))
		return KS_N_("the signing-certificate attribute is malformed (RFC 5035 5.4)");
	return NULL;
}

static const char *
signing_time_fault(const ks_cms_signer *s)
{
	const ks_cms_attr *attr = ks_cms_attr_find(s->attrs, s->attr_count, KS_OID_SIGNING_TIME);
	ks_tlv             value;
	time_t             when;

	if (attr != NULL && (!ks_cades_single(attr, &value) || !ks_cades_time_read(&value, &when)))
		return KS_N_("signing-time is not a time (RFC 5652 11.3)");
	return NULL;
}

/* Two AlgorithmIdentifier bodies mean the same: equal, or equal OIDs with parameters absent in one and NULL in the other. */
static bool
same_algorithm(sign_bytes a, sign_bytes b)
{
	static const uint8_t null_octets[] = { 0x05, 0x00 };
	const sign_bytes     null = { null_octets, sizeof(null_octets) };
	ks_tlv               oid_a, oid_b;

	if (!ks_tlv_expect(&a, 0x06, &oid_a) || !ks_tlv_expect(&b, 0x06, &oid_b) ||
	    !ks_bytes_equal(oid_a.content, oid_b.content))
		return false;
	if (ks_bytes_equal(a, null))
		a.len = 0;
	if (ks_bytes_equal(b, null))
		b.len = 0;
	return ks_bytes_equal(a, b);
}

/* RFC 6211 2: SEQUENCE { digestAlgorithm, [1] signatureAlgorithm }; both must be those of the SignerInfo. */
static const char *
protection_fault(const ks_cms_signer *s)
{
	static const char  differs[] = "CMSAlgorithmProtection names other algorithms (RFC 6211 2)";
	const ks_cms_attr *attr = ks_cms_attr_find(s->attrs, s->attr_count, KS_OID_ALGORITHM_PROTECTION);
	ks_tlv             value, digest, signature, own;
	sign_bytes         rest = s->digest_algorithm;

	if (attr == NULL)
		return NULL;
	if (!ks_cades_single(attr, &value) || value.tag != 0x30 || !ks_tlv_expect(&value.content, 0x30, &digest) ||
	    !ks_tlv_expect(&value.content, 0xa1, &signature) || value.content.len > 0)
		return KS_N_("CMSAlgorithmProtection is malformed (RFC 6211 2)");
	if (!ks_tlv_next(&rest, &own) || !same_algorithm(own.content, digest.content))
		return differs;
	rest = s->sig_algorithm;
	if (!ks_tlv_next(&rest, &own) || !same_algorithm(own.content, signature.content))
		return differs;
	return NULL;
}

/* attacks.md C7: one hash for message-digest and value. A writer that mixes them cannot be told from a tamperer. */
static const char *
algorithm_fault(const ks_cms_signer *s)
{
	if (s->fault != NULL)
		return s->fault;
	if (s->scheme_digest != SIGN_DIGEST_NONE && s->scheme_digest != s->digest_alg)
		return KS_N_("digestAlgorithm differs from the hash in signatureAlgorithm (RFC 5652 5.3)");
	return protection_fault(s);
}

/* RFC 5652 5.1: digestAlgorithms lists those of the signers, so that a reader can digest while the content flows by. */
static const char *
signed_data_fault(const ks_cms *cms, const ks_cms_signer *s)
{
	if (cms == NULL)
		return NULL;
	if (cms->fault != NULL)
		return cms->fault;
	return ks_cms_lists_digest(cms->digest_algorithms, s->digest_oid)
	    ? NULL
	    : KS_N_("digestAlgorithms does not list the signer's (RFC 5652 5.1)");
}

const char *
ks_cades_fault(const ks_cms *cms, const ks_cms_signer *s)
{
	const char *fault;

	if (cms != NULL && strcmp(cms->content_oid, KS_OID_DATA) != 0)
		return KS_N_("eContentType is not id-data (EN 319 122-1 5.1.1)");
	/* attacks.md C1, C2: without signed attributes the value covers bytes that can be another signature's attributes */
	if (!s->has_signed_attrs)
		return KS_N_("no signed attributes (EN 319 122-1 6.3)");
	if (!s->signed_attrs_der)
		return KS_N_("the signed attributes are not DER (RFC 5652 5.3)");
	if ((fault = cardinality_fault(s)) != NULL || (fault = content_type_fault(cms, s)) != NULL ||
	    (fault = message_digest_fault(s)) != NULL || (fault = signing_certificate_fault(s)) != NULL ||
	    (fault = signing_time_fault(s)) != NULL || (fault = algorithm_fault(s)) != NULL)
		return fault;
	return signed_data_fault(cms, s);
}
