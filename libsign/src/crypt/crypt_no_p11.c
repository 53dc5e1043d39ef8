/*
 * In a build without tokens: each use of one says so. Floor: crypt. Takes the place of crypt_p11_*.c.
 */
#include "crypt_key_parts.h"

static sign_code
fail(sign_error *err)
{
	return ks_fail_why(err, SIGN_E_TOKEN_MODULE, "PKCS#11", NULL, "built without tokens");
}

sign_code
ks_key_open_token(ks_key_asker *asker, sign_key **key, sign_error *err)
{
	(void)asker, (void)key;
	return fail(err);
}

sign_code
sign_tokens_open(const char *module, sign_tokens **tokens, sign_error *err)
{
	(void)module;
	*tokens = NULL;
	return fail(err);
}

void
sign_tokens_free(sign_tokens *tokens)
{
	(void)tokens;
}

bool
sign_tokens_at(const sign_tokens *tokens, size_t index, sign_token *token)
{
	(void)tokens, (void)index, (void)token;
	return false;
}

bool
sign_tokens_key_at(const sign_tokens *tokens, size_t token, size_t index, sign_token_key *key)
{
	(void)tokens, (void)token, (void)index, (void)key;
	return false;
}

sign_code
sign_tokens_find(const sign_tokens *tokens, const char *uri, sign_token *token, sign_token_key *key, sign_error *err)
{
	(void)tokens, (void)uri, (void)token, (void)key;
	return fail(err);
}
