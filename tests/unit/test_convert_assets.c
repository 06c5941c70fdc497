/* What a conversion for QEMU leaves besides the disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/initramfs.h"
#include "convert/stop_signal.h"
#include "vc/convert.h"
#include "vc/io.h"
#include "vc/msg.h"
#include "vc/util.h"

static void test_stop_signals(void **state)
{
	static const struct {
		const char *name;
		uint32_t number; /* 0: refused */
	} cases[] = {
		{ NULL, 15 },	      { "", 15 },	   { "SIGTERM", 15 },
		{ "TERM", 15 },	      { "9", 9 },	   { "SIGQUIT", 3 },
		{ "SIGWINCH", 28 },   { "SIGRTMIN", 34 },  { "SIGRTMIN+3", 37 },
		{ "RTMIN+30", 64 },   { "SIGRTMAX", 64 },  { "SIGRTMAX-1", 63 },
		{ "64", 64 },	      { "0", 0 },	   { "65", 0 },
		{ "-1", 0 },	      { "SIGTERM ", 0 },   { "term", 0 },
		{ "SIG", 0 },	      { "SIGSIGTERM", 0 }, { "SIGRTMIN+31", 0 },
		{ "SIGRTMIN-1", 0 },  { "SIGRTMAX+1", 0 }, { "SIGRTMIN+", 0 },
		{ "4294967311", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vc_error err = { 0 };
		uint32_t n = 0;
		int r = stop_signal_parse(cases[i].name, &n, &err);

		assert_int_equal(r, cases[i].number ? 0 : -1);
		assert_int_equal(n, cases[i].number);
		vc_error_release(&err);
	}
}

/* The archive in the bytes holds one file, and these are its bytes. */
static void check_archive(const char *p, size_t n, const char *name,
			  const char *data, size_t len)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	char got[64];

	archive_read_support_format_cpio(a);
	assert_int_equal(archive_read_open_memory(a, p, n), ARCHIVE_OK);
	assert_int_equal(archive_read_next_header(a, &e), ARCHIVE_OK);
	assert_string_equal(archive_entry_pathname(e), name);
	assert_int_equal(archive_entry_mode(e), S_IFREG | 0400);
	assert_int_equal(archive_entry_size(e), len);
	assert_int_equal(archive_read_data(a, got, sizeof(got)), len);
	assert_memory_equal(got, data, len);
	assert_int_equal(archive_read_next_header(a, &e), ARCHIVE_EOF);
	archive_read_free(a);
}

static void test_segment(void **state)
{
	static const char data[] = "0123456789";

	(void)state;
	for (size_t base = 0; base < 5; base++)
		for (size_t len = 1; len < 6; len++) {
			_cleanup_buf_ struct buf b = BUF_INIT;
			size_t gap = (4 - base % 4) % 4;

			initramfs_segment(&b, base, "the.file", data, len);
			for (size_t i = 0; i < gap; i++)
				assert_int_equal(buf_ptr(&b)[i], 0);
			assert_memory_equal(buf_ptr(&b) + gap, "070701", 6);
			check_archive(buf_ptr(&b) + gap, b.len - gap,
				      "the.file", data, len);
		}
}

static void put(int dir, const char *name, const char *text)
{
	struct vc_error err = { 0 };

	assert_int_equal(write_file_at(dir, name, 0644, text, strlen(text),
				       &err), 0);
}

static void read_back(int dir, const char *name, struct buf *ret)
{
	struct vc_error err = { 0 };

	assert_int_equal(read_file_at(dir, name, 1u << 20, ret, &err), 0);
}

static void check_image(const struct buf *b)
{
	size_t at = 8; /* behind the base and its gap */
	const char *name = buf_ptr(b) + at + 110;
	size_t data = (110 + strlen(name) + 1 + 3) & ~(size_t)3;
	struct msg_image m;
	unsigned size;

	assert_memory_equal(buf_ptr(b), "BASE!\0\0\0" "070701", 14);
	assert_string_equal(name, "vcontainer.image");
	assert_int_equal(sscanf(buf_ptr(b) + at + 54, "%8x", &size), 1);
	assert_true(msg_image_get(buf_ptr(b) + at + data, size, &m));
	assert_int_equal(m.argv.n, 3);
	assert_string_equal(m.argv.v[0], "/bin/tini");
	assert_string_equal(m.argv.v[2], "world");
	assert_string_equal(m.env.v[0], "A=b");
	assert_string_equal(m.workdir, "/srv");
	assert_string_equal(m.user, "ann");
	assert_string_equal(m.fs, "squashfs");
	assert_int_equal(m.stop_signal, 3);
	msg_image_release(&m);
}

static void test_assets(void **state)
{
	char guest[] = "/tmp/assets-XXXXXX", out[] = "/tmp/assets-XXXXXX";
	struct convert c = { .fs = FS_SQUASHFS };
	struct convert_result r = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct vc_error err = { 0 };
	int g, o;

	(void)state;
	assert_non_null(mkdtemp(guest));
	assert_non_null(mkdtemp(out));
	g = open(guest, O_RDONLY | O_DIRECTORY);
	o = open(out, O_RDONLY | O_DIRECTORY);
	c.our_guest = guest;
	strv_add(&r.runtime.entrypoint, "/bin/tini");
	strv_add(&r.runtime.cmd, "hello");
	strv_add(&r.runtime.cmd, "world");
	strv_add(&r.runtime.env, "A=b");
	r.runtime.workdir = xstrdup("/srv");
	r.runtime.user = xstrdup("ann");
	r.runtime.stop_signal = xstrdup("SIGQUIT");

	assert_int_equal(assets_qemu(&c, &r, o, &err), -1);
	assert_int_equal(err.status, CONVERT_EXIT_GUEST);
	assert_non_null(strstr(err.msg, "/kernel"));
	vc_error_release(&err);
	assert_int_equal(unlinkat(o, "kernel", 0), 0);

	put(g, "kernel", "abc");
	put(g, "initramfs", "BASE!");
	assert_int_equal(assets_qemu(&c, &r, o, &err), 0);
	assert_string_equal(r.kernel, "kernel");
	assert_string_equal(r.initramfs, "initramfs");
	assert_string_equal(r.kernel_sha256, "ba7816bf8f01cfea414140de5dae2223"
			    "b00361a396177a9cb410ff61f20015ad");
	read_back(o, "kernel", &b);
	assert_int_equal(b.len, 3);
	buf_clear(&b);
	read_back(o, "initramfs", &b);
	check_image(&b);

	/* what is there is not written over */
	assert_int_equal(assets_qemu(&c, &r, o, &err), -1);
	assert_int_equal(err.status, CONVERT_EXIT_OUTPUT);
	vc_error_release(&err);
	c.fs = FS_TAR;
	assert_int_equal(assets_qemu(&c, &r, o, &err), -1);
	vc_error_release(&err);

	strv_release(&r.runtime.entrypoint);
	strv_release(&r.runtime.cmd);
	strv_release(&r.runtime.env);
	free(r.runtime.workdir);
	free(r.runtime.user);
	free(r.runtime.stop_signal);
	close(g);
	close(o);
	assert_int_equal(remove_tree_at(AT_FDCWD, guest, &err), 0);
	assert_int_equal(remove_tree_at(AT_FDCWD, out, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stop_signals),
		cmocka_unit_test(test_segment),
		cmocka_unit_test(test_assets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
