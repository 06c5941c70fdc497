/* Sparse files of the host. */
#ifndef LAYER_DIR_HOLES_H
#define LAYER_DIR_HOLES_H

#include <stdbool.h>
#include <sys/stat.h>

#include "tar_sparse.h"
#include "vc/buf.h"

/* Where the data of an open file is; false, and an empty map, when it has no
 * holes worth it. */
bool dir_holes(int fd, const struct stat *st, struct sparse_map *map);
/* The PAX records for it, and the map as text, a multiple of 512 bytes long;
 * the size of text and data. */
uint64_t dir_holes_put(const struct sparse_map *map, const char *name,
		       uint64_t size, struct buf *records, struct buf *text);

#endif
