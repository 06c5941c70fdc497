/* The bytes of files: blocks that a run touches are there, others are holes. */
#include "ext4.h"

struct stretch { /* blocks one after the other, and the runs in them */
	const struct data_run *runs, *end;
	uint64_t first, blocks;
};

/* Goes on as long as the next run begins in the same block or the next. */
static struct stretch stretch_at(const struct data_run *r,
				 const struct data_run *end, uint32_t size)
{
	struct stretch s = { .runs = r, .first = r->logical / size };
	uint64_t behind = s.first;

	for (; r < end && r->logical / size <= behind; r++)
		behind = (r->logical + r->len - 1) / size + 1;
	s.end = r;
	s.blocks = behind - s.first;
	return s;
}

/* What of the runs from *run on lies in [from, to) of the file goes to `at`. */
static int copy_runs(struct ext4 *e, const struct stretch *s,
		     const struct data_run **run, uint64_t from, uint64_t to,
		     uint64_t at, struct vc_error *err)
{
	for (; *run < s->end && (*run)->logical < to; (*run)++) {
		const struct data_run *r = *run;
		uint64_t low = r->logical > from ? r->logical : from;
		uint64_t end = r->logical + r->len, high = end < to ? end : to;

		if (low < high &&
		    ext4_out_copy(&e->out, at + (low - from), r->fd,
				  r->at + (low - r->logical), high - low, err) < 0)
			return -1;
		if (end > to)
			return 0; /* goes on in the next piece */
	}
	return 0;
}

static int put_stretch(struct ext4 *e, const struct stretch *s,
		       struct vc_error *err)
{
	const struct data_run *run = s->runs;
	uint64_t size = e->block_size, done = 0;

	while (done < s->blocks) {
		uint64_t logical = s->first + done;
		struct ext4_range r =
			ext4_extents_take(e, logical, s->blocks - done);

		if (!ext4_measuring(e) &&
		    copy_runs(e, s, &run, logical * size, (logical + r.len) * size,
			      r.start * size, err) < 0)
			return -1;
		done += r.len;
	}
	return 0;
}

int ext4_data_put(struct ext4 *e, const struct tree_inode *t,
		  struct vc_error *err)
{
	uint32_t r = 0;

	while (r < t->n_runs) {
		struct stretch s = stretch_at(t->runs + r, t->runs + t->n_runs,
					      e->block_size);

		if (put_stretch(e, &s, err) < 0)
			return -1;
		r += (uint32_t)(s.end - s.runs);
	}
	return 0;
}
