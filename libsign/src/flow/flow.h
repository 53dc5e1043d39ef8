/*
 * The only room that sequences rooms: sign, add, verify, extract, show. Floor: flow.
 *
 * A Seal stops at "prepared": the output lies closed under its hidden name, and whoever asked publishes it, alone or in a
 * group. The public calls of signing.h publish at once; batch/ publishes in groups.
 */
#ifndef KS_FLOW_H
#define KS_FLOW_H

#include "base.h"
#include "base_file.h"
#include "crypt.h"
#include "cades.h"
#include "crypt_key.h"
#include "facts.h"
#include "pki.h"
#include "validate.h"
#include "zip.h"

#include <libsign/signing.h>
#include <libsign/verify.h>

#define FLOW_READ_BYTES  ((size_t)256 * 1024)
#define FLOW_WRITE_BYTES ((size_t)1280 * 1024) /* a 1 MiB document with its container is one write(2) */
#define FLOW_META_BYTES  ((size_t)1 << 20)     /* one signature file of ours */

struct sign_worker {
	ks_crypt *cx;
	uint8_t  *read_block, *write_block;
	ks_buf    manifest, signature; /* reused from document to document */

	/* the key in hand, with scheme and digest fixed */
	ks_signer signer;
	bool      signer_open;
	sign_scheme asked_scheme;
	sign_digest asked_digest;

	/* path and revocation results, for the verifier in hand */
	ks_pki  *pki;
	uint64_t pki_verifier;
};

struct sign_verifier {
	uint64_t          number; /* unique in the process; 0 is none */
	const ks_trust   *trust;
	ks_policy        *policy;
	time_t            at;
	char            **expect;
};

/* The worker's signer for this key and these options, opened once. */
sign_code ks_flow_signer(sign_worker *w, sign_key *key, const sign_options *o, ks_signer **signer, sign_error *err);

/* What a Seal leaves behind for a journal. */
typedef struct {
	uint64_t  size_bytes, output_bytes;
	int64_t   mtime_ns;  /* of the input when it was opened; 0: not known */
	ks_digest digest;    /* of the document; len 0 where none was made of the whole file */
	ks_digest signature; /* SHA-256 of the CMS that was made; the whole output is not read again */
} ks_flow_trace;

/* ---- sealing (flow_sign.c, flow_bundle.c, flow_add.c): all but the publishing ---- */
sign_code ks_flow_sign(sign_worker *w, sign_key *key, const char *path, const char *output, const sign_options *o,
    ks_output **out, ks_flow_trace *trace, sign_error *err);
sign_code ks_flow_add(sign_worker *w, sign_key *key, const char *path, const char *content, const char *output,
    const sign_options *o, const sign_verifier *verifier, bool *warned, ks_output **out, ks_flow_trace *trace,
    sign_error *err);
/* What is known once the output is prepared. */
sign_code ks_flow_trace_output(sign_worker *w, const ks_output *sealed, ks_flow_trace *trace, sign_error *err);
ks_sync   ks_flow_sync(sign_durability durability);
unsigned  ks_flow_output_flags(const sign_options *o);
/* Texts that cannot be claimed (too long, not UTF-8, an unknown commitment) are SIGN_E_USAGE. */
sign_code ks_flow_claims(const sign_options *o, ks_cades_claims *claims, sign_error *err);
time_t    ks_flow_time(const sign_options *o);

/* The name a document has inside a container: the last part of its path. */
const char *ks_flow_entry_name(const char *path);

/* The digest of a source, which goes into the entry in hand of a container writer too, if that is not NULL. */
sign_code ks_flow_pump(sign_worker *w, sign_source *source, sign_digest alg, ks_zip_writer *zip, ks_digest *digest,
    sign_error *err);

/*
 * What may be written at `output`: SIGN_OK if nothing is there, or something that `force` may replace; SIGN_E_ALREADY if
 * this certificate has signed, in it, exactly the documents that `digest_of` tells (a digest by name and algorithm);
 * SIGN_E_SIGNED_BY_OTHER, whatever is forced, if somebody else has signed it; else SIGN_E_EXISTS.
 */
typedef sign_code (*ks_flow_digest_fn)(void *user, const char *name, sign_digest alg, ks_digest *digest, sign_error *err);
sign_code ks_flow_check_output(sign_worker *w, const sign_key *key, const char *output, const sign_options *o,
    size_t document_count, ks_flow_digest_fn digest_of, void *user, sign_error *err);

/* SIGN_E_USAGE if both paths are one file: inputs are never replaced. */
sign_code ks_flow_check_not_input(const char *input, const char *output, sign_error *err);

/* Does `output` hold an intact signature of this certificate over exactly these documents, and every signature of `earlier`? */
bool ks_flow_is_signed(sign_worker *w, const sign_key *key, const char *output, size_t document_count,
    ks_flow_digest_fn digest_of, void *user, const ks_facts *earlier);

/* SIGN_E_SIGNED_BY_OTHER if `output` is there and holds a foreign signature that is not among those of `kept`. */
sign_code ks_flow_check_replaced(sign_worker *w, const sign_key *key, const char *output, const ks_facts *kept,
    sign_error *err);

/* ---- judging (flow_verify.c) ---- */
typedef struct {
	ks_file *file, *content;
	ks_zip  *zip;
	ks_facts *facts;
} ks_flow_opened;
void      ks_flow_opened_clear(ks_flow_opened *opened);
/* Open, read and judge; `opened` keeps what extraction needs. */
sign_code ks_flow_judge(sign_worker *w, const sign_verifier *v, ks_flow_opened *opened, sign_report **report,
    sign_error *err);
/* Judge facts that are at hand. */
sign_code ks_flow_judge_facts(sign_worker *w, const sign_verifier *v, const ks_facts *facts, sign_report **report,
    sign_error *err);
/* SIGN_OK if everything passed, else SIGN_E_NOT_PASSED. */
sign_code ks_flow_outcome(const sign_report *report, const char *name, sign_error *err);
KS_AUTO_DEFINE(ks_auto_report, sign_report, sign_report_free)
sign_code ks_flow_open(const char *path, const char *content, ks_flow_opened *opened, sign_error *err);

#endif
