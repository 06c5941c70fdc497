/*
 * The monitor's table of streams.  A client's stream number means nothing on
 * the channel: every stream gets one of its own there, so that clients cannot
 * meet, and a number is not used again while late frames may still carry it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vc/util.h"
#include "vm/monitor.h"

struct stream *stream_by_id(struct monitor *m, uint32_t id)
{
	struct stream *s = m->streams;

	while (s && s->id != id)
		s = s->next;
	return s;
}

struct stream *stream_of_client(struct monitor *m, const struct client *c,
				uint32_t client_id)
{
	struct stream *s = m->streams;

	while (s && (s->client != c || s->client_id != client_id))
		s = s->next;
	return s;
}

struct stream *stream_open(struct monitor *m, struct client *c,
			   uint32_t client_id, const char **ret_refusal)
{
	struct stream *s;

	if (m->phase != PHASE_RUNNING)
		*ret_refusal = "the VM is stopping";
	else if (!client_id || stream_of_client(m, c, client_id))
		*ret_refusal = "that stream number is in use";
	else if (c->streams >= STREAMS_PER_CLIENT || m->n_streams >= STREAMS_MAX)
		*ret_refusal = "too many commands at once";
	else
		*ret_refusal = NULL;
	if (*ret_refusal)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	do
		s->id = ++m->last_stream;
	while (!s->id || stream_by_id(m, s->id));
	s->client = c;
	s->client_id = client_id;
	for (int i = 0; i < 3; i++)
		s->credit[i] = FRAME_WINDOW;
	s->next = m->streams;
	m->streams = s;
	m->n_streams++;
	c->streams++;
	return s;
}

void stream_free(struct monitor *m, struct stream *s)
{
	struct stream **p = &m->streams;

	while (*p != s)
		p = &(*p)->next;
	*p = s->next;
	m->n_streams--;
	s->client->streams--;
	free(s);
}

void stream_fail(struct monitor *m, struct stream *s, int errnum,
		 const char *message)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	msg_put_u32(&b, (uint32_t)errnum);
	msg_put_str(&b, message);
	conn_send(&s->client->conn, FRAME_ERROR, 0, s->client_id, buf_ptr(&b),
		  b.len);
	conn_send(&m->guest, FRAME_CLOSE, 0, s->id, NULL, 0);
	stream_free(m, s);
}

bool stream_account(struct stream *s, const struct frame *f, bool from_client)
{
	/* channel 0 flows to the guest, 1 and 2 from it; credit the other way */
	bool to_guest = f->channel == 0;
	struct msg_reader r = msg_reader(f->payload, f->length);
	uint32_t more;

	if (f->channel > 2)
		return false;
	if (f->type == FRAME_DATA) {
		if (to_guest != from_client || f->length > FRAME_MAX_DATA ||
		    f->length > s->credit[f->channel])
			return false;
		s->credit[f->channel] -= f->length;
		return true;
	}
	more = msg_u32(&r);
	if (to_guest == from_client || !msg_ok(&r) ||
	    more > FRAME_WINDOW - s->credit[f->channel])
		return false;
	s->credit[f->channel] += more;
	return true;
}
