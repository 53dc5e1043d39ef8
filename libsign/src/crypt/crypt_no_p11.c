/*
 * In a build without tokens: each use of one says so. Floor: crypt. Takes the place of crypt_p11_*.c.
 */
#include "crypt_key_parts.h"

sign_code
ks_key_open_token(ks_key_asker *asker, sign_key **key, sign_error *err)
{
	(void)key;
	return ks_fail_why(err, SIGN_E_UNSUPPORTED, asker->name, NULL, "PKCS#11");
}

sign_code
sign_tokens_open(const char *module, sign_tokens **tokens, sign_error *err)
{
	*tokens = NULL;
	return ks_fail_why(err, SIGN_E_UNSUPPORTED, module != NULL ? module : "PKCS#11", NULL, "PKCS#11");
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
	(void)tokens, (void)token, (void)key;
	return ks_fail_why(err, SIGN_E_UNSUPPORTED, uri, NULL, "PKCS#11");
}
