/* One level of compression taken off a stream, as a source. */
#ifndef LAYER_INFLATE_H
#define LAYER_INFLATE_H

#include <stdbool.h>

#include "vc/layer.h"

struct inflating; /* begins with a struct byte_source */

/*
 * A source of what `in` (borrowed) holds without its compression.  in_hash
 * (may be NULL) sees all of `in`, what the filter left unread too, when the
 * source was read to its end or drained.  `check`: gzip's check sum is
 * compared, for want of a digest of the output.  max_ratio (0: none) is of
 * output to input.
 */
struct inflating *inflating_new(struct byte_source *in, struct hash *in_hash,
				uint32_t max_ratio);
/* One of the two, before the first read. */
void inflating_set(struct inflating *x, enum compression how, bool check);
void inflating_detect(struct inflating *x, bool check);
struct byte_source *inflating_source(struct inflating *x);
/* Reads what is left of `in`, for in_hash only; -1 and *err replaced when
 * that failed. */
int inflating_drain(struct inflating *x, struct vc_error *err);
void inflating_free(struct inflating *x);
void inflating_cleanup(struct inflating **x);

#endif
