/* The table that embed.cmake fills: data files carried inside the library. Floor: data. */
#ifndef KS_DATA_EMBEDDED_H
#define KS_DATA_EMBEDDED_H

#include <stddef.h>

typedef struct {
	const char          *name; /* "algorithms.json", "policies/official.json" */
	const unsigned char *bytes;
	size_t               len;
} ks_data_file;
extern const ks_data_file ks_data_embedded[]; /* ends with a NULL name */

#endif
