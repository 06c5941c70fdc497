/*
 * Gondolin's messages (its host/src/sandbox/virtio-protocol.ts, version 1):
 * u32 length, big endian, and a CBOR map {v: 1, t: type, id: u32, p: map}.
 */
#ifndef GUEST_GONDOLIN_MSG_H
#define GUEST_GONDOLIN_MSG_H

#include <stdbool.h>
#include <stdint.h>

#include "channel.h"
#include "vc/cbor.h"

#define GONDOLIN_MAX_FRAME (4u * 1024u * 1024u)

struct gondolin_msg {
	struct cbor type; /* a text */
	uint32_t id;
	struct cbor p;    /* a map */
	size_t size;      /* of the frame, with its length */
};

/*
 * The message at the front of c->in: 1 and *ret filled, 0 when more bytes are
 * needed or the channel rests, -1 for a frame that is no message and has been
 * dropped.  *ret points into c->in: gondolin_msg_done() when finished with it.
 */
int gondolin_msg_next(struct channel *c, struct gondolin_msg *ret);
void gondolin_msg_done(struct channel *c, const struct gondolin_msg *m);

/* Starts a message in b; the CBOR of p has to follow, then the end. */
size_t gondolin_msg_begin(struct buf *b, const char *type, uint32_t id);
void gondolin_msg_end(struct buf *b, size_t begin);
/* {t: "error", p: {code, message}} */
void gondolin_msg_error(struct buf *b, uint32_t id, const char *code,
			const char *message);

#endif
