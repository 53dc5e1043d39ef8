/** @file
 * The data that kyso decides by (algorithms, authorities, policies, modules of tokens): which versions are in force,
 * and what this machine has of what they name.
 */
#ifndef LIBSIGN_DATA_H
#define LIBSIGN_DATA_H

#include <libsign/error.h>

SIGN_BEGIN_DECLS

/** One data file as it is in force. */
typedef struct {
	char version[64], date[16]; /**< as the file says */
	char source[512];           /**< its path; "" if it is the copy inside the library */
} sign_data_info;

/** "algorithms.json", "ca.json", "policies/official.json", ...; NULL past the end. */
SIGN_API const char *sign_data_name(size_t index);
/**
 * Version, date and place of a data file.
 * @retval SIGN_E_DATA       it is damaged, or says no version and date
 * @retval SIGN_E_NOT_FOUND  there is no such file
 */
SIGN_API sign_code sign_data_look(const char *name, sign_data_info *info, sign_error *err) SIGN_MUST_CHECK;

/** A module of tokens (PKCS#11) that is installed; texts live during the call. @return false to see no more */
typedef bool (*sign_module_fn)(void *user, const char *name, const char *path);
/**
 * Look for the modules that are known (modules.json), in the places where they are usually installed. Nothing is
 * loaded.
 * @retval SIGN_E_DATA  the list is damaged
 */
SIGN_API sign_code sign_modules_find(sign_module_fn found, void *user, sign_error *err) SIGN_MUST_CHECK;

SIGN_END_DECLS
#endif
