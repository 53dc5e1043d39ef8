/* A small world for the judge: a root, an issuing CA, two signers, their CRLs, and facts built by hand. */
#ifndef VALIDATE_WORLD_H
#define VALIDATE_WORLD_H

#include "validate.h"

#define NOW ((time_t)1780272000) /* 2026-06-01 00:00 UTC */
#define DAY ((time_t)86400)

enum {
	NO_CRL = 1, NO_ANCHOR = 1 << 1, NO_CA = 1 << 2, EXPIRED = 1 << 3, NOT_YET = 1 << 4, REVOKED = 1 << 5, HOLD = 1 << 6,
	CA_REVOKED = 1 << 7, STALE = 1 << 8, FUTURE_CRL = 1 << 9, WRONG_KU = 1 << 10, NO_KU = 1 << 11, SERVER_EKU = 1 << 12,
	IF_AVAILABLE = 1 << 13, ALLOW_NO_ESS = 1 << 14, OFFICIAL = 1 << 15, WEAK_KEY = 1 << 16, TWO = 1 << 17,
	WHAT_IF = 1 << 18, CA_EXPIRED = 1 << 19, CRITICAL = 1 << 20, MAIL_EKU = 1 << 21, UNTRUSTED_ROOT = 1 << 22,
	NO_ROOT_CRL = 1 << 23, SHA1_CRL = 1 << 24, OLD_CRL = 1 << 25,
};

typedef struct {
	ks_trust  *trust;
	ks_pki    *pki;
	ks_policy *policy;
	ks_facts  *facts;
	ks_cert   *ca, *person, *agency;
	ks_judge   judge;
} world;

/* Signature 1 is the person's, 2 (with TWO) the agency's, which covers 1; both cover "a.pdf". Everything holds. */
void world_make(world *w, unsigned plan);
void world_clear(world *w);
/* A certificate for role rules: subject as "CN=...,O=..." pieces in order, NULL-terminated pairs. */
ks_cert *world_cert(const char *const subject[]);

#endif
