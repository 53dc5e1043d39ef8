/*
 * Which key a command means, who holds it, and opening it.
 */
#ifndef KYSO_KEY_H
#define KYSO_KEY_H

#include "pin.h"

struct key_choice {
	const char *name; /* as the user calls it */
	const char *uri, *cert, *pin_file, *module; /* NULL when absent */
	sign_role   as;
};

/* `wanted`: a configured name, a URI or a path; NULL: the configured `key`, or the only one there is. */
sign_code key_choose(const struct run *run, const char *wanted, struct key_choice *choice, sign_error *err);
bool      key_is_token(const struct key_choice *choice);
/*
 * The module of a token: --module, else what its [key] says, else the one that all configured keys share; malloc'ed, as the
 * library wants it. NULL with SIGN_OK: none is known, and the library will say so.
 */
sign_code key_module(const struct run *run, const struct key_choice *choice, char **module, sign_error *err);
/* `prompt` makes the words for the terminal; NULL: the terminal is not asked. */
sign_code key_open(const struct run *run, const struct key_choice *choice, pin_prompt prompt, const void *prompt_user,
    sign_key **key, sign_error *err);
/*
 * The certificate of a key that is still closed, if it lies open beside it (--cert, name.crt, or in the PEM file). NULL if
 * not; it lives as long as *holder.
 */
const sign_cert *key_peek(const struct key_choice *choice, sign_trust **holder);
const char *role_text(sign_role role); /* translated; "" for unknown */

#endif
