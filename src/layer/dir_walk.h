/* A tree of the host, entry by entry, sorted, without following links. */
#ifndef LAYER_DIR_WALK_H
#define LAYER_DIR_WALK_H

#include <sys/stat.h>

#include "vc/error.h"

struct dir_entry {
	const char *path; /* from the top, "a/b"; until the next call */
	const char *name; /* "b" */
	int dirfd;        /* that holds it; until the next call */
	struct stat st;
};

struct dir_walk;

/* dirfd is borrowed.  The top itself is no entry. */
struct dir_walk *dir_walk_new(int dirfd);
void dir_walk_free(struct dir_walk *w);
/*
 * 1 and *ret, 0 at the end, -1.  A directory comes before what is in it; one
 * of a kernel's file systems (/proc, /sys, ...) comes without its contents.
 */
int dir_walk_next(struct dir_walk *w, struct dir_entry *ret,
		  struct vc_error *err);

#endif
