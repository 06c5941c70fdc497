/* The cache: blobs in and out, partial files, locks, names, collecting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the four above */
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "registry/cache.h"
#include "registry/partial.h"
#include "vc/io.h"
#include "vc/log.h"
#include "vc/util.h"

static char dir[64];
static struct cache cache = CACHE_INIT;
static struct vc_error err;

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/vc-cache-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	log_init("test", LOG_QUIET);
	return cache_open(dir, &cache, &err);
}

static int teardown(void **state)
{
	(void)state;
	vc_error_release(&err);
	cache_release(&cache);
	return remove_tree_at(AT_FDCWD, dir, &err);
}

static struct digest digest_of(const char *text)
{
	struct digest d;

	digest_of_bytes(text, strlen(text), &d);
	return d;
}

static bool exists(const struct digest *d, const char *place)
{
	_cleanup_free_ char *path = str_eq(place, "blobs") ?
			digest_path(d) : xasprintf("partial/sha256-%s", d->hex);

	return faccessat(cache.dirfd, path, F_OK, 0) == 0;
}

static void put(const char *text)
{
	struct digest d = digest_of(text);
	int fd;

	assert_int_equal(cache_put(&cache, &d, text, strlen(text), &fd, &err), 0);
	close(fd);
}

static void set_age(const char *text, time_t seconds)
{
	struct digest d = digest_of(text);
	_cleanup_free_ char *path = digest_path(&d);
	struct timespec t[2] = { { .tv_sec = seconds }, { .tv_sec = seconds } };

	assert_int_equal(utimensat(cache.dirfd, path, t, 0), 0);
}

static void in_and_out(void **state)
{
	struct digest d = digest_of("hello");
	char bytes[16];
	int fd = -1;

	(void)state;
	assert_int_equal(cache_find(&cache, &d, 5, &fd, &err), 0);
	put("hello");
	assert_int_equal(cache_find(&cache, &d, 5, &fd, &err), 1);
	assert_int_equal(pread(fd, bytes, sizeof(bytes), 0), 5);
	assert_memory_equal(bytes, "hello", 5);
	close(fd);
	assert_int_equal(cache_find(&cache, &d, CACHE_ANY_SIZE, &fd, &err), 1);
	close(fd);
	assert_false(exists(&d, "partial"));
}

static void what_is_put_in_is_checked(void **state)
{
	struct digest d = digest_of("hello");
	int fd;

	(void)state;
	assert_int_equal(cache_put(&cache, &d, "hallo", 5, &fd, &err), -1);
	assert_int_equal(err.status, REGISTRY_EXIT_VERIFY);
	assert_non_null(strstr(err.msg, d.hex));
	assert_false(exists(&d, "blobs"));
	assert_false(exists(&d, "partial"));
}

/* of another size; of the right size */
static void a_corrupt_blob_goes(void **state)
{
	static const char *const contents[] = { "hell", "hallo" };
	struct digest d = digest_of("hello");
	_cleanup_free_ char *path = digest_path(&d);
	int fd;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(contents); i++) {
		assert_int_equal(write_file_at(cache.dirfd, path, 0600, contents[i],
					       strlen(contents[i]), &err), 0);
		assert_int_equal(cache_find(&cache, &d, 5, &fd, &err), 0);
		assert_false(exists(&d, "blobs"));
	}
}

static void a_link_is_not_followed(void **state)
{
	struct digest d = digest_of("hello");
	_cleanup_free_ char *path = digest_path(&d);
	_cleanup_free_ char *partial = xasprintf("partial/sha256-%s", d.hex);
	_cleanup_partial_ struct partial p = PARTIAL_INIT;
	int fd;

	(void)state;
	assert_int_equal(write_file_at(cache.dirfd, "elsewhere", 0600, "hello", 5, &err), 0);
	assert_int_equal(symlinkat("../../elsewhere", cache.dirfd, path), 0);
	assert_int_equal(cache_find(&cache, &d, 5, &fd, &err), -1);
	assert_int_equal(symlinkat("../elsewhere", cache.dirfd, partial), 0);
	assert_int_equal(partial_open(&cache, &d, 5, false, &p, &err), -1);
}

static void partial_files_are_taken_up(void **state)
{
	struct digest d = digest_of("hello world");
	struct partial p = PARTIAL_INIT;
	int fd;

	(void)state;
	assert_int_equal(partial_open(&cache, &d, 11, false, &p, &err), 0);
	assert_int_equal(p.have, 0);
	assert_int_equal(partial_write(&p, "hello", 5, &err), 0);
	partial_release(&p);
	assert_true(exists(&d, "partial"));

	assert_int_equal(partial_open(&cache, &d, 11, false, &p, &err), 0);
	assert_int_equal(p.have, 5);
	assert_int_equal(partial_write(&p, " world!", 7, &err), -1);
	assert_int_equal(err.status, REGISTRY_EXIT_VERIFY);
	assert_int_equal(partial_write(&p, " world", 6, &err), 0);
	assert_int_equal(partial_commit(&p, &fd, &err), 0);
	close(fd);
	partial_release(&p);
	assert_true(exists(&d, "blobs"));
	assert_false(exists(&d, "partial"));
}

static void a_wrong_beginning_is_forgotten(void **state)
{
	struct digest d = digest_of("hello world");
	struct partial p = PARTIAL_INIT;
	int fd;

	(void)state;
	assert_int_equal(partial_open(&cache, &d, 11, false, &p, &err), 0);
	assert_int_equal(partial_write(&p, "hallo world", 11, &err), 0);
	assert_int_equal(partial_commit(&p, &fd, &err), -1);
	assert_int_equal(p.have, 0);
	assert_int_equal(partial_write(&p, "hello world", 11, &err), 0);
	assert_int_equal(partial_commit(&p, &fd, &err), 0);
	close(fd);
	partial_release(&p);
}

static void a_partial_file_that_is_too_long(void **state)
{
	struct digest d = digest_of("hello");
	_cleanup_free_ char *path = xasprintf("partial/sha256-%s", d.hex);
	_cleanup_partial_ struct partial p = PARTIAL_INIT;

	(void)state;
	assert_int_equal(write_file_at(cache.dirfd, path, 0600, "hello!", 6, &err), 0);
	assert_int_equal(partial_open(&cache, &d, 5, false, &p, &err), 0);
	assert_int_equal(p.have, 0);
}

/* Locks are of open files, so that one process can be two here. */
static void one_writes_at_a_time(void **state)
{
	struct digest d = digest_of("hello");
	struct partial p = PARTIAL_INIT, other = PARTIAL_INIT;
	uint64_t freed;

	(void)state;
	assert_int_equal(partial_open(&cache, &d, 5, false, &p, &err), 0);
	assert_int_equal(partial_open(&cache, &d, 5, false, &other, &err), 1);
	assert_true(exists(&d, "partial"));
	/* nor may it be collected */
	assert_int_equal(partial_write(&p, "he", 2, &err), 0);
	assert_int_equal(cache_collect(&cache, 0, &freed, &err), 0);
	assert_int_equal(freed, 0);
	partial_release(&p);
	assert_int_equal(partial_open(&cache, &d, 5, false, &other, &err), 0);
	assert_int_equal(other.have, 2);
	partial_release(&other);
	assert_int_equal(cache_collect(&cache, 0, &freed, &err), 0);
	assert_int_equal(freed, 2);
}

/* Who has a blob open keeps it, and keeps nobody else from it. */
static void a_committed_blob_is_in_use(void **state)
{
	struct digest d = digest_of("hello");
	_cleanup_partial_ struct partial p = PARTIAL_INIT;
	uint64_t freed;
	int fd, again;

	(void)state;
	assert_int_equal(cache_put(&cache, &d, "hello", 5, &fd, &err), 0);
	assert_int_equal(cache_collect(&cache, 0, &freed, &err), 0);
	assert_true(exists(&d, "blobs"));
	assert_int_equal(cache_find(&cache, &d, 5, &again, &err), 1);
	close(fd);
	assert_int_equal(registry_cache_remove(dir, "sha256:1", &err), -1);
	assert_int_equal(cache_collect(&cache, 0, &freed, &err), 0);
	assert_true(exists(&d, "blobs"));
	close(again);
	assert_int_equal(cache_collect(&cache, 0, &freed, &err), 0);
	assert_false(exists(&d, "blobs"));
}

static void collecting_in_order(void **state)
{
	struct digest b = digest_of("bbbb"), c = digest_of("cc");
	struct cache_entry *e;
	uint64_t freed;
	size_t n;
	int fd;

	(void)state;
	put("aaaaaaaa");
	put("bbbb");
	put("cc");
	set_age("cc", 3000);
	set_age("bbbb", 2000);
	set_age("aaaaaaaa", 1000);
	assert_int_equal(registry_cache_list(dir, &e, &n, &err), 0);
	assert_int_equal(n, 3);
	assert_int_equal(e[0].size, 8);
	assert_int_equal(e[0].used_at, 1000);
	cache_entries_free(e, n);
	/* finding it is using it */
	assert_int_equal(cache_find(&cache, &b, 4, &fd, &err), 1);
	close(fd);
	assert_int_equal(registry_cache_collect(dir, 14, &freed, &err), 0);
	assert_int_equal(freed, 0);
	assert_int_equal(registry_cache_collect(dir, 5, &freed, &err), 0);
	assert_int_equal(freed, 10);
	assert_true(exists(&b, "blobs"));
	assert_false(exists(&c, "blobs"));
}

static void names(void **state)
{
	struct cached_name n = { (char *)"type/x", digest_of("hello"), 5 };
	struct cached_name got = { 0 };
	uint64_t freed;

	(void)state;
	put("hello");
	assert_int_equal(cache_recall(&cache, "h/x:1", &got, &err), 0);
	assert_int_equal(cache_remember(&cache, "h/x:1", &n, &err), 0);
	assert_int_equal(cache_recall(&cache, "h/x:2", &got, &err), 0);
	assert_int_equal(cache_recall(&cache, "h/x:1", &got, &err), 1);
	assert_string_equal(got.media_type, "type/x");
	assert_true(digest_equal(&got.digest, &n.digest));
	assert_int_equal(got.size, 5);
	cached_name_release(&got);
	assert_int_equal(cache_collect(&cache, 100, &freed, &err), 0);
	assert_int_equal(cache_recall(&cache, "h/x:1", &got, &err), 1);
	cached_name_release(&got);
	assert_int_equal(cache_collect(&cache, 0, &freed, &err), 0);
	assert_int_equal(cache_recall(&cache, "h/x:1", &got, &err), 0);
}

static void a_directory_of_others(void **state)
{
	_cleanup_cache_ struct cache c = CACHE_INIT;

	(void)state;
	assert_int_equal(chmod(dir, 0770), 0);
	assert_int_equal(cache_open(dir, &c, &err), -1);
	assert_non_null(strstr(err.msg, "others may write"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(in_and_out),
		TEST(what_is_put_in_is_checked),
		TEST(a_corrupt_blob_goes),
		TEST(a_link_is_not_followed),
		TEST(partial_files_are_taken_up),
		TEST(a_wrong_beginning_is_forgotten),
		TEST(a_partial_file_that_is_too_long),
		TEST(one_writes_at_a_time),
		TEST(a_committed_blob_is_in_use),
		TEST(collecting_in_order),
		TEST(names),
		TEST(a_directory_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
