/** @file
 * The configuration: /etc/kyso/kyso.conf < $XDG_CONFIG_HOME/kyso/kyso.conf < options. See kyso.conf(5).
 */
#ifndef LIBSIGN_CONFIG_H
#define LIBSIGN_CONFIG_H

#include <libsign/error.h>

SIGN_BEGIN_DECLS

typedef struct sign_config sign_config;

/** A named key: `[key so-mau]`. Texts "" when absent. */
typedef struct {
	const char *name, *uri, *cert, *pin_file;
	sign_role   as; /**< SIGN_ROLE_UNKNOWN if not said */
	const char *module; /**< PKCS#11 module of a token */
} sign_config_key;

/**
 * Read both files (missing ones are fine). An unknown section or key, or a value that is not understood, is SIGN_E_CONFIG:
 * err->subject the word, err->where file and line ("/etc/kyso/kyso.conf:12"), err->detail the nearest known word or what is
 * wrong. In values that are paths "~/" is the home, and a relative path starts at the folder of the file that names it.
 *
 * @param profile  "[profile NAME]" whose settings come on top; NULL: none; unknown: SIGN_E_CONFIG
 * @retval SIGN_E_LOCKED  the user's file changes what `lock =` of the system's file forbids
 */
SIGN_API sign_code sign_config_load(const char *profile, sign_config **config, sign_error *err) SIGN_MUST_CHECK;
SIGN_API void      sign_config_free(sign_config *config);

/** A setting ("lang", "policy", "key", "form", "trust", ...; "form.pdf" for a suffix), NULL if not set. */
SIGN_API const char *sign_config_get(const sign_config *config, const char *name);
/** May options or the user's file change this setting ("policy", "trust", "revocation")? Locked by `lock =` in the system's file. */
SIGN_API bool sign_config_locked(const sign_config *config, const char *name);

SIGN_API size_t sign_config_key_count(const sign_config *config);
/** false past the end */
SIGN_API bool sign_config_key_at(const sign_config *config, size_t index, sign_config_key *key);
/**
 * The word that was probably meant: the one of `words` (NULL-terminated) that the fewest insertions, deletions,
 * replacements and swaps of neighbours turn `word` into; NULL if none is close.
 */
SIGN_API const char *sign_nearest_word(const char *word, const char *const words[]);

/** The trust folders in force when --trust is not given: the system's, then the user's. NULL past the end (index 0, 1). */
SIGN_API const char *sign_config_trust_folder(const sign_config *config, size_t index);

/** The folders in which kyso.conf was looked for: the system's, then the user's. NULL past the end. */
SIGN_API const char *sign_config_folder(const sign_config *config, size_t index);

SIGN_END_DECLS
#endif
