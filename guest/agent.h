/*
 * The agent: serves the streams of one channel.  What arrives on stream 0 is
 * for its owner, who may be PID 1 of a guest or a test.
 */
#ifndef GUEST_AGENT_H
#define GUEST_AGENT_H

#include "channel.h"
#include "loop.h"
#include "stream.h"

struct agent {
	struct loop *loop;
	struct channel channel;
	struct stream *streams;   /* open */
	struct stream *graveyard; /* over, freed after the event */
	unsigned open;            /* how many are open */
	const char *refusal;      /* why no stream is opened now, or NULL */
	bool image;      /* commands are run as an image's are */
	int stop_signal; /* what SIGTERM becomes, as the image wants; or 0 */
	/* run in a child between the end of a process and its EXIT: what it
	 * did is on the disk before anybody hears of its success.  NULL: not */
	int (*make_durable)(void *arg);
	/* a frame on stream 0; must not run the loop.  NULL: dropped */
	void (*on_control)(struct agent *a, const struct frame *f);
	void (*on_gone)(struct agent *a); /* the host is gone; may be NULL */
};

/* Takes channel_fd over.  Set the functions before. */
void agent_open(struct agent *a, struct loop *l, int channel_fd);
void agent_close(struct agent *a); /* ends every stream */
/* Frees the streams that are over: to be called after every event.  With one
 * agent on the loop, agent_open() has seen to it. */
void agent_bury(struct agent *a);

/* Serves as an ordinary process until the other side hangs up; 0 or -1. */
int agent_serve(int channel_fd, struct vc_error *err);

#endif
