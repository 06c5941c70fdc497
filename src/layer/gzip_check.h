/*
 * The check sum of gzip data, which libarchive (up to 3.7 at least) does not
 * compare.  Nothing else protects an archive that is not content addressed.
 */
#ifndef LAYER_GZIP_CHECK_H
#define LAYER_GZIP_CHECK_H

#include <stddef.h>
#include <stdint.h>

struct gzip_check {
	unsigned char tail[8]; /* the last bytes of the input */
	uint32_t crc;          /* of the output */
	uint64_t in_len, out_len;
};

void gzip_check_in(struct gzip_check *g, const void *data, size_t len);
void gzip_check_out(struct gzip_check *g, const void *data, size_t len);
/* 0, or -1 when the trailer contradicts the output. */
int gzip_check_end(const struct gzip_check *g);

#endif
