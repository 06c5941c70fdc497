/* See ext4_read.h. */
#include "convert/ext4_read.h"

#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <stdlib.h>
#include <string.h>

#include "vc/io.h"
#include "vc/util.h"

#define FILE_MAX_SIZE (256u * 1024u * 1024u)
#define DEPTH_MAX 32

struct ext4_image {
	ext2_filsys fs;
	char *path;
};

static int fail(struct vc_error *err, long code, const char *path)
{
	if (code == EXT2_ET_FILE_NOT_FOUND)
		return vc_fail(err, 0, "it has no '%s'", path);
	return vc_fail(err, 0, "cannot read '%s': %s", path,
		       error_message(code));
}

int ext4_image_open(const char *path, struct ext4_image **ret,
		    struct vc_error *err)
{
	ext2_filsys fs;
	long code = ext2fs_open(path, EXT2_FLAG_64BITS, 0, 0, unix_io_manager,
				&fs);
	struct ext4_image *e;

	if (code)
		return vc_fail(err, 0, "cannot open '%s' as ext4: %s", path,
			       error_message(code));
	e = xcalloc(1, sizeof(*e));
	e->fs = fs;
	e->path = xstrdup(path);
	*ret = e;
	return 0;
}

void ext4_image_free(struct ext4_image *e)
{
	if (!e)
		return;
	ext2fs_free(e->fs);
	free(e->path);
	free(e);
}

void ext4_image_cleanup(struct ext4_image **e)
{
	ext4_image_free(*e);
}

static long look_up(struct ext4_image *e, const char *path, ext2_ino_t *ret,
		    struct ext2_inode *ret_inode)
{
	long code = ext2fs_namei_follow(e->fs, EXT2_ROOT_INO, EXT2_ROOT_INO,
					path, ret);

	return code ? code : ext2fs_read_inode(e->fs, *ret, ret_inode);
}

bool ext4_image_has(struct ext4_image *e, const char *path)
{
	struct ext2_inode inode;
	ext2_ino_t ino;

	return look_up(e, path, &ino, &inode) == 0;
}

static int copy_data(struct ext4_image *e, ext2_ino_t ino, struct graft *g,
		     struct tree_inode *to, const char *path,
		     struct vc_error *err)
{
	_cleanup_free_ char *chunk = xmalloc(65536);
	unsigned n = 0;
	ext2_file_t f;
	long code = ext2fs_file_open(e->fs, ino, 0, &f);
	int r = 0;

	if (code)
		return fail(err, code, path);
	while (!r && !(code = ext2fs_file_read(f, chunk, 65536, &n)) && n)
		r = graft_data(g, to, chunk, n, err);
	ext2fs_file_close(f);
	return !r && code ? fail(err, code, path) : r;
}

static int graft_regular(struct ext4_image *e, ext2_ino_t ino,
			 struct ext2_inode *inode, const char *from,
			 struct graft *g, const char *to, unsigned mode,
			 struct vc_error *err)
{
	struct tree_inode *i;

	if (!LINUX_S_ISREG(inode->i_mode))
		return vc_fail(err, 0, "'%s' is not a regular file", from);
	if (EXT2_I_SIZE(inode) > FILE_MAX_SIZE)
		return vc_fail(err, EFBIG, "'%s'", from);
	i = inode_new(INODE_FILE);
	i->mode = mode;
	i->mtime = g->mtime;
	if (copy_data(e, ino, g, i, from, err) < 0) {
		inode_free(i);
		return -1;
	}
	return graft_inode(g, to, i, err);
}

int ext4_image_graft(struct ext4_image *e, const char *from, struct graft *g,
		     const char *to, unsigned mode, struct vc_error *err)
{
	struct ext2_inode inode;
	ext2_ino_t ino;
	long code = look_up(e, from, &ino, &inode);
	int r = code ? fail(err, code, from) :
		       graft_regular(e, ino, &inode, from, g, to, mode, err);

	return r < 0 ? vc_wrap(err, "'%s'", e->path) : 0;
}

/* Names and inodes of a directory, read before any of it is used: the
 * iteration's callback has no way to fail. */
struct listing {
	struct strv names;
	ext2_ino_t *inodes;
};

static int list_one(struct ext2_dir_entry *d, int offset, int blocksize,
		    char *buf, void *arg)
{
	struct listing *l = arg;
	size_t len = (size_t)ext2fs_dirent_name_len(d);

	(void)offset, (void)blocksize, (void)buf;
	if (!len || memchr(d->name, '/', len) || memchr(d->name, 0, len) ||
	    (len <= 2 && !memcmp(d->name, "..", len)))
		return 0;
	strv_add_take(&l->names, xstrndup(d->name, len));
	l->inodes = xrealloc(l->inodes, l->names.n * sizeof(*l->inodes));
	l->inodes[l->names.n - 1] = d->inode;
	return 0;
}

static int graft_dir_ino(struct ext4_image *e, ext2_ino_t ino,
			 const char *from, struct graft *g, const char *to,
			 unsigned depth, struct vc_error *err);

static int graft_entry(struct ext4_image *e, ext2_ino_t ino, const char *from,
		       struct graft *g, const char *to, unsigned depth,
		       struct vc_error *err)
{
	struct ext2_inode inode;
	long code = ext2fs_read_inode(e->fs, ino, &inode);

	if (code)
		return fail(err, code, from);
	if (LINUX_S_ISDIR(inode.i_mode))
		return graft_dir_ino(e, ino, from, g, to, depth + 1, err);
	if (!LINUX_S_ISREG(inode.i_mode)) /* links to a kernel's sources */
		return 0;
	return graft_regular(e, ino, &inode, from, g, to,
			     inode.i_mode & 0777, err);
}

static int graft_dir_ino(struct ext4_image *e, ext2_ino_t ino,
			 const char *from, struct graft *g, const char *to,
			 unsigned depth, struct vc_error *err)
{
	struct listing l = { 0 };
	long code;
	int r = 0;

	if (depth > DEPTH_MAX)
		return vc_fail(err, 0, "'%s' is too deep", from);
	if (!graft_dir(g, to, 0755, err))
		return -1;
	code = ext2fs_dir_iterate(e->fs, ino, 0, NULL, list_one, &l);
	if (code)
		r = fail(err, code, from);
	for (size_t i = 0; !r && i < l.names.n; i++) {
		_cleanup_free_ char *below = path_join(from, l.names.v[i]);
		_cleanup_free_ char *there = path_join(to, l.names.v[i]);

		r = graft_entry(e, l.inodes[i], below, g, there, depth, err);
	}
	strv_release(&l.names);
	free(l.inodes);
	return r;
}

int ext4_image_graft_dir(struct ext4_image *e, const char *from,
			 struct graft *g, const char *to, struct vc_error *err)
{
	struct ext2_inode inode;
	ext2_ino_t ino;
	long code = look_up(e, from, &ino, &inode);
	int r;

	if (code)
		r = fail(err, code, from);
	else if (!LINUX_S_ISDIR(inode.i_mode))
		r = vc_fail(err, 0, "'%s' is no directory", from);
	else
		r = graft_dir_ino(e, ino, from, g, to, 0, err);
	return r < 0 ? vc_wrap(err, "'%s'", e->path) : 0;
}
