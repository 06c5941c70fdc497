/*
 * A tree of the host for packing: sorted, without following links, each
 * directory after what is in it, and any of them may be left out.
 */
#ifndef ENGINE_COPY_WALK_H
#define ENGINE_COPY_WALK_H

#include <stdbool.h>
#include <sys/stat.h>

#include "vc/error.h"

struct copy_walk_entry {
	const char *path; /* from the top, "a/b"; until the next call */
	const char *name; /* "b" */
	int dirfd;        /* that holds it; until the next call */
	struct stat st;
	bool leaving; /* a directory whose entries have all been */
};

struct copy_walk;

/* top_fd is borrowed, `label` its path for messages. The top is no entry. */
struct copy_walk *copy_walk_new(int top_fd, const char *label);
void copy_walk_free(struct copy_walk *w);
/* 1 and *ret, 0 at the end, -1. A directory is an entry twice. */
int copy_walk_next(struct copy_walk *w, struct copy_walk_entry *ret,
		   struct vc_error *err);
/* The directory just entered is neither read nor left. */
void copy_walk_skip(struct copy_walk *w);

#endif
