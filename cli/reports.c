/*
 * Reports: text for people, JSON and JSON lines for programs, on stdout or into files that appear whole.
 */
#include "reports.h"

#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
	const char        *name;
	sign_report_format format;
} formats[] = {
	{ "text", SIGN_REPORT_TEXT },
	{ "json", SIGN_REPORT_JSON },
	{ "jsonl", SIGN_REPORT_JSONL },
	{ "csv", OUTLET_CSV },
	{ "html", OUTLET_HTML },
};

/* A file without a name in the folder of `path`: whatever kills us, nothing stays. -1 where the file system has none. */
static int
open_nameless(const char *path)
{
	const char *slash = strrchr(path, '/');
	AUTO(auto_text) char *folder = slash != NULL ? strndup(path, (size_t)(slash - path + 1)) : strdup(".");

	return folder != NULL ? open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666) : -1;
}

/* --force replaces an old report, never something signed. */
static bool
is_container(const char *path)
{
	sign_form form = SIGN_FORM_UNKNOWN;

	return sign_detect(path, &form, NULL) != SIGN_OK || form != SIGN_FORM_UNKNOWN;
}

/* Replacing takes a name to rename, and only --force may; what came there meanwhile may be what we have just signed. */
static int
replace_report(const struct outlet *out, const struct run *run, const char *self)
{
	char *temp = NULL;
	int   rc;

	if (!run->set.force || is_precious(run, NULL, out->path) || is_container(out->path)) {
		errno = EEXIST;
		return -1;
	}
	if (out->temp[0] != '\0')
		return rename(out->temp, out->path);
	if (asprintf(&temp, "%s.kyso-%ld", out->path, (long)getpid()) < 0)
		return -1;
	rc = linkat(AT_FDCWD, self, AT_FDCWD, temp, AT_SYMLINK_FOLLOW);
	if (rc == 0 && (rc = rename(temp, out->path)) != 0)
		unlink(temp);
	free(temp);
	return rc;
}

/* Its name at last: by link, which never replaces. */
static int
name_report(const struct outlet *out, const struct run *run)
{
	char self[32];
	int  rc;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fileno(out->stream));
	rc = out->temp[0] != '\0' ? renameat2(AT_FDCWD, out->temp, AT_FDCWD, out->path, RENAME_NOREPLACE)
	                          : linkat(AT_FDCWD, self, AT_FDCWD, out->path, AT_SYMLINK_FOLLOW);
	return rc != 0 && errno == EEXIST ? replace_report(out, run, self) : rc;
}

/* *temp becomes the hidden name beside `path`, or "" for a file that has none yet. */
static FILE *
open_temp(const char *path, char **temp)
{
	const char *slash = strrchr(path, '/');
	int         folder = slash != NULL ? (int)(slash - path + 1) : 0;
	mode_t      mask = umask(0);
	int         fd = -1;
	FILE       *stream;

	umask(mask);
	fd = open_nameless(path);
	if (fd >= 0) {
		*temp = strdup("");
		stream = *temp != NULL ? fdopen(fd, "w") : NULL;
		if (stream == NULL)
			close(fd);
		return stream;
	}
	if (asprintf(temp, "%.*s.kyso-report-XXXXXX", folder, path) < 0) {
		*temp = NULL;
		return NULL;
	}
	fd = mkostemp(*temp, O_CLOEXEC);
	if (fd < 0) {
		free(*temp);
		*temp = NULL;
		return NULL;
	}
	fchmod(fd, 0666 & ~mask);
	stream = fdopen(fd, "w");
	if (stream == NULL)
		close(fd);
	return stream;
}

/* A device or pipe is written to as it is; a file appears by rename. */
static sign_code
open_file(struct outlet *out, const struct run *run, const char *file, sign_error *err)
{
	struct stat st;

	out->path = strdup(file);
	if (out->path == NULL)
		return set_error(err, SIGN_E_MEMORY, "", "");
	if (stat(file, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return set_error(err, SIGN_E_IS_FOLDER, file, "");
		if (!S_ISREG(st.st_mode))
			out->stream = fopen(file, "we");
		else if (!run->set.force)
			return set_exists(err, file, run->command);
		else if (is_precious(run, NULL, file) || is_container(file))
			return set_error(err, SIGN_E_USAGE, file, "--report");
	}
	if (out->stream == NULL)
		out->stream = open_temp(file, &out->temp);
	return out->stream != NULL ? SIGN_OK : set_errno(err, SIGN_E_WRITE, file);
}

static int
open_one(struct outlets *o, const struct run *run, const char *spec)
{
	struct outlet *out = &o->at[o->count];
	size_t         len = strcspn(spec, ":");
	const char    *file = spec[len] == ':' ? spec + len + 1 : NULL;
	sign_error     err = SIGN_ERROR_INIT;
	size_t         i = 0;

	while (i < COUNT_OF(formats) && (strlen(formats[i].name) != len || strncmp(formats[i].name, spec, len) != 0))
		i++;
	if (i == COUNT_OF(formats))
		return say_usage(run->command, _("--report does not know \"%s\": text, json or jsonl, and :FILE"), spec);
	if (formats[i].format >= OUTLET_CSV && (run->command->run != cmd_show || run->set.path_count != 1))
		return say_usage(run->command, _("csv and html are reports of one journal: kyso show --report %s JOURNAL"),
		    formats[i].name);
	if (o->count == MAX_OUTLETS)
		return say_usage(run->command, _("too many reports; %d at most"), MAX_OUTLETS);
	out->format = formats[i].format;
	o->count++;
	if (file == NULL || strcmp(file, "-") == 0) {
		o->machine_stdout = o->machine_stdout || out->format != SIGN_REPORT_TEXT;
		out->stream = stdout;
		return 0;
	}
	return open_file(out, run, file, &err) == SIGN_OK ? 0 : say_error(run, &err);
}

int
outlets_open(struct outlets *o, const struct run *run, bool list)
{
	bool to_stdout = false;
	int  rc = 0;

	memset(o, 0, sizeof(*o));
	o->list = list;
	for (size_t i = 0; i < run->set.reports.count && rc == 0; i++)
		rc = open_one(o, run, run->set.reports.items[i]);
	for (size_t i = 0; i < o->count; i++)
		to_stdout = to_stdout || o->at[i].path == NULL;
	if (rc == 0 && !to_stdout && o->count < MAX_OUTLETS)
		rc = open_one(o, run, "text");
	for (size_t i = 0; i < o->count && rc == 0; i++)
		if (o->at[i].format == SIGN_REPORT_JSON && list)
			fputs("[\n", o->at[i].stream);
	return rc;
}

bool
outlets_want(const struct outlets *o, sign_report_format format)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->at[i].format == format)
			return true;
	return false;
}

void
outlets_text(struct outlets *o, const char *shown, const char *plain)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->at[i].format == SIGN_REPORT_TEXT)
			fputs(o->at[i].path == NULL ? shown : plain, o->at[i].stream);
}

static void
put_line(FILE *out, const char *text)
{
	size_t len = strlen(text);

	fwrite(text, 1, len, out);
	if (len == 0 || text[len - 1] != '\n')
		putc('\n', out);
}

void
outlets_json(struct outlets *o, const char *indented, const char *line)
{
	for (size_t i = 0; i < o->count; i++) {
		struct outlet *out = &o->at[i];

		if (out->format == SIGN_REPORT_JSONL)
			put_line(out->stream, line);
		if (out->format != SIGN_REPORT_JSON)
			continue;
		if (out->items++ > 0 && o->list)
			fputs(",\n", out->stream);
		put_line(out->stream, indented);
	}
}

static int
close_one(struct outlet *out, bool list, const struct run *run)
{
	sign_error err = SIGN_ERROR_INIT;
	bool       written;

	if (out->format == SIGN_REPORT_JSON && list)
		fputs("]\n", out->stream);
	if (out->path == NULL)
		return 0; /* finish_stdout() looks at it */
	written = fflush(out->stream) == 0 && !ferror(out->stream) && (out->temp == NULL || fsync(fileno(out->stream)) == 0);
	if (!written) {
		set_errno(&err, SIGN_E_WRITE, out->path);
		return say_error(run, &err);
	}
	if (out->temp != NULL && name_report(out, run) != 0) {
		set_errno(&err, SIGN_E_WRITE, out->path);
		return say_error(run, &err);
	}
	fclose(out->stream);
	out->stream = NULL;
	free(out->temp);
	out->temp = NULL;
	return 0;
}

int
outlets_close(struct outlets *o, const struct run *run)
{
	int rc = 0;

	for (size_t i = 0; i < o->count; i++)
		if (o->at[i].stream != NULL)
			rc = worse(rc, close_one(&o->at[i], o->list, run));
	return rc;
}

void
outlets_clear(struct outlets *o)
{
	for (size_t i = 0; i < o->count; i++) {
		struct outlet *out = &o->at[i];

		if (out->path != NULL && out->stream != NULL)
			fclose(out->stream);
		if (out->temp != NULL && out->temp[0] != '\0')
			unlink(out->temp);
		free(out->temp);
		free(out->path);
	}
	memset(o, 0, sizeof(*o));
}

/* The length of the UTF-8 character at `text`, 0 if there is none (RFC 3629: no surrogates, no overlong forms). */
static size_t
utf8_length(const unsigned char *text)
{
	static const struct {
		unsigned char first, last, second_first, second_last;
		size_t        length;
	} rows[] = {
		{ 0x01, 0x7F, 0, 0, 1 },          { 0xC2, 0xDF, 0x80, 0xBF, 2 },    { 0xE0, 0xE0, 0xA0, 0xBF, 3 },
		{ 0xE1, 0xEC, 0x80, 0xBF, 3 },    { 0xED, 0xED, 0x80, 0x9F, 3 },    { 0xEE, 0xEF, 0x80, 0xBF, 3 },
		{ 0xF0, 0xF0, 0x90, 0xBF, 4 },    { 0xF1, 0xF3, 0x80, 0xBF, 4 },    { 0xF4, 0xF4, 0x80, 0x8F, 4 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (text[0] < rows[i].first || text[0] > rows[i].last)
			continue;
		if (rows[i].length > 1 && (text[1] < rows[i].second_first || text[1] > rows[i].second_last))
			return 0;
		for (size_t n = 2; n < rows[i].length; n++)
			if ((text[n] & 0xC0) != 0x80)
				return 0;
		return rows[i].length;
	}
	return 0;
}

void
json_string(FILE *out, const char *text)
{
	const unsigned char *at = (const unsigned char *)text;

	putc('"', out);
	while (*at != '\0') {
		size_t len = utf8_length(at);

		if (len == 0)
			fputs("\xEF\xBF\xBD", out);
		else if (*at == '"' || *at == '\\')
			fprintf(out, "\\%c", *at);
		else if (*at < 0x20 || *at == 0x7F)
			fprintf(out, "\\u%04x", *at);
		else
			fwrite(at, 1, len, out);
		at += len > 0 ? len : 1;
	}
	putc('"', out);
}

char *
json_known(const char *path, const sign_journal_memory *memory)
{
	char  *text = NULL;
	size_t len = 0;
	FILE  *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	fputs("{\"name\":", out);
	json_string(out, path);
	fprintf(out, ",\"verdict\":\"%s\",\"exitCode\":%d,\"known\":true}", sign_verdict_name(memory->verdict), memory->exit);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

char *
json_fault(const char *path, const sign_error *err)
{
	char  *text = NULL;
	size_t len = 0;
	FILE  *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	fputs("{\"name\":", out);
	json_string(out, path);
	fprintf(out, ",\"verdict\":\"NONE\",\"exitCode\":%d,\"error\":\"%s\",\"subject\":", sign_code_exit(err->code),
	    sign_code_name(err->code));
	json_string(out, err->subject);
	fputs(",\"where\":", out);
	json_string(out, err->where);
	fputs(",\"detail\":", out);
	json_string(out, err->detail);
	fputs("}", out);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
