/* Loading images from an OCI layout. */
#include <errno.h>
#include <stdlib.h>

#include "config.h"
#include "document.h"
#include "image_load.h"
#include "manifest.h"
#include "names.h"
#include "select.h"
#include "vc/util.h"

static int load_layer(struct loading *w, const struct layout *l,
		      const struct descriptor *d, const struct digest *diff_id,
		      size_t *ret, struct vc_error *err)
{
	_cleanup_blob_ struct blob b = BLOB_INIT;

	if (layout_find_sized(l, &d->digest, d->size, &b, err) < 0) {
		if (err->errnum == ENOENT &&
		    (d->kind == MEDIA_FOREIGN_LAYER || d->elsewhere))
			return vc_wrap(err, "a layer that may not be "
					    "redistributed and has to be "
					    "fetched from its own URL");
		return -1;
	}
	return layer_store_add(w->layers, &b, &d->digest, diff_id, ret, err);
}

static int load_layers(struct loading *w, const struct layout *l,
		       const struct manifest *m, const struct image_config *c,
		       struct image *image, struct vc_error *err)
{
	if (m->n_layers != c->n)
		return vc_fail(err, 0, "the manifest has %zu layers, the config "
				       "%zu diff_ids", m->n_layers, c->n);
	image->layers = xcalloc(c->n, sizeof(*image->layers));
	image->n_layers = c->n;
	for (size_t i = 0; i < c->n; i++) {
		show_layer(w, i, c->n);
		if (load_layer(w, l, &m->layers[i], &c->diff_ids[i],
			       &image->layers[i], err) < 0)
			return vc_wrap(err, "layer %zu of %zu", i + 1, c->n);
	}
	return 0;
}

/* config.md requires an architecture; where it is missing all the same the
 * index may have said it. */
static int check_image_platform(const struct image_config *c,
				const struct descriptor *d, const char *title,
				const char *vm_arch, struct vc_error *err)
{
	const struct platform *p = c->platform.arch ? &c->platform :
						      &d->platform;

	return check_platform(p, title, vm_arch, err);
}

static int load_image(struct loading *w, const struct layout *l,
		      const struct descriptor *d, const char *title,
		      struct image *image, struct vc_error *err)
{
	_cleanup_image_config_ struct image_config c = { 0 };
	_cleanup_manifest_ struct manifest m = { 0 };
	_cleanup_json_ struct json_object *o = NULL;

	if (manifest_read(l, d, &m, err) < 0)
		return vc_wrap(err, "%s", title);
	if (document_read(l, &m.config, &image->config, &o, err) < 0 ||
	    image_config_parse(o, &c, err) < 0)
		return vc_wrap(err, "%s", title);
	digest_of_bytes(buf_ptr(&image->config), image->config.len, &image->id);
	if (check_image_platform(&c, d, title, w->choice->arch, err) < 0)
		return -1;
	if (load_layers(w, l, &m, &c, image, err) < 0)
		return vc_wrap(err, "%s", title);
	return 0;
}

static int load_candidate(struct loading *w, const struct layout *l,
			  const struct candidate *c, struct vc_error *err)
{
	_cleanup_free_ char *title = image_title(c->d.name, w->label);
	char *name = image_name(c->d.name, w->choice, err);
	struct image image = { 0 };
	int r;

	if (!name)
		return -1;
	strv_add_take(&image.names, name);
	r = load_image(w, l, &c->d, title, &image, err);
	if (r == 0)
		r = images_add(w->images, &image, err);
	image_release(&image);
	return r;
}

int load_layout(struct loading *w, const struct layout *l, char **ret_note,
		struct vc_error *err)
{
	_cleanup_candidates_ struct candidates c = { 0 };
	_cleanup_free_ struct candidate **chosen = NULL;
	_cleanup_json_ struct json_object *index = NULL;
	_cleanup_free_ char *note = NULL;
	size_t n;

	if (layout_read_index(l, &index, err) < 0 ||
	    index_walk(l, index, &c, err) < 0)
		return vc_wrap(err, "'%s'", w->label);
	if (select_images(l, &c, w->choice, w->label, &chosen, &n, &note,
			  err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (load_candidate(w, l, chosen[i], err) < 0)
			return -1;
	*ret_note = steal_ptr(note);
	return 0;
}
