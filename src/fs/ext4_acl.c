/*
 * Access lists.  getxattr(2), and so an archive, has them as version 2 with
 * an id in every entry (linux/posix_acl_xattr.h); on the disk they are version
 * 1, and only named users and groups have one (fs/ext4/acl.h).
 */
#include <string.h>

#include "ext4.h"
#include "vc/util.h"

#define XATTR_VERSION 2
#define DISK_VERSION 1

enum { /* tags */
	ACL_USER_OBJ = 0x01,
	ACL_USER = 0x02,
	ACL_GROUP_OBJ = 0x04,
	ACL_GROUP = 0x08,
	ACL_MASK = 0x10,
	ACL_OTHER = 0x20,
};

struct acl_entry {
	uint16_t tag, perm;
	uint32_t id;
};

/* Bytes of the entry on the disk; 0: no such tag. */
static size_t entry_len(uint16_t tag)
{
	switch (tag) {
	case ACL_USER:
	case ACL_GROUP:
		return sizeof(struct acl_entry);
	case ACL_USER_OBJ:
	case ACL_GROUP_OBJ:
	case ACL_MASK:
	case ACL_OTHER:
		return offsetof(struct acl_entry, id);
	default:
		return 0;
	}
}

void *ext4_acl(const void *value, size_t len, size_t *ret_len,
	       struct vc_error *err)
{
	const uint32_t version = DISK_VERSION;
	_cleanup_free_ char *disk = xmalloc(len + sizeof(version));
	size_t used = sizeof(version), at = sizeof(uint32_t);
	uint32_t found = 0;

	if (len >= sizeof(found))
		memcpy(&found, value, sizeof(found));
	memcpy(disk, &version, sizeof(version));
	for (; found == XATTR_VERSION && at + sizeof(struct acl_entry) <= len;
	     at += sizeof(struct acl_entry)) {
		struct acl_entry a;
		size_t n;

		memcpy(&a, (const char *)value + at, sizeof(a));
		n = entry_len(a.tag);
		if (!n)
			break;
		memcpy(disk + used, &a, n);
		used += n;
	}
	if (found != XATTR_VERSION || at != len) {
		vc_fail(err, 0, "its access list is malformed");
		return NULL;
	}
	*ret_len = used;
	return steal_ptr(disk);
}
