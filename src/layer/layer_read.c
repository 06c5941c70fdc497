/*
 * One pass over a layer: a thread inflates ahead of us, we hash, take the tar
 * apart, put the data of files end to end into the spool and keep the rest.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ahead.h"
#include "dir_tar.h"
#include "inflate.h"
#include "layer_entries.h"
#include "tar_reader.h"
#include "vc/log.h"
#include "vc/util.h"

struct reading {
	const struct layer_limits *limits;
	struct tar_reader *tar;
	struct spool *spool;
	struct layer_entries *entries;
};

/* --- data --------------------------------------------------------------- */

static int count_bytes(struct reading *r, const struct tar_member *m, size_t len,
		       struct vc_error *err)
{
	uint64_t max = r->limits->max_unpacked;

	r->entries->bytes += len;
	if (max && r->entries->bytes > max)
		return entry_fail(m->name, err, "the layer unpacks to more than "
						"%llu bytes: --max-unpacked "
						"allows more",
				  (unsigned long long)max);
	return 0;
}

static int read_file(struct reading *r, const struct tar_member *m,
		     struct tree_inode *i, struct vc_error *err)
{
	struct data_run run;
	const char *p;
	size_t len;
	int x;

	while ((x = tar_reader_data(r->tar, &p, &len, &run.logical, err)) > 0) {
		if (count_bytes(r, m, len, err) < 0)
			return -1;
		run.at = r->spool->used;
		run.len = len;
		if (spool_write(r->spool, p, len, err) < 0)
			return -1;
		run.fd = r->spool->fd; /* opened by the first write */
		inode_add_run(i, &run);
	}
	return x;
}

/* --- entries ------------------------------------------------------------- */

static bool is_device(const struct tar_member *m)
{
	return m->type == '3' || m->type == '4';
}

static int read_object(struct reading *r, const struct tar_member *m,
		       struct tree_inode **ret, struct vc_error *err)
{
	struct tree_inode *i;

	if (entry_inode(m, r->limits, &i, err) < 0)
		return -1;
	if (i->type == INODE_FILE && read_file(r, m, i, err) < 0) {
		inode_free(i);
		return -1;
	}
	*ret = i;
	return 0;
}

static int read_link(const struct reading *r, const struct tar_member *m,
		     char **ret, struct vc_error *err)
{
	const char *why;
	bool dir;

	*ret = entry_name_clean(m->link, r->limits->strict, &dir, &why);
	if (*ret)
		return 0;
	return entry_fail(m->name, err, "the target of the hard link: %s", why);
}

static int fill_entry(struct reading *r, const struct tar_member *m,
		      struct layer_entry *e, struct vc_error *err)
{
	if (e->kind != ENTRY_OBJECT)
		return 0;
	if (m->type != '1')
		return read_object(r, m, &e->inode, err);
	if (read_link(r, m, &e->target, err) < 0)
		return -1;
	e->kind = ENTRY_LINK;
	return 0;
}

/* Names that only a directory can have. */
static int check_place(const struct tar_member *m, const struct layer_entry *e,
		       bool dir, struct vc_error *err)
{
	if (m->type == '5' || e->kind != ENTRY_OBJECT)
		return 0;
	if (!*e->name)
		return entry_fail("/", err, "only a directory can be the root");
	if (dir)
		return entry_fail(m->name, err, "only the name of a directory "
						"ends with '/'");
	return 0;
}

/* 1: *ret is to be kept; 0: to be left out; -1. */
static int read_entry(struct reading *r, const struct tar_member *m,
		      struct layer_entry *e, struct vc_error *err)
{
	const char *why;
	bool dir;

	e->name = entry_name_clean(m->name, r->limits->strict, &dir, &why);
	if (!e->name || entry_name_kind(e->name, &e->kind, &why) < 0)
		return entry_fail(m->name, err, "%s", why);
	if (check_place(m, e, dir, err) < 0)
		return -1;
	if (e->kind == ENTRY_IGNORED)
		return 0;
	if (is_device(m) && e->kind == ENTRY_OBJECT && r->limits->deny_devices)
		return entry_fail(m->name, err, "devices are not allowed");
	if (is_device(m) && e->kind == ENTRY_OBJECT && r->limits->skip_devices)
		return 0;
	return fill_entry(r, m, e, err) < 0 ? -1 : 1;
}

static int keep(struct reading *r, const struct layer_entry *e,
		struct vc_error *err)
{
	uint64_t max = r->limits->max_entries;

	if (max && r->entries->n >= max)
		return entry_fail(e->name, err, "the layer has more than %llu "
						"entries: --max-entries allows "
						"more",
				  (unsigned long long)max);
	layer_entries_add(r->entries, e);
	return 0;
}

static int read_member(struct reading *r, const struct tar_member *m,
		       struct vc_error *err)
{
	struct layer_entry e = { .kind = ENTRY_IGNORED };
	int x;

	x = read_entry(r, m, &e, err);
	if (x > 0)
		x = keep(r, &e, err) < 0 ? -1 : 1;
	if (x <= 0)
		layer_entry_release(&e);
	return x < 0 ? -1 : 0;
}

/* Nobody compares a digest: then a tar that just stops may be half of one. */
static int check_end(struct reading *r, bool hashed, struct vc_error *err)
{
	bool marked, zeros;

	if (tar_reader_finish(r->tar, &marked, &zeros, err) < 0)
		return -1;
	if (!marked && r->entries->n && (!hashed || r->limits->strict))
		return vc_fail(err, 0, "the tar is truncated: the zeros that "
				       "end it are missing");
	if (!zeros && r->limits->strict)
		return vc_fail(err, 0, "there is more behind the end of the "
				       "tar");
	return 0;
}

static int read_tar(struct reading *r, struct ahead *a, struct hash *out_hash,
		    struct vc_error *err)
{
	const struct tar_member *m;
	int x;

	r->tar = tar_reader_new(a, out_hash);
	while ((x = tar_reader_next(r->tar, &m, err)) > 0)
		if ((x = read_member(r, m, err)) < 0)
			break;
	if (x == 0)
		x = check_end(r, out_hash != NULL, err);
	tar_reader_free(r->tar);
	return x;
}

int layer_read(struct byte_source *in, const struct layer_limits *limits,
	       struct spool *spool, struct hash *in_hash, struct hash *out_hash,
	       struct layer_entries **ret, struct vc_error *err)
{
	__attribute__((cleanup(inflating_cleanup))) struct inflating *x =
		inflating_new(in, in_hash, limits->max_ratio);
	struct reading r = { .limits = limits, .spool = spool };
	struct ahead *a;
	int result;

	inflating_detect(x, !out_hash);
	if (ahead_start(inflating_source(x), &a, err) < 0)
		return -1;
	r.entries = xcalloc(1, sizeof(*r.entries));
	result = read_tar(&r, a, out_hash, err);
	ahead_stop(a);
	if (result == 0) {
		*ret = r.entries;
		return 0;
	}
	layer_entries_free(r.entries);
	if (in_hash && err->errnum != ENOSPC)
		inflating_drain(x, err);
	return -1;
}

int layer_read_dir(int dirfd, const char *label,
		   const struct layer_limits *limits, struct spool *spool,
		   struct layer_entries **ret, struct vc_error *err)
{
	struct byte_source *s = dir_tar_source_with_holes(dirfd, label);
	int r = layer_read(s, limits, spool, NULL, NULL, ret, err);

	s->free(s);
	return r;
}
