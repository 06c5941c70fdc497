/*
 * Inodes.  Their numbers ascend as the tree is walked, so that their tables
 * are written group by group.
 */
#include <stdlib.h>
#include <string.h>

#include "ext4.h"
#include "vc/util.h"

#define TIME_MIN INT32_MIN /* 34 bits: two more than the old field */
#define TIME_MAX (INT32_MIN + INT64_C(0x3ffffffff))

static const uint16_t type_bits[] = {
	[INODE_DIR] = LINUX_S_IFDIR,   [INODE_FILE] = LINUX_S_IFREG,
	[INODE_SYMLINK] = LINUX_S_IFLNK, [INODE_CHAR] = LINUX_S_IFCHR,
	[INODE_BLOCK] = LINUX_S_IFBLK, [INODE_FIFO] = LINUX_S_IFIFO,
	[INODE_SOCKET] = LINUX_S_IFSOCK,
};

/* The field and its extension; what lies beyond becomes the nearest there is,
 * and a whole second. */
static void set_time(uint32_t *field, uint32_t *extra, int64_t s, uint32_t ns)
{
	if (s <= TIME_MIN || s >= TIME_MAX) {
		s = s <= TIME_MIN ? TIME_MIN : TIME_MAX;
		ns = 0;
	}
	if (ns > 999999999)
		ns = 999999999;
	*field = (uint32_t)s;
	*extra = ns << EXT4_EPOCH_BITS |
		 ((uint32_t)((s - (int32_t)s) >> 32) & EXT4_EPOCH_MASK);
}

/* Nobody has looked at the file or changed it since its last change; it was
 * created with the image. */
static void set_times(union ext4_inode *i, int64_t s, uint32_t ns, int64_t epoch)
{
	struct ext2_inode_large *l = &i->i;

	set_time(&l->i_mtime, &l->i_mtime_extra, s, ns);
	set_time(&l->i_atime, &l->i_atime_extra, s, ns);
	set_time(&l->i_ctime, &l->i_ctime_extra, s, ns);
	set_time(&l->i_crtime, &l->i_crtime_extra, epoch, 0);
	l->i_extra_isize = sizeof(*l) - EXT2_GOOD_OLD_INODE_SIZE;
}

void ext4_inode_set_size(union ext4_inode *i, uint64_t size)
{
	i->i.i_size = (uint32_t)size;
	i->i.i_size_high = (uint32_t)(size >> 32);
}

static int set_device(union ext4_inode *i, uint32_t major, uint32_t minor,
		      struct vc_error *err)
{
	if (major > 0xfff || minor > 0xfffff)
		return vc_fail(err, 0, "device number %u:%u is too large", major,
			       minor);
	if (major < 256 && minor < 256)
		i->i.i_block[0] = major << 8 | minor;
	else
		i->i.i_block[1] = (minor & 0xff) | major << 8 |
				  (minor & ~0xffu) << 12;
	return 0;
}

/* Names of a file or subdirectories of a directory; more of the latter than
 * fit count as 1 (dir_nlink). */
static int set_links(const struct ext4 *e, const struct tree_node *n,
		     union ext4_inode *i, struct vc_error *err)
{
	uint64_t links = n->inode->links;

	if (n->inode->type == INODE_DIR) {
		links = 2 + (!n->parent && !e->own_lost_found);
		for (uint32_t c = 0; c < n->n_children; c++)
			links += n->children[c]->inode->type == INODE_DIR;
		if (links > EXT4_MAX_LINKS)
			links = 1;
	}
	if (links > EXT4_MAX_LINKS)
		return vc_fail(err, 0, "%u hard links are more than the %u of "
				       "ext4", n->inode->links, EXT4_MAX_LINKS);
	i->i.i_links_count = (uint16_t)links;
	return 0;
}

int ext4_inode_init(const struct ext4 *e, const struct tree_node *n,
		    union ext4_inode *ret, struct vc_error *err)
{
	const struct tree_inode *t = n->inode;

	*ret = (union ext4_inode){ 0 };
	ret->i.i_mode = (uint16_t)(type_bits[t->type] | (t->mode & 07777));
	ret->i.i_uid = (uint16_t)t->uid;
	ret->i.i_gid = (uint16_t)t->gid;
	ret->i.osd2.linux2.l_i_uid_high = (uint16_t)(t->uid >> 16);
	ret->i.osd2.linux2.l_i_gid_high = (uint16_t)(t->gid >> 16);
	set_times(ret, t->mtime, t->mtime_ns, e->options->epoch);
	if ((t->type == INODE_CHAR || t->type == INODE_BLOCK) &&
	    set_device(ret, t->dev_major, t->dev_minor, err) < 0)
		return -1;
	return set_links(e, n, ret, err);
}

void ext4_inode_init_own(const struct ext4 *e, uint16_t mode,
			 union ext4_inode *ret)
{
	*ret = (union ext4_inode){ 0 };
	ret->i.i_mode = mode;
	ret->i.i_links_count = LINUX_S_ISDIR(mode) ? 2 : 1;
	set_times(ret, e->options->epoch, 0, e->options->epoch);
}

/* --- the tables -------------------------------------------------------------- */

int ext4_inode_flush(struct ext4 *e, struct vc_error *err)
{
	uint32_t len = e->table_len;
	uint64_t at;

	e->table_len = 0;
	if (!len)
		return 0;
	at = ext2fs_inode_table_loc(e->fs, e->table_group) * e->block_size;
	return ext4_out_write(&e->out, at, e->table, len, err);
}

/* The inode's place in its group's table. */
static uint8_t *table_slot(struct ext4 *e, uint32_t ino, struct vc_error *err)
{
	uint32_t per_group = e->fs->super->s_inodes_per_group;
	uint32_t at = (ino - 1) % per_group * EXT4_INODE_SIZE;

	if (!e->table)
		e->table = xcalloc(per_group, EXT4_INODE_SIZE);
	if (e->table_len && e->table_group != (ino - 1) / per_group) {
		if (ext4_inode_flush(e, err) < 0)
			return NULL;
		memset(e->table, 0, (size_t)per_group * EXT4_INODE_SIZE);
	}
	e->table_group = (ino - 1) / per_group;
	if (e->table_len < at + EXT4_INODE_SIZE)
		e->table_len = at + EXT4_INODE_SIZE;
	return e->table + at;
}

int ext4_inode_put(struct ext4 *e, uint32_t ino, union ext4_inode *i, bool is_dir,
		   struct vc_error *err)
{
	uint64_t sectors = e->inode_blocks * (e->block_size / 512);
	uint8_t *slot;

	e->inode_blocks = 0;
	if (ext4_measuring(e))
		return 0;
	i->i.i_blocks = (uint32_t)sectors;
	i->i.osd2.linux2.l_i_blocks_hi = (uint16_t)(sectors >> 32);
	slot = table_slot(e, ino, err);
	if (!slot)
		return -1;
	ext2fs_inode_csum_set(e->fs, ino, &i->i);
	memcpy(slot, i->raw, EXT4_INODE_SIZE);
	ext2fs_inode_alloc_stats2(e->fs, ino, +1, is_dir);
	return 0;
}

uint32_t ext4_inode_csum(const struct ext4 *e, uint32_t ino, const void *data,
			 size_t len)
{
	static const unsigned char generation[4]; /* ours are all 0 */
	uint32_t sum;

	if (ext4_measuring(e))
		return 0;
	sum = ext2fs_crc32c_le(e->fs->csum_seed, (const unsigned char *)&ino,
			       sizeof(ino));
	sum = ext2fs_crc32c_le(sum, generation, sizeof(generation));
	return ext2fs_crc32c_le(sum, data, len);
}
