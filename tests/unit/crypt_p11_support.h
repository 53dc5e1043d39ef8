/*
 * What the tests of tokens share: a SoftHSM token with sample keys, behind the module that makes faults.
 */
#ifndef CRYPT_P11_SUPPORT_H
#define CRYPT_P11_SUPPORT_H

#include "crypt_key.h"
#include "crypt_support.h"

#define TOKEN_PIN "246810"
#define TOKEN     "pkcs11:token=KYSO%20M%E1%BA%ABu;"

/* A token "KYSO Mẫu" with the sample keys `names` (NULL: person person-ec); skips the test where there is no SoftHSM.
 */
char *token_new(const char *names);
void  token_free(char *folder);
/* Faults of p11fake.c, from here on. */
void token_faults(const char *faults);
/* How often a line ("login", "sign", ...) is in the log of the fake module. */
unsigned token_count(const char *folder, const char *line);

typedef struct {
	const char         *pin; /* NULL: nothing to give */
	unsigned            asked;
	sign_secret_request last;
	char                holder[128]; /* of last.cert */
} token_asker;
sign_key_options token_options(token_asker *asker);

#endif
