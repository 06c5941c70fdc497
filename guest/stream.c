/* Life and end of a stream; see stream.h. */
#include "stream.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/wait.h>

#include "agent.h"
#include "vc/msg.h"
#include "vc/util.h"

struct stream *stream_find(struct agent *a, uint32_t id)
{
	for (struct stream *s = a->streams; s; s = s->next)
		if (s->id == id)
			return s;
	return NULL;
}

struct stream *stream_new(struct agent *a, uint32_t id)
{
	struct stream *s = xcalloc(1, sizeof(*s));

	s->agent = a;
	s->id = id;
	s->verdict.fd = -1;
	for (unsigned i = 0; i < STREAM_TAPS; i++)
		s->taps[i] = (struct tap){ .source.fd = -1,
					   .stream = s,
					   .channel = (uint8_t)i,
					   .credit = FRAME_WINDOW };
	s->sink = (struct sink){ .source.fd = -1,
				 .stream = s,
				 .granted = FRAME_WINDOW };
	s->next = a->streams;
	a->streams = s;
	a->open++;
	return s;
}

void stream_send(struct stream *s, uint8_t type, uint8_t channel,
		 const void *payload, size_t len)
{
	if (!s->over)
		channel_send(&s->agent->channel, type, channel, s->id, payload,
			     len);
}

void stream_opened(struct stream *s)
{
	s->opened = true;
	loop_close(s->agent->loop, &s->verdict);
	stream_send(s, FRAME_OPENED, 0, NULL, 0);
	for (int i = 0; i < STREAM_TAPS; i++)
		tap_update(&s->taps[i]);
	sink_pump(&s->sink);
}

static void send_error(struct agent *a, uint32_t id, int errnum,
		       const char *msg)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	msg_put_u32(&b, (uint32_t)errnum);
	msg_put_str(&b, msg);
	channel_send(&a->channel, FRAME_ERROR, 0, id, buf_ptr(&b), b.len);
}

void stream_refuse(struct agent *a, uint32_t id, int errnum, const char *what)
{
	send_error(a, id, errnum, what);
}

void stream_fail(struct stream *s, int errnum, const char *fmt, ...)
{
	char msg[512];
	va_list ap;

	if (s->over)
		return;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	send_error(s->agent, s->id, errnum, msg);
	stream_end(s);
}

static void send_exit(struct stream *s)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	bool signaled = s->exec && WIFSIGNALED(s->status);

	msg_put_u32(&b, !s->exec || signaled ?
				0 :
				(uint32_t)WEXITSTATUS(s->status));
	msg_put_u32(&b, signaled ? (uint32_t)WTERMSIG(s->status) : 0);
	stream_send(s, FRAME_EXIT, 0, buf_ptr(&b), b.len);
	stream_end(s);
}

void stream_settle(struct stream *s)
{
	if (s->over || !s->opened)
		return;
	if (s->taps[1].source.fd >= 0 || s->taps[2].source.fd >= 0)
		return;
	if (s->exec ? !s->ended : s->sink.source.fd >= 0)
		return;
	send_exit(s);
}

void stream_end(struct stream *s)
{
	struct agent *a = s->agent;

	if (s->over)
		return;
	s->over = true;
	exec_kill(s);
	for (int i = 0; i < STREAM_TAPS; i++)
		loop_close(a->loop, &s->taps[i].source);
	loop_close(a->loop, &s->sink.source);
	loop_close(a->loop, &s->verdict);
	buf_release(&s->sink.queue);
	buf_release(&s->words);
	for (struct stream **p = &a->streams; *p; p = &(*p)->next)
		if (*p == s) {
			*p = s->next;
			break;
		}
	a->open--;
	s->next = a->graveyard;
	a->graveyard = s;
}
