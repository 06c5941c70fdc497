/*
 * The data of files, through libsquashfs' block processor: blocks and
 * fragments are compressed by its threads, duplicates found, zeros left out.
 *
 * Blocks that lie in holes of the tree's files are never read nor fed: a file
 * of 1 TiB with nothing in it costs its list of blocks only.
 */
#include <stdlib.h>
#include <string.h>

#include "entry.h"
#include "squashfs.h"
#include "vc/log.h"
#include "vc/util.h"

/* Read at once; a multiple of any block size. */
#define CHUNK (1u << 20)
#define PROGRESS_EVERY (16ull << 20)

/* Blocks [first, end) of a file that its runs touch. */
struct span {
	uint64_t first, end;
};

static bool next_span(const struct squashfs *w, const struct tree_inode *i,
		      uint32_t *run, struct span *ret)
{
	if (*run == i->n_runs)
		return false;
	ret->first = ret->end = i->runs[*run].logical / w->block_size;
	while (*run < i->n_runs &&
	       i->runs[*run].logical / w->block_size <= ret->end) {
		const struct data_run *r = &i->runs[(*run)++];

		ret->end = (r->logical + r->len - 1) / w->block_size + 1;
	}
	return true;
}

/* --- feeding ------------------------------------------------------------- */

struct feed {
	struct squashfs *w;
	char *chunk;
	uint64_t done, shown;
};

static void show_progress(struct feed *f, uint64_t more)
{
	f->done += more;
	if (f->done - f->shown < PROGRESS_EVERY)
		return;
	f->shown = f->done;
	progress("compressing: %llu of %llu MiB",
		 (unsigned long long)(f->done >> 20),
		 (unsigned long long)(tree_totals(f->w->tree)->stored_bytes >>
				      20));
}

static int feed_span(struct feed *f, const struct tree_inode *i,
		     const struct span *s, struct vc_error *err)
{
	uint64_t at = s->first * f->w->block_size;
	uint64_t end = s->end * f->w->block_size;
	int r;

	if (end > i->size)
		end = i->size;
	while (at < end) {
		size_t n = end - at < CHUNK ? (size_t)(end - at) : CHUNK;

		if (inode_read(i, at, f->chunk, n, err) < 0)
			return -1;
		r = sqfs_block_processor_append(f->w->processor, f->chunk, n);
		if (r)
			return squashfs_fail(err, f->w->file, r, "write data");
		at += n;
		show_progress(f, n);
	}
	return 0;
}

static int feed_file(struct feed *f, const struct tree_inode *i,
		     struct vc_error *err)
{
	struct squashfs *w = f->w;
	struct span s;
	uint32_t run = 0;
	int r;

	r = sqfs_block_processor_begin_file(w->processor, &w->files[i->number],
					    NULL, 0);
	if (r)
		return squashfs_fail(err, w->file, r, "write data");
	while (next_span(w, i, &run, &s))
		if (feed_span(f, i, &s, err) < 0)
			return -1;
	r = sqfs_block_processor_end_file(w->processor);
	return r ? squashfs_fail(err, w->file, r, "write data") : 0;
}

static int feed_tree(struct feed *f, struct vc_error *err)
{
	const struct squashfs *w = f->w;

	for (struct tree_node *n = tree_root(w->tree); n; n = tree_next(n)) {
		const struct tree_inode *i = n->inode;

		if (i->type != INODE_FILE || w->files[i->number])
			continue;
		if (feed_file(f, i, err) < 0)
			return entry_wrap(err, n);
	}
	return 0;
}

int squashfs_put_data(struct squashfs *w, struct vc_error *err)
{
	_cleanup_free_ char *chunk = xmalloc(CHUNK);
	struct feed f = { .w = w, .chunk = chunk };
	int r;

	if (feed_tree(&f, err) < 0)
		return -1;
	r = sqfs_block_processor_finish(w->processor);
	progress_end();
	return r ? squashfs_fail(err, w->file, r, "write data") : 0;
}

/* --- putting holes back --------------------------------------------------- */

/* Blocks the inode lists: a tail that is in a fragment is none. */
static uint64_t listed_blocks(const struct squashfs *w,
			      const struct tree_inode *i,
			      const sqfs_inode_generic_t *fed)
{
	uint32_t index = SQUASHFS_NO_FRAGMENT, offset;
	uint64_t n = i->size / w->block_size;

	sqfs_inode_get_frag_location(fed, &index, &offset);
	return n + (i->size % w->block_size && index == SQUASHFS_NO_FRAGMENT);
}

static sqfs_inode_generic_t *with_room(const sqfs_inode_generic_t *fed,
				       uint64_t blocks)
{
	sqfs_inode_generic_t *new;
	size_t bytes = (size_t)blocks * sizeof(uint32_t);

	new = xcalloc(1, sizeof(*new) + bytes);
	memcpy(new, fed, sizeof(*new));
	new->payload_bytes_available = new->payload_bytes_used =
		(uint32_t)bytes;
	return new;
}

sqfs_inode_generic_t *squashfs_take_file(struct squashfs *w,
					 const struct tree_inode *i)
{
	sqfs_inode_generic_t *fed = steal_ptr(w->files[i->number]), *whole;
	uint64_t blocks = listed_blocks(w, i, fed), fed_size = 0;
	struct span s;
	uint32_t run = 0, from = 0;

	sqfs_inode_get_file_size(fed, &fed_size);
	if (fed_size == i->size)
		return fed;
	whole = with_room(fed, blocks);
	while (next_span(w, i, &run, &s))
		for (uint64_t b = s.first; b < s.end && b < blocks; b++)
			whole->extra[b] = fed->extra[from++];
	sqfs_free(fed);
	sqfs_inode_make_extended(whole);
	whole->data.file_ext.sparse += i->size - fed_size;
	whole->data.file_ext.file_size = i->size;
	return whole;
}
