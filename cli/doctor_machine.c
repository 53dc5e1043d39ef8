/*
 * The machine itself: configuration, clock, disk, data files, words.
 */
#include "doctor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#define DAY            ((time_t)24 * 60 * 60)
#define LOW_BYTES      ((uint64_t)1 << 30)
#define FULL_BYTES     ((uint64_t)64 << 20)
#define OLD_DATA_YEARS 3

/* ---- configuration --------------------------------------------------------------------------------------------- */

static void
check_file_rights(struct doctor *d, const char *folder)
{
	AUTO(auto_text) char *path = NULL;
	AUTO(auto_text) char *mend = NULL;
	struct finding f = { "config.file", HEALTH_OK, sign_code_exit(SIGN_E_CONFIG), NULL, NULL, NULL };
	struct stat    st;

	if (asprintf(&path, "%s/kyso.conf", folder) < 0) {
		path = NULL;
		return;
	}
	if (stat(path, &st) != 0)
		return;
	f.subject = path;
	if ((st.st_mode & 022) == 0) {
		tell_finding(d, &f, _("\"%s\" is understood"), path);
		return;
	}
	if (asprintf(&mend, "chmod go-w %s", path) < 0)
		mend = NULL;
	f.health = HEALTH_FAIL;
	f.mend = mend;
	tell_finding(d, &f, _("others can change \"%s\", and with it whom you trust"), path);
}

static void
check_config(struct doctor *d)
{
	struct finding none = { "config.file", HEALTH_WARN, 0, NULL, NULL, _("kyso setup writes one") };
	const char    *folder;
	uint64_t       before = d->counts[HEALTH_OK] + d->counts[HEALTH_FAIL];

	if (d->run->config == NULL) {
		tell_error(d, "config.file", HEALTH_FAIL, d->run->config_fault->where, d->run->config_fault);
		return;
	}
	for (size_t i = 0; (folder = sign_config_folder(d->run->config, i)) != NULL; i++)
		check_file_rights(d, folder);
	if (d->counts[HEALTH_OK] + d->counts[HEALTH_FAIL] == before)
		tell_finding(d, &none, "%s", _("there is no configuration yet"));
}

/* ---- clock ----------------------------------------------------------------------------------------------------- */

struct moment {
	time_t      when;
	const char *what;
};

static void
later(struct moment *m, time_t when, const char *what)
{
	if (when > m->when)
		*m = (struct moment){ when, what };
}

/* Nothing of this can lie in the future, so the clock cannot be behind it. */
static struct moment
latest_past(struct doctor *d)
{
	static const char *const folders[] = { "/etc", "/var/lib", "/var/log", "/tmp" };
	AUTO(auto_trust) sign_trust *trust = NULL;
	struct moment    m = { 0, "" };
	sign_error       err;
	sign_trust_entry entry;
	sign_trust_crl   crl;
	struct stat      st;

	for (size_t i = 0; i < COUNT_OF(folders); i++)
		if (stat(folders[i], &st) == 0)
			later(&m, st.st_mtime, folders[i]);
	for (size_t i = 0; sign_data_name(i) != NULL; i++) {
		sign_data_info info;
		time_t         made;

		if (sign_data_look(sign_data_name(i), &info, &err) == SIGN_OK && parse_time(info.date, &made))
			later(&m, made, sign_data_name(i));
	}
	if (d->run->config == NULL || open_trust(d->run, &trust, &err) != SIGN_OK)
		return m;
	for (size_t i = 0; sign_trust_at(trust, i, 0, &entry); i++)
		later(&m, sign_cert_not_before(entry.cert), _("the beginning of a trusted certificate"));
	for (size_t i = 0; sign_trust_crl_at(trust, i, &crl); i++)
		later(&m, crl.this_update, _("a revocation list"));
	return m;
}

static void
check_clock(struct doctor *d)
{
	struct moment  m = latest_past(d);
	struct timex   timex = { 0 };
	char           iso[DATE_TEXT], shown[DATE_TEXT];
	time_t         now = time(NULL);
	struct finding f = { "clock.past", HEALTH_OK, sign_code_exit(SIGN_E_READ), m.what, iso,
		_("set the clock: timedatectl set-ntp true, or timedatectl set-time") };

	iso_date(m.when, iso);
	date_text(m.when, shown);
	if (now + DAY < m.when) {
		f.health = HEALTH_FAIL;
		tell_finding(d, &f, _("the clock of this machine is behind: %s is of %s"), m.what, shown);
		return;
	}
	date_text(now, shown);
	iso_date(now, iso);
	f.subject = NULL;
	tell_finding(d, &f, _("the clock says %s, and nothing here is younger"), shown);
	f.id = "clock.sync";
	if (adjtimex(&timex) >= 0 && (timex.status & STA_UNSYNC) != 0) {
		f.health = HEALTH_WARN;
		f.detail = NULL;
		tell_finding(d, &f, "%s", _("no time server keeps the clock right"));
	}
}

/* ---- disk ------------------------------------------------------------------------------------------------------ */

/* The folder, or the nearest one above that is there. */
static char *
existing(const char *path)
{
	char *copy = strdup(path);
	char *slash;

	while (copy != NULL && access(copy, F_OK) != 0 && (slash = strrchr(copy, '/')) != NULL)
		slash[slash == copy ? 1 : 0] = '\0';
	if (copy != NULL && access(copy, F_OK) != 0) { /* a single name, yet to be made here */
		free(copy);
		copy = strdup(".");
	}
	return copy;
}

static void
check_space(struct doctor *d, const char *id, const char *path)
{
	AUTO(auto_text) char *folder = existing(path);
	struct statvfs fs;
	char           size[BYTES_TEXT], number[32];
	uint64_t       bytes;
	struct finding f = { id, HEALTH_OK, sign_code_exit(SIGN_E_DISK_FULL), path, number, NULL };

	if (folder == NULL || statvfs(folder, &fs) != 0)
		return;
	bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	bytes_text(bytes, size);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)bytes);
	if ((fs.f_flag & ST_RDONLY) != 0 || access(folder, W_OK) != 0) {
		f.health = HEALTH_FAIL;
		f.mend = _("choose another folder, or have it made writable for you");
		tell_finding(d, &f, _("\"%s\" cannot be written"), folder);
	} else if (bytes < FULL_BYTES || (fs.f_files > 0 && fs.f_favail < 100)) {
		f.health = HEALTH_FAIL;
		f.mend = _("make room on this disk");
		tell_finding(d, &f, _("the disk of \"%s\" is full: %s are left"), folder, size);
	} else if (bytes < LOW_BYTES) {
		f.health = HEALTH_WARN;
		f.mend = _("make room on this disk");
		tell_finding(d, &f, _("the disk of \"%s\" is nearly full: %s are left"), folder, size);
	} else {
		tell_finding(d, &f, _("the disk of \"%s\" has room: %s"), folder, size);
	}
}

static void
check_disk(struct doctor *d)
{
	static const char *const settings[] = { "watch", "output", "valid-to" };
	AUTO(auto_text) char *state = NULL;
	const char *base = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (base != NULL && base[0] == '/')
		state = strdup(base);
	else if (home != NULL && asprintf(&state, "%s/.local/state", home) < 0)
		state = NULL;
	if (state != NULL)
		check_space(d, "disk.state", state);
	for (size_t i = 0; d->run->config != NULL && i < COUNT_OF(settings); i++) {
		const char *path = sign_config_get(d->run->config, settings[i]);

		if (path != NULL)
			check_space(d, "disk.output", path);
	}
}

/* ---- data and words -------------------------------------------------------------------------------------------- */

static void
check_data(struct doctor *d)
{
	for (size_t i = 0; sign_data_name(i) != NULL; i++) {
		const char    *name = sign_data_name(i);
		sign_error     err = SIGN_ERROR_INIT;
		sign_data_info info;
		time_t         made = 0;
		struct finding f = { "data.version", HEALTH_OK, 0, name, info.version,
			_("install a newer version of kyso, or a newer file in /etc/kyso/data") };

		if (sign_data_look(name, &info, &err) != SIGN_OK) {
			tell_error(d, "data.version", HEALTH_FAIL, name, &err);
			continue;
		}
		if (!parse_time(info.date, &made) || time(NULL) - made > (time_t)OLD_DATA_YEARS * 366 * DAY)
			f.health = HEALTH_WARN;
		tell_finding(d, &f, _("%s: version %s, of %s, from %s"), name, info.version, info.date,
		    *info.source != '\0' ? info.source : _("the library itself"));
	}
}

/* What the environment asks for: the library itself speaks UTF-8 in any locale. */
static const char *
locale_name(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && *value != '\0')
			return value;
	}
	return "C";
}

static void
check_words(struct doctor *d)
{
	const char    *locale = locale_name();
	struct finding f = { "words.charset", HEALTH_OK, 0, NULL, locale,
		_("choose a UTF-8 locale: export LANG=vi_VN.UTF-8, or C.UTF-8") };

	if (strcasestr(locale, "UTF-8") != NULL || strcasestr(locale, "utf8") != NULL) {
		tell_finding(d, &f, "%s", _("this terminal is told to show UTF-8"));
		return;
	}
	f.health = HEALTH_WARN;
	tell_finding(d, &f, _("the locale %s has no Vietnamese letters; a terminal may not show them"), locale);
}

void
doctor_machine(struct doctor *d)
{
	check_config(d);
	check_clock(d);
	check_disk(d);
	check_data(d);
	check_words(d);
}
