/* RFC 3629, section 4: the table of well-formed sequences. */
#include "utf8.h"

static bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* Length of the sequence at p, 0 when there is none. */
static int sequence(const unsigned char *p)
{
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		return is_tail(p[1]) ? 2 : 0;
	if (p[0] >= 0xe0 && p[0] <= 0xef) {
		/* no overlong forms, no surrogates */
		if (!is_tail(p[1]) || (p[0] == 0xe0 && p[1] < 0xa0) ||
		    (p[0] == 0xed && p[1] > 0x9f))
			return 0;
		return is_tail(p[2]) ? 3 : 0;
	}
	if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		if (!is_tail(p[1]) || (p[0] == 0xf0 && p[1] < 0x90) ||
		    (p[0] == 0xf4 && p[1] > 0x8f))
			return 0;
		return is_tail(p[2]) && is_tail(p[3]) ? 4 : 0;
	}
	return 0;
}

bool is_utf8(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	while (*p) {
		int n = sequence(p);

		if (!n)
			return false;
		p += n;
	}
	return true;
}
