/*
 * What kind of key is it, and is it safe to calculate with? Floor: crypt. Public keys come from strangers; the sizes here
 * bound the time that one verification can take (attacks.md C14).
 */
#include "crypt_openssl.h"

#include <openssl/core_names.h>
#include <stdio.h>
#include <string.h>

const char *
ks_key_type_name(ks_key_type type)
{
	static const char *const names[] = {
		[KS_KEY_NONE] = "?",           [KS_KEY_RSA] = "RSA",     [KS_KEY_RSA_PSS] = "RSA-PSS", [KS_KEY_EC] = "EC",
		[KS_KEY_ED25519] = "Ed25519", [KS_KEY_ED448] = "Ed448", [KS_KEY_DSA] = "DSA",
	};

	return (size_t)type < KS_COUNT(names) ? names[type] : "?";
}

/* RFC 8017 3.1: e is odd and at least 3. An even or giant one is no key, only work for whoever calculates with it. */
static sign_code
check_rsa(const EVP_PKEY *pkey, unsigned bits, const char *name, sign_error *err)
{
	BIGNUM *raw = NULL;

	if (bits > KS_RSA_MAX_BITS)
		return ks_fail_why(err, SIGN_E_LIMIT, name, NULL, "RSA %u", bits);
	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &raw) != 1)
		return ks_fail_openssl(err, SIGN_E_CRYPTO, name, "RSA exponent");
	KS_AUTO(ks_auto_bn) BIGNUM *e = raw;
	if (!BN_is_odd(e) || BN_is_one(e) || BN_is_negative(e) || BN_num_bits(e) > KS_RSA_MAX_EXPONENT_BITS)
		return ks_fail_why(err, SIGN_E_FORMAT, name, NULL, "RSA exponent");
	return SIGN_OK;
}

static void
curve_name(const char *group, char curve[KS_CURVE_TEXT])
{
	static const struct {
		const char *theirs, *ours;
	} names[] = {
		{ "prime256v1", "P-256" },
		{ "secp384r1", "P-384" },
		{ "secp521r1", "P-521" },
	};

	for (size_t i = 0; i < KS_COUNT(names); i++)
		if (strcmp(group, names[i].theirs) == 0)
			group = names[i].ours;
	snprintf(curve, KS_CURVE_TEXT, "%s", group);
}

/* RFC 5480 2.1.1: named curves only. */
static sign_code
check_ec(const EVP_PKEY *pkey, const char *name, char curve[KS_CURVE_TEXT], sign_error *err)
{
	char group[KS_CURVE_TEXT] = "", encoding[16] = "";
	int  explicit = 0;

	if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_ENCODING, encoding, sizeof(encoding), NULL) != 1 ||
	    strcmp(encoding, "named_curve") != 0 ||
	    (EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit) == 1 && explicit != 0) ||
	    EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) != 1) {
		ks_openssl_drain();
		return ks_fail_why(err, SIGN_E_FORMAT, name, NULL, "explicit curve parameters");
	}
	curve_name(group, curve);
	return SIGN_OK;
}

sign_code
ks_pkey_describe(const EVP_PKEY *pkey, const char *name, ks_key_type *type, unsigned *bits, char curve[KS_CURVE_TEXT],
    sign_error *err)
{
	static const struct {
		const char *name;
		ks_key_type type;
		unsigned    bits; /* 0: ask the key */
	} kinds[] = {
		{ "RSA", KS_KEY_RSA, 0 },
		{ "RSA-PSS", KS_KEY_RSA_PSS, 0 },
		{ "EC", KS_KEY_EC, 0 },
		{ "ED25519", KS_KEY_ED25519, 255 },
		{ "ED448", KS_KEY_ED448, 448 },
		{ "DSA", KS_KEY_DSA, 0 },
	};

	*type = KS_KEY_NONE;
	*bits = (unsigned)EVP_PKEY_get_bits(pkey);
	curve[0] = '\0';
	for (size_t i = 0; i < KS_COUNT(kinds); i++) {
		if (!EVP_PKEY_is_a(pkey, kinds[i].name))
			continue;
		*type = kinds[i].type;
		if (kinds[i].bits != 0)
			*bits = kinds[i].bits;
	}
	if (*type == KS_KEY_RSA || *type == KS_KEY_RSA_PSS)
		return check_rsa(pkey, *bits, name, err);
	if (*type == KS_KEY_EC)
		return check_ec(pkey, name, curve, err);
	return SIGN_OK;
}
