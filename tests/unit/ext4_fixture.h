/*
 * Trees, the ext4 images made of them, and a look into these with the
 * library's own readers; every image must please e2fsck.
 */
#ifndef EXT4_FIXTURE_H
#define EXT4_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

#include <ext2fs/ext2_fs.h>
#include <ext2fs/ext2fs.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vc/fs.h"
#include "vc/io.h"
#include "vc/spawn.h"
#include "vc/strv.h"
#include "vc/util.h"

#define UNUSED __attribute__((unused))

#define FX_EPOCH 1700000000
#define FX_OPTIONS(...)                                                     \
	&(struct fs_options) { .uuid = "0123456789abcde", .epoch = FX_EPOCH, \
			       __VA_ARGS__ }

static char fx_dir[64];
static int fx_spool = -1;
static uint64_t fx_spooled;
static struct tree *fx_tree;
static ext2_filsys fx_fs; /* the image last made, open for reading */

static int fx_setup(void **state)
{
	(void)state;
	snprintf(fx_dir, sizeof(fx_dir), "/tmp/vc-ext4-XXXXXX");
	fx_spool = memfd_create("spool", MFD_CLOEXEC);
	fx_spooled = 0;
	fx_tree = tree_new();
	return mkdtemp(fx_dir) && fx_spool >= 0 ? 0 : -1;
}

static void fx_close(void)
{
	if (fx_fs)
		ext2fs_close(fx_fs);
	fx_fs = NULL;
}

static int fx_teardown(void **state)
{
	struct vc_error err = { 0 };
	int r = remove_tree_at(AT_FDCWD, fx_dir, &err);

	(void)state;
	vc_error_release(&err);
	fx_close();
	close(fx_spool);
	tree_free(fx_tree);
	return r;
}

/* --- the tree -------------------------------------------------------------- */

static UNUSED struct tree_node *fx_name(struct tree_node *dir, const char *name,
					struct tree_inode *i)
{
	if (!dir)
		dir = tree_root(fx_tree);
	return tree_add(fx_tree, dir, name, strlen(name), i);
}

/* dir NULL: the root. */
static UNUSED struct tree_node *fx_add(struct tree_node *dir, const char *name,
				       enum inode_type type, uint32_t mode)
{
	struct tree_inode *i = inode_new(type);

	i->mode = mode;
	return fx_name(dir, name, i);
}

static UNUSED struct tree_node *fx_link(struct tree_node *dir, const char *name,
					const char *target)
{
	struct tree_node *n = fx_add(dir, name, INODE_SYMLINK, 0777);

	n->inode->target = xstrdup(target);
	n->inode->size = strlen(target);
	return n;
}

/* Bytes that tell where they are. */
static UNUSED void fx_pattern(unsigned char *p, size_t len, uint64_t seed)
{
	uint64_t x = seed * 2654435761u + 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		p[i] = (unsigned char)(x >> 56) | 1;
	}
}

/* A run of such bytes; the file grows. */
static UNUSED void fx_run(struct tree_inode *i, uint64_t logical, size_t len)
{
	struct data_run r = { logical, len, fx_spooled, fx_spool };
	_cleanup_free_ unsigned char *data = xmalloc(len);

	fx_pattern(data, len, logical);
	assert_int_equal(pwrite(fx_spool, data, len, (off_t)fx_spooled), len);
	fx_spooled += len + 1; /* runs do not join */
	inode_add_run(i, &r);
	if (i->size < logical + len)
		i->size = logical + len;
}

static UNUSED struct tree_node *fx_file(struct tree_node *dir, const char *name,
					size_t len)
{
	struct tree_node *n = fx_add(dir, name, INODE_FILE, 0644);

	if (len)
		fx_run(n->inode, 0, len);
	return n;
}

/* --- images ------------------------------------------------------------------ */

static UNUSED void fx_path(char *out, size_t size, const char *name)
{
	snprintf(out, size, "%s/%s", fx_dir, name);
}

static UNUSED int fx_try(const char *name, const struct fs_options *o,
			 struct vc_error *err)
{
	char path[128];
	int fd;

	fx_path(path, sizeof(path), name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	close(fd);
	tree_finish(fx_tree);
	return fs_write(FS_EXT4, fx_tree, o, path, err);
}

static UNUSED void fx_check(const char *path)
{
	struct vc_error err = { 0 };
	_cleanup_free_ char *e2fsck = find_program("e2fsck", "e2fsprogs", &err);
	_cleanup_strv_ struct strv argv = STRV_INIT;

	assert_non_null(e2fsck);
	strv_add(&argv, e2fsck);
	strv_add(&argv, "-fn");
	strv_add(&argv, path);
	if (run_program(&argv, &err) < 0)
		fail_msg("e2fsck: %s", err.msg);
}

static UNUSED void fx_write_as(const char *name, const struct fs_options *o)
{
	struct vc_error err = { 0 };
	char path[128];

	fx_close();
	if (fx_try(name, o, &err) < 0)
		fail_msg("%s", err.msg);
	fx_path(path, sizeof(path), name);
	fx_check(path);
	assert_int_equal(ext2fs_open(path, EXT2_FLAG_64BITS, 0, 0,
				     unix_io_manager, &fx_fs), 0);
	assert_int_equal(ext2fs_read_bitmaps(fx_fs), 0);
}

static UNUSED void fx_write(const struct fs_options *o)
{
	fx_write_as("image", o);
}

static UNUSED void fx_refused(const struct fs_options *o, const char *what)
{
	struct vc_error err = { 0 };

	assert_int_equal(fx_try("refused", o, &err), -1);
	if (!strstr(err.msg, what))
		fail_msg("'%s' does not say '%s'", err.msg, what);
	vc_error_release(&err);
}

static UNUSED uint64_t fx_size(const char *name, uint64_t *ret_stored)
{
	char path[128];
	struct stat st;

	fx_path(path, sizeof(path), name);
	assert_int_equal(stat(path, &st), 0);
	if (ret_stored)
		*ret_stored = (uint64_t)st.st_blocks * 512;
	return (uint64_t)st.st_size;
}

/* --- what is in them ----------------------------------------------------------- */

static UNUSED ext2_ino_t fx_find(const char *path)
{
	ext2_ino_t ino = 0;

	if (ext2fs_namei(fx_fs, EXT2_ROOT_INO, EXT2_ROOT_INO, path, &ino))
		fail_msg("'%s' is missing", path);
	return ino;
}

static UNUSED struct ext2_inode_large fx_inode(const char *path)
{
	struct ext2_inode_large i;

	assert_int_equal(ext2fs_read_inode_full(fx_fs, fx_find(path),
						(struct ext2_inode *)&i,
						sizeof(i)), 0);
	return i;
}

static UNUSED uint64_t fx_blocks(const struct ext2_inode_large *i)
{
	return i->i_blocks / (fx_fs->blocksize / 512);
}

static UNUSED void fx_read(const char *path, uint64_t at, void *data, size_t len)
{
	unsigned got = 0;
	ext2_file_t f;

	assert_int_equal(ext2fs_file_open(fx_fs, fx_find(path), 0, &f), 0);
	assert_int_equal(ext2fs_file_llseek(f, at, EXT2_SEEK_SET, NULL), 0);
	assert_int_equal(ext2fs_file_read(f, data, (unsigned)len, &got), 0);
	assert_int_equal(got, len);
	ext2fs_file_close(f);
}

/* The whole file is what the tree says. */
static UNUSED void fx_same_data(const char *path, const struct tree_inode *i)
{
	struct vc_error err = { 0 };
	_cleanup_free_ char *want = xmalloc(i->size);
	_cleanup_free_ char *have = xmalloc(i->size);

	assert_int_equal(inode_read(i, 0, want, i->size, &err), 0);
	fx_read(path, 0, have, i->size);
	assert_memory_equal(have, want, i->size);
}

/* len -1: there is none. */
static UNUSED void fx_xattr(const char *path, const char *name, const void *value,
			    ssize_t len)
{
	struct ext2_xattr_handle *h;
	void *have = NULL;
	size_t n = 0;
	errcode_t code;

	assert_int_equal(ext2fs_xattrs_open(fx_fs, fx_find(path), &h), 0);
	assert_int_equal(ext2fs_xattrs_read(h), 0);
	code = ext2fs_xattr_get(h, name, &have, &n);
	if (len < 0) {
		assert_int_equal(code, EXT2_ET_EA_KEY_NOT_FOUND);
	} else {
		assert_int_equal(code, 0);
		assert_int_equal(n, len);
		assert_memory_equal(have, value, len);
	}
	ext2fs_free_mem(&have);
	ext2fs_xattrs_close(&h);
}

#endif
