/*
 * The squashfs writer: squashfs 4.0 through libsquashfs.
 *
 * Same tree and options, same bytes, however many threads: libsquashfs writes
 * blocks in the order in which they were fed.  There is no export table (NFS
 * servers want one) and, where nothing has attributes, no table of those.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>

#include "entry.h"
#include "fs.h"
#include "squashfs.h"
#include "vc/log.h"
#include "vc/util.h"

#define BLOCK_SIZE_DEFAULT (128u << 10)
#define BLOCK_SIZE_MIN 4096u
#define BLOCK_SIZE_MAX (1u << 20)
#define THREADS_MAX 64u
/* Blocks that wait for a thread or for their turn to be written. */
#define BACKLOG_BYTES (32u << 20)
/* The image is a whole number of these, as a disk must be. */
#define PAD_TO 4096u

/* --- options ---------------------------------------------------------------- */

struct compressor {
	SQFS_COMPRESSOR id;
	const char *name;
	int max_level; /* levels count from 1 */
	int level;     /* the usual one; 0: what libsquashfs takes */
};

/*
 * By enum fs_compression.  zstd's usual level is zstd's own, not the 15 of
 * libsquashfs and mksquashfs: that takes 15 times as long and makes images a
 * tenth smaller.  lz4 knows two levels, plain (0) and "HC" (1).
 */
static const struct compressor compressors[] = {
	[FS_COMPRESSION_ZSTD] = { SQFS_COMP_ZSTD, "zstd", 22, 3 },
	[FS_COMPRESSION_LZ4] = { SQFS_COMP_LZ4, "lz4", 1, 0 },
	[FS_COMPRESSION_GZIP] = { SQFS_COMP_GZIP, "gzip", 9, 0 },
	[FS_COMPRESSION_XZ] = { SQFS_COMP_XZ, "xz", 9, 0 },
};

static int check_options(const struct fs_options *o, struct vc_error *err)
{
	const struct compressor *c = &compressors[o->compression];
	uint32_t bs = o->block_size;

	if (bs && (bs < BLOCK_SIZE_MIN || bs > BLOCK_SIZE_MAX || bs & (bs - 1)))
		return vc_fail_usage(err, "a block size of %u: squashfs has "
					  "powers of two from 4096 to 1048576",
				     bs);
	if (o->level < 0 || o->level > c->max_level)
		return vc_fail_usage(err, "level %d: %s has levels 1 to %d",
				     o->level, c->name, c->max_level);
	return 0;
}

static int make_compressor(struct squashfs *w, const struct fs_options *o,
			   uint16_t flags, sqfs_compressor_t **ret,
			   struct vc_error *err)
{
	const struct compressor *c = &compressors[o->compression];
	int level = o->level ? o->level : c->level;
	bool lz4 = o->compression == FS_COMPRESSION_LZ4;
	sqfs_compressor_config_t cfg;
	int r;

	if (lz4 && level)
		flags |= SQFS_COMP_FLAG_LZ4_HC;
	r = sqfs_compressor_config_init(&cfg, c->id, w->block_size, flags);
	if (!r && level && !lz4)
		cfg.level = (uint32_t)level;
	if (!r)
		r = sqfs_compressor_create(&cfg, ret);
	return r ? squashfs_fail(err, w->file, r, "set up compression") : 0;
}

static unsigned thread_count(const struct fs_options *o)
{
	unsigned n = o->threads;
	cpu_set_t cpus;

	if (!n)
		n = sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ?
			    (unsigned)CPU_COUNT(&cpus) : 1;
	return n < THREADS_MAX ? n : THREADS_MAX;
}

/* --- setting up ------------------------------------------------------------- */

static int start_image(struct squashfs *w, const struct fs_options *o,
		       struct vc_error *err)
{
	sqfs_file_t *f = &w->file->base;
	int r = sqfs_super_init(&w->super, w->block_size,
				entry_time32(o->epoch),
				compressors[o->compression].id);

	if (!r) /* to be written again when the rest is */
		r = sqfs_super_write(&w->super, f);
	if (r)
		return squashfs_fail(err, w->file, r, "write the super block");
	r = w->cmp->write_options(w->cmp, f);
	if (r < 0)
		return squashfs_fail(err, w->file, r, "write the super block");
	if (r > 0)
		w->super.flags |= SQFS_FLAG_COMPRESSOR_OPTIONS;
	w->super.inode_count = (uint32_t)tree_totals(w->tree)->inodes;
	return 0;
}

static int make_processor(struct squashfs *w, unsigned threads,
			  struct vc_error *err)
{
	const sqfs_block_processor_desc_t desc = {
		.size = sizeof(desc),
		.max_block_size = w->block_size,
		.num_workers = threads,
		.max_backlog = w->backlog,
		.cmp = w->cmp,
		.wr = w->block_writer,
		.tbl = w->fragments,
		/* duplicates are compared, not only their 32-bit hashes */
		.file = &w->file->base,
		.uncmp = w->uncmp,
	};
	int r = sqfs_block_processor_create_ex(&desc, &w->processor);

	return r ? squashfs_fail(err, w->file, r, "start compressing") : 0;
}

static void make_tables(struct squashfs *w)
{
	sqfs_file_t *f = &w->file->base;

	w->block_writer = sqfs_block_writer_create(f, PAD_TO, 0);
	w->fragments = sqfs_frag_table_create(0);
	w->ids = sqfs_id_table_create(0);
	w->xattrs = sqfs_xattr_writer_create(0);
	w->inode_table = sqfs_meta_writer_create(f, w->cmp, 0);
	w->dir_table = sqfs_meta_writer_create(f, w->cmp,
					       SQFS_META_WRITER_KEEP_IN_MEMORY);
	if (!w->block_writer || !w->fragments || !w->ids || !w->xattrs ||
	    !w->inode_table || !w->dir_table)
		vc_oom();
	w->dirs = sqfs_dir_writer_create(w->dir_table, 0);
	if (!w->dirs)
		vc_oom();
}

static void make_arrays(struct squashfs *w)
{
	size_t n = (size_t)tree_totals(w->tree)->inodes + 1;

	w->files = xcalloc(n, sizeof(*w->files));
	w->refs = xcalloc(n, sizeof(*w->refs));
	for (size_t i = 0; i < n; i++)
		w->refs[i] = SQUASHFS_NO_REF;
}

static int set_up(struct squashfs *w, const struct fs_options *o,
		  const char *path, struct vc_error *err)
{
	w->file = squashfs_file_open(path, O_RDWR, err);
	if (!w->file ||
	    make_compressor(w, o, 0, &w->cmp, err) < 0 ||
	    make_compressor(w, o, SQFS_COMP_FLAG_UNCOMPRESS, &w->uncmp,
			    err) < 0 ||
	    start_image(w, o, err) < 0)
		return -1;
	make_tables(w);
	make_arrays(w);
	w->backlog = BACKLOG_BYTES / w->block_size;
	if (w->backlog < 2 * thread_count(o))
		w->backlog = 2 * thread_count(o);
	return make_processor(w, thread_count(o), err);
}

/* After a failure: blocks still on their way would be lost memory.  Each call
 * takes at least one, be its writing an error again. */
static void drain(struct squashfs *w)
{
	for (unsigned n = 0; n <= w->backlog; n++)
		if (sqfs_block_processor_sync(w->processor) == 0)
			return;
}

static void release(struct squashfs *w)
{
	/* users before what they use; threads end with the processor */
	if (w->processor)
		drain(w);
	sqfs_destroy(w->processor);
	sqfs_destroy(w->dirs);
	sqfs_destroy(w->dir_table);
	sqfs_destroy(w->inode_table);
	sqfs_destroy(w->xattrs);
	sqfs_destroy(w->ids);
	sqfs_destroy(w->fragments);
	sqfs_destroy(w->block_writer);
	sqfs_destroy(w->uncmp);
	sqfs_destroy(w->cmp);
	sqfs_destroy(w->file);
	for (uint64_t i = 0; w->files && i <= tree_totals(w->tree)->inodes; i++)
		sqfs_free(w->files[i]);
	free(w->files);
	free(w->refs);
}

/* --- finishing -------------------------------------------------------------- */

static int put_tables(struct squashfs *w, struct vc_error *err)
{
	sqfs_file_t *f = &w->file->base;
	int r = sqfs_frag_table_write(w->fragments, f, &w->super, w->cmp);

	if (!r)
		r = sqfs_id_table_write(w->ids, f, &w->super, w->cmp);
	if (!r)
		r = sqfs_xattr_writer_flush(w->xattrs, f, &w->super, w->cmp);
	return r ? squashfs_fail(err, w->file, r, "write tables") : 0;
}

static int finish_image(struct squashfs *w, struct vc_error *err)
{
	sqfs_file_t *f = &w->file->base;
	uint64_t padded = (w->file->size + PAD_TO - 1) / PAD_TO * PAD_TO;
	int r;

	w->super.bytes_used = w->file->size;
	r = sqfs_super_write(&w->super, f);
	if (!r)
		r = f->truncate(f, padded);
	return r ? squashfs_fail(err, w->file, r, "write the super block") : 0;
}

static int write_image(struct squashfs *w, const struct fs_options *o,
		       const char *path, struct vc_error *err)
{
	if (set_up(w, o, path, err) < 0 || squashfs_put_data(w, err) < 0 ||
	    squashfs_put_inodes(w, err) < 0 || put_tables(w, err) < 0 ||
	    finish_image(w, err) < 0)
		return vc_wrap(err, "'%s'", path);
	if (w->xattrs_left_out)
		log_note("squashfs holds user, trusted and security attributes "
			 "only: left out others (access control lists): %llu",
			 (unsigned long long)w->xattrs_left_out);
	return 0;
}

int squashfs_write(const struct tree *t, const struct fs_options *o,
		   const char *path, struct vc_error *err)
{
	struct squashfs w = {
		.tree = t,
		.block_size = o->block_size ? o->block_size : BLOCK_SIZE_DEFAULT,
	};
	int r;

	if (check_options(o, err) < 0 || squashfs_check(&w, err) < 0)
		return -1;
	r = write_image(&w, o, path, err);
	release(&w);
	return r;
}
