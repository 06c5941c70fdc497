/* One header block of a tar. */
#ifndef LAYER_TAR_BLOCK_H
#define LAYER_TAR_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "tar_sparse.h"

struct tar_block {
	char name[257]; /* prefix and name */
	char link[101];
	char type;      /* as it stands there; '\0' is an old '0' */
	int64_t mode, uid, gid, size, mtime, dev_major, dev_minor;
	int64_t real_size; /* type 'S' */
	struct sparse_map map; /* type 'S'; to be released */
	bool map_goes_on;  /* in blocks that follow */
};

/* All 512 bytes are NUL. */
bool tar_block_is_zero(const char *p);
/* -1: no header, by its check sum or a field. */
int tar_block_parse(const char *p, struct tar_block *ret);

/* A block that continues an old sparse map: -1, or whether another follows. */
int tar_block_more_map(const char *p, struct sparse_map *map);

#endif
