/* Archives: outer compression, docker-archives, damage. */
#include "image_fixture.h"

static const int filters[] = { 0, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD,
			       ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_BZIP2 };

static void write_filtered(const char *name, const struct buf *tar, int filter)
{
	_cleanup_buf_ struct buf packed = BUF_INIT;

	if (filter)
		fx_compress(tar, filter, &packed);
	fx_write(name, buf_ptr(filter ? &packed : tar),
		 (filter ? &packed : tar)->len);
}

static void oci_archives(void **state)
{
	struct fx_image im = { .filter = ARCHIVE_FILTER_GZIP };
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	fx_put_layout("l", &im, "busybox:1");
	fx_tar_of("l", &tar);
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		struct fx_result r = { 0 };

		write_filtered("a.tar", &tar, filters[i]);
		fx_accepted("a.tar", FX_CHOICE(), "busybox:1", &im.config);
		assert_int_equal(fx_read("a.tar", FX_CHOICE(), &r), 0);
		assert_int_equal(r.kind, IMAGE_OCI_ARCHIVE);
		fx_result_release(&r);
	}
}

/* The parts of a docker-archive with two layers of the same content. */
struct saved {
	struct buf layer;
	struct digest diff_id;
	char *config;
	struct digest id;
};

static void make_saved(struct saved *s)
{
	memset(s, 0, sizeof(*s));
	fx_tar_add(&s->layer, "file", "x", 1);
	fx_tar_end(&s->layer);
	digest_of_bytes(buf_ptr(&s->layer), s->layer.len, &s->diff_id);
	s->config = xasprintf("{\"architecture\":\"amd64\",\"os\":\"linux\","
			      "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
			      "\"sha256:%s\",\"sha256:%s\"]}}", s->diff_id.hex,
			      s->diff_id.hex);
	digest_of_bytes(s->config, strlen(s->config), &s->id);
}

static void saved_release(struct saved *s)
{
	buf_release(&s->layer);
	free(s->config);
}

/* with_layers(): what docker save up to 24 wrote: ID directories, a link for
 * the second of two equal layers. */
static void add_old_layers(struct buf *tar, const struct saved *s, char type)
{
	fx_tar_add(tar, "./one/layer.tar", buf_ptr(&s->layer), s->layer.len);
	fx_tar_link(tar, "two/layer.tar", type,
		    type == '2' ? "../one/layer.tar" : "one/layer.tar");
}

static void add_manifest(struct buf *tar, const char *config, const char *tags,
			 const char *layers)
{
	_cleanup_free_ char *m = xasprintf(
		"[{\"Config\":\"%s\",\"RepoTags\":%s,\"Layers\":%s}]", config,
		tags, layers);

	fx_tar_add(tar, "manifest.json", m, strlen(m));
}

#define OLD_LAYERS "[\"one/layer.tar\",\"two/layer.tar\"]"

static void old_docker_archives(void **state)
{
	static const char types[] = { '1', '2' };
	struct saved s;

	(void)state;
	make_saved(&s);
	for (size_t i = 0; i < sizeof(types); i++) {
		_cleanup_buf_ struct buf tar = BUF_INIT;
		_cleanup_free_ char *name = xasprintf("%s.json", s.id.hex);
		const struct fx_blob config = { .digest = s.id };

		add_old_layers(&tar, &s, types[i]);
		fx_tar_add(&tar, name, s.config, strlen(s.config));
		add_manifest(&tar, name, "[\"localhost:5000/a/b:1\"]",
			     OLD_LAYERS);
		fx_tar_end(&tar);
		fx_write("a.tar", buf_ptr(&tar), tar.len);
		fx_accepted("a.tar", FX_CHOICE(), "localhost:5000/a/b:1",
			    &config);
	}
	saved_release(&s);
}

/* Since 25: manifest.json with the paths of an OCI layout beside it. */
static void new_docker_archive(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;
	_cleanup_free_ char *config = NULL, *layer = NULL, *layers = NULL;
	struct fx_result r = { 0 };
	struct saved s;

	(void)state;
	make_saved(&s);
	config = digest_path(&s.id);
	layer = digest_path(&s.diff_id);
	layers = xasprintf("[\"%s\",\"%s\"]", layer, layer);
	fx_tar_add(&tar, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}", 30);
	fx_tar_add(&tar, "index.json", "{\"manifests\":[]}", 16);
	fx_tar_add(&tar, config, s.config, strlen(s.config));
	fx_tar_add(&tar, layer, buf_ptr(&s.layer), s.layer.len);
	add_manifest(&tar, config, "[\"a:1\",\"b:2\"]", layers);
	fx_tar_end(&tar);
	fx_write("a.tar", buf_ptr(&tar), tar.len);
	assert_int_equal(fx_read("a.tar", FX_CHOICE(), &r), 0);
	assert_int_equal(r.kind, IMAGE_DOCKER_ARCHIVE);
	assert_int_equal(r.names.n, 2);
	fx_result_release(&r);
	assert_int_equal(fx_read("a.tar", FX_CHOICE(.tag = "2"), &r), 0);
	assert_int_equal(r.names.n, 1);
	assert_string_equal(r.names.v[0], "b:2");
	fx_result_release(&r);
	fx_refused("a.tar", FX_CHOICE(.tag = "3"), "holds no image '3', but: "
						   "a:1, b:2");
	saved_release(&s);
}

/* jib and bazel write compressed layers. */
static void gzip_layers(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;
	_cleanup_buf_ struct buf packed = BUF_INIT;
	struct fx_blob config;
	struct saved s;

	(void)state;
	make_saved(&s);
	config.digest = s.id;
	fx_compress(&s.layer, ARCHIVE_FILTER_GZIP, &packed);
	fx_tar_add(&tar, "config.json", s.config, strlen(s.config));
	fx_tar_add(&tar, "a.tar.gz", buf_ptr(&packed), packed.len);
	add_manifest(&tar, "config.json", "null",
		     "[\"a.tar.gz\",\"a.tar.gz\"]");
	fx_tar_end(&tar);
	fx_write("a.tar", buf_ptr(&tar), tar.len);
	fx_accepted("a.tar", FX_CHOICE(), "imported:latest", &config);
	saved_release(&s);
}

static void refuse_docker(const struct saved *s, const char *config,
			  const char *layers, const char *words)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;

	add_old_layers(&tar, s, '2');
	fx_tar_add(&tar, "config.json", s->config, strlen(s->config));
	fx_tar_add(&tar, "changed", buf_ptr(&s->layer), s->layer.len - 512);
	fx_tar_link(&tar, "out", '2', "../../etc/passwd");
	fx_tar_link(&tar, "abs", '2', "/etc/passwd");
	fx_tar_link(&tar, "loop", '2', "loop");
	fx_tar_add(&tar, "0000000000000000000000000000000000000000000000000000"
			 "000000000000.json", s->config, strlen(s->config));
	add_manifest(&tar, config, "[\"a:1\"]", layers);
	fx_tar_end(&tar);
	fx_write("a.tar", buf_ptr(&tar), tar.len);
	fx_refused("a.tar", FX_CHOICE(), words);
}

/* hostile 16: members outside, links that lead nowhere, names that lie */
static void bad_docker_archives(void **state)
{
	struct saved s;

	(void)state;
	make_saved(&s);
	refuse_docker(&s, "nope.json", OLD_LAYERS, "'nope.json' is missing");
	refuse_docker(&s, "../x.json", OLD_LAYERS, "is no name of a member");
	refuse_docker(&s, "/etc/passwd", OLD_LAYERS, "is no name of a member");
	refuse_docker(&s, "config.json", "[\"one/layer.tar\"]",
		      "has 1 layers, the config 2 diff_ids");
	refuse_docker(&s, "config.json", "[\"one/layer.tar\",\"x\"]",
		      "layer 2 of 2: 'x' is missing");
	refuse_docker(&s, "config.json", "[\"one/layer.tar\",\"out\"]",
		      "is missing");
	refuse_docker(&s, "config.json", "[\"one/layer.tar\",\"abs\"]",
		      "is missing");
	refuse_docker(&s, "config.json", "[\"one/layer.tar\",\"loop\"]",
		      "chain of links");
	refuse_docker(&s, "config.json", "[\"changed\",\"changed\"]",
		      "digest mismatch");
	refuse_docker(&s,
		      "00000000000000000000000000000000000000000000000000000000"
		      "00000000.json", OLD_LAYERS, "digest mismatch");
	saved_release(&s);
}

/* hostile 12: two documents of one name */
static void documents_twice(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	fx_tar_add(&tar, "manifest.json", "[]", 2);
	fx_tar_add(&tar, "./manifest.json", "[]", 2);
	fx_tar_end(&tar);
	fx_write("a.tar", buf_ptr(&tar), tar.len);
	fx_refused("a.tar", FX_CHOICE(), "'manifest.json' is twice");
	buf_clear(&tar);
	fx_tar_add(&tar, "manifest.json", "{}", 2);
	fx_tar_end(&tar);
	fx_write("a.tar", buf_ptr(&tar), tar.len);
	fx_refused("a.tar", FX_CHOICE(), "not a JSON array");
}

static void damaged(void **state)
{
	struct fx_image im = { 0 };
	_cleanup_buf_ struct buf tar = BUF_INIT;
	_cleanup_buf_ struct buf packed = BUF_INIT;

	(void)state;
	fx_put_layout("l", &im, NULL);
	fx_tar_of("l", &tar);
	fx_write("a.tar", buf_ptr(&tar), tar.len / 2 + 100);
	fx_refused("a.tar", FX_CHOICE(), "truncated");
	fx_write_text("a.tar", "");
	fx_refused("a.tar", FX_CHOICE(), "' is empty");
	fx_write_text("a.tar", "FROM scratch\n");
	fx_refused("a.tar", FX_CHOICE(), "not a tar archive");
	for (size_t i = 1; i < ARRAY_SIZE(filters); i++) {
		buf_clear(&packed);
		fx_compress(&tar, filters[i], &packed);
		fx_write("a.tar", buf_ptr(&packed), packed.len / 2);
		fx_refused("a.tar", FX_CHOICE(), "truncated");
	}
	/* gzip's check sum */
	buf_clear(&packed);
	fx_compress(&tar, ARCHIVE_FILTER_GZIP, &packed);
	buf_ptr(&packed)[packed.len - 7] ^= 1;
	fx_write("a.tar", buf_ptr(&packed), packed.len);
	fx_refused("a.tar", FX_CHOICE(), "check sum is wrong");
}

/* From a pipe, as `vdkr load < file` and `curl | vdkr import -` do. */
static void from_a_stream(void **state)
{
	_cleanup_image_set_ struct image_set *set = NULL;
	struct fx_image im = { .layers = 1 };
	_cleanup_buf_ struct buf tar = BUF_INIT;
	struct vc_error err = { 0 };
	int fds[2];

	(void)state;
	fx_put_layout("l", &im, "a:1");
	fx_tar_of("l", &tar);
	assert_true(tar.len < 65536); /* a pipe's size */
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write_all(fds[1], buf_ptr(&tar), tar.len, &err), 0);
	close(fds[1]);
	assert_int_equal(image_set_open("-", fds[0], fx_dir, &set, &err), 0);
	assert_int_equal(image_set_kind(set), IMAGE_OCI_ARCHIVE);
	close(fds[0]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(oci_archives),	   TEST(old_docker_archives),
		TEST(new_docker_archive),  TEST(gzip_layers),
		TEST(bad_docker_archives), TEST(documents_twice),
		TEST(damaged),		   TEST(from_a_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
