/*
 * Writers of file systems and archives from a finished tree (vc/tree.h).
 * They know nothing of images and layers, need no root, no mount and no loop
 * device, and give the same bytes for the same tree and options.
 */
#ifndef VC_FS_H
#define VC_FS_H

#include <stdbool.h>
#include <stdint.h>

#include "vc/buf.h"
#include "vc/error.h"
#include "vc/tree.h"

enum fs_kind {
	FS_EXT4,     /* libext2fs */
	FS_SQUASHFS, /* libsquashfs */
	FS_EROFS,    /* mkfs.erofs, where it is installed */
	FS_TAR,      /* pax */
	FS_CPIO,     /* newc: an initramfs */
};

enum fs_compression { /* squashfs */
	FS_COMPRESSION_ZSTD,
	FS_COMPRESSION_LZ4,
	FS_COMPRESSION_GZIP,
	FS_COMPRESSION_XZ,
};

struct fs_options {
	/* ext4: the whole size in bytes, 0: exactly what is needed and `free`.
	 * Too small is an error that says what is needed. */
	uint64_t size;
	uint64_t free;         /* bytes that stay free for data */
	uint32_t free_percent; /* the same in percent of what is used; or 0 */
	uint32_t block_size;   /* ext4: 1024, 2048, 4096; squashfs: 4096 to
				* 1 MiB; 0: the usual one */
	bool journal;          /* ext4 */
	const char *label;     /* ext4, erofs (15 bytes); NULL: none */
	uint8_t uuid[16];      /* ext4, erofs; of ext4 also the source of its
				* hash seed */
	int64_t epoch;         /* seconds: every time the writer needs itself */
	enum fs_compression compression; /* squashfs */
	int level;             /* of the compression, from 1; 0: its own
				* default (zstd 3, gzip 9, xz 6, lz4 without
				* "HC", which is its level 1) */
	unsigned threads;      /* 0: as many as there are processors */
};

/*
 * Writes the tree to `path`, an empty file the caller has made (mode 0600)
 * and renames or removes afterwards.  What the format cannot hold (a name too
 * long, an xattr too large) is an error that names the entry; a time beyond
 * its range becomes the nearest it has, as in the kernel.
 */
int fs_write(enum fs_kind kind, const struct tree *t,
	     const struct fs_options *o, const char *path,
	     struct vc_error *err);
/* "ext4"; and back, -1 with a usage error that lists them. */
const char *fs_kind_name(enum fs_kind kind);
int fs_kind_parse(const char *name, enum fs_kind *ret, struct vc_error *err);

/* One regular file of a squashfs image, appended to ret; symbolic links are
 * followed inside.  Refused when it is larger than max bytes; err->errnum is
 * ENOENT, ENOTDIR or ELOOP when the path leads nowhere. */
int squashfs_read_file(const char *image, const char *path, size_t max,
		       struct buf *ret, struct vc_error *err);
/* A qcow2 of the raw image `raw` (qemu-img). */
int fs_make_qcow2(const char *raw, const char *path, struct vc_error *err);

#endif
