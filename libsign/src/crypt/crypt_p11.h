/*
 * Tokens through PKCS#11 (2.40): what the files crypt_p11_*.c share. Floor: crypt, private. C_* functions are called
 * directly; p11-kit loads the module, counts its users, tells forks, and reads RFC 7512 URIs.
 */
#ifndef KS_CRYPT_P11_H
#define KS_CRYPT_P11_H

#include "crypt_key_parts.h"

#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

/* A module is the token maker's code, but what it tells comes from a device that anyone may have plugged in. */
#define KS_P11_MAX_SLOTS       ((CK_ULONG)256)
#define KS_P11_MAX_OBJECTS     ((size_t)256)
#define KS_P11_MAX_VALUE_BYTES ((size_t)64 * 1024)

/* ---- modules and tokens (crypt_p11_module.c) ---- */

/* Each load is a user of its own: its sessions close with it and with nobody else's. */
sign_code ks_p11_load(const char *module, CK_FUNCTION_LIST **f, sign_error *err);
void      ks_p11_unload(CK_FUNCTION_LIST *f);

typedef struct {
	CK_FUNCTION_LIST *f; /* borrowed */
	CK_SLOT_ID        slot;
	CK_SLOT_INFO      slot_info;
	CK_TOKEN_INFO     info;
	CK_INFO           module_info;
	char              label[33], serial[17], manufacturer[33], model[17]; /* without their padding */
} ks_p11_token;
typedef struct {
	ks_p11_token *items;
	size_t        count;
} ks_p11_token_list;
/* Tokens that are plugged in and initialised. */
sign_code ks_p11_tokens(CK_FUNCTION_LIST *f, const char *module, ks_p11_token_list *list, sign_error *err);
void      ks_p11_tokens_clear(ks_p11_token_list *list);
/* Ask the token again, since flags change with each try of a PIN; after a failure they stay as they were. */
void           ks_p11_token_refresh(ks_p11_token *token);
sign_pin_state ks_p11_pin_state(const CK_TOKEN_INFO *info);

/* ---- answers (crypt_p11_error.c) ---- */

/*
 * The module's answer as an error: SIGN_E_TOKEN_REMOVED if the token is gone (asked for again where the answer leaves it
 * open), SIGN_E_KEY_ALGORITHM for what it cannot do, else SIGN_E_CRYPTO. `doing` is an English word or two for experts.
 */
#define ks_p11_fail(err, token, rv, subject, doing) ks_p11_fail_from((err), (token), (rv), KS_ORIGIN, (subject), (doing))
sign_code ks_p11_fail_from(sign_error *err, const ks_p11_token *token, CK_RV rv, const char *origin, const char *subject,
    const char *doing);
#define KS_P11_RV_TEXT 48
void ks_p11_rv_text(CK_RV rv, char text[KS_P11_RV_TEXT]); /* "CKR_DEVICE_ERROR", or the number */

/* ---- objects (crypt_p11_object.c) ---- */

typedef struct {
	ks_cert *cert;
	ks_buf   id, label;
} ks_p11_cert;
typedef struct {
	ks_p11_cert items[KS_KEY_MAX_CERTS];
	size_t      count;
} ks_p11_cert_list;
/* Handles of all objects that match, at most KS_P11_MAX_OBJECTS. */
sign_code ks_p11_find(const ks_p11_token *token, CK_SESSION_HANDLE session, CK_ATTRIBUTE *match, CK_ULONG match_count,
    CK_OBJECT_HANDLE found[KS_P11_MAX_OBJECTS], size_t *count, sign_error *err);
/* An attribute's bytes; false if the token does not give it. */
bool ks_p11_bytes(const ks_p11_token *token, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
    ks_buf *out);
bool ks_p11_flag(const ks_p11_token *token, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type);
/* Every X.509 certificate that can be seen; what does not parse is passed over. */
sign_code ks_p11_certs(const ks_p11_token *token, CK_SESSION_HANDLE session, ks_p11_cert_list *list, sign_error *err);
void      ks_p11_certs_clear(ks_p11_cert_list *list);

/* ---- URIs (crypt_p11_uri.c) ---- */

KS_AUTO_DEFINE(ks_auto_uri, P11KitUri, p11_kit_uri_free)
/* SIGN_E_USAGE for what is not understood or not allowed; errors never repeat a PIN. */
sign_code ks_p11_uri_parse(const char *text, const char *module, P11KitUri **uri, sign_error *err);
bool      ks_p11_uri_fits(P11KitUri *uri, const ks_p11_token *token);
/* What the URI says of an object; empty if it does not. */
sign_bytes ks_p11_uri_bytes(P11KitUri *uri, CK_ATTRIBUTE_TYPE type);
/*
 * The holder's certificate as far as a URI tells: of those with one CKA_ID the one that lasts longest; NULL if there
 * is none or the URI leaves it open.
 */
const ks_p11_cert *ks_p11_uri_cert(P11KitUri *uri, const ks_p11_cert_list *certs);
/* id and label may be empty; NULL without memory. Free with free(). */
char     *ks_p11_uri_format(const ks_p11_token *token, sign_bytes id, sign_bytes label);

/* ---- logging in (crypt_p11_login.c) ---- */

/*
 * Once, unless the application is logged in already; asks for the PIN where one is needed. `token` has its flags renewed.
 * need_pin: the PIN is wanted even if nobody has to log in now, for a key that asks each time.
 */
sign_code ks_p11_login(ks_p11_token *token, CK_SESSION_HANDLE session, ks_key_asker *asker, const ks_cert *cert,
    bool need_pin, sign_error *err);

/* ---- the key (crypt_p11_open.c, crypt_p11_sign.c) ---- */

/* One operation runs at a time in a session; where a token has fewer sessions than there are workers, they share. */
typedef struct ks_p11_session {
	struct ks_p11_session *next;
	CK_SESSION_HANDLE      handle;
	pthread_mutex_t        lock;
	unsigned               users;
} ks_p11_session;

typedef struct {
	ks_p11_token     token; /* owns token.f */
	CK_OBJECT_HANDLE object;
	bool             always_auth, pin_pad;
	ks_secret        pin; /* only with always_auth */
	pthread_mutex_t  lock; /* over sessions and their users */
	ks_p11_session  *sessions;
	pid_t            process; /* a forked child has copies of handles that are not its own */
	_Atomic int      stopped; /* the sign_code that ended all use of this token: no worker tries again */
} ks_p11_key;
extern const struct ks_key_ops ks_p11_ops;

sign_code ks_p11_key_new(
    const ks_p11_token *token, ks_p11_key **key, sign_error *err); /* takes over token->f on success */
void      ks_p11_key_free(ks_p11_key *key);
KS_AUTO_DEFINE(ks_auto_p11_key, ks_p11_key, ks_p11_key_free)
/* Open one more session; CKR_OK, or why not. */
CK_RV ks_p11_session_add(ks_p11_key *key, ks_p11_session **session);

#endif
