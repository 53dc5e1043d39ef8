/*
 * What may sign, and with what: the rules for new signatures, whatever holds the key. Floor: crypt.
 */
#include "crypt_key.h"
#include "base_text.h"
#include "crypt_key_parts.h"

#include <string.h>

#define MIN_RSA_BITS 2048u
#define MAX_RSA_BITS 8192u

sign_code
ks_key_allowed(ks_key_type type, unsigned bits, const char *curve, const char *name, sign_error *err)
{
	bool rsa = type == KS_KEY_RSA || type == KS_KEY_RSA_PSS;

	if (rsa && bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS)
		return SIGN_OK;
	if (rsa || type == KS_KEY_DSA)
		return ks_fail_why(err, SIGN_E_KEY_ALGORITHM, name, NULL, "%s %u", ks_key_type_name(type), bits);
	if (type != KS_KEY_EC)
		return ks_fail_why(err, SIGN_E_KEY_ALGORITHM, name, NULL, "%s", ks_key_type_name(type));
	if (strcmp(curve, "P-256") == 0 || strcmp(curve, "P-384") == 0 || strcmp(curve, "P-521") == 0)
		return SIGN_OK;
	return ks_fail_why(err, SIGN_E_KEY_ALGORITHM, name, NULL, "EC %s", curve);
}

void
sign_key_free(sign_key *key)
{
	if (key == NULL || atomic_fetch_sub(&key->refs, 1) > 0)
		return;
	if (key->ops != NULL)
		key->ops->free(key);
	for (ks_cert **c = key->chain; c != NULL && *c != NULL; c++)
		ks_cert_free(*c);
	free(key->chain);
	ks_cert_free(key->cert);
	free(key->fingerprint);
	free(key->name);
	free(key);
}

const sign_cert *
sign_key_cert(const sign_key *key)
{
	return (const sign_cert *)key->cert;
}

const char *
sign_key_note(const sign_key *key)
{
	return key->note;
}

/* ---- a worker's handle ---- */

static sign_scheme
default_scheme(ks_key_type type)
{
	if (type == KS_KEY_EC)
		return SIGN_SCHEME_ECDSA;
	return type == KS_KEY_RSA_PSS ? SIGN_SCHEME_RSA_PSS : SIGN_SCHEME_RSA_PKCS1;
}

/* Curves are matched by the digest of their size (RFC 5758 3.2 leaves it free; EN 319 122 users expect it). */
static sign_digest
default_digest(const ks_cert *cert)
{
	if (cert->key_type == KS_KEY_EC && cert->key_bits > 256)
		return cert->key_bits > 384 ? SIGN_DIGEST_SHA512 : SIGN_DIGEST_SHA384;
	return SIGN_DIGEST_SHA256;
}

static bool
scheme_fits(ks_key_type type, sign_scheme scheme)
{
	if (type == KS_KEY_EC)
		return scheme == SIGN_SCHEME_ECDSA;
	return scheme == SIGN_SCHEME_RSA_PSS || (type == KS_KEY_RSA && scheme == SIGN_SCHEME_RSA_PKCS1);
}

sign_code
ks_signer_open(ks_signer *s, sign_key *key, ks_crypt *cx, sign_scheme scheme, sign_digest digest, sign_error *err)
{
	const ks_cert *cert = key->cert;

	*s = (ks_signer){ .key = key, .cx = cx };
	KS_TRY(ks_key_allowed(cert->key_type, cert->key_bits, cert->curve, key->name, err));
	if (scheme == SIGN_SCHEME_NONE)
		scheme = default_scheme(cert->key_type);
	if (digest == SIGN_DIGEST_NONE)
		digest = default_digest(cert);
	if (!scheme_fits(cert->key_type, scheme))
		return ks_fail_why(err, SIGN_E_KEY_ALGORITHM, key->name, NULL, "%s with a key of kind %s",
		    sign_scheme_name(scheme), cert->key_text);
	if (digest != SIGN_DIGEST_SHA256 && digest != SIGN_DIGEST_SHA384 && digest != SIGN_DIGEST_SHA512)
		return ks_fail_why(err, SIGN_E_KEY_ALGORITHM, key->name, NULL, "%s", sign_digest_name(digest));
	KS_TRY(key->ops->attach(key, cx, scheme, digest, &s->state, err));
	atomic_fetch_add(&key->refs, 1);
	s->scheme = scheme;
	s->digest = digest;
	return SIGN_OK;
}

sign_code
ks_signer_sign(ks_signer *s, sign_bytes digest, uint8_t *value, size_t cap, size_t *len, sign_error *err)
{
	*len = 0;
	if (digest.len != ks_digest_size(s->digest))
		return ks_fail_why(err, SIGN_E_CRYPTO, s->key->name, NULL, "%zu bytes of %s", digest.len,
		    sign_digest_name(s->digest));
	return s->key->ops->sign(s->key, s->state, digest, value, cap, len, err);
}

void
ks_signer_close(ks_signer *s)
{
	if (s->state != NULL) {
		s->key->ops->detach(s->key, s->state);
		sign_key_free(s->key);
	}
	memset(s, 0, sizeof(*s));
}

/* ---- before the first signature ---- */

static sign_code
check_dates(const sign_key *key, time_t now, sign_error *err)
{
	char day[KS_TIME_TEXT];

	if (now < key->cert->not_before) {
		ks_date_local(key->cert->not_before, day);
		return ks_fail_why(err, SIGN_E_CERT_NOT_YET, key->name, NULL, "%s", day);
	}
	if (now > key->cert->not_after) {
		ks_date_local(key->cert->not_after, day);
		return ks_fail_why(err, SIGN_E_CERT_EXPIRED, key->name, NULL, "%s", day);
	}
	return SIGN_OK;
}

/* RFC 5280 4.2.1.12: with the extension, only what it lists; RFC 9336 gave documents a purpose of their own. */
static bool
eku_allows_documents(const ks_cert *cert)
{
	static const char *const allowed[] = {
		"2.5.29.37.0",            /* any */
		"1.3.6.1.5.5.7.3.2",      /* client authentication: what most personal certificates carry */
		"1.3.6.1.5.5.7.3.4",      /* e-mail protection */
		"1.3.6.1.5.5.7.3.36",     /* document signing, RFC 9336 */
		"1.3.6.1.4.1.311.10.3.12", /* document signing, as Microsoft named it before */
		"1.2.840.113583.1.1.5",   /* document signing, as Adobe named it before */
	};

	if (!cert->has_eku)
		return true;
	for (size_t i = 0; cert->eku != NULL && cert->eku[i] != NULL; i++)
		for (size_t a = 0; a < KS_COUNT(allowed); a++)
			if (strcmp(cert->eku[i], allowed[a]) == 0)
				return true;
	return false;
}

static sign_code
check_usage(const sign_key *key, sign_error *err)
{
	const ks_cert *cert = key->cert;

	if (cert->extensions_broken)
		return ks_fail_why(err, SIGN_E_KEY_USAGE, key->name, NULL, "broken extensions");
	if (cert->has_ku && (cert->ku & (KS_KU_DIGITAL_SIGNATURE | KS_KU_NON_REPUDIATION)) == 0)
		return ks_fail_why(err, SIGN_E_KEY_USAGE, key->name, NULL, "keyUsage");
	if (!eku_allows_documents(cert))
		return ks_fail_why(err, SIGN_E_KEY_USAGE, key->name, NULL, "extendedKeyUsage %s",
		    cert->eku != NULL && cert->eku[0] != NULL ? cert->eku[0] : "");
	return SIGN_OK;
}

static sign_code
check_reliable(const sign_key *key, sign_scheme scheme, int64_t until, time_t now, sign_error *err)
{
	char day[KS_TIME_TEXT];

	if ((int64_t)now < until)
		return SIGN_OK;
	if (until == 0)
		return ks_fail_why(err, SIGN_E_KEY_ALGORITHM, key->name, NULL, "%s", key->cert->key_text);
	ks_date_local((time_t)until, day);
	return ks_fail_why(err, SIGN_E_KEY_ALGORITHM, key->name, NULL, "%s (%s), %s", key->cert->key_text,
	    sign_scheme_name(scheme), day);
}

sign_code
ks_key_check(const sign_key *key, time_t now, sign_error *err)
{
	const ks_cert       *cert = key->cert;
	const ks_algorithms *table = NULL;
	sign_scheme          scheme = default_scheme(cert->key_type);
	int64_t              until;

	KS_TRY(ks_key_allowed(cert->key_type, cert->key_bits, cert->curve, key->name, err));
	KS_TRY(check_dates(key, now, err));
	KS_TRY(check_usage(key, err));
	KS_TRY(ks_algorithms_load(&table, err));
	until = ks_algorithms_key_until(table, scheme, cert->key_bits);
	/* An RSA key outlives PKCS#1 v1.5: it is good as long as the better of its schemes. */
	if (cert->key_type == KS_KEY_RSA) {
		int64_t pss = ks_algorithms_key_until(table, SIGN_SCHEME_RSA_PSS, cert->key_bits);

		until = pss > until ? pss : until;
	}
	return check_reliable(key, scheme, until, now, err);
}

sign_code
ks_signer_check(const ks_signer *s, time_t now, sign_error *err)
{
	const ks_algorithms *table = NULL;
	int64_t              digest_until;

	KS_TRY(ks_algorithms_load(&table, err));
	digest_until = ks_algorithms_digest_until(table, s->digest);
	if ((int64_t)now >= digest_until)
		return ks_fail_why(err, SIGN_E_KEY_ALGORITHM, s->key->name, NULL, "%s", sign_digest_name(s->digest));
	return check_reliable(s->key, s->scheme, ks_algorithms_key_until(table, s->scheme, s->key->cert->key_bits), now, err);
}

/* Does the private key answer, and does the certificate's key confirm it? */
static sign_code
try_signature(ks_signer *s, sign_error *err)
{
	static const char text[] = "kyso asks whether this key can sign";
	uint8_t           value[KS_SIGNATURE_MAX_BYTES];
	size_t            len = 0;
	ks_digest         digest;

	KS_TRY(ks_digest_bytes(s->cx, s->digest, KS_BYTES(text, sizeof(text) - 1), &digest, err));
	KS_TRY(ks_signer_sign(s, KS_BYTES(digest.bytes, digest.len), value, sizeof(value), &len, err));
	if (ks_cert_verify_value(s->cx, s->key->cert, s->scheme, s->digest, s->digest, digest.len,
	        KS_BYTES(digest.bytes, digest.len), KS_BYTES(value, len), NULL) != SIGN_OK)
		return ks_fail(err, SIGN_E_KEY_MISMATCH, s->key->name);
	return SIGN_OK;
}

sign_code
ks_key_try(sign_key *key, sign_error *err)
{
	KS_AUTO(ks_auto_crypt) ks_crypt *cx = NULL;
	ks_signer signer;
	sign_code rc;

	KS_TRY(ks_crypt_new(&cx, err));
	KS_TRY(ks_signer_open(&signer, key, cx, SIGN_SCHEME_NONE, SIGN_DIGEST_NONE, err));
	rc = try_signature(&signer, err);
	ks_signer_close(&signer);
	return rc;
}

sign_code
sign_key_check(sign_key *key, time_t now, sign_error *err)
{
	KS_TRY(ks_key_check(key, now, err));
	return ks_key_try(key, err);
}
