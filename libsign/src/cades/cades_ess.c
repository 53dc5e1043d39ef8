/*
 * The signing-certificate attributes (RFC 5035, RFC 2634): the hash that binds a signature to one certificate, so that
 * another with the same key cannot be put in its place (attacks.md C6). Reader and writer. Floor: cades.
 */
#include <string.h>

#include "cades_internal.h"

/* IssuerSerial ::= SEQUENCE { GeneralNames { [4] Name }, INTEGER }. Another kind of name leaves `issuer` empty. */
static bool
read_issuer_serial(sign_bytes *rest, ks_ess *ess)
{
	ks_tlv seq, names, general, name, serial;

	if (!ks_tlv_expect(rest, 0x30, &seq) || !ks_tlv_expect(&seq.content, 0x30, &names) ||
	    !ks_tlv_expect(&seq.content, 0x02, &serial) || seq.content.len > 0)
		return false;
	ess->serial = serial.content;
	if (ks_tlv_expect(&names.content, 0xa4, &general) && ks_tlv_expect(&general.content, 0x30, &name))
		ess->issuer = name.whole;
	return true;
}

/* ESSCertIDv2 ::= SEQUENCE { hashAlgorithm DEFAULT sha256, certHash, issuerSerial OPTIONAL }; v1 has SHA-1 and no first field. */
static bool
read_cert_id(sign_bytes in, ks_ess *ess)
{
	char   oid[64];
	ks_tlv algorithm, id, hash;

	ess->alg = ess->v1 ? SIGN_DIGEST_SHA1 : SIGN_DIGEST_SHA256;
	if (!ess->v1 && ks_tlv_expect(&in, 0x30, &algorithm)) {
		if (!ks_tlv_expect(&algorithm.content, 0x06, &id) || !ks_tlv_oid(id.content, oid, sizeof(oid)))
			return false;
		ess->alg = ks_digest_from_oid(oid);
	}
	if (!ks_tlv_expect(&in, 0x04, &hash) || hash.content.len == 0)
		return false;
	ess->hash = hash.content;
	return in.len == 0 || (read_issuer_serial(&in, ess) && in.len == 0);
}

bool
ks_cades_ess_read(const ks_cms_signer *s, ks_ess *ess)
{
	const ks_cms_attr *attr = ks_cms_attr_find(s->attrs, s->attr_count, KS_OID_SIGNING_CERT_V2);
	ks_tlv             value, certs, first;

	*ess = (ks_ess){ 0 };
	if (attr == NULL) {
		attr = ks_cms_attr_find(s->attrs, s->attr_count, KS_OID_SIGNING_CERT);
		ess->v1 = attr != NULL;
	}
	if (attr == NULL)
		return true;
	ess->present = true;
	return ks_cades_single(attr, &value) && value.tag == 0x30 && ks_tlv_expect(&value.content, 0x30, &certs) &&
	    ks_tlv_expect(&certs.content, 0x30, &first) && read_cert_id(first.content, ess);
}

static sign_code
put_issuer_serial(ks_buf *out, const ks_cert *cert, sign_error *err)
{
	size_t seq, names;

	KS_TRY(ks_der_begin(out, 0x30, &seq, err));
	KS_TRY(ks_der_begin(out, 0x30, &names, err));
	KS_TRY(ks_der_put(out, 0xa4, cert->issuer_der, err)); /* explicit: Name is a CHOICE (X.680 31.2.7) */
	KS_TRY(ks_der_end(out, names, err));
	KS_TRY(ks_der_put(out, 0x02, cert->serial_der, err));
	return ks_der_end(out, seq, err);
}

sign_code
ks_cades_ess_put(ks_buf *out, ks_crypt *cx, const ks_cert *cert, sign_digest alg, sign_error *err)
{
	ks_digest hash;
	size_t    outer, certs, id;

	KS_TRY(ks_der_begin(out, 0x30, &outer, err));
	KS_TRY(ks_der_begin(out, 0x30, &certs, err));
	KS_TRY(ks_der_begin(out, 0x30, &id, err));
	if (alg == SIGN_DIGEST_SHA256) { /* the DEFAULT is left out in DER, and the fingerprint is at hand */
		KS_TRY(ks_der_put(out, 0x04, KS_BYTES(cert->sha256, sizeof(cert->sha256)), err));
	} else {
		KS_TRY(ks_cms_put_digest_algorithm(out, alg, err));
		KS_TRY(ks_digest_bytes(cx, alg, cert->der, &hash, err));
		KS_TRY(ks_der_put(out, 0x04, KS_BYTES(hash.bytes, hash.len), err));
	}
	KS_TRY(put_issuer_serial(out, cert, err));
	KS_TRY(ks_der_end(out, id, err));
	KS_TRY(ks_der_end(out, certs, err));
	return ks_der_end(out, outer, err);
}
