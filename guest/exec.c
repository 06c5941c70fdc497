/*
 * FRAME_EXEC: a process whose three descriptors are each a terminal, a pipe
 * or /dev/null.
 */
#include "exec.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent.h"
#include "stream.h"
#include "vc/io.h"
#include "vc/util.h"

/* No less than a terminal holds for its reader once the writer is gone. */
#define TERMINAL_HOLDS (64u * 1024u)

static void read_verdict(struct stream *s)
{
	_cleanup_free_ char *words = NULL;
	struct exec_verdict v;
	ssize_t n = read(s->verdict.fd, &v, sizeof(v));

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != (ssize_t)sizeof(v)) { /* closed by exec */
		stream_opened(s);
		return;
	}
	words = exec_verdict_words(&v, buf_ptr(&s->words));
	stream_fail(s, v.errnum, "%s", words);
}

static void on_verdict(struct source *src, uint32_t events)
{
	(void)events;
	read_verdict(container_of(src, struct stream, verdict));
}

static void on_durable(struct child *c, int status)
{
	struct stream *s = container_of(c, struct stream, child);

	(void)status; /* a disk that fails says so to whoever writes to it */
	s->ended = true;
	stream_settle(s);
}

/* The process is gone; its success is told when what it did is on the disk. */
static void make_durable(struct stream *s)
{
	struct agent *a = s->agent;

	s->child.ended = on_durable;
	s->child.stopped = NULL;
	if (!a->make_durable ||
	    child_start(a->loop, &s->child, a->make_durable, NULL) < 0)
		s->ended = true;
}

static void on_ended(struct child *c, int status)
{
	struct stream *s = container_of(c, struct stream, child);

	s->status = status;
	make_durable(s);
	if (!s->opened)
		read_verdict(s);
	for (int i = 0; i < STREAM_TAPS && !s->over; i++) {
		struct tap *t = &s->taps[i];
		int held = 0;

		/* what others write from now on is not the process's */
		if (t->source.fd < 0)
			continue;
		if (t->terminal || ioctl(t->source.fd, FIONREAD, &held) < 0 ||
		    held < 0)
			held = TERMINAL_HOLDS;
		tap_drain(t, (size_t)held);
	}
	if (!s->over)
		stream_settle(s);
}

static void on_stopped(struct child *c, int sig)
{
	struct stream *s = container_of(c, struct stream, child);
	_cleanup_buf_ struct buf b = BUF_INIT;

	msg_put_u32(&b, (uint32_t)sig);
	stream_send(s, FRAME_STOPPED, 0, buf_ptr(&b), b.len);
}

/* The child's ends; ours are in the stream. */
struct ends {
	int slave, null, pipe[3], report;
};

static void ends_release(struct ends *e)
{
	vc_cleanup_close(&e->slave);
	vc_cleanup_close(&e->null);
	vc_cleanup_close(&e->report);
	for (int i = 0; i < 3; i++)
		vc_cleanup_close(&e->pipe[i]);
}

/* A pipe for descriptor i; our end does not block, the child's does. */
static int open_pipe(struct stream *s, int i, struct ends *e)
{
	int fds[2], ours;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	ours = fds[i == 0];
	e->pipe[i] = fds[i != 0];
	set_nonblock(ours);
	if (i == 0)
		sink_open(s, ours);
	else
		tap_open(s, (unsigned)i, ours);
	return 0;
}

/*
 * What is written to the terminal goes where the host's terminal is: to
 * channel 1, or to 2 when only stderr is the terminal.  Is it stdin alone,
 * then all there can be is the echo, and it has nowhere to go.
 */
static unsigned terminal_channel(uint8_t tty)
{
	return tty & EXEC_STDOUT ? 1 : tty & EXEC_STDERR ? 2 : 0;
}

static int open_terminal(struct stream *s, const struct msg_exec *m,
			 struct ends *e)
{
	_cleanup_close_ int master = -1;
	unsigned channel = terminal_channel(m->tty);
	int fds[2], again;

	if (pty_open(m->rows, m->cols, fds) < 0)
		return -1;
	master = fds[0];
	e->slave = fds[1];
	if (m->tty & EXEC_STDIN) {
		/* twice, since reading and writing are watched apart */
		again = fcntl(master, F_DUPFD_CLOEXEC, 3);
		if (again < 0)
			return -1;
		sink_open(s, again);
		s->sink.terminal = true;
	}
	s->taps[channel].terminal = true;
	tap_open(s, channel, steal_fd(&master));
	return 0;
}

static int open_ends(struct stream *s, const struct msg_exec *m,
		     struct ends *e, struct exec_fds *ret)
{
	int report[2];

	e->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (e->null < 0 || pipe2(report, O_CLOEXEC) < 0)
		return -1;
	e->report = report[1];
	s->verdict = (struct source){ .fd = report[0], .ready = on_verdict };
	set_nonblock(report[0]);
	if (m->tty && open_terminal(s, m, e) < 0)
		return -1;
	for (int i = 0; i < 3; i++) {
		int bit = 1 << i;

		if (m->tty & bit)
			ret->stdio[i] = e->slave;
		else if (!(m->used & bit))
			ret->stdio[i] = e->null;
		else if (open_pipe(s, i, e) < 0)
			return -1;
		else
			ret->stdio[i] = e->pipe[i];
	}
	ret->terminal = e->slave;
	return 0;
}

void exec_start(struct stream *s, const struct msg_exec *m, exec_body *body)
{
	struct ends e = { -1, -1, { -1, -1, -1 }, -1 };
	_cleanup_strv_ struct strv env = STRV_INIT;
	struct exec_fds fds;
	pid_t pid = -1;

	s->exec = true;
	s->child.ended = on_ended;
	s->child.stopped = on_stopped;
	buf_add_str(&s->words, m->argv.v[0]);
	exec_environment(&m->env, s->agent->image, &env);
	if (open_ends(s, m, &e, &fds) == 0)
		pid = fork();
	if (pid == 0) {
		body(m, &env, &fds, s->agent->image, e.report);
		_exit(EXIT_SUCCESS);
	}
	if (pid < 0)
		stream_fail(s, errno, "cannot create a process: %s",
			    strerror(errno));
	ends_release(&e);
	if (pid < 0)
		return;
	child_watch(s->agent->loop, &s->child, pid);
	loop_watch(s->agent->loop, &s->verdict, EPOLLIN);
}

void exec_open(struct agent *a, const struct frame *f)
{
	struct msg_exec m;

	if (!msg_exec_get(f->payload, f->length, &m)) {
		stream_refuse(a, f->stream, EPROTO, "malformed exec");
		return;
	}
	if (*m.user && !a->image)
		stream_refuse(a, f->stream, EINVAL,
			      "only an image's commands have a user");
	else
		exec_start(stream_new(a, f->stream), &m, exec_child);
	msg_exec_release(&m);
}

void exec_signal(struct stream *s, uint32_t sig)
{
	if (s->child.pid > 0)
		kill(s->child.pid, (int)sig);
}

void exec_resize(struct stream *s, uint16_t rows, uint16_t cols)
{
	for (int i = 0; i < STREAM_TAPS; i++)
		if (s->taps[i].terminal && s->taps[i].source.fd >= 0)
			pty_resize(s->taps[i].source.fd, rows, cols);
}

void exec_kill(struct stream *s)
{
	pid_t pid = s->child.pid;

	if (pid <= 0)
		return;
	child_forget(s->agent->loop, &s->child);
	/* the group it leads, or only itself while it is not leading one yet */
	if (kill(-pid, SIGHUP) < 0)
		kill(pid, SIGHUP);
	if (kill(-pid, SIGKILL) < 0)
		kill(pid, SIGKILL);
}
