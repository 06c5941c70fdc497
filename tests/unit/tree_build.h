/*
 * Trees made for tests of writers: data in memfds, every kind of entry.
 * Included by test_squashfs.c and test_archives.c.
 */
#ifndef TREE_BUILD_H
#define TREE_BUILD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs/fs.h"
#include "vc/buf.h"
#include "vc/io.h"
#include "vc/tree.h"
#include "vc/util.h"

#define UNUSED __attribute__((unused))
#define GIB (1ull << 30)
#define LONG_MTIME (1ll << 33)

extern char **environ;

static char tb_dir[64];
static int tb_spool = -1;  /* where the data of files is */
static uint64_t tb_used;

static int tb_setup(void **state)
{
	(void)state;
	snprintf(tb_dir, sizeof(tb_dir), "/tmp/vc-fs-XXXXXX");
	if (!mkdtemp(tb_dir))
		return -1;
	tb_spool = memfd_create("spool", MFD_CLOEXEC);
	tb_used = 0;
	setenv("TZ", "UTC", 1);
	return tb_spool < 0 ? -1 : 0;
}

static int tb_teardown(void **state)
{
	struct vc_error err = { 0 };
	int r = remove_tree_at(AT_FDCWD, tb_dir, &err);

	(void)state;
	vc_error_release(&err);
	close(tb_spool);
	return r;
}

/* A path below tb_dir, as an empty file of mode 0600; owned by the caller. */
static UNUSED char *tb_file(const char *name)
{
	char *path = path_join(tb_dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	close(fd);
	return path;
}

/* --- entries -------------------------------------------------------------- */

/* In the directory `dir` (NULL: the root) of the tree. */
static UNUSED struct tree_node *tb_add(struct tree *t, struct tree_node *dir,
				       const char *name,
				       struct tree_inode *i)
{
	return tree_add(t, dir ? dir : tree_root(t), name, strlen(name), i);
}

static UNUSED struct tree_inode *tb_inode(enum inode_type type, uint32_t mode)
{
	struct tree_inode *i = inode_new(type);

	i->mode = mode;
	i->mtime = 1600000000;
	return i;
}

/* Bytes of a file at `at`; the file grows to hold them. */
static UNUSED void tb_put(struct tree_inode *i, uint64_t at, const void *data,
			  size_t len)
{
	const struct data_run r = { at, len, tb_used, tb_spool };

	assert_int_equal(pwrite(tb_spool, data, len, (off_t)tb_used), len);
	tb_used += len + 1; /* apart, so that runs do not join */
	inode_add_run(i, &r);
	if (i->size < at + len)
		i->size = at + len;
}

static UNUSED struct tree_inode *tb_text(const char *text)
{
	struct tree_inode *i = tb_inode(INODE_FILE, 0644);

	tb_put(i, 0, text, strlen(text));
	return i;
}

static UNUSED struct tree_inode *tb_symlink(const char *target)
{
	struct tree_inode *i = tb_inode(INODE_SYMLINK, 0777);

	i->target = xstrdup(target);
	i->size = strlen(target);
	return i;
}

static UNUSED struct tree_inode *tb_device(enum inode_type type, uint32_t major,
					   uint32_t minor)
{
	struct tree_inode *i = tb_inode(type, 0600);

	i->dev_major = major;
	i->dev_minor = minor;
	return i;
}

/* Bytes no compressor makes smaller, the same for the same seed. */
static UNUSED void tb_noise(void *data, size_t len, uint64_t seed)
{
	unsigned char *p = data;

	seed = seed * 2 + 1;
	for (size_t i = 0; i < len; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		p[i] = (unsigned char)(seed >> 32);
	}
}

static UNUSED struct tree_inode *tb_noise_file(size_t len, uint64_t seed)
{
	struct tree_inode *i = tb_inode(INODE_FILE, 0644);
	char *data = malloc(len);

	tb_noise(data, len, seed);
	tb_put(i, 0, data, len);
	free(data);
	return i;
}

static const char tb_capability[] = "\1\0\0\2\0\40\0\0\0\0\0\0\0\0\0\0\0\0\0";

/* Every type of entry and every field. */
static UNUSED struct tree *tb_sample(void)
{
	struct tree *t = tree_new();
	struct tree_node *d;
	struct tree_inode *i;

	tree_root(t)->inode->mtime = 1500000000;
	i = tb_inode(INODE_DIR, 01777);
	i->uid = 4294967294u;
	i->gid = 100;
	i->mtime_ns = 5;
	d = tb_add(t, NULL, "d", i);
	i = tb_text("hello\n");
	i->mode = 04755;
	i->mtime_ns = 123456789;
	inode_set_xattr(i, "user.x", "value", 5);
	inode_set_xattr(i, "security.capability", tb_capability,
			sizeof(tb_capability));
	tb_add(t, d, "file", i);
	tb_add(t, d, "hard", i);
	tb_add(t, NULL, "a-hard", i);
	tb_add(t, NULL, "empty", tb_inode(INODE_FILE, 0));
	i = tb_text("old");
	i->mtime = -5;
	tb_add(t, NULL, "old", i);
	i = tb_text("future");
	i->mtime = LONG_MTIME;
	tb_add(t, NULL, "future", i);
	tb_add(t, NULL, "link", tb_symlink("d/file"));
	tb_add(t, NULL, "null", tb_device(INODE_CHAR, 1, 3));
	tb_add(t, NULL, "disk", tb_device(INODE_BLOCK, 259, 66051));
	tb_add(t, NULL, "fifo", tb_inode(INODE_FIFO, 0622));
	tb_add(t, NULL, "\xff\xfe", tb_text("bytes"));
	return t;
}

/* --- writing and looking ---------------------------------------------------- */

typedef int (*tb_writer)(const struct tree *t, const struct fs_options *o,
			 const char *path, struct vc_error *err);

/* Finishes the tree and writes it, without failing. */
static UNUSED void tb_write(tb_writer w, struct tree *t,
			    const struct fs_options *o, const char *path)
{
	struct vc_error err = { 0 };

	tree_finish(t);
	if (w(t, o, path, &err) < 0)
		fail_msg("%s", err.msg);
}

/* The writer has to refuse, with all the words in its message. */
static UNUSED void tb_refuses(tb_writer w, struct tree *t,
			      const char *const words[])
{
	const struct fs_options o = { .threads = 1 };
	char *path = tb_file("refused");
	struct vc_error err = { 0 };

	tree_finish(t);
	assert_int_equal(w(t, &o, path, &err), -1);
	for (; *words; words++)
		if (!strstr(err.msg, *words))
			fail_msg("no '%s' in: %s", *words, err.msg);
	vc_error_release(&err);
	tree_free(t);
	free(path);
}

#define TB_REFUSES(w, t, ...) \
	tb_refuses(w, t, (const char *const[]){ __VA_ARGS__, NULL })

static UNUSED void tb_read(const char *path, struct buf *b)
{
	struct vc_error err = { 0 };

	assert_int_equal(read_file_at(AT_FDCWD, path, 1u << 30, b, &err), 0);
}

static UNUSED void tb_same_files(const char *a, const char *b)
{
	_cleanup_buf_ struct buf x = BUF_INIT, y = BUF_INIT;

	tb_read(a, &x);
	tb_read(b, &y);
	assert_true(x.len > 0);
	assert_int_equal(x.len, y.len);
	assert_memory_equal(buf_ptr(&x), buf_ptr(&y), x.len);
}

/* What a program prints; it has to succeed.  stdin is from the file `in`, or
 * nothing. */
static UNUSED void tb_run(struct buf *out, const char *in,
			  const char *const argv[])
{
	char *path = tb_file("output");
	posix_spawn_file_actions_t fa;
	pid_t pid;
	int status;

	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, in ? in : "/dev/null",
					 O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 1, path, O_WRONLY, 0);
	assert_int_equal(posix_spawnp(&pid, argv[0], &fa, NULL,
				      (char *const *)argv, environ), 0);
	posix_spawn_file_actions_destroy(&fa);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	tb_read(path, out);
	free(path);
}

#define TB_RUN(out, in, ...) \
	tb_run(out, in, (const char *const[]){ __VA_ARGS__, NULL })

static UNUSED void tb_has(const struct buf *text, const char *line)
{
	if (!strstr(buf_ptr(text), line))
		fail_msg("no '%s' in:\n%s", line, buf_ptr(text));
}

#endif
