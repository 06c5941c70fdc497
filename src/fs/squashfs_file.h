/* What the squashfs writer and the reader share: the image file and words for
 * libsquashfs' error numbers. */
#ifndef FS_SQUASHFS_FILE_H
#define FS_SQUASHFS_FILE_H

#include <stdint.h>

#include <sqfs/compressor.h>
#include <sqfs/error.h>
#include <sqfs/io.h>
#include <sqfs/predef.h>

#include "vc/error.h"

static inline void squashfs_drop(void *p)
{
	sqfs_destroy(*(void **)p);
}
/* on any pointer to an object of libsquashfs */
#define _cleanup_sqfs_ __attribute__((cleanup(squashfs_drop)))

/* libsquashfs' own opens without O_CLOEXEC and forgets errno. */
struct squashfs_file {
	sqfs_file_t base; /* must be first */
	int fd;           /* owned */
	uint64_t size;
	int errnum;       /* of the first read or write that failed, or 0 */
};

/* flags: O_RDONLY or O_RDWR. */
struct squashfs_file *squashfs_file_open(const char *path, int flags,
					 struct vc_error *err);
/* "doing: words"; `code` is what a function of libsquashfs returned. */
int squashfs_fail(struct vc_error *err, const struct squashfs_file *f,
		  int code, const char *doing);

#endif
