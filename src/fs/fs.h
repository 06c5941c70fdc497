/* The writers behind fs_write(), one per format: src/fs/fs.c chooses. */
#ifndef FS_FS_H
#define FS_FS_H

#include "vc/fs.h"

int ext4_write(const struct tree *t, const struct fs_options *o,
	       const char *path, struct vc_error *err);
int squashfs_write(const struct tree *t, const struct fs_options *o,
		   const char *path, struct vc_error *err);
int erofs_write(const struct tree *t, const struct fs_options *o,
		const char *path, struct vc_error *err);
int tar_write(const struct tree *t, const struct fs_options *o,
	      const char *path, struct vc_error *err);
int cpio_write(const struct tree *t, const struct fs_options *o,
	       const char *path, struct vc_error *err);

#endif
