/* Hiding what lower layers put into the tree. */
#ifndef LAYER_WHITEOUT_H
#define LAYER_WHITEOUT_H

#include "vc/tree.h"

struct hiding {
	struct tree *tree;
	uint32_t number;        /* of the layer that hides */
	int64_t implicit_mtime; /* of a directory that only stays for what the
				 * layer itself has in it */
};

/* The node and what is below it, but for what this layer named. */
void hide_node(const struct hiding *h, struct tree_node *n);
void hide_children(const struct hiding *h, struct tree_node *dir);
/* A directory no entry is there for: 0755, owner 0:0. */
struct tree_inode *implicit_dir(int64_t mtime);

#endif
