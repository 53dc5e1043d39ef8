/*
 * Is a file that is named like a time-stamp token or an evidence record really one? Names prove nothing: only what has the
 * form of RFC 3161 or RFC 4998 from its first byte to its last may stand uncovered in a container. Whether such evidence
 * proves anything is not asked here. Floor: asic.
 */
#include "asic_reader.h"

#include <string.h>

#define OID_TST_INFO    "1.2.840.113549.1.9.16.1.4"
#define OID_SIGNED_DATA "1.2.840.113549.1.7.2"

/* A failure of the archive or of memory is an error; what does not fit or does not parse is simply something else. */
static sign_code
slurp(ks_asic_reader *r, size_t entry, ks_buf *bytes, bool *fits, sign_error *err)
{
	uint64_t size = ks_zip_at(r->zip, entry)->size_bytes;

	*fits = size > 0 && size <= KS_CMS_MAX_BYTES;
	if (!*fits)
		return SIGN_OK;
	r->evidence_bytes += size;
	if (r->evidence_bytes > KS_ASIC_MAX_SIGNATURE_BYTES)
		return ks_fail_at(err, SIGN_E_LIMIT, r->f->name, r->f->documents[entry].name);
	*bytes = KS_BUF(KS_CMS_MAX_BYTES);
	return ks_zip_slurp(r->zip, entry, bytes->max, bytes, err);
}

/* RFC 3161 2.4.2: version, policy, messageImprint, serialNumber, genTime; what follows is optional. */
static bool
is_tst_info(sign_bytes content)
{
	ks_tlv info, part, imprint;

	return ks_tlv_expect(&content, 0x30, &info) && content.len == 0 && ks_tlv_expect(&info.content, 0x02, &part) &&
	    ks_tlv_expect(&info.content, 0x06, &part) && ks_tlv_expect(&info.content, 0x30, &imprint) &&
	    ks_tlv_expect(&imprint.content, 0x30, &part) && ks_tlv_expect(&imprint.content, 0x04, &part) &&
	    imprint.content.len == 0 && ks_tlv_expect(&info.content, 0x02, &part) &&
	    ks_tlv_expect(&info.content, 0x18, &part);
}

sign_code
ks_asic_is_token(ks_asic_reader *r, size_t entry, bool *is, sign_error *err)
{
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	KS_AUTO(ks_buf_clear) ks_buf bytes = KS_BUF(0);
	sign_error seen = SIGN_ERROR_INIT;
	bool       fits = false;
	ks_cms     cms;

	*is = false;
	if (arena == NULL)
		return ks_fail_memory(err);
	KS_TRY(slurp(r, entry, &bytes, &fits, err));
	if (!fits || bytes.data[0] != 0x30)
		return SIGN_OK;
	if (ks_cms_read(arena, ks_buf_bytes(&bytes), r->f->name, &cms, &seen) != SIGN_OK)
		return seen.code == SIGN_E_MEMORY ? ks_fail_memory(err) : SIGN_OK;
	/* RFC 3161 2.4.2: the token has the TSA's signature and no other */
	*is = cms.trailing_bytes == 0 && cms.attached && cms.signer_count == 1 &&
	    strcmp(cms.content_oid, OID_TST_INFO) == 0 && is_tst_info(cms.content);
	return SIGN_OK;
}

/* ---- evidence records ------------------------------------------------------------------------------------------ */

/* SEQUENCE OF, not empty, each member accepted. */
static bool
each_of(sign_bytes *rest, bool (*accepts)(sign_bytes member))
{
	ks_tlv list, member;

	if (!ks_tlv_expect(rest, 0x30, &list) || list.content.len == 0)
		return false;
	while (list.content.len > 0)
		if (!ks_tlv_expect(&list.content, 0x30, &member) || !accepts(member.content))
			return false;
	return true;
}

static bool
is_algorithm(sign_bytes member)
{
	ks_tlv oid;

	return ks_tlv_expect(&member, 0x06, &oid);
}

/* ArchiveTimeStamp (RFC 4998 4.1): digestAlgorithm [0], attributes [1], reducedHashtree [2], then the token. */
static bool
is_archive_stamp(sign_bytes member)
{
	char   oid[64];
	ks_tlv part, token, type;

	for (uint8_t tag = 0xa0; tag <= 0xa2; tag++)
		(void)ks_tlv_expect(&member, tag, &part);
	return ks_tlv_expect(&member, 0x30, &token) && member.len == 0 && ks_tlv_expect(&token.content, 0x06, &type) &&
	    ks_tlv_oid(type.content, oid, sizeof(oid)) && strcmp(oid, OID_SIGNED_DATA) == 0;
}

/* ArchiveTimeStampChain: a member here is its content, so the SEQUENCE is already open. */
static bool
is_chain(sign_bytes member)
{
	ks_tlv stamp;

	if (member.len == 0)
		return false;
	while (member.len > 0)
		if (!ks_tlv_expect(&member, 0x30, &stamp) || !is_archive_stamp(stamp.content))
			return false;
	return true;
}

/* EvidenceRecord (RFC 4998 3.1), and nothing behind it. */
static bool
is_der_record(sign_bytes bytes)
{
	ks_tlv record, version, part;

	if (!ks_tlv_expect(&bytes, 0x30, &record) || bytes.len > 0 || !ks_tlv_expect(&record.content, 0x02, &version) ||
	    version.content.len != 1 || version.content.data[0] != 1 || !each_of(&record.content, is_algorithm))
		return false;
	for (uint8_t tag = 0xa0; tag <= 0xa1; tag++) /* cryptoInfos, encryptionInfo */
		(void)ks_tlv_expect(&record.content, tag, &part);
	return each_of(&record.content, is_chain) && record.content.len == 0;
}

typedef struct { bool begun, record; } xml_walk;

static sign_code
on_start(void *user, const char *ns, const char *name, const ks_xml_attr *attrs, size_t attr_count, sign_error *err)
{
	xml_walk *w = user;

	(void)attrs;
	(void)attr_count;
	(void)err;
	if (!w->begun)
		w->record = strcmp(ns, KS_ASIC_NS_ERS) == 0 && strcmp(name, "EvidenceRecord") == 0;
	w->begun = true;
	return SIGN_OK;
}

/* RFC 6283 2.1: the root element of its namespace, in a document that is well-formed to its end. */
static bool
is_xml_record(sign_bytes bytes)
{
	static const ks_xml_handlers handlers = { .start = on_start };
	KS_AUTO(ks_auto_xml_parser) ks_xml_parser *parser = NULL;
	xml_walk w = { false, false };

	return ks_xml_parser_new(&handlers, &w, "evidence record", KS_CMS_MAX_BYTES, &parser, NULL) == SIGN_OK &&
	    ks_xml_parser_feed(parser, bytes.data, bytes.len, NULL) == SIGN_OK &&
	    ks_xml_parser_finish(parser, NULL) == SIGN_OK && w.record;
}

sign_code
ks_asic_is_record(ks_asic_reader *r, size_t entry, bool *is, sign_error *err)
{
	KS_AUTO(ks_buf_clear) ks_buf bytes = KS_BUF(0);
	const ks_zip_entry *e = ks_zip_at(r->zip, entry);
	bool                xml = e->name_len > 4 && memcmp(e->name + e->name_len - 4, ".xml", 4) == 0;
	bool                fits = false;

	*is = false;
	KS_TRY(slurp(r, entry, &bytes, &fits, err));
	if (fits) /* standards.md 1.3: the suffix must match the kind */
		*is = xml ? is_xml_record(ks_buf_bytes(&bytes)) : is_der_record(ks_buf_bytes(&bytes));
	return SIGN_OK;
}
