/*
 * The agent's streams, without a VM: its loop runs in a child process over a
 * socket pair, and what the host would send is sent from here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../guest/agent.h"
#include "vc/io.h"
#include "vc/msg.h"
#include "vc/util.h"

#define DEADLINE_MS 20000

struct peer {
	int fd;
	pid_t agent;
	struct buf in;
};

/* What came of a stream until it was over. */
struct result {
	struct buf out[3];
	bool opened, eof[3];
	uint32_t credit;	/* given back to us, channel 0 */
	uint32_t stopped;
	uint8_t end;		/* FRAME_EXIT or FRAME_ERROR */
	uint32_t code, signal;	/* ERROR: code is the errno */
	char *message;
};

static int set_up(void **state)
{
	struct peer *p = xcalloc(1, sizeof(*p));
	struct vc_error err = { 0 };
	int fds[2];

	assert_int_equal(make_socketpair(fds, &err), 0);
	p->fd = fds[0];
	p->agent = fork();
	if (p->agent == 0) {
		close(fds[0]);
		_exit(agent_serve(fds[1], &err) == 0 ? 0 : 1);
	}
	close(fds[1]);
	*state = p;
	return 0;
}

/* The agent ends when its host hangs up, whatever has happened before. */
static int tear_down(void **state)
{
	struct peer *p = *state;
	int status;

	close(p->fd);
	assert_int_equal(waitpid(p->agent, &status, 0), p->agent);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	buf_release(&p->in);
	free(p);
	return 0;
}

static void put(struct peer *p, uint8_t type, uint8_t ch, uint32_t stream,
		const void *payload, size_t len)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct vc_error err = { 0 };

	frame_put(&b, type, ch, stream, payload, len, false);
	assert_int_equal(write_all(p->fd, buf_ptr(&b), b.len, &err), 0);
}

static void put_u32(struct peer *p, uint8_t type, uint8_t ch, uint32_t stream,
		    uint32_t v)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	msg_put_u32(&b, v);
	put(p, type, ch, stream, buf_ptr(&b), b.len);
}

static void put_exec(struct peer *p, uint32_t stream, uint8_t used, uint8_t tty,
		     const char *const *argv)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct msg_exec m = { .used = used, .tty = tty, .rows = 33, .cols = 77 };

	for (; *argv; argv++)
		strv_add(&m.argv, *argv);
	strv_add(&m.env, "GREETING=hello there");
	m.cwd = xstrdup("/tmp");
	msg_exec_put(&b, &m);
	put(p, FRAME_EXEC, 0, stream, buf_ptr(&b), b.len);
	msg_exec_release(&m);
}

#define SHELL(script) \
	((const char *const[]){ "/bin/sh", "-c", (script), NULL })

/* The next frame; its payload is copied to *ret_payload. */
static struct frame get(struct peer *p, struct buf *ret_payload)
{
	struct frame f;
	uint64_t skipped = 0;

	while (!frame_next(&p->in, &f, &skipped)) {
		struct pollfd pfd = { .fd = p->fd, .events = POLLIN };
		char chunk[65536];
		ssize_t n;

		assert_int_equal(poll(&pfd, 1, DEADLINE_MS), 1);
		n = read(p->fd, chunk, sizeof(chunk));
		assert_true(n > 0);
		buf_add(&p->in, chunk, (size_t)n);
	}
	assert_int_equal(skipped, 0);
	buf_clear(ret_payload);
	buf_add(ret_payload, f.payload, f.length);
	frame_done(&p->in, &f);
	return f;
}

static void note(struct result *r, const struct frame *f, const struct buf *b)
{
	struct msg_reader m = msg_reader(buf_ptr(b), b->len);

	switch (f->type) {
	case FRAME_OPENED:
		assert_false(r->opened);
		r->opened = true;
		break;
	case FRAME_DATA:
		assert_true(r->opened && f->channel >= 1 && f->channel <= 2 &&
			    b->len && b->len <= FRAME_MAX_DATA);
		assert_false(r->eof[f->channel]);
		buf_add(&r->out[f->channel], buf_ptr(b), b->len);
		break;
	case FRAME_EOF:
		r->eof[f->channel] = true;
		break;
	case FRAME_CREDIT:
		assert_int_equal(f->channel, 0);
		r->credit += msg_u32(&m);
		break;
	case FRAME_STOPPED:
		r->stopped = msg_u32(&m);
		break;
	case FRAME_EXIT:
		r->code = msg_u32(&m);
		r->signal = msg_u32(&m);
		assert_true(msg_ok(&m));
		r->end = f->type;
		break;
	case FRAME_ERROR:
		r->code = msg_u32(&m);
		r->message = msg_str(&m);
		assert_true(msg_ok(&m));
		r->end = f->type;
		break;
	default:
		fail_msg("unexpected frame %u", f->type);
	}
}

/* One frame of any stream into results[stream]; gives credit back if asked. */
static struct frame step(struct peer *p, struct result *results, bool grant)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct frame f = get(p, &b);

	note(&results[f.stream], &f, &b);
	if (grant && f.type == FRAME_DATA)
		put_u32(p, FRAME_CREDIT, f.channel, f.stream, f.length);
	return f;
}

static void finish(struct peer *p, uint32_t stream, struct result *results)
{
	while (!results[stream].end)
		step(p, results, true);
}

static void release(struct result *results, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (int c = 0; c < 3; c++)
			buf_release(&results[i].out[c]);
		free(results[i].message);
	}
}

static void until_output(struct peer *p, uint32_t stream,
			 struct result *results, const char *text)
{
	struct buf *out = &results[stream].out[1];

	while (!out->len || !strstr(buf_ptr(out), text)) {
		assert_int_equal(results[stream].end, 0);
		step(p, results, true);
	}
}

static void test_output_and_code(void **state)
{
	struct peer *p = *state;
	struct result r[8] = { 0 };

	put_exec(p, 7, 7, 0,
		 SHELL("echo \"$GREETING\"; echo err >&2; pwd; exit 3"));
	finish(p, 7, r);
	assert_true(r[7].opened && r[7].eof[1] && r[7].eof[2]);
	assert_string_equal(buf_ptr(&r[7].out[1]), "hello there\n/tmp\n");
	assert_string_equal(buf_ptr(&r[7].out[2]), "err\n");
	assert_int_equal(r[7].end, FRAME_EXIT);
	assert_int_equal(r[7].code, 3);
	assert_int_equal(r[7].signal, 0);
	release(r, 8);
}

static void test_unused_is_null(void **state)
{
	struct peer *p = *state;
	struct result r[2] = { 0 };

	put_exec(p, 1, EXEC_STDOUT, 0, SHELL("cat; echo gone >&2; echo ok"));
	finish(p, 1, r);
	assert_string_equal(buf_ptr(&r[1].out[1]), "ok\n");
	assert_int_equal(r[1].out[2].len, 0);
	release(r, 2);
}

static void test_cannot_run(void **state)
{
	struct peer *p = *state;
	struct result r[4] = { 0 };

	put_exec(p, 1, 7, 0, (const char *const[]){ "no-such-thing", NULL });
	finish(p, 1, r);
	assert_int_equal(r[1].end, FRAME_ERROR);
	assert_int_equal(r[1].code, ENOENT);
	assert_non_null(strstr(r[1].message, "not found in $PATH"));
	assert_false(r[1].opened);
	put_exec(p, 2, 7, 0, (const char *const[]){ "/etc/passwd", NULL });
	finish(p, 2, r);
	assert_int_equal(r[2].code, EACCES);
	put_exec(p, 3, 7, 0, (const char *const[]){ "", NULL });
	finish(p, 3, r);
	assert_int_equal(r[3].code, ENOENT);
	release(r, 4);
}

/* More than every buffer in between, every byte value, both directions. */
static void test_bytes(void **state)
{
	struct peer *p = *state;
	struct result r[2] = { 0 };
	size_t size = 3 * 1024 * 1024, sent = 0;
	uint8_t *data = xmalloc(size);

	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(i * 7 + i / 256);
	put_exec(p, 1, 7, 0, (const char *const[]){ "cat", NULL });
	while (!r[1].end) {
		size_t room = FRAME_WINDOW + r[1].credit - sent;
		size_t n = size - sent < room ? size - sent : room;

		if (n > FRAME_MAX_DATA)
			n = FRAME_MAX_DATA;
		if (n) {
			put(p, FRAME_DATA, 0, 1, data + sent, n);
			sent += n;
			if (sent == size)
				put(p, FRAME_EOF, 0, 1, NULL, 0);
		} else {
			step(p, r, true);
		}
	}
	assert_int_equal(r[1].out[1].len, size);
	assert_memory_equal(buf_ptr(&r[1].out[1]), data, size);
	assert_int_equal(r[1].code, 0);
	free(data);
	release(r, 2);
}

/* Without credit it sends a window, waits, and loses nothing. */
static void test_window(void **state)
{
	struct peer *p = *state;
	struct result r[3] = { 0 };

	put_exec(p, 1, 7, 0, SHELL("head -c 400000 /dev/zero"));
	while (r[1].out[1].len < FRAME_WINDOW)
		step(p, r, false);
	assert_int_equal(r[1].out[1].len, FRAME_WINDOW);
	/* another stream is served meanwhile */
	put_exec(p, 2, 7, 0, SHELL("echo other"));
	while (!r[2].end)
		step(p, r, false);
	assert_string_equal(buf_ptr(&r[2].out[1]), "other\n");
	assert_int_equal(r[1].out[1].len, FRAME_WINDOW);
	put_u32(p, FRAME_CREDIT, 1, 1, FRAME_WINDOW);
	finish(p, 1, r);
	assert_int_equal(r[1].out[1].len, 400000);
	release(r, 3);
}

static void test_signal(void **state)
{
	struct peer *p = *state;
	struct result r[3] = { 0 };

	put_exec(p, 1, 7, 0, SHELL("echo up; exec sleep 100"));
	until_output(p, 1, r, "up");
	put_u32(p, FRAME_SIGNAL, 0, 1, SIGTERM);
	finish(p, 1, r);
	assert_int_equal(r[1].end, FRAME_EXIT);
	assert_int_equal(r[1].signal, SIGTERM);
	assert_int_equal(r[1].code, 0);

	put_exec(p, 2, 7, 0, SHELL("trap 'echo caught; exit 5' USR1; echo up; "
				   "while :; do sleep 0.05; done"));
	until_output(p, 2, r, "up");
	put_u32(p, FRAME_SIGNAL, 0, 2, SIGUSR1);
	finish(p, 2, r);
	assert_non_null(strstr(buf_ptr(&r[2].out[1]), "caught"));
	assert_int_equal(r[2].code, 5);
	release(r, 3);
}

static void test_stopped(void **state)
{
	struct peer *p = *state;
	struct result r[2] = { 0 };

	put_exec(p, 1, 7, 0, SHELL("kill -STOP $$; echo again"));
	while (!r[1].stopped)
		step(p, r, true);
	assert_int_equal(r[1].stopped, SIGSTOP);
	put_u32(p, FRAME_SIGNAL, 0, 1, SIGCONT);
	finish(p, 1, r);
	assert_string_equal(buf_ptr(&r[1].out[1]), "again\n");
	release(r, 2);
}

static void test_terminal(void **state)
{
	struct peer *p = *state;
	struct result r[2] = { 0 };
	_cleanup_buf_ struct buf size = BUF_INIT;

	put_exec(p, 1, 7, 7,
		 SHELL("trap 'stty size; exit 0' WINCH; stty size; tty; "
		       "test -t 0 -a -t 1 -a -t 2 && echo three; "
		       "while :; do sleep 0.05; done"));
	until_output(p, 1, r, "three");
	assert_non_null(strstr(buf_ptr(&r[1].out[1]), "33 77"));
	assert_non_null(strstr(buf_ptr(&r[1].out[1]), "/dev/pts/"));
	msg_put_u16(&size, 50);
	msg_put_u16(&size, 132);
	put(p, FRAME_RESIZE, 0, 1, buf_ptr(&size), size.len);
	until_output(p, 1, r, "50 132");
	finish(p, 1, r);
	assert_int_equal(r[1].out[2].len, 0);
	release(r, 2);
}

/* Typed characters are echoed, and Ctrl-C is the line discipline's. */
static void test_terminal_typing(void **state)
{
	struct peer *p = *state;
	struct result r[3] = { 0 };

	put_exec(p, 1, 7, 7, SHELL("read x; echo \"got $x\"; exec sleep 100"));
	put(p, FRAME_DATA, 0, 1, "word\n", 5);
	until_output(p, 1, r, "got word");
	put(p, FRAME_DATA, 0, 1, "\003", 1);
	finish(p, 1, r);
	assert_int_equal(r[1].signal, SIGINT);

	/* the last line of a fast program is not lost */
	put_exec(p, 2, 7, 7, SHELL("seq 1 2000; echo end"));
	finish(p, 2, r);
	assert_true(str_ends(buf_ptr(&r[2].out[1]), "2000\r\nend\r\n"));
	release(r, 3);
}

/* A terminal for stdin and stderr, a pipe for stdout: `... | less`. */
static void test_terminal_mixed(void **state)
{
	struct peer *p = *state;
	struct result r[2] = { 0 };

	put_exec(p, 1, 7, EXEC_STDIN | EXEC_STDERR,
		 SHELL("test -t 0 && test ! -t 1 && test -t 2 && echo out; "
		       "echo err >&2"));
	finish(p, 1, r);
	assert_string_equal(buf_ptr(&r[1].out[1]), "out\n");
	assert_string_equal(buf_ptr(&r[1].out[2]), "err\r\n");
	release(r, 2);
}

static void test_background_holds_nothing(void **state)
{
	struct peer *p = *state;
	struct result r[2] = { 0 };
	int64_t start = now_ms();

	put_exec(p, 1, 7, 0,
		 SHELL("(trap '' HUP; exec sleep 60) & echo $!; exit 4"));
	finish(p, 1, r);
	assert_int_equal(r[1].code, 4);
	assert_true(now_ms() - start < DEADLINE_MS);
	/* and the background process lives on, as it would anywhere */
	assert_int_equal(kill(atoi(buf_ptr(&r[1].out[1])), SIGKILL), 0);
	release(r, 2);
}

/* One that never stops writing does not hold it back either. */
static void test_background_writer(void **state)
{
	struct peer *p = *state;
	struct result r[2] = { 0 };

	put_exec(p, 1, 7, 0, SHELL("yes & sleep 0.2; exit 6"));
	finish(p, 1, r);
	assert_int_equal(r[1].code, 6);
	release(r, 2);
}

static void test_close_kills(void **state)
{
	struct peer *p = *state;
	struct result r[3] = { 0 };
	pid_t pid;
	int64_t due;

	put_exec(p, 1, 7, 0,
		 SHELL("trap '' HUP TERM; echo $$.; while :; do sleep 1; done"));
	until_output(p, 1, r, ".");
	pid = atoi(buf_ptr(&r[1].out[1]));
	put(p, FRAME_CLOSE, 0, 1, NULL, 0);
	due = now_ms() + DEADLINE_MS;
	while (kill(pid, 0) == 0) {
		assert_true(now_ms() < due);
		usleep(2000);
	}
	/* the number is free again */
	release(r, 3);
	memset(r, 0, sizeof(r));
	put_exec(p, 1, 7, 0, SHELL("echo new"));
	finish(p, 1, r);
	assert_string_equal(buf_ptr(&r[1].out[1]), "new\n");
	release(r, 3);
}

static void test_many(void **state)
{
	struct peer *p = *state;
	enum { N = 100 };
	static struct result r[N + 1];

	for (uint32_t i = 1; i <= N; i++) {
		char script[64];

		snprintf(script, sizeof(script),
			 "head -c 20000 /dev/zero; exit %u", i % 100);
		put_exec(p, i, 7, 0, SHELL(script));
	}
	for (uint32_t i = 1; i <= N; i++)
		finish(p, i, r);
	for (uint32_t i = 1; i <= N; i++) {
		assert_int_equal(r[i].out[1].len, 20000);
		assert_int_equal(r[i].code, i % 100);
	}
	release(r, N + 1);
}

static void expect_error(struct peer *p, uint32_t stream, uint32_t errnum)
{
	static struct result r[2000];

	memset(r, 0, sizeof(r));
	finish(p, stream, r);
	assert_int_equal(r[stream].end, FRAME_ERROR);
	assert_int_equal(r[stream].code, errnum);
	release(r, 2000);
}

static void test_credit_overrun(void **state)
{
	struct peer *p = *state;
	uint8_t *data = xcalloc(1, FRAME_MAX_DATA);

	/* sleep reads nothing: what it is sent stays under way */
	put_exec(p, 1, 7, 0, (const char *const[]){ "sleep", "100", NULL });
	for (size_t n = 0; n <= 2 * FRAME_WINDOW; n += FRAME_MAX_DATA)
		put(p, FRAME_DATA, 0, 1, data, FRAME_MAX_DATA);
	expect_error(p, 1, EPROTO);
	free(data);
}

static void test_hostile(void **state)
{
	struct peer *p = *state;
	uint8_t junk[70000] = { 0 };
	struct result r[10] = { 0 };

	/* nothing there to be hit */
	put(p, FRAME_DATA, 0, 9, "x", 1);
	put(p, FRAME_SIGNAL, 0, 9, "x", 1);
	put(p, FRAME_CLOSE, 0, 9, NULL, 0);
	put(p, 200, 0, 0, "x", 1);
	put(p, FRAME_EXEC, 0, 0, NULL, 0);

	put(p, 200, 0, 1, NULL, 0);
	expect_error(p, 1, EPROTO);
	put(p, FRAME_EXIT, 0, 1, NULL, 0);
	expect_error(p, 1, EPROTO);
	put(p, FRAME_EXEC, 0, 1, junk, sizeof(junk));
	expect_error(p, 1, EPROTO);
	put(p, FRAME_EXEC, 0, 1, NULL, 0);
	expect_error(p, 1, EPROTO);
	put(p, FRAME_CONNECT, 0, 1, "\4\0\0\0abcd", 8);
	expect_error(p, 1, EINVAL);

	put_exec(p, 1, 7, 0, SHELL("sleep 100"));
	put_exec(p, 1, 7, 0, SHELL("sleep 100"));
	expect_error(p, 1, EEXIST);
	put_exec(p, 1, 7, 0, SHELL("sleep 100"));
	put(p, FRAME_DATA, 1, 1, "x", 1);
	expect_error(p, 1, EPROTO);
	put_exec(p, 1, 7, 0, SHELL("sleep 100"));
	put(p, FRAME_DATA, 0, 1, junk, sizeof(junk));
	expect_error(p, 1, EPROTO);
	put_exec(p, 1, 7, 0, SHELL("sleep 100"));
	put_u32(p, FRAME_CREDIT, 0, 1, 1);
	expect_error(p, 1, EPROTO);
	put_exec(p, 1, 7, 0, SHELL("sleep 100"));
	put_u32(p, FRAME_SIGNAL, 0, 1, 65536);
	expect_error(p, 1, EPROTO);

	/* credit without end is not believed, and harms nobody */
	put_exec(p, 2, 7, 0, SHELL("read x; head -c 300000 /dev/zero"));
	for (int i = 0; i < 10; i++)
		put_u32(p, FRAME_CREDIT, 1, 2, UINT32_MAX);
	put(p, FRAME_DATA, 0, 2, "\n", 1);
	finish(p, 2, r);
	assert_int_equal(r[2].out[1].len, 300000);
	release(r, 10);
}

static void test_too_many(void **state)
{
	struct peer *p = *state;

	for (uint32_t i = 1; i <= STREAMS_MAX; i++)
		put_exec(p, i, 0, 0,
			 (const char *const[]){ "sleep", "100", NULL });
	put_exec(p, STREAMS_MAX + 1, 0, 0,
		 (const char *const[]){ "sleep", "100", NULL });
	expect_error(p, STREAMS_MAX + 1, EMFILE);
}

static void test_connect(void **state)
{
	struct peer *p = *state;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_free_ char *address = NULL;
	struct result r[3] = { 0 };
	char got[16] = "";
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;

	snprintf(at.sun_path, sizeof(at.sun_path), "/tmp/test-agent-%d.sock",
		 (int)getpid());
	unlink(at.sun_path);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, 1), 0);
	address = xasprintf("unix:%s", at.sun_path);
	msg_put_str(&b, address);
	put(p, FRAME_CONNECT, 0, 1, buf_ptr(&b), b.len);
	put(p, FRAME_DATA, 0, 1, "ping", 4);
	put(p, FRAME_EOF, 0, 1, NULL, 0);
	fd = accept(listener, NULL, NULL);
	assert_int_equal(read(fd, got, 4), 4);
	assert_string_equal(got, "ping");
	/* the end of one direction is not the end of the other */
	assert_int_equal(read(fd, got, 1), 0);
	assert_int_equal(write(fd, "pong", 4), 4);
	close(fd);
	finish(p, 1, r);
	assert_string_equal(buf_ptr(&r[1].out[1]), "pong");
	assert_int_equal(r[1].end, FRAME_EXIT);
	close(listener);
	unlink(at.sun_path);

	put(p, FRAME_CONNECT, 0, 2, buf_ptr(&b), b.len);
	finish(p, 2, r);
	assert_int_equal(r[2].end, FRAME_ERROR);
	assert_int_equal(r[2].code, ENOENT);
	release(r, 3);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_output_and_code),
		TEST(test_unused_is_null),
		TEST(test_cannot_run),
		TEST(test_bytes),
		TEST(test_window),
		TEST(test_signal),
		TEST(test_stopped),
		TEST(test_terminal),
		TEST(test_terminal_typing),
		TEST(test_terminal_mixed),
		TEST(test_background_holds_nothing),
		TEST(test_background_writer),
		TEST(test_close_kills),
		TEST(test_many),
		TEST(test_credit_overrun),
		TEST(test_hostile),
		TEST(test_too_many),
		TEST(test_connect),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
