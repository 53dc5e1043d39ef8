/*
 * What lies on the tokens of a module, without any PIN: for a person who looks for the URI of a key. Floor: crypt.
 */
#include "crypt_p11.h"

#include <string.h>

typedef struct {
	ks_cert *cert;
	char    *uri, *label;
} listed_key;

typedef struct {
	ks_p11_token token;
	char        *uri;
	listed_key   keys[KS_KEY_MAX_CERTS];
	size_t       key_count;
} listed_token;

struct sign_tokens {
	listed_token *items;
	size_t        count;
};

static void
auto_tokens(sign_tokens **tokens)
{
	sign_tokens_free(*tokens);
}

/* A CA's certificate is there for the chain; nobody signs documents with it. */
static sign_code
list_keys(const ks_p11_token *token, const ks_p11_cert_list *certs, listed_token *out, sign_error *err)
{
	for (size_t i = 0; i < certs->count; i++) {
		const ks_p11_cert *c = &certs->items[i];
		listed_key        *key = &out->keys[out->key_count];

		if (c->cert->is_ca)
			continue;
		out->key_count++;
		key->cert = ks_cert_ref(c->cert);
		key->uri = ks_p11_uri_format(token, ks_buf_bytes(&c->id), ks_buf_bytes(&c->label));
		key->label = strndup(c->label.len > 0 ? (const char *)c->label.data : "", c->label.len);
		if (key->uri == NULL || key->label == NULL)
			return ks_fail_memory(err);
	}
	return SIGN_OK;
}

static sign_code
list_token(const ks_p11_token *token, listed_token *out, sign_error *err)
{
	KS_AUTO(ks_p11_certs_clear) ks_p11_cert_list certs = { .count = 0 };
	CK_SESSION_HANDLE session;
	CK_RV             rv;
	sign_code         rc;

	out->token = *token;
	out->uri = ks_p11_uri_format(token, KS_BYTES(NULL, 0), KS_BYTES(NULL, 0));
	if (out->uri == NULL)
		return ks_fail_memory(err);
	rv = token->f->C_OpenSession(token->slot, CKF_SERIAL_SESSION, NULL, NULL, &session);
	if (rv != CKR_OK)
		return ks_p11_fail(err, token, rv, token->label, "open a session");
	rc = ks_p11_certs(token, session, &certs, err);
	token->f->C_CloseSession(session);
	return rc == SIGN_OK ? list_keys(token, &certs, out, err) : rc;
}

static sign_code
list_all(const ks_p11_token_list *found, sign_tokens **tokens, sign_error *err)
{
	KS_AUTO(auto_tokens) sign_tokens *t = calloc(1, sizeof(*t));

	if (t == NULL || (t->items = calloc(found->count + 1, sizeof(*t->items))) == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < found->count; i++) {
		t->count++;
		KS_TRY(list_token(&found->items[i], &t->items[i], err));
		t->items[i].token.f = NULL; /* the module goes before the list does */
	}
	*tokens = KS_MOVE(t);
	return SIGN_OK;
}

sign_code
sign_tokens_open(const char *module, sign_tokens **tokens, sign_error *err)
{
	KS_AUTO(ks_p11_tokens_clear) ks_p11_token_list found = { NULL, 0 };
	CK_FUNCTION_LIST *f = NULL;
	sign_code         rc;

	*tokens = NULL;
	KS_TRY(ks_p11_load(module, &f, err));
	rc = ks_p11_tokens(f, module, &found, err);
	if (rc == SIGN_OK)
		rc = list_all(&found, tokens, err);
	ks_p11_unload(f);
	return rc;
}

void
sign_tokens_free(sign_tokens *tokens)
{
	if (tokens == NULL)
		return;
	for (size_t i = 0; i < tokens->count; i++) {
		listed_token *t = &tokens->items[i];

		for (size_t k = 0; k < t->key_count; k++) {
			ks_cert_free(t->keys[k].cert);
			free(t->keys[k].uri);
			free(t->keys[k].label);
		}
		free(t->uri);
	}
	free(tokens->items);
	free(tokens);
}

bool
sign_tokens_at(const sign_tokens *tokens, size_t index, sign_token *token)
{
	const listed_token *t;

	if (index >= tokens->count)
		return false;
	t = &tokens->items[index];
	*token = (sign_token){ t->token.label, t->token.serial, t->token.manufacturer, t->token.model, t->uri,
		ks_p11_pin_state(&t->token.info), (t->token.info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0, t->key_count };
	return true;
}

bool
sign_tokens_key_at(const sign_tokens *tokens, size_t token, size_t index, sign_token_key *key)
{
	if (token >= tokens->count || index >= tokens->items[token].key_count)
		return false;
	*key = (sign_token_key){ tokens->items[token].keys[index].uri, tokens->items[token].keys[index].label,
		(const sign_cert *)tokens->items[token].keys[index].cert };
	return true;
}
