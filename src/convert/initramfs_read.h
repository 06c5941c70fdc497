/* One file out of an initramfs of ours. */
#ifndef CONVERT_INITRAMFS_READ_H
#define CONVERT_INITRAMFS_READ_H

#include <stddef.h>

#include "vc/buf.h"
#include "vc/error.h"

/* The regular file `name` of the archive at path, refused when it is larger
 * than max. */
int initramfs_read(const char *path, const char *name, size_t max,
		   struct buf *ret, struct vc_error *err);

#endif
