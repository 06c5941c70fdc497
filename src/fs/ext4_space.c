/*
 * Blocks in ascending order: a place in the list of what libext2fs left free
 * when it had laid out its tables.
 */
#include <stdlib.h>

#include "ext4.h"
#include "vc/util.h"

static void add_range(struct ext4_space *s, uint64_t start, uint64_t end)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 16;
		s->v = xrealloc(s->v, s->cap * sizeof(*s->v));
	}
	s->v[s->n++] = (struct ext4_range){ start, end - start };
	s->room += end - start;
}

void ext4_space_init(struct ext4_space *s, ext2_filsys fs)
{
	blk64_t at, end, last;

	*s = (struct ext4_space){ 0 };
	if (!fs)
		return;
	last = ext2fs_blocks_count(fs->super) - 1;
	at = fs->super->s_first_data_block;
	while (at <= last && !ext2fs_find_first_zero_block_bitmap2(
				     fs->block_map, at, last, &at)) {
		if (ext2fs_find_first_set_block_bitmap2(fs->block_map, at, last,
							&end))
			end = last + 1;
		add_range(s, at, end);
		at = end;
	}
}

void ext4_space_rewind(struct ext4_space *s)
{
	s->at = 0;
	s->taken = s->used = s->missing = 0;
}

void ext4_space_release(struct ext4_space *s)
{
	free(s->v);
	*s = (struct ext4_space){ 0 };
}

/* Numbers that no image has, one after the other. */
static struct ext4_range take_missing(struct ext4_space *s, uint64_t want)
{
	struct ext4_range r = { (UINT64_C(1) << 47) + s->missing, want };

	s->missing += want;
	return r;
}

struct ext4_range ext4_space_take(struct ext4_space *s, uint64_t want)
{
	const struct ext4_range *from;
	struct ext4_range r;

	if (s->at == s->n)
		return take_missing(s, want);
	from = &s->v[s->at];
	r.start = from->start + s->taken;
	r.len = from->len - s->taken;
	if (r.len > want)
		r.len = want;
	s->used += r.len;
	s->taken += r.len;
	if (s->taken == from->len) {
		s->at++;
		s->taken = 0;
	}
	return r;
}

static void mark(ext2_filsys fs, uint64_t start, uint64_t len)
{
	while (len) { /* the library counts blocks of one call in 32 bits */
		blk_t n = len > 1u << 30 ? 1u << 30 : (blk_t)len;

		ext2fs_block_alloc_stats_range(fs, start, n, +1);
		start += n;
		len -= n;
	}
}

void ext4_space_mark(const struct ext4_space *s, ext2_filsys fs)
{
	for (size_t i = 0; i < s->at; i++)
		mark(fs, s->v[i].start, s->v[i].len);
	if (s->at < s->n)
		mark(fs, s->v[s->at].start, s->taken);
}
