/*
 * The TLV walk and the DER writer (X.690): what is taken, what is refused, and that what we write reads back.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "cms.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define LIT(s)      { (const uint8_t *)(s), sizeof(s) - 1 }

static const struct { const char *label; sign_bytes in; bool taken; size_t content, left; } tlvs[] = {
	{ "short",                       LIT("\x04\x02" "ab"),             true, 2, 0 },
	{ "something follows",           LIT("\x04\x02" "ab\x05\x00"),     true, 2, 2 },
	{ "empty value",                 LIT("\x05\x00"),                  true, 0, 0 },
	{ "long form",                   LIT("\x04\x81\x02" "ab"),         true, 2, 0 },
	{ "leading zeros in the length", LIT("\x04\x84\0\0\0\x02" "ab"),   true, 2, 0 },
	{ "indefinite",                  LIT("\x30\x80\x05\x00\x00\x00"),  true, 2, 0 },
	{ "indefinite, nested",          LIT("\x30\x80\x30\x80\x00\x00\x00\x00\x02"), true, 4, 1 },
	{ "definite around zeros",       LIT("\x30\x80\x04\x02\x00\x00\x00\x00"), true, 4, 0 },
	{ "nothing",                     LIT(""),                          false, 0, 0 },
	{ "tag alone",                   LIT("\x04"),                      false, 0, 0 },
	{ "one octet missing",           LIT("\x04\x03" "ab"),             false, 0, 0 },
	{ "length of the length missing", LIT("\x04\x82\x00"),             false, 0, 0 },
	{ "length of nine octets",       LIT("\x04\x89\0\0\0\0\0\0\0\0\x01" "a"), false, 0, 0 },
	{ "length beyond memory",        LIT("\x04\x88\xff\xff\xff\xff\xff\xff\xff\xff" "a"), false, 0, 0 },
	{ "length that wraps",           LIT("\x04\x88\xff\xff\xff\xff\xff\xff\xff\xf6" "a"), false, 0, 0 },
	{ "reserved length 0xff",        LIT("\x04\xff" "ab"),             false, 0, 0 },
	{ "indefinite primitive",        LIT("\x04\x80" "a\x00\x00"),      false, 0, 0 },
	{ "indefinite without an end",   LIT("\x30\x80\x05\x00"),          false, 0, 0 },
	{ "indefinite, half an end",     LIT("\x30\x80\x05\x00\x00"),      false, 0, 0 },
	{ "high tag number",             LIT("\x1f\x81\x01\x00"),          false, 0, 0 },
	{ "end-of-contents as a value",  LIT("\x00\x00"),                  false, 0, 0 },
};
ParameterizedTestParameters(tlv, next)
{
	static size_t rows[COUNT_OF(tlvs)];

	for (size_t i = 0; i < COUNT_OF(tlvs); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, COUNT_OF(tlvs));
}
ParameterizedTest(size_t *row, tlv, next)
{
	sign_bytes rest = tlvs[*row].in;
	ks_tlv     tlv;
	bool       taken = ks_tlv_next(&rest, &tlv);

	cr_assert_eq(taken, tlvs[*row].taken, "%s", tlvs[*row].label);
	if (!taken) {
		cr_expect_eq(rest.len, tlvs[*row].in.len, "%s: refused, yet moved on", tlvs[*row].label);
		return;
	}
	cr_expect_eq(tlv.content.len, tlvs[*row].content, "%s: %zu", tlvs[*row].label, tlv.content.len);
	cr_expect_eq(rest.len, tlvs[*row].left, "%s: %zu", tlvs[*row].label, rest.len);
	cr_expect_eq(tlv.whole.len + rest.len, tlvs[*row].in.len, "%s: octets lost", tlvs[*row].label);
}

Test(tlv, nesting_is_bounded)
{
	uint8_t deep[4 * (KS_CMS_MAX_DEPTH + 1)];

	for (size_t levels = KS_CMS_MAX_DEPTH - 1; levels <= KS_CMS_MAX_DEPTH + 1; levels++) {
		sign_bytes rest = { deep, 4 * levels };
		ks_tlv     tlv;

		memset(deep, 0, sizeof(deep));
		for (size_t i = 0; i < levels; i++)
			memcpy(deep + 2 * i, "\x30\x80", 2);
		cr_expect_eq(ks_tlv_next(&rest, &tlv), levels <= KS_CMS_MAX_DEPTH, "%zu levels", levels);
	}
}

static const struct { const char *label; sign_bytes in; bool der; } ders[] = {
	{ "sequence of two",          LIT("\x30\x05\x02\x01\x05\x05\x00"),     true },
	{ "context tags",             LIT("\xa0\x04\x80\x02" "ab"),            true },
	{ "nothing",                  LIT(""),                                 false },
	{ "length not minimal",       LIT("\x30\x81\x02\x05\x00"),             false },
	{ "inner length not minimal", LIT("\x30\x05\x04\x81\x02" "ab"),        false },
	{ "indefinite",               LIT("\x30\x80\x05\x00\x00\x00"),         false },
	{ "constructed OCTET STRING", LIT("\x24\x04\x04\x02" "ab"),            false },
	{ "primitive SEQUENCE",       LIT("\x10\x02\x05\x00"),                 false },
	{ "broken inside",            LIT("\x30\x02\x04\x05"),                 false },
};
ParameterizedTestParameters(tlv, is_der)
{
	static size_t rows[COUNT_OF(ders)];

	for (size_t i = 0; i < COUNT_OF(ders); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, COUNT_OF(ders));
}
ParameterizedTest(size_t *row, tlv, is_der)
{
	cr_expect_eq(ks_tlv_is_der(ders[*row].in), ders[*row].der, "%s", ders[*row].label);
}

/* dotted NULL: malformed. */
static const struct { const char *label; sign_bytes content; const char *dotted; } oids[] = {
	{ "id-data",             LIT("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"), "1.2.840.113549.1.7.1" },
	{ "two arcs",            LIT("\x55"),                                 "2.5" },
	{ "joint arc above 39",  LIT("\x88\x37\x03"),                         "2.999.3" },
	{ "itu-t",               LIT("\x04\x00\x95\x32\x01\x01"),             "0.4.0.2738.1.1" },
	{ "a UUID under 2.25", LIT("\x69\x83\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
	    "2.25.340282366920938463463374607431768211455" },
	{ "wider than a UUID", LIT("\x69\x87\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"), NULL },
	{ "empty",               LIT(""),                                     NULL },
	{ "cut in an arc",       LIT("\x2a\x86"),                             NULL },
	{ "padded arc",          LIT("\x2a\x80\x01"),                         NULL },
	{ "longer than 63", LIT("\x2a\x8f\xff\xff\xff\x7f\x8f\xff\xff\xff\x7f\x8f\xff\xff\xff\x7f\x8f\xff\xff\xff\x7f"
	    "\x8f\xff\xff\xff\x7f\x8f\xff\xff\xff\x7f\x8f\xff\xff\xff\x7f"), NULL },
};
ParameterizedTestParameters(tlv, oid)
{
	static size_t rows[COUNT_OF(oids)];

	for (size_t i = 0; i < COUNT_OF(oids); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, COUNT_OF(oids));
}
ParameterizedTest(size_t *row, tlv, oid)
{
	char dotted[64];
	bool taken = ks_tlv_oid(oids[*row].content, dotted, sizeof(dotted));

	cr_assert_eq(taken, oids[*row].dotted != NULL, "%s: %s", oids[*row].label, taken ? dotted : "refused");
	if (taken)
		cr_expect_str_eq(dotted, oids[*row].dotted, "%s", oids[*row].label);
}

static const struct { const char *dotted; bool written; } written[] = {
	{ "1.2.840.113549.1.7.1", true }, { "2.999.3", true }, { "0.4.0.19122.1.1", true }, { "2.5.4.72", true },
	{ "", false }, { "1", false }, { "1.", false }, { "1.2.", false }, { "3.1", false }, { "1.40", false },
	{ "1.2.x", false }, { "1.02", false }, { "1..2", false }, { "1.2.99999999999999999999", false },
};
ParameterizedTestParameters(der, oid)
{
	static size_t rows[COUNT_OF(written)];

	for (size_t i = 0; i < COUNT_OF(written); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, COUNT_OF(written));
}
ParameterizedTest(size_t *row, der, oid)
{
	KS_AUTO(ks_buf_clear) ks_buf out = KS_BUF(256);
	sign_error err = SIGN_ERROR_INIT;
	sign_code  rc = ks_der_oid(&out, written[*row].dotted, &err);
	sign_bytes rest = ks_buf_bytes(&out);
	char       dotted[64];
	ks_tlv     tlv;

	cr_assert_eq(rc == SIGN_OK, written[*row].written, "\"%s\"", written[*row].dotted);
	cr_assert_eq(err.code, rc);
	if (rc != SIGN_OK)
		return;
	cr_assert(ks_tlv_expect(&rest, 0x06, &tlv) && ks_tlv_oid(tlv.content, dotted, sizeof(dotted)));
	cr_expect_str_eq(dotted, written[*row].dotted);
}

/* Lengths round every step of the DER length forms, written both ways, read back as DER. */
static const size_t lengths[] = { 0, 1, 127, 128, 255, 256, 65535, 65536 };
ParameterizedTestParameters(der, lengths_read_back)
{
	static size_t rows[COUNT_OF(lengths)];

	for (size_t i = 0; i < COUNT_OF(lengths); i++)
		rows[i] = i;
	return cr_make_param_array(size_t, rows, COUNT_OF(lengths));
}
ParameterizedTest(size_t *row, der, lengths_read_back)
{
	static uint8_t content[65536];
	KS_AUTO(ks_buf_clear) ks_buf put = KS_BUF(1u << 20);
	KS_AUTO(ks_buf_clear) ks_buf nested = KS_BUF(1u << 20);
	size_t     outer, inner;
	sign_bytes rest;
	ks_tlv     tlv;

	memset(content, 0x5a, sizeof(content));
	cr_assert_eq(ks_der_put(&put, 0x04, KS_BYTES(content, lengths[*row]), NULL), SIGN_OK);
	cr_assert_eq(ks_der_begin(&nested, 0x30, &outer, NULL), SIGN_OK);
	cr_assert_eq(ks_der_begin(&nested, 0x04, &inner, NULL), SIGN_OK);
	cr_assert_eq(ks_buf_add(&nested, content, lengths[*row], NULL), SIGN_OK);
	cr_assert_eq(ks_der_end(&nested, inner, NULL), SIGN_OK);
	cr_assert_eq(ks_der_end(&nested, outer, NULL), SIGN_OK);
	rest = ks_buf_bytes(&nested);
	cr_expect(ks_tlv_is_der(rest), "%zu", lengths[*row]);
	cr_assert(ks_tlv_expect(&rest, 0x30, &tlv));
	cr_expect(ks_bytes_equal(tlv.content, ks_buf_bytes(&put)), "%zu: put and begin differ", lengths[*row]);
}

Test(der, a_full_buffer_is_an_error)
{
	KS_AUTO(ks_buf_clear) ks_buf out = KS_BUF(130);
	static const uint8_t content[128];
	sign_error err = SIGN_ERROR_INIT;
	size_t     mark;

	cr_assert_eq(ks_der_begin(&out, 0x30, &mark, &err), SIGN_OK);
	cr_assert_eq(ks_buf_add(&out, content, sizeof(content), &err), SIGN_OK);
	cr_expect_eq(ks_der_end(&out, mark, &err), SIGN_E_LIMIT);
	cr_expect_eq(err.code, SIGN_E_LIMIT);
}
