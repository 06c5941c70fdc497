/* Paths inside the tree: path_resolution(7), with the tree's root as the root
 * that nothing leaves. */
#ifndef LAYER_RESOLVE_H
#define LAYER_RESOLVE_H

#include "vc/tree.h"

struct resolve {
	const struct tree *tree;
	bool follow_last;
	/* Makes what is missing; NULL: ENOENT.  May return NULL with errno. */
	struct tree_node *(*make)(void *data, struct tree_node *dir,
				  const char *name, size_t len);
	void *data;
	/* Components that may still be looked at, ELOOP when it comes to 0;
	 * NULL: no limit but that of links. */
	uint64_t *budget;
};

/* len bytes of path from the root; "" is the root.  NULL with errno. */
struct tree_node *resolve_path(const struct resolve *r, const char *path,
			       size_t len);

#endif
