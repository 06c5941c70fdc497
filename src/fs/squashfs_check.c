/*
 * What squashfs, or the kernel that reads it, cannot hold: said before the
 * long work starts.
 */
#include <string.h>

#include "entry.h"
#include "squashfs.h"
#include "vc/util.h"

#define NAME_LEN_MAX 255    /* NAME_MAX of Linux */
#define TARGET_LEN_MAX 4095 /* what the kernel reads of a link */
/* of the 32 bits of a device number */
#define MAJOR_MAX 0xfffu
#define MINOR_MAX 0xfffffu
/* XATTR_NAME_MAX and XATTR_SIZE_MAX of Linux, which would hide longer ones */
#define XATTR_NAME_LEN_MAX 255
#define XATTR_VALUE_LEN_MAX 65536
/* An inode lists its blocks, four bytes each: 1 TiB in blocks of 128 KiB. */
#define BLOCKS_MAX (1u << 23)

static int check_file(const struct squashfs *w, const struct tree_node *n,
		      struct vc_error *err)
{
	uint64_t max = (uint64_t)BLOCKS_MAX * w->block_size;

	if (n->inode->size <= max)
		return 0;
	return fs_entry_fail(err, n,
			  "a file of %llu bytes, of which squashfs lists every "
			  "block: at most %llu GiB here; larger blocks or ext4 "
			  "can hold more",
			  (unsigned long long)n->inode->size,
			  (unsigned long long)max >> 30);
}

static int check_symlink(const struct tree_node *n, struct vc_error *err)
{
	size_t len = strlen(n->inode->target);

	if (len <= TARGET_LEN_MAX)
		return 0;
	return fs_entry_fail(err, n,
			  "the target of this symbolic link has %zu bytes: at "
			  "most %d are possible",
			  len, TARGET_LEN_MAX);
}

static int check_device(const struct tree_node *n, struct vc_error *err)
{
	const struct tree_inode *i = n->inode;

	if (i->dev_major <= MAJOR_MAX && i->dev_minor <= MINOR_MAX)
		return 0;
	return fs_entry_fail(err, n, "squashfs cannot hold the device number %u:%u",
			  i->dev_major, i->dev_minor);
}

static int check_type(const struct squashfs *w, const struct tree_node *n,
		      struct vc_error *err)
{
	switch (n->inode->type) {
	case INODE_FILE:
		return check_file(w, n, err);
	case INODE_SYMLINK:
		return check_symlink(n, err);
	case INODE_CHAR:
	case INODE_BLOCK:
		return check_device(n, err);
	case INODE_DIR:
	case INODE_FIFO:
	case INODE_SOCKET:
		break;
	}
	return 0;
}

static int check_xattrs(const struct tree_node *n, struct vc_error *err)
{
	for (uint32_t i = 0; i < n->inode->n_xattrs; i++) {
		const struct xattr *x = &n->inode->xattrs[i];
		_cleanup_free_ char *name = NULL;
		size_t len = strlen(x->name);

		if (len <= XATTR_NAME_LEN_MAX && x->len <= XATTR_VALUE_LEN_MAX)
			continue;
		name = printable(x->name, len);
		return fs_entry_fail(err, n,
				  "the extended attribute '%.64s' of %zu bytes "
				  "is too large",
				  name, x->len);
	}
	return 0;
}

int squashfs_check(const struct squashfs *w, struct vc_error *err)
{
	for (struct tree_node *n = tree_root(w->tree); n; n = tree_next(n)) {
		if (n->name_len > NAME_LEN_MAX)
			return fs_entry_fail(err, n,
					  "a name of %u bytes: squashfs holds "
					  "at most %d",
					  n->name_len, NAME_LEN_MAX);
		if (check_type(w, n, err) < 0 || check_xattrs(n, err) < 0)
			return -1;
	}
	return 0;
}
