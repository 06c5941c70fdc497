/*
 * Where the parts of a file lie.  Up to four extents are in the inode itself;
 * more are in blocks, which are filled from the first to the last, as nothing
 * will be inserted between them, and these are mapped in the same way.
 */
#include <stdlib.h>
#include <string.h>

#include "ext4.h"
#include "vc/util.h"

#define MAX_LEN 32768u /* blocks, of an extent that holds data */
#define IN_INODE 4

/* Does the extent go on with these? */
static bool extend(struct ext4_extent *x, uint64_t logical, uint64_t start,
		   uint32_t blocks)
{
	if ((uint64_t)x->logical + x->blocks != logical || x->start + x->blocks != start ||
	    x->blocks + blocks > MAX_LEN)
		return false;
	x->blocks += blocks;
	return true;
}

static void add(struct ext4_extents *x, uint64_t logical, uint64_t start,
		uint32_t blocks)
{
	if (x->n && extend(&x->v[x->n - 1], logical, start, blocks))
		return;
	if (x->n == x->cap) {
		x->cap = x->cap ? x->cap * 2 : 64;
		x->v = xrealloc(x->v, x->cap * sizeof(*x->v));
	}
	x->v[x->n++] = (struct ext4_extent){ (uint32_t)logical, blocks, start };
}

struct ext4_range ext4_extents_take(struct ext4 *e, uint64_t logical,
				    uint64_t want)
{
	struct ext4_range r = ext4_space_take(&e->space, want);

	for (uint64_t at = 0; at < r.len; at += MAX_LEN) {
		uint64_t n = r.len - at < MAX_LEN ? r.len - at : MAX_LEN;

		add(&e->extents, logical + at, r.start + at, (uint32_t)n);
	}
	e->inode_blocks += r.len;
	return r;
}

/* --- the tree --------------------------------------------------------------- */

static void set_header(void *node, size_t entries, size_t max, unsigned depth)
{
	struct ext3_extent_header h = {
		.eh_magic = EXT3_EXT_MAGIC,
		.eh_entries = (uint16_t)entries,
		.eh_max = (uint16_t)max,
		.eh_depth = (uint16_t)depth,
	};

	memcpy(node, &h, sizeof(h));
}

/* Entries of a leaf, or of a node that maps nodes: both are of one size. */
static void set_entries(void *node, const struct ext4_extent *v, size_t n,
			unsigned depth)
{
	char *p = (char *)node + sizeof(struct ext3_extent_header);

	for (size_t i = 0; i < n; i++, p += sizeof(struct ext3_extent)) {
		struct ext3_extent leaf = {
			.ee_block = v[i].logical,
			.ee_len = (uint16_t)v[i].blocks,
			.ee_start_hi = (uint16_t)(v[i].start >> 32),
			.ee_start = (uint32_t)v[i].start,
		};
		struct ext3_extent_idx index = {
			.ei_block = v[i].logical,
			.ei_leaf = (uint32_t)v[i].start,
			.ei_leaf_hi = (uint16_t)(v[i].start >> 32),
		};

		if (depth)
			memcpy(p, &index, sizeof(index));
		else
			memcpy(p, &leaf, sizeof(leaf));
	}
}

static int put_node(struct ext4 *e, uint32_t ino, uint64_t block,
		    const struct ext4_extent *v, size_t n, size_t max,
		    unsigned depth, struct vc_error *err)
{
	/* the checksum stands behind the last entry there is room for */
	size_t end = sizeof(struct ext3_extent_header) +
		     max * sizeof(struct ext3_extent);
	uint32_t sum;

	memset(e->block, 0, e->block_size);
	set_header(e->block, n, max, depth);
	set_entries(e->block, v, n, depth);
	sum = ext4_inode_csum(e, ino, e->block, end);
	memcpy(e->block + end, &sum, sizeof(sum));
	return ext4_out_put(&e->out, block * e->block_size, e->block,
			    e->block_size, err);
}

/* Packs the extents into blocks; these blocks are the extents then. */
static int put_level(struct ext4 *e, uint32_t ino, unsigned depth,
		     struct vc_error *err)
{
	struct ext4_extents *x = &e->extents;
	size_t max = (e->block_size - sizeof(struct ext3_extent_header)) /
		     sizeof(struct ext3_extent);
	size_t nodes = 0;

	for (size_t at = 0; at < x->n; at += max) {
		size_t n = x->n - at < max ? x->n - at : max;
		uint64_t block = ext4_space_take(&e->space, 1).start;

		if (!ext4_measuring(e) && put_node(e, ino, block, x->v + at, n,
						   max, depth, err) < 0)
			return -1;
		x->v[nodes++] = (struct ext4_extent){
			.logical = x->v[at].logical, .start = block
		};
	}
	e->inode_blocks += nodes;
	x->n = nodes;
	return 0;
}

int ext4_extents_finish(struct ext4 *e, uint32_t ino, union ext4_inode *i,
			struct vc_error *err)
{
	unsigned depth = 0;

	while (e->extents.n > IN_INODE)
		if (put_level(e, ino, depth++, err) < 0)
			return -1;
	i->i.i_flags |= EXT4_EXTENTS_FL;
	set_header(i->i.i_block, e->extents.n, IN_INODE, depth);
	set_entries(i->i.i_block, e->extents.v, e->extents.n, depth);
	e->extents.n = 0;
	return 0;
}
