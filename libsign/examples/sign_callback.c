/*
 * Sign one document with a key that lives in another process: an HSM's tool, a remote signing service, an agent.
 *   cc sign_callback.c $(pkg-config --cflags --libs libsign) -o sign_callback
 *   ./sign_callback certificates.pem ./helper letter.pdf
 * The helper is run as "helper SCHEME DIGEST" (pkcs1, pss or ecdsa; sha256, sha384 or sha512) for each signature. It
 * reads the digest from its standard input and writes the signature value to its standard output; an exit code other
 * than 0 is an error.
 */
#include <libsign/libsign.h>

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_CHAIN 10

extern char **environ;

static sign_code
fail(sign_error *err, sign_code code, const char *subject, const char *detail)
{
	err->code = code;
	snprintf(err->subject, sizeof(err->subject), "%s", subject);
	snprintf(err->detail, sizeof(err->detail), "%s", detail);
	return code;
}

/* ---- the other process ---- */

static int
start(char *const argv[], int to_helper[2], int from_helper[2], pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int                        rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, to_helper[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, from_helper[1], STDOUT_FILENO);
	for (int i = 0; i < 2; i++) {
		posix_spawn_file_actions_addclose(&actions, to_helper[i]);
		posix_spawn_file_actions_addclose(&actions, from_helper[i]);
	}
	rc = posix_spawn(pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static size_t
read_all(int fd, uint8_t *buf, size_t cap)
{
	size_t  len = 0;
	ssize_t got;

	while (len < cap && (got = read(fd, buf + len, cap - len)) > 0)
		len += (size_t)got;
	return len;
}

/* A sign_callback. SIGN_CALLBACK_SERIAL below: one helper at a time, so that no other child inherits these pipes. */
static sign_code
ask_helper(void *user, sign_scheme scheme, sign_digest alg, sign_bytes digest, uint8_t *signature, size_t cap_bytes,
    size_t *len, sign_error *err)
{
	const char *helper = user;
	const char *schemes[] = {
		[SIGN_SCHEME_RSA_PKCS1] = "pkcs1", [SIGN_SCHEME_RSA_PSS] = "pss", [SIGN_SCHEME_ECDSA] = "ecdsa"
	};
	const char *hash = alg == SIGN_DIGEST_SHA256 ? "sha256" : alg == SIGN_DIGEST_SHA384 ? "sha384" : "sha512";
	char       *argv[] = { (char *)helper, (char *)schemes[scheme], (char *)hash, NULL };
	int         to_helper[2], from_helper[2], status = -1;
	pid_t       pid;

	if (pipe(to_helper) != 0)
		return fail(err, SIGN_E_CRYPTO, helper, "pipe");
	if (pipe(from_helper) != 0) {
		close(to_helper[0]);
		close(to_helper[1]);
		return fail(err, SIGN_E_CRYPTO, helper, "pipe");
	}
	if (start(argv, to_helper, from_helper, &pid) != 0)
		pid = -1;
	close(to_helper[0]);
	close(from_helper[1]);
	/* a digest always fits into a pipe, so writing it never waits for the reader */
	if (pid > 0 && write(to_helper[1], digest.data, digest.len) != (ssize_t)digest.len)
		cap_bytes = 0;
	close(to_helper[1]);
	*len = pid > 0 ? read_all(from_helper[0], signature, cap_bytes) : 0;
	close(from_helper[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		return fail(err, SIGN_E_CRYPTO, helper, "the helper did not sign");
	return SIGN_OK;
}

/* ---- the certificates ---- */

/* The signer's is the one that is no CA; the others are its chain. */
static sign_code
make_key(const sign_trust *certificates, char *helper, sign_key **key, sign_error *err)
{
	sign_bytes       own = { NULL, 0 }, chain[MAX_CHAIN];
	size_t           count = 0;
	sign_trust_entry entry;

	for (size_t i = 0; sign_trust_at(certificates, i, 0, &entry); i++) {
		if (entry.cert != NULL && !sign_cert_is_ca(entry.cert))
			own = sign_cert_der(entry.cert);
		else if (entry.cert != NULL && count < MAX_CHAIN)
			chain[count++] = sign_cert_der(entry.cert);
	}
	if (own.len == 0)
		return fail(err, SIGN_E_CERT_MISSING, helper, "");
	return sign_key_from_callback(own, chain, count, helper, ask_helper, helper, SIGN_CALLBACK_SERIAL, key, err);
}

int
main(int argc, char **argv)
{
	sign_error   err = SIGN_ERROR_INIT;
	sign_options options = SIGN_OPTIONS_INIT;
	sign_worker *worker = NULL;
	sign_trust  *certificates = NULL;
	sign_key    *key = NULL;
	char         text[1024], *output = argc == 4 ? sign_output_name(argv[3], options.form) : NULL;
	sign_code    code = SIGN_E_USAGE;

	signal(SIGPIPE, SIG_IGN); /* a helper that left early is an error of its own, not our end */
	if (output != NULL && (code = sign_trust_new(&certificates, &err)) == SIGN_OK &&
	    (code = sign_trust_add_path(certificates, argv[1], &err)) == SIGN_OK &&
	    (code = make_key(certificates, argv[2], &key, &err)) == SIGN_OK &&
	    (code = sign_key_check(key, time(NULL), &err)) == SIGN_OK &&
	    (code = sign_worker_new(&worker, &err)) == SIGN_OK)
		code = sign_document(worker, key, argv[3], output, &options, &err);
	if (code == SIGN_OK) {
		printf("%s\n", output);
	} else if (code != SIGN_E_USAGE) {
		sign_error_text(&err, text, sizeof(text));
		fprintf(stderr, "%s\n", text);
	}
	free(output);
	sign_worker_free(worker);
	sign_key_free(key);
	sign_trust_free(certificates);
	return code == SIGN_E_USAGE ? 64 : sign_code_exit(code);
}
