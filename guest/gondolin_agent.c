/* The control port, and what the ports have in common; see
 * gondolin_agent.h. */
#include "gondolin_agent.h"

#include <signal.h>

#include "console.h"
#include "vc/util.h"

static void on_stdin(struct stream *s, const struct gondolin_msg *m)
{
	struct cbor data = cbor_get(&m->p, "data");
	bool eof = false;

	if (data.type != CBOR_BYTES)
		return;
	if (data.n && s->kind == GONDOLIN_EXEC)
		sink_data(&s->sink, data.p, data.n);
	else if (data.n)
		gondolin_feed(s, data.p, data.n);
	cbor_get_bool(&m->p, "eof", &eof);
	if (!eof || s->over)
		return;
	/* a terminal has no end of file but the character for it */
	if (s->sink.terminal && !s->sink.eof)
		buf_add_char(&s->sink.queue, 4);
	sink_eof(&s->sink);
}

static void on_resize(struct stream *s, const struct gondolin_msg *m)
{
	uint64_t rows, cols;

	if (cbor_get_uint(&m->p, "rows", UINT32_MAX, &rows) &&
	    cbor_get_uint(&m->p, "cols", UINT32_MAX, &cols))
		exec_resize(s, rows > UINT16_MAX ? UINT16_MAX : (uint16_t)rows,
			    cols > UINT16_MAX ? UINT16_MAX : (uint16_t)cols);
}

static void on_window(struct stream *s, const struct gondolin_msg *m)
{
	static const char *const names[] = { NULL, "stdout", "stderr" };
	uint64_t n;

	for (int i = 1; i < STREAM_TAPS && !s->over; i++)
		if (cbor_get_uint(&m->p, names[i], UINT32_MAX, &n))
			tap_credit(&s->taps[i], (uint32_t)n);
}

/* For a stream; of one that is over it comes late, and is dropped. */
static bool route(struct agent *a, const struct gondolin_msg *m)
{
	static const struct {
		const char *type;
		void (*run)(struct stream *s, const struct gondolin_msg *m);
	} inputs[] = {
		{ "stdin_data", on_stdin },
		{ "file_write_data", on_stdin },
		{ "pty_resize", on_resize },
		{ "exec_window", on_window },
	};

	for (size_t i = 0; i < ARRAY_SIZE(inputs); i++) {
		struct stream *s;

		if (!cbor_is_text(&m->type, inputs[i].type))
			continue;
		s = stream_find(a, m->id);
		if (s)
			inputs[i].run(s, m);
		return true;
	}
	return false;
}

static bool start(struct gondolin_agent *g, const struct gondolin_msg *m)
{
	if (cbor_is_text(&m->type, "exec_request"))
		return gondolin_exec_open(g, m);
	if (cbor_is_text(&m->type, "file_read_request"))
		return gondolin_file_open(&g->control, m, GONDOLIN_READ);
	if (cbor_is_text(&m->type, "file_write_request"))
		return gondolin_file_open(&g->control, m, GONDOLIN_WRITE);
	if (cbor_is_text(&m->type, "file_delete_request"))
		return gondolin_file_open(&g->control, m, GONDOLIN_DELETE);
	return false;
}

static void refuse(struct agent *a, uint32_t id, const char *code,
		   const char *message)
{
	gondolin_msg_error(&a->channel.out, id, code, message);
	channel_rearm(&a->channel);
}

static void take_one(struct gondolin_agent *g, const struct gondolin_msg *m)
{
	struct agent *a = &g->control;

	if (route(a, m))
		return;
	if (stream_find(a, m->id))
		refuse(a, m->id, "duplicate_id", "the id is in use");
	else if (a->open >= STREAMS_MAX)
		refuse(a, m->id, "queue_full", "too many requests at once");
	else if (!start(g, m))
		refuse(a, m->id, "invalid_request",
		       "malformed or unknown request");
}

static void take(struct channel *c)
{
	struct agent *a = container_of(c, struct agent, channel);
	struct gondolin_agent *g =
		container_of(a, struct gondolin_agent, control);
	struct gondolin_msg m;
	int r;

	while ((r = gondolin_msg_next(c, &m))) {
		if (r < 0) {
			refuse(a, 0, "invalid_request", "malformed message");
			continue;
		}
		take_one(g, &m);
		gondolin_msg_done(c, &m);
	}
}

static const struct channel_codec control_codec = { gondolin_reply, take };

void gondolin_feed(struct stream *s, const void *data, size_t len)
{
	s->sink.granted = UINT32_MAX;
	sink_data(&s->sink, data, len);
	if (!s->over && s->sink.queue.len > GONDOLIN_QUEUE_MAX)
		channel_pause(&s->agent->channel, true);
}

void gondolin_relieve(struct channel *c, const struct stream *s)
{
	if (c->paused && (!s || s->sink.queue.len < GONDOLIN_QUEUE_LOW))
		channel_pause(c, false);
}

static void after(void *arg)
{
	struct gondolin_agent *g = arg;
	struct agent *agents[] = { &g->control, &g->ssh, &g->ingress };

	for (size_t i = 0; i < ARRAY_SIZE(agents); i++) {
		struct agent *a = agents[i];

		agent_bury(a);
		/* what was held back while the channel was paused */
		if (a->channel.codec && a->channel.in.len)
			a->channel.codec->take(&a->channel);
	}
}

static void on_gone(struct agent *a)
{
	struct gondolin_agent *g =
		container_of(a, struct gondolin_agent, control);

	if (g->on_gone)
		g->on_gone(g);
}

static void open_port(struct agent *a, struct loop *l, int fd,
		      const struct channel_codec *codec)
{
	if (fd < 0)
		return;
	a->channel.codec = codec;
	agent_open(a, l, fd);
}

void gondolin_open(struct gondolin_agent *g, struct loop *l, int control,
		   int ssh, int ingress)
{
	g->loop = l;
	g->control.on_gone = on_gone;
	open_port(&g->control, l, control, &control_codec);
	open_port(&g->ssh, l, ssh, &gondolin_tcp_codec);
	open_port(&g->ingress, l, ingress, &gondolin_tcp_codec);
	l->after = after;
	l->after_arg = g;
}

void gondolin_close(struct gondolin_agent *g)
{
	agent_close(&g->control);
	if (g->ssh.loop)
		agent_close(&g->ssh);
	if (g->ingress.loop)
		agent_close(&g->ingress);
	strv_release(&g->env);
}

void gondolin_vfs_state(struct gondolin_agent *g, const char *message)
{
	struct channel *c = &g->control.channel;
	size_t begin = gondolin_msg_begin(
		&c->out, message ? "vfs_error" : "vfs_ready", 0);

	cbor_put_map(&c->out, message ? 1 : 0);
	if (message) {
		cbor_put_text(&c->out, "message");
		cbor_put_text(&c->out, message);
	}
	gondolin_msg_end(&c->out, begin);
	channel_flush(c);
}

int gondolin_serve(int control, int tcp, struct vc_error *err)
{
	struct gondolin_agent g = { 0 };
	struct loop l;

	if (loop_init(&l, err) < 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	gondolin_open(&g, &l, control, tcp, -1);
	gondolin_vfs_state(&g, NULL);
	loop_wait(&l, &g.control.channel.gone, NO_DEADLINE);
	gondolin_close(&g);
	loop_release(&l);
	return 0;
}
