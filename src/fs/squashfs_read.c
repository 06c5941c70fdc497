/*
 * One file out of a squashfs image.  The image is our own guest's, but is
 * read as if it were not: sizes are looked at before they are believed, and
 * symbolic links are followed inside it, '..' of the root being the root.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <sqfs/data_reader.h>
#include <sqfs/dir_reader.h>
#include <sqfs/inode.h>
#include <sqfs/super.h>

#include "squashfs_file.h"
#include "vc/fs.h"
#include "vc/util.h"

#define LINKS_MAX 40   /* as the kernel */
#define DEPTH_MAX 2048 /* components of PATH_MAX */
#define TARGET_MAX 4095
#define CHUNK (1u << 20)

struct image {
	struct squashfs_file *file;
	sqfs_super_t super;
	sqfs_compressor_t *cmp;
	sqfs_dir_reader_t *dirs;
	/* from the root to where the walk is; owned */
	sqfs_inode_generic_t *way[DEPTH_MAX];
	unsigned depth; /* of way */
	char *rest;     /* of the path, owned */
	unsigned links;
};

static int damaged(const struct image *m, int code, struct vc_error *err)
{
	return squashfs_fail(err, m->file, code, "read the image");
}

static int open_image(struct image *m, const char *path, struct vc_error *err)
{
	sqfs_compressor_config_t cfg;
	int r;

	m->file = squashfs_file_open(path, O_RDONLY, err);
	if (!m->file)
		return -1;
	r = sqfs_super_read(&m->super, &m->file->base);
	if (!r)
		r = sqfs_compressor_config_init(&cfg, m->super.compression_id,
						m->super.block_size,
						SQFS_COMP_FLAG_UNCOMPRESS);
	if (!r)
		r = sqfs_compressor_create(&cfg, &m->cmp);
	if (r)
		return damaged(m, r, err);
	m->dirs = sqfs_dir_reader_create(&m->super, m->cmp, &m->file->base, 0);
	if (!m->dirs)
		vc_oom();
	r = sqfs_dir_reader_get_root_inode(m->dirs, &m->way[0]);
	if (r)
		return damaged(m, r, err);
	m->depth = 1;
	return 0;
}

static void step_up(struct image *m)
{
	if (m->depth > 1)
		sqfs_free(m->way[--m->depth]);
}

static void close_image(struct image *m)
{
	while (m->depth)
		sqfs_free(m->way[--m->depth]);
	sqfs_destroy(m->dirs);
	sqfs_destroy(m->cmp);
	sqfs_destroy(m->file);
	free(m->rest);
}

/* --- walking ---------------------------------------------------------------- */

/* The next component of m->rest, cut off it; NULL at the end. */
static char *next_name(struct image *m)
{
	char *p = m->rest + strspn(m->rest, "/");
	size_t len = strcspn(p, "/");
	char *name = len ? xstrndup(p, len) : NULL;

	memmove(m->rest, p + len, strlen(p + len) + 1);
	return name;
}

static int missing(const char *name, int errnum, struct vc_error *err)
{
	_cleanup_free_ char *text = printable(name, strlen(name));

	return vc_fail(err, errnum, "'%s'", text);
}

static int step_down(struct image *m, const char *name, struct vc_error *err)
{
	int r;

	if (m->depth == DEPTH_MAX)
		return missing(name, ENAMETOOLONG, err);
	r = sqfs_dir_reader_open_dir(m->dirs, m->way[m->depth - 1], 0);
	if (!r)
		r = sqfs_dir_reader_find(m->dirs, name);
	if (!r)
		r = sqfs_dir_reader_get_inode(m->dirs, &m->way[m->depth]);
	if (r == SQFS_ERROR_NOT_DIR)
		return missing(name, ENOTDIR, err);
	if (r == SQFS_ERROR_NO_ENTRY)
		return missing(name, ENOENT, err);
	if (r)
		return damaged(m, r, err);
	m->depth++;
	return 0;
}

/* NULL when the inode is no symbolic link. */
static const char *link_target(const sqfs_inode_generic_t *i, size_t *len)
{
	*len = i->base.type == SQFS_INODE_EXT_SLINK ?
		       i->data.slink_ext.target_size :
		       i->data.slink.target_size;
	return i->base.type == SQFS_INODE_SLINK ||
			       i->base.type == SQFS_INODE_EXT_SLINK ?
		       (const char *)i->extra :
		       NULL;
}

/* Puts the link's target before the rest of the path. */
static int follow(struct image *m, struct vc_error *err)
{
	_cleanup_free_ char *target = NULL;
	const char *text;
	char *rest;
	size_t len;

	text = link_target(m->way[m->depth - 1], &len);
	if (!text)
		return 0;
	if (len > TARGET_MAX)
		return damaged(m, SQFS_ERROR_CORRUPTED, err);
	if (m->links++ == LINKS_MAX)
		return vc_fail(err, ELOOP, "the path cannot be followed");
	target = xstrndup(text, len);
	rest = xasprintf("%s/%s", target, m->rest);
	free(m->rest);
	m->rest = rest;
	step_up(m); /* the link itself */
	while (*target == '/' && m->depth > 1)
		step_up(m);
	return 0;
}

static int walk(struct image *m, const char *path, struct vc_error *err)
{
	m->rest = xstrdup(path);
	for (;;) {
		_cleanup_free_ char *name = next_name(m);

		if (!name)
			return 0;
		if (!strcmp(name, "."))
			continue;
		if (!strcmp(name, ".."))
			step_up(m);
		else if (step_down(m, name, err) < 0 || follow(m, err) < 0)
			return -1;
	}
}

/* --- reading ---------------------------------------------------------------- */

static int read_data(struct image *m, const sqfs_inode_generic_t *i,
		     uint64_t size, struct buf *ret, struct vc_error *err)
{
	_cleanup_sqfs_ sqfs_data_reader_t *data =
		sqfs_data_reader_create(&m->file->base, m->super.block_size,
					m->cmp, 0);
	_cleanup_free_ char *chunk = xmalloc(CHUNK);
	int r;

	if (!data)
		vc_oom();
	r = sqfs_data_reader_load_fragment_table(data, &m->super);
	if (r)
		return damaged(m, r, err);
	for (uint64_t at = 0; at < size; at += (uint64_t)r) {
		r = sqfs_data_reader_read(data, i, at, chunk, CHUNK);
		if (r <= 0)
			return damaged(m, r ? r : SQFS_ERROR_CORRUPTED, err);
		buf_add(ret, chunk, (size_t)r);
	}
	return 0;
}

static int read_end_of_way(struct image *m, size_t max, struct buf *ret,
			   struct vc_error *err)
{
	const sqfs_inode_generic_t *i = m->way[m->depth - 1];
	_cleanup_buf_ struct buf content = BUF_INIT;
	uint64_t size;

	if (sqfs_inode_get_file_size(i, &size))
		return vc_fail(err, 0, "not a regular file");
	if (size > max)
		return vc_fail(err, 0, "larger than %zu bytes", max);
	if (read_data(m, i, size, &content, err) < 0)
		return -1;
	buf_add(ret, buf_ptr(&content), content.len);
	return 0;
}

int squashfs_read_file(const char *image, const char *path, size_t max,
		       struct buf *ret, struct vc_error *err)
{
	struct image *m = xcalloc(1, sizeof(*m));
	int r = open_image(m, image, err);

	if (r == 0) {
		r = walk(m, path, err);
		if (r == 0)
			r = read_end_of_way(m, max, ret, err);
		if (r < 0)
			vc_wrap(err, "'%s' in '%s'", path, image);
	}
	close_image(m);
	free(m);
	return r;
}
