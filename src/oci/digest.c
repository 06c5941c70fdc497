/* Digest strings, and comparing content with them. */
#include "digest.h"

#include <errno.h>
#include <string.h>

#include "vc/util.h"

static const struct {
	const char *prefix;
	enum hash_kind kind;
} kinds[] = {
	{ "sha256:", HASH_SHA256 },
	{ "sha512:", HASH_SHA512 },
};

int digest_parse(const char *text, struct digest *ret, struct vc_error *err)
{
	_cleanup_free_ char *shown = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t want = hash_hex_len(kinds[i].kind);
		const char *hex = text + strlen(kinds[i].prefix);

		if (!str_starts(text, kinds[i].prefix))
			continue;
		if (strlen(hex) != want ||
		    strspn(hex, "0123456789abcdef") != want)
			break;
		ret->kind = kinds[i].kind;
		memcpy(ret->hex, hex, want + 1);
		return 0;
	}
	shown = printable(text, strnlen(text, 100));
	return vc_fail(err, 0, "'%s' is not a sha256 or sha512 digest", shown);
}

char *digest_text(const struct digest *d)
{
	return xasprintf("%s%s", kinds[d->kind].prefix, d->hex);
}

char *digest_path(const struct digest *d)
{
	return xasprintf("blobs/%s/%s",
			 d->kind == HASH_SHA512 ? "sha512" : "sha256", d->hex);
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return a->kind == b->kind && !strcmp(a->hex, b->hex);
}

int digest_check(const struct digest *d, struct hash *h, struct vc_error *err)
{
	char got[HASH_HEX_MAX];

	hash_finish(h, got);
	if (!strcmp(got, d->hex))
		return 0;
	vc_fail(err, 0, "digest mismatch (expected %s%s, got %s%s)",
		kinds[d->kind].prefix, d->hex, kinds[d->kind].prefix, got);
	err->errnum = EBADMSG;
	return -1;
}

int digest_check_bytes(const struct digest *d, const void *data, size_t len,
		       struct vc_error *err)
{
	_cleanup_hash_ struct hash *h = hash_new(d->kind);

	hash_update(h, data, len);
	return digest_check(d, h, err);
}

int hash_extent(struct hash *h, const struct extent *e, struct vc_error *err)
{
	_cleanup_free_ char *chunk = xmalloc(1 << 17);

	for (uint64_t at = 0; at < e->size;) {
		size_t n = e->size - at > 1 << 17 ? 1 << 17 :
						    (size_t)(e->size - at);

		if (extent_read(e, at, chunk, n, err) < 0)
			return -1;
		hash_update(h, chunk, n);
		at += n;
	}
	return 0;
}

int digest_check_extent(const struct digest *d, const struct extent *e,
			struct vc_error *err)
{
	_cleanup_hash_ struct hash *h = hash_new(d->kind);

	return hash_extent(h, e, err) < 0 ? -1 : digest_check(d, h, err);
}

void digest_of_bytes(const void *data, size_t len, struct digest *ret)
{
	_cleanup_hash_ struct hash *h = hash_new(HASH_SHA256);

	hash_update(h, data, len);
	ret->kind = HASH_SHA256;
	hash_finish(h, ret->hex);
}
