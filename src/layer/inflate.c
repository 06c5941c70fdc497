/*
 * Taking one level of compression off a byte stream, with both sides hashed.
 *
 * The filter is chosen by us (compression_detect) and appended explicitly:
 * libarchive's own bidding would take off as many levels as it finds.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>

#include "gzip_check.h"
#include "vc/layer.h"
#include "vc/util.h"

#define CHUNK (128u * 1024u)

struct inflating {
	struct byte_source *in;
	struct hash *in_hash;
	struct gzip_check *gzip; /* NULL: no gzip, or the output is hashed */
	struct vc_error in_err;  /* why reading the input failed, if it did */
	bool in_done;
	char chunk[CHUNK];
};

static void inflating_free(struct inflating **x)
{
	if (!*x)
		return;
	vc_error_release(&(*x)->in_err);
	free(*x);
}

static ssize_t next_chunk(struct inflating *x)
{
	ssize_t n = x->in->read(x->in, x->chunk, CHUNK, &x->in_err);

	if (n > 0 && x->in_hash)
		hash_update(x->in_hash, x->chunk, (size_t)n);
	if (n > 0 && x->gzip)
		gzip_check_in(x->gzip, x->chunk, (size_t)n);
	if (n <= 0)
		x->in_done = true;
	return n;
}

static la_ssize_t read_cb(struct archive *a, void *data, const void **ret)
{
	struct inflating *x = data;
	ssize_t n = x->in_done ? 0 : next_chunk(x);

	*ret = x->chunk;
	if (n < 0)
		archive_set_error(a, EIO, "cannot read");
	return n;
}

static void archive_cleanup(struct archive **a)
{
	archive_read_free(*a);
}

static int fail_inflate(struct archive *a, enum compression how,
			struct vc_error *err)
{
	const char *why = archive_error_string(a);

	/* "Unrecognized archive format": what the raw reader says when the
	 * filter did not get out a single byte */
	if (!why || str_starts(why, "Unrecognized"))
		return vc_fail(err, 0, "the %s data is truncated, damaged or "
				       "empty", compression_name(how));
	return vc_fail(err, 0, "the %s data is truncated or damaged: %s",
		       compression_name(how), why);
}

static int filter_code(enum compression how)
{
	switch (how) {
	case COMPRESSION_GZIP:
		return ARCHIVE_FILTER_GZIP;
	case COMPRESSION_ZSTD:
		return ARCHIVE_FILTER_ZSTD;
	case COMPRESSION_XZ:
		return ARCHIVE_FILTER_XZ;
	case COMPRESSION_BZIP2:
		return ARCHIVE_FILTER_BZIP2;
	case COMPRESSION_NONE:
		break;
	}
	return ARCHIVE_FILTER_NONE;
}

static int put(struct inflating *x, const void *data, size_t len,
	       struct spool *out, struct hash *out_hash, struct vc_error *err)
{
	if (out_hash)
		hash_update(out_hash, data, len);
	if (x->gzip)
		gzip_check_out(x->gzip, data, len);
	return spool_write(out, data, len, err);
}

static int inflate(struct inflating *x, enum compression how, struct spool *out,
		   struct hash *out_hash, struct vc_error *err)
{
	__attribute__((cleanup(archive_cleanup))) struct archive *a =
		archive_read_new();
	struct archive_entry *entry;
	const void *data;
	la_int64_t at;
	size_t len;
	int r;

	if (!a)
		vc_oom();
	if (archive_read_append_filter(a, filter_code(how)) != ARCHIVE_OK ||
	    archive_read_support_format_raw(a) != ARCHIVE_OK)
		return vc_fail(err, 0, "this libarchive cannot read %s",
			       compression_name(how));
	if (archive_read_open(a, x, NULL, read_cb, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(a, &entry) != ARCHIVE_OK)
		return fail_inflate(a, how, err);
	while ((r = archive_read_data_block(a, &data, &len, &at)) == ARCHIVE_OK)
		if (put(x, data, len, out, out_hash, err) < 0)
			return -1;
	if (r != ARCHIVE_EOF)
		return fail_inflate(a, how, err);
	return 0;
}

static int copy(struct inflating *x, struct spool *out, struct hash *out_hash,
		struct vc_error *err)
{
	ssize_t n;

	while ((n = next_chunk(x)) > 0)
		if (put(x, x->chunk, (size_t)n, out, out_hash, err) < 0)
			return -1;
	return 0;
}

int inflate_to_spool(struct byte_source *in, enum compression how,
		     struct spool *out, struct hash *in_hash,
		     struct hash *out_hash, struct extent *ret,
		     struct vc_error *err)
{
	__attribute__((cleanup(inflating_free))) struct inflating *x =
		xcalloc(1, sizeof(*x));
	struct gzip_check gzip = { 0 };
	uint64_t start = out->used;
	int r;

	x->in = in;
	x->in_hash = in_hash;
	if (how == COMPRESSION_GZIP && !out_hash)
		x->gzip = &gzip;
	r = how == COMPRESSION_NONE ? copy(x, out, out_hash, err) :
				      inflate(x, how, out, out_hash, err);
	/* what the filter left unread counts too */
	while ((r == 0 || (in_hash && err->errnum != ENOSPC)) && !x->in_done)
		next_chunk(x);
	if (x->in_err.msg) {
		vc_error_release(err);
		*err = x->in_err;
		x->in_err = (struct vc_error){ 0 };
		return -1;
	}
	if (r < 0)
		return -1;
	if (x->gzip && gzip_check_end(x->gzip) < 0)
		return vc_fail(err, 0, "the gzip data is damaged: its check sum "
				       "is wrong");
	*ret = (struct extent){ out->fd, start, out->used - start };
	return 0;
}
