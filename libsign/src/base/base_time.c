/*
 * Times as text, and the time a signature is made at. The C library does the calendar. Floor: base.
 */
#include "base_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void
ks_time_utc(time_t when, char text[KS_TIME_TEXT])
{
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL || strftime(text, KS_TIME_TEXT, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		snprintf(text, KS_TIME_TEXT, "@%lld", (long long)when);
}

void
ks_time_local(time_t when, char text[KS_TIME_TEXT])
{
	struct tm tm;
	char      plain[KS_TIME_TEXT - 8];
	char      zone[8]; /* "+0700" */

	if (localtime_r(&when, &tm) == NULL || strftime(plain, sizeof(plain), "%d/%m/%Y %H:%M:%S", &tm) == 0 ||
	    strftime(zone, sizeof(zone), "%z", &tm) != 5)
		snprintf(text, KS_TIME_TEXT, "@%lld", (long long)when);
	else
		snprintf(text, KS_TIME_TEXT, "%s %.3s:%.2s", plain, zone, zone + 3);
}

void
ks_date_local(time_t when, char text[KS_TIME_TEXT])
{
	struct tm tm;

	if (localtime_r(&when, &tm) == NULL || strftime(text, KS_TIME_TEXT, "%d/%m/%Y", &tm) == 0)
		snprintf(text, KS_TIME_TEXT, "@%lld", (long long)when);
}

sign_code
ks_time_parse(const char *text, time_t *when, sign_error *err)
{
	struct tm   tm = { 0 };
	const char *rest = strptime(text, "%Y-%m-%d", &tm);

	if (rest != NULL && *rest == '\0') {
		tm.tm_isdst = -1;
		*when = mktime(&tm);
		return SIGN_OK;
	}
	memset(&tm, 0, sizeof(tm));
	rest = strptime(text, "%Y-%m-%dT%H:%M:%S%z", &tm);
	if (rest == NULL) {
		memset(&tm, 0, sizeof(tm));
		rest = strptime(text, "%Y-%m-%d %H:%M:%S%z", &tm);
	}
	if (rest == NULL || *rest != '\0')
		return ks_fail_why(err, SIGN_E_USAGE, text, NULL, "2026-11-20 or 2026-11-20T09:00:00+07:00");
	/* timegm clears tm_gmtoff, so take it first */
	long offset = tm.tm_gmtoff;
	*when = timegm(&tm) - offset;
	return SIGN_OK;
}

time_t
ks_time_signing(void)
{
	const char *fixed = getenv("SOURCE_DATE_EPOCH");
	char       *end = NULL;
	long long   value;

	if (fixed != NULL && *fixed != '\0') {
		errno = 0;
		value = strtoll(fixed, &end, 10);
		if (errno == 0 && *end == '\0' && value >= 0)
			return (time_t)value;
	}
	return time(NULL);
}
