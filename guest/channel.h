/* Frames over one non-blocking descriptor, queued in both directions. */
#ifndef GUEST_CHANNEL_H
#define GUEST_CHANNEL_H

#include <stdbool.h>

#include "loop.h"
#include "vc/buf.h"
#include "vc/frame.h"

struct channel {
	struct loop *loop;
	struct source source;
	struct buf in, out;
	uint64_t skipped;
	bool congested; /* the queue out is long: make no more of it */
	bool gone;      /* the other side has closed it */
	/* the payload is only valid during the call */
	void (*on_frame)(struct channel *c, const struct frame *f);
	void (*on_relief)(struct channel *c); /* no longer congested */
	void (*on_gone)(struct channel *c);
};

/* Takes fd over; the three functions must be set. */
void channel_open(struct channel *c, struct loop *l, int fd);
void channel_close(struct channel *c);
void channel_send(struct channel *c, uint8_t type, uint8_t ch, uint32_t stream,
		  const void *payload, size_t len);
/* As much as the other side takes now, before a step that keeps us busy. */
void channel_flush(struct channel *c);

#endif
