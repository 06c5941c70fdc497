/* A blob as a source that owns what it reads from. */
#include <stdlib.h>

#include "layout.h"
#include "vc/util.h"

struct from_blob {
	struct byte_source source;
	struct byte_source *bytes;
	int fd;
};

static ssize_t blob_read(struct byte_source *s, void *data, size_t len,
			 struct vc_error *err)
{
	struct from_blob *f = (struct from_blob *)s;

	return f->bytes->read(f->bytes, data, len, err);
}

static void blob_free(struct byte_source *s)
{
	struct from_blob *f = (struct from_blob *)s;

	f->bytes->free(f->bytes);
	vc_cleanup_close(&f->fd);
	free(f);
}

struct byte_source *blob_source(struct blob *b)
{
	struct from_blob *f = xcalloc(1, sizeof(*f));

	f->source.read = blob_read;
	f->source.free = blob_free;
	f->bytes = extent_source(&b->at);
	f->fd = steal_fd(&b->own_fd);
	return &f->source;
}
