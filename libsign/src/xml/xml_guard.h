/*
 * The scanner before the parser. Private to xml.
 */
#ifndef KS_XML_GUARD_H
#define KS_XML_GUARD_H

#include "xml.h"

#define KS_XML_MAX_TAG_BYTES ((size_t)32 * 1024)

typedef struct {
	int    state;
	size_t tag_bytes; /* of the markup under way */
	size_t matched;   /* bytes of a terminator or opener seen so far */
	size_t seen;      /* bytes of the document, as far as its first ones matter */
	bool   bom;
	bool   comment; /* "<!" goes on as a comment, not as CDATA */
} ks_xml_guard;

/* NULL, or what is wrong with the next bytes; *limit tells a limit from a fault. */
const char *ks_xml_guard_scan(ks_xml_guard *guard, const uint8_t *data, size_t len, bool *limit);

#endif
