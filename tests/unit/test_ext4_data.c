/* ext4 images: the bytes of files, and extended attributes. */
#include "ext4_fixture.h"

/* --- data --------------------------------------------------------------------- */

static void sizes_of_files(void **state)
{
	static const size_t sizes[] = { 0, 1, 1023, 1024, 1025, 4096, 4097,
					300000, 3000000 };
	struct tree_node *n[ARRAY_SIZE(sizes)];
	char name[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		snprintf(name, sizeof(name), "f%zu", sizes[i]);
		n[i] = fx_file(NULL, name, sizes[i]);
	}
	for (uint32_t bs = 1024; bs <= 4096; bs *= 2) {
		fx_write(FX_OPTIONS(.block_size = bs));
		assert_int_equal(fx_fs->blocksize, bs);
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			struct ext2_inode_large l;

			snprintf(name, sizeof(name), "f%zu", sizes[i]);
			l = fx_inode(name);
			assert_int_equal(l.i_size, sizes[i]);
			assert_int_equal(fx_blocks(&l), (sizes[i] + bs - 1) / bs);
			if (sizes[i])
				fx_same_data(name, n[i]->inode);
		}
	}
}

/* Runs that share blocks, touch, straddle, or leave holes of all kinds. */
static void runs(void **state)
{
	static const struct {
		uint64_t at;
		size_t len;
	} v[] = {
		{ 5, 3 },	 { 100, 1 },	   { 4095, 2 },	    { 8191, 1 },
		{ 8192, 4096 },	 { 12288, 1 },	   { 40960, 300000 },
		{ 400000, 9 },	 { 409599, 2 },	   { 1000000, 2000000 },
		{ 3000000, 7 },	 { 9000001, 1 },
	};
	struct tree_node *n = fx_add(NULL, "f", INODE_FILE, 0600);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		fx_run(n->inode, v[i].at, v[i].len);
	n->inode->size = 10000000; /* ends with a hole */
	for (uint32_t bs = 1024; bs <= 4096; bs *= 2) {
		fx_write(FX_OPTIONS(.block_size = bs));
		fx_same_data("f", n->inode);
	}
}

static void holes_stay_holes(void **state)
{
	struct tree_node *n = fx_add(NULL, "f", INODE_FILE, 0600);
	struct ext2_inode_large i;

	(void)state;
	fx_run(n->inode, 0, 1);
	fx_run(n->inode, UINT64_C(5) << 30, 2);
	fx_add(NULL, "none", INODE_FILE, 0600)->inode->size = 1 << 20;
	fx_write(FX_OPTIONS());
	i = fx_inode("f");
	assert_int_equal(fx_blocks(&i), 2);
	assert_true(EXT2_I_SIZE(&i) == (UINT64_C(5) << 30) + 2);
	i = fx_inode("none");
	assert_int_equal(fx_blocks(&i), 0);
	assert_true(fx_size("image", NULL) < 1 << 20);
}

static void largest_file(void **state)
{
	const uint64_t max = UINT64_C(0xffffffff) * 4096;
	struct tree_node *n = fx_add(NULL, "f", INODE_FILE, 0600);
	struct ext2_inode_large i;
	unsigned char have[5], want[5];

	(void)state;
	fx_run(n->inode, max - 5, 5);
	fx_write(FX_OPTIONS());
	i = fx_inode("f");
	assert_true(EXT2_I_SIZE(&i) == max);
	fx_read("f", max - 5, have, 5);
	fx_pattern(want, 5, max - 5);
	assert_memory_equal(have, want, 5);
	n->inode->size++;
	fx_refused(FX_OPTIONS(), "entry '/f': a file of 17592186040321 bytes");
	n->inode->size = INT64_MAX;
	fx_refused(FX_OPTIONS(), "larger than ext4 has with blocks of 4096");
}

static unsigned tree_depth(const char *path)
{
	struct ext2_inode_large i = fx_inode(path);
	const struct ext3_extent_header *h = (void *)i.i_block;

	assert_int_equal(h->eh_magic, EXT3_EXT_MAGIC);
	return h->eh_depth;
}

static void scatter(struct tree_inode *i, int n)
{
	for (int k = 0; k < n; k++)
		fx_run(i, (uint64_t)k * 2048 + 17, 3);
}

/* An extent for each run: in the inode, in one level of blocks, in more. */
static void deep_extent_trees(void **state)
{
	static const int counts[] = { 4, 5, 84, 85, 336, 337, 5000, 29000 };
	static const unsigned depths[] = { 0, 1, 1, 1, 1, 2, 2, 3 };
	struct tree_node *n[ARRAY_SIZE(counts)];
	char name[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		snprintf(name, sizeof(name), "f%d", counts[i]);
		n[i] = fx_add(NULL, name, INODE_FILE, 0644);
		scatter(n[i]->inode, counts[i]);
	}
	fx_write(FX_OPTIONS(.block_size = 1024));
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		snprintf(name, sizeof(name), "f%d", counts[i]);
		assert_int_equal(tree_depth(name), depths[i]);
		fx_same_data(name, n[i]->inode);
	}
}

/* Groups begin with tables: a file over many of them is in pieces. */
static void files_across_groups(void **state)
{
	struct tree_node *n = fx_file(NULL, "large", 30 << 20);
	struct tree_node *after = fx_file(NULL, "small", 100);

	(void)state;
	fx_write(FX_OPTIONS(.block_size = 1024));
	assert_int_equal(fx_fs->group_desc_count, 4);
	fx_same_data("large", n->inode);
	fx_same_data("small", after->inode);
}

static void lost_data(void **state)
{
	struct tree_inode *i = fx_add(NULL, "f", INODE_FILE, 0600)->inode;
	const struct data_run r = { 0, 5000, 100, fx_spool };

	(void)state;
	inode_add_run(i, &r);
	i->size = 5000;
	fx_refused(FX_OPTIONS(), "entry '/f': its data has become shorter");
}

/* --- extended attributes ------------------------------------------------------------ */

static void small_attributes(void **state)
{
	const unsigned char cap[20] = { 1, 0, 0, 2, 0, 4 };
	struct tree_inode *i = fx_file(NULL, "f", 1)->inode;

	(void)state;
	inode_set_xattr(i, "security.capability", cap, sizeof(cap));
	inode_set_xattr(i, "user.empty", "", 0);
	fx_write(FX_OPTIONS());
	fx_xattr("f", "security.capability", cap, sizeof(cap));
	fx_xattr("f", "user.empty", "", 0);
	fx_xattr("f", "user.none", NULL, -1);
	assert_int_equal(fx_inode("f").i_file_acl, 0); /* all in the inode */
}

static void many_attributes(void **state)
{
	struct tree_inode *i = fx_add(NULL, "dir", INODE_DIR, 0755)->inode;
	char name[32], value[32];

	(void)state;
	for (int k = 0; k < 40; k++) {
		snprintf(name, sizeof(name), "%s.%d",
			 k & 1 ? "user.long name" : "trusted.x", k);
		snprintf(value, sizeof(value), "value %d", k * k);
		inode_set_xattr(i, name, value, strlen(value));
	}
	inode_set_xattr(i, "com.apple.provenance", "p", 1);
	fx_write(FX_OPTIONS());
	assert_int_not_equal(fx_inode("dir").i_file_acl, 0);
	assert_int_equal(fx_inode("dir").i_blocks, 16); /* directory, block */
	for (int k = 0; k < 40; k++) {
		snprintf(name, sizeof(name), "%s.%d",
			 k & 1 ? "user.long name" : "trusted.x", k);
		snprintf(value, sizeof(value), "value %d", k * k);
		fx_xattr("dir", name, value, (ssize_t)strlen(value));
	}
	fx_xattr("dir", "com.apple.provenance", "p", 1);
}

/* As the kernel searches it. */
static void attribute_block_is_sorted(void **state)
{
	struct tree_inode *i = fx_file(NULL, "f", 1)->inode;
	char value[100] = { 7 };
	struct ext2_ext_attr_entry *e;
	char block[4096];
	const char *order[] = { "z", "bb", "x", "a" };
	static const int indexes[] = { 1, 1, 4, 6 };

	(void)state;
	inode_set_xattr(i, "security.a", value, sizeof(value));
	inode_set_xattr(i, "user.bb", value, sizeof(value));
	inode_set_xattr(i, "trusted.x", value, sizeof(value));
	inode_set_xattr(i, "user.z", value, sizeof(value));
	fx_write(FX_OPTIONS());
	assert_int_equal(ext2fs_read_ext_attr3(fx_fs, fx_inode("f").i_file_acl,
					       block, fx_find("f")), 0);
	e = (void *)(block + sizeof(struct ext2_ext_attr_header));
	for (int k = 0; k < 4; k++, e = EXT2_EXT_ATTR_NEXT(e)) {
		assert_int_equal(e->e_name_index, indexes[k]);
		assert_int_equal(e->e_name_len, strlen(order[k]));
		assert_memory_equal(EXT2_EXT_ATTR_NAME(e), order[k], e->e_name_len);
		assert_int_equal(e->e_hash, ext2fs_ext_attr_hash_entry(
						    e, block + e->e_value_offs));
	}
	assert_true(EXT2_EXT_IS_LAST_ENTRY(e));
}

struct acl {
	uint32_t version;
	struct {
		uint16_t tag, perm;
		uint32_t id;
	} v[6];
};

static void access_lists(void **state)
{
	struct acl acl = { 2, { { 1, 7, 0 }, { 2, 5, 1000 }, { 4, 5, 0 },
				{ 8, 4, 70000 }, { 16, 7, 0 }, { 32, 5, 0 } } };
	struct tree_inode *i = fx_add(NULL, "dir", INODE_DIR, 0775)->inode;
	struct ext2_ext_attr_entry *e;
	struct ext2_inode_large *l;
	char raw[256];

	(void)state;
	inode_set_xattr(i, "system.posix_acl_access", &acl, sizeof(acl));
	acl.v[1].id = 33;
	inode_set_xattr(i, "system.posix_acl_default", &acl, sizeof(acl));
	fx_write(FX_OPTIONS());
	fx_xattr("dir", "system.posix_acl_default", &acl, sizeof(acl));
	acl.v[1].id = 1000;
	fx_xattr("dir", "system.posix_acl_access", &acl, sizeof(acl));
	/* on the disk: four short entries and two with an id */
	assert_int_equal(ext2fs_read_inode_full(fx_fs, fx_find("dir"), (void *)raw,
						sizeof(raw)), 0);
	l = (void *)raw;
	e = (void *)(raw + 128 + l->i_extra_isize + 4);
	assert_int_equal(e->e_name_index, 2);
	assert_int_equal(e->e_name_len, 0);
	assert_int_equal(e->e_value_size, 4 + 4 * 4 + 2 * 8);
	acl.version = 1;
	inode_set_xattr(i, "system.posix_acl_access", &acl, sizeof(acl));
	fx_refused(FX_OPTIONS(), "entry '/dir': its access list is malformed");
	acl.version = 2;
	inode_set_xattr(i, "system.posix_acl_access", &acl, sizeof(acl) - 3);
	fx_refused(FX_OPTIONS(), "access list is malformed");
	acl.v[3].tag = 64;
	inode_set_xattr(i, "system.posix_acl_access", &acl, sizeof(acl));
	fx_refused(FX_OPTIONS(), "access list is malformed");
	inode_set_xattr(i, "system.posix_acl_access", "", 0);
	fx_refused(FX_OPTIONS(), "access list is malformed");
}

static void attributes_too_large(void **state)
{
	struct tree_node *dir = fx_add(NULL, "dir", INODE_DIR, 0755);
	struct tree_inode *i = fx_file(dir, "f\033[1m", 1)->inode;
	char value[4096] = { 0 }, name[300] = "user.";

	(void)state;
	inode_set_xattr(i, "user.a", value, 4096 - 32 - 4 - 20);
	fx_write(FX_OPTIONS()); /* fills the block to its last byte */
	fx_xattr("dir/f\033[1m", "user.a", value, 4096 - 32 - 4 - 20);
	inode_set_xattr(i, "user.a", value, 4096 - 32 - 4 - 20 + 1);
	fx_refused(FX_OPTIONS(), "entry '/dir/f?[1m': extended attributes of 4041 "
				 "bytes do not fit: ext4 has one block of 4096");
	inode_set_xattr(i, "user.a", value, 2000);
	fx_refused(FX_OPTIONS(.block_size = 1024), "one block of 1024");
	memset(name + 5, 'n', 256);
	inode_set_xattr(i, name, "", 0);
	fx_refused(FX_OPTIONS(), "the name of an extended attribute has 256 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)
		TEST(sizes_of_files),
		TEST(runs),
		TEST(holes_stay_holes),
		TEST(largest_file),
		TEST(deep_extent_trees),
		TEST(files_across_groups),
		TEST(lost_data),
		TEST(small_attributes),
		TEST(many_attributes),
		TEST(attribute_block_is_sorted),
		TEST(access_lists),
		TEST(attributes_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
