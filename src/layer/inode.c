/* What the names of a tree stand for. */
#include <stdlib.h>
#include <string.h>

#include "vc/layer.h"
#include "vc/tree.h"
#include "vc/util.h"

struct tree_inode *inode_new(enum inode_type type)
{
	struct tree_inode *i = xcalloc(1, sizeof(*i));

	i->type = type;
	return i;
}

void inode_free(struct tree_inode *i)
{
	if (!i)
		return;
	for (uint32_t x = 0; x < i->n_xattrs; x++) {
		free(i->xattrs[x].name);
		free(i->xattrs[x].value);
	}
	free(i->xattrs);
	free(i->runs);
	free(i->target);
	free(i);
}

void inode_add_run(struct tree_inode *i, const struct data_run *r)
{
	struct data_run *last = i->n_runs ? &i->runs[i->n_runs - 1] : NULL;

	if (!r->len)
		return;
	if (last && last->fd == r->fd && last->at + last->len == r->at &&
	    last->logical + last->len == r->logical) {
		last->len += r->len;
		return;
	}
	/* room doubles; files of one run, nearly all, keep to one */
	if (!i->runs || !(i->n_runs & (i->n_runs - 1)))
		i->runs = xrealloc(i->runs, (i->n_runs ? i->n_runs * 2 : 1) *
						    sizeof(*i->runs));
	i->runs[i->n_runs++] = *r;
}

static struct xattr *find_xattr(const struct tree_inode *i, const char *name)
{
	for (uint32_t x = 0; x < i->n_xattrs; x++)
		if (!strcmp(i->xattrs[x].name, name))
			return &i->xattrs[x];
	return NULL;
}

const struct xattr *inode_find_xattr(const struct tree_inode *i,
				     const char *name)
{
	return find_xattr(i, name);
}

void inode_set_xattr(struct tree_inode *i, const char *name, const void *value,
		     size_t len)
{
	struct xattr *x = find_xattr(i, name);
	void *copy = xmalloc(len + 1);

	if (len)
		memcpy(copy, value, len);
	if (x) {
		free(x->value);
	} else {
		i->xattrs = xrealloc(i->xattrs, (i->n_xattrs + 1) *
							sizeof(*i->xattrs));
		x = &i->xattrs[i->n_xattrs++];
		x->name = xstrdup(name);
	}
	x->value = copy;
	x->len = len;
}

/* The first run that ends behind `at`; n_runs when there is none. */
static uint32_t run_at(const struct tree_inode *i, uint64_t at)
{
	uint32_t low = 0, high = i->n_runs;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (i->runs[mid].logical + i->runs[mid].len > at)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int inode_read(const struct tree_inode *i, uint64_t at, void *data, size_t len,
	       struct vc_error *err)
{
	uint32_t r = run_at(i, at);
	char *p = data;

	while (len) {
		const struct data_run *run = r < i->n_runs ? &i->runs[r] : NULL;
		size_t n;

		if (!run || run->logical > at) {
			n = run ? (size_t)smaller(len, run->logical - at) : len;
			memset(p, 0, n);
		} else {
			uint64_t skip = at - run->logical;
			const struct extent e = { run->fd, run->at, run->len };

			n = (size_t)smaller(len, run->len - skip);
			if (extent_read(&e, skip, p, n, err) < 0)
				return -1;
			r++;
		}
		p += n;
		at += n;
		len -= n;
	}
	return 0;
}
