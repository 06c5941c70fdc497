/*
 * RFC 1952 2.3.1: a member ends with CRC-32 and length (mod 2^32) of its
 * content, little endian.  Only the end of the whole input is looked at: when
 * the length there is that of the whole output, there was one member (or only
 * empty ones beside it) and the CRC must be that of the output.  With several
 * members or bytes behind the last one nothing is concluded.
 */
#include "gzip_check.h"

#include <string.h>

#include "vc/frame.h"

void gzip_check_in(struct gzip_check *g, const void *data, size_t len)
{
	const unsigned char *p = data;
	size_t room = sizeof(g->tail);

	g->in_len += len;
	if (len >= room) {
		memcpy(g->tail, p + len - room, room);
		return;
	}
	memmove(g->tail, g->tail + len, room - len);
	memcpy(g->tail + room - len, p, len);
}

void gzip_check_out(struct gzip_check *g, const void *data, size_t len)
{
	g->crc = crc32_update(g->crc, data, len);
	g->out_len += len;
}

static uint32_t le32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

int gzip_check_end(const struct gzip_check *g)
{
	if (g->in_len < sizeof(g->tail) ||
	    le32(g->tail + 4) != (uint32_t)g->out_len)
		return 0;
	return le32(g->tail) == g->crc ? 0 : -1;
}
