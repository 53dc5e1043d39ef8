/*
 * Names in certificates as UTF-8 text (RFC 4514). Floor: crypt. A name is the certificate's word, not ours: bytes that
 * would end a C string early or are not text never reach the caller as they are; escaping for terminals is done where
 * the text is shown.
 */
#include "base_text.h"
#include "crypt_cert_parts.h"
#include "crypt_openssl.h"

#include <string.h>
#include <strings.h>

/* RFC 4514 with letters beyond ASCII left as they are. */
#define NAME_FLAGS (XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB)
/* For a name that is not what its string type says: hexadecimal. */
#define NAME_FLAGS_BROKEN (XN_FLAG_RFC2253 | ASN1_STRFLGS_DUMP_ALL)

static char *
name_text(ks_arena *arena, const X509_NAME *name)
{
	KS_AUTO(ks_auto_bio) BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long  len;

	if (bio == NULL)
		return NULL;
	if (X509_NAME_print_ex(bio, name, 0, NAME_FLAGS) < 0) {
		if (ks_openssl_drain() || BIO_reset(bio) != 1 || X509_NAME_print_ex(bio, name, 0, NAME_FLAGS_BROKEN) < 0)
			return NULL;
	}
	len = BIO_get_mem_data(bio, &text);
	return len > 0 ? ks_arena_strndup(arena, text, (size_t)len) : ks_arena_strdup(arena, "");
}

/* One string as UTF-8; "" if it is not text. A NUL inside (the "CN=bank\0.evil" trick) becomes U+FFFD, never an end. */
static char *
string_text(ks_arena *arena, const ASN1_STRING *string)
{
	static const char instead[] = "\xEF\xBF\xBD";
	uint8_t          *utf8 = NULL;
	int               len = ASN1_STRING_to_UTF8(&utf8, string);
	char             *text, *p;

	if (len < 0)
		return ks_openssl_drain() ? NULL : ks_arena_strdup(arena, "");
	text = p = ks_arena_alloc(arena, (size_t)len * (sizeof(instead) - 1) + 1);
	for (int i = 0; p != NULL && i < len; i++) {
		if (utf8[i] != '\0')
			*p++ = (char)utf8[i];
		else
			p = stpcpy(p, instead);
	}
	if (text != NULL && !ks_utf8_valid(text, strlen(text)))
		text[0] = '\0';
	OPENSSL_free(utf8);
	return text;
}

/* The most specific value of an attribute: the last in DER order. */
static char *
attribute(ks_arena *arena, const X509_NAME *name, int nid)
{
	int last = -1;

	for (int i = X509_NAME_get_index_by_NID(name, nid, -1); i >= 0; i = X509_NAME_get_index_by_NID(name, nid, i))
		last = i;
	if (last < 0)
		return ks_arena_strdup(arena, "");
	return string_text(arena, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
}

static unsigned
count_attributes(const X509_NAME *name, int nid)
{
	unsigned count = 0;

	for (int i = X509_NAME_get_index_by_NID(name, nid, -1); i >= 0; i = X509_NAME_get_index_by_NID(name, nid, i))
		count++;
	return count;
}

/*
 * RFC 5280 4.2.1.6: new certificates keep the address in subjectAltName; older ones in the name; many have it in both. An
 * address is counted that differs, even by an unreadable byte, from the one that is shown.
 */
static sign_code
read_email(ks_cert *cert, const X509_NAME *subject, sign_error *err)
{
	unsigned       in_name = count_attributes(subject, NID_pkcs9_emailAddress);
	GENERAL_NAMES *names = X509_get_ext_d2i(cert->x509, NID_subject_alt_name, NULL, NULL);

	cert->subject_email = attribute(cert->arena, subject, NID_pkcs9_emailAddress);
	cert->email_count = in_name;
	for (int i = 0; cert->subject_email != NULL && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		char               *text;

		if (name->type != GEN_EMAIL)
			continue;
		text = string_text(cert->arena, name->d.rfc822Name);
		if (text == NULL || cert->email_count == 0 || strcasecmp(text, cert->subject_email) != 0)
			cert->email_count++;
		if (text == NULL || cert->subject_email[0] == '\0')
			cert->subject_email = text;
	}
	GENERAL_NAMES_free(names);
	return cert->subject_email != NULL ? SIGN_OK : ks_fail_memory(err);
}

sign_code
ks_cert_read_names(ks_cert *cert, sign_error *err)
{
	const X509_NAME *subject = X509_get_subject_name(cert->x509), *issuer = X509_get_issuer_name(cert->x509);

	cert->subject = name_text(cert->arena, subject);
	cert->issuer = name_text(cert->arena, issuer);
	cert->subject_cn = attribute(cert->arena, subject, NID_commonName);
	cert->subject_o = attribute(cert->arena, subject, NID_organizationName);
	cert->issuer_cn = attribute(cert->arena, issuer, NID_commonName);
	cert->cn_count = count_attributes(subject, NID_commonName);
	if (cert->subject == NULL || cert->issuer == NULL || cert->subject_cn == NULL || cert->subject_o == NULL ||
	    cert->issuer_cn == NULL)
		return ks_fail_memory(err);
	KS_TRY(read_email(cert, subject, err));
	if (cert->subject_cn[0] == '\0')
		cert->subject_cn = cert->subject;
	cert->self_issued = X509_NAME_cmp(subject, issuer) == 0;
	return SIGN_OK;
}
