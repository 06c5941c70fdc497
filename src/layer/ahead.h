/*
 * Reading ahead: a source is read by a thread of its own into a small ring of
 * chunks, so that inflating goes on beside hashing and writing.
 */
#ifndef LAYER_AHEAD_H
#define LAYER_AHEAD_H

#include "vc/layer.h"

#define AHEAD_CHUNK (256u * 1024u)

struct ahead;

/* `in` is borrowed and the thread's until ahead_stop(). */
int ahead_start(struct byte_source *in, struct ahead **ret,
		struct vc_error *err);
/*
 * The next chunk, the reader's until the next call; 0 at the end, -1.  All
 * chunks but the last are AHEAD_CHUNK bytes.  `hash` (may be NULL) sees it.
 */
ssize_t ahead_next(struct ahead *a, struct hash *hash, const char **ret,
		   struct vc_error *err);
/* Ends the thread, wherever it is in the source; frees. */
void ahead_stop(struct ahead *a);

#endif
