/*
 * Times that a person types: a date, or RFC 3339 with its offset.
 */
#include "kyso.h"

#include <string.h>

/* mktime and timegm turn 31 February into 3 March without a word. */
static bool
same_day(const struct tm *typed, const struct tm *made)
{
	return typed->tm_mday == made->tm_mday && typed->tm_mon == made->tm_mon && typed->tm_year == made->tm_year;
}

static bool
parse_date(const char *text, time_t *when)
{
	struct tm   typed = { 0 };
	struct tm   made;
	const char *rest = strptime(text, "%Y-%m-%d", &typed);

	if (rest == NULL || *rest != '\0')
		return false;
	typed.tm_isdst = -1;
	made = typed;
	*when = mktime(&made);
	return same_day(&typed, &made);
}

static bool
parse_rfc3339(const char *text, time_t *when)
{
	static const char *const shapes[] = { "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z" };

	for (size_t i = 0; i < COUNT_OF(shapes); i++) {
		struct tm   typed = { 0 };
		struct tm   made;
		const char *rest = strptime(text, shapes[i], &typed);

		if (rest == NULL || *rest != '\0')
			continue;
		made = typed;
		*when = timegm(&made) - typed.tm_gmtoff;
		return same_day(&typed, &made);
	}
	return false;
}

bool
parse_time(const char *text, time_t *when)
{
	return (parse_date(text, when) || parse_rfc3339(text, when)) && *when > 0;
}
