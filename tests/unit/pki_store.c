/*
 * The store: who vouches for a certificate, what is written, removed and found wrong.
 */
#include "pki_support.h"

#include <libsign/trust.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CA       "critical,CA:TRUE"
#define CA_USE   "critical,keyCertSign,cRLSign"
#define KNOWN_CN "CA phục vụ các cơ quan Nhà nước G2"

static const cert_spec specs[] = {
	{ .id = "root", .subject = "Gốc Thử Đơn", .key = 1, .issuer = "Gốc Thử Đơn", .issuer_key = 1, .bc = CA, .ku = CA_USE,
	    .ski = 1 },
	{ .id = "issuing", .subject = "issuing", .key = 3, .issuer = "Gốc Thử Đơn", .issuer_key = 1, .bc = CA, .ku = CA_USE,
	    .ski = 3, .aki = 1 },
	{ .id = "namesake", .subject = "below a namesake", .key = 13, .issuer = "Gốc Thử Đơn", .issuer_key = 4, .bc = CA,
	    .ku = CA_USE },
	{ .id = "old", .subject = "old", .key = 5, .issuer = "old", .issuer_key = 5, .bc = CA, .from = -900, .until = -5 },
	{ .id = "early", .subject = "early", .key = 6, .issuer = "early", .issuer_key = 6, .bc = CA, .from = 5, .until = 50 },
	{ .id = "person", .subject = "person", .key = 10, .issuer = "issuing", .issuer_key = 3, .aki = 3 },
	{ .id = "evil", .subject = "../../etc/../.hidden\x1b[31m", .key = 7, .issuer = "x", .issuer_key = 7, .bc = CA },
	{ .id = "nameless", .subject = "///", .key = 8, .issuer = "///", .issuer_key = 8, .bc = CA },
	{ .id = "known", .subject = KNOWN_CN, .key = 20, .issuer = "Gốc Thử Đơn", .issuer_key = 1, .bc = CA, .ku = CA_USE,
	    .ski = 20, .aki = 1 },
	{ .id = "known-fake", .subject = KNOWN_CN, .key = 4, .issuer = KNOWN_CN, .issuer_key = 4, .bc = CA },
	{ .id = "copied", .subject = "below", .key = 12, .issuer = KNOWN_CN, .issuer_key = 4, .bc = CA },
};

static ks_cert *made[COUNT_OF(specs)];

static void
free_made(void)
{
	for (size_t i = 0; i < COUNT_OF(specs); i++)
		ks_cert_free(made[i]);
}

/* Once made, the same for the whole test; borrowed. */
static ks_cert *
cert(const char *id)
{
	static bool registered;

	if (!registered)
		atexit(free_made);
	registered = true;
	for (size_t i = 0; i < COUNT_OF(specs); i++)
		if (strcmp(specs[i].id, id) == 0) {
			if (made[i] == NULL)
				made[i] = test_cert(&specs[i]);
			return made[i];
		}
	cr_assert_fail("no certificate %s", id);
	return NULL;
}

static const char *
fingerprint(const ks_cert *c)
{
	static char text[3 * 32 + 1];

	for (size_t i = 0; i < 32; i++)
		snprintf(text + 3 * i, 4, "%02X%s", c->sha256[i], i < 31 ? ":" : "");
	return text;
}

/* "a b" → one PEM file with both */
static char *
file_of(const char *ids)
{
	char *path = test_path("in.pem");
	char  copy[128], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", ids);
	unlink(path);
	for (char *id = strtok_r(copy, " ", &save); id != NULL; id = strtok_r(NULL, " ", &save))
		test_write_cert(path, cert(id));
	return path;
}

struct told {
	size_t count, already, anchors, asked;
	bool   answer;
	char   pretends[128], known[128], file[512], question[128];
};

static void
note_added(void *user, const sign_trust_added *item)
{
	struct told *t = user;

	t->count++;
	t->already += item->already;
	t->anchors += item->anchor;
	snprintf(t->pretends, sizeof(t->pretends), "%s", item->pretends);
	snprintf(t->known, sizeof(t->known), "%s", item->known_name);
	snprintf(t->file, sizeof(t->file), "%s", item->file);
}

static bool
answer(void *user, const sign_trust_question *question)
{
	struct told *t = user;

	t->asked++;
	snprintf(t->question, sizeof(t->question), "%s", question->pretends);
	cr_expect_not_null(question->cert);
	return t->answer;
}

enum reply { NOBODY, YES, NO };

static sign_code
add(const char *file, const char *print, enum reply reply, bool anchor, struct told *told, sign_error *err)
{
	sign_trust_add_options options = { print, reply == NOBODY ? NULL : answer, told, anchor, note_added, told };

	memset(told, 0, sizeof(*told));
	told->answer = reply == YES;
	return sign_trust_store_add(test_path("store"), file, &options, err);
}

static void
must_add(const char *ids)
{
	struct told told;
	sign_error  err = SIGN_ERROR_INIT;

	cr_assert_eq(add(file_of(ids), NULL, YES, false, &told, &err), SIGN_OK, "%s: %s %s", ids, err.subject, err.detail);
}

/* ---- who vouches ---- */

static const struct {
	const char *label, *before, *ids, *print; /* print: whose fingerprint, "wrong", "short" or NULL */
	enum reply  reply;
	bool        anchor;
	sign_code   want;
	size_t      files; /* in the store afterwards */
	const char *pretends;
} adds[] = {
	{ "nobody vouches", "", "root", NULL, NOBODY, false, SIGN_E_TRUST_CONFIRM, 0, NULL },
	{ "a person says no", "", "root", NULL, NO, false, SIGN_E_TRUST_CONFIRM, 0, NULL },
	{ "a person says yes", "", "root", NULL, YES, false, SIGN_OK, 1, NULL },
	{ "fingerprint", "", "root", "root", NOBODY, false, SIGN_OK, 1, NULL },
	{ "wrong fingerprint", "", "root", "issuing", NOBODY, false, SIGN_E_TRUST, 0, NULL },
	{ "wrong fingerprint, and a yes", "", "root", "issuing", YES, false, SIGN_E_TRUST, 0, NULL },
	{ "cut fingerprint", "", "root", "short", YES, false, SIGN_E_USAGE, 0, NULL },
	{ "pin", "", "known", NULL, NOBODY, false, SIGN_OK, 1, NULL },
	{ "pin with a wrong fingerprint", "", "known", "root", NOBODY, false, SIGN_E_TRUST, 0, NULL },
	{ "an anchor is, and what it issued", "", "root issuing", "root", NOBODY, false, SIGN_OK, 2, NULL },
	{ "... in the other order", "", "issuing root", "root", NOBODY, false, SIGN_OK, 2, NULL },
	{ "only what the anchor issued is", "", "root issuing", "issuing", NOBODY, false, SIGN_E_TRUST_CONFIRM, 0, NULL },
	{ "issued under the store's anchor", "root", "issuing", NULL, NOBODY, false, SIGN_OK, 2, NULL },
	{ "... but to be an anchor itself", "root", "issuing", NULL, NOBODY, true, SIGN_E_TRUST_CONFIRM, 1, NULL },
	{ "issued under nobody", "", "issuing", NULL, NOBODY, false, SIGN_E_TRUST_CONFIRM, 0, NULL },
	{ "issued under an intermediate alone", "issuing", "person", NULL, NOBODY, false, SIGN_E_TRUST_CONFIRM, 1, NULL },
	{ "a namesake of the store's anchor issued it", "root", "namesake", NULL, NOBODY, false, SIGN_E_TRUST_CONFIRM, 1, NULL },
	{ "fingerprint and a yes for the other", "", "root issuing", "root", YES, false, SIGN_OK, 2, NULL },
	{ "there already", "root", "root", NULL, NOBODY, false, SIGN_OK, 1, NULL },
	{ "twice in a file", "", "root root", "root", NOBODY, false, SIGN_OK, 1, NULL },
	{ "intermediate made an anchor later", "issuing", "issuing", NULL, YES, true, SIGN_OK, 1, NULL },
	{ "... which needs a yes again", "issuing", "issuing", NULL, NOBODY, true, SIGN_E_TRUST_CONFIRM, 1, NULL },
	{ "copied name", "", "known-fake", NULL, YES, false, SIGN_E_TRUST, 0, NULL },
	{ "copied name, wrong fingerprint", "", "known-fake", "root", YES, false, SIGN_E_TRUST, 0, NULL },
	{ "copied name, fingerprint", "", "known-fake", "known-fake", NOBODY, false, SIGN_OK, 1, "Nhà nước" },
	{ "copied name beside the pin", "", "known known-fake", NULL, YES, false, SIGN_E_TRUST, 0, NULL },
	{ "copied issuer, pin in the store", "known", "copied", NULL, YES, false, SIGN_E_TRUST, 1, NULL },
	{ "copied issuer, pin in the file", "", "known copied", NULL, YES, false, SIGN_E_TRUST, 0, NULL },
	{ "copied issuer, fingerprint", "known", "copied", "copied", NOBODY, false, SIGN_OK, 2, "Nhà nước" },
};

static const char *
print_of(const char *what)
{
	if (what == NULL)
		return NULL;
	return strcmp(what, "short") == 0 ? "00:11:22:33" : fingerprint(cert(what));
}

ROWS(pki_store, who_vouches, adds)
{
	struct told told;
	sign_error  err = SIGN_ERROR_INIT;
	const char *label = adds[*row].label;
	sign_code   got;

	test_pin("vgca-state-g2", cert("known"));
	if (adds[*row].before[0] != '\0')
		must_add(adds[*row].before);
	got = add(file_of(adds[*row].ids), print_of(adds[*row].print), adds[*row].reply, adds[*row].anchor, &told, &err);
	cr_expect_eq(got, adds[*row].want, "%s: %d %s: %s", label, (int)got, err.subject, err.detail);
	cr_expect_eq(err.code, got, "%s: error and result disagree", label);
	cr_expect_eq(test_count_files(test_path("store")), adds[*row].files, "%s: %zu files", label,
	    test_count_files(test_path("store")));
	if (got != SIGN_OK)
		cr_expect_eq(told.count, 0, "%s: told of what was not done", label);
	if (adds[*row].pretends != NULL)
		cr_expect_not_null(strstr(told.pretends, adds[*row].pretends), "%s: no warning", label);
}

/* ---- where it lies ---- */

static unsigned
mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? st.st_mode & 0777 : 0;
}

Test(pki_store, names_and_modes)
{
	struct told told;
	sign_error  err = SIGN_ERROR_INIT;

	umask(0);
	cr_assert_eq(add(file_of("root"), fingerprint(cert("root")), NOBODY, false, &told, &err), SIGN_OK);
	cr_expect_not_null(strstr(told.file, "/store/anchors/goc-thu-don-"), "%s", told.file);
	cr_expect_eq(told.anchors, 1);
	cr_expect_eq(mode_of(told.file), 0644);
	cr_expect_eq(mode_of(test_path("store")), 0755);
	cr_expect_eq(mode_of(test_path("store/anchors")), 0755);
	cr_assert_eq(add(file_of("issuing"), fingerprint(cert("issuing")), NOBODY, false, &told, &err), SIGN_OK);
	cr_expect_not_null(strstr(told.file, "/store/issuing-"), "%s", told.file);
	cr_expect_eq(told.anchors, 0);
	cr_assert_eq(add(file_of("evil"), fingerprint(cert("evil")), NOBODY, false, &told, &err), SIGN_OK);
	cr_expect_not_null(strstr(told.file, "/store/etc-hidden-31m-"), "%s", told.file);
	cr_assert_eq(add(file_of("nameless"), fingerprint(cert("nameless")), NOBODY, true, &told, &err), SIGN_OK);
	cr_expect_not_null(strstr(told.file, "/store/anchors/ca-"), "%s", told.file);
	cr_assert_eq(add(file_of("nameless"), NULL, NOBODY, true, &told, &err), SIGN_OK);
	cr_expect_eq(told.already, 1);
}

Test(pki_store, private_umask_still_serves_others)
{
	struct told told;
	sign_error  err = SIGN_ERROR_INIT;

	umask(077);
	cr_assert_eq(add(file_of("root"), fingerprint(cert("root")), NOBODY, false, &told, &err), SIGN_OK);
	cr_expect_eq(mode_of(told.file), 0644);
	cr_expect_eq(mode_of(test_path("store/anchors")), 0755);
}

/* ---- what stands in the way ---- */

Test(pki_store, a_linked_part_is_refused)
{
	struct told told;
	sign_error  err = SIGN_ERROR_INIT;

	cr_assert_eq(mkdir(test_path("store"), 0755), 0);
	cr_assert_eq(mkdir(test_path("elsewhere"), 0755), 0);
	cr_assert_eq(symlink(test_path("elsewhere"), test_path("store/anchors")), 0);
	cr_expect_eq(add(file_of("root"), NULL, YES, false, &told, &err), SIGN_E_TRUST);
	cr_expect_eq(test_count_files(test_path("elsewhere")), 0);
}

Test(pki_store, a_link_in_place_of_the_file_is_not_followed)
{
	struct told told;
	sign_error  err = SIGN_ERROR_INIT;
	char        victim[256], target[512];

	snprintf(victim, sizeof(victim), "%s", test_path("victim"));
	test_write(victim, KS_BYTES("precious", 8));
	cr_assert_eq(add(file_of("root"), NULL, YES, false, &told, &err), SIGN_OK);
	snprintf(target, sizeof(target), "%s", told.file);
	cr_assert_eq(unlink(target), 0);
	cr_assert_eq(symlink(victim, target), 0);
	cr_expect_neq(add(file_of("root"), NULL, YES, false, &told, &err), SIGN_OK, "the store is damaged");
	cr_expect_eq(mode_of(victim) & 0400, 0400);
	KS_AUTO(ks_buf_clear) ks_buf text = KS_BUF(100);
	cr_assert_eq(ks_file_slurp(victim, 100, &text, &err), SIGN_OK);
	cr_expect_eq(text.len, 8);
}

Test(pki_store, a_file_in_place_of_the_folder)
{
	struct told told;
	sign_error  err = SIGN_ERROR_INIT;

	test_write(test_path("store"), KS_BYTES("not a folder", 12));
	cr_expect_neq(add(file_of("root"), NULL, YES, false, &told, &err), SIGN_OK);
	cr_expect_eq(told.count, 0);
}

Test(pki_store, unwritable)
{
	struct told told;
	sign_error  err = SIGN_ERROR_INIT;
	sign_trust_add_options options = { NULL, answer, &told, false, NULL, NULL };

	memset(&told, 0, sizeof(told));
	told.answer = true;
	/* nobody, root included, makes a folder in /proc */
	cr_expect_neq(sign_trust_store_add("/proc/kyso-store", file_of("root"), &options, &err), SIGN_OK);
	cr_expect_neq(err.code, SIGN_OK);
}

Test(pki_store, a_damaged_store_takes_nothing_in)
{
	struct told told;
	sign_error  err = SIGN_ERROR_INIT;

	must_add("root");
	test_write(test_path("store/bad.pem"), KS_BYTES("-----BEGIN", 10));
	cr_expect_eq(add(file_of("issuing"), NULL, YES, false, &told, &err), SIGN_E_NOT_CERT);
	cr_expect_not_null(strstr(err.subject, "bad.pem"), "%s", err.subject);
}

/* ---- CRLs ---- */

static char *
crl_file(int key, int from, const char *idp)
{
	char      *path = test_path("in.crl");
	sign_bytes der = test_crl(&(crl_spec){ .id = "x", .issuer = "issuing", .key = key, .from = from, .until = 30,
	    .idp = idp });

	test_write(path, der);
	free((void *)(uintptr_t)der.data);
	return path;
}

Test(pki_store, crls)
{
	struct told told;
	sign_error  err = SIGN_ERROR_INIT;

	cr_expect_eq(add(crl_file(3, -2, NULL), NULL, YES, false, &told, &err), SIGN_E_TRUST, "nobody to verify it");
	must_add("root issuing");
	cr_expect_eq(add(crl_file(4, -2, NULL), NULL, YES, false, &told, &err), SIGN_E_TRUST, "wrong key");
	cr_expect_eq(add(crl_file(3, -2, "critical,indirectCRL:TRUE"), NULL, YES, false, &told, &err), SIGN_E_TRUST);
	cr_expect_eq(test_count_files(test_path("store")), 2);
	cr_assert_eq(add(crl_file(3, -2, NULL), NULL, NOBODY, false, &told, &err), SIGN_OK, "%s", err.detail);
	cr_expect_not_null(strstr(told.file, "/store/crls/issuing-"), "%s", told.file);
	cr_expect_eq(strlen(strstr(told.file, "issuing-")), strlen("issuing-01234567.crl"), "%s", told.file);
	cr_expect_eq(told.already, 0);
	cr_assert_eq(add(crl_file(3, -1, NULL), NULL, NOBODY, false, &told, &err), SIGN_OK);
	cr_expect_eq(told.already, 0, "a newer one takes its place");
	cr_expect_eq(test_count_files(test_path("store")), 3);
	cr_assert_eq(add(crl_file(3, -5, NULL), NULL, NOBODY, false, &told, &err), SIGN_OK);
	cr_expect_eq(told.already, 1, "an older one does not");
	cr_assert_eq(add(crl_file(3, -1, "critical,onlyuser:TRUE"), NULL, NOBODY, false, &told, &err), SIGN_OK);
	cr_expect_eq(test_count_files(test_path("store")), 4, "one of another scope lies beside it");
}

/* ---- removing ---- */

static const struct { const char *label, *which; size_t digits; sign_code want; size_t left; } removes[] = {
	{ "whole fingerprint", "root", 64, SIGN_OK, 2 },
	{ "eight digits", "root", 8, SIGN_OK, 2 },
	{ "seven digits", "root", 7, SIGN_E_USAGE, 3 },
	{ "no such fingerprint", "old", 16, SIGN_E_NOT_FOUND, 3 },
	{ "in company", "person", 16, SIGN_E_TRUST, 3 },
	{ "file", "bundle.pem", 0, SIGN_OK, 2 },
	{ "file in a folder", "anchors/own.pem", 0, SIGN_OK, 3 },
	{ "no such file", "nothing.pem", 0, SIGN_E_NOT_FOUND, 3 },
	{ "file name in two folders", "twice.pem", 0, SIGN_E_USAGE, 5 },
	{ "one of them", "anchors/twice.pem", 0, SIGN_OK, 4 },
	{ "part of a name", "bundle", 0, SIGN_E_NOT_FOUND, 3 },
	{ "climbing", "../victim.pem", 0, SIGN_E_NOT_FOUND, 3 },
	{ "empty", "", 0, SIGN_E_NOT_FOUND, 3 },
};

ROWS(pki_store, removes, removes)
{
	sign_error  err = SIGN_ERROR_INIT;
	char        which[200] = "";
	const char *label = removes[*row].label;

	must_add("root issuing");
	test_write_cert(test_path("store/bundle.pem"), cert("person"));
	test_write_cert(test_path("store/bundle.pem"), cert("early"));
	test_write_cert(test_path("victim.pem"), cert("old"));
	if (strstr(removes[*row].which, "own.pem") != NULL)
		test_write_cert(test_path("store/anchors/own.pem"), cert("old"));
	if (strstr(removes[*row].which, "twice.pem") != NULL) {
		test_write_cert(test_path("store/anchors/twice.pem"), cert("old"));
		test_write_cert(test_path("store/twice.pem"), cert("old"));
	}
	snprintf(which, sizeof(which), "%s", removes[*row].which);
	if (removes[*row].digits > 0) {
		const ks_cert *c = cert(removes[*row].which);

		for (size_t i = 0; i < 32; i++)
			snprintf(which + 2 * i, 3, "%02x", c->sha256[i]);
		which[removes[*row].digits] = '\0';
	}
	cr_expect_eq(sign_trust_store_remove(test_path("store"), which, &err), removes[*row].want, "%s: %d %s", label,
	    (int)err.code, err.detail);
	cr_expect_eq(err.code, removes[*row].want, "%s: error and result disagree", label);
	cr_expect_eq(test_count_files(test_path("store")), removes[*row].left, "%s: %zu left", label,
	    test_count_files(test_path("store")));
	cr_expect(test_exists(test_path("victim.pem")), "%s", label);
}

Test(pki_store, removes_every_copy)
{
	struct told told;
	sign_error  err = SIGN_ERROR_INIT;
	char        which[65];

	must_add("issuing");
	cr_assert_eq(add(file_of("issuing"), NULL, YES, true, &told, &err), SIGN_OK);
	cr_assert_eq(test_count_files(test_path("store")), 1, "an anchor lies in one place");
	test_write_cert(test_path("store/copy.pem"), cert("issuing"));
	for (size_t i = 0; i < 32; i++)
		snprintf(which + 2 * i, 3, "%02x", cert("issuing")->sha256[i]);
	cr_expect_eq(sign_trust_store_remove(test_path("store"), which, &err), SIGN_OK);
	cr_expect_eq(test_count_files(test_path("store")), 0, "half a removal leaves it trusted");
}

/* ---- checking ---- */

struct seen {
	size_t count[32];
	bool   error;
};

static void
note_finding(void *user, const sign_trust_finding *finding)
{
	struct seen *s = user;

	s->count[finding->code]++;
	s->error = s->error || finding->severity == SIGN_TRUST_ERROR;
	cr_expect(finding->file[0] != '\0' && finding->subject != NULL && finding->detail != NULL);
}

static sign_code
check(struct seen *seen)
{
	sign_error err = SIGN_ERROR_INIT;
	sign_code  got;

	memset(seen, 0, sizeof(*seen));
	got = sign_trust_store_check(test_path("store"), NOW, note_finding, seen, &err);
	cr_expect_eq(got == SIGN_OK, !seen->error, "result and findings disagree");
	return got;
}

/* One step that spoils a healthy store, and the finding it makes. */
static void spoil_writable(void) { cr_assert_eq(chmod(test_path("store/issuing.pem"), 0664), 0); }
static void spoil_folder(void) { cr_assert_eq(chmod(test_path("store/anchors"), 0777), 0); }
static void spoil_store(void) { cr_assert_eq(chmod(test_path("store"), 0775), 0); }
static void spoil_owner(void) { if (geteuid() == 0) cr_assert_eq(chown(test_path("store/issuing.pem"), 12345, 0), 0); else spoil_writable(); }
static void spoil_damaged(void) { test_write(test_path("store/issuing.pem"), KS_BYTES("-----BEGIN", 10)); }
static void spoil_link(void) { cr_assert_eq(symlink("issuing.pem", test_path("store/link.pem")), 0); }
static void spoil_dangling(void) { cr_assert_eq(symlink("nowhere.pem", test_path("store/link.pem")), 0); }
static void spoil_issuer(void) { cr_assert_eq(unlink(test_path("store/anchors/root.pem")), 0); }
static void spoil_expired(void) { test_write_cert(test_path("store/anchors/old.pem"), cert("old")); }
static void spoil_early(void) { test_write_cert(test_path("store/anchors/early.pem"), cert("early")); }
static void spoil_person(void) { test_write_cert(test_path("store/person.pem"), cert("person")); }
static void spoil_pin(void) { test_write_cert(test_path("store/known.pem"), cert("known")); }
static void spoil_pretender(void) { test_write_cert(test_path("store/anchors/fake.pem"), cert("known-fake")); }
static void spoil_ignored(void) { test_write(test_path("store/notes.txt"), KS_BYTES("x", 1)); }

static void
put_crl(const char *issuer, int key, int from, int until)
{
	sign_bytes der = test_crl(&(crl_spec){ .id = "x", .issuer = issuer, .key = key, .from = from, .until = until });

	test_write(test_path("store/x.crl"), der);
	free((void *)(uintptr_t)der.data);
}
static void spoil_stale(void) { put_crl("issuing", 3, -50, -20); }
static void spoil_forged(void) { put_crl("issuing", 4, -1, 20); }
static void spoil_orphan(void) { put_crl("nobody", 4, -1, 20); }
static void spoil_nothing(void) { put_crl("issuing", 3, -1, 20); }

static const struct { const char *label; void (*spoil)(void); sign_trust_code finding; sign_code want; } checks[] = {
	{ "healthy", spoil_nothing, 0, SIGN_OK },
	{ "file others can write", spoil_writable, SIGN_TRUST_FILE_WRITABLE, SIGN_E_TRUST },
	{ "folder others can write", spoil_folder, SIGN_TRUST_FILE_WRITABLE, SIGN_E_TRUST },
	{ "store others can write", spoil_store, SIGN_TRUST_FILE_WRITABLE, SIGN_E_TRUST },
	{ "file of another user", spoil_owner, SIGN_TRUST_FILE_WRITABLE, SIGN_E_TRUST },
	{ "damaged", spoil_damaged, SIGN_TRUST_FILE_DAMAGED, SIGN_E_TRUST },
	{ "link", spoil_link, SIGN_TRUST_FILE_LINK, SIGN_OK },
	{ "link to nothing", spoil_dangling, SIGN_TRUST_FILE_DAMAGED, SIGN_E_TRUST },
	{ "issuer missing", spoil_issuer, SIGN_TRUST_ISSUER_MISSING, SIGN_OK },
	{ "expired", spoil_expired, SIGN_TRUST_CERT_EXPIRED, SIGN_OK },
	{ "too early", spoil_early, SIGN_TRUST_CERT_NOT_YET, SIGN_OK },
	{ "not an authority", spoil_person, SIGN_TRUST_CERT_NOT_CA, SIGN_OK },
	{ "pinned", spoil_pin, SIGN_TRUST_PIN_MATCHES, SIGN_OK },
	{ "pretender", spoil_pretender, SIGN_TRUST_CERT_PRETENDS, SIGN_OK },
	{ "ignored", spoil_ignored, SIGN_TRUST_FILE_IGNORED, SIGN_OK },
	{ "stale CRL", spoil_stale, SIGN_TRUST_CRL_STALE, SIGN_OK },
	{ "forged CRL", spoil_forged, SIGN_TRUST_CRL_UNVERIFIED, SIGN_E_TRUST },
	{ "CRL of nobody", spoil_orphan, SIGN_TRUST_CRL_NO_ISSUER, SIGN_OK },
};

ROWS(pki_store, checks, checks)
{
	struct seen seen;
	const char *label = checks[*row].label;
	size_t      all = 0;

	umask(022);
	test_pin("vgca-state-g2", cert("known"));
	cr_assert_eq(mkdir(test_path("store"), 0755), 0);
	cr_assert_eq(mkdir(test_path("store/anchors"), 0755), 0);
	test_write_cert(test_path("store/anchors/root.pem"), cert("root"));
	test_write_cert(test_path("store/issuing.pem"), cert("issuing"));
	cr_expect_eq(check(&seen), SIGN_OK, "%s: not healthy before", label);
	checks[*row].spoil();
	cr_expect_eq(check(&seen), checks[*row].want, "%s", label);
	for (size_t i = 0; i < COUNT_OF(seen.count); i++)
		all += seen.count[i];
	if (checks[*row].finding == 0)
		cr_expect_eq(all, 0, "%s: %zu findings", label, all);
	else
		cr_expect_eq(seen.count[checks[*row].finding], 1, "%s: %s not found once", label,
		    sign_trust_code_name(checks[*row].finding));
}

Test(pki_store, no_store_to_check)
{
	sign_error err = SIGN_ERROR_INIT;

	cr_expect_eq(sign_trust_store_check(test_path("nothing"), NOW, NULL, NULL, &err), SIGN_E_NOT_FOUND);
	cr_expect_eq(sign_trust_store_remove(test_path("nothing"), "x.pem", &err), SIGN_E_NOT_FOUND);
	cr_expect_str_eq(sign_trust_code_name(SIGN_TRUST_CRL_STALE), "crl-stale");
	cr_expect_str_eq(sign_trust_code_name((sign_trust_code)0), "unknown");
	cr_expect_str_eq(sign_trust_code_name((sign_trust_code)99), "unknown");
}

/* domain.md 0.10: added over the warning, it is trusted, and never shown as the authority whose name it bears. */
Test(pki_store, pretender_stays_marked)
{
	struct told      told;
	sign_error       err = SIGN_ERROR_INIT;
	sign_trust      *trust = NULL;
	sign_trust_entry entry;

	test_pin("vgca-state-g2", cert("known"));
	cr_assert_eq(add(file_of("known-fake"), print_of("known-fake"), NOBODY, false, &told, &err), SIGN_OK);
	must_add("root");
	cr_assert_eq(sign_trust_new(&trust, &err), SIGN_OK);
	cr_assert_eq(sign_trust_add_path(trust, test_path("store"), &err), SIGN_OK);
	cr_assert_eq(sign_trust_count(trust), 2);
	for (size_t i = 0; sign_trust_at(trust, i, NOW, &entry); i++) {
		bool fake = strcmp(sign_cert_name(entry.cert), cert("known-fake")->subject_cn) == 0;

		cr_expect_eq(entry.pretends[0] != '\0', fake, "%s: %s", sign_cert_name(entry.cert), entry.pretends);
		cr_expect_str_eq(entry.known_name, "");
		cr_expect_str_eq(entry.known_system, "");
	}
	sign_trust_free(trust);
}
