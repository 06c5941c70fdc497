/* Sparse maps that stand among a member's blocks. */
#ifndef LAYER_TAR_MAP_H
#define LAYER_TAR_MAP_H

#include "tar_input.h"
#include "tar_sparse.h"

/* Both: 1, 0 when the map is damaged, -1. */

/* The blocks that continue an old GNU header. */
int map_read_blocks(struct tar_input *in, struct sparse_map *map,
		    struct vc_error *err);
/* GNU 1.0: lines before the data, in blocks of their own; takes them off
 * *left. */
int map_read_lines(struct tar_input *in, uint64_t *left,
		   struct sparse_map *map, struct vc_error *err);

#endif
