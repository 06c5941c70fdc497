/*
 * Paths in an image's root.  The image is not ours: its links may lead
 * anywhere, and what is there need not be what its name promises.  `root` is
 * a descriptor of the directory; paths are relative to it.
 */
#ifndef GUEST_INSIDE_H
#define GUEST_INSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "vc/buf.h"
#include "vc/error.h"

/*
 * A directory directly below root, made with `mode` when there is none; a
 * link is refused, wherever it leads.  Returns an O_PATH descriptor.
 */
int inside_dir(int root, const char *name, mode_t mode, struct vc_error *err);

/*
 * Links are followed, but not out of the root and not through /proc.  A file
 * that is missing reads as nothing, one that is no regular file or larger
 * than max is an error.
 */
int inside_read(int root, const char *path, size_t max, struct buf *ret,
		struct vc_error *err);
/* True when the path leads to no file, or to an empty one. */
bool inside_lacks(int root, const char *path);

/*
 * As mkdir -p and then open(O_PATH | O_DIRECTORY), links inside followed;
 * what is missing belongs to root and has mode 0755.  `path` may be absolute.
 */
int inside_make(int root, const char *path, struct vc_error *err);

#endif
