/* Picking one image: which one, what is said of it, its layers. */
#include "image_fixture.h"

#include <dirent.h>
#include <pthread.h>

#include "oci/layout.h"

#define REF(name) \
	",\"annotations\":{\"org.opencontainers.image.ref.name\":\"" name "\"}"
#define PLATFORM(arch, rest) \
	",\"platform\":{\"os\":\"linux\",\"architecture\":\"" arch "\"" rest "}"

static struct image_pick *pick(const char *name,
			       const struct image_choice *choice)
{
	_cleanup_error_ struct vc_error err = { 0 };
	struct image_pick *p = fx_pick(name, choice, &err);

	if (!p)
		fail_msg("%s: %s", name, err.msg);
	return p;
}

/* Reads layer i in all and compares what the caller is told to compare. */
static void check_layer(const struct image_pick *p, size_t i, bool packed)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_hash_ struct hash *in = hash_new(HASH_SHA256);
	_cleanup_hash_ struct hash *out = hash_new(HASH_SHA256);
	const struct digest *digest, *diff_id;
	struct byte_source *s;
	struct spool spool;
	struct extent e;
	uint64_t size;

	if (image_pick_layer(p, i, &s, &digest, &diff_id, &size, &err) < 0)
		fail_msg("%s", err.msg);
	spool_init(&spool, fx_dir);
	assert_int_equal(inflate_to_spool(s, packed ? COMPRESSION_GZIP :
						      COMPRESSION_NONE,
					  &spool, in, out, &e, &err), 0);
	s->free(s);
	if (digest)
		assert_int_equal(digest_check(digest, in, &err), 0);
	assert_int_equal(digest_check(diff_id, out, &err), 0);
	spool_release(&spool);
}

static size_t open_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void from_every_kind(void **state)
{
	static const struct {
		const char *name;
		enum image_kind kind;
	} inputs[] = {
		{ "l", IMAGE_OCI_LAYOUT },
		{ "oci.tar", IMAGE_OCI_ARCHIVE },
		{ "docker.tar", IMAGE_DOCKER_ARCHIVE },
	};
	struct fx_image im = {
		.filter = ARCHIVE_FILTER_GZIP,
		.config_extra = ",\"created\":\"2020-01-02T03:04:05Z\","
				"\"config\":{\"Cmd\":[\"/x\"],\"User\":\"7:8\"}",
	};
	_cleanup_buf_ struct buf tar = BUF_INIT;
	struct fx_result r = { 0 };

	(void)state;
	fx_put_layout("l", &im, "app:1");
	fx_tar_of("l", &tar);
	fx_write("oci.tar", buf_ptr(&tar), tar.len);
	assert_int_equal(fx_read("l", FX_CHOICE(), &r), 0);
	fx_write("docker.tar", buf_ptr(&r.out), r.out.len);
	fx_result_release(&r);
	for (size_t i = 0; i < ARRAY_SIZE(inputs); i++) {
		_cleanup_image_pick_ struct image_pick *p =
			pick(inputs[i].name, FX_CHOICE());
		bool docker = inputs[i].kind == IMAGE_DOCKER_ARCHIVE;

		assert_int_equal(image_pick_kind(p), inputs[i].kind);
		assert_string_equal(image_pick_platform(p), "linux/amd64");
		assert_int_equal(image_pick_created(p), 1577934245);
		assert_string_equal(image_pick_runtime(p)->user, "7:8");
		assert_int_equal(image_pick_dirfd(p), -1);
		assert_int_equal(image_pick_layers(p), 2);
		/* of the manifest, or of the config where there is none */
		assert_true(str_starts(image_pick_digest(p), "sha256:"));
		assert_int_equal(!strcmp(image_pick_digest(p) + 7,
					 im.config.digest.hex), docker);
		for (size_t k = 0; k < 2; k++)
			check_layer(p, k, !docker);
	}
}

static void root_file_systems(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;
	_cleanup_image_pick_ struct image_pick *file = NULL, *dir = NULL;
	_cleanup_error_ struct vc_error err = { 0 };
	const struct digest *digest, *diff_id;
	struct byte_source *s;
	uint64_t size;

	(void)state;
	fx_tar_add(&tar, "etc/passwd", "x", 1);
	fx_tar_end(&tar);
	fx_write("root.tar", buf_ptr(&tar), tar.len);
	fx_write_text("root/etc/passwd", "x");
	file = pick("root.tar", FX_CHOICE(.arch = "aarch64"));
	assert_int_equal(image_pick_kind(file), IMAGE_ROOTFS_TAR);
	assert_null(image_pick_digest(file));
	assert_string_equal(image_pick_platform(file), "linux/arm64");
	assert_string_equal(image_pick_runtime(file)->workdir, "/");
	assert_int_equal(image_pick_layers(file), 1);
	assert_int_equal(image_pick_layer(file, 0, &s, &digest, &diff_id, &size,
					  &err), 0);
	assert_null(digest);
	assert_null(diff_id);
	assert_int_equal(size, tar.len);
	s->free(s);
	dir = pick("root", FX_CHOICE());
	assert_true(image_pick_dirfd(dir) >= 0);
	assert_int_equal(image_pick_layer(dir, 0, &s, &digest, &diff_id, &size,
					  &err), -1);
}

/* More layers than descriptors: none stays open but those being read. */
static void layers_are_opened_on_demand(void **state)
{
	struct fx_image im = { .layers = 300 };
	_cleanup_image_pick_ struct image_pick *p = NULL;
	size_t before = open_fds();

	(void)state;
	fx_put_layout("l", &im, NULL);
	p = pick("l", FX_CHOICE());
	assert_int_equal(image_pick_layers(p), 300);
	assert_int_equal(open_fds(), before + 1); /* the directory */
	for (size_t i = 0; i < 300; i++)
		check_layer(p, i, false);
	assert_int_equal(open_fds(), before + 1);
}

static void *read_all(void *data)
{
	for (int round = 0; round < 20; round++)
		for (size_t i = 0; i < 8; i++)
			check_layer(data, i, true);
	return NULL;
}

static void layers_in_threads(void **state)
{
	static const char *const inputs[] = { "l", "a.tar" };
	struct fx_image im = { .layers = 8, .filter = ARCHIVE_FILTER_GZIP };
	_cleanup_buf_ struct buf tar = BUF_INIT;

	(void)state;
	fx_put_layout("l", &im, NULL);
	fx_tar_of("l", &tar);
	fx_write("a.tar", buf_ptr(&tar), tar.len);
	for (size_t i = 0; i < ARRAY_SIZE(inputs); i++) {
		_cleanup_image_pick_ struct image_pick *p =
			pick(inputs[i], FX_CHOICE());
		pthread_t t[4];

		for (size_t k = 0; k < ARRAY_SIZE(t); k++)
			assert_int_equal(pthread_create(&t[k], NULL, read_all,
							p), 0);
		for (size_t k = 0; k < ARRAY_SIZE(t); k++)
			pthread_join(t[k], NULL);
	}
}

static void expect(const char *tag, const struct fx_blob *manifest)
{
	_cleanup_image_pick_ struct image_pick *p =
		pick("l", FX_CHOICE(.tag = tag));

	assert_string_equal(image_pick_digest(p) + 7, manifest->digest.hex);
}

static void one_of_several(void **state)
{
	struct fx_image one = { .config_extra = ",\"author\":\"1\"" };
	struct fx_image two = { .config_extra = ",\"author\":\"2\"" };
	struct fx_blob a = fx_put_image("l", &one);
	struct fx_blob b = fx_put_image("l", &two);
	_cleanup_free_ char *da = fx_descriptor(MT_MANIFEST, &a, REF("v1"));
	_cleanup_free_ char *db = fx_descriptor(MT_MANIFEST, &b, REF("app:v2"));
	_cleanup_free_ char *dc = fx_descriptor(MT_MANIFEST, &b, REF("app:v3"));
	_cleanup_free_ char *entries = xasprintf("%s,%s,%s", da, db, dc);
	_cleanup_free_ char *words = NULL, *digest = NULL;

	(void)state;
	fx_put_index("l", entries);
	words = xasprintf("'%s/l' holds several images (v1, app:v2, app:v3): "
			  "choose one with '--oci-layout %s/l:TAG'", fx_dir,
			  fx_dir);
	fx_pick_refused("l", FX_CHOICE(), words);
	expect("v1", &a);
	expect("v2", &b);
	expect("app:v3", &b);
	/* one image, however many names it has */
	digest = digest_text(&b.digest);
	expect(digest, &b);
	digest[10] = digest[10] == '0' ? '1' : '0';
	fx_pick_refused("l", FX_CHOICE(.tag = digest), "holds no image 'sha256:");
	fx_pick_refused("l", FX_CHOICE(.tag = "v4"), "holds no image 'v4', but: "
						     "v1, app:v2, app:v3");
}

/* An index's digest is a choice too, of its platforms the VM's. */
static void by_the_digest_of_an_index(void **state)
{
	struct fx_image amd = { 0 }, arm = { .arch = "arm64" };
	struct fx_blob a = fx_put_image("l", &amd);
	struct fx_blob b = fx_put_image("l", &arm);
	_cleanup_free_ char *da = fx_descriptor(MT_MANIFEST, &a,
						PLATFORM("amd64", ""));
	_cleanup_free_ char *db = fx_descriptor(MT_MANIFEST, &b,
						PLATFORM("arm64", ""));
	_cleanup_free_ char *index = xasprintf("{\"manifests\":[%s,%s]}", da, db);
	struct fx_blob i = fx_put_blob("l", index, strlen(index));
	_cleanup_free_ char *x = fx_descriptor(MT_INDEX, &i, REF("x"));
	_cleanup_free_ char *y = fx_descriptor(MT_INDEX, &i, REF("y"));
	_cleanup_free_ char *entries = xasprintf("%s,%s", x, y);
	_cleanup_free_ char *digest = digest_text(&i.digest);
	_cleanup_free_ char *arm_digest = digest_text(&b.digest);

	(void)state;
	fx_put_index("l", entries);
	expect(digest, &a);
	expect("y", &a);
	/* a manifest's digest says for which machine it is */
	fx_pick_refused("l", FX_CHOICE(.tag = arm_digest),
			"is for arm64, this VM is x86_64: use '--arch aarch64' "
			"('--platform linux/arm64')");
}

/* What is built for every CPU goes first; else the lowest of the newer. */
static void variants(void **state)
{
	static const struct {
		const char *arch, *platforms[3];
		size_t want;
	} cases[] = {
		{ "x86_64", { PLATFORM("amd64", ",\"variant\":\"v3\""),
			      PLATFORM("amd64", ""),
			      PLATFORM("amd64", ",\"variant\":\"v2\"") }, 1 },
		{ "x86_64", { PLATFORM("386", ""),
			      PLATFORM("amd64", ",\"variant\":\"v3\""),
			      PLATFORM("amd64", ",\"variant\":\"v2\"") }, 2 },
		{ "x86_64", { PLATFORM("amd64", ",\"variant\":\"v4\""),
			      PLATFORM("arm64", ""),
			      PLATFORM("386", "") }, 2 },
		{ "aarch64", { PLATFORM("arm", ",\"variant\":\"v7\""),
			       PLATFORM("arm64", ",\"variant\":\"v8\""),
			       PLATFORM("amd64", "") }, 1 },
		{ "aarch64", { PLATFORM("arm64", ",\"variant\":\"v9\""),
			       PLATFORM("aarch64", ""),
			       PLATFORM("amd64", "") }, 1 },
	};
	static const char *const content[] = { "a", "b", "c" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_image_pick_ struct image_pick *p = NULL;
		_cleanup_buf_ struct buf entries = BUF_INIT;
		struct fx_blob m[3];

		for (size_t k = 0; k < 3; k++) {
			struct fx_image im = {
				.content = content[k],
				.arch = str_eq(cases[i].arch, "x86_64") ?
						"amd64" : "arm64",
			};
			_cleanup_free_ char *d = NULL;

			m[k] = fx_put_image("l", &im);
			d = fx_descriptor(MT_MANIFEST, &m[k],
					  cases[i].platforms[k]);
			buf_printf(&entries, "%s%s", k ? "," : "", d);
		}
		fx_put_index("l", buf_ptr(&entries));
		p = pick("l", FX_CHOICE(.arch = cases[i].arch));
		if (strcmp(image_pick_digest(p) + 7,
			   m[cases[i].want].digest.hex))
			fail_msg("case %zu", i);
	}
}

/* A registry's layout is somebody else's struct. */
static void from_a_borrowed_layout(void **state)
{
	struct image_choice choice = { .arch = "x86_64" };
	struct fx_image im = { .filter = ARCHIVE_FILTER_GZIP };
	_cleanup_image_pick_ struct image_pick *p = NULL;
	_cleanup_error_ struct vc_error err = { 0 };
	struct layout l;
	char path[256];
	int fd;

	(void)state;
	fx_put_layout("l", &im, "a:1");
	fx_path(path, sizeof(path), "l");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	layout_of_dir(&l, fd);
	assert_int_equal(image_pick_layout(&l, "docker.io/library/a", &choice,
					   &p, &err), 0);
	check_layer(p, 1, true);
	close(fd);
}

/* A layer that is gone or has changed since is noticed when it is opened. */
static void changed_after_the_choice(void **state)
{
	struct fx_image im = { .layers = 1 };
	_cleanup_image_pick_ struct image_pick *p = NULL;
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_error_ struct vc_error gone = { 0 };
	_cleanup_free_ char *path = NULL;
	const struct digest *digest, *diff_id;
	struct byte_source *s;
	uint64_t size;

	(void)state;
	fx_put_layout("l", &im, "a:1");
	path = xasprintf("%s/l/blobs/sha256/%s", fx_dir,
			 im.last_layer.digest.hex);
	p = pick("l", FX_CHOICE());
	assert_int_equal(truncate(path, 7), 0);
	assert_int_equal(image_pick_layer(p, 0, &s, &digest, &diff_id, &size,
					  &err), -1);
	assert_non_null(strstr(err.msg, "image 'a:1': layer 1 of 1: size "
					"mismatch"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(image_pick_layer(p, 0, &s, &digest, &diff_id, &size,
					  &gone), -1);
	assert_non_null(strstr(gone.msg, "is missing"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(from_every_kind),
		TEST(root_file_systems),
		TEST(layers_are_opened_on_demand),
		TEST(layers_in_threads),
		TEST(one_of_several),
		TEST(by_the_digest_of_an_index),
		TEST(variants),
		TEST(from_a_borrowed_layout),
		TEST(changed_after_the_choice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
