/*
 * Loading a PKCS#11 module and looking at its tokens. Floor: crypt. The module's name comes from the options alone, since
 * loading it runs its code.
 */
#include "crypt_p11.h"

#include <string.h>

/* ---- modules ---- */

static sign_code
fail_load(const char *module, const char *why, sign_error *err)
{
	return ks_fail_why(err, SIGN_E_TOKEN_MODULE, module, NULL, "%s", why != NULL ? why : "");
}

sign_code
ks_p11_load(const char *module, CK_FUNCTION_LIST **f, sign_error *err)
{
	CK_FUNCTION_LIST *loaded;
	char              text[KS_P11_RV_TEXT];
	CK_RV             rv;

	if (module == NULL)
		return fail_load("PKCS#11", "--module", err);
	if (module[0] != '/' && strchr(module, '/') != NULL)
		return fail_load(module, "a path from the root, or a file name alone", err);
	p11_kit_be_quiet();
	loaded = p11_kit_module_load(module, 0);
	if (loaded == NULL)
		return fail_load(module, p11_kit_message(), err);
	/* managed by p11-kit: CKF_OS_LOCKING_OK, counted, and stopped in forked children */
	rv = p11_kit_module_initialize(loaded);
	if (rv != CKR_OK) {
		p11_kit_module_release(loaded);
		ks_p11_rv_text(rv, text);
		return fail_load(module, text, err);
	}
	*f = loaded;
	return SIGN_OK;
}

void
ks_p11_unload(CK_FUNCTION_LIST *f)
{
	if (f == NULL)
		return;
	p11_kit_module_finalize(f);
	p11_kit_module_release(f);
}

/* ---- tokens ---- */

/* PKCS#11 pads with blanks; some makers with NULs. */
static void
take_text(char *out, const CK_UTF8CHAR *text, size_t len)
{
	memcpy(out, text, len);
	out[len] = '\0';
	len = strlen(out);
	while (len > 0 && out[len - 1] == ' ')
		len--;
	out[len] = '\0';
}

static void
take_info(ks_p11_token *token)
{
	take_text(token->label, token->info.label, sizeof(token->info.label));
	take_text(token->serial, token->info.serialNumber, sizeof(token->info.serialNumber));
	take_text(token->manufacturer, token->info.manufacturerID, sizeof(token->info.manufacturerID));
	take_text(token->model, token->info.model, sizeof(token->info.model));
}

static sign_code
list_slots(CK_FUNCTION_LIST *f, const char *module, CK_SLOT_ID slots[KS_P11_MAX_SLOTS], CK_ULONG *count, sign_error *err)
{
	CK_RV rv = f->C_GetSlotList(CK_TRUE, NULL, count);

	if (rv == CKR_OK && *count > KS_P11_MAX_SLOTS)
		return ks_fail_why(err, SIGN_E_LIMIT, module, NULL, "more than %lu slots", KS_P11_MAX_SLOTS);
	*count = KS_P11_MAX_SLOTS; /* one more may have been plugged in since */
	if (rv == CKR_OK)
		rv = f->C_GetSlotList(CK_TRUE, slots, count);
	return rv == CKR_OK ? SIGN_OK : ks_p11_fail(err, NULL, rv, module, "list the slots");
}

sign_code
ks_p11_tokens(CK_FUNCTION_LIST *f, const char *module, ks_p11_token_list *list, sign_error *err)
{
	CK_SLOT_ID slots[KS_P11_MAX_SLOTS];
	CK_ULONG   count = 0;
	CK_INFO    module_info;
	CK_RV      rv = f->C_GetInfo(&module_info);

	*list = (ks_p11_token_list){ NULL, 0 };
	if (rv != CKR_OK)
		return ks_p11_fail(err, NULL, rv, module, "module");
	KS_TRY(list_slots(f, module, slots, &count, err));
	list->items = calloc(count + 1, sizeof(*list->items));
	if (list->items == NULL)
		return ks_fail_memory(err);
	for (CK_ULONG i = 0; i < count; i++) {
		ks_p11_token *t = &list->items[list->count];

		*t = (ks_p11_token){ .f = f, .slot = slots[i], .module_info = module_info };
		/* pulled out in between, or blank: no token to us */
		if (f->C_GetSlotInfo(t->slot, &t->slot_info) != CKR_OK ||
		    f->C_GetTokenInfo(t->slot, &t->info) != CKR_OK || (t->info.flags & CKF_TOKEN_INITIALIZED) == 0)
			continue;
		take_info(t);
		list->count++;
	}
	return SIGN_OK;
}

void
ks_p11_tokens_clear(ks_p11_token_list *list)
{
	free(list->items);
	*list = (ks_p11_token_list){ NULL, 0 };
}

void
ks_p11_token_refresh(ks_p11_token *token)
{
	CK_TOKEN_INFO info;

	if (token->f->C_GetTokenInfo(token->slot, &info) == CKR_OK)
		token->info = info;
}

sign_pin_state
ks_p11_pin_state(const CK_TOKEN_INFO *info)
{
	if ((info->flags & CKF_LOGIN_REQUIRED) == 0)
		return SIGN_PIN_NONE;
	if ((info->flags & CKF_USER_PIN_LOCKED) != 0)
		return SIGN_PIN_LOCKED;
	if ((info->flags & CKF_USER_PIN_INITIALIZED) == 0)
		return SIGN_PIN_UNSET;
	if ((info->flags & CKF_USER_PIN_FINAL_TRY) != 0)
		return SIGN_PIN_FINAL;
	if ((info->flags & CKF_USER_PIN_TO_BE_CHANGED) != 0)
		return SIGN_PIN_EXPIRED;
	return (info->flags & CKF_USER_PIN_COUNT_LOW) != 0 ? SIGN_PIN_LOW : SIGN_PIN_READY;
}
