/* A small authority for the pki tests: certificates and CRLs by description, made with P-256 keys. */
#ifndef PKI_SUPPORT_H
#define PKI_SUPPORT_H

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "base_file.h"
#include "pki.h"

#include <openssl/evp.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))
#define NOW         ((time_t)1800000000) /* 2027-01-15 */
#define DAY         ((time_t)86400)

typedef struct {
	const char *id;      /* how rows name it */
	const char *subject; /* common name */
	int         key;     /* number of its key */
	const char *issuer;
	int         issuer_key;
	int         from, until; /* days from NOW; both 0: -1000 to 1000 */
	const char *bc, *ku, *eku, *nc, *san, *cdp; /* extension texts, NULL: none */
	int         ski, aki;    /* key number, 0: none */
	bool        critical;    /* an unknown critical extension */
	long        serial;      /* 0: 1000 + key */
	const char *org;         /* O of the subject, or NULL */
	bool        printable;   /* the subject as PrintableString instead of UTF8String */
} cert_spec;

typedef struct {
	long serial;
	int  date;   /* days from NOW */
	int  reason; /* -1 none */
	bool other_issuer, critical;
} crl_row;
typedef struct {
	const char *id, *issuer;
	int         key;
	int         from, until; /* days from NOW; until 0: no nextUpdate */
	int         aki;
	const char *idp;
	bool        delta, critical, md5;
	crl_row     rows[4]; /* serial 0 ends */
} crl_spec;

EVP_PKEY *test_key(int number); /* the same for the same number within a process */
ks_cert  *test_cert(const cert_spec *spec); /* yours */
/* malloc'ed DER */
sign_bytes test_crl(const crl_spec *spec);
sign_bytes test_crl_many(const crl_spec *spec, long first, size_t count); /* `count` serials from `first` on, every second */

/* A fresh folder, removed when the process ends. */
const char *test_folder(void);
char       *test_path(const char *name); /* below it; one of 16 buffers in turn */
void        test_write(const char *path, sign_bytes bytes);
void        test_write_cert(const char *path, const ks_cert *cert);
bool        test_exists(const char *path);
size_t      test_count_files(const char *folder); /* regular files below, hidden ones too */

/* From now on this certificate is the pinned one of the known authority `id`, in this process. */
void test_pin(const char *id, const ks_cert *cert);

#define ROWS(suite, name, table)                                                 \
	ParameterizedTestParameters(suite, name)                                 \
	{                                                                        \
		static size_t rows_[COUNT_OF(table)];                            \
		for (size_t i = 0; i < COUNT_OF(table); i++)                     \
			rows_[i] = i;                                            \
		return cr_make_param_array(size_t, rows_, COUNT_OF(table));      \
	}                                                                        \
	ParameterizedTest(size_t *row, suite, name)

#endif
