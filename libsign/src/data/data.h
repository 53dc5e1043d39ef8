/*
 * Data files (algorithms, CAs, policies): looked for in the system's folder, then the shipped one, then the copy inside the
 * library, so that an office can replace them and a bare library still works. Floor: data.
 */
#ifndef KS_DATA_H
#define KS_DATA_H

#include "base.h"

#include <jansson.h>

/* "algorithms.json" → its root; SIGN_E_DATA names file, line and reason; release with json_decref. */
sign_code ks_data_load(const char *name, json_t **root, sign_error *err);
/* Where a data file lies on disk; false: it is the copy inside the library that counts. */
bool ks_data_path(const char *name, char *path, size_t cap);
/* A JSON file by path (policies given by the user). */
sign_code ks_data_load_path(const char *path, json_t **root, sign_error *err);
/* What there is in `folder` ("policies"): "default, official", without ".json", as far as it fits. */
void ks_data_names(const char *folder, char *text, size_t cap);
/* SIGN_E_DATA naming the first key of `object` that is not among `known` (NULL-terminated). */
sign_code ks_data_only_keys(json_t *object, const char *const known[], const char *file, sign_error *err);

static inline void
ks_auto_json(json_t **j)
{
	json_decref(*j);
}

#endif
