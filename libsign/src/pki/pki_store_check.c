/*
 * The health of a store: every file reads, nobody else can write it, dates, issuers, pins and CRLs. It reports; it mends
 * nothing. Floor: pki.
 */
#include "pki_store_parts.h"

#include "base_text.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct checking {
	const char           *folder;
	time_t                now;
	sign_trust_finding_fn found;
	void                 *user;
	ks_trust             *store; /* what could be read */
	const char           *file;
	bool                  anchors;
	unsigned              depth;
	bool                 *failed; /* an error was found */
};

static const struct { const char *name; sign_trust_severity severity; } kinds[] = {
	[SIGN_TRUST_PIN_MATCHES] = { "pin-matches", SIGN_TRUST_INFO },
	[SIGN_TRUST_FILE_IGNORED] = { "file-ignored", SIGN_TRUST_INFO },
	[SIGN_TRUST_FILE_DAMAGED] = { "file-damaged", SIGN_TRUST_ERROR },
	[SIGN_TRUST_FILE_WRITABLE] = { "file-writable", SIGN_TRUST_ERROR },
	[SIGN_TRUST_FILE_LINK] = { "file-link", SIGN_TRUST_WARNING },
	[SIGN_TRUST_CERT_EXPIRED] = { "cert-expired", SIGN_TRUST_WARNING },
	[SIGN_TRUST_CERT_NOT_YET] = { "cert-not-yet", SIGN_TRUST_WARNING },
	[SIGN_TRUST_CERT_NOT_CA] = { "cert-not-ca", SIGN_TRUST_WARNING },
	[SIGN_TRUST_CERT_PRETENDS] = { "cert-pretends", SIGN_TRUST_WARNING },
	[SIGN_TRUST_ISSUER_MISSING] = { "issuer-missing", SIGN_TRUST_WARNING },
	[SIGN_TRUST_CRL_STALE] = { "crl-stale", SIGN_TRUST_WARNING },
	[SIGN_TRUST_CRL_NO_ISSUER] = { "crl-no-issuer", SIGN_TRUST_WARNING },
	[SIGN_TRUST_CRL_UNVERIFIED] = { "crl-unverified", SIGN_TRUST_ERROR },
};

const char *
sign_trust_code_name(sign_trust_code code)
{
	size_t i = (size_t)code;

	return i < KS_COUNT(kinds) && kinds[i].name != NULL ? kinds[i].name : "unknown";
}

static void
report(struct checking *c, sign_trust_code code, const char *file, const char *subject, const char *detail)
{
	sign_trust_finding finding = { kinds[code].severity, code, file, subject, detail };

	*c->failed = *c->failed || finding.severity == SIGN_TRUST_ERROR;
	if (c->found != NULL)
		c->found(c->user, &finding);
}

/* ---- files ---- */

static sign_code
keep_cert(void *user, ks_cert *cert, sign_error *err)
{
	struct checking *c = user;

	return ks_trust_add_cert_from(c->store, cert, c->anchors || ks_link_self_signed(cert), c->file, err);
}

static sign_code
keep_crl(void *user, sign_bytes der, sign_error *err)
{
	struct checking *c = user;

	return ks_trust_add_crl(c->store, der, c->file, err);
}

static void
check_mode(struct checking *c, const char *path, unsigned mode, unsigned owner)
{
	/* Whoever can change the file decides whom this machine believes: root and the reader alone may. */
	if ((mode & 022) != 0 || (owner != 0 && owner != geteuid()))
		report(c, SIGN_TRUST_FILE_WRITABLE, path, "", "");
}

static sign_code
check_file(struct checking *c, const char *path, sign_error *err)
{
	sign_error why = SIGN_ERROR_INIT;

	c->file = path;
	if (ks_pki_read_file(path, keep_cert, keep_crl, c, &why) == SIGN_OK)
		return SIGN_OK;
	if (why.code == SIGN_E_MEMORY) {
		if (err != NULL)
			*err = why;
		return why.code;
	}
	report(c, SIGN_TRUST_FILE_DAMAGED, path, "", why.detail[0] != '\0' ? why.detail : "cannot be read");
	return SIGN_OK;
}

static sign_code
check_entry(void *user, const ks_folder_entry *entry, sign_error *err)
{
	struct checking *c = user;
	struct checking  below = *c;

	if (entry->link)
		report(c, SIGN_TRUST_FILE_LINK, entry->path, "", "");
	if (entry->folder) {
		if (entry->link)
			return SIGN_OK;
		check_mode(c, entry->path, entry->mode, entry->owner);
		if (++below.depth > KS_FOLDER_DEPTH)
			return ks_fail_why(err, SIGN_E_LIMIT, entry->path, NULL, "folders deeper than %d", KS_FOLDER_DEPTH);
		below.anchors = c->anchors || strcmp(entry->name, "anchors") == 0;
		return ks_pki_folder_each(entry->path, check_entry, &below, err);
	}
	if (!ks_pki_name_is_read(entry->name)) {
		report(c, SIGN_TRUST_FILE_IGNORED, entry->path, "", "");
		return SIGN_OK;
	}
	check_mode(c, entry->path, entry->mode, entry->owner);
	return check_file(&below, entry->path, err);
}

/* ---- certificates ---- */

static bool
has_issuer(const struct checking *c, const ks_cert *cert)
{
	for (size_t i = 0; i < c->store->anchor_count; i++)
		if (ks_link_names(cert, c->store->anchors[i].cert) && ks_link_signed(cert, c->store->anchors[i].cert))
			return true;
	for (size_t i = 0; i < c->store->other_count; i++)
		if (ks_link_names(cert, c->store->others[i].cert) && ks_link_signed(cert, c->store->others[i].cert))
			return true;
	return false;
}

static void
check_cert(struct checking *c, const ks_trust_item *item, bool anchor)
{
	const ks_cert *cert = item->cert;
	const char    *pretends = ks_store_pretends(c->store, NULL, 0, cert);
	char           date[KS_TIME_TEXT];

	if (item->known != NULL)
		report(c, SIGN_TRUST_PIN_MATCHES, item->file, cert->subject_cn, item->known->name);
	if (pretends != NULL)
		report(c, SIGN_TRUST_CERT_PRETENDS, item->file, cert->subject_cn, pretends);
	if (cert->not_after < c->now) {
		ks_date_local(cert->not_after, date);
		report(c, SIGN_TRUST_CERT_EXPIRED, item->file, cert->subject_cn, date);
	} else if (cert->not_before > c->now) {
		ks_date_local(cert->not_before, date);
		report(c, SIGN_TRUST_CERT_NOT_YET, item->file, cert->subject_cn, date);
	}
	if (ks_link_ca_fault(cert, anchor) != NULL)
		report(c, SIGN_TRUST_CERT_NOT_CA, item->file, cert->subject_cn, "");
	if (!anchor && !has_issuer(c, cert))
		report(c, SIGN_TRUST_ISSUER_MISSING, item->file, cert->subject_cn, cert->issuer);
}

/* ---- CRLs ---- */

/* NULL: some certificate of the store signed it. *issuer: one of the right name is there at all. */
static const char *
crl_fault(const struct checking *c, const ks_crl *crl, bool *issuer)
{
	const char *fault = NULL;

	*issuer = false;
	for (size_t i = 0; i < sign_trust_count(c->store); i++) {
		const ks_cert *cert = i < c->store->anchor_count ? c->store->anchors[i].cert :
		                                                   c->store->others[i - c->store->anchor_count].cert;

		if (!ks_crl_names(crl, cert))
			continue;
		*issuer = true;
		fault = ks_crl_verify(crl, cert);
		if (fault == NULL)
			return NULL;
	}
	return fault;
}

static void
check_crl(struct checking *c, const ks_crl *crl)
{
	bool        issuer = false;
	const char *fault = crl_fault(c, crl, &issuer);
	char        date[KS_TIME_TEXT] = "";

	if (!issuer)
		report(c, SIGN_TRUST_CRL_NO_ISSUER, crl->origin, crl->issuer_text, crl->issuer_text);
	else if (fault != NULL)
		report(c, SIGN_TRUST_CRL_UNVERIFIED, crl->origin, crl->issuer_text, fault);
	if (crl->next_update < c->now) {
		if (crl->next_update != 0)
			ks_date_local(crl->next_update, date);
		report(c, SIGN_TRUST_CRL_STALE, crl->origin, crl->issuer_text, date);
	}
}

sign_code
sign_trust_store_check(const char *folder, time_t now, sign_trust_finding_fn found, void *user, sign_error *err)
{
	KS_AUTO(ks_auto_trust) ks_trust *store = NULL;
	bool            failed = false;
	struct checking c = { folder, now, found, user, NULL, NULL, false, 0, &failed };
	struct stat     st;

	KS_TRY(ks_trust_new(&store, err));
	c.store = store;
	if (stat(folder, &st) != 0)
		return ks_fail_errno(err, SIGN_E_READ, folder);
	check_mode(&c, folder, st.st_mode, st.st_uid);
	KS_TRY(ks_pki_folder_each(folder, check_entry, &c, err));
	for (size_t i = 0; i < store->anchor_count; i++)
		check_cert(&c, &store->anchors[i], true);
	for (size_t i = 0; i < store->other_count; i++)
		check_cert(&c, &store->others[i], false);
	for (size_t i = 0; i < store->crl_count; i++)
		check_crl(&c, store->crls[i]);
	return failed ? ks_fail(err, SIGN_E_TRUST, folder) : SIGN_OK;
}
