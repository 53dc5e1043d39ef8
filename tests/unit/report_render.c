/*
 * One verdict object, built by hand, in both languages and all shapes: the lines that a clerk acts on, and the keys that
 * programs read.
 */
#include "report_page.h"

#include "base_text.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WHEN ((time_t)1795143125) /* 2026-11-20 02:52:05 UTC */

typedef struct {
	sign_report                  r;
	struct sign_report_signature s[2];
	struct sign_report_file      f[2];
	ks_report_cert               cert[2];
	ks_reason                    reason[2], document[1];
	ks_note                      note[1];
	ks_edge                      edge;
	size_t                       both[2];
} sheet;

static ks_report_cert
cert(const char *name, const char *organisation)
{
	return (ks_report_cert){ .subject = "CN=x", .name = name, .issuer = "CN=CA", .issuer_name = "CA", .serial = "01",
		.fingerprint = "00ff", .key = "EC P-256", .organisation = organisation, .email = "",
		.revocation = { .state = KS_REV_GOOD, .this_update = WHEN, .source = "ca.crl", .fault = "", .reason = -1 } };
}

static void
sheet_make(sheet *s)
{
	static const sign_role roles[] = { SIGN_ROLE_PERSON, SIGN_ROLE_AGENCY };

	memset(s, 0, sizeof(*s));
	s->cert[0] = cert("Nguyễn Văn Mẫu", "Sở Mẫu");
	s->cert[1] = cert("SỞ MẪU", "SỞ MẪU");
	s->both[1] = 1;
	s->edge = (ks_edge){ NULL, 0, SIGN_DIGEST_SHA256, KS_EDGE_HOLDS };
	for (size_t i = 0; i < 2; i++) {
		s->s[i] = (struct sign_report_signature){ .id = i == 0 ? "1" : "2", .file = "META-INF/s.p7s",
			.verdict = SIGN_VERDICT_PASSED, .intact = true, .role = roles[i], .algorithm = "EC P-256, ECDSA, SHA-256",
			.has_claimed_time = true, .claimed_time = WHEN, .title = "", .place = "", .commitment = "",
			.override_reason = "", .level = "CAdES-B-B", .chain = &s->cert[i], .chain_length = 1,
			.chain_complete = true, .system = "VGCA", .revocation = KS_REV_GOOD, .revocation_checked = true };
		s->f[i] = (struct sign_report_file){ .name = i == 0 ? "123-SM-VP.pdf" : "phụ-lục-1.xlsx", .size_bytes = 5,
			.needs_cover = true, .signed_by = s->both, .signed_by_count = 2, .edge_for_extract = &s->edge };
	}
	s->r = (sign_report){ .name = "123-SM-VP.asice", .form = SIGN_FORM_ASICE_CADES, .policy_name = "official",
		.policy_title = "official documents", .policy_version = "1", .judged_at = WHEN, .verdict = SIGN_VERDICT_PASSED,
		.roles_examined = true, .signatures = s->s, .signature_count = 2, .files = s->f, .file_count = 2,
		.algorithms_version = "test" };
}

static void
decide(sheet *s, sign_verdict verdict, sign_sub sub, ks_why why, const char *subject, const char *detail)
{
	s->reason[0] = (ks_reason){ why, subject, detail };
	s->s[0].reasons = s->reason;
	s->s[0].reason_count = 1;
	s->s[0].verdict = s->r.verdict = verdict;
	s->s[0].sub = s->r.sub = sub;
}

static void
whole(sheet *s, ks_why why, const char *subject)
{
	s->document[0] = (ks_reason){ why, subject, "" };
	s->r.reasons = s->document;
	s->r.reason_count = 1;
	s->r.verdict = SIGN_VERDICT_INDETERMINATE;
	s->r.sub = SIGN_SUB_POLICY_ROLE_MISSING;
}

static void passed(sheet *s) { (void)s; }
static void no_policy(sheet *s) { s->r.roles_examined = false; s->r.policy_title = ""; }
static void unchecked(sheet *s) { s->s[1].revocation_checked = false; s->s[1].revocation = KS_REV_NONE; }
static void what_if(sheet *s) { s->r.what_if = true; }
static void agency_missing(sheet *s) { whole(s, KS_WHY_ROLE_AGENCY_MISSING, ""); s->r.signature_count = 1; s->f[0].signed_by_count = s->f[1].signed_by_count = 1; }
static void tentative(sheet *s) { decide(s, SIGN_VERDICT_INDETERMINATE, SIGN_SUB_TRY_LATER, KS_WHY_REVOCATION_UNKNOWN, "Nguyễn Văn Mẫu", "CA"); s->s[0].revocation = KS_REV_NONE; }
static void expired(sheet *s) { decide(s, SIGN_VERDICT_INDETERMINATE, SIGN_SUB_OUT_OF_BOUNDS_NO_POE, KS_WHY_EXPIRED, "Nguyễn Văn Mẫu", "2026-11-20T02:52:05Z"); }
static void weak(sheet *s) { decide(s, SIGN_VERDICT_INDETERMINATE, SIGN_SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, KS_WHY_WEAK_DIGEST, "SHA-1", "2012-08-01"); }
static void forged(sheet *s) { decide(s, SIGN_VERDICT_INDETERMINATE, SIGN_SUB_NO_CERTIFICATE_CHAIN_FOUND, KS_WHY_IMPERSONATION, "VGCA", ""); s->s[0].chain_complete = false; }

static void
changed(sheet *s)
{
	decide(s, SIGN_VERDICT_FAILED, SIGN_SUB_HASH_FAILURE, KS_WHY_HASH_DOCUMENT, "123-SM-VP.pdf", "");
	s->s[0].intact = false;
	s->f[0].changed = true;
	s->f[1].signed_by_count = 0;
	s->f[1].edge_for_extract = NULL;
}

static void
hostile(sheet *s)
{
	s->cert[0].name = "a\033[2J\xe2\x80\xae" "x\n1 agency";
	s->f[0].name = "b\r\xff.pdf";
	s->s[0].title = "\033]0;x\a";
	s->r.name = "c\n: VALID";
}

static void
claims(sheet *s)
{
	s->s[0].title = "Phó Giám đốc";
	s->s[1].role_claimed_order_only = true;
	s->s[1].has_claimed_time = false;
	s->reason[1] = (ks_reason){ KS_WHY_OVERRIDE, "khẩn", "" };
	s->s[1].reasons = &s->reason[1];
	s->s[1].reason_count = 1;
	s->note[0] = (ks_note){ KS_NOTE_MIMETYPE_NOT_FIRST, "" };
	s->r.notes = s->note;
	s->r.note_count = 1;
}

/* The second signature confirms the first; attacks.md C8. */
static void
countersigned(sheet *s)
{
	s->s[1].is_countersignature = true;
	s->s[1].role = SIGN_ROLE_UNKNOWN;
	s->s[1].revocation_checked = false;
	s->f[0].signed_by_count = s->f[1].signed_by_count = 1;
	s->r.roles_examined = false;
}

static void
countersigned_badly(sheet *s)
{
	countersigned(s);
	s->reason[1] = (ks_reason){ KS_WHY_COUNTERSIGNS_OTHER, "", "" };
	s->s[1].reasons = &s->reason[1];
	s->s[1].reason_count = 1;
	s->s[1].verdict = SIGN_VERDICT_FAILED;
	s->s[1].sub = SIGN_SUB_HASH_FAILURE;
	s->note[0] = (ks_note){ KS_NOTE_COUNTERSIGNATURE_FAILED, "2" };
	s->r.notes = s->note;
	s->r.note_count = 1;
}

static void
failed_cover(sheet *s)
{
	changed(s);
	s->f[1].signed_by_count = 1;
}

static void nothing(sheet *s) { whole(s, KS_WHY_NOT_SIGNED, ""); s->r.signature_count = 0; s->f[0].signed_by_count = 0; s->f[0].edge_for_extract = NULL; s->r.file_count = 1; s->r.sub = SIGN_SUB_NONE; }

static const struct {
	const char *label, *lang;
	sign_report_format format;
	void      (*change)(sheet *);
	const char *has, *has_not; /* texts that must, must not be there */
} rows[] = {
	{ "head", "en", SIGN_REPORT_TEXT, passed, "123-SM-VP.asice: VALID, both signatures present (official documents)\n", "NOT" },
	{ "head, vi", "vi", SIGN_REPORT_TEXT, passed, "123-SM-VP.asice: HỢP LỆ, đủ hai chữ ký (văn bản hành chính)\n", "KHÔNG" },
	{ "files", "en", SIGN_REPORT_TEXT, passed, "\n  files     123-SM-VP.pdf     unchanged, signed by 1 and 2\n            phụ-lục-1.xlsx    unchanged, signed by 1 and 2\n", NULL },
	{ "files, vi", "vi", SIGN_REPORT_TEXT, passed, "\n  tệp       123-SM-VP.pdf     chưa bị thay đổi, ký bởi 1 và 2\n", NULL },
	{ "person", "en", SIGN_REPORT_TEXT, passed, "\n  1 person  Nguyễn Văn Mẫu, Sở Mẫu                                valid\n", NULL },
	{ "agency named once", "vi", SIGN_REPORT_TEXT, passed, "\n  2 cơ quan SỞ MẪU                                                hợp lệ\n", NULL },
	{ "time is claimed", "en", SIGN_REPORT_TEXT, passed, "\n            20/11/2026 09:52:05 +07:00 (claimed), VGCA,\n            not revoked (list of 20/11/2026)\n", NULL },
	{ "time is claimed, vi", "vi", SIGN_REPORT_TEXT, passed, "20/11/2026 09:52:05 +07:00 (giờ máy người ký), VGCA", NULL },
	{ "no role policy", "en", SIGN_REPORT_TEXT, no_policy, "VALID, signatures valid; authority not examined\n", "both signatures" },
	{ "no role policy, vi", "vi", SIGN_REPORT_TEXT, no_policy, "HỢP LỆ, chữ ký hợp lệ; chưa xem xét thẩm quyền\n", NULL },
	{ "unchecked is said", "en", SIGN_REPORT_TEXT, unchecked, "both signatures present; revocation NOT checked\n  (official documents)\n", NULL },
	{ "unchecked is said, vi", "vi", SIGN_REPORT_LINE, unchecked, "CHƯA kiểm tra thu hồi", NULL },
	{ "what-if", "en", SIGN_REPORT_TEXT, what_if, ", as if it were 20/11/2026 09:52:05 +07:00\n", NULL },
	{ "what-if in a line", "vi", SIGN_REPORT_LINE, what_if, "giả định thời điểm 20/11/2026", NULL },
	{ "agency missing", "en", SIGN_REPORT_TEXT, agency_missing, "NOT ENOUGH EVIDENCE, SIGNATURE OF THE AGENCY MISSING\n  (official documents)\n", ": VALID" },
	{ "agency missing, vi", "vi", SIGN_REPORT_TEXT, agency_missing, "CHƯA ĐỦ CĂN CỨ, THIẾU CHỮ KÝ CƠ QUAN (văn bản", ": HỢP LỆ" },
	{ "the person's own verdict stays", "vi", SIGN_REPORT_TEXT, agency_missing, "   hợp lệ\n", NULL },
	{ "next step", "vi", SIGN_REPORT_TEXT, agency_missing, "Trả lại văn bản; văn bản cần đủ hai chữ ký", NULL },
	{ "indeterminate is no forgery (S2)", "en", SIGN_REPORT_TEXT, tentative, "Unchanged since it was signed.", "NOT VALID" },
	{ "indeterminate is not valid (S2)", "en", SIGN_REPORT_TEXT, tentative, "not proven\n", ": VALID" },
	{ "codes for experts", "vi", SIGN_REPORT_TEXT, tentative, "[INDETERMINATE/TRY_LATER]", NULL },
	{ "revocation state", "en", SIGN_REPORT_TEXT, tentative, "VGCA, revocation not checked\n", NULL },
	{ "dates are local", "en", SIGN_REPORT_LINE, expired, "has expired (20/11/2026 09:52:05 +07:00)", "2026-11-20T" },
	{ "days are local", "vi", SIGN_REPORT_LINE, weak, "SHA-1, nay không còn an toàn (từ 01/08/2012)", NULL },
	{ "impersonation", "vi", SIGN_REPORT_TEXT, forged, "giả mạo", "tại ngày 20/11/2026\n            Chưa" },
	{ "changed", "en", SIGN_REPORT_TEXT, changed, ": NOT VALID (official documents)\n", ": VALID" },
	{ "changed, vi", "vi", SIGN_REPORT_TEXT, changed, ": KHÔNG HỢP LỆ (văn bản hành chính)\n", "Chưa bị thay đổi kể từ khi ký" },
	{ "which file", "vi", SIGN_REPORT_TEXT, changed, "123-SM-VP.pdf     ĐÃ BỊ THAY ĐỔI sau khi ký\n            phụ-lục-1.xlsx    không ai ký\n", NULL },
	{ "failed cover is no cover", "en", SIGN_REPORT_TEXT, failed_cover, "phụ-lục-1.xlsx    only under a signature that is not valid: 1\n", NULL },
	{ "failed row", "vi", SIGN_REPORT_TEXT, changed, "   không hợp lệ\n", NULL },
	{ "failed code", "en", SIGN_REPORT_TEXT, changed, "[TOTAL-FAILED/HASH_FAILURE]", NULL },
	{ "not signed", "vi", SIGN_REPORT_TEXT, nothing, "CHƯA ĐỦ CĂN CỨ, KHÔNG CÓ CHỮ KÝ", ": HỢP LỆ" },
	{ "claimed title", "en", SIGN_REPORT_TEXT, claims, "title: Phó Giám đốc (claimed)\n", NULL },
	{ "override is shown", "vi", SIGN_REPORT_TEXT, claims, "lý do nêu ra: \"khẩn\"", NULL },
	{ "claimed order", "en", SIGN_REPORT_TEXT, claims, "That the person signed first is claimed, not shown.", NULL },
	{ "no time", "en", SIGN_REPORT_TEXT, claims, "no signing time stated, VGCA", NULL },
	{ "note", "en", SIGN_REPORT_TEXT, claims, "Note: The container names its type, but not at its beginning.", NULL },
	{ "escape sequences (S4)", "en", SIGN_REPORT_TEXT, hostile, "a\\x1b[2J\\u{202e}x\\x0a1 agency", "\033" },
	{ "carriage returns", "en", SIGN_REPORT_TEXT, hostile, "b\\x0d\\xff.pdf", "\r" },
	{ "no line of its own", "en", SIGN_REPORT_LINE, hostile, "c\\x0a: VALID: VALID", "c\n" },
	{ "line", "en", SIGN_REPORT_LINE, passed, "(official documents); person Nguyễn Văn Mẫu; agency SỞ MẪU\n", NULL },
	{ "line with its reason", "en", SIGN_REPORT_LINE, changed, "; \"123-SM-VP.pdf\" was changed after it was signed.\n", NULL },
	{ "counter-signature", "en", SIGN_REPORT_TEXT, countersigned, "\n            counter-signature of 1: it confirms that signature and signs no file\n", NULL },
	{ "counter-signature, vi", "vi", SIGN_REPORT_TEXT, countersigned, "chữ ký xác nhận cho chữ ký 1", "2 người ký" },
	{ "a counter-signature is no signer", "en", SIGN_REPORT_TEXT, countersigned, "  2 counter SỞ MẪU", "2 signer" },
	{ "its revocation is not the document's", "en", SIGN_REPORT_TEXT, countersigned, ": VALID, signatures valid", "revocation NOT checked" },
	{ "it signs no file", "en", SIGN_REPORT_TEXT, countersigned, "unchanged, signed by 1\n", "1 and 2" },
	{ "it is not in the line", "en", SIGN_REPORT_LINE, countersigned, "; person Nguyễn Văn Mẫu\n", "SỞ MẪU" },
	{ "a broken one leaves the document valid", "en", SIGN_REPORT_TEXT, countersigned_badly, ": VALID, signatures valid", "NOT VALID" },
	{ "and is not silent", "en", SIGN_REPORT_TEXT, countersigned_badly, "Note: Counter-signature 2 is not valid.", NULL },
	{ "nor in a line", "en", SIGN_REPORT_LINE, countersigned_badly, "; a counter-signature is not valid\n", "stands in" },
	{ "nor in JSON", "vi", SIGN_REPORT_JSONL, countersigned_badly, "{\"code\":\"COUNTERSIGNATURE_FAILED\",\"subject\":\"2\"}", NULL },
	{ "JSON names its signature", "en", SIGN_REPORT_JSONL, countersigned, "\"counterSignatureOf\":\"1\"", NULL },
	{ "JSON of an ordinary one", "en", SIGN_REPORT_JSONL, passed, "\"counterSignatureOf\":null", "\"counterSignatureOf\":\"" },
	{ "JSON is never translated", "vi", SIGN_REPORT_JSONL, changed, "\"subIndication\":\"HASH_FAILURE\"", "\xe1\xbb\xa2" },
	{ "JSON reason", "vi", SIGN_REPORT_JSONL, changed, "{\"code\":\"HASH_DOCUMENT\",\"subject\":\"123-SM-VP.pdf\",\"detail\":\"\"}", NULL },
	{ "JSON time", "vi", SIGN_REPORT_JSONL, passed, "\"claimedTime\":\"2026-11-20T02:52:05Z\"", "+07:00" },
	{ "JSON what-if", "en", SIGN_REPORT_JSONL, what_if, "\"whatIf\":true", NULL },
	{ "JSON unchecked", "en", SIGN_REPORT_JSONL, unchecked, "\"checked\":false", NULL },
	{ "JSON holds no raw bytes", "en", SIGN_REPORT_JSONL, hostile, "b\\\\x0d\\\\xff.pdf", "\033" },
};

static void
speak(const char *lang)
{
	static char folder[] = "/tmp/kyso-locale-XXXXXX";

	setenv("TZ", "Asia/Ho_Chi_Minh", 1);
	setenv("LC_ALL", "C", 1);
	if (strcmp(lang, "vi") == 0) {
		cr_assert_not_null(mkdtemp(folder));
		setenv("KYSO_LOCALE_DIR", folder, 1);
		cr_assert_eq(system("mkdir -p \"$KYSO_LOCALE_DIR/vi/LC_MESSAGES\" && msgfmt -o "
		    "\"$KYSO_LOCALE_DIR/vi/LC_MESSAGES/kyso.mo\" " KS_SOURCE_DIR "/libsign/po/vi.po"), 0);
	}
	sign_language_set(lang);
}

static void
fall_silent(const char *lang)
{
	if (strcmp(lang, "vi") == 0)
		cr_expect_eq(system("rm -r \"$KYSO_LOCALE_DIR\""), 0);
}

ParameterizedTestParameters(report_render, says)
{
	static size_t list[KS_COUNT(rows)];

	for (size_t i = 0; i < KS_COUNT(rows); i++)
		list[i] = i;
	return cr_make_param_array(size_t, list, KS_COUNT(rows));
}

ParameterizedTest(size_t *row, report_render, says)
{
	KS_AUTO(ks_auto_mem) char *text = NULL;
	sheet      s;
	sign_error err = SIGN_ERROR_INIT;

	sheet_make(&s);
	rows[*row].change(&s);
	speak(rows[*row].lang);
	cr_assert_eq(sign_report_render(&s.r, rows[*row].format, 0, false, &text, &err), SIGN_OK);
	cr_expect(strstr(text, rows[*row].has) != NULL, "%s: lacks \"%s\" in\n%s", rows[*row].label, rows[*row].has, text);
	if (rows[*row].has_not != NULL)
		cr_expect(strstr(text, rows[*row].has_not) == NULL, "%s: holds \"%s\" in\n%s", rows[*row].label,
		    rows[*row].has_not, text);
	cr_expect(ks_utf8_valid(text, strlen(text)), "%s: not UTF-8", rows[*row].label);
	fall_silent(rows[*row].lang);
}

/* At any width, no line of sentences runs past it, and nothing is lost but the middle of names. */
Test(report_render, every_width)
{
	sheet s;

	sheet_make(&s);
	tentative(&s);
	speak("en");
	for (unsigned width = 1; width < 200; width += 7) {
		KS_AUTO(ks_auto_mem) char *text = NULL;

		cr_assert_eq(sign_report_render(&s.r, SIGN_REPORT_TEXT, width, false, &text, NULL), SIGN_OK);
		for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
			cr_expect(strncmp(line, "            ", 12) != 0 || ks_text_columns(line) <= (width < 60 ? 60 : width) ||
			    strstr(line, "unchanged") != NULL || strstr(line, "(claimed)") != NULL, "%u: %s", width, line);
	}
}

Test(report_render, colour_only_when_asked)
{
	KS_AUTO(ks_auto_mem) char *plain = NULL, *bright = NULL;
	sheet s;

	sheet_make(&s);
	changed(&s);
	speak("en");
	cr_assert_eq(sign_report_render(&s.r, SIGN_REPORT_TEXT, 80, false, &plain, NULL), SIGN_OK);
	cr_assert_eq(sign_report_render(&s.r, SIGN_REPORT_TEXT, 80, true, &bright, NULL), SIGN_OK);
	cr_expect(strchr(plain, '\033') == NULL);
	cr_expect(strstr(bright, "\033[31mNOT VALID\033[0m") != NULL);
}

/* A bundle of thousands: counted, its exceptions named. */
Test(report_render, many_files)
{
	KS_AUTO(ks_auto_mem) char *text = NULL;
	struct sign_report_file *files = calloc(5000, sizeof(*files));
	sheet s;

	sheet_make(&s);
	cr_assert_not_null(files);
	for (size_t i = 0; i < 5000; i++)
		files[i] = s.f[0];
	files[4321].changed = true;
	files[4321].name = "odd.pdf";
	s.r.files = files;
	s.r.file_count = 5000;
	speak("en");
	cr_assert_eq(sign_report_render(&s.r, SIGN_REPORT_TEXT, 80, false, &text, NULL), SIGN_OK);
	cr_expect(strstr(text, "odd.pdf    CHANGED after signing\n") != NULL, "%s", text);
	cr_expect(strstr(text, "4999 files unchanged and signed\n") != NULL, "%s", text);
	cr_expect_lt(strlen(text), 2000);
	free(files);
}

Test(report_render, json_has_its_keys)
{
	static const char *const top[] = { "name", "form", "verdict", "subIndication", "exitCode", "policy", "judgedAt", "whatIf",
		"signatures", "files", "reasons", "notes", "data" };
	static const char *const each[] = { "id", "file", "verdict", "subIndication", "intact", "role", "signer", "claimedTime",
		"title", "place", "commitment", "overrideReason", "algorithm", "level", "revocation", "chain", "coversFiles",
		"coversSignatures", "reasons", "notes" };
	static const char *const signer[] = { "subject", "name", "organisation", "email", "issuer", "serial", "sha256",
		"notBefore", "notAfter", "key" };
	KS_AUTO(ks_auto_mem) char *text = NULL;
	sheet s;

	sheet_make(&s);
	claims(&s);
	cr_assert_eq(sign_report_render(&s.r, SIGN_REPORT_JSON, 80, false, &text, NULL), SIGN_OK);
	json_t *root = json_loads(text, 0, NULL);
	cr_assert_not_null(root);
	for (size_t i = 0; i < KS_COUNT(top); i++)
		cr_expect_not_null(json_object_get(root, top[i]), "%s", top[i]);
	json_t *first = json_array_get(json_object_get(root, "signatures"), 0);
	for (size_t i = 0; i < KS_COUNT(each); i++)
		cr_expect_not_null(json_object_get(first, each[i]), "%s", each[i]);
	for (size_t i = 0; i < KS_COUNT(signer); i++)
		cr_expect_not_null(json_object_get(json_object_get(first, "signer"), signer[i]), "%s", signer[i]);
	cr_expect_str_eq(json_string_value(json_object_get(json_array_get(json_object_get(root, "notes"), 0), "code")),
	    "MIMETYPE_NOT_FIRST");
	json_decref(root);
}

Test(report_get, answers)
{
	sheet  s;
	time_t when = 0;

	sheet_make(&s);
	cr_expect_eq(sign_report_verdict(&s.r), SIGN_VERDICT_PASSED);
	cr_expect_eq(sign_report_signature_count(&s.r), 2);
	cr_expect_null(sign_report_signature_at(&s.r, 2));
	cr_expect_null(sign_report_file_at(&s.r, 2));
	const sign_report_signature *first = sign_report_signature_at(&s.r, 0);
	cr_expect_str_eq(sign_signature_signer(first), "Nguyễn Văn Mẫu");
	cr_expect_str_eq(sign_signature_fingerprint(first), "00ff");
	cr_expect(sign_signature_claimed_time(first, &when));
	cr_expect_eq(when, WHEN);
	cr_expect(sign_file_covered(sign_report_file_at(&s.r, 0)));
	cr_expect_eq(sign_signature_countersigns(sign_report_signature_at(&s.r, 1)), SIZE_MAX);
	countersigned(&s);
	cr_expect_eq(sign_signature_countersigns(sign_report_signature_at(&s.r, 1)), 0);
	s.s[0].chain_length = 0;
	cr_expect_str_eq(sign_signature_signer(first), "");
	s.f[0].changed = true;
	cr_expect_not(sign_file_covered(&s.f[0]));
	s.f[1].missing = true;
	cr_expect_not(sign_file_covered(&s.f[1]));
	s.f[1] = (struct sign_report_file){ .name = "x", .signed_by = s.both, .signed_by_count = 1 };
	cr_expect_not(sign_file_covered(&s.f[1]), "only a failed signature covers it");
	sign_report_free(NULL);
}
