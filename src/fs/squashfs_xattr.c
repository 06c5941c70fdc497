/*
 * Extended attributes.  Squashfs has three kinds of names; what is none of
 * them (POSIX ACLs are system.posix_acl_*) is left out, as by mksquashfs.
 */
#include "entry.h"
#include "squashfs.h"
#include "vc/util.h"

static bool can_hold(const char *name)
{
	return str_starts(name, "user.") || str_starts(name, "trusted.") ||
	       str_starts(name, "security.");
}

static int put_all(struct squashfs *w, const struct tree_inode *i,
		   uint32_t *index)
{
	int r = sqfs_xattr_writer_begin(w->xattrs, 0);

	for (uint32_t n = 0; n < i->n_xattrs && !r; n++) {
		const struct xattr *x = &i->xattrs[n];

		if (can_hold(x->name))
			r = sqfs_xattr_writer_add(w->xattrs, x->name, x->value,
						  x->len);
		else
			w->xattrs_left_out++;
	}
	return r ? r : sqfs_xattr_writer_end(w->xattrs, index);
}

int squashfs_put_xattrs(struct squashfs *w, const struct tree_node *n,
			uint32_t *ret, struct vc_error *err)
{
	uint32_t index = SQUASHFS_NO_XATTR;
	int r = n->inode->n_xattrs ? put_all(w, n->inode, &index) : 0;

	if (r) {
		squashfs_fail(err, w->file, r, "store extended attributes");
		return entry_wrap(err, n);
	}
	*ret = index;
	return 0;
}
