/* Memory, strings, files, programs and words to the user. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "vc/buf.h"
#include "vc/error.h"
#include "vc/io.h"
#include "vc/log.h"
#include "vc/spawn.h"
#include "vc/strv.h"
#include "vc/util.h"

/* A directory of its own for each test that needs one; see main(). */
static int make_dir(void **state)
{
	char *dir = xstrdup("/tmp/vc-test-util-XXXXXX");

	assert_non_null(mkdtemp(dir));
	*state = dir;
	return 0;
}

static int remove_dir(void **state)
{
	_cleanup_error_ struct vc_error err = { 0 };
	int r = remove_tree_at(AT_FDCWD, *state, &err);

	free(*state);
	return r;
}

static void put_file(const char *dir, const char *name, const char *text)
{
	_cleanup_free_ char *path = path_join(dir, name);
	_cleanup_error_ struct vc_error err = { 0 };

	assert_int_equal(write_file_at(AT_FDCWD, path, 0600, text, strlen(text),
				       &err), 0);
}

static void expect_file(const char *dir, const char *name, const char *text)
{
	_cleanup_free_ char *path = path_join(dir, name);
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;

	assert_int_equal(read_file_at(AT_FDCWD, path, 4096, &b, &err), 0);
	assert_int_equal(b.len, strlen(text));
	assert_memory_equal(buf_ptr(&b), text, b.len);
}

static void test_buf_is_a_queue(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	size_t in = 0, out = 0;

	(void)state;
	/* numbers go in faster than they come out, then the other way */
	for (int round = 0; round < 2000; round++) {
		for (int i = 0; i < (round < 1000 ? 3 : 1); i++, in++)
			buf_add(&b, &in, sizeof(in));
		for (int i = 0; i < 2 && out < in; i++, out++) {
			assert_memory_equal(buf_ptr(&b), &out, sizeof(out));
			buf_consume(&b, sizeof(out));
		}
		assert_int_equal(b.len, (in - out) * sizeof(in));
		assert_int_equal(buf_ptr(&b)[b.len], 0);
	}
	/* and the front that was read did not stay in memory */
	assert_true(b.cap < 64 * 1024);
}

static void test_buf_steal(void **state)
{
	struct buf b = BUF_INIT;
	_cleanup_free_ char *empty = buf_steal(&b), *text = NULL;

	(void)state;
	assert_string_equal(empty, "");
	buf_add_str(&b, "xx");
	buf_printf(&b, "%s-%d", "a", 1);
	buf_add_char(&b, '.');
	buf_consume(&b, 2);
	assert_string_equal(text = buf_steal(&b), "a-1.");
	assert_null(b.data);
}

static void test_strv(void **state)
{
	_cleanup_strv_ struct strv v = STRV_INIT;

	(void)state;
	for (int i = 0; i < 20; i++)
		strv_addf(&v, "%d", i);
	strv_insert(&v, 0, "first");
	strv_insert(&v, v.n, "last");
	strv_remove(&v, 1); /* "0" */
	strv_set(&v, 1, xstrdup("one"));
	assert_int_equal(v.n, 21);
	assert_string_equal(v.v[0], "first");
	assert_string_equal(v.v[1], "one");
	assert_string_equal(v.v[20], "last");
	assert_null(v.v[21]);
	assert_true(strv_contains(&v, "19"));
	assert_false(strv_contains(&v, "0"));
}

static void test_numbers(void **state)
{
	static const char *const bad[] = { "", " 1", "1 ", "+1", "-1", "0x1", "1.0",
					   "18446744073709551616", "4", "99999" };
	uint64_t v = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parse_u64(bad[i], 5, 9999, &v), -1);
	assert_int_equal(v, 77);
	assert_int_equal(parse_u64("0005", 5, 9999, &v), 0);
	assert_int_equal(v, 5);
	assert_int_equal(parse_u64("18446744073709551615", 0, UINT64_MAX, &v), 0);
	assert_true(v == UINT64_MAX);
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "3", 3000 }, { "3k", 3072 }, { "3K", 3072 }, { "3kb", 3072 },
		{ "2MiB", 2097152 }, { "64G", 68719476736 }, { "1T", 1099511627776 },
	};
	static const char *const bad[] = { "", "k", "1x", "1kk", "-1k", "1 k", "1.5G",
					   "16777216T", "99999999999999999999" };
	uint64_t v = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parse_size(bad[i], 1000, &v), -1);
	assert_int_equal(v, 77);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(parse_size(good[i].text, 1000, &v), 0);
		assert_true(v == good[i].bytes);
	}
}

/* Field defect 61: what a guest prints must not drive the user's terminal. */
static void test_printable(void **state)
{
	static const char raw[] = "ok\tdone\r\n\x1b[31mred\x1b]0;title\x07"
				  "\x9b" "2J\xc2\x9b\x7f\b\r.";
	_cleanup_free_ char *clean = printable(raw, sizeof(raw) - 1);
	_cleanup_free_ char *nul = printable("a\0b", 3);

	(void)state;
	assert_string_equal(clean, "ok\tdone\n?[31mred?]0;title??2J?????.");
	assert_string_equal(nul, "a?b");
	for (int c = 0; c < 256; c++) {
		char s[2] = { (char)c, 'x' };
		_cleanup_free_ char *p = printable(s, 2);

		assert_true((p[0] >= 0x20 && p[0] < 0x7f) || p[0] == '\n' ||
			    p[0] == '\t');
		assert_string_equal(p + 1, "x");
	}
}

static void test_errors_have_a_history(void **state)
{
	_cleanup_error_ struct vc_error err = { 0 };

	(void)state;
	assert_int_equal(vc_fail(&err, ENOENT, "cannot open '%s'", "x"), -1);
	assert_int_equal(vc_wrap(&err, "layer %d", 2), -1);
	assert_string_equal(err.msg, "layer 2: cannot open 'x': "
				     "No such file or directory");
	assert_int_equal(err.errnum, ENOENT);
	assert_int_equal(vc_error_status(&err), VC_EXIT_FAILURE);
	/* the second failure replaces the first */
	vc_fail_usage(&err, "unknown option '%s'", "--x");
	assert_string_equal(err.msg, "unknown option '--x'");
	assert_int_equal(err.errnum, 0);
	assert_int_equal(vc_error_status(&err), VC_EXIT_USAGE);
	err.status = 124;
	vc_wrap(&err, "run");
	assert_int_equal(vc_error_status(&err), 124);
}

static void test_paths(void **state)
{
	static const char *const cases[][3] = {
		{ "a", "b", "a/b" }, { "a/", "b", "a/b" }, { "a", "/b", "/b" },
		{ "", "b", "b" }, { "/", "b", "/b" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *p = path_join(cases[i][0], cases[i][1]);

		assert_string_equal(p, cases[i][2]);
	}
}

static void test_files_are_replaced_whole(void **state)
{
	const char *dir = *state;
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_free_ char *path = path_join(dir, "f");
	struct stat st;

	put_file(dir, "f", "old");
	assert_int_equal(write_file_at(AT_FDCWD, path, 0600, "new", 3, &err), 0);
	expect_file(dir, "f", "new");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* no temporary name is left: the directory can go once the file has */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void test_a_file_too_large_is_refused(void **state)
{
	_cleanup_free_ char *path = path_join(*state, "f");
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf b = BUF_INIT;

	put_file(*state, "f", "12345");
	assert_int_equal(read_file_at(AT_FDCWD, path, 4, &b, &err), -1);
	assert_non_null(strstr(err.msg, "larger than 4 bytes"));
	assert_int_equal(read_file_at(AT_FDCWD, "/nonexistent", 4, &b, &err), -1);
	assert_int_equal(err.errnum, ENOENT);
}

/* A tree is removed without following a link out of it. */
static void test_remove_does_not_follow_links(void **state)
{
	_cleanup_free_ char *tree = path_join(*state, "tree");
	_cleanup_free_ char *sub = path_join(tree, "a/b/c");
	_cleanup_free_ char *kept = path_join(*state, "kept");
	_cleanup_free_ char *to_dir = path_join(tree, "a/dir-link");
	_cleanup_free_ char *to_file = path_join(tree, "a/b/file-link");
	_cleanup_free_ char *dangling = path_join(tree, "dangling");
	_cleanup_error_ struct vc_error err = { 0 };

	assert_int_equal(make_dirs(sub, 0700, &err), 0);
	assert_int_equal(make_dirs(kept, 0700, &err), 0);
	put_file(kept, "file", "kept");
	put_file(sub, "file", "goes");
	assert_int_equal(symlink("../../kept", to_dir), 0);
	assert_int_equal(symlink("../../../kept/file", to_file), 0);
	assert_int_equal(symlink("/nonexistent/x", dangling), 0);
	assert_int_equal(remove_tree_at(AT_FDCWD, tree, &err), 0);
	assert_int_equal(access(tree, F_OK), -1);
	expect_file(kept, "file", "kept");
	assert_int_equal(remove_tree_at(AT_FDCWD, tree, &err), 0); /* missing: fine */
}

static void test_unnamed_files_have_no_name(void **state)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_close_ int fd = open_unnamed(*state, &err);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, "x", 1, &err), 0);
	assert_int_equal(rmdir(*state), 0); /* nothing is in it */
	assert_int_equal(open_unnamed("/nonexistent", &err), -1);
	assert_non_null(strstr(err.msg, "/nonexistent"));
}

static void test_fds_are_closed_on_exec(void **state)
{
	_cleanup_error_ struct vc_error err = { 0 };
	int fds[2];

	(void)state;
	assert_int_equal(make_socketpair(fds, &err), 0);
	for (int i = 0; i < 2; i++) {
		assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
		close(fds[i]);
	}
}

static void run_shell(const char *script, int expected, struct vc_error *err)
{
	_cleanup_strv_ struct strv argv = STRV_INIT;

	strv_add_all(&argv, (char *[]){ (char *)"/bin/sh", (char *)"-c", NULL });
	strv_add(&argv, script);
	assert_int_equal(run_program(&argv, err), expected);
}

static void test_programs(void **state)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_strv_ struct strv argv = STRV_INIT;

	(void)state;
	run_shell("echo this is not shown", 0, &err);
	/* standard input is empty, not the caller's */
	run_shell("! read line", 0, &err);
	run_shell("echo one; printf 'two \\033[31m\\n\\n' >&2; exit 7", -1, &err);
	assert_string_equal(err.msg, "'/bin/sh' failed with status 7: two ?[31m");
	run_shell("kill -9 $$", -1, &err);
	assert_non_null(strstr(err.msg, "ended by signal 9"));
	strv_add(&argv, "/nonexistent/program");
	assert_int_equal(run_program(&argv, &err), -1);
	assert_non_null(strstr(err.msg, "/nonexistent/program"));
}

static void test_find_program(void **state)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_free_ char *path = xstrdup(getenv("PATH"));
	_cleanup_free_ char *found = NULL;

	(void)state;
	/* mke2fs and its kind are not in many users' PATH */
	setenv("PATH", "/nonexistent", 1);
	found = find_program("sh", "dash", &err);
	setenv("PATH", path, 1);
	assert_non_null(found);
	assert_true(str_ends(found, "/sh"));
	assert_null(find_program("no-such-program", "no-such-package", &err));
	assert_non_null(strstr(err.msg, "no-such-program"));
	assert_non_null(strstr(err.msg, "no-such-package"));
}

/* What `speak` writes to stderr, at most 4 KiB, owned by the caller. */
static char *stderr_of(void (*speak)(void))
{
	int fds[2], saved = dup(STDERR_FILENO);
	char *text = xcalloc(1, 4096);

	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	dup2(fds[1], STDERR_FILENO);
	speak();
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(fds[1]);
	assert_true(read(fds[0], text, 4095) >= 0);
	close(fds[0]);
	return text;
}

static void speak_all(void)
{
	_cleanup_error_ struct vc_error err = { 0 };

	log_verbose("verbose %d", 1);
	log_note("note");
	progress("half done"); /* no terminal: no progress */
	progress_end();
	vc_fail(&err, 0, "failed %%s");
	assert_int_equal(log_error(&err), VC_EXIT_FAILURE);
}

static void test_log_levels(void **state)
{
	_cleanup_free_ char *quiet = NULL, *normal = NULL, *verbose = NULL;

	(void)state;
	log_init("vdkr", LOG_QUIET);
	assert_string_equal(quiet = stderr_of(speak_all), "vdkr: failed %s\n");
	log_init("vdkr", LOG_NORMAL);
	assert_string_equal(normal = stderr_of(speak_all),
			    "vdkr: note\nvdkr: failed %s\n");
	log_init("vdkr", LOG_VERBOSE);
	assert_string_equal(verbose = stderr_of(speak_all),
			    "vdkr: verbose 1\nvdkr: note\nvdkr: failed %s\n");
}

#define WITH_DIR(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buf_is_a_queue),
		cmocka_unit_test(test_buf_steal),
		cmocka_unit_test(test_strv),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_errors_have_a_history),
		cmocka_unit_test(test_paths),
		WITH_DIR(test_files_are_replaced_whole),
		WITH_DIR(test_a_file_too_large_is_refused),
		WITH_DIR(test_remove_does_not_follow_links),
		WITH_DIR(test_unnamed_files_have_no_name),
		cmocka_unit_test(test_fds_are_closed_on_exec),
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_find_program),
		cmocka_unit_test(test_log_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
