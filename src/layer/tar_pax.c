/*
 * POSIX.1-2017 pax, "pax Extended Header", and the keys of GNU tar and star.
 * Strict where readers are known to differ: a record that is not well formed,
 * a number that is none, a NUL in a name are errors, as in Go's archive/tar,
 * which docker, containerd and skopeo read layers with.
 */
#include "tar_pax.h"

#include <stdlib.h>
#include <string.h>

#include "tar_number.h"
#include "tar_xattr.h"
#include "vc/util.h"

void pax_init(struct tar_pax *p)
{
	*p = (struct tar_pax){ .sparse_version = -1, .piece_at = -1,
			       .major = -1, .minor = -1 };
}

void pax_release(struct tar_pax *p)
{
	for (uint32_t i = 0; i < p->n_xattrs; i++) {
		free(p->xattrs[i].name);
		free(p->xattrs[i].value);
	}
	free(p->xattrs);
	free(p->path);
	free(p->link);
	free(p->sparse_name);
	sparse_release(&p->map);
	pax_init(p);
}

struct value {
	const char *p;
	size_t len;
};

static int set_text(char **text, struct value v)
{
	if (memchr(v.p, 0, v.len))
		return -1;
	free(*text);
	*text = v.len ? xstrndup(v.p, v.len) : NULL;
	return 0;
}

/* An empty value takes an earlier one back. */
static int set_number(bool *has, int64_t *number, struct value v)
{
	*has = v.len > 0;
	return v.len ? tar_decimal(v.p, v.len, number) : 0;
}

static int set_sparse(struct tar_pax *p, const char *key, struct value v)
{
	int64_t n;

	if (!strcmp(key, "name"))
		return set_text(&p->sparse_name, v);
	if (!strcmp(key, "map")) {
		p->has_map = true;
		p->map.n = 0;
		return sparse_parse(&p->map, v.p, v.len);
	}
	if (!strcmp(key, "size") || !strcmp(key, "realsize"))
		return set_number(&p->has_real_size, &p->real_size, v);
	if (!strcmp(key, "major"))
		return tar_decimal(v.p, v.len, &p->major);
	if (!strcmp(key, "minor"))
		return tar_decimal(v.p, v.len, &p->minor);
	if (!strcmp(key, "offset"))
		return p->piece_at < 0 ?
			       tar_decimal(v.p, v.len, &p->piece_at) : -1;
	if (strcmp(key, "numbytes"))
		return 0; /* numblocks: seen from the others */
	p->has_map = true;
	if (tar_decimal(v.p, v.len, &n) < 0 ||
	    sparse_add(&p->map, p->piece_at, n) < 0)
		return -1;
	p->piece_at = -1;
	return 0;
}

static int set_xattr(struct tar_pax *p, char *name, void *value, size_t len)
{
	p->xattrs = xrealloc(p->xattrs, (p->n_xattrs + 1) * sizeof(*p->xattrs));
	p->xattrs[p->n_xattrs++] = (struct xattr){ name, value, len };
	return 0;
}

static int set(struct tar_pax *p, const char *key, struct value v)
{
	struct xattr x;

	if (!strcmp(key, "path"))
		return set_text(&p->path, v);
	if (!strcmp(key, "linkpath"))
		return set_text(&p->link, v);
	if (!strcmp(key, "size"))
		return set_number(&p->has_size, &p->size, v);
	if (!strcmp(key, "uid"))
		return set_number(&p->has_uid, &p->uid, v);
	if (!strcmp(key, "gid"))
		return set_number(&p->has_gid, &p->gid, v);
	if (!strcmp(key, "mtime")) {
		p->has_mtime = v.len > 0;
		return v.len ? tar_time(v.p, v.len, &p->mtime, &p->mtime_ns) : 0;
	}
	if (str_starts(key, "GNU.sparse."))
		return set_sparse(p, key + strlen("GNU.sparse."), v);
	if (tar_xattr(key, v.p, v.len, &x))
		return set_xattr(p, x.name, x.value, x.len);
	return 0;
}

/* One record of at most `left` bytes; its length, or 0. */
static size_t parse_record(struct tar_pax *p, const char *rec, size_t left)
{
	const char *blank = memchr(rec, ' ', left < 20 ? left : 20);
	_cleanup_free_ char *key = NULL;
	const char *equals, *end;
	int64_t len;

	if (!blank || tar_decimal(rec, (size_t)(blank - rec), &len) < 0 ||
	    len <= blank - rec + 1 || (uint64_t)len > left ||
	    rec[len - 1] != '\n')
		return 0;
	end = rec + len - 1;
	equals = memchr(blank + 1, '=', (size_t)(end - blank - 1));
	if (!equals || equals == blank + 1)
		return 0;
	key = xstrndup(blank + 1, (size_t)(equals - blank - 1));
	if (strlen(key) != (size_t)(equals - blank - 1))
		return 0; /* a NUL */
	if (set(p, key, (struct value){ equals + 1,
					(size_t)(end - equals - 1) }) < 0)
		return 0;
	return (size_t)len;
}

static int check_sparse(struct tar_pax *p)
{
	if (p->piece_at >= 0)
		return -1;
	if (p->major < 0 && p->minor < 0) {
		if (p->has_map)
			p->sparse_version = 1;
		return 0;
	}
	if (p->major > 1 || p->major < 0 || p->minor < 0 ||
	    p->minor > (p->major ? 0 : 1))
		return -1;
	p->sparse_version = (int)(10 * p->major + p->minor);
	return 0;
}

int pax_parse(struct tar_pax *p, const struct buf *records,
	      const char **ret_why)
{
	const char *rec = buf_ptr(records);
	size_t left = records->len;

	while (left) {
		size_t n = parse_record(p, rec, left);

		if (!n) {
			*ret_why = "a malformed record in its PAX header";
			return -1;
		}
		rec += n;
		left -= n;
	}
	if (check_sparse(p) < 0) {
		*ret_why = "a sparse format that is not known";
		return -1;
	}
	return 0;
}
