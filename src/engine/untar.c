/*
 * Unpacking.  Every path is opened part by part below the directory without
 * following links (open_beneath()), what is in a member's way is removed
 * rather than written through, and a hard link leads only to a file that this
 * run has made.  Directories get their modes and times at the end: a read-only
 * one can be filled, and filling it does not change its time.
 */
#include "engine/untar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/untar_name.h"
#include "engine/untar_read.h"
#include "layer/hard_links.h"
#include "vc/log.h"
#include "vc/strv.h"
#include "vc/util.h"

struct directory {
	char *path;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	struct timespec mtime;
};

struct extraction {
	const struct untar *u;
	struct hard_links made; /* the files of this run */
	struct directory *dirs;
	size_t n_dirs, cap_dirs;
	char *parent_path; /* of the last member; "" is the top */
	int parent;
};

/* Where a member goes: `base` in the directory open as x->parent. */
struct place {
	const char *path, *base;
	struct stat st; /* of what is there */
	bool exists;
};

static int fail_at(const struct extraction *x, int errnum, const char *what,
		   const char *path, struct vc_error *err)
{
	_cleanup_free_ char *shown = printable(path, strlen(path));

	return vc_fail(err, errnum, "cannot %s '%s/%s'", what, x->u->label, shown);
}

static int open_dir(const struct extraction *x, const char *path)
{
	return *path ? open_beneath(x->u->dirfd, path, O_PATH | O_DIRECTORY) :
		       openat(x->u->dirfd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* As mkdir -p, and opens the last; a link among the parts is an error. */
static int make_dir(const struct extraction *x, const char *path)
{
	_cleanup_close_ int dir = open_dir(x, "");

	while (dir >= 0 && *path) {
		size_t len = strcspn(path, "/");
		_cleanup_free_ char *part = xstrndup(path, len);
		int next = -1;

		if (mkdirat(dir, part, 0777) == 0 || errno == EEXIST)
			next = open_beneath(dir, part, O_PATH | O_DIRECTORY);
		vc_cleanup_close(&dir);
		dir = next;
		path += len + (path[len] == '/');
	}
	return steal_fd(&dir);
}

/* Opens the directory that the member goes to. */
static int enter(struct extraction *x, const char *path, const char *base,
		 struct vc_error *err)
{
	_cleanup_free_ char *parent =
		xstrndup(path, base > path ? (size_t)(base - path) - 1 : 0);

	if (x->parent_path && !strcmp(x->parent_path, parent))
		return 0;
	vc_cleanup_close(&x->parent);
	free(x->parent_path);
	x->parent_path = NULL;
	x->parent = open_dir(x, parent);
	if (x->parent < 0 && errno == ENOENT)
		x->parent = make_dir(x, parent);
	if (x->parent < 0)
		return fail_at(x, errno == EXDEV ? ELOOP : errno, "enter directory",
			       parent, err);
	x->parent_path = steal_ptr(parent);
	return 0;
}

/* docker's rule: a directory and something else do not replace each other. */
static int clear_place(struct extraction *x, struct place *p, bool dir,
		       struct vc_error *err)
{
	p->exists = fstatat(x->parent, p->base, &p->st, AT_SYMLINK_NOFOLLOW) == 0;
	if (!p->exists)
		return 0;
	if (S_ISDIR(p->st.st_mode) && !dir)
		return fail_at(x, 0, "overwrite directory with non-directory", p->path,
			       err);
	if (!S_ISDIR(p->st.st_mode) && dir)
		return fail_at(x, 0, "overwrite non-directory with directory", p->path,
			       err);
	if (!dir && unlinkat(x->parent, p->base, 0) < 0)
		return fail_at(x, errno, "replace", p->path, err);
	return 0;
}

static int set_fd(const struct extraction *x, int fd, const struct directory *d)
{
	const struct timespec times[2] = { { 0, UTIME_OMIT }, d->mtime };

	/* a change of owner takes setuid away: the mode comes after it */
	if (x->u->owners && fchown(fd, d->uid, d->gid) < 0)
		return -1;
	return fchmod(fd, d->mode) < 0 || futimens(fd, times) < 0 ? -1 : 0;
}

static int set_name(const struct extraction *x, const char *base,
		    const struct untar_member *m)
{
	const struct timespec times[2] = { { 0, UTIME_OMIT }, m->mtime };

	if (x->u->owners &&
	    fchownat(x->parent, base, m->uid, m->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	return utimensat(x->parent, base, times, AT_SYMLINK_NOFOLLOW);
}

static struct directory attributes(const struct untar_member *m)
{
	return (struct directory){ NULL, m->mode, m->uid, m->gid, m->mtime };
}

static int put_dir(struct extraction *x, const struct place *p,
		   const struct untar_member *m, struct vc_error *err)
{
	if (!p->exists && mkdirat(x->parent, p->base, 0700) < 0)
		return fail_at(x, errno, "create directory", p->path, err);
	if (x->n_dirs == x->cap_dirs) {
		x->cap_dirs = x->cap_dirs ? x->cap_dirs * 2 : 64;
		x->dirs = xrealloc(x->dirs, x->cap_dirs * sizeof(*x->dirs));
	}
	x->dirs[x->n_dirs] = attributes(m);
	x->dirs[x->n_dirs++].path = xstrdup(p->path);
	return 0;
}

static int put_file(struct extraction *x, struct untar_reader *r,
		    const struct place *p, const struct untar_member *m,
		    struct vc_error *err)
{
	_cleanup_close_ int fd = openat(x->parent, p->base,
					O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
						O_CLOEXEC,
					0600);
	const struct directory d = attributes(m);
	struct stat st;

	if (fd < 0)
		return fail_at(x, errno, "create", p->path, err);
	if (untar_content(r, fd, err) < 0)
		return vc_wrap(err, "'%s/%s'", x->u->label, p->path);
	if (fstat(fd, &st) < 0 || set_fd(x, fd, &d) < 0)
		return fail_at(x, errno, "set mode and time of", p->path, err);
	hard_links_meet(&x->made, st.st_dev, st.st_ino, "");
	return 0;
}

static int put_hard_link(struct extraction *x, const struct place *p,
			 const struct untar_member *m, struct vc_error *err)
{
	_cleanup_free_ char *target = untar_place(x->u, m->hard);
	const char *slash = strrchr(target, '/');
	const char *base = slash ? slash + 1 : target;
	_cleanup_free_ char *dir =
		xstrndup(target, slash ? (size_t)(slash - target) : 0);
	_cleanup_close_ int fd = open_dir(x, dir);
	struct stat st;

	if (fd < 0 || fstatat(fd, base, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_at(x, errno, "find link target", target, err);
	if (!hard_links_meet(&x->made, st.st_dev, st.st_ino, ""))
		return fail_at(x, 0, "link to something that was not in the archive:",
			       target, err);
	if (linkat(fd, base, x->parent, p->base, 0) < 0)
		return fail_at(x, errno, "create link", p->path, err);
	return 0;
}

static int put_symlink(struct extraction *x, const struct place *p,
		       const struct untar_member *m, struct vc_error *err)
{
	if (symlinkat(m->link, x->parent, p->base) < 0)
		return fail_at(x, errno, "create", p->path, err);
	if (set_name(x, p->base, m) < 0)
		return fail_at(x, errno, "set owner and time of", p->path, err);
	return 0;
}

static int put_fifo(struct extraction *x, const struct place *p,
		    const struct untar_member *m, struct vc_error *err)
{
	if (mkfifoat(x->parent, p->base, 0600) < 0)
		return fail_at(x, errno, "create", p->path, err);
	if (set_name(x, p->base, m) < 0 ||
	    fchmodat(x->parent, p->base, m->mode, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_at(x, errno, "set mode and time of", p->path, err);
	return 0;
}

static int put_member(struct extraction *x, struct untar_reader *r,
		      const struct untar_member *m, struct vc_error *err)
{
	_cleanup_free_ char *path = untar_place(x->u, m->clean);
	const char *slash = strrchr(path, '/');
	struct place p = { .path = path, .base = slash ? slash + 1 : path };

	/* the user's own directory stays as it is; and a link to itself would
	 * only remove the file */
	if (!*path || (m->hard && !strcmp(m->hard, m->clean)))
		return 0;
	if (m->type == '3') {
		log_note("'%s' is a device: left out", p.path);
		return 0;
	}
	if (enter(x, path, p.base, err) < 0 ||
	    clear_place(x, &p, m->type == '5', err) < 0)
		return -1;
	switch (m->type) {
	case '0':
		return put_file(x, r, &p, m, err);
	case '1':
		return put_hard_link(x, &p, m, err);
	case '2':
		return put_symlink(x, &p, m, err);
	case '5':
		return put_dir(x, &p, m, err);
	default:
		return put_fifo(x, &p, m, err);
	}
}

/* The deepest first: what is above may then be closed to us. */
static int finish_dirs(struct extraction *x, struct vc_error *err)
{
	for (size_t i = x->n_dirs; i-- > 0;) {
		const struct directory *d = &x->dirs[i];
		_cleanup_close_ int fd =
			open_beneath(x->u->dirfd, d->path, O_RDONLY | O_DIRECTORY);

		if (fd < 0 || set_fd(x, fd, d) < 0)
			return fail_at(x, errno, "set mode and time of", d->path, err);
	}
	return 0;
}

static void extraction_release(struct extraction *x)
{
	for (size_t i = 0; i < x->n_dirs; i++)
		free(x->dirs[i].path);
	free(x->dirs);
	free(x->parent_path);
	vc_cleanup_close(&x->parent);
	hard_links_release(&x->made);
}

int untar_extract(const struct untar *u, const struct extent *archive,
		  struct vc_error *err)
{
	_cleanup_untar_reader_ struct untar_reader *r =
		untar_reader_new(archive, u->content);
	struct extraction x = { .u = u, .parent = -1 };
	const struct untar_member *m;
	int n;

	while ((n = untar_next(r, &m, err)) > 0) {
		n = put_member(&x, r, m, err);
		if (n < 0)
			break;
	}
	if (n == 0)
		n = finish_dirs(&x, err);
	extraction_release(&x);
	return n;
}

static int check_member(const struct untar *u, const struct untar_member *m,
			const char *top, struct vc_error *err)
{
	if (m->type == '3' && !u->skip_devices)
		return vc_fail(err, EPERM, "cannot create device '%s'", m->clean);
	if (u->content)
		return 0;
	/* else a guest could put files beside what was asked for */
	if (!*m->clean || !untar_same_top(m->clean, top) ||
	    (m->hard && !untar_same_top(m->hard, top)))
		return vc_fail(err, 0, "'%s' in the archive is not below '%s'", m->name, top);
	return 0;
}

int untar_check(const struct untar *u, const struct extent *archive,
		struct untar_info *ret, struct vc_error *err)
{
	_cleanup_untar_reader_ struct untar_reader *r =
		untar_reader_new(archive, u->content);
	struct untar_info info = { .empty = true };
	_cleanup_free_ char *top = NULL;
	const struct untar_member *m;
	int n;

	while ((n = untar_next(r, &m, err)) > 0) {
		if (info.empty) {
			info.is_dir = m->type == '5';
			top = xstrdup(m->clean);
		}
		info.empty = false;
		if (check_member(u, m, top, err) < 0)
			return -1;
	}
	if (n < 0)
		return -1;
	*ret = info;
	return 0;
}
