/*
 * Opening a key on a token: the one token and the one private key that a URI names, the certificate that belongs to
 * it, and the chain above that. Floor: crypt.
 */
#include "crypt_p11.h"
#include "crypt_p11_match.h"

#include <stdio.h>
#include <string.h>

/* What the steps hand on. */
typedef struct {
	P11KitUri       *uri;
	ks_key_asker    *asker;
	ks_p11_key      *k;
	CK_SESSION_HANDLE session;
	ks_p11_cert_list certs; /* of the token */
	ks_cert_list     named; /* of cert_path */
} opening;

static void
opening_clear(opening *o)
{
	p11_kit_uri_free(o->uri);
	ks_p11_certs_clear(&o->certs);
	ks_cert_list_clear(&o->named);
	ks_p11_key_free(o->k);
}

/* ---- the token ---- */

static sign_code
choose_token(const ks_p11_token_list *list, opening *o, const ks_p11_token **token, sign_error *err)
{
	const ks_p11_token *only = NULL;

	for (size_t i = 0; i < list->count; i++) {
		if (!ks_p11_uri_fits(o->uri, &list->items[i]))
			continue;
		if (only != NULL)
			return ks_fail_why(err, SIGN_E_USAGE, o->asker->name, NULL, "%s, %s: serial=", only->label,
			    list->items[i].label);
		only = &list->items[i];
	}
	*token = only;
	return only != NULL ? SIGN_OK : ks_fail(err, SIGN_E_TOKEN_MISSING, o->asker->name);
}

static sign_code
open_token(CK_FUNCTION_LIST **f, opening *o, sign_error *err)
{
	KS_AUTO(ks_p11_tokens_clear) ks_p11_token_list list = { NULL, 0 };
	const ks_p11_token *token;
	ks_p11_session     *session = NULL;
	CK_RV               rv;

	KS_TRY(ks_p11_tokens(*f, o->asker->options->module, &list, err));
	KS_TRY(choose_token(&list, o, &token, err));
	KS_TRY(ks_p11_key_new(token, &o->k, err));
	*f = NULL; /* the key's now */
	rv = ks_p11_session_add(o->k, &session);
	if (rv != CKR_OK)
		return ks_p11_fail(err, &o->k->token, rv, o->k->token.label, "open a session");
	o->session = session->handle;
	return SIGN_OK;
}

/* ---- the private key ---- */

static sign_code
find_keys(const opening *o, sign_bytes id, sign_bytes label, CK_OBJECT_HANDLE found[KS_P11_MAX_OBJECTS], size_t *count,
    sign_error *err)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE    match[3] = { { CKA_CLASS, &class, sizeof(class) } };
	CK_ULONG        n = 1;

	if (id.len > 0)
		match[n++] = (CK_ATTRIBUTE){ CKA_ID, (void *)(uintptr_t)id.data, id.len };
	if (label.len > 0)
		match[n++] = (CK_ATTRIBUTE){ CKA_LABEL, (void *)(uintptr_t)label.data, label.len };
	return ks_p11_find(&o->k->token, o->session, match, n, found, count, err);
}

/* A key and its certificate share CKA_ID by custom, but not always the label: what names one leads to the other. */
static sign_code
find_key(opening *o, sign_error *err)
{
	CK_OBJECT_HANDLE   found[KS_P11_MAX_OBJECTS];
	const ks_p11_cert *cert = ks_p11_uri_cert(o->uri, &o->certs);
	const char        *name = o->asker->name;
	size_t             count = 0;

	KS_TRY(find_keys(o, ks_p11_uri_bytes(o->uri, CKA_ID), ks_p11_uri_bytes(o->uri, CKA_LABEL), found, &count, err));
	if (count != 1 && cert != NULL && cert->id.len > 0)
		KS_TRY(find_keys(o, ks_buf_bytes(&cert->id), KS_BYTES(NULL, 0), found, &count, err));
	if (count == 0)
		return ks_fail(err, SIGN_E_KEY_NOT_FOUND, name);
	if (count > 1)
		return ks_fail_why(err, SIGN_E_USAGE, name, NULL, "%zu keys: id=", count);
	o->k->object = found[0];
	o->k->always_auth = ks_p11_flag(&o->k->token, o->session, found[0], CKA_ALWAYS_AUTHENTICATE);
	o->k->pin_pad = (o->k->token.info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
	return SIGN_OK;
}

static sign_code
log_in_and_find(opening *o, sign_error *err)
{
	const ks_p11_cert *cert = ks_p11_uri_cert(o->uri, &o->certs);
	const ks_cert     *holder = cert != NULL ? cert->cert : NULL;
	ks_p11_key        *k = o->k;

	KS_TRY(ks_p11_login(&k->token, o->session, o->asker, holder, false, err));
	KS_TRY(find_key(o, err));
	if (!k->always_auth || k->pin_pad)
		return SIGN_OK;
	if (!o->asker->asked)
		KS_TRY(ks_p11_login(&k->token, o->session, o->asker, holder, true, err));
	k->pin = o->asker->secret;
	o->asker->secret = (ks_secret){ NULL, 0 };
	return SIGN_OK;
}

/* ---- the certificate ---- */

/* Of those that may belong to the key the surest, and of equals the one that lasts longest. */
typedef struct {
	ks_cert     *cert;
	ks_p11_match match;
} candidate;

static void
consider(candidate *best, ks_cert *cert, ks_p11_match match)
{
	if (match == KS_P11_DIFFERS || cert->is_ca)
		return;
	if (best->cert == NULL || match > best->match ||
	    (match == best->match && cert->not_after > best->cert->not_after))
		*best = (candidate){ cert, match };
}

static sign_code
choose_from_token(const opening *o, const ks_p11_public *public, candidate *best, sign_error *err)
{
	KS_AUTO(ks_buf_clear) ks_buf id = KS_BUF(0);

	(void)err;
	ks_p11_bytes(&o->k->token, o->session, o->k->object, CKA_ID, &id);
	for (size_t i = 0; i < o->certs.count; i++) {
		const ks_p11_cert *c = &o->certs.items[i];
		ks_p11_match       match = ks_p11_match_key(public, c->cert);
		bool               same_id = id.len > 0 && ks_bytes_equal(ks_buf_bytes(&id), ks_buf_bytes(&c->id));

		if (match == KS_P11_BELONGS || same_id)
			consider(best, c->cert, match);
	}
	return SIGN_OK;
}

/* A certificate file that was named decides alone, as for key files. */
static sign_code
choose_cert(opening *o, candidate *best, sign_error *err)
{
	KS_AUTO(ks_p11_public_clear) ks_p11_public public = { CKK_VENDOR_DEFINED, KS_BUF(0), KS_BUF(0) };
	const char *path = o->asker->options->cert_path;

	ks_p11_public_read(&o->k->token, o->session, o->k->object, &public);
	if (path != NULL) {
		KS_TRY(ks_key_read_cert_file(path, &o->named, err));
		for (size_t i = 0; i < o->named.count; i++)
			consider(best, o->named.items[i], ks_p11_match_key(&public, o->named.items[i]));
		return best->cert != NULL ? SIGN_OK : ks_fail(err, SIGN_E_KEY_MISMATCH, o->asker->name);
	}
	KS_TRY(choose_from_token(o, &public, best, err));
	if (best->cert == NULL) { /* some tokens show certificates only after the PIN */
		KS_TRY(ks_p11_certs(&o->k->token, o->session, &o->certs, err));
		KS_TRY(choose_from_token(o, &public, best, err));
	}
	if (best->cert != NULL)
		return SIGN_OK;
	return ks_fail(err, o->certs.count > 0 ? SIGN_E_KEY_MISMATCH : SIGN_E_CERT_MISSING, o->asker->name);
}

static sign_code
build_chain(opening *o, sign_key *key, sign_error *err)
{
	for (size_t i = 0; i < o->certs.count && o->named.count < KS_KEY_MAX_CERTS; i++)
		KS_TRY(ks_cert_list_add(&o->named, o->certs.items[i].cert, err));
	return ks_key_build_chain(&o->named, key->cert, &key->chain, err);
}

/* ---- all of it ---- */

static sign_code
make_key(opening *o, sign_key *key, sign_error *err)
{
	candidate best = { NULL, KS_P11_DIFFERS };

	KS_TRY(choose_cert(o, &best, err));
	key->cert = ks_cert_ref(best.cert);
	KS_TRY(ks_key_allowed(key->cert->key_type, key->cert->key_bits, key->cert->curve, o->asker->name, err));
	KS_TRY(build_chain(o, key, err));
	/* the holder and the token say more to a person than the URI */
	if (asprintf(&key->name, "%s (%s)", key->cert->subject_cn, o->k->token.label) < 0) {
		key->name = NULL;
		return ks_fail_memory(err);
	}
	if ((key->fingerprint = strdup(key->cert->fingerprint)) == NULL)
		return ks_fail_memory(err);
	key->ops = &ks_p11_ops;
	key->impl = KS_MOVE(o->k);
	return best.match == KS_P11_BELONGS ? SIGN_OK : ks_key_try(key, err);
}

static void
unload(CK_FUNCTION_LIST **f)
{
	ks_p11_unload(*f);
}

sign_code
ks_key_open_token(ks_key_asker *asker, sign_key **key, sign_error *err)
{
	KS_AUTO(unload) CK_FUNCTION_LIST *f = NULL;
	KS_AUTO(opening_clear) opening o = { .asker = asker, .named = { NULL, 0 } };
	KS_AUTO(ks_auto_key) sign_key *made = calloc(1, sizeof(*made));

	if (made == NULL)
		return ks_fail_memory(err);
	KS_TRY(ks_p11_uri_parse(asker->name, asker->options->module, &o.uri, err));
	KS_TRY(ks_p11_load(asker->options->module, &f, err));
	KS_TRY(open_token(&f, &o, err));
	KS_TRY(ks_p11_certs(&o.k->token, o.session, &o.certs, err));
	KS_TRY(log_in_and_find(&o, err));
	KS_TRY(make_key(&o, made, err));
	*key = KS_MOVE(made);
	return SIGN_OK;
}
