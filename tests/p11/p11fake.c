/*
 * A PKCS#11 module that stands before a real one (SoftHSM) and makes the faults that a software token cannot: see
 * `faults`. P11FAKE_MODULE names the real module, P11FAKE the faults ("locked", "remove=5", ...; commas between),
 * P11FAKE_PIN what is typed on the PIN pad, P11FAKE_LOG a file that gets a line for each login, session and
 * signature.
 */
#include <p11-kit/pkcs11.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST  fake;
static atomic_long       signatures, sessions;
static atomic_ulong      extra_flags; /* what a wrong PIN left */
static atomic_bool       unlocked[64]; /* by session handle: authenticated for the one operation */

/* The value of a fault: -1 if it is not asked for, 0 without a number. */
static long
fault(const char *name)
{
	const char *all = getenv("P11FAKE");
	size_t      len = strlen(name);

	for (const char *at = all != NULL ? all : ""; *at != '\0'; at += strcspn(at, ","), at += *at == ',') {
		if (strncmp(at, name, len) != 0)
			continue;
		if (at[len] == '=')
			return strtol(at + len + 1, NULL, 10);
		if (at[len] == ',' || at[len] == '\0')
			return 0;
	}
	return -1;
}

static bool
has(const char *name)
{
	return fault(name) >= 0;
}

static void
note(const char *line)
{
	const char *path = getenv("P11FAKE_LOG");
	int         fd = path != NULL ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;

	if (fd < 0)
		return;
	if (write(fd, line, strlen(line)) < 0)
		abort();
	close(fd);
}

static bool
is_removed(void)
{
	long limit = fault("remove");

	return limit >= 0 && atomic_load(&signatures) >= limit;
}

static CK_RV
gone(void)
{
	return has("vague") ? CKR_GENERAL_ERROR : CKR_DEVICE_REMOVED;
}

/* ---- what the token says of itself ---- */

static CK_RV
get_slot_info(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
	CK_RV rv = real->C_GetSlotInfo(slot, info);

	if (rv == CKR_OK && is_removed())
		info->flags &= ~(CK_FLAGS)CKF_TOKEN_PRESENT;
	return rv;
}

static CK_RV
get_token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
	static const struct {
		const char *name;
		CK_FLAGS    flags;
	} faults[] = {
		{ "low", CKF_USER_PIN_COUNT_LOW },
		{ "final", CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY },
		{ "locked", CKF_USER_PIN_LOCKED },
		{ "pinpad", CKF_PROTECTED_AUTHENTICATION_PATH },
	};
	CK_RV rv = real->C_GetTokenInfo(slot, info);

	for (size_t i = 0; rv == CKR_OK && i < sizeof(faults) / sizeof(faults[0]); i++)
		if (has(faults[i].name))
			info->flags |= faults[i].flags;
	if (rv == CKR_OK && has("unset"))
		info->flags &= ~(CK_FLAGS)CKF_USER_PIN_INITIALIZED;
	if (rv == CKR_OK)
		info->flags |= atomic_load(&extra_flags);
	return rv;
}

static CK_RV
get_mechanism_info(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
	if (has("no-pss") && type == CKM_RSA_PKCS_PSS)
		return CKR_MECHANISM_INVALID;
	return real->C_GetMechanismInfo(slot, type, info);
}

static CK_RV
get_attribute_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *attributes, CK_ULONG count)
{
	if (has("always") && count == 1 && attributes[0].type == CKA_ALWAYS_AUTHENTICATE) {
		*(CK_BBOOL *)attributes[0].pValue = CK_TRUE;
		return CKR_OK;
	}
	if (has("no-public") && count == 1 && (attributes[0].type == CKA_MODULUS || attributes[0].type == CKA_EC_POINT))
		return CKR_ATTRIBUTE_SENSITIVE;
	if (has("huge") && count == 1 && attributes[0].type == CKA_VALUE) {
		attributes[0].ulValueLen = (CK_ULONG)1 << 40;
		return CKR_OK;
	}
	return real->C_GetAttributeValue(session, object, attributes, count);
}

/* ---- sessions and logins ---- */

static CK_RV
open_session(CK_SLOT_ID slot, CK_FLAGS flags, void *user, CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
	long  most = fault("sessions");
	CK_RV rv;

	if (is_removed())
		return gone();
	if (most >= 0 && atomic_load(&sessions) >= most)
		return CKR_SESSION_COUNT;
	rv = real->C_OpenSession(slot, flags, user, notify, session);
	if (rv == CKR_OK) {
		atomic_fetch_add(&sessions, 1);
		note("session\n");
	}
	return rv;
}

static CK_RV
close_session(CK_SESSION_HANDLE session)
{
	atomic_fetch_sub(&sessions, 1);
	return real->C_CloseSession(session);
}

static CK_RV
log_in_for_one(CK_SESSION_HANDLE session, const CK_UTF8CHAR *pin, CK_ULONG len)
{
	const char *right = getenv("P11FAKE_PIN");

	note("login context\n");
	if (right == NULL || (pin != NULL && (strlen(right) != len || memcmp(right, pin, len) != 0)))
		return CKR_PIN_INCORRECT;
	atomic_store(&unlocked[session % 64], true);
	return CKR_OK;
}

static CK_RV
log_in(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG len)
{
	const char *typed = getenv("P11FAKE_PIN");
	CK_RV       rv;

	if (user == CKU_CONTEXT_SPECIFIC)
		return log_in_for_one(session, pin, len);
	note(pin != NULL ? "login\n" : "login pad\n");
	if (has("pinpad") && pin != NULL)
		return CKR_ARGUMENTS_BAD;
	if (has("cancel"))
		return CKR_FUNCTION_CANCELED;
	if (has("pinpad"))
		rv = typed != NULL ? real->C_Login(session, user, (CK_UTF8CHAR *)typed, strlen(typed))
				   : CKR_PIN_INCORRECT;
	else
		rv = real->C_Login(session, user, pin, len);
	if (rv == CKR_PIN_INCORRECT && has("then-final"))
		atomic_store(&extra_flags, CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY);
	if (rv == CKR_PIN_INCORRECT && has("then-locked"))
		atomic_store(&extra_flags, CKF_USER_PIN_LOCKED);
	return rv;
}

/* ---- signing ---- */

static CK_RV
sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	if (is_removed())
		return gone();
	atomic_store(&unlocked[session % 64], false);
	return real->C_SignInit(session, mechanism, key);
}

static CK_RV
sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG len, CK_BYTE *value, CK_ULONG *value_len)
{
	CK_RV rv;

	if (is_removed())
		return gone();
	if (has("always") && !atomic_load(&unlocked[session % 64]))
		return CKR_USER_NOT_LOGGED_IN;
	rv = real->C_Sign(session, data, len, value, value_len);
	atomic_fetch_add(&signatures, 1);
	note("sign\n");
	if (rv == CKR_OK && has("short") && *value_len > 0)
		*value_len -= 1;
	if (rv == CKR_OK && has("wrong") && *value_len > 0)
		value[*value_len - 1] ^= 1;
	return rv;
}

CK_RV
C_GetFunctionList(CK_FUNCTION_LIST **list)
{
	const char         *path = getenv("P11FAKE_MODULE");
	void *library = dlopen(path != NULL ? path : "/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
	CK_C_GetFunctionList get;

	if (library == NULL)
		return CKR_GENERAL_ERROR;
	*(void **)&get = dlsym(library, "C_GetFunctionList");
	if (get == NULL || get(&real) != CKR_OK)
		return CKR_GENERAL_ERROR;
	fake = *real;
	fake.C_GetFunctionList = C_GetFunctionList;
	fake.C_GetSlotInfo = get_slot_info;
	fake.C_GetTokenInfo = get_token_info;
	fake.C_GetMechanismInfo = get_mechanism_info;
	fake.C_GetAttributeValue = get_attribute_value;
	fake.C_OpenSession = open_session;
	fake.C_CloseSession = close_session;
	fake.C_Login = log_in;
	fake.C_SignInit = sign_init;
	fake.C_Sign = sign;
	*list = &fake;
	return CKR_OK;
}
