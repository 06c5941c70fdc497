/* The loop between the kernel and the host; see fuse_server.h. */
#include "fuse_server.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/uio.h>
#include <unistd.h>

#include "console.h"
#include "gondolin_msg.h"
#include "loop.h"
#include "vc/io.h"
#include "vc/util.h"

/* The kernel wants room for the largest request it may send. */
#define REQUEST_MAX (FUSE_SERVER_MAX_DATA + 8192u)

/* Beyond it a number is no errno to the kernel (include/linux/errno.h). */
#define ERRNUM_MAX 511

#define FEATURES \
	(FUSE_ASYNC_READ | FUSE_ATOMIC_O_TRUNC | FUSE_BIG_WRITES | \
	 FUSE_AUTO_INVAL_DATA | FUSE_PARALLEL_DIROPS)

struct server {
	struct loop loop;
	struct source device;
	struct channel rpc;
	struct fuse_call *calls;
	uint32_t next_id;
	bool done; /* unmounted, or the host is gone */
};

/* The body goes with success only. */
static void answer(struct server *s, uint64_t unique, int errnum,
		   const void *body, size_t body_len)
{
	size_t len = errnum ? 0 : body_len;
	struct fuse_out_header head = { .len = (uint32_t)(sizeof(head) + len),
					.error = -errnum,
					.unique = unique };
	struct iovec v[] = { { &head, sizeof(head) },
			     { (void *)(uintptr_t)body, len } };
	ssize_t n;

	do
		n = writev(s->device.fd, v, len ? 2 : 1);
	while (n < 0 && errno == EINTR);
	/* ENOENT: whoever has asked was interrupted */
	if (n < 0 && errno != ENOENT)
		console_log("cannot answer the kernel: %s", strerror(errno));
}

static void answer_init(struct server *s, const struct fuse_request *r)
{
	struct fuse_init_out out = { .major = FUSE_KERNEL_VERSION,
				     .minor = FUSE_KERNEL_MINOR_VERSION,
				     .max_write = FUSE_SERVER_MAX_DATA,
				     .time_gran = 1000000 };
	struct fuse_init_in in = { 0 };

	memcpy(&in, r->arg, r->len < sizeof(in) ? r->len : sizeof(in));
	if (in.minor < out.minor)
		out.minor = in.minor;
	out.max_readahead = in.max_readahead;
	out.flags = in.flags & FEATURES;
	answer(s, r->head.unique, 0, &out, sizeof(out));
}

static void answer_opendir(struct server *s, const struct fuse_request *r)
{
	const struct fuse_open_out out = { .fh = r->head.nodeid };

	answer(s, r->head.unique, 0, &out, sizeof(out));
}

static void send_call(struct server *s, struct fuse_call *c, const char *op,
		      const struct buf *req)
{
	struct buf *out = &s->rpc.out;
	size_t begin;

	c->id = ++s->next_id ? s->next_id : ++s->next_id;
	c->next = s->calls;
	s->calls = c;
	begin = gondolin_msg_begin(out, "fs_request", c->id);
	cbor_put_map(out, 2);
	cbor_put_text(out, "op");
	cbor_put_text(out, op);
	cbor_put_text(out, "req");
	buf_add(out, buf_ptr(req), req->len);
	gondolin_msg_end(out, begin);
	channel_flush(&s->rpc);
}

static uint32_t room(const struct fuse_request *r)
{
	struct fuse_read_in in;

	if ((r->head.opcode != FUSE_READ && r->head.opcode != FUSE_READDIR) ||
	    r->len < sizeof(in))
		return 0;
	memcpy(&in, r->arg, sizeof(in));
	return in.size;
}

static void forward(struct server *s, const struct fuse_request *r)
{
	_cleanup_buf_ struct buf req = BUF_INIT;
	int errnum;
	const char *op = fuse_request_put(r, &req, &errnum);
	struct fuse_call *c;

	if (!op) {
		answer(s, r->head.unique, errnum, NULL, 0);
		return;
	}
	c = xcalloc(1, sizeof(*c));
	/* a change that is none is a question */
	c->opcode = str_eq(op, "getattr") ? FUSE_GETATTR : r->head.opcode;
	c->unique = r->head.unique;
	c->nodeid = r->head.nodeid;
	c->size = room(r);
	send_call(s, c, op, &req);
}

static void on_request(struct server *s, const struct fuse_request *r)
{
	switch (r->head.opcode) {
	case FUSE_INIT:
		answer_init(s, r);
		break;
	case FUSE_OPENDIR:
		answer_opendir(s, r);
		break;
	case FUSE_FORGET: /* none of these is answered */
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		forward(s, r);
	}
}

static void on_device(struct source *src, uint32_t events)
{
	static uint8_t data[REQUEST_MAX];
	struct server *s = container_of(src, struct server, device);
	ssize_t n = read(src->fd, data, sizeof(data));
	struct fuse_request r;

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOENT))
		return;
	if (n < (ssize_t)sizeof(r.head)) { /* ENODEV: unmounted */
		s->done = true;
		return;
	}
	memcpy(&r.head, data, sizeof(r.head));
	r.arg = data + sizeof(r.head);
	r.len = (size_t)n - sizeof(r.head);
	on_request(s, &r);
	if (s->rpc.congested)
		loop_watch(&s->loop, src, 0);
}

static struct fuse_call *take_call(struct server *s, uint32_t id)
{
	struct fuse_call **p = &s->calls, *c;

	while (*p && (*p)->id != id)
		p = &(*p)->next;
	c = *p;
	if (c)
		*p = c->next;
	return c;
}

/* The size is set; the kernel wants to know what else is. */
static void ask_attr(struct server *s, struct fuse_call *c)
{
	_cleanup_buf_ struct buf req = BUF_INIT;

	c->opcode = FUSE_GETATTR;
	fuse_request_put_getattr(&req, c->nodeid);
	send_call(s, c, "getattr", &req);
}

static int get_errnum(const struct cbor *p)
{
	struct cbor e = cbor_get(p, "err");
	uint64_t n = e.type == CBOR_NEGATIVE ? e.n + 1 : e.n;

	if ((e.type != CBOR_UINT && e.type != CBOR_NEGATIVE) || n > ERRNUM_MAX)
		return EIO;
	return (int)n;
}

static void on_response(struct server *s, const struct gondolin_msg *m)
{
	_cleanup_buf_ struct buf body = BUF_INIT;
	struct cbor res = cbor_get(&m->p, "res");
	struct fuse_call *c = take_call(s, m->id);
	int errnum = get_errnum(&m->p);

	if (!c)
		return;
	if (!errnum && c->opcode == FUSE_SETATTR) {
		ask_attr(s, c);
		return;
	}
	if (errnum == ENOENT && c->opcode == FUSE_LOOKUP) {
		fuse_reply_put_absent(&res, &body);
		errnum = 0;
	} else if (!errnum) {
		errnum = fuse_reply_put(c, &res, &body);
	}
	/* nobody can do anything about a file that is closed already */
	answer(s, c->unique, c->opcode == FUSE_RELEASE ? 0 : errnum,
	       buf_ptr(&body), body.len);
	free(c);
}

static void take(struct channel *ch)
{
	struct server *s = container_of(ch, struct server, rpc);
	struct gondolin_msg m;
	int r;

	while ((r = gondolin_msg_next(ch, &m))) {
		if (r < 0)
			continue;
		if (cbor_is_text(&m.type, "fs_response"))
			on_response(s, &m);
		gondolin_msg_done(ch, &m);
	}
}

static void put(struct channel *c, uint8_t type, uint8_t ch, uint32_t stream,
		const void *payload, size_t len)
{
	(void)c, (void)type, (void)ch, (void)stream, (void)payload, (void)len;
}

static void on_relief(struct channel *c)
{
	struct server *s = container_of(c, struct server, rpc);

	loop_watch(&s->loop, &s->device, EPOLLIN);
}

static void on_gone(struct channel *c)
{
	container_of(c, struct server, rpc)->done = true;
}

static void release(struct server *s)
{
	for (struct fuse_call *c; (c = s->calls);) {
		s->calls = c->next;
		answer(s, c->unique, EIO, NULL, 0);
		free(c);
	}
	loop_close(&s->loop, &s->device);
	channel_close(&s->rpc);
	loop_release(&s->loop);
}

int fuse_serve(int device, int port, struct vc_error *err)
{
	static const struct channel_codec codec = { put, take };
	struct server s = { .device = { .fd = device, .ready = on_device },
			    .rpc = { .codec = &codec,
				     .on_relief = on_relief,
				     .on_gone = on_gone } };

	if (loop_init(&s.loop, err) < 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	set_nonblock(device);
	channel_open(&s.rpc, &s.loop, port);
	loop_watch(&s.loop, &s.device, EPOLLIN);
	loop_wait(&s.loop, &s.done, NO_DEADLINE);
	release(&s);
	return 0;
}
