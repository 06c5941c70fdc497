/* See graft.h. */
#include "convert/graft.h"

#include <errno.h>
#include <string.h>

#include "vc/util.h"

static struct tree_inode *new_inode(const struct graft *g,
				    enum inode_type type, unsigned mode)
{
	struct tree_inode *i = inode_new(type);

	i->mode = mode;
	i->mtime = g->mtime;
	return i;
}

bool graft_there(const struct graft *g, const char *path)
{
	return tree_resolve(g->tree, path, false) || errno == ELOOP;
}

static void note(struct strv *list, const char *path)
{
	if (list && !strv_contains(list, path))
		strv_add(list, path);
}

/* The path up to `len` is a directory: the next part of it below. */
static struct tree_node *step(struct graft *g, struct tree_node *dir,
			      const char *path, size_t at, size_t len,
			      unsigned mode, struct vc_error *err)
{
	_cleanup_free_ char *prefix = xstrndup(path, at + len);
	struct tree_node *n = tree_find(g->tree, dir, path + at, len);

	if (!n) {
		note(g->dirs, prefix);
		return tree_add(g->tree, dir, path + at, len,
				new_inode(g, INODE_DIR, mode));
	}
	n = tree_resolve(g->tree, prefix, true);
	if (n && n->inode->type == INODE_DIR)
		return n;
	vc_fail(err, n ? ENOTDIR : errno,
		"the image's '%s' is in the way of what a guest needs", prefix);
	return NULL;
}

struct tree_node *graft_dir(struct graft *g, const char *path, unsigned mode,
			    struct vc_error *err)
{
	struct tree_node *dir = tree_root(g->tree);
	size_t at = 0;

	for (;;) {
		size_t len;

		at += strspn(path + at, "/");
		len = strcspn(path + at, "/");
		if (!len)
			return dir;
		dir = step(g, dir, path, at, len,
			   path[at + len] ? 0755 : mode, err);
		if (!dir)
			return NULL;
		at += len;
	}
}

static struct tree_node *parent_of(struct graft *g, const char *path,
				   const char **ret_name, struct vc_error *err)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *dir = xstrndup(path, (size_t)(slash - path));

	*ret_name = slash + 1;
	return graft_dir(g, dir, 0755, err);
}

int graft_inode(struct graft *g, const char *path, struct tree_inode *inode,
		struct vc_error *err)
{
	const char *name;
	struct tree_node *dir = parent_of(g, path, &name, err), *old;

	if (!dir) {
		if (!inode->links)
			inode_free(inode);
		return -1;
	}
	old = tree_find(g->tree, dir, name, strlen(name));
	if (old)
		tree_remove(g->tree, old);
	tree_add(g->tree, dir, name, strlen(name), inode);
	note(inode->type == INODE_DIR ? g->dirs : g->files, path);
	return 0;
}

int graft_data(struct graft *g, struct tree_inode *i, const void *data,
	       size_t len, struct vc_error *err)
{
	struct data_run r = { .logical = i->size, .len = len,
			      .at = g->spool->used };

	if (!len)
		return 0;
	if (spool_write(g->spool, data, len, err) < 0)
		return -1;
	r.fd = g->spool->fd;
	inode_add_run(i, &r);
	i->size += len;
	return 0;
}

int graft_file(struct graft *g, const char *path, unsigned mode,
	       const void *data, size_t len, struct vc_error *err)
{
	struct tree_inode *i = new_inode(g, INODE_FILE, mode);

	if (graft_data(g, i, data, len, err) < 0) {
		inode_free(i);
		return vc_wrap(err, "add '%s'", path);
	}
	return graft_inode(g, path, i, err);
}

int graft_link(struct graft *g, const char *path, const char *target,
	       struct vc_error *err)
{
	struct tree_inode *i = new_inode(g, INODE_SYMLINK, 0777);

	i->target = xstrdup(target);
	i->size = strlen(target);
	return graft_inode(g, path, i, err);
}

int graft_move(struct graft *g, const char *from, const char *to,
	       struct vc_error *err)
{
	struct tree_node *n = tree_resolve(g->tree, from, false);

	if (!n)
		return vc_fail(err, errno, "cannot find '%s'", from);
	if (graft_inode(g, to, n->inode, err) < 0)
		return -1;
	tree_remove(g->tree, n);
	return 0;
}
