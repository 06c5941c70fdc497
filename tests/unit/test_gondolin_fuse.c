/*
 * Between the kernel's FUSE requests and Gondolin's: the server runs in a
 * child process, its device is a socket pair that keeps requests apart as
 * /dev/fuse does, and kernel and host are played here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../../guest/fuse_server.h"
#include "gondolin_peer.h"

struct peer {
	int device, port;
	pid_t server;
	struct received m; /* the host's: the last request */
};

static int set_up(void **state)
{
	struct peer *p = xcalloc(1, sizeof(*p));
	struct vc_error err = { 0 };
	int device[2], port[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
				    device), 0);
	assert_int_equal(make_socketpair(port, &err), 0);
	p->server = fork();
	if (p->server == 0) {
		close(device[0]);
		close(port[0]);
		_exit(fuse_serve(device[1], port[1], &err) == 0 ? 0 : 1);
	}
	close(device[1]);
	close(port[1]);
	p->device = device[0];
	p->port = port[0];
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct peer *p = *state;
	int status;

	close(p->device);
	assert_int_equal(waitpid(p->server, &status, 0), p->server);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(p->port);
	received_release(&p->m);
	free(p);
	return 0;
}

/* The kernel asks: a structure and what follows it. */
static void ask(struct peer *p, uint32_t opcode, uint64_t unique,
		uint64_t nodeid, const void *in, size_t in_len,
		const void *more, size_t more_len)
{
	struct fuse_in_header h = {
		.len = (uint32_t)(sizeof(h) + in_len + more_len),
		.opcode = opcode,
		.unique = unique,
		.nodeid = nodeid,
		.uid = 1000,
		.gid = 100,
	};
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_add(&b, &h, sizeof(h));
	buf_add(&b, in, in_len);
	buf_add(&b, more, more_len);
	assert_int_equal(send(p->device, buf_ptr(&b), b.len, 0),
			 (ssize_t)b.len);
}

static void ask_name(struct peer *p, uint32_t opcode, uint64_t unique,
		     uint64_t nodeid, const char *name)
{
	ask(p, opcode, unique, nodeid, NULL, 0, name, strlen(name) + 1);
}

/* And is answered: the errno, and what follows the header. */
static int answered(struct peer *p, uint64_t unique, void *ret, size_t size,
		    size_t *ret_len)
{
	struct pollfd pfd = { .fd = p->device, .events = POLLIN };
	static char data[131072];
	struct fuse_out_header h;
	ssize_t n;

	assert_int_equal(poll(&pfd, 1, DEADLINE_MS), 1);
	n = recv(p->device, data, sizeof(data), 0);
	assert_true(n >= (ssize_t)sizeof(h));
	memcpy(&h, data, sizeof(h));
	assert_int_equal(h.len, n);
	assert_true(h.unique == unique);
	*ret_len = (size_t)n - sizeof(h);
	assert_true(*ret_len <= size);
	if (*ret_len)
		memcpy(ret, data + sizeof(h), *ret_len);
	return -h.error;
}

static void expect_error(struct peer *p, uint64_t unique, int errnum)
{
	size_t n;

	assert_int_equal(answered(p, unique, NULL, 0, &n), errnum);
}

/* The host is asked for `op`; *ret is its req. */
static uint32_t expect_op(struct peer *p, const char *op, struct cbor *ret)
{
	struct cbor name;

	peer_receive(p->port, &p->m);
	assert_string_equal(p->m.type, "fs_request");
	name = cbor_get(&p->m.p, "op");
	assert_true(cbor_is_text(&name, op));
	*ret = cbor_get(&p->m.p, "req");
	assert_int_equal(ret->type, CBOR_MAP);
	return p->m.id;
}

static uint64_t number(const struct cbor *map, const char *key)
{
	uint64_t v = 0;

	assert_true(cbor_get_uint(map, key, UINT64_MAX, &v));
	return v;
}

static void expect_text(const struct cbor *map, const char *key,
			const char *want)
{
	struct cbor c = cbor_get(map, key);

	assert_true(cbor_is_text(&c, want));
}

/* The host answers; res is a map's CBOR, or empty. */
static void reply(struct peer *p, uint32_t id, const char *op, int err,
		  const struct buf *res)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	cbor_put_map(&b, res ? 3 : 2);
	put_pair_text(&b, "op", op);
	cbor_put_text(&b, "err");
	cbor_put_int(&b, err);
	if (res) {
		cbor_put_text(&b, "res");
		buf_add(&b, buf_ptr(res), res->len);
	}
	peer_send(p->port, "fs_response", id, &b);
}

static void put_attr(struct buf *b, uint64_t ino, uint32_t mode, uint64_t size)
{
	cbor_put_text(b, "attr");
	cbor_put_map(b, 4);
	put_pair_uint(b, "ino", ino);
	put_pair_uint(b, "mode", mode);
	put_pair_uint(b, "size", size);
	put_pair_uint(b, "mtime_ms", 1700000000123);
}

static void put_entry(struct buf *b, uint64_t ino, uint32_t mode, uint64_t size)
{
	cbor_put_text(b, "entry");
	cbor_put_map(b, 3);
	put_pair_uint(b, "ino", ino);
	put_attr(b, ino, mode, size);
	put_pair_uint(b, "entry_ttl_ms", 1500);
}

static void test_init(void **state)
{
	struct fuse_init_in in = { .major = FUSE_KERNEL_VERSION,
				   .minor = 31,
				   .max_readahead = 131072,
				   .flags = ~0u };
	struct fuse_init_out out = { 0 };
	struct peer *p = *state;
	size_t n;

	ask(p, FUSE_INIT, 1, 0, &in, sizeof(in), NULL, 0);
	assert_int_equal(answered(p, 1, &out, sizeof(out), &n), 0);
	assert_int_equal(out.major, FUSE_KERNEL_VERSION);
	assert_int_equal(out.minor, 31);
	assert_int_equal(out.max_write, FUSE_SERVER_MAX_DATA);
	assert_true(out.flags & FUSE_ATOMIC_O_TRUNC);
	assert_false(out.flags & FUSE_WRITEBACK_CACHE);
}

static void test_lookup(void **state)
{
	_cleanup_buf_ struct buf res = BUF_INIT;
	struct fuse_entry_out e = { 0 };
	struct peer *p = *state;
	struct cbor req;
	uint32_t id;
	size_t n;

	ask_name(p, FUSE_LOOKUP, 7, 1, "b\xc3\xa4r");
	id = expect_op(p, "lookup", &req);
	assert_int_equal(number(&req, "parent_ino"), 1);
	expect_text(&req, "name", "b\xc3\xa4r");
	cbor_put_map(&res, 1);
	put_entry(&res, 42, S_IFREG | 0640, 5000000000);
	reply(p, id, "lookup", 0, &res);
	assert_int_equal(answered(p, 7, &e, sizeof(e), &n), 0);
	assert_int_equal(n, sizeof(e));
	assert_int_equal(e.nodeid, 42);
	assert_int_equal(e.entry_valid, 1);
	assert_int_equal(e.entry_valid_nsec, 500000000);
	assert_int_equal(e.attr.mode, S_IFREG | 0640);
	assert_true(e.attr.size == 5000000000);
	assert_int_equal(e.attr.mtime, 1700000000);
	assert_int_equal(e.attr.mtimensec, 123000000);
}

/* Not there: and for how long that need not be asked again. */
static void test_lookup_absent(void **state)
{
	_cleanup_buf_ struct buf res = BUF_INIT;
	struct fuse_entry_out e = { .nodeid = 1 };
	struct peer *p = *state;
	struct cbor req;
	uint32_t id;
	size_t n;

	ask_name(p, FUSE_LOOKUP, 7, 1, "x");
	id = expect_op(p, "lookup", &req);
	cbor_put_map(&res, 1);
	put_pair_uint(&res, "entry_ttl_ms", 250);
	reply(p, id, "lookup", ENOENT, &res);
	assert_int_equal(answered(p, 7, &e, sizeof(e), &n), 0);
	assert_int_equal(e.nodeid, 0);
	assert_int_equal(e.entry_valid, 0);
	assert_int_equal(e.entry_valid_nsec, 250000000);
}

/* The host's messages are text: such a name must not reach it. */
static void test_name_that_is_no_text(void **state)
{
	struct peer *p = *state;

	ask_name(p, FUSE_LOOKUP, 7, 1, "a\xff");
	expect_error(p, 7, EILSEQ);
	ask(p, FUSE_LOOKUP, 8, 1, NULL, 0, "abc", 3); /* without its end */
	expect_error(p, 8, EINVAL);
}

static void test_errors(void **state)
{
	static const struct {
		int theirs, ours;
	} cases[] = { { EACCES, EACCES }, { -EROFS, EROFS }, { 4000, EIO } };
	struct peer *p = *state;
	struct cbor req;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t id;

		ask_name(p, FUSE_UNLINK, i + 1, 1, "x");
		id = expect_op(p, "unlink", &req);
		reply(p, id, "unlink", cases[i].theirs, NULL);
		expect_error(p, i + 1, cases[i].ours);
	}
}

/* What makes no sense is an error, not a hang. */
static void test_senseless_answer(void **state)
{
	_cleanup_buf_ struct buf res = BUF_INIT;
	struct peer *p = *state;
	struct cbor req;
	uint32_t id;

	ask(p, FUSE_GETATTR, 3, 9, NULL, 0, NULL, 0);
	id = expect_op(p, "getattr", &req);
	cbor_put_map(&res, 0);
	reply(p, id + 1, "getattr", 0, &res); /* nobody has asked */
	reply(p, id, "getattr", 0, &res);
	expect_error(p, 3, EIO);
}

/* A change of size is followed by a question, others are one. */
static void test_setattr(void **state)
{
	struct fuse_setattr_in in = { .valid = FATTR_SIZE, .size = 3 };
	_cleanup_buf_ struct buf res = BUF_INIT;
	struct fuse_attr_out a = { 0 };
	struct peer *p = *state;
	struct cbor req;
	uint32_t id;
	size_t n;

	ask(p, FUSE_SETATTR, 4, 9, &in, sizeof(in), NULL, 0);
	id = expect_op(p, "truncate", &req);
	assert_int_equal(number(&req, "ino"), 9);
	assert_int_equal(number(&req, "size"), 3);
	reply(p, id, "truncate", 0, NULL);
	id = expect_op(p, "getattr", &req);
	cbor_put_map(&res, 1);
	put_attr(&res, 9, S_IFREG | 0600, 3);
	reply(p, id, "getattr", 0, &res);
	assert_int_equal(answered(p, 4, &a, sizeof(a), &n), 0);
	assert_int_equal(a.attr.size, 3);
	in.valid = FATTR_MODE | FATTR_MTIME;
	ask(p, FUSE_SETATTR, 5, 9, &in, sizeof(in), NULL, 0);
	id = expect_op(p, "getattr", &req);
	reply(p, id, "getattr", 0, &res);
	assert_int_equal(answered(p, 5, &a, sizeof(a), &n), 0);
}

static void test_create_and_write(void **state)
{
	struct fuse_create_in create = { .flags = 0x241, .mode = 0100644 };
	struct fuse_write_in write = { .fh = 77, .offset = 10, .size = 5 };
	struct { struct fuse_entry_out e; struct fuse_open_out o; } made = { 0 };
	struct fuse_write_out w = { 0 };
	_cleanup_buf_ struct buf res = BUF_INIT;
	struct peer *p = *state;
	struct cbor req, data;
	uint32_t id;
	size_t n;

	ask(p, FUSE_CREATE, 1, 1, &create, sizeof(create), "f", 2);
	id = expect_op(p, "create", &req);
	assert_int_equal(number(&req, "mode"), 0100644);
	assert_int_equal(number(&req, "flags"), 0x241);
	cbor_put_map(&res, 2);
	put_entry(&res, 5, S_IFREG | 0644, 0);
	put_pair_uint(&res, "fh", 77);
	reply(p, id, "create", 0, &res);
	assert_int_equal(answered(p, 1, &made, sizeof(made), &n), 0);
	assert_int_equal(made.e.nodeid, 5);
	assert_int_equal(made.o.fh, 77);

	ask(p, FUSE_WRITE, 2, 5, &write, sizeof(write), "\0\xff" "abc", 5);
	id = expect_op(p, "write", &req);
	assert_int_equal(number(&req, "fh"), 77);
	assert_int_equal(number(&req, "offset"), 10);
	data = cbor_get(&req, "data");
	assert_int_equal(data.type, CBOR_BYTES);
	assert_int_equal(data.n, 5);
	assert_memory_equal(data.p, "\0\xff" "abc", 5);
	buf_clear(&res);
	cbor_put_map(&res, 1);
	put_pair_uint(&res, "size", 4);
	reply(p, id, "write", 0, &res);
	assert_int_equal(answered(p, 2, &w, sizeof(w), &n), 0);
	assert_int_equal(w.size, 4);
}

/* Answers come in any order. */
static void test_reads_at_once(void **state)
{
	struct fuse_read_in in = { .fh = 1, .size = 4 };
	uint32_t ids[3];
	struct peer *p = *state;
	struct cbor req;
	char data[8];
	size_t n;

	for (unsigned i = 0; i < 3; i++) {
		in.offset = i;
		ask(p, FUSE_READ, 10 + i, 2, &in, sizeof(in), NULL, 0);
		ids[i] = expect_op(p, "read", &req);
		assert_int_equal(number(&req, "offset"), i);
	}
	for (unsigned i = 3; i-- > 0;) {
		_cleanup_buf_ struct buf res = BUF_INIT;

		cbor_put_map(&res, 1);
		cbor_put_text(&res, "data");
		cbor_put_bytes(&res, &"abcd"[i], 4 - i);
		reply(p, ids[i], "read", 0, &res);
		assert_int_equal(answered(p, 10 + i, data, sizeof(data), &n),
				 0);
		assert_int_equal(n, 4 - i);
	}
}

/* More than was asked for does not reach the kernel. */
static void test_read_of_too_much(void **state)
{
	struct fuse_read_in in = { .fh = 1, .size = 4 };
	_cleanup_buf_ struct buf res = BUF_INIT;
	struct peer *p = *state;
	struct cbor req;
	uint32_t id;

	ask(p, FUSE_READ, 1, 2, &in, sizeof(in), NULL, 0);
	id = expect_op(p, "read", &req);
	cbor_put_map(&res, 1);
	cbor_put_text(&res, "data");
	cbor_put_bytes(&res, "abcde", 5);
	reply(p, id, "read", 0, &res);
	expect_error(p, 1, EIO);
}

static void put_dirent(struct buf *b, const char *name, uint64_t offset)
{
	cbor_put_map(b, 4);
	put_pair_uint(b, "ino", offset + 100);
	put_pair_text(b, "name", name);
	put_pair_uint(b, "type", 8);
	put_pair_uint(b, "offset", offset);
}

/* As many as fit; names that no directory can have are left out. */
static void test_readdir(void **state)
{
	struct fuse_read_in in = { .size = 2 * 32, .offset = 3 };
	_cleanup_buf_ struct buf res = BUF_INIT;
	struct peer *p = *state;
	struct fuse_dirent d;
	struct cbor req;
	char data[256];
	uint32_t id;
	size_t n;

	ask(p, FUSE_READDIR, 1, 2, &in, sizeof(in), NULL, 0);
	id = expect_op(p, "readdir", &req);
	assert_int_equal(number(&req, "offset"), 3);
	assert_true(number(&req, "max_entries") >= 2);
	cbor_put_map(&res, 1);
	cbor_put_text(&res, "entries");
	cbor_put_array(&res, 4);
	put_dirent(&res, "../../etc", 4);
	put_dirent(&res, "a", 5);
	put_dirent(&res, "b", 6);
	put_dirent(&res, "c", 7);
	reply(p, id, "readdir", 0, &res);
	assert_int_equal(answered(p, 1, data, sizeof(data), &n), 0);
	assert_int_equal(n, 64);
	memcpy(&d, data, FUSE_NAME_OFFSET);
	assert_int_equal(d.off, 5);
	assert_int_equal(d.namelen, 1);
	assert_int_equal(data[FUSE_NAME_OFFSET], 'a');
	assert_int_equal(data[32 + FUSE_NAME_OFFSET], 'b');
}

static void test_rename(void **state)
{
	struct fuse_rename2_in in = { .newdir = 8 };
	struct peer *p = *state;
	struct cbor req;
	uint32_t id;

	ask(p, FUSE_RENAME2, 1, 2, &in, sizeof(in), "a\0b", 4);
	id = expect_op(p, "rename", &req);
	assert_int_equal(number(&req, "old_parent_ino"), 2);
	assert_int_equal(number(&req, "new_parent_ino"), 8);
	expect_text(&req, "old_name", "a");
	expect_text(&req, "new_name", "b");
	reply(p, id, "rename", 0, NULL);
	expect_error(p, 1, 0);
	in.flags = 1; /* without replacing: the host cannot promise that */
	ask(p, FUSE_RENAME2, 2, 2, &in, sizeof(in), "a\0b", 4);
	expect_error(p, 2, EINVAL);
}

static void test_answered_here(void **state)
{
	struct peer *p = *state;
	struct fuse_open_out o;
	size_t n;

	ask(p, FUSE_OPENDIR, 1, 2, NULL, 0, NULL, 0);
	assert_int_equal(answered(p, 1, &o, sizeof(o), &n), 0);
	ask(p, FUSE_GETXATTR, 2, 2, NULL, 0, NULL, 0);
	expect_error(p, 2, ENOSYS);
	ask(p, FUSE_FORGET, 3, 2, NULL, 0, NULL, 0); /* not answered at all */
	ask(p, FUSE_RELEASEDIR, 4, 2, NULL, 0, NULL, 0);
	expect_error(p, 4, 0);
}

/* Whoever waits is told, when the host goes away. */
static void test_host_is_gone(void **state)
{
	struct peer *p = *state;
	struct cbor req;

	ask(p, FUSE_GETATTR, 1, 2, NULL, 0, NULL, 0);
	expect_op(p, "getattr", &req);
	shutdown(p->port, SHUT_RDWR);
	expect_error(p, 1, EIO);
}

#define with_server(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_server(test_init),
		with_server(test_lookup),
		with_server(test_lookup_absent),
		with_server(test_name_that_is_no_text),
		with_server(test_errors),
		with_server(test_senseless_answer),
		with_server(test_setattr),
		with_server(test_create_and_write),
		with_server(test_reads_at_once),
		with_server(test_read_of_too_much),
		with_server(test_readdir),
		with_server(test_rename),
		with_server(test_answered_here),
		with_server(test_host_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
