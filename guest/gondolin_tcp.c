/*
 * The ports virtio-ssh and virtio-ingress: connections to services in the
 * guest, on its loopback only.  Host to guest: tcp_open{host, port},
 * tcp_data{data}, tcp_eof, tcp_close; guest to host: tcp_opened{ok, message?},
 * tcp_data, tcp_close.
 */
#include "gondolin_agent.h"
#include "vc/msg.h"
#include "vc/util.h"

static void put_opened(struct buf *b, uint32_t id, const char *error)
{
	size_t begin = gondolin_msg_begin(b, "tcp_opened", id);

	cbor_put_map(b, error ? 2 : 1);
	cbor_put_text(b, "ok");
	cbor_put_bool(b, !error);
	if (error) {
		cbor_put_text(b, "message");
		cbor_put_text(b, error);
	}
	gondolin_msg_end(b, begin);
}

static void put_data(struct buf *b, uint32_t id, const void *data, size_t len)
{
	size_t begin = gondolin_msg_begin(b, "tcp_data", id);

	cbor_put_map(b, 1);
	cbor_put_text(b, "data");
	cbor_put_bytes(b, data, len);
	gondolin_msg_end(b, begin);
}

static void put_close(struct buf *b, uint32_t id)
{
	size_t begin = gondolin_msg_begin(b, "tcp_close", id);

	cbor_put_map(b, 0);
	gondolin_msg_end(b, begin);
}

static void put_error(struct buf *b, uint32_t id, const struct stream *s,
		      struct msg_reader *r)
{
	_cleanup_free_ char *message = NULL;

	msg_u32(r); /* errno */
	message = msg_str(r);
	if (s && s->opened)
		put_close(b, id);
	else
		put_opened(b, id, message);
}

static void put(struct channel *c, uint8_t type, uint8_t ch, uint32_t stream,
		const void *payload, size_t len)
{
	struct agent *a = container_of(c, struct agent, channel);
	struct stream *s = stream_find(a, stream);
	struct msg_reader r = msg_reader(payload, len);

	(void)ch;
	switch (type) {
	case FRAME_OPENED:
		put_opened(&c->out, stream, NULL);
		break;
	case FRAME_DATA:
		put_data(&c->out, stream, payload, len);
		break;
	case FRAME_CREDIT:
		gondolin_relieve(c, s);
		break;
	case FRAME_EOF: /* there is no word for half of an end */
	case FRAME_EXIT:
		put_close(&c->out, stream);
		if (s)
			stream_end(s);
		gondolin_relieve(c, NULL);
		break;
	case FRAME_ERROR:
		put_error(&c->out, stream, s, &r);
		gondolin_relieve(c, NULL);
		break;
	default:
		break;
	}
}

static bool is_loopback(const struct cbor *p)
{
	struct cbor host = cbor_get(p, "host");

	return cbor_is_text(&host, "127.0.0.1") ||
	       cbor_is_text(&host, "localhost");
}

static void on_open(struct agent *a, const struct gondolin_msg *m)
{
	_cleanup_free_ char *address = NULL;
	uint64_t port = 0;

	if (!cbor_get_uint(&m->p, "port", UINT16_MAX, &port) || !port)
		put_opened(&a->channel.out, m->id, "malformed tcp_open");
	else if (!is_loopback(&m->p))
		put_opened(&a->channel.out, m->id, "only loopback allowed");
	else if (stream_find(a, m->id))
		put_opened(&a->channel.out, m->id, "the id is in use");
	else if (a->open >= STREAMS_MAX)
		put_opened(&a->channel.out, m->id, "too many connections");
	else {
		address = xasprintf("tcp:127.0.0.1:%u", (unsigned)port);
		connect_start(a, m->id, address);
	}
	channel_rearm(&a->channel);
}

static void take_one(struct agent *a, const struct gondolin_msg *m)
{
	struct stream *s = stream_find(a, m->id);
	struct cbor data = cbor_get(&m->p, "data");

	if (cbor_is_text(&m->type, "tcp_open"))
		on_open(a, m);
	else if (!s)
		return;
	else if (cbor_is_text(&m->type, "tcp_data") && data.type == CBOR_BYTES)
		gondolin_feed(s, data.p, data.n);
	else if (cbor_is_text(&m->type, "tcp_eof"))
		sink_eof(&s->sink);
	else if (cbor_is_text(&m->type, "tcp_close"))
		stream_end(s);
}

static void take(struct channel *c)
{
	struct agent *a = container_of(c, struct agent, channel);
	struct gondolin_msg m;
	int r;

	while ((r = gondolin_msg_next(c, &m))) {
		if (r < 0)
			continue;
		take_one(a, &m);
		gondolin_msg_done(c, &m);
	}
}

const struct channel_codec gondolin_tcp_codec = { put, take };
