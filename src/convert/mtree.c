/* A tree as mtree(5): what --filelist writes, for whoever checks a root. */
#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#include "convert_private.h"
#include "vc/io.h"
#include "vc/util.h"

#define CHUNK (256u << 10)

static const char *const type_names[] = {
	[INODE_DIR] = "dir",     [INODE_FILE] = "file",
	[INODE_SYMLINK] = "link", [INODE_CHAR] = "char",
	[INODE_BLOCK] = "block", [INODE_FIFO] = "fifo",
	[INODE_SOCKET] = "socket",
};

/* As vis(3) with VIS_OCTAL: blanks, controls and all beyond ASCII. */
static void put_escaped(struct buf *b, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c <= ' ' || c >= 0x7f || c == '\\' || c == '#' || c == '=')
			buf_printf(b, "\\%03o", c);
		else
			buf_add_char(b, (char)c);
	}
}

static int put_sum(struct buf *b, const struct tree_inode *i,
		   struct vc_error *err)
{
	_cleanup_hash_ struct hash *h = hash_new(HASH_SHA256);
	_cleanup_free_ char *chunk = xmalloc(CHUNK);
	char hex[HASH_HEX_MAX];

	for (uint64_t at = 0; at < i->size;) {
		size_t n = i->size - at < CHUNK ? (size_t)(i->size - at) : CHUNK;

		if (inode_read(i, at, chunk, n, err) < 0)
			return -1;
		hash_update(h, chunk, n);
		at += n;
	}
	hash_finish(h, hex);
	buf_printf(b, " size=%" PRIu64 " sha256digest=%s", i->size, hex);
	return 0;
}

static int put_entry(struct buf *b, const struct tree_node *n,
		     struct vc_error *err)
{
	const struct tree_inode *i = n->inode;
	_cleanup_free_ char *path = tree_path(n);

	buf_add_str(b, *path ? "./" : ".");
	put_escaped(b, path);
	buf_printf(b, " type=%s mode=%04o uid=%" PRIu32 " gid=%" PRIu32
		   " time=%" PRId64 ".%09" PRIu32,
		   type_names[i->type], i->mode, i->uid, i->gid, i->mtime,
		   i->mtime_ns);
	if (i->type != INODE_DIR)
		buf_printf(b, " nlink=%" PRIu32, i->links);
	if (i->type == INODE_SYMLINK) {
		buf_add_str(b, " link=");
		put_escaped(b, i->target);
	}
	if (i->type == INODE_CHAR || i->type == INODE_BLOCK)
		buf_printf(b, " device=linux,%" PRIu32 ",%" PRIu32,
			   i->dev_major, i->dev_minor);
	if (i->type == INODE_FILE && put_sum(b, i, err) < 0)
		return -1;
	buf_add_char(b, '\n');
	return 0;
}

int write_mtree(const struct tree *t, const char *path, struct vc_error *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_add_str(&b, "#mtree\n");
	for (struct tree_node *n = tree_root(t); n; n = tree_next(n))
		if (put_entry(&b, n, err) < 0)
			return -1;
	return write_file_at(AT_FDCWD, path, 0644, buf_ptr(&b), b.len, err);
}
