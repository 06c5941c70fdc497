/* The writers behind fs_write(): one for each format, all of the same shape. */
#ifndef FS_FS_H
#define FS_FS_H

#include "vc/fs.h"

typedef int fs_writer(const struct tree *t, const struct fs_options *o,
		      const char *path, struct vc_error *err);

fs_writer ext4_write, squashfs_write, erofs_write, tar_write, cpio_write;

#endif
