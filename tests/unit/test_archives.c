/* Tar and cpio archives read back by libarchive and by GNU's programs; what
 * is handed to mkfs.erofs and qemu-img. */
#include "tree_build.h"

#include <archive.h>
#include <archive_entry.h>

static const struct fs_options options = { .epoch = 1700000000 };
static char *archive; /* of the test that runs */

static int setup(void **state)
{
	int r = tb_setup(state);

	archive = r ? NULL : tb_file("archive");
	return r;
}

static int teardown(void **state)
{
	free(archive);
	return tb_teardown(state);
}

/* --- libarchive -------------------------------------------------------------- */

static struct archive *open_archive(void)
{
	struct archive *a = archive_read_new();

	archive_read_support_format_tar(a);
	archive_read_support_format_cpio(a);
	assert_int_equal(archive_read_open_filename(a, archive, 65536), 0);
	return a;
}

/* The next entry, whose name has to be this one. */
static struct archive_entry *next(struct archive *a, const char *name)
{
	struct archive_entry *e;

	assert_int_equal(archive_read_next_header(a, &e), ARCHIVE_OK);
	assert_string_equal(archive_entry_pathname(e), name);
	return e;
}

static void close_archive(struct archive *a)
{
	struct archive_entry *e;

	assert_int_equal(archive_read_next_header(a, &e), ARCHIVE_EOF);
	archive_read_free(a);
}

static void is(struct archive_entry *e, unsigned type, unsigned mode,
	       int64_t mtime, long ns)
{
	assert_int_equal(archive_entry_filetype(e), type);
	assert_int_equal(archive_entry_perm(e), mode);
	assert_int_equal(archive_entry_mtime(e), mtime);
	assert_int_equal(archive_entry_mtime_nsec(e), ns);
}

static void has_data(struct archive *a, const char *text)
{
	char data[64];

	assert_int_equal(archive_read_data(a, data, sizeof(data)), strlen(text));
	assert_memory_equal(data, text, strlen(text));
}

static void has_xattr(struct archive_entry *e, const char *name,
		      const void *value, size_t len)
{
	const char *n;
	const void *v;
	size_t size;

	archive_entry_xattr_reset(e);
	while (archive_entry_xattr_next(e, &n, &v, &size) == ARCHIVE_OK)
		if (str_eq(n, name)) {
			assert_int_equal(size, len);
			assert_memory_equal(v, value, len);
			return;
		}
	fail_msg("no attribute '%s'", name);
}

/* --- tar --------------------------------------------------------------------- */

static void test_tar_fields(void **state)
{
	_cleanup_tree_ struct tree *t = tb_sample();
	struct archive_entry *e;
	struct archive *a;

	(void)state;
	inode_set_xattr(tree_root(t)->inode, "user.root", "r", 1);
	tb_add(t, NULL, "sock", tb_inode(INODE_SOCKET, 0755)); /* left out */
	tb_write(tar_write, t, &options, archive);
	a = open_archive();
	e = next(a, "./");
	is(e, AE_IFDIR, 0755, 1500000000, 0);
	has_xattr(e, "user.root", "r", 1);
	e = next(a, "a-hard");
	is(e, AE_IFREG, 04755, 1600000000, 123456789);
	has_xattr(e, "user.x", "value", 5);
	has_xattr(e, "security.capability", tb_capability,
		  sizeof(tb_capability));
	has_data(a, "hello\n");
	e = next(a, "d/");
	is(e, AE_IFDIR, 01777, 1600000000, 5);
	assert_int_equal(archive_entry_uid(e), 4294967294u);
	assert_int_equal(archive_entry_gid(e), 100);
	assert_string_equal(archive_entry_hardlink(next(a, "d/file")), "a-hard");
	assert_string_equal(archive_entry_hardlink(next(a, "d/hard")), "a-hard");
	e = next(a, "disk");
	is(e, AE_IFBLK, 0600, 1600000000, 0);
	assert_int_equal(archive_entry_rdevmajor(e), 259);
	assert_int_equal(archive_entry_rdevminor(e), 66051);
	is(next(a, "empty"), AE_IFREG, 0, 1600000000, 0);
	is(next(a, "fifo"), AE_IFIFO, 0622, 1600000000, 0);
	is(next(a, "future"), AE_IFREG, 0644, LONG_MTIME, 0);
	e = next(a, "link");
	is(e, AE_IFLNK, 0777, 1600000000, 0);
	assert_string_equal(archive_entry_symlink(e), "d/file");
	is(next(a, "null"), AE_IFCHR, 0600, 1600000000, 0);
	is(next(a, "old"), AE_IFREG, 0644, -5, 0);
	has_data(a, "old");
	next(a, "\xff\xfe");
	close_archive(a);
}

static void test_tar_listing(void **state)
{
	_cleanup_tree_ struct tree *t = tb_sample();
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)state;
	tb_write(tar_write, t, &options, archive);
	TB_RUN(&out, NULL, "tar", "--numeric-owner", "--full-time", "-tvf",
	       archive);
	tb_has(&out, "drwxrwxrwt 4294967294/100    0 2020-09-13 12:26:40.000000005 d/\n");
	tb_has(&out, "brw------- 0/0       259,66051 2020-09-13 12:26:40           disk\n");
	tb_has(&out, " d/file link to a-hard\n");
	tb_has(&out, "2242-03-16 12:56:32           future\n");
	tb_has(&out, "1969-12-31 23:59:55           old\n");
}

/* A time before 1970 with a fraction (which GNU tar extracts right and lists
 * wrong). */
static void test_tar_old_fraction(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	_cleanup_free_ char *path = path_join(tb_dir, "x");
	struct tree_inode *i = tb_text("x");
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct stat st;

	(void)state;
	i->mtime = -2;
	i->mtime_ns = 250000000; /* -1.75 */
	tb_add(t, NULL, "x", i);
	tb_write(tar_write, t, &options, archive);
	TB_RUN(&out, NULL, "tar", "--warning=no-timestamp", "-C", tb_dir, "-xf",
	       archive, "x");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mtim.tv_sec, -2);
	assert_int_equal(st.st_mtim.tv_nsec, 250000000);
}

static void test_tar_long_names(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	struct archive_entry *e;
	char a_name[151], path[302], link[305];
	struct tree_node *d;
	struct archive *a;

	(void)state;
	memset(a_name, 'n', 150);
	a_name[149] = '\xe9'; /* not UTF-8 */
	a_name[150] = '\0';
	snprintf(path, sizeof(path), "%s/%s", a_name, a_name);
	snprintf(link, sizeof(link), "../%s", path);
	d = tb_add(t, NULL, a_name, tb_inode(INODE_DIR, 0755));
	tb_add(t, d, a_name, tb_text("long"));
	tb_add(t, NULL, "zlink", tb_symlink(link));
	tb_write(tar_write, t, &options, archive);
	a = open_archive();
	next(a, "./");
	assert_int_equal(archive_read_next_header(a, &e), ARCHIVE_OK);
	next(a, path);
	has_data(a, "long");
	assert_string_equal(archive_entry_symlink(next(a, "zlink")), link);
	close_archive(a);
}

/* 5 GiB of zeros with three bytes in them: so it reads, but takes no room. */
static void test_tar_sparse(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	struct tree_inode *i = tb_inode(INODE_FILE, 0644);
	_cleanup_buf_ struct buf out = BUF_INIT;
	char mid[5];
	struct stat st;
	int fd;

	(void)state;
	tb_put(i, 3 * GIB + 77, "mid", 3);
	i->size = 5 * GIB + 1;
	tb_add(t, NULL, "sparse", i);
	tb_add(t, NULL, "then", tb_text("after it"));
	tb_write(tar_write, t, &options, archive);
	fd = open(archive, O_RDONLY);
	assert_int_equal(fstat(fd, &st), 0);
	/* headers of "./", "sparse" and "then", data, the end */
	assert_int_equal(st.st_size, 512 + 512 + 5 * GIB + 512 + 512 + 512 + 1024);
	assert_true(st.st_blocks < 4096);
	assert_int_equal(pread(fd, mid, 5, 1024 + 3 * GIB + 76), 5);
	assert_memory_equal(mid, "\0mid\0", 5);
	close(fd);
	TB_RUN(&out, NULL, "tar", "-tvf", archive);
	tb_has(&out, "5368709121 2020-09-13 12:26 sparse\n");
	tb_has(&out, " then\n");
}

/* Holes and data around the sizes that are buffered. */
static void test_tar_data(void **state)
{
	static const uint64_t gaps[] = { 0, 1, 511, 65535, 65536, 1 << 20 };
	_cleanup_tree_ struct tree *t = tree_new();
	struct tree_inode *i = tb_inode(INODE_FILE, 0644);
	char *want, *got, *noise = malloc(3 << 20);
	struct vc_error err = { 0 };
	struct archive *a;

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(gaps); n++) {
		size_t len = n == 4 ? (3 << 20) - 1 : 70000 + n;

		tb_noise(noise, len, n);
		tb_put(i, i->size + gaps[n], noise, len);
	}
	i->size += 70001;
	tb_add(t, NULL, "f", i);
	tb_write(tar_write, t, &options, archive);
	want = malloc(i->size);
	got = malloc(i->size + 1);
	assert_int_equal(inode_read(i, 0, want, i->size, &err), 0);
	a = open_archive();
	next(a, "./");
	next(a, "f");
	assert_int_equal(archive_read_data(a, got, i->size + 1), i->size);
	assert_memory_equal(got, want, i->size);
	close_archive(a);
	free(noise);
	free(want);
	free(got);
}

static void test_tar_refuses(void **state)
{
	struct tree *t = tree_new();
	struct tree_inode *i = tb_text("x");
	struct tree_node *d = NULL;

	(void)state;
	inode_set_xattr(i, "user.a=b", "v", 1);
	tb_add(t, NULL, "f", i);
	TB_REFUSES(tar_write, t, "'f'", "'user.a=b'");

	t = tree_new();
	tb_add(t, NULL, "c", tb_device(INODE_CHAR, 1 << 30, 0));
	TB_REFUSES(tar_write, t, "'c'", "1073741824:0");

	t = tree_new();
	i = tb_inode(INODE_FILE, 0644);
	i->size = 8ull << 60;
	tb_add(t, NULL, "huge", i);
	TB_REFUSES(tar_write, t, "'huge'");

	t = tree_new();
	for (int n = 0; n < 100000; n++)
		d = tb_add(t, d, "d", tb_inode(INODE_DIR, 0755));
	TB_REFUSES(tar_write, t, "a path of 4097 bytes ('d/d/d/");
}

static void test_same_bytes(void **state)
{
	static const tb_writer writers[] = { tar_write, cpio_write };
	_cleanup_tree_ struct tree *t = tb_sample();

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(writers); n++) {
		_cleanup_free_ char *other = tb_file("other");

		free(archive);
		archive = tb_file("archive");
		tb_write(writers[n], t, &options, archive);
		tb_write(writers[n], t, &options, other);
		tb_same_files(archive, other);
	}
}

/* --- cpio --------------------------------------------------------------------- */

static void test_cpio_fields(void **state)
{
	_cleanup_tree_ struct tree *t = tb_sample();
	struct archive_entry *e;
	struct archive *a;
	struct stat st;

	(void)state;
	tb_add(t, NULL, "sock", tb_inode(INODE_SOCKET, 0755));
	tb_write(cpio_write, t, &options, archive);
	a = open_archive();
	e = next(a, ".");
	is(e, AE_IFDIR, 0755, 1500000000, 0);
	assert_int_equal(archive_entry_ino(e), 1);
	e = next(a, "a-hard");
	is(e, AE_IFREG, 04755, 1600000000, 0);
	assert_int_equal(archive_entry_ino(e), 2);
	assert_int_equal(archive_entry_nlink(e), 3);
	assert_int_equal(archive_entry_size(e), 0); /* the last one has it */
	e = next(a, "d");
	is(e, AE_IFDIR, 01777, 1600000000, 0);
	assert_int_equal(archive_entry_uid(e), 4294967294u);
	assert_int_equal(archive_entry_gid(e), 100);
	assert_int_equal(archive_entry_ino(next(a, "d/file")), 2);
	e = next(a, "d/hard");
	assert_int_equal(archive_entry_ino(e), 2);
	has_data(a, "hello\n");
	e = next(a, "disk");
	is(e, AE_IFBLK, 0600, 1600000000, 0);
	assert_int_equal(archive_entry_rdevmajor(e), 259);
	assert_int_equal(archive_entry_rdevminor(e), 66051);
	is(next(a, "empty"), AE_IFREG, 0, 1600000000, 0);
	is(next(a, "fifo"), AE_IFIFO, 0622, 1600000000, 0);
	is(next(a, "future"), AE_IFREG, 0644, UINT32_MAX, 0);
	e = next(a, "link");
	is(e, AE_IFLNK, 0777, 1600000000, 0);
	assert_string_equal(archive_entry_symlink(e), "d/file");
	is(next(a, "null"), AE_IFCHR, 0600, 1600000000, 0);
	is(next(a, "old"), AE_IFREG, 0644, 0, 0);
	has_data(a, "old");
	is(next(a, "sock"), AE_IFSOCK, 0755, 1600000000, 0);
	next(a, "\xff\xfe");
	has_data(a, "bytes");
	close_archive(a);
	assert_int_equal(stat(archive, &st), 0);
	assert_int_equal(st.st_size % 512, 0);
}

static void test_cpio_gnu(void **state)
{
	_cleanup_tree_ struct tree *t = tb_sample();
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)state;
	tb_write(cpio_write, t, &options, archive);
	TB_RUN(&out, archive, "cpio", "-itv", "--numeric-uid-gid", "--quiet");
	tb_has(&out, "-rwsr-xr-x   3 0        0               6 Sep 13  2020 d/hard\n");
	tb_has(&out, "brw-------   1 0        0        259, 66051 Sep 13  2020 disk\n");
	tb_has(&out, "link -> d/file\n");
	buf_clear(&out);
	TB_RUN(&out, archive, "cpio", "-i", "--to-stdout", "--quiet", "d/hard");
	assert_string_equal(buf_ptr(&out), "hello\n");
}

static void test_cpio_refuses(void **state)
{
	struct tree *t = tree_new();
	struct tree_inode *i = tb_inode(INODE_FILE, 0644);

	(void)state;
	i->size = 4 * GIB;
	tb_add(t, NULL, "large", i);
	TB_REFUSES(cpio_write, t, "'large'", "4294967296 bytes");

	t = tree_new();
	tb_add(t, NULL, "TRAILER!!!", tb_text("x"));
	TB_REFUSES(cpio_write, t, "'TRAILER!!!'");
}

static void test_cannot_write(void **state)
{
	static const tb_writer writers[] = { tar_write, cpio_write };
	_cleanup_tree_ struct tree *t = tree_new();

	(void)state;
	tb_add(t, NULL, "f", tb_noise_file(3 << 20, 1));
	tree_finish(t);
	for (size_t n = 0; n < ARRAY_SIZE(writers); n++) {
		struct vc_error err = { 0 };

		assert_int_equal(writers[n](t, &options, "/dev/full", &err), -1);
		assert_int_equal(err.errnum, ENOSPC);
		assert_non_null(strstr(err.msg, "'/dev/full'"));
		vc_error_release(&err);
	}
}

/* --- programs ----------------------------------------------------------------- */

/* A program of our own, first in $PATH. */
static void fake_program(const char *name, const char *script)
{
	_cleanup_free_ char *path = tb_file(name);
	_cleanup_free_ char *search =
		xasprintf("%s:%s", tb_dir, getenv("PATH"));
	struct vc_error err = { 0 };
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_int_equal(write_all(fd, script, strlen(script), &err), 0);
	assert_int_equal(fchmod(fd, 0755), 0);
	close(fd);
	setenv("PATH", search, 1);
}

/* Keeps what it was called with and its stdin; `old`: its answer to options of
 * 1.8. */
#define MKFS(old)                                                            \
	"#!/bin/sh\n"                                                        \
	"dir=${0%/*}\n"                                                      \
	"case \" $* \" in\n"                                                 \
	"*' -V '*) exit " old ";;\n"                                         \
	"esac\n"                                                             \
	"printf '%s\\n' \"$@\" >\"$dir/args\"\n"                             \
	"cat >\"$dir/tar\"\n"

static void test_erofs_arguments(void **state)
{
	static const struct fs_options o = {
		.epoch = 1700000000,
		.label = "root fs",
		.threads = 2,
		.uuid = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe,
			  0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10 },
	};
	_cleanup_tree_ struct tree *t = tb_sample();
	_cleanup_free_ char *args = path_join(tb_dir, "args");
	_cleanup_free_ char *tar = path_join(tb_dir, "tar");
	_cleanup_free_ char *path = xstrdup(getenv("PATH"));
	_cleanup_free_ char *last = xasprintf("\n%s\n", archive);
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)state;
	fake_program("mkfs.erofs", MKFS("0"));
	tb_write(erofs_write, t, &o, archive);
	setenv("PATH", path, 1);
	tb_read(args, &out);
	tb_has(&out, "--tar=f\n--mkfs-time\n");
	tb_has(&out, "\n-T1700000000\n");
	tb_has(&out, "\n-U01234567-89ab-cdef-fedc-ba9876543210\n");
	tb_has(&out, "\n-Lroot fs\n");
	tb_has(&out, "\n--workers=2\n");
	tb_has(&out, last);
	tb_write(tar_write, t, &o, archive);
	tb_same_files(tar, archive);
}

static void test_erofs_too_old(void **state)
{
	struct tree *t = tb_sample();
	_cleanup_free_ char *path = xstrdup(getenv("PATH"));

	(void)state;
	fake_program("mkfs.erofs", MKFS("1"));
	TB_REFUSES(erofs_write, t, "mkfs.erofs 1.8 or later");
	setenv("PATH", path, 1);
}

/* With the one that is installed: an image, or why not. */
static void test_erofs(void **state)
{
	_cleanup_tree_ struct tree *t = tb_sample();
	_cleanup_free_ char *other = tb_file("other");
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct vc_error err = { 0 };

	(void)state;
	tree_finish(t);
	if (erofs_write(t, &options, archive, &err) < 0) {
		assert_non_null(strstr(err.msg, "mkfs.erofs 1.8 or later"));
		vc_error_release(&err);
		return;
	}
	tb_write(erofs_write, t, &options, other);
	tb_same_files(archive, other);
	TB_RUN(&out, NULL, "fsck.erofs", archive);
	buf_clear(&out);
	TB_RUN(&out, NULL, "dump.erofs", "--path=/a-hard", archive);
	tb_has(&out, "Size: 6 ");
	tb_has(&out, "Links: 3 ");
	tb_has(&out, "2020-09-13 12:26:40.123456789"); /* and not the epoch */
}

static void test_qcow2(void **state)
{
	_cleanup_free_ char *raw = tb_file("raw:image");
	_cleanup_free_ char *one = tb_file("nbd:one");
	_cleanup_free_ char *two = path_join(tb_dir, "-two");
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct vc_error err = { 0 };
	char *noise = malloc(200000);
	struct stat st;
	int fd = open(raw, O_WRONLY);

	(void)state;
	tb_noise(noise, 200000, 1);
	assert_int_equal(pwrite(fd, noise, 200000, 5 << 20), 200000);
	assert_int_equal(ftruncate(fd, 64 << 20), 0);
	close(fd);
	free(noise);
	assert_int_equal(fs_make_qcow2(raw, one, &err), 0);
	assert_int_equal(chdir(tb_dir), 0);
	assert_int_equal(fs_make_qcow2("raw:image", "-two", &err), 0);
	assert_int_equal(chdir("/"), 0);
	tb_same_files(one, two);
	TB_RUN(&out, NULL, "qemu-img", "compare", "-f", "raw", "-F", "qcow2", raw,
	       one);
	tb_has(&out, "Images are identical.");
	assert_int_equal(stat(one, &st), 0);
	assert_true(st.st_size < 2 << 20);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_qcow2_no_image(void **state)
{
	struct vc_error err = { 0 };

	(void)state;
	assert_int_equal(fs_make_qcow2("/nowhere/raw", archive, &err), -1);
	assert_non_null(strstr(err.msg, "/nowhere/raw"));
	vc_error_release(&err);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_tar_fields), T(test_tar_listing),
		T(test_tar_old_fraction), T(test_tar_long_names),
		T(test_tar_sparse), T(test_tar_data), T(test_tar_refuses),
		T(test_same_bytes), T(test_cpio_fields), T(test_cpio_gnu),
		T(test_cpio_refuses), T(test_cannot_write),
		T(test_erofs_arguments), T(test_erofs_too_old), T(test_erofs),
		T(test_qcow2), T(test_qcow2_no_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
