/** @file
 * libsign: sign official documents and judge what arrives. This header brings all others.
 */
#ifndef LIBSIGN_LIBSIGN_H
#define LIBSIGN_LIBSIGN_H

#include <libsign/batch.h>
#include <libsign/config.h>
#include <libsign/data.h>
#include <libsign/error.h>
#include <libsign/journal.h>
#include <libsign/key.h>
#include <libsign/report.h>
#include <libsign/signing.h>
#include <libsign/stream.h>
#include <libsign/trust.h>
#include <libsign/types.h>
#include <libsign/verify.h>
#include <libsign/watch.h>

SIGN_BEGIN_DECLS

/** "0.1.0" */
SIGN_API const char *sign_version(void);

SIGN_END_DECLS
#endif
