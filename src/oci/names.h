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

/* A choice's tag that is a digest. */
bool tag_is_digest(const char *tag);
/*
 * Fails unless n wanted images are what the choice asks for.  `all` lists the
 * names there are, `is_dir` tells a layout directory, which oci2vm takes as
 * '--oci-layout DIR:TAG'.
 */
int check_count(const struct image_choice *choice, const char *label,
		bool is_dir, size_t n, const char *all, struct vc_error *err);

#endif
