/* UUIDs of names: RFC 9562, version 5. */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "vc/convert.h"
#include "vc/util.h"

/* Gondolin's, for the ids of guest assets (its host/src/assets.ts). */
static const uint8_t asset_namespace[16] = { 0x7b, 0x6e, 0xd0, 0xc0, 0x7e, 0x7f,
					     0x4c, 0x2a, 0x8b, 0x2d, 0x0b, 0xf3,
					     0xd5, 0xbe, 0x9d, 0x52 };

static void sha1(const void *a, size_t a_len, const void *b, size_t b_len,
		 uint8_t ret[EVP_MAX_MD_SIZE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	/* can only fail for want of memory */
	if (!ctx || !EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) ||
	    !EVP_DigestUpdate(ctx, a, a_len) ||
	    !EVP_DigestUpdate(ctx, b, b_len) ||
	    !EVP_DigestFinal_ex(ctx, ret, NULL))
		vc_oom();
	EVP_MD_CTX_free(ctx);
}

static void uuid5(const uint8_t space[16], const char *name, char ret[37])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t u[EVP_MAX_MD_SIZE];

	sha1(space, 16, name, strlen(name), u);
	u[6] = (uint8_t)((u[6] & 0x0f) | 0x50);
	u[8] = (uint8_t)((u[8] & 0x3f) | 0x80);
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*ret++ = '-';
		*ret++ = digits[u[i] >> 4];
		*ret++ = digits[u[i] & 15];
	}
	*ret = '\0';
}

void gondolin_build_id(const struct convert_result *r, const char *arch,
		       char ret[37])
{
	_cleanup_free_ char *name = xasprintf(
		"gondolin-asset-build\nkernel=%s\ninitramfs=%s\nrootfs=%s\n"
		"arch=%s", r->kernel_sha256, r->initramfs_sha256,
		r->rootfs_sha256, arch);

	uuid5(asset_namespace, name, ret);
}
