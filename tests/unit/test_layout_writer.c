/* Layouts we write: read back by ourselves, by skopeo and by umoci. */
#include "image_fixture.h"

#include "vc/layout_writer.h"
#include "vc/spawn.h"

static struct layout_writer *open_layout(const char *name)
{
	_cleanup_error_ struct vc_error err = { 0 };
	struct layout_writer *w;
	char path[256];

	fx_path(path, sizeof(path), name);
	if (layout_writer_open(path, &w, &err) < 0)
		fail_msg("%s", err.msg);
	return w;
}

static void add_layer(struct layout_writer *w, const char *content,
		      enum compression how, struct layout_blob *ret)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;
	_cleanup_error_ struct vc_error err = { 0 };
	struct parts *p = parts_new();
	struct byte_source *s;

	fx_tar_add(&tar, "etc/file", content, strlen(content));
	fx_tar_end(&tar);
	parts_add_bytes(p, &tar);
	s = parts_source(p);
	if (layout_writer_add(w, s, how, ret, &err) < 0)
		fail_msg("%s", err.msg);
	s->free(s);
}

/* An image of one layer; its manifest. */
static struct layout_blob add_image(struct layout_writer *w,
				    const char *content, const char *arch,
				    enum compression how)
{
	_cleanup_error_ struct vc_error err = { 0 };
	struct layout_blob layer, config, manifest;
	_cleanup_free_ char *text = NULL;

	add_layer(w, content, how, &layer);
	text = xasprintf("{\"architecture\":\"%s\",\"os\":\"linux\",\"rootfs\":{"
			 "\"type\":\"layers\",\"diff_ids\":[\"%s\"]},\"config\":"
			 "{\"Cmd\":[\"/%s\"]}}", arch, layer.diff_id, content);
	assert_int_equal(layout_writer_add_bytes(w, text, strlen(text), &config,
						 &err), 0);
	assert_string_equal(config.digest, config.diff_id);
	assert_int_equal(layout_writer_add_manifest(w, &config, &layer, 1,
						    &manifest, &err), 0);
	return manifest;
}

static void tag(struct layout_writer *w, const struct layout_blob *b,
		const char *ref, const char *arch)
{
	const struct layout_entry e = { .ref = ref, .arch = arch };
	_cleanup_error_ struct vc_error err = { 0 };

	if (layout_writer_tag(w, b, &e, &err) < 0)
		fail_msg("%s", err.msg);
}

static void expect_cmd(const char *name, const struct image_choice *choice,
		       const char *cmd)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_image_pick_ struct image_pick *p = fx_pick(name, choice, &err);

	if (!p)
		fail_msg("%s", err.msg);
	assert_string_equal(image_pick_runtime(p)->cmd.v[0], cmd);
}

static void read_back(void **state)
{
	static const enum compression kinds[] = {
		COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_ZSTD
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		_cleanup_free_ char *name = xasprintf("l%zu", i);
		_cleanup_layout_writer_ struct layout_writer *w =
			open_layout(name);
		struct layout_blob m = add_image(w, "x", "amd64", kinds[i]);
		struct fx_result r = { 0 };

		tag(w, &m, "app:1", NULL);
		/* digests and diff_ids are compared on the way */
		if (fx_read(name, FX_CHOICE(), &r) < 0)
			fail_msg("%s", r.err.msg);
		assert_string_equal(r.names.v[0], "app:1");
		fx_result_release(&r);
		expect_cmd(name, FX_CHOICE(.tag = m.digest), "/x");
	}
}

static char *read_text(const char *name)
{
	_cleanup_error_ struct vc_error err = { 0 };
	struct buf b = BUF_INIT;
	char path[256];

	fx_path(path, sizeof(path), name);
	assert_int_equal(read_file_at(AT_FDCWD, path, 1 << 20, &b, &err), 0);
	return buf_steal(&b);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what))) {
		n++;
		text += strlen(what);
	}
	return n;
}

/* One entry for each ref, or for each platform of one; the rest stays. */
static void merged(void **state)
{
	_cleanup_layout_writer_ struct layout_writer *w = open_layout("l");
	_cleanup_layout_writer_ struct layout_writer *again = NULL;
	struct layout_blob one = add_image(w, "one", "amd64", COMPRESSION_GZIP);
	struct layout_blob two = add_image(w, "two", "amd64", COMPRESSION_GZIP);
	struct layout_blob arm = add_image(w, "arm", "arm64", COMPRESSION_GZIP);
	_cleanup_free_ char *first = NULL, *both = NULL, *last = NULL;

	(void)state;
	fx_write_text("l/index.json",
		      "{\"schemaVersion\":2,\"manifests\":[],\"annotations\":"
		      "{\"kept\":\"a/b\"}}");
	tag(w, &one, "app:1", NULL);
	tag(w, &one, "app:2", NULL);
	again = open_layout("l");
	tag(again, &two, "app:1", NULL);
	expect_cmd("l", FX_CHOICE(.tag = "1"), "/two");
	expect_cmd("l", FX_CHOICE(.tag = "2"), "/one");
	first = read_text("l/index.json");
	assert_int_equal(count(first, "\"digest\""), 2);
	assert_non_null(strstr(first, "{\"kept\":\"a/b\"}"));
	tag(again, &arm, "app:1", "arm64");
	tag(again, &one, "app:1", "amd64");
	tag(again, &two, "app:1", "amd64");
	both = read_text("l/index.json");
	assert_int_equal(count(both, "\"app:1\""), 2);
	expect_cmd("l", FX_CHOICE(.tag = "1"), "/two");
	expect_cmd("l", FX_CHOICE(.tag = "1", .arch = "aarch64"), "/arm");
	/* without a platform it is the only one of its name */
	tag(again, &one, "app:1", NULL);
	last = read_text("l/index.json");
	assert_int_equal(count(last, "\"app:1\""), 1);
}

/* In pieces of any size, to what gunzip and zstd read. */
static void deflating(void **state)
{
	static const enum compression kinds[] = {
		COMPRESSION_GZIP, COMPRESSION_ZSTD
	};
	size_t size = 3u << 20;
	_cleanup_free_ char *data = xmalloc(size);

	(void)state;
	for (size_t i = 0; i < size; i++)
		data[i] = (char)(i * i >> 7);
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		_cleanup_buf_ struct buf whole = BUF_INIT, pieces = BUF_INIT;
		_cleanup_error_ struct vc_error err = { 0 };
		_cleanup_deflater_ struct deflater *a = deflater_new(kinds[k]);
		_cleanup_deflater_ struct deflater *b = deflater_new(kinds[k]);
		_cleanup_hash_ struct hash *h = hash_new(HASH_SHA256);
		struct digest want;
		struct byte_source *s;
		struct parts *p = parts_new();
		struct spool spool;
		struct extent e;

		deflater_add(a, data, size, true, &whole);
		for (size_t at = 0, n = 1; at < size; at += n, n = n * 3 + 1) {
			if (n > size - at)
				n = size - at;
			deflater_add(b, data + at, n, false, &pieces);
		}
		deflater_add(b, NULL, 0, true, &pieces);
		assert_true(whole.len < size);
		digest_of_bytes(data, size, &want);
		parts_add_bytes(p, &pieces);
		s = parts_source(p);
		spool_init(&spool, fx_dir);
		assert_int_equal(inflate_to_spool(s, kinds[k], &spool, NULL, h,
						  &e, &err), 0);
		s->free(s);
		assert_int_equal(digest_check(&want, h, &err), 0);
		spool_release(&spool);
	}
}

static ssize_t failing_read(struct byte_source *s, void *data, size_t len,
			    struct vc_error *err)
{
	(void)s;
	(void)data;
	(void)len;
	return vc_fail(err, 0, "the source broke");
}

static void failures(void **state)
{
	_cleanup_layout_writer_ struct layout_writer *w = open_layout("l");
	_cleanup_layout_writer_ struct layout_writer *other = NULL;
	_cleanup_error_ struct vc_error broke = { 0 }, xz = { 0 }, busy = { 0 };
	_cleanup_error_ struct vc_error bad = { 0 };
	struct byte_source source = { failing_read, NULL };
	const struct layout_entry e = { .ref = "x" };
	_cleanup_free_ char *index = NULL;
	struct layout_blob b;
	char path[256];

	(void)state;
	assert_int_equal(layout_writer_add(w, &source, COMPRESSION_GZIP, &b,
					   &broke), -1);
	assert_non_null(strstr(broke.msg, "/l': the source broke"));
	fx_path(path, sizeof(path), "l/blobs/sha256");
	assert_int_equal(rmdir(path), 0); /* nothing was left in it */
	assert_int_equal(layout_writer_add(w, &source, COMPRESSION_XZ, &b, &xz),
			 -1);
	assert_non_null(strstr(xz.msg, "use gzip or zstd"));
	fx_write_text("precious/file", "x");
	fx_path(path, sizeof(path), "precious");
	assert_int_equal(layout_writer_open(path, &other, &busy), -1);
	assert_non_null(strstr(busy.msg, "holds something else"));
	/* what cannot be read is not written over */
	fx_write_text("l/index.json", "{\"manifests\":");
	b = (struct layout_blob){ .size = 1 };
	assert_int_equal(layout_writer_tag(w, &b, &e, &bad), -1);
	assert_non_null(strstr(bad.msg, "cut off"));
	index = read_text("l/index.json");
	assert_string_equal(index, "{\"manifests\":");
}

/* A symbolic link in a layout is somebody's trap. */
static void links(void **state)
{
	_cleanup_error_ struct vc_error err = { 0 };
	struct layout_writer *w;
	char from[256], to[256];

	(void)state;
	fx_write_text("l/oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
	fx_path(from, sizeof(from), "l/blobs");
	fx_path(to, sizeof(to), "elsewhere");
	assert_int_equal(mkdir(to, 0755), 0);
	assert_int_equal(symlink(to, from), 0);
	fx_path(from, sizeof(from), "l");
	assert_int_equal(layout_writer_open(from, &w, &err), -1);
	assert_non_null(strstr(err.msg, "cannot open 'blobs/sha256'"));
}

static void run(const char *const *words)
{
	_cleanup_strv_ struct strv argv = STRV_INIT;
	_cleanup_error_ struct vc_error err = { 0 };
	char *program = find_program(words[0], "scripts/deps", &err);

	if (!program)
		fail_msg("%s", err.msg);
	strv_add_take(&argv, program);
	strv_add_all(&argv, (char *const *)(uintptr_t)(words + 1));
	if (run_program(&argv, &err) < 0)
		fail_msg("%s %s: %s", words[0], words[1], err.msg);
}

static void pack(const char *layout, const char *archive)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", fx_dir, layout);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_buf_ struct buf tar = BUF_INIT;
	struct byte_source *s;
	char chunk[777];
	ssize_t n;

	assert_int_equal(layout_tar_source(fd, &s, &err), 0);
	while ((n = s->read(s, chunk, sizeof(chunk), &err)) > 0)
		buf_add(&tar, chunk, (size_t)n);
	assert_int_equal(n, 0);
	s->free(s);
	fx_write(archive, buf_ptr(&tar), tar.len);
}

static void same_bytes(void **state)
{
	static const enum compression kinds[] = {
		COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_ZSTD
	};
	_cleanup_free_ char *cmp_a = xasprintf("%s/a0.tar", fx_dir);
	_cleanup_free_ char *cmp_b = xasprintf("%s/a1.tar", fx_dir);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		_cleanup_free_ char *name = xasprintf("l%zu", i);
		_cleanup_free_ char *archive = xasprintf("a%zu.tar", i);
		_cleanup_layout_writer_ struct layout_writer *w =
			open_layout(name);

		for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
			struct layout_blob m = add_image(w, "x", "amd64",
							 kinds[k]);

			tag(w, &m, compression_name(kinds[k]), NULL);
		}
		/* what an interrupted writer leaves is no part of it */
		if (i)
			fx_write_text("l1/blobs/sha256/.1-0.tmp", "half");
		pack(name, archive);
	}
	run((const char *[]){ "cmp", cmp_a, cmp_b, NULL });
	expect_cmd("a0.tar", FX_CHOICE(.tag = "gzip"), "/x");
}

/* The other tools find what we wrote, and check it themselves. */
static void other_tools(void **state)
{
	_cleanup_layout_writer_ struct layout_writer *w = open_layout("l");
	struct layout_blob gzip = add_image(w, "g", "amd64", COMPRESSION_GZIP);
	struct layout_blob zstd = add_image(w, "z", "amd64", COMPRESSION_ZSTD);
	_cleanup_free_ char *from = xasprintf("oci:%s/l:gzip", fx_dir);
	_cleanup_free_ char *from_zstd = xasprintf("oci:%s/l:zstd", fx_dir);
	_cleanup_free_ char *to = xasprintf("oci:%s/copy:gzip", fx_dir);
	_cleanup_free_ char *archive = xasprintf("oci-archive:%s/a.tar:gzip",
						 fx_dir);
	_cleanup_free_ char *to_dir = xasprintf("dir:%s/dir", fx_dir);
	_cleanup_free_ char *umoci = xasprintf("%s/l:gzip", fx_dir);
	_cleanup_free_ char *bundle = xasprintf("%s/bundle", fx_dir);
	_cleanup_free_ char *found = NULL;

	(void)state;
	tag(w, &gzip, "gzip", NULL);
	tag(w, &zstd, "zstd", NULL);
	run((const char *[]){ "skopeo", "inspect", from, NULL });
	run((const char *[]){ "skopeo", "copy", "--insecure-policy", from, to,
			      NULL });
	run((const char *[]){ "skopeo", "copy", "--insecure-policy", from_zstd,
			      to_dir, NULL });
	pack("l", "a.tar");
	run((const char *[]){ "skopeo", "inspect", archive, NULL });
	expect_cmd("copy", FX_CHOICE(.tag = "gzip"), "/g");
	run((const char *[]){ "umoci", "unpack", "--rootless", "--image", umoci,
			      bundle, NULL });
	found = read_text("bundle/rootfs/etc/file");
	assert_string_equal(found, "g");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(read_back), TEST(merged),	 TEST(same_bytes),
		TEST(deflating), TEST(failures), TEST(links),
		TEST(other_tools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
