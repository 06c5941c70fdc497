/* Layouts that must be refused, each with words that say why.  "hostile N"
 * numbers the classes of hostile input; configurations and archives are in
 * test_image_hostile_config.c. */
#include "image_fixture.h"

static void missing_blob(void **state)
{
	struct fx_image im = { 0 };
	_cleanup_free_ char *path = NULL;

	(void)state;
	fx_put_layout("l", &im, NULL);
	path = xasprintf("%s/l/blobs/sha256/%s", fx_dir,
			 im.last_layer.digest.hex);
	assert_int_equal(unlink(path), 0);
	fx_refused("l", FX_CHOICE(), "layer 2 of 2: 'blobs/sha256/");
	fx_refused("l", FX_CHOICE(), "is missing");
}

static void foreign_layer(void **state)
{
	struct fx_image im = {
		.layers = 1,
		.layer_type = "application/vnd.docker.image.rootfs.foreign."
			      "diff.tar.gzip",
		.filter = ARCHIVE_FILTER_GZIP,
	};
	_cleanup_free_ char *path = NULL;

	(void)state;
	fx_put_layout("l", &im, NULL);
	fx_accepted("l", FX_CHOICE(), "imported:latest", &im.config);
	path = xasprintf("%s/l/blobs/sha256/%s", fx_dir,
			 im.last_layer.digest.hex);
	assert_int_equal(unlink(path), 0);
	fx_refused("l", FX_CHOICE(), "may not be redistributed");
}

/* hostile 11: content and size, of layers */
static void changed_blobs(void **state)
{
	static const int filters[] = { 0, ARCHIVE_FILTER_GZIP };
	char byte;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		struct fx_image im = { .filter = filters[i] };
		_cleanup_free_ char *path = NULL;
		int fd;

		fx_put_layout("l", &im, NULL);
		path = xasprintf("%s/l/blobs/sha256/%s", fx_dir,
				 im.last_layer.digest.hex);
		fd = open(path, O_RDWR);
		assert_int_equal(pread(fd, &byte, 1, 40), 1);
		byte ^= 1;
		assert_int_equal(pwrite(fd, &byte, 1, 40), 1);
		fx_refused("l", FX_CHOICE(), "layer 2 of 2: digest mismatch "
					     "(expected sha256:");
		assert_int_equal(pwrite(fd, "xy", 2,
					(off_t)im.last_layer.size), 2);
		fx_refused("l", FX_CHOICE(), "size mismatch");
		assert_int_equal(ftruncate(fd, 10), 0);
		fx_refused("l", FX_CHOICE(), "size mismatch");
		close(fd);
	}
}

/* hostile 11: of documents */
static void changed_config(void **state)
{
	struct fx_image im = { 0 };
	_cleanup_free_ char *path = NULL;
	int fd;

	(void)state;
	fx_put_layout("l", &im, NULL);
	path = xasprintf("%s/l/blobs/sha256/%s", fx_dir, im.config.digest.hex);
	fd = open(path, O_RDWR);
	assert_int_equal(pwrite(fd, " ", 1, 1), 1);
	close(fd);
	fx_refused("l", FX_CHOICE(), "digest mismatch");
}

/* hostile 15: diff_ids that do not fit */
static void wrong_diff_ids(void **state)
{
	struct fx_image plain = { .wrong_diff_id = true };
	struct fx_image packed = { .wrong_diff_id = true,
				   .filter = ARCHIVE_FILTER_GZIP };
	struct fx_image few = { .skip_diff_ids = 1 };

	(void)state;
	fx_put_layout("a", &plain, NULL);
	fx_refused("a", FX_CHOICE(), "layer 1 of 2: unpacked content: digest "
				     "mismatch");
	fx_put_layout("b", &packed, NULL);
	fx_refused("b", FX_CHOICE(), "unpacked content: digest mismatch");
	fx_put_layout("c", &few, NULL);
	fx_refused("c", FX_CHOICE(), "has 2 layers, the config 1 diff_ids");
}

/* hostile 15: encrypted layers, unknown media types */
static void layer_types(void **state)
{
	static const struct {
		const char *type, *words;
	} cases[] = {
		{ MT_LAYER "+gzip+encrypted", "it is encrypted" },
		{ "application/vnd.cncf.helm.chart", "unknown media type" },
		{ MT_CONFIG, "unknown media type" },
	};
	struct fx_image artifact = {
		.config_type = "application/vnd.cncf.helm.config.v1+json"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fx_image im = { .layer_type = cases[i].type };

		fx_put_layout("l", &im, NULL);
		fx_refused("l", FX_CHOICE(), cases[i].words);
	}
	fx_put_layout("l", &artifact, NULL);
	fx_refused("l", FX_CHOICE(), "not a container image");
}

/* hostile 12: manifest and index at once, duplicate keys */
static void two_documents_in_one(void **state)
{
	struct fx_image im = { .manifest_extra = ",\"manifests\":[]" };
	struct fx_image mismatch = {
		.manifest_extra = ",\"mediaType\":\"" MT_INDEX "\""
	};
	struct fx_image twice = { .manifest_extra = ",\"layers\":[]" };
	struct fx_image escaped = {
		.manifest_extra = ",\"l\\u0061yers\":[]"
	};

	(void)state;
	fx_put_layout("l", &im, NULL);
	fx_refused("l", FX_CHOICE(), "an index and a manifest at once");
	fx_put_layout("l", &mismatch, NULL);
	fx_refused("l", FX_CHOICE(), "its mediaType is");
	fx_put_layout("l", &twice, NULL);
	fx_refused("l", FX_CHOICE(), "a key occurs twice");
	fx_put_layout("l", &escaped, NULL);
	fx_refused("l", FX_CHOICE(), "a key occurs twice");
}

/* hostile 12: a manifest that calls itself an index in index.json, and the other way. */
static void descriptor_of_other_kind(void **state)
{
	struct fx_image im = { 0 };
	struct fx_blob m = fx_put_image("l", &im);
	_cleanup_free_ char *d = fx_descriptor(MT_INDEX, &m, "");
	struct fx_blob i = fx_put_blob("l", "{\"manifests\":[]}", 16);
	_cleanup_free_ char *e = fx_descriptor(MT_MANIFEST, &i, "");

	(void)state;
	fx_put_index("l", d);
	fx_refused("l", FX_CHOICE(), "no index");
	fx_put_index("l", e);
	fx_refused("l", FX_CHOICE(), "no manifest");
}

/* hostile 10: a digest as a path, upper case, short, unknown */
static void digests_that_are_none(void **state)
{
	static const char *const digests[] = {
		"sha256:../../../../etc/passwd",
		"sha256:0000",
		"sha256:ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCDEF"
		"ABCDEFABCD",
		"md5:d41d8cd98f00b204e9800998ecf8427e",
		"../index.json",
		"",
		"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b"
		"7852b855/",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(digests); i++) {
		_cleanup_free_ char *d = xasprintf(
			"{\"mediaType\":\"" MT_MANIFEST "\",\"size\":5,"
			"\"digest\":\"%s\"}", digests[i]);

		fx_put_index("l", d);
		fx_refused("l", FX_CHOICE(), "is not a sha256 or sha512 digest");
	}
}

/* hostile 12: what is no document, deep nesting, too large */
static void bad_documents(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "", "cut off" },
		{ "{\"manifests\":[", "cut off" },
		{ "[]", "not a JSON object" },
		{ "\"x\"", "not a JSON object" },
		{ "{\"manifests\":[]}x", "something follows" },
		{ "{'manifests':[]}", "not valid JSON" },
		{ "{\"manifests\":[],\"manifests\":[]}", "twice" },
		{ "{\"manifests\":{}}", "'manifests' is of type object" },
		{ "{\"manifests\":[7]}", "entry 1 is of type int" },
		{ "{\"manifests\":[{}]}", "'size' is missing" },
		{ "{\"manifests\":[{\"size\":-1}]}", "'size' is negative" },
		{ "{\"manifests\":[{\"size\":1.5}]}", "'size' is of type double" },
		{ "{\"manifests\":[{\"size\":1}]}", "'digest' is missing" },
		{ "{\"manifests\":[{\"mediaType\":\"a\\u001b[2J\"}]}",
		  "not printable ASCII" },
		{ "{\"manifests\":[]}", "holds no container image" },
		{ "{\"schemaVersion\":1,\"manifests\":[]}", "schema 1" },
	};
	struct fx_image im = { 0 };
	struct buf deep = BUF_INIT;

	(void)state;
	fx_put_layout("l", &im, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		fx_write_text("l/index.json", cases[i].text);
		fx_refused("l", FX_CHOICE(), cases[i].words);
	}
	buf_add_str(&deep, "{\"manifests\":");
	for (int i = 0; i < 100; i++)
		buf_add_char(&deep, '[');
	fx_write("l/index.json", buf_ptr(&deep), deep.len);
	fx_refused("l", FX_CHOICE(), "nesting");
	buf_clear(&deep);
	tar_put_zeros(&deep, 5 << 20);
	fx_write("l/index.json", buf_ptr(&deep), deep.len);
	buf_release(&deep);
	fx_refused("l", FX_CHOICE(), "at most are accepted");
	fx_put_layout("l", &im, NULL);
	fx_write_text("l/oci-layout", "{\"imageLayoutVersion\":\"2.0.0\"}");
	fx_refused("l", FX_CHOICE(), "version is '2.0.0'");
}

/* hostile 16: a layout that leads elsewhere */
static void links_in_the_layout(void **state)
{
	struct fx_image im = { 0 };
	char from[512], to[512];

	(void)state;
	fx_put_layout("l", &im, NULL);
	fx_path(from, sizeof(from), "l/blobs");
	fx_path(to, sizeof(to), "elsewhere");
	assert_int_equal(rename(from, to), 0);
	assert_int_equal(symlink(to, from), 0);
	fx_refused("l", FX_CHOICE(), "symbolic link");
}

static void same_name_twice(void **state)
{
	struct fx_image one = { .config_extra = ",\"author\":\"1\"" };
	struct fx_image two = { .config_extra = ",\"author\":\"2\"" };
	struct fx_blob a = fx_put_image("l", &one);
	struct fx_blob b = fx_put_image("l", &two);
	_cleanup_free_ char *da = fx_descriptor(MT_MANIFEST, &a, "");
	_cleanup_free_ char *db = fx_descriptor(MT_MANIFEST, &b, "");
	_cleanup_free_ char *entries = xasprintf("%s,%s", da, db);

	(void)state;
	fx_put_index("l", entries);
	fx_refused("l", FX_CHOICE(), "several images without a name");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(missing_blob),	    TEST(foreign_layer),
		TEST(changed_blobs),	    TEST(changed_config),
		TEST(wrong_diff_ids),	    TEST(layer_types),
		TEST(two_documents_in_one), TEST(descriptor_of_other_kind),
		TEST(digests_that_are_none), TEST(bad_documents),
		TEST(links_in_the_layout),  TEST(same_name_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
