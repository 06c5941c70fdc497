/* The small parts: references, digests, platforms, member names, JSON,
 * compression, tar headers. */
#include "image_fixture.h"

#include "oci/json.h"
#include "oci/platform.h"
#include "oci/reference.h"
#include "oci/tar_index.h"

static void references(void **state)
{
	static const struct {
		const char *in, *want; /* NULL: refused */
	} cases[] = {
		{ "busybox", "busybox:latest" },
		{ "busybox:1.36", "busybox:1.36" },
		{ "a/b/c:x_Y-z.1", "a/b/c:x_Y-z.1" },
		{ "host:5000/x", "host:5000/x:latest" },
		{ "host:5000/x:1", "host:5000/x:1" },
		{ "localhost/x", "localhost/x:latest" },
		{ "Registry.example.COM/x", "Registry.example.COM/x:latest" },
		{ "[::1]:5000/x", "[::1]:5000/x:latest" },
		{ "a__b", "a__b:latest" },
		{ "a---b", "a---b:latest" },
		{ "l:z00..", "l:z00.." },
		{ "x:1@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934c"
		  "a495991b7852b855", "x:1" },
		{ "", NULL },		{ ":1", NULL },
		{ "x:", NULL },		{ "Upper", NULL },
		{ "a/B", NULL },	{ "a..b", NULL },
		{ "a___b", NULL },	{ "-a", NULL },
		{ "a-", NULL },		{ "a//b", NULL },
		{ "/a", NULL },		{ "a/", NULL },
		{ "../x", NULL },	{ "a b", NULL },
		{ "x:-1", NULL },	{ "x:a/b", NULL },
		{ "x@sha256:1", NULL },	{ "host:port/x", NULL },
		{ "-host.x/y", NULL },	{ "a\nb", NULL },
		{ "x:1:2", NULL },
		{ "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852"
		  "b855", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct vc_error err = { 0 };
		_cleanup_free_ char *got = reference_tagged(cases[i].in, &err);

		if (!cases[i].want) {
			if (got)
				fail_msg("'%s' gave '%s'", cases[i].in, got);
			assert_non_null(err.msg);
		} else if (!got) {
			fail_msg("'%s': %s", cases[i].in, err.msg);
		} else {
			assert_string_equal(got, cases[i].want);
		}
	}
}

static void member_names(void **state)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ "a", "a" },	      { "./a", "a" },
		{ "././a//b/", "a/b" }, { "a/./b", "a/b" },
		{ "a/../b", "b" },    { "a/b/../../c", "c" },
		{ "../a", NULL },     { "a/../../b", NULL },
		{ "/a", NULL },	      { "", NULL },
		{ ".", NULL },	      { "a/..", NULL },
		{ "...", "..." },     { "..a/b", "..a/b" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *got = tar_name_normalise(cases[i].in);

		if (cases[i].want)
			assert_string_equal(got, cases[i].want);
		else
			assert_null(got);
	}
}

static void platforms(void **state)
{
	static const struct {
		const char *os, *arch, *variant, *vm;
		bool runs;
	} cases[] = {
		{ "linux", "amd64", NULL, "x86_64", true },
		{ "linux", "amd64", "v2", "x86_64", true },
		{ "linux", "amd64", "v1", "x86_64", true },
		{ "linux", "amd64", "v3", "x86_64", true },
		{ "linux", "amd64", "v4", "x86_64", false },
		{ "linux", "x86_64", NULL, "x86_64", true },
		{ "linux", "386", NULL, "x86_64", true },
		{ "linux", "arm", "v7", "x86_64", false },
		{ "linux", "arm", NULL, "aarch64", true },
		{ "linux", "arm64", "8", "aarch64", true },
		{ "linux", "aarch64", NULL, "aarch64", true },
		{ "linux", "arm64", NULL, "aarch64", true },
		{ "linux", "arm64", "v8", "aarch64", true },
		{ NULL, "arm64", NULL, "aarch64", true },
		{ "linux", "arm64", "v9", "aarch64", false },
		{ "linux", "arm64", "v8", "x86_64", false },
		{ "linux", "amd64", NULL, "aarch64", false },
		{ "windows", "amd64", NULL, "x86_64", false },
		{ "linux", NULL, NULL, "x86_64", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct platform p = { (char *)(uintptr_t)cases[i].os,
				      (char *)(uintptr_t)cases[i].arch,
				      (char *)(uintptr_t)cases[i].variant };

		assert_int_equal(platform_score(&p, cases[i].vm) > 0,
				 cases[i].runs);
	}
}

static void digests(void **state)
{
	_cleanup_error_ struct vc_error err = { 0 };
	struct digest d, sha512;
	_cleanup_free_ char *long_text = NULL;
	_cleanup_free_ char *path = NULL;

	(void)state;
	assert_int_equal(digest_parse("sha256:e3b0c44298fc1c149afbf4c8996fb924"
				      "27ae41e4649b934ca495991b7852b855", &d,
				      &err), 0);
	assert_int_equal(digest_check_bytes(&d, "", 0, &err), 0);
	assert_int_equal(digest_check_bytes(&d, "x", 1, &err), -1);
	path = digest_path(&d);
	assert_true(str_starts(path, "blobs/sha256/e3b0"));
	long_text = xasprintf("sha512:%0128d", 0);
	assert_int_equal(digest_parse(long_text, &sha512, &err), 0);
	assert_int_equal(digest_check_bytes(&sha512, "", 0, &err), -1);
	long_text[7 + 64] = '\0';
	assert_int_equal(digest_parse(long_text, &sha512, &err), -1);
}

static void json_keys(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{ "{\"a\":{\"a\":1},\"b\":[{\"a\":2}]}", true },
		{ "{\"a:b\":\"c:\\\":\"}", true },
		{ " {} \n", true },
		{ "{\"a\":1,\"a\":1}", false },
		{ "{\"b\":[{\"a\":1,\"\\u0061\":1}]}", false },
		{ "{\"a\":1,\"a\":{\"b\":2}}", false },
		{ "{\"a\":1}{}", false },
		{ "{a:1}", false },
		{ "{\"a\":1,}", false },
		{ "{\"a\":\"\xff\"}", false },
		{ "/**/{}", false },
		{ "{'a':1}", false },
		{ "{'a\"':1,\"b\":2,\"b\":3,'\"':1}", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct vc_error err = { 0 };
		_cleanup_json_ struct json_object *o =
			jdoc_parse(cases[i].text, strlen(cases[i].text), &err);

		if (!!o != cases[i].good)
			fail_msg("%s: %s", cases[i].text,
				 err.msg ? err.msg : "accepted");
	}
}

static void json_text(void **state)
{
	static const char text[] = "{\"nul\":\"a\\u0000b\",\"null\":null}";
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_json_ struct json_object *o =
		jdoc_parse(text, sizeof(text) - 1, &err);
	const char *s = "";

	(void)state;
	assert_int_equal(jdoc_text(o, "nul", &s, &err), -1);
	assert_int_equal(jdoc_text(o, "null", &s, &err), 0);
	assert_null(s);
}

static void tar_headers(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;
	_cleanup_free_ char *name = xasprintf("%0200d", 7);
	const struct tar_entry e = {
		.name = name, .type = '0', .mode = 04751, .uid = 4294967294,
		.gid = 3000000, .size = 9ull << 30, .mtime = -5,
	};
	struct archive *a = archive_read_new();
	struct archive_entry *got;

	(void)state;
	tar_put_header(&tar, &e);
	archive_read_support_format_tar(a);
	assert_int_equal(archive_read_open_memory(a, buf_ptr(&tar), tar.len),
			 0);
	assert_int_equal(archive_read_next_header(a, &got), ARCHIVE_OK);
	assert_string_equal(archive_entry_pathname(got), name);
	assert_int_equal(archive_entry_size(got), e.size);
	assert_int_equal(archive_entry_uid(got), e.uid);
	assert_int_equal(archive_entry_gid(got), e.gid);
	assert_int_equal(archive_entry_mtime(got), e.mtime);
	assert_int_equal(archive_entry_perm(got), e.mode);
	archive_read_free(a);
}

static void pax_record_lengths(void **state)
{
	(void)state;
	/* around the lengths where the number gets another digit */
	for (size_t len = 0; len < 1100; len++) {
		_cleanup_buf_ struct buf r = BUF_INIT;
		_cleanup_free_ char *value = xcalloc(1, len);

		tar_put_record(&r, "k", value, len);
		assert_int_equal(strtoul(buf_ptr(&r), NULL, 10), r.len);
	}
}

/* Members of one stream are one stream, whatever comes last. */
static void inflating(void **state)
{
	_cleanup_buf_ struct buf plain = BUF_INIT;
	_cleanup_buf_ struct buf packed = BUF_INIT;
	_cleanup_error_ struct vc_error err = { 0 };
	struct byte_source *s;
	struct spool spool;
	struct extent e, in;
	char got[8];
	int fd;

	(void)state;
	buf_add_str(&plain, "half");
	fx_compress(&plain, ARCHIVE_FILTER_GZIP, &packed);
	fx_compress(&plain, ARCHIVE_FILTER_GZIP, &packed);
	spool_init(&spool, fx_dir);
	fx_write("x", buf_ptr(&packed), packed.len);
	{
		char path[128];

		fx_path(path, sizeof(path), "x");
		fd = open(path, O_RDONLY);
	}
	in = (struct extent){ fd, 0, packed.len };
	s = extent_source(&in);
	assert_int_equal(inflate_to_spool(s, COMPRESSION_GZIP, &spool, NULL,
					  NULL, &e, &err), 0);
	s->free(s);
	assert_int_equal(e.size, 8);
	assert_int_equal(extent_read(&e, 0, got, 8, &err), 0);
	assert_memory_equal(got, "halfhalf", 8);
	assert_int_equal(extent_read(&e, 4, got, 5, &err), -1);
	close(fd);
	spool_release(&spool);
}

static void beneath(void **state)
{
	char path[256], to[256];
	int dir;

	(void)state;
	fx_write_text("d/e/file", "x");
	fx_write_text("secret", "x");
	fx_path(path, sizeof(path), "d/link");
	assert_int_equal(symlink("../secret", path), 0);
	fx_path(path, sizeof(path), "d/up");
	fx_path(to, sizeof(to), "d");
	assert_int_equal(symlink("e", path), 0);
	dir = open(to, O_RDONLY | O_DIRECTORY);
	{
		_cleanup_close_ int fd = open_beneath(dir, "e/file", O_RDONLY);

		assert_true(fd >= 0);
	}
	assert_int_equal(open_beneath(dir, "link", O_RDONLY), -1);
	assert_int_equal(open_beneath(dir, "up/file", O_RDONLY), -1);
	assert_int_equal(open_beneath(dir, "../secret", O_RDONLY), -1);
	assert_int_equal(open_beneath(dir, "/etc/passwd", O_RDONLY), -1);
	close(dir);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(references),  TEST(member_names), TEST(platforms),
		TEST(digests),	   TEST(json_keys),    TEST(json_text),
		TEST(tar_headers), TEST(pax_record_lengths),
		TEST(inflating),   TEST(beneath),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
