/*
 * Fits a certificate a pattern? Globs on folded text, capitals by Unicode, and units read from the subject's text.
 * Floor: validate. The certificate is foreign: whatever cannot be read matches nothing.
 */
#include "validate_match.h"

#include "base_text.h"
#include "validate_policy.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <unistr.h>

bool
ks_match_glob(const char *pattern, const char *text)
{
	KS_AUTO(ks_auto_mem) char *p = ks_name_fold(pattern, strlen(pattern));
	KS_AUTO(ks_auto_mem) char *t = ks_name_fold(text, strlen(text));

	return p != NULL && t != NULL && fnmatch(p, t, 0) == 0;
}

bool
ks_match_same(const char *a, const char *b)
{
	KS_AUTO(ks_auto_mem) char *x = ks_name_fold(a, strlen(a));
	KS_AUTO(ks_auto_mem) char *y = ks_name_fold(b, strlen(b));

	return x != NULL && y != NULL && strcmp(x, y) == 0;
}

bool
ks_match_is_fingerprint(const char *text)
{
	size_t digits = 0;

	for (const char *c = text; *c != '\0'; c++) {
		if (isxdigit((unsigned char)*c))
			digits++;
		else if (*c != ':')
			return false;
	}
	return digits >= 16;
}

bool
ks_match_fingerprint(const char *hex, const ks_cert *cert)
{
	uint8_t want[32];
	size_t  len = 0;

	if (!ks_match_is_fingerprint(hex) || !ks_hex_parse(hex, want, sizeof(want), &len) || len < 8)
		return false;
	return memcmp(want, cert->sha256, len) == 0;
}

/* All letters that have a case are capitals (or: one is small). Text without any such letter is neither. */
static bool
case_fits(const char *text, ks_letter_case want)
{
	const uint8_t *s = (const uint8_t *)text;
	size_t         len = strlen(text), upper_len = 0, lower_len = 0;

	if (want == KS_CASE_ANY)
		return true;
	KS_AUTO(ks_auto_mem) uint8_t *upper = u8_toupper(s, len, NULL, NULL, NULL, &upper_len);
	KS_AUTO(ks_auto_mem) uint8_t *lower = u8_tolower(s, len, NULL, NULL, NULL, &lower_len);
	if (upper == NULL || lower == NULL)
		return false;
	bool is_upper = upper_len == len && memcmp(upper, s, len) == 0;
	bool is_lower = lower_len == len && memcmp(lower, s, len) == 0;
	return want == KS_CASE_UPPER ? is_upper && !is_lower : !is_upper;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One attribute value from RFC 4514 text at `s`, unescaped into `out`; returns the separator after it. RFC 4514 2.4 */
static const char *
attribute_value(const char *s, char *out, size_t cap)
{
	size_t n = 0;

	for (; *s != '\0' && *s != ',' && *s != '+'; s++) {
		char c = *s;

		if (c == '\\' && s[1] != '\0') {
			int high = hex_value(s[1]), low = high >= 0 ? hex_value(s[2]) : -1;

			c = low >= 0 ? (char)(high * 16 + low) : s[1];
			s += low >= 0 ? 2 : 1;
		}
		if (n + 1 < cap)
			out[n++] = c;
	}
	out[n] = '\0';
	return s;
}

/* Does any organisational unit of the subject fit? A pattern of "" asks that there be none. */
static bool
unit_fits(const char *pattern, const char *subject)
{
	char value[512];
	bool any = false, fits = false;

	for (const char *s = subject; *s != '\0';) {
		bool is_ou = strncasecmp(s, "OU=", 3) == 0;

		s += strcspn(s, "=,+");
		if (*s == '=')
			s = attribute_value(s + 1, value, sizeof(value));
		if (is_ou) {
			any = true;
			fits = fits || ks_match_glob(pattern, value);
		}
		if (*s != '\0')
			s++;
	}
	return pattern[0] == '\0' ? !any : fits;
}

static bool
text_fits(const char *pattern, const char *text)
{
	if (pattern == NULL)
		return true;
	if (pattern[0] == '\0' || text[0] == '\0')
		return pattern[0] == '\0' && text[0] == '\0';
	return ks_match_glob(pattern, text);
}

/* RFC 5321 4.1.2 without quoting: one "@" with something on both sides, and nothing that could begin a second address. */
static bool
is_one_address(const char *text)
{
	const char *at = strchr(text, '@');

	return at != NULL && at > text && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
	    strpbrk(text, " \t\r\n,;:<>()[]\"\\") == NULL;
}

/* A pattern of "" asks that there be none. Of several addresses, or several in one, nobody knows which is meant. */
static bool
email_fits(const char *pattern, const ks_cert *cert)
{
	if (pattern == NULL)
		return true;
	if (pattern[0] == '\0')
		return cert->email_count == 0;
	return cert->email_count == 1 && is_one_address(cert->subject_email) && ks_match_glob(pattern, cert->subject_email);
}

/* attacks.md S4: a name with characters that nobody sees, or that turn others round, is not read as it is written. */
static bool
reads_as_written(const char *text)
{
	const uint8_t *s = (const uint8_t *)text;
	size_t         left = strlen(text);

	while (left > 0) {
		ucs4_t c;
		int    n = u8_mbtoucr(&c, s, left);

		if (n <= 0 || uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf))
			return false;
		s += n;
		left -= (size_t)n;
	}
	return true;
}

/* A role is read from one common name; where there is none, or two, only a pinned certificate has a role. */
static bool
rule_fits(const ks_role_rule *rule, const ks_cert *cert)
{
	bool known = rule->fingerprint != NULL ? ks_match_fingerprint(rule->fingerprint, cert) :
	                                         cert->cn_count == 1 && reads_as_written(cert->subject_cn);

	return known &&
	    case_fits(cert->subject_cn, rule->cn_case) && text_fits(rule->cn, cert->subject_cn) &&
	    text_fits(rule->o, cert->subject_o) && email_fits(rule->email, cert) &&
	    (rule->ou == NULL || unit_fits(rule->ou, cert->subject));
}

sign_role
ks_policy_role(const ks_policy *policy, const ks_cert *cert)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		if (rule_fits(&policy->rules[i], cert))
			return policy->rules[i].role;
	}
	return SIGN_ROLE_UNKNOWN;
}
