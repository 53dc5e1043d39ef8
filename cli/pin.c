/*
 * Asking for a PIN. It goes from the file or terminal straight into the library's buffer, which the library wipes: no
 * copy is made here. Signals that arrive at the prompt find the terminal echoing again.
 */
#include "pin.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/*
 * Not into swap, as far as the limits allow, and no core dump nor debugger from here on, not even through a pipe in
 * core_pattern. Only now: a process that may not be dumped cannot open /dev/fd/N, which --pin-file and lists may be.
 */
static void
guard_memory(const char *secret, size_t cap)
{
	mlock(secret, cap);
#ifndef __SANITIZE_ADDRESS__ /* the leak check attaches to its own process */
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* ---- from a file or descriptor ---- */

/* All of it into `secret`; one byte more than fits is asked for, so that nothing is cut off silently. */
static sign_code
read_secret(int fd, const char *name, char *secret, size_t cap, size_t *len, sign_error *err)
{
	size_t  n = 0;
	ssize_t got;
	char    more;

	while (n < cap) {
		got = read(fd, secret + n, cap - n);
		if (got < 0 && errno == EINTR && !stop_requested)
			continue;
		if (got < 0)
			return set_errno(err, stop_requested ? SIGN_E_INTERRUPTED : SIGN_E_READ, name);
		if (got == 0)
			break;
		n += (size_t)got;
	}
	if (n == cap && read(fd, &more, 1) > 0) {
		explicit_bzero(&more, 1);
		return set_error(err, SIGN_E_LIMIT, name, "");
	}
	if (n > 0 && secret[n - 1] == '\n')
		n--;
	if (n > 0 && secret[n - 1] == '\r')
		n--;
	if (n == 0)
		return set_error(err, SIGN_E_PIN_MISSING, name, "");
	*len = n;
	return SIGN_OK;
}

static sign_code
from_file(const struct pin *pin, char *secret, size_t cap, size_t *len, sign_error *err)
{
	int         fd = open(pin->file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st = { 0 };
	sign_code   code;

	if (fd < 0)
		return set_errno(err, SIGN_E_READ, pin->file);
	guard_memory(secret, cap);
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		code = set_error(err, SIGN_E_IS_FOLDER, pin->file, "");
	else
		code = read_secret(fd, pin->file, secret, cap, len, err);
	if (code == SIGN_OK && S_ISREG(st.st_mode) && (st.st_mode & 077) != 0 && pin->run->set.quiet == 0)
		say(_("others may read the PIN file \"%s\"; protect it: chmod 600"), pin->file);
	close(fd);
	return code;
}

/* ---- from the terminal ---- */

static volatile sig_atomic_t caught;

static void
on_signal(int signal_number)
{
	caught = signal_number;
}

static const int prompt_signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGALRM };

struct guard {
	struct sigaction before[COUNT_OF(prompt_signals)];
	sigset_t         mask;
	struct termios   terminal;
};

/*
 * Echo off; g->terminal is how it was. Signals are held back except while we wait, so that none falls between looking and
 * waiting.
 */
static bool
guard_begin(struct guard *g, int tty)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct termios   silent;
	sigset_t         held;

	caught = 0;
	sigemptyset(&held);
	for (size_t i = 0; i < COUNT_OF(prompt_signals); i++)
		sigaddset(&held, prompt_signals[i]);
	sigprocmask(SIG_BLOCK, &held, &g->mask);
	for (size_t i = 0; i < COUNT_OF(prompt_signals); i++)
		sigaction(prompt_signals[i], &action, &g->before[i]);
	silent = g->terminal;
	silent.c_lflag &= (tcflag_t) ~(ECHO | ECHOE | ECHOK | ECHONL);
	silent.c_lflag |= ICANON | ISIG;
	return tcsetattr(tty, TCSAFLUSH, &silent) == 0;
}

/* The terminal first, then the signal goes where it would have gone. */
static void
guard_end(const struct guard *g, int tty)
{
	tcsetattr(tty, TCSAFLUSH, &g->terminal);
	for (size_t i = 0; i < COUNT_OF(prompt_signals); i++)
		sigaction(prompt_signals[i], &g->before[i], NULL);
	if (caught != 0)
		raise(caught);
	sigprocmask(SIG_SETMASK, &g->mask, NULL);
}

static ssize_t
wait_and_read(int tty, const sigset_t *mask, char *secret, size_t cap)
{
	struct pollfd ready = { .fd = tty, .events = POLLIN };

	while (caught == 0) {
		int n = ppoll(&ready, 1, NULL, mask);

		if (n > 0)
			return read(tty, secret, cap);
		if (n < 0 && errno != EINTR)
			return -1;
	}
	errno = EINTR;
	return -1;
}

static sign_code
read_line(int tty, const char *prompt, const char *what, char *secret, size_t cap, size_t *len, sign_error *err)
{
	struct guard g;
	ssize_t      got;
	int          number;

	if (tcgetattr(tty, &g.terminal) != 0)
		return set_error(err, SIGN_E_PIN_MISSING, what, "");
	if (!guard_begin(&g, tty)) {
		guard_end(&g, tty);
		return set_error(err, SIGN_E_PIN_MISSING, what, "");
	}
	/* only now: who answers at once must not be echoed */
	dprintf(tty, "%s ", prompt);
	got = wait_and_read(tty, &g.mask, secret, cap);
	number = errno;
	guard_end(&g, tty);
	dprintf(tty, "\n");
	if (got < 0 && number == EINTR)
		return set_error(err, SIGN_E_INTERRUPTED, what, "");
	if (got < 0)
		return set_error(err, SIGN_E_READ, what, strerror(number));
	if ((size_t)got == cap && secret[got - 1] != '\n')
		return set_error(err, SIGN_E_LIMIT, what, "");
	if (got > 0 && secret[got - 1] == '\n')
		got--;
	if (got == 0)
		return set_error(err, SIGN_E_PIN_MISSING, what, "");
	*len = (size_t)got;
	return SIGN_OK;
}

static char *
prompt_text(const struct pin *pin, const sign_secret_request *request)
{
	AUTO(auto_text) char *raw = pin->prompt(pin->prompt_user, request->cert);

	return raw != NULL ? safe_text(raw) : NULL;
}

/* What the token says of earlier tries, before the next one is spent. */
static const char *
state_warning(const sign_secret_request *request)
{
	if (request->final_try)
		return _("This is the last try: if the PIN is wrong, the token locks itself.");
	if (request->state == SIGN_PIN_LOW)
		return _("A wrong PIN was entered before; few tries are left.");
	return NULL;
}

static sign_code
from_terminal(const struct pin *pin, const sign_secret_request *request, char *secret, size_t cap, size_t *len,
    sign_error *err)
{
	AUTO(auto_text) char *prompt = prompt_text(pin, request);
	const char *warning = state_warning(request);
	int         tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	sign_code   code;

	if (tty < 0 || prompt == NULL) {
		if (tty >= 0)
			close(tty);
		return set_error(err, SIGN_E_PIN_MISSING, request->what, "");
	}
	if (warning != NULL)
		dprintf(tty, "%s\n", warning);
	code = read_line(tty, prompt, request->what, secret, cap, len, err);
	close(tty);
	return code;
}

/* It is typed on the reader: a PIN from a file has no way in. */
static sign_code
announce_pin_pad(const struct pin *pin, const sign_secret_request *request, sign_error *err)
{
	AUTO(auto_text) char *prompt = pin->prompt != NULL ? pin->prompt(pin->prompt_user, request->cert) : NULL;

	if (pin->prompt == NULL)
		return set_error(err, SIGN_E_PIN_MISSING, request->what, "");
	if (state_warning(request) != NULL)
		say("%s", state_warning(request));
	say(_("%s type it on the reader"), prompt != NULL ? prompt : request->token);
	return SIGN_OK;
}

sign_code
pin_ask(void *user, const sign_secret_request *request, char *secret, size_t cap_bytes, size_t *len, sign_error *err)
{
	const struct pin *pin = user;

	*len = 0;
	if (request->pin_pad)
		return announce_pin_pad(pin, request, err);
	if (pin->fd < 0 && pin->file != NULL)
		return from_file(pin, secret, cap_bytes, len, err);
	guard_memory(secret, cap_bytes);
	if (pin->fd >= 0)
		return read_secret(pin->fd, "--pin-fd", secret, cap_bytes, len, err);
	if (pin->prompt != NULL)
		return from_terminal(pin, request, secret, cap_bytes, len, err);
	return set_error(err, SIGN_E_PIN_MISSING, request->what, "");
}

bool
pin_is_unattended(const struct pin *pin)
{
	return pin->fd >= 0 || pin->file != NULL;
}

/* A service of systemd has its own place, and often no home. */
char *
pin_refusals_path(void)
{
	const char          *state = getenv("XDG_STATE_HOME");
	const char          *service = getenv("STATE_DIRECTORY");
	const char          *home = getenv("HOME");
	const struct passwd *user = home == NULL || home[0] != '/' ? getpwuid(geteuid()) : NULL;
	char                *path = NULL;
	int                  made;

	if (user != NULL)
		home = user->pw_dir;
	if (state != NULL && state[0] == '/')
		made = asprintf(&path, "%s/kyso/refused-pins", state);
	else if (service != NULL && service[0] == '/')
		made = asprintf(&path, "%.*s/refused-pins", (int)strcspn(service, ":"), service);
	else if (home != NULL && home[0] == '/')
		made = asprintf(&path, "%s/.local/state/kyso/refused-pins", home);
	else
		return NULL;
	return made >= 0 ? path : NULL;
}

bool
terminal_ask(const char *question, char *answer, size_t cap_bytes)
{
	AUTO(auto_text) char *safe = safe_text(question);
	int     tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	ssize_t got = -1;

	if (tty >= 0 && safe != NULL && dprintf(tty, "%s ", safe) >= 0)
		got = read(tty, answer, cap_bytes - 1);
	if (tty >= 0)
		close(tty);
	if (got <= 0 || answer[got - 1] != '\n')
		return false;
	answer[got - 1] = '\0';
	return true;
}
