/*
 * kyso trust list, add, remove, check: the stores of those whom we believe (design: a folder with one file a certificate).
 */
#include "pin.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- which store ---- */

/* "system", "user" or a folder. The user's is missing where trust is locked to the system's, or there is no home. */
static sign_code
find_store(const struct run *run, const char *wanted, const char **folder, sign_error *err)
{
	bool system = strcmp(wanted, "system") == 0;

	if (!system && strcmp(wanted, "user") != 0) {
		*folder = wanted;
		return SIGN_OK;
	}
	*folder = sign_config_trust_folder(run->config, system ? 0 : 1);
	if (*folder != NULL)
		return SIGN_OK;
	if (sign_config_locked(run->config, "trust"))
		return set_error(err, SIGN_E_LOCKED, "trust", "--store user");
	return set_error(err, SIGN_E_CONFIG, "HOME", N_("the path of a home folder"));
}

/* Run `each` over the named store, or over all that are in force. */
static int
each_store(const struct run *run, int (*each)(const struct run *run, const char *folder))
{
	sign_error  err = SIGN_ERROR_INIT;
	const char *folder;
	int         rc = 0;

	if (run->set.store != NULL) {
		if (find_store(run, run->set.store, &folder, &err) != SIGN_OK)
			return say_error(run, &err);
		return each(run, folder);
	}
	for (size_t i = 0; (folder = sign_config_trust_folder(run->config, i)) != NULL; i++)
		rc = worse(rc, each(run, folder));
	return rc;
}

/* ---- list ---- */

static void
put_cert(const sign_trust_entry *entry)
{
	char until[DATE_TEXT];

	date_text(sign_cert_not_after(entry->cert), until);
	printf("  %s  ", entry->anchor ? _("trusted") : _("helps"));
	put_safe(stdout, sign_cert_name(entry->cert));
	if (*entry->known_name != '\0') {
		fputs(" [", stdout);
		put_safe(stdout, entry->known_name);
		fputs("]", stdout);
	}
	printf(entry->expired ? _(", EXPIRED %s\n") : _(", until %s\n"), until);
	if (*entry->pretends != '\0') {
		printf("           %s", _("WARNING: not the authority whose name it bears: "));
		put_safe(stdout, entry->pretends);
		putchar('\n');
	}
	printf("           SHA-256 %s\n           ", sign_cert_fingerprint(entry->cert));
	put_safe(stdout, entry->file);
	putchar('\n');
}

static void
put_crl(const sign_trust_crl *crl)
{
	char from[DATE_TEXT], next[DATE_TEXT] = "?";

	date_text(crl->this_update, from);
	if (crl->next_update != 0)
		date_text(crl->next_update, next);
	printf("  %s  ", _("revocation list"));
	put_safe(stdout, crl->issuer);
	printf(_(", of %s, next %s, %zu revoked\n"), from, next, crl->entry_count);
}

/* A store that nobody made yet; of a folder that was named, its absence is an error. */
static bool
is_not_made(const struct run *run, const char *folder)
{
	const char *named = run->set.store;

	if (access(folder, F_OK) == 0 || (named != NULL && strcmp(named, "system") != 0 && strcmp(named, "user") != 0))
		return false;
	put_safe(stdout, folder);
	printf(": %s\n", _("no store yet"));
	return true;
}

static int
list_store(const struct run *run, const char *folder)
{
	AUTO(auto_trust) sign_trust *trust = NULL;
	sign_error       err = SIGN_ERROR_INIT;
	sign_trust_entry entry;
	sign_trust_crl   crl;

	if (is_not_made(run, folder))
		return 0;
	put_safe(stdout, folder);
	putchar('\n');
	if (sign_trust_new(&trust, &err) != SIGN_OK || sign_trust_add_path(trust, folder, &err) != SIGN_OK)
		return say_error(run, &err);
	for (size_t i = 0; sign_trust_at(trust, i, time(NULL), &entry); i++)
		put_cert(&entry);
	for (size_t i = 0; sign_trust_crl_at(trust, i, &crl); i++)
		put_crl(&crl);
	if (sign_trust_count(trust) == 0)
		printf("  %s\n", _("trusts nobody"));
	return 0;
}

int
cmd_trust_list(struct run *run)
{
	if (run->set.path_count > 0)
		return say_usage(run->command, _("trust list takes no path; use --store"));
	return each_store(run, list_store);
}

/* ---- add ---- */

/* Typed confirmation: the beginning of the fingerprint, which nobody types by accident. */
static bool
confirm(void *user, const sign_trust_question *question)
{
	const sign_cert *cert = question->cert;
	AUTO(auto_text) char *text = NULL;
	char from[DATE_TEXT], until[DATE_TEXT], answer[80];

	(void)user;
	date_text(sign_cert_not_before(cert), from);
	date_text(sign_cert_not_after(cert), until);
	fprintf(stderr, "%s\n  ",
	    question->anchor ? _("This certificate would be trusted by itself, with all it issues:")
	                     : _("This certificate would help to build chains:"));
	put_safe(stderr, sign_cert_subject(cert));
	fprintf(stderr, "\n  %s ", _("issuer"));
	put_safe(stderr, sign_cert_issuer(cert));
	fprintf(stderr, "\n  %s %s - %s\n  SHA-256 %s\n", _("validity"), from, until, sign_cert_fingerprint(cert));
	if (*question->pretends != '\0')
		say(_("WARNING: it bears the name of %s and is not that authority's certificate"), question->pretends);
	fputs(_("Compare the fingerprint with what the authority published.\n"), stderr);
	return terminal_ask(_("To trust it, type the first 8 digits of the fingerprint:"), answer, sizeof(answer)) &&
	       strlen(answer) >= 8 && strncasecmp(answer, sign_cert_fingerprint(cert), strlen(answer)) == 0;
}

static void
on_added(void *user, const sign_trust_added *item)
{
	const struct run *run = user;

	if (*item->pretends != '\0')
		say(_("WARNING: it bears the name of %s and is not that authority's certificate"), item->pretends);
	if (run->set.quiet > 0)
		return;
	printf("%s  ", item->already ? _("there already") : _("added"));
	put_safe(stdout, item->cert != NULL ? sign_cert_name(item->cert) : _("revocation list"));
	if (*item->known_name != '\0') {
		fputs(" [", stdout);
		put_safe(stdout, item->known_name);
		fputs("]", stdout);
	}
	if (item->cert != NULL && !item->anchor)
		printf(" (%s)", _("helps to build chains; believes nobody new"));
	fputs(" → ", stdout);
	put_safe(stdout, item->file);
	putchar('\n');
}

/* A locked trust is the system administrator's: only who may write the system's store adds to it. */
static sign_code
changing_store(const struct run *run, const char **folder, sign_error *err)
{
	return find_store(run, run->set.store != NULL ? run->set.store : "user", folder, err);
}

int
cmd_trust_add(struct run *run)
{
	sign_trust_add_options options = SIGN_TRUST_ADD_OPTIONS_INIT;
	sign_error             err = SIGN_ERROR_INIT;
	const char            *folder;
	int                    rc = 0;

	if (run->set.path_count == 0)
		return say_usage(run->command, _("name the files to add"));
	if (run->set.fingerprint != NULL && run->set.path_count > 1)
		return say_usage(run->command, _("--fingerprint goes with one file"));
	if (changing_store(run, &folder, &err) != SIGN_OK)
		return say_error(run, &err);
	options.fingerprint = run->set.fingerprint;
	options.confirm = confirm;
	options.as_anchor = run->set.as_anchor;
	options.added = on_added;
	options.added_user = run;
	for (size_t i = 0; i < run->set.path_count && stop_requested == 0; i++)
		if (sign_trust_store_add(folder, run->set.paths[i], &options, &err) != SIGN_OK)
			rc = worse(rc, say_error(run, &err));
	return stop_requested != 0 ? worse(rc, sign_code_exit(SIGN_E_INTERRUPTED)) : rc;
}

/* ---- remove ---- */

int
cmd_trust_remove(struct run *run)
{
	sign_error  err = SIGN_ERROR_INIT;
	const char *folder;
	int         rc = 0;

	if (run->set.path_count == 0)
		return say_usage(run->command, _("name a fingerprint (8 digits or more) or a file of the store"));
	if (changing_store(run, &folder, &err) != SIGN_OK)
		return say_error(run, &err);
	for (size_t i = 0; i < run->set.path_count; i++) {
		if (sign_trust_store_remove(folder, run->set.paths[i], &err) != SIGN_OK) {
			rc = worse(rc, say_error(run, &err));
		} else if (run->set.quiet == 0) {
			printf("%s  ", _("removed"));
			put_safe(stdout, run->set.paths[i]);
			putchar('\n');
		}
	}
	return rc;
}

/* ---- check ---- */

const char *
trust_finding_text(sign_trust_code code)
{
	switch (code) {
	case SIGN_TRUST_PIN_MATCHES:
		return _("matches the published fingerprint");
	case SIGN_TRUST_FILE_IGNORED:
		return _("this file is not read");
	case SIGN_TRUST_FILE_DAMAGED:
		return _("damaged");
	case SIGN_TRUST_FILE_WRITABLE:
		return _("others can change it");
	case SIGN_TRUST_FILE_LINK:
		return _("a symbolic link");
	case SIGN_TRUST_CERT_EXPIRED:
		return _("has expired");
	case SIGN_TRUST_CERT_NOT_YET:
		return _("is not valid yet");
	case SIGN_TRUST_CERT_NOT_CA:
		return _("cannot issue certificates");
	case SIGN_TRUST_CERT_PRETENDS:
		return _("bears the name of a known authority and is not its certificate");
	case SIGN_TRUST_ISSUER_MISSING:
		return _("its issuer is not in the store");
	case SIGN_TRUST_CRL_STALE:
		return _("a newer revocation list was due");
	case SIGN_TRUST_CRL_NO_ISSUER:
		return _("the issuer of this revocation list is not in the store");
	case SIGN_TRUST_CRL_UNVERIFIED:
		return _("its issuer did not sign this revocation list");
	}
	return sign_trust_code_name(code);
}

struct checking {
	const struct run *run;
	bool              remarks; /* a warning or an error */
};

static void
on_finding(void *user, const sign_trust_finding *finding)
{
	struct checking *c = user;
	const char      *marks[] = { _("note"), _("warning"), _("ERROR") };

	c->remarks = c->remarks || finding->severity != SIGN_TRUST_INFO;
	if (finding->severity == SIGN_TRUST_INFO && c->run->set.quiet > 0)
		return;
	printf("  %s  ", marks[finding->severity]);
	put_safe(stdout, finding->file);
	if (*finding->subject != '\0') {
		fputs(": ", stdout);
		put_safe(stdout, finding->subject);
	}
	printf(": %s", trust_finding_text(finding->code));
	if (*finding->detail != '\0') {
		fputs(" (", stdout);
		put_safe(stdout, finding->detail);
		fputs(")", stdout);
	}
	putchar('\n');
}

/* What a store without faults holds. */
static int
say_sound(const struct run *run, const char *folder, bool remarks)
{
	AUTO(auto_trust) sign_trust *trust = NULL;
	sign_error       err = SIGN_ERROR_INIT;
	sign_trust_entry entry;
	size_t           anchors = 0;

	if (run->set.quiet > 0)
		return 0;
	if (sign_trust_new(&trust, &err) != SIGN_OK || sign_trust_add_path(trust, folder, &err) != SIGN_OK)
		return say_error(run, &err);
	while (sign_trust_at(trust, anchors, 0, &entry) && entry.anchor)
		anchors++;
	printf("  %s ", remarks ? _("no error:") : _("all is well:"));
	printf(_("trusted %zu, helping %zu, revocation lists %zu\n"), anchors, sign_trust_count(trust) - anchors,
	    sign_trust_crl_count(trust));
	return 0;
}

static int
check_store(const struct run *run, const char *folder)
{
	struct checking c = { run, false };
	sign_error      err = SIGN_ERROR_INIT;
	sign_code       code;

	if (is_not_made(run, folder))
		return 0;
	put_safe(stdout, folder);
	putchar('\n');
	code = sign_trust_store_check(folder, time(NULL), on_finding, &c, &err);
	if (code == SIGN_OK)
		return say_sound(run, folder, c.remarks);
	if (code != SIGN_E_TRUST)
		return say_error(run, &err);
	say(_("%s: put right what is marked ERROR"), folder); /* each was told where it was found */
	return sign_code_exit(code);
}

int
cmd_trust_check(struct run *run)
{
	if (run->set.path_count > 0)
		return say_usage(run->command, _("trust check takes no path; use --store"));
	return each_store(run, check_store);
}
