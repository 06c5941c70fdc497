/*
 * One directory is open at a time, its parent opened again on the way up:
 * depth costs memory, not file descriptors.
 */
#include "engine/copy_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vc/layer.h"
#include "vc/util.h"

struct level {
	char *path; /* from the top; "" for the top itself */
	struct stat st;
	int fd; /* -1: open it again */
	struct dirent **names;
	size_t n, next;
};

struct copy_walk {
	int top;
	char *label;
	struct level *v;
	size_t n, cap;
	char *path;  /* of the last entry, not yet in v */
	struct stat st;
	bool enter;  /* it is a directory to go into */
	bool ended;  /* with the last entry; its level is still there */
};

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_dots(const struct dirent *e)
{
	return strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
}

static int fail(const struct copy_walk *w, const char *path, const char *what,
		struct vc_error *err)
{
	return vc_fail(err, errno, "cannot %s '%s%s%s'", what, w->label,
		       *path ? "/" : "", path);
}

static int open_level(struct copy_walk *w, struct level *l, struct vc_error *err)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

	if (l->fd >= 0)
		return 0;
	l->fd = *l->path ? open_beneath(w->top, l->path, flags) :
			   openat(w->top, ".", flags);
	return l->fd < 0 ? fail(w, l->path, "open directory", err) : 0;
}

static void close_level(struct level *l)
{
	vc_cleanup_close(&l->fd);
	l->fd = -1;
}

static int push(struct copy_walk *w, const char *path, struct vc_error *err)
{
	struct level *l;
	int n;

	if (w->n)
		close_level(&w->v[w->n - 1]);
	if (w->n == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 16;
		w->v = xrealloc(w->v, w->cap * sizeof(*w->v));
	}
	l = &w->v[w->n++];
	*l = (struct level){ .path = xstrdup(path), .st = w->st, .fd = -1 };
	if (open_level(w, l, err) < 0)
		return -1;
	n = scandirat(l->fd, ".", &l->names, not_dots, by_bytes);
	if (n < 0)
		return fail(w, path, "list directory", err);
	l->n = (size_t)n;
	return 0;
}

static void pop(struct copy_walk *w)
{
	struct level *l = &w->v[--w->n];

	close_level(l);
	for (size_t i = 0; i < l->n; i++)
		free(l->names[i]);
	free(l->names);
	free(l->path);
}

struct copy_walk *copy_walk_new(int top_fd, const char *label)
{
	struct copy_walk *w = xcalloc(1, sizeof(*w));

	w->top = top_fd;
	w->label = xstrdup(label);
	w->enter = true; /* the top */
	return w;
}

void copy_walk_free(struct copy_walk *w)
{
	if (!w)
		return;
	while (w->n)
		pop(w);
	free(w->v);
	free(w->path);
	free(w->label);
	free(w);
}

void copy_walk_skip(struct copy_walk *w)
{
	w->enter = false;
}

static int found(struct copy_walk *w, struct level *l,
		 struct copy_walk_entry *ret, struct vc_error *err)
{
	const char *name = l->names[l->next++]->d_name;

	free(w->path);
	w->path = *l->path ? xasprintf("%s/%s", l->path, name) : xstrdup(name);
	if (open_level(w, l, err) < 0)
		return -1;
	if (fstatat(l->fd, name, &w->st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(w, w->path, "look at", err);
	*ret = (struct copy_walk_entry){ w->path, name, l->fd, w->st, false };
	w->enter = S_ISDIR(w->st.st_mode);
	return 1;
}

/* The directory `l`, all of which has been, from the one above it. */
static int leave(struct copy_walk *w, struct level *l,
		 struct copy_walk_entry *ret, struct vc_error *err)
{
	const char *slash = strrchr(l->path, '/');

	close_level(l);
	if (open_level(w, l - 1, err) < 0)
		return -1;
	*ret = (struct copy_walk_entry){ l->path, slash ? slash + 1 : l->path,
					 l[-1].fd, l->st, true };
	w->ended = true;
	return 1;
}

int copy_walk_next(struct copy_walk *w, struct copy_walk_entry *ret,
		   struct vc_error *err)
{
	if (w->ended)
		pop(w);
	w->ended = false;
	if (w->enter) {
		w->enter = false;
		if (push(w, w->path ? w->path : "", err) < 0)
			return -1;
	}
	if (w->v[w->n - 1].next < w->v[w->n - 1].n)
		return found(w, &w->v[w->n - 1], ret, err);
	return w->n > 1 ? leave(w, &w->v[w->n - 1], ret, err) : 0;
}
