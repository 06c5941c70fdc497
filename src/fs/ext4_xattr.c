/*
 * Extended attributes.  What fits behind the inode's fields is there, the rest
 * in one block: entries from the front, values from the end.  The kernel looks
 * a name up by its prefix's number, and in the block by halves, so entries are
 * sorted as it compares them: number, length, bytes (fs/ext4/xattr.c).
 */
#include <stdlib.h>
#include <string.h>

#include "ext4.h"
#include "vc/util.h"

#define MAX_NAME 255

struct attribute {
	uint8_t index;
	const char *name; /* without the prefix */
	size_t name_len;
	const void *value;
	size_t len;
	void *owned; /* value, where it is not the tree's */
	bool in_inode;
};

static const struct {
	const char *prefix;
	uint8_t index;
	bool whole; /* it is the name */
} prefixes[] = {
	{ "user.", 1, false },
	{ "system.posix_acl_access", 2, true },
	{ "system.posix_acl_default", 3, true },
	{ "trusted.", 4, false },
	{ "security.", 6, false },
	{ "system.richacl", 8, true },
	{ "system.", 7, false },
};

/* A prefix that Linux does not have keeps its place in the name, as with
 * libext2fs; the kernel does not show such attributes. */
static void split_name(struct attribute *a, const char *name)
{
	a->index = 0;
	a->name = name;
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		const char *p = prefixes[i].prefix;

		if (prefixes[i].whole ? strcmp(name, p) != 0 :
					!str_starts(name, p))
			continue;
		a->index = prefixes[i].index;
		a->name += strlen(p);
		break;
	}
	a->name_len = strlen(a->name);
}

static int take(struct attribute *a, const struct xattr *x, struct vc_error *err)
{
	split_name(a, x->name);
	a->value = x->value;
	a->len = x->len;
	if (a->name_len > MAX_NAME)
		return vc_fail(err, 0, "the name of an extended attribute has "
				       "%zu bytes, ext4 has %d",
			       a->name_len, MAX_NAME);
	if (a->index == 2 || a->index == 3) {
		a->owned = ext4_acl(x->value, x->len, &a->len, err);
		a->value = a->owned;
		if (!a->owned)
			return -1;
	}
	return 0;
}

static int compare(const void *x, const void *y)
{
	const struct attribute *a = x, *b = y;

	if (a->index != b->index)
		return a->index < b->index ? -1 : 1;
	if (a->name_len != b->name_len)
		return a->name_len < b->name_len ? -1 : 1;
	return memcmp(a->name, b->name, a->name_len);
}

/* --- areas ------------------------------------------------------------------ */

struct area {
	uint8_t *base;   /* offsets of values count from here */
	uint8_t *entry;  /* where the next goes; zeros end the list */
	uint8_t *values; /* where they begin */
	bool hashed;
};

static size_t padded(size_t len)
{
	return (len + EXT2_EXT_ATTR_ROUND) & ~(size_t)EXT2_EXT_ATTR_ROUND;
}

static bool fits(const struct area *a, const struct attribute *x)
{
	size_t room = (size_t)(a->values - a->entry) - sizeof(uint32_t);

	return x->len <= room &&
	       EXT2_EXT_ATTR_LEN(x->name_len) + padded(x->len) <= room;
}

static void put(struct area *a, const struct attribute *x)
{
	struct ext2_ext_attr_entry h = {
		.e_name_len = (uint8_t)x->name_len,
		.e_name_index = x->index,
		.e_value_size = (uint32_t)x->len,
	};

	a->values -= padded(x->len);
	if (x->len) {
		h.e_value_offs = (uint16_t)(a->values - a->base);
		memcpy(a->values, x->value, x->len);
	}
	memcpy(a->entry, &h, sizeof(h));
	memcpy(a->entry + sizeof(h), x->name, x->name_len);
	if (a->hashed) {
		struct ext2_ext_attr_entry *e = (void *)a->entry;

		e->e_hash = ext2fs_ext_attr_hash_entry(e, a->values);
	}
	a->entry += EXT2_EXT_ATTR_LEN(x->name_len);
}

static void put_in_inode(union ext4_inode *i, struct attribute *v, size_t n)
{
	const uint32_t magic = EXT2_EXT_ATTR_MAGIC;
	uint8_t *start = i->raw + sizeof(i->i);
	struct area a = { .base = start + sizeof(magic),
			  .entry = start + sizeof(magic),
			  .values = i->raw + EXT4_INODE_SIZE };

	for (size_t x = 0; x < n; x++) {
		if (!fits(&a, &v[x]))
			continue;
		put(&a, &v[x]);
		v[x].in_inode = true;
		memcpy(start, &magic, sizeof(magic));
	}
}

static int does_not_fit(const struct attribute *v, size_t n, uint32_t block_size,
			struct vc_error *err)
{
	size_t sum = 0;

	for (size_t x = 0; x < n; x++)
		sum += v[x].len;
	return vc_fail(err, 0, "extended attributes of %zu bytes do not fit: ext4 "
			       "has one block of %u", sum, block_size);
}

/* Composes e->block; returns whether there is anything in it. */
static int compose_block(struct ext4 *e, const struct attribute *v, size_t n,
			 struct vc_error *err)
{
	struct ext2_ext_attr_header h = { .h_magic = EXT2_EXT_ATTR_MAGIC,
					  .h_refcount = 1, .h_blocks = 1 };
	uint8_t *block = (uint8_t *)e->block, *end = block + e->block_size;
	struct area a = { block, block + sizeof(h), end, true };
	bool any = false;

	memset(block, 0, e->block_size);
	memcpy(block, &h, sizeof(h));
	for (size_t x = 0; x < n; x++) {
		if (v[x].in_inode)
			continue;
		if (!fits(&a, &v[x]))
			return does_not_fit(v, n, e->block_size, err);
		put(&a, &v[x]);
		any = true;
	}
	if (any)
		ext2fs_ext_attr_block_rehash((void *)block, (void *)a.entry);
	return any;
}

static int put_in_block(struct ext4 *e, union ext4_inode *i,
			const struct attribute *v, size_t n, struct vc_error *err)
{
	int any = compose_block(e, v, n, err);
	uint64_t block;

	if (any <= 0)
		return any;
	block = ext4_space_take(&e->space, 1).start;
	e->inode_blocks++;
	if (ext4_measuring(e))
		return 0;
	i->i.i_file_acl = (uint32_t)block;
	i->i.osd2.linux2.l_i_file_acl_high = (uint16_t)(block >> 32);
	ext2fs_ext_attr_block_csum_set(e->fs, 0, block, (void *)e->block);
	return ext4_out_put(&e->out, block * e->block_size, e->block,
			    e->block_size, err);
}

static int put_all(struct ext4 *e, const struct tree_inode *t,
		   union ext4_inode *i, struct attribute *v, struct vc_error *err)
{
	for (uint32_t x = 0; x < t->n_xattrs; x++)
		if (take(&v[x], &t->xattrs[x], err) < 0)
			return -1;
	qsort(v, t->n_xattrs, sizeof(*v), compare);
	put_in_inode(i, v, t->n_xattrs);
	return put_in_block(e, i, v, t->n_xattrs, err);
}

int ext4_xattr_put(struct ext4 *e, const struct tree_inode *t,
		   union ext4_inode *i, struct vc_error *err)
{
	_cleanup_free_ struct attribute *v = NULL;
	int r;

	if (!t->n_xattrs)
		return 0;
	v = xcalloc(t->n_xattrs, sizeof(*v));
	r = put_all(e, t, i, v, err);
	for (uint32_t x = 0; x < t->n_xattrs; x++)
		free(v[x].owned);
	return r;
}
