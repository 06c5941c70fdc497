/*
 * The file system around the files.  libext2fs decides where tables lie; its
 * flush and close are not used, as they take the time of day and wait for the
 * disk.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "ext4.h"
#include "vc/util.h"

#define LOG_GROUPS_PER_FLEX 4 /* as mke2fs: tables of 16 groups together */


static int fail(errcode_t code, const char *what, struct vc_error *err)
{
	initialize_ext2_error_table();
	return vc_fail(err, 0, "%s: %s", what, error_message(code));
}

static void set_features(struct ext2_super_block *s, bool journal)
{
	ext2fs_set_feature_xattr(s);
	ext2fs_set_feature_dir_index(s);
	if (journal)
		ext2fs_set_feature_journal(s);
	ext2fs_set_feature_filetype(s);
	ext2fs_set_feature_extents(s);
	ext2fs_set_feature_64bit(s);
	ext2fs_set_feature_flex_bg(s);
	ext2fs_set_feature_sparse_super(s);
	ext2fs_set_feature_large_file(s);
	ext2fs_set_feature_huge_file(s);
	ext2fs_set_feature_dir_nlink(s);
	ext2fs_set_feature_extra_isize(s);
	ext2fs_set_feature_metadata_csum(s);
}

static void set_parameters(const struct ext4 *e, const struct ext4_layout *l,
			   struct ext2_super_block *s)
{
	*s = (struct ext2_super_block){ 0 };
	set_features(s, e->options->journal);
	s->s_rev_level = EXT2_DYNAMIC_REV;
	s->s_inode_size = EXT4_INODE_SIZE;
	s->s_log_block_size = e->block_size == 4096 ? 2 : e->block_size == 2048;
	s->s_log_cluster_size = s->s_log_block_size;
	s->s_blocks_per_group = l->blocks_per_group;
	s->s_inodes_count = l->inodes;
	s->s_log_groups_per_flex = LOG_GROUPS_PER_FLEX;
	ext2fs_blocks_count_set(s, l->blocks);
}

/* Every file's place in an indexed directory follows from the seed. */
static void set_hash_seed(struct ext2_super_block *s)
{
	static const char what[] = "ext4 hash seed";
	unsigned char in[sizeof(what) + sizeof(s->s_uuid)];
	unsigned char out[EXT2FS_SHA512_LENGTH];

	memcpy(in, what, sizeof(what));
	memcpy(in + sizeof(what), s->s_uuid, sizeof(s->s_uuid));
	ext2fs_sha512(in, sizeof(in), out);
	memcpy(s->s_hash_seed, out, sizeof(s->s_hash_seed));
}

static void set_times(struct ext2_super_block *s, int64_t epoch)
{
	uint64_t t = epoch < 0 ? 0 : (uint64_t)epoch;

	s->s_mkfs_time = s->s_lastcheck = s->s_wtime = (uint32_t)t;
	s->s_mkfs_time_hi = s->s_lastcheck_hi = s->s_wtime_hi = (uint8_t)(t >> 32);
	s->s_mtime = 0;
	s->s_checkinterval = 0;
}

static void set_identity(ext2_filsys fs, const struct fs_options *o)
{
	struct ext2_super_block *s = fs->super;

	memcpy(s->s_uuid, o->uuid, sizeof(s->s_uuid));
	if (o->label) /* not terminated when it is full */
		memcpy(s->s_volume_name, o->label, strlen(o->label));
	set_hash_seed(s);
	s->s_def_hash_version = EXT2_HASH_HALF_MD4;
	s->s_flags = EXT2_FLAGS_SIGNED_HASH; /* on every machine */
	s->s_default_mount_opts = EXT2_DEFM_XATTR_USER | EXT2_DEFM_ACL;
	s->s_max_mnt_count = -1;
	s->s_checksum_type = EXT2_CRC32C_CHKSUM;
	s->s_creator_os = EXT2_OS_LINUX;
	set_times(s, o->epoch);
	ext2fs_init_csum_seed(fs);
}

/* The library wants a file, and waits for the disk when it opens one; it gets
 * one in memory, as it is asked for nothing that reads or writes.  It closes
 * the descriptor, also when it fails. */
static ext2_filsys open_fs(struct ext2_super_block *s, struct vc_error *err)
{
	int fd = memfd_create("ext4", MFD_CLOEXEC);
	ext2_filsys fs = NULL;
	char name[16];
	errcode_t code;

	if (fd < 0) {
		vc_fail(err, errno, "cannot make a file in memory");
		return NULL;
	}
	snprintf(name, sizeof(name), "%d", fd);
	code = ext2fs_initialize(name, EXT2_FLAG_64BITS, s, unixfd_io_manager,
				 &fs);
	if (code)
		fail(code, "cannot lay the file system out", err);
	return code ? NULL : fs;
}

int ext4_make(struct ext4 *e, const struct ext4_layout *l, struct vc_error *err)
{
	struct ext2_super_block s;
	errcode_t code;

	ext4_unmake(e);
	set_parameters(e, l, &s);
	e->fs = open_fs(&s, err);
	if (!e->fs)
		return -1;
	set_identity(e->fs, e->options);
	code = ext2fs_allocate_tables(e->fs);
	if (code)
		return fail(code, "cannot place the inode tables", err);
	ext4_space_release(&e->space);
	ext4_space_init(&e->space, e->fs);
	return 0;
}

void ext4_unmake(struct ext4 *e)
{
	if (e->fs)
		ext2fs_free(e->fs);
	e->fs = NULL;
}

/* --- writing it down ------------------------------------------------------------ */

/* What is behind the last block of the image counts as used. */
static int put_block_bitmap(struct ext4 *e, dgrp_t g, struct vc_error *err)
{
	ext2_filsys fs = e->fs;
	uint64_t first = ext2fs_group_first_block2(fs, g);
	uint32_t n = (uint32_t)ext2fs_group_blocks_count(fs, g);
	unsigned char *map = (unsigned char *)e->block;
	errcode_t code;

	memset(map, 0xff, e->block_size);
	memset(map, 0, fs->super->s_blocks_per_group / 8);
	code = ext2fs_get_block_bitmap_range2(fs->block_map, first, n, map);
	if (code)
		return fail(code, "cannot read the block bitmap", err);
	for (uint32_t i = n; i < fs->super->s_blocks_per_group; i++)
		map[i / 8] |= (unsigned char)(1u << i % 8);
	ext2fs_block_bitmap_csum_set(fs, g, e->block,
				     (int)fs->super->s_blocks_per_group / 8);
	return ext4_out_write(&e->out,
			      ext2fs_block_bitmap_loc(fs, g) * e->block_size, map,
			      e->block_size, err);
}

static int put_inode_bitmap(struct ext4 *e, dgrp_t g, struct vc_error *err)
{
	ext2_filsys fs = e->fs;
	uint32_t n = fs->super->s_inodes_per_group;
	errcode_t code;

	memset(e->block, 0xff, e->block_size);
	code = ext2fs_get_inode_bitmap_range2(fs->inode_map, 1 + (uint64_t)g * n,
					      n, e->block);
	if (code)
		return fail(code, "cannot read the inode bitmap", err);
	ext2fs_inode_bitmap_csum_set(fs, g, e->block, (int)n / 8);
	return ext4_out_write(&e->out,
			      ext2fs_inode_bitmap_loc(fs, g) * e->block_size,
			      e->block, e->block_size, err);
}

/* Tables are zeros behind what is used: nobody has to write them later. */
static int put_bitmaps(struct ext4 *e, struct vc_error *err)
{
	for (dgrp_t g = 0; g < e->fs->group_desc_count; g++) {
		if (!ext2fs_bg_flags_test(e->fs, g, EXT2_BG_BLOCK_UNINIT) &&
		    put_block_bitmap(e, g, err) < 0)
			return -1;
		if (!ext2fs_bg_flags_test(e->fs, g, EXT2_BG_INODE_UNINIT) &&
		    put_inode_bitmap(e, g, err) < 0)
			return -1;
		ext2fs_bg_flags_set(e->fs, g, EXT2_BG_INODE_ZEROED);
		ext2fs_group_desc_csum_set(e->fs, g);
	}
	return 0;
}

/* Superblock and descriptors, the first or a copy. */
static int put_copy(struct ext4 *e, dgrp_t g, struct vc_error *err)
{
	struct ext2_super_block s = *e->fs->super;
	size_t len = e->fs->desc_blocks * e->block_size;
	blk64_t super, desc;
	uint64_t at;

	ext2fs_super_and_bgd_loc2(e->fs, g, &super, &desc, NULL, NULL);
	if (g && !super)
		return 0;
	if (g)
		s.s_state &= (uint16_t)~EXT2_VALID_FS; /* as the library does */
	s.s_block_group_nr = (uint16_t)(g > UINT16_MAX ? UINT16_MAX : g);
	ext2fs_superblock_csum_set(e->fs, &s);
	at = g ? super * e->block_size : SUPERBLOCK_OFFSET;
	if (ext4_out_write(&e->out, desc * e->block_size,
			   ext2fs_group_desc(e->fs, e->fs->group_desc, 0), len,
			   err) < 0)
		return -1;
	return ext4_out_write(&e->out, at, &s, sizeof(s), err);
}

int ext4_finish(struct ext4 *e, struct vc_error *err)
{
	ext4_space_mark(&e->space, e->fs);
	if (put_bitmaps(e, err) < 0)
		return -1;
	for (dgrp_t g = e->fs->group_desc_count; g-- > 0;)
		if (put_copy(e, g, err) < 0)
			return -1;
	return 0;
}
