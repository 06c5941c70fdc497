/*
 * The tar writer: pax (POSIX.1-2017) in the order of the walk, "./" first
 * since the root has an owner, a mode and attributes too.  A hard link comes
 * after the first name of its inode, which has the data.
 *
 * Sparse files are plain members with all their zeros: every reader takes
 * those, and many (mkfs.erofs and Go's archive/tar among them) no GNU.sparse.
 * In the tar's own file they stay holes.
 */
#include "tar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive_out.h"
#include "entry.h"
#include "fs.h"
#include "vc/layer.h"
#include "vc/log.h"
#include "vc/util.h"

/* Seven octal digits; what is beyond no system has. */
#define DEVICE_MAX 07777777u

struct tar_out {
	struct archive_out out;
	/* by inode number: the first name, once it is written */
	const struct tree_node **first;
	uint64_t sockets;
};

static char type_of(enum inode_type type)
{
	switch (type) {
	case INODE_FILE:
	case INODE_SOCKET: /* never: left out */
		break;
	case INODE_SYMLINK:
		return '2';
	case INODE_CHAR:
		return '3';
	case INODE_BLOCK:
		return '4';
	case INODE_DIR:
		return '5';
	case INODE_FIFO:
		return '6';
	}
	return '0';
}

/* --- PAX records ------------------------------------------------------------ */

/* Seconds with a fraction; -1.5 is in the tree -2 and 500 000 000 ns. */
static void put_mtime(struct buf *records, const struct tree_inode *i)
{
	char text[48];
	bool before = i->mtime < 0;
	uint64_t seconds = before ? -(uint64_t)(i->mtime + 1) :
				    (uint64_t)i->mtime;
	uint32_t ns = before ? 1000000000u - i->mtime_ns : i->mtime_ns;

	if (!i->mtime_ns)
		return; /* the header can say it */
	snprintf(text, sizeof(text), "%s%llu.%09u", before ? "-" : "",
		 (unsigned long long)seconds, ns);
	tar_put_record(records, "mtime", text, strlen(text));
}

static int put_xattrs(struct buf *records, const struct tree_node *n,
		      struct vc_error *err)
{
	for (uint32_t x = 0; x < n->inode->n_xattrs; x++) {
		const struct xattr *a = &n->inode->xattrs[x];
		_cleanup_free_ char *key = xasprintf("SCHILY.xattr.%s", a->name);

		if (strchr(a->name, '=')) {
			_cleanup_free_ char *name =
				printable(a->name, strlen(a->name));

			return fs_entry_fail(err, n,
					  "a tar cannot hold the extended "
					  "attribute '%.64s': its name has a '='",
					  name);
		}
		tar_put_record(records, key, a->value, a->len);
	}
	return 0;
}

/* --- members ---------------------------------------------------------------- */

/* "a/b", directories with their '/', the root as "./". */
static char *member_name(const struct tree_node *n, struct vc_error *err)
{
	_cleanup_free_ char *path = archive_path(n, err);

	if (!path || n->inode->type != INODE_DIR)
		return steal_ptr(path);
	return xasprintf("%s/", n->parent ? path : ".");
}

static int put_header(struct tar_out *t, const struct tar_entry *e,
		      struct vc_error *err)
{
	_cleanup_buf_ struct buf header = BUF_INIT;

	tar_put_header(&header, e);
	return archive_put(&t->out, buf_ptr(&header), header.len, err);
}

static struct tar_entry header_of(const struct tree_inode *i)
{
	return (struct tar_entry){
		.type = type_of(i->type),
		.mode = i->mode,
		.uid = i->uid,
		.gid = i->gid,
		.mtime = i->mtime,
		.dev_major = i->dev_major,
		.dev_minor = i->dev_minor,
		.size = i->type == INODE_FILE ? i->size : 0,
		.link = i->target, /* NULL but for symbolic links */
	};
}

static int put_link(struct tar_out *t, const struct tree_node *n,
		    const char *name, struct vc_error *err)
{
	struct tar_entry e = header_of(n->inode);
	_cleanup_free_ char *target =
		archive_path(t->first[n->inode->number], err);

	if (!target)
		return -1;
	e.name = name;
	e.link = target;
	e.type = '1';
	e.size = 0;
	return put_header(t, &e, err);
}

static int put_whole(struct tar_out *t, const struct tree_node *n,
		     const char *name, struct vc_error *err)
{
	const struct tree_inode *i = n->inode;
	_cleanup_buf_ struct buf records = BUF_INIT;
	struct tar_entry e = header_of(i);

	if (e.dev_major > DEVICE_MAX || e.dev_minor > DEVICE_MAX)
		return fs_entry_fail(err, n, "a tar cannot hold the device number "
					  "%u:%u",
				  e.dev_major, e.dev_minor);
	if (e.size > INT64_MAX)
		return fs_entry_fail(err, n, "a tar cannot hold %llu bytes",
				  (unsigned long long)e.size);
	put_mtime(&records, i);
	if (put_xattrs(&records, n, err) < 0)
		return -1;
	e.name = name;
	e.records = &records;
	t->first[i->number] = n;
	if (put_header(t, &e, err) < 0)
		return -1;
	if (i->type != INODE_FILE)
		return 0;
	if (archive_put_data(&t->out, i, err) < 0)
		return entry_wrap(err, n);
	return archive_pad(&t->out, TAR_BLOCK, err);
}

static int put_member(struct tar_out *t, const struct tree_node *n,
		      struct vc_error *err)
{
	_cleanup_free_ char *name = NULL;

	if (n->inode->type == INODE_SOCKET) {
		t->sockets++;
		return 0;
	}
	name = member_name(n, err);
	if (!name)
		return -1;
	return t->first[n->inode->number] ? put_link(t, n, name, err) :
					    put_whole(t, n, name, err);
}

static int put_tree(struct tar_out *t, const struct tree *tree,
		    struct vc_error *err)
{
	for (struct tree_node *n = tree_root(tree); n; n = tree_next(n))
		if (put_member(t, n, err) < 0)
			return -1;
	/* two blocks of zeros end a tar */
	if (archive_put_zeros(&t->out, 2 * TAR_BLOCK, err) < 0)
		return -1;
	return archive_finish(&t->out, err);
}

int tar_write_fd(const struct tree *tree, int fd, struct vc_error *err)
{
	struct tar_out t = { .sockets = 0 };
	int r;

	archive_out_init(&t.out, fd);
	t.first = xcalloc((size_t)tree_totals(tree)->inodes + 1,
			  sizeof(struct tree_node *));
	r = put_tree(&t, tree, err);
	if (r == 0 && t.sockets)
		log_note("a tar holds no sockets: left out %llu",
			 (unsigned long long)t.sockets);
	free(t.first);
	archive_out_release(&t.out);
	return r;
}

int tar_write(const struct tree *t, const struct fs_options *o,
	      const char *path, struct vc_error *err)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	(void)o; /* all times are the entries' own */
	if (fd < 0)
		return vc_fail(err, errno, "cannot open '%s'", path);
	return tar_write_fd(t, fd, err) < 0 ? vc_wrap(err, "'%s'", path) : 0;
}
