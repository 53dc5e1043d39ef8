/*
 * Shared by the tests of the asic room: row numbers, containers written and read, signatures made with the sample keys.
 */
#ifndef ASIC_SUPPORT_H
#define ASIC_SUPPORT_H

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "asic_private.h"
#include "base_file.h"

#define COUNT_OF(a)  (sizeof(a) / sizeof((a)[0]))
#define SAMPLE(name) KS_SOURCE_DIR "/keys-sample/" name
#define TEXT(s)      KS_BYTES((s), strlen(s))

struct criterion_test_params rows_of(size_t *rows, size_t count);
/* The folder with peers' files, or NULL when it is not here and need not be (it must under CI=true). */
const char *corpus_folder(void);

typedef struct { const char *name; sign_bytes bytes; } part;
/* Write a container into a folder of this process's own; path (static, until the next call). */
const char *write_container(const char *file_name, const part *parts, size_t count);

/* A detached signature of `content` with a sample key ("person-plain.pem"). */
void sign_detached(ks_crypt *cx, const char *key, sign_bytes content, ks_buf *out);
/* A manifest over `count` parts with SHA-256. */
void make_manifest(ks_crypt *cx, const char *signature, const part *parts, size_t count, const ks_digest *earlier,
    size_t earlier_count, ks_buf *out);

/* What has the form of a time-stamp token (RFC 3161), and of an evidence record (RFC 4998) around one. */
void make_token(ks_crypt *cx, ks_buf *out);
void make_record(sign_bytes token, ks_buf *out);

/* A container read into facts. */
typedef struct {
	ks_crypt  *cx;
	ks_file   *file;
	ks_zip    *zip;
	ks_facts  *f;
	sign_code  rc;
	sign_error err;
} reading;
void read_container(reading *r, const char *path, bool outline);
void reading_clear(reading *r);

bool has_note(const ks_facts *f, ks_note_code code);
/* NULL if there is none of this name. */
const ks_document *document_of(const ks_facts *f, const char *name);
/* Format sound, value and content hold, at least one edge and all of them hold. */
bool signature_good(const ks_facts *f, const ks_signature *s);

#endif
