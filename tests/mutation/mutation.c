/*
 * mutation KEYS WORK: signs a small document in each form, with one signer and with two, then sets each byte of the result to
 * two other values and judges it. A changed file must never be TOTAL-PASSED, unless the byte lies in a range that no
 * signature covers and no rule fixes; those ranges are found by structure here, named, and counted, and even there the
 * report must be, letter for letter, that of the unchanged file.
 */
#include <libsign/libsign.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char document[] = "Quyết định số 01/QĐ-SM";

enum { PERSON, AGENCY, PERSON_EC, KEYS };
static const char *const key_files[KEYS] = { "person-plain.pem", "agency.p12", "person-ec.pem" };

struct tools {
	sign_worker   *worker;
	sign_key      *keys[KEYS];
	sign_trust    *trust;
	sign_verifier *verifier;
	const char    *folder, *work;
};

static void
die(const char *what, const sign_error *err)
{
	fprintf(stderr, "mutation: %s: %s %s %s\n", what, sign_code_name(err->code), err->subject, err->detail);
	exit(2);
}

static sign_code
tell_pin(void *user, const sign_secret_request *request, char *secret, size_t cap_bytes, size_t *len, sign_error *err)
{
	const struct tools *t = user;
	char                path[4096];
	FILE               *f;

	(void)request;
	(void)err;
	snprintf(path, sizeof(path), "%s/pin.txt", t->folder);
	f = fopen(path, "re");
	if (f == NULL || fgets(secret, (int)cap_bytes, f) == NULL)
		exit(2);
	fclose(f);
	*len = strcspn(secret, "\r\n");
	return SIGN_OK;
}

static void
open_keys(struct tools *t)
{
	sign_error       err = SIGN_ERROR_INIT;
	sign_key_options options = SIGN_KEY_OPTIONS_INIT;
	char             path[4096];

	options.ask = tell_pin;
	options.ask_user = t;
	for (size_t i = 0; i < KEYS; i++) {
		snprintf(path, sizeof(path), "%s/%s", t->folder, key_files[i]);
		if (sign_key_open(path, &options, &t->keys[i], &err) != SIGN_OK)
			die(path, &err);
	}
}

static void
set_up(struct tools *t)
{
	sign_error          err = SIGN_ERROR_INIT;
	sign_verify_options options = SIGN_VERIFY_OPTIONS_INIT;
	char                path[4096];

	options.at = time(NULL); /* one moment for the whole run, so that reports can be compared */
	snprintf(path, sizeof(path), "%s/trust", t->folder);
	if (sign_worker_new(&t->worker, &err) != SIGN_OK || sign_trust_new(&t->trust, &err) != SIGN_OK ||
	    sign_trust_add_path(t->trust, path, &err) != SIGN_OK ||
	    sign_verifier_new(t->trust, &options, &t->verifier, &err) != SIGN_OK)
		die(path, &err);
	open_keys(t);
}

static void
tear_down(struct tools *t)
{
	sign_verifier_free(t->verifier);
	sign_trust_free(t->trust);
	sign_worker_free(t->worker); /* before the keys: it keeps state of the last one */
	for (size_t i = 0; i < KEYS; i++)
		sign_key_free(t->keys[i]);
}

static uint8_t *
slurp(const char *path, size_t *len)
{
	FILE    *f = fopen(path, "re");
	uint8_t *bytes = malloc(1 << 20);

	if (f == NULL || bytes == NULL)
		exit(2);
	*len = fread(bytes, 1, 1 << 20, f);
	fclose(f);
	return bytes;
}

/* ---- which bytes nobody signs ------------------------------------------------------------------------------------ */

enum range { RANGE_NONE, RANGE_ZIP, RANGE_CERTIFICATE, RANGES };
static const char *const range_names[RANGES] = { "covered", "unsigned field of the archive", "carried certificate" };

static unsigned
u16(const uint8_t *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

static unsigned
u32(const uint8_t *p)
{
	return u16(p) | u16(p + 2) << 16;
}

/*
 * In a ZIP of ours: DOS times (2+2 bytes), "version made by" and the attributes in a central record carry no meaning for
 * what is signed. Everything else is either covered or cross-checked. Both header kinds are found by walking the directory.
 */
static void
mark_zip(const uint8_t *b, size_t len, uint8_t *listed)
{
	const uint8_t *end = b + len - 22;
	size_t         at = u32(end + 16);
	unsigned       count = u16(end + 10);

	for (unsigned i = 0; i < count; i++) {
		size_t local = u32(b + at + 42);

		memset(listed + at + 4, RANGE_ZIP, 2);      /* version made by */
		memset(listed + at + 6, RANGE_ZIP, 2);      /* version needed */
		memset(listed + at + 12, RANGE_ZIP, 4);     /* time, date */
		memset(listed + at + 36, RANGE_ZIP, 6);     /* internal and external attributes */
		memset(listed + local + 4, RANGE_ZIP, 2);   /* version needed */
		memset(listed + local + 10, RANGE_ZIP, 4);  /* time, date */
		at += 46u + u16(b + at + 28) + u16(b + at + 30) + u16(b + at + 32);
	}
}

/* Octets of identifier and length of the DER element at p; *len: of its content. Our own files, so nothing is checked. */
static size_t
der_head(const uint8_t *p, size_t *len)
{
	size_t octets = p[1] < 0x80 ? 0 : p[1] & 0x7fu;

	*len = octets == 0 ? p[1] : 0;
	for (size_t i = 0; i < octets; i++)
		*len = *len << 8 | p[2 + i];
	return 2 + octets;
}

static const uint8_t *
der_enter(const uint8_t *p)
{
	size_t len;

	return p + der_head(p, &len);
}

static const uint8_t *
der_skip(const uint8_t *p)
{
	size_t len;
	size_t head = der_head(p, &len);

	return p + head + len;
}

/* basicConstraints (2.5.29.19), critical, with cA TRUE */
static bool
is_authority(const uint8_t *cert, size_t len)
{
	static const uint8_t constraints[] = { 0x06, 0x03, 0x55, 0x1d, 0x13, 0x01, 0x01, 0xff, 0x04 };
	const uint8_t       *at = memmem(cert, len, constraints, sizeof(constraints));

	return at != NULL && memcmp(der_enter(der_enter(at + sizeof(constraints) - 1)), "\x01\x01\xff", 3) == 0;
}

/*
 * RFC 5652 5.1: the set of certificates is not signed. A signer's own is bound to his signature by the hash in
 * signing-certificate-v2; the authorities' in between are evidence that anyone may add, spoil or leave out. The judge uses
 * one only if the chain through it verifies, and finds the same authority in the trust store, so a spoiled one changes
 * nothing that is said.
 */
static void
mark_certificates(const uint8_t *b, uint8_t *listed)
{
	const uint8_t *signed_data = der_enter(der_enter(der_skip(der_enter(b))));
	const uint8_t *certs = der_skip(der_skip(der_skip(signed_data)));
	const uint8_t *end = der_skip(certs);

	for (const uint8_t *cert = der_enter(certs); cert < end; cert = der_skip(cert)) {
		size_t len = (size_t)(der_skip(cert) - cert);

		if (is_authority(cert, len))
			memset(listed + (cert - b), RANGE_CERTIFICATE, len);
	}
}

/* ---- the run ------------------------------------------------------------------------------------------------------ */

static unsigned long tried, passed[RANGES], told_otherwise;

struct target {
	const char   *name;
	sign_bytes    bytes;
	uint8_t      *listed;
	const sign_bytes *content; /* of a detached signature, else NULL */
	char         *report;      /* of the unchanged file */
};

/* The report as JSON if the file passes, else NULL. */
static char *
judge(struct tools *t, const struct target *target)
{
	sign_error   err = SIGN_ERROR_INIT;
	sign_report *report = NULL;
	char        *text = NULL;
	sign_code    code = sign_verify_memory(t->worker, t->verifier, target->name, target->bytes, target->content, &report, &err);

	if (code == SIGN_OK || (report != NULL && sign_report_verdict(report) == SIGN_VERDICT_PASSED))
		if (report == NULL || sign_report_render(report, SIGN_REPORT_JSON, 0, false, &text, &err) != SIGN_OK)
			die("no report", &err);
	sign_report_free(report);
	return text;
}

static void
try_change(struct tools *t, const struct target *target, size_t at)
{
	char *text = judge(t, target);

	tried++;
	if (text == NULL)
		return;
	passed[target->listed[at]]++;
	if (target->listed[at] == RANGE_NONE)
		fprintf(stderr, "%s: byte %zu set to 0x%02x is still TOTAL-PASSED\n", target->name, at, target->bytes.data[at]);
	if (strcmp(text, target->report) != 0) {
		told_otherwise++;
		fprintf(stderr, "%s: byte %zu set to 0x%02x passes with another report\n", target->name, at,
		    target->bytes.data[at]);
	}
	free(text);
}

static void
mutate(struct tools *t, const char *path, sign_form form)
{
	size_t        len;
	uint8_t      *bytes = slurp(path, &len);
	sign_bytes    content = { (const uint8_t *)document, sizeof(document) - 1 };
	bool          detached = form == SIGN_FORM_CADES_DETACHED;
	struct target target = { path, { bytes, len }, calloc(1, len), detached ? &content : NULL, NULL };

	if (target.listed == NULL)
		exit(2);
	target.report = judge(t, &target);
	if (target.report == NULL) {
		fprintf(stderr, "%s: does not pass unchanged\n", path);
		exit(2);
	}
	if (detached)
		mark_certificates(bytes, target.listed);
	else
		mark_zip(bytes, len, target.listed);
	for (size_t i = 0; i < len; i++) {
		uint8_t was = bytes[i];

		bytes[i] = was ^ 0x01;
		try_change(t, &target, i);
		bytes[i] = was ^ 0xFF;
		try_change(t, &target, i);
		bytes[i] = was;
	}
	free(target.report);
	free(target.listed);
	free(bytes);
}

struct plan {
	const char *name;
	sign_form   form;
	int         first, second; /* keys; second -1: one signer */
	sign_scheme scheme;
};

/* One output after another, so that a second signer is added to the file of the first. */
static void
sign_and_mutate(struct tools *t, const struct plan *plan)
{
	sign_error   err = SIGN_ERROR_INIT;
	sign_options options = SIGN_OPTIONS_INIT;
	char         path[4096], output[4096], added[4096];
	bool         detached = plan->form == SIGN_FORM_CADES_DETACHED;
	FILE        *f;

	snprintf(path, sizeof(path), "%s/qd.txt", t->work);
	snprintf(output, sizeof(output), "%s/%s", t->work, plan->name);
	snprintf(added, sizeof(added), "%s/two-%s", t->work, plan->name);
	f = fopen(path, "we");
	if (f == NULL || fwrite(document, 1, sizeof(document) - 1, f) != sizeof(document) - 1 || fclose(f) != 0)
		exit(2);
	options.form = plan->form;
	options.scheme = plan->scheme;
	options.force = true;
	options.durability = SIGN_DURABILITY_NONE;
	if (sign_document(t->worker, t->keys[plan->first], path, output, &options, &err) != SIGN_OK)
		die(output, &err);
	if (plan->second >= 0 && sign_add(t->worker, t->keys[plan->second], output, detached ? path : NULL, added, &options, NULL,
	        NULL, &err) != SIGN_OK)
		die(added, &err);
	mutate(t, plan->second >= 0 ? added : output, plan->form);
}

int
main(int argc, char **argv)
{
	static const struct plan plans[] = {
		{ "e.asice", SIGN_FORM_ASICE_CADES, PERSON, -1, SIGN_SCHEME_NONE },
		{ "s.asics", SIGN_FORM_ASICS_CADES, PERSON, -1, SIGN_SCHEME_NONE },
		{ "d.p7s", SIGN_FORM_CADES_DETACHED, PERSON, -1, SIGN_SCHEME_NONE },
		{ "pss.p7s", SIGN_FORM_CADES_DETACHED, PERSON, -1, SIGN_SCHEME_RSA_PSS },
		{ "ec.p7s", SIGN_FORM_CADES_DETACHED, PERSON_EC, -1, SIGN_SCHEME_NONE },
		{ "2.asice", SIGN_FORM_ASICE_CADES, PERSON, AGENCY, SIGN_SCHEME_NONE },
		{ "2.asics", SIGN_FORM_ASICS_CADES, PERSON, AGENCY, SIGN_SCHEME_NONE },
		{ "2.p7s", SIGN_FORM_CADES_DETACHED, PERSON, AGENCY, SIGN_SCHEME_NONE },
	};
	struct tools t = { .folder = argc == 3 ? argv[1] : NULL, .work = argc == 3 ? argv[2] : NULL };

	if (argc != 3)
		return 64;
	mkdir(t.work, 0777);
	set_up(&t);
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		sign_and_mutate(&t, &plans[i]);
	tear_down(&t);
	printf("mutation: %lu changed files", tried);
	for (size_t i = 0; i < RANGES; i++)
		printf(", %lu still passed (%s)", passed[i], range_names[i]);
	printf(", %lu with another report\n", told_otherwise);
	return passed[RANGE_NONE] == 0 && told_otherwise == 0 && tried > 0 ? 0 : 1;
}
