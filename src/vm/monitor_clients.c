/* The monitor's side of the control socket. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vc/util.h"
#include "vm/monitor.h"

void clients_broadcast(struct monitor *m, uint8_t type, const void *p, size_t n)
{
	for (struct client *c = m->clients; c; c = c->next)
		if (c->greeted)
			conn_send(&c->conn, type, 0, 0, p, n);
}

void clients_accept(struct monitor *m)
{
	int fd = accept4(m->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *c;

	if (fd < 0)
		return;
	if (m->n_clients >= CLIENTS_MAX) {
		close(fd);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	conn_init(&c->conn, fd);
	c->next = m->clients;
	m->clients = c;
	m->n_clients++;
	m->had_client = true;
	m->idle_since_ms = 0;
}

void client_drop(struct monitor *m, struct client *c)
{
	struct client **p = &m->clients;

	for (struct stream *s = m->streams, *next; s; s = next) {
		next = s->next;
		if (s->client != c)
			continue;
		conn_send(&m->guest, FRAME_CLOSE, 0, s->id, NULL, 0);
		stream_free(m, s);
	}
	for (struct pending *q = m->pending; q; q = q->next)
		if (q->client == c)
			q->client = NULL;
	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
	conn_release(&c->conn);
	free(c);
	if (--m->n_clients == 0)
		m->idle_since_ms = now_ms();
}

static void greet(struct monitor *m, struct client *c, const struct frame *f)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct msg_hello hello;

	/* too late for a VM that has run: closed without a word, the client
	 * starts the next one */
	if ((m->phase == PHASE_ENDED && m->ran) ||
	    !msg_hello_get(f->payload, f->length, &hello)) {
		c->conn.eof = true;
		return;
	}
	msg_hello_release(&hello);
	msg_hello_put(&b, &(struct msg_hello){ PROTO_VERSION, (char *)VC_VERSION, 0 });
	conn_send(&c->conn, FRAME_HELLO, 0, 0, buf_ptr(&b), b.len);
	c->greeted = true;
	if (m->note) {
		buf_clear(&b);
		msg_put_u64(&b, (uint64_t)(now_ms() - m->started_ms));
		msg_put_str(&b, m->note);
		conn_send(&c->conn, FRAME_STAGE, 0, 0, buf_ptr(&b), b.len);
	}
	if (m->phase == PHASE_RUNNING) {
		conn_send(&c->conn, FRAME_READY, 0, 0, NULL, 0);
	} else if (m->phase == PHASE_ENDED && m->failure) {
		buf_clear(&b);
		msg_put_str(&b, m->stage);
		msg_put_str(&b, m->failure);
		conn_send(&c->conn, FRAME_FAILED, 0, 0, buf_ptr(&b), b.len);
		m->told = true;
	}
}

static void report_status(struct monitor *m, struct client *c)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct msg_status s = {
		.monitor_pid = (uint32_t)getpid(),
		.qemu_pid = (uint32_t)m->qemu.pid,
		.streams = m->n_streams,
		.containers = m->containers,
		.uptime_ms = (uint64_t)(now_ms() - m->started_ms),
		.memory = m->spec->memory,
		.cpus = m->spec->cpus,
		.disk = m->spec->disk,
		.kvm = m->qemu.kvm,
		.network = m->spec->network,
		.ready = m->phase == PHASE_RUNNING,
		.arch = (char *)m->spec->arch,
	};

	msg_status_put(&b, &s);
	conn_send(&c->conn, FRAME_STATUS_REPLY, 0, 0, buf_ptr(&b), b.len);
}

static void answer_done(struct client *c, uint8_t request, const char *error)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	msg_put_u8(&b, request);
	msg_put_str(&b, error);
	conn_send(&c->conn, FRAME_DONE, 0, 0, buf_ptr(&b), b.len);
}

/* Registries only ever get added: one client must not break another's pull. */
static void change_setting(struct monitor *m, struct client *c,
			   const struct frame *f)
{
	struct msg_reader r = msg_reader(f->payload, f->length);
	_cleanup_free_ char *key = msg_str(&r);
	_cleanup_strv_ struct strv values = STRV_INIT;
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct pending *p, **end = &m->pending;
	size_t before = m->insecure_registries.n;

	msg_strv(&r, &values);
	if (msg_ok(&r) && str_eq(key, "resident")) {
		m->oneshot = false;
		answer_done(c, FRAME_SET, "");
		return;
	}
	if (!msg_ok(&r) || !str_eq(key, "insecure-registries")) {
		answer_done(c, FRAME_SET, "this VM's monitor does not know that setting");
		return;
	}
	for (size_t i = 0; i < values.n; i++)
		if (!strv_contains(&m->insecure_registries, values.v[i]))
			strv_add(&m->insecure_registries, values.v[i]);
	if (m->insecure_registries.n == before) {
		answer_done(c, FRAME_SET, "");
		return;
	}
	msg_put_str(&b, key);
	msg_put_strv(&b, &m->insecure_registries);
	conn_send(&m->guest, FRAME_SETTING, 0, 0, buf_ptr(&b), b.len);
	p = xcalloc(1, sizeof(*p));
	p->client = c;
	while (*end)
		end = &(*end)->next;
	*end = p;
}

/* Nobody's command is ended by it, as a stop would. */
static void suspend_asked(struct monitor *m, struct client *c)
{
	const char *refusal = monitor_cannot_suspend(m);

	if (refusal)
		answer_done(c, FRAME_STOP, refusal);
	else
		monitor_suspend(m);
}

static void handle_own(struct monitor *m, struct client *c, const struct frame *f)
{
	if (!c->greeted && f->type != FRAME_HELLO) {
		c->conn.eof = true;
		return;
	}
	switch (f->type) {
	case FRAME_HELLO:
		greet(m, c, f);
		break;
	case FRAME_STATUS:
		report_status(m, c);
		break;
	case FRAME_STOP:
		monitor_stop(m);
		break;
	case FRAME_SUSPEND:
		suspend_asked(m, c);
		break;
	case FRAME_CLOSE:
		c->leaving = true;
		break;
	case FRAME_SET:
		change_setting(m, c, f);
		break;
	default:
		c->conn.eof = true;
	}
}

static void refuse(struct client *c, uint32_t id, const char *why)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	msg_put_u32(&b, EAGAIN);
	msg_put_str(&b, why);
	conn_send(&c->conn, FRAME_ERROR, 0, id, buf_ptr(&b), b.len);
}

static void handle_stream(struct monitor *m, struct client *c,
			  const struct frame *f)
{
	struct stream *s;
	const char *refusal;

	if (f->type == FRAME_EXEC || f->type == FRAME_CONNECT) {
		s = stream_open(m, c, f->stream, &refusal);
		if (!s) {
			refuse(c, f->stream, refusal);
			return;
		}
		/* there may be room again: QEMU repeats the write that failed,
		 * and stops the VM again if there is none */
		if (m->disk_full)
			qmp_command(&m->qmp, "cont");
		m->disk_full = false;
	} else {
		s = stream_of_client(m, c, f->stream);
		if (!s)
			return; /* it has ended meanwhile */
	}
	switch (f->type) {
	case FRAME_DATA:
	case FRAME_CREDIT:
		if (!stream_account(s, f, true)) {
			stream_fail(m, s, EPROTO, "flow control was not obeyed");
			return;
		}
		break;
	case FRAME_EXEC:
	case FRAME_CONNECT:
	case FRAME_EOF:
	case FRAME_SIGNAL:
	case FRAME_RESIZE:
	case FRAME_CLOSE:
		break;
	default:
		stream_fail(m, s, EPROTO, "unknown request");
		return;
	}
	conn_send(&m->guest, f->type, f->channel, s->id, f->payload, f->length);
	if (f->type == FRAME_CLOSE)
		stream_free(m, s);
}

void client_receive(struct monitor *m, struct client *c)
{
	struct frame f;

	conn_fill(&c->conn);
	while (conn_next(&c->conn, &f)) {
		if (f.stream == 0)
			handle_own(m, c, &f);
		else if (c->greeted)
			handle_stream(m, c, &f);
		conn_done(&c->conn, &f);
		if (c->conn.eof && !c->greeted)
			break;
	}
}
