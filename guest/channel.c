/* The channel's two queues; see channel.h. */
#include "channel.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "console.h"
#include "vc/io.h"

/* Above CONGESTED nobody adds data; above DEAF we do not even listen, since
 * what we hear may want an answer. */
#define CONGESTED (1024u * 1024u)
#define RELIEVED (256u * 1024u)
#define DEAF (8u * 1024u * 1024u)

/* A virtio port hands out a page at a time. */
#define READS_PER_EVENT 16

void channel_rearm(struct channel *c)
{
	uint32_t events = 0;

	if (c->source.fd < 0)
		return;
	if (c->out.len < DEAF && !c->paused)
		events |= EPOLLIN;
	if (c->out.len)
		events |= EPOLLOUT;
	loop_watch(c->loop, &c->source, events);
}

void channel_pause(struct channel *c, bool paused)
{
	c->paused = paused;
	channel_rearm(c);
}

void channel_hang_up(struct channel *c)
{
	if (c->gone)
		return;
	c->gone = true;
	loop_close(c->loop, &c->source);
	c->on_gone(c);
}

void channel_flush(struct channel *c)
{
	while (c->out.len && c->source.fd >= 0) {
		ssize_t n = write(c->source.fd, buf_ptr(&c->out), c->out.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0) {
			channel_hang_up(c);
			return;
		}
		buf_consume(&c->out, (size_t)n);
	}
	channel_rearm(c);
	if (c->congested && c->out.len < RELIEVED) {
		c->congested = false;
		c->on_relief(c);
	}
}

static void decode(struct channel *c)
{
	uint64_t skipped = c->skipped;
	struct frame f;

	if (c->codec) {
		c->codec->take(c);
		return;
	}
	while (!c->gone && frame_next(&c->in, &f, &c->skipped)) {
		c->on_frame(c, &f);
		frame_done(&c->in, &f);
	}
	if (c->skipped != skipped)
		console_log("%llu bytes on the channel were no frame",
			    (unsigned long long)(c->skipped - skipped));
}

static void receive(struct channel *c)
{
	for (int i = 0; i < READS_PER_EVENT; i++) {
		char chunk[16384];
		ssize_t n = read(c->source.fd, chunk, sizeof(chunk));

		if (n > 0) {
			buf_add(&c->in, chunk, (size_t)n);
			continue;
		}
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		decode(c); /* what came before the end */
		channel_hang_up(c);
		return;
	}
	decode(c);
}

static void ready(struct source *s, uint32_t events)
{
	struct channel *c = container_of(s, struct channel, source);

	if (events & EPOLLOUT)
		channel_flush(c);
	if (c->gone)
		return;
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		receive(c);
	channel_rearm(c);
}

void channel_open(struct channel *c, struct loop *l, int fd)
{
	c->loop = l;
	c->source = (struct source){ .fd = fd, .ready = ready };
	set_nonblock(fd);
	channel_rearm(c);
}

void channel_close(struct channel *c)
{
	loop_close(c->loop, &c->source);
	buf_release(&c->in);
	buf_release(&c->out);
}

void channel_send(struct channel *c, uint8_t type, uint8_t ch, uint32_t stream,
		  const void *payload, size_t len)
{
	if (c->gone)
		return;
	if (c->codec)
		c->codec->put(c, type, ch, stream, payload, len);
	else
		frame_put(&c->out, type, ch, stream, payload, len, false);
	if (c->out.len > CONGESTED)
		c->congested = true;
	channel_rearm(c);
}
