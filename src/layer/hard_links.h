/* Which inode was met before, and under what name. */
#ifndef LAYER_HARD_LINKS_H
#define LAYER_HARD_LINKS_H

#include <sys/types.h>

struct hard_links {
	void *root; /* of tsearch(3) */
};

/* The name under which the inode came first, or NULL and `name` is kept. */
const char *hard_links_meet(struct hard_links *h, dev_t dev, ino_t ino,
			    const char *name);
void hard_links_release(struct hard_links *h);

#endif
