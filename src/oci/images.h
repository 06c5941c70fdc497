/* Images that were chosen and whose documents were checked. */
#ifndef OCI_IMAGES_H
#define OCI_IMAGES_H

#include "digest.h"
#include "layers.h"
#include "layout.h"
#include "platform.h"
#include "vc/buf.h"
#include "vc/strv.h"

/* A layer that was located; nothing of it was read yet. */
struct image_layer {
	struct digest digest;  /* of the blob; hex "" where none is told */
	struct digest diff_id;
	uint64_t size;
	struct extent at; /* in an archive; fd -1: a blob of the layout */
	bool elsewhere;   /* its bytes may have to come from their own URL */
};

struct image {
	char *title;        /* owned: "image 'x'", in messages */
	struct strv names;  /* "name:tag" */
	struct digest id;   /* sha256 of the config: the engines' image ID */
	struct digest manifest; /* hex "" where an archive has none */
	struct buf config;  /* byte by byte as it was */
	struct platform platform;
	struct image_layer *layers; /* lowest first */
	size_t n_layers;
	size_t *stored; /* their indexes in a layer store, once loaded */
};

struct images {
	struct image *v;
	size_t n, cap;
};

void image_release(struct image *i);
#define _cleanup_image_ __attribute__((cleanup(image_release)))
void images_release(struct images *l);
/*
 * Takes over what is in `i`; an image that is there already gets its names.
 * A name that another image has is an error.
 */
int images_add(struct images *l, struct image *i, struct vc_error *err);

/* Layer n as a blob, its size checked; `l` is asked where it is one of a
 * layout. */
int image_open_layer(const struct image *i, size_t n, const struct layout *l,
		     struct blob *ret, struct vc_error *err);
/* Reads, checks and inflates all layers into the store. */
int images_load(struct images *images, const struct layout *l,
		struct layer_store *store, struct vc_error *err);

/* Loaded images as a docker-archive; both must outlive the source. */
struct byte_source *docker_archive_source(const struct images *images,
					  const struct layer_store *layers);

#endif
