/*
 * What the fuzz targets share. A target returns 0 whatever the input is; what must never be so ends it with FUZZ_CHECK.
 */
#ifndef KS_FUZZ_H
#define KS_FUZZ_H

#include "base.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(condition)                                                                  \
	do {                                                                                   \
		if (!(condition)) {                                                            \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);        \
			abort();                                                               \
		}                                                                              \
	} while (0)

/* An error is told with its code, exactly when there is one (style.md 4). */
#define FUZZ_TOLD(rc, err) FUZZ_CHECK((err).code == (rc))

#endif
