/* Inflating into the spool, both sides hashed. */
#include <errno.h>
#include <stdlib.h>

#include "inflate.h"
#include "vc/util.h"

#define CHUNK (128u * 1024u)

static int copy(struct byte_source *from, struct spool *out,
		struct hash *out_hash, struct vc_error *err)
{
	_cleanup_free_ char *chunk = xmalloc(CHUNK);
	ssize_t n;

	while ((n = from->read(from, chunk, CHUNK, err)) > 0) {
		if (out_hash)
			hash_update(out_hash, chunk, (size_t)n);
		if (spool_write(out, chunk, (size_t)n, err) < 0)
			return -1;
	}
	return n < 0 ? -1 : 0;
}

int inflate_to_spool(struct byte_source *in, enum compression how,
		     struct spool *out, struct hash *in_hash,
		     struct hash *out_hash, struct extent *ret,
		     struct vc_error *err)
{
	__attribute__((cleanup(inflating_cleanup))) struct inflating *x =
		inflating_new(in, in_hash, 0);
	uint64_t start = out->used;

	inflating_set(x, how, !out_hash);
	if (copy(inflating_source(x), out, out_hash, err) < 0) {
		if (in_hash && err->errnum != ENOSPC)
			inflating_drain(x, err);
		return -1;
	}
	*ret = (struct extent){ out->fd, start, out->used - start };
	return 0;
}
