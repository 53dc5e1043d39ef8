/*
 * mutation KEYS WORK: signs a small document in each form, then sets each byte of the result to two other values and
 * judges it. A changed file must never be TOTAL-PASSED, unless the byte lies in a range that no signature covers and no
 * rule of the container fixes; those ranges are found by structure here, named, and counted.
 */
#include <libsign/libsign.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char document[] = "Quyết định số 01/QĐ-SM";

struct tools {
	sign_worker   *worker;
	sign_key      *key;
	sign_trust    *trust;
	sign_verifier *verifier;
	const char    *keys, *work;
};

static void
die(const char *what, const sign_error *err)
{
	fprintf(stderr, "mutation: %s: %s %s %s\n", what, sign_code_name(err->code), err->subject, err->detail);
	exit(2);
}

static void
set_up(struct tools *t)
{
	sign_error          err = SIGN_ERROR_INIT;
	sign_key_options    open = SIGN_KEY_OPTIONS_INIT;
	sign_verify_options judge = SIGN_VERIFY_OPTIONS_INIT;
	char                path[4096];

	snprintf(path, sizeof(path), "%s/person-plain.pem", t->keys);
	if (sign_worker_new(&t->worker, &err) != SIGN_OK || sign_key_open(path, &open, &t->key, &err) != SIGN_OK)
		die(path, &err);
	snprintf(path, sizeof(path), "%s/trust", t->keys);
	if (sign_trust_new(&t->trust, &err) != SIGN_OK || sign_trust_add_path(t->trust, path, &err) != SIGN_OK ||
	    sign_verifier_new(t->trust, &judge, &t->verifier, &err) != SIGN_OK)
		die(path, &err);
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
mark_zip(const uint8_t *b, size_t len, uint8_t *free_byte)
{
	const uint8_t *end = b + len - 22;
	size_t         at = u32(end + 16);
	unsigned       count = u16(end + 10);

	for (unsigned i = 0; i < count; i++) {
		size_t local = u32(b + at + 42);

		memset(free_byte + at + 4, 1, 2);      /* version made by */
		memset(free_byte + at + 6, 1, 2);      /* version needed */
		memset(free_byte + at + 12, 1, 4);     /* time, date */
		memset(free_byte + at + 36, 1, 6);     /* internal and external attributes */
		memset(free_byte + local + 4, 1, 2);   /* version needed */
		memset(free_byte + local + 10, 1, 4);  /* time, date */
		at += 46u + u16(b + at + 28) + u16(b + at + 30) + u16(b + at + 32);
	}
}

/* ---- the run ------------------------------------------------------------------------------------------------------ */

static unsigned long passed_covered, passed_free, tried;

static void
judge(struct tools *t, const char *name, const uint8_t *bytes, size_t len, const sign_bytes *content, size_t at, bool is_free)
{
	sign_error   err = SIGN_ERROR_INIT;
	sign_report *report = NULL;
	sign_code    code = sign_verify_memory(t->worker, t->verifier, name, (sign_bytes){ bytes, len }, content, &report, &err);

	tried++;
	if (code == SIGN_OK || (report != NULL && sign_report_verdict(report) == SIGN_VERDICT_PASSED)) {
		if (is_free) {
			passed_free++;
		} else {
			passed_covered++;
			fprintf(stderr, "%s: byte %zu set to 0x%02x is still TOTAL-PASSED\n", name, at, bytes[at]);
		}
	}
	sign_report_free(report);
}

static void
mutate(struct tools *t, const char *path, sign_form form)
{
	size_t      len;
	uint8_t    *bytes = slurp(path, &len);
	uint8_t    *free_byte = calloc(1, len);
	sign_bytes  content = { (const uint8_t *)document, sizeof(document) - 1 };
	sign_bytes *given = form == SIGN_FORM_CADES_DETACHED ? &content : NULL;
	sign_error  err = SIGN_ERROR_INIT;
	sign_report *report = NULL;

	if (free_byte == NULL)
		exit(2);
	if (sign_verify_memory(t->worker, t->verifier, path, (sign_bytes){ bytes, len }, given, &report, &err) != SIGN_OK)
		die("the unchanged file does not pass", &err);
	sign_report_free(report);
	if (form != SIGN_FORM_CADES_DETACHED)
		mark_zip(bytes, len, free_byte);
	for (size_t i = 0; i < len; i++) {
		uint8_t was = bytes[i];

		bytes[i] = was ^ 0x01;
		judge(t, path, bytes, len, given, i, free_byte[i]);
		bytes[i] = was ^ 0xFF;
		judge(t, path, bytes, len, given, i, free_byte[i]);
		bytes[i] = was;
	}
	free(free_byte);
	free(bytes);
}

static void
sign_and_mutate(struct tools *t, sign_form form)
{
	sign_error   err = SIGN_ERROR_INIT;
	sign_options options = SIGN_OPTIONS_INIT;
	char         path[4096];
	char        *output;
	FILE        *f;

	snprintf(path, sizeof(path), "%s/qd.txt", t->work);
	f = fopen(path, "we");
	if (f == NULL || fwrite(document, 1, sizeof(document) - 1, f) != sizeof(document) - 1 || fclose(f) != 0)
		exit(2);
	options.form = form;
	options.force = true;
	options.durability = SIGN_DURABILITY_NONE;
	output = sign_output_name(path, form);
	if (output == NULL || sign_document(t->worker, t->key, path, output, &options, &err) != SIGN_OK)
		die(path, &err);
	mutate(t, output, form);
	free(output);
}

int
main(int argc, char **argv)
{
	static const sign_form forms[] = { SIGN_FORM_ASICE_CADES, SIGN_FORM_ASICS_CADES, SIGN_FORM_CADES_DETACHED };
	struct tools           t = { NULL, NULL, NULL, NULL, NULL, NULL };

	if (argc != 3)
		return 64;
	t.keys = argv[1];
	t.work = argv[2];
	mkdir(t.work, 0777);
	set_up(&t);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		sign_and_mutate(&t, forms[i]);
	sign_verifier_free(t.verifier);
	sign_trust_free(t.trust);
	sign_key_free(t.key);
	sign_worker_free(t.worker);
	printf("mutation: %lu changed files, %lu still passed with the change in an unsigned field of the archive, %lu wrongly\n",
	    tried, passed_free, passed_covered);
	return passed_covered == 0 && tried > 0 ? 0 : 1;
}
