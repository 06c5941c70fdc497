/* Which of a layout's manifests are wanted. */
#ifndef OCI_SELECT_H
#define OCI_SELECT_H

#include "index.h"
#include "vc/image.h"

/*
 * Of the candidates, one for each image: the one asked for by choice->tag, or
 * all; of each the manifest for choice->arch.  *ret is an array of *ret_n
 * pointers into c, owned by the caller.  *ret_note as in image_set_choose().
 * `label` is the input in messages.
 */
int select_images(const struct layout *l, struct candidates *c,
		  const struct image_choice *choice, const char *label,
		  struct candidate ***ret, size_t *ret_n, char **ret_note,
		  struct vc_error *err);

#endif
