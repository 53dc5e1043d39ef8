/*
 * Finding objects on a token and reading their attributes. Floor: crypt. Every length a token names meets a limit first.
 */
#include "crypt_p11.h"

#include <string.h>

/* ---- finding ---- */

static CK_RV
collect(const ks_p11_token *token, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *found, size_t *count)
{
	CK_ULONG got = 1;
	CK_RV    rv = CKR_OK;

	while (rv == CKR_OK && got > 0 && *count < KS_P11_MAX_OBJECTS) {
		CK_ULONG room = KS_P11_MAX_OBJECTS - *count;

		got = 0;
		rv = token->f->C_FindObjects(session, found + *count, room, &got);
		if (rv == CKR_OK)
			*count += got < room ? got : room;
	}
	return rv;
}

sign_code
ks_p11_find(const ks_p11_token *token, CK_SESSION_HANDLE session, CK_ATTRIBUTE *match, CK_ULONG match_count,
    CK_OBJECT_HANDLE found[KS_P11_MAX_OBJECTS], size_t *count, sign_error *err)
{
	CK_RV rv = token->f->C_FindObjectsInit(session, match, match_count);

	*count = 0;
	if (rv != CKR_OK)
		return ks_p11_fail(err, token, rv, token->label, "find objects");
	rv = collect(token, session, found, count);
	token->f->C_FindObjectsFinal(session);
	return rv == CKR_OK ? SIGN_OK : ks_p11_fail(err, token, rv, token->label, "find objects");
}

/* ---- attributes ---- */

bool
ks_p11_bytes(const ks_p11_token *token, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
    ks_buf *out)
{
	CK_ATTRIBUTE a = { type, NULL, 0 };

	*out = KS_BUF(KS_P11_MAX_VALUE_BYTES);
	if (token->f->C_GetAttributeValue(session, object, &a, 1) != CKR_OK ||
	    a.ulValueLen == CK_UNAVAILABLE_INFORMATION || a.ulValueLen == 0 ||
	    a.ulValueLen > KS_P11_MAX_VALUE_BYTES || ks_buf_reserve(out, a.ulValueLen, NULL) != SIGN_OK)
		return false;
	a.pValue = out->data;
	if (token->f->C_GetAttributeValue(session, object, &a, 1) != CKR_OK || a.ulValueLen > out->cap) {
		ks_buf_clear(out);
		return false;
	}
	out->len = a.ulValueLen;
	return true;
}

bool
ks_p11_flag(const ks_p11_token *token, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type)
{
	CK_BBOOL     set = CK_FALSE;
	CK_ATTRIBUTE a = { type, &set, sizeof(set) };

	return token->f->C_GetAttributeValue(session, object, &a, 1) == CKR_OK && a.ulValueLen == sizeof(set) &&
	       set == CK_TRUE;
}

/* ---- certificates ---- */

static void
take_cert(const ks_p11_token *token, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, ks_p11_cert_list *list)
{
	KS_AUTO(ks_buf_clear) ks_buf der = KS_BUF(KS_P11_MAX_VALUE_BYTES);
	ks_p11_cert *c = &list->items[list->count];

	*c = (ks_p11_cert){ NULL, KS_BUF(0), KS_BUF(0) };
	if (!ks_p11_bytes(token, session, object, CKA_VALUE, &der) ||
	    ks_cert_parse(ks_buf_bytes(&der), &c->cert, NULL) != SIGN_OK)
		return;
	ks_p11_bytes(token, session, object, CKA_ID, &c->id);
	ks_p11_bytes(token, session, object, CKA_LABEL, &c->label);
	list->count++;
}

sign_code
ks_p11_certs(const ks_p11_token *token, CK_SESSION_HANDLE session, ks_p11_cert_list *list, sign_error *err)
{
	CK_OBJECT_CLASS     class = CKO_CERTIFICATE;
	CK_CERTIFICATE_TYPE type = CKC_X_509;
	CK_ATTRIBUTE match[] = { { CKA_CLASS, &class, sizeof(class) },
		{ CKA_CERTIFICATE_TYPE, &type, sizeof(type) } };
	CK_OBJECT_HANDLE    found[KS_P11_MAX_OBJECTS];
	size_t              count = 0;

	ks_p11_certs_clear(list);
	KS_TRY(ks_p11_find(token, session, match, KS_COUNT(match), found, &count, err));
	for (size_t i = 0; i < count && list->count < KS_KEY_MAX_CERTS; i++)
		take_cert(token, session, found[i], list);
	return SIGN_OK;
}

void
ks_p11_certs_clear(ks_p11_cert_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		ks_cert_free(list->items[i].cert);
		ks_buf_clear(&list->items[i].id);
		ks_buf_clear(&list->items[i].label);
	}
	list->count = 0;
}
