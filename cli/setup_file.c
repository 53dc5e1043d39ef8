/*
 * The file that kyso setup writes: the lines that are there, with ours in their places. Comments, profiles, other
 * keys and what kyso does not know stay as they are.
 */
#include "setup.h"

#include "feed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_BYTES ((size_t)1 << 20) /* the library reads no more either */

/* One `name = value` of ours; written or not yet. */
struct line {
	const char *name, *value; /* value NULL: not to be set */
	bool        written;
};

char *
setup_path(void)
{
	const char *base = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	char       *path = NULL;
	char       *real;
	int         made = -1;

	if (base != NULL && base[0] == '/')
		made = asprintf(&path, "%s/kyso/kyso.conf", base);
	else if (home != NULL && home[0] == '/')
		made = asprintf(&path, "%s/.config/kyso/kyso.conf", home);
	if (made < 0)
		return NULL;
	real = realpath(path, NULL); /* a link stays a link; what it points to is replaced */
	if (real == NULL)
		return path;
	free(path);
	return real;
}

static sign_code
read_all(const char *path, char **text, sign_error *err)
{
	FILE  *in = fopen(path, "re");
	size_t len;

	*text = calloc(1, MAX_BYTES + 1);
	if (*text == NULL) {
		if (in != NULL)
			fclose(in);
		return set_error(err, SIGN_E_MEMORY, "", "");
	}
	if (in == NULL)
		return errno == ENOENT ? SIGN_OK : set_errno(err, SIGN_E_READ, path);
	len = fread(*text, 1, MAX_BYTES + 1, in);
	fclose(in);
	if (len > MAX_BYTES) {
		(*text)[MAX_BYTES] = '\0';
		return set_error(err, SIGN_E_LIMIT, path, "1 MiB");
	}
	return SIGN_OK;
}

/* ---- putting ours in ------------------------------------------------------------------------------------------- */

static void
put_ours(FILE *out, struct line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (lines[i].value != NULL && !lines[i].written)
			fprintf(out, "%s = %s\n", lines[i].name, lines[i].value);
		lines[i].written = true;
	}
}

/* The line of ours that has the name of this one, or NULL. */
static struct line *
same_name(struct line *lines, size_t count, const char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strcspn(text, "=:\n");
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		len--;
	for (size_t i = 0; i < count; i++)
		if (strlen(lines[i].name) == len && strncmp(lines[i].name, text, len) == 0)
			return &lines[i];
	return NULL;
}

/* Is this "[key NAME]"? */
static bool
is_section(const char *text, const char *key_name)
{
	AUTO(auto_text) char *name = NULL;
	const char *end = strchr(text, ']');
	size_t      len;

	text += strspn(text, " \t");
	if (key_name == NULL || end == NULL || strncmp(text, "[key ", 5) != 0)
		return false;
	text += 4 + strspn(text + 4, " ");
	len = (size_t)(end - text);
	return strlen(key_name) == len && strncmp(text, key_name, len) == 0;
}

struct merge {
	FILE        *out;
	struct line *top, *key;
	size_t       top_count, key_count;
	const char  *key_name;
	bool         in_top, in_key;
};

static void
merge_line(struct merge *m, const char *text, size_t len)
{
	struct line *ours = m->in_top ? same_name(m->top, m->top_count, text)
	                    : m->in_key ? same_name(m->key, m->key_count, text) : NULL;

	if (text[strspn(text, " \t")] == '[') {
		if (m->in_top)
			put_ours(m->out, m->top, m->top_count);
		if (m->in_key)
			put_ours(m->out, m->key, m->key_count);
		m->in_top = false;
		m->in_key = is_section(text, m->key_name);
	} else if (ours != NULL && (ours->value != NULL || m->in_key)) {
		/* a role or module that the key no longer has goes without another */
		if (!ours->written && ours->value != NULL)
			fprintf(m->out, "%s = %s\n", ours->name, ours->value);
		ours->written = true;
		return;
	}
	fwrite(text, 1, len, m->out);
	putc('\n', m->out);
}

static void
merge_all(struct merge *m, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		merge_line(m, text, len);
		text += len + (text[len] == '\n');
	}
	if (m->in_top)
		put_ours(m->out, m->top, m->top_count);
	if (m->key_name != NULL && !m->key[0].written && !m->in_key) /* it had no section yet */
		fprintf(m->out, "\n[key %s]\n", m->key_name);
	if (m->key_name != NULL)
		put_ours(m->out, m->key, m->key_count);
}

sign_code
setup_texts(const struct setup *s, const char *path, char **before, char **after, sign_error *err)
{
	struct line top[] = { { "lang", s->lang, false }, { "policy", s->policy, false }, { "form", s->form, false },
		{ "key", s->key_name, false } };
	struct line key[] = { { "uri", s->key != NULL ? s->key->uri : NULL, false },
		{ "module", s->key != NULL && *s->key->module != '\0' ? s->key->module : NULL, false },
		{ "as", s->as, false } };
	struct merge m = { NULL, top, key, COUNT_OF(top), COUNT_OF(key), s->key_name, true, false };
	size_t       len = 0;
	sign_code    code = read_all(path, before, err);

	*after = NULL;
	if (code != SIGN_OK)
		return code;
	if (*before == NULL)
		return set_error(err, SIGN_E_MEMORY, "", "");
	m.out = open_memstream(after, &len);
	if (m.out == NULL)
		return set_error(err, SIGN_E_MEMORY, "", "");
	if (**before == '\0')
		fputs(_("# Made by kyso setup; see kyso.conf(5).\n"), m.out);
	merge_all(&m, *before);
	return fclose(m.out) == 0 ? SIGN_OK : set_error(err, SIGN_E_MEMORY, "", "");
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static void
sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static bool
write_temp(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len > 0) {
		ssize_t put = write(fd, text, len);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		text += put;
		len -= (size_t)put;
	}
	return fsync(fd) == 0;
}

sign_code
setup_write(const char *path, const char *text, sign_error *err)
{
	AUTO(auto_text) char *folder = strndup(path, (size_t)(strrchr(path, '/') - path));
	AUTO(auto_text) char *temp = NULL;
	sign_code code;
	int       fd;

	if (folder == NULL || asprintf(&temp, "%s/.kyso-setup-XXXXXX", folder) < 0) {
		temp = NULL;
		return set_error(err, SIGN_E_MEMORY, "", "");
	}
	code = make_folders(folder, err);
	if (code != SIGN_OK)
		return code;
	fd = mkostemp(temp, O_CLOEXEC); /* 0600 */
	if (fd < 0)
		return set_errno(err, SIGN_E_WRITE, path);
	if (!write_temp(fd, text) || rename(temp, path) != 0) {
		set_errno(err, SIGN_E_WRITE, path);
		unlink(temp);
		close(fd);
		return err->code;
	}
	close(fd);
	sync_folder(folder);
	return SIGN_OK;
}
