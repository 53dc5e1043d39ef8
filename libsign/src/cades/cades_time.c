/*
 * signing-time (RFC 5652 11.3): UTCTime from 1950 through 2049, GeneralizedTime outside, always seconds and "Z". Written
 * so, and read so; a fraction of a second is tolerated and dropped. Floor: cades.
 */
#include <string.h>

#include "cades_internal.h"

enum { TAG_UTC_TIME = 0x17, TAG_GENERALIZED_TIME = 0x18 };

static void
two_digits(uint8_t *at, int value)
{
	at[0] = (uint8_t)('0' + value / 10 % 10);
	at[1] = (uint8_t)('0' + value % 10);
}

sign_code
ks_cades_time_put(ks_buf *out, time_t when, sign_error *err)
{
	struct tm tm;
	uint8_t   text[15];
	int       year;
	bool      utc;

	if (gmtime_r(&when, &tm) == NULL || tm.tm_year < -1900 || tm.tm_year > 9999 - 1900)
		return ks_fail_why(err, SIGN_E_USAGE, NULL, NULL, "a signing time outside the years 0 to 9999");
	year = tm.tm_year + 1900;
	utc = year >= 1950 && year <= 2049;
	two_digits(text, year / 100);
	two_digits(text + 2, year % 100);
	two_digits(text + 4, tm.tm_mon + 1);
	two_digits(text + 6, tm.tm_mday);
	two_digits(text + 8, tm.tm_hour);
	two_digits(text + 10, tm.tm_min);
	two_digits(text + 12, tm.tm_sec);
	text[14] = 'Z';
	if (utc)
		return ks_der_put(out, TAG_UTC_TIME, KS_BYTES(text + 2, sizeof(text) - 2), err);
	return ks_der_put(out, TAG_GENERALIZED_TIME, KS_BYTES(text, sizeof(text)), err);
}

/* Two digits within [low, high]; -1 otherwise. */
static int
take_two(const uint8_t *at, int low, int high)
{
	int value;

	if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
		return -1;
	value = (at[0] - '0') * 10 + (at[1] - '0');
	return value >= low && value <= high ? value : -1;
}

/* "Z", or "." digits "Z" in a GeneralizedTime. */
static bool
ends_well(sign_bytes tail, bool fraction_ok)
{
	if (tail.len > 2 && fraction_ok && tail.data[0] == '.') {
		for (size_t i = 1; i < tail.len - 1; i++)
			if (tail.data[i] < '0' || tail.data[i] > '9')
				return false;
		return tail.data[tail.len - 1] == 'Z';
	}
	return tail.len == 1 && tail.data[0] == 'Z';
}

bool
ks_cades_time_read(const ks_tlv *value, time_t *when)
{
	bool           utc = value->tag == TAG_UTC_TIME;
	size_t         year_digits = utc ? 2 : 4;
	const uint8_t *p = value->content.data;
	struct tm      tm = { 0 };
	int            century, year, mday;

	if ((!utc && value->tag != TAG_GENERALIZED_TIME) || value->content.len < year_digits + 11)
		return false;
	year = take_two(p + year_digits - 2, 0, 99);
	century = utc ? (year < 50 ? 20 : 19) : take_two(p, 0, 99);
	p += year_digits;
	tm.tm_year = century * 100 + year - 1900;
	tm.tm_mon = take_two(p, 1, 12) - 1;
	tm.tm_mday = mday = take_two(p + 2, 1, 31);
	tm.tm_hour = take_two(p + 4, 0, 23);
	tm.tm_min = take_two(p + 6, 0, 59);
	tm.tm_sec = take_two(p + 8, 0, 59);
	if (year < 0 || century < 0 || tm.tm_mon < 0 || mday < 0 || tm.tm_hour < 0 || tm.tm_min < 0 || tm.tm_sec < 0)
		return false;
	if (!ends_well(KS_BYTES(p + 10, value->content.len - year_digits - 10), !utc))
		return false;
	*when = timegm(&tm);
	return tm.tm_mday == mday; /* timegm turns 31 April into 1 May */
}
