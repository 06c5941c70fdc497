/*
 * An image in the cache, as a layout.  While it is being fetched its documents
 * come from the registry as they are asked for (so that the code which chooses
 * among platforms needs to know nothing of registries); afterwards there is
 * what there is.
 */
#ifndef REGISTRY_IMAGE_H
#define REGISTRY_IMAGE_H

#include "cache.h"
#include "name.h"
#include "oci/descriptor.h"
#include "oci/layout.h"
#include "session.h"

#define ACCEPT_MANIFESTS                                                \
	"application/vnd.oci.image.index.v1+json, "                     \
	"application/vnd.oci.image.manifest.v1+json, "                  \
	"application/vnd.docker.distribution.manifest.list.v2+json, "   \
	"application/vnd.docker.distribution.manifest.v2+json"

/* A blob that some document has named, with what it said of it. */
struct held {
	struct digest digest;
	uint64_t size;
	bool manifest; /* or index: it has another place in the API */
	int fd;        /* owned; -1: not had yet */
};

struct registry_image {
	struct layout layout; /* first: see image_of() */
	struct cache cache;
	struct session *session; /* NULL: offline, or all is there */
	bool closed;   /* nothing more is looked for */
	struct held *v;
	size_t n, cap;
	int documents; /* fd of oci-layout and index.json; -1: none yet */
	struct extent oci_layout, index;
	struct remote_name remote;
	char *name;
	char *digest;
};

void image_init(struct registry_image *i);
/* Makes it known; the size first said counts. */
struct held *image_expect(struct registry_image *i, const struct digest *d,
			  uint64_t size, bool manifest);
/* An index of one manifest, called `name` (NULL: nothing). */
struct json_object *image_index_of(const struct descriptor *d,
				   const char *name);
/* The document that is to be index.json. */
int image_set_index(struct registry_image *i, struct json_object *index,
		    struct vc_error *err);

/*
 * What the name stands for: in *ret its descriptor, in the image its blob.
 * root.c
 */
int image_resolve(struct registry_image *i, struct descriptor *ret,
		  struct vc_error *err);
/* The media type of a document that came as content_type (NULL: not said). */
char *root_media_type(const char *content_type, const void *data, size_t len,
		      struct vc_error *err);

#endif
