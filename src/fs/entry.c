/* Words and numbers about one entry of the tree, for all writers. */
#include "entry.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "vc/util.h"

char *entry_label(const struct tree_node *n)
{
	_cleanup_free_ char *path = tree_path(n);

	return n->parent ? printable(path, strlen(path)) : xstrdup("/");
}

int entry_wrap(struct vc_error *err, const struct tree_node *n)
{
	_cleanup_free_ char *label = entry_label(n);

	return vc_wrap(err, "'%s'", label);
}

int fs_entry_fail(struct vc_error *err, const struct tree_node *n,
	       const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		vc_oom();
	va_end(ap);
	vc_fail(err, 0, "%s", text);
	return entry_wrap(err, n);
}

uint32_t entry_format(enum inode_type type)
{
	switch (type) {
	case INODE_DIR:
		return S_IFDIR;
	case INODE_FILE:
		return S_IFREG;
	case INODE_SYMLINK:
		return S_IFLNK;
	case INODE_CHAR:
		return S_IFCHR;
	case INODE_BLOCK:
		return S_IFBLK;
	case INODE_FIFO:
		return S_IFIFO;
	case INODE_SOCKET:
		return S_IFSOCK;
	}
	return 0;
}

uint32_t entry_time32(int64_t seconds)
{
	if (seconds < 0)
		return 0;
	return seconds > UINT32_MAX ? UINT32_MAX : (uint32_t)seconds;
}
