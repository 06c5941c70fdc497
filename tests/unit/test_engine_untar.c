/* Unpacking what a guest sends: as it was, and never outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/untar.h"
#include "engine/untar_name.h"
#include "vc/io.h"
#include "vc/log.h"
#include "vc/util.h"

struct fixture {
	char *root; /* holds "dst", where things go, and "outside" */
	int dst;
	struct buf tar;
	struct untar u;
	struct untar_info info;
	struct vc_error err;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	_cleanup_free_ char *dst = NULL;

	f->root = xstrdup("/tmp/vc-untar-XXXXXX");
	if (!mkdtemp(f->root))
		return -1;
	dst = path_join(f->root, "dst");
	if (mkdir(dst, 0755) < 0)
		return -1;
	f->dst = open(dst, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	f->u = (struct untar){ .dirfd = f->dst, .label = "dst" };
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	close(f->dst);
	vc_error_release(&f->err);
	if (remove_tree_at(AT_FDCWD, f->root, &f->err) < 0)
		return -1;
	buf_release(&f->tar);
	free(f->root);
	free(f);
	return 0;
}

static void add_entry(struct fixture *f, const struct tar_entry *e,
		      const char *data)
{
	tar_put_header(&f->tar, e);
	buf_add(&f->tar, data, (size_t)e->size);
	tar_put_zeros(&f->tar, tar_padding(e->size));
}

static void add_file(struct fixture *f, const char *name, const char *data)
{
	const struct tar_entry e = { .name = name, .type = '0', .mode = 0640,
				     .size = strlen(data), .mtime = 1000 };

	add_entry(f, &e, data);
}

static void add_dir(struct fixture *f, const char *name, unsigned mode)
{
	const struct tar_entry e = { .name = name, .type = '5', .mode = mode,
				     .mtime = 2000 };

	add_entry(f, &e, NULL);
}

static void add_link(struct fixture *f, char type, const char *name,
		     const char *target)
{
	const struct tar_entry e = { .name = name, .type = type, .link = target,
				     .mode = 0777, .mtime = 3000 };

	add_entry(f, &e, NULL);
}

static int run_bytes(struct fixture *f, const void *data, size_t len)
{
	_cleanup_close_ int fd = memfd_create("tar", MFD_CLOEXEC);
	const struct extent archive = { fd, 0, len };
	int r;

	assert_int_equal(write_all(fd, data, len, &f->err), 0);
	vc_error_release(&f->err);
	r = untar_check(&f->u, &archive, &f->info, &f->err);
	return r < 0 ? r : untar_extract(&f->u, &archive, &f->err);
}

static int run(struct fixture *f)
{
	int r;

	tar_put_zeros(&f->tar, (size_t)2 * TAR_BLOCK);
	r = run_bytes(f, buf_ptr(&f->tar), f->tar.len);
	buf_clear(&f->tar);
	return r;
}

static void put_file(struct fixture *f, const char *path, const char *text)
{
	_cleanup_free_ char *full = path_join(f->root, path);
	int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text), &f->err), 0);
	close(fd);
}

static struct stat look(struct fixture *f, const char *path)
{
	struct stat st = { 0 };

	(void)fstatat(f->dst, path, &st, AT_SYMLINK_NOFOLLOW);
	return st; /* all zero: it is not there */
}

#define assert_content(f, path, text)                                          \
	do {                                                                   \
		_cleanup_buf_ struct buf b_ = BUF_INIT;                        \
		assert_int_equal(read_file_at((f)->dst, path, 65536, &b_,      \
					      &(f)->err), 0);                  \
		assert_int_equal(b_.len, strlen(text));                        \
		assert_memory_equal(b_.len ? buf_ptr(&b_) : "", text, b_.len); \
	} while (0)
#define assert_refused(f, text)                            \
	do {                                               \
		assert_int_equal(run(f), -1);              \
		assert_non_null(strstr((f)->err.msg, text)); \
	} while (0)
#define assert_missing(f, path) assert_int_equal(look(f, path).st_mode, 0)

static void test_as_it_was(void **state)
{
	struct fixture *f = *state;
	char target[16] = "";
	struct stat st;

	add_dir(f, "etc/", 0750);
	add_dir(f, "etc/ro/", 0555);
	add_file(f, "etc/ro/a", "one");
	add_file(f, "etc/empty", "");
	add_link(f, '1', "etc/hard", "etc/ro/a");
	add_link(f, '2', "etc/soft", "/etc/passwd");
	assert_int_equal(run(f), 0);
	assert_true(f->info.is_dir);
	assert_content(f, "etc/ro/a", "one");
	assert_content(f, "etc/hard", "one");
	assert_int_equal(look(f, "etc").st_mode, S_IFDIR | 0750);
	st = look(f, "etc/ro");
	assert_int_equal(st.st_mode, S_IFDIR | 0555);
	assert_int_equal(st.st_mtime, 2000);
	assert_int_equal(look(f, "etc").st_mtime, 2000);
	st = look(f, "etc/ro/a");
	assert_int_equal(st.st_mode, S_IFREG | 0640);
	assert_int_equal(st.st_mtime, 1000);
	assert_int_equal(st.st_nlink, 2);
	assert_int_equal(look(f, "etc/empty").st_size, 0);
	assert_int_equal(readlinkat(f->dst, "etc/soft", target, sizeof(target)), 11);
	assert_memory_equal(target, "/etc/passwd", 11);
	assert_int_equal(look(f, "etc/soft").st_mtime, 3000);
	/* so that an ordinary user can remove it */
	assert_int_equal(fchmodat(f->dst, "etc/ro", 0755, 0), 0);
}

static void test_top_is_renamed(void **state)
{
	struct fixture *f = *state;

	f->u.top = "new";
	add_dir(f, "etc/", 0755);
	add_file(f, "etc/etc", "x");
	add_link(f, '1', "etc/l", "etc/etc");
	assert_int_equal(run(f), 0);
	assert_content(f, "new/etc", "x");
	assert_int_equal(look(f, "new/l").st_nlink, 2);
	assert_missing(f, "etc");
	add_file(f, "passwd", "y");
	f->u.top = "file";
	assert_int_equal(run(f), 0);
	assert_false(f->info.is_dir);
	assert_content(f, "file", "y");
}

static void test_content(void **state)
{
	struct fixture *f = *state;

	f->u.content = true;
	add_dir(f, "./", 0500);
	add_file(f, "./a", "1");
	add_file(f, "b", "2");
	add_file(f, "/c", "3");
	assert_int_equal(run(f), 0);
	assert_content(f, "a", "1");
	assert_content(f, "b", "2");
	assert_content(f, "c", "3");
	/* the user's directory is not the archive's */
	assert_int_equal(look(f, ".").st_mode, S_IFDIR | 0755);
	f->u.top = "new";
	add_dir(f, "./", 0700);
	add_file(f, "./a", "4");
	assert_int_equal(run(f), 0);
	assert_content(f, "new/a", "4");
	assert_int_equal(look(f, "new").st_mode, S_IFDIR | 0700);
}

static void test_modes(void **state)
{
	struct fixture *f = *state;
	const struct tar_entry su = { .name = "d/su", .type = '0', .mode = 04755 };
	const struct tar_entry none = { .name = "d/none", .type = '0', .mode = 0 };
	const struct tar_entry fifo = { .name = "d/fifo", .type = '6', .mode = 0622 };

	umask(077);
	add_dir(f, "d", 01777);
	add_entry(f, &su, NULL);
	add_entry(f, &none, NULL);
	add_entry(f, &fifo, NULL);
	assert_int_equal(run(f), 0);
	umask(022);
	assert_int_equal(look(f, "d").st_mode, S_IFDIR | 01777);
	assert_int_equal(look(f, "d/su").st_mode, S_IFREG | 04755);
	assert_int_equal(look(f, "d/none").st_mode, S_IFREG);
	assert_int_equal(look(f, "d/fifo").st_mode, S_IFIFO | 0622);
}

static void test_odd_names(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *name = xasprintf("d/%0200d/%0120d", 1, 2);

	add_file(f, name, "long");
	add_file(f, "d/\xff\xfe\\x2d\n", "bytes");
	add_file(f, "d/\xc3\xa9", "utf-8");
	add_file(f, "d/.wh.x", "whiteout");
	assert_int_equal(run(f), 0);
	assert_content(f, name, "long");
	assert_content(f, "d/\xff\xfe\\x2d\n", "bytes");
	assert_content(f, "d/\xc3\xa9", "utf-8");
	assert_content(f, "d/.wh.x", "whiteout");
}

/* PAX records as Go writes them have no hdrcharset, whatever the bytes. */
static void test_long_bytes_without_charset(void **state)
{
	struct fixture *f = *state;
	_cleanup_buf_ struct buf records = BUF_INIT;
	const struct tar_entry e = { .name = "x", .type = '0', .records = &records };

	tar_put_record(&records, "path", "d/\xff\xfe", 4);
	add_entry(f, &e, NULL);
	assert_int_equal(run(f), 0);
	assert_int_equal(look(f, "d/\xff\xfe").st_mode & S_IFMT, S_IFREG);
}

static void test_zeros_become_a_hole(void **state)
{
	struct fixture *f = *state;
	size_t size = (size_t)1 << 20;
	_cleanup_free_ char *data = xcalloc(1, size);
	const struct tar_entry e = { .name = "x", .type = '0', .size = size,
				     .mode = 0600 };
	_cleanup_buf_ struct buf b = BUF_INIT;

	memcpy(data + 500000, "middle", 6);
	add_entry(f, &e, data);
	assert_int_equal(run(f), 0);
	assert_int_equal(look(f, "x").st_size, size);
	assert_true(look(f, "x").st_blocks <= 64);
	assert_int_equal(read_file_at(f->dst, "x", size, &b, &f->err), 0);
	assert_memory_equal(buf_ptr(&b), data, size);
}

static void test_names_that_leave(void **state)
{
	static const char *const names[] = {
		"../x", "a/../../x", "a/..", "..", "a/../b", "/x", "./../x",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		add_file(f, names[i], "bad");
		assert_refused(f, "leaves the directory");
		add_dir(f, names[i], 0700);
		assert_refused(f, "leaves the directory");
	}
	f->u.content = true;
	add_file(f, "/../x", "bad");
	assert_refused(f, "leaves the directory");
}

static void test_links_are_not_followed(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *outside = path_join(f->root, "outside");
	_cleanup_free_ char *file = path_join(f->root, "outside/x");

	assert_int_equal(mkdir(outside, 0755), 0);
	add_dir(f, "d", 0755);
	add_link(f, '2', "d/l", outside);
	add_file(f, "d/l/x", "bad");
	assert_refused(f, "d/l");
	add_link(f, '2', "d/rel", "../../outside");
	add_dir(f, "d/rel/y", 0755);
	assert_refused(f, "d/rel");
	/* the last part is replaced, not written through */
	put_file(f, "outside/x", "good");
	add_link(f, '2', "d/f", file);
	add_file(f, "d/f", "new");
	assert_int_equal(run(f), 0);
	assert_content(f, "d/f", "new");
	assert_content(f, "../outside/x", "good");
	/* nor through what the user has there */
	assert_int_equal(symlinkat(outside, f->dst, "theirs"), 0);
	add_file(f, "theirs/x", "bad");
	assert_refused(f, "theirs");
	assert_content(f, "../outside/x", "good");
}

static void test_top_as_a_link(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *outside = path_join(f->root, "outside");

	assert_int_equal(mkdir(outside, 0755), 0);
	f->u.content = true;
	add_link(f, '2', ".", outside);
	add_file(f, "./x", "1");
	assert_int_equal(run(f), 0);
	assert_content(f, "x", "1");
	assert_missing(f, "../outside/x");
	f->u.top = "new";
	add_link(f, '2', "./", outside);
	add_file(f, "./x", "1");
	assert_refused(f, "new");
	assert_missing(f, "../outside/x");
}

static void test_hard_links_lead_to_the_archive(void **state)
{
	struct fixture *f = *state;

	put_file(f, "secret", "s");
	put_file(f, "dst/mine", "m");
	add_link(f, '1', "d/l", "../secret");
	assert_refused(f, "leaves the directory");
	add_link(f, '1', "d/l", "/etc/passwd");
	assert_refused(f, "leaves the directory");
	add_link(f, '1', "mine2", "mine");
	assert_refused(f, "not below");
	f->u.content = true;
	add_link(f, '1', "mine2", "mine");
	assert_refused(f, "was not in the archive");
	f->u.content = false;
	add_link(f, '1', "d/l", "d/missing");
	assert_refused(f, "d/missing");
	add_dir(f, "d", 0755);
	add_link(f, '1', "d/l", "d");
	assert_refused(f, "was not in the archive");
	add_link(f, '2', "d/s", "../../secret");
	add_link(f, '1', "d/l", "d/s");
	assert_refused(f, "was not in the archive");
	add_file(f, "d/self", "x");
	add_link(f, '1', "d/self", "d/self");
	assert_int_equal(run(f), 0);
	assert_content(f, "d/self", "x");
	assert_missing(f, "mine2");
}

static void test_only_what_was_asked_for(void **state)
{
	struct fixture *f = *state;

	add_dir(f, "etc", 0755);
	add_file(f, ".bashrc", "bad");
	assert_refused(f, "not below 'etc'");
	assert_missing(f, "etc"); /* found before anything was made */
	add_dir(f, "etc", 0755);
	add_file(f, "etcetera", "bad");
	assert_refused(f, "not below 'etc'");
}

static void test_directories_stay_directories(void **state)
{
	struct fixture *f = *state;

	add_dir(f, "d/x", 0755);
	assert_int_equal(run(f), 0);
	add_file(f, "d/x", "1");
	assert_refused(f, "cannot overwrite directory with non-directory 'dst/d/x'");
	add_file(f, "d/f", "1");
	assert_int_equal(run(f), 0);
	add_dir(f, "d/f", 0755);
	assert_refused(f, "cannot overwrite non-directory with directory 'dst/d/f'");
	/* twice is the last, as for tar */
	add_file(f, "d/f", "1");
	add_file(f, "d/f", "2");
	assert_int_equal(run(f), 0);
	assert_content(f, "d/f", "2");
}

static void test_devices(void **state)
{
	struct fixture *f = *state;
	const struct tar_entry null = { .name = "d/null", .type = '3', .mode = 0666,
					.dev_major = 1, .dev_minor = 3 };

	log_init("test", LOG_QUIET);
	add_file(f, "d/before", "");
	add_entry(f, &null, NULL);
	assert_refused(f, "cannot create device 'd/null'");
	assert_missing(f, "d");
	f->u.skip_devices = true;
	add_entry(f, &null, NULL);
	add_file(f, "d/after", "");
	assert_int_equal(run(f), 0);
	assert_missing(f, "d/null");
	assert_int_equal(look(f, "d/after").st_mode, S_IFREG | 0640);
}

static void test_damage(void **state)
{
	struct fixture *f = *state;

	add_dir(f, "d", 0755);
	add_file(f, "d/x", "content");
	for (size_t len = 0; len < f->tar.len; len += 100) {
		assert_int_equal(run_bytes(f, buf_ptr(&f->tar), len), -1);
		assert_missing(f, "d");
	}
	buf_ptr(&f->tar)[TAR_BLOCK + 3] = 'y';
	assert_refused(f, "damaged");
	assert_missing(f, "d");
}

static void test_clean(void **state)
{
	static const struct {
		const char *name, *want;
	} cases[] = {
		{ "a", "a" }, { "./a//b/./c/", "a/b/c" }, { ".", "" }, { "./", "" },
		{ "...", "..." }, { "a/..b", "a/..b" }, { "", NULL }, { "/", NULL },
		{ "..", NULL }, { "a/..", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *got = untar_clean(cases[i].name, false);

		if (cases[i].want)
			assert_string_equal(got, cases[i].want);
		else
			assert_null(got);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_as_it_was),
		TEST(test_top_is_renamed),
		TEST(test_content),
		TEST(test_modes),
		TEST(test_odd_names),
		TEST(test_long_bytes_without_charset),
		TEST(test_zeros_become_a_hole),
		TEST(test_names_that_leave),
		TEST(test_links_are_not_followed),
		TEST(test_top_as_a_link),
		TEST(test_hard_links_lead_to_the_archive),
		TEST(test_only_what_was_asked_for),
		TEST(test_directories_stay_directories),
		TEST(test_devices),
		TEST(test_damage),
		cmocka_unit_test(test_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
