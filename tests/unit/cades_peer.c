/*
 * What peers make: the openssl command over sample keys, and an Ed25519 message, which kyso verifies and does not make.
 */
#include <stdio.h>
#include <string.h>

#include "cades_support.h"

#define LETTER KS_BYTES("to whom it may concern\n", 23)
#define LIT(s) KS_BYTES(s, sizeof(s) - 1)

#define CT "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03"
#define MD "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04"
#define S2 "\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f"
#define ID_DATA     "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"
#define SHA512_BODY "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03"

/* Messages that the openssl command makes from sample keys over LETTER. */
static const struct { const char *label, *options; bool good; size_t signers; bool attached, fault; } peers[] = {
	{ "as it should be", "-cades -signer '%s/person.crt' -inkey '%s/keys/person.key'", true, 1, false, false },
	{ "attached", "-cades -nodetach -signer '%s/person.crt' -inkey '%s/keys/person.key'", true, 1, true, false },
	{ "two signers", "-cades -signer '%s/person.crt' -inkey '%s/keys/person.key' -signer '%s/agency-ec.crt' -inkey '%s/keys/agency-ec.key'",
	    true, 2, false, false },
	{ "SHA-512", "-cades -md sha512 -signer '%s/person.crt' -inkey '%s/keys/person.key'", true, 1, false, false },
	{ "by key identifier", "-cades -keyid -signer '%s/person.crt' -inkey '%s/keys/person.key'", true, 1, false, false },
	{ "indefinite lengths", "-cades -stream -indef -nodetach -signer '%s/person.crt' -inkey '%s/keys/person.key'", true, 1, true, false },
	{ "PEM", "-cades -outform PEM -signer '%s/person.crt' -inkey '%s/keys/person.key'", true, 1, false, false },
	{ "-noattr (C2)", "-noattr -signer '%s/person.crt' -inkey '%s/keys/person.key'", false, 1, false, true },
	{ "without -cades", "-signer '%s/person.crt' -inkey '%s/keys/person.key'", false, 1, false, false },
	{ "without certificates", "-cades -nocerts -signer '%s/person.crt' -inkey '%s/keys/person.key'", false, 1, false, false },
	{ "another content type", "-cades -econtent_type 1.2.3.4 -signer '%s/person.crt' -inkey '%s/keys/person.key'", false, 1, false, true },
};
ParameterizedTestParameters(peer, openssl_messages)
{
	static size_t rows[COUNT_OF(peers)];

	return rows_of(rows, COUNT_OF(peers));
}
/* `options` with every %s replaced by the folder of sample keys. */
static void
expand(const char *options, char *out, size_t cap)
{
	size_t n = 0;

	for (const char *p = options; *p != '\0'; p++) {
		if (p[0] == '%' && p[1] == 's') {
			n += (size_t)snprintf(out + n, cap - n, "%s", KS_SOURCE_DIR "/keys-sample");
			p++;
		} else {
			out[n++] = *p;
		}
		cr_assert_lt(n + 1, cap);
	}
	out[n] = '\0';
}
ParameterizedTest(size_t *row, peer, openssl_messages)
{
	KS_AUTO(ks_buf_clear) ks_buf cms = KS_BUF(0);
	const char *label = peers[*row].label;
	char        options[1024];
	struct read r;

	expand(peers[*row].options, options, sizeof(options));
	spill(temp_path("letter"), LETTER);
	cr_assert(run("openssl cms -sign -binary -in '%s' -outform DER %s -out '%s'", temp_path("letter"), options,
	    temp_path("p7")), "%s: openssl does not make it", label);
	slurp(temp_path("p7"), &cms);
	cr_expect(ks_cms_sniff(ks_buf_bytes(&cms)), "%s", label);
	read_cms(&r, ks_buf_bytes(&cms), peers[*row].attached ? KS_BYTES(NULL, 0) : LETTER);
	cr_assert_eq(r.rc, SIGN_OK, "%s: %s", label, r.err.detail);
	cr_expect_eq(all_good(&r), peers[*row].good, "%s: %s", label, r.f->signatures[0].format_fault);
	cr_expect_eq(r.f->signature_count, peers[*row].signers, "%s", label);
	cr_expect_eq(r.content.data != NULL, peers[*row].attached, "%s", label);
	cr_expect_eq(r.f->signatures[0].format_fault != NULL, peers[*row].fault, "%s", label);
	if (peers[*row].attached)
		cr_expect(ks_bytes_equal(r.content, LETTER), "%s: content", label);
	read_clear(&r);
	/* attacks.md C3: a document supplied beside it is judged by its own octets, whatever the message carries inside */
	read_cms(&r, ks_buf_bytes(&cms), KS_BYTES("another document", 16));
	cr_expect_not(all_good(&r), "%s: any document will do", label);
	read_clear(&r);
}

/* ---- Ed25519: verified, not made (RFC 8419: the value is over the SET itself, digestAlgorithm SHA-512) ---- */

static size_t
sign_ed25519(const char *key_path, sign_bytes set, uint8_t *value, size_t cap)
{
	KS_AUTO(ks_buf_clear) ks_buf sig = KS_BUF(0);

	spill(temp_path("set"), set);
	cr_assert(run("openssl pkeyutl -sign -rawin -inkey '%s' -in '%s' -out '%s'", key_path, temp_path("set"), temp_path("ed")));
	slurp(temp_path("ed"), &sig);
	cr_assert_leq(sig.len, cap);
	memcpy(value, sig.data, sig.len);
	return sig.len;
}

static void
put_all(ks_buf *out, sign_bytes bytes)
{
	cr_assert_eq(ks_buf_add(out, bytes.data, bytes.len, NULL), SIGN_OK);
}

/* SignerInfo with SHA-512 and id-Ed25519, attributes freshly made for the sample certificate. */
static void
ed25519_message(ks_crypt *cx, const ks_cert *cert, ks_buf *out)
{
	KS_AUTO(ks_buf_clear) ks_buf set = KS_BUF(65536), ess = KS_BUF(65536), info = KS_BUF(65536), md = KS_BUF(256);
	uint8_t    value[64];
	sign_bytes members[3], rest;
	ks_digest  digest;
	ks_tlv     tlv;
	size_t     mark, inner;

	cr_assert_eq(ks_digest_bytes(cx, SIGN_DIGEST_SHA512, LETTER, &digest, NULL), SIGN_OK);
	put_all(&md, LIT("\x30\x4f" MD "\x31\x42\x04\x40"));
	put_all(&md, KS_BYTES(digest.bytes, digest.len));
	cr_assert_eq(ks_der_begin(&ess, 0x30, &mark, NULL), SIGN_OK);
	put_all(&ess, LIT(S2 "\x31\x28\x30\x26\x30\x24\x30\x22\x04\x20"));
	put_all(&ess, KS_BYTES(cert->sha256, 32));
	cr_assert_eq(ks_der_end(&ess, mark, NULL), SIGN_OK);
	members[0] = LIT("\x30\x18" CT "\x31\x0b" ID_DATA);
	members[1] = ks_buf_bytes(&md);
	members[2] = ks_buf_bytes(&ess);
	cr_assert_eq(ks_der_begin(&set, 0x31, &mark, NULL), SIGN_OK);
	cr_assert_eq(ks_cms_sort_set(members, 3, &set, NULL), SIGN_OK);
	cr_assert_eq(ks_der_end(&set, mark, NULL), SIGN_OK);
	cr_assert_eq(sign_ed25519(SAMPLE("keys/ed25519.key"), ks_buf_bytes(&set), value, sizeof(value)), 64);
	rest = ks_buf_bytes(&set);
	cr_assert(ks_tlv_next(&rest, &tlv));
	cr_assert_eq(ks_der_begin(&info, 0x30, &mark, NULL), SIGN_OK);
	put_all(&info, LIT("\x02\x01\x01"));
	cr_assert_eq(ks_der_begin(&info, 0x30, &inner, NULL), SIGN_OK);
	put_all(&info, cert->issuer_der);
	cr_assert_eq(ks_der_put(&info, 0x02, cert->serial_der, NULL), SIGN_OK);
	cr_assert_eq(ks_der_end(&info, inner, NULL), SIGN_OK);
	put_all(&info, LIT("\x30\x0b" SHA512_BODY));
	cr_assert_eq(ks_der_put(&info, 0xa0, tlv.content, NULL), SIGN_OK);
	put_all(&info, LIT("\x30\x05\x06\x03\x2b\x65\x70"));
	cr_assert_eq(ks_der_put(&info, 0x04, KS_BYTES(value, 64), NULL), SIGN_OK);
	cr_assert_eq(ks_der_end(&info, mark, NULL), SIGN_OK);
	cr_assert_eq(ks_cms_build(out, SIGN_DIGEST_SHA512, &cert->der, 1, ks_buf_bytes(&info), NULL), SIGN_OK);
}

static sign_code
keep_first(void *user, ks_cert *cert, sign_error *err)
{
	ks_cert **slot = user;

	(void)err;
	if (*slot == NULL)
		*slot = ks_cert_ref(cert);
	return SIGN_OK;
}

Test(peer, ed25519_is_verified)
{
	KS_AUTO(ks_buf_clear) ks_buf pem = KS_BUF(0), out = KS_BUF(1u << 20);
	KS_AUTO(ks_auto_crypt) ks_crypt *cx = NULL;
	KS_AUTO(ks_auto_cert) ks_cert *cert = NULL;
	struct read r;

	cr_assert_eq(ks_crypt_new(&cx, NULL), SIGN_OK);
	slurp(SAMPLE("ed25519.crt"), &pem);
	cr_assert_eq(ks_cert_read_all(ks_buf_bytes(&pem), "t", keep_first, NULL, &cert, NULL), SIGN_OK);
	ed25519_message(cx, cert, &out);
	read_cms(&r, ks_buf_bytes(&out), LETTER);
	cr_expect(all_good(&r), "%s", r.f->signatures[0].format_fault);
	cr_expect_eq(r.f->signatures[0].scheme, SIGN_SCHEME_EDDSA);
	read_clear(&r);
	out.data[out.len - 1] ^= 1;
	read_cms(&r, ks_buf_bytes(&out), LETTER);
	cr_expect_eq(r.f->signatures[0].value_holds, KS_HOLDS_NO);
	read_clear(&r);
}
