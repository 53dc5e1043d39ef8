/*
 * Text: UTF-8, names of entries, escaping for people, times as text. Floor: base.
 */
#ifndef KS_BASE_TEXT_H
#define KS_BASE_TEXT_H

#include "base.h"

bool ks_utf8_valid(const char *text, size_t len);

/*
 * Is `name` a relative path that stays inside its folder and can be written down unambiguously? Refused: empty, empty or
 * "." or ".." segments, leading "/", backslash, control characters (C0, DEL), direction controls, NUL inside. A trailing "/" (a folder) is
 * allowed only if `folder_ok`. Non-UTF-8 is allowed here: callers decide. Returns NULL if fine, else a static English
 * word for the fault ("climbs out of its folder", ...) that fits sign_error.detail.
 */
const char *ks_name_fault(const char *name, size_t len, bool folder_ok);

/* Case-folded NFC form for "would these two names collide" (UAX #15, full case folding); malloc'ed, NULL on no memory
 * or when `name` is not UTF-8 (then byte comparison decides). */
char *ks_name_fold(const char *name, size_t len);

/* RFC 3986: percent-encode all but A-Za-z0-9-._~/ ; malloc'ed. */
char *ks_uri_encode(const char *name, size_t len);
/* Decode once; "+" stays "+". In place is fine. false on a bad escape. */
bool ks_uri_decode(const char *uri, size_t len, char *out, size_t *out_len);

#define KS_TIME_TEXT 40
/* "2026-11-20T02:12:05Z" */
void ks_time_utc(time_t when, char text[KS_TIME_TEXT]);
/* "20/11/2026 09:12:05 +07:00" in the local zone (TZ) */
void ks_time_local(time_t when, char text[KS_TIME_TEXT]);
/* "20/11/2026" in the local zone */
void ks_date_local(time_t when, char text[KS_TIME_TEXT]);
/* RFC 3339 with offset or Z, or a date alone (its end in the local zone is not guessed: 00:00:00 local). */
sign_code ks_time_parse(const char *text, time_t *when, sign_error *err);
/* SOURCE_DATE_EPOCH if set and well-formed, else now. */
time_t ks_time_signing(void);

/* bytes → lower-case hex with NUL; cap >= 2*len+1 */
void ks_hex(sign_bytes bytes, char *text, size_t cap);
/* Hex with optional ':' or ' ' between bytes; false on anything else. */
bool ks_hex_parse(const char *text, uint8_t *out, size_t cap, size_t *len);

#endif
