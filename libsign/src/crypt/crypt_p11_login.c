/*
 * Logging in to a token: what its PIN's state allows, the one question, the one try, and what a refusal means. Floor:
 * crypt. A token locks itself after a few wrong PINs, and only its issuer can open it again: nothing here tries
 * twice.
 */
#include "crypt_p11.h"
#include "base_text.h"
#include "crypt_refused.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

#define N_(text) (text) /* translated where it is shown */

/* ---- before ---- */

static sign_code
check_state(const ks_p11_token *token, const ks_key_asker *asker, sign_error *err)
{
	switch (ks_p11_pin_state(&token->info)) {
	case SIGN_PIN_LOCKED:
		return ks_fail(err, SIGN_E_PIN_LOCKED, token->label);
	case SIGN_PIN_FINAL:
		return asker->options->final_try ? SIGN_OK : ks_fail(err, SIGN_E_PIN_FINAL, token->label);
	case SIGN_PIN_UNSET:
		return ks_fail_why(
		    err, SIGN_E_PIN_MISSING, token->label, NULL, N_("no PIN has been set on this token yet"));
	case SIGN_PIN_EXPIRED: /* the token itself decides: some sign all the same */
	case SIGN_PIN_NONE:
	case SIGN_PIN_READY:
	case SIGN_PIN_LOW:
		break;
	}
	return SIGN_OK;
}

static bool
has_pin_pad(const ks_p11_token *token)
{
	return (token->info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
}

/* What cannot be right is not worth one of the few tries. */
static sign_code
check_length(const ks_p11_token *token, const ks_key_asker *asker, sign_error *err)
{
	CK_ULONG min = token->info.ulMinPinLen, max = token->info.ulMaxPinLen;

	if (asker->secret.len == 0)
		return ks_fail(err, SIGN_E_PIN_MISSING, token->label);
	if (max == 0 || max == CK_UNAVAILABLE_INFORMATION || min > max)
		return SIGN_OK; /* some modules leave these unfilled */
	if (asker->secret.len < min || asker->secret.len > max)
		return ks_fail_why(err, SIGN_E_PIN_WRONG, token->label, NULL, "%lu-%lu", min, max);
	return SIGN_OK;
}

static sign_code
ask(const ks_p11_token *token, ks_key_asker *asker, const ks_cert *cert, sign_error *err)
{
	asker->request = (sign_secret_request){
		.token = token->label,
		.cert = (const sign_cert *)cert,
		.state = ks_p11_pin_state(&token->info),
		.final_try = (token->info.flags & CKF_USER_PIN_FINAL_TRY) != 0,
		.pin_pad = has_pin_pad(token),
	};
	if (has_pin_pad(token) && asker->options->ask == NULL)
		return SIGN_OK;
	KS_TRY(ks_key_ask(asker, err));
	return has_pin_pad(token) ? SIGN_OK : check_length(token, asker, err);
}

/* ---- PINs that were refused before ---- */

static sign_code
identify(const ks_p11_token *token, char text[KS_REFUSED_TOKEN_TEXT], sign_error *err)
{
	uint8_t bytes[sizeof(token->info.manufacturerID) + sizeof(token->info.model) + sizeof(token->info.serialNumber)];
	uint8_t digest[SHA256_DIGEST_LENGTH];
	size_t  at = 0;

	memcpy(bytes, token->info.manufacturerID, sizeof(token->info.manufacturerID));
	at += sizeof(token->info.manufacturerID);
	memcpy(bytes + at, token->info.model, sizeof(token->info.model));
	at += sizeof(token->info.model);
	memcpy(bytes + at, token->info.serialNumber, sizeof(token->info.serialNumber));
	if (SHA256(bytes, sizeof(bytes), digest) == NULL) /* fetches, and so may want memory */
		return ks_fail_openssl(err, SIGN_E_CRYPTO, token->label, "identify the token");
	ks_hex(KS_BYTES(digest, sizeof(digest)), text, KS_REFUSED_TOKEN_TEXT);
	return SIGN_OK;
}

static sign_code
check_refused(const ks_p11_token *token, const ks_key_asker *asker, sign_error *err)
{
	char       id[KS_REFUSED_TOKEN_TEXT];
	sign_error why = SIGN_ERROR_INIT;
	sign_code  rc;

	if (asker->options->refusals == NULL || !asker->options->unattended || has_pin_pad(token))
		return SIGN_OK;
	KS_TRY(identify(token, id, err));
	rc = ks_refused_check(asker->options->refusals, id, &asker->secret, &why);
	if (rc == SIGN_OK)
		return SIGN_OK;
	return ks_fail_from(
	    err, rc, why.origin, rc == SIGN_E_PIN_REFUSED ? token->label : why.subject, NULL, "%s", why.detail);
}

/* A refusal that could not be written down is worse than the refusal itself: it is what the caller hears. */
static sign_code
remember(const ks_p11_token *token, const ks_key_asker *asker, bool accepted, sign_error *err)
{
	const sign_key_options *o = asker->options;
	char                    id[KS_REFUSED_TOKEN_TEXT];

	if (o->refusals == NULL || has_pin_pad(token))
		return SIGN_OK;
	KS_TRY(identify(token, id, err));
	if (accepted)
		return ks_refused_forget(o->refusals, id, err);
	return o->unattended ? ks_refused_add(o->refusals, id, &asker->secret, err) : SIGN_OK;
}

/* ---- the try ---- */

static sign_code
fail_wrong(ks_p11_token *token, const ks_key_asker *asker, sign_error *err)
{
	KS_TRY(remember(token, asker, false, err));
	ks_p11_token_refresh(token);
	switch (ks_p11_pin_state(&token->info)) {
	case SIGN_PIN_LOCKED:
		return ks_fail_why(err, SIGN_E_PIN_LOCKED, token->label, NULL, N_("that was the last try"));
	case SIGN_PIN_FINAL:
		return ks_fail_why(err, SIGN_E_PIN_WRONG, token->label, NULL, N_("one try is left"));
	case SIGN_PIN_LOW:
		return ks_fail_why(err, SIGN_E_PIN_WRONG, token->label, NULL, N_("few tries are left"));
	default:
		return ks_fail(err, SIGN_E_PIN_WRONG, token->label);
	}
}

static sign_code
judge_answer(ks_p11_token *token, const ks_key_asker *asker, CK_RV rv, sign_error *err)
{
	switch (rv) {
	case CKR_OK:
		return remember(token, asker, true, err);
	case CKR_USER_ALREADY_LOGGED_IN: /* another key of this process did it: the PIN was not looked at */
		return SIGN_OK;
	case CKR_PIN_INCORRECT:
	case CKR_PIN_INVALID:
	case CKR_PIN_LEN_RANGE:
		return fail_wrong(token, asker, err);
	case CKR_PIN_LOCKED:
		return ks_fail(err, SIGN_E_PIN_LOCKED, token->label);
	case CKR_PIN_EXPIRED:
		return ks_fail_why(err, SIGN_E_PIN_LOCKED, token->label, NULL, N_("the PIN has to be changed first"));
	case CKR_USER_PIN_NOT_INITIALIZED:
		return ks_fail_why(
		    err, SIGN_E_PIN_MISSING, token->label, NULL, N_("no PIN has been set on this token yet"));
	default:
		return ks_p11_fail(err, token, rv, token->label, "log in");
	}
}

static bool
is_logged_in(const ks_p11_token *token, CK_SESSION_HANDLE session)
{
	CK_SESSION_INFO info;

	return token->f->C_GetSessionInfo(session, &info) == CKR_OK &&
	    (info.state == CKS_RO_USER_FUNCTIONS || info.state == CKS_RW_USER_FUNCTIONS);
}

sign_code
ks_p11_login(ks_p11_token *token, CK_SESSION_HANDLE session, ks_key_asker *asker, const ks_cert *cert, bool need_pin,
    sign_error *err)
{
	bool  required = (token->info.flags & CKF_LOGIN_REQUIRED) != 0 && !is_logged_in(token, session);
	CK_RV rv;

	if (!required && (!need_pin || has_pin_pad(token)))
		return SIGN_OK;
	KS_TRY(check_state(token, asker, err));
	KS_TRY(ask(token, asker, cert, err));
	KS_TRY(check_refused(token, asker, err));
	if (!required)
		return SIGN_OK;
	/* PKCS#11 2.40 5.6: with a protected authentication path the PIN is NULL and is typed on the reader */
	rv = has_pin_pad(token)
		 ? token->f->C_Login(session, CKU_USER, NULL, 0)
		 : token->f->C_Login(session, CKU_USER, (CK_UTF8CHAR *)asker->secret.data, asker->secret.len);
	return judge_answer(token, asker, rv, err);
}
