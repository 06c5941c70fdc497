/* One file more for an initramfs. */
#ifndef CONVERT_INITRAMFS_H
#define CONVERT_INITRAMFS_H

#include "vc/buf.h"

/*
 * Appends to `out` what goes behind `base` bytes of an initramfs (a cpio
 * archive, compressed or not) so that the kernel unpacks one regular file
 * more: "name", mode 0400, root's.
 */
void initramfs_segment(struct buf *out, uint64_t base, const char *name,
		       const void *data, size_t len);

#endif
