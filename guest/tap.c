/* From a process or socket to the host, as fast as the host takes it. */
#include "stream.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "agent.h"

/* A receiver that grants without end is not stopped, just not believed. */
#define CREDIT_MAX (64u * 1024u * 1024u)

static bool may_read(const struct tap *t)
{
	return t->stream->opened && t->credit &&
	       !t->stream->agent->channel.congested;
}

void tap_close(struct tap *t)
{
	if (t->source.fd < 0)
		return;
	loop_close(t->stream->agent->loop, &t->source);
	if (t->channel)
		stream_send(t->stream, FRAME_EOF, t->channel, NULL, 0);
	stream_settle(t->stream);
}

/* One piece; false when there was none to read now. */
static bool pass(struct tap *t)
{
	static uint8_t piece[FRAME_MAX_DATA];
	size_t most = t->credit < sizeof(piece) ? t->credit : sizeof(piece);
	ssize_t n;

	if (t->draining && most > t->drain_left)
		most = t->drain_left;
	n = most ? read(t->source.fd, piece, most) : 0;
	if (n < 0 && (errno == EINTR || (errno == EAGAIN && !t->draining)))
		return false;
	if (n <= 0) { /* a terminal nobody has open any more reads as EIO */
		tap_close(t);
		return false;
	}
	if (t->draining)
		t->drain_left -= (size_t)n;
	if (!t->channel)
		return true;
	t->credit -= (uint32_t)n;
	stream_send(t->stream, FRAME_DATA, t->channel, piece, (size_t)n);
	return true;
}

static void ready(struct source *s, uint32_t events)
{
	struct tap *t = container_of(s, struct tap, source);

	(void)events;
	pass(t);
	tap_update(t);
}

void tap_update(struct tap *t)
{
	if (t->source.fd < 0)
		return;
	if (t->draining) {
		while (t->source.fd >= 0 && may_read(t))
			pass(t);
		if (t->source.fd < 0)
			return;
		loop_watch(t->stream->agent->loop, &t->source, 0);
		return;
	}
	loop_watch(t->stream->agent->loop, &t->source,
		   may_read(t) ? EPOLLIN : 0);
}

void tap_open(struct stream *s, unsigned channel, int fd)
{
	struct tap *t = &s->taps[channel];

	t->source = (struct source){ .fd = fd, .ready = ready };
	tap_update(t);
}

void tap_credit(struct tap *t, uint32_t n)
{
	t->credit = n > CREDIT_MAX - t->credit ? CREDIT_MAX : t->credit + n;
	tap_update(t);
}

void tap_drain(struct tap *t, size_t most)
{
	t->draining = true;
	t->drain_left = most;
	tap_update(t);
}
