/* The chunks read ahead, as the blocks and pieces that a tar is made of. */
#ifndef LAYER_TAR_INPUT_H
#define LAYER_TAR_INPUT_H

#include "ahead.h"
#include "vc/buf.h"

struct tar_input {
	struct ahead *in;
	struct hash *hash;
	const char *p;  /* what is left of the chunk */
	size_t left;
	uint64_t at;    /* of p in the whole */
	bool ended;
};

/* What is left of the chunk or, when nothing is, the next one: *ret_len 0 at
 * the end.  Nothing is taken. */
int input_peek(struct tar_input *in, const char **ret, size_t *ret_len,
	       struct vc_error *err);
void input_take(struct tar_input *in, size_t len);
/* A block of 512 bytes, until the next call; 0 at the end. */
int input_block(struct tar_input *in, const char **ret, struct vc_error *err);
/* len bytes, all of which must be there; `out` may be NULL. */
int input_bytes(struct tar_input *in, uint64_t len, struct buf *out,
		struct vc_error *err);
int input_truncated(const struct tar_input *in, struct vc_error *err);

#endif
