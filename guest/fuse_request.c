/* From the kernel's requests to Gondolin's; see fuse_server.h. */
#include <errno.h>
#include <string.h>

#include "fuse_server.h"
#include "vc/util.h"

static void put_uint(struct buf *b, const char *key, uint64_t v)
{
	cbor_put_text(b, key);
	cbor_put_uint(b, v);
}

static void put_text(struct buf *b, const char *key, const char *s)
{
	cbor_put_text(b, key);
	cbor_put_text(b, s);
}

/* The structure in front of the names; 0 or EINVAL. */
static int get_in(const struct fuse_request *r, void *ret, size_t size)
{
	if (r->len < size)
		return EINVAL;
	memcpy(ret, r->arg, size);
	return 0;
}

/* A name from *at on, which moves behind it; NULL and EINVAL or EILSEQ: the
 * host's messages have no words for names that are no text. */
static const char *get_name(const struct fuse_request *r, size_t *at, int *err)
{
	const char *s = (const char *)r->arg + *at;
	size_t len;

	*err = EINVAL;
	if (*at >= r->len)
		return NULL;
	len = strnlen(s, r->len - *at);
	if (!len || len == r->len - *at)
		return NULL;
	*at += len + 1;
	*err = utf8_valid(s, len) ? 0 : EILSEQ;
	return *err ? NULL : s;
}

static int put_ino(const struct fuse_request *r, struct buf *b)
{
	cbor_put_map(b, 1);
	put_uint(b, "ino", r->head.nodeid);
	return 0;
}

void fuse_request_put_getattr(struct buf *b, uint64_t nodeid)
{
	cbor_put_map(b, 1);
	put_uint(b, "ino", nodeid);
}

static int put_named(const struct fuse_request *r, struct buf *b)
{
	size_t at = 0;
	int err;
	const char *name = get_name(r, &at, &err);

	if (!name)
		return err;
	cbor_put_map(b, 2);
	put_uint(b, "parent_ino", r->head.nodeid);
	put_text(b, "name", name);
	return 0;
}

static int put_symlink(const struct fuse_request *r, struct buf *b)
{
	size_t at = 0;
	int err;
	const char *name = get_name(r, &at, &err);
	const char *target = name ? get_name(r, &at, &err) : NULL;

	if (!target)
		return err;
	cbor_put_map(b, 3);
	put_uint(b, "parent_ino", r->head.nodeid);
	put_text(b, "name", name);
	put_text(b, "target", target);
	return 0;
}

static int put_mkdir(const struct fuse_request *r, struct buf *b)
{
	struct fuse_mkdir_in in;
	size_t at = sizeof(in);
	int err = get_in(r, &in, sizeof(in));
	const char *name = err ? NULL : get_name(r, &at, &err);

	if (!name)
		return err;
	cbor_put_map(b, 3);
	put_uint(b, "parent_ino", r->head.nodeid);
	put_text(b, "name", name);
	put_uint(b, "mode", in.mode);
	return 0;
}

static int put_create(const struct fuse_request *r, struct buf *b)
{
	struct fuse_create_in in;
	size_t at = sizeof(in);
	int err = get_in(r, &in, sizeof(in));
	const char *name = err ? NULL : get_name(r, &at, &err);

	if (!name)
		return err;
	cbor_put_map(b, 4);
	put_uint(b, "parent_ino", r->head.nodeid);
	put_text(b, "name", name);
	put_uint(b, "mode", in.mode);
	put_uint(b, "flags", in.flags);
	return 0;
}

static int put_names(const struct fuse_request *r, struct buf *b, size_t at,
		     uint64_t newdir)
{
	int err;
	const char *from = get_name(r, &at, &err);
	const char *to = from ? get_name(r, &at, &err) : NULL;

	if (!to)
		return err;
	cbor_put_map(b, 5);
	put_uint(b, "old_parent_ino", r->head.nodeid);
	put_text(b, "old_name", from);
	put_uint(b, "new_parent_ino", newdir);
	put_text(b, "new_name", to);
	put_uint(b, "flags", 0);
	return 0;
}

static int put_rename(const struct fuse_request *r, struct buf *b)
{
	struct fuse_rename_in in;
	int err = get_in(r, &in, sizeof(in));

	return err ? err : put_names(r, b, sizeof(in), in.newdir);
}

static int put_rename2(const struct fuse_request *r, struct buf *b)
{
	struct fuse_rename2_in in;
	int err = get_in(r, &in, sizeof(in));

	if (!err && in.flags) /* the host can neither exchange nor refuse */
		err = EINVAL;
	return err ? err : put_names(r, b, sizeof(in), in.newdir);
}

static int put_link(const struct fuse_request *r, struct buf *b)
{
	struct fuse_link_in in;
	size_t at = sizeof(in);
	int err = get_in(r, &in, sizeof(in));
	const char *name = err ? NULL : get_name(r, &at, &err);

	if (!name)
		return err;
	cbor_put_map(b, 3);
	put_uint(b, "old_ino", in.oldnodeid);
	put_uint(b, "new_parent_ino", r->head.nodeid);
	put_text(b, "new_name", name);
	return 0;
}

static int put_setattr(const struct fuse_request *r, struct buf *b)
{
	struct fuse_setattr_in in;
	int err = get_in(r, &in, sizeof(in));

	if (err)
		return err;
	cbor_put_map(b, 2);
	put_uint(b, "ino", r->head.nodeid);
	put_uint(b, "size", in.size);
	return 0;
}

static int put_open(const struct fuse_request *r, struct buf *b)
{
	struct fuse_open_in in;
	int err = get_in(r, &in, sizeof(in));

	if (err)
		return err;
	cbor_put_map(b, 2);
	put_uint(b, "ino", r->head.nodeid);
	put_uint(b, "flags", in.flags);
	return 0;
}

static int put_read(const struct fuse_request *r, struct buf *b)
{
	struct fuse_read_in in;
	int err = get_in(r, &in, sizeof(in));

	if (err)
		return err;
	cbor_put_map(b, 3);
	put_uint(b, "fh", in.fh);
	put_uint(b, "offset", in.offset);
	put_uint(b, "size", in.size < FUSE_SERVER_MAX_DATA ?
				    in.size :
				    FUSE_SERVER_MAX_DATA);
	return 0;
}

/* An entry of the kernel's takes 24 bytes and its name: as many as may fit,
 * what does not is asked for again. */
static int put_readdir(const struct fuse_request *r, struct buf *b)
{
	struct fuse_read_in in;
	int err = get_in(r, &in, sizeof(in));

	if (err)
		return err;
	cbor_put_map(b, 3);
	put_uint(b, "ino", r->head.nodeid);
	put_uint(b, "offset", in.offset);
	put_uint(b, "max_entries", in.size / 40 + 1);
	return 0;
}

static int put_write(const struct fuse_request *r, struct buf *b)
{
	struct fuse_write_in in;
	int err = get_in(r, &in, sizeof(in));

	if (!err && (in.size > r->len - sizeof(in) ||
		     in.size > FUSE_SERVER_MAX_DATA))
		err = EINVAL;
	if (err)
		return err;
	cbor_put_map(b, 3);
	put_uint(b, "fh", in.fh);
	put_uint(b, "offset", in.offset);
	cbor_put_text(b, "data");
	cbor_put_bytes(b, r->arg + sizeof(in), in.size);
	return 0;
}

static int put_release(const struct fuse_request *r, struct buf *b)
{
	struct fuse_release_in in;
	int err = get_in(r, &in, sizeof(in));

	if (err)
		return err;
	cbor_put_map(b, 1);
	put_uint(b, "fh", in.fh);
	return 0;
}

static int put_access(const struct fuse_request *r, struct buf *b)
{
	struct fuse_access_in in;
	int err = get_in(r, &in, sizeof(in));

	if (err)
		return err;
	cbor_put_map(b, 4);
	put_uint(b, "ino", r->head.nodeid);
	put_uint(b, "mask", in.mask & 7);
	put_uint(b, "uid", r->head.uid);
	put_uint(b, "gid", r->head.gid);
	return 0;
}

static int put_fallocate(const struct fuse_request *r, struct buf *b)
{
	struct fuse_fallocate_in in;
	int err = get_in(r, &in, sizeof(in));

	if (err)
		return err;
	cbor_put_map(b, 4);
	put_uint(b, "fh", in.fh);
	put_uint(b, "offset", in.offset);
	put_uint(b, "length", in.length);
	put_uint(b, "mode", in.mode);
	return 0;
}

static int put_copy(const struct fuse_request *r, struct buf *b)
{
	struct fuse_copy_file_range_in in;
	int err = get_in(r, &in, sizeof(in));

	if (err)
		return err;
	cbor_put_map(b, 6);
	put_uint(b, "fh_in", in.fh_in);
	put_uint(b, "off_in", in.off_in);
	put_uint(b, "fh_out", in.fh_out);
	put_uint(b, "off_out", in.off_out);
	put_uint(b, "len", in.len < UINT32_MAX ? in.len : UINT32_MAX);
	put_uint(b, "flags", in.flags);
	return 0;
}

static const struct translation {
	uint32_t opcode;
	const char *op;
	int (*put)(const struct fuse_request *r, struct buf *b);
} translations[] = {
	{ FUSE_LOOKUP, "lookup", put_named },
	{ FUSE_GETATTR, "getattr", put_ino },
	{ FUSE_SETATTR, "truncate", put_setattr },
	{ FUSE_READLINK, "readlink", put_ino },
	{ FUSE_SYMLINK, "symlink", put_symlink },
	{ FUSE_MKDIR, "mkdir", put_mkdir },
	{ FUSE_UNLINK, "unlink", put_named },
	{ FUSE_RMDIR, "rmdir", put_named },
	{ FUSE_RENAME, "rename", put_rename },
	{ FUSE_RENAME2, "rename", put_rename2 },
	{ FUSE_LINK, "link", put_link },
	{ FUSE_OPEN, "open", put_open },
	{ FUSE_READ, "read", put_read },
	{ FUSE_WRITE, "write", put_write },
	{ FUSE_STATFS, "statfs", put_ino },
	{ FUSE_RELEASE, "release", put_release },
	{ FUSE_READDIR, "readdir", put_readdir },
	{ FUSE_ACCESS, "access", put_access },
	{ FUSE_CREATE, "create", put_create },
	{ FUSE_FALLOCATE, "fallocate", put_fallocate },
	{ FUSE_COPY_FILE_RANGE, "copy_file_range", put_copy },
};

/* What the host has no word for.  ENOSYS: the kernel takes it as done, or
 * does without, and does not ask again. */
static int local_errnum(uint32_t opcode)
{
	switch (opcode) {
	case FUSE_RELEASEDIR:
	case FUSE_DESTROY:
		return 0;
	case FUSE_MKNOD:
		return EOPNOTSUPP;
	case FUSE_IOCTL:
		return ENOTTY;
	default:
		return ENOSYS;
	}
}

/* Owners, modes and times are the host's: only a size can be set. */
static bool sets_size(const struct fuse_request *r)
{
	struct fuse_setattr_in in;

	return get_in(r, &in, sizeof(in)) == 0 && in.valid & FATTR_SIZE;
}

const char *fuse_request_put(const struct fuse_request *r, struct buf *b,
			     int *ret_errnum)
{
	*ret_errnum = local_errnum(r->head.opcode);
	if (r->head.opcode == FUSE_SETATTR && !sets_size(r)) {
		fuse_request_put_getattr(b, r->head.nodeid);
		return "getattr";
	}
	for (size_t i = 0; i < ARRAY_SIZE(translations); i++) {
		const struct translation *t = &translations[i];

		if (t->opcode != r->head.opcode)
			continue;
		*ret_errnum = t->put(r, b);
		return *ret_errnum ? NULL : t->op;
	}
	return NULL;
}
