/*
 * The parts of certificate parsing that have files of their own. Floor: crypt, private.
 */
#ifndef KS_CRYPT_CERT_PARTS_H
#define KS_CRYPT_CERT_PARTS_H

#include "crypt_cert.h"

sign_code ks_cert_read_names(ks_cert *cert, sign_error *err);
sign_code ks_cert_read_extensions(ks_cert *cert, sign_error *err);

/* As ks_cert_read_all, but a file without any is fine and *found tells how many certificates and CRLs there were. */
sign_code ks_cert_scan(sign_bytes file, const char *name, sign_code (*each)(void *user, ks_cert *cert, sign_error *),
    sign_code (*each_crl)(void *user, sign_bytes der, sign_error *), void *user, size_t *found, sign_error *err);

#endif
