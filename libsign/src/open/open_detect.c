/*
 * Which kind of file is this? By content: the first bytes choose a detector, each detector looks closer. Floor: open.
 */
#include "open_private.h"

#include "asic_private.h"
#include "cms.h"

#include <stdlib.h>
#include <string.h>

#define TST_INFO_OID "1.2.840.113549.1.9.16.1.4"

static bool
begins_zip(sign_bytes head)
{
	return head.len >= 4 && (memcmp(head.data, "PK\3\4", 4) == 0 || memcmp(head.data, "PK\5\6", 4) == 0);
}

static bool
begins_pdf(sign_bytes head)
{
	return head.len >= 5 && memcmp(head.data, "%PDF-", 5) == 0;
}

/* ISO 32000-1 annex H: readers accept the mark anywhere in the first kilobyte. So does what merely carries a PDF. */
static bool
holds_pdf(sign_bytes head)
{
	return memmem(head.data, head.len < 1024 ? head.len : 1024, "%PDF-", 5) != NULL;
}

static bool
begins_xml(sign_bytes head)
{
	size_t i = head.len >= 3 && memcmp(head.data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

	if (head.len >= 2 && (memcmp(head.data, "\xFF\xFE", 2) == 0 || memcmp(head.data, "\xFE\xFF", 2) == 0))
		return true;
	while (i < head.len && (head.data[i] == ' ' || head.data[i] == '\t' || head.data[i] == '\r' || head.data[i] == '\n'))
		i++;
	return i < head.len && head.data[i] == '<';
}

/* ---- ZIP ------------------------------------------------------------------------------------------------------- */

/* Damage in a container is told; a damaged archive that has nothing of a container in it is an ordinary document. */
static sign_code
judge_damage(const ks_file *file, bool suffix, sign_code rc, const sign_error *seen, sign_form *form, sign_error *err)
{
	static const char *const marks[] = {
		"vnd.etsi.asic", "application/vnd.bdoc", "vnd.lt.archyvai.adoc", "META-INF/signature", "META-INF/ASiC",
		"META-INF/timestamp", "META-INF/evidencerecord", "META-INF/documentsignatures",
	};
	bool found = suffix;

	if (rc == SIGN_E_FORMAT || rc == SIGN_E_NAME || rc == SIGN_E_LIMIT) {
		if (!found)
			KS_TRY(ks_open_scan_texts(file, marks, KS_COUNT(marks), &found, err));
		if (!found) {
			*form = SIGN_FORM_UNKNOWN;
			return SIGN_OK;
		}
	}
	if (err != NULL)
		*err = *seen;
	return rc;
}

static sign_code
detect_zip(const ks_file *file, sign_bytes head, sign_form *form, ks_zip **opened, sign_error *err)
{
	KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;
	sign_error seen = SIGN_ERROR_INIT;
	char       media[128];
	bool       simple;
	sign_code  rc = ks_zip_open(file, &zip, &seen);

	(void)head;
	if (rc != SIGN_OK)
		return judge_damage(file, ks_asic_suffix_known(file->name, &simple), rc, &seen, form, err);
	*form = ks_asic_detect(zip, media);
	*opened = KS_MOVE(zip);
	return SIGN_OK;
}

/* ---- the others ------------------------------------------------------------------------------------------------ */

static sign_code
detect_pdf(const ks_file *file, sign_bytes head, sign_form *form, ks_zip **opened, sign_error *err)
{
	bool is_signed = false;

	(void)head;
	(void)opened;
	KS_TRY(ks_open_scan_pdf(file, &is_signed, err));
	*form = is_signed ? SIGN_FORM_PDF_SIGNED : SIGN_FORM_UNKNOWN;
	return SIGN_OK;
}

/* PEM is decoded whole: its first bytes say nothing. What cannot be read stays a CMS, so that its reader says why. */
static sign_code
decode_pem(const ks_file *file, ks_open_cms_head *out, sign_error *err)
{
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	uint8_t *text = NULL;
	ks_cms   cms;

	if (arena == NULL)
		return ks_fail_memory(err);
	if (file->size_bytes > 2 * KS_CMS_MAX_BYTES)
		return SIGN_OK;
	text = ks_arena_alloc(arena, (size_t)file->size_bytes + 1);
	if (text == NULL)
		return ks_fail_memory(err);
	KS_TRY(ks_file_read_at(file, 0, text, (size_t)file->size_bytes, err));
	if (ks_cms_read(arena, KS_BYTES(text, (size_t)file->size_bytes), file->name, &cms, NULL) != SIGN_OK)
		return SIGN_OK;
	out->attached = cms.attached;
	memcpy(out->content_oid, cms.content_oid, sizeof(out->content_oid));
	return SIGN_OK;
}

static sign_code
detect_cms(const ks_file *file, sign_bytes head, sign_form *form, ks_zip **opened, sign_error *err)
{
	ks_open_cms_head cms = { "", false };

	(void)opened;
	if (head.data[0] != 0x30)
		KS_TRY(decode_pem(file, &cms, err));
	else if (!ks_open_cms_head_read(head, &cms))
		cms.attached = false;
	if (strcmp(cms.content_oid, TST_INFO_OID) == 0)
		*form = SIGN_FORM_TIMESTAMP_TOKEN;
	else
		*form = cms.attached ? SIGN_FORM_CADES_ATTACHED : SIGN_FORM_CADES_DETACHED;
	return SIGN_OK;
}

static sign_code
detect_record(const ks_file *file, sign_bytes head, sign_form *form, ks_zip **opened, sign_error *err)
{
	(void)file;
	(void)head;
	(void)opened;
	(void)err;
	*form = SIGN_FORM_EVIDENCE_RECORD;
	return SIGN_OK;
}

static sign_code
detect_xml(const ks_file *file, sign_bytes head, sign_form *form, ks_zip **opened, sign_error *err)
{
	(void)opened;
	return ks_open_scan_xml(file, head, form, err);
}

/* In this order; a row that finds nothing gives way to those behind it, unless it is sure. */
static const struct {
	bool (*begins)(sign_bytes head);
	sign_code (*detect)(const ks_file *file, sign_bytes head, sign_form *form, ks_zip **opened, sign_error *err);
	bool sure;
} detectors[] = {
	{ begins_zip, detect_zip, true },
	{ begins_pdf, detect_pdf, true },
	{ ks_cms_sniff, detect_cms, true },
	{ ks_open_der_is_record, detect_record, true },
	{ begins_xml, detect_xml, false },
	{ holds_pdf, detect_pdf, true },
};

sign_code
ks_open_classify(const ks_file *file, sign_form *form, ks_zip **opened, sign_error *err)
{
	KS_AUTO(ks_auto_mem) uint8_t *block = malloc(KS_OPEN_HEAD_BYTES);
	size_t     len = file->size_bytes < KS_OPEN_HEAD_BYTES ? (size_t)file->size_bytes : KS_OPEN_HEAD_BYTES;
	sign_bytes head = { block, len };
	bool       simple;

	*form = SIGN_FORM_UNKNOWN;
	*opened = NULL;
	if (block == NULL)
		return ks_fail_memory(err);
	KS_TRY(ks_file_read_at(file, 0, block, len, err));
	for (size_t i = 0; i < KS_COUNT(detectors); i++) {
		if (!detectors[i].begins(head))
			continue;
		KS_TRY(detectors[i].detect(file, head, form, opened, err));
		if (detectors[i].sure || *form != SIGN_FORM_UNKNOWN)
			return SIGN_OK;
	}
	/* A container whose first bytes are gone is still a container to its owner: say what is wrong with it. */
	if (ks_asic_suffix_known(file->name, &simple) && !begins_xml(head))
		return detect_zip(file, head, form, opened, err);
	return SIGN_OK;
}

sign_code
ks_open_detect(const ks_file *file, sign_form *form, sign_error *err)
{
	KS_AUTO(ks_auto_zip) ks_zip *zip = NULL;

	return ks_open_classify(file, form, &zip, err);
}
