/* Which compression, by magic number. */
#include <string.h>

#include "vc/layer.h"
#include "vc/util.h"

/*
 * RFC 1952 2.3.1 (with CM = 8), RFC 8878 3.1.1 and 3.1.2 (a zstd stream may
 * begin with a skippable frame, whose low four bits are free), the .xz format
 * 2.1.1.1, and bzip2's "BZh".  A tar begins with a member's name, which the
 * last byte or the following digit tells apart in practice; what was taken for
 * the wrong one fails its digest.
 */
static const struct {
	enum compression kind;
	size_t len;
	unsigned char magic[6];
} magics[] = {
	{ COMPRESSION_GZIP, 3, { 0x1f, 0x8b, 8 } },
	{ COMPRESSION_ZSTD, 4, { 0x28, 0xb5, 0x2f, 0xfd } },
	{ COMPRESSION_XZ, 6, { 0xfd, '7', 'z', 'X', 'Z', 0 } },
};

enum compression compression_detect(const void *head, size_t len)
{
	const unsigned char *h = head;

	for (size_t i = 0; i < ARRAY_SIZE(magics); i++)
		if (len >= magics[i].len &&
		    !memcmp(h, magics[i].magic, magics[i].len))
			return magics[i].kind;
	if (len >= 4 && (h[0] & 0xf0) == 0x50 && h[1] == 0x2a && h[2] == 0x4d &&
	    h[3] == 0x18)
		return COMPRESSION_ZSTD;
	/* level digit, then pi as BCD: a block, or sqrt(pi) for no block */
	if (len >= 10 && !memcmp(h, "BZh", 3) && h[3] >= '1' && h[3] <= '9' &&
	    (!memcmp(h + 4, "\x31\x41\x59\x26\x53\x59", 6) ||
	     !memcmp(h + 4, "\x17\x72\x45\x38\x50\x90", 6)))
		return COMPRESSION_BZIP2;
	return COMPRESSION_NONE;
}

const char *compression_name(enum compression c)
{
	switch (c) {
	case COMPRESSION_GZIP:
		return "gzip";
	case COMPRESSION_ZSTD:
		return "zstd";
	case COMPRESSION_XZ:
		return "xz";
	case COMPRESSION_BZIP2:
		return "bzip2";
	case COMPRESSION_NONE:
		break;
	}
	return "none";
}
