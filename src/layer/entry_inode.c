/* What a member of a tar says of an inode, held against what Linux can do. */
#include <stdlib.h>
#include <string.h>

#include "layer_entries.h"
#include "vc/util.h"

#define MAX_FILE (16ull << 40) /* of ext4 */
#define MAX_TARGET 4095
#define MAX_ID 4294967294 /* -1 means "no change" to chown(2) */
#define MAX_MAJOR 0xfff
#define MAX_MINOR 0xfffff

static void inode_cleanup(struct tree_inode **i)
{
	inode_free(*i);
}

static enum inode_type inode_type(char tar_type)
{
	switch (tar_type) {
	case '2':
		return INODE_SYMLINK;
	case '3':
		return INODE_CHAR;
	case '4':
		return INODE_BLOCK;
	case '5':
		return INODE_DIR;
	case '6':
		return INODE_FIFO;
	default:
		return INODE_FILE;
	}
}

static int set_owner(struct tree_inode *i, const struct tar_member *m,
		     struct vc_error *err)
{
	if (m->uid < 0 || m->uid > MAX_ID || m->gid < 0 || m->gid > MAX_ID)
		return entry_fail(m->name, err,
				  "the owner %lld:%lld is out of range",
				  (long long)m->uid, (long long)m->gid);
	i->uid = (uint32_t)m->uid;
	i->gid = (uint32_t)m->gid;
	return 0;
}

static int set_target(struct tree_inode *i, const struct tar_member *m,
		      struct vc_error *err)
{
	if (!*m->link)
		return entry_fail(m->name, err, "a symbolic link to nothing");
	if (strlen(m->link) > MAX_TARGET)
		return entry_fail(m->name, err, "the target of the symbolic "
						"link is longer than %d bytes",
				  MAX_TARGET);
	i->target = xstrdup(m->link);
	i->size = strlen(m->link);
	return 0;
}

static int set_device(struct tree_inode *i, const struct tar_member *m,
		      struct vc_error *err)
{
	if (m->dev_major < 0 || m->dev_major > MAX_MAJOR || m->dev_minor < 0 ||
	    m->dev_minor > MAX_MINOR)
		return entry_fail(m->name, err,
				  "the device number %lld:%lld is out of range",
				  (long long)m->dev_major,
				  (long long)m->dev_minor);
	i->dev_major = (uint32_t)m->dev_major;
	i->dev_minor = (uint32_t)m->dev_minor;
	return 0;
}

static int set_size(struct tree_inode *i, const struct tar_member *m,
		    struct vc_error *err)
{
	if (m->size > MAX_FILE)
		return entry_fail(m->name, err, "a file of more than 16 TiB");
	i->size = m->size;
	return 0;
}

static int set_rest(struct tree_inode *i, const struct tar_member *m,
		    struct vc_error *err)
{
	switch (i->type) {
	case INODE_FILE:
		return set_size(i, m, err);
	case INODE_SYMLINK:
		return set_target(i, m, err);
	case INODE_CHAR:
	case INODE_BLOCK:
		return set_device(i, m, err);
	case INODE_DIR:
	case INODE_FIFO:
	case INODE_SOCKET:
		break;
	}
	return 0;
}

int entry_inode(const struct tar_member *m, const struct layer_limits *limits,
		struct tree_inode **ret, struct vc_error *err)
{
	__attribute__((cleanup(inode_cleanup))) struct tree_inode *i =
		inode_new(inode_type(m->type));

	i->mode = m->mode;
	i->mtime = m->mtime;
	i->mtime_ns = m->mtime_ns;
	if (i->type == INODE_FILE && limits->strip_setuid)
		i->mode &= 01777;
	if (set_owner(i, m, err) < 0 ||
	    entry_xattrs(i, m, limits->strict, err) < 0 ||
	    set_rest(i, m, err) < 0)
		return -1;
	*ret = steal_ptr(i);
	return 0;
}
