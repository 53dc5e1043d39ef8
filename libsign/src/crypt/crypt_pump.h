/*
 * The one pass over a document: every block is digested and handed on. Floor: crypt.
 */
#ifndef KS_CRYPT_PUMP_H
#define KS_CRYPT_PUMP_H

#include "base.h"
#include "crypt.h"

/* Takes each block after it was read: into an archive, a file. */
typedef sign_code (*ks_tee)(void *user, const void *data, size_t len, sign_error *err);

/*
 * Read `source` to its end into `hasher` and, if not NULL, `tee`. `block` is the caller's; large documents take 2 MiB more
 * and a second thread that digests while this one reads and writes. Blocks reach the tee before their digest is known.
 */
sign_code ks_pump(sign_source *source, ks_hasher *hasher, void *block, size_t block_bytes, ks_tee tee, void *user,
    sign_error *err);

/* The same for one digest set from start to finish; hasher and contexts are cleared on every path. */
sign_code ks_pump_digests(ks_crypt *cx, sign_source *source, ks_digest_set set, void *block, size_t block_bytes, ks_tee tee,
    void *user, ks_digest digests[SIGN_DIGEST_COUNT], sign_error *err);

#endif
