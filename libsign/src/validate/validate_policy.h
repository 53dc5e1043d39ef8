/*
 * Policy: which evidence is asked for, and the rules that read a role from a certificate. Data (policies/NAME.json).
 */
#ifndef KS_VALIDATE_POLICY_H
#define KS_VALIDATE_POLICY_H

#include "base.h"
#include "crypt_cert.h"

typedef enum { KS_REVOCATION_REQUIRED = 0, KS_REVOCATION_IF_AVAILABLE } ks_revocation_rule;

typedef enum {
	KS_CASE_ANY = 0,
	KS_CASE_UPPER, /* written in capitals (agencies) */
	KS_CASE_MIXED, /* has small letters (persons) */
} ks_letter_case;

typedef struct {
	sign_role   role;
	const char *cn, *o, *ou, *email;         /* patterns: fnmatch on the folded text; NULL: not asked; "": must be absent */
	const char *fingerprint;                 /* hex SHA-256 of one pinned certificate, or NULL */
	ks_letter_case cn_case;
	const char *comment;
} ks_role_rule;

typedef struct ks_policy {
	ks_arena   *arena;
	const char *name, *version, *date, *title; /* "official", "1", "2026-11-24", "official documents" */
	ks_revocation_rule revocation;
	bool        allow_no_signing_cert_attr;
	bool        roles_required;   /* adds the document verdict */
	ks_role_rule *rules;          /* first match wins; none = unknown */
	size_t       rule_count;
} ks_policy;

#define KS_POLICY_MAX_RULES 1000

/* By name ("default", "official": data room order) or by path to a JSON file (contains '/' or ends .json).
 * Unknown keys are SIGN_E_DATA naming the key. */
sign_code ks_policy_load(const char *name_or_path, ks_policy **policy, sign_error *err);
void      ks_policy_free(ks_policy *policy);
KS_AUTO_DEFINE(ks_auto_policy, ks_policy, ks_policy_free)

/* The role a certificate plays under the policy's rules. Without memory: unknown, which never passes a role check. */
sign_role ks_policy_role(const ks_policy *policy, const ks_cert *cert);

#endif
