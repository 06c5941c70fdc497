/* Finding images in an OCI layout. */
#include <errno.h>
#include <stdlib.h>

#include "config.h"
#include "document.h"
#include "find.h"
#include "manifest.h"
#include "names.h"
#include "select.h"
#include "vc/util.h"

static void locate_layers(const struct manifest *m,
			  const struct image_config *c, struct image *image)
{
	image->layers = xcalloc(c->n, sizeof(*image->layers));
	image->n_layers = c->n;
	for (size_t i = 0; i < c->n; i++) {
		const struct descriptor *d = &m->layers[i];

		image->layers[i] = (struct image_layer){
			.digest = d->digest,
			.diff_id = c->diff_ids[i],
			.size = d->size,
			.at.fd = -1,
			.elsewhere = d->kind == MEDIA_FOREIGN_LAYER ||
				     d->elsewhere,
		};
	}
}

/* That all layers are there, in their size, before work is put into one. */
static int check_layers(const struct image *image, const struct layout *l,
			struct vc_error *err)
{
	for (size_t i = 0; i < image->n_layers; i++) {
		_cleanup_blob_ struct blob b = BLOB_INIT;

		if (image_open_layer(image, i, l, &b, err) < 0)
			return -1;
	}
	return 0;
}

/* config.md requires an architecture; where it is missing all the same the
 * index may have said it. */
static void take_platform(struct image_config *c, struct descriptor *d,
			  struct image *image)
{
	struct platform *p = c->platform.arch ? &c->platform : &d->platform;

	image->platform = *p;
	*p = (struct platform){ 0 };
}

static int read_image(struct finding *f, const struct layout *l,
		      struct descriptor *d, struct image *image,
		      struct vc_error *err)
{
	_cleanup_image_config_ struct image_config c = { 0 };
	_cleanup_manifest_ struct manifest m = { 0 };
	_cleanup_json_ struct json_object *o = NULL;

	if (manifest_read(l, d, &m, err) < 0 ||
	    document_read(l, &m.config, &image->config, &o, err) < 0 ||
	    image_config_parse(o, &c, err) < 0)
		return vc_wrap(err, "%s", image->title);
	digest_of_bytes(buf_ptr(&image->config), image->config.len, &image->id);
	image->manifest = d->digest;
	take_platform(&c, d, image);
	if (check_platform(&image->platform, image->title, f->choice->arch,
			   err) < 0)
		return -1;
	if (m.n_layers != c.n) {
		vc_fail(err, 0, "the manifest has %zu layers, the config %zu "
				"diff_ids", m.n_layers, c.n);
		return vc_wrap(err, "%s", image->title);
	}
	locate_layers(&m, &c, image);
	return check_layers(image, l, err);
}

static int find_candidate(struct finding *f, const struct layout *l,
			  struct candidate *c, struct vc_error *err)
{
	_cleanup_image_ struct image image = { 0 };
	char *name = image_name(c->d.name, f->choice, err);

	if (!name)
		return -1;
	strv_add_take(&image.names, name);
	image.title = image_title(c->d.name, f->label);
	if (read_image(f, l, &c->d, &image, err) < 0)
		return -1;
	return images_add(f->images, &image, err);
}

int find_in_layout(struct finding *f, const struct layout *l, char **ret_note,
		   struct vc_error *err)
{
	_cleanup_candidates_ struct candidates c = { 0 };
	_cleanup_free_ struct candidate **chosen = NULL;
	_cleanup_json_ struct json_object *index = NULL;
	_cleanup_free_ char *note = NULL;
	size_t n;

	if (layout_read_index(l, &index, err) < 0 ||
	    index_walk(l, index, &c, err) < 0)
		return vc_wrap(err, "'%s'", f->label);
	if (select_images(l, &c, f->choice, f->label, &chosen, &n, &note,
			  err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (find_candidate(f, l, chosen[i], err) < 0)
			return -1;
	*ret_note = steal_ptr(note);
	return 0;
}
