/*
 * The tree's nodes: found by one hash table over all names, since a
 * directory may have 100 000 of them in no order; sorted once at the end.
 */
#include "vc/tree.h"

#include <stdlib.h>
#include <string.h>

#include "vc/util.h"

struct tree {
	struct tree_node *root;
	struct tree_node **table; /* chains by hash */
	size_t buckets, n;        /* buckets is a power of two */
	struct tree_totals totals;
};

/* FNV-1a over the name, started from the parent's address: the same names in
 * many directories do not meet in one chain. */
static uint32_t hash_name(const struct tree_node *dir, const char *name,
			  size_t len)
{
	uint64_t h = 14695981039346656037u ^ (uintptr_t)dir;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)name[i]) * 1099511628211u;
	return (uint32_t)(h ^ h >> 32);
}

static struct tree_node *node_new(const char *name, size_t len,
				  struct tree_inode *inode)
{
	struct tree_node *n = xcalloc(1, sizeof(*n) + len + 1);

	memcpy(n->name, name, len);
	n->name_len = (uint32_t)len;
	n->inode = inode;
	inode->links++;
	return n;
}

struct tree *tree_new(void)
{
	struct tree *t = xcalloc(1, sizeof(*t));
	struct tree_inode *root = inode_new(INODE_DIR);

	root->mode = 0755;
	t->root = node_new("", 0, root);
	t->buckets = 1024;
	t->table = xcalloc(t->buckets, sizeof(struct tree_node *));
	return t;
}

static void drop_inode(struct tree_inode *i)
{
	if (i && --i->links == 0)
		inode_free(i);
}

static void node_free(struct tree_node *n)
{
	drop_inode(n->inode);
	free(n->children);
	free(n);
}

static void unhash(struct tree *t, const struct tree_node *n)
{
	struct tree_node **p = &t->table[n->hash & (t->buckets - 1)];

	while (*p != n)
		p = &(*p)->hash_next;
	*p = n->hash_next;
	t->n--;
}

static void unlink_from_parent(struct tree_node *n)
{
	struct tree_node *dir = n->parent, *last;

	last = dir->children[--dir->n_children];
	dir->children[n->at] = last;
	last->at = n->at;
}

/* Children before parents: a leaf is always the last of its siblings. */
static void remove_below(struct tree *t, struct tree_node *top)
{
	struct tree_node *n = top;

	for (;;) {
		struct tree_node *parent;

		while (n->n_children)
			n = n->children[n->n_children - 1];
		if (n == top)
			return;
		parent = n->parent;
		parent->n_children--;
		unhash(t, n);
		node_free(n);
		n = parent;
	}
}

void tree_remove(struct tree *t, struct tree_node *n)
{
	remove_below(t, n);
	unlink_from_parent(n);
	unhash(t, n);
	node_free(n);
}

void tree_free(struct tree *t)
{
	if (!t)
		return;
	remove_below(t, t->root);
	node_free(t->root);
	free(t->table);
	free(t);
}

void tree_cleanup(struct tree **t)
{
	tree_free(*t);
}

struct tree_node *tree_root(const struct tree *t)
{
	return t->root;
}

uint64_t tree_names(const struct tree *t)
{
	return t->n;
}

struct tree_node *tree_find(const struct tree *t, const struct tree_node *dir,
			    const char *name, size_t len)
{
	uint32_t hash = hash_name(dir, name, len);
	struct tree_node *n = t->table[hash & (t->buckets - 1)];

	while (n && (n->hash != hash || n->parent != dir ||
		     n->name_len != len || memcmp(n->name, name, len) != 0))
		n = n->hash_next;
	return n;
}

static void grow_table(struct tree *t)
{
	size_t buckets = t->buckets * 2;
	struct tree_node **table = xcalloc(buckets, sizeof(struct tree_node *));

	for (size_t i = 0; i < t->buckets; i++) {
		struct tree_node *n, *next;

		for (n = t->table[i]; n; n = next) {
			struct tree_node **at = &table[n->hash & (buckets - 1)];

			next = n->hash_next;
			n->hash_next = *at;
			*at = n;
		}
	}
	free(t->table);
	t->table = table;
	t->buckets = buckets;
}

struct tree_node *tree_add(struct tree *t, struct tree_node *dir,
			   const char *name, size_t len,
			   struct tree_inode *inode)
{
	struct tree_node *n = node_new(name, len, inode), **bucket;

	if (t->n >= t->buckets)
		grow_table(t);
	n->hash = hash_name(dir, name, len);
	bucket = &t->table[n->hash & (t->buckets - 1)];
	n->hash_next = *bucket;
	*bucket = n;
	t->n++;
	n->parent = dir;
	if (dir->n_children == dir->cap_children) {
		dir->cap_children = dir->cap_children ? dir->cap_children * 2 : 4;
		dir->children = xrealloc(dir->children, dir->cap_children *
						sizeof(struct tree_node *));
	}
	n->at = dir->n_children++;
	dir->children[n->at] = n;
	return n;
}

void tree_set_inode(struct tree *t, struct tree_node *n,
		    struct tree_inode *inode)
{
	if (inode->type != INODE_DIR)
		remove_below(t, n);
	inode->links++;
	drop_inode(n->inode);
	n->inode = inode;
}

/* --- finishing ---------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const struct tree_node *x = *(struct tree_node *const *)a;
	const struct tree_node *y = *(struct tree_node *const *)b;
	size_t n = x->name_len < y->name_len ? x->name_len : y->name_len;
	int r = memcmp(x->name, y->name, n);

	return r ? r : x->name_len < y->name_len ? -1 :
						   x->name_len > y->name_len;
}

static int by_xattr_name(const void *a, const void *b)
{
	const struct xattr *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void sort_children(struct tree_node *n)
{
	if (!n->n_children)
		return;
	qsort(n->children, n->n_children, sizeof(struct tree_node *), by_name);
	for (uint32_t i = 0; i < n->n_children; i++)
		n->children[i]->at = i;
}

static void count_inode(struct tree_totals *sum, const struct tree_inode *i)
{
	sum->inodes++;
	switch (i->type) {
	case INODE_DIR:
		sum->dirs++;
		break;
	case INODE_SYMLINK:
		sum->symlinks++;
		break;
	case INODE_FILE:
		sum->files++;
		sum->file_bytes += i->size;
		for (uint32_t r = 0; r < i->n_runs; r++)
			sum->stored_bytes += i->runs[r].len;
		break;
	case INODE_CHAR:
	case INODE_BLOCK:
	case INODE_FIFO:
	case INODE_SOCKET:
		sum->others++;
		break;
	}
}

void tree_finish(struct tree *t)
{
	struct tree_node *n;

	t->totals = (struct tree_totals){ 0 };
	for (n = t->root; n; n = tree_next(n))
		n->inode->number = 0;
	for (n = t->root; n; n = tree_next(n)) {
		struct tree_inode *i = n->inode;

		t->totals.entries++;
		sort_children(n);
		if (i->number)
			continue;
		count_inode(&t->totals, i);
		i->number = (uint32_t)t->totals.inodes;
		if (i->n_xattrs)
			qsort(i->xattrs, i->n_xattrs, sizeof(struct xattr),
			      by_xattr_name);
	}
}

/* --- reading ------------------------------------------------------------- */

const struct tree_totals *tree_totals(const struct tree *t)
{
	return &t->totals;
}

struct tree_node *tree_next_outside(const struct tree_node *n)
{
	for (; n->parent; n = n->parent)
		if (n->at + 1 < n->parent->n_children)
			return n->parent->children[n->at + 1];
	return NULL;
}

struct tree_node *tree_next(const struct tree_node *n)
{
	return n->n_children ? n->children[0] : tree_next_outside(n);
}

char *tree_path(const struct tree_node *n)
{
	size_t len = 0;
	char *path, *p;

	for (const struct tree_node *x = n; x->parent; x = x->parent)
		len += x->name_len + 1;
	if (!len)
		return xstrdup("");
	path = xmalloc(len);
	p = path + len;
	for (; n->parent; n = n->parent) {
		p -= n->name_len + 1;
		memcpy(p, n->name, n->name_len);
		p[n->name_len] = '/';
	}
	path[len - 1] = '\0';
	return path;
}
