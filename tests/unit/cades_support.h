/*
 * Shared by the tests of the cades room: files, the openssl command as a peer, reading one CMS into facts.
 */
#ifndef CADES_SUPPORT_H
#define CADES_SUPPORT_H

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "base_file.h"
#include "cades.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define SAMPLE(name) KS_SOURCE_DIR "/keys-sample/" name

/* A row number for each of `count` rows. */
struct criterion_test_params rows_of(size_t *rows, size_t count);

/* A folder of this process's own, removed at exit; path of a file in it (four at a time). */
const char *temp_path(const char *name);
/* The folder with peers' files, or NULL when it is not here and need not be (it must under CI=true). */
const char *corpus_folder(void);

void slurp(const char *path, ks_buf *out);
void spill(const char *path, sign_bytes bytes);
/* Run a shell command; true if it exits 0. Its output is thrown away. */
bool run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A sample key opened for signing. */
struct pen {
	ks_crypt *cx;
	sign_key *key;
	ks_signer signer;
};
void pen_open(struct pen *pen, const char *name, sign_scheme scheme);
void pen_close(struct pen *pen);
/* Content digest with the pen's algorithm. */
ks_digest pen_digest(struct pen *pen, sign_bytes content);
/* A CMS over `content` with plain claims (2026-11-20T02:12:05Z). */
#define SIGNED_AT ((time_t)1795140725)
void pen_sign(struct pen *pen, sign_bytes content, ks_buf *out);

/* One CMS read, and bound to `content` (its own content if attached, nothing if content.data is NULL). */
struct read {
	ks_crypt     *cx;
	ks_facts     *f;
	sign_code     rc;
	sign_error    err;
	sign_bytes    content; /* attached */
	ks_digest_set needed;
	size_t        count; /* SignerInfos; the rest of f->signatures are counter-signatures */
};
void read_cms(struct read *r, sign_bytes cms, sign_bytes content);
void read_clear(struct read *r);
bool has_note(const ks_signature *s, ks_note_code code);
/* Neither refused nor found wanting: format sound, value and content hold, certificate bound. */
bool all_good(const struct read *r);

#endif
