/*
 * The journal: what it remembers, what it does not believe, and what it refuses to open.
 */
#include "batch_journal.h"

#include "base_file.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOURNAL "out/" SIGN_JOURNAL_NAME

static char folder[] = "/tmp/kyso-unit-XXXXXX";

static void
set_up(void)
{
	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
	cr_assert_eq(mkdir("in", 0755), 0);
	cr_assert_eq(mkdir("out", 0755), 0);
}

static void
tear_down(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	cr_assert_eq(system(command), 0);
}

TestSuite(batch_journal, .init = set_up, .fini = tear_down);
TestSuite(batch_journal_look, .init = set_up, .fini = tear_down);
TestSuite(batch_journal_refuses, .init = set_up, .fini = tear_down);

/* ---- helpers -------------------------------------------------------------------------------------------------------- */

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	cr_assert_not_null(f, "%s", path);
	fputs(text, f);
	fclose(f);
}

static const char *const roots[] = { "in", NULL };

static sign_journal_run
signing(void)
{
	return (sign_journal_run){ "sign", "{\"form\":\"asice-cades\"}", roots, "out", "aabb", SIGN_DURABILITY_GROUP, false, 0 };
}

/* Where power is not what is tested: no waiting for the disk. */
static sign_journal_run
signing_fast(void)
{
	sign_journal_run run = signing();

	run.durability = SIGN_DURABILITY_NONE;
	return run;
}

static sign_journal_run
judging(void)
{
	return (sign_journal_run){ "verify", "{}", roots, NULL, NULL, SIGN_DURABILITY_GROUP, true, 0 };
}

static sign_journal *
begin(const sign_journal_run *run)
{
	sign_error    err = SIGN_ERROR_INIT;
	sign_journal *j = NULL;

	cr_assert_eq(sign_journal_open(JOURNAL, &j, &err), SIGN_OK, "%d %s", (int)err.code, err.detail);
	cr_assert_eq(sign_journal_begin(j, run, &err), SIGN_OK, "%d %s", (int)err.code, err.detail);
	return j;
}

/* As the engine tells it: the document as it lies there. */
static sign_batch_result
result_of(const char *path, const char *output, sign_code code)
{
	static const uint8_t digest[32] = { 0xd1 }, signature[32] = { 0x51 };
	static sign_error    err;
	sign_batch_result    r = { .path = path, .output = output, .code = code, .error = &err };
	struct stat          st;

	err = (sign_error){ code, "", "", "", "" };
	snprintf(err.subject, sizeof(err.subject), "%s", path);
	if (stat(path, &st) == 0) {
		r.size_bytes = (uint64_t)st.st_size;
		r.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	}
	if (code == SIGN_OK && output != NULL && stat(output, &st) == 0) {
		r.output_bytes = (uint64_t)st.st_size;
		r.digest = KS_BYTES(digest, 32);
		r.signature = KS_BYTES(signature, 32);
	}
	r.started_ns = r.finished_ns = 1790000000000000000;
	return r;
}

static void
record(sign_journal *j, const char *path, const char *output, sign_code code)
{
	sign_batch_result r = result_of(path, output, code);

	cr_assert_eq(sign_journal_record(j, &r, NULL), SIGN_OK);
}

static void
sign_one(const char *path, const char *output, sign_code code)
{
	sign_journal_run run = signing();
	sign_journal    *j = begin(&run);

	record(j, path, output, code);
	cr_assert_eq(sign_journal_close(j, true, NULL), SIGN_OK);
}

static sign_known
look_for(const sign_journal_run *run, const char *path, const char *output)
{
	sign_journal       *j = begin(run);
	sign_journal_memory memory;

	cr_assert_eq(sign_journal_look(j, path, output, &memory, NULL), SIGN_OK);
	cr_assert_eq(sign_journal_close(j, true, NULL), SIGN_OK);
	return memory.known;
}

static void
sql(const char *text)
{
	sqlite3 *db = NULL;

	cr_assert_eq(sqlite3_open(JOURNAL, &db), SQLITE_OK);
	cr_assert_eq(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* ---- what counts as done ---------------------------------------------------------------------------------------------- */

static const struct {
	const char *label, *shell; /* between the two runs */
	sign_code   first;
	const char *output, *options, *certificate;
	sign_known  want;
} looks[] = {
	{ "nothing happened",    ":",                           SIGN_OK,          NULL,  NULL, NULL,   SIGN_KNOWN_DONE },
	{ "adopted",             ":",                           SIGN_E_ALREADY,   NULL,  NULL, NULL,   SIGN_KNOWN_DONE },
	{ "failed",              ":",                           SIGN_E_READ,      NULL,  NULL, NULL,   SIGN_KNOWN_NOT },
	{ "touched",             "touch -d 2001-02-03 in/a",    SIGN_OK,          NULL,  NULL, NULL,   SIGN_KNOWN_CHANGED },
	{ "longer",              "echo x >> in/a",              SIGN_OK,          NULL,  NULL, NULL,   SIGN_KNOWN_CHANGED },
	{ "longer, old time",    "touch -r in/a t; echo x >> in/a; touch -r t in/a", SIGN_OK, NULL, NULL, NULL, SIGN_KNOWN_CHANGED },
	{ "gone",                "rm in/a",                     SIGN_OK,          NULL,  NULL, NULL,   SIGN_KNOWN_NOT },
	{ "output gone",         "rm out/a.asice",              SIGN_OK,          NULL,  NULL, NULL,   SIGN_KNOWN_NOT },
	{ "output cut",          "truncate -s 3 out/a.asice",   SIGN_OK,          NULL,  NULL, NULL,   SIGN_KNOWN_NOT },
	{ "output longer",       "echo >> out/a.asice",         SIGN_OK,          NULL,  NULL, NULL,   SIGN_KNOWN_NOT },
	{ "output is a folder",  "rm out/a.asice; mkdir out/a.asice", SIGN_OK,    NULL,  NULL, NULL,   SIGN_KNOWN_NOT },
	{ "another output",      "cp out/a.asice out/a.p7s",    SIGN_OK, "out/a.p7s",    NULL, NULL,   SIGN_KNOWN_NOT },
	{ "other options",       ":",                           SIGN_OK,          NULL,  "{}", NULL,   SIGN_KNOWN_NOT },
	{ "other certificate",   ":",                           SIGN_OK,          NULL,  NULL, "ccdd", SIGN_KNOWN_NOT },
	{ "written on another boot, not synced", "sqlite3", SIGN_OK,              NULL,  NULL, NULL,   SIGN_KNOWN_NOT },
};

ParameterizedTestParameters(batch_journal_look, believes_what_still_holds)
{
	static size_t rows[KS_COUNT(looks)];

	for (size_t i = 0; i < KS_COUNT(looks); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, KS_COUNT(looks));
}

ParameterizedTest(size_t *row, batch_journal_look, believes_what_still_holds)
{
	sign_journal_run run = signing();
	const char      *output = looks[*row].output != NULL ? looks[*row].output : "out/a.asice";

	put("in/a", "document");
	put("out/a.asice", "container");
	sign_one("in/a", "out/a.asice", looks[*row].first);
	if (strcmp(looks[*row].shell, "sqlite3") == 0)
		sql("UPDATE item SET boot = 12345");
	else
		cr_assert_eq(system(looks[*row].shell), 0);
	run.options = looks[*row].options != NULL ? looks[*row].options : run.options;
	run.certificate = looks[*row].certificate != NULL ? looks[*row].certificate : run.certificate;
	cr_expect_eq(look_for(&run, "in/a", output), looks[*row].want, "%s", looks[*row].label);
}

Test(batch_journal_look, the_same_folder_by_another_name)
{
	static const char *const other[] = { "./in/", NULL };
	sign_journal_run         run = signing();

	put("in/a", "document");
	put("out/a.asice", "container");
	sign_one("in/a", "out/a.asice", SIGN_OK);
	run.roots = other;
	run.output = "out/.";
	cr_expect_eq(look_for(&run, ".//in/./a", "./out/a.asice"), SIGN_KNOWN_DONE);
}

Test(batch_journal_look, in_place_the_document_is_what_was_written)
{
	sign_journal_run run = signing();

	run.output = NULL;
	put("in/a.asice", "container with two signatures");
	sign_one("in/a.asice", "in/a.asice", SIGN_OK);
	run = signing();
	cr_expect_eq(look_for(&run, "in/a.asice", "in/a.asice"), SIGN_KNOWN_DONE);
	put("in/a.asice", "container with three signatures");
	cr_expect_eq(look_for(&run, "in/a.asice", "in/a.asice"), SIGN_KNOWN_NOT);
}

Test(batch_journal_look, rows_of_this_boot_are_believed_without_sync)
{
	sign_journal_run run = signing();
	sign_journal    *j;

	run.durability = SIGN_DURABILITY_NONE;
	put("in/a", "document");
	put("out/a.asice", "container");
	j = begin(&run);
	record(j, "in/a", "out/a.asice", SIGN_OK);
	cr_assert_eq(sign_journal_close(j, true, NULL), SIGN_OK);
	cr_expect_eq(look_for(&run, "in/a", "out/a.asice"), SIGN_KNOWN_DONE);
}

/* A failure on the way does not make us forget that it was signed. */
Test(batch_journal_look, a_later_failure_keeps_what_was_signed)
{
	sign_journal_run run = signing();

	put("in/a", "document");
	put("out/a.asice", "container");
	sign_one("in/a", "out/a.asice", SIGN_OK);
	sign_one("in/a", "out/a.asice", SIGN_E_PERMISSION);
	cr_expect_eq(look_for(&run, "in/a", "out/a.asice"), SIGN_KNOWN_CHANGED, "asked of the output, not forgotten");
}

/* ---- changed since ---------------------------------------------------------------------------------------------------- */

Test(batch_journal, existing_outputs_are_explained)
{
	static const uint8_t now[32] = { 0xd2 };
	sign_journal_run     run = signing();
	sign_error           err = SIGN_ERROR_INIT;
	sign_batch_result    r;
	sign_journal        *j;

	put("in/a", "document");
	put("in/b", "document");
	put("out/a.asice", "container");
	put("out/b.asice", "container");
	sign_one("in/a", "out/a.asice", SIGN_OK);
	put("in/a", "document, changed");
	j = begin(&run);
	r = result_of("in/a", "out/a.asice", SIGN_E_EXISTS);
	cr_expect_eq(sign_journal_explain(j, &r, &err), SIGN_E_CHANGED_SINCE, "by size and time");
	cr_expect_eq(err.code, SIGN_E_CHANGED_SINCE);
	cr_expect_str_eq(err.subject, "in/a");
	r.digest = KS_BYTES(now, 32);
	cr_expect_eq(sign_journal_explain(j, &r, &err), SIGN_E_CHANGED_SINCE, "by digest");
	r = result_of("in/a", "out/a.asice", SIGN_OK);
	r.code = SIGN_E_EXISTS;
	cr_expect_eq(sign_journal_explain(j, &r, &err), SIGN_E_EXISTS, "the digest is the one of then");
	r = result_of("in/b", "out/b.asice", SIGN_E_EXISTS);
	cr_expect_eq(sign_journal_explain(j, &r, &err), SIGN_E_EXISTS, "never signed here");
	r = result_of("in/a", "out/a.asice", SIGN_E_READ);
	cr_expect_eq(sign_journal_explain(j, &r, &err), SIGN_E_READ, "another fault");
	cr_assert_eq(sign_journal_close(j, true, NULL), SIGN_OK);
}

/* ---- rounds ----------------------------------------------------------------------------------------------------------- */

static void
judge_one(bool finished, bool continues)
{
	sign_journal_run run = judging();
	sign_journal    *j;

	run.keep_seconds = 3600;
	j = begin(&run);
	cr_expect_eq(sign_journal_continues(j), continues);
	record(j, "in/a", NULL, SIGN_OK);
	cr_assert_eq(sign_journal_close(j, finished, NULL), SIGN_OK);
}

Test(batch_journal, judging_goes_on_only_where_it_stopped)
{
	sign_journal_run run = judging();
	sign_journal    *j;
	sign_journal_memory memory;

	run.keep_seconds = 3600;
	put("in/a", "container");
	judge_one(false, false);
	j = begin(&run);
	cr_expect(sign_journal_continues(j));
	cr_assert_eq(sign_journal_look(j, "in/a", NULL, &memory, NULL), SIGN_OK);
	cr_expect_eq(memory.known, SIGN_KNOWN_DONE);
	cr_assert_eq(sign_journal_close(j, false, NULL), SIGN_OK);
	judge_one(true, true);
	cr_expect_eq(look_for(&run, "in/a", NULL), SIGN_KNOWN_NOT, "a finished run starts anew");
}

Test(batch_journal, judging_of_long_ago_starts_anew)
{
	put("in/a", "container");
	judge_one(false, false);
	sql("UPDATE run SET begun = begun - 3601");
	judge_one(false, false);
	sql("UPDATE run SET begun = begun - 3000");
	judge_one(false, true);
}

Test(batch_journal, two_files_are_judged_again)
{
	sign_journal_run    run = judging();
	sign_journal_memory memory;
	sign_batch_result   r;
	sign_journal       *j = begin(&run);

	put("in/a.p7s", "signature");
	r = result_of("in/a.p7s", NULL, SIGN_OK);
	r.mtime_ns = 0; /* beside "a": its time cannot speak for both */
	cr_assert_eq(sign_journal_record(j, &r, NULL), SIGN_OK);
	cr_assert_eq(sign_journal_close(j, false, NULL), SIGN_OK);
	j = begin(&run);
	cr_assert_eq(sign_journal_look(j, "in/a.p7s", NULL, &memory, NULL), SIGN_OK);
	cr_expect_eq(memory.known, SIGN_KNOWN_NOT);
	cr_assert_eq(sign_journal_close(j, false, NULL), SIGN_OK);
}

/* --again: what was signed before is signed again, but not twice by a run that was interrupted. */
Test(batch_journal, again_is_done_once)
{
	sign_journal_run run = signing(), again = signing();

	again.fresh = true;
	put("in/a", "document");
	put("out/a.asice", "container");
	sign_one("in/a", "out/a.asice", SIGN_OK);

	sign_journal *j = begin(&again);
	sign_journal_memory memory;

	cr_assert_eq(sign_journal_look(j, "in/a", "out/a.asice", &memory, NULL), SIGN_OK);
	cr_expect_eq(memory.known, SIGN_KNOWN_NOT);
	record(j, "in/a", "out/a.asice", SIGN_OK);
	cr_assert_eq(sign_journal_close(j, false, NULL), SIGN_OK);
	cr_expect_eq(look_for(&again, "in/a", "out/a.asice"), SIGN_KNOWN_DONE, "it goes on");
	cr_expect_eq(look_for(&again, "in/a", "out/a.asice"), SIGN_KNOWN_NOT, "that one was finished");
	cr_expect_eq(look_for(&run, "in/a", "out/a.asice"), SIGN_KNOWN_DONE);
}

/* ---- what it refuses ---------------------------------------------------------------------------------------------------- */

static const struct {
	const char *label, *shell, *statement;
	sign_code   want;
} damages[] = {
	{ "sound",               ":", NULL, SIGN_OK },
	{ "empty file",          ": > " JOURNAL, NULL, SIGN_OK },
	{ "cut in the middle",   "truncate -s 6000 " JOURNAL, NULL, SIGN_E_JOURNAL },
	{ "cut to its head",     "truncate -s 100 " JOURNAL, NULL, SIGN_E_JOURNAL },
	{ "a few bytes",         "truncate -s 10 " JOURNAL, NULL, SIGN_E_JOURNAL },
	{ "a text",              "echo 'not a journal at all' > " JOURNAL, NULL, SIGN_E_JOURNAL },
	{ "magic flipped",       "printf X | dd of=" JOURNAL " conv=notrunc bs=1 seek=3 status=none", NULL, SIGN_E_JOURNAL },
	{ "another application", NULL, "PRAGMA application_id = 7", SIGN_E_JOURNAL },
	{ "another version",     NULL, "PRAGMA user_version = 2", SIGN_E_JOURNAL },
	{ "no version",          NULL, "PRAGMA user_version = 0", SIGN_E_JOURNAL },
	{ "a trigger",           NULL, "CREATE TRIGGER t AFTER INSERT ON item BEGIN DELETE FROM item; END", SIGN_E_JOURNAL },
	{ "a table more",        NULL, "CREATE TABLE more(x)", SIGN_E_JOURNAL },
	{ "a table less",        NULL, "DROP TABLE root", SIGN_E_JOURNAL },
	{ "another column",      NULL, "ALTER TABLE meta ADD COLUMN x", SIGN_E_JOURNAL },
	{ "tables overwritten",  "dd if=/dev/urandom of=" JOURNAL " conv=notrunc bs=1 seek=110 count=4000 status=none", NULL, SIGN_E_JOURNAL },
	{ "rows overwritten",    "dd if=/dev/urandom of=" JOURNAL " conv=notrunc bs=4096 seek=1 count=4 status=none", NULL, SIGN_E_JOURNAL },
	{ "a symbolic link",     "mv " JOURNAL " out/x && ln -s x " JOURNAL, NULL, SIGN_E_JOURNAL },
	{ "a folder",            "rm " JOURNAL " && mkdir " JOURNAL, NULL, SIGN_E_IS_FOLDER },
	{ "a pipe",              "rm " JOURNAL " && mkfifo " JOURNAL, NULL, SIGN_E_NOT_REGULAR },
	{ "no folder",           "rm -r out", NULL, SIGN_E_NOT_FOUND },
};

ParameterizedTestParameters(batch_journal_refuses, what_is_damaged)
{
	static size_t rows[KS_COUNT(damages)];

	for (size_t i = 0; i < KS_COUNT(damages); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, KS_COUNT(damages));
}

ParameterizedTest(size_t *row, batch_journal_refuses, what_is_damaged)
{
	sign_error    err = SIGN_ERROR_INIT;
	sign_journal *j = NULL;
	sign_code     got;

	put("in/a", "document");
	put("out/a.asice", "container");
	sign_one("in/a", "out/a.asice", SIGN_OK);
	if (damages[*row].shell != NULL)
		cr_assert_eq(system(damages[*row].shell), 0);
	else
		sql(damages[*row].statement);
	cr_assert_eq(system("test ! -f " JOURNAL " || cp " JOURNAL " before"), 0);
	got = sign_journal_open(JOURNAL, &j, &err);
	cr_expect_eq(got, damages[*row].want, "%s: %d %s", damages[*row].label, (int)got, err.detail);
	cr_expect_eq(err.code, got, "%s: error and result disagree", damages[*row].label);
	if (got == SIGN_OK)
		cr_expect_eq(sign_journal_close(j, false, NULL), SIGN_OK);
	else
		cr_expect_eq(system("test ! -f before || cmp " JOURNAL " before"), 0, "%s: it was touched", damages[*row].label);
}

/* Whatever bytes are flipped: an answer, never a crash, and never a document taken for done that is not. */
Test(batch_journal_refuses, flipped_bytes)
{
	sign_journal_run run = signing_fast();
	struct stat      st;
	unsigned         seed = 7;

	put("in/a", "document");
	put("in/b", "never signed");
	put("out/a.asice", "container");
	sign_one("in/a", "out/a.asice", SIGN_OK);
	cr_assert_eq(system("cp " JOURNAL " kept"), 0);
	cr_assert_eq(stat("kept", &st), 0);
	for (int i = 0; i < 150; i++) {
		sign_journal       *j = NULL;
		sign_journal_memory memory = { SIGN_KNOWN_NOT, SIGN_VERDICT_NONE, 0 };
		int                 fd;
		uint8_t             byte;
		off_t               at = (off_t)((unsigned)rand_r(&seed) % (unsigned)st.st_size);

		cr_assert_eq(system("cp kept " JOURNAL), 0);
		fd = open(JOURNAL, O_RDWR | O_CLOEXEC);
		cr_assert_eq(pread(fd, &byte, 1, at), 1);
		byte = (uint8_t)(byte ^ (1u << ((unsigned)rand_r(&seed) % 8)));
		cr_assert_eq(pwrite(fd, &byte, 1, at), 1);
		close(fd);
		if (sign_journal_open(JOURNAL, &j, NULL) == SIGN_OK && sign_journal_begin(j, &run, NULL) == SIGN_OK &&
		    sign_journal_look(j, "in/b", "out/b.asice", &memory, NULL) == SIGN_OK)
			cr_expect_eq(memory.known, SIGN_KNOWN_NOT, "byte %lld", (long long)at);
		if (sign_journal_close(j, false, NULL) != SIGN_OK)
			continue;
	}
}

Test(batch_journal_refuses, a_second_run)
{
	sign_journal_run run = signing();
	sign_error       err = SIGN_ERROR_INIT;
	sign_journal    *first = begin(&run);
	sign_journal    *second = NULL;

	cr_expect_eq(sign_journal_open(JOURNAL, &second, &err), SIGN_E_BUSY);
	cr_expect_null(second);
	cr_assert_eq(sign_journal_close(first, true, NULL), SIGN_OK);
	cr_expect_eq(sign_journal_open(JOURNAL, &second, &err), SIGN_OK);
	cr_assert_eq(sign_journal_close(second, true, NULL), SIGN_OK);
}

Test(batch_journal, nothing_recorded_leaves_nothing)
{
	sign_journal_run run = signing();

	cr_assert_eq(sign_journal_close(begin(&run), true, NULL), SIGN_OK);
	cr_expect_neq(access(JOURNAL, F_OK), 0);
	put("in/a", "document");
	sign_one("in/a", "out/a.asice", SIGN_E_READ);
	cr_expect_eq(access(JOURNAL, F_OK), 0);
	cr_assert_eq(sign_journal_close(begin(&run), true, NULL), SIGN_OK);
	cr_expect_eq(access(JOURNAL, F_OK), 0, "there is something in it");
	cr_expect_neq(access(JOURNAL "-wal", F_OK), 0);
	cr_expect_neq(access(JOURNAL "-shm", F_OK), 0);
	cr_expect_eq(sign_journal_close(NULL, true, NULL), SIGN_OK);
}

/* As on a full disk: told once, and then the run goes on alone. */
Test(batch_journal, what_cannot_be_written_is_told_once)
{
	sign_journal_run  run = signing();
	sign_journal     *j = begin(&run);
	struct rlimit     small = { 64 << 10, 64 << 10 };
	unsigned          told = 0;
	sign_batch_result r;

	put("in/a", "document");
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int i = 0; i < 3000; i++) {
		char path[32];

		snprintf(path, sizeof(path), "in/%04d", i);
		r = result_of("in/a", "out/a.asice", SIGN_OK);
		r.path = path;
		told += sign_journal_record(j, &r, NULL) != SIGN_OK;
	}
	cr_expect_eq(told, 1, "%u", told);
	cr_expect_eq(sign_journal_close(j, true, NULL), SIGN_OK);
}

/* ---- killed ----------------------------------------------------------------------------------------------------------- */

#define KILLED_ITEMS 2000
#define KILLED_STEP  40

/* Write the output, then record: as the engine does. Now and then a byte tells how far it came. */
static void
work_until_killed(int far)
{
	sign_journal_run run = signing_fast();
	sign_journal    *j = begin(&run);

	for (int i = 0; i < KILLED_ITEMS; i++) {
		char out[64], in[64];

		snprintf(in, sizeof(in), "in/%04d", i);
		snprintf(out, sizeof(out), "out/%04d.asice", i);
		put(in, "document");
		put(out, "container");
		record(j, in, out, SIGN_OK);
		if (i % KILLED_STEP == 0 && write(far, "", 1) != 1)
			_exit(1);
	}
	cr_assert_eq(sign_journal_close(j, true, NULL), SIGN_OK);
	_exit(0);
}

static int
count_claims(void)
{
	sign_journal_run run = signing_fast();
	sign_journal    *j = begin(&run);
	int              known = 0;

	for (int i = 0; i < KILLED_ITEMS; i++) {
		sign_journal_memory memory;
		char                out[64], in[64];

		snprintf(in, sizeof(in), "in/%04d", i);
		snprintf(out, sizeof(out), "out/%04d.asice", i);
		cr_assert_eq(sign_journal_look(j, in, out, &memory, NULL), SIGN_OK);
		known += memory.known == SIGN_KNOWN_DONE;
		if (memory.known != SIGN_KNOWN_NOT)
			cr_expect_eq(access(out, F_OK), 0, "%s is claimed and not there", out);
	}
	cr_assert_eq(sign_journal_close(j, false, NULL), SIGN_OK);
	return known;
}

Test(batch_journal, killed_at_any_time_it_opens_again)
{
	unsigned seed = 11;
	int      most = 0;

	for (int i = 0; i < 20; i++) {
		unsigned steps = (unsigned)rand_r(&seed) % (KILLED_ITEMS / KILLED_STEP);
		int      far[2], known;
		char     byte;
		pid_t    child;

		cr_assert_eq(pipe(far), 0);
		child = fork();
		if (child == 0)
			work_until_killed(far[1]);
		while (steps-- > 0)
			cr_assert_eq(read(far[0], &byte, 1), 1);
		usleep((useconds_t)((unsigned)rand_r(&seed) % 2000)); /* anywhere within a step, also in a commit */
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		close(far[0]);
		close(far[1]);
		known = count_claims();
		most = known > most ? known : most;
	}
	cr_expect_gt(most, 0, "nothing was ever committed");
}

/* ---- what it costs ------------------------------------------------------------------------------------------------------ */

/* Ten thousand documents: steps of SQLite's machine are the same on every computer. */
Test(batch_journal, ten_thousand_rows_are_cheap)
{
	sign_journal_run  run = signing_fast();
	sign_journal     *j = begin(&run);
	sign_batch_result r;
	int               steps;
	struct stat       st;

	put("in/a", "document");
	r = result_of("in/a", "out/a.asice", SIGN_E_ALREADY);
	r.code = SIGN_OK;
	for (int i = 0; i < 10000; i++) {
		char path[64];

		snprintf(path, sizeof(path), "in/document number %05d.pdf", i);
		r.path = path;
		cr_assert_eq(sign_journal_record(j, &r, NULL), SIGN_OK);
	}
	steps = sqlite3_stmt_status(j->put_done, SQLITE_STMTSTATUS_VM_STEP, 0);
	cr_expect_lt(steps, 10000 * 80, "%d steps a row", steps / 10000);
	cr_assert_eq(sign_journal_close(j, true, NULL), SIGN_OK);
	cr_assert_eq(stat(JOURNAL, &st), 0);
	cr_expect_lt(st.st_size, 10000 * 260, "%lld bytes a row", (long long)st.st_size / 10000);
}

/* ---- paths -------------------------------------------------------------------------------------------------------------- */

static const struct { const char *cwd, *path, *want; } absolutes[] = {
	{ "/home/u", "a", "/home/u/a" },
	{ "/home/u", "./a", "/home/u/a" },
	{ "/home/u", "a/./b//c/", "/home/u/a/b/c" },
	{ "/home/u", "/a//b", "/a/b" },
	{ "/home/u", "../a", "/home/u/../a" },
	{ "/home/u", ".", "/home/u" },
	{ "/home/u", ".a", "/home/u/.a" },
	{ "/home/u", "a.", "/home/u/a." },
	{ "/", "a", "/a" },
	{ "/", ".", "/" },
	{ "/home/u", "/", "/" },
	{ "/home/u", "C\xf4ng", "/home/u/C\xf4ng" },
};

Test(batch_journal, paths_are_made_absolute)
{
	for (size_t i = 0; i < KS_COUNT(absolutes); i++) {
		char *got = ks_journal_absolute(absolutes[i].cwd, absolutes[i].path);

		cr_expect_str_eq(got, absolutes[i].want, "%s: %s", absolutes[i].path, got);
		free(got);
	}
}

Test(batch_journal, a_root_is_no_prefix_of_its_neighbour)
{
	static const char *const two[] = { "/a/in", "/a/in2", NULL };
	sign_journal_run         run = signing();
	sign_journal            *j;
	const char              *rest;

	run.roots = two;
	run.output = NULL;
	j = begin(&run);
	cr_expect_eq(ks_journal_shorten(j, "/a/in/x", false, &rest), 0);
	cr_expect_str_eq(rest, "x");
	cr_expect_eq(ks_journal_shorten(j, "/a/in2/x", false, &rest), 1);
	cr_expect_eq(ks_journal_shorten(j, "/a/in", false, &rest), 0);
	cr_expect_str_eq(rest, "");
	cr_expect_eq(ks_journal_shorten(j, "/a/in3", false, &rest), -1);
	cr_expect_str_eq(rest, "/a/in3");
	cr_assert_eq(sign_journal_close(j, false, NULL), SIGN_OK);
}
