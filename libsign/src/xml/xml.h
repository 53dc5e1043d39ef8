/*
 * Safe XML: a push SAX parser without network, DTD or entities, and escaping for what we write. Floor: xml.
 * standards.md 4.4 rules 1-4; attacks.md X1. libxml2 types stay here.
 */
#ifndef KS_XML_H
#define KS_XML_H

#include "base.h"

#define KS_XML_MAX_DEPTH 64
#define KS_XML_MAX_ATTRS 64
#define KS_XML_MAX_TEXT_BYTES ((size_t)64 * 1024) /* one run of character data handed to text() */

typedef struct { const char *ns, *name, *value; size_t value_len; } ks_xml_attr; /* ns "" if none */

/* Callbacks return SIGN_OK to go on; anything else stops the parse and is returned. Comments and PIs: see `comment`. */
typedef struct {
	sign_code (*start)(void *user, const char *ns, const char *name, const ks_xml_attr *attrs, size_t attr_count, sign_error *);
	sign_code (*end)(void *user, const char *ns, const char *name, sign_error *);
	sign_code (*text)(void *user, const char *text, size_t len, sign_error *); /* may come in pieces */
	sign_code (*comment)(void *user, sign_error *); /* a comment or PI was met; NULL: ignored */
} ks_xml_handlers;

typedef struct ks_xml_parser ks_xml_parser;
/* name: for errors; max_bytes: SIGN_E_LIMIT beyond. */
sign_code ks_xml_parser_new(const ks_xml_handlers *handlers, void *user, const char *name, uint64_t max_bytes,
    ks_xml_parser **parser, sign_error *err);
sign_code ks_xml_parser_feed(ks_xml_parser *parser, const void *data, size_t len, sign_error *err);
sign_code ks_xml_parser_finish(ks_xml_parser *parser, sign_error *err); /* well-formed to the end? */
void      ks_xml_parser_free(ks_xml_parser *parser);
KS_AUTO_DEFINE(ks_auto_xml_parser, ks_xml_parser, ks_xml_parser_free)

/* Append text escaped for element content or a double-quoted attribute. */
sign_code ks_xml_escape(ks_buf *out, const char *text, size_t len, sign_error *err);
/* Namespace and local name of the document element, reading at most the first 64 KiB ("" if not XML). For detection. */
bool ks_xml_root(sign_bytes head, char ns[128], char name[64]);

#endif
