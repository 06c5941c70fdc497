/* File descriptors: all O_CLOEXEC, EINTR handled, no partial transfers. */
#ifndef VC_IO_H
#define VC_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vc/buf.h"
#include "vc/error.h"

/* All of data, on a blocking fd. */
int write_all(int fd, const void *data, size_t len, struct vc_error *err);
/* Until len bytes or end of file; returns the count or -1. */
ssize_t read_full(int fd, void *data, size_t len, struct vc_error *err);
/* Whole file into b, refused when it is larger than max bytes. */
int read_file_at(int dirfd, const char *path, size_t max, struct buf *b,
		 struct vc_error *err);
/* Replaces dir's file `name` atomically (temporary name, fsync, rename). */
int write_file_at(int dirfd, const char *path, mode_t mode, const void *data,
		  size_t len, struct vc_error *err);
int set_nonblock(int fd);
int set_cloexec(int fd, bool on);
/* Both ends O_CLOEXEC. */
int make_socketpair(int ret_fds[2], struct vc_error *err);

/*
 * A nameless file in `dir` (O_TMPFILE, or created and unlinked at once where
 * the file system has no such thing); returns its fd.
 */
int open_unnamed(const char *dir, struct vc_error *err);

/* mkdir -p; new directories get `mode`. */
int make_dirs(const char *path, mode_t mode, struct vc_error *err);
/* Removes a tree below dirfd without following links; missing is fine. */
int remove_tree_at(int dirfd, const char *name, struct vc_error *err);
/* "a/b" from parts; an absolute `b` stands alone. Owned by the caller. */
char *path_join(const char *a, const char *b);

#endif
