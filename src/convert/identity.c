/* What makes two conversions of one image the same file system. */
#include <string.h>

#include "convert_private.h"

/* Of a SHA-256, as RFC 9562 wants a UUID of one's own making: version 8. */
void derive_uuid(const char *seed, uint8_t ret[16])
{
	_cleanup_hash_ struct hash *h = hash_new(HASH_SHA256);
	char hex[HASH_HEX_MAX];

	hash_update(h, "vcontainer file system\n", 23);
	hash_update(h, seed, strlen(seed));
	hash_finish(h, hex);
	for (int i = 0; i < 16; i++) {
		static const char digits[] = "0123456789abcdef";
		const char *high = strchr(digits, hex[2 * i]);
		const char *low = strchr(digits, hex[2 * i + 1]);

		ret[i] = (uint8_t)((high - digits) << 4 | (low - digits));
	}
	ret[6] = (uint8_t)((ret[6] & 0x0f) | 0x80);
	ret[8] = (uint8_t)((ret[8] & 0x3f) | 0x80);
}
