/*
 * Entries into the tree, in their order; image-spec layer.md, "Applying
 * Changesets", and where it is silent what docker and containerd do: an entry
 * replaces what has its name, a directory over a directory keeps what is in
 * it, parents are followed through links as a process inside would.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "layer_entries.h"
#include "resolve.h"
#include "vc/util.h"
#include "whiteout.h"

/* Components looked at for a whole layer: what links that lead through links
 * cost is bounded, what any image needs is not near. */
#define BUDGET (64ull << 20)
#define BUDGET_OF_ENTRY 256

struct applying {
	struct hiding hide;
	struct tree *tree;
	uint64_t budget;
	uint64_t max; /* names in the tree */
};

static const char *last_part(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

static bool is_full(const struct applying *a)
{
	return a->max && tree_names(a->tree) >= a->max;
}

static int fail_full(const struct applying *a, const char *name,
		     struct vc_error *err)
{
	return entry_fail(name, err, "the image has more than %llu entries: "
				     "--max-entries allows more",
			  (unsigned long long)a->max);
}

static struct tree_node *make_parent(void *data, struct tree_node *dir,
				     const char *name, size_t len)
{
	struct applying *a = data;
	struct tree_node *n;

	if (is_full(a)) {
		errno = ENOSPC;
		return NULL;
	}
	/* of a link's target, which nobody has looked at */
	if (len > 255) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	n = tree_add(a->tree, dir, name, len,
		     implicit_dir(a->hide.implicit_mtime));
	n->layer = a->hide.number;
	return n;
}

static struct tree_node *find_parent(struct applying *a, const char *name,
				     bool make)
{
	const char *last = last_part(name);
	const struct resolve r = {
		.tree = a->tree,
		.follow_last = true,
		.make = make ? make_parent : NULL,
		.data = a,
		.budget = &a->budget,
	};
	struct tree_node *dir =
		resolve_path(&r, name, last > name ? (size_t)(last - name) : 0);

	if (dir && dir->inode->type != INODE_DIR) {
		errno = ENOTDIR;
		return NULL;
	}
	return dir;
}

static struct tree_node *find(struct applying *a, const char *name)
{
	const char *last = last_part(name);
	struct tree_node *dir = find_parent(a, name, false);

	if (!dir || !*last)
		return dir;
	return tree_find(a->tree, dir, last, strlen(last));
}

static int fail_parent(const struct applying *a, const char *name,
		       struct vc_error *err)
{
	switch (errno) {
	case ENOTDIR:
		return entry_fail(name, err, "what is above it in its name is "
					     "no directory");
	case ELOOP:
		return entry_fail(name, err, "its directory is behind too many "
					     "symbolic links");
	case ENAMETOOLONG:
		return entry_fail(name, err, "its directory is behind a link to "
					     "a name longer than 255 bytes");
	default:
		return fail_full(a, name, err);
	}
}

static int put(struct applying *a, const char *name, struct tree_node *dir,
	       struct tree_inode *inode, struct vc_error *err)
{
	const char *last = last_part(name);
	struct tree_node *n = tree_find(a->tree, dir, last, strlen(last));

	if (n) {
		tree_set_inode(a->tree, n, inode);
	} else {
		if (is_full(a))
			return fail_full(a, name, err);
		n = tree_add(a->tree, dir, last, strlen(last), inode);
	}
	n->layer = a->hide.number;
	return 0;
}

static int apply_object(struct applying *a, struct layer_entry *e,
			struct vc_error *err)
{
	struct tree_node *root = tree_root(a->tree), *dir;

	if (!*e->name) {
		tree_set_inode(a->tree, root, steal_ptr(e->inode));
		root->layer = a->hide.number;
		return 0;
	}
	dir = find_parent(a, e->name, true);
	if (!dir)
		return fail_parent(a, e->name, err);
	if (put(a, e->name, dir, e->inode, err) < 0)
		return -1;
	e->inode = NULL;
	return 0;
}

/* Whether n is `top` or below it. */
static bool is_within(const struct tree_node *n, const struct tree_node *top)
{
	while (n && n != top)
		n = n->parent;
	return n != NULL;
}

static int check_target(struct applying *a, const struct layer_entry *e,
			const struct tree_node *dir,
			const struct tree_node *target, struct vc_error *err)
{
	const char *name = *e->target ? e->target : "/";
	_cleanup_free_ char *shown = printable(name, strlen(name));
	const char *last = last_part(e->name);
	const struct tree_node *there =
		tree_find(a->tree, dir, last, strlen(last));

	if (!target)
		return entry_fail(e->name, err, "a hard link to '%s', which is "
						"not there", shown);
	if (target->inode->type == INODE_DIR)
		return entry_fail(e->name, err, "a hard link to '%s', which is a "
						"directory", shown);
	if (target == there)
		return entry_fail(e->name, err, "a hard link to itself");
	if (there && is_within(target, there))
		return entry_fail(e->name, err, "a hard link to '%s', which it "
						"would replace", shown);
	return 0;
}

static int apply_link(struct applying *a, struct layer_entry *e,
		      struct vc_error *err)
{
	struct tree_node *dir, *target;

	if (!*e->name)
		return entry_fail("/", err, "only a directory can be the root");
	target = find(a, e->target);
	dir = find_parent(a, e->name, true);
	if (!dir)
		return fail_parent(a, e->name, err);
	if (check_target(a, e, dir, target, err) < 0)
		return -1;
	return put(a, e->name, dir, target->inode, err);
}

/* What is not there needs no hiding, nor what no path leads to. */
static void apply_whiteout(struct applying *a, const struct layer_entry *e)
{
	struct tree_node *n = find(a, e->name);

	if (n)
		hide_node(&a->hide, n);
}

static void apply_opaque(struct applying *a, const struct layer_entry *e)
{
	const struct resolve r = { .tree = a->tree, .follow_last = true,
				   .budget = &a->budget };
	struct tree_node *n = resolve_path(&r, e->name, strlen(e->name));

	if (n && n->inode->type == INODE_DIR)
		hide_children(&a->hide, n);
}

static int apply(struct applying *a, struct layer_entry *e,
		 struct vc_error *err)
{
	switch (e->kind) {
	case ENTRY_OBJECT:
		return apply_object(a, e, err);
	case ENTRY_LINK:
		return apply_link(a, e, err);
	case ENTRY_WHITEOUT:
		apply_whiteout(a, e);
		return 0;
	case ENTRY_OPAQUE:
		apply_opaque(a, e);
		return 0;
	case ENTRY_IGNORED:
		break;
	}
	return 0;
}

int layer_apply(struct tree *t, struct layer_entries *entries, uint32_t number,
		int64_t implicit_mtime, const struct layer_limits *limits,
		struct vc_error *err)
{
	struct applying a = {
		.hide = { t, number, implicit_mtime },
		.tree = t,
		.budget = BUDGET + entries->n * BUDGET_OF_ENTRY,
		.max = limits->max_entries,
	};

	for (size_t i = 0; i < entries->n; i++) {
		if (apply(&a, &entries->v[i], err) < 0)
			return -1;
		layer_entry_release(&entries->v[i]);
	}
	return 0;
}
