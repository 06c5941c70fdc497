/* Stream 0 of the channel: docs/protocol.md. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "console.h"
#include "guest.h"
#include "process.h"
#include "vc/util.h"

static void send_control(struct guest *g, uint8_t type, const struct buf *b)
{
	channel_send(&g->agent.channel, type, 0, 0, b ? buf_ptr(b) : NULL,
		     b ? b->len : 0);
	/* the start may keep us busy for a while after this */
	channel_flush(&g->agent.channel);
}

void control_hello(struct guest *g)
{
	const struct msg_hello m = { .version = PROTO_VERSION,
				     .release = (char[]){ VC_VERSION },
				     .boot_ms = boot_ms() };
	_cleanup_buf_ struct buf b = BUF_INIT;

	msg_hello_put(&b, &m);
	send_control(g, FRAME_HELLO, &b);
}

void control_stage(struct guest *g, const char *stage)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	msg_put_u64(&b, boot_ms());
	msg_put_str(&b, stage);
	send_control(g, FRAME_STAGE, &b);
}

void control_ready(struct guest *g)
{
	g->ready = true;
	g->agent.refusal = NULL;
	send_control(g, FRAME_READY, NULL);
}

void control_failed(struct guest *g, const char *stage, const char *message)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	console_log("stage '%s' has failed: %s", stage, message);
	msg_put_str(&b, stage);
	msg_put_str(&b, message);
	send_control(g, FRAME_FAILED, &b);
}

void control_done(struct guest *g, uint8_t request, const char *error)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	msg_put_u8(&b, request);
	msg_put_str(&b, error);
	channel_send(&g->agent.channel, FRAME_DONE, 0, 0, buf_ptr(&b), b.len);
}

static void power_off_soon(struct guest *g)
{
	if (g->power_off) /* under way already: not to be cut short */
		return;
	g->power_off = true;
	g->loop.interrupted = true;
	g->agent.refusal = "the VM is being stopped";
}

static void on_hello(struct guest *g, const struct frame *f)
{
	struct msg_hello m;

	if (!msg_hello_get(f->payload, f->length, &m)) {
		console_log("malformed hello");
		return;
	}
	if (m.version == PROTO_VERSION)
		g->greeted = true;
	else /* the host sees our version too, and has the words for it */
		console_log("the host speaks version %u of the protocol, this "
			    "is %u",
			    m.version, PROTO_VERSION);
	msg_hello_release(&m);
}

static void on_config(struct guest *g, const struct frame *f)
{
	if (!g->greeted || g->configured)
		console_log("a configuration that was not expected");
	else if (!msg_config_get(f->payload, f->length, &g->config))
		console_log("malformed configuration");
	else
		g->configured = true;
}

static void on_clock(const struct frame *f)
{
	struct msg_reader r = msg_reader(f->payload, f->length);
	uint64_t ns = msg_u64(&r);

	if (msg_ok(&r))
		clock_adjust(ns);
}

static void on_stat(struct guest *g)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	msg_put_u32(&b, containers_running());
	msg_put_u32(&b, g->agent.open);
	channel_send(&g->agent.channel, FRAME_STATED, 0, 0, buf_ptr(&b), b.len);
}

struct sync_child {
	struct child child;
	struct guest *guest;
};

static int sync_disks(void *arg)
{
	(void)arg;
	sync();
	return 0;
}

static void on_synced(struct child *c, int status)
{
	struct sync_child *s = container_of(c, struct sync_child, child);

	control_done(s->guest, FRAME_SYNC, status ? "cannot sync" : "");
	vc_cleanup_free(&s);
}

static void on_sync(struct guest *g)
{
	struct sync_child *s = xcalloc(1, sizeof(*s));

	s->guest = g;
	s->child.ended = on_synced;
	if (child_start(&g->loop, &s->child, sync_disks, NULL) < 0) {
		control_done(g, FRAME_SYNC, strerror(errno));
		vc_cleanup_free(&s);
	}
}

static void on_control(struct agent *a, const struct frame *f)
{
	struct guest *g = container_of(a, struct guest, agent);

	switch (f->type) {
	case FRAME_HELLO:
		on_hello(g, f);
		break;
	case FRAME_CONFIG:
		on_config(g, f);
		break;
	case FRAME_SETTING:
		setting_add(g, f);
		break;
	case FRAME_CLOCK:
		on_clock(f);
		break;
	case FRAME_ENTROPY:
		entropy_add(f->payload, f->length);
		break;
	case FRAME_STAT:
		on_stat(g);
		break;
	case FRAME_SYNC:
		on_sync(g);
		break;
	case FRAME_QUIESCE:
		suspend_quiesce(g);
		break;
	case FRAME_RESUME:
		suspend_resume(g, f);
		break;
	case FRAME_POWEROFF:
		power_off_soon(g);
		break;
	default:
		console_log("unknown frame type %u on stream 0", f->type);
	}
}

static void on_gone(struct agent *a)
{
	console_log("the host is gone");
	power_off_soon(container_of(a, struct guest, agent));
}

/* The engines do not wait for the disk: podman's tag, for one, is lost when
 * the VM is killed a moment after it. */
static int sync_state(void *arg)
{
	_cleanup_close_ int fd = open("/state", O_RDONLY | O_CLOEXEC);

	(void)arg;
	return fd < 0 || syncfs(fd) < 0;
}

void control_open(struct guest *g, int channel_fd)
{
	if (g->mode == MODE_IMAGE) { /* its disk does not outlive the VM */
		g->agent.image = true;
		g->agent.stop_signal = (int)g->image.stop_signal;
	} else {
		g->agent.make_durable = sync_state;
	}
	g->agent.on_control = on_control;
	g->agent.on_gone = on_gone;
	g->agent.refusal = "the VM is not ready yet";
	agent_open(&g->agent, &g->loop, channel_fd);
}
