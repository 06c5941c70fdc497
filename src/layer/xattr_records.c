/*
 * SCHILY.xattr.NAME=bytes, the records that Go's archive/tar, GNU tar and
 * libarchive agree on.  Kept are file capabilities, ACLs and user.*; labels
 * of the host's security module and trusted.* (overlayfs' own) are the host's
 * affair.
 */
#include "xattr_records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "vc/layer.h"
#include "vc/strv.h"
#include "vc/util.h"

/* XATTR_LIST_MAX and XATTR_SIZE_MAX of Linux: nothing is larger. */
#define VALUE_MAX 65536

static bool is_kept(const char *name)
{
	return (str_eq(name, "security.capability") ||
		str_starts(name, "system.posix_acl_") ||
		(str_starts(name, "user.") && !str_starts(name, "user.overlay."))) &&
	       !strchr(name, '='); /* a record's key ends there */
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int xattr_records(int fd, const char *path, struct buf *records,
		  struct vc_error *err)
{
	_cleanup_strv_ struct strv names = STRV_INIT;
	_cleanup_free_ char *value = NULL;
	_cleanup_free_ char *list = NULL;
	ssize_t len = flistxattr(fd, NULL, 0);

	if (len == 0 || (len < 0 && errno == ENOTSUP))
		return 0;
	list = xmalloc(VALUE_MAX);
	len = flistxattr(fd, list, VALUE_MAX);
	if (len < 0)
		return vc_fail(err, errno, "cannot list the extended "
					   "attributes of '%s'", path);
	for (const char *p = list; p < list + len; p += strlen(p) + 1)
		if (is_kept(p))
			strv_add(&names, p);
	if (!names.n)
		return 0;
	qsort(names.v, names.n, sizeof(char *), by_bytes);
	value = xmalloc(VALUE_MAX);
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_free_ char *key =
			xasprintf("SCHILY.xattr.%s", names.v[i]);

		len = fgetxattr(fd, names.v[i], value, VALUE_MAX);
		if (len < 0)
			return vc_fail(err, errno, "cannot read the attribute "
						   "'%s' of '%s'",
				       names.v[i], path);
		tar_put_record(records, key, value, (size_t)len);
	}
	return 0;
}
