/*
 * One pass over everything that takes blocks or inodes: journal, lost+found,
 * the tree.
 */
#include <string.h>

#include "ext4.h"
#include "vc/util.h"

#define LOST_FOUND_SIZE (16u << 10) /* as mke2fs: room for e2fsck's finds */
#define JBD2_MAGIC 0xc03b3998u
#define JBD2_SUPERBLOCK_V2 4

/* The root is inode 2; all others follow the reserved ones and lost+found. */
uint32_t ext4_ino(const struct ext4 *e, const struct tree_inode *i)
{
	uint32_t before = EXT2_GOOD_OLD_FIRST_INO - 2 + !e->own_lost_found;

	return i->number == 1 ? EXT2_ROOT_INO : i->number + before;
}

uint64_t ext4_inode_count(const struct ext4 *e)
{
	return tree_totals(e->tree)->inodes + EXT2_GOOD_OLD_FIRST_INO - 2 +
	       !e->own_lost_found;
}

/* --- the file system's own ------------------------------------------------------ */

/* Inodes of no use yet have a checksum nevertheless. */
static int put_reserved(struct ext4 *e, struct vc_error *err)
{
	for (uint32_t ino = 1; ino < EXT2_GOOD_OLD_FIRST_INO; ino++) {
		union ext4_inode i = { 0 };

		if (ino == EXT2_ROOT_INO ||
		    (ino == EXT2_JOURNAL_INO && e->journal_blocks))
			continue;
		if (ext4_inode_put(e, ino, &i, false, err) < 0)
			return -1;
	}
	return 0;
}

static int put_lost_found(struct ext4 *e, struct vc_error *err)
{
	const uint32_t ino = EXT2_GOOD_OLD_FIRST_INO;
	union ext4_inode i;

	if (e->own_lost_found)
		return 0;
	ext4_inode_init_own(e, LINUX_S_IFDIR | 0700, &i);
	ext4_inode_set_size(&i, LOST_FOUND_SIZE);
	if (ext4_dir_put_empty(e, ino, EXT2_ROOT_INO, LOST_FOUND_SIZE, err) < 0 ||
	    ext4_extents_finish(e, ino, &i, err) < 0)
		return -1;
	return ext4_inode_put(e, ino, &i, true, err);
}

/* An empty log: only its first block is not zero (linux/jbd2.h). */
static int put_journal_head(struct ext4 *e, uint64_t block, struct vc_error *err)
{
	const uint32_t head[] = { JBD2_MAGIC, JBD2_SUPERBLOCK_V2, 0,
				  e->block_size, e->journal_blocks,
				  1,   /* the log's first block */
				  1 }; /* its first sequence */
	const uint32_t users = __builtin_bswap32(1);

	memset(e->block, 0, e->block_size);
	for (size_t i = 0; i < ARRAY_SIZE(head); i++) {
		uint32_t be = __builtin_bswap32(head[i]);

		memcpy(e->block + i * sizeof(be), &be, sizeof(be));
	}
	memcpy(e->block + 0x30, e->options->uuid, sizeof(e->options->uuid));
	memcpy(e->block + 0x40, &users, sizeof(users));
	return ext4_out_put(&e->out, block * e->block_size, e->block,
			    e->block_size, err);
}

/* The superblock has a copy of where the journal lies. */
static void note_journal(struct ext2_super_block *s, const union ext4_inode *i)
{
	s->s_journal_inum = EXT2_JOURNAL_INO;
	memcpy(s->s_jnl_blocks, i->i.i_block, sizeof(i->i.i_block));
	s->s_jnl_blocks[15] = i->i.i_size_high;
	s->s_jnl_blocks[16] = i->i.i_size;
	s->s_jnl_backup_type = EXT3_JNL_BACKUP_BLOCKS;
}

static int put_journal(struct ext4 *e, struct vc_error *err)
{
	uint64_t first = 0;
	union ext4_inode i;

	if (!e->journal_blocks)
		return 0;
	ext4_inode_init_own(e, LINUX_S_IFREG | 0600, &i);
	ext4_inode_set_size(&i, (uint64_t)e->journal_blocks * e->block_size);
	for (uint64_t at = 0; at < e->journal_blocks;) {
		struct ext4_range r =
			ext4_extents_take(e, at, e->journal_blocks - at);

		if (!at)
			first = r.start;
		at += r.len;
	}
	if (put_journal_head(e, first, err) < 0 ||
	    ext4_extents_finish(e, EXT2_JOURNAL_INO, &i, err) < 0)
		return -1;
	if (!ext4_measuring(e))
		note_journal(e->fs->super, &i);
	return ext4_inode_put(e, EXT2_JOURNAL_INO, &i, false, err);
}

/* --- the tree -------------------------------------------------------------------- */

static int put_link(struct ext4 *e, const struct tree_inode *t, uint32_t ino,
		    union ext4_inode *i, struct vc_error *err)
{
	size_t len = t->target ? strlen(t->target) : 0;
	struct ext4_range r;

	if (!len)
		return vc_fail(err, 0, "a symbolic link to nothing");
	if (len >= e->block_size)
		return vc_fail(err, 0, "a symbolic link of %zu bytes is longer than "
				       "a block", len);
	ext4_inode_set_size(i, len);
	if (len < EXT4_FAST_LINK) {
		memcpy(i->i.i_block, t->target, len);
		return 0;
	}
	r = ext4_extents_take(e, 0, 1);
	if (ext4_out_put(&e->out, r.start * e->block_size, t->target, len, err) < 0)
		return -1;
	return ext4_extents_finish(e, ino, i, err);
}

static int put_file(struct ext4 *e, const struct tree_inode *t, uint32_t ino,
		    union ext4_inode *i, struct vc_error *err)
{
	uint64_t max = (uint64_t)UINT32_MAX * e->block_size;

	if (t->size > max)
		return vc_fail(err, 0, "a file of %llu bytes is larger than ext4 "
				       "has with blocks of %u",
			       (unsigned long long)t->size, e->block_size);
	ext4_inode_set_size(i, t->size);
	if (ext4_data_put(e, t, err) < 0)
		return -1;
	return ext4_extents_finish(e, ino, i, err);
}

static int put_dir(struct ext4 *e, const struct tree_node *n, uint32_t ino,
		   union ext4_inode *i, struct vc_error *err)
{
	uint64_t size;

	if (ext4_dir_put(e, n, &size, err) < 0)
		return -1;
	ext4_inode_set_size(i, size);
	return ext4_extents_finish(e, ino, i, err);
}

static int put_contents(struct ext4 *e, const struct tree_node *n, uint32_t ino,
			union ext4_inode *i, struct vc_error *err)
{
	switch (n->inode->type) {
	case INODE_DIR:
		return put_dir(e, n, ino, i, err);
	case INODE_FILE:
		return put_file(e, n->inode, ino, i, err);
	case INODE_SYMLINK:
		return put_link(e, n->inode, ino, i, err);
	case INODE_CHAR:
	case INODE_BLOCK:
	case INODE_FIFO:
	case INODE_SOCKET:
		break;
	}
	return 0;
}

static int put_node(struct ext4 *e, const struct tree_node *n,
		    struct vc_error *err)
{
	uint32_t ino = ext4_ino(e, n->inode);
	union ext4_inode i;

	if (ext4_inode_init(e, n, &i, err) < 0 ||
	    put_contents(e, n, ino, &i, err) < 0 ||
	    ext4_xattr_put(e, n->inode, &i, err) < 0)
		return -1;
	return ext4_inode_put(e, ino, &i, n->inode->type == INODE_DIR, err);
}

static int name_entry(const struct tree_node *n, struct vc_error *err)
{
	_cleanup_free_ char *path = tree_path(n);
	_cleanup_free_ char *shown = printable(path, strlen(path));

	return vc_wrap(err, "entry '/%s'", shown);
}

int ext4_fill(struct ext4 *e, struct vc_error *err)
{
	uint32_t seen = 0;

	if (put_reserved(e, err) < 0 || put_journal(e, err) < 0 ||
	    put_lost_found(e, err) < 0)
		return -1;
	for (const struct tree_node *n = tree_root(e->tree); n; n = tree_next(n)) {
		if (n->inode->number <= seen)
			continue; /* another name of it */
		seen = n->inode->number;
		if (put_node(e, n, err) < 0)
			return name_entry(n, err);
	}
	if (ext4_measuring(e))
		return 0;
	if (ext4_out_flush(&e->out, err) < 0)
		return -1;
	return ext4_inode_flush(e, err);
}
