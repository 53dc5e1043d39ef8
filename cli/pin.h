/*
 * Where a PIN or passphrase comes from: --pin-fd, --pin-file, the configuration's pin-file, else the terminal.
 */
#ifndef KYSO_PIN_H
#define KYSO_PIN_H

#include "kyso.h"

/* The question for the terminal, malloc'ed; `cert` is the holder's as far as a token shows it, else NULL. */
typedef char *(*pin_prompt)(const void *user, const sign_cert *cert);

struct pin {
	const struct run *run;
	const char       *file;   /* NULL: none */
	int               fd;     /* -1: none */
	pin_prompt        prompt; /* NULL: the terminal is not asked */
	const void       *prompt_user;
};

/* Is the secret given by other means than a person typing it? */
bool pin_is_unattended(const struct pin *pin);
/* $XDG_STATE_HOME/kyso/refused-pins, where refused PINs are remembered; malloc'ed, NULL without memory or a home. */
char *pin_refusals_path(void);

/* A sign_secret_fn; `user` is a struct pin. */
sign_code pin_ask(void *user, const sign_secret_request *request, char *secret, size_t cap_bytes, size_t *len,
    sign_error *err);

/*
 * One line from the terminal, typed in the open, without its end; false at its end or without a terminal. For questions
 * that need more than a pressed key.
 */
bool terminal_ask(const char *question, char *answer, size_t cap_bytes);

#endif
