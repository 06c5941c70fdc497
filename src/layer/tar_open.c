/* libarchive over an extent: it reads in chunks and skips what it likes. */
#include "tar_open.h"

#include <errno.h>
#include <stdlib.h>

#include "vc/util.h"

#define CHUNK (256u * 1024u)

static la_ssize_t read_cb(struct archive *a, void *data, const void **ret)
{
	struct tar_open *t = data;
	uint64_t left = t->extent->size - t->at;
	size_t n = left > CHUNK ? CHUNK : (size_t)left;

	*ret = t->chunk;
	if (n && extent_read(t->extent, t->at, t->chunk, n, &t->err) < 0) {
		archive_set_error(a, EIO, "cannot read");
		return -1;
	}
	t->at += n;
	return (la_ssize_t)n;
}

/* Never past the end, so that a missing end is noticed. */
static la_int64_t skip_cb(struct archive *a, void *data, la_int64_t want)
{
	struct tar_open *t = data;
	uint64_t left = t->extent->size - t->at;
	uint64_t n = (uint64_t)want > left ? left : (uint64_t)want;

	(void)a;
	t->at += n;
	return (la_int64_t)n;
}

void tar_open_init(struct tar_open *t, const struct extent *extent)
{
	*t = (struct tar_open){
		.a = archive_read_new(),
		.extent = extent,
		.chunk = xmalloc(CHUNK),
	};
	if (!t->a || archive_read_support_format_tar(t->a) != ARCHIVE_OK)
		vc_oom();
	archive_read_set_read_callback(t->a, read_cb);
	archive_read_set_skip_callback(t->a, skip_cb);
	archive_read_set_callback_data(t->a, t);
}

void tar_open_release(struct tar_open *t)
{
	archive_read_free(t->a);
	vc_error_release(&t->err);
	free(t->chunk);
}

bool tar_open_take_error(struct tar_open *t, struct vc_error *err)
{
	if (!t->err.msg)
		return false;
	vc_error_release(err);
	*err = t->err;
	t->err = (struct vc_error){ 0 };
	return true;
}
