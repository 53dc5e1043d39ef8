/*
 * Names, percent-encoding, times and buffers.
 */
#include "base.h"
#include "base_text.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *label, *name;
	size_t      len; /* 0: strlen */
	bool        folder_ok, fine;
} names[] = {
	{ "plain", "letter.pdf", 0, false, true },
	{ "accented", "công văn 01.pdf", 0, false, true },
	{ "deep", "a/b/c.txt", 0, false, true },
	{ "dots inside", "a..b/...c", 0, false, true },
	{ "folder where allowed", "a/b/", 0, true, true },
	{ "folder where not", "a/b/", 0, false, false },
	{ "empty", "", 0, false, false },
	{ "climbs out", "../letter.pdf", 0, false, false },
	{ "climbs in the middle", "a/../../b", 0, false, false },
	{ "dot", ".", 0, false, false },
	{ "dot segment", "a/./b", 0, false, false },
	{ "ends in dots", "a/..", 0, false, false },
	{ "absolute", "/etc/passwd", 0, false, false },
	{ "empty segment", "a//b", 0, false, false },
	{ "backslash", "a\\b", 0, false, false },
	{ "drive", "C:\\w", 0, false, false },
	{ "newline", "a\nb", 0, false, false },
	{ "escape", "a\x1b[31m", 0, false, false },
	{ "delete", "a\x7f", 0, false, false },
	{ "right-to-left override", "invoice\xe2\x80\xaegpj.exe", 0, false, false },
	{ "isolate", "a\xe2\x81\xa6" "b", 0, false, false },
	{ "Arabic letter mark", "a\xd8\x9c", 0, false, false },
	{ "zero-width joiner is writing", "a\xe2\x80\x8d" "b", 0, false, true },
	{ "NUL inside", "a\0b", 3, false, false },
	{ "only a slash", "/", 0, true, false },
};

ParameterizedTestParameters(base_name, is_judged)
{
	static size_t rows[KS_COUNT(names)];

	for (size_t i = 0; i < KS_COUNT(names); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, KS_COUNT(names));
}

ParameterizedTest(size_t *row, base_name, is_judged)
{
	size_t      len = names[*row].len > 0 ? names[*row].len : strlen(names[*row].name);
	const char *fault = ks_name_fault(names[*row].name, len, names[*row].folder_ok);

	cr_expect_eq(fault == NULL, names[*row].fine, "%s: %s", names[*row].label, fault != NULL ? fault : "accepted");
}

static const struct {
	const char *plain, *encoded;
} uris[] = {
	{ "a b.txt", "a%20b.txt" },
	{ "100%.txt", "100%25.txt" },
	{ "a+b", "a%2Bb" },
	{ "thư/mục", "th%C6%B0/m%E1%BB%A5c" },
	{ "x?y#z", "x%3Fy%23z" },
	{ "AZaz09-._~/", "AZaz09-._~/" },
};

Test(base_uri, round_trip)
{
	for (size_t i = 0; i < KS_COUNT(uris); i++) {
		KS_AUTO(ks_auto_mem) char *encoded = ks_uri_encode(uris[i].plain, strlen(uris[i].plain));
		char   decoded[64];
		size_t len = 0;

		cr_assert_str_eq(encoded, uris[i].encoded);
		cr_assert(ks_uri_decode(encoded, strlen(encoded), decoded, &len));
		cr_assert_eq(len, strlen(uris[i].plain));
		cr_assert_arr_eq(decoded, uris[i].plain, len);
	}
}

Test(base_uri, bad_escapes_are_refused)
{
	static const char *const bad[] = { "%", "a%2", "%zz", "%4g", "abc%" };
	char                     out[16];
	size_t                   len;

	for (size_t i = 0; i < KS_COUNT(bad); i++)
		cr_expect_not(ks_uri_decode(bad[i], strlen(bad[i]), out, &len), "%s", bad[i]);
}

Test(base_uri, plus_stays_plus)
{
	char   out[8];
	size_t len;

	cr_assert(ks_uri_decode("a+b", 3, out, &len));
	cr_assert_arr_eq(out, "a+b", 3);
}

Test(base_fold, case_and_composition_collide)
{
	KS_AUTO(ks_auto_mem) char *a = ks_name_fold("CÔNG.PDF", strlen("CÔNG.PDF"));
	KS_AUTO(ks_auto_mem) char *b = ks_name_fold("co\xcc\x82ng.pdf", strlen("co\xcc\x82ng.pdf"));
	KS_AUTO(ks_auto_mem) char *c = ks_name_fold("cong.pdf", strlen("cong.pdf"));

	cr_expect_str_eq(a, b);
	cr_expect_str_neq(a, c);
	cr_expect_null(ks_name_fold("\xff\xfe", 2));
}

static const struct {
	const char *text;
	bool        fine;
	long long   want;
} times[] = {
	{ "2026-11-20T09:00:00Z", true, 1795165200 },
	{ "2026-11-20T09:00:00+07:00", true, 1795140000 },
	{ "2026-11-20 09:00:00+0700", true, 1795140000 },
	{ "2026-13-20T09:00:00Z", false, 0 },
	{ "2026-11-20T09:00:00", false, 0 },
	{ "2026-11-20T09:00:00Zjunk", false, 0 },
	{ "yesterday", false, 0 },
	{ "", false, 0 },
};

Test(base_time, parse)
{
	for (size_t i = 0; i < KS_COUNT(times); i++) {
		sign_error err = SIGN_ERROR_INIT;
		time_t     when = 0;
		sign_code  code = ks_time_parse(times[i].text, &when, &err);

		cr_expect_eq(code == SIGN_OK, times[i].fine, "%s", times[i].text);
		cr_expect_eq(err.code, code);
		if (code == SIGN_OK)
			cr_expect_eq((long long)when, times[i].want, "%s: %lld", times[i].text, (long long)when);
	}
}

Test(base_time, text_carries_the_zone)
{
	char text[KS_TIME_TEXT];

	setenv("TZ", "Asia/Ho_Chi_Minh", 1);
	tzset();
	ks_time_local(1795140000, text);
	cr_expect_str_eq(text, "20/11/2026 09:00:00 +07:00");
	ks_time_utc(1795140000, text);
	cr_expect_str_eq(text, "2026-11-20T02:00:00Z");
}

Test(base_buf, stops_at_its_maximum)
{
	KS_AUTO(ks_buf_clear) ks_buf buf = KS_BUF(10);
	sign_error err = SIGN_ERROR_INIT;

	cr_expect_eq(ks_buf_add(&buf, "12345", 5, &err), SIGN_OK);
	cr_expect_eq(ks_buf_add(&buf, "123456", 6, &err), SIGN_E_LIMIT);
	cr_expect_eq(buf.len, 5);
	cr_expect_eq(ks_buf_reserve(&buf, SIZE_MAX, &err), SIGN_E_LIMIT);
}

Test(base_arena, push_keeps_what_was_there)
{
	KS_AUTO(ks_auto_arena) ks_arena *arena = ks_arena_new();
	int   *items = NULL;
	size_t count = 0;

	for (int i = 0; i < 1000; i++)
		*(int *)ks_arena_push(arena, &items, &count, sizeof(int)) = i;
	cr_assert_eq(count, 1000);
	for (int i = 0; i < 1000; i++)
		cr_assert_eq(items[i], i);
}

Test(base_error, text_is_cut_between_characters)
{
	sign_error err = SIGN_ERROR_INIT;
	char       name[600];

	for (size_t i = 0; i + 3 <= sizeof(name) - 1; i += 3)
		memcpy(name + i, "\xe1\xbb\xa5", 3);
	name[597] = '\0';
	cr_expect_eq(ks_fail(&err, SIGN_E_FORMAT, name), SIGN_E_FORMAT);
	cr_expect(ks_utf8_valid(err.subject, strlen(err.subject)));
	cr_expect_lt(strlen(err.subject), sizeof(err.subject));
}
