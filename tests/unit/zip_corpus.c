/*
 * The containers of the peers: what they take as intact must open and read to its end, what is malformed on the level
 * of the archive must not (../shared/corpus, surprises.md 1, 2, 9, 18).
 */
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "zip_private.h"

static const char *const folders[] = { "asice-cades/", "asics-cades/", "malformed-zip/", "asice-xades/", "asics-tst/",
	"opendocument/", "asics-xades/", "asic-evidence-records/" };

/* Refused on this level. What else the corpus calls refused (a second data object in ASiC-S) is an honest archive. */
static const struct {
	const char *path;
	sign_code   want;
} refused[] = {
	{ "malformed-zip/2-mimetypes.asice", SIGN_E_NAME },
	{ "malformed-zip/KS-19_IB-3721_bdoc21-TM-2fil-samename-1sig3.bdoc", SIGN_E_NAME },
	{ "malformed-zip/asice-relative.asice", SIGN_E_NAME },
	{ "malformed-zip/bogus.zip", SIGN_E_FORMAT },
	{ "malformed-zip/dot.asice", SIGN_E_NAME },
	{ "malformed-zip/encrypt-pkware-noentropy.zip", SIGN_E_FORMAT },
	{ "malformed-zip/filename_duplicate.zip", SIGN_E_NAME },
	{ "malformed-zip/incons-central-compression-method.zip", SIGN_E_FORMAT },
	{ "malformed-zip/incons-file-count-high.zip", SIGN_E_FORMAT },
	{ "malformed-zip/incons-filename-nul-byte.zip", SIGN_E_NAME },
	{ "malformed-zip/incons-gap-before-cd.zip", SIGN_E_FORMAT },
	{ "malformed-zip/incons-local-filename.zip", SIGN_E_FORMAT },
	{ "malformed-zip/malformed-container.asice", SIGN_E_FORMAT },
	{ "malformed-zip/malformed-container.asics", SIGN_E_FORMAT },
	{ "malformed-zip/tooShortToVerifyIfIsZip.ddoc", SIGN_E_FORMAT },
	{ "malformed-zip/zip-bomb.asice", SIGN_E_LIMIT },
	{ "malformed-zip/zip-in-archive-comment.zip", SIGN_E_FORMAT },
	{ "opendocument/false-zip-comment.odp", SIGN_E_FORMAT },
};

static sign_code
wanted(const char *path)
{
	for (size_t i = 0; i < KS_COUNT(refused); i++)
		if (strcmp(refused[i].path, path) == 0)
			return refused[i].want;
	return SIGN_OK;
}

static bool
is_ours(const char *path)
{
	for (size_t i = 0; i < KS_COUNT(folders); i++)
		if (strncmp(path, folders[i], strlen(folders[i])) == 0)
			return true;
	return false;
}

static sign_code
open_and_read(const char *path, sign_error *err)
{
	KS_AUTO(ks_auto_file) ks_file *file = NULL;
	KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;

	KS_TRY(ks_file_open(path, &file, err));
	KS_TRY(ks_zip_open(file, &zip, err));
	for (size_t i = 0; i < ks_zip_count(zip); i++) {
		KS_AUTO(ks_buf_clear) ks_buf out = KS_BUF((size_t)8 << 20);
		KS_TRY(ks_zip_slurp(zip, i, (size_t)8 << 20, &out, err));
	}
	return SIGN_OK;
}

Test(zip_corpus, containers_of_the_peers)
{
	const char *env = getenv("KYSO_CORPUS"), *ci = getenv("CI");
	char        root[1024], path[8192], line[4096];
	size_t      seen = 0;

	snprintf(root, sizeof root, "%s", env != NULL ? env : KS_SOURCE_DIR "/../shared/corpus");
	snprintf(path, sizeof path, "%s/expected.tsv", root);
	FILE *rows = fopen(path, "re");
	if (rows == NULL && (ci == NULL || strcmp(ci, "true") != 0))
		cr_skip_test("no corpus at %s", root);
	cr_assert_not_null(rows, "no corpus at %s", root);
	while (fgets(line, sizeof line, rows) != NULL) {
		/* Rows may be longer than a line; a path never is, and what follows a cut is no path of ours. */
		line[strcspn(line, "\t")] = '\0';
		if (!is_ours(line))
			continue;
		sign_error err = SIGN_ERROR_INIT;
		snprintf(path, sizeof path, "%s/%s", root, line);
		sign_code got = open_and_read(path, &err);
		cr_expect_eq(got, wanted(line), "%s: %d, %s: %s", line, (int)got, err.where, err.detail);
		seen++;
	}
	fclose(rows);
	cr_expect_geq(seen, 80, "only %zu containers seen", seen);
}
