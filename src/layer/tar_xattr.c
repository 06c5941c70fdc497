/*
 * "SCHILY.xattr.NAME" holds the value as it is (star, GNU tar, Go).
 * "LIBARCHIVE.xattr.NAME", which bsdtar writes beside it, has the name
 * URL-encoded and the value in base64 without padding.
 */
#include "tar_xattr.h"

#include <stdlib.h>
#include <string.h>

#include "vc/util.h"

#define SCHILY "SCHILY.xattr."
#define LIBARCHIVE "LIBARCHIVE.xattr."

static int hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) :
			    NULL;

	return p ? (int)(p - digits) : -1;
}

static char *url_decode(const char *s)
{
	char *out = xmalloc(strlen(s) + 1), *q = out;

	while (*s) {
		int high = *s == '%' ? hex(s[1]) : -1;
		int low = high >= 0 ? hex(s[2]) : -1;

		if (low >= 0) {
			*q++ = (char)(high * 16 + low);
			s += 3;
		} else {
			*q++ = *s++;
		}
	}
	*q = '\0';
	return out;
}

static int base64(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)(p - digits) : -1;
}

/* Up to the first character that is none: the padding, if any. */
static size_t base64_decode(const char *s, size_t len, unsigned char *out)
{
	unsigned char *q = out;
	uint32_t bits = 0;
	int have = 0;

	for (size_t i = 0; i < len && base64(s[i]) >= 0; i++) {
		bits = bits << 6 | (uint32_t)base64(s[i]);
		have += 6;
		if (have >= 8) {
			have -= 8;
			*q++ = (unsigned char)(bits >> have);
		}
	}
	return (size_t)(q - out);
}

bool tar_xattr(const char *key, const char *value, size_t len,
	       struct xattr *ret)
{
	if (str_starts(key, SCHILY)) {
		ret->name = xstrdup(key + strlen(SCHILY));
		ret->value = xmalloc(len + 1);
		memcpy(ret->value, value, len);
		ret->len = len;
		return true;
	}
	if (str_starts(key, LIBARCHIVE)) {
		ret->name = url_decode(key + strlen(LIBARCHIVE));
		ret->value = xmalloc(len + 1);
		ret->len = base64_decode(value, len, ret->value);
		return true;
	}
	return false;
}
