/*
 * What every command of kyso shares: settings from options and configuration, messages, the stop flag. The command line
 * stands on the public headers of libsign alone.
 */
#ifndef KYSO_H
#define KYSO_H

#include <libsign/libsign.h>

#include <libintl.h>
#include <stdio.h>

#define _(text)                 dgettext("kyso", (text))
#define N_(text)                (text)
#define plural(one, many, n)    dngettext("kyso", (one), (many), (unsigned long)(n))
#define COUNT_OF(a)             (sizeof(a) / sizeof((a)[0]))
#define AUTO(free_fn)           __attribute__((cleanup(free_fn)))
#define EXIT_USAGE              64

/* Texts in the order they were given, NULL-terminated; the texts belong to argv. */
struct text_list {
	const char **items;
	size_t       count;
};

/* All that options can say; a command uses what its table offers. Words are kept as the numbers of their table, -1 unset. */
struct settings {
	/* signing */
	const char *key, *cert, *title, *place, *commitment, *override_reason, *bundle;
	int         role, form, scheme, digest, durability;
	bool        add, in_place, dry_run, force, again, compress;
	const char *journal;
	bool        no_journal;
	/* files */
	const char      *output, *files_from;
	struct text_list include, exclude;
	bool             recursive, nul_separated;
	bool             watch;
	int              settle; /* seconds */
	const char      *valid_to;
	/* judging */
	struct text_list trust, crl, expect;
	const char      *policy, *content;
	time_t           at;
	int              revocation;
	bool             all, allow_empty, require_valid;
	/* secrets */
	const char *pin_file, *module;
	int         pin_fd;
	bool        final_try;
	/* trust store */
	const char *store, *fingerprint;
	bool        as_anchor;
	/* all commands */
	struct text_list reports;
	const char      *lang, *profile;
	int              jobs, verbose, quiet;
	bool             help;
	/* what is left of the command line */
	char **paths;
	size_t path_count;
};

struct command;

/* Columns of the terminal at `fd`, within reason; 0: it is none. */
unsigned terminal_width(int fd);

/* One run of one command. */
struct run {
	const struct command *command;
	struct settings       set;
	const sign_config    *config;       /* NULL only for setup and doctor: it is broken */
	const sign_error     *config_fault; /* then: why */
	bool                  colour; /* on stdout */
	unsigned              width;  /* of the terminal, 80 elsewhere */
};

typedef int (*command_fn)(struct run *run); /* the exit code */
int cmd_sign(struct run *run);
int cmd_verify(struct run *run);
int cmd_show(struct run *run);
int cmd_extract(struct run *run);
int cmd_key_list(struct run *run);
int cmd_key_check(struct run *run);
int cmd_trust_list(struct run *run);
int cmd_trust_add(struct run *run);
int cmd_trust_remove(struct run *run);
int cmd_trust_check(struct run *run);
int cmd_setup(struct run *run);
int cmd_doctor(struct run *run);
/* What is wrong with a file of a store, translated (cmd_trust.c). */
const char *trust_finding_text(sign_trust_code code);

/* Non-zero once SIGINT, SIGTERM or SIGHUP asked us to stop. */
extern volatile int stop_requested;
/* Called then, from the signal handler; NULL: nobody sleeps who has to know. */
extern void (*volatile wake_on_stop)(void);

/* ---- messages (messages.c) ---- */
int  worse(int exit_a, int exit_b); /* the higher one wins (design: exit codes) */
/* "kyso: sentence" on stderr, escaped, on a terminal wrapped between words; the exit code of err->code. */
int  say_error(const struct run *run, const sign_error *err);
/* "kyso: text" on stderr, likewise. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same and a pointer to --help; always EXIT_USAGE. `command` may be NULL. */
int  say_usage(const struct command *command, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* As much of a text as fits, cut between two characters. */
void copy_text(char *to, size_t cap_bytes, const char *text);
/* Fill an error as the library does; returns the code. */
sign_code set_error(sign_error *err, sign_code code, const char *subject, const char *detail);
/* SIGN_E_EXISTS, pointing to --force where this command has it. */
sign_code set_exists(sign_error *err, const char *subject, const struct command *command);
sign_code set_errno(sign_error *err, sign_code fallback, const char *subject);
/* Text from files and certificates, made harmless. */
void  put_safe(FILE *out, const char *text);
void  put_safe_lines(FILE *out, const char *text); /* the same, and its lines stay lines */
char *safe_text(const char *text); /* malloc'ed; NULL without memory */
/* "248 MB" */
#define BYTES_TEXT 32
void bytes_text(uint64_t bytes, char text[BYTES_TEXT]);
/* "20/11/2026" in the local zone */
#define DATE_TEXT 24
void date_text(time_t when, char text[DATE_TEXT]);
/* Columns that UTF-8 text takes; and the text padded to `columns`. */
size_t text_columns(const char *text);
void   put_padded(FILE *out, const char *text, size_t columns);
/* `text` from `column` on and a new line, wrapped between words at `width`, further lines indented to `indent`. */
void   put_wrapped(FILE *out, const char *text, size_t column, size_t indent, size_t width);
/* Everything printed reached its reader: 0, or the exit code of a failed write. */
int finish_stdout(const struct run *run);

/* ---- settings (settings.c) ---- */
int  list_add(struct text_list *list, const char *text); /* false without memory */
void settings_init(struct settings *set);
void settings_clear(struct settings *set);
/* Option, else configuration, else NULL. */
const char *setting_text(const struct run *run, const char *option, const char *name);
/* An option given against a lock of the system's configuration: SIGN_E_LOCKED. `same` is what the configuration says. */
sign_code check_lock(const struct run *run, const char *name, const char *given, sign_error *err);
/* Anchors, intermediates and CRLs: --trust replaces the configured stores, --crl adds. */
sign_code open_trust(const struct run *run, sign_trust **trust, sign_error *err);
/* `policy` is what applies when neither option nor configuration says. */
sign_code open_verifier(const struct run *run, const sign_trust *trust, const char *policy, sign_verifier **verifier,
    sign_error *err);

/* ---- times (times.c) ---- */
bool parse_time(const char *text, time_t *when);
bool same_file(const char *a, const char *b);
/* Would writing `output` destroy what this run works with: a path given to it, the key, its certificate or PIN file, a container? */
bool is_precious(const struct run *run, const char *key_uri, const char *output);

/* ---- for AUTO ---- */
void auto_text(char **text);
void auto_trust(sign_trust **trust);
void auto_verifier(sign_verifier **verifier);
void auto_worker(sign_worker **worker);
void auto_report(sign_report **report);
void auto_key(sign_key **key);

#endif
