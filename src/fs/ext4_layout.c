/*
 * How large a file system must be.  A group is as many blocks as one block
 * of bitmap has bits, or fewer; each has two bitmaps and a table of as many
 * inodes as every other, and some have a copy of the superblock and of all
 * group descriptors (sparse_super: 0, 1 and the powers of 3, 5 and 7).
 */
#include "ext4.h"
#include "vc/util.h"

#define DESC_SIZE 64
/* Blocks that libext2fs wants in the last group besides its tables; it leaves
 * a smaller one out. */
#define LAST_GROUP 50
/* Inodes of a group come in this many: whole blocks and bytes of bitmap, and
 * the reserved ones all in the first group. */
#define INODE_STEP 16

struct shape { /* of `groups` groups that hold `inodes` together */
	uint64_t groups;
	uint32_t inodes_per_group;
	uint64_t tables; /* blocks: a group's bitmaps and inodes */
	uint64_t copy;   /* blocks: a superblock and the descriptors */
};

static uint64_t div_up(uint64_t a, uint64_t b)
{
	return a / b + (a % b != 0);
}

static uint32_t max_inodes_per_group(uint32_t block_size)
{
	uint32_t bits = block_size * 8, field = 65536 - INODE_STEP;

	return bits < field ? bits : field;
}

static bool is_power_of(uint64_t n, uint64_t base)
{
	while (n % base == 0)
		n /= base;
	return n == 1;
}

static bool has_copy(uint64_t group)
{
	return group <= 1 || is_power_of(group, 3) || is_power_of(group, 5) ||
	       is_power_of(group, 7);
}

static uint64_t count_copies(uint64_t groups)
{
	static const uint64_t bases[] = { 3, 5, 7 };
	uint64_t n = groups < 2 ? groups : 2;

	for (size_t i = 0; i < ARRAY_SIZE(bases); i++)
		for (uint64_t g = bases[i]; g < groups; g *= bases[i])
			n++;
	return n;
}

static struct shape shape_of(uint32_t block_size, uint64_t groups,
			     uint64_t inodes)
{
	struct shape s = { .groups = groups };
	uint64_t n = div_up(div_up(inodes, groups), INODE_STEP) * INODE_STEP;

	s.inodes_per_group = (uint32_t)n;
	s.tables = 2 + n * EXT4_INODE_SIZE / block_size;
	s.copy = 1 + div_up(groups * DESC_SIZE, block_size);
	return s;
}

/* Blocks of all groups that hold neither data nor directories. */
static uint64_t overhead(const struct shape *s)
{
	return s->groups * s->tables + count_copies(s->groups) * s->copy;
}

/* The least that the last group may have. */
static uint64_t last_group(const struct shape *s)
{
	return s->tables + LAST_GROUP + (has_copy(s->groups - 1) ? s->copy : 0);
}

static int too_large(uint32_t block_size, struct vc_error *err)
{
	return vc_fail(err, 0, "too large for blocks of %u bytes%s", block_size,
		       block_size < 4096 ? ": choose 4096" : "");
}

static int set(struct ext4_layout *ret, const struct shape *s, uint64_t blocks,
	       uint64_t per_group, uint32_t block_size, struct vc_error *err)
{
	if (s->tables + s->copy + 8 > block_size * 8 ||
	    s->inodes_per_group * s->groups > UINT32_MAX)
		return too_large(block_size, err);
	ret->blocks = blocks + (block_size == 1024);
	ret->inodes = (uint32_t)(s->inodes_per_group * s->groups);
	ret->blocks_per_group = (uint32_t)per_group;
	return 0;
}

/* Many inodes and little else: the groups they need are made so small that
 * `blocks`, or a few more, fill them. */
static uint64_t shrink_groups(const struct shape *s, uint64_t *blocks)
{
	uint64_t last = last_group(s), least = s->tables + s->copy + LAST_GROUP;
	uint64_t size = div_up(*blocks, s->groups);

	if (size < least)
		size = least;
	size = size < 256 ? 256 : div_up(size, 8) * 8;
	if (*blocks < (s->groups - 1) * size + last)
		*blocks = (s->groups - 1) * size + last;
	return size;
}

int ext4_layout_for(uint32_t block_size, uint64_t payload, uint64_t inodes,
		    struct ext4_layout *ret, struct vc_error *err)
{
	uint64_t max = block_size * 8, per_group = max;
	uint64_t least = div_up(inodes, max_inodes_per_group(block_size));
	uint64_t groups = payload / max > least ? payload / max : least, blocks;
	struct shape s;

	if (payload > UINT64_C(1) << 40)
		return too_large(block_size, err);
	for (;; groups++) {
		s = shape_of(block_size, groups, inodes);
		blocks = overhead(&s) + payload;
		if (blocks <= groups * max)
			break;
		if (s.copy > max)
			return too_large(block_size, err);
	}
	if (blocks < (groups - 1) * max + last_group(&s)) {
		if (groups > 1 && groups == least)
			per_group = shrink_groups(&s, &blocks);
		else
			blocks = (groups - 1) * max + last_group(&s);
	}
	return set(ret, &s, blocks, per_group, block_size, err);
}

int ext4_layout_of(uint32_t block_size, uint64_t blocks, uint64_t inodes,
		   struct ext4_layout *ret, struct vc_error *err)
{
	uint64_t max = block_size * 8, per_group = max;
	uint64_t least = div_up(inodes, max_inodes_per_group(block_size));
	uint64_t net = blocks - (block_size == 1024), groups = div_up(net, max);
	struct shape s;

	if (groups < least) {
		groups = least;
		per_group = div_up(div_up(net, groups), 8) * 8;
	}
	s = shape_of(block_size, groups, inodes);
	return set(ret, &s, net, per_group, block_size, err);
}
