/*
 * A directory as a tar, made while it is read.
 *
 * The top directory itself is no member: its owner and mode are those of a
 * directory of the user's, not of the image's "/".
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "dir_holes.h"
#include "dir_tar.h"
#include "dir_walk.h"
#include "hard_links.h"
#include "vc/layer.h"
#include "vc/log.h"
#include "vc/util.h"
#include "xattr_records.h"

struct dir_tar {
	struct byte_source source;
	char *label;
	struct dir_walk *walk;
	struct hard_links links;
	struct buf pending;  /* header and padding to hand out */
	bool keep_holes;
	int file;            /* whose content comes after pending; -1: none */
	struct sparse_map map; /* of what is in it */
	size_t piece;        /* of the map */
	uint64_t done;       /* of the piece */
	size_t padding;      /* behind it */
	char *path;          /* of it, for messages */
	bool ended;
};

/* The file behind the entry, and no other that took its place meanwhile. */
static int open_entry(const struct dir_entry *e, struct vc_error *err)
{
	int fd = openat(e->dirfd, e->name,
			O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
				O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return vc_fail(err, errno, "cannot open '%s'%s", e->path,
			       errno == EACCES ?
				       " (its owner or root can pack it)" : "");
	if (fstat(fd, &st) < 0 || st.st_ino != e->st.st_ino ||
	    st.st_dev != e->st.st_dev) {
		close(fd);
		return vc_fail(err, 0, "'%s' was replaced while it was read",
			       e->path);
	}
	return fd;
}

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

static int read_link(const struct dir_entry *e, char **ret, struct vc_error *err)
{
	_cleanup_free_ char *target = xcalloc(1, PATH_MAX + 1);
	ssize_t n = readlinkat(e->dirfd, e->name, target, PATH_MAX);

	if (n < 0)
		return vc_fail(err, errno, "cannot read the link '%s'", e->path);
	*ret = steal_ptr(target);
	return 0;
}

/* Its size in the tar, and the map of a sparse one, which comes first. */
static void start_file(struct dir_tar *t, const struct dir_entry *e, int fd,
		       struct tar_entry *h, struct buf *records,
		       struct buf *text)
{
	uint64_t size = (uint64_t)e->st.st_size;

	t->file = fd;
	t->piece = 0;
	t->done = 0;
	t->map.n = 0;
	if (t->keep_holes && dir_holes(fd, &e->st, &t->map))
		h->size = dir_holes_put(&t->map, e->path, size, records, text);
	else if (size)
		sparse_add(&t->map, 0, e->st.st_size);
	if (!text->len)
		h->size = size;
	t->padding = tar_padding(h->size);
	free(t->path);
	t->path = xstrdup(e->path);
}

static int put_entry(struct dir_tar *t, const struct dir_entry *e,
		     struct vc_error *err)
{
	_cleanup_buf_ struct buf records = BUF_INIT;
	_cleanup_buf_ struct buf text = BUF_INIT; /* of a sparse map */
	_cleanup_free_ char *name = NULL;
	_cleanup_free_ char *target = NULL;
	_cleanup_close_ int fd = -1;
	struct tar_entry h = {
		.type = tar_type(e->st.st_mode),
		.mode = e->st.st_mode,
		.uid = e->st.st_uid,
		.gid = e->st.st_gid,
		.mtime = e->st.st_mtim.tv_sec,
		.mtime_ns = (uint32_t)e->st.st_mtim.tv_nsec,
		.dev_major = major(e->st.st_rdev),
		.dev_minor = minor(e->st.st_rdev),
		.records = &records,
	};

	name = xasprintf("%s%s", e->path, h.type == '5' ? "/" : "");
	h.name = name;
	if (h.type != '5' && e->st.st_nlink > 1) {
		h.link = hard_links_meet(&t->links, e->st.st_dev, e->st.st_ino,
					 e->path);
		if (h.link)
			h.type = '1';
	}
	if (h.type == '2') {
		if (read_link(e, &target, err) < 0)
			return -1;
		h.link = target;
	}
	if (h.type == '0' || h.type == '5') {
		fd = open_entry(e, err);
		if (fd < 0 || xattr_records(fd, e->path, &records, err) < 0)
			return -1;
	}
	if (h.type == '0')
		start_file(t, e, steal_fd(&fd), &h, &records, &text);
	tar_put_header(&t->pending, &h);
	buf_add(&t->pending, buf_ptr(&text), text.len);
	return 0;
}

static int next_entry(struct dir_tar *t, struct vc_error *err)
{
	struct dir_entry e;
	int r = dir_walk_next(t->walk, &e, err);

	if (r < 0)
		return -1;
	if (r == 0) {
		/* two blocks of zeros end a tar */
		tar_put_zeros(&t->pending, 2 * TAR_BLOCK);
		t->ended = true;
		return 0;
	}
	if (S_ISSOCK(e.st.st_mode)) {
		log_note("'%s' is a socket: left out", e.path);
		return 0;
	}
	return put_entry(t, &e, err);
}

/* 0: it was the last of it. */
static ssize_t read_file(struct dir_tar *t, void *data, size_t len,
			 struct vc_error *err)
{
	const struct tar_piece *p;
	ssize_t n;

	while (t->piece < t->map.n && t->done == t->map.v[t->piece].len) {
		t->piece++;
		t->done = 0;
	}
	if (t->piece == t->map.n) {
		vc_cleanup_close(&t->file);
		t->file = -1;
		tar_put_zeros(&t->pending, t->padding);
		return 0;
	}
	p = &t->map.v[t->piece];
	if (len > p->len - t->done)
		len = (size_t)(p->len - t->done);
	do
		n = pread(t->file, data, len, (off_t)(p->at + t->done));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return vc_fail(err, errno, "cannot read '%s'", t->path);
	if (n == 0)
		return vc_fail(err, 0, "'%s' became shorter while it was read",
			       t->path);
	t->done += (uint64_t)n;
	return n;
}

static ssize_t dir_tar_read(struct byte_source *s, void *data, size_t len,
			    struct vc_error *err)
{
	struct dir_tar *t = (struct dir_tar *)s;
	ssize_t n;

	while (len) {
		if (t->pending.len) {
			if (len > t->pending.len)
				len = t->pending.len;
			memcpy(data, buf_ptr(&t->pending), len);
			buf_consume(&t->pending, len);
			return (ssize_t)len;
		}
		if (t->file >= 0) {
			n = read_file(t, data, len, err);
			if (n < 0)
				return vc_wrap(err, "'%s'", t->label);
			if (n > 0)
				return n;
			continue;
		}
		if (t->ended)
			return 0;
		if (next_entry(t, err) < 0)
			return vc_wrap(err, "'%s'", t->label);
	}
	return 0;
}

static void dir_tar_free(struct byte_source *s)
{
	struct dir_tar *t = (struct dir_tar *)s;

	dir_walk_free(t->walk);
	hard_links_release(&t->links);
	buf_release(&t->pending);
	vc_cleanup_close(&t->file);
	sparse_release(&t->map);
	free(t->path);
	free(t->label);
	free(t);
}

struct byte_source *dir_tar_source(int dirfd, const char *label)
{
	struct dir_tar *t = xcalloc(1, sizeof(*t));

	t->source.read = dir_tar_read;
	t->source.free = dir_tar_free;
	t->label = xstrdup(label);
	t->walk = dir_walk_new(dirfd);
	t->file = -1;
	return &t->source;
}

struct byte_source *dir_tar_source_with_holes(int dirfd, const char *label)
{
	struct byte_source *s = dir_tar_source(dirfd, label);

	((struct dir_tar *)s)->keep_holes = true;
	return s;
}
