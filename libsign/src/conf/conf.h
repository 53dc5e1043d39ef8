/*
 * The configuration: two INI files, one table of known settings. Floor: conf; reads and checks, decides nothing.
 */
#ifndef KS_CONF_H
#define KS_CONF_H

#include "base.h"

#include <libsign/config.h>

#define KS_CONF_MAX_BYTES    ((size_t)1024 * 1024)
#define KS_CONF_MAX_KEYS     1000
#define KS_CONF_MAX_SETTINGS 1000

typedef enum {
	KS_VALUE_TEXT = 0,
	KS_VALUE_PATH,   /* "~/" and relative paths are resolved */
	KS_VALUE_POLICY, /* a name, or a path if it contains "/" or ends in .json */
	KS_VALUE_MODULE, /* a file name for p11-kit to find, or a path if it contains "/" */
	KS_VALUE_WORD,   /* one of `words` */
	KS_VALUE_NUMBER, /* 0 to 1024 */
} ks_value_kind;

/* A setting that a file may hold. `words` is NULL-terminated; NULL for kinds that need none. */
typedef struct {
	const char        *name;
	ks_value_kind      kind;
	const char *const *words;
	bool               system_only; /* `lock` */
	bool               key_section; /* belongs into [key NAME], not above or into [profile NAME] */
} ks_setting;

/* The row of a setting; "form.pdf" finds "form.". NULL if unknown. */
const ks_setting *ks_conf_setting(const char *name, bool key_section);
/* Its nearest neighbour, for the error; NULL if none is close. */
const char *ks_conf_nearest(const char *name, bool key_section);
/*
 * Check `value` and bring it into its final shape (paths resolved against `folder`), allocated from the arena.
 * Returns NULL and sets *fault to a short reason (possibly the nearest word) when it is not understood.
 */
const char *ks_conf_value(ks_arena *arena, const ks_setting *setting, const char *value, const char *folder,
    const char **fault);

/* sign_config_load() with the folders named: for tests. A folder may be NULL. */
sign_code ks_conf_load(const char *system_folder, const char *user_folder, const char *profile, sign_config **config,
    sign_error *err);

#endif
