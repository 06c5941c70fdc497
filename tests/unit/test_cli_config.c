/* The config file: what is read from it, and what a change leaves alone. */
#include "test_cli.h"

#include <sys/wait.h>

#include "vc/config.h"

#define FILE_NAME ".config/vdkr/config"

static char *dir_of(const struct fixture *f)
{
	return path_join(f->home, ".config/vdkr");
}

static void test_get(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *dir = dir_of(f);
	_cleanup_free_ char *value = NULL;

	assert_int_equal(config_get(dir, "memory", &value, &f->err), 0);
	assert_null(value);
	put_file(f, FILE_NAME, "# memory=1G\n\n memory =  512M \r\ncpus=3\n"
			       "memory=4G");
	assert_int_equal(config_get(dir, "memory", &value, &f->err), 0);
	assert_string_equal(value, "4G");
}

static void test_malformed(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *dir = dir_of(f);
	_cleanup_free_ char *value = NULL;

	put_file(f, FILE_NAME, "memory=1G\nnonsense\n");
	assert_int_equal(config_get(dir, "memory", &value, &f->err), -1);
	assert_says(f, "line 2");
	assert_null(value);
}

static void test_unknown_keys_are_found(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *dir = dir_of(f);
	_cleanup_strv_ struct strv keys = STRV_INIT;

	put_file(f, FILE_NAME, "# registry=a\nregistry=b\ncpus=1\nmemroy=1G\n");
	assert_int_equal(config_unknown(dir, &keys, &f->err), 0);
	assert_int_equal(keys.n, 2);
	assert_string_equal(keys.v[0], "registry");
	assert_string_equal(keys.v[1], "memroy");
}

static void test_set_keeps_the_rest(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *dir = dir_of(f);
	_cleanup_free_ char *text = NULL;

	put_file(f, FILE_NAME, "# mine\nlater-key=1\nmemory=1G\ncpus=3\n"
			       "memory=2G\nverbose=true");
	assert_int_equal(config_set(dir, "memory", "4G", &f->err), 0);
	text = get_file(f, FILE_NAME);
	assert_string_equal(text, "# mine\nlater-key=1\nmemory=4G\ncpus=3\n"
				  "verbose=true\n");
	assert_int_equal(config_set(dir, "memory", NULL, &f->err), 0);
	assert_int_equal(config_set(dir, "idle-timeout", "0", &f->err), 0);
	free(text);
	text = get_file(f, FILE_NAME);
	assert_string_equal(text, "# mine\nlater-key=1\ncpus=3\n"
				  "verbose=true\nidle-timeout=0\n");
}

static void test_set_checks(void **state)
{
	static const char *const bad[][2] = {
		{ "arch", "mips" },	     { "timeout", "1h" },
		{ "state-dir", "relative" }, { "state-dir", "/a\nmemory=1" },
		{ "verbose", "maybe" },	     { "idle-timeout", "-1" },
		{ "auto-daemon", "" },	     { "memory", "1M" },
		{ "cpus", "0" },	     { "registry", "x" },
		{ "registry-mirror", "x" },  { "suspend", "maybe" },
	};
	struct fixture *f = *state;
	_cleanup_free_ char *dir = dir_of(f);

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(config_set(dir, bad[i][0], bad[i][1], &f->err),
				 -1);
		assert_says(f, bad[i][0]);
	}
	assert_int_equal(config_set(dir, "nonsense", "1", &f->err), -1);
	assert_string_equal(f->err.msg,
			    "unknown key 'nonsense': valid are arch, timeout, "
			    "state-dir, verbose, idle-timeout, suspend, "
			    "auto-daemon, memory, cpus");
	assert_false(exists(dir));
}

static void test_set_writes_through_a_link(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *dir = dir_of(f);
	_cleanup_free_ char *link = path_join(f->home, FILE_NAME);
	_cleanup_free_ char *text = NULL;
	struct stat st;

	put_file(f, "dotfiles/vdkr", "cpus=1\n");
	assert_int_equal(make_dirs(dir, 0700, &f->err), 0);
	assert_int_equal(symlink("../../dotfiles/vdkr", link), 0);
	assert_int_equal(config_set(dir, "cpus", "2", &f->err), 0);
	text = get_file(f, "dotfiles/vdkr");
	assert_string_equal(text, "cpus=2\n");
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
}

/* Eight processes change the same file; each change must survive. */
static void test_changes_at_once(void **state)
{
	static const char *const set[][2] = {
		{ "arch", "arm64" },	{ "timeout", "1" },
		{ "state-dir", "/s" },	{ "verbose", "true" },
		{ "idle-timeout", "2" },{ "auto-daemon", "false" },
		{ "memory", "1G" },	{ "cpus", "3" },
	};
	struct fixture *f = *state;
	_cleanup_free_ char *dir = dir_of(f);

	for (size_t i = 0; i < ARRAY_SIZE(set); i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0)
			_exit(config_set(dir, set[i][0], set[i][1], &f->err) <
			      0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(set); i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(set); i++) {
		_cleanup_free_ char *value = NULL;

		assert_int_equal(config_get(dir, set[i][0], &value, &f->err),
				 0);
		assert_string_equal(value, set[i][1]);
	}
}

static void test_every_key_has_an_effect(void **state)
{
	struct fixture *f = *state;
	struct vm_spec spec;

	put_file(f, FILE_NAME, "arch=arm64\ntimeout=7\nstate-dir=/s\n"
			       "verbose=true\nidle-timeout=0\n"
			       "auto-daemon=false\nmemory=1G\ncpus=3\n");
	assert_int_equal(resolve(f, WORDS("vdkr", "ps")), 0);
	settings_vm_spec(&f->s, &spec);
	assert_string_equal(spec.arch, "aarch64");
	assert_string_equal(spec.state_dir, "/s/aarch64");
	assert_int_equal(f->s.timeout, 7);
	assert_true(f->s.verbose && spec.oneshot);
	assert_int_equal(spec.idle_timeout, 0);
	assert_int_equal(spec.memory, 1u << 30);
	assert_int_equal(spec.cpus, 3);
	/* the file's sizes are wishes; only the command line's are demands */
	assert_false(spec.fixed_memory || spec.fixed_cpus);
	/* and options go before it */
	assert_int_equal(resolve(f, WORDS("vdkr", "-q", "--timeout=0",
					  "--cpus=1", "-a", "amd64", "ps")), 0);
	assert_int_equal(f->s.timeout, 0);
	assert_int_equal(f->s.cpus, 1);
	assert_false(f->s.verbose);
	assert_string_equal(f->s.arch, "x86_64");
}

static void test_a_bad_value_names_file_and_key(void **state)
{
	struct fixture *f = *state;

	put_file(f, FILE_NAME, "memory=lots\n");
	assert_int_equal(resolve(f, WORDS("vdkr", "ps")), -1);
	assert_says(f, FILE_NAME);
	assert_says(f, "'memory'");
	/* what would repair it can still find the file */
	assert_non_null(f->s.config_dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_get),
		TEST(test_malformed),
		TEST(test_unknown_keys_are_found),
		TEST(test_set_keeps_the_rest),
		TEST(test_set_checks),
		TEST(test_set_writes_through_a_link),
		TEST(test_changes_at_once),
		TEST(test_every_key_has_an_effect),
		TEST(test_a_bad_value_names_file_and_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
