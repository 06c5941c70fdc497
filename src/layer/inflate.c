/*
 * Taking one level of compression off a byte stream, with its input hashed.
 *
 * The filter is chosen by us (compression_detect) and appended explicitly:
 * libarchive's own bidding would take off as many levels as it finds.
 */
#include "inflate.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "empty.h"
#include "gzip_check.h"
#include "vc/util.h"

#define CHUNK (128u * 1024u)
/* Tiny inputs may swell as they like: an empty layer of a few blocks does. */
#define RATIO_FROM (32ull << 20)

struct inflating {
	struct byte_source source;
	struct byte_source *in;
	struct hash *in_hash;
	enum compression how;
	bool check;
	struct gzip_check gzip;
	struct archive *a;       /* NULL: not begun, or no compression */
	const char *block;       /* of the output, not handed out yet */
	size_t block_len;
	uint32_t max_ratio;
	uint64_t in_len, out_len;
	struct vc_error in_err;  /* why reading the input failed, if it did */
	bool in_done, ended;
	size_t held;             /* of chunk: read before it was known what */
	char head[COMPRESSED_NOTHING]; /* the input's first bytes */
	char chunk[CHUNK];
};

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static ssize_t read_input(struct inflating *x, char *data, size_t len)
{
	ssize_t n = x->in->read(x->in, data, len, &x->in_err);

	if (n <= 0) {
		x->in_done = true;
		return n;
	}
	if (x->in_len < sizeof(x->head))
		memcpy(x->head + x->in_len, data,
		       smaller((size_t)n, sizeof(x->head) - (size_t)x->in_len));
	x->in_len += (uint64_t)n;
	if (x->in_hash)
		hash_update(x->in_hash, data, (size_t)n);
	if (x->check && x->how == COMPRESSION_GZIP)
		gzip_check_in(&x->gzip, data, (size_t)n);
	return n;
}

/* Bytes of the input at x->chunk. */
static ssize_t next_chunk(struct inflating *x)
{
	size_t held = x->held;

	x->held = 0;
	if (held)
		return (ssize_t)held;
	if (x->in_done)
		return x->in_err.msg ? -1 : 0;
	return read_input(x, x->chunk, CHUNK);
}

static la_ssize_t read_cb(struct archive *a, void *data, const void **ret)
{
	struct inflating *x = data;
	ssize_t n = next_chunk(x);

	*ret = x->chunk;
	if (n < 0)
		archive_set_error(a, EIO, "cannot read");
	return n;
}

static int fail_input(struct inflating *x, struct vc_error *err)
{
	vc_error_release(err);
	*err = x->in_err;
	x->in_err = (struct vc_error){ 0 };
	return -1;
}

static int fail_inflate(struct inflating *x, struct vc_error *err)
{
	const char *why = archive_error_string(x->a);

	if (x->in_err.msg)
		return fail_input(x, err);
	/* "Unrecognized archive format": what the raw reader says when the
	 * filter did not get out a single byte */
	if (!why || str_starts(why, "Unrecognized"))
		return vc_fail(err, 0, "the %s data is truncated, damaged or "
				       "empty", compression_name(x->how));
	return vc_fail(err, 0, "the %s data is truncated or damaged: %s",
		       compression_name(x->how), why);
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

/* The raw reader cannot tell "nothing in it" from damage. */
static bool is_nothing(struct inflating *x)
{
	while (!x->in_done && x->in_len <= sizeof(x->head))
		read_input(x, x->chunk, CHUNK);
	return x->in_done && !x->in_err.msg && x->in_len <= sizeof(x->head) &&
	       compressed_nothing(x->how, x->head, (size_t)x->in_len);
}

/* 0: there is no output at all, and that is how it should be. */
static int begin(struct inflating *x, struct vc_error *err)
{
	struct archive_entry *entry;

	x->a = archive_read_new();
	if (!x->a)
		vc_oom();
	if (archive_read_append_filter(x->a, filter_code(x->how)) != ARCHIVE_OK ||
	    archive_read_support_format_raw(x->a) != ARCHIVE_OK)
		return vc_fail(err, 0, "this libarchive cannot read %s",
			       compression_name(x->how));
	if (archive_read_open(x->a, x, NULL, read_cb, NULL) == ARCHIVE_OK &&
	    archive_read_next_header(x->a, &entry) == ARCHIVE_OK)
		return 1;
	return is_nothing(x) ? 0 : fail_inflate(x, err);
}

int inflating_drain(struct inflating *x, struct vc_error *err)
{
	x->held = 0;
	while (!x->in_done)
		read_input(x, x->chunk, CHUNK);
	return x->in_err.msg ? fail_input(x, err) : 0;
}

/* What the filter left unread counts too. */
static int end(struct inflating *x, struct vc_error *err)
{
	x->ended = true;
	if (inflating_drain(x, err) < 0)
		return -1;
	if (x->check && x->how == COMPRESSION_GZIP &&
	    gzip_check_end(&x->gzip) < 0)
		return vc_fail(err, 0, "the gzip data is damaged: its check sum "
				       "is wrong");
	return 0;
}

static int next_block(struct inflating *x, struct vc_error *err)
{
	const void *data;
	la_int64_t at;
	int r = x->a ? 1 : begin(x, err);

	if (r <= 0)
		return r < 0 ? -1 : end(x, err);
	r = archive_read_data_block(x->a, &data, &x->block_len, &at);
	if (r == ARCHIVE_EOF) {
		x->block_len = 0;
		return end(x, err);
	}
	if (r != ARCHIVE_OK) {
		x->block_len = 0;
		return fail_inflate(x, err);
	}
	x->block = data;
	x->out_len += x->block_len;
	if (x->check && x->how == COMPRESSION_GZIP)
		gzip_check_out(&x->gzip, data, x->block_len);
	if (x->max_ratio && x->out_len > RATIO_FROM &&
	    x->out_len / x->max_ratio > x->in_len)
		return vc_fail(err, 0, "the %s data unpacks to more than %u "
				       "times its size: refused as a bomb "
				       "(--max-ratio allows more)",
			       compression_name(x->how), x->max_ratio);
	return 0;
}

static ssize_t read_plain(struct inflating *x, void *data, size_t len,
			  struct vc_error *err)
{
	ssize_t n;

	if (x->held) {
		if (len > x->held)
			len = x->held;
		memcpy(data, x->chunk, len);
		x->held -= len;
		memmove(x->chunk, x->chunk + len, x->held);
		return (ssize_t)len;
	}
	if (x->in_done)
		return x->in_err.msg ? fail_input(x, err) : 0;
	n = read_input(x, data, len);
	return n < 0 ? fail_input(x, err) : n;
}

static ssize_t inflating_read(struct byte_source *s, void *data, size_t len,
			      struct vc_error *err)
{
	struct inflating *x = (struct inflating *)s;

	if (x->how == COMPRESSION_NONE)
		return read_plain(x, data, len, err);
	while (!x->block_len && !x->ended)
		if (next_block(x, err) < 0)
			return -1;
	if (len > x->block_len)
		len = x->block_len;
	if (!len)
		return 0;
	memcpy(data, x->block, len);
	x->block += len;
	x->block_len -= len;
	return (ssize_t)len;
}

static void source_free(struct byte_source *s)
{
	inflating_free((struct inflating *)s);
}

struct inflating *inflating_new(struct byte_source *in, struct hash *in_hash,
				uint32_t max_ratio)
{
	struct inflating *x = xcalloc(1, sizeof(*x));

	x->source.read = inflating_read;
	x->source.free = source_free;
	x->in = in;
	x->in_hash = in_hash;
	x->max_ratio = max_ratio;
	return x;
}

void inflating_set(struct inflating *x, enum compression how, bool check)
{
	x->how = how;
	x->check = check;
}

void inflating_detect(struct inflating *x, bool check)
{
	size_t have = 0;
	ssize_t n = 1;

	while (have < COMPRESSION_HEAD && n > 0) {
		n = read_input(x, x->chunk + have, CHUNK - have);
		have += n > 0 ? (size_t)n : 0;
	}
	x->held = have;
	inflating_set(x, compression_detect(x->chunk, have), check);
	if (x->check && x->how == COMPRESSION_GZIP)
		gzip_check_in(&x->gzip, x->chunk, have);
}

struct byte_source *inflating_source(struct inflating *x)
{
	return &x->source;
}

void inflating_free(struct inflating *x)
{
	if (!x)
		return;
	archive_read_free(x->a);
	vc_error_release(&x->in_err);
	free(x);
}

void inflating_cleanup(struct inflating **x)
{
	inflating_free(*x);
}
