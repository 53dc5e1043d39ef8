/*
 * The judge: EN 319 102-1 on neutral facts. Knows no ZIP, CMS or XML, opens nothing, fetches nothing. Floor: validate.
 */
#ifndef KS_VALIDATE_H
#define KS_VALIDATE_H

#include "base.h"
#include "crypt.h"
#include "facts.h"
#include "pki.h"
#include "validate_policy.h"
#include "validate_verdict.h"

typedef struct {
	const ks_policy *policy;
	const ks_trust  *trust;
	ks_pki          *pki;        /* this worker's cache over that trust */
	time_t           now;        /* or --at */
	bool             what_if;    /* --at was given */
	const char *const *expect;   /* --expect-signer patterns (see validate_roles.c), NULL-terminated, or NULL */
} ks_judge;

/*
 * Judge facts. The verdict owns what it shows, copied or by its own reference to the facts, which must not change any more
 * but may be freed. Every error path leaves *verdict NULL.
 */
sign_code ks_validate(const ks_judge *judge, const ks_facts *facts, sign_report **verdict, sign_error *err);

#endif
