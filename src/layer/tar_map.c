/* GNU tar manual, "Storing Sparse Files": the old format, and PAX 1.0. */
#include "tar_map.h"

#include "tar_block.h"
#include "tar_number.h"
#include "vc/util.h"

#define MAX_LINE 20 /* digits of 64 bits */

int map_read_blocks(struct tar_input *in, struct sparse_map *map,
		    struct vc_error *err)
{
	const char *p;
	int more;

	do {
		int x = input_block(in, &p, err);

		if (x <= 0)
			return x < 0 ? -1 : input_truncated(in, err);
		more = tar_block_more_map(p, map);
	} while (more > 0);
	return more < 0 ? 0 : 1;
}

static int read_line(struct tar_input *in, uint64_t *left, int64_t *ret,
		     struct vc_error *err)
{
	char line[MAX_LINE];
	size_t n = 0, have;
	const char *p;

	while (*left) {
		if (input_peek(in, &p, &have, err) < 0)
			return -1;
		if (!have)
			return input_truncated(in, err);
		input_take(in, 1);
		--*left;
		if (*p == '\n')
			return tar_decimal(line, n, ret) == 0;
		if (n == sizeof(line))
			break;
		line[n++] = *p;
	}
	return 0;
}

static int read_piece(struct tar_input *in, uint64_t *left,
		      struct sparse_map *map, struct vc_error *err)
{
	int64_t at = 0, len = 0;
	int x = read_line(in, left, &at, err);

	if (x > 0)
		x = read_line(in, left, &len, err);
	if (x > 0)
		x = sparse_add(map, at, len) == 0;
	return x;
}

int map_read_lines(struct tar_input *in, uint64_t *left,
		   struct sparse_map *map, struct vc_error *err)
{
	uint64_t before = *left;
	int64_t n = 0;
	size_t pad;
	int x = read_line(in, left, &n, err);

	for (; x > 0 && n > 0; n--)
		x = read_piece(in, left, map, err);
	if (x <= 0)
		return x;
	pad = tar_padding(before - *left);
	if (n < 0 || pad > *left)
		return 0;
	*left -= pad;
	return input_bytes(in, pad, NULL, err) < 0 ? -1 : 1;
}
