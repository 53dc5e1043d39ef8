/*
 * The known authorities: fingerprints, names and addresses read once from ca.json. They recognise; they never trust.
 * Floor: pki.
 */
#include "pki_private.h"

#include "base_text.h"
#include "data.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define KNOWN_FILE "ca.json"
#define KNOWN_MAX  1000

/* Filled by one thread under pthread_once, read-only afterwards; it lives as long as the process. */
static struct {
	pthread_once_t once;
	sign_code      code;
	sign_error     error;
	ks_known_ca   *list;
	char         **folded; /* subject of the same index, for comparison; NULL if it has none */
	size_t         count;
	ks_known_ca   *families;        /* without fingerprint: who bears such a name and has no pin is none of them */
	char         **family_starts;   /* folded */
	size_t         family_count;
	char           version[64];
} known = { PTHREAD_ONCE_INIT, SIGN_OK, SIGN_ERROR_INIT, NULL, NULL, 0, NULL, NULL, 0, "" };

/* Case folded, composed, runs of white space made one blank: how names are compared (RFC 5280 7.1 in spirit). */
static char *
fold_name(const char *name)
{
	char  *text = ks_name_fold(name, strlen(name));
	size_t out = 0;

	if (text == NULL)
		return NULL;
	for (const char *in = text; *in != '\0'; in++) {
		bool blank = *in == ' ' || *in == '\t' || *in == '\n' || *in == '\r';

		if (blank && (out == 0 || text[out - 1] == ' '))
			continue;
		text[out++] = blank ? ' ' : *in;
	}
	if (out > 0 && text[out - 1] == ' ')
		out--;
	text[out] = '\0';
	return text;
}

static sign_code
copy_text(json_t *row, const char *key, bool needed, const char **out, sign_error *err)
{
	json_t     *value = json_object_get(row, key);
	const char *text = json_string_value(value);

	if (text == NULL && (needed || value != NULL))
		return ks_fail_why(err, SIGN_E_DATA, KNOWN_FILE, NULL, "\"%s\" is missing or not a text", key);
	*out = strdup(text != NULL ? text : "");
	return *out != NULL ? SIGN_OK : ks_fail_memory(err);
}

static sign_code
read_row(json_t *row, ks_known_ca *ca, char **folded, sign_error *err)
{
	static const char *const keys[] = { "id", "name", "system", "subject", "sha256", "url", "comment", NULL };
	const char *sha256 = json_string_value(json_object_get(row, "sha256"));
	size_t      len = 0;

	if (!json_is_object(row))
		return ks_fail_why(err, SIGN_E_DATA, KNOWN_FILE, NULL, "an authority is not an object");
	KS_TRY(ks_data_only_keys(row, keys, KNOWN_FILE, err));
	KS_TRY(copy_text(row, "id", true, &ca->id, err));
	KS_TRY(copy_text(row, "name", true, &ca->name, err));
	KS_TRY(copy_text(row, "system", true, &ca->system, err));
	KS_TRY(copy_text(row, "subject", false, &ca->subject, err));
	KS_TRY(copy_text(row, "url", false, &ca->url, err));
	if (sha256 == NULL || !ks_hex_parse(sha256, ca->sha256, sizeof(ca->sha256), &len) || len != sizeof(ca->sha256))
		return ks_fail_why(err, SIGN_E_DATA, KNOWN_FILE, ca->id, "not a SHA-256 fingerprint");
	if (ca->subject[0] != '\0' && (*folded = fold_name(ca->subject)) == NULL)
		return ks_fail_memory(err);
	return SIGN_OK;
}

static sign_code
read_family(json_t *row, ks_known_ca *family, char **start, sign_error *err)
{
	static const char *const keys[] = { "name", "subject", "comment", NULL };

	if (!json_is_object(row))
		return ks_fail_why(err, SIGN_E_DATA, KNOWN_FILE, NULL, "a family is not an object");
	KS_TRY(ks_data_only_keys(row, keys, KNOWN_FILE, err));
	KS_TRY(copy_text(row, "name", true, &family->name, err));
	KS_TRY(copy_text(row, "subject", true, &family->subject, err));
	family->id = family->system = family->url = "";
	*start = fold_name(family->subject);
	if (*start == NULL)
		return ks_fail_memory(err);
	if (**start == '\0') /* every name begins with nothing */
		return ks_fail_why(err, SIGN_E_DATA, KNOWN_FILE, family->name, "a family without a name");
	return SIGN_OK;
}

static sign_code
read_families(json_t *rows, sign_error *err)
{
	json_t *row;
	size_t  i;

	if (rows == NULL)
		return SIGN_OK;
	if (!json_is_array(rows) || json_array_size(rows) > KNOWN_MAX)
		return ks_fail_why(err, SIGN_E_DATA, KNOWN_FILE, NULL, "\"families\" is not a list");
	known.families = calloc(json_array_size(rows) + 1, sizeof(known.families[0]));
	known.family_starts = calloc(json_array_size(rows) + 1, sizeof(known.family_starts[0]));
	if (known.families == NULL || known.family_starts == NULL)
		return ks_fail_memory(err);
	json_array_foreach (rows, i, row) {
		KS_TRY(read_family(row, &known.families[i], &known.family_starts[i], err));
		known.family_count = i + 1;
	}
	return SIGN_OK;
}

static sign_code
read_authorities(json_t *rows, sign_error *err)
{
	json_t *row;
	size_t  i;

	known.list = calloc(json_array_size(rows) + 1, sizeof(known.list[0]));
	known.folded = calloc(json_array_size(rows) + 1, sizeof(known.folded[0]));
	if (known.list == NULL || known.folded == NULL)
		return ks_fail_memory(err);
	json_array_foreach (rows, i, row) {
		KS_TRY(read_row(row, &known.list[i], &known.folded[i], err));
		known.count = i + 1;
	}
	return SIGN_OK;
}

static sign_code
read_list(sign_error *err)
{
	static const char *const keys[] = { "version", "date", "comment", "authorities", "families", NULL };
	KS_AUTO(ks_auto_json) json_t *root = NULL;
	const char *version, *date;
	json_t     *rows;

	KS_TRY(ks_data_load(KNOWN_FILE, &root, err));
	KS_TRY(ks_data_only_keys(root, keys, KNOWN_FILE, err));
	version = json_string_value(json_object_get(root, "version"));
	date = json_string_value(json_object_get(root, "date"));
	rows = json_object_get(root, "authorities");
	if (version == NULL || date == NULL || !json_is_array(rows) || json_array_size(rows) > KNOWN_MAX)
		return ks_fail_why(err, SIGN_E_DATA, KNOWN_FILE, NULL, "version, date and authorities are needed");
	(void)snprintf(known.version, sizeof(known.version), "%s, %s", version, date);
	KS_TRY(read_families(json_object_get(root, "families"), err));
	return read_authorities(rows, err);
}

static void
read_once(void)
{
	known.code = read_list(&known.error);
}

sign_code
ks_known_load(const ks_known_ca **list, size_t *count, sign_error *err)
{
	*list = NULL;
	*count = 0;
	pthread_once(&known.once, read_once);
	if (known.code != SIGN_OK) {
		if (err != NULL)
			*err = known.error;
		return known.code;
	}
	*list = known.list;
	*count = known.count;
	return SIGN_OK;
}

const char *
ks_known_version(void)
{
	const ks_known_ca *list;
	size_t             count;

	return ks_known_load(&list, &count, NULL) == SIGN_OK ? known.version : "";
}

const ks_known_ca *
ks_known_by_fingerprint(const uint8_t sha256[32])
{
	const ks_known_ca *list;
	size_t             count;

	if (ks_known_load(&list, &count, NULL) != SIGN_OK)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (memcmp(list[i].sha256, sha256, 32) == 0)
			return &list[i];
	return NULL;
}

const ks_known_ca *
ks_known_of(const ks_cert *cert)
{
	return ks_known_by_fingerprint(cert->sha256);
}

const ks_known_ca *
ks_known_by_subject(const char *subject_cn)
{
	KS_AUTO(ks_auto_mem) char *folded = NULL;
	const ks_known_ca *list;
	size_t             count;

	if (ks_known_load(&list, &count, NULL) != SIGN_OK || (folded = fold_name(subject_cn)) == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (known.folded[i] != NULL && strcmp(known.folded[i], folded) == 0)
			return &list[i];
	for (size_t i = 0; i < known.family_count; i++)
		if (strncmp(folded, known.family_starts[i], strlen(known.family_starts[i])) == 0)
			return &known.families[i];
	return NULL;
}
