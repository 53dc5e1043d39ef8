/*
 * Signing on a token: a session a worker as far as the token has them, the value in the shape CMS wants. Floor:
 * crypt. The document is hashed here; the token only ever sees a digest.
 */
#include "crypt_p11.h"

#include <openssl/ecdsa.h>
#include <string.h>

/* One worker's way to sign: made by attach, used by one thread. */
typedef struct {
	ks_p11_session         *session;
	CK_MECHANISM            mechanism;
	CK_RSA_PKCS_PSS_PARAMS  pss;
	sign_bytes              prefix; /* before the digest: DigestInfo of PKCS#1 v1.5 */
	size_t                  take;   /* bytes of the digest that count */
	size_t                  value_bytes; /* RSA: the modulus; ECDSA: r and s */
} worker;

/* RFC 8017 9.2, note 1 */
static const uint8_t sha256_info[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
	0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };
static const uint8_t sha384_info[] = { 0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
	0x02, 0x02, 0x05, 0x00, 0x04, 0x30 };
static const uint8_t sha512_info[] = { 0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
	0x02, 0x03, 0x05, 0x00, 0x04, 0x40 };
static const struct {
	sign_digest           digest;
	const uint8_t        *info;
	CK_MECHANISM_TYPE     hash;
	CK_RSA_PKCS_MGF_TYPE  mgf;
} digests[] = {
	{ SIGN_DIGEST_SHA256, sha256_info, CKM_SHA256, CKG_MGF1_SHA256 },
	{ SIGN_DIGEST_SHA384, sha384_info, CKM_SHA384, CKG_MGF1_SHA384 },
	{ SIGN_DIGEST_SHA512, sha512_info, CKM_SHA512, CKG_MGF1_SHA512 },
};
#define INFO_BYTES sizeof(sha256_info)

/* ---- what is asked of the token ---- */

static sign_code
set_mechanism(worker *w, const sign_key *key, sign_scheme scheme, sign_digest d, sign_error *err)
{
	size_t at = 0;
	size_t bytes = (key->cert->key_bits + 7) / 8;

	while (at < KS_COUNT(digests) && digests[at].digest != d)
		at++;
	if (at == KS_COUNT(digests))
		return ks_fail_why(err, SIGN_E_CRYPTO, key->name, NULL, "%s", sign_digest_name(d));
	w->take = ks_digest_size(d);
	w->value_bytes = scheme == SIGN_SCHEME_ECDSA ? 2 * bytes : bytes;
	if (scheme == SIGN_SCHEME_RSA_PKCS1) {
		w->mechanism.mechanism = CKM_RSA_PKCS;
		w->prefix = KS_BYTES(digests[at].info, INFO_BYTES);
	} else if (scheme == SIGN_SCHEME_RSA_PSS) {
		w->pss = (CK_RSA_PKCS_PSS_PARAMS){ digests[at].hash, digests[at].mgf, w->take };
		w->mechanism = (CK_MECHANISM){ CKM_RSA_PKCS_PSS, &w->pss, sizeof(w->pss) };
	} else {
		/* FIPS 186-4 6.4: the leftmost bits that the order has; not every token cuts by itself */
		w->mechanism.mechanism = CKM_ECDSA;
		w->take = w->take > bytes ? bytes : w->take;
	}
	return SIGN_OK;
}

static sign_code
check_mechanism(const worker *w, const sign_key *key, const ks_p11_token *token, sign_scheme scheme, sign_error *err)
{
	CK_MECHANISM_INFO info;
	CK_RV             rv = token->f->C_GetMechanismInfo(token->slot, w->mechanism.mechanism, &info);

	if (rv != CKR_OK && rv != CKR_MECHANISM_INVALID)
		return ks_p11_fail(err, token, rv, token->label, "mechanism");
	if (rv != CKR_OK || (info.flags & CKF_SIGN) == 0)
		return ks_fail_why(
		    err, SIGN_E_KEY_ALGORITHM, key->name, NULL, "%s: not on this token", sign_scheme_name(scheme));
	return SIGN_OK;
}

/* ---- sessions ---- */

static ks_p11_session *
least_used(const ks_p11_key *k)
{
	ks_p11_session *best = k->sessions;

	for (ks_p11_session *s = k->sessions; s != NULL; s = s->next)
		if (s->users < best->users)
			best = s;
	return best;
}

/* A session nobody uses, else a new one, else the one with the fewest users: then its lock makes them take turns. */
static sign_code
take_session(ks_p11_key *k, ks_p11_session **session, sign_error *err)
{
	ks_p11_session *s;
	CK_RV           rv = CKR_OK;

	pthread_mutex_lock(&k->lock);
	s = least_used(k);
	if (s == NULL || s->users > 0) {
		ks_p11_session *more = NULL;

		rv = ks_p11_session_add(k, &more);
		if (rv == CKR_OK)
			s = more;
		else if (rv == CKR_SESSION_COUNT && s != NULL)
			rv = CKR_OK;
	}
	if (rv == CKR_OK)
		s->users++;
	pthread_mutex_unlock(&k->lock);
	*session = s;
	return rv == CKR_OK ? SIGN_OK : ks_p11_fail(err, &k->token, rv, k->token.label, "open a session");
}

/* PKCS#11 2.40 5.6: Cryptoki is not inherited; using the parent's connection would disturb the parent. */
static sign_code
check_process(const ks_p11_key *k, const sign_key *key, sign_error *err)
{
	if (k->process == getpid())
		return SIGN_OK;
	return ks_fail_why(err, SIGN_E_CRYPTO, key->name, NULL, "opened by another process");
}

static sign_code
p11_attach(sign_key *key, ks_crypt *cx, sign_scheme scheme, sign_digest d, void **state, sign_error *err)
{
	ks_p11_key *k = key->impl;
	KS_AUTO(ks_auto_mem) worker *w = calloc(1, sizeof(*w));

	(void)cx;
	if (w == NULL)
		return ks_fail_memory(err);
	KS_TRY(check_process(k, key, err));
	KS_TRY(set_mechanism(w, key, scheme, d, err));
	KS_TRY(check_mechanism(w, key, &k->token, scheme, err));
	KS_TRY(take_session(k, &w->session, err));
	*state = KS_MOVE(w);
	return SIGN_OK;
}

static void
p11_detach(sign_key *key, void *state)
{
	ks_p11_key *k = key->impl;
	worker     *w = state;

	pthread_mutex_lock(&k->lock);
	w->session->users--;
	pthread_mutex_unlock(&k->lock);
	free(w);
}

/* ---- one signature ---- */

/* PKCS#11 2.40 4.9: CKA_ALWAYS_AUTHENTICATE wants the PIN between C_SignInit and C_Sign, each time. */
static CK_RV
sign_in_session(ks_p11_key *k, worker *w, uint8_t *input, size_t input_len, uint8_t *out, CK_ULONG *out_len)
{
	CK_FUNCTION_LIST *f = k->token.f;
	CK_SESSION_HANDLE session = w->session->handle;
	CK_RV             rv = f->C_SignInit(session, &w->mechanism, k->object);

	if (rv == CKR_OK && k->always_auth && k->pin_pad)
		rv = f->C_Login(session, CKU_CONTEXT_SPECIFIC, NULL, 0);
	else if (rv == CKR_OK && k->always_auth)
		rv = f->C_Login(session, CKU_CONTEXT_SPECIFIC, (CK_UTF8CHAR *)k->pin.data, k->pin.len);
	return rv == CKR_OK ? f->C_Sign(session, input, input_len, out, out_len) : rv;
}

/* Two halves, r and s, become the SEQUENCE that RFC 5753 2.1.1 puts into CMS. */
static sign_code
take_ecdsa(
    const sign_key *key, const uint8_t *raw, size_t raw_len, uint8_t *value, size_t cap, size_t *len, sign_error *err)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM    *r = BN_bin2bn(raw, (int)raw_len / 2, NULL);
	BIGNUM    *s = BN_bin2bn(raw + raw_len / 2, (int)raw_len / 2, NULL);
	sign_code  rc = SIGN_OK;
	int        need;

	if (sig == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		ECDSA_SIG_free(sig);
		return ks_fail_memory(err);
	}
	need = i2d_ECDSA_SIG(sig, NULL);
	if (need <= 0 || (size_t)need > cap)
		rc = ks_fail_openssl(err, SIGN_E_CRYPTO, key->name, "ECDSA value");
	else
		*len = (size_t)i2d_ECDSA_SIG(sig, &value);
	ECDSA_SIG_free(sig);
	return rc;
}

static sign_code
take_value(const sign_key *key, const worker *w, const uint8_t *out, size_t out_len, uint8_t *value, size_t cap,
    size_t *len, sign_error *err)
{
	/* some EC tokens strip leading zeros from both halves alike */
	bool ec = w->mechanism.mechanism == CKM_ECDSA;

	if (out_len == 0 || out_len > w->value_bytes || (ec ? out_len % 2 != 0 : out_len != w->value_bytes) ||
	    out_len > cap)
		return ks_fail_why(err, SIGN_E_CRYPTO, key->name, NULL, "a signature value of %zu bytes", out_len);
	if (ec)
		return take_ecdsa(key, out, out_len, value, cap, len, err);
	memcpy(value, out, out_len);
	*len = out_len;
	return SIGN_OK;
}

/* What is wrong with the token is wrong for every worker: none may spend another try of the PIN. */
static sign_code
fail_sign(ks_p11_key *k, const sign_key *key, CK_RV rv, sign_error *err)
{
	sign_code rc = ks_p11_fail(err, &k->token, rv, rv == CKR_HOST_MEMORY ? NULL : key->name, "sign");

	if (rc == SIGN_E_TOKEN_REMOVED || rc == SIGN_E_PIN_WRONG || rc == SIGN_E_PIN_LOCKED || rc == SIGN_E_PIN_MISSING)
		atomic_store(&k->stopped, (int)rc);
	return rc;
}

static sign_code
p11_sign(sign_key *key, void *state, sign_bytes digest, uint8_t *value, size_t cap, size_t *len, sign_error *err)
{
	ks_p11_key *k = key->impl;
	worker     *w = state;
	uint8_t     input[INFO_BYTES + SIGN_DIGEST_MAX_BYTES], out[KS_SIGNATURE_MAX_BYTES];
	CK_ULONG    out_len = sizeof(out);
	int         stopped;
	CK_RV       rv;

	KS_TRY(check_process(k, key, err));
	if (w->prefix.len > 0)
		memcpy(input, w->prefix.data, w->prefix.len);
	memcpy(input + w->prefix.len, digest.data, w->take);
	pthread_mutex_lock(&w->session->lock);
	stopped = atomic_load(&k->stopped);
	rv = stopped == SIGN_OK ? sign_in_session(k, w, input, w->prefix.len + w->take, out, &out_len) : CKR_OK;
	pthread_mutex_unlock(&w->session->lock);
	if (stopped != SIGN_OK)
		return ks_fail(err, (sign_code)stopped, key->name);
	if (rv != CKR_OK)
		return fail_sign(k, key, rv, err);
	return take_value(key, w, out, out_len, value, cap, len, err);
}

/* ---- the end ---- */

CK_RV
ks_p11_session_add(ks_p11_key *k, ks_p11_session **session)
{
	ks_p11_session *s = calloc(1, sizeof(*s));
	CK_RV           rv;

	if (s == NULL)
		return CKR_HOST_MEMORY;
	rv = k->token.f->C_OpenSession(k->token.slot, CKF_SERIAL_SESSION, NULL, NULL, &s->handle);
	if (rv != CKR_OK) {
		free(s);
		return rv;
	}
	pthread_mutex_init(&s->lock, NULL);
	s->next = k->sessions;
	k->sessions = s;
	*session = s;
	return CKR_OK;
}

sign_code
ks_p11_key_new(const ks_p11_token *token, ks_p11_key **key, sign_error *err)
{
	ks_p11_key *k = calloc(1, sizeof(*k));

	if (k == NULL)
		return ks_fail_memory(err);
	k->token = *token;
	k->process = getpid();
	pthread_mutex_init(&k->lock, NULL);
	*key = k;
	return SIGN_OK;
}

/* No C_Logout: another key of this process may be using the same login, and it ends with the last session anyway. */
void
ks_p11_key_free(ks_p11_key *k)
{
	if (k == NULL)
		return;
	while (k->sessions != NULL) {
		ks_p11_session *s = k->sessions;

		k->sessions = s->next;
		if (k->process == getpid())
			k->token.f->C_CloseSession(s->handle);
		pthread_mutex_destroy(&s->lock);
		free(s);
	}
	if (k->process == getpid())
		ks_p11_unload(k->token.f);
	ks_secret_clear(&k->pin);
	pthread_mutex_destroy(&k->lock);
	free(k);
}

static void
p11_free(sign_key *key)
{
	ks_p11_key_free(key->impl);
	key->impl = NULL;
}

const struct ks_key_ops ks_p11_ops = { p11_attach, p11_sign, p11_detach, p11_free };
