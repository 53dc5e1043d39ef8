/*
 * Whom this machine believes: stores, anchors, revocation lists. Finding by finding as kyso trust check says it.
 */
#include "doctor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
on_finding(void *user, const sign_trust_finding *finding)
{
	static const enum health healths[] = { HEALTH_OK, HEALTH_WARN, HEALTH_FAIL };
	struct doctor           *d = user;
	struct finding f = { "trust.store", healths[finding->severity], sign_code_exit(SIGN_E_TRUST), finding->file,
		sign_trust_code_name(finding->code), NULL };

	if (finding->severity == SIGN_TRUST_INFO)
		return;
	if (finding->code == SIGN_TRUST_CRL_STALE) {
		f.id = "trust.crl";
		f.mend = _("fetch the newer list from the authority, and add it: kyso trust add FILE");
	} else if (finding->code == SIGN_TRUST_ISSUER_MISSING) {
		f.mend = _("add the issuer's certificate: kyso trust add FILE");
	} else if (finding->code == SIGN_TRUST_CERT_EXPIRED) {
		f.mend = _("remove it, once no signature that you keep depends on it: kyso trust remove");
	} else {
		f.mend = _("look at it: kyso trust check");
	}
	tell_finding(d, &f, "%s: %s%s%s", finding->file, trust_finding_text(finding->code),
	    *finding->detail != '\0' ? ": " : "", finding->detail);
}

/* The sum of all stores: enough to find anybody valid? */
static void
check_sum(struct doctor *d, const sign_trust *trust)
{
	sign_trust_entry entry;
	sign_trust_crl   crl;
	char             number[32], newest_text[DATE_TEXT] = "";
	uint64_t         anchors = 0, lists = 0;
	time_t           newest = 0;
	struct finding   f = { "trust.anchors", HEALTH_OK, 0, NULL, number, NULL };

	for (size_t i = 0; sign_trust_at(trust, i, time(NULL), &entry); i++)
		anchors += entry.anchor && !entry.expired;
	for (size_t i = 0; sign_trust_crl_at(trust, i, &crl); i++, lists++)
		newest = crl.this_update > newest ? crl.this_update : newest;
	snprintf(number, sizeof(number), "%llu", (unsigned long long)anchors);
	if (anchors == 0) {
		f.health = HEALTH_WARN;
		f.mend = _("add the certificates of the authorities that you trust: kyso trust add FILE");
		tell_finding(d, &f, "%s", _("nobody is trusted yet, so no signature can be found valid"));
		return;
	}
	tell_finding(d, &f, plural("%llu authority is trusted", "%llu authorities are trusted", anchors),
	    (unsigned long long)anchors);
	f.id = "trust.crls";
	snprintf(number, sizeof(number), "%llu", (unsigned long long)lists);
	if (lists == 0) {
		f.health = HEALTH_WARN;
		f.mend =
		    _("add the authorities' revocation lists: kyso trust add FILE, or crl = FOLDER in kyso.conf");
		tell_finding(d, &f, "%s", _("there are no revocation lists; verdicts will lack that evidence"));
		return;
	}
	date_text(newest, newest_text);
	tell_finding(d, &f, plural("%llu revocation list, of %s", "%llu revocation lists, the newest of %s", lists),
	    (unsigned long long)lists, newest_text);
}

void
doctor_trust(struct doctor *d)
{
	AUTO(auto_trust) sign_trust *trust = NULL;
	sign_error  err = SIGN_ERROR_INIT;
	const char *folder;

	for (size_t i = 0; (folder = sign_config_trust_folder(d->run->config, i)) != NULL; i++) {
		sign_code code;

		if (access(folder, F_OK) != 0)
			continue; /* nobody made it yet */
		code = sign_trust_store_check(folder, time(NULL), on_finding, d, &err);
		if (code != SIGN_OK && code != SIGN_E_TRUST)
			tell_error(d, "trust.store", HEALTH_FAIL, folder, &err);
	}
	if (open_trust(d->run, &trust, &err) != SIGN_OK)
		tell_error(d, "trust.open", HEALTH_FAIL, err.subject, &err);
	else
		check_sum(d, trust);
}
