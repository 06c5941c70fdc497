/* Hostile documents below index.json: digests, sizes, configurations, names.
 * Each error names the image and the rule. */
#include "image_fixture.h"

#include <sys/resource.h>

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/* Puts a manifest with these members and a name into the layout "l". */
static void put_manifest(const char *members)
{
	_cleanup_free_ char *text = xasprintf("{\"schemaVersion\":2,%s}", members);
	struct fx_blob m = fx_put_blob("l", text, strlen(text));
	_cleanup_free_ char *d = fx_descriptor(MT_MANIFEST, &m,
		",\"annotations\":{\"org.opencontainers.image.ref.name\":\"x:1\"}");

	fx_put_index("l", d);
}

/* hostile 10: in every place that a digest can stand in */
static void digests_below(void **state)
{
	static const char *const digests[] = {
		"sha256:../../../etc/passwd", "sha256:" ZEROS "00", "sha256:00",
		"sha512:" ZEROS, "md5:00000000000000000000000000000000",
		"SHA256:" ZEROS, "sha256:" ZEROS "/../x", "sha256+b64:x", "",
		"sha256:00000000000000000000000000000000000000000000000000000000"
		"0000000G",
		"sha256:00000000000000000000000000000000000000000000000000000000"
		"ABCDEF00",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(digests); i++) {
		_cleanup_free_ char *d = xasprintf(
			"{\"mediaType\":\"" MT_CONFIG "\",\"size\":2,\"digest\":"
			"\"%s\"}", digests[i]);
		_cleanup_free_ char *good = xasprintf(
			"{\"mediaType\":\"" MT_CONFIG "\",\"size\":2,\"digest\":"
			"\"sha256:" ZEROS "\"}");
		_cleanup_free_ char *config =
			xasprintf("\"config\":%s,\"layers\":[]", d);
		_cleanup_free_ char *layer =
			xasprintf("\"config\":%s,\"layers\":[%s]", good, d);

		put_manifest(config);
		fx_refused("l", FX_CHOICE(),
			   "image 'x:1': manifest: config: descriptor: '");
		fx_pick_refused("l", FX_CHOICE(),
				"' is not a sha256 or sha512 digest");
		put_manifest(layer);
		fx_refused("l", FX_CHOICE(),
			   "image 'x:1': manifest: layer 1 of 1: descriptor: '");
		fx_pick_refused("l", FX_CHOICE(),
				"' is not a sha256 or sha512 digest");
	}
}

/* hostile 10: diff_ids are digests too */
static void diff_ids(void **state)
{
	static const struct {
		const char *rootfs, *words;
	} cases[] = {
		{ "{\"type\":\"layers\",\"diff_ids\":[\"sha256:../x\"]}",
		  "diff_id 1 of 1: 'sha256:../x' is not a sha256" },
		{ "{\"type\":\"layers\",\"diff_ids\":[7]}", "entry 1 is of type" },
		{ "{\"type\":\"layers\",\"diff_ids\":{}}", "'diff_ids' is of type" },
		{ "{\"type\":\"magic\",\"diff_ids\":[]}", "'rootfs.type'" },
		{ "[]", "'rootfs' is of type array" },
		{ "null", "'rootfs' is missing" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *text = xasprintf(
			"{\"architecture\":\"amd64\",\"rootfs\":%s}",
			cases[i].rootfs);
		struct fx_blob c = fx_put_blob("l", text, strlen(text));
		_cleanup_free_ char *d = fx_descriptor(MT_CONFIG, &c, "");
		_cleanup_free_ char *m = xasprintf("\"config\":%s,\"layers\":[]",
						   d);

		put_manifest(m);
		fx_refused("l", FX_CHOICE(), "image 'x:1': config: ");
		fx_pick_refused("l", FX_CHOICE(), cases[i].words);
	}
}

/* A sparse file of 100 MB as a blob, with `head` at its start. */
static void put_huge_blob(const char *hex, const char *head)
{
	_cleanup_free_ char *name = xasprintf("l/blobs/sha256/%s", hex);
	char path[512];

	fx_write_text(name, head);
	fx_path(path, sizeof(path), name);
	assert_int_equal(truncate(path, 100 << 20), 0);
}

/* hostile 12: 100 MB of manifest, told or not, are not read */
static void huge_manifest(void **state)
{
	static const char told[] =
		"{\"mediaType\":\"" MT_MANIFEST "\",\"size\":104857600,"
		"\"digest\":\"sha256:" ZEROS "\"}";
	static const char untold[] =
		"{\"mediaType\":\"" MT_MANIFEST "\",\"size\":406,"
		"\"digest\":\"sha256:" ZEROS "\"}";
	struct rusage before, after;

	(void)state;
	put_huge_blob(ZEROS, "{");
	getrusage(RUSAGE_SELF, &before);
	fx_put_index("l", told);
	fx_pick_refused("l", FX_CHOICE(), "a document of 104857600 bytes, "
					  "4194304 at most are accepted");
	fx_refused("l", FX_CHOICE(), "manifest: document sha256:00000000000");
	fx_put_index("l", untold);
	fx_pick_refused("l", FX_CHOICE(), "size mismatch of blob");
	getrusage(RUSAGE_SELF, &after);
	assert_true(after.ru_maxrss - before.ru_maxrss < 20 << 10);
}

/* hostile 12: an index in itself has no valid digest */
static void index_in_itself(void **state)
{
	static const char entry[] = "{\"mediaType\":\"" MT_INDEX "\",\"size\":%d,"
				    "\"digest\":\"sha256:" ZEROS "\"}";
	_cleanup_free_ char *e = xasprintf(entry, 180);
	_cleanup_free_ char *index = xasprintf("{\"manifests\":[%s]}", e);
	_cleanup_free_ char *sized = NULL;

	(void)state;
	sized = xasprintf(entry, (int)strlen(index));
	assert_int_equal(strlen(sized), strlen(e));
	free(index);
	index = xasprintf("{\"manifests\":[%s]}", sized);
	fx_write_text("l/blobs/sha256/" ZEROS, index);
	fx_put_index("l", sized);
	fx_pick_refused("l", FX_CHOICE(), "digest mismatch");
}

/* hostile 12: each index names the next one twice, which doubles the work with
 * every level; and too many side by side */
static void too_many_indexes(void **state)
{
	_cleanup_buf_ struct buf many = BUF_INIT;
	struct fx_image im = { 0 };
	struct fx_blob m = fx_put_image("l", &im);

	(void)state;
	for (int i = 0; i < 70; i++) {
		_cleanup_free_ char *d = fx_descriptor(MT_MANIFEST, &m, "");
		_cleanup_free_ char *index = xasprintf(
			"{\"manifests\":[%s],\"annotations\":{\"n\":\"%d\"}}", d,
			i);
		struct fx_blob b = fx_put_blob("l", index, strlen(index));
		_cleanup_free_ char *e = fx_descriptor(MT_INDEX, &b, "");

		buf_printf(&many, "%s%s", i ? "," : "", e);
	}
	fx_put_index("l", buf_ptr(&many));
	fx_pick_refused("l", FX_CHOICE(), "more than 64 indexes");
	buf_clear(&many);
	for (int i = 0; i < 1100; i++)
		buf_printf(&many, "%s{}", i ? "," : "");
	fx_put_index("l", buf_ptr(&many));
	fx_pick_refused("l", FX_CHOICE(), "'manifests' has 1100 entries");
}

/* hostile 14: in a whole image; value by value in test_image_runtime.c */
static void configurations(void **state)
{
	static const struct {
		const char *config, *words;
	} refused[] = {
		{ "{\"User\":\"4294967296:0\"}",
		  "image 'app:1': config: User '4294967296:0' is neither" },
		{ "{\"User\":\"0:18446744073709551616\"}", "is neither" },
		{ "{\"User\":\"root\\nroot\"}", "has control characters" },
		{ "{\"WorkingDir\":\"/proc/self/fd/8\"}",
		  "image 'app:1': config: WorkingDir '/proc/self/fd/8' is in a "
		  "tree of the kernel" },
		{ "{\"WorkingDir\":\"a/../../proc/self/fd/8\"}", "tree of the" },
		{ "{\"Env\":[\"A=\\u0000B=1\"]}", "has a NUL" },
		{ "{\"Entrypoint\":[\"\",\"/x\"]}",
		  "image 'app:1': config: 'Entrypoint' begins with an empty" },
		{ "{\"StopSignal\":\"9; reboot\"}", "is no signal" },
		{ "{\"Volumes\":\"/\"}", "'Volumes' is of type string" },
	};
	static const char *const inside[] = {
		"{\"WorkingDir\":\"../../..\"}",
		"{\"Volumes\":{\"../../etc\":{},\"/proc/self/fd/8\":{}}}",
		"{\"Env\":[\"NOTHING\",\"A=1\\nB=2\"]}",
		"{\"Entrypoint\":[\"\"]}",
		"{\"Entrypoint\":[]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		fx_put_config("l", refused[i].config);
		fx_pick_refused("l", FX_CHOICE(), refused[i].words);
	}
	for (size_t i = 0; i < ARRAY_SIZE(inside); i++) {
		_cleanup_error_ struct vc_error err = { 0 };
		_cleanup_image_pick_ struct image_pick *p = NULL;

		fx_put_config("l", inside[i]);
		p = fx_pick("l", FX_CHOICE(), &err);
		if (!p)
			fail_msg("%s", err.msg);
		assert_string_equal(image_pick_runtime(p)->workdir, "/");
		assert_int_equal(image_pick_runtime(p)->entrypoint.n, 0);
		assert_true(image_pick_runtime(p)->env.n <= 1);
	}
}

/* hostile 14: times */
static void created(void **state)
{
	struct fx_image im = { .config_extra = ",\"created\":\"yesterday\"" };

	(void)state;
	fx_put_layout("l", &im, "x:1");
	fx_pick_refused("l", FX_CHOICE(), "image 'x:1': config: 'created': "
					  "'yesterday' is no time");
}

/* hostile 15: layers that are none, for a pick as for a set */
static void layers(void **state)
{
	struct fx_image none = { .no_layers = true };
	struct fx_image few = { .skip_diff_ids = 1 };
	struct fx_image secret = { .layer_type = MT_LAYER "+gzip+encrypted" };
	struct fx_image disk = { .layer_type = "application/x-qemu-disk" };
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_image_pick_ struct image_pick *p = NULL;

	(void)state;
	fx_put_layout("l", &few, "x:1");
	fx_pick_refused("l", FX_CHOICE(), "image 'x:1': the manifest has 2 "
					  "layers, the config 1 diff_ids");
	fx_put_layout("l", &secret, "x:1");
	fx_pick_refused("l", FX_CHOICE(), "image 'x:1': manifest: layer 1 of 2: "
					  "it is encrypted");
	fx_put_layout("l", &disk, "x:1");
	fx_pick_refused("l", FX_CHOICE(), "image 'x:1': manifest: layer 1 of 2: "
					  "unknown media type "
					  "'application/x-qemu-disk'");
	/* FROM scratch: an image, of nothing */
	fx_put_layout("l", &none, "x:1");
	p = fx_pick("l", FX_CHOICE(), &err);
	assert_non_null(p);
	assert_int_equal(image_pick_layers(p), 0);
}

/* hostile 15: more layers than any image has */
static void too_many_layers(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	(void)state;
	buf_add_str(&b, "\"config\":{\"mediaType\":\"" MT_CONFIG "\",\"size\":2,"
			"\"digest\":\"sha256:" ZEROS "\"},\"layers\":[");
	for (int i = 0; i < 10000; i++)
		buf_printf(&b, "%s{}", i ? "," : "");
	buf_add_char(&b, ']');
	put_manifest(buf_ptr(&b));
	fx_pick_refused("l", FX_CHOICE(), "image 'x:1': manifest: 'layers' has "
					  "10000 entries, 1024 at most");
}

/* hostile 16: annotations are words, and names only where they are names */
static void annotations(void **state)
{
	static const char *const odd[] = {
		"../../etc/passwd", "/etc/passwd", "-x", "a b", "..", "x:..",
		"x;reboot", "$(id)", "x@sha256:1",
	};
	struct fx_image im = { .layers = 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		fx_put_layout("l", &im, odd[i]);
		fx_accepted("l", FX_CHOICE(), "imported:latest", &im.config);
	}
	fx_put_layout("l", &im, "\\u001b]0;x\\u0007");
	fx_refused("l", FX_CHOICE(), "not printable ASCII");
	fx_put_layout("l", &im, "a\\nb");
	fx_refused("l", FX_CHOICE(), "not printable ASCII");
}

/* hostile 16: a blob of an archive that is a link out of it */
static void links_in_an_archive(void **state)
{
	static const char *const targets[] = {
		"/etc/passwd", "../../../../etc/passwd", "../../index.json/..",
	};
	struct fx_image im = { .layers = 1 };
	struct fx_blob m = fx_put_image("l", &im);
	_cleanup_free_ char *d = fx_descriptor(MT_MANIFEST, &m, "");
	_cleanup_free_ char *index = xasprintf("{\"manifests\":[%s]}", d);
	_cleanup_free_ char *name = digest_path(&m.digest);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		_cleanup_buf_ struct buf tar = BUF_INIT;

		fx_tar_add(&tar, "oci-layout",
			   "{\"imageLayoutVersion\":\"1.0.0\"}", 30);
		fx_tar_add(&tar, "index.json", index, strlen(index));
		fx_tar_link(&tar, name, '2', targets[i]);
		fx_tar_add(&tar, "../escape", "x", 1);
		fx_tar_end(&tar);
		fx_write("a.tar", buf_ptr(&tar), tar.len);
		fx_refused("a.tar", FX_CHOICE(), "is missing");
		fx_pick_refused("a.tar", FX_CHOICE(), "is missing");
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(digests_below),   TEST(diff_ids),
		TEST(huge_manifest),   TEST(index_in_itself),
		TEST(too_many_indexes), TEST(configurations),
		TEST(created),	       TEST(layers),
		TEST(too_many_layers), TEST(annotations),
		TEST(links_in_an_archive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
