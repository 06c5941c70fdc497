/* Loading: the layers of images that were found, into the layer store. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "images.h"
#include "vc/log.h"
#include "vc/util.h"

static int find_blob(const struct image_layer *y, const struct layout *l,
		     struct blob *ret, struct vc_error *err)
{
	if (y->at.fd >= 0) {
		*ret = (struct blob){ y->at, -1 };
		return 0;
	}
	if (layout_find_sized(l, &y->digest, y->size, ret, err) == 0)
		return 0;
	if (err->errnum == ENOENT && y->elsewhere)
		return vc_wrap(err, "a layer that may not be redistributed and "
				    "has to be fetched from its own URL");
	return -1;
}

static int in_layer(const struct image *i, size_t n, struct vc_error *err)
{
	return vc_wrap(err, "%s: layer %zu of %zu", i->title, n + 1,
		       i->n_layers);
}

int image_open_layer(const struct image *i, size_t n, const struct layout *l,
		     struct blob *ret, struct vc_error *err)
{
	if (find_blob(&i->layers[n], l, ret, err) < 0)
		return in_layer(i, n, err);
	return 0;
}

static void show_layer(struct spool *spool, size_t i, size_t n)
{
	snprintf(spool->what, sizeof(spool->what), "unpacking layer %zu of %zu",
		 i + 1, n);
	progress("%s", spool->what);
}

static int load_image(struct image *image, const struct layout *l,
		      struct layer_store *store, struct vc_error *err)
{
	image->stored = xcalloc(image->n_layers, sizeof(*image->stored));
	for (size_t i = 0; i < image->n_layers; i++) {
		const struct image_layer *y = &image->layers[i];
		_cleanup_blob_ struct blob b = BLOB_INIT;

		show_layer(store->spool, i, image->n_layers);
		if (image_open_layer(image, i, l, &b, err) < 0)
			return -1;
		if (layer_store_add(store, &b, *y->digest.hex ? &y->digest : NULL,
				    &y->diff_id, &image->stored[i], err) < 0)
			return in_layer(image, i, err);
	}
	return 0;
}

int images_load(struct images *images, const struct layout *l,
		struct layer_store *store, struct vc_error *err)
{
	for (size_t i = 0; i < images->n; i++)
		if (load_image(&images->v[i], l, store, err) < 0)
			return -1;
	return 0;
}
