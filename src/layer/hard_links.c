/* Inodes with several names. */
#include "hard_links.h"

#include <search.h>
#include <stdlib.h>

#include "vc/util.h"

struct link {
	dev_t dev;
	ino_t ino;
	char *name;
};

static int compare(const void *a, const void *b)
{
	const struct link *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

static void link_free(void *p)
{
	struct link *l = p;

	free(l->name);
	free(l);
}

const char *hard_links_meet(struct hard_links *h, dev_t dev, ino_t ino,
			    const char *name)
{
	const struct link key = { dev, ino, NULL };
	struct link **found = tfind(&key, &h->root, compare);
	struct link *l;

	if (found)
		return (*found)->name;
	l = xmalloc(sizeof(*l));
	*l = (struct link){ dev, ino, xstrdup(name) };
	if (!tsearch(l, &h->root, compare))
		vc_oom();
	return NULL;
}

void hard_links_release(struct hard_links *h)
{
	tdestroy(h->root, link_free);
	h->root = NULL;
}
