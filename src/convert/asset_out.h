/* A file of the result that is copied together, and its digest. */
#ifndef CONVERT_ASSET_OUT_H
#define CONVERT_ASSET_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "vc/convert.h"
#include "vc/error.h"
#include "vc/layer.h"

struct asset_out {
	int fd;
	const char *name; /* borrowed */
	uint64_t size;
	struct hash *hash;
};

/* In the directory dirfd, where it must not be yet. */
int asset_open(struct asset_out *o, int dirfd, const char *name,
	       struct vc_error *err);
int asset_write(struct asset_out *o, const void *data, size_t len,
		struct vc_error *err);
/* Whole files of a guest: missing ones are CONVERT_EXIT_GUEST. */
int asset_copy(struct asset_out *o, const char *path, struct vc_error *err);
void asset_close(struct asset_out *o, char ret_sha256[65]);

/* `path` as `name`, whole. */
int asset_put(int dirfd, const char *name, const char *path,
	      char ret_sha256[65], struct vc_error *err);
/* The same, and behind it one file more for the kernel to unpack. */
int asset_put_initramfs(int dirfd, const char *name, const char *path,
			const char *file, const void *data, size_t len,
			char ret_sha256[65], struct vc_error *err);

/* What mount(2) calls it; NULL: an archive, which is no disk. */
const char *asset_mount_type(enum fs_kind kind);
/* `named`, or that file of our guest; owned by the caller. */
char *asset_path(const char *named, const struct convert *c, const char *name);

#endif
