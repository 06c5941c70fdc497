/* Root file systems: tars passed on as they are, directories packed. */
#include "image_fixture.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>

/* The first bytes of an ELF file for a machine. */
static void elf(char head[64], int machine)
{
	memset(head, 0, 64);
	memcpy(head, "\177ELF\2\1\1", 7);
	head[16] = 2;
	head[18] = (char)machine;
}

#define X86_64 62
#define AARCH64 ((char)183)

static void put_elf(struct buf *tar, const char *name, int machine)
{
	char head[64];

	elf(head, machine);
	fx_tar_add(tar, name, head, sizeof(head));
}

static void tar_is_passed_on(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;
	_cleanup_buf_ struct buf packed = BUF_INIT;
	struct fx_result r = { 0 };

	(void)state;
	fx_tar_add(&tar, "./etc/passwd", "x", 1);
	put_elf(&tar, "opt/foreign", AARCH64);
	put_elf(&tar, "./usr/bin/busybox", X86_64);
	fx_tar_end(&tar);
	tar_put_zeros(&tar, 8192);
	fx_compress(&tar, ARCHIVE_FILTER_XZ, &packed);
	fx_write("a", buf_ptr(&packed), packed.len);
	assert_int_equal(fx_read("a", FX_CHOICE(.name = "base"), &r), 0);
	assert_int_equal(r.kind, IMAGE_ROOTFS_TAR);
	assert_string_equal(r.names.v[0], "base:latest");
	assert_int_equal(r.out.len, tar.len);
	assert_memory_equal(buf_ptr(&r.out), buf_ptr(&tar), tar.len);
	fx_result_release(&r);
	fx_refused("a", FX_CHOICE(.arch = "aarch64"),
		   "is for amd64, this VM is aarch64: use '--arch x86_64'");
	fx_refused("a", FX_CHOICE(.tag = "x"), "has no image 'x'");
	/* nobody cares for the name: `import` gives its own */
	assert_int_equal(fx_read("a", &(struct image_choice){ 0 }, &r), 0);
	assert_string_equal(r.names.v[0], "imported:latest");
	fx_result_release(&r);
}

static void many_members(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;
	struct fx_result r = { 0 };

	(void)state;
	for (int i = 0; i < 40000; i++) {
		char name[32];

		snprintf(name, sizeof(name), "d/%d", i);
		fx_tar_add(&tar, name, "", 0);
	}
	fx_tar_end(&tar);
	fx_write("a", buf_ptr(&tar), tar.len);
	assert_int_equal(fx_read("a", FX_CHOICE(), &r), 0);
	assert_int_equal(r.out.len, tar.len);
	fx_result_release(&r);
}

static void make_tree(void)
{
	char path[512], to[512];
	char head[64];

	elf(head, X86_64);
	fx_write("r/bin/busybox", head, sizeof(head));
	fx_write_text("r/etc/b", "bb");
	fx_write_text("r/etc/a", "");
	fx_write_text("r/.hidden", "h");
	fx_write_text("r/etc/\xff\xfe", "bytes");
	fx_path(path, sizeof(path), "r/bin/sh");
	assert_int_equal(symlink("/nowhere/../x", path), 0);
	fx_path(to, sizeof(to), "r/bin/ls");
	fx_path(path, sizeof(path), "r/bin/busybox");
	assert_int_equal(link(path, to), 0);
	assert_int_equal(chmod(path, 04755), 0);
	fx_path(path, sizeof(path), "r/fifo");
	assert_int_equal(mkfifo(path, 0600), 0);
}

struct seen {
	char *name;
	char type;
	char *target;
};

/* Reads a tar of ours with libarchive. */
static size_t list(const struct buf *tar, struct seen *seen, size_t max)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	size_t n = 0;

	archive_read_support_format_tar(a);
	archive_read_set_options(a, "hdrcharset=BINARY");
	assert_int_equal(archive_read_open_memory(a, buf_ptr(tar), tar->len),
			 0);
	while (archive_read_next_header(a, &e) == ARCHIVE_OK && n < max) {
		const char *l = archive_entry_hardlink(e);

		seen[n].type = l ? 'h' :
			archive_entry_filetype(e) == AE_IFLNK ? 'l' :
			archive_entry_filetype(e) == AE_IFDIR ? 'd' :
			archive_entry_filetype(e) == AE_IFIFO ? 'p' : '-';
		l = l ? l : archive_entry_symlink(e);
		seen[n].target = xstrdup(l ? l : "");
		seen[n++].name = xstrdup(archive_entry_pathname(e));
	}
	archive_read_free(a);
	return n;
}

static void directory_is_packed(void **state)
{
	static const struct seen want[] = {
		{ ".hidden", '-', "" }, { "bin/", 'd', "" },
		{ "bin/busybox", '-', "" }, { "bin/ls", 'h', "bin/busybox" },
		{ "bin/sh", 'l', "/nowhere/../x" }, { "etc/", 'd', "" },
		{ "etc/a", '-', "" }, { "etc/b", '-', "" },
		{ "etc/\xff\xfe", '-', "" }, { "fifo", 'p', "" },
	};
	struct fx_result r = { 0 }, again = { 0 };
	struct seen seen[32];
	size_t n;

	(void)state;
	make_tree();
	assert_int_equal(fx_read("r", FX_CHOICE(), &r), 0);
	assert_int_equal(r.kind, IMAGE_ROOTFS_DIR);
	assert_string_equal(r.names.v[0], "imported:latest");
	n = list(&r.out, seen, ARRAY_SIZE(seen));
	assert_int_equal(n, ARRAY_SIZE(want));
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(seen[i].name, want[i].name);
		assert_int_equal(seen[i].type, want[i].type);
		assert_string_equal(seen[i].target, want[i].target);
		free(seen[i].name);
		free(seen[i].target);
	}
	/* the same tree gives the same bytes */
	assert_int_equal(fx_read("r", FX_CHOICE(), &again), 0);
	assert_int_equal(again.out.len, r.out.len);
	assert_memory_equal(buf_ptr(&again.out), buf_ptr(&r.out), r.out.len);
	fx_result_release(&again);
	fx_result_release(&r);
	fx_refused("r", FX_CHOICE(.arch = "aarch64"), "use '--arch x86_64'");
}

static void long_names_and_xattrs(void **state)
{
	char name[300], path[512];
	struct fx_result r = { 0 };
	struct seen seen[8];

	(void)state;
	memset(name, 'n', sizeof(name));
	memcpy(name, "r/", 2);
	name[240] = '\0';
	fx_write_text(name, "x");
	fx_path(path, sizeof(path), name);
	if (setxattr(path, "user.test", "a\0b\n", 4, 0) == 0) {
		assert_int_equal(fx_read("r", FX_CHOICE(), &r), 0);
		assert_non_null(memmem(buf_ptr(&r.out), r.out.len,
				       "31 SCHILY.xattr.user.test=a\0b\n", 30));
		fx_result_release(&r);
	}
	assert_int_equal(fx_read("r", FX_CHOICE(), &r), 0);
	assert_int_equal(list(&r.out, seen, 8), 1);
	assert_string_equal(seen[0].name, name + 2);
	free(seen[0].name);
	free(seen[0].target);
	fx_result_release(&r);
}

static void sockets_are_left_out(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct fx_result r = { 0 };
	struct seen seen[4];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	fx_write_text("r/file", "x");
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/r/sock", fx_dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(fx_read("r", FX_CHOICE(), &r), 0);
	assert_int_equal(list(&r.out, seen, 4), 1);
	free(seen[0].name);
	free(seen[0].target);
	fx_result_release(&r);
	close(fd);
}

static void deep_tree(void **state)
{
	struct fx_result r = { 0 };
	struct vc_error err = { 0 };
	struct buf name = BUF_INIT;

	(void)state;
	buf_add_str(&name, fx_dir);
	buf_add_str(&name, "/r");
	for (int i = 0; i < 600; i++)
		buf_add_str(&name, "/d");
	assert_int_equal(make_dirs(buf_ptr(&name), 0755, &err), 0);
	buf_release(&name);
	assert_int_equal(fx_read("r", FX_CHOICE(), &r), 0);
	fx_result_release(&r);
}

static void not_a_rootfs(void **state)
{
	char path[512];

	(void)state;
	fx_path(path, sizeof(path), "empty");
	assert_int_equal(mkdir(path, 0755), 0);
	fx_refused("empty", FX_CHOICE(), "is an empty directory");
	fx_refused("nothing", FX_CHOICE(), "cannot open");
}

static void nothing_in_the_tar(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;
	struct fx_result r = { 0 };

	(void)state;
	/* docker import takes an empty tar: an image from scratch */
	tar_put_zeros(&tar, 10240);
	fx_write("a", buf_ptr(&tar), tar.len);
	assert_int_equal(fx_read("a", FX_CHOICE(), &r), 0);
	assert_int_equal(r.out.len, 10240);
	fx_result_release(&r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tar_is_passed_on),	    TEST(many_members),
		TEST(directory_is_packed),  TEST(long_names_and_xattrs),
		TEST(sockets_are_left_out), TEST(deep_tree),
		TEST(not_a_rootfs),	    TEST(nothing_in_the_tar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
