/*
 * Each format's trailer, RFC 1952 2.3.1 (CRC and length are 0), the .xz
 * format 2.1 (header, empty index, footer) and bzip2's end of stream; a zstd
 * frame is asked for its content.
 */
#include "empty.h"

#include <string.h>
#include <zstd.h>

bool compressed_nothing(enum compression how, const void *data, size_t len)
{
	static const char zeros[8];
	const char *end = (const char *)data + len;
	char none;

	switch (how) {
	case COMPRESSION_GZIP:
		return len >= 18 && !memcmp(end - 8, zeros, 8);
	case COMPRESSION_BZIP2:
		return len == 14 && !memcmp(end - 4, zeros, 4);
	case COMPRESSION_XZ:
		return len == 32 && !memcmp(end - 2, "YZ", 2);
	case COMPRESSION_ZSTD:
		return ZSTD_decompress(&none, 0, data, len) == 0;
	case COMPRESSION_NONE:
		break;
	}
	return len == 0;
}
