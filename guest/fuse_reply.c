/* From Gondolin's answers to the kernel's; see fuse_server.h. */
#include <errno.h>
#include <string.h>

#include "fuse_server.h"
#include "vc/util.h"

#define TTL_MS 1000 /* where the host does not say */

static uint64_t get_uint(const struct cbor *map, const char *key,
			 uint64_t fallback)
{
	cbor_get_uint(map, key, UINT64_MAX, &fallback);
	return fallback;
}

static uint32_t get_u32(const struct cbor *map, const char *key,
			uint32_t fallback)
{
	uint64_t v = fallback;

	cbor_get_uint(map, key, UINT32_MAX, &v);
	return (uint32_t)v;
}

static void split_ms(uint64_t ms, uint64_t *ret_s, uint32_t *ret_ns)
{
	*ret_s = ms / 1000;
	*ret_ns = (uint32_t)(ms % 1000) * 1000000;
}

static bool get_attr(const struct cbor *attr, uint64_t ino,
		     struct fuse_attr *ret)
{
	uint64_t size = get_uint(attr, "size", 0);

	if (attr->type != CBOR_MAP || size > INT64_MAX)
		return false;
	*ret = (struct fuse_attr){
		.ino = get_uint(attr, "ino", ino),
		.size = size,
		.blocks = get_uint(attr, "blocks", (size + 511) / 512),
		.mode = get_u32(attr, "mode", 0),
		.nlink = get_u32(attr, "nlink", 1),
		.uid = get_u32(attr, "uid", 0),
		.gid = get_u32(attr, "gid", 0),
		.rdev = get_u32(attr, "rdev", 0),
		.blksize = get_u32(attr, "blksize", 4096),
	};
	split_ms(get_uint(attr, "atime_ms", 0), &ret->atime, &ret->atimensec);
	split_ms(get_uint(attr, "mtime_ms", 0), &ret->mtime, &ret->mtimensec);
	split_ms(get_uint(attr, "ctime_ms", 0), &ret->ctime, &ret->ctimensec);
	return true;
}

static int put_entry(const struct cbor *res, struct buf *out)
{
	struct cbor entry = cbor_get(res, "entry");
	struct cbor attr = cbor_get(&entry, "attr");
	struct fuse_entry_out e = { .nodeid = get_uint(&entry, "ino", 0) };

	if (!e.nodeid || !get_attr(&attr, e.nodeid, &e.attr))
		return EIO;
	split_ms(get_uint(&entry, "entry_ttl_ms", TTL_MS), &e.entry_valid,
		 &e.entry_valid_nsec);
	split_ms(get_uint(&entry, "attr_ttl_ms", TTL_MS), &e.attr_valid,
		 &e.attr_valid_nsec);
	buf_add(out, &e, sizeof(e));
	return 0;
}

void fuse_reply_put_absent(const struct cbor *res, struct buf *out)
{
	struct fuse_entry_out e = { .nodeid = 0 };

	split_ms(get_uint(res, "entry_ttl_ms", 0), &e.entry_valid,
		 &e.entry_valid_nsec);
	buf_add(out, &e, sizeof(e));
}

static int put_attr(const struct fuse_call *c, const struct cbor *res,
		    struct buf *out)
{
	struct cbor attr = cbor_get(res, "attr");
	struct fuse_attr_out a = { 0 };

	if (!get_attr(&attr, c->nodeid, &a.attr))
		return EIO;
	split_ms(get_uint(res, "attr_ttl_ms", TTL_MS), &a.attr_valid,
		 &a.attr_valid_nsec);
	buf_add(out, &a, sizeof(a));
	return 0;
}

static int put_open(const struct cbor *res, struct buf *out)
{
	struct fuse_open_out o = { .open_flags = get_u32(res, "open_flags", 0) };

	if (!cbor_get_uint(res, "fh", UINT64_MAX, &o.fh))
		return EIO;
	buf_add(out, &o, sizeof(o));
	return 0;
}

static int put_string(const struct cbor *res, const char *key,
		      enum cbor_type type, size_t most, struct buf *out)
{
	struct cbor s = cbor_get(res, key);

	if (s.type != type || s.n > most)
		return EIO;
	buf_add(out, s.p, s.n);
	return 0;
}

/* false when there is no room for it */
static bool put_dirent(const struct cbor *entry, size_t most, struct buf *out)
{
	struct cbor name = cbor_get(entry, "name");
	struct fuse_dirent d = { .ino = get_uint(entry, "ino", 0),
				 .off = get_uint(entry, "offset", 0),
				 .namelen = (uint32_t)name.n,
				 .type = get_u32(entry, "type", 0) };
	size_t size = FUSE_NAME_OFFSET + name.n;

	/* what no directory can hold is left out */
	if (name.type != CBOR_TEXT || !name.n || name.n > 1024 ||
	    memchr(name.p, '/', name.n))
		return true;
	if (out->len + FUSE_DIRENT_ALIGN(size) > most)
		return false;
	buf_add(out, &d, FUSE_NAME_OFFSET);
	buf_add(out, name.p, name.n);
	buf_add(out, "\0\0\0\0\0\0\0", FUSE_DIRENT_ALIGN(size) - size);
	return true;
}

static int put_readdir(const struct fuse_call *c, const struct cbor *res,
		       struct buf *out)
{
	struct cbor list = cbor_get(res, "entries"), entry;
	size_t begin = out->len;

	if (list.type != CBOR_ARRAY)
		return EIO;
	while (cbor_next(&list, &entry))
		if (!put_dirent(&entry, begin + c->size, out))
			break;
	return 0;
}

static int put_written(const struct cbor *res, struct buf *out)
{
	struct fuse_write_out w = { 0 };
	uint64_t n;

	if (!cbor_get_uint(res, "size", UINT32_MAX, &n))
		return EIO;
	w.size = (uint32_t)n;
	buf_add(out, &w, sizeof(w));
	return 0;
}

static int put_statfs(const struct cbor *res, struct buf *out)
{
	struct cbor st = cbor_get(res, "statfs");
	struct fuse_statfs_out s = { 0 };

	if (st.type != CBOR_MAP)
		return EIO;
	s.st.blocks = get_uint(&st, "blocks", 0);
	s.st.bfree = get_uint(&st, "bfree", 0);
	s.st.bavail = get_uint(&st, "bavail", 0);
	s.st.files = get_uint(&st, "files", 0);
	s.st.ffree = get_uint(&st, "ffree", 0);
	s.st.bsize = get_u32(&st, "bsize", 4096);
	s.st.frsize = get_u32(&st, "frsize", 4096);
	s.st.namelen = get_u32(&st, "namelen", 255);
	buf_add(out, &s, sizeof(s));
	return 0;
}

int fuse_reply_put(const struct fuse_call *c, const struct cbor *res,
		   struct buf *out)
{
	switch (c->opcode) {
	case FUSE_LOOKUP:
	case FUSE_SYMLINK:
	case FUSE_MKDIR:
	case FUSE_LINK:
		return put_entry(res, out);
	case FUSE_CREATE:
		return put_entry(res, out) ? EIO : put_open(res, out);
	case FUSE_GETATTR:
	case FUSE_SETATTR:
		return put_attr(c, res, out);
	case FUSE_READLINK:
		return put_string(res, "target", CBOR_TEXT, 4095, out);
	case FUSE_OPEN:
		return put_open(res, out);
	case FUSE_READ:
		return put_string(res, "data", CBOR_BYTES, c->size, out);
	case FUSE_READDIR:
		return put_readdir(c, res, out);
	case FUSE_WRITE:
	case FUSE_COPY_FILE_RANGE:
		return put_written(res, out);
	case FUSE_STATFS:
		return put_statfs(res, out);
	default: /* done, and nothing to say */
		return 0;
	}
}
