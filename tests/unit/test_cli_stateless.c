/* Fresh stores of --stateless: one per call, and none left behind. */
#include "test_cli.h"

static void make(struct fixture *f)
{
	assert_int_equal(resolve(f, WORDS("vdkr", "--stateless", "ps")), 0);
	assert_null(f->s.state_dir);
	assert_int_equal(settings_make_state_dir(&f->s, &f->err), 0);
}

static void test_fresh_and_private(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *dir = NULL;
	struct stat st;

	make(f);
	dir = xstrdup(f->s.state_dir);
	assert_non_null(strstr(dir, "/.vdkr/.stateless-"));
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	settings_release(&f->s);
	assert_false(exists(dir));
}

static void test_two_at_once_keep_apart(void **state)
{
	struct fixture *f = *state;
	struct settings first;

	make(f);
	first = f->s;
	f->s = (struct settings){ 0 };
	make(f);
	assert_string_not_equal(first.state_dir, f->s.state_dir);
	assert_true(exists(first.state_dir));
	settings_release(&first);
}

static void test_leftovers_go(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *old = path_join(f->home, ".vdkr/.stateless-abcdef");
	_cleanup_free_ char *used = path_join(f->home, ".vdkr/.stateless-ghijkl");
	_cleanup_free_ char *lock = path_join(used, "lock");
	_cleanup_free_ char *other = path_join(f->home, ".vdkr/.stateless-x");
	_cleanup_free_ char *link = path_join(f->home, ".vdkr/.stateless-mnopqr");
	_cleanup_close_ int fd = -1;

	put_file(f, ".vdkr/.stateless-abcdef/state.img", "x");
	put_file(f, ".vdkr/.stateless-ghijkl/lock", "");
	put_file(f, ".vdkr/.stateless-x/file", "");
	put_file(f, "precious/file", "");
	assert_int_equal(symlink("../precious", link), 0);
	fd = open(lock, O_RDWR | O_CLOEXEC);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	make(f);
	assert_false(exists(old));
	assert_true(exists(used)); /* a VM lives there */
	assert_true(exists(other));
	assert_true(exists(link));
	free(get_file(f, "precious/file"));
}

static void test_kept_while_a_vm_lives_in_it(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *dir = NULL;
	_cleanup_free_ char *lock = NULL;
	_cleanup_close_ int fd = -1;

	make(f);
	dir = xstrdup(f->s.state_dir);
	lock = path_join(dir, "lock");
	fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	settings_release(&f->s);
	assert_true(exists(dir));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_fresh_and_private),
		TEST(test_two_at_once_keep_apart),
		TEST(test_leftovers_go),
		TEST(test_kept_while_a_vm_lives_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
