/* Image manifests: image-spec manifest.md; docker's schema 2. */
#ifndef OCI_MANIFEST_H
#define OCI_MANIFEST_H

#include "descriptor.h"
#include "layout.h"

/* Engines stop at some hundred; 10 000 is an attack. */
#define MAX_LAYERS 1024

struct manifest {
	struct descriptor config;
	struct descriptor *layers;
	size_t n_layers;
};

/* Reads and checks the manifest that d describes; only image layers that can
 * be read pass. */
int manifest_read(const struct layout *l, const struct descriptor *d,
		  struct manifest *ret, struct vc_error *err);
void manifest_release(struct manifest *m);
#define _cleanup_manifest_ __attribute__((cleanup(manifest_release)))

#endif
