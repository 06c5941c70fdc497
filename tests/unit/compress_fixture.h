/* Compressing for the tests, by libarchive's writers. */
#ifndef COMPRESS_FIXTURE_H
#define COMPRESS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>

#include "vc/buf.h"

static la_ssize_t fx_sink(struct archive *a, void *data, const void *p, size_t n)
{
	(void)a;
	buf_add(data, p, n);
	return (la_ssize_t)n;
}

/* filter: ARCHIVE_FILTER_*. */
static inline void fx_compress(const struct buf *in, int filter, struct buf *out)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();

	archive_write_add_filter(a, filter);
	archive_write_set_format_raw(a);
	archive_write_set_bytes_in_last_block(a, 1);
	assert_int_equal(archive_write_open(a, out, NULL, fx_sink, NULL), 0);
	archive_entry_set_filetype(e, AE_IFREG);
	assert_int_equal(archive_write_header(a, e), 0);
	assert_int_equal(archive_write_data(a, buf_ptr(in), in->len), in->len);
	assert_int_equal(archive_write_close(a), 0);
	archive_entry_free(e);
	archive_write_free(a);
}

#endif
