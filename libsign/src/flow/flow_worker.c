/*
 * A thread's working state: blocks, the signer in hand, the pki cache of the verifier in hand. Floor: flow.
 */
#include "flow.h"

#include <libsign/libsign.h>

#include <stdlib.h>
#include <string.h>

sign_code
sign_worker_new(sign_worker **worker, sign_error *err)
{
	sign_worker *w = calloc(1, sizeof(*w));
	sign_code    code;

	*worker = NULL;
	if (w == NULL)
		return ks_fail_memory(err);
	w->manifest = KS_BUF(SIZE_MAX / 2);
	w->signature = KS_BUF(FLOW_META_BYTES);
	w->read_block = malloc(FLOW_READ_BYTES);
	w->write_block = malloc(FLOW_WRITE_BYTES);
	code = w->read_block != NULL && w->write_block != NULL ? ks_crypt_new(&w->cx, err) : ks_fail_memory(err);
	if (code != SIGN_OK) {
		sign_worker_free(w);
		return code;
	}
	*worker = w;
	return SIGN_OK;
}

void
sign_worker_free(sign_worker *w)
{
	if (w == NULL)
		return;
	if (w->signer_open)
		ks_signer_close(&w->signer);
	ks_pki_free(w->pki);
	ks_crypt_free(w->cx);
	ks_buf_clear(&w->manifest);
	ks_buf_clear(&w->signature);
	free(w->read_block);
	free(w->write_block);
	free(w);
}

sign_code
ks_flow_signer(sign_worker *w, sign_key *key, const sign_options *o, ks_signer **signer, sign_error *err)
{
	bool      same = w->signer_open && w->signer.key == key && w->asked_scheme == o->scheme && w->asked_digest == o->digest;
	sign_code code;

	if (!same) {
		if (w->signer_open)
			ks_signer_close(&w->signer);
		w->signer_open = false;
		KS_TRY(ks_signer_open(&w->signer, key, w->cx, o->scheme, o->digest, err));
		code = ks_signer_check(&w->signer, time(NULL), err);
		if (code != SIGN_OK) { /* refused is not remembered as open */
			ks_signer_close(&w->signer);
			return code;
		}
		w->signer_open = true;
		w->asked_scheme = o->scheme;
		w->asked_digest = o->digest;
	}
	*signer = &w->signer;
	return SIGN_OK;
}

const char *
sign_version(void)
{
	return KS_VERSION;
}
