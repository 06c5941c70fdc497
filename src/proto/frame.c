/* The frame codec; see vc/frame.h for the layout. */
#include "vc/frame.h"

#include <assert.h>
#include <string.h>

static void put_le32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

static uint32_t get_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

uint32_t crc32_update(uint32_t crc, const void *data, size_t len)
{
	static uint32_t table[256];
	const uint8_t *p = data;

	if (!table[1])
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t c = i;

			for (int k = 0; k < 8; k++)
				c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
			table[i] = c;
		}
	crc = ~crc;
	while (len--)
		crc = table[(crc ^ *p++) & 0xff] ^ (crc >> 8);
	return ~crc;
}

void frame_put(struct buf *out, uint8_t type, uint8_t channel, uint32_t stream,
	       const void *payload, size_t length, bool summed)
{
	uint8_t h[FRAME_HEADER_SIZE] = { 0 };
	uint32_t crc;

	assert(length <= FRAME_MAX_PAYLOAD);
	put_le32(h, FRAME_MAGIC);
	h[4] = type;
	h[5] = channel;
	h[6] = summed ? FRAME_SUMMED : 0;
	put_le32(h + 8, stream);
	put_le32(h + 12, (uint32_t)length);
	crc = crc32_update(0, h, 16);
	if (summed)
		crc = crc32_update(crc, payload, length);
	put_le32(h + 16, crc);
	buf_add(out, h, sizeof(h));
	buf_add(out, payload, length);
}

/* 1: a header that can be believed; 0: not one.  A summed header can only be
 * believed together with its payload. */
static int header_valid(const uint8_t *h)
{
	if (get_le32(h) != FRAME_MAGIC || h[7] || (h[6] & ~FRAME_SUMMED) ||
	    get_le32(h + 12) > FRAME_MAX_PAYLOAD)
		return 0;
	if (h[6] & FRAME_SUMMED)
		return 1;
	return crc32_update(0, h, 16) == get_le32(h + 16);
}

/* Drops bytes up to the next place where a frame may start. */
static size_t resync(struct buf *in)
{
	static const uint8_t magic[4] = { 'V', 'C', 'F', '1' };
	const char *start = buf_ptr(in);
	size_t left = in->len - 1, n;
	const char *p = start + 1;

	for (;;) {
		const char *q = left ? memchr(p, magic[0], left) : NULL;
		size_t tail;

		if (!q) {
			n = in->len;
			break;
		}
		tail = in->len - (size_t)(q - start);
		if (!memcmp(q, magic, tail < 4 ? tail : 4)) {
			n = (size_t)(q - start);
			break;
		}
		p = q + 1;
		left = tail - 1;
	}
	buf_consume(in, n);
	return n;
}

int frame_next(struct buf *in, struct frame *ret, uint64_t *skipped)
{
	for (;;) {
		const uint8_t *h = (const uint8_t *)buf_ptr(in);
		uint32_t length;

		if (in->len < 4 && (in->len == 0 || !memcmp(h, "VCF1", in->len)))
			return 0;
		if (in->len >= 4 && in->len < FRAME_HEADER_SIZE &&
		    get_le32(h) == FRAME_MAGIC)
			return 0;
		if (in->len < FRAME_HEADER_SIZE || !header_valid(h)) {
			*skipped += resync(in);
			continue;
		}
		length = get_le32(h + 12);
		if (in->len < FRAME_HEADER_SIZE + length)
			return 0;
		if (h[6] & FRAME_SUMMED) {
			uint32_t crc = crc32_update(0, h, 16);

			crc = crc32_update(crc, h + FRAME_HEADER_SIZE, length);
			if (crc != get_le32(h + 16)) {
				*skipped += resync(in);
				continue;
			}
		}
		ret->type = h[4];
		ret->channel = h[5];
		ret->stream = get_le32(h + 8);
		ret->length = length;
		ret->payload = h + FRAME_HEADER_SIZE;
		return 1;
	}
}

void frame_done(struct buf *in, const struct frame *f)
{
	buf_consume(in, FRAME_HEADER_SIZE + f->length);
}
