/* Who gets a frame; see agent.h. */
#include "agent.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "vc/msg.h"

static void on_credit(struct stream *s, const struct frame *f)
{
	struct msg_reader r = msg_reader(f->payload, f->length);
	uint32_t n = msg_u32(&r);

	if (!msg_ok(&r) || f->channel < 1 || f->channel > 2)
		stream_fail(s, EPROTO, "malformed credit");
	else
		tap_credit(&s->taps[f->channel], n);
}

static void on_data(struct stream *s, const struct frame *f)
{
	if (f->channel != 0 || f->length > FRAME_MAX_DATA)
		stream_fail(s, EPROTO, "malformed data");
	else
		sink_data(&s->sink, f->payload, f->length);
}

static void on_eof(struct stream *s, const struct frame *f)
{
	if (f->channel > 2 || f->length)
		stream_fail(s, EPROTO, "malformed end of file");
	else if (f->channel == 0)
		sink_eof(&s->sink);
	else /* nobody reads it there: the process meets a broken pipe */
		tap_close(&s->taps[f->channel]);
}

static void on_signal(struct stream *s, const struct frame *f)
{
	struct msg_reader r = msg_reader(f->payload, f->length);
	uint32_t sig = msg_u32(&r);

	if (!msg_ok(&r) || sig < 1 || sig >= NSIG)
		stream_fail(s, EPROTO, "malformed signal");
	else if (sig == SIGTERM && s->agent->stop_signal)
		exec_signal(s, (uint32_t)s->agent->stop_signal);
	else
		exec_signal(s, sig);
}

static void on_resize(struct stream *s, const struct frame *f)
{
	struct msg_reader r = msg_reader(f->payload, f->length);
	uint16_t rows = msg_u16(&r), cols = msg_u16(&r);

	if (!msg_ok(&r))
		stream_fail(s, EPROTO, "malformed window size");
	else
		exec_resize(s, rows, cols);
}

static void on_close(struct stream *s, const struct frame *f)
{
	(void)f;
	stream_end(s);
}

static void (*handler(uint8_t type))(struct stream *, const struct frame *)
{
	switch (type) {
	case FRAME_DATA:
		return on_data;
	case FRAME_EOF:
		return on_eof;
	case FRAME_CREDIT:
		return on_credit;
	case FRAME_SIGNAL:
		return on_signal;
	case FRAME_RESIZE:
		return on_resize;
	case FRAME_CLOSE:
		return on_close;
	default:
		return NULL;
	}
}

static void open_stream(struct agent *a, const struct frame *f)
{
	if (a->refusal)
		stream_refuse(a, f->stream, EAGAIN, a->refusal);
	else if (a->open >= STREAMS_MAX)
		stream_refuse(a, f->stream, EMFILE, "too many streams");
	else if (f->type == FRAME_EXEC)
		exec_open(a, f);
	else
		connect_open(a, f);
}

static void on_frame(struct channel *c, const struct frame *f)
{
	struct agent *a = container_of(c, struct agent, channel);
	void (*handle)(struct stream *, const struct frame *);
	struct stream *s;

	if (f->stream == 0) {
		if (a->on_control)
			a->on_control(a, f);
		return;
	}
	s = stream_find(a, f->stream);
	handle = handler(f->type);
	if (f->type == FRAME_EXEC || f->type == FRAME_CONNECT) {
		if (s)
			stream_fail(s, EEXIST, "the stream is in use");
		else
			open_stream(a, f);
	} else if (!handle) {
		if (s)
			stream_fail(s, EPROTO, "unknown frame type %u", f->type);
		else
			stream_refuse(a, f->stream, EPROTO,
				      "unknown frame type");
	} else if (s) {
		handle(s, f);
	}
	/* else under way while the stream ended: dropped */
}

static void on_relief(struct channel *c)
{
	struct agent *a = container_of(c, struct agent, channel);

	for (struct stream *s = a->streams, *next; s; s = next) {
		next = s->next;
		for (int i = 0; i < STREAM_TAPS; i++)
			tap_update(&s->taps[i]);
	}
}

static void on_gone(struct channel *c)
{
	struct agent *a = container_of(c, struct agent, channel);

	if (a->on_gone)
		a->on_gone(a);
}

void agent_bury(struct agent *a)
{
	while (a->graveyard) {
		struct stream *s = a->graveyard;

		a->graveyard = s->next;
		free(s);
	}
}

static void bury(void *arg)
{
	agent_bury(arg);
}

void agent_open(struct agent *a, struct loop *l, int channel_fd)
{
	a->loop = l;
	a->channel.on_frame = on_frame;
	a->channel.on_relief = on_relief;
	a->channel.on_gone = on_gone;
	l->after = bury;
	l->after_arg = a;
	channel_open(&a->channel, l, channel_fd);
}

void agent_close(struct agent *a)
{
	while (a->streams)
		stream_end(a->streams);
	agent_bury(a);
	channel_close(&a->channel);
}

int agent_serve(int channel_fd, struct vc_error *err)
{
	struct agent a = { 0 };
	struct loop l;

	if (loop_init(&l, err) < 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	agent_open(&a, &l, channel_fd);
	loop_wait(&l, &a.channel.gone, NO_DEADLINE);
	agent_close(&a);
	loop_release(&l);
	return 0;
}
