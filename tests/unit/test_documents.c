/* The JSON of conversions: shapes that scripts rely on, to the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <json.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vc/convert.h"
#include "vc/util.h"

static struct convert request(void)
{
	return (struct convert){ .command = "oci2gondolin",
				 .source_kind = SOURCE_IMAGE,
				 .source = "docker.io/library/busybox:1",
				 .arch = "x86_64",
				 .assets = true,
				 .out_dir = "/out/./x/../dir/",
				 .fs = FS_EXT4 };
}

static void fill_hash(char ret[65], char c)
{
	memset(ret, c, 64);
	ret[64] = '\0';
}

static struct convert_result result(void)
{
	static char digest[] = "sha256:12", platform[] = "linux/amd64";
	static char workdir[] = "/srv", user[] = "";
	struct convert_result r = { .rootfs = "rootfs.ext4",
				    .kernel = "kernel",
				    .initramfs = "initramfs",
				    .source_digest = digest,
				    .platform = platform,
				    .epoch = 1700000000 };

	fill_hash(r.kernel_sha256, 'a');
	fill_hash(r.initramfs_sha256, 'b');
	fill_hash(r.rootfs_sha256, 'c');
	r.runtime.workdir = workdir;
	r.runtime.user = user;
	strv_add(&r.runtime.cmd, "sh");
	strv_add(&r.runtime.env, "A=\"\\/\xc3\xbc\xff\n\x01");
	strv_add(&r.injected_files, "/.vcontainer/agent");
	strv_add(&r.injected_dirs, "/.vcontainer");
	return r;
}

static void release(struct convert_result *r)
{
	strv_release(&r->runtime.cmd);
	strv_release(&r->runtime.env);
	strv_release(&r->injected_files);
	strv_release(&r->injected_dirs);
}

static void test_build_id(void **state)
{
	struct convert_result r = result();
	char id[37];

	(void)state;
	gondolin_build_id(&r, "x86_64", id);
	assert_string_equal(id, "17a5673e-e568-523c-97b9-3dbe712e28d3");
	release(&r);
}

static void test_meta(void **state)
{
	struct convert c = request();
	struct convert_result r = result();
	_cleanup_free_ char *json = convert_meta_json(&c, &r);

	(void)state;
	assert_string_equal(json,
		"{\n"
		"  \"schemaVersion\": 1,\n"
		"  \"generatedAt\": \"2023-11-14T22:13:20.000Z\",\n"
		"  \"source\": {\n"
		"    \"kind\": \"image\",\n"
		"    \"ref\": \"docker.io/library/busybox:1\"\n"
		"  },\n"
		"  \"sourceDigest\": \"sha256:12\",\n"
		"  \"platform\": \"linux/amd64\",\n"
		"  \"mode\": \"assets\",\n"
		"  \"runtime\": {\n"
		"    \"entrypoint\": [],\n"
		"    \"cmd\": [\n"
		"      \"sh\"\n"
		"    ],\n"
		"    \"env\": [\n"
		"      \"A=\\\"\\\\/\xc3\xbc\xef\xbf\xbd\\n\\u0001\"\n"
		"    ],\n"
		"    \"workdir\": \"/srv\",\n"
		"    \"user\": \"\"\n"
		"  },\n"
		"  \"runtimeInjection\": {\n"
		"    \"baseRootfsPath\": null,\n"
		"    \"injectedFiles\": [\n"
		"      \".vcontainer/agent\"\n"
		"    ],\n"
		"    \"injectedDirectories\": [\n"
		"      \".vcontainer\"\n"
		"    ]\n"
		"  }\n"
		"}\n");
	release(&r);
}

/* The keys of an object in their order, "a b c". */
static char *keys(struct json_object *o)
{
	struct buf b = BUF_INIT;

	json_object_object_foreach(o, key, value) {
		(void)value;
		buf_printf(&b, "%s%s", b.len ? " " : "", key);
	}
	return buf_steal(&b);
}

static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *m = NULL;

	assert_true(json_object_object_get_ex(o, key, &m));
	return m;
}

static void expect_keys(struct json_object *o, const char *want)
{
	_cleanup_free_ char *have = keys(o);

	assert_string_equal(have, want);
}

static void expect_text(struct json_object *o, const char *key,
			const char *want)
{
	assert_string_equal(json_object_get_string(member(o, key)), want);
}

static void test_manifest(void **state)
{
	struct convert c = request();
	struct convert_result r = result();
	_cleanup_free_ char *json = convert_manifest_json(&c, &r);
	struct json_object *o = json_tokener_parse(json), *config;

	(void)state;
	assert_non_null(o);
	expect_keys(o, "version buildId config buildTime assets checksums "
		       "runtimeDefaults ociSource source runtime");
	expect_text(o, "buildId", "17a5673e-e568-523c-97b9-3dbe712e28d3");
	config = member(o, "config");
	expect_keys(config, "arch distro oci rootfs env");
	expect_text(config, "arch", "x86_64");
	expect_text(config, "distro", "alpine");
	expect_text(member(config, "oci"), "image", c.source);
	expect_text(member(config, "rootfs"), "label", "gondolin-root");
	expect_text(member(o, "assets"), "initramfs", "initramfs");
	expect_text(member(o, "checksums"), "rootfs", r.rootfs_sha256);
	expect_text(member(o, "runtimeDefaults"), "rootfsMode", "cow");
	expect_text(member(o, "source"), "digest", "sha256:12");
	json_object_put(o);
	release(&r);
}

static void test_result_names_what_was_written(void **state)
{
	struct convert c = request();
	struct convert_result r = result();
	_cleanup_free_ char *json = convert_result_json(&c, &r);
	struct json_object *o = json_tokener_parse(json), *files;

	(void)state;
	expect_keys(o, "command source sourceDigest platform mode outDir "
		       "rootfsPath metadataPath assetManifestPath files");
	expect_text(o, "outDir", "/out/dir");
	expect_text(o, "rootfsPath", "/out/dir/rootfs.ext4");
	expect_text(o, "assetManifestPath", "/out/dir/manifest.json");
	files = member(o, "files");
	assert_int_equal(json_object_array_length(files), 5);
	assert_string_equal(json_object_get_string(
				    json_object_array_get_idx(files, 2)),
			    "/out/dir/kernel");
	json_object_put(o);
	release(&r);
}

static void test_result_without_assets(void **state)
{
	struct convert c = request();
	struct convert_result r = result();
	_cleanup_free_ char *json = NULL;
	struct json_object *o;

	(void)state;
	c.assets = false;
	r.kernel = r.initramfs = NULL;
	r.source_digest = NULL;
	json = convert_result_json(&c, &r);
	o = json_tokener_parse(json);
	expect_keys(o, "command source sourceDigest platform mode outDir "
		       "rootfsPath metadataPath files");
	assert_null(member(o, "sourceDigest"));
	expect_text(o, "mode", "rootfs");
	assert_int_equal(json_object_array_length(member(o, "files")), 2);
	json_object_put(o);
	release(&r);
}

static void test_dry_run(void **state)
{
	static const char *const ids[] = { "resolve-manifest",
					   "fetch-and-verify-blobs",
					   "apply-layers",
					   "inject-runtime-and-build-ext4",
					   "emit-output" };
	struct convert c = request();
	_cleanup_free_ char *json = NULL, *cwd = getcwd(NULL, 0), *want = NULL;
	struct json_object *o, *steps;

	(void)state;
	want = xasprintf("%s/img", cwd);
	c.source_kind = SOURCE_OCI_TAR;
	c.source = "img";
	c.arch = "aarch64";
	json = convert_dry_run_json(&c);
	o = json_tokener_parse(json);
	expect_keys(o, "command dryRun source platform mode outDir steps");
	assert_true(json_object_get_boolean(member(o, "dryRun")));
	expect_text(o, "platform", "linux/arm64");
	expect_text(member(o, "source"), "kind", "oci-tar");
	expect_text(member(o, "source"), "path", want);
	steps = member(o, "steps");
	assert_int_equal(json_object_array_length(steps), ARRAY_SIZE(ids));
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		struct json_object *s = json_object_array_get_idx(steps, i);

		expect_keys(s, "id stage description implementation");
		expect_text(s, "id", ids[i]);
	}
	json_object_put(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_build_id),
		cmocka_unit_test(test_meta),
		cmocka_unit_test(test_manifest),
		cmocka_unit_test(test_result_names_what_was_written),
		cmocka_unit_test(test_result_without_assets),
		cmocka_unit_test(test_dry_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
