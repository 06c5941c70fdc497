/* Loading images from a docker-archive (docker save, podman save, skopeo,
 * bazel, jib, kaniko). */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "docker_manifest.h"
#include "image_load.h"
#include "names.h"
#include "vc/util.h"

static int read_bytes(const struct extent *at, struct buf *bytes,
		      struct vc_error *err)
{
	const struct blob b = { *at, -1 };

	return blob_read_all(&b, bytes, err);
}

/* A member called by a digest must have it: "blobs/sha256/<hex>" (docker since
 * 25) or "<hex>.json". */
static int check_member_name(const char *name, const struct image *image,
			     struct vc_error *err)
{
	const char *base = strrchr(name, '/');
	struct vc_error ignored = { 0 };
	_cleanup_free_ char *text = NULL;
	struct digest d;

	base = base ? base + 1 : name;
	text = xasprintf("sha256:%.64s", base);
	if (digest_parse(text, &d, &ignored) < 0) {
		vc_error_release(&ignored);
		return 0;
	}
	if (base[64] && strcmp(base + 64, ".json"))
		return 0;
	return digest_check_bytes(&d, buf_ptr(&image->config),
				  image->config.len, err);
}

static int load_config(const struct tar_index *index, const char *name,
		       struct image *image, struct image_config *ret,
		       struct vc_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	struct extent at;

	if (tar_index_find(index, name, &at, err) < 0 ||
	    read_bytes(&at, &image->config, err) < 0 ||
	    check_member_name(name, image, err) < 0)
		return vc_wrap(err, "config '%s'", name);
	o = jdoc_parse(buf_ptr(&image->config), image->config.len, err);
	if (!o)
		return vc_wrap(err, "config '%s'", name);
	digest_of_bytes(buf_ptr(&image->config), image->config.len, &image->id);
	return image_config_parse(o, ret, err);
}

static int load_layers(struct loading *w, const struct tar_index *index,
		       const struct docker_entry *e,
		       const struct image_config *c, struct image *image,
		       struct vc_error *err)
{
	if (e->layers.n != c->n)
		return vc_fail(err, 0, "'manifest.json' has %zu layers, the "
				       "config %zu diff_ids", e->layers.n, c->n);
	image->layers = xcalloc(c->n, sizeof(*image->layers));
	image->n_layers = c->n;
	for (size_t i = 0; i < c->n; i++) {
		struct blob b = BLOB_INIT;

		show_layer(w, i, c->n);
		if (tar_index_find(index, e->layers.v[i], &b.at, err) < 0 ||
		    layer_store_add(w->layers, &b, NULL, &c->diff_ids[i],
				    &image->layers[i], err) < 0)
			return vc_wrap(err, "layer %zu of %zu", i + 1, c->n);
	}
	return 0;
}

/* The names to give: the wanted tag's, the one asked for, or all there are. */
static int set_names(struct loading *w, const struct docker_entry *e,
		     struct image *image, struct vc_error *err)
{
	char *name;

	for (size_t i = 0; i < e->tags.n && !w->choice->name; i++) {
		const char *own = e->tags.v[i];

		if (w->choice->tag && !image_name_matches(own, w->choice->tag))
			continue;
		name = image_name(own, w->choice, err);
		if (!name)
			return -1;
		strv_add_take(&image->names, name);
	}
	if (image->names.n)
		return 0;
	name = image_name(NULL, w->choice, err);
	if (!name)
		return -1;
	strv_add_take(&image->names, name);
	return 0;
}

static int load_entry(struct loading *w, const struct tar_index *index,
		      const struct docker_entry *e, struct vc_error *err)
{
	_cleanup_image_config_ struct image_config c = { 0 };
	_cleanup_free_ char *title =
		image_title(e->tags.n ? e->tags.v[0] : NULL, w->label);
	struct image image = { 0 };
	int r = -1;

	if (set_names(w, e, &image, err) < 0)
		goto out;
	if (load_config(index, e->config, &image, &c, err) < 0) {
		vc_wrap(err, "%s", title);
		goto out;
	}
	if (check_platform(&c.platform, title, w->choice->arch, err) < 0)
		goto out;
	if (load_layers(w, index, e, &c, &image, err) < 0) {
		vc_wrap(err, "%s", title);
		goto out;
	}
	r = images_add(w->images, &image, err);
out:
	image_release(&image);
	return r;
}

static bool is_wanted(const struct docker_entry *e, const char *tag)
{
	if (!tag)
		return true;
	for (size_t i = 0; i < e->tags.n; i++)
		if (image_name_matches(e->tags.v[i], tag))
			return true;
	return false;
}

static char *list_tags(const struct docker_entries *entries)
{
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < entries->n; i++)
		for (size_t k = 0; k < entries->v[i].tags.n; k++)
			buf_printf(&b, "%s%s", b.len ? ", " : "",
				   entries->v[i].tags.v[k]);
	if (!b.len)
		buf_add_str(&b, "images without a name");
	return buf_steal(&b);
}

static int check_wanted(const struct loading *w,
			const struct docker_entries *entries,
			struct vc_error *err)
{
	_cleanup_free_ char *all = list_tags(entries);
	size_t n = 0;

	for (size_t i = 0; i < entries->n; i++)
		n += is_wanted(&entries->v[i], w->choice->tag);
	if (!n)
		return vc_fail(err, 0, "'%s' holds no image '%s', but: %s",
			       w->label, w->choice->tag, all);
	if (n > 1 && (w->choice->name || w->choice->tag))
		return vc_fail(err, 0, "'%s' holds several images (%s): choose "
				       "one with '%s:TAG'",
			       w->label, all, w->label);
	return 0;
}

static int read_manifest(const struct tar_index *index,
			 struct docker_entries *ret, struct vc_error *err)
{
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_buf_ struct buf bytes = BUF_INIT;
	struct extent at;

	if (tar_index_document(index, "manifest.json", &at, err) < 0 ||
	    read_bytes(&at, &bytes, err) < 0)
		return -1;
	o = jdoc_parse(buf_ptr(&bytes), bytes.len, err);
	return o ? docker_manifest_parse(o, ret, err) : -1;
}

int load_docker_archive(struct loading *w, const struct tar_index *index,
			struct vc_error *err)
{
	_cleanup_docker_entries_ struct docker_entries entries = { 0 };

	if (read_manifest(index, &entries, err) < 0)
		return vc_wrap(err, "'%s': 'manifest.json'", w->label);
	if (check_wanted(w, &entries, err) < 0)
		return -1;
	for (size_t i = 0; i < entries.n; i++)
		if (is_wanted(&entries.v[i], w->choice->tag) &&
		    load_entry(w, index, &entries.v[i], err) < 0)
			return -1;
	return 0;
}
