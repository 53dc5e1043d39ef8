/*
 * The steps of opening a key file. Floor: crypt, private.
 */
#ifndef KS_CRYPT_KEY_PARTS_H
#define KS_CRYPT_KEY_PARTS_H

#include "crypt_key.h"
#include "crypt_openssl.h"

/* ---- the passphrase, asked for at most once (crypt_secret.c) ---- */
typedef struct {
	const char             *name; /* of the key, for the prompt and for errors */
	const sign_key_options *options;
	sign_secret_request     request; /* what a token adds to the question; zero for a file */
	ks_secret               secret;
	bool                    asked;
} ks_key_asker;
/* After SIGN_OK `secret` holds it; later calls ask nothing. */
sign_code ks_key_ask(ks_key_asker *asker, sign_error *err);
/*
 * The passphrase as old programs spread it in a PKCS#12: each UTF-8 byte taken for a Latin-1 character. Written so that
 * OpenSSL's own conversion gives those bytes. SIGN_OK with other->data NULL if it is the same.
 */
sign_code ks_secret_bytewise(const ks_secret *secret, ks_secret *other, sign_error *err);

/* ---- a private context with the legacy provider (crypt_legacy.c) ---- */
typedef struct {
	OSSL_LIB_CTX  *ctx;
	OSSL_PROVIDER *legacy, *standard;
} ks_legacy;
/* SIGN_E_UNSUPPORTED if this machine's OpenSSL came without it. */
sign_code ks_legacy_open(ks_legacy *l, const char *name, sign_error *err);
void      ks_legacy_close(ks_legacy *l);
/* Move a key into the default context; *pkey is replaced. */
sign_code ks_legacy_rehome(EVP_PKEY **pkey, const char *name, sign_error *err);

/* ---- what a key file holds ---- */
typedef struct {
	ks_cert **items;
	size_t    count;
} ks_cert_list;
#define KS_KEY_MAX_CERTS ((size_t)64)
sign_code ks_cert_list_add(void *list, ks_cert *cert, sign_error *err); /* takes its own reference; shape of ks_cert_read_all */
void      ks_cert_list_clear(ks_cert_list *list);

typedef struct {
	EVP_PKEY    *pkey;
	ks_cert_list certs;
	bool         old_encryption;
} ks_key_content;
void ks_key_content_clear(ks_key_content *content);

/* The bytes of a key file, any kind. SIGN_E_KEY_FORMAT if there is no private key in them. */
sign_code ks_key_read(sign_bytes file, ks_key_asker *asker, ks_key_content *content, sign_error *err);
sign_code ks_key_read_p12(sign_bytes file, ks_key_asker *asker, ks_key_content *content, sign_error *err);

/* The certificates of a file that was named for them. */
sign_code ks_key_read_cert_file(const char *path, ks_cert_list *certs, sign_error *err);

/* ---- the key behind sign_key ---- */
KS_AUTO_DEFINE(ks_auto_key, sign_key, sign_key_free)
/* asker->name is a "pkcs11:" URI. SIGN_E_TOKEN_MODULE in a build without tokens. */
sign_code ks_key_open_token(ks_key_asker *asker, sign_key **key, sign_error *err);
/* One test signature, checked with the certificate. */
sign_code ks_key_try(sign_key *key, sign_error *err);
/* SIGN_E_KEY_ALGORITHM for what kyso does not sign with. */
sign_code ks_key_allowed(ks_key_type type, unsigned bits, const char *curve, const char *name, sign_error *err);
extern const struct ks_key_ops ks_key_evp_ops; /* impl: EVP_PKEY * */
/* The certificate of `pkey` among them, and the chain from it to just below a root; both are new references. */
ks_cert  *ks_key_find_cert(const ks_cert_list *certs, const EVP_PKEY *pkey);
sign_code ks_key_build_chain(const ks_cert_list *certs, ks_cert *leaf, ks_cert ***out, sign_error *err);

#endif
