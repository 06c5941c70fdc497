/*
 * Compressing: zlib and libzstd by themselves, since libarchive's writers put
 * a time or a file name into what they make unless they are talked out of it,
 * each version by other words.  One thread, fixed levels, no name, no time:
 * same content, same bytes.
 */
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "vc/layer.h"
#include "vc/util.h"

#define CHUNK (64u * 1024u)
#define GZIP_LEVEL 6
#define GZIP_WINDOW (15 + 16) /* 16: with a gzip header */
#define ZSTD_LEVEL 3

struct deflater {
	enum compression how;
	z_stream gzip;
	ZSTD_CCtx *zstd;
};

struct deflater *deflater_new(enum compression how)
{
	struct deflater *d = xcalloc(1, sizeof(*d));

	d->how = how;
	if (how == COMPRESSION_GZIP &&
	    deflateInit2(&d->gzip, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		vc_oom();
	if (how == COMPRESSION_ZSTD) {
		d->zstd = ZSTD_createCCtx();
		if (!d->zstd)
			vc_oom();
		ZSTD_CCtx_setParameter(d->zstd, ZSTD_c_compressionLevel,
				       ZSTD_LEVEL);
		ZSTD_CCtx_setParameter(d->zstd, ZSTD_c_checksumFlag, 1);
	}
	return d;
}

static void add_gzip(struct deflater *d, const void *data, size_t len, bool end,
		     struct buf *out)
{
	int r;

	d->gzip.next_in = (void *)(uintptr_t)data;
	d->gzip.avail_in = (uInt)len;
	do {
		buf_reserve(out, CHUNK);
		d->gzip.next_out = (Bytef *)buf_ptr(out) + out->len;
		d->gzip.avail_out = CHUNK;
		r = deflate(&d->gzip, end ? Z_FINISH : Z_NO_FLUSH);
		out->len += CHUNK - d->gzip.avail_out;
		buf_ptr(out)[out->len] = '\0';
	} while (end ? r != Z_STREAM_END : d->gzip.avail_out == 0);
}

static void add_zstd(struct deflater *d, const void *data, size_t len, bool end,
		     struct buf *out)
{
	ZSTD_inBuffer in = { data, len, 0 };
	size_t left;

	do {
		ZSTD_outBuffer to;

		buf_reserve(out, CHUNK);
		to = (ZSTD_outBuffer){ buf_ptr(out) + out->len, CHUNK, 0 };
		left = ZSTD_compressStream2(d->zstd, &to, &in,
					    end ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left)) /* of memory; there is no other */
			vc_oom();
		out->len += to.pos;
		buf_ptr(out)[out->len] = '\0';
	} while (end ? left != 0 : in.pos < in.size);
}

void deflater_add(struct deflater *d, const void *data, size_t len, bool end,
		  struct buf *out)
{
	/* zlib counts in unsigned int */
	while (len > 1u << 30) {
		deflater_add(d, data, 1u << 30, false, out);
		data = (const char *)data + (1u << 30);
		len -= 1u << 30;
	}
	if (d->how == COMPRESSION_GZIP)
		add_gzip(d, data, len, end, out);
	else if (d->how == COMPRESSION_ZSTD)
		add_zstd(d, data, len, end, out);
	else
		buf_add(out, data, len);
}

void deflater_free(struct deflater *d)
{
	if (!d)
		return;
	if (d->how == COMPRESSION_GZIP)
		deflateEnd(&d->gzip);
	ZSTD_freeCCtx(d->zstd);
	free(d);
}

void deflater_cleanup(struct deflater **d)
{
	deflater_free(*d);
}
