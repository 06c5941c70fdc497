/* lseek(2), SEEK_DATA and SEEK_HOLE; GNU tar manual, "PAX Format, Version
 * 1.0": the map goes before the data. */
#include "dir_holes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vc/layer.h"

/* More pieces than this cost more than their holes are worth. */
#define MAX_PIECES 10000

bool dir_holes(int fd, const struct stat *st, struct sparse_map *map)
{
	off_t at = 0, end;

	map->n = 0;
	if ((uint64_t)st->st_blocks * 512 >= (uint64_t)st->st_size)
		return false;
	while ((at = lseek(fd, at, SEEK_DATA)) >= 0 && at < st->st_size) {
		end = lseek(fd, at, SEEK_HOLE);
		if (end < 0 || map->n == MAX_PIECES)
			break;
		if (end > st->st_size)
			end = st->st_size;
		sparse_add(map, at, end - at);
		at = end;
	}
	/* ENXIO: nothing but a hole from there on */
	if ((at < 0 && errno == ENXIO) || at >= st->st_size)
		return true;
	map->n = 0;
	return false;
}

static void put_record(struct buf *records, const char *key, const char *value)
{
	tar_put_record(records, key, value, strlen(value));
}

uint64_t dir_holes_put(const struct sparse_map *map, const char *name,
		       uint64_t size, struct buf *records, struct buf *text)
{
	uint64_t stored = 0;
	char number[24];

	snprintf(number, sizeof(number), "%llu", (unsigned long long)size);
	put_record(records, "GNU.sparse.major", "1");
	put_record(records, "GNU.sparse.minor", "0");
	put_record(records, "GNU.sparse.name", name);
	put_record(records, "GNU.sparse.realsize", number);
	buf_printf(text, "%zu\n", map->n);
	for (size_t i = 0; i < map->n; i++) {
		buf_printf(text, "%llu\n%llu\n",
			   (unsigned long long)map->v[i].at,
			   (unsigned long long)map->v[i].len);
		stored += map->v[i].len;
	}
	tar_put_zeros(text, tar_padding(text->len));
	return text->len + stored;
}
