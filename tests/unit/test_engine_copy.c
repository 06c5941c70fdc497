/* cp and build contexts: paths, destinations, and the tar for the guest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/copy.h"
#include "engine/copy_header.h"
#include "engine/copy_path.h"
#include "engine/copy_tar.h"
#include "engine/copy_target.h"
#include "engine/dockerignore.h"
#include "engine/untar.h"
#include "vc/io.h"
#include "vc/log.h"
#include "vc/util.h"

/* In a fresh directory, which is also the current one. */
struct fixture {
	char *dir;
	struct buf tar;
	struct vc_error err;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	log_init("test", LOG_QUIET);
	f->dir = xstrdup("/tmp/vc-copy-XXXXXX");
	if (!mkdtemp(f->dir) || chdir(f->dir) < 0)
		return -1;
	setenv("PWD", f->dir, 1);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	vc_error_release(&f->err);
	if (chdir("/") < 0 || remove_tree_at(AT_FDCWD, f->dir, &f->err) < 0)
		return -1;
	buf_release(&f->tar);
	free(f->dir);
	free(f);
	return 0;
}

static void put_file(const char *path, const char *text, mode_t mode)
{
	struct vc_error err = { 0 };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text), &err), 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* --- paths ---------------------------------------------------------------- */

static void test_clean(void **state)
{
	/* from Go's path/filepath tests */
	static const char *const cases[][2] = {
		{ "", "." }, { "abc", "abc" }, { "abc/def", "abc/def" }, { "/", "/" },
		{ ".", "." }, { "..", ".." }, { "../..", "../.." }, { "/abc", "/abc" },
		{ "abc/", "abc" }, { "abc//def//", "abc/def" }, { "//abc", "/abc" },
		{ "abc/./def", "abc/def" }, { "/./abc/def", "/abc/def" },
		{ "abc/def/ghi/../jkl", "abc/def/jkl" }, { "abc/def/..", "abc" },
		{ "abc/def/../..", "." }, { "/abc/def/../..", "/" },
		{ "abc/def/../../..", ".." }, { "/abc/def/../../..", "/" },
		{ "/../abc", "/abc" }, { "abc/./../def", "def" },
		{ "abc/../../././../def", "../../def" }, { "..abc/..", "." },
		{ "a/..b/../c", "a/c" }, { "../../abc", "../../abc" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *got = copy_clean(cases[i][0]);

		assert_string_equal(got, cases[i][1]);
	}
}

static void test_absolute(void **state)
{
	static const char *const cases[][2] = {
		{ "a", "/a" }, { "a/", "/a/" }, { "a/.", "/a/." }, { ".", "/." },
		{ "./a/../b", "/b" }, { "./", "/" }, { "a/..", "" },
	};
	struct fixture *f = *state;
	_cleanup_free_ char *root = copy_absolute("/.");

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *got = copy_absolute(cases[i][0]);
		_cleanup_free_ char *want = xasprintf("%s%s", f->dir, cases[i][1]);

		assert_string_equal(got, want);
	}
	assert_string_equal(root, "/.");
}

static void test_parts(void **state)
{
	_cleanup_free_ char *a = copy_parent("/a/b");
	_cleanup_free_ char *b = copy_parent("/a");
	_cleanup_free_ char *c = copy_parent("a");

	(void)state;
	assert_string_equal(a, "/a");
	assert_string_equal(b, "/");
	assert_string_equal(c, ".");
	assert_string_equal(copy_base("/a/b"), "b");
	assert_string_equal(copy_base("a"), "a");
	assert_string_equal(copy_base("/"), "");
	assert_true(copy_names_content("a/."));
	assert_true(copy_names_content("."));
	assert_false(copy_names_content("a/.."));
	assert_false(copy_names_content("a."));
}

static void test_whose_path(void **state)
{
	(void)state;
	assert_true(copy_is_container("ctr:/x"));
	assert_true(copy_is_container("ctr:x:y"));
	assert_true(copy_is_container("host0/ctr:/x"));
	assert_false(copy_is_container("/x:y"));
	assert_false(copy_is_container("./x:y"));
	assert_false(copy_is_container("../x:y"));
	assert_false(copy_is_container(".x:y"));
	assert_false(copy_is_container("x"));
	assert_false(copy_is_container(":x"));
	assert_false(copy_is_container("-"));
}

/* --- destinations --------------------------------------------------------- */

static int find(struct fixture *f, const struct tool *tool, const char *dst,
		bool source_is_dir, char **ret)
{
	struct settings s = { .tool = tool };
	struct engine_call call = { .s = &s };
	struct copy_target t;
	int r;

	vc_error_release(&f->err);
	copy_target_init(&t);
	r = copy_target_find(&t, &call, dst, &f->err);
	if (r == 0)
		r = copy_target_check(&t, &call, source_is_dir, &f->err);
	if (r == 0)
		*ret = xasprintf("%s %s", t.dir + strlen(f->dir),
				 t.is_dir ? "" : t.name);
	copy_target_release(&t);
	return r;
}

#define assert_goes(dst, dir, want)                                         \
	do {                                                                \
		_cleanup_free_ char *got_ = NULL;                           \
		assert_int_equal(find(f, &tool_vdkr, dst, dir, &got_), 0);  \
		assert_string_equal(got_, want);                            \
	} while (0)
#define assert_not(tool, dst, dir, text)                              \
	do {                                                          \
		char *got_ = NULL;                                    \
		assert_int_equal(find(f, tool, dst, dir, &got_), -1); \
		assert_non_null(strstr(f->err.msg, text));            \
	} while (0)

static void test_target(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir("dir", 0755), 0);
	put_file("file", "", 0644);
	assert_int_equal(symlink("dir", "ldir"), 0);
	assert_int_equal(symlink("file", "lfile"), 0);
	assert_int_equal(symlink("dir/new", "lnew"), 0);
	assert_int_equal(symlink("loop", "loop"), 0);

	assert_goes("dir", true, "/dir ");
	assert_goes("dir/", false, "/dir ");
	assert_goes("ldir", true, "/dir ");
	assert_goes(".", true, " ");
	assert_goes("new", true, " new");
	assert_goes("new", false, " new");
	assert_goes("new/", true, " new");
	assert_goes("file", false, " file");
	assert_goes("lfile", false, " file");
	assert_goes("lnew", false, "/dir new");
	assert_goes("dir/../x", false, " x");
	assert_not(&tool_vdkr, "file", true, "cannot copy directory");
	assert_not(&tool_vdkr, "new/", false, "no such directory");
	assert_not(&tool_vdkr, "file/", false, "not a directory");
	assert_not(&tool_vdkr, "no/new", false, "invalid output path: directory \"");
	assert_not(&tool_vdkr, "/dev/null", false, "got a device");
	assert_not(&tool_vdkr, "loop", false, "cannot write to");
	assert_int_equal(f->err.status, 0);
	assert_not(&tool_vpdmn, "file", true, "destination must be a directory");
	assert_not(&tool_vpdmn, "new/", true, "\"new/\" could not be found on the host");
	assert_int_equal(f->err.status, VC_EXIT_ENGINE);
}

static void test_target_is_writable(void **state)
{
	struct fixture *f = *state;

	if (geteuid() == 0)
		skip();
	assert_int_equal(mkdir("closed", 0555), 0);
	assert_not(&tool_vdkr, "closed", false, "cannot write to");
	assert_not(&tool_vdkr, "closed/x", false, "cannot write to");
}

/* --- packing -------------------------------------------------------------- */

static int pack(struct fixture *f, const struct copy_tar_spec *spec)
{
	struct byte_source *s;
	char chunk[777]; /* so that pieces end anywhere */
	ssize_t n;

	vc_error_release(&f->err);
	buf_clear(&f->tar);
	if (copy_tar_open(spec, NULL, &s, &f->err) < 0)
		return -1;
	while ((n = s->read(s, chunk, sizeof(chunk), &f->err)) > 0)
		buf_add(&f->tar, chunk, (size_t)n);
	s->free(s);
	return (int)n;
}

/* What was packed, as our own reader unpacks it. */
static void unpack(struct fixture *f, const char *dir)
{
	_cleanup_close_ int fd = memfd_create("tar", MFD_CLOEXEC);
	const struct extent archive = { fd, 0, f->tar.len };
	_cleanup_close_ int out = -1;
	struct untar u = { .label = dir, .content = true };

	assert_int_equal(write_all(fd, buf_ptr(&f->tar), f->tar.len, &f->err), 0);
	assert_int_equal(mkdir(dir, 0755), 0);
	out = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	u.dirfd = out;
	assert_int_equal(untar_extract(&u, &archive, &f->err), 0);
}

static struct stat look(const char *path)
{
	struct stat st = { 0 };

	(void)lstat(path, &st);
	return st;
}

static void set_time(const char *path, time_t t)
{
	const struct timespec times[2] = { { t, 0 }, { t, 0 } };

	assert_int_equal(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void test_tree(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *name = xasprintf("src/%0150d", 1);
	_cleanup_free_ char *out = xasprintf("out/s/N/%0150d", 1);
	const struct copy_tar_spec spec = { .path = "src", .name = "s/N" };
	char target[200] = "";

	assert_int_equal(mkdir("src", 0750), 0);
	assert_int_equal(mkdir("src/empty", 0555), 0);
	assert_int_equal(mkdir("src/sub", 0700), 0);
	put_file("src/sub/a", "content", 04640);
	put_file(name, "", 0600);
	put_file("src/\xff\n", "x", 0600);
	assert_int_equal(link("src/sub/a", "src/z"), 0);
	assert_int_equal(symlink(name, "src/link"), 0);
	assert_int_equal(mkfifo("src/fifo", 0600), 0);
	set_time("src/sub/a", 1000);
	set_time("src/sub", 2000);
	set_time("src", 3000);
	assert_int_equal(pack(f, &spec), 0);
	unpack(f, "out");
	assert_int_equal(look("out/s/N").st_mode, S_IFDIR | 0750);
	assert_int_equal(look("out/s/N").st_mtime, 3000);
	assert_int_equal(look("out/s/N/empty").st_mode, S_IFDIR | 0555);
	assert_int_equal(look("out/s/N/sub").st_mtime, 2000);
	assert_int_equal(look("out/s/N/sub/a").st_mode, S_IFREG | 04640);
	assert_int_equal(look("out/s/N/sub/a").st_size, 7);
	assert_int_equal(look("out/s/N/z").st_ino, look("out/s/N/sub/a").st_ino);
	assert_int_equal(look("out/s/N/\xff\n").st_size, 1);
	assert_int_equal(look("out/s/N/fifo").st_mode & S_IFMT, S_IFIFO);
	assert_int_equal(look(out).st_mode, S_IFREG | 0600);
	assert_int_equal(readlink("out/s/N/link", target, sizeof(target) - 1),
			 strlen(name));
	assert_string_equal(target, name);
}

static void test_single_entries(void **state)
{
	struct fixture *f = *state;
	struct copy_tar_spec spec = { .path = "file", .name = "s/x" };

	put_file("file", "content", 0644);
	assert_int_equal(pack(f, &spec), 0);
	unpack(f, "out");
	assert_int_equal(look("out/s/x").st_size, 7);
	assert_int_equal(symlink("nowhere", "link"), 0);
	spec.path = "link";
	assert_int_equal(pack(f, &spec), 0);
	unpack(f, "out2");
	assert_int_equal(look("out2/s/x").st_mode & S_IFMT, S_IFLNK);
	spec.path = "missing";
	assert_int_equal(pack(f, &spec), -1);
	assert_non_null(strstr(f->err.msg, "'missing'"));
}

static void test_sockets_are_left_out(void **state)
{
	struct fixture *f = *state;
	const struct copy_tar_spec spec = { .path = "src", .name = "" };
	const struct copy_tar_spec itself = { .path = "src/sock", .name = "x" };
	const struct sockaddr_un a = { AF_UNIX, "src/sock" };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(mkdir("src", 0755), 0);
	put_file("src/file", "", 0644);
	assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(pack(f, &spec), 0);
	unpack(f, "out");
	assert_int_equal(look("out/file").st_mode, S_IFREG | 0644);
	assert_int_equal(look("out/sock").st_mode, 0);
	assert_int_equal(pack(f, &itself), -1);
	assert_non_null(strstr(f->err.msg, "socket"));
}

static void test_unreadable_is_named(void **state)
{
	struct fixture *f = *state;
	const struct copy_tar_spec spec = { .path = "src", .name = "" };

	if (geteuid() == 0)
		skip();
	assert_int_equal(mkdir("src", 0755), 0);
	put_file("src/secret", "x", 0);
	assert_int_equal(pack(f, &spec), -1);
	assert_non_null(strstr(f->err.msg, "'src/secret'"));
}

static enum copy_want want(void *data, const char *path, bool is_dir)
{
	const struct dockerignore *d = data;

	/* a directory that need not be opened is not */
	assert_null(strstr(path, "below-left-out"));
	if (!dockerignore_excludes(d, path))
		return COPY_TAKE;
	return is_dir && dockerignore_keeps_below(d, path) ? COPY_LOOK_INSIDE :
							     COPY_LEAVE;
}

static void test_context(void **state)
{
	static const char ignore[] = "*\n!src/*/keep\n!top\n";
	struct fixture *f = *state;
	struct dockerignore d;
	const struct copy_tar_spec spec = { .path = "ctx", .name = "",
					    .owned_by_root = true, .want = want,
					    .data = &d };

	dockerignore_parse(&d, ignore, strlen(ignore));
	assert_int_equal(mkdir("ctx", 0755), 0);
	assert_int_equal(mkdir("ctx/left", 0755), 0);
	assert_int_equal(mkdir("ctx/left/below-left-out", 0755), 0);
	assert_int_equal(mkdir("ctx/src", 0711), 0);
	assert_int_equal(mkdir("ctx/src/a", 0755), 0);
	assert_int_equal(mkdir("ctx/src/b", 0755), 0);
	put_file("ctx/src/a/keep", "", 0644);
	put_file("ctx/src/a/drop", "", 0644);
	put_file("ctx/src/b/drop", "", 0644);
	put_file("ctx/top", "", 0644);
	if (geteuid() == 0)
		assert_int_equal(chown("ctx/top", 12, 34), 0);
	assert_int_equal(pack(f, &spec), 0);
	dockerignore_release(&d);
	unpack(f, "out");
	assert_int_equal(look("out/src/a/keep").st_mode, S_IFREG | 0644);
	assert_int_equal(look("out/src").st_mode, S_IFDIR | 0711);
	assert_int_equal(look("out/src/a/drop").st_mode, 0);
	assert_int_equal(look("out/src/b").st_mode, 0);
	assert_int_equal(look("out/left").st_mode, 0);
	assert_int_equal(look("out/top").st_mode, S_IFREG | 0644);
	/* the first member is the deepest; owners are zeros */
	assert_string_equal(buf_ptr(&f->tar), "src/a/keep");
	assert_memory_equal(buf_ptr(&f->tar) + 108, "0000000\0" "0000000", 16);
}

/* What a PAX reader would find in records is in the header here. */
static void test_large_numbers(void **state)
{
	const struct tar_entry e = { .name = "x", .type = '0', .uid = 4294967294,
				     .size = 1ull << 40, .mtime = -5 };
	_cleanup_buf_ struct buf b = BUF_INIT;
	unsigned sum = 0, want_sum;
	char *h;

	(void)state;
	copy_put_header(&b, &e);
	assert_int_equal(b.len, TAR_BLOCK);
	h = buf_ptr(&b);
	assert_memory_equal(h + 108, "\x80\0\0\0\xff\xff\xff\xfe", 8);
	assert_memory_equal(h + 124, "\x80\0\0\0\0\0\1\0\0\0\0\0", 12);
	assert_memory_equal(h + 136, "00000000000", 12);
	want_sum = (unsigned)strtoul(h + 148, NULL, 8);
	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += i >= 148 && i < 156 ? ' ' : (unsigned char)h[i];
	assert_int_equal(sum, want_sum);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		TEST(test_absolute),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_whose_path),
		TEST(test_target),
		TEST(test_target_is_writable),
		TEST(test_tree),
		TEST(test_single_entries),
		TEST(test_sockets_are_left_out),
		TEST(test_unreadable_is_named),
		TEST(test_context),
		cmocka_unit_test(test_large_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
