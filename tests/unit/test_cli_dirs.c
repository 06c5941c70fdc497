/* Configuration and state directories: where, and who may write there. */
#include "test_cli.h"

#define ARCH "--arch=x86_64"

static void test_config_dir(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(resolve(f, WORDS("vdkr", ARCH)), 0);
	assert_below_home(f, f->s.config_dir, ".config/vdkr");
	setenv("XDG_CONFIG_HOME", "relative", 1);
	assert_int_equal(resolve(f, WORDS("vdkr", ARCH)), 0);
	assert_below_home(f, f->s.config_dir, ".config/vdkr");
	setenv("XDG_CONFIG_HOME", "/xdg", 1);
	assert_int_equal(resolve(f, WORDS("vdkr", ARCH)), 0);
	assert_string_equal(f->s.config_dir, "/xdg/vdkr");
	setenv("VDKR_CONFIG_DIR", "/conf", 1);
	assert_int_equal(resolve(f, WORDS("vdkr", ARCH)), 0);
	assert_string_equal(f->s.config_dir, "/conf");
	assert_int_equal(resolve(f, WORDS("vdkr", ARCH, "--config-dir=/o/")), 0);
	assert_string_equal(f->s.config_dir, "/o");
}

static void test_state_dir(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(resolve(f, WORDS("vdkr", ARCH)), 0);
	assert_below_home(f, f->s.state_dir, ".vdkr/x86_64");
	assert_int_equal(resolve(f, WORDS("vdkr", ARCH, "-I", "ci.1")), 0);
	assert_below_home(f, f->s.state_dir, ".vdkr/ci.1");
	put_file(f, ".config/vdkr/config", "state-dir = /big/vdkr\n");
	assert_int_equal(resolve(f, WORDS("vdkr", ARCH)), 0);
	assert_string_equal(f->s.state_dir, "/big/vdkr/x86_64");
	setenv("VDKR_STATE_DIR", "/env", 1);
	assert_int_equal(resolve(f, WORDS("vdkr", ARCH)), 0);
	assert_string_equal(f->s.state_dir, "/env/x86_64");
	assert_int_equal(resolve(f, WORDS("vdkr", ARCH, "--state-dir", "/s/")),
			 0);
	assert_string_equal(f->s.state_dir, "/s");
}

static void test_relative_state_dir_is_the_callers(void **state)
{
	struct fixture *f = *state;
	char *back = getcwd(NULL, 0);

	assert_int_equal(chdir(f->home), 0);
	assert_int_equal(resolve(f, WORDS("vdkr", ARCH, "--state-dir=d")), 0);
	assert_below_home(f, f->s.state_dir, "d");
	assert_int_equal(chdir(back), 0);
	free(back);
}

static void test_socket_path_limit(void **state)
{
	char dir[128];
	struct fixture *f = *state;
	_cleanup_free_ char *option = NULL;

	/* "/control.sock" is 13 bytes of the 107 */
	memset(dir, 'a', sizeof(dir));
	dir[0] = '/';
	dir[107 - 13] = '\0';
	option = xasprintf("--state-dir=%s", dir);
	assert_int_equal(resolve(f, WORDS("vdkr", ARCH, option)), 0);
	free(option);
	option = xasprintf("--state-dir=%sb", dir);
	assert_int_equal(resolve(f, WORDS("vdkr", ARCH, option)), -1);
	assert_says(f, "107");
	assert_says(f, "'--state-dir'");
}

static void test_home_must_be_known(void **state)
{
	struct fixture *f = *state;

	setenv("HOME", "relative", 1);
	assert_int_equal(resolve(f, WORDS("vdkr", ARCH)), -1);
	assert_says(f, "set HOME");
	/* nothing of it is needed when everything is named */
	assert_int_equal(resolve(f, WORDS("vdkr", ARCH, "--config-dir=/c",
					  "--state-dir=/s")), 0);
	unsetenv("HOME"); /* the user database has it */
	assert_int_equal(resolve(f, WORDS("vdkr", ARCH)), 0);
}

static void test_made_private(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(resolve(f, WORDS("vdkr", ARCH)), 0);
	assert_int_equal(settings_make_state_dir(&f->s, &f->err), 0);
	assert_int_equal(stat(f->s.state_dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(stat(f->s.state_base, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(settings_make_state_dir(&f->s, &f->err), 0);
}

static void test_writable_by_others_is_refused(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *fix = NULL;

	assert_int_equal(resolve(f, WORDS("vdkr", ARCH)), 0);
	assert_int_equal(settings_make_state_dir(&f->s, &f->err), 0);
	fix = xasprintf("'chmod 700 %s'", f->s.state_dir);
	assert_int_equal(chmod(f->s.state_dir, 0770), 0);
	assert_int_equal(settings_make_state_dir(&f->s, &f->err), -1);
	assert_says(f, fix);
	assert_int_equal(chmod(f->s.state_dir, 0755), 0);
	assert_int_equal(settings_make_state_dir(&f->s, &f->err), 0);
}

static void test_links_and_files_are_refused(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *link = path_join(f->home, ".vdkr/link");

	put_file(f, ".vdkr/file", "");
	assert_int_equal(symlink(f->home, link), 0);
	assert_int_equal(resolve(f, WORDS("vdkr", ARCH, "-I", "link")), 0);
	assert_int_equal(settings_make_state_dir(&f->s, &f->err), -1);
	assert_says(f, "symbolic link");
	assert_int_equal(resolve(f, WORDS("vdkr", ARCH, "-I", "file")), 0);
	assert_int_equal(settings_make_state_dir(&f->s, &f->err), -1);
	assert_says(f, "no directory");
}

static void test_belonging_to_another_is_refused(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0)
		skip();
	assert_int_equal(resolve(f, WORDS("vdkr", ARCH)), 0);
	assert_int_equal(settings_make_state_dir(&f->s, &f->err), 0);
	assert_int_equal(chown(f->s.state_dir, 12345, 12345), 0);
	assert_int_equal(settings_make_state_dir(&f->s, &f->err), -1);
	assert_says(f, "12345");
}

static void test_unwritable_parent(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(resolve(f, WORDS("vdkr", ARCH,
					  "--state-dir=/proc/x/y")), 0);
	assert_int_equal(settings_make_state_dir(&f->s, &f->err), -1);
	assert_says(f, "/proc/x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_config_dir),
		TEST(test_state_dir),
		TEST(test_relative_state_dir_is_the_callers),
		TEST(test_socket_path_limit),
		TEST(test_home_must_be_known),
		TEST(test_made_private),
		TEST(test_writable_by_others_is_refused),
		TEST(test_links_and_files_are_refused),
		TEST(test_belonging_to_another_is_refused),
		TEST(test_unwritable_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
