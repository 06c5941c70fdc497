/* From the kernel's requests to Gondolin's; see fuse_server.h. */
#include <errno.h>
#include <string.h>

#include "fuse_server.h"
#include "vc/util.h"

/* A member of the message, and where its value is from. */
struct member {
	const char *key;
	enum from {
		FROM_NOTHING, /* behind the last member */
		FROM_NODE,    /* the node that the request is about */
		FROM_UID,
		FROM_GID,
		FROM_IN,      /* an integer of the structure, at most `max` */
		FROM_NAME,    /* the next name behind the structure */
		FROM_DATA,    /* bytes behind it, as many as the integer says */
		FROM_ROOM,    /* the integer is bytes for directory entries */
		ZERO,
	} from;
	uint16_t at, size;
	uint64_t max;
};

#define MEMBERS_MAX 6

#define NODE(key) { key, FROM_NODE, 0, 0, 0 }
#define NAME(key) { key, FROM_NAME, 0, 0, 0 }
#define AT(type, member) \
	offsetof(struct type, member), sizeof(((struct type *)0)->member)
#define IN(key, type, member) { key, FROM_IN, AT(type, member), UINT64_MAX }
#define IN_MOST(key, type, member, max) { key, FROM_IN, AT(type, member), max }

#define NAMED { NODE("parent_ino"), NAME("name") }
#define RENAMED(type) \
	{ NODE("old_parent_ino"), NAME("old_name"),                  \
	  IN("new_parent_ino", type, newdir), NAME("new_name"),      \
	  { "flags", ZERO, 0, 0, 0 } }

static const struct translation {
	uint32_t opcode;
	const char *op;
	size_t in_size; /* of the structure in front of names and data */
	struct member members[MEMBERS_MAX];
} translations[] = {
	{ FUSE_LOOKUP, "lookup", 0, NAMED },
	{ FUSE_GETATTR, "getattr", 0, { NODE("ino") } },
	{ FUSE_SETATTR, "truncate", sizeof(struct fuse_setattr_in),
	  { NODE("ino"), IN("size", fuse_setattr_in, size) } },
	{ FUSE_READLINK, "readlink", 0, { NODE("ino") } },
	{ FUSE_SYMLINK, "symlink", 0,
	  { NODE("parent_ino"), NAME("name"), NAME("target") } },
	{ FUSE_MKDIR, "mkdir", sizeof(struct fuse_mkdir_in),
	  { NODE("parent_ino"), NAME("name"), IN("mode", fuse_mkdir_in, mode) } },
	{ FUSE_UNLINK, "unlink", 0, NAMED },
	{ FUSE_RMDIR, "rmdir", 0, NAMED },
	{ FUSE_RENAME, "rename", sizeof(struct fuse_rename_in),
	  RENAMED(fuse_rename_in) },
	{ FUSE_RENAME2, "rename", sizeof(struct fuse_rename2_in),
	  RENAMED(fuse_rename2_in) },
	{ FUSE_LINK, "link", sizeof(struct fuse_link_in),
	  { IN("old_ino", fuse_link_in, oldnodeid), NODE("new_parent_ino"),
	    NAME("new_name") } },
	{ FUSE_OPEN, "open", sizeof(struct fuse_open_in),
	  { NODE("ino"), IN("flags", fuse_open_in, flags) } },
	{ FUSE_READ, "read", sizeof(struct fuse_read_in),
	  { IN("fh", fuse_read_in, fh), IN("offset", fuse_read_in, offset),
	    IN_MOST("size", fuse_read_in, size, FUSE_SERVER_MAX_DATA) } },
	{ FUSE_WRITE, "write", sizeof(struct fuse_write_in),
	  { IN("fh", fuse_write_in, fh), IN("offset", fuse_write_in, offset),
	    { "data", FROM_DATA, AT(fuse_write_in, size), FUSE_SERVER_MAX_DATA } } },
	{ FUSE_STATFS, "statfs", 0, { NODE("ino") } },
	{ FUSE_RELEASE, "release", sizeof(struct fuse_release_in),
	  { IN("fh", fuse_release_in, fh) } },
	{ FUSE_READDIR, "readdir", sizeof(struct fuse_read_in),
	  { NODE("ino"), IN("offset", fuse_read_in, offset),
	    { "max_entries", FROM_ROOM, AT(fuse_read_in, size), UINT64_MAX } } },
	{ FUSE_ACCESS, "access", sizeof(struct fuse_access_in),
	  { NODE("ino"), IN("mask", fuse_access_in, mask),
	    { "uid", FROM_UID, 0, 0, 0 }, { "gid", FROM_GID, 0, 0, 0 } } },
	{ FUSE_CREATE, "create", sizeof(struct fuse_create_in),
	  { NODE("parent_ino"), NAME("name"), IN("mode", fuse_create_in, mode),
	    IN("flags", fuse_create_in, flags) } },
	{ FUSE_FALLOCATE, "fallocate", sizeof(struct fuse_fallocate_in),
	  { IN("fh", fuse_fallocate_in, fh),
	    IN("offset", fuse_fallocate_in, offset),
	    IN("length", fuse_fallocate_in, length),
	    IN("mode", fuse_fallocate_in, mode) } },
	{ FUSE_COPY_FILE_RANGE, "copy_file_range",
	  sizeof(struct fuse_copy_file_range_in),
	  { IN("fh_in", fuse_copy_file_range_in, fh_in),
	    IN("off_in", fuse_copy_file_range_in, off_in),
	    IN("fh_out", fuse_copy_file_range_in, fh_out),
	    IN("off_out", fuse_copy_file_range_in, off_out),
	    IN_MOST("len", fuse_copy_file_range_in, len, UINT32_MAX),
	    IN("flags", fuse_copy_file_range_in, flags) } },
};

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

/* An integer of the structure, in the order of this machine's bytes. */
static uint64_t get_in(const struct fuse_request *r, const struct member *m)
{
	uint64_t wide;
	uint32_t narrow;

	if (m->size == sizeof(wide)) {
		memcpy(&wide, r->arg + m->at, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, r->arg + m->at, sizeof(narrow));
	return narrow;
}

static uint64_t number(const struct fuse_request *r, const struct member *m)
{
	uint64_t v = m->size ? get_in(r, m) : 0;

	switch (m->from) {
	case FROM_NODE:
		return r->head.nodeid;
	case FROM_UID:
		return r->head.uid;
	case FROM_GID:
		return r->head.gid;
	case FROM_ROOM:
		/* an entry of the kernel's takes 24 bytes and its name: as many
		 * as may fit, what does not is asked for again */
		return v / 40 + 1;
	case ZERO:
		return 0;
	case FROM_NOTHING:
	case FROM_IN:
	case FROM_NAME:
	case FROM_DATA:
		break;
	}
	return v < m->max ? v : m->max;
}

static int put_data(const struct fuse_request *r, const struct member *m,
		    size_t at, struct buf *b)
{
	uint64_t size = get_in(r, m);

	if (size > r->len - at || size > m->max)
		return EINVAL;
	cbor_put_bytes(b, r->arg + at, size);
	return 0;
}

/* *at: where the next name or the data begins. */
static int put_member(const struct fuse_request *r, const struct member *m,
		      size_t *at, struct buf *b)
{
	const char *name;
	int err;

	cbor_put_text(b, m->key);
	if (m->from == FROM_DATA)
		return put_data(r, m, *at, b);
	if (m->from != FROM_NAME) {
		cbor_put_uint(b, number(r, m));
		return 0;
	}
	name = get_name(r, at, &err);
	if (name)
		cbor_put_text(b, name);
	return err;
}

static int translate(const struct fuse_request *r, const struct translation *t,
		     struct buf *b)
{
	size_t at = t->in_size, n = 0;
	int err = r->len < t->in_size ? EINVAL : 0;

	while (n < MEMBERS_MAX && t->members[n].from != FROM_NOTHING)
		n++;
	cbor_put_map(b, n);
	for (size_t i = 0; !err && i < n; i++)
		err = put_member(r, &t->members[i], &at, b);
	return err;
}

void fuse_request_put_getattr(struct buf *b, uint64_t nodeid)
{
	cbor_put_map(b, 1);
	cbor_put_text(b, "ino");
	cbor_put_uint(b, nodeid);
}

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

	if (r->len < sizeof(in))
		return true; /* to be refused */
	memcpy(&in, r->arg, sizeof(in));
	return in.valid & FATTR_SIZE;
}

/* An exchange: the host can neither do nor refuse it. */
static bool has_flags(const struct fuse_request *r)
{
	struct fuse_rename2_in in;

	if (r->len < sizeof(in))
		return false;
	memcpy(&in, r->arg, sizeof(in));
	return in.flags;
}

const char *fuse_request_put(const struct fuse_request *r, struct buf *b,
			     int *ret_errnum)
{
	*ret_errnum = local_errnum(r->head.opcode);
	if (r->head.opcode == FUSE_SETATTR && !sets_size(r)) {
		fuse_request_put_getattr(b, r->head.nodeid);
		return "getattr";
	}
	if (r->head.opcode == FUSE_RENAME2 && has_flags(r)) {
		*ret_errnum = EINVAL;
		return NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(translations); i++) {
		const struct translation *t = &translations[i];

		if (t->opcode != r->head.opcode)
			continue;
		*ret_errnum = translate(r, t, b);
		return *ret_errnum ? NULL : t->op;
	}
	return NULL;
}
