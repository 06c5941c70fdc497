/*
 * image-spec layer.md: a whiteout "MUST apply only to resources in lower or
 * parent layers", wherever in the layer it stands.  So every node knows which
 * layer named it last, and what this one named stays.
 */
#include "whiteout.h"

#include "vc/layer.h"

struct tree_inode *implicit_dir(int64_t mtime)
{
	struct tree_inode *i = inode_new(INODE_DIR);

	i->mode = 0755;
	i->mtime = mtime;
	return i;
}

/* What is below n was judged already. */
static void hide_one(const struct hiding *h, struct tree_node *n)
{
	if (n->layer == h->number)
		return;
	if (!n->n_children) {
		tree_remove(h->tree, n);
		return;
	}
	/* as if it had been made for its children only */
	tree_set_inode(h->tree, n, implicit_dir(h->implicit_mtime));
	n->layer = h->number;
}

static struct tree_node *deepest(struct tree_node *n)
{
	while (n->n_children)
		n = n->children[n->n_children - 1];
	return n;
}

/* Children before parents, siblings from the last: a removal puts the last
 * sibling in the removed one's place, and that one was judged already. */
void hide_node(const struct hiding *h, struct tree_node *top)
{
	struct tree_node *n = deepest(top);

	for (;;) {
		struct tree_node *parent = n->parent;
		uint32_t at = n->at;
		bool done = n == top;

		hide_one(h, n);
		if (done)
			return;
		n = at ? deepest(parent->children[at - 1]) : parent;
	}
}

void hide_children(const struct hiding *h, struct tree_node *dir)
{
	for (uint32_t i = dir->n_children; i-- > 0;)
		hide_node(h, dir->children[i]);
}
