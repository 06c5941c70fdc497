/*
 * Images made for tests: layouts below a temporary directory, tars in memory.
 * Included by each test_image_*.c.
 */
#ifndef IMAGE_FIXTURE_H
#define IMAGE_FIXTURE_H

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

#include "compress_fixture.h"
#include "oci/digest.h"
#include "vc/buf.h"
#include "vc/image.h"
#include "vc/io.h"
#include "vc/layer.h"
#include "vc/util.h"

#define UNUSED __attribute__((unused))

#define MT_INDEX "application/vnd.oci.image.index.v1+json"
#define MT_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define MT_CONFIG "application/vnd.oci.image.config.v1+json"
#define MT_LAYER "application/vnd.oci.image.layer.v1.tar"

static char fx_dir[64];

static UNUSED int fx_setup(void **state)
{
	(void)state;
	snprintf(fx_dir, sizeof(fx_dir), "/tmp/vc-image-XXXXXX");
	return mkdtemp(fx_dir) ? 0 : -1;
}

static UNUSED int fx_teardown(void **state)
{
	struct vc_error err = { 0 };
	int r = remove_tree_at(AT_FDCWD, fx_dir, &err);

	(void)state;
	vc_error_release(&err);
	return r;
}

/* --- files --------------------------------------------------------------- */

static UNUSED void fx_path(char *out, size_t size, const char *name)
{
	snprintf(out, size, "%s/%s", fx_dir, name);
}

static UNUSED void fx_write(const char *name, const void *data, size_t len)
{
	struct vc_error err = { 0 };
	char path[512];
	int fd;

	fx_path(path, sizeof(path), name);
	*strrchr(path, '/') = '\0';
	assert_int_equal(make_dirs(path, 0755, &err), 0);
	fx_path(path, sizeof(path), name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, data, len, &err), 0);
	close(fd);
}

static UNUSED void fx_write_text(const char *name, const char *text)
{
	fx_write(name, text, strlen(text));
}

/* --- tars ---------------------------------------------------------------- */

static UNUSED void fx_tar_add(struct buf *tar, const char *name, const void *data,
		       size_t len)
{
	const struct tar_entry e = {
		.name = name, .type = '0', .mode = 0755, .size = len
	};

	tar_put_header(tar, &e);
	buf_add(tar, data, len);
	tar_put_zeros(tar, tar_padding(len));
}

static UNUSED void fx_tar_link(struct buf *tar, const char *name, char type,
			const char *target)
{
	const struct tar_entry e = {
		.name = name, .type = type, .mode = 0777, .link = target
	};

	tar_put_header(tar, &e);
}

static UNUSED void fx_tar_end(struct buf *tar)
{
	tar_put_zeros(tar, 1024);
}

/* Every file of the layout `name` as a tar. */
static UNUSED void fx_tar_of(const char *name, struct buf *tar)
{
	struct vc_error err = { 0 };
	struct byte_source *s;
	char chunk[4096];
	char path[512];
	ssize_t n;
	int fd;

	fx_path(path, sizeof(path), name);
	fd = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(fd >= 0);
	s = dir_tar_source(fd, name);
	while ((n = s->read(s, chunk, sizeof(chunk), &err)) > 0)
		buf_add(tar, chunk, (size_t)n);
	assert_int_equal(n, 0);
	s->free(s);
	close(fd);
}

/* --- layouts ------------------------------------------------------------- */

struct fx_blob {
	struct digest digest;
	size_t size;
};

static UNUSED struct fx_blob fx_put_blob(const char *layout, const void *data,
				  size_t len)
{
	struct fx_blob b = { .size = len };
	char name[256];

	digest_of_bytes(data, len, &b.digest);
	snprintf(name, sizeof(name), "%s/blobs/sha256/%s", layout,
		 b.digest.hex);
	fx_write(name, data, len);
	return b;
}

/* extra: further members, beginning with a comma, or "". */
static UNUSED char *fx_descriptor(const char *media_type, const struct fx_blob *b,
			   const char *extra)
{
	return xasprintf("{\"mediaType\":\"%s\",\"digest\":\"sha256:%s\","
			 "\"size\":%zu%s}", media_type, b->digest.hex, b->size,
			 extra);
}

/* What an image is made of; fields that are NULL or 0 get a default. */
struct fx_image {
	const char *arch;      /* "amd64" */
	int filter;            /* of the layers */
	const char *suffix;    /* of their media type: "+gzip" */
	const char *layer_type; /* all of it */
	size_t layers;         /* 2 */
	bool no_layers;
	const char *content;   /* of a file in each layer, to make them differ */
	const char *config_extra, *manifest_extra;
	const char *config_type;
	size_t skip_diff_ids;
	bool wrong_diff_id;
	/* results */
	struct fx_blob config, last_layer;
};

static UNUSED struct fx_blob fx_put_layer(const char *layout, struct fx_image *im,
				   size_t i, char ret_diff[HASH_HEX_MAX])
{
	_cleanup_buf_ struct buf tar = BUF_INIT;
	_cleanup_buf_ struct buf packed = BUF_INIT;
	_cleanup_free_ char *name = xasprintf("etc/file%zu", i);
	const char *content = im->content ? im->content : "content\n";
	struct digest d;

	fx_tar_add(&tar, name, content, strlen(content));
	fx_tar_end(&tar);
	digest_of_bytes(buf_ptr(&tar), tar.len, &d);
	memcpy(ret_diff, d.hex, sizeof(d.hex));
	if (!im->filter)
		return fx_put_blob(layout, buf_ptr(&tar), tar.len);
	fx_compress(&tar, im->filter, &packed);
	return fx_put_blob(layout, buf_ptr(&packed), packed.len);
}

/* Puts layers, config and manifest into the layout; the manifest's blob. */
static UNUSED struct fx_blob fx_put_image(const char *layout, struct fx_image *im)
{
	size_t n = im->no_layers ? 0 : im->layers ? im->layers : 2;
	_cleanup_buf_ struct buf layers = BUF_INIT;
	_cleanup_buf_ struct buf diffs = BUF_INIT;
	_cleanup_free_ char *type = NULL, *config = NULL, *manifest = NULL;
	_cleanup_free_ char *descriptor = NULL;

	type = im->layer_type ? xstrdup(im->layer_type) :
				xasprintf("%s%s", MT_LAYER,
					  im->suffix ? im->suffix : "");
	for (size_t i = 0; i < n; i++) {
		char diff[HASH_HEX_MAX];
		_cleanup_free_ char *d = NULL;

		im->last_layer = fx_put_layer(layout, im, i, diff);
		if (im->wrong_diff_id)
			diff[0] = diff[0] == '0' ? '1' : '0';
		d = fx_descriptor(type, &im->last_layer, "");
		buf_printf(&layers, "%s%s", i ? "," : "", d);
		if (i >= im->skip_diff_ids)
			buf_printf(&diffs, "%s\"sha256:%s\"",
				   diffs.len ? "," : "", diff);
	}
	buf_add(&layers, "", 0);
	buf_add(&diffs, "", 0);
	config = xasprintf("{\"architecture\":\"%s\",\"os\":\"linux\","
			   "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[%s]}"
			   "%s}", im->arch ? im->arch : "amd64",
			   buf_ptr(&diffs),
			   im->config_extra ? im->config_extra : "");
	im->config = fx_put_blob(layout, config, strlen(config));
	descriptor = fx_descriptor(im->config_type ? im->config_type : MT_CONFIG,
				   &im->config, "");
	manifest = xasprintf("{\"schemaVersion\":2,\"config\":%s,"
			     "\"layers\":[%s]%s}", descriptor,
			     buf_ptr(&layers),
			     im->manifest_extra ? im->manifest_extra : "");
	return fx_put_blob(layout, manifest, strlen(manifest));
}

/* oci-layout and an index.json with these entries (JSON, comma separated). */
static UNUSED void fx_put_index(const char *layout, const char *entries)
{
	_cleanup_free_ char *index =
		xasprintf("{\"schemaVersion\":2,\"manifests\":[%s]}", entries);
	_cleanup_free_ char *a = xasprintf("%s/index.json", layout);
	_cleanup_free_ char *b = xasprintf("%s/oci-layout", layout);

	fx_write_text(a, index);
	fx_write_text(b, "{\"imageLayoutVersion\":\"1.0.0\"}");
}

/* A whole layout with one image; ref NULL: without a name. */
static UNUSED void fx_put_layout(const char *layout, struct fx_image *im,
			  const char *ref)
{
	struct fx_blob m = fx_put_image(layout, im);
	_cleanup_free_ char *extra = ref ?
		xasprintf(",\"annotations\":{\"org.opencontainers.image.ref."
			  "name\":\"%s\"}", ref) : xstrdup("");
	_cleanup_free_ char *d = fx_descriptor(MT_MANIFEST, &m, extra);

	fx_put_index(layout, d);
}

/* --- reading back -------------------------------------------------------- */

struct fx_result {
	enum image_kind kind;
	struct strv names;
	char *note;
	struct buf out; /* the source's bytes */
	struct vc_error err;
};

static UNUSED void fx_result_release(struct fx_result *r)
{
	strv_release(&r->names);
	free(r->note);
	buf_release(&r->out);
	vc_error_release(&r->err);
	memset(r, 0, sizeof(*r));
}

/* arch: x86_64 unless said */
#define FX_CHOICE(...)                                               \
	(&(struct image_choice){ .fallback_name = "imported:latest", \
				 __VA_ARGS__ })

/* Opens fx_dir/name, chooses and reads all; -1 with r->err. */
static UNUSED int fx_read(const char *name, const struct image_choice *choice,
		   struct fx_result *r)
{
	struct image_choice c = *choice;
	_cleanup_image_set_ struct image_set *set = NULL;
	struct byte_source *s;
	char chunk[5000];
	char path[512];
	ssize_t n;

	if (!c.arch)
		c.arch = "x86_64";
	fx_path(path, sizeof(path), name);
	if (image_set_open(path, -1, fx_dir, &set, &r->err) < 0)
		return -1;
	r->kind = image_set_kind(set);
	if (image_set_choose(set, &c, &r->note, &r->err) < 0)
		return -1;
	strv_add_all(&r->names, image_set_names(set)->v);
	if (image_set_source(set, &s, &r->err) < 0)
		return -1;
	while ((n = s->read(s, chunk, sizeof(chunk), &r->err)) > 0)
		buf_add(&r->out, chunk, (size_t)n);
	s->free(s);
	return n < 0 ? -1 : 0;
}

/* Reads it, which must fail with all these words in the message. */
static UNUSED void fx_refused(const char *name, const struct image_choice *choice,
		       const char *words)
{
	struct fx_result r = { 0 };

	assert_int_equal(fx_read(name, choice, &r), -1);
	assert_non_null(r.err.msg);
	if (!strstr(r.err.msg, words))
		fail_msg("'%s' is not in: %s", words, r.err.msg);
	fx_result_release(&r);
}

/* Reads it, which must give this name and that config. */
static UNUSED void fx_accepted(const char *name, const struct image_choice *choice,
			const char *want_name, const struct fx_blob *config)
{
	struct fx_result r = { 0 }, again = { 0 };

	if (fx_read(name, choice, &r) < 0)
		fail_msg("%s: %s", name, r.err.msg);
	assert_int_equal(r.names.n, 1);
	assert_string_equal(r.names.v[0], want_name);
	assert_non_null(memmem(buf_ptr(&r.out), r.out.len, config->digest.hex,
			       64));
	/* what we write is what we read, and stays the same */
	fx_write("again.tar", buf_ptr(&r.out), r.out.len);
	if (fx_read("again.tar", FX_CHOICE(.arch = choice->arch), &again) < 0)
		fail_msg("own archive: %s", again.err.msg);
	assert_int_equal(again.kind, IMAGE_DOCKER_ARCHIVE);
	assert_int_equal(again.out.len, r.out.len);
	assert_memory_equal(buf_ptr(&again.out), buf_ptr(&r.out), r.out.len);
	fx_result_release(&r);
	fx_result_release(&again);
}

/* Picks from fx_dir/name; NULL with err. */
static UNUSED struct image_pick *fx_pick(const char *name,
					 const struct image_choice *choice,
					 struct vc_error *err)
{
	struct image_choice c = *choice;
	struct image_pick *p = NULL;
	char path[512];

	if (!c.arch)
		c.arch = "x86_64";
	fx_path(path, sizeof(path), name);
	return image_pick_open(path, -1, fx_dir, &c, &p, err) < 0 ? NULL : p;
}

static UNUSED void fx_pick_refused(const char *name,
				   const struct image_choice *choice,
				   const char *words)
{
	_cleanup_error_ struct vc_error err = { 0 };
	_cleanup_image_pick_ struct image_pick *p = fx_pick(name, choice, &err);

	if (p)
		fail_msg("'%s' was picked, not refused with: %s", name, words);
	if (!strstr(err.msg, words))
		fail_msg("'%s' is not in: %s", words, err.msg);
}

/* An image with this as its "config" (JSON). */
static UNUSED void fx_put_config(const char *layout, const char *config)
{
	_cleanup_free_ char *extra = xasprintf(",\"config\":%s", config);
	struct fx_image im = { .layers = 1, .config_extra = extra };

	fx_put_layout(layout, &im, "app:1");
}

#endif
