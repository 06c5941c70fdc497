/*
 * A tar, member by member, in one pass.
 *
 * Written here and not left to libarchive, because a layer must mean the same
 * to us as to docker, containerd and skopeo, which read it with Go's
 * archive/tar: where libarchive guesses (sizes of members that have no data,
 * numbers that are none, NULs in PAX names, files with a trailing slash) it
 * finds other members in the same bytes.
 */
#ifndef LAYER_TAR_READER_H
#define LAYER_TAR_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ahead.h"
#include "vc/tree.h"

/* Strings are the reader's, until the next call. */
struct tar_member {
	const char *name; /* as it stands there */
	const char *link; /* '1', '2' */
	char type; /* '0' file '1' hard link '2' symlink '3' '4' '5' '6' */
	uint32_t mode; /* 07777 */
	int64_t uid, gid;
	int64_t mtime;
	uint32_t mtime_ns;
	int64_t dev_major, dev_minor;
	uint64_t size; /* '0', holes and all */
	const struct xattr *xattrs;
	uint32_t n_xattrs;
};

struct tar_reader;

/* `in` is borrowed and not to be read by others; hash as of ahead_next(). */
struct tar_reader *tar_reader_new(struct ahead *in, struct hash *hash);
void tar_reader_free(struct tar_reader *r);
/* 1 and *ret, 0 at the end, -1. */
int tar_reader_next(struct tar_reader *r, const struct tar_member **ret,
		    struct vc_error *err);
/* The next piece of a file's data and where in the file it belongs; 1, 0 at
 * the end, -1.  What is never returned is a hole. */
int tar_reader_data(struct tar_reader *r, const char **ret, size_t *ret_len,
		    uint64_t *ret_at, struct vc_error *err);
/*
 * After the end: reads what follows it.  *ret_marked: there were zeros that
 * end a tar; *ret_zeros: nothing else followed.
 */
int tar_reader_finish(struct tar_reader *r, bool *ret_marked, bool *ret_zeros,
		      struct vc_error *err);

#endif
