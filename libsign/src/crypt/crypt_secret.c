/*
 * Passphrases: asked for once, kept in the secure heap, cleansed on release. Floor: crypt.
 */
#include "crypt_key_parts.h"

#include <openssl/crypto.h>
#include <string.h>

sign_code
ks_secret_new(ks_secret *s, sign_error *err)
{
	s->len = 0;
	s->data = OPENSSL_secure_zalloc(KS_SECRET_MAX_BYTES + 1);
	return s->data != NULL ? SIGN_OK : ks_fail_memory(err);
}

void
ks_secret_clear(ks_secret *s)
{
	if (s->data != NULL)
		OPENSSL_secure_clear_free(s->data, KS_SECRET_MAX_BYTES + 1);
	s->data = NULL;
	s->len = 0;
}

sign_code
ks_key_ask(ks_key_asker *asker, sign_error *err)
{
	sign_secret_request request = asker->request;
	size_t              len = 0;
	sign_code           rc;

	if (asker->asked)
		return SIGN_OK;
	if (asker->options->ask == NULL)
		return ks_fail(err, SIGN_E_PIN_MISSING, asker->name);
	request.what = asker->name;
	request.token = request.token != NULL ? request.token : "";
	KS_TRY(ks_secret_new(&asker->secret, err));
	rc = asker->options->ask(asker->options->ask_user, &request, asker->secret.data, KS_SECRET_MAX_BYTES, &len, err);
	if (rc != SIGN_OK) {
		ks_secret_clear(&asker->secret);
		/* The callback is the caller's: whatever it left in err, the code must be there. */
		if (err != NULL && err->code != rc)
			return ks_fail(err, rc, asker->name);
		return rc;
	}
	if (len > KS_SECRET_MAX_BYTES) {
		ks_secret_clear(&asker->secret);
		return ks_fail_why(err, SIGN_E_LIMIT, asker->name, NULL, "a passphrase of more than %zu bytes",
		    KS_SECRET_MAX_BYTES);
	}
	asker->secret.data[len] = '\0';
	asker->secret.len = len;
	asker->asked = true;
	/* The formats' functions end a passphrase at a NUL; what was typed after it must not be optional. */
	if (memchr(asker->secret.data, '\0', len) != NULL)
		return ks_fail(err, SIGN_E_PIN_WRONG, asker->name);
	return SIGN_OK;
}

sign_code
ks_secret_bytewise(const ks_secret *secret, ks_secret *other, sign_error *err)
{
	size_t high = 0, out = 0;

	for (size_t i = 0; i < secret->len; i++)
		high += (uint8_t)secret->data[i] >= 0x80;
	if (high == 0 || secret->len + high > KS_SECRET_MAX_BYTES)
		return SIGN_OK;
	KS_TRY(ks_secret_new(other, err));
	for (size_t i = 0; i < secret->len; i++) {
		uint8_t c = (uint8_t)secret->data[i];

		if (c >= 0x80) {
			other->data[out++] = (char)(0xC0 | c >> 6);
			c = 0x80 | (c & 0x3F);
		}
		other->data[out++] = (char)c;
	}
	other->len = out;
	return SIGN_OK;
}
