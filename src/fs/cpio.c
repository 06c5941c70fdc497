/*
 * The cpio writer: "newc", as the kernel's initramfs wants it
 * (Documentation/driver-api/early-userspace/buffer-format.rst).  Names that
 * are hard links share the number of their inode; the last one has the data,
 * the others are empty, as GNU cpio does it.
 *
 * The format has 32-bit numbers, no fractions of seconds and no attributes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive_out.h"
#include "entry.h"
#include "fs.h"
#include "vc/log.h"
#include "vc/util.h"

#define TRAILER "TRAILER!!!" /* a member of that name ends the archive */
#define ALIGN 4u
#define PAD_TO 512u
#define HEADER_LEN 110

struct cpio_out {
	struct archive_out out;
	uint32_t *left; /* by inode number: names still to come */
	uint64_t with_xattrs;
};

struct cpio_header {
	uint32_t ino, mode, uid, gid, nlink, mtime, size, major, minor;
};

static int put_header(struct cpio_out *c, const struct cpio_header *h,
		      const char *name, struct vc_error *err)
{
	char text[HEADER_LEN + 1];
	size_t len = strlen(name) + 1;

	/* the device of the archive itself is 0:0, there is no checksum */
	snprintf(text, sizeof(text),
		 "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
		 h->ino, h->mode, h->uid, h->gid, h->nlink, h->mtime, h->size,
		 0, 0, h->major, h->minor, (uint32_t)len, 0);
	if (archive_put(&c->out, text, HEADER_LEN, err) < 0 ||
	    archive_put(&c->out, name, len, err) < 0)
		return -1;
	return archive_pad(&c->out, ALIGN, err);
}

static int put_body(struct cpio_out *c, const struct tree_inode *i,
		    const struct cpio_header *h, struct vc_error *err)
{
	int r = 0;

	if (i->type == INODE_SYMLINK)
		r = archive_put(&c->out, i->target, h->size, err);
	else if (h->size)
		r = archive_put_data(&c->out, i, err);
	return r < 0 ? -1 : archive_pad(&c->out, ALIGN, err);
}

/* How many bytes follow this name. */
static int body_size(struct cpio_out *c, const struct tree_node *n,
		     uint32_t *ret, struct vc_error *err)
{
	const struct tree_inode *i = n->inode;
	bool last = --c->left[i->number] == 0;
	uint64_t size = 0;

	if (i->type == INODE_SYMLINK)
		size = strlen(i->target);
	else if (i->type == INODE_FILE)
		size = i->size;
	if (size > UINT32_MAX)
		return fs_entry_fail(err, n,
				  "a cpio archive cannot hold a file of %llu "
				  "bytes: less than 4 GiB are possible",
				  (unsigned long long)size);
	*ret = i->type == INODE_FILE && !last ? 0 : (uint32_t)size;
	return 0;
}

static int put_member(struct cpio_out *c, const struct tree_node *n,
		      struct vc_error *err)
{
	const struct tree_inode *i = n->inode;
	_cleanup_free_ char *path = archive_path(n, err);
	struct cpio_header h = {
		.ino = i->number,
		.mode = entry_format(i->type) | i->mode,
		.uid = i->uid,
		.gid = i->gid,
		.nlink = i->type == INODE_DIR ? 2 : i->links,
		.mtime = entry_time32(i->mtime),
		.major = i->dev_major,
		.minor = i->dev_minor,
	};

	if (!path)
		return -1;
	if (!strcmp(path, TRAILER))
		return fs_entry_fail(err, n, "an entry of this name ends a cpio "
					  "archive: rename it");
	if (body_size(c, n, &h.size, err) < 0)
		return -1;
	c->with_xattrs += i->n_xattrs && i->links == c->left[i->number] + 1;
	if (put_header(c, &h, n->parent ? path : ".", err) < 0)
		return -1;
	return put_body(c, i, &h, err) < 0 ? entry_wrap(err, n) : 0;
}

static int put_tree(struct cpio_out *c, const struct tree *t,
		    struct vc_error *err)
{
	const struct cpio_header end = { .nlink = 1 };
	struct tree_node *n;

	for (n = tree_root(t); n; n = tree_next(n))
		c->left[n->inode->number] = n->inode->links;
	for (n = tree_root(t); n; n = tree_next(n))
		if (put_member(c, n, err) < 0)
			return -1;
	if (put_header(c, &end, TRAILER, err) < 0 ||
	    archive_pad(&c->out, PAD_TO, err) < 0)
		return -1;
	return archive_finish(&c->out, err);
}

int cpio_write(const struct tree *t, const struct fs_options *o,
	       const char *path, struct vc_error *err)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
	struct cpio_out c = { .with_xattrs = 0 };
	int r;

	(void)o; /* all times are the entries' own */
	if (fd < 0)
		return vc_fail(err, errno, "cannot open '%s'", path);
	archive_out_init(&c.out, fd);
	c.left = xcalloc((size_t)tree_totals(t)->inodes + 1, sizeof(*c.left));
	r = put_tree(&c, t, err);
	if (r == 0 && c.with_xattrs)
		log_note("a cpio archive holds no extended attributes: left "
			 "out on entries: %llu",
			 (unsigned long long)c.with_xattrs);
	free(c.left);
	archive_out_release(&c.out);
	return r < 0 ? vc_wrap(err, "'%s'", path) : 0;
}
