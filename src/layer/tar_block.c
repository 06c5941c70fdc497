/*
 * POSIX.1-2017 pax, "ustar Interchange Format", and the GNU variant of it (GNU
 * tar manual, "Basic Tar Format"), told apart by their magic.
 */
#include "tar_block.h"

#include <string.h>

#include "tar_number.h"
#include "vc/layer.h"
#include "vc/util.h"

/* where the fields are, and how long */
enum {
	NAME = 0, NAME_LEN = 100,
	MODE = 100, UID = 108, GID = 116, ID_LEN = 8,
	SIZE = 124, MTIME = 136, LONG_LEN = 12,
	CHECK = 148, CHECK_LEN = 8, TYPE = 156,
	LINK = 157, LINK_LEN = 100, MAGIC = 257,
	MAJOR = 329, MINOR = 337,
	PREFIX = 345, PREFIX_LEN = 155,
	/* star has times where the prefix ends, and a trailer */
	STAR_PREFIX_LEN = 131, STAR_TRAILER = 508,
	/* GNU */
	ATIME = 345, SPARSE = 386, SPARSE_N = 4,
	IS_EXTENDED = 482, REAL_SIZE = 483,
	/* GNU: a block of nothing but sparse map */
	MAP_N = 21, MAP_IS_EXTENDED = 504,
};

bool tar_block_is_zero(const char *p)
{
	static const char zeros[TAR_BLOCK];

	return !memcmp(p, zeros, TAR_BLOCK);
}

/* Old tars summed signed bytes. */
static bool sum_is_right(const char *p)
{
	int64_t want, u = 0, s = 0;

	if (tar_number(p + CHECK, CHECK_LEN, &want) < 0)
		return false;
	for (size_t i = 0; i < TAR_BLOCK; i++) {
		bool blank = i >= CHECK && i < CHECK + CHECK_LEN;

		u += blank ? ' ' : (unsigned char)p[i];
		s += blank ? ' ' : (signed char)p[i];
	}
	return want == u || want == s;
}

static void get_text(char *to, const char *field, size_t len)
{
	size_t n = strnlen(field, len);

	memcpy(to, field, n);
	to[n] = '\0';
}

static void get_prefixed_name(const char *p, size_t prefix_len, char *to)
{
	size_t n = strnlen(p + PREFIX, prefix_len);

	memcpy(to, p + PREFIX, n);
	if (n)
		to[n++] = '/';
	get_text(to + n, p + NAME, NAME_LEN);
}

/* Go before 1.8 wrote some long names into a prefix under GNU's magic, where
 * a time should be. */
static bool has_mistaken_prefix(const char *p)
{
	int64_t time;

	return p[ATIME] && tar_number(p + ATIME, LONG_LEN, &time) < 0;
}

static void get_name(const char *p, bool posix, bool gnu, char *to)
{
	if (posix && !memcmp(p + STAR_TRAILER, "tar", 4))
		get_prefixed_name(p, STAR_PREFIX_LEN, to);
	else if (posix || (gnu && has_mistaken_prefix(p)))
		get_prefixed_name(p, PREFIX_LEN, to);
	else
		get_text(to, p + NAME, NAME_LEN);
}

static int get_sparse(const char *p, struct tar_block *b)
{
	b->map_goes_on = p[IS_EXTENDED] != 0;
	return tar_number(p + REAL_SIZE, LONG_LEN, &b->real_size) < 0 ||
			       sparse_parse_fields(&b->map, p + SPARSE,
						   SPARSE_N) < 0 ? -1 : 0;
}

int tar_block_more_map(const char *p, struct sparse_map *map)
{
	if (sparse_parse_fields(map, p, MAP_N) < 0)
		return -1;
	return p[MAP_IS_EXTENDED] != 0;
}

int tar_block_parse(const char *p, struct tar_block *b)
{
	bool posix = !memcmp(p + MAGIC, "ustar", 6);
	bool gnu = !memcmp(p + MAGIC, "ustar  ", 8);

	*b = (struct tar_block){ .type = p[TYPE] };
	if (!sum_is_right(p) ||
	    tar_number(p + MODE, ID_LEN, &b->mode) < 0 ||
	    tar_number(p + UID, ID_LEN, &b->uid) < 0 ||
	    tar_number(p + GID, ID_LEN, &b->gid) < 0 ||
	    tar_number(p + SIZE, LONG_LEN, &b->size) < 0 || b->size < 0 ||
	    tar_number(p + MTIME, LONG_LEN, &b->mtime) < 0)
		return -1;
	get_name(p, posix, gnu, b->name);
	get_text(b->link, p + LINK, LINK_LEN);
	if ((b->type == '3' || b->type == '4') && (posix || gnu) &&
	    (tar_number(p + MAJOR, ID_LEN, &b->dev_major) < 0 ||
	     tar_number(p + MINOR, ID_LEN, &b->dev_minor) < 0))
		return -1;
	if (b->type == 'S')
		return gnu ? get_sparse(p, b) : -1;
	return 0;
}
