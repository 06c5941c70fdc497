/* Where the guest's files are looked for, and what a missing one is called. */
#include "test_cli.h"

static void put_guest(struct fixture *f, const char *dir)
{
	static const char *const files[] = { "kernel", "initramfs",
					     "rootfs.squashfs" };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		_cleanup_free_ char *path = path_join(dir, files[i]);

		put_file(f, path, "x");
	}
}

static int find(struct fixture *f, const char *blob_dir)
{
	_cleanup_free_ char *option =
		blob_dir ? xasprintf("--blob-dir=%s/%s", f->home, blob_dir) :
			   xstrdup("-q");

	if (resolve(f, WORDS("vdkr", "--arch=arm64", option)) < 0)
		return -1;
	return settings_guest_dir(&f->s, &f->err);
}

static void set_env(struct fixture *f, const char *name, const char *below)
{
	_cleanup_free_ char *path = path_join(f->home, below);

	setenv(name, path, 1);
}

static void test_order_of_what_is_given(void **state)
{
	struct fixture *f = *state;

	put_guest(f, "opt/aarch64");
	put_guest(f, "own/aarch64");
	put_guest(f, "vxn/aarch64");
	put_guest(f, "all/aarch64");
	set_env(f, "VCONTAINER_GUEST_DIR", "all");
	assert_int_equal(find(f, NULL), 0);
	assert_below_home(f, f->s.guest_dir, "all/aarch64");
	set_env(f, "VXN_BLOB_DIR", "vxn");
	assert_int_equal(find(f, NULL), 0);
	assert_below_home(f, f->s.guest_dir, "vxn/aarch64");
	set_env(f, "VDKR_BLOB_DIR", "own");
	assert_int_equal(find(f, NULL), 0);
	assert_below_home(f, f->s.guest_dir, "own/aarch64");
	assert_int_equal(find(f, "opt"), 0);
	assert_below_home(f, f->s.guest_dir, "opt/aarch64");
}

static void test_files_in_the_directory_itself(void **state)
{
	struct fixture *f = *state;

	put_guest(f, "flat");
	assert_int_equal(find(f, "flat"), 0);
	assert_below_home(f, f->s.guest_dir, "flat");
}

static void test_missing_is_named_with_the_fix(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = path_join(f->home, "g/aarch64/initramfs");
	_cleanup_free_ char *none = path_join(f->home, "none/aarch64/kernel");

	put_file(f, "g/aarch64/kernel", "x");
	assert_int_equal(find(f, "g"), -1);
	assert_says(f, path);
	assert_says(f, "'make guest ARCHES=aarch64'");
	assert_null(f->s.guest_dir);
	assert_int_equal(find(f, "none"), -1);
	assert_says(f, none);
}

static void test_given_and_wrong_does_not_fall_back(void **state)
{
	struct fixture *f = *state;

	put_guest(f, "all/aarch64");
	set_env(f, "VCONTAINER_GUEST_DIR", "all");
	set_env(f, "VDKR_BLOB_DIR", "none");
	assert_int_equal(find(f, NULL), -1);
	assert_says(f, "none/aarch64/kernel");
}

static void test_a_directory_is_no_file(void **state)
{
	struct fixture *f = *state;

	put_guest(f, "g/aarch64/kernel");
	assert_int_equal(find(f, "g"), -1);
	assert_says(f, "no readable file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_order_of_what_is_given),
		TEST(test_files_in_the_directory_itself),
		TEST(test_missing_is_named_with_the_fix),
		TEST(test_given_and_wrong_does_not_fall_back),
		TEST(test_a_directory_is_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
