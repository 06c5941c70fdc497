/*
 * Directories: lists of names in the tree's order, as mke2fs makes them.  The
 * last 12 bytes of a block look like an entry and hold the checksum.
 */
#include <string.h>

#include "ext4.h"
#include "vc/util.h"

#define TAIL sizeof(struct ext2_dir_entry_tail)

static const uint8_t file_types[] = {
	[INODE_DIR] = EXT2_FT_DIR,	 [INODE_FILE] = EXT2_FT_REG_FILE,
	[INODE_SYMLINK] = EXT2_FT_SYMLINK, [INODE_CHAR] = EXT2_FT_CHRDEV,
	[INODE_BLOCK] = EXT2_FT_BLKDEV,	 [INODE_FIFO] = EXT2_FT_FIFO,
	[INODE_SOCKET] = EXT2_FT_SOCK,
};

struct dir {
	struct ext4 *e;
	uint32_t ino;
	uint64_t blocks; /* written */
	size_t used;     /* of e->block */
	size_t last;     /* where in it the last entry begins */
};

struct entry {
	uint32_t ino;
	uint8_t type;
	const char *name;
	size_t len;
};

static void start_block(struct dir *d)
{
	memset(d->e->block, 0, d->e->block_size);
	d->used = d->last = 0;
}

/* The last entry takes what is left. */
static int finish_block(struct dir *d, struct vc_error *err)
{
	char *block = d->e->block;
	size_t end = d->e->block_size - TAIL;
	struct ext2_dir_entry_tail tail = {
		.det_rec_len = TAIL,
		.det_reserved_name_len = EXT2_DIR_NAME_LEN_CSUM,
	};
	uint16_t rec_len = (uint16_t)(end - d->last);
	struct ext4_range r = ext4_extents_take(d->e, d->blocks, 1);

	d->blocks++;
	memcpy(block + d->last + offsetof(struct ext2_dir_entry, rec_len), &rec_len,
	       sizeof(rec_len));
	tail.det_checksum = ext4_inode_csum(d->e, d->ino, block, end);
	memcpy(block + end, &tail, TAIL);
	return ext4_out_put(&d->e->out, r.start * d->e->block_size, block,
			    d->e->block_size, err);
}

static int add(struct dir *d, const struct entry *x, struct vc_error *err)
{
	size_t len = ext2fs_dir_rec_len((uint8_t)x->len, 0);
	struct ext2_dir_entry_2 head = {
		.inode = x->ino,
		.rec_len = (uint16_t)len,
		.name_len = (uint8_t)x->len,
		.file_type = x->type,
	};
	char *p;

	if (d->used + len > d->e->block_size - TAIL) {
		if (finish_block(d, err) < 0)
			return -1;
		start_block(d);
	}
	p = d->e->block + d->used;
	memcpy(p, &head, EXT2_DIR_ENTRY_HEADER_LEN);
	memcpy(p + EXT2_DIR_ENTRY_HEADER_LEN, x->name, x->len);
	d->last = d->used;
	d->used += len;
	return 0;
}

static int start(struct dir *d, uint32_t parent, struct vc_error *err)
{
	const struct entry self = { d->ino, EXT2_FT_DIR, ".", 1 };
	const struct entry up = { parent, EXT2_FT_DIR, "..", 2 };

	start_block(d);
	if (add(d, &self, err) < 0)
		return -1;
	return add(d, &up, err);
}

static int name_too_long(const struct tree_node *n, struct vc_error *err)
{
	_cleanup_free_ char *shown = printable(n->name, n->name_len);

	return vc_fail(err, 0, "a name in it has %u bytes, ext4 has %d: '%s'",
		       n->name_len, EXT2_NAME_LEN, shown);
}

int ext4_dir_put(struct ext4 *e, const struct tree_node *n, uint64_t *ret_size,
		 struct vc_error *err)
{
	struct dir d = { .e = e, .ino = ext4_ino(e, n->inode) };
	const struct entry lost = { EXT2_GOOD_OLD_FIRST_INO, EXT2_FT_DIR,
				    "lost+found", 10 };
	const struct tree_node *parent = n->parent ? n->parent : n;

	if (start(&d, ext4_ino(e, parent->inode), err) < 0)
		return -1;
	if (!n->parent && !e->own_lost_found && add(&d, &lost, err) < 0)
		return -1;
	for (uint32_t c = 0; c < n->n_children; c++) {
		const struct tree_node *child = n->children[c];
		const struct entry x = { ext4_ino(e, child->inode),
					 file_types[child->inode->type],
					 child->name, child->name_len };

		if (x.len > EXT2_NAME_LEN)
			return name_too_long(child, err);
		if (add(&d, &x, err) < 0)
			return -1;
	}
	if (finish_block(&d, err) < 0)
		return -1;
	*ret_size = d.blocks * e->block_size;
	return 0;
}

int ext4_dir_put_empty(struct ext4 *e, uint32_t ino, uint32_t parent,
		       uint64_t size, struct vc_error *err)
{
	struct dir d = { .e = e, .ino = ino };

	if (start(&d, parent, err) < 0 || finish_block(&d, err) < 0)
		return -1;
	while (d.blocks * e->block_size < size) {
		start_block(&d); /* one entry of no file */
		if (finish_block(&d, err) < 0)
			return -1;
	}
	return 0;
}
