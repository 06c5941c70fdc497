/* Where the data of a sparse file belongs. */
#ifndef LAYER_TAR_SPARSE_H
#define LAYER_TAR_SPARSE_H

#include <stddef.h>
#include <stdint.h>

struct tar_piece {
	uint64_t at, len; /* in the file */
};

struct sparse_map {
	struct tar_piece *v;
	size_t n, cap;
};

void sparse_release(struct sparse_map *m);
/* -1: negative, or more pieces than anybody needs. */
int sparse_add(struct sparse_map *m, int64_t at, int64_t len);
/* "at,len,at,len": PAX records GNU.sparse.map; -1 when it is not. */
int sparse_parse(struct sparse_map *m, const char *s, size_t len);
/* Four pieces in an old GNU header, 21 in a block that continues it, of 24
 * bytes each; ends at an empty one. */
int sparse_parse_fields(struct sparse_map *m, const char *p, size_t n);
/* 0 when the pieces are in order, apart, within size and `stored` in all. */
int sparse_check(const struct sparse_map *m, uint64_t size, uint64_t stored);

#endif
