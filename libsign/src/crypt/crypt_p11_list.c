/*
 * What lies on the tokens of a module, without any PIN: for a person who looks for the URI of a key. Floor: crypt.
 */
#include "crypt_p11.h"

#include <string.h>

typedef struct {
	ks_p11_token     token; /* its module is gone: only what was read counts */
	char            *uri;
	ks_p11_cert_list certs;
	char            *key_uri[KS_KEY_MAX_CERTS], *key_label[KS_KEY_MAX_CERTS]; /* of certs.items; NULL for a CA's */
	size_t           key_count;
} listed;

struct sign_tokens {
	char   *module;
	listed *items;
	size_t  count;
};

static void
auto_tokens(sign_tokens **tokens)
{
	sign_tokens_free(*tokens);
}

/* ---- reading ---- */

/* A CA's certificate is there for the chain; nobody signs documents with it. */
static sign_code
name_keys(listed *t, sign_error *err)
{
	for (size_t i = 0; i < t->certs.count; i++) {
		const ks_p11_cert *c = &t->certs.items[i];

		if (c->cert->is_ca)
			continue;
		t->key_uri[i] = ks_p11_uri_format(&t->token, ks_buf_bytes(&c->id), ks_buf_bytes(&c->label));
		t->key_label[i] = strndup(c->label.len > 0 ? (const char *)c->label.data : "", c->label.len);
		if (t->key_uri[i] == NULL || t->key_label[i] == NULL)
			return ks_fail_memory(err);
		t->key_count++;
	}
	return SIGN_OK;
}

static sign_code
list_token(const ks_p11_token *token, listed *out, sign_error *err)
{
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
	rc = ks_p11_certs(token, session, &out->certs, err);
	token->f->C_CloseSession(session);
	out->token.f = NULL;
	return rc == SIGN_OK ? name_keys(out, err) : rc;
}

static sign_code
list_all(const char *module, const ks_p11_token_list *found, sign_tokens **tokens, sign_error *err)
{
	KS_AUTO(auto_tokens) sign_tokens *t = calloc(1, sizeof(*t));

	if (t == NULL || (t->items = calloc(found->count + 1, sizeof(*t->items))) == NULL ||
	    (t->module = strdup(module)) == NULL)
		return ks_fail_memory(err);
	for (size_t i = 0; i < found->count; i++) {
		t->count++;
		KS_TRY(list_token(&found->items[i], &t->items[i], err));
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
		rc = list_all(module, &found, tokens, err);
	ks_p11_unload(f);
	return rc;
}

void
sign_tokens_free(sign_tokens *tokens)
{
	if (tokens == NULL)
		return;
	for (size_t i = 0; i < tokens->count; i++) {
		listed *t = &tokens->items[i];

		for (size_t k = 0; k < t->certs.count; k++) {
			free(t->key_uri[k]);
			free(t->key_label[k]);
		}
		ks_p11_certs_clear(&t->certs);
		free(t->uri);
	}
	free(tokens->items);
	free(tokens->module);
	free(tokens);
}

/* ---- showing ---- */

static sign_token
token_of(const listed *t)
{
	return (sign_token){ t->token.label, t->token.serial, t->token.manufacturer, t->token.model, t->uri,
		ks_p11_pin_state(&t->token.info), (t->token.info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0,
		t->key_count };
}

static sign_token_key
key_of(const listed *t, size_t at)
{
	return (sign_token_key){ t->key_uri[at], t->key_label[at], (const sign_cert *)t->certs.items[at].cert };
}

bool
sign_tokens_at(const sign_tokens *tokens, size_t index, sign_token *token)
{
	if (index >= tokens->count)
		return false;
	*token = token_of(&tokens->items[index]);
	return true;
}

bool
sign_tokens_key_at(const sign_tokens *tokens, size_t token, size_t index, sign_token_key *key)
{
	const listed *t = token < tokens->count ? &tokens->items[token] : NULL;

	for (size_t i = 0; t != NULL && i < t->certs.count; i++) {
		if (t->key_uri[i] == NULL || index-- > 0)
			continue;
		*key = key_of(t, i);
		return true;
	}
	return false;
}

sign_code
sign_tokens_find(const sign_tokens *tokens, const char *uri, sign_token *token, sign_token_key *key, sign_error *err)
{
	KS_AUTO(ks_auto_uri) P11KitUri *parsed = NULL;
	const listed      *found = NULL;
	const ks_p11_cert *cert;

	memset(key, 0, sizeof(*key));
	KS_TRY(ks_p11_uri_parse(uri, tokens->module, &parsed, err));
	for (size_t i = 0; i < tokens->count; i++) {
		if (!ks_p11_uri_fits(parsed, &tokens->items[i].token))
			continue;
		if (found != NULL)
			return ks_fail_why(err, SIGN_E_USAGE, uri, NULL, "%s, %s: serial=", found->token.label,
			    tokens->items[i].token.label);
		found = &tokens->items[i];
	}
	if (found == NULL)
		return ks_fail(err, SIGN_E_TOKEN_MISSING, uri);
	*token = token_of(found);
	cert = ks_p11_uri_cert(parsed, &found->certs);
	if (cert != NULL)
		*key = key_of(found, (size_t)(cert - found->certs.items));
	return SIGN_OK;
}
