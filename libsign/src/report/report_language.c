/*
 * Which language the sentences are in: gettext with its domain "kyso". Floor: report. Process-wide by nature, so it is
 * called once, before threads start.
 */
#include "report_words.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

static bool
is_plain(const char *locale)
{
	return locale == NULL || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0;
}

/* The locale may be named and yet not be installed (a minimal server): its language is still what the user wants. */
static const char *
wanted_by_environment(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	for (size_t i = 0; i < KS_COUNT(names); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && value[0] != '\0')
			return strncmp(value, "vi", 2) == 0 ? "vi" : NULL;
	}
	return NULL;
}

void
sign_language_set(const char *lang)
{
	const char *folder = secure_getenv("KYSO_LOCALE_DIR");
	bool        known = setlocale(LC_ALL, "") != NULL;

	setlocale(LC_NUMERIC, "C"); /* numbers in files and JSON keep their point */
	if (lang == NULL && !known)
		lang = wanted_by_environment();
	/* gettext ignores LANGUAGE under "C"; C.UTF-8 is always there and is not "C" to it */
	if (is_plain(setlocale(LC_MESSAGES, NULL)))
		setlocale(LC_MESSAGES, "C.UTF-8");
	if (is_plain(setlocale(LC_CTYPE, NULL)))
		setlocale(LC_CTYPE, "C.UTF-8");
	if (lang != NULL)
		setenv("LANGUAGE", lang, 1);
	bindtextdomain(KS_TEXT_DOMAIN, folder != NULL && folder[0] == '/' ? folder : KS_LOCALEDIR);
	bind_textdomain_codeset(KS_TEXT_DOMAIN, "UTF-8"); /* also makes gettext forget what it had looked up */
}
