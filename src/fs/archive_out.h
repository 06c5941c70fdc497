/* The file an archive is written to: buffered, holes stay holes. */
#ifndef FS_ARCHIVE_OUT_H
#define FS_ARCHIVE_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "vc/error.h"
#include "vc/tree.h"

/* Longer paths no system call takes: PATH_MAX without the NUL. */
#define ARCHIVE_PATH_MAX 4095

struct archive_out {
	int fd;      /* borrowed */
	char *chunk; /* owned */
	size_t used; /* of chunk, not yet written */
	uint64_t at; /* where chunk goes in the file */
};

void archive_out_init(struct archive_out *a, int fd);
void archive_out_release(struct archive_out *a);
#define _cleanup_archive_out_ __attribute__((cleanup(archive_out_release)))

int archive_put(struct archive_out *a, const void *data, size_t len,
		struct vc_error *err);
/* Zeros; many of them are a hole in the file. */
int archive_put_zeros(struct archive_out *a, uint64_t len,
		      struct vc_error *err);
/* The whole content of a file. */
int archive_put_data(struct archive_out *a, const struct tree_inode *i,
		     struct vc_error *err);
/* Zeros up to a multiple of `to`. */
int archive_pad(struct archive_out *a, unsigned to, struct vc_error *err);
/* Writes what is left and sets the size of the file. */
int archive_finish(struct archive_out *a, struct vc_error *err);

/* The path of an entry; NULL when it is too long for any reader. */
char *archive_path(const struct tree_node *n, struct vc_error *err);

#endif
