/*
 * Is a key's certificate revoked, or its chain broken, as far as is known on this machine? Asked before the first
 * signature (design.md 10), where missing evidence is no reason to refuse but bad news is. Floor: flow.
 */
#include "flow.h"
#include "base_text.h"

sign_code
sign_key_check_trust(const sign_key *key, const sign_trust *trust, time_t now, bool *chain_complete, sign_error *err)
{
	KS_AUTO(ks_auto_pki) ks_pki *pki = NULL;
	const ks_path *path = NULL;
	size_t         count = 0;
	char           day[KS_TIME_TEXT];

	*chain_complete = false;
	while (key->chain != NULL && key->chain[count] != NULL)
		count++;
	KS_TRY(ks_pki_new(trust, &pki, err));
	KS_TRY(ks_pki_path(pki, key->cert, key->chain, count, now, &path, err));
	if (path->state != KS_PATH_FOUND)
		return SIGN_OK;
	*chain_complete = true;
	for (size_t i = 0; i + 1 < path->length; i++) {
		ks_rev rev = { .state = KS_REV_NONE, .reason = -1 };

		KS_TRY(ks_pki_revocation(pki, path, i, NULL, 0, now, &rev, err));
		if (rev.state != KS_REV_REVOKED && rev.state != KS_REV_ON_HOLD)
			continue;
		ks_date_local(rev.revoked_at, day);
		return ks_fail_why(err, SIGN_E_CERT_REVOKED, i == 0 ? key->name : path->chain[i]->subject_cn, NULL, "%s", day);
	}
	return SIGN_OK;
}

sign_code
sign_key_check_role(const sign_key *key, const char *policy_name, sign_role as, sign_role *read, sign_error *err)
{
	KS_AUTO(ks_auto_policy) ks_policy *policy = NULL;
	sign_role needed = as == SIGN_ROLE_COPY || as == SIGN_ROLE_APPENDIX ? SIGN_ROLE_AGENCY : as;

	KS_TRY(ks_policy_load(policy_name != NULL ? policy_name : "official", &policy, err));
	*read = ks_policy_role(policy, key->cert);
	if (needed == SIGN_ROLE_UNKNOWN || *read == SIGN_ROLE_UNKNOWN || *read == needed)
		return SIGN_OK;
	return ks_fail_why(err, SIGN_E_ROLE_KEY, key->cert->subject_cn, NULL, "%s", sign_role_name(*read));
}
