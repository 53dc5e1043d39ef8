/*
 * A reader of definite-length DER elements, nothing more. Floor: crypt.
 */
#include "crypt_der.h"

/* X.690 8.1.3 and 10.1: the length in its shortest form; high tag numbers and indefinite lengths are not met here. */
static bool
take_length(sign_bytes rest, size_t *header, size_t *len)
{
	size_t octets, value = 0;

	if (rest.len < 2 || (rest.data[0] & 0x1f) == 0x1f)
		return false;
	if (rest.data[1] < 0x80) {
		*header = 2;
		*len = rest.data[1];
		return true;
	}
	octets = rest.data[1] & 0x7f;
	if (octets == 0 || octets > 4 || rest.len - 2 < octets || rest.data[2] == 0)
		return false;
	for (size_t i = 0; i < octets; i++)
		value = value << 8 | rest.data[2 + i];
	*header = 2 + octets;
	*len = value;
	return value >= 0x80;
}

bool
ks_der_take(sign_bytes *rest, ks_der *element)
{
	size_t header, len;

	if (!take_length(*rest, &header, &len) || len > rest->len - header)
		return false;
	element->tag = rest->data[0];
	element->content = KS_BYTES(rest->data + header, len);
	element->whole = KS_BYTES(rest->data, header + len);
	*rest = KS_BYTES(rest->data + header + len, rest->len - header - len);
	return true;
}

uint8_t
ks_der_peek(sign_bytes rest)
{
	return rest.len > 0 ? rest.data[0] : 0;
}

bool
ks_der_take_tag(sign_bytes *rest, uint8_t tag, ks_der *element)
{
	return ks_der_peek(*rest) == tag && ks_der_take(rest, element);
}

bool
ks_der_skip(sign_bytes *rest, uint8_t tag, unsigned count)
{
	ks_der element;

	for (; count > 0; count--)
		if (!ks_der_take_tag(rest, tag, &element))
			return false;
	return true;
}
