/* ext4 images as a whole: size, groups, journal, superblock, same bytes. */
#include "ext4_fixture.h"

#include "vc/layer.h"

static uint64_t free_bytes(void)
{
	return ext2fs_free_blocks_count(fx_fs->super) * fx_fs->blocksize;
}

/* --- size ---------------------------------------------------------------------- */

/* Without a wish for free space there is none, whatever the tree; only the
 * library's least group is larger. */
static void exact_size(void **state)
{
	char name[32];

	(void)state;
	for (int i = 0; i < 60; i++) {
		snprintf(name, sizeof(name), "file %d", i);
		fx_file(NULL, name, (size_t)i * 1777);
		fx_write(FX_OPTIONS(.block_size = 1024));
		assert_int_equal(fx_size("image", NULL),
				 ext2fs_blocks_count(fx_fs->super) * 1024);
		if (i > 20)
			assert_int_equal(free_bytes(), 0);
	}
	assert_true(fx_fs->super->s_free_inodes_count < 16);
	assert_int_equal(ext2fs_r_blocks_count(fx_fs->super), 0);
}

static void free_space(void **state)
{
	uint64_t least, stored;

	(void)state;
	fx_file(NULL, "f", 3 << 20);
	fx_write(FX_OPTIONS());
	least = fx_size("image", NULL);
	fx_write(FX_OPTIONS(.free = 1));
	assert_int_equal(free_bytes(), 4096);
	fx_write(FX_OPTIONS(.free = 64 << 20));
	assert_int_equal(free_bytes(), 64 << 20);
	/* there are inodes to fill it with, and no bytes stored for it */
	assert_true(fx_fs->super->s_free_inodes_count >= 4096);
	assert_true(fx_size("image", &stored) < least + (66 << 20));
	assert_true(stored < 4 << 20);
	fx_write(FX_OPTIONS(.free_percent = 50));
	assert_true(free_bytes() >= least / 2 - 4096 && free_bytes() <= least / 2);
	fx_write(FX_OPTIONS(.free_percent = 100, .free = 8192));
	assert_true(free_bytes() >= least + 4096);
}

/* Over the boundaries of groups, where tables and copies come in. */
static void free_space_across_groups(void **state)
{
	(void)state;
	fx_file(NULL, "f", 5 << 20);
	for (uint64_t free = 2 << 20; free < 40 << 20; free += 777 << 10) {
		fx_write(FX_OPTIONS(.block_size = 1024, .free = free));
		assert_true(free_bytes() >= free);
		/* the last group may not be too small */
		assert_true(free_bytes() <= free + (300 << 10));
	}
	assert_true(fx_fs->group_desc_count > 4);
}

static void given_size(void **state)
{
	(void)state;
	fx_file(NULL, "f", 3 << 20);
	fx_write(FX_OPTIONS(.size = 100 << 20));
	assert_int_equal(fx_size("image", NULL), 100 << 20);
	assert_int_equal(ext2fs_blocks_count(fx_fs->super), 25600);
	assert_true(free_bytes() > 94 << 20);
	assert_true(fx_fs->super->s_free_inodes_count > 6000);
	fx_write(FX_OPTIONS(.size = (100 << 20) + 1000)); /* not of blocks */
	assert_int_equal(fx_size("image", NULL), (100 << 20) + 1000);
	fx_write(FX_OPTIONS(.size = UINT64_C(20) << 30)); /* sparse */
	assert_int_equal(fx_fs->group_desc_count, 160);
	fx_refused(FX_OPTIONS(.size = 3 << 20), "the image needs at least 4 MiB");
	fx_refused(FX_OPTIONS(.size = 100), "the image needs at least 4 MiB");
}

/* Every size from the least on, over the first boundary. */
static void every_size(void **state)
{
	uint64_t least;

	(void)state;
	fx_file(NULL, "f", 7900 << 10);
	fx_write(FX_OPTIONS(.block_size = 1024));
	least = fx_size("image", NULL);
	for (uint64_t more = 0; more < 500 << 10; more += 11 << 10)
		fx_write(FX_OPTIONS(.block_size = 1024, .size = least + more));
	assert_int_equal(fx_fs->group_desc_count, 2);
	fx_refused(FX_OPTIONS(.block_size = 1024, .size = least - 1),
		   "the image needs at least 8 MiB");
}

/* More inodes than a group of the usual size has. */
static void many_inodes(void **state)
{
	struct tree_node *dir = NULL;
	uint64_t size;
	char name[16];

	(void)state;
	for (int i = 0; i < 30000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		if (i % 1000 == 0)
			dir = fx_add(NULL, name, INODE_DIR, 0700);
		else
			fx_add(dir, name, INODE_FIFO, 0600);
	}
	fx_write(FX_OPTIONS(.block_size = 1024));
	size = fx_size("image", NULL);
	assert_true(fx_fs->group_desc_count >= 4);
	assert_true(size < 30000 * 256 + (2 << 20));
	fx_write(FX_OPTIONS(.block_size = 1024, .size = size));
	fx_write(FX_OPTIONS(.block_size = 1024, .size = size + 100000));
}

static void refused_options(void **state)
{
	(void)state;
	fx_refused(FX_OPTIONS(.block_size = 8192), "1024, 2048 or 4096 bytes, not 8192");
	fx_refused(FX_OPTIONS(.block_size = 512), "not 512");
	fx_refused(FX_OPTIONS(.label = "12345678901234567"), "longer than 16 bytes");
	fx_refused(FX_OPTIONS(.free = UINT64_MAX, .free_percent = 100), "too large");
	fx_refused(FX_OPTIONS(.size = INT64_MAX), "too large");
}

/* --- the superblock -------------------------------------------------------------- */

static void identity(void **state)
{
	struct fs_options o = *FX_OPTIONS(.label = "1234567890123456");
	const struct ext2_super_block *s;
	uint32_t seed[4];

	(void)state;
	fx_write(FX_OPTIONS(.label = "gondolin-root"));
	s = fx_fs->super;
	assert_memory_equal(s->s_volume_name, "gondolin-root\0\0", 16);
	assert_memory_equal(s->s_uuid, "0123456789abcde", 16);
	assert_int_equal(s->s_mkfs_time, FX_EPOCH);
	assert_int_equal(s->s_wtime, FX_EPOCH);
	assert_int_equal(s->s_lastcheck, FX_EPOCH);
	assert_int_equal(s->s_mtime, 0);
	assert_int_equal(s->s_feature_compat, EXT2_FEATURE_COMPAT_EXT_ATTR |
						      EXT2_FEATURE_COMPAT_DIR_INDEX);
	assert_int_equal(s->s_feature_incompat,
			 EXT2_FEATURE_INCOMPAT_FILETYPE |
				 EXT3_FEATURE_INCOMPAT_EXTENTS |
				 EXT4_FEATURE_INCOMPAT_64BIT |
				 EXT4_FEATURE_INCOMPAT_FLEX_BG);
	assert_int_equal(s->s_feature_ro_compat,
			 EXT2_FEATURE_RO_COMPAT_SPARSE_SUPER |
				 EXT2_FEATURE_RO_COMPAT_LARGE_FILE |
				 EXT4_FEATURE_RO_COMPAT_HUGE_FILE |
				 EXT4_FEATURE_RO_COMPAT_DIR_NLINK |
				 EXT4_FEATURE_RO_COMPAT_EXTRA_ISIZE |
				 EXT4_FEATURE_RO_COMPAT_METADATA_CSUM);
	memcpy(seed, s->s_hash_seed, sizeof(seed));
	o.uuid[0] = 9;
	fx_write(&o);
	assert_memory_equal(fx_fs->super->s_volume_name, "1234567890123456", 16);
	assert_memory_not_equal(seed, fx_fs->super->s_hash_seed, sizeof(seed));
}

/* No clock is read, not even where 0 stands for 'none' in the library. */
static void epoch_zero(void **state)
{
	const struct fs_options o = { .journal = true };

	(void)state;
	fx_file(NULL, "f", 1);
	fx_write(&o);
	assert_int_equal(fx_fs->super->s_mkfs_time, 0);
	assert_int_equal(fx_fs->super->s_wtime, 0);
	assert_int_equal(fx_fs->super->s_lastcheck, 0);
	assert_int_equal(fx_inode("f").i_crtime, 0);
	assert_int_equal(fx_inode("lost+found").i_ctime, 0);
}

/* Another superblock and its descriptors, where e2fsck -b looks for them. */
static void copies(void **state)
{
	char path[128];
	ext2_filsys fs;

	(void)state;
	fx_write(FX_OPTIONS(.block_size = 1024, .size = 60 << 20));
	fx_path(path, sizeof(path), "image");
	for (dgrp_t g = 1; g < fx_fs->group_desc_count; g++) {
		errcode_t code = ext2fs_open(path, 0, (int)(1 + g * 8192), 1024,
					     unix_io_manager, &fs);

		if (g == 1 || g == 3 || g == 5 || g == 7) {
			assert_int_equal(code, 0);
			assert_int_equal(fs->super->s_block_group_nr, g);
			ext2fs_close(fs);
		} else {
			assert_int_not_equal(code, 0);
		}
	}
}

static void tables_are_zeroed(void **state)
{
	(void)state;
	fx_write(FX_OPTIONS(.block_size = 1024, .size = 60 << 20));
	for (dgrp_t g = 0; g < fx_fs->group_desc_count; g++)
		assert_true(ext2fs_bg_flags_test(fx_fs, g, EXT2_BG_INODE_ZEROED));
	assert_true(ext2fs_bg_flags_test(fx_fs, 5, EXT2_BG_INODE_UNINIT));
}

/* --- the journal ------------------------------------------------------------------ */

static void journal(void **state)
{
	struct ext2_inode i;
	unsigned char head[12];
	blk64_t block;

	(void)state;
	fx_file(NULL, "f", 1 << 20);
	fx_write(FX_OPTIONS(.journal = true));
	assert_true(ext2fs_has_feature_journal(fx_fs->super));
	assert_int_equal(fx_fs->super->s_journal_inum, EXT2_JOURNAL_INO);
	assert_int_equal(ext2fs_read_inode(fx_fs, EXT2_JOURNAL_INO, &i), 0);
	assert_int_equal(i.i_size, 4 << 20);
	assert_int_equal(i.i_mode, LINUX_S_IFREG | 0600);
	assert_int_equal(i.i_mtime, FX_EPOCH);
	assert_memory_equal(fx_fs->super->s_jnl_blocks, i.i_block, 60);
	assert_int_equal(ext2fs_bmap2(fx_fs, EXT2_JOURNAL_INO, &i, NULL, 0, 0, NULL,
				      &block), 0);
	assert_int_equal(io_channel_read_blk64(fx_fs->io, block, -12, head), 0);
	assert_memory_equal(head, "\xc0\x3b\x39\x98\0\0\0\4\0\0\0", 12);
	fx_write(FX_OPTIONS(.journal = true, .free = 200 << 20));
	assert_int_equal(ext2fs_read_inode(fx_fs, EXT2_JOURNAL_INO, &i), 0);
	assert_int_equal(i.i_size, 16 << 20);
	assert_int_equal(free_bytes(), 200 << 20);
	fx_write(FX_OPTIONS(.journal = true, .block_size = 1024));
	fx_refused(FX_OPTIONS(.journal = true, .size = 4 << 20),
		   "the image needs at least 6 MiB");
}

/* --- the same bytes ------------------------------------------------------------------ */

static void read_image(const char *name, struct buf *b)
{
	struct vc_error err = { 0 };
	char path[128];

	fx_path(path, sizeof(path), name);
	assert_int_equal(read_file_at(AT_FDCWD, path, 1 << 28, b, &err), 0);
}

static void fill_tree(void)
{
	char name[32], value[300];

	for (int i = 0; i < 500; i++) {
		struct tree_node *n;

		snprintf(name, sizeof(name), "f%d", i * 7919 % 500);
		n = fx_file(NULL, name, (size_t)i * 111);
		memset(value, i, sizeof(value));
		if (i % 10 == 0)
			inode_set_xattr(n->inode, "user.x", value, (size_t)i / 2);
	}
	fx_link(NULL, "link", "f1");
}

static void same_bytes(void **state)
{
	_cleanup_buf_ struct buf a = BUF_INIT;
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	fill_tree();
	fx_write_as("one", FX_OPTIONS(.journal = true, .free = 1 << 20));
	fx_write_as("another name", FX_OPTIONS(.journal = true, .free = 1 << 20));
	read_image("one", &a);
	read_image("another name", &b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(buf_ptr(&a), buf_ptr(&b), a.len);
}

/* Of every version of the library: nothing but the layout of groups is its
 * own.  A change of these bytes is a change for everybody who compares. */
static void known_bytes(void **state)
{
	_cleanup_hash_ struct hash *h = hash_new(HASH_SHA256);
	_cleanup_buf_ struct buf a = BUF_INIT;
	char hex[HASH_HEX_MAX];

	(void)state;
	fill_tree();
	fx_write_as("one", FX_OPTIONS(.label = "golden", .block_size = 1024,
				      .journal = true, .free = 10 << 20));
	read_image("one", &a);
	hash_update(h, buf_ptr(&a), a.len);
	hash_finish(h, hex);
	assert_string_equal(hex, "06fa647423d9625a22da01a7648cd81c"
				 "d9775c5c08d1e5548590af095b806ada");
}

/* What was in the file before does not shine through. */
static void overwrites(void **state)
{
	_cleanup_buf_ struct buf a = BUF_INIT;
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_free_ char *junk = xmalloc(8 << 20);
	struct vc_error err = { 0 };
	char path[128];
	int fd;

	(void)state;
	fill_tree();
	fx_write_as("clean", FX_OPTIONS(.free = 1 << 20));
	read_image("clean", &a);
	fx_path(path, sizeof(path), "junk");
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	memset(junk, 0x5a, 8 << 20);
	assert_int_equal(write_all(fd, junk, 8 << 20, &err), 0);
	close(fd);
	assert_int_equal(fs_write(FS_EXT4, fx_tree, FX_OPTIONS(.free = 1 << 20),
				  path, &err), 0);
	read_image("junk", &b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(buf_ptr(&a), buf_ptr(&b), a.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)
		TEST(exact_size),
		TEST(free_space),
		TEST(free_space_across_groups),
		TEST(given_size),
		TEST(every_size),
		TEST(many_inodes),
		TEST(refused_options),
		TEST(identity),
		TEST(epoch_zero),
		TEST(copies),
		TEST(tables_are_zeroed),
		TEST(journal),
		TEST(same_bytes),
		TEST(known_bytes),
		TEST(overwrites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
