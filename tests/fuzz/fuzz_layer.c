/*
 * Two layers, read and applied: the input's first two bytes say where the
 * second begins (in units of 512), the third which limits hold and whether
 * check sums of headers are made right first, without which few changes of an
 * input would get past the first header.  Whatever the layers say, the tree
 * stays one that a writer can walk.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vc/layer.h"
#include "vc/log.h"
#include "vc/tree.h"
#include "vc/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct memory_source {
	struct byte_source source;
	const uint8_t *p;
	size_t left, most;
};

static ssize_t memory_read(struct byte_source *s, void *data, size_t len,
			   struct vc_error *err)
{
	struct memory_source *m = (struct memory_source *)s;

	(void)err;
	if (len > m->most)
		len = m->most;
	if (len > m->left)
		len = m->left;
	memcpy(data, m->p, len);
	m->p += len;
	m->left -= len;
	return (ssize_t)len;
}

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void check_name(const struct tree *t, const struct tree_node *n)
{
	check(n->name_len > 0 && n->name_len <= 255);
	check(strlen(n->name) == n->name_len && !strchr(n->name, '/'));
	check(strcmp(n->name, ".") != 0 && strcmp(n->name, "..") != 0);
	check(n->parent->inode->type == INODE_DIR);
	check(n->parent->children[n->at] == n);
	check(tree_find(t, n->parent, n->name, n->name_len) == n);
}

static void check_runs(const struct tree_inode *i, const struct spool *spool)
{
	uint64_t end = 0;

	for (uint32_t r = 0; r < i->n_runs; r++) {
		const struct data_run *run = &i->runs[r];

		check(run->len > 0 && run->logical >= end);
		end = run->logical + run->len;
		check(end > run->logical && end <= i->size);
		check(run->fd == spool->fd && run->at <= spool->used &&
		      run->len <= spool->used - run->at);
	}
}

static void check_inode(const struct tree_inode *i, const struct spool *spool)
{
	check(!(i->mode & ~07777u) && i->mtime_ns < 1000000000);
	check(i->uid != UINT32_MAX && i->gid != UINT32_MAX);
	check(i->type == INODE_FILE || !i->n_runs);
	check((i->type == INODE_SYMLINK) == (i->target != NULL));
	check(i->type != INODE_SYMLINK ||
	      (*i->target && i->size == strlen(i->target)));
	for (uint32_t x = 1; x < i->n_xattrs; x++)
		check(strcmp(i->xattrs[x - 1].name, i->xattrs[x].name) < 0);
	check_runs(i, spool);
}

/* Names of every inode are counted by walking once more. */
static void check_tree(struct tree *t, const struct spool *spool)
{
	uint32_t *links;
	uint64_t names = 0;

	tree_finish(t);
	links = xcalloc(tree_totals(t)->inodes + 1, sizeof(*links));
	for (const struct tree_node *n = tree_root(t); n; n = tree_next(n)) {
		names++;
		if (n->parent)
			check_name(t, n);
		check(n->inode->number >= 1 &&
		      n->inode->number <= tree_totals(t)->inodes);
		links[n->inode->number]++;
		check_inode(n->inode, spool);
	}
	check(names == tree_names(t) + 1 && names == tree_totals(t)->entries);
	for (const struct tree_node *n = tree_root(t); n; n = tree_next(n)) {
		check(n->inode->links == links[n->inode->number]);
		check(n->inode->type != INODE_DIR || n->inode->links == 1);
	}
	free(links);
}

/* Of every block that looks like a header. */
static void mend_sums(uint8_t *data, size_t size)
{
	for (uint8_t *h = data; size - (size_t)(h - data) >= TAR_BLOCK;
	     h += TAR_BLOCK) {
		unsigned sum = 0;

		if (memcmp(h + 257, "ustar", 5) != 0)
			continue;
		memset(h + 148, ' ', 8);
		for (size_t i = 0; i < TAR_BLOCK; i++)
			sum += h[i];
		snprintf((char *)h + 148, 8, "%06o", sum);
	}
}

static bool apply(struct tree *t, struct spool *spool,
		  const struct layer_limits *limits, uint32_t number,
		  const uint8_t *data, size_t size)
{
	struct memory_source m = { { memory_read, NULL }, data, size,
				   size % 3 ? 100000 : 511 };
	_cleanup_error_ struct vc_error err = { 0 };
	struct layer_entries *e;
	int r;

	if (layer_read(&m.source, limits, spool, NULL, NULL, &e, &err) < 0) {
		check(err.msg != NULL);
		return false;
	}
	r = layer_apply(t, e, number, 0, limits, &err);
	check(r == 0 || err.msg != NULL);
	layer_entries_free(e);
	return r == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct layer_limits limits = { .max_unpacked = 1 << 20,
				       .max_entries = 2000, .max_ratio = 50 };
	_cleanup_free_ uint8_t *copy = NULL;
	struct spool spool;
	struct tree *t;
	size_t split;

	if (size < 3)
		return 0;
	log_init("fuzz", LOG_QUIET);
	split = (size_t)(data[0] | data[1] << 8) * TAR_BLOCK;
	limits.strict = data[2] & 1;
	limits.skip_devices = data[2] & 2;
	limits.strip_setuid = data[2] & 4;
	copy = xmalloc(size);
	memcpy(copy, data + 3, size - 3);
	size -= 3;
	if (data[2] & 8)
		mend_sums(copy, size);
	if (split > size)
		split = size;
	spool_init(&spool, "/tmp");
	t = tree_new();
	if (apply(t, &spool, &limits, 0, copy, split))
		apply(t, &spool, &limits, 1, copy + split, size - split);
	check_tree(t, &spool);
	tree_free(t);
	spool_release(&spool);
	return 0;
}
