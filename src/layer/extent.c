/* Bytes of files and streams as sources. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vc/layer.h"
#include "vc/util.h"

int extent_read(const struct extent *e, uint64_t at, void *data, size_t len,
		struct vc_error *err)
{
	char *p = data;

	if (at > e->size || len > e->size - at)
		return vc_fail(err, 0, "read past the end of the data");
	while (len) {
		ssize_t n = pread(e->fd, p, len, (off_t)(e->offset + at));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return vc_fail(err, errno, "cannot read");
		if (n == 0)
			return vc_fail(err, 0, "the file became shorter while "
					       "it was read");
		p += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

struct from_extent {
	struct byte_source source;
	struct extent extent;
	uint64_t at;
};

static ssize_t extent_source_read(struct byte_source *s, void *data, size_t len,
				  struct vc_error *err)
{
	struct from_extent *f = (struct from_extent *)s;
	uint64_t left = f->extent.size - f->at;

	if (len > left)
		len = (size_t)left;
	if (len && extent_read(&f->extent, f->at, data, len, err) < 0)
		return -1;
	f->at += len;
	return (ssize_t)len;
}

static void plain_free(struct byte_source *s)
{
	free(s);
}

struct byte_source *extent_source(const struct extent *e)
{
	struct from_extent *f = xcalloc(1, sizeof(*f));

	f->source.read = extent_source_read;
	f->source.free = plain_free;
	f->extent = *e;
	return &f->source;
}

struct from_stream {
	struct byte_source source;
	int fd;
	struct buf head;
};

static ssize_t stream_source_read(struct byte_source *s, void *data, size_t len,
				  struct vc_error *err)
{
	struct from_stream *f = (struct from_stream *)s;
	ssize_t n;

	if (f->head.len) {
		if (len > f->head.len)
			len = f->head.len;
		memcpy(data, buf_ptr(&f->head), len);
		buf_consume(&f->head, len);
		return (ssize_t)len;
	}
	do
		n = read(f->fd, data, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return vc_fail(err, errno, "cannot read");
	return n;
}

static void stream_source_free(struct byte_source *s)
{
	struct from_stream *f = (struct from_stream *)s;

	buf_release(&f->head);
	free(f);
}

struct byte_source *stream_source(int fd, const void *head, size_t head_len)
{
	struct from_stream *f = xcalloc(1, sizeof(*f));

	f->source.read = stream_source_read;
	f->source.free = stream_source_free;
	f->fd = fd;
	buf_add(&f->head, head, head_len);
	return &f->source;
}
