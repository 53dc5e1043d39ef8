/*
 * A CRL as bytes and a sorted index of its entries, 4 bytes each, so that one of a million entries costs little and a
 * hostile one no more than its size. Reads DER only (RFC 5280 5.1), refuses what it does not understand. Floor: pki.
 */
#include "crypt_der.h"
#include "pki_private.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

static bool
two_digits(const uint8_t *text, int *value)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return false;
	*value = (text[0] - '0') * 10 + (text[1] - '0');
	return true;
}

/* RFC 5280 4.1.2.5: YYMMDDHHMMSSZ before 2050, YYYYMMDDHHMMSSZ from then on. */
static bool
der_time(const ks_der *item, time_t *when)
{
	const uint8_t *t = item->content.data;
	struct tm      tm = { 0 };
	int            century = 0, year, month;

	if (item->tag == V_ASN1_GENERALIZEDTIME && item->content.len == 15) {
		if (!two_digits(t, &century))
			return false;
		t += 2;
	} else if (item->tag != V_ASN1_UTCTIME || item->content.len != 13) {
		return false;
	}
	if (!two_digits(t, &year) || !two_digits(t + 2, &month) || !two_digits(t + 4, &tm.tm_mday) ||
	    !two_digits(t + 6, &tm.tm_hour) || !two_digits(t + 8, &tm.tm_min) || !two_digits(t + 10, &tm.tm_sec) ||
	    t[12] != 'Z')
		return false;
	if (item->tag == V_ASN1_UTCTIME)
		century = year < 50 ? 20 : 19;
	tm.tm_year = century * 100 + year - 1900;
	tm.tm_mon = month - 1;
	if (month < 1 || month > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 ||
	    tm.tm_sec > 59)
		return false;
	*when = timegm(&tm);
	return true;
}

typedef struct {
	sign_bytes oid, value; /* content octets; value: of the OCTET STRING */
	bool       critical;
} extension;

static bool
take_extension(sign_bytes *list, extension *ext)
{
	ks_der   seq, oid, flag, value;
	sign_bytes in;

	if (!ks_der_take_tag(list, 0x30, &seq))
		return false;
	in = seq.content;
	if (!ks_der_take_tag(&in, V_ASN1_OBJECT, &oid))
		return false;
	ext->critical = false;
	if (ks_der_take_tag(&in, V_ASN1_BOOLEAN, &flag)) {
		if (flag.content.len != 1)
			return false;
		ext->critical = flag.content.data[0] != 0;
	}
	if (!ks_der_take_tag(&in, V_ASN1_OCTET_STRING, &value) || in.len != 0)
		return false;
	ext->oid = oid.content;
	ext->value = value.content;
	return true;
}

/* id-ce (2.5.29) arcs are one byte: the last of 55 1D xx. 0 for any other OID. */
static unsigned
ce_arc(sign_bytes oid)
{
	return oid.len == 3 && oid.data[0] == 0x55 && oid.data[1] == 0x1d ? oid.data[2] : 0;
}

enum {
	CE_CRL_NUMBER = 20, CE_REASON = 21, CE_HOLD_INSTRUCTION = 23, CE_INVALIDITY = 24, CE_DELTA = 27, CE_IDP = 28,
	CE_CERT_ISSUER = 29, CE_AKI = 35, CE_FRESHEST = 46,
};

/* One of revokedCertificates; `reason` is -1 when it gives none. */
typedef struct {
	sign_bytes serial;
	time_t     revoked_at;
	int        reason;
	bool       other_issuer, unknown_critical;
} entry_view;

static bool
read_entry_extension(const extension *ext, entry_view *entry)
{
	sign_bytes in = ext->value;
	ks_der   item;

	switch (ce_arc(ext->oid)) {
	case CE_REASON:
		if (!ks_der_take_tag(&in, V_ASN1_ENUMERATED, &item) || item.content.len != 1 || in.len != 0)
			return false;
		entry->reason = item.content.data[0];
		return true;
	case CE_CERT_ISSUER:
		entry->other_issuer = true;
		return true;
	case CE_HOLD_INSTRUCTION:
	case CE_INVALIDITY:
		return true;
	default:
		entry->unknown_critical = entry->unknown_critical || ext->critical;
		return true;
	}
}

static bool
read_entry(sign_bytes content, entry_view *entry)
{
	ks_der  serial, date, list;
	extension ext;

	*entry = (entry_view){ .reason = -1 };
	if (!ks_der_take_tag(&content, V_ASN1_INTEGER, &serial) || serial.content.len == 0 || !ks_der_take(&content, &date) ||
	    !der_time(&date, &entry->revoked_at))
		return false;
	entry->serial = serial.content;
	if (content.len == 0)
		return true;
	if (!ks_der_take_tag(&content, 0x30, &list) || content.len != 0)
		return false;
	while (list.content.len > 0)
		if (!take_extension(&list.content, &ext) || !read_entry_extension(&ext, entry))
			return false;
	return true;
}

/* Content octets without the zero bytes that DER forbids but old authorities wrote. */
static sign_bytes
plain_serial(sign_bytes serial)
{
	while (serial.len > 1 && serial.data[0] == 0 && serial.data[1] < 0x80) {
		serial.data++;
		serial.len--;
	}
	return serial;
}

static int
compare_serials(sign_bytes a, sign_bytes b)
{
	a = plain_serial(a);
	b = plain_serial(b);
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return memcmp(a.data, b.data, a.len);
}

/* Offsets were taken from a walk that succeeded, so this cannot run out of bytes. */
static sign_bytes
content_at(const ks_crl *crl, uint32_t offset)
{
	sign_bytes in = KS_BYTES(crl->der + offset, crl->len - offset);
	ks_der   item = { 0 };

	(void)ks_der_take(&in, &item);
	return item.content;
}

static sign_bytes
serial_at(const ks_crl *crl, uint32_t offset)
{
	sign_bytes in = content_at(crl, offset);
	ks_der   item = { 0 };

	(void)ks_der_take(&in, &item);
	return item.content;
}

static int
compare_entries(const void *a, const void *b, void *crl)
{
	const uint32_t *x = a, *y = b;

	return compare_serials(serial_at(crl, *x), serial_at(crl, *y));
}

/* The shortest entry, serial and UTCTime, is 20 bytes: the bytes themselves bound the index. */
#define ENTRY_MIN_BYTES 20

static bool
index_entries(ks_crl *crl, sign_bytes list, bool *no_memory)
{
	entry_view entry;
	ks_der   item;

	crl->entries = malloc((list.len / ENTRY_MIN_BYTES + 1) * sizeof(crl->entries[0]));
	*no_memory = crl->entries == NULL;
	if (*no_memory)
		return false;
	while (list.len > 0) {
		if (!ks_der_take_tag(&list, 0x30, &item) || item.whole.len < ENTRY_MIN_BYTES ||
		    !read_entry(item.content, &entry))
			return false;
		crl->indirect = crl->indirect || entry.other_issuer;
		if (entry.unknown_critical)
			crl->fault = KS_N_("an entry carries a critical extension that is not understood");
		crl->entries[crl->count++] = (uint32_t)(item.whole.data - crl->der);
	}
	qsort_r(crl->entries, crl->count, sizeof(crl->entries[0]), compare_entries, crl);
	return true;
}

static bool
read_idp(ks_crl *crl, sign_bytes value)
{
	const unsigned char *p = value.data;

	crl->idp_der = value;
	crl->idp = d2i_ISSUING_DIST_POINT(NULL, &p, (long)value.len);
	if (crl->idp == NULL || p != value.data + value.len)
		return false;
	crl->indirect = crl->indirect || crl->idp->indirectCRL > 0;
	return true;
}

static bool
read_extension(ks_crl *crl, const extension *ext)
{
	sign_bytes in = ext->value;
	ks_der   seq, id;

	switch (ce_arc(ext->oid)) {
	case CE_DELTA:
		crl->delta = true;
		return true;
	case CE_IDP:
		return crl->idp == NULL && read_idp(crl, ext->value);
	case CE_AKI:
		if (!ks_der_take_tag(&in, 0x30, &seq) || in.len != 0)
			return false;
		if (ks_der_take_tag(&seq.content, 0x80, &id))
			crl->aki = id.content;
		return true;
	case CE_CRL_NUMBER:
	case CE_FRESHEST:
		return true;
	default:
		/* RFC 5280 5.2: a CRL with an unknown critical extension must not be used. */
		if (ext->critical)
			crl->fault = KS_N_("a critical extension that is not understood");
		return true;
	}
}

static bool
read_extensions(ks_crl *crl, sign_bytes tagged)
{
	ks_der  list;
	extension ext;

	if (!ks_der_take_tag(&tagged, 0x30, &list) || tagged.len != 0)
		return false;
	while (list.content.len > 0)
		if (!take_extension(&list.content, &ext) || !read_extension(crl, &ext))
			return false;
	return true;
}

static char *
name_text(X509_NAME *name)
{
	BIO  *out = BIO_new(BIO_s_mem());
	char *data = NULL, *text = NULL;
	long  len;

	if (out != NULL && X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0 &&
	    (len = BIO_get_mem_data(out, &data)) >= 0)
		text = strndup(data != NULL ? data : "", (size_t)len);
	BIO_free(out);
	return text;
}

static sign_digest
algorithm_digest(const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *oid;
	const void        *param;
	int                type, nid, digest = NID_undef;
	char               dotted[64];

	X509_ALGOR_get0(&oid, &type, &param, algorithm);
	nid = OBJ_obj2nid(oid);
	if (nid == NID_rsassaPss && type == V_ASN1_SEQUENCE) {
		RSA_PSS_PARAMS *pss = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), algorithm->parameter);

		/* RFC 4055 3.1: SHA-1 when left out */
		digest = pss != NULL && pss->hashAlgorithm != NULL ? OBJ_obj2nid(pss->hashAlgorithm->algorithm) : NID_sha1;
		RSA_PSS_PARAMS_free(pss);
	} else if (OBJ_find_sigid_algs(nid, &digest, NULL) != 1) {
		digest = NID_undef;
	}
	if (digest == NID_undef || OBJ_obj2txt(dotted, sizeof(dotted), OBJ_nid2obj(digest), 1) <= 0)
		return SIGN_DIGEST_NONE;
	return ks_digest_from_oid(dotted);
}

static X509_ALGOR *
parse_algorithm(sign_bytes whole)
{
	const unsigned char *p = whole.data;

	return d2i_X509_ALGOR(NULL, &p, (long)whole.len);
}

/* Version, algorithm, issuer, dates; `tbs` is left at revokedCertificates. */
static bool
read_head(ks_crl *crl, sign_bytes *tbs, sign_bytes outer_algorithm)
{
	ks_der             version, algorithm, name, date;
	const unsigned char *p;

	if (ks_der_take_tag(tbs, V_ASN1_INTEGER, &version) && (version.content.len != 1 || version.content.data[0] != 1))
		return false;
	/* RFC 5280 5.1.1.2: the algorithm inside must be the one outside. */
	if (!ks_der_take_tag(tbs, 0x30, &algorithm) || !ks_bytes_equal(algorithm.whole, outer_algorithm))
		return false;
	if (!ks_der_take_tag(tbs, 0x30, &name) || !ks_der_take(tbs, &date) || !der_time(&date, &crl->this_update))
		return false;
	p = name.whole.data;
	crl->issuer_der = name.whole;
	crl->issuer = d2i_X509_NAME(NULL, &p, (long)name.whole.len);
	crl->algorithm = parse_algorithm(outer_algorithm);
	if (crl->issuer == NULL || crl->algorithm == NULL || (crl->issuer_text = name_text(crl->issuer)) == NULL)
		return false;
	crl->digest = algorithm_digest(crl->algorithm);
	if (crl->digest == SIGN_DIGEST_MD5)
		crl->fault = KS_N_("signed with MD5");
	if (tbs->len > 0 && (tbs->data[0] == V_ASN1_UTCTIME || tbs->data[0] == V_ASN1_GENERALIZEDTIME))
		return ks_der_take(tbs, &date) && der_time(&date, &crl->next_update);
	return true;
}

static bool
read_crl(ks_crl *crl, bool *no_memory)
{
	sign_bytes in = KS_BYTES(crl->der, crl->len);
	ks_der   outer, tbs, algorithm, value, item;

	if (!ks_der_take_tag(&in, 0x30, &outer) || in.len != 0)
		return false;
	in = outer.content;
	if (!ks_der_take_tag(&in, 0x30, &tbs) || !ks_der_take_tag(&in, 0x30, &algorithm) ||
	    !ks_der_take_tag(&in, V_ASN1_BIT_STRING, &value) || in.len != 0 || value.content.len < 2 ||
	    value.content.data[0] != 0)
		return false;
	crl->tbs = tbs.whole;
	crl->value = KS_BYTES(value.content.data + 1, value.content.len - 1);
	in = tbs.content;
	if (!read_head(crl, &in, algorithm.whole))
		return false;
	if (ks_der_take_tag(&in, 0x30, &item) && !index_entries(crl, item.content, no_memory))
		return false;
	if (ks_der_take_tag(&in, 0xa0, &item) && !read_extensions(crl, item.content))
		return false;
	return in.len == 0;
}

bool
ks_crl_looks_like(sign_bytes file)
{
	ks_der outer, item;

	/* TBSCertList has a time where a certificate has a SEQUENCE (its validity) or, in version 3, begins with [0]. */
	if (!ks_der_take_tag(&file, 0x30, &outer) || !ks_der_take_tag(&outer.content, 0x30, &item))
		return false;
	file = item.content;
	(void)ks_der_take_tag(&file, V_ASN1_INTEGER, &item);
	return ks_der_take_tag(&file, 0x30, &item) && ks_der_take_tag(&file, 0x30, &item) &&
	    (ks_der_peek(file) == V_ASN1_UTCTIME || ks_der_peek(file) == V_ASN1_GENERALIZEDTIME);
}

sign_code
ks_crl_parse(sign_bytes der, const char *name, const char *origin, ks_crl **out, sign_error *err)
{
	KS_AUTO(ks_auto_crl) ks_crl *crl = NULL;
	bool no_memory = false, sound;

	*out = NULL;
	if (der.len > KS_CRL_MAX_BYTES)
		return ks_fail_why(err, SIGN_E_LIMIT, name, NULL, "a CRL of more than %zu bytes", KS_CRL_MAX_BYTES);
	crl = calloc(1, sizeof(*crl));
	if (crl == NULL || (crl->der = malloc(der.len + 1)) == NULL ||
	    (origin != NULL && (crl->origin = strdup(origin)) == NULL))
		return ks_fail_memory(err);
	if (der.len > 0)
		memcpy(crl->der, der.data, der.len);
	crl->len = der.len;
	sound = read_crl(crl, &no_memory);
	ERR_clear_error();
	if (no_memory)
		return ks_fail_memory(err);
	if (!sound)
		return ks_fail_why(err, SIGN_E_FORMAT, name, NULL, "not a CRL, or a damaged one");
	*out = KS_MOVE(crl);
	return SIGN_OK;
}

void
ks_crl_free(ks_crl *crl)
{
	if (crl == NULL)
		return;
	ISSUING_DIST_POINT_free(crl->idp);
	X509_NAME_free(crl->issuer);
	X509_ALGOR_free(crl->algorithm);
	free(crl->issuer_text);
	free(crl->entries);
	free(crl->origin);
	free(crl->der);
	free(crl);
}

#define REASON_REMOVE_FROM_CRL 8

bool
ks_crl_find(const ks_crl *crl, sign_bytes serial, ks_crl_entry *entry)
{
	size_t low = 0, high = crl->count;
	bool   found = false;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_serials(serial_at(crl, crl->entries[middle]), serial) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	/* A serial should be listed once; if not, the earliest date counts. */
	for (; low < crl->count && compare_serials(serial_at(crl, crl->entries[low]), serial) == 0; low++) {
		entry_view view;

		if (!read_entry(content_at(crl, crl->entries[low]), &view) || view.reason == REASON_REMOVE_FROM_CRL)
			continue;
		if (!found || view.revoked_at < entry->revoked_at)
			*entry = (ks_crl_entry){ view.revoked_at, view.reason };
		found = true;
	}
	return found;
}
