/*
 * Where a PIN or passphrase comes from: --pin-fd, --pin-file, the configuration's pin-file, else the terminal.
 */
#ifndef KYSO_PIN_H
#define KYSO_PIN_H

#include "kyso.h"

struct pin {
	const struct run *run;
	const char       *file;   /* NULL: none */
	int               fd;     /* -1: none */
	const char       *prompt; /* for the terminal; NULL: the terminal is not asked */
};

/* A sign_secret_fn; `user` is a struct pin. */
sign_code pin_ask(void *user, const sign_secret_request *request, char *secret, size_t cap_bytes, size_t *len,
    sign_error *err);

/*
 * One line from the terminal, typed in the open, without its end; false at its end or without a terminal. For questions
 * that need more than a pressed key.
 */
bool terminal_ask(const char *question, char *answer, size_t cap_bytes);

#endif
