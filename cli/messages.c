/*
 * Words for people: messages on stderr, texts made harmless, sizes and dates. What a library error means is said by the
 * library (sign_error_text); here it only gets its place.
 */
#include "options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
worse(int exit_a, int exit_b)
{
	return exit_a > exit_b ? exit_a : exit_b;
}

char *
safe_text(const char *text)
{
	size_t cap = strlen(text) * 10 + 1; /* "\u{10FFFF}" for each byte at most */
	char  *safe = malloc(cap);

	if (safe != NULL)
		sign_text_escape(text, safe, cap);
	return safe;
}

void
put_safe(FILE *out, const char *text)
{
	AUTO(auto_text) char *safe = safe_text(text);

	if (safe != NULL)
		fputs(safe, out);
}

void
put_wrapped(FILE *out, const char *text, size_t column, size_t indent, size_t width)
{
	while (*text != '\0') {
		size_t len = strcspn(text, " ");
		size_t columns = 0;

		for (size_t i = 0; i < len; i++)
			columns += ((unsigned char)text[i] & 0xC0) != 0x80;
		if (column > indent && column + 1 + columns > width) {
			fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			putc(' ', out);
			column++;
		}
		fwrite(text, 1, len, out);
		column += columns;
		text += len + strspn(text + len, " ");
	}
	putc('\n', out);
}

/* A person's terminal breaks between words; a log has one line. */
static void
put_message(const char *text)
{
	static const char name[] = "kyso: ";
	AUTO(auto_text) char *safe = safe_text(text);
	unsigned width = terminal_width(STDERR_FILENO);

	fputs(name, stderr);
	if (safe != NULL && width > 0)
		put_wrapped(stderr, safe, strlen(name), strlen(name), width);
	else
		fprintf(stderr, "%s\n", safe != NULL ? safe : "");
}

void
put_safe_lines(FILE *out, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		AUTO(auto_text) char *line = strndup(text, len);

		if (line != NULL)
			put_safe(out, line);
		putc('\n', out);
		text += len + (text[len] == '\n');
	}
}

int
say_error(const struct run *run, const sign_error *err)
{
	char   text[2048 + sizeof(err->origin) + 64];
	size_t used;

	sign_error_text(err, text, 2048);
	used = strlen(text);
	if (run->set.verbose > 0)
		snprintf(text + used, sizeof(text) - used, " [%s %s]", sign_code_name(err->code), err->origin);
	put_message(text);
	return sign_code_exit(err->code);
}

static void
say_list(const char *fmt, va_list args)
{
	AUTO(auto_text) char *text = NULL;

	if (vasprintf(&text, fmt, args) < 0) {
		text = NULL;
		return;
	}
	put_message(text);
}

void
say(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say_list(fmt, args);
	va_end(args);
}

int
say_usage(const struct command *command, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say_list(fmt, args);
	va_end(args);
	if (command == NULL)
		fprintf(stderr, _("Try: %s\n"), "kyso help");
	else
		fprintf(stderr, _("Try: kyso %s%s%s --help\n"), command->verb, command->sub != NULL ? " " : "",
		    command->sub != NULL ? command->sub : "");
	return EXIT_USAGE;
}

/* Cut, if it must be, between two characters. */
void
copy_text(char *to, size_t cap, const char *text)
{
	size_t len = strnlen(text, cap);

	if (len == cap)
		for (len = cap - 1; len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80;)
			len--;
	memcpy(to, text, len);
	to[len] = '\0';
}

sign_code
set_error(sign_error *err, sign_code code, const char *subject, const char *detail)
{
	*err = (sign_error)SIGN_ERROR_INIT;
	err->code = code;
	copy_text(err->subject, sizeof(err->subject), subject);
	copy_text(err->detail, sizeof(err->detail), detail);
	snprintf(err->origin, sizeof(err->origin), "kyso");
	return code;
}

sign_code
set_exists(sign_error *err, const char *subject, const struct command *command)
{
	set_error(err, SIGN_E_EXISTS, subject, "");
	for (const struct option_row *row = command->rows; row->long_name != NULL; row++)
		if (strcmp(row->long_name, "force") == 0)
			copy_text(err->where, sizeof(err->where), "--force");
	return err->code;
}

sign_code
set_errno(sign_error *err, sign_code fallback, const char *subject)
{
	static const struct {
		int       number;
		sign_code code;
	} known[] = {
		{ ENOENT, SIGN_E_NOT_FOUND },
		{ EACCES, SIGN_E_PERMISSION },
		{ EPERM, SIGN_E_PERMISSION },
		{ EISDIR, SIGN_E_IS_FOLDER },
		{ ENOSPC, SIGN_E_DISK_FULL },
		{ EDQUOT, SIGN_E_DISK_FULL },
		{ EROFS, SIGN_E_DISK_FULL },
		{ EEXIST, SIGN_E_EXISTS },
		{ ENOMEM, SIGN_E_MEMORY },
	};
	int       number = errno;
	sign_code code = fallback;

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (known[i].number == number)
			code = known[i].code;
	return set_error(err, code, subject, strerror(number));
}

void
bytes_text(uint64_t bytes, char text[BYTES_TEXT])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	double                   value = (double)bytes;
	size_t                   unit = 0;

	while (value >= 999.5 && unit + 1 < COUNT_OF(units)) {
		value /= 1000;
		unit++;
	}
	snprintf(text, BYTES_TEXT, unit == 0 || value >= 9.95 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

void
date_text(time_t when, char text[DATE_TEXT])
{
	struct tm tm;

	if (localtime_r(&when, &tm) == NULL || strftime(text, DATE_TEXT, "%d/%m/%Y", &tm) == 0)
		snprintf(text, DATE_TEXT, "@%lld", (long long)when);
}

/* One column a character: Vietnamese in its composed form, which is what we print. */
size_t
text_columns(const char *text)
{
	size_t columns = 0;

	for (; *text != '\0'; text++)
		if (((unsigned char)*text & 0xC0) != 0x80)
			columns++;
	return columns;
}

void
put_padded(FILE *out, const char *text, size_t columns)
{
	fputs(text, out);
	for (size_t n = text_columns(text); n < columns; n++)
		putc(' ', out);
}

int
finish_stdout(const struct run *run)
{
	sign_error err = SIGN_ERROR_INIT;

	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	if (errno == 0)
		errno = EIO;
	set_errno(&err, SIGN_E_WRITE, "stdout");
	return say_error(run, &err);
}

void
auto_text(char **text)
{
	free(*text);
}

void
auto_trust(sign_trust **trust)
{
	sign_trust_free(*trust);
}

void
auto_verifier(sign_verifier **verifier)
{
	sign_verifier_free(*verifier);
}

void
auto_worker(sign_worker **worker)
{
	sign_worker_free(*worker);
}

void
auto_report(sign_report **report)
{
	sign_report_free(*report);
}

void
auto_key(sign_key **key)
{
	sign_key_free(*key);
}
