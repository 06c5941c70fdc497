/* Messages over one non-blocking descriptor, queued in both directions: frames
 * of ours (docs/protocol.md), or what another codec makes of them. */
#ifndef GUEST_CHANNEL_H
#define GUEST_CHANNEL_H

#include <stdbool.h>

#include "loop.h"
#include "vc/buf.h"
#include "vc/frame.h"

struct channel;

/* Another host's words for the same messages. */
struct channel_codec {
	/* appends to c->out what a frame of ours would say, or nothing */
	void (*put)(struct channel *c, uint8_t type, uint8_t ch,
		    uint32_t stream, const void *payload, size_t len);
	/* takes the whole messages from the front of c->in, while it is
	 * neither paused nor gone */
	void (*take)(struct channel *c);
};

struct channel {
	struct loop *loop;
	const struct channel_codec *codec; /* NULL: frames of ours */
	struct source source;
	struct buf in, out;
	uint64_t skipped;
	bool congested; /* the queue out is long: make no more of it */
	bool paused;    /* nothing is read: see channel_pause() */
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
/* For hosts that send without credit: stops reading until `paused` is false,
 * and then there may be messages in c->in that nobody has taken. */
void channel_pause(struct channel *c, bool paused);
/* After something was appended to c->out. */
void channel_rearm(struct channel *c);
/* What comes from the other side is past understanding. */
void channel_hang_up(struct channel *c);
/* As much as the other side takes now, before a step that keeps us busy. */
void channel_flush(struct channel *c);

#endif
