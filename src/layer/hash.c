/* SHA-256 and SHA-512 through libcrypto. */
#include <openssl/evp.h>
#include <stdlib.h>

#include "vc/layer.h"
#include "vc/util.h"

struct hash {
	EVP_MD_CTX *ctx;
};

size_t hash_hex_len(enum hash_kind kind)
{
	return kind == HASH_SHA512 ? 128 : 64;
}

struct hash *hash_new(enum hash_kind kind)
{
	struct hash *h = xcalloc(1, sizeof(*h));

	h->ctx = EVP_MD_CTX_new();
	/* can only fail for want of memory: both are in the default provider */
	if (!h->ctx ||
	    !EVP_DigestInit_ex(h->ctx, kind == HASH_SHA512 ? EVP_sha512() :
							    EVP_sha256(),
			       NULL))
		vc_oom();
	return h;
}

void hash_update(struct hash *h, const void *data, size_t len)
{
	if (len && !EVP_DigestUpdate(h->ctx, data, len))
		vc_oom();
}

void hash_finish(struct hash *h, char ret_hex[HASH_HEX_MAX])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (!EVP_DigestFinal_ex(h->ctx, md, &n) || n * 2 >= HASH_HEX_MAX)
		vc_oom();
	for (unsigned i = 0; i < n; i++) {
		ret_hex[2 * i] = digits[md[i] >> 4];
		ret_hex[2 * i + 1] = digits[md[i] & 15];
	}
	ret_hex[2 * n] = '\0';
}

void hash_free(struct hash *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->ctx);
	free(h);
}

void hash_cleanup(struct hash **h)
{
	hash_free(*h);
}
