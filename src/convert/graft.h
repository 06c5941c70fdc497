/*
 * Files of ours put into the tree of an image.  Paths are absolute and the
 * image's: links in it are followed within the tree.  What is added belongs
 * to root and has the time `mtime`.
 */
#ifndef CONVERT_GRAFT_H
#define CONVERT_GRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vc/error.h"
#include "vc/layer.h"
#include "vc/strv.h"
#include "vc/tree.h"

struct graft {
	struct tree *tree;
	struct spool *spool;
	int64_t mtime;
	struct strv *files, *dirs; /* what was put there; both may be NULL */
};

/* The directory at path, made where it is missing; NULL when something else
 * is in its way. */
struct tree_node *graft_dir(struct graft *g, const char *path, unsigned mode,
			    struct vc_error *err);
/* Is there anything at path? */
bool graft_there(const struct graft *g, const char *path);
/* Each replaces what is there, a directory with all in it. */
int graft_file(struct graft *g, const char *path, unsigned mode,
	       const void *data, size_t len, struct vc_error *err);
int graft_link(struct graft *g, const char *path, const char *target,
	       struct vc_error *err);
/* Of an inode that was made already: taken over, also on failure. */
int graft_inode(struct graft *g, const char *path, struct tree_inode *inode,
		struct vc_error *err);
/* Takes the name `from` away and gives what it stood for the name `to`. */
int graft_move(struct graft *g, const char *from, const char *to,
	       struct vc_error *err);
/* Appends to the spool and to the file's runs. */
int graft_data(struct graft *g, struct tree_inode *i, const void *data,
	       size_t len, struct vc_error *err);

#endif
