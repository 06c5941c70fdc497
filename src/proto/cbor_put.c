/* Writing CBOR, in its shortest form; see vc/cbor.h. */
#include <string.h>

#include "vc/cbor.h"

static void put_head(struct buf *b, unsigned major, uint64_t n)
{
	uint8_t head[9];
	size_t more = n < 24	     ? 0 :
		      n <= UINT8_MAX  ? 1 :
		      n <= UINT16_MAX ? 2 :
		      n <= UINT32_MAX ? 4 :
					8;
	unsigned info = more == 1 ? 24 : more == 2 ? 25 : more == 4 ? 26 : 27;

	head[0] = (uint8_t)(major << 5 | (more ? info : (unsigned)n));
	for (size_t i = 0; i < more; i++)
		head[1 + i] = (uint8_t)(n >> 8 * (more - 1 - i));
	buf_add(b, head, 1 + more);
}

void cbor_put_uint(struct buf *b, uint64_t v)
{
	put_head(b, 0, v);
}

void cbor_put_int(struct buf *b, int64_t v)
{
	if (v < 0)
		put_head(b, 1, (uint64_t)(-1 - v));
	else
		put_head(b, 0, (uint64_t)v);
}

void cbor_put_bool(struct buf *b, bool v)
{
	buf_add_char(b, (char)(v ? 0xf5 : 0xf4));
}

void cbor_put_bytes(struct buf *b, const void *data, size_t len)
{
	put_head(b, 2, len);
	buf_add(b, data, len);
}

void cbor_put_array(struct buf *b, size_t n)
{
	put_head(b, 4, n);
}

void cbor_put_map(struct buf *b, size_t n)
{
	put_head(b, 5, n);
}

/* RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF. */
size_t utf8_char(const void *data, size_t len)
{
	uint8_t low = 0x80, high = 0xbf;
	const uint8_t *p = data;
	size_t n;

	if (!len)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (len < n)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

bool utf8_valid(const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len) {
		size_t n = utf8_char(p, len);

		if (!n)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

void cbor_put_text(struct buf *b, const char *s)
{
	size_t len = strlen(s);

	put_head(b, 3, len);
	while (len) {
		size_t n = utf8_char(s, len);

		buf_add(b, n ? s : "?", n ? n : 1);
		s += n ? n : 1;
		len -= n ? n : 1;
	}
}
