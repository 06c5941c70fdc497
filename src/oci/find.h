/*
 * From an input to the images chosen of it: documents checked, layers only
 * located.  Shared by image_set (all that are wanted, to an engine) and
 * image_pick (one, layer by layer).
 */
#ifndef OCI_FIND_H
#define OCI_FIND_H

#include "images.h"
#include "input.h"
#include "layout.h"
#include "tar_index.h"
#include "vc/image.h"

struct finding {
	const struct image_choice *choice;
	const char *label; /* the input in messages */
	struct images *images;
};

/* All chosen images of an input that holds any; *ret_note as in
 * image_set_choose().  Legacy layers are inflated into the input's spool. */
int find_images(struct input *in, const struct image_choice *choice,
		struct images *ret, char **ret_note, struct vc_error *err);

int find_in_layout(struct finding *f, const struct layout *l, char **ret_note,
		   struct vc_error *err);
int find_in_docker_archive(struct finding *f, const struct tar_index *index,
			   struct vc_error *err);
/* What docker saved before 1.10: `repositories` and a directory a layer. */
int find_in_legacy_archive(struct finding *f, const struct tar_index *index,
			   struct spool *spool, struct vc_error *err);

/*
 * Fails unless an image for `p` (`title` in messages) can run in the VM.  A
 * variant that is not known is left to the image's own tests of the CPU.
 */
int check_platform(const struct platform *p, const char *title,
		   const char *vm_arch, struct vc_error *err);
/* The names for an image of an archive that calls it `own` (NULL: nothing),
 * of those that the choice wants. */
int add_names(const struct image_choice *choice, const struct strv *own,
	      struct strv *ret, struct vc_error *err);

#endif
