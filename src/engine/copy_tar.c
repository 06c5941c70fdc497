/* Packing, made while it is read. */
#include "engine/copy_tar.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "engine/copy_header.h"
#include "engine/copy_walk.h"
#include "layer/hard_links.h"
#include "vc/log.h"
#include "vc/util.h"

#define PROGRESS_EVERY (8ull << 20)

struct copy_tar {
	struct byte_source source;
	struct copy_tar_spec spec;
	struct stat top;         /* of spec.path */
	int top_fd;              /* -1: it is no directory */
	struct copy_walk *walk;
	struct hard_links links;
	struct buf pending;      /* to hand out before the file's content */
	int file;                /* -1: none */
	uint64_t left;           /* of it */
	size_t padding;          /* behind it */
	char *path;              /* of it, for messages */
	char *last;              /* member name last put */
	uint64_t sent;
	bool ended;
};

/* An entry on its way: at `name` below dirfd, to be called `member`. */
struct item {
	int dirfd;
	const char *name, *member, *path;
	const struct stat *st;
};

static char tar_type(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFLNK:
		return '2';
	case S_IFCHR:
		return '3';
	case S_IFBLK:
		return '4';
	case S_IFDIR:
		return '5';
	case S_IFIFO:
		return '6';
	default:
		return '0';
	}
}

/* The file that was looked at, and no other that took its place meanwhile. */
static int open_content(struct copy_tar *t, const struct item *i,
			struct vc_error *err)
{
	_cleanup_close_ int fd = openat(i->dirfd, i->name,
					O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
						O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return vc_fail(err, errno, "cannot open '%s'", i->path);
	if (fstat(fd, &st) < 0 || st.st_ino != i->st->st_ino ||
	    st.st_dev != i->st->st_dev)
		return vc_fail(err, 0, "'%s' was replaced while it was read", i->path);
	t->file = steal_fd(&fd);
	free(t->path);
	t->path = xstrdup(i->path);
	return 0;
}

static int put(struct copy_tar *t, const struct item *i, struct vc_error *err)
{
	_cleanup_free_ char *member = xasprintf(
		"%s%s", i->member, S_ISDIR(i->st->st_mode) ? "/" : "");
	_cleanup_free_ char *target = NULL;
	struct tar_entry e = {
		.name = member,
		.type = tar_type(i->st->st_mode),
		.mode = i->st->st_mode,
		.uid = t->spec.owned_by_root ? 0 : i->st->st_uid,
		.gid = t->spec.owned_by_root ? 0 : i->st->st_gid,
		.mtime = i->st->st_mtime,
		.dev_major = major(i->st->st_rdev),
		.dev_minor = minor(i->st->st_rdev),
	};

	if (e.type == '2') {
		target = xcalloc(1, PATH_MAX + 1);
		if (readlinkat(i->dirfd, i->name, target, PATH_MAX) < 0)
			return vc_fail(err, errno, "cannot read the link '%s'", i->path);
		e.link = target;
	} else if (e.type == '0' && i->st->st_nlink > 1 && !t->spec.no_hard_links) {
		e.link = hard_links_meet(&t->links, i->st->st_dev, i->st->st_ino,
					 member);
		e.type = e.link ? '1' : '0';
	}
	if (e.type == '0') {
		if (open_content(t, i, err) < 0)
			return -1;
		e.size = t->left = (uint64_t)i->st->st_size;
		t->padding = tar_padding(e.size);
	}
	copy_put_header(&t->pending, &e);
	free(t->last);
	t->last = steal_ptr(member);
	return 0;
}

/* Something below the directory was put, which was itself left out. */
static bool is_needed(const struct copy_tar *t, const char *member)
{
	size_t n = strlen(member);

	return t->last && !strncmp(t->last, member, n) && t->last[n] == '/';
}

static int put_entry(struct copy_tar *t, const struct copy_walk_entry *e,
		     struct vc_error *err)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", t->spec.path, e->path);
	_cleanup_free_ char *member = xasprintf(
		"%s%s%s", t->spec.name, *t->spec.name ? "/" : "", e->path);
	const struct item item = { e->dirfd, e->name, member, path, &e->st };
	bool is_dir = S_ISDIR(e->st.st_mode);
	enum copy_want want = COPY_TAKE;

	if (t->spec.want)
		want = t->spec.want(t->spec.data, e->path, is_dir);
	if (is_dir && !e->leaving) {
		if (want == COPY_LEAVE)
			copy_walk_skip(t->walk);
		return 0;
	}
	if (want != COPY_TAKE && !(is_dir && is_needed(t, member)))
		return 0;
	if (S_ISSOCK(e->st.st_mode)) {
		log_note("'%s' is a socket: left out", path);
		return 0;
	}
	return put(t, &item, err);
}

static int put_top(struct copy_tar *t, struct vc_error *err)
{
	const struct item item = { AT_FDCWD, t->spec.path, t->spec.name,
				   t->spec.path, &t->top };

	return *t->spec.name ? put(t, &item, err) : 0;
}

static int next(struct copy_tar *t, struct vc_error *err)
{
	struct copy_walk_entry e;
	int r = t->walk ? copy_walk_next(t->walk, &e, err) : 0;

	if (r < 0)
		return -1;
	if (r > 0)
		return put_entry(t, &e, err);
	if (t->spec.path) {
		r = put_top(t, err);
		t->spec.path = NULL;
		return r;
	}
	/* two blocks of zeros end a tar */
	tar_put_zeros(&t->pending, (size_t)2 * TAR_BLOCK);
	t->ended = true;
	return 0;
}

static ssize_t read_file(struct copy_tar *t, void *data, size_t len,
			 struct vc_error *err)
{
	ssize_t n;

	if (len > t->left)
		len = (size_t)t->left;
	do
		n = len ? read(t->file, data, len) : 0;
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return vc_fail(err, errno, "cannot read '%s'", t->path);
	if (n == 0 && t->left)
		return vc_fail(err, 0, "'%s' became shorter while it was read", t->path);
	t->left -= (uint64_t)n;
	if (!t->left) {
		vc_cleanup_close(&t->file);
		t->file = -1;
		tar_put_zeros(&t->pending, t->padding);
	}
	return n;
}

static void count(struct copy_tar *t, size_t n)
{
	if (t->sent / PROGRESS_EVERY != (t->sent + n) / PROGRESS_EVERY)
		progress("sending files: %llu MiB",
			 (unsigned long long)((t->sent + n) >> 20));
	t->sent += n;
}

static ssize_t copy_tar_read(struct byte_source *s, void *data, size_t len,
			     struct vc_error *err)
{
	struct copy_tar *t = (struct copy_tar *)s;
	ssize_t n = 0;

	while (len && !n) {
		if (t->pending.len) {
			n = (ssize_t)(len < t->pending.len ? len : t->pending.len);
			memcpy(data, buf_ptr(&t->pending), (size_t)n);
			buf_consume(&t->pending, (size_t)n);
		} else if (t->file >= 0) {
			n = read_file(t, data, len, err); /* 0: an empty file */
		} else if (t->ended) {
			return 0;
		} else if (next(t, err) < 0) {
			return -1;
		}
	}
	if (n > 0)
		count(t, (size_t)n);
	return n;
}

static void copy_tar_free(struct byte_source *s)
{
	struct copy_tar *t = (struct copy_tar *)s;

	progress_end();
	copy_walk_free(t->walk);
	hard_links_release(&t->links);
	buf_release(&t->pending);
	vc_cleanup_close(&t->top_fd);
	vc_cleanup_close(&t->file);
	free(t->path);
	free(t->last);
	free(t);
}

/* Faults that are there now are found now, before a VM is started. */
static int open_top(struct copy_tar *t, struct vc_error *err)
{
	const struct copy_tar_spec *s = &t->spec;

	if (lstat(s->path, &t->top) < 0)
		return vc_fail(err, errno, "cannot open '%s'", s->path);
	if (S_ISSOCK(t->top.st_mode))
		return vc_fail(err, 0, "cannot copy '%s': it is a socket", s->path);
	if (S_ISREG(t->top.st_mode) && faccessat(AT_FDCWD, s->path, R_OK, AT_EACCESS) < 0)
		return vc_fail(err, errno, "cannot open '%s'", s->path);
	if (!S_ISDIR(t->top.st_mode))
		return 0;
	t->top_fd = open(s->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (t->top_fd < 0)
		return vc_fail(err, errno, "cannot open '%s'", s->path);
	t->walk = copy_walk_new(t->top_fd, s->path);
	return 0;
}

int copy_tar_open(const struct copy_tar_spec *spec, struct buf *head,
		  struct byte_source **ret, struct vc_error *err)
{
	struct copy_tar *t = xcalloc(1, sizeof(*t));

	t->source.read = copy_tar_read;
	t->source.free = copy_tar_free;
	t->spec = *spec;
	t->top_fd = t->file = -1;
	if (head) {
		t->pending = *head;
		*head = (struct buf)BUF_INIT;
	}
	if (open_top(t, err) < 0) {
		copy_tar_free(&t->source);
		return -1;
	}
	*ret = &t->source;
	return 0;
}
