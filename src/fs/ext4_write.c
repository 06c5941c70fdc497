/*
 * A tree becomes an ext4 image: counted, laid out, counted again in that
 * layout, written.  The second count is needed as groups begin with tables,
 * which cut files into more extents, which may take more blocks.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ext4.h"
#include "vc/util.h"

#define INODE_RATIO 16384 /* free bytes for each free inode, as mke2fs */
#define MIB (UINT64_C(1) << 20)
#define MAX_ROUNDS 16

static void release(struct ext4 *e)
{
	ext4_unmake(e);
	ext4_space_release(&e->space);
	ext4_out_release(&e->out);
	free(e->extents.v);
	free(e->block);
	free(e->table);
	vc_cleanup_close(&e->fd);
}

static bool has_lost_found(const struct tree *t)
{
	const struct tree_node *n =
		tree_find(t, tree_root(t), "lost+found", strlen("lost+found"));

	return n != NULL;
}

static int init(struct ext4 *e, const struct tree *t, const struct fs_options *o,
		const char *path, struct vc_error *err)
{
	uint32_t size = o->block_size ? o->block_size : 4096;

	*e = (struct ext4){ .tree = t, .options = o, .block_size = size, .fd = -1 };
	ext4_out_init(&e->out, -1, size);
	ext4_space_init(&e->space, NULL);
	e->own_lost_found = has_lost_found(t);
	e->block = xcalloc(1, size);
	if (size != 1024 && size != 2048 && size != 4096)
		return vc_fail_usage(err, "an ext4 block has 1024, 2048 or 4096 "
					  "bytes, not %u", size);
	if (o->label && strlen(o->label) > EXT2_LABEL_LEN)
		return vc_fail_usage(err, "the label '%s' is longer than %d bytes",
				     o->label, EXT2_LABEL_LEN);
	e->fd = open(path, O_RDWR | O_CLOEXEC);
	if (e->fd < 0)
		return vc_fail(err, errno, "cannot open '%s'", path);
	return 0;
}

/* --- how large --------------------------------------------------------------- */

/* Blocks the tree takes in the present layout, whether it has them or not. */
static int count(struct ext4 *e, uint64_t *ret, struct vc_error *err)
{
	ext4_space_rewind(&e->space);
	if (ext4_fill(e, err) < 0)
		return -1;
	*ret = e->space.used + e->space.missing;
	return 0;
}

/* How many blocks are missing if `spare` are to stay free. */
static int lack(struct ext4 *e, uint64_t spare, uint64_t *ret,
		struct vc_error *err)
{
	uint64_t wanted;

	if (count(e, &wanted, err) < 0)
		return -1;
	wanted += spare;
	*ret = wanted > e->space.room ? wanted - e->space.room : 0;
	return 0;
}

/* The smallest layout that holds `payload` blocks, the tree's, and `spare`
 * more blocks and inodes. */
static int lay_out(struct ext4 *e, uint64_t payload, uint64_t spare,
		   uint64_t spare_inodes, struct ext4_layout *ret,
		   struct vc_error *err)
{
	uint64_t inodes = ext4_inode_count(e) + spare_inodes, missing;

	payload += spare;
	for (int i = 0; i < MAX_ROUNDS; i++) {
		if (ext4_layout_for(e->block_size, payload, inodes, ret, err) < 0 ||
		    ext4_make(e, ret, err) < 0 ||
		    lack(e, spare, &missing, err) < 0)
			return -1;
		if (!missing)
			return 0;
		payload += missing;
	}
	return vc_fail(err, 0, "cannot find out how large the image must be");
}

static uint64_t spare_inodes(const struct ext4 *e, uint64_t blocks)
{
	return blocks * e->block_size / INODE_RATIO;
}

static uint64_t spare_blocks(const struct ext4 *e, const struct ext4_layout *least)
{
	const struct fs_options *o = e->options;
	uint64_t bytes, size = e->block_size;

	bytes = least->blocks * size / 100 * o->free_percent;
	if (__builtin_add_overflow(bytes, o->free, &bytes))
		bytes = UINT64_MAX; /* too large for any layout */
	return bytes / size + (bytes % size != 0);
}

/* Free inodes are given up where they are too many for a small rest. */
static int use_size(struct ext4 *e, const struct ext4_layout *least,
		    struct vc_error *err)
{
	uint64_t blocks = e->options->size / e->block_size;
	uint64_t inodes, missing;
	struct ext4_layout l;

	if (blocks < least->blocks)
		return vc_fail(err, 0, "the image needs at least %llu MiB",
			       (unsigned long long)((least->blocks * e->block_size +
						     MIB - 1) / MIB));
	inodes = spare_inodes(e, blocks - least->blocks);
	for (;; inodes /= 2) {
		if (ext4_layout_of(e->block_size, blocks,
				   ext4_inode_count(e) + inodes, &l, err) < 0 ||
		    ext4_make(e, &l, err) < 0 || lack(e, 0, &missing, err) < 0)
			return -1;
		if (!missing)
			return 0;
		if (!inodes) /* the last group is too small for its tables */
			return ext4_make(e, least, err);
	}
}

/* As large as mke2fs makes it for a file system of that many blocks. */
static uint32_t journal_size(const struct ext4 *e, uint64_t payload)
{
	uint64_t blocks = e->options->size / e->block_size;
	int n;

	if (!e->options->journal)
		return 0;
	if (!blocks)
		blocks = payload + e->options->free / e->block_size;
	n = ext2fs_default_journal_size(blocks);
	return n < 0 ? 1024 : (uint32_t)n;
}

static int plan(struct ext4 *e, struct vc_error *err)
{
	const struct fs_options *o = e->options;
	struct ext4_layout least, l;
	uint64_t payload, spare;

	if (count(e, &payload, err) < 0)
		return -1;
	e->journal_blocks = journal_size(e, payload);
	if (e->journal_blocks && count(e, &payload, err) < 0)
		return -1;
	if (lay_out(e, payload, 0, 0, &least, err) < 0)
		return -1;
	if (o->size)
		return use_size(e, &least, err);
	spare = spare_blocks(e, &least);
	if (!spare)
		return 0;
	return lay_out(e, payload, spare, spare_inodes(e, spare), &l, err);
}

/* --- and how it is written --------------------------------------------------- */

static int write_image(struct ext4 *e, struct vc_error *err)
{
	uint64_t size = e->options->size;

	if (!size)
		size = ext2fs_blocks_count(e->fs->super) * e->block_size;
	if (ftruncate(e->fd, 0) < 0 || ftruncate(e->fd, (off_t)size) < 0)
		return vc_fail(err, errno, "cannot make the image %llu bytes long",
			       (unsigned long long)size);
	ext4_out_init(&e->out, e->fd, e->block_size);
	ext4_space_rewind(&e->space);
	if (ext4_fill(e, err) < 0)
		return -1;
	if (e->space.missing)
		return vc_fail(err, 0, "the image has become too small");
	return ext4_finish(e, err);
}

int ext4_write(const struct tree *t, const struct fs_options *o, const char *path,
	       struct vc_error *err)
{
	struct ext4 e;
	int r = -1;

	if (init(&e, t, o, path, err) == 0 && plan(&e, err) == 0)
		r = write_image(&e, err);
	release(&e);
	return r < 0 ? vc_wrap(err, "write the ext4 image") : 0;
}
