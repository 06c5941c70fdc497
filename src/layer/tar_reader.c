/* The order of things, and what overrides what, is that of Go's archive/tar
 * (reader.go). */
#include "tar_reader.h"

#include <stdlib.h>
#include <string.h>

#include "tar_block.h"
#include "tar_input.h"
#include "tar_map.h"
#include "tar_pax.h"
#include "vc/util.h"

#define MAX_SPECIAL (1u << 20) /* of a PAX header or a long name */

struct tar_reader {
	struct tar_input in;
	struct tar_member m;
	struct tar_block block;
	struct tar_pax pax;
	char *long_name, *long_link; /* GNU; owned, NULL: none */
	char *name;          /* of a sparse file; owned */
	uint64_t left;       /* of the data that is stored */
	size_t pad;          /* behind it */
	bool sparse;
	struct sparse_map map;
	size_t piece;        /* of the map */
	uint64_t piece_done; /* of the piece; without a map: of the file */
	bool marked, finished;
};

struct tar_reader *tar_reader_new(struct ahead *in, struct hash *hash)
{
	struct tar_reader *r = xcalloc(1, sizeof(*r));

	r->in = (struct tar_input){ .in = in, .hash = hash };
	pax_init(&r->pax);
	return r;
}

/* What belongs to one member. */
static void forget(struct tar_reader *r)
{
	pax_release(&r->pax);
	sparse_release(&r->block.map);
	sparse_release(&r->map);
	free(r->long_name);
	free(r->long_link);
	free(r->name);
	r->long_name = r->long_link = r->name = NULL;
	r->sparse = false;
	r->piece = 0;
	r->piece_done = 0;
}

void tar_reader_free(struct tar_reader *r)
{
	if (!r)
		return;
	forget(r);
	free(r);
}

static int fail_named(const char *name, const char *why, struct vc_error *err)
{
	_cleanup_free_ char *shown = printable(name, strlen(name));

	return vc_fail(err, 0, "entry '%s': %s", shown, why);
}

static int fail_member(const struct tar_reader *r, const char *why,
		       struct vc_error *err)
{
	return fail_named(r->m.name ? r->m.name : r->block.name, why, err);
}

static int damaged(const struct tar_reader *r, struct vc_error *err)
{
	return vc_fail(err, 0, "it is no tar, or a damaged one: there is no "
			       "header at byte %llu",
		       (unsigned long long)(r->in.at - TAR_BLOCK));
}

/* --- headers of headers --------------------------------------------------- */

static int read_special(struct tar_reader *r, struct buf *out,
			struct vc_error *err)
{
	uint64_t size = (uint64_t)r->block.size;

	if (size > MAX_SPECIAL)
		return vc_fail(err, 0, "a header of %llu bytes at byte %llu: "
				       "more than a megabyte is refused",
			       (unsigned long long)size,
			       (unsigned long long)r->in.at);
	buf_reserve(out, (size_t)size + 1);
	if (input_bytes(&r->in, size, out, err) < 0)
		return -1;
	return input_bytes(&r->in, tar_padding(size), NULL, err);
}

static int read_pax(struct tar_reader *r, struct vc_error *err)
{
	_cleanup_buf_ struct buf records = BUF_INIT;
	const char *why;

	if (read_special(r, &records, err) < 0)
		return -1;
	/* "g" is for all members that follow; docker does not look at it */
	if (r->block.type == 'g')
		return 0;
	pax_release(&r->pax);
	if (pax_parse(&r->pax, &records, &why) == 0)
		return 0;
	return fail_named(r->pax.path ? r->pax.path : r->block.name, why, err);
}

static int read_long(struct tar_reader *r, char **text, struct vc_error *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (read_special(r, &b, err) < 0)
		return -1;
	free(*text);
	*text = xstrndup(b.len ? buf_ptr(&b) : "", b.len);
	return 0;
}

/* 1: it was one that says something of the next; 0: it is a member. */
static int read_meta(struct tar_reader *r, struct vc_error *err)
{
	int x;

	switch (r->block.type) {
	case 'x':
	case 'g':
		x = read_pax(r, err);
		break;
	case 'L':
		x = read_long(r, &r->long_name, err);
		break;
	case 'K':
		x = read_long(r, &r->long_link, err);
		break;
	case 'V': /* the label of a volume */
		x = input_bytes(&r->in, (uint64_t)r->block.size +
					tar_padding((uint64_t)r->block.size),
				NULL, err);
		break;
	default:
		return 0;
	}
	return x < 0 ? -1 : 1;
}

/* --- sparse files ----------------------------------------------------------- */

/* As tar_map.h: 1, 0 when it is damaged, -1. */
static int read_old_map(struct tar_reader *r, struct vc_error *err)
{
	r->map = r->block.map;
	r->block.map = (struct sparse_map){ 0 };
	r->m.size = (uint64_t)r->block.real_size;
	return r->block.map_goes_on ? map_read_blocks(&r->in, &r->map, err) : 1;
}

static int read_any_map(struct tar_reader *r, struct vc_error *err)
{
	if (r->block.type == 'S')
		return read_old_map(r, err);
	if (r->pax.sparse_version == 10)
		return map_read_lines(&r->in, &r->left, &r->map, err);
	r->map = r->pax.map;
	r->pax.map = (struct sparse_map){ 0 };
	return 1;
}

static int read_map(struct tar_reader *r, struct vc_error *err)
{
	const struct tar_pax *p = &r->pax;
	int x;

	r->sparse = r->block.type == 'S' || p->sparse_version >= 0;
	if (!r->sparse)
		return 0;
	if (r->m.type != '0')
		return fail_member(r, "only a file can be sparse", err);
	x = read_any_map(r, err);
	if (x < 0)
		return -1;
	if (!x)
		return fail_member(r, "its sparse map is damaged", err);
	if (p->has_real_size)
		r->m.size = p->real_size < 0 ? UINT64_MAX :
					       (uint64_t)p->real_size;
	if (sparse_check(&r->map, r->m.size, r->left) < 0)
		return fail_member(r, "its sparse map does not fit its data",
				   err);
	return 0;
}

/* --- members ------------------------------------------------------------------ */

/* Which of the names holds: readers differ when they differ. */
static int choose_text(struct tar_reader *r, const char *gnu, const char *pax,
		       const char *field, const char **ret, struct vc_error *err)
{
	*ret = gnu ? gnu : pax ? pax : field;
	if (gnu && pax && strcmp(gnu, pax))
		return fail_member(r, "its GNU and PAX headers say different "
				      "names", err);
	return 0;
}

static int set_type(struct tar_reader *r, struct vc_error *err)
{
	char type = r->block.type;

	switch (type) {
	case '\0': /* before POSIX, a directory was a file with a slash */
		r->m.type = str_ends(r->m.name, "/") && !r->left ? '5' : '0';
		return 0;
	case '7':
	case 'S':
		r->m.type = '0';
		return 0;
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
		r->m.type = type;
		return 0;
	default:
		return fail_member(r, "its tar type is of no file system object",
				   err);
	}
}

static int set_size(struct tar_reader *r, struct vc_error *err)
{
	int64_t size = r->pax.has_size ? r->pax.size : r->block.size;

	if (size < 0)
		return fail_member(r, "its size is negative", err);
	r->left = (uint64_t)size;
	return 0;
}

static int fill_member(struct tar_reader *r, struct vc_error *err)
{
	const struct tar_block *b = &r->block;
	struct tar_pax *p = &r->pax;
	struct tar_member *m = &r->m;

	*m = (struct tar_member){
		.mode = (uint32_t)b->mode & 07777,
		.uid = p->has_uid ? p->uid : b->uid,
		.gid = p->has_gid ? p->gid : b->gid,
		.mtime = p->has_mtime ? p->mtime : b->mtime,
		.mtime_ns = p->has_mtime ? p->mtime_ns : 0,
		.dev_major = b->dev_major,
		.dev_minor = b->dev_minor,
		.xattrs = p->xattrs,
		.n_xattrs = p->n_xattrs,
	};
	if (choose_text(r, r->long_name, p->path, b->name, &m->name, err) < 0 ||
	    choose_text(r, r->long_link, p->link, b->link, &m->link, err) < 0 ||
	    set_size(r, err) < 0 || set_type(r, err) < 0)
		return -1;
	if (p->sparse_version >= 0 && p->sparse_name) {
		r->name = xstrdup(p->sparse_name);
		m->name = r->name;
	}
	/* only files have data, whatever a header says */
	if (m->type != '0')
		r->left = 0;
	r->pad = tar_padding(r->left);
	m->size = r->left;
	return read_map(r, err);
}

static int skip_rest(struct tar_reader *r, struct vc_error *err)
{
	uint64_t len = r->left + r->pad;

	r->left = 0;
	r->pad = 0;
	return input_bytes(&r->in, len, NULL, err);
}

/* Two blocks of zeros; the second may be missing, but nothing else be there. */
static int read_end(struct tar_reader *r, struct vc_error *err)
{
	const char *p;
	int x = input_block(&r->in, &p, err);

	if (x < 0)
		return -1;
	if (x > 0 && !tar_block_is_zero(p))
		return damaged(r, err);
	r->marked = true;
	return 0;
}

int tar_reader_next(struct tar_reader *r, const struct tar_member **ret,
		    struct vc_error *err)
{
	bool announced = false;
	const char *p;
	int x;

	if (skip_rest(r, err) < 0)
		return -1;
	forget(r);
	r->m.name = NULL;
	do {
		x = input_block(&r->in, &p, err);
		if (x < 0)
			return -1;
		if (announced && (!x || tar_block_is_zero(p)))
			return input_truncated(&r->in, err);
		if (!x)
			return 0;
		if (tar_block_is_zero(p))
			return read_end(r, err);
		sparse_release(&r->block.map);
		if (tar_block_parse(p, &r->block) < 0)
			return damaged(r, err);
		x = read_meta(r, err);
		announced = r->block.type != 'g' && r->block.type != 'V';
	} while (x > 0);
	if (x < 0 || fill_member(r, err) < 0)
		return -1;
	*ret = &r->m;
	return 1;
}

/* The piece that the next stored byte belongs to. */
static uint64_t next_piece(struct tar_reader *r, uint64_t *ret_at)
{
	if (!r->sparse) {
		*ret_at = r->piece_done;
		return r->left;
	}
	while (r->piece_done == r->map.v[r->piece].len) {
		r->piece++;
		r->piece_done = 0;
	}
	*ret_at = r->map.v[r->piece].at + r->piece_done;
	return r->map.v[r->piece].len - r->piece_done;
}

int tar_reader_data(struct tar_reader *r, const char **ret, size_t *ret_len,
		    uint64_t *ret_at, struct vc_error *err)
{
	uint64_t piece;
	size_t n;

	if (!r->left)
		return 0;
	if (input_peek(&r->in, ret, &n, err) < 0)
		return -1;
	if (!n)
		return input_truncated(&r->in, err);
	piece = next_piece(r, ret_at);
	if (n > piece)
		n = (size_t)piece;
	input_take(&r->in, n);
	r->left -= n;
	r->piece_done += n;
	*ret_len = n;
	return 1;
}

int tar_reader_finish(struct tar_reader *r, bool *ret_marked, bool *ret_zeros,
		      struct vc_error *err)
{
	bool zeros = true;
	const char *p;
	size_t n;

	do {
		if (input_peek(&r->in, &p, &n, err) < 0)
			return -1;
		if (n && (*p || memcmp(p, p + 1, n - 1)))
			zeros = false;
		input_take(&r->in, n);
	} while (n);
	*ret_marked = r->marked;
	*ret_zeros = zeros;
	return 0;
}
