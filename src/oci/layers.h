/* Checked layers, plain, each once however many images have it. */
#ifndef OCI_LAYERS_H
#define OCI_LAYERS_H

#include "digest.h"
#include "layout.h"

struct layer {
	struct digest diff_id;
	struct digest blob; /* what it was read from; hex "" when not said */
	struct extent at;   /* the plain tar */
	int own_fd;         /* that at.fd is, or -1 */
};

struct layer_store {
	struct layer *v;
	size_t n, cap;
	size_t open_fds;
	struct spool *spool; /* borrowed: where layers are inflated to */
};

void layer_store_release(struct layer_store *s);
/*
 * Checks the blob (digest NULL: none is known), inflates it and checks the
 * diff_id; *ret is the layer's index in the store.
 */
int layer_store_add(struct layer_store *s, struct blob *b,
		    const struct digest *digest, const struct digest *diff_id,
		    size_t *ret, struct vc_error *err);

#endif
