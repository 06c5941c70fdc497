/* The frame codec and the payloads: what is written is read again, and what is
 * no frame, or no payload of its kind, is refused without harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "vc/frame.h"
#include "vc/msg.h"
#include "vc/util.h"

/* "hello" as stdout of stream 7, written out by hand from vc/frame.h. */
static const uint8_t golden[] = {
	'V', 'C', 'F', '1', FRAME_DATA, 1, 0, 0, 7, 0, 0, 0, 5, 0, 0, 0,
	0xdb, 0x0f, 0x8f, 0x0f, 'h', 'e', 'l', 'l', 'o',
};

static void put_hello(struct buf *b, bool summed)
{
	frame_put(b, FRAME_DATA, 1, 7, "hello", 5, summed);
}

/* The next frame is put_hello()'s. */
static void expect_hello(struct buf *b, uint64_t *skipped)
{
	struct frame f;

	assert_int_equal(frame_next(b, &f, skipped), 1);
	assert_int_equal(f.type, FRAME_DATA);
	assert_int_equal(f.channel, 1);
	assert_int_equal(f.stream, 7);
	assert_int_equal(f.length, 5);
	assert_memory_equal(f.payload, "hello", 5);
	frame_done(b, &f);
}

static void expect_nothing(struct buf *b, uint64_t *skipped)
{
	struct frame f;

	assert_int_equal(frame_next(b, &f, skipped), 0);
}

static void test_crc_is_the_well_known_one(void **state)
{
	(void)state;
	assert_int_equal(crc32_update(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(crc32_update(crc32_update(0, "12345", 5), "6789", 4),
			 0xcbf43926);
}

static void test_layout(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	put_hello(&b, false);
	assert_int_equal(b.len, sizeof(golden));
	assert_memory_equal(buf_ptr(&b), golden, sizeof(golden));
}

static void test_one_byte_at_a_time(void **state)
{
	(void)state;
	for (int summed = 0; summed <= 1; summed++) {
		_cleanup_buf_ struct buf whole = BUF_INIT, in = BUF_INIT;
		uint64_t skipped = 0;

		put_hello(&whole, summed);
		for (size_t i = 0; i < whole.len; i++) {
			expect_nothing(&in, &skipped);
			buf_add(&in, buf_ptr(&whole) + i, 1);
		}
		expect_hello(&in, &skipped);
		expect_nothing(&in, &skipped);
		assert_int_equal(in.len, 0);
		assert_int_equal(skipped, 0);
	}
}

static void test_empty_and_largest(void **state)
{
	_cleanup_free_ char *big = xcalloc(1, FRAME_MAX_PAYLOAD);
	_cleanup_buf_ struct buf b = BUF_INIT;
	uint64_t skipped = 0;
	struct frame f;

	(void)state;
	frame_put(&b, FRAME_READY, 0, 0, NULL, 0, true);
	frame_put(&b, FRAME_EXEC, 0, UINT32_MAX, big, FRAME_MAX_PAYLOAD, true);
	assert_int_equal(frame_next(&b, &f, &skipped), 1);
	assert_int_equal(f.type, FRAME_READY);
	assert_int_equal(f.length, 0);
	frame_done(&b, &f);
	assert_int_equal(frame_next(&b, &f, &skipped), 1);
	assert_int_equal(f.stream, UINT32_MAX);
	assert_int_equal(f.length, FRAME_MAX_PAYLOAD);
	assert_memory_equal(f.payload, big, FRAME_MAX_PAYLOAD);
	frame_done(&b, &f);
	assert_int_equal(skipped, 0);
}

/* Words of a kernel, beginnings of a magic, and a magic with nothing behind:
 * each is dropped and the frame after it is found. */
static void test_garbage_before_a_frame(void **state)
{
	static const char *const garbage[] = {
		"[    1.234567] random: crng init done\r\n", "V", "VC", "VCF", "VVCF",
		"VCF1", "VCF1VCF1VCF1", "VCF1 is no header, only its first bytes",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(garbage); i++) {
		_cleanup_buf_ struct buf b = BUF_INIT;
		uint64_t skipped = 0;

		buf_add_str(&b, garbage[i]);
		put_hello(&b, true);
		put_hello(&b, false);
		expect_hello(&b, &skipped);
		expect_hello(&b, &skipped);
		assert_int_equal(skipped, strlen(garbage[i]));
	}
}

static void test_garbage_is_not_kept(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	uint64_t skipped = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		buf_add_str(&b, "no frame at all, and no end to it either; VC");
		expect_nothing(&b, &skipped);
		assert_true(b.len < FRAME_HEADER_SIZE);
	}
	buf_clear(&b);
	put_hello(&b, false);
	expect_hello(&b, &skipped);
}

/* Every single bit of a header that is turned makes it no header. */
static void test_any_turned_bit_of_a_header_is_noticed(void **state)
{
	(void)state;
	for (size_t bit = 0; bit < 8 * FRAME_HEADER_SIZE; bit++) {
		_cleanup_buf_ struct buf b = BUF_INIT;
		uint64_t skipped = 0;
		struct frame f;

		put_hello(&b, false);
		buf_ptr(&b)[bit / 8] ^= (char)(1 << bit % 8);
		/* what a turned length asks for is all there */
		for (int i = 0; i < 4; i++)
			put_hello(&b, false);
		while (frame_next(&b, &f, &skipped)) {
			assert_int_equal(f.length, 5);
			assert_memory_equal(f.payload, "hello", 5);
			frame_done(&b, &f);
		}
		/* with the flag "summed" the payload counts too; either way the
		 * turned frame is dropped */
		assert_true(skipped >= sizeof(golden));
	}
}

static void test_a_turned_bit_of_a_summed_payload_is_noticed(void **state)
{
	(void)state;
	for (size_t bit = 0; bit < 8 * 5; bit++) {
		_cleanup_buf_ struct buf b = BUF_INIT;
		uint64_t skipped = 0;

		put_hello(&b, true);
		buf_ptr(&b)[FRAME_HEADER_SIZE + bit / 8] ^= (char)(1 << bit % 8);
		put_hello(&b, true);
		expect_hello(&b, &skipped);
		assert_int_equal(skipped, sizeof(golden));
		expect_nothing(&b, &skipped);
	}
}

/* With a check that is right, but what no sender may write. */
static void test_absurd_headers(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} absurd[] = {
		{ 15, 0xff }, /* 4 GiB of payload */
		{ 14, 0x41 }, /* just over the limit */
		{ 6, 2 },     /* a flag that does not exist */
		{ 7, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(absurd); i++) {
		_cleanup_buf_ struct buf b = BUF_INIT;
		uint64_t skipped = 0;
		uint32_t crc;

		put_hello(&b, false);
		buf_ptr(&b)[absurd[i].at] = (char)absurd[i].value;
		crc = crc32_update(0, buf_ptr(&b), 16);
		for (int k = 0; k < 4; k++)
			buf_ptr(&b)[16 + k] = (char)(crc >> 8 * k);
		put_hello(&b, false);
		expect_hello(&b, &skipped);
		assert_int_equal(skipped, sizeof(golden));
	}
}

/* Data that looks like a frame stays data: a container cannot forge one. */
static void test_a_frame_inside_a_frame_is_data(void **state)
{
	_cleanup_buf_ struct buf inner = BUF_INIT, b = BUF_INIT;
	uint64_t skipped = 0;
	struct frame f;

	(void)state;
	frame_put(&inner, FRAME_EXIT, 0, 7, "\0\0\0\0\0\0\0\0", 8, false);
	frame_put(&b, FRAME_DATA, 1, 7, buf_ptr(&inner), inner.len, false);
	assert_int_equal(frame_next(&b, &f, &skipped), 1);
	assert_int_equal(f.type, FRAME_DATA);
	assert_int_equal(f.length, inner.len);
	frame_done(&b, &f);
	expect_nothing(&b, &skipped);
	assert_int_equal(skipped, 0);
}

static void test_numbers_and_strings(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_strv_ struct strv v = STRV_INIT, got = STRV_INIT;
	_cleanup_free_ char *s = NULL, *none = NULL;
	struct msg_reader r;

	(void)state;
	strv_add(&v, "");
	strv_add(&v, "a  b\n\xff");
	msg_put_u8(&b, 0xfe);
	msg_put_u16(&b, 0xfedc);
	msg_put_u32(&b, 0xfedcba98);
	msg_put_u64(&b, 0xfedcba9876543210);
	msg_put_str(&b, "x");
	msg_put_str(&b, NULL);
	msg_put_strv(&b, &v);
	assert_memory_equal(buf_ptr(&b), "\xfe\xdc\xfe\x98\xba\xdc\xfe", 7);
	r = msg_reader(buf_ptr(&b), b.len);
	assert_int_equal(msg_u8(&r), 0xfe);
	assert_int_equal(msg_u16(&r), 0xfedc);
	assert_int_equal(msg_u32(&r), 0xfedcba98);
	assert_true(msg_u64(&r) == 0xfedcba9876543210);
	assert_string_equal(s = msg_str(&r), "x");
	assert_string_equal(none = msg_str(&r), "");
	msg_strv(&r, &got);
	assert_true(msg_ok(&r));
	assert_int_equal(got.n, 2);
	assert_string_equal(got.v[1], v.v[1]);
	assert_null(got.v[2]);
}

static void test_a_reader_stays_bad(void **state)
{
	struct msg_reader r = msg_reader("\1\2\3", 3);
	_cleanup_free_ char *s = NULL;

	(void)state;
	assert_int_equal(msg_u32(&r), 0);
	assert_int_equal(msg_u8(&r), 0);
	assert_string_equal(s = msg_str(&r), "");
	assert_false(msg_ok(&r));
}

static void test_strings_without_nul(void **state)
{
	struct msg_reader r = msg_reader("\3\0\0\0a\0b", 7);
	_cleanup_free_ char *s = msg_str(&r);

	(void)state;
	assert_string_equal(s, "");
	assert_false(msg_ok(&r));
}

static void test_a_count_that_cannot_be(void **state)
{
	_cleanup_strv_ struct strv v = STRV_INIT;
	struct msg_reader r = msg_reader("\xff\xff\xff\xff\0\0\0\0", 8);

	(void)state;
	msg_strv(&r, &v);
	assert_int_equal(v.n, 0);
	assert_false(msg_ok(&r));
}

/* Calls `get` on every beginning of b's bytes, and with one byte too many:
 * only the whole is accepted.  Leaks and overruns are the sanitizer's. */
static void refuse_all_but_the_whole(const struct buf *b,
				     bool (*get)(const void *, size_t))
{
	_cleanup_buf_ struct buf longer = BUF_INIT;

	for (size_t n = 0; n < b->len; n++) {
		/* exactly n bytes, so that reading on is noticed */
		_cleanup_free_ char *part = xmalloc(n);

		memcpy(part, buf_ptr(b), n);
		assert_false(get(part, n));
	}
	assert_true(get(buf_ptr(b), b->len));
	buf_add(&longer, buf_ptr(b), b->len);
	buf_add_char(&longer, 0);
	assert_false(get(buf_ptr(&longer), longer.len));
}

static bool get_hello(const void *p, size_t n)
{
	struct msg_hello m;

	if (!msg_hello_get(p, n, &m))
		return false;
	assert_int_equal(m.version, 3);
	assert_string_equal(m.release, "0.1.0");
	assert_int_equal(m.boot_ms, 1234);
	msg_hello_release(&m);
	return true;
}

static void test_hello(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	msg_hello_put(&b, &(struct msg_hello){ 3, (char *)"0.1.0", 1234 });
	refuse_all_but_the_whole(&b, get_hello);
}

static bool get_config(const void *p, size_t n)
{
	struct msg_config m;

	if (!msg_config_get(p, n, &m))
		return false;
	assert_string_equal(m.engine, "podman");
	assert_string_equal(m.hostname, "vpdmn");
	assert_int_equal(m.clock_ns, 5000000000);
	assert_true(m.network);
	assert_false(m.persistent);
	assert_int_equal(m.insecure_registries.n, 1);
	assert_string_equal(m.insecure_registries.v[0], "10.0.2.2:5000");
	msg_config_release(&m);
	return true;
}

static void test_config(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct msg_config m = { .engine = (char *)"podman", .hostname = (char *)"vpdmn",
				.clock_ns = 5000000000, .network = true };

	(void)state;
	strv_add(&m.insecure_registries, "10.0.2.2:5000");
	msg_config_put(&b, &m);
	strv_release(&m.insecure_registries);
	refuse_all_but_the_whole(&b, get_config);
}

static void put_exec(struct buf *b, uint8_t used, uint8_t tty, bool with_argv)
{
	struct msg_exec m = { .cwd = (char *)"/root", .user = (char *)"ann:7",
			      .used = used, .tty = tty, .rows = 24,
			      .cols = 80 };

	if (with_argv)
		strv_add_all(&m.argv, (char *[]){ (char *)"sh", (char *)"-c",
						  (char *)"echo 'a  b'", NULL });
	strv_add(&m.env, "TERM=xterm");
	msg_exec_put(b, &m);
	strv_release(&m.argv);
	strv_release(&m.env);
}

static bool get_exec(const void *p, size_t n)
{
	struct msg_exec m;

	if (!msg_exec_get(p, n, &m))
		return false;
	assert_int_equal(m.argv.n, 3);
	assert_string_equal(m.argv.v[2], "echo 'a  b'");
	assert_string_equal(m.env.v[0], "TERM=xterm");
	assert_string_equal(m.cwd, "/root");
	assert_string_equal(m.user, "ann:7");
	assert_int_equal(m.rows, 24);
	assert_int_equal(m.cols, 80);
	msg_exec_release(&m);
	return true;
}

static void test_exec(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	put_exec(&b, EXEC_STDIN | EXEC_STDOUT, EXEC_STDOUT, true);
	refuse_all_but_the_whole(&b, get_exec);
}

static void test_exec_that_cannot_be(void **state)
{
	static const struct {
		uint8_t used, tty;
		bool with_argv;
	} bad[] = {
		{ 7, 0, false },          /* nothing to run */
		{ 8, 0, true },           /* a fourth stream */
		{ EXEC_STDOUT, 7, true }, /* a terminal for what is not there */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_buf_ struct buf b = BUF_INIT;
		struct msg_exec m;

		put_exec(&b, bad[i].used, bad[i].tty, bad[i].with_argv);
		assert_false(msg_exec_get(buf_ptr(&b), b.len, &m));
	}
}

static void put_image(struct buf *b, const char *workdir, uint32_t sig,
		      const char *fs)
{
	struct msg_image m = { .workdir = (char *)workdir, .user = (char *)"0",
			       .stop_signal = sig, .fs = (char *)fs };

	strv_add(&m.argv, "/init");
	strv_add(&m.env, "A=b");
	msg_image_put(b, &m);
	strv_release(&m.argv);
	strv_release(&m.env);
}

static bool get_image(const void *p, size_t n)
{
	struct msg_image m;

	if (!msg_image_get(p, n, &m))
		return false;
	assert_string_equal(m.argv.v[0], "/init");
	assert_string_equal(m.env.v[0], "A=b");
	assert_string_equal(m.workdir, "/srv");
	assert_string_equal(m.user, "0");
	assert_int_equal(m.stop_signal, 37);
	assert_string_equal(m.fs, "erofs");
	msg_image_release(&m);
	return true;
}

static void test_image(void **state)
{
	static const struct {
		const char *workdir, *fs;
		uint32_t sig;
	} bad[] = {
		{ "srv", "ext4", 15 },
		{ "", "ext4", 15 },
		{ "/", "", 15 },
		{ "/", "ext4", 0 },
		{ "/", "ext4", 65 },
	};
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct msg_image m;

	(void)state;
	put_image(&b, "/srv", 37, "erofs");
	refuse_all_but_the_whole(&b, get_image);
	buf_ptr(&b)[0] = 2; /* another version */
	assert_false(msg_image_get(buf_ptr(&b), b.len, &m));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		buf_clear(&b);
		put_image(&b, bad[i].workdir, bad[i].sig, bad[i].fs);
		assert_false(msg_image_get(buf_ptr(&b), b.len, &m));
	}
}

static bool get_status(const void *p, size_t n)
{
	struct msg_status m;

	if (!msg_status_get(p, n, &m))
		return false;
	assert_int_equal(m.monitor_pid, 10);
	assert_int_equal(m.qemu_pid, 11);
	assert_int_equal(m.streams, 2);
	assert_int_equal(m.containers, 1);
	assert_int_equal(m.uptime_ms, 99);
	assert_int_equal(m.memory, 2147483648);
	assert_int_equal(m.cpus, 2);
	assert_int_equal(m.disk, 68719476736);
	assert_false(m.kvm);
	assert_true(m.network);
	assert_true(m.ready);
	assert_string_equal(m.arch, "aarch64");
	assert_string_equal(m.ports.v[0], "8080:80/tcp");
	msg_status_release(&m);
	return true;
}

static void test_status(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct msg_status m = { .monitor_pid = 10, .qemu_pid = 11, .streams = 2,
				.containers = 1, .uptime_ms = 99,
				.memory = 2147483648, .cpus = 2,
				.disk = 68719476736, .network = true, .ready = true,
				.arch = (char *)"aarch64" };

	(void)state;
	strv_add(&m.ports, "8080:80/tcp");
	msg_status_put(&b, &m);
	strv_release(&m.ports);
	refuse_all_but_the_whole(&b, get_status);
}

static void test_a_bool_is_0_or_1(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct msg_config m = { .engine = (char *)"", .hostname = (char *)"" };

	(void)state;
	msg_config_put(&b, &m);
	buf_ptr(&b)[4 + 4 + 8] = 2; /* network, after two empty strs and a u64 */
	assert_false(msg_config_get(buf_ptr(&b), b.len, &m));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crc_is_the_well_known_one),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_one_byte_at_a_time),
		cmocka_unit_test(test_empty_and_largest),
		cmocka_unit_test(test_garbage_before_a_frame),
		cmocka_unit_test(test_garbage_is_not_kept),
		cmocka_unit_test(test_any_turned_bit_of_a_header_is_noticed),
		cmocka_unit_test(test_a_turned_bit_of_a_summed_payload_is_noticed),
		cmocka_unit_test(test_absurd_headers),
		cmocka_unit_test(test_a_frame_inside_a_frame_is_data),
		cmocka_unit_test(test_numbers_and_strings),
		cmocka_unit_test(test_a_reader_stays_bad),
		cmocka_unit_test(test_strings_without_nul),
		cmocka_unit_test(test_a_count_that_cannot_be),
		cmocka_unit_test(test_hello),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_image),
		cmocka_unit_test(test_exec_that_cannot_be),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_a_bool_is_0_or_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
