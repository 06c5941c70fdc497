/* Finding images in a docker-archive (docker save, podman save, skopeo,
 * bazel, jib, kaniko). */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "docker_manifest.h"
#include "find.h"
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

static int read_config(const struct tar_index *index, const char *name,
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

static int locate_layers(const struct tar_index *index,
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
		struct image_layer *l = &image->layers[i];

		if (tar_index_find(index, e->layers.v[i], &l->at, err) < 0)
			return vc_wrap(err, "layer %zu of %zu", i + 1, c->n);
		l->diff_id = c->diff_ids[i];
		l->size = l->at.size;
	}
	return 0;
}

static int find_entry(struct finding *f, const struct tar_index *index,
		      const struct docker_entry *e, struct vc_error *err)
{
	_cleanup_image_config_ struct image_config c = { 0 };
	_cleanup_image_ struct image image = { 0 };

	image.title = image_title(e->tags.n ? e->tags.v[0] : NULL, f->label);
	if (add_names(f->choice, &e->tags, &image.names, err) < 0)
		return -1;
	if (read_config(index, e->config, &image, &c, err) < 0)
		return vc_wrap(err, "%s", image.title);
	image.platform = c.platform;
	c.platform = (struct platform){ 0 };
	if (check_platform(&image.platform, image.title, f->choice->arch,
			   err) < 0)
		return -1;
	if (locate_layers(index, e, &c, &image, err) < 0)
		return vc_wrap(err, "%s", image.title);
	return images_add(f->images, &image, err);
}

/* A digest is an image ID here, and where the config's name does not tell it
 * (jib, bazel) it cannot be asked for. */
static bool is_called_by(const struct docker_entry *e, const char *digest)
{
	const char *hex = strchr(digest, ':') + 1;

	return strstr(e->config, hex) != NULL;
}

static bool is_wanted(const struct docker_entry *e, const char *tag)
{
	if (!tag)
		return true;
	if (tag_is_digest(tag))
		return is_called_by(e, tag);
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

static int check_wanted(const struct finding *f,
			const struct docker_entries *entries,
			struct vc_error *err)
{
	_cleanup_free_ char *all = list_tags(entries);
	size_t n = 0;

	for (size_t i = 0; i < entries->n; i++)
		n += is_wanted(&entries->v[i], f->choice->tag);
	return check_count(f->choice, f->label, false, n, all, err);
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

int find_in_docker_archive(struct finding *f, const struct tar_index *index,
			   struct vc_error *err)
{
	_cleanup_docker_entries_ struct docker_entries entries = { 0 };

	if (read_manifest(index, &entries, err) < 0)
		return vc_wrap(err, "'%s': 'manifest.json'", f->label);
	if (check_wanted(f, &entries, err) < 0)
		return -1;
	for (size_t i = 0; i < entries.n; i++)
		if (is_wanted(&entries.v[i], f->choice->tag) &&
		    find_entry(f, index, &entries.v[i], err) < 0)
			return -1;
	return 0;
}
