/*
 * What the files of this room share: kinds of entries, the rules for names and URIs, and the manifest reader, which
 * knows XML but no container. Floor: asic, private.
 */
#ifndef KS_ASIC_PRIVATE_H
#define KS_ASIC_PRIVATE_H

#include "asic.h"
#include "base_text.h"
#include "xml.h"

#define KS_ASIC_NS_DS      "http://www.w3.org/2000/09/xmldsig#"
#define KS_ASIC_NS_EARLIER "urn:kyso:asic:earlier-signatures:1"
#define KS_ASIC_NS_ERS     "urn:ietf:params:xml:ns:ers"
#define KS_ASIC_NS_ODF     "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
#define KS_ASIC_ODF_NAME   "META-INF/manifest.xml"

#define KS_ASIC_MAX_META            10000u                  /* entries under META-INF/ */
#define KS_ASIC_MAX_SIGNATURE_BYTES ((uint64_t)256 << 20) /* all .p7s of a container together */
#define KS_ASIC_MAX_EARLIER         KS_CMS_MAX_SIGNERS      /* digests in one extension of ours */
#define KS_ASIC_MAX_NOTES           100u                    /* of one kind; a million odd names are one oddity */
#define KS_ASIC_BLOCK_BYTES         ((size_t)256 * 1024)

/* ---- names (asic_detect.c) ---- */
typedef enum {
	KS_ENTRY_DATA = 0,      /* outside META-INF/: something a person would open */
	KS_ENTRY_MIMETYPE,
	KS_ENTRY_FOLDER,
	KS_ENTRY_CMS,           /* META-INF/...signature....p7s */
	KS_ENTRY_XML_SIGNATURE, /* META-INF/...signature....xml */
	KS_ENTRY_TOKEN,         /* META-INF/....tst; its content tells whether it is one (asic_evidence.c) */
	KS_ENTRY_EVIDENCE,      /* META-INF/....ers, META-INF/...evidencerecord....xml; likewise */
	KS_ENTRY_XML,           /* another .xml under META-INF/: its root tells */
	KS_ENTRY_META,          /* anything else under META-INF/ */
	KS_ENTRY_MANIFEST,      /* told by its root element; by its name only when the root cannot be read, to say what is wrong */
	KS_ENTRY_ODF_MANIFEST,  /* META-INF/manifest.xml as OpenDocument has it (EN 319 162-1 4.4.4) */
} ks_entry_kind;
ks_entry_kind ks_asic_kind(const ks_zip_entry *e);
/* Media type stated by the mimetype entry, or else by the archive comment; trimmed; "" if none or unreadable. */
void ks_asic_media(const ks_zip *zip, char media[128]);
/* Is it one of the ASiC family's media types, and ASiC-S? */
bool ks_asic_media_known(const char *media, bool *simple);
/* The namespace of manifests, in the spellings that the editions of the standard gave it. */
bool ks_asic_manifest_ns(const char *ns);
/* From a name like "a.asice". */
bool ks_asic_suffix_known(const char *name, bool *simple);

/* Does this KS_ENTRY_XML_SIGNATURE hold a signature at all? true in doubt (asic_xml_signature.c). */
bool ks_asic_holds_xml_signature(const ks_zip *zip, size_t entry);

/* ---- URIs (asic_uri.c) ---- */
/*
 * The entry name a manifest URI means: design.md 17. `name` has room for `len` bytes. NULL if fine, else a static fault.
 * "+" stays "+"; a URI with a bad escape is taken literally, because no decoding can then mean another file.
 */
const char *ks_asic_uri_name(const char *uri, size_t len, char *name, size_t *name_len);
/* Strict base64 of a digest, without white space: canonical padding, zero spare bits. false if not, empty, or longer than cap. */
#define KS_BASE64_MAX_BYTES ((size_t)SIGN_DIGEST_MAX_BYTES)
bool      ks_base64_decode(const char *text, size_t len, uint8_t *out, size_t cap, size_t *out_len);
sign_code ks_base64_encode(ks_buf *out, sign_bytes bytes, sign_error *err);

/* ---- reading a manifest (asic_manifest_read.c) ---- */
/* What was met, in order of the document. A callback that sets *fault ends the reading with that fault. */
typedef struct {
	/* SigReference: exactly one, before anything else. *wanted false: the rest is of no interest and is not read. */
	sign_code (*signature)(void *user, const char *name, size_t len, bool *wanted, const char **fault, sign_error *err);
	sign_code (*reference)(void *user, const char *name, size_t len, sign_digest alg, sign_bytes digest,
	    const char **fault, sign_error *err);
	/* our extension: digest of the value of an earlier signature */
	sign_code (*earlier)(void *user, sign_digest alg, sign_bytes digest, const char **fault, sign_error *err);
} ks_manifest_events;

typedef struct ks_manifest_reader ks_manifest_reader;
sign_code ks_manifest_reader_new(const ks_manifest_events *events, void *user, const char *name, ks_manifest_reader **out,
    sign_error *err);
/* Any piece of the raw bytes. After a fault, or when not wanted, the rest is swallowed. */
sign_code ks_manifest_reader_feed(ks_manifest_reader *r, const void *data, size_t len, sign_error *err);
sign_code ks_manifest_reader_finish(ks_manifest_reader *r, sign_error *err);
/* After finish: NULL if the manifest is sound (or not wanted), else what is wrong with it (static text). */
const char *ks_manifest_reader_fault(const ks_manifest_reader *r);
/* The references stand inside SigReference, as one signing product writes them. */
bool        ks_manifest_reader_nested(const ks_manifest_reader *r);
void        ks_manifest_reader_free(ks_manifest_reader *r);
KS_AUTO_DEFINE(ks_auto_manifest_reader, ks_manifest_reader, ks_manifest_reader_free)

#endif
