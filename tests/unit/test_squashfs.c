/* The squashfs writer, looked at by unsquashfs and by our own reader. */
#include "tree_build.h"

#include <signal.h>
#include <sys/resource.h>

#include <sqfs/dir_reader.h>
#include <sqfs/inode.h>
#include <sqfs/super.h>
#include <sqfs/xattr.h>
#include <sqfs/xattr_reader.h>

#include "fs/squashfs_file.h"

static char *image; /* of the test that runs */

static int setup(void **state)
{
	int r = tb_setup(state);

	image = r ? NULL : tb_file("image");
	return r;
}

static int teardown(void **state)
{
	free(image);
	return tb_teardown(state);
}

static void write_image(struct tree *t)
{
	const struct fs_options o = { .epoch = 1700000000, .level = 1 };

	tb_write(squashfs_write, t, &o, image);
}

/* --- reading --------------------------------------------------------------- */

static void reads(const char *path, const void *data, size_t len)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct vc_error err = { 0 };

	if (squashfs_read_file(image, path, len, &b, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(b.len, len);
	if (len)
		assert_memory_equal(buf_ptr(&b), data, len);
}

static void reads_not(const char *path, size_t max, int errnum,
		      const char *words)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct vc_error err = { 0 };

	assert_int_equal(squashfs_read_file(image, path, max, &b, &err), -1);
	if (!strstr(err.msg, words))
		fail_msg("no '%s' in: %s", words, err.msg);
	assert_int_equal(err.errnum, errnum);
	assert_int_equal(b.len, 0);
	vc_error_release(&err);
}

/* The file `name` of the root reads as the tree says. */
static void reads_as(const char *name, const struct tree_inode *i)
{
	struct vc_error err = { 0 };
	char *data = malloc(i->size + 1);

	assert_int_equal(inode_read(i, 0, data, i->size, &err), 0);
	reads(name, data, i->size);
	free(data);
}

static void test_paths(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	struct tree_node *a, *b;
	char long_name[256];

	(void)state;
	memset(long_name, 'n', 255);
	long_name[255] = '\0';
	a = tb_add(t, NULL, "a", tb_inode(INODE_DIR, 0755));
	b = tb_add(t, a, "b", tb_inode(INODE_DIR, 0700));
	tb_add(t, b, "file", tb_text("deep"));
	tb_add(t, NULL, "top", tb_text("top"));
	tb_add(t, b, "relative", tb_symlink("../../top"));
	tb_add(t, b, "absolute", tb_symlink("//top"));
	tb_add(t, b, "above", tb_symlink("../../../../../a/./b/file"));
	tb_add(t, NULL, "dirlink", tb_symlink("a/b/"));
	tb_add(t, NULL, "chain", tb_symlink("dirlink/absolute"));
	tb_add(t, NULL, "loop", tb_symlink("loop"));
	tb_add(t, NULL, long_name, tb_text("long"));
	write_image(t);

	reads("a/b/file", "deep", 4);
	reads("/a//b/./file", "deep", 4);
	reads("a/../a/b/../../top", "top", 3);
	reads("../top", "top", 3);
	reads("a/b/relative", "top", 3);
	reads("a/b/absolute", "top", 3);
	reads("a/b/above", "deep", 4);
	reads("dirlink/file", "deep", 4);
	reads("chain", "top", 3);
	reads(long_name, "long", 4);
	reads_not("a/c", 10, ENOENT, "'c'");
	reads_not("top/x", 10, ENOTDIR, "'x'");
	reads_not("loop", 10, ELOOP, "'loop' in");
	reads_not("a", 10, 0, "not a regular file");
	reads_not("", 10, 0, "not a regular file");
	reads_not("a/b/file", 3, 0, "larger than 3 bytes");
}

/* --- fields ---------------------------------------------------------------- */

static void test_fields(void **state)
{
	_cleanup_tree_ struct tree *t = tb_sample();
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)state;
	tb_add(t, NULL, "sock", tb_inode(INODE_SOCKET, 0755));
	write_image(t);
	TB_RUN(&out, NULL, "unsquashfs", "-lln", "-d", "", image);
	tb_has(&out, "drwxr-xr-x 0/0 ");
	tb_has(&out, "2017-07-14 02:40 \n");
	tb_has(&out, "drwxrwxrwt 4294967294/100 ");
	tb_has(&out, "-rwsr-xr-x 0/0                       6 2020-09-13 12:26 /d/file\n");
	tb_has(&out, "-rwsr-xr-x 0/0                       6 2020-09-13 12:26 /a-hard\n");
	tb_has(&out, "---------- 0/0                       0 2020-09-13 12:26 /empty\n");
	tb_has(&out, "-rw-r--r-- 0/0                       3 1970-01-01 00:00 /old\n");
	tb_has(&out, "-rw-r--r-- 0/0                       6 2106-02-07 06:28 /future\n");
	tb_has(&out, "2020-09-13 12:26 /link -> d/file\n");
	tb_has(&out, "crw------- 0/0                   1,  3 2020-09-13 12:26 /null\n");
	tb_has(&out, " 2020-09-13 12:26 /disk\n"); /* see test_device() */
	tb_has(&out, "prw--w--w- 0/0                       0 2020-09-13 12:26 /fifo\n");
	tb_has(&out, "srwxr-xr-x 0/0                       0 2020-09-13 12:26 /sock\n");
	tb_has(&out, "/\xff\xfe\n");
	reads("\xff\xfe", "bytes", 5);

	buf_clear(&out);
	TB_RUN(&out, NULL, "unsquashfs", "-s", image);
	tb_has(&out, "Tue Nov 14 22:13:20 2023"); /* the epoch */
	tb_has(&out, "Block size 131072\n");
	tb_has(&out, "Number of inodes 12\n"); /* of 14 names */
	tb_has(&out, "zstd");
}

static void test_is_a_disk(void **state)
{
	_cleanup_tree_ struct tree *t = tb_sample();
	struct stat st;

	(void)state;
	write_image(t);
	assert_int_equal(stat(image, &st), 0);
	assert_int_equal(st.st_size % 4096, 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* Extracted, hard links are one file again; directories know their number of
 * subdirectories. */
static void test_links(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	_cleanup_free_ char *dir = path_join(tb_dir, "out");
	_cleanup_free_ char *one = NULL, *two = NULL;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct tree_inode *i = tb_text("shared");
	struct tree_node *d;
	struct stat a, b;

	(void)state;
	tb_add(t, NULL, "one", i);
	d = tb_add(t, NULL, "sub", tb_inode(INODE_DIR, 0755));
	tb_add(t, d, "two", i);
	tb_add(t, d, "subsub", tb_inode(INODE_DIR, 0755));
	write_image(t);
	TB_RUN(&out, NULL, "unsquashfs", "-q", "-n", "-d", dir, image);
	one = path_join(dir, "one");
	two = path_join(dir, "sub/two");
	assert_int_equal(stat(one, &a), 0);
	assert_int_equal(stat(two, &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
	assert_int_equal(a.st_nlink, 2);
}

/* --- what unsquashfs does not show ------------------------------------------ */

struct opened {
	struct squashfs_file *file;
	sqfs_compressor_t *cmp;
	sqfs_dir_reader_t *dirs;
	sqfs_xattr_reader_t *xattrs;
	sqfs_inode_generic_t *root;
	sqfs_super_t super; /* the dir reader looks at it */
};

static void open_image(struct opened *o)
{
	struct vc_error err = { 0 };
	sqfs_compressor_config_t cfg;

	o->file = squashfs_file_open(image, O_RDONLY, &err);
	assert_non_null(o->file);
	assert_int_equal(sqfs_super_read(&o->super, &o->file->base), 0);
	sqfs_compressor_config_init(&cfg, o->super.compression_id,
				    o->super.block_size,
				    SQFS_COMP_FLAG_UNCOMPRESS);
	assert_int_equal(sqfs_compressor_create(&cfg, &o->cmp), 0);
	o->dirs = sqfs_dir_reader_create(&o->super, o->cmp, &o->file->base, 0);
	o->xattrs = sqfs_xattr_reader_create(0);
	assert_int_equal(sqfs_xattr_reader_load(o->xattrs, &o->super,
						&o->file->base, o->cmp), 0);
	assert_int_equal(sqfs_dir_reader_get_root_inode(o->dirs, &o->root), 0);
}

static void close_image(struct opened *o)
{
	sqfs_free(o->root);
	sqfs_destroy(o->xattrs);
	sqfs_destroy(o->dirs);
	sqfs_destroy(o->cmp);
	sqfs_destroy(o->file);
}

/* To be freed with sqfs_free(). */
static sqfs_inode_generic_t *inode_of(struct opened *o, const char *path)
{
	sqfs_inode_generic_t *i;

	assert_int_equal(sqfs_dir_reader_find_by_path(o->dirs, o->root, path,
						      &i), 0);
	return i;
}

/* unsquashfs shows large minor numbers wrong. */
static void test_device(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	sqfs_inode_generic_t *i;
	struct opened o;

	(void)state;
	tb_add(t, NULL, "disk", tb_device(INODE_BLOCK, 0x103, 0x10203));
	write_image(t);
	open_image(&o);
	i = inode_of(&o, "disk");
	assert_int_equal(i->base.type, SQFS_INODE_BDEV);
	assert_int_equal(i->data.dev.devno, 0x10210303);
	sqfs_free(i);
	close_image(&o);
}

static void has_xattr(sqfs_xattr_reader_t *x, const char *name,
		      const void *value, size_t len)
{
	sqfs_xattr_entry_t *key;
	sqfs_xattr_value_t *v;

	assert_int_equal(sqfs_xattr_reader_read_key(x, &key), 0);
	assert_int_equal(sqfs_xattr_reader_read_value(x, key, &v), 0);
	assert_string_equal((char *)key->key, name);
	assert_int_equal(v->size, len);
	assert_memory_equal(v->value, value, len);
	sqfs_free(key);
	sqfs_free(v);
}

static void seek_xattrs(struct opened *o, const sqfs_inode_generic_t *i,
			unsigned count)
{
	sqfs_xattr_id_t id;
	uint32_t index;

	assert_int_equal(sqfs_inode_get_xattr_index(i, &index), 0);
	assert_int_equal(sqfs_xattr_reader_get_desc(o->xattrs, index, &id), 0);
	assert_int_equal(id.count, count);
	sqfs_xattr_reader_seek_kv(o->xattrs, &id);
}

static void test_xattrs(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	struct tree_inode *i = tb_text("x");
	sqfs_inode_generic_t *f;
	struct opened o;

	(void)state;
	inode_set_xattr(i, "user.x", "", 0);
	inode_set_xattr(i, "trusted.overlay.opaque", "y", 1);
	inode_set_xattr(i, "security.capability", tb_capability,
			sizeof(tb_capability));
	inode_set_xattr(i, "system.posix_acl_access", "acl", 3); /* left out */
	inode_set_xattr(tree_root(t)->inode, "user.root", "r", 1);
	tb_add(t, NULL, "f", i);
	write_image(t);

	open_image(&o);
	seek_xattrs(&o, o.root, 1);
	has_xattr(o.xattrs, "user.root", "r", 1);
	f = inode_of(&o, "f");
	seek_xattrs(&o, f, 3);
	has_xattr(o.xattrs, "security.capability", tb_capability,
		  sizeof(tb_capability));
	has_xattr(o.xattrs, "trusted.overlay.opaque", "y", 1);
	has_xattr(o.xattrs, "user.x", "", 0);
	sqfs_free(f);
	close_image(&o);
}

/* --- data ------------------------------------------------------------------ */

/* Runs anywhere: within blocks, over their edges, holes of whole blocks, a
 * hole at the end; in blocks of 4 KiB so that there are many. */
static void test_holes(void **state)
{
	const struct fs_options o = { .block_size = 4096, .level = 1 };
	static const char zeros[9000];
	char data[9000];
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 60; round++) {
		_cleanup_tree_ struct tree *t = tree_new();
		struct tree_inode *i = tb_inode(INODE_FILE, 0644);
		uint64_t at = 0;

		for (int runs = round % 7; runs; runs--) {
			size_t len;

			tb_noise(&seed, sizeof(seed), seed);
			at += seed % 3 ? seed % 20000 : seed % 5 * 4096;
			len = seed % 4 ? 1 + (seed >> 20) % 8999 : 4096;
			tb_noise(data, len, seed);
			tb_put(i, at, seed % 11 ? data : zeros, len);
			at += len;
		}
		i->size += seed % 2 ? 0 : seed % 17000;
		tb_add(t, NULL, "f", i);
		tb_write(squashfs_write, t, &o, image);
		reads_as("f", i);
	}
}

/* 5 GiB with three bytes in the middle and none at the end. */
static void test_large_sparse(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	_cleanup_free_ char *dir = path_join(tb_dir, "out");
	_cleanup_free_ char *path = NULL;
	struct tree_inode *i = tb_inode(INODE_FILE, 0644);
	_cleanup_buf_ struct buf out = BUF_INIT;
	char mid[3] = "", around[2] = "x";
	struct stat st;
	int fd;

	(void)state;
	tb_put(i, 3 * GIB + 77, "mid", 3);
	i->size = 5 * GIB + 1;
	tb_add(t, NULL, "sparse", i);
	write_image(t);
	assert_int_equal(stat(image, &st), 0);
	assert_true(st.st_size < 1 << 20);
	TB_RUN(&out, NULL, "unsquashfs", "-q", "-n", "-d", dir, image);
	path = path_join(dir, "sparse");
	fd = open(path, O_RDONLY);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 5 * GIB + 1);
	assert_true(st.st_blocks < 4096);
	assert_int_equal(pread(fd, mid, 3, 3 * GIB + 77), 3);
	assert_memory_equal(mid, "mid", 3);
	assert_int_equal(pread(fd, around, 1, 3 * GIB + 80), 1);
	assert_int_equal(around[0], 0);
	close(fd);
}

static void test_duplicates(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	struct stat st;

	(void)state;
	for (int i = 0; i < 4; i++) {
		char name[2] = { (char)('a' + i), '\0' };

		tb_add(t, NULL, name, tb_noise_file(1000001, 7));
	}
	write_image(t);
	assert_int_equal(stat(image, &st), 0);
	assert_true(st.st_size < 1020000);
	reads_as("d", tree_find(t, tree_root(t), "d", 1)->inode);
}

/* Two tails fill a fragment block to its last byte, which then cannot be
 * compressed, is written, and has to be read again for a third that is equal
 * to the first. */
static void test_full_fragment_block(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();

	(void)state;
	tb_add(t, NULL, "a", tb_noise_file(65536, 1));
	tb_add(t, NULL, "b", tb_noise_file(65536, 2));
	for (int i = 0; i < 8; i++) {
		char name[3] = { 'c', (char)('0' + i), '\0' };

		tb_add(t, NULL, name, tb_noise_file(100000, (uint64_t)i + 10));
	}
	tb_add(t, NULL, "d", tb_noise_file(65536, 1));
	write_image(t);
	reads_as("b", tree_find(t, tree_root(t), "b", 1)->inode);
	reads_as("d", tree_find(t, tree_root(t), "d", 1)->inode);
}

/* Files of all sizes, some of them twice, compressed well or not at all. */
static struct tree *mixed_tree(void)
{
	struct tree *t = tree_new();

	for (unsigned n = 0; n < 150; n++) {
		size_t len = (size_t)n * n * 13;
		struct tree_inode *i = tb_noise_file(len, n % 40);
		char name[16];

		if (n % 3 == 0)
			for (int k = 0; k < 20; k++)
				tb_put(i, i->size, "the same again and again", 24);
		snprintf(name, sizeof(name), "f%u", n);
		tb_add(t, NULL, name, i);
	}
	return t;
}

static void test_threads(void **state)
{
	_cleanup_tree_ struct tree *t = mixed_tree();
	_cleanup_free_ char *other = tb_file("other");
	struct fs_options o = { .threads = 1, .level = 1 };

	(void)state;
	tb_write(squashfs_write, t, &o, image);
	for (o.threads = 0; o.threads < 8; o.threads += 4) {
		free(other);
		other = tb_file("other");
		tb_write(squashfs_write, t, &o, other);
		tb_same_files(image, other);
	}
}

static void test_formats(void **state)
{
	_cleanup_tree_ struct tree *t = mixed_tree();

	(void)state;
	for (unsigned c = FS_COMPRESSION_ZSTD; c <= FS_COMPRESSION_XZ; c++) {
		for (unsigned level = 0; level < 2; level++) {
			const struct fs_options o = {
				.compression = (enum fs_compression)c,
				.level = (int)level,
				.block_size = level ? 4096 : 1 << 20,
			};

			tb_write(squashfs_write, t, &o, image);
			reads_as("f149", tree_find(t, tree_root(t), "f149",
						   4)->inode);
			reads_as("f3", tree_find(t, tree_root(t), "f3",
						 2)->inode);
		}
	}
}

/* --- shapes ----------------------------------------------------------------- */

static void test_many_entries(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	struct tree_node *d = tb_add(t, NULL, "d", tb_inode(INODE_DIR, 0755));
	_cleanup_buf_ struct buf out = BUF_INIT;
	char name[32];
	size_t lines = 0;

	(void)state;
	for (unsigned n = 0; n < 20000; n++) {
		struct tree_inode *i = n % 10 ? tb_text("") : tb_text("text");

		i->uid = n; /* and as many owners */
		snprintf(name, sizeof(name), "entry-%u", n);
		tb_add(t, d, name, i);
	}
	write_image(t);
	TB_RUN(&out, NULL, "unsquashfs", "-ls", "-d", "", image);
	for (char *p = buf_ptr(&out); (p = strchr(p, '\n')); p++)
		lines++;
	assert_true(lines >= 20002);
	reads("d/entry-0", "text", 4);
	reads("d/entry-19999", "", 0);
	reads("d/entry-9990", "text", 4);
}

static void test_deep(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	struct tree_node *d = NULL;

	(void)state;
	for (int i = 0; i < 100000; i++)
		d = tb_add(t, d, "d", tb_inode(INODE_DIR, 0755));
	tb_add(t, d, "f", tb_text("f"));
	write_image(t);
	reads_not("d/d/d/f", 1, ENOENT, "'f'");
}

static void test_empty(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	_cleanup_buf_ struct buf out = BUF_INIT;

	(void)state;
	write_image(t);
	TB_RUN(&out, NULL, "unsquashfs", "-lln", "-d", "", image);
	reads_not("x", 1, ENOENT, "'x'");
}

/* --- refusals --------------------------------------------------------------- */

static void test_limits(void **state)
{
	static char text[70000];
	struct tree_inode *i;
	struct tree *t;

	(void)state;
	memset(text, 'n', 256);
	t = tree_new();
	tb_add(t, NULL, text, tb_text("x"));
	TB_REFUSES(squashfs_write, t, "'nnnn", "256 bytes");

	t = tree_new();
	i = tb_inode(INODE_FILE, 0644);
	i->size = 8ull << 60;
	tb_add(t, tb_add(t, NULL, "d\n", tb_inode(INODE_DIR, 0)), "f", i);
	TB_REFUSES(squashfs_write, t, "'d\n/f'", "1024 GiB", "ext4");

	t = tree_new();
	tb_add(t, NULL, "c", tb_device(INODE_CHAR, 4096, 0));
	TB_REFUSES(squashfs_write, t, "'c'", "4096:0");

	t = tree_new();
	i = tb_text("x");
	inode_set_xattr(i, "user.large", text, 65537);
	tb_add(t, NULL, "x", i);
	TB_REFUSES(squashfs_write, t, "'x'", "'user.large' of 65537 bytes");

	memset(text, 't', 4096);
	t = tree_new();
	tb_add(t, NULL, "l", tb_symlink(text));
	TB_REFUSES(squashfs_write, t, "'l'", "4096 bytes");
}

static void test_too_many_owners(void **state)
{
	struct tree *t = tree_new();
	char name[16];

	(void)state;
	for (unsigned n = 0; n <= 65536; n++) {
		struct tree_inode *i = tb_inode(INODE_FIFO, 0600);

		i->uid = n;
		snprintf(name, sizeof(name), "%u", n);
		tb_add(t, NULL, name, i);
	}
	TB_REFUSES(squashfs_write, t, "65536 different owners");
}

static void test_bad_options(void **state)
{
	static const struct fs_options bad[] = {
		{ .block_size = 2048 },
		{ .block_size = 5000 },
		{ .block_size = 2u << 20 },
		{ .level = 23 },
		{ .level = -1 },
		{ .level = 10, .compression = FS_COMPRESSION_GZIP },
	};
	_cleanup_tree_ struct tree *t = tree_new();

	(void)state;
	tree_finish(t);
	for (size_t n = 0; n < ARRAY_SIZE(bad); n++) {
		struct vc_error err = { 0 };

		assert_int_equal(squashfs_write(t, &bad[n], image, &err), -1);
		assert_int_equal(err.status, VC_EXIT_USAGE);
		vc_error_release(&err);
	}
}

/* A full disk, as a limit on file sizes. */
static void test_cannot_write(void **state)
{
	_cleanup_tree_ struct tree *t = mixed_tree();
	const struct rlimit small = { 1 << 20, RLIM_INFINITY };
	const struct fs_options o = { .level = 1 };
	struct vc_error err = { 0 };
	struct rlimit old;

	(void)state;
	tree_finish(t);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(squashfs_write(t, &o, image, &err), -1);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(err.errnum, EFBIG);
	assert_non_null(strstr(err.msg, image));
	vc_error_release(&err);
}

/* A spool that has become shorter. */
static void test_cannot_read(void **state)
{
	_cleanup_tree_ struct tree *t = tree_new();
	const struct fs_options o = { .level = 1 };
	struct tree_inode *i = tb_noise_file(300000, 3);
	struct vc_error err = { 0 };

	(void)state;
	i->runs[0].len = i->size = 400000;
	tb_add(t, NULL, "cut", i);
	tree_finish(t);
	assert_int_equal(squashfs_write(t, &o, image, &err), -1);
	assert_non_null(strstr(err.msg, "'cut'"));
	vc_error_release(&err);
}

/* Reading ends with an error or the file's bytes, whatever is changed. */
static void test_damaged(void **state)
{
	_cleanup_tree_ struct tree *t = tb_sample();
	_cleanup_buf_ struct buf whole = BUF_INIT;

	(void)state;
	write_image(t);
	tb_read(image, &whole);
	for (size_t at = 0; at < whole.len && at < 3000; at += 3) {
		_cleanup_buf_ struct buf b = BUF_INIT;
		struct vc_error err = { 0 };
		int fd = open(image, O_WRONLY | O_TRUNC);
		char *byte = buf_ptr(&whole) + at;
		size_t len = at % 2 ? whole.len : at;

		*byte ^= 0x55;
		assert_int_equal(write_all(fd, buf_ptr(&whole), len, &err), 0);
		*byte ^= 0x55;
		close(fd);
		if (squashfs_read_file(image, "link", 4096, &b, &err) == 0)
			assert_true(b.len <= 4096);
		else
			assert_non_null(err.msg);
		vc_error_release(&err);
	}
}

static void test_no_image(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct vc_error err = { 0 };

	(void)state;
	assert_int_equal(squashfs_read_file(tb_dir, "x", 1, &b, &err), -1);
	assert_non_null(strstr(err.msg, "not a regular file"));
	vc_error_release(&err);
	assert_int_equal(squashfs_read_file("/proc/self/exe", "x", 1, &b, &err),
			 -1);
	assert_non_null(strstr(err.msg, "not a squashfs image"));
	vc_error_release(&err);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_paths), T(test_fields), T(test_is_a_disk), T(test_links), T(test_device),
		T(test_xattrs), T(test_holes), T(test_large_sparse),
		T(test_duplicates), T(test_full_fragment_block),
		T(test_threads), T(test_formats), T(test_many_entries),
		T(test_deep), T(test_empty), T(test_limits),
		T(test_too_many_owners), T(test_bad_options),
		T(test_cannot_write), T(test_cannot_read), T(test_damaged),
		T(test_no_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
