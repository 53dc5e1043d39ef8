/*
 * Tokens: `kyso sign` over a folder with a key on SoftHSM and one PIN, beside a bare loop of C_Sign in as many
 * sessions, and beside the same loop that also reads and hashes the documents and writes files.
 */
#include "bench.h"

#include <p11-kit/pkcs11.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MODULE "/usr/lib/softhsm/libsofthsm2.so"
#define PIN    "246810"

struct token_row {
	const char       *label, *name; /* name: of the sample key */
	CK_BYTE           id;           /* as make-token counts */
	CK_MECHANISM_TYPE mechanism;
	CK_ULONG          input_bytes;
};
static const struct token_row rows[] = {
	{ "RSA-2048", "person-rsa2048", 1, CKM_RSA_PKCS, 51 },
	{ "RSA-3072", "person", 2, CKM_RSA_PKCS, 51 },
	{ "P-256", "person-ec", 3, CKM_ECDSA, 32 },
};

static CK_FUNCTION_LIST *f;

/* ---- the floor ---- */

struct pen {
	const struct token_row *row;
	CK_SESSION_HANDLE       session[2];
	CK_OBJECT_HANDLE        key;
};

static void
check(CK_RV rv, const char *what)
{
	if (rv != CKR_OK)
		bench_die(what);
}

static void
sign_once(void *user, unsigned thread, const unsigned char digest[32])
{
	const struct pen *p = user;
	CK_MECHANISM      mechanism = { p->row->mechanism, NULL, 0 };
	CK_BYTE           input[64] = { 0x30 }, value[1024];
	CK_ULONG          len = sizeof(value);

	memcpy(input + p->row->input_bytes - 32, digest, 32);
	check(f->C_SignInit(p->session[thread], &mechanism, p->key), "C_SignInit");
	check(f->C_Sign(p->session[thread], input, p->row->input_bytes, value, &len), "C_Sign");
}

static CK_SLOT_ID
find_slot(void)
{
	CK_SLOT_ID    slots[16];
	CK_ULONG      count = 16;
	CK_TOKEN_INFO info;

	check(f->C_GetSlotList(CK_TRUE, slots, &count), "C_GetSlotList");
	for (CK_ULONG i = 0; i < count; i++)
		if (f->C_GetTokenInfo(slots[i], &info) == CKR_OK && (info.flags & CKF_TOKEN_INITIALIZED) != 0)
			return slots[i];
	bench_die("no token");
}

static void
open_pen(struct pen *p, CK_SLOT_ID slot, unsigned sessions)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_BYTE         id = p->row->id;
	CK_ATTRIBUTE    match[] = { { CKA_CLASS, &class, sizeof(class) }, { CKA_ID, &id, 1 } };
	CK_ULONG        found = 0;

	for (unsigned i = 0; i < sessions; i++)
		check(f->C_OpenSession(slot, CKF_SERIAL_SESSION, NULL, NULL, &p->session[i]), "C_OpenSession");
	check(f->C_Login(p->session[0], CKU_USER, (CK_UTF8CHAR *)PIN, strlen(PIN)), "C_Login");
	check(f->C_FindObjectsInit(p->session[0], match, 2), "C_FindObjectsInit");
	check(f->C_FindObjects(p->session[0], &p->key, 1, &found), "C_FindObjects");
	check(f->C_FindObjectsFinal(p->session[0]), "C_FindObjectsFinal");
	if (found != 1)
		bench_die("key on the token");
}

/* `out` NULL: C_Sign and nothing else. */
static double
floor_of(const struct token *t, const struct token_row *row, unsigned sessions, const char *out)
{
	struct pen   pen = { .row = row };
	CK_SLOT_ID   slot = find_slot();
	char         docs[4096];
	struct floor floor = { .folder = docs, .out = out, .count = t->count, .extra_bytes = 4096, .threads = sessions,
		.key_only = out == NULL, .detached = 1, .sign = sign_once, .sign_user = &pen };
	double       seconds;

	snprintf(docs, sizeof(docs), "%s/docs", t->work);
	if (out != NULL && mkdir(out, 0777) != 0)
		bench_die(out);
	open_pen(&pen, slot, sessions);
	seconds = floor_run(&floor);
	check(f->C_CloseAllSessions(slot), "C_CloseAllSessions");
	return (double)t->count / seconds;
}

/* ---- kyso ---- */

static double
kyso_of(const struct token *t, const struct token_row *row, unsigned sessions, unsigned round)
{
	char   out[4096], docs[4096], uri[64], jobs[8], pin[4096];
	char *argv[] = { (char *)t->kyso, "sign", docs, "-o", out, "-k", uri, "--module", MODULE, "--pin-file", pin,
		"-f", "p7s", "-j", jobs, "--durability", "none", "-q", NULL };
	double seconds;
	long   peak;

	snprintf(docs, sizeof(docs), "%s/docs", t->work);
	snprintf(pin, sizeof(pin), "%s/token/pin", t->work);
	snprintf(out, sizeof(out), "%s/token-%s-%u-%u", t->work, row->name, sessions, round);
	snprintf(uri, sizeof(uri), "pkcs11:token=bench;id=%%%02x", row->id);
	snprintf(jobs, sizeof(jobs), "%u", sessions);
	if (mkdir(out, 0777) != 0)
		bench_die(out);
	if (bench_process(argv, &seconds, &peak) != 0)
		bench_die("kyso sign with a token");
	return (double)t->count / seconds;
}

static void
prepare(const struct token *t)
{
	char                 path[8192];
	CK_C_GetFunctionList get = NULL;
	void                *library;

	snprintf(path, sizeof(path),
	    "%s/tests/p11/make-token '%s/token' %s/keys-sample bench %s %s %s %s && printf %s > '%s/token/pin' "
	    "&& chmod 600 '%s/token/pin'",
	    KYSO_SOURCE, t->work, KYSO_SOURCE, PIN, rows[0].name, rows[1].name, rows[2].name, PIN, t->work, t->work);
	if (system(path) != 0)
		bench_die("make-token (softhsm2 and opensc are needed)");
	snprintf(path, sizeof(path), "%s/token/softhsm2.conf", t->work);
	setenv("SOFTHSM2_CONF", path, 1);
	library = dlopen(MODULE, RTLD_NOW | RTLD_LOCAL);
	if (library != NULL)
		*(void **)&get = dlsym(library, "C_GetFunctionList");
	if (get == NULL || get(&f) != CKR_OK)
		bench_die(MODULE);
	check(f->C_Initialize(&(CK_C_INITIALIZE_ARGS){ .flags = CKF_OS_LOCKING_OK }), "C_Initialize");
}

static void
bench_row(const struct token *t, const struct token_row *row, unsigned sessions)
{
	double raw[BENCH_ROUNDS_MAX], floor[BENCH_ROUNDS_MAX], kyso[BENCH_ROUNDS_MAX];
	double a, b, c;
	char   out[4096];

	for (unsigned r = 0; r < t->rounds; r++) {
		snprintf(out, sizeof(out), "%s/token-floor-%s-%u-%u", t->work, row->name, sessions, r);
		raw[r] = floor_of(t, row, sessions, NULL);
		kyso[r] = kyso_of(t, row, sessions, r);
		floor[r] = floor_of(t, row, sessions, out);
	}
	a = bench_median(kyso, t->rounds);
	b = bench_median(raw, t->rounds);
	c = bench_median(floor, t->rounds);
	printf("%-9s %8u  %7.0f %7.0f %5.2f %7.0f %5.2f\n", row->label, sessions, a, b, a / b, c, a / c);
	fflush(stdout);
}

void
token_run(const struct token *t)
{
	prepare(t);
	printf("token (SoftHSM), .p7s: signatures a second, one PIN a run\n"
	       "key       sessions     kyso  C_Sign ratio   floor ratio\n");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned sessions = 1; sessions <= 2; sessions++)
			bench_row(t, &rows[i], sessions);
	f->C_Finalize(NULL);
}
