/* OCI layouts: forms that must be read, platforms, names. */
#include "image_fixture.h"

static void layers_of_all_kinds(void **state)
{
	static const struct {
		int filter;
		const char *suffix;
	} kinds[] = {
		{ 0, "" },
		{ ARCHIVE_FILTER_GZIP, "+gzip" },
		{ ARCHIVE_FILTER_ZSTD, "+zstd" },
		/* the media type lies, or knows no such compression */
		{ 0, "+gzip" },
		{ ARCHIVE_FILTER_XZ, "" },
		{ ARCHIVE_FILTER_BZIP2, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct fx_image im = { .filter = kinds[i].filter,
				       .suffix = kinds[i].suffix };
		_cleanup_free_ char *name = xasprintf("l%zu", i);

		fx_put_layout(name, &im, "busybox:1.36");
		fx_accepted(name, FX_CHOICE(), "busybox:1.36", &im.config);
	}
}

static void docker_media_types(void **state)
{
	struct fx_image im = {
		.filter = ARCHIVE_FILTER_GZIP,
		.layer_type = "application/vnd.docker.image.rootfs.diff.tar.gzip",
		.config_type = "application/vnd.docker.container.image.v1+json",
		.manifest_extra = ",\"mediaType\":\"application/vnd.docker."
				  "distribution.manifest.v2+json\"",
	};
	struct fx_blob m = fx_put_image("l", &im);
	_cleanup_free_ char *d = fx_descriptor(
		"application/vnd.docker.distribution.manifest.v2+json", &m, "");
	_cleanup_free_ char *list = xasprintf(
		"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.docker."
		"distribution.manifest.list.v2+json\",\"manifests\":[%s]}", d);
	struct fx_blob l = fx_put_blob("l", list, strlen(list));
	_cleanup_free_ char *top = fx_descriptor(
		"application/vnd.docker.distribution.manifest.list.v2+json", &l,
		"");

	(void)state;
	fx_put_index("l", top);
	fx_accepted("l", FX_CHOICE(), "imported:latest", &im.config);
}

static void without_layers(void **state)
{
	struct fx_image im = { .no_layers = true };

	(void)state;
	fx_put_layout("l", &im, NULL);
	fx_accepted("l", FX_CHOICE(), "imported:latest", &im.config);
}

static void same_layer_twice(void **state)
{
	struct fx_image im = { .layers = 1, .filter = ARCHIVE_FILTER_GZIP };
	struct fx_image other = { .layers = 1, .filter = ARCHIVE_FILTER_ZSTD,
				  .config_extra = ",\"author\":\"x\"" };
	struct fx_blob a = fx_put_image("l", &im);
	struct fx_blob b = fx_put_image("l", &other);
	_cleanup_free_ char *da = fx_descriptor(MT_MANIFEST, &a,
		",\"annotations\":{\"org.opencontainers.image.ref.name\":\"a:1\"}");
	_cleanup_free_ char *db = fx_descriptor(MT_MANIFEST, &b,
		",\"annotations\":{\"org.opencontainers.image.ref.name\":\"b:1\"}");
	_cleanup_free_ char *entries = xasprintf("%s,%s", da, db);
	struct fx_result r = { 0 };

	(void)state;
	fx_put_index("l", entries);
	assert_int_equal(fx_read("l", FX_CHOICE(), &r), 0);
	assert_int_equal(r.names.n, 2);
	/* manifest.json, two configs, one layer, two blocks of end */
	assert_int_equal(r.out.len, 3 * 1024 + (512 + 2048) + 1024);
	fx_result_release(&r);
}

static char *multi_arch_entries(struct fx_image *amd, struct fx_image *arm)
{
	struct fx_blob a = fx_put_image("l", amd);
	struct fx_blob b = fx_put_image("l", arm);
	_cleanup_free_ char *da = fx_descriptor(MT_MANIFEST, &a,
		",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}");
	_cleanup_free_ char *db = fx_descriptor(MT_MANIFEST, &b,
		",\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\","
		"\"variant\":\"v8\"}");
	/* what buildkit adds */
	_cleanup_free_ char *dc = fx_descriptor(MT_MANIFEST, &a,
		",\"platform\":{\"os\":\"unknown\",\"architecture\":\"unknown\"},"
		"\"annotations\":{\"vnd.docker.reference.type\":"
		"\"attestation-manifest\"}");

	return xasprintf("%s,%s,%s", da, dc, db);
}

static void check_both(struct fx_image *amd, struct fx_image *arm,
		       const char *name)
{
	struct fx_result r = { 0 };

	fx_accepted("l", FX_CHOICE(.arch = "x86_64"), name, &amd->config);
	fx_accepted("l", FX_CHOICE(.arch = "aarch64"), name, &arm->config);
	assert_int_equal(fx_read("l", FX_CHOICE(.arch = "aarch64"), &r), 0);
	assert_string_equal(r.note,
			    "linux/arm64/v8 of linux/amd64, linux/arm64/v8");
	fx_result_release(&r);
}

static void flat_multi_arch(void **state)
{
	struct fx_image amd = { 0 }, arm = { .arch = "arm64" };
	_cleanup_free_ char *entries = multi_arch_entries(&amd, &arm);

	(void)state;
	fx_put_index("l", entries);
	check_both(&amd, &arm, "imported:latest");
}

static void nested_multi_arch(void **state)
{
	struct fx_image amd = { 0 }, arm = { .arch = "arm64" };
	_cleanup_free_ char *entries = multi_arch_entries(&amd, &arm);
	_cleanup_free_ char *top = NULL;

	(void)state;
	for (int depth = 0; depth < 3; depth++) {
		_cleanup_free_ char *index = xasprintf(
			"{\"schemaVersion\":2,\"mediaType\":\"" MT_INDEX "\","
			"\"manifests\":[%s]}", top ? top : entries);
		struct fx_blob b = fx_put_blob("l", index, strlen(index));

		free(top);
		top = fx_descriptor(MT_INDEX, &b,
			",\"annotations\":{\"org.opencontainers.image.ref.name\":"
			"\"v7\"}");
		fx_put_index("l", top);
		check_both(&amd, &arm, "imported:v7");
	}
}

static void too_deep(void **state)
{
	struct fx_image im = { 0 };
	struct fx_blob m = fx_put_image("l", &im);
	char *top = fx_descriptor(MT_MANIFEST, &m, "");

	(void)state;
	for (int depth = 0; depth < 5; depth++) {
		_cleanup_free_ char *index = xasprintf("{\"manifests\":[%s]}",
						       top);
		struct fx_blob b = fx_put_blob("l", index, strlen(index));

		free(top);
		top = fx_descriptor(MT_INDEX, &b, "");
	}
	fx_put_index("l", top);
	free(top);
	fx_refused("l", FX_CHOICE(), "nested more than 4 deep");
}

static void platform_only_in_config(void **state)
{
	struct fx_image amd = { 0 }, arm = { .arch = "arm64" };
	struct fx_blob a = fx_put_image("l", &arm);
	struct fx_blob b = fx_put_image("l", &amd);
	_cleanup_free_ char *da = fx_descriptor(MT_MANIFEST, &a, "");
	_cleanup_free_ char *db = fx_descriptor(MT_MANIFEST, &b, "");
	_cleanup_free_ char *entries = xasprintf("%s,%s", da, db);

	(void)state;
	fx_put_index("l", entries);
	fx_accepted("l", FX_CHOICE(.arch = "x86_64"), "imported:latest",
		    &amd.config);
	fx_accepted("l", FX_CHOICE(.arch = "aarch64"), "imported:latest",
		    &arm.config);
}

static void wrong_architecture(void **state)
{
	struct fx_image im = { .arch = "arm64" };
	struct fx_blob m = fx_put_image("lie", &im);
	/* the index says otherwise: the config counts */
	_cleanup_free_ char *d = fx_descriptor(MT_MANIFEST, &m,
		",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}");

	(void)state;
	fx_put_layout("l", &im, "x");
	fx_refused("l", FX_CHOICE(), "image 'x' is for arm64, this VM is x86_64: "
				     "use '--arch aarch64'");
	fx_put_index("lie", d);
	fx_refused("lie", FX_CHOICE(), "is for arm64, this VM is x86_64");
	im = (struct fx_image){ .arch = "s390x" };
	fx_put_layout("z", &im, NULL);
	fx_refused("z", FX_CHOICE(), "there is no VM for it");
}

static void no_platform_fits(void **state)
{
	struct fx_image im = { .arch = "arm64" };
	struct fx_blob m = fx_put_image("l", &im);
	_cleanup_free_ char *a = fx_descriptor(MT_MANIFEST, &m,
		",\"platform\":{\"os\":\"linux\",\"architecture\":\"arm64\"}");
	struct fx_image im2 = { .arch = "s390x" };
	struct fx_blob m2 = fx_put_image("l", &im2);
	_cleanup_free_ char *b = fx_descriptor(MT_MANIFEST, &m2,
		",\"platform\":{\"os\":\"linux\",\"architecture\":\"s390x\"}");
	_cleanup_free_ char *entries = xasprintf("%s,%s", b, a);

	(void)state;
	fx_put_index("l", entries);
	fx_refused("l", FX_CHOICE(), "is for linux/s390x, linux/arm64, this VM "
				     "is x86_64: use '--arch aarch64'");
}

static void names(void **state)
{
	static const struct {
		const char *ref, *given, *want;
	} cases[] = {
		{ NULL, NULL, "imported:latest" },
		{ "latest", NULL, "imported:latest" },
		{ "1.36", NULL, "imported:1.36" },
		{ "busybox:1.36", NULL, "busybox:1.36" },
		{ "docker.io/library/busybox", NULL,
		  "docker.io/library/busybox:latest" },
		{ "host:5000/x", NULL, "host:5000/x:latest" },
		{ "host:5000/x:1", NULL, "host:5000/x:1" },
		{ "Not/Valid:x", NULL, "imported:latest" },
		{ "../../etc:x", NULL, "imported:latest" },
		{ "busybox:1.36", "mine", "mine:latest" },
		{ "busybox:1.36", "host:5000/mine", "host:5000/mine:latest" },
		{ "busybox:1.36", "host:5000/mine:2", "host:5000/mine:2" },
	};
	struct fx_image im = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		fx_put_layout("l", &im, cases[i].ref);
		fx_accepted("l", FX_CHOICE(.name = cases[i].given),
			    cases[i].want, &im.config);
	}
	fx_refused("l", FX_CHOICE(.name = "Mine"), "is not an image name");
}

static void several_images(void **state)
{
	struct fx_image one = { .config_extra = ",\"author\":\"1\"" };
	struct fx_image two = { .config_extra = ",\"author\":\"2\"" };
	struct fx_blob a = fx_put_image("l", &one);
	struct fx_blob b = fx_put_image("l", &two);
	_cleanup_free_ char *da = fx_descriptor(MT_MANIFEST, &a,
		",\"annotations\":{\"org.opencontainers.image.ref.name\":\"v1\"}");
	_cleanup_free_ char *db = fx_descriptor(MT_MANIFEST, &b,
		",\"annotations\":{\"org.opencontainers.image.ref.name\":"
		"\"app:v2\"}");
	_cleanup_free_ char *entries = xasprintf("%s,%s", da, db);
	struct fx_result r = { 0 };

	(void)state;
	fx_put_index("l", entries);
	assert_int_equal(fx_read("l", FX_CHOICE(), &r), 0);
	assert_int_equal(r.names.n, 2);
	assert_string_equal(r.names.v[0], "imported:v1");
	assert_string_equal(r.names.v[1], "app:v2");
	fx_result_release(&r);
	fx_accepted("l", FX_CHOICE(.tag = "v1"), "imported:v1", &one.config);
	fx_accepted("l", FX_CHOICE(.tag = "v2"), "app:v2", &two.config);
	fx_accepted("l", FX_CHOICE(.tag = "app:v2", .name = "x"), "x:latest",
		    &two.config);
	fx_refused("l", FX_CHOICE(.tag = "v3"), "holds no image 'v3', but: v1, "
						"app:v2");
	fx_refused("l", FX_CHOICE(.name = "x"), "several images (v1, app:v2): "
						"choose one");
}

static void one_image_of_two_names(void **state)
{
	struct fx_image im = { 0 };
	struct fx_blob m = fx_put_image("l", &im);
	_cleanup_free_ char *da = fx_descriptor(MT_MANIFEST, &m,
		",\"annotations\":{\"org.opencontainers.image.ref.name\":\"a:1\"}");
	_cleanup_free_ char *db = fx_descriptor(MT_MANIFEST, &m,
		",\"annotations\":{\"org.opencontainers.image.ref.name\":\"b:2\"}");
	_cleanup_free_ char *entries = xasprintf("%s,%s", da, db);
	struct fx_result r = { 0 };

	(void)state;
	fx_put_index("l", entries);
	assert_int_equal(fx_read("l", FX_CHOICE(), &r), 0);
	assert_non_null(memmem(buf_ptr(&r.out), r.out.len,
			       "\"RepoTags\":[\"a:1\",\"b:2\"]", 24));
	fx_result_release(&r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(layers_of_all_kinds), TEST(docker_media_types),
		TEST(without_layers),	   TEST(same_layer_twice),
		TEST(flat_multi_arch),	   TEST(nested_multi_arch),
		TEST(too_deep),		   TEST(platform_only_in_config),
		TEST(wrong_architecture),  TEST(no_platform_fits),
		TEST(names),		   TEST(several_images),
		TEST(one_image_of_two_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
