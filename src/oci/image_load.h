/* From a manifest or an archive's entry to a checked image. */
#ifndef OCI_IMAGE_LOAD_H
#define OCI_IMAGE_LOAD_H

#include "images.h"
#include "index.h"
#include "tar_index.h"
#include "vc/image.h"

struct loading {
	const struct image_choice *choice;
	const char *label;           /* the input in messages */
	struct layer_store *layers;
	struct images *images;
};

/* All chosen images of an OCI layout. */
int load_layout(struct loading *w, const struct layout *l, char **ret_note,
		struct vc_error *err);
/* All chosen images of a docker-archive. */
int load_docker_archive(struct loading *w, const struct tar_index *index,
			struct vc_error *err);
/*
 * Fails unless an image for `p` (`title` in messages) can run in the VM.  A
 * variant that is not known is left to the image's own tests of the CPU.
 */
int check_platform(const struct platform *p, const char *title,
		   const char *vm_arch, struct vc_error *err);
/* What the progress line shows while layer i of n is worked on. */
void show_layer(struct loading *w, size_t i, size_t n);

#endif
