/*
 * What a PKCS#11 module's answers mean for a person: the token is gone, it cannot do this, or something failed. Floor:
 * crypt. Answers to a PIN are judged in crypt_p11_login.c.
 */
#include "crypt_p11.h"

#include <stdio.h>

/* 0: the module does not say whether the token is still there */
static const struct {
	CK_RV       rv;
	const char *name;
	sign_code   code;
} answers[] = {
	{ CKR_HOST_MEMORY, "CKR_HOST_MEMORY", SIGN_E_MEMORY },
	{ CKR_DEVICE_REMOVED, "CKR_DEVICE_REMOVED", SIGN_E_TOKEN_REMOVED },
	{ CKR_TOKEN_NOT_PRESENT, "CKR_TOKEN_NOT_PRESENT", SIGN_E_TOKEN_REMOVED },
	{ CKR_TOKEN_NOT_RECOGNIZED, "CKR_TOKEN_NOT_RECOGNIZED", SIGN_E_TOKEN_REMOVED },
	{ CKR_SLOT_ID_INVALID, "CKR_SLOT_ID_INVALID", SIGN_E_TOKEN_REMOVED },
	{ CKR_SESSION_HANDLE_INVALID, "CKR_SESSION_HANDLE_INVALID", SIGN_E_TOKEN_REMOVED },
	{ CKR_SESSION_CLOSED, "CKR_SESSION_CLOSED", SIGN_E_TOKEN_REMOVED },
	{ CKR_DEVICE_ERROR, "CKR_DEVICE_ERROR", SIGN_E_TOKEN_REMOVED },
	/* a card that was pulled and put back has forgotten the login and its handles */
	{ CKR_USER_NOT_LOGGED_IN, "CKR_USER_NOT_LOGGED_IN", SIGN_E_TOKEN_REMOVED },
	{ CKR_KEY_HANDLE_INVALID, "CKR_KEY_HANDLE_INVALID", SIGN_E_TOKEN_REMOVED },
	{ CKR_OBJECT_HANDLE_INVALID, "CKR_OBJECT_HANDLE_INVALID", SIGN_E_TOKEN_REMOVED },
	{ CKR_MECHANISM_INVALID, "CKR_MECHANISM_INVALID", SIGN_E_KEY_ALGORITHM },
	{ CKR_MECHANISM_PARAM_INVALID, "CKR_MECHANISM_PARAM_INVALID", SIGN_E_KEY_ALGORITHM },
	{ CKR_KEY_FUNCTION_NOT_PERMITTED, "CKR_KEY_FUNCTION_NOT_PERMITTED", SIGN_E_KEY_ALGORITHM },
	{ CKR_KEY_TYPE_INCONSISTENT, "CKR_KEY_TYPE_INCONSISTENT", SIGN_E_KEY_ALGORITHM },
	{ CKR_KEY_SIZE_RANGE, "CKR_KEY_SIZE_RANGE", SIGN_E_KEY_ALGORITHM },
	{ CKR_DATA_LEN_RANGE, "CKR_DATA_LEN_RANGE", SIGN_E_KEY_ALGORITHM },
	{ CKR_CRYPTOKI_NOT_INITIALIZED, "CKR_CRYPTOKI_NOT_INITIALIZED", SIGN_E_CRYPTO }, /* in a forked process */
	{ CKR_GENERAL_ERROR, "CKR_GENERAL_ERROR", SIGN_OK },
	{ CKR_FUNCTION_FAILED, "CKR_FUNCTION_FAILED", SIGN_OK },
	{ CKR_SESSION_COUNT, "CKR_SESSION_COUNT", SIGN_E_CRYPTO },
	{ CKR_FUNCTION_NOT_SUPPORTED, "CKR_FUNCTION_NOT_SUPPORTED", SIGN_E_CRYPTO },
	{ CKR_FUNCTION_CANCELED, "CKR_FUNCTION_CANCELED", SIGN_E_PIN_MISSING },
	{ CKR_PIN_INCORRECT, "CKR_PIN_INCORRECT", SIGN_E_PIN_WRONG },
	{ CKR_PIN_INVALID, "CKR_PIN_INVALID", SIGN_E_PIN_WRONG },
	{ CKR_PIN_LEN_RANGE, "CKR_PIN_LEN_RANGE", SIGN_E_PIN_WRONG },
	{ CKR_PIN_LOCKED, "CKR_PIN_LOCKED", SIGN_E_PIN_LOCKED },
	{ CKR_PIN_EXPIRED, "CKR_PIN_EXPIRED", SIGN_E_PIN_LOCKED },
	{ CKR_USER_PIN_NOT_INITIALIZED, "CKR_USER_PIN_NOT_INITIALIZED", SIGN_E_PIN_MISSING },
};

void
ks_p11_rv_text(CK_RV rv, char text[KS_P11_RV_TEXT])
{
	snprintf(text, KS_P11_RV_TEXT, "CKR 0x%lx", rv);
	for (size_t i = 0; i < KS_COUNT(answers); i++)
		if (answers[i].rv == rv)
			snprintf(text, KS_P11_RV_TEXT, "%s", answers[i].name);
}

static bool
is_gone(const ks_p11_token *token)
{
	CK_SLOT_INFO slot;

	return token != NULL &&
	       (token->f->C_GetSlotInfo(token->slot, &slot) != CKR_OK || (slot.flags & CKF_TOKEN_PRESENT) == 0);
}

sign_code
ks_p11_fail_from(sign_error *err, const ks_p11_token *token, CK_RV rv, const char *origin, const char *subject,
    const char *doing)
{
	char      text[KS_P11_RV_TEXT];
	sign_code code = SIGN_OK;

	for (size_t i = 0; i < KS_COUNT(answers); i++)
		if (answers[i].rv == rv)
			code = answers[i].code;
	if (code == SIGN_OK)
		code = is_gone(token) ? SIGN_E_TOKEN_REMOVED : SIGN_E_CRYPTO;
	ks_p11_rv_text(rv, text);
	return ks_fail_from(err, code, origin, subject, doing, "%s", text);
}
