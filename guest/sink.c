/* From the host to a process or socket, within the credit we have given. */
#include "stream.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent.h"
#include "vc/msg.h"

/* Credit goes back in portions: a frame for every key pressed would be one
 * more exit of the VM each. */
#define PORTION (FRAME_WINDOW / 4)

static void give_back(struct sink *k, size_t n)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	k->consumed += (uint32_t)n;
	if (k->consumed < PORTION || k->eof)
		return;
	msg_put_u32(&b, k->consumed);
	k->granted += k->consumed;
	k->consumed = 0;
	stream_send(k->stream, FRAME_CREDIT, 0, buf_ptr(&b), b.len);
}

static void drop_queue(struct sink *k)
{
	size_t n = k->queue.len;

	buf_release(&k->queue);
	give_back(k, n);
}

void sink_close(struct sink *k)
{
	if (k->source.fd < 0)
		return;
	if (k->socket) /* the tap has another descriptor of it */
		shutdown(k->source.fd, SHUT_WR);
	loop_close(k->stream->agent->loop, &k->source);
	drop_queue(k);
	stream_settle(k->stream);
}

void sink_pump(struct sink *k)
{
	if (!k->stream->opened)
		return;
	if (k->source.fd < 0) { /* nobody reads it: it still counts as read */
		drop_queue(k);
		return;
	}
	while (k->queue.len) {
		ssize_t n = write(k->source.fd, buf_ptr(&k->queue),
				  k->queue.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0) {
			sink_close(k);
			return;
		}
		buf_consume(&k->queue, (size_t)n);
		give_back(k, (size_t)n);
	}
	if (k->queue.len == 0 && k->eof && !k->terminal) {
		sink_close(k);
		return;
	}
	loop_watch(k->stream->agent->loop, &k->source,
		   k->queue.len ? EPOLLOUT : 0);
}

static void ready(struct source *s, uint32_t events)
{
	(void)events;
	sink_pump(container_of(s, struct sink, source));
}

void sink_open(struct stream *s, int fd)
{
	s->sink.source = (struct source){ .fd = fd, .ready = ready };
}

void sink_data(struct sink *k, const void *data, size_t len)
{
	if (k->eof) {
		stream_fail(k->stream, EPROTO, "data after the end of file");
		return;
	}
	if (len > k->granted) {
		stream_fail(k->stream, EPROTO, "more data than was granted");
		return;
	}
	k->granted -= (uint32_t)len;
	buf_add(&k->queue, data, len);
	sink_pump(k);
}

void sink_eof(struct sink *k)
{
	k->eof = true;
	sink_pump(k);
}
