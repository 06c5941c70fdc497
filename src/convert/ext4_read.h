/*
 * Files of an ext4 image, by libext2fs: paths are looked up in the image,
 * links and all, and nothing of it ever names a file of the host.
 */
#ifndef CONVERT_EXT4_READ_H
#define CONVERT_EXT4_READ_H

#include <stdbool.h>

#include "convert/graft.h"
#include "vc/error.h"

struct ext4_image;

int ext4_image_open(const char *path, struct ext4_image **ret,
		    struct vc_error *err);
void ext4_image_free(struct ext4_image *e);
void ext4_image_cleanup(struct ext4_image **e);
#define _cleanup_ext4_image_ __attribute__((cleanup(ext4_image_cleanup)))

bool ext4_image_has(struct ext4_image *e, const char *path);
/* The regular file at `from`, put into the tree as `to`. */
int ext4_image_graft(struct ext4_image *e, const char *from, struct graft *g,
		     const char *to, unsigned mode, struct vc_error *err);
/* The directory with all regular files and directories below it. */
int ext4_image_graft_dir(struct ext4_image *e, const char *from,
			 struct graft *g, const char *to,
			 struct vc_error *err);

#endif
