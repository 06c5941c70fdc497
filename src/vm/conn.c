/* Frames over a nonblocking fd. */
#include "vm/conn.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/util.h"

/* per call of conn_fill(): enough for throughput, little enough that other
 * connections get their turn */
#define FILL_MAX (256u * 1024u)

void conn_init(struct conn *c, int fd)
{
	*c = (struct conn)CONN_INIT;
	c->fd = fd;
	set_nonblock(fd);
}

void conn_release(struct conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	buf_release(&c->in);
	buf_release(&c->out);
	*c = (struct conn)CONN_INIT;
}

void conn_send(struct conn *c, uint8_t type, uint8_t channel, uint32_t stream,
	       const void *payload, size_t length)
{
	frame_put(&c->out, type, channel, stream, payload, length, false);
}

int conn_flush(struct conn *c)
{
	while (c->out.len) {
		ssize_t n = write(c->fd, buf_ptr(&c->out), c->out.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0) {
			buf_clear(&c->out);
			c->eof = true;
			return -1;
		}
		buf_consume(&c->out, (size_t)n);
	}
	return 0;
}

void conn_fill(struct conn *c)
{
	size_t room = FILL_MAX;

	while (room && !c->eof) {
		ssize_t n;

		buf_reserve(&c->in, room);
		n = read(c->fd, buf_ptr(&c->in) + c->in.len, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			c->eof = true;
			return;
		}
		c->in.len += (size_t)n;
		room -= (size_t)n;
	}
}

int conn_next(struct conn *c, struct frame *ret)
{
	return frame_next(&c->in, ret, &c->skipped);
}

void conn_done(struct conn *c, const struct frame *f)
{
	frame_done(&c->in, f);
}

short conn_events(const struct conn *c)
{
	return (short)(POLLIN | (c->out.len ? POLLOUT : 0));
}
