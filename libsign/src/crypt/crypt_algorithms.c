/*
 * The algorithm table (TS 119 312): until when each digest and key size is reliable. Floor: crypt. The numbers are data
 * that an office can replace; a table that is damaged is an error, never a shorter table.
 */
#include "crypt_algorithms.h"

#include <pthread.h>
#include <string.h>

#define TABLE_FILE    "algorithms.json"
#define MAX_KEY_ROWS  128u
#define MAX_VERSION   128u

typedef struct {
	sign_scheme scheme;
	unsigned    bits;
	int64_t     until;
} key_row;

struct ks_algorithms {
	char    version[MAX_VERSION];
	int64_t digest_until[SIGN_DIGEST_COUNT];
	key_row keys[MAX_KEY_ROWS];
	size_t  key_count;
};

/* "YYYY-MM-DD", its beginning in UTC. */
static bool
parse_date(const char *text, int64_t *out)
{
	struct tm   tm = { 0 }, normal;
	const char *end = strptime(text, "%Y-%m-%d", &tm);

	if (end == NULL || *end != '\0' || strlen(text) != strlen("YYYY-MM-DD"))
		return false;
	normal = tm;
	*out = timegm(&normal);
	return normal.tm_mday == tm.tm_mday && normal.tm_mon == tm.tm_mon;
}

/* null: no end. A missing "until" is a mistake, since it would read as no end. */
static bool
read_until(json_t *row, int64_t *until)
{
	json_t *value = json_object_get(row, "until");

	if (json_is_null(value)) {
		*until = INT64_MAX;
		return true;
	}
	return json_is_string(value) && parse_date(json_string_value(value), until);
}

static sign_digest
digest_named(const char *name)
{
	for (unsigned d = SIGN_DIGEST_NONE + 1; d < SIGN_DIGEST_COUNT; d++)
		if (strcmp(sign_digest_name((sign_digest)d), name) == 0)
			return (sign_digest)d;
	return SIGN_DIGEST_NONE;
}

static sign_scheme
scheme_named(const char *name)
{
	for (unsigned s = SIGN_SCHEME_NONE + 1; s <= SIGN_SCHEME_DSA; s++)
		if (strcmp(sign_scheme_name((sign_scheme)s), name) == 0)
			return (sign_scheme)s;
	return SIGN_SCHEME_NONE;
}

static sign_code
read_digests(ks_algorithms *t, json_t *rows, sign_error *err)
{
	static const char *const keys[] = { "name", "until", NULL };
	size_t                   i;
	json_t                  *row;

	if (!json_is_array(rows))
		return ks_fail_why(err, SIGN_E_DATA, TABLE_FILE, "digests", "no list");
	json_array_foreach(rows, i, row) {
		const char *name = json_string_value(json_object_get(row, "name"));
		sign_digest d = name != NULL ? digest_named(name) : SIGN_DIGEST_NONE;

		if (d == SIGN_DIGEST_NONE || !read_until(row, &t->digest_until[d]))
			return ks_fail_why(err, SIGN_E_DATA, TABLE_FILE, "digests", "row %zu", i + 1);
		KS_TRY(ks_data_only_keys(row, keys, TABLE_FILE, err));
	}
	return SIGN_OK;
}

static sign_code
read_keys(ks_algorithms *t, json_t *rows, sign_error *err)
{
	static const char *const keys[] = { "scheme", "bits", "until", NULL };
	size_t                   i;
	json_t                  *row;

	if (!json_is_array(rows) || json_array_size(rows) > MAX_KEY_ROWS)
		return ks_fail_why(err, SIGN_E_DATA, TABLE_FILE, "keys", "no list, or more than %u rows", MAX_KEY_ROWS);
	json_array_foreach(rows, i, row) {
		const char  *name = json_string_value(json_object_get(row, "scheme"));
		json_int_t   bits = json_integer_value(json_object_get(row, "bits"));
		key_row     *k = &t->keys[t->key_count];

		k->scheme = name != NULL ? scheme_named(name) : SIGN_SCHEME_NONE;
		if (k->scheme == SIGN_SCHEME_NONE || bits < 1 || bits > 1000000 || !read_until(row, &k->until))
			return ks_fail_why(err, SIGN_E_DATA, TABLE_FILE, "keys", "row %zu", i + 1);
		KS_TRY(ks_data_only_keys(row, keys, TABLE_FILE, err));
		k->bits = (unsigned)bits;
		t->key_count++;
	}
	return SIGN_OK;
}

sign_code
ks_algorithms_read(json_t *root, ks_algorithms **out, sign_error *err)
{
	static const char *const  keys[] = { "version", "date", "comment", "digests", "keys", NULL };
	const char               *version = json_string_value(json_object_get(root, "version"));
	const char               *date = json_string_value(json_object_get(root, "date"));
	KS_AUTO(ks_auto_mem) ks_algorithms *t = calloc(1, sizeof(*t));
	int64_t                   day;

	if (t == NULL)
		return ks_fail_memory(err);
	KS_TRY(ks_data_only_keys(root, keys, TABLE_FILE, err));
	if (version == NULL || strlen(version) >= sizeof(t->version))
		return ks_fail_why(err, SIGN_E_DATA, TABLE_FILE, "version", "none, or too long");
	if (date == NULL || !parse_date(date, &day))
		return ks_fail_why(err, SIGN_E_DATA, TABLE_FILE, "date", "not YYYY-MM-DD");
	memcpy(t->version, version, strlen(version) + 1);
	KS_TRY(read_digests(t, json_object_get(root, "digests"), err));
	KS_TRY(read_keys(t, json_object_get(root, "keys"), err));
	*out = KS_MOVE(t);
	return SIGN_OK;
}

/* Read at the first call that succeeds, then immutable until the process ends. */
static pthread_mutex_t      load_lock = PTHREAD_MUTEX_INITIALIZER;
static const ks_algorithms *loaded;

static sign_code
load_once(const ks_algorithms **table, sign_error *err)
{
	KS_AUTO(ks_auto_json) json_t *root = NULL;
	ks_algorithms *fresh = NULL;

	*table = __atomic_load_n(&loaded, __ATOMIC_ACQUIRE);
	if (*table != NULL)
		return SIGN_OK;
	KS_TRY(ks_data_load(TABLE_FILE, &root, err));
	KS_TRY(ks_algorithms_read(root, &fresh, err));
	__atomic_store_n(&loaded, fresh, __ATOMIC_RELEASE);
	*table = fresh;
	return SIGN_OK;
}

sign_code
ks_algorithms_load(const ks_algorithms **table, sign_error *err)
{
	sign_code rc;

	*table = __atomic_load_n(&loaded, __ATOMIC_ACQUIRE);
	if (*table != NULL)
		return SIGN_OK;
	pthread_mutex_lock(&load_lock);
	rc = load_once(table, err);
	pthread_mutex_unlock(&load_lock);
	return rc;
}

int64_t
ks_algorithms_digest_until(const ks_algorithms *t, sign_digest d)
{
	return d > SIGN_DIGEST_NONE && d < SIGN_DIGEST_COUNT ? t->digest_until[d] : 0;
}

int64_t
ks_algorithms_key_until(const ks_algorithms *t, sign_scheme s, unsigned key_bits)
{
	const key_row *best = NULL;

	for (const key_row *k = t->keys; k < t->keys + t->key_count; k++)
		if (k->scheme == s && k->bits <= key_bits && (best == NULL || k->bits > best->bits))
			best = k;
	return best != NULL ? best->until : 0;
}

const char *
ks_algorithms_version(const ks_algorithms *t)
{
	return t->version;
}
