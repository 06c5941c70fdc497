/*
 * One command in the guest: the client's relay loop.  Output is written only
 * when its fd takes it and credited only when it was written, so that a slow
 * reader slows down its own stream and nothing else; stdin is read only when
 * the guest has room for it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vc/io.h"
#include "vc/log.h"
#include "vc/util.h"
#include "vm/client.h"
#include "vm/terminal.h"

struct output {
	int fd;                /* -1: none, or its reader has gone */
	struct byte_sink *sink;
	struct buf queue;
	bool regular;          /* a file: never full */
};

struct relay {
	struct vm *vm;
	const struct vm_exec *x;
	uint32_t stream;
	uint32_t in_credit;
	bool in_open;
	bool in_tty; /* our stdin is raw and the guest's terminal */
	struct output out[3]; /* [1] and [2] */
	int signal_fd;
	bool over;
	int status;
};

static void send_u32(struct relay *r, uint8_t type, uint8_t channel, uint32_t v)
{
	uint8_t le[4] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16),
			  (uint8_t)(v >> 24) };

	conn_send(&r->vm->conn, type, channel, r->stream, le, sizeof(le));
}

static void send_size(struct relay *r)
{
	const int fds[] = { r->x->in_fd, r->x->out_fd, r->x->err_fd };
	_cleanup_buf_ struct buf b = BUF_INIT;
	uint16_t rows, cols;

	terminal_size(fds, 3, &rows, &cols);
	if (!rows && !cols)
		return;
	msg_put_u16(&b, rows);
	msg_put_u16(&b, cols);
	conn_send(&r->vm->conn, FRAME_RESIZE, 0, r->stream, buf_ptr(&b), b.len);
}

static void send_exec(struct relay *r)
{
	const struct vm_exec *x = r->x;
	const int fds[] = { x->in_fd, x->out_fd, x->err_fd };
	const bool used[] = { x->in_fd >= 0 || x->in, x->out_fd >= 0 || x->out,
			      x->err_fd >= 0 || x->err };
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct msg_exec m = { .argv = x->argv, .env = x->env,
			      .cwd = (char *)x->cwd,
			      .user = (char *)x->user };

	for (int i = 0; i < 3; i++) {
		if (used[i])
			m.used |= (uint8_t)(1 << i);
		if (used[i] && x->tty && fds[i] >= 0 && isatty(fds[i]))
			m.tty |= (uint8_t)(1 << i);
	}
	if (m.tty)
		terminal_size(fds, 3, &m.rows, &m.cols);
	msg_exec_put(&b, &m);
	conn_send(&r->vm->conn, FRAME_EXEC, 0, r->stream, buf_ptr(&b), b.len);
	r->in_tty = m.tty & EXEC_STDIN;
	r->in_open = used[0];
	r->in_credit = FRAME_WINDOW;
}

/* Tells the guest that nobody reads channel `c` any more: the process there
 * meets a broken pipe, as it would here. */
static void output_lost(struct relay *r, uint8_t c)
{
	buf_clear(&r->out[c].queue);
	r->out[c].fd = -1;
	r->out[c].sink = NULL;
	conn_send(&r->vm->conn, FRAME_EOF, c, r->stream, NULL, 0);
}

/* One write that cannot block: poll() promises room for PIPE_BUF bytes. */
static int output_write(struct relay *r, uint8_t c, struct vc_error *err)
{
	struct output *o = &r->out[c];
	size_t n = o->queue.len;
	ssize_t w;

	if (o->sink) {
		if (o->sink->write(o->sink, buf_ptr(&o->queue), n, err) < 0)
			return -1;
		w = (ssize_t)n;
	} else {
		if (!o->regular && n > 4096)
			n = 4096;
		w = write(o->fd, buf_ptr(&o->queue), n);
		if (w < 0 && (errno == EINTR || errno == EAGAIN))
			return 0;
		if (w < 0 && errno == EPIPE) {
			output_lost(r, c);
			return 0;
		}
		if (w < 0)
			return vc_fail(err, errno, "cannot write to standard %s",
				       c == 1 ? "output" : "error");
	}
	buf_consume(&o->queue, (size_t)w);
	send_u32(r, FRAME_CREDIT, c, (uint32_t)w);
	return 0;
}

static int input_read(struct relay *r, struct vc_error *err)
{
	static char chunk[FRAME_MAX_DATA];
	size_t room = r->in_credit < sizeof(chunk) ? r->in_credit : sizeof(chunk);
	ssize_t n;

	if (r->x->in)
		n = r->x->in->read(r->x->in, chunk, room, err);
	else
		n = read(r->x->in_fd, chunk, room);
	if (n < 0 && !r->x->in) {
		if (errno == EINTR || errno == EAGAIN)
			return 0;
		if (errno != EIO)
			return vc_fail(err, errno, "cannot read standard input");
		n = 0; /* a terminal that hung up */
	}
	if (n < 0)
		return -1;
	if (n == 0) {
		r->in_open = false;
		conn_send(&r->vm->conn, FRAME_EOF, 0, r->stream, NULL, 0);
		return 0;
	}
	r->in_credit -= (uint32_t)n;
	conn_send(&r->vm->conn, FRAME_DATA, 0, r->stream, chunk, (size_t)n);
	return 0;
}

/* The guest's process was stopped by its terminal (Ctrl-Z): so are we, until
 * the user's shell continues us. */
static void stop_with_it(struct relay *r)
{
	if (r->in_tty)
		terminal_restore();
	raise(SIGSTOP);
	if (r->in_tty)
		terminal_raw(r->x->in_fd);
	send_size(r);
	send_u32(r, FRAME_SIGNAL, 0, SIGCONT);
}

static int handle_frame(struct relay *r, const struct frame *f,
			struct vc_error *err)
{
	struct msg_reader m = msg_reader(f->payload, f->length);
	_cleanup_free_ char *text = NULL;
	uint32_t code, sig;

	if (f->type == FRAME_FAILED && f->stream == 0)
		return vm_failed(f, err);
	if (f->stream != r->stream)
		return 0;
	switch (f->type) {
	case FRAME_DATA:
		if (f->channel < 1 || f->channel > 2)
			break;
		if (r->out[f->channel].fd >= 0 || r->out[f->channel].sink)
			buf_add(&r->out[f->channel].queue, f->payload, f->length);
		break;
	case FRAME_CREDIT:
		r->in_credit += msg_u32(&m);
		break;
	case FRAME_EOF:
		if (f->channel == 0) /* nobody reads its stdin any more */
			r->in_open = false;
		break;
	case FRAME_STOPPED:
		stop_with_it(r);
		break;
	case FRAME_EXIT:
		code = msg_u32(&m);
		sig = msg_u32(&m);
		r->over = true;
		r->status = sig ? 128 + (int)(sig & 127) : (int)(code & 255);
		break;
	case FRAME_ERROR:
		code = msg_u32(&m);
		text = msg_str(&m);
		vc_fail(err, 0, "cannot run '%s' in the VM: %s", r->x->argv.v[0],
			msg_ok(&m) ? text : "unknown reason");
		err->errnum = (int)code;
		return -1;
	default: /* OPENED, and what a later version may add */
		break;
	}
	return 0;
}

static void handle_signal(struct relay *r)
{
	struct signalfd_siginfo si;

	if (read(r->signal_fd, &si, sizeof(si)) != sizeof(si))
		return;
	if (si.ssi_signo == SIGWINCH)
		send_size(r);
	else if (r->x->relay_signals)
		send_u32(r, FRAME_SIGNAL, 0, si.ssi_signo);
}

static int take_frames(struct relay *r, struct vc_error *err)
{
	struct frame f;

	conn_fill(&r->vm->conn);
	while (!r->over && conn_next(&r->vm->conn, &f)) {
		int x = handle_frame(r, &f, err);

		conn_done(&r->vm->conn, &f);
		if (x < 0)
			return -1;
	}
	return !r->over && r->vm->conn.eof ? vm_lost(err) : 0;
}

static bool pending_output(const struct relay *r)
{
	return r->out[1].queue.len || r->out[2].queue.len;
}

static int step(struct relay *r, struct vc_error *err)
{
	bool feed = !r->over && r->in_open && r->in_credit;
	bool ready_source = feed && r->x->in;
	struct pollfd p[5] = {
		{ r->over ? -1 : r->vm->conn.fd, conn_events(&r->vm->conn), 0 },
		{ r->signal_fd, POLLIN, 0 },
		{ feed && !r->x->in ? r->x->in_fd : -1, POLLIN, 0 },
		{ r->out[1].queue.len ? r->out[1].fd : -1, POLLOUT, 0 },
		{ r->out[2].queue.len ? r->out[2].fd : -1, POLLOUT, 0 },
	};
	bool ready_sink = (r->out[1].sink && r->out[1].queue.len) ||
			  (r->out[2].sink && r->out[2].queue.len);
	int left = vm_time_left(-1);

	if (left == 0)
		return vm_timed_out(err);
	if (poll(p, ARRAY_SIZE(p), ready_source || ready_sink ? 0 : left) < 0)
		return errno == EINTR ? 0 : vc_fail(err, errno, "cannot wait");
	if (p[1].revents)
		handle_signal(r);
	for (uint8_t c = 1; c <= 2; c++)
		if ((p[2 + c].revents || r->out[c].sink) && r->out[c].queue.len &&
		    output_write(r, c, err) < 0)
			return -1;
	if (!r->over && (p[0].revents & (POLLIN | POLLHUP | POLLERR)) &&
	    take_frames(r, err) < 0)
		return -1;
	if (!r->over && r->in_open && (ready_source || p[2].revents) &&
	    input_read(r, err) < 0)
		return -1;
	conn_flush(&r->vm->conn);
	return 0;
}

static int block_signals(const struct vm_exec *x, sigset_t *ret_old)
{
	static const int relayed[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1,
				       SIGUSR2 };
	struct sigaction sa;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	for (size_t i = 0; x->relay_signals && i < ARRAY_SIZE(relayed); i++) {
		/* what the caller had us ignore (nohup) stays ignored; blocked,
		 * it would be delivered all the same */
		if (sigaction(relayed[i], NULL, &sa) == 0 && sa.sa_handler == SIG_IGN)
			continue;
		sigaddset(&set, relayed[i]);
	}
	sigprocmask(SIG_BLOCK, &set, ret_old);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void init_output(struct output *o, int fd, struct byte_sink *sink)
{
	struct stat st;

	*o = (struct output){ .fd = fd, .sink = sink, .queue = BUF_INIT };
	o->regular = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

int vm_exec(struct vm *vm, const struct vm_exec *x, int *ret_status,
	    struct vc_error *err)
{
	struct relay r = { .vm = vm, .x = x, .stream = ++vm->last_stream };
	struct sigaction ignore = { .sa_handler = SIG_IGN }, old_pipe;
	sigset_t old;
	int result = 0;

	init_output(&r.out[1], x->out_fd, x->out);
	init_output(&r.out[2], x->err_fd, x->err);
	sigaction(SIGPIPE, &ignore, &old_pipe);
	r.signal_fd = block_signals(x, &old);
	send_exec(&r);
	conn_flush(&vm->conn);
	if (r.in_tty)
		terminal_raw(x->in_fd);
	while (result == 0 && (!r.over || pending_output(&r)))
		result = step(&r, err);
	terminal_restore();
	if (result < 0 && !vm->conn.eof) {
		conn_send(&vm->conn, FRAME_CLOSE, 0, r.stream, NULL, 0);
		conn_flush(&vm->conn);
	}
	close(r.signal_fd);
	sigprocmask(SIG_SETMASK, &old, NULL);
	sigaction(SIGPIPE, &old_pipe, NULL);
	buf_release(&r.out[1].queue);
	buf_release(&r.out[2].queue);
	if (result == 0)
		*ret_status = r.status;
	return result;
}

struct collector {
	struct byte_sink sink;
	struct buf *buf;
	size_t max;
};

static int collect(struct byte_sink *s, const void *data, size_t len,
		   struct vc_error *err)
{
	struct collector *c = (struct collector *)s;

	if (c->buf->len + len > c->max)
		return vc_fail(err, 0, "the guest's answer is longer than %zu bytes",
			       c->max);
	buf_add(c->buf, data, len);
	return 0;
}

int vm_exec_collect(struct vm *vm, const struct strv *argv, size_t max,
		    struct buf *ret_out, struct vc_error *err)
{
	_cleanup_buf_ struct buf words = BUF_INIT;
	struct collector out = { { collect }, ret_out, max };
	struct collector errs = { { collect }, &words, 65536 };
	struct vm_exec x = VM_EXEC_INIT;
	_cleanup_free_ char *clean = NULL;
	int status = 0;

	x.argv = *argv;
	x.out = &out.sink;
	x.err = &errs.sink;
	if (vm_exec(vm, &x, &status, err) < 0)
		return -1;
	if (status == 0)
		return 0;
	while (words.len && buf_ptr(&words)[words.len - 1] == '\n')
		words.len--;
	clean = printable(words.len ? buf_ptr(&words) : "", words.len);
	vc_fail(err, 0, "'%s' failed with status %d in the VM: %s", argv->v[0],
		status, clean);
	err->status = status;
	return -1;
}
