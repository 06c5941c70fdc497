/* A plain tar in an extent, opened with libarchive. */
#ifndef LAYER_TAR_OPEN_H
#define LAYER_TAR_OPEN_H

#include <archive.h>

#include "vc/layer.h"

struct tar_open {
	struct archive *a;
	const struct extent *extent; /* borrowed */
	uint64_t at;                 /* of the next byte that libarchive gets */
	char *chunk;
	struct vc_error err;         /* why reading the extent failed, if so */
};

/* `t` must not be moved until it is released; archive_read_open1() is left to
 * the caller. */
void tar_open_init(struct tar_open *t, const struct extent *extent);
void tar_open_release(struct tar_open *t);
/* After libarchive failed: that reading did, moved to *err; false when it is
 * the archive's fault. */
bool tar_open_take_error(struct tar_open *t, struct vc_error *err);

#endif
