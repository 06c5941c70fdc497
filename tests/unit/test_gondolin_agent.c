/*
 * The agent for Gondolin, without a VM and without Gondolin: it runs in a
 * child process over socket pairs, and the host's messages come from here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../../guest/dhcp.h"
#include "../../guest/gondolin_agent.h"
#include "gondolin_peer.h"

struct peer {
	int fd, tcp;
	pid_t agent;
	char dir[32];
};

/* What came of a request until its end. */
struct outcome {
	struct buf out, err;
	char *end;	/* the type of the last message */
	uint64_t code, signal;
	uint64_t stdin_window;
	char *message;
};

static int set_up(void **state)
{
	struct peer *p = xcalloc(1, sizeof(*p));
	struct vc_error err = { 0 };
	struct received m = { .frame = BUF_INIT };
	int control[2], tcp[2];

	assert_int_equal(make_socketpair(control, &err), 0);
	assert_int_equal(make_socketpair(tcp, &err), 0);
	p->agent = fork();
	if (p->agent == 0) {
		close(control[0]);
		close(tcp[0]);
		_exit(gondolin_serve(control[1], tcp[1], &err) == 0 ? 0 : 1);
	}
	close(control[1]);
	close(tcp[1]);
	p->fd = control[0];
	p->tcp = tcp[0];
	snprintf(p->dir, sizeof(p->dir), "/tmp/gondolin.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	peer_receive(p->fd, &m);
	assert_string_equal(m.type, "vfs_ready");
	assert_int_equal(m.id, 0);
	received_release(&m);
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct peer *p = *state;
	struct vc_error err = { 0 };
	int status;

	close(p->fd);
	assert_int_equal(waitpid(p->agent, &status, 0), p->agent);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(p->tcp);
	assert_int_equal(remove_tree_at(AT_FDCWD, p->dir, &err), 0);
	free(p);
	return 0;
}

struct request {
	const char *cmd;
	const char *const *argv;
	const char *env, *cwd;
	bool in, pty;
	uint32_t window;
};

static void put_flag(struct buf *b, const char *key, bool v)
{
	cbor_put_text(b, key);
	cbor_put_bool(b, v);
}

static void put_texts(struct buf *b, const char *key, const char *const *v)
{
	size_t n = 0;

	while (v && v[n])
		n++;
	cbor_put_text(b, key);
	cbor_put_array(b, n);
	for (size_t i = 0; i < n; i++)
		cbor_put_text(b, v[i]);
}

static void send_exec(struct peer *p, uint32_t id, const struct request *r)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	cbor_put_map(&b, 8);
	put_pair_text(&b, "cmd", r->cmd);
	put_texts(&b, "argv", r->argv);
	put_texts(&b, "env", (const char *const[]){ r->env, NULL });
	put_pair_text(&b, "cwd", r->cwd ? r->cwd : "/");
	put_flag(&b, "stdin", r->in);
	put_flag(&b, "pty", r->pty);
	put_pair_uint(&b, "stdout_window", r->window);
	put_pair_uint(&b, "stderr_window", 0);
	peer_send(p->fd, "exec_request", id, &b);
}

static void send_shell(struct peer *p, uint32_t id, const char *script)
{
	const char *const argv[] = { "-c", script, NULL };
	const struct request r = { .cmd = "/bin/sh", .argv = argv };

	send_exec(p, id, &r);
}

static void send_data(struct peer *p, const char *type, uint32_t id,
		      const void *data, size_t len, bool eof)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	cbor_put_map(&b, eof ? 2 : 1);
	cbor_put_text(&b, "data");
	cbor_put_bytes(&b, data, len);
	if (eof)
		put_flag(&b, "eof", true);
	peer_send(p->fd, type, id, &b);
}

static void send_window(struct peer *p, uint32_t id, uint64_t n)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	cbor_put_map(&b, 1);
	put_pair_uint(&b, "stdout", n);
	peer_send(p->fd, "exec_window", id, &b);
}

static void note_end(struct outcome *o, const struct received *m)
{
	o->end = xstrdup(m->type);
	cbor_get_uint(&m->p, "exit_code", UINT32_MAX, &o->code);
	cbor_get_uint(&m->p, "signal", UINT32_MAX, &o->signal);
	o->message = cbor_get_text(&m->p, "message");
}

/* One message into outcomes[id]. */
static void step(struct peer *p, struct outcome *outcomes, bool grant)
{
	struct received m = { .frame = BUF_INIT };
	struct outcome *o;
	struct cbor data, stream;
	uint64_t n = 0;

	peer_receive(p->fd, &m);
	o = &outcomes[m.id];
	data = cbor_get(&m.p, "data");
	stream = cbor_get(&m.p, "stream");
	assert_null(o->end);
	if (!strcmp(m.type, "exec_output") || !strcmp(m.type, "file_read_data")) {
		assert_int_equal(data.type, CBOR_BYTES);
		buf_add(cbor_is_text(&stream, "stderr") ? &o->err : &o->out,
			data.p, data.n);
		if (grant && !cbor_is_text(&stream, "stderr"))
			send_window(p, m.id, data.n);
	} else if (!strcmp(m.type, "stdin_window")) {
		assert_true(cbor_get_uint(&m.p, "stdin", UINT32_MAX, &n));
		o->stdin_window += n;
	} else {
		note_end(o, &m);
	}
	received_release(&m);
}

static void finish(struct peer *p, uint32_t id, struct outcome *outcomes)
{
	while (!outcomes[id].end)
		step(p, outcomes, true);
}

static void release(struct outcome *o, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_release(&o[i].out);
		buf_release(&o[i].err);
		free(o[i].end);
		free(o[i].message);
	}
}

static const char *text(const struct buf *b)
{
	return b->len ? buf_ptr(b) : "";
}

static void test_output_and_code(void **state)
{
	const char *const argv[] = { "-c", "echo $A; pwd; echo e >&2; exit 7",
				     NULL };
	const struct request r = { .cmd = "/bin/sh", .argv = argv,
				   .env = "A=b  c", .cwd = "/tmp" };
	struct outcome o[2] = { 0 };

	send_exec(*state, 1, &r);
	finish(*state, 1, o);
	assert_string_equal(o[1].end, "exec_response");
	assert_int_equal(o[1].code, 7);
	assert_int_equal(o[1].signal, 0);
	assert_string_equal(text(&o[1].out), "b c\n/tmp\n");
	assert_string_equal(text(&o[1].err), "e\n");
	assert_int_equal(o[1].stdin_window, 0);
	release(o, 2);
}

static void test_signal(void **state)
{
	struct outcome o[2] = { 0 };

	send_shell(*state, 1, "kill -KILL $$");
	finish(*state, 1, o);
	assert_int_equal(o[1].code, 128 + SIGKILL);
	assert_int_equal(o[1].signal, SIGKILL);
	release(o, 2);
}

/* As in a shell, and as with Gondolin's own agent: 127, and a word of it. */
static void test_no_such_command(void **state)
{
	const struct request missing = { .cmd = "/no/such" };
	const struct request nowhere = { .cmd = "/bin/true", .cwd = "/no/such" };
	struct outcome o[3] = { 0 };

	send_exec(*state, 1, &missing);
	finish(*state, 1, o);
	assert_string_equal(o[1].end, "exec_response");
	assert_int_equal(o[1].code, 127);
	assert_non_null(strstr(text(&o[1].err), "/no/such"));
	send_exec(*state, 2, &nowhere);
	finish(*state, 2, o);
	assert_int_equal(o[2].code, 127);
	release(o, 3);
}

/* Every byte value, more than any window, within what was granted. */
static void test_stdin(void **state)
{
	const struct request r = { .cmd = "/bin/cat", .in = true };
	size_t size = 1500000, sent = 0;
	struct peer *p = *state;
	struct outcome o[2] = { 0 };
	uint8_t *data = xmalloc(size);

	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)(i * 7 + i / 256);
	send_exec(p, 1, &r);
	while (!o[1].end) {
		size_t room = o[1].stdin_window - sent;
		size_t n = size - sent < room ? size - sent : room;

		if (n > 65536)
			n = 65536;
		if (n)
			send_data(p, "stdin_data", 1, data + sent, n,
				  sent + n == size);
		else
			step(p, o, true);
		sent += n;
	}
	assert_int_equal(o[1].code, 0);
	assert_int_equal(o[1].out.len, size);
	assert_memory_equal(buf_ptr(&o[1].out), data, size);
	free(data);
	release(o, 2);
}

/* Beyond its credit nothing comes, and others are served meanwhile. */
static void test_window(void **state)
{
	const char *const argv[] = { "-c", "head -c 300000 /dev/zero", NULL };
	const struct request r = { .cmd = "/bin/sh", .argv = argv,
				   .window = 1000 };
	struct peer *p = *state;
	struct outcome o[3] = { 0 };

	send_exec(p, 1, &r);
	while (o[1].out.len < 1000)
		step(p, o, false);
	send_shell(p, 2, "echo other");
	while (!o[2].end)
		step(p, o, false);
	assert_int_equal(o[1].out.len, 1000);
	send_window(p, 1, 500);
	while (o[1].out.len < 1500)
		step(p, o, false);
	send_window(p, 1, 300000);
	finish(p, 1, o);
	assert_int_equal(o[1].out.len, 300000);
	release(o, 3);
}

static void until(struct peer *p, uint32_t id, struct outcome *o,
		  const char *want)
{
	while (!strstr(text(&o[id].out), want)) {
		assert_null(o[id].end);
		step(p, o, true);
	}
}

static void test_pty(void **state)
{
	const char *const argv[] = { "-c", "read x; stty size; cat; exit 3",
				     NULL };
	const struct request r = { .cmd = "/bin/sh", .argv = argv, .pty = true };
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct peer *p = *state;
	struct outcome o[2] = { 0 };

	send_exec(p, 1, &r);
	cbor_put_map(&b, 2);
	put_pair_uint(&b, "rows", 33);
	put_pair_uint(&b, "cols", 99999);
	peer_send(p->fd, "pty_resize", 1, &b);
	send_data(p, "stdin_data", 1, "go\n", 3, false);
	until(p, 1, o, "33 65535");
	send_data(p, "stdin_data", 1, "echo\n", 5, true);
	finish(p, 1, o);
	assert_int_equal(o[1].code, 3);
	assert_int_equal(o[1].err.len, 0);
	release(o, 2);
}

static void send_path(struct peer *p, const char *type, uint32_t id,
		      const char *path, const char *flag)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	cbor_put_map(&b, flag ? 3 : 2);
	put_pair_text(&b, "path", path);
	put_pair_text(&b, "cwd", p->dir);
	if (flag)
		put_flag(&b, flag, true);
	peer_send(p->fd, type, id, &b);
}

static void test_files(void **state)
{
	struct peer *p = *state;
	size_t size = 3000000;
	uint8_t *data = xcalloc(1, size);
	struct outcome o[8] = { 0 };

	data[size - 1] = 0xff;
	send_path(p, "file_write_request", 1, "f", NULL);
	for (size_t at = 0; at < size; at += 100000)
		send_data(p, "file_write_data", 1, data + at, 100000, false);
	send_data(p, "file_write_data", 1, "", 0, true);
	finish(p, 1, o);
	assert_string_equal(o[1].end, "file_write_done");
	send_path(p, "file_read_request", 2, "f", NULL);
	finish(p, 2, o);
	assert_string_equal(o[2].end, "file_read_done");
	assert_int_equal(o[2].out.len, size);
	assert_memory_equal(buf_ptr(&o[2].out), data, size);
	send_path(p, "file_delete_request", 3, "f", NULL);
	finish(p, 3, o);
	assert_string_equal(o[3].end, "file_delete_done");
	send_path(p, "file_read_request", 4, "f", NULL);
	finish(p, 4, o);
	assert_string_equal(o[4].end, "error");
	assert_string_equal(o[4].message, "'f': No such file or directory");
	send_path(p, "file_delete_request", 5, "f", "force");
	finish(p, 5, o);
	assert_string_equal(o[5].end, "file_delete_done");
	send_path(p, "file_read_request", 6, ".", NULL);
	finish(p, 6, o);
	assert_string_equal(o[6].end, "error");
	free(data);
	release(o, 8);
}

static void test_delete_tree(void **state)
{
	_cleanup_free_ char *deep = NULL, *link = NULL;
	struct peer *p = *state;
	struct outcome o[4] = { 0 };
	struct vc_error err = { 0 };

	deep = xasprintf("%s/a/b", p->dir);
	link = xasprintf("%s/a/l", p->dir);
	assert_int_equal(make_dirs(deep, 0755, &err), 0);
	assert_int_equal(symlink("/etc", link), 0);
	send_path(p, "file_delete_request", 1, "a", NULL);
	finish(p, 1, o);
	assert_string_equal(o[1].end, "error");
	send_path(p, "file_delete_request", 2, "a", "recursive");
	finish(p, 2, o);
	assert_string_equal(o[2].end, "file_delete_done");
	assert_int_equal(access(deep, F_OK), -1);
	assert_int_equal(access("/etc/passwd", F_OK), 0);
	send_path(p, "file_delete_request", 3, "../../..", "recursive");
	finish(p, 3, o);
	assert_string_equal(o[3].end, "error");
	release(o, 4);
}

static void test_nonsense(void **state)
{
	_cleanup_buf_ struct buf empty = BUF_INIT;
	struct peer *p = *state;
	struct outcome o[3] = { 0 };
	struct vc_error err = { 0 };

	cbor_put_map(&empty, 0);
	assert_int_equal(write_all(p->fd, "\0\0\0\1\xff", 5, &err), 0);
	finish(p, 0, o);
	assert_string_equal(o[0].end, "error");
	peer_send(p->fd, "no_such_request", 1, &empty);
	finish(p, 1, o);
	assert_string_equal(o[1].end, "error");
	peer_send(p->fd, "exec_request", 2, &empty);
	finish(p, 2, o);
	assert_string_equal(o[2].end, "error");
	release(o, 3);
	/* for nobody: dropped, and the next is served */
	memset(o, 0, sizeof(o));
	send_data(p, "stdin_data", 9, "x", 1, true);
	send_shell(p, 1, "echo on");
	finish(p, 1, o);
	assert_string_equal(text(&o[1].out), "on\n");
	release(o, 3);
}

static void test_id_in_use(void **state)
{
	struct peer *p = *state;
	struct outcome o[2] = { 0 };

	send_shell(p, 1, "exec sleep 100");
	send_shell(p, 1, "echo second");
	finish(p, 1, o);
	assert_string_equal(o[1].end, "error");
	release(o, 2);
}

/* --- TCP ------------------------------------------------------------------ */

static int listen_somewhere(uint16_t *ret_port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&a, size), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &size), 0);
	*ret_port = ntohs(a.sin_port);
	return fd;
}

static void send_open(struct peer *p, uint32_t id, const char *host,
		      uint16_t port)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	cbor_put_map(&b, 2);
	put_pair_text(&b, "host", host);
	put_pair_uint(&b, "port", port);
	peer_send(p->tcp, "tcp_open", id, &b);
}

static void send_tcp(struct peer *p, const char *type, uint32_t id,
		     const char *data, size_t len)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	cbor_put_map(&b, data ? 1 : 0);
	if (data) {
		cbor_put_text(&b, "data");
		cbor_put_bytes(&b, data, len);
	}
	peer_send(p->tcp, type, id, &b);
}

static bool opened(struct peer *p, struct received *m)
{
	bool ok = false;

	peer_receive(p->tcp, m);
	assert_string_equal(m->type, "tcp_opened");
	assert_true(cbor_get_bool(&m->p, "ok", &ok));
	return ok;
}

static void test_tcp(void **state)
{
	struct peer *p = *state;
	struct received m = { .frame = BUF_INIT };
	char word[6] = "", tail;
	struct cbor data;
	uint16_t port;
	int l = listen_somewhere(&port), fd;

	send_open(p, 5, "localhost", port);
	assert_true(opened(p, &m));
	fd = accept(l, NULL, NULL);
	send_tcp(p, "tcp_data", 5, "hello", 5);
	send_tcp(p, "tcp_eof", 5, NULL, 0);
	peer_read(fd, word, 5);
	assert_string_equal(word, "hello");
	assert_int_equal(read(fd, &tail, 1), 0); /* the end has arrived */
	assert_int_equal(write(fd, "answer", 6), 6);
	peer_receive(p->tcp, &m);
	assert_string_equal(m.type, "tcp_data");
	data = cbor_get(&m.p, "data");
	assert_int_equal(data.n, 6);
	assert_memory_equal(data.p, "answer", 6);
	close(fd);
	peer_receive(p->tcp, &m);
	assert_string_equal(m.type, "tcp_close");
	assert_int_equal(m.id, 5);
	close(l);
	received_release(&m);
}

static void test_tcp_refused(void **state)
{
	struct peer *p = *state;
	struct received m = { .frame = BUF_INIT };
	uint16_t port;
	int l = listen_somewhere(&port);

	send_open(p, 1, "192.0.2.1", port);
	assert_false(opened(p, &m));
	close(l);
	send_open(p, 2, "127.0.0.1", port);
	assert_false(opened(p, &m));
	assert_int_equal(m.id, 2);
	received_release(&m);
}

/* A service that does not read stops its port, and nothing is lost. */
static void test_tcp_slow_service(void **state)
{
	size_t size = 4u * 1024u * 1024u, got = 0;
	struct peer *p = *state;
	struct received m = { .frame = BUF_INIT };
	char *data = xcalloc(1, size), piece[65536];
	uint16_t port;
	int l = listen_somewhere(&port), fd;
	pid_t writer;

	send_open(p, 1, "127.0.0.1", port);
	assert_true(opened(p, &m));
	fd = accept(l, NULL, NULL);
	writer = fork();
	if (writer == 0) {
		for (size_t at = 0; at < size; at += 65536)
			send_tcp(p, "tcp_data", 1, data + at, 65536);
		send_tcp(p, "tcp_eof", 1, NULL, 0);
		_exit(0);
	}
	for (ssize_t n; (n = read(fd, piece, sizeof(piece))) > 0;)
		got += (size_t)n;
	assert_int_equal(got, size);
	assert_int_equal(waitpid(writer, NULL, 0), writer);
	close(fd);
	close(l);
	free(data);
	received_release(&m);
}

/* --- DHCP ------------------------------------------------------------------ */

static const struct dhcp_client client = { .xid = 0x01020304,
					   .mac = { 2, 0, 0, 0, 0, 1 } };

/* As Gondolin's network stack answers. */
static size_t make_offer(uint8_t ret[DHCP_SIZE])
{
	static const uint8_t options[] = { 53, 1, 2, 54, 4, 192, 168, 127, 1,
					   1, 4, 255, 255, 255, 0,
					   3, 4, 192, 168, 127, 1,
					   6, 8, 8, 8, 8, 8, 1, 1, 1, 1, 255 };

	dhcp_put(&client, DHCP_DISCOVER, NULL, ret);
	ret[0] = 2;
	memcpy(ret + 16, (const uint8_t[]){ 192, 168, 127, 3 }, 4);
	memset(ret + 240, 0, DHCP_SIZE - 240);
	memcpy(ret + 240, options, sizeof(options));
	return 240 + sizeof(options);
}

static void test_dhcp_offer(void **state)
{
	struct dhcp_lease l = { 0 };
	uint8_t m[DHCP_SIZE], request[DHCP_SIZE];
	char name[INET_ADDRSTRLEN];

	(void)state;
	make_offer(m);
	assert_int_equal(dhcp_get(&client, m, sizeof(m), &l), DHCP_OFFER);
	inet_ntop(AF_INET, &l.address.address, name, sizeof(name));
	assert_string_equal(name, "192.168.127.3");
	inet_ntop(AF_INET, &l.address.gateway, name, sizeof(name));
	assert_string_equal(name, "192.168.127.1");
	assert_int_equal(l.n_resolvers, 2);
	inet_ntop(AF_INET, &l.resolvers[1], name, sizeof(name));
	assert_string_equal(name, "1.1.1.1");
	dhcp_put(&client, DHCP_REQUEST, &l, request);
	assert_memory_equal(request + 243,
			    ((const uint8_t[]){ 50, 4, 192, 168, 127, 3, 54, 4,
						192, 168, 127, 1 }),
			    12);
}

static void test_dhcp_of_others(void **state)
{
	struct dhcp_client other = client;
	struct dhcp_lease l;
	uint8_t m[DHCP_SIZE];

	(void)state;
	make_offer(m);
	other.xid++;
	assert_int_equal(dhcp_get(&other, m, sizeof(m), &l), 0);
	other = client;
	other.mac[5]++;
	assert_int_equal(dhcp_get(&other, m, sizeof(m), &l), 0);
	m[236]++; /* the cookie */
	assert_int_equal(dhcp_get(&client, m, sizeof(m), &l), 0);
}

/* Cut anywhere it is no answer, or one with less in it; never more is read. */
static void test_dhcp_cut(void **state)
{
	uint8_t m[DHCP_SIZE];
	size_t size = make_offer(m);

	(void)state;
	for (size_t n = 0; n < size; n++) {
		_cleanup_free_ uint8_t *copy = xmalloc(n ? n : 1);
		struct dhcp_lease l;

		memcpy(copy, m, n);
		dhcp_get(&client, copy, n, &l);
	}
}

#define with_agent(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_agent(test_output_and_code),
		with_agent(test_signal),
		with_agent(test_no_such_command),
		with_agent(test_stdin),
		with_agent(test_window),
		with_agent(test_pty),
		with_agent(test_files),
		with_agent(test_delete_tree),
		with_agent(test_nonsense),
		with_agent(test_id_in_use),
		with_agent(test_tcp),
		with_agent(test_tcp_refused),
		with_agent(test_tcp_slow_service),
		cmocka_unit_test(test_dhcp_offer),
		cmocka_unit_test(test_dhcp_of_others),
		cmocka_unit_test(test_dhcp_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
