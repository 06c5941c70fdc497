/* Instances on the disk: which are listed, and what is removed of them. */
#include "test_cli.h"

#include "vc/instance.h"

static void test_list(void **state)
{
	struct fixture *f = *state;
	_cleanup_instances_ struct instance_list list = { 0 };
	_cleanup_free_ char *image = path_join(f->home,
					       ".vdkr/x86_64/state.img");
	_cleanup_free_ char *link = path_join(f->home, ".vdkr/link");

	put_file(f, ".vdkr/x86_64/state.img", "x");
	put_file(f, ".vdkr/ci/console.log", "x");
	put_file(f, ".vdkr/foreign/file", "x");
	put_file(f, ".vdkr/.stateless-abcdef/state.img", "x");
	assert_int_equal(truncate(image, INT64_C(1) << 36), 0);
	assert_int_equal(symlink("x86_64", link), 0);
	assert_int_equal(resolve(f, WORDS("vdkr", "--arch=amd64")), 0);
	assert_int_equal(instance_list(&f->s, &list, &f->err), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.v[0].name, "ci");
	assert_int_equal(list.v[0].store_size, 0);
	assert_string_equal(list.v[1].name, "x86_64");
	assert_int_equal(list.v[1].store_size, INT64_C(1) << 36);
	assert_true(list.v[1].store_used < 1 << 20);
	assert_false(list.v[1].running);
}

static void test_list_without_a_base(void **state)
{
	struct fixture *f = *state;
	_cleanup_instances_ struct instance_list list = { 0 };

	assert_int_equal(resolve(f, WORDS("vdkr", "--arch=amd64")), 0);
	assert_int_equal(instance_list(&f->s, &list, &f->err), 0);
	assert_int_equal(list.n, 0);
}

static void test_remove(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *dir = path_join(f->home, "i");
	_cleanup_strv_ struct strv foreign = STRV_INIT;

	assert_int_equal(instance_remove(dir, &foreign, &f->err), 0);
	assert_int_equal(foreign.n, 0);
	put_file(f, "i/state.img", "x");
	put_file(f, "i/console.log", "x");
	put_file(f, "i/start.lock", "");
	assert_int_equal(instance_remove(dir, &foreign, &f->err), 1);
	assert_false(exists(dir));
}

static void test_foreign_files_stay(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *dir = path_join(f->home, "i");
	_cleanup_free_ char *image = path_join(dir, "state.img");
	_cleanup_free_ char *link = path_join(dir, "console.log");
	_cleanup_strv_ struct strv foreign = STRV_INIT;

	put_file(f, "i/state.img", "x");
	put_file(f, "i/thesis.tex", "x");
	put_file(f, "precious", "x");
	assert_int_equal(symlink("../precious", link), 0);
	assert_int_equal(instance_remove(dir, &foreign, &f->err), 0);
	assert_int_equal(foreign.n, 1);
	assert_string_equal(foreign.v[0], "thesis.tex");
	assert_false(exists(image));
	free(get_file(f, "i/thesis.tex"));
	free(get_file(f, "precious"));
}

static void test_links_are_not_followed(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *link = path_join(f->home, "link");
	_cleanup_strv_ struct strv foreign = STRV_INIT;

	put_file(f, "real/state.img", "x");
	assert_int_equal(symlink("real", link), 0);
	assert_int_equal(instance_remove(link, &foreign, &f->err), -1);
	free(get_file(f, "real/state.img"));
}

static void test_in_use_stays(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *dir = path_join(f->home, "i");
	_cleanup_free_ char *lock = path_join(dir, "lock");
	_cleanup_strv_ struct strv foreign = STRV_INIT;
	_cleanup_close_ int fd = -1;

	put_file(f, "i/state.img", "x");
	put_file(f, "i/lock", "");
	fd = open(lock, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(instance_remove(dir, &foreign, &f->err), -1);
	assert_says(f, "stop it first");
	assert_int_equal(instance_remove_store(dir, &f->err), -1);
	free(get_file(f, "i/state.img"));
}

/* A VM that is ending answers no more and still holds its lock. */
static void test_stop_waits_for_one_that_ends(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *dir = path_join(f->home, "i");
	_cleanup_free_ char *lock = path_join(dir, "lock");
	int ready[2];
	bool ran = false;
	char c;

	put_file(f, "i/lock", "");
	assert_int_equal(pipe(ready), 0);
	if (fork() == 0) {
		int fd = open(lock, O_RDWR | O_CLOEXEC);

		_exit(flock(fd, LOCK_EX) < 0 || write(ready[1], "x", 1) != 1 ||
		      usleep(200000) < 0);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(instance_stop(dir, &ran, &f->err), 0);
	assert_true(ran);
	assert_false(vm_is_locked(dir));
	assert_int_equal(instance_stop(dir, &ran, &f->err), 0);
	assert_false(ran);
	close(ready[0]);
	close(ready[1]);
}

static void test_stop_without_a_directory(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *dir = path_join(f->home, "none");
	bool ran = true;

	assert_int_equal(instance_stop(dir, &ran, &f->err), 0);
	assert_false(ran);
	assert_false(exists(dir));
}

static void test_remove_store(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *dir = path_join(f->home, "i");
	_cleanup_free_ char *image = path_join(dir, "state.img");

	assert_int_equal(instance_remove_store(dir, &f->err), 0);
	put_file(f, "i/state.img", "x");
	put_file(f, "i/console.log", "x");
	assert_int_equal(instance_remove_store(dir, &f->err), 0);
	assert_false(exists(image));
	free(get_file(f, "i/console.log"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_list),
		TEST(test_list_without_a_base),
		TEST(test_remove),
		TEST(test_foreign_files_stay),
		TEST(test_links_are_not_followed),
		TEST(test_in_use_stays),
		TEST(test_stop_waits_for_one_that_ends),
		TEST(test_stop_without_a_directory),
		TEST(test_remove_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
