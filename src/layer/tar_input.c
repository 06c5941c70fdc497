/* A chunk is a multiple of 512 bytes, so a block never straddles two. */
#include "tar_input.h"

#include "vc/util.h"

int input_truncated(const struct tar_input *in, struct vc_error *err)
{
	return vc_fail(err, 0, "the tar is truncated: it ends within a member, "
			       "at byte %llu", (unsigned long long)in->at);
}

int input_peek(struct tar_input *in, const char **ret, size_t *ret_len,
	       struct vc_error *err)
{
	if (!in->left && !in->ended) {
		ssize_t n = ahead_next(in->in, in->hash, &in->p, err);

		if (n < 0)
			return -1;
		in->left = (size_t)n;
		in->ended = n == 0;
	}
	*ret = in->p;
	*ret_len = in->left;
	return 0;
}

void input_take(struct tar_input *in, size_t len)
{
	in->p += len;
	in->left -= len;
	in->at += len;
}

int input_block(struct tar_input *in, const char **ret, struct vc_error *err)
{
	size_t len;

	if (input_peek(in, ret, &len, err) < 0)
		return -1;
	if (len && len < TAR_BLOCK)
		return input_truncated(in, err);
	if (!len)
		return 0;
	input_take(in, TAR_BLOCK);
	return 1;
}

int input_bytes(struct tar_input *in, uint64_t len, struct buf *out,
		struct vc_error *err)
{
	const char *p;
	size_t n;

	for (; len; len -= n) {
		if (input_peek(in, &p, &n, err) < 0)
			return -1;
		if (!n)
			return input_truncated(in, err);
		if (n > len)
			n = (size_t)len;
		if (out)
			buf_add(out, p, n);
		input_take(in, n);
	}
	return 0;
}
