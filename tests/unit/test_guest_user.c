/* USER of an image by the image's passwd and group, and paths in its root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../guest/inside.h"
#include "../../guest/user.h"
#include "vc/io.h"
#include "vc/util.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "# a comment\n"
			     "\n"
			     "short:x:5\n"
			     "nan:x:5x:5::/n:\n"
			     "wrap:x:4294967296:0::/w:\n"
			     "minus:x:-1:0::/m:\n"
			     "ann:x:1000:50:Ann:/home/ann:/bin/sh\n"
			     "ann:x:1:1::/second:\n"
			     "twin:x:1000:60::/home/twin:\n"
			     "1000:x:7:7::/seven:\n"
			     "homeless:x:8:8::\n"
			     "last:x:9:9::/last";
static const char group[] = "root:x:0:\n"
			    "wheel:x:10:bob,ann\n"
			    "staff:x:50:\n"
			    "almost:x:11:annie,an,\n"
			    "short:x:12\n"
			    "bad:x:1x:ann\n"
			    "video:x:44:ann\n"
			    "video:x:45:\n"
			    "nine:x:90:last";

static int find(const char *spec, struct user *u, struct vc_error *err)
{
	return user_find(spec, (struct text){ passwd, sizeof(passwd) - 1 },
			 (struct text){ group, sizeof(group) - 1 }, u, err);
}

static void test_found(void **state)
{
	static const struct {
		const char *spec;
		uint32_t uid, gid;
		const char *home;
		size_t groups;
	} cases[] = {
		{ "", 0, 0, "/root", 0 },
		{ "root", 0, 0, "/root", 0 },
		{ "0", 0, 0, "/root", 0 },
		{ "ann", 1000, 50, "/home/ann", 2 },
		{ "ann:", 1000, 50, "/home/ann", 2 },
		{ "ann:video", 1000, 44, "/home/ann", 0 },
		{ "ann:7", 1000, 7, "/home/ann", 0 },
		{ ":video", 0, 44, "/root", 0 },
		/* a number is never a name; the first entry counts */
		{ "1000", 1000, 50, "/home/ann", 2 },
		{ "01000", 1000, 50, "/home/ann", 2 },
		{ "7", 7, 7, "/seven", 0 },
		{ "65534:65534", 65534, 65534, "/", 0 },
		{ "2147483647", 2147483647, 0, "/", 0 },
		{ "homeless", 8, 8, "/", 0 },
		{ "last", 9, 9, "/last", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vc_error err = { 0 };
		struct user u;

		assert_int_equal(find(cases[i].spec, &u, &err), 0);
		assert_int_equal(u.uid, cases[i].uid);
		assert_int_equal(u.gid, cases[i].gid);
		assert_string_equal(u.home, cases[i].home);
		assert_int_equal(u.n_groups, cases[i].groups);
		user_release(&u);
	}
}

static void test_supplementary(void **state)
{
	struct vc_error err = { 0 };
	struct user u;

	(void)state;
	assert_int_equal(find("ann", &u, &err), 0);
	assert_int_equal(u.groups[0], 10);
	assert_int_equal(u.groups[1], 44);
	user_release(&u);
}

static void test_refused(void **state)
{
	static const struct {
		const char *spec, *words;
	} cases[] = {
		{ "bob", "no matching entries in passwd" },
		{ "short", "no matching entries in passwd" },
		{ "nan", "no matching entries in passwd" },
		{ "wrap", "no matching entries in passwd" },
		{ "minus", "no matching entries in passwd" },
		{ "an", "no matching entries in passwd" },
		{ "-1", "no matching entries in passwd" },
		{ "+1", "no matching entries in passwd" },
		{ "0x0", "no matching entries in passwd" },
		{ " 0", "no matching entries in passwd" },
		{ "root\n", "no matching entries in passwd" },
		{ "2147483648", "out of range" },
		{ "4294967295", "out of range" },
		{ "4294967296", "out of range" },
		{ "18446744073709551616", "out of range" },
		{ "99999999999999999999999999999999999999", "out of range" },
		{ "ann:bad", "no matching entries in group" },
		{ "ann:vide", "no matching entries in group" },
		{ "ann:4294967296", "out of range" },
		{ "a:b:c", "user:group" },
		{ "\033[2J", "?[2J" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vc_error err = { 0 };
		struct user u;

		assert_int_equal(find(cases[i].spec, &u, &err), -1);
		assert_non_null(strstr(err.msg, cases[i].words));
		vc_error_release(&err);
	}
}

static void test_no_files(void **state)
{
	const struct text none = { NULL, 0 };
	struct vc_error err = { 0 };
	struct user u;

	(void)state;
	assert_int_equal(user_find("", none, none, &u, &err), 0);
	assert_int_equal(u.uid, 0);
	assert_string_equal(u.home, "/");
	user_release(&u);
	assert_int_equal(user_find("12:13", none, none, &u, &err), 0);
	assert_int_equal(u.uid, 12);
	assert_int_equal(u.gid, 13);
	user_release(&u);
	assert_int_equal(user_find("root", none, none, &u, &err), -1);
	vc_error_release(&err);
}

/* --- paths in a root ------------------------------------------------------ */

struct root {
	char path[32];
	int fd;
};

static int set_up(void **state)
{
	struct root *r = xcalloc(1, sizeof(*r));

	snprintf(r->path, sizeof(r->path), "/tmp/inside-XXXXXX");
	assert_non_null(mkdtemp(r->path));
	r->fd = open(r->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(r->fd >= 0);
	assert_int_equal(mkdirat(r->fd, "etc", 0755), 0);
	*state = r;
	return 0;
}

static int tear_down(void **state)
{
	struct root *r = *state;
	struct vc_error err = { 0 };

	close(r->fd);
	assert_int_equal(remove_tree_at(AT_FDCWD, r->path, &err), 0);
	free(r);
	return 0;
}

static void put(const struct root *r, const char *path, const char *text)
{
	struct vc_error err = { 0 };

	assert_int_equal(write_file_at(r->fd, path, 0644, text, strlen(text),
				       &err), 0);
}

static void link_to(const struct root *r, const char *to, const char *path)
{
	assert_int_equal(symlinkat(to, r->fd, path), 0);
}

static void test_resolve_in_root(void **state)
{
	struct root *r = *state;
	struct vc_error err = { 0 };
	struct user u;

	/* the host has a root; this root's is not asked for on the host */
	assert_int_equal(user_resolve(r->fd, "root", &u, &err), -1);
	vc_error_release(&err);
	assert_int_equal(mkdirat(r->fd, "lib", 0755), 0);
	put(r, "lib/passwd", "me:x:77:78::/me:\n");
	link_to(r, "/lib/passwd", "etc/passwd");
	link_to(r, "../../../../../etc/group", "etc/group");
	assert_int_equal(user_resolve(r->fd, "me", &u, &err), -1);
	assert_non_null(strstr(err.msg, "etc/group"));
	vc_error_release(&err);
	assert_int_equal(unlinkat(r->fd, "etc/group", 0), 0);
	assert_int_equal(user_resolve(r->fd, "me", &u, &err), 0);
	assert_int_equal(u.uid, 77);
	user_release(&u);
}

static void test_odd_files(void **state)
{
	struct root *r = *state;
	struct vc_error err = { 0 };
	struct buf b = BUF_INIT;

	assert_int_equal(inside_read(r->fd, "etc/none", 10, &b, &err), 0);
	assert_int_equal(b.len, 0);
	put(r, "etc/long", "01234567890");
	assert_int_equal(inside_read(r->fd, "etc/long", 11, &b, &err), 0);
	assert_int_equal(b.len, 11);
	assert_int_equal(inside_read(r->fd, "etc/long", 10, &b, &err), -1);
	assert_non_null(strstr(err.msg, "larger than 10"));
	vc_error_release(&err);
	/* a pipe nobody writes to must not be waited for */
	assert_int_equal(mkfifoat(r->fd, "etc/pipe", 0600), 0);
	assert_int_equal(inside_read(r->fd, "etc/pipe", 10, &b, &err), -1);
	assert_non_null(strstr(err.msg, "no regular file"));
	vc_error_release(&err);
	buf_release(&b);
}

static void test_lacks(void **state)
{
	struct root *r = *state;

	assert_true(inside_lacks(r->fd, "etc/a"));
	put(r, "etc/a", "");
	assert_true(inside_lacks(r->fd, "etc/a"));
	put(r, "etc/a", "x");
	assert_false(inside_lacks(r->fd, "etc/a"));
	link_to(r, "../run/nowhere", "etc/b");
	assert_true(inside_lacks(r->fd, "etc/b"));
	link_to(r, "/etc/a", "etc/c");
	assert_false(inside_lacks(r->fd, "etc/c"));
	link_to(r, "loop", "etc/loop");
	assert_true(inside_lacks(r->fd, "etc/loop"));
}

static void test_mount_points(void **state)
{
	struct root *r = *state;
	struct vc_error err = { 0 };
	struct stat st;
	int fd;

	fd = inside_dir(r->fd, "proc", 0711, &err);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0711);
	close(fd);
	fd = inside_dir(r->fd, "proc", 0755, &err);
	assert_true(fd >= 0);
	close(fd);
	link_to(r, "etc", "dev");
	assert_int_equal(inside_dir(r->fd, "dev", 0755, &err), -1);
	assert_non_null(strstr(err.msg, "'/dev' is no directory"));
	vc_error_release(&err);
	put(r, "sys", "");
	assert_int_equal(inside_dir(r->fd, "sys", 0755, &err), -1);
	vc_error_release(&err);
}

static bool is_dir(const struct root *r, const char *path)
{
	struct stat st;

	return fstatat(r->fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

static void test_work_directory(void **state)
{
	static const struct {
		const char *path, *made; /* NULL: refused */
	} cases[] = {
		{ "/", "." },
		{ "/a/b/c", "a/b/c" },
		{ "/a/b/c", "a/b/c" },
		{ "//d/./e//", "d/e" },
		{ "/../../../f", "f" },
		{ "/up/g", "g" },
		{ "/abs/h/i", "etc/h/i" },
		{ "/dangling/j", NULL },
		{ "/loop/k", NULL },
		{ "/file/l", NULL },
		{ "/file", NULL },
		{ "/fd/m", NULL },
	};
	struct root *r = *state;

	link_to(r, "../../..", "up");
	link_to(r, "/etc", "abs");
	link_to(r, "/nowhere", "dangling");
	link_to(r, "loop", "loop");
	put(r, "file", "");
	/* not the host's: the link leads to a /proc of the root, which has none */
	link_to(r, "/proc/self/fd/0", "fd");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vc_error err = { 0 };
		int fd = inside_make(r->fd, cases[i].path, &err);

		if (cases[i].made) {
			assert_true(fd >= 0);
			assert_true(is_dir(r, cases[i].made));
			close(fd);
		} else {
			assert_int_equal(fd, -1);
			assert_non_null(err.msg);
			vc_error_release(&err);
		}
	}
}

/* In a root that has /proc, its magic links lead nowhere (CVE-2024-21626). */
static void test_magic_links(void **state)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int outside = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ char *path = xasprintf("/proc/self/fd/%d", outside);
	struct vc_error err = { 0 };

	(void)state;
	assert_int_equal(inside_make(root, path, &err), -1);
	assert_non_null(strstr(err.msg, "/proc/self/fd"));
	vc_error_release(&err);
	assert_int_equal(inside_make(root, "/proc/self/cwd", &err), -1);
	vc_error_release(&err);
	close(outside);
	close(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_supplementary),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_files),
		cmocka_unit_test_setup_teardown(test_resolve_in_root, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_odd_files, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_lacks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_mount_points, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_work_directory, set_up,
						tear_down),
		cmocka_unit_test(test_magic_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
