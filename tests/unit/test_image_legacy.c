/* Archives that docker saved before version 1.10, built by hand: nothing
 * writes them any more. */
#include "image_fixture.h"

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define ID_C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

/* A layer directory; parent NULL: none, "" as docker has it, too. */
static void add_layer(struct buf *tar, const char *id, const char *parent,
		      const char *members, const char *content, int filter)
{
	_cleanup_free_ char *version = xasprintf("%s/VERSION", id);
	_cleanup_free_ char *json_name = xasprintf("%s/json", id);
	_cleanup_free_ char *layer_name = xasprintf("%s/layer.tar", id);
	_cleanup_free_ char *json = NULL;
	_cleanup_buf_ struct buf layer = BUF_INIT, packed = BUF_INIT;

	json = parent ? xasprintf("{\"id\":\"%s\",\"parent\":\"%s\"%s}", id,
				  parent, members) :
			xasprintf("{\"id\":\"%s\"%s}", id, members);
	fx_tar_add(&layer, "file", content, strlen(content));
	fx_tar_end(&layer);
	if (filter)
		fx_compress(&layer, filter, &packed);
	fx_tar_add(tar, version, "1.0", 3);
	fx_tar_add(tar, json_name, json, strlen(json));
	fx_tar_add(tar, layer_name, buf_ptr(filter ? &packed : &layer),
		   (filter ? &packed : &layer)->len);
}

#define TOP                                                             \
	",\"created\":\"2014-12-31T22:23:56.9Z\",\"architecture\":\"amd64\"," \
	"\"os\":\"linux\",\"Size\":7,\"container_config\":{\"Cmd\":[\"x\"]}," \
	"\"config\":{\"Cmd\":[\"/bin/sh\"],\"Env\":[\"PATH=/bin\"]}"

/* From text that ends the archive with `repositories`, NULL: none. */
static void write_archive(struct buf *tar, const char *repositories)
{
	if (repositories)
		fx_tar_add(tar, "repositories", repositories,
			   strlen(repositories));
	fx_tar_end(tar);
	fx_write("a.tar", buf_ptr(tar), tar->len);
}

static void write_two_layers(const char *repositories, int filter)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;

	/* the top first: their order says nothing */
	add_layer(&tar, ID_B, ID_A, TOP, "upper", 0);
	add_layer(&tar, ID_A, "", ",\"Size\":1", "lower", filter);
	write_archive(&tar, repositories);
}

static void read_layer(const struct image_pick *p, size_t i, const char *want)
{
	_cleanup_error_ struct vc_error err = { 0 };
	const struct digest *digest, *diff_id;
	struct byte_source *s;
	char block[2048];
	uint64_t size;

	assert_int_equal(image_pick_layer(p, i, &s, &digest, &diff_id, &size,
					  &err), 0);
	assert_null(digest);
	assert_int_equal(size, sizeof(block));
	assert_int_equal(s->read(s, block, sizeof(block), &err), size);
	assert_int_equal(digest_check_bytes(diff_id, block, size, &err), 0);
	assert_memory_equal(block + 512, want, strlen(want));
	s->free(s);
}

static void picked(void **state)
{
	static const int filters[] = { 0, ARCHIVE_FILTER_GZIP };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		_cleanup_error_ struct vc_error err = { 0 };
		_cleanup_image_pick_ struct image_pick *p = NULL;

		write_two_layers("{\"old\":{\"1\":\"" ID_B "\"}}", filters[i]);
		p = fx_pick("a.tar", FX_CHOICE(), &err);
		if (!p)
			fail_msg("%s", err.msg);
		assert_int_equal(image_pick_kind(p), IMAGE_DOCKER_ARCHIVE);
		assert_int_equal(image_pick_layers(p), 2);
		assert_int_equal(image_pick_created(p), 1420064636);
		assert_string_equal(image_pick_runtime(p)->cmd.v[0], "/bin/sh");
		read_layer(p, 0, "lower");
		read_layer(p, 1, "upper");
	}
}

/* What an engine gets is a docker-archive of today. */
static void converted(void **state)
{
	struct fx_result r = { 0 }, again = { 0 };
	const char *json;

	(void)state;
	write_two_layers("{\"old\":{\"1\":\"" ID_B "\",\"2\":\"" ID_B "\"}}", 0);
	if (fx_read("a.tar", FX_CHOICE(), &r) < 0)
		fail_msg("%s", r.err.msg);
	assert_int_equal(r.names.n, 2);
	assert_string_equal(r.names.v[0], "old:1");
	json = memmem(buf_ptr(&r.out), r.out.len, "{\"created\"", 10);
	assert_non_null(json);
	assert_non_null(strstr(json, "\"rootfs\":{\"type\":\"layers\","
				     "\"diff_ids\":[\"sha256:"));
	assert_non_null(strstr(json, "\"history\":[{\"created\":\"2014-12-31T22:"
				     "23:56.9Z\"},{\"created\":"));
	assert_null(strstr(json, "\"parent\""));
	assert_null(strstr(json, "\"Size\""));
	assert_null(strstr(json, "\"id\""));
	fx_write("b.tar", buf_ptr(&r.out), r.out.len);
	assert_int_equal(fx_read("b.tar", FX_CHOICE(), &again), 0);
	assert_int_equal(again.out.len, r.out.len);
	assert_memory_equal(buf_ptr(&again.out), buf_ptr(&r.out), r.out.len);
	fx_result_release(&r);
	fx_result_release(&again);
}

/* `docker save ID` wrote no names. */
static void without_names(void **state)
{
	struct fx_result r = { 0 };

	(void)state;
	write_two_layers(NULL, 0);
	if (fx_read("a.tar", FX_CHOICE(), &r) < 0)
		fail_msg("%s", r.err.msg);
	assert_int_equal(r.names.n, 1);
	assert_string_equal(r.names.v[0], "imported:latest");
	fx_result_release(&r);
}

static void chosen_by_tag(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;
	struct fx_result r = { 0 };

	(void)state;
	add_layer(&tar, ID_A, NULL, TOP, "one", 0);
	add_layer(&tar, ID_B, NULL, TOP, "two", 0);
	write_archive(&tar, "{\"x\":{\"1\":\"" ID_A "\"},"
			    "\"y\":{\"2\":\"" ID_B "\"}}");
	assert_int_equal(fx_read("a.tar", FX_CHOICE(), &r), 0);
	assert_int_equal(r.names.n, 2);
	fx_result_release(&r);
	assert_int_equal(fx_read("a.tar", FX_CHOICE(.tag = "2"), &r), 0);
	assert_int_equal(r.names.n, 1);
	assert_string_equal(r.names.v[0], "y:2");
	fx_result_release(&r);
	fx_refused("a.tar", FX_CHOICE(.tag = "3"), "holds no image '3', but: "
						   "x:1, y:2");
	fx_pick_refused("a.tar", FX_CHOICE(), "several images (x:1, y:2): "
					      "choose one with");
	fx_refused("a.tar", FX_CHOICE(.arch = "aarch64"),
		   "image 'x:1' is for amd64, this VM is aarch64");
}

static void bad_archives(void **state)
{
	static const struct {
		const char *repositories, *parent, *members, *words;
	} cases[] = {
		{ "{}", ID_A, TOP, "it holds no image" },
		{ "[]", ID_A, TOP, "'repositories' is not a JSON object" },
		{ "{\"x\":[]}", ID_A, TOP, "the tags of an image are no object" },
		{ "{\"x\":{\"1\":\"../../etc\"}}", ID_A, TOP,
		  "'../../etc' is no ID of an image" },
		{ "{\"x\":{\"1\":7}}", ID_A, TOP, "is of type int" },
		{ "{\"x\\u001b[2J\":{\"1\":\"" ID_A "\"}}", ID_A, TOP,
		  "not printable ASCII" },
		{ "{\"x\":{\"1\":\"" ID_C "\"}}", ID_A, TOP,
		  ID_C "/json' is missing" },
		{ "{\"x\":{\"1\":\"" ID_A "\"}}", ID_A, TOP,
		  "layer 'aaaaaaaaaaaa' is among its own parents" },
		{ "{\"x\":{\"1\":\"" ID_A "\"}}", ID_B, TOP,
		  ID_B "/json' is missing" },
		{ "{\"x\":{\"1\":\"" ID_A "\"}}", "../x", TOP,
		  "its parent '../x' is no ID" },
		{ "{\"x\":{\"1\":\"" ID_A "\"}}", "", "",
		  "does not say for which architecture" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf tar = BUF_INIT;

		add_layer(&tar, ID_A, cases[i].parent, cases[i].members, "x", 0);
		write_archive(&tar, cases[i].repositories);
		fx_refused("a.tar", FX_CHOICE(), cases[i].words);
	}
}

static void missing_layer(void **state)
{
	_cleanup_buf_ struct buf tar = BUF_INIT;
	const char *json = "{\"architecture\":\"amd64\"}";

	(void)state;
	fx_tar_add(&tar, ID_A "/json", json, strlen(json));
	write_archive(&tar, "{\"x\":{\"1\":\"" ID_A "\"}}");
	fx_refused("a.tar", FX_CHOICE(), "image 'x:1': layer 1 of 1: '" ID_A
					 "/layer.tar' is missing");
}

/* A loop of two, and more parents than layers can be. */
static void endless_parents(void **state)
{
	_cleanup_buf_ struct buf loop = BUF_INIT, tar = BUF_INIT;

	(void)state;
	add_layer(&loop, ID_A, ID_B, TOP, "x", 0);
	add_layer(&loop, ID_B, ID_A, TOP, "x", 0);
	write_archive(&loop, "{\"x\":{\"1\":\"" ID_A "\"}}");
	fx_refused("a.tar", FX_CHOICE(), "is among its own parents");
	for (int i = 0; i < 1100; i++) {
		_cleanup_free_ char *name = xasprintf("%064x/json", i);
		_cleanup_free_ char *json =
			xasprintf("{\"parent\":\"%064x\"%s}", i + 1, TOP);

		fx_tar_add(&tar, name, json, strlen(json));
	}
	write_archive(&tar, "{\"x\":{\"1\":\"00000000000000000000000000000000"
			    "00000000000000000000000000000000\"}}");
	fx_refused("a.tar", FX_CHOICE(), "more than 1024 layers");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fx_setup, fx_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(picked),	     TEST(converted),	 TEST(without_names),
		TEST(chosen_by_tag), TEST(bad_archives), TEST(missing_layer),
		TEST(endless_parents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
