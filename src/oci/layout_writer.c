/* The directory of a layout that is written, and its blobs. */
#include "layout_writer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "vc/io.h"
#include "vc/util.h"

#define CHUNK (128u * 1024u)

void layout_writer_free(struct layout_writer *w)
{
	if (!w)
		return;
	vc_cleanup_close(&w->blobs);
	vc_cleanup_close(&w->dirfd);
	free(w->label);
	free(w);
}

void layout_writer_cleanup(struct layout_writer **w)
{
	layout_writer_free(*w);
}

static int is_empty(int dirfd, bool *ret, struct vc_error *err)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	size_t n = 0;

	if (!dir) {
		vc_fail(err, errno, "cannot list it");
		vc_cleanup_close(&fd);
		return -1;
	}
	while (n < 3 && readdir(dir))
		n++;
	closedir(dir);
	*ret = n < 3; /* "." and ".." */
	return 0;
}

static int make_marker(struct layout_writer *w, struct vc_error *err)
{
	static const char text[] = "{\"imageLayoutVersion\":\"1.0.0\"}";
	_cleanup_close_ int fd = open_beneath(w->dirfd, "oci-layout",
					      O_RDONLY | O_NONBLOCK);
	bool empty = false;

	if (fd >= 0)
		return 0;
	if (is_empty(w->dirfd, &empty, err) < 0)
		return -1;
	if (!empty)
		return vc_fail(err, 0, "it holds something else than an OCI "
				       "layout: name a directory of its own");
	return write_file_at(w->dirfd, "oci-layout", 0644, text,
			     sizeof(text) - 1, err);
}

static int make_dir(int dirfd, const char *name, struct vc_error *err)
{
	if (mkdirat(dirfd, name, 0755) < 0 && errno != EEXIST)
		return vc_fail(err, errno, "cannot create '%s'", name);
	return 0;
}

static int open_layout(struct layout_writer *w, struct vc_error *err)
{
	if (make_dirs(w->label, 0755, err) < 0)
		return -1;
	w->dirfd = open(w->label, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->dirfd < 0)
		return vc_fail(err, errno, "cannot open it");
	if (make_marker(w, err) < 0 || make_dir(w->dirfd, "blobs", err) < 0 ||
	    make_dir(w->dirfd, "blobs/sha256", err) < 0)
		return -1;
	w->blobs = open_beneath(w->dirfd, "blobs/sha256",
				O_RDONLY | O_DIRECTORY);
	if (w->blobs < 0)
		return vc_fail(err, errno, "cannot open 'blobs/sha256'");
	return 0;
}

int layout_writer_open(const char *path, struct layout_writer **ret,
		       struct vc_error *err)
{
	_cleanup_layout_writer_ struct layout_writer *w =
		xcalloc(1, sizeof(*w));

	w->dirfd = w->blobs = -1;
	w->label = xstrdup(path);
	if (open_layout(w, err) < 0)
		return vc_wrap(err, "OCI layout '%s'", path);
	*ret = steal_ptr(w);
	return 0;
}

struct writing {
	struct layout_writer *w;
	int fd;
	struct hash *plain, *stored;
	struct deflater *deflater;
	struct buf out;
	uint64_t size;
};

static int put(struct writing *x, const void *data, size_t len, bool end,
	       struct vc_error *err)
{
	hash_update(x->plain, data, len);
	deflater_add(x->deflater, data, len, end, &x->out);
	hash_update(x->stored, buf_ptr(&x->out), x->out.len);
	if (write_all(x->fd, buf_ptr(&x->out), x->out.len, err) < 0)
		return -1;
	x->size += x->out.len;
	buf_clear(&x->out);
	return 0;
}

static int put_all(struct writing *x, struct byte_source *in,
		   struct vc_error *err)
{
	_cleanup_free_ char *chunk = xmalloc(CHUNK);
	ssize_t n;

	while ((n = in->read(in, chunk, CHUNK, err)) > 0)
		if (put(x, chunk, (size_t)n, false, err) < 0)
			return -1;
	return n < 0 ? -1 : put(x, "", 0, true, err);
}

static void take_digest(struct hash *h, char *ret, size_t size)
{
	char hex[HASH_HEX_MAX];

	hash_finish(h, hex);
	snprintf(ret, size, "sha256:%s", hex);
}

/* The blob is there under its digest, or not at all. */
static int write_blob(struct writing *x, struct byte_source *in,
		      const char *temporary, struct layout_blob *b,
		      struct vc_error *err)
{
	int blobs = x->w->blobs;

	if (put_all(x, in, err) < 0)
		return -1;
	take_digest(x->plain, b->diff_id, sizeof(b->diff_id));
	take_digest(x->stored, b->digest, sizeof(b->digest));
	b->size = x->size;
	if (fsync(x->fd) < 0 ||
	    renameat(blobs, temporary, blobs, b->digest + 7) < 0)
		return vc_fail(err, errno, "cannot write");
	return 0;
}

static int add_blob(struct writing *x, struct byte_source *in,
		    struct layout_blob *b, struct vc_error *err)
{
	_cleanup_free_ char *temporary =
		xasprintf(".%d-%u.tmp", (int)getpid(), x->w->next++);
	_cleanup_close_ int fd = openat(x->w->blobs, temporary,
					O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
					0644);

	if (fd < 0)
		return vc_fail(err, errno, "cannot create a blob");
	x->fd = fd;
	if (write_blob(x, in, temporary, b, err) < 0) {
		unlinkat(x->w->blobs, temporary, 0);
		return -1;
	}
	return 0;
}

int layout_writer_add(struct layout_writer *w, struct byte_source *in,
		      enum compression how, struct layout_blob *ret,
		      struct vc_error *err)
{
	_cleanup_hash_ struct hash *plain = hash_new(HASH_SHA256);
	_cleanup_hash_ struct hash *stored = hash_new(HASH_SHA256);
	_cleanup_deflater_ struct deflater *deflater = NULL;
	struct writing x = { .w = w, .plain = plain, .stored = stored };
	struct layout_blob b = { .compression = how };
	int r;

	if (how != COMPRESSION_NONE && how != COMPRESSION_GZIP &&
	    how != COMPRESSION_ZSTD)
		return vc_fail(err, 0, "layers are not written as %s: use gzip "
				       "or zstd", compression_name(how));
	x.deflater = deflater = deflater_new(how);
	r = add_blob(&x, in, &b, err);
	buf_release(&x.out);
	if (r < 0)
		return vc_wrap(err, "OCI layout '%s'", w->label);
	*ret = b;
	return 0;
}

int layout_writer_add_bytes(struct layout_writer *w, const void *data,
			    size_t len, struct layout_blob *ret,
			    struct vc_error *err)
{
	_cleanup_buf_ struct buf copy = BUF_INIT;
	struct parts *p = parts_new();
	struct byte_source *s;
	int r;

	buf_add(&copy, data, len);
	parts_add_bytes(p, &copy);
	s = parts_source(p);
	r = layout_writer_add(w, s, COMPRESSION_NONE, ret, err);
	s->free(s);
	return r;
}
