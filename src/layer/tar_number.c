/*
 * POSIX.1-2017 pax, "ustar Interchange Format": octal digits, ended by blank
 * or NUL; in practice with blanks in front too.  GNU tar manual, "Extensions
 * to the archive format": the first bit says base-256, two's complement.
 */
#include "tar_number.h"

#include <stdbool.h>

static int octal(const char *p, size_t len, int64_t *ret)
{
	uint64_t v = 0;

	while (len && (*p == ' ' || !*p)) {
		p++;
		len--;
	}
	while (len && (p[len - 1] == ' ' || !p[len - 1]))
		len--;
	for (; len && *p; p++, len--) {
		if (*p < '0' || *p > '7' || v >> 60)
			return -1;
		v = v << 3 | (uint64_t)(*p - '0');
	}
	*ret = (int64_t)v;
	return 0;
}

static int base256(const char *field, size_t len, int64_t *ret)
{
	const unsigned char *p = (const unsigned char *)field;
	unsigned char inverse = p[0] & 0x40 ? 0xff : 0;
	uint64_t v = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = p[i] ^ inverse;

		if (i == 0)
			c &= 0x7f; /* the bit that says so */
		if (v >> 55)
			return -1;
		v = v << 8 | c;
	}
	*ret = inverse ? (int64_t)~v : (int64_t)v;
	return 0;
}

int tar_number(const char *field, size_t len, int64_t *ret)
{
	return field[0] & 0x80 ? base256(field, len, ret) :
				 octal(field, len, ret);
}

/* Digits from *p on; how many there were, or -1. */
static int digits(const char **p, const char *end, int64_t *ret)
{
	const char *start = *p;
	int64_t v = 0;

	for (; *p < end && **p >= '0' && **p <= '9'; ++*p)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, **p - '0', &v))
			return -1;
	*ret = v;
	return *p > start ? 0 : -1;
}

int tar_decimal(const char *s, size_t len, int64_t *ret)
{
	const char *p = s, *end = s + len;
	bool minus = len && *p == '-';
	int64_t v;

	p += minus;
	if (digits(&p, end, &v) < 0 || p != end)
		return -1;
	*ret = minus ? -v : v;
	return 0;
}

int tar_time(const char *s, size_t len, int64_t *ret_sec, uint32_t *ret_ns)
{
	const char *p = s, *end = s + len;
	bool minus = len && *p == '-';
	uint32_t ns = 0, unit = 100000000;
	int64_t sec;

	p += minus;
	if (digits(&p, end, &sec) < 0)
		return -1;
	if (p < end && *p++ != '.')
		return -1;
	for (; p < end; p++, unit /= 10) {
		if (*p < '0' || *p > '9')
			return -1;
		ns += (uint32_t)(*p - '0') * unit; /* unit becomes 0 */
	}
	/* -1.5 is two seconds before and half a one after */
	*ret_sec = minus ? -sec - (ns > 0) : sec;
	*ret_ns = minus && ns ? 1000000000 - ns : ns;
	return 0;
}
