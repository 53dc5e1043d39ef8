/*
 * Making errors: one caller-owned value, filled where the fault is seen. Floor: base. The sentence for a person is made by
 * report/, from code and fields.
 */
#include "base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Copy, cutting only between UTF-8 characters. */
static void
copy_text(char *dst, size_t cap, const char *src)
{
	size_t len = strlen(src);

	if (len >= cap) {
		len = cap - 1;
		while (len > 0 && ((unsigned char)src[len] & 0xC0) == 0x80)
			len--;
	}
	memcpy(dst, src, len);
	dst[len] = '\0';
}

sign_code
ks_fail_from(sign_error *err, sign_code code, const char *origin, const char *subject, const char *where,
    const char *fmt, ...)
{
	char    detail[256];
	va_list args;

	if (err == NULL)
		return code;
	err->code = code;
	copy_text(err->origin, sizeof(err->origin), origin);
	copy_text(err->subject, sizeof(err->subject), subject != NULL ? subject : "");
	copy_text(err->where, sizeof(err->where), where != NULL ? where : "");
	err->detail[0] = '\0';
	if (fmt != NULL) {
		va_start(args, fmt);
		vsnprintf(detail, sizeof(detail), fmt, args);
		va_end(args);
		copy_text(err->detail, sizeof(err->detail), detail);
	}
	return code;
}

sign_code
ks_fail_errno_from(sign_error *err, sign_code fallback, const char *origin, const char *subject)
{
	static const struct {
		int       number;
		sign_code code;
	} known[] = {
		{ ENOENT, SIGN_E_NOT_FOUND },
		{ ENOTDIR, SIGN_E_NOT_FOUND },
		{ EACCES, SIGN_E_PERMISSION },
		{ EPERM, SIGN_E_PERMISSION },
		{ EISDIR, SIGN_E_IS_FOLDER },
		{ ENOSPC, SIGN_E_DISK_FULL },
		{ EDQUOT, SIGN_E_DISK_FULL },
		{ EROFS, SIGN_E_DISK_FULL },
		{ EEXIST, SIGN_E_EXISTS },
		{ ENOMEM, SIGN_E_MEMORY },
	};
	int       number = errno;
	sign_code code = fallback;
	char      reason[128];

	for (size_t i = 0; i < KS_COUNT(known); i++)
		if (known[i].number == number)
			code = known[i].code;
	return ks_fail_from(err, code, origin, subject, NULL, "%s", strerror_r(number, reason, sizeof(reason)));
}
