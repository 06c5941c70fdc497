/* A squashfs image while it is written: shared by its writer's parts. */
#ifndef FS_SQUASHFS_H
#define FS_SQUASHFS_H

#include <stdint.h>

#include <sqfs/block_processor.h>
#include <sqfs/block_writer.h>
#include <sqfs/dir_writer.h>
#include <sqfs/frag_table.h>
#include <sqfs/id_table.h>
#include <sqfs/inode.h>
#include <sqfs/meta_writer.h>
#include <sqfs/super.h>
#include <sqfs/xattr_writer.h>

#include "squashfs_file.h"
#include "vc/fs.h"

#define SQUASHFS_NO_XATTR 0xFFFFFFFFu
#define SQUASHFS_NO_FRAGMENT 0xFFFFFFFFu
#define SQUASHFS_NO_REF UINT64_MAX

struct squashfs {
	const struct tree *tree;
	uint32_t block_size;
	uint32_t backlog; /* blocks that may be on their way at once */
	sqfs_super_t super;
	struct squashfs_file *file;
	sqfs_compressor_t *cmp, *uncmp;
	sqfs_block_writer_t *block_writer;
	sqfs_frag_table_t *fragments;
	sqfs_block_processor_t *processor;
	sqfs_id_table_t *ids;
	sqfs_xattr_writer_t *xattrs;
	sqfs_meta_writer_t *inode_table, *dir_table;
	sqfs_dir_writer_t *dirs;
	/* by inode number: where its data went (files only, until written),
	 * and where the inode itself went, SQUASHFS_NO_REF: nowhere yet */
	sqfs_inode_generic_t **files;
	uint64_t *refs;
	uint64_t xattrs_left_out;
};

/* An entry that cannot be held is an error. */
int squashfs_check(const struct squashfs *w, struct vc_error *err);
/* Compresses the data of all files into the image and fills w->files. */
int squashfs_put_data(struct squashfs *w, struct vc_error *err);
/*
 * w->files[n] as it belongs into the image: the blocks that were never read
 * because they lie in holes are back in the list.  Takes the inode out of
 * w->files; to be freed with sqfs_free().
 */
sqfs_inode_generic_t *squashfs_take_file(struct squashfs *w,
					 const struct tree_inode *i);
/* Inode and directory tables. */
int squashfs_put_inodes(struct squashfs *w, struct vc_error *err);
/* *ret is the index of n's xattrs, SQUASHFS_NO_XATTR when it has none. */
int squashfs_put_xattrs(struct squashfs *w, const struct tree_node *n,
			uint32_t *ret, struct vc_error *err);

#endif
