/*
 * RFC 7512 URIs: which of their attributes we follow, and which we refuse. Floor: crypt. A URI may come from
 * anywhere, so it never chooses the code that is loaded, and never carries a PIN.
 */
#include "crypt_p11.h"

#include <string.h>

/* "/usr/lib/libabc.so" → "abc", as RFC 7512 2.3 has module-name. */
static bool
is_module_name(const char *name, const char *module)
{
	const char *base = strrchr(module, '/') != NULL ? strrchr(module, '/') + 1 : module;
	size_t      len;

	if (strncmp(base, "lib", 3) == 0)
		base += 3;
	len = strcspn(base, ".");
	return strlen(name) == len && strncmp(name, base, len) == 0;
}

static sign_code
check_module(P11KitUri *uri, const char *text, const char *module, sign_error *err)
{
	const char *path = p11_kit_uri_get_module_path(uri);
	const char *name = p11_kit_uri_get_module_name(uri);

	if (path != NULL && (module == NULL || strcmp(path, module) != 0))
		return ks_fail_why(err, SIGN_E_USAGE, text, NULL, "module-path; --module");
	if (name != NULL && (module == NULL || !is_module_name(name, module)))
		return ks_fail_why(err, SIGN_E_USAGE, text, NULL, "module-name; --module");
	return SIGN_OK;
}

/* "type=private" and "type=cert" both lead to the key; "type=public" and data would be a mistake. */
static sign_code
check_class(P11KitUri *uri, const char *text, sign_error *err)
{
	const CK_ATTRIBUTE *type = p11_kit_uri_get_attribute(uri, CKA_CLASS);
	CK_OBJECT_CLASS     class;

	if (type == NULL || type->ulValueLen != sizeof(class))
		return SIGN_OK;
	memcpy(&class, type->pValue, sizeof(class));
	if (class != CKO_PRIVATE_KEY && class != CKO_CERTIFICATE)
		return ks_fail_why(err, SIGN_E_USAGE, text, NULL, "type=private");
	return SIGN_OK;
}

sign_code
ks_p11_uri_parse(const char *text, const char *module, P11KitUri **uri, sign_error *err)
{
	KS_AUTO(ks_auto_uri) P11KitUri *u = p11_kit_uri_new();
	int rc;

	if (u == NULL)
		return ks_fail_memory(err);
	rc = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, u);
	/* it may hold a PIN, which no message may repeat */
	if (strstr(text, "pin-value") != NULL || strstr(text, "pin-source") != NULL ||
	    p11_kit_uri_get_pin_value(u) != NULL || p11_kit_uri_get_pin_source(u) != NULL)
		return ks_fail_why(err, SIGN_E_USAGE, "pkcs11:", NULL, "pin-value, pin-source; --pin-file");
	if (rc == P11_KIT_URI_NO_MEMORY)
		return ks_fail_memory(err);
	if (rc != P11_KIT_URI_OK)
		return ks_fail_why(err, SIGN_E_USAGE, text, NULL, "RFC 7512");
	if (p11_kit_uri_any_unrecognized(u))
		return ks_fail_why(err, SIGN_E_USAGE, text, NULL, "an attribute that is not known");
	KS_TRY(check_module(u, text, module, err));
	KS_TRY(check_class(u, text, err));
	*uri = KS_MOVE(u);
	return SIGN_OK;
}

bool
ks_p11_uri_fits(P11KitUri *uri, const ks_p11_token *token)
{
	CK_SLOT_ID slot = p11_kit_uri_get_slot_id(uri);

	return (slot == (CK_SLOT_ID)-1 || slot == token->slot) && p11_kit_uri_match_token_info(uri, &token->info) == 1 &&
	    p11_kit_uri_match_slot_info(uri, &token->slot_info) == 1 &&
	    p11_kit_uri_match_module_info(uri, &token->module_info) == 1;
}

sign_bytes
ks_p11_uri_bytes(P11KitUri *uri, CK_ATTRIBUTE_TYPE type)
{
	const CK_ATTRIBUTE *a = p11_kit_uri_get_attribute(uri, type);

	return a != NULL ? KS_BYTES(a->pValue, a->ulValueLen) : KS_BYTES(NULL, 0);
}

const ks_p11_cert *
ks_p11_uri_cert(P11KitUri *uri, const ks_p11_cert_list *certs)
{
	sign_bytes         id = ks_p11_uri_bytes(uri, CKA_ID), label = ks_p11_uri_bytes(uri, CKA_LABEL);
	const ks_p11_cert *best = NULL;

	for (size_t i = 0; i < certs->count; i++) {
		const ks_p11_cert *c = &certs->items[i];

		if (c->cert->is_ca || (id.len > 0 && !ks_bytes_equal(id, ks_buf_bytes(&c->id))) ||
		    (label.len > 0 && !ks_bytes_equal(label, ks_buf_bytes(&c->label))))
			continue;
		if (best != NULL && !ks_bytes_equal(ks_buf_bytes(&best->id), ks_buf_bytes(&c->id)))
			return NULL;
		if (best == NULL || c->cert->not_after > best->cert->not_after)
			best = c;
	}
	return best;
}

static bool
set_bytes(P11KitUri *uri, CK_ATTRIBUTE_TYPE type, sign_bytes value)
{
	CK_ATTRIBUTE a = { type, (void *)(uintptr_t)value.data, value.len };

	return value.len == 0 || p11_kit_uri_set_attribute(uri, &a) == P11_KIT_URI_OK;
}

char *
ks_p11_uri_format(const ks_p11_token *token, sign_bytes id, sign_bytes label)
{
	KS_AUTO(ks_auto_uri) P11KitUri *uri = p11_kit_uri_new();
	CK_TOKEN_INFO *info = uri != NULL ? p11_kit_uri_get_token_info(uri) : NULL;
	char          *text = NULL;

	if (info == NULL)
		return NULL;
	/* an office's tokens often share one label: the serial number tells them apart */
	memcpy(info->label, token->info.label, sizeof(info->label));
	memcpy(info->serialNumber, token->info.serialNumber, sizeof(info->serialNumber));
	if (!set_bytes(uri, CKA_ID, id) || (id.len == 0 && !set_bytes(uri, CKA_LABEL, label)) ||
	    p11_kit_uri_format(uri, P11_KIT_URI_FOR_OBJECT_ON_TOKEN, &text) != P11_KIT_URI_OK)
		return NULL;
	return text;
}
