/*
 * Does a file that is named like an XML signature hold one? Only an empty XAdESSignatures frame is told apart; whatever
 * cannot be read to its end counts as a signature, so that nothing signed is called unsigned. Floor: asic.
 */
#include "asic_private.h"

#include <string.h>

#define MAX_FRAME_BYTES ((size_t)64 * 1024) /* an empty frame is some hundred bytes */

static sign_code
on_start(void *user, const char *ns, const char *name, const ks_xml_attr *attrs, size_t attr_count, sign_error *err)
{
	(void)ns;
	(void)attrs;
	(void)attr_count;
	(void)err;
	/* any element of that name, whatever its namespace claims to be */
	if (strcmp(name, "Signature") == 0)
		*(bool *)user = true;
	return SIGN_OK;
}

bool
ks_asic_holds_xml_signature(const ks_zip *zip, size_t entry)
{
	static const ks_xml_handlers handlers = { .start = on_start };
	KS_AUTO(ks_auto_xml_parser) ks_xml_parser *parser = NULL;
	KS_AUTO(ks_buf_clear) ks_buf xml = KS_BUF(MAX_FRAME_BYTES);
	const ks_zip_entry *e = ks_zip_at(zip, entry);
	bool                found = false;

	if (e->size_bytes > MAX_FRAME_BYTES || ks_zip_slurp(zip, entry, MAX_FRAME_BYTES, &xml, NULL) != SIGN_OK ||
	    ks_xml_parser_new(&handlers, &found, e->name, MAX_FRAME_BYTES, &parser, NULL) != SIGN_OK ||
	    ks_xml_parser_feed(parser, xml.data, xml.len, NULL) != SIGN_OK ||
	    ks_xml_parser_finish(parser, NULL) != SIGN_OK)
		return true;
	return found;
}
