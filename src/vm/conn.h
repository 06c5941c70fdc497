/* A byte stream that carries frames: the control socket, seen from either
 * side, and the channel to the guest.  Nonblocking; queues both ways. */
#ifndef VM_CONN_H
#define VM_CONN_H

#include "vc/buf.h"
#include "vc/error.h"
#include "vc/frame.h"

struct conn {
	int fd; /* owned, nonblocking; -1: none */
	struct buf in, out;
	bool eof; /* the other side is gone; `in` may hold its last frames */
	uint64_t skipped; /* bytes that were no frame */
};

#define CONN_INIT { -1, BUF_INIT, BUF_INIT, false, 0 }

/* Takes ownership of fd. */
void conn_init(struct conn *c, int fd);
void conn_release(struct conn *c);

void conn_send(struct conn *c, uint8_t type, uint8_t channel, uint32_t stream,
	       const void *payload, size_t length);
/* Writes what the fd takes; -1 and eof when the other side is gone. */
int conn_flush(struct conn *c);
/* Reads what is there, a bounded amount; sets eof at the end. */
void conn_fill(struct conn *c);
/* The next whole frame: see frame_next(). */
int conn_next(struct conn *c, struct frame *ret);
void conn_done(struct conn *c, const struct frame *f);
/* poll() events that this connection waits for. */
short conn_events(const struct conn *c);

#endif
