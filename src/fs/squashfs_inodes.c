/*
 * Inodes and directories.  A directory lists where its entries' inodes are,
 * so it comes after them: subdirectories first, then the other entries side
 * by side, which keeps the listing short (squashfs groups entries by the
 * metadata block their inodes are in), then the directory itself.
 */
#include <stdlib.h>
#include <string.h>

#include "entry.h"
#include "squashfs.h"
#include "vc/util.h"

/* --- one inode ------------------------------------------------------------ */

static int put_ids(struct squashfs *w, const struct tree_node *n,
		   sqfs_inode_generic_t *inode, struct vc_error *err)
{
	int r = sqfs_id_table_id_to_index(w->ids, n->inode->uid,
					  &inode->base.uid_idx);

	if (!r)
		r = sqfs_id_table_id_to_index(w->ids, n->inode->gid,
					      &inode->base.gid_idx);
	return r ? fs_entry_fail(err, n, "squashfs holds at most 65536 different "
				      "owners and groups")
		 : 0;
}

static int put_inode(struct squashfs *w, const struct tree_node *n,
		     sqfs_inode_generic_t *inode, struct vc_error *err)
{
	const struct tree_inode *i = n->inode;
	uint64_t block;
	uint32_t offset;
	int r;

	inode->base.mode = (uint16_t)(entry_format(i->type) | i->mode);
	inode->base.mod_time = entry_time32(i->mtime);
	inode->base.inode_number = i->number;
	if (put_ids(w, n, inode, err) < 0)
		return -1;
	sqfs_meta_writer_get_position(w->inode_table, &block, &offset);
	w->refs[i->number] = block << 16 | offset;
	r = sqfs_meta_writer_write_inode(w->inode_table, inode);
	if (!r)
		return 0;
	squashfs_fail(err, w->file, r, "write an inode");
	return entry_wrap(err, n);
}

/* --- other than directories ------------------------------------------------ */

static sqfs_inode_generic_t *make_file(struct squashfs *w,
				       const struct tree_inode *i)
{
	sqfs_inode_generic_t *inode = squashfs_take_file(w, i);

	sqfs_inode_make_extended(inode);
	inode->data.file_ext.nlink = i->links;
	return inode;
}

static sqfs_inode_generic_t *make_symlink(const struct tree_inode *i)
{
	size_t len = strlen(i->target);
	sqfs_inode_generic_t *inode = xcalloc(1, sizeof(*inode) + len + 1);

	inode->base.type = SQFS_INODE_SLINK;
	inode->data.slink.nlink = i->links;
	inode->data.slink.target_size = (uint32_t)len;
	memcpy(inode->extra, i->target, len);
	return inode;
}

static sqfs_inode_generic_t *make_device(const struct tree_inode *i)
{
	sqfs_inode_generic_t *inode = xcalloc(1, sizeof(*inode));

	inode->base.type = i->type == INODE_CHAR ? SQFS_INODE_CDEV :
						   SQFS_INODE_BDEV;
	inode->data.dev.nlink = i->links;
	/* new_encode_dev() of the kernel */
	inode->data.dev.devno = (i->dev_minor & 0xff) | i->dev_major << 8 |
				(i->dev_minor & ~0xffu) << 12;
	return inode;
}

static sqfs_inode_generic_t *make_ipc(const struct tree_inode *i)
{
	sqfs_inode_generic_t *inode = xcalloc(1, sizeof(*inode));

	inode->base.type = i->type == INODE_FIFO ? SQFS_INODE_FIFO :
						   SQFS_INODE_SOCKET;
	inode->data.ipc.nlink = i->links;
	return inode;
}

static sqfs_inode_generic_t *make_inode(struct squashfs *w,
					const struct tree_inode *i)
{
	switch (i->type) {
	case INODE_FILE:
		return make_file(w, i);
	case INODE_SYMLINK:
		return make_symlink(i);
	case INODE_CHAR:
	case INODE_BLOCK:
		return make_device(i);
	case INODE_FIFO:
	case INODE_SOCKET:
	case INODE_DIR: /* never: put_dir() */
		break;
	}
	return make_ipc(i);
}

static int put_leaf(struct squashfs *w, const struct tree_node *n,
		    struct vc_error *err)
{
	sqfs_inode_generic_t *inode;
	uint32_t xattr;
	int r;

	if (w->refs[n->inode->number] != SQUASHFS_NO_REF)
		return 0; /* another name of one that is written */
	if (squashfs_put_xattrs(w, n, &xattr, err) < 0)
		return -1;
	inode = make_inode(w, n->inode);
	/* also makes it the short kind where that can hold it */
	sqfs_inode_set_xattr_index(inode, xattr);
	r = put_inode(w, n, inode, err);
	sqfs_free(inode);
	return r;
}

/* --- directories ----------------------------------------------------------- */

static int list_entries(struct squashfs *w, const struct tree_node *dir)
{
	int r = sqfs_dir_writer_begin(w->dirs, 0);

	for (uint32_t c = 0; c < dir->n_children && !r; c++) {
		const struct tree_node *n = dir->children[c];
		uint32_t format = entry_format(n->inode->type);

		r = sqfs_dir_writer_add_entry(w->dirs, n->name,
					      n->inode->number,
					      w->refs[n->inode->number],
					      (uint16_t)format);
	}
	return r ? r : sqfs_dir_writer_end(w->dirs);
}

static void set_dir_links(const struct tree_node *dir,
			  sqfs_inode_generic_t *inode)
{
	uint32_t links = 2; /* its name and its "." */

	for (uint32_t c = 0; c < dir->n_children; c++)
		links += dir->children[c]->inode->type == INODE_DIR;
	if (inode->base.type == SQFS_INODE_DIR)
		inode->data.dir.nlink = links;
	else
		inode->data.dir_ext.nlink = links;
}

static int put_dir(struct squashfs *w, const struct tree_node *dir,
		   struct vc_error *err)
{
	sqfs_inode_generic_t *inode;
	uint32_t xattr, parent;
	int r;

	for (uint32_t c = 0; c < dir->n_children; c++)
		if (dir->children[c]->inode->type != INODE_DIR &&
		    put_leaf(w, dir->children[c], err) < 0)
			return -1;
	if (squashfs_put_xattrs(w, dir, &xattr, err) < 0)
		return -1;
	r = list_entries(w, dir);
	if (r) {
		squashfs_fail(err, w->file, r, "write a directory");
		return entry_wrap(err, dir);
	}
	/* the root's is the first number that no inode has, as mksquashfs' */
	parent = dir->parent ? dir->parent->inode->number :
			       w->super.inode_count + 1;
	inode = sqfs_dir_writer_create_inode(w->dirs, 0, xattr, parent);
	if (!inode)
		vc_oom();
	set_dir_links(dir, inode);
	r = put_inode(w, dir, inode, err);
	sqfs_free(inode);
	return r;
}

/* --- the walk: children before parents, no recursion ------------------------ */

static struct tree_node *subdir_from(const struct tree_node *dir, uint32_t at)
{
	for (; at < dir->n_children; at++)
		if (dir->children[at]->inode->type == INODE_DIR)
			return dir->children[at];
	return NULL;
}

static struct tree_node *first_dir(struct tree_node *top)
{
	struct tree_node *d = top;

	while ((d = subdir_from(d, 0)))
		top = d;
	return top;
}

static struct tree_node *next_dir(const struct tree_node *dir)
{
	struct tree_node *sibling;

	if (!dir->parent)
		return NULL;
	sibling = subdir_from(dir->parent, dir->at + 1);
	return sibling ? first_dir(sibling) : dir->parent;
}

int squashfs_put_inodes(struct squashfs *w, struct vc_error *err)
{
	struct tree_node *root = tree_root(w->tree), *d = first_dir(root);
	int r;

	w->super.inode_table_start = w->file->size;
	do {
		if (put_dir(w, d, err) < 0)
			return -1;
	} while ((d = next_dir(d)));
	w->super.root_inode_ref = w->refs[root->inode->number];
	r = sqfs_meta_writer_flush(w->inode_table);
	if (!r)
		r = sqfs_meta_writer_flush(w->dir_table);
	w->super.directory_table_start = w->file->size;
	if (!r)
		r = sqfs_meta_write_write_to_file(w->dir_table);
	return r ? squashfs_fail(err, w->file, r, "write directories") : 0;
}
