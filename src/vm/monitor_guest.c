/* The monitor's side of the channel.  The guest is not trusted: whatever it
 * sends can end its own streams, and nothing else. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vc/log.h"
#include "vc/util.h"
#include "vm/monitor.h"

void guest_configure(struct monitor *m)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct timespec now;
	struct msg_config c = {
		.engine = (char *)m->spec->engine,
		.hostname = (char *)m->spec->tool,
		.network = m->spec->network,
		.persistent = !m->spec->stateless,
		.insecure_registries = m->insecure_registries,
	};

	msg_hello_put(&b, &(struct msg_hello){ PROTO_VERSION, (char *)VC_VERSION, 0 });
	conn_send(&m->guest, FRAME_HELLO, 0, 0, buf_ptr(&b), b.len);
	buf_clear(&b);
	clock_gettime(CLOCK_REALTIME, &now);
	c.clock_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	msg_config_put(&b, &c);
	conn_send(&m->guest, FRAME_CONFIG, 0, 0, buf_ptr(&b), b.len);
}

static void handle_hello(struct monitor *m, const struct frame *f)
{
	struct msg_hello hello;
	_cleanup_free_ char *why = NULL;

	if (m->phase != PHASE_STARTING)
		return;
	if (!msg_hello_get(f->payload, f->length, &hello)) {
		monitor_fail_stage(m, "its agent speaks an unknown language");
		return;
	}
	if (hello.version != PROTO_VERSION) {
		why = xasprintf("the guest files speak protocol %u, this program %u: "
				"build them again with 'make guest'",
				hello.version, PROTO_VERSION);
		monitor_fail_stage(m, why);
	} else {
		m->guest_greeted = true;
		guest_configure(m);
	}
	msg_hello_release(&hello);
}

static void handle_failed(struct monitor *m, const struct frame *f)
{
	struct msg_reader r = msg_reader(f->payload, f->length);
	_cleanup_free_ char *message = NULL, *clean = NULL;

	free(msg_str(&r)); /* the stage: we know where it is */
	message = msg_str(&r);
	clean = printable(message, strlen(message));
	if (m->phase == PHASE_STARTING)
		monitor_fail_stage(m, clean);
}

static void handle_done(struct monitor *m, const struct frame *f)
{
	struct msg_reader r = msg_reader(f->payload, f->length);
	struct pending *p = m->pending;
	uint8_t type = msg_u8(&r);
	_cleanup_free_ char *error = msg_str(&r);
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (type == FRAME_QUIESCE)
		suspend_quiesced(m, error);
	if (type == FRAME_RESUME)
		resume_done(m, error);
	if (type != FRAME_SETTING || !p)
		return;
	m->pending = p->next;
	if (p->client) {
		msg_put_u8(&b, FRAME_SET);
		msg_put_str(&b, error);
		conn_send(&p->client->conn, FRAME_DONE, 0, 0, buf_ptr(&b), b.len);
	}
	free(p);
}

/* Asked because nobody uses the VM any more: one with containers in it goes on,
 * or, if it was for one command, is stopped as it always was. */
static void handle_stated(struct monitor *m)
{
	uint32_t leaving = 0;

	for (const struct client *c = m->clients; c; c = c->next)
		leaving += c->leaving;
	if (leaving < m->n_clients)
		return; /* somebody came meanwhile */
	if (!m->containers)
		monitor_suspend(m);
	else if (m->oneshot)
		monitor_stop(m);
	else
		m->idle_since_ms = now_ms();
}

static void handle_own(struct monitor *m, const struct frame *f)
{
	struct msg_reader r = msg_reader(f->payload, f->length);
	_cleanup_free_ char *stage = NULL;

	switch (f->type) {
	case FRAME_HELLO:
		handle_hello(m, f);
		break;
	case FRAME_STAGE:
		msg_u64(&r);
		stage = msg_str(&r);
		if (msg_ok(&r) && m->phase == PHASE_STARTING)
			monitor_enter_stage(m, stage);
		break;
	case FRAME_READY:
		if (m->phase == PHASE_STARTING)
			monitor_ready(m);
		break;
	case FRAME_FAILED:
		handle_failed(m, f);
		break;
	case FRAME_STATED:
		m->containers = msg_u32(&r);
		m->stat_asked = false;
		handle_stated(m);
		break;
	case FRAME_DONE:
		handle_done(m, f);
		break;
	default:
		log_verbose("the guest sent an unknown frame of type %u", f->type);
	}
}

static void handle_stream(struct monitor *m, const struct frame *f)
{
	struct stream *s = stream_by_id(m, f->stream);

	if (!s)
		return;
	switch (f->type) {
	case FRAME_DATA:
	case FRAME_CREDIT:
		if (!stream_account(s, f, false)) {
			stream_fail(m, s, EPROTO, "the guest did not obey flow control");
			return;
		}
		break;
	case FRAME_OPENED:
	case FRAME_STOPPED:
	case FRAME_EOF:
	case FRAME_EXIT:
	case FRAME_ERROR:
		break;
	default:
		stream_fail(m, s, EPROTO, "the guest sent an unknown answer");
		return;
	}
	conn_send(&s->client->conn, f->type, f->channel, s->client_id, f->payload,
		  f->length);
	if (f->type == FRAME_EXIT || f->type == FRAME_ERROR)
		stream_free(m, s);
}

void guest_receive(struct monitor *m)
{
	struct frame f;

	conn_fill(&m->guest);
	while (conn_next(&m->guest, &f)) {
		if (f.stream == 0)
			handle_own(m, &f);
		else
			handle_stream(m, &f);
		conn_done(&m->guest, &f);
	}
}
