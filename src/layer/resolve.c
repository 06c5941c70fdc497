/* Without recursion: a link puts its target before what is left of the path. */
#include "resolve.h"

#include <errno.h>
#include <string.h>

#include "vc/buf.h"
#include "vc/layer.h"
#include "vc/util.h"

#define MAX_LINKS 40 /* as Linux */

struct walk {
	const struct resolve *r;
	struct tree_node *at;
	struct buf rest; /* of the path, from `at` */
	int links;
};

static struct tree_node *fail(int errnum)
{
	errno = errnum;
	return NULL;
}

static bool spend(const struct resolve *r)
{
	return !r->budget || (*r->budget && --*r->budget);
}

/* The node goes on at the target of the link. */
static bool enter_link(struct walk *w, const struct tree_node *link)
{
	const char *target = link->inode->target;
	_cleanup_buf_ struct buf rest = BUF_INIT;

	if (++w->links > MAX_LINKS)
		return false;
	w->at = *target == '/' ? tree_root(w->r->tree) : link->parent;
	buf_add_str(&rest, target);
	buf_add(&rest, buf_ptr(&w->rest), w->rest.len);
	buf_release(&w->rest);
	w->rest = rest;
	rest = (struct buf)BUF_INIT;
	return true;
}

static struct tree_node *child(struct walk *w, const char *name, size_t len)
{
	struct tree_node *n;

	if (len == 1 && *name == '.')
		return w->at;
	if (len == 2 && !memcmp(name, "..", 2))
		return w->at->parent ? w->at->parent : w->at;
	n = tree_find(w->r->tree, w->at, name, len);
	if (n)
		return n;
	return w->r->make ? w->r->make(w->r->data, w->at, name, len) :
			    fail(ENOENT);
}

/* One component; false with errno. */
static bool step(struct walk *w)
{
	const char *p = buf_ptr(&w->rest);
	const char *slash = memchr(p, '/', w->rest.len);
	size_t len = slash ? (size_t)(slash - p) : w->rest.len;
	struct tree_node *n;

	if (!spend(w->r)) {
		errno = ELOOP;
		return false;
	}
	if (w->at->inode->type != INODE_DIR) {
		errno = ENOTDIR;
		return false;
	}
	n = len ? child(w, p, len) : w->at;
	if (!n)
		return false;
	/* the slash stays: what comes before one must be a directory */
	buf_consume(&w->rest, len);
	if (n->inode->type == INODE_SYMLINK && (slash || w->r->follow_last)) {
		errno = ELOOP;
		return enter_link(w, n);
	}
	w->at = n;
	if (!slash)
		return true;
	errno = ENOTDIR;
	buf_consume(&w->rest, strspn(buf_ptr(&w->rest), "/"));
	return n->inode->type == INODE_DIR;
}

struct tree_node *resolve_path(const struct resolve *r, const char *path,
			       size_t len)
{
	struct walk w = { .r = r, .at = tree_root(r->tree), .rest = BUF_INIT };
	bool ok = true;

	buf_add(&w.rest, path, len);
	while (ok && w.rest.len)
		ok = step(&w);
	buf_release(&w.rest);
	return ok ? w.at : NULL;
}

struct tree_node *tree_resolve(const struct tree *t, const char *path,
			       bool follow_last)
{
	const struct resolve r = { .tree = t, .follow_last = follow_last };

	return resolve_path(&r, path, strlen(path));
}
