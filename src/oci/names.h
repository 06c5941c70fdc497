/* What an image is to be called. */
#ifndef OCI_NAMES_H
#define OCI_NAMES_H

#include "vc/error.h"
#include "vc/image.h"

/*
 * The name for an image that its layout calls `own` (NULL: nothing): own when
 * it is a name, the fallback's repository with it when it is a bare tag, else
 * the fallback.  Owned by the caller; NULL on failure.
 */
char *image_name(const char *own, const struct image_choice *choice,
		 struct vc_error *err);
/* `tag` picks an image called `own`: the same, or its tag. */
bool image_name_matches(const char *own, const char *tag);
/* "image 'x'", or "'label'" when it has no name. */
char *image_title(const char *own, const char *label);

#endif
