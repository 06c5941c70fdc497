/*
 * A tree made of the input's bytes - names, runs, extended attributes, access
 * lists of any contents - and the image of it: whatever is not refused is
 * found in the image again by the library's own readers.
 */
#include <ext2fs/ext2_fs.h>
#include <ext2fs/ext2fs.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vc/fs.h"
#include "vc/util.h"

#define SPOOL (1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *p;
	size_t left;
};

static uint8_t byte(struct input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->p++;
}

/* Up to max bytes. */
static const void *bytes(struct input *in, size_t max, size_t *ret)
{
	const void *p = in->p;

	*ret = in->left < max ? in->left : max;
	in->p += *ret;
	in->left -= *ret;
	return p;
}

static int spool(void)
{
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("spool", MFD_CLOEXEC);
		if (ftruncate(fd, SPOOL) < 0)
			abort();
	}
	return fd;
}

static void add_xattr(struct tree_inode *i, struct input *in)
{
	static const char *const names[] = {
		"user.", "trusted.x", "security.capability", "com.apple.x",
		"system.posix_acl_access", "system.posix_acl_default",
	};
	uint8_t which = byte(in);
	_cleanup_free_ char *name = xasprintf("%s%.*s",
					      names[which % ARRAY_SIZE(names)],
					      which % 6 == 0 ? which / 6 : 0,
					      "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
	size_t len;
	const void *value = bytes(in, byte(in) * (which & 128 ? 16u : 1u), &len);

	inode_set_xattr(i, name, value, len);
}

static void add_runs(struct tree_inode *i, struct input *in)
{
	uint64_t at = 0;

	for (int n = byte(in); n > 0; n--) {
		uint64_t gap = (uint64_t)byte(in) << byte(in) % 20;
		uint64_t len = 1 + ((uint64_t)byte(in) << byte(in) % 12);
		struct data_run r = { at + gap, len, 0, spool() };

		inode_add_run(i, &r);
		at += gap + len;
	}
	i->size = at + byte(in);
}

static void fill(struct tree_inode *i, struct input *in)
{
	size_t len;
	const char *p;

	i->mode = byte(in);
	i->mtime = (int64_t)((uint64_t)byte(in) << byte(in) % 64);
	i->mtime_ns = byte(in) * 7000000u;
	i->uid = (uint32_t)((uint64_t)byte(in) << byte(in) % 32);
	i->dev_major = byte(in) * 17u;
	i->dev_minor = byte(in) * 4097u;
	for (int n = byte(in) % 8; n > 0; n--)
		add_xattr(i, in);
	if (i->type == INODE_FILE)
		add_runs(i, in);
	if (i->type != INODE_SYMLINK)
		return;
	p = bytes(in, byte(in) * 17u, &len);
	i->target = xstrndup(p, len);
	i->size = strlen(i->target);
}

/* Names with a '/' or '.' are the layers' business. */
static void add_entry(struct tree *t, struct tree_node **dir, struct input *in)
{
	enum inode_type type = byte(in) % (INODE_SOCKET + 1);
	char name[300];
	size_t len;
	const void *p = bytes(in, byte(in) + 1u + byte(in) % 32, &len);
	struct tree_node *n;

	memcpy(name, p, len);
	for (size_t i = 0; i < len; i++)
		if (!name[i] || name[i] == '/' || name[i] == '.')
			name[i] = '_';
	if (!len || tree_find(t, *dir, name, len))
		return;
	n = tree_add(t, *dir, name, len, inode_new(type));
	fill(n->inode, in);
	if (type == INODE_DIR)
		*dir = n;
	else if (byte(in) % 4 == 0 && (*dir)->parent)
		*dir = (*dir)->parent;
}

static char path[64];

/* --- the image -------------------------------------------------------------- */

static void check_xattr(struct ext2_xattr_handle *h, const struct xattr *x)
{
	void *value;
	size_t len;

	if (ext2fs_xattr_get(h, x->name, &value, &len))
		abort();
	/* the reader gives no ids to entries that have none */
	if (len != x->len || (!str_starts(x->name, "system.posix_acl") &&
			      memcmp(value, x->value, len) != 0))
		abort();
	ext2fs_free_mem(&value);
}

static void check_node(ext2_filsys fs, const struct tree_node *n)
{
	uint32_t ino = n->parent ? n->inode->number + 10 : EXT2_ROOT_INO;
	struct ext2_xattr_handle *h;
	struct ext2_inode i;

	if (ext2fs_read_inode(fs, ino, &i) ||
	    (n->inode->type == INODE_FILE && EXT2_I_SIZE(&i) != n->inode->size))
		abort();
	if (ext2fs_xattrs_open(fs, ino, &h) || ext2fs_xattrs_read(h))
		abort();
	for (uint32_t x = 0; x < n->inode->n_xattrs; x++)
		check_xattr(h, &n->inode->xattrs[x]);
	ext2fs_xattrs_close(&h);
}

static void check(const struct tree *t)
{
	ext2_filsys fs;

	if (ext2fs_open(path, EXT2_FLAG_64BITS, 0, 0, unix_io_manager, &fs) ||
	    ext2fs_read_bitmaps(fs))
		abort();
	for (struct tree_node *n = tree_root(t); n; n = tree_next(n))
		check_node(fs, n);
	ext2fs_close(fs);
}

static void remove_image(void)
{
	unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_tree_ struct tree *t = tree_new();
	struct tree_node *dir = tree_root(t);
	struct input in = { data, size };
	struct fs_options o = { .block_size = 1024u << byte(&in) % 3 };
	struct vc_error err = { 0 };

	if (!path[0]) {
		memcpy(path, "/tmp/fuzz_ext4.XXXXXX", 22);
		close(mkstemp(path));
		atexit(remove_image);
	}
	o.journal = byte(&in) % 4 == 1;
	o.free = (uint64_t)byte(&in) << byte(&in) % 24;
	while (in.left)
		add_entry(t, &dir, &in);
	tree_finish(t);
	if (fs_write(FS_EXT4, t, &o, path, &err) == 0)
		check(t);
	vc_error_release(&err);
	return 0;
}
