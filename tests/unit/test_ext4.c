/* ext4 images: every entry of a tree is in them as it was. */
#include "ext4_fixture.h"

static void names(void **state)
{
	char longest[256];
	enum fs_kind kind;
	struct vc_error err = { 0 };

	(void)state;
	assert_string_equal(fs_kind_name(FS_EXT4), "ext4");
	assert_int_equal(fs_kind_parse("cpio", &kind, &err), 0);
	assert_int_equal(kind, FS_CPIO);
	assert_int_equal(fs_kind_parse("ntfs", &kind, &err), -1);
	assert_int_equal(vc_error_status(&err), VC_EXIT_USAGE);
	assert_non_null(strstr(err.msg, "ext4, squashfs, erofs, tar, cpio"));
	vc_error_release(&err);

	memset(longest, 'n', 255);
	longest[255] = '\0';
	fx_file(NULL, longest, 1);
	fx_file(NULL, "\xff\xfe non-UTF-8\n", 2);
	fx_file(NULL, "system-systemd\\x2dcryptsetup.slice", 3);
	fx_write(FX_OPTIONS());
	assert_int_equal(fx_inode(longest).i_size, 1);
	assert_int_equal(fx_inode("\xff\xfe non-UTF-8\n").i_size, 2);
	assert_int_equal(fx_inode("system-systemd\\x2dcryptsetup.slice").i_size, 3);
}

static void name_too_long(void **state)
{
	struct tree_node *dir = fx_add(NULL, "dir", INODE_DIR, 0755);
	char name[302] = { 0 };

	(void)state;
	memset(name, 'x', 301);
	fx_file(dir, name, 0);
	fx_refused(FX_OPTIONS(), "entry '/dir': a name in it has 301 bytes");
}

/* --- fields ------------------------------------------------------------------- */

static void owners_and_modes(void **state)
{
	struct tree_node *n = fx_file(NULL, "file", 10);
	struct ext2_inode_large i;

	(void)state;
	n->inode->mode = 0;
	n->inode->uid = 4294967294u;
	n->inode->gid = 70000;
	fx_add(NULL, "dir", INODE_DIR, 07777);
	tree_root(fx_tree)->inode->mode = 0711;
	tree_root(fx_tree)->inode->uid = 5;
	fx_write(FX_OPTIONS());
	i = fx_inode("file");
	assert_int_equal(i.i_mode, LINUX_S_IFREG);
	assert_int_equal(inode_uid(i), 4294967294u);
	assert_int_equal(inode_gid(i), 70000);
	assert_int_equal(i.i_links_count, 1);
	i = fx_inode("dir");
	assert_int_equal(i.i_mode, LINUX_S_IFDIR | 07777);
	assert_int_equal(i.i_links_count, 2);
	i = fx_inode("/");
	assert_int_equal(i.i_mode, LINUX_S_IFDIR | 0711);
	assert_int_equal(i.i_uid, 5);
	assert_int_equal(i.i_links_count, 4); /* with lost+found */
}

static void timed(const char *name, int64_t s, uint32_t ns)
{
	struct tree_inode *i = fx_file(NULL, name, 0)->inode;

	i->mtime = s;
	i->mtime_ns = ns;
}

static void has_time(const char *name, int64_t s, uint32_t ns)
{
	struct ext2_inode_large i = fx_inode(name);
	int64_t have = (int32_t)i.i_mtime + ((int64_t)(i.i_mtime_extra & 3) << 32);

	assert_true(have == s);
	assert_int_equal(i.i_mtime_extra >> 2, ns);
	assert_int_equal(i.i_atime, i.i_mtime);
	assert_int_equal(i.i_atime_extra, i.i_mtime_extra);
	assert_int_equal(i.i_ctime, i.i_mtime);
	assert_int_equal(i.i_ctime_extra, i.i_mtime_extra);
	assert_int_equal(i.i_crtime, FX_EPOCH);
	assert_int_equal(i.i_crtime_extra, 0);
}

static void times(void **state)
{
	const int64_t max = INT64_C(0x37fffffff);

	(void)state;
	timed("zero", 0, 0);
	timed("now", 1732400000, 123456789);
	timed("before", -5, 999999999);
	timed("first", INT32_MIN + 1, 7);
	timed("too early", INT64_C(-3000000000), 7);
	timed("2038", INT64_C(0x80000000), 1);
	timed("2106", INT64_C(0x100000000), 2);
	timed("last", max - 1, 3);
	timed("too late", INT64_MAX, 3);
	fx_write(FX_OPTIONS());
	has_time("zero", 0, 0);
	has_time("now", 1732400000, 123456789);
	has_time("before", -5, 999999999);
	has_time("first", INT32_MIN + 1, 7);
	has_time("too early", INT32_MIN, 0);
	has_time("2038", INT64_C(0x80000000), 1);
	has_time("2106", INT64_C(0x100000000), 2);
	has_time("last", max - 1, 3);
	has_time("too late", max, 0);
}

static void device(const char *name, enum inode_type type, uint32_t major,
		   uint32_t minor)
{
	struct tree_inode *i = fx_add(NULL, name, type, 0600)->inode;

	i->dev_major = major;
	i->dev_minor = minor;
}

static void special_files(void **state)
{
	struct ext2_inode_large i;

	(void)state;
	device("null", INODE_CHAR, 1, 3);
	device("sda", INODE_BLOCK, 8, 0);
	device("large", INODE_BLOCK, 4095, 1048575);
	device("minor", INODE_CHAR, 5, 256);
	fx_add(NULL, "fifo", INODE_FIFO, 0644);
	fx_add(NULL, "socket", INODE_SOCKET, 0755);
	fx_write(FX_OPTIONS());
	i = fx_inode("null");
	assert_int_equal(i.i_mode, LINUX_S_IFCHR | 0600);
	assert_int_equal(i.i_block[0], 0x103);
	i = fx_inode("sda");
	assert_int_equal(i.i_mode, LINUX_S_IFBLK | 0600);
	assert_int_equal(i.i_block[0], 0x800);
	i = fx_inode("large");
	assert_int_equal(i.i_block[0], 0);
	assert_int_equal(i.i_block[1], 0xffffffffu);
	assert_int_equal(fx_inode("minor").i_block[1], 0x100500);
	assert_int_equal(fx_inode("fifo").i_mode, LINUX_S_IFIFO | 0644);
	assert_int_equal(fx_inode("socket").i_mode, LINUX_S_IFSOCK | 0755);
}

static void device_too_large(void **state)
{
	(void)state;
	device("d", INODE_CHAR, 4096, 0);
	fx_refused(FX_OPTIONS(), "entry '/d': device number 4096:0 is too large");
}

static void hard_links(void **state)
{
	struct tree_node *z = fx_file(NULL, "z", 5000);
	struct tree_node *dir = fx_add(NULL, "a", INODE_DIR, 0755);
	struct tree_node *fifo = fx_add(dir, "fifo", INODE_FIFO, 0600);

	(void)state;
	fx_name(dir, "link", z->inode);
	fx_name(NULL, "m", z->inode);
	fx_name(NULL, "zz", fifo->inode);
	fx_write(FX_OPTIONS());
	assert_int_equal(fx_find("z"), fx_find("a/link"));
	assert_int_equal(fx_find("z"), fx_find("m"));
	assert_int_equal(fx_inode("z").i_links_count, 3);
	assert_int_equal(fx_inode("zz").i_links_count, 2);
	assert_int_equal(fx_fs->super->s_inodes_count -
			 fx_fs->super->s_free_inodes_count, 14);
	fx_same_data("a/link", z->inode);
}

static void too_many_links(void **state)
{
	struct tree_node *first = fx_file(NULL, "first", 1);
	char name[16];

	(void)state;
	for (int i = 1; i <= 65000; i++) {
		snprintf(name, sizeof(name), "l%d", i);
		fx_name(NULL, name, first->inode);
	}
	fx_refused(FX_OPTIONS(), "entry '/first': 65001 hard links");
}

static void links(void **state)
{
	char target[4096];

	(void)state;
	memset(target, 't', sizeof(target));
	target[59] = '\0';
	fx_link(NULL, "fast", target);
	target[59] = 't';
	target[60] = '\0';
	fx_link(NULL, "slow", target);
	target[60] = 't';
	target[4095] = '\0';
	fx_link(NULL, "long", target);
	fx_write(FX_OPTIONS());
	assert_int_equal(fx_inode("fast").i_size, 59);
	assert_int_equal(fx_inode("fast").i_blocks, 0);
	assert_int_equal(fx_inode("fast").i_flags & EXT4_EXTENTS_FL, 0);
	assert_memory_equal(fx_inode("fast").i_block, target, 59);
	assert_int_equal(fx_inode("slow").i_size, 60);
	assert_int_equal(fx_inode("slow").i_blocks, 8);
	assert_int_equal(fx_inode("long").i_size, 4095);
	fx_refused(FX_OPTIONS(.block_size = 2048), "entry '/long': a symbolic link");
	fx_link(NULL, "empty", "");
	fx_refused(FX_OPTIONS(), "entry '/empty': a symbolic link to nothing");
}

/* A link that is not in its block finds that out from the count of blocks. */
static void fast_link_with_xattr_block(void **state)
{
	char value[2000] = { 1 };
	struct tree_node *n = fx_link(NULL, "fast", "target");

	(void)state;
	inode_set_xattr(n->inode, "trusted.big", value, sizeof(value));
	fx_write(FX_OPTIONS());
	assert_int_equal(fx_inode("fast").i_blocks, 8);
	fx_xattr("fast", "trusted.big", value, sizeof(value));
}

/* --- directories ------------------------------------------------------------------ */

static void large_directory(void **state)
{
	struct tree_node *dir = fx_add(NULL, "dir", INODE_DIR, 0755);
	struct ext2_inode_large i;
	char name[64];

	(void)state;
	for (int k = 0; k < 20000; k++) {
		snprintf(name, sizeof(name), "a name of the many %d", k);
		fx_add(dir, name, INODE_FILE, (uint32_t)k & 0777);
	}
	fx_write(FX_OPTIONS());
	for (int k = 0; k < 20000; k += 977) {
		snprintf(name, sizeof(name), "dir/a name of the many %d", k);
		assert_int_equal(fx_inode(name).i_mode & 07777, k & 0777);
	}
	i = fx_inode("dir");
	assert_int_equal(i.i_size / 4096, fx_blocks(&i));
}

static void deep_directories(void **state)
{
	struct tree_node *dir = NULL;
	ext2_ino_t ino = EXT2_ROOT_INO, up;

	(void)state;
	for (int i = 0; i < 3000; i++)
		dir = fx_add(dir, "d", INODE_DIR, 0755);
	fx_file(dir, "bottom", 1);
	fx_write(FX_OPTIONS(.block_size = 1024));
	for (int i = 0; i < 3000; i++) {
		up = ino;
		assert_int_equal(ext2fs_lookup(fx_fs, up, "d", 1, NULL, &ino), 0);
	}
	assert_int_equal(ext2fs_lookup(fx_fs, ino, "..", 2, NULL, &up), 0);
	assert_int_equal(up, ino - 1);
	assert_int_equal(ext2fs_lookup(fx_fs, ino, "bottom", 6, NULL, &up), 0);
}

static void many_subdirectories(void **state)
{
	struct tree_node *some = fx_add(NULL, "some", INODE_DIR, 0755);
	struct tree_node *many = fx_add(NULL, "many", INODE_DIR, 0755);
	char name[16];

	(void)state;
	for (int i = 0; i < 64999; i++) {
		snprintf(name, sizeof(name), "%d", i);
		fx_add(many, name, INODE_DIR, 0755);
		if (i < 300)
			fx_add(some, name, INODE_DIR, 0755);
	}
	fx_write(FX_OPTIONS(.block_size = 1024));
	assert_int_equal(fx_inode("many").i_links_count, 1);
	assert_int_equal(fx_inode("some").i_links_count, 302);
}

static void lost_and_found(void **state)
{
	struct tree_node *n;

	(void)state;
	fx_write(FX_OPTIONS());
	assert_int_equal(fx_find("lost+found"), EXT2_GOOD_OLD_FIRST_INO);
	assert_int_equal(fx_inode("lost+found").i_mode, LINUX_S_IFDIR | 0700);
	assert_int_equal(fx_inode("lost+found").i_size, 16384);
	assert_int_equal(fx_inode("lost+found").i_mtime, FX_EPOCH);
	n = fx_add(NULL, "lost+found", INODE_DIR, 0750);
	n->inode->mtime = 77;
	fx_file(n, "found", 3);
	fx_write(FX_OPTIONS());
	assert_int_equal(fx_inode("lost+found").i_mode, LINUX_S_IFDIR | 0750);
	assert_int_equal(fx_inode("lost+found").i_mtime, 77);
	assert_int_equal(fx_inode("lost+found/found").i_size, 3);
	assert_int_equal(fx_inode("/").i_links_count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)
		TEST(names),
		TEST(name_too_long),
		TEST(owners_and_modes),
		TEST(times),
		TEST(special_files),
		TEST(device_too_large),
		TEST(hard_links),
		TEST(too_many_links),
		TEST(links),
		TEST(fast_link_with_xattr_block),
		TEST(large_directory),
		TEST(deep_directories),
		TEST(many_subdirectories),
		TEST(lost_and_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
