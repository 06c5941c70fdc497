/*
 * The walk keeps one directory open at a time and opens its parent again on
 * the way up, so that depth costs memory, not file descriptors.
 */
#include "dir_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "vc/layer.h"
#include "vc/log.h"
#include "vc/strv.h"
#include "vc/util.h"

struct level {
	char *path; /* from the top; "" for the top itself */
	int fd;     /* -1: open it again */
	dev_t dev;
	struct strv names;
	size_t next;
};

struct dir_walk {
	int top;
	struct level *v;
	size_t n, cap;
	char *path;    /* of the entry last returned */
	bool enter;    /* it is a directory to go into */
	dev_t dev;
};

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int open_level(struct dir_walk *w, struct level *l, struct vc_error *err)
{
	const int flags = O_RDONLY | O_DIRECTORY;

	l->fd = *l->path ? open_beneath(w->top, l->path, flags) :
			   openat(w->top, ".", flags | O_CLOEXEC);
	if (l->fd < 0)
		return vc_fail(err, errno, "cannot open directory '%s'",
			       l->path);
	return 0;
}

static int list(struct level *l, struct vc_error *err)
{
	int fd = fcntl(l->fd, F_DUPFD_CLOEXEC, 3);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	int r = 0;

	if (!dir) {
		vc_fail(err, errno, "cannot list directory '%s'", l->path);
		vc_cleanup_close(&fd);
		return -1;
	}
	while ((errno = 0, e = readdir(dir)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			strv_add(&l->names, e->d_name);
	if (errno)
		r = vc_fail(err, errno, "cannot list directory '%s'", l->path);
	closedir(dir);
	if (l->names.n)
		qsort(l->names.v, l->names.n, sizeof(char *), by_bytes);
	return r;
}

static int push(struct dir_walk *w, const char *path, dev_t dev,
		struct vc_error *err)
{
	struct level *l;

	if (w->n) {
		vc_cleanup_close(&w->v[w->n - 1].fd);
		w->v[w->n - 1].fd = -1;
	}
	if (w->n == w->cap) {
		w->cap = w->cap ? w->cap * 2 : 16;
		w->v = xrealloc(w->v, w->cap * sizeof(*w->v));
	}
	l = &w->v[w->n++];
	*l = (struct level){ .path = xstrdup(path), .fd = -1, .dev = dev };
	return open_level(w, l, err) < 0 ? -1 : list(l, err);
}

static void pop(struct dir_walk *w)
{
	struct level *l = &w->v[--w->n];

	vc_cleanup_close(&l->fd);
	free(l->path);
	strv_release(&l->names);
}

struct dir_walk *dir_walk_new(int dirfd)
{
	struct dir_walk *w = xcalloc(1, sizeof(*w));

	w->top = dirfd;
	w->enter = true; /* the top */
	return w;
}

void dir_walk_free(struct dir_walk *w)
{
	if (!w)
		return;
	while (w->n)
		pop(w);
	free(w->v);
	free(w->path);
	free(w);
}

/* File systems of a running kernel that happen to be mounted in the tree. */
static bool is_kernel_fs(const struct level *l, const char *name)
{
	static const long kinds[] = {
		PROC_SUPER_MAGIC,   SYSFS_MAGIC,   DEVPTS_SUPER_MAGIC,
		CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC,
		TRACEFS_MAGIC,	    SECURITYFS_MAGIC, BPF_FS_MAGIC,
	};
	_cleanup_close_ int fd = openat(l->fd, name, O_PATH | O_NOFOLLOW |
							     O_CLOEXEC);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if ((long)fs.f_type == kinds[i])
			return true;
	return false;
}

static int found(struct dir_walk *w, struct level *l, const char *name,
		 struct dir_entry *ret, struct vc_error *err)
{
	free(w->path);
	w->path = *l->path ? xasprintf("%s/%s", l->path, name) : xstrdup(name);
	if (l->fd < 0 && open_level(w, l, err) < 0)
		return -1;
	if (fstatat(l->fd, name, &ret->st, AT_SYMLINK_NOFOLLOW) < 0)
		return vc_fail(err, errno, "cannot look at '%s'", w->path);
	ret->path = w->path;
	ret->name = name;
	ret->dirfd = l->fd;
	w->enter = S_ISDIR(ret->st.st_mode);
	w->dev = ret->st.st_dev;
	if (w->enter && w->dev != l->dev && is_kernel_fs(l, name)) {
		log_note("'%s' is a mounted file system of the kernel: its "
			 "contents are left out", w->path);
		w->enter = false;
	}
	return 1;
}

int dir_walk_next(struct dir_walk *w, struct dir_entry *ret,
		  struct vc_error *err)
{
	if (w->enter) {
		struct stat st;

		w->enter = false;
		if (!w->path && fstat(w->top, &st) == 0)
			w->dev = st.st_dev;
		if (push(w, w->path ? w->path : "", w->dev, err) < 0)
			return -1;
	}
	while (w->n) {
		struct level *l = &w->v[w->n - 1];

		if (l->next < l->names.n)
			return found(w, l, l->names.v[l->next++], ret, err);
		pop(w);
	}
	return 0;
}
