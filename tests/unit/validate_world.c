/* The hermetic PKI of the judge's tests, made in memory with OpenSSL. */
#include "validate_world.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define SERIAL_CA     2
#define SERIAL_PERSON 11
#define SERIAL_AGENCY 12

typedef struct { const char *const *subject; long serial; time_t from, to; bool is_ca; const char *ku, *eku; bool critical; } cert_plan;

static void
check(int ok)
{
	cr_assert_eq(ok, 1, "OpenSSL could not make the test world");
}

static X509_NAME *
make_name(const char *const subject[])
{
	X509_NAME *name = X509_NAME_new();

	for (size_t i = 0; subject[i] != NULL; i += 2)
		check(X509_NAME_add_entry_by_txt(name, subject[i], MBSTRING_UTF8, (const unsigned char *)subject[i + 1], -1, -1, 0));
	return name;
}

static void
add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX      ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	cr_assert_not_null(ext);
	check(X509_add_ext(x, ext, -1));
	X509_EXTENSION_free(ext);
}

static void
add_unknown_critical(X509 *x)
{
	ASN1_OBJECT       *oid = OBJ_txt2obj("1.3.6.1.4.1.99999.1", 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION    *ext;

	check(ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05\x00", 2));
	ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
	check(X509_add_ext(x, ext, -1));
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
}

static X509 *
make_x509(const cert_plan *plan, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
	X509      *x = X509_new();
	X509_NAME *name = make_name(plan->subject);

	check(X509_set_version(x, 2));
	check(ASN1_INTEGER_set(X509_get_serialNumber(x), plan->serial));
	check(X509_set_subject_name(x, name));
	check(X509_set_issuer_name(x, issuer != NULL ? X509_get_subject_name(issuer) : name));
	cr_assert_not_null(ASN1_TIME_set(X509_getm_notBefore(x), plan->from));
	cr_assert_not_null(ASN1_TIME_set(X509_getm_notAfter(x), plan->to));
	check(X509_set_pubkey(x, key));
	add_extension(x, issuer != NULL ? issuer : x, NID_subject_key_identifier, "hash");
	if (issuer != NULL)
		add_extension(x, issuer, NID_authority_key_identifier, "keyid:always");
	if (plan->is_ca)
		add_extension(x, issuer, NID_basic_constraints, "critical,CA:TRUE");
	if (plan->ku != NULL)
		add_extension(x, issuer, NID_key_usage, plan->ku);
	if (plan->eku != NULL)
		add_extension(x, issuer, NID_ext_key_usage, plan->eku);
	if (plan->critical)
		add_unknown_critical(x);
	cr_assert_gt(X509_sign(x, issuer_key, EVP_sha256()), 0);
	X509_NAME_free(name);
	return x;
}

static ks_cert *
to_cert(X509 *x)
{
	unsigned char *der = NULL;
	int            len = i2d_X509(x, &der);
	ks_cert       *cert = NULL;
	sign_error     err = SIGN_ERROR_INIT;

	cr_assert_gt(len, 0);
	cr_assert_eq(ks_cert_parse(KS_BYTES(der, (size_t)len), &cert, &err), SIGN_OK, "%s", err.detail);
	OPENSSL_free(der);
	return cert;
}

static void
revoke(X509_CRL *crl, long serial, int reason)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	ASN1_TIME    *when = ASN1_TIME_set(NULL, NOW - 10 * DAY);

	check(ASN1_INTEGER_set(number, serial));
	check(X509_REVOKED_set_serialNumber(entry, number));
	check(X509_REVOKED_set_revocationDate(entry, when));
	if (reason >= 0) {
		ASN1_ENUMERATED *value = ASN1_ENUMERATED_new();

		check(ASN1_ENUMERATED_set(value, reason));
		check(X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, value, 0, 0));
		ASN1_ENUMERATED_free(value);
	}
	check(X509_CRL_add0_revoked(crl, entry));
	ASN1_INTEGER_free(number);
	ASN1_TIME_free(when);
}

static void
add_crl(world *w, X509 *issuer, EVP_PKEY *key, unsigned plan, long revoked, int reason)
{
	X509_CRL      *crl = X509_CRL_new();
	time_t         from = (plan & FUTURE_CRL) != 0 ? NOW + 30 * DAY : (plan & STALE) != 0 ? NOW - 60 * DAY :
	    (plan & OLD_CRL) != 0 ? NOW - 400 * DAY : NOW - DAY;
	ASN1_TIME     *last = ASN1_TIME_set(NULL, from);
	ASN1_TIME     *next = ASN1_TIME_set(NULL, (plan & OLD_CRL) != 0 ? NOW + 900 * DAY : from + 20 * DAY);
	unsigned char *der = NULL;
	sign_error     err = SIGN_ERROR_INIT;

	check(X509_CRL_set_version(crl, 1));
	check(X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)));
	check(X509_CRL_set1_lastUpdate(crl, last));
	check(X509_CRL_set1_nextUpdate(crl, next));
	if (revoked != 0)
		revoke(crl, revoked, reason);
	check(X509_CRL_sort(crl));
	cr_assert_gt(X509_CRL_sign(crl, key, (plan & SHA1_CRL) != 0 ? EVP_sha1() : EVP_sha256()), 0);
	int len = i2d_X509_CRL(crl, &der);
	cr_assert_gt(len, 0);
	cr_assert_eq(ks_trust_add_crl(w->trust, KS_BYTES(der, (size_t)len), "test.crl", &err), SIGN_OK, "%s", err.detail);
	OPENSSL_free(der);
	X509_CRL_free(crl);
	ASN1_TIME_free(last);
	ASN1_TIME_free(next);
}

static const char *const root_name[] = { "CN", "Root", "O", "Test", NULL };
static const char *const ca_name[] = { "CN", "Issuing CA", "O", "Test", NULL };
static const char *const person_name[] = { "C", "VN", "O", "SỞ MẪU", "OU", "Văn phòng", "CN", "Nguyễn Văn Mẫu",
	"emailAddress", "mau@so-mau.gov.vn", NULL };
static const char *const agency_name[] = { "C", "VN", "O", "UBND TỈNH MẪU", "CN", "SỞ MẪU", NULL };

static EVP_PKEY *
make_key(bool weak)
{
	return weak ? EVP_RSA_gen(1024) : EVP_EC_gen("P-256");
}

static cert_plan
signer_plan(unsigned plan, const char *const *subject, long serial)
{
	cert_plan p = { subject, serial, NOW - 365 * DAY, NOW + 365 * DAY, false, "critical,digitalSignature,nonRepudiation", NULL, false };

	if ((plan & EXPIRED) != 0)
		p.to = NOW - 30 * DAY;
	if ((plan & NOT_YET) != 0)
		p.from = NOW + 15 * DAY;
	if ((plan & WRONG_KU) != 0)
		p.ku = "critical,keyEncipherment";
	if ((plan & NO_KU) != 0)
		p.ku = NULL;
	if ((plan & SERVER_EKU) != 0)
		p.eku = "serverAuth";
	if ((plan & MAIL_EKU) != 0)
		p.eku = "serverAuth,emailProtection";
	p.critical = (plan & CRITICAL) != 0;
	return p;
}

static void
add_crls(world *w, unsigned plan, X509 *root, EVP_PKEY *root_key, X509 *ca, EVP_PKEY *ca_key)
{
	long listed = (plan & (REVOKED | HOLD)) != 0 ? SERIAL_PERSON : 0;

	if ((plan & NO_CRL) != 0)
		return;
	if ((plan & NO_ROOT_CRL) == 0)
		add_crl(w, root, root_key, plan, (plan & CA_REVOKED) != 0 ? SERIAL_CA : 0, 1);
	add_crl(w, ca, ca_key, plan, listed, (plan & HOLD) != 0 ? 6 : 1);
}

static void
make_trust(world *w, unsigned plan)
{
	EVP_PKEY *root_key = make_key(false), *ca_key = make_key(false), *key = make_key((plan & WEAK_KEY) != 0);
	cert_plan root_plan = { root_name, 1, NOW - 3650 * DAY, NOW + 3650 * DAY, true, "critical,keyCertSign,cRLSign", NULL, false };
	cert_plan ca_plan = { ca_name, SERIAL_CA, NOW - 1000 * DAY, (plan & CA_EXPIRED) != 0 ? NOW - DAY : NOW + 1000 * DAY, true,
		"critical,keyCertSign,cRLSign", NULL, false };
	cert_plan person_plan = signer_plan(plan, person_name, SERIAL_PERSON);
	cert_plan agency_plan = signer_plan(0, agency_name, SERIAL_AGENCY);
	X509     *root = make_x509(&root_plan, root_key, NULL, root_key);
	X509     *ca = make_x509(&ca_plan, ca_key, root, root_key);
	X509     *person = make_x509(&person_plan, key, ca, ca_key), *agency = make_x509(&agency_plan, key, ca, ca_key);
	ks_cert  *anchor = to_cert(root);
	sign_error err = SIGN_ERROR_INIT;

	w->ca = to_cert(ca);
	w->person = to_cert(person);
	w->agency = to_cert(agency);
	cr_assert_eq(ks_trust_new(&w->trust, &err), SIGN_OK);
	if ((plan & UNTRUSTED_ROOT) != 0)
		cr_assert_eq(ks_trust_add_cert(w->trust, w->agency, true, &err), SIGN_OK); /* some other anchor */
	if ((plan & (NO_ANCHOR | UNTRUSTED_ROOT)) == 0)
		cr_assert_eq(ks_trust_add_cert(w->trust, anchor, true, &err), SIGN_OK);
	if ((plan & NO_CA) == 0)
		cr_assert_eq(ks_trust_add_cert(w->trust, w->ca, false, &err), SIGN_OK);
	if ((plan & UNTRUSTED_ROOT) != 0)
		cr_assert_eq(ks_trust_add_cert(w->trust, anchor, false, &err), SIGN_OK);
	add_crls(w, plan, root, root_key, ca, ca_key);
	ks_cert_free(anchor);
	X509_free(root);
	X509_free(ca);
	X509_free(person);
	X509_free(agency);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);
}

static const uint8_t digest[SIGN_DIGEST_MAX_BYTES] = { 1, 2, 3 };

static void
add_signature(world *w, ks_cert *signer, const char *file, time_t when)
{
	ks_signature *s = ks_facts_add_signature(w->facts, file, NULL);

	cr_assert_not_null(s);
	s->digest_alg = s->scheme_digest = SIGN_DIGEST_SHA256;
	s->scheme = signer->key_type == KS_KEY_EC ? SIGN_SCHEME_ECDSA : SIGN_SCHEME_RSA_PKCS1;
	s->value_holds = s->content_holds = KS_HOLDS_YES;
	s->signer = ks_cert_ref(signer);
	s->sid = "serial 1";
	s->ess = KS_ESS_MATCH;
	s->has_signing_time = true;
	s->signing_time = when;
	s->edges = ks_arena_alloc(w->facts->arena, 2 * sizeof(*s->edges));
	s->edges[0] = (ks_edge){ digest, 0, SIGN_DIGEST_SHA256, KS_EDGE_HOLDS };
	s->edge_count = 1;
}

void
world_make(world *w, unsigned plan)
{
	sign_error err = SIGN_ERROR_INIT;

	memset(w, 0, sizeof(*w));
	make_trust(w, plan);
	cr_assert_eq(ks_pki_new(w->trust, &w->pki, &err), SIGN_OK);
	cr_assert_eq(ks_policy_load((plan & OFFICIAL) != 0 ? "official" : "default", &w->policy, &err), SIGN_OK, "%s %s %s",
	    err.subject, err.where, err.detail);
	if ((plan & IF_AVAILABLE) != 0)
		w->policy->revocation = KS_REVOCATION_IF_AVAILABLE;
	w->policy->allow_no_signing_cert_attr = (plan & ALLOW_NO_ESS) != 0;
	cr_assert_eq(ks_facts_new("x.asice", &w->facts, &err), SIGN_OK);
	w->facts->form = SIGN_FORM_ASICE_CADES;
	ks_document *d = ks_facts_add_document(w->facts, "a.pdf", &err);
	d->needs_cover = true;
	d->size_bytes = 100;
	add_signature(w, w->person, "META-INF/signature001.p7s", NOW - 2 * DAY);
	if ((plan & TWO) != 0) {
		add_signature(w, w->agency, "META-INF/signature002.p7s", NOW - DAY);
		ks_signature *s = &w->facts->signatures[1];
		s->covers = ks_arena_alloc(w->facts->arena, sizeof(*s->covers));
		s->covers_count = 1;
	}
	w->judge = (ks_judge){ w->policy, w->trust, w->pki, NOW, (plan & WHAT_IF) != 0, NULL };
}

void
world_clear(world *w)
{
	ks_facts_free(w->facts);
	ks_policy_free(w->policy);
	ks_pki_free(w->pki);
	ks_trust_free(w->trust);
	ks_cert_free(w->ca);
	ks_cert_free(w->person);
	ks_cert_free(w->agency);
}

ks_cert *
world_cert(const char *const subject[])
{
	EVP_PKEY *key = make_key(false);
	cert_plan plan = signer_plan(0, subject, 5);
	X509     *x = make_x509(&plan, key, NULL, key);
	ks_cert  *cert = to_cert(x);

	X509_free(x);
	EVP_PKEY_free(key);
	return cert;
}
