/*
 * What kind of container is it, from names and the media type (an XML signature file is asked whether it is empty); and
 * what each entry's name says it is. Names are recognised as peers write them (a part, not the whole of the name),
 * matched by case. Floor: asic.
 */
#include "asic_private.h"

#include <string.h>
#include <strings.h>

static bool
ends_with(const char *name, size_t len, const char *tail)
{
	size_t n = strlen(tail);

	return len >= n && memcmp(name + len - n, tail, n) == 0;
}

static bool
starts_with(const char *name, size_t len, const char *head)
{
	size_t n = strlen(head);

	return len >= n && memcmp(name, head, n) == 0;
}

static bool
holds(const char *name, size_t len, const char *part)
{
	return memmem(name, len, part, strlen(part)) != NULL;
}

ks_entry_kind
ks_asic_kind(const ks_zip_entry *e)
{
	const char *name = e->name;
	size_t      len = e->name_len;
	bool        signature;

	if (e->is_folder)
		return KS_ENTRY_FOLDER;
	if (len == 8 && memcmp(name, "mimetype", 8) == 0)
		return KS_ENTRY_MIMETYPE;
	if (!starts_with(name, len, "META-INF/"))
		return KS_ENTRY_DATA;
	signature = holds(name, len, "signature") && !holds(name, len, "Manifest");
	if (signature && ends_with(name, len, ".p7s"))
		return KS_ENTRY_CMS;
	if (ends_with(name, len, ".tst"))
		return KS_ENTRY_TOKEN;
	if (ends_with(name, len, ".ers"))
		return KS_ENTRY_EVIDENCE;
	if (!ends_with(name, len, ".xml"))
		return KS_ENTRY_META;
	if (signature)
		return KS_ENTRY_XML_SIGNATURE;
	return holds(name, len, "evidencerecord") ? KS_ENTRY_EVIDENCE : KS_ENTRY_XML;
}

bool
ks_asic_media_known(const char *media, bool *simple)
{
	static const char *const extended[] = {
		"application/vnd.etsi.asic-e+zip", "application/vnd.bdoc", "application/vnd.lt.archyvai.adoc",
	};

	*simple = strncmp(media, KS_ASIC_MIME_S, strlen(KS_ASIC_MIME_S)) == 0;
	if (*simple)
		return true;
	for (size_t i = 0; i < KS_COUNT(extended); i++)
		if (strncmp(media, extended[i], strlen(extended[i])) == 0)
			return true;
	return false;
}

bool
ks_asic_manifest_ns(const char *ns)
{
	static const char *const spellings[] = {
		KS_ASIC_NS, "http://uri.etsi.org/02918/v1.1.1#", "http://uri.etsi.org/2918/v1.1.1#",
		"http://uri.etsi.org/2918/v1.2.1#",
	};

	for (size_t i = 0; i < KS_COUNT(spellings); i++)
		if (strcmp(ns, spellings[i]) == 0)
			return true;
	return false;
}

bool
ks_asic_suffix_known(const char *name, bool *simple)
{
	static const struct { const char *suffix; bool simple; } suffixes[] = {
		{ ".asice", false }, { ".sce", false }, { ".bdoc", false }, { ".edoc", false }, { ".adoc", false },
		{ ".asics", true },  { ".scs", true },
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && i < KS_COUNT(suffixes); i++)
		if (strcasecmp(dot, suffixes[i].suffix) == 0) {
			*simple = suffixes[i].simple;
			return true;
		}
	return false;
}

/* Some writers put a byte-order mark before it or a newline after it (surprises: mimetype content). */
static void
trim(const uint8_t *text, size_t len, char media[128])
{
	size_t start = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	size_t n = 0;

	while (start + n < len && n < 127 && text[start + n] > ' ' && text[start + n] < 0x7F)
		n++;
	memcpy(media, text + start, n);
	media[n] = '\0';
}

void
ks_asic_media(const ks_zip *zip, char media[128])
{
	KS_AUTO(ks_buf_clear) ks_buf text = KS_BUF(127);
	sign_bytes comment = ks_zip_comment(zip);
	size_t     entry = ks_zip_find(zip, "mimetype", 8);

	media[0] = '\0';
	if (entry != SIZE_MAX && ks_zip_slurp(zip, entry, text.max, &text, NULL) == SIGN_OK)
		trim(text.data, text.len, media);
	if (media[0] == '\0' && comment.len > 9 && memcmp(comment.data, "mimetype=", 9) == 0)
		trim(comment.data + 9, comment.len - 9, media);
}

typedef struct {
	size_t kinds[KS_ENTRY_META + 1];
	size_t manifests; /* by name, which is all that detection looks at */
	bool   opendocument, office;
} census;

static void
take_census(const ks_zip *zip, census *c)
{
	for (size_t i = 0; i < ks_zip_count(zip); i++) {
		const ks_zip_entry *e = ks_zip_at(zip, i);
		ks_entry_kind       kind = ks_asic_kind(e);

		if (kind == KS_ENTRY_XML_SIGNATURE && ends_with(e->name, e->name_len, "/documentsignatures.xml"))
			c->opendocument = true;
		else if (kind != KS_ENTRY_XML_SIGNATURE || ks_asic_holds_xml_signature(zip, i))
			c->kinds[kind]++;
		if (kind == KS_ENTRY_XML && holds(e->name, e->name_len, "ASiCManifest"))
			c->manifests++;
		if (kind == KS_ENTRY_DATA && starts_with(e->name, e->name_len, "_xmlsignatures/"))
			c->office = true;
	}
}

/* S or E: what it says, what it holds, what it is called; in that order (EN 319 162-1 4.3.3, 4.4.3). */
static bool
is_simple(const ks_zip *zip, const char *media, const census *c)
{
	bool simple = false;

	if (ks_asic_media_known(media, &simple))
		return simple;
	if (c->manifests > 0)
		return false;
	if (ks_asic_suffix_known(ks_zip_file(zip)->name, &simple))
		return simple;
	return c->kinds[KS_ENTRY_DATA] == 1;
}

sign_form
ks_asic_detect(const ks_zip *zip, char media[128])
{
	census c = { { 0 }, 0, false, false };
	bool   simple = false;
	bool   container;

	take_census(zip, &c);
	ks_asic_media(zip, media);
	container = ks_asic_media_known(media, &simple) || ks_asic_suffix_known(ks_zip_file(zip)->name, &simple);
	simple = is_simple(zip, media, &c);
	if (c.kinds[KS_ENTRY_CMS] > 0)
		return simple ? SIGN_FORM_ASICS_CADES : SIGN_FORM_ASICE_CADES;
	if (c.opendocument)
		return SIGN_FORM_OPENDOCUMENT_SIGNED;
	if (c.kinds[KS_ENTRY_XML_SIGNATURE] > 0)
		return simple ? SIGN_FORM_ASICS_XADES : SIGN_FORM_ASICE_XADES;
	if (c.kinds[KS_ENTRY_TOKEN] > 0)
		return simple ? SIGN_FORM_ASICS_TST : SIGN_FORM_ASICE_TST;
	if (c.kinds[KS_ENTRY_EVIDENCE] > 0)
		return SIGN_FORM_ASIC_ER;
	if (c.office) /* Office documents carry theirs as XML signatures too; named, never called unsigned */
		return SIGN_FORM_XADES;
	return container ? SIGN_FORM_ASIC_UNSIGNED : SIGN_FORM_UNKNOWN;
}
