/*
 * What detection is made of: looking through DER heads, PDF and XML without holding them. Floor: open, private.
 */
#ifndef KS_OPEN_PRIVATE_H
#define KS_OPEN_PRIVATE_H

#include "open.h"

#define KS_OPEN_HEAD_BYTES ((size_t)64 * 1024)

/* ks_open_detect, handing on the archive that it opened (NULL for other forms), so that none is opened twice. */
sign_code ks_open_classify(const ks_file *file, sign_form *form, ks_zip **opened, sign_error *err);

/* ---- open_der.c: from the first bytes, which need not hold a whole element ---- */
bool ks_open_der_is_record(sign_bytes head); /* RFC 4998 EvidenceRecord */
typedef struct {
	char content_oid[64];
	bool attached;
} ks_open_cms_head;
/* ContentInfo{SignedData up to the encapsulated content}; false if the head ends before or is something else. */
bool ks_open_cms_head_read(sign_bytes head, ks_open_cms_head *out);

/* ---- open_scan.c: constant memory, one pass ---- */
/* Does any of these texts occur in the file's bytes? */
sign_code ks_open_scan_texts(const ks_file *file, const char *const texts[], size_t count, bool *found, sign_error *err);
sign_code ks_open_scan_pdf(const ks_file *file, bool *is_signed, sign_error *err);
sign_code ks_open_scan_xml(const ks_file *file, sign_bytes head, sign_form *form, sign_error *err);

#endif
