/*
 * Which kind of file is this, and who reads it: the table of forms. Floor: open; the only room that knows all readers.
 *
 * Detection goes by content, never by a name alone; a name only decides that damage is told as damage. A form that is
 * recognised but not read is an error that names it, so that nothing signed is ever called unsigned (design.md 4.4).
 */
#ifndef KS_OPEN_H
#define KS_OPEN_H

#include "base.h"
#include "base_file.h"
#include "crypt.h"
#include "facts.h"
#include "zip.h"

#define KS_OPEN_MAX_ATTACHED_BYTES ((uint64_t)256 << 20) /* a .p7m is held whole, document included */

/*
 * What is it? SIGN_FORM_UNKNOWN is an ordinary document that carries no signature we know of. Memory is constant; a PDF
 * or XML file is read through once. A ZIP that looks like a container but is damaged gives the error of the ZIP reader.
 */
sign_code ks_open_detect(const ks_file *file, sign_form *form, sign_error *err);

/*
 * Read `file` into facts; each document is hashed once.
 *   content  the document of a detached signature; NULL: facts say content_holds UNKNOWN and list no document. With an
 *            attached signature it must equal the content inside (else every signature has a format fault). Refused
 *            (SIGN_E_USAGE) with a container.
 *   facts    [out] yours; they do not point into `file`, `content` or `*zip`
 *   zip      [out] the open container, for extraction; NULL for other forms. Yours; borrows `file`.
 *   SIGN_E_UNSUPPORTED  recognised, not read: err->detail is sign_form_name()
 *   SIGN_E_NOT_SIGNED   an ordinary document
 */
sign_code ks_open_read(ks_crypt *cx, const ks_file *file, const ks_file *content, ks_facts **facts, ks_zip **zip,
    sign_error *err);
/* The same without reading any document, for `show`: edges and, outside ASiC-E, content_holds stay unknown. */
sign_code ks_open_outline(ks_crypt *cx, const ks_file *file, ks_facts **facts, sign_error *err);

/* The document inside an attached signature (arena bytes), for extraction. SIGN_E_CONTENT_MISSING if it is detached. */
sign_code ks_open_attached_content(const ks_file *file, ks_arena *arena, sign_bytes *content, sign_error *err);

#endif
