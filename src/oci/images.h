/* Images that were chosen and checked. */
#ifndef OCI_IMAGES_H
#define OCI_IMAGES_H

#include "digest.h"
#include "layers.h"
#include "vc/buf.h"
#include "vc/strv.h"

struct image {
	struct strv names;  /* "name:tag" */
	struct digest id;   /* sha256 of the config: the engines' image ID */
	struct buf config;  /* byte by byte as it was */
	size_t *layers;     /* indexes into the layer store */
	size_t n_layers;
};

struct images {
	struct image *v;
	size_t n, cap;
};

void image_release(struct image *i);
void images_release(struct images *l);
/*
 * Takes over what is in `i`; an image that is there already gets its names.
 * A name that another image has is an error.
 */
int images_add(struct images *l, struct image *i, struct vc_error *err);

/* The images as a docker-archive; both must outlive the source. */
struct byte_source *docker_archive_source(const struct images *images,
					  const struct layer_store *layers);

#endif
