/*
 * The digest algorithms by name: sizes, object identifiers, XML URIs. Floor: crypt. Which of them are still good enough
 * is not said here but in the algorithm table.
 */
#include "crypt_openssl.h"

#include <openssl/obj_mac.h>
#include <string.h>

static const struct {
	size_t      size_bytes;
	int         nid;
	const char *oid, *uri;
} digests[SIGN_DIGEST_COUNT] = {
	[SIGN_DIGEST_MD5] = { 16, NID_md5, "1.2.840.113549.2.5", "http://www.w3.org/2001/04/xmldsig-more#md5" },
	[SIGN_DIGEST_SHA1] = { 20, NID_sha1, "1.3.14.3.2.26", "http://www.w3.org/2000/09/xmldsig#sha1" },
	[SIGN_DIGEST_SHA224] = { 28, NID_sha224, "2.16.840.1.101.3.4.2.4",
	    "http://www.w3.org/2001/04/xmldsig-more#sha224" },
	[SIGN_DIGEST_SHA256] = { 32, NID_sha256, "2.16.840.1.101.3.4.2.1", "http://www.w3.org/2001/04/xmlenc#sha256" },
	[SIGN_DIGEST_SHA384] = { 48, NID_sha384, "2.16.840.1.101.3.4.2.2",
	    "http://www.w3.org/2001/04/xmldsig-more#sha384" },
	[SIGN_DIGEST_SHA512] = { 64, NID_sha512, "2.16.840.1.101.3.4.2.3", "http://www.w3.org/2001/04/xmlenc#sha512" },
	[SIGN_DIGEST_SHA3_224] = { 28, NID_sha3_224, "2.16.840.1.101.3.4.2.7",
	    "http://www.w3.org/2007/05/xmldsig-more#sha3-224" },
	[SIGN_DIGEST_SHA3_256] = { 32, NID_sha3_256, "2.16.840.1.101.3.4.2.8",
	    "http://www.w3.org/2007/05/xmldsig-more#sha3-256" },
	[SIGN_DIGEST_SHA3_384] = { 48, NID_sha3_384, "2.16.840.1.101.3.4.2.9",
	    "http://www.w3.org/2007/05/xmldsig-more#sha3-384" },
	[SIGN_DIGEST_SHA3_512] = { 64, NID_sha3_512, "2.16.840.1.101.3.4.2.10",
	    "http://www.w3.org/2007/05/xmldsig-more#sha3-512" },
};

static bool
known(sign_digest d)
{
	return d > SIGN_DIGEST_NONE && d < SIGN_DIGEST_COUNT;
}

size_t
ks_digest_size(sign_digest d)
{
	return known(d) ? digests[d].size_bytes : 0;
}

const char *
ks_digest_oid(sign_digest d)
{
	return known(d) ? digests[d].oid : NULL;
}

const char *
ks_digest_uri(sign_digest d)
{
	return known(d) ? digests[d].uri : NULL;
}

sign_digest
ks_digest_from_oid(const char *dotted)
{
	for (unsigned d = SIGN_DIGEST_NONE + 1; d < SIGN_DIGEST_COUNT; d++)
		if (strcmp(digests[d].oid, dotted) == 0)
			return (sign_digest)d;
	return SIGN_DIGEST_NONE;
}

sign_digest
ks_digest_from_uri(const char *uri, size_t len)
{
	for (unsigned d = SIGN_DIGEST_NONE + 1; d < SIGN_DIGEST_COUNT; d++)
		if (strlen(digests[d].uri) == len && memcmp(digests[d].uri, uri, len) == 0)
			return (sign_digest)d;
	return SIGN_DIGEST_NONE;
}

sign_digest
ks_digest_from_nid(int nid)
{
	for (unsigned d = SIGN_DIGEST_NONE + 1; d < SIGN_DIGEST_COUNT; d++)
		if (digests[d].nid == nid)
			return (sign_digest)d;
	return SIGN_DIGEST_NONE;
}
